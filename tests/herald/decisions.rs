//! The pure decision.

use certpost::exchange::{
    Dispatch, DocumentNumber, Exchange, ExchangeId, Gate, Invoice, Money, Obstacle, Purpose,
    Refusal, Retry, Stage,
};
use certpost::herald::{Memory, decide};
use certpost::report::message::Kind;
use certpost::report::{HookView, Language, Snapshot};
use certpost::store::{Arrival, Fate};
use certpost::time::Span;

use crate::moment::{digest, grant, rich_snapshot};
use crate::{minutes, problem, quiet, settings, told};

/// One open renewal of the director at a stage.
pub fn at(stage: Stage) -> Snapshot {
    let mut snapshot = quiet();
    let id = ExchangeId("director-1".into());
    let deadline = snapshot.holders[0].certificates[0].not_after;
    let opened = snapshot.now - Span::hours(3);
    let exchange = Exchange::open(id, "director".into(), Purpose::Renewal, deadline, opened);
    snapshot.exchanges = vec![Exchange { stage, ..exchange }];
    snapshot
}

pub fn dispatch(failures: u32) -> Dispatch {
    let retry = Retry { failures, not_before: None };
    Dispatch { retry, ..Dispatch::new(DocumentNumber("1".into()), digest(1)) }
}

/// Kinds and contacts, in order.
pub fn kinds(told: &[(String, Kind, String)]) -> Vec<(&str, Kind)> {
    told.iter().map(|(to, kind, _)| (to.as_str(), *kind)).collect()
}

#[test]
fn each_kind_goes_to_whom_it_concerns_with_its_severity_in_words() {
    let retry = Retry { failures: 1, not_before: None };
    let why = problem("key-password", "director/signing.key.pem");
    let invoice = Invoice {
        number: "1482".into(),
        amount: Money { minor: 34_900, currency: "UAH".into() },
        due: None,
        receipt: digest(4),
    };
    let refusal = Refusal { code: None, reasons: vec!["Ні".into()], receipt: digest(3) };
    let now = quiet().now;
    let soon = now + Span::hours(5);
    let stalled = |obstacle| Stage::Stalled {
        obstacle,
        was: Box::new(Stage::Prepared { dispatch: dispatch(0) }),
        at: now,
    };
    let (admin, olena) = ("admin", "olena");
    let cases: Vec<(Stage, Vec<&str>, Kind, &str)> = vec![
        (Stage::Opened { retry }, vec![admin], Kind::Failing, "ATTENTION: "),
        (Stage::Prepared { dispatch: dispatch(1) }, vec![admin], Kind::Failing, "ATTENTION: "),
        (
            Stage::Gated { dispatch: dispatch(0), gates: vec![Gate::Approval], until: soon },
            vec![olena],
            Kind::Consent,
            "ATTENTION: ",
        ),
        (
            Stage::AwaitingPayment { dispatch: dispatch(0), invoice, until: soon },
            vec![olena],
            Kind::Invoiced,
            "ATTENTION: ",
        ),
        (
            Stage::Refused { dispatch: dispatch(0), refusal, at: now },
            vec![olena],
            Kind::Refused,
            "URGENT: ",
        ),
        (
            stalled(Obstacle::Preparation(why.clone())),
            vec![admin, olena],
            Kind::Stalled,
            "URGENT: ",
        ),
        (stalled(Obstacle::Silence), vec![admin, olena], Kind::Stalled, "URGENT: "),
        (stalled(Obstacle::Installation(why)), vec![admin], Kind::NotInstalled, "URGENT: "),
        (Stage::Installed { grant: grant(now), at: now }, vec![olena], Kind::Succeeded, "DONE: "),
    ];
    for (stage, to, kind, word) in cases {
        let snapshot = at(stage.clone());
        let told = told(&mut Memory::default(), &snapshot, snapshot.now, &settings());
        let wanted: Vec<_> = to.into_iter().map(|to| (to, kind)).collect();
        assert_eq!(kinds(&told), wanted, "{stage:?}");
        assert!(told[0].2.starts_with(word), "{}", told[0].2);
        assert!(told[0].2.ends_with("ТОВ «Зразок»"), "{}", told[0].2);
    }
    for stage in [
        Stage::Opened { retry: Retry::default() },
        Stage::Prepared { dispatch: dispatch(0) },
        Stage::Sent { dispatch: dispatch(0), certain: true, until: soon },
        Stage::Acknowledged { dispatch: dispatch(0), until: soon },
        Stage::Withdrawn { at: now, dispatch: None },
    ] {
        let told = told(&mut Memory::default(), &at(stage.clone()), now, &settings());
        assert!(told.is_empty(), "{stage:?}: {told:?}");
    }
}

