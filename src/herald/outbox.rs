//! Sending what was decided: one attempt at a time, each with an end.

use super::Settings;
use super::memory::{Memory, On, Queued, Way};
use super::ways::{Unsent, Ways};
use crate::config::Contact;
use crate::exchange::Problem;
use crate::mail::{Bulletin, Part, compose_bulletin};
use crate::report::message;
use crate::report::payment;
use crate::time::{Span, Timestamp};

/// A message that is under way for so long is a trouble that the status shows.
const LATE: Span = Span::hours(1);

/// Tries one way of one message.
pub fn attempt(
    memory: &mut Memory,
    at: usize,
    on: On,
    now: Timestamp,
    settings: &Settings,
    ways: &mut dyn Ways,
) {
    let Some(queued) = memory.queue.get_mut(at) else { return };
    let Some(contact) = settings.contact(&queued.to) else {
        // `decide` takes the message of a contact that is gone out of the queue.
        *queued.way(on) = Way::Over;
        return;
    };
    let done = match on {
        On::Mail => mail(queued, contact, settings, ways),
        On::Webhook => ways.post(contact, &body(queued, settings)),
    };
    let (number, to) = (queued.number, queued.to.clone());
    let Err(Unsent { problem: Problem { label, detail }, everything }) = done else {
        *queued.way(on) = Way::Over;
        tracing::info!(message = number, to, kind = queued.message.kind.word(), "told");
        memory.dropped.remove(&to);
        return;
    };
    let why = format!("{label}: {detail}");
    tracing::warn!(message = number, to, "not told yet: {why}");
    let failures = match queued.way(on) {
        Way::Waiting { failures, .. } => failures.saturating_add(1),
        Way::Over => 1,
    };
    let not_before = now + wait(&settings.notify.ladder, failures);
    *queued.way(on) = Way::Waiting { failures, not_before, why };
    if everything {
        postpone(memory, on, now, not_before);
    }
}

/// A server that is not there is not there for the other messages either: they wait with it,
/// instead of costing a deadline each.
fn postpone(memory: &mut Memory, on: On, now: Timestamp, until: Timestamp) {
    for queued in &mut memory.queue {
        if let Way::Waiting { not_before, .. } = queued.way(on)
            && *not_before <= now
        {
            *not_before = until;
        }
    }
}

fn wait(ladder: &[u32], failures: u32) -> Span {
    let place = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    let minutes = ladder.get(place).or(ladder.last()).copied().unwrap_or(60);
    Span::minutes(i64::from(minutes))
}

fn mail(
    queued: &Queued,
    contact: &Contact,
    settings: &Settings,
    ways: &mut dyn Ways,
) -> Result<(), Unsent> {
    let Some(to) = &contact.address else { return Ok(()) };
    let letter = letter(queued, to, settings, ways)?;
    ways.mail(to, &letter)
}

/// The same letter each time, as long as the addresses stay.
fn letter(
    queued: &Queued,
    to: &str,
    settings: &Settings,
    ways: &dyn Ways,
) -> Result<Vec<u8>, Unsent> {
    let message = &queued.message;
    let attachments = message.attached.iter().filter_map(|one| {
        // A kept file that is gone holds back no message.
        let bytes = ways.kept(&one.kept)?;
        let (name, content_type) = (Some(one.name.clone()), one.content_type.clone());
        Some(Part { name, content_type, bytes })
    });
    let pictures = message.payments.iter().enumerate().filter_map(|(at, link)| {
        let bytes = payment::png(link)?;
        let name = format!("payment-{}", at + 1);
        let (id, name) = (format!("{name}@certpost"), Some(format!("{name}.png")));
        Some((id, Part { name, content_type: "image/png".into(), bytes }))
    });
    let from = &settings.notify.from;
    let bulletin = Bulletin {
        from: from.clone(),
        to: to.to_owned(),
        message_id: queued.id(domain(from)),
        date: queued.at,
        subject: message.subject.clone(),
        text: message.text.clone(),
        html: message.html.clone(),
        pictures: pictures.collect(),
        attachments: attachments.collect(),
    };
    compose_bulletin(&bulletin).map_err(|error| Unsent::this("message-unsent", error.to_string()))
}

