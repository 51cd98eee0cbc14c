//! DECLARHEAD, and the application J1900101/F1900101 (`schemas/certificate-application.xsd`).
//!
//! A codec: it turns documents into fields and back, and decides nothing. Both sides may use it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::civil::Date;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::number::{self, FileName, Form};
use crate::authority::xml::{self, Cell, Field, Writer};
use crate::authority::{ComposeError, OrganisationKind, Payment, Role, Unreadable};
use crate::crypto::Usage;
use crate::exchange::{Digest, Money};

/// Rows of an application: a signing key and an agreement key.
pub const ROWS: usize = 2;
const WHAT: &str = "application";

/// DECLARHEAD (ukraine.md §2.1), without LINKED_DOCS, which nothing here uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// As it stands, without padding.
    pub tin: String,
    pub form: Form,
    pub kind: u8,
    pub count: u32,
    pub region: u8,
    pub district: u8,
    pub month: u8,
    pub period: u8,
    pub year: u16,
    pub office: u16,
    pub state: u8,
    pub filled: Date,
    pub software: Option<String>,
}

/// DECLARHEAD as serde reads it. Numbers stay text here: a receipt with a strange C_RAJ is still
/// a receipt, and only the form's code is always needed.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) struct HeadXml {
    tin: Field,
    c_doc: Field,
    c_doc_sub: Field,
    c_doc_ver: Field,
    #[serde(default)]
    c_doc_type: Field,
    #[serde(default)]
    c_doc_cnt: Field,
    #[serde(default)]
    c_reg: Field,
    #[serde(default)]
    c_raj: Field,
    #[serde(default)]
    period_month: Field,
    #[serde(default)]
    period_type: Field,
    #[serde(default)]
    period_year: Field,
    #[serde(default)]
    c_sti_orig: Field,
    #[serde(default)]
    c_doc_stan: Field,
    #[serde(default)]
    d_fill: Field,
    #[serde(default)]
    software: Field,
}

impl HeadXml {
    pub(super) fn form(&self, what: &'static str) -> Result<Form, Unreadable> {
        Ok(Form {
            document: self.c_doc.text().to_owned(),
            sub: parsed(&self.c_doc_sub, what, "C_DOC_SUB")?,
            version: parsed(&self.c_doc_ver, what, "C_DOC_VER")?,
        })
    }

    /// `what` names the document in errors.
    pub(super) fn head(&self, what: &'static str) -> Result<Head, Unreadable> {
        Ok(Head {
            tin: self.tin.text().to_owned(),
            form: self.form(what)?,
            kind: parsed(&self.c_doc_type, what, "C_DOC_TYPE")?,
            count: parsed(&self.c_doc_cnt, what, "C_DOC_CNT")?,
            region: parsed(&self.c_reg, what, "C_REG")?,
            district: parsed(&self.c_raj, what, "C_RAJ")?,
            month: parsed(&self.period_month, what, "PERIOD_MONTH")?,
            period: parsed(&self.period_type, what, "PERIOD_TYPE")?,
            year: parsed(&self.period_year, what, "PERIOD_YEAR")?,
            office: parsed(&self.c_sti_orig, what, "C_STI_ORIG")?,
            state: parsed(&self.c_doc_stan, what, "C_DOC_STAN")?,
            filled: date(&self.d_fill, what, "D_FILL")?,
            software: self.software.some(),
        })
    }
}

pub(super) fn parsed<N: std::str::FromStr>(
    field: &Field,
    what: &'static str,
    element: &str,
) -> Result<N, Unreadable> {
    field.text().parse().map_err(|_| wrong(what, element, field.text()))
}

pub(super) fn wrong(what: &'static str, element: &str, text: &str) -> Unreadable {
    let detail = format!("{element} is «{}»", xml::shortened(text));
    Unreadable::Malformed { what, detail }
}

