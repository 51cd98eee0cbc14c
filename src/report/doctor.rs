//! `certpost doctor` in words: what was tried, what came of it, and what to do.

use jiff::civil::Date;
use serde::Serialize;

use super::columns::{Colour, Page, padded, width};
use super::line::problem_words;
use super::{Language, Severity, Standing, words};
use crate::exchange::Problem;

/// What was tried, in the order of showing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Probe {
    /// What the configuration names: files, folders, secrets.
    Configuration,
    /// TLS and login where letters come from.
    Mailbox,
    Folder,
    Moving,
    Quota,
    /// TLS and login where letters go out.
    Sending,
    LetterSize,
    Clock,
    AuthorityCertificate,
    /// The keys of a holder open, with their certificates beside them.
    Keys,
    /// A holder's token is there, and its PIN opens it.
    Token,
    Disk,
    Hook,
}

/// What is known of something that is well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    Nothing,
    Letters(u32),
    UsedPercent(u8),
    /// No letter that is larger is taken.
    UpToBytes(u64),
    FreeMegabytes(u64),
    Until(Date),
    /// New keys that wait for nothing any more: their renewals were withdrawn.
    SpareKeys(usize),
    /// The other side does not tell.
    Untold,
}

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    pub probe: Probe,
    /// Which one: a folder, a holder, an authority, a server. May be empty.
    pub about: String,
    pub severity: Severity,
    pub problem: Option<Problem>,
    pub fact: Fact,
}

impl Found {
    pub fn fine(probe: Probe, about: impl Into<String>, fact: Fact) -> Self {
        let severity = match fact {
            Fact::Untold | Fact::SpareKeys(_) => Severity::Normal,
            _ => Severity::Success,
        };
        Self { probe, about: about.into(), severity, problem: None, fact }
    }

    /// It does not work.
    pub fn wrong(probe: Probe, about: impl Into<String>, problem: Problem) -> Self {
        let severity = Severity::Error;
        Self { probe, about: about.into(), severity, problem: Some(problem), fact: Fact::Nothing }
    }

    /// It works, but not for long.
    pub fn soon(probe: Probe, about: impl Into<String>, problem: Problem) -> Self {
        Self { severity: Severity::Warning, ..Self::wrong(probe, about, problem) }
    }

    pub fn standing(&self) -> Standing {
        self.problem.as_ref().map_or(Standing::Fine, Standing::of_problem)
    }
}

/// The gravest first; what is well, last.
pub fn doctor(found: &[Found], language: Language, colour: Colour) -> String {
    let words = words::of(language);
    let mut found: Vec<&Found> = found.iter().collect();
    found.sort_by_key(|one| (std::cmp::Reverse(one.severity), one.probe));
    let needed = found.iter().filter(|one| one.problem.is_some()).count();
    let mut page = Page::new(language, colour);
    page.wrapped(&words.doctor(needed), 0, 0);
    let column = found.iter().map(|one| width(words.probe(one.probe))).max().unwrap_or(0);
    for one in found {
        let mark = match one.severity {
            Severity::Error => "✗",
            Severity::Warning => "!",
            Severity::Success => "✓",
            Severity::Normal => "·",
        };
        let mark = page.painted(one.severity, mark);
        let fact = words.fact(&one.fact);
        let comma = if one.about.is_empty() || fact.is_empty() { "" } else { ": " };
        let title = padded(words.probe(one.probe), column);
        let start = page.text.len();
        page.wrapped(&format!("{title}  {}{comma}{fact}", one.about), 4, 4 + column + 2);
        page.text.replace_range(start..start + 4, &format!("  {mark} "));
        let Some(problem) = &one.problem else { continue };
        let said = problem_words(words, problem);
        page.wrapped(said.what, 6, 6);
        if !problem.detail.is_empty() {
            page.wrapped(&format!("{}: {}", page.labels.technical, problem.detail), 6, 6);
        }
        page.wrapped(&format!("→ {}", said.action), 6, 8);
    }
    page.text
}
