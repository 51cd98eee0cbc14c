//! Keys on a token: found, made, used, and certificates beside them.

use std::sync::Arc;

use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::elliptic_curve::{EcKdf, Ecdh1DeriveParams};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{
    Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle,
};
use cryptoki::session::Session;
use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode as _, Encode as _, Tag};
use zeroize::Zeroizing;

use super::login::Login;
use super::{Problem, Token, label, lock, problem};
use crate::crypto::international::{KeyKind, public_key_of_numbers, public_key_of_point};
use crate::crypto::{Certificate, CryptoError, KeyElsewhere, Padding, PrivateKey, Usage, oid};

/// A key on a token, and the login that reaches it.
struct OnToken {
    login: Arc<Login>,
    /// The token's name, for people.
    token: String,
    key: ObjectHandle,
    /// DER `SubjectPublicKeyInfo`.
    public: Vec<u8>,
    /// Octets of a coordinate; 0 for RSA.
    size: usize,
}

impl Token {
    /// The key with this CKA_ID.
    pub(in crate::vault) fn find(&self, id: &[u8]) -> Result<Option<PrivateKey>, Problem> {
        let login = self.login()?;
        let session = lock(&login.0);
        let told = |error: Error| self.problem(&error);
        let template = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Id(id.to_vec())];
        let Some(key) = session.find_objects(&template).map_err(told)?.first().copied() else {
            return Ok(None);
        };
        let template = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(id.to_vec())];
        let half = session.find_objects(&template).map_err(told)?.first().copied();
        // Some tokens keep no public key: the private one may tell the same.
        let (public, size) = self.public_half(&session, half.unwrap_or(key))?;
        let token = self.settings.label.clone();
        drop(session);
        let found = OnToken { login, token, key, public, size };
        Ok(Some(PrivateKey::lies_elsewhere(Arc::new(found))))
    }

    /// Makes a key with this CKA_ID: one that no software can read.
    pub(in crate::vault) fn generate(
        &self,
        id: &[u8],
        name: &str,
        usage: Usage,
    ) -> Result<PrivateKey, Problem> {
        let login = self.login()?;
        {
            let session = lock(&login.0);
            let (mechanism, public, private) = templates(self.settings.keys, id, name, usage)?;
            let (half, key) = session
                .generate_key_pair(&mechanism, &public, &private)
                .map_err(|error| self.problem(&error))?;
            let kept = [AttributeType::Sensitive, AttributeType::Extractable];
            let kept = session.get_attributes(key, &kept).map_err(|error| self.problem(&error))?;
            if !kept.contains(&Attribute::Sensitive(true))
                || !kept.contains(&Attribute::Extractable(false))
            {
                // Nobody shall find it later and think it good.
                for object in [key, half] {
                    session.destroy_object(object).map_err(|error| self.problem(&error))?;
                }
                let detail =
                    format!("token «{}» makes keys that can be read out", self.settings.label);
                return Err(problem("token-failed", detail));
            }
        }
        let made = self.find(id)?;
        let gone = format!("token «{}» does not find the key it made", self.settings.label);
        made.ok_or_else(|| problem("token-failed", gone))
    }

    /// Puts a certificate beside its key, unless it is there.
    pub(in crate::vault) fn put_certificate(
        &self,
        id: &[u8],
        name: &str,
        certificate: &Certificate,
    ) -> Result<(), Problem> {
        let login = self.login()?;
        let session = lock(&login.0);
        let told = |error: Error| self.problem(&error);
        let template = [
            Attribute::Class(ObjectClass::CERTIFICATE),
            Attribute::Id(id.to_vec()),
            Attribute::Value(certificate.der().to_vec()),
        ];
        if !session.find_objects(&template).map_err(told)?.is_empty() {
            return Ok(());
        }
        let serial = AnyRef::new(Tag::Integer, certificate.serial_bytes());
        let serial = serial.and_then(|serial| serial.to_der());
        let serial = serial.map_err(|error| problem("token-failed", error.to_string()))?;
        let more = [
            Attribute::CertificateType(CertificateType::X_509),
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Label(name.as_bytes().to_vec()),
            Attribute::Subject(certificate.subject_der().to_vec()),
            Attribute::Issuer(certificate.issuer_der().to_vec()),
            Attribute::SerialNumber(serial),
        ];
        let whole: Vec<_> = template.into_iter().chain(more).collect();
        session.create_object(&whole).map_err(told).map(drop)
    }

    /// DER of the `SubjectPublicKeyInfo`, and the octets of a coordinate.
    fn public_half(
        &self,
        session: &Session,
        half: ObjectHandle,
    ) -> Result<(Vec<u8>, usize), Problem> {
        use AttributeType as Wanted;
        let wanted = [
            Wanted::KeyType,
            Wanted::EcParams,
            Wanted::EcPoint,
            Wanted::Modulus,
            Wanted::PublicExponent,
        ];
        let told = session.get_attributes(half, &wanted).map_err(|error| self.problem(&error))?;
        let odd = |what: &str| {
            problem("token-failed", format!("token «{}»: {what}", self.settings.label))
        };
        let (mut curve, mut point, mut modulus, mut exponent) = (None, None, None, None);
        for attribute in told {
            match attribute {
                Attribute::EcParams(der) => curve = Some(der),
                Attribute::EcPoint(der) => point = Some(der),
                Attribute::Modulus(number) => modulus = Some(number),
                Attribute::PublicExponent(number) => exponent = Some(number),
                _ => {}
            }
        }
        let read = |error: CryptoError| odd(&error.to_string());
        if let (Some(modulus), Some(exponent)) = (modulus, exponent) {
            return Ok((public_key_of_numbers(&modulus, &exponent).map_err(read)?, 0));
        }
        let (Some(curve), Some(point)) = (curve, point) else {
            return Err(odd("a key without its public half"));
        };
        let (kind, size) = match curve {
            curve if Ok(&curve) == oid::P256.to_der().as_ref() => (KeyKind::P256, 32),
            curve if Ok(&curve) == oid::P384.to_der().as_ref() => (KeyKind::P384, 48),
            _ => return Err(odd("a key on an unknown curve")),
        };
        // The point comes in an OCTET STRING (PKCS#11 v2.40 §2.3.3); older modules leave that out.
        let inner = <&OctetStringRef>::from_der(&point).ok().map(OctetStringRef::as_bytes);
        let inner = inner.and_then(|inner| public_key_of_point(kind, inner).ok());
        let public = inner.map_or_else(|| public_key_of_point(kind, &point), Ok).map_err(read)?;
        Ok((public, size))
    }
}

