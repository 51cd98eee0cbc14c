//! `certpost doctor`: tries everything before the first renewal is due. It sends nothing and
//! changes nothing in the mailbox, and works beside a running daemon.

mod mail;
mod ourselves;

use std::path::Path;

use serde_json::json;

use super::{Failure, Outcome, config_text, load_config, view};
use crate::config::{ConfigProblem, examine};
use crate::exchange::Problem;
use crate::report::{self, Found, Probe, Standing};
use crate::{assemble, os};

pub fn doctor(path: &Path, as_json: bool) -> Result<Outcome, Failure> {
    let config = load_config(path)?;
    let (text, base) = config_text(path)?;
    let now = os::now();
    // The daemon's last words, or the database; a new installation has neither.
    let snapshot = view::snapshot(&config).ok();
    let examined = examine(&text, &base, &os::variable);
    let mut found: Vec<Found> = examined.problems.iter().map(of_configuration).collect();
    if found.is_empty() {
        found.push(Found::fine(Probe::Configuration, "", report::Fact::Nothing));
    }
    found.extend(mail::look(&config, snapshot.as_ref(), now));
    found.extend(ourselves::clock(snapshot.as_ref(), now));
    match assemble::setup(&config) {
        Ok(setup) => found.extend(ourselves::authorities(&setup, now)),
        // The examination has told the file and its line.
        Err(_) if !examined.problems.is_empty() => {}
        Err(error) => {
            let detail = Failure::from(error).text;
            found.push(Found::wrong(Probe::AuthorityCertificate, "", authority(detail)));
        }
    }
    found.extend(ourselves::keys(&config, snapshot.as_ref(), now));
    found.extend(ourselves::tokens(&config));
    found.extend(ourselves::disk(&config));
    found.extend(ourselves::hook(&config));
    view::print(&if as_json {
        format!("{:#}\n", json!({ "format": 1, "found": found }))
    } else {
        report::doctor(&found, config.language, view::colour())
    })?;
    if !examined.problems.is_empty() {
        return Ok(Outcome::Configuration);
    }
    let worst = found.iter().map(Found::standing).max().unwrap_or(Standing::Fine);
    Ok(worst.into())
}

fn of_configuration(problem: &ConfigProblem) -> Found {
    let ConfigProblem { line, place, what, instead } = problem;
    let detail = format!("{what}; {instead}");
    let problem = Problem { label: "configuration-wrong".into(), detail };
    Found::wrong(Probe::Configuration, format!("{line}: {place}"), problem)
}

fn authority(detail: String) -> Problem {
    Problem { label: "authority-certificate".into(), detail }
}
