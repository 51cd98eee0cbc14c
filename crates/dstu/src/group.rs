//! The group of y² + xy = x³ + a·x² + b over GF(2^m), a ∈ {0, 1}.
//!
//! Two ways to multiply: [`Group::ladder`] for secret scalars, constant-time,
//! and [`Group::double_multiply`] for public ones. A third, for random secrets and the base
//! point of two curves, is in `comb`.

use alloc::vec::Vec;

use zeroize::Zeroize;

use crate::backend::{Backend, Job};
use crate::field::{self, Spec, add};
use crate::limbs::{self, MAX};

/// A curve's equation over its field.
#[derive(Clone, Copy)]
pub(crate) struct Group<S, const L: usize> {
    pub(crate) field: S,
    /// 0 or 1.
    pub(crate) a: u64,
    pub(crate) b: [u64; L],
}

/// A point that is not at infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Affine<const L: usize> {
    pub(crate) x: [u64; L],
    pub(crate) y: [u64; L],
}

/// López and Dahab's coordinates: x = X/Z, y = Y/Z²; Z = 0 is infinity.
#[derive(Clone, Copy)]
pub(crate) struct Projective<const L: usize> {
    pub(crate) x: [u64; L],
    pub(crate) y: [u64; L],
    pub(crate) z: [u64; L],
}

/// What the ladder ends with: k·P and (k+1)·P as x = X/Z.
struct Rungs<const L: usize> {
    x0: [u64; L],
    z0: [u64; L],
    x1: [u64; L],
    z1: [u64; L],
}

impl<const L: usize> Drop for Rungs<L> {
    fn drop(&mut self) {
        self.x0.zeroize();
        self.z0.zeroize();
        self.x1.zeroize();
        self.z1.zeroize();
    }
}

impl<S: Spec<L>, const L: usize> Group<S, L> {
    #[inline(always)]
    pub(crate) fn mul<B: Backend>(&self, a: &[u64; L], b: &[u64; L]) -> [u64; L] {
        B::mul(&self.field, a, b)
    }

    #[inline(always)]
    fn sqr<B: Backend>(&self, a: &[u64; L]) -> [u64; L] {
        B::sqr(&self.field, a)
    }

    fn a(&self) -> [u64; L] {
        let mut out = [0; L];
        out[0] = self.a;
        out
    }

    /// Whether the coordinates satisfy the equation. Both must be reduced.
    pub(crate) fn contains<B: Backend>(&self, p: &Affine<L>) -> bool {
        let x2 = self.sqr::<B>(&p.x);
        let left = add(&self.sqr::<B>(&p.y), &self.mul::<B>(&p.x, &p.y));
        let right = add(&self.mul::<B>(&x2, &add(&p.x, &self.a())), &self.b);
        left == right
    }

    /// López and Dahab's ladder over the low `bits` bits of `k`: every bit costs the
    /// same addition, doubling and masked swaps. Starting from (∞, P) its formulas
    /// are complete for P of odd order, so no bit has to be known to be set.
    #[inline(always)]
    fn ladder<B: Backend>(&self, k: &[u64; MAX], bits: usize, x: &[u64; L]) -> Rungs<L> {
        let one = field::one();
        let mut r = Rungs { x0: one, z0: [0; L], x1: *x, z1: one };
        let mut last = 0;
        for i in (0..bits).rev() {
            let bit = limbs::bit(k, i);
            let swap = limbs::mask(bit ^ last);
            limbs::swap(&mut r.x0, &mut r.x1, swap);
            limbs::swap(&mut r.z0, &mut r.z1, swap);
            last = bit;
            // (x1 : z1) becomes the sum, whose difference is P.
            let t = self.mul::<B>(&r.x0, &r.z1);
            let u = self.mul::<B>(&r.x1, &r.z0);
            r.z1 = self.sqr::<B>(&add(&t, &u));
            r.x1 = add(&self.mul::<B>(x, &r.z1), &self.mul::<B>(&t, &u));
            // (x0 : z0) is doubled.
            let x2 = self.sqr::<B>(&r.x0);
            let z2 = self.sqr::<B>(&r.z0);
            r.z0 = self.mul::<B>(&x2, &z2);
            let z4b = self.mul::<B>(&self.b, &self.sqr::<B>(&z2));
            r.x0 = add(&self.sqr::<B>(&x2), &z4b);
        }
        let swap = limbs::mask(last);
        limbs::swap(&mut r.x0, &mut r.x1, swap);
        limbs::swap(&mut r.z0, &mut r.z1, swap);
        r
    }