/// How to make a key, and what the two halves are made to be.
fn templates(
    kind: KeyKind,
    id: &[u8],
    name: &str,
    usage: Usage,
) -> Result<(Mechanism<'static>, Vec<Attribute>, Vec<Attribute>), Problem> {
    let both = || {
        vec![
            Attribute::Token(true),
            Attribute::Id(id.to_vec()),
            Attribute::Label(name.as_bytes().to_vec()),
        ]
    };
    let agrees = usage == Usage::Agreement;
    let (mut public, mut private) = (both(), both());
    public.extend([Attribute::Private(false), Attribute::Verify(true)]);
    private.extend([
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        // An agreement key signs too: its own request.
        Attribute::Sign(true),
    ]);
    let curve = |oid: const_oid::ObjectIdentifier| {
        let der = oid.to_der().map_err(|error| problem("token-failed", error.to_string()))?;
        Ok::<_, Problem>(Attribute::EcParams(der))
    };
    let bits = match kind {
        KeyKind::P256 => {
            public.push(curve(oid::P256)?);
            None
        }
        KeyKind::P384 => {
            public.push(curve(oid::P384)?);
            None
        }
        KeyKind::Rsa2048 => Some(2048_u64),
        KeyKind::Rsa3072 => Some(3072),
        KeyKind::Rsa4096 => Some(4096),
    };
    let Some(bits) = bits else {
        private.push(Attribute::Derive(agrees));
        return Ok((Mechanism::EccKeyPairGen, public, private));
    };
    public.extend([
        Attribute::ModulusBits(bits.into()),
        Attribute::PublicExponent(vec![1, 0, 1]),
        Attribute::Encrypt(agrees),
    ]);
    private.push(Attribute::Decrypt(agrees));
    Ok((Mechanism::RsaPkcsKeyPairGen, public, private))
}