#[test]
fn a_cause_that_did_not_change_is_told_once() {
    let settings = settings();
    let mut memory = Memory::default();
    let mut snapshot = at(Stage::Prepared { dispatch: dispatch(1) });
    snapshot.troubles = vec![problem("imap-login", "first words of the server")];
    let first = told(&mut memory, &snapshot, snapshot.now, &settings);
    assert_eq!(kinds(&first), [("admin", Kind::Trouble), ("admin", Kind::Failing)]);
    for round in 1..400 {
        // Attempts are counted and servers find other words: the cause is the same.
        snapshot.exchanges[0].stage = Stage::Prepared { dispatch: dispatch(1 + round) };
        snapshot.troubles[0].detail = format!("words number {round}");
        let now = snapshot.now + minutes(5 * i64::from(round));
        let told = told(&mut memory, &snapshot, now, &settings);
        assert!(told.iter().all(|(_, kind, _)| *kind == Kind::Digest), "{told:?}");
    }
}

#[test]
fn the_end_of_a_trouble_is_told_when_it_lasts() {
    let (settings, mut memory) = (settings(), Memory::default());
    let well = quiet();
    let ill = Snapshot { troubles: vec![problem("imap-unreachable", "no route")], ..well.clone() };
    let start = well.now;
    assert_eq!(kinds(&told(&mut memory, &ill, start, &settings)), [("admin", Kind::Trouble)]);
    // It comes and goes: nothing to tell.
    for n in 0..10 {
        let at = start + minutes(20 * n);
        assert!(told(&mut memory, &well, at + minutes(5), &settings).is_empty());
        assert!(told(&mut memory, &well, at + minutes(15), &settings).is_empty());
        assert!(told(&mut memory, &ill, at + minutes(19), &settings).is_empty());
    }
    let over = start + minutes(300);
    assert!(told(&mut memory, &well, over, &settings).is_empty());
    let end = told(&mut memory, &well, over + minutes(15), &settings);
    assert_eq!(kinds(&end), [("admin", Kind::Resolved)]);
    assert!(end[0].2.starts_with("RESOLVED: The mailbox can"), "{}", end[0].2);
    // And a new one is new.
    let again = told(&mut memory, &ill, over + minutes(60), &settings);
    assert_eq!(kinds(&again), [("admin", Kind::Trouble)]);
}

#[test]
fn a_failure_that_ends_in_success_is_told_as_the_success() {
    let (settings, mut memory) = (settings(), Memory::default());
    let failing = at(Stage::Prepared { dispatch: dispatch(2) });
    let now = failing.now;
    assert_eq!(kinds(&told(&mut memory, &failing, now, &settings)), [("admin", Kind::Failing)]);
    let sent = Stage::Sent { dispatch: dispatch(0), certain: true, until: now + Span::days(1) };
    assert!(told(&mut memory, &at(sent), now + minutes(1), &settings).is_empty());
    let done = at(Stage::Installed { grant: grant(now), at: now });
    let end = told(&mut memory, &done, now + minutes(10), &settings);
    assert_eq!(kinds(&end), [("olena", Kind::Succeeded)]);
    for hour in 1..300 {
        let told = told(&mut memory, &done, now + Span::hours(hour), &settings);
        assert!(told.iter().all(|(_, kind, _)| *kind == Kind::Digest), "{told:?}");
    }
}

