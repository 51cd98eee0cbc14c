//! Signatures and digests (ukraine.md §3.4, §3.5).

use const_oid::ObjectIdentifier;
use der::asn1::{Any, OctetString};
use der::{Decode as _, Encode as _};
use dstu::{PrivateKey, PublicKey, gost34311};
use sha2::Digest as _;
use spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef};
use zeroize::Zeroizing;

use crate::crypto::CryptoRng;
use crate::crypto::oid;
use crate::crypto::suite::{CryptoError, Signature, malformed};

const BAD: CryptoError = CryptoError::BadSignature { what: "signed bytes" };
const ALGORITHM: &str = "signature algorithm";

fn unsupported(what: &'static str, kind: ObjectIdentifier) -> CryptoError {
    CryptoError::Unsupported { what, detail: format!("algorithm {kind}") }
}

fn bare(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters: None::<Any> }
}

pub(super) fn digest_algorithm() -> AlgorithmIdentifierOwned {
    bare(oid::GOST_34311)
}

/// SHA-256 is here for signingCertificateV2, whose default it is (RFC 5035 §3); for contents
/// [`check_digest`] forbids it.
pub(super) fn digest(
    algorithm: &AlgorithmIdentifierOwned,
    bytes: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    match algorithm.oid {
        oid::GOST_34311 => Ok(gost34311::hash(bytes).to_vec()),
        oid::SHA256 => Ok(sha2::Sha256::digest(bytes).to_vec()),
        other => Err(unsupported("digest", other)),
    }
}

/// The digest that belongs to the only signature algorithm.
pub(super) fn check_digest(algorithm: &AlgorithmIdentifierOwned) -> Result<(), CryptoError> {
    match algorithm.oid {
        oid::GOST_34311 => Ok(()),
        other => Err(unsupported("digest", other)),
    }
}

pub(super) fn check_algorithm(algorithm: &[u8]) -> Result<(), CryptoError> {
    let algorithm = AlgorithmIdentifierRef::from_der(algorithm).map_err(malformed(ALGORITHM))?;
    match algorithm.oid {
        oid::DSTU_4145 => Ok(()),
        other => Err(unsupported(ALGORITHM, other)),
    }
}

/// As `SignerInfo` has it: r‖s, each half little-endian.
pub(super) fn sign(
    key: &PrivateKey,
    message: &[u8],
    chance: &mut dyn CryptoRng,
) -> Result<Signature, CryptoError> {
    let mut fresh = Zeroizing::new([0_u8; 32]);
    chance.fill_bytes(fresh.as_mut_slice());
    let bytes = key.sign(&gost34311::hash(message), &fresh);
    let algorithm = bare(oid::DSTU_4145).to_der().map_err(malformed(ALGORITHM))?;
    Ok(Signature { algorithm, bytes })
}

/// As certificates, requests and revocation lists have it: the same in an OCTET STRING.
pub(super) fn sign_wrapped(
    key: &PrivateKey,
    message: &[u8],
    chance: &mut dyn CryptoRng,
) -> Result<Signature, CryptoError> {
    let Signature { algorithm, bytes } = sign(key, message, chance)?;
    let wrapped = OctetString::new(bytes).and_then(|octets| octets.to_der());
    Ok(Signature { algorithm, bytes: wrapped.map_err(malformed("signature"))? })
}

pub(super) fn verify(key: &PublicKey, message: &[u8], bytes: &[u8]) -> Result<(), CryptoError> {
    let full = in_full(bytes, key.curve().signature_len()).ok_or(BAD)?;
    key.verify(&gost34311::hash(message), &full).map_err(|_| BAD)
}

pub(super) fn verify_wrapped(
    key: &PublicKey,
    message: &[u8],
    signature: &Signature,
) -> Result<(), CryptoError> {
    check_algorithm(&signature.algorithm)?;
    let octets = OctetString::from_der(&signature.bytes).map_err(malformed("signature"))?;
    verify(key, message, octets.as_bytes())
}

/// Some programs drop the leading zeros that both halves have (jkurwa, Bouncy Castle); in
/// little-endian halves they stand at the end.
fn in_full(bytes: &[u8], length: usize) -> Option<Vec<u8>> {
    if bytes.len() > length || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let (r, s) = bytes.split_at_checked(bytes.len() / 2)?;
    let mut full = Vec::with_capacity(length);
    for half in [r, s] {
        full.extend_from_slice(half);
        full.resize(full.len() + length / 2 - half.len(), 0);
    }
    Some(full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_zeros_come_back_to_their_half() {
        assert_eq!(in_full(&[1, 2, 3, 4], 8).unwrap(), [1, 2, 0, 0, 3, 4, 0, 0]);
        assert_eq!(in_full(&[1, 2], 2).unwrap(), [1, 2]);
        assert_eq!(in_full(&[1, 2, 3], 8), None);
        assert_eq!(in_full(&[1; 10], 8), None);
    }
}
