//! What bytes are, by themselves: declared types and names are ignored, since gateways and
//! mail programs change them (F30).

use std::borrow::Cow;

use crate::mail::decode_base64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// `EnvelopedData` or `AuthEnvelopedData` (RFC 5652 §6, RFC 5083).
    Enveloped,
    /// `SignedData` (RFC 5652 §5), one that only carries certificates included.
    Signed,
}

/// 1.2.840.113549.1.7.2, .1.7.3 and .1.9.16.1.23, each with tag and length.
const SIGNED: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const ENVELOPED: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03";
const AUTH_ENVELOPED: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17";

/// A CMS `ContentInfo` in DER or BER, bare or as base64 text, with or without PEM lines.
pub fn sniff(bytes: &[u8]) -> Option<(Seal, Cow<'_, [u8]>)> {
    if let Some(seal) = content_info(bytes) {
        return Some((seal, whole(bytes).into()));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii();
    let text = armoured(text).unwrap_or(text);
    // The tag of a SEQUENCE is always `M` in base64.
    if text.first() != Some(&b'M') {
        return None;
    }
    // A glance at the start is enough to let ordinary texts pass cheaply.
    content_info(&decode_base64(text.get(..64).unwrap_or(text)))?;
    let decoded = decode_base64(text);
    content_info(&decoded).map(|seal| (seal, whole(&decoded).to_vec().into()))
}

/// Without what a gateway added behind the end, when a length says where that is (F29): base64
/// that needs no padding takes a footer's letters for its own.
fn whole(bytes: &[u8]) -> &[u8] {
    let length = |bytes: &[u8]| {
        let (first, rest) = bytes.strip_prefix(b"\x30")?.split_first()?;
        let (octets, start) = match usize::from(*first) {
            short @ ..0x80 => return Some(2 + short),
            0x80 => return None,
            long => (rest.get(..long - 0x80)?, 2 + long - 0x80),
        };
        let length = octets.iter().try_fold(0usize, |sum, &octet| {
            sum.checked_mul(256)?.checked_add(usize::from(octet))
        })?;
        start.checked_add(length)
    };
    length(bytes).and_then(|length| bytes.get(..length)).unwrap_or(bytes)
}

/// What stands between the lines `-----BEGIN …-----` and `-----END …-----`.
fn armoured(text: &[u8]) -> Option<&[u8]> {
    let rest = text.strip_prefix(b"-----BEGIN ")?;
    let start = rest.iter().position(|&byte| byte == b'\n')?;
    let rest = rest.get(start..)?.trim_ascii_start();
    let end = rest.iter().position(|&byte| byte == b'-').unwrap_or(rest.len());
    rest.get(..end)
}

fn content_info(bytes: &[u8]) -> Option<Seal> {
    let (length, rest) = bytes.strip_prefix(b"\x30")?.split_first()?;
    // Short and indefinite lengths have one byte, long ones say how many follow.
    let more = if *length > 0x80 { usize::from(length & 0x7f) } else { 0 };
    let content = rest.get(more..).filter(|_| more <= 8)?;
    if content.starts_with(SIGNED) {
        Some(Seal::Signed)
    } else if content.starts_with(ENVELOPED) || content.starts_with(AUTH_ENVELOPED) {
        Some(Seal::Enveloped)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f30_seals_are_known_by_their_bytes() {
        let der = [b"\x30\x81\x16", SIGNED, b"\xa0\x09abcdefghi"].concat();
        assert_eq!(sniff(&der).unwrap().0, Seal::Signed);
        let ber = [b"\x30\x80", AUTH_ENVELOPED, b"\xa0\x80"].concat();
        assert_eq!(sniff(&ber).unwrap().0, Seal::Enveloped);
        let text = crate::mail::base64_lines(&der);
        for text in [
            text.clone(),
            format!("\u{feff}\r\n{text}"),
            format!("{text}Checked by the gate"),
            format!("-----BEGIN CMS-----\n{text}-----END CMS-----\n"),
        ] {
            assert_eq!(sniff(text.as_bytes()).unwrap(), (Seal::Signed, der.as_slice().into()));
        }
        for other in [&b""[..], b"0", b"0\xff", b"My words", b"PK\x03\x04", b"-----BEGIN"] {
            assert_eq!(sniff(other), None);
        }
    }
}
