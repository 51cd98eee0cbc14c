//! Handing a letter over (RFC 5321): one connection a letter, every step with an end.
//!
//! lettre's own `send` is not used: its timeout covers only the connect, and it does not tell
//! whether the final dot had left when the connection broke, which is the difference between
//! "send again later" and "uncertain" (F1).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use super::login::{self, Mechanism, Proof};
use super::settings::{Limits, Server, Tls};
use super::wire;
use crate::carrier::{one_line, problem};
use crate::exchange::SendFailure;

/// A letter in bits that are written one by one.
const CHUNK: usize = 64 << 10;

fn later(label: &str, detail: impl Into<String>) -> SendFailure {
    SendFailure::Later(problem(label, detail))
}

fn rejected(detail: impl Into<String>) -> SendFailure {
    SendFailure::Rejected(problem("smtp-rejected", detail))
}

/// What goes from whom to whom.
pub(super) struct Handover<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub letter: &'a [u8],
    /// Set just before the final dot may leave; read by the caller even after a panic.
    pub dot: &'a AtomicBool,
}

/// Connects, logs in, hands over, says goodbye.
pub(super) async fn send(
    server: &Server,
    connector: &TlsConnector,
    limits: &Limits,
    handover: &Handover<'_>,
) -> Result<(), SendFailure> {
    let from = address(handover.from)?;
    let to = address(handover.to)?;
    carries_unchanged(handover.letter)?;
    let (mut connection, hello) = open(server, connector, limits).await?;
    let place = server.place();
    // lettre has read an EHLO already, but keeps no SIZE.
    let offer =
        step(limits.command, &place, "EHLO", connection.command(Ehlo::new(hello.clone()))).await?;
    fits(&offer, handover.letter.len(), &place)?;
    log_in(&mut connection, hello, server, limits).await?;
    let handed = hand_over(&mut connection, handover, from, to, limits, &place).await;
    if matches!(handed, Ok(()) | Err(SendFailure::Rejected(_))) {
        // The letter's fate is decided; a goodbye that fails changes nothing.
        let _ = timeout(limits.command.min(Duration::from_secs(5)), connection.quit()).await;
    }
    handed
}

/// Connects and logs in, and that is all. The largest letter that the server names (SIZE).
pub(super) async fn knock(
    server: &Server,
    connector: &TlsConnector,
    limits: &Limits,
) -> Result<Option<u64>, SendFailure> {
    let (mut connection, hello) = open(server, connector, limits).await?;
    let place = server.place();
    let offer =
        step(limits.command, &place, "EHLO", connection.command(Ehlo::new(hello.clone()))).await?;
    log_in(&mut connection, hello, server, limits).await?;
    let _ = timeout(limits.command.min(Duration::from_secs(5)), connection.quit()).await;
    Ok(largest(&offer))
}

fn address(text: &str) -> Result<Address, SendFailure> {
    text.parse().map_err(|_| rejected(format!("«{}» is no e-mail address", one_line(text))))
}

/// SMTP knows only CRLF (RFC 5321 §2.3.8): servers change other line ends, and the kept bytes must
/// arrive as they are.
fn carries_unchanged(letter: &[u8]) -> Result<(), SendFailure> {
    let mut previous = 0;
    for (offset, &byte) in letter.iter().chain(b" ").enumerate() {
        if (byte == b'\n') != (previous == b'\r') {
            return Err(rejected(format!("the letter has a bare CR or LF at byte {offset}")));
        }
        previous = byte;
    }
    Ok(())
}

