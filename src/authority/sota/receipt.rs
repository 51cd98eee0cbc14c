//! What an authority's documents say: receipts 991 and 992 (`schemas/receipt.xsd`), and which of
//! its documents one is.
//!
//! A codec: bytes to fields. Whether the bytes may be believed is decided before, and what they
//! mean for us after.

use encoding_rs::WINDOWS_1251;
use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};
use serde::Deserialize;

use super::document::{HeadXml, base64, read_date, wrong};
use super::invoice::{self, InvoiceDocument};
use super::number::{FileName, Form};
use crate::authority::Unreadable;
use crate::authority::xml::{self, Cell, Field, Inspected};
use crate::time::{Span, Timestamp};

/// Certificates of one receipt №2.
pub const CERTIFICATES: usize = 16;
/// Reasons of one refusal.
const REASONS: usize = 999;
const WHAT: &str = "receipt";

/// One of the authority's documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Receipt(ReceiptDocument),
    Invoice(InvoiceDocument),
}

/// Квитанція №1 or №2. Elements that decide nothing are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptDocument {
    pub form: Form,
    /// HTIN: whom it answers, as it stands.
    pub code: String,
    /// HFILENAME.
    pub answers: FileName,
    /// HRESULT, as it stands.
    pub result: String,
    /// HNUMREG.
    pub registration: Option<String>,
    /// T1RXXXXG1S and T1RXXXXG2S, in the order of ROWNUM.
    pub reasons: Vec<Reason>,
    /// T2RXXXXG1S: DER, in the order of ROWNUM, at most [`CERTIFICATES`].
    pub certificates: Vec<Vec<u8>>,
    pub sender: String,
    pub text: String,
    /// HDATE and HTIME, when they can be read.
    pub stated_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub code: Option<String>,
    pub text: String,
}

/// Reads any of the three; tells them apart by the form's code alone.
pub fn read(bytes: &[u8]) -> Result<Answer, Unreadable> {
    if !xml::looks_like(bytes) {
        // The receipts of old were plain text. Nobody decides by free prose.
        let (text, _) = WINDOWS_1251.decode_without_bom_handling(bytes);
        let begins = xml::shortened(text.trim()).replace(char::is_control, " ");
        let detail = format!("plain text instead of XML: «{begins}»");
        return Err(Unreadable::Malformed { what: WHAT, detail });
    }
    let document = Inspected::new(bytes, "DECLAR", WHAT)?;
    // Nearly all are receipts, and each reading costs as much as a signature.
    let guessed = document.read::<ReceiptXml>();
    let form = match &guessed {
        Ok(receipt) => receipt.declarhead.form(WHAT)?,
        Err(_) => document.read::<AnyXml>()?.declarhead.form(WHAT)?,
    };
    match (form.document.as_str(), form.sub, form.version) {
        ("J14" | "F14", 991 | 992, _) => receipt(guessed?.declarbody, form).map(Answer::Receipt),
        ("PD0", 101, 20) => invoice::read(bytes).map(Answer::Invoice),
        _ => Err(wrong(WHAT, "the form", &form.to_string())),
    }
}

fn receipt(body: BodyXml, form: Form) -> Result<ReceiptDocument, Unreadable> {
    if body.certificates.len() > CERTIFICATES {
        return Err(Unreadable::TooMuch { what: "certificates of a receipt", limit: CERTIFICATES });
    }
    if body.reasons.len() > REASONS || body.codes.len() > REASONS {
        return Err(Unreadable::TooMuch { what: "reasons of a refusal", limit: REASONS });
    }
    Ok(ReceiptDocument {
        form,
        code: body.htin.text().to_owned(),
        answers: file_name(&body.hfilename)?,
        result: body.hresult.text().to_owned(),
        registration: body.hnumreg.some(),
        reasons: body.reasons(),
        certificates: body.certificates()?,
        sender: body.hsender.text().to_owned(),
        text: body.text.text().to_owned(),
        stated_at: moment(body.hdate.text(), body.htime.text()),
    })
}

fn file_name(field: &Field) -> Result<FileName, Unreadable> {
    FileName::read(field.text())
        .map_err(|error| Unreadable::Malformed { what: "HFILENAME", detail: error.to_string() })
}

/// The zone of every date and time in these documents.
pub(super) fn kyiv() -> TimeZone {
    TimeZone::get("Europe/Kyiv").unwrap_or(TimeZone::UTC)
}

