//! An authority that does not behave, over real mail.

use std::collections::BTreeSet;

use certpost::exchange::{Digest, Event, ExchangeId, StageName, Word};
use certpost::store::{Fate, Numbered, Store, replay};

use crate::running::World;

/// What was heard of the authority, in order, whether it moved anything or not.
fn words(journal: &[Numbered]) -> Vec<&'static str> {
    let word = |line: &Numbered| match line.entry.event.as_ref()? {
        Event::Heard { word: Word::Delivered, .. } => Some("delivered"),
        Event::Heard { word: Word::Invoiced(_), .. } => Some("invoiced"),
        Event::Heard { word: Word::Granted(_), .. } => Some("granted"),
        Event::Heard { word: Word::Refused(_), .. } => Some("refused"),
        _ => None,
    };
    journal.iter().filter_map(word).collect()
}

#[test]
fn repeated_answers_in_the_wrong_order_change_nothing() {
    // Seconds apart: a mail server may change the order of letters that come together.
    let manners = "repeats = 3\nout-of-order = true\ndecided-after = 4";
    let world = World::set("sota", "implicit", 2, manners);
    let authority = world.start_authority();
    let mut agent = world.start_agent(&[]);
    agent.hear_stage(&world, "Installed");
    world.agent_mailbox().await_letters("INBOX", 12);
    world.answer(&["fetch"]);
    agent.stop();
    authority.stop();

    world.assert_installed();
    let store = world.store();
    replay(&store).unwrap();
    let arrivals = store.arrivals().unwrap();
    assert_eq!(arrivals.len(), 12);
    assert!(arrivals.iter().all(|one| matches!(one.fate, Fate::Claimed(_))), "{arrivals:?}");
    for exchange in store.exchanges().unwrap() {
        assert_eq!(exchange.stage.name(), StageName::Installed);
        let journal = store.journal(Some(&exchange.id)).unwrap();
        assert_eq!(words(&journal)[0], "granted", "the decision came first");
        let installed = |line: &&Numbered| line.entry.event == Some(Event::Installed);
        assert_eq!(journal.iter().filter(installed).count(), 1);
        let generations = world.path(&format!("data/keys/{}/generations", exchange.holder));
        assert_eq!(generations.read_dir().unwrap().count(), 2);
    }
    assert_eq!(world.documents().len(), 2);
}

/// Every forgery comes before the true decision, looks like it, and is put away unused.
fn forged_answers_go_to_quarantine(forgery: &str) {
    let world = World::set("sota", "starttls", 1, &format!("forges = \"{forgery}\""));
    let authority = world.start_authority();
    let mut agent = world.start_agent(&[]);
    agent.hear_stage(&world, "Installed");
    world.agent_mailbox().await_letters("INBOX", 3);
    world.answer(&["fetch"]);
    let quarantine = world.json(&["quarantine"]);
    assert_eq!(quarantine["letters"].as_array().map(Vec::len), Some(1), "{quarantine:#}");
    agent.stop();
    authority.stop();

    world.assert_installed();
    let store = world.store();
    replay(&store).unwrap();
    let arrivals = store.arrivals().unwrap();
    assert_eq!(arrivals.len(), 3, "{arrivals:?}");
    let forged: BTreeSet<Digest> = arrivals
        .iter()
        .filter(|one| matches!(one.fate, Fate::Quarantined { .. }))
        .map(|one| one.raw)
        .collect();
    assert_eq!(forged.len(), 1, "{arrivals:?}");
    let journal = store.journal(None).unwrap();
    let caused = |line: &Numbered| line.entry.cause.is_some_and(|cause| forged.contains(&cause));
    assert!(!journal.iter().any(caused), "{journal:?}");
    let mut heard = words(&journal);
    heard.sort_unstable();
    assert_eq!(heard, ["delivered", "granted"]);
}

#[test]
fn an_unsigned_answer_changes_nothing() {
    forged_answers_go_to_quarantine("unsigned");
}

#[test]
fn a_strangers_answer_changes_nothing() {
    forged_answers_go_to_quarantine("stranger");
}

#[test]
fn an_answer_about_another_organisation_changes_nothing() {
    forged_answers_go_to_quarantine("another-organisation");
}

#[test]
fn a_refusal_is_told_in_the_authoritys_words_and_can_be_retried() {
    let refuses =
        "refuses = [{ who = \"director\", reasons = [\"Немає оплати\"], code = \"PAY\" }]";
    let world = World::set("sota", "implicit", 2, refuses);
    let authority = world.start_authority();
    let mut agent = world.start_agent(&[]);
    agent.hear("exchange=director-1 stage=Refused");
    agent.hear_all(&["exchange=accountant-1 stage=Installed".into()]);
    world.answer(&["fetch"]);
    let status = world.json(&["status"]);
    assert_eq!(status["needed"], 1, "{status:#}");
    assert!(status.to_string().contains("Немає оплати"), "{status:#}");

    authority.stop();
    let authority = world.start_authority();
    let retried = world.answer(&["retry", "director"]);
    assert!(retried.contains("director-1: sent"), "{retried}");
    agent.hear("exchange=director-1 stage=Refused");
    // The restarted authority did not answer the old letters once more.
    world.agent_mailbox().await_letters("INBOX", 6);
    assert_eq!(world.agent_mailbox().letters("INBOX").len(), 6);
    agent.stop();
    authority.stop();

    let store = world.store();
    replay(&store).unwrap();
    let refused = store.exchange(&ExchangeId("director-1".into())).unwrap().unwrap();
    assert_eq!((refused.stage.name(), refused.attempt), (StageName::Refused, 2));
    // A new application is a new document; the old certificates stay in place.
    assert_eq!(world.documents().len(), 3);
    let current = std::fs::read_link(world.path("data/keys/director/current")).unwrap();
    assert!(current.ends_with("0-import-0"), "{}", current.display());
}

#[test]
fn a_slow_authority_is_waited_for() {
    let world = World::set("sota", "starttls", 1, "delivered-after = 1\ndecided-after = 5");
    let authority = world.start_authority();
    let mut agent = world.start_agent(&[]);
    for stage in ["Sent", "Acknowledged", "Granted", "Installed"] {
        agent.hear(&format!("exchange=director-1 stage={stage}"));
    }
    agent.stop();
    authority.stop();
    world.assert_installed();
    world.applications(1);
}
