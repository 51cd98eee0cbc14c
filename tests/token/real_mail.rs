//! The daemon with a token, over the real mail servers, and a power cut between key and request.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use certpost::crash::VARIABLE as CRASH;
use nix::sys::signal::Signal;

use super::running::{World, openssl};
use super::softhsm::{MODULE, PIN, SoftHsm, VARIABLE};

#[test]
fn the_daemon_renews_onto_a_token_through_a_power_cut() {
    let tokens = SoftHsm::with_tokens(&["director"]);
    let conf = tokens.conf().display().to_string();
    let world = World::set("sota", "implicit", 1, "");
    let pin = world.path("secrets/pin");
    fs::write(&pin, format!("{PIN}\n")).unwrap();
    fs::set_permissions(&pin, fs::Permissions::from_mode(0o600)).unwrap();
    let config = fs::read_to_string(world.config()).unwrap();
    let token = format!(
        "token = {{ module = \"{MODULE}\", label = \"director\", pin = {{ file = \"secrets/pin\" }} }}"
    );
    fs::write(world.config(), format!("{config}\n{token}\n")).unwrap();

    // A wrong name of the token is told before any key is made.
    let spoilt = fs::read_to_string(world.config()).unwrap().replace(MODULE, "/absent.so");
    fs::write(world.path("spoilt.toml"), spoilt).unwrap();
    let spoilt = world.path("spoilt.toml").display().to_string();
    let check = Command::new(env!("CARGO_BIN_EXE_certpost"))
        .args(["--config", &spoilt, "check"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&check.stdout);
    assert!(!check.status.success() && told.contains("/absent.so"), "{told}");

    let cut = world.start_agent(&[(CRASH, "key-kept"), (VARIABLE, &conf)]);
    let (status, story) = cut.ended();
    assert_eq!(status.signal(), Some(Signal::SIGKILL as i32), "{story}");
    let named = |name: &str| fs::read(world.path(&format!("data/keys/director/{name}"))).unwrap();
    let before = named("pending/director-1-1/signing.key.pem");
    assert!(before.starts_with(b"-----BEGIN KEY ON A TOKEN-----"));

    let authority = world.start_authority();
    let mut agent = world.start_agent(&[(VARIABLE, &conf)]);
    agent.hear_stage(&world, "Installed");
    let story = agent.stop();
    authority.stop();
    assert!(!story.contains(PIN), "{story}");
    assert_eq!(named("current/signing.key.pem"), before, "the key that the cut left");
    // No key in use lies in a file any more: the password may go, and the doctor is content.
    let config = fs::read_to_string(world.config()).unwrap();
    let of_password = |line: &&str| !line.starts_with("password = ") || line.contains("mailbox");
    let config: Vec<_> = config.lines().filter(of_password).collect();
    fs::write(world.config(), config.join("\n")).unwrap();
    let doctor = || -> Vec<(String, String, String)> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_certpost"));
        let config = world.config().display().to_string();
        command.args(["--config", &config, "doctor", "--json"]).env(VARIABLE, &conf);
        let told: serde_json::Value =
            serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        let word = |one: &serde_json::Value| one.as_str().unwrap_or_default().to_owned();
        let found = told["found"].as_array().unwrap().iter();
        let row = |one: &serde_json::Value| {
            (word(&one["probe"]), word(&one["severity"]), word(&one["problem"]["label"]))
        };
        found.map(row).filter(|(probe, ..)| ["token", "keys"].contains(&probe.as_str())).collect()
    };
    let row =
        |probe: &str, severity: &str, label: &str| (probe.into(), severity.into(), label.into());
    assert_eq!(doctor(), [row("keys", "success", ""), row("token", "success", "")]);
    fs::write(&pin, "не той").unwrap();
    let refused = [row("keys", "error", "token-pin"), row("token", "error", "token-pin")];
    assert_eq!(doctor(), refused);

    let root = world.path("authority/root.pem").display().to_string();
    for usage in ["signing", "agreement"] {
        let new = world.path(&format!("data/keys/director/current/{usage}.pem"));
        openssl(&["verify", "-CAfile", &root, &new.display().to_string()]);
    }
}
