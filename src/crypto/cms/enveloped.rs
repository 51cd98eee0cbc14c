//! `EnvelopedData` (RFC 5652 §6) and `AuthEnvelopedData` (RFC 5083).

use const_oid::ObjectIdentifier;

use super::{Identity, content_info, issuer_and_serial, open_content_info, read_certificates};
use crate::crypto::certificate::Certificate;
use crate::crypto::oid;
use crate::crypto::suite::CryptoError;
use crate::crypto::tlv::{self, DerError, Element, Reader};

const WHAT: &str = "EnvelopedData";
const MAX_RECIPIENTS: usize = 64;

/// An envelope as it stands, before anybody tries a key.
pub(in crate::crypto) struct Envelope<'a> {
    pub recipients: Vec<Recipient<'a>>,
    /// Certificates of static key agreement that travel inside (`OriginatorInfo`).
    pub originators: Vec<Certificate>,
    /// DER `AlgorithmIdentifier` of the content's cipher.
    pub algorithm: &'a [u8],
    pub ciphertext: &'a [u8],
    pub authentication: Option<Authentication<'a>>,
}

/// What `AuthEnvelopedData` adds.
pub(in crate::crypto) struct Authentication<'a> {
    /// DER of the authenticated attributes as a SET OF; empty without attributes (RFC 5083 §2.2).
    pub attributes: Vec<u8>,
    pub code: &'a [u8],
}

/// A way to the content's key.
pub(in crate::crypto) enum Recipient<'a> {
    /// `KeyTransRecipientInfo`: the key under the recipient's public key.
    Transport { to: Identity, algorithm: &'a [u8], key: &'a [u8] },
    /// `KeyAgreeRecipientInfo`: the key under a key that both sides compute.
    Agreement {
        from: Originator<'a>,
        /// User keying material.
        material: Option<&'a [u8]>,
        algorithm: &'a [u8],
        /// Each recipient with the wrapped key.
        keys: Vec<(Identity, &'a [u8])>,
    },
    /// Passwords, shared secrets, things to come: never ours.
    Other,
}

/// The other half of a key agreement.
pub(in crate::crypto) enum Originator<'a> {
    /// By a certificate: static agreement.
    Certificate(Identity),
    /// DER of `AlgorithmIdentifier` and the octets of the key: ephemeral agreement.
    Key { algorithm: &'a [u8], octets: &'a [u8] },
}

/// Reads what came through the door.
pub(in crate::crypto) fn read(der: &[u8]) -> Result<Envelope<'_>, CryptoError> {
    let (kind, inside) = open_content_info(der).map_err(|e| e.of(WHAT))?;
    match kind {
        oid::ENVELOPED_DATA | oid::AUTH_ENVELOPED_DATA => {
            let authenticated = kind == oid::AUTH_ENVELOPED_DATA;
            read_envelope(inside, authenticated).map_err(|e| e.of(WHAT))
        }
        other => super::expect_kind(other, oid::ENVELOPED_DATA, WHAT)
            .and(Err(CryptoError::Malformed { what: WHAT, detail: String::new() })),
    }
}

fn read_envelope(mut inside: Reader<'_>, authenticated: bool) -> Result<Envelope<'_>, DerError> {
    inside.expect(tlv::INTEGER)?;
    let originators = match inside.optional(tlv::context(0))? {
        Some(info) => read_certificates(info.inside().optional(tlv::context(0))?)?,
        None => Vec::new(),
    };
    let recipients = inside.expect(tlv::SET)?.inside().all(MAX_RECIPIENTS)?;
    let recipients = recipients.iter().map(read_recipient).collect::<Result<_, _>>()?;
    let mut encrypted = inside.expect(tlv::SEQUENCE)?.inside();
    encrypted.expect(tlv::OBJECT_IDENTIFIER)?;
    let algorithm = encrypted.expect(tlv::SEQUENCE)?.whole;
    let ciphertext = encrypted.expect(tlv::context_primitive(0))?.content;
    encrypted.finish()?;
    let attributes = inside.optional(tlv::context(1))?;
    let authentication = if authenticated {
        let attributes = attributes.map(|a| tlv::element(tlv::SET, &[a.content]));
        let code = inside.expect(tlv::OCTET_STRING)?.content;
        inside.optional(tlv::context(2))?;
        Some(Authentication { attributes: attributes.unwrap_or_default(), code })
    } else {
        None
    };
    inside.finish()?;
    Ok(Envelope { recipients, originators, algorithm, ciphertext, authentication })
}

fn read_recipient<'a>(element: &Element<'a>) -> Result<Recipient<'a>, DerError> {
    let mut inside = element.inside();
    match element.tag {
        tlv::SEQUENCE => {
            inside.expect(tlv::INTEGER)?;
            let to = Identity::read(&inside.any()?)?;
            let algorithm = inside.expect(tlv::SEQUENCE)?.whole;
            let key = inside.expect(tlv::OCTET_STRING)?.content;
            inside.finish()?;
            Ok(Recipient::Transport { to, algorithm, key })
        }
        tag if tag == tlv::context(1) => {
            inside.expect(tlv::INTEGER)?;
            let from = read_originator(&inside.expect(tlv::context(0))?)?;
            let material = match inside.optional(tlv::context(1))? {
                Some(wrapped) => Some(wrapped.inside().expect(tlv::OCTET_STRING)?.content),
                None => None,
            };
            let algorithm = inside.expect(tlv::SEQUENCE)?.whole;
            let keys = inside.expect(tlv::SEQUENCE)?.inside().all(MAX_RECIPIENTS)?;
            let keys = keys.iter().map(read_wrapped_key).collect::<Result<_, _>>()?;
            inside.finish()?;
            Ok(Recipient::Agreement { from, material, algorithm, keys })
        }
        _ => Ok(Recipient::Other),
    }
}

