//! What people ask for: of the daemon while it runs, of the database when it does not.

use certpost::exchange::{Event, StageName};
use certpost::store::{Store, replay};

use crate::running::World;

#[test]
fn one_round_does_its_work_and_ends() {
    let world = World::set("smime", "implicit", 2, "");
    world.answer(&["run", "--once"]);
    world.applications(2);
    assert!(world.store().exchanges().unwrap().iter().all(|e| e.stage.name() == StageName::Sent));

    let authority = world.start_authority();
    world.agent_mailbox().await_letters("INBOX", 4);
    world.answer(&["run", "--once"]);
    authority.stop();
    world.assert_installed();
    let exchanges = world.store().exchanges().unwrap();
    assert!(exchanges.iter().all(|e| e.stage.name() == StageName::Installed), "{exchanges:?}");
}

#[test]
fn commands_act_by_themselves_when_no_daemon_runs() {
    let world = World::set("sota", "starttls", 2, "");
    let fetched = world.answer(&["fetch"]);
    assert!(fetched.contains("letters: 0"), "{fetched}");
    world.applications(2);

    let withdrawn = world.answer(&["withdraw", "director", "--reason", "нова посада"]);
    assert!(withdrawn.contains("director-1: withdrawn"), "{withdrawn}");
    let opened = world.answer(&["renew", "director"]);
    assert!(opened.contains("director-2: sent"), "{opened}");
    for (words, complaint) in [
        (&["retry", "accountant"], "not-now"),
        (&["paid", "accountant"], "not-now"),
        (&["renew", "accountant"], "already-open"),
        (&["renew", "nobody"], "holders are director, accountant"),
    ] {
        let told = world.complaint(words);
        assert!(told.contains(complaint), "{words:?}: {told}");
    }

    let store = world.store();
    replay(&store).unwrap();
    let stages: Vec<_> =
        store.exchanges().unwrap().iter().map(|e| (e.id.0.clone(), e.stage.name())).collect();
    let expected = [
        ("accountant-1".to_owned(), StageName::Sent),
        ("director-1".to_owned(), StageName::Withdrawn),
        ("director-2".to_owned(), StageName::Sent),
    ];
    assert_eq!(stages, expected);
    world.applications(3);
}

#[test]
fn commands_reach_the_running_daemon() {
    // Invoices, and nobody pays for an hour.
    let world = World::set("sota", "implicit", 3, "invoices = true\npaid-after = 3600");
    let authority = world.start_authority();
    let mut agent = world.start_agent(&[]);
    agent.hear_stage(&world, "AwaitingPayment");

    let state = |of: &str| {
        let mut states = world.states().into_iter().filter(|(holder, ..)| holder == of);
        states.next().unwrap().2
    };
    let waits = state("director");
    let paid = world.answer(&["paid", "director", "--reference", "ПД-12"]);
    assert!(paid.contains("director-1: acknowledged"), "{paid}");
    assert_ne!(state("director"), waits, "the answer comes when it can be seen");
    let withdrawn = world.json(&["withdraw", "accountant"]);
    assert_eq!(withdrawn["done"]["stage"], "withdrawn", "{withdrawn}");
    let opened = world.answer(&["renew", "accountant"]);
    assert!(opened.contains("accountant-2: sent"), "{opened}");
    let fetched = world.answer(&["fetch"]);
    assert!(fetched.contains("letters: "), "{fetched}");
    for (words, complaint) in [
        (&["retry", "seal"], "not-now"),
        (&["withdraw", "accountant-1"], "not-now"),
        (&["renew", "nobody"], "holders are director, accountant, seal"),
    ] {
        let told = world.complaint(words);
        assert!(told.contains(complaint), "{words:?}: {told}");
    }
    assert!(world.path("data/errands").read_dir().unwrap().next().is_none(), "all are answered");
    agent.stop();
    authority.stop();

    let store = world.store();
    replay(&store).unwrap();
    let journal = store.journal(None).unwrap();
    let paid = |event: &Option<Event>| matches!(event, Some(Event::Paid { reference }) if reference == "ПД-12");
    assert_eq!(journal.iter().filter(|line| paid(&line.entry.event)).count(), 1);
}
