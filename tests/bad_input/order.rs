//! Good receipts in the wrong order, too often, or too late.

use certpost::engine::Errand;
use certpost::exchange::{Anomaly, Note, Stage, StageName};
use certpost::simulator::authority::{Manners, Refusing};
use certpost::store::{Fate, Store as _};

use crate::stage::*;

fn last_note(play: &Play) -> Anomaly {
    match play.picture().journal.last().unwrap().entry.note.clone() {
        Some(Note::Unexpected { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn f22_the_second_receipt_implies_the_first() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let [first, second] = play.honest(0);
        play.deliver(&second);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect}");
        play.nothing_more();
        play.deliver(&first);
        let before = play.exchange("director-1");
        let round = play.round();
        assert_eq!((round.filed, round.moved), (1, vec![]));
        assert_eq!(play.exchange("director-1"), before);
        assert_eq!(last_note(&play), Anomaly::Closed, "a late receipt №1 is only noted");
        assert!(matches!(play.fate_of(&first), Fate::Claimed(_)));
        play.nothing_more();
    }
}

#[test]
fn f22_both_in_one_round_in_the_wrong_order() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let [first, second] = play.honest(0);
        play.deliver(&second);
        play.deliver(&first);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect}");
        play.nothing_more();
    }
}

#[test]
fn f02_the_same_letter_twice_counts_once() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let [first, _] = play.honest(0);
        play.deliver(&first);
        play.deliver(&first);
        assert_eq!(play.round().filed, 1);
        assert_eq!(play.desk().settled.len(), 2, "both copies are done with");
        let before = play.picture();
        play.deliver(&first);
        let round = play.round();
        assert_eq!((round.filed, round.moved), (0, vec![]));
        assert_eq!(play.picture(), before);
        play.nothing_more();
    }
}

#[test]
fn f03_the_same_word_under_other_names_and_in_other_envelopes_counts_once() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let letter = play.letter(0);
        let manners = Manners { repeats: 2, ..Manners::default() };
        let answers = play.answers(&letter, manners);
        let [once, twice, granted, granted_again] = &answers[..] else { panic!() };
        assert_ne!(once.timed.part.bytes, twice.timed.part.bytes, "sealed anew");
        let copies = [once.letter(), once.named("renamed"), twice.letter()];
        for copy in &copies {
            play.deliver(copy);
        }
        let round = play.round();
        assert_eq!((round.filed, round.moved.len()), (3, 1));
        assert_eq!(play.stage("director-1"), StageName::Acknowledged);
        for copy in &copies {
            assert!(matches!(play.fate_of(copy), Fate::Claimed(_)));
        }
        let heard = |play: &Play| {
            let named = |one: &&certpost::store::Numbered| {
                one.entry.event.as_ref().is_some_and(|event| event.name() == "delivered")
            };
            play.picture().journal.iter().filter(named).count()
        };
        assert_eq!(heard(&play), 1, "the heart heard it once");
        play.deliver(&granted.letter());
        play.deliver(&granted_again.letter());
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed);
        play.nothing_more();
    }
}

/// A refused first application, and a second one on its way.
fn second_attempt(dialect: &str) -> Play {
    let mut play = Play::sent(dialect);
    let letter = play.letter(0);
    let refusing = Refusing {
        who: "director".into(),
        reasons: vec!["Немає оплати".into()],
        code: Some("PAY".into()),
        at_once: false,
    };
    let manners = Manners { refuses: vec![refusing], ..Manners::default() };
    for answer in play.answers(&letter, manners) {
        play.deliver(&answer.letter());
    }
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Refused);
    play.run(&Errand::Retry { id: "director".into() }).unwrap();
    play.round();
    let exchange = play.exchange("director-1");
    assert_eq!((exchange.stage.name(), exchange.attempt), (StageName::Sent, 2));
    assert_ne!(play.letter(0), play.letter(1));
    play
}

#[test]
fn f23_a_late_yes_to_an_earlier_attempt_is_installed_with_its_own_keys() {
    for dialect in DIALECTS {
        let mut play = second_attempt(dialect);
        let old = play.in_place("director");
        let [_, late] = play.honest(0);
        play.deliver(&late);
        play.round();
        let Stage::Installed { grant, .. } = play.exchange("director-1").stage else {
            panic!("{dialect}: {:?}", play.stage("director-1"));
        };
        assert_eq!(grant.attempt, 1);
        let installed = play.in_place("director");
        assert_ne!(installed, old);
        // The answer to the second attempt is noted, and changes nothing any more.
        let [_, second] = play.honest(1);
        play.deliver(&second);
        play.round();
        assert_eq!(last_note(&play), Anomaly::Closed);
        assert_eq!(play.in_place("director"), installed);
        play.nothing_more();
    }
}

#[test]
fn f23_other_late_words_about_an_earlier_attempt_decide_nothing() {
    for dialect in DIALECTS {
        let mut play = second_attempt(dialect);
        let before = play.exchange("director-1");
        // The same word at another minute is another content.
        play.now = play.now + certpost::time::Span::minutes(3);
        let [late, _] = play.honest(0);
        play.deliver(&late);
        play.round();
        assert_eq!(play.exchange("director-1"), before, "{dialect}");
        assert_eq!(last_note(&play), Anomaly::EarlierAttempt);
        play.nothing_more();
        let [first, second] = play.honest(1);
        play.deliver(&first);
        play.deliver(&second);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed);
    }
}

/// Both receipts in one letter, as some gateways put them.
fn both_in_one(answers: &[Answer]) -> Vec<u8> {
    let parts: String = answers
        .iter()
        .map(|answer| {
            let bytes = certpost::mail::base64_lines(&answer.timed.part.bytes);
            format!("--b\r\nContent-Transfer-Encoding: base64\r\n\r\n{bytes}")
        })
        .collect();
    let header = "From: ca@first.example\r\nContent-Type: multipart/mixed; boundary=b";
    raw(header, &format!("{parts}--b--\r\n"))
}

#[test]
fn f02_two_receipts_in_one_letter_survive_a_power_cut_between_them() {
    for dialect in DIALECTS {
        for cut in [false, true] {
            let mut play = Play::sent(dialect);
            let letter = play.letter(0);
            let answers = play.answers(&letter, Manners::default());
            let both = both_in_one(&answers);
            play.deliver(&both);
            if cut {
                // The first receipt's commit stands, keeping the second one fails.
                play.store.keep(&both).unwrap();
                play.store.fail_after_commits(1, std::io::ErrorKind::StorageFull);
                play.engine.round(play.now, None).unwrap_err();
                assert_eq!(play.stage("director-1"), StageName::Acknowledged);
                assert_eq!(play.picture().arrivals, []);
                play.after_power_cut();
            }
            play.round();
            assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect} {cut}");
            assert_eq!(play.picture().arrivals.len(), 1);
            play.nothing_more();
            // Each of them alone is known.
            for answer in &answers {
                play.deliver(&answer.letter());
            }
            let journal = play.picture().journal.len();
            play.round();
            assert_eq!(play.picture().journal.len(), journal);
        }
    }
}
