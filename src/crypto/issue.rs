//! Certificates as an authority makes them: for the simulated authority, the demonstration and
//! the tests. Any suite signs; the structures are the same (RFC 5280 §4, §5; ukraine.md §4).

use std::time::Duration;

use der::asn1::{Any, BitString, Ia5String, OctetString, SetOfVec};
use der::{DateTime, Decode as _, Encode as _, Tag};
use rsa::signature::Keypair;
use sha2::Digest as _;
use spki::{
    AlgorithmIdentifierOwned, DynSignatureAlgorithmIdentifier, EncodePublicKey,
    SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef,
};
use x509_cert::attr::Attribute;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{self, Builder as _, CertificateBuilder};
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CrlNumber, ExtendedKeyUsage, KeyUsage, KeyUsages,
    SubjectAltName, SubjectDirectoryAttributes, SubjectKeyIdentifier,
};
use x509_cert::ext::{Criticality, Extension, ToExtension as _};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::{Time, Validity};
use x509_cert::{TbsCertificate, Version};

use super::certificate::{Certificate, Usage};
use super::key::{Pair, PrivateKey};
use super::oid;
use super::revocation::{LIST, RevocationList};
use super::suite::{CryptoError, Suite, malformed};
use crate::time::Timestamp;

const WHAT: &str = "certificate";

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
    /// subjectKeyIdentifier, when it is not [`Suite::key_id`].
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

    fn key_id(&self, suite: &dyn Suite) -> Result<OctetString, CryptoError> {
        let id = self.key_id.clone().map_or_else(|| suite.key_id(&self.public_key), Ok)?;
        OctetString::new(id).map_err(malformed(WHAT))
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
        public_key: issuer.certificate.public_key(),
        key_id: issuer
            .certificate
            .key_id()
            .map(OctetString::new)
            .transpose()
            .map_err(malformed(WHAT))?,
        key: &issuer.key,
    };
    sign(template, above, suite, chance)
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
        public_key: &template.public_key,
        key_id: Some(template.key_id(suite)?),
        key,
    };
    sign(template, above, suite, chance)
}

struct Above<'a> {
    name: &'a [u8],
    public_key: &'a [u8],
    key_id: Option<OctetString>,
    key: &'a PrivateKey,
}

/// The signed part repeats the algorithm of its own signature, so the suite is asked for that
/// first, with a signature over nothing.
fn algorithm_of(
    key: &PrivateKey,
    suite: &dyn Suite,
    chance: &mut dyn super::CryptoRng,
) -> Result<AlgorithmIdentifierOwned, CryptoError> {
    let (algorithm, _) = suite.sign_bytes(key, &[], chance)?.parts().map_err(malformed(WHAT))?;
    Ok(algorithm)
}

fn sign(
    template: &Template,
    above: Above<'_>,
    suite: &dyn Suite,
    chance: &mut dyn super::CryptoRng,
) -> Result<Certificate, CryptoError> {
    let issuer = Issuer {
        algorithm: algorithm_of(above.key, suite, chance)?,
        public_key: PublicKey(above.public_key.to_vec()),
    };
    let key_id = template.key_id(suite)?;
    let prepared = prepare(template, &above, key_id).map_err(malformed(WHAT))?;
    let wrong =
        |error: builder::Error| CryptoError::Malformed { what: WHAT, detail: error.to_string() };
    let (contents, serial, validity, public_key) = prepared;
    let mut builder =
        CertificateBuilder::new(contents, serial, validity, public_key).map_err(wrong)?;
    let signed = builder.finalize(&issuer).map_err(wrong)?;
    let signature = suite.sign_bytes(above.key, &signed, chance)?;
    let signature = BitString::from_bytes(&signature.bytes).map_err(malformed(WHAT))?;
    let certificate = builder.assemble(signature, &issuer).map_err(wrong)?;
    Certificate::read_der(&certificate.to_der().map_err(malformed(WHAT))?)
        .map_err(|e| CryptoError::Malformed { what: WHAT, detail: e.detail })
}

fn prepare(
    template: &Template,
    above: &Above<'_>,
    key_id: OctetString,
) -> der::Result<(Contents, SerialNumber, Validity, SubjectPublicKeyInfoOwned)> {
    let contents = Contents {
        subject: Name::from_der(&template.subject)?,
        issuer: Name::from_der(above.name)?,
        extensions: extensions(template, key_id, above.key_id.clone())?,
    };
    let validity = Validity::new(time(template.not_before)?, time(template.not_after)?);
    let public_key = SubjectPublicKeyInfoOwned::from_der(&template.public_key)?;
    Ok((contents, SerialNumber::new(&template.serial)?, validity, public_key))
}

/// UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5).
pub(super) fn time(at: Timestamp) -> der::Result<Time> {
    let seconds = u64::try_from(at.0).map_err(|_| der::ErrorKind::DateTime)?;
    Ok(DateTime::from_unix_duration(Duration::from_secs(seconds))?.into())
}

/// What the builder of `x509_cert` asks its profile for, decided beforehand.
struct Contents {
    subject: Name,
    issuer: Name,
    extensions: Vec<Extension>,
}

impl BuilderProfile for Contents {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        _key: SubjectPublicKeyInfoRef<'_>,
        _issuer: SubjectPublicKeyInfoRef<'_>,
        _tbs: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        Ok(self.extensions.clone())
    }
}

/// What the builder asks of a signer. Signing itself goes through the [`Suite`].
struct Issuer {
    algorithm: AlgorithmIdentifierOwned,
    public_key: PublicKey,
}

/// DER `SubjectPublicKeyInfo`.
#[derive(Clone)]
struct PublicKey(Vec<u8>);

