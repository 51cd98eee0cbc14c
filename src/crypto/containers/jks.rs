//! Java's key stores, version 1 and 2: entries in a row, numbers big-endian, a SHA-1 over the
//! password and everything else at the end.
//!
//! The lock on a key is `sun.security.provider.KeyProtector`: an OCTET STRING of a salt, the key
//! XORed with a chain of SHA-1, and a SHA-1 of password and key.

use der::Decode as _;
use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

use super::lock::{self, Budget, Locked};
use super::pkcs8::keys_in;
use super::{ContainerError, Found, KeyLook, Kind, Look, MAX_ENTRIES, malformed};
use crate::crypto::certificate::Certificate;
use crate::crypto::oid;

const KIND: Kind = Kind::Jks;
const MAGIC: [u8; 4] = [0xFE, 0xED, 0xFE, 0xED];
/// What Java puts between the password and the entries.
const WHITENER: &[u8] = b"Mighty Aphrodite";
/// Octets of a SHA-1.
const DIGEST: usize = 20;
const KEY_ENTRY: u32 = 1;
const CERTIFICATE_ENTRY: u32 = 2;

pub(super) fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// A key as it lies there.
struct Shut<'a> {
    alias: String,
    /// DER `EncryptedPrivateKeyInfo`.
    locked: &'a [u8],
    chain: Vec<Certificate>,
}

struct Store<'a> {
    keys: Vec<Shut<'a>>,
    trusted: Vec<Certificate>,
    /// Everything before the digest.
    body: &'a [u8],
    digest: &'a [u8],
}

fn wrong(detail: impl Into<String>) -> ContainerError {
    ContainerError::Malformed { kind: KIND, detail: detail.into() }
}

/// What is left to read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ContainerError> {
        let (taken, rest) =
            self.0.split_at_checked(length).ok_or_else(|| wrong("it ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self, octets: usize) -> Result<u32, ContainerError> {
        Ok(self.take(octets)?.iter().fold(0, |number, octet| (number << 8) | u32::from(*octet)))
    }

    fn bytes(&mut self, octets_of_length: usize) -> Result<&'a [u8], ContainerError> {
        let length = usize::try_from(self.number(octets_of_length)?).unwrap_or(usize::MAX);
        self.take(length)
    }

    /// Java's own UTF-8 differs only where nobody looks.
    fn text(&mut self) -> Result<String, ContainerError> {
        Ok(String::from_utf8_lossy(self.bytes(2)?).into_owned())
    }

    /// `None` for a kind of certificate that is not X.509, or one that does not read.
    fn certificate(&mut self, version: u32) -> Result<Option<Certificate>, ContainerError> {
        if version > 1 && self.text()? != "X.509" {
            self.bytes(4)?;
            return Ok(None);
        }
        Ok(Certificate::read(self.bytes(4)?).ok())
    }
}

fn parse(bytes: &[u8]) -> Result<Store<'_>, ContainerError> {
    let room = bytes.len().checked_sub(DIGEST).ok_or_else(|| wrong("it ends too early"))?;
    let (body, digest) = bytes.split_at_checked(room).ok_or_else(|| wrong("it ends too early"))?;
    let mut rest = Rest(body);
    rest.take(MAGIC.len())?;
    let version = rest.number(4)?;
    if !(1..=2).contains(&version) {
        let detail = format!("version {version}");
        return Err(ContainerError::Unsupported { kind: KIND, detail });
    }
    let too_many = |count: u32| match usize::try_from(count) {
        Ok(count) if count <= MAX_ENTRIES => Ok(count),
        _ => Err(wrong(format!("more than {MAX_ENTRIES} entries"))),
    };
    let mut store = Store { keys: Vec::new(), trusted: Vec::new(), body, digest };
    for _ in 0..too_many(rest.number(4)?)? {
        let tag = rest.number(4)?;
        let alias = rest.text()?;
        let _made_at = rest.take(8)?;
        match tag {
            KEY_ENTRY => {
                let locked = rest.bytes(4)?;
                let mut chain = Vec::new();
                for _ in 0..too_many(rest.number(4)?)? {
                    chain.extend(rest.certificate(version)?);
                }
                store.keys.push(Shut { alias, locked, chain });
            }
            CERTIFICATE_ENTRY => store.trusted.extend(rest.certificate(version)?),
            other => return Err(wrong(format!("an entry of kind {other}"))),
        }
    }
    if rest.0.is_empty() { Ok(store) } else { Err(wrong("bytes after the last entry")) }
}

pub(super) fn look(bytes: &[u8]) -> Result<Look, ContainerError> {
    let store = parse(bytes)?;
    let name = |key: &Shut<'_>| KeyLook { name: Some(key.alias.clone()), key_id: None };
    let chains = store.keys.iter().flat_map(|key| key.chain.iter());
    Ok(Look {
        kind: KIND,
        needs_password: true,
        protection: "Java's key protector (SHA-1)".to_owned(),
        keys: store.keys.iter().map(name).collect(),
        certificates: chains.chain(&store.trusted).cloned().collect(),
    })
}

pub(super) fn read(bytes: &[u8], password: &[u8]) -> Result<Vec<Found>, ContainerError> {
    let store = parse(bytes)?;
    let wide = lock::utf16(password);
    let digest = Sha1::new().chain_update(wide.as_slice()).chain_update(WHITENER);
    if digest.chain_update(store.body).finalize().as_slice() != store.digest {
        return Err(ContainerError::WrongPassword { kind: KIND });
    }
    let mut found = Vec::new();
    let budget = &mut Budget::default();
    for Shut { alias, locked, chain } in &store.keys {
        let Locked { algorithm, sealed } = Locked::from_der(locked).map_err(malformed(KIND))?;
        let opened = match algorithm.oid {
            oid::SUN_KEY_PROTECTOR => unprotect(sealed.as_bytes(), &wide)?,
            _ => lock::unlock(KIND, &algorithm, sealed.as_bytes(), password, budget)?,
        };
        found.extend(keys_in(KIND, &opened, Some(alias), chain)?);
    }
    Ok(found)
}

fn unprotect(sealed: &[u8], password: &[u8]) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
    let short = || wrong("a locked key that is too short");
    let (salt, rest) = sealed.split_at_checked(DIGEST).ok_or_else(short)?;
    let room = rest.len().checked_sub(DIGEST).ok_or_else(short)?;
    let (sealed, check) = rest.split_at_checked(room).ok_or_else(short)?;
    let hash = |second: &[u8]| {
        Zeroizing::new(Sha1::new().chain_update(password).chain_update(second).finalize().to_vec())
    };
    let mut opened = Zeroizing::new(Vec::with_capacity(sealed.len()));
    let mut stream = Zeroizing::new(salt.to_vec());
    for part in sealed.chunks(DIGEST) {
        stream = hash(&stream);
        opened.extend(part.iter().zip(stream.iter()).map(|(octet, key)| octet ^ key));
    }
    if hash(&opened).as_slice() != check {
        return Err(ContainerError::WrongPassword { kind: KIND });
    }
    Ok(opened)
}
