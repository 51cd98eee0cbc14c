//! Multiplication of polynomials over GF(2): by the CPU's carry-less
//! multiplier where there is one, by masks and integer products where not.

use crate::field::Spec;
use crate::limbs::MAX;

#[cfg(target_arch = "aarch64")]
#[path = "clmul_arm.rs"]
mod wide;
#[cfg(target_arch = "x86_64")]
#[path = "clmul_x86.rs"]
mod wide;

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
