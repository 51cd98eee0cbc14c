//! One IMAP connection (RFC 3501) over async-imap: open it, run one command, end it.
//!
//! Commands are run here one by one and not through async-imap's methods: those don't tell a
//! FETCH that was refused from one that found nothing, and a letter would be passed over; their
//! IDLE waits for ever on a NO and takes a lost connection for an interrupt. After any timeout or
//! broken answer the connection is dropped, because left-over data would be taken for the answer
//! to the next command.

use std::io;
use std::time::Duration;

use async_imap::{Client, Session};
use imap_proto::{Response, ResponseCode, Status};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use super::folder_name::quoted;
use super::login::{self, Mechanism, Proof};
use super::settings::{Limits, Server, Tls};
use super::wire::{self, Wire};
use crate::carrier::{one_line, problem};
use crate::exchange::Problem;

/// A server's words around what we ask for: flags, codes, unilateral news.
pub(super) const CHATTER: u64 = 1 << 20;

/// How a command failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// The server said NO or BAD, in these words; the connection goes on.
    Refused(String),
    /// The connection can't be used any more.
    Broken(Problem),
}

pub(super) fn broken(label: &str, detail: impl Into<String>) -> Fault {
    Fault::Broken(problem(label, detail))
}

/// A selected folder.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Selected {
    pub validity: Option<u32>,
    pub next: Option<u32>,
    pub exists: u32,
}

/// A connection that is logged in.
pub(super) struct Live {
    pub(super) session: Session<Wire>,
    place: String,
    deadline: Duration,
    pub can_idle: bool,
    pub can_move: bool,
    pub can_uid_expunge: bool,
    /// Everything that the server says it can, in capitals.
    capabilities: Vec<String>,
    /// The folder that is selected, with its UIDVALIDITY.
    pub selected: Option<(String, u32)>,
    /// A command did not end cleanly: what comes next on this connection can't be trusted.
    pub broken: bool,
}

impl Live {
    /// Tokens are had with blocking calls: nothing else runs on this thread meanwhile.
    pub(super) async fn open(
        server: &Server,
        connector: &TlsConnector,
        limits: &Limits,
    ) -> Result<Self, Fault> {
        let proof = server.login.proof().map_err(Fault::Broken)?;
        let opened = Self::open_with(server, connector, limits, &proof).await;
        let refused = matches!(&opened, Err(Fault::Broken(why)) if why.label == "imap-login");
        if refused && let Some(other) = server.login.another(&proof).map_err(Fault::Broken)? {
            return Self::open_with(server, connector, limits, &other).await;
        }
        opened
    }

    async fn open_with(
        server: &Server,
        connector: &TlsConnector,
        limits: &Limits,
        proof: &Proof,
    ) -> Result<Self, Fault> {
        let place = server.place();
        let mut client = connect(server, connector, limits, &place).await?;
        let logging_in = async {
            match proof {
                // async-imap builds the LOGIN line in a plain String and does not wipe it.
                Proof::Password(password) => client.login(&server.user, &**password).await,
                Proof::Token(token) => {
                    // What lay in the client's buffer before we asked is nobody's answer.
                    let mut wire = client.into_inner();
                    let offer = match wire::imap_capabilities(&mut wire).await {
                        Ok(offer) => offer,
                        Err(error) => return Ok(Err(read_broke(&place, "CAPABILITY", &error))),
                    };
                    let words = offer.iter().filter_map(|word| word.strip_prefix("AUTH="));
                    let Some(mechanism) = Mechanism::offered(words) else {
                        return Ok(Err(no_mechanism(&place)));
                    };
                    client = Client::new(wire);
                    let sasl = Sasl { mechanism, server, token, challenges: 0 };
                    client.authenticate(mechanism.name(), sasl).await
                }
            }
            .map(Ok)
        };
        let session = match timeout(limits.command, logging_in).await {
            Err(_) => return Err(silence(&place, "the login", limits.command)),
            Ok(Err((error, _))) => return Err(login_refused(server, &place, &error, proof)),
            Ok(Ok(session)) => session?,
        };
        let mut live = Self {
            session,
            place,
            deadline: limits.command,
            can_idle: false,
            can_move: false,
            can_uid_expunge: false,
            capabilities: Vec::new(),
            selected: None,
            broken: false,
        };
        live.learn_capabilities().await?;
        Ok(live)
    }

    async fn learn_capabilities(&mut self) -> Result<(), Fault> {
        let mut words: Vec<String> = Vec::new();
        self.command("CAPABILITY", CHATTER, |response| {
            if let Response::Capabilities(list) = response {
                words.extend(list.iter().filter_map(|c| match c {
                    imap_proto::Capability::Atom(word) => Some(word.to_ascii_uppercase()),
                    _ => None,
                }));
            }
        })
        .await?;
        let can = |word: &str| words.iter().any(|w| w == word);
        self.can_idle = can("IDLE");
        self.can_move = can("MOVE");
        self.can_uid_expunge = can("UIDPLUS");
        self.capabilities = words;
        Ok(())
    }

