//! What came in: read, authenticated, matched, committed, and only then settled.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::filing::named_papers;
use super::ports::{Delivery, Form};
use super::recipients::{Opened, OurPairs};
use super::{Engine, Happening, Round, value};
use crate::authority::{Receipt, Unreadable, Word};
use crate::crypto::{CryptoError, OpenError, Opener, digest};
use crate::exchange::{
    self, Digest, DocumentNumber, Event, Exchange, Grant, Invoice, Problem, Refusal,
};
use crate::mail::{Bounce, Letter, LetterKind, Part, attachment_was_removed, presentable};
use crate::store::{Arrival, Commit, Fate, Owner, StoreError};
use crate::time::{Span, Timestamp};

/// The time of an empty reading is written down at most so often.
const READING_NOTED: Span = Span::minutes(10);

/// Characters of a file's name that are shown.
const NAME: usize = 150;

/// F32.
const REMOVED: &str = "an attachment was taken out on the way; ask the sender to send it again, \
                       in another wrapping or to another address";

const NOT_FOR_US: Unreadable = Unreadable::Untrusted(OpenError::Crypto(CryptoError::NotForUs));

/// What the bytes of one delivery turned out to be.
enum Reading {
    /// The names of one authority under which the same receipts were read.
    Receipts {
        authorities: Vec<String>,
        receipts: Vec<Receipt>,
        /// The PDFs that authentic invoices name by their digests.
        beside: Vec<Vec<u8>>,
    },
    Bounce(Bounce),
    Filed(Fate),
    /// It can be judged only with a key that can't be read now: it stays in the mailbox.
    Later(Problem),
}

/// A delivery as the store will remember it.
struct Paper {
    raw: Digest,
    from: String,
    subject: String,
    /// The clock is in doubt while it is filed.
    held: bool,
    /// As it was judged before, when it is judged anew.
    before: Option<Arrival>,
}

impl Engine {
    /// One round of collecting. Returns whether the mailbox was read to its end. While `held`, what
    /// came is committed all the same: an answer is never lost to a doubtful clock.
    pub(super) fn collect(
        &mut self,
        now: Timestamp,
        held: bool,
        round: &mut Round,
    ) -> Result<bool, StoreError> {
        let bookmark = self.store.value(value::BOOKMARK)?;
        let limit = self.setup.limits.letters_a_round;
        let collected = match self.carrier.collect(bookmark.as_deref(), limit) {
            Ok(collected) => collected,
            Err(error) => {
                round.troubles.push(error.0);
                return Ok(false);
            }
        };
        let (mut settled, mut waits) = (0_usize, false);
        let opened = Opened::default();
        for delivery in &collected.deliveries {
            if !self.file(delivery, &opened, now, held, round)? {
                waits = true;
                continue;
            }
            match self.carrier.settle(&delivery.locator) {
                Ok(()) => settled += 1,
                // Committed already: the next round reads it again, knows it, and settles it.
                Err(error) => round.troubles.push(error.0),
            }
        }
        // Where nothing was settled the same letters come again: no reason to hurry.
        round.more = collected.more && settled > 0;
        self.note_reading(bookmark, now, held)?;
        Ok(!collected.more && !waits)
    }

    /// Keeps the bookmark, and when the mailbox was read: not for every empty poll, since each
    /// commit is kept for ever in the history.
    fn note_reading(
        &self,
        before: Option<String>,
        now: Timestamp,
        held: bool,
    ) -> Result<(), StoreError> {
        let bookmark = self.carrier.bookmark();
        let read = self.moment(value::MAILBOX_READ)?;
        let fresh = read.is_some_and(|read| read <= now && now - read < READING_NOTED);
        if fresh && bookmark == before {
            return Ok(());
        }
        let mut values = vec![(value::MAILBOX_READ.into(), now.0.to_string())];
        values.extend(bookmark.map(|mark| (value::BOOKMARK.into(), mark)));
        if !held {
            values.push(self.newest(now)?);
        }
        self.store.commit(&Commit { values, ..Commit::default() })
    }

    /// Commits what one delivery means. Nothing in it can stop the mailbox (F14): what can't be
    /// read is quarantined, once, with its reason. False: it must be brought again.
    fn file(
        &mut self,
        delivery: &Delivery,
        opened: &Opened,
        now: Timestamp,
        held: bool,
        round: &mut Round,
    ) -> Result<bool, StoreError> {
        let bytes = match &delivery.form {
            Form::Letter(bytes) | Form::File { bytes, .. } => Cow::Borrowed(bytes),
            Form::Oversized { header, bytes } => Cow::Owned(stand_in(header, *bytes, delivery)),
        };
        let raw = digest(&bytes);
        if self.store.arrival(&raw)?.is_some() {
            return Ok(true);
        }
        self.store.keep(&bytes)?;
        let paper = Paper { raw, from: String::new(), subject: String::new(), held, before: None };
        self.judge(paper, delivery, opened, now, round)
    }

