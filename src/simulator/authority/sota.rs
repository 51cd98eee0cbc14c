//! The authority's side of `sota`, written from `schemas/README.md`. Codecs of container and
//! charset are shared with the agent; reading applications and writing receipts are not.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use encoding_rs::WINDOWS_1251;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use xml::reader::{EventReader, XmlEvent};

use super::petition::{Answer, Asked, Petition, Saying, Unintelligible};
use super::{Sealing, Silence};
use crate::authority::Role;
use crate::authority::sota::container::{self, Header, Kind, Section};
use crate::crypto::{Certificate, CryptoRng, Pair, Suite, Usage};
use crate::exchange::Money;
use crate::mail::Part;

fn odd(what: impl Into<String>) -> Unintelligible {
    Unintelligible(what.into())
}

/// Opens the container down to the document and reads it.
pub(super) fn read(
    parts: &[Part],
    suite: &dyn Suite,
    agreement: &Pair,
) -> Result<Petition, Unintelligible> {
    let part = parts
        .iter()
        .find(|part| container::looks_like(&part.bytes))
        .ok_or_else(|| odd("no container in the letter"))?;
    let mut bytes = part.bytes.clone();
    let mut senders: Vec<Certificate> = Vec::new();
    let mut signers: Vec<Certificate> = Vec::new();
    for _ in 0..16 {
        if !container::looks_like(&bytes) {
            return petition(&Document::read(&bytes)?, signers);
        }
        let sections = container::read(&bytes).map_err(|error| odd(error.to_string()))?;
        let mut inner = None;
        for section in &sections {
            match section.kind() {
                Kind::Certificate => senders.extend(Certificate::read(section.payload).ok()),
                Kind::Signed => {
                    let layers = suite.verify(section.payload, &[]);
                    let layers = layers.map_err(|error| odd(error.to_string()))?;
                    let layer = layers.into_iter().next().ok_or_else(|| odd("nobody signed"))?;
                    signers.push(layer.signer);
                    inner = Some(layer.content);
                }
                Kind::Encrypted => {
                    let opened = suite.open(section.payload, &[agreement], &senders);
                    inner = Some(opened.map_err(|error| odd(error.to_string()))?.to_vec());
                }
                Kind::Header | Kind::Other => {}
            }
        }
        bytes = inner.ok_or_else(|| odd("a layer without a seal"))?;
    }
    Err(odd("sealed too deep"))
}

/// The leaves of a document: element → (row, text); row 0 for elements without ROWNUM.
struct Document(BTreeMap<String, Vec<(u32, String)>>);

impl Document {
    fn read(bytes: &[u8]) -> Result<Self, Unintelligible> {
        let (text, _, _) = WINDOWS_1251.decode(bytes);
        let body = text.split_once("?>").map_or(&*text, |(_, body)| body);
        let mut leaves: BTreeMap<String, Vec<(u32, String)>> = BTreeMap::new();
        let mut open: Vec<(String, u32, String)> = Vec::new();
        for event in EventReader::from_str(body) {
            match event.map_err(|error| odd(error.to_string()))? {
                XmlEvent::StartElement { name, attributes, .. } => {
                    let row = attributes.iter().find(|one| one.name.local_name == "ROWNUM");
                    let row = row.and_then(|one| one.value.parse().ok()).unwrap_or(0);
                    open.push((name.local_name, row, String::new()));
                }
                XmlEvent::Characters(text) | XmlEvent::CData(text) => {
                    if let Some((_, _, collected)) = open.last_mut() {
                        collected.push_str(&text);
                    }
                }
                XmlEvent::EndElement { .. } => {
                    if let Some((name, row, text)) = open.pop() {
                        leaves.entry(name).or_default().push((row, text.trim().to_owned()));
                    }
                }
                _ => {}
            }
        }
        Ok(Self(leaves))
    }

    fn one(&self, name: &str) -> Result<&str, Unintelligible> {
        let leaf = self.0.get(name).and_then(|leaves| leaves.first());
        leaf.map(|(_, text)| text.as_str()).ok_or_else(|| odd(format!("{name} is missing")))
    }

    fn number(&self, name: &str) -> Result<u64, Unintelligible> {
        self.one(name)?.parse().map_err(|_| odd(format!("{name} is not a number")))
    }

    fn cell(&self, column: &str, row: u32) -> Option<&str> {
        let cells = self.0.get(column)?;
        cells.iter().find(|(of, _)| *of == row).map(|(_, text)| text.as_str())
    }
}

