//! The PDF as poppler reads it.

use std::io::Write;
use std::process::{Command, Stdio};

use certpost::report::summary::Format;
use certpost::report::{self, Language};

use crate::moment::{quiet_snapshot, rich_snapshot};
use crate::{LANGUAGES, file, rich};

/// The text of each page.
fn pages(pdf: &[u8]) -> Vec<String> {
    let mut reader = Command::new("pdftotext")
        .args(["-layout", "-enc", "UTF-8", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("pdftotext must be there: apt-get install poppler-utils");
    let mut input = reader.stdin.take().unwrap();
    let bytes = pdf.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&bytes).unwrap());
    let output = reader.wait_with_output().unwrap();
    writer.join().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && complaint.is_empty(), "{complaint}");
    let text = String::from_utf8(output.stdout).unwrap();
    let text = text.strip_suffix('\u{c}').unwrap_or(&text);
    text.split('\u{c}').map(str::to_owned).collect()
}

/// Without line breaks, which are the layout's.
fn flat(text: &str) -> String {
    text.replace('\u{a0}', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn paper_says_what_the_page_says() {
    for language in LANGUAGES {
        let report = rich(language);
        let pages = pages(&file(&report, Format::Pdf));
        let text = flat(&pages.join(" "));
        let mut wanted = vec![report.organisation.clone(), report.verdict.clone()];
        wanted.extend(report.certificates.iter().map(|row| row.until.clone()));
        wanted.extend(report.orders.iter().map(|order| order.total.clone()));
        let invoices = report.orders.iter().flat_map(|order| &order.invoices);
        wanted.extend(invoices.flat_map(|one| one.facts.iter().map(|(_, value)| value.clone())));
        wanted.extend(report.total.clone());
        for section in &report.sections[..2] {
            wanted.push(section.title.clone());
            for line in &section.lines {
                wanted.extend([line.title(), line.badge.clone(), line.told.clone()]);
                wanted.extend(line.action.iter().filter_map(|action| action.command.clone()));
            }
        }
        for wanted in wanted {
            assert!(text.contains(&flat(&wanted)), "{wanted} is not in\n{text}");
        }
        for (number, page) in (1..).zip(&pages) {
            let last = page.lines().rfind(|line| !line.trim().is_empty()).unwrap();
            let last: String = last.split_whitespace().collect();
            assert!(last.ends_with(&format!("{number}/{}", pages.len())), "{last}");
        }
    }
}

#[test]
fn a_short_summary_is_one_page() {
    let report = report::build(&quiet_snapshot(), Language::Uk);
    let pages = pages(&file(&report, Format::Pdf));
    assert_eq!(pages.len(), 1);
    assert!(flat(&pages[0]).contains("Від вас нічого не потрібно."));
}

#[test]
fn long_tables_repeat_their_head_and_lose_nothing() {
    let mut snapshot = rich_snapshot();
    let pattern = snapshot.holders[4].clone();
    for number in 0..120 {
        let mut holder = pattern.clone();
        holder.id = format!("employee-{number}");
        holder.name = format!("Особа{number} Ім’я По-Батькові");
        snapshot.holders.push(holder);
    }
    let report = report::build(&snapshot, Language::Uk);
    let pages = pages(&file(&report, Format::Pdf));
    let text = flat(&pages.join(" "));
    for number in 0..120 {
        assert!(text.contains(&format!("Особа{number} ")), "{number}");
    }
    let heads = pages.iter().filter(|page| flat(page).contains("Діє до Залишилося")).count();
    assert!(heads > 3, "{heads} heads on {} pages", pages.len());
}

#[test]
fn endless_words_of_an_authority_go_over_pages() {
    let mut snapshot = rich_snapshot();
    let text = "Дуже довга причина відмови. ".repeat(900) + "Кінець причини.";
    for exchange in &mut snapshot.exchanges {
        if let certpost::exchange::Stage::Refused { refusal, .. } = &mut exchange.stage {
            refusal.reasons = vec![text.clone(), "а".repeat(20_000)];
        }
    }
    let report = report::build(&snapshot, Language::Uk);
    let pages = pages(&file(&report, Format::Pdf));
    let text = flat(&pages.join(" "));
    assert!(text.contains("Кінець причини."));
    assert_eq!(text.matches("Дуже довга").count(), 900);
}

#[test]
fn every_letter_of_our_languages_is_in_the_fonts() {
    let mut snapshot = quiet_snapshot();
    snapshot.organisation.name = "ҐґЇїЄєІіЁёЪъЫыЭэЎўʼ’№«»–—₴ \u{202e}漢".into();
    let report = report::build(&snapshot, Language::Uk);
    let text = flat(&pages(&file(&report, Format::Pdf)).join(" "));
    assert!(text.contains("ҐґЇїЄєІіЁёЪъЫыЭэЎўʼ’№«»–—₴ \u{fffd}"), "{text}");
}
