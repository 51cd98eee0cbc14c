//! A curve with its base point and order, behind one object-safe interface:
//! keys hold numbers in eight limbs, the code below calculates in as many as the field needs.

use alloc::vec::Vec;

use zeroize::{Zeroize, Zeroizing};

use crate::backend::{Backend, Multiplier, with_backend};
use crate::comb::Table;
use crate::field::{self, Spec};
use crate::group::{Affine, Group};
use crate::limbs::{self, Big, MAX, Modulus};

/// An affine point, whatever the field.
pub(crate) type Point = Affine<MAX>;

/// Curve arithmetic for keys. Lengths of slices are the callers' business.
pub(crate) trait Domain: Send + Sync {
    fn m(&self) -> usize;
    fn ks(&self) -> [usize; 3];
    fn a(&self) -> u64;
    fn b(&self) -> Big;
    fn n(&self) -> Big;
    fn order_bits(&self) -> usize;
    fn base(&self) -> Point;

    /// A secret number, of 2·L words at most, reduced into 1..n.
    fn scalar(&self, wide: &[u64]) -> Zeroizing<Big>;
    /// Whether 0 < k < n; constant-time but for the answer.
    fn in_range(&self, k: &Big) -> bool;
    /// −d·P.
    fn public(&self, with: Multiplier, d: &Big) -> Point;
    /// x of (cofactor·d)·Q.
    fn agree(&self, with: Multiplier, d: &Big, q: &Point) -> Zeroizing<Big>;
    /// The signature's (r, s) for nonce e, or `None` when one of them is 0.
    fn sign(&self, with: Multiplier, d: &Big, e: &Big, h: &Big) -> Option<(Big, Big)>;
    /// Whether (r, s), both in 1..n, belongs to h and Q.
    fn verify(&self, with: Multiplier, q: &Point, h: &Big, r: &Big, s: &Big) -> bool;
    fn decompress(&self, with: Multiplier, packed: &Big) -> Option<Point>;
    fn compress(&self, with: Multiplier, point: &Point) -> Big;
    fn contains(&self, with: Multiplier, point: &Point) -> bool;
    /// Whether n·Q is infinity (Q itself is not).
    fn has_order_n(&self, with: Multiplier, point: &Point) -> bool;
}

/// The parameters of one curve.
#[derive(Clone, Copy)]
pub(crate) struct Parameters<S, const L: usize> {
    pub(crate) group: Group<S, L>,
    pub(crate) n: Modulus<L>,
    pub(crate) base: Affine<L>,
    /// Multiples of the base point, where signing is worth them.
    pub(crate) comb: Option<&'static Table<L>>,
}

fn narrow<const L: usize>(p: &Point) -> Affine<L> {
    Affine { x: limbs::resize(&p.x), y: limbs::resize(&p.y) }
}

fn widen<const L: usize>(p: &Affine<L>) -> Point {
    Affine { x: limbs::resize(&p.x), y: limbs::resize(&p.y) }
}

impl<S: Spec<L>, const L: usize> Parameters<S, L> {
    /// The field element h·x shortened to one bit less than n has.
    fn half<B: Backend>(&self, h: &Big, x: &[u64; L]) -> [u64; L] {
        let product = B::mul(&self.group.field, &limbs::resize(h), x);
        limbs::truncate(&product, self.order_bits() - 1)
    }

    fn sign_with<B: Backend>(&self, d: &Big, e: &Big, h: &Big) -> Option<(Big, Big)> {
        let bits = self.order_bits();
        let mut x = match self.comb {
            Some(table) => self.group.secret_x_of_base::<B>(e, &self.n(), bits, table),
            None => self.group.secret_x::<B>(e, bits, &self.base.x),
        };
        let mut r = self.half::<B>(h, &x);
        x.zeroize();
        crate::taint::public(&mut r);
        let narrow_e = Zeroizing::new(limbs::resize::<MAX, L>(e));
        let narrow_d = Zeroizing::new(limbs::resize::<MAX, L>(d));
        // r < 2^(bits−1) ≤ n, so the product's factors are reduced.
        let product = Zeroizing::new(self.n.mul(&narrow_d, &r));
        let mut s = limbs::add_mod(&narrow_e, &product, &self.n.n);
        crate::taint::public(&mut s);
        // No |, no early return between the two: both are about to be public.
        (r != [0; L] && s != [0; L]).then(|| (limbs::resize(&r), limbs::resize(&s)))
    }

