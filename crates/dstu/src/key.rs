use alloc::vec::Vec;
use core::fmt;

use rand_core::TryCryptoRng;
use zeroize::{Zeroize, Zeroizing};

use crate::domain::{Point, wide_len, words};
use crate::limbs::{self, Big};
use crate::nonce::Nonces;
use crate::{Curve, Error};

/// A private key d: a number in 1..n. Wiped when dropped.
#[derive(Clone)]
pub struct PrivateKey {
    curve: Curve,
    d: Big,
    /// Calculated at once: every use of a key needs it, and it must not be asked for in secret.
    public: PublicKey,
}

impl Drop for PrivateKey {
    fn drop(&mut self) {
        self.d.zeroize();
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({:?}, d not shown)", self.curve)
    }
}

/// A public key Q = −d·P: a point of order n on its curve, by construction.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    curve: Curve,
    point: Point,
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?}, {:02x?})", self.curve, self.to_compressed_le())
    }
}

impl PrivateKey {
    fn new(curve: &Curve, d: &Big) -> Self {
        let point = curve.domain().public(curve.multiplier(), d);
        let public = PublicKey { curve: curve.clone(), point };
        Self { curve: curve.clone(), d: *d, public }
    }

    /// From d as key containers keep it: little-endian, [`Curve::order_len`]
    /// bytes; more (as in fields of ceil(m/8) bytes) are accepted when they are zero, fewer are not.
    ///
    /// # Errors
    /// [`Error::Length`], and [`Error::OutOfRange`] unless 0 < d < n.
    pub fn from_le_bytes(curve: &Curve, bytes: &[u8]) -> Result<Self, Error> {
        let len = curve.order_len();
        if bytes.len() < len || bytes.len() > 8 * limbs::MAX {
            return Err(Error::Length);
        }
        let d = Zeroizing::new(limbs::from_le(bytes));
        if !curve.domain().in_range(&d) {
            return Err(Error::OutOfRange);
        }
        Ok(Self::new(curve, &d))
    }

    /// d little-endian, [`Curve::order_len`] bytes.
    pub fn to_le_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(limbs::to_le(&self.d, self.curve.order_len()))
    }

    /// A new key. 128 bits more than n has are drawn and reduced, so that every
    /// key is as likely as any other and no draw is thrown away.
    ///
    /// # Errors
    /// Whatever the generator fails with.
    pub fn generate<R: TryCryptoRng + ?Sized>(
        curve: &Curve,
        rng: &mut R,
    ) -> Result<Self, R::Error> {
        let mut drawn = Zeroizing::new([0u8; 96]);
        let drawn = &mut drawn[..8 * wide_len(curve.domain())];
        rng.try_fill_bytes(drawn)?;
        Ok(Self::new(curve, &curve.domain().scalar(&words(drawn))))
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The curve.
    pub fn curve(&self) -> &Curve {
        &self.curve
    }

    /// Signs a hash: r‖s, each half little-endian, [`Curve::signature_len`] bytes
    /// (ukraine.md §3.4). `hash` is the hash as its function gives it (32 bytes of
    /// GOST 34.311 or Kupyna-256, up to 64 of Kupyna-512), read little-endian and
    /// cut to the field's m bits.
    ///
    /// `fresh_randomness` should be new random bytes for every call. It is mixed
    /// with the key and the hash: should it repeat or be known to others, the key stays safe.
    pub fn sign<const N: usize>(&self, hash: &[u8; N], fresh_randomness: &[u8; 32]) -> Vec<u8> {
        const { assert!(N >= 32 && N <= 64, "a hash has 32 to 64 bytes") };
        let (domain, with) = (self.curve.domain(), self.curve.multiplier());
        let h = hash_element(domain.m(), hash);
        let mut nonces = Nonces::new(domain, &self.d, hash, fresh_randomness);
        // A second turn is as likely as guessing the key.
        let (r, s) = loop {
            let e = nonces.next(domain);
            if let Some(halves) = domain.sign(with, &self.d, &e, &h) {
                break halves;
            }
        };
        let len = self.curve.order_len();
        let mut out = limbs::to_le(&r, len);
        out.extend(limbs::to_le(&s, len));
        out
    }

    /// The secret shared with the owner of `other`: x of (cofactor·d)·Q,
    /// big-endian, [`Curve::field_len`] bytes (ukraine.md §3.6). Feed it to [`crate::kdf::kek`].
    ///
    /// # Errors
    /// [`Error::CurveMismatch`].
    pub fn ecdh(&self, other: &PublicKey) -> Result<Zeroizing<Vec<u8>>, Error> {
        if self.curve != other.curve {
            return Err(Error::CurveMismatch);
        }
        let x = self.curve.domain().agree(self.curve.multiplier(), &self.d, &other.point);
        let mut out = Zeroizing::new(limbs::to_le(&*x, self.curve.field_len()));
        out.reverse();
        Ok(out)
    }
}

