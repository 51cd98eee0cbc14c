//! `certpost assets --out DIR`: manual pages and shell completions, for whoever makes a package.
//! They are made from the commands themselves, so that they can't tell of others.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Failure, Outcome};

#[derive(Args)]
pub struct Assets {
    /// The folder for `man/` and `completions/`; made when it is missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// What the commands do not know of themselves: files, signals, exit codes.
const TAIL: &str = include_str!("../../dist/man-tail.roff");

impl Assets {
    pub fn run(&self) -> Result<Outcome, Failure> {
        let (man, completions) = (self.out.join("man"), self.out.join("completions"));
        for folder in [&man, &completions] {
            // Pages of commands that are no more would be packed too.
            match std::fs::remove_dir_all(folder) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error)?,
                _ => std::fs::create_dir_all(folder)?,
            }
        }
        clap_mangen::generate_to(Cli::command(), &man)?;
        let first = man.join("certpost.1");
        let page = std::fs::read_to_string(&first)?;
        std::fs::write(&first, format!("{page}{TAIL}"))?;
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            clap_complete::generate_to(shell, &mut Cli::command(), "certpost", &completions)?;
        }
        Ok(Outcome::Fine)
    }
}
