//! Certificates as facts: who, which key, for what, from when to when. The structure is
//! `x509_cert::Certificate`; what a signature covers is taken as it stands in the DER.

use std::fmt;

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode as _, Encode as _, FixedTag as _, Reader as _, SliceReader};
use x509_cert::TbsCertificate;
use x509_cert::certificate::Rfc5280;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
    SubjectDirectoryAttributes, SubjectKeyIdentifier,
};
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Time;

use super::ber;
use super::name;
use super::oid;
use super::suite::{CryptoError, Signature, Suite, malformed};
use crate::exchange::Digest;
use crate::time::{Span, Timestamp};

/// How far two honest clocks may disagree (failures.md F40).
pub const SKEW: Span = Span::minutes(5);

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
    is_electronic_seal: bool,
    /// keyUsage allows keyCertSign, or there is no keyUsage.
    signs_certificates: bool,
    /// pathLenConstraint: how many authorities may stand below this one.
    path_length: Option<u32>,
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

impl From<der::Error> for CertificateError {
    fn from(error: der::Error) -> Self {
        Self { detail: error.to_string() }
    }
}

impl Certificate {
    /// Reads DER, BER or PEM.
    pub fn read(bytes: &[u8]) -> Result<Self, CertificateError> {
        let der = ber::door(bytes).map_err(|e| CertificateError { detail: e.to_string() })?;
        Self::read_der(&der)
    }

    /// Reads a certificate of any algorithm (RFC 5280 §4.1) from what passed the door.
    pub(crate) fn read_der(der: &[u8]) -> Result<Self, CertificateError> {
        let parsed = x509_cert::Certificate::from_der(der)?;
        let tbs = parsed.tbs_certificate();
        let mut certificate = Self {
            der: der.to_vec(),
            subject: Subject::default(),
            subject_der: tbs.subject().to_der()?,
            issuer_der: tbs.issuer().to_der()?,
            serial: tbs.serial_number().as_bytes().to_vec(),
            public_key: tbs.subject_public_key_info().to_der()?,
            not_before: timestamp(tbs.validity().not_before),
            not_after: timestamp(tbs.validity().not_after),
            usages: vec![Usage::Signing, Usage::Agreement],
            is_authority: false,
            is_electronic_seal: false,
            signs_certificates: true,
            path_length: None,
            key_id: None,
        };
        certificate.read_subject(name::attributes_of(tbs.subject()));
        certificate.read_extensions(tbs)?;
        Ok(certificate)
    }

    fn read_extensions(&mut self, tbs: &TbsCertificate) -> der::Result<()> {
        if let Some((_, KeyUsage(bits))) = tbs.get_extension()? {
            self.usages.clear();
            if !bits.is_disjoint(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation) {
                self.usages.push(Usage::Signing);
            }
            let enciphers = KeyUsages::KeyEncipherment | KeyUsages::DataEncipherment;
            if !bits.is_disjoint(KeyUsages::KeyAgreement | enciphers) {
                self.usages.push(Usage::Agreement);
            }
            self.signs_certificates = bits.contains(KeyUsages::KeyCertSign);
        }
        if let Some((_, BasicConstraints { ca, path_len_constraint })) = tbs.get_extension()? {
            self.is_authority = ca;
            self.path_length = path_len_constraint.map(u32::from);
        }
        if let Some((_, SubjectKeyIdentifier(id))) = tbs.get_extension()? {
            self.key_id = Some(id.as_bytes().to_vec());
        }
        if let Some((_, ExtendedKeyUsage(usages))) = tbs.get_extension()? {
            self.is_electronic_seal = usages.contains(&oid::ELECTRONIC_SEAL);
        }
        if let Some((_, SubjectDirectoryAttributes(attributes))) = tbs.get_extension()? {
            for attribute in &attributes {
                let code = attribute.values.get(0).map(name::text).unwrap_or_default();
                let place = match attribute.oid {
                    oid::EDRPOU => &mut self.subject.edrpou,
                    oid::DRFO => &mut self.subject.drfo,
                    _ => continue,
                };
                if !code.trim().is_empty() {
                    *place = Some(code.trim().to_owned());
                }
            }
        }
        // Only an e-mail address for people: an odd name must not cost the certificate.
        if let Ok(Some((_, SubjectAltName(names)))) = tbs.get_extension() {
            let email = names.into_iter().find_map(|name| match name {
                GeneralName::Rfc822Name(email) => Some(email.to_string()),
                _ => None,
            });
            self.subject.email = self.subject.email.take().or(email);
        }
        Ok(())
    }