/// `10:27:16` in Kyiv, or `10:28:37.669+03:00`. A moment that can't be read decides nothing, so
/// it is left out rather than made a reason to refuse the receipt.
fn moment(date: &str, time: &str) -> Option<Timestamp> {
    let date = read_date(date)?;
    let (clock, offset) = match time.find(['+', '-', 'Z']) {
        Some(at) => time.split_at_checked(at)?,
        None => (time, ""),
    };
    let clock: Time = clock.parse().ok()?;
    let when = date.to_datetime(clock);
    let zone = match offset {
        "" => kyiv(),
        "Z" => TimeZone::UTC,
        offset => {
            let (sign, rest) = offset.split_at_checked(1)?;
            let (hours, minutes) = rest.split_once(':')?;
            let (hours, minutes) = (hours.parse::<u8>().ok()?, minutes.parse::<u8>().ok()?);
            let seconds = i32::from(hours) * 3600 + i32::from(minutes) * 60;
            let seconds = if sign == "-" { -seconds } else { seconds };
            TimeZone::fixed(Offset::from_seconds(seconds).ok()?)
        }
    };
    Some(Timestamp::from_civil(when, &zone))
}

/// The last second of a day in Kyiv.
pub(super) fn end_of(day: Date) -> Timestamp {
    let next = day.saturating_add(jiff::Span::new().days(1));
    Timestamp::from_civil(next.at(0, 0, 0, 0), &kyiv()) - Span::seconds(1)
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct AnyXml {
    declarhead: HeadXml,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct ReceiptXml {
    declarhead: HeadXml,
    declarbody: BodyXml,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct BodyXml {
    htin: Field,
    hfilename: Field,
    hresult: Field,
    #[serde(default)]
    hdate: Field,
    #[serde(default)]
    htime: Field,
    #[serde(default)]
    hnumreg: Field,
    #[serde(rename = "T1RXXXXG1S", default)]
    reasons: Vec<Cell>,
    #[serde(rename = "T1RXXXXG2S", default)]
    codes: Vec<Cell>,
    #[serde(rename = "T2RXXXXG1S", default)]
    certificates: Vec<Cell>,
    #[serde(default)]
    hsender: Field,
    #[serde(default)]
    text: Field,
}

impl BodyXml {
    fn reasons(&self) -> Vec<Reason> {
        let mut rows: Vec<&Cell> =
            self.reasons.iter().filter(|cell| !cell.text().is_empty()).collect();
        rows.sort_by_key(|cell| cell.row);
        let reason = |cell: &&Cell| {
            let code = self.codes.iter().find(|code| code.row == cell.row);
            let code = code.map(|code| code.text().to_owned()).filter(|code| !code.is_empty());
            Reason { code, text: cell.text().to_owned() }
        };
        rows.iter().map(reason).collect()
    }

    fn certificates(&self) -> Result<Vec<Vec<u8>>, Unreadable> {
        let mut rows: Vec<&Cell> = self.certificates.iter().collect();
        rows.sort_by_key(|cell| cell.row);
        let bytes = |cell: &&Cell| {
            let place = format!("T2RXXXXG1S row {}", cell.row);
            base64(cell.text()).ok_or_else(|| wrong(WHAT, &place, cell.text()))
        };
        rows.iter().map(bytes).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_date_and_time_are_kyiv_unless_they_say_otherwise() {
        let summer = moment("24082026", "10:27:16").unwrap();
        assert_eq!(summer.to_string(), "2026-08-24T07:27:16Z");
        assert_eq!(moment("24.08.2026", "10:28:37.669+03:00").unwrap(), summer + Span(81));
        assert_eq!(moment("24082026", "07:27:16Z").unwrap(), summer);
        let winter = moment("22112026", "10:27:16").unwrap();
        assert_eq!(winter.to_string(), "2026-11-22T08:27:16Z");
        for (date, time) in [("31022026", "10:00:00"), ("", ""), ("24082026", "25:00:00")] {
            assert_eq!(moment(date, time), None, "{date} {time}");
        }
        assert_eq!(moment("24082026", "10:00:00+99:00"), None);
        assert_eq!(moment("2408-202", "10:00:00"), None);
    }

    #[test]
    fn the_last_second_of_a_day() {
        assert_eq!(end_of(jiff::civil::date(2026, 11, 30)).to_string(), "2026-11-30T21:59:59Z");
    }
}
