//! Keys of the suite: PKCS#8 and `SubjectPublicKeyInfo` to and from what computes.
//!
//! A private key is a `PrivateKeyInfo` (RFC 5208 §5) whose algorithm is that of the public key,
//! parameters spelled out, and whose `privateKey` holds the number d, little-endian, in as many
//! octets as the order of the base point has: 32 on the curve of 257 bits, 54 on that of 431.
//! Programs drop zeros at its end, or write more of them; both is read.

use const_oid::ObjectIdentifier;
use der::asn1::{Any, AnyRef, BitString, OctetString, OctetStringRef, Uint};
use der::referenced::OwnedToRef as _;
use der::{Decode as _, Encode as _, Reader as _, Sequence, Tag, Tagged as _};
use dstu::gost28147::Sbox;
use dstu::{Curve, PublicKey, gost34311};
use pkcs8::PrivateKeyInfoRef;
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use zeroize::Zeroizing;

use crate::crypto::certificate::{Certificate, Usage};
use crate::crypto::oid;
use crate::crypto::suite::{CryptoError, malformed};
use crate::crypto::{CryptoRng, PrivateKey};

const PUBLIC: &str = "public key";
const PRIVATE: &str = "PKCS#8 private key";

/// The parameters of a key (ukraine.md §3.2).
#[derive(Sequence)]
struct Parameters {
    /// The OID of a named curve, or [`Explicit`].
    curve: Any,
    dke: Option<OctetString>,
}

#[derive(Sequence)]
struct Explicit {
    field: Field,
    a: u8,
    /// Little-endian.
    b: OctetString,
    n: Uint,
    /// The base point, compressed, little-endian.
    base: OctetString,
}

#[derive(Sequence)]
struct Field {
    m: u16,
    /// One middle exponent, or [`Three`].
    ks: Any,
}

#[derive(Sequence)]
struct Three {
    k1: u16,
    k2: u16,
    k3: u16,
}

fn unsupported(what: &'static str, detail: impl Into<String>) -> CryptoError {
    CryptoError::Unsupported { what, detail: detail.into() }
}

/// A key's `AlgorithmIdentifier`: explicit parameters and DKE №1, as certificates carry them.
fn algorithm(curve: &Curve) -> der::Result<AlgorithmIdentifierOwned> {
    let ks = match curve.ks().as_slice() {
        [k1, k2, k3] => Any::encode_from(&Three { k1: *k1, k2: *k2, k3: *k3 })?,
        ks => Any::encode_from(ks.first().unwrap_or(&0))?,
    };
    let explicit = Explicit {
        field: Field { m: curve.m(), ks },
        a: curve.a(),
        b: OctetString::new(curve.b_le())?,
        n: Uint::new(&curve.order_be())?,
        base: OctetString::new(curve.base_le())?,
    };
    let parameters = Parameters {
        curve: Any::encode_from(&explicit)?,
        dke: Some(OctetString::new(Sbox::DKE1.to_packed())?),
    };
    let parameters = Some(Any::encode_from(&parameters)?);
    Ok(AlgorithmIdentifierOwned { oid: oid::DSTU_4145, parameters })
}

/// The curve of a key's algorithm; `None` when its parameters are NULL or not there, as with
/// ephemeral keys, which are on the recipient's curve (ukraine.md §3.6).
pub(super) fn curve_of(
    algorithm: &AlgorithmIdentifierOwned,
    what: &'static str,
) -> Result<Option<Curve>, CryptoError> {
    if algorithm.oid != oid::DSTU_4145 {
        return Err(unsupported(what, format!("algorithm {}", algorithm.oid)));
    }
    let Some(parameters) = algorithm.parameters.as_ref().filter(|p| !p.is_null()) else {
        return Ok(None);
    };
    let parameters: Parameters = parameters.decode_as().map_err(malformed(what))?;
    if parameters.dke.is_some_and(|dke| dke.as_bytes() != Sbox::DKE1.to_packed()) {
        return Err(unsupported(what, "a substitution (ДКЕ) other than №1"));
    }
    let curve = if parameters.curve.tag() == Tag::ObjectIdentifier {
        let name: ObjectIdentifier = parameters.curve.decode_as().map_err(malformed(what))?;
        let suffix = name.parent().filter(|above| *above == oid::DSTU_4145_CURVES);
        let suffix = suffix.and_then(|_| u8::try_from(name.arcs().last()?).ok());
        let curve = suffix.and_then(Curve::by_oid_suffix);
        curve.ok_or_else(|| unsupported(what, format!("curve {name}")))?
    } else {
        let explicit: Explicit = parameters.curve.decode_as().map_err(malformed(what))?;
        let curve = explicit.named().map_err(malformed(what))?;
        curve.ok_or_else(|| {
            unsupported(what, format!("a curve of its own, m = {}", explicit.field.m))
        })?
    };
    Ok(Some(curve))
}

