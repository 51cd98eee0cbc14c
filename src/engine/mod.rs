//! The loop: one round opens what is due, collects what came, wakes what is overdue, performs what
//! is owed. Every change is one event and one commit.
//!
//! A round is the only code path: after a crash the next round finds the same `owed()` and the same
//! letters in the mailbox. Nothing is remembered between rounds that the store does not hold,
//! except troubles, which the next round finds again.

mod collect;
mod errand;
mod filing;
pub mod hook;
mod install;
mod notice;
pub mod order;
mod passwords;
mod payment;
mod perform;
pub mod ports;
mod prepare;
mod quarantine;
mod recipients;
mod rehearse;
mod setup;
mod unkept;

use std::sync::Arc;

use rand_core::CryptoRng;

use crate::authority::last_safe_day;
use crate::exchange::{Event, Exchange, ExchangeId, Note, Problem, Purpose, StageName, step};
use crate::store::{Arrival, Commit, Entry, Store, StoreError};
use crate::time::{Span, Timestamp};
use ports::{Carrier, Secrets, Vault};

pub use errand::{Done, Errand};
pub use notice::notice_day;
pub use quarantine::{Ignored, ignored};
pub use rehearse::{MASKED, Rehearsed};
pub use setup::{Authority, Holder, Limits, NewKeys, Setup, TaxOffice};

/// Names of the store's small values.
pub mod value {
    /// The carrier's bookmark.
    pub const BOOKMARK: &str = "carrier/bookmark";
    /// The last application's sequence number.
    pub const SEQUENCE: &str = "application/sequence";
    /// When the mailbox was last read, and the newest moment that was ever committed.
    pub const MAILBOX_READ: &str = "mailbox/read";
    pub const NEWEST_MOMENT: &str = "clock/newest";
    /// Before the digest of a letter in quarantine that a person has dealt with.
    pub const IGNORED: &str = "quarantine/ignored/";
    /// The head's signing certificate that the tax office goes by, as JSON.
    pub const STATUS: &str = "notice/status";

    /// The renewals that a notice tells of, as JSON.
    pub fn told(notice: &crate::exchange::ExchangeId) -> String {
        format!("notice/told/{notice}")
    }

    /// What becomes [`STATUS`] once the office accepts this document.
    pub fn promised(document: &crate::exchange::DocumentNumber) -> String {
        format!("notice/promised/{document}")
    }

    /// The authority's registration number of a document.
    pub fn registration(document: &crate::exchange::DocumentNumber) -> String {
        format!("registration/{document}")
    }

    /// How the hook of an installed exchange fares.
    pub fn hook(exchange: &crate::exchange::ExchangeId) -> String {
        format!("hook/{exchange}")
    }

    /// The day before which a holder's renewal is not opened.
    pub fn snoozed(holder: &str) -> String {
        format!("snoozed/{holder}")
    }
}

/// The reason of a renewal that was closed because a newer certificate is in place; every language
/// of `report` has its own words for it.
pub const SUPERSEDED: &str = "a newer certificate is already in place";

/// How far the wall clock may run back before nothing is sent any more (F40).
const CLOCK_TOLERANCE: Span = Span::hours(1);

/// The engine and the five ports it owns; nothing else sees them.
pub struct Engine {
    pub setup: Setup,
    pub store: Arc<dyn Store>,
    pub vault: Box<dyn Vault>,
    pub carrier: Box<dyn Carrier>,
    pub secrets: Box<dyn Secrets>,
    pub chance: Box<dyn CryptoRng + Send>,
}

/// What a round did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Events that changed a state, in order.
    pub moved: Vec<(ExchangeId, StageName)>,
    /// Deliveries that were filed.
    pub filed: usize,
    /// What keeps the whole from working; empty when all is well.
    pub troubles: Vec<Problem>,
    /// More letters are waiting: go on at once.
    pub more: bool,
    /// The earliest moment at which something is due again.
    pub next: Option<Timestamp>,
}

impl Round {
    pub fn changed(&self) -> bool {
        !self.moved.is_empty() || self.filed > 0
    }

    fn trouble(&mut self, label: &str, detail: impl Into<String>) {
        self.troubles.push(Problem { label: label.into(), detail: detail.into() });
    }
}

/// One event for one exchange, with its evidence.
struct Happening<'a> {
    event: Event,
    words: String,
    cause: Option<crate::exchange::Digest>,
    commit: Commit,
    arrival: Option<&'a Arrival>,
    /// The clock is in doubt: its moment is not recorded as one that was.
    held: bool,
}

impl<'a> Happening<'a> {
    fn new(event: Event, words: impl Into<String>) -> Self {
        let commit = Commit::default();
        Self { event, words: words.into(), cause: None, commit, arrival: None, held: false }
    }
}

