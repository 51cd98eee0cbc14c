//! The Cryptographic Message Syntax (RFC 5652) without its mathematics: the structures of the
//! `cms` crate and the rules that every suite shares. Suites bring digests, signatures, ciphers.
//! The crate's builders are not used: the one for key agreement wraps with a key of zeros, and
//! the one for signatures knows only its own digests.

pub(in crate::crypto) mod enveloped;
pub(in crate::crypto) mod signed;

use cms::cert::IssuerAndSerialNumber;
use cms::content_info::ContentInfo;
use const_oid::ObjectIdentifier;
use der::asn1::Any;
use der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::SubjectKeyIdentifier;
use x509_cert::name::Name;

use super::ber;
use super::certificate::Certificate;
use super::oid;
use super::suite::CryptoError;

pub use signed::{certs_only, read_certs_only};

/// Foreign bytes (DER, BER, PEM) as DER; `what` names what was expected.
pub(super) fn door(bytes: &[u8], what: &'static str) -> Result<Vec<u8>, CryptoError> {
    ber::door(bytes).map_err(|e| CryptoError::Malformed { what, detail: e.to_string() })
}

/// DER of a `ContentInfo` (RFC 5652 §3).
pub(super) fn content_info<C>(content_type: ObjectIdentifier, content: &C) -> der::Result<Vec<u8>>
where
    C: der::Tagged + der::EncodeValue,
{
    ContentInfo { content_type, content: Any::encode_from(content)? }.to_der()
}

/// `IssuerAndSerialNumber` (RFC 5652 §10.2.4) of a certificate.
pub(super) fn issuer_and_serial(certificate: &Certificate) -> der::Result<IssuerAndSerialNumber> {
    Ok(IssuerAndSerialNumber {
        issuer: Name::from_der(certificate.issuer_der())?,
        serial_number: certificate.serial_number()?,
    })
}

/// Whether a signer or recipient that is named so is the owner of the certificate.
pub(super) fn is_of(name: &IssuerAndSerialNumber, certificate: &Certificate) -> bool {
    name.serial_number.as_bytes() == certificate.serial_bytes()
        && name.issuer.to_der().is_ok_and(|issuer| issuer == certificate.issuer_der())
}

/// The same for the other way to name them.
pub(super) fn is_key_of(id: &SubjectKeyIdentifier, certificate: &Certificate) -> bool {
    certificate.key_id() == Some(id.0.as_bytes())
}

/// What came instead of `what`.
fn not_expected(found: ObjectIdentifier, what: &'static str) -> CryptoError {
    let found = match found {
        oid::SIGNED_DATA => "SignedData".to_owned(),
        oid::ENVELOPED_DATA => "EnvelopedData".to_owned(),
        oid::AUTH_ENVELOPED_DATA => "AuthEnvelopedData".to_owned(),
        oid::DATA => "Data".to_owned(),
        other => other.to_string(),
    };
    CryptoError::Malformed { what, detail: format!("it is {found}") }
}
