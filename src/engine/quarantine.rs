//! What a person does about letters in quarantine: have them read again, or say that they are
//! dealt with.

use serde::{Deserialize, Serialize};

use super::collect::stood_in;
use super::errand::problem;
use super::ports::{Delivery, Form};
use super::{Done, Engine, Round, value};
use crate::exchange::{Digest, Problem};
use crate::store::{Arrival, Commit, Fate, Store, StoreError};
use crate::time::Timestamp;

/// A letter that a person has dealt with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignored {
    pub raw: Digest,
    pub at: Timestamp,
    pub reason: String,
}

/// Those of the letters in quarantine that were dealt with.
pub fn ignored(store: &dyn Store, arrivals: &[Arrival]) -> Result<Vec<Ignored>, StoreError> {
    let mut found = Vec::new();
    for arrival in arrivals.iter().filter(|one| matches!(one.fate, Fate::Quarantined { .. })) {
        let text = store.value(&name(&arrival.raw))?;
        found.extend(text.and_then(|text| serde_json::from_str(&text).ok()));
    }
    Ok(found)
}

fn name(raw: &Digest) -> String {
    format!("{}{raw}", value::IGNORED)
}

impl Engine {
    /// Judges a letter of the quarantine by today's configuration and trust. Doing it again changes
    /// nothing: a letter that was heard meanwhile stays heard.
    pub(super) fn replay(
        &mut self,
        raw: &Digest,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<Result<Done, Problem>, StoreError> {
        let Some(before) = self.store.arrival(raw)? else {
            return Ok(Err(problem("unknown-id", format!("no letter {raw}"))));
        };
        let Some(bytes) = self.store.kept(raw)? else {
            let detail = format!("the raw letter {raw} is gone");
            return Ok(Err(problem("parcel-missing", detail)));
        };
        if matches!(before.fate, Fate::Quarantined { .. }) {
            let delivery = Delivery { form: form(&before, bytes), locator: before.subject.clone() };
            if !self.judge_anew(before, &delivery, now, round)?
                && let Some(problem) = round.troubles.pop()
            {
                return Ok(Err(problem));
            }
        }
        let Some(after) = self.store.arrival(raw)? else {
            return Ok(Err(problem("unknown-id", format!("no letter {raw}"))));
        };
        Ok(match after.fate {
            Fate::Claimed(id) => {
                let stage = self.store.exchange(&id)?.map(|exchange| exchange.stage.name());
                Ok(Done { exchange: Some(id), stage })
            }
            Fate::Quarantined { reason } => Err(problem("still-quarantined", reason)),
            Fate::Unclaimed { .. } | Fate::PassedOver { .. } => {
                Ok(Done { exchange: None, stage: None })
            }
        })
    }

    /// Once said, the first reason stays.
    pub(super) fn ignore(
        &mut self,
        raw: &Digest,
        reason: &str,
        now: Timestamp,
    ) -> Result<Result<Done, Problem>, StoreError> {
        let arrival = self.store.arrival(raw)?;
        let quarantined = |one: &Arrival| matches!(one.fate, Fate::Quarantined { .. });
        if !arrival.as_ref().is_some_and(quarantined) {
            let detail = format!("the letter {raw} is not in quarantine");
            return Ok(Err(problem("not-now", detail)));
        }
        if self.store.value(&name(raw))?.is_none() {
            let said = Ignored { raw: *raw, at: now, reason: reason.into() };
            // Plain data: writing it as JSON can't fail.
            let text = serde_json::to_string(&said).unwrap_or_default();
            let values = vec![(name(raw), text)];
            self.store.commit(&Commit { values, ..Commit::default() })?;
        }
        Ok(Ok(Done { exchange: None, stage: None }))
    }
}

/// As what the kept bytes came. A file of a folder has no sender and no header.
fn form(arrival: &Arrival, bytes: Vec<u8>) -> Form {
    if let Some(too_large) = stood_in(&bytes) {
        return too_large;
    }
    let word = bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-');
    let is_letter =
        word.count().checked_sub(1).is_some_and(|end| bytes.get(end + 1) == Some(&b':'));
    if arrival.from.is_empty() && !is_letter {
        return Form::File { name: arrival.subject.clone(), bytes };
    }
    Form::Letter(bytes)
}
