//! SEARCH (RFC 3501 §6.4.4), without charsets: bytes are compared without ASCII case.

use imap_types::datetime::NaiveDate;
use imap_types::search::SearchKey;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::postbox::Letter;
use super::fetch;
use super::letters::holds;

/// A key that this server does not do.
pub(super) struct NotServed;

/// What `*` means.
pub(super) struct Scope {
    pub last_number: u32,
    pub last_uid: u32,
}

pub(super) fn all(
    keys: &[SearchKey<'_>],
    letter: &Letter,
    number: u32,
    scope: &Scope,
) -> Result<bool, NotServed> {
    for key in keys {
        if !matches(key, letter, number, scope)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The codec bounds how deep keys nest.
fn matches(
    key: &SearchKey<'_>,
    letter: &Letter,
    number: u32,
    scope: &Scope,
) -> Result<bool, NotServed> {
    let flag = |name: &str| letter.flags.contains(name);
    let size = u32::try_from(letter.raw.len()).unwrap_or(u32::MAX);
    Ok(match key {
        SearchKey::All | SearchKey::Old => true,
        SearchKey::Recent | SearchKey::New => false,
        SearchKey::And(keys) => return all(keys.as_ref(), letter, number, scope),
        SearchKey::Not(key) => !matches(key, letter, number, scope)?,
        SearchKey::Or(one, other) => {
            matches(one, letter, number, scope)? || matches(other, letter, number, scope)?
        }
        SearchKey::SequenceSet(set) => holds(set, number, scope.last_number),
        SearchKey::Uid(set) => holds(set, letter.uid, scope.last_uid),
        SearchKey::Seen => flag("\\Seen"),
        SearchKey::Unseen => !flag("\\Seen"),
        SearchKey::Deleted => flag("\\Deleted"),
        SearchKey::Undeleted => !flag("\\Deleted"),
        SearchKey::Flagged => flag("\\Flagged"),
        SearchKey::Unflagged => !flag("\\Flagged"),
        SearchKey::Answered => flag("\\Answered"),
        SearchKey::Unanswered => !flag("\\Answered"),
        SearchKey::Draft => flag("\\Draft"),
        SearchKey::Undraft => !flag("\\Draft"),
        SearchKey::Keyword(name) => flag(name.as_ref()),
        SearchKey::Unkeyword(name) => !flag(name.as_ref()),
        SearchKey::Larger(bytes) => size > *bytes,
        SearchKey::Smaller(bytes) => size < *bytes,
        SearchKey::Since(date) => arrived(letter) >= day(date)?,
        SearchKey::Before(date) => arrived(letter) < day(date)?,
        SearchKey::On(date) => arrived(letter) == day(date)?,
        SearchKey::Header(name, part) => {
            let name = String::from_utf8_lossy(name.as_ref());
            in_header(letter, &name, part.as_ref())
        }
        SearchKey::Subject(part) => in_header(letter, "Subject", part.as_ref()),
        SearchKey::From(part) => in_header(letter, "From", part.as_ref()),
        SearchKey::To(part) => in_header(letter, "To", part.as_ref()),
        SearchKey::Cc(part) => in_header(letter, "Cc", part.as_ref()),
        SearchKey::Bcc(part) => in_header(letter, "Bcc", part.as_ref()),
        SearchKey::Text(part) => contains(&letter.raw, part.as_ref()),
        SearchKey::Body(part) => contains(fetch::split(&letter.raw).1, part.as_ref()),
        SearchKey::SentBefore(_) | SearchKey::SentOn(_) | SearchKey::SentSince(_) => {
            return Err(NotServed);
        }
    })
}

/// Days are days in UTC here.
fn arrived(letter: &Letter) -> Date {
    letter.arrived.date(&TimeZone::UTC)
}

fn day(date: &NaiveDate) -> Result<Date, NotServed> {
    date.as_ref().to_string().parse().map_err(|_| NotServed)
}

/// An empty part asks only whether there is such a field.
fn in_header(letter: &Letter, name: &str, part: &[u8]) -> bool {
    fetch::values(&letter.raw, name).iter().any(|value| contains(value, part))
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    part.is_empty() || bytes.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}
