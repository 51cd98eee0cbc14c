//! How version 1 looks on disks, frozen in `v1.jsonl`: one record a line. Old databases stay readable
//! as long as these tests hold; when a change of ours breaks them, it needs a version 2.

use proptest::prelude::*;

use super::contract::{START, arrival, policy, policy_digest};
use super::record::{self, Record, Unsealed};
use super::{Entry, Fate, Owner};
use crate::crypto::digest;
use crate::exchange::{
    Anomaly, Dispatch, DocumentNumber, Event, Exchange, ExchangeId, Gate, Grant, Invoice, Money,
    Note, Obstacle, Party, Problem, Purpose, Refusal, Retry, SendFailure, Stage, StageName, Word,
};
use crate::time::Span;

const FROZEN: &str = include_str!("v1.jsonl");

fn dispatch() -> Dispatch {
    let retry = Retry { failures: 2, not_before: Some(START + Span::minutes(5)) };
    Dispatch {
        sends: 1,
        last_sent: Some(START),
        delivered: Some(START + Span::minutes(1)),
        paid: Some("17".into()),
        retry,
        ..Dispatch::new(DocumentNumber("26501234567890J1391801".into()), digest(b"parcel"))
    }
}

fn grant() -> Grant {
    let document = DocumentNumber("doc-1".into());
    Grant { document, bundle: digest(b"bundle"), attempt: 1, at: START }
}

fn invoice() -> Invoice {
    let amount = Money { minor: 34_900, currency: "UAH".into() };
    Invoice { number: "17".into(), amount, due: Some(START), receipt: digest(b"invoice") }
}

fn refusal() -> Refusal {
    let reasons = vec!["Дані не збігаються".into(), "друга причина".into()];
    Refusal { code: Some("E12".into()), reasons, receipt: digest(b"refusal") }
}

fn problem() -> Problem {
    Problem { label: "key-password".into(), detail: "keys/director".into() }
}

fn stages() -> Vec<Stage> {
    let (at, until) = (START, START + Span::hours(2));
    let retry = Retry::default();
    let gates = vec![Gate::Agreement, Gate::PhoneCode, Gate::Approval];
    let stalled = |obstacle| {
        let was = Box::new(Stage::Prepared { dispatch: dispatch() });
        Stage::Stalled { obstacle, was, at }
    };
    vec![
        Stage::Opened { retry },
        Stage::Gated { dispatch: dispatch(), gates, until },
        Stage::Prepared { dispatch: dispatch() },
        Stage::Sent { dispatch: dispatch(), certain: false, until },
        Stage::Acknowledged { dispatch: dispatch(), until },
        Stage::AwaitingPayment { dispatch: dispatch(), invoice: invoice(), until },
        Stage::Granted { grant: grant(), retry },
        Stage::Installed { grant: grant(), at },
        Stage::Refused { dispatch: dispatch(), refusal: refusal(), at },
        stalled(Obstacle::Preparation(problem())),
        stalled(Obstacle::Transport(problem())),
        stalled(Obstacle::Silence),
        stalled(Obstacle::Installation(problem())),
        stalled(Obstacle::GateClosed(Gate::Approval)),
        Stage::Expired { was: Box::new(stalled(Obstacle::Silence)), at },
        Stage::Withdrawn { at, dispatch: Some(dispatch()) },
        Stage::Withdrawn { at, dispatch: None },
    ]
}

fn exchanges() -> Vec<Exchange> {
    let exchange = |(number, stage): (u32, Stage)| Exchange {
        id: ExchangeId(format!("director-{number}")),
        holder: "director".into(),
        purpose: if number.is_multiple_of(2) { Purpose::Renewal } else { Purpose::Notice },
        opened_at: START,
        deadline: START + Span::days(40),
        attempt: number,
        stage,
    };
    (1..).zip(stages()).map(exchange).collect()
}

