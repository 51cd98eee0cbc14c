//! Certificates and requests as facts: who, which key, for what, from when to when.

use std::fmt;

use super::ber;
use super::name;
use super::oid;
use super::suite::{CryptoError, Signature, Suite};
use super::tlv::{self, DerError, Element, Reader};
use crate::exchange::Digest;
use crate::time::{Span, Timestamp};

/// How far two honest clocks may disagree (failures.md F40).
pub const SKEW: Span = Span::minutes(5);

/// keyUsage bits (RFC 5280 §4.2.1.3), first octet.
const SIGNING_BITS: u8 = 0xC0;
const AGREEMENT_BITS: u8 = 0x38;
const CERTIFICATE_SIGN_BIT: u8 = 0x04;

/// No honest certificate has more extensions.
const MAX_EXTENSIONS: usize = 64;

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

impl From<DerError> for CertificateError {
    fn from(error: DerError) -> Self {
        Self { detail: error.detail }
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
        let [tbs, _, _] = signed_parts(der)?;
        let mut tbs = tbs.inside();
        tbs.optional(tlv::context(0))?;
        let serial = tbs.expect(tlv::INTEGER)?;
        tbs.expect(tlv::SEQUENCE)?;
        let issuer = tbs.expect(tlv::SEQUENCE)?;
        let mut validity = tbs.expect(tlv::SEQUENCE)?.inside();
        let (not_before, not_after) = (validity.any()?.time()?, validity.any()?.time()?);
        let subject = tbs.expect(tlv::SEQUENCE)?;
        let public_key = tbs.expect(tlv::SEQUENCE)?;
        name::attributes(issuer.whole)?;
        let mut certificate = Self {
            der: der.to_vec(),
            subject: read_subject(subject.whole)?,
            subject_der: subject.whole.to_vec(),
            issuer_der: issuer.whole.to_vec(),
            serial: serial.content.to_vec(),
            public_key: public_key.whole.to_vec(),
            not_before,
            not_after,
            usages: vec![Usage::Signing, Usage::Agreement],
            is_authority: false,
            is_electronic_seal: false,
            signs_certificates: true,
            path_length: None,
            key_id: None,
        };
        // issuerUniqueID and subjectUniqueID, long dead.
        tbs.optional(tlv::context_primitive(1))?;
        tbs.optional(tlv::context_primitive(2))?;
        if let Some(extensions) = tbs.optional(tlv::context(3))? {
            certificate.read_extensions(extensions)?;
        }
        tbs.finish()?;
        certificate.fill_codes_from_name();
        Ok(certificate)
    }

