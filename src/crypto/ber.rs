//! The door for foreign ASN.1: whatever encoding comes in, DER goes on.
//!
//! Senders stream: indefinite lengths, strings cut into pieces, lengths longer than needed. All
//! of it is legal BER (X.690 §8) and none of it is DER (X.690 §10). Behind [`to_der`] nobody
//! meets it, and nobody recurses deeper or reads further than the limits of the door.
//!
//! Only the shape changes. The order of a SET and the octets of what is primitive stay as they
//! came: a signature may cover them (RFC 5652 §5.4).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How much of a stranger's ASN.1 we are willing to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole.
    pub size: usize,
    /// Constructed elements around one another.
    pub depth: usize,
}

impl Default for Limits {
    /// 32 MiB and 48 levels: a letter's biggest attachment, and twice what a signed chain nests.
    fn default() -> Self {
        Self { size: 32 << 20, depth: 48 }
    }
}

/// Why bytes are not BER that we read; `at` counts octets from the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BerError {
    pub at: usize,
    pub fault: &'static str,
}

impl fmt::Display for BerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at octet {})", self.fault, self.at)
    }
}

impl std::error::Error for BerError {}

const CONSTRUCTED: u8 = 0x20;
const OCTET_STRING: u8 = 0x04;
const BIT_STRING: u8 = 0x03;
/// The tag of `[0] IMPLICIT OCTET STRING` in pieces: `encryptedContent` (RFC 5652 §6.1), and a
/// `SignerIdentifier` as some Ukrainian gates write it.
const IMPLICIT_PIECES: u8 = 0xA0;

/// One BER element as DER: exactly one, nothing behind it.
pub fn to_der(bytes: &[u8], limits: Limits) -> Result<Vec<u8>, BerError> {
    if bytes.len() > limits.size {
        return Err(BerError { at: limits.size, fault: "more bytes than anybody needs" });
    }
    let mut walk = Walk { bytes, at: 0, end: bytes.len(), depth: limits.depth };
    let mut der = Vec::with_capacity(bytes.len());
    walk.element(&mut der)?;
    if walk.at != bytes.len() {
        return walk.fault("bytes after the end");
    }
    Ok(der)
}

/// Where we are; `end` is the end of the innermost definite length.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    depth: usize,
}

enum Extent {
    Until(usize),
    Indefinite,
}

