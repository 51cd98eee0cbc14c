//! Private keys in memory, and the pair of a key and its certificate.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::suite::CryptoError;

/// A private key: PKCS#8 `PrivateKeyInfo` in DER (RFC 5958), wiped when dropped; or the way to one
/// that lies elsewhere. Deliberately without `Debug`, `Display` and `Serialize`.
#[derive(Clone)]
pub struct PrivateKey {
    pkcs8: Zeroizing<Vec<u8>>,
    elsewhere: Option<Arc<dyn KeyElsewhere>>,
    /// What a suite reads it as; shared by clones, and wiped with the last of them.
    parsed: Arc<OnceLock<Arc<dyn Any + Send + Sync>>>,
}

/// A private key that computes where it lies, on a token, and never comes here. A call that fails
/// for the place's own reasons answers [`CryptoError::Elsewhere`].
pub trait KeyElsewhere: Send + Sync {
    /// DER of the `SubjectPublicKeyInfo`.
    fn public_key(&self) -> &[u8];

    /// On a curve: ECDSA of this digest, as r ‖ s, each of the curve's size. RSA: PKCS#1 v1.5 of
    /// this DER `DigestInfo` (RFC 8017 §9.2).
    fn sign(&self, digest: &[u8]) -> Result<Vec<u8>, CryptoError>;

    /// The raw shared secret (SEC 1 §3.3.1) with an uncompressed point of the same curve.
    fn agree(&self, point: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError>;

    /// What was encrypted to this RSA key; wrong padding is [`CryptoError::Undecipherable`].
    fn decrypt(&self, padding: Padding, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError>;
}

/// How a key is padded before RSA (RFC 8017 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    Pkcs1,
    /// The digest and the digest of the mask, without a label.
    Oaep {
        hash: ObjectIdentifier,
        mask: ObjectIdentifier,
    },
}

impl PrivateKey {
    pub fn from_pkcs8(der: Zeroizing<Vec<u8>>) -> Self {
        Self { pkcs8: der, elsewhere: None, parsed: Arc::default() }
    }

    /// The way to a key that lies elsewhere.
    pub fn lies_elsewhere(key: Arc<dyn KeyElsewhere>) -> Self {
        Self { pkcs8: Zeroizing::default(), elsewhere: Some(key), parsed: Arc::default() }
    }

    /// Nothing when the key lies elsewhere.
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// What is encrypted for keeping. A key that lies elsewhere has nothing of the kind.
    pub(super) fn to_keep(&self) -> Result<&[u8], CryptoError> {
        if self.elsewhere.is_none() {
            return Ok(&self.pkcs8);
        }
        let detail = "it lies on a token and can't be copied".to_owned();
        Err(CryptoError::KeyMismatch { detail })
    }

    pub fn elsewhere(&self) -> Option<&Arc<dyn KeyElsewhere>> {
        self.elsewhere.as_ref()
    }

    /// The key as a suite computes with it, parsed once. `T` must wipe itself when dropped.
    pub(super) fn parsed<T: Any + Send + Sync, E>(
        &self,
        parse: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        if let Some(known) = self.parsed.get()
            && let Ok(known) = Arc::clone(known).downcast()
        {
            return Ok(known);
        }
        let parsed = Arc::new(parse(self)?);
        // Whoever was first stays; another suite's reading of the same key is not kept.
        let _ = self.parsed.set(parsed.clone());
        Ok(parsed)
    }
}

/// A private key and the certificate that answers it.
#[derive(Clone)]
pub struct Pair {
    pub key: PrivateKey,
    pub certificate: Certificate,
}
