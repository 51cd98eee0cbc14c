//! GF(2^m), polynomial basis, as `[u64; L]` with the constant term in bit 0.
//!
//! One generic code for every m: [`Spec`] says which polynomial reduces. The
//! two curves that Ukrainian certificates use (m = 257 and 431) have their own
//! zero-sized `Spec`, so the compiler sees constants; all others share [`Any`].

use crate::backend::{Backend, Wide};

/// A field: its degree and its reduction polynomial x^m + Σ x^k + 1.
pub(crate) trait Spec<const L: usize>: Copy + Send + Sync + 'static {
    /// Limbs that are multiplied as whole words. `L - 1` when the top limb
    /// holds a single bit (m = 257), which two masks handle instead.
    const FULL: usize = L;

    /// The degree and exponents as constants, for reduction in vector registers. Pays
    /// where a pentanomial folds many words, and works where m/64 is even and
    /// the L words have k₁ bits to spare above m.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "no vectors there"))]
    const IN_VECTORS: Option<(usize, [usize; 3])> = None;

    fn m(&self) -> usize;
    /// Middle exponents, descending; trinomials have only the first, the rest are 0.
    fn ks(&self) -> [usize; 3];
    /// Reduces a product. `wide` has 2·L words in use.
    fn reduce(&self, wide: &mut Wide) -> [u64; L];
}

/// Any field with m − k₁ ≥ 64: the product folds word by word.
#[derive(Clone, Copy)]
pub(crate) struct Any<const L: usize> {
    pub(crate) m: usize,
    pub(crate) ks: [usize; 3],
}

impl<const L: usize> Spec<L> for Any<L> {
    fn m(&self) -> usize {
        self.m
    }
    fn ks(&self) -> [usize; 3] {
        self.ks
    }
    #[inline(always)]
    fn reduce(&self, wide: &mut Wide) -> [u64; L] {
        if self.ks[0] < 64 {
            fold_short::<L>(self.m, self.ks, wide)
        } else {
            fold::<L>(self.m, self.ks, wide)
        }
    }
}

/// x^257 + x^12 + 1.
#[derive(Clone, Copy)]
pub(crate) struct F257;

impl Spec<5> for F257 {
    const FULL: usize = 4;
    #[inline(always)]
    fn m(&self) -> usize {
        257
    }
    fn ks(&self) -> [usize; 3] {
        [12, 0, 0]
    }
    #[inline(always)]
    fn reduce(&self, wide: &mut Wide) -> [u64; 5] {
        fold_short::<5>(257, [12, 0, 0], wide)
    }
}

/// x^431 + x^5 + x^3 + x + 1.
#[derive(Clone, Copy)]
pub(crate) struct F431;

impl Spec<7> for F431 {
    const IN_VECTORS: Option<(usize, [usize; 3])> = Some((431, [5, 3, 1]));
    #[inline(always)]
    fn m(&self) -> usize {
        431
    }
    fn ks(&self) -> [usize; 3] {
        [5, 3, 1]
    }
    #[inline(always)]
    fn reduce(&self, wide: &mut Wide) -> [u64; 7] {
        fold_short::<7>(431, [5, 3, 1], wide)
    }
}

/// Replaces x^m by Σ x^k + 1: all of the product above m at once, then the few
/// bits that this carries over m again. Needs every k below 64 and m % 64 ≠ 0.
/// Positions are public, values are not looked at.
#[inline(always)]
fn fold_short<const L: usize>(m: usize, ks: [usize; 3], wide: &Wide) -> [u64; L] {
    let (word, bits) = (m / 64, m % 64);
    let low = (1u64 << bits) - 1;
    let high: [u64; L] =
        core::array::from_fn(|i| (wide[word + i] >> bits) | (wide[word + i + 1] << (64 - bits)));
    let mut out: [u64; L] =
        core::array::from_fn(|i| high[i] ^ if i == word { wide[i] & low } else { wide[i] });
    let mut beyond = 0;
    for k in ks {
        if k != 0 {
            for i in 0..L {
                let below = if i == 0 { 0 } else { high[i - 1] >> (64 - k) };
                out[i] ^= (high[i] << k) | below;
            }
            beyond ^= high[L - 1] >> (64 - k);
        }
    }
    let again = (out[word] >> bits) | (beyond << (64 - bits));
    out[word] &= low;
    out[0] ^= again;
    for k in ks {
        if k != 0 {
            out[0] ^= again << k;
            out[1 % L] ^= again >> (64 - k);
        }
    }
    out
}

