//! The simulated authority: pure. A parcel, a moment and chance go in; answers with the moment at
//! which each leaves come out.
//!
//! It is written from the pages in `schemas/`, not from the agent's code: it shares codecs with
//! the agent (container, XML, CMS), never `compose` and `interpret`. Two readings of one document.

mod decide;
mod examine;
mod keys;
mod manners;
mod pdf;
mod petition;
mod register;
mod smime;
mod sota;
#[cfg(test)]
mod tests;
mod till;

use std::path::Path;
use std::sync::Arc;

use crate::authority::Profile;
use crate::crypto::{CryptoRng, Pair, Suite, digest};
use crate::mail::Part;
use crate::time::Timestamp;

pub use super::clerk::{Silence, Timed, Unintelligible};
pub(in crate::simulator) use keys::{ANOTHER, forged_signer};
pub use keys::{Enrolment, Keys};
pub use manners::{Forgery, Manners, Refusing, Wrong};
pub use petition::{Petition, Saying};
pub use register::{Register, Seen};
pub(in crate::simulator) use register::{keep, kept};
pub use till::{Invoice, Item};

use super::clerk::{Clerk, Paper, Sealing};
use petition::Answer;

/// How answers are written and applications read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Front {
    Sota,
    Smime,
}

pub struct Authority {
    pub title: String,
    pub code: String,
    pub profile: Profile,
    pub suite: Arc<dyn Suite>,
    pub keys: Keys,
    pub manners: Manners,
    pub register: Register,
    front: Front,
}

impl Authority {
    /// `None` when the profile's dialect is not one that the simulator speaks.
    pub fn new(
        title: String,
        code: String,
        profile: Profile,
        suite: Arc<dyn Suite>,
        keys: Keys,
        manners: Manners,
    ) -> Option<Self> {
        let front = match profile.dialect.as_str() {
            "sota" => Front::Sota,
            "smime" => Front::Smime,
            _ => return None,
        };
        let register = Register::default();
        Some(Self { title, code, profile, suite, keys, manners, register, front })
    }

    /// Reads a parcel and decides. The same bytes again get the same answers again; other bytes
    /// under a known number are an agent's sin, remembered and refused.
    pub fn hear(
        &mut self,
        parts: &[Part],
        now: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Timed>, Silence> {
        let petition = match self.front {
            Front::Sota => sota::read(parts, self.suite.as_ref(), &self.keys.agreement)?,
            Front::Smime => smime::read(parts, self.suite.as_ref(), &self.keys.agreement)?,
        };
        let parcel = parts.iter().map(|part| digest(&part.bytes)).max();
        let parcel = parcel.unwrap_or(crate::exchange::Digest([0; 32]));
        let mut sayings = match self.register.documents.get(&petition.number) {
            Some(seen) if seen.parcel == parcel && !seen.sayings.is_empty() => seen.sayings.clone(),
            Some(seen) if seen.parcel == parcel => self.decide(&petition, now, chance)?,
            Some(_) => {
                self.register.altered.push(petition.number.clone());
                let reasons = vec!["Документ із таким номером уже подано".to_owned()];
                vec![Saying::Refused { code: Some("NUMBER".into()), reasons, at_once: true }]
            }
            None => {
                let sayings = self.decide(&petition, now, chance)?;
                let seen = Seen { parcel, sayings: sayings.clone() };
                self.register.documents.insert(petition.number.clone(), seen);
                sayings
            }
        };
        // Told before, and told again with the rest.
        if let Some(invoice) = self.billed(&petition.number) {
            let invoice = Saying::Invoice(invoice.clone());
            sayings.insert(sayings.len().min(1), invoice);
        }
        self.answers(&petition, &sayings, now, chance)
    }

    /// What has become due up to `until` without a parcel: invoices of orders, and decisions that
    /// waited for money. Each leaves at its own moment.
    pub fn due(
        &mut self,
        until: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Timed>, Silence> {
        self.settle(until, chance)
    }

    /// When [`Authority::due`] next has something to say.
    pub fn next(&self) -> Option<Timestamp> {
        self.next_due()
    }

    /// Writes and seals one answer with `signer`; unsigned when there is none.
    fn seal(
        &self,
        answer: &Answer<'_>,
        signer: Option<&Pair>,
        chance: &mut dyn CryptoRng,
    ) -> Result<Paper, Silence> {
        let suite = self.suite.as_ref();
        let recipient = self.recipient(answer.petition);
        let sealing = Sealing { suite, signer, agreement: &self.keys.agreement, recipient };
        match self.front {
            Front::Sota => sota::write(answer, &sealing, chance),
            Front::Smime => smime::write(answer, &sealing, chance),
        }
    }

    /// How many letters tell an order's invoice: one, or one for each application.
    fn letters_of_an_invoice(&self) -> usize {
        match self.front {
            Front::Sota => 1,
            Front::Smime => usize::MAX,
        }
    }

    /// The applicant's agreement certificate: the one being replaced; answers go unencrypted to a
    /// holder who has none.
    fn recipient(&self, petition: &Petition) -> Option<&crate::crypto::Certificate> {
        let asked = petition.asks.iter().find(|one| one.usage == crate::crypto::Usage::Agreement);
        match asked {
            Some(asked) => self.register.certificate(&asked.replaces),
            None => self.register.agreement_of(&petition.signer),
        }
    }
}

impl Clerk for Authority {
    fn hear(
        &mut self,
        parts: &[Part],
        now: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Timed>, Silence> {
        Authority::hear(self, parts, now, chance)
    }

    fn due(&mut self, until: Timestamp, chance: &mut dyn CryptoRng) -> Result<Vec<Timed>, Silence> {
        self.settle(until, chance)
    }

    fn next(&self) -> Option<Timestamp> {
        self.next_due()
    }

    fn is_undecided(&self) -> bool {
        !self.register.till.is_empty()
    }

    fn pay(&mut self, invoice: &str, now: Timestamp) -> bool {
        Authority::pay(self, invoice, now)
    }

    fn save(&self, folder: &Path) -> std::io::Result<()> {
        self.register.save(folder)
    }
}
