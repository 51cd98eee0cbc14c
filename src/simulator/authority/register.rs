//! What the authority remembers: whom it certified, which documents it saw, what it answered.

use std::collections::BTreeMap;
use std::path::Path;

use super::petition::Saying;
use super::till::{Invoice, Till};
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
    pub(super) till: Till,
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

    /// Keeps issued certificates, seen documents and invoices in `folder`.
    pub fn save(&self, folder: &Path) -> std::io::Result<()> {
        let issued = folder.join("issued");
        std::fs::create_dir_all(&issued)?;
        for certificate in self.certificates() {
            let path = issued.join(format!("{}.pem", certificate.serial()));
            if !path.exists() {
                std::fs::write(path, certificate.pem())?;
            }
        }
        let seen: Vec<(&String, Digest)> =
            self.documents().map(|(number, seen)| (number, seen.parcel)).collect();
        keep(folder, "documents.json", &seen)?;
        keep(folder, "invoices.json", &self.invoices())
    }

    /// The register that [`Register::save`] kept; empty when there is none.
    pub fn load(folder: &Path) -> std::io::Result<Self> {
        let mut register = Self::default();
        let issued = folder.join("issued");
        if issued.is_dir() {
            for entry in std::fs::read_dir(issued)? {
                let bytes = std::fs::read(entry?.path())?;
                if let Ok(certificate) = Certificate::read(&bytes) {
                    register.enter(certificate);
                }
            }
        }
        if let Some(seen) = kept(folder, "documents.json")? {
            register.remember(seen);
        }
        if let Some(invoices) = kept(folder, "invoices.json")? {
            register.till.restore(invoices);
        }
        Ok(register)
    }

    pub fn invoices(&self) -> &[Invoice] {
        self.till.invoices()
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

/// Writes one JSON file of a folder, whole or not at all.
pub(in crate::simulator) fn keep<T: serde::Serialize>(
    folder: &Path,
    name: &str,
    value: &T,
) -> std::io::Result<()> {
    let partial = folder.join(format!("{name}.partial"));
    std::fs::write(&partial, serde_json::to_vec_pretty(value)?)?;
    std::fs::rename(partial, folder.join(name))
}

/// What [`keep`] wrote; `None` when there is no such file.
pub(in crate::simulator) fn kept<T: serde::de::DeserializeOwned>(
    folder: &Path,
    name: &str,
) -> std::io::Result<Option<T>> {
    match std::fs::read(folder.join(name)) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the request's own signature holds, and the key in it.
pub(super) fn requested_key(suite: &dyn Suite, request: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    suite.read_request(request).ok().map(|facts| (facts.public_key, facts.subject))
}
