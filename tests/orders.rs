//! Orders, money and waiting (С1, С2, С9, С10, С14): what a person and the authority say of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/stage.rs"]
mod stage;

use std::sync::Arc;

use certpost::authority::{Payment, Start, last_safe_day};
use certpost::engine::Errand;
use certpost::engine::order::{self, Order, Paid};
use certpost::exchange::{Stage, StageName};
use certpost::simulator::authority::{Authority, Manners, Refusing};
use certpost::store::Fate;
use certpost::time::{Span, Timestamp};
use jiff::civil::{Date, Time, date};
use stage::{Answer, NOON, Play};

const REFERENCE: &str = "платіжна інструкція № 17";

/// The director's and the seal's applications have left; both are to be paid by invoice.
fn invoiced(manners: Manners) -> (Play, Authority) {
    let mut play = Play::new("sota");
    for holder in &mut play.engine.setup.holders {
        holder.payment = Payment::Invoice;
    }
    play.round();
    let first = play.founded("first");
    let mut authority = first.simulated(Arc::clone(&play.suite), manners);
    for number in 0..2 {
        let letter = play.letter(number);
        for answer in play.said_by(&mut authority, first.address, &letter) {
            play.deliver(&answer.letter());
        }
    }
    (play, authority)
}

/// What the authority has to say by now comes in.
fn due(play: &mut Play, authority: &mut Authority) {
    let address = play.founded("first").address;
    for timed in authority.due(play.now, &mut play.chance).unwrap() {
        play.deliver(&Answer::of(address, timed).letter());
    }
    play.round();
}

fn only_order(play: &Play) -> Order {
    let orders = order::all(play.engine.store.as_ref()).unwrap();
    assert_eq!(orders.len(), 1);
    orders[0].clone()
}

fn paid(id: &str, on: Option<Date>) -> Errand {
    Errand::Paid { id: id.into(), reference: REFERENCE.into(), on }
}

fn waiting(play: &Play) -> [StageName; 2] {
    ["director-1", "seal-1"].map(|id| play.stage(id))
}

#[test]
fn one_invoice_pays_for_the_order_of_a_day_and_its_pdf_is_kept() {
    let (mut play, mut authority) = invoiced(Manners::default());
    due(&mut play, &mut authority);
    assert_eq!(waiting(&play), [StageName::AwaitingPayment; 2]);
    let order = only_order(&play);
    assert_eq!(order.number, "99912345-20261120");
    assert_eq!((order.items.len(), order.invoices.len()), (2, 1));
    let invoice = &order.invoices[0];
    assert_eq!(invoice.documents.len(), 2);
    assert_eq!(order.price(&invoice.documents), Some(invoice.amount.clone()));
    assert_eq!(order.disagrees(invoice), None);
    assert!(invoice.payee.as_ref().unwrap().iban.starts_with("UA"));
    let pdf = play.engine.store.kept(&invoice.pdf.unwrap()).unwrap().unwrap();
    assert!(pdf.starts_with(b"%PDF"));
}

#[test]
fn the_money_of_an_order_is_told_once_for_all_and_the_authority_goes_on() {
    let (mut play, mut authority) = invoiced(Manners::default());
    due(&mut play, &mut authority);
    let number = only_order(&play).invoices[0].number.clone();
    play.now = play.now + Span::days(9);
    play.round();
    assert_eq!(waiting(&play), [StageName::AwaitingPayment; 2], "it waits and does not forget");
    let day = date(2026, 11, 29);
    play.run(&paid("99912345-20261120", Some(day))).unwrap();
    assert_eq!(waiting(&play), [StageName::Acknowledged; 2]);
    assert_eq!(only_order(&play).paid, Some(Paid { on: day, reference: REFERENCE.into() }));
    assert!(authority.pay(&number, play.now));
    due(&mut play, &mut authority);
    assert_eq!(waiting(&play), [StageName::Installed; 2]);
}

#[test]
fn an_invoices_number_means_what_it_is_for_and_a_strangers_number_is_told() {
    let (mut play, mut authority) = invoiced(Manners::default());
    due(&mut play, &mut authority);
    let unknown = play.run(&paid("СФ-999999", None)).unwrap_err();
    assert_eq!(unknown.label, "unknown-id");
    let number = only_order(&play).invoices[0].number.clone();
    play.run(&paid(&number, None)).unwrap();
    assert_eq!(waiting(&play), [StageName::Acknowledged; 2]);
    assert_eq!(only_order(&play).paid.unwrap().on, date(2026, 11, 20), "today, when not told");
}

