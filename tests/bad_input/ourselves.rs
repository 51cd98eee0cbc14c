//! What is wrong on our own side: disk, clock, configuration, secrets, an absent mailbox.

use std::io::ErrorKind;

use certpost::authority::Role;
use certpost::engine::Errand;
use certpost::exchange::{Obstacle, SendFailure, Stage, StageName};
use certpost::store::{Fate, StoreError};
use certpost::time::Span;

use crate::stage::*;

fn labels(round: &certpost::engine::Round) -> Vec<&str> {
    round.troubles.iter().map(|one| one.label.as_str()).collect()
}

#[test]
fn f48_a_full_disk_at_commit_settles_nothing_and_the_next_round_goes_on() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let [first, second] = play.honest(0);
        play.deliver(&first);
        play.deliver(&second);
        let before = play.picture();
        play.store.fail_next_commit(ErrorKind::StorageFull);
        let error = play.engine.round(play.now, None).unwrap_err();
        assert!(matches!(error, StoreError::Io { operation: "commit to", .. }), "{error}");
        assert_eq!(play.desk().settled, Vec::<String>::new());
        assert_eq!(play.picture(), before);
        play.after_power_cut();
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect}");
        play.nothing_more();
    }
}

#[test]
fn f48_a_full_disk_at_keeping_the_letter_settles_nothing() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let [first, _] = play.honest(0);
        play.deliver(&first);
        let before = play.picture();
        play.store.fail_next_keep(ErrorKind::StorageFull);
        let error = play.engine.round(play.now, None).unwrap_err();
        assert!(matches!(error, StoreError::Io { operation: "keep a file in", .. }), "{error}");
        assert_eq!(play.desk().settled, Vec::<String>::new());
        assert_eq!(play.picture(), before);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Acknowledged);
        play.nothing_more();
    }
}

#[test]
fn f44_a_full_disk_while_preparing_sends_nothing_and_uses_the_same_keys_later() {
    for dialect in DIALECTS {
        for keep in [true, false] {
            let mut play = Play::director_only(dialect);
            // The mailbox is read and the renewal is opened; then the disk is full.
            play.engine.setup.limits.openings_a_round = 0;
            play.round();
            play.engine.setup.limits.openings_a_round = 1;
            play.run(&Errand::Renew { holder: "director".into() }).unwrap();
            if keep {
                play.store.fail_next_keep(ErrorKind::StorageFull);
                play.engine.round(play.now, None).unwrap_err();
            } else {
                let mut round = 0;
                // The first commit of a round is the mailbox's; the next one says «prepared».
                while play.desk().sent.is_empty() && round < 2 {
                    play.store.fail_next_commit(ErrorKind::StorageFull);
                    play.engine.round(play.now, None).unwrap_err();
                    round += 1;
                }
            }
            assert_eq!(play.desk().sent.len(), 0);
            assert_eq!(play.stage("director-1"), StageName::Opened);
            play.after_power_cut();
            play.round();
            assert_eq!(play.stage("director-1"), StageName::Sent);
            let [_, second] = play.honest(0);
            play.deliver(&second);
            play.round();
            assert_eq!(play.stage("director-1"), StageName::Installed);
        }
    }
}

#[test]
fn data_that_differ_from_the_certificate_are_told_and_nothing_is_sent() {
    for dialect in DIALECTS {
        let mut play = Play::director_only(dialect);
        play.engine.setup.organisation.name = "ТОВ «Спроба»".into();
        let round = play.round();
        let (obstacle, was) = play.stalled("director-1");
        let Obstacle::Preparation(problem) = obstacle else { panic!("{obstacle:?}") };
        assert_eq!((problem.label.as_str(), was), ("data-differ", StageName::Opened));
        let words = "organisation.name: «ТОВ «Спроба»» ≠ «ТОВ «Проба»»";
        assert_eq!(problem.detail, words);
        assert!(round.troubles.iter().any(|one| one.detail.contains(words)));
        assert_eq!(play.desk().sent.len(), 0);
        assert_eq!(play.engine.vault.orphans(&[]).unwrap(), [], "no key was made for nothing");
        play.nothing_more();
        play.engine.setup.organisation.name = COMPANY.into();
        play.run(&Errand::Retry { id: "director".into() }).unwrap();
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Sent, "{dialect}");
    }
}

