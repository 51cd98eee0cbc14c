//! The notice to the tax office (J1391103, F1391103): opened when new certificates are in, signed
//! by all new keys and then by the head's key that the office still goes by (ukraine.md §2.5).

use jiff::civil::Date;

use super::passwords::Passwords;
use super::prepare::{Failure, Sealed, lasting, passing, post, uncomposed};
use super::setup::{Authority, Holder, TaxOffice};
use super::{Engine, Round, value};
use crate::authority::{Notice, Official, Payment, Role, last_safe_day};
use crate::crypto::{Certificate, Pair, Sealer, Usage};
use crate::exchange::{Exchange, ExchangeId, Purpose, Stage, StageName};
use crate::store::StoreError;
use crate::time::Timestamp;

/// What a notice is about.
struct News {
    /// Finished renewals that the office has not been told about.
    renewals: Vec<Exchange>,
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
        let news = self.news(office, &exchanges, None);
        if news.renewals.is_empty() {
            return Ok(false);
        }
        let deadline = self.notice_deadline(authority, &news);
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
        let notice = Exchange::open(id, code, Purpose::Notice, deadline, now);
        self.begin(notice, authority, Vec::new(), now, round)?;
        Ok(true)
    }

    /// The holder of a renewal, when the office is told about such holders.
    fn official(&self, office: &TaxOffice, renewal: &Exchange) -> Option<&Holder> {
        let holder = self.setup.holder(&renewal.holder)?;
        let signs = holder.usages.contains(&Usage::Signing);
        (signs && office.officials.contains(&holder.role)).then_some(holder)
    }

    /// Renewals that finished since the last notice was opened, other than `this` one.
    fn news(&self, office: &TaxOffice, exchanges: &[Exchange], this: Option<&ExchangeId>) -> News {
        let others =
            exchanges.iter().filter(|one| one.purpose == Purpose::Notice && Some(&one.id) != this);
        let since = others.map(|notice| notice.opened_at).max();
        let is_news = |one: &&Exchange| match &one.stage {
            Stage::Installed { at, .. } if one.purpose == Purpose::Renewal => {
                since.is_none_or(|since| *at > since) && self.official(office, one).is_some()
            }
            _ => false,
        };
        News { renewals: exchanges.iter().filter(is_news).cloned().collect() }
    }

    /// The last moment of the day before the head's old key ends: with it the notice is closed.
    fn notice_deadline(&self, office: &Authority, news: &News) -> Timestamp {
        let heads = self.setup.holders.iter().filter(|holder| holder.role == Role::Director);
        let mut ends = Vec::new();
        for head in heads {
            // The renewal knows when the certificate that it replaced ends.
            let renewed = news.renewals.iter().filter(|one| one.holder == head.id);
            let replaced = renewed.map(|one| one.deadline).min();
            ends.extend(replaced.or_else(|| self.earliest_end(head)));
        }
        let end = ends.into_iter().min().unwrap_or(Timestamp(i64::MAX));
        let zone = zone(office);
        Timestamp::from_civil(end.date(&zone).at(0, 0, 0, 0), &zone)
    }

    /// Before the first renewal of a head the certificate in place has the status.
    pub(super) fn status_assumed(&self, holder: &str) -> Result<Vec<(String, String)>, StoreError> {
        let is_head = self.setup.holder(holder).is_some_and(|one| one.role == Role::Director);
        if !is_head || self.store.value(value::STATUS)?.is_some() {
            return Ok(Vec::new());
        }
        Ok(self.status_of(holder))
    }

    /// An accepted notice gives the status to the head's certificate in place.
    pub(super) fn status_granted(&self, exchange: &Exchange) -> Vec<(String, String)> {
        // What comes again after the end says nothing about today's key.
        if exchange.purpose != Purpose::Notice || exchange.is_closed() {
            return Vec::new();
        }
        let head = self.setup.holders.iter().find(|holder| holder.role == Role::Director);
        head.map(|head| self.status_of(&head.id)).unwrap_or_default()
    }

    fn status_of(&self, head: &str) -> Vec<(String, String)> {
        let certificates = self.vault.certificates(head).unwrap_or_default();
        let signing = certificates.iter().find(|one| one.usage == Usage::Signing);
        let value = signing.map(|one| one.certificate.fingerprint().to_string());
        value.map(|value| (value::STATUS.to_owned(), value)).into_iter().collect()
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
        let news = self.news(office, &exchanges, Some(&exchange.id));
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
        let (head, status, agreement) = self.head_pairs(&news, now)?;
        signers.push(status);
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
        post(&setup.address, &authority.address, parcel, sequence, now)
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
        let passwords = Passwords::read(holder, self.secrets.as_ref())
            .map_err(|problem| Failure::Problem { problem, lasting: false })?;
        let (pairs, locked) = self.vault.opened(passwords.place(holder), wanted);
        match locked {
            Some(error) if pairs.is_empty() => Err(error.into()),
            _ => Ok(pairs),
        }
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
        let head = self.setup.holders.iter().find(|holder| holder.role == Role::Director);
        let head = head.ok_or_else(|| {
            lasting("holder-unknown", "no holder is the director, whose key closes the notice")
        })?;
        let status = self.store.value(value::STATUS)?;
        // Without a record of it nothing of the head was ever renewed: what is in place has it.
        let status = match status {
            Some(status) => status,
            None => self.in_place(head, Usage::Signing)?.fingerprint().to_string(),
        };
        let agreement = self.in_place(head, Usage::Agreement).ok().map(|one| one.fingerprint());
        let mut wanted = |one: &Certificate| {
            one.fingerprint().to_string() == status || Some(one.fingerprint()) == agreement
        };
        let pairs = self.opened(head, &mut wanted)?;
        let of = |wanted: &dyn Fn(&Certificate) -> bool| {
            pairs.iter().find(|pair| wanted(&pair.certificate)).cloned()
        };
        let agreement = of(&|one| Some(one.fingerprint()) == agreement);
        let closing = of(&|one| one.fingerprint().to_string() == status);
        if let Some(closing) = &closing
            && closing.certificate.is_valid_at(now)
        {
            return Ok((head, closing.clone(), agreement));
        }
        if !news.renewals.iter().any(|renewal| renewal.holder == head.id) {
            return Ok((head, self.new_pair(head)?, agreement));
        }
        Err(match closing {
            Some(closing) => {
                let end = closing.certificate.not_after();
                let detail = format!("the key that the tax office goes by ended {end}");
                lasting("certificate-ended", detail)
            }
            None => {
                let detail = format!("the key of {} that the tax office goes by is gone", head.id);
                lasting("key-missing", detail)
            }
        })
    }
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
