//! New keys: their passwords (С11), and which certificates of a holder are looked after (С6).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/stage.rs"]
mod stage;

use certpost::crypto::{Certificate, Usage};
use certpost::engine::Errand;
use certpost::engine::ports::Place;
use certpost::exchange::{ExchangeId, StageName};
use certpost::time::Span;
use stage::{DIALECTS, NOON, Play};

const OLD: &str = "калина-8";
const NEW: &str = "нова лоза 9";

/// How many pairs in use and earlier ones open.
fn open(play: &Play, place: Place<'_>) -> (Option<usize>, usize) {
    let now = play.engine.vault.pairs(place).ok().map(|pairs| pairs.len());
    (now, play.engine.vault.previous(place).unwrap().len())
}

fn both() -> Place<'static> {
    Place { new_password: NEW.as_bytes(), ..Place::new("director", OLD.as_bytes()) }
}

#[test]
fn a_renewal_that_changes_the_password_signs_with_the_old_key_and_locks_the_new_ones() {
    for dialect in DIALECTS {
        let mut play = Play::director_only(dialect);
        play.pocket.put("holder/director/new-password", NEW);
        play.pocket.put("holder/director/new-password-again", NEW);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Sent);
        let id = ExchangeId("director-1".into());
        let pending = |play: &Play, password: &'static str| {
            let place = Place::new("director", password.as_bytes());
            play.engine.vault.pending(place, &id, 1, Usage::Signing).map(|key| key.is_some())
        };
        assert_eq!(pending(&play, NEW), Ok(true));
        assert!(pending(&play, OLD).is_err(), "the new key is not under the old password");
        assert_eq!(open(&play, both()), (Some(2), 0), "the old pairs work on");
        // The new keys are found again after a crash, and not made again.
        play.after_power_cut();
        play.answered(0);
        assert_eq!(play.stage("director-1"), StageName::Installed);
        assert_eq!(open(&play, both()), (Some(2), 2), "both generations");
        assert_eq!(open(&play, Place::new("director", NEW.as_bytes())), (Some(2), 0));
        assert_eq!(open(&play, Place::new("director", OLD.as_bytes())), (None, 2));

        // The administrator moves the new password into the place of the old one, at leisure: the
        // next renewal goes either way.
        for (moved, id) in [(false, "director-2"), (true, "director-3")] {
            if moved {
                play.pocket.put("holder/director/password", NEW);
            }
            play.now = play.now + Span::days(700);
            play.round();
            assert_eq!(play.stage(id), StageName::Sent, "{dialect}");
            let last = play.desk().sent.len() - 1;
            play.answered(last);
            assert_eq!(play.stage(id), StageName::Installed);
        }
    }
}

#[test]
fn an_answer_to_the_old_keys_opens_after_the_new_ones_are_in_place() {
    let mut play = Play::sent("sota");
    let [first, second] = play.honest(0);
    let again = play.first_receipt().named("once-more");
    play.deliver(&first);
    play.deliver(&second);
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Installed);
    // From now on new keys would get another password; the pairs have the old one.
    play.pocket.put("holder/director/new-password", NEW);
    play.deliver(&again);
    play.round();
    assert!(matches!(play.fate_of(&again), certpost::store::Fate::Claimed(_)));
}

#[test]
fn a_wrong_repetition_makes_no_key_and_the_right_one_goes_on() {
    let mut play = Play::director_only("sota");
    play.pocket.put("holder/director/new-password", NEW);
    play.pocket.put("holder/director/new-password-again", "нова лоза 8");
    let round = play.round();
    assert_eq!(play.stage("director-1"), StageName::Opened);
    assert_eq!(round.troubles[0].label, "password-repetition");
    assert!(round.troubles[0].detail.contains("new-password-again of director"));
    let told = format!("{round:?} {:?}", play.picture());
    for secret in [NEW, OLD, "нова лоза 8"] {
        assert!(!told.contains(secret), "{told}");
    }
    assert_eq!(play.engine.vault.orphans(&[]).unwrap(), [], "no key was made");
    play.pocket.put("holder/director/new-password-again", NEW);
    play.run(&Errand::Retry { id: "director".into() }).unwrap();
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Sent);
}

