//! How the content's key travels: under RSA, or under a key agreed on a curve.
//!
//! The builder of the `cms` crate for key agreement wraps with a key of zeros (crates.md §0.1);
//! everything of it is written here instead, and openssl opens what we write.

use ::cms::enveloped_data::{
    KeyAgreeRecipientInfo, KeyTransRecipientInfo, OriginatorIdentifierOrKey, OriginatorPublicKey,
    RecipientInfo,
};
use aes_kw::{AesKw, KeyInit as _};
use const_oid::ObjectIdentifier;
use der::asn1::{Any, OctetString, OctetStringRef};
use der::{Decode as _, Encode as _, Sequence};
use p256::elliptic_curve::Generate as _;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use rsa::pkcs1::RsaOaepParamsOwned;
use rsa::{Oaep, Pkcs1v15Encrypt, RsaPrivateKey};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use zeroize::Zeroizing;

use super::keys::{Family, Private, Public};
use crate::crypto::certificate::Certificate;
use crate::crypto::cms::{enveloped, is_key_of, is_of};
use crate::crypto::key::Pair;
use crate::crypto::oid;
use crate::crypto::suite::{CryptoError, malformed};
use crate::crypto::{CryptoRng, Padding};

const AGREEMENT: &str = "key agreement";
const TRANSPORT: &str = "key transport";
const OAEP: &str = "RSAES-OAEP parameters";

type Secret = Zeroizing<Vec<u8>>;

/// A `RecipientInfo` for `to` that holds `key`.
pub(super) fn seal_key(
    to: &Certificate,
    key: &[u8],
    chance: &mut dyn CryptoRng,
) -> Result<RecipientInfo, CryptoError> {
    let theirs = Public::read(to.public_key())?;
    let ours = match &theirs {
        Public::Rsa(public) => {
            let wrapped = public
                .encrypt(chance, Pkcs1v15Encrypt, key)
                .map_err(|_| CryptoError::KeyMismatch { detail: "it does not encrypt".into() })?;
            let algorithm =
                AlgorithmIdentifierOwned { oid: oid::RSA, parameters: Some(Any::null()) };
            return enveloped::transport(to, algorithm, &wrapped).map_err(malformed(TRANSPORT));
        }
        Public::P256(_) => Private::from(p256::SecretKey::generate_from_rng(chance)),
        Public::P384(_) => Private::P384(p384::SecretKey::generate_from_rng(chance)),
    };
    // Ephemeral-static: the pair lives for this one recipient (RFC 5753 §3.1).
    let shared = agree(&ours, &theirs)
        .map_err(|_| CryptoError::KeyMismatch { detail: "the keys do not agree".into() })?;
    let wrap = AlgorithmIdentifierOwned { oid: oid::AES256_WRAP, parameters: None };
    let wrapping = derive(oid::STD_DH_SHA256, &shared, &wrap, None, 32)?;
    let wrapped = wrap_key(&wrapping, key)
        .ok_or_else(|| CryptoError::KeyMismatch { detail: "it does not wrap".into() })?;
    ephemeral(&ours.public_key()?, &wrap, to, &wrapped).map_err(malformed(AGREEMENT))
}

/// `KeyAgreeRecipientInfo` with our ephemeral key.
fn ephemeral(
    ours: &[u8],
    wrap: &AlgorithmIdentifierOwned,
    to: &Certificate,
    wrapped: &[u8],
) -> der::Result<RecipientInfo> {
    let SubjectPublicKeyInfoOwned { algorithm, subject_public_key: public_key } =
        SubjectPublicKeyInfoOwned::from_der(ours)?;
    let originator =
        OriginatorIdentifierOrKey::OriginatorKey(OriginatorPublicKey { algorithm, public_key });
    let parameters = Some(Any::encode_from(wrap)?);
    let algorithm = AlgorithmIdentifierOwned { oid: oid::STD_DH_SHA256, parameters };
    enveloped::agreement(originator, None, algorithm, to, wrapped)
}

/// The content's key from `recipient` with `pair`; `None` when it is not for this pair.
pub(super) fn open_key(
    recipient: &RecipientInfo,
    pair: &Pair,
    senders: &[Certificate],
) -> Result<Option<Secret>, CryptoError> {
    match recipient {
        RecipientInfo::Ktri(transport) if enveloped::is_to(&transport.rid, &pair.certificate) => {
            open_transport(&*Private::read(&pair.key)?, transport).map(Some)
        }
        RecipientInfo::Kari(agreement) => {
            let Some(key) = enveloped::wrapped_for(agreement, &pair.certificate) else {
                return Ok(None);
            };
            let private = Private::read(&pair.key)?;
            let Some(other) = other_half(&agreement.originator, &private, senders)? else {
                return Err(CryptoError::UnknownSigner);
            };
            let shared = agree(&private, &other)?;
            open_agreement(&shared, agreement, key).map(Some)
        }
        // Somebody else's, passwords, shared secrets, things to come.
        _ => Ok(None),
    }
}

