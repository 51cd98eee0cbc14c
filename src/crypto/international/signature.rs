//! Signatures and digests: RSA PKCS#1 v1.5 and PSS, ECDSA; SHA-2 only.

use const_oid::ObjectIdentifier;
use der::asn1::AnyRef;
use der::{Decode as _, Encode as _};
use rsa::pkcs1::RsaPssParamsOwned;
use rsa::signature::hazmat::PrehashVerifier as _;
use rsa::signature::{RandomizedSigner as _, SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::{pkcs1v15, pss};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};

use super::keys::{Family, Private, Public};
use crate::crypto::oid;
use crate::crypto::suite::{CryptoError, Signature, malformed};
use crate::crypto::{CryptoRng, KeyElsewhere};

const WHAT: &str = "signature algorithm";
const BAD: CryptoError = CryptoError::BadSignature { what: "signed bytes" };

#[derive(Clone, Copy, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// SHA-1 and shorter are not here: what they sign can be forged.
    fn of(kind: ObjectIdentifier) -> Result<Self, CryptoError> {
        match kind {
            oid::SHA256 => Ok(Self::Sha256),
            oid::SHA384 => Ok(Self::Sha384),
            oid::SHA512 => Ok(Self::Sha512),
            other => Err(unsupported("digest", other)),
        }
    }

    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

fn unsupported(what: &'static str, kind: ObjectIdentifier) -> CryptoError {
    CryptoError::Unsupported { what, detail: format!("algorithm {kind}") }
}

pub(super) fn digest(kind: ObjectIdentifier, bytes: &[u8]) -> Result<Vec<u8>, CryptoError> {
    Ok(Hash::of(kind)?.digest(bytes))
}

/// A digest as a plain function.
type Digesting = &'static dyn Fn(&[u8]) -> Vec<u8>;

/// The digest that goes with the signatures of [`sign`]: its `AlgorithmIdentifier` and itself.
pub(super) fn digest_for(key: &Private) -> (AlgorithmIdentifierOwned, Digesting) {
    let (oid, digest): (_, Digesting) = match key.family() {
        Family::P384 => (oid::SHA384, &|bytes| Sha384::digest(bytes).to_vec()),
        _ => (oid::SHA256, &|bytes| Sha256::digest(bytes).to_vec()),
    };
    (AlgorithmIdentifierOwned { oid, parameters: None }, digest)
}

/// RSA PKCS#1 v1.5 with SHA-256, ECDSA with the digest of the curve's size (RFC 6979: the same
/// bytes give the same signature). Chance blinds RSA.
pub(super) fn sign(
    key: &Private,
    message: &[u8],
    chance: &mut dyn CryptoRng,
) -> Result<Signature, CryptoError> {
    let failed = |_| CryptoError::KeyMismatch { detail: "it does not sign".to_owned() };
    let (oid, bytes) = match key {
        Private::Rsa(key) => {
            let signer = pkcs1v15::SigningKey::<Sha256>::new((**key).clone());
            let signature = signer.try_sign_with_rng(chance, message).map_err(failed)?;
            (oid::RSA_SHA256, signature.to_vec())
        }
        Private::P256(key) => {
            let signature: p256::ecdsa::Signature =
                key.signer().try_sign(message).map_err(failed)?;
            (oid::ECDSA_SHA256, signature.to_der().as_bytes().to_vec())
        }
        Private::P384(key) => {
            let signer = p384::ecdsa::SigningKey::from(key);
            let signature: p384::ecdsa::Signature = signer.try_sign(message).map_err(failed)?;
            (oid::ECDSA_SHA384, signature.to_der().as_bytes().to_vec())
        }
        Private::Elsewhere(elsewhere, public) => {
            let (oid, bytes) = sign_elsewhere(elsewhere.as_ref(), public, message)?;
            let signature = finished(key, oid, bytes)?;
            verify(public, message, &signature, None)?;
            return Ok(signature);
        }
    };
    finished(key, oid, bytes)
}

/// DER of a `DigestInfo` with SHA-256 up to the digest itself (RFC 8017 §9.2, note 1).
const DIGEST_INFO_SHA256: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];

/// The same by a key that lies elsewhere; what comes back is checked before anybody relies on it.
fn sign_elsewhere(
    key: &dyn KeyElsewhere,
    public: &Public,
    message: &[u8],
) -> Result<(ObjectIdentifier, Vec<u8>), CryptoError> {
    let odd = || CryptoError::KeyMismatch { detail: "its signature is of an odd size".to_owned() };
    match public {
        Public::Rsa(_) => {
            let info = [&DIGEST_INFO_SHA256[..], &Sha256::digest(message)].concat();
            Ok((oid::RSA_SHA256, key.sign(&info)?))
        }
        Public::P256(_) => {
            let raw = key.sign(&Sha256::digest(message))?;
            let signature = p256::ecdsa::Signature::from_slice(&raw).map_err(|_| odd())?;
            Ok((oid::ECDSA_SHA256, signature.to_der().as_bytes().to_vec()))
        }
        Public::P384(_) => {
            let raw = key.sign(&Sha384::digest(message))?;
            let signature = p384::ecdsa::Signature::from_slice(&raw).map_err(|_| odd())?;
            Ok((oid::ECDSA_SHA384, signature.to_der().as_bytes().to_vec()))
        }
    }
}