impl OnToken {
    fn failed(&self, error: &Error) -> CryptoError {
        let detail = match error {
            Error::Pkcs11(code, function) => format!("{function}: {code:?}"),
            other => other.to_string(),
        };
        let detail = format!("token «{}»: {detail}", self.token);
        CryptoError::Elsewhere(problem(label(error), detail))
    }

    fn derive(&self, session: &Session, point: &[u8]) -> Result<ObjectHandle, Error> {
        let parameters = Ecdh1DeriveParams::new(EcKdf::null(), point);
        let length = u64::try_from(self.size).unwrap_or(0);
        let template = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::KeyType(KeyType::GENERIC_SECRET),
            Attribute::Token(false),
            Attribute::Sensitive(false),
            Attribute::Extractable(true),
            Attribute::ValueLen(length.into()),
        ];
        session.derive_key(&Mechanism::Ecdh1Derive(parameters), self.key, &template)
    }
}

impl KeyElsewhere for OnToken {
    fn public_key(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, digest: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let mechanism = if self.size == 0 { Mechanism::RsaPkcs } else { Mechanism::Ecdsa };
        let session = lock(&self.login.0);
        session.sign(&mechanism, self.key, digest).map_err(|error| self.failed(&error))
    }

    fn agree(&self, point: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let session = lock(&self.login.0);
        let failed = |error: Error| self.failed(&error);
        let shared = match self.derive(&session, point) {
            // Some modules want the point as CKA_EC_POINT has it.
            Err(Error::Pkcs11(RvError::MechanismParamInvalid, _)) => {
                let wrapped = OctetStringRef::new(point).and_then(|point| point.to_der());
                let wrapped = wrapped.map_err(|_| CryptoError::Undecipherable)?;
                self.derive(&session, &wrapped)
            }
            derived => derived,
        };
        let shared = shared.map_err(failed)?;
        let told = session.get_attributes(shared, &[AttributeType::Value]);
        // The secret is a session's object: it would go with the session.
        let _ = session.destroy_object(shared);
        match told.map_err(failed)?.into_iter().next() {
            Some(Attribute::Value(secret)) if secret.len() == self.size => {
                Ok(Zeroizing::new(secret))
            }
            _ => Err(CryptoError::Undecipherable),
        }
    }

    fn decrypt(&self, padding: Padding, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let mechanism = match padding {
            Padding::Pkcs1 => Mechanism::RsaPkcs,
            Padding::Oaep { hash, mask } => {
                let (hash, _) = digest_and_mask(hash)?;
                let (_, mask) = digest_and_mask(mask)?;
                let source = PkcsOaepSource::empty();
                Mechanism::RsaPkcsOaep(PkcsOaepParams::new(hash, mask, source))
            }
        };
        let opened = lock(&self.login.0).decrypt(&mechanism, self.key, wrapped);
        match opened {
            Ok(opened) => Ok(Zeroizing::new(opened)),
            // Wrong padding, by one name or another.
            Err(Error::Pkcs11(
                RvError::EncryptedDataInvalid
                | RvError::EncryptedDataLenRange
                | RvError::DataInvalid
                | RvError::DataLenRange
                | RvError::GeneralError,
                _,
            )) => Err(CryptoError::Undecipherable),
            Err(error) => Err(self.failed(&error)),
        }
    }
}

fn digest_and_mask(
    hash: const_oid::ObjectIdentifier,
) -> Result<(MechanismType, PkcsMgfType), CryptoError> {
    match hash {
        oid::SHA1 => Ok((MechanismType::SHA1, PkcsMgfType::MGF1_SHA1)),
        oid::SHA224 => Ok((MechanismType::SHA224, PkcsMgfType::MGF1_SHA224)),
        oid::SHA256 => Ok((MechanismType::SHA256, PkcsMgfType::MGF1_SHA256)),
        oid::SHA384 => Ok((MechanismType::SHA384, PkcsMgfType::MGF1_SHA384)),
        oid::SHA512 => Ok((MechanismType::SHA512, PkcsMgfType::MGF1_SHA512)),
        other => {
            let detail = format!("digest {other}");
            Err(CryptoError::Unsupported { what: "RSAES-OAEP parameters", detail })
        }
    }
}
