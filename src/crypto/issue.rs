//! Certificates as an authority makes them: for the simulated authority, the demonstration and
//! the tests. Any suite signs; the structures are the same (RFC 5280 §4, §5; ukraine.md §4).

use std::collections::BTreeMap;

use sha2::Digest as _;

use super::ber;
use super::certificate::{
    Certificate, CertificateError, Usage, assemble_signed, check_signed, signed_parts,
};
use super::key::{Pair, PrivateKey};
use super::oid;
use super::suite::{CryptoError, Suite};
use super::tlv::{self, DerError, Reader};
use crate::time::Timestamp;

/// No list that we are handed has more entries.
const MAX_REVOKED: usize = 1_000_000;

/// What the key of a new certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// One half of a holder's pair.
    Half(Usage),
    /// A pair in one: signs and agrees (ukraine.md §4.3, certificates before 2014).
    Both,
    /// Signs certificates and revocation lists.
    Authority { path_length: Option<u32> },
}

/// What an authority decides about a certificate before it signs.
#[derive(Clone, Debug)]
pub struct Template {
    /// DER `Name`; [`name::build`](super::name::build) makes one.
    pub subject: Vec<u8>,
    /// Big-endian, at most 20 octets (RFC 5280 §4.1.2.2).
    pub serial: Vec<u8>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// DER `SubjectPublicKeyInfo`, as a request carries it.
    pub public_key: Vec<u8>,
    pub role: Role,
    /// ЄДРПОУ for subjectDirectoryAttributes.
    pub edrpou: Option<String>,
    /// ДРФО for subjectDirectoryAttributes.
    pub drfo: Option<String>,
    /// Extended usage «електронна печатка».
    pub is_electronic_seal: bool,
    /// rfc822Name.
    pub email: Option<String>,
    /// subjectKeyIdentifier, when the authority counts it its own way (ukraine.md §3.2).
    pub key_id: Option<Vec<u8>>,
}

impl Template {
    /// A template without codes, seal, e-mail and a key identifier of its own.
    pub fn new(
        subject: Vec<u8>,
        public_key: Vec<u8>,
        role: Role,
        serial: u32,
        (not_before, not_after): (Timestamp, Timestamp),
    ) -> Self {
        Self {
            subject,
            serial: serial.to_be_bytes().to_vec(),
            not_before,
            not_after,
            public_key,
            role,
            edrpou: None,
            drfo: None,
            is_electronic_seal: false,
            email: None,
            key_id: None,
        }
    }

    fn key_id(&self) -> Result<Vec<u8>, DerError> {
        self.key_id.clone().map_or_else(|| key_id(&self.public_key), Ok)
    }
}

/// A certificate signed by `issuer`.
pub fn issue(
    template: &Template,
    issuer: &Pair,
    suite: &dyn Suite,
    chance: &mut dyn super::CryptoRng,
) -> Result<Certificate, CryptoError> {
    let above = Above {
        name: issuer.certificate.subject_der(),
        key_id: issuer.certificate.key_id().map(<[u8]>::to_vec),
        key: &issuer.key,
    };
    sign(template, &above, suite, chance)
}

/// A certificate signed by its own key: a root.
pub fn self_signed(
    template: &Template,
    key: &PrivateKey,
    suite: &dyn Suite,
    chance: &mut dyn super::CryptoRng,
) -> Result<Certificate, CryptoError> {
    let above = Above {
        name: &template.subject,
        key_id: Some(template.key_id().map_err(|e| e.of("public key"))?),
        key,
    };
    sign(template, &above, suite, chance)
}

struct Above<'a> {
    name: &'a [u8],
    key_id: Option<Vec<u8>>,
    key: &'a PrivateKey,
}

/// The signed part repeats the algorithm of its own signature, so the suite is asked for that
/// first, with a signature over nothing.
fn algorithm_of(
    key: &PrivateKey,
    suite: &dyn Suite,
    chance: &mut dyn super::CryptoRng,
) -> Result<Vec<u8>, CryptoError> {
    Ok(suite.sign_bytes(key, &[], chance)?.algorithm)
}

