//! What every store must do, as tests that run against each implementation.
//!
//! An implementation provides a [`Ground`] and calls [`contract_tests!`] with it.

use super::{Arrival, Commit, Entry, Fate, Owner, Store};
use crate::crypto::digest;
use crate::exchange::{
    Digest, Dispatch, DocumentNumber, Event, Exchange, ExchangeId, Gate, Ladder, Patience, Policy,
    Problem, Purpose, Silence, step,
};
use crate::time::{Calendar, Span, Timestamp};

/// A place where a store stands and can be closed and opened again.
pub trait Ground {
    fn fresh() -> Self;
    fn store(&self) -> &dyn Store;
    fn reopen(&mut self);
}

pub const START: Timestamp = Timestamp(1_790_000_000);

pub fn policy() -> Policy {
    Policy {
        ladder: Ladder(vec![5, 15]),
        delivered_within: Patience::WorkingHours(2),
        decided_within: Patience::WorkingDays(1),
        gate_within: Patience::Minutes(90),
        payment_reminder: Patience::WorkingDays(2),
        silence: Silence::Resend,
        max_sends: 3,
        gates: vec![Gate::Approval],
        calendar: Calendar {
            zone: "Europe/Kyiv".into(),
            opens: 9,
            closes: 18,
            holidays: vec![jiff::civil::date(2026, 8, 24)],
        },
    }
}

pub fn policy_digest() -> Digest {
    digest(b"the sample policy")
}

pub fn opened(id: &str) -> Exchange {
    let end = START + Span::days(40);
    Exchange::open(ExchangeId(id.into()), "director".into(), Purpose::Renewal, end, START)
}

fn line(exchange: &Exchange, words: &str) -> Entry {
    Entry {
        exchange: exchange.id.clone(),
        at: START,
        event: None,
        note: None,
        policy: policy_digest(),
        cause: None,
        words: words.into(),
    }
}

/// The commit that opens an exchange.
pub fn sample_commit(id: &str) -> Commit {
    let exchange = opened(id);
    Commit {
        entries: vec![line(&exchange, "відкрито")],
        exchange: Some(exchange),
        policy: Some((policy_digest(), policy())),
        ..Commit::default()
    }
}

/// The commit of one event, with state, journal line and note as the heart gives them.
pub fn stepped(state: &Exchange, event: Event, at: Timestamp) -> (Exchange, Commit) {
    let done = step(state, &event, at, &policy());
    let entry = Entry { at, event: Some(event), note: Some(done.note), ..line(state, "") };
    let exchange = Some(done.next.clone());
    (done.next, Commit { exchange, entries: vec![entry], ..Commit::default() })
}

pub fn prepared() -> Event {
    let document = DocumentNumber("doc-1".into());
    Event::Prepared { dispatch: Dispatch::new(document, digest(b"parcel")), gates: vec![] }
}

pub fn arrival(raw: &[u8], contents: &[&[u8]], fate: Fate) -> Arrival {
    Arrival {
        raw: digest(raw),
        contents: contents.iter().map(|bytes| digest(bytes)).collect(),
        at: START,
        from: "office@authority.example".into(),
        subject: "Квитанція".into(),
        fate,
    }
}

pub fn what_is_committed_can_be_read(ground: &mut impl Ground) {
    let store = ground.store();
    store.commit(&sample_commit("director-1")).unwrap();
    store.commit(&sample_commit("accountant-1")).unwrap();
    let ids: Vec<_> = store.exchanges().unwrap().into_iter().map(|e| e.id.0).collect();
    assert_eq!(ids, ["accountant-1", "director-1"]);
    let id = ExchangeId("director-1".into());
    assert_eq!(store.exchange(&id).unwrap(), Some(opened("director-1")));
    assert_eq!(store.exchange(&ExchangeId("nobody".into())).unwrap(), None);
    assert_eq!(store.policy(&policy_digest()).unwrap(), Some(policy()));
    assert_eq!(store.policy(&digest(b"other")).unwrap(), None);
}