fn petition(
    document: &Document,
    mut signers: Vec<Certificate>,
) -> Result<Petition, Unintelligible> {
    // The innermost signature is the one over the document itself.
    let signer = signers.pop().ok_or_else(|| odd("nobody signed the application"))?;
    let role = match document.one("HROLE")? {
        "Директор" => Role::Director,
        "Бухгалтер" => Role::Accountant,
        "Печатка установи" => Role::Seal,
        "Співробітник" => Role::Employee,
        other => return Err(odd(format!("role «{other}»"))),
    };
    let mut asks = Vec::new();
    for (row, usage) in document.0.get("T1RXXXXG1S").into_iter().flatten() {
        let usage = match usage.as_str() {
            "SIGN" => Usage::Signing,
            "AGREE" => Usage::Agreement,
            other => return Err(odd(format!("usage «{other}»"))),
        };
        let request = document.cell("T1RXXXXG2S", *row).unwrap_or_default();
        let request = BASE64.decode(request).map_err(|error| odd(error.to_string()))?;
        let replaces = document.cell("T1RXXXXG3S", *row).unwrap_or_default().to_owned();
        asks.push(Asked { usage, request, replaces });
    }
    let drfo = document.one("HDRFO")?;
    let sum = amount(document.one("HSUM")?).ok_or_else(|| odd("HSUM is not an amount"))?;
    Ok(Petition {
        number: file_name(document)?,
        code: document.one("TIN")?.to_owned(),
        organisation: document.one("HNAME")?.to_owned(),
        role,
        holder: document.one("HFIO")?.to_owned(),
        drfo: (!drfo.is_empty()).then(|| drfo.to_owned()),
        term: u8::try_from(document.number("HTERM")?).map_err(|_| odd("HTERM"))?,
        start: date(document.one("HSTART")?).ok_or_else(|| odd("HSTART is not a date"))?,
        sum: Money { minor: sum, currency: document.one("HCURR")?.to_owned() },
        asks_invoice: document.one("HPAY")? == "INVOICE",
        order: document.one("HORDER")?.to_owned(),
        asks,
        signer,
        reply_to: document.one("HREPLY")?.to_owned(),
    })
}

/// The 43 characters, put together from DECLARHEAD.
fn file_name(document: &Document) -> Result<String, Unintelligible> {
    let n = |name| document.number(name);
    Ok(format!(
        "{:02}{:02}{:0>10}{}{}{:02}{}{:02}{:07}{}{:02}{:04}{:04}",
        n("C_REG")?,
        n("C_RAJ")?,
        document.one("TIN")?,
        document.one("C_DOC")?,
        document.one("C_DOC_SUB")?,
        n("C_DOC_VER")?,
        n("C_DOC_STAN")?,
        n("C_DOC_TYPE")?,
        n("C_DOC_CNT")?,
        n("PERIOD_TYPE")?,
        n("PERIOD_MONTH")?,
        n("PERIOD_YEAR")?,
        n("C_STI_ORIG")?,
    ))
}

/// `349.00` → 34900.
fn amount(text: &str) -> Option<i64> {
    let (whole, cents) = text.split_once('.')?;
    let cents = (cents.len() == 2).then(|| cents.parse::<i64>().ok())??;
    Some(whole.parse::<i64>().ok()? * 100 + cents)
}

/// `ddmmyyyy`.
fn date(text: &str) -> Option<Date> {
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i16>().ok();
    let (day, month) = (i8::try_from(part(0..2)?).ok()?, i8::try_from(part(2..4)?).ok()?);
    Date::new(part(4..8)?, month, day).ok()
}

/// The document of an answer, and its title for people.
pub(super) fn document(answer: &Answer<'_>) -> (String, String) {
    match answer.saying {
        Saying::Invoice { number, amount, due } => {
            (invoice(answer, number, amount, *due), "Рахунок-фактура".to_owned())
        }
        saying => receipt(answer, saying),
    }
}

