//! The contract of a suite of algorithms.

use std::fmt;

use der::Decode as _;
use der::asn1::BitString;
use spki::AlgorithmIdentifierOwned;
use zeroize::Zeroizing;

use super::certificate::{Certificate, Usage};
use super::key::{Pair, PrivateKey};
use crate::exchange::Problem;
use crate::time::Timestamp;

/// A signature over bytes, with the algorithm that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// DER of the `AlgorithmIdentifier` (RFC 5280 §4.1.1.2).
    pub algorithm: Vec<u8>,
    /// The content of the BIT STRING as certificates and requests carry it.
    pub bytes: Vec<u8>,
}

impl Signature {
    /// The two fields behind the signed part of a certificate, request or revocation list.
    pub(super) fn parts(&self) -> der::Result<(AlgorithmIdentifierOwned, BitString)> {
        let algorithm = AlgorithmIdentifierOwned::from_der(&self.algorithm)?;
        Ok((algorithm, BitString::from_bytes(&self.bytes)?))
    }
}

/// What a PKCS#10 request says once its own signature was checked (RFC 2986).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestFacts {
    /// DER of the `Name`; may be the empty SEQUENCE (ukraine.md §5.2).
    pub subject: Vec<u8>,
    /// DER of the `SubjectPublicKeyInfo`.
    pub public_key: Vec<u8>,
}

/// One signer's verified signature over a CMS `SignedData` with attached content (RFC 5652 §5).
/// Verified means: the mathematics hold for this certificate. Whether the signer is *trusted*
/// is the [`Opener`](super::Opener)'s question.
#[derive(Clone, Debug)]
pub struct SignedLayer {
    pub content: Vec<u8>,
    pub signer: Certificate,
    /// Every certificate that came along, the signer's included when it did.
    pub certificates: Vec<Certificate>,
    /// The signer's own claim, when there is one.
    pub signing_time: Option<Timestamp>,
}

/// Why bytes could not be sealed, opened or checked. The text never holds a secret, and decryption
/// never tells "bad padding" apart from "bad key".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CryptoError {
    /// Not the structure that was expected; `what` names it (`EnvelopedData`, `PKCS#8` …).
    Malformed { what: &'static str, detail: String },
    /// Well-formed, but with an algorithm or option that this suite does not speak.
    Unsupported { what: &'static str, detail: String },
    /// A signature or digest that does not hold.
    BadSignature { what: &'static str },
    /// The certificate of a signer is neither inside nor known.
    UnknownSigner,
    /// None of our keys is a recipient.
    NotForUs,
    /// The right recipient, but the bytes do not open.
    Undecipherable,
    /// A password that does not open a key (or a damaged key file: the two look alike).
    WrongPassword,
    /// A key that can't do what it was asked for (wrong kind, wrong usage, wrong curve).
    KeyMismatch { detail: String },
    /// What keeps a key that lies elsewhere from computing now; nothing is wrong with the bytes.
    Elsewhere(Problem),
}

impl fmt::Display for CryptoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { what, detail } => write!(f, "{what} is malformed: {detail}"),
            Self::Unsupported { what, detail } => write!(f, "{what} is not supported: {detail}"),
            Self::BadSignature { what } => write!(f, "the signature of the {what} does not hold"),
            Self::UnknownSigner => f.write_str("the signer's certificate is not known"),
            Self::NotForUs => f.write_str("none of our keys is among the recipients"),
            Self::Undecipherable => f.write_str("the content does not decrypt"),
            Self::WrongPassword => f.write_str("the password does not open the key"),
            Self::KeyMismatch { detail } => write!(f, "the key does not fit: {detail}"),
            Self::Elsewhere(problem) => f.write_str(&problem.detail),
        }
    }
}

impl std::error::Error for CryptoError {}

/// For `map_err`: DER that is not the structure `what`.
pub(super) fn malformed(what: &'static str) -> impl Fn(der::Error) -> CryptoError {
    move |error| CryptoError::Malformed { what, detail: error.to_string() }
}

/// One family of algorithms. All byte strings are DER unless said otherwise; readers take BER.
pub trait Suite: Send + Sync {
    /// `international`, `ukrainian`: the word in profiles and configuration.
    fn name(&self) -> &'static str;

