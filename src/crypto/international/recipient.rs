//! How the content's key travels: under RSA, or under a key agreed on a curve.
//!
//! The builder of the `cms` crate for key agreement wraps with a key of zeros (crates.md §0.1);
//! everything of it is written here instead, and openssl opens what we write.

use aes_kw::{AesKw, KeyInit as _};
use const_oid::ObjectIdentifier;
use p256::elliptic_curve::Generate as _;
use rsa::{Oaep, Pkcs1v15Encrypt, RsaPrivateKey};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::keys::{Private, Public};
use crate::crypto::CryptoRng;
use crate::crypto::certificate::Certificate;
use crate::crypto::cms::enveloped::{self, Originator, Recipient};
use crate::crypto::key::Pair;
use crate::crypto::oid;
use crate::crypto::suite::CryptoError;
use crate::crypto::tlv::{self, DerError, Reader};

const AGREEMENT: &str = "key agreement";
const TRANSPORT: &str = "key transport";

type Secret = Zeroizing<Vec<u8>>;

/// A `RecipientInfo` for `to` that holds `key`.
pub(super) fn seal_key(
    to: &Certificate,
    key: &[u8],
    chance: &mut dyn CryptoRng,
) -> Result<Vec<u8>, CryptoError> {
    let theirs = Public::read(to.public_key())?;
    let ours = match &theirs {
        Public::Rsa(public) => {
            let wrapped = public
                .encrypt(chance, Pkcs1v15Encrypt, key)
                .map_err(|_| CryptoError::KeyMismatch { detail: "it does not encrypt".into() })?;
            let null = tlv::element(tlv::NULL, &[]);
            let algorithm = tlv::sequence(&[&tlv::oid(oid::RSA), &null]);
            return Ok(enveloped::transport(to, &algorithm, &wrapped));
        }
        Public::P256(_) => Private::from(p256::SecretKey::generate_from_rng(chance)),
        Public::P384(_) => Private::P384(p384::SecretKey::generate_from_rng(chance)),
    };
    // Ephemeral-static: the pair lives for this one recipient (RFC 5753 §3.1).
    let shared = agree(&ours, &theirs)
        .ok_or_else(|| CryptoError::KeyMismatch { detail: "the keys do not agree".into() })?;
    let wrap = tlv::bare_algorithm(oid::AES256_WRAP);
    let wrapping = derive(oid::STD_DH_SHA256, &shared, &shared_info(&wrap, None, 32), 32)?;
    let wrapped = wrap_key(&wrapping, key)
        .ok_or_else(|| CryptoError::KeyMismatch { detail: "it does not wrap".into() })?;
    let algorithm = tlv::sequence(&[&tlv::oid(oid::STD_DH_SHA256), &wrap]);
    let originator = enveloped::originator_key(&ours.public_key()?).map_err(|e| e.of(AGREEMENT))?;
    Ok(enveloped::agreement(&originator, None, &algorithm, to, &wrapped))
}

/// The content's key from `recipient` with `pair`; `None` when it is not for this pair.
pub(super) fn open_key(
    recipient: &Recipient<'_>,
    pair: &Pair,
    senders: &[Certificate],
) -> Result<Option<Secret>, CryptoError> {
    match recipient {
        Recipient::Transport { to, algorithm, key } if to.names(&pair.certificate) => {
            let private = Private::read(&pair.key)?;
            let Private::Rsa(private) = &*private else {
                return Err(CryptoError::Undecipherable);
            };
            open_transport(private, algorithm, key).map(Some)
        }
        Recipient::Agreement { from, material, algorithm, keys } => {
            let Some((_, key)) = keys.iter().find(|(to, _)| to.names(&pair.certificate)) else {
                return Ok(None);
            };
            let private = Private::read(&pair.key)?;
            let Some(other) = other_half(from, &private, senders)? else {
                return Err(CryptoError::UnknownSigner);
            };
            let shared = agree(&private, &other).ok_or(CryptoError::Undecipherable)?;
            open_agreement(&shared, *material, algorithm, key).map(Some)
        }
        _ => Ok(None),
    }
}

