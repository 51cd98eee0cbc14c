//! Receipts that are not the authority's.

use certpost::crypto::{Pair, Usage};
use certpost::exchange::StageName;
use certpost::simulator::authority::{Forgery, Keys, Manners, Register};
use certpost::store::Fate;
use certpost::time::Span;

use crate::stage::*;

/// The forged letter is quarantined with these words, and the good ones behind it count.
fn refused(mut play: Play, forged: &[u8], words: &str) {
    let old = play.in_place("director");
    let before = play.exchange("director-1");
    play.deliver(forged);
    play.round();
    assert_eq!(play.exchange("director-1"), before, "{words}");
    let reason = play.quarantined(forged);
    assert!(reason.contains(words), "{reason}");
    play.nothing_more();

    // Once more, and this time a good one lies behind it.
    let [first, second] = play.honest(0);
    play.deliver(forged);
    play.deliver(&first);
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Acknowledged);
    assert_eq!(play.in_place("director"), old, "nothing was installed");
    play.quarantined(forged);
    play.deliver(&second);
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Installed);
    assert_ne!(play.in_place("director"), old);
    play.nothing_more();
}

fn each_dialect(make: impl Fn(&mut Play) -> Vec<u8>, words: [&str; 2]) {
    for (dialect, words) in DIALECTS.iter().zip(words) {
        let mut play = Play::sent(dialect);
        let forged = make(&mut play);
        refused(play, &forged, words);
    }
}

#[test]
fn f26_an_unsigned_receipt_is_quarantined() {
    each_dialect(|play| play.forged(Forgery::Unsigned), ["not signed", "nobody signed"]);
}

#[test]
fn f26_the_authoritys_name_over_another_key_is_a_stranger() {
    let words = "does not chain to its root";
    each_dialect(|play| play.forged(Forgery::Stranger), [words; 2]);
}

#[test]
fn f26_a_stranger_is_told_with_name_and_fingerprint() {
    let make = |play: &mut Play| {
        let suite = play.suite.clone();
        let other = Keys::make(&*suite, "АЦСК «Чужий»", "99900009", NOON, &mut play.chance);
        play.signed_by(other.unwrap().signer)[0].letter()
    };
    each_dialect(make, ["«АЦСК «Чужий». Квитанції»"; 2]);
}

#[test]
fn f26_an_expired_signer_of_the_authority_is_told_with_its_dates() {
    each_dialect(|play| play.forged(Forgery::Expired), ["valid only from"; 2]);
}

#[test]
fn f26_another_holder_of_the_same_root_is_not_the_authority() {
    let make = |play: &mut Play| {
        let seal: Pair =
            play.pairs.iter().find(|p| (p.0, p.1) == ("seal", Usage::Signing)).unwrap().2.clone();
        play.signed_by(seal)[1].letter()
    };
    each_dialect(make, ["who is not the authority's signer; the certificate chains"; 2]);
}

#[test]
fn f27_a_successor_of_the_signer_is_believed() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let name = play.authorities[0].keys.signer.certificate.subject_der().to_vec();
        let validity = (play.now - Span::days(1), play.now + Span::days(700));
        let successor = play.issued(name, validity);
        for answer in play.signed_by(successor) {
            play.deliver(&answer.letter());
        }
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect}");
        play.nothing_more();
    }
}

#[test]
fn f27_a_successor_that_has_ended_is_not_believed() {
    let make = |play: &mut Play| {
        let name = play.authorities[0].keys.signer.certificate.subject_der().to_vec();
        let validity = (play.now - Span::days(700), play.now - Span::days(1));
        let successor = play.issued(name, validity);
        play.signed_by(successor)[1].letter()
    };
    each_dialect(make, ["valid only from"; 2]);
}

#[test]
fn a_receipt_for_another_organisation_is_quarantined() {
    let words = "it is for another organisation (99999999)";
    each_dialect(|play| play.forged(Forgery::AnotherOrganisation), [words; 2]);
}

#[test]
fn a_receipt_for_an_unknown_document_is_unclaimed() {
    for dialect in DIALECTS {
        // Another agent of the same organisation sent it: authentic, and nobody here waits.
        let mut other = Play::sent(dialect);
        let letters = other.honest(0);
        let mut play = Play::director_only(dialect);
        play.deliver(&letters[1]);
        play.engine.setup.limits.openings_a_round = 0;
        play.round();
        let Fate::Unclaimed { reason } = play.fate_of(&letters[1]) else { panic!("{dialect}") };
        assert!(reason.contains("about unknown"), "{reason}");
        assert_eq!(play.picture().exchanges, []);
        play.nothing_more();
    }
}

