//! `certpost init DIR`: a folder with a commented configuration to begin with.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, Outcome};
use crate::config;

#[derive(Args)]
pub struct Init {
    /// The folder; made when it is missing.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Init {
    pub fn run(&self) -> Result<Outcome, Failure> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        std::fs::create_dir_all(&self.folder)?;
        let path = self.folder.join("config.toml");
        let place = path.display();
        let opened =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o640).open(&path);
        let mut file = opened.map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Failure::new(format!("{place} is there already; it was left as it is"))
            }
            _ => Failure::new(format!("cannot write {place}: {error}")),
        })?;
        file.write_all(config::example().as_bytes())?;
        file.sync_all()?;
        println!("{place} was written. Next:");
        println!("  1. fill it in: organisation, mailbox, authority, holders;");
        println!("  2. bring each holder's first pairs in:");
        println!("     certpost --config {place} key import HOLDER --key FILE --certificate FILE");
        println!("  3. certpost --config {place} status");
        Ok(Outcome::Fine)
    }
}
