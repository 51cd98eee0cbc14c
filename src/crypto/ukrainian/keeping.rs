//! Keys at rest as Ukrainian programs keep them: PKCS#8 under a password, PBES2 with
//! PBKDF2-HMAC-GOST 34.311 and GOST 28147 in CFB (RFC 8018 appendix A; ukraine.md §3.9).
//!
//! The format has no checksum. A wrong password leaves rubbish where the structure of PKCS#8
//! should stand; a damaged number inside it shows only against the certificate.

use der::asn1::{Any, AnyRef, OctetString, OctetStringRef};
use der::{Decode as _, Encode as _, Sequence, Tag, Tagged as _};
use dstu::gost28147::{Key, Sbox};
use dstu::gost34311;
use pkcs8::EncryptedPrivateKeyInfoRef;
use spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use super::content;
use crate::crypto::key::PrivateKey;
use crate::crypto::suite::{CryptoError, malformed};
use crate::crypto::{CryptoRng, cms, keeping, oid};

const WHAT: &str = "protected key";
/// What everybody writes, and jkurwa assumes.
const ITERATIONS: u32 = 10_000;
const SALT: usize = 32;
/// The most that a foreign file may make us compute: about two seconds.
const MAX_ITERATIONS: u32 = 1_000_000;

/// `EncryptedPrivateKeyInfo` (RFC 5958 §3), with a digest that `pkcs5` does not know.
#[derive(Sequence)]
struct Protected<'a> {
    algorithm: AlgorithmIdentifierOwned,
    sealed: &'a OctetStringRef,
}

#[derive(Sequence)]
struct Pbes2 {
    derivation: AlgorithmIdentifierOwned,
    cipher: AlgorithmIdentifierOwned,
}

#[derive(Sequence)]
struct Pbkdf2 {
    salt: OctetString,
    iterations: u32,
    key_length: Option<u16>,
    digest: Option<AlgorithmIdentifierOwned>,
}

fn algorithm<P>(oid: const_oid::ObjectIdentifier, of: &P) -> der::Result<AlgorithmIdentifierOwned>
where
    P: der::Tagged + der::EncodeValue,
{
    Ok(AlgorithmIdentifierOwned { oid, parameters: Some(Any::encode_from(of)?) })
}

fn password_key(password: &[u8], salt: &[u8], iterations: u32) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0_u8; 32]);
    gost34311::pbkdf2(password, salt, iterations, key.as_mut_slice());
    key
}

pub(super) fn protect(
    key: &PrivateKey,
    password: &[u8],
    chance: &mut dyn CryptoRng,
) -> Result<Vec<u8>, CryptoError> {
    let (mut salt, mut iv) = ([0_u8; SALT], [0_u8; 8]);
    chance.fill_bytes(&mut salt);
    chance.fill_bytes(&mut iv);
    let mut sealed = Zeroizing::new(key.to_keep()?.to_vec());
    let under = password_key(password, &salt, ITERATIONS);
    Key::new(&under, &Sbox::DKE1).cfb_encrypt(&iv, &mut sealed);
    let write = || -> der::Result<Vec<u8>> {
        let digest =
            AlgorithmIdentifierOwned { oid: oid::HMAC_GOST_34311, parameters: Some(Any::null()) };
        let derivation = Pbkdf2 {
            salt: OctetString::new(salt.as_slice())?,
            iterations: ITERATIONS,
            key_length: None,
            digest: Some(digest),
        };
        let derivation = algorithm(oid::PBKDF2, &derivation)?;
        let algorithm =
            algorithm(oid::PBES2, &Pbes2 { derivation, cipher: content::cipher(&iv)? })?;
        Protected { algorithm, sealed: OctetStringRef::new(&sealed)? }.to_der()
    };
    write().map_err(malformed(WHAT))
}

/// The reverse; reads what the international suite keeps too. DER, BER or PEM.
pub(super) fn unprotect(protected: &[u8], password: &[u8]) -> Result<PrivateKey, CryptoError> {
    keeping::check_label(protected)?;
    let der = cms::door(protected, WHAT)?;
    let info = Protected::from_der(&der).map_err(malformed(WHAT))?;
    // What `pkcs5` knows is of the international kind.
    if EncryptedPrivateKeyInfoRef::from_der(&der).is_ok() {
        return keeping::unprotect(&der, password);
    }
    let (salt, iterations, cipher) = read_scheme(&info.algorithm)?;
    let (iv, sbox) = content::read_cipher(&cipher, WHAT)?;
    let under = password_key(password, salt.as_bytes(), iterations);
    let mut opened = Zeroizing::new(info.sealed.as_bytes().to_vec());
    Key::new(&under, &sbox).cfb_decrypt(&iv, &mut opened);
    if !AnyRef::from_der(&opened).is_ok_and(|any| any.tag() == Tag::Sequence) {
        return Err(CryptoError::WrongPassword);
    }
    Ok(PrivateKey::from_pkcs8(opened))
}

/// Salt, iterations, cipher.
fn read_scheme(
    algorithm: &AlgorithmIdentifierOwned,
) -> Result<(OctetString, u32, AlgorithmIdentifierOwned), CryptoError> {
    let refuse = |detail: String| Err(CryptoError::Unsupported { what: WHAT, detail });
    let missing = || CryptoError::Malformed { what: WHAT, detail: "no parameters".to_owned() };
    if algorithm.oid != oid::PBES2 {
        return refuse(format!("algorithm {}", algorithm.oid));
    }
    let parameters = algorithm.parameters.as_ref().ok_or_else(missing)?;
    let Pbes2 { derivation, cipher } = parameters.decode_as().map_err(malformed(WHAT))?;
    if derivation.oid != oid::PBKDF2 {
        return refuse(format!("key derivation {}", derivation.oid));
    }
    let parameters = derivation.parameters.as_ref().ok_or_else(missing)?;
    let pbkdf2: Pbkdf2 = parameters.decode_as().map_err(malformed(WHAT))?;
    if pbkdf2.digest.as_ref().map(|digest| digest.oid) != Some(oid::HMAC_GOST_34311) {
        return refuse("PBKDF2 with a digest that is not known here".to_owned());
    }
    if pbkdf2.iterations > MAX_ITERATIONS {
        return refuse(format!("PBKDF2 with {} iterations", pbkdf2.iterations));
    }
    if pbkdf2.key_length.is_some_and(|length| length != 32) {
        return refuse("a key that is not of 32 octets".to_owned());
    }
    Ok((pbkdf2.salt, pbkdf2.iterations, cipher))
}
