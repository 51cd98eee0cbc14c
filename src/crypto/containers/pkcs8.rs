//! PKCS#8, and what ІІТ hides in its attributes: a second key.

use der::asn1::{Any, AnyRef, BitString, ObjectIdentifier, SetOfVec};
use der::{Decode as _, Reader as _, Tag, Tagged as _};
use dstu::Curve;
use spki::AlgorithmIdentifierOwned;
use x509_cert::attr::Attribute;
use zeroize::Zeroizing;

use super::lock::{self, Budget, Locked};
use super::{ContainerError, Found, KeyLook, Kind, Look, chain_of, malformed, suite_of};
use crate::crypto::certificate::Certificate;
use crate::crypto::key::PrivateKey;
use crate::crypto::suite::Suite;
use crate::crypto::{oid, ukrainian};

pub(super) fn look(der: &[u8]) -> Result<Look, ContainerError> {
    let locked = Locked::from_der(der).map_err(malformed(Kind::Pkcs8))?;
    Ok(Look {
        kind: Kind::Pkcs8,
        needs_password: true,
        protection: lock::describe(&locked.algorithm),
        keys: vec![KeyLook::default()],
        certificates: Vec::new(),
    })
}

pub(super) fn look_bare(der: &[u8]) -> Result<Look, ContainerError> {
    let found = keys_in(Kind::Pkcs8Bare, der, None, &[])?;
    let keys = found.into_iter().map(|one| KeyLook { name: None, key_id: Some(one.key_id) });
    Ok(Look {
        kind: Kind::Pkcs8Bare,
        needs_password: false,
        protection: "none".to_owned(),
        keys: keys.collect(),
        certificates: Vec::new(),
    })
}

pub(super) fn read(der: &[u8], password: &[u8]) -> Result<Vec<Found>, ContainerError> {
    let Locked { algorithm, sealed } = Locked::from_der(der).map_err(malformed(Kind::Pkcs8))?;
    let budget = &mut Budget::default();
    let opened = lock::unlock(Kind::Pkcs8, &algorithm, sealed.as_bytes(), password, budget)?;
    keys_in(Kind::Pkcs8, &opened, None, &[]).map_err(rubbish_is_wrong_password)
}

/// Without a checksum, what a wrong password leaves may look like a SEQUENCE.
pub(super) fn rubbish_is_wrong_password(error: ContainerError) -> ContainerError {
    match error {
        ContainerError::Malformed { kind, .. } => ContainerError::WrongPassword { kind },
        other => other,
    }
}

/// The keys of one `PrivateKeyInfo`: itself, and the second key when there is one. The
/// certificates are chosen out of `all`.
pub(super) fn keys_in(
    kind: Kind,
    pkcs8: &[u8],
    name: Option<&str>,
    all: &[Certificate],
) -> Result<Vec<Found>, ContainerError> {
    // Of private keys we quote nothing.
    let wrong = || ContainerError::Malformed { kind, detail: "a key that does not read".into() };
    let info = Info::read(pkcs8).map_err(|_| wrong())?;
    let suite = suite_of(info.algorithm).ok_or_else(|| {
        let detail = format!("a key of the algorithm {}", lock::name(info.algorithm));
        ContainerError::Unsupported { kind, detail }
    })?;
    let given = PrivateKey::from_pkcs8(Zeroizing::new(pkcs8.to_vec()));
    if info.algorithm != oid::DSTU_4145 {
        return Ok(vec![found(kind, given, &*suite, name, all)?]);
    }
    let first = ukrainian::bare(&given).map_err(|error| ContainerError::of(kind, error))?;
    let mut keys = vec![found(kind, first, &*suite, name, all)?];
    if let Some(second) = info.second().map_err(|_| wrong())? {
        let second = second.ok_or_else(|| ContainerError::Unsupported {
            kind,
            detail: "a second key on a curve that has no name".into(),
        })?;
        keys.push(found(kind, second, &*suite, name, all)?);
    }
    Ok(keys)
}

fn found(
    kind: Kind,
    key: PrivateKey,
    suite: &dyn Suite,
    name: Option<&str>,
    all: &[Certificate],
) -> Result<Found, ContainerError> {
    let key_id = suite.public_key(&key).and_then(|public| suite.key_id(&public));
    let key_id = key_id.map_err(|error| ContainerError::of(kind, error))?;
    let certificates = chain_of(&key_id, suite, all);
    let name = name.map(str::to_owned);
    Ok(Found { kind, key, suite: suite.name(), key_id, certificates, name })
}

