//! Down to the innermost document: decrypts with our keys, verifies against trust.

use std::fmt;

use zeroize::Zeroizing;

use crate::authority::sota::container::{self, Kind, Section};
use crate::crypto::chain::chain;
use crate::crypto::glance::{self, Seal, Signed};
use crate::crypto::{Certificate, CryptoError, MAX_LAYERS, Pair};
use crate::time::Timestamp;

/// Keys and trust to open with.
pub struct Keyring<'a> {
    pub pairs: &'a [Pair],
    /// Signers that are believed, and roots to which a signer may chain.
    pub trust: &'a [Certificate],
    pub now: Timestamp,
}

/// The innermost document, and how it was come by.
pub struct Peeled {
    pub content: Zeroizing<Vec<u8>>,
    /// What was opened, from the outside inwards.
    pub steps: Vec<String>,
    /// What could not be verified; empty when every signature holds and its signer is trusted,
    /// and there is at least one.
    pub doubts: Vec<String>,
}

/// Why there is no innermost document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeelError {
    /// A container that is cut off or lies.
    Container {
        detail: String,
    },
    Crypto {
        layer: usize,
        cause: CryptoError,
    },
    /// Signed elsewhere: the content does not come along.
    Detached {
        layer: usize,
    },
    TooDeep,
    /// A container without anything in it, or with several documents.
    Documents {
        layer: usize,
        found: usize,
    },
}

impl fmt::Display for PeelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container { detail } => write!(f, "the transport container is broken: {detail}"),
            Self::Crypto { layer, .. } => write!(f, "layer {layer} does not open"),
            Self::Detached { layer } => {
                write!(f, "layer {layer} is signed, but what was signed does not come along")
            }
            Self::TooDeep => write!(f, "sealed more than {MAX_LAYERS} layers deep"),
            Self::Documents { layer, found } => {
                write!(f, "layer {layer} holds {found} documents; one is expected")
            }
        }
    }
}

impl std::error::Error for PeelError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Crypto { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

/// Opens every layer of `bytes`.
pub fn peel(bytes: &[u8], ring: &Keyring<'_>) -> Result<Peeled, PeelError> {
    let mut peeled =
        Peeled { content: Zeroizing::new(bytes.to_vec()), steps: Vec::new(), doubts: Vec::new() };
    let mut signed = false;
    // Certificates that came beside: they may be a sender's half of a key agreement.
    let mut beside = ring.trust.to_vec();
    for layer in 1..=MAX_LAYERS + 1 {
        let crypto = |cause| PeelError::Crypto { layer, cause };
        let inner = if container::looks_like(&peeled.content) {
            let sections = container::read(&peeled.content);
            let sections =
                sections.map_err(|error| PeelError::Container { detail: error.to_string() })?;
            let labels: Vec<_> = sections.iter().map(|section| section.label).collect();
            peeled.steps.push(format!("container: {}", labels.join(", ")));
            Zeroizing::new(only_document(&sections, layer, &mut beside)?.to_vec())
        } else if glance::content_type(&peeled.content).is_some() {
            match glance::seal(&peeled.content, ring.trust).map_err(crypto)? {
                Seal::Signed(seal) if seal.signers.is_empty() => break,
                Seal::Signed(seal) => {
                    signed = true;
                    weigh(&seal, ring, layer, &mut peeled);
                    beside.extend(seal.certificates);
                    Zeroizing::new(seal.content.ok_or(PeelError::Detached { layer })?)
                }
                Seal::Enveloped(envelope) => {
                    let pairs: Vec<&Pair> = ring.pairs.iter().collect();
                    let suite = envelope.suite.ok_or_else(|| crypto(CryptoError::NotForUs))?;
                    let opened = suite.open(&peeled.content, &pairs, &beside).map_err(crypto)?;
                    peeled.steps.push(format!("decrypted: {}", envelope.cipher));
                    opened
                }
                Seal::Other(_) => break,
            }
        } else {
            break;
        };
        if layer > MAX_LAYERS {
            return Err(PeelError::TooDeep);
        }
        peeled.content = inner;
    }
    if !signed {
        peeled.doubts.push("nobody signed it".to_owned());
    }
    Ok(peeled)
}

/// The one section that is neither a header nor a certificate.
fn only_document<'a>(
    sections: &[Section<'a>],
    layer: usize,
    beside: &mut Vec<Certificate>,
) -> Result<&'a [u8], PeelError> {
    let mut documents = Vec::new();
    for section in sections {
        match section.kind() {
            Kind::Header => {}
            Kind::Certificate => beside.extend(Certificate::read(section.payload).ok()),
            _ => documents.push(section.payload),
        }
    }
    match documents.as_slice() {
        [one] => Ok(one),
        several => Err(PeelError::Documents { layer, found: several.len() }),
    }
}

/// Every signature must hold, and every signer must be trusted.
fn weigh(seal: &Signed, ring: &Keyring<'_>, layer: usize, peeled: &mut Peeled) {
    for signer in &seal.signers {
        match &signer.outcome {
            Err(error) => {
                let named = &signer.named;
                peeled.doubts.push(format!("layer {layer}: the signature of {named}: {error}"));
            }
            Ok(verified) => {
                let name = verified.signer.display_name();
                peeled.steps.push(format!("signed by «{name}»"));
                if let Err(why) = believe(&verified.signer, &seal.certificates, ring) {
                    peeled.doubts.push(format!("layer {layer}: signed by «{name}»: {why}"));
                }
            }
        }
    }
}

fn believe(signer: &Certificate, beside: &[Certificate], ring: &Keyring<'_>) -> Result<(), String> {
    if !signer.serves(crate::crypto::Usage::Signing) {
        return Err("the certificate is not for signing".to_owned());
    }
    if ring.trust.is_empty() {
        return Err("no certificate was given to trust".to_owned());
    }
    let suite = glance::suite_of(signer.public_key()).ok_or("its key is of no suite")?;
    chain(signer, beside, ring.trust, &[], &*suite, ring.now).map_err(|error| error.to_string())
}
