use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::Error;
use crate::backend::Multiplier;
use crate::domain::Domain;
use crate::explicit;
use crate::limbs;
use crate::named::NAMED;

/// A curve of DSTU 4145-2002 over GF(2^m) with its base point: one of the ten
/// named ones, or explicit parameters that passed validation.
///
/// Cheap to clone. Two curves are equal when their parameters are, whatever
/// way they were obtained and whatever they calculate with.
///
/// ```
/// let curve = dstu::Curve::m257();
/// assert_eq!((curve.m(), curve.field_len(), curve.signature_len()), (257, 33, 64));
/// ```
#[derive(Clone)]
pub struct Curve {
    domain: Held,
    multiplier: Multiplier,
}

#[derive(Clone)]
enum Held {
    Named(&'static dyn Domain),
    Own(Arc<dyn Domain>),
}

/// A curve's parameters as certificates spell them out (ukraine.md §3.2).
/// Numbers are public; nothing here is secret.
#[derive(Clone, Copy, Debug)]
pub struct ExplicitParameters<'a> {
    /// Degree of the field: a prime, 163 to 509.
    pub m: u16,
    /// Middle exponents of the reduction polynomial in any order: one, or three.
    pub ks: &'a [u16],
    /// The coefficient a: 0 or 1.
    pub a: u8,
    /// The coefficient b, little-endian, ceil(m/8) bytes.
    pub b_le: &'a [u8],
    /// The order n of the base point, big-endian as in a DER INTEGER; leading zeros allowed.
    pub order_be: &'a [u8],
    /// The base point, compressed, little-endian, ceil(m/8) bytes.
    pub base_le: &'a [u8],
}

impl Curve {
    fn named(index: usize) -> Self {
        Self { domain: Held::Named(NAMED[index]), multiplier: Multiplier::detect() }
    }

    /// m = 257, OID …3.1.1.2.6: the curve of nearly every Ukrainian signing key.
    pub fn m257() -> Self {
        Self::named(6)
    }

    /// m = 431, OID …3.1.1.2.9: the curve of encryption keys and root certificates.
    pub fn m431() -> Self {
        Self::named(9)
    }

    /// The named curve under OID 1.2.804.2.1.1.1.1.3.1.1.2.`suffix`
    /// (0 to 9: m = 163, 167, 173, 179, 191, 233, 257, 307, 367, 431).
    pub fn by_oid_suffix(suffix: u8) -> Option<Self> {
        (usize::from(suffix) < NAMED.len()).then(|| Self::named(suffix.into()))
    }

    /// The named curve of this degree.
    pub fn by_degree(m: u16) -> Option<Self> {
        NAMED.iter().position(|curve| curve.m() == usize::from(m)).map(Self::named)
    }

    /// A curve from explicit parameters. Those of a named curve give that curve
    /// (this is what certificates carry, and it is fast); others are validated as
    /// the standard's §8 asks: irreducible polynomial, b ≠ 0, n prime and large
    /// enough that the group's order is (4 >> a)·n, no small embedding degree,
    /// base point of order n. That takes up to a second for the largest fields.
    ///
    /// # Errors
    /// [`Error::Length`] for b or the base point; [`Error::Parameters`] when a
    /// check fails or the curve is outside the support: m a prime in 163..=509,
    /// m − 64 ≥ the largest middle exponent, a ∈ {0, 1}, cofactor 4 >> a.
    pub fn from_explicit(parameters: &ExplicitParameters<'_>) -> Result<Self, Error> {
        let multiplier = Multiplier::detect();
        for index in 0..NAMED.len() {
            let curve = Self::named(index);
            if curve.spelled_as(parameters) {
                return Ok(curve);
            }
        }
        let domain = explicit::build(parameters, multiplier)?;
        Ok(Self { domain: Held::Own(domain), multiplier })
    }

    fn spelled_as(&self, p: &ExplicitParameters<'_>) -> bool {
        let mut ks = p.ks.to_vec();
        ks.sort_unstable();
        let zeros = p.order_be.iter().take_while(|byte| **byte == 0).count();
        self.m() == p.m
            && self.a() == p.a
            && self.ks() == ks
            && self.b_le() == p.b_le
            && self.order_be() == p.order_be[zeros..]
            && self.base_le() == p.base_le
    }

    /// The same curve, calculating with the given multiplier. `CarryLess` is
    /// ignored where the CPU lacks it. For tests and measurements: the
    /// constructors already choose the best.
    #[must_use]
    pub fn with_multiplier(mut self, multiplier: Multiplier) -> Self {
        self.multiplier = multiplier;
        self
    }

    pub(crate) fn multiplier(&self) -> Multiplier {
        self.multiplier
    }

    pub(crate) fn domain(&self) -> &dyn Domain {
        match &self.domain {
            Held::Named(domain) => *domain,
            Held::Own(domain) => &**domain,
        }
    }

    /// Degree of the field.
    pub fn m(&self) -> u16 {
        self.domain().m() as u16
    }

    /// Middle exponents of the reduction polynomial, ascending: one or three.
    pub fn ks(&self) -> Vec<u16> {
        let mut ks: Vec<u16> =
            self.domain().ks().iter().filter(|k| **k != 0).map(|k| *k as u16).collect();
        ks.sort_unstable();
        ks
    }

    /// The coefficient a: 0 or 1.
    pub fn a(&self) -> u8 {
        self.domain().a() as u8
    }

    /// The coefficient b, little-endian, [`Curve::field_len`] bytes.
    pub fn b_le(&self) -> Vec<u8> {
        limbs::to_le(&self.domain().b(), self.field_len())
    }

    /// The base point's order n, big-endian, [`Curve::order_len`] bytes. Its top
    /// bit may be set (it is for m = 257): a DER INTEGER needs a zero in front then.
    pub fn order_be(&self) -> Vec<u8> {
        let mut bytes = limbs::to_le(&self.domain().n(), self.order_len());
        bytes.reverse();
        bytes
    }

    /// The base point, compressed, little-endian, [`Curve::field_len`] bytes.
    pub fn base_le(&self) -> Vec<u8> {
        let base = self.domain().compress(self.multiplier, &self.domain().base());
        limbs::to_le(&base, self.field_len())
    }

    /// Order of the whole group divided by n: 4 when a is 0, 2 when a is 1.
    pub fn cofactor(&self) -> u8 {
        4 >> self.a()
    }

    /// The last arc of the curve's OID, when it is a named one.
    pub fn oid_suffix(&self) -> Option<u8> {
        (0..10).find(|i| *self == Self::named(usize::from(*i)))
    }

    /// Bytes of a field element, a compressed point, a shared secret: ceil(m/8).
    pub fn field_len(&self) -> usize {
        self.domain().m().div_ceil(8)
    }

    /// Bytes of a private key and of half a signature: ceil(bits of n / 8).
    pub fn order_len(&self) -> usize {
        self.domain().order_bits().div_ceil(8)
    }

    /// Bytes of a signature: 64 for m = 257, 108 for m = 431.
    pub fn signature_len(&self) -> usize {
        2 * self.order_len()
    }
}

impl PartialEq for Curve {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.domain(), other.domain());
        a.m() == b.m()
            && a.ks() == b.ks()
            && a.a() == b.a()
            && a.b() == b.b()
            && a.n() == b.n()
            && a.base() == b.base()
    }
}

impl Eq for Curve {}

impl fmt::Debug for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Curve(m = {})", self.m())
    }
}
