//! `certpost key`: keys into the vault.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::{Failure, Outcome};
use crate::assemble;
use crate::config::Config;
use crate::crypto::{Certificate, Usage};
use crate::engine::ports::Place;

#[derive(Args)]
pub struct Key {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Puts a holder's first pair into the vault. The key stays encrypted; its password is the
    /// holder's in the configuration.
    Import {
        /// The holder's id in the configuration.
        holder: String,
        /// What the certificate is for.
        usage: UsageWord,
        /// Encrypted PKCS#8, PEM or DER.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// PEM or DER.
        #[arg(long, value_name = "FILE")]
        certificate: PathBuf,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum UsageWord {
    Signing,
    Agreement,
}

impl Key {
    pub fn run(&self, config: &Config) -> Result<Outcome, Failure> {
        let KeyCommand::Import { holder, usage, key, certificate } = &self.command;
        if !config.holders.iter().any(|known| known.id == *holder) {
            let known: Vec<_> = config.holders.iter().map(|one| one.id.as_str()).collect();
            let known = known.join(", ");
            return Err(Failure::new(format!("no holder «{holder}»; holders are {known}")));
        }
        let usage = match usage {
            UsageWord::Signing => Usage::Signing,
            UsageWord::Agreement => Usage::Agreement,
        };
        let reference = format!("holder/{holder}/password");
        let password = assemble::secrets(config).read(&reference);
        let password = password.map_err(|problem| Failure::new(problem.detail))?;
        let place = Place { holder, password: password.as_bytes() };
        let path = certificate;
        let certificate = Certificate::read(&read(path)?)
            .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        if !certificate.serves(usage) {
            let place = path.display();
            return Err(Failure::new(format!("{place}: the certificate is not for {usage:?}")));
        }
        assemble::vault(config)?.import(place, usage, &read(key)?, &certificate)?;
        println!("{holder}: {} until {}", certificate.serial(), certificate.not_after());
        Ok(Outcome::Fine)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path)
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", path.display())))
}
