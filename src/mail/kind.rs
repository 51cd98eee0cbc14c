//! What a letter is, by its form alone: report of a mail system, automatic answer, list, or
//! ordinary. Nothing here changes what an authenticated receipt says (F16–F20).

use super::header::{Fields, decode_words, identifier, presentable};
use super::walk::Tree;
use super::{Bounce, LetterKind, Part};

/// Characters of a mail system's words that are kept.
const EXCERPT: usize = 500;

pub fn kind(tree: &Tree) -> LetterKind {
    if let Some(kind) = report(tree).or_else(|| plain_bounce(tree)) {
        return kind;
    }
    let fields = &tree.fields;
    // Our own letters and machine-made receipts say so; that alone makes them nothing special.
    let is_generated = fields.word("auto-submitted").starts_with("auto-generated");
    if is_automatic_answer(fields, is_generated) {
        return LetterKind::AutoReply;
    }
    let precedence = fields.word("precedence");
    let is_bulk = matches!(precedence.as_str(), "bulk" | "list" | "junk") && !is_generated;
    let has_list_field = ["list-id", "list-unsubscribe"].iter().any(|name| has(fields, name));
    if has_list_field || is_bulk { LetterKind::List } else { LetterKind::Ordinary }
}

fn has(fields: &Fields, name: &str) -> bool {
    fields.raw(name).is_some()
}

/// `multipart/report` (RFC 6522), wherever in the tree: Gmail wraps it in `multipart/mixed` and
/// puts pictures beside it. A report inside a forwarded letter is not this letter's own.
fn report(tree: &Tree) -> Option<LetterKind> {
    let outer = tree.containers.iter().take_while(|one| !one.value.starts_with("message/"));
    let mut types = outer.filter(|one| one.value == "multipart/report");
    let status = tree.leaves.iter().find(|part| {
        let kind = part.content_type.as_str();
        kind.starts_with("message/delivery-status")
            || kind.starts_with("message/global-delivery-status")
    });
    let declared = types.next();
    let report_type = declared.and_then(|one| one.parameter("report-type")).unwrap_or_default();
    if report_type.eq_ignore_ascii_case("disposition-notification") {
        return Some(LetterKind::AutoReply);
    }
    let (Some(_), Some(status)) = (declared, status) else {
        return None;
    };
    let facts = Status::read(&status.bytes);
    if facts.is_success() {
        // "Relayed", "delivered": proves handing over, decides nothing (F20).
        return Some(LetterKind::AutoReply);
    }
    let words = facts.diagnostic.clone().unwrap_or_else(|| excerpt(&tree.leaves));
    Some(LetterKind::Bounce(Bounce {
        about: about(tree),
        lasting: facts.is_lasting(),
        text: shorten(&words),
    }))
}

/// The recipients' blocks of a delivery status (RFC 3464 §2.3), summed up.
#[derive(Default)]
struct Status {
    actions: Vec<String>,
    statuses: Vec<String>,
    diagnostic: Option<String>,
}

impl Status {
    fn read(bytes: &[u8]) -> Self {
        let mut status = Self::default();
        let text = super::charset::guess(bytes).replace("\r\n", "\n");
        for block in text.split("\n\n") {
            let fields = Fields::read(block.as_bytes());
            status.actions.extend(has(&fields, "action").then(|| fields.word("action")));
            status.statuses.extend(has(&fields, "status").then(|| fields.word("status")));
            let diagnostic = fields.text("diagnostic-code");
            status.diagnostic = status.diagnostic.take().or(diagnostic);
        }
        status
    }

    fn is_success(&self) -> bool {
        !self.actions.is_empty()
            && self.actions.iter().all(|action| {
                ["relayed", "delivered", "expanded"].iter().any(|w| starts(action, w))
            })
    }

    /// One recipient for whom it gave up is enough. A stated action outweighs the status: 4.4.7
    /// with `failed` is "still busy after five days, given up".
    fn is_lasting(&self) -> bool {
        if self.actions.is_empty() {
            return !self.statuses.iter().any(|status| status.starts_with('4'));
        }
        self.actions.iter().any(|action| starts(action, "failed"))
    }
}

