//! `EnvelopedData` (RFC 5652 §6) and `AuthEnvelopedData` (RFC 5083).

use cms::authenveloped_data::AuthEnvelopedData;
use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::enveloped_data::{
    EncryptedContentInfo, EnvelopedData, KeyAgreeRecipientIdentifier, KeyAgreeRecipientInfo,
    KeyTransRecipientInfo, OriginatorIdentifierOrKey, OriginatorInfo, RecipientEncryptedKey,
    RecipientIdentifier, RecipientInfo, RecipientInfos,
};
use der::asn1::{Any, OctetString};
use der::{Decode as _, Encode as _, Length, Reader as _, Tag};
use spki::AlgorithmIdentifierOwned;

use super::{content_info, is_key_of, is_of, issuer_and_serial, not_expected};
use crate::crypto::certificate::Certificate;
use crate::crypto::oid;
use crate::crypto::suite::{CryptoError, malformed};

const WHAT: &str = "EnvelopedData";
/// Octets of recipients and originator's certificates; a recipient takes some hundreds.
const MAX_HEAD: u32 = 128 << 10;

/// An envelope as it stands, before anybody tries a key.
pub(in crate::crypto) struct Envelope {
    pub recipients: Vec<RecipientInfo>,
    /// Certificates of static key agreement that travel inside (`OriginatorInfo`).
    pub originators: Vec<Certificate>,
    /// The content's cipher.
    pub algorithm: AlgorithmIdentifierOwned,
    pub ciphertext: Vec<u8>,
    pub authentication: Option<Authentication>,
}

/// What `AuthEnvelopedData` adds.
pub(in crate::crypto) struct Authentication {
    /// DER of the authenticated attributes as a SET OF; empty without attributes (RFC 5083 §2.2).
    pub attributes: Vec<u8>,
    pub code: Vec<u8>,
}

/// Reads what came through the door.
pub(in crate::crypto) fn read(der: &[u8]) -> Result<Envelope, CryptoError> {
    let ContentInfo { content_type, content } =
        ContentInfo::from_der(der).map_err(malformed(WHAT))?;
    if head(&content).map_err(malformed(WHAT))? > Length::new(MAX_HEAD) {
        let detail = "more recipients than anybody has".to_owned();
        return Err(CryptoError::Malformed { what: WHAT, detail });
    }
    match content_type {
        oid::ENVELOPED_DATA => {
            let data: EnvelopedData = content.decode_as().map_err(malformed(WHAT))?;
            envelope(data.recip_infos, data.originator_info, data.encrypted_content, None)
        }
        oid::AUTH_ENVELOPED_DATA => {
            let data: AuthEnvelopedData = content.decode_as().map_err(malformed(WHAT))?;
            let attributes = data.auth_attrs.map(|a| a.to_der()).transpose();
            let authentication = Authentication {
                attributes: attributes.map_err(malformed(WHAT))?.unwrap_or_default(),
                code: data.mac.into_bytes().into_vec(),
            };
            let content = data.auth_encrypted_content_info;
            envelope(data.recip_infos, data.originator_info, content, Some(authentication))
        }
        other => Err(not_expected(other, WHAT)),
    }
}

/// How much stands before the encrypted content. `cms` writes every recipient again for every
/// comparison while it sorts them, so a stranger's crowd of them would cost us minutes.
fn head(content: &Any) -> der::Result<Length> {
    content.sequence(|inside| {
        inside.tlv_bytes()?;
        while Tag::peek(inside)? != Tag::Sequence {
            inside.tlv_bytes()?;
        }
        let length = inside.position();
        inside.read_slice(inside.remaining_len())?;
        Ok(length)
    })
}

fn envelope(
    recipients: RecipientInfos,
    originator: Option<OriginatorInfo>,
    content: EncryptedContentInfo,
    authentication: Option<Authentication>,
) -> Result<Envelope, CryptoError> {
    let ciphertext = content.encrypted_content.ok_or_else(|| CryptoError::Unsupported {
        what: WHAT,
        detail: "the encrypted content does not come along".to_owned(),
    })?;
    // Only their keys matter here, and those don't change by writing them again.
    let originators = originator.and_then(|o| o.certs).into_iter().flat_map(|set| set.0.into_vec());
    let originators = originators.filter_map(|choice| match choice {
        CertificateChoices::Certificate(one) => Certificate::read_der(&one.to_der().ok()?).ok(),
        CertificateChoices::Other(_) => None,
    });
    Ok(Envelope {
        recipients: recipients.0.into_vec(),
        originators: originators.collect(),
        algorithm: content.content_enc_alg,
        ciphertext: ciphertext.into_bytes().into_vec(),
        authentication,
    })
}

