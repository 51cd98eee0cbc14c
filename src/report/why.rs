//! Why nothing happens: one paragraph about one renewal or holder. What is waited for, since when,
//! what is usual, what comes next and when, and what a person can do.

use serde::Serialize;

use super::columns::{Colour, Page};
use super::line::{self, Context};
use super::situation::Clock;
use super::waits::{self, Answer, Usual};
use super::words::{self, NextStep};
use super::{Action, Language, Severity, Snapshot, Standing, rfc3339};
use crate::authority::Profile;
use crate::exchange::{Exchange, ExchangeId, Party, Silence, Stage};
use crate::time::{Span, Timestamp};

/// The answer, in words and for programs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Why {
    pub id: Option<ExchangeId>,
    pub holder: String,
    pub standing: Standing,
    pub waits_for: Party,
    /// The paragraph.
    pub text: String,
    /// The authority's words, when it refused.
    pub quotes: Vec<String>,
    pub action: Option<Action>,
    #[serde(serialize_with = "maybe_rfc3339")]
    pub since: Option<Timestamp>,
    pub usual: Option<UsualView>,
    /// When something happens next without a letter and without a person.
    #[serde(serialize_with = "maybe_rfc3339")]
    pub next: Option<Timestamp>,
}

/// What is usual, for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsualView {
    pub answer: Answer,
    pub receipts: usize,
    /// Absent while there are too few to say.
    pub median_seconds: Option<i64>,
    /// 95 of 100 came within this.
    pub most_seconds: Option<i64>,
}

fn maybe_rfc3339<S: serde::Serializer>(
    at: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => rfc3339(at, serializer),
        None => serializer.serialize_none(),
    }
}

/// `id` names an exchange, or a holder: its open exchange, else its newest, else none.
/// `None` when nothing has that name.
pub fn build<'p>(
    snapshot: &Snapshot,
    language: Language,
    id: &str,
    profile_of: &dyn Fn(&str) -> Option<&'p Profile>,
) -> Option<Why> {
    let zone = jiff::tz::TimeZone::get(&snapshot.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let clock = Clock { now: snapshot.now, zone };
    let context = Context { snapshot, words: words::of(language), clock };
    let open = |one: &&Exchange| one.holder == id && !one.is_closed();
    let exchanges = &snapshot.exchanges;
    let named = exchanges.iter().find(|one| one.id.0 == id).or(exchanges.iter().find(open));
    match named {
        Some(exchange) => Some(of_exchange(&context, exchange, profile_of(&exchange.holder))),
        None => of_holder(&context, language, id),
    }
}

fn of_exchange(context: &Context<'_>, exchange: &Exchange, profile: Option<&Profile>) -> Why {
    let (snapshot, words, clock) = (context.snapshot, context.words, &context.clock);
    let story = context.story(exchange);
    let told = line::of_exchange(context, &story);
    let situation = story.situation(snapshot.now);
    let since = waits::since(snapshot, exchange);
    let answer = Answer::awaited(&situation);
    let mut text = vec![words.since(&told.badge, answer.is_some(), since, clock)];
    let mut usual = None;
    match answer {
        Some(answer) => {
            let known = waits::usual(snapshot, exchange, answer);
            let case = story.case(clock);
            text.push(words.usual(known.filter(Usual::is_known), received(known), &case));
            text.push(words.next(next(exchange, profile), &case));
            usual = Some(view(answer, known));
        }
        None => text.push(told.told.clone()),
    }
    let text: Vec<_> = text.into_iter().filter(|part| !part.is_empty()).collect();
    let retry = exchange.owed().and_then(|owed| owed.not_before);
    Why {
        id: Some(exchange.id.clone()),
        holder: exchange.holder.clone(),
        standing: told.standing,
        waits_for: exchange.waits_for(),
        text: text.join(" "),
        quotes: told.quotes,
        action: told.action,
        since: Some(since),
        usual,
        next: exchange.wake_at().into_iter().chain(retry).min(),
    }
}

fn received(usual: Option<Usual>) -> usize {
    usual.map_or(0, |usual| usual.receipts)
}

fn view(answer: Answer, known: Option<Usual>) -> UsualView {
    let told = known.filter(Usual::is_known);
    UsualView {
        answer,
        receipts: received(known),
        median_seconds: told.map(|usual| usual.median.0),
        most_seconds: told.map(|usual| usual.most.0),
    }
}

/// What silence leads to, and when.
fn next(exchange: &Exchange, profile: Option<&Profile>) -> NextStep {
    let (Stage::Sent { dispatch, until, .. } | Stage::Acknowledged { dispatch, until }) =
        &exchange.stage
    else {
        return NextStep::Nothing;
    };
    let resends = profile.is_some_and(|profile| {
        profile.policy.silence == Silence::Resend && dispatch.sends < profile.policy.max_sends
    });
    if exchange.deadline <= *until {
        NextStep::Ends(exchange.deadline)
    } else if resends {
        NextStep::SendAgain(*until)
    } else {
        NextStep::CallPerson(*until)
    }
}

/// A holder without an open exchange.
fn of_holder(context: &Context<'_>, language: Language, id: &str) -> Option<Why> {
    let (snapshot, words, clock) = (context.snapshot, context.words, &context.clock);
    let holder = snapshot.holders.iter().find(|holder| holder.id == id)?;
    let report = super::build(snapshot, language);
    let lines = report.sections.iter().flat_map(|section| &section.lines);
    let told = lines.filter(|line| line.holder.as_deref() == Some(id)).find(|l| l.id.is_none());
    let end = holder.certificates.iter().map(|one| one.not_after).min();
    let due = end.map(|end| end - Span::days(i64::from(holder.lead_days)));
    let waits = due.filter(|due| *due > snapshot.now);
    let (standing, severity) =
        told.map_or((Standing::Fine, Severity::Success), |line| (line.standing, line.severity));
    let text = match (waits, end, told) {
        (Some(due), Some(end), _) if severity < Severity::Warning => {
            words.nothing_due(clock.date(due), clock.date(end))
        }
        (_, _, Some(line)) => line.told.clone(),
        (_, Some(end), None) => words.ends(clock.date(end), context.days_until(end)),
        (_, None, None) => String::new(),
    };
    Some(Why {
        id: None,
        holder: holder.id.clone(),
        standing,
        waits_for: if standing == Standing::Fine { Party::Nobody } else { Party::Person },
        text,
        quotes: Vec::new(),
        action: told.and_then(|line| line.action.clone()),
        since: None,
        usual: None,
        next: waits.filter(|_| severity < Severity::Warning),
    })
}

/// `certpost why`: the paragraph in 80 columns, the next step below it.
pub fn text(why: &Why, language: Language) -> String {
    let mut page = Page::new(language, Colour::Plain);
    page.wrapped(&why.text, 0, 0);
    let [open, close] = page.labels.quotes;
    for quote in &why.quotes {
        page.wrapped(&format!("{open}{quote}{close}"), 2, 3);
    }
    if let Some(action) = &why.action {
        page.wrapped(&format!("→ {}", action.text), 0, 2);
        if let Some(command) = &action.command {
            page.wrapped(command, 2, 4);
        }
    }
    page.text
}
