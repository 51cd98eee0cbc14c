//! Who lives in the world: one organisation with four holders, and one authority.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::Broken;
use super::bugs::{self, Bug};
use super::chance::Stream;
use super::strongbox::{Kept, KeptPair, Strongbox};
use crate::authority::{Organisation, OrganisationKind, Payment, Profile, dialect};
use crate::crypto::{Suite, Trust, Usage, international::International};
use crate::engine::ports::Secrets;
use crate::engine::{self, Holder, Limits, NewKeys, Setup};
use crate::exchange::Problem;
use crate::simulator::authority::{Authority, Enrolment, Keys, Manners};
use crate::simulator::people::{Company, Person};
use crate::time::{Span, Timestamp};

const TITLE: &str = "ЦСК «Світ»";
const CODE: &str = "99900000";
/// Where the agent and the authority get their letters.
pub const OFFICE: &str = "office@example.org";
pub const AUTHORITY: &str = "authority@example.net";

/// The people, and the authority with its register.
pub struct Town {
    pub company: Company,
    pub authority: Authority,
    pub suite: Arc<dyn Suite>,
}

impl Town {
    /// Everybody with first certificates, which end on different days of the coming year.
    pub fn settle(seed: u64, now: Timestamp, strongbox: &Strongbox) -> Result<Self, Broken> {
        let mut chance = Stream::new(seed, "town");
        let spoken = if seed.is_multiple_of(2) { "sota" } else { "smime" };
        let profile = Profile::built_in(spoken)
            .ok_or_else(|| Broken(format!("no profile {spoken}")))?
            .map_err(Broken::because)?;
        let suite: Arc<dyn Suite> = Arc::new(International::default());
        let keys = Keys::make(suite.as_ref(), TITLE, CODE, now, chance.rng());
        let authority = Authority::new(
            TITLE.into(),
            CODE.into(),
            profile,
            suite.clone(),
            keys.map_err(Broken::because)?,
            Manners::default(),
        );
        let authority = authority.ok_or_else(|| Broken(format!("nobody speaks {spoken}")))?;
        let company = Company::make_up(chance.rng());
        let mut town = Self { company, authority, suite };
        for (number, person) in (0..).zip(town.company.holders.clone()) {
            let days = 50 + 70 * number + chance.between(0, 60);
            town.enrol(
                &person,
                now - Span::days(300),
                now + Span::days(days),
                strongbox,
                &mut chance,
            )?;
        }
        Ok(town)
    }

    /// A visit to the authority: new keys and certificates, by hand.
    pub fn enrol(
        &mut self,
        person: &Person,
        not_before: Timestamp,
        not_after: Timestamp,
        strongbox: &Strongbox,
        chance: &mut Stream,
    ) -> Result<(), Broken> {
        let enrolment = Enrolment {
            organisation: &self.company.name,
            code: &self.company.code,
            role: person.role,
            name: &person.name,
            drfo: person.drfo.as_deref(),
            email: &person.email,
            not_before,
            not_after,
        };
        let Authority { keys, register, .. } = &mut self.authority;
        for usage in [Usage::Signing, Usage::Agreement] {
            let pair = enrolment.enrol(usage, keys, register, self.suite.as_ref(), chance.rng());
            let pair = pair.map_err(Broken::because)?;
            let public = pair.certificate.public_key().to_vec();
            let key = Kept { key: pair.key, public };
            strongbox.bring(person.id, usage, KeptPair { key, certificate: pair.certificate });
        }
        Ok(())
    }

    /// The agent's configuration.
    pub fn setup(&self, bug: Option<Bug>) -> Result<Setup, Broken> {
        let profile = self.authority.profile.clone();
        let spoken = dialect(&profile.dialect);
        let keys = &self.authority.keys;
        let authority = engine::Authority {
            name: "world".into(),
            dialect: spoken.ok_or_else(|| Broken(profile.dialect.clone()))?,
            suite: bugs::suite(bug, self.suite.clone(), &keys.signer.certificate),
            trust: Trust {
                signers: vec![keys.signer.certificate.clone()],
                anchors: vec![keys.root.certificate.clone()],
                revocations: Vec::new(),
            },
            recipients: vec![keys.agreement.certificate.clone()],
            address: AUTHORITY.into(),
            profile,
        };
        let company = &self.company;
        let organisation = Organisation {
            kind: OrganisationKind::Legal,
            name: company.name.clone(),
            code: company.code.clone(),
            region: 26,
            district: 50,
            responsible: company.responsible.clone(),
            phone: company.phone.clone(),
        };
        let holders = company.holders.iter().map(holder);
        Ok(Setup {
            organisation,
            address: OFFICE.into(),
            authorities: vec![authority],
            holders: bugs::holders(bug, holders.collect()),
            tax_office: None,
            hook: false,
            limits: Limits {
                letters_a_round: 5,
                openings_a_round: 2,
                letter: crate::mail::Limits::default(),
            },
            zone: "Europe/Kyiv".into(),
        })
    }
}

fn holder(person: &Person) -> Holder {
    Holder {
        id: person.id.into(),
        role: person.role,
        name: person.name.clone(),
        drfo: person.drfo.clone(),
        email: person.email.clone(),
        authority: "world".into(),
        usages: vec![Usage::Signing, Usage::Agreement],
        term: 1,
        payment: Payment::Prepaid,
        price_class: None,
        start: Default::default(),
        consent: true,
        new_keys: NewKeys::InFiles,
    }
}

/// One password for everything.
pub struct OpenSecrets;

impl Secrets for OpenSecrets {
    fn read(&self, _reference: &str) -> Result<Zeroizing<String>, Problem> {
        Ok(Zeroizing::new("калина в лузі".to_owned()))
    }
}
