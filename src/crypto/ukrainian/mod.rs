//! The Ukrainian suite: DSTU 4145-2002 over GOST 34.311-95, GOST 28147; what КЕП and the tax
//! office's gates speak (ukraine.md §3). The mathematics are the crate [`dstu`]'s.
//!
//! Signing keys are on the curve of 257 bits, agreement keys on that of 431, as in nearly every
//! certificate there is (§3.3). All ten named curves are read. A curve that is none of them is
//! refused: nobody has one, and proving it sound would cost a stranger nothing and us a second.
//!
//! Three things differ from other suites:
//!
//! - Keys and signatures in certificates, requests and revocation lists are OCTET STRINGs inside
//!   the BIT STRING; in a `SignerInfo` the signature stands without (§3.4).
//! - Envelopes have **no integrity of their own** (§3.6): the cipher is a stream, and only the key
//!   is checked when it is unwrapped. A flipped bit of the content decrypts to a flipped bit. What
//!   protects is the signature inside, which is why nothing is believed before
//!   [`Opener`](super::Opener) has verified one.
//! - Key agreement is static when the sender has a pair on the recipient's curve; its certificate
//!   must travel beside the envelope, which never holds one. Otherwise the sender's half is made
//!   for one envelope and travels inside.

mod content;
mod keeping;
mod keys;
mod recipient;
mod signature;

use spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use super::certificate::{Certificate, Usage};
use super::cms::signed::{self, Mathematics, Plan};
use super::key::{Pair, PrivateKey};
use super::suite::{CryptoError, Signature, SignedLayer, Suite};

/// The suite. It has no settings: the formats leave none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ukrainian;

/// What lies in an `EncryptedPrivateKeyInfo` of either kind, unread: containers lock more than
/// keys that way.
pub(super) fn unlock(protected: &[u8], password: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    Ok(Zeroizing::new(keeping::unprotect(protected, password)?.pkcs8().to_vec()))
}

/// The same key as PKCS#8 with nothing else in it: containers keep a second key in attributes.
pub(super) fn bare(key: &PrivateKey) -> Result<PrivateKey, CryptoError> {
    write(&keys::read_private(key)?)
}

/// PKCS#8 of a key of the mathematics.
pub(super) fn write(key: &dstu::PrivateKey) -> Result<PrivateKey, CryptoError> {
    keys::write_private(key).map_err(super::suite::malformed("PKCS#8 private key"))
}

/// Bits of the curve that a DER `SubjectPublicKeyInfo` is on.
pub fn curve_bits(public_key: &[u8]) -> Result<u16, CryptoError> {
    Ok(keys::read_public(public_key)?.curve().m())
}

impl Mathematics for Ukrainian {
    fn digest(
        &self,
        algorithm: &AlgorithmIdentifierOwned,
        bytes: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        signature::digest(algorithm, bytes)
    }

    fn verify_signer(
        &self,
        public_key: &[u8],
        digest_algorithm: &AlgorithmIdentifierOwned,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), CryptoError> {
        signature::check_digest(digest_algorithm)?;
        signature::check_algorithm(&signature.algorithm)?;
        signature::verify(&keys::read_public(public_key)?, message, &signature.bytes)
    }
}

impl Suite for Ukrainian {
    fn name(&self) -> &'static str {
        "ukrainian"
    }

    fn generate(
        &self,
        usage: Usage,
        chance: &mut dyn super::CryptoRng,
    ) -> Result<PrivateKey, CryptoError> {
        keys::generate(usage, chance)
    }

    fn public_key(&self, key: &PrivateKey) -> Result<Vec<u8>, CryptoError> {
        keys::write_public(keys::read_private(key)?.public())
    }

    /// GOST 34.311 of the OCTET STRING inside the BIT STRING, tag and length included
    /// (ukraine.md §3.2).
    fn key_id(&self, public_key: &[u8]) -> Result<Vec<u8>, CryptoError> {
        keys::key_id(public_key)
    }

    fn sign_bytes(
        &self,
        key: &PrivateKey,
        message: &[u8],
        chance: &mut dyn super::CryptoRng,
    ) -> Result<Signature, CryptoError> {
        signature::sign_wrapped(&keys::read_private(key)?, message, chance)
    }

    fn verify_bytes(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), CryptoError> {
        signature::verify_wrapped(&keys::read_public(public_key)?, message, signature)
    }

    fn sign(
        &self,
        content: &[u8],
        signer: &Pair,
        at: crate::time::Timestamp,
        chance: &mut dyn super::CryptoRng,
    ) -> Result<Vec<u8>, CryptoError> {
        let key = keys::read_private(&signer.key)?;
        keys::check_pair(&key, &signer.certificate)?;
        let plan = Plan {
            digest_algorithm: signature::digest_algorithm(),
            digest: &|bytes| dstu::gost34311::hash(bytes).to_vec(),
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
        sender: Option<&Pair>,
        chance: &mut dyn super::CryptoRng,
    ) -> Result<Vec<u8>, CryptoError> {
        content::envelope(content, recipients, sender, chance)
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
        keys::read_private(&key)?;
        Ok(key)
    }
}
