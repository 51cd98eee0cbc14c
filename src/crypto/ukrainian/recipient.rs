//! How the content's key travels: wrapped under a key that both sides compute (ukraine.md §3.6).

use ::cms::enveloped_data::{
    KeyAgreeRecipientInfo, OriginatorIdentifierOrKey, OriginatorPublicKey, RecipientInfo,
};
use der::asn1::{Any, OctetString};
use dstu::gost28147::{Key, Sbox};
use dstu::kdf::{self, LeadingZeros};
use dstu::{PrivateKey, PublicKey};
use spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use super::keys;
use crate::crypto::CryptoRng;
use crate::crypto::certificate::Certificate;
use crate::crypto::cms::{self, enveloped, is_key_of, is_of};
use crate::crypto::key::Pair;
use crate::crypto::oid;
use crate::crypto::suite::{CryptoError, malformed};

const AGREEMENT: &str = "key agreement";
/// Octets of user keying material: as many as the tax office's gates send.
const MATERIAL: usize = 64;

type ContentKey = Zeroizing<[u8; 32]>;

/// The sender's pair, opened once for all recipients.
pub(super) struct Sender<'a> {
    key: PrivateKey,
    certificate: &'a Certificate,
}

impl<'a> Sender<'a> {
    pub(super) fn read(pair: &'a Pair) -> Result<Self, CryptoError> {
        let key = keys::read_private(&pair.key)?;
        keys::check_pair(&key, &pair.certificate)?;
        Ok(Self { key, certificate: &pair.certificate })
    }
}

/// A `KeyAgreeRecipientInfo` for `to` that holds `key`: static when the sender's key is on the
/// recipient's curve, ephemeral otherwise.
pub(super) fn seal_key(
    to: &Certificate,
    key: &[u8; 32],
    sender: Option<&Sender<'_>>,
    chance: &mut dyn CryptoRng,
) -> Result<RecipientInfo, CryptoError> {
    let theirs = keys::read_public(to.public_key())?;
    let (ours, originator) = match sender.filter(|one| one.key.curve() == theirs.curve()) {
        Some(Sender { key, certificate }) => {
            let name = cms::issuer_and_serial(certificate).map_err(malformed(AGREEMENT))?;
            (key.clone(), OriginatorIdentifierOrKey::IssuerAndSerialNumber(name))
        }
        None => {
            let Ok(key) = PrivateKey::generate(theirs.curve(), chance);
            let public_key = keys::point_bits(key.public()).map_err(malformed(AGREEMENT))?;
            // Without a curve: it is the recipient's.
            let algorithm = with_null(oid::DSTU_4145);
            let own = OriginatorPublicKey { algorithm, public_key };
            (key, OriginatorIdentifierOrKey::OriginatorKey(own))
        }
    };
    let (mut material, mut iv) = ([0_u8; MATERIAL], [0_u8; 8]);
    chance.fill_bytes(&mut material);
    chance.fill_bytes(&mut iv);
    let shared = agree(&ours, &theirs)?;
    let wrapping = kdf::kek(&shared, Some(&material), LeadingZeros::StripAll);
    let wrapped = Key::new(&wrapping, &Sbox::DKE1).wrap(key, &iv);
    let write = || -> der::Result<RecipientInfo> {
        let parameters = Some(Any::encode_from(&with_null(oid::GOST_28147_WRAP))?);
        let algorithm = AlgorithmIdentifierOwned { oid: oid::COFACTOR_DH_GOST_34311, parameters };
        enveloped::agreement(originator, Some(&material), algorithm, to, &wrapped)
    };
    write().map_err(malformed(AGREEMENT))
}

fn with_null(oid: const_oid::ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters: Some(Any::null()) }
}

fn agree(ours: &PrivateKey, theirs: &PublicKey) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    ours.ecdh(theirs).map_err(|_| {
        let (ours, theirs) = (ours.curve().m(), theirs.curve().m());
        let detail = format!("one key is on the curve of {ours} bits, the other of {theirs}");
        CryptoError::KeyMismatch { detail }
    })
}

