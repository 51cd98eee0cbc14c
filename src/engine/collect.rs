//! What came in: read, authenticated, matched, committed, and only then settled.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::ports::{Delivery, Form, Place};
use super::setup::Authority;
use super::{Engine, Happening, Round, newest, value};
use crate::authority::{Receipt, Unreadable, Word};
use crate::crypto::{Certificate, Opener, Pair, Recipients, digest};
use crate::exchange::{self, Digest, DocumentNumber, Event, Grant, Invoice, Problem, Refusal};
use crate::mail::{Bounce, Letter, LetterKind, Part};
use crate::store::{Arrival, Commit, Fate, Owner, StoreError};
use crate::time::Timestamp;

/// What the bytes of one delivery turned out to be.
enum Reading {
    Receipts { authority: String, receipts: Vec<Receipt> },
    Bounce(Bounce),
    Filed(Fate),
}

/// Keys that were opened because something is sealed to them: each once a round, and wiped when
/// the round's collecting ends.
#[derive(Default)]
struct Opened {
    /// With the name of the authority.
    pairs: RefCell<Vec<(String, Pair)>>,
    /// What was asked for already, whether it opened or not: by the authority and the certificate.
    asked: RefCell<BTreeSet<(String, Digest)>>,
}

/// Our pairs that an answer of one authority may be sealed to: those in place, then earlier ones
/// (F28).
struct OurPairs<'a> {
    engine: &'a Engine,
    authority: &'a Authority,
    opened: &'a Opened,
}

impl Recipients for OurPairs<'_> {
    fn pairs(&self, wanted: &dyn Fn(&Certificate) -> bool) -> Vec<Pair> {
        let Self { engine, authority, opened } = self;
        let name = &authority.name;
        for holder in engine.setup.holders.iter().filter(|holder| holder.authority == *name) {
            // A password that can't be read shows as a trouble of its own when something is
            // prepared; here the other holders' pairs still count.
            let Ok(password) = engine.secrets.read(&holder.password_reference()) else { continue };
            let place = Place { holder: &holder.id, password: password.as_bytes() };
            let mut anew = |ours: &Certificate| {
                let mut asked = opened.asked.borrow_mut();
                wanted(ours) && asked.insert((name.clone(), ours.fingerprint()))
            };
            let new = engine.vault.opened(place, &mut anew);
            opened.pairs.borrow_mut().extend(new.into_iter().map(|pair| (name.clone(), pair)));
        }
        let pairs = opened.pairs.borrow();
        let own = pairs.iter().filter(|(of, pair)| of == name && wanted(&pair.certificate));
        own.map(|(_, pair)| pair.clone()).collect()
    }
}

