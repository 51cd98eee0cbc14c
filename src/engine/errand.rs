//! What people ask for, from the command line or, later, from a page.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Engine, Happening, Round, believed, value};
use crate::authority::last_safe_day;
use crate::exchange::{
    Anomaly, Digest, Event, Exchange, ExchangeId, Gate, Note, Problem, Stage, StageName,
};
use crate::store::{Commit, StoreError};
use crate::time::Timestamp;

/// One request of a person. `id` may be an exchange's id or a holder's, which means the holder's
/// newest exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Errand {
    /// Open a renewal now, due or not.
    Renew {
        holder: String,
    },
    Retry {
        id: String,
    },
    Withdraw {
        id: String,
        reason: String,
    },
    /// The money is on its way. `id` may also be an order's number or an invoice's: then it is
    /// said of all that they are for.
    Paid {
        id: String,
        reference: String,
        #[serde(default)]
        on: Option<Date>,
    },
    /// «Нагадати пізніше»: nothing is sealed before this day. Not beyond the last safe day.
    Snooze {
        id: String,
        until: Date,
    },
    /// Opens the gate that the exchange waits at.
    Confirm {
        id: String,
    },
    /// Reads a kept letter again, with today's configuration and trust.
    Replay {
        raw: Digest,
    },
    /// A letter in quarantine is dealt with; it is no longer counted.
    Ignore {
        raw: Digest,
        reason: String,
    },
    /// Collect now; the round that runs the errand does.
    Fetch,
    /// The clock is right, whatever was recorded before (F40).
    AcceptClock,
}

/// What came of it: the exchange concerned and its stage now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    pub exchange: Option<ExchangeId>,
    pub stage: Option<StageName>,
}

