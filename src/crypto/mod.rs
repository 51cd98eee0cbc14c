//! Seals: what makes bytes secret and answers trustworthy. Pure: chance and time are arguments.
//!
//! A [`Suite`] is one family of algorithms over the common structures (X.509, PKCS#10, CMS).
//! Dialects seal and open through [`Sealer`] and [`Opener`] and never learn which suite is behind.
//!
//! Foreign bytes enter by [`ber`], which makes DER of them. Behind it the structures are those of
//! `x509_cert` (certificates, requests, revocation lists, extensions, names) and [`cms`](::cms)
//! (`SignedData`, `EnvelopedData`, `AuthEnvelopedData`), algorithms and keys those of `spki`,
//! `pkcs8`, `pkcs1`. Our own is what they do not do:
//!
//! - [`ber`]: `der` reads BER only in part, and `SignedData` in BER gives wrong content silently.
//! - What a signature covers is cut from the original DER (`certificate::check_signed`,
//!   `cms::signed`), because the crates sort sets and drop written-out defaults.
//! - `SignedDataRef`: `cms::signed_data::SignedData` with certificates left as they stand.
//! - All checking: signed attributes, signers, chains, revocation; the crates have none of it.
//! - All sealing and opening of content keys: the crate's key agreement wraps with zeros.
//! - Four structures that no crate has or shows: `SigningCertificateV2`, `ESSCertIDv2`,
//!   `ECC-CMS-SharedInfo`, `GCMParameters`.
//!
//! Whom we believe is in `open`, [`chain`], [`revocation`] and [`proof`]; [`issue`] is the
//! authority's side.
//! [`international`] is the first suite.

pub mod ber;
pub mod certificate;
pub mod chain;
pub mod cms;
pub mod containers;
pub mod glance;
pub mod international;
pub mod issue;
mod keeping;
mod key;
pub mod name;
pub mod oid;
mod open;
pub mod proof;
mod request;
pub mod revocation;
mod seal;
mod suite;
pub mod ukrainian;

pub use certificate::{Certificate, CertificateError, Subject, Usage};
pub use key::{KeyElsewhere, Padding, Pair, PrivateKey};
pub use open::{Authentic, MAX_LAYERS, OpenError, Opener, Recipients, Trust, within_layers};
pub use rand_core::CryptoRng;
pub use seal::Sealer;
pub use suite::{CryptoError, RequestFacts, Signature, SignedLayer, Suite};

use sha2::Digest as _;

use crate::exchange::Digest;

/// SHA-256: the name of bytes in files, journals and comparisons, in every suite.
pub fn digest(bytes: &[u8]) -> Digest {
    Digest(sha2::Sha256::digest(bytes).into())
}

/// The suite that profiles and configuration call `name`, with its defaults.
pub fn suite(name: &str) -> Option<Box<dyn Suite>> {
    match name {
        "international" => Some(Box::new(international::International::default())),
        "ukrainian" => Some(Box::new(ukrainian::Ukrainian)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
