//! Opening: the only way from foreign bytes to meaning.
//!
//! [`Authentic`] can be made here and nowhere else, so a dialect can't interpret what was not
//! verified and traced to the authority's pinned trust.

use std::fmt;

use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::key::Pair;
use super::suite::{CryptoError, Suite};
use crate::exchange::Digest;
use crate::time::Timestamp;

/// Whom we believe on behalf of one authority.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The authority's own signers of receipts, pinned by the configuration.
    pub signers: Vec<Certificate>,
    /// Roots to which granted certificates, and successors of `signers`, must chain.
    pub anchors: Vec<Certificate>,
}

/// Content whose signer is the authority's. Only [`Opener::verify`] makes one.
#[derive(Clone, Debug)]
pub struct Authentic {
    content: Vec<u8>,
    signer: Certificate,
}

impl Authentic {
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    pub fn signer(&self) -> &Certificate {
        &self.signer
    }
}

/// Why foreign bytes give no meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    Crypto(CryptoError),
    /// A good signature by somebody whom the configuration does not name.
    Stranger {
        name: String,
        fingerprint: Digest,
        chains: bool,
    },
    /// A good signature by a certificate that is not valid now.
    OutOfDate {
        name: String,
        not_before: Timestamp,
        not_after: Timestamp,
    },
    /// Deeper than any honest sender seals.
    TooDeep {
        limit: usize,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crypto(error) => error.fmt(f),
            Self::Stranger { name, fingerprint, chains } => {
                let chain = if *chains { "chains" } else { "does not chain" };
                write!(
                    f,
                    "signed by «{name}» ({fingerprint}), who is not the authority's signer; the certificate {chain} to its root"
                )
            }
            Self::OutOfDate { name, not_before, not_after } => {
                write!(
                    f,
                    "signed by «{name}», whose certificate is valid only from {not_before} to {not_after}"
                )
            }
            Self::TooDeep { limit } => write!(f, "sealed more than {limit} layers deep"),
        }
    }
}

impl std::error::Error for OpenError {}

/// Opens what comes from one authority at one moment.
pub struct Opener<'a> {
    pub suite: &'a dyn Suite,
    pub trust: &'a Trust,
    /// Our pairs that may be the recipient: in use, then previous ones (F28).
    pub pairs: &'a [Pair],
    pub now: Timestamp,
}

impl Opener<'_> {
    /// Verifies a `SignedData` and its signer.
    pub fn verify(&self, _signed: &[u8]) -> Result<Authentic, OpenError> {
        todo!("helper crypto")
    }

    /// Decrypts an `EnvelopedData`; proves nothing about the sender.
    pub fn decrypt(
        &self,
        _enveloped: &[u8],
        _senders: &[Certificate],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        todo!("helper crypto")
    }
}
