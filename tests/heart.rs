//! The rules of the heart: the golden table of stage × event, and what must hold for any history.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use certpost::authority::Profile;
use certpost::exchange::*;
use certpost::time::{Span, Timestamp};
use proptest::prelude::*;

const NOW: Timestamp = Timestamp(1_795_330_800);

fn policy() -> Policy {
    Profile::built_in("sota").unwrap().unwrap().policy
}

fn problem() -> Problem {
    Problem { label: "smtp-unreachable".into(), detail: "no route".into() }
}

fn dispatch(sends: u32) -> Dispatch {
    let mut dispatch = Dispatch::new(DocumentNumber("DOC2".into()), Digest([2; 32]));
    dispatch.sends = sends;
    dispatch
}

fn invoice(number: &str) -> Invoice {
    Invoice {
        number: number.into(),
        amount: Money { minor: 34_900, currency: "UAH".into() },
        due: None,
        receipt: Digest([3; 32]),
    }
}

fn grant(attempt: u32, bundle: u8) -> Grant {
    let document = DocumentNumber(format!("DOC{attempt}"));
    Grant { document, bundle: Digest([bundle; 32]), attempt, at: NOW }
}

fn refusal() -> Refusal {
    Refusal {
        code: None, reasons: vec!["немає оплати".into()], receipt: Digest([4; 32])
    }
}

fn exchange(stage: Stage) -> Exchange {
    let id = ExchangeId("director-1".into());
    let deadline = NOW + Span::days(45);
    let opened = Exchange::open(id, "director".into(), Purpose::Renewal, deadline, NOW);
    Exchange { attempt: 2, stage, ..opened }
}

/// Every stage, and the ones inside `Stalled` and `Expired` that behave differently.
fn stages() -> Vec<(&'static str, Stage)> {
    let later = NOW + Span::days(1);
    let opened = Stage::Opened { retry: Retry::default() };
    let gated = Stage::Gated { dispatch: dispatch(0), gates: vec![Gate::Approval], until: later };
    let prepared = Stage::Prepared { dispatch: dispatch(0) };
    let sent = Stage::Sent { dispatch: dispatch(1), certain: true, until: later };
    let acknowledged = Stage::Acknowledged { dispatch: dispatch(1), until: later };
    let awaiting =
        Stage::AwaitingPayment { dispatch: dispatch(1), invoice: invoice("1482"), until: later };
    let granted = Stage::Granted { grant: grant(2, 9), retry: Retry::default() };
    let refused = Stage::Refused { dispatch: dispatch(1), refusal: refusal(), at: NOW };
    let stalled =
        |obstacle, was: &Stage| Stage::Stalled { obstacle, was: Box::new(was.clone()), at: NOW };
    let expired = |was: &Stage| Stage::Expired { was: Box::new(was.clone()), at: NOW };
    vec![
        ("opened", opened.clone()),
        ("gated", gated.clone()),
        ("prepared", prepared.clone()),
        ("sent", sent.clone()),
        ("acknowledged", acknowledged.clone()),
        ("awaiting-payment", awaiting.clone()),
        ("granted", granted.clone()),
        ("installed", Stage::Installed { grant: grant(2, 9), at: NOW }),
        ("refused", refused.clone()),
        ("withdrawn", Stage::Withdrawn { at: NOW, dispatch: None }),
        ("stalled(opened)", stalled(Obstacle::Preparation(problem()), &opened)),
        ("stalled(gated)", stalled(Obstacle::GateClosed(Gate::Approval), &gated)),
        ("stalled(prepared)", stalled(Obstacle::Transport(problem()), &prepared)),
        ("stalled(sent)", stalled(Obstacle::Silence, &sent)),
        ("stalled(acknowledged)", stalled(Obstacle::Silence, &acknowledged)),
        ("stalled(granted)", stalled(Obstacle::Installation(problem()), &granted)),
        ("expired(opened)", expired(&opened)),
        ("expired(sent)", expired(&sent)),
        ("expired(awaiting-payment)", expired(&awaiting)),
        ("expired(refused)", expired(&refused)),
    ]
}

