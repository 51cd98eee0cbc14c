//! How containers are locked: PBES2 and its cost, the MAC of PKCS#12.

use der::asn1::{Any, ObjectIdentifier, OctetString, OctetStringRef};
use der::{Encode as _, Sequence};
use encoding_rs::WINDOWS_1251;
use sha2::Digest as _;
use spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use super::{ContainerError, Kind, MAX_ITERATIONS};
use crate::crypto::{oid, ukrainian};

/// `EncryptedPrivateKeyInfo` (RFC 5958 §3).
#[derive(Sequence)]
pub(super) struct Locked {
    pub algorithm: AlgorithmIdentifierOwned,
    pub sealed: OctetString,
}

#[derive(Sequence)]
struct LockedRef<'a> {
    algorithm: AlgorithmIdentifierOwned,
    sealed: &'a OctetStringRef,
}

/// `PBES2-params` (RFC 8018 appendix A.4).
#[derive(Sequence)]
struct Pbes2 {
    derivation: AlgorithmIdentifierOwned,
    cipher: AlgorithmIdentifierOwned,
}

/// `PBKDF2-params` (RFC 8018 appendix A.2).
#[derive(Sequence)]
struct Pbkdf2 {
    salt: OctetString,
    iterations: u32,
    key_length: Option<u16>,
    digest: Option<AlgorithmIdentifierOwned>,
}

/// Iterations that are left to a container.
pub(super) struct Budget(u32);

impl Default for Budget {
    fn default() -> Self {
        Self(MAX_ITERATIONS)
    }
}

impl Budget {
    pub fn spend(&mut self, kind: Kind, iterations: u32) -> Result<(), ContainerError> {
        self.0 = self.0.checked_sub(iterations).ok_or_else(|| {
            let detail = format!("its locks need more than {MAX_ITERATIONS} iterations");
            ContainerError::Unsupported { kind, detail }
        })?;
        Ok(())
    }
}

fn derivation(algorithm: &AlgorithmIdentifierOwned) -> Option<(Pbes2, Pbkdf2)> {
    let scheme: Pbes2 = algorithm.parameters.as_ref()?.decode_as().ok()?;
    let pbkdf2 = scheme.derivation.parameters.as_ref()?.decode_as().ok()?;
    Some((scheme, pbkdf2)).filter(|(scheme, _)| scheme.derivation.oid == oid::PBKDF2)
}

/// A lock in words.
pub(super) fn describe(algorithm: &AlgorithmIdentifierOwned) -> String {
    match derivation(algorithm) {
        Some((scheme, pbkdf2)) => {
            let digest = pbkdf2.digest.as_ref().map_or("HMAC SHA-1".to_owned(), |d| name(d.oid));
            let cipher = name(scheme.cipher.oid);
            format!("PBES2: PBKDF2, {digest}, {} iterations; {cipher}", pbkdf2.iterations)
        }
        None => name(algorithm.oid),
    }
}

/// The usual name of a digest, cipher or scheme, else its number.
pub(super) fn name(oid: ObjectIdentifier) -> String {
    match oid {
        oid::HMAC_GOST_34311 => "HMAC GOST 34.311".to_owned(),
        oid::GOST_34311 => "GOST 34.311".to_owned(),
        oid::GOST_28147_CFB => "GOST 28147 CFB".to_owned(),
        oid::KUPYNA_256_KMAC => "KMAC Kupyna-256".to_owned(),
        oid::KALYNA_256_CBC => "Kalyna-256 CBC".to_owned(),
        oid::PBES2 => "PBES2".to_owned(),
        oid::SUN_KEY_PROTECTOR => "Java's key protector (SHA-1)".to_owned(),
        oid::MEDOC_DIGEST => "a digest that is misnamed".to_owned(),
        other => match const_oid::db::DB.by_oid(&other) {
            Some(known) => known.to_owned(),
            None => other.to_string(),
        },
    }
}

/// What lies under a PBES2 lock. There is no checksum: a wrong password shows when what comes out
/// is no SEQUENCE.
pub(super) fn unlock(
    kind: Kind,
    algorithm: &AlgorithmIdentifierOwned,
    sealed: &[u8],
    password: &[u8],
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
    let unsupported = |detail: String| ContainerError::Unsupported { kind, detail };
    if algorithm.oid != oid::PBES2 {
        let scheme = name(algorithm.oid);
        return Err(unsupported(format!("locked by {scheme}; only PBES2 is read")));
    }
    if let Some((scheme, pbkdf2)) = derivation(algorithm) {
        if scheme.cipher.oid == oid::KALYNA_256_CBC {
            let detail = "locked with Kalyna and Kupyna (a newer .zs2 of M.E.Doc or СОТА), which \
                certpost does not have; export the key as Key-6.dat or .pfx";
            return Err(unsupported(detail.to_owned()));
        }
        budget.spend(kind, pbkdf2.iterations)?;
    }
    let write = || -> der::Result<Vec<u8>> {
        LockedRef { algorithm: algorithm.clone(), sealed: OctetStringRef::new(sealed)? }.to_der()
    };
    let locked = write().map_err(super::malformed(kind))?;
    ukrainian::unlock(&locked, password).map_err(|error| ContainerError::of(kind, error))
}

