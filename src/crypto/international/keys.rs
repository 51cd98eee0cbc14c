//! Keys of the suite: PKCS#8 and `SubjectPublicKeyInfo` to and from what computes.

use std::sync::{Arc, OnceLock};

use p256::elliptic_curve::Generate as _;
use pkcs8::{EncodePrivateKey as _, PrivateKeyInfoRef};
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, RsaPrivateKey, RsaPublicKey};
use spki::{AlgorithmIdentifierRef, EncodePublicKey as _, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use super::KeyKind;
use crate::crypto::oid;
use crate::crypto::suite::CryptoError;
use crate::crypto::{CryptoRng, KeyElsewhere, PrivateKey};

/// Shorter moduli are broken or about to be; longer ones cost us seconds each.
const RSA_BITS: std::ops::RangeInclusive<u64> = 2048..=8192;

/// A private key, ready to compute. Those that are here wipe themselves.
pub(super) enum Private {
    Rsa(Box<RsaPrivateKey>),
    P256(Box<P256>),
    P384(p384::SecretKey),
    /// Only its public half is here.
    Elsewhere(Arc<dyn KeyElsewhere>, Public),
}

/// A P-256 key. The signer knows the public half, which is a multiplication to compute.
pub(super) struct P256 {
    pub secret: p256::SecretKey,
    signer: OnceLock<p256::ecdsa::SigningKey>,
}

impl P256 {
    pub(super) fn signer(&self) -> &p256::ecdsa::SigningKey {
        self.signer.get_or_init(|| p256::ecdsa::SigningKey::from(&self.secret))
    }
}

impl From<p256::SecretKey> for Private {
    fn from(secret: p256::SecretKey) -> Self {
        Self::P256(Box::new(P256 { secret, signer: OnceLock::new() }))
    }
}

/// A public key, ready to compute.
pub(super) enum Public {
    Rsa(RsaPublicKey),
    P256(p256::PublicKey),
    P384(p384::PublicKey),
}

fn malformed(what: &'static str) -> CryptoError {
    // The libraries' own words are for programmers, and of private keys we quote nothing.
    CryptoError::Malformed { what, detail: "it does not decode".to_owned() }
}

pub(super) fn generate(
    kind: KeyKind,
    chance: &mut dyn CryptoRng,
) -> Result<PrivateKey, CryptoError> {
    let mut rsa = |bits| -> Result<_, CryptoError> {
        let key = RsaPrivateKey::new(chance, bits).map_err(|_| malformed("new RSA key"))?;
        key.to_pkcs8_der().map_err(|_| malformed("new RSA key"))
    };
    let document = match kind {
        KeyKind::Rsa2048 => rsa(2048)?,
        KeyKind::Rsa3072 => rsa(3072)?,
        KeyKind::Rsa4096 => rsa(4096)?,
        KeyKind::P256 => p256::SecretKey::generate_from_rng(chance)
            .to_pkcs8_der()
            .map_err(|_| malformed("new P-256 key"))?,
        KeyKind::P384 => p384::SecretKey::generate_from_rng(chance)
            .to_pkcs8_der()
            .map_err(|_| malformed("new P-384 key"))?,
    };
    Ok(PrivateKey::from_pkcs8(Zeroizing::new(document.as_bytes().to_vec())))
}

/// What a key is, by its `AlgorithmIdentifier`: RSA, or which curve.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Rsa,
    P256,
    P384,
}

fn family(
    algorithm: AlgorithmIdentifierRef<'_>,
    what: &'static str,
) -> Result<Family, CryptoError> {
    let unsupported = |detail| Err(CryptoError::Unsupported { what, detail });
    match (algorithm.oid, algorithm.parameters_oid()) {
        (oid::RSA, _) => Ok(Family::Rsa),
        (oid::EC, Ok(oid::P256)) => Ok(Family::P256),
        (oid::EC, Ok(oid::P384)) => Ok(Family::P384),
        (oid::EC, Ok(curve)) => unsupported(format!("curve {curve}")),
        (kind, _) => unsupported(format!("algorithm {kind}")),
    }
}

impl Private {
    /// The key, decoded and checked once however often it is used.
    pub(super) fn read(key: &PrivateKey) -> Result<Arc<Self>, CryptoError> {
        key.parsed(Self::decode)
    }

