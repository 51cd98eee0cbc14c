//! `certpost authority`: the simulated certification authority as a program of its own.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{Failure, Outcome};
use crate::config::{Log, LogFormat};
use crate::simulator::authority::Manners;
use crate::simulator::program::{self, Program};
use crate::simulator::settings::{self, Settings};
use crate::{assemble, os};

#[derive(Args)]
pub struct Authority {
    #[command(subcommand)]
    command: Option<AuthorityCommand>,
}

#[derive(Subcommand)]
enum AuthorityCommand {
    /// Makes its keys, the certificates that agents pin, and its configuration.
    Init {
        /// The folder; made when it is missing.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// How it talks: `sota` or `smime`.
        #[arg(long, default_value = "sota")]
        profile: String,
        /// What seals, when not the profile's: `international` or `ukrainian`.
        #[arg(long, value_parser = ["international", "ukrainian"])]
        suite: Option<String>,
        /// Its name.
        #[arg(long, default_value = "АЦСК «Симулятор»")]
        title: String,
        /// Its ЄДРПОУ.
        #[arg(long, default_value = "99900001")]
        code: String,
    },
    /// Says that the money for an invoice is here; the authority decides what waited for it.
    Pay {
        /// The invoice's number: СФ-000001.
        #[arg(value_name = "INVOICE")]
        invoice: String,
    },
}

impl Authority {
    pub fn run(&self, config: &Path) -> Result<Outcome, Failure> {
        match &self.command {
            Some(AuthorityCommand::Init { folder, profile, suite, title, code }) => {
                init(folder, (profile, suite.as_deref()), title, code)
            }
            Some(AuthorityCommand::Pay { invoice }) => pay(config, invoice),
            None => serve(config),
        }
    }
}

fn init(
    folder: &Path,
    (profile, suite): (&str, Option<&str>),
    title: &str,
    code: &str,
) -> Result<Outcome, Failure> {
    let path = folder.join("ca.toml");
    let place = path.display();
    if path.exists() {
        return Err(Failure::new(format!("{place} is there already; it was left as it is")));
    }
    let mut chance = os::chance();
    let now = os::now();
    let authority =
        settings::found(title, code, (profile, suite), Manners::default(), now, chance.as_mut())?;
    std::fs::create_dir_all(folder)?;
    let password: String = (0..4).map(|_| format!("{:08x}", chance.next_u32())).collect();
    settings::write_secret(&folder.join("password"), password.as_bytes())?;
    settings::write_keys(folder, &authority, &password, chance.as_mut())?;
    let text = include_str!("../simulator/ca.example.toml")
        .replace("@TITLE@", title)
        .replace("@CODE@", code)
        .replace("@PROFILE@", profile)
        .replace("@SUITE@", &authority.profile.suite);
    std::fs::write(&path, text)?;
    println!("{place} was written. Next:");
    println!("  1. fill in [mailbox];");
    println!(
        "  2. give agents root.pem (anchors), signer.pem (signers), agreement.pem (recipients);"
    );
    println!("  3. certpost authority --config {place}");
    Ok(Outcome::Fine)
}

fn pay(path: &Path, invoice: &str) -> Result<Outcome, Failure> {
    let settings = Settings::read(path)?;
    // It names a file.
    if invoice.is_empty() || invoice.starts_with('.') || invoice.contains(['/', '\0']) {
        return Err(Failure::new(format!("«{invoice}» is not an invoice's number")));
    }
    program::leave_money(&settings.folder, invoice)?;
    println!("The money for {invoice} is here: the authority at {} is told.", path.display());
    Ok(Outcome::Fine)
}

fn serve(path: &Path) -> Result<Outcome, Failure> {
    let settings = Settings::read(path)?;
    let carrier = assemble::carrier_of(&settings.mailbox, 25, &settings.folder)?;
    let address = settings.mailbox.address.clone();
    let folder = Some(settings.folder.clone());
    let authority = settings.open()?;
    let signals = os::Signals::watch()?;
    super::log::start(&Log { format: LogFormat::Text, level: "info" });
    let mut program = Program::new(Box::new(authority), carrier, address, os::chance(), folder);
    tracing::info!(address = program.address, "serving");
    while !signals.stop_asked() {
        let now = os::now();
        let served = program.round(now);
        if served.heard + served.answered > 0 {
            tracing::info!(heard = served.heard, answered = served.answered, "served");
        }
        for trouble in &served.troubles {
            tracing::warn!("{trouble}");
        }
        program.wait(now, served.next, &|| signals.stop_asked());
    }
    tracing::info!("stopped");
    Ok(Outcome::Fine)
}