/// The digests of MACs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Gost34311,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// Those that a name may mean; a malformed name may mean several.
    pub fn of(name: ObjectIdentifier) -> &'static [Self] {
        match name {
            oid::GOST_34311 | oid::HMAC_GOST_34311 => &[Self::Gost34311],
            oid::SHA1 => &[Self::Sha1],
            oid::SHA256 => &[Self::Sha256],
            oid::SHA384 => &[Self::Sha384],
            oid::SHA512 => &[Self::Sha512],
            oid::MEDOC_DIGEST => &[Self::Gost34311, Self::Sha1, Self::Sha256],
            _ => &[],
        }
    }

    /// Octets of a block.
    fn block(self) -> usize {
        match self {
            Self::Gost34311 => 32,
            Self::Sha1 | Self::Sha256 => 64,
            Self::Sha384 | Self::Sha512 => 128,
        }
    }

    fn digest(self, bytes: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Gost34311 => dstu::gost34311::hash(bytes).to_vec(),
            Self::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
            Self::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
            Self::Sha384 => sha2::Sha384::digest(bytes).to_vec(),
            Self::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
        })
    }

    /// RFC 2104.
    fn hmac(self, key: &[u8], message: &[u8]) -> Zeroizing<Vec<u8>> {
        // Keys here are as long as a digest, which no block is shorter than.
        let pad = |with: u8| {
            let key = key.iter().copied().chain(std::iter::repeat(0));
            key.take(self.block()).map(move |octet| octet ^ with)
        };
        let inner: Zeroizing<Vec<u8>> =
            Zeroizing::new(pad(0x36).chain(message.iter().copied()).collect());
        let inner = self.digest(&inner);
        let outer: Zeroizing<Vec<u8>> =
            Zeroizing::new(pad(0x5c).chain(inner.iter().copied()).collect());
        self.digest(&outer)
    }

    /// The key derivation of PKCS#12 for as many octets as one digest has (RFC 7292 appendix B.2).
    fn derive(
        self,
        purpose: u8,
        password: &[u8],
        salt: &[u8],
        iterations: u32,
    ) -> Zeroizing<Vec<u8>> {
        let block = self.block();
        let mut input = Zeroizing::new(vec![purpose; block]);
        for part in [salt, password] {
            let whole = part.len().div_ceil(block) * block;
            input.extend(part.iter().cycle().take(whole));
        }
        let mut key = self.digest(&input);
        for _ in 1..iterations {
            key = self.digest(&key);
        }
        key
    }
}

/// The purpose of a key for integrity (RFC 7292 appendix B.3).
const INTEGRITY: u8 = 3;

/// The MAC over the content of PKCS#12.
pub(super) fn mac(
    hash: Hash,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    content: &[u8],
) -> Zeroizing<Vec<u8>> {
    let mut wide = utf16(password);
    wide.extend([0, 0]);
    hash.hmac(&hash.derive(INTEGRITY, &wide, salt, iterations), content)
}

/// A password as UTF-16, big-endian: what PKCS#12 and Java count.
pub(super) fn utf16(password: &[u8]) -> Zeroizing<Vec<u8>> {
    let text = match std::str::from_utf8(password) {
        Ok(text) => Zeroizing::new(text.to_owned()),
        Err(_) => Zeroizing::new(WINDOWS_1251.decode_without_bom_handling(password).0.into_owned()),
    };
    // Long enough at once, so that growing leaves no copy behind.
    let mut wide = Zeroizing::new(Vec::with_capacity(2 * text.len() + 2));
    wide.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    wide
}

/// An algorithm without parameters but NULL.
pub(super) fn with_null(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters: Some(Any::null()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2202 case 2, RFC 4231 case 2.
    #[test]
    fn hmac_of_the_rfcs() {
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let message = b"what do ya want for nothing?";
        let sha1 = Hash::Sha1.hmac(b"Jefe", message);
        assert_eq!(hex(&sha1), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        let sha256 = Hash::Sha256.hmac(b"Jefe", message);
        assert!(hex(&sha256).starts_with("5bdcc146bf60754e6a042426089575c7"));
        let gost = Hash::Gost34311.hmac(b"Jefe", message);
        assert_eq!(*gost, dstu::gost34311::hmac(b"Jefe", message));
    }

    #[test]
    fn passwords_become_utf16() {
        assert_eq!(*utf16("пA".as_bytes()), [0x04, 0x3f, 0, 0x41]);
        assert_eq!(*utf16(&[0xef, 0x41]), [0x04, 0x3f, 0, 0x41]);
    }
}