/// Writes an answer and seals it: signed over the document, encrypted, signed over all.
pub(super) fn write(
    answer: &Answer<'_>,
    sealing: &Sealing<'_>,
    chance: &mut dyn CryptoRng,
) -> Result<(Part, String, String), Silence> {
    let (document, title) = document(answer);
    let (document, _, _) = WINDOWS_1251.encode(&document);
    let sections = |sections: &[Section<'_>]| {
        container::write(sections).map_err(|error| Silence::from(odd(error.to_string())))
    };
    let mut bytes = document.into_owned();
    if let Some(signer) = sealing.signer {
        let signed = sealing.suite.sign(&bytes, signer, answer.at, chance)?;
        bytes = sections(&[Section { label: container::UA1_SIGN, payload: &signed }])?;
    }
    if let Some(recipient) = sealing.recipient {
        let recipients = std::slice::from_ref(recipient);
        let sender = Some(sealing.agreement);
        let sealed = sealing.suite.envelope(&bytes, recipients, sender, chance)?;
        let ours = sealing.agreement.certificate.der();
        bytes = sections(&[
            Section { label: container::CERTCRYPT, payload: ours },
            Section { label: container::UA1_CRYPT, payload: &sealed },
        ])?;
    }
    let header = header(answer, &title).write();
    let mut outer = vec![Section { label: container::TRANSPORTABLE, payload: &header }];
    let signed;
    if let Some(signer) = sealing.signer {
        signed = sealing.suite.sign(&bytes, signer, answer.at, chance)?;
        outer.push(Section { label: container::UA1_SIGN, payload: &signed });
        bytes = sections(&outer)?;
    } else {
        let mut unsigned = sections(&outer)?;
        unsigned.extend_from_slice(&bytes);
        bytes = unsigned;
    }
    let name = format!("{}.XML", answer.petition.number);
    let content_type = "application/octet-stream".to_owned();
    let text = format!("{title}: {name}");
    Ok((Part { name: Some(name), content_type, bytes }, title, text))
}

fn header(answer: &Answer<'_>, title: &str) -> Header {
    let refused = matches!(answer.saying, Saying::Refused { .. });
    let last = refused || matches!(answer.saying, Saying::Granted { .. });
    let sent = answer.at.civil(&kyiv()).strftime("%Y%m%d%H%M%S").to_string();
    let verdict = if refused { "не прийнято" } else { "прийнято" };
    Header::default()
        .with("FILENAME", format!("{}.XML", answer.petition.number))
        .with("SUBJECT", format!("{title} ({verdict})"))
        .with("EDRPOU", answer.issuer_code)
        .with("RCV_EDRPOU", answer.code)
        .with("RESULT", if refused { "1" } else { "0" })
        .with("FINKVT", if last { "1" } else { "0" })
        .with("RCV_EMAIL", &answer.petition.reply_to)
        .with("PRG_TYPE", "ZPGATE")
        .with("SND_DATE", sent)
        .with("ENCODING", "WIN")
        // As real receipts have it beside «Квитанція №1»: nobody may go by this number.
        .with("KVTNUM", "2")
}

