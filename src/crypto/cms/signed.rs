//! `SignedData` (RFC 5652 §5) with attached content.

use const_oid::ObjectIdentifier;

use super::{
    Identity, attribute, content_info, door, expect_kind, issuer_and_serial, open_content_info,
    read_attribute, read_certificates,
};
use crate::crypto::certificate::Certificate;
use crate::crypto::oid;
use crate::crypto::suite::{CryptoError, Signature, SignedLayer};
use crate::crypto::tlv::{self, DerError, Element, Reader};
use crate::time::Timestamp;

const WHAT: &str = "SignedData";
/// A notice has a handful of signers (ukraine.md §2.5); nobody has more.
const MAX_SIGNERS: usize = 16;
const MAX_ATTRIBUTES: usize = 64;

/// What a suite brings to verification. Algorithms are DER `AlgorithmIdentifier`s as they stand.
pub(in crate::crypto) trait Mathematics {
    fn digest(&self, algorithm: &[u8], bytes: &[u8]) -> Result<Vec<u8>, CryptoError>;

    /// The signature of a `SignerInfo`; unlike in certificates, its algorithm may leave the
    /// digest to `digest_algorithm` (RFC 5754 §3.2).
    fn verify_signer(
        &self,
        public_key: &[u8],
        digest_algorithm: &[u8],
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), CryptoError>;
}

/// What a suite brings to signing.
pub(in crate::crypto) struct Plan<'a> {
    /// DER `AlgorithmIdentifier` of the digest.
    pub digest_algorithm: &'a [u8],
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
    let attributes = vec![
        attribute(oid::CONTENT_TYPE, &tlv::oid(oid::DATA)),
        attribute(oid::MESSAGE_DIGEST, &tlv::octets(&(plan.digest)(content))),
        attribute(oid::SIGNING_TIME, &tlv::time(at)),
        attribute(oid::SIGNING_CERTIFICATE_V2, &signing_certificate(signer, &plan)?),
    ];
    let signature = (plan.sign)(&tlv::set_of(tlv::SET, attributes.clone()))?;
    let info = tlv::sequence(&[
        &tlv::number(1),
        &issuer_and_serial(signer),
        plan.digest_algorithm,
        &tlv::set_of(tlv::context(0), attributes),
        &signature.algorithm,
        &tlv::octets(&signature.bytes),
    ]);
    let attached = tlv::element(tlv::context(0), &[&tlv::octets(content)]);
    let signed = tlv::sequence(&[
        &tlv::number(1),
        &tlv::element(tlv::SET, &[plan.digest_algorithm]),
        &tlv::sequence(&[&tlv::oid(oid::DATA), &attached]),
        &tlv::element(tlv::context(0), &[signer.der()]),
        &tlv::element(tlv::SET, &[&info]),
    ]);
    Ok(content_info(oid::SIGNED_DATA, &signed))
}

/// `SigningCertificateV2` with one `ESSCertIDv2`. The algorithm is left out when it is the
/// default, SHA-256: DER forbids to write it.
fn signing_certificate(signer: &Certificate, plan: &Plan<'_>) -> Result<Vec<u8>, CryptoError> {
    let (kind, _) = tlv::algorithm(plan.digest_algorithm).map_err(|e| e.of(WHAT))?;
    let algorithm = if kind == oid::SHA256 { &[] } else { plan.digest_algorithm };
    let directory_name = tlv::element(tlv::context(4), &[signer.issuer_der()]);
    let serial = tlv::element(tlv::INTEGER, &[signer.serial_bytes()]);
    let issuer_serial = tlv::sequence(&[&tlv::sequence(&[&directory_name]), &serial]);
    let hash = tlv::octets(&(plan.digest)(signer.der()));
    let id = tlv::sequence(&[algorithm, &hash, &issuer_serial]);
    Ok(tlv::sequence(&[&tlv::sequence(&[&id])]))
}

/// The parts of a `SignedData`, as slices.
struct Parts<'a> {
    content_type: ObjectIdentifier,
    content: Option<&'a [u8]>,
    certificates: Vec<Certificate>,
    signers: Vec<Element<'a>>,
}

