//! `certpost evidence`: packs that show what happened in one case.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::{Failure, Outcome, input, view};
use crate::config::Config;
use crate::evidence::{Verdict, verify};
use crate::time::Timestamp;
use crate::{assemble, crypto};

#[derive(Subcommand)]
pub enum Evidence {
    /// Writes the pack of one case: letters, receipts, certificates, the chained journal. Works
    /// beside a running daemon.
    Export {
        id: String,
        /// Where it goes; a file that is there already is left alone.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Looks whether a pack is whole and what it shows; needs no configuration and no network.
    Verify {
        file: PathBuf,
        /// The digest that was noted when the pack was made (SHA-256, 64 hexadecimal digits).
        #[arg(long, value_name = "DIGEST")]
        expect: Option<crate::exchange::Digest>,
    },
}

impl Evidence {
    pub fn run(
        &self,
        config: impl FnOnce() -> Result<Config, Failure>,
        json: bool,
    ) -> Result<Outcome, Failure> {
        match self {
            Self::Export { id, out } => export(&config()?, id, out, json),
            Self::Verify { file, expect } => {
                let bytes = input::read(file)?;
                let expected = expect.map(|digest| digest == crypto::digest(&bytes));
                tell(&verify(&bytes), file, expected, json)
            }
        }
    }
}

fn export(config: &Config, id: &str, out: &Path, json: bool) -> Result<Outcome, Failure> {
    // The daemon's last snapshot is of its last change, and kept files never change: nothing has
    // to be asked of it.
    let snapshot = view::snapshot(config)?;
    let pack = assemble::evidence(config, &snapshot, id)??;
    let failed = |error| Failure::new(format!("cannot write {}: {error}", out.display()));
    // Letters are not everybody's to read.
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(out);
    let mut file = file.map_err(failed)?;
    file.write_all(&pack).and_then(|()| file.sync_all()).map_err(failed)?;
    let (digest, place) = (crypto::digest(&pack).to_string(), out.display().to_string());
    if json {
        let told = json!({ "format": 1, "written": place, "bytes": pack.len(), "digest": digest });
        println!("{told:#}");
    } else {
        println!("{place}: {} bytes", pack.len());
        println!("digest {digest}");
        println!("Note this digest elsewhere: with it nobody can exchange the pack as a whole.");
    }
    Ok(Outcome::Fine)
}

/// Exit code 1 when something is broken, or the digest is not the one that was noted.
fn tell(
    verdict: &Verdict,
    file: &Path,
    expected: Option<bool>,
    as_json: bool,
) -> Result<Outcome, Failure> {
    let whole = verdict.faults.is_empty() && expected != Some(false);
    if as_json {
        let mut told = json!(verdict);
        if let Some(told) = told.as_object_mut() {
            told.insert("format".into(), 1.into());
            told.insert("whole".into(), whole.into());
            told.insert("expected".into(), json!(expected));
            told.insert("cannot".into(), json!(CANNOT));
        }
        println!("{told:#}");
    } else {
        print!("{}", words(verdict, file, expected));
    }
    Ok(if whole { Outcome::Fine } else { Outcome::Failed })
}

/// What no pack can prove.
const CANNOT: [&str; 4] = [
    "Whoever can rewrite the whole pack can make another that is no less consistent, unless its \
     digest was noted elsewhere (--expect) or the roots' fingerprints are compared with known ones.",
    "Times in the journal are those of the computer's clock; times in signatures are the signer's \
     own word.",
    "What is sealed inside the letters, and that the receipts are what they held, is shown only \
     with the holder's key (certpost open).",
    "Whether a certificate was revoked.",
];

fn words(verdict: &Verdict, file: &Path, expected: Option<bool>) -> String {
    let mut lines = Vec::new();
    let Verdict { exchange, organisation, code, .. } = verdict;
    let place = file.display();
    let mut whole = verdict.faults.is_empty();
    if verdict.made.is_none() {
        lines.push(format!("{place}: no evidence pack that can be read"));
    } else {
        lines.push(format!("{place}: evidence of {exchange}, {organisation} ({code})"));
    }
    if let Some(made) = verdict.made {
        lines.push(format!("made      {}, as it says", Timestamp(made)));
    }
    lines.push(format!("digest    {}", verdict.digest));
    match expected {
        Some(true) => lines.push("          as noted: it is the very file of that day".into()),
        Some(false) => {
            whole = false;
            lines.push("          NOT the digest that was noted: this is another file".into());
        }
        None => {}
    }
    lines.push(format!(
        "journal   {} entries, chain ends in {}",
        verdict.journal_lines, verdict.journal_head
    ));
    for seal in &verdict.seals {
        let claimed = seal.claimed.map(|at| format!(", {}", Timestamp(at))).unwrap_or_default();
        let known = if seal.known { "" } else { " (nobody vouches for the signer)" };
        lines.push(format!("signature {}: «{}»{claimed}{known}", seal.file, seal.signer));
    }
    for (name, fingerprint) in &verdict.roots {
        lines.push(format!("root      «{name}», SHA-256 {fingerprint}"));
    }
    lines.extend(verdict.notes.iter().map(|note| format!("note      {note}")));
    lines.push(String::new());
    if whole {
        lines.push(format!(
            "Whole: all {} files are as they were listed, the journal's chain and the signatures \
             hold.",
            verdict.files
        ));
    } else {
        let faults =
            verdict.faults.iter().map(|fault| format!("BROKEN    {}: {}", fault.place, fault.what));
        lines.extend(faults);
        lines.push("Not whole: it proves nothing about what is broken.".into());
    }
    lines.push("\nWhat a pack can't prove:".into());
    lines.extend(CANNOT.iter().map(|text| format!("* {text}")));
    lines.iter().map(|line| format!("{}\n", plain(line))).collect()
}

/// Foreign names can't steer a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}
