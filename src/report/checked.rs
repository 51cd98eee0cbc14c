//! `certpost check` in words. What the reader of the configuration says about an option is English,
//! like the options themselves.

use super::Language;
use super::columns::{Colour, Page};
use super::words;

/// One mistake in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// 1-based.
    pub line: usize,
    /// `mailbox.imap.port`; empty for the file as a whole.
    pub place: String,
    pub what: String,
    pub instead: String,
}

/// The findings by line; then what could not be looked at: a place and why.
pub fn checked(
    language: Language,
    file: &str,
    findings: &[Finding],
    notes: &[(String, String)],
) -> String {
    let words = words::of(language);
    let mut page = Page::new(language, Colour::Plain);
    page.wrapped(&format!("{file}: {}", words.checked(findings.len())), 0, 2);
    for Finding { line, place, what, instead } in findings {
        let space = if place.is_empty() { "" } else { " " };
        page.wrapped(&format!("{}: {place}{space}{what}", words.line(*line)), 0, 2);
        page.wrapped(&format!("→ {instead}"), 2, 4);
    }
    for (place, why) in notes {
        page.wrapped(&format!("· {place}: {why}"), 0, 2);
    }
    page.text
}
