//! Commands that only show. While a daemon has the database open, they show the snapshot that it
//! wrote after its last change.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use super::{Failure, Outcome};
use crate::config::Config;
use crate::report::letters::Shelf;
use crate::report::terminal::Colour;
use crate::report::{self, Language, Snapshot};
use crate::store::StoreError;
use crate::{assemble, os};

pub fn status(config: &Config, json: bool) -> Result<Outcome, Failure> {
    let report = report::build(&snapshot(config)?, config.language);
    print(&if json {
        report::json::status(&report)
    } else {
        report::terminal::status(&report, colour())
    })
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
        None => {
            let known: Vec<_> = snapshot.exchanges.iter().map(|one| one.id.0.as_str()).collect();
            let known = if known.is_empty() { "none yet".into() } else { known.join(", ") };
            Err(Failure::new(format!("no renewal «{id}»; there are: {known}")))
        }
    }
}

pub fn letters(config: &Config, shelf: Shelf, json: bool) -> Result<Outcome, Failure> {
    let letters = report::letters::on(&snapshot(config)?, shelf, config.language);
    if json {
        return print_json(&serde_json::json!({ "format": 1, "letters": letters }));
    }
    print(&report::terminal::letters(&letters, config.language))
}

pub fn report(config: &Config, out: &Path, json: bool) -> Result<Outcome, Failure> {
    let written = write_summary(&snapshot(config)?, config.language, out)?;
    if json {
        return print_json(&serde_json::json!({ "format": 1, "written": written }));
    }
    for path in written {
        print(&format!("{}\n", path.display()))?;
    }
    Ok(Outcome::Fine)
}

/// Writes summary.html and summary.csv; readers never meet half a file.
pub fn write_summary(
    snapshot: &Snapshot,
    language: Language,
    folder: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    let report = report::build(snapshot, language);
    std::fs::create_dir_all(folder)?;
    let html = report::html::render(&report)?;
    let csv = report::csv::render(&report, report::csv::Encoding::Utf8);
    let mut written = Vec::new();
    for (name, bytes) in [("summary.html", html.into_bytes()), ("summary.csv", csv)] {
        let (partial, path) = (folder.join(format!(".{name}.partial")), folder.join(name));
        std::fs::write(&partial, bytes)?;
        std::fs::rename(&partial, &path)?;
        written.push(path);
    }
    Ok(written)
}

/// From the database, or from the daemon's last snapshot.
fn snapshot(config: &Config) -> Result<Snapshot, Failure> {
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

fn colour() -> Colour {
    let wanted = std::io::stdout().is_terminal() && os::variable("NO_COLOR").is_none();
    if wanted { Colour::Coloured } else { Colour::Plain }
}

fn print(text: &str) -> Result<Outcome, Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()) {
        // `certpost status | head` is no failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(Outcome::Fine),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(Outcome::Fine),
    }
}

fn print_json(value: &serde_json::Value) -> Result<Outcome, Failure> {
    print(&format!("{}\n", serde_json::to_string_pretty(value)?))
}
