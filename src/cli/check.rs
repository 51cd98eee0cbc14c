//! `certpost check`: is the configuration right, and is everything there that it names?

use std::path::Path;

use serde_json::json;

use super::{Failure, Outcome, view};
use crate::config::{Config, ConfigProblem, examine};
use crate::report::{self, Language};
use crate::{assemble, os};

pub fn check(path: &Path, as_json: bool) -> Result<Outcome, Failure> {
    let (text, base) = super::config_text(path)?;
    let read = Config::read(&text, &base);
    let examined = examine(&text, &base, &os::variable);
    let language = examined.language.unwrap_or(Language::Uk);
    let mut problems = match &read {
        Ok(config) => assembled(config, &examined.problems),
        Err(problems) => problems.clone(),
    };
    problems.extend(examined.problems);
    problems.sort_by_key(|problem| problem.line);
    problems.dedup();
    let place = path.display().to_string();
    if as_json {
        let shown = |one: &ConfigProblem| {
            let ConfigProblem { line, place, what, instead } = one;
            json!({ "line": line, "place": place, "what": what, "instead": instead })
        };
        let notes = examined.notes.iter().map(|(place, why)| json!({ "place": place, "why": why }));
        view::print_json(&json!({
            "format": 1,
            "file": place,
            "problems": problems.iter().map(shown).collect::<Vec<_>>(),
            "notes": notes.collect::<Vec<_>>(),
        }))?;
    } else {
        let told: Vec<_> = problems.iter().map(finding).collect();
        view::print(&report::checked(language, &place, &told, &examined.notes))?;
    }
    Ok(if problems.is_empty() { Outcome::Fine } else { Outcome::Configuration })
}

fn finding(problem: &ConfigProblem) -> report::Finding {
    let ConfigProblem { line, place, what, instead } = problem.clone();
    report::Finding { line, place, what, instead }
}

/// What only putting the parts together can tell, when every part is there.
fn assembled(config: &Config, known: &[ConfigProblem]) -> Vec<ConfigProblem> {
    if !known.is_empty() {
        return Vec::new();
    }
    let failed = assemble::setup(config).err();
    let problem = |error: assemble::Error| ConfigProblem {
        line: 1,
        place: String::new(),
        what: Failure::from(error).text,
        instead: "correct what it names".into(),
    };
    failed.map(problem).into_iter().collect()
}
