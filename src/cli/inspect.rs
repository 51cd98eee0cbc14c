//! `certpost inspect`: what a file is.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, Outcome, input};
use crate::crypto::Certificate;
use crate::{inspect, os};

#[derive(Args)]
pub struct Inspect {
    /// A certificate, request, revocation list, signed or encrypted message, transport container,
    /// receipt, or key container.
    file: PathBuf,
    /// Certificates that signers may have, or lead to.
    #[arg(long, value_name = "CERT", num_args = 1..)]
    trust: Vec<PathBuf>,
}

impl Inspect {
    pub fn run(&self, json: bool) -> Result<Outcome, Failure> {
        show(&self.file, &input::certificates(&self.trust)?, None, json)
    }
}

/// Shows a file; the password is a key container's.
pub fn show(
    file: &Path,
    known: &[Certificate],
    password: Option<&[u8]>,
    json: bool,
) -> Result<Outcome, Failure> {
    let node = inspect::inspect(&input::read(file)?, known, password, os::now());
    if json {
        let mut told = node.json();
        if let Some(told) = told.as_object_mut() {
            told.insert("format".into(), 1.into());
        }
        println!("{told:#}");
    } else {
        print!("{}", node.text());
    }
    Ok(Outcome::Fine)
}
