//! The content of envelopes: GOST 28147 in CFB under a key made for one envelope. Nothing in the
//! format tells whether the content was changed on the way; see the suite.

use der::Sequence;
use der::asn1::{Any, OctetString};
use dstu::gost28147::{Key, Sbox};
use spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use super::recipient::{self, Sender};
use crate::crypto::CryptoRng;
use crate::crypto::certificate::Certificate;
use crate::crypto::cms::{self, enveloped};
use crate::crypto::key::Pair;
use crate::crypto::oid;
use crate::crypto::suite::{CryptoError, malformed};

const WHAT: &str = "EnvelopedData";

/// The parameters of the cipher (ukraine.md §3.6).
#[derive(Sequence)]
struct Parameters {
    iv: OctetString,
    dke: Option<OctetString>,
}

/// The cipher's `AlgorithmIdentifier`, with DKE №1 spelled out: jkurwa wants it.
pub(super) fn cipher(iv: &[u8; 8]) -> der::Result<AlgorithmIdentifierOwned> {
    let dke = Some(OctetString::new(Sbox::DKE1.to_packed())?);
    let parameters = Parameters { iv: OctetString::new(iv.as_slice())?, dke };
    let parameters = Some(Any::encode_from(&parameters)?);
    Ok(AlgorithmIdentifierOwned { oid: oid::GOST_28147_CFB, parameters })
}

/// What [`cipher`] says; without a substitution it is DKE №1.
pub(super) fn read_cipher(
    algorithm: &AlgorithmIdentifierOwned,
    what: &'static str,
) -> Result<([u8; 8], Sbox), CryptoError> {
    if algorithm.oid != oid::GOST_28147_CFB {
        let detail = format!("cipher {}", algorithm.oid);
        return Err(CryptoError::Unsupported { what, detail });
    }
    let wrong = |detail: &str| CryptoError::Malformed { what, detail: detail.to_owned() };
    let parameters =
        algorithm.parameters.as_ref().ok_or_else(|| wrong("a cipher without parameters"))?;
    let Parameters { iv, dke } = parameters.decode_as().map_err(malformed(what))?;
    let iv = iv.as_bytes().try_into().map_err(|_| wrong("an initial vector not of 8 octets"))?;
    let sbox = match dke.as_ref().map(OctetString::as_bytes) {
        None => Sbox::DKE1,
        Some(packed) => {
            let packed = packed.try_into().map_err(|_| wrong("a substitution not of 64 octets"))?;
            Sbox::from_packed(packed)
        }
    };
    Ok((iv, sbox))
}

pub(super) fn envelope(
    content: &[u8],
    recipients: &[Certificate],
    sender: Option<&Pair>,
    chance: &mut dyn CryptoRng,
) -> Result<Vec<u8>, CryptoError> {
    if recipients.is_empty() {
        let detail = "there is no recipient to encrypt to".to_owned();
        return Err(CryptoError::KeyMismatch { detail });
    }
    let sender = sender.map(Sender::read).transpose()?;
    let mut key = Zeroizing::new([0_u8; 32]);
    let mut iv = [0_u8; 8];
    chance.fill_bytes(key.as_mut_slice());
    chance.fill_bytes(&mut iv);
    let recipients = recipients
        .iter()
        .map(|to| recipient::seal_key(to, &key, sender.as_ref(), chance))
        .collect::<Result<Vec<_>, _>>()?;
    let mut sealed = content.to_vec();
    Key::new(&key, &Sbox::DKE1).cfb_encrypt(&iv, &mut sealed);
    let cipher = cipher(&iv).map_err(malformed(WHAT))?;
    enveloped::enveloped(recipients, cipher, sealed).map_err(malformed(WHAT))
}

pub(super) fn open(
    bytes: &[u8],
    pairs: &[&Pair],
    senders: &[Certificate],
) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let der = cms::door(bytes, WHAT)?;
    let envelope = enveloped::read(&der)?;
    if envelope.authentication.is_some() {
        let detail = "AuthEnvelopedData is not of this suite".to_owned();
        return Err(CryptoError::Unsupported { what: WHAT, detail });
    }
    let (iv, sbox) = read_cipher(&envelope.algorithm, WHAT)?;
    let mut senders = senders.to_vec();
    senders.extend_from_slice(&envelope.originators);
    let mut outcome = CryptoError::NotForUs;
    for pair in pairs {
        for recipient in &envelope.recipients {
            match recipient::open_key(recipient, pair, &senders) {
                Ok(Some(key)) => {
                    let mut content = Zeroizing::new(envelope.ciphertext.clone());
                    Key::new(&key, &sbox).cfb_decrypt(&iv, &mut content);
                    return Ok(content);
                }
                Ok(None) => {}
                Err(error) => outcome = error,
            }
        }
    }
    Err(outcome)
}
