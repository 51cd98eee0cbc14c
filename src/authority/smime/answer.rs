//! An answer: `Key: value` lines and the certificates beside them (schemas/smime-answer.md).

use jiff::tz::TimeZone;

use super::sniff::{Seal, sniff};
use crate::authority::{Invoiced, Receipt, Unreadable, Word};
use crate::crypto::cms::read_certs_only;
use crate::crypto::{Authentic, Certificate};
use crate::exchange::{DocumentNumber, Money};
use crate::mail::{Part, presentable};
use crate::time::Timestamp;

/// Lines of an answer, fields and words for people together.
const LINES: usize = 1000;
/// Certificates in one answer: the new ones and the chain above them.
const CERTIFICATES: usize = 20;
/// Characters of one value.
const VALUE: usize = 2000;

/// The answer among `parts`, which are the leaves of `authentic`'s content; `None` when no leaf
/// has the two keys that make an answer.
pub fn read(
    parts: &[Part],
    code: &str,
    authentic: &Authentic,
) -> Result<Option<Receipt>, Unreadable> {
    let unsealed = parts.iter().filter(|part| sniff(&part.bytes).is_none());
    let mut answers = unsealed.map(|part| Fields::read(&part.text())).filter(Fields::is_answer);
    let Some(fields) = answers.next() else {
        return Ok(None);
    };
    if answers.next().is_some() {
        return Err(malformed("it holds two answers"));
    }
    if fields.lines > LINES {
        return Err(Unreadable::TooMuch { what: "lines of an answer", limit: LINES });
    }
    if let Some(key) = fields.doubled() {
        return Err(malformed(&format!("{key} stands in it twice")));
    }
    let whom = fields.required("code")?;
    if whom != code {
        return Err(Unreadable::ForAnother { whom: whom.to_owned() });
    }
    let reference = fields.required("reference")?;
    if reference.len() > 64 || !reference.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(malformed("Reference is not a reference"));
    }
    let stated_at = fields.one("stated-at").map(|text| moment("Stated-At", text)).transpose()?;
    let (word, title) = word(&fields, parts)?;
    Ok(Some(Receipt {
        answers: DocumentNumber(reference.to_owned()),
        word,
        content: authentic.content().to_vec(),
        title: title.into(),
        text: fields.text.clone(),
        stated_at,
        signer: authentic.signer().fingerprint(),
    }))
}

fn word(fields: &Fields, parts: &[Part]) -> Result<(Word, &'static str), Unreadable> {
    match fields.required("answer")?.to_lowercase().as_str() {
        "delivered" => Ok((Word::Delivered, "Підтвердження")),
        "invoiced" => Ok((invoice(fields)?, "Рахунок")),
        "granted" => {
            let certificates = certificates(parts)?;
            if certificates.is_empty() {
                return Err(malformed("it grants, but holds no certificates"));
            }
            let registration = None;
            Ok((Word::Granted { certificates, registration }, "Рішення: сертифікати видано"))
        }
        "refused" => {
            let mut reasons: Vec<String> = fields.all("reason").map(str::to_owned).collect();
            if reasons.is_empty() {
                // A refusal without a reason is a refusal still; people get what words there are.
                let words = fields.text.trim();
                let silent = "центр не назвав причини";
                reasons.push(if words.is_empty() { silent } else { words }.to_owned());
            }
            let code = fields.one("refusal-code").map(str::to_owned);
            Ok((Word::Refused { code, reasons }, "Рішення: відмова"))
        }
        other => Err(malformed(&format!("Answer {other:?} is not known"))),
    }
}

fn invoice(fields: &Fields) -> Result<Word, Unreadable> {
    let number = fields.required("invoice-number")?.to_owned();
    let currency = fields.required("currency")?;
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(malformed(&format!("Currency {currency:?} is no ISO 4217 code")));
    }
    let amount = fields.required("amount")?;
    let minor =
        minor(amount).ok_or_else(|| malformed(&format!("Amount {amount:?} is no decimal")))?;
    let due = fields.one("due").map(|text| moment("Due", text)).transpose()?;
    Ok(Word::Invoiced(Box::new(Invoiced {
        number,
        order: fields.one("order").map(str::to_owned),
        dated: None,
        amount: Money { minor, currency: currency.to_owned() },
        vat: None,
        due,
        payee: None,
        pdf: None,
        paid: fields.one("paid").map(day).transpose()?,
    })))
}

/// `349`, `349.5`, `349,00` → hundredths.
fn minor(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "00"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) || fraction.len() > 2 {
        return None;
    }
    let hundredths: i64 = format!("{fraction:0<2}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(hundredths)
}

