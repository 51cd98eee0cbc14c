//! `SignedData` (RFC 5652 §5) with attached content.

use cms::cert::IssuerAndSerialNumber;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    DigestAlgorithmIdentifiers, EncapsulatedContentInfo, SignerIdentifier, SignerInfo,
};
use const_oid::ObjectIdentifier;
use der::asn1::{Any, AnyRef, OctetString, OctetStringRef, SetOfVec};
use der::{Decode as _, Encode as _, Reader as _, Sequence};
use spki::AlgorithmIdentifierOwned;
use x509_cert::attr::{Attribute, Attributes};
use x509_cert::ext::pkix::name::{GeneralName, GeneralNames};
use x509_cert::serial_number::SerialNumber;

use super::{content_info, door, is_key_of, is_of, issuer_and_serial, not_expected};
use crate::crypto::certificate::{Certificate, timestamp};
use crate::crypto::oid;
use crate::crypto::suite::{CryptoError, Signature, SignedLayer, malformed};
use crate::time::Timestamp;

const WHAT: &str = "SignedData";
const INFO: &str = "SignerInfo";
/// The tag octet of SET.
const SET: u8 = 0x31;
/// A notice has a handful of signers (ukraine.md §2.5); nobody has more.
const MAX_SIGNERS: usize = 16;
/// No honest sender sends along more certificates.
const MAX_CERTIFICATES: usize = 64;

/// `cms::signed_data::SignedData` whose certificates and signers are not decoded yet. The
/// crate's own type writes certificates anew, which changes what their issuers signed when they
/// are not strict DER, and refuses the whole message for one certificate that it does not read.
#[derive(Sequence)]
struct SignedDataRef<'a> {
    version: CmsVersion,
    digest_algorithms: DigestAlgorithmIdentifiers,
    encap_content_info: EncapsulatedContentInfo,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    certificates: Option<SetOfVec<AnyRef<'a>>>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    crls: Option<SetOfVec<AnyRef<'a>>>,
    signer_infos: SetOfVec<AnyRef<'a>>,
}

/// `SigningCertificateV2` (RFC 5035 §3), which `cms` does not have.
#[derive(Sequence)]
struct SigningCertificateV2 {
    certs: Vec<EssCertIdV2>,
    policies: Option<Any>,
}

#[derive(Sequence)]
struct EssCertIdV2 {
    /// SHA-256 is left out: DER forbids to write the default.
    hash_algorithm: Option<AlgorithmIdentifierOwned>,
    cert_hash: OctetString,
    issuer_serial: Option<IssuerSerial>,
}

#[derive(Sequence)]
struct IssuerSerial {
    issuer: GeneralNames,
    serial_number: SerialNumber,
}

/// What a suite brings to verification.
pub(in crate::crypto) trait Mathematics {
    fn digest(
        &self,
        algorithm: &AlgorithmIdentifierOwned,
        bytes: &[u8],
    ) -> Result<Vec<u8>, CryptoError>;

    /// The signature of a `SignerInfo`; unlike in certificates, its algorithm may leave the
    /// digest to `digest_algorithm` (RFC 5754 §3.2).
    fn verify_signer(
        &self,
        public_key: &[u8],
        digest_algorithm: &AlgorithmIdentifierOwned,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), CryptoError>;
}

/// What a suite brings to signing.
pub(in crate::crypto) struct Plan<'a> {
    pub digest_algorithm: AlgorithmIdentifierOwned,
    pub digest: &'a dyn Fn(&[u8]) -> Vec<u8>,
    /// Signs the DER of the attributes.
    pub sign: &'a mut dyn FnMut(&[u8]) -> Result<Signature, CryptoError>,
}

/// One signer, content attached, certificate included; contentType, messageDigest, signingTime,
/// signingCertificateV2 (RFC 5652 §11, RFC 5035 §3).
pub(in crate::crypto) fn sign(
    content: &[u8],
    signer: &Certificate,
    at: Timestamp,
    plan: Plan<'_>,
) -> Result<Vec<u8>, CryptoError> {
    let attributes = attributes(content, signer, at, &plan).map_err(malformed(INFO))?;
    let signature = (plan.sign)(&attributes.to_der().map_err(malformed(INFO))?)?;
    assemble(content, signer, plan.digest_algorithm, attributes, &signature)
        .map_err(malformed(WHAT))
}

