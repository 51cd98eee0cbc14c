//! Content-Transfer-Encoding, both ways (RFC 2045 §6). Reading is lenient: gateways add footers,
//! drop padding and break lines.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Undoes the transfer encoding named in a header. What is not understood stays as it is.
pub fn decode<'a>(body: &'a [u8], encoding: &str) -> Cow<'a, [u8]> {
    let encoding = encoding.trim();
    if encoding.eq_ignore_ascii_case("base64") {
        let bytes = base64(body);
        if bytes.is_empty() { body.into() } else { bytes.into() }
    } else if encoding.eq_ignore_ascii_case("quoted-printable") {
        quoted_printable(body).into()
    } else {
        body.into()
    }
}

/// Base64, leniently: foreign characters are skipped, padding may be missing. Behind the padding
/// only further base64 lines count, so that a footer added by a gateway is not decoded (F29).
pub fn base64(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut group = Group::default();
    let mut ended = false;
    for line in text.split(|&byte| byte == b'\n') {
        if ended && !line.trim_ascii().iter().all(|&byte| digit(byte).is_some() || byte == b'=') {
            break;
        }
        for &byte in line {
            if byte == b'=' {
                group.flush(&mut bytes);
                ended = true;
            } else if let Some(digit) = digit(byte) {
                group.push(digit, &mut bytes);
            }
        }
    }
    group.flush(&mut bytes);
    bytes
}

/// Up to four base64 digits on their way to three bytes.
#[derive(Default)]
struct Group {
    bits: u32,
    digits: u8,
}

impl Group {
    fn push(&mut self, digit: u8, bytes: &mut Vec<u8>) {
        self.bits = self.bits << 6 | u32::from(digit);
        self.digits += 1;
        if self.digits == 4 {
            let [_, a, b, c] = self.bits.to_be_bytes();
            bytes.extend([a, b, c]);
            *self = Self::default();
        }
    }

    fn flush(&mut self, bytes: &mut Vec<u8>) {
        match self.digits {
            2 => bytes.extend((self.bits >> 4).to_be_bytes().last()),
            3 => bytes.extend(((self.bits >> 2) as u16).to_be_bytes()),
            _ => {}
        }
        *self = Self::default();
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Quoted-printable, leniently: `=` that starts no escape is kept.
pub fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let ending: &[u8] = match line {
            [.., b'\r', b'\n'] => b"\r\n",
            [.., b'\n'] => b"\n",
            _ => b"",
        };
        // White space before the line's end was added on the way (RFC 2045 §6.7 rule 3).
        let content = if ending.is_empty() { line } else { line.trim_ascii_end() };
        let (content, ending) = match content {
            [start @ .., b'='] => (start, &b""[..]),
            _ => (content, ending),
        };
        unescape(content, b'=', &mut bytes);
        bytes.extend(ending);
    }
    bytes
}

/// Turns `=XX` (or `%XX`, by `mark`) into bytes; anything else stays.
pub fn unescape(text: &[u8], mark: u8, bytes: &mut Vec<u8>) {
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        let value = match tail {
            [high, low, ..] if first == mark => hex(*high).zip(hex(*low)),
            _ => None,
        };
        if let Some((high, low)) = value {
            bytes.push(high << 4 | low);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Base64 in lines of 76 characters, each ended by CRLF.
pub fn base64_lines(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() / 54 * 74 + 80);
    for line in bytes.chunks(57) {
        STANDARD.encode_string(line, &mut text);
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_survives_what_gateways_do() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = base64_lines(&bytes);
        assert_eq!(base64(text.as_bytes()), bytes);
        assert_eq!(base64(text.replace("\r\n", "\n").replace('=', "").as_bytes()), bytes);
        let footer = format!("{text}-- \r\nChecked by the gate of example.org\r\n");
        assert_eq!(base64(footer.as_bytes()), bytes, "f29: a footer behind the padding");
        assert_eq!(*decode(b"*** not base64 at all ###", "7bit"), *b"*** not base64 at all ###");
        assert_eq!(*decode(b"***", "BASE64"), *b"***");
    }

    #[test]
    fn quoted_printable_gives_the_exact_bytes() {
        assert_eq!(quoted_printable(b"a=\r\nb =20 \t\r\nc=D0=BF\n=zz="), b"ab  \r\nc\xd0\xbf\n=zz");
    }
}