/// `2026-11-30`.
fn day(text: &str) -> Result<jiff::civil::Date, Unreadable> {
    let day = if text.len() == 10 { text.parse().ok() } else { None };
    day.ok_or_else(|| malformed(&format!("Paid {text:?} is no day")))
}

/// RFC 3339, or a bare date for its last second in UTC.
fn moment(key: &str, text: &str) -> Result<Timestamp, Unreadable> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(Timestamp(moment.as_second()));
    }
    let date: jiff::civil::Date = match text.len() {
        10 => text.parse().ok(),
        _ => None,
    }
    .ok_or_else(|| malformed(&format!("{key} {text:?} is no RFC 3339 moment")))?;
    Ok(Timestamp::from_civil(date.at(23, 59, 59, 0), &TimeZone::UTC))
}

fn certificates(parts: &[Part]) -> Result<Vec<Certificate>, Unreadable> {
    let mut certificates = Vec::new();
    for part in parts {
        let Some((Seal::Signed, bytes)) = sniff(&part.bytes) else { continue };
        let bundle = read_certs_only(&bytes).map_err(|error| Unreadable::Malformed {
            what: "certs-only part",
            detail: error.to_string(),
        })?;
        certificates.extend(bundle);
        if certificates.len() > CERTIFICATES {
            return Err(Unreadable::TooMuch { what: "certificates", limit: CERTIFICATES });
        }
    }
    Ok(certificates)
}

fn malformed(detail: &str) -> Unreadable {
    Unreadable::Malformed { what: "answer", detail: detail.to_owned() }
}

/// `Key: value` lines up to the first empty line, and the words for people behind it.
struct Fields {
    /// Lower-case keys, in order.
    fields: Vec<(String, String)>,
    text: String,
    lines: usize,
}

impl Fields {
    fn read(text: &str) -> Self {
        let mut fields: Vec<(String, String)> = Vec::new();
        let mut lines = text.lines().take(LINES + 1);
        let mut count = 0;
        for line in lines.by_ref() {
            count += 1;
            if line.trim().is_empty() {
                break;
            }
            match (line.starts_with([' ', '\t']), fields.last_mut(), line.split_once(':')) {
                // A folded line belongs to the value above.
                (true, Some((_, value)), _) => {
                    *value = presentable(&format!("{value} {}", line.trim()), VALUE);
                }
                (_, _, Some((key, value))) => {
                    let key = key.trim().to_lowercase();
                    fields.push((key, presentable(value, VALUE)));
                }
                _ => {}
            }
        }
        let words: Vec<&str> = lines.collect();
        let words_count = words.len();
        let words = words.iter().map(|line| presentable(line, VALUE)).collect::<Vec<_>>();
        let text = words.join("\n").trim().to_owned();
        Self { fields, text, lines: count + words_count }
    }

    fn is_answer(&self) -> bool {
        self.one("reference").is_some() && self.one("answer").is_some()
    }

    fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let fields = self.fields.iter().filter(move |(name, _)| name == key);
        fields.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn one(&self, key: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(name, value)| name == key && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    fn required(&self, key: &'static str) -> Result<&str, Unreadable> {
        self.one(key).ok_or_else(|| malformed(&format!("the field {key} is missing")))
    }

    /// A key that stands twice could be read in two ways; only reasons may repeat.
    fn doubled(&self) -> Option<&str> {
        let mut seen = std::collections::BTreeSet::new();
        let single = self.fields.iter().map(|(key, _)| key.as_str()).filter(|key| *key != "reason");
        single.into_iter().find(|key| !seen.insert(*key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        for (text, expected) in [
            ("349", Some(34_900)),
            ("349.5", Some(34_950)),
            ("349,05", Some(34_905)),
            ("0.00", Some(0)),
            ("-1", None),
            ("1.234", None),
            ("1 000", None),
            ("", None),
            (".5", None),
            ("99999999999999999999", None),
            ("92233720368547759", None),
        ] {
            assert_eq!(minor(text), expected, "{text:?}");
        }
    }

    #[test]
    fn moments_are_rfc_3339_or_days() {
        assert_eq!(moment("Due", "2026-12-01").unwrap().to_string(), "2026-12-01T23:59:59Z");
        let kyiv = moment("Due", "2026-12-01T18:00:00+02:00").unwrap();
        assert_eq!(kyiv.to_string(), "2026-12-01T16:00:00Z");
        assert!(moment("Due", "tomorrow").is_err());
    }

    proptest::proptest! {
        #[test]
        fn foreign_fields_never_panic(text in "([A-Za-z-]{0,12}:?[ \\PC]{0,20}\r?\n?){0,12}") {
            let fields = Fields::read(&text);
            let _ = (fields.is_answer(), fields.doubled().map(str::len), invoice(&fields));
        }
    }
}