impl Engine {
    /// One round at `now`. `hold` is the reason for which nothing may be sent or installed (the
    /// clock is in doubt); collecting goes on. An error means that the store failed: whatever was
    /// committed stands, and the rest is found again by the next round.
    pub fn round(&mut self, now: Timestamp, hold: Option<Problem>) -> Result<Round, StoreError> {
        let mut round = Round::default();
        let hold = match hold {
            Some(problem) => Some(problem),
            None => self.clock_in_doubt(now)?,
        };
        let held = hold.is_some();
        round.troubles.extend(hold);
        let believed = self.believed_moment(now, held)?;
        let mailbox_read = self.collect(believed, held, &mut round)?;
        for trouble in self.carrier.troubles() {
            if !round.troubles.contains(&trouble) {
                round.troubles.push(trouble);
            }
        }
        if !held {
            self.close_superseded(now, &mut round)?;
            self.open_due(now, &mut round)?;
            self.wake_overdue(now, mailbox_read, &mut round)?;
            self.perform_owed(now, &mut round)?;
            // What was just installed is told to the tax office in the same round.
            if self.open_notice(now, &mut round)? {
                self.perform_owed(now, &mut round)?;
            }
        }
        // What is still due could not be done now (held, mailbox silent): asking for this moment
        // again would turn rounds without a pause. The next ordinary round tries.
        round.next = self.next_moment(now)?.filter(|next| *next > now);
        Ok(round)
    }

    /// The moment to go by. What comes while the clock is in doubt is read and dated as of the last
    /// moment that was not: by a wrong one its signer may look out of date, and a wait may end in
    /// years.
    pub fn believed_moment(&self, now: Timestamp, held: bool) -> Result<Timestamp, StoreError> {
        if held || self.clock_in_doubt(now)?.is_some() {
            return Ok(self.moment(value::NEWEST_MOMENT)?.unwrap_or(now));
        }
        Ok(now)
    }

    /// The wall clock shows less than what was committed before (F40).
    fn clock_in_doubt(&self, now: Timestamp) -> Result<Option<Problem>, StoreError> {
        let newest = self.moment(value::NEWEST_MOMENT)?;
        Ok(newest.filter(|newest| now + CLOCK_TOLERANCE < *newest).map(|newest| Problem {
            label: "clock".into(),
            detail: format!("the clock shows {now}, but work was recorded at {newest}"),
        }))
    }

    fn moment(&self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        let text = self.store.value(name)?;
        Ok(text.and_then(|text| text.parse().ok()).map(Timestamp))
    }

    /// The earliest moment at which a round has something to do without a letter coming.
    fn next_moment(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let exchanges = self.store.exchanges()?;
        let stages = exchanges.iter().filter_map(|exchange| {
            let owed = exchange.owed().map(|owed| owed.not_before.unwrap_or(now));
            owed.into_iter().chain(exchange.wake_at()).min()
        });
        let due = self.setup.holders.iter().filter_map(|holder| {
            let end = self.earliest_end(holder)?;
            let lead = self.setup.authority(&holder.authority)?.profile.lead_days;
            let due = end - Span::days(i64::from(lead));
            (due > now).then_some(due)
        });
        Ok(stages.chain(due).min())
    }

    /// When the first of the holder's certificates ends; `None` when none is in place.
    fn earliest_end(&self, holder: &Holder) -> Option<Timestamp> {
        let certificates = self.vault.certificates(&holder.id).ok()?;
        let watched = certificates.iter().filter(|place| holder.usages.contains(&place.usage));
        watched.map(|place| place.certificate.not_after()).min()
    }

    /// Somebody renewed by hand: the certificates in place outlive the one this was opened for
    /// (F37).
    fn close_superseded(&mut self, now: Timestamp, round: &mut Round) -> Result<(), StoreError> {
        for exchange in self.store.exchanges()? {
            let waiting = !exchange.is_closed() && exchange.stage.name() != StageName::Granted;
            let renewal = exchange.purpose == Purpose::Renewal;
            let end = self.setup.holder(&exchange.holder).and_then(|h| self.earliest_end(h));
            if waiting && renewal && end.is_some_and(|end| end > exchange.deadline) {
                let reason = SUPERSEDED.to_owned();
                let happening = Happening::new(Event::Withdrawn { reason: reason.clone() }, reason);
                self.apply(&exchange, happening, now, round)?;
            }
        }
        Ok(())
    }

    /// Opens a renewal for every holder whose certificates end within the lead, the soonest first,
    /// at most so many a round (F41).
    fn open_due(&mut self, now: Timestamp, round: &mut Round) -> Result<(), StoreError> {
        let exchanges = self.store.exchanges()?;
        let mut due = Vec::new();
        for holder in &self.setup.holders {
            let Some(authority) = self.setup.authority(&holder.authority) else { continue };
            let Some(end) = self.earliest_end(holder) else {
                let detail = match self.vault.certificates(&holder.id) {
                    Ok(_) => format!("{} has no certificate in place", holder.id),
                    Err(error) => format!("{}: {error}", holder.id),
                };
                round.trouble("certificate-missing", detail);
                continue;
            };
            let lead = Span::days(i64::from(authority.profile.lead_days));
            let known = exchanges.iter().any(|exchange| {
                // A renewal that a person withdrew is not opened again by itself (F42).
                exchange.holder == holder.id
                    && (!exchange.is_closed()
                        || (exchange.deadline == end
                            && exchange.stage.name() == StageName::Withdrawn))
            });
            if end - lead <= now && !known && !self.is_snoozed(holder, authority, end, now)? {
                due.push((end, holder.id.clone()));
            }
        }
        due.sort();
        due.truncate(self.setup.limits.openings_a_round);
        for (end, holder) in due {
            self.open(&holder, end, now, round)?;
        }
        Ok(())
    }

