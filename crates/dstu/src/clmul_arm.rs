//! Field multiplication with PMULL. Only [`CarryLess`] calls this.

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