fn open_transport(
    key: &RsaPrivateKey,
    algorithm: &[u8],
    wrapped: &[u8],
) -> Result<Secret, CryptoError> {
    let (kind, parameters) = tlv::algorithm(algorithm).map_err(|e| e.of(TRANSPORT))?;
    let opened = match kind {
        oid::RSA => key.decrypt(Pkcs1v15Encrypt, wrapped),
        oid::RSA_OAEP => {
            let (hash, mask) = match parameters {
                Some(parameters) => read_oaep(parameters.whole)?,
                None => (oid::SHA1, oid::SHA1),
            };
            open_oaep(key, hash, mask, wrapped)?
        }
        other => {
            let detail = format!("algorithm {other}");
            return Err(CryptoError::Unsupported { what: TRANSPORT, detail });
        }
    };
    opened.map(Zeroizing::new).map_err(|_| CryptoError::Undecipherable)
}

/// `RSAES-OAEP-params` (RFC 4055 §4.1): the digest and the digest of the mask; SHA-1 when not said,
/// which OAEP survives.
fn read_oaep(parameters: &[u8]) -> Result<(ObjectIdentifier, ObjectIdentifier), CryptoError> {
    let fault = |e: DerError| e.of("RSAES-OAEP parameters");
    let (mut hash, mut mask) = (oid::SHA1, oid::SHA1);
    let mut inside = Reader::sequence_in(parameters).map_err(fault)?;
    if let Some(digest) = inside.optional(tlv::context(0)).map_err(fault)? {
        hash = tlv::algorithm(digest.content).map_err(fault)?.0;
    }
    if let Some(function) = inside.optional(tlv::context(1)).map_err(fault)? {
        let (_, digest) = tlv::algorithm(function.content).map_err(fault)?;
        let digest = digest.map(|d| d.whole).unwrap_or_default();
        mask = tlv::algorithm(digest).map_err(fault)?.0;
    }
    if let Some(source) = inside.optional(tlv::context(2)).map_err(fault)? {
        let (_, label) = tlv::algorithm(source.content).map_err(fault)?;
        if label.is_some_and(|label| !label.content.is_empty()) {
            let detail = "a label".to_owned();
            return Err(CryptoError::Unsupported { what: "RSAES-OAEP parameters", detail });
        }
    }
    Ok((hash, mask))
}

fn open_oaep(
    key: &RsaPrivateKey,
    hash: ObjectIdentifier,
    mask: ObjectIdentifier,
    wrapped: &[u8],
) -> Result<rsa::Result<Vec<u8>>, CryptoError> {
    Ok(match (hash, mask) {
        (oid::SHA1, oid::SHA1) => key.decrypt(Oaep::<Sha1>::new(), wrapped),
        (oid::SHA224, oid::SHA224) => key.decrypt(Oaep::<Sha224>::new(), wrapped),
        (oid::SHA256, oid::SHA256) => key.decrypt(Oaep::<Sha256>::new(), wrapped),
        (oid::SHA384, oid::SHA384) => key.decrypt(Oaep::<Sha384>::new(), wrapped),
        (oid::SHA512, oid::SHA512) => key.decrypt(Oaep::<Sha512>::new(), wrapped),
        // Java's default for every digest: the mask stays with SHA-1.
        (oid::SHA256, oid::SHA1) => key.decrypt(Oaep::<Sha256, Sha1>::new_with_mgf_hash(), wrapped),
        (oid::SHA384, oid::SHA1) => key.decrypt(Oaep::<Sha384, Sha1>::new_with_mgf_hash(), wrapped),
        (oid::SHA512, oid::SHA1) => key.decrypt(Oaep::<Sha512, Sha1>::new_with_mgf_hash(), wrapped),
        _ => {
            let detail = format!("digest {hash} with mask {mask}");
            return Err(CryptoError::Unsupported { what: "RSAES-OAEP parameters", detail });
        }
    })
}

