//! A mailbox and a pocket with passwords, in memory, for the stage.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use certpost::engine::ports::{Carrier, CarrierError, Collected, Delivery, Form, Secrets};
use certpost::exchange::{Problem, SendFailure};
use zeroize::Zeroizing;

pub const PASSWORD: &str = "калина-8";

/// A mailbox in memory, shared between the engine's carrier and the test.
#[derive(Default)]
pub struct Desk {
    waiting: Vec<Delivery>,
    count: usize,
    pub settled: Vec<String>,
    /// Every letter that was handed over, with its recipient, also those that failed.
    pub sent: Vec<(Vec<u8>, String)>,
    /// What becomes of the next letters; afterwards all are taken.
    pub fates: Vec<SendFailure>,
    /// Why the mailbox can't be read, while it can't.
    pub closed: Option<Problem>,
    pub settling_fails: bool,
}

impl Desk {
    pub fn put(&mut self, form: Form) {
        self.count += 1;
        let locator = format!("INBOX;1;{}", self.count);
        self.waiting.push(Delivery { form, locator });
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

pub struct InMemory(pub Arc<Mutex<Desk>>);

impl Carrier for InMemory {
    fn send(&mut self, letter: &[u8], to: &str) -> Result<(), SendFailure> {
        let mut desk = self.0.lock().unwrap();
        desk.sent.push((letter.to_vec(), to.to_owned()));
        if desk.fates.is_empty() { Ok(()) } else { Err(desk.fates.remove(0)) }
    }

    fn collect(&mut self, _: Option<&str>, limit: usize) -> Result<Collected, CarrierError> {
        let desk = self.0.lock().unwrap();
        if let Some(problem) = &desk.closed {
            return Err(CarrierError(problem.clone()));
        }
        let deliveries: Vec<_> = desk.waiting.iter().take(limit).cloned().collect();
        Ok(Collected { more: desk.waiting.len() > deliveries.len(), deliveries })
    }

    fn settle(&mut self, locator: &str) -> Result<(), CarrierError> {
        let mut desk = self.0.lock().unwrap();
        if desk.settling_fails {
            return Err(CarrierError(problem("imap-unreachable", "it broke off")));
        }
        desk.waiting.retain(|one| one.locator != locator);
        desk.settled.push(locator.to_owned());
        Ok(())
    }

    fn bookmark(&self) -> Option<String> {
        None
    }

    fn wait(&mut self, _: std::time::Duration, _: &dyn Fn() -> bool) {}
}

/// Passwords that can go missing.
#[derive(Clone, Default)]
pub struct Pocket {
    missing: Arc<AtomicBool>,
    /// By reference; what is not here is [`PASSWORD`].
    own: Arc<Mutex<BTreeMap<String, String>>>,
    /// How often somebody looked.
    looked: Arc<AtomicUsize>,
}

impl Pocket {
    pub fn lose(&self, lost: bool) {
        self.missing.store(lost, Ordering::SeqCst);
    }

    pub fn put(&self, reference: &str, secret: &str) {
        self.own.lock().unwrap().insert(reference.into(), secret.into());
    }

    pub fn looked(&self) -> usize {
        self.looked.load(Ordering::SeqCst)
    }
}

impl Secrets for Pocket {
    fn read(&self, reference: &str) -> Result<Zeroizing<String>, Problem> {
        self.looked.fetch_add(1, Ordering::SeqCst);
        if self.missing.load(Ordering::SeqCst) {
            return Err(problem("secret-missing", reference));
        }
        // As the configuration means it: a repetition that is not written is the new password, and
        // that is the old one.
        let own = self.own.lock().unwrap();
        let new = reference.strip_suffix("-again").unwrap_or(reference);
        let secret = [reference, new, &new.replace("new-password", "password")]
            .iter()
            .find_map(|one| own.get(*one).cloned());
        Ok(Zeroizing::new(secret.unwrap_or_else(|| PASSWORD.into())))
    }
}

pub fn problem(label: &str, detail: &str) -> Problem {
    Problem { label: label.into(), detail: detail.into() }
}

/// A letter by a machine that has never heard of the standards: header lines, a body.
pub fn raw(header: &str, body: &str) -> Vec<u8> {
    format!("{header}\r\n\r\n{body}").into_bytes()
}

/// The letter with one header field put in front, replaced, or left out.
pub fn with_field(letter: &[u8], name: &str, value: Option<&[u8]>) -> Vec<u8> {
    let end = letter.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 2;
    let mut out = Vec::new();
    if let Some(value) = value {
        out.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    let mut skipping = false;
    for line in letter[..end].split_inclusive(|byte| *byte == b'\n') {
        if !line.starts_with(b" ") {
            let field = line.split(|byte| *byte == b':').next().unwrap();
            skipping = field.eq_ignore_ascii_case(name.as_bytes());
        }
        if !skipping {
            out.extend(line);
        }
    }
    out.extend(&letter[end..]);
    out
}