impl EncodePublicKey for PublicKey {
    fn to_public_key_der(&self) -> spki::Result<der::Document> {
        Ok(der::Document::try_from(self.0.as_slice())?)
    }
}

impl Keypair for Issuer {
    type VerifyingKey = PublicKey;

    fn verifying_key(&self) -> PublicKey {
        self.public_key.clone()
    }
}

impl DynSignatureAlgorithmIdentifier for Issuer {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        Ok(self.algorithm.clone())
    }
}

fn extensions(
    template: &Template,
    key_id: OctetString,
    issuer: Option<OctetString>,
) -> der::Result<Vec<Extension>> {
    let mut found = Extensions::default();
    found.add(&SubjectKeyIdentifier(key_id))?;
    if let Some(id) = issuer {
        found.add(&authority_key_id(id))?;
    }
    found.add(&usage(template)?)?;
    let (ca, length) = match template.role {
        Role::Authority { path_length } => (true, path_length),
        _ => (false, None),
    };
    let path_len_constraint = length.map(u8::try_from).transpose();
    let path_len_constraint = path_len_constraint.map_err(|_| der::ErrorKind::Overflow)?;
    found.add(&BasicConstraints { ca, path_len_constraint })?;
    if template.is_electronic_seal {
        found.add(&ExtendedKeyUsage(vec![oid::ELECTRONIC_SEAL]))?;
    }
    if let Some(email) = &template.email {
        found.add(&SubjectAltName(vec![GeneralName::Rfc822Name(Ia5String::new(email)?)]))?;
    }
    let mut codes = Vec::new();
    for (oid, code) in [(oid::DRFO, &template.drfo), (oid::EDRPOU, &template.edrpou)] {
        if let Some(code) = code {
            let value = Any::new(Tag::PrintableString, code.as_bytes())?;
            codes.push(Attribute { oid, values: SetOfVec::try_from([value])? });
        }
    }
    if !codes.is_empty() {
        found.add(&SubjectDirectoryAttributes(codes))?;
    }
    Ok(found.0)
}

#[derive(Default)]
struct Extensions(Vec<Extension>);

impl Extensions {
    /// Critical or not as RFC 5280 wants it.
    fn add<E>(&mut self, extension: &E) -> der::Result<()>
    where
        E: Criticality + der::oid::AssociatedOid + der::Encode,
    {
        self.0.push(extension.to_extension(&Name::default(), &self.0)?);
        Ok(())
    }
}

/// keyUsage; an RSA key can't agree, it is enciphered to (RFC 5280 §4.2.1.3).
fn usage(template: &Template) -> der::Result<KeyUsage> {
    let key = SubjectPublicKeyInfoRef::from_der(&template.public_key)?;
    let agreement = match key.algorithm.oid {
        oid::RSA => KeyUsages::KeyEncipherment,
        _ => KeyUsages::KeyAgreement,
    };
    let signing = KeyUsages::DigitalSignature | KeyUsages::NonRepudiation;
    Ok(KeyUsage(match template.role {
        Role::Half(Usage::Signing) => signing,
        Role::Half(Usage::Agreement) => agreement.into(),
        Role::Both => signing | agreement,
        Role::Authority { .. } => KeyUsages::KeyCertSign | KeyUsages::CRLSign,
    }))
}

fn authority_key_id(id: OctetString) -> AuthorityKeyIdentifier {
    AuthorityKeyIdentifier { key_identifier: Some(id), ..Default::default() }
}

/// What [`Suite::key_id`] is by default.
pub(super) fn key_id(public_key: &[u8]) -> der::Result<Vec<u8>> {
    let key = SubjectPublicKeyInfoRef::from_der(public_key)?;
    let digest = sha2::Sha256::digest(key.subject_public_key.raw_bytes());
    Ok(digest.iter().take(20).copied().collect())
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
    let algorithm = algorithm_of(&issuer.key, suite, chance)?;
    let updates = (this_update, next_update);
    let tbs_cert_list =
        list(issuer, revoked, number, updates, algorithm).map_err(malformed(LIST))?;
    let signed = tbs_cert_list.to_der().map_err(malformed(LIST))?;
    let signature = suite.sign_bytes(&issuer.key, &signed, chance)?;
    let (signature_algorithm, signature) = signature.parts().map_err(malformed(LIST))?;
    let list = CertificateList { tbs_cert_list, signature_algorithm, signature };
    RevocationList::read(&list.to_der().map_err(malformed(LIST))?)
        .map_err(|e| CryptoError::Malformed { what: LIST, detail: e.detail })
}

fn list(
    issuer: &Pair,
    revoked: &[(&Certificate, Timestamp)],
    number: u32,
    (this_update, next_update): (Timestamp, Timestamp),
    signature: AlgorithmIdentifierOwned,
) -> der::Result<TbsCertList> {
    let mut entries = Vec::with_capacity(revoked.len());
    for (certificate, at) in revoked {
        entries.push(RevokedCert {
            serial_number: certificate.serial_number()?,
            revocation_date: time(*at)?,
            crl_entry_extensions: None,
        });
    }
    let mut extensions = Extensions::default();
    if let Some(id) = issuer.certificate.key_id() {
        extensions.add(&authority_key_id(OctetString::new(id)?))?;
    }
    extensions.add(&CrlNumber::try_from(number)?)?;
    Ok(TbsCertList {
        version: Version::V2,
        signature,
        issuer: Name::from_der(issuer.certificate.subject_der())?,
        this_update: time(this_update)?,
        next_update: Some(time(next_update)?),
        // An empty list of entries must not be there at all (RFC 5280 §5.1.2.6).
        revoked_certificates: Some(entries).filter(|entries| !entries.is_empty()),
        crl_extensions: Some(extensions.0),
    })
}
