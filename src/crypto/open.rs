//! Opening: the only way from foreign bytes to meaning.
//!
//! [`Authentic`] can be made here and nowhere else, so a dialect can't interpret what was not
//! verified and traced to the authority's pinned trust.

use std::fmt;

use zeroize::Zeroizing;

use super::certificate::{Certificate, Usage};
use super::chain::{ChainError, chain, unrevoked};
use super::key::Pair;
use super::revocation::RevocationList;
use super::suite::{CryptoError, SignedLayer, Suite};
use crate::exchange::Digest;
use crate::time::Timestamp;

/// Whom we believe on behalf of one authority.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The authority's own signers of receipts, pinned by the configuration.
    pub signers: Vec<Certificate>,
    /// Roots to which granted certificates, and successors of `signers`, must chain.
    pub anchors: Vec<Certificate>,
    /// What the authority took back, as far as the configuration has its lists.
    pub revocations: Vec<RevocationList>,
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
    /// A good signature by a certificate that the authority took back, or of which its lists can't
    /// tell.
    Revoked {
        cause: ChainError,
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
            Self::Revoked { cause } => write!(f, "the signer is not believed: {cause}"),
            Self::TooDeep { limit } => write!(f, "sealed more than {limit} layers deep"),
        }
    }
}

impl std::error::Error for OpenError {}

/// Our pairs that may be the recipient. Opening a key is slow, so only those are asked for whose
/// certificates an envelope names.
pub trait Recipients {
    /// The pairs whose certificates are `wanted`: those in use, then previous ones (F28).
    fn pairs(&self, wanted: &dyn Fn(&Certificate) -> bool) -> Vec<Pair>;
}

impl Recipients for &[Pair] {
    fn pairs(&self, wanted: &dyn Fn(&Certificate) -> bool) -> Vec<Pair> {
        self.iter().filter(|pair| wanted(&pair.certificate)).cloned().collect()
    }
}

/// Opens what comes from one authority at one moment.
pub struct Opener<'a> {
    pub suite: &'a dyn Suite,
    pub trust: &'a Trust,
    pub recipients: &'a dyn Recipients,
    pub now: Timestamp,
}

/// How deep the authority's bundles may be sealed: letter in letter, container in container.
pub const MAX_LAYERS: usize = 16;

/// For dialects, which unwrap layer by layer: whether `depth` layers, the outermost being 1, are
/// still believable.
pub fn within_layers(depth: usize) -> Result<(), OpenError> {
    if depth > MAX_LAYERS { Err(OpenError::TooDeep { limit: MAX_LAYERS }) } else { Ok(()) }
}

impl Opener<'_> {
    /// Verifies a `SignedData` and its signer. Every signature in it must hold; one signer must
    /// be the authority's: pinned, or a successor that chains to the pinned roots and bears a
    /// pinned signer's name, byte for byte (failures.md F27). The signer must be valid now, and on
    /// none of the revocation lists.
    pub fn verify(&self, signed: &[u8]) -> Result<Authentic, OpenError> {
        let layers = self.suite.verify(signed, &self.trust.signers).map_err(OpenError::Crypto)?;
        let mut refusal = OpenError::Crypto(CryptoError::UnknownSigner);
        // The last refusal would win; the first signer is the one to tell about.
        for layer in layers.into_iter().rev() {
            match self.check_signer(&layer) {
                Ok(()) => return Ok(Authentic { content: layer.content, signer: layer.signer }),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    fn check_signer(&self, layer: &SignedLayer) -> Result<(), OpenError> {
        let signer = &layer.signer;
        let name = signer.display_name();
        if !self.trust.signers.contains(signer) {
            let chained = self.chained(layer, self.now);
            let chains = chained.is_ok();
            let named = self.trust.signers.iter().any(|s| s.subject_der() == signer.subject_der());
            if let (
                true,
                Err(cause @ (ChainError::Revoked { .. } | ChainError::ForeignList { .. })),
            ) = (named, chained)
            {
                return Err(OpenError::Revoked { cause });
            }
            // Out of date alone must not look like a stranger.
            if !(named && (chains || self.chained_once(layer))) {
                return Err(OpenError::Stranger {
                    name,
                    fingerprint: signer.fingerprint(),
                    chains,
                });
            }
        }
        let Trust { anchors, revocations, .. } = self.trust;
        let beside: Vec<_> = anchors.iter().chain(&layer.certificates).collect();
        unrevoked(signer, &beside, revocations, self.suite)
            .map_err(|cause| OpenError::Revoked { cause })?;
        if !signer.is_valid_about(self.now) {
            return Err(OpenError::OutOfDate {
                name,
                not_before: signer.not_before(),
                not_after: signer.not_after(),
            });
        }
        if !signer.serves(Usage::Signing) {
            let detail = format!("the certificate of «{name}» is not for signing");
            return Err(OpenError::Crypto(CryptoError::KeyMismatch { detail }));
        }
        Ok(())
    }

    /// Whether a signer that is not valid now chained on its last day.
    fn chained_once(&self, layer: &SignedLayer) -> bool {
        let signer = &layer.signer;
        let last_day = signer.not_after();
        !signer.is_valid_about(self.now) && self.chained(layer, last_day).is_ok()
    }

    fn chained(&self, layer: &SignedLayer, at: Timestamp) -> Result<(), ChainError> {
        let Trust { anchors, revocations, .. } = self.trust;
        chain(&layer.signer, &layer.certificates, anchors, revocations, self.suite, at)
    }

    /// Decrypts an `EnvelopedData` with the first pair that is a recipient; proves nothing about
    /// the sender. `senders` are certificates that came beside, for static key agreement.
    pub fn decrypt(
        &self,
        enveloped: &[u8],
        senders: &[Certificate],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let pairs = self.recipients.pairs(&|ours| self.suite.is_for(enveloped, ours));
        let pairs: Vec<&Pair> = pairs.iter().collect();
        self.suite.open(enveloped, &pairs, senders).map_err(OpenError::Crypto)
    }
}
