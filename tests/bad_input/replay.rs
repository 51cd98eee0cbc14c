//! Letters in quarantine that are read again, or dealt with.

use certpost::crypto::{Trust, digest};
use certpost::engine::{Errand, ignored};
use certpost::exchange::StageName;
use certpost::store::{Fate, Store};

use crate::stage::*;

/// The honest first receipt came while the configuration trusted somebody else.
fn distrusted(dialect: &str) -> (Play, Vec<u8>, Trust) {
    let mut play = Play::sent(dialect);
    let [first, _] = play.honest(0);
    let trust = play.engine.setup.authorities[0].trust.clone();
    play.engine.setup.authorities[0].trust.signers.clear();
    play.engine.setup.authorities[0].trust.anchors.clear();
    play.deliver(&first);
    play.round();
    play.quarantined(&first);
    assert_eq!(play.stage("director-1"), StageName::Sent);
    (play, first, trust)
}

#[test]
fn a_letter_is_judged_anew_once_the_trust_is_right_and_only_once() {
    for dialect in DIALECTS {
        let (mut play, first, trust) = distrusted(dialect);
        let raw = digest(&first);
        let before = play.picture();
        let problem = play.run(&Errand::Replay { raw }).unwrap_err();
        assert_eq!(problem.label, "still-quarantined");
        assert_eq!(play.picture(), before, "it stands as it stood");

        play.engine.setup.authorities[0].trust = trust;
        let came = before.arrivals.last().unwrap().at;
        play.now = play.now + certpost::time::Span::minutes(5);
        let done = play.run(&Errand::Replay { raw }).unwrap();
        assert_eq!(done.exchange.unwrap().0, "director-1");
        assert_eq!(play.stage("director-1"), StageName::Acknowledged);
        assert!(matches!(play.fate_of(&first), Fate::Claimed(_)));
        let after = play.picture();
        assert_eq!(after.arrivals.len(), before.arrivals.len());
        assert_eq!(after.arrivals.last().unwrap().at, came, "it came when it came");
        assert_eq!(after.journal.last().unwrap().entry.cause, Some(raw));

        let done = play.run(&Errand::Replay { raw }).unwrap();
        assert_eq!(done.exchange.unwrap().0, "director-1");
        assert_eq!(play.picture(), after, "again: nothing");
        certpost::store::replay(play.store.as_ref()).unwrap();
    }
}

#[test]
fn f50_a_letter_that_was_never_fetched_stays_in_quarantine() {
    let mut play = Play::sent("smime");
    let header = b"From: a@b.example\r\nSubject: huge\r\n\r\n".to_vec();
    play.put(certpost::engine::ports::Form::Oversized { header, bytes: 1 << 30 });
    play.round();
    let arrival = play.picture().arrivals.pop().unwrap();
    let before = play.picture();
    let problem = play.run(&Errand::Replay { raw: arrival.raw }).unwrap_err();
    assert!(problem.detail.contains("the limit is"), "{problem:?}");
    assert_eq!(play.picture(), before);
}

#[test]
fn a_letter_that_was_dealt_with_keeps_the_first_reason() {
    let (mut play, first, _) = distrusted("sota");
    let raw = digest(&first);
    let said = |play: &Play| {
        let store = play.store.as_ref() as &dyn Store;
        ignored(store, &store.arrivals().unwrap()).unwrap()
    };
    assert_eq!(said(&play), vec![]);
    for reason in ["перевірено по телефону", "another"] {
        play.run(&Errand::Ignore { raw, reason: reason.into() }).unwrap();
        assert_eq!(said(&play).len(), 1);
        assert_eq!(said(&play)[0].reason, "перевірено по телефону");
    }
    play.quarantined(&first);
    for raw in [digest(b"nothing"), digest(&play.letter(0))] {
        let refused = play.run(&Errand::Ignore { raw, reason: String::new() }).unwrap_err();
        assert_eq!(refused.label, "not-now");
    }
}
