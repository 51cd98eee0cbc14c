//! Four holders who have paid: all are granted, and the tax office takes the notice.

use certpost::simulator::scene::Plot;
use certpost::time::{Span, Timestamp};
use jiff::tz::TimeZone;

use crate::on_both_suites;
use crate::play::{Play, START, unhurried};

fn all_are_granted_and_the_notice_is_accepted(suite: &str) {
    let mut play = Play::set(suite, Plot { manners: unhurried(), ..Plot::default() });
    play.until_local("2026-11-24T18:00:00");
    let ids = ["accountant-1", "director-1", "employee-1", "notice-1", "seal-1"];
    play.assert_renewed(&ids.map(|id| (id, 1)), &["director", "accountant", "seal"]);
    let [order] = &play.orders()[..] else { panic!("{:#?}", play.orders()) };
    assert_eq!(order.number, format!("{}-20261123", play.company.code));
    assert_eq!((order.items.len(), order.invoices.len()), (4, 0));
    let documents: Vec<_> = order.items.iter().map(|item| item.document.clone()).collect();
    assert_eq!(order.price(&documents).unwrap().minor, 4 * 34_900);
    // The notice must be in before the day on which the director's old key ends.
    let director = &play.company.holders[0];
    let ends = START + Span::days(i64::from(director.days_left));
    let kyiv = TimeZone::get("Europe/Kyiv").unwrap();
    let midnight = Timestamp::from_civil(ends.date(&kyiv).at(0, 0, 0, 0), &kyiv);
    assert_eq!(play.exchange("director-1").deadline, ends);
    assert_eq!(play.exchange("notice-1").deadline, midnight);
    let notice = play.exchange("notice-1");
    let number = &notice.document().unwrap().0;
    assert!(number.contains("J1391104"), "{number}");
    assert_eq!(play.words("director-1").len(), 2);
    assert!(play.words("director-1")[0].contains("ДОКУМЕНТ ПРИЙНЯТО"));
    assert!(play.words("notice-1")[0].contains("Підписи документа: 1 - "));
    play.finish("prepaid");
}

on_both_suites!(all_are_granted_and_the_notice_is_accepted);