#[test]
fn a_seal_that_is_configured_as_a_persons_is_told_and_nothing_is_sent() {
    for dialect in DIALECTS {
        let mut play = Play::cast(dialect, "first", [300, 30]);
        play.engine.setup.holders[1].role = Role::Director;
        play.round();
        let (obstacle, _) = play.stalled("seal-1");
        let Obstacle::Preparation(problem) = obstacle else { panic!("{obstacle:?}") };
        let words = "holder.role: «director» ≠ «seal, by its extended usage»";
        assert_eq!((problem.label.as_str(), problem.detail.as_str()), ("data-differ", words));
        assert_eq!(play.desk().sent.len(), 0);
        play.engine.setup.holders[1].role = Role::Seal;
        play.run(&Errand::Retry { id: "seal".into() }).unwrap();
        play.round();
        assert_eq!(play.stage("seal-1"), StageName::Sent, "{dialect}");
    }
}

#[test]
fn f45_a_certificate_that_has_ended_is_told_as_expired_and_nothing_is_sent() {
    for dialect in DIALECTS {
        let mut play = Play::cast(dialect, "first", [-1, 300]);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Expired, "{dialect}");
        assert_eq!(play.desk().sent.len(), 0);
        play.nothing_more();
    }
}

#[test]
fn f45_the_end_that_comes_while_waiting_is_told_and_an_answer_still_counts() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let [_, second] = play.honest(0);
        play.now = play.now + Span::days(31);
        play.desk().closed = Some(problem("imap-unreachable", "no route"));
        let round = play.round();
        assert_eq!(labels(&round), ["imap-unreachable"]);
        assert_eq!(play.stage("director-1"), StageName::Expired, "whatever the mailbox does");
        play.desk().closed = None;
        play.deliver(&second);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect}");
    }
}

#[test]
fn a_missing_secret_is_told_and_tried_again_later() {
    for dialect in DIALECTS {
        let mut play = Play::director_only(dialect);
        play.pocket.lose(true);
        let round = play.round();
        assert_eq!(labels(&round), ["secret-missing"]);
        let Stage::Opened { retry } = play.exchange("director-1").stage else { panic!() };
        assert_eq!((retry.failures, retry.not_before), (1, Some(play.now + Span::minutes(5))));
        play.nothing_more();
        play.pocket.lose(false);
        play.now = play.now + Span::minutes(4);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Opened, "not before its time");
        play.now = play.now + Span::minutes(1);
        assert_eq!(labels(&play.round()), Vec::<&str>::new());
        assert_eq!(play.stage("director-1"), StageName::Sent, "{dialect}");
    }
}

#[test]
fn a_secret_that_is_missing_when_the_answer_comes_keeps_the_answer_from_nothing() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let [_, second] = play.honest(0);
        play.pocket.lose(true);
        play.deliver(&second);
        let round = play.round();
        // Nothing can be opened without the password: the letter must wait for it.
        assert!(labels(&round).contains(&"secret-missing"), "{:?}", round.troubles);
        assert_eq!(play.stage("director-1"), StageName::Sent);
        play.pocket.lose(false);
        play.now = play.now + Span::minutes(10);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect}");
        play.nothing_more();
    }
}

#[test]
fn f40_a_clock_that_runs_back_collects_and_sends_nothing_until_it_is_accepted() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let old = play.in_place("director");
        // Our clock was ahead when the application left; the authority's was right.
        play.now = play.now - Span::hours(2);
        let [first, second] = play.honest(0);
        play.deliver(&first);
        play.deliver(&second);
        assert_eq!(labels(&play.round()), ["clock"]);
        assert!(matches!(play.fate_of(&second), Fate::Claimed(_)), "what came is committed");
        assert_eq!(play.stage("director-1"), StageName::Granted);
        // Committing what came must not make the clock believed.
        for _ in 0..3 {
            assert_eq!(labels(&play.round()), ["clock"]);
            assert_eq!(play.stage("director-1"), StageName::Granted);
            assert_eq!(play.in_place("director"), old);
        }
        play.run(&Errand::AcceptClock).unwrap();
        assert_eq!(labels(&play.round()), Vec::<&str>::new());
        assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect}");
    }
}