fn events() -> Vec<(&'static str, Event)> {
    let heard = |word, attempt| Event::Heard { word, attempt };
    vec![
        ("prepared", Event::Prepared { dispatch: dispatch(0), gates: vec![] }),
        ("prepared, gates", Event::Prepared { dispatch: dispatch(0), gates: vec![Gate::Approval] }),
        ("prepare-failed", Event::PrepareFailed { problem: problem(), lasting: false }),
        ("prepare-failed for good", Event::PrepareFailed { problem: problem(), lasting: true }),
        ("gate-passed", Event::GatePassed(Gate::Approval)),
        ("sent", Event::Sent),
        ("send-failed-later", Event::SendFailed(SendFailure::Later(problem()))),
        ("send-rejected", Event::SendFailed(SendFailure::Rejected(problem()))),
        ("send-uncertain", Event::SendFailed(SendFailure::Uncertain(problem()))),
        ("bounced", Event::Bounced { problem: problem(), lasting: true }),
        ("delayed", Event::Bounced { problem: problem(), lasting: false }),
        ("delivered", heard(Word::Delivered, 2)),
        ("invoiced", heard(Word::Invoiced(invoice("1482")), 2)),
        ("invoiced anew", heard(Word::Invoiced(invoice("1500")), 2)),
        ("granted", heard(Word::Granted(grant(2, 9)), 2)),
        ("granted otherwise", heard(Word::Granted(grant(2, 8)), 2)),
        ("granted, attempt 1", heard(Word::Granted(grant(1, 7)), 1)),
        ("refused", heard(Word::Refused(refusal()), 2)),
        ("refused, attempt 1", heard(Word::Refused(refusal()), 1)),
        ("delivered, attempt 3", heard(Word::Delivered, 3)),
        ("paid", Event::Paid { reference: "12".into() }),
        ("installed", Event::Installed),
        ("install-failed", Event::InstallFailed { problem: problem(), lasting: false }),
        ("install-failed for good", Event::InstallFailed { problem: problem(), lasting: true }),
        ("retried", Event::Retried),
        ("snoozed", Event::Snoozed { until: NOW + Span::days(3) }),
        ("withdrawn", Event::Withdrawn { reason: "no longer needed".into() }),
        ("woke early", Event::Woke),
    ]
}

fn name(stage: &Stage) -> String {
    let inner =
        |was: &Stage| serde_json::to_value(was.name()).unwrap().as_str().unwrap().to_owned();
    match stage {
        Stage::Stalled { was, .. } => format!("stalled({})", inner(was)),
        Stage::Expired { was, .. } => format!("expired({})", inner(was)),
        stage => inner(stage),
    }
}

fn row(stage: &Stage, event: &Event, now: Timestamp) -> String {
    let step = step(&exchange(stage.clone()), event, now, &policy());
    match step.note {
        Note::Moved { .. } => {
            let owes = step.effect.map_or(String::new(), |effect| format!(", owes {effect:?}"));
            let attempt = if step.next.attempt == 2 { "" } else { ", a new attempt" };
            format!("→ {}{attempt}{owes}", name(&step.next.stage))
        }
        Note::Updated { .. } => format!("= {}", name(&step.next.stage)),
        Note::Unexpected { why, .. } => format!("  – {why:?}"),
    }
}