impl Explicit {
    /// The named curve that is spelled out here.
    fn named(&self) -> der::Result<Option<Curve>> {
        let mut ks = if self.field.ks.tag() == Tag::Integer {
            vec![self.field.ks.decode_as()?]
        } else {
            let Three { k1, k2, k3 } = self.field.ks.decode_as()?;
            vec![k1, k2, k3]
        };
        ks.sort_unstable();
        Ok(Curve::by_degree(self.field.m).filter(|curve| {
            let order = curve.order_be();
            let zeros = order.iter().take_while(|octet| **octet == 0).count();
            curve.ks() == ks
                && curve.a() == self.a
                && curve.b_le() == self.b.as_bytes()
                && order.get(zeros..) == Some(self.n.as_bytes())
                && curve.base_le() == self.base.as_bytes()
        }))
    }
}

pub(super) fn generate(
    usage: Usage,
    chance: &mut dyn CryptoRng,
) -> Result<PrivateKey, CryptoError> {
    let curve = match usage {
        Usage::Signing => Curve::m257(),
        Usage::Agreement => Curve::m431(),
    };
    let Ok(key) = dstu::PrivateKey::generate(&curve, chance);
    write_private(&key).map_err(malformed(PRIVATE))
}

pub(super) fn write_private(key: &dstu::PrivateKey) -> der::Result<PrivateKey> {
    let algorithm = algorithm(key.curve())?;
    let number = key.to_le_bytes();
    let info = PrivateKeyInfoRef::new(algorithm.owned_to_ref(), OctetStringRef::new(&number)?);
    Ok(PrivateKey::from_pkcs8(Zeroizing::new(info.to_der()?)))
}

pub(super) fn read_private(key: &PrivateKey) -> Result<dstu::PrivateKey, CryptoError> {
    // Of private keys we quote nothing.
    let wrong = || CryptoError::Malformed { what: PRIVATE, detail: "it does not decode".into() };
    let read = |any: AnyRef<'_>| -> der::Result<_> {
        any.sequence(|inside| {
            inside.tlv_bytes()?;
            let algorithm = AlgorithmIdentifierOwned::decode(inside)?;
            let number = <&OctetStringRef>::decode(inside)?;
            let number = Zeroizing::new(number.as_bytes().to_vec());
            // Attributes: containers keep certificates and other keys there.
            inside.read_slice(inside.remaining_len())?;
            Ok((algorithm, number))
        })
    };
    let (algorithm, mut number) =
        AnyRef::from_der(key.pkcs8()).and_then(read).map_err(|_| wrong())?;
    let curve = curve_of(&algorithm, PRIVATE)?.ok_or_else(|| unsupported(PRIVATE, "no curve"))?;
    if number.len() < curve.order_len() {
        // A new buffer, so that growing leaves no copy behind.
        let mut padded = Zeroizing::new(vec![0; curve.order_len()]);
        for (to, from) in padded.iter_mut().zip(number.iter()) {
            *to = *from;
        }
        number = padded;
    }
    dstu::PrivateKey::from_le_bytes(&curve, &number).map_err(|_| wrong())
}

/// DER of the `SubjectPublicKeyInfo`.
pub(super) fn write_public(key: &PublicKey) -> Result<Vec<u8>, CryptoError> {
    let write = || -> der::Result<Vec<u8>> {
        let algorithm = algorithm(key.curve())?;
        SubjectPublicKeyInfoOwned { algorithm, subject_public_key: point_bits(key)? }.to_der()
    };
    write().map_err(malformed(PUBLIC))
}

/// BIT STRING { OCTET STRING compressed point, little-endian }.
pub(super) fn point_bits(key: &PublicKey) -> der::Result<BitString> {
    BitString::from_bytes(&OctetString::new(key.to_compressed_le())?.to_der()?)
}

/// The point out of [`point_bits`], checked to be on the curve and of the base point's order.
pub(super) fn read_point(
    bits: &BitString,
    curve: &Curve,
    what: &'static str,
) -> Result<PublicKey, CryptoError> {
    let octets = OctetString::from_der(bits.raw_bytes()).map_err(malformed(what))?;
    PublicKey::from_compressed_le(curve, octets.as_bytes())
        .map_err(|error| CryptoError::Malformed { what, detail: error.to_string() })
}

pub(super) fn read_public(public_key: &[u8]) -> Result<PublicKey, CryptoError> {
    let info = SubjectPublicKeyInfoOwned::from_der(public_key).map_err(malformed(PUBLIC))?;
    let curve =
        curve_of(&info.algorithm, PUBLIC)?.ok_or_else(|| unsupported(PUBLIC, "no curve"))?;
    read_point(&info.subject_public_key, &curve, PUBLIC)
}

pub(super) fn key_id(public_key: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let info = SubjectPublicKeyInfoOwned::from_der(public_key).map_err(malformed(PUBLIC))?;
    Ok(gost34311::hash(info.subject_public_key.raw_bytes()).to_vec())
}

/// A pair must be one: what the certificate does not answer, nobody could verify or open. Compared
/// as keys, for the same one can be written with named or explicit parameters.
pub(super) fn check_pair(
    key: &dstu::PrivateKey,
    certificate: &Certificate,
) -> Result<(), CryptoError> {
    if read_public(certificate.public_key())? == *key.public() {
        return Ok(());
    }
    let detail = "the certificate is not of this key".to_owned();
    Err(CryptoError::KeyMismatch { detail })
}
