//! PKCS#12 as Ukrainian programs write it: keys under PBES2 of GOST, a MAC with GOST 34.311.

use ::cms::content_info::ContentInfo;
use const_oid::ObjectIdentifier;
use der::asn1::{Any, AnyRef, BmpString, OctetString, SetOfVec};
use der::{Decode as _, Encode as _};
use x509_cert::attr::{Attribute, Attributes};

use super::lock::{self, Hash};
use super::pkcs12::{CertificateBag, DigestInfo, MacData, Pfx, SafeBag, VERSION};
use super::{ContainerError, Kind, malformed};
use crate::crypto::certificate::Certificate;
use crate::crypto::key::PrivateKey;
use crate::crypto::ukrainian::Ukrainian;
use crate::crypto::{CryptoRng, Suite as _, oid};

const KIND: Kind = Kind::Pkcs12;
const ITERATIONS: u32 = 10_000;
const SALT: usize = 20;

/// What goes into a container.
pub struct Entry<'a> {
    pub key: &'a PrivateKey,
    /// subjectKeyIdentifier.
    pub key_id: &'a [u8],
    pub name: Option<&'a str>,
    /// The key's own, and those above it. jkurwa reads only containers without certificates.
    pub certificates: &'a [Certificate],
}

/// A `.pfx` with these keys. Certificates lie in it unlocked: they are public.
pub fn write_pkcs12(
    entries: &[Entry<'_>],
    password: &[u8],
    chance: &mut dyn CryptoRng,
) -> Result<Vec<u8>, ContainerError> {
    let mut locked = Vec::new();
    for entry in entries {
        let lock = Ukrainian.protect(entry.key, password, chance);
        locked.push((entry, lock.map_err(|error| ContainerError::of(KIND, error))?));
    }
    let mut salt = [0_u8; SALT];
    chance.fill_bytes(&mut salt);
    assemble(&locked, password, &salt).map_err(malformed(KIND))
}

fn assemble(
    locked: &[(&Entry<'_>, Vec<u8>)],
    password: &[u8],
    salt: &[u8],
) -> der::Result<Vec<u8>> {
    let mut keys = Vec::new();
    let mut certificates: Vec<(&Certificate, Option<Attributes>)> = Vec::new();
    for (entry, key) in locked {
        let attributes = attributes(entry)?;
        keys.push(SafeBag {
            id: oid::SHROUDED_KEY_BAG,
            value: AnyRef::from_der(key)?,
            attributes: Some(attributes.clone()),
        });
        for (place, certificate) in entry.certificates.iter().enumerate() {
            if !certificates.iter().any(|(known, _)| *known == certificate) {
                // Only the key's own is told to be of the key.
                let own = (place == 0).then(|| attributes.clone());
                certificates.push((certificate, own));
            }
        }
    }
    let mut bundles = vec![data(&keys.to_der()?)?];
    if !certificates.is_empty() {
        let bags = certificates.iter().map(|(certificate, attributes)| {
            let value = OctetString::new(certificate.der())?;
            let bag = CertificateBag { id: oid::X509_CERTIFICATE, value };
            Ok((bag.to_der()?, attributes.clone()))
        });
        let bags = bags.collect::<der::Result<Vec<_>>>()?;
        let bags = bags.iter().map(|(bag, attributes)| {
            let value = AnyRef::from_der(bag)?;
            Ok(SafeBag { id: oid::CERTIFICATE_BAG, value, attributes: attributes.clone() })
        });
        bundles.push(data(&bags.collect::<der::Result<Vec<_>>>()?.to_der()?)?);
    }
    let content = bundles.to_der()?;
    let digest = lock::mac(Hash::Gost34311, password, salt, ITERATIONS, &content);
    let mac = DigestInfo {
        algorithm: lock::with_null(oid::GOST_34311),
        digest: OctetString::new(digest.as_slice())?,
    };
    let mac = MacData { mac, salt: OctetString::new(salt)?, iterations: Some(ITERATIONS) };
    Pfx { version: VERSION, content: data(&content)?, mac: Some(mac) }.to_der()
}

fn data(content: &[u8]) -> der::Result<ContentInfo> {
    let content = Any::encode_from(&OctetString::new(content)?)?;
    Ok(ContentInfo { content_type: oid::DATA, content })
}

fn attributes(entry: &Entry<'_>) -> der::Result<Attributes> {
    let one = |oid: ObjectIdentifier, value: Any| -> der::Result<Attribute> {
        Ok(Attribute { oid, values: SetOfVec::try_from([value])? })
    };
    let key_id = Any::encode_from(&OctetString::new(entry.key_id)?)?;
    let mut attributes = vec![one(oid::LOCAL_KEY_ID, key_id)?];
    if let Some(name) = entry.name {
        let name = Any::encode_from(&BmpString::from_utf8(name)?)?;
        attributes.push(one(oid::FRIENDLY_NAME, name)?);
    }
    SetOfVec::try_from(attributes)
}
