//! What all connections share: the postboxes, the log of what was accepted, the faults, and the
//! rules by which an accepted letter finds its way.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;
use tokio::sync::watch;

use super::faults::{Deed, Fate, Protocol, Rules, What};
use super::postbox::{Postboxes, known_as};
use super::{Accepted, NAME, OfficeError};
use crate::time::Timestamp;

pub(super) struct State {
    pub postboxes: Postboxes,
    pub rules: Rules,
    sent: Vec<Accepted>,
    /// Recipient and letter, in the order of coming.
    held: Vec<(String, Vec<u8>)>,
    /// Numbers deliveries, for Received lines and Message-IDs.
    serial: u64,
}

pub(super) struct Desk {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    size_limit: AtomicUsize,
}

impl Desk {
    pub fn new(postboxes: Postboxes, clock: Box<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        let (sent, held, rules) = (Vec::new(), Vec::new(), Rules::default());
        Self {
            state: Mutex::new(State { postboxes, rules, sent, held, serial: 0 }),
            changed: watch::Sender::new(0),
            clock,
            size_limit: AtomicUsize::new(super::SIZE_LIMIT),
        }
    }

    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub fn size_limit(&self) -> usize {
        self.size_limit.load(Ordering::Relaxed)
    }

    pub fn set_size_limit(&self, bytes: usize) {
        self.size_limit.store(bytes.min(super::SIZE_LIMIT), Ordering::Relaxed);
    }