fn domain(address: &str) -> &str {
    address.split_once('@').map_or("certpost", |(_, domain)| domain)
}

/// Sends a test message to a contact, now and by each of its ways.
pub fn try_out(
    contact: &Contact,
    settings: &Settings,
    ways: &mut dyn Ways,
    now: Timestamp,
) -> Vec<(On, Result<(), Unsent>)> {
    let message = message::test(&settings.organisation, &contact.name, contact.language);
    let begun = |wanted| Way::begun(wanted, now);
    let queued = Queued {
        number: 0,
        to: contact.name.clone(),
        at: now,
        message,
        mail: begun(contact.address.is_some()),
        webhook: begun(contact.webhook.is_some()),
    };
    let mut tried = Vec::new();
    if contact.address.is_some() {
        tried.push((On::Mail, mail(&queued, contact, settings, ways)));
    }
    if contact.webhook.is_some() {
        tried.push((On::Webhook, ways.post(contact, &body(&queued, settings))));
    }
    tried
}

/// docs/messages.md describes it; `docs/message.schema.json` is its schema.
fn body(queued: &Queued, settings: &Settings) -> String {
    let message = &queued.message;
    serde_json::json!({
        "format": 1,
        "id": queued.id(domain(&settings.notify.from)),
        "at": queued.at.to_string(),
        "severity": message.severity,
        "kind": message.kind.word(),
        "organisation": settings.organisation.name,
        "code": settings.organisation.code,
        "about": message.about,
        "subject": message.subject,
        "text": message.short,
        "body": message.text,
        "action": message.action,
    })
    .to_string()
}

/// Takes out what is done, and gives up what could not be sent for too long.
pub fn tidy(memory: &mut Memory, now: Timestamp, settings: &Settings) {
    let keep = Span::days(i64::from(settings.notify.keep_days));
    let (dropped, longest) = (&mut memory.dropped, longest(&settings.notify.ladder));
    memory.queue.retain_mut(|queued| {
        for on in [On::Mail, On::Webhook] {
            // After a clock was set back nothing may wait longer than the ladder says.
            if let Way::Waiting { not_before, .. } = queued.way(on) {
                *not_before = (*not_before).min(now + longest);
            }
        }
        if queued.is_over() {
            return false;
        }
        if now - queued.at <= keep {
            return true;
        }
        let why = waiting_for(queued);
        let (to, subject) = (&queued.to, &queued.message.subject);
        tracing::error!(message = queued.number, to, "given up after {}: {why}", queued.at);
        dropped.insert(to.clone(), format!("«{subject}» of {} was given up: {why}", queued.at));
        false
    });
}

fn longest(ladder: &[u32]) -> Span {
    Span::minutes(i64::from(ladder.iter().copied().max().unwrap_or(60)))
}

fn waiting_for(queued: &Queued) -> String {
    let why = [&queued.mail, &queued.webhook].into_iter().filter_map(|way| match way {
        Way::Waiting { why, failures: 1.., .. } => Some(why.as_str()),
        Way::Waiting { .. } | Way::Over => None,
    });
    why.collect::<Vec<_>>().join("; ")
}

/// What people do not get, a trouble for each contact.
pub fn unsent(memory: &Memory, now: Timestamp) -> Vec<Problem> {
    let mut troubles: Vec<Problem> = Vec::new();
    let mut named: Vec<&str> = Vec::new();
    for queued in memory.queue.iter().filter(|queued| now - queued.at >= LATE) {
        let why = waiting_for(queued);
        if why.is_empty() || named.contains(&queued.to.as_str()) {
            continue;
        }
        named.push(&queued.to);
        troubles.push(trouble(format!("{} is not told since {}: {why}", queued.to, queued.at)));
    }
    for (to, what) in &memory.dropped {
        troubles.push(trouble(format!("{to} was not told: {what}")));
    }
    troubles
}

fn trouble(detail: String) -> Problem {
    Problem { label: "message-unsent".into(), detail }
}
