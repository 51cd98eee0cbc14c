//! The house rules that a compiler does not check: who may import whom, how long files and
//! functions are, which documents exist.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn files(folder: &str, suffix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(ROOT).join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{folder:?}: {e}")) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(suffix) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The modules in reading order, as `src/lib.rs` lists them.
fn order() -> Vec<String> {
    let lib = std::fs::read_to_string(Path::new(ROOT).join("src/lib.rs")).unwrap();
    let modules = lib.lines().filter_map(|line| line.strip_prefix("pub mod "));
    modules.map(|name| name.trim_end_matches(';').to_owned()).collect()
}

/// The top module that a file belongs to.
fn module(path: &Path) -> String {
    let inside = path.strip_prefix(Path::new(ROOT).join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// Top modules that a source imports: every `crate::NAME`, and every name in `use crate::{…}`.
fn imports(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut name = String::new();
            for character in list.chars() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => found.push(std::mem::take(&mut name)),
                    c if depth == 0 => name.push(c),
                    _ => {}
                }
            }
            found.push(name);
        } else {
            found.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    let top = |name: String| name.trim().split("::").next().unwrap().to_owned();
    found.into_iter().map(top).filter(|name| !name.is_empty()).collect()
}

#[test]
fn imports_point_only_upward() {
    let order = order();
    let place: BTreeMap<_, _> =
        order.iter().enumerate().map(|(n, name)| (name.as_str(), n)).collect();
    let mut wrong = Vec::new();
    for path in files("src", ".rs") {
        let own = module(&path);
        if own == "lib" || own == "main" {
            continue;
        }
        let here = place.get(own.as_str()).unwrap_or_else(|| panic!("{own} is not in lib.rs"));
        let source = std::fs::read_to_string(&path).unwrap();
        // What stands behind `#[cfg(test)]` may import anything.
        let code = source.split("#[cfg(test)]\nmod").next().unwrap();
        let is_test = path.to_string_lossy().ends_with("tests.rs")
            || path.to_string_lossy().contains("/tests/");
        for import in imports(code) {
            if let Some(there) = place.get(import.as_str())
                && there > here
                && !is_test
            {
                wrong.push(format!("{}: {own} imports {import}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "imports that point downward:\n{}", wrong.join("\n"));
}

#[test]
fn dialects_do_not_import_their_sisters() {
    for (own, sister) in [("sota", "smime"), ("smime", "sota")] {
        for path in files(&format!("src/authority/{own}"), ".rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            assert!(
                !source.contains(&format!("{sister}::")),
                "{} imports {sister}",
                path.display()
            );
        }
    }
}

#[test]
fn the_other_side_never_uses_compose_or_interpret() {
    for path in files("src/simulator", ".rs") {
        let source = std::fs::read_to_string(&path).unwrap();
        for call in [".interpret(", "Dialect", "dialect("] {
            assert!(!source.contains(call), "{} uses {call}", path.display());
        }
    }
}

/// A file or function that is longer says why: a comment with the words "lines because".
const EXCUSE: &str = "lines because";

#[test]
fn files_have_at_most_500_lines() {
    let mut long = Vec::new();
    for path in ["src", "tests", "crates", "benches"].iter().flat_map(|folder| files(folder, ".rs"))
    {
        if path.components().any(|part| part.as_os_str() == "target") {
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        let lines = source.lines().count();
        if lines > 500 && !source.contains(EXCUSE) {
            long.push(format!("{} has {lines} lines", path.display()));
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn functions_have_at_most_70_lines() {
    let mut long = Vec::new();
    for path in files("src", ".rs") {
        let source = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = source.lines().collect();
        if lines.iter().take(3).any(|line| line.contains(EXCUSE)) {
            continue;
        }
        for (start, line) in lines.iter().enumerate() {
            let trimmed = line.trim_start();
            let is_function = [
                "fn ",
                "pub fn ",
                "pub(super) fn ",
                "pub(crate) fn ",
                "async fn ",
                "pub async fn ",
            ]
            .iter()
            .any(|head| trimmed.starts_with(head));
            // A declaration in a trait ends with a semicolon before any brace opens.
            let head = lines[start..].iter().find(|one| one.ends_with('{') || one.ends_with(';'));
            if !is_function || head.is_none_or(|one| one.ends_with(';')) {
                continue;
            }
            // rustfmt closes a function with a brace at the function's own indentation.
            let close = format!("{}}}", &line[..line.len() - trimmed.len()]);
            let length = lines[start..].iter().position(|line| *line == close).map_or(1, |n| n + 1);
            let excused =
                lines[start.saturating_sub(5)..start].iter().any(|line| line.contains(EXCUSE));
            if length > 70 && !excused {
                long.push(format!("{}:{}: {length} lines", path.display(), start + 1));
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn the_papers_are_there_and_link_to_what_exists() {
    let papers = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "deny.toml",
        "config.example.toml",
        "schemas/README.md",
        "docs/operator.md",
        "docs/deploy.md",
        "docs/monitoring/README.md",
    ];
    for paper in papers {
        assert!(Path::new(ROOT).join(paper).exists(), "{paper} is missing");
    }
    for paper in papers.iter().filter(|paper| paper.ends_with(".md")) {
        let text = std::fs::read_to_string(Path::new(ROOT).join(paper)).unwrap();
        let folder = Path::new(ROOT).join(paper).parent().unwrap().to_owned();
        for (at, _) in text.match_indices("](") {
            let target: String = text[at + 2..].chars().take_while(|c| *c != ')').collect();
            let file = target.split('#').next().unwrap();
            if !file.is_empty() && !file.contains("://") {
                assert!(folder.join(file).exists(), "{paper} links to {target}");
            }
        }
    }
}

#[test]
fn the_architecture_names_every_module() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("ARCHITECTURE.md")).unwrap();
    for module in order() {
        assert!(text.contains(&format!("`{module}`")), "ARCHITECTURE.md does not name `{module}`");
    }
}
