//! What is owed is done: prepare, send, install.

use super::{Engine, Happening, Round};
use crate::exchange::{Effect, Event, Exchange, Problem, SendFailure};
use crate::store::StoreError;
use crate::time::Timestamp;

/// An exchange may owe the next thing right after the last (prepare, then send). More often than
/// this in one round means a circle, and the next round goes on.
const PASSES: usize = 4;

impl Engine {
    pub(super) fn perform_owed(
        &mut self,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<(), StoreError> {
        for _ in 0..PASSES {
            self.reconsider(now, round)?;
            let mut owing: Vec<Exchange> = self.store.exchanges()?;
            owing.retain(|exchange| {
                exchange.owed().is_some_and(|owed| owed.not_before.is_none_or(|at| at <= now))
            });
            if owing.is_empty() {
                break;
            }
            // The soonest end first (F41).
            owing.sort_by(|a, b| (a.deadline, &a.id).cmp(&(b.deadline, &b.id)));
            for exchange in owing {
                self.perform(&exchange, now, round)?;
            }
        }
        Ok(())
    }

    fn perform(
        &mut self,
        exchange: &Exchange,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<(), StoreError> {
        let happening = match exchange.owed().map(|owed| owed.effect) {
            Some(Effect::Prepare) => self.prepare(exchange, now)?,
            Some(Effect::Send) => self.send(exchange)?,
            Some(Effect::Install) => self.install(exchange, now)?,
            None => return Ok(()),
        };
        let Some(happening) = happening else { return Ok(()) };
        if let Some(problem) = failure(&happening.event) {
            let detail = format!("{}: {}", exchange.id, problem.detail);
            round.trouble(&problem.label, detail);
        }
        self.apply(exchange, happening, now, round).map(drop)
    }

    /// The kept bytes leave, exactly as they were kept; the recipient is today's configuration's.
    fn send(&mut self, exchange: &Exchange) -> Result<Option<Happening<'static>>, StoreError> {
        let Some(dispatch) = exchange.stage.dispatch() else { return Ok(None) };
        let Some(authority) = self.setup.correspondent(exchange) else { return Ok(None) };
        let Some(letter) = self.store.kept(&dispatch.parcel)? else {
            let detail = format!("the sealed letter {} is gone", dispatch.parcel);
            let problem = Problem { label: "parcel-missing".into(), detail: detail.clone() };
            let event = Event::SendFailed(SendFailure::Rejected(problem));
            return Ok(Some(Happening::new(event, detail)));
        };
        let to = authority.address.clone();
        let (event, words) = match self.carrier.send(&letter, &to) {
            Ok(()) => (Event::Sent, to),
            Err(failure) => {
                let words = failure.problem().detail.clone();
                (Event::SendFailed(failure), words)
            }
        };
        Ok(Some(Happening::new(event, words)))
    }
}

fn failure(event: &Event) -> Option<&Problem> {
    match event {
        Event::PrepareFailed { problem, .. } | Event::InstallFailed { problem, .. } => {
            Some(problem)
        }
        Event::SendFailed(failure) => Some(failure.problem()),
        _ => None,
    }
}