fn events() -> Vec<Event> {
    let heard = |word| Event::Heard { word, attempt: 1 };
    vec![
        Event::Prepared { dispatch: dispatch(), gates: vec![Gate::Approval] },
        Event::PrepareFailed { problem: problem(), lasting: true },
        Event::GatePassed(Gate::Approval),
        Event::Sent,
        Event::SendFailed(SendFailure::Later(problem())),
        Event::SendFailed(SendFailure::Rejected(problem())),
        Event::SendFailed(SendFailure::Uncertain(problem())),
        Event::Bounced { problem: problem(), lasting: false },
        heard(Word::Delivered),
        heard(Word::Invoiced(invoice())),
        heard(Word::Granted(grant())),
        heard(Word::Refused(refusal())),
        Event::Paid { reference: "платіжка 5".into() },
        Event::Installed,
        Event::InstallFailed { problem: problem(), lasting: false },
        Event::Retried,
        Event::Withdrawn { reason: "знайдено наступника".into() },
        Event::Woke,
    ]
}

fn entries() -> Vec<Entry> {
    let notes = [
        Note::Moved { from: StageName::Opened, to: StageName::Prepared },
        Note::Updated { stage: StageName::AwaitingPayment },
        Note::Unexpected {
            stage: StageName::Sent,
            waited_for: Party::Authority,
            came: "sent".into(),
            why: Anomaly::NotWaitedFor,
        },
    ];
    let entry = |(number, event): (usize, Option<Event>)| Entry {
        exchange: ExchangeId("director-1".into()),
        at: START,
        note: event.as_ref().map(|_| notes[number % 3].clone()),
        event,
        policy: policy_digest(),
        cause: number.is_multiple_of(2).then(|| digest(b"letter")),
        words: "Квитанція №1".into(),
    };
    std::iter::once(None).chain(events().into_iter().map(Some)).enumerate().map(entry).collect()
}

fn fates() -> Vec<Fate> {
    let reason = || "чому".to_owned();
    vec![
        Fate::Claimed(ExchangeId("director-1".into())),
        Fate::Unclaimed { reason: reason() },
        Fate::Quarantined { reason: reason() },
        Fate::PassedOver { reason: reason() },
    ]
}

/// Compares each value with its frozen line, and reads the line back.
fn frozen<'l, R>(values: Vec<R>, lines: &mut impl Iterator<Item = &'l str>)
where
    R: Record + PartialEq + std::fmt::Debug,
{
    for value in values {
        let now = serde_json::to_string(&value.to_stored()).unwrap();
        let line = lines.next().unwrap_or_else(|| panic!("no frozen line for {now}"));
        assert_eq!(now, line);
        let sealed = record::seal(&[b"tree", b"key"], line.as_bytes());
        assert_eq!(record::decode::<R>(&[b"tree", b"key"], &sealed).unwrap(), value);
    }
}

#[test]
fn version_1_looks_as_it_always_did() {
    let mut lines = FROZEN.lines();
    frozen(exchanges(), &mut lines);
    frozen(entries(), &mut lines);
    let arrivals = fates().into_iter().map(|fate| arrival(b"raw", &[b"a", b"b"], fate));
    frozen(arrivals.collect(), &mut lines);
    frozen(vec![Owner { exchange: ExchangeId("director-1".into()), attempt: 3 }], &mut lines);
    frozen(vec![policy()], &mut lines);
    assert_eq!(lines.next(), None);
}

#[test]
fn a_record_in_another_place_is_not_that_record() {
    let sealed = record::encode(&[b"values", b"a"], &"text".to_owned()).unwrap();
    assert_eq!(record::decode::<String>(&[b"values", b"a"], &sealed).unwrap(), "text");
    for place in [[&b"values"[..], b"b"], [b"value", b"sa"], [b"other", b"a"]] {
        assert!(matches!(record::decode::<String>(&place, &sealed), Err(Unsealed::Damaged(_))));
    }
}

#[test]
fn every_flipped_bit_of_a_record_is_noticed() {
    let sealed = record::encode(&[b"t"], &exchanges()[3]).unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut spoilt = sealed.clone();
        spoilt[bit / 8] ^= 1 << (bit % 8);
        let error = record::decode::<Exchange>(&[b"t"], &spoilt).unwrap_err();
        assert!(matches!(error, Unsealed::Damaged(_)), "bit {bit}");
    }
    for length in 0..sealed.len() {
        record::decode::<Exchange>(&[b"t"], &sealed[..length]).unwrap_err();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>, payload: Vec<u8>) {
        let _ = record::decode::<Exchange>(&[b"t"], &bytes);
        let _ = record::decode::<Entry>(&[b"t"], &record::seal(&[b"t"], &payload));
    }
}
