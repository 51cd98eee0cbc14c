//! The Cryptographic Message Syntax (RFC 5652) without its mathematics: structures and rules
//! that every suite shares. Suites bring digests, signatures, ciphers.

pub(in crate::crypto) mod enveloped;
pub(in crate::crypto) mod signed;

use const_oid::ObjectIdentifier;

use super::ber;
use super::certificate::Certificate;
use super::oid;
use super::suite::CryptoError;
use super::tlv::{self, DerError, Element, Reader};

pub use signed::{certs_only, read_certs_only};

/// No honest sender sends along more certificates.
const MAX_CERTIFICATES: usize = 64;

/// Foreign bytes (DER, BER, PEM) as DER; `what` names what was expected.
pub(super) fn door(bytes: &[u8], what: &'static str) -> Result<Vec<u8>, CryptoError> {
    ber::door(bytes).map_err(|e| CryptoError::Malformed { what, detail: e.to_string() })
}

/// `ContentInfo` (RFC 5652 §3).
pub(super) fn content_info(kind: ObjectIdentifier, content: &[u8]) -> Vec<u8> {
    tlv::sequence(&[&tlv::oid(kind), &tlv::element(tlv::context(0), &[content])])
}

/// The type and the inside of the content of a `ContentInfo`.
pub(super) fn open_content_info(der: &[u8]) -> Result<(ObjectIdentifier, Reader<'_>), DerError> {
    let mut outer = Reader::sequence_in(der)?;
    let kind = outer.expect(tlv::OBJECT_IDENTIFIER)?.oid()?;
    let wrapped = outer.expect(tlv::context(0))?;
    outer.finish()?;
    Ok((kind, Reader::sequence_in(wrapped.content)?))
}

/// How signers and recipients are named: `SignerIdentifier`, `RecipientIdentifier`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    IssuerAndSerial { issuer: Vec<u8>, serial: Vec<u8> },
    KeyId(Vec<u8>),
}

impl Identity {
    pub(super) fn read(element: &Element<'_>) -> Result<Self, DerError> {
        match element.tag {
            tlv::SEQUENCE => {
                let mut inside = element.inside();
                let issuer = inside.expect(tlv::SEQUENCE)?.whole.to_vec();
                let serial = inside.expect(tlv::INTEGER)?.content.to_vec();
                inside.finish()?;
                Ok(Self::IssuerAndSerial { issuer, serial })
            }
            tag if tag == tlv::context_primitive(0) => Ok(Self::KeyId(element.content.to_vec())),
            tag => Err(DerError::new(format!("an identity of an unknown kind, tag {tag:02x}"))),
        }
    }

    pub(super) fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                issuer == certificate.issuer_der() && serial == certificate.serial_bytes()
            }
            Self::KeyId(id) => certificate.key_id() == Some(id),
        }
    }
}

/// `IssuerAndSerialNumber` (RFC 5652 §10.2.4).
pub(super) fn issuer_and_serial(certificate: &Certificate) -> Vec<u8> {
    let serial = tlv::element(tlv::INTEGER, &[certificate.serial_bytes()]);
    tlv::sequence(&[certificate.issuer_der(), &serial])
}

/// The certificates of a `CertificateSet`. What is no certificate that we read can't be a
/// signer's, and is left out.
fn read_certificates(set: Option<Element<'_>>) -> Result<Vec<Certificate>, DerError> {
    let Some(set) = set else { return Ok(Vec::new()) };
    let choices = set.inside().all(MAX_CERTIFICATES)?;
    Ok(choices
        .iter()
        .filter(|choice| choice.tag == tlv::SEQUENCE)
        .filter_map(|choice| Certificate::read_der(choice.whole).ok())
        .collect())
}

/// One `Attribute`: its type and its values.
fn read_attribute<'a>(
    attribute: &Element<'a>,
) -> Result<(ObjectIdentifier, Vec<Element<'a>>), DerError> {
    const MAX_VALUES: usize = 64;
    let mut inside = attribute.inside();
    let kind = inside.expect(tlv::OBJECT_IDENTIFIER)?.oid()?;
    let values = inside.expect(tlv::SET)?.inside().all(MAX_VALUES)?;
    inside.finish()?;
    Ok((kind, values))
}

fn attribute(kind: ObjectIdentifier, value: &[u8]) -> Vec<u8> {
    tlv::sequence(&[&tlv::oid(kind), &tlv::element(tlv::SET, &[value])])
}

fn expect_kind(
    found: ObjectIdentifier,
    expected: ObjectIdentifier,
    what: &'static str,
) -> Result<(), CryptoError> {
    if found == expected {
        return Ok(());
    }
    let found = match found {
        oid::SIGNED_DATA => "SignedData".to_owned(),
        oid::ENVELOPED_DATA => "EnvelopedData".to_owned(),
        oid::AUTH_ENVELOPED_DATA => "AuthEnvelopedData".to_owned(),
        oid::DATA => "Data".to_owned(),
        other => other.to_string(),
    };
    Err(CryptoError::Malformed { what, detail: format!("it is {found}") })
}
