//! Looking at a pack that came from anywhere.

use serde::Serialize;

use super::archive::{self, Files};
use super::seals::{self, Seal, Trust};
use super::{Fault, JOURNAL, Line, Manifest, NOTHING, named};
use crate::crypto::{Certificate, digest};
use crate::exchange::Digest;
use crate::mail::{self, Limits};
use crate::report::dossier::{Paper, PaperKind};
use crate::time::Timestamp;

/// What a pack turned out to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// SHA-256 of the whole file.
    pub digest: String,
    pub exchange: String,
    pub organisation: String,
    pub code: String,
    /// When the pack says that it was made, in seconds since 1970.
    pub made: Option<i64>,
    pub files: usize,
    pub journal_lines: usize,
    /// SHA-256 of the journal's last line.
    pub journal_head: String,
    /// Signatures on the outside of letters that hold.
    pub seals: Vec<Seal>,
    /// Fingerprints (SHA-256) of the roots that everything rests on, with their names.
    pub roots: Vec<(String, String)>,
    /// What is no fault, but worth knowing.
    pub notes: Vec<String>,
    /// Empty: the pack is whole.
    pub faults: Vec<Fault>,
}

/// Looks at a pack's bytes. Never fails: what is wrong stands in [`Verdict::faults`].
pub fn verify(bytes: &[u8]) -> Verdict {
    let (files, faults) = archive::read(bytes);
    let mut look = Look { files: &files, faults, notes: Vec::new() };
    let manifest = look.manifest();
    let digest = digest(bytes).to_string();
    let mut verdict = Verdict {
        digest,
        exchange: String::new(),
        organisation: String::new(),
        code: String::new(),
        made: None,
        files: files.len(),
        journal_lines: 0,
        journal_head: String::new(),
        seals: Vec::new(),
        roots: Vec::new(),
        notes: Vec::new(),
        faults: Vec::new(),
    };
    if let Some(manifest) = &manifest {
        verdict.exchange.clone_from(&manifest.exchange);
        verdict.organisation.clone_from(&manifest.organisation);
        verdict.code.clone_from(&manifest.code);
        verdict.made = Some(manifest.made);
        look.listed(manifest);
        let entries = look.journal(manifest);
        verdict.journal_lines = entries.len();
        verdict.journal_head = manifest.journal.head.to_string();
        look.named(manifest, &entries);
        look.sealed(manifest);
        (verdict.seals, verdict.roots) = look.seals(manifest);
    }
    let Look { mut faults, notes, .. } = look;
    faults.sort();
    faults.dedup();
    Verdict { notes, faults, ..verdict }
}

struct Look<'a> {
    files: &'a Files,
    faults: Vec<Fault>,
    notes: Vec<String>,
}

impl<'a> Look<'a> {
    fn fault(&mut self, place: &str, what: impl Into<String>) {
        self.faults.push(Fault::new(place, what));
    }

    fn manifest(&mut self) -> Option<Manifest> {
        if self.files.is_empty() {
            return None;
        }
        let Some(text) = self.files.get(archive::FIRST) else {
            self.fault(archive::FIRST, "it is missing");
            return None;
        };
        match serde_json::from_slice::<Manifest>(text) {
            Ok(manifest) if manifest.format == super::FORMAT => Some(manifest),
            Ok(manifest) => {
                let what = format!("format {} is newer than this certpost", manifest.format);
                self.fault(archive::FIRST, what);
                None
            }
            Err(error) => {
                self.fault(archive::FIRST, format!("it does not read: {error}"));
                None
            }
        }
    }

    /// Every file is listed with its digest, and every listed one is there.
    fn listed(&mut self, manifest: &Manifest) {
        for paper in &manifest.files {
            match self.files.get(&paper.path) {
                None => self.fault(&paper.path, "it is listed but missing"),
                Some(bytes) => {
                    if digest(bytes).to_string() != paper.sha256 || bytes.len() != paper.bytes {
                        self.fault(&paper.path, "it is not the file that was listed: changed");
                    }
                }
            }
        }
        let files = self.files;
        for name in files.keys().filter(|name| *name != archive::FIRST) {
            match manifest.files.iter().filter(|paper| paper.path == *name).count() {
                0 => self.fault(name, "it is there but not listed"),
                1 => {}
                _ => self.fault(name, "it is listed twice"),
            }
        }
        for digest in &manifest.missing {
            self.notes.push(format!("{digest} was missing already when the pack was made"));
        }
    }

    /// The entries, as far as the chain holds.
    fn journal(&mut self, manifest: &Manifest) -> Vec<Line> {
        let Some(text) = self.files.get(JOURNAL) else {
            self.fault(JOURNAL, "it is missing");
            return Vec::new();
        };
        let (mut previous, mut entries) = (NOTHING, Vec::new());
        let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
        if lines.pop().is_some_and(|rest| !rest.is_empty()) {
            self.fault(JOURNAL, "the last line has no end");
        }
        for (number, text) in (1..).zip(lines) {
            let line = match serde_json::from_slice::<Line>(text) {
                Ok(line) => line,
                Err(error) => {
                    self.fault(JOURNAL, format!("line {number} does not read: {error}"));
                    return entries;
                }
            };
            if line.previous != previous {
                let what = format!(
                    "line {number} does not follow line {}: a line was changed, added, taken out \
                     or moved there",
                    number - 1
                );
                self.fault(JOURNAL, what);
                return entries;
            }
            if line.entry.exchange.0 != manifest.exchange {
                self.fault(JOURNAL, format!("line {number} belongs to another case"));
            }
            previous = digest(text);
            entries.push(line);
        }
        if previous != manifest.journal.head || entries.len() != manifest.journal.lines {
            self.fault(JOURNAL, "it does not end where the manifest says: lines were cut or added");
        }
        entries
    }

