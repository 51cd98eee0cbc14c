//! What one IMAP session is allowed and has open, and the commands that are about folders.

use std::collections::BTreeSet;
use std::sync::Arc;

use imap_types::command::CommandBody;
use imap_types::datetime::DateTime;
use imap_types::extensions::binary::LiteralOrLiteral8;
use imap_types::flag::Flag;
use imap_types::mailbox::{ListMailbox, Mailbox};
use imap_types::status::StatusDataItemName;

use super::super::desk::Desk;
use super::super::faults::What;
use super::super::postbox::{Folder, canonical};
use crate::time::Timestamp;

/// The flags that every folder keeps for ever; keywords come beside them.
const FLAGS: &str = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";

/// The answer to a command: untagged lines, the words after the tag, and what follows.
pub(super) struct Answer {
    pub untagged: Vec<u8>,
    pub status: String,
    pub then: Then,
}

pub(super) enum Then {
    GoOn,
    Idle,
    Secure,
    /// The status is said, and the connection ends.
    End,
    /// The untagged lines hold a BYE; no status follows.
    Bye,
}

impl Answer {
    pub fn ok(untagged: impl Into<Vec<u8>>, status: &str) -> Self {
        let status = format!("OK {status}");
        Self { untagged: untagged.into(), status, then: Then::GoOn }
    }

    /// `status` with its NO or BAD.
    pub fn no(status: &str) -> Self {
        Self { untagged: Vec::new(), status: status.into(), then: Then::GoOn }
    }

    fn then(self, then: Then) -> Self {
        Self { then, ..self }
    }
}

pub(super) const NO_FOLDER: &str = "NO [NONEXISTENT] there is no such folder";
pub(super) const TRY_CREATE: &str = "NO [TRYCREATE] there is no such folder";
const TOO_BIG: &str = "NO [TOOBIG] the letter is too large";

/// A folder that is open. The view is what the client knows: UIDs in the order of its sequence
/// numbers, also of letters that went away and were not told of yet.
pub(super) struct Opened {
    pub folder: String,
    pub validity: u32,
    pub view: Vec<u32>,
    pub read_only: bool,
}

pub(super) struct Room {
    pub desk: Arc<Desk>,
    secure: bool,
    pub who: Option<String>,
    pub opened: Option<Opened>,
}

/// As faults name it.
pub(super) fn name(body: &CommandBody<'_>) -> String {
    let by_uid = match body {
        CommandBody::ExpungeUid { .. } => true,
        CommandBody::Search { uid, .. }
        | CommandBody::Fetch { uid, .. }
        | CommandBody::Store { uid, .. }
        | CommandBody::Copy { uid, .. }
        | CommandBody::Move { uid, .. } => *uid,
        _ => false,
    };
    if by_uid { format!("UID {}", body.name()) } else { body.name().to_owned() }
}

impl Room {
    pub fn new(desk: Arc<Desk>, secure: bool) -> Self {
        Self { desk, secure, who: None, opened: None }
    }

    pub fn secured(&mut self) {
        self.secure = true;
    }

