//! The IMAP4rev1 server (RFC 3501 with IDLE, UIDPLUS, MOVE, ID, SASL-IR, LITERAL+): reading
//! commands off the wire and saying answers. What commands do stands in `room.rs` and beyond.

mod fetch;
mod letters;
mod room;
mod search;

use std::io;

use imap_codec::fragmentizer::{FragmentInfo, Fragmentizer, LiteralAnnouncement};
use imap_codec::{AuthenticateDataCodec, CommandCodec};
use imap_types::IntoStatic;
use imap_types::auth::AuthenticateData;
use imap_types::command::{Command, CommandBody};
use imap_types::core::LiteralMode;

use self::room::{Answer, Room, Then};
use super::faults::{Deed, Protocol, What};
use super::wire::Wire;
use super::{NAME, SIZE_LIMIT, Session};

/// The longest line in bytes, without its literals.
const LINE_LIMIT: usize = 64 * 1024;
/// The longest command with its literals: the largest letter and the words around it.
const COMMAND_LIMIT: u32 = 33 * 1024 * 1024;
const _: () = assert!(COMMAND_LIMIT as usize > SIZE_LIMIT + LINE_LIMIT);

pub(super) async fn serve(wire: Wire, session: Session) -> io::Result<()> {
    let secure = session.implicit_tls;
    let room = Room::new(session.desk.clone(), secure);
    let fragments = Fragmentizer::new(COMMAND_LIMIT);
    let mut dialogue = Dialogue { wire, session, fragments, room };
    dialogue.say(&format!("* OK [CAPABILITY {}] {NAME} ready", dialogue.room.abilities())).await?;
    dialogue.run().await
}

struct Dialogue {
    wire: Wire,
    session: Session,
    fragments: Fragmentizer,
    room: Room,
}

/// How reading a message ended.
enum Read {
    /// A whole message lies in the fragmentizer.
    Message,
    /// Something was wrong with it; it was answered and thrown away.
    Refused,
    End,
}

