//! Everything on a field of 128 elements: every point, every pair, every number,
//! through the same code that the real curves run.

extern crate std;

use alloc::vec::Vec;

use crate::backend::{Backend, CarryLess, Multiplier, Portable, Wide};
use crate::domain::{Domain, Parameters};
use crate::field::{self, Spec, add};
use crate::group::{Affine, Group};
use crate::limbs::{self, Big, Modulus};

/// x^7 + x + 1, reduced bit by bit.
#[derive(Clone, Copy)]
struct Toy;

const M: usize = 7;

impl Spec<1> for Toy {
    fn m(&self) -> usize {
        M
    }
    fn ks(&self) -> [usize; 3] {
        [1, 0, 0]
    }
    fn reduce(&self, wide: &mut Wide) -> [u64; 1] {
        for i in (M..2 * M).rev() {
            let bit = (wide[0] >> i) & 1;
            wide[0] ^= bit * (0b1000_0011 << (i - M));
        }
        [wide[0]]
    }
}

/// Multiplication by a table of logarithms: x generates the field's 127 units.
struct Logarithms {
    exp: [u64; 127],
    log: [usize; 128],
}

impl Logarithms {
    fn new() -> Self {
        let (mut exp, mut log) = ([0; 127], [0; 128]);
        let mut power = 1u64;
        for (i, e) in exp.iter_mut().enumerate() {
            *e = power;
            log[power as usize] = i;
            power <<= 1;
            if power & 0x80 != 0 {
                power ^= 0b1000_0011;
            }
        }
        Self { exp, log }
    }

    fn mul(&self, a: u64, b: u64) -> u64 {
        if a == 0 || b == 0 {
            return 0;
        }
        self.exp[(self.log[a as usize] + self.log[b as usize]) % 127]
    }
}

/// The points of a curve that are not infinity.
fn points(logs: &Logarithms, a: u64, b: u64) -> Vec<Affine<1>> {
    let mut out = Vec::new();
    for x in 0..128 {
        for y in 0..128 {
            let x2 = logs.mul(x, x);
            if logs.mul(y, y) ^ logs.mul(x, y) == logs.mul(x2, x ^ a) ^ b {
                out.push(Affine { x: [x], y: [y] });
            }
        }
    }
    out
}

/// One curve for each a whose order is (4 >> a) times a prime above 16 (what
/// tables of odd multiples need), with a point of that order.
fn curves() -> Vec<(Parameters<Toy, 1>, Vec<Affine<1>>)> {
    let logs = Logarithms::new();
    [0, 1]
        .into_iter()
        .map(|a| {
            (1..128)
                .find_map(|b| {
                    let all = points(&logs, a, b);
                    let (order, cofactor) = (all.len() as u64 + 1, 4 >> a);
                    let n = order / cofactor;
                    let prime = n > 16 && (2..n).all(|d| n % d != 0);
                    if order % cofactor != 0 || !prime {
                        return None;
                    }
                    let group = Group { field: Toy, a, b: [b] };
                    let base = *all.iter().find(|p| group.is_killed_by::<Portable>(&[n], p))?;
                    Some((Parameters { group, n: Modulus::new([n]), base, comb: None }, all))
                })
                .expect("some curve has such an order")
        })
        .collect()
}

#[test]
fn every_product_and_inverse() {
    let logs = Logarithms::new();
    for a in 0..128 {
        for b in 0..128 {
            let expected = [logs.mul(a, b)];
            assert_eq!(CarryLess::mul(&Toy, &[a], &[b]), expected);
            assert_eq!(Portable::mul(&Toy, &[a], &[b]), expected);
        }
        assert_eq!(Portable::sqr(&Toy, &[a]), [logs.mul(a, a)]);
        let inverse = field::invert::<CarryLess, Toy, 1>(&Toy, &[a])[0];
        assert_eq!(logs.mul(a, inverse), u64::from(a != 0));
    }
}

/// Group axioms on all pairs, associativity on all triples with two fixed points.
#[test]
fn every_sum() {
    for (curve, all) in curves() {
        let group = curve.group;
        let one = [1];
        let sum = |p: &Affine<1>, q: &Affine<1>| group.sum_for_tests::<Portable>(p, q);
        for p in &all {
            assert!(group.contains::<CarryLess>(p));
            let minus = Affine { x: p.x, y: add(&p.x, &p.y) };
            assert_eq!(sum(p, &minus), None);
            for q in &all {
                let r = sum(p, q);
                assert_eq!(r, sum(q, p));
                if let Some(r) = r {
                    assert!(all.contains(&r));
                    assert_eq!(sum(&r, &Affine { x: q.x, y: add(&q.x, &q.y) }), Some(*p));
                    for s in [&all[3], &curve.base] {
                        let left = sum(&r, s);
                        let right = match sum(q, s) {
                            Some(qs) => sum(p, &qs),
                            None => Some(*p),
                        };
                        assert_eq!(left, right);
                    }
                }
            }
        }
        assert_eq!(group.double_multiply::<Portable>(&[(one, curve.base)]), Some(curve.base));
    }
}