fn read_originator<'a>(element: &Element<'a>) -> Result<Originator<'a>, DerError> {
    let choice = element.inside().any()?;
    if choice.tag != tlv::context(1) {
        return Ok(Originator::Certificate(Identity::read(&choice)?));
    }
    let mut key = choice.inside();
    let algorithm = key.expect(tlv::SEQUENCE)?.whole;
    let octets = key.expect(tlv::BIT_STRING)?.octets_of_bits()?;
    Ok(Originator::Key { algorithm, octets })
}

/// `RecipientEncryptedKey`; its `rKeyId [0]` is a SEQUENCE that begins with the key identifier.
fn read_wrapped_key<'a>(element: &Element<'a>) -> Result<(Identity, &'a [u8]), DerError> {
    let mut inside = element.inside();
    let who = inside.any()?;
    let identity = if who.tag == tlv::context(0) {
        Identity::KeyId(who.inside().expect(tlv::OCTET_STRING)?.content.to_vec())
    } else {
        Identity::read(&who)?
    };
    let key = inside.expect(tlv::OCTET_STRING)?.content;
    inside.finish()?;
    Ok((identity, key))
}

/// `KeyTransRecipientInfo`, version 0.
pub(in crate::crypto) fn transport(to: &Certificate, algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    tlv::sequence(&[&tlv::number(0), &issuer_and_serial(to), algorithm, &tlv::octets(key)])
}

/// `KeyAgreeRecipientInfo` for one recipient. `originator` is the DER of the choice:
/// `issuerAndSerialNumber`, or what [`originator_key`] makes.
pub(in crate::crypto) fn agreement(
    originator: &[u8],
    material: Option<&[u8]>,
    algorithm: &[u8],
    to: &Certificate,
    key: &[u8],
) -> Vec<u8> {
    let material =
        material.map(|m| tlv::element(tlv::context(1), &[&tlv::octets(m)])).unwrap_or_default();
    let wrapped = tlv::sequence(&[&issuer_and_serial(to), &tlv::octets(key)]);
    tlv::element(
        tlv::context(1),
        &[
            &tlv::number(3),
            &tlv::element(tlv::context(0), &[originator]),
            &material,
            algorithm,
            &tlv::sequence(&[&wrapped]),
        ],
    )
}

/// `originatorKey [1]` from a DER `SubjectPublicKeyInfo`: the same two fields, another tag.
pub(in crate::crypto) fn originator_key(public_key: &[u8]) -> Result<Vec<u8>, DerError> {
    let mut reader = Reader::new(public_key);
    Ok(tlv::element(tlv::context(1), &[reader.expect(tlv::SEQUENCE)?.content]))
}

fn encrypted_content(kind: ObjectIdentifier, algorithm: &[u8], ciphertext: &[u8]) -> Vec<u8> {
    let content = tlv::element(tlv::context_primitive(0), &[ciphertext]);
    tlv::sequence(&[&tlv::oid(kind), algorithm, &content])
}

/// A `ContentInfo` with an `EnvelopedData` of id-data.
pub(in crate::crypto) fn enveloped(
    recipients: Vec<Vec<u8>>,
    algorithm: &[u8],
    ciphertext: &[u8],
) -> Vec<u8> {
    // Version 0 when everybody has version 0, else 2 (RFC 5652 §6.1).
    let agreed = recipients.iter().any(|r| r.first() != Some(&tlv::SEQUENCE));
    let data = tlv::sequence(&[
        &tlv::number(if agreed { 2 } else { 0 }),
        &tlv::set_of(tlv::SET, recipients),
        &encrypted_content(oid::DATA, algorithm, ciphertext),
    ]);
    content_info(oid::ENVELOPED_DATA, &data)
}

/// A `ContentInfo` with an `AuthEnvelopedData` of id-data, without attributes.
pub(in crate::crypto) fn auth_enveloped(
    recipients: Vec<Vec<u8>>,
    algorithm: &[u8],
    ciphertext: &[u8],
    code: &[u8],
) -> Vec<u8> {
    let data = tlv::sequence(&[
        &tlv::number(0),
        &tlv::set_of(tlv::SET, recipients),
        &encrypted_content(oid::DATA, algorithm, ciphertext),
        &tlv::octets(code),
    ]);
    content_info(oid::AUTH_ENVELOPED_DATA, &data)
}