#[test]
fn f43_a_failed_hook_is_told_beside_the_success_and_so_is_its_end() {
    let (settings, mut memory) = (settings(), Memory::default());
    let mut done = at(Stage::Installed { grant: grant(quiet().now), at: quiet().now });
    let now = done.now;
    let well = done.clone();
    done.hooks = vec![HookView {
        exchange: done.exchanges[0].id.clone(),
        failures: 1,
        next: Some(now + minutes(1)),
        problem: problem("hook-failed", "after.sh ended with code 3"),
    }];
    let first = told(&mut memory, &done, now, &settings);
    assert_eq!(kinds(&first), [("admin", Kind::HookFailed), ("olena", Kind::Succeeded)]);
    assert!(first[0].2.contains("Installed, hook failed"), "{first:?}");
    assert!(first[1].2.starts_with("DONE: "), "{first:?}");
    done.hooks[0].failures = 5;
    assert!(told(&mut memory, &done, now + minutes(40), &settings).is_empty());
    assert!(told(&mut memory, &well, now + minutes(50), &settings).is_empty());
    let end = told(&mut memory, &well, now + minutes(65), &settings);
    assert_eq!(kinds(&end), [("admin", Kind::Resolved)]);
}

#[test]
fn an_old_success_is_no_news_after_the_first_start() {
    let done = at(Stage::Installed { grant: grant(quiet().now), at: quiet().now - Span::days(8) });
    assert!(told(&mut Memory::default(), &done, done.now, &settings()).is_empty());
}

#[test]
fn a_refusal_of_the_next_attempt_is_told_again() {
    let (settings, mut memory) = (settings(), Memory::default());
    let now = quiet().now;
    let refused = |receipt| {
        let refusal =
            Refusal { code: None, reasons: vec!["Ні".into()], receipt: digest(receipt) };
        at(Stage::Refused { dispatch: dispatch(0), refusal, at: now })
    };
    for receipt in [3, 4] {
        let told = told(&mut memory, &refused(receipt), now, &settings);
        assert_eq!(kinds(&told), [("olena", Kind::Refused)]);
    }
    assert!(told(&mut memory, &refused(4), now + minutes(5), &settings).is_empty());
}

#[test]
fn the_days_before_an_end_are_told_once_each_and_stop_with_a_successor() {
    let (settings, mut memory) = (settings(), Memory::default());
    let mut snapshot = quiet();
    let end = snapshot.now + Span::days(100);
    for certificate in &mut snapshot.holders[0].certificates {
        certificate.not_after = end;
    }
    let mut days = Vec::new();
    for hour in 0..(24 * 105) {
        let now = snapshot.now + Span::hours(hour);
        for (to, kind, subject) in told(&mut memory, &snapshot, now, &settings) {
            if kind == Kind::Ending && to == "olena" {
                days.push(((end - now).0.div_euclid(86_400), subject));
            }
        }
    }
    let counted: Vec<_> = days.iter().map(|(day, _)| *day).collect();
    assert_eq!(counted, [90, 45, 30, 14, 7, 3, 1, -1]);
    let words: Vec<_> = days.iter().map(|(_, text)| text.split(':').next().unwrap()).collect();
    let (info, attention, error) = ("FOR INFORMATION", "ATTENTION", "URGENT");
    assert_eq!(words, [info, info, attention, attention, error, error, error, error]);

    // Started with 20 days left: the mark that was passed last, once.
    let mut memory = Memory::default();
    let late = end - Span::days(20);
    assert_eq!(kinds(&told(&mut memory, &snapshot, late, &settings)), [("olena", Kind::Ending)]);
    assert!(told(&mut memory, &snapshot, late + minutes(5), &settings).is_empty());
    for certificate in &mut snapshot.holders[0].certificates {
        certificate.not_after = end + Span::days(700);
    }
    let mut after = Vec::new();
    for day in 0..30 {
        after.extend(told(&mut memory, &snapshot, late + Span::days(day), &settings));
    }
    assert!(after.iter().all(|(_, kind, _)| *kind == Kind::Digest), "{after:?}");
}

#[test]
fn in_the_last_week_the_administrator_hears_it_too() {
    let mut snapshot = quiet();
    for certificate in &mut snapshot.holders[0].certificates {
        certificate.not_after = snapshot.now + Span::days(5);
    }
    let told = told(&mut Memory::default(), &snapshot, snapshot.now, &settings());
    assert_eq!(kinds(&told), [("admin", Kind::Ending), ("olena", Kind::Ending)]);
}

