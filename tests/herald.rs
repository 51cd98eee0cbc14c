//! Who is told what, and when: the pure decision over made-up moments, and the outbox over ways
//! that fail on order.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "herald/decisions.rs"]
mod decisions;
#[path = "herald/invoices.rs"]
mod invoices;
#[allow(dead_code, reason = "the report's tests use more of it")]
#[path = "report/moment.rs"]
mod moment;
#[path = "herald/outbox.rs"]
mod outbox;

use std::path::Path;

use certpost::config::{Config, Contact, ContactRole, example};
use certpost::exchange::Problem;
use certpost::herald::{Memory, Settings, decide};
use certpost::report::message::Kind;
use certpost::report::{Language, Snapshot};
use certpost::time::{Span, Timestamp};

/// The manual's settings, with an administrator and an accountant.
fn settings() -> Settings {
    let config = Config::read(example(), Path::new("/etc/certpost")).unwrap();
    let contact = |name: &str, role| Contact {
        name: name.into(),
        roles: vec![role],
        address: Some(format!("{name}@zrazok.example")),
        language: Language::En,
        webhook: None,
    };
    Settings {
        organisation: config.organisation,
        zone: jiff::tz::TimeZone::get("Europe/Kyiv").unwrap(),
        notify: config.notify,
        contacts: vec![
            contact("admin", ContactRole::Administrator),
            contact("olena", ContactRole::Accountant),
        ],
    }
}

/// All is well, and when the mailbox was read does not matter.
fn quiet() -> Snapshot {
    Snapshot { mailbox_read: None, ..moment::quiet_snapshot() }
}

fn problem(label: &str, detail: &str) -> Problem {
    Problem { label: label.into(), detail: detail.into() }
}

/// Decides at `now`, and takes what was decided out of the queue: to whom, what kind, the subject.
fn told(
    memory: &mut Memory,
    snapshot: &Snapshot,
    now: Timestamp,
    settings: &Settings,
) -> Vec<(String, Kind, String)> {
    let snapshot = Snapshot { now, ..snapshot.clone() };
    decide(memory, &snapshot, settings);
    let queue = std::mem::take(&mut memory.queue);
    queue.into_iter().map(|one| (one.to, one.message.kind, one.message.subject)).collect()
}

fn minutes(n: i64) -> Span {
    Span::minutes(n)
}