fn open_transport(key: &Private, transport: &KeyTransRecipientInfo) -> Result<Secret, CryptoError> {
    let (algorithm, wrapped) = (&transport.key_enc_alg, transport.enc_key.as_bytes());
    let padding = match algorithm.oid {
        oid::RSA => Padding::Pkcs1,
        oid::RSA_OAEP => {
            let (hash, mask) = match &algorithm.parameters {
                Some(parameters) => read_oaep(parameters)?,
                None => (oid::SHA1, oid::SHA1),
            };
            Padding::Oaep { hash, mask }
        }
        other => {
            let detail = format!("algorithm {other}");
            return Err(CryptoError::Unsupported { what: TRANSPORT, detail });
        }
    };
    let opened = match (key, padding) {
        (Private::Rsa(key), Padding::Pkcs1) => key.decrypt(Pkcs1v15Encrypt, wrapped),
        (Private::Rsa(key), Padding::Oaep { hash, mask }) => open_oaep(key, hash, mask, wrapped)?,
        (Private::Elsewhere(key, Public::Rsa(_)), padding) => return key.decrypt(padding, wrapped),
        _ => return Err(CryptoError::Undecipherable),
    };
    opened.map(Zeroizing::new).map_err(|_| CryptoError::Undecipherable)
}

/// `RSAES-OAEP-params` (RFC 4055 §4.1): the digest and the digest of the mask; SHA-1 when not said,
/// which OAEP survives.
fn read_oaep(parameters: &Any) -> Result<(ObjectIdentifier, ObjectIdentifier), CryptoError> {
    let parameters: RsaOaepParamsOwned = parameters.decode_as().map_err(malformed(OAEP))?;
    let mask = parameters.mask_gen;
    let is_labelled = parameters.p_source.parameters.is_some_and(|p| !p.value().is_empty());
    if mask.oid != oid::MGF1 || is_labelled {
        let detail = "a label, or another mask".to_owned();
        return Err(CryptoError::Unsupported { what: OAEP, detail });
    }
    Ok((parameters.hash.oid, mask.parameters.map_or(oid::SHA1, |digest| digest.oid)))
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
            return Err(CryptoError::Unsupported { what: OAEP, detail });
        }
    })
}

/// The originator's public key. An ephemeral one may leave its curve to the recipient's
/// (RFC 5753 §3.1.1), so the curve is taken from ours.
fn other_half(
    from: &OriginatorIdentifierOrKey,
    ours: &Private,
    senders: &[Certificate],
) -> Result<Option<Public>, CryptoError> {
    let key = match from {
        OriginatorIdentifierOrKey::IssuerAndSerialNumber(name) => {
            let sender = senders.iter().find(|sender| is_of(name, sender));
            return sender.map(|sender| Public::read(sender.public_key())).transpose();
        }
        OriginatorIdentifierOrKey::SubjectKeyIdentifier(id) => {
            let sender = senders.iter().find(|sender| is_key_of(id, sender));
            return sender.map(|sender| Public::read(sender.public_key())).transpose();
        }
        OriginatorIdentifierOrKey::OriginatorKey(key) => key,
    };
    if key.algorithm.oid != oid::EC {
        let detail = format!("algorithm {}", key.algorithm.oid);
        return Err(CryptoError::Unsupported { what: AGREEMENT, detail });
    }
    let octets = key.public_key.raw_bytes();
    let public = match ours.family() {
        Family::P256 => p256::PublicKey::from_sec1_bytes(octets).ok().map(Public::P256),
        Family::P384 => p384::PublicKey::from_sec1_bytes(octets).ok().map(Public::P384),
        Family::Rsa => None,
    };
    public.ok_or(CryptoError::Undecipherable).map(Some)
}

fn agree(ours: &Private, other: &Public) -> Result<Secret, CryptoError> {
    match (ours, other) {
        (Private::P256(ours), Public::P256(other)) => {
            Ok(Zeroizing::new(ours.secret.diffie_hellman(other).raw_secret_bytes().to_vec()))
        }
        (Private::P384(ours), Public::P384(other)) => {
            Ok(Zeroizing::new(ours.diffie_hellman(other).raw_secret_bytes().to_vec()))
        }
        (Private::Elsewhere(ours, Public::P256(_)), Public::P256(other)) => {
            ours.agree(other.to_sec1_point(false).as_bytes())
        }
        (Private::Elsewhere(ours, Public::P384(_)), Public::P384(other)) => {
            ours.agree(other.to_sec1_point(false).as_bytes())
        }
        _ => Err(CryptoError::Undecipherable),
    }
}

