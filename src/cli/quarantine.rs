//! `certpost quarantine`: letters that could not be trusted or read.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Failure, Outcome, act, view};
use crate::config::Config;
use crate::engine::Errand;
use crate::exchange::Digest;
use crate::report::letters::{self, Letter, Shelf};
use crate::report::{Language, terminal};
use crate::{assemble, crypto, inspect, mail, os};

#[derive(Args)]
pub struct Quarantine {
    #[command(subcommand)]
    command: Option<QuarantineCommand>,
}

#[derive(Subcommand)]
enum QuarantineCommand {
    /// The letters, newest first; the number is what the other commands take.
    List {
        /// Those that were dealt with, too.
        #[arg(long)]
        all: bool,
    },
    /// One letter: its header, why it is here, and what its attachments are.
    Show { number: usize },
    /// Reads a letter again, with today's configuration and trust.
    Replay { number: usize },
    /// Says that a letter is dealt with: it is kept, and no longer counted.
    Ignore {
        number: usize,
        /// Why, for whoever looks later.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

impl Quarantine {
    pub fn run(&self, config: &Config, as_json: bool) -> Result<Outcome, Failure> {
        let list = QuarantineCommand::List { all: false };
        match self.command.as_ref().unwrap_or(&list) {
            QuarantineCommand::List { all } => {
                let snapshot = view::snapshot(config)?;
                let mut found = letters::on(&snapshot, Shelf::Quarantine, config.language);
                found.retain(|letter| *all || letter.ignored.is_none());
                view::show_letters(&found, config.language, as_json)
            }
            QuarantineCommand::Show { number } => {
                let letter = find(config, *number)?;
                show(config, &letter, as_json)
            }
            QuarantineCommand::Replay { number } => {
                let raw = digest(&find(config, *number)?)?;
                act::act(config, Errand::Replay { raw }, as_json)
            }
            QuarantineCommand::Ignore { number, reason } => {
                let raw = digest(&find(config, *number)?)?;
                act::act(config, Errand::Ignore { raw, reason: reason.clone() }, as_json)
            }
        }
    }
}

/// The letter with this number. One that was heard after a replay is found too: doing it again
/// must not fail.
fn find(config: &Config, number: usize) -> Result<Letter, Failure> {
    let snapshot = view::snapshot(config)?;
    let found = letters::numbered(&snapshot, number, config.language);
    found.ok_or_else(|| {
        let known = letters::on(&snapshot, Shelf::Quarantine, config.language);
        let known: Vec<_> = known.iter().map(|letter| letter.number.to_string()).collect();
        let known = if known.is_empty() { "none".into() } else { known.join(", ") };
        Failure::new(format!("no letter {number} in quarantine; there are: {known}"))
    })
}

fn digest(letter: &Letter) -> Result<Digest, Failure> {
    letter.digest.parse().map_err(|wrong: &str| Failure::new(wrong))
}

/// Header fields that are shown, and characters of one.
const FIELDS: usize = 40;

fn show(config: &Config, letter: &Letter, as_json: bool) -> Result<Outcome, Failure> {
    let raw = assemble::kept(config, &digest(letter)?)?;
    let raw =
        raw.ok_or_else(|| Failure::new(format!("the raw letter {} is gone", letter.digest)))?;
    let fields = mail::header_fields(&raw, FIELDS);
    // Who could have signed: what the configuration trusts.
    let setup = assemble::setup(config)?;
    let known: Vec<crypto::Certificate> = setup
        .authorities
        .iter()
        .flat_map(|authority| authority.trust.signers.iter().chain(&authority.trust.anchors))
        .cloned()
        .collect();
    let parts = match mail::read(&raw, &setup.limits.letter) {
        Ok(read) => read.parts,
        // A file of a folder, or nothing that reads as a letter.
        Err(_) => {
            vec![mail::Part { name: None, content_type: String::new(), bytes: raw.clone() }]
        }
    };
    let now = os::now();
    let looked: Vec<_> =
        parts.iter().map(|part| (part, inspect::inspect(&part.bytes, &known, None, now))).collect();
    if as_json {
        let attachments = looked.iter().map(|(part, node)| {
            json!({
                "name": part.name,
                "content_type": part.content_type,
                "bytes": part.bytes.len(),
                "inspected": node.json(),
            })
        });
        return view::print_json(&json!({
            "format": 1,
            "letter": letter,
            "header": fields.iter().map(|(name, value)| json!({ "name": name, "value": value }))
                .collect::<Vec<_>>(),
            "attachments": attachments.collect::<Vec<_>>(),
        }));
    }
    let attachments: Vec<_> = looked
        .iter()
        .map(|(part, node)| {
            let name = part.name.as_deref().unwrap_or("—");
            (format!("{name} · {} · {} B", part.content_type, part.bytes.len()), node.text())
        })
        .collect();
    view::print(&page(letter, &fields, &attachments, config.language))
}

fn page(
    letter: &Letter,
    fields: &[(String, String)],
    attachments: &[(String, String)],
    language: Language,
) -> String {
    let mut text = terminal::letters(std::slice::from_ref(letter), language);
    text.push_str(&terminal::header(fields, language));
    for (title, inspected) in attachments {
        text.push_str(&terminal::attachment(title, inspected, language));
    }
    text
}
