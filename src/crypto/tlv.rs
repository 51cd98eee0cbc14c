//! DER, element by element: reading without copying, writing without surprises.
//!
//! Signatures cover bytes *as they stand*, and names, keys and attributes must be compared and
//! repeated byte for byte. Types that decode and encode again lose that, so the structures here
//! are read as slices of the original. Foreign bytes come through [`super::ber`] first.

use std::fmt;

use const_oid::ObjectIdentifier;
use jiff::civil;
use jiff::tz::TimeZone;

use super::suite::CryptoError;
use crate::time::Timestamp;

pub const BOOLEAN: u8 = 0x01;
pub const INTEGER: u8 = 0x02;
pub const BIT_STRING: u8 = 0x03;
pub const OCTET_STRING: u8 = 0x04;
pub const NULL: u8 = 0x05;
pub const OBJECT_IDENTIFIER: u8 = 0x06;
pub const UTF8_STRING: u8 = 0x0C;
pub const PRINTABLE_STRING: u8 = 0x13;
pub const IA5_STRING: u8 = 0x16;
pub const UTC_TIME: u8 = 0x17;
pub const GENERALIZED_TIME: u8 = 0x18;
pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;

/// The tag of `[n]`, constructed: EXPLICIT, or IMPLICIT over something constructed. `n` < 31.
pub const fn context(n: u8) -> u8 {
    0xA0 | n
}

/// The tag of `[n] IMPLICIT` over something primitive.
pub const fn context_primitive(n: u8) -> u8 {
    0x80 | n
}

/// What was found where something else should stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerError {
    pub detail: String,
}

impl DerError {
    pub fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into() }
    }

    /// The same as a fault of the structure `what`.
    pub fn of(self, what: &'static str) -> CryptoError {
        CryptoError::Malformed { what, detail: self.detail }
    }
}

impl fmt::Display for DerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

/// One element: its tag, its content, and the whole of it as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    pub tag: u8,
    pub content: &'a [u8],
    pub whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// Reads what stands inside.
    pub fn inside(&self) -> Reader<'a> {
        Reader { rest: self.content }
    }

    pub fn oid(&self) -> Result<ObjectIdentifier, DerError> {
        ObjectIdentifier::from_bytes(self.content)
            .map_err(|_| DerError::new("an object identifier that is none"))
    }

    /// A BIT STRING of whole octets.
    pub fn octets_of_bits(&self) -> Result<&'a [u8], DerError> {
        match self.content.split_first() {
            Some((0, octets)) => Ok(octets),
            _ => Err(DerError::new("a BIT STRING that is not of whole octets")),
        }
    }

    /// A small non-negative INTEGER.
    pub fn number(&self) -> Result<u32, DerError> {
        match self.content {
            [] => Err(DerError::new("an INTEGER without octets")),
            [first, ..] if first & 0x80 != 0 => Err(DerError::new("a negative INTEGER")),
            octets if octets.len() > 5 => Err(DerError::new("an INTEGER too big")),
            octets => {
                let wide = octets.iter().fold(0_u64, |n, octet| (n << 8) | u64::from(*octet));
                u32::try_from(wide).map_err(|_| DerError::new("an INTEGER too big"))
            }
        }
    }

    /// UTCTime or GeneralizedTime as RFC 5280 §4.1.2.5 wants them: seconds, and Z.
    pub fn time(&self) -> Result<Timestamp, DerError> {
        let wrong = || DerError::new("a time that does not read");
        let text = std::str::from_utf8(self.content).map_err(|_| wrong())?;
        let digits = text.strip_suffix('Z').ok_or_else(wrong)?;
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let (year, rest) = match (self.tag, digits.len()) {
            (UTC_TIME, 12) => digits.split_at_checked(2).ok_or_else(wrong)?,
            (GENERALIZED_TIME, 14) => digits.split_at_checked(4).ok_or_else(wrong)?,
            _ => return Err(wrong()),
        };
        let year: i16 = year.parse().map_err(|_| wrong())?;
        let year = match self.tag {
            UTC_TIME if year < 50 => year + 2000,
            UTC_TIME => year + 1900,
            _ => year,
        };
        let two = |from: usize| -> Result<i8, DerError> {
            rest.get(from..from + 2).and_then(|t| t.parse().ok()).ok_or_else(wrong)
        };
        let when = civil::DateTime::new(year, two(0)?, two(2)?, two(4)?, two(6)?, two(8)?, 0)
            .map_err(|_| wrong())?;
        Ok(Timestamp::from_civil(when, &TimeZone::UTC))
    }
}

/// A tag for messages.
fn word(tag: u8) -> String {
    match tag {
        BOOLEAN => "BOOLEAN".to_owned(),
        INTEGER => "INTEGER".to_owned(),
        BIT_STRING => "BIT STRING".to_owned(),
        OCTET_STRING => "OCTET STRING".to_owned(),
        OBJECT_IDENTIFIER => "OBJECT IDENTIFIER".to_owned(),
        SEQUENCE => "SEQUENCE".to_owned(),
        SET => "SET".to_owned(),
        _ if tag & 0xC0 == 0x80 => format!("[{}]", tag & 0x1F),
        _ => format!("tag {tag:02x}"),
    }
}

