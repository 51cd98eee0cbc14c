//! The command line: one file a command. Answers go to standard output, everything else to
//! standard error; exit codes are [`Outcome`]'s.

mod act;
mod assets;
mod attended;
mod authority;
mod check;
mod demo;
mod doctor;
mod errands;
mod evidence;
mod init;
mod input;
mod inspect;
mod key;
mod log;
mod mailbox;
mod notify;
mod open;
mod plan;
mod quarantine;
mod rehearse;
mod run;
mod store;
mod summary;
mod view;
mod why;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::Config;
use crate::exchange::Problem;
use crate::report::Standing;
use crate::report::letters::Shelf;
use crate::report::summary::Format;

/// The configuration that is meant when none is named: here, or where the package has it.
const HERE: &str = "config.toml";
const INSTALLED: &str = "/etc/certpost/config.toml";

/// Renews an organisation's e-signature certificates by post, unattended.
#[derive(Parser)]
#[command(version, max_term_width = 80, disable_help_subcommand = true)]
struct Cli {
    /// The configuration file; /etc/certpost/config.toml when the default is not there.
    #[arg(long, global = true, value_name = "FILE", default_value = HERE)]
    config: PathBuf,
    /// Answer in JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows everything on made-up data; needs no server and no configuration.
    Demo(demo::Demo),
    /// Writes a commented configuration to begin with.
    Init(init::Init),
    /// Checks the configuration, and that all is there that it names.
    Check,
    /// Tries mailbox, sending, clock, certificates, keys and disk, and says what to do.
    Doctor,
    /// Tries the mailbox with a letter to ourselves.
    Mailbox(mailbox::Mailbox),
    /// Runs the daemon: watches, renews, listens, reports.
    Run(run::Run),
    /// Shows what needs you, what is under way, what is well.
    Status {
        /// End with the code of the worst open case: 0 fine, 5 waiting for the authority,
        /// 3 unreachable, 2 refused, 6 needs a person.
        #[arg(long)]
        exit_code: bool,
    },
    /// Lists every holder and certificate, a line each.
    List,
    /// Shows one renewal with all that happened to it.
    Show {
        /// A renewal's id, as `status` shows it.
        id: String,
    },
    /// Says why nothing happens: what is waited for, since when, what is usual, what comes next.
    Why {
        /// A renewal or a holder.
        id: String,
    },
    /// Tells everything that happened to a renewal, with time and words.
    Journal {
        /// A renewal, or a holder with all its renewals.
        id: String,
    },
    /// Tells what becomes due in the coming months, by when it must go, and what it costs.
    Plan(plan::Plan),
    /// Starts a renewal now, due or not.
    Renew {
        /// The holder's id in the configuration.
        holder: String,
        /// Only show the application that would go: nothing is sent, kept or changed.
        #[arg(long)]
        dry_run: bool,
    },
    /// Tries again what was refused or could not be done.
    Retry {
        /// A renewal's id, as `status` shows it.
        id: String,
    },
    /// Ends a renewal; it is not begun again by itself.
    Withdraw {
        /// A renewal's id, as `status` shows it.
        id: String,
        /// Why, for the journal.
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
    },
    /// Says that money was sent: for an order, an invoice or one renewal.
    Paid {
        /// Number of the order or invoice, or a renewal's id.
        id: String,
        /// The day of payment, YYYY-MM-DD; today by default.
        #[arg(long, value_name = "DATE")]
        date: Option<jiff::civil::Date>,
        /// Number of the payment order, for the journal.
        #[arg(long, default_value = "", hide_default_value = true)]
        reference: String,
    },
    /// Puts a renewal off: nothing is begun before that day.
    Snooze {
        /// A holder, or a renewal that is not sent yet.
        id: String,
        /// YYYY-MM-DD, at most the last day on which it is safe to send.
        #[arg(long, value_name = "DATE")]
        until: jiff::civil::Date,
    },
    /// Agrees to what a renewal waits for: approval, contract, phone code.
    Confirm {
        /// A renewal's id, as `status` shows it.
        id: String,
    },
    /// Lists letters that could not be trusted or read.
    Quarantine(quarantine::Quarantine),
    /// Lists genuine answers that nobody waited for.
    Unclaimed,
    /// Brings keys into the vault; shows what a key container holds.
    Key(key::Key),
    /// Shows what a file is, layer by layer; needs no configuration.
    Inspect(inspect::Inspect),
    /// Opens a sealed file down to its innermost document; needs no configuration.
    Open(open::Open),
    /// Packs that show what happened in one case, for an inspector or a court.
    #[command(subcommand)]
    Evidence(evidence::Evidence),
    /// Says that the clock is right after certpost doubted it.
    AcceptClock,
    /// Reads the mailbox now.
    Fetch,
    /// Tries the messages to people.
    #[command(subcommand)]
    Notify(notify::Notify),
    /// Whether the database is whole; a new one from its history. Not while the daemon runs.
    #[command(subcommand)]
    Store(store::Memory),
    /// Writes the accountant's summary.
    Report(ReportArgs),
    /// Runs the simulated certification authority.
    Authority(authority::Authority),
    /// Manual pages and shell completions, for packages.
    #[command(hide = true)]
    Assets(assets::Assets),
}

