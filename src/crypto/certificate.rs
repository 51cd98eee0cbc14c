//! Certificates and requests as facts: who, which key, for what, from when to when.

use std::fmt;

use super::key::PrivateKey;
use super::suite::{CryptoError, RequestFacts, Suite};
use crate::exchange::Digest;
use crate::time::Timestamp;

/// What a certificate's key may do: the two halves of a holder's pair.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Usage {
    /// digitalSignature, nonRepudiation.
    Signing,
    /// keyAgreement, or keyEncipherment for RSA.
    Agreement,
}

/// The subject's attributes that the field works with. Empty ones are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    pub common_name: Option<String>,
    pub organisation: Option<String>,
    pub unit: Option<String>,
    pub title: Option<String>,
    pub surname: Option<String>,
    pub given_name: Option<String>,
    pub serial_number: Option<String>,
    pub country: Option<String>,
    pub locality: Option<String>,
    pub email: Option<String>,
    /// ЄДРПОУ: subjectDirectoryAttributes 1.2.804.2.1.1.1.11.1.4.2.1 (ukraine.md §4.1), else
    /// organizationIdentifier `NTRUA-…`.
    pub edrpou: Option<String>,
    /// ДРФО (РНОКПП): 1.2.804.2.1.1.1.11.1.4.1.1, else serialNumber `TINUA-…`.
    pub drfo: Option<String>,
}

/// An X.509 certificate (RFC 5280), parsed once, with its exact bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    subject: Subject,
    subject_der: Vec<u8>,
    issuer_der: Vec<u8>,
    /// Content octets of the serial's INTEGER, big-endian.
    serial: Vec<u8>,
    public_key: Vec<u8>,
    not_before: Timestamp,
    not_after: Timestamp,
    usages: Vec<Usage>,
    is_authority: bool,
    /// subjectKeyIdentifier.
    key_id: Option<Vec<u8>>,
}

/// Why bytes are not a certificate that we can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateError {
    pub detail: String,
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a usable certificate: {}", self.detail)
    }
}

impl std::error::Error for CertificateError {}

impl Certificate {
    /// Reads DER, BER or PEM.
    pub fn read(_bytes: &[u8]) -> Result<Self, CertificateError> {
        todo!("helper crypto")
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }

    pub fn pem(&self) -> String {
        todo!("helper crypto")
    }

    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// DER of the subject `Name`, byte for byte.
    pub fn subject_der(&self) -> &[u8] {
        &self.subject_der
    }

    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer_der
    }

    /// Lower-case hexadecimal, without leading zeros.
    pub fn serial(&self) -> String {
        todo!("helper crypto")
    }

    pub fn serial_bytes(&self) -> &[u8] {
        &self.serial
    }

    /// DER of the `SubjectPublicKeyInfo`, byte for byte.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    pub fn is_valid_at(&self, at: Timestamp) -> bool {
        self.not_before <= at && at <= self.not_after
    }

    pub fn serves(&self, usage: Usage) -> bool {
        self.usages.contains(&usage)
    }

    /// basicConstraints says CA.
    pub fn is_authority(&self) -> bool {
        self.is_authority
    }

    pub fn key_id(&self) -> Option<&[u8]> {
        self.key_id.as_deref()
    }

    /// SHA-256 of the DER.
    pub fn fingerprint(&self) -> Digest {
        super::digest(&self.der)
    }

    /// Whether `issuer` made this certificate: name and signature. Dates are the caller's.
    pub fn is_issued_by(
        &self,
        _issuer: &Certificate,
        _suite: &dyn Suite,
    ) -> Result<(), CryptoError> {
        todo!("helper crypto")
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.subject.common_name.as_deref().unwrap_or("?");
        write!(f, "Certificate({name}, {})", self.fingerprint())
    }
}

pub(super) fn build_request(
    _suite: &(dyn Suite + '_),
    _key: &PrivateKey,
    _subject: &[u8],
    _chance: &mut dyn super::CryptoRng,
) -> Result<Vec<u8>, CryptoError> {
    todo!("helper crypto")
}

pub(super) fn read_request(
    _suite: &(dyn Suite + '_),
    _request: &[u8],
) -> Result<RequestFacts, CryptoError> {
    todo!("helper crypto")
}