fn sign(
    template: &Template,
    above: &Above<'_>,
    suite: &dyn Suite,
    chance: &mut dyn super::CryptoRng,
) -> Result<Certificate, CryptoError> {
    let extensions = extensions(template, above).map_err(|e| e.of("public key"))?;
    let signed = tlv::sequence(&[
        &tlv::element(tlv::context(0), &[&tlv::number(2)]),
        &tlv::unsigned(&template.serial),
        &algorithm_of(above.key, suite, chance)?,
        above.name,
        &tlv::sequence(&[&tlv::time(template.not_before), &tlv::time(template.not_after)]),
        &template.subject,
        &template.public_key,
        &tlv::element(tlv::context(3), &[&extensions]),
    ]);
    let signature = suite.sign_bytes(above.key, &signed, chance)?;
    Certificate::read_der(&assemble_signed(&signed, &signature))
        .map_err(|e| CryptoError::Malformed { what: "certificate", detail: e.detail })
}

fn extensions(template: &Template, above: &Above<'_>) -> Result<Vec<u8>, DerError> {
    let mut parts = vec![extension(oid::KEY_ID, false, &tlv::octets(&template.key_id()?))];
    if let Some(id) = &above.key_id {
        parts.push(authority_key_id(id));
    }
    parts.push(extension(oid::KEY_USAGE, true, &usage_bits(template)?));
    let constraints = match template.role {
        Role::Authority { path_length } => {
            let length = path_length.map(tlv::number).unwrap_or_default();
            tlv::sequence(&[&tlv::element(tlv::BOOLEAN, &[&[0xFF]]), &length])
        }
        _ => tlv::sequence(&[]),
    };
    parts.push(extension(oid::BASIC_CONSTRAINTS, true, &constraints));
    if template.is_electronic_seal {
        let usages = tlv::sequence(&[&tlv::oid(oid::ELECTRONIC_SEAL)]);
        parts.push(extension(oid::EXTENDED_USAGE, false, &usages));
    }
    if let Some(email) = &template.email {
        let name = tlv::element(tlv::context_primitive(1), &[email.as_bytes()]);
        parts.push(extension(oid::ALTERNATIVE_NAME, false, &tlv::sequence(&[&name])));
    }
    let codes = [(oid::DRFO, &template.drfo), (oid::EDRPOU, &template.edrpou)];
    let codes: Vec<Vec<u8>> = codes
        .into_iter()
        .filter_map(|(kind, code)| {
            let value = tlv::element(tlv::PRINTABLE_STRING, &[code.as_ref()?.as_bytes()]);
            Some(tlv::sequence(&[&tlv::oid(kind), &tlv::element(tlv::SET, &[&value])]))
        })
        .collect();
    if !codes.is_empty() {
        let codes: Vec<&[u8]> = codes.iter().map(Vec::as_slice).collect();
        parts.push(extension(oid::DIRECTORY_ATTRIBUTES, false, &tlv::sequence(&codes)));
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    Ok(tlv::sequence(&parts))
}

/// keyUsage; an RSA key can't agree, it is enciphered to (RFC 5280 §4.2.1.3).
fn usage_bits(template: &Template) -> Result<Vec<u8>, DerError> {
    let mut key = Reader::sequence_in(&template.public_key)?;
    let (kind, _) = tlv::algorithm(key.expect(tlv::SEQUENCE)?.whole)?;
    let agreement = if kind == oid::RSA { 0x20 } else { 0x08 };
    let bits: u8 = match template.role {
        Role::Half(Usage::Signing) => 0xC0,
        Role::Half(Usage::Agreement) => agreement,
        Role::Both => 0xC0 | agreement,
        Role::Authority { .. } => 0x06,
    };
    let unused = u8::try_from(bits.trailing_zeros()).unwrap_or(0);
    Ok(tlv::element(tlv::BIT_STRING, &[&[unused, bits]]))
}

fn extension(kind: const_oid::ObjectIdentifier, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { tlv::element(tlv::BOOLEAN, &[&[0xFF]]) } else { Vec::new() };
    tlv::sequence(&[&tlv::oid(kind), &critical, &tlv::octets(value)])
}

fn authority_key_id(id: &[u8]) -> Vec<u8> {
    let id = tlv::element(tlv::context_primitive(0), &[id]);
    extension(oid::AUTHORITY_KEY_ID, false, &tlv::sequence(&[&id]))
}

/// The first 160 bits of the SHA-256 of the key's bits (RFC 7093 §2, method 1).
fn key_id(public_key: &[u8]) -> Result<Vec<u8>, DerError> {
    let mut key = Reader::sequence_in(public_key)?;
    key.expect(tlv::SEQUENCE)?;
    let bits = key.expect(tlv::BIT_STRING)?.content;
    let digest = sha2::Sha256::digest(bits.get(1..).unwrap_or_default());
    Ok(digest.iter().take(20).copied().collect())
}

/// A revocation list (RFC 5280 §5), read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationList {
    der: Vec<u8>,
    issuer_der: Vec<u8>,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    /// Content octets of the serial → when it was revoked.
    revoked: BTreeMap<Vec<u8>, Timestamp>,
}

