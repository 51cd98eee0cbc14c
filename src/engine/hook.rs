//! What is owed after new certificates are in place: one run of the configured program, which may
//! fail and be tried again. The exchange stays installed whatever the program does; how it fares
//! lies among the store's values as JSON.

use serde::{Deserialize, Serialize};

use super::{Engine, value};
use crate::exchange::{Exchange, Problem, Purpose, Retry, Stage};
use crate::store::{Commit, Store, StoreError};
use crate::time::{Span, Timestamp};

/// How the hook of one exchange fares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    pub retry: Retry,
    /// The last failure; `None` after a success, and before the first run.
    pub problem: Option<Problem>,
    /// When it succeeded; `None`: it is owed.
    pub done: Option<Timestamp>,
}

impl Hook {
    /// The value that the commit of an installation holds.
    pub(super) fn owed(exchange: &Exchange) -> (String, String) {
        Self::default().named(exchange)
    }

    fn named(&self, exchange: &Exchange) -> (String, String) {
        // Plain data: writing it as JSON can't fail.
        (value::hook(&exchange.id), serde_json::to_string(self).unwrap_or_default())
    }

    fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// The hooks of the newest installation of each holder, done or not. An earlier one is of no use
/// any more: its certificates are not in place.
pub fn all(store: &dyn Store) -> Result<Vec<(Exchange, Hook)>, StoreError> {
    let mut newest: Vec<(Timestamp, Exchange)> = Vec::new();
    for exchange in store.exchanges()? {
        let Stage::Installed { at, .. } = exchange.stage else { continue };
        if exchange.purpose != Purpose::Renewal {
            continue;
        }
        match newest.iter_mut().find(|(_, other)| other.holder == exchange.holder) {
            Some(known) if known.0 > at => {}
            Some(known) => *known = (at, exchange),
            None => newest.push((at, exchange)),
        }
    }
    let mut hooks = Vec::new();
    for (_, exchange) in newest {
        let text = store.value(&value::hook(&exchange.id))?;
        hooks.extend(text.and_then(|text| Hook::read(&text)).map(|hook| (exchange, hook)));
    }
    Ok(hooks)
}

impl Engine {
    /// Records how a run ended. `ladder` has minutes; the last one repeats.
    pub fn hook_ran(
        &self,
        exchange: &Exchange,
        ran: Result<(), Problem>,
        ladder: &[u32],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let before = self.store.value(&value::hook(&exchange.id))?;
        let before = before.and_then(|text| Hook::read(&text)).unwrap_or_default();
        let hook = match ran {
            Ok(()) => Hook { done: Some(now), ..Hook::default() },
            Err(problem) => {
                let failures = before.retry.failures.saturating_add(1);
                let place = usize::try_from(failures - 1).unwrap_or(usize::MAX);
                let wait = ladder.get(place).or(ladder.last()).copied().unwrap_or(60);
                let not_before = Some(now + Span::minutes(i64::from(wait)));
                Hook { retry: Retry { failures, not_before }, problem: Some(problem), done: None }
            }
        };
        self.put(exchange, &hook)
    }

    /// A person wants it now. False: there is no hook that failed.
    pub(super) fn hook_again(&self, exchange: &Exchange) -> Result<bool, StoreError> {
        let failed = |(other, hook): &(Exchange, Hook)| {
            other.id == exchange.id && hook.done.is_none() && hook.retry.failures > 0
        };
        let Some((_, hook)) = all(self.store.as_ref())?.into_iter().find(failed) else {
            return Ok(false);
        };
        let retry = Retry { not_before: None, ..hook.retry };
        self.put(exchange, &Hook { retry, ..hook })?;
        Ok(true)
    }

    fn put(&self, exchange: &Exchange, hook: &Hook) -> Result<(), StoreError> {
        let values = vec![hook.named(exchange)];
        self.store.commit(&Commit { values, ..Commit::default() })
    }
}