    fn generate(
        &self,
        usage: Usage,
        chance: &mut dyn super::CryptoRng,
    ) -> Result<PrivateKey, CryptoError>;

    /// DER of the `SubjectPublicKeyInfo` that belongs to `key`.
    fn public_key(&self, key: &PrivateKey) -> Result<Vec<u8>, CryptoError>;

    /// The subjectKeyIdentifier of a DER `SubjectPublicKeyInfo`, as this suite's authorities count
    /// it: by default the first 160 bits of the SHA-256 of the key's bits (RFC 7093 §2, method 1).
    fn key_id(&self, public_key: &[u8]) -> Result<Vec<u8>, CryptoError> {
        super::issue::key_id(public_key).map_err(malformed("public key"))
    }

    /// Signs the DER of a certificate, request or revocation list.
    fn sign_bytes(
        &self,
        key: &PrivateKey,
        message: &[u8],
        chance: &mut dyn super::CryptoRng,
    ) -> Result<Signature, CryptoError>;

    /// Checks what [`Suite::sign_bytes`] makes, against a DER `SubjectPublicKeyInfo`.
    fn verify_bytes(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), CryptoError>;

    /// CMS `SignedData`, content attached, one signer whose certificate is included, with
    /// contentType, messageDigest, signingTime and signingCertificateV2.
    fn sign(
        &self,
        content: &[u8],
        signer: &Pair,
        at: Timestamp,
        chance: &mut dyn super::CryptoRng,
    ) -> Result<Vec<u8>, CryptoError>;

    /// Verifies every signer of a `SignedData` (DER or BER); at least one, or an error.
    /// `known` are certificates that may be a signer's when none came along.
    fn verify(&self, signed: &[u8], known: &[Certificate])
    -> Result<Vec<SignedLayer>, CryptoError>;

    /// CMS `EnvelopedData` (or `AuthEnvelopedData`) for every recipient. `sender` is the pair for
    /// static key agreement where the suite has it; its certificate must then travel beside.
    fn envelope(
        &self,
        content: &[u8],
        recipients: &[Certificate],
        sender: Option<&Pair>,
        chance: &mut dyn super::CryptoRng,
    ) -> Result<Vec<u8>, CryptoError>;

    /// Opens an envelope with the first of `pairs` that is a recipient. `senders` are
    /// certificates that may hold the other half of a static key agreement.
    fn open(
        &self,
        enveloped: &[u8],
        pairs: &[&Pair],
        senders: &[Certificate],
    ) -> Result<Zeroizing<Vec<u8>>, CryptoError>;

    /// Whether the key of this certificate of ours is worth the opening: yes unless the envelope
    /// certainly names it not. Needs no key.
    fn is_for(&self, enveloped: &[u8], ours: &Certificate) -> bool {
        let locked = PrivateKey::from_pkcs8(Zeroizing::default());
        let pair = Pair { key: locked, certificate: ours.clone() };
        !matches!(self.open(enveloped, &[&pair], &[]), Err(CryptoError::NotForUs))
    }

    /// Encrypts a key for keeping: DER `EncryptedPrivateKeyInfo` (RFC 5958 §3).
    fn protect(
        &self,
        key: &PrivateKey,
        password: &[u8],
        chance: &mut dyn super::CryptoRng,
    ) -> Result<Vec<u8>, CryptoError>;

    /// The reverse of [`Suite::protect`]; takes PEM too.
    fn unprotect(&self, protected: &[u8], password: &[u8]) -> Result<PrivateKey, CryptoError>;
}

impl dyn Suite + '_ {
    /// Builds a PKCS#10 request for `key` with `subject` (DER `Name`) and no attributes.
    pub fn request(
        &self,
        key: &PrivateKey,
        subject: &[u8],
        chance: &mut dyn super::CryptoRng,
    ) -> Result<Vec<u8>, CryptoError> {
        super::request::build(self, key, subject, chance)
    }

    /// Reads a PKCS#10 request (DER, BER or PEM) and checks its own signature.
    pub fn read_request(&self, request: &[u8]) -> Result<RequestFacts, CryptoError> {
        super::request::read(self, request)
    }
}
