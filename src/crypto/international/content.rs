//! The content of envelopes: AES in CBC or GCM under a key made for one envelope.

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{AesGcm, KeyInit};
use cipher::block_padding::Pkcs7;
use cipher::consts::{U12, U16};
use cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use super::recipient;
use crate::crypto::certificate::Certificate;
use crate::crypto::cms::{self, enveloped};
use crate::crypto::key::Pair;
use crate::crypto::oid;
use crate::crypto::suite::CryptoError;
use crate::crypto::tlv::{self, DerError, Element};
use crate::crypto::{CryptoRng, tlv::Reader};

const WHAT: &str = "EnvelopedData";

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
        // GCMParameters (RFC 5084 §3.2): the code's length stands there, it is not the default.
        let parameters = tlv::sequence(&[&tlv::octets(&nonce), &tlv::number(16)]);
        let algorithm = tlv::sequence(&[&tlv::oid(oid::AES256_GCM), &parameters]);
        return Ok(enveloped::auth_enveloped(recipients, &algorithm, &sealed, &code));
    }
    let mut iv = [0_u8; 16];
    chance.fill_bytes(&mut iv);
    let cipher = cbc::Encryptor::<aes::Aes256>::new_from_slices(key.as_slice(), &iv);
    let sealed = cipher.map_err(|_| failed())?.encrypt_padded_vec::<Pkcs7>(content);
    let algorithm = tlv::sequence(&[&tlv::oid(oid::AES256_CBC), &tlv::octets(&iv)]);
    Ok(enveloped::enveloped(recipients, &algorithm, &sealed))
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
    fn read(envelope: &enveloped::Envelope<'_>) -> Result<Self, CryptoError> {
        let (kind, parameters) = tlv::algorithm(envelope.algorithm).map_err(|e| e.of(WHAT))?;
        let key_size = match kind {
            oid::AES128_CBC | oid::AES128_GCM => 16,
            oid::AES192_CBC | oid::AES192_GCM => 24,
            oid::AES256_CBC | oid::AES256_GCM => 32,
            other => return Err(unsupported(other)),
        };
        let is_gcm = matches!(kind, oid::AES128_GCM | oid::AES192_GCM | oid::AES256_GCM);
        if is_gcm != envelope.authentication.is_some() {
            let detail = "the cipher is not of this kind of envelope".to_owned();
            return Err(CryptoError::Malformed { what: WHAT, detail });
        }
        let missing = || DerError::new("a cipher without parameters").of(WHAT);
        let parameters = parameters.ok_or_else(missing)?;
        let mode = match &envelope.authentication {
            Some(authentication) => read_gcm(parameters, authentication.code.len())?,
            None if parameters.tag == tlv::OCTET_STRING && parameters.content.len() == 16 => {
                Mode::Cbc { iv: parameters.content.to_vec() }
            }
            None => return Err(missing()),
        };
        Ok(Self { key_size, mode })
    }

    /// Wrong key, wrong padding, wrong code: one and the same error.
    fn decrypt(
        &self,
        key: &[u8],
        envelope: &enveloped::Envelope<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        if key.len() != self.key_size {
            return Err(CryptoError::Undecipherable);
        }
        let opened = match &self.mode {
            Mode::Cbc { iv } => match self.key_size {
                16 => cbc_open::<aes::Aes128>(key, iv, envelope.ciphertext),
                24 => cbc_open::<aes::Aes192>(key, iv, envelope.ciphertext),
                _ => cbc_open::<aes::Aes256>(key, iv, envelope.ciphertext),
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

fn unsupported(kind: ObjectIdentifier) -> CryptoError {
    CryptoError::Unsupported { what: WHAT, detail: format!("cipher {kind}") }
}

/// `GCMParameters ::= SEQUENCE { nonce OCTET STRING, icvlen INTEGER DEFAULT 12 }`.
fn read_gcm(parameters: Element<'_>, code_size: usize) -> Result<Mode, CryptoError> {
    let fault = |e: DerError| e.of("GCM parameters");
    let mut inside: Reader<'_> = Reader::sequence_in(parameters.whole).map_err(fault)?;
    let nonce = inside.expect(tlv::OCTET_STRING).map_err(fault)?.content;
    let size = match inside.optional(tlv::INTEGER).map_err(fault)? {
        Some(size) => size.number().map_err(fault)?,
        None => 12,
    };
    let nonce = <[u8; 12]>::try_from(nonce).ok();
    match nonce {
        Some(nonce) if size == 16 && code_size == TAG => Ok(Mode::Gcm { nonce }),
        _ => Err(CryptoError::Unsupported {
            what: "GCM parameters",
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

fn gcm_open<C>(key: &[u8], nonce: &[u8; 12], envelope: &enveloped::Envelope<'_>) -> Option<Vec<u8>>
where
    C: aes_gcm::aead::Aead + aes_gcm::aead::AeadCore<NonceSize = U12> + KeyInit,
{
    let authentication = envelope.authentication.as_ref()?;
    let cipher = C::new_from_slice(key).ok()?;
    let sealed = [envelope.ciphertext, authentication.code].concat();
    let payload = Payload { msg: &sealed, aad: &authentication.attributes };
    cipher.decrypt(&(*nonce).into(), payload).ok()
}