impl Walk<'_> {
    fn fault<T>(&self, fault: &'static str) -> Result<T, BerError> {
        Err(BerError { at: self.at, fault })
    }

    fn octet(&mut self) -> Result<u8, BerError> {
        match self.bytes.get(self.at) {
            Some(octet) if self.at < self.end => {
                self.at += 1;
                Ok(*octet)
            }
            _ => self.fault("the bytes end too early"),
        }
    }

    /// Appends one element to `out` and gives its tag.
    fn element(&mut self, out: &mut Vec<u8>) -> Result<u8, BerError> {
        let tag = self.octet()?;
        match tag {
            _ if tag & 0x1F == 0x1F => return self.fault("a tag of more than one octet"),
            0x00 | 0x20 => return self.fault("an end of contents that ends nothing"),
            0x10 | 0x11 => return self.fault("a SEQUENCE or SET that is not constructed"),
            _ => {}
        }
        let extent = self.length()?;
        if tag & CONSTRUCTED != 0 {
            return self.constructed(tag, extent, out);
        }
        let Extent::Until(end) = extent else {
            return self.fault("an indefinite length of something primitive");
        };
        header_and(out, tag, self.bytes.get(self.at..end).unwrap_or_default());
        self.at = end;
        Ok(tag)
    }

    fn length(&mut self) -> Result<Extent, BerError> {
        let first = self.octet()?;
        let length = match first {
            0x80 => return Ok(Extent::Indefinite),
            0x00..=0x7F => usize::from(first),
            _ => {
                let mut length: usize = 0;
                for _ in 0..(first & 0x7F) {
                    let octet = self.octet()?;
                    if length >> (usize::BITS - 8) != 0 {
                        return self.fault("a length beyond counting");
                    }
                    length = (length << 8) | usize::from(octet);
                }
                length
            }
        };
        match self.at.checked_add(length) {
            Some(end) if end <= self.end => Ok(Extent::Until(end)),
            _ => self.fault("a length beyond the end"),
        }
    }

    fn constructed(&mut self, tag: u8, extent: Extent, out: &mut Vec<u8>) -> Result<u8, BerError> {
        if self.depth == 0 {
            return self.fault("nested deeper than anybody needs");
        }
        self.depth -= 1;
        let outer = self.end;
        if let Extent::Until(end) = extent {
            self.end = end;
        }
        let mut children = Children::default();
        while !self.over(&extent)? {
            let start = children.content.len();
            let child = self.element(&mut children.content)?;
            // Who these are is told by the first few; a list may have millions.
            if children.first.len() < 4 {
                children.first.push((child, start));
            }
        }
        self.end = outer;
        self.depth += 1;
        let tag = self.close(tag, children, out)?;
        Ok(tag)
    }

    /// Whether the constructed element ends here; eats the end of contents.
    fn over(&mut self, extent: &Extent) -> Result<bool, BerError> {
        match extent {
            Extent::Until(end) => Ok(self.at == *end),
            Extent::Indefinite => {
                let ends =
                    self.bytes.get(self.at..self.end).is_some_and(|b| b.starts_with(&[0, 0]));
                if ends {
                    self.at += 2;
                } else if self.at >= self.end {
                    return self.fault("an indefinite length without an end");
                }
                Ok(ends)
            }
        }
    }

    fn close(&self, tag: u8, children: Children, out: &mut Vec<u8>) -> Result<u8, BerError> {
        let universal = tag & !CONSTRUCTED;
        match universal {
            BIT_STRING => {
                let joined = self.join_bits(&children)?;
                header_and(out, BIT_STRING, &joined);
                Ok(BIT_STRING)
            }
            // OCTET STRING and the character strings of X.680 §41.
            OCTET_STRING | 0x0C | 0x12..=0x16 | 0x19..=0x1C | 0x1E => {
                let joined = self.join(&children, &[universal, OCTET_STRING])?;
                header_and(out, universal, &joined);
                Ok(universal)
            }
            _ => {
                let content = match children.implicit_pieces() {
                    Some(pieces) => self.with_joined_pieces(&children, pieces)?,
                    None => children.content,
                };
                header_and(out, tag, &content);
                Ok(tag)
            }
        }
    }

    /// The pieces of a string, one after another; a piece may have the string's own tag or be an
    /// OCTET STRING (X.690 §8.21.2).
    fn join(&self, children: &Children, allowed: &[u8]) -> Result<Vec<u8>, BerError> {
        let mut joined = Vec::with_capacity(children.content.len());
        let mut rest = children.content.as_slice();
        while let Some((tag, content, behind)) = split(rest) {
            if !allowed.contains(&tag) {
                return self.fault("a string with a piece that is no string");
            }
            joined.extend_from_slice(content);
            rest = behind;
        }
        Ok(joined)
    }

    /// Only the last piece may have unused bits (X.690 §8.6.4).
    fn join_bits(&self, children: &Children) -> Result<Vec<u8>, BerError> {
        let mut joined = vec![0];
        let mut rest = children.content.as_slice();
        while let Some((tag, content, behind)) = split(rest) {
            let (BIT_STRING, Some((unused, bits))) = (tag, content.split_first()) else {
                return self.fault("a BIT STRING with a piece that is no BIT STRING");
            };
            if *unused > 7 || (*unused != 0 && !behind.is_empty()) {
                return self.fault("a BIT STRING with a gap inside");
            }
            if let Some(first) = joined.first_mut() {
                *first = *unused;
            }
            joined.extend_from_slice(bits);
            rest = behind;
        }
        Ok(joined)
    }

    fn with_joined_pieces(&self, children: &Children, at: usize) -> Result<Vec<u8>, BerError> {
        let Some((before, pieces)) = children.content.split_at_checked(at) else {
            return Ok(children.content.clone());
        };
        let Some((_, content, behind)) = split(pieces) else {
            return Ok(children.content.clone());
        };
        let mut joined = before.to_vec();
        let mut rest = content;
        let mut octets = Vec::with_capacity(content.len());
        while let Some((tag, piece, more)) = split(rest) {
            if tag != OCTET_STRING {
                return self.fault("a string with a piece that is no OCTET STRING");
            }
            octets.extend_from_slice(piece);
            rest = more;
        }
        header_and(&mut joined, IMPLICIT_PIECES & !CONSTRUCTED, &octets);
        joined.extend_from_slice(behind);
        Ok(joined)
    }
}

