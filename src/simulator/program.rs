//! The simulated authority as a program: a mailbox on one side, [`Authority`] on the other.

use std::path::PathBuf;
use std::time::Duration;

use crate::crypto::{Certificate, CryptoRng};
use crate::engine::ports::{Carrier, Form};
use crate::exchange::Digest;
use crate::mail::{self, Draft, LetterKind, Part};
use crate::simulator::authority::{Authority, Register, Timed};
use crate::time::Timestamp;

/// Letters read in one round.
const LETTERS: usize = 50;
/// File with the place in the mailbox up to which everything is answered.
const BOOKMARK: &str = "bookmark";

/// An authority at its mailbox.
pub struct Program {
    pub authority: Authority,
    pub carrier: Box<dyn Carrier>,
    pub address: String,
    pub chance: Box<dyn CryptoRng + Send>,
    /// Where the register and the place in the mailbox are kept; `None`: in memory only.
    pub folder: Option<PathBuf>,
    /// Answers that have not left yet.
    queue: Vec<Timed>,
    bookmark: Option<String>,
}

/// What one round did, for the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Served {
    pub heard: usize,
    pub answered: usize,
    /// What could not be read, sent or kept, in words.
    pub troubles: Vec<String>,
    /// When the next answer is due.
    pub next: Option<Timestamp>,
}

impl Program {
    pub fn new(
        authority: Authority,
        carrier: Box<dyn Carrier>,
        address: String,
        chance: Box<dyn CryptoRng + Send>,
        folder: Option<PathBuf>,
    ) -> Self {
        let kept = folder.as_deref().map(|folder| folder.join(BOOKMARK));
        let bookmark = kept.and_then(|path| std::fs::read_to_string(path).ok());
        Self { authority, carrier, address, chance, folder, queue: Vec::new(), bookmark }
    }

    /// Reads the mailbox, decides, sends what is due.
    pub fn round(&mut self, now: Timestamp) -> Served {
        let mut served = Served::default();
        match self.carrier.collect(self.bookmark.as_deref(), LETTERS) {
            Ok(collected) => {
                for delivery in collected.deliveries {
                    if let Form::Letter(raw) = &delivery.form {
                        self.read(raw, now, &mut served);
                    }
                    if let Err(error) = self.carrier.settle(&delivery.locator) {
                        served.troubles.push(error.to_string());
                    }
                }
                self.bookmark = self.carrier.bookmark();
            }
            Err(error) => served.troubles.push(error.to_string()),
        }
        self.send_due(now, &mut served);
        if let Err(error) = self.keep_bookmark() {
            served.troubles.push(format!("the place in the mailbox could not be kept: {error}"));
        }
        served.next = self.queue.iter().map(|one| one.at).min();
        served
    }

    /// Only when everything that was read is answered: a restart reads again what is not.
    fn keep_bookmark(&self) -> std::io::Result<()> {
        let (Some(folder), Some(bookmark)) = (&self.folder, &self.bookmark) else { return Ok(()) };
        if !self.queue.is_empty() {
            return Ok(());
        }
        let partial = folder.join(format!("{BOOKMARK}.partial"));
        std::fs::write(&partial, bookmark)?;
        std::fs::rename(partial, folder.join(BOOKMARK))
    }

    /// Waits for a letter, the next answer's moment, or `interrupt`.
    pub fn wait(&mut self, now: Timestamp, next: Option<Timestamp>, interrupt: &dyn Fn() -> bool) {
        let seconds = next.map_or(60, |next| (next - now).0.clamp(1, 60));
        self.carrier.wait(Duration::from_secs(u64::try_from(seconds).unwrap_or(1)), interrupt);
    }

    fn read(&mut self, raw: &[u8], now: Timestamp, served: &mut Served) {
        let letter = match mail::read(raw, &mail::Limits::default()) {
            Ok(letter) if letter.kind == LetterKind::Ordinary => letter,
            Ok(_) => return,
            Err(error) => return served.troubles.push(error.to_string()),
        };
        served.heard += 1;
        let parts: Vec<Part> = sealed(letter.parts);
        match self.authority.hear(&parts, now, self.chance.as_mut()) {
            Ok(answers) => self.queue.extend(answers),
            Err(silence) => served.troubles.push(format!("not answered: {silence}")),
        }
        if let Some(folder) = &self.folder
            && let Err(error) = save(&self.authority.register, folder)
        {
            served.troubles.push(format!("the register could not be kept: {error}"));
        }
    }

    fn send_due(&mut self, now: Timestamp, served: &mut Served) {
        let (due, later): (Vec<_>, Vec<_>) = self.queue.drain(..).partition(|one| one.at <= now);
        self.queue = later;
        for answer in due {
            let to = answer.to.clone();
            let sent = self.letter(&answer, now).and_then(|letter| {
                self.carrier.send(&letter, &to).map_err(|failure| failure.problem().detail.clone())
            });
            match sent {
                Ok(()) => served.answered += 1,
                Err(why) => {
                    served.troubles.push(format!("an answer to {to} could not be sent: {why}"));
                    let again = now + crate::time::Span::seconds(30);
                    self.queue.push(Timed { at: again, ..answer });
                }
            }
        }
    }

    fn letter(&self, answer: &Timed, now: Timestamp) -> Result<Vec<u8>, String> {
        let domain = self.address.split('@').next_back().unwrap_or("localhost");
        let draft = Draft {
            from: self.address.clone(),
            to: answer.to.clone(),
            message_id: format!("answer.{}@{domain}", answer.name),
            date: now,
            subject: answer.subject.clone(),
            text: answer.text.clone(),
            attachment: answer.part.clone(),
        };
        mail::compose(&draft).map_err(|error| error.to_string())
    }
}

/// The attachments; text for people is not the authority's matter.
fn sealed(parts: Vec<Part>) -> Vec<Part> {
    parts.into_iter().filter(|part| !part.content_type.starts_with("text/plain")).collect()
}

/// Keeps issued certificates and seen documents in `folder`.
pub fn save(register: &Register, folder: &std::path::Path) -> std::io::Result<()> {
    let issued = folder.join("issued");
    std::fs::create_dir_all(&issued)?;
    for certificate in register.certificates() {
        let path = issued.join(format!("{}.pem", certificate.serial()));
        if !path.exists() {
            std::fs::write(path, certificate.pem())?;
        }
    }
    let seen: Vec<(&String, Digest)> =
        register.documents().map(|(number, seen)| (number, seen.parcel)).collect();
    let partial = folder.join("documents.json.partial");
    std::fs::write(&partial, serde_json::to_vec_pretty(&seen)?)?;
    std::fs::rename(partial, folder.join("documents.json"))
}

/// The register that [`save`] kept; empty when there is none.
pub fn load(folder: &std::path::Path) -> std::io::Result<Register> {
    let mut register = Register::default();
    let issued = folder.join("issued");
    if issued.is_dir() {
        for entry in std::fs::read_dir(issued)? {
            let bytes = std::fs::read(entry?.path())?;
            if let Ok(certificate) = Certificate::read(&bytes) {
                register.enter(certificate);
            }
        }
    }
    if let Ok(bytes) = std::fs::read(folder.join("documents.json")) {
        let seen: Vec<(String, Digest)> = serde_json::from_slice(&bytes)?;
        register.remember(seen);
    }
    Ok(register)
}
