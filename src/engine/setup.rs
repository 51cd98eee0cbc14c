//! What the engine is set up with: the configuration as live objects.

use std::sync::Arc;

use crate::authority::{Dialect, Organisation, Payment, Profile, Role};
use crate::crypto::{Certificate, Suite, Trust, Usage};
use crate::exchange::{Digest, Policy};

/// One authority, ready to be talked to.
pub struct Authority {
    pub name: String,
    pub profile: Profile,
    pub dialect: Box<dyn Dialect>,
    pub suite: Arc<dyn Suite>,
    pub trust: Trust,
    /// Certificates to which applications are encrypted.
    pub recipients: Vec<Certificate>,
    pub address: String,
}

impl Authority {
    pub fn policy(&self) -> &Policy {
        &self.profile.policy
    }

    /// The name under which the journal refers to today's rules.
    pub fn policy_digest(&self) -> Digest {
        // A policy is plain data: writing it as JSON can't fail.
        crate::crypto::digest(&serde_json::to_vec(self.policy()).unwrap_or_default())
    }
}

/// One holder whose certificates are looked after.
#[derive(Clone, Debug)]
pub struct Holder {
    pub id: String,
    pub role: Role,
    pub name: String,
    pub drfo: Option<String>,
    pub email: String,
    /// Name of the authority.
    pub authority: String,
    pub usages: Vec<Usage>,
    pub term: u8,
    pub payment: Payment,
    pub consent: bool,
}

impl Holder {
    /// Names for [`Secrets::read`](super::ports::Secrets::read).
    pub fn password_reference(&self) -> String {
        format!("holder/{}/password", self.id)
    }

    /// The password of new keys; without one of its own it is [`Self::password_reference`]'s.
    pub fn new_password_reference(&self) -> String {
        format!("holder/{}/new-password", self.id)
    }

    /// Its repetition; without one of its own it is [`Self::new_password_reference`]'s.
    pub fn repetition_reference(&self) -> String {
        format!("holder/{}/new-password-again", self.id)
    }

    pub fn phrase_reference(&self) -> String {
        format!("holder/{}/blocking-phrase", self.id)
    }
}

pub struct Setup {
    pub organisation: Organisation,
    /// Our mailbox's address.
    pub address: String,
    pub authorities: Vec<Authority>,
    pub holders: Vec<Holder>,
    pub limits: Limits,
    /// IANA name for dates that people read.
    pub zone: String,
}

/// Bounds on one round.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub letters_a_round: usize,
    pub openings_a_round: usize,
    pub letter: crate::mail::Limits,
}

impl Setup {
    pub fn holder(&self, id: &str) -> Option<&Holder> {
        self.holders.iter().find(|holder| holder.id == id)
    }

    pub fn authority(&self, name: &str) -> Option<&Authority> {
        self.authorities.iter().find(|authority| authority.name == name)
    }

    pub fn authority_of(&self, holder: &str) -> Option<&Authority> {
        self.authority(&self.holder(holder)?.authority)
    }
}