/// TCP, TLS, greeting, EHLO.
async fn open(
    server: &Server,
    connector: &TlsConnector,
    limits: &Limits,
) -> Result<(AsyncSmtpConnection, ClientId), SendFailure> {
    let place = server.place();
    let unreachable = |why: String| later("smtp-unreachable", format!("{place}: {why}"));
    let mut tcp = timeout(limits.connect, wire::tcp(&server.host, server.port))
        .await
        .map_err(|_| unreachable(no_answer("connect", limits.connect)))?
        .map_err(|e| unreachable(e.to_string()))?;
    // RFC 5321 §4.1.4: an address literal when there is no name that the world would know.
    let hello = match tcp.local_addr().map(|a| a.ip()) {
        Ok(std::net::IpAddr::V4(ip)) => ClientId::Ipv4(ip),
        Ok(std::net::IpAddr::V6(ip)) => ClientId::Ipv6(ip),
        Err(error) => return Err(unreachable(error.to_string())),
    };
    let mut prelude: &'static [u8] = b"";
    if server.tls == Tls::Starttls {
        timeout(limits.command, wire::smtp_starttls(&mut tcp, &hello.to_string()))
            .await
            .map_err(|_| unreachable(no_answer("the greeting or STARTTLS", limits.command)))?
            .map_err(|e| match e.kind() {
                std::io::ErrorKind::Unsupported => later("smtp-tls", format!("{place}: {e}")),
                std::io::ErrorKind::Other => later("smtp-later", format!("{place}: {e}")),
                _ => unreachable(e.to_string()),
            })?;
        prelude = b"220 protected\r\n";
    }
    let stream = timeout(limits.connect, wire::tls(tcp, &server.host, connector))
        .await
        .map_err(|_| unreachable(no_answer("the TLS handshake", limits.connect)))?
        .map_err(|e| later("smtp-tls", format!("{place}: {e}")))?
        .with_prelude(prelude);
    let connecting = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello);
    let connection = step(limits.command, &place, "the greeting", connecting).await?;
    Ok((connection, hello))
}

fn no_answer(to: &str, after: Duration) -> String {
    format!("no answer to {to} within {} s", after.as_secs_f64())
}

type Reply<T> = Result<T, lettre::transport::smtp::Error>;

/// A step before the letter: nothing was handed over yet, so every failure can be tried again.
async fn step<T>(
    deadline: Duration,
    place: &str,
    to: &str,
    reply: impl Future<Output = Reply<T>>,
) -> Result<T, SendFailure> {
    match timeout(deadline, reply).await {
        Err(_) => Err(later("smtp-unreachable", format!("{place}: {}", no_answer(to, deadline)))),
        Ok(Ok(reply)) => Ok(reply),
        Ok(Err(error)) => {
            let answered = error.status().is_some();
            let label = if answered { "smtp-later" } else { "smtp-unreachable" };
            Err(later(label, format!("{place}, {to}: {}", one_line(&error.to_string()))))
        }
    }
}

/// "SIZE 0" and "SIZE" alone: no fixed limit.
fn largest(offer: &Response) -> Option<u64> {
    let sizes = offer.message().filter_map(|line| {
        let mut words = line.split_whitespace();
        let is_size = words.next().is_some_and(|w| w.eq_ignore_ascii_case("SIZE"));
        if is_size { words.next()?.parse::<u64>().ok() } else { None }
    });
    sizes.filter(|&n| n > 0).min()
}

/// RFC 1870: a size that the server names is asked before anything is sent (F35).
fn fits(offer: &Response, bytes: usize, place: &str) -> Result<(), SendFailure> {
    match largest(offer) {
        Some(most) if bytes as u64 > most => Err(rejected(format!(
            "{place} takes letters up to {most} bytes, and this one has {bytes}"
        ))),
        _ => Ok(()),
    }
}

async fn log_in(
    connection: &mut AsyncSmtpConnection,
    hello: ClientId,
    server: &Server,
    limits: &Limits,
) -> Result<(), SendFailure> {
    // Tokens are had with blocking calls: nothing else runs on this thread meanwhile.
    let proof = server.login.proof().map_err(SendFailure::Later)?;
    let shown = show(connection, hello.clone(), server, limits, &proof).await;
    let refused = matches!(&shown, Err(SendFailure::Later(why)) if why.label == "smtp-login");
    if refused && let Some(other) = server.login.another(&proof).map_err(SendFailure::Later)? {
        // After a refusal the server may be asked again on the same connection (RFC 4954 §4).
        return show(connection, hello, server, limits, &other).await;
    }
    shown
}

