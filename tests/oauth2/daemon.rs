//! The program itself, with a grant in its configuration.

use serde_json::json;

use crate::endpoint::{Answer, Endpoint};
use crate::good;
use crate::running::World;

#[test]
fn f13_the_daemon_reads_its_mailbox_by_token_and_says_when_the_grant_dies() {
    let world = World::set("smime", "implicit", 1, "");
    let token = good(&world.agent);
    let endpoint = Endpoint::start(&[Answer::token(&token)]);
    let config = std::fs::read_to_string(world.config()).unwrap();
    let password = "password = { file = \"secrets/mailbox\" }";
    assert_eq!(config.matches(password).count(), 2);
    let section = format!(
        "[mailbox.oauth2]\ntoken-endpoint = \"{}\"\nclient-id = \"certpost\"\n\
         refresh-token = {{ file = \"secrets/mailbox\" }}\n\n[log]\nlevel = \"trace\"\n\n\
         [authority.simulator]",
        endpoint.url
    );
    let config = config.replace(password, "").replacen("[authority.simulator]", &section, 1);
    std::fs::write(world.config(), config).unwrap();

    // Sent over SMTP, read over IMAP, both by token; the two share one.
    let first = world.command(&["run", "--once"]);
    assert!(first.status.success(), "{first:?}");
    world.applications(1);
    assert_eq!(endpoint.asked().len(), 1);

    let dead = json!({ "error": "invalid_grant", "error_description": "the consent was revoked" });
    endpoint.answer(&[Answer::Json(400, dead)]);
    let second = world.command(&["run", "--once"]);
    let log = String::from_utf8(second.stderr).unwrap();
    assert!(log.contains("oauth-grant") && log.contains("the consent was revoked"), "{log}");
    let log = String::from_utf8(first.stderr).unwrap() + &log;
    for secret in [token.as_str(), world.agent.password.as_str()] {
        assert!(!log.contains(secret), "a secret is in the log: {log}");
    }
}
