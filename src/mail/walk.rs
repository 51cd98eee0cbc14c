//! The tree of a letter (RFC 2046), walked with every bound in hand.
//!
//! mail-parser builds the whole tree before anybody can count it: a letter inside a base64
//! letter may nest so deep that freeing the tree overflows the stack, and text parts come out
//! transcoded (crates.md §0.12). So the walk is ours, its parser reads header blocks only, and
//! depth and number of parts are checked before each step down.

use super::header::{Fields, Structured, presentable};
use super::{LetterError, Limits, Part, tnef, transfer};

/// No honest header block is longer; a longer one is taken for a body.
const HEADER_BYTES: usize = 512 * 1024;

/// What a walk found.
#[derive(Default)]
pub struct Tree {
    /// Headers of the letter itself.
    pub fields: Fields,
    /// Headers of the letters inside it, outermost first.
    pub nested: Vec<Fields>,
    /// `multipart/report` and the like: every container's declared type, outermost first.
    pub containers: Vec<Structured>,
    pub leaves: Vec<Part>,
}

pub fn walk(raw: &[u8], limits: &Limits) -> Result<Tree, LetterError> {
    let mut walker = Walker { limits, entities: 0, tree: Tree::default() };
    let (fields, body) = head(raw);
    walker.entity(&fields, body, 0, false)?;
    walker.tree.fields = fields;
    Ok(walker.tree)
}

struct Walker<'a> {
    limits: &'a Limits,
    /// Leaves and containers met so far.
    entities: usize,
    tree: Tree,
}

impl Walker<'_> {
    /// One entity. `in_digest`: without a type of its own it is a letter (RFC 2046 §5.1.5).
    fn entity(
        &mut self,
        fields: &Fields,
        body: &[u8],
        depth: usize,
        in_digest: bool,
    ) -> Result<(), LetterError> {
        if depth > self.limits.depth {
            return Err(LetterError::TooDeep { limit: self.limits.depth });
        }
        self.count(1)?;
        let default: &[u8] = if in_digest { b"message/rfc822" } else { b"text/plain" };
        let raw_type = fields.raw("content-type").filter(|raw| raw.contains(&b'/'));
        let declared = Structured::read(raw_type.unwrap_or(default));
        if declared.value.starts_with("multipart/") && self.sections(&declared, body, depth)? {
            return Ok(());
        }
        let bytes = transfer::decode(body, &fields.word("content-transfer-encoding"));
        if matches!(declared.value.as_str(), "message/rfc822" | "message/global") {
            let (inner, inner_body) = head(&bytes);
            if !inner.is_empty() {
                self.tree.containers.push(declared);
                self.tree.nested.push(inner.clone());
                return self.entity(&inner, inner_body, depth + 1, false);
            }
        }
        let unpacked = tnef::unpack(&bytes, self.limits.parts.saturating_sub(self.entities));
        if unpacked.is_empty() {
            self.tree.leaves.push(leaf(fields, &declared, bytes.into_owned()));
        } else {
            self.count(unpacked.len())?;
            self.tree.leaves.extend(unpacked);
        }
        Ok(())
    }

    /// The sections of a multipart; false when it has none and is to be taken as a leaf.
    fn sections(
        &mut self,
        declared: &Structured,
        body: &[u8],
        depth: usize,
    ) -> Result<bool, LetterError> {
        let Some(boundary) = declared.parameter("boundary").filter(|text| !text.is_empty()) else {
            return Ok(false);
        };
        // One more than the bound is enough to know that it is passed.
        let sections = split(body, boundary.as_bytes(), self.limits.parts + 1);
        if sections.is_empty() {
            return Ok(false);
        }
        let in_digest = declared.value == "multipart/digest";
        self.tree.containers.push(declared.clone());
        for section in sections {
            let (fields, body) = head(section);
            self.entity(&fields, body, depth + 1, in_digest)?;
        }
        Ok(true)
    }

    fn count(&mut self, more: usize) -> Result<(), LetterError> {
        self.entities += more;
        if self.entities > self.limits.parts {
            return Err(LetterError::TooManyParts { limit: self.limits.parts });
        }
        Ok(())
    }
}

fn leaf(fields: &Fields, declared: &Structured, bytes: Vec<u8>) -> Part {
    let disposition = Structured::read(fields.raw("content-disposition").unwrap_or_default());
    let name = disposition.parameter("filename").or_else(|| declared.parameter("name"));
    let name = name.map(|name| presentable(name, 150)).filter(|name| !name.is_empty());
    let mut content_type = declared.value.clone();
    for parameter in ["charset", "smime-type", "report-type"] {
        if let Some(value) = declared.parameter(parameter) {
            content_type += &format!("; {parameter}={}", value.to_lowercase());
        }
    }
    Part { name, content_type: presentable(&content_type, 200), bytes }
}

/// Splits an entity at its first empty line. Without one, all of it is header when it begins
/// like one, else body.
fn head(raw: &[u8]) -> (Fields, &[u8]) {
    if let Some(body) = raw.strip_prefix(b"\r\n").or_else(|| raw.strip_prefix(b"\n")) {
        return (Fields::default(), body);
    }
    let end = raw.windows(2).enumerate().find_map(|(at, pair)| match pair {
        b"\n\n" => Some(at + 2),
        b"\n\r" if raw.get(at + 2) == Some(&b'\n') => Some(at + 3),
        _ => None,
    });
    let (block, body) = raw.split_at(end.unwrap_or(raw.len()));
    if block.len() > HEADER_BYTES {
        return (Fields::default(), raw);
    }
    let fields = Fields::read(block);
    if fields.is_empty() { (fields, raw) } else { (fields, body) }
}

/// The sections between the lines `--boundary`; the line break before a delimiter belongs to it
/// (RFC 2046 §5.1.1). A missing end is forgiven. At most `most` sections.
fn split<'a>(body: &'a [u8], boundary: &[u8], most: usize) -> Vec<&'a [u8]> {
    let mut sections = Vec::new();
    let mut open: Option<usize> = None;
    let mut at = 0;
    for line in body.split_inclusive(|&byte| byte == b'\n') {
        let tail = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary));
        let tail = tail.map(<[u8]>::trim_ascii_end);
        if matches!(tail, Some(b"" | b"--")) {
            if let Some(start) = open.take() {
                sections.push(without_line_break(body.get(start..at).unwrap_or_default()));
            }
            if tail == Some(b"--") || sections.len() >= most {
                return sections;
            }
            open = Some(at + line.len());
        }
        at += line.len();
    }
    sections.extend(open.and_then(|start| body.get(start..)));
    sections
}

fn without_line_break(section: &[u8]) -> &[u8] {
    let section = section.strip_suffix(b"\n").unwrap_or(section);
    section.strip_suffix(b"\r").unwrap_or(section)
}
