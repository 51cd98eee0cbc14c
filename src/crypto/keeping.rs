//! Keys at rest, of any suite: PKCS#8 under a password (RFC 5958 §3, PBES2 of RFC 8018, scrypt of RFC 7914).

use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode as _, Encode as _, Tag, Tagged as _};
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::pkcs5::pbes2::{Kdf, Parameters};
use pkcs8::pkcs5::{self, EncryptionScheme};
use zeroize::Zeroizing;

use super::key::PrivateKey;
use super::suite::{CryptoError, malformed};
use super::{CryptoRng, ber, cms};

const WHAT: &str = "protected key";

/// scrypt: N = 2^14, r = 8, p = 1; 16 MiB, what openssl takes without being asked.
const LOG_N: u8 = 14;
const R: u32 = 8;
const P: u32 = 1;

/// The most that a foreign file may make us compute: 64 MiB of memory, four passes over it.
const MAX_SCRYPT_MEMORY: u64 = 64 << 20;
const MAX_SCRYPT_WORK: u64 = 4 * MAX_SCRYPT_MEMORY;
/// Some seconds of SHA-512; people are advised 600 000.
const MAX_ITERATIONS: u32 = 3_000_000;

/// DER `EncryptedPrivateKeyInfo`.
pub(super) fn protect(
    key: &PrivateKey,
    password: &[u8],
    chance: &mut dyn CryptoRng,
) -> Result<Vec<u8>, CryptoError> {
    let failed = |_| CryptoError::Unsupported { what: WHAT, detail: "parameters".to_owned() };
    let (mut salt, mut iv) = ([0_u8; 16], [0_u8; 16]);
    chance.fill_bytes(&mut salt);
    chance.fill_bytes(&mut iv);
    let cost = pkcs5::scrypt::Params::new(LOG_N, R, P)
        .map_err(|_| CryptoError::Unsupported { what: WHAT, detail: "cost".to_owned() })?;
    let parameters = Parameters::generate_scrypt_aes256cbc(cost, &salt, iv).map_err(failed)?;
    let encryption_algorithm = EncryptionScheme::from(parameters);
    let sealed = encryption_algorithm.encrypt(password, key.to_keep()?).map_err(failed)?;
    let encrypted_data = OctetStringRef::new(&sealed).map_err(malformed(WHAT))?;
    let info = EncryptedPrivateKeyInfoRef { encryption_algorithm, encrypted_data };
    info.to_der().map_err(malformed(WHAT))
}

/// The reverse, also of what openssl makes (PBKDF2); DER, BER or PEM.
pub(super) fn unprotect(protected: &[u8], password: &[u8]) -> Result<PrivateKey, CryptoError> {
    check_label(protected)?;
    let der = cms::door(protected, WHAT)?;
    let info = EncryptedPrivateKeyInfoRef::from_der(&der).map_err(malformed(WHAT))?;
    check_cost(&info.encryption_algorithm)?;
    let sealed = info.encrypted_data.as_bytes();
    let opened = match info.encryption_algorithm.decrypt(password, sealed) {
        Ok(opened) => Zeroizing::new(opened),
        Err(pkcs5::Error::DecryptFailed) => return Err(CryptoError::WrongPassword),
        Err(error) => {
            let detail = error.to_string();
            return Err(CryptoError::Unsupported { what: WHAT, detail });
        }
    };
    // One wrong password in 256 leaves padding that looks right, and rubbish before it.
    if !AnyRef::from_der(&opened).is_ok_and(|any| any.tag() == Tag::Sequence) {
        return Err(CryptoError::WrongPassword);
    }
    Ok(PrivateKey::from_pkcs8(opened))
}

/// Whether the label of a PEM, if it is one, promises a protected key.
pub(super) fn check_label(protected: &[u8]) -> Result<(), CryptoError> {
    match ber::unwrap_pem(protected) {
        Some((label, _)) if label != "ENCRYPTED PRIVATE KEY" => {
            let detail = format!("the file says «{label}», not «ENCRYPTED PRIVATE KEY»");
            Err(CryptoError::Malformed { what: WHAT, detail })
        }
        _ => Ok(()),
    }
}

fn check_cost(scheme: &EncryptionScheme) -> Result<(), CryptoError> {
    let refuse = |detail: String| Err(CryptoError::Unsupported { what: WHAT, detail });
    let EncryptionScheme::Pbes2(parameters) = scheme else {
        return refuse("only PBES2 is read".to_owned());
    };
    match &parameters.kdf {
        Kdf::Pbkdf2(cost) if cost.iteration_count > MAX_ITERATIONS => {
            refuse(format!("PBKDF2 with {} iterations", cost.iteration_count))
        }
        Kdf::Pbkdf2(_) => Ok(()),
        Kdf::Scrypt(cost) => {
            let memory =
                u64::from(cost.block_size).saturating_mul(128).saturating_mul(cost.cost_parameter);
            let work = memory.saturating_mul(u64::from(cost.parallelization));
            if memory > MAX_SCRYPT_MEMORY || work > MAX_SCRYPT_WORK {
                return refuse(format!(
                    "scrypt with N = {}, r = {}, p = {}",
                    cost.cost_parameter, cost.block_size, cost.parallelization
                ));
            }
            Ok(())
        }
        _ => refuse("a key derivation that is neither PBKDF2 nor scrypt".to_owned()),
    }
}
