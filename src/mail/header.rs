//! Header fields: found by mail-parser, decoded here from their raw bytes.
//!
//! mail-parser turns raw 8-bit headers into U+FFFD, decodes each encoded word alone even when a
//! character is split between two, and does not carry the charset of RFC 2231 from section to
//! section (F33). So only the places of the fields are taken from it.

use std::collections::BTreeMap;

use mail_parser::MessageParser;

use super::{charset, transfer};

/// What is kept of one field.
const VALUE_BYTES: usize = 32 * 1024;
/// The longest encoded word; RFC 2047 §2 allows 75, and senders do not care.
const WORD_BYTES: usize = 4 * 1024;

/// The fields of one header block, in order: lower-case name, unfolded raw value.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, Vec<u8>)>);

impl Fields {
    /// Reads a header block that ends where its bytes end.
    pub fn read(block: &[u8]) -> Self {
        let Some(message) = MessageParser::default().parse_headers(block) else {
            return Self::default();
        };
        let fields = message.headers().iter().filter_map(|header| {
            let name = block.get(header.offset_field as usize..header.offset_start as usize)?;
            // mail-parser takes a line without a colon at the end, and names with spaces inside.
            let name = name.strip_suffix(b":")?.trim_ascii();
            if !name.iter().all(u8::is_ascii_graphic) {
                return None;
            }
            let value = block.get(header.offset_start as usize..header.offset_end as usize)?;
            let value = value.get(..VALUE_BYTES).unwrap_or(value);
            let value = value.iter().map(|&b| if b == b'\r' || b == b'\n' { b' ' } else { b });
            let value: Vec<u8> = value.collect();
            Some((header.name.as_str().to_ascii_lowercase(), value.trim_ascii().to_vec()))
        });
        Self(fields.collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every field in its order, decoded for people.
    pub fn all(&self) -> impl Iterator<Item = (String, String)> {
        self.0.iter().map(|(name, value)| (name.clone(), decode_words(value)))
    }

    /// The first field called `name` (lower case), raw.
    pub fn raw(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_slice())
    }

    /// The first field called `name`, decoded for people.
    pub fn text(&self, name: &str) -> Option<String> {
        self.raw(name).map(decode_words)
    }

    /// The first field called `name` as one lower-case word, for comparing; empty when absent.
    pub fn word(&self, name: &str) -> String {
        let value = self.raw(name).unwrap_or_default();
        String::from_utf8_lossy(value).trim().to_ascii_lowercase()
    }

    /// The message identifier in the field called `name`, without angle brackets.
    pub fn identifier(&self, name: &str) -> Option<String> {
        self.raw(name).and_then(identifier)
    }
}

/// The first message identifier in a value, without angle brackets.
pub fn identifier(value: &[u8]) -> Option<String> {
    let value = String::from_utf8_lossy(value);
    let inner = match value.split_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or(rest),
        None => value.trim(),
    };
    let inner: String = inner.chars().filter(|c| !c.is_whitespace()).collect();
    (inner.contains('@') && inner.len() <= 998).then_some(inner)
}

/// A value with parameters (RFC 2045 §5.1, RFC 2231): `text/plain; charset=utf-8`.
#[derive(Clone, Debug, Default)]
pub struct Structured {
    /// Lower case.
    pub value: String,
    parameters: BTreeMap<String, String>,
}

impl Structured {
    pub fn read(raw: &[u8]) -> Self {
        let mut pieces = split(raw).into_iter();
        let value = pieces.next().unwrap_or_default();
        let value = String::from_utf8_lossy(value.trim_ascii()).to_ascii_lowercase();
        let mut sections: BTreeMap<String, Vec<Section>> = BTreeMap::new();
        for piece in pieces {
            let Some(at) = piece.iter().position(|&byte| byte == b'=') else { continue };
            let (name, value) = piece.split_at(at);
            let section = Section::read(name, value.get(1..).unwrap_or_default());
            sections.entry(section.name.clone()).or_default().push(section);
        }
        let parameters = sections.into_iter().map(|(name, list)| (name, join(list))).collect();
        Self { value, parameters }
    }