    pub fn abilities(&self) -> &'static str {
        if self.secure {
            "IMAP4rev1 SASL-IR AUTH=PLAIN LITERAL+ ID IDLE UIDPLUS MOVE UNSELECT SPECIAL-USE"
        } else {
            "IMAP4rev1 STARTTLS LOGINDISABLED LITERAL+ ID IDLE UIDPLUS MOVE UNSELECT"
        }
    }

    /// Does a command. AUTHENTICATE has a dialogue of its own and does not come here.
    pub fn perform(&mut self, body: CommandBody<'static>) -> Answer {
        match body {
            CommandBody::Capability => {
                Answer::ok(format!("* CAPABILITY {}\r\n", self.abilities()), "as listed")
            }
            CommandBody::Noop => self.rumours(),
            CommandBody::Logout => Answer::ok("* BYE until later\r\n", "bye").then(Then::End),
            CommandBody::Id { .. } => {
                Answer::ok("* ID (\"name\" \"certpost simulator\")\r\n", "nice to meet you")
            }
            CommandBody::StartTLS if self.secure => Answer::no("BAD TLS is on already"),
            CommandBody::StartTLS => Answer::ok("", "go ahead").then(Then::Secure),
            CommandBody::Login { username, password } => {
                if let Some(refusal) = self.no_login_now() {
                    return refusal;
                }
                let name = String::from_utf8_lossy(username.as_ref());
                let password = String::from_utf8_lossy(password.declassify().as_ref());
                let who = self.desk.login(&name, &password);
                self.logged_in(who)
            }
            body => match self.who.clone() {
                Some(who) => self.perform_known(&who, body),
                None => Answer::no("BAD log in first"),
            },
        }
    }

    pub fn no_login_now(&self) -> Option<Answer> {
        if self.who.is_some() {
            Some(Answer::no("BAD already logged in"))
        } else if self.secure {
            None
        } else {
            Some(Answer::no("NO [PRIVACYREQUIRED] STARTTLS first"))
        }
    }

    pub fn login_plain(&mut self, response: &[u8]) -> Answer {
        let who = self.desk.login_plain(response);
        self.logged_in(who)
    }

    fn logged_in(&mut self, who: Option<String>) -> Answer {
        self.who = who;
        match self.who {
            Some(_) => Answer::ok("", &format!("[CAPABILITY {}] welcome", self.abilities())),
            None => Answer::no("NO [AUTHENTICATIONFAILED] name or password is wrong"),
        }
    }

    fn perform_known(&mut self, who: &str, body: CommandBody<'static>) -> Answer {
        match body {
            CommandBody::Select { mailbox } => self.open(who, &folder_name(&mailbox), false),
            CommandBody::Examine { mailbox } => self.open(who, &folder_name(&mailbox), true),
            CommandBody::Create { mailbox } => {
                let name = folder_name(&mailbox);
                if self.desk.change(|state| state.postboxes.create(who, &name)) {
                    Answer::ok("", "created")
                } else {
                    Answer::no("NO [ALREADYEXISTS] it exists, or there are too many")
                }
            }
            CommandBody::Subscribe { .. } | CommandBody::Unsubscribe { .. } => {
                Answer::ok("", "noted")
            }
            CommandBody::List { reference, mailbox_wildcard } => {
                self.list(who, "LIST", &reference, &mailbox_wildcard)
            }
            CommandBody::Lsub { reference, mailbox_wildcard } => {
                self.list(who, "LSUB", &reference, &mailbox_wildcard)
            }
            CommandBody::Status { mailbox, item_names } => {
                self.status(who, &folder_name(&mailbox), &item_names)
            }
            CommandBody::Append { mailbox, flags, date, message } => {
                self.append(who, &folder_name(&mailbox), &flags, date, &message)
            }
            CommandBody::Enable { .. } => Answer::ok("* ENABLED\r\n", "nothing to enable"),
            CommandBody::Idle => Answer::ok("", "").then(Then::Idle),
            CommandBody::Delete { .. } | CommandBody::Rename { .. } => {
                Answer::no("NO [CANNOT] folders stay as they are here")
            }
            body => self.perform_opened(who, body),
        }
    }

    fn open(&mut self, who: &str, name: &str, read_only: bool) -> Answer {
        self.opened = None;
        let phantoms = self.phantoms();
        let opened = self.desk.look(|state| {
            let folder = state.postboxes.folder(who, name).ok()?;
            let view: Vec<u32> = folder.letters.iter().map(|letter| letter.uid).collect();
            let exists = view.len().saturating_add(phantoms as usize);
            let (validity, next) = (folder.uid_validity, folder.uid_next);
            let lines = format!(
                "* FLAGS ({FLAGS})\r\n* {exists} EXISTS\r\n* 0 RECENT\r\n\
                 * OK [PERMANENTFLAGS ({FLAGS} \\*)] kept\r\n\
                 * OK [UIDVALIDITY {validity}] valid\r\n* OK [UIDNEXT {next}] next\r\n"
            );
            Some((lines, Opened { folder: canonical(name), validity, view, read_only }))
        });
        let Some((lines, opened)) = opened else { return Answer::no(NO_FOLDER) };
        self.opened = Some(opened);
        Answer::ok(lines, if read_only { "[READ-ONLY] opened" } else { "[READ-WRITE] opened" })
    }

    fn phantoms(&self) -> u32 {
        let told = self.desk.quietly(|state| {
            state.rules.take(|what| match what {
                What::Phantoms(more) => Some(*more),
                _ => None,
            })
        });
        told.unwrap_or(0)
    }

    /// The news as NOOP, CHECK and IDLE tell them: true, unless a fault makes letters up.
    pub fn rumours(&mut self) -> Answer {
        let mut answer = self.news(true);
        let Some(opened) = &self.opened else { return answer };
        let phantoms = self.phantoms() as usize;
        if phantoms > 0 {
            let exists = opened.view.len().saturating_add(phantoms);
            answer.untagged.extend_from_slice(format!("* {exists} EXISTS\r\n").as_bytes());
        }
        answer
    }

    /// What changed in the open folder since the client was told: letters that went (only when
    /// `expunged` allows it, RFC 3501 §7.4.1) and letters that came. Flags are not told.
    pub fn news(&mut self, expunged: bool) -> Answer {
        let (Some(who), Some(opened)) = (&self.who, &mut self.opened) else {
            return Answer::ok("", "nothing is open");
        };
        let present = self.desk.look(|state| {
            let folder = state.postboxes.folder(who, &opened.folder).ok()?;
            let uids: Vec<u32> = folder.letters.iter().map(|letter| letter.uid).collect();
            (folder.uid_validity == opened.validity).then_some(uids)
        });
        let Some(present) = present else {
            let bye = "* BYE the folder was renumbered, log in again\r\n";
            return Answer::ok(bye, "").then(Then::Bye);
        };
        let mut lines = String::new();
        if expunged {
            let gone = |uid: &u32| present.binary_search(uid).is_err();
            // From the last to the first, so that earlier numbers stay true.
            for (at, _) in opened.view.iter().enumerate().rev().filter(|(_, uid)| gone(uid)) {
                lines.push_str(&format!("* {} EXPUNGE\r\n", at.saturating_add(1)));
            }
            opened.view.retain(|uid| !gone(uid));
        }
        let last = opened.view.last().copied().unwrap_or(0);
        let known = opened.view.len();
        opened.view.extend(present.into_iter().filter(|uid| *uid > last));
        let exists = opened.view.len();
        if exists > known {
            lines.push_str(&format!("* {exists} EXISTS\r\n"));
        }
        Answer::ok(lines, "done")
    }

    fn list(&self, who: &str, word: &str, from: &Mailbox<'_>, asked: &ListMailbox<'_>) -> Answer {
        let asked = match asked {
            ListMailbox::Token(token) => String::from_utf8_lossy(token.as_ref()).into_owned(),
            ListMailbox::String(text) => String::from_utf8_lossy(text.as_ref()).into_owned(),
        };
        if asked.is_empty() {
            return Answer::ok(format!("* {word} (\\Noselect) \"/\" \"\"\r\n"), "listed");
        }
        let pattern = format!("{}{asked}", folder_name(from));
        let names: Vec<String> = self.desk.look(|state| {
            let postbox = state.postboxes.postbox(who);
            postbox.map(|postbox| postbox.folders.keys().cloned().collect()).unwrap_or_default()
        });
        let mut lines = Vec::new();
        for name in names.iter().filter(|name| matches(pattern.as_bytes(), name.as_bytes())) {
            let attribute = match name.as_str() {
                "Junk" => "\\HasNoChildren \\Junk",
                "Sent" => "\\HasNoChildren \\Sent",
                _ => "\\HasNoChildren",
            };
            lines.extend_from_slice(format!("* {word} ({attribute}) \"/\" ").as_bytes());
            lines.extend_from_slice(&text(name.as_bytes()));
            lines.extend_from_slice(b"\r\n");
        }
        Answer::ok(lines, "listed")
    }

    fn status(&self, who: &str, name: &str, items: &[StatusDataItemName]) -> Answer {
        let values = self.desk.look(|state| {
            let folder = state.postboxes.folder(who, name).ok()?;
            Some(items.iter().map(|item| status_item(folder, item)).collect::<Vec<_>>())
        });
        let Some(values) = values else { return Answer::no(NO_FOLDER) };
        let mut line = b"* STATUS ".to_vec();
        line.extend_from_slice(&text(canonical(name).as_bytes()));
        line.extend_from_slice(format!(" ({})\r\n", values.join(" ")).as_bytes());
        Answer::ok(line, "counted")
    }

    fn append(
        &mut self,
        who: &str,
        name: &str,
        flags: &[Flag<'_>],
        date: Option<DateTime>,
        message: &LiteralOrLiteral8<'_>,
    ) -> Answer {
        let raw = match message {
            LiteralOrLiteral8::Literal(literal) => literal.as_ref(),
            LiteralOrLiteral8::Literal8(literal) => literal.data.as_ref(),
        };
        if raw.len() > self.desk.size_limit() {
            return Answer::no(TOO_BIG);
        }
        let now = self.desk.now();
        let arrived = date.map_or(now, |date| Timestamp(date.as_ref().timestamp()));
        let flags: BTreeSet<String> = flags.iter().map(Flag::to_string).collect();
        let put = self.desk.change(|state| {
            let folder = state.postboxes.folder_mut(who, name).ok()?;
            Some((folder.uid_validity, folder.put(Arc::from(raw), flags, arrived)))
        });
        match put {
            Some((validity, uid)) => {
                let news = self.news(false);
                Answer { status: format!("OK [APPENDUID {validity} {uid}] kept"), ..news }
            }
            None => Answer::no(TRY_CREATE),
        }
    }
}

