//! `certpost key`: keys into the vault, and a look at the files that hold them.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Failure, Outcome, input, inspect, open};
use crate::config::Config;
use crate::crypto::containers::{self, ContainerError};
use crate::crypto::{self, Pair, Usage};
use crate::engine::ports::Place;
use crate::{assemble, os};

#[derive(Args)]
pub struct Key {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Puts a holder's first pairs into the vault, under the holder's password of the
    /// configuration.
    Import(Import),
    /// What a key container is and holds; never a secret.
    Inspect {
        file: PathBuf,
        /// The first line is the container's password; else CERTPOST_PASSWORD is.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
}

#[derive(Args)]
struct Import {
    /// The holder's id in the configuration.
    holder: String,
    /// Only the key for this; otherwise every key, each for what its certificate says.
    usage: Option<UsageWord>,
    /// PKCS#8, Key-6.dat, PKCS#12 (.pfx, .p12) or a Java key store.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The keys' certificates, PEM or DER, when the container has none.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    certificate: Vec<PathBuf>,
    /// The first line is the container's password; else CERTPOST_PASSWORD is, else the holder's.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum UsageWord {
    Signing,
    Agreement,
}

impl Key {
    pub fn run(
        &self,
        config: impl FnOnce() -> Result<Config, Failure>,
        json: bool,
    ) -> Result<Outcome, Failure> {
        match &self.command {
            KeyCommand::Import(import) => import.run(&config()?),
            KeyCommand::Inspect { file, password_file } => {
                if containers::kind(&input::read(file)?).is_none() {
                    return Err(open::refusal(file, &ContainerError::Unknown));
                }
                let password = input::password(password_file.as_deref())?;
                let password = password.as_ref().map(|password| password.as_bytes());
                inspect::show(file, &[], password, json)
            }
        }
    }
}

impl Import {
    fn run(&self, config: &Config) -> Result<Outcome, Failure> {
        let holder = &self.holder;
        if !config.holders.iter().any(|known| known.id == *holder) {
            let known: Vec<_> = config.holders.iter().map(|one| one.id.as_str()).collect();
            let known = known.join(", ");
            return Err(Failure::new(format!("no holder «{holder}»; holders are {known}")));
        }
        let password = assemble::secrets(config).read(&format!("holder/{holder}/password"));
        let password = password.map_err(|problem| Failure::new(problem.detail))?;
        let place = Place::new(holder, password.as_bytes());
        let outside = input::password(self.password_file.as_deref())?;
        let outside = outside.as_ref().unwrap_or(&password);
        let mut vault = assemble::vault(config)?;
        for (usage, suite, pair) in self.pairs(outside.as_bytes())? {
            // The vault takes what is locked, and locks it anew in its own way.
            let suite = crypto::suite(suite).ok_or_else(|| Failure::new("no such suite"))?;
            let locked = suite.protect(&pair.key, place.password, &mut os::chance())?;
            vault.import(place, usage, &locked, &pair.certificate)?;
            let (serial, until) = (pair.certificate.serial(), pair.certificate.not_after());
            println!("{holder}: {usage:?} {serial} until {until}");
        }
        Ok(Outcome::Fine)
    }

    /// What is to be imported: at most one pair of each usage.
    fn pairs(&self, password: &[u8]) -> Result<Vec<(Usage, &'static str, Pair)>, Failure> {
        let given = input::certificates(&self.certificate)?;
        let place = self.key.display();
        let mut paired = Vec::new();
        for found in open::keys(&self.key, password)? {
            let suite = found.suite;
            let pair = open::pair(found, &given);
            // Who names certificates wants these and no others.
            let pair = pair.filter(|p| given.is_empty() || given.contains(&p.certificate));
            paired.extend(pair.map(|pair| (suite, pair)));
        }
        if paired.is_empty() {
            let text = if given.is_empty() {
                format!("{place} has no certificate of its keys: give it by --certificate")
            } else {
                format!("no certificate that was given is of a key in {place}")
            };
            return Err(Failure::new(text));
        }
        let wanted = match self.usage {
            Some(UsageWord::Signing) => vec![Usage::Signing],
            Some(UsageWord::Agreement) => vec![Usage::Agreement],
            None => vec![Usage::Signing, Usage::Agreement],
        };
        let mut chosen = Vec::new();
        for usage in wanted {
            let mut fit = paired.iter().filter(|(_, pair)| pair.certificate.serves(usage));
            match (fit.next(), fit.next()) {
                (Some((suite, pair)), None) => chosen.push((usage, *suite, pair.clone())),
                (Some(_), Some(_)) => {
                    let text = format!(
                        "{place} has several keys for {usage:?}: give the certificate of one by \
                         --certificate"
                    );
                    return Err(Failure::new(text));
                }
                (None, _) if self.usage.is_some() => {
                    let text = format!("{place}: the certificate is not for {usage:?}");
                    return Err(Failure::new(text));
                }
                (None, _) => {}
            }
        }
        if chosen.is_empty() {
            return Err(Failure::new(format!(
                "{place}: no certificate is for signing or agreement"
            )));
        }
        Ok(chosen)
    }
}
