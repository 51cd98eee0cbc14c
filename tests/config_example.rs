//! `config.example.toml` is the manual: it must say what the code does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::path::Path;

use certpost::config::{Config, example};

/// Options and sections that are off begin with a bare `#`; all of them on.
fn everything_on() -> String {
    let starts = |rest: &&str| rest.starts_with(|c: char| c.is_alphabetic() || c == '[');
    let on = |line: &str| line.strip_prefix('#').filter(starts).unwrap_or(line).to_owned();
    example().lines().map(on).collect::<Vec<_>>().join("\n")
}

/// Options that stand for others, which they exclude.
const INSTEAD_OF_OTHERS: [&str; 2] = ["token-file = ", "token = "];

fn everything_that_goes_together_on() -> String {
    let excludes = |line: &&str| !INSTEAD_OF_OTHERS.iter().any(|one| line.starts_with(one));
    everything_on().lines().filter(excludes).collect::<Vec<_>>().join("\n")
}

/// What the manual states above each option: `Some(default)`, or `None` for "Required."
fn stated() -> BTreeMap<String, Option<String>> {
    let mut stated = BTreeMap::new();
    let (mut section, mut claim) = (String::new(), None);
    for line in everything_on().lines() {
        if let Some(prose) = line.strip_prefix("# ") {
            if let Some(default) = prose.strip_prefix("Default: ") {
                claim = Some(Some(default.to_owned()));
            } else if prose == "Required." {
                claim = Some(None);
            }
        } else if line.starts_with('[') {
            let name = line.trim_matches(['[', ']']);
            section = format!(
                "{}.",
                name.replace("authority.ukraina", "authority.NAME")
                    .replace("authority.dps", "authority.NAME")
            );
        } else if let Some((key, _)) = line.split_once(" = ") {
            let place = format!("{section}{key}");
            if let Some(claim) = claim.take() {
                assert_eq!(stated.insert(place.clone(), claim), None, "{place} is told twice");
            } else {
                assert!(stated.contains_key(&place), "the manual says no default of {place}");
            }
        } else {
            assert!(line.is_empty() || line == "#", "neither prose nor option: {line}");
        }
    }
    stated
}

#[test]
fn the_example_is_a_good_configuration() {
    for text in [example().to_owned(), everything_that_goes_together_on()] {
        let config = Config::read(&text, Path::new("/etc/certpost"));
        let config = config.unwrap_or_else(|problems| panic!("{problems:#?}"));
        assert_eq!(config.holders.len(), 2);
        assert_eq!(config.holders[1].name, "ТОВ «Зразок»");
        assert_eq!(config.authorities[0].profile.suite, "ukrainian");
        assert_eq!(config.mailbox.smtp.port, 587);
        assert_eq!(config.mailbox.imap.port, 993);
    }
}

#[test]
fn a_token_stands_instead_of_a_new_password_and_of_the_ukrainian_suite() {
    let with_token = example().replace("\n#token = ", "\ntoken = ");
    let base = Path::new("/etc/certpost");
    let problems = Config::read(&with_token, base).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert_eq!(problems[0].place, "holder[1].token");
    assert!(problems[0].to_string().contains("suite ukrainian"), "{}", problems[0]);
    let international = with_token.replace("\nsuite = \"ukrainian\"", "");
    let config = Config::read(&international, base).unwrap();
    let token = config.holders[0].token.as_ref().unwrap();
    assert_eq!(token.label, "director");
    assert_eq!(token.module, Path::new("/usr/lib/softhsm/libsofthsm2.so"));
    assert!(config.holders[0].password.is_some());

    let alone = international.replace("\npassword = { file = \"secrets/director\" }", "");
    assert_eq!(Config::read(&alone, base).unwrap().holders[0].password, None);
    let both = international.replace("\n#new-password = ", "\nnew-password = ");
    let problems = Config::read(&both, base).unwrap_err();
    assert_eq!(problems[0].place, "holder[1].new-password", "{problems:#?}");
}

#[test]
fn the_manual_states_every_option_with_the_default_of_the_code() {
    let known: BTreeMap<_, _> = Config::known(&everything_on(), Path::new("/etc/certpost"))
        .into_iter()
        .map(|known| (known.place, known.default))
        .collect();
    assert!(known.len() > 50, "only {} options", known.len());
    assert_eq!(stated(), known);
}

#[test]
fn a_profile_has_no_item_that_the_configuration_cannot_override() {
    let sota = include_str!("../src/authority/profiles/sota.toml");
    let table: toml::Table = sota.parse().unwrap();
    let policy = table["policy"].as_table().unwrap();
    let calendar = policy["calendar"].as_table().unwrap();
    let stated = stated();
    for (section, keys) in [("", &table), ("policy.", policy), ("policy.calendar.", calendar)] {
        for key in keys.keys().filter(|key| !["dialect", "policy", "calendar"].contains(&&***key)) {
            let place = format!("authority.NAME.{section}{key}");
            assert!(stated.contains_key(&place), "{place} is not in the manual");
        }
    }
}