/// Walks over elements that stand one behind another.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(der: &'a [u8]) -> Self {
        Self { rest: der }
    }

    /// The inside of the one SEQUENCE that `der` is.
    pub fn sequence_in(der: &'a [u8]) -> Result<Self, DerError> {
        let mut reader = Self::new(der);
        let inside = reader.expect(SEQUENCE)?.inside();
        reader.finish()?;
        Ok(inside)
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The tag of the next element.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub fn any(&mut self) -> Result<Element<'a>, DerError> {
        let early = || DerError::new("it ends too early");
        let (tag, rest) = self.rest.split_first().ok_or_else(early)?;
        if tag & 0x1F == 0x1F {
            return Err(DerError::new("a tag of more than one octet"));
        }
        let (first, rest) = rest.split_first().ok_or_else(early)?;
        let (length, rest) = match first {
            0x00..=0x7F => (usize::from(*first), rest),
            0x81..=0x84 => {
                let (octets, rest) =
                    rest.split_at_checked(usize::from(first & 0x7F)).ok_or_else(early)?;
                (octets.iter().fold(0, |n, octet| (n << 8) | usize::from(*octet)), rest)
            }
            _ => return Err(DerError::new("a length that is not DER")),
        };
        let (content, behind) = rest.split_at_checked(length).ok_or_else(early)?;
        let whole = self.rest.get(..self.rest.len() - behind.len()).unwrap_or_default();
        self.rest = behind;
        Ok(Element { tag: *tag, content, whole })
    }

    pub fn expect(&mut self, tag: u8) -> Result<Element<'a>, DerError> {
        match self.peek() {
            Some(found) if found == tag => self.any(),
            Some(found) => {
                let (wanted, found) = (word(tag), word(found));
                Err(DerError::new(format!("{wanted} should stand where {found} stands")))
            }
            None => Err(DerError::new(format!("it ends where {} should stand", word(tag)))),
        }
    }

    pub fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, DerError> {
        if self.peek() == Some(tag) { self.any().map(Some) } else { Ok(None) }
    }

    pub fn finish(&self) -> Result<(), DerError> {
        if self.is_empty() { Ok(()) } else { Err(DerError::new("more than should be there")) }
    }

    /// Every element to the end, at most `limit` of them.
    pub fn all(mut self, limit: usize) -> Result<Vec<Element<'a>>, DerError> {
        let mut elements = Vec::new();
        while !self.is_empty() {
            if elements.len() == limit {
                return Err(DerError::new(format!("more than {limit} of a kind")));
            }
            elements.push(self.any()?);
        }
        Ok(elements)
    }
}

/// The object and the parameters of an `AlgorithmIdentifier` (RFC 5280 §4.1.1.2).
pub fn algorithm(der: &[u8]) -> Result<(ObjectIdentifier, Option<Element<'_>>), DerError> {
    let mut inside = Reader::sequence_in(der)?;
    let oid = inside.expect(OBJECT_IDENTIFIER)?.oid()?;
    let parameters = if inside.is_empty() { None } else { Some(inside.any()?) };
    inside.finish()?;
    Ok((oid, parameters))
}

/// Appends the shortest length octets (X.690 §10.1).
pub fn push_length(out: &mut Vec<u8>, length: usize) {
    if length < 0x80 {
        out.push(u8::try_from(length).unwrap_or(0));
        return;
    }
    let octets = length.to_be_bytes();
    let significant: Vec<u8> = octets.iter().copied().skip_while(|octet| *octet == 0).collect();
    out.push(0x80 | u8::try_from(significant.len()).unwrap_or(0));
    out.extend_from_slice(&significant);
}

/// One element with the parts as its content.
pub fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut der = Vec::with_capacity(length + 6);
    der.push(tag);
    push_length(&mut der, length);
    for part in parts {
        der.extend_from_slice(part);
    }
    der
}

pub fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(SEQUENCE, parts)
}

/// A SET OF in the order of DER (X.690 §11.6); `tag` is [`SET`] or an implicit one.
pub fn set_of(tag: u8, mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    element(tag, &parts)
}

pub fn octets(content: &[u8]) -> Vec<u8> {
    element(OCTET_STRING, &[content])
}

/// A BIT STRING of whole octets.
pub fn bits(content: &[u8]) -> Vec<u8> {
    element(BIT_STRING, &[&[0], content])
}

pub fn oid(oid: ObjectIdentifier) -> Vec<u8> {
    element(OBJECT_IDENTIFIER, &[oid.as_bytes()])
}

/// An `AlgorithmIdentifier` without parameters.
pub fn bare_algorithm(object: ObjectIdentifier) -> Vec<u8> {
    sequence(&[&oid(object)])
}

/// A non-negative INTEGER from big-endian octets.
pub fn unsigned(octets: &[u8]) -> Vec<u8> {
    let significant: Vec<u8> = octets.iter().copied().skip_while(|octet| *octet == 0).collect();
    match significant.first() {
        None => element(INTEGER, &[&[0]]),
        Some(first) if first & 0x80 != 0 => element(INTEGER, &[&[0], &significant]),
        Some(_) => element(INTEGER, &[&significant]),
    }
}

pub fn number(n: u32) -> Vec<u8> {
    unsigned(&n.to_be_bytes())
}

/// UTCTime up to 2049, GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5).
pub fn time(at: Timestamp) -> Vec<u8> {
    let when = at.civil(&TimeZone::UTC);
    let (tag, text) = if (1950..2050).contains(&when.year()) {
        (UTC_TIME, when.strftime("%y%m%d%H%M%SZ").to_string())
    } else {
        (GENERALIZED_TIME, when.strftime("%Y%m%d%H%M%SZ").to_string())
    };
    element(tag, &[text.as_bytes()])
}
