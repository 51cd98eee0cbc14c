//! What Prometheus reads.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use certpost::exchange::Problem;
use certpost::report::Snapshot;
use certpost::status::metrics::render;
use certpost::store::memory::Memory;
use certpost::store::{Commit, Store};
use certpost::time::Span;

use super::exposition::{Family, read};
use super::moment::{quiet_snapshot, rich_snapshot};
use super::{board, get, open, then, trouble};

fn families(snapshot: Snapshot) -> BTreeMap<String, Family> {
    let board = board(snapshot);
    read(&render(&board.newest(), &board.commits.so_far())).unwrap()
}

/// The value of the only sample with these labels.
fn value(families: &BTreeMap<String, Family>, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let family = families.get(name).unwrap_or_else(|| panic!("there is no {name}"));
    let fits = |(label, value): &(&str, &str), known: &BTreeMap<String, String>| {
        known.get(*label).is_some_and(|known| known == value)
    };
    let mut found =
        family.samples.iter().filter(|one| labels.iter().all(|pair| fits(pair, &one.labels)));
    let value = found.next()?.value;
    assert!(found.next().is_none(), "several of {name} {labels:?}");
    Some(value)
}

#[test]
fn a_rich_moment_is_told_in_numbers() {
    let mut snapshot = rich_snapshot();
    snapshot.troubles = vec![trouble("imap-login")];
    let told = families(snapshot.clone());
    let director = &snapshot.holders[0];
    let signing = &director.certificates[0];
    let labels = [("holder", "director"), ("role", "director"), ("usage", "signing")];
    let end = signing.not_after.0 as f64;
    assert_eq!(value(&told, "certpost_certificate_not_after_seconds", &labels), Some(end));
    let due = (signing.not_after - Span::days(i64::from(director.lead_days))).0 as f64;
    let labels = [("holder", "director")];
    assert_eq!(value(&told, "certpost_renewal_due_timestamp_seconds", &labels), Some(due));
    let certificates: usize = snapshot.holders.iter().map(|holder| holder.certificates.len()).sum();
    assert_eq!(told["certpost_certificate_not_after_seconds"].samples.len(), certificates);

    let stage = |exchange: &str, stage: &str| {
        let labels = [("exchange", exchange), ("stage", stage)];
        value(&told, "certpost_exchange_stage", &labels)
    };
    assert_eq!(stage("director-1", "refused"), Some(1.0));
    assert_eq!(stage("seal-1", "awaiting-payment"), Some(1.0));
    assert_eq!(stage("accountant-1", "acknowledged"), Some(1.0));
    assert_eq!(stage("employee-1", "installed"), None, "closed exchanges are not told");
    let open = |party| value(&told, "certpost_exchanges_open", &[("waits_for", party)]);
    assert_eq!((open("person"), open("authority"), open("us")), (Some(2.0), Some(2.0), Some(0.0)));

    let success =
        value(&told, "certpost_last_success_timestamp_seconds", &[("holder", "employee")]);
    assert!(success.is_some_and(|at| at > 0.0 && at < then().0 as f64));
    let failures = |cause| value(&told, "certpost_failures_total", &[("cause", cause)]);
    assert_eq!(failures("smtp-unreachable"), Some(1.0));
    assert_eq!(failures("smtp-uncertain"), Some(1.0));
    assert_eq!(failures("refused"), Some(1.0));
    assert_eq!(value(&told, "certpost_trouble", &[("cause", "imap-login")]), Some(1.0));
    assert_eq!(value(&told, "certpost_quarantine_letters", &[]), Some(1.0));
    assert_eq!(value(&told, "certpost_unclaimed_letters", &[]), Some(2.0));
    let read = snapshot.mailbox_read.unwrap().0 as f64;
    assert_eq!(value(&told, "certpost_mailbox_last_read_timestamp_seconds", &[]), Some(read));
}