/// One attempt to log in.
async fn show(
    connection: &mut AsyncSmtpConnection,
    hello: ClientId,
    server: &Server,
    limits: &Limits,
    proof: &Proof,
) -> Result<(), SendFailure> {
    let place = server.place();
    let showing = async {
        match proof {
            Proof::Password(password) => {
                // lettre keeps credentials in a plain String, which lives for this login.
                let credentials = Credentials::new(server.user.clone(), password.to_string());
                connection.auth(DEFAULT_MECHANISMS, &credentials).await.map(|_| Ok(()))
            }
            Proof::Token(token) => show_token(connection, hello, server, token).await,
        }
    };
    match timeout(limits.command, showing).await {
        Err(_) => Err(later(
            "smtp-unreachable",
            format!("{place}: {}", no_answer("the login", limits.command)),
        )),
        Ok(Ok(shown)) => shown,
        Ok(Err(error)) => {
            let words = login::cleaned(&error.to_string(), server, proof);
            Err(later("smtp-login", format!("{place}, user {}: {words}", server.user)))
        }
    }
}

/// lettre knows only XOAUTH2, and takes the server's explanation of a refusal (a challenge) for a
/// mistake of its own.
async fn show_token(
    connection: &mut AsyncSmtpConnection,
    hello: ClientId,
    server: &Server,
    token: &str,
) -> Reply<Result<(), SendFailure>> {
    let offer = connection.command(Ehlo::new(hello)).await?;
    let words = offer.message().filter_map(|line| {
        let (word, rest) = line.split_once([' ', '='])?;
        word.eq_ignore_ascii_case("AUTH").then_some(rest)
    });
    let words: Vec<&str> = words.flat_map(str::split_whitespace).collect();
    let Some(mechanism) = Mechanism::offered(words.iter().copied()) else {
        let detail = format!("{} takes neither XOAUTH2 nor OAUTHBEARER", server.place());
        return Ok(Err(later("smtp-login", detail)));
    };
    let initial = STANDARD.encode(mechanism.initial(server, token).as_bytes());
    let line = Zeroizing::new(format!("AUTH {} {initial}\r\n", mechanism.name()));
    let mut answer = connection.command(line.as_str()).await?;
    // Three digits and the words of a refusal, in base64: the NO comes behind our surrender.
    if answer.has_code(334) {
        let line = format!("{}\r\n", STANDARD.encode(mechanism.surrender()));
        answer = connection.command(line).await?;
    }
    let shown = answer.has_code(235);
    let odd = || later("smtp-login", format!("odd answer {} to the login", answer.code()));
    Ok(if shown { Ok(()) } else { Err(odd()) })
}