fn open_agreement(
    shared: &[u8],
    agreement: &KeyAgreeRecipientInfo,
    wrapped: &[u8],
) -> Result<Secret, CryptoError> {
    let AlgorithmIdentifierOwned { oid: scheme, parameters } = &agreement.key_enc_alg;
    let missing =
        || CryptoError::Malformed { what: AGREEMENT, detail: "no key wrap is named".to_owned() };
    let wrap = parameters.as_ref().ok_or_else(missing)?.decode_as();
    let wrap: AlgorithmIdentifierOwned = wrap.map_err(malformed(AGREEMENT))?;
    let size = match wrap.oid {
        oid::AES128_WRAP => 16,
        oid::AES192_WRAP => 24,
        oid::AES256_WRAP => 32,
        other => {
            let detail = format!("key wrap {other}");
            return Err(CryptoError::Unsupported { what: AGREEMENT, detail });
        }
    };
    let material = agreement.ukm.as_ref().map(OctetString::as_bytes);
    let wrapping = derive(*scheme, shared, &wrap, material, size)?;
    unwrap_key(&wrapping, wrapped).ok_or(CryptoError::Undecipherable)
}

/// `ECC-CMS-SharedInfo` (RFC 5753 §7.2), which `cms` keeps to its builder.
#[derive(Sequence)]
struct SharedInfo<'a> {
    /// As it stands in the message.
    wrap: AlgorithmIdentifierOwned,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    material: Option<&'a OctetStringRef>,
    /// The wrapping key's length in bits, four octets.
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT")]
    bits: &'a OctetStringRef,
}

fn shared_info(
    wrap: &AlgorithmIdentifierOwned,
    material: Option<&[u8]>,
    size: usize,
) -> der::Result<Vec<u8>> {
    let bits = u32::try_from(size * 8).unwrap_or(0).to_be_bytes();
    let material = material.map(OctetStringRef::new).transpose()?;
    SharedInfo { wrap: wrap.clone(), material, bits: OctetStringRef::new(&bits)? }.to_der()
}

/// The wrapping key: the X9.63 function with the scheme's digest (RFC 5753 §7.1.4).
fn derive(
    scheme: ObjectIdentifier,
    shared: &[u8],
    wrap: &AlgorithmIdentifierOwned,
    material: Option<&[u8]>,
    size: usize,
) -> Result<Secret, CryptoError> {
    use ansi_x963_kdf::derive_key_into;
    let info = &shared_info(wrap, material, size).map_err(malformed(AGREEMENT))?;
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
    use crate::crypto::cms;
    use crate::crypto::tests::authority;

    #[test]
    fn a_static_agreement_opens_with_the_senders_certificate_beside() {
        // The sender's half is a certificate that the message only names (RFC 5753 §3.1).
        let (sender, to) = (&authority().signer, &authority().holder);
        let ours = Private::read(&sender.key).unwrap();
        let public = Public::read(to.certificate.public_key()).unwrap();
        let shared = agree(&ours, &public).unwrap();
        let wrap = AlgorithmIdentifierOwned { oid: oid::AES256_WRAP, parameters: None };
        let material = Some(b"material".as_slice());
        let wrapping = derive(oid::STD_DH_SHA384, &shared, &wrap, material, 32).unwrap();
        let wrapped = wrap_key(&wrapping, &[7; 16]).unwrap();
        let parameters = Some(Any::encode_from(&wrap).unwrap());
        let algorithm = AlgorithmIdentifierOwned { oid: oid::STD_DH_SHA384, parameters };
        let originator = cms::issuer_and_serial(&sender.certificate).unwrap();
        let originator = OriginatorIdentifierOrKey::IssuerAndSerialNumber(originator);
        let recipient =
            enveloped::agreement(originator, material, algorithm, &to.certificate, &wrapped);
        let cipher = AlgorithmIdentifierOwned { oid: oid::AES128_CBC, parameters: None };
        let message = enveloped::enveloped(vec![recipient.unwrap()], cipher, vec![0; 16]).unwrap();
        let envelope = enveloped::read(&message).unwrap();
        let open = |senders: &[Certificate]| open_key(&envelope.recipients[0], to, senders);
        let senders = [sender.certificate.clone()];
        assert_eq!(open(&senders).unwrap().unwrap().as_slice(), [7; 16]);
        assert_eq!(open(&[]).unwrap_err(), CryptoError::UnknownSigner);
        assert!(open_key(&envelope.recipients[0], sender, &senders).unwrap().is_none());
    }
}