#[derive(Args)]
struct ReportArgs {
    /// The folder for summary.html, summary.csv and so on; made when it is missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Which ones: html, csv, xlsx, pdf, ics; all of them by default.
    #[arg(long, value_name = "FORMATS", value_delimiter = ',', value_parser = format)]
    format: Vec<Format>,
}

fn format(name: &str) -> Result<Format, String> {
    let known = || Format::ALL.map(Format::name).join(", ");
    Format::named(name).ok_or_else(|| format!("there is no «{name}»; there are {}", known()))
}

/// How a command ended; docs/operator.md tells people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 0
    Fine,
    /// 1: something failed inside, or the command was written wrong.
    Failed,
    /// 2: the authority refused.
    Refused,
    /// 3: the authority or the mail can't be reached; tried again by itself.
    Unreachable,
    /// 4: the configuration is wrong.
    Configuration,
    /// 5: the authority is thinking.
    Waiting,
    /// 6: a person must do something.
    NeedsPerson,
}

impl From<Standing> for Outcome {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Fine => Self::Fine,
            Standing::Waiting => Self::Waiting,
            Standing::Unreachable => Self::Unreachable,
            Standing::Refused => Self::Refused,
            Standing::NeedsPerson => Self::NeedsPerson,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Fine => ExitCode::SUCCESS,
            Outcome::Failed => ExitCode::from(1),
            Outcome::Refused => ExitCode::from(2),
            Outcome::Unreachable => ExitCode::from(3),
            Outcome::Configuration => ExitCode::from(4),
            Outcome::Waiting => ExitCode::from(5),
            Outcome::NeedsPerson => ExitCode::from(6),
        }
    }
}

/// A failure in words, with the exit code that goes with it.
pub struct Failure {
    pub outcome: Outcome,
    pub text: String,
    /// When it is one that docs/operator.md tells of.
    pub problem: Option<Problem>,
}

impl Failure {
    pub fn new(text: impl Into<String>) -> Self {
        Self { outcome: Outcome::Failed, text: text.into(), problem: None }
    }

    /// What a problem means for whoever waits for the command to end.
    pub fn of_problem(problem: &Problem) -> Self {
        let Problem { label, detail } = problem;
        let outcome = match label.as_str() {
            // The command was wrong; nothing is the matter with certpost.
            "not-now" | "unknown-id" | "already-open" | "errand-unreadable" => Outcome::Failed,
            _ => Standing::of_problem(problem).into(),
        };
        Self { outcome, text: format!("{label}: {detail}"), problem: Some(problem.clone()) }
    }

    pub fn configuration(text: impl Into<String>) -> Self {
        Self { outcome: Outcome::Configuration, text: text.into(), problem: None }
    }
}

impl<E: std::error::Error> From<E> for Failure {
    /// The error with its causes: "cannot write X: no space left on device".
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(one) = cause {
            text.push_str(": ");
            text.push_str(&one.to_string());
            cause = one.source();
        }
        Self::new(text)
    }
}

/// Reads the arguments and runs the command.
pub fn main() -> ExitCode {
    let mut cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => {
            // Help and version come this way too. clap's own code for a wrong command is 2, which
            // here means that the authority refused.
            let fine = !told.use_stderr();
            return match (told.print(), fine) {
                (Ok(()), true) => ExitCode::SUCCESS,
                _ => Outcome::Failed.into(),
            };
        }
    };
    if cli.config == Path::new(HERE) && !cli.config.exists() && Path::new(INSTALLED).exists() {
        cli.config = INSTALLED.into();
    }
    match dispatch(&cli) {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            if cli.json {
                let Failure { text, problem, .. } = &failure;
                let told = serde_json::json!({ "format": 1, "error": text, "problem": problem });
                println!("{told:#}");
            }
            eprintln!("certpost: {}", failure.text);
            failure.outcome.into()
        }
    }
}

