//! The shapes of single values: addresses, codes, names, places. Sources: ukraine.md §2.1, §4.2.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::file::{Value, Wrong, text, wrong};
use super::{Listen, SecretRef, Token};
use crate::authority::{OrganisationKind, Start};

/// A path; a relative one is the configuration file's.
pub(super) fn path(base: &Path) -> impl Fn(&Value<'_>) -> Result<PathBuf, Wrong> + '_ {
    move |value| Ok(base.join(text(value)?))
}

/// `{ file = "…" }`, `{ env = "…" }` or `{ credential = "…" }`: never the secret itself.
pub(super) fn secret(base: &Path) -> impl Fn(&Value<'_>) -> Result<SecretRef, Wrong> + '_ {
    const INSTEAD: &str = "write one of { file = \"…\" }, { env = \"…\" }, { credential = \"…\" }; never the secret itself";
    move |value| {
        let Some(table) = value.get_ref().as_table() else {
            // What stands there may be the secret itself: it must not be repeated.
            return Err(wrong("is not a reference to a secret", INSTEAD));
        };
        let mut entries = table.iter();
        let (Some((key, place)), None) = (entries.next(), entries.next()) else {
            return Err(wrong("does not name exactly one place", INSTEAD));
        };
        let place = text(place)?;
        match key.get_ref().as_ref() {
            "file" => Ok(SecretRef::File(base.join(place))),
            "env" => Ok(SecretRef::Env(place)),
            "credential" if place.contains('/') || place.starts_with('.') => {
                Err(wrong("is a path", "write the credential's bare name"))
            }
            "credential" => Ok(SecretRef::Credential(place)),
            _ => Err(wrong("names an unknown place", INSTEAD)),
        }
    }
}

/// `{ module = "…", label = "…", pin = { file = "…" } }`, and `serial = "…"` where it must be.
pub(super) fn token(base: &Path) -> impl Fn(&Value<'_>) -> Result<Token, Wrong> + '_ {
    const INSTEAD: &str =
        "write { module = \"/usr/lib/….so\", label = \"…\", pin = { file = \"…\" } }";
    move |value| {
        let Some(table) = value.get_ref().as_table() else {
            return Err(wrong("is not a table", INSTEAD));
        };
        let known = ["module", "label", "serial", "pin"];
        if let Some((key, _)) = table.iter().find(|(key, _)| !known.contains(&&**key.get_ref())) {
            let what = format!("{} is not known here", key.get_ref());
            return Err(wrong(what, "known are module, label, serial and pin"));
        }
        let of = |key: &str| {
            let found = table.iter().find(|(name, _)| name.get_ref() == key);
            found.map(|(_, value)| value)
        };
        let needed = |key: &str| of(key).ok_or_else(|| wrong(format!("{key} is missing"), INSTEAD));
        let in_it =
            |key: &str, Wrong { what, instead }| Wrong { what: format!("{key} {what}"), instead };
        let label = text(needed("label")?).map_err(|wrong| in_it("label", wrong))?;
        if label.len() > 32 {
            let what = format!("label has {} octets, a token's has 32 at most", label.len());
            return Err(wrong(what, INSTEAD));
        }
        Ok(Token {
            module: path(base)(needed("module")?).map_err(|wrong| in_it("module", wrong))?,
            label,
            serial: of("serial").map(text).transpose().map_err(|wrong| in_it("serial", wrong))?,
            pin: secret(base)(needed("pin")?).map_err(|wrong| in_it("pin", wrong))?,
        })
    }
}

/// Names that become parts of paths: `[a-z0-9-]+`.
pub(super) fn id(value: &Value<'_>) -> Result<String, Wrong> {
    let id = text(value)?;
    if crate::vault::is_holder_id(&id) {
        return Ok(id);
    }
    let instead = "write at most 64 small Latin letters, digits and hyphens: \"director\"";
    Err(wrong(format!("«{id}» can't be a name"), instead))
}

/// A bare address that goes into headers and envelopes as it is.
pub(super) fn email(value: &Value<'_>) -> Result<String, Wrong> {
    let address = text(value)?;
    if is_email(&address) {
        return Ok(address);
    }
    Err(wrong(
        format!("«{address}» is not an e-mail address"),
        "write it bare: \"name@example.org\"",
    ))
}

fn is_email(address: &str) -> bool {
    let fits = |c: char| c.is_ascii_graphic() && !"<>()[],;:\\\"@".contains(c);
    let Some((name, domain)) = address.split_once('@') else { return false };
    let label = |label: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(inner) && !label.starts_with('-')
    };
    address.len() <= 254
        && !name.is_empty()
        && name.chars().all(fits)
        && !name.split('.').any(str::is_empty)
        && domain.split('.').all(label)
}

/// `DGHTEL`: `[0-9 ()\-+\.,;]{4,}`.
pub(super) fn phone(value: &Value<'_>) -> Result<String, Wrong> {
    let phone = text(value)?;
    let fits = |c: char| c.is_ascii_digit() || " ()-+.,;".contains(c);
    if phone.chars().count() >= 4 && phone.chars().all(fits) {
        return Ok(phone);
    }
    Err(wrong(format!("«{phone}» is not a phone number"), "write it like \"+380 44 000 00 00\""))
}

/// A server's name or address, without scheme and port.
pub(super) fn host(value: &Value<'_>) -> Result<String, Wrong> {
    let host = text(value)?;
    let name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if host.chars().all(name) || host.parse::<std::net::IpAddr>().is_ok() {
        return Ok(host);
    }
    let instead = "write the bare name: \"mail.example.org\"; the port has its own option";
    Err(wrong(format!("«{host}» is not a host name"), instead))
}

/// Loopback or a Unix socket.
pub(super) fn listen(base: &Path) -> impl Fn(&Value<'_>) -> Result<Listen, Wrong> + '_ {
    const INSTEAD: &str =
        "write \"127.0.0.1:8437\", \"[::1]:8437\" or \"unix:/run/certpost/page.sock\"";
    move |value| {
        let written = text(value)?;
        if let Some(path) = written.strip_prefix("unix:") {
            if path.is_empty() {
                return Err(wrong("names no socket", INSTEAD));
            }
            return Ok(Listen::Unix(base.join(path)));
        }
        let address: SocketAddr = written
            .parse()
            .map_err(|_| wrong(format!("«{written}» is not an address with a port"), INSTEAD))?;
        if !address.ip().is_loopback() {
            let what = format!("{} is open to others, and the page has no password", address.ip());
            let instead = "write 127.0.0.1:8437, and let a web server with TLS and a password \
                           stand before it (docs/deploy.md)";
            return Err(wrong(what, instead));
        }
        Ok(Listen::Loopback(address))
    }
}

/// `https`, or `http` on this machine: what travels there names people and sums, or is a secret.
pub(super) fn url(value: &Value<'_>) -> Result<String, Wrong> {
    let url = text(value)?;
    let instead = "write \"https://…\"; http only for 127.0.0.1, [::1] and localhost";
    let (scheme, rest) =
        url.split_once("://").ok_or_else(|| wrong(format!("«{url}» is no address"), instead))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(wrong("holds a user or a password", "write secrets as references"));
    }
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let plain = |c: char| c.is_ascii_graphic();
    let ours = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match scheme {
        _ if host.is_empty() || !url.chars().all(plain) => {
            Err(wrong(format!("«{url}» is no address"), instead))
        }
        "https" => Ok(url),
        "http" if ours => Ok(url),
        _ => Err(wrong("would go in plain text", instead)),
    }
}

pub(super) fn zone(value: &Value<'_>) -> Result<String, Wrong> {
    let zone = text(value)?;
    match jiff::tz::TimeZone::get(&zone) {
        Ok(_) => Ok(zone),
        Err(_) => Err(wrong(
            format!("«{zone}» is not a time zone"),
            "write an IANA name: \"Europe/Kyiv\"",
        )),
    }
}

/// `"request"`, `"old-end"` or a day.
pub(super) fn start(value: &Value<'_>) -> Result<Start, Wrong> {
    let word = text(value)?;
    match (word.as_str(), word.parse()) {
        ("request", _) => Ok(Start::Request),
        ("old-end", _) => Ok(Start::OldEnd),
        (_, Ok(day)) => Ok(Start::On(day)),
        (_, Err(_)) => {
            let instead = "write \"request\", \"old-end\" or a day: \"2026-12-20\"";
            Err(wrong(format!("«{word}» is not a day to begin on"), instead))
        }
    }
}

fn all_digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Two Cyrillic letters and six digits: a person without a tax number, by passport.
fn is_passport(text: &str) -> bool {
    let (letters, digits): (Vec<char>, Vec<char>) = text.chars().partition(|c| c.is_alphabetic());
    let cyrillic = |c: &char| ('\u{0410}'..='\u{042F}').contains(c) || "ЄІЇҐ".contains(*c);
    letters.len() == 2
        && letters.iter().all(cyrillic)
        && digits.len() == 6
        && digits.iter().all(char::is_ascii_digit)
        && text.starts_with(|c: char| c.is_alphabetic())
        && text.ends_with(|c: char| c.is_ascii_digit())
        && text.chars().nth(1).is_some_and(char::is_alphabetic)
}

/// ДРФО (РНОКПП): ten digits, the nine of an ID card, or the old passport (ukraine.md §4.2).
fn is_person(code: &str) -> bool {
    all_digits(code, 9..=10) || is_passport(code)
}

pub(super) fn drfo(value: &Value<'_>) -> Result<String, Wrong> {
    let code = text(value)?;
    if is_person(&code) {
        return Ok(code);
    }
    let instead = "write 10 digits, the 9 digits of an ID card, or the passport as \"АА000000\"";
    Err(wrong(format!("«{code}» is not a ДРФО"), instead))
}

/// ЄДРПОУ of an organisation, ДРФО of a sole proprietor. TIN of ukraine.md §2.1: 5 to 10 digits;
/// ordinary ones have eight.
pub(super) fn code(kind: OrganisationKind) -> impl Fn(&Value<'_>) -> Result<String, Wrong> {
    move |value| {
        let code = text(value)?;
        match kind {
            OrganisationKind::Legal if all_digits(&code, 5..=10) => Ok(code),
            OrganisationKind::SoleProprietor if is_person(&code) => Ok(code),
            OrganisationKind::Legal => {
                Err(wrong(format!("«{code}» is not a ЄДРПОУ"), "write its 8 digits in quotes"))
            }
            OrganisationKind::SoleProprietor => {
                let instead = "write 10 digits, or the passport as \"АА000000\"";
                Err(wrong(format!("«{code}» is not the ДРФО of a sole proprietor"), instead))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_would_break_a_header_or_an_envelope_are_refused() {
        for good in ["a@b", "kadry@example.com.ua", "o.petrenko+ksk@mail-1.example"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "a@b@c", "a b@c", "<a@b>", "a@b..c", "a@-b", ".a@b", "ї@b"]
        {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn persons_codes_have_three_forms() {
        for good in ["1234567890", "123456789", "АБ123456", "ЇЄ000001"] {
            assert!(is_person(good), "{good}");
        }
        for bad in
            ["12345678", "12345678901", "AB123456", "А1234567", "1А2Б3456", "АБ12345", "аб123456"]
        {
            assert!(!is_person(bad), "{bad}");
        }
    }
}
