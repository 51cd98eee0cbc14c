//! Labels of problems: documented, known, and told in words.

use std::collections::BTreeSet;
use std::path::PathBuf;

use certpost::exchange::{Obstacle, Problem, Purpose, Retry, Stage};
use certpost::report::{self, LABELS, Language, Severity, html};

use super::moment::{quiet_snapshot, rich_snapshot};
use super::{LANGUAGES, latin, line_in};

#[test]
fn the_operators_page_and_the_list_of_labels_agree() {
    let page = include_str!("../../docs/operator.md");
    let documented: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(label, rest)| {
            let cells: Vec<&str> = rest.trim_end_matches('|').split(" | ").collect();
            assert!(cells.len() == 2 && cells.iter().all(|c| !c.trim().is_empty()), "{label}");
            label
        })
        .collect();
    let known: Vec<&str> = LABELS.iter().map(|(label, _)| *label).collect();
    assert_eq!(documented, known);
    assert_eq!(known.iter().collect::<BTreeSet<_>>().len(), known.len());
}

/// A label is born as a string in a `Problem`: none may be missing from the list.
#[test]
fn every_label_in_the_source_is_in_the_list() {
    let makers = ["label: ", "problem(", "passing(", "lasting(", "failure(", "trouble(", "later("];
    let known: BTreeSet<_> = LABELS.iter().map(|(label, _)| *label).collect();
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"));
    let (mut open, mut found) = (vec![root], BTreeSet::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            // The other side, and doubles, have no words for people.
            if path.is_dir() && !["simulator", "world", "tests", "report"].contains(&&*name) {
                open.push(path);
            } else if name.ends_with(".rs")
                && !["contract.rs", "frozen.rs", "tests.rs"].contains(&&*name)
            {
                let source = std::fs::read_to_string(&path).unwrap();
                let source = source.split("#[cfg(test)]").next().unwrap().to_owned();
                for maker in makers {
                    for piece in source.split(maker).skip(1) {
                        if let Some(rest) = piece.trim_start().strip_prefix('"') {
                            found.insert(rest.split('"').next().unwrap().to_owned());
                        }
                    }
                }
            }
        }
    }
    found.retain(|label| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
    });
    assert!(found.len() > 30, "{found:?}");
    let missing: Vec<_> = found.iter().filter(|label| !known.contains(label.as_str())).collect();
    assert!(missing.is_empty(), "not in src/report/label.rs: {missing:?}");
}

#[test]
fn every_label_is_told_in_words_and_an_unknown_one_shows_its_detail() {
    let mut whats = BTreeSet::new();
    let labels = LABELS.iter().map(|(label, _)| *label);
    for label in labels.chain(["something-new"]) {
        for language in LANGUAGES {
            let problem = Problem { label: label.into(), detail: "place 7".into() };
            let obstacle = Obstacle::Preparation(problem.clone());
            let was = Box::new(Stage::Opened { retry: Retry::default() });
            let at = rich_snapshot().now;
            let stalled = Stage::Stalled { obstacle, was, at };
            let (line, report) = line_in(&stalled, Purpose::Renewal, true, language);
            let page = html::render(&report).unwrap();
            assert!(!page.contains(label) || label == "clock" || label == "bounce", "{label}");
            assert!(page.contains("place 7"), "{label}");
            let action = line.action.unwrap();
            assert!(!action.text.is_empty() && action.text.ends_with('.'), "{label}");
            if language != Language::En {
                assert_eq!(latin(&format!("{} {}", line.told, action.text)), BTreeSet::new());
            }
            whats.insert(line.told);
            // The same problem as a trouble of the whole.
            let mut snapshot = quiet_snapshot();
            snapshot.troubles = vec![problem];
            let report = report::build(&snapshot, language);
            assert_eq!((report.needed, report.severity), (1, Severity::Error));
            let trouble = &report.sections[0].lines[0];
            assert_eq!(trouble.detail.as_deref(), Some("place 7"));
            assert!(!trouble.role.is_empty() && trouble.action.is_some());
        }
    }
    // Each label says something of its own.
    assert_eq!(whats.len(), (LABELS.len() + 1) * LANGUAGES.len());
}

/// The accountant's page speaks of what stands on the summary, and its pictures are there.
#[test]
fn the_accountants_page_and_the_summary_use_the_same_words() {
    let page = include_str!("../../docs/accountant.uk.md");
    let words = include_str!("../../src/report/words/uk.rs");
    for word in [
        "ТЕРМІНОВО",
        "УВАГА",
        "ДО ВІДОМА",
        "ГОТОВО",
        "УСУНЕНО",
        "Що зробити",
        "Подробиці",
        "Від вас нічого не потрібно",
        "Повідомлення до ДПС",
        "Прийнято",
        "Залишилося",
    ] {
        assert!(page.contains(word), "the page: {word}");
        assert!(words.contains(&format!("\"{word}")), "the summary: {word}");
    }
    let docs = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/docs"));
    let pictures: Vec<&str> =
        page.split("](").skip(1).filter_map(|rest| rest.split_once(".png)")).map(|p| p.0).collect();
    assert!(pictures.len() >= 4, "{pictures:?}");
    for picture in pictures {
        let bytes = std::fs::metadata(docs.join(format!("{picture}.png"))).unwrap().len();
        assert!(bytes < 200_000, "{picture}.png has {bytes} bytes");
    }
}
