//! The invoice PD010120 (`schemas/invoice.xsd`): one order's applications, and what each costs.
//!
//! A codec, as in `receipt`: bytes to fields.

use jiff::civil::Date;
use serde::Deserialize;

use super::document::{hundredths, money, read_date, wrong};
use super::number::FileName;
use crate::authority::Unreadable;
use crate::authority::xml::{self, Cell, Field};
use crate::exchange::{Digest, Money};

/// Applications of one invoice: more holders than any order has.
pub const ITEMS: usize = 100;
const WHAT: &str = "invoice";

/// Рахунок-фактура.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceDocument {
    /// HTIN: the payer.
    pub code: String,
    /// HORDER.
    pub order: Option<String>,
    pub number: String,
    pub dated: Date,
    /// HSUM: the sum of the items.
    pub sum: Money,
    pub vat: Option<Money>,
    pub iban: String,
    pub payee: String,
    pub payee_code: String,
    pub purpose: String,
    /// Last day to pay.
    pub due: Option<Date>,
    /// HPAID: the day on which the money came.
    pub paid: Option<Date>,
    /// HPDF: SHA-256 of the PDF in the same letter.
    pub pdf: Option<Digest>,
    /// At least one, at most [`ITEMS`], in the order of ROWNUM; each application once.
    pub items: Vec<Item>,
}

/// One application that is to be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// T1RXXXXG1S.
    pub answers: FileName,
    /// T1RXXXXG2S.
    pub sum: Money,
}

pub(super) fn read(bytes: &[u8]) -> Result<InvoiceDocument, Unreadable> {
    let InvoiceXml { declarbody: body } = xml::read(bytes, "DECLAR", WHAT)?;
    let day = |field: &Field, element: &str| {
        read_date(field.text()).ok_or_else(|| wrong(WHAT, element, field.text()))
    };
    let number = body.hnum.some().ok_or_else(|| wrong(WHAT, "HNUM", ""))?;
    let sum = money(&body.hsum, &body.hcurr, WHAT)?;
    let vat = body.hvat.some().map(|text| match hundredths(&text) {
        Some(minor) if minor <= sum.minor => Ok(Money { minor, currency: sum.currency.clone() }),
        _ => Err(wrong(WHAT, "HVAT", &text)),
    });
    let pdf = body.hpdf.some().map(|text| text.parse().map_err(|_| wrong(WHAT, "HPDF", &text)));
    Ok(InvoiceDocument {
        code: body.htin.text().to_owned(),
        order: body.horder.some(),
        number,
        dated: day(&body.hdate, "HDATE")?,
        vat: vat.transpose()?,
        iban: body.hiban.text().to_owned(),
        payee: body.hpayee.text().to_owned(),
        payee_code: body.hpayeetin.text().to_owned(),
        purpose: body.hpurpose.text().to_owned(),
        due: body.hdue.some().map(|_| day(&body.hdue, "HDUE")).transpose()?,
        paid: body.hpaid.some().map(|_| day(&body.hpaid, "HPAID")).transpose()?,
        pdf: pdf.transpose()?,
        items: body.items(&sum)?,
        sum,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct InvoiceXml {
    declarbody: InvoiceBodyXml,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct InvoiceBodyXml {
    htin: Field,
    #[serde(default)]
    horder: Field,
    hnum: Field,
    hdate: Field,
    hsum: Field,
    hcurr: Field,
    #[serde(default)]
    hvat: Field,
    #[serde(default)]
    hiban: Field,
    #[serde(default)]
    hpayee: Field,
    #[serde(default)]
    hpayeetin: Field,
    #[serde(default)]
    hpurpose: Field,
    #[serde(default)]
    hdue: Field,
    #[serde(default)]
    hpaid: Field,
    #[serde(default)]
    hpdf: Field,
    #[serde(rename = "T1RXXXXG1S", default)]
    names: Vec<Cell>,
    #[serde(rename = "T1RXXXXG2S", default)]
    sums: Vec<Cell>,
}

impl InvoiceBodyXml {
    /// The rows, which must make up `total`: an invoice that can't add is nobody's to pay.
    fn items(&self, total: &Money) -> Result<Vec<Item>, Unreadable> {
        if self.names.len() > ITEMS || self.sums.len() > ITEMS {
            return Err(Unreadable::TooMuch { what: "rows of an invoice", limit: ITEMS });
        }
        if self.names.is_empty() || self.names.len() != self.sums.len() {
            return Err(wrong(WHAT, "T1RXXXXG1S", "not one sum for each application"));
        }
        let mut names: Vec<&Cell> = self.names.iter().collect();
        names.sort_by_key(|cell| cell.row);
        let mut items: Vec<Item> = Vec::new();
        let mut left = total.minor;
        for name in names {
            let answers = FileName::read(name.text())
                .map_err(|error| wrong(WHAT, "T1RXXXXG1S", &error.to_string()))?;
            if items.iter().any(|item| item.answers == answers) {
                return Err(wrong(WHAT, "T1RXXXXG1S", "the same application twice"));
            }
            let mut sums = self.sums.iter().filter(|cell| cell.row == name.row);
            let (Some(sum), None) = (sums.next(), sums.next()) else {
                return Err(wrong(WHAT, "T1RXXXXG2S", "not one sum for each application"));
            };
            let minor = hundredths(sum.text()).and_then(|minor| {
                left = left.checked_sub(minor)?;
                Some(minor)
            });
            let minor = minor.ok_or_else(|| wrong(WHAT, "T1RXXXXG2S", sum.text()))?;
            items.push(Item { answers, sum: Money { minor, currency: total.currency.clone() } });
        }
        if left != 0 {
            let detail = format!("HSUM is not the sum of its {} rows", items.len());
            return Err(Unreadable::Malformed { what: WHAT, detail });
        }
        Ok(items)
    }
}
