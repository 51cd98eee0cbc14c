//! What was decided goes, each way on its own ladder, and survives a crash.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use certpost::config::{Contact, Webhook};
use certpost::exchange::Digest;
use certpost::herald::{Herald, Memory, Settings, Unsent, Ways};
use certpost::mail::{LetterKind, Limits, read};
use certpost::report::Snapshot;
use certpost::report::message::{Attached, Kind};
use certpost::time::Span;

use crate::{minutes, problem, quiet, settings};

#[derive(Default)]
struct World {
    /// Letters that went, by address.
    letters: Vec<(String, Vec<u8>)>,
    posts: Vec<(String, serde_json::Value)>,
    attempts: usize,
    mail_is_down: bool,
    refused: Vec<String>,
    webhook_is_down: bool,
    kept: BTreeMap<Digest, Vec<u8>>,
}

#[derive(Clone, Default)]
struct FakeWays(Arc<Mutex<World>>);

impl Ways for FakeWays {
    fn mail(&mut self, to: &str, letter: &[u8]) -> Result<(), Unsent> {
        let mut world = self.0.lock().unwrap();
        world.attempts += 1;
        if world.mail_is_down {
            let problem = problem("smtp-unreachable", "mail.zrazok.example:465: refused");
            return Err(Unsent { problem, everything: true });
        }
        if world.refused.iter().any(|refused| refused == to) {
            return Err(Unsent::this("smtp-rejected", "no such user"));
        }
        world.letters.push((to.into(), letter.to_vec()));
        Ok(())
    }

    fn post(&mut self, contact: &Contact, body: &str) -> Result<(), Unsent> {
        let mut world = self.0.lock().unwrap();
        world.attempts += 1;
        if world.webhook_is_down {
            return Err(Unsent::this("webhook-failed", "https://sms answered 503"));
        }
        world.posts.push((contact.name.clone(), serde_json::from_str(body).unwrap()));
        Ok(())
    }

    fn kept(&self, digest: &Digest) -> Option<Vec<u8>> {
        self.0.lock().unwrap().kept.get(digest).cloned()
    }
}

fn herald(folder: &Path, ways: &FakeWays, settings: Settings) -> Herald {
    Herald::new(settings, Box::new(ways.clone()), folder)
}

fn troubled() -> Snapshot {
    let troubles = vec![problem("imap-login", "no"), problem("disk-full", "no")];
    Snapshot { troubles, ..quiet() }
}

fn ids(ways: &FakeWays) -> Vec<String> {
    let world = ways.0.lock().unwrap();
    let id = |letter: &[u8]| read(letter, &Limits::default()).unwrap().message_id.unwrap();
    world.letters.iter().map(|(_, letter)| id(letter)).collect()
}

#[test]
fn f36_a_server_that_is_down_costs_one_attempt_a_step_of_the_ladder() {
    let folder = tempfile::tempdir().unwrap();
    let ways = FakeWays::default();
    ways.0.lock().unwrap().mail_is_down = true;
    let snapshot = troubled();
    let mut herald = herald(folder.path(), &ways, settings());
    herald.hear(&snapshot);
    let mut attempts = Vec::new();
    for minute in 0..=400 {
        let before = ways.0.lock().unwrap().attempts;
        herald.send(snapshot.now + minutes(minute));
        if ways.0.lock().unwrap().attempts > before {
            attempts.push(minute);
        }
    }
    // Two messages wait; the first that fails speaks for both.
    assert_eq!(attempts[..5], [0, 1, 6, 21, 81], "{attempts:?}");
    let told = herald.troubles(snapshot.now + minutes(400));
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].label, "message-unsent");
    assert!(told[0].detail.contains("admin") && told[0].detail.contains("refused"), "{told:?}");
    assert!(herald.troubles(snapshot.now + minutes(30)).is_empty(), "half an hour is not late");

    ways.0.lock().unwrap().mail_is_down = false;
    herald.send(snapshot.now + minutes(2000));
    assert_eq!(ways.0.lock().unwrap().letters.len(), 2);
    assert!(herald.troubles(snapshot.now + minutes(2000)).is_empty());
    herald.send(snapshot.now + minutes(9000));
    assert_eq!(ways.0.lock().unwrap().letters.len(), 2, "once each");
}

