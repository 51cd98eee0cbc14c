//! What the authority remembers: whom it certified, which documents it saw, what it answered.

use std::collections::BTreeMap;

use super::petition::Saying;
use crate::crypto::{Certificate, Suite};
use crate::exchange::Digest;

/// A document that was seen, and what was said about it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Digest of the parcel's bytes.
    pub parcel: Digest,
    pub sayings: Vec<Saying>,
}

#[derive(Clone, Debug, Default)]
pub struct Register {
    /// By serial number, lower-case hexadecimal.
    issued: BTreeMap<String, Certificate>,
    pub(super) documents: BTreeMap<String, Seen>,
    /// Documents that came with other bytes under a known number: an agent's sin.
    pub(super) altered: Vec<String>,
    pub(super) next_serial: u64,
    pub(super) next_invoice: u32,
}

impl Register {
    pub fn certificate(&self, serial: &str) -> Option<&Certificate> {
        self.issued.get(serial)
    }

    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.issued.values()
    }

    /// Documents seen before a restart. What was said of them is decided anew when they come again.
    pub fn remember(&mut self, documents: Vec<(String, Digest)>) {
        for (number, parcel) in documents {
            self.documents.insert(number, Seen { parcel, sayings: Vec::new() });
        }
    }

    pub fn enter(&mut self, certificate: Certificate) {
        let serial = certificate
            .serial_bytes()
            .iter()
            .fold(0_u64, |n, byte| n.wrapping_shl(8) | u64::from(*byte));
        self.next_serial = self.next_serial.max(serial);
        self.issued.insert(certificate.serial(), certificate);
    }

    /// Whether this very certificate was issued here.
    pub fn knows(&self, certificate: &Certificate) -> bool {
        self.certificate(&certificate.serial()).is_some_and(|known| known == certificate)
    }

    /// The newest agreement certificate of the person or seal that `signer` belongs to.
    pub(super) fn agreement_of(&self, signer: &Certificate) -> Option<&Certificate> {
        let same = |one: &&Certificate| {
            one.subject_der() == signer.subject_der() && one.serves(crate::crypto::Usage::Agreement)
        };
        self.issued.values().filter(same).max_by_key(|one| one.not_before())
    }

    /// Document numbers that came more than once with different bytes: must stay empty (F1).
    pub fn altered(&self) -> &[String] {
        &self.altered
    }

    pub fn documents(&self) -> impl Iterator<Item = (&String, &Seen)> {
        self.documents.iter()
    }

    /// Serials of a pair are consecutive (ukraine.md §4.3): taken in one go.
    pub(super) fn take_serial(&mut self) -> u64 {
        self.next_serial += 1;
        self.next_serial
    }
}

/// Whether the request's own signature holds, and the key in it.
pub(super) fn requested_key(suite: &dyn Suite, request: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    suite.read_request(request).ok().map(|facts| (facts.public_key, facts.subject))
}
