//! Whose signatures stand on the outside of a letter's documents, as far as one sees without keys.

use serde::Serialize;

use super::Fault;
use crate::authority::sota::container::{self, Kind};
use crate::crypto::chain::chain;
use crate::crypto::glance::{self, Signer};
use crate::crypto::{Certificate, MAX_LAYERS};
use crate::mail::{self, Limits};
use crate::time::Timestamp;

/// One signature that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seal {
    /// The letter's file.
    pub file: String,
    /// Common name or full name.
    pub signer: String,
    /// SHA-256 of the signer's certificate.
    pub fingerprint: String,
    /// The signer's own word for when, in seconds since 1970.
    pub claimed: Option<i64>,
    /// The certificate is one that the pack names for this side, and a root of the pack vouches
    /// for it.
    pub known: bool,
}

/// What a signer is compared with.
pub struct Trust<'a> {
    /// Certificates that sign on this side, or whose successors do.
    pub expected: &'a [Certificate],
    /// All that are in the pack, for chains.
    pub beside: &'a [Certificate],
    pub anchors: &'a [Certificate],
    pub at: Timestamp,
}

/// The seals of one letter. A signature that does not hold is a fault.
pub fn of_letter(file: &str, letter: &[u8], trust: &Trust<'_>) -> (Vec<Seal>, Vec<Fault>) {
    let (mut seals, mut faults) = (Vec::new(), Vec::new());
    match mail::read(letter, &Limits::default()) {
        Ok(letter) => {
            for part in &letter.parts {
                layers(file, &part.bytes, trust, &mut seals, &mut faults);
            }
        }
        Err(error) => faults.push(Fault::new(file, format!("the letter can't be read: {error}"))),
    }
    (seals, faults)
}

fn layers(
    file: &str,
    bytes: &[u8],
    trust: &Trust<'_>,
    seals: &mut Vec<Seal>,
    faults: &mut Vec<Fault>,
) {
    let mut layer = bytes.to_vec();
    for _ in 0..=MAX_LAYERS {
        layer = if container::looks_like(&layer) {
            let sections = match container::read(&layer) {
                Ok(sections) => sections,
                Err(error) => {
                    faults.push(Fault::new(file, format!("the container is broken: {error}")));
                    return;
                }
            };
            let mut document = sections.iter().filter(|section| section.kind() == Kind::Signed);
            let Some(document) = document.next() else { return };
            document.payload.to_vec()
        } else if glance::content_type(&layer).is_some() {
            match glance::seal(&layer, trust.beside) {
                Ok(glance::Seal::Signed(signed)) => {
                    for signer in &signed.signers {
                        match weigh(file, signer, &signed.certificates, trust) {
                            Ok(seal) => seals.push(seal),
                            Err(fault) => faults.push(fault),
                        }
                    }
                    let Some(content) = signed.content else { return };
                    content
                }
                Ok(glance::Seal::Enveloped(_) | glance::Seal::Other(_)) => return,
                Err(error) => {
                    faults.push(Fault::new(file, format!("a seal does not read: {error}")));
                    return;
                }
            }
        } else {
            return;
        };
    }
}

fn weigh(
    file: &str,
    signer: &Signer,
    beside: &[Certificate],
    trust: &Trust<'_>,
) -> Result<Seal, Fault> {
    let layer = signer.outcome.as_ref().map_err(|error| {
        Fault::new(file, format!("the signature of {} does not hold: {error}", signer.named))
    })?;
    let certificate = &layer.signer;
    let beside: Vec<_> = trust.beside.iter().chain(beside).cloned().collect();
    // A pinned one, or its successor by name (as `Opener` judges).
    let mut pinned = trust.expected.iter();
    let expected = pinned.any(|one| one.subject_der() == certificate.subject_der());
    Ok(Seal {
        file: file.into(),
        signer: certificate.display_name(),
        fingerprint: certificate.fingerprint().to_string(),
        claimed: layer.signing_time.map(|at| at.0),
        known: expected && is_vouched_for(certificate, &beside, trust.anchors, trust.at),
    })
}

/// Whether a root vouches for a certificate at a moment.
pub fn is_vouched_for(
    certificate: &Certificate,
    beside: &[Certificate],
    anchors: &[Certificate],
    at: Timestamp,
) -> bool {
    glance::suite_of(certificate.public_key())
        .is_some_and(|suite| chain(certificate, beside, anchors, &[], &*suite, at).is_ok())
}