/// k·P by repeated addition.
fn multiples(curve: &Parameters<Toy, 1>, p: &Affine<1>) -> Vec<Option<Affine<1>>> {
    let mut out = Vec::from([None]);
    for _ in 1..2 * curve.n.n[0] {
        let next = match out[out.len() - 1] {
            None => Some(*p),
            Some(sum) => curve.group.sum_for_tests::<Portable>(&sum, p),
        };
        out.push(next);
    }
    out
}

#[test]
fn every_multiple_of_every_point_of_order_n() {
    for (curve, all) in curves() {
        let n = curve.n.n[0];
        let bits = 8;
        let mut of_order_n = 0;
        for p in &all {
            let known = multiples(&curve, p);
            let killed = known[n as usize].is_none();
            assert_eq!(curve.group.is_killed_by::<CarryLess>(&[n], p), killed);
            if !killed {
                continue;
            }
            of_order_n += 1;
            for k in 0..2 * n {
                let mut wide: Big = [0; 8];
                wide[0] = k;
                let expected = known[k as usize];
                let x = curve.group.secret_x::<CarryLess>(&wide, bits, &p.x);
                assert_eq!(x, expected.map_or([0], |q| q.x), "k = {k}");
                if (1..n).contains(&k) {
                    let q = curve.group.secret_multiply::<Portable>(&wide, bits, p);
                    assert_eq!(Some(q), expected, "k = {k}");
                }
                assert_eq!(curve.group.double_multiply::<CarryLess>(&[([k], *p)]), expected);
            }
        }
        assert_eq!(of_order_n, n - 1);
    }
}

#[test]
fn every_compressed_form() {
    for (curve, all) in curves() {
        let group = curve.group;
        let mut found = Vec::new();
        for packed in 0..128 {
            if let Some(p) = group.decompress::<CarryLess>(&[packed]) {
                assert!(all.contains(&p));
                assert_eq!(group.compress::<Portable>(&p), [packed]);
                found.push(p);
            }
        }
        // Every point of order n has one; with cofactor 4 others have one too.
        for p in all.iter().filter(|p| group.is_killed_by::<Portable>(&curve.n.n, p)) {
            assert!(found.contains(p));
        }
    }
}

fn big(x: u64) -> Big {
    limbs::resize(&[x])
}

#[test]
fn every_signature() {
    for (curve, _) in curves() {
        let n = curve.n.n[0];
        let with = Multiplier::detect();
        let mut refused = 0;
        for d in 1..n {
            let q = curve.public(with, &big(d));
            for e in 1..n {
                for h in [1, 5, 77] {
                    let made = curve.sign(Multiplier::Portable, &big(d), &big(e), &big(h));
                    let Some((r, s)) = made else {
                        refused += 1;
                        continue;
                    };
                    assert!(curve.in_range(&r) && curve.in_range(&s));
                    assert!(curve.verify(with, &q, &big(h), &r, &s), "d {d} e {e} h {h}");
                }
            }
        }
        // So few numbers hit r = 0 or s = 0 often: those are asked for again.
        assert!(refused > 0);
    }
}

/// Of all pairs (r, s), exactly those pass for which the equation holds, by repeated addition.
#[test]
fn every_forgery() {
    for (curve, _) in curves() {
        let n = curve.n.n[0];
        let with = Multiplier::detect();
        let q = curve.public(with, &big(7));
        let q = Affine { x: limbs::resize(&q.x), y: limbs::resize(&q.y) };
        let (of_p, of_q) = (multiples(&curve, &curve.base), multiples(&curve, &q));
        let logs = Logarithms::new();
        let mut passed = 0;
        for r in 1..n {
            for s in 1..n {
                let sum = match (of_p[s as usize], of_q[r as usize]) {
                    (Some(a), Some(b)) => curve.group.sum_for_tests::<Portable>(&a, &b),
                    _ => unreachable!("both numbers are below n"),
                };
                let bits = limbs::bit_length(&curve.n.n) - 1;
                let holds = sum.is_some_and(|p| logs.mul(p.x[0], 3) & ((1 << bits) - 1) == r);
                let wide = Affine { x: limbs::resize(&q.x), y: limbs::resize(&q.y) };
                assert_eq!(curve.verify(with, &wide, &big(3), &big(r), &big(s)), holds);
                passed += u64::from(holds);
            }
        }
        assert!(passed > 0 && passed < n * n / 4);
    }
}

#[test]
fn every_shared_secret() {
    for (curve, _) in curves() {
        let n = curve.n.n[0];
        let with = Multiplier::detect();
        for d1 in 1..n {
            let q1 = curve.public(with, &big(d1));
            for d2 in 1..n {
                let q2 = curve.public(with, &big(d2));
                assert_eq!(*curve.agree(with, &big(d1), &q2), *curve.agree(with, &big(d2), &q1));
            }
            // By repeated addition: (4 >> a)·d·Q with Q = −P.
            let minus = Affine { x: curve.base.x, y: add(&curve.base.x, &curve.base.y) };
            let k = ((4 >> curve.group.a) * d1) % n;
            let expected = multiples(&curve, &minus)[k as usize].map(|p| p.x[0]);
            let q = curve.public(with, &big(1));
            assert_eq!(Some(curve.agree(with, &big(d1), &q)[0]), expected);
        }
    }
}
