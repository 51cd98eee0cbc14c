//! The configuration as it is meant: plain data, checked, with defaults filled in.
//!
//! One configuration is one organisation with one mailbox and one database. A firm that looks
//! after many runs one certpost for each (`certpost@NAME.service`): keys stay apart.
//!
//! `file` reads TOML and knows places, `shape` knows what single values look like, `manners` reads
//! authorities, `people` whom to tell, `meaning` puts all together. `config.example.toml` is the manual.

mod file;
mod files;
mod manners;
mod meaning;
mod oauth2;
mod people;
mod secret;
mod shape;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::authority::{Organisation, Payment, Profile, Role, Start};
use crate::crypto::Usage;
use crate::report::Language;
use crate::report::csv::Encoding;
use crate::report::summary::Format;

pub use crate::engine::TaxOffice;
pub use file::Known;
pub use files::{Environment, Examined, examine};
pub use secret::SecretReader;

/// Where a secret lies. Never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretRef {
    /// First line of a file.
    File(PathBuf),
    /// An environment variable.
    Env(String),
    /// A systemd credential: a file in `$CREDENTIALS_DIRECTORY`.
    Credential(String),
}

/// How a connection is protected. There is no "plain".
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    Implicit,
    Starttls,
}

/// One mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// PEM file with the roots to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    pub user: String,
    pub login: Login,
}

/// What a server is shown besides the user's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    Password(SecretRef),
    OAuth2(OAuth2),
}

/// Where access tokens come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OAuth2 {
    /// Another program writes them here.
    TokenFile(PathBuf),
    Grant(Grant),
}