#[test]
fn the_authoritys_least_length_is_that_of_the_new_password() {
    // The old key has a password that is shorter than the rule: that is over and done.
    let mut play = Play::director_only("sota");
    let profile = &mut play.engine.setup.authorities[0].profile;
    assert_eq!(profile.password_min, 3, "as the guide of СОТА says");
    profile.password_min = 9;
    let round = play.round();
    assert_eq!(round.troubles[0].label, "password-short");
    assert!(round.troubles[0].detail.contains("director's new keys has fewer than 9"));
    play.pocket.put("holder/director/new-password", NEW);
    play.now = play.now + Span::hours(1);
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Sent);
}

#[test]
fn keys_wait_while_their_exchange_is_open_and_are_orphans_afterwards() {
    let mut play = Play::sent("sota");
    let orphans = |play: &Play| {
        let engine = &play.engine;
        let exchanges = engine.store.exchanges().unwrap();
        certpost::assemble::orphans(engine.vault.as_ref(), &exchanges).unwrap()
    };
    assert_eq!(orphans(&play), []);
    let reason = "нова посада".into();
    play.run(&Errand::Withdraw { id: "director".into(), reason }).unwrap();
    assert_eq!(orphans(&play), [(ExchangeId("director-1".into()), 1)]);
    play.run(&Errand::Renew { holder: "director".into() }).unwrap();
    play.round();
    let last = play.desk().sent.len() - 1;
    play.answered(last);
    assert_eq!(play.stage("director-2"), StageName::Installed);
    assert_eq!(orphans(&play), [(ExchangeId("director-1".into()), 1)]);
}

/// What the director's certificates are now, by usage.
fn ends(play: &Play) -> Vec<(Usage, Certificate)> {
    let found = play.engine.vault.certificates("director").unwrap();
    found.into_iter().map(|one| (one.usage, one.certificate)).collect()
}

#[test]
fn only_the_chosen_usages_are_renewed() {
    let choices: [&[Usage]; 3] =
        [&[Usage::Signing], &[Usage::Agreement], &[Usage::Signing, Usage::Agreement]];
    for (dialect, chosen) in DIALECTS.iter().flat_map(|d| choices.map(|choice| (*d, choice))) {
        let mut play = Play::director_only(dialect);
        play.engine.setup.holders[0].usages = chosen.to_vec();
        let before = ends(&play);
        play.round();
        play.answered(0);
        assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect} {chosen:?}");
        for ((usage, old), (_, new)) in before.into_iter().zip(ends(&play)) {
            let renewed = new.not_after() > old.not_after();
            assert_eq!(renewed, chosen.contains(&usage), "{dialect} {chosen:?}: {usage:?}");
            assert!(renewed || new == old);
        }
        // What is not chosen ends, and opens nothing.
        play.now = NOON + Span::days(40);
        let round = play.round();
        assert_eq!(round.moved, [], "{dialect} {chosen:?}");
    }
}

#[test]
fn each_certificate_of_a_pair_has_its_own_end_and_is_renewed_when_it_is_due() {
    for dialect in DIALECTS {
        let mut play = Play::director_only(dialect);
        // A first renewal of signing alone leaves the two with different ends.
        play.engine.setup.holders[0].usages = vec![Usage::Signing];
        play.round();
        play.answered(0);
        play.engine.setup.holders[0].usages = vec![Usage::Signing, Usage::Agreement];
        let [(_, signing), (_, agreement)] = &ends(&play)[..] else { panic!("two") };
        assert!(signing.not_after() > agreement.not_after() + Span::days(600));

        // Agreement is due; signing has two years.
        play.round();
        assert_eq!(play.stage("director-2"), StageName::Sent, "{dialect}");
        play.answered(1);
        assert_eq!(play.stage("director-2"), StageName::Installed);
        let [(_, kept), (_, renewed)] = &ends(&play)[..] else { panic!("two") };
        assert_eq!(kept, signing, "{dialect}: the one that was not due is left alone");
        assert!(renewed.not_after() > agreement.not_after());
        play.nothing_more();
    }
}