#[test]
fn a_restart_forgets_nothing_and_tells_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let ways = FakeWays::default();
    ways.0.lock().unwrap().mail_is_down = true;
    let snapshot = troubled();
    let mut first = herald(folder.path(), &ways, settings());
    first.hear(&snapshot);
    first.send(snapshot.now);
    drop(first);
    ways.0.lock().unwrap().mail_is_down = false;
    let later = Snapshot { now: snapshot.now + minutes(10), ..snapshot.clone() };
    for _ in 0..3 {
        let mut again = herald(folder.path(), &ways, settings());
        again.hear(&later);
        again.send(later.now);
    }
    assert_eq!(ways.0.lock().unwrap().letters.len(), 2);
}

#[test]
fn a_cut_between_sending_and_writing_sends_the_same_letter_again() {
    let folder = tempfile::tempdir().unwrap();
    let ways = FakeWays::default();
    let snapshot = Snapshot { troubles: vec![problem("imap-login", "no")], ..quiet() };
    let mut first = herald(folder.path(), &ways, settings());
    first.hear(&snapshot);
    let file = folder.path().join("messages.json");
    let before = fs::read(&file).unwrap();
    first.send(snapshot.now);
    assert_ne!(fs::read(&file).unwrap(), before);
    drop(first);
    // The cut: what was written after the letter left is lost.
    fs::write(&file, before).unwrap();
    let mut second = herald(folder.path(), &ways, settings());
    second.hear(&snapshot);
    second.send(snapshot.now + minutes(1));
    let world = ways.0.lock().unwrap();
    assert_eq!(world.letters.len(), 2);
    assert_eq!(world.letters[0], world.letters[1], "the same bytes, the same Message-ID");
}

#[test]
fn the_two_ways_of_a_message_do_not_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let ways = FakeWays::default();
    ways.0.lock().unwrap().webhook_is_down = true;
    let mut settings = settings();
    settings.contacts[0].webhook =
        Some(Webhook { url: "https://sms".into(), ca_file: None, bearer: None });
    let snapshot = Snapshot { troubles: vec![problem("imap-login", "no")], ..quiet() };
    let mut herald = herald(folder.path(), &ways, settings);
    herald.hear(&snapshot);
    herald.send(snapshot.now);
    assert_eq!(ways.0.lock().unwrap().letters.len(), 1);
    ways.0.lock().unwrap().webhook_is_down = false;
    herald.send(snapshot.now + minutes(1));
    let world = ways.0.lock().unwrap();
    assert_eq!((world.letters.len(), world.posts.len()), (1, 1));
    let body = &world.posts[0].1;
    let schema = fs::read_to_string("docs/message.schema.json").unwrap();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    jsonschema::validate(&schema, body).unwrap_or_else(|error| panic!("{error}: {body:#}"));
    assert_eq!(body["kind"], "trouble");
    assert_eq!(body["severity"], "error");
}

#[test]
fn the_schema_knows_every_kind() {
    let schema = fs::read_to_string("docs/message.schema.json").unwrap();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let kinds: Vec<_> = Kind::ALL.iter().map(|kind| kind.word()).collect();
    assert_eq!(schema["properties"]["kind"]["enum"], serde_json::json!(kinds));
}

#[test]
fn one_address_that_is_refused_holds_up_no_other_and_is_given_up_at_last() {
    let folder = tempfile::tempdir().unwrap();
    let ways = FakeWays::default();
    ways.0.lock().unwrap().refused = vec!["admin@zrazok.example".into()];
    let mut settings = settings();
    settings.contacts[1].roles = settings.contacts[0].roles.clone();
    let snapshot = Snapshot { troubles: vec![problem("imap-login", "no")], ..quiet() };
    let mut herald = herald(folder.path(), &ways, settings);
    herald.hear(&snapshot);
    herald.send(snapshot.now);
    assert_eq!(ways.0.lock().unwrap().letters.len(), 1);
    let late = snapshot.now + Span::days(8);
    herald.send(late);
    let attempts = ways.0.lock().unwrap().attempts;
    herald.send(late + Span::days(1));
    assert_eq!(ways.0.lock().unwrap().attempts, attempts, "given up");
    let told = herald.troubles(late);
    assert!(told.len() == 1 && told[0].detail.contains("given up"), "{told:?}");
    // The next message that goes ends it.
    ways.0.lock().unwrap().refused.clear();
    let troubles = vec![problem("disk-full", "no")];
    herald.hear(&Snapshot { now: late, troubles, ..snapshot });
    herald.send(late);
    assert!(herald.troubles(late).is_empty());
}