    /// What the journal speaks of is in the pack, by digest.
    fn named(&mut self, manifest: &Manifest, entries: &[Line]) {
        let there = |wanted: &Digest| {
            let sha256 = wanted.to_string();
            manifest.missing.contains(wanted)
                || manifest.files.iter().any(|paper| paper.sha256 == sha256)
        };
        for line in entries {
            for wanted in named(&line.entry).iter().filter(|wanted| !there(wanted)) {
                let number = line.number;
                self.fault(JOURNAL, format!("entry {number} names {wanted}, which is not here"));
            }
        }
    }

    fn papers<'m>(&self, manifest: &'m Manifest, kind: PaperKind) -> Vec<(&'m Paper, &'a [u8])> {
        let files = self.files;
        let of_kind = manifest.files.iter().filter(|paper| paper.kind == kind);
        let with_bytes = |paper: &'m Paper| Some((paper, files.get(&paper.path)?.as_slice()));
        of_kind.filter_map(with_bytes).collect()
    }

    /// Each sealed document lies in a letter that was sent.
    fn sealed(&mut self, manifest: &Manifest) {
        let mut carried = Vec::new();
        for (_, letter) in self.papers(manifest, PaperKind::LetterSent) {
            let letter = mail::read(letter, &Limits::default());
            carried.extend(letter.map(|letter| letter.parts).unwrap_or_default());
        }
        let papers = self.papers(manifest, PaperKind::Sealed);
        let strange: Vec<String> = papers
            .iter()
            .filter(|(_, bytes)| !carried.iter().any(|part| part.bytes == *bytes))
            .map(|(paper, _)| paper.path.clone())
            .collect();
        for path in strange {
            self.fault(&path, "no letter of the pack carried it");
        }
    }

    fn certificates(&mut self, manifest: &Manifest, kind: PaperKind) -> Vec<Certificate> {
        let mut found = Vec::new();
        let mut broken = Vec::new();
        for (paper, bytes) in self.papers(manifest, kind) {
            for one in pems(bytes) {
                match Certificate::read(one.as_bytes()) {
                    Ok(certificate) => found.push(certificate),
                    Err(error) => broken.push((paper.path.clone(), error.to_string())),
                }
            }
        }
        for (path, error) in broken {
            self.fault(&path, format!("no certificate: {error}"));
        }
        found
    }

    /// Signatures of letters, and who vouches for signers and for new certificates.
    fn seals(&mut self, manifest: &Manifest) -> (Vec<Seal>, Vec<(String, String)>) {
        let old = self.certificates(manifest, PaperKind::CertificateOld);
        let new = self.certificates(manifest, PaperKind::CertificateNew);
        let signers = self.certificates(manifest, PaperKind::AuthoritySigner);
        let anchors = self.certificates(manifest, PaperKind::AuthorityAnchor);
        let beside: Vec<_> =
            old.iter().chain(&new).chain(&signers).chain(&anchors).cloned().collect();
        let mut found = Vec::new();
        let sides = [(PaperKind::LetterSent, &old), (PaperKind::LetterReceived, &signers)];
        for (kind, expected) in sides {
            for (paper, letter) in self.papers(manifest, kind) {
                let at = Timestamp(paper.at.unwrap_or(manifest.made));
                let trust = Trust { expected, beside: &beside, anchors: &anchors, at };
                let (seals, faults) = seals::of_letter(&paper.path, letter, &trust);
                for seal in seals.iter().filter(|seal| !seal.known) {
                    let what = format!(
                        "its signature holds, but no certificate of the pack vouches for «{}»",
                        seal.signer
                    );
                    self.faults.push(Fault::new(&paper.path, what));
                }
                if seals.is_empty() && faults.is_empty() {
                    let path = &paper.path;
                    self.notes.push(format!("{path}: no signature can be seen without a key"));
                }
                found.extend(seals);
                self.faults.extend(faults);
            }
        }
        for certificate in &new {
            let at = certificate.not_before();
            if !seals::is_vouched_for(certificate, &beside, &anchors, at) {
                let what =
                    format!("no root of the pack vouches for «{}»", certificate.display_name());
                self.fault("certificates", what);
            }
        }
        let roots = anchors.iter().map(|one| (one.display_name(), one.fingerprint().to_string()));
        (found, roots.collect())
    }
}

/// The certificates of a bundle, one PEM block each.
fn pems(bytes: &[u8]) -> Vec<String> {
    const END: &str = "-----END CERTIFICATE-----";
    let text = String::from_utf8_lossy(bytes);
    let blocks = text.split_inclusive(END).filter(|block| block.contains("-----BEGIN"));
    blocks.map(|block| block.trim_start().to_owned()).collect()
}
