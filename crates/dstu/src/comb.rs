//! Multiples of the base point for secret numbers, by a comb with signed teeth: a fraction of the
//! ladder's steps, and as blind to the number's bits.
//!
//! An odd k below 2^(6·d) is Σ ±2^i with a sign for every i, so a column of six signs that stand d
//! apart names one of 64 points, and half of them are the others' negatives. d columns, each a
//! doubling and an addition; the table is read as a whole each time. The addition has no special
//! cases built in: for a number drawn at random they come once in 2^250, and the sum is then taken
//! for infinity. Numbers that somebody chose go up the ladder instead.

use zeroize::Zeroize;

use crate::backend::{Backend, Job};
use crate::field::{self, Spec, add};
use crate::group::{Affine, Group, Projective};
use crate::limbs::{self, Big};

/// Signs in a column.
const TEETH: usize = 6;
const ENTRIES: usize = 1 << (TEETH - 1);

/// What the columns whose highest sign is + stand for: entry u is
/// 2^(5d)·P + Σ ±2^(id)·P, i < 5, with + where bit i of u is set.
pub(crate) type Table<const L: usize> = [Affine<L>; ENTRIES];

/// How far the teeth stand apart: room for one bit more than the order has, because the order is
/// added to even numbers.
pub(crate) const fn spacing(order_bits: usize) -> usize {
    (order_bits + 1).div_ceil(TEETH)
}

impl<S: Spec<L>, const L: usize> Group<S, L> {
    /// x of k·P for a secret random k, 0 < k < n; 0 where the ladder is needed.
    pub(crate) fn secret_x_of_base<B: Backend>(
        &self,
        k: &Big,
        n: &Big,
        order_bits: usize,
        table: &Table<L>,
    ) -> [u64; L] {
        let apart = spacing(order_bits);
        let even = limbs::mask((k[0] & 1) ^ 1);
        let (mut sum, _) = limbs::add(k, &core::array::from_fn(|i| n[i] & even));
        // Σ (2b − 1)·2^i over all bits b of this is the odd number before.
        let mut bits: Big = core::array::from_fn(|i| {
            let above = if i + 1 < sum.len() { sum[i + 1] } else { 0 };
            (sum[i] >> 1) | (above << 63)
        });
        let top = TEETH * apart - 1;
        bits[top / 64] |= 1 << (top % 64);
        let mut p = B::run(Comb { group: self, bits: &bits, apart, table });
        let x = self.mul::<B>(&p.x, &field::invert::<B, S, L>(&self.field, &p.z));
        sum.zeroize();
        bits.zeroize();
        p.x.zeroize();
        p.y.zeroize();
        p.z.zeroize();
        x
    }

    #[inline(always)]
    fn comb<B: Backend>(&self, bits: &Big, apart: usize, table: &Table<L>) -> Projective<L> {
        let first = column(bits, apart, apart - 1, table);
        let mut sum = Projective { x: first.x, y: first.y, z: field::one() };
        for j in (0..apart - 1).rev() {
            sum = self.double_in::<B>(&sum);
            sum = self.add_other_in::<B>(&sum, &column(bits, apart, j, table));
        }
        sum
    }
}

/// The point of one column.
#[inline(always)]
fn column<const L: usize>(bits: &Big, apart: usize, j: usize, table: &Table<L>) -> Affine<L> {
    let sign = limbs::bit(bits, j + (TEETH - 1) * apart);
    let minus = limbs::mask(sign ^ 1);
    let mut index = 0;
    for tooth in 0..TEETH - 1 {
        index |= limbs::bit(bits, j + tooth * apart) << tooth;
    }
    index = (index ^ minus) & (ENTRIES as u64 - 1);
    let mut point = Affine { x: [0; L], y: [0; L] };
    for (u, entry) in table.iter().enumerate() {
        // All ones for the right entry: 0 − 1 borrows, nothing else so small does.
        let here = limbs::mask(((u as u64 ^ index).wrapping_sub(1)) >> 63);
        for i in 0..L {
            point.x[i] |= entry.x[i] & here;
            point.y[i] |= entry.y[i] & here;
        }
    }
    // −(x, y) = (x, x + y).
    point.y = limbs::select(&point.y, &add(&point.x, &point.y), minus);
    point
}

struct Comb<'a, S, const L: usize> {
    group: &'a Group<S, L>,
    bits: &'a Big,
    apart: usize,
    table: &'a Table<L>,
}