#[test]
fn a_damaged_memory_is_put_aside_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let ways = FakeWays::default();
    fs::write(folder.path().join("messages.json"), b"{\"format\":1,").unwrap();
    let snapshot = troubled();
    let mut herald = herald(folder.path(), &ways, settings());
    herald.hear(&snapshot);
    herald.send(snapshot.now);
    assert_eq!(herald.troubles(snapshot.now)[0].label, "message-memory");
    assert!(folder.path().join("messages.damaged").exists());
    assert_eq!(ways.0.lock().unwrap().letters.len(), 2);
    // Numbers begin anew, identifiers do not come twice.
    fs::remove_file(folder.path().join("messages.json")).unwrap();
    let mut herald = self::herald(folder.path(), &ways, settings());
    let later = Snapshot { now: snapshot.now + minutes(1), ..snapshot };
    herald.hear(&later);
    herald.send(later.now);
    let mut ids = ids(&ways);
    assert_eq!(ids.len(), 4);
    ids.dedup();
    assert_eq!(ids.len(), 4, "{ids:?}");
}

#[test]
fn a_clock_that_was_set_back_keeps_no_message_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let ways = FakeWays::default();
    ways.0.lock().unwrap().mail_is_down = true;
    let snapshot = Snapshot { troubles: vec![problem("clock", "no")], ..quiet() };
    let mut herald = herald(folder.path(), &ways, settings());
    let wrong = snapshot.now + Span::days(400);
    herald.hear(&Snapshot { now: wrong, ..snapshot.clone() });
    herald.send(wrong);
    ways.0.lock().unwrap().mail_is_down = false;
    herald.send(snapshot.now);
    herald.send(snapshot.now + minutes(241));
    assert!(!ways.0.lock().unwrap().letters.is_empty());
}

#[test]
fn a_kept_file_goes_along_and_one_that_is_gone_holds_back_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ways = FakeWays::default();
    ways.0.lock().unwrap().kept.insert(Digest([5; 32]), b"%PDF-1.7".to_vec());
    let snapshot = Snapshot { troubles: vec![problem("imap-login", "no")], ..quiet() };
    let mut first = herald(folder.path(), &ways, settings());
    first.hear(&snapshot);
    drop(first);
    // An invoice's message as it waits in the file.
    let file = folder.path().join("messages.json");
    let mut memory: Memory = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let attached = |byte: u8| Attached {
        name: format!("invoice-{byte}.pdf"),
        content_type: "application/pdf".into(),
        kept: Digest([byte; 32]),
    };
    memory.queue[0].message.attached = vec![attached(5), attached(6)];
    memory.queue[0].message.payments = vec!["https://bank.gov.ua/qr/x".into()];
    fs::write(&file, serde_json::to_vec(&memory).unwrap()).unwrap();
    herald(folder.path(), &ways, settings()).send(snapshot.now);
    let world = ways.0.lock().unwrap();
    let letter = read(&world.letters[0].1, &Limits::default()).unwrap();
    let named = letter.parts.iter().filter_map(|part| part.name.clone());
    assert_eq!(named.collect::<Vec<_>>(), ["payment-1.png", "invoice-5.pdf"]);
    assert_eq!(letter.parts.last().unwrap().bytes, b"%PDF-1.7");
}

#[test]
fn f16_a_message_of_ours_is_an_ordinary_letter_without_anybodys_parcel() {
    let folder = tempfile::tempdir().unwrap();
    let ways = FakeWays::default();
    let snapshot = troubled();
    let mut herald = herald(folder.path(), &ways, settings());
    herald.hear(&snapshot);
    herald.send(snapshot.now);
    for (_, letter) in &ways.0.lock().unwrap().letters {
        let letter = read(letter, &Limits::default()).unwrap();
        assert_eq!(letter.kind, LetterKind::Ordinary);
        let types: Vec<_> = letter.parts.iter().map(|part| part.content_type.as_str()).collect();
        assert_eq!(types, ["text/plain; charset=utf-8", "text/html; charset=utf-8"]);
        assert!(letter.message_id.unwrap().starts_with("certpost-message."));
    }
}