fn attributes(
    content: &[u8],
    signer: &Certificate,
    at: Timestamp,
    plan: &Plan<'_>,
) -> der::Result<Attributes> {
    let IssuerAndSerialNumber { issuer, serial_number } = issuer_and_serial(signer)?;
    let id = EssCertIdV2 {
        hash_algorithm: Some(plan.digest_algorithm.clone()).filter(|a| a.oid != oid::SHA256),
        cert_hash: OctetString::new((plan.digest)(signer.der()))?,
        issuer_serial: Some(IssuerSerial {
            issuer: vec![GeneralName::DirectoryName(issuer)],
            serial_number,
        }),
    };
    let id = SigningCertificateV2 { certs: vec![id], policies: None };
    let digest = OctetString::new((plan.digest)(content))?;
    let one = |oid, value| -> der::Result<Attribute> {
        Ok(Attribute { oid, values: SetOfVec::try_from([value?])? })
    };
    SetOfVec::try_from([
        one(oid::CONTENT_TYPE, Any::encode_from(&oid::DATA))?,
        one(oid::MESSAGE_DIGEST, Any::encode_from(&digest))?,
        one(oid::SIGNING_TIME, Any::encode_from(&crate::crypto::issue::time(at)?))?,
        one(oid::SIGNING_CERTIFICATE_V2, Any::encode_from(&id))?,
    ])
}

fn assemble(
    content: &[u8],
    signer: &Certificate,
    digest_alg: AlgorithmIdentifierOwned,
    attributes: Attributes,
    signature: &Signature,
) -> der::Result<Vec<u8>> {
    let info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(issuer_and_serial(signer)?),
        digest_alg: digest_alg.clone(),
        signed_attrs: Some(attributes),
        signature_algorithm: AlgorithmIdentifierOwned::from_der(&signature.algorithm)?,
        signature: OctetString::new(signature.bytes.as_slice())?,
        unsigned_attrs: None,
    };
    let info = info.to_der()?;
    let content = Any::encode_from(&OctetStringRef::new(content)?)?;
    let signed = SignedDataRef {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from([digest_alg])?,
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: oid::DATA,
            econtent: Some(content),
        },
        certificates: Some(SetOfVec::try_from([AnyRef::from_der(signer.der())?])?),
        crls: None,
        signer_infos: SetOfVec::try_from([AnyRef::from_der(&info)?])?,
    };
    content_info(oid::SIGNED_DATA, &signed)
}

/// The content of a `ContentInfo` that came through the door.
fn open_content_info(der: &[u8]) -> Result<Any, CryptoError> {
    let info = ContentInfo::from_der(der).map_err(malformed(WHAT))?;
    match info.content_type {
        oid::SIGNED_DATA => Ok(info.content),
        other => Err(not_expected(other, WHAT)),
    }
}

impl SignedDataRef<'_> {
    /// What is no certificate that we read can't be a signer's, and is left out.
    fn certificates(&self) -> Result<Vec<Certificate>, CryptoError> {
        let Some(set) = &self.certificates else { return Ok(Vec::new()) };
        if set.len() > MAX_CERTIFICATES {
            let detail = format!("more than {MAX_CERTIFICATES} certificates");
            return Err(CryptoError::Malformed { what: WHAT, detail });
        }
        let one = |any: &AnyRef<'_>| Certificate::read_der(&any.to_der().ok()?).ok();
        Ok(set.iter().filter_map(one).collect())
    }

    fn signers(&self) -> Result<impl Iterator<Item = &AnyRef<'_>>, CryptoError> {
        if self.signer_infos.len() <= MAX_SIGNERS {
            return Ok(self.signer_infos.iter());
        }
        let detail = format!("more than {MAX_SIGNERS} signers");
        Err(CryptoError::Malformed { what: WHAT, detail })
    }
}

/// Verifies every signer; `known` are certificates that may be a signer's when none came along.
pub(in crate::crypto) fn verify(
    bytes: &[u8],
    known: &[Certificate],
    mathematics: &dyn Mathematics,
) -> Result<Vec<SignedLayer>, CryptoError> {
    let signed = look(bytes, known, &|_| Some(mathematics))?;
    if signed.signers.is_empty() {
        let detail = "nobody signed".to_owned();
        return Err(CryptoError::Malformed { what: WHAT, detail });
    }
    if signed.content.is_none() {
        let detail = "the signed content does not come along".to_owned();
        return Err(CryptoError::Unsupported { what: WHAT, detail });
    }
    signed.signers.into_iter().map(|signer| signer.outcome).collect()
}

/// A `SignedData` with what became of each of its signers.
pub(in crate::crypto) struct Looked {
    /// `None` when it does not come along.
    pub content: Option<Vec<u8>>,
    pub certificates: Vec<Certificate>,
    pub signers: Vec<LookedSigner>,
}

pub(in crate::crypto) struct LookedSigner {
    pub sid: SignerIdentifier,
    pub algorithm: ObjectIdentifier,
    pub outcome: Result<SignedLayer, CryptoError>,
}