#[test]
fn the_table_of_stages_and_events() {
    let mut table = String::new();
    for (stage_name, stage) in stages() {
        writeln!(table, "{stage_name}").unwrap();
        for (event_name, event) in events() {
            writeln!(table, "    {event_name:<26}{}", row(&stage, &event, NOW)).unwrap();
        }
        for (when, now) in
            [("woke in time", NOW + Span::days(2)), ("woke after the end", NOW + Span::days(46))]
        {
            writeln!(table, "    {when:<26}{}", row(&stage, &Event::Woke, now)).unwrap();
        }
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/stages.txt");
    #[allow(clippy::disallowed_methods)]
    if std::env::var("UPDATE_GOLDEN").is_ok() {
        std::fs::write(path, &table).unwrap();
    }
    let golden = std::fs::read_to_string(path).expect("tests/golden/stages.txt");
    assert!(golden == table, "the rules changed; see them with UPDATE_GOLDEN=1 and git diff");
}

#[test]
fn a_notice_ends_with_the_positive_receipt() {
    let mut notice = exchange(Stage::Sent { dispatch: dispatch(1), certain: true, until: NOW });
    notice.purpose = Purpose::Notice;
    let heard = Event::Heard { word: Word::Granted(grant(2, 9)), attempt: 2 };
    let step = step(&notice, &heard, NOW, &policy());
    assert_eq!(step.next.stage.name(), StageName::Installed);
    assert_eq!(step.effect, None);
}

#[test]
fn a_paid_invoice_that_comes_again_asks_for_nothing() {
    let mut current = exchange(stages()[5].1.clone());
    let paid = Event::Paid { reference: "12".into() };
    let again = Event::Heard { word: Word::Invoiced(invoice("1482")), attempt: 2 };
    for event in [paid, again] {
        current = step(&current, &event, NOW, &policy()).next;
        assert_eq!(current.stage.name(), StageName::Acknowledged);
    }
}

#[test]
fn f01_an_uncertain_send_is_not_sent_again_before_the_first_patience_ends() {
    let sending = exchange(Stage::Prepared { dispatch: dispatch(0) });
    let lost = Event::SendFailed(SendFailure::Uncertain(problem()));
    let sent = step(&sending, &lost, NOW, &policy()).next;
    let until = policy().delivered_within.after(NOW, &policy().calendar);
    assert_eq!(sent.owed(), None);
    assert_eq!(sent.wake_at(), Some(until));
    let woke = step(&sent, &Event::Woke, until, &policy()).next;
    let Stage::Prepared { dispatch: again } = &woke.stage else { panic!("{woke:?}") };
    assert_eq!((again.parcel, again.sends), (dispatch(0).parcel, 1));
}

#[test]
fn silence_ends_with_a_person_after_the_allowed_sends() {
    let (mut current, mut now) = (exchange(Stage::Prepared { dispatch: dispatch(0) }), NOW);
    for _ in 0..policy().max_sends {
        assert_eq!(current.owed().map(|owed| owed.effect), Some(Effect::Send));
        current = step(&current, &Event::Sent, now, &policy()).next;
        now = current.wake_at().unwrap();
        current = step(&current, &Event::Woke, now, &policy()).next;
    }
    let Stage::Stalled { obstacle, .. } = &current.stage else { panic!("{current:?}") };
    assert_eq!(*obstacle, Obstacle::Silence);
}

#[test]
fn the_ladder_climbs_and_stays_on_its_last_rung() {
    let ladder = Ladder(vec![5, 15]);
    let waits: Vec<_> = (1..=4).map(|n| ladder.wait(n)).collect();
    assert_eq!(waits, [5, 15, 15, 15].map(Span::minutes));
    assert_eq!(Ladder(vec![]).wait(1), Span::hours(1));
}

fn golden_edges() -> BTreeSet<(StageName, StageName)> {
    use StageName::*;
    let edges: &[(StageName, &[StageName])] = &[
        (Opened, &[Gated, Prepared, Stalled, Granted, Expired, Withdrawn]),
        (Gated, &[Prepared, Stalled, Granted, Expired, Withdrawn]),
        (
            Prepared,
            &[Sent, Acknowledged, AwaitingPayment, Granted, Refused, Stalled, Expired, Withdrawn],
        ),
        (
            Sent,
            &[
                Prepared,
                Acknowledged,
                AwaitingPayment,
                Granted,
                Refused,
                Stalled,
                Expired,
                Withdrawn,
            ],
        ),
        (Acknowledged, &[Prepared, AwaitingPayment, Granted, Refused, Stalled, Expired, Withdrawn]),
        (AwaitingPayment, &[Acknowledged, Granted, Refused, Expired, Withdrawn]),
        (Granted, &[Installed, Stalled, Withdrawn]),
        (Installed, &[]),
        (Refused, &[Opened, Granted, Expired, Withdrawn]),
        (
            Stalled,
            &[
                Opened,
                Gated,
                Prepared,
                Acknowledged,
                AwaitingPayment,
                Granted,
                Refused,
                Expired,
                Withdrawn,
            ],
        ),
        (Expired, &[Granted, Withdrawn]),
        (Withdrawn, &[]),
    ];
    edges.iter().flat_map(|(from, to)| to.iter().map(|to| (*from, *to))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_history_keeps_the_rules(
        history in prop::collection::vec((0..events().len(), 0i64..200_000), 1..60),
    ) {
        let (policy, events, edges) = (policy(), events(), golden_edges());
        let id = ExchangeId("director-1".into());
        let deadline = NOW + Span::days(45);
        let mut state = Exchange::open(id, "director".into(), Purpose::Renewal, deadline, NOW);
        let mut now = NOW;
        for (index, pause) in history {
            now = now + Span(pause);
            // Attempts in the samples are written for attempt 2; bring them to the state's own.
            let event = match &events[index].1 {
                Event::Heard { word, attempt: 2 } => {
                    let mut word = word.clone();
                    if let Word::Granted(grant) = &mut word { grant.attempt = state.attempt; }
                    Event::Heard { word, attempt: state.attempt }
                }
                other => other.clone(),
            };
            let taken = step(&state, &event, now, &policy);
            let (from, to) = (state.stage.name(), taken.next.stage.name());
            prop_assert!(from == to || edges.contains(&(from, to)), "{from:?} → {to:?}");
            prop_assert_eq!(taken.effect, taken.next.owed().map(|owed| owed.effect));
            prop_assert_eq!(taken.next.owed().is_some(), taken.next.waits_for() == Party::Us);
            if state.is_closed() {
                prop_assert_eq!(&taken.next, &state);
            }
            if let Note::Unexpected { .. } = taken.note {
                prop_assert_eq!(&taken.next, &state);
            }
            state = taken.next;
            // A stage that asked to be woken moves on when it is.
            if let Some(at) = state.wake_at() {
                let woken = step(&state, &Event::Woke, at.max(now), &policy).next;
                prop_assert!(woken.wake_at() != Some(at) || woken.owed().is_some(), "{woken:?}");
                prop_assert!(woken.wake_at().is_none_or(|next| next > at), "{woken:?}");
            }
        }
    }
}
