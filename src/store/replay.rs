//! The journal as evidence: played again through the heart, it must give the states that stand.

use std::collections::BTreeSet;
use std::fmt;

use super::{Numbered, Store, StoreError};
use crate::exchange::{Exchange, ExchangeId, Policy, step};

/// Where journal and state part.
#[derive(Debug)]
pub enum Difference {
    /// The store could not be read.
    Store(StoreError),
    /// The journal does not lead to the state; `number` is the line, when one is to blame.
    Journal { exchange: ExchangeId, number: Option<u64>, detail: String },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(_) => f.write_str("the journal cannot be replayed"),
            Self::Journal { exchange, number: Some(number), detail } => {
                write!(f, "{exchange}, journal line {number}: {detail}")
            }
            Self::Journal { exchange, number: None, detail } => write!(f, "{exchange}: {detail}"),
        }
    }
}

impl std::error::Error for Difference {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::Journal { .. } => None,
        }
    }
}

impl From<StoreError> for Difference {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Replays every exchange's lines with the rules that applied then, and compares each note and the
/// last state with what stands in the store.
///
/// The opening line carries no data of its own: what an exchange is opened with (holder, purpose,
/// deadline) never changes, so the state tells it.
pub fn replay(store: &dyn Store) -> Result<(), Difference> {
    let journal = store.journal(None)?;
    for (expected, numbered) in (1..).zip(&journal) {
        if numbered.number != expected {
            let detail = format!("line {expected} is missing before it");
            return Err(difference(&numbered.entry.exchange, Some(numbered.number), detail));
        }
    }
    let states = store.exchanges()?;
    let known: BTreeSet<_> = states.iter().map(|state| &state.id).collect();
    if let Some(line) = journal.iter().find(|line| !known.contains(&line.entry.exchange)) {
        let detail = "the journal knows it, but it has no state".to_owned();
        return Err(difference(&line.entry.exchange, Some(line.number), detail));
    }
    for state in &states {
        let lines: Vec<_> = journal.iter().filter(|line| line.entry.exchange == state.id).collect();
        replay_one(store, state, &lines)?;
    }
    Ok(())
}

fn replay_one(store: &dyn Store, state: &Exchange, lines: &[&Numbered]) -> Result<(), Difference> {
    let Exchange { id, holder, purpose, deadline, opened_at, .. } = state.clone();
    let mut at_work = Exchange::open(id, holder, purpose, deadline, opened_at);
    let Some((_, rest)) = lines.split_first().filter(|(opening, _)| opening.entry.event.is_none())
    else {
        return Err(difference(&state.id, None, "the journal has no opening line".into()));
    };
    for Numbered { number, entry } in rest {
        let Some(event) = &entry.event else {
            return Err(difference(&state.id, Some(*number), "opened a second time".into()));
        };
        let policy: Policy = store.policy(&entry.policy)?.ok_or_else(|| {
            let detail = format!("the rules {} that applied are not kept", entry.policy);
            difference(&state.id, Some(*number), detail)
        })?;
        let done = step(&at_work, event, entry.at, &policy);
        if entry.note.as_ref() != Some(&done.note) {
            let detail = format!("the heart says {:?}, the journal {:?}", done.note, entry.note);
            return Err(difference(&state.id, Some(*number), detail));
        }
        at_work = done.next;
    }
    if at_work != *state {
        let detail =
            format!("the journal leads to {:?}, the state is {:?}", at_work.stage, state.stage);
        return Err(difference(&state.id, None, detail));
    }
    Ok(())
}

fn difference(exchange: &ExchangeId, number: Option<u64>, detail: String) -> Difference {
    Difference::Journal { exchange: exchange.clone(), number, detail }
}

#[cfg(test)]
mod tests {
    use super::super::contract::{START, opened, prepared, sample_commit, stepped};
    use super::super::memory::Memory;
    use super::super::{Commit, Entry};
    use super::*;
    use crate::exchange::Event;

    fn sent() -> (Memory, Exchange) {
        let memory = Memory::new();
        memory.commit(&sample_commit("director-1")).unwrap();
        let mut state = opened("director-1");
        for event in [prepared(), Event::Sent] {
            let (next, commit) = stepped(&state, event, START);
            memory.commit(&commit).unwrap();
            state = next;
        }
        (memory, state)
    }

    #[test]
    fn the_journal_replays_to_the_state() {
        let (memory, state) = sent();
        replay(&memory).unwrap();
        let (_, commit) = stepped(&state, Event::Woke, START);
        memory.commit(&commit).unwrap();
        replay(&memory).unwrap();
    }

    #[test]
    fn a_state_that_moved_without_an_event_is_told() {
        let (memory, state) = sent();
        let (moved, _) = stepped(&state, Event::Withdrawn { reason: "x".into() }, START);
        memory.commit(&Commit { exchange: Some(moved), ..Commit::default() }).unwrap();
        let told = replay(&memory).unwrap_err().to_string();
        assert!(told.starts_with("director-1: the journal leads to Sent"), "{told}");
    }

    #[test]
    fn an_event_that_moved_nothing_is_told() {
        let (memory, state) = sent();
        let event = Event::Withdrawn { reason: "x".into() };
        let (_, commit) = stepped(&state, event, START);
        memory.commit(&Commit { exchange: None, ..commit }).unwrap();
        replay(&memory).unwrap_err();
    }

    #[test]
    fn a_line_with_another_note_or_without_its_rules_is_told() {
        for spoil in [
            (|entry| Entry { note: None, ..entry }) as fn(Entry) -> Entry,
            |entry| Entry { policy: crate::crypto::digest(b"other"), ..entry },
            |entry| Entry { event: None, ..entry },
            |entry| Entry { exchange: ExchangeId("unknown".into()), ..entry },
        ] {
            let (memory, state) = sent();
            let (_, commit) = stepped(&state, Event::Woke, START);
            let entries = commit.entries.into_iter().map(spoil).collect();
            memory.commit(&Commit { entries, ..commit }).unwrap();
            let told = replay(&memory).unwrap_err().to_string();
            assert!(told.contains("journal line 4"), "{told}");
        }
    }
}
