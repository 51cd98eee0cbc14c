//! The international suite: RSA and NIST curves, SHA-2, AES; what S/MIME clients speak.

mod content;
mod keys;
mod recipient;
mod signature;

use spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use super::certificate::{Certificate, Usage};
use super::cms::signed::{self, Mathematics, Plan};
use super::keeping;
use super::key::{Pair, PrivateKey};
use super::suite::{CryptoError, Signature, SignedLayer, Suite};

/// Which keys the suite makes. It reads them all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum KeyKind {
    #[serde(rename = "rsa-2048")]
    Rsa2048,
    #[serde(rename = "rsa-3072")]
    Rsa3072,
    #[serde(rename = "rsa-4096")]
    Rsa4096,
    #[default]
    #[serde(rename = "p-256")]
    P256,
    #[serde(rename = "p-384")]
    P384,
}

/// The suite; by default P-256 keys and AES-256-CBC in `EnvelopedData`, which every S/MIME client
/// of the last twenty years opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct International {
    pub keys: KeyKind,
    /// Envelopes as `AuthEnvelopedData` with AES-256-GCM (RFC 5083, RFC 5084) instead.
    pub authenticated: bool,
}

/// DER of the `SubjectPublicKeyInfo` of a point (SEC 1 §2.3.3) on the curve of `kind`.
pub fn public_key_of_point(kind: KeyKind, point: &[u8]) -> Result<Vec<u8>, CryptoError> {
    keys::of_point(kind, point)
}

/// DER of the `SubjectPublicKeyInfo` of an RSA key; both numbers with the highest octet first.
pub fn public_key_of_numbers(modulus: &[u8], exponent: &[u8]) -> Result<Vec<u8>, CryptoError> {
    keys::of_numbers(modulus, exponent)
}

impl Mathematics for International {
    fn digest(
        &self,
        algorithm: &AlgorithmIdentifierOwned,
        bytes: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        signature::digest(algorithm.oid, bytes)
    }

    fn verify_signer(
        &self,
        public_key: &[u8],
        digest_algorithm: &AlgorithmIdentifierOwned,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), CryptoError> {
        let key = keys::Public::read(public_key)?;
        signature::verify(&key, message, signature, Some(digest_algorithm.oid))
    }
}

impl Suite for International {
    fn name(&self) -> &'static str {
        "international"
    }

    fn generate(
        &self,
        _usage: Usage,
        chance: &mut dyn super::CryptoRng,
    ) -> Result<PrivateKey, CryptoError> {
        keys::generate(self.keys, chance)
    }

    fn public_key(&self, key: &PrivateKey) -> Result<Vec<u8>, CryptoError> {
        keys::Private::read(key)?.public_key()
    }

    fn sign_bytes(
        &self,
        key: &PrivateKey,
        message: &[u8],
        chance: &mut dyn super::CryptoRng,
    ) -> Result<Signature, CryptoError> {
        signature::sign(&*keys::Private::read(key)?, message, chance)
    }

    fn verify_bytes(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), CryptoError> {
        signature::verify(&keys::Public::read(public_key)?, message, signature, None)
    }

    fn sign(
        &self,
        content: &[u8],
        signer: &Pair,
        at: crate::time::Timestamp,
        chance: &mut dyn super::CryptoRng,
    ) -> Result<Vec<u8>, CryptoError> {
        let key = keys::Private::read(&signer.key)?;
        if key.public_key()? != signer.certificate.public_key() {
            let detail = "the certificate of the signer is not of this key".to_owned();
            return Err(CryptoError::KeyMismatch { detail });
        }
        let (digest_algorithm, digest) = signature::digest_for(&key);
        let plan = Plan {
            digest_algorithm,
            digest,
            sign: &mut |message| signature::sign(&key, message, chance),
        };
        signed::sign(content, &signer.certificate, at, plan)
    }

    fn verify(
        &self,
        signed: &[u8],
        known: &[Certificate],
    ) -> Result<Vec<SignedLayer>, CryptoError> {
        signed::verify(signed, known, self)
    }

    fn envelope(
        &self,
        content: &[u8],
        recipients: &[Certificate],
        _sender: Option<&Pair>,
        chance: &mut dyn super::CryptoRng,
    ) -> Result<Vec<u8>, CryptoError> {
        content::envelope(content, recipients, self.authenticated, chance)
    }

    fn open(
        &self,
        enveloped: &[u8],
        pairs: &[&Pair],
        senders: &[Certificate],
    ) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        content::open(enveloped, pairs, senders)
    }

    fn protect(
        &self,
        key: &PrivateKey,
        password: &[u8],
        chance: &mut dyn super::CryptoRng,
    ) -> Result<Vec<u8>, CryptoError> {
        keeping::protect(key, password, chance)
    }

    fn unprotect(&self, protected: &[u8], password: &[u8]) -> Result<PrivateKey, CryptoError> {
        let key = keeping::unprotect(protected, password)?;
        keys::Private::read(&key)?;
        Ok(key)
    }
}