fn dispatch(cli: &Cli) -> Result<Outcome, Failure> {
    use crate::engine::Errand;
    match &cli.command {
        Command::Demo(demo) => demo.run(),
        Command::Init(init) => init.run(),
        Command::Authority(authority) => authority.run(&cli.config),
        Command::Mailbox(mailbox) => mailbox.run(&read_config(cli)?, cli.json),
        Command::Doctor => doctor::doctor(&cli.config, cli.json),
        Command::Check => check::check(&cli.config, cli.json),
        Command::Assets(assets) => assets.run(),
        Command::Run(run) => run.run(&cli.config),
        Command::Status { exit_code } => view::status(&read_config(cli)?, cli.json, *exit_code),
        Command::List => view::list(&read_config(cli)?, cli.json),
        Command::Show { id } => view::show(&read_config(cli)?, id, cli.json),
        Command::Why { id } => why::why(&read_config(cli)?, id, cli.json),
        Command::Journal { id } => view::journal(&read_config(cli)?, id, cli.json),
        Command::Plan(plan) => plan.run(&read_config(cli)?, cli.json),
        Command::Store(memory) => memory.run(&read_config(cli)?, cli.json),
        Command::Report(args) => {
            view::report(&read_config(cli)?, &args.out, &args.format, cli.json)
        }
        Command::Notify(notify) => notify.run(&read_config(cli)?, cli.json),
        Command::Renew { holder, dry_run: true } => {
            rehearse::rehearse(&read_config(cli)?, holder, cli.json)
        }
        Command::Renew { holder, dry_run: false } => {
            act::act(&read_config(cli)?, Errand::Renew { holder: holder.clone() }, cli.json)
        }
        Command::Retry { id } => {
            act::act(&read_config(cli)?, Errand::Retry { id: id.clone() }, cli.json)
        }
        Command::Withdraw { id, reason } => {
            let errand = Errand::Withdraw { id: id.clone(), reason: reason.clone() };
            act::act(&read_config(cli)?, errand, cli.json)
        }
        Command::Snooze { id, until } => {
            let errand = Errand::Snooze { id: id.clone(), until: *until };
            act::act(&read_config(cli)?, errand, cli.json)
        }
        Command::Paid { id, date, reference } => {
            let errand = Errand::Paid { id: id.clone(), reference: reference.clone(), on: *date };
            act::act(&read_config(cli)?, errand, cli.json)
        }
        Command::Confirm { id } => {
            act::act(&read_config(cli)?, Errand::Confirm { id: id.clone() }, cli.json)
        }
        Command::Quarantine(quarantine) => quarantine.run(&read_config(cli)?, cli.json),
        Command::Unclaimed => view::letters(&read_config(cli)?, Shelf::Unclaimed, cli.json),
        Command::Key(key) => key.run(|| read_config(cli), cli.json),
        Command::Inspect(inspect) => inspect.run(cli.json),
        Command::Open(open) => open.run(cli.json),
        Command::Evidence(evidence) => evidence.run(|| read_config(cli), cli.json),
        Command::AcceptClock => act::act(&read_config(cli)?, Errand::AcceptClock, cli.json),
        Command::Fetch => act::act(&read_config(cli)?, Errand::Fetch, cli.json),
    }
}

fn read_config(cli: &Cli) -> Result<Config, Failure> {
    load_config(&cli.config)
}

/// Reads a configuration; all its problems at once, with line numbers.
fn load_config(path: &std::path::Path) -> Result<Config, Failure> {
    let place = path.display();
    let (text, base) = config_text(path)?;
    Config::read(&text, &base).map_err(|problems| {
        let lines: Vec<_> = problems.iter().map(|problem| format!("{place}:{problem}")).collect();
        Failure::configuration(format!("the configuration is wrong:\n{}", lines.join("\n")))
    })
}

/// A configuration's text, and the folder that its relative paths begin at.
fn config_text(path: &std::path::Path) -> Result<(String, PathBuf), Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let place = path.display();
        Failure::configuration(format!("cannot read the configuration {place}: {error}"))
    })?;
    let absolute = std::path::absolute(path)?;
    Ok((text, absolute.parent().unwrap_or(&absolute).to_owned()))
}
