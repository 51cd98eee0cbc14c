//! A certificate ends while the authority is silent; it answers afterwards.

use certpost::exchange::{Obstacle, Stage, StageName};
use certpost::simulator::authority::Manners;
use certpost::simulator::scene::{Plot, Wish};
use certpost::time::Span;
use jiff::civil::date;

use crate::on_both_suites;
use crate::play::{Play, START, idle, unhurried};

fn a_certificate_ends_in_silence_and_the_late_answer_is_taken(suite: &str) {
    // From Monday on nobody is there for two weeks; the certificate ends on the Saturday before.
    let manners = Manners {
        holiday_from: Some(date(2026, 11, 23)),
        holiday_to: Some(date(2026, 12, 6)),
        ..unhurried()
    };
    let accountant = Wish { days_left: Some(12), ..Wish::of("accountant") };
    let wishes = vec![idle("director"), accountant, idle("seal"), idle("employee")];
    let mut play = Play::set(suite, Plot { manners, wishes, ..Plot::default() });
    play.until_local("2026-11-27T12:00:00");
    let stage = play.exchange("accountant-1").stage;
    let Stage::Stalled { obstacle: Obstacle::Silence, .. } = &stage else { panic!("{stage:?}") };
    play.golden("expired-1-silence");
    play.until_local("2026-12-06T12:00:00");
    assert_eq!(play.stage("accountant-1"), StageName::Expired);
    assert_eq!(play.exchange("accountant-1").deadline, START + Span::days(12));
    assert!(play.words("accountant-1").is_empty());
    play.golden("expired-2-paper");
    play.until_local("2026-12-08T12:00:00");
    play.assert_renewed(&[("accountant-1", 1), ("notice-1", 1)], &["accountant"]);
    // The same bytes went three times and were answered three times; each word counts once.
    assert_eq!(play.authority.letters().len(), 3);
    assert_eq!(play.engine.store.arrivals().unwrap().len(), 3 * 2 + 2);
    assert_eq!(play.words("accountant-1").len(), 2);
    play.finish("expired-3-late-answer");
}

on_both_suites!(a_certificate_ends_in_silence_and_the_late_answer_is_taken);