/// The originator's public key. An ephemeral one may leave its curve to the recipient's
/// (RFC 5753 §3.1.1), so the curve is taken from ours.
fn other_half(
    from: &Originator<'_>,
    ours: &Private,
    senders: &[Certificate],
) -> Result<Option<Public>, CryptoError> {
    match from {
        Originator::Certificate(who) => match senders.iter().find(|s| who.names(s)) {
            Some(sender) => Public::read(sender.public_key()).map(Some),
            None => Ok(None),
        },
        Originator::Key { algorithm, octets } => {
            let (kind, _) = tlv::algorithm(algorithm).map_err(|e| e.of(AGREEMENT))?;
            if kind != oid::EC {
                let detail = format!("algorithm {kind}");
                return Err(CryptoError::Unsupported { what: AGREEMENT, detail });
            }
            let public = match ours {
                Private::P256(_) => p256::PublicKey::from_sec1_bytes(octets).ok().map(Public::P256),
                Private::P384(_) => p384::PublicKey::from_sec1_bytes(octets).ok().map(Public::P384),
                Private::Rsa(_) => None,
            };
            public.ok_or(CryptoError::Undecipherable).map(Some)
        }
    }
}

fn agree(ours: &Private, other: &Public) -> Option<Secret> {
    match (ours, other) {
        (Private::P256(ours), Public::P256(other)) => {
            Some(Zeroizing::new(ours.secret.diffie_hellman(other).raw_secret_bytes().to_vec()))
        }
        (Private::P384(ours), Public::P384(other)) => {
            Some(Zeroizing::new(ours.diffie_hellman(other).raw_secret_bytes().to_vec()))
        }
        _ => None,
    }
}

fn open_agreement(
    shared: &[u8],
    material: Option<&[u8]>,
    algorithm: &[u8],
    wrapped: &[u8],
) -> Result<Secret, CryptoError> {
    let (scheme, wrap) = tlv::algorithm(algorithm).map_err(|e| e.of(AGREEMENT))?;
    let wrap = wrap.ok_or_else(|| DerError::new("no key wrap is named").of(AGREEMENT))?.whole;
    let (kind, _) = tlv::algorithm(wrap).map_err(|e| e.of(AGREEMENT))?;
    let size = match kind {
        oid::AES128_WRAP => 16,
        oid::AES192_WRAP => 24,
        oid::AES256_WRAP => 32,
        other => {
            let detail = format!("key wrap {other}");
            return Err(CryptoError::Unsupported { what: AGREEMENT, detail });
        }
    };
    let wrapping = derive(scheme, shared, &shared_info(wrap, material, size), size)?;
    unwrap_key(&wrapping, wrapped).ok_or(CryptoError::Undecipherable)
}

/// `ECC-CMS-SharedInfo` (RFC 5753 §7.2); `wrap` as it stands in the message.
fn shared_info(wrap: &[u8], material: Option<&[u8]>, size: usize) -> Vec<u8> {
    let material =
        material.map(|m| tlv::element(tlv::context(0), &[&tlv::octets(m)])).unwrap_or_default();
    let bits = u32::try_from(size * 8).unwrap_or(0).to_be_bytes();
    let bits = tlv::element(tlv::context(2), &[&tlv::octets(&bits)]);
    tlv::sequence(&[wrap, &material, &bits])
}