    /// Reads a kept letter again. False: it can't be judged now.
    pub(super) fn judge_anew(
        &mut self,
        before: Arrival,
        delivery: &Delivery,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<bool, StoreError> {
        let Arrival { raw, from, subject, .. } = before.clone();
        let paper = Paper { raw, from, subject, held: false, before: Some(before) };
        self.judge(paper, delivery, &Opened::default(), now, round)
    }

    fn judge(
        &mut self,
        mut paper: Paper,
        delivery: &Delivery,
        opened: &Opened,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<bool, StoreError> {
        // The parsers promise not to panic; the mailbox must go on even if one breaks its promise.
        let reading =
            catch_unwind(AssertUnwindSafe(|| self.read(delivery, opened, now, &mut paper)))
                .unwrap_or_else(|_| {
                    let reason = "reading it failed inside certpost; please report this".into();
                    Reading::Filed(Fate::Quarantined { reason })
                });
        match reading {
            Reading::Receipts { authorities, receipts, beside } => {
                // Kept first: the order that names them comes with the commit.
                for pdf in &beside {
                    self.store.keep(pdf)?;
                }
                let pdfs: Vec<_> = beside.iter().map(|pdf| digest(pdf)).collect();
                self.hear(&paper, &authorities, receipts, &pdfs, now, round)?;
            }
            Reading::Bounce(bounce) => self.bounced(&paper, &bounce, now, round)?,
            Reading::Filed(fate) => {
                let arrival = paper.arrival(vec![], now, fate);
                if paper.before.as_ref() != Some(&arrival) {
                    self.shelve(arrival)?;
                }
            }
            Reading::Later(problem) => {
                if !round.troubles.contains(&problem) {
                    round.troubles.push(problem);
                }
                return Ok(false);
            }
        }
        round.filed += 1;
        Ok(true)
    }

    fn shelve(&self, arrival: Arrival) -> Result<(), StoreError> {
        self.store.commit(&Commit { arrival: Some(arrival), ..Commit::default() })
    }

    fn read(
        &self,
        delivery: &Delivery,
        opened: &Opened,
        now: Timestamp,
        paper: &mut Paper,
    ) -> Reading {
        let limits = &self.setup.limits.letter;
        let letter = match &delivery.form {
            Form::Letter(raw) => match crate::mail::read(raw, limits) {
                Ok(letter) => letter,
                Err(error) => return quarantined(error.to_string()),
            },
            Form::Oversized { header, bytes } => {
                match crate::mail::read(header, limits) {
                    Ok(letter) => (paper.from, paper.subject) = (letter.from, letter.subject),
                    Err(_) => paper.subject = presentable(&delivery.locator, NAME),
                }
                let limit = limits.letter_bytes;
                return quarantined(format!("the letter has {bytes} bytes; the limit is {limit}"));
            }
            Form::File { name, bytes } => {
                let content_type = "application/octet-stream".into();
                let part = Part { name: Some(name.clone()), content_type, bytes: bytes.clone() };
                paper.subject = presentable(name, NAME);
                return self.interpret(&[part], "no authority's parcel", opened, now);
            }
        };
        let Letter { kind, from, subject, parts, .. } = letter;
        (paper.from, paper.subject) = (from, subject);
        // An authenticated answer counts in a letter of any kind; the kind only names what is
        // passed over. A bounce is the exception: what it carries is our own letter, returned.
        let passed = match kind {
            LetterKind::Bounce(bounce) => return Reading::Bounce(bounce),
            LetterKind::AutoReply => "an automatic reply",
            LetterKind::List => "a mailing list",
            LetterKind::Ordinary => "no authority's parcel in it",
        };
        match self.interpret(&parts, passed, opened, now) {
            Reading::Filed(Fate::PassedOver { .. }) if attachment_was_removed(&parts) => {
                quarantined(REMOVED.into())
            }
            reading => reading,
        }
    }

    /// Asks every authority's dialect. The first that finds an authentic answer decides, together
    /// with those that read the same: one authority may have two names. Else the most telling
    /// refusal to read does.
    fn interpret(&self, parts: &[Part], passed: &str, opened: &Opened, now: Timestamp) -> Reading {
        let (mut found, mut telling, mut later) = (None, None, None);
        let code = &self.setup.organisation.code;
        for authority in &self.setup.authorities {
            let recipients = &OurPairs { engine: self, authority, opened };
            let (suite, trust) = (authority.suite.as_ref(), &authority.trust);
            let opener = Opener { suite, trust, recipients, now };
            match (authority.dialect.interpret(parts, code, &opener), &mut found) {
                (Ok(receipts), None) => found = Some((vec![authority.name.clone()], receipts)),
                (Ok(receipts), Some((names, known))) if receipts == *known => {
                    names.push(authority.name.clone());
                }
                (Ok(_) | Err(Unreadable::NotOurs), _) => {}
                (Err(unreadable), _) => {
                    later = later.or_else(|| unreadable.elsewhere());
                    if unreadable == NOT_FOR_US {
                        later = later.or_else(|| opened.missing(&authority.name));
                    }
                    telling = telling.or(Some(unreadable));
                }
            }
        }
        match (found, later, telling) {
            (Some((authorities, receipts)), _, _) => {
                let beside = named_papers(&receipts, parts);
                Reading::Receipts { authorities, receipts, beside }
            }
            (_, Some(problem), _) => Reading::Later(problem),
            (_, _, Some(unreadable)) => quarantined(unreadable.to_string()),
            _ => Reading::Filed(Fate::PassedOver { reason: passed.into() }),
        }
    }

    /// Steps the exchange that each receipt answers. The arrival goes with the last step: a cut
    /// before it brings the letter again, and the heart knows a repeated word.
    fn hear(
        &mut self,
        paper: &Paper,
        authorities: &[String],
        receipts: Vec<Receipt>,
        pdfs: &[Digest],
        now: Timestamp,
        round: &mut Round,
    ) -> Result<(), StoreError> {
        let contents: Vec<_> = receipts.iter().map(|receipt| digest(&receipt.content)).collect();
        let (mut fate, mut heard, mut committed) = (None, Vec::new(), false);
        for (receipt, content) in receipts.iter().zip(&contents) {
            // The same word in another envelope (F3). Who said it before may not have been the one
            // to say it: only a word that was heard is known.
            if let Some(known) = self.store.arrival_with(content)?
                && matches!(known.fate, Fate::Claimed(_))
            {
                heard.push(*content);
                fate = fate.or(Some(known.fate));
                continue;
            }
            let Some(owner) = self.store.owner(&receipt.answers)? else {
                let reason = format!("{} about unknown {}", receipt.title, receipt.answers);
                fate = fate.or(Some(Fate::Unclaimed { reason }));
                continue;
            };
            let Some(exchange) = self.store.exchange(&owner.exchange)? else { continue };
            let asked = self.setup.correspondent(&exchange);
            if !asked.is_some_and(|asked| authorities.contains(&asked.name)) {
                let names = authorities.join(", ");
                let reason = format!("{names} answers what was not asked of it");
                fate = fate.or(Some(Fate::Quarantined { reason }));
                continue;
            }
            let event = self.event(receipt, &owner, &exchange, now)?;
            let claimed = Fate::Claimed(exchange.id.clone());
            let arrival = paper.arrival(vec![*content], now, claimed.clone());
            let words = words(receipt);
            let values = self.filed(receipt, pdfs, now)?;
            let commit = Commit { values, ..Commit::default() };
            let happening = Happening {
                commit,
                cause: Some(paper.raw),
                arrival: (receipts.len() == 1).then_some(&arrival),
                held: paper.held,
                ..Happening::new(event, words)
            };
            committed |= happening.arrival.is_some();
            self.apply(&exchange, happening, now, round)?;
            heard.push(*content);
            fate = Some(claimed);
        }
        if committed {
            return Ok(());
        }
        let reason = "it holds no receipt".into();
        let fate = fate.unwrap_or(Fate::Unclaimed { reason });
        let contents = if matches!(fate, Fate::Claimed(_)) { heard } else { contents };
        self.shelve(paper.arrival(contents, now, fate))
    }

    /// The heart's event for an authentic word; its bytes are kept first.
    fn event(
        &self,
        receipt: &Receipt,
        owner: &Owner,
        exchange: &Exchange,
        now: Timestamp,
    ) -> Result<Event, StoreError> {
        let kept = self.store.keep(&receipt.content)?;
        // The same invoice once more, with the day on which its money came. The money for an
        // attempt that was refused pays nothing here.
        if let Word::Invoiced(invoiced) = &receipt.word
            && let Some(day) = invoiced.paid
            && owner.attempt == exchange.attempt
        {
            return Ok(Event::Paid { reference: format!("{}, {day}", receipt.title) });
        }
        let word = match &receipt.word {
            Word::Delivered => exchange::Word::Delivered,
            Word::Invoiced(invoiced) => exchange::Word::Invoiced(Invoice {
                number: invoiced.number.clone(),
                amount: invoiced.amount.clone(),
                due: invoiced.due,
                receipt: kept,
            }),
            Word::Granted { certificates, .. } => {
                let bundle: String = certificates.iter().map(|one| one.pem()).collect();
                let bundle =
                    if bundle.is_empty() { kept } else { self.store.keep(bundle.as_bytes())? };
                let document = receipt.answers.clone();
                exchange::Word::Granted(Grant { document, bundle, attempt: owner.attempt, at: now })
            }
            Word::Refused { code, reasons } => exchange::Word::Refused(Refusal {
                code: code.clone(),
                reasons: reasons.clone(),
                receipt: kept,
            }),
        };
        Ok(Event::Heard { word, attempt: owner.attempt })
    }

    /// A mail system's report. Only a Message-ID of ours ties it to an exchange (F18); it may call
    /// a person, but never says what the authority thinks.
    fn bounced(
        &mut self,
        paper: &Paper,
        bounce: &Bounce,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<(), StoreError> {
        let document = bounce.about.as_deref().and_then(document_of);
        let owner = match &document {
            Some(document) => self.store.owner(document)?,
            None => None,
        };
        let exchange = match &owner {
            Some(owner) => self.store.exchange(&owner.exchange)?,
            None => None,
        };
        let current = exchange.filter(|exchange| exchange.document() == document.as_ref());
        let Some(exchange) = current else {
            let reason = format!("a mail system's report: {}", bounce.text);
            return self.shelve(paper.arrival(vec![], now, Fate::PassedOver { reason }));
        };
        let problem = Problem { label: "bounce".into(), detail: bounce.text.clone() };
        let event = Event::Bounced { problem, lasting: bounce.lasting };
        let arrival = paper.arrival(vec![], now, Fate::Claimed(exchange.id.clone()));
        let happening = Happening {
            cause: Some(paper.raw),
            arrival: Some(&arrival),
            held: paper.held,
            ..Happening::new(event, bounce.text.clone())
        };
        self.apply(&exchange, happening, now, round).map(drop)
    }
}

impl Paper {
    fn arrival(&self, found: Vec<Digest>, at: Timestamp, fate: Fate) -> Arrival {
        let Self { raw, from, subject, before, .. } = self;
        // It came when it came, however often it is read, and what was known of it stays known.
        let at = before.as_ref().map_or(at, |before| before.at);
        let mut contents = before.as_ref().map_or(vec![], |before| before.contents.clone());
        contents
            .extend(found.into_iter().filter(|one| !contents.contains(one)).collect::<Vec<_>>());
        Arrival { raw: *raw, contents, at, from: from.clone(), subject: subject.clone(), fate }
    }
}

/// The authority's words for the journal, under the receipt's own title.
fn words(receipt: &Receipt) -> String {
    match receipt.text.trim() {
        "" => receipt.title.clone(),
        text => format!("{}: {text}", receipt.title),
    }
}

/// What is kept and known instead of a letter that was not fetched: its header, or its place when
/// it has none, and its size, so that two of them are not taken for one.
fn stand_in(header: &[u8], bytes: u64, delivery: &Delivery) -> Vec<u8> {
    let header = if header.is_empty() { delivery.locator.as_bytes() } else { header };
    [header, format!("\r\n[{bytes} bytes, not fetched]\r\n").as_bytes()].concat()
}

/// The header and the size, when the bytes are a [`stand_in`].
pub(super) fn stood_in(bytes: &[u8]) -> Option<Form> {
    let text = bytes.strip_suffix(b" bytes, not fetched]\r\n")?;
    let start = text.iter().rposition(|byte| *byte == b'[')?;
    let (header, size) = text.split_at_checked(start)?;
    let size = std::str::from_utf8(size.strip_prefix(b"[")?).ok()?.parse().ok()?;
    let header = header.strip_suffix(b"\r\n").unwrap_or(header).to_vec();
    Some(Form::Oversized { header, bytes: size })
}

fn quarantined(reason: String) -> Reading {
    Reading::Filed(Fate::Quarantined { reason })
}

/// Our Message-IDs begin with the document number: see [`super::prepare`].
pub(super) fn document_of(message_id: &str) -> Option<DocumentNumber> {
    let local = message_id.split('@').next()?.trim_start_matches('<');
    let document = local.strip_prefix("certpost.")?;
    Some(DocumentNumber(document.to_owned()))
}