fn finished(
    key: &Private,
    oid: ObjectIdentifier,
    bytes: Vec<u8>,
) -> Result<Signature, CryptoError> {
    // RSA's parameters are NULL, ECDSA's absent (RFC 4055 §5, RFC 5758 §3.2).
    let parameters = (key.family() == Family::Rsa).then_some(AnyRef::NULL);
    let algorithm = AlgorithmIdentifierRef { oid, parameters }.to_der().map_err(malformed(WHAT))?;
    Ok(Signature { algorithm, bytes })
}

/// Checks a signature. `digest_algorithm` is the `SignerInfo`'s: it fills in what the plain
/// algorithms rsaEncryption and id-ecPublicKey don't say, and must agree with what others do.
pub(super) fn verify(
    key: &Public,
    message: &[u8],
    signature: &Signature,
    digest_algorithm: Option<ObjectIdentifier>,
) -> Result<(), CryptoError> {
    let algorithm =
        AlgorithmIdentifierRef::from_der(&signature.algorithm).map_err(malformed(WHAT))?;
    let kind = algorithm.oid;
    let stated = digest_algorithm.map(Hash::of).transpose()?;
    let hash = match kind {
        oid::RSA_SHA256 | oid::ECDSA_SHA256 => Hash::Sha256,
        oid::RSA_SHA384 | oid::ECDSA_SHA384 => Hash::Sha384,
        oid::RSA_SHA512 | oid::ECDSA_SHA512 => Hash::Sha512,
        oid::RSA | oid::EC => stated.ok_or_else(|| unsupported(WHAT, kind))?,
        oid::RSA_PSS => {
            return verify_pss(key, message, &signature.bytes, algorithm.parameters, stated);
        }
        other => return Err(unsupported(WHAT, other)),
    };
    if stated.is_some_and(|stated| stated != hash) {
        let detail = "the digest is not the signature's".to_owned();
        return Err(CryptoError::Malformed { what: WHAT, detail });
    }
    let is_rsa = matches!(kind, oid::RSA | oid::RSA_SHA256 | oid::RSA_SHA384 | oid::RSA_SHA512);
    match key {
        Public::Rsa(key) if is_rsa => verify_rsa(key, message, &signature.bytes, hash),
        Public::P256(key) if !is_rsa => {
            let parsed = p256::ecdsa::Signature::from_der(&signature.bytes).map_err(|_| BAD)?;
            let verifier = p256::ecdsa::VerifyingKey::from(key);
            verifier.verify_prehash(&hash.digest(message), &parsed).map_err(|_| BAD)
        }
        Public::P384(key) if !is_rsa => {
            let parsed = p384::ecdsa::Signature::from_der(&signature.bytes).map_err(|_| BAD)?;
            let verifier = p384::ecdsa::VerifyingKey::from(key);
            verifier.verify_prehash(&hash.digest(message), &parsed).map_err(|_| BAD)
        }
        _ => Err(CryptoError::KeyMismatch {
            detail: "the signature's algorithm is not of this kind of key".to_owned(),
        }),
    }
}

fn verify_rsa(
    key: &rsa::RsaPublicKey,
    message: &[u8],
    bytes: &[u8],
    hash: Hash,
) -> Result<(), CryptoError> {
    let signature = pkcs1v15::Signature::try_from(bytes).map_err(|_| BAD)?;
    let key = key.clone();
    match hash {
        Hash::Sha256 => pkcs1v15::VerifyingKey::<Sha256>::new(key).verify(message, &signature),
        Hash::Sha384 => pkcs1v15::VerifyingKey::<Sha384>::new(key).verify(message, &signature),
        Hash::Sha512 => pkcs1v15::VerifyingKey::<Sha512>::new(key).verify(message, &signature),
    }
    .map_err(|_| BAD)
}

/// `RSASSA-PSS-params` (RFC 4055 §3.1). The defaults mean SHA-1, which we don't take; both
/// digests must be the same.
fn verify_pss(
    key: &Public,
    message: &[u8],
    bytes: &[u8],
    parameters: Option<AnyRef<'_>>,
    stated: Option<Hash>,
) -> Result<(), CryptoError> {
    let what = "RSASSA-PSS parameters";
    let Public::Rsa(key) = key else {
        let detail = "RSASSA-PSS with a key that is not RSA".to_owned();
        return Err(CryptoError::KeyMismatch { detail });
    };
    let parameters: RsaPssParamsOwned =
        parameters.unwrap_or(AnyRef::NULL).decode_as().map_err(malformed(what))?;
    let hash = Hash::of(parameters.hash.oid)?;
    let (mask, salt) = (parameters.mask_gen, usize::from(parameters.salt_len));
    let mask_hash = mask.parameters.map(|digest| Hash::of(digest.oid)).transpose()?;
    if mask.oid != oid::MGF1 || mask_hash != Some(hash) || stated.is_some_and(|s| s != hash) {
        let detail = "digests that differ, or another mask".to_owned();
        return Err(CryptoError::Unsupported { what, detail });
    }
    let signature = pss::Signature::try_from(bytes).map_err(|_| BAD)?;
    let key = key.clone();
    match hash {
        Hash::Sha256 => {
            pss::VerifyingKey::<Sha256>::new_with_salt_len(key, salt).verify(message, &signature)
        }
        Hash::Sha384 => {
            pss::VerifyingKey::<Sha384>::new_with_salt_len(key, salt).verify(message, &signature)
        }
        Hash::Sha512 => {
            pss::VerifyingKey::<Sha512>::new_with_salt_len(key, salt).verify(message, &signature)
        }
    }
    .map_err(|_| BAD)
}