fn read_parts(mut signed: Reader<'_>) -> Result<Parts<'_>, DerError> {
    signed.expect(tlv::INTEGER)?;
    signed.expect(tlv::SET)?;
    let mut encapsulated = signed.expect(tlv::SEQUENCE)?.inside();
    let content_type = encapsulated.expect(tlv::OBJECT_IDENTIFIER)?.oid()?;
    let content = match encapsulated.optional(tlv::context(0))? {
        // PKCS#7 wrapped whole structures here, without the OCTET STRING.
        Some(attached) => Some(attached.inside().expect(tlv::OCTET_STRING)?.content),
        None => None,
    };
    let certificates = read_certificates(signed.optional(tlv::context(0))?)?;
    signed.optional(tlv::context(1))?;
    let signers = signed.expect(tlv::SET)?.inside().all(MAX_SIGNERS)?;
    signed.finish()?;
    Ok(Parts { content_type, content, certificates, signers })
}

/// Verifies every signer; `known` are certificates that may be a signer's when none came along.
pub(in crate::crypto) fn verify(
    bytes: &[u8],
    known: &[Certificate],
    mathematics: &dyn Mathematics,
) -> Result<Vec<SignedLayer>, CryptoError> {
    let der = door(bytes, WHAT)?;
    let (kind, inside) = open_content_info(&der).map_err(|e| e.of(WHAT))?;
    expect_kind(kind, oid::SIGNED_DATA, WHAT)?;
    let parts = read_parts(inside).map_err(|e| e.of(WHAT))?;
    if parts.signers.is_empty() {
        return Err(CryptoError::Malformed { what: WHAT, detail: "nobody signed".to_owned() });
    }
    let Some(content) = parts.content else {
        let detail = "the signed content does not come along".to_owned();
        return Err(CryptoError::Unsupported { what: WHAT, detail });
    };
    let mut layers = Vec::with_capacity(parts.signers.len());
    for signer in &parts.signers {
        let info = SignerInfo::read(signer).map_err(|e| e.of("SignerInfo"))?;
        let facts = info.check_attributes(parts.content_type, content, mathematics)?;
        let certificate =
            info.find_signer(&facts, content, &parts.certificates, known, mathematics)?;
        layers.push(SignedLayer {
            content: content.to_vec(),
            signer: certificate,
            certificates: parts.certificates.clone(),
            signing_time: facts.signing_time,
        });
    }
    Ok(layers)
}

struct SignerInfo<'a> {
    identity: Identity,
    digest_algorithm: &'a [u8],
    /// `[0] IMPLICIT SET OF Attribute`, as it stands.
    attributes: Option<Element<'a>>,
    signature: Signature,
}

/// What the signed attributes say.
#[derive(Default)]
struct Attributes {
    signing_time: Option<Timestamp>,
    /// The digest algorithm and the digest of the signer's certificate.
    certificate_digest: Option<(Vec<u8>, Vec<u8>)>,
}

impl<'a> SignerInfo<'a> {
    fn read(info: &Element<'a>) -> Result<Self, DerError> {
        let mut inside = info.inside();
        inside.expect(tlv::INTEGER)?;
        let identity = Identity::read(&inside.any()?)?;
        let digest_algorithm = inside.expect(tlv::SEQUENCE)?.whole;
        let attributes = inside.optional(tlv::context(0))?;
        let algorithm = inside.expect(tlv::SEQUENCE)?.whole.to_vec();
        let bytes = inside.expect(tlv::OCTET_STRING)?.content.to_vec();
        inside.optional(tlv::context(1))?;
        inside.finish()?;
        let signature = Signature { algorithm, bytes };
        Ok(Self { identity, digest_algorithm, attributes, signature })
    }

