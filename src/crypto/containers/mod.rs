//! Key containers: the files in which people keep their keys (ukraine.md §3.9).
//!
//! | [`Kind`] | who writes it |
//! |---|---|
//! | `Pkcs8` | PKCS#8 under PBES2, of GOST or international algorithms |
//! | `Key6` | `Key-6.dat`: media of ІІТ; a signing key, an agreement key in its attributes |
//! | `Pkcs12` | `.pfx`, `.p12`: Дія, КНЕДП, browsers, openssl, Java |
//! | `Jks` | Java's key stores of ПриватБанк |
//!
//! What a container is shows in its bytes; names of files decide nothing. All that a stranger's
//! file may cost is bounded: sizes and depth by the door of [`ber`], entries by [`MAX_ENTRIES`],
//! iterations by [`MAX_ITERATIONS`] over the whole container.
//!
//! A `.zs2` of M.E.Doc is read as far as it is PKCS#12 with algorithms that are here, be the
//! digest of its MAC malformed; newer ones are locked with Kalyna and Kupyna, and refused by name.

mod jks;
mod key6;
mod lock;
mod pkcs12;
mod pkcs8;
mod write;

use std::fmt;

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode as _, Reader as _, Tag, Tagged as _};
use encoding_rs::WINDOWS_1251;
use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::chain::MAX_CHAIN;
use super::key::PrivateKey;
use super::suite::{CryptoError, Suite};
use super::{ber, oid};

pub use write::{Entry, write_pkcs12};

/// Keys, certificates and other things of one container.
pub const MAX_ENTRIES: usize = 64;
/// Iterations of key derivation that one container may cost, all locks together.
pub const MAX_ITERATIONS: u32 = 4_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `EncryptedPrivateKeyInfo` (RFC 5958 §3).
    Pkcs8,
    /// `PrivateKeyInfo`: a key that nothing protects.
    Pkcs8Bare,
    Key6,
    Pkcs12,
    Jks,
}

impl Kind {
    /// One word, for JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pkcs8 => "pkcs8",
            Self::Pkcs8Bare => "pkcs8-bare",
            Self::Key6 => "key-6",
            Self::Pkcs12 => "pkcs12",
            Self::Jks => "jks",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pkcs8 => "PKCS#8 key under a password",
            Self::Pkcs8Bare => "PKCS#8 key without a password",
            Self::Key6 => "Key-6.dat of ІІТ",
            Self::Pkcs12 => "PKCS#12 (.pfx, .p12)",
            Self::Jks => "Java key store (JKS)",
        })
    }
}

/// Why a container gives no keys. The text never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerError {
    /// None of the kinds that are known.
    Unknown,
    Malformed {
        kind: Kind,
        detail: String,
    },
    /// Well-formed, but locked or made in a way that is not known here, or too costly.
    Unsupported {
        kind: Kind,
        detail: String,
    },
    /// The password does not open it, or it is damaged: the two look alike.
    WrongPassword {
        kind: Kind,
    },
}

impl fmt::Display for ContainerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str(
                "not a key container that is known here: PKCS#8, Key-6.dat, PKCS#12 or JKS",
            ),
            Self::Malformed { kind, detail } => write!(f, "{kind} is malformed: {detail}"),
            Self::Unsupported { kind, detail } => write!(f, "{kind} is not supported: {detail}"),
            Self::WrongPassword { kind } => {
                write!(f, "{kind}: the password does not open it, or it is damaged")
            }
        }
    }
}

impl std::error::Error for ContainerError {}

impl ContainerError {
    fn of(kind: Kind, error: CryptoError) -> Self {
        match error {
            CryptoError::WrongPassword => Self::WrongPassword { kind },
            CryptoError::Unsupported { detail, .. } => Self::Unsupported { kind, detail },
            CryptoError::Malformed { detail, .. } => Self::Malformed { kind, detail },
            other => Self::Malformed { kind, detail: other.to_string() },
        }
    }
}

/// For `map_err`: DER inside a container that is not what it should be.
fn malformed<E: fmt::Display>(kind: Kind) -> impl Fn(E) -> ContainerError {
    move |error| ContainerError::Malformed { kind, detail: error.to_string() }
}

/// A key out of a container.
#[derive(Clone)]
pub struct Found {
    /// The container's.
    pub kind: Kind,
    pub key: PrivateKey,
    /// The suite that the key is of.
    pub suite: &'static str,
    /// subjectKeyIdentifier, as the suite's authorities count it.
    pub key_id: Vec<u8>,
    /// The key's own certificate, then those above it; empty when none came along.
    pub certificates: Vec<Certificate>,
    /// `friendlyName`, or a key store's alias.
    pub name: Option<String>,
}

/// What shows without a password.
#[derive(Clone, Debug)]
pub struct Look {
    pub kind: Kind,
    pub needs_password: bool,
    /// How it is locked, in words.
    pub protection: String,
    pub keys: Vec<KeyLook>,
    pub certificates: Vec<Certificate>,
}

/// A key that can be seen to be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyLook {
    pub name: Option<String>,
    pub key_id: Option<Vec<u8>>,
}

/// What a container is, by its bytes alone; `None` when it is none.
pub fn kind(bytes: &[u8]) -> Option<Kind> {
    let bytes = without_preamble(bytes);
    if jks::is(bytes) {
        return Some(Kind::Jks);
    }
    kind_of_der(&ber::door(bytes).ok()?)
}

