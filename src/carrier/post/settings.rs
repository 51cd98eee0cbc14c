//! What the post carrier must know, as plain data.

use std::sync::Arc;
use std::time::Duration;

use super::login::Login;
use crate::exchange::Problem;

/// How a connection is protected. There is no "plain".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte (ports 465, 993).
    Implicit,
    /// After a plain greeting (ports 587, 143).
    Starttls,
}

/// One mail server and our account there.
pub struct Server {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// PEM certificates to trust instead of the system's roots.
    pub ca: Option<Vec<u8>>,
    pub user: String,
    pub login: Login,
}

impl Server {
    /// `host:port`, for messages.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// Every wait and every size has an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A larger letter is not fetched; only its header is (F50).
    pub letter_bytes: u64,
    /// One round stops early when it holds so many bytes, though never before its first letter.
    pub round_bytes: u64,
    /// TCP connect with name resolution, and the TLS handshake: each.
    pub connect: Duration,
    /// One command and its answer (F11). Letters get a second more for each 16 KiB.
    pub command: Duration,
    /// From the final dot to the last reply (RFC 5321 §4.5.3.2.6 asks for ten minutes; F1).
    pub last_reply: Duration,
    /// IDLE is renewed so often, because NAT forgets quiet connections (F9).
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            letter_bytes: 25 << 20,
            round_bytes: 100 << 20,
            connect: Duration::from_secs(30),
            command: Duration::from_secs(60),
            last_reply: Duration::from_secs(600),
            idle: Duration::from_secs(280),
        }
    }
}

/// One mailbox: where letters leave and where they come in.
pub struct PostSettings {
    /// Our address: the envelope's sender.
    pub address: String,
    pub smtp: Server,
    pub imap: Server,
    /// Folders to watch, in order, as people write them: `INBOX`, `Небажана пошта`.
    pub folders: Vec<String>,
    /// Where settled letters are moved; `None`: they stay where they are.
    pub move_to: Option<String>,
    pub limits: Limits,
}

impl PostSettings {
    /// Keeps the grants alive, one that both servers share once; says what a person should know.
    pub(super) fn upkeep(&self) -> Vec<Problem> {
        match (&self.imap.login, &self.smtp.login) {
            (Login::Token(imap), Login::Token(smtp)) if !Arc::ptr_eq(imap, smtp) => {
                [imap.upkeep(), smtp.upkeep()].concat()
            }
            (Login::Token(tokens), _) | (_, Login::Token(tokens)) => tokens.upkeep(),
            (Login::Password(_), Login::Password(_)) => Vec::new(),
        }
    }
}