fn starts(value: &str, word: &str) -> bool {
    value.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// Reports without the standard's form: qmail, exim, postfix with plain text, and others.
fn plain_bounce(tree: &Tree) -> Option<LetterKind> {
    const FAILED: [&str; 12] = [
        "failure notice",
        "mail delivery failed",
        "mail delivery failure",
        "undelivered mail returned to sender",
        "delivery status notification (failure)",
        "undeliverable",
        "returned mail",
        "delivery failure",
        "mail system error",
        "недоставлен",
        "не доставлен",
        "не вдалося доставити",
    ];
    const DELAYED: [&str; 7] = [
        "delayed mail",
        "delivery status notification (delay)",
        "warning: message",
        "warning: could not send",
        "delivery delayed",
        "still being retried",
        "затрим",
    ];
    let fields = &tree.fields;
    let from = fields.word("from");
    let is_machine =
        ["mailer-daemon", "mail-daemon", "postmaster@"].iter().any(|name| from.contains(name))
            || fields.raw("return-path").is_some_and(|path| path == b"<>");
    let subject = fields.text("subject").unwrap_or_default().to_lowercase();
    let says = |list: &[&str]| list.iter().any(|words| subject.contains(words));
    let is_failure = says(&FAILED) || has(fields, "x-failed-recipients");
    let is_delay = says(&DELAYED);
    if !(is_machine && (is_failure || is_delay)) {
        return None;
    }
    Some(LetterKind::Bounce(Bounce {
        about: about(tree),
        lasting: !is_delay,
        text: shorten(&excerpt(&tree.leaves)),
    }))
}

/// The Message-ID of the letter reported on: from the returned letter, from its returned
/// headers, from a copy in the plain text, at last from the report's own In-Reply-To.
fn about(tree: &Tree) -> Option<String> {
    let nested = tree.nested.iter().find_map(|fields| fields.identifier("message-id"));
    let headers = || {
        let returned = |part: &&Part| {
            part.content_type.starts_with("text/rfc822-headers")
                || part.content_type.starts_with("message/rfc822")
                || part.content_type.starts_with("message/global-headers")
        };
        let mut parts = tree.leaves.iter().filter(returned);
        parts.find_map(|part| Fields::read(&part.bytes).identifier("message-id"))
    };
    let quoted = || {
        let mut texts = tree.leaves.iter().filter(|part| part.content_type.starts_with("text/"));
        texts.find_map(|part| quoted_identifier(&part.bytes))
    };
    let own = || {
        let fields = &tree.fields;
        let names = ["x-original-message-id", "in-reply-to", "references"];
        names.iter().find_map(|name| fields.identifier(name))
    };
    nested.or_else(headers).or_else(quoted).or_else(own)
}

/// `Message-ID: <…>` at the start of a line of plain text.
fn quoted_identifier(text: &[u8]) -> Option<String> {
    let mut lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    while let Some(line) = lines.next() {
        let Some((name, value)) = line.split_at_checked(b"message-id:".len()) else { continue };
        if name.eq_ignore_ascii_case(b"message-id:") {
            // Long identifiers stand alone on the folded next line.
            let folded = || lines.next().and_then(identifier);
            return identifier(value).or_else(folded);
        }
    }
    None
}

/// The first text of a letter, as far as a person needs it.
fn excerpt(leaves: &[Part]) -> String {
    let text = leaves.iter().find(|part| part.content_type.starts_with("text/plain"));
    text.map(Part::text).unwrap_or_default()
}

/// Whether a gate on the way left a note instead of an attachment: the sender must be asked to
/// send it in another wrapping (F32).
pub fn attachment_was_removed(parts: &[Part]) -> bool {
    const NOTES: [&str; 11] = [
        "[attachment removed]",
        "attachment removed",
        "attachment was removed",
        "attachment has been removed",
        "attachment was stripped",
        "attachment was blocked",
        "blocked attachment",
        "вкладення видалено",
        "вкладення було видалено",
        "вкладення вилучено",
        "вложение удалено",
    ];
    // Such notes are short and stand in texts or in names; long texts are people's words.
    let texts = parts.iter().filter(|part| part.content_type.starts_with("text/"));
    let texts = texts.filter(|part| part.bytes.len() < 20_000).map(Part::text);
    let names = parts.iter().filter_map(|part| part.name.clone());
    texts.chain(names).any(|text| {
        let text = text.to_lowercase().replace(['_', '-'], " ");
        NOTES.iter().any(|note| text.contains(note))
    })
}

fn shorten(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().take(EXCERPT).collect();
    presentable(&words.join(" "), EXCERPT)
}

/// Out of office and its kin (RFC 3834 and what came before it).
fn is_automatic_answer(fields: &Fields, is_generated: bool) -> bool {
    const SUBJECTS: [&str; 11] = [
        "auto:",
        "autoreply",
        "auto-reply",
        "automatic reply",
        "automatic response",
        "out of office",
        "vacation",
        "автоматична відповідь",
        "автовідповідь",
        "автоответ",
        "автоматический ответ",
    ];
    if fields.word("auto-submitted").starts_with("auto-replied") {
        return true;
    }
    let precedence = fields.word("precedence");
    if matches!(precedence.as_str(), "auto_reply" | "auto-reply" | "vacation") {
        return true;
    }
    let marks = ["x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-vacation"];
    if marks.iter().any(|name| has(fields, name) && fields.word(name) != "no") {
        return true;
    }
    let subject = fields.raw("subject").map(decode_words).unwrap_or_default().to_lowercase();
    let says_so = SUBJECTS.iter().any(|words| subject.trim_start().starts_with(words));
    says_so && !is_generated
}