/// Whether the content's key is under this certificate's.
pub(in crate::crypto) fn is_to(who: &RecipientIdentifier, certificate: &Certificate) -> bool {
    match who {
        RecipientIdentifier::IssuerAndSerialNumber(name) => is_of(name, certificate),
        RecipientIdentifier::SubjectKeyIdentifier(id) => is_key_of(id, certificate),
    }
}

/// The wrapped key for this certificate among those of a key agreement.
pub(in crate::crypto) fn wrapped_for<'a>(
    agreement: &'a KeyAgreeRecipientInfo,
    certificate: &Certificate,
) -> Option<&'a [u8]> {
    let mut keys = agreement.recipient_enc_keys.iter();
    let key = keys.find(|key| match &key.rid {
        KeyAgreeRecipientIdentifier::IssuerAndSerialNumber(name) => is_of(name, certificate),
        KeyAgreeRecipientIdentifier::RKeyId(id) => {
            is_key_of(&id.subject_key_identifier, certificate)
        }
    });
    key.map(|key| key.enc_key.as_bytes())
}

/// `KeyTransRecipientInfo`.
pub(in crate::crypto) fn transport(
    to: &Certificate,
    key_enc_alg: AlgorithmIdentifierOwned,
    key: &[u8],
) -> der::Result<RecipientInfo> {
    Ok(RecipientInfo::Ktri(KeyTransRecipientInfo {
        version: CmsVersion::V0,
        rid: RecipientIdentifier::IssuerAndSerialNumber(issuer_and_serial(to)?),
        key_enc_alg,
        enc_key: OctetString::new(key)?,
    }))
}

/// `KeyAgreeRecipientInfo` for one recipient.
pub(in crate::crypto) fn agreement(
    originator: OriginatorIdentifierOrKey,
    material: Option<&[u8]>,
    key_enc_alg: AlgorithmIdentifierOwned,
    to: &Certificate,
    key: &[u8],
) -> der::Result<RecipientInfo> {
    Ok(RecipientInfo::Kari(KeyAgreeRecipientInfo {
        version: CmsVersion::V3,
        originator,
        ukm: material.map(OctetString::new).transpose()?,
        key_enc_alg,
        recipient_enc_keys: vec![RecipientEncryptedKey {
            rid: KeyAgreeRecipientIdentifier::IssuerAndSerialNumber(issuer_and_serial(to)?),
            enc_key: OctetString::new(key)?,
        }],
    }))
}

fn encrypted_content(
    content_enc_alg: AlgorithmIdentifierOwned,
    ciphertext: Vec<u8>,
) -> der::Result<EncryptedContentInfo> {
    let encrypted_content = Some(OctetString::new(ciphertext)?);
    Ok(EncryptedContentInfo { content_type: oid::DATA, content_enc_alg, encrypted_content })
}

/// A `ContentInfo` with an `EnvelopedData` of id-data.
pub(in crate::crypto) fn enveloped(
    recipients: Vec<RecipientInfo>,
    algorithm: AlgorithmIdentifierOwned,
    ciphertext: Vec<u8>,
) -> der::Result<Vec<u8>> {
    // Version 0 when everybody has version 0, else 2 (RFC 5652 §6.1).
    let agreed = recipients.iter().any(|one| !matches!(one, RecipientInfo::Ktri(_)));
    let data = EnvelopedData {
        version: if agreed { CmsVersion::V2 } else { CmsVersion::V0 },
        originator_info: None,
        recip_infos: RecipientInfos::try_from(recipients)?,
        encrypted_content: encrypted_content(algorithm, ciphertext)?,
        unprotected_attrs: None,
    };
    content_info(oid::ENVELOPED_DATA, &data)
}

/// A `ContentInfo` with an `AuthEnvelopedData` of id-data, without attributes.
pub(in crate::crypto) fn auth_enveloped(
    recipients: Vec<RecipientInfo>,
    algorithm: AlgorithmIdentifierOwned,
    ciphertext: Vec<u8>,
    code: &[u8],
) -> der::Result<Vec<u8>> {
    let data = AuthEnvelopedData {
        version: CmsVersion::V0,
        originator_info: None,
        recip_infos: RecipientInfos::try_from(recipients)?,
        auth_encrypted_content_info: encrypted_content(algorithm, ciphertext)?,
        auth_attrs: None,
        mac: OctetString::new(code)?,
        unauth_attrs: None,
    };
    content_info(oid::AUTH_ENVELOPED_DATA, &data)
}