impl Engine {
    /// Runs one errand. The inner error is an answer to the person: nothing was changed.
    pub fn run(
        &mut self,
        errand: &Errand,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<Result<Done, Problem>, StoreError> {
        if let Errand::Renew { holder: id } | Errand::Retry { id } = errand {
            let holder = self.find(id)?.map_or_else(|| id.clone(), |exchange| exchange.holder);
            self.vault.ask_again(&holder);
        }
        let (id, event, words) = match errand {
            Errand::Renew { holder } => return self.renew(holder, now, round),
            Errand::Replay { raw } => return self.replay(raw, now, round),
            Errand::Ignore { raw, reason } => return self.ignore(raw, reason, now),
            Errand::Fetch => return Ok(Ok(Done { exchange: None, stage: None })),
            Errand::AcceptClock => {
                let values = vec![believed(now)];
                self.store.commit(&Commit { values, ..Commit::default() })?;
                return Ok(Ok(Done { exchange: None, stage: None }));
            }
            Errand::Retry { id } => (id, Event::Retried, String::new()),
            Errand::Withdraw { id, reason } => {
                (id, Event::Withdrawn { reason: reason.clone() }, reason.clone())
            }
            Errand::Paid { id, reference, on } => return self.paid(id, reference, *on, now, round),
            Errand::Snooze { id, until } => return self.snooze(id, *until, now, round),
            Errand::Confirm { id } => (id, Event::GatePassed(self.gate_of(id)?), String::new()),
        };
        let Some(exchange) = self.find(id)? else { return Ok(Err(self.unknown(id))) };
        if event == Event::Retried && self.hook_again(&exchange)? {
            let stage = Some(exchange.stage.name());
            return Ok(Ok(Done { exchange: Some(exchange.id), stage }));
        }
        self.told(&exchange, Happening::new(event, words), now, round)
    }

    /// Steps an exchange with a person's word; an answer when the word changed nothing.
    pub(super) fn told(
        &mut self,
        exchange: &Exchange,
        happening: Happening<'_>,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<Result<Done, Problem>, StoreError> {
        let before = round.moved.len();
        let next = self.apply(exchange, happening, now, round)?;
        if round.moved.len() == before {
            return Ok(Err(self.declined(&next)?));
        }
        Ok(Ok(Done { stage: Some(next.stage.name()), exchange: Some(next.id) }))
    }

    pub(super) fn unknown(&self, id: &str) -> Problem {
        let known: Vec<_> = self.setup.holders.iter().map(|h| h.id.as_str()).collect();
        problem("unknown-id", format!("no renewal «{id}»; holders are {}", known.join(", ")))
    }

    fn renew(
        &mut self,
        holder: &str,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<Result<Done, Problem>, StoreError> {
        let Some(known) = self.setup.holder(holder) else {
            let known: Vec<_> = self.setup.holders.iter().map(|h| h.id.as_str()).collect();
            let detail = format!("no holder «{holder}»; holders are {}", known.join(", "));
            return Ok(Err(problem("unknown-id", detail)));
        };
        let Some(end) = self.earliest_end(known) else {
            let detail = format!("{holder} has no certificate in place");
            return Ok(Err(problem("certificate-missing", detail)));
        };
        let exchanges = self.store.exchanges()?;
        if let Some(open) = exchanges.iter().find(|one| one.holder == holder && !one.is_closed()) {
            let detail = format!("{} is open already; finish or withdraw it first", open.id);
            return Ok(Err(problem("already-open", detail)));
        }
        let opened = self.open(holder, end, now, round)?;
        Ok(Ok(Done { exchange: opened, stage: Some(StageName::Opened) }))
    }

    /// Puts a renewal off: one that is not open yet, or one that is not sealed yet.
    fn snooze(
        &mut self,
        id: &str,
        until: Date,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<Result<Done, Problem>, StoreError> {
        let exchange = self.find(id)?.filter(|one| !one.is_closed());
        let name = exchange.as_ref().map_or(id, |one| one.holder.as_str());
        let (Some(holder), Some(authority)) =
            (self.setup.holder(name), self.setup.authority_of(name))
        else {
            return Ok(Err(self.unknown(id)));
        };
        let Some(end) = exchange.as_ref().map(|one| one.deadline).or(self.earliest_end(holder))
        else {
            let detail = format!("{name} has no certificate in place");
            return Ok(Err(problem("certificate-missing", detail)));
        };
        let zone = authority.policy().calendar.time_zone();
        let last = last_safe_day(end, authority.policy(), holder.payment);
        if until > last {
            let detail = format!(
                "{until} is too late: what is sent after {last} may not be answered in time, \
                 and the certificate ends on {}",
                end.date(&zone),
            );
            return Ok(Err(problem("snooze-too-late", detail)));
        }
        if until <= now.date(&zone) {
            let detail = format!("{until} is not after today");
            return Ok(Err(problem("snooze-too-late", detail)));
        }
        let opens = authority.policy().calendar.opening(until);
        match exchange {
            Some(exchange) => {
                let event = Event::Snoozed { until: opens };
                self.told(&exchange, Happening::new(event, until.to_string()), now, round)
            }
            None => {
                let values = vec![(value::snoozed(name), until.to_string())];
                self.store.commit(&Commit { values, ..Commit::default() })?;
                Ok(Ok(Done { exchange: None, stage: None }))
            }
        }
    }

    /// The gate that waits for a person. Without one any gate does: the heart declines it.
    fn gate_of(&self, id: &str) -> Result<Gate, StoreError> {
        let exchange = self.find(id)?;
        Ok(match exchange.map(|exchange| exchange.stage) {
            Some(Stage::Gated { gates, .. }) => gates.first().copied().unwrap_or(Gate::Approval),
            _ => Gate::Approval,
        })
    }

    /// The exchange with this id, or the newest of the holder with this id.
    pub fn find(&self, id: &str) -> Result<Option<Exchange>, StoreError> {
        if let Some(exchange) = self.store.exchange(&ExchangeId(id.into()))? {
            return Ok(Some(exchange));
        }
        let mut of_holder: Vec<_> =
            self.store.exchanges()?.into_iter().filter(|one| one.holder == id).collect();
        of_holder.sort_by_key(|one| (!one.is_closed(), one.opened_at));
        Ok(of_holder.pop())
    }

    /// Why the heart changed nothing, from the note that was just committed.
    fn declined(&self, exchange: &Exchange) -> Result<Problem, StoreError> {
        let journal = self.store.journal(Some(&exchange.id))?;
        let note = journal.last().and_then(|last| last.entry.note.clone());
        let detail = match note {
            Some(Note::Unexpected { why: Anomaly::Closed, .. }) => {
                format!("{} is closed", exchange.id)
            }
            Some(Note::Unexpected { waited_for, .. }) => {
                let party = match waited_for {
                    crate::exchange::Party::Us => "certpost itself",
                    crate::exchange::Party::Authority => "the authority",
                    crate::exchange::Party::Person => "a person, but for something else",
                    crate::exchange::Party::Nobody => "nobody",
                };
                format!("{} waits for {party}; see certpost show {}", exchange.id, exchange.id)
            }
            _ => format!("{} did not change", exchange.id),
        };
        Ok(problem("not-now", detail))
    }
}

pub(super) fn problem(label: &str, detail: String) -> Problem {
    Problem { label: label.into(), detail }
}