#[test]
fn f40_a_clock_that_creeps_back_is_noticed_too() {
    let mut play = Play::sent("sota");
    for minutes in [30, 60] {
        play.now = NOON - Span::minutes(minutes);
        assert_eq!(labels(&play.round()), Vec::<&str>::new(), "{minutes}");
    }
    play.now = NOON - Span::minutes(90);
    assert_eq!(labels(&play.round()), ["clock"]);
}

#[test]
fn f40_a_hold_from_outside_lets_letters_in_and_nothing_out() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let [_, second] = play.honest(0);
        play.deliver(&second);
        // The wall clock jumped half a year ahead, and the monotonic one did not.
        let jumped = play.now + Span::days(180);
        let hold = problem("clock", "the wall clock jumped");
        let round = play.engine.round(jumped, Some(hold)).unwrap();
        assert_eq!(labels(&round), ["clock"]);
        assert_eq!(play.stage("director-1"), StageName::Granted);
        // The clock is set right again, and nothing stands in the way.
        assert_eq!(labels(&play.round()), Vec::<&str>::new());
        assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect}");
    }
}

#[test]
fn f41_the_soonest_end_first_and_no_more_than_allowed_a_round() {
    for dialect in DIALECTS {
        let mut play = Play::cast(dialect, "first", [30, 20]);
        play.engine.setup.limits.openings_a_round = 1;
        play.round();
        let known: Vec<_> = play.picture().exchanges.into_iter().map(|one| one.holder).collect();
        assert_eq!(known, ["seal"]);
        play.round();
        assert_eq!(play.picture().exchanges.len(), 2);
        assert_eq!(play.desk().sent.len(), 2);
        play.nothing_more();
    }
}

#[test]
fn f42_what_was_withdrawn_is_not_opened_again_by_itself() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let renew = Errand::Renew { holder: "director".into() };
        assert_eq!(play.run(&renew).unwrap_err().label, "already-open");
        let reason = "звільняється".to_owned();
        play.run(&Errand::Withdraw { id: "director".into(), reason }).unwrap();
        for _ in 0..3 {
            play.now = play.now + Span::days(1);
            play.round();
        }
        assert_eq!(play.picture().exchanges.len(), 1);
        assert_eq!(play.desk().sent.len(), 1);
        // A person may.
        play.run(&renew).unwrap();
        play.round();
        assert_eq!(play.stage("director-2"), StageName::Sent, "{dialect}");
        assert_eq!(play.run(&renew).unwrap_err().label, "already-open");
    }
}

#[test]
fn f37_renewed_by_hand_meanwhile_is_closed_as_superseded() {
    use certpost::crypto::Usage;
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let [_, late] = play.honest(0);
        let holder = play.engine.setup.holder("director").unwrap().clone();
        let suite = play.suite.clone();
        for usage in [Usage::Signing, Usage::Agreement] {
            let ends = play.now + Span::days(730);
            let first = &mut play.authorities[0];
            let pair = enrol(&holder, usage, ends, first, &*suite, &mut play.chance);
            put_in_place(play.engine.vault.as_mut(), "director", usage, &pair);
        }
        let by_hand = play.in_place("director");
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Withdrawn);
        let journal = play.picture().journal;
        assert_eq!(journal.last().unwrap().entry.words, "a newer certificate is already in place");
        // The answer that still comes is noted and installs nothing over what a person did.
        play.deliver(&late);
        play.round();
        assert_eq!(play.in_place("director"), by_hand, "{dialect}");
        assert_eq!(play.desk().sent.len(), 1);
        play.nothing_more();
    }
}

