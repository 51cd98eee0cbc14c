//! Renewals of a director whose new keys are made on a token.

use std::path::Path;
use std::sync::Arc;

use certpost::crypto::Usage;
use certpost::crypto::international::KeyKind;
use certpost::engine::{Errand, NewKeys};
use certpost::exchange::StageName;
use certpost::time::Span;
use certpost::vault::MemoryVault;
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::softhsm::{Look, PIN, Written, objects, token, with_tokens};
use super::stage::{DIALECTS, Play, put_in_place};

/// The director's first pairs lie in files; new keys go to the token.
fn set(dialect: &str, pin: &Written, notes: &Path) -> Play {
    let mut play = Play::director_only(dialect);
    let chance = Box::new(ChaCha20Rng::seed_from_u64(8));
    let mut vault = MemoryVault::new(Arc::clone(&play.suite), chance);
    for (holder, usage, pair) in &play.pairs {
        put_in_place(&mut vault, holder, *usage, pair);
    }
    let token = token("one", KeyKind::P256, pin, notes);
    play.engine.vault = Box::new(vault.with_token_of("director", token));
    play.engine.setup.holders[0].new_keys = NewKeys::OnToken { earlier: true };
    play
}

/// DER of the certificates in place, and of those on the token.
fn certificates(play: &Play) -> [Vec<Vec<u8>>; 2] {
    let in_place = play.engine.vault.certificates("director").unwrap();
    let in_place = in_place.iter().map(|one| one.certificate.der().to_vec()).collect();
    let session = Look::at("one").session();
    let value = |object| {
        let told = session.get_attributes(object, &[AttributeType::Value]).unwrap();
        let [Attribute::Value(der)] = &told[..] else { panic!("{told:?}") };
        der.clone()
    };
    [in_place, objects(&session, ObjectClass::CERTIFICATE).into_iter().map(value).collect()]
}

fn renewed_twice(dialect: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut play = set(dialect, &Written::new(PIN), folder.path());
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Sent, "signed by the key in the file");
    play.answered(0);
    assert_eq!(play.stage("director-1"), StageName::Installed);
    let [first, there] = certificates(&play);
    assert_eq!(first.len(), 2);
    assert_eq!(there.len(), 2);
    assert!(first.iter().all(|one| there.contains(one)), "{dialect}: they are on the token too");

    // No key lies in files any more: the password can go. Signed and opened by the token alone.
    play.engine.setup.holders[0].new_keys = NewKeys::OnToken { earlier: false };
    play.now = play.now + Span::days(700);
    play.round();
    assert_eq!(play.stage("director-2"), StageName::Sent, "signed by the key on the token");
    play.answered(1);
    assert_eq!(play.stage("director-2"), StageName::Installed);
    let [second, there] = certificates(&play);
    assert!(second.iter().all(|one| !first.contains(one) && there.contains(one)));
    assert_eq!(there.len(), 4, "earlier ones stay: archived mail needs them");
    play.nothing_more();
}

#[test]
fn a_director_moves_from_files_to_a_token_and_renews_from_it() {
    let name = "renewal::a_director_moves_from_files_to_a_token_and_renews_from_it";
    with_tokens(name, &["one"], || renewed_twice(DIALECTS[0]));
}

#[test]
fn the_same_in_smime() {
    with_tokens("renewal::the_same_in_smime", &["one"], || renewed_twice(DIALECTS[1]));
}

#[test]
fn a_refused_pin_waits_for_a_person_and_loses_no_letter() {
    let test = || {
        let folder = tempfile::tempdir().unwrap();
        let pin = Written::new("не той");
        let mut play = set("sota", &pin, folder.path());
        let round = play.round();
        assert_eq!(round.troubles[0].label, "token-pin");
        assert_eq!(play.stage("director-1"), StageName::Opened);
        let look = Look::at("one");
        drop(look.session());
        // The ladder's next rungs, the whole day through, leave the token in peace.
        for _ in 0..8 {
            play.now = play.now + Span::hours(4);
            play.round();
        }
        assert_eq!(play.stage("director-1"), StageName::Opened);
        assert!(!look.saw_a_wrong_pin());
        play.run(&Errand::Retry { id: "director".into() }).unwrap();
        play.round();
        assert!(look.saw_a_wrong_pin(), "a person asked");
        drop(look.session());

        pin.set(PIN);
        play.run(&Errand::Retry { id: "director".into() }).unwrap();
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Sent);
        play.answered(0);
        assert_eq!(play.stage("director-1"), StageName::Installed);

        // Answers that only the token opens wait in the mailbox until it does.
        play.now = play.now + Span::days(700);
        play.round();
        assert_eq!(play.stage("director-2"), StageName::Sent);
        pin.set("знову не той");
        let round = play.answered(1);
        assert_eq!(play.stage("director-2"), StageName::Sent);
        assert!(round.troubles.iter().any(|trouble| trouble.label == "token-pin"), "{round:?}");
        assert_eq!(round.filed, 0);
        drop(look.session());
        play.round();
        assert!(!look.saw_a_wrong_pin());
        pin.set(PIN);
        play.round();
        assert_eq!(play.stage("director-2"), StageName::Installed);
        play.nothing_more();
    };
    let name = "renewal::a_refused_pin_waits_for_a_person_and_loses_no_letter";
    with_tokens(name, &["one"], test);
}

#[test]
fn only_signing_on_the_token_leaves_agreement_in_its_file() {
    let test = || {
        let folder = tempfile::tempdir().unwrap();
        let mut play = set("sota", &Written::new(PIN), folder.path());
        play.engine.setup.holders[0].usages = vec![Usage::Signing];
        play.round();
        play.answered(0);
        assert_eq!(play.stage("director-1"), StageName::Installed);
        let session = Look::at("one").session();
        assert_eq!(objects(&session, ObjectClass::PRIVATE_KEY).len(), 1);
        drop(session);
        // The next one uses both: the key on the token and the one in the file.
        play.engine.setup.holders[0].usages = vec![Usage::Signing, Usage::Agreement];
        play.round();
        play.answered(1);
        assert_eq!(play.stage("director-2"), StageName::Installed);
        let session = Look::at("one").session();
        assert_eq!(objects(&session, ObjectClass::PRIVATE_KEY).len(), 2);
    };
    with_tokens("renewal::only_signing_on_the_token_leaves_agreement_in_its_file", &["one"], test);
}