impl PublicKey {
    /// From a compressed point, little-endian, [`Curve::field_len`] bytes: the
    /// content of the inner OCTET STRING of a SubjectPublicKeyInfo (ukraine.md §3.2).
    /// Checks that it is on the curve and of order n; costs one multiplication.
    ///
    /// # Errors
    /// [`Error::Length`]; [`Error::OutOfRange`] for bits at m and above;
    /// [`Error::NotOnCurve`]; [`Error::WrongOrder`].
    pub fn from_compressed_le(curve: &Curve, bytes: &[u8]) -> Result<Self, Error> {
        let packed = element(curve, bytes)?;
        let (domain, with) = (curve.domain(), curve.multiplier());
        let point = domain.decompress(with, &packed).ok_or(Error::NotOnCurve)?;
        Self::checked(curve, point)
    }

    /// From both coordinates, each little-endian, [`Curve::field_len`] bytes, with the same checks.
    ///
    /// # Errors
    /// As [`PublicKey::from_compressed_le`].
    pub fn from_affine_le(curve: &Curve, x: &[u8], y: &[u8]) -> Result<Self, Error> {
        let point = Point { x: element(curve, x)?, y: element(curve, y)? };
        if !curve.domain().contains(curve.multiplier(), &point) {
            return Err(Error::NotOnCurve);
        }
        Self::checked(curve, point)
    }

    fn checked(curve: &Curve, point: Point) -> Result<Self, Error> {
        if !curve.domain().has_order_n(curve.multiplier(), &point) {
            return Err(Error::WrongOrder);
        }
        Ok(Self { curve: curve.clone(), point })
    }

    /// The compressed point, little-endian, [`Curve::field_len`] bytes.
    pub fn to_compressed_le(&self) -> Vec<u8> {
        let packed = self.curve.domain().compress(self.curve.multiplier(), &self.point);
        limbs::to_le(&packed, self.curve.field_len())
    }

    /// Both coordinates, each little-endian, [`Curve::field_len`] bytes.
    pub fn to_affine_le(&self) -> (Vec<u8>, Vec<u8>) {
        let len = self.curve.field_len();
        (limbs::to_le(&self.point.x, len), limbs::to_le(&self.point.y, len))
    }

    /// The curve.
    pub fn curve(&self) -> &Curve {
        &self.curve
    }

    /// Verifies a signature as [`PrivateKey::sign`] makes it. Not constant-time: all of it is public.
    ///
    /// # Errors
    /// [`Error::Length`] unless it has [`Curve::signature_len`] bytes;
    /// [`Error::OutOfRange`] when a half is 0 or not below n; [`Error::Signature`] when it is wrong.
    pub fn verify<const N: usize>(&self, hash: &[u8; N], signature: &[u8]) -> Result<(), Error> {
        const { assert!(N >= 32 && N <= 64, "a hash has 32 to 64 bytes") };
        let (domain, with) = (self.curve.domain(), self.curve.multiplier());
        if signature.len() != self.curve.signature_len() {
            return Err(Error::Length);
        }
        let (r, s) = signature.split_at(self.curve.order_len());
        let (r, s) = (limbs::from_le(r), limbs::from_le(s));
        if !domain.in_range(&r) || !domain.in_range(&s) {
            return Err(Error::OutOfRange);
        }
        let h = hash_element(domain.m(), hash);
        if domain.verify(with, &self.point, &h, &r, &s) { Ok(()) } else { Err(Error::Signature) }
    }
}

/// A field element from outside.
fn element(curve: &Curve, bytes: &[u8]) -> Result<Big, Error> {
    if bytes.len() != curve.field_len() {
        return Err(Error::Length);
    }
    let out = limbs::from_le(bytes);
    if limbs::bit_length(&out) > curve.m().into() { Err(Error::OutOfRange) } else { Ok(out) }
}

/// A hash as a field element: little-endian, the low m bits, and 1 instead of 0.
fn hash_element(m: usize, hash: &[u8]) -> Big {
    let mut h = limbs::truncate(&limbs::from_le(hash), m);
    h[0] |= limbs::is_zero(&h);
    h
}