    pub fn look<R>(&self, read: impl FnOnce(&State) -> R) -> R {
        read(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state and wakes everybody who idles.
    pub fn change<R>(&self, write: impl FnOnce(&mut State) -> R) -> R {
        let result = self.quietly(write);
        self.changed.send_modify(|version| *version = version.wrapping_add(1));
        result
    }

    /// Changes the state where nobody who idles can care.
    pub fn quietly<R>(&self, write: impl FnOnce(&mut State) -> R) -> R {
        write(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// What a fault makes of `command`. A rule for `FETCH` means `UID FETCH` as well.
    pub fn strike(&self, protocol: Protocol, command: &str) -> Option<Deed> {
        let bare = command.strip_prefix("UID ").unwrap_or(command);
        self.quietly(|state| {
            state.rules.take(|what| match what {
                What::At { protocol: at, command: named, deed }
                    if *at == protocol && (named == command || named == bare) =>
                {
                    Some(deed.clone())
                }
                _ => None,
            })
        })
    }

    /// The postbox's name when address and password are right and no fault says otherwise.
    pub fn login(&self, address: &str, password: &str) -> Option<String> {
        self.quietly(|state| {
            let name = state.postboxes.login(address, password)?;
            let refused = state.rules.take(|what| matches!(what, What::RefuseLogin).then_some(()));
            refused.is_none().then_some(name)
        })
    }

    /// RFC 4616: authorisation identity, NUL, name, NUL, password.
    pub fn login_plain(&self, response: &[u8]) -> Option<String> {
        let mut parts = response.split(|byte| *byte == 0).skip(1);
        let name = std::str::from_utf8(parts.next()?).ok()?;
        let password = std::str::from_utf8(parts.next()?).ok()?;
        if parts.next().is_some() { None } else { self.login(name, password) }
    }

    /// Takes a letter from SMTP and sends it on its way at once. `hello` is the name that the
    /// client gave; it goes into the Received line.
    pub fn accept(&self, accepted: Accepted, hello: &str) {
        let now = self.now();
        self.change(|state| {
            for to in &accepted.to {
                let serial = state.next_serial();
                let trace = trace(&accepted.from, to, hello, serial, now);
                state.forward(&accepted, to, &trace, now);
            }
            state.sent.push(accepted);
        });
    }

    pub fn sent(&self) -> Vec<Accepted> {
        self.look(|state| state.sent.clone())
    }

    /// Delivers what was held and stops holding; how many letters it was.
    pub fn release(&self) -> usize {
        let now = self.now();
        self.change(|state| {
            state.rules.stop_holding();
            let held = std::mem::take(&mut state.held);
            for (to, letter) in &held {
                state.put(to, letter.clone(), now);
            }
            held.len()
        })
    }
}

impl State {
    fn next_serial(&mut self) -> u64 {
        self.serial = self.serial.saturating_add(1);
        self.serial
    }

    fn forward(&mut self, accepted: &Accepted, to: &str, trace: &str, now: Timestamp) {
        let name = known_as(to);
        let fate = self.rules.take(|what| match what {
            What::Fate { fate, to: only } if only.as_ref().is_none_or(|only| *only == name) => {
                Some(*fate)
            }
            _ => None,
        });
        let letter = [trace.as_bytes(), &accepted.bytes].concat();
        match fate {
            None => self.put(to, letter, now),
            Some(Fate::Lost) => {}
            Some(Fate::Held) => self.held.push((name, letter)),
            Some(Fate::Twice) => {
                self.put(to, letter.clone(), now);
                self.put(to, letter, now);
            }
            Some(Fate::TwiceRenamed) => {
                let serial = self.next_serial();
                self.put(to, letter.clone(), now);
                self.put(to, renamed(&letter, serial), now);
            }
            Some(Fate::Bounced) => {
                let serial = self.next_serial();
                let report = report(accepted, to, serial, now);
                self.put(&accepted.from, report, now);
            }
        }
    }

    /// Into the INBOX. Who is unknown was refused at RCPT. A report finds nobody when the sender
    /// lives elsewhere or is nobody: no reports about reports (RFC 5321 §6.1).
    fn put(&mut self, to: &str, letter: Vec<u8>, now: Timestamp) {
        let _: Result<u32, OfficeError> = self
            .postboxes
            .folder_mut(to, "INBOX")
            .map(|inbox| inbox.put(Arc::from(letter), BTreeSet::new(), now));
    }
}

/// RFC 5322 §3.3, in UTC.
fn date(now: Timestamp) -> String {
    now.civil(&TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

fn trace(from: &str, to: &str, hello: &str, serial: u64, now: Timestamp) -> String {
    format!(
        "Return-Path: <{from}>\r\nReceived: from {hello} (localhost [127.0.0.1])\r\n\
         \tby {NAME} with ESMTPSA id {serial:08}\r\n\tfor <{to}>; {}\r\n",
        date(now)
    )
}

/// The letter with another Message-ID, as a mailing list or a careless gateway gives it.
fn renamed(letter: &[u8], serial: u64) -> Vec<u8> {
    let mut result = Vec::with_capacity(letter.len());
    let (mut in_header, mut in_id) = (true, false);
    for line in letter.split_inclusive(|byte| *byte == b'\n') {
        in_header &= !matches!(line, b"\r\n" | b"\n");
        let folded = line.starts_with(b" ") || line.starts_with(b"\t");
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        in_id = in_header && (name.eq_ignore_ascii_case(b"Message-ID") || (in_id && folded));
        if !in_id {
            result.extend_from_slice(line);
        } else if !folded {
            result.extend_from_slice(format!("Message-ID: <again-{serial}@{NAME}>\r\n").as_bytes());
        }
    }
    result
}

/// A delivery report with its three parts (RFC 3464 §2, RFC 6522 §3).
fn report(accepted: &Accepted, to: &str, serial: u64, now: Timestamp) -> Vec<u8> {
    let (from, when, edge) = (&accepted.from, date(now), format!("report-{serial}"));
    let head = format!(
        "Return-Path: <>\r\nFrom: Mail Delivery Subsystem <MAILER-DAEMON@{NAME}>\r\n\
         To: <{from}>\r\nSubject: Undelivered Mail Returned to Sender\r\nDate: {when}\r\n\
         Message-ID: <report-{serial}@{NAME}>\r\nAuto-Submitted: auto-replied\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n\
         \tboundary=\"{edge}\"\r\n\r\n\
         --{edge}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\
         Your letter could not be delivered to <{to}>: the mailbox is full.\r\n\r\n\
         --{edge}\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; {NAME}\r\nArrival-Date: {when}\r\n\r\n\
         Final-Recipient: rfc822; {to}\r\nAction: failed\r\nStatus: 5.2.2\r\n\
         Diagnostic-Code: smtp; 552 5.2.2 Mailbox full\r\n\r\n\
         --{edge}\r\nContent-Type: message/rfc822\r\n\r\n"
    );
    let tail = format!("\r\n--{edge}--\r\n");
    [head.as_bytes(), &accepted.bytes, tail.as_bytes()].concat()
}
