//! Several 32-bit words side by side. The compiler does not put plain arrays of
//! four into vector registers by itself, so x86-64 says it in intrinsics: SSE2,
//! which every x86-64 has, or SSSE3, whose byte shuffle is eight substitution
//! tables at once. Elsewhere arrays stay arrays.

use crate::sbox::Sbox;

/// N words that undergo the same operations.
pub(crate) trait Lanes: Copy {
    fn splat(word: u32) -> Self;
    fn xor(self, other: Self) -> Self;
    fn and(self, other: Self) -> Self;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn shl<const BITS: i32>(self) -> Self;
    fn shr<const BITS: i32>(self) -> Self;
    /// Every nibble substituted.
    #[inline(always)]
    fn substitute(self, sbox: &Sbox) -> Self {
        sbox.evaluate(self)
    }
}

/// Four words.
pub(crate) trait Four: Lanes {
    fn pack(words: [u32; 4]) -> Self;
    fn unpack(self) -> [u32; 4];
}

/// Defines a function that calls the generic one with the best [`Four`] that this
/// CPU has. The generic one must be `#[inline(always)]`: then it is compiled anew
/// for the wider instructions.
macro_rules! with_lanes {
    ($(#[$doc:meta])* fn $name:ident($($arg:ident: $type:ty),*) -> $out:ty = $generic:ident) => {
        $(#[$doc])*
        fn $name($($arg: $type),*) -> $out {
            #[cfg(target_arch = "x86_64")]
            if crate::lanes::shuffle_available() {
                #[target_feature(enable = "ssse3")]
                fn shuffled($($arg: $type),*) -> $out {
                    $generic::<crate::lanes::Shuffled>($($arg),*)
                }
                // SAFETY: the CPU has SSSE3.
                return unsafe { shuffled($($arg),*) };
            }
            $generic::<crate::lanes::Quad>($($arg),*)
        }
    };
}
pub(crate) use with_lanes;

impl Lanes for u32 {
    #[inline(always)]
    fn splat(word: u32) -> Self {
        word
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self ^ other
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self & other
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }
    #[inline(always)]
    fn shl<const BITS: i32>(self) -> Self {
        self << BITS
    }
    #[inline(always)]
    fn shr<const BITS: i32>(self) -> Self {
        self >> BITS
    }
}

/// The plain form: other CPUs' vectors, if the compiler finds them, and the tests.
impl<const N: usize> Lanes for [u32; N] {
    #[inline(always)]
    fn splat(word: u32) -> Self {
        [word; N]
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        core::array::from_fn(|i| Lanes::xor(self[i], other[i]))
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        core::array::from_fn(|i| Lanes::and(self[i], other[i]))
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        core::array::from_fn(|i| Lanes::add(self[i], other[i]))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        core::array::from_fn(|i| Lanes::sub(self[i], other[i]))
    }
    #[inline(always)]
    fn shl<const BITS: i32>(self) -> Self {
        self.map(u32::shl::<BITS>)
    }
    #[inline(always)]
    fn shr<const BITS: i32>(self) -> Self {
        self.map(u32::shr::<BITS>)
    }
}

/// Two vectors side by side. (Spelled out: closures would not be compiled for wider instructions.)
impl<T: Lanes> Lanes for (T, T) {
    #[inline(always)]
    fn splat(word: u32) -> Self {
        (T::splat(word), T::splat(word))
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        (self.0.xor(other.0), self.1.xor(other.1))
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        (self.0.and(other.0), self.1.and(other.1))
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        (self.0.add(other.0), self.1.add(other.1))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        (self.0.sub(other.0), self.1.sub(other.1))
    }
    #[inline(always)]
    fn shl<const BITS: i32>(self) -> Self {
        (self.0.shl::<BITS>(), self.1.shl::<BITS>())
    }
    #[inline(always)]
    fn shr<const BITS: i32>(self) -> Self {
        (self.0.shr::<BITS>(), self.1.shr::<BITS>())
    }
    #[inline(always)]
    fn substitute(self, sbox: &Sbox) -> Self {
        (self.0.substitute(sbox), self.1.substitute(sbox))
    }
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) type Quad = [u32; 4];

impl Four for [u32; 4] {
    #[inline(always)]
    fn pack(words: [u32; 4]) -> Self {
        words
    }
    #[inline(always)]
    fn unpack(self) -> [u32; 4] {
        self
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{Quad, Shuffled, shuffle_available};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Four, Lanes, Sbox};
    use core::arch::x86_64::{
        __m128i, _mm_add_epi32, _mm_and_si128, _mm_or_si128, _mm_set_epi32, _mm_set_epi64x,
        _mm_set1_epi8, _mm_set1_epi32, _mm_shuffle_epi8, _mm_slli_epi32, _mm_srli_epi32,
        _mm_sub_epi32, _mm_xor_si128,
    };

    /// Whether the CPU has SSSE3; found once and remembered.
    pub(crate) fn shuffle_available() -> bool {
        cpufeatures::new!(shuffle, "ssse3");
        shuffle::get()
    }

    /// An intrinsic that any x86-64 may run.
    macro_rules! sse2 {
        ($call:expr) => {
            // SAFETY: SSE2 is part of the x86-64 baseline, and these take no pointers.
            unsafe { $call }
        };
    }

    /// Four words, substituted by the polynomial.
    #[derive(Clone, Copy)]
    pub(crate) struct Quad(__m128i);

    /// Four words, substituted by byte shuffles. Only for use through `with_lanes`.
    #[derive(Clone, Copy)]
    pub(crate) struct Shuffled(__m128i);

    /// What the two types share.
    macro_rules! lanes {
        () => {
            #[inline(always)]
            fn splat(word: u32) -> Self {
                Self(sse2!(_mm_set1_epi32(word as i32)))
            }
            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                Self(sse2!(_mm_xor_si128(self.0, other.0)))
            }
            #[inline(always)]
            fn and(self, other: Self) -> Self {
                Self(sse2!(_mm_and_si128(self.0, other.0)))
            }
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Self(sse2!(_mm_add_epi32(self.0, other.0)))
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                Self(sse2!(_mm_sub_epi32(self.0, other.0)))
            }
            #[inline(always)]
            fn shl<const BITS: i32>(self) -> Self {
                Self(sse2!(_mm_slli_epi32::<BITS>(self.0)))
            }
            #[inline(always)]
            fn shr<const BITS: i32>(self) -> Self {
                Self(sse2!(_mm_srli_epi32::<BITS>(self.0)))
            }
        };
    }

    /// The same for packing.
    macro_rules! four {
        ($name:ident) => {
            impl Four for $name {
                #[inline(always)]
                fn pack(words: [u32; 4]) -> Self {
                    let [a, b, c, d] = words.map(|word| word as i32);
                    Self(sse2!(_mm_set_epi32(d, c, b, a)))
                }
                #[inline(always)]
                fn unpack(self) -> [u32; 4] {
                    // SAFETY: both are 16 bytes without padding, and any bits are valid words.
                    unsafe { core::mem::transmute(self.0) }
                }
            }
        };
    }
    four!(Quad);
    four!(Shuffled);

    impl Lanes for Quad {
        lanes!();
    }

    impl Lanes for Shuffled {
        lanes!();

        #[inline(always)]
        fn substitute(self, sbox: &Sbox) -> Self {
            let nibbles = sse2!(_mm_set1_epi8(15));
            let low = sse2!(_mm_and_si128(self.0, nibbles));
            let high = sse2!(_mm_and_si128(_mm_srli_epi32::<4>(self.0), nibbles));
            let (low, high) = (look_up(&sbox.low, low), look_up(&sbox.high, high));
            Self(sse2!(_mm_or_si128(low, high)))
        }
    }

    #[inline(always)]
    fn look_up(tables: &[[u64; 2]; 4], indices: __m128i) -> __m128i {
        let a = look_up_byte(&tables[0], indices, 0x8080_8000);
        let b = look_up_byte(&tables[1], indices, 0x8080_0080);
        let c = look_up_byte(&tables[2], indices, 0x8000_8080);
        let d = look_up_byte(&tables[3], indices, 0x0080_8080);
        sse2!(_mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d)))
    }

    /// An index with its top bit set selects zero: `others` sets it in the bytes
    /// that are another table's.
    #[inline(always)]
    fn look_up_byte(table: &[u64; 2], indices: __m128i, others: u32) -> __m128i {
        let [first, second] = table.map(|half| half as i64);
        // SAFETY: `with_lanes` uses `Shuffled` where SSSE3 is there; SSE2 always is.
        unsafe {
            let masked = _mm_or_si128(indices, _mm_set1_epi32(others as i32));
            _mm_shuffle_epi8(_mm_set_epi64x(second, first), masked)
        }
    }
}
