//! The content of envelopes: AES in CBC or GCM under a key made for one envelope.

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{AesGcm, KeyInit};
use cipher::block_padding::Pkcs7;
use cipher::consts::{U12, U16};
use cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use der::asn1::{Any, OctetString};
use der::{Sequence, Tag, Tagged as _};
use spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use super::recipient;
use crate::crypto::CryptoRng;
use crate::crypto::certificate::Certificate;
use crate::crypto::cms::{self, enveloped};
use crate::crypto::key::Pair;
use crate::crypto::oid;
use crate::crypto::suite::{CryptoError, malformed};

const WHAT: &str = "EnvelopedData";
const GCM: &str = "GCM parameters";

/// `GCMParameters` (RFC 5084 §3.2), which no crate at hand has.
#[derive(Sequence)]
struct GcmParameters {
    nonce: OctetString,
    #[asn1(default = "twelve")]
    code_length: u8,
}

fn twelve() -> u8 {
    12
}

pub(super) fn envelope(
    content: &[u8],
    recipients: &[Certificate],
    authenticated: bool,
    chance: &mut dyn CryptoRng,
) -> Result<Vec<u8>, CryptoError> {
    if recipients.is_empty() {
        let detail = "there is no recipient to encrypt to".to_owned();
        return Err(CryptoError::KeyMismatch { detail });
    }
    let mut key = Zeroizing::new([0_u8; 32]);
    chance.fill_bytes(key.as_mut_slice());
    let recipients = recipients
        .iter()
        .map(|to| recipient::seal_key(to, key.as_slice(), chance))
        .collect::<Result<Vec<_>, _>>()?;
    let failed = || CryptoError::Unsupported { what: WHAT, detail: "content too big".to_owned() };
    if authenticated {
        let mut nonce = [0_u8; 12];
        chance.fill_bytes(&mut nonce);
        let cipher = Gcm256::new_from_slice(key.as_slice()).map_err(|_| failed())?;
        let mut sealed = cipher.encrypt(&nonce.into(), content).map_err(|_| failed())?;
        let code = sealed.split_off(sealed.len().saturating_sub(TAG));
        let nonce = OctetString::new(nonce).map_err(malformed(GCM))?;
        let parameters = Any::encode_from(&GcmParameters { nonce, code_length: 16 });
        let parameters = Some(parameters.map_err(malformed(GCM))?);
        let algorithm = AlgorithmIdentifierOwned { oid: oid::AES256_GCM, parameters };
        return enveloped::auth_enveloped(recipients, algorithm, sealed, &code)
            .map_err(malformed(WHAT));
    }
    let mut iv = [0_u8; 16];
    chance.fill_bytes(&mut iv);
    let cipher = cbc::Encryptor::<aes::Aes256>::new_from_slices(key.as_slice(), &iv);
    let sealed = cipher.map_err(|_| failed())?.encrypt_padded_vec::<Pkcs7>(content);
    let parameters = Some(Any::new(Tag::OctetString, iv).map_err(malformed(WHAT))?);
    let algorithm = AlgorithmIdentifierOwned { oid: oid::AES256_CBC, parameters };
    enveloped::enveloped(recipients, algorithm, sealed).map_err(malformed(WHAT))
}

type Gcm128 = AesGcm<aes::Aes128, U12, U16>;
type Gcm192 = AesGcm<aes::Aes192, U12, U16>;
type Gcm256 = AesGcm<aes::Aes256, U12, U16>;
/// Octets of the authentication code that we write, and the only length that we read.
const TAG: usize = 16;

pub(super) fn open(
    bytes: &[u8],
    pairs: &[&Pair],
    senders: &[Certificate],
) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let der = cms::door(bytes, WHAT)?;
    let envelope = enveloped::read(&der)?;
    let cipher = Cipher::read(&envelope)?;
    let mut senders = senders.to_vec();
    senders.extend_from_slice(&envelope.originators);
    let mut outcome = CryptoError::NotForUs;
    for pair in pairs {
        for recipient in &envelope.recipients {
            let attempt = match recipient::open_key(recipient, pair, &senders) {
                Ok(Some(key)) => cipher.decrypt(&key, &envelope),
                Ok(None) => continue,
                Err(error) => Err(error),
            };
            match attempt {
                Ok(content) => return Ok(content),
                Err(error) => outcome = error,
            }
        }
    }
    Err(outcome)
}

