//! Opening layer after layer until there is an authenticated answer.
//!
//! Honest senders sign, then encrypt; some sign again outside (RFC 8551 §3.7). Each layer holds
//! either a MIME entity or the next seal itself. Meaning is taken only from the very content that
//! one signature of the authority covers: a signature outside an envelope covers bytes that the
//! signer need not have understood, so what is inside must be signed again.

use super::answer;
use super::sniff::{Seal, sniff};
use crate::authority::{Receipt, Unreadable};
use crate::crypto::{CryptoError, MAX_LAYERS, OpenError, Opener};
use crate::mail::{LetterError, Limits, Part, read_entity};

/// Seals opened for one delivery, side by side or nested.
const SEALS: usize = 64;

pub fn interpret(
    parts: &[Part],
    code: &str,
    opener: &Opener<'_>,
) -> Result<Vec<Receipt>, Unreadable> {
    let mut reading = Reading { code, opener, opened: 0 };
    reading.all(parts, MAX_LAYERS)?.ok_or(Unreadable::NotOurs)
}

struct Reading<'a> {
    code: &'a str,
    opener: &'a Opener<'a>,
    opened: usize,
}

impl Reading<'_> {
    /// Everything sealed among `parts`; `None` when nothing is. One good answer is enough: what
    /// gateways put beside it must not hide it. Without one the first reason counts.
    fn all(&mut self, parts: &[Part], layers: usize) -> Result<Option<Vec<Receipt>>, Unreadable> {
        let mut receipts = Vec::new();
        let mut first_error = None;
        for part in parts {
            let outcome = match sniff(&part.bytes) {
                Some((seal, bytes)) => self.open(seal, &bytes, layers).map(Some),
                None if is_entity(part) => layers
                    .checked_sub(1)
                    .ok_or_else(too_deep)
                    .and_then(|layers| self.entity(&part.bytes, layers)),
                None => continue,
            };
            match outcome {
                Ok(found) => receipts.extend(found.into_iter().flatten()),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        match first_error {
            _ if !receipts.is_empty() => Ok(Some(receipts)),
            Some(error) => Err(error),
            None => Ok(None),
        }
    }

    fn open(
        &mut self,
        seal: Seal,
        bytes: &[u8],
        layers: usize,
    ) -> Result<Vec<Receipt>, Unreadable> {
        let layers = layers.checked_sub(1).ok_or_else(too_deep)?;
        self.opened += 1;
        if self.opened > SEALS {
            return Err(Unreadable::TooMuch { what: "sealed parts", limit: SEALS });
        }
        match seal {
            Seal::Enveloped => {
                let content = self.opener.decrypt(bytes, &self.opener.trust.signers)?;
                self.inside(&content, layers)?.ok_or_else(unsigned)
            }
            Seal::Signed => {
                let authentic = self.opener.verify(bytes)?;
                let content = authentic.content();
                if sniff(content).is_none() {
                    let parts = entity_parts(content)?;
                    if let Some(receipt) = answer::read(&parts, self.code, &authentic)? {
                        return Ok(vec![receipt]);
                    }
                }
                self.inside(content, layers)?.ok_or_else(|| Unreadable::Malformed {
                    what: "answer",
                    detail: "the signed content holds neither an answer nor another seal".into(),
                })
            }
        }
    }

    /// The content of a layer: the next seal itself, or a MIME entity that holds it.
    fn inside(
        &mut self,
        content: &[u8],
        layers: usize,
    ) -> Result<Option<Vec<Receipt>>, Unreadable> {
        match sniff(content) {
            Some((seal, bytes)) => self.open(seal, &bytes, layers).map(Some),
            None => self.entity(content, layers),
        }
    }

    fn entity(
        &mut self,
        content: &[u8],
        layers: usize,
    ) -> Result<Option<Vec<Receipt>>, Unreadable> {
        let parts = entity_parts(content)?;
        self.all(&parts, layers)
    }
}

fn too_deep() -> Unreadable {
    OpenError::TooDeep { limit: MAX_LAYERS }.into()
}

fn unsigned() -> Unreadable {
    let detail = "it is encrypted, but not signed".into();
    OpenError::Crypto(CryptoError::Malformed { what: "answer", detail }).into()
}

/// A whole MIME entity saved as a file by some gateway: it begins with its own header.
fn is_entity(part: &Part) -> bool {
    let start = part.bytes.get(..13).unwrap_or_default().to_ascii_lowercase();
    let starts = [&b"content-type:"[..], b"mime-version:"];
    starts.contains(&start.as_slice())
}

fn entity_parts(content: &[u8]) -> Result<Vec<Part>, Unreadable> {
    read_entity(content, &Limits::default()).map_err(|error| match error {
        LetterError::TooLarge { limit, .. } => {
            Unreadable::TooMuch { what: "bytes of sealed content", limit }
        }
        LetterError::TooDeep { limit } => {
            Unreadable::TooMuch { what: "nested parts of sealed content", limit }
        }
        LetterError::TooManyParts { limit } => {
            Unreadable::TooMuch { what: "parts of sealed content", limit }
        }
        LetterError::Malformed { detail } => {
            Unreadable::Malformed { what: "sealed content", detail }
        }
    })
}