/// What matters of a `PrivateKeyInfo` (RFC 5958 §2) here.
struct Info<'a> {
    algorithm: ObjectIdentifier,
    attributes: Option<AnyRef<'a>>,
}

impl<'a> Info<'a> {
    fn read(der: &'a [u8]) -> der::Result<Self> {
        AnyRef::from_der(der)?.sequence(|inside| {
            inside.tlv_bytes()?;
            let algorithm = AlgorithmIdentifierOwned::decode(inside)?.oid;
            inside.tlv_bytes()?;
            let mut attributes = None;
            while !inside.is_finished() {
                let one = AnyRef::decode(inside)?;
                if one.tag().is_context_specific() && one.tag().number().value() == 0 {
                    attributes = Some(one);
                }
            }
            Ok(Self { algorithm, attributes })
        })
    }

    /// The key in the attributes; `Some(None)` when its curve is none that is known.
    fn second(&self) -> der::Result<Option<Option<PrivateKey>>> {
        let Some(attributes) = self.attributes else { return Ok(None) };
        let attributes: SetOfVec<Attribute> =
            AnyRef::new(Tag::Set, attributes.value())?.decode_as()?;
        let value = |kind| {
            let attribute = attributes.iter().find(|one| one.oid == kind)?;
            attribute.values.get(0)
        };
        let (Some(curve), Some(number)) =
            (value(oid::IIT_SECOND_CURVE), value(oid::IIT_SECOND_NUMBER))
        else {
            return Ok(None);
        };
        Ok(Some(second_key(curve, number)?))
    }
}

/// The number is a BIT STRING that begins with its lowest bit.
fn second_key(curve: &Any, number: &Any) -> der::Result<Option<PrivateKey>> {
    let Some(curve) = second_curve(curve)? else { return Ok(None) };
    let bits: BitString = number.decode_as()?;
    let mut octets: Zeroizing<Vec<u8>> =
        Zeroizing::new(bits.raw_bytes().iter().map(|octet| octet.reverse_bits()).collect());
    let zeros = octets.iter().rev().take_while(|octet| **octet == 0).count();
    let length = octets.len() - zeros;
    octets.truncate(length);
    let mut padded = Zeroizing::new(vec![0; curve.order_len().max(length)]);
    for (to, from) in padded.iter_mut().zip(octets.iter()) {
        *to = *from;
    }
    let wrong = || Tag::BitString.value_error();
    let key = dstu::PrivateKey::from_le_bytes(&curve, &padded).map_err(|_| wrong())?;
    Ok(Some(ukrainian::write(&key).map_err(|_| wrong())?))
}

/// SEQUENCE { curve, … }: named, or spelled out, in which case programs do not agree on the order
/// of its octets; the degree and the order of the base point tell which it is.
fn second_curve(parameters: &Any) -> der::Result<Option<Curve>> {
    AnyRef::from(parameters).sequence(|inside| {
        let curve = AnyRef::decode(inside)?;
        inside.read_slice(inside.remaining_len())?;
        if curve.tag() == Tag::ObjectIdentifier {
            let name: ObjectIdentifier = curve.decode_as()?;
            let suffix = name.parent().filter(|above| *above == oid::DSTU_4145_CURVES);
            let suffix = suffix.and_then(|_| u8::try_from(name.arcs().last()?).ok());
            return Ok(suffix.and_then(Curve::by_oid_suffix));
        }
        curve.sequence(|inside| {
            let field = AnyRef::decode(inside)?;
            let degree = field.sequence(|field| -> der::Result<u16> {
                let degree = u16::decode(field)?;
                field.read_slice(field.remaining_len())?;
                Ok(degree)
            })?;
            for _a_and_b in 0..2 {
                inside.tlv_bytes()?;
            }
            let order = AnyRef::decode(inside)?;
            inside.read_slice(inside.remaining_len())?;
            let trimmed = |octets: &[u8]| {
                octets.iter().copied().skip_while(|octet| *octet == 0).collect::<Vec<_>>()
            };
            let known = Curve::by_degree(degree);
            Ok(known.filter(|curve| trimmed(&curve.order_be()) == trimmed(order.value())))
        })
    })
}
