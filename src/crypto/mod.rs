//! Seals: what makes bytes secret and answers trustworthy. Pure: chance and time are arguments.
//!
//! A [`Suite`] is one family of algorithms over the common structures (X.509, PKCS#10, CMS).
//! Dialects seal and open through [`Sealer`] and [`Opener`] and never learn which suite is behind.
//!
//! Foreign bytes enter by [`ber`], are read as slices by [`tlv`] and [`name`], and become a
//! [`certificate`], a request, a [`cms`] message. Whom we believe is in `open`, [`chain`] and
//! [`proof`]; [`issue`] is the authority's side. [`international`] is the first suite.

pub mod ber;
pub mod certificate;
pub mod chain;
pub mod cms;
pub mod international;
pub mod issue;
mod keeping;
mod key;
pub mod name;
pub mod oid;
mod open;
pub mod proof;
mod request;
mod seal;
mod suite;
pub mod ukrainian;

pub use certificate::{Certificate, CertificateError, Subject, Usage};
pub use key::{Pair, PrivateKey};
pub use open::{Authentic, MAX_LAYERS, OpenError, Opener, Trust, within_layers};
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
