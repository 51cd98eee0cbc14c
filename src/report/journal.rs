//! The journal in words.

use std::borrow::Cow;

use jiff::tz::TimeZone;

use super::label::Label;
use super::line::Context;
use super::situation::{Case, Clock};
use super::words::{self, Words, difference};
use super::{JournalLine, Language, Snapshot};
use crate::engine::SUPERSEDED;
use crate::exchange::{Anomaly, Event, Note, Problem, Purpose, SendFailure};
use crate::store::{Entry, Numbered};

/// Every entry of one exchange that says something, oldest first.
pub fn lines(words: &dyn Words, case: &Case<'_>, journal: &[&Numbered]) -> Vec<JournalLine> {
    let told = journal.iter().filter(|line| !is_idle(&line.entry));
    told.map(|entry| line(words, case, entry)).collect()
}

/// Every entry, idle ones too, of an exchange or of all exchanges of a holder, in the journal's
/// order. `None` when nothing has that name.
pub fn whole(snapshot: &Snapshot, language: Language, id: &str) -> Option<Vec<JournalLine>> {
    let zone = TimeZone::get(&snapshot.zone).unwrap_or(TimeZone::UTC);
    let clock = Clock { now: snapshot.now, zone };
    let context = Context { snapshot, words: words::of(language), clock };
    let exact = snapshot.exchanges.iter().any(|one| one.id.0 == id);
    let mut found = Vec::new();
    for exchange in &snapshot.exchanges {
        if if exact { exchange.id.0 == id } else { exchange.holder == id } {
            let story = context.story(exchange);
            let case = story.case(&context.clock);
            found.extend(story.numbered.iter().map(|entry| line(context.words, &case, entry)));
        }
    }
    found.sort_by_key(|line: &JournalLine| line.number);
    let known = exact || snapshot.holders.iter().any(|holder| holder.id == id);
    (known || !found.is_empty()).then_some(found)
}

/// Woken too early: it happens all the time and means nothing.
fn is_idle(entry: &Entry) -> bool {
    let early = matches!(&entry.note, Some(Note::Unexpected { why: Anomaly::TooEarly, .. }));
    early && matches!(entry.event, Some(Event::Woke))
}

fn line(words: &dyn Words, case: &Case<'_>, numbered: &Numbered) -> JournalLine {
    let Numbered { number, entry } = numbered;
    let mut text = match &entry.event {
        None => words.opening(case),
        Some(event) => {
            let to = match &entry.note {
                Some(Note::Moved { to, .. }) => Some(*to),
                Some(Note::Updated { stage }) => Some(*stage),
                Some(Note::Unexpected { .. }) | None => None,
            };
            words.event(&told(words, event), to, case)
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
    let detail = problem.map(|problem| difference::detail(words, problem));
    let said = [own(words, case, entry), detail];
    // What the sentence already quotes is not said twice.
    let mut said = said.into_iter().flatten().filter(|said| !said.is_empty());
    let said = said.find(|said| !text.contains(said.as_str())).unwrap_or_default();
    JournalLine {
        number: *number,
        event: entry.event.as_ref().map_or("opened", Event::name).to_owned(),
        at: entry.at,
        when: words.stamp(case.clock.civil(entry.at)),
        text,
        words: said,
        cause: entry.cause.map(|digest| digest.to_string()),
    }
}

/// What was written down with an event, for people.
fn own(words: &dyn Words, case: &Case<'_>, entry: &Entry) -> Option<String> {
    match &entry.event {
        // The reason of a withdrawal stands in the sentence.
        Some(Event::Withdrawn { .. }) => None,
        // The reference stands in the sentence; the day of the payment follows it.
        Some(Event::Paid { .. }) => {
            let day = entry.words.rsplit(", ").next().and_then(|day| day.parse().ok());
            Some(day.map_or_else(|| entry.words.clone(), |day| words.date(day)))
        }
        Some(Event::Installed) if case.purpose == Purpose::Renewal && !entry.words.is_empty() => {
            Some(words.serials(&entry.words))
        }
        Some(_) | None => Some(entry.words.clone()),
    }
}

/// A reason that is ours, in the language; a person's stays as it was written.
fn told<'e>(words: &dyn Words, event: &'e Event) -> Cow<'e, Event> {
    match event {
        Event::Withdrawn { reason } if reason == SUPERSEDED => {
            Cow::Owned(Event::Withdrawn { reason: words.superseded().to_owned() })
        }
        other => Cow::Borrowed(other),
    }
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
        | Event::Snoozed { .. }
        | Event::Withdrawn { .. }
        | Event::Woke => None,
    }
}