    /// What the name says; the codes too, in the newer fashion.
    fn read_subject(&mut self, attributes: Vec<(const_oid::ObjectIdentifier, String)>) {
        let subject = &mut self.subject;
        for (kind, value) in attributes {
            let code = |prefix| value.strip_prefix(prefix).map(str::to_owned);
            match kind {
                oid::ORGANISATION_IDENTIFIER if subject.edrpou.is_none() => {
                    subject.edrpou = code("NTRUA-");
                }
                oid::SERIAL_NUMBER if subject.drfo.is_none() => subject.drfo = code("TINUA-"),
                _ => {}
            }
            let place = match kind {
                oid::COMMON_NAME => &mut subject.common_name,
                oid::ORGANISATION => &mut subject.organisation,
                oid::UNIT => &mut subject.unit,
                oid::TITLE => &mut subject.title,
                oid::SURNAME => &mut subject.surname,
                oid::GIVEN_NAME => &mut subject.given_name,
                oid::SERIAL_NUMBER => &mut subject.serial_number,
                oid::COUNTRY => &mut subject.country,
                oid::LOCALITY => &mut subject.locality,
                oid::EMAIL => &mut subject.email,
                _ => continue,
            };
            // The first one counts; an empty one is none.
            if place.is_none() && !value.trim().is_empty() {
                *place = Some(value);
            }
        }
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }

    pub fn pem(&self) -> String {
        ber::wrap_pem("CERTIFICATE", &self.der)
    }

    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// DER of the subject `Name`, its strings byte for byte.
    pub fn subject_der(&self) -> &[u8] {
        &self.subject_der
    }

    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer_der
    }

    /// Lower-case hexadecimal, without leading zeros.
    pub fn serial(&self) -> String {
        hexadecimal(&self.serial)
    }

    pub fn serial_bytes(&self) -> &[u8] {
        &self.serial
    }

    /// The serial as structures repeat it; negative ones stay so.
    pub(super) fn serial_number(&self) -> der::Result<SerialNumber> {
        AnyRef::new(SerialNumber::<Rfc5280>::TAG, &self.serial)?.decode_as()
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

    /// The same with both clocks given the benefit of [`SKEW`].
    pub fn is_valid_about(&self, now: Timestamp) -> bool {
        self.not_before <= now + SKEW && now - SKEW <= self.not_after
    }

    /// basicConstraints says CA.
    pub fn is_authority(&self) -> bool {
        self.is_authority
    }

    /// The extended usage «електронна печатка» (ukraine.md §4.2): an organisation's, not a
    /// person's.
    pub fn is_electronic_seal(&self) -> bool {
        self.is_electronic_seal
    }

    /// keyUsage allows keyCertSign, or says nothing.
    pub fn signs_certificates(&self) -> bool {
        self.signs_certificates
    }

    /// pathLenConstraint.
    pub fn path_length(&self) -> Option<u32> {
        self.path_length
    }

    /// The subject in words: the common name, else whatever the name holds.
    pub fn display_name(&self) -> String {
        self.subject.common_name.clone().unwrap_or_else(|| name::display(&self.subject_der))
    }

    pub fn key_id(&self) -> Option<&[u8]> {
        self.key_id.as_deref()
    }

    /// SHA-256 of the DER.
    pub fn fingerprint(&self) -> Digest {
        super::digest(&self.der)
    }

    /// Whether `issuer` made this certificate: name and signature. Dates are the caller's.
    pub fn is_issued_by(&self, issuer: &Certificate, suite: &dyn Suite) -> Result<(), CryptoError> {
        if self.issuer_der != issuer.subject_der {
            return Err(CryptoError::KeyMismatch {
                detail: format!(
                    "the issuer is «{}», not «{}»",
                    name::display(&self.issuer_der),
                    name::display(&issuer.subject_der)
                ),
            });
        }
        check_signed(&self.der, "certificate", &issuer.public_key, suite)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.subject.common_name.as_deref().unwrap_or("?");
        write!(f, "Certificate({name}, {})", self.fingerprint())
    }
}

/// Checks the signature of a certificate, request or revocation list with a DER
/// `SubjectPublicKeyInfo`; `what` names it. All three are a signed part, an algorithm and a BIT
/// STRING; the signed part is taken as it stands, for a decoder that writes it again may change it.
pub(super) fn check_signed(
    der: &[u8],
    what: &'static str,
    public_key: &[u8],
    suite: &(dyn Suite + '_),
) -> Result<(), CryptoError> {
    let (signed, signature) = signed_part(der).map_err(malformed(what))?;
    suite.verify_bytes(public_key, signed, &signature).map_err(|error| match error {
        CryptoError::BadSignature { .. } => CryptoError::BadSignature { what },
        other => other,
    })
}

fn signed_part(der: &[u8]) -> der::Result<(&[u8], Signature)> {
    SliceReader::new(der)?.sequence(|inside| {
        let signed = inside.tlv_bytes()?;
        let algorithm = inside.tlv_bytes()?.to_vec();
        let bits = BitStringRef::decode(inside)?;
        let octets = bits.as_bytes().ok_or(BitStringRef::TAG.value_error())?;
        Ok((signed, Signature { algorithm, bytes: octets.to_vec() }))
    })
}

pub(super) fn timestamp(time: Time) -> Timestamp {
    Timestamp(i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX))
}

/// Lower-case hexadecimal without leading zeros.
pub(super) fn hexadecimal(octets: &[u8]) -> String {
    let digits: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() { "0".to_owned() } else { significant.to_owned() }
}
