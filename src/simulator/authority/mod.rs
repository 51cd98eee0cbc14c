//! The simulated authority: pure. A parcel, a moment and chance go in; answers with the moment at
//! which each leaves come out.
//!
//! It is written from the pages in `schemas/`, not from the agent's code: it shares codecs with
//! the agent (container, XML, CMS), never `compose` and `interpret`. Two readings of one document.

mod decide;
mod examine;
mod keys;
mod manners;
mod petition;
mod register;
mod smime;
mod sota;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use crate::authority::Profile;
use crate::crypto::{CryptoError, CryptoRng, Pair, Suite, digest};
use crate::mail::Part;
use crate::time::Timestamp;

pub use keys::{Enrolment, Keys};
pub use manners::{Forgery, Manners, Refusing, Wrong};
pub use petition::{Petition, Saying, Unintelligible};
pub use register::{Register, Seen};

use petition::Answer;

/// An answer that leaves at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed {
    pub at: Timestamp,
    pub to: String,
    /// Tells answers apart in Message-IDs: equal answers have equal names.
    pub name: String,
    pub part: Part,
    pub subject: String,
    pub text: String,
}

/// Why an authority did not answer a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Silence {
    Unintelligible(Unintelligible),
    Crypto(CryptoError),
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unintelligible(why) => f.write_str(&why.0),
            Self::Crypto(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Silence {}

impl From<CryptoError> for Silence {
    fn from(error: CryptoError) -> Self {
        Self::Crypto(error)
    }
}

impl From<Unintelligible> for Silence {
    fn from(why: Unintelligible) -> Self {
        Self::Unintelligible(why)
    }
}

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
        let sayings = match self.register.documents.get(&petition.number) {
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
        self.answers(&petition, &sayings, now, chance)
    }

    /// Writes and seals one answer with `signer`; unsigned when there is none.
    fn seal(
        &self,
        answer: &Answer<'_>,
        signer: Option<&Pair>,
        chance: &mut dyn CryptoRng,
    ) -> Result<(Part, String, String), Silence> {
        let suite = self.suite.as_ref();
        let recipient = self.recipient(answer.petition);
        let sealing = Sealing { suite, signer, agreement: &self.keys.agreement, recipient };
        match self.front {
            Front::Sota => sota::write(answer, &sealing, chance),
            Front::Smime => smime::write(answer, &sealing, chance),
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

/// What a front needs to seal an answer.
struct Sealing<'a> {
    suite: &'a dyn Suite,
    signer: Option<&'a Pair>,
    agreement: &'a Pair,
    recipient: Option<&'a crate::crypto::Certificate>,
}
