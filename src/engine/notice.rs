//! The notice to the tax office (J1391103, F1391103): opened when new certificates are in, signed
//! by all new keys and then by the head's key that the office still goes by (ukraine.md §2.5).

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::order;
use super::passwords::Passwords;
use super::ports::VaultError;
use super::prepare::{Failure, Sealed, lasting, passing, post, uncomposed};
use super::setup::{Authority, Holder, TaxOffice};
use super::{Engine, Round, value};
use crate::authority::{Notice, Official, Payment, Role, last_safe_day};
use crate::crypto::{Certificate, Pair, Sealer, Usage};
use crate::exchange::{
    Digest, DocumentNumber, Exchange, ExchangeId, Problem, Purpose, Stage, StageName,
};
use crate::store::StoreError;
use crate::time::Timestamp;

/// Whose key has the status: the head's signing certificate that the tax office goes by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Status {
    holder: String,
    certificate: Digest,
    ends: Timestamp,
    /// Number of the document that gave it, or of the last one before it was assumed.
    sequence: u32,
}

impl Status {
    fn of(head: &Holder, certificate: &Certificate, sequence: u32) -> Self {
        Self {
            holder: head.id.clone(),
            certificate: certificate.fingerprint(),
            ends: certificate.not_after(),
            sequence,
        }
    }
}

/// What a notice is about.
struct News {
    /// Finished renewals that the office has not been told about.
    renewals: Vec<Exchange>,
}

impl News {
    /// What is to be remembered with the notice about them.
    fn note(&self, notice: &ExchangeId) -> (String, String) {
        let told: Vec<_> = self.renewals.iter().map(|renewal| &renewal.id).collect();
        note(&value::told(notice), &told)
    }
}

/// Plain data: writing it as JSON can't fail.
fn note<T: Serialize>(place: &str, of: &T) -> (String, String) {
    (place.to_owned(), serde_json::to_string(of).unwrap_or_default())
}

