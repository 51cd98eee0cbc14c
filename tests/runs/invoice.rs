//! Two holders on one invoice, which is paid after nine days.

use certpost::authority::Payment;
use certpost::engine::Errand;
use certpost::exchange::StageName;
use certpost::report::payment::transfer;
use certpost::simulator::authority::Manners;
use certpost::simulator::scene::{Plot, Wish};
use jiff::civil::date;
use jiff::tz::TimeZone;

use crate::on_both_suites;
use crate::play::{Play, at, idle, unhurried};

fn an_invoice_is_paid_after_nine_days(suite: &str) {
    let wish = |holder, term| Wish {
        payment: Payment::Invoice,
        term,
        days_left: Some(30),
        ..Wish::of(holder)
    };
    let manners = Manners { invoice_after: 2 * 3600, ..unhurried() };
    let wishes = vec![wish("director", 1), wish("accountant", 2), idle("seal"), idle("employee")];
    let mut play = Play::set(suite, Plot { manners, wishes, ..Plot::default() });
    play.until_local("2026-11-27T09:30:00");
    let waits = |play: &Play| {
        let stages = play.stages();
        let waiting = stages.iter().all(|(_, stage, _)| *stage == StageName::AwaitingPayment);
        assert!(stages.len() == 2 && waiting, "{stages:?}");
    };
    waits(&play);
    let [order] = &play.orders()[..] else { panic!("{:#?}", play.orders()) };
    let [invoice] = &order.invoices[..] else { panic!("{:#?}", order.invoices) };
    assert_eq!(invoice.amount.minor, 17_450 + 34_900);
    assert_eq!(invoice.vat.as_ref().unwrap().minor, 8_725);
    assert_eq!(invoice.due, Some(at("2026-11-30T23:59:59")));
    assert_eq!(invoice.documents.len(), 2);
    assert_eq!(order.disagrees(invoice), None);
    let payee = invoice.payee.as_ref().unwrap();
    assert!(payee.purpose.contains(&order.number), "{}", payee.purpose);
    let kept = play.engine.store.kept(&invoice.pdf.unwrap()).unwrap().unwrap();
    assert!(kept.starts_with(b"%PDF-"));
    assert!(order.paid.is_none());
    // By the profile's rhythm, and once more on the working day before the last one.
    let reminded = ["2026-11-25T18:00:00", "2026-11-27T09:00:00"].map(at);
    assert_eq!(play.woken("director-1"), reminded);
    // One payment for both, ready for the bank, and one command that tells of it.
    let kyiv = TimeZone::get("Europe/Kyiv").unwrap();
    assert_eq!(transfer(order, invoice, &kyiv).unwrap().kopecks, 52_350);
    let tell = format!("certpost paid {}", order.number);
    assert_eq!(play.commands(), [tell.clone(), tell]);
    play.golden("invoice-1-to-pay");

    play.until_local("2026-12-02T10:00:00");
    waits(&play);
    // Overdue since midnight: told when work begins.
    assert_eq!(play.woken("director-1")[2..], [at("2026-12-01T09:00:00")]);
    play.golden("invoice-2-overdue");
    let (id, on) = (order.number.clone(), Some(date(2026, 12, 2)));
    play.run(Errand::Paid { id, reference: "ПД-104".into(), on });
    let told = |one: &(String, StageName, u32)| one.1 == StageName::Acknowledged;
    assert!(play.stages().iter().all(told), "{:?}", play.stages());
    let paid = play.orders()[0].paid.clone().unwrap();
    assert_eq!((paid.on, paid.reference.as_str()), (date(2026, 12, 2), "ПД-104"));

    // The money is there on the next day, and only then anything is granted.
    play.until_local("2026-12-03T11:00:00");
    assert_eq!(play.words("director-1").len(), 2);
    assert!(play.authority.clerk().pay(&invoice.number, play.now));
    play.until_local("2026-12-04T18:00:00");
    let ids = ["accountant-1", "director-1", "notice-1"];
    play.assert_renewed(&ids.map(|id| (id, 1)), &["director", "accountant"]);
    assert_eq!(play.orders().len(), 1);
    play.finish("invoice-3-paid");
}

on_both_suites!(an_invoice_is_paid_after_nine_days);
