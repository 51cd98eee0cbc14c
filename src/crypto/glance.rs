//! What seals show to somebody who may have no key and no trust: for `certpost inspect` and
//! `certpost open`. Of every suite; here the bytes decide which one.

use ::cms::content_info::ContentInfo;
use ::cms::enveloped_data::{
    KeyAgreeRecipientIdentifier, OriginatorIdentifierOrKey, RecipientIdentifier, RecipientInfo,
};
use ::cms::signed_data::SignerIdentifier;
use const_oid::ObjectIdentifier;
use der::Decode as _;
use rsa::traits::PublicKeyParts as _;
use spki::{DecodePublicKey as _, SubjectPublicKeyInfoOwned};

use super::certificate::{Certificate, hexadecimal};
use super::cms::signed::{self, Mathematics};
use super::cms::{self, enveloped};
use super::containers;
use super::international::International;
use super::name;
use super::suite::{CryptoError, RequestFacts, SignedLayer, Suite};
use super::ukrainian::{self, Ukrainian};
use super::{ber, oid};

/// A CMS message from outside.
pub enum Seal {
    Signed(Signed),
    Enveloped(Enveloped),
    /// Another content type.
    Other(ObjectIdentifier),
}

pub struct Signed {
    /// `None` when it does not come along.
    pub content: Option<Vec<u8>>,
    pub certificates: Vec<Certificate>,
    /// Empty: a bundle of certificates.
    pub signers: Vec<Signer>,
}

pub struct Signer {
    /// How the message names its signer.
    pub named: String,
    pub algorithm: String,
    /// Whether the mathematics hold; trust is another question.
    pub outcome: Result<SignedLayer, CryptoError>,
}

pub struct Enveloped {
    pub cipher: String,
    /// How the message names those who can open it.
    pub recipients: Vec<String>,
    /// The other half of key agreement: whose it is.
    pub sender: Option<String>,
    pub suite: Option<Box<dyn Suite>>,
}

/// The content type of a CMS message; `None` when bytes are none.
pub fn content_type(bytes: &[u8]) -> Option<ObjectIdentifier> {
    Some(ContentInfo::from_der(&ber::door(bytes).ok()?).ok()?.content_type)
}

/// A CMS message; `known` are certificates that may be a signer's when none came along.
pub fn seal(bytes: &[u8], known: &[Certificate]) -> Result<Seal, CryptoError> {
    let kind = content_type(bytes).ok_or_else(|| CryptoError::Malformed {
        what: "CMS message",
        detail: "it is no ContentInfo".to_owned(),
    })?;
    match kind {
        oid::SIGNED_DATA => signed(bytes, known).map(Seal::Signed),
        oid::ENVELOPED_DATA | oid::AUTH_ENVELOPED_DATA => enveloped(bytes).map(Seal::Enveloped),
        other => Ok(Seal::Other(other)),
    }
}

const INTERNATIONAL: International =
    International { keys: super::international::KeyKind::P256, authenticated: false };

fn mathematics(algorithm: ObjectIdentifier) -> Option<&'static dyn Mathematics> {
    match algorithm {
        oid::DSTU_4145 => Some(&Ukrainian),
        _ => Some(&INTERNATIONAL),
    }
}

fn signed(bytes: &[u8], known: &[Certificate]) -> Result<Signed, CryptoError> {
    let looked = signed::look(bytes, known, &mathematics)?;
    let signers = looked.signers.into_iter().map(|one| Signer {
        named: match &one.sid {
            SignerIdentifier::IssuerAndSerialNumber(name) => {
                by_serial(name.serial_number.as_bytes(), &name.issuer)
            }
            SignerIdentifier::SubjectKeyIdentifier(id) => by_key(id.0.as_bytes()),
        },
        algorithm: algorithm_name(one.algorithm),
        outcome: one.outcome,
    });
    let signers = signers.collect();
    Ok(Signed { content: looked.content, certificates: looked.certificates, signers })
}

fn by_serial(serial: &[u8], issuer: &x509_cert::name::Name) -> String {
    use der::Encode as _;
    let issuer = name::display(&issuer.to_der().unwrap_or_default());
    format!("serial {} of «{issuer}»", hexadecimal(serial))
}

fn by_key(id: &[u8]) -> String {
    format!("key id {}", hex(id))
}

