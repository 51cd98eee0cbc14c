//! The guides name commands that exist.

use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Commands as `--help` lists them.
pub fn commands() -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_certpost")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let lines = list.lines().filter_map(|line| line.strip_prefix("  "));
    let named = lines.filter(|line| !line.starts_with(' '));
    named.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

/// What stands in code: blocks between fences, and between backticks outside of them.
fn code(text: &str) -> Vec<&str> {
    let parts = text.split("```").enumerate();
    let spans = parts.flat_map(|(number, part)| {
        let inside = if number % 2 == 1 {
            part.lines().collect::<Vec<_>>()
        } else {
            part.split('`').skip(1).step_by(2).collect()
        };
        inside.into_iter()
    });
    spans.collect()
}

/// The words that follow `certpost` where it is the program.
fn called(line: &str) -> Vec<String> {
    let line = line.split('#').next().unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let is_user = at > 0 && ["-u", "--uid", "enable", "start", "stop"].contains(&words[at - 1]);
        if *word != "certpost" || is_user {
            continue;
        }
        let mut rest = words[at + 1..].iter();
        let mut next = rest.next();
        if next == Some(&"--config") {
            rest.next();
            next = rest.next();
        }
        let is_command = |word: &&&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        found.extend(
            next.filter(is_command).filter(|word| !word.starts_with('-')).map(|w| (*w).to_owned()),
        );
    }
    found
}

fn guides() -> Vec<PathBuf> {
    let mut found = vec![Path::new(ROOT).join("README.md"), Path::new(ROOT).join("SECURITY.md")];
    for folder in ["docs", "docs/monitoring"] {
        let entries = std::fs::read_dir(Path::new(ROOT).join(folder)).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        found.extend(paths.filter(|path| path.extension().is_some_and(|end| end == "md")));
    }
    found
}

#[test]
fn every_command_of_the_guides_exists() {
    let commands = commands();
    let mut named = 0;
    for guide in guides() {
        let text = std::fs::read_to_string(&guide).unwrap();
        for command in code(&text).iter().flat_map(|line| called(line)) {
            assert!(commands.contains(&command), "{}: certpost {command}", guide.display());
            named += 1;
        }
    }
    assert!(named > 60, "only {named} commands were found in the guides");
}

#[test]
fn commands_are_found_where_they_are_called() {
    let line =
        "sudo -u certpost certpost --config X check && sudo systemctl reload certpost # certpost x";
    assert_eq!(called(line), ["check"]);
    assert_eq!(called("sudo -u certpost sh -c 'x'"), Vec::<String>::new());
    let text = "a `certpost status` b\n```sh\ncertpost why ID\n```\nc `certpost`";
    let found: Vec<_> = code(text).iter().flat_map(|line| called(line)).collect();
    assert_eq!(found, ["status", "why"]);
}
