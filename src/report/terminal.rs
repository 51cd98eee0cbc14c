//! The report on 80 columns: the answer first, one next step a line, words before codes. Plain
//! text; colour only when the caller knows that a terminal reads it.

use super::letters::Letter;
use super::words::{self, Labels};
use super::{Language, Line, Progress, Report, Severity, Topic};

const WIDTH: usize = 80;

/// Whether to colour (ECMA-48 SGR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    Plain,
    Coloured,
}

/// `certpost status`.
pub fn status(report: &Report, colour: Colour) -> String {
    let mut page = Page { text: String::new(), colour, labels: labels(report) };
    page.head(report);
    page.wrapped(&format!("{} {}", report.verdict, report.rest), 0, 0);
    for section in &report.sections {
        page.text.push('\n');
        page.heading(&section.title);
        let id_width = section.lines.iter().map(|line| width(name_of(line))).max().unwrap_or(0);
        let who_width = section.lines.iter().map(|line| width(&who(line))).max().unwrap_or(0);
        for line in &section.lines {
            page.line(section.topic, line, id_width.min(24), who_width.min(32));
        }
    }
    page.text.push('\n');
    for remark in &report.post {
        page.wrapped(&remark.text, 0, 0);
        if let Some(command) = &remark.command {
            page.wrapped(&format!("→ {command}"), 2, 4);
        }
    }
    page.text
}

/// `certpost list`: certificates and cases as one table.
pub fn list(report: &Report, colour: Colour) -> String {
    let mut page = Page { text: String::new(), colour, labels: labels(report) };
    page.head(report);
    page.text.push('\n');
    let labels = page.labels;
    let head = [labels.who, labels.certificate, labels.valid_until, labels.left, labels.state];
    let rows: Vec<(Severity, [String; 5])> = report
        .certificates
        .iter()
        .map(|row| {
            let cells = [
                row.holder.clone(),
                row.usages.clone(),
                row.until.clone(),
                row.left.clone(),
                row.badge.clone(),
            ];
            (row.severity, cells)
        })
        .collect();
    if rows.is_empty() && report.cases.is_empty() {
        page.wrapped(labels.nothing, 0, 0);
    }
    if !rows.is_empty() {
        page.table(&head, &rows);
    }
    if !report.cases.is_empty() {
        page.text.push('\n');
        let head = [labels.case, labels.who, labels.opened, labels.state];
        let rows: Vec<(Severity, [String; 4])> = report
            .cases
            .iter()
            .map(|case| {
                let opened = case.facts.iter().find(|(name, _)| name == labels.opened);
                let opened = opened.map(|(_, value)| value.clone()).unwrap_or_default();
                let id = case.id.clone().unwrap_or_default();
                (case.severity, [id, case.role.clone(), opened, case.badge.clone()])
            })
            .collect();
        page.table(&head, &rows);
    }
    page.text
}

/// `certpost show ID`; `None` when there is no such exchange.
pub fn show(report: &Report, id: &str, colour: Colour) -> Option<String> {
    let case = report.cases.iter().find(|case| case.id.as_deref() == Some(id))?;
    let mut page = Page { text: String::new(), colour, labels: labels(report) };
    let labels = page.labels;
    let badge = page.painted(case.severity, &case.badge);
    page.text.push_str(&format!("{}: {badge}\n", case.title()));
    page.body(case, 0);
    if let Some(ends) = &case.ends {
        page.wrapped(ends, 0, 0);
    }
    page.text.push('\n');
    page.way(case);
    page.text.push('\n');
    let name_width = case.facts.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    for (name, value) in &case.facts {
        page.wrapped(&format!("{}  {value}", padded(name, name_width)), 0, name_width + 2);
    }
    if !case.journal.is_empty() {
        page.text.push('\n');
        page.heading(labels.history);
        for entry in &case.journal {
            let indent = width(&entry.when) + 2;
            page.wrapped(&format!("{}  {}", entry.when, entry.text), 0, indent);
            if !entry.words.is_empty() {
                page.wrapped(&entry.words, indent, indent);
            }
        }
    }
    Some(page.text)
}

/// `certpost quarantine`, `certpost unclaimed`: a paragraph a letter, newest first.
pub fn letters(letters: &[Letter], language: Language) -> String {
    let labels = words::of(language).labels();
    let mut page = Page { text: String::new(), colour: Colour::Plain, labels };
    if letters.is_empty() {
        page.wrapped(labels.no_letters, 0, 0);
    }
    let column = labels.letters.iter().map(|label| width(label)).max().unwrap_or(0);
    for letter in letters {
        let Letter { digest, when, from, subject, reason, .. } = letter;
        page.text.push_str(&format!("{digest}\n"));
        for (label, value) in labels.letters.iter().zip([when, from, subject, reason]) {
            if !value.is_empty() {
                let row = format!("{}  {value}", padded(label, column));
                page.wrapped(&row, 2, column + 4);
            }
        }
    }
    page.text
}