    fn read_extensions(&mut self, extensions: Element<'_>) -> Result<(), DerError> {
        for extension in Reader::sequence_in(extensions.content)?.all(MAX_EXTENSIONS)? {
            let mut extension = extension.inside();
            let kind = extension.expect(tlv::OBJECT_IDENTIFIER)?.oid()?;
            extension.optional(tlv::BOOLEAN)?;
            let value = extension.expect(tlv::OCTET_STRING)?.content;
            match kind {
                oid::KEY_USAGE => self.read_usage(value)?,
                oid::BASIC_CONSTRAINTS => self.read_constraints(value)?,
                oid::KEY_ID => {
                    let id = Reader::new(value).expect(tlv::OCTET_STRING)?;
                    self.key_id = Some(id.content.to_vec());
                }
                oid::DIRECTORY_ATTRIBUTES => self.read_codes(value)?,
                // Only an e-mail address for people: an odd one must not cost the certificate.
                oid::ALTERNATIVE_NAME => self.read_alternative_names(value).unwrap_or_default(),
                oid::EXTENDED_USAGE => {
                    let seal = tlv::oid(oid::ELECTRONIC_SEAL);
                    let usages = Reader::sequence_in(value)?.all(MAX_EXTENSIONS)?;
                    self.is_electronic_seal = usages.iter().any(|usage| usage.whole == seal);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn read_usage(&mut self, value: &[u8]) -> Result<(), DerError> {
        let bits = Reader::new(value).expect(tlv::BIT_STRING)?.content;
        let first = bits.get(1).copied().unwrap_or(0);
        self.usages.clear();
        if first & SIGNING_BITS != 0 {
            self.usages.push(Usage::Signing);
        }
        if first & AGREEMENT_BITS != 0 {
            self.usages.push(Usage::Agreement);
        }
        self.signs_certificates = first & CERTIFICATE_SIGN_BIT != 0;
        Ok(())
    }

    fn read_constraints(&mut self, value: &[u8]) -> Result<(), DerError> {
        let mut constraints = Reader::sequence_in(value)?;
        let authority = constraints.optional(tlv::BOOLEAN)?;
        self.is_authority = authority.is_some_and(|flag| flag.content != [0]);
        if let Some(length) = constraints.optional(tlv::INTEGER)? {
            self.path_length = Some(length.number()?);
        }
        Ok(())
    }

    /// subjectDirectoryAttributes: `SEQUENCE OF { OID, SET OF string }` (ukraine.md §4.1).
    fn read_codes(&mut self, value: &[u8]) -> Result<(), DerError> {
        for attribute in Reader::sequence_in(value)?.all(MAX_EXTENSIONS)? {
            let mut attribute = attribute.inside();
            let kind = attribute.expect(tlv::OBJECT_IDENTIFIER)?.oid()?;
            let values = attribute.expect(tlv::SET)?.inside().all(MAX_EXTENSIONS)?;
            let code = values.first().map(name::text).map(|code| code.trim().to_owned());
            let code = code.filter(|code| !code.is_empty());
            match kind {
                oid::EDRPOU => self.subject.edrpou = code,
                oid::DRFO => self.subject.drfo = code,
                _ => {}
            }
        }
        Ok(())
    }

    fn read_alternative_names(&mut self, value: &[u8]) -> Result<(), DerError> {
        for name in Reader::sequence_in(value)?.all(MAX_EXTENSIONS)? {
            // rfc822Name [1] IA5String (RFC 5280 §4.2.1.6).
            if name.tag == tlv::context_primitive(1) && self.subject.email.is_none() {
                self.subject.email = Some(name::text(&name));
            }
        }
        Ok(())
    }

    /// Codes of the newer fashion, when the extension did not say them.
    fn fill_codes_from_name(&mut self) {
        let after = |found: &str, prefix| found.strip_prefix(prefix).map(str::to_owned);
        for (kind, value) in name::attributes(&self.subject_der).unwrap_or_default() {
            match kind {
                oid::ORGANISATION_IDENTIFIER if self.subject.edrpou.is_none() => {
                    self.subject.edrpou = after(&value, "NTRUA-");
                }
                oid::SERIAL_NUMBER if self.subject.drfo.is_none() => {
                    self.subject.drfo = after(&value, "TINUA-");
                }
                _ => {}
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

    /// DER of the subject `Name`, byte for byte.
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

/// What certificates, requests and revocation lists have in common: the signed part, the
/// algorithm, the BIT STRING.
pub(super) fn signed_parts(der: &[u8]) -> Result<[Element<'_>; 3], DerError> {
    let mut outer = Reader::sequence_in(der)?;
    let parts = [
        outer.expect(tlv::SEQUENCE)?,
        outer.expect(tlv::SEQUENCE)?,
        outer.expect(tlv::BIT_STRING)?,
    ];
    outer.finish()?;
    Ok(parts)
}

/// Checks the signature of a certificate, request or revocation list with a DER
/// `SubjectPublicKeyInfo`; `what` names it.
pub(super) fn check_signed(
    der: &[u8],
    what: &'static str,
    public_key: &[u8],
    suite: &(dyn Suite + '_),
) -> Result<(), CryptoError> {
    let [signed, algorithm, bits] = signed_parts(der).map_err(|e| e.of(what))?;
    let signature = Signature {
        algorithm: algorithm.whole.to_vec(),
        bytes: bits.octets_of_bits().map_err(|e| e.of(what))?.to_vec(),
    };
    suite.verify_bytes(public_key, signed.whole, &signature).map_err(|error| match error {
        CryptoError::BadSignature { .. } => CryptoError::BadSignature { what },
        other => other,
    })
}

/// The signed part, the algorithm and the BIT STRING as one.
pub(super) fn assemble_signed(signed: &[u8], signature: &Signature) -> Vec<u8> {
    tlv::sequence(&[signed, &signature.algorithm, &tlv::bits(&signature.bytes)])
}

/// Lower-case hexadecimal without leading zeros.
pub(super) fn hexadecimal(octets: &[u8]) -> String {
    let digits: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() { "0".to_owned() } else { significant.to_owned() }
}

fn read_subject(der: &[u8]) -> Result<Subject, DerError> {
    let mut subject = Subject::default();
    for (kind, value) in name::attributes(der)? {
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
    Ok(subject)
}