    pub(super) fn offers(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|known| known == capability)
    }

    /// Runs one command; `each` sees every untagged answer. At most `budget` bytes are read.
    pub(super) async fn command(
        &mut self,
        text: &str,
        budget: u64,
        each: impl FnMut(&Response<'_>),
    ) -> Result<(), Fault> {
        self.command_within(self.deadline, text, budget, each).await
    }

    /// The same with another deadline.
    pub(super) async fn command_within(
        &mut self,
        deadline: Duration,
        text: &str,
        budget: u64,
        mut each: impl FnMut(&Response<'_>),
    ) -> Result<(), Fault> {
        let verb = verb(text);
        self.broken = true;
        self.session.get_mut().budget = budget;
        let Self { session, place, .. } = self;
        let talk = async {
            let tag = session.run_command(text).await.map_err(|e| talk_broke(place, &verb, e))?;
            loop {
                let answer = session.read_response().await;
                let answer = answer.map_err(|e| read_broke(place, &verb, &e))?;
                let Some(answer) = answer else { return Err(closed(place, &verb, "")) };
                match answer.parsed() {
                    Response::Done { tag: done, status, outcome } if *done == tag => {
                        return match status {
                            Status::Ok => Ok(()),
                            _ => Err(Fault::Refused(words(outcome.information.as_deref()))),
                        };
                    }
                    Response::Data { status: Status::Bye, outcome } => {
                        return Err(closed(place, &verb, &words(outcome.information.as_deref())));
                    }
                    other => each(other),
                }
            }
        };
        let done = match timeout(deadline, talk).await {
            Ok(done) => done,
            Err(_) => Err(silence(&self.place, &verb, deadline)),
        };
        self.broken = matches!(done, Err(Fault::Broken(_)));
        done
    }

    /// SELECT; refused when there is no such folder.
    pub(super) async fn select(&mut self, folder: &str) -> Result<Selected, Fault> {
        self.selected = None;
        let mut selected = Selected::default();
        self.command(&format!("SELECT {}", quoted(folder)), CHATTER, |response| match response {
            Response::Data { status: Status::Ok, outcome } => match outcome.code {
                Some(ResponseCode::UidValidity(n)) => selected.validity = Some(n),
                Some(ResponseCode::UidNext(n)) => selected.next = Some(n),
                _ => {}
            },
            Response::MailboxData(imap_proto::MailboxDatum::Exists(n)) => selected.exists = *n,
            _ => {}
        })
        .await?;
        self.selected = selected.validity.map(|validity| (folder.to_owned(), validity));
        Ok(selected)
    }

    pub(super) fn lost(&self, error: &io::Error) -> Fault {
        read_broke(&self.place, "IDLE", error)
    }

    pub(super) fn closed(&self, words: &str) -> Fault {
        closed(&self.place, "IDLE", words)
    }

    pub(super) fn silent(&self) -> Fault {
        silence(&self.place, "IDLE", self.deadline)
    }

    pub(super) fn deadline(&self) -> Duration {
        self.deadline
    }
}

/// The command's name without its arguments: `UID FETCH`, `SELECT`.
fn verb(text: &str) -> String {
    let words = if text.starts_with("UID ") { 2 } else { 1 };
    text.split(' ').take(words).collect::<Vec<_>>().join(" ")
}

pub(super) fn words(information: Option<&str>) -> String {
    one_line(information.unwrap_or("no words"))
}

fn silence(place: &str, verb: &str, deadline: Duration) -> Fault {
    let seconds = deadline.as_secs_f64();
    broken("imap-timeout", format!("{place}: no answer to {verb} within {seconds} s"))
}

fn closed(place: &str, verb: &str, words: &str) -> Fault {
    let colon = if words.is_empty() { "" } else { ": " };
    broken("imap-unreachable", format!("{place} closed the connection at {verb}{colon}{words}"))
}

/// async-imap puts the whole buffer, with our letters, into its parse errors: not into ours.
fn read_broke(place: &str, verb: &str, error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::Other | io::ErrorKind::InvalidData => broken(
            "imap-protocol",
            format!("{place}: the answer to {verb} can't be read or is larger than it should be"),
        ),
        _ => broken("imap-unreachable", format!("{place}, {verb}: {error}")),
    }
}

fn talk_broke(place: &str, verb: &str, error: async_imap::error::Error) -> Fault {
    match error {
        async_imap::error::Error::Io(error) => read_broke(place, verb, &error),
        other => broken("imap-protocol", format!("{place}, {verb}: {}", variant(&other))),
    }
}