fn labels(report: &Report) -> &'static Labels {
    words::of(report.language).labels()
}

/// What commands call it: the exchange, else the holder, else nothing.
fn name_of(line: &Line) -> &str {
    line.id.as_deref().or(line.holder.as_deref()).unwrap_or_default()
}

/// `Директор, Яременко О. І.`
fn who(line: &Line) -> String {
    let mut who = line.role.clone();
    if !line.short_name.is_empty() {
        who = format!("{who}, {}", line.short_name);
    }
    who
}

struct Page {
    text: String,
    colour: Colour,
    labels: &'static Labels,
}

impl Page {
    /// Organisation left, moment right.
    fn head(&mut self, report: &Report) {
        let left = safe(&format!("{}, {}", report.organisation, report.code));
        let used = width(&left) + width(&report.as_of);
        if used + 1 > WIDTH {
            self.wrapped(&left, 0, 0);
            self.wrapped(&report.as_of, 0, 0);
            return;
        }
        self.text.push_str(&format!("{left}{}{}\n", " ".repeat(WIDTH - used), report.as_of));
    }

    fn heading(&mut self, title: &str) {
        match self.colour {
            Colour::Plain => self.text.push_str(title),
            Colour::Coloured => self.text.push_str(&format!("\x1b[1m{title}\x1b[0m")),
        }
        self.text.push('\n');
    }

    /// `  ✗ director-1  Директор, Яременко О. І.  Відмова` and what belongs to it.
    fn line(&mut self, topic: Topic, line: &Line, id_width: usize, who_width: usize) {
        let mark = match (topic, line.severity) {
            (Topic::UnderWay | Topic::EndsSoon, _) => "…",
            (_, Severity::Error) => "✗",
            (_, Severity::Warning) => "!",
            (_, Severity::Success) => "✓",
            (_, Severity::Normal) => "·",
        };
        let mark = self.painted(line.severity, mark);
        if name_of(line).is_empty() {
            let start = self.text.len();
            self.wrapped(&line.role, 4, 4);
            self.text.replace_range(start..start + 4, &format!("  {mark} "));
        } else {
            let who = padded(&who(line), who_width);
            let tail = if topic == Topic::Calm { &line.told } else { &line.badge };
            let text = format!("{}  {who}  {tail}", padded(name_of(line), id_width));
            let start = self.text.len();
            self.wrapped(&text, 4, 6);
            self.text.replace_range(start..start + 4, &format!("  {mark} "));
        }
        if topic != Topic::Calm {
            self.body(line, 6);
        }
        if let (Topic::NeedsYou | Topic::EndsSoon, Some(ends)) = (topic, &line.ends) {
            self.wrapped(ends, 6, 6);
        }
    }

    /// What happened, the authority's words, the next step.
    fn body(&mut self, line: &Line, indent: usize) {
        if !line.told.is_empty() {
            self.wrapped(&line.told, indent, indent);
        }
        for quote in &line.quotes {
            let [open, close] = self.labels.quotes;
            self.wrapped(&format!("{open}{quote}{close}"), indent, indent + 1);
        }
        if let Some(detail) = &line.detail {
            self.wrapped(&format!("{}: {detail}", self.labels.technical), indent, indent);
        }
        if let Some(action) = &line.action {
            self.wrapped(&format!("→ {}", action.text), indent, indent + 2);
            if let Some(command) = &action.command {
                self.wrapped(command, indent + 2, indent + 4);
            }
        }
    }

    fn way(&mut self, line: &Line) {
        let label_width = line.steps.iter().map(|step| width(&step.label)).max().unwrap_or(0);
        for step in &line.steps {
            let (mark, severity) = match step.progress {
                Progress::Done => ("●", Severity::Success),
                Progress::Now => ("◐", Severity::Normal),
                Progress::Later => ("○", Severity::Normal),
                Progress::Failed => ("✗", Severity::Error),
            };
            let mark = self.painted(severity, mark);
            let text = format!("  {mark} {}  {}", padded(&step.label, label_width), step.when);
            self.text.push_str(text.trim_end());
            self.text.push('\n');
        }
    }