/// `ddmmyyyy` or `dd.mm.yyyy`.
pub(super) fn read_date(text: &str) -> Option<Date> {
    // strptime alone would take signs and short numbers.
    let shape = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    let format = match shape.collect::<Vec<_>>().as_slice() {
        b"00000000" => "%d%m%Y",
        b"00.00.0000" => "%d.%m.%Y",
        _ => return None,
    };
    Date::strptime(format, text).ok()
}

pub(super) fn date(field: &Field, what: &'static str, element: &str) -> Result<Date, Unreadable> {
    read_date(field.text()).ok_or_else(|| wrong(what, element, field.text()))
}

/// `ddmmyyyy`.
pub(super) fn written(date: Date) -> impl std::fmt::Display {
    date.strftime("%d%m%Y")
}

impl Head {
    /// The file name that belongs to the document with this head.
    pub fn file_name(&self) -> Result<FileName, number::NumberError> {
        Ok(FileName {
            region: self.region,
            district: self.district,
            tin: number::padded(&self.tin)?,
            form: self.form.clone(),
            state: self.state,
            kind: self.kind,
            count: self.count,
            period: self.period,
            month: self.month,
            year: self.year,
            office: self.office,
        })
    }

    pub(super) fn write(&self, to: &mut Writer) -> Result<(), ComposeError> {
        to.open("DECLARHEAD");
        to.field("TIN", "organisation.code", &self.tin)?;
        to.datum("C_DOC", &self.form.document);
        to.datum("C_DOC_SUB", format_args!("{:03}", self.form.sub));
        to.datum("C_DOC_VER", self.form.version);
        to.datum("C_DOC_TYPE", self.kind);
        to.datum("C_DOC_CNT", self.count);
        to.datum("C_REG", self.region);
        to.datum("C_RAJ", self.district);
        to.datum("PERIOD_MONTH", self.month);
        to.datum("PERIOD_TYPE", self.period);
        to.datum("PERIOD_YEAR", self.year);
        to.datum("C_STI_ORIG", self.office);
        to.datum("C_DOC_STAN", self.state);
        to.datum("D_FILL", written(self.filled));
        match &self.software {
            Some(software) => to.field("SOFTWARE", "software", software)?,
            None => to.nil("SOFTWARE"),
        }
        to.close("DECLARHEAD");
        Ok(())
    }
}

/// One key that wants a certificate, as the application says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub usage: Usage,
    /// DER of the PKCS#10.
    pub request: Vec<u8>,
    /// Of the certificate to be replaced: lower-case hexadecimal without leading zeros.
    pub serial: String,
    pub fingerprint: Digest,
}

/// The whole application. Without `Debug`: it holds the blocking phrase.
#[derive(Clone, PartialEq, Eq)]
pub struct ApplicationDocument {
    pub head: Head,
    pub kind: OrganisationKind,
    pub name: String,
    pub role: Role,
    pub holder: String,
    pub drfo: Option<String>,
    pub email: String,
    pub reply_to: String,
    pub responsible: String,
    pub phone: String,
    pub blocking_phrase: Zeroizing<String>,
    pub consent: bool,
    pub term: u8,
    pub start: Date,
    pub payment: Payment,
    pub sum: Money,
    /// HORDER: the order that this application is a part of.
    pub order: String,
    pub rows: Vec<Row>,
}

/// The words of the form, each with what it means.
const KINDS: [(&str, OrganisationKind); 2] =
    [("LEGAL", OrganisationKind::Legal), ("SOLE", OrganisationKind::SoleProprietor)];
const ROLES: [(&str, Role); 4] = [
    ("Директор", Role::Director),
    ("Бухгалтер", Role::Accountant),
    ("Печатка установи", Role::Seal),
    ("Співробітник", Role::Employee),
];
const PAYMENTS: [(&str, Payment); 3] =
    [("PREPAID", Payment::Prepaid), ("INVOICE", Payment::Invoice), ("ONLINE", Payment::Online)];
const USAGES: [(&str, Usage); 2] = [("SIGN", Usage::Signing), ("AGREE", Usage::Agreement)];