/// The kind of an error without the server's bytes.
fn variant(error: &async_imap::error::Error) -> &'static str {
    use async_imap::error::Error;
    match error {
        Error::ConnectionLost => "the connection was lost",
        Error::Validate(_) => "a character that a command can't hold",
        Error::Bad(_) | Error::No(_) => "it was refused",
        _ => "the answer can't be read",
    }
}

/// TCP, greeting, TLS. A server that takes us for logged in before TLS is refused.
async fn connect(
    server: &Server,
    connector: &TlsConnector,
    limits: &Limits,
    place: &str,
) -> Result<Client<Wire>, Fault> {
    let tcp = timeout(limits.connect, wire::tcp(&server.host, server.port))
        .await
        .map_err(|_| silence(place, "connect", limits.connect))?
        .map_err(|e| broken("imap-unreachable", format!("{place}: {e}")))?;
    let tcp = match server.tls {
        Tls::Implicit => tcp,
        Tls::Starttls => {
            let mut client = Client::new(Wire::plain(tcp));
            greeting(&mut client, place, limits.command).await?;
            match timeout(limits.command, client.run_command_and_check_ok("STARTTLS", None)).await {
                Err(_) => return Err(silence(place, "STARTTLS", limits.command)),
                Ok(Err(
                    async_imap::error::Error::No(words) | async_imap::error::Error::Bad(words),
                )) => {
                    let words = one_line(&words);
                    return Err(broken("imap-tls", format!("{place} refuses STARTTLS: {words}")));
                }
                Ok(Err(error)) => return Err(talk_broke(place, "STARTTLS", error)),
                Ok(Ok(())) => {}
            }
            // What was read too early goes with the client: nothing plain is taken for protected.
            match client.into_inner().into_tcp() {
                Some(tcp) => tcp,
                None => return Err(broken("imap-protocol", format!("{place}: TLS twice"))),
            }
        }
    };
    let wire = timeout(limits.connect, wire::tls(tcp, &server.host, connector))
        .await
        .map_err(|_| silence(place, "the TLS handshake", limits.connect))?
        .map_err(|e| broken("imap-tls", format!("{place}: {e}")))?;
    let mut client = Client::new(wire);
    if server.tls == Tls::Implicit {
        greeting(&mut client, place, limits.command).await?;
    }
    Ok(client)
}

async fn greeting(client: &mut Client<Wire>, place: &str, deadline: Duration) -> Result<(), Fault> {
    let answer = timeout(deadline, client.read_response())
        .await
        .map_err(|_| silence(place, "the greeting", deadline))?
        .map_err(|e| read_broke(place, "the greeting", &e))?;
    match answer.as_ref().map(|a| a.parsed()) {
        Some(Response::Data { status: Status::Ok, .. }) => Ok(()),
        Some(Response::Data { status: Status::Bye, outcome }) => {
            Err(closed(place, "the greeting", &words(outcome.information.as_deref())))
        }
        Some(_) => Err(broken("imap-protocol", format!("{place}: this is no IMAP greeting"))),
        None => Err(closed(place, "the greeting", "")),
    }
}

fn no_mechanism(place: &str) -> Fault {
    broken("imap-login", format!("{place} takes neither XOAUTH2 nor OAUTHBEARER"))
}

/// The client's side of a login with a token.
struct Sasl<'a> {
    mechanism: Mechanism,
    server: &'a Server,
    token: &'a str,
    challenges: usize,
}

impl async_imap::Authenticator for Sasl<'_> {
    type Response = Zeroizing<Vec<u8>>;

    fn process(&mut self, _: &[u8]) -> Self::Response {
        self.challenges += 1;
        // The second challenge explains a refusal, in JSON that says no more than the NO behind it.
        Zeroizing::new(match self.challenges {
            1 => self.mechanism.initial(self.server, self.token).as_bytes().to_vec(),
            _ => self.mechanism.surrender().as_bytes().to_vec(),
        })
    }
}

/// A wrong password is a person's work; a server that has no time is not (F12).
fn login_refused(
    server: &Server,
    place: &str,
    error: &async_imap::error::Error,
    proof: &Proof,
) -> Fault {
    use async_imap::error::Error;
    match error {
        Error::No(words) | Error::Bad(words) => {
            let label = if words.to_ascii_uppercase().contains("UNAVAILABLE") {
                "imap-unreachable"
            } else {
                "imap-login"
            };
            let words = login::cleaned(words, server, proof);
            broken(label, format!("{place}, user {}: {words}", server.user))
        }
        Error::Io(error) => read_broke(place, "LOGIN", error),
        // Too many connections, and the like: no word about the password.
        Error::ConnectionLost => closed(place, "LOGIN", ""),
        other => broken("imap-login", format!("{place}, LOGIN: {}", variant(other))),
    }
}
