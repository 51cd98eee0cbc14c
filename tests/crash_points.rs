//! A power cut at each of the five points (ARCHITECTURE.md, crash points), then the daemon once
//! more: the same bytes or none leave, no key is lost, every holder is renewed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/running.rs"]
mod running;
#[path = "support/servers.rs"]
mod servers;

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;

use certpost::crash::{Point, VARIABLE};
use certpost::exchange::StageName;
use certpost::store::{Store, replay};
use nix::sys::signal::Signal;
use running::World;

/// The letters in the authority's mailbox: everything below the header by Message-ID, one entry a
/// copy.
fn applications(world: &World, letters: usize) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for letter in world.applications(letters) {
        let (header, body) = letter.split_once("\r\n\r\n").unwrap();
        let id = header.lines().find_map(|line| line.strip_prefix("Message-ID: "));
        found.entry(id.expect("a Message-ID").to_owned()).or_default().push(body.to_owned());
    }
    found
}

/// What the agent's disk must look like at the moment of the cut, so that the cut was where its
/// name says.
fn assert_cut(point: Point, world: &World) {
    let store = world.store();
    let stages: Vec<_> = store.exchanges().unwrap().iter().map(|e| e.stage.name()).collect();
    let director = stages.last().copied();
    let arrivals = store.arrivals().unwrap().len();
    let sent = match point {
        Point::KeyKept => 0,
        Point::Sent => 1,
        Point::Collected | Point::Unsettled | Point::Installed => 2,
    };
    assert_eq!(applications(world, sent).len(), sent);
    let keys = world.public_keys("director").len() + world.public_keys("accountant").len();
    let current = |holder: &str| {
        let link = world.path(&format!("data/keys/{holder}/current"));
        usize::from(!std::fs::read_link(link).unwrap().ends_with("0-import-0"))
    };
    let installed = current("director") + current("accountant");
    match point {
        Point::KeyKept => assert_eq!((director, keys), (Some(StageName::Opened), 5)),
        Point::Sent => assert!(stages.contains(&StageName::Prepared), "{stages:?}"),
        Point::Collected => assert_eq!(arrivals, 0, "{stages:?}"),
        Point::Unsettled => assert_eq!(arrivals, 1, "{stages:?}"),
        Point::Installed => {
            assert_eq!(installed, 1);
            assert!(!stages.contains(&StageName::Installed), "{stages:?}");
        }
    }
}

/// What the authority does while the agent is down.
#[derive(Clone, Copy, PartialEq)]
enum Authority {
    /// Runs all the time.
    Serves,
    /// Starts when the agent has sent everything.
    Late,
    /// Answers the one letter that left.
    Answers,
}

/// `letters`: how many the authority finds in the end.
fn survives(name: &str, manner: Authority, letters: usize) {
    let point = Point::named(name).unwrap();
    let world = World::set("sota", "implicit", 2, "");
    let early = (manner == Authority::Serves).then(|| world.start_authority());
    let agent = world.start_agent(&[(VARIABLE, name)]);
    let (status, story) = agent.ended();
    assert_eq!(status.signal(), Some(Signal::SIGKILL as i32), "{story}");
    assert_cut(point, &world);
    let keys_then: Vec<_> = world.holders.iter().map(|one| world.public_keys(one)).collect();

    let mut authority = early;
    if manner == Authority::Answers {
        authority = Some(world.start_authority());
        world.agent_mailbox().await_letters("INBOX", 2);
    }
    let mut agent = world.start_agent(&[]);
    if manner == Authority::Late {
        agent.hear_stage(&world, "Sent");
    }
    let authority = authority.unwrap_or_else(|| world.start_authority());
    agent.hear_stage(&world, "Installed");
    agent.stop();
    authority.stop();

    world.assert_installed();
    for (holder, then) in world.holders.iter().zip(&keys_then) {
        let now = world.public_keys(holder);
        assert!(then.iter().all(|key| now.contains(key)), "{holder} lost a key");
        assert!(world.path(&format!("data/keys/{holder}/pending")).exists());
    }
    let store = world.store();
    let exchanges = store.exchanges().unwrap();
    let ends: Vec<_> = exchanges.iter().map(|e| (e.holder.as_str(), e.stage.name())).collect();
    let installed = StageName::Installed;
    assert_eq!(ends, [("accountant", installed), ("director", installed)]);
    replay(&store).unwrap();

    assert_eq!(world.documents().len(), 2, "one application a holder");
    let applications = applications(&world, letters);
    assert_eq!(applications.len(), 2);
    for (id, copies) in &applications {
        assert!(copies.iter().all(|copy| copy == &copies[0]), "{id} came with other bytes");
    }
}

#[test]
fn f44_after_the_key_before_the_request() {
    survives("key-kept", Authority::Serves, 2);
}

#[test]
fn after_the_letter_left_before_it_is_recorded() {
    survives("sent", Authority::Late, 3);
}

/// The answer says that the letter arrived: it is not sent again.
#[test]
fn after_the_letter_left_and_was_answered() {
    survives("sent", Authority::Answers, 2);
}

#[test]
fn after_collecting_before_the_commit() {
    survives("collected", Authority::Serves, 2);
}

#[test]
fn after_the_commit_before_the_mailbox_is_settled() {
    survives("unsettled", Authority::Serves, 2);
}

#[test]
fn after_installing_before_it_is_recorded() {
    survives("installed", Authority::Serves, 2);
}
