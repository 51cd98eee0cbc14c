//! A day of an administrator, typed out: every verb on one made-up organisation, 80 columns.
//! `UPDATE_GOLDEN=1 cargo test --test session` writes tests/golden/session.
//!
//! What differs from run to run is masked by [`masked`] alone: the folder, ports, moments, days,
//! spans, sizes, keys, digests and document numbers. Words and their order are what is compared.

use std::path::PathBuf;

use certpost::report::Language;

use crate::scene::{AGENT, AUTHORITY, Town};

/// Columns of a line; a path or a command that is longer stays whole.
const WIDTH: usize = 80;

/// Every run of digits becomes `#`, with the marks between them; long hexadecimal becomes `<hex>`,
/// requests `<base64>`, `сьогодні о` and its like `<day>`, the scene's folder `/…`; words are set
/// apart by one space, since masked columns would not stand straight anyway.
fn masked(text: &str, town: &Town) -> String {
    let folder = town.folder.path().display().to_string();
    let mut page = String::new();
    for line in unwrapped(text).replace(&folder, "/…").lines() {
        let words: Vec<String> = line.split_whitespace().map(word).collect();
        let indent = line.len() - line.trim_start().len();
        let mut kept: Vec<String> = Vec::new();
        for word in words {
            // «1 h 36 min», «12 Dec 2026», «349,00»: one mark for what stands together.
            if !(word == "#" && kept.last().is_some_and(|last| last == "#")) {
                kept.push(word);
            }
        }
        page.push_str(&format!("{}{}\n", " ".repeat(indent.min(6)), kept.join(" ")));
    }
    page
}

/// Lines that were broken at the edge are whole again: where they break depends on what is masked.
fn unwrapped(text: &str) -> String {
    let (mut whole, mut last) = (String::new(), None::<usize>);
    for line in text.lines() {
        let first = line.split_whitespace().next().map_or(0, |word| word.chars().count());
        match last {
            Some(length) if first > 0 && length > 0 && length + 1 + first > WIDTH => {
                whole.push(' ');
                whole.push_str(line.trim_start());
            }
            Some(_) => whole.push_str(&format!("\n{line}")),
            None => whole.push_str(line),
        }
        last = Some(line.chars().count());
    }
    whole
}

fn word(word: &str) -> String {
    if let (Some((head, rest)), Some((_, tail))) = (word.split_once('>'), word.split_once("…["))
        && rest.contains("…[")
    {
        return format!("{head}><base64>{}", tail.split_once(']').map_or("", |(_, tail)| tail));
    }
    match word {
        "сьогодні" | "вчора" | "завтра" => return "<day>".into(),
        "об" => return "о".into(),
        _ => {}
    }
    // director-1: what commands take.
    let bare = word.trim_end_matches([':', ',', '.', ';']);
    if bare.starts_with(|c: char| c.is_ascii_lowercase())
        && bare.rsplit_once('-').is_some_and(|(name, number)| {
            name.bytes().all(|b| b.is_ascii_lowercase()) && number.len() == 1
        })
    {
        return word.into();
    }
    let hex = |part: &str| part.len() >= 16 && part.bytes().all(|b| b.is_ascii_hexdigit());
    let inner = word.trim_matches(|c: char| !c.is_alphanumeric());
    if hex(inner) {
        return word.replace(inner, "<hex>");
    }
    let mut out = String::new();
    let mut in_number = false;
    for character in word.chars() {
        let joins = in_number && ".,:/-\u{a0}".contains(character);
        if character.is_ascii_digit() {
            if !in_number {
                out.push('#');
            }
            in_number = true;
        } else if !joins {
            in_number = false;
            out.push(character);
        }
    }
    out
}

/// One command: what was typed, what was answered, how it ended.
fn typed(town: &Town, words: &[&str], page: &mut String) {
    let output = town.run(words);
    let answers = [String::from_utf8(output.stdout), String::from_utf8(output.stderr)];
    page.push_str(&format!("$ certpost {}\n", words.join(" ")));
    for answer in answers.map(Result::unwrap) {
        for line in answer.lines() {
            let longest = line.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
            let fits = line.chars().count() <= WIDTH || longest + 8 > WIDTH;
            // What goes to logs stands one a line.
            let for_logs = line.starts_with("certpost: ") || line.contains("config.toml:line");
            assert!(fits || for_logs, "{words:?}: {line}");
        }
        page.push_str(&masked(&answer, town));
    }
    page.push_str(&format!("[{}]\n\n", output.status.code().unwrap()));
}

#[test]
#[allow(clippy::disallowed_methods)]
fn a_day_of_an_administrator() {
    let town = Town::found(Language::Uk);
    // A wait that always ends on another day: moments of today are shorter.
    town.reword(
        "[[holder]]",
        "[authority.simulator.policy]\ndelivered-within = { working-days = 10 }\n\n[[holder]]",
    );
    let mut page = String::new();
    for words in [
        &["check"][..],
        &["doctor"],
        &["status"],
        &["plan", "--months", "3"],
        &["why", "director"],
        &["renew", "director", "--dry-run"],
        &["mailbox", "test"],
        &["fetch"],
        &["status", "--exit-code"],
        &["list"],
        &["show", "director-1"],
        &["why", "director-1"],
        &["journal", "director-1"],
        &["retry", "director"],
        &["confirm", "director"],
        &["renew", "director", "--dry-run"],
        &["withdraw", "seal-1", "--reason", "нова печатка"],
        &["why", "seal"],
        &["renew", "seal"],
        &["renew", "nobody"],
    ] {
        typed(&town, words, &mut page);
    }
    // Our own parcel comes back: it is sealed, but not for us and not by the authority.
    let own = town.office.letters(AUTHORITY, "INBOX").remove(0);
    town.office.deliver(AGENT, "INBOX", &own).unwrap();
    typed(&town, &["fetch"], &mut page);
    let letters = town.json(0, &["quarantine"]);
    let number = letters["letters"][0]["number"].to_string();
    // Too much of it is digests and dates to stand in the golden.
    let shown = town.told(0, &["quarantine", "show", &number]);
    for words in ["message-id: <certpost.", "transport container", "CMS SignedData", "CERTCRYPT"] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    assert!(shown.lines().all(|line| line.chars().count() <= WIDTH), "{shown}");
    for words in [
        &["quarantine"][..],
        &["quarantine", "replay", &number],
        &["quarantine", "ignore", &number, "--reason", "нерозбірливе"],
        &["quarantine"],
        &["quarantine", "list", "--all"],
        &["unclaimed"],
        &["store", "check"],
    ] {
        typed(&town, words, &mut page);
    }
    // The mailbox's password is changed, and nobody told us.
    std::fs::write(town.path("secrets/mailbox"), "old").unwrap();
    typed(&town, &["fetch"], &mut page);
    typed(&town, &["doctor"], &mut page);
    town.reword("region = 26", "region = 126");
    typed(&town, &["check"], &mut page);
    typed(&town, &["status"], &mut page);

    let actual = page;
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/session/day.uk.txt");
    if std::env::var("UPDATE_GOLDEN").is_ok() {
        std::fs::write(&path, &actual).unwrap();
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = wanted.lines().zip(actual.lines()).find(|(wanted, actual)| wanted != actual);
    assert!(wanted == actual, "not as in tests/golden/session/day.uk.txt: {differs:?}");
}
