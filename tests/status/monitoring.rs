//! `docs/monitoring/` names what certpost writes, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use certpost::status::metrics::render;
use serde_json::Value;

use super::exposition::{Family, read};
use super::moment::rich_snapshot;
use super::{board, trouble};

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/monitoring").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// Everything that certpost can write.
fn written() -> BTreeMap<String, Family> {
    let mut snapshot = rich_snapshot();
    snapshot.troubles.push(trouble("imap-login"));
    let board = board(snapshot);
    read(&render(&board.newest(), &board.commits.so_far())).unwrap()
}

/// The metrics of a text, with the labels of each that stand in braces.
fn named(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (at, _) in text.match_indices("certpost_") {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if text[..at].ends_with(is_part) {
            continue;
        }
        let name: String = text[at..].chars().take_while(|c| is_part(*c)).collect();
        let labels = found.entry(name.clone()).or_default();
        let rest = &text[at + name.len()..];
        if let Some(inside) = rest.strip_prefix('{') {
            let inside = inside.split('}').next().unwrap();
            let label = |pair: &str| pair.split(['=', '!', '~']).next().unwrap().trim().to_owned();
            labels.extend(inside.split(',').map(label));
        }
    }
    found
}

/// Complains of what is named and not written.
fn assert_written(text: &str, place: &str) -> BTreeSet<String> {
    let written = written();
    let mut families = BTreeSet::new();
    for (name, labels) in named(text) {
        let base = ["_bucket", "_sum", "_count"]
            .iter()
            .filter_map(|suffix| name.strip_suffix(suffix))
            .find(|base| written.get(*base).is_some_and(|family| family.kind == "histogram"))
            .unwrap_or(&name);
        let family = written.get(base).unwrap_or_else(|| panic!("{place}: nobody writes {name}"));
        assert!(!family.samples.is_empty(), "{name} has no sample to compare labels with");
        for label in labels {
            let known = family.samples.iter().all(|one| one.labels.contains_key(&label));
            // Prometheus itself adds these.
            let added = ["instance", "job"].contains(&label.as_str());
            assert!(known || added, "{place}: {name} has no label {label}");
        }
        families.insert(base.to_owned());
    }
    families
}

#[test]
fn alerts_name_metrics_and_labels_that_exist() {
    let text = document("alerts.yml");
    let families = assert_written(&text, "alerts.yml");
    assert!(families.len() > 8, "{families:?}");
    let alerts: Vec<&str> = text.split("- alert: ").skip(1).collect();
    assert!(alerts.len() > 10);
    for alert in alerts {
        let name = alert.lines().next().unwrap();
        for part in ["expr: ", "severity: ", "summary: ", "action: "] {
            assert!(alert.contains(part), "{name} has no {part}");
        }
    }
}

#[test]
fn the_dashboard_names_metrics_and_labels_that_exist() {
    let dashboard: Value = serde_json::from_str(&document("dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut families = BTreeSet::new();
    for panel in panels {
        let title = panel["title"].as_str().unwrap();
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{title} asks for nothing");
        for target in targets {
            let found = assert_written(target["expr"].as_str().unwrap(), title);
            assert!(!found.is_empty(), "{title} names no metric of ours");
            families.extend(found);
        }
    }
    assert!(families.len() > 10, "{families:?}");
    // No panel covers another.
    let mut taken = BTreeSet::new();
    for panel in panels {
        let side = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        for x in side("x")..side("x") + side("w") {
            for y in side("y")..side("y") + side("h") {
                assert!(x < 24 && taken.insert((x, y)), "{} covers another", panel["title"]);
            }
        }
    }
}

#[test]
fn the_guide_tells_of_every_metric() {
    let told = assert_written(&document("README.md"), "README.md");
    let written: BTreeSet<_> = written().into_keys().collect();
    assert_eq!(told, written);
}

#[test]
fn a_metric_or_label_that_nobody_writes_is_found() {
    for wrong in ["certpost_unheard_of > 1", "certpost_trouble{reason=\"x\"}"] {
        let found = std::panic::catch_unwind(|| assert_written(wrong, "here"));
        assert!(found.is_err(), "{wrong}");
    }
}