    /// x of k·P for secret k below 2^bits; 0 when k·P is infinity.
    pub(crate) fn secret_x<B: Backend>(
        &self,
        k: &[u64; MAX],
        bits: usize,
        x: &[u64; L],
    ) -> [u64; L] {
        let r = B::run(Ladder { group: self, k, bits, x });
        self.mul::<B>(&r.x0, &field::invert::<B, S, L>(&self.field, &r.z0))
    }

    /// k·P for secret k, 0 < k < order of P. y comes back from the two rungs'
    /// x: y₀ = (x₀+x)·((x₀+x)(x₁+x) + x² + y)/x + y.
    pub(crate) fn secret_multiply<B: Backend>(
        &self,
        k: &[u64; MAX],
        bits: usize,
        p: &Affine<L>,
    ) -> Affine<L> {
        let r = B::run(Ladder { group: self, k, bits, x: &p.x });
        // One inversion for all three denominators.
        let z01 = self.mul::<B>(&r.z0, &r.z1);
        let inverse = field::invert::<B, S, L>(&self.field, &self.mul::<B>(&z01, &p.x));
        let over_z01 = self.mul::<B>(&inverse, &p.x);
        let x0 = self.mul::<B>(&r.x0, &self.mul::<B>(&over_z01, &r.z1));
        let x1 = self.mul::<B>(&r.x1, &self.mul::<B>(&over_z01, &r.z0));
        let over_x = self.mul::<B>(&inverse, &z01);
        let d0 = add(&x0, &p.x);
        let inner = add(&self.mul::<B>(&d0, &add(&x1, &p.x)), &add(&self.sqr::<B>(&p.x), &p.y));
        let y0 = add(&self.mul::<B>(&self.mul::<B>(&d0, &inner), &over_x), &p.y);
        // k = order − 1 leaves (k+1)·P at infinity; the answer is −P then.
        let negative = limbs::mask(limbs::is_zero(&r.z1));
        Affine {
            x: limbs::select(&x0, &p.x, negative),
            y: limbs::select(&y0, &add(&p.x, &p.y), negative),
        }
    }

    fn double<B: Backend>(&self, p: &Projective<L>) -> Projective<L> {
        B::run(Double { group: self, p })
    }

    #[inline(always)]
    pub(crate) fn double_in<B: Backend>(&self, p: &Projective<L>) -> Projective<L> {
        let x2 = self.sqr::<B>(&p.x);
        let z2 = self.sqr::<B>(&p.z);
        let z = self.mul::<B>(&x2, &z2);
        let bz4 = self.mul::<B>(&self.b, &self.sqr::<B>(&z2));
        let x = add(&self.sqr::<B>(&x2), &bz4);
        let mut slope = add(&self.sqr::<B>(&p.y), &bz4);
        if self.a == 1 {
            slope = add(&slope, &z);
        }
        let y = add(&self.mul::<B>(&bz4, &z), &self.mul::<B>(&x, &slope));
        Projective { x, y, z }
    }

    /// P + Q for public points, all special cases included.
    fn add_affine<B: Backend>(&self, p: &Projective<L>, q: &Affine<L>) -> Projective<L> {
        B::run(Add { group: self, p, q })
    }

    #[inline(always)]
    fn add_affine_in<B: Backend>(&self, p: &Projective<L>, q: &Affine<L>) -> Projective<L> {
        if p.z == [0; L] {
            return Projective { x: q.x, y: q.y, z: field::one() };
        }
        let z2 = self.sqr::<B>(&p.z);
        let dy = add(&p.y, &self.mul::<B>(&q.y, &z2));
        let dx = add(&p.x, &self.mul::<B>(&q.x, &p.z));
        if dx == [0; L] {
            return if dy == [0; L] {
                self.double::<B>(p)
            } else {
                Projective { x: field::one(), y: [0; L], z: [0; L] }
            };
        }
        self.add_parts::<B>(q, [&p.z, &z2], &dx, &dy)
    }

    /// P + Q where neither is infinity nor P is Q or −Q: the same steps whatever they are. For P = ±Q
    /// the outcome is called infinity.
    #[inline(always)]
    pub(crate) fn add_other_in<B: Backend>(
        &self,
        p: &Projective<L>,
        q: &Affine<L>,
    ) -> Projective<L> {
        let z2 = self.sqr::<B>(&p.z);
        let dy = add(&p.y, &self.mul::<B>(&q.y, &z2));
        let dx = add(&p.x, &self.mul::<B>(&q.x, &p.z));
        self.add_parts::<B>(q, [&p.z, &z2], &dx, &dy)
    }

