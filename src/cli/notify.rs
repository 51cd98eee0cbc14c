//! `certpost notify test`: a message by every way, and what came of it.

use clap::Subcommand;
use serde_json::json;

use super::{Failure, Outcome};
use crate::config::Config;
use crate::herald::{On, try_out};
use crate::{assemble, os};

#[derive(Subcommand)]
pub enum Notify {
    /// Sends a test message by mail and webhook, and says what happened.
    Test {
        /// Only to the contact with this name.
        #[arg(long, value_name = "NAME")]
        to: Option<String>,
    },
}

impl Notify {
    pub fn run(&self, config: &Config, json: bool) -> Result<Outcome, Failure> {
        let Self::Test { to } = self;
        let wanted = |name: &str| to.as_ref().is_none_or(|to| to == name);
        let contacts: Vec<_> = config.contacts.iter().filter(|one| wanted(&one.name)).collect();
        if contacts.is_empty() {
            let names: Vec<_> = config.contacts.iter().map(|one| one.name.as_str()).collect();
            return Err(match to {
                Some(to) if !names.is_empty() => {
                    Failure::new(format!("no contact «{to}»; there are: {}", names.join(", ")))
                }
                _ => Failure::configuration("nobody is told: the configuration has no [[contact]]"),
            });
        }
        let (settings, mut ways) = (assemble::telling(config), assemble::ways(config, None)?);
        let (mut tried, mut failed) = (Vec::new(), false);
        for contact in contacts {
            for (on, sent) in try_out(contact, &settings, &mut ways, os::now()) {
                let (way, place) = match on {
                    On::Mail => ("mail", contact.address.clone()),
                    On::Webhook => {
                        ("webhook", contact.webhook.as_ref().map(|hook| hook.url.clone()))
                    }
                };
                let place = place.unwrap_or_default();
                let problem = sent.err().map(|unsent| unsent.problem);
                failed |= problem.is_some();
                if !json {
                    let what = match &problem {
                        None => "sent".to_owned(),
                        Some(problem) => format!("failed: {}: {}", problem.label, problem.detail),
                    };
                    println!("{}: {way} to {place}: {what}", contact.name);
                }
                tried.push(json!({
                    "contact": contact.name, "way": way, "to": place,
                    "sent": problem.is_none(), "problem": problem,
                }));
            }
        }
        if json {
            println!("{:#}", json!({ "format": 1, "tried": tried }));
        }
        Ok(if failed { Outcome::Failed } else { Outcome::Fine })
    }
}
