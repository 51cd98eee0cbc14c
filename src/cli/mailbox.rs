//! `certpost mailbox test`: a letter to ourselves and back, timed.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Failure, Outcome, view};
use crate::carrier::post::Post;
use crate::config::Config;
use crate::engine::ports::Carrier;
use crate::exchange::Problem;
use crate::{assemble, os, report};

#[derive(Args)]
pub struct Mailbox {
    #[command(subcommand)]
    command: MailboxCommand,
}

#[derive(Subcommand)]
enum MailboxCommand {
    /// Sends a letter to our own address, waits for it, and takes it out of the mailbox again.
    Test {
        /// Seconds to wait for the letter, 1 to 3600.
        #[arg(long, value_name = "SECONDS", default_value_t = 120,
              value_parser = clap::value_parser!(u64).range(1..=3600))]
        within: u64,
    },
}

impl Mailbox {
    pub fn run(&self, config: &Config, as_json: bool) -> Result<Outcome, Failure> {
        let MailboxCommand::Test { within } = &self.command;
        let mailbox = &config.mailbox;
        let mut post = assemble::post_of(mailbox, config.letter_megabytes, &config.data)?;
        let (id, letter) = letter(&mailbox.address);
        let elapsed = os::stopwatch();
        post.send(&letter, &mailbox.address).map_err(|failure| failed(failure.problem()))?;
        let sent = elapsed();
        let returned = taken(&mut post, &id, Duration::from_secs(*within))?;
        let whole = elapsed();
        let Some((folder, removed)) = returned else {
            let detail = format!("it was sent, and did not come back within {within} s: {id}");
            return Err(failed(&Problem { label: "letter-lost".into(), detail }));
        };
        if as_json {
            return view::print_json(&json!({
                "format": 1,
                "message_id": id,
                "sent_milliseconds": u64::try_from(sent.as_millis()).unwrap_or(u64::MAX),
                "returned_milliseconds": u64::try_from(whole.as_millis()).unwrap_or(u64::MAX),
                "folder": folder,
                "removed": removed,
            }));
        }
        view::print(&report::returned(config.language, sent, whole, &folder, removed))
    }
}

fn failed(problem: &Problem) -> Failure {
    Failure::of_problem(problem)
}

fn taken(post: &mut Post, id: &str, within: Duration) -> Result<Option<(String, bool)>, Failure> {
    let elapsed = os::stopwatch();
    let returned = post.take_back(id, &|| elapsed() > within).map_err(|error| failed(&error.0))?;
    Ok(returned.map(|returned| (returned.folder, returned.removed)))
}

/// No Message-ID of an application begins like this, so no answer is ever taken for one about it;
/// and there is nothing in it that a dialect could read.
fn letter(address: &str) -> (String, Vec<u8>) {
    let mut chance = os::chance();
    let number: String = (0..4).map(|_| format!("{:08x}", chance.next_u32())).collect();
    let domain = address.rsplit('@').next().unwrap_or("localhost");
    let id = format!("certpost-test.{number}@{domain}");
    let date = os::now().civil(&jiff::tz::TimeZone::UTC);
    let letter = format!(
        "From: <{address}>\r\n\
         To: <{address}>\r\n\
         Date: {}\r\n\
         Message-ID: <{id}>\r\n\
         Subject: certpost mailbox test {number}\r\n\
         Auto-Submitted: auto-generated\r\n\
         X-Auto-Response-Suppress: All\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=us-ascii\r\n\
         \r\n\
         certpost sent this to itself to see whether letters come back. It takes it away again.\r\n",
        date.strftime("%a, %d %b %Y %H:%M:%S +0000"),
    );
    (id, letter.into_bytes())
}