/// M.E.Doc puts six octets before containers that it did not make itself.
fn without_preamble(bytes: &[u8]) -> &[u8] {
    match bytes.first() {
        Some(0x51) => bytes.get(6..).unwrap_or_default(),
        _ => bytes,
    }
}

fn kind_of_der(der: &[u8]) -> Option<Kind> {
    let probe = |any: AnyRef<'_>| -> der::Result<Option<Kind>> {
        any.sequence(|inside| {
            let first = AnyRef::decode(inside)?;
            let found = match first.tag() {
                Tag::Sequence if Tag::peek(inside)? == Tag::OctetString => {
                    let scheme = first.sequence(|scheme| -> der::Result<_> {
                        let name = ObjectIdentifier::decode(scheme)?;
                        scheme.read_slice(scheme.remaining_len())?;
                        Ok(name)
                    })?;
                    Some(if scheme == oid::IIT_STORE { Kind::Key6 } else { Kind::Pkcs8 })
                }
                Tag::Integer => pkcs12_or_bare(first.value(), inside)?,
                _ => None,
            };
            inside.read_slice(inside.remaining_len())?;
            Ok(found)
        })
    };
    AnyRef::from_der(der).and_then(probe).ok().flatten()
}

/// A version, then `ContentInfo` or the algorithm of a key.
fn pkcs12_or_bare(version: &[u8], inside: &mut der::SliceReader<'_>) -> der::Result<Option<Kind>> {
    let second = AnyRef::decode(inside)?;
    if second.tag() != Tag::Sequence {
        return Ok(None);
    }
    Ok(match version {
        [3] => Some(Kind::Pkcs12),
        [0 | 1] if !inside.is_finished() && Tag::peek(inside)? == Tag::OctetString => {
            Some(Kind::Pkcs8Bare)
        }
        _ => None,
    })
}

/// A container past the door.
fn open_door(bytes: &[u8]) -> Result<(Kind, Zeroizing<Vec<u8>>), ContainerError> {
    let bytes = without_preamble(bytes);
    if jks::is(bytes) {
        return Ok((Kind::Jks, Zeroizing::new(bytes.to_vec())));
    }
    let der = Zeroizing::new(ber::door(bytes).map_err(|_| ContainerError::Unknown)?);
    let kind = kind_of_der(&der).ok_or(ContainerError::Unknown)?;
    Ok((kind, der))
}

/// What shows without a password.
pub fn look(bytes: &[u8]) -> Result<Look, ContainerError> {
    let (kind, der) = open_door(bytes)?;
    match kind {
        Kind::Pkcs8 => pkcs8::look(&der),
        Kind::Pkcs8Bare => pkcs8::look_bare(&der),
        Kind::Key6 => Ok(key6::look()),
        Kind::Pkcs12 => pkcs12::look(&der),
        Kind::Jks => jks::look(&der),
    }
}

/// All keys of a container, each with its certificates if they came along. The password is UTF-8;
/// where that does not open it, the same in windows-1251 is tried, which older programs used.
pub fn read(bytes: &[u8], password: &[u8]) -> Result<Vec<Found>, ContainerError> {
    let (kind, der) = open_door(bytes)?;
    let outcome = read_with(kind, &der, password);
    match (&outcome, std::str::from_utf8(password)) {
        (Err(ContainerError::WrongPassword { .. }), Ok(text)) if !text.is_ascii() => {
            let old = Zeroizing::new(WINDOWS_1251.encode(text).0.into_owned());
            read_with(kind, &der, &old).or(outcome)
        }
        _ => outcome,
    }
}

fn read_with(kind: Kind, der: &[u8], password: &[u8]) -> Result<Vec<Found>, ContainerError> {
    match kind {
        Kind::Pkcs8 => pkcs8::read(der, password),
        Kind::Pkcs8Bare => pkcs8::keys_in(kind, der, None, &[]),
        Kind::Key6 => key6::read(der, password),
        Kind::Pkcs12 => pkcs12::read(der, password),
        Kind::Jks => jks::read(der, password),
    }
}

/// The suite of an algorithm of keys; `None` when no suite has it.
pub fn suite_of(algorithm: ObjectIdentifier) -> Option<Box<dyn Suite>> {
    match algorithm {
        oid::DSTU_4145 => super::suite("ukrainian"),
        oid::RSA | oid::EC => super::suite("international"),
        _ => None,
    }
}

/// The certificate of `key_id` among `all`, and those above it.
fn chain_of(key_id: &[u8], suite: &dyn Suite, all: &[Certificate]) -> Vec<Certificate> {
    let is_own = |one: &&Certificate| suite.key_id(one.public_key()).is_ok_and(|id| id == key_id);
    let mut chain: Vec<Certificate> = all.iter().filter(is_own).take(1).cloned().collect();
    while let Some(last) = chain.last().filter(|_| chain.len() < MAX_CHAIN) {
        let above = all.iter().find(|one| {
            one.subject_der() == last.issuer_der() && one.is_authority() && !chain.contains(one)
        });
        match above.cloned() {
            Some(above) => chain.push(above),
            None => break,
        }
    }
    chain
}