    fn verify_with<B: Backend>(&self, q: &Point, h: &Big, r: &Big, s: &Big) -> bool {
        let terms = [(limbs::resize(s), self.base), (limbs::resize(r), narrow(q))];
        let Some(sum) = self.group.double_multiply::<B>(&terms) else { return false };
        self.half::<B>(h, &sum.x) == limbs::resize(r)
    }
}

impl<S: Spec<L>, const L: usize> Domain for Parameters<S, L> {
    fn m(&self) -> usize {
        self.group.field.m()
    }

    fn ks(&self) -> [usize; 3] {
        self.group.field.ks()
    }

    fn a(&self) -> u64 {
        self.group.a
    }

    fn b(&self) -> Big {
        limbs::resize(&self.group.b)
    }

    fn n(&self) -> Big {
        limbs::resize(&self.n.n)
    }

    fn order_bits(&self) -> usize {
        limbs::bit_length(&self.n.n)
    }

    fn base(&self) -> Point {
        widen(&self.base)
    }

    fn scalar(&self, wide: &[u64]) -> Zeroizing<Big> {
        let mut reduced = Zeroizing::new(self.n.reduce(wide));
        // 0 comes once in n draws and has to be something.
        reduced[0] |= limbs::is_zero(&reduced);
        Zeroizing::new(limbs::resize(&reduced))
    }

    fn in_range(&self, k: &Big) -> bool {
        let (_, below) = limbs::sub(k, &self.n());
        let mut answer = [below & (limbs::is_zero(k) ^ 1)];
        crate::taint::public(&mut answer);
        answer == [1]
    }

    fn public(&self, with: Multiplier, d: &Big) -> Point {
        let bits = self.order_bits();
        let p = with_backend!(with, B => self.group.secret_multiply::<B>(d, bits, &self.base));
        let mut minus = widen(&Affine { x: p.x, y: field::add(&p.x, &p.y) });
        crate::taint::public(&mut minus.x);
        crate::taint::public(&mut minus.y);
        minus
    }

    fn agree(&self, with: Multiplier, d: &Big, q: &Point) -> Zeroizing<Big> {
        // The cofactor is 4 when a is 0 and 2 when a is 1: a shift of the scalar.
        let shift = 2 - self.group.a as usize;
        let mut k = Zeroizing::new(*d);
        let mut carry = 0;
        for limb in k.iter_mut() {
            let out = *limb >> (64 - shift);
            *limb = (*limb << shift) | carry;
            carry = out;
        }
        let bits = self.order_bits() + shift;
        let q = narrow::<L>(q);
        let mut x = with_backend!(with, B => self.group.secret_x::<B>(&k, bits, &q.x));
        let out = Zeroizing::new(limbs::resize(&x));
        x.zeroize();
        out
    }

    fn sign(&self, with: Multiplier, d: &Big, e: &Big, h: &Big) -> Option<(Big, Big)> {
        with_backend!(with, B => self.sign_with::<B>(d, e, h))
    }

    fn verify(&self, with: Multiplier, q: &Point, h: &Big, r: &Big, s: &Big) -> bool {
        with_backend!(with, B => self.verify_with::<B>(q, h, r, s))
    }

    fn decompress(&self, with: Multiplier, packed: &Big) -> Option<Point> {
        let packed = limbs::resize(packed);
        with_backend!(with, B => self.group.decompress::<B>(&packed)).map(|p| widen(&p))
    }

    fn compress(&self, with: Multiplier, point: &Point) -> Big {
        let point = narrow(point);
        limbs::resize(&with_backend!(with, B => self.group.compress::<B>(&point)))
    }

    fn contains(&self, with: Multiplier, point: &Point) -> bool {
        let point = narrow(point);
        with_backend!(with, B => self.group.contains::<B>(&point))
    }

    fn has_order_n(&self, with: Multiplier, point: &Point) -> bool {
        let point = narrow(point);
        with_backend!(with, B => self.group.is_killed_by::<B>(&self.n.n, &point))
    }
}

/// Words enough that reducing a random number mod n is biased by less than 2⁻¹²⁸.
pub(crate) fn wide_len(domain: &dyn Domain) -> usize {
    domain.order_bits().div_ceil(64) + 2
}

/// Little-endian bytes as words, low first.
pub(crate) fn words(bytes: &[u8]) -> Zeroizing<Vec<u64>> {
    let chunks = bytes.chunks(8);
    Zeroizing::new(chunks.map(|chunk| limbs::from_le::<1>(chunk)[0]).collect())
}
