//! The SMTP submission server (RFC 5321, RFC 6409): one dialogue, from the greeting to QUIT.

use std::borrow::Cow;
use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use smtp_proto::request::receiver::{DataReceiver, DummyDataReceiver};
use smtp_proto::{AUTH_LOGIN, AUTH_PLAIN, Error, Request};

use super::faults::{Deed, END_OF_DATA, Protocol};
use super::wire::{Line, Lines, Wire};
use super::{Accepted, NAME, Session};

/// The longest command line in bytes; RFC 5321 §4.5.3.1.4 asks for 512, AUTH for 12288.
const LINE_LIMIT: usize = 12_288;
/// RFC 5321 §4.5.3.1.8 asks for 100 at least.
const MOST_RECIPIENTS: usize = 100;

pub(super) async fn serve(wire: Wire, session: Session) -> io::Result<()> {
    let secure = session.implicit_tls;
    let lines = Lines::new(wire);
    let mut dialogue = Dialogue { lines, session, secure, hello: None, who: None, mail: None };
    dialogue.say(&format!("220 {NAME} ESMTP certpost simulator")).await?;
    dialogue.run().await
}

struct Dialogue {
    lines: Lines,
    session: Session,
    secure: bool,
    /// The name from EHLO or HELO.
    hello: Option<String>,
    who: Option<String>,
    /// Sender and recipients of the letter that is being handed over.
    mail: Option<(String, Vec<String>)>,
}

/// What is said, and what follows.
struct Answer {
    text: Cow<'static, str>,
    then: Then,
}

enum Then {
    GoOn,
    Secure,
    ReadLetter,
    End,
}

impl From<&'static str> for Answer {
    fn from(text: &'static str) -> Self {
        Self { text: text.into(), then: Then::GoOn }
    }
}

impl From<String> for Answer {
    fn from(text: String) -> Self {
        Self { text: text.into(), then: Then::GoOn }
    }
}

fn then(text: &'static str, then: Then) -> Answer {
    Answer { text: text.into(), then }
}

