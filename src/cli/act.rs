//! Commands that change something: done here when no daemon runs, else asked of the daemon.

use std::time::Duration;

use super::errands::{Answer, Desk};
use super::run::answer_of;
use super::{Failure, Outcome};
use crate::config::Config;
use crate::engine::{Errand, Round};
use crate::exchange::Problem;
use crate::hook::Hooks;
use crate::report;
use crate::store::StoreError;
use crate::{assemble, os};

/// How long a command waits for the daemon, which may be in the middle of a letter.
const PATIENCE: Duration = Duration::from_secs(90);

pub fn act(config: &Config, errand: Errand, json: bool) -> Result<Outcome, Failure> {
    let answer = match assemble::engine(config) {
        Ok(mut engine) => {
            let shown = os::now();
            // Who accepts the clock means what it shows now; other errands go by a moment that is
            // not in doubt.
            let now = match errand {
                Errand::AcceptClock => shown,
                _ => engine.believed_moment(shown, false)?,
            };
            let mut round = Round::default();
            let done = engine.run(&errand, now, &mut round)?;
            if done.is_ok() {
                // What was asked for is owed now: a round does it, or says why it can't.
                round = engine.round(shown, None)?;
                Hooks::new(config.hook.clone(), &config.data).run_all(&engine, shown)?;
                super::run::publish(config, &engine, shown, &round.troubles)?;
                for trouble in &round.troubles {
                    eprintln!("certpost: {}: {}", trouble.label, trouble.detail);
                }
            }
            answer_of(&engine, &errand, done, &round)?
        }
        Err(assemble::Error::Store(StoreError::Busy { .. })) => {
            let desk = Desk::open(&config.data)?;
            desk.ask(&errand, PATIENCE)?.ok_or_else(|| {
                Failure::new("the daemon did not answer; its log tells what it is doing")
            })?
        }
        Err(error) => return Err(error.into()),
    };
    match answer {
        Answer::Done { exchange, stage, moved, letters } => {
            if json {
                let done = serde_json::json!({
                    "exchange": exchange, "stage": stage, "moved": moved, "letters": letters,
                });
                println!("{:#}", serde_json::json!({ "format": 1, "done": done }));
            }
            let outcome = match stage.as_deref() {
                Some("refused") => Outcome::Refused,
                Some("stalled" | "expired") => Outcome::NeedsPerson,
                _ => Outcome::Fine,
            };
            if let Errand::Replay { .. } = errand
                && !json
            {
                println!("{}", report::replayed(exchange.as_deref(), config.language));
            }
            let silent = matches!(errand, Errand::Replay { .. } | Errand::Ignore { .. });
            if !json && (exchange.is_some() || !silent) {
                tell(exchange, stage, &moved, letters);
            }
            Ok(outcome)
        }
        Answer::Declined { label, detail } => Err(Failure::of_problem(&Problem { label, detail })),
    }
}

/// The stage first, then what else moved; for `fetch` the letters.
fn tell(exchange: Option<String>, stage: Option<String>, moved: &[String], letters: usize) {
    let asked = exchange.zip(stage).map(|(exchange, stage)| format!("{exchange}: {stage}"));
    let mut lines: Vec<&str> = asked.as_deref().into_iter().collect();
    for line in moved {
        if !lines.contains(&line.as_str()) {
            lines.push(line);
        }
    }
    if asked.is_none() {
        println!("letters: {letters}");
    }
    for line in lines {
        println!("{line}");
    }
}