/// The zone of all days and times in the documents.
fn kyiv() -> TimeZone {
    TimeZone::get("Europe/Kyiv").unwrap_or(TimeZone::UTC)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Elements in the order of the calls.
struct Page(String);

impl Page {
    fn new(form: &str) -> Self {
        let mut page = Self("<?xml version=\"1.0\" encoding=\"windows-1251\"?>\n".into());
        page.put(format_args!(
            "<DECLAR xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:noNamespaceSchemaLocation=\"{form}.xsd\">"
        ));
        page
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing into a String can't fail.
        let _ = self.0.write_fmt(text);
    }

    fn leaf(&mut self, name: &str, text: &str) {
        self.put(format_args!("<{name}>{}</{name}>", escaped(text)));
    }

    fn nil(&mut self, name: &str) {
        self.put(format_args!("<{name} xsi:nil=\"true\"/>"));
    }

    fn row(&mut self, column: &str, row: usize, text: &str) {
        self.put(format_args!("<{column} ROWNUM=\"{row}\">{}</{column}>", escaped(text)));
    }

    fn head(&mut self, answer: &Answer<'_>, form: (&str, &str, &str)) {
        let day = answer.at.date(&kyiv());
        let number = &answer.petition.number;
        let piece = |range: std::ops::Range<usize>| number.get(range).unwrap_or("0");
        let plain =
            |text: &str| text.trim_start_matches('0').parse::<u32>().unwrap_or(0).to_string();
        self.put(format_args!("<DECLARHEAD>"));
        self.leaf("TIN", answer.code);
        self.leaf("C_DOC", form.0);
        self.leaf("C_DOC_SUB", form.1);
        self.leaf("C_DOC_VER", form.2);
        self.leaf("C_DOC_TYPE", "0");
        self.leaf("C_DOC_CNT", &plain(piece(25..32)));
        self.leaf("C_REG", &plain(piece(0..2)));
        self.leaf("C_RAJ", &plain(piece(2..4)));
        self.leaf("PERIOD_MONTH", &day.month().to_string());
        self.leaf("PERIOD_TYPE", "1");
        self.leaf("PERIOD_YEAR", &day.year().to_string());
        self.leaf("C_STI_ORIG", &plain(piece(39..43)));
        self.leaf("C_DOC_STAN", "1");
        self.leaf("D_FILL", &day.strftime("%d%m%Y").to_string());
        self.put(format_args!("</DECLARHEAD><DECLARBODY>"));
    }

    fn finish(mut self) -> String {
        self.0.push_str("</DECLARBODY></DECLAR>");
        self.0
    }
}

fn receipt(answer: &Answer<'_>, saying: &Saying) -> (String, String) {
    let (second, result) = match saying {
        Saying::Refused { at_once: true, .. } => (false, "ДОКУМЕНТ НЕ ПРИЙНЯТО"),
        Saying::Refused { .. } => (true, "Пакет не прийнято"),
        Saying::Granted { .. } => (true, "Пакет прийнято"),
        Saying::Delivered | Saying::Invoice { .. } => (false, "ДОКУМЕНТ ПРИЙНЯТО"),
    };
    let (sub, title) = if second {
        ("992", "Квитанція №2")
    } else {
        ("991", "Квитанція №1")
    };
    let petition = answer.petition;
    let letter = petition.number.get(14..15).unwrap_or("J");
    let form = format!("{letter}14");
    let moment = answer.at.civil(&kyiv());
    let mut page = Page::new(&format!("{form}{sub}02"));
    page.head(answer, (&form, sub, "2"));
    page.leaf("HTIN", answer.code);
    page.leaf("HNAME", &petition.organisation);
    page.leaf("HEMAIL", &petition.reply_to);
    page.leaf("HDOCKOD", &format!("{letter}1900101"));
    page.leaf("HDOCNAME", "Заявка на формування сертифікатів");
    page.leaf("HFILENAME", &format!("{}.XML", petition.number));
    page.leaf("HDOCSTAN", "Звітний");
    page.leaf("HPERIOD", &moment.strftime("%m").to_string());
    page.leaf("HZY", &moment.strftime("%Y").to_string());
    for name in ["HDTERM", "HTIN1", "HNAME1"] {
        page.nil(name);
    }
    page.nil("HKBOS");
    page.leaf("HBOS", &petition.holder);
    page.nil("HKBUH");
    page.nil("HBUH");
    page.leaf("HRESULT", result);
    page.leaf("HDATE", &moment.strftime("%d%m%Y").to_string());
    page.leaf("HTIME", &moment.strftime("%H:%M:%S").to_string());
    match saying {
        Saying::Granted { .. } => page.leaf("HNUMREG", petition.number.get(25..32).unwrap_or("1")),
        _ => page.nil("HNUMREG"),
    }
    if let Saying::Refused { code, reasons, .. } = saying {
        for (row, reason) in reasons.iter().enumerate() {
            page.row("T1RXXXXG1S", row + 1, reason);
        }
        if let Some(code) = code {
            page.row("T1RXXXXG2S", 1, code);
        }
    }
    if let Saying::Granted { certificates } = saying {
        for (row, certificate) in certificates.iter().enumerate() {
            page.row("T2RXXXXG1S", row + 1, &BASE64.encode(certificate.der()));
        }
    }
    page.leaf("HSENDER", answer.issuer);
    page.leaf("TEXT", &words(saying));
    (page.finish(), title.to_owned())
}

fn words(saying: &Saying) -> String {
    match saying {
        Saying::Delivered => "Заявку прийнято до розгляду.".into(),
        Saying::Granted { .. } => "Сертифікати сформовано.".into(),
        Saying::Refused { .. } => "Заявку відхилено.".into(),
        Saying::Invoice { number, .. } => format!("Рахунок {number}."),
    }
}

fn invoice(answer: &Answer<'_>, number: &str, amount: &Money, due: Date) -> String {
    let mut page = Page::new("PD010120");
    page.head(answer, ("PD0", "101", "20"));
    page.leaf("HTIN", answer.code);
    page.leaf("HNAME", &answer.petition.organisation);
    page.leaf("HORDER", &answer.petition.order);
    page.leaf("HNUM", number);
    page.leaf("HDATE", &answer.at.civil(&kyiv()).strftime("%d%m%Y").to_string());
    let sum = format!("{}.{:02}", amount.minor / 100, amount.minor % 100);
    page.leaf("HSUM", &sum);
    page.leaf("HCURR", &amount.currency);
    page.nil("HVAT");
    page.leaf("HIBAN", "UA213000000000002600000000000");
    page.leaf("HPAYEE", answer.issuer);
    page.leaf("HPAYEETIN", answer.issuer_code);
    page.leaf("HPURPOSE", &format!("Оплата за сертифікати, рахунок {number}"));
    page.leaf("HDUE", &due.strftime("%d%m%Y").to_string());
    page.nil("HPDF");
    page.row("T1RXXXXG1S", 1, &format!("{}.XML", answer.petition.number));
    page.row("T1RXXXXG2S", 1, &sum);
    page.finish()
}