impl Engine {
    /// Opens the notice when it is due; true when one was opened.
    ///
    /// It waits for the renewals that are still on their way, so that one notice tells of all,
    /// but not beyond its own last safe day. A renewal that was refused, expired or withdrawn
    /// holds nobody up: once it succeeds after all, it gets a notice of its own.
    pub(super) fn open_notice(
        &mut self,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<bool, StoreError> {
        let Some((office, authority)) = self.setup.tax_mailbox() else { return Ok(false) };
        let exchanges = self.store.exchanges()?;
        let notices: Vec<_> =
            exchanges.iter().filter(|one| one.purpose == Purpose::Notice).collect();
        let under_way =
            |one: &Exchange| !one.is_closed() && !matches!(one.stage.name(), StageName::Expired);
        if notices.iter().any(|notice| under_way(notice)) {
            return Ok(false);
        }
        let news = self.news(office, &exchanges, None)?;
        if news.renewals.is_empty() {
            return Ok(false);
        }
        let deadline = self.notice_deadline(authority, &news)?;
        let awaited = exchanges.iter().any(|one| {
            one.purpose == Purpose::Renewal
                && self.official(office, one).is_some()
                && under_way(one)
                && one.stage.name() != StageName::Refused
        });
        if awaited && now.date(&zone(authority)) < notice_day(authority, deadline) {
            return Ok(false);
        }
        let id = ExchangeId(format!("notice-{}", notices.len() + 1));
        let code = self.setup.organisation.code.clone();
        let values = vec![news.note(&id)];
        let notice = Exchange::open(id, code, Purpose::Notice, deadline, now);
        self.begin(notice, authority, values, now, round)?;
        Ok(true)
    }

    /// The holder of a renewal, when the office is told about such holders.
    fn official(&self, office: &TaxOffice, renewal: &Exchange) -> Option<&Holder> {
        let holder = self.setup.holder(&renewal.holder)?;
        let signs = holder.usages.contains(&Usage::Signing);
        (signs && office.officials.contains(&holder.role)).then_some(holder)
    }

    /// Finished renewals of signing keys that no other notice than `this` has been made about.
    ///
    /// By name, not by time: what is installed in the second in which a notice is opened, or under
    /// a clock that was set back a little, must be told as well. What a notice that expired or was
    /// withdrawn was about is in a person's hands.
    fn news(
        &self,
        office: &TaxOffice,
        exchanges: &[Exchange],
        this: Option<&ExchangeId>,
    ) -> Result<News, StoreError> {
        let mut told = BTreeSet::new();
        for notice in exchanges.iter().filter(|one| one.purpose == Purpose::Notice) {
            if Some(&notice.id) != this {
                let renewals: Option<Vec<ExchangeId>> = self.noted(&value::told(&notice.id))?;
                told.extend(renewals.unwrap_or_default());
            }
        }
        let mut renewals = Vec::new();
        for one in exchanges {
            let Stage::Installed { grant, .. } = &one.stage else { continue };
            let renewed = one.purpose == Purpose::Renewal && !told.contains(&one.id);
            if renewed && self.official(office, one).is_some() && self.signs(&grant.document)? {
                renewals.push(one.clone());
            }
        }
        Ok(News { renewals })
    }

    /// Whether an application asked for a signing certificate: a signing key that lives on is no
    /// news.
    fn signs(&self, application: &DocumentNumber) -> Result<bool, StoreError> {
        let orders = order::all(self.store.as_ref())?;
        let mut items = orders.iter().flat_map(|order| &order.items);
        let item = items.find(|item| item.document == *application);
        Ok(item.is_none_or(|item| item.usages.contains(&Usage::Signing)))
    }

    /// The last moment of the day before the key ends by which the notice is to be closed.
    fn notice_deadline(&self, office: &Authority, news: &News) -> Result<Timestamp, StoreError> {
        let zone = zone(office);
        let before = |end: Timestamp| Timestamp::from_civil(end.date(&zone).at(0, 0, 0, 0), &zone);
        let Some(head) = self.head() else { return Ok(before(Timestamp(i64::MAX))) };
        let renewed = news.renewals.iter().filter(|one| one.holder == head.id);
        // The renewal knows when the certificate that it replaced ends.
        let replaced = renewed.map(|one| one.deadline).min();
        let end = match (replaced, self.status(head)?) {
            (Some(_), Some(status)) => Some(status.ends),
            (replaced, _) => replaced.or_else(|| self.earliest_end(head)),
        };
        Ok(before(end.unwrap_or(Timestamp(i64::MAX))))
    }

    fn head(&self) -> Option<&Holder> {
        self.setup.holders.iter().find(|holder| holder.role == Role::Director)
    }

    fn noted<T: DeserializeOwned>(&self, place: &str) -> Result<Option<T>, StoreError> {
        let Some(text) = self.store.value(place)? else { return Ok(None) };
        let damaged = |error: serde_json::Error| StoreError::Damaged {
            place: place.to_owned(),
            detail: error.to_string(),
        };
        serde_json::from_str(&text).map(Some).map_err(damaged)
    }

    /// The head's key that is known to have the status, ended or not.
    fn status(&self, head: &Holder) -> Result<Option<Status>, StoreError> {
        let status: Option<Status> = self.noted(value::STATUS)?;
        Ok(status.filter(|status| status.holder == head.id))
    }

    /// What is to be remembered when a renewal of the head is opened: the certificate that it
    /// replaces has the status, unless an earlier one still has it. Once a key with the status has
    /// ended, the office goes by the key of the next report, which is the one in place.
    pub(super) fn status_assumed(
        &self,
        holder: &str,
        now: Timestamp,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let Some(head) = self.head().filter(|head| head.id == holder) else { return Ok(vec![]) };
        if self.status(head)?.is_some_and(|status| status.ends >= now) {
            return Ok(Vec::new());
        }
        let certificates = self.vault.certificates(holder).unwrap_or_default();
        let signing = certificates.iter().find(|one| one.usage == Usage::Signing);
        let sequence = self.next_sequence()?.saturating_sub(1);
        let status = signing.map(|one| Status::of(head, &one.certificate, sequence));
        Ok(status.map(|status| note(value::STATUS, &status)).into_iter().collect())
    }

    /// An accepted notice gives the status to the key that it told of, whatever has been put in
    /// place since, and also when a person had given it up; but an earlier notice whose answer
    /// comes late takes nothing back.
    pub(super) fn status_granted(
        &self,
        document: &DocumentNumber,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let Some(granted) = self.noted::<Status>(&value::promised(document))? else {
            return Ok(Vec::new());
        };
        let known: Option<Status> = self.noted(value::STATUS)?;
        let newer = known.is_none_or(|known| granted.sequence >= known.sequence);
        Ok(if newer { vec![note(value::STATUS, &granted)] } else { Vec::new() })
    }

    /// The notice as it would go now, sealed.
    pub(super) fn seal_notice(
        &mut self,
        exchange: &Exchange,
        now: Timestamp,
    ) -> Result<Sealed, Failure> {
        let sequence = self.next_sequence()?;
        let missing = || lasting("holder-unknown", "the configuration has no [tax-office]");
        let (office, _) = self.setup.tax_mailbox().ok_or_else(missing)?;
        let exchanges = self.store.exchanges()?;
        let news = self.news(office, &exchanges, Some(&exchange.id))?;
        let mut officials = Vec::new();
        let mut signers = Vec::new();
        for role in &office.officials {
            let holders = self.setup.holders.iter().filter(|holder| holder.role == *role);
            for holder in holders.filter(|one| news.renewals.iter().any(|r| r.holder == one.id)) {
                let pair = self.new_pair(holder)?;
                officials.push(official_of(&self.setup.organisation.code, holder, &pair)?);
                signers.push(pair);
            }
        }
        if officials.is_empty() {
            let detail = "nobody is left in the configuration whom this notice is about";
            return Err(lasting("holder-unknown", detail));
        }
        let (head, closing, agreement) = self.head_pairs(&news, now)?;
        let renewed = news.renewals.iter().any(|renewal| renewal.holder == head.id);
        let accepted = if renewed {
            self.in_place(head, Usage::Signing)?
        } else {
            closing.certificate.clone()
        };
        let promised = Status::of(head, &accepted, sequence);
        signers.push(closing);
        let notice = Notice {
            organisation: self.setup.organisation.clone(),
            version: office.version,
            officials,
            head: head.name.clone(),
            office: office.name.clone(),
            sequence,
            filled_at: now,
            reply_to: self.setup.address.clone(),
        };
        let Self { setup, chance, .. } = self;
        let (_, authority) = setup.tax_mailbox().ok_or_else(missing)?;
        let mut sealer = Sealer {
            suite: authority.suite.as_ref(),
            signers: &signers,
            agreement: agreement.as_ref(),
            recipients: &authority.recipients,
            now,
            chance: chance.as_mut(),
        };
        let parcel = authority.dialect.compose_notice(&notice, &mut sealer).map_err(uncomposed)?;
        let noted =
            vec![news.note(&exchange.id), note(&value::promised(&parcel.document), &promised)];
        let mut sealed = post(&setup.address, &authority.address, parcel, sequence, now)?;
        sealed.noted = noted;
        Ok(sealed)
    }

    /// The signing pair in use of a holder whose certificate is new.
    fn new_pair(&self, holder: &Holder) -> Result<Pair, Failure> {
        let wanted = self.in_place(holder, Usage::Signing)?.fingerprint();
        let mut pairs = self.opened(holder, &mut |one| one.fingerprint() == wanted)?;
        pairs.pop().ok_or_else(|| {
            passing("key-missing", format!("the signing key of {} is not there", holder.id))
        })
    }

    fn in_place(&self, holder: &Holder, usage: Usage) -> Result<Certificate, Failure> {
        let certificates = self.vault.certificates(&holder.id)?;
        let found = certificates.into_iter().find(|one| one.usage == usage);
        found.map(|one| one.certificate).ok_or_else(|| {
            let detail = format!("{} has no {usage:?} certificate in place", holder.id);
            passing("certificate-missing", detail.to_lowercase())
        })
    }

    /// The holder's pairs in use and earlier ones that are `wanted`; the reason when none opens.
    fn opened(
        &self,
        holder: &Holder,
        wanted: &mut dyn FnMut(&Certificate) -> bool,
    ) -> Result<Vec<Pair>, Failure> {
        match self.unlocked(holder, wanted)? {
            (pairs, Some(error)) if pairs.is_empty() => Err(error.into()),
            (pairs, _) => Ok(pairs),
        }
    }

    fn unlocked(
        &self,
        holder: &Holder,
        wanted: &mut dyn FnMut(&Certificate) -> bool,
    ) -> Result<(Vec<Pair>, Option<VaultError>), Failure> {
        let passwords = Passwords::read(holder, self.secrets.as_ref())
            .map_err(|problem| Failure::Problem { problem, lasting: false })?;
        Ok(self.vault.opened(passwords.place(holder), wanted))
    }

    /// The head, the pair of his that has the status, and his agreement pair.
    ///
    /// Once a key with the status has ended, the office goes by the key of the next report, which
    /// is the one in place; only the notice about that very key can't be closed by it.
    fn head_pairs(
        &self,
        news: &News,
        now: Timestamp,
    ) -> Result<(&Holder, Pair, Option<Pair>), Failure> {
        let head = self.head().ok_or_else(|| {
            lasting("holder-unknown", "no holder is the director, whose key closes the notice")
        })?;
        let in_place = self.in_place(head, Usage::Signing)?;
        let renewed = news.renewals.iter().any(|renewal| renewal.holder == head.id);
        // Without a record of it nothing of the head was ever renewed: what is in place has it.
        let status = match self.status(head)? {
            Some(status) if status.ends >= now || renewed => status,
            _ => Status::of(head, &in_place, 0),
        };
        if status.ends < now {
            let detail = format!("the key that the tax office goes by ended {}", status.ends);
            return Err(lasting("certificate-ended", detail));
        }
        let agreement = self.in_place(head, Usage::Agreement).ok().map(|one| one.fingerprint());
        let (mut pairs, locked) = self.unlocked(head, &mut |one| {
            let one = one.fingerprint();
            one == status.certificate || Some(one) == agreement
        })?;
        let mut take = |wanted: Digest| {
            let found = pairs.iter().position(|pair| pair.certificate.fingerprint() == wanted);
            found.map(|index| pairs.swap_remove(index))
        };
        let agreement = agreement.and_then(&mut take);
        match (take(status.certificate), locked) {
            (Some(closing), _) => Ok((head, closing, agreement)),
            // Another key would break the order of signatures: the notice waits for this one.
            (None, Some(VaultError(problem))) => Err(passing(&problem.label, unopened(&problem))),
            (None, None) => {
                let detail = format!("the key of {} that the tax office goes by is gone", head.id);
                Err(lasting("key-missing", detail))
            }
        }
    }
}

/// С11: an archived key keeps the password that it had.
fn unopened(problem: &Problem) -> String {
    let Problem { label, detail } = problem;
    if label != "key-password" {
        return format!("{detail}; the tax office goes by this key");
    }
    format!(
        "{detail}; the tax office goes by this key until it accepts the notice: put the password \
         that the key had back into password until then (the new one stays in new-password)"
    )
}

fn official_of(code: &str, holder: &Holder, pair: &Pair) -> Result<Official, Failure> {
    let key_id = pair.certificate.key_id().ok_or_else(|| {
        let detail = format!("the certificate of {} states no key identifier", holder.id);
        lasting("application-unfit", detail)
    })?;
    Ok(Official {
        role: holder.role,
        name: holder.name.clone(),
        code: holder.drfo.clone().unwrap_or_else(|| code.to_owned()),
        key_id: key_id.to_vec(),
    })
}

fn zone(office: &Authority) -> jiff::tz::TimeZone {
    office.policy().calendar.time_zone()
}

/// The last day on which a notice with this deadline can be sent with a good conscience.
pub fn notice_day(office: &Authority, deadline: Timestamp) -> Date {
    last_safe_day(deadline, office.policy(), Payment::Prepaid)
}