/// The same for larger k: whole words from the top, then the bits above m in the
/// word that m lies in. Needs m − k₁ ≥ 64, so that nothing folds into a
/// word already done. Positions are public, values are not looked at.
#[inline(always)]
fn fold<const L: usize>(m: usize, ks: [usize; 3], wide: &mut Wide) -> [u64; L] {
    let (word, bits) = (m / 64, m % 64);
    let mut i = 2 * L - 1;
    while i > word {
        let top = wide[i];
        wide[i] = 0;
        spread(wide, 64 * i - m, top);
        spread(wide, 64 * i - m + ks[0], top);
        if ks[1] != 0 {
            spread(wide, 64 * i - m + ks[1], top);
            spread(wide, 64 * i - m + ks[2], top);
        }
        i -= 1;
    }
    let top = wide[word] >> bits;
    wide[word] ^= top << bits;
    spread(wide, 0, top);
    spread(wide, ks[0], top);
    if ks[1] != 0 {
        spread(wide, ks[1], top);
        spread(wide, ks[2], top);
    }
    core::array::from_fn(|i| wide[i])
}

/// Adds `value · x^at`.
#[inline(always)]
fn spread(wide: &mut Wide, at: usize, value: u64) {
    let (word, shift) = (at / 64, at % 64);
    wide[word] ^= value << shift;
    if shift != 0 {
        wide[word + 1] ^= value >> (64 - shift);
    }
}

#[inline(always)]
pub(crate) fn add<const L: usize>(a: &[u64; L], b: &[u64; L]) -> [u64; L] {
    core::array::from_fn(|i| a[i] ^ b[i])
}

/// The element 1.
pub(crate) const fn one<const L: usize>() -> [u64; L] {
    let mut out = [0; L];
    out[0] = 1;
    out
}

/// 1/a, and 0 for 0: a^(2^m − 2) by Itoh and Tsujii's chain, whose shape
/// depends on m alone.
pub(crate) fn invert<B: Backend, S: Spec<L>, const L: usize>(s: &S, a: &[u64; L]) -> [u64; L] {
    let exponent = s.m() - 1;
    // `power` is a^(2^done − 1).
    let (mut power, mut done) = (*a, 1);
    for i in (0..exponent.ilog2()).rev() {
        let high = B::sqr_n(s, &power, done);
        power = B::mul(s, &high, &power);
        done *= 2;
        if (exponent >> i) & 1 == 1 {
            power = B::mul(s, &B::sqr_n(s, &power, 1), a);
            done += 1;
        }
    }
    B::sqr_n(s, &power, 1)
}

/// The trace Σ a^(2^i), 0 or 1.
pub(crate) fn trace<B: Backend, S: Spec<L>, const L: usize>(s: &S, a: &[u64; L]) -> u64 {
    let (mut power, mut sum) = (*a, *a);
    for _ in 1..s.m() {
        power = B::sqr_n(s, &power, 1);
        sum = add(&sum, &power);
    }
    sum[0] & 1
}

/// For odd m, the half-trace Σ a^(4^i), i ≤ (m−1)/2: a root z of z² + z = a when a's trace is 0.
pub(crate) fn half_trace<B: Backend, S: Spec<L>, const L: usize>(s: &S, a: &[u64; L]) -> [u64; L] {
    let (mut power, mut sum) = (*a, *a);
    for _ in 0..(s.m() - 1) / 2 {
        power = B::sqr_n(s, &power, 2);
        sum = add(&sum, &power);
    }
    sum
}