#[test]
fn a_flood_is_bounded_and_the_rest_comes_as_one_the_next_day() {
    let mut settings = settings();
    settings.notify.per_day = 4;
    let mut memory = Memory::default();
    let mut snapshot = quiet();
    let labels = certpost::report::LABELS.iter().map(|(label, _)| *label);
    let labels: Vec<_> = labels.filter(|label| *label != "certificate-missing").take(30).collect();
    snapshot.troubles = labels.iter().map(|label| problem(label, "x")).collect();
    decide(&mut memory, &snapshot, &settings);
    let today = std::mem::take(&mut memory.queue);
    assert_eq!(today.len(), 4);
    assert!(today[3].message.text.contains("last message of today"), "{}", today[3].message.text);
    assert!(!today[2].message.text.contains("last message of today"));
    assert!(told(&mut memory, &snapshot, snapshot.now + minutes(5), &settings).is_empty());
    let tomorrow = told(&mut memory, &snapshot, snapshot.now + Span::days(1), &settings);
    let tomorrow: Vec<_> = tomorrow.iter().filter(|(_, kind, _)| *kind != Kind::Digest).collect();
    assert_eq!(tomorrow.len(), 1, "{tomorrow:?}");
    assert!(tomorrow[0].2.starts_with("URGENT: 26 pieces of news"), "{}", tomorrow[0].2);
}

#[test]
fn what_happens_together_and_is_of_one_kind_is_one_message() {
    let mut snapshot = at(Stage::Installed { grant: grant(quiet().now), at: quiet().now });
    for number in 2..=3 {
        let more = Exchange {
            id: ExchangeId(format!("director-{number}")),
            ..snapshot.exchanges[0].clone()
        };
        snapshot.exchanges.push(more);
    }
    let told = told(&mut Memory::default(), &snapshot, snapshot.now, &settings());
    assert_eq!(kinds(&told), [("olena", Kind::Succeeded)]);
    assert!(told[0].2.starts_with("DONE: Certificates renewed: 3"), "{}", told[0].2);
}

#[test]
fn what_is_nobodys_business_is_told_to_everybody() {
    let mut settings = settings();
    settings.contacts.truncate(1);
    let done = at(Stage::Installed { grant: grant(quiet().now), at: quiet().now });
    let told = told(&mut Memory::default(), &done, done.now, &settings);
    assert_eq!(kinds(&told), [("admin", Kind::Succeeded)]);
}

#[test]
fn only_the_administrator_reads_technical_words() {
    let mut settings = settings();
    let mut memory = Memory::default();
    let why = problem("data-differ", "organisation.code: 1 / 2");
    let was = Box::new(Stage::Opened { retry: Retry::default() });
    let obstacle = Obstacle::Preparation(why);
    settings.contacts[1].language = Language::Uk;
    let stalled = at(Stage::Stalled { obstacle, was, at: quiet().now });
    decide(&mut memory, &stalled, &settings);
    let [admin, olena] = &memory.queue[..] else { panic!("{:?}", memory.queue) };
    assert!(admin.message.text.contains("organisation.code: 1 / 2"));
    assert!(!olena.message.text.contains("organisation.code"));
    assert!(
        olena.message.subject.starts_with("ТЕРМІНОВО: Директор — "),
        "{}",
        olena.message.subject
    );
    assert!(olena.message.text.contains("Що зробити: "), "{}", olena.message.text);
    assert!(olena.message.short.chars().count() <= 300);
}

#[test]
fn forged_letters_are_told_once_a_day_at_most() {
    let (settings, mut memory) = (settings(), Memory::default());
    let mut snapshot = quiet();
    let start = snapshot.now;
    let mut messages = 0;
    for hour in 0..72_u8 {
        snapshot.arrivals.push(Arrival {
            raw: digest(hour),
            contents: vec![],
            at: snapshot.now,
            from: "stranger@example.org".into(),
            subject: "Квитанція".into(),
            fate: Fate::Quarantined { reason: "not signed".into() },
        });
        let told = told(&mut memory, &snapshot, start + Span::hours(hour.into()), &settings);
        messages += told.iter().filter(|(_, kind, _)| *kind == Kind::Quarantined).count();
    }
    assert_eq!(messages, 3);
}

