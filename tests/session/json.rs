//! Every command's real answer against docs/json.schema.json.

use std::collections::BTreeSet;

use certpost::report::Language;
use serde_json::{Value, json};

use crate::scene::{AGENT, AUTHORITY, Town};

/// The schema, with every object closed: a field that it does not name is found.
fn schema() -> Value {
    let mut schema: Value =
        serde_json::from_str(include_str!("../../docs/json.schema.json")).unwrap();
    close(&mut schema);
    schema
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            for value in fields.values_mut() {
                close(value);
            }
            if fields.get("type") == Some(&json!("object")) && fields.contains_key("properties") {
                fields.insert("additionalProperties".into(), false.into());
            }
        }
        Value::Array(values) => values.iter_mut().for_each(close),
        _ => {}
    }
}

struct Judge {
    schema: Value,
    used: BTreeSet<String>,
}

impl Judge {
    fn fits(&mut self, definition: &str, answer: &Value) {
        let name = format!("command-{definition}");
        assert!(self.schema["$defs"].get(&name).is_some(), "no definition {name}");
        let mut root = self.schema.clone();
        root["$ref"] = json!(format!("#/$defs/{name}"));
        let judge = jsonschema::validator_for(&root).unwrap();
        let wrong: Vec<_> =
            judge.iter_errors(answer).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(wrong.is_empty(), "{definition}: {wrong:#?}\n{answer:#}");
        self.used.insert(name);
    }
}

fn answer(town: &Town, words: &[&str]) -> Value {
    let words: Vec<&str> = words.iter().copied().chain(["--json"]).collect();
    let output = town.run(&words);
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{words:?}: {error}\n{text}\n{}", String::from_utf8_lossy(&output.stderr))
    })
}

#[test]
fn every_answer_is_as_the_schema_says_and_the_schema_says_nothing_else() {
    let town = Town::found(Language::Uk);
    let mut judge = Judge { schema: schema(), used: BTreeSet::new() };
    town.reword(
        "[organisation]",
        &format!("[[contact]]\nname = \"admin\"\nroles = [\"administrator\"]\naddress = \"{AGENT}\"\n\n[organisation]"),
    );
    town.office.deliver(AGENT, "INBOX", b"From: a@b.example\r\nSubject: x\r\n\r\ny\r\n").unwrap();
    judge.fits("renew-dry-run", &answer(&town, &["renew", "director", "--dry-run"]));
    judge.fits("action", &answer(&town, &["fetch"]));
    judge.fits("status", &answer(&town, &["status"]));
    judge.fits("list", &answer(&town, &["list"]));
    judge.fits("show", &answer(&town, &["show", "director-1"]));
    for id in ["director-1", "director", "seal"] {
        judge.fits("why", &answer(&town, &["why", id]));
        judge.fits("journal", &answer(&town, &["journal", id]));
    }
    judge.fits("plan", &answer(&town, &["plan"]));
    judge.fits("letters", &answer(&town, &["unclaimed"]));
    let summary = town.path("out").display().to_string();
    judge.fits("report", &answer(&town, &["report", "--out", &summary]));
    judge.fits("check", &answer(&town, &["check"]));
    judge.fits("doctor", &answer(&town, &["doctor"]));
    judge.fits("mailbox-test", &answer(&town, &["mailbox", "test"]));
    judge.fits("store-check", &answer(&town, &["store", "check"]));
    judge.fits("store-rebuild", &answer(&town, &["store", "rebuild"]));
    judge.fits("notify-test", &answer(&town, &["notify", "test"]));
    let root = town.path("authority/root.pem").display().to_string();
    judge.fits("inspect", &answer(&town, &["inspect", &root]));
    for words in [
        &["show", "nobody"][..],
        &["renew", "nobody"],
        &["retry", "director"],
        &["renew", "director", "--dry-run"],
    ] {
        judge.fits("error", &answer(&town, words));
    }

    judge.fits("open", &answer(&town, &["open", &root, "--out", &summary]));

    // Our own parcel comes back.
    let own = town.office.letters(AUTHORITY, "INBOX").remove(0);
    town.office.deliver(AGENT, "INBOX", &own).unwrap();
    judge.fits("action", &answer(&town, &["fetch"]));
    let letters = answer(&town, &["quarantine"]);
    judge.fits("letters", &letters);
    let number = letters["letters"][0]["number"].to_string();
    judge.fits("quarantine-show", &answer(&town, &["quarantine", "show", &number]));
    judge.fits("error", &answer(&town, &["quarantine", "replay", &number]));
    judge.fits("action", &answer(&town, &["quarantine", "ignore", &number, "--reason", "так"]));
    assert_eq!(answer(&town, &["quarantine"])["letters"], json!([]));
    judge.fits("letters", &answer(&town, &["quarantine", "list", "--all"]));

    // Wrong things have their shapes too.
    town.reword("region = 26", "region = 126");
    judge.fits("check", &answer(&town, &["check"]));
    judge.fits("error", &answer(&town, &["status"]));
    town.reword("region = 126", "region = 26");
    std::fs::write(town.path("secrets/mailbox"), "wrong").unwrap();
    judge.fits("doctor", &answer(&town, &["doctor"]));

    let all: BTreeSet<String> =
        judge.schema["$defs"].as_object().unwrap().keys().cloned().collect();
    let all: BTreeSet<String> = all.into_iter().filter(|one| one.starts_with("command-")).collect();
    let unused: Vec<_> = all.difference(&judge.used).collect();
    assert!(unused.is_empty(), "no command answered as {unused:?}");
    let page = include_str!("../../docs/json.md");
    for name in &all {
        assert!(page.contains(&format!("`{name}`")), "docs/json.md does not tell of {name}");
    }
}

/// Invoices, refusals, notices: more than one quiet scene has.
#[test]
fn the_rich_moment_of_the_reports_fits_too() {
    let mut judge = Judge { schema: schema(), used: BTreeSet::new() };
    for answer in [
        include_str!("../golden/report/status.uk.json"),
        include_str!("../golden/report/status.en.json"),
    ] {
        judge.fits("status", &serde_json::from_str(answer).unwrap());
    }
}
