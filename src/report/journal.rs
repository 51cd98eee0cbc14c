//! The journal in words.

use super::JournalLine;
use super::label::Label;
use super::situation::Case;
use super::words::Words;
use crate::exchange::{Anomaly, Event, Note, Problem, SendFailure};
use crate::store::Entry;

/// Every entry of one exchange that says something, oldest first.
pub fn lines(words: &dyn Words, case: &Case<'_>, journal: &[&Entry]) -> Vec<JournalLine> {
    journal.iter().filter(|entry| !is_idle(entry)).map(|entry| line(words, case, entry)).collect()
}

/// Woken too early: it happens all the time and means nothing.
fn is_idle(entry: &Entry) -> bool {
    let early = matches!(&entry.note, Some(Note::Unexpected { why: Anomaly::TooEarly, .. }));
    early && matches!(entry.event, Some(Event::Woke))
}

fn line(words: &dyn Words, case: &Case<'_>, entry: &Entry) -> JournalLine {
    let mut text = match &entry.event {
        None => words.opening(case),
        Some(event) => {
            let to = match &entry.note {
                Some(Note::Moved { to, .. }) => Some(*to),
                Some(Note::Updated { stage }) => Some(*stage),
                Some(Note::Unexpected { .. }) | None => None,
            };
            words.event(event, to, case)
        }
    };
    let problem = entry.event.as_ref().and_then(problem);
    if let Some(problem) = problem {
        let known = Label::read(&problem.label).map(|label| words.problem(label));
        text = format!("{text} {}", known.unwrap_or_else(|| words.unknown_problem()).what);
    }
    if let Some(Note::Unexpected { why, .. }) = &entry.note {
        text = format!("{} ({}).", text.trim_end_matches('.'), words.anomaly(*why));
    }
    let said = [Some(entry.words.as_str()), problem.map(|problem| problem.detail.as_str())];
    // What the sentence already quotes is not said twice.
    let mut said = said.into_iter().flatten().filter(|said| !said.is_empty());
    let said = said.find(|said| !text.contains(said)).unwrap_or_default().to_owned();
    JournalLine { at: entry.at, when: words.stamp(case.clock.civil(entry.at)), text, words: said }
}

fn problem(event: &Event) -> Option<&Problem> {
    match event {
        Event::PrepareFailed { problem, .. }
        | Event::InstallFailed { problem, .. }
        | Event::Bounced { problem, lasting: true }
        | Event::SendFailed(
            SendFailure::Later(problem)
            | SendFailure::Rejected(problem)
            | SendFailure::Uncertain(problem),
        ) => Some(problem),
        // "Still trying" is no problem; its label would say that the letter came back.
        Event::Bounced { lasting: false, .. }
        | Event::Prepared { .. }
        | Event::GatePassed(_)
        | Event::Sent
        | Event::Heard { .. }
        | Event::Paid { .. }
        | Event::Installed
        | Event::Retried
        | Event::Withdrawn { .. }
        | Event::Woke => None,
    }
}