#[test]
fn the_authoritys_own_word_that_the_money_came_goes_on() {
    let (mut play, mut authority) =
        invoiced(Manners { confirms_payment: true, ..Manners::default() });
    due(&mut play, &mut authority);
    let number = only_order(&play).invoices[0].number.clone();
    play.now = play.now + Span::days(1);
    assert!(authority.pay(&number, play.now));
    let address = play.founded("first").address;
    let said = authority.due(play.now, &mut play.chance).unwrap();
    let (confirming, deciding): (Vec<_>, Vec<_>) =
        said.into_iter().partition(|timed| timed.subject.contains("Рахунок"));
    assert!(!confirming.is_empty() && !deciding.is_empty());
    for timed in confirming {
        play.deliver(&Answer::of(address, timed).letter());
    }
    play.round();
    assert_eq!(waiting(&play), [StageName::Acknowledged; 2]);
    assert_eq!(only_order(&play).paid.unwrap().on, date(2026, 11, 21));
}

#[test]
fn the_money_for_a_refused_attempt_does_not_pay_for_the_next() {
    let (mut play, mut authority) =
        invoiced(Manners { confirms_payment: true, ..Manners::default() });
    due(&mut play, &mut authority);
    let reasons = vec!["Змінились дані".to_owned()];
    let refusing = Refusing { who: "director".into(), reasons, code: None, at_once: false };
    let letter = play.letter(0);
    for answer in play.answers(&letter, Manners { refuses: vec![refusing], ..Manners::default() }) {
        play.deliver(&answer.letter());
    }
    play.round();
    play.run(&Errand::Retry { id: "director-1".into() }).unwrap();
    play.round();
    let (letter, first) = (play.letter(2), play.founded("first"));
    play.said_by(&mut authority, first.address, &letter);
    due(&mut play, &mut authority);
    let number = |play: &Play| match play.exchange("director-1").stage {
        Stage::AwaitingPayment { invoice, .. } => invoice.number,
        other => panic!("{other:?}"),
    };
    assert_eq!(number(&play), "СФ-000002");
    assert!(authority.pay("СФ-000001", play.now));
    for timed in authority.due(play.now, &mut play.chance).unwrap() {
        // The decisions would end everything.
        if timed.subject.contains("Рахунок") {
            play.deliver(&Answer::of(first.address, timed).letter());
        }
    }
    play.round();
    assert_eq!(play.stage("seal-1"), StageName::Acknowledged, "its money is there");
    assert_eq!(number(&play), "СФ-000002", "its money is not");
}

#[test]
fn a_sum_that_is_not_the_price_is_seen() {
    let (mut play, mut authority) = invoiced(Manners { wrong_sum: true, ..Manners::default() });
    due(&mut play, &mut authority);
    let order = only_order(&play);
    let price = order.disagrees(&order.invoices[0]).unwrap();
    assert_eq!(price.minor, 2 * 34_900);
    assert!(order.invoices[0].amount.minor > price.minor);
}

#[test]
fn a_pdf_that_no_signed_word_names_is_not_filed() {
    let (mut play, mut authority) = invoiced(Manners::default());
    let address = play.founded("first").address;
    for mut timed in authority.due(play.now, &mut play.chance).unwrap() {
        for part in &mut timed.beside {
            part.bytes.push(b'\n');
        }
        play.deliver(&Answer::of(address, timed).letter());
    }
    play.round();
    assert_eq!(waiting(&play), [StageName::AwaitingPayment; 2], "the signed invoice counts");
    assert_eq!(only_order(&play).invoices[0].pdf, None);
}