/// What stands inside a constructed element, already DER, with the tags and
/// beginnings of the first few children.
#[derive(Default)]
struct Children {
    content: Vec<u8>,
    first: Vec<(u8, usize)>,
}

impl Children {
    /// Where `[0] IMPLICIT OCTET STRING` in pieces stands. An implicit tag does not say what it
    /// hides, so the neighbours must; nothing else in CMS, PKCS#8 or X.509 has these.
    ///
    /// `EncryptedContentInfo` streams: OBJECT IDENTIFIER, SEQUENCE, constructed [0]. And gates of
    /// the tax office write the key identifier of a `SignerInfo` as `A0 22 04 20 …` (ukraine.md
    /// §3.5), which `cms` would refuse: INTEGER, [0] with an OCTET STRING, SEQUENCE. Neither is
    /// under a signature.
    fn implicit_pieces(&self) -> Option<usize> {
        match self.first.as_slice() {
            [(0x06, _), (0x30, _), (IMPLICIT_PIECES, at)] => Some(*at),
            [(0x02, _), (IMPLICIT_PIECES, at), (0x30, _), ..] => {
                let (_, pieces, _) = split(self.content.get(*at..)?)?;
                (pieces.first() == Some(&OCTET_STRING)).then_some(*at)
            }
            _ => None,
        }
    }
}

/// Tag, content and the rest, of DER that this file wrote.
fn split(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0x00..=0x7F => (usize::from(*first), rest),
        _ => {
            let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
            (octets.iter().fold(0, |n, octet| (n << 8) | usize::from(*octet)), rest)
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// One element with the shortest length octets (X.690 §10.1).
fn header_and(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.push(tag);
    match u8::try_from(content.len()) {
        Ok(short @ 0..0x80) => out.push(short),
        _ => {
            let octets = content.len().to_be_bytes();
            let significant = octets.iter().copied().skip_while(|octet| *octet == 0);
            out.push(0x80 | u8::try_from(significant.clone().count()).unwrap_or(0));
            out.extend(significant);
        }
    }
    out.extend_from_slice(content);
}

/// The first PEM block (RFC 7468): its label and its bytes. `None` when there is none that reads.
pub fn unwrap_pem(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (_, text) = text.split_once("-----BEGIN ")?;
    let (label, text) = text.split_once("-----")?;
    let (body, _) = text.split_once("-----END ")?;
    let packed: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    Some((label.to_owned(), STANDARD.decode(packed).ok()?))
}

/// A PEM block (RFC 7468) with lines of 64.
pub fn wrap_pem(label: &str, der: &[u8]) -> String {
    // Fails only for a label that is no label.
    der::pem::encode_string(label, der::pem::LineEnding::LF, der).unwrap_or_default()
}

/// PEM, BER or DER, as DER, within the default limits.
pub fn door(bytes: &[u8]) -> Result<Vec<u8>, BerError> {
    // Everything that we read begins with a SEQUENCE; PEM begins with anything else.
    if bytes.first() == Some(&0x30) || bytes.len() > Limits::default().size {
        return to_der(bytes, Limits::default());
    }
    match unwrap_pem(bytes) {
        Some((_, der)) => to_der(&der, Limits::default()),
        None => to_der(bytes, Limits::default()),
    }
}
