//! `certpost authority`: the simulated certification authority, or the simulated tax office, as a
//! program of its own.

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
        /// How it talks: `sota` or `smime`; `tax` makes a tax office, which takes notices.
        #[arg(long, default_value = "sota", value_parser = ["sota", "smime", "tax"])]
        profile: String,
        /// What seals, when not the profile's: `international` or `ukrainian`.
        #[arg(long, value_parser = ["international", "ukrainian"])]
        suite: Option<String>,
        /// Its name: «АЦСК «Симулятор»», «ДПС «Симулятор»».
        #[arg(long)]
        title: Option<String>,
        /// Its ЄДРПОУ: 99900001, of a tax office 99900002.
        #[arg(long)]
        code: Option<String>,
        /// For a tax office: the root of the authority whose certificates it takes.
        #[arg(long, value_name = "ROOT.PEM", required_if_eq("profile", "tax"))]
        anchor: Option<PathBuf>,
    },
    /// Says that the money for an invoice is here; the authority decides what waited for it.
    Pay {
        /// The invoice's number: СФ-000001.
        #[arg(value_name = "INVOICE")]
        invoice: String,
    },
}

/// Names and codes, which nobody has.
const AUTHORITY: (&str, &str) = ("АЦСК «Симулятор»", "99900001");
const TAX_OFFICE: (&str, &str) = ("ДПС «Симулятор»", "99900002");

impl Authority {
    pub fn run(&self, config: &Path) -> Result<Outcome, Failure> {
        match &self.command {
            Some(AuthorityCommand::Init { folder, profile, suite, title, code, anchor }) => {
                let is_tax = profile == "tax";
                let usual = if is_tax { TAX_OFFICE } else { AUTHORITY };
                let title = title.as_deref().unwrap_or(usual.0);
                let code = code.as_deref().unwrap_or(usual.1);
                let talk = (profile.as_str(), suite.as_deref());
                init(folder, talk, (title, code), anchor.as_deref().filter(|_| is_tax))
            }
            Some(AuthorityCommand::Pay { invoice }) => pay(config, invoice),
            None => serve(config),
        }
    }
}

fn init(
    folder: &Path,
    (profile, suite): (&str, Option<&str>),
    (title, code): (&str, &str),
    anchor: Option<&Path>,
) -> Result<Outcome, Failure> {
    let path = folder.join("ca.toml");
    let place = path.display();
    if path.exists() {
        return Err(Failure::new(format!("{place} is there already; it was left as it is")));
    }
    let mut chance = os::chance();
    let now = os::now();
    let (keys, sealing, example) = match anchor {
        Some(anchor) => {
            let anchors = vec![settings::root(anchor)?];
            std::fs::create_dir_all(folder)?;
            std::fs::copy(anchor, folder.join("authority-root.pem"))?;
            let chance = chance.as_mut();
            let office = settings::found_tax_office(title, code, suite, anchors, now, chance)?;
            (office.keys, office.suite, include_str!("../simulator/tax.example.toml"))
        }
        None => {
            let (talk, manners) = ((profile, suite), Manners::default());
            let authority = settings::found(title, code, talk, manners, now, chance.as_mut())?;
            (authority.keys, authority.suite, include_str!("../simulator/ca.example.toml"))
        }
    };
    std::fs::create_dir_all(folder)?;
    let password: String = (0..4).map(|_| format!("{:08x}", chance.next_u32())).collect();
    settings::write_secret(&folder.join("password"), password.as_bytes())?;
    settings::write_keys(folder, &keys, sealing.as_ref(), &password, chance.as_mut())?;
    let text = example
        .replace("@TITLE@", title)
        .replace("@CODE@", code)
        .replace("@PROFILE@", profile)
        .replace("@SUITE@", sealing.name());
    std::fs::write(&path, text)?;
    println!("{place} was written. Next:");
    println!("  1. fill in [mailbox];");
    println!(
        "  2. give agents root.pem (anchors), signer.pem (signers), agreement.pem (recipients);"
    );
    if anchor.is_some() {
        println!(
            "  3. put the signing certificate of each organisation's head into status/CODE.pem;"
        );
        println!("  4. certpost authority --config {place}");
    } else {
        println!("  3. certpost authority --config {place}");
    }
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
    let clerk = settings.open()?;
    let signals = os::Signals::watch()?;
    super::log::start(&Log { format: LogFormat::Text, level: "info" });
    let mut program = Program::new(clerk, carrier, address, os::chance(), folder);
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
