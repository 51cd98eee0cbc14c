//! Items made into a message: subject, plain text, HTML, and a short text.

use askama::Template;

use super::super::words::{self, Labels, Say, Words};
use super::super::{CertificateRow, Language, Severity, Snapshot, Topic, build};
use super::item::of_line;
use super::{Item, Kind, Message};
use crate::authority::Organisation;

/// Characters of [`Message::short`].
const SHORT: usize = 300;

/// Items that are written out in one message; more are counted.
const MOST: usize = 40;

#[derive(Template)]
#[template(path = "message.html")]
struct Page<'a> {
    language: Language,
    labels: &'static Labels,
    word: &'a str,
    heading: &'a str,
    organisation: &'a str,
    severity: Severity,
    /// Above the items.
    opening: &'a [String],
    items: &'a [Item],
    certificates: &'a [CertificateRow],
    /// Below them.
    closing: &'a [String],
}

/// Colours that old readers of mail know too.
impl Page<'_> {
    fn tone(&self, severity: &Severity) -> &'static str {
        match severity {
            Severity::Success => "#17714a",
            Severity::Normal => "#2153a3",
            Severity::Warning => "#8f5000",
            Severity::Error => "#b3261e",
        }
    }

    fn wash(&self, severity: &Severity) -> &'static str {
        match severity {
            Severity::Success => "#e6f4ec",
            Severity::Normal => "#e9f0fb",
            Severity::Warning => "#fdf2df",
            Severity::Error => "#fdebea",
        }
    }

    /// Which of the message's payment codes is this item's.
    fn payment(&self, item: &Item) -> Option<usize> {
        let with = self.items.iter().filter(|one| one.payment.is_some());
        with.into_iter().position(|one| std::ptr::eq(one, item)).map(|at| at + 1)
    }
}

/// What stands around the items.
struct Frame<'a> {
    kind: Kind,
    severity: Severity,
    word: String,
    heading: String,
    opening: Vec<String>,
    certificates: &'a [CertificateRow],
    closing: Vec<String>,
    /// For the short text, when there is nothing to do.
    short: String,
}

/// One message about all the items, which are not empty. `last_today`: the contact's daily bound
/// is reached with it.
pub fn write(
    organisation: &Organisation,
    items: &[Item],
    language: Language,
    last_today: bool,
) -> Message {
    let words = words::of(language);
    let items: Vec<Item> = items.iter().map(|item| finished(item, words)).collect();
    let severity = items.iter().map(|item| item.severity).max().unwrap_or(Severity::Normal);
    let kinds: Vec<Kind> = items.iter().map(|item| item.kind).collect();
    let kind = match kinds.as_slice() {
        [first, rest @ ..] if rest.iter().all(|one| one == first) => *first,
        _ => Kind::Gathered,
    };
    let word = match kind {
        Kind::Resolved => words.say(&Say::Resolved),
        _ => words.say(&Say::Severity(severity)),
    };
    let heading = match items.as_slice() {
        [only] => heading_of(only),
        _ => words.say(&Say::Gathered { kind, count: items.len() }),
    };
    let mut closing = Vec::new();
    if items.len() > MOST {
        closing.push(words.say(&Say::More { count: items.len() - MOST }));
    }
    if last_today {
        closing.push(words.say(&Say::LastToday));
    }
    closing.push(words.say(&Say::Footer));
    let frame = Frame {
        kind,
        severity,
        word,
        short: heading.clone(),
        heading,
        opening: Vec::new(),
        certificates: &[],
        closing,
    };
    put(organisation, frame, items.get(..MOST).unwrap_or(&items), words, language)
}

/// Who has nothing to do reads that.
fn finished(item: &Item, words: &dyn Words) -> Item {
    let nothing = words.say(&Say::NothingToDo);
    if item.action.is_some() || item.told.contains(&nothing) {
        return item.clone();
    }
    Item { told: format!("{} {nothing}", item.told).trim().to_owned(), ..item.clone() }
}