/// Mathematics for a signature algorithm.
pub(in crate::crypto) type Choose<'a> = &'a dyn Fn(ObjectIdentifier) -> Option<&'a dyn Mathematics>;

/// Tries every signer with the mathematics that `choose` has for its algorithm.
pub(in crate::crypto) fn look(
    bytes: &[u8],
    known: &[Certificate],
    choose: Choose<'_>,
) -> Result<Looked, CryptoError> {
    let data = open_content_info(&door(bytes, WHAT)?)?;
    let signed: SignedDataRef<'_> = data.decode_as().map_err(malformed(WHAT))?;
    let attached = signed.encap_content_info.econtent.as_ref();
    // PKCS#7 wrapped whole structures here, without the OCTET STRING.
    let content = attached.map(|attached| attached.decode_as::<&OctetStringRef>());
    let content = content.transpose().map_err(malformed(WHAT))?.map(OctetStringRef::as_bytes);
    let certificates = signed.certificates()?;
    let mut signers = Vec::new();
    for one in signed.signers()? {
        let info: SignerInfo = one.decode_as().map_err(malformed(INFO))?;
        let (sid, algorithm) = (info.sid.clone(), info.signature_algorithm.oid);
        let outcome = match (content, choose(algorithm)) {
            (None, _) => {
                let detail = "the signed content does not come along".to_owned();
                Err(CryptoError::Unsupported { what: WHAT, detail })
            }
            (_, None) => {
                let detail = format!("algorithm {algorithm}");
                Err(CryptoError::Unsupported { what: INFO, detail })
            }
            (Some(content), Some(mathematics)) => Signer {
                content_type: signed.encap_content_info.econtent_type,
                content,
                info,
                attributes: attributes_as_they_stand(*one).map_err(malformed(INFO))?,
                mathematics,
            }
            .verify(&certificates, known),
        };
        signers.push(LookedSigner { sid, algorithm, outcome });
    }
    Ok(Looked { content: content.map(<[u8]>::to_vec), certificates, signers })
}

/// The signed attributes of a `SignerInfo` in the order of the sender, as the SET OF that is
/// signed (§5.4): `SignerInfo` sorts them when it reads.
fn attributes_as_they_stand(info: AnyRef<'_>) -> der::Result<Vec<u8>> {
    info.sequence(|inside| {
        for _version_name_digest in 0..3 {
            inside.tlv_bytes()?;
        }
        // `[0] IMPLICIT`: the same but for the tag.
        let implicit = inside.tlv_bytes()?.get(1..).unwrap_or_default();
        inside.read_slice(inside.remaining_len())?;
        Ok([&[SET], implicit].concat())
    })
}

/// One `SignerInfo` with what it is about.
struct Signer<'a> {
    content_type: ObjectIdentifier,
    content: &'a [u8],
    info: SignerInfo,
    /// [`attributes_as_they_stand`]; without meaning when there are none.
    attributes: Vec<u8>,
    mathematics: &'a dyn Mathematics,
}

/// What the signed attributes say.
#[derive(Default)]
struct Facts {
    signing_time: Option<Timestamp>,
    /// The first `ESSCertIDv2`: the signer's own (RFC 5035 §3).
    certificate: Option<EssCertIdV2>,
}

