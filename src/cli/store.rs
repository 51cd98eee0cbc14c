//! `certpost store`: whether the memory is whole, and a new one out of its history when it is not.
//! For a daemon that stands still: both want the database for themselves.

use clap::Subcommand;

use super::view::print_json;
use super::{Failure, Outcome};
use crate::assemble;
use crate::config::Config;
use crate::store::sled::{Rebuilt, Sled};
use crate::store::{self, Store, StoreError};

#[derive(Subcommand)]
pub enum Memory {
    /// Reads every record and every kept file, and plays the journal again. Changes nothing.
    Check,
    /// Makes a damaged database anew from its history. The damaged one is put aside.
    Rebuild,
}

impl Memory {
    pub fn run(&self, config: &Config, json: bool) -> Result<Outcome, Failure> {
        match self {
            Self::Check => check(config, json),
            Self::Rebuild => rebuild(config, json),
        }
    }
}

/// What a whole memory holds.
struct Whole {
    exchanges: usize,
    lines: usize,
    arrivals: usize,
    files: usize,
}

/// Fails with what is not as it was left.
fn look(config: &Config) -> Result<Whole, Failure> {
    let folder = assemble::store_folder(config);
    let store = Sled::open(&folder)?;
    store::replay(&store)?;
    let exchanges = store.exchanges()?;
    let parcels = exchanges.iter().filter_map(|one| Some((one, one.stage.dispatch()?.parcel)));
    for (exchange, parcel) in parcels {
        if store.kept(&parcel)?.is_none() {
            let place = folder.join("files").display().to_string();
            return Err(Failure::new(format!(
                "{place}: the letter of {} is missing ({parcel})",
                exchange.id
            )));
        }
    }
    Ok(Whole {
        exchanges: exchanges.len(),
        lines: store.journal(None)?.len(),
        arrivals: store.arrivals()?.len(),
        files: store::check_kept(&folder)?,
    })
}

fn check(config: &Config, json: bool) -> Result<Outcome, Failure> {
    let Whole { exchanges, lines, arrivals, files } = look(config)?;
    if json {
        return print_json(&serde_json::json!({
            "format": 1, "exchanges": exchanges, "journal": lines, "arrivals": arrivals,
            "files": files,
        }));
    }
    println!(
        "whole: {exchanges} exchanges, {lines} journal lines, {arrivals} letters, {files} files"
    );
    Ok(Outcome::Fine)
}

fn rebuild(config: &Config, json: bool) -> Result<Outcome, Failure> {
    let folder = assemble::store_folder(config);
    match Sled::open(&folder) {
        // Nothing is repaired that is not broken.
        Ok(store) => drop(store),
        Err(StoreError::Damaged { .. }) => {
            let rebuilt = Sled::rebuild(&folder)?;
            tell(&rebuilt, json)?;
            if !json {
                look(config)?;
            }
            return Ok(Outcome::Fine);
        }
        Err(error) => return Err(error.into()),
    }
    if json {
        return print_json(&serde_json::json!({ "format": 1, "commits": null }));
    }
    println!("the database can be read: nothing was done");
    Ok(Outcome::Fine)
}

fn tell(rebuilt: &Rebuilt, json: bool) -> Result<(), Failure> {
    let Rebuilt { commits, missing, unreadable, damaged } = rebuilt;
    if json {
        print_json(&serde_json::json!({
            "format": 1, "commits": commits, "missing": missing, "unreadable": unreadable,
            "damaged": damaged,
        }))?;
        return Ok(());
    }
    println!("rebuilt from {commits} commits; the damaged one lies in {}", damaged.display());
    if *unreadable > 0 || !missing.is_empty() {
        let numbers: Vec<_> = missing.iter().map(u64::to_string).collect();
        println!("{unreadable} lines of the history can't be read");
        println!("commits that are lost: {}", numbers.join(", "));
        println!("letters since then are in the mailbox and are read again");
    }
    Ok(())
}