/// The content's key from `recipient` with `pair`; `None` when it is not for this pair.
pub(super) fn open_key(
    recipient: &RecipientInfo,
    pair: &Pair,
    senders: &[Certificate],
) -> Result<Option<ContentKey>, CryptoError> {
    // Key transport, passwords, shared secrets: not of this suite.
    let RecipientInfo::Kari(agreement) = recipient else { return Ok(None) };
    let Some(wrapped) = enveloped::wrapped_for(agreement, &pair.certificate) else {
        return Ok(None);
    };
    check_scheme(agreement)?;
    let ours = keys::read_private(&pair.key)?;
    let mut outcome = CryptoError::UnknownSigner;
    // Several certificates may bear the sender's name; a stranger's must not hide the right one.
    for theirs in other_halves(&agreement.originator, &ours, senders) {
        let opened = theirs.and_then(|theirs| agree(&ours, &theirs)).and_then(|shared| {
            let material = agreement.ukm.as_ref().map(OctetString::as_bytes);
            unwrap_key(&shared, material, wrapped).ok_or(CryptoError::Undecipherable)
        });
        match opened {
            Ok(key) => return Ok(Some(key)),
            Err(error) => outcome = error,
        }
    }
    Err(outcome)
}

fn check_scheme(agreement: &KeyAgreeRecipientInfo) -> Result<(), CryptoError> {
    let AlgorithmIdentifierOwned { oid: scheme, parameters } = &agreement.key_enc_alg;
    let unsupported = |detail| Err(CryptoError::Unsupported { what: AGREEMENT, detail });
    if *scheme != oid::COFACTOR_DH_GOST_34311 {
        return unsupported(format!("scheme {scheme}"));
    }
    let wrap = parameters.as_ref().map(Any::decode_as::<AlgorithmIdentifierOwned>);
    match wrap.transpose().map_err(malformed(AGREEMENT))? {
        Some(wrap) if wrap.oid == oid::GOST_28147_WRAP => Ok(()),
        Some(wrap) => unsupported(format!("key wrap {}", wrap.oid)),
        None => unsupported("no key wrap is named".to_owned()),
    }
}

/// The originator's public key, or those that may be it.
fn other_halves(
    from: &OriginatorIdentifierOrKey,
    ours: &PrivateKey,
    senders: &[Certificate],
) -> Vec<Result<PublicKey, CryptoError>> {
    let public = |sender: &Certificate| keys::read_public(sender.public_key());
    match from {
        OriginatorIdentifierOrKey::IssuerAndSerialNumber(name) => {
            senders.iter().filter(|sender| is_of(name, sender)).map(public).collect()
        }
        OriginatorIdentifierOrKey::SubjectKeyIdentifier(id) => {
            senders.iter().filter(|sender| is_key_of(id, sender)).map(public).collect()
        }
        OriginatorIdentifierOrKey::OriginatorKey(key) => {
            let curve = keys::curve_of(&key.algorithm, AGREEMENT);
            let curve = curve.map(|curve| curve.unwrap_or_else(|| ours.curve().clone()));
            vec![curve.and_then(|curve| keys::read_point(&key.public_key, &curve, AGREEMENT))]
        }
    }
}

/// Both ways of treating leading zeros of the shared secret are about; the wrapped key's own
/// checksum tells which one the sender has.
fn unwrap_key(shared: &[u8], material: Option<&[u8]>, wrapped: &[u8]) -> Option<ContentKey> {
    [LeadingZeros::StripAll, LeadingZeros::StripOne].into_iter().find_map(|zeros| {
        let wrapping = kdf::kek(shared, material, zeros);
        Key::new(&wrapping, &Sbox::DKE1).unwrap(wrapped).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_stripping_zeros_open() {
        let mut shared = [7_u8; 33];
        shared[..3].fill(0);
        for zeros in [LeadingZeros::StripAll, LeadingZeros::StripOne] {
            for material in [None, Some([3_u8; 64].as_slice())] {
                let wrapping = kdf::kek(&shared, material, zeros);
                let wrapped = Key::new(&wrapping, &Sbox::DKE1).wrap(&[9; 32], &[1; 8]);
                assert_eq!(*unwrap_key(&shared, material, &wrapped).unwrap(), [9; 32]);
                assert!(unwrap_key(&shared, Some(b"other"), &wrapped).is_none());
            }
        }
    }
}