impl Signer<'_> {
    fn verify(
        &self,
        certificates: &[Certificate],
        known: &[Certificate],
    ) -> Result<SignedLayer, CryptoError> {
        let facts = self.check_attributes()?;
        Ok(SignedLayer {
            content: self.content.to_vec(),
            signer: self.find(&facts, certificates, known)?,
            certificates: certificates.to_vec(),
            signing_time: facts.signing_time,
        })
    }

    /// The rules of RFC 5652 §5.3, §5.4 and §11 about signed attributes.
    fn check_attributes(&self) -> Result<Facts, CryptoError> {
        let bad = |detail: &str| CryptoError::Malformed { what: INFO, detail: detail.to_owned() };
        let Some(attributes) = &self.info.signed_attrs else {
            if self.content_type != oid::DATA {
                return Err(bad("no signed attributes, though the content is not plain data"));
            }
            // Signed attributes of one message, passed off as the content of another, would
            // verify: their SET is what was signed there.
            if is_attributes(self.content) {
                return Err(CryptoError::BadSignature { what: WHAT });
            }
            return Ok(Facts::default());
        };
        let mut facts = Facts::default();
        let (mut seen_type, mut seen_digest) = (false, false);
        for attribute in attributes.iter() {
            let single = || match attribute.values.as_slice() {
                [value] => Ok(value),
                _ => Err(bad("an attribute that should have one value")),
            };
            match attribute.oid {
                oid::CONTENT_TYPE => {
                    let says: ObjectIdentifier = single()?.decode_as().map_err(malformed(INFO))?;
                    if seen_type || says != self.content_type {
                        return Err(bad("contentType is not the content's"));
                    }
                    seen_type = true;
                }
                oid::MESSAGE_DIGEST => {
                    let digest = self.mathematics.digest(&self.info.digest_alg, self.content)?;
                    if seen_digest || single()?.value() != digest {
                        return Err(CryptoError::BadSignature { what: WHAT });
                    }
                    seen_digest = true;
                }
                oid::SIGNING_TIME => {
                    facts.signing_time = single()?.decode_as().ok().map(timestamp);
                }
                oid::SIGNING_CERTIFICATE_V2 => {
                    let ids: SigningCertificateV2 =
                        single()?.decode_as().map_err(malformed(INFO))?;
                    facts.certificate = ids.certs.into_iter().next();
                }
                _ => {}
            }
        }
        if seen_type && seen_digest {
            Ok(facts)
        } else {
            Err(bad("contentType or messageDigest is not among the signed attributes"))
        }
    }

    /// The certificate that this signer names and whose key holds. Several may bear the same
    /// name; a stranger's copy must not hide the right one.
    fn find(
        &self,
        facts: &Facts,
        inside: &[Certificate],
        known: &[Certificate],
    ) -> Result<Certificate, CryptoError> {
        let named = |certificate: &&Certificate| match &self.info.sid {
            SignerIdentifier::IssuerAndSerialNumber(name) => is_of(name, certificate),
            SignerIdentifier::SubjectKeyIdentifier(id) => is_key_of(id, certificate),
        };
        let mut refusal = CryptoError::UnknownSigner;
        for candidate in inside.iter().chain(known).filter(named) {
            match self.check_signature(candidate, facts) {
                Ok(()) => return Ok(candidate.clone()),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    fn check_signature(&self, signer: &Certificate, facts: &Facts) -> Result<(), CryptoError> {
        if let Some(EssCertIdV2 { hash_algorithm, cert_hash, .. }) = &facts.certificate {
            let sha256 = AlgorithmIdentifierOwned { oid: oid::SHA256, parameters: None };
            let algorithm = hash_algorithm.as_ref().unwrap_or(&sha256);
            if self.mathematics.digest(algorithm, signer.der())? != cert_hash.as_bytes() {
                return Err(CryptoError::BadSignature { what: WHAT });
            }
        }
        let signature = Signature {
            algorithm: self.info.signature_algorithm.to_der().map_err(malformed(INFO))?,
            bytes: self.info.signature.as_bytes().to_vec(),
        };
        let holds = |message: &[u8]| {
            let (key, digest) = (signer.public_key(), &self.info.digest_alg);
            self.mathematics.verify_signer(key, digest, message, &signature)
        };
        let Some(attributes) = &self.info.signed_attrs else { return holds(self.content) };
        // In the order of the sender by habit, in DER by the rules.
        holds(&self.attributes).or_else(|error| {
            let sorted = attributes.to_der().map_err(malformed(INFO))?;
            if sorted == self.attributes { Err(error) } else { holds(&sorted) }
        })
    }
}

fn is_attributes(content: &[u8]) -> bool {
    let is_digest = |any: &AnyRef<'_>| {
        any.decode_as().is_ok_and(|one: Attribute| one.oid == oid::MESSAGE_DIGEST)
    };
    SetOfVec::<AnyRef<'_>>::from_der(content).is_ok_and(|set| set.iter().any(is_digest))
}

/// A `SignedData` without signers: a bundle of certificates (RFC 5652 §5.2), `.p7b`.
pub fn certs_only(certificates: &[Certificate]) -> Vec<u8> {
    // Every one was read as DER, so nothing can fail but a size beyond der's 256 MiB.
    try_certs_only(certificates).unwrap_or_default()
}

fn try_certs_only(certificates: &[Certificate]) -> der::Result<Vec<u8>> {
    let certificates = certificates.iter().map(|c| AnyRef::from_der(c.der()));
    let signed = SignedDataRef {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::default(),
        encap_content_info: EncapsulatedContentInfo { econtent_type: oid::DATA, econtent: None },
        certificates: Some(certificates.collect::<der::Result<Vec<_>>>()?.try_into()?),
        crls: None,
        signer_infos: SetOfVec::default(),
    };
    content_info(oid::SIGNED_DATA, &signed)
}

/// The certificates of a bundle (DER, BER or PEM). Nothing about them is proved.
pub fn read_certs_only(bytes: &[u8]) -> Result<Vec<Certificate>, CryptoError> {
    let data = open_content_info(&door(bytes, WHAT)?)?;
    let signed: SignedDataRef<'_> = data.decode_as().map_err(malformed(WHAT))?;
    signed.certificates()
}
