//! What is to be told to whom. Pure.
//!
//! It looks at what is so, not at what happened: after a crash the same decision is made again,
//! and a cause that did not change is known by its mark.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};

use super::Settings;
use super::memory::{Day, Memory, Queued, Told, Way};
use crate::config::{Contact, ContactRole, Weekly};
use crate::report::message::{self, Cause, Item, Kind, Message};
use crate::report::{Severity, Snapshot};
use crate::time::{Span, Timestamp};

/// Quarantine grows with every forged letter; it is told at most so often.
const QUARANTINE: Span = Span::days(1);

/// A news: a cause that began or changed, or the end of one.
enum News {
    Is(Cause),
    Over { about: String, kind: Kind },
}

impl News {
    /// The kind that says whose business it is.
    fn of(&self) -> (Kind, Severity) {
        match self {
            News::Is(cause) => (cause.kind, cause.severity),
            News::Over { kind, .. } => (*kind, Severity::Success),
        }
    }
}

/// Puts what is to be told now into the queue, and remembers that it was.
pub fn decide(memory: &mut Memory, snapshot: &Snapshot, settings: &Settings) {
    let now = snapshot.now;
    let news = news(memory, snapshot, settings);
    let today = now.date(&settings.zone);
    for contact in &settings.contacts {
        let mut groups: Vec<Vec<Item>> = held_before(memory, contact, today).into_iter().collect();
        for item in news.iter().filter_map(|news| item(news, snapshot, contact, settings)) {
            // What is of one kind goes together: three renewals that succeeded are one message.
            match groups.iter_mut().find(|group| is_like(group, &item)) {
                Some(group) => group.push(item),
                None => groups.push(vec![item]),
            }
        }
        for group in groups {
            enqueue(memory, contact, group, today, now, settings);
        }
    }
    // Who left the configuration is owed nothing.
    memory.days.retain(|name, _| settings.contact(name).is_some());
    memory.queue.retain(|queued| settings.contact(&queued.to).is_some());
    digest(memory, snapshot, settings);
}

/// Compares what is so with what was told.
fn news(memory: &mut Memory, snapshot: &Snapshot, settings: &Settings) -> Vec<News> {
    let now = snapshot.now;
    let causes = message::causes(snapshot, &settings.notify.days);
    let mut news = Vec::new();
    for cause in &causes {
        let told = memory.told.get_mut(&cause.about).filter(|told| told.kind == cause.kind);
        match told {
            Some(told) => {
                told.gone = None;
                let often = cause.kind == Kind::Quarantined && now - told.at < QUARANTINE;
                if !often && told.marks.insert(cause.mark.clone()) {
                    told.at = now;
                    news.push(News::Is(cause.clone()));
                }
            }
            None => {
                let marks = BTreeSet::from([cause.mark.clone()]);
                let told = Told { kind: cause.kind, marks, at: now, gone: None };
                memory.told.insert(cause.about.clone(), told);
                news.push(News::Is(cause.clone()));
            }
        }
    }
    let calm = Span::minutes(i64::from(settings.notify.calm_minutes));
    memory.told.retain(|about, told| {
        if causes.iter().any(|cause| cause.about == *about) {
            return true;
        }
        if !is_trouble(told.kind) {
            return false;
        }
        // A clock that was set back must not keep a trouble alive.
        let since = told.gone.unwrap_or(now).min(now);
        told.gone = Some(since);
        if now - since < calm {
            return true;
        }
        news.push(News::Over { about: about.clone(), kind: told.kind });
        false
    });
    news
}

/// Whether people want to hear that it is over.
fn is_trouble(kind: Kind) -> bool {
    match kind {
        Kind::Trouble
        | Kind::Failing
        | Kind::Stalled
        | Kind::Refused
        | Kind::NotInstalled
        | Kind::HookFailed => true,
        Kind::Invoiced
        | Kind::Consent
        | Kind::Ending
        | Kind::Quarantined
        | Kind::Succeeded
        | Kind::Resolved
        | Kind::Gathered
        | Kind::Digest
        | Kind::Test => false,
    }
}