fn word<T: PartialEq>(words: &[(&'static str, T)], meaning: &T) -> &'static str {
    words.iter().find(|(_, known)| known == meaning).map_or("", |(word, _)| word)
}

fn meaning<T: Copy>(words: &[(&str, T)], text: &str, element: &str) -> Result<T, Unreadable> {
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| wrong(WHAT, element, text))
}

/// The role as the field calls it: «Печатка установи».
pub fn role_word(role: Role) -> &'static str {
    word(&ROLES, &role)
}

impl ApplicationDocument {
    /// windows-1251 bytes, in the schema's order. Whether the values fit the form's patterns is
    /// the composer's question; here only blanks and characters that can't be written are refused.
    pub fn write(&self) -> Result<Zeroizing<Vec<u8>>, ComposeError> {
        let mut to = Writer::new(&self.head.form.to_string());
        self.head.write(&mut to)?;
        to.open("DECLARBODY");
        to.datum("HFILL", written(self.head.filled));
        to.field("HTIN", "organisation.code", &self.head.tin)?;
        to.field("HNAME", "organisation.name", &self.name)?;
        to.datum("HKIND", word(&KINDS, &self.kind));
        to.datum("HROLE", role_word(self.role));
        to.field("HFIO", "holder.name", &self.holder)?;
        match &self.drfo {
            Some(drfo) => to.field("HDRFO", "holder.drfo", drfo)?,
            None => to.nil("HDRFO"),
        }
        to.field("HEMAIL", "holder.email", &self.email)?;
        to.field("HREPLY", "mailbox.address", &self.reply_to)?;
        to.field("HRESP", "organisation.responsible", &self.responsible)?;
        to.field("HTEL", "organisation.phone", &self.phone)?;
        to.field("HDIALOG", "holder.blocking-phrase", &self.blocking_phrase)?;
        to.datum("HCONSENT", u8::from(self.consent));
        to.datum("HTERM", self.term);
        to.datum("HSTART", written(self.start));
        to.datum("HPAY", word(&PAYMENTS, &self.payment));
        to.datum("HSUM", amount(&self.sum)?);
        to.field("HCURR", "price currency", &self.sum.currency)?;
        to.field("HORDER", "order", &self.order)?;
        self.write_rows(&mut to);
        to.close("DECLARBODY");
        Ok(to.finish())
    }

    fn write_rows(&self, to: &mut Writer) {
        for (row, it) in (1..).zip(&self.rows) {
            to.cell("T1RXXXXG1S", row, word(&USAGES, &it.usage));
        }
        for (row, it) in (1..).zip(&self.rows) {
            to.cell("T1RXXXXG2S", row, BASE64.encode(&it.request));
        }
        for (row, it) in (1..).zip(&self.rows) {
            to.cell("T1RXXXXG3S", row, &it.serial);
        }
        for (row, it) in (1..).zip(&self.rows) {
            to.cell("T1RXXXXG4S", row, it.fingerprint);
        }
    }

    /// Reads what [`ApplicationDocument::write`], or another writer of the same form, has made.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let declar: ApplicationXml = xml::read(bytes, "DECLAR", WHAT)?;
        let head = declar.declarhead.head(WHAT)?;
        let code = head.form.to_string();
        if !matches!(code.as_str(), "J1900101" | "F1900101") {
            return Err(wrong(WHAT, "the form", &code));
        }
        let body = declar.declarbody;
        if body.htin.text() != head.tin {
            return Err(wrong(WHAT, "HTIN", body.htin.text()));
        }
        Ok(Self {
            kind: meaning(&KINDS, body.hkind.text(), "HKIND")?,
            name: body.hname.text().to_owned(),
            role: meaning(&ROLES, body.hrole.text(), "HROLE")?,
            holder: body.hfio.text().to_owned(),
            drfo: body.hdrfo.some(),
            email: body.hemail.text().to_owned(),
            reply_to: body.hreply.text().to_owned(),
            responsible: body.hresp.text().to_owned(),
            phone: body.htel.text().to_owned(),
            blocking_phrase: Zeroizing::new(body.hdialog.text().to_owned()),
            consent: match body.hconsent.text() {
                "0" => false,
                "1" => true,
                other => return Err(wrong(WHAT, "HCONSENT", other)),
            },
            term: parsed(&body.hterm, WHAT, "HTERM")?,
            start: date(&body.hstart, WHAT, "HSTART")?,
            payment: meaning(&PAYMENTS, body.hpay.text(), "HPAY")?,
            sum: money(&body.hsum, &body.hcurr, WHAT)?,
            order: body.horder.text().to_owned(),
            rows: body.rows()?,
            head,
        })
    }
}

