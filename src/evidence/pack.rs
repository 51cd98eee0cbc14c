//! Making a pack.

use std::collections::BTreeSet;
use std::fmt;

use jiff::tz::TimeZone;

use super::archive::{self, Files};
use super::{Chain, FORMAT, JOURNAL, Line, Manifest, NOTHING, SUMMARY};
use crate::crypto::{Certificate, digest};
use crate::exchange::{Digest, Event, Word};
use crate::mail::{self, Limits};
use crate::report::dossier::{self, Paper, PaperKind};
use crate::report::{self, Language, Snapshot};
use crate::store::{Fate, Numbered, StoreError};
use crate::time::Timestamp;

/// Gives the bytes that were kept under a digest.
pub type Kept<'a> = dyn Fn(&Digest) -> Result<Option<Vec<u8>>, StoreError> + 'a;

/// Where a pack's content comes from.
pub struct Source<'a> {
    pub snapshot: &'a Snapshot,
    pub language: Language,
    pub kept: &'a Kept<'a>,
    /// The holder's certificates that the case renewed.
    pub old: Vec<Certificate>,
    /// Of the authority, or of the tax office.
    pub signers: Vec<Certificate>,
    pub anchors: Vec<Certificate>,
}

/// Why there is no pack.
#[derive(Debug)]
pub enum PackError {
    UnknownCase {
        known: Vec<String>,
    },
    Store(StoreError),
    /// More, or larger, files than a pack holds.
    TooLarge,
    Unwritten,
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCase { known } if known.is_empty() => f.write_str("there is no case yet"),
            Self::UnknownCase { known } => {
                write!(f, "there is no such case; there are: {}", known.join(", "))
            }
            Self::Store(error) => error.fmt(f),
            Self::TooLarge => {
                write!(f, "the case has more than {} bytes of letters", archive::LARGEST)
            }
            Self::Unwritten => f.write_str("the summary or the manifest can't be written"),
        }
    }
}

impl std::error::Error for PackError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => error.source(),
            _ => None,
        }
    }
}

/// The pack of one case: the archive's bytes. The same source gives the same bytes.
pub fn pack(source: &Source<'_>, id: &str) -> Result<Vec<u8>, PackError> {
    let snapshot = source.snapshot;
    if !snapshot.exchanges.iter().any(|exchange| exchange.id.0 == id) {
        let known = snapshot.exchanges.iter().map(|exchange| exchange.id.to_string()).collect();
        return Err(PackError::UnknownCase { known });
    }
    let mut journal: Vec<&Numbered> =
        snapshot.journal.iter().filter(|one| one.entry.exchange.0 == id).collect();
    journal.sort_by_key(|one| one.number);
    let mut bundle = Bundle { source, files: Files::new(), papers: vec![], missing: vec![] };
    bundle.letters(id, &journal)?;
    bundle.certificates();
    let chain = bundle.journal(&journal)?;

    let report = report::build(snapshot, source.language);
    let zone = TimeZone::get(&snapshot.zone).unwrap_or(TimeZone::UTC);
    bundle.papers.sort_by(|a, b| a.path.cmp(&b.path));
    let page = dossier::render(&report, id, &zone, &bundle.papers).ok_or(PackError::Unwritten)?;
    bundle.put(SUMMARY.into(), PaperKind::Summary, page.into_bytes(), None);
    let Bundle { mut files, mut papers, missing, .. } = bundle;
    papers.sort_by(|a, b| a.path.cmp(&b.path));
    let manifest = Manifest {
        format: FORMAT,
        program: concat!("certpost ", env!("CARGO_PKG_VERSION")).into(),
        exchange: id.into(),
        organisation: snapshot.organisation.name.clone(),
        code: snapshot.organisation.code.clone(),
        made: snapshot.now.0,
        journal: chain,
        files: papers,
        missing,
    };
    let mut text = serde_json::to_vec_pretty(&manifest).map_err(|_| PackError::Unwritten)?;
    text.push(b'\n');
    files.insert(archive::FIRST.into(), text);
    archive::write(&files).ok_or(PackError::TooLarge)
}

/// Files that grow into a pack.
struct Bundle<'a> {
    source: &'a Source<'a>,
    files: Files,
    papers: Vec<Paper>,
    missing: Vec<Digest>,
}

