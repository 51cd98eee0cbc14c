//! Multiplication of polynomials over GF(2): by the CPU's carry-less
//! multiplier where there is one, by masks and integer products where not.

use crate::field::Spec;
use crate::limbs::MAX;

/// A product before reduction.
pub(crate) type Wide = [u64; 2 * MAX];

/// Which multiplier a [`Curve`](crate::Curve) calculates with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Multiplier {
    /// PCLMULQDQ (x86-64) or PMULL (AArch64).
    CarryLess,
    /// Plain 64-bit integer instructions. Constant-time on CPUs whose 64-bit
    /// integer multiplication is.
    Portable,
}

impl Multiplier {
    /// The best that this CPU has; found once and remembered.
    pub fn detect() -> Self {
        if available() { Self::CarryLess } else { Self::Portable }
    }
}

#[cfg(target_arch = "x86_64")]
fn available() -> bool {
    cpufeatures::new!(carry_less, "pclmulqdq");
    carry_less::get()
}

#[cfg(target_arch = "aarch64")]
fn available() -> bool {
    cpufeatures::new!(carry_less, "aes");
    carry_less::get()
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn available() -> bool {
    false
}

/// Field multiplication with one of the multipliers. All three are constant-time.
pub(crate) trait Backend: Copy {
    fn mul<S: Spec<L>, const L: usize>(s: &S, a: &[u64; L], b: &[u64; L]) -> [u64; L];
    fn sqr<S: Spec<L>, const L: usize>(s: &S, a: &[u64; L]) -> [u64; L];
    /// Runs a longer calculation compiled for this backend's instructions, so that
    /// the multiplications in it become part of it instead of calls.
    fn run<J: Job>(job: J) -> J::Out {
        job.run::<Self>()
    }
    /// Squares `n` times; `n` is public.
    fn sqr_n<S: Spec<L>, const L: usize>(s: &S, a: &[u64; L], n: usize) -> [u64; L] {
        let mut out = *a;
        for _ in 0..n {
            out = Self::sqr(s, &out);
        }
        out
    }
}

/// A calculation for [`Backend::run`]. `run` must be `#[inline(always)]`: only
/// then is it compiled anew for each backend.
pub(crate) trait Job {
    type Out;
    fn run<B: Backend>(self) -> Self::Out;
}

/// Runs `$call` with `$B` standing for the backend that `$multiplier` names.
/// `CarryLess` on a CPU without it calculates portably: nothing constructs that
/// but a caller who asked for it by name.
macro_rules! with_backend {
    ($multiplier:expr, $B:ident => $call:expr) => {
        match $multiplier {
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            $crate::backend::Multiplier::CarryLess
                if $crate::backend::Multiplier::detect()
                    == $crate::backend::Multiplier::CarryLess =>
            {
                type $B = $crate::backend::CarryLess;
                $call
            }
            _ => {
                type $B = $crate::backend::Portable;
                $call
            }
        }
    };
}
pub(crate) use with_backend;

/// Adds the terms of the single top bits (at `64·full`) when `S::FULL` is less than `L`.
#[inline(always)]
fn top_bits<const L: usize>(full: usize, a: &[u64; L], b: &[u64; L], wide: &mut Wide) {
    if full < L {
        let (ma, mb) = (0u64.wrapping_sub(a[full]), 0u64.wrapping_sub(b[full]));
        for i in 0..full {
            wide[full + i] ^= (ma & b[i]) ^ (mb & a[i]);
        }
        wide[2 * full] ^= a[full] & b[full];
    }
}

/// The CPU's carry-less multiplier. Used only after `available()` said yes.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[derive(Clone, Copy)]
pub(crate) struct CarryLess;

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
impl Backend for CarryLess {
    #[inline(always)]
    fn mul<S: Spec<L>, const L: usize>(s: &S, a: &[u64; L], b: &[u64; L]) -> [u64; L] {
        // SAFETY: `with_backend` hands this type out only when the CPU has the instruction.
        unsafe { wide::mul(s, a, b) }
    }
    #[inline(always)]
    fn sqr<S: Spec<L>, const L: usize>(s: &S, a: &[u64; L]) -> [u64; L] {
        // SAFETY: as above.
        unsafe { wide::sqr(s, a) }
    }
    #[inline(always)]
    fn sqr_n<S: Spec<L>, const L: usize>(s: &S, a: &[u64; L], n: usize) -> [u64; L] {
        // SAFETY: as above.
        unsafe { wide::sqr_n(s, a, n) }
    }
    #[inline(always)]
    fn run<J: Job>(job: J) -> J::Out {
        // SAFETY: as above.
        unsafe { wide::run(job) }
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::{CarryLess, Job, MAX, Spec, Wide, top_bits};
    use core::arch::x86_64::{
        __m128i, _mm_and_si128, _mm_bslli_si128, _mm_bsrli_si128, _mm_castpd_si128,
        _mm_castsi128_pd, _mm_clmulepi64_si128, _mm_cvtsi64_si128, _mm_cvtsi128_si64,
        _mm_set_epi64x, _mm_setzero_si128, _mm_shuffle_epi32, _mm_shuffle_pd, _mm_sll_epi64,
        _mm_srl_epi64, _mm_unpackhi_epi64, _mm_xor_si128,
    };

    /// Two limbs by two, three multiplications (Karatsuba).
    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn mul2(a: __m128i, b: __m128i) -> [__m128i; 2] {
        let low = _mm_clmulepi64_si128::<0x00>(a, b);
        let high = _mm_clmulepi64_si128::<0x11>(a, b);
        let sum_a = _mm_xor_si128(a, _mm_shuffle_epi32::<0b0100_1110>(a));
        let sum_b = _mm_xor_si128(b, _mm_shuffle_epi32::<0b0100_1110>(b));
        let both = _mm_clmulepi64_si128::<0x00>(sum_a, sum_b);
        let middle = _mm_xor_si128(both, _mm_xor_si128(low, high));
        [
            _mm_xor_si128(low, _mm_bslli_si128::<8>(middle)),
            _mm_xor_si128(high, _mm_bsrli_si128::<8>(middle)),
        ]
    }

    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn add<const N: usize>(a: [__m128i; N], b: [__m128i; N]) -> [__m128i; N] {
        let mut out = a;
        for i in 0..N {
            out[i] = _mm_xor_si128(a[i], b[i]);
        }
        out
    }

    /// Four limbs by four.
    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn mul4(a: [__m128i; 2], b: [__m128i; 2]) -> [__m128i; 4] {
        let low = mul2(a[0], b[0]);
        let high = mul2(a[1], b[1]);
        let both = mul2(_mm_xor_si128(a[0], a[1]), _mm_xor_si128(b[0], b[1]));
        let middle = add(both, add(low, high));
        [low[0], _mm_xor_si128(low[1], middle[0]), _mm_xor_si128(high[0], middle[1]), high[1]]
    }

    /// Six limbs by six: three parts, six products.
    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn mul6(a: [__m128i; 3], b: [__m128i; 3]) -> [__m128i; 6] {
        let p: [_; 3] = [mul2(a[0], b[0]), mul2(a[1], b[1]), mul2(a[2], b[2])];
        let x01 = mul2(_mm_xor_si128(a[0], a[1]), _mm_xor_si128(b[0], b[1]));
        let x02 = mul2(_mm_xor_si128(a[0], a[2]), _mm_xor_si128(b[0], b[2]));
        let x12 = mul2(_mm_xor_si128(a[1], a[2]), _mm_xor_si128(b[1], b[2]));
        let c1 = add(x01, add(p[0], p[1]));
        let c2 = add(add(x02, p[1]), add(p[0], p[2]));
        let c3 = add(x12, add(p[1], p[2]));
        [
            p[0][0],
            _mm_xor_si128(p[0][1], c1[0]),
            _mm_xor_si128(c1[1], c2[0]),
            _mm_xor_si128(c2[1], c3[0]),
            _mm_xor_si128(c3[1], p[2][0]),
            p[2][1],
        ]
    }

    /// Eight limbs by eight.
    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn mul8(a: [__m128i; 4], b: [__m128i; 4]) -> [__m128i; 8] {
        let (a0, a1) = ([a[0], a[1]], [a[2], a[3]]);
        let (b0, b1) = ([b[0], b[1]], [b[2], b[3]]);
        let low = mul4(a0, b0);
        let high = mul4(a1, b1);
        let m = add(mul4(add(a0, a1), add(b0, b1)), add(low, high));
        let inner = add([low[2], low[3], high[0], high[1]], m);
        [low[0], low[1], inner[0], inner[1], inner[2], inner[3], high[2], high[3]]
    }

    /// Limbs 2i and 2i + 1, zero where there are none.
    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn pair<const L: usize>(a: &[u64; L], full: usize, i: usize) -> __m128i {
        let limb = |j: usize| if j < full { a[j] as i64 } else { 0 };
        if 2 * i < full {
            _mm_set_epi64x(limb(2 * i + 1), limb(2 * i))
        } else {
            _mm_setzero_si128()
        }
    }

    #[target_feature(enable = "pclmulqdq")]
    pub(super) fn run<J: Job>(job: J) -> J::Out {
        job.run::<CarryLess>()
    }

    /// A product: sixteen limbs in pairs.
    type Product = [__m128i; MAX];

    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn fill<const N: usize>(parts: [__m128i; N]) -> Product {
        let mut out = [_mm_setzero_si128(); MAX];
        out[..N].copy_from_slice(&parts);
        out
    }

    /// The product's limbs, for reduction in plain registers.
    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn limbs(product: Product) -> Wide {
        let mut wide: Wide = [0; 2 * MAX];
        for (i, part) in product.into_iter().enumerate() {
            wide[2 * i] = _mm_cvtsi128_si64(part) as u64;
            wide[2 * i + 1] = _mm_cvtsi128_si64(_mm_unpackhi_epi64(part, part)) as u64;
        }
        wide
    }

    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn shl(x: __m128i, bits: usize) -> __m128i {
        _mm_sll_epi64(x, _mm_cvtsi64_si128(bits as i64))
    }

    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn shr(x: __m128i, bits: usize) -> __m128i {
        _mm_srl_epi64(x, _mm_cvtsi64_si128(bits as i64))
    }

    /// The high limb of one and the low limb of the next.
    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn between(one: __m128i, next: __m128i) -> __m128i {
        let (one, next) = (_mm_castsi128_pd(one), _mm_castsi128_pd(next));
        _mm_castpd_si128(_mm_shuffle_pd::<0b01>(one, next))
    }

    /// `field::fold_short` on pairs of limbs, for m/64 even and polynomials whose
    /// folding carries nothing out of the L limbs.
    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    fn fold<const L: usize>(m: usize, ks: [usize; 3], p: &Product) -> [u64; L] {
        let zero = _mm_setzero_si128();
        let (first, bits) = (m / 128, m % 64);
        let low = _mm_set_epi64x(0, ((1u64 << bits) - 1) as i64);
        let mut out = [zero; MAX / 2];
        let mut below = zero;
        for j in 0..=first {
            let next = if first + j + 1 < MAX { p[first + j + 1] } else { zero };
            let high =
                _mm_xor_si128(shr(p[first + j], bits), shl(between(p[first + j], next), 64 - bits));
            let kept = if j == first { _mm_and_si128(p[j], low) } else { p[j] };
            out[j] = _mm_xor_si128(kept, high);
            let carried = between(below, high);
            for k in ks {
                if k != 0 {
                    let part = _mm_xor_si128(shl(high, k), shr(carried, 64 - k));
                    out[j] = _mm_xor_si128(out[j], part);
                }
            }
            below = high;
        }
        let again = shr(out[first], bits);
        out[first] = _mm_and_si128(out[first], low);
        out[0] = _mm_xor_si128(out[0], again);
        for k in ks {
            if k != 0 {
                out[0] = _mm_xor_si128(out[0], shl(again, k));
            }
        }
        // SAFETY: both are 64 bytes without padding, and any bits are valid limbs.
        let limbs: [u64; MAX] = unsafe { core::mem::transmute(out) };
        core::array::from_fn(|i| limbs[i])
    }

    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    pub(super) fn mul<S: Spec<L>, const L: usize>(s: &S, a: &[u64; L], b: &[u64; L]) -> [u64; L] {
        let n = S::FULL;
        let product = if n <= 4 {
            fill(mul4([pair(a, n, 0), pair(a, n, 1)], [pair(b, n, 0), pair(b, n, 1)]))
        } else if n <= 6 {
            fill(mul6(
                [pair(a, n, 0), pair(a, n, 1), pair(a, n, 2)],
                [pair(b, n, 0), pair(b, n, 1), pair(b, n, 2)],
            ))
        } else {
            mul8(
                [pair(a, n, 0), pair(a, n, 1), pair(a, n, 2), pair(a, n, 3)],
                [pair(b, n, 0), pair(b, n, 1), pair(b, n, 2), pair(b, n, 3)],
            )
        };
        if let Some((m, ks)) = S::IN_VECTORS
            && n == L
        {
            return fold(m, ks, &product);
        }
        let mut wide = limbs(product);
        top_bits(n, a, b, &mut wide);
        s.reduce(&mut wide)
    }

    #[inline]
    #[target_feature(enable = "pclmulqdq")]
    pub(super) fn sqr<S: Spec<L>, const L: usize>(s: &S, a: &[u64; L]) -> [u64; L] {
        let mut product = [_mm_setzero_si128(); MAX];
        for i in 0..L.div_ceil(2) {
            let x = pair(a, L, i);
            product[2 * i] = _mm_clmulepi64_si128::<0x00>(x, x);
            if 2 * i + 1 < L {
                product[2 * i + 1] = _mm_clmulepi64_si128::<0x11>(x, x);
            }
        }
        if let Some((m, ks)) = S::IN_VECTORS {
            return fold(m, ks, &product);
        }
        s.reduce(&mut limbs(product))
    }

    #[target_feature(enable = "pclmulqdq")]
    pub(super) fn sqr_n<S: Spec<L>, const L: usize>(s: &S, a: &[u64; L], n: usize) -> [u64; L] {
        let mut out = *a;
        for _ in 0..n {
            out = sqr(s, &out);
        }
        out
    }
}

#[cfg(target_arch = "aarch64")]
mod wide {
    use super::{CarryLess, Job, MAX, Spec, Wide, top_bits};
    use core::arch::aarch64::vmull_p64;

    #[target_feature(enable = "neon,aes")]
    pub(super) fn run<J: Job>(job: J) -> J::Out {
        job.run::<CarryLess>()
    }

    #[inline]
    #[target_feature(enable = "neon,aes")]
    pub(super) fn mul<S: Spec<L>, const L: usize>(s: &S, a: &[u64; L], b: &[u64; L]) -> [u64; L] {
        let n = S::FULL;
        let mut wide: Wide = [0; 2 * MAX];
        for column in 0..2 * n - 1 {
            let mut sum = 0;
            for i in column.saturating_sub(n - 1)..=column.min(n - 1) {
                sum ^= vmull_p64(a[i], b[column - i]);
            }
            wide[column] ^= sum as u64;
            wide[column + 1] ^= (sum >> 64) as u64;
        }
        top_bits(n, a, b, &mut wide);
        s.reduce(&mut wide)
    }

    #[inline]
    #[target_feature(enable = "neon,aes")]
    pub(super) fn sqr<S: Spec<L>, const L: usize>(s: &S, a: &[u64; L]) -> [u64; L] {
        let mut wide: Wide = [0; 2 * MAX];
        for i in 0..L {
            let square = vmull_p64(a[i], a[i]);
            wide[2 * i] = square as u64;
            wide[2 * i + 1] = (square >> 64) as u64;
        }
        s.reduce(&mut wide)
    }

    #[target_feature(enable = "neon,aes")]
    pub(super) fn sqr_n<S: Spec<L>, const L: usize>(s: &S, a: &[u64; L], n: usize) -> [u64; L] {
        let mut out = *a;
        for _ in 0..n {
            out = sqr(s, &out);
        }
        out
    }
}

/// Integer instructions only.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

impl Backend for Portable {
    fn mul<S: Spec<L>, const L: usize>(s: &S, a: &[u64; L], b: &[u64; L]) -> [u64; L] {
        let n = S::FULL;
        let mut wide: Wide = [0; 2 * MAX];
        karatsuba(&a[..n], &b[..n], &mut wide[..2 * n]);
        top_bits(n, a, b, &mut wide);
        s.reduce(&mut wide)
    }

    fn sqr<S: Spec<L>, const L: usize>(s: &S, a: &[u64; L]) -> [u64; L] {
        let mut wide: Wide = [0; 2 * MAX];
        for i in 0..L {
            wide[2 * i] = interleave(a[i] & 0xffff_ffff);
            wide[2 * i + 1] = interleave(a[i] >> 32);
        }
        s.reduce(&mut wide)
    }
}

/// The square of a 32-bit polynomial: a zero after every bit.
#[inline(always)]
fn interleave(mut x: u64) -> u64 {
    x = (x | (x << 16)) & 0x0000_ffff_0000_ffff;
    x = (x | (x << 8)) & 0x00ff_00ff_00ff_00ff;
    x = (x | (x << 4)) & 0x0f0f_0f0f_0f0f_0f0f;
    x = (x | (x << 2)) & 0x3333_3333_3333_3333;
    (x | (x << 1)) & 0x5555_5555_5555_5555
}

/// Adds a·b to `out` (which the caller zeroed), `out` being as long as both together.
fn karatsuba(a: &[u64], b: &[u64], out: &mut [u64]) {
    let n = a.len();
    if n == 1 {
        let product = clmul64(a[0], b[0]);
        out[0] ^= product as u64;
        out[1] ^= (product >> 64) as u64;
        return;
    }
    let low = n.div_ceil(2);
    let (a0, a1) = a.split_at(low);
    let (b0, b1) = b.split_at(low);
    let mut sum_a = [0u64; MAX / 2];
    let mut sum_b = [0u64; MAX / 2];
    for i in 0..low {
        sum_a[i] = a0[i] ^ a1.get(i).copied().unwrap_or(0);
        sum_b[i] = b0[i] ^ b1.get(i).copied().unwrap_or(0);
    }
    let (mut p0, mut p1, mut middle) = ([0u64; MAX], [0u64; MAX], [0u64; MAX]);
    let high = 2 * (n - low);
    karatsuba(a0, b0, &mut p0[..2 * low]);
    karatsuba(a1, b1, &mut p1[..high]);
    karatsuba(&sum_a[..low], &sum_b[..low], &mut middle[..2 * low]);
    for i in 0..2 * low {
        out[i] ^= p0[i];
        out[low + i] ^= middle[i] ^ p0[i] ^ p1[i];
    }
    for i in 0..high {
        out[2 * low + i] ^= p1[i];
    }
}

/// Carry-less 64×64 → 128 by integer products. Each operand is split into five
/// parts with four empty bits after every used one: a sum then has at most 13
/// ones in a column, and its carries die in the empty bits.
#[inline(always)]
fn clmul64(a: u64, b: u64) -> u128 {
    const EVERY_FIFTH: u64 = 0x1084_2108_4210_8421;
    const EVERY_FIFTH_WIDE: u128 = 0x2108_4210_8421_0842_1084_2108_4210_8421;
    let pa: [u64; 5] = core::array::from_fn(|i| a & (EVERY_FIFTH << i));
    let pb: [u64; 5] = core::array::from_fn(|i| b & (EVERY_FIFTH << i));
    let mut out = 0u128;
    for class in 0..5 {
        let mut sum = 0u128;
        for i in 0..5 {
            sum ^= u128::from(pa[i]) * u128::from(pb[(class + 5 - i) % 5]);
        }
        out |= sum & (EVERY_FIFTH_WIDE << class);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(a: u64, b: u64) -> u128 {
        (0..64).filter(|i| (b >> i) & 1 == 1).fold(0, |sum, i| sum ^ (u128::from(a) << i))
    }

    #[test]
    fn portable_product_agrees_with_shift_and_add() {
        let mut x = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..2000 {
            let a = x;
            x = x.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1);
            assert_eq!(clmul64(a, x), slow(a, x));
        }
        for edge in [0, 1, u64::MAX, 1 << 63] {
            for other in [0, 1, u64::MAX, 1 << 63, 0x5555_5555_5555_5555] {
                assert_eq!(clmul64(edge, other), slow(edge, other));
            }
        }
    }

    #[test]
    fn karatsuba_agrees_with_columns_for_every_size() {
        for n in 1..=MAX {
            let a: [u64; MAX] =
                core::array::from_fn(|i| 0xdead_beef_1234_5677_u64.wrapping_mul(i as u64 + 1));
            let b: [u64; MAX] = core::array::from_fn(|i| !a[i].rotate_left(7));
            let mut fast: Wide = [0; 2 * MAX];
            karatsuba(&a[..n], &b[..n], &mut fast[..2 * n]);
            let mut expected: Wide = [0; 2 * MAX];
            for i in 0..n {
                for j in 0..n {
                    let p = slow(a[i], b[j]);
                    expected[i + j] ^= p as u64;
                    expected[i + j + 1] ^= (p >> 64) as u64;
                }
            }
            assert_eq!(fast, expected, "{n} limbs");
        }
    }
}
