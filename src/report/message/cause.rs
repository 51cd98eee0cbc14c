//! What there is to tell at one moment.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::super::build::explains_silence;
use super::super::line::{Context, Story};
use super::super::situation::{Clock, MAILBOX_PATIENCE, Situation};
use super::super::{HolderView, Language, Severity, Snapshot, words};
use super::{Cause, Kind};
use crate::exchange::{Exchange, Problem};
use crate::store::Fate;
use crate::time::{Span, Timestamp};

/// A success that is older is no news: of what was done before anybody was to be told.
const NEWS: Span = Span::days(7);

/// Everything that is so now. `days`: how long before an end it is told, ascending.
pub fn causes(snapshot: &Snapshot, days: &[u16]) -> Vec<Cause> {
    let context = context(snapshot, Language::En);
    let mut causes: Vec<Cause> = snapshot.troubles.iter().map(trouble).collect();
    let silent = snapshot.mailbox_read.is_some_and(|at| snapshot.now - at > MAILBOX_PATIENCE);
    if silent && !snapshot.troubles.iter().any(explains_silence) {
        let problem = Problem { label: "mailbox-silent".into(), detail: String::new() };
        causes.push(trouble(&problem));
    }
    for exchange in &snapshot.exchanges {
        causes.extend(of_exchange(&context, &context.story(exchange)));
    }
    causes.extend(hooks(snapshot));
    causes.extend(invoices(&context));
    for holder in &snapshot.holders {
        causes.extend(ending(&context, holder, days));
    }
    causes.extend(quarantine(snapshot));
    causes
}

pub fn context(snapshot: &Snapshot, language: Language) -> Context<'_> {
    let zone = TimeZone::get(&snapshot.zone).unwrap_or(TimeZone::UTC);
    Context { snapshot, words: words::of(language), clock: Clock { now: snapshot.now, zone } }
}

/// What a trouble is known by. The detail quotes servers and may change with each attempt, so it
/// counts only where it names the one of many that has the trouble.
pub fn trouble_key(problem: &Problem) -> String {
    match problem.label.as_str() {
        "certificate-missing" => format!("trouble/{}/{}", problem.label, problem.detail),
        label => format!("trouble/{label}"),
    }
}

fn trouble(problem: &Problem) -> Cause {
    Cause {
        about: trouble_key(problem),
        kind: Kind::Trouble,
        mark: problem.label.clone(),
        severity: Severity::Error,
    }
}

pub fn exchange_key(exchange: &Exchange) -> String {
    format!("exchange/{}", exchange.id)
}

/// A hook that failed, beside the success of its exchange: each ends by itself.
fn hooks(snapshot: &Snapshot) -> impl Iterator<Item = Cause> {
    snapshot.hooks.iter().map(|hook| Cause {
        about: format!("hook/{}", hook.exchange),
        kind: Kind::HookFailed,
        mark: hook.problem.label.clone(),
        severity: Severity::Error,
    })
}

