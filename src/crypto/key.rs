//! Private keys in memory, and the pair of a key and its certificate.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use super::certificate::Certificate;

/// A private key: PKCS#8 `PrivateKeyInfo` in DER (RFC 5958), wiped when dropped.
/// Deliberately without `Debug`, `Display` and `Serialize`.
#[derive(Clone)]
pub struct PrivateKey {
    pkcs8: Zeroizing<Vec<u8>>,
    /// What a suite reads it as; shared by clones, and wiped with the last of them.
    parsed: Arc<OnceLock<Arc<dyn Any + Send + Sync>>>,
}

impl PrivateKey {
    pub fn from_pkcs8(der: Zeroizing<Vec<u8>>) -> Self {
        Self { pkcs8: der, parsed: Arc::default() }
    }

    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
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