    /// The rules of RFC 5652 §5.3, §5.4 and §11 about signed attributes.
    fn check_attributes(
        &self,
        content_type: ObjectIdentifier,
        content: &[u8],
        mathematics: &dyn Mathematics,
    ) -> Result<Attributes, CryptoError> {
        let bad =
            |detail: &str| CryptoError::Malformed { what: "SignerInfo", detail: detail.to_owned() };
        let Some(attributes) = self.attributes else {
            if content_type != oid::DATA {
                return Err(bad("no signed attributes, though the content is not plain data"));
            }
            // Signed attributes of one message, passed off as the content of another, would
            // verify: their SET is what was signed there.
            if is_attributes(content) {
                return Err(CryptoError::BadSignature { what: WHAT });
            }
            return Ok(Attributes::default());
        };
        let mut facts = Attributes::default();
        let (mut seen_type, mut seen_digest) = (false, false);
        let list = attributes.inside().all(MAX_ATTRIBUTES).map_err(|e| e.of("SignerInfo"))?;
        for element in list {
            let (kind, values) = read_attribute(&element).map_err(|e| e.of("SignerInfo"))?;
            let single = || match values.as_slice() {
                [value] => Ok(value),
                _ => Err(bad("an attribute that should have one value")),
            };
            match kind {
                oid::CONTENT_TYPE => {
                    let says = single()?.oid().map_err(|e| e.of("SignerInfo"))?;
                    if seen_type || says != content_type {
                        return Err(bad("contentType is not the content's"));
                    }
                    seen_type = true;
                }
                oid::MESSAGE_DIGEST => {
                    let digest = mathematics.digest(self.digest_algorithm, content)?;
                    if seen_digest || single()?.content != digest {
                        return Err(CryptoError::BadSignature { what: WHAT });
                    }
                    seen_digest = true;
                }
                oid::SIGNING_TIME => facts.signing_time = single()?.time().ok(),
                oid::SIGNING_CERTIFICATE_V2 => {
                    let id = read_signing_certificate(single()?);
                    facts.certificate_digest = Some(id.map_err(|e| e.of("SignerInfo"))?);
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
    fn find_signer(
        &self,
        facts: &Attributes,
        content: &[u8],
        inside: &[Certificate],
        known: &[Certificate],
        mathematics: &dyn Mathematics,
    ) -> Result<Certificate, CryptoError> {
        let mut refusal = CryptoError::UnknownSigner;
        for candidate in inside.iter().chain(known).filter(|c| self.identity.names(c)) {
            match self.check_signature(candidate, facts, content, mathematics) {
                Ok(()) => return Ok(candidate.clone()),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    fn check_signature(
        &self,
        signer: &Certificate,
        facts: &Attributes,
        content: &[u8],
        mathematics: &dyn Mathematics,
    ) -> Result<(), CryptoError> {
        if let Some((algorithm, digest)) = &facts.certificate_digest
            && mathematics.digest(algorithm, signer.der())? != *digest
        {
            return Err(CryptoError::BadSignature { what: WHAT });
        }
        let holds = |message: &[u8]| {
            let key = signer.public_key();
            mathematics.verify_signer(key, self.digest_algorithm, message, &self.signature)
        };
        let Some(attributes) = self.attributes else { return holds(content) };
        // The signature is over a SET OF, not over the [0] that stands there (§5.4); in DER by
        // the rules, in the order of the sender by habit.
        let as_it_stands = tlv::element(tlv::SET, &[attributes.content]);
        holds(&as_it_stands).or_else(|error| {
            let elements = attributes.inside().all(MAX_ATTRIBUTES).map_err(|e| e.of(WHAT))?;
            let sorted = tlv::set_of(tlv::SET, elements.iter().map(|e| e.whole.to_vec()).collect());
            if sorted == as_it_stands { Err(error) } else { holds(&sorted) }
        })
    }
}

/// The first `ESSCertIDv2`: the signer's own (RFC 5035 §3).
fn read_signing_certificate(value: &Element<'_>) -> Result<(Vec<u8>, Vec<u8>), DerError> {
    let mut ids = value.inside().expect(tlv::SEQUENCE)?.inside();
    let mut id = ids.expect(tlv::SEQUENCE)?.inside();
    let algorithm = match id.optional(tlv::SEQUENCE)? {
        Some(algorithm) => algorithm.whole.to_vec(),
        None => tlv::bare_algorithm(oid::SHA256),
    };
    Ok((algorithm, id.expect(tlv::OCTET_STRING)?.content.to_vec()))
}

fn is_attributes(content: &[u8]) -> bool {
    let mut reader = Reader::new(content);
    let Ok(set) = reader.expect(tlv::SET) else { return false };
    let Ok(elements) = set.inside().all(MAX_ATTRIBUTES) else { return false };
    elements.iter().any(|e| matches!(read_attribute(e), Ok((oid::MESSAGE_DIGEST, _))))
}

/// A `SignedData` without signers: a bundle of certificates (RFC 5652 §5.2), `.p7b`.
pub fn certs_only(certificates: &[Certificate]) -> Vec<u8> {
    let certificates = certificates.iter().map(|c| c.der().to_vec()).collect();
    let signed = tlv::sequence(&[
        &tlv::number(1),
        &tlv::element(tlv::SET, &[]),
        &tlv::sequence(&[&tlv::oid(oid::DATA)]),
        &tlv::set_of(tlv::context(0), certificates),
        &tlv::element(tlv::SET, &[]),
    ]);
    content_info(oid::SIGNED_DATA, &signed)
}

/// The certificates of a bundle (DER, BER or PEM). Nothing about them is proved.
pub fn read_certs_only(bytes: &[u8]) -> Result<Vec<Certificate>, CryptoError> {
    let der = door(bytes, WHAT)?;
    let (kind, inside) = open_content_info(&der).map_err(|e| e.of(WHAT))?;
    expect_kind(kind, oid::SIGNED_DATA, WHAT)?;
    Ok(read_parts(inside).map_err(|e| e.of(WHAT))?.certificates)
}