    fn decode(key: &PrivateKey) -> Result<Self, CryptoError> {
        const WHAT: &str = "PKCS#8 private key";
        if let Some(elsewhere) = key.elsewhere() {
            let public = Public::read(elsewhere.public_key())?;
            return Ok(Self::Elsewhere(Arc::clone(elsewhere), public));
        }
        let wrong = |_| malformed(WHAT);
        let info = PrivateKeyInfoRef::try_from(key.pkcs8()).map_err(|_| malformed(WHAT))?;
        match family(info.algorithm, WHAT)? {
            Family::Rsa => {
                let key = RsaPrivateKey::try_from(info).map_err(wrong)?;
                check_size(&key.to_public_key())?;
                Ok(Self::Rsa(Box::new(key)))
            }
            Family::P256 => p256::SecretKey::try_from(info).map(Self::from).map_err(wrong),
            Family::P384 => p384::SecretKey::try_from(info).map(Self::P384).map_err(wrong),
        }
    }

    pub(super) fn family(&self) -> Family {
        match self {
            Self::Rsa(_) | Self::Elsewhere(_, Public::Rsa(_)) => Family::Rsa,
            Self::P256(_) | Self::Elsewhere(_, Public::P256(_)) => Family::P256,
            Self::P384(_) | Self::Elsewhere(_, Public::P384(_)) => Family::P384,
        }
    }

    /// DER of the `SubjectPublicKeyInfo`.
    pub(super) fn public_key(&self) -> Result<Vec<u8>, CryptoError> {
        let document = match self {
            Self::Rsa(key) => key.to_public_key().to_public_key_der(),
            Self::P256(key) => key.signer().verifying_key().to_public_key_der(),
            Self::P384(key) => key.public_key().to_public_key_der(),
            Self::Elsewhere(key, _) => return Ok(key.public_key().to_vec()),
        };
        Ok(document.map_err(|_| malformed("public key"))?.into_vec())
    }
}

impl Public {
    pub(super) fn read(public_key: &[u8]) -> Result<Self, CryptoError> {
        const WHAT: &str = "public key";
        let wrong = |_| malformed(WHAT);
        let info = SubjectPublicKeyInfoRef::try_from(public_key).map_err(wrong)?;
        match family(info.algorithm, WHAT)? {
            Family::Rsa => {
                let key = RsaPublicKey::try_from(info).map_err(wrong)?;
                check_size(&key)?;
                Ok(Self::Rsa(key))
            }
            Family::P256 => p256::PublicKey::try_from(info).map(Self::P256).map_err(wrong),
            Family::P384 => p384::PublicKey::try_from(info).map(Self::P384).map_err(wrong),
        }
    }
}

/// DER of the `SubjectPublicKeyInfo` of a point (SEC 1 §2.3.3) on the curve of `kind`.
pub(super) fn of_point(kind: KeyKind, point: &[u8]) -> Result<Vec<u8>, CryptoError> {
    const WHAT: &str = "point of a public key";
    let document = match kind {
        KeyKind::P256 => p256::PublicKey::from_sec1_bytes(point)
            .map_err(|_| malformed(WHAT))?
            .to_public_key_der(),
        KeyKind::P384 => p384::PublicKey::from_sec1_bytes(point)
            .map_err(|_| malformed(WHAT))?
            .to_public_key_der(),
        _ => return Err(malformed(WHAT)),
    };
    Ok(document.map_err(|_| malformed(WHAT))?.into_vec())
}

/// DER of the `SubjectPublicKeyInfo` of an RSA key; both numbers with the highest octet first.
pub(super) fn of_numbers(modulus: &[u8], exponent: &[u8]) -> Result<Vec<u8>, CryptoError> {
    const WHAT: &str = "RSA public key";
    let number = BoxedUint::from_be_slice_vartime;
    let key = RsaPublicKey::new(number(modulus), number(exponent)).map_err(|_| malformed(WHAT))?;
    check_size(&key)?;
    Ok(key.to_public_key_der().map_err(|_| malformed(WHAT))?.into_vec())
}

fn check_size(key: &RsaPublicKey) -> Result<(), CryptoError> {
    let bits = u64::from(key.n().bits());
    if RSA_BITS.contains(&bits) {
        return Ok(());
    }
    Err(CryptoError::Unsupported { what: "RSA key", detail: format!("{bits} bits") })
}