fn of_exchange(context: &Context<'_>, story: &Story<'_>) -> Option<Cause> {
    let now = context.clock.now;
    let exchange = story.exchange;
    let situation = story.situation(now);
    let label = |problem: &Problem| problem.label.clone();
    let again = |problem: Option<&Problem>| problem.map(label).unwrap_or_default();
    let attempt = exchange.attempt;
    let (kind, mark) = match &situation {
        Situation::PreparingAgain(one) => {
            (Kind::Failing, format!("prepare {}", again(one.problem)))
        }
        Situation::SendingAgain(one) => (Kind::Failing, format!("send {}", again(one.problem))),
        Situation::InstallingAgain(one) => (Kind::NotInstalled, again(one.problem)),
        Situation::CannotInstall(problem) => (Kind::NotInstalled, label(problem)),
        Situation::PayOnline { .. } => (Kind::Consent, format!("online {attempt}")),
        // The hook is told beside it.
        Situation::HookFailed { at, .. } if now - *at <= NEWS => (Kind::Succeeded, String::new()),
        Situation::AtGate { gate, .. } => (Kind::Consent, format!("{gate:?} {attempt}")),
        Situation::Refused { refusal, .. } => (Kind::Refused, refusal.receipt.to_string()),
        Situation::CannotPrepare(problem) | Situation::CannotSend(problem) => {
            (Kind::Stalled, format!("{} {attempt}", problem.label))
        }
        Situation::Silent { sends, .. } => (Kind::Stalled, format!("silent {attempt} {sends}")),
        Situation::GateClosed(gate) => (Kind::Stalled, format!("{gate:?} {attempt}")),
        Situation::Expired { .. } => (Kind::Stalled, "expired".into()),
        Situation::Installed { at } if now - *at <= NEWS => (Kind::Succeeded, String::new()),
        Situation::Installed { .. }
        | Situation::HookFailed { .. }
        | Situation::Preparing
        | Situation::PutOff { .. }
        | Situation::NotYetValid { .. }
        | Situation::Payment { .. }
        | Situation::Sending
        | Situation::Resending { .. }
        | Situation::AwaitingReceipt { .. }
        | Situation::AwaitingDecision { .. }
        | Situation::Installing { .. }
        | Situation::Withdrawn { .. } => return None,
    };
    let severity = match kind {
        Kind::Succeeded => Severity::Success,
        _ => situation.severity(),
    };
    Some(Cause { about: exchange_key(exchange), kind, mark, severity })
}

/// One invoice may be for several renewals: it is known by whose it is and by its number.
pub fn invoice_key(context: &Context<'_>, story: &Story<'_>) -> Option<String> {
    let Situation::Payment { invoice, .. } = story.situation(context.clock.now) else {
        return None;
    };
    let authority = story.holder.map_or("", |holder| &holder.authority);
    Some(format!("invoice/{authority}/{}", invoice.number))
}

fn invoices(context: &Context<'_>) -> Vec<Cause> {
    let mut newest: BTreeMap<String, (Timestamp, Severity)> = BTreeMap::new();
    for exchange in &context.snapshot.exchanges {
        let story = context.story(exchange);
        let situation = story.situation(context.clock.now);
        let Situation::Payment { until, .. } = situation else { continue };
        let Some(about) = invoice_key(context, &story) else { continue };
        let known = newest.entry(about).or_insert((until, situation.severity()));
        *known = (known.0.max(until), known.1.max(situation.severity()));
    }
    let cause = |(about, (until, severity)): (String, (Timestamp, Severity))| {
        // Each reminder that the profile asks for moves the moment.
        Cause { about, kind: Kind::Invoiced, mark: until.0.to_string(), severity }
    };
    newest.into_iter().map(cause).collect()
}

/// The certificates in place end within the largest of `days` and nothing has replaced them.
fn ending(context: &Context<'_>, holder: &HolderView, days: &[u16]) -> Option<Cause> {
    let end = holder.certificates.iter().map(|certificate| certificate.not_after).min()?;
    let left = context.days_until(end);
    let over = -1;
    let passed = days.iter().map(|days| i64::from(*days)).find(|days| left <= *days)?;
    let step = if left < 0 { over } else { passed };
    Some(Cause {
        about: format!("end/{}", holder.id),
        kind: Kind::Ending,
        mark: format!("{} {step}", end.0),
        severity: match left {
            ..=7 => Severity::Error,
            8..=30 => Severity::Warning,
            _ => Severity::Normal,
        },
    })
}

fn quarantine(snapshot: &Snapshot) -> Option<Cause> {
    let mut quarantined =
        snapshot.arrivals.iter().filter(|one| matches!(one.fate, Fate::Quarantined { .. }));
    let newest = quarantined.next_back()?;
    Some(Cause {
        about: "quarantine".into(),
        kind: Kind::Quarantined,
        mark: newest.raw.to_string(),
        severity: Severity::Warning,
    })
}
