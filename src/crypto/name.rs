//! Names of people and organisations (X.501 `Name`) as text, and text as names.

use const_oid::ObjectIdentifier;
use der::asn1::Any;
use der::{Decode as _, Encode as _, Tag, Tagged as _};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};

use super::oid;

/// The attributes of a DER `Name` in their order, with their values as text.
pub fn attributes(name: &[u8]) -> der::Result<Vec<(ObjectIdentifier, String)>> {
    Ok(attributes_of(&Name::from_der(name)?))
}

pub(super) fn attributes_of(name: &Name) -> Vec<(ObjectIdentifier, String)> {
    name.iter().map(|pair| (pair.oid, text(&pair.value))).collect()
}

/// A DER `Name`, one attribute a set, in the given order. Values are UTF8String, but for those
/// whose type RFC 5280 appendix A fixes: country and serialNumber are PrintableString where the
/// text allows, e-mail is IA5String.
pub fn build(attributes: &[(ObjectIdentifier, &str)]) -> Vec<u8> {
    // Fails only for text beyond the lengths that der counts (256 MiB), which has no name.
    try_build(attributes).unwrap_or_default()
}

fn try_build(attributes: &[(ObjectIdentifier, &str)]) -> der::Result<Vec<u8>> {
    let mut name = RdnSequence::default();
    for (kind, value) in attributes {
        let tag = match *kind {
            oid::COUNTRY | oid::SERIAL_NUMBER if is_printable(value) => Tag::PrintableString,
            oid::EMAIL if value.is_ascii() => Tag::Ia5String,
            _ => Tag::Utf8String,
        };
        let value = Any::new(tag, value.as_bytes())?;
        let pair = AttributeTypeAndValue { oid: *kind, value };
        name.push(RelativeDistinguishedName::try_from(vec![pair])?);
    }
    name.to_der()
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
pub(super) fn text(value: &Any) -> String {
    let octets = value.value();
    match value.tag() {
        Tag::BmpString => {
            let units = octets
                .chunks_exact(2)
                .map(|pair| pair.iter().fold(0_u16, |unit, octet| (unit << 8) | u16::from(*octet)));
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        Tag::TeletexString => match std::str::from_utf8(octets) {
            Ok(text) => text.to_owned(),
            Err(_) => octets.iter().copied().map(char::from).collect(),
        },
        _ => String::from_utf8_lossy(octets).into_owned(),
    }
}
