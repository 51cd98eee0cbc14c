//! Field and group laws on random elements of the real curves, and the fast
//! arithmetic against a schoolbook one that shares no code with it.

extern crate std;

use proptest::prelude::*;

use crate::backend::{Backend, CarryLess, Portable};
use crate::field::{self, Any, F257, F431, Spec, add};
use crate::group::{Affine, Group};
use crate::limbs::{self, Big, MAX, Modulus};
use crate::named::NAMED;

/// Schoolbook multiplication, bit by bit, on any polynomial.
fn slow_mul(m: usize, ks: [usize; 3], a: &Big, b: &Big) -> Big {
    let mut bits = [false; 2 * 64 * MAX];
    for i in (0..m).filter(|i| limbs::bit(a, *i) == 1) {
        for j in (0..m).filter(|j| limbs::bit(b, *j) == 1) {
            bits[i + j] ^= true;
        }
    }
    for i in (m..2 * m).rev() {
        if bits[i] {
            bits[i] = false;
            bits[i - m] ^= true;
            for k in ks.into_iter().filter(|k| *k != 0) {
                bits[i - m + k] ^= true;
            }
        }
    }
    let mut out = [0; MAX];
    for i in (0..m).filter(|i| bits[*i]) {
        out[i / 64] |= 1 << (i % 64);
    }
    out
}

/// Field elements, with the extremes more often than chance would have them.
fn element<const L: usize>(m: usize) -> impl Strategy<Value = [u64; L]> {
    let extreme = |x: u64| -> [u64; L] { core::array::from_fn(|_| x) };
    prop_oneof![
        8 => any::<[u64; L]>(),
        1 => Just(extreme(u64::MAX)),
        1 => Just(extreme(0)),
        1 => Just(field::one::<L>()),
    ]
    .prop_map(move |words| limbs::truncate(&words, m))
}

fn agree_with_schoolbook<S: Spec<L>, const L: usize>(
    s: &S,
    a: &[u64; L],
    b: &[u64; L],
) -> Result<(), TestCaseError> {
    let slow = |x: &[u64; L], y: &[u64; L]| -> [u64; L] {
        limbs::resize(&slow_mul(s.m(), s.ks(), &limbs::resize(x), &limbs::resize(y)))
    };
    prop_assert_eq!(CarryLess::mul(s, a, b), slow(a, b));
    prop_assert_eq!(Portable::mul(s, a, b), slow(a, b));
    prop_assert_eq!(CarryLess::sqr(s, a), slow(a, a));
    prop_assert_eq!(Portable::sqr(s, a), slow(a, a));
    Ok(())
}

fn field_laws<B: Backend, S: Spec<L>, const L: usize>(
    s: &S,
    [a, b, c]: [&[u64; L]; 3],
) -> Result<(), TestCaseError> {
    let mul = |x: &[u64; L], y: &[u64; L]| B::mul(s, x, y);
    prop_assert_eq!(mul(a, b), mul(b, a));
    prop_assert_eq!(mul(&mul(a, b), c), mul(a, &mul(b, c)));
    prop_assert_eq!(mul(a, &add(b, c)), add(&mul(a, b), &mul(a, c)));
    prop_assert_eq!(B::sqr_n(s, a, s.m()), *a);
    let inverse = field::invert::<B, S, L>(s, a);
    let expected = if *a == [0; L] { [0; L] } else { field::one() };
    prop_assert_eq!(mul(a, &inverse), expected);
    let trace = |x: &[u64; L]| field::trace::<B, S, L>(s, x);
    prop_assert_eq!(trace(&add(a, b)), trace(a) ^ trace(b));
    prop_assert_eq!(trace(&B::sqr(s, a)), trace(a));
    prop_assert_eq!(trace(&field::one()), 1);
    // Made to have trace 0, so that the equation has a root.
    let c = add(a, &B::sqr(s, a));
    let z = field::half_trace::<B, S, L>(s, &c);
    prop_assert_eq!(add(&z, &B::sqr(s, &z)), c);
    Ok(())
}

/// One test a field: the schoolbook comparison and the laws with both backends.
macro_rules! fields {
    ($($name:ident: $limbs:literal, $m:literal, $field:expr;)*) => {$(
        proptest! {
            #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
            #[test]
            fn $name(
                a in element::<$limbs>($m),
                b in element::<$limbs>($m),
                c in element::<$limbs>($m),
            ) {
                let s = $field;
                agree_with_schoolbook(&s, &a, &b)?;
                field_laws::<CarryLess, _, $limbs>(&s, [&a, &b, &c])?;
                field_laws::<Portable, _, $limbs>(&s, [&a, &b, &c])?;
            }
        }
    )*};
}

