//! Private keys in memory, and the pair of a key and its certificate.

use zeroize::Zeroizing;

use super::certificate::Certificate;

/// A private key: PKCS#8 `PrivateKeyInfo` in DER (RFC 5958), wiped when dropped.
/// Deliberately without `Debug`, `Display` and `Serialize`.
#[derive(Clone)]
pub struct PrivateKey(Zeroizing<Vec<u8>>);

impl PrivateKey {
    pub fn from_pkcs8(der: Zeroizing<Vec<u8>>) -> Self {
        Self(der)
    }

    pub fn pkcs8(&self) -> &[u8] {
        &self.0
    }
}

/// A private key and the certificate that answers it.
#[derive(Clone)]
pub struct Pair {
    pub key: PrivateKey,
    pub certificate: Certificate,
}