#[test]
fn names_hold_their_unit_and_the_whole_is_well_formed_when_nothing_is_there() {
    let mut empty = quiet_snapshot();
    empty.holders.clear();
    empty.mailbox_read = None;
    for snapshot in [rich_snapshot(), quiet_snapshot(), empty] {
        for (name, family) in families(snapshot) {
            assert!(name.starts_with("certpost_"), "{name}");
            assert!(family.help.ends_with('.'), "{name}");
            let is_moment = family.samples.iter().any(|one| one.value > 1e9);
            assert!(!is_moment || name.ends_with("_seconds"), "{name} has a moment and no unit");
        }
    }
}

#[test]
fn labels_are_escaped_whatever_a_person_called_a_holder() {
    let mut snapshot = quiet_snapshot();
    snapshot.holders[0].id = "a\"b\\c\nd}".into();
    let told = families(snapshot);
    let labels = [("holder", "a\"b\\c\nd}")];
    assert!(value(&told, "certpost_renewal_due_timestamp_seconds", &labels).is_some());
}

#[test]
fn rounds_with_troubles_and_failures_are_counted() {
    let board = board(rich_snapshot());
    let mut snapshot = rich_snapshot();
    // Two folders that are missing are one trouble of this round.
    snapshot.troubles = vec![trouble("imap-login"), trouble("clock")];
    board.round_done(Arc::new(snapshot.clone()));
    board.round_done(Arc::new(snapshot));
    board.round_failed("the disk is full".into());
    let told = read(&render(&board.newest(), &board.commits.so_far())).unwrap();
    let rounds = |outcome| value(&told, "certpost_rounds_total", &[("outcome", outcome)]);
    assert_eq!((rounds("done"), rounds("failed")), (Some(3.0), Some(1.0)));
    let troubled = value(&told, "certpost_troubled_rounds_total", &[("cause", "clock")]);
    assert_eq!(troubled, Some(2.0));
    assert_eq!(value(&told, "certpost_clock_trusted", &[]), Some(0.0));
    assert_eq!(value(&told, "certpost_round_failed", &[]), Some(1.0));
}

#[test]
fn a_label_that_comes_twice_in_a_round_is_one_troubled_round() {
    let board = board(rich_snapshot());
    let mut snapshot = rich_snapshot();
    let missing = |folder: &str| Problem { label: "imap-folder".into(), detail: folder.into() };
    snapshot.troubles = vec![missing("A"), missing("B")];
    board.round_done(Arc::new(snapshot));
    let told = read(&render(&board.newest(), &board.commits.so_far())).unwrap();
    let troubled = value(&told, "certpost_troubled_rounds_total", &[("cause", "imap-folder")]);
    assert_eq!(troubled, Some(1.0));
    assert_eq!(value(&told, "certpost_trouble", &[("cause", "imap-folder")]), Some(1.0));
}

#[test]
fn every_commit_is_timed() {
    let board = board(quiet_snapshot());
    // A stopwatch that always says 30 ms.
    let store = certpost::status::Timed {
        store: Arc::new(Memory::default()),
        commits: Arc::clone(&board.commits),
        stopwatch: || || Duration::from_millis(30),
    };
    for _ in 0..2 {
        store.commit(&Commit::default()).unwrap();
    }
    let told = read(&render(&board.newest(), &board.commits.so_far())).unwrap();
    let family = &told["certpost_commit_duration_seconds"];
    let of = |le: &str| {
        let bucket = family.samples.iter().find(|one| one.labels.get("le") == Some(&le.to_owned()));
        bucket.unwrap().value
    };
    assert_eq!((of("0.01"), of("0.05"), of("+Inf")), (0.0, 2.0, 2.0));
    let sum = family.samples.iter().find(|one| one.name.ends_with("_sum")).unwrap().value;
    assert!((sum - 0.06).abs() < 1e-9, "{sum}");
}

#[test]
fn prometheus_gets_its_own_content_type() {
    let board = board(rich_snapshot());
    let (_page, address) = open(&board, then);
    let answer = get(address, "/metrics");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    read(&answer.body).unwrap();
}