    /// Whether a person put the renewal off. Never beyond the last safe day, whatever was asked:
    /// holidays may have been added since.
    fn is_snoozed(
        &self,
        holder: &Holder,
        authority: &Authority,
        end: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let until = self.store.value(&value::snoozed(&holder.id))?;
        let until: Option<jiff::civil::Date> = until.and_then(|text| text.parse().ok());
        let today = now.date(&authority.policy().calendar.time_zone());
        let last = last_safe_day(end, authority.policy(), holder.payment);
        Ok(until.is_some_and(|until| today < until.min(last)))
    }

    /// Opens one renewal; the caller made sure that none is open for the holder.
    fn open(
        &mut self,
        holder: &str,
        deadline: Timestamp,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<Option<ExchangeId>, StoreError> {
        let Some(authority) = self.setup.authority_of(holder) else { return Ok(None) };
        let before = self.store.exchanges()?;
        let number = before.iter().filter(|exchange| exchange.holder == holder).count() + 1;
        let id = ExchangeId(format!("{holder}-{number}"));
        let exchange = Exchange::open(id, holder.into(), Purpose::Renewal, deadline, now);
        let mut values = self.status_assumed(holder, now)?;
        // Whatever was put off is over once it begins.
        values.push((value::snoozed(holder), String::new()));
        self.begin(exchange, authority, values, now, round).map(Some)
    }

    /// Commits the opening of an exchange.
    fn begin(
        &self,
        exchange: Exchange,
        authority: &Authority,
        mut values: Vec<(String, String)>,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<ExchangeId, StoreError> {
        let (id, stage) = (exchange.id.clone(), exchange.stage.name());
        let entry = Entry {
            exchange: id.clone(),
            at: now,
            event: None,
            note: None,
            policy: authority.policy_digest(),
            cause: None,
            words: String::new(),
        };
        values.push(self.newest(now)?);
        self.store.commit(&Commit {
            policy: Some((authority.policy_digest(), authority.policy().clone())),
            exchange: Some(exchange),
            entries: vec![entry],
            values,
            ..Commit::default()
        })?;
        round.moved.push((id.clone(), stage));
        Ok(id)
    }

    fn wake_overdue(
        &mut self,
        now: Timestamp,
        mailbox_read: bool,
        round: &mut Round,
    ) -> Result<(), StoreError> {
        for exchange in self.store.exchanges()? {
            let Some(at) = exchange.wake_at() else { continue };
            // Silence means something only when the mailbox was read to its end just now: the
            // answer may lie there. The end of the certificate comes whatever the mailbox does.
            if at <= now && (mailbox_read || exchange.deadline <= now) {
                self.apply(&exchange, Happening::new(Event::Woke, ""), now, round)?;
            }
        }
        Ok(())
    }

    /// Steps one exchange and commits. Returns the new state.
    fn apply(
        &self,
        exchange: &Exchange,
        happening: Happening<'_>,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<Exchange, StoreError> {
        let Some(authority) = self.setup.correspondent(exchange) else {
            // The holder left the configuration: nothing may be decided for it any more.
            return Ok(exchange.clone());
        };
        let Happening { event, words, cause, commit, arrival, held } = happening;
        let stepped = step(exchange, &event, now, authority.policy());
        let changed = !matches!(stepped.note, Note::Unexpected { .. });
        let entry = Entry {
            exchange: exchange.id.clone(),
            at: now,
            event: Some(event),
            note: Some(stepped.note),
            policy: authority.policy_digest(),
            cause,
            words,
        };
        let mut values = commit.values;
        if !held {
            values.push(self.newest(now)?);
        }
        self.store.commit(&Commit {
            policy: Some((authority.policy_digest(), authority.policy().clone())),
            exchange: Some(stepped.next.clone()),
            entries: vec![entry],
            arrival: arrival.cloned(),
            values,
            ..commit
        })?;
        if changed {
            round.moved.push((stepped.next.id.clone(), stepped.next.stage.name()));
        }
        Ok(stepped.next)
    }

    /// What a commit at `now` records about the clock. The newest moment only grows, so that a
    /// clock that creeps back is noticed too; a person may say that it is right all the same.
    fn newest(&self, now: Timestamp) -> Result<(String, String), StoreError> {
        let known = self.moment(value::NEWEST_MOMENT)?;
        Ok(believed(known.map_or(now, |known| known.max(now))))
    }
}

fn believed(now: Timestamp) -> (String, String) {
    (value::NEWEST_MOMENT.into(), now.0.to_string())
}