/// `349.00`. The form holds no debts: a negative sum is unfit.
fn amount(sum: &Money) -> Result<String, ComposeError> {
    let detail = || format!("{} {} can't be written", sum.minor, sum.currency);
    let minor = u64::try_from(sum.minor)
        .map_err(|_| ComposeError::Unfit { field: "price", detail: detail() })?;
    Ok(format!("{}.{:02}", minor / 100, minor % 100))
}

/// `349.00` in hundredths.
pub(super) fn hundredths(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() != 2 {
        return None;
    }
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(part.parse().ok()?)
}

/// `349.00` and `UAH`.
pub(super) fn money(
    sum: &Field,
    currency: &Field,
    what: &'static str,
) -> Result<Money, Unreadable> {
    let minor = hundredths(sum.text()).ok_or_else(|| wrong(what, "HSUM", sum.text()))?;
    let letters = currency.text().bytes().all(|byte| byte.is_ascii_uppercase());
    if !letters || currency.text().len() != 3 {
        return Err(wrong(what, "HCURR", currency.text()));
    }
    Ok(Money { minor, currency: currency.text().to_owned() })
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct ApplicationXml {
    declarhead: HeadXml,
    declarbody: BodyXml,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct BodyXml {
    htin: Field,
    hname: Field,
    hkind: Field,
    hrole: Field,
    hfio: Field,
    hdrfo: Field,
    hemail: Field,
    hreply: Field,
    hresp: Field,
    htel: Field,
    hdialog: Field,
    hconsent: Field,
    hterm: Field,
    hstart: Field,
    hpay: Field,
    hsum: Field,
    hcurr: Field,
    horder: Field,
    #[serde(rename = "T1RXXXXG1S")]
    usages: Vec<Cell>,
    #[serde(rename = "T1RXXXXG2S")]
    requests: Vec<Cell>,
    #[serde(rename = "T1RXXXXG3S")]
    serials: Vec<Cell>,
    #[serde(rename = "T1RXXXXG4S")]
    fingerprints: Vec<Cell>,
}

impl BodyXml {
    /// ROWNUM joins the columns; every row has all four cells.
    fn rows(&self) -> Result<Vec<Row>, Unreadable> {
        if self.usages.len() > ROWS {
            return Err(Unreadable::TooMuch { what: "rows of an application", limit: ROWS });
        }
        self.usages.iter().map(|usage| self.row(usage)).collect()
    }

    fn row(&self, usage: &Cell) -> Result<Row, Unreadable> {
        let cell = |column: &[Cell], element: &str| {
            let mut found = column.iter().filter(|cell| cell.row == usage.row);
            match (found.next(), found.next()) {
                (Some(cell), None) => Ok(cell.text().to_owned()),
                _ => Err(wrong(WHAT, element, "not one cell for each row")),
            }
        };
        let request = cell(&self.requests, "T1RXXXXG2S")?;
        let fingerprint = cell(&self.fingerprints, "T1RXXXXG4S")?;
        Ok(Row {
            usage: meaning(&USAGES, usage.text(), "T1RXXXXG1S")?,
            request: base64(&request).ok_or_else(|| wrong(WHAT, "T1RXXXXG2S", &request))?,
            serial: cell(&self.serials, "T1RXXXXG3S")?,
            fingerprint: fingerprint
                .parse()
                .map_err(|_| wrong(WHAT, "T1RXXXXG4S", &fingerprint))?,
        })
    }
}

/// Base64 with or without line breaks.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let bare: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(bare).ok().filter(|bytes| !bytes.is_empty())
}
