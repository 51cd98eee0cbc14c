//! The container: labelled sections in a row (ukraine.md §1.1), and its header's text (§1.2).
//!
//! `LABEL 0x00 LENGTH(u32 little-endian) PAYLOAD`, nothing before, between or after. A codec
//! only: what sections mean, and whom to believe, is decided elsewhere.

use std::fmt;

use encoding_rs::WINDOWS_1251;

/// Characters of a label; the longest known one has 18.
pub const LABEL: usize = 24;
/// Sections of one container.
pub const SECTIONS: usize = 64;
/// Bytes of a header, and its lines.
const HEADER_BYTES: usize = 64 * 1024;
const HEADER_LINES: usize = 256;

pub const TRANSPORTABLE: &str = "TRANSPORTABLE";
pub const CERTCRYPT: &str = "CERTCRYPT";
pub const UA1_SIGN: &str = "UA1_SIGN";
pub const UA1_CRYPT: &str = "UA1_CRYPT";
const ZPOSTTRANSPORTABLE: &str = "ZPOSTTRANSPORTABLE";

/// What a label says about its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `TRANSPORTABLE`, `ZPOSTTRANSPORTABLE`: the header.
    Header,
    /// `CERTCRYPT`: the sender's agreement certificate.
    Certificate,
    /// `UA1_SIGN` and every other `…_SIGN`.
    Signed,
    /// `UA1_CRYPT` and every other `…_CRYPT`.
    Encrypted,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section<'a> {
    pub label: &'a str,
    pub payload: &'a [u8],
}

impl Section<'_> {
    pub fn kind(&self) -> Kind {
        match self.label {
            TRANSPORTABLE | ZPOSTTRANSPORTABLE => Kind::Header,
            CERTCRYPT => Kind::Certificate,
            label if label.ends_with("_SIGN") => Kind::Signed,
            label if label.ends_with("_CRYPT") => Kind::Encrypted,
            _ => Kind::Other,
        }
    }
}

/// Why bytes are not a container, or sections can't become one. Offsets count from its first byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerError {
    /// No label where one must stand.
    NoLabel {
        offset: usize,
    },
    /// The section ends before its own length says.
    Truncated {
        offset: usize,
        label: String,
    },
    TooManySections {
        limit: usize,
    },
    /// A payload that LENGTH can't count, or a header that passes its limits.
    TooLong {
        label: String,
    },
}

impl fmt::Display for ContainerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLabel { offset } => write!(f, "no section begins at byte {offset}"),
            Self::Truncated { offset, label } => {
                write!(f, "section {label} at byte {offset} is cut off")
            }
            Self::TooManySections { limit } => write!(f, "more than {limit} sections"),
            Self::TooLong { label } => write!(f, "section {label} is too long"),
        }
    }
}

impl std::error::Error for ContainerError {}

/// Whether bytes begin like a container: a label that could carry a seal, and its 0x00.
pub fn looks_like(bytes: &[u8]) -> bool {
    let label = match label_at(bytes) {
        Some((label, _)) => label,
        None => return false,
    };
    Section { label, payload: &[] }.kind() != Kind::Other
}

/// All sections of a container.
pub fn read(bytes: &[u8]) -> Result<Vec<Section<'_>>, ContainerError> {
    let mut sections = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        if sections.len() == SECTIONS {
            return Err(ContainerError::TooManySections { limit: SECTIONS });
        }
        let offset = bytes.len() - rest.len();
        let (label, after) = label_at(rest).ok_or(ContainerError::NoLabel { offset })?;
        let truncated = || ContainerError::Truncated { offset, label: label.into() };
        let (length, after) = after.split_first_chunk::<4>().ok_or_else(truncated)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| truncated())?;
        let (payload, after) = after.split_at_checked(length).ok_or_else(truncated)?;
        sections.push(Section { label, payload });
        rest = after;
    }
    if sections.is_empty() {
        return Err(ContainerError::NoLabel { offset: 0 });
    }
    Ok(sections)
}

fn label_at(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().take(LABEL + 1).position(|byte| *byte == 0)?;
    let (label, rest) = bytes.split_at_checked(end)?;
    let fits = label.first().is_some_and(u8::is_ascii_uppercase)
        && label.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
    let label = std::str::from_utf8(label).ok().filter(|_| fits)?;
    Some((label, rest.get(1..)?))
}

