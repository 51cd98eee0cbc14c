//! Several 32-bit words side by side. The compiler does not put plain arrays of
//! four into vector registers by itself, so x86-64 says it in intrinsics (SSE2,
//! which every x86-64 has); elsewhere arrays stay arrays.

/// N words that undergo the same operations.
pub(crate) trait Lanes: Copy {
    fn splat(word: u32) -> Self;
    fn xor(self, other: Self) -> Self;
    fn and(self, other: Self) -> Self;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn shl<const BITS: i32>(self) -> Self;
    fn shr<const BITS: i32>(self) -> Self;
}

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

impl<T: Lanes, const N: usize> Lanes for [T; N] {
    #[inline(always)]
    fn splat(word: u32) -> Self {
        [T::splat(word); N]
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        core::array::from_fn(|i| self[i].xor(other[i]))
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        core::array::from_fn(|i| self[i].and(other[i]))
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        core::array::from_fn(|i| self[i].add(other[i]))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        core::array::from_fn(|i| self[i].sub(other[i]))
    }
    #[inline(always)]
    fn shl<const BITS: i32>(self) -> Self {
        self.map(T::shl::<BITS>)
    }
    #[inline(always)]
    fn shr<const BITS: i32>(self) -> Self {
        self.map(T::shr::<BITS>)
    }
}

pub(crate) use quad::{Quad, pack, unpack};

#[cfg(not(target_arch = "x86_64"))]
mod quad {
    /// Four words.
    pub(crate) type Quad = [u32; 4];

    pub(crate) fn pack(words: [u32; 4]) -> Quad {
        words
    }

    pub(crate) fn unpack(quad: Quad) -> [u32; 4] {
        quad
    }
}

#[cfg(target_arch = "x86_64")]
mod quad {
    use super::Lanes;
    use core::arch::x86_64::{
        __m128i, _mm_add_epi32, _mm_and_si128, _mm_set_epi32, _mm_set1_epi32, _mm_slli_epi32,
        _mm_srli_epi32, _mm_sub_epi32, _mm_xor_si128,
    };

    /// An intrinsic that any x86-64 may run.
    macro_rules! sse2 {
        ($call:expr) => {
            // SAFETY: SSE2 is part of the x86-64 baseline, and these take no pointers.
            unsafe { $call }
        };
    }

    /// Four words.
    #[derive(Clone, Copy)]
    pub(crate) struct Quad(__m128i);

    #[inline(always)]
    pub(crate) fn pack(words: [u32; 4]) -> Quad {
        let [a, b, c, d] = words.map(|word| word as i32);
        Quad(sse2!(_mm_set_epi32(d, c, b, a)))
    }

    #[inline(always)]
    pub(crate) fn unpack(quad: Quad) -> [u32; 4] {
        // SAFETY: both are 16 bytes without padding, and any bits are valid words.
        unsafe { core::mem::transmute(quad.0) }
    }

    impl Lanes for Quad {
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
    }
}