async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    handover: &Handover<'_>,
    from: Address,
    to: Address,
    limits: &Limits,
    place: &str,
) -> Result<(), SendFailure> {
    let letter = handover.letter;
    let info = connection.server_info();
    let mut parameters = Vec::new();
    if !handover.from.is_ascii() || !handover.to.is_ascii() {
        if !info.supports_feature(Extension::SmtpUtfEight) {
            return Err(rejected(format!("{place} can't carry addresses beyond ASCII")));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !letter.is_ascii() {
        if !info.supports_feature(Extension::EightBitMime) {
            return Err(rejected(format!("{place} can't carry 8-bit letters")));
        }
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let envelope = format!("{place}, envelope {} → {}", handover.from, handover.to);
    let deadline = limits.command;
    let mail = Mail::new(Some(from), parameters);
    judged(deadline, &envelope, "MAIL", connection.command(mail)).await?;
    judged(deadline, &envelope, "RCPT", connection.command(Rcpt::new(to, vec![]))).await?;
    let go = judged(deadline, &envelope, "DATA", connection.command(Data)).await?;
    if !go.has_code(354) {
        return Err(later("smtp-later", format!("{envelope}: odd reply {} to DATA", go.code())));
    }
    write_letter(connection, handover, limits, &envelope).await
}

/// A step whose 5xx is about this very letter.
async fn judged(
    deadline: Duration,
    envelope: &str,
    to: &str,
    reply: impl Future<Output = Reply<Response>>,
) -> Result<Response, SendFailure> {
    match timeout(deadline, reply).await {
        Err(_) => {
            Err(later("smtp-unreachable", format!("{envelope}: {}", no_answer(to, deadline))))
        }
        Ok(Ok(reply)) => Ok(reply),
        Ok(Err(error)) => Err(verdict(&error, envelope, to)
            .unwrap_or_else(|| later("smtp-unreachable", broken(&error, envelope, to)))),
    }
}

fn broken(error: &lettre::transport::smtp::Error, envelope: &str, to: &str) -> String {
    format!("{envelope}, {to}: {}", one_line(&error.to_string()))
}

/// What a negative reply means; `None` when there was no reply.
fn verdict(
    error: &lettre::transport::smtp::Error,
    envelope: &str,
    to: &str,
) -> Option<SendFailure> {
    let code = u16::from(error.status()?);
    let words = broken(error, envelope, to);
    Some(match code {
        // RFC 4954: these are about the login, not about the letter.
        530 | 534 | 535 | 538 => later("smtp-login", words),
        500..=599 => rejected(words),
        _ => later("smtp-later", words),
    })
}

/// The letter, the dot, and the long wait for the last word.
async fn write_letter(
    connection: &mut AsyncSmtpConnection,
    handover: &Handover<'_>,
    limits: &Limits,
    envelope: &str,
) -> Result<(), SendFailure> {
    // lettre ends every letter with CRLF "." CRLF; the letter's own last CRLF is that first one.
    let letter = handover.letter.strip_suffix(b"\r\n").unwrap_or(handover.letter);
    let mut chunks = letter.chunks(CHUNK);
    let bits = std::iter::from_fn(|| {
        let chunk = chunks.next();
        if chunk.is_none() {
            handover.dot.store(true, Ordering::SeqCst);
        }
        chunk
    });
    let mut writing = std::pin::pin!(connection.message_iter(bits));
    let patience = limits.command + Duration::from_secs(letter.len() as u64 >> 14);
    let answer = match timeout(patience, writing.as_mut()).await {
        Ok(answer) => Some(answer),
        Err(_) if handover.dot.load(Ordering::SeqCst) => {
            timeout(limits.last_reply, writing).await.ok()
        }
        Err(_) => None,
    };
    let dot = handover.dot.load(Ordering::SeqCst);
    match answer {
        Some(Ok(reply)) if (200..300).contains(&u16::from(reply.code())) => Ok(()),
        Some(Ok(reply)) => Err(uncertain(format!("{envelope}: odd last reply {}", reply.code()))),
        Some(Err(error)) => Err(match verdict(&error, envelope, "the letter") {
            Some(verdict) => verdict,
            None if dot => uncertain(broken(&error, envelope, "after the final dot")),
            None => later("smtp-unreachable", broken(&error, envelope, "the letter")),
        }),
        None if dot => Err(uncertain(format!("{envelope}: no last word after the final dot"))),
        None => Err(later(
            "smtp-unreachable",
            format!("{envelope}: {}", no_answer("the letter", patience)),
        )),
    }
}

fn uncertain(detail: String) -> SendFailure {
    SendFailure::Uncertain(problem("smtp-uncertain", detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_crlf_travels() {
        assert!(carries_unchanged(b"a: b\r\n\r\nc\r\n").is_ok());
        assert!(carries_unchanged(b"").is_ok());
        for letter in [&b"a\nb"[..], b"a\rb", b"a\r", b"\n", b"a\r\r\n"] {
            assert!(carries_unchanged(letter).is_err(), "{letter:?}");
        }
    }

    #[test]
    fn f35_the_size_that_the_server_names_is_the_limit() {
        let offer = |text: &str| text.parse::<Response>().unwrap();
        let small = offer("250-mail.test.example\r\n250-PIPELINING\r\n250 size 1000\r\n");
        assert!(fits(&small, 1000, "there").is_ok());
        let Err(SendFailure::Rejected(problem)) = fits(&small, 1001, "there") else { panic!() };
        assert!(problem.detail.contains("1000") && problem.detail.contains("1001"), "{problem:?}");
        assert!(fits(&offer("250 SIZE 0\r\n"), 1 << 30, "there").is_ok());
        assert!(fits(&offer("250 SIZE\r\n"), 1 << 30, "there").is_ok());
    }
}