impl Bundle<'_> {
    fn put(&mut self, path: String, kind: PaperKind, bytes: Vec<u8>, at: Option<Timestamp>) {
        self.papers.push(Paper {
            path: path.clone(),
            kind,
            bytes: bytes.len(),
            sha256: digest(&bytes).to_string(),
            at: at.map(|at| at.0),
        });
        self.files.insert(path, bytes);
    }

    /// Kept bytes, each once; what the store no longer has is written down.
    fn kept(&mut self, wanted: &Digest) -> Result<Option<Vec<u8>>, PackError> {
        let sha256 = wanted.to_string();
        if self.missing.contains(wanted) || self.papers.iter().any(|one| one.sha256 == sha256) {
            return Ok(None);
        }
        match (self.source.kept)(wanted) {
            Ok(Some(bytes)) => Ok(Some(bytes)),
            // A damaged file is not evidence of anything.
            Ok(None) | Err(StoreError::Damaged { .. }) => {
                self.missing.push(*wanted);
                Ok(None)
            }
            Err(error) => Err(PackError::Store(error)),
        }
    }

    fn letters(&mut self, id: &str, journal: &[&Numbered]) -> Result<(), PackError> {
        let (mut sent, mut sealed) = (0, 0);
        for (place, numbered) in journal.iter().enumerate() {
            let Some(Event::Prepared { dispatch, .. }) = &numbered.entry.event else { continue };
            let later = journal.iter().skip(place);
            let left = later.map(|one| &one.entry).find(|one| one.event == Some(Event::Sent));
            let Some(letter) = self.kept(&dispatch.parcel)? else { continue };
            for part in carried(&letter) {
                sealed += 1;
                self.put(format!("sealed/{sealed}.bin"), PaperKind::Sealed, part, None);
            }
            sent += 1;
            let at = left.map_or(numbered.entry.at, |one| one.at);
            let path = format!("letters/sent-{sent}.eml");
            self.put(path, PaperKind::LetterSent, letter, Some(at));
        }
        // What moved the case, and what was claimed by it without moving it.
        let snapshot = self.source.snapshot;
        let causes: BTreeSet<Digest> = journal.iter().filter_map(|one| one.entry.cause).collect();
        let claimed = |fate: &Fate| matches!(fate, Fate::Claimed(owner) if owner.0 == id);
        let mut received = 0;
        for arrival in &snapshot.arrivals {
            if !causes.contains(&arrival.raw) && !claimed(&arrival.fate) {
                continue;
            }
            let Some(letter) = self.kept(&arrival.raw)? else { continue };
            received += 1;
            let path = format!("letters/received-{received}.eml");
            self.put(path, PaperKind::LetterReceived, letter, Some(arrival.at));
            for content in &arrival.contents {
                self.receipt(content, arrival.at)?;
            }
        }
        for numbered in journal {
            if let Some(cause) = &numbered.entry.cause
                && let Some(letter) = self.kept(cause)?
            {
                received += 1;
                let path = format!("letters/received-{received}.eml");
                self.put(path, PaperKind::LetterReceived, letter, Some(numbered.entry.at));
            }
            self.words(numbered)?;
        }
        Ok(())
    }

    fn receipt(&mut self, content: &Digest, at: Timestamp) -> Result<(), PackError> {
        let Some(bytes) = self.kept(content)? else { return Ok(()) };
        let number = 1 + self.papers.iter().filter(|one| one.kind == PaperKind::Receipt).count();
        let ending = if bytes.starts_with(b"<?xml") { "xml" } else { "txt" };
        self.put(format!("receipts/{number}.{ending}"), PaperKind::Receipt, bytes, Some(at));
        Ok(())
    }

    /// Receipts, invoices and certificates that an entry names.
    fn words(&mut self, numbered: &Numbered) -> Result<(), PackError> {
        let at = numbered.entry.at;
        match &numbered.entry.event {
            Some(Event::Heard { word: Word::Invoiced(invoice), .. }) => {
                self.receipt(&invoice.receipt, at)?;
                let orders = self.source.snapshot.orders.iter().flat_map(|order| &order.invoices);
                let mut papers = orders.filter(|one| one.xml == invoice.receipt);
                if let Some(pdf) = papers.find_map(|one| one.pdf)
                    && let Some(bytes) = self.kept(&pdf)?
                {
                    let kind = PaperKind::InvoicePdf;
                    let number = 1 + self.papers.iter().filter(|one| one.kind == kind).count();
                    self.put(format!("receipts/invoice-{number}.pdf"), kind, bytes, Some(at));
                }
            }
            Some(Event::Heard { word: Word::Refused(refusal), .. }) => {
                self.receipt(&refusal.receipt, at)?;
            }
            Some(Event::Heard { word: Word::Granted(grant), .. }) => {
                // Of a notice, this is the receipt itself.
                if let Some(bundle) = self.kept(&grant.bundle)? {
                    let kind = PaperKind::CertificateNew;
                    let number = 1 + self.papers.iter().filter(|one| one.kind == kind).count();
                    self.put(format!("certificates/new-{number}.pem"), kind, bundle, None);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn certificates(&mut self) {
        let source = self.source;
        let kinds = [
            (PaperKind::CertificateOld, "old", &source.old),
            (PaperKind::AuthoritySigner, "signer", &source.signers),
            (PaperKind::AuthorityAnchor, "root", &source.anchors),
        ];
        for (kind, name, certificates) in kinds {
            for (number, certificate) in (1..).zip(certificates) {
                let path = format!("certificates/{name}-{number}.pem");
                self.put(path, kind, certificate.pem().into_bytes(), None);
            }
        }
    }

    fn journal(&mut self, journal: &[&Numbered]) -> Result<Chain, PackError> {
        let (mut text, mut previous) = (Vec::new(), NOTHING);
        for Numbered { number, entry } in journal {
            let line = Line { previous, number: *number, entry: entry.clone() };
            let line = serde_json::to_vec(&line).map_err(|_| PackError::Unwritten)?;
            previous = digest(&line);
            text.extend(line);
            text.push(b'\n');
        }
        self.put(JOURNAL.into(), PaperKind::Journal, text, None);
        Ok(Chain { lines: journal.len(), head: previous })
    }
}

/// What a letter of ours carries besides its text: the sealed document.
fn carried(letter: &[u8]) -> Vec<Vec<u8>> {
    let parts = mail::read(letter, &Limits::default()).map(|letter| letter.parts);
    let parts = parts.unwrap_or_default().into_iter();
    let sealed = parts.filter(|part| !part.content_type.starts_with("text/"));
    sealed.map(|part| part.bytes).collect()
}
