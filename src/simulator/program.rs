//! The other side as a program: a mailbox on one side, a [`Clerk`] on the other.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::crypto::CryptoRng;
use crate::engine::ports::{Carrier, Form};
use crate::mail::{self, Draft, LetterKind, Part};
use crate::simulator::clerk::{Clerk, Timed};
use crate::time::Timestamp;

/// Letters read in one round.
const LETTERS: usize = 50;
/// File with the place in the mailbox up to which everything is answered.
const BOOKMARK: &str = "bookmark";
/// Folder with a file for each invoice whose money is here, named by its number.
const PAID: &str = "paid";

/// A clerk at his mailbox.
pub struct Program {
    pub clerk: Box<dyn Clerk>,
    pub carrier: Box<dyn Carrier>,
    pub address: String,
    pub chance: Box<dyn CryptoRng + Send>,
    /// Where the register, the place in the mailbox and payments are kept; `None`: in memory only.
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
        clerk: Box<dyn Clerk>,
        carrier: Box<dyn Carrier>,
        address: String,
        chance: Box<dyn CryptoRng + Send>,
        folder: Option<PathBuf>,
    ) -> Self {
        let kept = folder.as_deref().map(|folder| folder.join(BOOKMARK));
        let bookmark = kept.and_then(|path| std::fs::read_to_string(path).ok());
        Self { clerk, carrier, address, chance, folder, queue: Vec::new(), bookmark }
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
        self.look_for_money(now, &mut served);
        match self.clerk.due(now, self.chance.as_mut()) {
            Ok(answers) if answers.is_empty() => {}
            Ok(answers) => {
                self.queue.extend(answers);
                self.save(&mut served);
            }
            Err(silence) => served.troubles.push(format!("not answered: {silence}")),
        }
        self.send_due(now, &mut served);
        if let Err(error) = self.keep_bookmark() {
            served.troubles.push(format!("the place in the mailbox could not be kept: {error}"));
        }
        served.next = self.queue.iter().map(|one| one.at).chain(self.clerk.next()).min();
        served
    }

    /// Payments that [`leave_money`] told of.
    fn look_for_money(&mut self, now: Timestamp, served: &mut Served) {
        for path in self.money() {
            let number = path.file_name().map(|name| name.to_string_lossy().into_owned());
            let number = number.unwrap_or_default();
            if !self.clerk.pay(&number, now) {
                served.troubles.push(format!("no unpaid invoice has the number {number}"));
            }
            if let Err(error) = std::fs::remove_file(&path) {
                served.troubles.push(format!("{}: {error}", path.display()));
            }
            self.save(served);
        }
    }

    fn money(&self) -> Vec<PathBuf> {
        let folder = self.folder.as_deref().map(|folder| folder.join(PAID));
        let files = folder.and_then(|folder| std::fs::read_dir(folder).ok());
        files.into_iter().flatten().flatten().map(|file| file.path()).collect()
    }

    fn save(&self, served: &mut Served) {
        if let Some(folder) = &self.folder
            && let Err(error) = self.clerk.save(folder)
        {
            served.troubles.push(format!("the register could not be kept: {error}"));
        }
    }

    /// Only when everything that was read is answered: a restart reads again what is not.
    fn keep_bookmark(&self) -> std::io::Result<()> {
        let (Some(folder), Some(bookmark)) = (&self.folder, &self.bookmark) else { return Ok(()) };
        if !self.queue.is_empty() || self.clerk.is_undecided() {
            return Ok(());
        }
        let partial = folder.join(format!("{BOOKMARK}.partial"));
        std::fs::write(&partial, bookmark)?;
        std::fs::rename(partial, folder.join(BOOKMARK))
    }

    /// Waits for a letter, the next answer's moment, or `interrupt`.
    pub fn wait(&mut self, now: Timestamp, next: Option<Timestamp>, interrupt: &dyn Fn() -> bool) {
        let seconds = next.map_or(60, |next| (next - now).0.clamp(1, 60));
        let duration = Duration::from_secs(u64::try_from(seconds).unwrap_or(1));
        let money = self.folder.as_deref().map(|folder| folder.join(PAID));
        let here = || {
            let files = money.as_ref().and_then(|folder| std::fs::read_dir(folder).ok());
            files.is_some_and(|mut files| files.next().is_some())
        };
        self.carrier.wait(duration, &|| interrupt() || here());
    }

    fn read(&mut self, raw: &[u8], now: Timestamp, served: &mut Served) {
        let letter = match mail::read(raw, &mail::Limits::default()) {
            Ok(letter) if letter.kind == LetterKind::Ordinary => letter,
            Ok(_) => return,
            Err(error) => return served.troubles.push(error.to_string()),
        };
        served.heard += 1;
        let parts: Vec<Part> = sealed(letter.parts);
        match self.clerk.hear(&parts, now, self.chance.as_mut()) {
            Ok(answers) => self.queue.extend(answers),
            Err(silence) => served.troubles.push(format!("not answered: {silence}")),
        }
        self.save(served);
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
            beside: answer.beside.clone(),
        };
        mail::compose(&draft).map_err(|error| error.to_string())
    }
}

/// The attachments; text for people is not the clerk's matter.
fn sealed(parts: Vec<Part>) -> Vec<Part> {
    parts.into_iter().filter(|part| !part.content_type.starts_with("text/plain")).collect()
}

/// Tells the program over `folder` that the money for an invoice is here.
pub fn leave_money(folder: &Path, invoice: &str) -> std::io::Result<()> {
    let paid = folder.join(PAID);
    std::fs::create_dir_all(&paid)?;
    std::fs::write(paid.join(invoice), b"")
}
