//! `certpost plan`: what becomes due in the coming months.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, Outcome, view};
use crate::config::Config;
use crate::report::{json, plan};

#[derive(Args)]
pub struct Plan {
    /// How far to look, 1 to 120.
    #[arg(long, value_name = "N", default_value_t = 24,
          value_parser = clap::value_parser!(u32).range(1..=120))]
    months: u32,
    /// Write the days into a file for a calendar program, too.
    #[arg(long, value_name = "FILE")]
    ics: Option<PathBuf>,
}

impl Plan {
    pub fn run(&self, config: &Config, as_json: bool) -> Result<Outcome, Failure> {
        let snapshot = view::snapshot(config)?;
        let plan = plan::build(&snapshot, &|holder| config.profile_of(holder), self.months);
        if let Some(path) = &self.ics {
            let text = plan::calendar(&plan, config.language, snapshot.now);
            std::fs::write(path, text).map_err(|error| {
                Failure::new(format!("cannot write {}: {error}", path.display()))
            })?;
        }
        view::print(&if as_json {
            json::plan(&plan)
        } else {
            plan::text(&plan, config.language, view::colour())
        })
    }
}