    /// The parameter called `name` (lower case), decoded.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}

/// One `name*0*=value` of a parameter.
struct Section {
    name: String,
    /// `None`: the plain form without a star.
    number: Option<u32>,
    is_escaped: bool,
    value: Vec<u8>,
}

impl Section {
    fn read(name: &[u8], value: &[u8]) -> Self {
        let name = String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase();
        let (stem, is_escaped) = match name.strip_suffix('*') {
            Some(stem) => (stem, true),
            None => (name.as_str(), false),
        };
        let (stem, number) = match stem.rsplit_once('*') {
            Some((stem, number)) => (stem, number.parse().ok()),
            None => (stem, is_escaped.then_some(0)),
        };
        Self { name: stem.to_owned(), number, is_escaped, value: unquote(value.trim_ascii()) }
    }
}

/// Joins the sections' bytes before any charset is applied: a character may lie across two.
fn join(mut sections: Vec<Section>) -> String {
    sections.sort_by_key(|section| section.number);
    let Some(first) = sections.iter().find(|section| section.number.is_some()) else {
        let plain = sections.first().map(|section| section.value.as_slice());
        return decode_words(plain.unwrap_or_default());
    };
    let mut label = None;
    let mut start = first.value.as_slice();
    if first.is_escaped {
        let mut pieces = first.value.splitn(3, |&byte| byte == b'\'');
        if let (Some(charset), Some(_), Some(text)) = (pieces.next(), pieces.next(), pieces.next())
        {
            label = Some(String::from_utf8_lossy(charset).into_owned());
            start = text;
        }
    }
    let mut bytes = Vec::new();
    let numbered = sections.iter().filter(|section| section.number.is_some());
    for (index, section) in numbered.enumerate() {
        let value = if index == 0 { start } else { section.value.as_slice() };
        if section.is_escaped {
            transfer::unescape(value, b'%', &mut bytes);
        } else {
            bytes.extend(value);
        }
    }
    charset::decode(&bytes, label.as_deref().filter(|label| !label.is_empty()))
}

/// Splits at semicolons outside quotes.
fn split(raw: &[u8]) -> Vec<&[u8]> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    raw.split(|&byte| {
        let is_end = byte == b';' && !is_quoted;
        if byte == b'"' && !is_escaped {
            is_quoted = !is_quoted;
        }
        is_escaped = is_quoted && byte == b'\\' && !is_escaped;
        is_end
    })
    .collect()
}

fn unquote(value: &[u8]) -> Vec<u8> {
    let Some((b'"', inner)) = value.split_first() else {
        // A comment may follow a token (RFC 2045 §5.1).
        let end = value.iter().position(|&byte| byte == b'(' || byte == b' ');
        let token = end.and_then(|end| value.get(..end)).filter(|token| !token.is_empty());
        // Unquoted names with spaces are wrong and frequent; a comment starts with a bracket.
        return if value.contains(&b'(') { token.unwrap_or(value) } else { value }.to_vec();
    };
    let mut plain = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' => plain.extend(bytes.next()),
            _ => plain.push(byte),
        }
    }
    plain
}

/// Decodes RFC 2047. Neighbouring words of one charset are joined as bytes first: senders split
/// them inside a character, and inside a base64 group. Text outside words may be raw 8-bit.
pub fn decode_words(value: &[u8]) -> String {
    let mut text = String::new();
    let mut open: Option<Word> = None;
    let mut rest = value;
    while !rest.is_empty() {
        let at = position(rest, b"=?").unwrap_or(rest.len());
        let (before, after) = rest.split_at(at);
        match Word::read(after) {
            Some((word, tail)) => {
                let is_glued = before.iter().all(u8::is_ascii_whitespace);
                if open.is_none() || !is_glued {
                    text.extend(open.take().map(Word::decode));
                    text.push_str(&charset::guess(before));
                }
                open = match open.take() {
                    Some(mut first) if first.is_of_kind(&word) => {
                        first.join(word);
                        Some(first)
                    }
                    other => {
                        text.extend(other.map(Word::decode));
                        Some(word)
                    }
                };
                rest = tail;
            }
            None => {
                let marker = after.len().min(2);
                let (literal, tail) = rest.split_at(at + marker);
                text.extend(open.take().map(Word::decode));
                text.push_str(&charset::guess(literal));
                rest = tail;
            }
        }
    }
    text.extend(open.map(Word::decode));
    text
}

/// One encoded word, transfer encoding undone as far as it can be alone.
struct Word {
    charset: String,
    is_base64: bool,
    bytes: Vec<u8>,
    /// Base64 digits that still wait for the rest of their group.
    base64: Vec<u8>,
}

