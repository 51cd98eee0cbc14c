//! `certpost renew HOLDER --dry-run`: the very application that would go.

use super::{Failure, Outcome, view};
use crate::config::Config;
use crate::exchange::Problem;
use crate::report::{self, Clock, json};
use crate::store::StoreError;
use crate::{assemble, os};

pub fn rehearse(config: &Config, holder: &str, as_json: bool) -> Result<Outcome, Failure> {
    let now = os::now();
    // Beside a daemon all is known but the count of documents.
    let (engine, counted) = match assemble::engine(config) {
        Ok(engine) => (engine, true),
        Err(assemble::Error::Store(StoreError::Busy { .. })) => {
            let open = view::snapshot(config)?.exchanges;
            let open = open.iter().find(|one| one.holder == holder && !one.is_closed());
            if let Some(open) = open {
                let (label, detail) = ("already-open".into(), format!("{} is open", open.id));
                return Err(Failure::of_problem(&Problem { label, detail }));
            }
            (assemble::forgetful(config)?, false)
        }
        Err(error) => return Err(error.into()),
    };
    let rehearsed = engine.rehearse(holder, now)?;
    let rehearsed = rehearsed.map_err(|problem| Failure::of_problem(&problem))?;
    let zone = jiff::tz::TimeZone::get(&config.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    view::print(&if as_json {
        json::rehearsal(&rehearsed, counted)
    } else {
        report::rehearsal(&rehearsed, counted, config.language, &Clock { now, zone })
    })
}