/// Sections, one after another.
pub fn write(sections: &[Section<'_>]) -> Result<Vec<u8>, ContainerError> {
    let room = sections.iter().map(|s| s.label.len() + 5 + s.payload.len()).sum();
    let mut bytes = Vec::with_capacity(room);
    for section in sections {
        let length = u32::try_from(section.payload.len())
            .map_err(|_| ContainerError::TooLong { label: section.label.into() })?;
        bytes.extend_from_slice(section.label.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(section.payload);
    }
    Ok(bytes)
}

/// The header: keys and values in their order. It is not authenticated: for routing and logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header(pub Vec<(String, String)>);

impl Header {
    pub fn get(&self, key: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.map(|(_, value)| value.as_str())
    }

    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.0.push((key.into(), value.into()));
        self
    }

    /// Reads a header's payload, with its final 0x00 or without. Values are windows-1251, unless
    /// they are UTF-8 without ENCODING=WIN. Lines without `=` are skipped.
    pub fn read(payload: &[u8]) -> Result<Self, ContainerError> {
        let payload = payload.strip_suffix(b"\0").unwrap_or(payload);
        if payload.len() > HEADER_BYTES {
            return Err(ContainerError::TooLong { label: TRANSPORTABLE.into() });
        }
        let (windows, _) = WINDOWS_1251.decode_without_bom_handling(payload);
        let declared = windows.lines().any(|line| line.trim_end() == "ENCODING=WIN");
        let text = match std::str::from_utf8(payload) {
            Ok(text) if !declared => text,
            _ => &windows,
        };
        let lines = text.lines().take(HEADER_LINES).filter_map(|line| line.split_once('='));
        Ok(Self(lines.map(|(key, value)| (key.trim().into(), value.trim().into())).collect()))
    }

    /// The payload, with its final 0x00. The caller has checked that windows-1251 holds the values
    /// and that they have no line breaks: one that slips through is written as a blank.
    pub fn write(&self) -> Vec<u8> {
        let mut text = String::new();
        for (key, value) in &self.0 {
            let value = value.replace(['\r', '\n', '\0'], " ");
            text.push_str(&format!("{key}={value}\r\n"));
        }
        let mut bytes = WINDOWS_1251.encode(&text).0.into_owned();
        bytes.push(0);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The worked example of ukraine.md §1.1, byte for byte.
    const EXAMPLE: &[u8] =
        b"TRANSPORTABLE\0\x1a\0\0\0filename=clear_file.txt\r\n\0CLEAR\0\x03\0\0\x00123";

    fn section<'a>(label: &'a str, payload: &'a [u8]) -> Section<'a> {
        Section { label, payload }
    }

    #[test]
    fn the_worked_example_reads_and_writes() {
        let sections = read(EXAMPLE).unwrap();
        let expected =
            [section(TRANSPORTABLE, b"filename=clear_file.txt\r\n\0"), section("CLEAR", b"123")];
        assert_eq!(sections, expected);
        assert_eq!(write(&sections).unwrap(), EXAMPLE);
        let header = Header::read(sections[0].payload).unwrap();
        assert_eq!(header.get("FILENAME"), Some("clear_file.txt"));
        assert_eq!(header.write(), sections[0].payload);
    }

    #[test]
    fn headers_with_and_without_the_last_zero_and_empty_ones() {
        let kyiv = Header::default().with("RCV_NAME", "ТОВ «Ґанок» №1").with("ENCODING", "WIN");
        let bytes = kyiv.write();
        assert_eq!(Header::read(&bytes).unwrap(), kyiv);
        assert_eq!(Header::read(&bytes[..bytes.len() - 1]).unwrap(), kyiv);
        assert_eq!(Header::read(b"\0").unwrap(), Header::default());
        assert_eq!(Header::read(b"").unwrap(), Header::default());
        // Without ENCODING: windows-1251, or UTF-8 when it is that.
        let bare = Header::default().with("RCV_NAME", "Їжак");
        assert_eq!(Header::read(&bare.write()).unwrap(), bare);
        assert_eq!(Header::read("RCV_NAME=Їжак\r\n".as_bytes()).unwrap(), bare);
        assert!(Header::read(&vec![b'A'; HEADER_BYTES + 2]).is_err());
    }

    #[test]
    fn labels_tell_what_their_payload_is() {
        let kinds = [
            ("TRANSPORTABLE", Kind::Header),
            ("ZPOSTTRANSPORTABLE", Kind::Header),
            ("CERTCRYPT", Kind::Certificate),
            ("UA1_SIGN", Kind::Signed),
            ("UA1_CRYPT", Kind::Encrypted),
            ("USC_SIGN", Kind::Signed),
            ("QLB_CRYPT", Kind::Encrypted),
            ("CLEAR", Kind::Other),
        ];
        for (label, kind) in kinds {
            assert_eq!(section(label, b"").kind(), kind, "{label}");
            let bytes = write(&[section(label, b"x")]).unwrap();
            assert_eq!(looks_like(&bytes), kind != Kind::Other, "{label}");
        }
        for text in ["", "UA1_SIGN", "TRANSPORTABLE is a word", "ua1_sign\0", "_SIGN\0", "\0"] {
            assert!(!looks_like(text.as_bytes()), "{text:?}");
        }
    }

    #[test]
    fn truncated_and_lying_lengths_are_errors() {
        for end in 1..EXAMPLE.len() {
            // The one cut between the sections leaves a container that is whole.
            assert_eq!(read(&EXAMPLE[..end]).is_ok(), end == 44, "cut at {end}");
        }
        let lying = b"UA1_SIGN\0\xff\xff\xff\xffabc";
        let told = ContainerError::Truncated { offset: 0, label: "UA1_SIGN".into() };
        assert_eq!(read(lying), Err(told));
        let mut trailing = EXAMPLE.to_vec();
        trailing.extend(b"junk");
        assert_eq!(read(&trailing), Err(ContainerError::NoLabel { offset: EXAMPLE.len() }));
        let long = [b'A'; LABEL + 1];
        assert_eq!(read(&long), Err(ContainerError::NoLabel { offset: 0 }));
    }

    #[test]
    fn the_number_of_sections_is_bounded() {
        let many = |n: usize| write(&vec![section("CERTCRYPT", b""); n]).unwrap();
        assert_eq!(read(&many(SECTIONS)).unwrap().len(), SECTIONS);
        let told = ContainerError::TooManySections { limit: SECTIONS };
        assert_eq!(read(&many(100_000)), Err(told));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
            let _ = looks_like(&bytes);
            let _ = Header::read(&bytes);
            let mut framed = b"UA1_SIGN\0".to_vec();
            framed.extend(&bytes);
            let _ = read(&framed);
        }

        #[test]
        fn what_is_written_is_read(
            parts in proptest::collection::vec(
                ("[A-Z][A-Z0-9_]{0,23}", proptest::collection::vec(any::<u8>(), 0..50)), 1..10),
        ) {
            let sections: Vec<_> = parts.iter().map(|(l, p)| section(l, p)).collect();
            let bytes = write(&sections).unwrap();
            prop_assert_eq!(read(&bytes).unwrap(), sections);
        }
    }
}
