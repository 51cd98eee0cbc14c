//! Field multiplication with PCLMULQDQ. Only [`CarryLess`] calls this.

use super::{CarryLess, Job, MAX, Spec, Wide, top_bits};
use core::arch::x86_64::{
    __m128i, _mm_and_si128, _mm_bslli_si128, _mm_bsrli_si128, _mm_castpd_si128, _mm_castsi128_pd,
    _mm_clmulepi64_si128, _mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm_set_epi64x, _mm_setzero_si128,
    _mm_shuffle_epi32, _mm_shuffle_pd, _mm_sll_epi64, _mm_srl_epi64, _mm_unpackhi_epi64,
    _mm_xor_si128,
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
    if 2 * i < full { _mm_set_epi64x(limb(2 * i + 1), limb(2 * i)) } else { _mm_setzero_si128() }
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