/// The wrapping key: the X9.63 function with the scheme's digest (RFC 5753 §7.1.4).
fn derive(
    scheme: ObjectIdentifier,
    shared: &[u8],
    info: &[u8],
    size: usize,
) -> Result<Secret, CryptoError> {
    use ansi_x963_kdf::derive_key_into;
    let mut key = Zeroizing::new(vec![0; size]);
    match scheme {
        oid::STD_DH_SHA1 | oid::COFACTOR_DH_SHA1 => derive_key_into::<Sha1>(shared, info, &mut key),
        oid::STD_DH_SHA224 | oid::COFACTOR_DH_SHA224 => {
            derive_key_into::<Sha224>(shared, info, &mut key)
        }
        oid::STD_DH_SHA256 | oid::COFACTOR_DH_SHA256 => {
            derive_key_into::<Sha256>(shared, info, &mut key)
        }
        oid::STD_DH_SHA384 | oid::COFACTOR_DH_SHA384 => {
            derive_key_into::<Sha384>(shared, info, &mut key)
        }
        oid::STD_DH_SHA512 | oid::COFACTOR_DH_SHA512 => {
            derive_key_into::<Sha512>(shared, info, &mut key)
        }
        other => {
            let detail = format!("scheme {other}");
            return Err(CryptoError::Unsupported { what: AGREEMENT, detail });
        }
    }
    .map_err(|_| CryptoError::Undecipherable)?;
    Ok(key)
}

/// AES key wrap (RFC 3394) with AES-256.
fn wrap_key(wrapping: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    let mut wrapped = vec![0; key.len() + aes_kw::IV_LEN];
    let wrap = AesKw::<aes::Aes256>::new_from_slice(wrapping).ok()?;
    wrap.wrap_key(key, &mut wrapped).ok()?;
    Some(wrapped)
}

fn unwrap_key(wrapping: &[u8], wrapped: &[u8]) -> Option<Secret> {
    let size = wrapped.len().checked_sub(aes_kw::IV_LEN)?;
    let mut key = Zeroizing::new(vec![0; size]);
    match wrapping.len() {
        16 => AesKw::<aes::Aes128>::new_from_slice(wrapping)
            .ok()?
            .unwrap_key(wrapped, &mut key)
            .ok()?,
        24 => AesKw::<aes::Aes192>::new_from_slice(wrapping)
            .ok()?
            .unwrap_key(wrapped, &mut key)
            .ok()?,
        _ => AesKw::<aes::Aes256>::new_from_slice(wrapping)
            .ok()?
            .unwrap_key(wrapped, &mut key)
            .ok()?,
    };
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::cms::{self, enveloped};
    use crate::crypto::tests::authority;

    #[test]
    fn a_static_agreement_opens_with_the_senders_certificate_beside() {
        // The sender's half is a certificate that the message only names (RFC 5753 §3.1).
        let (sender, to) = (&authority().signer, &authority().holder);
        let ours = Private::read(&sender.key).unwrap();
        let public = Public::read(to.certificate.public_key()).unwrap();
        let shared = agree(&ours, &public).unwrap();
        let wrap = tlv::bare_algorithm(oid::AES256_WRAP);
        let info = shared_info(&wrap, Some(b"material"), 32);
        let wrapping = derive(oid::STD_DH_SHA384, &shared, &info, 32).unwrap();
        let wrapped = wrap_key(&wrapping, &[7; 16]).unwrap();
        let algorithm = tlv::sequence(&[&tlv::oid(oid::STD_DH_SHA384), &wrap]);
        let originator = cms::issuer_and_serial(&sender.certificate);
        let material = Some(b"material".as_slice());
        let recipient =
            enveloped::agreement(&originator, material, &algorithm, &to.certificate, &wrapped);
        let cipher = tlv::bare_algorithm(oid::AES128_CBC);
        let message = enveloped::enveloped(vec![recipient], &cipher, &[0; 16]);
        let envelope = enveloped::read(&message).unwrap();
        let open = |senders: &[Certificate]| open_key(&envelope.recipients[0], to, senders);
        let senders = [sender.certificate.clone()];
        assert_eq!(open(&senders).unwrap().unwrap().as_slice(), [7; 16]);
        assert_eq!(open(&[]).unwrap_err(), CryptoError::UnknownSigner);
        assert!(open_key(&envelope.recipients[0], sender, &senders).unwrap().is_none());
    }
}
