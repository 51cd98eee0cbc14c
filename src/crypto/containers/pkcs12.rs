//! PKCS#12 (RFC 7292): bags of keys and certificates, a MAC over them.

use ::cms::content_info::ContentInfo;
use ::cms::encrypted_data::EncryptedData;
use const_oid::ObjectIdentifier;
use der::asn1::{Any, AnyRef, OctetString, SetOfVec};
use der::{Decode as _, Encode as _, Sequence};
use spki::AlgorithmIdentifierOwned;
use x509_cert::attr::Attribute;
use zeroize::Zeroizing;

use super::lock::{self, Budget, Hash, Locked};
use super::pkcs8::{keys_in, rubbish_is_wrong_password};
use super::{ContainerError, Found, KeyLook, Kind, Look, MAX_ENTRIES, malformed};
use crate::crypto::certificate::Certificate;
use crate::crypto::{ber, name, oid};

const KIND: Kind = Kind::Pkcs12;
pub(super) const VERSION: u8 = 3;

#[derive(Sequence)]
pub(super) struct Pfx {
    pub version: u8,
    pub content: ContentInfo,
    pub mac: Option<MacData>,
}

#[derive(Sequence)]
pub(super) struct MacData {
    pub mac: DigestInfo,
    pub salt: OctetString,
    /// 1 when it is left out.
    pub iterations: Option<u32>,
}

#[derive(Sequence)]
pub(super) struct DigestInfo {
    pub algorithm: AlgorithmIdentifierOwned,
    pub digest: OctetString,
}

#[derive(Sequence)]
pub(super) struct SafeBag<'a> {
    pub id: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub value: AnyRef<'a>,
    pub attributes: Option<SetOfVec<Attribute>>,
}

#[derive(Sequence)]
pub(super) struct CertificateBag {
    pub id: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub value: OctetString,
}

/// A key of a bag, locked or bare, with what its bag says.
struct Bagged {
    name: Option<String>,
    key_id: Option<Vec<u8>>,
    key: Kept,
}

enum Kept {
    Locked(Locked),
    Bare(Zeroizing<Vec<u8>>),
}

#[derive(Default)]
struct Contents {
    keys: Vec<Bagged>,
    certificates: Vec<Certificate>,
    /// Whole bundles that are locked; with a password none is left.
    shut: Vec<AlgorithmIdentifierOwned>,
}

fn wrong(detail: impl Into<String>) -> ContainerError {
    ContainerError::Malformed { kind: KIND, detail: detail.into() }
}

fn octets(content: &Any) -> Result<OctetString, ContainerError> {
    content.decode_as().map_err(malformed(KIND))
}

impl Contents {
    /// `password` is `None` for a look from outside.
    fn read(
        safe: &[u8],
        password: Option<&[u8]>,
        budget: &mut Budget,
    ) -> Result<Self, ContainerError> {
        let safe = ber::door(safe).map_err(malformed(KIND))?;
        let bundles = Vec::<ContentInfo>::from_der(&safe).map_err(malformed(KIND))?;
        if bundles.len() > MAX_ENTRIES {
            return Err(wrong(format!("more than {MAX_ENTRIES} bundles")));
        }
        let mut contents = Self::default();
        for ContentInfo { content_type, content } in bundles {
            match content_type {
                oid::DATA => contents.add(octets(&content)?.as_bytes())?,
                oid::ENCRYPTED_DATA => {
                    let data: EncryptedData = content.decode_as().map_err(malformed(KIND))?;
                    let inner = data.enc_content_info;
                    let Some(password) = password else {
                        contents.shut.push(inner.content_enc_alg);
                        continue;
                    };
                    let sealed = inner.encrypted_content;
                    let sealed = sealed.ok_or_else(|| wrong("a locked bundle without content"))?;
                    let algorithm = &inner.content_enc_alg;
                    let opened =
                        lock::unlock(KIND, algorithm, sealed.as_bytes(), password, budget)?;
                    contents.add(&opened).map_err(rubbish_is_wrong_password)?;
                }
                other => {
                    let detail = format!("a bundle of {}", lock::name(other));
                    return Err(ContainerError::Unsupported { kind: KIND, detail });
                }
            }
        }
        Ok(contents)
    }

