//! `why`, `plan`, `journal` and standings over one rich moment, as people get them.
//! `UPDATE_GOLDEN=1 cargo test --test verbs` writes the goldens.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "report/moment.rs"]
#[allow(dead_code, reason = "tests/report.rs uses the rest")]
mod moment;

use std::path::PathBuf;

use certpost::authority::{Payment, Profile, Role};
use certpost::crypto::Usage;
use certpost::exchange::{
    DocumentNumber, Event, Exchange, ExchangeId, Note, Problem, Purpose, Stage, StageName, Word,
};
use certpost::report::terminal::Colour;
use certpost::report::{
    self, CertificateView, HolderView, Language, Snapshot, Standing, plan, why,
};
use certpost::store::{Entry, Numbered};
use certpost::time::{Span, Timestamp};
use jiff::civil::{Date, date};
use moment::{digest, dispatch, grant, quiet_snapshot, rich_snapshot};

const LANGUAGES: [Language; 4] = [Language::Uk, Language::En, Language::Ru, Language::Be];

/// Compares with a file under tests/golden/verbs, or writes it.
#[allow(clippy::disallowed_methods)]
fn golden(name: &str, actual: &str) {
    for line in actual.lines() {
        assert!(line.chars().count() <= 80, "{name}: {line}");
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/verbs").join(name);
    if std::env::var("UPDATE_GOLDEN").is_ok() {
        std::fs::write(&path, actual).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        wanted == actual,
        "{name} is not as in tests/golden/verbs; look at the difference after UPDATE_GOLDEN=1"
    );
}

fn profile() -> Profile {
    Profile::built_in("sota").unwrap().unwrap()
}

fn why_of(snapshot: &Snapshot, id: &str, language: Language) -> why::Why {
    let profile = profile();
    why::build(snapshot, language, id, &|_| Some(&profile)).unwrap()
}

#[test]
fn why_tells_of_every_case_and_holder() {
    let snapshot = rich_snapshot();
    for language in LANGUAGES {
        let mut page = String::new();
        let ids = ["director-1", "seal-1", "accountant", "notice-1", "employee", "storekeeper"];
        for id in ids.into_iter().chain(["lawyer", "employee-1"]) {
            let why = why_of(&snapshot, id, language);
            page.push_str(&format!("$ certpost why {id}\n{}\n", why::text(&why, language)));
        }
        golden(&format!("why.{}.txt", language.tag()), &page);
    }
    let profile = profile();
    assert!(why::build(&snapshot, Language::Uk, "nobody", &|_| Some(&profile)).is_none());
}

/// A case of the director that was sent, acknowledged and granted after so many minutes each.
fn answered(snapshot: &mut Snapshot, number: u32, minutes: (i64, i64)) {
    let id = ExchangeId(format!("director-{number}"));
    let opened = snapshot.now - Span::days(400 - i64::from(number));
    let end = snapshot.now - Span::days(300);
    let exchange = Exchange::open(id.clone(), "director".into(), Purpose::Renewal, end, opened);
    let first = opened + Span::minutes(minutes.0);
    let second = first + Span::minutes(minutes.1);
    let heard = |word| Event::Heard { word, attempt: 1 };
    let mut dispatch = dispatch(0);
    dispatch.document = DocumentNumber(format!("doc-{number}"));
    let events = [
        (opened, Event::Prepared { dispatch, gates: vec![] }, StageName::Prepared),
        (opened, Event::Sent, StageName::Sent),
        (first, heard(Word::Delivered), StageName::Acknowledged),
        (second, heard(Word::Granted(grant(second))), StageName::Granted),
    ];
    for (at, event, to) in events {
        let note = Some(Note::Moved { from: StageName::Opened, to });
        let number = u64::try_from(snapshot.journal.len()).unwrap() + 1;
        let entry = Entry {
            exchange: id.clone(),
            at,
            event: Some(event),
            note,
            policy: digest(9),
            cause: None,
            words: String::new(),
        };
        snapshot.journal.push(Numbered { number, entry });
    }
    let stage = Stage::Installed { grant: grant(second), at: second };
    snapshot.exchanges.push(Exchange { stage, ..exchange });
}

#[test]
fn what_is_usual_comes_from_the_journal_once_there_are_five_receipts() {
    let mut snapshot = rich_snapshot();
    // Of the rich moment itself: 63 h (employee) and 70 min before the refusal (director, 30 h).
    let before = why_of(&snapshot, "accountant-1", Language::En);
    let usual = before.usual.unwrap();
    assert_eq!((usual.receipts, usual.median_seconds), (2, None));
    assert!(before.text.contains("only 2 such answers"), "{}", before.text);
    for (number, minutes) in [(10, 60), (11, 90), (12, 120), (13, 150)] {
        answered(&mut snapshot, number, (30, minutes));
    }
    let why = why_of(&snapshot, "accountant-1", Language::En);
    let usual = why.usual.unwrap();
    assert_eq!(usual.receipts, 6);
    // What is known is told on the page too.
    let report = report::build(&snapshot, Language::En);
    let line = report.cases.iter().find(|case| case.id.as_deref() == Some("accountant-1"));
    let told = &line.unwrap().told;
    assert!(
        told.ends_with(
            "This authority usually takes 2\u{a0}h, in 95 cases of 100 up to 2\u{a0}days."
        ),
        "{told}"
    );
    // Sorted: 60, 90, 120, 150 minutes, 30 h 5 min, 49 h 8 min: the third, and the sixth.
    assert_eq!(usual.median_seconds, Some(120 * 60));
    let (came, delivered) = ((19, 11, 20), (17, 10, 12));
    let most = ((came.0 - delivered.0) * 24 + came.1 - delivered.1) * 60 + came.2 - delivered.2;
    assert_eq!(usual.most_seconds, Some(most * 60));
    assert!(why.text.contains("usually takes 2\u{a0}h"), "{}", why.text);
    // Another authority's habits don't count.
    for holder in &mut snapshot.holders {
        if holder.id == "director" {
            holder.authority = "another".into();
        }
    }
    let why = why_of(&snapshot, "accountant-1", Language::En);
    assert_eq!(why.usual.unwrap().receipts, 1);
}

#[test]
fn what_comes_next_follows_the_rules_of_silence() {
    let mut snapshot = rich_snapshot();
    let told = |snapshot: &Snapshot| why_of(snapshot, "accountant-1", Language::En).text;
    assert!(told(&snapshot).contains("the same will be sent once more"), "{}", told(&snapshot));
    let at = snapshot.exchanges.iter().position(|one| one.id.0 == "accountant-1").unwrap();
    let Stage::Acknowledged { dispatch, until } = &mut snapshot.exchanges[at].stage else {
        panic!("{:?}", snapshot.exchanges[at].stage)
    };
    dispatch.sends = 3;
    let until = *until;
    assert!(told(&snapshot).contains("you will be called"), "{}", told(&snapshot));
    snapshot.exchanges[at].deadline = until;
    assert!(told(&snapshot).contains("the valid certificate expires first"), "{}", told(&snapshot));
}

#[test]
fn standings_are_ordered_and_the_worst_case_counts() {
    use Standing::{Fine, NeedsPerson, Refused, Unreachable, Waiting};
    assert!(Standing::ALL.is_sorted());
    assert_eq!(Standing::ALL, [Fine, Waiting, Unreachable, Refused, NeedsPerson]);
    let standing = |snapshot: &Snapshot| report::build(snapshot, Language::Uk).standing;
    let mut snapshot = rich_snapshot();
    assert_eq!(standing(&snapshot), NeedsPerson, "an invoice");
    snapshot.exchanges.retain(|one| one.id.0 != "seal-1");
    assert_eq!(standing(&snapshot), Refused);
    snapshot.exchanges.retain(|one| one.id.0 != "director-1");
    assert_eq!(standing(&snapshot), Waiting);
    let trouble = |label: &str| Problem { label: label.into(), detail: String::new() };
    snapshot.troubles = vec![trouble("imap-unreachable")];
    assert_eq!(standing(&snapshot), Unreachable);
    snapshot.troubles.push(trouble("imap-login"));
    assert_eq!(standing(&snapshot), NeedsPerson);
    assert_eq!(standing(&quiet_snapshot()), Fine);
}

fn at(day: Date) -> Timestamp {
    let zone = jiff::tz::TimeZone::get("Europe/Kyiv").unwrap();
    Timestamp::from_civil(day.at(18, 0, 0, 0), &zone)
}

fn holder(id: &str, role: Role, name: &str, ends: Date, term: u8, payment: Payment) -> HolderView {
    let certificate = |usage| CertificateView {
        usage,
        serial: format!("{id}{usage:?}"),
        not_before: at(ends) - Span::days(730),
        not_after: at(ends),
        subject: name.into(),
        pem: String::new(),
    };
    HolderView {
        id: id.into(),
        role,
        name: name.into(),
        certificates: vec![certificate(Usage::Signing), certificate(Usage::Agreement)],
        term,
        payment,
        ..rich_snapshot().holders[0].clone()
    }
}

/// An organisation with ten holders.
fn ten() -> Snapshot {
    let mut snapshot = quiet_snapshot();
    let (prepaid, invoice) = (Payment::Prepaid, Payment::Invoice);
    let people = [
        ("director", Role::Director, "Яременко Остап Ількович", date(2026, 12, 18), 2, prepaid),
        ("accountant", Role::Accountant, "Гнатів Соломія Орестівна", date(2027, 1, 11), 1, prepaid),
        ("seal", Role::Seal, "ТОВ «Проба»", date(2026, 12, 18), 2, invoice),
        ("cashier", Role::Employee, "Дзюба Марта Тарасівна", date(2028, 11, 19), 2, prepaid),
        ("storekeeper", Role::Employee, "Лозовий Данило Юрійович", date(2027, 1, 31), 2, invoice),
        ("lawyer", Role::Employee, "Криницька О.-М. Степанівна", date(2028, 3, 2), 2, prepaid),
        ("engineer", Role::Employee, "Бондар Юхим Савич", date(2027, 9, 1), 2, prepaid),
        ("secretary", Role::Employee, "Вовк Ірина Павлівна", date(2027, 9, 1), 1, prepaid),
        ("driver", Role::Employee, "Рудь Панас Гнатович", date(2026, 11, 1), 2, prepaid),
        ("deputy", Role::Employee, "Мороз Зоряна Львівна", date(2029, 5, 30), 2, prepaid),
    ];
    snapshot.holders = people
        .into_iter()
        .map(|(id, role, name, ends, term, payment)| holder(id, role, name, ends, term, payment))
        .collect();
    snapshot
}

#[test]
fn the_24_month_plan_of_an_organisation_with_ten_holders() {
    let (snapshot, profile) = (ten(), profile());
    let plan = plan::build(&snapshot, &|_| Some(&profile), 24);
    for language in LANGUAGES {
        let text = plan::text(&plan, language, Colour::Plain);
        golden(&format!("plan.{}.txt", language.tag()), &text);
    }
    assert_eq!((plan.from, plan.to), (date(2026, 11, 22), date(2028, 11, 22)));
    assert_eq!(plan.paper, ["driver"], "it ended: post can't help");
    let of = |id: &str| plan.renewals.iter().filter(|one| one.holder == id).collect::<Vec<_>>();
    // A term of one year comes round again, and again within the horizon.
    let accountant: Vec<_> = of("accountant").iter().map(|one| (one.due, one.assumed)).collect();
    let second = date(2026, 11, 27).checked_add(jiff::ToSpan::years(1)).unwrap();
    assert_eq!(accountant[0], (date(2026, 11, 27), false));
    assert_eq!(accountant[1].0, second.checked_sub(jiff::ToSpan::days(45)).unwrap());
    assert!(accountant[1].1 && accountant.len() == 3, "{accountant:?}");
    assert!(of("deputy").is_empty(), "due in 2029");
    assert_eq!(of("cashier").len(), 1);
    // An invoice takes working days more: it must leave earlier.
    assert_eq!(of("director")[0].last_safe_day, date(2026, 12, 15));
    assert_eq!(of("seal")[0].last_safe_day, date(2026, 12, 10));
    assert!(plan.renewals.iter().all(|one| one.due <= one.last_safe_day), "{plan:#?}");
    let sum: i64 = plan.renewals.iter().map(|one| one.cost.as_ref().unwrap().minor).sum();
    assert_eq!(plan.total[0].minor, sum);
    assert!(plan.renewals.is_sorted_by_key(|one| one.due));
}

#[test]
fn the_plan_goes_by_the_price_list_of_the_day_and_by_what_a_person_did() {
    let (mut snapshot, mut profile) = (ten(), profile());
    let mut dearer = profile.prices[0].clone();
    dearer.since = date(2027, 1, 1);
    dearer.two_years *= 2;
    let price = profile.prices[0].two_years;
    profile.prices.push(dearer);
    // The director's renewal was withdrawn; the seal's is open.
    for (id, stage) in [
        ("director", Stage::Withdrawn { at: snapshot.now, dispatch: None }),
        ("seal", Stage::Prepared { dispatch: dispatch(0) }),
    ] {
        let (end, opened) = (at(date(2026, 12, 18)), snapshot.now - Span::days(3));
        let exchange_id = ExchangeId(format!("{id}-1"));
        let exchange = Exchange::open(exchange_id, id.into(), Purpose::Renewal, end, opened);
        snapshot.exchanges.push(Exchange { stage, ..exchange });
    }
    let plan = plan::build(&snapshot, &|_| Some(&profile), 24);
    assert_eq!(plan.withdrawn, ["director"]);
    let cost = |id: &str| {
        let one = plan.renewals.iter().find(|one| one.holder == id).unwrap();
        (one.due, one.cost.as_ref().unwrap().minor)
    };
    assert_eq!(cost("storekeeper"), (date(2026, 12, 17), price));
    assert_eq!(cost("engineer"), (date(2027, 7, 18), price * 2));
    let seal = plan.renewals.iter().find(|one| one.holder == "seal").unwrap();
    assert_eq!(seal.exchange, Some(ExchangeId("seal-1".into())));
    assert_eq!(seal.due, plan.from, "due already");
}

#[test]
fn the_plan_ends_although_a_lead_may_be_longer_than_a_term() {
    let (snapshot, mut profile) = (ten(), profile());
    profile.lead_days = 366;
    let plan = plan::build(&snapshot, &|_| Some(&profile), 120);
    assert!(plan.renewals.len() <= 500);
}

#[test]
fn the_journal_of_a_case_and_of_a_holder_is_whole() {
    let snapshot = rich_snapshot();
    for language in LANGUAGES {
        let entries = report::journal(&snapshot, language, "seal-1").unwrap();
        let text = report::terminal::journal(&entries, language);
        golden(&format!("journal.{}.txt", language.tag()), &text);
    }
    let entries = report::journal(&snapshot, Language::Uk, "director").unwrap();
    let own = snapshot.journal.iter().filter(|line| line.entry.exchange.0 == "director-1");
    assert_eq!(entries.len(), own.count());
    assert_eq!(report::journal(&snapshot, Language::Uk, "lawyer"), Some(vec![]));
    assert_eq!(report::journal(&snapshot, Language::Uk, "nobody"), None);
}
