//! The report on 80 columns: the answer first, one next step a line, words before codes. Plain
//! text; colour only when the caller knows that a terminal reads it.

pub use super::columns::Colour;
use super::columns::{Page, WIDTH, padded, safe, width};
use super::letters::Letter;
use super::words;
use super::{Bill, JournalLine, Language, Line, Progress, Report, Severity, Topic};

/// `certpost status`.
pub fn status(report: &Report, colour: Colour) -> String {
    let mut page = Page::new(report.language, colour);
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
    let mut page = Page::new(report.language, colour);
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
    let mut page = Page::new(report.language, colour);
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
    for bill in report.bills.iter().filter(|bill| bill.cases.iter().any(|case| case == id)) {
        page.bill(bill);
    }
    if !case.journal.is_empty() {
        page.text.push('\n');
        page.heading(labels.history);
        page.journal(&case.journal);
    }
    Some(page.text)
}

/// `certpost journal ID`.
pub fn journal(entries: &[JournalLine], language: Language) -> String {
    let mut page = Page::new(language, Colour::Plain);
    if entries.is_empty() {
        page.wrapped(page.labels.nothing, 0, 0);
    }
    page.journal(entries);
    page.text
}

/// `certpost quarantine`, `certpost unclaimed`: a paragraph a letter, newest first.
pub fn letters(letters: &[Letter], language: Language) -> String {
    let mut page = Page::new(language, Colour::Plain);
    let labels = page.labels;
    if letters.is_empty() {
        page.wrapped(labels.no_letters, 0, 0);
    }
    let column = labels.letters.iter().map(|label| width(label)).max().unwrap_or(0);
    for letter in letters {
        let Letter { number, digest, when, from, subject, reason, .. } = letter;
        page.text.push_str(&format!("{number}  {digest}\n"));
        for (label, value) in labels.letters.iter().zip([when, from, subject, reason]) {
            if !value.is_empty() {
                let row = format!("{}  {value}", padded(label, column));
                page.wrapped(&row, 2, column + 4);
            }
        }
        if let Some(dealt) = &letter.ignored {
            page.wrapped(&words::of(language).dealt(&dealt.when, &dealt.reason), 2, 4);
        }
    }
    page.text
}

/// A letter's header as it came, nothing of it proven.
pub fn header(fields: &[(String, String)], language: Language) -> String {
    let mut page = Page::new(language, Colour::Plain);
    page.text.push('\n');
    for (name, value) in fields {
        page.wrapped(&breakable(&format!("{name}: {value}")), 2, 4);
    }
    page.text
}

/// Words longer than a line in pieces: signatures in headers, not commands.
fn breakable(text: &str) -> String {
    let mut pieces = String::new();
    for (number, word) in text.split(' ').enumerate() {
        if number > 0 {
            pieces.push(' ');
        }
        for (at, character) in word.chars().enumerate() {
            if at > 0 && at % 60 == 0 {
                pieces.push(' ');
            }
            pieces.push(character);
        }
    }
    pieces
}

/// One attachment and what it turned out to be.
pub fn attachment(title: &str, inspected: &str, language: Language) -> String {
    let mut page = Page::new(language, Colour::Plain);
    page.text.push('\n');
    page.wrapped(title, 0, 2);
    for line in inspected.lines() {
        page.text.push_str(&format!("{line}\n"));
    }
    page.text
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

impl Page {
    /// What to pay; the code only on a terminal, in black on white whatever its colours are.
    fn bill(&mut self, bill: &Bill) {
        self.text.push('\n');
        self.heading(&bill.title);
        self.wrapped(&format!("{}, {}", bill.transfer.payee, bill.transfer.code), 2, 2);
        self.wrapped(&bill.iban(), 2, 2);
        self.wrapped(&bill.transfer.purpose, 2, 2);
        if self.colour == Colour::Coloured && !bill.blocks.is_empty() {
            self.text.push('\n');
            for row in &bill.blocks {
                self.text.push_str(&format!("\x1b[38;5;231;48;5;16m{row}\x1b[0m\n"));
            }
        }
    }

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

    /// When, what, and the words that came with it.
    fn journal(&mut self, entries: &[JournalLine]) {
        for entry in entries {
            let indent = width(&entry.when) + 2;
            self.wrapped(&format!("{}  {}", entry.when, entry.text), 0, indent);
            if !entry.words.is_empty() {
                self.wrapped(&entry.words, indent, indent);
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
}