fields! {
    field_163: 3, 163, Any { m: 163, ks: [7, 6, 3] };
    field_167: 3, 167, Any { m: 167, ks: [6, 0, 0] };
    field_173: 3, 173, Any { m: 173, ks: [10, 2, 1] };
    field_179: 3, 179, Any { m: 179, ks: [4, 2, 1] };
    field_191: 3, 191, Any { m: 191, ks: [9, 0, 0] };
    field_233: 4, 233, Any { m: 233, ks: [9, 4, 1] };
    field_257: 5, 257, F257;
    field_307: 5, 307, Any { m: 307, ks: [8, 4, 2] };
    field_367: 6, 367, Any { m: 367, ks: [21, 0, 0] };
    field_431: 7, 431, F431;
    // Exponents of 64 and more take the other reduction.
    field_with_a_high_exponent: 5, 263, Any { m: 263, ks: [93, 0, 0] };
    field_of_eight_limbs: 8, 503, Any { m: 503, ks: [3, 0, 0] };
}

/// Affine addition by the textbook, on schoolbook multiplication. `None` is infinity.
struct Slow {
    m: usize,
    ks: [usize; 3],
    a: Big,
}

impl Slow {
    fn mul(&self, a: &Big, b: &Big) -> Big {
        slow_mul(self.m, self.ks, a, b)
    }

    /// a^(2^m − 2) by squaring and multiplying.
    fn invert(&self, a: &Big) -> Big {
        let mut out = field::one();
        let mut power = *a;
        for _ in 1..self.m {
            power = self.mul(&power, &power);
            out = self.mul(&out, &power);
        }
        out
    }

    fn sum(&self, p: Option<Affine<MAX>>, q: Option<Affine<MAX>>) -> Option<Affine<MAX>> {
        let (Some(p), Some(q)) = (p, q) else { return p.or(q) };
        let slope = if p.x == q.x {
            if p.y != q.y || p.x == [0; MAX] {
                return None;
            }
            add(&p.x, &self.mul(&p.y, &self.invert(&p.x)))
        } else {
            self.mul(&add(&p.y, &q.y), &self.invert(&add(&p.x, &q.x)))
        };
        let mut x = add(&add(&self.mul(&slope, &slope), &slope), &add(&p.x, &q.x));
        x = add(&x, &self.a);
        let y = add(&add(&self.mul(&slope, &add(&p.x, &x)), &x), &p.y);
        Some(Affine { x, y })
    }
}

/// k·P for small k, by the ladder and by repeated textbook addition.
#[test]
fn small_multiples_agree_with_the_textbook() {
    for domain in [NAMED[0], NAMED[6], NAMED[9]] {
        let mut a = [0; MAX];
        a[0] = domain.a();
        let slow = Slow { m: domain.m(), ks: domain.ks(), a };
        let base = domain.base();
        let mut sum = None;
        for k in 1..6u64 {
            sum = slow.sum(sum, Some(base));
            let mut d = [0; MAX];
            d[0] = k;
            for with in [crate::Multiplier::CarryLess, crate::Multiplier::Portable] {
                let public = domain.public(with, &d);
                // public() gives −k·P.
                let point = Affine { x: public.x, y: add(&public.x, &public.y) };
                assert_eq!(Some(point), sum, "m = {}, k = {k}", domain.m());
            }
        }
    }
}