enum Mode {
    Cbc { iv: Vec<u8> },
    Gcm { nonce: [u8; 12] },
}

struct Cipher {
    key_size: usize,
    mode: Mode,
}

impl Cipher {
    /// The cipher, checked before any key is touched.
    fn read(envelope: &enveloped::Envelope) -> Result<Self, CryptoError> {
        let kind = envelope.algorithm.oid;
        let key_size = match kind {
            oid::AES128_CBC | oid::AES128_GCM => 16,
            oid::AES192_CBC | oid::AES192_GCM => 24,
            oid::AES256_CBC | oid::AES256_GCM => 32,
            other => {
                let detail = format!("cipher {other}");
                return Err(CryptoError::Unsupported { what: WHAT, detail });
            }
        };
        let is_gcm = matches!(kind, oid::AES128_GCM | oid::AES192_GCM | oid::AES256_GCM);
        if is_gcm != envelope.authentication.is_some() {
            let detail = "the cipher is not of this kind of envelope".to_owned();
            return Err(CryptoError::Malformed { what: WHAT, detail });
        }
        let missing = || CryptoError::Malformed {
            what: WHAT,
            detail: "a cipher without parameters".to_owned(),
        };
        let parameters = envelope.algorithm.parameters.as_ref().ok_or_else(missing)?;
        let mode = match &envelope.authentication {
            Some(authentication) => read_gcm(parameters, authentication.code.len())?,
            None if parameters.tag() == Tag::OctetString && parameters.value().len() == 16 => {
                Mode::Cbc { iv: parameters.value().to_vec() }
            }
            None => return Err(missing()),
        };
        Ok(Self { key_size, mode })
    }

    /// Wrong key, wrong padding, wrong code: one and the same error.
    fn decrypt(
        &self,
        key: &[u8],
        envelope: &enveloped::Envelope,
    ) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        if key.len() != self.key_size {
            return Err(CryptoError::Undecipherable);
        }
        let opened = match &self.mode {
            Mode::Cbc { iv } => match self.key_size {
                16 => cbc_open::<aes::Aes128>(key, iv, &envelope.ciphertext),
                24 => cbc_open::<aes::Aes192>(key, iv, &envelope.ciphertext),
                _ => cbc_open::<aes::Aes256>(key, iv, &envelope.ciphertext),
            },
            Mode::Gcm { nonce } => match self.key_size {
                16 => gcm_open::<Gcm128>(key, nonce, envelope),
                24 => gcm_open::<Gcm192>(key, nonce, envelope),
                _ => gcm_open::<Gcm256>(key, nonce, envelope),
            },
        };
        opened.map(Zeroizing::new).ok_or(CryptoError::Undecipherable)
    }
}

fn read_gcm(parameters: &Any, code_size: usize) -> Result<Mode, CryptoError> {
    let parameters: GcmParameters = parameters.decode_as().map_err(malformed(GCM))?;
    match <[u8; 12]>::try_from(parameters.nonce.as_bytes()) {
        Ok(nonce) if parameters.code_length == 16 && code_size == TAG => Ok(Mode::Gcm { nonce }),
        _ => Err(CryptoError::Unsupported {
            what: GCM,
            detail: "only nonces of 12 octets and codes of 16 are read".to_owned(),
        }),
    }
}

fn cbc_open<C>(key: &[u8], iv: &[u8], ciphertext: &[u8]) -> Option<Vec<u8>>
where
    C: cipher::BlockCipherDecrypt + cipher::KeyInit,
{
    let decryptor = cbc::Decryptor::<C>::new_from_slices(key, iv).ok()?;
    decryptor.decrypt_padded_vec::<Pkcs7>(ciphertext).ok()
}

fn gcm_open<C>(key: &[u8], nonce: &[u8; 12], envelope: &enveloped::Envelope) -> Option<Vec<u8>>
where
    C: aes_gcm::aead::Aead + aes_gcm::aead::AeadCore<NonceSize = U12> + KeyInit,
{
    let authentication = envelope.authentication.as_ref()?;
    let cipher = C::new_from_slice(key).ok()?;
    let sealed = [envelope.ciphertext.as_slice(), &authentication.code].concat();
    let payload = Payload { msg: &sealed, aad: &authentication.attributes };
    cipher.decrypt(&(*nonce).into(), payload).ok()
}
