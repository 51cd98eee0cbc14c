//! `certpost why ID`: why nothing happens.

use super::{Failure, Outcome, view};
use crate::config::Config;
use crate::report::{json, why};

pub fn why(config: &Config, id: &str, as_json: bool) -> Result<Outcome, Failure> {
    let snapshot = view::snapshot(config)?;
    let profile_of = |holder: &str| config.profile_of(holder);
    let Some(why) = why::build(&snapshot, config.language, id, &profile_of) else {
        return Err(view::unknown(&snapshot, id));
    };
    view::print(&if as_json { json::why(&why) } else { why::text(&why, config.language) })
}
