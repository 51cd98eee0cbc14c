//! The demo on a terminal: each holder's way as a row of beads.

use std::path::Path;
use std::time::Duration;

use super::columns::{padded, width};
use super::words::{self, DemoPlace};
use super::{Language, Progress, Report};

/// One row a case: role, beads, badge. The widest role sets the column.
pub fn rows(report: &Report) -> Vec<String> {
    let mut cases: Vec<_> = report.cases.iter().collect();
    cases.sort_by_key(|case| case.id.clone());
    let column = cases.iter().map(|case| width(&case.role)).max().unwrap_or(0);
    let row = |case: &&super::Line| {
        let beads: Vec<_> = case.steps.iter().map(|step| bead(step.progress)).collect();
        format!("  {}  {}   {}", padded(&case.role, column), beads.join("──────"), case.badge)
    };
    cases.iter().map(row).collect()
}

/// What the beads mean, under the rows.
pub fn legend(report: &Report) -> String {
    let Some(case) = report.cases.iter().max_by_key(|case| case.steps.len()) else {
        return String::new();
    };
    let labels: Vec<_> = case.steps.iter().map(|step| step.label.as_str()).collect();
    format!("  {}", labels.join(" → "))
}

fn bead(progress: Progress) -> &'static str {
    match progress {
        Progress::Done => "●",
        Progress::Now => "◐",
        Progress::Later => "○",
        Progress::Failed => "✗",
    }
}

pub fn begins(language: Language, company: &str, holders: usize, port: u16) -> String {
    words::of(language).demo_begins(company, holders, port)
}

pub fn unfinished(language: Language) -> &'static str {
    words::of(language).demo_unfinished()
}

/// The last words: how long it took, what was refused and why, and where everything lies.
pub fn ends(language: Language, took: Duration, report: &Report, folder: &Path) -> String {
    let words = words::of(language);
    let mut text = format!("{}\n", words.demo_done(took));
    for case in &report.cases {
        if !case.quotes.is_empty() {
            text.push_str(&format!("\n{}. {}\n", case.title(), case.told));
            let [open, close] = words.labels().quotes;
            for quote in &case.quotes {
                text.push_str(&format!("  {open}{quote}{close}\n"));
            }
        }
    }
    for invoice in report.orders.iter().flat_map(|order| &order.invoices) {
        let sum = words.money(&invoice.paper.amount);
        text.push_str(&format!("\n{}: {sum}, {}\n", invoice.title, invoice.state));
    }
    text.push('\n');
    let column = DemoPlace::ALL.iter().map(|one| width(words.demo_place(*one))).max().unwrap_or(0);
    for place in DemoPlace::ALL {
        let label = padded(words.demo_place(place), column);
        text.push_str(&format!("  {label}  {}\n", folder.join(place.path()).display()));
    }
    let config = folder.join("config.toml");
    text.push_str(&format!("\n  certpost --config {} status\n", config.display()));
    text
}