impl Dialogue {
    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.wire.send(format!("{text}\r\n").as_bytes()).await
    }

    async fn run(&mut self) -> io::Result<()> {
        loop {
            match self.read().await? {
                Read::Message => {}
                Read::Refused => continue,
                Read::End => return Ok(()),
            }
            let decoded = self.fragments.decode_message(&CommandCodec::default());
            let Command { tag, body } = match decoded {
                Ok(command) => command.into_static(),
                Err(_) => {
                    let tag = self.fragments.decode_tag();
                    let tag = tag.map_or_else(|| "*".to_owned(), |tag| tag.as_ref().to_owned());
                    self.say(&format!("{tag} BAD the command can't be read")).await?;
                    continue;
                }
            };
            if self.obey(tag.as_ref(), body).await? {
                return Ok(());
            }
        }
    }

    /// Collects one message with its literals. A future that is dropped loses nothing, unless it
    /// was about to invite a literal.
    async fn read(&mut self) -> io::Result<Read> {
        let mut bytes = Vec::new();
        loop {
            match self.fragments.progress() {
                None => {
                    bytes.clear();
                    if self.wire.read(&mut bytes).await? == 0 {
                        return Ok(Read::End);
                    }
                    self.fragments.enqueue_bytes(&bytes);
                }
                Some(FragmentInfo::Line { start, end, announcement, .. }) => {
                    if end.saturating_sub(start) > LINE_LIMIT {
                        self.fragments.poison_message();
                    }
                    if let Some(LiteralAnnouncement { mode: LiteralMode::Sync, length }) =
                        announcement
                    {
                        if length as usize > self.session.desk.size_limit() {
                            let tag = self.fragments.decode_tag();
                            let tag = tag.map_or("*".to_owned(), |tag| tag.as_ref().to_owned());
                            self.fragments.skip_message();
                            self.say(&format!("{tag} NO [TOOBIG] the literal is too large"))
                                .await?;
                            return Ok(Read::Refused);
                        }
                        self.say("+ go on").await?;
                    }
                }
                Some(FragmentInfo::Literal { .. }) => {}
            }
            if self.fragments.is_message_complete() {
                return Ok(Read::Message);
            }
        }
    }

    /// Does one command, or what a fault makes of it; true when the dialogue is over.
    async fn obey(&mut self, tag: &str, body: CommandBody<'static>) -> io::Result<bool> {
        let deed = self.session.desk.strike(Protocol::Imap, &room::name(&body));
        let cut = match deed {
            Some(Deed::Hang) => return self.wire.hang().await.map(|()| true),
            Some(Deed::Drop) => return self.wire.abandon().await.map(|()| true),
            Some(Deed::Say(text)) if text.starts_with('*') => {
                self.say(&text).await?;
                return self.wire.close().await.map(|()| true);
            }
            Some(Deed::Say(text)) => {
                self.say(&format!("{tag} {text}")).await?;
                return Ok(false);
            }
            Some(Deed::Cut(bytes)) => Some(bytes),
            None => None,
        };
        let answer = match body {
            CommandBody::Authenticate { mechanism, initial_response } => {
                let initial = initial_response.map(|given| given.declassify().to_vec());
                self.authenticate(mechanism.as_ref(), initial).await?
            }
            body => self.room.perform(body),
        };
        self.answered(tag, answer, cut).await
    }

    async fn answered(
        &mut self,
        tag: &str,
        answer: Answer,
        cut: Option<usize>,
    ) -> io::Result<bool> {
        let mut bytes = answer.untagged;
        if !matches!(answer.then, Then::Idle | Then::Bye) {
            bytes.extend_from_slice(format!("{tag} {}\r\n", answer.status).as_bytes());
        }
        if let Some(cut) = cut {
            self.wire.send(bytes.get(..cut).unwrap_or(&bytes)).await?;
            return self.wire.abandon().await.map(|()| true);
        }
        self.wire.send(&bytes).await?;
        match answer.then {
            Then::GoOn => Ok(false),
            Then::Idle => self.idle(tag).await,
            Then::End | Then::Bye => self.wire.close().await.map(|()| true),
            Then::Secure => {
                // Whatever was sent after STARTTLS in the clear is not from our client.
                self.fragments = Fragmentizer::new(COMMAND_LIMIT);
                self.wire.secure(&self.session.acceptor).await?;
                self.room.secured();
                Ok(false)
            }
        }
    }

    async fn authenticate(
        &mut self,
        mechanism: &str,
        initial: Option<Vec<u8>>,
    ) -> io::Result<Answer> {
        if let Some(refusal) = self.room.no_login_now() {
            return Ok(refusal);
        }
        if !mechanism.eq_ignore_ascii_case("PLAIN") {
            return Ok(Answer::no("NO [CANNOT] only PLAIN is served"));
        }
        if let Some(response) = initial {
            return Ok(self.room.login_plain(&response));
        }
        self.say("+ ").await?;
        if !matches!(self.read().await?, Read::Message) {
            return Ok(Answer::no("BAD the authentication was broken off"));
        }
        match self.fragments.decode_message(&AuthenticateDataCodec::default()) {
            Ok(AuthenticateData::Continue(response)) => {
                let response = response.declassify().to_vec();
                Ok(self.room.login_plain(&response))
            }
            Ok(AuthenticateData::Cancel) | Err(_) => {
                Ok(Answer::no("BAD the authentication was broken off"))
            }
        }
    }

    /// RFC 2177: tells what changes until DONE; true when the dialogue is over.
    async fn idle(&mut self, tag: &str) -> io::Result<bool> {
        let desk = self.session.desk.clone();
        let mut changed = desk.watch();
        let deaf = desk.quietly(|state| {
            state.rules.take(|what| matches!(what, What::DeafIdle).then_some(())).is_some()
        });
        self.say("+ idling").await?;
        loop {
            changed.mark_unchanged();
            if !deaf {
                let bye = desk.quietly(|state| {
                    state.rules.take(|what| match what {
                        What::ByeInIdle(text) => Some(text.clone()),
                        _ => None,
                    })
                });
                if let Some(text) = bye {
                    self.say(&format!("* BYE {text}")).await?;
                    return self.wire.close().await.map(|()| true);
                }
                let news = self.room.rumours();
                self.wire.send(&news.untagged).await?;
                if matches!(news.then, Then::Bye) {
                    return self.wire.close().await.map(|()| true);
                }
            }
            tokio::select! {
                read = self.read() => return match read? {
                    Read::Message if is_done(self.fragments.message_bytes()) => {
                        self.say(&format!("{tag} OK idled")).await?;
                        Ok(false)
                    }
                    Read::Message | Read::Refused => {
                        self.say(&format!("{tag} BAD expected DONE")).await?;
                        Ok(false)
                    }
                    Read::End => Ok(true),
                },
                _ = changed.changed() => {}
            }
        }
    }
}

fn is_done(line: &[u8]) -> bool {
    line.trim_ascii().eq_ignore_ascii_case(b"DONE")
}