    /// Columns as wide as their widest cell; the last one wraps.
    fn table<const N: usize>(&mut self, head: &[&str; N], rows: &[(Severity, [String; N])]) {
        let widths: Vec<usize> = head
            .iter()
            .enumerate()
            .map(|(at, title)| {
                let cells = rows.iter().filter_map(|(_, cells)| cells.get(at));
                cells.map(|cell| width(cell)).chain([width(title)]).max().unwrap_or(0)
            })
            .collect();
        let titles = head.map(str::to_owned);
        let all = std::iter::once(&titles).chain(rows.iter().map(|(_, cells)| cells));
        let indent = widths.iter().take(N.saturating_sub(1)).map(|width| width + 2).sum::<usize>();
        for cells in all {
            let cells = cells.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
                if at + 1 == N { cell.clone() } else { padded(cell, *width) }
            });
            let text = cells.collect::<Vec<_>>().join("  ");
            self.wrapped(&text, 0, indent.min(WIDTH / 2));
        }
    }

    /// Words broken at spaces to [`WIDTH`] columns, the first line after `first` spaces, the
    /// others after `rest`. A word that is too long stays whole: commands are copied. Runs of
    /// spaces inside the text are kept, so that columns stay columns.
    fn wrapped(&mut self, text: &str, first: usize, rest: usize) {
        let text = safe(text);
        let mut line = " ".repeat(first);
        let mut used = first;
        let mut empty = true;
        let mut gap = 0;
        for word in text.split(' ') {
            if word.is_empty() {
                gap += 1;
                continue;
            }
            let wide = width(word);
            if !empty && used + gap + wide > WIDTH {
                self.text.push_str(line.trim_end_matches(' '));
                self.text.push('\n');
                line = " ".repeat(rest);
                used = rest;
            } else if !empty {
                line.push_str(&" ".repeat(gap));
                used += gap;
            }
            line.push_str(word);
            used += wide;
            empty = false;
            gap = 1;
        }
        self.text.push_str(line.trim_end_matches(' '));
        self.text.push('\n');
    }

    fn painted(&self, severity: Severity, text: &str) -> String {
        let code = match (self.colour, severity) {
            (Colour::Plain, _) => return text.to_owned(),
            (Colour::Coloured, Severity::Success) => "32",
            (Colour::Coloured, Severity::Normal) => "36",
            (Colour::Coloured, Severity::Warning) => "33",
            (Colour::Coloured, Severity::Error) => "31",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

pub(super) fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// Foreign words must not command the terminal (escape sequences) or turn its text around
/// (bidirectional controls): such characters become spaces.
fn safe(text: &str) -> String {
    let harmless = |character: char| match character {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => ' ',
        control if control.is_control() => ' ',
        other => other,
    };
    text.chars().map(harmless).collect()
}

/// Columns that a text takes: combining marks and joiners none, East Asian wide characters and
/// emoji two (a rough cut of Unicode UAX #11, enough for names and letters of mail).
pub(super) fn width(text: &str) -> usize {
    text.chars()
        .map(|character| match u32::from(character) {
            0x0300..=0x036F
            | 0x0483..=0x0489
            | 0x200B..=0x200F
            | 0x20D0..=0x20FF
            | 0xFE00..=0xFE0F
            | 0xFEFF => 0,
            0x1100..=0x115F
            | 0x2E80..=0x303E
            | 0x3041..=0xA4CF
            | 0xAC00..=0xD7A3
            | 0xF900..=0xFAFF
            | 0xFE30..=0xFE6F
            | 0xFF00..=0xFF60
            | 0xFFE0..=0xFFE6
            | 0x1F300..=0x1F64F
            | 0x1F900..=0x1F9FF
            | 0x20000..=0x3FFFD => 2,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Language;
    use proptest::prelude::*;

    fn page() -> Page {
        let labels = words::of(Language::Uk).labels();
        Page { text: String::new(), colour: Colour::Plain, labels }
    }

    #[test]
    fn wide_and_combining_characters_are_counted_as_they_show() {
        assert_eq!(width("Їжак"), 4);
        assert_eq!(width("й"), width("и\u{306}"));
        assert_eq!(width("漢字"), 4);
    }

    #[test]
    fn foreign_words_cannot_command_the_terminal() {
        let mut page = page();
        page.wrapped("a\u{1b}[2Jb\u{202e}c\nd", 0, 0);
        assert_eq!(page.text, "a [2Jb c d\n");
    }

    proptest! {
        #[test]
        fn short_words_never_pass_the_edge(words in proptest::collection::vec("[а-яії漢]{1,20}", 1..40), first in 0usize..30) {
            let mut page = page();
            page.wrapped(&words.join(" "), first, first);
            for line in page.text.lines() {
                prop_assert!(width(line) <= WIDTH, "{line}");
            }
            let said: Vec<&str> = page.text.split_whitespace().collect();
            prop_assert_eq!(said, words.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}
