//! Commands that only show. While a daemon has the database open, they show the snapshot that it
//! wrote after its last change.

use std::io::{IsTerminal, Write};
use std::path::Path;

use super::{Failure, Outcome, summary};
use crate::config::Config;
use crate::report::letters::{Letter, Shelf};
use crate::report::summary::Format;
use crate::report::terminal::Colour;
use crate::report::{self, Language, Snapshot};
use crate::store::StoreError;
use crate::{assemble, os};

/// `exit_code`: end with the code of the worst open case instead of 0.
pub fn status(config: &Config, json: bool, exit_code: bool) -> Result<Outcome, Failure> {
    let report = report::build(&snapshot(config)?, config.language);
    print(&if json {
        report::json::status(&report)
    } else {
        report::terminal::status(&report, colour())
    })?;
    Ok(if exit_code { report.standing.into() } else { Outcome::Fine })
}

pub fn list(config: &Config, json: bool) -> Result<Outcome, Failure> {
    let report = report::build(&snapshot(config)?, config.language);
    print(&if json {
        report::json::list(&report)
    } else {
        report::terminal::list(&report, colour())
    })
}

pub fn show(config: &Config, id: &str, json: bool) -> Result<Outcome, Failure> {
    let snapshot = snapshot(config)?;
    let report = report::build(&snapshot, config.language);
    let text = if json {
        report::json::show(&report, id)
    } else {
        report::terminal::show(&report, id, colour())
    };
    match text {
        Some(text) => print(&text),
        None => Err(unknown(&snapshot, id)),
    }
}

pub fn journal(config: &Config, id: &str, json: bool) -> Result<Outcome, Failure> {
    let snapshot = snapshot(config)?;
    let Some(entries) = report::journal(&snapshot, config.language, id) else {
        return Err(unknown(&snapshot, id));
    };
    print(&if json {
        report::json::journal(id, &entries)
    } else {
        report::terminal::journal(&entries, config.language)
    })
}

/// Nothing has this name.
pub(super) fn unknown(snapshot: &Snapshot, id: &str) -> Failure {
    let exchanges = snapshot.exchanges.iter().map(|one| one.id.0.as_str());
    let holders = snapshot.holders.iter().map(|one| one.id.as_str());
    let known: Vec<_> = exchanges.chain(holders).collect();
    Failure::new(format!("no renewal «{id}»; there are: {}", known.join(", ")))
}

pub fn letters(config: &Config, shelf: Shelf, json: bool) -> Result<Outcome, Failure> {
    let letters = report::letters::on(&snapshot(config)?, shelf, config.language);
    show_letters(&letters, config.language, json)
}

pub(super) fn show_letters(
    letters: &[Letter],
    language: Language,
    json: bool,
) -> Result<Outcome, Failure> {
    if json {
        return print_json(&serde_json::json!({ "format": 1, "letters": letters }));
    }
    print(&report::terminal::letters(letters, language))
}

/// Without `formats`: all of them.
pub fn report(
    config: &Config,
    out: &Path,
    formats: &[Format],
    json: bool,
) -> Result<Outcome, Failure> {
    let formats = if formats.is_empty() { &Format::ALL[..] } else { formats };
    let written = summary::write(&snapshot(config)?, config, out, formats)?;
    if json {
        return print_json(&serde_json::json!({ "format": 1, "written": written }));
    }
    for path in written {
        print(&format!("{}\n", path.display()))?;
    }
    Ok(Outcome::Fine)
}

/// From the database, or from the daemon's last snapshot.
pub(super) fn snapshot(config: &Config) -> Result<Snapshot, Failure> {
    match assemble::Onlooker::new(config) {
        Ok(onlooker) => Ok(onlooker.snapshot(os::now())?),
        Err(assemble::Error::Store(StoreError::Busy { .. })) => {
            let mut snapshot = assemble::read_snapshot(config)?;
            // What was true then is shown as of now: days left go on counting.
            snapshot.now = snapshot.now.max(os::now());
            Ok(snapshot)
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) fn colour() -> Colour {
    let wanted = std::io::stdout().is_terminal() && os::variable("NO_COLOR").is_none();
    if wanted { Colour::Coloured } else { Colour::Plain }
}

pub(super) fn print(text: &str) -> Result<Outcome, Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()) {
        // `certpost status | head` is no failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(Outcome::Fine),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(Outcome::Fine),
    }
}

pub(super) fn print_json(value: &serde_json::Value) -> Result<Outcome, Failure> {
    print(&format!("{}\n", serde_json::to_string_pretty(value)?))
}