/// A grant with a refresh token (RFC 6749 §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// URL of the token endpoint.
    pub endpoint: String,
    pub ca_file: Option<PathBuf>,
    pub client_id: String,
    /// `None`: a public client.
    pub client_secret: Option<SecretRef>,
    pub refresh_token: SecretRef,
    pub scope: Option<String>,
    /// The last day of the consent or of the client secret.
    pub ends: Option<jiff::civil::Date>,
    /// It dies when it is not used for so many days.
    pub idle_days: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// Our address: From of what we send, Reply-To of answers.
    pub address: String,
    pub imap: Server,
    pub smtp: Server,
    /// Folders to watch, in order: `INBOX`, `Junk`.
    pub folders: Vec<String>,
    /// Where settled letters are moved; `None`: they stay where they are.
    pub move_to: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Authority {
    /// Its name in the configuration.
    pub name: String,
    pub profile: Profile,
    /// E-mail address of its office.
    pub address: String,
    /// Certificates (PEM or DER files): who signs receipts, roots, who can read applications.
    pub signers: Vec<PathBuf>,
    pub anchors: Vec<PathBuf>,
    pub recipients: Vec<PathBuf>,
    /// Lists (PEM or DER files) of what it took back.
    pub revocation_lists: Vec<PathBuf>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Holder {
    pub id: String,
    pub role: Role,
    /// Full name; the organisation's for a seal.
    pub name: String,
    pub drfo: Option<String>,
    pub email: String,
    /// The authority's name in the configuration.
    pub authority: String,
    /// Which certificates are looked after.
    pub usages: Vec<Usage>,
    pub term: u8,
    pub payment: Payment,
    /// Which of the profile's price lists; `None`: the one for everybody.
    pub price_class: Option<String>,
    /// From which day the next certificates are asked for.
    pub start: Start,
    /// Consent to publish the certificates.
    pub consent: bool,
    /// Opens the keys that lie in files of the vault; a must without a token.
    pub password: Option<SecretRef>,
    /// The password of new keys; `None`: the same.
    pub new_password: Option<SecretRef>,
    /// Its repetition.
    pub new_password_again: Option<SecretRef>,
    pub blocking_phrase: SecretRef,
    /// Where new keys are made, when not in files of the vault.
    pub token: Option<Token>,
}

/// A PKCS#11 token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The vendor's library.
    pub module: PathBuf,
    /// The token's own label, and its serial number where several have the same.
    pub label: String,
    pub serial: Option<String>,
    pub pin: SecretRef,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug`, `trace`.
    pub level: &'static str,
}

/// Where the status page listens. Never for the network: it has no password of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    Loopback(SocketAddr),
    Unix(PathBuf),
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loopback(address) => write!(f, "http://{address}/"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// How people are told; to whom stands in [`Contact`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notify {
    pub from: String,
    pub smtp: Server,
    /// Messages a contact gets in a day; the rest is gathered into one.
    pub per_day: u32,
    /// Days before the end of a certificate at which it is told again, ascending.
    pub days: Vec<u16>,
    /// A cause must be gone so long before it is told that it is.
    pub calm_minutes: u32,
    /// A message that can't be sent for so long is dropped.
    pub keep_days: u32,
    /// Minutes before what could not be sent is tried again; the last one repeats.
    pub ladder: Vec<u32>,
    pub digest: Option<Weekly>,
}

/// A weekday and a full hour in the configuration's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekly {
    pub day: jiff::civil::Weekday,
    pub hour: i8,
}

/// What somebody wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactRole {
    /// What keeps certpost from working, with technical detail.
    Administrator,
    /// Refusals, invoices, consents, successes, coming ends.
    Accountant,
}

/// Somebody who is told: by mail, by webhook, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub name: String,
    pub roles: Vec<ContactRole>,
    pub address: Option<String>,
    pub language: Language,
    pub webhook: Option<Webhook>,
}

/// Where messages are posted as JSON (docs/messages.md).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub url: String,
    pub ca_file: Option<PathBuf>,
    /// The token of an `Authorization: Bearer` header.
    pub bearer: Option<SecretRef>,
}

/// Signs of life for a watchdog outside: silence is the alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    pub file: Option<PathBuf>,
    pub url: Option<String>,
    pub ca_file: Option<PathBuf>,
    /// The address is called at most so often.
    pub minutes: u32,
}

/// A program that is run after certificates were put in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    pub program: PathBuf,
    pub arguments: Vec<String>,
    pub timeout_seconds: u32,
    /// Minutes before a failed run is tried again; the last one repeats.
    pub ladder: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The folder for database, keys and kept letters. Relative paths are the config file's.
    pub data: PathBuf,
    pub language: Language,
    /// IANA name for dates that people read.
    pub zone: String,
    pub organisation: Organisation,
    pub mailbox: Mailbox,
    pub authorities: Vec<Authority>,
    pub holders: Vec<Holder>,
    /// Whom new certificates are told to; `None`: nobody.
    pub tax_office: Option<TaxOffice>,
    /// The page that the daemon writes after every change; `None`: none.
    pub report: Option<PathBuf>,
    /// Which summaries it writes: the page, and files beside it.
    pub summaries: Vec<Format>,
    pub csv_encoding: Encoding,
    /// The mailbox is polled at least so often, IDLE or not.
    pub poll_minutes: u32,
    /// Letters read in one round.
    pub letters_a_round: usize,
    /// Largest letter that is fetched.
    pub letter_megabytes: usize,
    /// Applications opened in one round, soonest end first (F41).
    pub openings_a_round: usize,
    pub log: Log,
    /// Where the status page listens; `None`: there is none.
    pub page: Option<Listen>,
    pub notify: Notify,
    pub contacts: Vec<Contact>,
    pub heartbeat: Heartbeat,
    pub hook: Option<Hook>,
}

/// One mistake in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// 1-based line of the file.
    pub line: usize,
    /// `mailbox.imap.port`, `holder[2].email`; empty for the file as a whole.
    pub place: String,
    pub what: String,
    /// What to write instead.
    pub instead: String,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, place, what, instead } = self;
        let space = if place.is_empty() { "" } else { " " };
        write!(f, "line {line}: {place}{space}{what}; {instead}")
    }
}

impl std::error::Error for ConfigProblem {}

impl Holder {
    /// Where the password of new keys lies.
    pub fn new_keys_password(&self) -> Option<&SecretRef> {
        self.new_password.as_ref().or(self.password.as_ref())
    }
}

impl Mailbox {
    /// Reads the `[mailbox]` of a file, and nothing else of it.
    pub fn read(text: &str, base: &Path) -> Result<Self, Vec<ConfigProblem>> {
        meaning::mailbox_alone(text, base)
    }
}

impl Config {
    /// The manners of the authority that a holder's certificates come from.
    pub fn profile_of(&self, holder: &str) -> Option<&Profile> {
        let holder = self.holders.iter().find(|one| one.id == holder)?;
        let authority = self.authorities.iter().find(|one| one.name == holder.authority)?;
        Some(&authority.profile)
    }

    /// Reads the text of a configuration file that lies in `base`. All mistakes at once, by line;
    /// mistakes of TOML's own grammar come alone, since nothing can be understood behind them.
    ///
    /// Files that the configuration names are not opened, but for profiles.
    pub fn read(text: &str, base: &Path) -> Result<Self, Vec<ConfigProblem>> {
        meaning::read(text, base).0
    }

    /// The options that were asked of `text`, with their defaults, in reading order.
    pub fn known(text: &str, base: &Path) -> Vec<Known> {
        meaning::read(text, base).1
    }
}

/// `config.example.toml`: every option with its purpose, default and an example.
pub fn example() -> &'static str {
    include_str!("../../config.example.toml")
}
