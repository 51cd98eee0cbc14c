//! Who lives in the world: one organisation with four holders, one authority, and the tax office.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::Broken;
use super::bugs::{self, Bug};
use super::chance::Stream;
use super::faults::Faults;
use super::seasons;
use super::strongbox::{Kept, KeptPair, Strongbox};
use crate::authority::{Organisation, OrganisationKind, Payment, Profile, Role, dialect};
use crate::crypto::{Suite, Trust, Usage, international::International};
use crate::engine::ports::Secrets;
use crate::engine::{self, Holder, Limits, NewKeys, Setup};
use crate::exchange::Problem;
use crate::simulator::authority::{Authority, Enrolment, Keys, Manners};
use crate::simulator::people::{Company, Person};
use crate::simulator::tax::{self, TaxOffice};
use crate::time::{Span, Timestamp};

const TITLE: &str = "ЦСК «Світ»";
const CODE: &str = "99900000";
/// Where the agent and the authority get their letters.
pub const OFFICE: &str = "office@example.org";
pub const AUTHORITY: &str = "authority@example.net";
pub const TAX_OFFICE: &str = "tax@example.com";
/// Whose keys the tax office wants to know.
pub const OFFICIALS: [Role; 3] = [Role::Director, Role::Accountant, Role::Seal];

/// The people, and the authority with its register.
pub struct Town {
    pub company: Company,
    /// Ids of those who pay by invoice.
    pub invoiced: Vec<&'static str>,
    pub authority: Authority,
    pub tax_office: Option<TaxOffice>,
    pub suite: Arc<dyn Suite>,
}

impl Town {
    /// Everybody with first certificates, which end on different days of the coming year.
    pub fn settle(
        seed: u64,
        faults: Faults,
        now: Timestamp,
        strongbox: &Strongbox,
    ) -> Result<Self, Broken> {
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
        let with_office = faults.tax_office && spoken == "sota";
        let tax_office = match with_office {
            true => Some(office(seed, now, &authority, &suite)?),
            false => None,
        };
        let mut habits = Stream::new(seed, "habits");
        let ids = company.holders.iter().map(|person| person.id);
        let invoiced = ids.filter(|_| habits.happens(faults.invoices)).collect();
        let mut town = Self { company, invoiced, authority, tax_office, suite };
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
        if person.role == Role::Director {
            self.agree(strongbox);
        }
        Ok(())
    }

    /// The head gives the tax office his key in place, by hand.
    pub fn agree(&mut self, strongbox: &Strongbox) {
        let heads = self.company.holders.iter().filter(|person| person.role == Role::Director);
        let contents = strongbox.contents();
        for head in heads {
            let pair = contents.in_place.get(&(head.id.to_owned(), Usage::Signing));
            if let (Some(office), Some(pair)) = (&mut self.tax_office, pair) {
                office.agree(&self.company.code, &pair.certificate);
            }
        }
    }

    /// How a holder pays.
    pub fn payment(&self, holder: &str) -> Payment {
        if self.invoiced.contains(&holder) { Payment::Invoice } else { Payment::Prepaid }
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
        let holders = company.holders.iter().map(|person| self.holder(person));
        let mut authorities = vec![authority];
        authorities.extend(self.mailbox_of_office()?);
        let tax_office = self.tax_office.as_ref().map(|_| engine::TaxOffice {
            authority: "dps".into(),
            name: "ГУ ДПС у м. Києві".into(),
            version: 4,
            officials: bugs::officials(bug, OFFICIALS.into()),
        });
        Ok(Setup {
            organisation,
            address: OFFICE.into(),
            authorities,
            holders: bugs::holders(bug, holders.collect()),
            tax_office,
            hook: false,
            limits: Limits {
                letters_a_round: 5,
                openings_a_round: 2,
                letter: crate::mail::Limits::default(),
            },
            zone: "Europe/Kyiv".into(),
        })
    }

    fn mailbox_of_office(&self) -> Result<Option<engine::Authority>, Broken> {
        let Some(office) = &self.tax_office else { return Ok(None) };
        let keys = &office.keys;
        let profile = office.profile.clone();
        let spoken = dialect(&profile.dialect);
        Ok(Some(engine::Authority {
            name: "dps".into(),
            dialect: spoken.ok_or_else(|| Broken(profile.dialect.clone()))?,
            suite: office.suite.clone(),
            trust: Trust {
                signers: vec![keys.signer.certificate.clone()],
                anchors: vec![keys.root.certificate.clone()],
                revocations: Vec::new(),
            },
            recipients: vec![keys.agreement.certificate.clone()],
            address: TAX_OFFICE.into(),
            profile,
        }))
    }

    fn holder(&self, person: &Person) -> Holder {
        Holder {
            id: person.id.into(),
            role: person.role,
            name: person.name.clone(),
            drfo: person.drfo.clone(),
            email: person.email.clone(),
            authority: "world".into(),
            usages: vec![Usage::Signing, Usage::Agreement],
            term: 1,
            payment: self.payment(person.id),
            price_class: None,
            start: Default::default(),
            consent: true,
            new_keys: NewKeys::InFiles,
        }
    }
}

/// The office, which knows the authority and nobody yet.
fn office(
    seed: u64,
    now: Timestamp,
    authority: &Authority,
    suite: &Arc<dyn Suite>,
) -> Result<TaxOffice, Broken> {
    let mut chance = Stream::new(seed, "tax office is founded");
    let (title, code) = ("ДПС «Світ»", "99900001");
    let profile = Profile::built_in("tax").ok_or_else(|| Broken("no profile tax".into()))?;
    let keys = Keys::make(suite.as_ref(), title, code, now, chance.rng());
    Ok(TaxOffice {
        title: title.into(),
        code: code.into(),
        profile: profile.map_err(Broken::because)?,
        suite: suite.clone(),
        keys: keys.map_err(Broken::because)?,
        anchors: vec![authority.keys.root.certificate.clone()],
        versions: vec![3, 4],
        manners: seasons::good(),
        register: tax::Register::default(),
    })
}

/// One password for everything.
pub struct OpenSecrets;

impl Secrets for OpenSecrets {
    fn read(&self, _reference: &str) -> Result<Zeroizing<String>, Problem> {
        Ok(Zeroizing::new("калина в лузі".to_owned()))
    }
}