impl Word {
    /// Reads `=?charset?B?text?=` at the start; gives what follows it.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let inner = bytes.strip_prefix(b"=?")?;
        let window = inner.get(..WORD_BYTES).unwrap_or(inner);
        let (charset, window) = cut(window, b"?")?;
        let (kind, window) = cut(window, b"?")?;
        let (text, _) = cut(window, b"?=")?;
        let tail = inner.get(charset.len() + kind.len() + text.len() + 4..)?;
        // RFC 2231 §5 allows a language behind a star.
        let charset = charset.split(|&byte| byte == b'*').next().unwrap_or_default();
        let charset = std::str::from_utf8(charset).ok().filter(|name| name.len() <= 40)?;
        let is_base64 = match kind {
            b"B" | b"b" => true,
            b"Q" | b"q" => false,
            _ => return None,
        };
        let (mut bytes, mut base64) = (Vec::new(), Vec::new());
        if is_base64 {
            base64 = text.to_vec();
        } else {
            let text: Vec<u8> = text.iter().map(|&b| if b == b'_' { b' ' } else { b }).collect();
            transfer::unescape(&text, b'=', &mut bytes);
        }
        let charset = charset.to_ascii_lowercase();
        Some((Self { charset, is_base64, bytes, base64 }, tail))
    }

    fn is_of_kind(&self, other: &Self) -> bool {
        self.charset == other.charset
    }

    fn join(&mut self, next: Self) {
        let is_whole = self.base64.contains(&b'=') || self.base64.len().is_multiple_of(4);
        if !(self.is_base64 && next.is_base64 && !is_whole) {
            self.bytes.extend(transfer::base64(&self.base64));
            self.base64.clear();
        }
        self.base64.extend(next.base64);
        self.bytes.extend(next.bytes);
        self.is_base64 = next.is_base64;
    }

    fn decode(mut self) -> String {
        self.bytes.extend(transfer::base64(&self.base64));
        charset::decode(&self.bytes, Some(&self.charset))
    }
}

fn cut<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (before, rest) = bytes.split_at(position(bytes, mark)?);
    Some((before, rest.get(mark.len()..)?))
}

fn position(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    bytes.windows(mark.len()).position(|window| window == mark)
}

/// A foreign name made fit for a screen: one line, no control or direction characters, no path.
pub fn presentable(name: &str, most: usize) -> String {
    let clean = name.chars().filter_map(|letter| match letter {
        '\t' | '\r' | '\n' => Some(' '),
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => None,
        '\u{feff}' => None,
        _ if letter.is_control() => None,
        _ => Some(letter),
    });
    let clean: String = clean.take(most).collect();
    clean.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(label: &str, bytes: &[u8]) -> String {
        let text = transfer::base64_lines(bytes).replace("\r\n", "");
        format!("=?{label}?B?{text}?=")
    }

    #[test]
    fn f33_words_split_inside_a_character_are_joined_first() {
        let bytes = "Квитанція №1".as_bytes();
        let (start, end) = bytes.split_at(7);
        let split = format!("{}\r\n {}", word("UTF-8", start), word("utf-8", end));
        assert_eq!(decode_words(split.as_bytes()), "Квитанція №1");
        // Split inside a base64 group as well.
        assert_eq!(decode_words(b"=?utf-8?B?0JrQstC?= =?utf-8?B?4?="), "Кви");
        assert_eq!(decode_words(b"=?utf-8?Q?=D0?= =?utf-8?B?mg==?="), "К");
    }

    #[test]
    fn f33_words_of_other_charsets_and_raw_bytes() {
        let raw = encoding_rs::WINDOWS_1251.encode("Рішення").0;
        let mixed = format!("Re: {} [CP-1]", word("windows-1251", &raw));
        assert_eq!(decode_words(mixed.as_bytes()), "Re: Рішення [CP-1]");
        assert_eq!(decode_words(&raw), "Рішення");
        assert_eq!(decode_words(b"=?utf-8?X?abc?= =?broken"), "=?utf-8?X?abc?= =?broken");
        assert_eq!(decode_words(b"=?koi8-u?Q?=EB=D7?= x =?utf-8?Q?a_b?="), "Кв x a b");
    }

    #[test]
    fn f33_sections_of_rfc_2231_are_joined_before_decoding() {
        let raw: &[u8] = b"attachment; filename*1*=%B8%D1%82.p7s; \
            filename*0*=utf-8''%D0%9A%D0%B2%D0; filename=plain.bin";
        let read = Structured::read(raw);
        assert_eq!(read.value, "attachment");
        assert_eq!(read.parameter("filename"), Some("Квит.p7s"));
        let raw = b"a/b; name*0=\"one;\\\" \"; name*1=two; charset=UTF-8 (comment)";
        let read = Structured::read(raw);
        assert_eq!(read.parameter("name"), Some("one;\" two"));
        assert_eq!(read.parameter("charset"), Some("UTF-8"));
        let read = Structured::read(b"x/y; name==?windows-1251?Q?=CA=E2.p7s?=");
        assert_eq!(read.parameter("name"), Some("Кв.p7s"));
    }

    #[test]
    fn names_for_the_screen_hold_no_tricks() {
        assert_eq!(presentable("a\u{202e}gpj.exe\r\nX: y\0", 40), "agpj.exe  X: y");
        assert_eq!(presentable(&"я".repeat(300), 150).chars().count(), 150);
    }
}
