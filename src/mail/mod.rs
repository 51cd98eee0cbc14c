//! Letters as text: made, read, told apart. Pure: no sockets, no clock.
//!
//! Reading is the outer half of the door for foreign bytes: sizes, depth and number of parts are
//! bounded here, charsets become UTF-8 here and nowhere else, and attachments come out byte for
//! byte as they were attached. Nothing in a header is ever taken for the authority's word.

mod bulletin;
mod charset;
mod compose;
mod header;
mod kind;
mod tnef;
mod transfer;
mod walk;

pub use bulletin::{Bulletin, MARK, compose_bulletin};
pub use compose::compose;
pub use header::presentable;
pub use kind::attachment_was_removed;
pub use transfer::{base64 as decode_base64, base64_lines};

/// A letter to be made: one parcel, and what travels beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Bare addresses, `user@example.org`.
    pub from: String,
    pub to: String,
    /// Without angle brackets: `reference@domain`.
    pub message_id: String,
    pub date: crate::time::Timestamp,
    pub subject: String,
    /// Plain text for a person who opens it by hand.
    pub text: String,
    pub attachment: Part,
    /// Further attachments, in their order; our own parcels have none.
    pub beside: Vec<Part>,
}

/// One leaf of a letter, or one file of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// As declared, decoded, for showing; never for paths.
    pub name: Option<String>,
    /// As declared, lower case: `application/pkcs7-mime; smime-type=signed-data`.
    pub content_type: String,
    /// After transfer decoding, before any charset: what was attached, byte for byte.
    pub bytes: Vec<u8>,
}

impl Part {
    /// The bytes as text: by the declared charset, else by a guess (F33).
    pub fn text(&self) -> String {
        let declared = header::Structured::read(self.content_type.as_bytes());
        charset::decode(&self.bytes, declared.parameter("charset"))
    }
}

/// The leaves of one MIME entity, such as the content of a seal: header fields, body. Bytes that
/// have no header are one text leaf.
pub fn read_entity(raw: &[u8], limits: &Limits) -> Result<Vec<Part>, LetterError> {
    if raw.len() > limits.letter_bytes {
        return Err(LetterError::TooLarge { bytes: raw.len(), limit: limits.letter_bytes });
    }
    Ok(walk::walk(raw, limits)?.leaves)
}

/// The first `most` header fields of a letter for people, each cut to 300 characters; nothing of
/// them is proven.
pub fn header_fields(raw: &[u8], most: usize) -> Vec<(String, String)> {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.or_else(|| raw.windows(2).position(|two| two == b"\n\n")).unwrap_or(raw.len());
    let block = raw.get(..end.min(64 << 10)).unwrap_or_default();
    let fields = header::Fields::read(block);
    let cut = |value: String| value.chars().take(300).collect::<String>();
    fields.all().take(most).map(|(name, value)| (name, cut(value))).collect()
}

/// What a letter is, judged by its form alone: a hint for people and logs. An authenticated
/// receipt counts in an automatic answer or a list letter too (a robot's honest receipt may call
/// itself either), and nothing else ever counts (F17). Only a bounce is not worth interpreting:
/// what is sealed in it is our own parcel coming back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LetterKind {
    Ordinary,
    /// A mail system's report about a letter of ours (RFC 3464 and others).
    Bounce(Bounce),
    /// Out of office and its kin.
    AutoReply,
    /// Mailing lists, newsletters.
    List,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// Message-ID of the letter reported on, when it can be found.
    pub about: Option<String>,
    /// Gave up (5.x.x, `failed`); false: still trying (4.x.x, `delayed`).
    pub lasting: bool,
    /// The mail system's words, shortened.
    pub text: String,
}

/// A letter, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub kind: LetterKind,
    /// For showing and routing only.
    pub from: String,
    pub subject: String,
    pub message_id: Option<String>,
    /// Every leaf, in order, nested letters included; inline text too.
    pub parts: Vec<Part>,
}

/// Bounds on foreign letters (F50).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one letter, transfer-encoded.
    pub letter_bytes: usize,
    /// Nesting of multiparts and letters.
    pub depth: usize,
    pub parts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { letter_bytes: 25 * 1024 * 1024, depth: 20, parts: 100 }
    }
}

/// Why a letter can't be read. It goes to quarantine with this reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LetterError {
    TooLarge { bytes: usize, limit: usize },
    TooDeep { limit: usize },
    TooManyParts { limit: usize },
    Malformed { detail: String },
}

impl std::fmt::Display for LetterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLarge { bytes, limit } => {
                write!(f, "the letter has {bytes} bytes; the limit is {limit}")
            }
            Self::TooDeep { limit } => write!(f, "the letter is nested more than {limit} deep"),
            Self::TooManyParts { limit } => write!(f, "the letter has more than {limit} parts"),
            Self::Malformed { detail } => write!(f, "not a letter: {detail}"),
        }
    }
}

impl std::error::Error for LetterError {}

/// Reads a letter within `limits`. Never panics, whatever the bytes.
pub fn read(raw: &[u8], limits: &Limits) -> Result<Letter, LetterError> {
    if raw.len() > limits.letter_bytes {
        return Err(LetterError::TooLarge { bytes: raw.len(), limit: limits.letter_bytes });
    }
    let tree = walk::walk(raw, limits)?;
    if tree.fields.is_empty() {
        return Err(LetterError::Malformed {
            detail: "it has no header, or an endless one".into(),
        });
    }
    let shown = |name| header::presentable(&tree.fields.text(name).unwrap_or_default(), 500);
    Ok(Letter {
        kind: kind::kind(&tree),
        from: shown("from"),
        subject: shown("subject"),
        message_id: tree.fields.identifier("message-id"),
        parts: tree.leaves,
    })
}