/// The news in the contact's language, when it is the contact's business.
fn item(news: &News, snapshot: &Snapshot, contact: &Contact, settings: &Settings) -> Option<Item> {
    let (kind, severity) = news.of();
    let wanted = roles(kind, severity);
    let has = |contact: &Contact| contact.roles.iter().any(|role| wanted.contains(role));
    // What is nobody's business is everybody's: better told twice than to no one.
    let nobody = !settings.contacts.iter().any(has);
    if !has(contact) && !nobody {
        return None;
    }
    let technical = contact.roles.contains(&ContactRole::Administrator);
    match news {
        News::Is(cause) => message::item(snapshot, cause, contact.language, technical),
        News::Over { about, .. } => message::over(snapshot, about, contact.language),
    }
}

fn roles(kind: Kind, severity: Severity) -> &'static [ContactRole] {
    use ContactRole::{Accountant, Administrator};
    match kind {
        Kind::Trouble
        | Kind::Failing
        | Kind::NotInstalled
        | Kind::HookFailed
        | Kind::Quarantined => &[Administrator],
        Kind::Refused | Kind::Invoiced | Kind::Consent | Kind::Succeeded => &[Accountant],
        // In the last week it is everybody's.
        Kind::Ending if severity < Severity::Error => &[Accountant],
        Kind::Ending
        | Kind::Stalled
        | Kind::Resolved
        | Kind::Gathered
        | Kind::Digest
        | Kind::Test => &[Administrator, Accountant],
    }
}

fn is_like(group: &[Item], item: &Item) -> bool {
    // Troubles have little in common; each has a subject of its own.
    let alone = matches!(item.kind, Kind::Trouble | Kind::Refused);
    !alone && group.iter().all(|one| one.kind == item.kind)
}

/// A new day begins: what was too much for an earlier one is due.
fn held_before(memory: &mut Memory, contact: &Contact, today: Date) -> Option<Vec<Item>> {
    let fresh = Day { day: today, messages: 0, held: Vec::new() };
    match memory.days.get_mut(&contact.name) {
        Some(day) if day.day == today => None,
        Some(day) => {
            let held = std::mem::replace(day, fresh).held;
            (!held.is_empty()).then_some(held)
        }
        None => {
            memory.days.insert(contact.name.clone(), fresh);
            None
        }
    }
}

fn enqueue(
    memory: &mut Memory,
    contact: &Contact,
    items: Vec<Item>,
    today: Date,
    now: Timestamp,
    settings: &Settings,
) {
    let fresh = Day { day: today, messages: 0, held: Vec::new() };
    let day = memory.days.entry(contact.name.clone()).or_insert(fresh);
    if day.messages >= settings.notify.per_day {
        day.held.extend(items);
        return;
    }
    day.messages += 1;
    let last = day.messages == settings.notify.per_day;
    let message = message::write(&settings.organisation, &items, contact.language, last);
    put(memory, contact, message, now);
}

fn put(memory: &mut Memory, contact: &Contact, message: Message, now: Timestamp) {
    memory.count += 1;
    memory.queue.push(Queued {
        number: memory.count,
        to: contact.name.clone(),
        at: now,
        message,
        mail: Way::begun(contact.address.is_some(), now),
        webhook: Way::begun(contact.webhook.is_some(), now),
    });
}

/// The week's digest, once for each appointed hour; after a long absence once.
fn digest(memory: &mut Memory, snapshot: &Snapshot, settings: &Settings) {
    let now = snapshot.now;
    let Some(weekly) = settings.notify.digest else { return };
    // Of the time before the first round there is nothing to sum up.
    let last = *memory.digest.get_or_insert(now);
    if last > now {
        memory.digest = Some(now);
    }
    let Some(appointed) = appointed(now, weekly, settings) else { return };
    if last >= appointed {
        return;
    }
    memory.digest = Some(now);
    for contact in &settings.contacts {
        let message = message::digest(snapshot, contact.language);
        put(memory, contact, message, now);
    }
}

/// The newest appointed hour that is not after `now`.
fn appointed(now: Timestamp, weekly: Weekly, settings: &Settings) -> Option<Timestamp> {
    let Weekly { day, hour } = weekly;
    let today = now.date(&settings.zone);
    let back = |days: i64| today.checked_sub(jiff::Span::new().days(days)).ok();
    (0..=7).filter_map(back).filter(|date| is_on(*date, day)).find_map(|date| {
        let at = Timestamp::from_civil(date.at(hour, 0, 0, 0), &settings.zone);
        (at <= now).then_some(at)
    })
}

fn is_on(date: Date, day: Weekday) -> bool {
    date.weekday() == day
}
