//! The summary in every format, read back by somebody else's eyes: the workbook by its XML, the PDF
//! by poppler's pdftotext, the calendar by a strict reader of RFC 5545 below.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "summary_files/bills.rs"]
mod bills;
#[path = "summary_files/calendar.rs"]
mod calendar;
#[path = "report/moment.rs"]
#[allow(dead_code)]
mod moment;
#[path = "summary_files/paper.rs"]
mod paper;
#[path = "summary_files/workbook.rs"]
mod workbook;

use certpost::report::summary::Format;
use certpost::report::{self, Language, Report, csv, summary};
use moment::rich_snapshot;

const LANGUAGES: [Language; 4] = [Language::Uk, Language::En, Language::Ru, Language::Be];

fn rich(language: Language) -> Report {
    report::build(&rich_snapshot(), language)
}

fn file(report: &Report, format: Format) -> Vec<u8> {
    summary::render(report, format, csv::Encoding::Utf8).unwrap()
}

#[test]
fn the_same_moment_gives_the_same_bytes() {
    for language in LANGUAGES {
        for format in Format::ALL {
            let again = rich(language);
            assert!(file(&rich(language), format) == file(&again, format), "{}", format.name());
        }
    }
}

#[test]
fn formats_go_by_their_names() {
    for format in Format::ALL {
        assert_eq!(Format::named(format.name()), Some(format));
    }
    assert_eq!(Format::named("docx"), None);
}
