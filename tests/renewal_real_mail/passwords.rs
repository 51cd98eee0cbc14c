//! A new password for new keys (С11), written down while the daemon runs.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::running::{World, openssl};

#[test]
fn a_new_password_is_taken_over_by_a_reload_and_locks_the_new_keys() {
    let world = World::set("sota", "implicit", 1, "");
    let secret = |name: &str, text: &str| {
        let path = world.path(&format!("secrets/{name}"));
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    };
    let config = fs::read_to_string(world.config()).unwrap();
    let written = |options: &str| fs::write(world.config(), format!("{config}\n{options}\n"));
    secret("new", "71177117");
    secret("again", "71177118");
    let new = "new-password = { file = \"secrets/new\" }\nnew-password-again = ";
    written(&format!("{new}{{ file = \"secrets/again\" }}")).unwrap();
    let authority = world.start_authority();
    let mut agent = world.start_agent(&[]);
    agent.hear("password-repetition");
    assert!(agent.story().contains("weak: it has only digits"), "{}", agent.story());
    assert!(!world.path("data/keys/director/pending").exists());

    secret("better", "нова лоза 9");
    let file = "{ file = \"secrets/better\" }";
    written(&format!("new-password = {file}\nnew-password-again = {file}")).unwrap();
    agent.reload();
    world.answer(&["retry", "director"]);
    agent.hear_stage(&world, "Installed");
    let story = agent.stop();
    authority.stop();
    for secret in ["71177117", "71177118", "нова лоза 9"] {
        assert!(!story.contains(secret), "{story}");
    }
    for usage in ["signing", "agreement"] {
        let new = world.path(&format!("data/keys/director/current/{usage}.key.pem"));
        let (new, file) = (new.display(), world.path("secrets/better"));
        let word = format!("file:{}", file.display());
        openssl(&["pkey", "-in", &new.to_string(), "-passin", &word, "-noout"]);
        let old = format!("data/keys/director/generations/0-import-0/{usage}.key.pem");
        world.public_key("director", &world.path(&old));
    }
}