    #[inline(always)]
    fn add_parts<B: Backend>(
        &self,
        q: &Affine<L>,
        [z1, z2]: [&[u64; L]; 2],
        dx: &[u64; L],
        dy: &[u64; L],
    ) -> Projective<L> {
        let c = self.mul::<B>(z1, dx);
        let z = self.sqr::<B>(&c);
        let mut d = c;
        if self.a == 1 {
            d = add(&d, z2);
        }
        d = self.mul::<B>(&self.sqr::<B>(dx), &d);
        let e = self.mul::<B>(dy, &c);
        let x = add(&add(&self.sqr::<B>(dy), &d), &e);
        let f = add(&x, &self.mul::<B>(&q.x, &z));
        let g = self.mul::<B>(&add(&q.x, &q.y), &self.sqr::<B>(&z));
        let y = add(&self.mul::<B>(&add(&e, &z), &f), &g);
        Projective { x, y, z }
    }

    /// P + Q for the exhaustive tests.
    #[cfg(test)]
    pub(crate) fn sum_for_tests<B: Backend>(
        &self,
        p: &Affine<L>,
        q: &Affine<L>,
    ) -> Option<Affine<L>> {
        let p = Projective { x: p.x, y: p.y, z: field::one() };
        let sum = self.add_affine::<B>(&p, q);
        if sum.z == [0; L] { None } else { self.normalise::<B>(&[sum]).pop() }
    }

    /// Affine forms of points none of which is infinity, by one inversion.
    fn normalise<B: Backend>(&self, points: &[Projective<L>]) -> Vec<Affine<L>> {
        let mut products = Vec::with_capacity(points.len());
        let mut all = field::one();
        for p in points {
            products.push(all);
            all = self.mul::<B>(&all, &p.z);
        }
        let mut inverse = field::invert::<B, S, L>(&self.field, &all);
        let mut out = Vec::with_capacity(points.len());
        for (p, before) in points.iter().zip(&products).rev() {
            let over_z = self.mul::<B>(&inverse, before);
            inverse = self.mul::<B>(&inverse, &p.z);
            let x = self.mul::<B>(&p.x, &over_z);
            let y = self.mul::<B>(&p.y, &self.sqr::<B>(&over_z));
            out.push(Affine { x, y });
        }
        out.reverse();
        out
    }

    /// P, 3P, 5P … 15P. P's order must be odd and above 15, or the point such
    /// that none of these is infinity; callers check.
    fn odd_multiples<B: Backend>(&self, p: &Affine<L>) -> Vec<Affine<L>> {
        let start = Projective { x: p.x, y: p.y, z: field::one() };
        let twice = self.normalise::<B>(&[self.double::<B>(&start)])[0];
        let mut points = Vec::with_capacity(ODD_MULTIPLES);
        let mut next = start;
        for _ in 0..ODD_MULTIPLES {
            points.push(next);
            next = self.add_affine::<B>(&next, &twice);
        }
        self.normalise::<B>(&points)
    }

    /// s·P + r·Q for public numbers and points of a large odd order; `None` at infinity.
    pub(crate) fn double_multiply<B: Backend>(
        &self,
        terms: &[([u64; L], Affine<L>)],
    ) -> Option<Affine<L>> {
        let digits: Vec<_> = terms.iter().map(|(k, _)| signed_digits(k)).collect();
        let tables: Vec<_> = terms.iter().map(|(_, p)| self.odd_multiples::<B>(p)).collect();
        let length = digits.iter().map(Vec::len).max().unwrap_or(0);
        let mut sum = Projective { x: field::one(), y: [0; L], z: [0; L] };
        for i in (0..length).rev() {
            sum = self.double::<B>(&sum);
            for (digits, table) in digits.iter().zip(&tables) {
                let digit = digits.get(i).copied().unwrap_or(0);
                if digit != 0 {
                    let mut q = table[usize::from(digit.unsigned_abs() / 2)];
                    if digit < 0 {
                        q.y = add(&q.x, &q.y);
                    }
                    sum = self.add_affine::<B>(&sum, &q);
                }
            }
        }
        if sum.z == [0; L] { None } else { self.normalise::<B>(&[sum]).pop() }
    }

    /// Whether n·P is infinity, for a public point of any order, small ones too.
    pub(crate) fn is_killed_by<B: Backend>(&self, n: &[u64; L], p: &Affine<L>) -> bool {
        let mut sum = Projective { x: field::one(), y: [0; L], z: [0; L] };
        let minus = Affine { x: p.x, y: add(&p.x, &p.y) };
        for digit in non_adjacent_form(n).iter().rev() {
            sum = self.double::<B>(&sum);
            match digit {
                1 => sum = self.add_affine::<B>(&sum, p),
                -1 => sum = self.add_affine::<B>(&sum, &minus),
                _ => {}
            }
        }
        sum.z == [0; L]
    }