pub fn a_new_state_replaces_the_old_one(ground: &mut impl Ground) {
    let store = ground.store();
    store.commit(&sample_commit("director-1")).unwrap();
    let problem = Problem { label: "key-password".into(), detail: "пароль".into() };
    let event = Event::PrepareFailed { problem, lasting: false };
    let (state, commit) = stepped(&opened("director-1"), event, START);
    store.commit(&commit).unwrap();
    assert_eq!(store.exchanges().unwrap(), [state]);
}

pub fn the_journal_is_numbered_from_one_without_gaps(ground: &mut impl Ground) {
    let store = ground.store();
    let mut first = sample_commit("director-1");
    first.entries.push(line(&opened("director-1"), "two at once"));
    store.commit(&first).unwrap();
    store.commit(&Commit { values: vec![("a".into(), "b".into())], ..Commit::default() }).unwrap();
    for number in 0..40 {
        let exchange = opened(if number % 2 == 0 { "director-1" } else { "seal-1" });
        let entries = vec![line(&exchange, &format!("line {number}"))];
        store.commit(&Commit { entries, ..Commit::default() }).unwrap();
    }
    let numbers = |of| -> Vec<u64> {
        store.journal(of).unwrap().iter().map(|numbered| numbered.number).collect()
    };
    assert_eq!(numbers(None), (1..=42).collect::<Vec<_>>());
    let seal = ExchangeId("seal-1".into());
    assert_eq!(numbers(Some(&seal)), (2..=21).map(|n| n * 2).collect::<Vec<_>>());
    assert_eq!(store.journal(None).unwrap()[1].entry.words, "two at once");
    ground.reopen();
    let store = ground.store();
    store.commit(&sample_commit("director-2")).unwrap();
    assert_eq!(store.journal(None).unwrap().last().unwrap().number, 43);
}

pub fn documents_have_owners(ground: &mut impl Ground) {
    let store = ground.store();
    let documents = vec![(DocumentNumber("one".into()), 1), (DocumentNumber("two".into()), 2)];
    store.commit(&Commit { documents, ..sample_commit("director-1") }).unwrap();
    let owner = Owner { exchange: ExchangeId("director-1".into()), attempt: 2 };
    assert_eq!(store.owner(&DocumentNumber("two".into())).unwrap(), Some(owner));
    assert_eq!(store.owner(&DocumentNumber("three".into())).unwrap(), None);
}

/// A commit that can't be right is refused as a whole: no part of it is seen.
pub fn a_refused_commit_changes_nothing(ground: &mut impl Ground) {
    let commit = Commit {
        exchange: None,
        documents: vec![(DocumentNumber("one".into()), 1)],
        arrival: Some(arrival(b"raw", &[], Fate::Claimed(ExchangeId("x".into())))),
        values: vec![("name".into(), "value".into())],
        ..sample_commit("director-1")
    };
    ground.store().commit(&commit).unwrap_err();
    for _ in 0..2 {
        let store = ground.store();
        assert_eq!(store.journal(None).unwrap(), []);
        assert_eq!(store.owner(&DocumentNumber("one".into())).unwrap(), None);
        assert_eq!(store.arrivals().unwrap(), []);
        assert_eq!(store.value("name").unwrap(), None);
        assert_eq!(store.policy(&policy_digest()).unwrap(), None);
        ground.reopen();
    }
}

pub fn arrivals_are_found_by_raw_and_by_content(ground: &mut impl Ground) {
    let store = ground.store();
    let put =
        |arrival| store.commit(&Commit { arrival: Some(arrival), ..Commit::default() }).unwrap();
    let odd = Fate::Quarantined { reason: "signed by a stranger".into() };
    let claimed = Fate::Claimed(ExchangeId("director-1".into()));
    // Named so that the order of arrival is not the order of digests.
    let first = arrival(b"letter 1", &[b"word", b"other word"], claimed.clone());
    let second = arrival(b"letter 2", &[], odd);
    let again = arrival(b"letter 3", &[b"word"], claimed);
    for arrival in [&first, &second, &again] {
        put(arrival.clone());
    }
    assert_eq!(store.arrivals().unwrap(), [first.clone(), second.clone(), again.clone()]);
    assert_eq!(store.arrival(&digest(b"letter 2")).unwrap(), Some(second.clone()));
    assert_eq!(store.arrival(&digest(b"letter 9")).unwrap(), None);
    // F3: the same word in another envelope is known from its first coming.
    assert_eq!(store.arrival_with(&digest(b"word")).unwrap(), Some(first.clone()));
    assert_eq!(store.arrival_with(&digest(b"other word")).unwrap(), Some(first.clone()));
    assert_eq!(store.arrival_with(&digest(b"letter 1")).unwrap(), None);
    // Judged again, it keeps its place.
    let judged = Arrival { fate: Fate::Unclaimed { reason: "nobody".into() }, ..second };
    put(judged.clone());
    assert_eq!(store.arrivals().unwrap(), [first, judged, again]);
}