fn f257() -> (Group<F257, 5>, Affine<5>, [u64; 5]) {
    let domain = NAMED[6];
    let base = domain.base();
    let group = Group { field: F257, a: domain.a(), b: limbs::resize(&domain.b()) };
    (
        group,
        Affine { x: limbs::resize(&base.x), y: limbs::resize(&base.y) },
        limbs::resize(&domain.n()),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// The two ways to multiply, and (k + l)·P = k·P + l·P, (k·l)·P = k·(l·P).
    #[test]
    fn group_laws(k in any::<[u64; 5]>(), l in any::<[u64; 5]>()) {
        let (group, p, n) = f257();
        let modulus = Modulus::new(n);
        let (k, l) = (modulus.reduce(&k), modulus.reduce(&l));
        let bits = limbs::bit_length(&n);
        let by_ladder = |k: &[u64; 5], p: &Affine<5>| {
            group.secret_multiply::<CarryLess>(&limbs::resize(k), bits, p)
        };
        let (kp, lp) = (by_ladder(&k, &p), by_ladder(&l, &p));
        prop_assert!(group.contains::<Portable>(&kp));
        prop_assert_eq!(group.double_multiply::<Portable>(&[(k, p)]), Some(kp));
        let sum = limbs::add_mod(&k, &l, &n);
        let one = field::one();
        prop_assert_eq!(group.double_multiply::<CarryLess>(&[(one, kp), (one, lp)]),
            Some(by_ladder(&sum, &p)));
        prop_assert_eq!(group.double_multiply::<CarryLess>(&[(k, p), (l, p)]),
            Some(by_ladder(&sum, &p)));
        prop_assert_eq!(by_ladder(&k, &lp), by_ladder(&modulus.mul(&k, &l), &p));
        let packed = group.compress::<CarryLess>(&kp);
        prop_assert_eq!(group.decompress::<Portable>(&packed), Some(kp));
        // −k·P cancels k·P.
        let minus = Affine { x: kp.x, y: add(&kp.x, &kp.y) };
        prop_assert_eq!(group.double_multiply::<CarryLess>(&[(one, kp), (one, minus)]), None);
    }

    /// Numbers mod n against u128; n odd.
    #[test]
    fn number_laws(a in any::<u64>(), b in any::<u64>(), n in 3u64..) {
        let n = n | 1;
        let modulus = Modulus::new([n]);
        let (a, b) = (a % n, b % n);
        let wide = |x: u128| [(x % u128::from(n)) as u64];
        prop_assert_eq!(modulus.mul(&[a], &[b]), wide(u128::from(a) * u128::from(b)));
        prop_assert_eq!(limbs::add_mod(&[a], &[b], &[n]), wide(u128::from(a) + u128::from(b)));
        prop_assert_eq!(modulus.reduce(&[a, b]), wide(u128::from(a) | u128::from(b) << 64));
    }
}

#[test]
fn ends_of_the_range_of_private_keys() {
    for domain in NAMED {
        let n = domain.n();
        let one: Big = field::one();
        let (last, _) = limbs::sub(&n, &one);
        let with = crate::Multiplier::detect();
        let base = domain.base();
        // d = n − 1 leaves the ladder's upper rung at infinity; −(n−1)·P = P.
        assert_eq!(domain.public(with, &last), base);
        assert_eq!(domain.public(with, &one), Affine { x: base.x, y: add(&base.x, &base.y) });
        assert!(domain.in_range(&one) && domain.in_range(&last));
        assert!(!domain.in_range(&n) && !domain.in_range(&[0; MAX]));
        assert!(!domain.in_range(&[u64::MAX; MAX]));
        // The reduction of random words reaches both ends and nothing beyond.
        assert_eq!(*domain.scalar(&[0]), one);
        assert_eq!(*domain.scalar(&n), one);
        assert_eq!(*domain.scalar(&last), last);
    }
}

/// Points of order 2, 4 and 2n are on the curve, and refused as keys.
#[test]
fn points_outside_the_subgroup_are_refused() {
    let (group, p, n) = f257();
    let curve = crate::Curve::m257();
    let order_2 = Affine { x: [0; 5], y: CarryLess::sqr_n(&F257, &group.b, 256) };
    // Doubling gives x = 0 when x⁴ = b.
    let x = CarryLess::sqr_n(&F257, &group.b, 255);
    let z = field::half_trace::<CarryLess, F257, 5>(
        &F257,
        &add(
            &x,
            &CarryLess::mul(
                &F257,
                &group.b,
                &CarryLess::sqr(&F257, &field::invert::<CarryLess, F257, 5>(&F257, &x)),
            ),
        ),
    );
    let order_4 = Affine { x, y: CarryLess::mul(&F257, &x, &z) };
    let order_2n = group.sum_for_tests::<CarryLess>(&p, &order_2).unwrap();
    let order_4n = group.sum_for_tests::<CarryLess>(&p, &order_4).unwrap();
    for point in [order_2, order_4, order_2n, order_4n] {
        assert!(group.contains::<CarryLess>(&point));
        assert!(!group.is_killed_by::<Portable>(&n, &point));
        let (x, y) = (limbs::to_le(&point.x, 33), limbs::to_le(&point.y, 33));
        assert_eq!(crate::PublicKey::from_affine_le(&curve, &x, &y), Err(crate::Error::WrongOrder));
    }
    assert_eq!(group.sum_for_tests::<CarryLess>(&order_4, &order_4), Some(order_2));
    // x of trace 0 can be written compressed: order 2n is one of those.
    let packed = limbs::to_le(&group.compress::<CarryLess>(&order_2n), 33);
    assert_eq!(
        crate::PublicKey::from_compressed_le(&curve, &packed),
        Err(crate::Error::WrongOrder)
    );
}
