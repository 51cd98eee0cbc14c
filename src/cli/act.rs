//! Commands that change something: done here when no daemon runs, else asked of the daemon.

use std::time::Duration;

use super::errands::{Answer, Desk};
use super::run::answer_of;
use super::{Failure, Outcome};
use crate::config::Config;
use crate::engine::{Errand, Round};
use crate::store::StoreError;
use crate::{assemble, os};

/// How long a command waits for the daemon, which may be in the middle of a letter.
const PATIENCE: Duration = Duration::from_secs(90);

pub fn act(config: &Config, errand: Errand, json: bool) -> Result<Outcome, Failure> {
    let answer = match assemble::engine(config) {
        Ok(mut engine) => {
            let now = os::now();
            let mut round = Round::default();
            let done = engine.run(&errand, now, &mut round)?;
            // What was asked for is owed now: a round does it, or says why it can't.
            let after = engine.round(now, None)?;
            super::run::publish(config, &engine, now, &after.troubles)?;
            for trouble in &after.troubles {
                eprintln!("certpost: {}: {}", trouble.label, trouble.detail);
            }
            answer_of(&engine, &errand, done)?
        }
        Err(assemble::Error::Store(StoreError::Busy { .. })) => {
            let desk = Desk::open(&config.data)?;
            desk.ask(&errand, PATIENCE)?.ok_or_else(|| {
                Failure::new("the daemon did not answer; its log tells what it is doing")
            })?
        }
        Err(error) => return Err(error.into()),
    };
    if json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
    }
    match answer {
        Answer::Done { exchange, stage } => {
            if !json {
                let words = [exchange, stage].into_iter().flatten().collect::<Vec<_>>();
                println!("{}", if words.is_empty() { "ok".into() } else { words.join(": ") });
            }
            Ok(Outcome::Fine)
        }
        Answer::Declined { label, detail } => Err(Failure::new(format!("{label}: {detail}"))),
    }
}