/// The weekly summary, which also says that all is well.
pub fn digest(snapshot: &Snapshot, language: Language) -> Message {
    let words = words::of(language);
    let report = build(snapshot, language);
    let shown =
        |topic: &Topic| matches!(topic, Topic::NeedsYou | Topic::UnderWay | Topic::EndsSoon);
    let lines = report.sections.iter().filter(|section| shown(&section.topic));
    let lines = lines.flat_map(|section| section.lines.clone());
    let items: Vec<Item> = lines
        .map(|line| {
            let about = match (&line.id, &line.holder) {
                (Some(id), _) => format!("exchange/{id}"),
                (None, Some(holder)) => format!("end/{holder}"),
                (None, None) => "trouble".into(),
            };
            let of_trouble = line.id.is_none() && line.holder.is_none();
            let item = of_line(&about, line);
            // A trouble's heading says it all.
            let badge = if of_trouble { String::new() } else { item.badge };
            Item { detail: None, badge, ..item }
        })
        .collect();
    let mut opening = vec![format!("{} {}", report.verdict, report.rest).trim().to_owned()];
    opening.extend(report.post.iter().map(|remark| remark.text.clone()));
    let frame = Frame {
        kind: Kind::Digest,
        severity: report.severity,
        word: words.say(&Say::DigestTitle),
        heading: report.verdict.trim_end_matches('.').to_owned(),
        opening,
        certificates: &report.certificates,
        closing: vec![words.say(&Say::Footer)],
        short: report.verdict.clone(),
    };
    put(&snapshot.organisation, frame, items.get(..MOST).unwrap_or(&items), words, language)
}

/// What `certpost notify test` sends.
pub fn test(organisation: &Organisation, contact: &str, language: Language) -> Message {
    let words = words::of(language);
    let told = words.say(&Say::TestTold { contact });
    let frame = Frame {
        kind: Kind::Test,
        severity: Severity::Normal,
        word: words.say(&Say::Severity(Severity::Normal)),
        heading: words.say(&Say::TestTitle),
        short: words.say(&Say::TestTitle),
        opening: vec![told],
        certificates: &[],
        closing: vec![words.say(&Say::Footer)],
    };
    put(organisation, frame, &[], words, language)
}

fn heading_of(item: &Item) -> String {
    if item.badge.is_empty() {
        item.title.clone()
    } else {
        format!("{}: {}", item.title, item.badge)
    }
}

fn put(
    organisation: &Organisation,
    frame: Frame<'_>,
    items: &[Item],
    words: &'static dyn Words,
    language: Language,
) -> Message {
    let Frame { kind, severity, word, heading, opening, certificates, closing, short } = frame;
    let page = Page {
        language,
        labels: words.labels(),
        word: &word,
        heading: &heading,
        organisation: &organisation.name,
        severity,
        opening: &opening,
        items,
        certificates,
        closing: &closing,
    };
    // No value of ours refuses to be formatted.
    let html = page.render().unwrap_or_default();
    let subject = format!("{word}: {heading} — {}", organisation.name);
    let text = plain(&page);
    let action = items.iter().find_map(|item| item.action.as_ref());
    let action = action.map(|action| action.text.clone());
    let short = match &action {
        Some(action) => format!("{word}: {short}. {action} ({})", organisation.code),
        None => format!("{word}: {short} ({})", organisation.code),
    };
    Message {
        kind,
        severity,
        about: items.iter().map(|item| item.about.clone()).collect(),
        subject: subject.replace('\u{a0}', " "),
        text,
        html,
        short: shortened(&short.replace('\u{a0}', " ")),
        action,
        payments: items.iter().filter_map(|item| item.payment.clone()).collect(),
        attached: items.iter().flat_map(|item| item.attached.clone()).collect(),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHORT) {
        Some(_) => text.chars().take(SHORT - 1).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

fn plain(page: &Page<'_>) -> String {
    let labels = page.labels;
    let mut parts = vec![format!("{}: {}", page.word, page.heading)];
    parts.extend(page.opening.iter().cloned());
    for item in page.items {
        let mut lines = Vec::new();
        if page.heading != heading_of(item) {
            lines.push(heading_of(item));
        }
        lines.push(item.told.clone());
        let [open, close] = labels.quotes;
        lines.extend(item.quotes.iter().map(|quote| format!("{open}{quote}{close}")));
        lines.extend(item.facts.iter().map(|(name, value)| format!("{name}: {value}")));
        if let Some(action) = &item.action {
            lines.push(format!("{}: {}", labels.what_to_do, action.text));
            lines.extend(action.command.as_ref().map(|command| format!("    {command}")));
        }
        lines.extend(item.detail.as_ref().map(|detail| format!("{}: {detail}", labels.technical)));
        lines.retain(|line| !line.is_empty());
        parts.push(lines.join("\n"));
    }
    let rows = page.certificates.iter().map(|row| {
        format!("{} {}: {} ({})", row.role, row.short_name, row.until, row.left).replace("  ", " ")
    });
    let rows: Vec<String> = rows.collect();
    if !rows.is_empty() {
        parts.push(format!("{}:\n{}", labels.valid_until, rows.join("\n")));
    }
    parts.push(format!("-- \n{}\n{}", page.organisation, page.closing.join("\n")));
    parts.join("\n\n").replace('\u{a0}', " ") + "\n"
}
