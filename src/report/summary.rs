//! The summary as files: which formats there are, and what each is called.

use std::fmt;

use super::{Report, calendar, csv, html, pdf, words, xlsx};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    Html,
    Csv,
    Xlsx,
    Pdf,
    Ics,
}

impl Format {
    pub const ALL: [Format; 5] = [Self::Html, Self::Csv, Self::Xlsx, Self::Pdf, Self::Ics];

    /// As people write it, and the end of the file's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Pdf => "pdf",
            Self::Ics => "ics",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// A format could not be written.
#[derive(Debug)]
pub struct Unwritten {
    pub format: Format,
    pub detail: String,
}

impl fmt::Display for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the summary cannot be written as {}: {}", self.format.name(), self.detail)
    }
}

impl std::error::Error for Unwritten {}

/// The report in one format.
pub fn render(
    report: &Report,
    format: Format,
    encoding: csv::Encoding,
) -> Result<Vec<u8>, Unwritten> {
    let unwritten = |detail: String| Unwritten { format, detail };
    match format {
        Format::Html => html::render(report)
            .map(String::into_bytes)
            .map_err(|error| unwritten(error.to_string())),
        Format::Csv => Ok(csv::render(report, encoding)),
        Format::Xlsx => xlsx::render(report).map_err(|error| unwritten(error.to_string())),
        Format::Pdf => pdf::render(report).map_err(unwritten),
        Format::Ics => {
            let title = words::of(report.language).labels().page_title;
            let name = format!("{title}: {}", report.organisation);
            Ok(calendar::render(&name, report.language, report.at, &report.days).into_bytes())
        }
    }
}
