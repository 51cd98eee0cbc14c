//! One case as a page of its own, for whoever opens an evidence pack years later.

use askama::Template;
use jiff::tz::TimeZone;

use super::words::{self, Labels};
use super::{Line, Report};

/// What stands around the papers of an evidence pack.
pub struct EvidenceWords {
    pub title: &'static str,
    pub files: &'static str,
    pub proves_title: &'static str,
    pub proves: [&'static str; 3],
    pub cannot_title: &'static str,
    pub cannot: [&'static str; 4],
    /// Before the command that verifies.
    pub how: &'static str,
}

/// What a file of a pack is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum PaperKind {
    /// A letter as it went out.
    LetterSent,
    /// A letter as it came in.
    LetterReceived,
    /// The sealed application or notice out of a sent letter.
    Sealed,
    /// The authenticated content of a received letter.
    Receipt,
    /// The invoice for people, which a signed one names.
    InvoicePdf,
    CertificateOld,
    CertificateNew,
    AuthoritySigner,
    AuthorityAnchor,
    Journal,
    Summary,
}

/// A file of a pack.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    pub path: String,
    pub kind: PaperKind,
    pub bytes: usize,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Of letters: when they went or came, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at: Option<i64>,
}

#[derive(Template)]
#[template(path = "evidence.html")]
struct Page<'a> {
    report: &'a Report,
    labels: &'static Labels,
    words: &'static EvidenceWords,
    line: &'a Line,
    papers: Vec<(&'a Paper, &'static str, String)>,
}

/// The page; `None` when there is no such case, or a value refuses to be formatted.
pub fn render<'p>(
    report: &Report,
    id: &str,
    zone: &TimeZone,
    papers: &'p [Paper],
) -> Option<String> {
    let line = report.cases.iter().find(|line| line.id.as_deref() == Some(id))?;
    let language = words::of(report.language);
    let paper = |paper: &'p Paper| {
        let Paper { kind, at, .. } = paper;
        let at = at.map(|at| language.stamp(crate::time::Timestamp(at).civil(zone)));
        (paper, language.paper(*kind), at.unwrap_or_default())
    };
    let papers = papers.iter().map(paper).collect();
    let (labels, words) = (language.labels(), language.evidence());
    Page { report, labels, words, line, papers }.render().ok()
}
