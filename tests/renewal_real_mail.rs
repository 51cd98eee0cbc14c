//! Agent and authority as two processes, over a real Postfix and a real Dovecot.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/running.rs"]
mod running;
#[path = "support/servers.rs"]
mod servers;

#[path = "renewal_real_mail/commands.rs"]
mod commands;
#[path = "renewal_real_mail/manners.rs"]
mod manners;
#[path = "renewal_real_mail/passwords.rs"]
mod passwords;

use certpost::exchange::StageName;
use certpost::store::{Store, replay};
use running::World;

/// All certificates of all holders, from "due" to "in place", with the daemon left running.
fn everybody_is_renewed(profile: &str, tls: &'static str) {
    let world = World::set(profile, tls, 4, "");
    renew(&world);
}

fn renew(world: &World) {
    assert_eq!(world.holders, ["director", "accountant", "seal", "employee"]);
    let authority = world.start_authority();
    let mut agent = world.start_agent(&[]);
    agent.hear_stage(world, "Installed");
    // The answer comes after the summary of the rounds before it.
    world.answer(&["fetch"]);

    let states = world.states();
    assert_eq!(states.len(), 8, "{states:?}");
    assert!(states.iter().all(|(_, _, state)| state == "Renewed"), "{states:?}");
    let status = world.json(&["status"]);
    assert_eq!(status["needed"], 0, "{status:#}");
    let summary = std::fs::read_to_string(world.path("summary/summary.html")).unwrap();
    let organisation = status["organisation"].as_str().unwrap();
    assert!(summary.contains(organisation) && summary.contains("Renewed"), "{summary}");
    assert!(world.path("summary/summary.csv").exists());
    world.assert_installed();
    let second = world.complaint(&["run"]);
    assert!(second.contains("is in use by another certpost"), "{second}");
    agent.stop();
    authority.stop();

    assert_eq!(world.states(), states, "the database says the same as the daemon said");
    let store = world.store();
    let exchanges = store.exchanges().unwrap();
    assert_eq!(exchanges.len(), 4);
    assert!(exchanges.iter().all(|one| one.stage.name() == StageName::Installed));
    replay(&store).unwrap();
    assert_eq!(world.documents().len(), 4);
    world.applications(4);
}

#[test]
fn all_four_roles_are_renewed_in_sota_over_implicit_tls() {
    everybody_is_renewed("sota", "implicit");
}

#[test]
fn all_four_roles_are_renewed_with_ukrainian_seals() {
    renew(&World::set_on("ukrainian", "sota", "implicit", 4, ""));
}

#[test]
fn all_four_roles_are_renewed_in_smime_over_starttls() {
    everybody_is_renewed("smime", "starttls");
}
