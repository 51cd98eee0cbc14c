//! People are told over a real mail server and a webhook: a failing mailbox within one round, once;
//! a server that is down, later; our own letters that come back, never.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/fake.rs"]
mod fake;
#[path = "support/running.rs"]
mod running;
#[path = "support/servers.rs"]
mod servers;

use std::fs;
use std::sync::mpsc::{Receiver, channel};

use certpost::assemble;
use certpost::config::Config;
use certpost::exchange::Problem;
use certpost::herald::Herald;
use certpost::mail::{Limits, read};
use certpost::os;
use certpost::report::Snapshot;
use certpost::store::{Fate, Store};
use certpost::time::Span;
use fake::{Fake, Script, closed_port};
use running::World;
use servers::{Account, Servers};

/// What a webhook heard: the header in small letters, the body.
type Heard = (String, serde_json::Value);

/// A webhook that answers each call with the next status.
fn webhook(statuses: &[u16]) -> (Fake, Receiver<Heard>) {
    let (say, heard) = channel();
    let script = |status: u16| -> Script {
        let say = say.clone();
        Box::new(move |talk| {
            let (mut header, mut length) = (String::new(), 0);
            loop {
                let line = talk.line().to_lowercase();
                if let Some(value) = line.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
                header += &line;
            }
            let body = talk.bytes(length);
            talk.say(&format!(
                "HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            ));
            let body = serde_json::from_slice(&body).unwrap_or_default();
            say.send((header, body)).unwrap();
        })
    };
    (Fake::tls(statuses.iter().map(|status| script(*status)).collect()), heard)
}

fn contact(name: &str, roles: &str, address: Option<&str>, more: &str) -> String {
    let address = address.map(|address| format!("address = \"{address}\"\n")).unwrap_or_default();
    format!(
        "\n[[contact]]\nname = \"{name}\"\nroles = [{roles}]\n{address}language = \"en\"\n{more}"
    )
}

const BOTH: &str = "\"administrator\", \"accountant\"";

fn append(world: &World, text: &str) {
    let config = fs::read_to_string(world.config()).unwrap();
    fs::write(world.config(), config + text).unwrap();
}

/// Nobody answers at the IMAP port any more.
fn break_mailbox(world: &World) {
    let config = fs::read_to_string(world.config()).unwrap();
    let (before, imap) = config.split_once("[mailbox.imap]").unwrap();
    let (section, after) = imap.split_once("\n\n").unwrap();
    let lines = section.lines().map(|line| {
        if line.starts_with("port = ") { format!("port = {}", closed_port()) } else { line.into() }
    });
    let section = lines.collect::<Vec<_>>().join("\n");
    fs::write(world.config(), format!("{before}[mailbox.imap]{section}\n\n{after}")).unwrap();
}

/// Subjects of what lies in a mailbox, when so many letters are there.
fn subjects(account: &Account, count: usize) -> Vec<String> {
    let mut mailbox = Servers::shared().mailbox(account);
    mailbox.await_letters("INBOX", count);
    let letters = mailbox.letters("INBOX");
    let read = |letter: &String| read(letter.as_bytes(), &Limits::default()).unwrap().subject;
    letters.iter().map(read).collect()
}

#[test]
fn a_failing_mailbox_tells_a_person_within_one_round_and_once() {
    let world = World::set("smime", "implicit", 1, "");
    let admin = Servers::shared().account();
    let (hook, heard) = webhook(&[204, 200]);
    fs::write(world.path("gateway.pem"), &hook.ca).unwrap();
    servers_secret(&world, "gateway", "token-123");
    let more = format!(
        "[contact.webhook]\nurl = \"https://localhost:{}/sms\"\nca-file = \"gateway.pem\"\n\
         bearer = {{ file = \"secrets/gateway\" }}\n",
        hook.port
    );
    append(&world, &contact("admin", "\"administrator\"", Some(&admin.address), &more));
    break_mailbox(&world);

    let output = world.command(&["run", "--once"]);
    assert!(!output.status.success(), "{output:?}");
    // The mailbox, and the certificates that end within the lead: nobody else is there to hear it.
    let told = subjects(&admin, 2);
    let first = told.iter().find(|subject| subject.starts_with("URGENT: The mailbox can"));
    assert!(first.is_some(), "{told:?}");
    let (header, body) = heard.recv().unwrap();
    assert!(header.starts_with("post /sms http/1.1"), "{header}");
    assert!(header.contains("authorization: bearer token-123"), "{header}");
    assert_eq!((&body["kind"], &body["severity"]), (&"trouble".into(), &"error".into()));
    assert!(body["text"].as_str().unwrap().starts_with("URGENT: "), "{body}");
    let schema = fs::read_to_string("docs/message.schema.json").unwrap();
    jsonschema::validate(&serde_json::from_str(&schema).unwrap(), &body).unwrap();
    assert_eq!(heard.recv().unwrap().1["kind"], "ending");
    hook.ended();

    // The cause is the same, and the log shows no send.
    for _ in 0..2 {
        let output = world.command(&["run", "--once"]);
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!log.contains(" told"), "{log}");
    }
    assert_eq!(subjects(&admin, 2).len(), 2);
}

fn servers_secret(world: &World, name: &str, secret: &str) {
    use std::os::unix::fs::PermissionsExt;
    let path = world.path("secrets").join(name);
    fs::write(&path, secret).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn f16_messages_that_come_back_are_passed_over_and_answered_by_nobody() {
    let world = World::set("smime", "starttls", 1, "");
    // The worst configuration: alarms go into the watched mailbox.
    let own = world.agent.address.clone();
    append(&world, &contact("self", BOTH, Some(&own), ""));
    // The first message is about certificates that end soon.
    world.command(&["run", "--once"]);
    let count = subjects(&world.agent, 1).len();
    let mut letters = count;
    for _ in 0..3 {
        world.command(&["run", "--once"]);
        letters = subjects(&world.agent, count).len();
    }
    assert_eq!(letters, count, "a message about a message");
    let store = world.store();
    let arrivals = store.arrivals().unwrap();
    let ours: Vec<_> = arrivals.iter().filter(|one| one.from.contains("certpost")).collect();
    assert!(!ours.is_empty(), "{arrivals:?}");
    for arrival in ours {
        assert!(matches!(arrival.fate, Fate::PassedOver { .. }), "{arrival:?}");
    }
}

#[test]
fn the_heartbeat_beats_after_good_rounds_only() {
    let world = World::set("smime", "implicit", 1, "");
    let (watchdog, heard) = webhook(&[200]);
    fs::write(world.path("watch.pem"), &watchdog.ca).unwrap();
    let port = watchdog.port;
    append(
        &world,
        &format!(
            "\n[heartbeat]\nfile = \"beat\"\nurl = \"https://localhost:{port}/ping/1\"\n\
             ca-file = \"watch.pem\"\n"
        ),
    );
    let intact = fs::read_to_string(world.config()).unwrap();
    break_mailbox(&world);
    world.command(&["run", "--once"]);
    assert!(!world.path("beat").exists(), "the mailbox was not read");
    assert!(heard.try_recv().is_err());
    fs::write(world.config(), intact).unwrap();
    world.command(&["run", "--once"]);
    let beat = fs::read_to_string(world.path("beat")).unwrap();
    assert!(beat.trim_end().parse::<jiff::Timestamp>().is_ok(), "{beat}");
    let (header, _) = heard.recv().unwrap();
    assert!(header.starts_with("get /ping/1 "), "{header}");
    watchdog.ended();
}

#[test]
fn f36_a_message_that_cannot_be_sent_changes_no_renewal() {
    let world = World::set("smime", "implicit", 1, "");
    append(&world, &contact("admin", BOTH, Some("admin@elsewhere.example"), ""));
    let port = closed_port();
    servers_secret(&world, "alarm", "x");
    append(
        &world,
        &format!(
            "\n[notify.smtp]\nhost = \"localhost\"\nport = {port}\nuser = \"alarm\"\n\
             password = {{ file = \"secrets/alarm\" }}\n"
        ),
    );
    let output = world.command(&["run", "--once"]);
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{log}");
    assert!(log.contains("not told yet: smtp-unreachable"), "{log}");
    world.applications(1);
    let waiting = fs::read_to_string(world.path("data/messages.json")).unwrap();
    assert!(waiting.contains("smtp-unreachable"), "{waiting}");
}

#[test]
fn f36_a_server_that_was_down_gets_every_message_later() {
    let world = World::set("smime", "implicit", 1, "");
    let admin = Servers::shared().account();
    append(&world, &contact("admin", BOTH, Some(&admin.address), ""));
    let text = fs::read_to_string(world.config()).unwrap();
    let folder = world.config().parent().unwrap().to_owned();
    let mut config = Config::read(&text, &folder).unwrap();
    let up = config.notify.smtp.clone();
    config.notify.smtp.port = closed_port();
    let ways = |config: &Config| Box::new(assemble::ways(config, None).unwrap());
    let data = tempfile::tempdir().unwrap();
    let mut herald = Herald::new(assemble::telling(&config), ways(&config), data.path());
    let now = os::now();
    let snapshot = snapshot(&config, now);
    herald.hear(&snapshot);
    herald.send(now);
    herald.send(now + Span::minutes(90));
    let troubles = herald.troubles(now + Span::minutes(90));
    assert!(troubles[0].detail.contains("smtp-unreachable"), "{troubles:?}");
    config.notify.smtp = up;
    herald.reset(assemble::telling(&config), ways(&config));
    herald.send(now + Span::minutes(400));
    assert!(herald.troubles(now + Span::minutes(400)).is_empty());
    let told = subjects(&admin, 1);
    assert!(told.iter().any(|subject| subject.starts_with("URGENT: ")), "{told:?}");
}

fn snapshot(config: &Config, now: certpost::time::Timestamp) -> Snapshot {
    Snapshot {
        now,
        zone: config.zone.clone(),
        organisation: config.organisation.clone(),
        holders: vec![],
        exchanges: vec![],
        hooks: vec![],
        orders: vec![],
        notice_days: vec![],
        registrations: vec![],
        journal: vec![],
        arrivals: vec![],
        ignored: vec![],
        troubles: vec![Problem { label: "disk-full".into(), detail: "0 bytes left".into() }],
        mailbox_read: None,
    }
}

#[test]
fn notify_test_tries_every_way_and_says_what_happened() {
    let world = World::set("smime", "implicit", 1, "");
    let olena = Servers::shared().account();
    let (hook, heard) = webhook(&[503, 200]);
    fs::write(world.path("gateway.pem"), &hook.ca).unwrap();
    let more = format!(
        "[contact.webhook]\nurl = \"https://localhost:{}/\"\nca-file = \"gateway.pem\"\n",
        hook.port
    );
    append(&world, &contact("olena", BOTH, Some(&olena.address), &more));
    append(&world, &contact("nobody", BOTH, Some("nobody@elsewhere.example"), ""));
    let output = world.command(&["notify", "test"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], format!("olena: mail to {}: sent", olena.address));
    assert!(lines[1].starts_with("olena: webhook to https://localhost"), "{said}");
    assert!(lines[1].contains("failed: webhook-failed: ") && lines[1].contains("503"), "{said}");
    assert!(lines[2].starts_with("nobody: mail to nobody@elsewhere.example: "), "{said}");
    let answer = world.json(&["notify", "test", "--to", "olena"]);
    assert_eq!((&answer["format"], &answer["tried"][1]["sent"]), (&1.into(), &true.into()));
    assert_eq!(heard.recv().unwrap().1["kind"], "test");
    let told = subjects(&olena, 2);
    assert!(told.iter().all(|one| one.starts_with("FOR INFORMATION: A test message")), "{told:?}");
    hook.ended();
    let complaint = world.complaint(&["notify", "test", "--to", "petro"]);
    assert!(complaint.contains("there are: olena, nobody"), "{complaint}");
}