/// A delivery as the store will remember it.
struct Paper {
    raw: Digest,
    from: String,
    subject: String,
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
        round.more = collected.more;
        let opened = Opened::default();
        for delivery in &collected.deliveries {
            self.file(delivery, &opened, now, round)?;
            if let Err(error) = self.carrier.settle(&delivery.locator) {
                // Committed already: the next round reads it again, knows it, and settles it.
                round.troubles.push(error.0);
            }
        }
        let mut values = vec![(value::MAILBOX_READ.into(), now.0.to_string())];
        values.extend(self.carrier.bookmark().map(|mark| (value::BOOKMARK.into(), mark)));
        if !held {
            values.push(newest(now));
        }
        self.store.commit(&Commit { values, ..Commit::default() })?;
        Ok(!collected.more)
    }

    /// Commits what one delivery means. Nothing in it can stop the mailbox (F14): what can't be
    /// read is quarantined, once, with its reason.
    fn file(
        &mut self,
        delivery: &Delivery,
        opened: &Opened,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<(), StoreError> {
        let bytes = match &delivery.form {
            Form::Letter(bytes) | Form::File { bytes, .. } => bytes,
            Form::Oversized { header, .. } => header,
        };
        let raw = digest(bytes);
        if self.store.arrival(&raw)?.is_some() {
            return Ok(());
        }
        self.store.keep(bytes)?;
        let mut paper = Paper { raw, from: String::new(), subject: String::new() };
        // The parsers promise not to panic; the mailbox must go on even if one breaks its promise.
        let reading =
            catch_unwind(AssertUnwindSafe(|| self.read(delivery, opened, now, &mut paper)))
                .unwrap_or_else(|_| {
                    let reason = "reading it failed inside certpost; please report this".into();
                    Reading::Filed(Fate::Quarantined { reason })
                });
        round.filed += 1;
        match reading {
            Reading::Receipts { authority, receipts } => {
                self.hear(&paper, &authority, receipts, now, round)
            }
            Reading::Bounce(bounce) => self.bounced(&paper, &bounce, now, round),
            Reading::Filed(fate) => self.shelve(paper.arrival(vec![], now, fate)),
        }
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
                if let Ok(letter) = crate::mail::read(header, limits) {
                    (paper.from, paper.subject) = (letter.from, letter.subject);
                }
                let limit = limits.letter_bytes;
                return quarantined(format!("the letter has {bytes} bytes; the limit is {limit}"));
            }
            Form::File { name, bytes } => {
                let content_type = "application/octet-stream".into();
                let part = Part { name: Some(name.clone()), content_type, bytes: bytes.clone() };
                paper.subject = name.clone();
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
        self.interpret(&parts, passed, opened, now)
    }

    /// Asks every authority's dialect. The first that finds an authentic answer decides; else the
    /// most telling refusal to read does.
    fn interpret(&self, parts: &[Part], passed: &str, opened: &Opened, now: Timestamp) -> Reading {
        let mut telling = None;
        for authority in &self.setup.authorities {
            let opener = Opener {
                suite: authority.suite.as_ref(),
                trust: &authority.trust,
                recipients: &OurPairs { engine: self, authority, opened },
                now,
            };
            let code = &self.setup.organisation.code;
            match authority.dialect.interpret(parts, code, &opener) {
                Ok(receipts) => {
                    return Reading::Receipts { authority: authority.name.clone(), receipts };
                }
                Err(Unreadable::NotOurs) => {}
                Err(unreadable) => telling = telling.or(Some(unreadable)),
            }
        }
        match telling {
            Some(unreadable) => quarantined(unreadable.to_string()),
            None => Reading::Filed(Fate::PassedOver { reason: passed.into() }),
        }
    }

    /// Steps the exchange that each receipt answers. The arrival goes with the last step: a cut
    /// before it brings the letter again, and the heart knows a repeated word.
    fn hear(
        &mut self,
        paper: &Paper,
        authority: &str,
        receipts: Vec<Receipt>,
        now: Timestamp,
        round: &mut Round,
    ) -> Result<(), StoreError> {
        let contents: Vec<_> = receipts.iter().map(|receipt| digest(&receipt.content)).collect();
        let mut fate = None;
        for (receipt, content) in receipts.iter().zip(&contents) {
            if let Some(known) = self.store.arrival_with(content)? {
                // The same word in another envelope (F3).
                fate = fate.or(Some(known.fate));
                continue;
            }
            let Some(owner) = self.store.owner(&receipt.answers)? else {
                let reason = format!("{} about unknown {}", receipt.title, receipt.answers);
                fate = fate.or(Some(Fate::Unclaimed { reason }));
                continue;
            };
            let Some(exchange) = self.store.exchange(&owner.exchange)? else { continue };
            let asked = self.setup.authority_of(&exchange.holder).map(|a| a.name.as_str());
            if asked != Some(authority) {
                let reason = format!("{authority} answers what was not asked of it");
                fate = fate.or(Some(Fate::Quarantined { reason }));
                continue;
            }
            let event = self.event(receipt, &owner, now)?;
            let claimed = Fate::Claimed(exchange.id.clone());
            let arrival = paper.arrival(vec![*content], now, claimed.clone());
            let words = words(receipt);
            let happening = Happening {
                cause: Some(paper.raw),
                arrival: (receipts.len() == 1).then_some(&arrival),
                ..Happening::new(event, words)
            };
            self.apply(&exchange, happening, now, round)?;
            fate = Some(claimed);
        }
        if self.store.arrival(&paper.raw)?.is_some() {
            return Ok(());
        }
        let reason = "it holds no receipt".into();
        let fate = fate.unwrap_or(Fate::Unclaimed { reason });
        self.shelve(paper.arrival(contents, now, fate))
    }

    /// The heart's event for an authentic word; its bytes are kept first.
    fn event(&self, receipt: &Receipt, owner: &Owner, now: Timestamp) -> Result<Event, StoreError> {
        let kept = self.store.keep(&receipt.content)?;
        let word = match &receipt.word {
            Word::Delivered => exchange::Word::Delivered,
            Word::Invoiced { number, amount, due } => exchange::Word::Invoiced(Invoice {
                number: number.clone(),
                amount: amount.clone(),
                due: *due,
                receipt: kept,
            }),
            Word::Granted { certificates } => {
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
            ..Happening::new(event, bounce.text.clone())
        };
        self.apply(&exchange, happening, now, round).map(drop)
    }
}

impl Paper {
    fn arrival(&self, contents: Vec<Digest>, at: Timestamp, fate: Fate) -> Arrival {
        let Paper { raw, from, subject } = self;
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

fn quarantined(reason: String) -> Reading {
    Reading::Filed(Fate::Quarantined { reason })
}

/// Our Message-IDs begin with the document number: see [`super::prepare`].
pub(super) fn document_of(message_id: &str) -> Option<DocumentNumber> {
    let local = message_id.split('@').next()?.trim_start_matches('<');
    let document = local.strip_prefix("certpost.")?;
    Some(DocumentNumber(document.to_owned()))
}