    fn add(&mut self, bags: &[u8]) -> Result<(), ContainerError> {
        let bags = Zeroizing::new(ber::door(bags).map_err(malformed(KIND))?);
        let bags = Vec::<SafeBag<'_>>::from_der(&bags).map_err(malformed(KIND))?;
        for bag in bags {
            if self.keys.len() + self.certificates.len() >= MAX_ENTRIES {
                return Err(wrong(format!("more than {MAX_ENTRIES} bags")));
            }
            let key = match bag.id {
                oid::SHROUDED_KEY_BAG => {
                    Kept::Locked(bag.value.decode_as().map_err(malformed(KIND))?)
                }
                oid::KEY_BAG => {
                    Kept::Bare(Zeroizing::new(bag.value.to_der().map_err(malformed(KIND))?))
                }
                oid::CERTIFICATE_BAG => {
                    let bag: CertificateBag = bag.value.decode_as().map_err(malformed(KIND))?;
                    if bag.id == oid::X509_CERTIFICATE {
                        self.certificates.extend(Certificate::read(bag.value.as_bytes()).ok());
                    }
                    continue;
                }
                // Revocation lists, secrets: not asked for.
                _ => continue,
            };
            let attribute = |kind| {
                let found = bag.attributes.iter().flat_map(SetOfVec::iter).find(|a| a.oid == kind);
                found.and_then(|attribute| attribute.values.get(0).cloned())
            };
            let name = attribute(oid::FRIENDLY_NAME).map(|value| name::text(&value));
            let key_id = attribute(oid::LOCAL_KEY_ID).map(|value| value.value().to_vec());
            self.keys.push(Bagged { name: name.filter(|name| !name.is_empty()), key_id, key });
        }
        Ok(())
    }
}

/// The structure and the octets that the MAC covers.
fn open(der: &[u8]) -> Result<(Pfx, OctetString), ContainerError> {
    let pfx = Pfx::from_der(der).map_err(malformed(KIND))?;
    if pfx.content.content_type != oid::DATA {
        let detail = format!("its content is {}", lock::name(pfx.content.content_type));
        return Err(ContainerError::Unsupported { kind: KIND, detail });
    }
    let content = octets(&pfx.content.content)?;
    Ok((pfx, content))
}

pub(super) fn look(der: &[u8]) -> Result<Look, ContainerError> {
    let (pfx, content) = open(der)?;
    let contents = Contents::read(content.as_bytes(), None, &mut Budget::default())?;
    let lock = contents.keys.iter().find_map(|one| match &one.key {
        Kept::Locked(locked) => Some(&locked.algorithm),
        Kept::Bare(_) => None,
    });
    let lock = lock.or(contents.shut.first());
    let mut protection = lock.map_or("keys lie bare".to_owned(), lock::describe);
    if let Some(MacData { mac, iterations, .. }) = &pfx.mac {
        let digest = lock::name(mac.algorithm.oid);
        let iterations = iterations.unwrap_or(1);
        protection.push_str(&format!("; MAC {digest}, {iterations} iterations"));
    }
    Ok(Look {
        kind: KIND,
        needs_password: pfx.mac.is_some() || lock.is_some(),
        protection,
        keys: contents
            .keys
            .into_iter()
            .map(|one| KeyLook { name: one.name, key_id: one.key_id })
            .collect(),
        certificates: contents.certificates,
    })
}

pub(super) fn read(der: &[u8], password: &[u8]) -> Result<Vec<Found>, ContainerError> {
    let (pfx, content) = open(der)?;
    let budget = &mut Budget::default();
    // What is locked in a way that we can't open should be said before the password is blamed.
    let seen = Contents::read(content.as_bytes(), None, &mut Budget::default())?;
    if let Some(mac) = &pfx.mac {
        check_mac(mac, password, content.as_bytes(), &seen, budget)?;
    }
    let contents = Contents::read(content.as_bytes(), Some(password), budget)?;
    let mut found = Vec::new();
    for Bagged { name, key, .. } in contents.keys {
        let opened = match key {
            Kept::Bare(key) => key,
            Kept::Locked(Locked { algorithm, sealed }) => {
                lock::unlock(KIND, &algorithm, sealed.as_bytes(), password, budget)?
            }
        };
        let keys = keys_in(KIND, &opened, name.as_deref(), &contents.certificates);
        found.extend(keys.map_err(rubbish_is_wrong_password)?);
    }
    Ok(found)
}

fn check_mac(
    data: &MacData,
    password: &[u8],
    content: &[u8],
    seen: &Contents,
    budget: &mut Budget,
) -> Result<(), ContainerError> {
    let named = data.mac.algorithm.oid;
    let iterations = data.iterations.unwrap_or(1);
    let hashes = Hash::of(named);
    if hashes.is_empty() {
        let locked = seen.keys.iter().find_map(|one| match &one.key {
            Kept::Locked(locked) => Some(lock::describe(&locked.algorithm)),
            Kept::Bare(_) => None,
        });
        let locked = locked.map(|lock| format!("; its keys are under {lock}"));
        let detail =
            format!("a MAC with the digest {}{}", lock::name(named), locked.unwrap_or_default());
        return Err(ContainerError::Unsupported { kind: KIND, detail });
    }
    for hash in hashes {
        budget.spend(KIND, iterations)?;
        let mac = lock::mac(*hash, password, data.salt.as_bytes(), iterations, content);
        if mac.as_slice() == data.mac.digest.as_bytes() {
            return Ok(());
        }
    }
    Err(ContainerError::WrongPassword { kind: KIND })
}