impl RevocationList {
    /// Reads DER, BER or PEM. The signature is a question of its own: [`Self::is_issued_by`].
    pub fn read(bytes: &[u8]) -> Result<Self, CertificateError> {
        let der = ber::door(bytes).map_err(|e| CertificateError { detail: e.to_string() })?;
        let [signed, _, _] = signed_parts(&der)?;
        let mut inside = signed.inside();
        inside.optional(tlv::INTEGER)?;
        inside.expect(tlv::SEQUENCE)?;
        let issuer_der = inside.expect(tlv::SEQUENCE)?.whole.to_vec();
        let this_update = inside.any()?.time()?;
        let next_update = match inside.peek() {
            Some(tlv::UTC_TIME | tlv::GENERALIZED_TIME) => Some(inside.any()?.time()?),
            _ => None,
        };
        let mut revoked = BTreeMap::new();
        if let Some(entries) = inside.optional(tlv::SEQUENCE)? {
            for entry in entries.inside().all(MAX_REVOKED)? {
                let mut entry = entry.inside();
                let serial = entry.expect(tlv::INTEGER)?.content.to_vec();
                revoked.insert(serial, entry.any()?.time()?);
            }
        }
        Ok(Self { der, issuer_der, this_update, next_update, revoked })
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }

    pub fn issuer_der(&self) -> &[u8] {
        &self.issuer_der
    }

    pub fn this_update(&self) -> Timestamp {
        self.this_update
    }

    pub fn next_update(&self) -> Option<Timestamp> {
        self.next_update
    }

    /// When the certificate with this serial ([`Certificate::serial_bytes`]) was revoked.
    pub fn revoked_at(&self, serial: &[u8]) -> Option<Timestamp> {
        self.revoked.get(serial).copied()
    }

    /// Whether `issuer`'s key signed this list.
    pub fn is_issued_by(&self, issuer: &Certificate, suite: &dyn Suite) -> Result<(), CryptoError> {
        check_signed(&self.der, "revocation list", issuer.public_key(), suite)
    }
}

/// A revocation list of `issuer`: `revoked` certificates with the moment of their end.
pub fn revocation_list(
    issuer: &Pair,
    revoked: &[(&Certificate, Timestamp)],
    number: u32,
    (this_update, next_update): (Timestamp, Timestamp),
    suite: &dyn Suite,
    chance: &mut dyn super::CryptoRng,
) -> Result<RevocationList, CryptoError> {
    let entries: Vec<Vec<u8>> = revoked
        .iter()
        .map(|(certificate, at)| {
            let serial = tlv::element(tlv::INTEGER, &[certificate.serial_bytes()]);
            tlv::sequence(&[&serial, &tlv::time(*at)])
        })
        .collect();
    let entries: Vec<&[u8]> = entries.iter().map(Vec::as_slice).collect();
    // An empty list of entries must not be there at all (RFC 5280 §5.1.2.6).
    let entries = if entries.is_empty() { Vec::new() } else { tlv::sequence(&entries) };
    let mut extensions = issuer.certificate.key_id().map(authority_key_id).unwrap_or_default();
    extensions.extend(extension(oid::LIST_NUMBER, false, &tlv::number(number)));
    let signed = tlv::sequence(&[
        &tlv::number(1),
        &algorithm_of(&issuer.key, suite, chance)?,
        issuer.certificate.subject_der(),
        &tlv::time(this_update),
        &tlv::time(next_update),
        &entries,
        &tlv::element(tlv::context(0), &[&tlv::sequence(&[&extensions])]),
    ]);
    let signature = suite.sign_bytes(&issuer.key, &signed, chance)?;
    RevocationList::read(&assemble_signed(&signed, &signature))
        .map_err(|e| CryptoError::Malformed { what: "revocation list", detail: e.detail })
}