fn status_item(folder: &Folder, item: &StatusDataItemName) -> String {
    let total = folder.letters.len();
    match item {
        StatusDataItemName::Messages => format!("MESSAGES {total}"),
        StatusDataItemName::Recent => "RECENT 0".into(),
        StatusDataItemName::UidNext => format!("UIDNEXT {}", folder.uid_next),
        StatusDataItemName::UidValidity => format!("UIDVALIDITY {}", folder.uid_validity),
        StatusDataItemName::Unseen => {
            format!("UNSEEN {}", total.saturating_sub(folder.count("\\Seen")))
        }
        StatusDataItemName::Deleted => format!("DELETED {}", folder.count("\\Deleted")),
        StatusDataItemName::DeletedStorage => "DELETED-STORAGE 0".into(),
    }
}

/// The name as the wire has it: modified UTF-7 stays as it is.
pub(super) fn folder_name(mailbox: &Mailbox<'_>) -> String {
    match mailbox {
        Mailbox::Inbox => "INBOX".into(),
        Mailbox::Other(other) => String::from_utf8_lossy(other.as_ref()).into_owned(),
    }
}

/// LIST's wildcards (RFC 3501 §6.3.8): `*` is anything, `%` anything but the delimiter.
/// Takes time in proportion to the product of both lengths.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    // Which beginnings of the name the pattern so far can stand for.
    let mut reach = vec![false; name.len().saturating_add(1)];
    if let Some(first) = reach.first_mut() {
        *first = true;
    }
    for wanted in pattern {
        let mut next = Vec::with_capacity(reach.len());
        let mut running = false;
        for (at, reached) in reach.iter().enumerate() {
            let previous = at.checked_sub(1).and_then(|at| name.get(at));
            next.push(match wanted {
                b'*' | b'%' => {
                    running &= *wanted == b'*' || previous != Some(&b'/');
                    running |= *reached;
                    running
                }
                byte => {
                    let before = at.checked_sub(1).and_then(|at| reach.get(at));
                    before == Some(&true) && previous == Some(byte)
                }
            });
        }
        reach = next;
    }
    reach.last() == Some(&true)
}

/// A string as IMAP writes it: quoted where that is possible, else a literal.
pub(super) fn text(bytes: &[u8]) -> Vec<u8> {
    let plain = |byte: &u8| matches!(byte, 0x20..=0x7e) && !matches!(byte, b'"' | b'\\');
    if bytes.len() < 1000 && bytes.iter().all(plain) {
        [b"\"", bytes, b"\""].concat()
    } else {
        literal(bytes)
    }
}

pub(super) fn literal(bytes: &[u8]) -> Vec<u8> {
    [format!("{{{}}}\r\n", bytes.len()).as_bytes(), bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stop_where_they_must() {
        assert!(matches(b"*", b"Archive/2026"));
        assert!(!matches(b"%", b"Archive/2026"));
        assert!(matches(b"%/2*6", b"Archive/2026"));
        assert!(matches(b"INBOX", b"INBOX"));
        assert!(!matches(b"INBO", b"INBOX"));
        assert!(!matches(b"INBOX*x", b"INBOX"));
        assert!(matches(b"", b""));
    }
}