    /// A point from its compressed form: x with bit 0 replaced by the trace of
    /// y/x (ukraine.md §3.2; DSTU 4145-2002 §6.10). Bit 0 of x comes back from
    /// the rule that a point of the subgroup has x of trace a; `None` when no
    /// such point has this x. Not yet a check of the order.
    pub(crate) fn decompress<B: Backend>(&self, packed: &[u64; L]) -> Option<Affine<L>> {
        let wanted = packed[0] & 1;
        let mut x = *packed;
        x[0] &= !1;
        if field::trace::<B, S, L>(&self.field, &x) != self.a {
            x[0] |= 1;
        }
        if x == [0; L] {
            return None;
        }
        // z = y/x satisfies z² + z = x + a + b/x².
        let over_x = field::invert::<B, S, L>(&self.field, &x);
        let b_over_x2 = self.mul::<B>(&self.b, &self.sqr::<B>(&over_x));
        let c = add(&add(&x, &self.a()), &b_over_x2);
        if field::trace::<B, S, L>(&self.field, &c) != 0 {
            return None;
        }
        let mut z = field::half_trace::<B, S, L>(&self.field, &c);
        if field::trace::<B, S, L>(&self.field, &z) != wanted {
            z[0] ^= 1;
        }
        Some(Affine { x, y: self.mul::<B>(&x, &z) })
    }

    /// The reverse of [`Group::decompress`]. x is not 0.
    pub(crate) fn compress<B: Backend>(&self, p: &Affine<L>) -> [u64; L] {
        let over_x = field::invert::<B, S, L>(&self.field, &p.x);
        let z = self.mul::<B>(&p.y, &over_x);
        let mut packed = p.x;
        packed[0] = (packed[0] & !1) | field::trace::<B, S, L>(&self.field, &z);
        packed
    }
}

/// The group's steps as jobs, so that they run compiled for the multiplier.
struct Ladder<'a, S, const L: usize> {
    group: &'a Group<S, L>,
    k: &'a [u64; MAX],
    bits: usize,
    x: &'a [u64; L],
}

impl<S: Spec<L>, const L: usize> Job for Ladder<'_, S, L> {
    type Out = Rungs<L>;
    #[inline(always)]
    fn run<B: Backend>(self) -> Rungs<L> {
        self.group.ladder::<B>(self.k, self.bits, self.x)
    }
}

struct Double<'a, S, const L: usize> {
    group: &'a Group<S, L>,
    p: &'a Projective<L>,
}

impl<S: Spec<L>, const L: usize> Job for Double<'_, S, L> {
    type Out = Projective<L>;
    #[inline(always)]
    fn run<B: Backend>(self) -> Projective<L> {
        self.group.double_in::<B>(self.p)
    }
}

struct Add<'a, S, const L: usize> {
    group: &'a Group<S, L>,
    p: &'a Projective<L>,
    q: &'a Affine<L>,
}

impl<S: Spec<L>, const L: usize> Job for Add<'_, S, L> {
    type Out = Projective<L>;
    #[inline(always)]
    fn run<B: Backend>(self) -> Projective<L> {
        self.group.add_affine_in::<B>(self.p, self.q)
    }
}

/// How many odd multiples a table holds, and the window that reaches them.
const ODD_MULTIPLES: usize = 8;
const WINDOW: u32 = 5;

/// A public number in signed odd digits below 2^(WINDOW−1), low first.
fn signed_digits<const L: usize>(k: &[u64; L]) -> Vec<i8> {
    recode(k, WINDOW)
}

/// The same with digits −1, 0, 1.
fn non_adjacent_form<const L: usize>(k: &[u64; L]) -> Vec<i8> {
    recode(k, 2)
}

fn recode<const L: usize>(k: &[u64; L], window: u32) -> Vec<i8> {
    // One limb more, so that rounding up cannot overflow.
    let mut rest: [u64; MAX + 1] = limbs::resize(k);
    let mut digits = Vec::with_capacity(64 * L + 1);
    while rest.iter().any(|limb| *limb != 0) {
        let mut digit = 0i64;
        if rest[0] & 1 == 1 {
            digit = (rest[0] & ((1 << window) - 1)) as i64;
            if digit >= 1 << (window - 1) {
                digit -= 1 << window;
            }
            let size: [u64; MAX + 1] = limbs::resize(&[digit.unsigned_abs()]);
            rest = if digit < 0 { limbs::add(&rest, &size).0 } else { limbs::sub(&rest, &size).0 };
        }
        digits.push(digit as i8);
        for i in 0..=MAX {
            let above = rest.get(i + 1).copied().unwrap_or(0);
            rest[i] = (rest[i] >> 1) | (above << 63);
        }
    }
    digits
}
