//! `certpost open`: down to the innermost document.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::{Failure, Outcome, input};
use crate::crypto::containers::{self, ContainerError, Found};
use crate::crypto::{Certificate, Pair, glance};
use crate::inspect::{Keyring, Peeled, peel};
use crate::os;

#[derive(Args)]
pub struct Open {
    /// A transport container, or a signed or encrypted message.
    file: PathBuf,
    /// A key container to decrypt with; none is needed for what is only signed.
    #[arg(long, value_name = "KEYFILE")]
    key: Option<PathBuf>,
    /// The first line is the password of KEYFILE; else CERTPOST_PASSWORD is.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Certificates of the keys, when KEYFILE has none.
    #[arg(long, value_name = "CERT", num_args = 1..)]
    certificate: Vec<PathBuf>,
    /// Signers that are believed, or roots above them.
    #[arg(long, value_name = "CERT", num_args = 1..)]
    trust: Vec<PathBuf>,
    /// Where the innermost document goes; a file that is there already is left alone.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write it even when something could not be verified.
    #[arg(long)]
    untrusted: bool,
}

impl Open {
    /// Fails (exit code 1) when something could not be verified, whether it was written or not.
    pub fn run(&self, json: bool) -> Result<Outcome, Failure> {
        let bytes = input::read(&self.file)?;
        let trust = input::certificates(&self.trust)?;
        let pairs = self.pairs()?;
        let ring = Keyring { pairs: &pairs, trust: &trust, now: os::now() };
        let peeled = peel(&bytes, &ring).map_err(|error| {
            let mut failure = Failure::from(error);
            failure.text = format!("{}: {}", self.file.display(), failure.text);
            failure
        })?;
        let verified = peeled.doubts.is_empty();
        let written = verified || self.untrusted;
        if written {
            write_new(&self.out, &peeled.content)?;
        }
        self.tell(&peeled, written, json);
        Ok(if verified { Outcome::Fine } else { Outcome::Failed })
    }

    fn tell(&self, peeled: &Peeled, written: bool, json: bool) {
        let place = self.out.display();
        if json {
            let told = json!({
                "format": 1,
                "steps": peeled.steps,
                "verified": peeled.doubts.is_empty(),
                "doubts": peeled.doubts,
                "bytes": peeled.content.len(),
                "written": written.then(|| place.to_string()),
            });
            println!("{told:#}");
            return;
        }
        for step in &peeled.steps {
            println!("{step}");
        }
        for doubt in &peeled.doubts {
            eprintln!("certpost: not verified: {doubt}");
        }
        if written {
            println!("{place}: {} bytes", peeled.content.len());
        } else {
            eprintln!("certpost: nothing was written; --untrusted writes it all the same");
        }
    }

    fn pairs(&self) -> Result<Vec<Pair>, Failure> {
        let Some(path) = &self.key else { return Ok(Vec::new()) };
        let password = input::password(self.password_file.as_deref())?;
        let password = password.as_ref().map_or("", |password| password.as_str());
        let found = keys(path, password.as_bytes())?;
        let given = input::certificates(&self.certificate)?;
        let pairs: Vec<Pair> = found.into_iter().filter_map(|one| pair(one, &given)).collect();
        if pairs.is_empty() {
            let place = path.display();
            let text = format!("{place} has no certificate of its keys: give it by --certificate");
            return Err(Failure::new(text));
        }
        Ok(pairs)
    }
}

/// The keys of a container; a `.zs2` that can't be read is told to be one.
pub fn keys(path: &Path, password: &[u8]) -> Result<Vec<Found>, Failure> {
    let found = containers::read(&input::read(path)?, password);
    let found = found.map_err(|error| refusal(path, &error))?;
    if found.is_empty() {
        return Err(Failure::new(format!("{} has no keys in it", path.display())));
    }
    Ok(found)
}

/// Why a container gives nothing.
pub fn refusal(path: &Path, error: &ContainerError) -> Failure {
    let is_zs2 = path.extension().is_some_and(|suffix| suffix.eq_ignore_ascii_case("zs2"));
    let more = match error {
        ContainerError::Unknown if is_zs2 => {
            "; how this .zs2 is made is not known: export the key as Key-6.dat or .pfx"
        }
        _ => "",
    };
    Failure::new(format!("{}: {error}{more}", path.display()))
}

/// A key with its certificate, out of the container or of those that were given.
pub fn pair(found: Found, given: &[Certificate]) -> Option<Pair> {
    let is_own = |one: &&Certificate| {
        glance::suite_of(one.public_key())
            .is_some_and(|suite| suite.key_id(one.public_key()).is_ok_and(|id| id == found.key_id))
    };
    let certificate = given.iter().find(is_own).or(found.certificates.first())?.clone();
    Some(Pair { key: found.key, certificate })
}

/// A new file that only its owner reads: what was encrypted is not for everybody.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error| Failure::new(format!("cannot write {}: {error}", path.display()));
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)
}