#[test]
fn a_mailbox_that_nobody_reads_is_told_though_nobody_complains() {
    let (settings, mut memory) = (settings(), Memory::default());
    let snapshot = Snapshot { mailbox_read: Some(quiet().now), ..quiet() };
    assert!(told(&mut memory, &snapshot, snapshot.now + minutes(100), &settings).is_empty());
    let late = told(&mut memory, &snapshot, snapshot.now + minutes(130), &settings);
    assert_eq!(kinds(&late), [("admin", Kind::Trouble)]);
}

#[test]
fn the_digest_comes_once_a_week_and_says_when_all_is_well() {
    let (settings, mut memory) = (settings(), Memory::default());
    let snapshot = quiet();
    let (start, zone) = (snapshot.now, settings.zone.clone());
    let mut digests = Vec::new();
    for half_hour in 0..(48 * 22) {
        let now = start + minutes(30 * half_hour);
        for (to, kind, subject) in told(&mut memory, &snapshot, now, &settings) {
            assert_eq!(kind, Kind::Digest);
            digests.push((to, now.civil(&zone), subject));
        }
    }
    // From Sunday 22.11.2026 on: four Mondays, to both.
    assert_eq!(digests.len(), 8, "{digests:?}");
    for (_, at, subject) in &digests {
        assert_eq!((at.weekday(), at.hour()), (jiff::civil::Weekday::Monday, 9), "{at}");
        assert!(subject.starts_with("The week's summary: Nothing is needed"), "{subject}");
    }
    // Switched off over several weeks: one is enough.
    let back = told(&mut memory, &snapshot, start + Span::days(60), &settings);
    assert_eq!(back.len(), 2, "{back:?}");
    let mut never = settings;
    never.notify.digest = None;
    assert!(told(&mut memory, &snapshot, start + Span::days(90), &never).is_empty());
}

#[test]
fn a_clock_that_was_wrong_for_a_while_stops_no_digest() {
    let (settings, mut memory) = (settings(), Memory::default());
    let snapshot = quiet();
    let wrong = snapshot.now + Span::days(3000);
    told(&mut memory, &Snapshot { holders: vec![], ..snapshot.clone() }, wrong, &settings);
    assert!(told(&mut memory, &snapshot, snapshot.now, &settings).is_empty());
    let monday = told(&mut memory, &snapshot, snapshot.now + Span::days(2), &settings);
    assert_eq!(kinds(&monday), [("admin", Kind::Digest), ("olena", Kind::Digest)]);
}

#[test]
fn every_language_writes_every_message_of_a_rich_moment() {
    for (_, language) in Language::ALL {
        let mut settings = settings();
        settings.contacts.iter_mut().for_each(|contact| contact.language = *language);
        let mut snapshot = rich_snapshot();
        snapshot.troubles = vec![problem("imap-login", "<no> & \"yes\"")];
        let mut memory = Memory::default();
        decide(&mut memory, &snapshot, &settings);
        let later = Snapshot { now: snapshot.now + Span::days(7), ..snapshot };
        decide(&mut memory, &later, &settings);
        assert!(memory.queue.len() >= 6, "{}", memory.queue.len());
        for queued in &memory.queue {
            let message = &queued.message;
            for text in [&message.subject, &message.text, &message.html, &message.short] {
                assert!(!text.is_empty(), "{message:?}");
            }
            for outside in ["<script", "src=\"http", "href=", "url(", "<link", "<style"] {
                assert!(!message.html.contains(outside), "{outside}");
            }
            assert!(!message.html.contains("<no>"));
            assert!(message.html.contains(&format!("<html lang=\"{}\">", language.tag())));
        }
    }
}

#[test]
fn a_decision_that_was_lost_in_a_crash_is_made_again() {
    let (settings, snapshot) = (settings(), at(Stage::Prepared { dispatch: dispatch(1) }));
    let (mut first, mut second) = (Memory::default(), Memory::default());
    decide(&mut first, &snapshot, &settings);
    decide(&mut second, &snapshot, &settings);
    assert_eq!(first, second);
}