#[test]
fn a_reminder_comes_a_working_day_before_the_invoice_is_due_and_when_it_is_overdue() {
    let (mut play, mut authority) = invoiced(Manners::default());
    due(&mut play, &mut authority);
    let mut reminded = Vec::new();
    for _ in 0..8 {
        let Stage::AwaitingPayment { until, .. } = play.exchange("director-1").stage else {
            panic!("{:?}", play.stage("director-1"))
        };
        play.now = until;
        let zone = play.engine.setup.authorities[0].profile.policy.calendar.time_zone();
        assert_ne!(until.civil(&zone).time(), Time::midnight(), "nobody is reminded at midnight");
        reminded.push(until.date(&zone));
        play.round();
    }
    // Due on Friday, the 27th: on Monday it is overdue.
    assert!(reminded.contains(&date(2026, 11, 26)), "{reminded:?}");
    assert!(!reminded.contains(&date(2026, 11, 27)), "{reminded:?}");
    assert!(reminded.contains(&date(2026, 11, 30)), "{reminded:?}");
    assert!(reminded.windows(2).all(|pair| pair[0] <= pair[1]));
}

#[test]
fn on_line_payment_waits_for_a_person_and_is_told_by_the_renewal() {
    let mut play = Play::director_only("sota");
    play.engine.setup.holders[0].payment = Payment::Online;
    play.round();
    assert_eq!(only_order(&play).items[0].payment, Payment::Online);
    let [delivered, _] = play.honest(0);
    play.deliver(&delivered);
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Acknowledged);
    play.run(&paid("director-1", None)).unwrap();
    assert_eq!(only_order(&play).paid.unwrap().reference, REFERENCE);
    assert_eq!(play.stage("director-1"), StageName::Acknowledged, "no invoice, no other stage");
}

#[test]
fn a_renewal_that_is_put_off_begins_on_its_day_and_never_after_the_last_safe_one() {
    let mut play = Play::director_only("sota");
    let end = NOON + Span::days(30);
    let policy = play.engine.setup.authorities[0].profile.policy.clone();
    let last = last_safe_day(end, &policy, Payment::Prepaid);
    let snooze = |until| Errand::Snooze { id: "director".into(), until };
    let late = play.run(&snooze(last.tomorrow().unwrap())).unwrap_err();
    assert_eq!(late.label, "snooze-too-late");
    assert!(late.detail.contains(&last.to_string()), "{}", late.detail);
    assert_eq!(play.run(&snooze(date(2026, 11, 20))).unwrap_err().label, "snooze-too-late");
    play.run(&snooze(date(2026, 11, 25))).unwrap();
    assert!(play.round().moved.is_empty());
    play.now =
        Timestamp::from_civil(date(2026, 11, 25).at(9, 0, 0, 0), &policy.calendar.time_zone());
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Sent);
    let sent = play.run(&Errand::Snooze { id: "director-1".into(), until: date(2026, 12, 1) });
    assert_eq!(sent.unwrap_err().label, "not-now", "what was sent can't be put off");
}

#[test]
fn certificates_for_a_later_day_are_proven_at_once_and_installed_then() {
    let mut play = Play::director_only("sota");
    play.engine.setup.holders[0].start = Start::On(date(2026, 12, 1));
    let before = play.in_place("director");
    play.round();
    for letter in play.honest(0) {
        play.deliver(&letter);
    }
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Granted);
    assert_eq!(play.in_place("director"), before, "the old pair works on");
    play.now = play.now + Span::days(5);
    assert!(play.round().moved.is_empty(), "nothing is tried before its day");
    let zone = play.engine.setup.authorities[0].profile.policy.calendar.time_zone();
    play.now = Timestamp::from_civil(date(2026, 12, 1).at(0, 0, 0, 0), &zone);
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Installed);
    assert_ne!(play.in_place("director"), before);
}

#[test]
fn a_beginning_behind_the_old_end_is_refused_with_words() {
    let mut play = Play::director_only("sota");
    play.engine.setup.holders[0].start = Start::On(date(2027, 6, 1));
    play.round();
    let (obstacle, was) = play.stalled("director-1");
    assert_eq!(was, StageName::Opened);
    assert!(format!("{obstacle:?}").contains("holder.start"), "{obstacle:?}");
}

#[test]
fn nothing_of_all_this_lands_in_quarantine() {
    let (mut play, mut authority) = invoiced(Manners::default());
    due(&mut play, &mut authority);
    let fates = play.engine.store.arrivals().unwrap();
    assert!(fates.iter().all(|one| matches!(one.fate, Fate::Claimed(_))), "{fates:?}");
}
