//! Names of people and organisations (X.501 `Name`) as text, and text as names.

use const_oid::ObjectIdentifier;

use super::oid;
use super::tlv::{self, DerError, Element, Reader};

/// No honest name has more attributes.
const MAX_ATTRIBUTES: usize = 64;

/// The attributes of a DER `Name` in their order, with their values as text.
pub fn attributes(name: &[u8]) -> Result<Vec<(ObjectIdentifier, String)>, DerError> {
    let mut found = Vec::new();
    for set in Reader::sequence_in(name)?.all(MAX_ATTRIBUTES)? {
        for pair in set.inside().all(MAX_ATTRIBUTES)? {
            let mut pair = pair.inside();
            let kind = pair.expect(tlv::OBJECT_IDENTIFIER)?.oid()?;
            found.push((kind, text(&pair.any()?)));
        }
    }
    Ok(found)
}

/// A DER `Name`, one attribute a set, in the given order. Values are UTF8String, but for those
/// whose type RFC 5280 appendix A fixes: country and serialNumber are PrintableString where the
/// text allows, e-mail is IA5String.
pub fn build(attributes: &[(ObjectIdentifier, &str)]) -> Vec<u8> {
    let sets: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(kind, value)| {
            let tag = match *kind {
                oid::COUNTRY | oid::SERIAL_NUMBER if is_printable(value) => tlv::PRINTABLE_STRING,
                oid::EMAIL if value.is_ascii() => tlv::IA5_STRING,
                _ => tlv::UTF8_STRING,
            };
            let value = tlv::element(tag, &[value.as_bytes()]);
            tlv::element(tlv::SET, &[&tlv::sequence(&[&tlv::oid(*kind), &value])])
        })
        .collect();
    let sets: Vec<&[u8]> = sets.iter().map(Vec::as_slice).collect();
    tlv::sequence(&sets)
}

/// Whether two DER `Name`s say the same: equal bytes, or equal attributes in any order, whatever
/// string types they are written in. Blanks at the ends don't count (RFC 4518 §2.6.1).
pub fn same(a: &[u8], b: &[u8]) -> bool {
    if a == b {
        return true;
    }
    let sorted = |name| {
        let mut found: Vec<(ObjectIdentifier, String)> = attributes(name).ok()?;
        for (_, value) in &mut found {
            *value = value.trim().to_owned();
        }
        found.sort();
        Some(found)
    };
    matches!((sorted(a), sorted(b)), (Some(a), Some(b)) if a == b)
}

/// For messages: the values of a DER `Name`, joined.
pub fn display(name: &[u8]) -> String {
    match attributes(name) {
        Ok(found) if found.is_empty() => "(nobody)".to_owned(),
        Ok(found) => found.into_iter().map(|(_, value)| value).collect::<Vec<_>>().join(", "),
        Err(_) => "(unreadable name)".to_owned(),
    }
}

fn is_printable(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c))
}

/// Any string type as text. TeletexString has no living meaning: UTF-8 where it reads as such,
/// Latin-1 otherwise. What can't be a character becomes U+FFFD: text is shown and compared, never
/// written back.
pub fn text(element: &Element<'_>) -> String {
    match element.tag {
        0x1E => {
            let units = element
                .content
                .chunks_exact(2)
                .map(|pair| pair.iter().fold(0_u16, |unit, octet| (unit << 8) | u16::from(*octet)));
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        0x1C => element
            .content
            .chunks_exact(4)
            .map(|four| four.iter().fold(0_u32, |unit, octet| (unit << 8) | u32::from(*octet)))
            .map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect(),
        0x14 => match std::str::from_utf8(element.content) {
            Ok(text) => text.to_owned(),
            Err(_) => element.content.iter().copied().map(char::from).collect(),
        },
        _ => String::from_utf8_lossy(element.content).into_owned(),
    }
}