#[test]
fn an_absent_mailbox_is_no_silence() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let [first, _] = play.honest(0);
        let until = play.exchange("director-1").wake_at().unwrap();
        play.desk().closed = Some(problem("imap-unreachable", "no route"));
        for minutes in [0, 60] {
            play.now = until + Span::minutes(minutes);
            assert_eq!(labels(&play.round()), ["imap-unreachable"]);
            assert_eq!(play.stage("director-1"), StageName::Sent, "nobody looked yet");
        }
        assert_eq!(play.desk().sent.len(), 1);
        play.desk().closed = None;
        play.deliver(&first);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Acknowledged, "{dialect}");
        assert_eq!(play.desk().sent.len(), 1, "the answer lay there all the time");
    }
}

#[test]
fn silence_means_something_once_the_mailbox_was_read() {
    let mut play = Play::sent("sota");
    let until = play.exchange("director-1").wake_at().unwrap();
    play.now = until + Span::hours(1);
    play.desk().closed = Some(problem("imap-unreachable", "no route"));
    play.round();
    play.desk().closed = None;
    play.round();
    assert_eq!(play.desk().sent.len(), 2);
    assert_eq!(play.letter(0), play.letter(1), "the same bytes");
}

#[test]
fn f21_a_server_that_says_later_is_asked_again_up_the_ladder() {
    for dialect in DIALECTS {
        let mut play = Play::director_only(dialect);
        let later = || SendFailure::Later(problem("smtp-later", "451 greylisted"));
        play.desk().fates = vec![later(), later(), later()];
        for wait in [5, 15, 30] {
            assert_eq!(labels(&play.round()), ["smtp-later"]);
            let Stage::Prepared { dispatch } = play.exchange("director-1").stage else { panic!() };
            assert_eq!(dispatch.retry.not_before, Some(play.now + Span::minutes(wait)));
            play.nothing_more();
            play.now = play.now + Span::minutes(wait);
        }
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Sent, "{dialect}");
        let sent = play.desk().sent.clone();
        assert_eq!(sent.len(), 4);
        assert!(sent.iter().all(|one| *one == sent[0]), "the same bytes");
    }
}

#[test]
fn a_letter_that_was_committed_but_not_settled_is_known_when_it_comes_again() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let [first, _] = play.honest(0);
        play.deliver(&first);
        play.desk().settling_fails = true;
        let round = play.round();
        assert_eq!((round.filed, labels(&round)), (1, vec!["imap-unreachable"]));
        let before = play.picture();
        assert_eq!(play.round().filed, 0);
        assert_eq!(play.picture(), before);
        play.desk().settling_fails = false;
        play.round();
        assert_eq!(play.desk().settled.len(), 1, "{dialect}");
        play.nothing_more();
    }
}

#[test]
fn a_round_that_could_settle_nothing_does_not_hurry_on() {
    let mut play = Play::sent("smime");
    play.engine.setup.limits.letters_a_round = 1;
    for letter in play.honest(0) {
        play.deliver(&letter);
    }
    play.desk().settling_fails = true;
    assert!(!play.round().more, "the same letter would come at once, for ever");
    play.desk().settling_fails = false;
    assert!(play.round().more);
    assert!(!play.round().more);
    assert_eq!(play.stage("director-1"), StageName::Installed);
}

/// No number of failures switches a mailbox off: each round asks again, and the first that can be
/// read is read.
#[test]
fn f15_a_mailbox_that_failed_a_thousand_times_is_read_when_it_is_back() {
    let mut play = Play::sent(DIALECTS[0]);
    let letters = play.honest(0);
    play.desk().closed = Some(problem("imap-unreachable", "no route"));
    for letter in &letters {
        play.deliver(letter);
    }
    for _ in 0..1000 {
        let round = play.round();
        assert_eq!(round.troubles[0].label, "imap-unreachable");
    }
    assert_eq!(play.stage("director-1"), StageName::Sent);
    play.desk().closed = None;
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Installed);
}
