//! What the engine is set up with: the configuration as live objects.

use std::sync::Arc;

use crate::authority::{Dialect, Organisation, Payment, Profile, Role, Start};
use crate::crypto::{Certificate, Suite, Trust, Usage};
use crate::exchange::{Digest, Exchange, Policy, Purpose};

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

/// Where a holder's new keys are made (С12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NewKeys {
    /// In files of the vault, under a password.
    #[default]
    InFiles,
    /// On a token, which has a PIN and no password. `earlier`: keys from before lie in files still,
    /// under a password.
    OnToken { earlier: bool },
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
    /// Which of the profile's price lists; `None`: the one for everybody.
    pub price_class: Option<String>,
    /// From which day the next certificates are asked for.
    pub start: Start,
    pub consent: bool,
    pub new_keys: NewKeys,
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
    /// `None`: nobody is told about new certificates.
    pub tax_office: Option<TaxOffice>,
    pub limits: Limits,
    /// A program is to be run after each installation.
    pub hook: bool,
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

/// Whom the organisation tells about new certificates, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxOffice {
    /// Name of the authority whose mailbox takes notices: one like the others, that grants
    /// nothing.
    pub authority: String,
    /// The office's name, for the form.
    pub name: String,
    /// The form's version: 3 or 4.
    pub version: u8,
    /// Whose keys it is told about, in the order of the form's table and of the signatures.
    pub officials: Vec<Role>,
}

impl Setup {
    /// Whom an exchange talks to.
    pub fn correspondent(&self, exchange: &Exchange) -> Option<&Authority> {
        match exchange.purpose {
            Purpose::Renewal => self.authority_of(&exchange.holder),
            Purpose::Notice => self.authority(&self.tax_office.as_ref()?.authority),
        }
    }

    /// The tax office and its mailbox, when notices are to be sent.
    pub fn tax_mailbox(&self) -> Option<(&TaxOffice, &Authority)> {
        let office = self.tax_office.as_ref()?;
        Some((office, self.authority(&office.authority)?))
    }

    /// Whether answers of this correspondent may be sealed to keys of this holder.
    pub fn may_write_to(&self, authority: &Authority, holder: &Holder) -> bool {
        let is_office = |office: &TaxOffice| office.authority == authority.name;
        holder.authority == authority.name || self.tax_office.as_ref().is_some_and(is_office)
    }

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
