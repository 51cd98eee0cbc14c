//! Certificates that do not answer what was asked (F24, F25).

use certpost::engine::Errand;
use certpost::exchange::{Anomaly, Note, Obstacle, StageName};
use certpost::simulator::authority::{Manners, Wrong};
use certpost::store::Fate;
use certpost::time::Span;

use crate::stage::*;

/// Receipts №1 and №2 with certificates that are wrong in this way.
fn wrong_answers(play: &mut Play, wrong: Wrong) -> [Vec<u8>; 2] {
    let letter = play.letter(0);
    let manners = Manners { grants_wrong: Some(wrong), ..Manners::default() };
    let answers = play.answers(&letter, manners);
    let [first, second] = &answers[..] else { panic!("{} answers", answers.len()) };
    [first.letter(), second.letter()]
}

fn not_installed(wrong: Wrong, words: &str) {
    not_installed_as("certificate-mismatch", wrong, words);
}

fn not_installed_as(label: &str, wrong: Wrong, words: &str) {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let old = play.in_place("director");
        let [first, second] = wrong_answers(&mut play, wrong);
        play.deliver(&first);
        play.deliver(&second);
        let round = play.round();
        let (obstacle, was) = play.stalled("director-1");
        let Obstacle::Installation(problem) = obstacle else { panic!("{obstacle:?}") };
        assert_eq!((problem.label.as_str(), was), (label, StageName::Granted));
        assert!(problem.detail.contains(words), "{}", problem.detail);
        assert!(round.troubles.iter().any(|one| one.detail.contains(words)), "it is told");
        let journal = play.picture().journal;
        assert!(journal.last().unwrap().entry.words.contains(words), "it is written down");
        assert_eq!(play.in_place("director"), old);
        assert_eq!(play.desk().sent.len(), 1, "nothing is sent about it");
        play.nothing_more();

        // Trying the same certificates again helps nobody.
        play.run(&Errand::Retry { id: "director".into() }).unwrap();
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Stalled);
        assert_eq!(play.in_place("director"), old);

        let [_, right] = play.honest(0);
        play.deliver(&right);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect}");
        assert_ne!(play.in_place("director"), old);
        play.nothing_more();
    }
}

#[test]
fn f25_another_key() {
    not_installed(Wrong::Key, "the public key is");
}

#[test]
fn f25_another_subject() {
    not_installed(Wrong::Subject, "ЄДРПОУ is 00000000, expected 99912345");
}

#[test]
fn f25_another_usage() {
    not_installed(Wrong::Usage, "signing: the certificate is not for signing");
}

#[test]
fn f25_not_yet_valid() {
    not_installed(Wrong::NotYet, "valid from 2027-11-20");
}

#[test]
fn f25_another_root_and_which() {
    not_installed_as("certificate-untrusted", Wrong::Chain, "whose key did not sign it");
}

#[test]
fn f25_the_old_certificate_once_more() {
    not_installed(Wrong::Old, "the authority sent the old certificate back");
}

#[test]
fn f24_the_right_certificates_behind_wrong_ones_in_the_same_round_are_installed() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        for wrong in [Wrong::Key, Wrong::Subject] {
            let [_, second] = wrong_answers(&mut play, wrong);
            play.deliver(&second);
        }
        let [_, right] = play.honest(0);
        play.deliver(&right);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect}");
        play.nothing_more();
    }
}

#[test]
fn f24_two_wrong_answers_in_one_round_stall_and_go_in_no_circle() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        for wrong in [Wrong::Key, Wrong::Subject] {
            let [_, second] = wrong_answers(&mut play, wrong);
            play.deliver(&second);
        }
        play.round();
        let (obstacle, _) = play.stalled("director-1");
        let Obstacle::Installation(problem) = obstacle else { panic!("{obstacle:?}") };
        assert!(problem.detail.contains("ЄДРПОУ is 00000000"), "{}", problem.detail);
        play.nothing_more();
    }
}

#[test]
fn f24_the_first_good_certificates_stay_when_others_follow() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let [_, good] = play.honest(0);
        let [_, bad] = wrong_answers(&mut play, Wrong::Key);
        play.now = play.now + Span::minutes(5);
        let [_, as_good] = play.honest(0);
        play.deliver(&good);
        play.round();
        let installed = play.in_place("director");
        let before = play.exchange("director-1");
        for other in [&bad, &as_good] {
            play.deliver(other);
            play.round();
            assert_eq!(play.in_place("director"), installed);
            assert_eq!(play.exchange("director-1"), before);
            assert!(matches!(play.fate_of(other), Fate::Claimed(_)));
        }
        let note = play.picture().journal.last().unwrap().entry.note.clone();
        assert!(matches!(note, Some(Note::Unexpected { why: Anomaly::Closed, .. })), "{note:?}");
        play.nothing_more();
    }
}