impl Dialogue {
    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.lines.wire.send(format!("{text}\r\n").as_bytes()).await
    }

    async fn run(&mut self) -> io::Result<()> {
        loop {
            let line = match self.lines.next(LINE_LIMIT).await? {
                Line::Whole(line) => line,
                Line::TooLong => {
                    self.say("500 5.5.6 The line is too long").await?;
                    continue;
                }
                Line::End => return Ok(()),
            };
            let request = match Request::parse(&mut line.iter()) {
                Ok(request) => request,
                Err(error) => {
                    self.say(&complaint(&error)).await?;
                    continue;
                }
            };
            let deed = self.session.desk.strike(Protocol::Smtp, request.name());
            let answer = match deed {
                Some(Deed::Hang) => return self.lines.wire.hang().await,
                Some(Deed::Drop) => return self.lines.wire.abandon().await,
                Some(Deed::Say(ref text)) => scripted(text),
                Some(Deed::Cut(_)) | None => self.perform(request).await?,
            };
            if let Some(Deed::Cut(bytes)) = deed {
                return self.cut(&answer, bytes).await;
            }
            if self.answered(answer).await? {
                return Ok(());
            }
        }
    }

    /// Says the answer and does what follows from it; true when the dialogue is over.
    async fn answered(&mut self, answer: Answer) -> io::Result<bool> {
        self.say(&answer.text).await?;
        match answer.then {
            Then::GoOn => Ok(false),
            Then::End => self.lines.wire.close().await.map(|()| true),
            Then::Secure => {
                // Whatever was sent after STARTTLS in the clear is not from our client.
                self.lines.ahead.clear();
                self.lines.wire.secure(&self.session.acceptor).await?;
                (self.secure, self.hello, self.mail) = (true, None, None);
                Ok(false)
            }
            Then::ReadLetter => self.letter().await,
        }
    }

    async fn cut(&mut self, answer: &Answer, bytes: usize) -> io::Result<()> {
        let text = format!("{}\r\n", answer.text);
        let part = text.as_bytes().get(..bytes).unwrap_or(text.as_bytes());
        self.lines.wire.send(part).await?;
        self.lines.wire.abandon().await
    }

    async fn perform(&mut self, request: Request<Cow<'_, str>>) -> io::Result<Answer> {
        Ok(match request {
            Request::Ehlo { host } => self.ehlo(&host),
            Request::Helo { host } => {
                (self.hello, self.mail) = (Some(host.into_owned()), None);
                format!("250 {NAME}").into()
            }
            Request::StartTls if self.secure => "503 5.5.1 TLS is on already".into(),
            Request::StartTls => then("220 2.0.0 Go ahead", Then::Secure),
            Request::Auth { mechanism, initial_response } => {
                return self.auth(mechanism, &initial_response).await;
            }
            Request::Mail { from } => self.mail_from(from.address.into_owned(), from.size),
            Request::Rcpt { to } => self.rcpt_to(to.address.into_owned()),
            Request::Data => match &self.mail {
                None => "503 5.5.1 MAIL first".into(),
                Some((_, to)) if to.is_empty() => "554 5.5.1 No valid recipients".into(),
                Some(_) => then("354 End with <CR><LF>.<CR><LF>", Then::ReadLetter),
            },
            Request::Rset => {
                self.mail = None;
                "250 2.0.0 Ok".into()
            }
            Request::Noop { .. } => "250 2.0.0 Ok".into(),
            Request::Vrfy { .. } => "252 2.5.2 Send a letter and see".into(),
            Request::Quit => then("221 2.0.0 Bye", Then::End),
            _ => "502 5.5.1 Not served here".into(),
        })
    }

    fn ehlo(&mut self, host: &str) -> Answer {
        (self.hello, self.mail) = (Some(host.to_owned()), None);
        let size = self.session.desk.size_limit();
        let auth = if self.secure { "AUTH PLAIN LOGIN" } else { "STARTTLS" };
        format!(
            "250-{NAME}\r\n250-PIPELINING\r\n250-SIZE {size}\r\n250-8BITMIME\r\n\
             250-ENHANCEDSTATUSCODES\r\n250 {auth}"
        )
        .into()
    }

    fn mail_from(&mut self, from: String, size: usize) -> Answer {
        if self.hello.is_none() {
            return "503 5.5.1 EHLO first".into();
        }
        if self.who.is_none() {
            return if self.secure {
                "530 5.7.0 Authentication required".into()
            } else {
                "530 5.7.0 Must issue a STARTTLS command first".into()
            };
        }
        if self.mail.is_some() {
            return "503 5.5.1 One letter at a time".into();
        }
        if size > self.session.desk.size_limit() {
            return TOO_LARGE.into();
        }
        self.mail = Some((from, Vec::new()));
        "250 2.1.0 Ok".into()
    }

    fn rcpt_to(&mut self, to: String) -> Answer {
        let Some((_, recipients)) = &mut self.mail else { return "503 5.5.1 MAIL first".into() };
        if recipients.len() >= MOST_RECIPIENTS {
            return "452 4.5.3 Too many recipients".into();
        }
        if !self.session.desk.look(|state| state.postboxes.knows(&to)) {
            return "550 5.1.1 No such user here".into();
        }
        recipients.push(to);
        "250 2.1.5 Ok".into()
    }

    async fn auth(&mut self, mechanism: u64, initial: &str) -> io::Result<Answer> {
        if !self.secure {
            return Ok("538 5.7.11 Encryption required, STARTTLS first".into());
        }
        if self.who.is_some() || self.mail.is_some() {
            return Ok("503 5.5.1 Not now".into());
        }
        let desk = self.session.desk.clone();
        let who = match mechanism {
            AUTH_PLAIN => {
                let given = (!initial.is_empty()).then(|| initial.to_owned());
                let Some(response) = self.response("", given).await? else {
                    return Ok(BROKEN_OFF.into());
                };
                desk.login_plain(&response)
            }
            AUTH_LOGIN => {
                let given = (!initial.is_empty()).then(|| initial.to_owned());
                let Some(name) = self.response("VXNlcm5hbWU6", given).await? else {
                    return Ok(BROKEN_OFF.into());
                };
                let Some(password) = self.response("UGFzc3dvcmQ6", None).await? else {
                    return Ok(BROKEN_OFF.into());
                };
                desk.login(&String::from_utf8_lossy(&name), &String::from_utf8_lossy(&password))
            }
            _ => return Ok("504 5.5.4 PLAIN and LOGIN are served".into()),
        };
        self.who = who;
        Ok(match self.who {
            Some(_) => "235 2.7.0 Authentication successful".into(),
            None => "535 5.7.8 Username and password not accepted".into(),
        })
    }

    /// The client's answer to a challenge, decoded; `None` when it gave up or made no sense.
    async fn response(
        &mut self,
        challenge: &str,
        given: Option<String>,
    ) -> io::Result<Option<Vec<u8>>> {
        let text = match given {
            Some(text) => text.into_bytes(),
            None => {
                self.say(&format!("334 {challenge}")).await?;
                match self.lines.next(LINE_LIMIT).await? {
                    Line::Whole(line) => line,
                    Line::TooLong | Line::End => return Ok(None),
                }
            }
        };
        let text = text.trim_ascii();
        if text == b"=" {
            return Ok(Some(Vec::new()));
        }
        Ok(STANDARD.decode(text).ok())
    }

    /// Reads the letter, keeps it and says so; true when the dialogue is over.
    async fn letter(&mut self) -> io::Result<bool> {
        let Some(read) = self.read_letter().await? else { return Ok(true) };
        let (from, to) = self.mail.take().unwrap_or_default();
        let deed = self.session.desk.strike(Protocol::Smtp, END_OF_DATA);
        let answer = match deed {
            Some(Deed::Hang) => return self.lines.wire.hang().await.map(|()| true),
            Some(Deed::Drop) => return self.lines.wire.abandon().await.map(|()| true),
            Some(Deed::Say(ref text)) => scripted(text),
            Some(Deed::Cut(_)) | None => match read {
                None => TOO_LARGE.into(),
                Some(bytes) => {
                    let hello = self.hello.as_deref().unwrap_or("unknown");
                    self.session.desk.accept(Accepted { from, to, bytes }, hello);
                    "250 2.0.0 Ok: queued".into()
                }
            },
        };
        if let Some(Deed::Cut(bytes)) = deed {
            return self.cut(&answer, bytes).await.map(|()| true);
        }
        self.say(&answer.text).await?;
        match answer.then {
            Then::End => self.lines.wire.close().await.map(|()| true),
            _ => Ok(false),
        }
    }

    /// Everything up to the dot, unstuffed (RFC 5321 §4.5.2). The outer `None` is the client's
    /// end, the inner one a letter above the limit, read to its end and thrown away.
    async fn read_letter(&mut self) -> io::Result<Option<Option<Vec<u8>>>> {
        let limit = self.session.desk.size_limit();
        let mut letter = Vec::new();
        let mut receiver = DataReceiver::new();
        // The receiver knows a dot only after an end of line: an empty letter begins with one.
        receiver.ingest(&mut b"\r\n".iter(), &mut letter);
        letter.clear();
        let mut thrown: Option<DummyDataReceiver> = None;
        loop {
            let mut bytes = self.lines.ahead.iter();
            let ended = match &mut thrown {
                Some(thrown) => thrown.ingest(&mut bytes),
                None => receiver.ingest(&mut bytes, &mut letter),
            };
            let used = self.lines.ahead.len().saturating_sub(bytes.len());
            self.lines.ahead.drain(..used);
            if ended {
                let whole = thrown.is_none() && letter.len() <= limit;
                return Ok(Some(whole.then_some(letter)));
            }
            if thrown.is_none() && letter.len() > limit {
                thrown = Some(DummyDataReceiver::new_data(&receiver));
                letter = Vec::new();
            }
            if self.lines.wire.read(&mut self.lines.ahead).await? == 0 {
                return Ok(None);
            }
        }
    }
}

const TOO_LARGE: &str = "552 5.3.4 The letter is too large";
const BROKEN_OFF: &str = "501 5.5.2 The authentication was broken off or is not base64";

/// A fault's own words; 421 ends the connection (RFC 5321 §3.8).
fn scripted(text: &str) -> Answer {
    let end = text.starts_with("421");
    Answer { text: text.to_owned().into(), then: if end { Then::End } else { Then::GoOn } }
}

fn complaint(error: &Error) -> String {
    match error {
        Error::InvalidSenderAddress => "501 5.1.7 The sender's address is not valid".into(),
        Error::InvalidRecipientAddress => "501 5.1.3 The recipient's address is not valid".into(),
        Error::SyntaxError { syntax } => format!("501 5.5.2 Syntax: {syntax}"),
        Error::InvalidParameter { param } => format!("501 5.5.4 Parameter not valid: {param}"),
        Error::UnsupportedParameter { .. } => "555 5.5.4 Parameter not supported".into(),
        _ => "500 5.5.1 Command not recognised".into(),
    }
}