pub fn values_are_replaced_by_name(ground: &mut impl Ground) {
    let store = ground.store();
    let put = |name: &str, value: &str| {
        let values = vec![(name.into(), value.into())];
        store.commit(&Commit { values, ..Commit::default() }).unwrap();
    };
    assert_eq!(store.value("bookmark").unwrap(), None);
    put("bookmark", "INBOX;1;42");
    put("last-good-time", "1790000000");
    put("bookmark", "INBOX;1;43");
    assert_eq!(store.value("bookmark").unwrap().as_deref(), Some("INBOX;1;43"));
    assert_eq!(store.value("last-good-time").unwrap().as_deref(), Some("1790000000"));
}

pub fn bytes_are_kept_under_their_digest(ground: &mut impl Ground) {
    let all: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    for bytes in [&b""[..], b"parcel", &all] {
        let store = ground.store();
        let name = store.keep(bytes).unwrap();
        assert_eq!(name, digest(bytes));
        assert_eq!(store.keep(bytes).unwrap(), name);
        assert_eq!(store.kept(&name).unwrap().as_deref(), Some(bytes));
        ground.reopen();
        assert_eq!(ground.store().kept(&name).unwrap().as_deref(), Some(bytes));
    }
    assert_eq!(ground.store().kept(&digest(b"never kept")).unwrap(), None);
}

pub fn reopening_keeps_everything(ground: &mut impl Ground) {
    let store = ground.store();
    let opening = Commit {
        documents: vec![(DocumentNumber("doc-1".into()), 1)],
        arrival: Some(arrival(b"raw", &[b"word"], Fate::PassedOver { reason: "list".into() })),
        values: vec![("name".into(), "value".into())],
        ..sample_commit("director-1")
    };
    store.commit(&opening).unwrap();
    let mut state = opened("director-1");
    for event in [prepared(), Event::Sent, Event::Woke] {
        let (next, commit) = stepped(&state, event, START + Span::minutes(5));
        store.commit(&commit).unwrap();
        state = next;
    }
    let before = everything(store);
    ground.reopen();
    assert_eq!(everything(ground.store()), before);
    let store = ground.store();
    assert_eq!(store.exchange(&state.id).unwrap(), Some(state));
    assert_eq!(store.journal(None).unwrap().len(), 4);
    super::replay::replay(store).unwrap();
}

/// All that can be listed, as text.
fn everything(store: &dyn Store) -> String {
    format!(
        "{:#?}",
        (
            store.exchanges().unwrap(),
            store.owner(&DocumentNumber("doc-1".into())).unwrap(),
            store.journal(None).unwrap(),
            store.policy(&policy_digest()).unwrap(),
            store.arrivals().unwrap(),
            store.arrival_with(&digest(b"word")).unwrap(),
            store.value("name").unwrap(),
        )
    )
}

/// One test for each rule of the contract.
macro_rules! contract_tests {
    ($ground:ty) => {
        $crate::store::contract::contract_tests! { $ground:
            what_is_committed_can_be_read,
            a_new_state_replaces_the_old_one,
            the_journal_is_numbered_from_one_without_gaps,
            documents_have_owners,
            a_refused_commit_changes_nothing,
            arrivals_are_found_by_raw_and_by_content,
            values_are_replaced_by_name,
            bytes_are_kept_under_their_digest,
            reopening_keeps_everything,
        }
    };
    ($ground:ty: $($rule:ident,)*) => {
        $(#[test]
        fn $rule() {
            $crate::store::contract::$rule(&mut <$ground>::fresh());
        })*
    };
}
pub(super) use contract_tests;
