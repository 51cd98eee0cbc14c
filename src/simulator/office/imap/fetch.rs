//! FETCH: what a letter looks like from outside (RFC 3501 §7.4.2). BODYSTRUCTURE and MIME parts
//! are not served: our client takes letters whole.

use imap_types::core::{AString, Vec1};
use imap_types::fetch::{MessageDataItemName, Section};
use jiff::tz::TimeZone;

use super::super::postbox::Letter;
use super::room::{literal, text};

/// The client asked for something that this server does not do.
pub(super) struct NotServed;

pub(super) struct Order {
    pub number: u32,
    pub by_uid: bool,
    /// A lie about RFC822.SIZE, in bytes.
    pub size_wrong_by: i64,
}

pub(super) fn asks_size(items: &[MessageDataItemName<'_>]) -> bool {
    items.contains(&MessageDataItemName::Rfc822Size)
}

/// BODY[…] without PEEK, RFC822 and RFC822.TEXT set `\Seen`.
pub(super) fn marks_seen(items: &[MessageDataItemName<'_>]) -> bool {
    items.iter().any(|item| {
        matches!(
            item,
            MessageDataItemName::BodyExt { peek: false, .. }
                | MessageDataItemName::Rfc822
                | MessageDataItemName::Rfc822Text
        )
    })
}

/// One untagged FETCH. A letter that became `\Seen` just now tells its flags, asked or not.
pub(super) fn line(
    letter: &Letter,
    items: &[MessageDataItemName<'_>],
    order: &Order,
    fresh: bool,
) -> Result<Vec<u8>, NotServed> {
    let mut parts = Vec::new();
    if order.by_uid && !items.contains(&MessageDataItemName::Uid) {
        parts.push(format!("UID {}", letter.uid).into_bytes());
    }
    for item in items {
        parts.push(part(letter, item, order)?);
    }
    if fresh && !items.contains(&MessageDataItemName::Flags) {
        parts.push(flags(letter));
    }
    let start = format!("* {} FETCH (", order.number);
    Ok([start.as_bytes(), &parts.join(&b' '), b")\r\n"].concat())
}

fn part(
    letter: &Letter,
    item: &MessageDataItemName<'_>,
    order: &Order,
) -> Result<Vec<u8>, NotServed> {
    Ok(match item {
        MessageDataItemName::Flags => flags(letter),
        MessageDataItemName::Uid => format!("UID {}", letter.uid).into_bytes(),
        MessageDataItemName::Rfc822Size => {
            let size = i64::try_from(letter.raw.len()).unwrap_or(i64::MAX);
            let told = size.saturating_add(order.size_wrong_by).clamp(0, i64::from(u32::MAX));
            format!("RFC822.SIZE {told}").into_bytes()
        }
        MessageDataItemName::InternalDate => {
            let at = letter.arrived.civil(&TimeZone::UTC);
            format!("INTERNALDATE \"{} +0000\"", at.strftime("%d-%b-%Y %H:%M:%S")).into_bytes()
        }
        MessageDataItemName::Envelope => envelope(&letter.raw),
        MessageDataItemName::Rfc822 => named("RFC822", &letter.raw),
        MessageDataItemName::Rfc822Header => named("RFC822.HEADER", split(&letter.raw).0),
        MessageDataItemName::Rfc822Text => named("RFC822.TEXT", split(&letter.raw).1),
        MessageDataItemName::BodyExt { section, partial, .. } => {
            let (label, bytes) = section_of(&letter.raw, section.as_ref())?;
            match partial {
                None => named(&label, &bytes),
                Some((from, count)) => {
                    let start = bytes.len().min(*from as usize);
                    let end = bytes.len().min(start.saturating_add(count.get() as usize));
                    let slice = bytes.get(start..end).unwrap_or_default();
                    named(&format!("{label}<{from}>"), slice)
                }
            }
        }
        _ => return Err(NotServed),
    })
}

fn named(label: &str, bytes: &[u8]) -> Vec<u8> {
    [label.as_bytes(), b" ", &literal(bytes)].concat()
}

fn flags(letter: &Letter) -> Vec<u8> {
    let flags: Vec<&str> = letter.flags.iter().map(String::as_str).collect();
    format!("FLAGS ({})", flags.join(" ")).into_bytes()
}

fn section_of(raw: &[u8], section: Option<&Section<'_>>) -> Result<(String, Vec<u8>), NotServed> {
    let (header, body) = split(raw);
    Ok(match section {
        None => ("BODY[]".into(), raw.to_vec()),
        Some(Section::Header(None)) => ("BODY[HEADER]".into(), header.to_vec()),
        Some(Section::Text(None)) => ("BODY[TEXT]".into(), body.to_vec()),
        Some(Section::HeaderFields(None, names)) => {
            let label = format!("BODY[HEADER.FIELDS ({})]", spelled(names));
            (label, chosen_fields(header, names, true))
        }
        Some(Section::HeaderFieldsNot(None, names)) => {
            let label = format!("BODY[HEADER.FIELDS.NOT ({})]", spelled(names));
            (label, chosen_fields(header, names, false))
        }
        Some(_) => return Err(NotServed),
    })
}

fn spelled(names: &Vec1<AString<'_>>) -> String {
    let names = names.as_ref().iter();
    let spelled: Vec<String> = names
        .map(|name| match name {
            AString::Atom(atom) => atom.as_ref().to_owned(),
            AString::String(other) => String::from_utf8_lossy(&text(other.as_ref())).into_owned(),
        })
        .collect();
    spelled.join(" ")
}

/// The fields with these names, or all others, and the empty line.
fn chosen_fields(header: &[u8], names: &Vec1<AString<'_>>, wanted: bool) -> Vec<u8> {
    let mut result = Vec::new();
    for field in fields(header) {
        let name = field.split(|byte| *byte == b':').next().unwrap_or_default().trim_ascii();
        let is_named = names.as_ref().iter().any(|one| one.as_ref().eq_ignore_ascii_case(name));
        if is_named == wanted {
            result.extend_from_slice(field);
        }
    }
    result.extend_from_slice(b"\r\n");
    result
}

/// The header with its empty line, and the rest.
pub(super) fn split(raw: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0_usize;
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        at = at.saturating_add(line.len());
        if matches!(line, b"\r\n" | b"\n") {
            break;
        }
    }
    raw.split_at_checked(at).unwrap_or((raw, &[]))
}

/// The fields of a header, each with its folded lines.
fn fields(header: &[u8]) -> Vec<&[u8]> {
    let mut ends: Vec<(usize, usize)> = Vec::new();
    let mut at = 0_usize;
    for line in header.split_inclusive(|byte| *byte == b'\n') {
        let end = at.saturating_add(line.len());
        let folded = line.starts_with(b" ") || line.starts_with(b"\t");
        match ends.last_mut() {
            Some(last) if folded => last.1 = end,
            _ if matches!(line, b"\r\n" | b"\n") => break,
            _ => ends.push((at, end)),
        }
        at = end;
    }
    ends.into_iter().filter_map(|(from, to)| header.get(from..to)).collect()
}

/// The values of all fields called `name`, unfolded.
pub(super) fn values(raw: &[u8], name: &str) -> Vec<Vec<u8>> {
    let unfold = |field: &[u8]| {
        let at = field.iter().position(|byte| *byte == b':')?;
        let (found, value) = field.split_at_checked(at)?;
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.iter().filter(|byte| !matches!(byte, b'\r' | b'\n')).copied();
        let value: Vec<u8> = value.collect();
        found.trim_ascii().eq_ignore_ascii_case(name.as_bytes()).then(|| value.trim_ascii().into())
    };
    fields(split(raw).0).into_iter().filter_map(unfold).collect()
}

/// Date, Subject, In-Reply-To and Message-ID; the addresses stay NIL.
fn envelope(raw: &[u8]) -> Vec<u8> {
    let value = |name: &str| match values(raw, name).into_iter().next() {
        Some(value) => text(&value),
        None => b"NIL".to_vec(),
    };
    [
        b"ENVELOPE (".as_slice(),
        &value("Date"),
        b" ",
        &value("Subject"),
        b" NIL NIL NIL NIL NIL NIL ",
        &value("In-Reply-To"),
        b" ",
        &value("Message-ID"),
        b")",
    ]
    .concat()
}
