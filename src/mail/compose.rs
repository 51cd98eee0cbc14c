//! Letters out: our own small writer.
//!
//! lettre's builder is not used, because the same draft must give the same bytes now and after
//! the next `cargo update`: it picks encodings by content (crates.md §0.13), draws boundaries by
//! chance, and writes no `name=` for old Outlooks. What is written here is 7-bit, CRLF, and in
//! lines of at most 78 characters where it is ours to fold.

use jiff::tz::TimeZone;

use super::transfer::base64_lines;
use super::{Draft, LetterError, Part};
use crate::crypto::digest;

/// Makes the bytes of a letter (RFC 5322): headers, a text part, base64 attachments;
/// `Auto-Submitted: auto-generated` and `X-Auto-Response-Suppress: All`. Same draft, same bytes.
///
/// Addresses, the Message-ID and the content type are refused when they hold anything that could
/// end a header; control characters in the subject and in the file name become spaces.
pub fn compose(draft: &Draft) -> Result<Vec<u8>, LetterError> {
    let from = address("From", &draft.from)?;
    let to = address("To", &draft.to)?;
    let message_id = address("Message-ID", &draft.message_id)?;
    let boundary = boundary(draft);
    let date = draft.date.civil(&TimeZone::UTC);
    let date = date.strftime("%a, %d %b %Y %H:%M:%S +0000");
    let mut letter = format!(
        "From: <{from}>\r\n\
         To: <{to}>\r\n\
         Reply-To: <{from}>\r\n\
         Date: {date}\r\n\
         Message-ID: <{message_id}>\r\n\
         Subject: {subject}\r\n\
         Auto-Submitted: auto-generated\r\n\
         X-Auto-Response-Suppress: All\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed;\r\n boundary=\"{boundary}\"\r\n\
         \r\n\
         --{boundary}\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: base64\r\n\
         \r\n",
        subject = unstructured(&draft.subject),
    );
    let text = draft.text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
    letter += &base64_lines(text.as_bytes());
    for part in attachments(draft) {
        letter += &format!("--{boundary}\r\n{}\r\n", attachment_fields(part)?);
        letter += &base64_lines(&part.bytes);
    }
    letter += &format!("--{boundary}--\r\n");
    Ok(letter.into_bytes())
}

fn attachments(draft: &Draft) -> impl Iterator<Item = &Part> {
    std::iter::once(&draft.attachment).chain(&draft.beside)
}

/// From the digest of everything in the draft. It can't occur in the parts: they are base64,
/// which has no hyphen.
fn boundary(draft: &Draft) -> String {
    let mut all = Vec::new();
    for field in [
        draft.from.as_bytes(),
        draft.to.as_bytes(),
        draft.message_id.as_bytes(),
        &draft.date.0.to_be_bytes(),
        draft.subject.as_bytes(),
        draft.text.as_bytes(),
    ] {
        all.extend(digest(field).0);
    }
    for part in attachments(draft) {
        let name = part.name.as_deref().unwrap_or_default();
        for field in [name.as_bytes(), part.content_type.as_bytes(), &part.bytes] {
            all.extend(digest(field).0);
        }
    }
    format!("certpost-{:.32}", digest(&all).to_string())
}

/// A bare `local@domain` in printable ASCII; also the form of a Message-ID.
pub(super) fn address<'a>(field: &str, text: &'a str) -> Result<&'a str, LetterError> {
    let is_plain =
        text.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>(),;:\\\"".contains(&byte));
    let has_both = text.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !local.contains('@')
    });
    if is_plain && has_both && text.len() <= 320 {
        return Ok(text);
    }
    Err(LetterError::Malformed { detail: format!("{field}: {text:?} is no bare address") })
}

/// Control characters, CR and LF above all, and Unicode's line separators become spaces.
fn one_line(text: &str) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if is_break(c) { ' ' } else { c }).collect()
}

/// The value of an unstructured field, folded.
pub(super) fn unstructured(text: &str) -> String {
    let text = one_line(text);
    let text = text.trim();
    let is_plain = text.is_ascii() && !text.contains("=?");
    if is_plain && text.len() <= 68 { text.to_owned() } else { encoded_words(text) }
}

/// RFC 2047: base64 words of at most 64 characters, split between characters.
fn encoded_words(text: &str) -> String {
    let words: Vec<String> = pieces(text, 36)
        .into_iter()
        .map(|piece| format!("=?utf-8?B?{}?=", base64_lines(piece.as_bytes()).trim_end()))
        .collect();
    words.join("\r\n ")
}

/// Cuts a text between characters into pieces of at most `most` bytes (at least one character).
fn pieces(text: &str, most: usize) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for letter in text.chars() {
        match pieces.last_mut() {
            Some(last) if last.len() + letter.len_utf8() <= most => last.push(letter),
            _ => pieces.push(letter.into()),
        }
    }
    pieces
}

pub(super) fn attachment_fields(part: &Part) -> Result<String, LetterError> {
    let content_type = content_type(&part.content_type)?;
    let name = part.name.as_deref().map(one_line).unwrap_or_default();
    let name = match name.trim() {
        "" => "attachment",
        name => name,
    };
    let is_plain = name.is_ascii() && name.len() <= 200;
    let shown = if is_plain {
        name.replace('\\', "\\\\").replace('"', "\\\"")
    } else {
        // Against the letter of RFC 2047 §5, and what every old mailer understands.
        encoded_words(name)
    };
    let mut fields = format!("Content-Type: {content_type}");
    if !content_type.to_ascii_lowercase().contains("name=") {
        fields += &format!(";\r\n name=\"{shown}\"");
    }
    fields += "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n ";
    if is_plain {
        fields += &format!("filename=\"{shown}\"");
    } else {
        fields += &continued("filename", name);
    }
    Ok(fields + "\r\n")
}

/// `type/subtype; parameter=value` in printable ASCII, folded behind each semicolon.
fn content_type(text: &str) -> Result<String, LetterError> {
    let is_printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !is_printable || !text.contains('/') || text.len() > 500 {
        let detail = format!("Content-Type: {text:?} is no media type");
        return Err(LetterError::Malformed { detail });
    }
    Ok(text.replace("; ", ";\r\n "))
}

/// RFC 2231 sections, each of whole characters: not every reader joins before it decodes.
fn continued(name: &str, value: &str) -> String {
    let mut sections = Vec::new();
    for (number, piece) in pieces(value, 18).into_iter().enumerate() {
        let charset = if number == 0 { "utf-8''" } else { "" };
        let mut section = format!("{name}*{number}*={charset}");
        for byte in piece.bytes() {
            if byte.is_ascii_alphanumeric() || b".-_".contains(&byte) {
                section.push(char::from(byte));
            } else {
                section += &format!("%{byte:02X}");
            }
        }
        sections.push(section);
    }
    sections.join(";\r\n ")
}