#[test]
fn an_authority_that_was_not_asked_decides_nothing() {
    for dialect in DIALECTS {
        let mut play = Play::with_two_authorities(dialect);
        play.round();
        let letters: Vec<_> = play.desk().sent.clone();
        assert_eq!(letters.len(), 2);
        let about = letters.iter().position(|one| one.1 == "ca@first.example").unwrap();
        // The second one has got hold of the letter, and signs with its own hand: once sealed to
        // the director, and once, knowing nobody, in the clear.
        let (first, second) = (play.founded("first"), play.founded("second"));
        let mut meddler = first.clone();
        meddler.keys.signer = second.keys.signer.clone();
        let granted = play.answers_of(&meddler, &letters[about].0, Manners::default());
        meddler.register = Register::default();
        let refused = play.answers_of(&meddler, &letters[about].0, Manners::default());
        let before = play.exchange("director-1");
        for (answer, words) in [
            (&granted[1], "who is not the authority's signer"),
            (&refused[0], "second answers what was not asked of it"),
        ] {
            let letter = answer.letter();
            play.deliver(&letter);
            play.round();
            assert_eq!(play.exchange("director-1"), before);
            let reason = play.quarantined(&letter);
            assert!(reason.contains(words), "{reason}");
            play.nothing_more();
        }
        // The one that was asked is heard all the same.
        let answers = play.answers_of(&first, &letters[about].0, Manners::default());
        play.deliver(&answers[1].letter());
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed);
    }
}

#[test]
fn one_authority_under_two_names_is_heard_for_both() {
    for dialect in DIALECTS {
        let mut play = Play::with_two_authorities(dialect);
        // The same authority stands twice in the configuration, with other prices perhaps.
        let twin = play.founded("first");
        let first = play.engine.setup.authorities.remove(0);
        let second = &mut play.engine.setup.authorities[0];
        second.trust = first.trust.clone();
        second.recipients = first.recipients.clone();
        play.engine.setup.authorities.insert(0, first);
        play.engine.setup.holders.reverse();
        play.engine.setup.holders[0].authority = "first".into();
        play.engine.setup.holders[1].authority = "second".into();
        play.round();
        let number = play.desk().sent.iter().position(|one| one.1 == "ca@second.example");
        let letter = play.letter(number.unwrap());
        // In the clear, so that both names can read it.
        let mut forgetful = twin;
        forgetful.register = Register::default();
        let answer = play.answers_of(&forgetful, &letter, Manners::default())[0].letter();
        play.deliver(&answer);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Refused, "{dialect}");
        play.nothing_more();
    }
}

#[test]
fn f26_a_word_that_a_meddler_said_first_still_counts_from_the_right_mouth() {
    let mut play = Play::with_two_authorities("smime");
    play.round();
    let document = play.exchange("director-1").document().unwrap().0.clone();
    let content = format!(
        "Content-Type: text/plain\r\n\r\nReference: {document}\r\nCode: {CODE}\r\n\
         Answer: delivered\r\n"
    );
    let number = play.desk().sent.iter().position(|one| one.1 == "ca@first.example").unwrap();
    let letter = play.letter(number);
    let first = play.founded("first");
    let mut answer = play.answers_of(&first, &letter, Manners::default()).remove(0);
    let mut said_by = |play: &mut Play, name: &str| {
        let signer = play.founded(name).keys.signer;
        let (suite, now) = (play.suite.clone(), play.now);
        let signed = suite.sign(content.as_bytes(), &signer, now, &mut play.chance).unwrap();
        answer.timed.part.bytes = signed;
        answer.named(name)
    };
    let meddling = said_by(&mut play, "second");
    play.deliver(&meddling);
    play.round();
    assert!(play.quarantined(&meddling).contains("second answers what was not asked of it"));
    assert_eq!(play.stage("director-1"), StageName::Sent);
    let genuine = said_by(&mut play, "first");
    play.deliver(&genuine);
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Acknowledged);
    play.nothing_more();
}
