//! DER by hand, for structures that nobody should send: tags are written as their octets.

use const_oid::ObjectIdentifier;
use der::asn1::AnyRef;
use der::{Decode as _, Encode as _, Reader as _, SliceReader};

pub(super) const INTEGER: u8 = 0x02;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// `[n]`, constructed.
pub(super) fn context(n: u8) -> u8 {
    0xA0 | n
}

pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = der::Length::try_from(content.len()).unwrap().to_der().unwrap();
    [&[tag], length.as_slice(), &content].concat()
}

pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(SEQUENCE, parts)
}

pub(super) fn octets(content: &[u8]) -> Vec<u8> {
    element(0x04, &[content])
}

pub(super) fn bits(content: &[u8]) -> Vec<u8> {
    element(0x03, &[&[0], content])
}

pub(super) fn oid(oid: ObjectIdentifier) -> Vec<u8> {
    oid.to_der().unwrap()
}

pub(super) fn number(n: u32) -> Vec<u8> {
    n.to_der().unwrap()
}

/// The elements inside the one that `der` is, as they stand.
pub(super) fn inside(der: &[u8]) -> Vec<&[u8]> {
    let mut reader = SliceReader::new(AnyRef::from_der(der).unwrap().value()).unwrap();
    let mut found = Vec::new();
    while !reader.is_finished() {
        found.push(reader.tlv_bytes().unwrap());
    }
    found
}

/// The content of the element that `der` is.
pub(super) fn content(der: &[u8]) -> &[u8] {
    AnyRef::from_der(der).unwrap().value()
}