fn enveloped(bytes: &[u8]) -> Result<Enveloped, CryptoError> {
    let envelope = enveloped::read(&cms::door(bytes, "EnvelopedData")?)?;
    let mut recipients = Vec::new();
    let mut sender = None;
    for recipient in &envelope.recipients {
        match recipient {
            RecipientInfo::Ktri(one) => recipients.push(match &one.rid {
                RecipientIdentifier::IssuerAndSerialNumber(name) => {
                    by_serial(name.serial_number.as_bytes(), &name.issuer)
                }
                RecipientIdentifier::SubjectKeyIdentifier(id) => by_key(id.0.as_bytes()),
            }),
            RecipientInfo::Kari(agreement) => {
                sender = Some(match &agreement.originator {
                    OriginatorIdentifierOrKey::IssuerAndSerialNumber(name) => {
                        by_serial(name.serial_number.as_bytes(), &name.issuer)
                    }
                    OriginatorIdentifierOrKey::SubjectKeyIdentifier(id) => by_key(id.0.as_bytes()),
                    OriginatorIdentifierOrKey::OriginatorKey(_) => {
                        "a key made for this message".to_owned()
                    }
                });
                recipients.extend(agreement.recipient_enc_keys.iter().map(|key| match &key.rid {
                    KeyAgreeRecipientIdentifier::IssuerAndSerialNumber(name) => {
                        by_serial(name.serial_number.as_bytes(), &name.issuer)
                    }
                    KeyAgreeRecipientIdentifier::RKeyId(id) => {
                        by_key(id.subject_key_identifier.0.as_bytes())
                    }
                }));
            }
            _ => recipients.push("a recipient of another kind".to_owned()),
        }
    }
    let cipher = envelope.algorithm.oid;
    let suite = if cipher == oid::GOST_28147_CFB { "ukrainian" } else { "international" };
    let cipher = algorithm_name(cipher);
    Ok(Enveloped { cipher, recipients, sender, suite: super::suite(suite) })
}

/// A PKCS#10 request of any suite, its own signature checked by the suite of its key; `None`
/// when bytes are none.
pub fn request(bytes: &[u8]) -> Option<Result<RequestFacts, CryptoError>> {
    let der = ber::door(bytes).ok()?;
    let request = x509_cert::request::CertReq::from_der(&der).ok()?;
    let suite = containers::suite_of(request.info.public_key.algorithm.oid);
    Some(match suite {
        Some(suite) => suite.read_request(&der),
        None => Err(CryptoError::Unsupported {
            what: "PKCS#10 request",
            detail: format!("algorithm {}", request.info.public_key.algorithm.oid),
        }),
    })
}

/// The suite of a DER `SubjectPublicKeyInfo`.
pub fn suite_of(public_key: &[u8]) -> Option<Box<dyn Suite>> {
    let info = SubjectPublicKeyInfoOwned::from_der(public_key).ok()?;
    containers::suite_of(info.algorithm.oid)
}

/// A DER `SubjectPublicKeyInfo` in words: the algorithm and its size.
pub fn describe_key(public_key: &[u8]) -> String {
    let Ok(info) = SubjectPublicKeyInfoOwned::from_der(public_key) else {
        return "unreadable".to_owned();
    };
    let parameter = || info.algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>().ok();
    match info.algorithm.oid {
        oid::DSTU_4145 => match ukrainian::curve_bits(public_key) {
            Ok(bits) => format!("DSTU 4145, curve of {bits} bits"),
            Err(error) => format!("DSTU 4145 ({error})"),
        },
        oid::EC => match parameter() {
            Some(oid::P256) => "EC, P-256".to_owned(),
            Some(oid::P384) => "EC, P-384".to_owned(),
            Some(other) => format!("EC, {}", algorithm_name(other)),
            None => "EC".to_owned(),
        },
        oid::RSA => {
            let bits = rsa::RsaPublicKey::from_public_key_der(public_key).map(|key| key.n().bits());
            bits.map_or("RSA".to_owned(), |bits| format!("RSA, {bits} bits"))
        }
        other => algorithm_name(other),
    }
}

/// The usual name of an algorithm, else its number.
pub fn algorithm_name(oid: ObjectIdentifier) -> String {
    match oid {
        oid::DSTU_4145 => "DSTU 4145 with GOST 34.311".to_owned(),
        oid::GOST_28147_CFB => "GOST 28147 CFB".to_owned(),
        other => match const_oid::db::DB.by_oid(&other) {
            Some(known) => known.to_owned(),
            None => other.to_string(),
        },
    }
}

/// Lower-case hexadecimal, every octet.
pub fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