impl<S: Spec<L>, const L: usize> Job for Comb<'_, S, L> {
    type Out = Projective<L>;
    #[inline(always)]
    fn run<B: Backend>(self) -> Projective<L> {
        self.group.comb::<B>(self.bits, self.apart, self.table)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use alloc::vec::Vec;
    use std::format;
    use std::string::String;

    use super::*;
    use crate::backend::{CarryLess, Portable};
    use crate::domain::Parameters;
    use crate::named::{M257, M431};
    use proptest::prelude::*;

    /// The table as it must be, by public arithmetic.
    fn made<S: Spec<L>, const L: usize>(curve: &Parameters<S, L>) -> Vec<Affine<L>> {
        let apart = spacing(limbs::bit_length(&curve.n.n));
        let group = &curve.group;
        let teeth: Vec<Affine<L>> = (0..TEETH)
            .map(|tooth| {
                let mut k = [0; L];
                k[tooth * apart / 64] = 1 << (tooth * apart % 64);
                group.double_multiply::<Portable>(&[(k, curve.base)]).unwrap()
            })
            .collect();
        let entry = |u: usize| {
            let mut sum = teeth[TEETH - 1];
            for (tooth, p) in teeth[..TEETH - 1].iter().enumerate() {
                let minus = Affine { x: p.x, y: add(&p.x, &p.y) };
                let part = if u >> tooth & 1 == 1 { p } else { &minus };
                sum = group.sum_for_tests::<Portable>(&sum, part).unwrap();
            }
            sum
        };
        (0..ENTRIES).map(entry).collect()
    }

    fn written<const L: usize>(name: &str, table: &[Affine<L>]) -> String {
        let number = |words: &[u64; L]| {
            let digits: String = words.iter().rev().map(|word| format!("{word:016X}")).collect();
            format!("hex(\"{}\")", digits.trim_start_matches('0'))
        };
        let row =
            |p: &Affine<L>| format!("Affine {{ x: {}, y: {} }},\n", number(&p.x), number(&p.y));
        let rows: String = table.iter().map(row).collect();
        format!("pub(crate) static {name}: Table<{L}> = [\n{rows}];\n")
    }

    /// `UPDATE_TABLES=1 cargo test -p dstu comb` writes comb_tables.rs anew; cargo fmt lays it out.
    #[test]
    #[allow(clippy::disallowed_methods, reason = "only a developer asks it to write")]
    fn the_tables_are_what_the_curves_say() {
        let (m257, m431) = (made(&M257), made(&M431));
        if std::env::var_os("UPDATE_TABLES").is_some() {
            let head = "//! Tables of comb.rs, written by its test.\n\n\
                        use crate::comb::Table;\nuse crate::group::Affine;\nuse crate::limbs::hex;\n\n";
            let text = [head, &written("T257", &m257), "\n", &written("T431", &m431)].concat();
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/comb_tables.rs");
            std::fs::write(path, text).unwrap();
        }
        assert!(M257.comb.unwrap().as_slice() == m257, "the table of m = 257 is another");
        assert!(M431.comb.unwrap().as_slice() == m431, "the table of m = 431 is another");
    }

    fn agrees<S: Spec<L>, const L: usize>(curve: &Parameters<S, L>, words: &[u64]) {
        let k: Big = limbs::resize(&curve.n.reduce(words));
        if limbs::is_zero(&k) == 1 {
            return;
        }
        let bits = limbs::bit_length(&curve.n.n);
        let (n, table) = (limbs::resize(&curve.n.n), curve.comb.unwrap());
        let ladder = curve.group.secret_x::<Portable>(&k, bits, &curve.base.x);
        let group = &curve.group;
        assert_eq!(group.secret_x_of_base::<Portable>(&k, &n, bits, table), ladder);
        assert_eq!(group.secret_x_of_base::<CarryLess>(&k, &n, bits, table), ladder);
    }

    #[test]
    fn small_and_large_numbers_agree_with_the_ladder() {
        // 1 … 40 and n − 1 … n − 40: no column of theirs meets the point that it is added to.
        for i in 1..=40_u64 {
            agrees(&M257, &[i]);
            agrees(&M431, &[i]);
            agrees(&M257, &limbs::sub(&M257.n.n, &limbs::resize(&[i])).0);
            agrees(&M431, &limbs::sub(&M431.n.n, &limbs::resize(&[i])).0);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_number_agrees_with_the_ladder(words in any::<[u64; 8]>()) {
            agrees(&M257, &words);
            agrees(&M431, &words);
        }
    }
}
