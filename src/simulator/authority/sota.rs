//! The authority's side of `sota`, written from `schemas/README.md`: which fields of an application
//! mean what, and what an answer's document says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::pdf;
use super::petition::{Answer, Asked, Petition, Saying};
use super::till::Invoice;
use crate::authority::Role;
use crate::crypto::{Certificate, CryptoRng, Pair, Suite, Usage, digest};
use crate::exchange::Money;
use crate::mail::Part;
use crate::simulator::clerk::{Paper, Sealing, Silence, Unintelligible, odd};
use crate::simulator::sota::{
    self, Document, Envelope, Heading, Page, Slip, date, hundredths, kyiv,
};

/// Where the money goes: a bank and an account that nobody has, with right check digits.
const IBAN: &str = "UA469999990000026001234567890";

/// Opens the container down to the document and reads it.
pub(super) fn read(
    parts: &[Part],
    suite: &dyn Suite,
    agreement: &Pair,
) -> Result<Petition, Unintelligible> {
    let opened = sota::open(parts, suite, agreement)?;
    let document = Document::read(&opened.document.map_err(odd)?)?;
    // The innermost signature is the one over the document itself.
    let signer = opened.signers.into_iter().next();
    petition(&document, signer.ok_or_else(|| odd("nobody signed the application"))?)
}

fn petition(document: &Document, signer: Certificate) -> Result<Petition, Unintelligible> {
    let role = match document.one("HROLE")? {
        "Директор" => Role::Director,
        "Бухгалтер" => Role::Accountant,
        "Печатка установи" => Role::Seal,
        "Співробітник" => Role::Employee,
        other => return Err(odd(format!("role «{other}»"))),
    };
    let mut asks = Vec::new();
    for (row, usage) in document.column("T1RXXXXG1S") {
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
    let sum = hundredths(document.one("HSUM")?).ok_or_else(|| odd("HSUM is not an amount"))?;
    Ok(Petition {
        number: document.file_name()?,
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

/// The document of an answer, and its title for people; of an invoice its PDF, too.
pub(super) fn document(answer: &Answer<'_>) -> (String, &'static str, Option<Vec<u8>>) {
    match answer.saying {
        Saying::Invoice(bill) => {
            let pdf = pdf::invoice(bill, (answer.issuer, answer.issuer_code), IBAN);
            let digest = pdf.as_ref().map(|bytes| digest(bytes).to_string());
            (invoice(answer, bill, digest.as_deref()), "Рахунок-фактура", pdf)
        }
        saying => {
            let (document, title) = receipt(answer, saying);
            (document, title, None)
        }
    }
}

/// Writes an answer and seals it.
pub(super) fn write(
    answer: &Answer<'_>,
    sealing: &Sealing<'_>,
    chance: &mut dyn CryptoRng,
) -> Result<Paper, Silence> {
    let (document, title, pdf) = document(answer);
    let number = answer.petition.number.as_str();
    let refused = matches!(answer.saying, Saying::Refused { .. });
    let envelope = Envelope {
        number,
        title,
        issuer_code: answer.issuer_code,
        code: answer.code,
        reply_to: &answer.petition.reply_to,
        refused,
        last: refused || matches!(answer.saying, Saying::Granted { .. }),
        at: answer.at,
    };
    let part = sota::seal(&document, &envelope, sealing, chance)?;
    let beside = pdf.map(|bytes| Part {
        name: Some(format!("invoice-{number}.pdf")),
        content_type: "application/pdf".into(),
        bytes,
    });
    let text = format!("{title}: {number}.XML");
    Ok(Paper { part, beside: beside.into_iter().collect(), subject: title.to_owned(), text })
}

fn receipt(answer: &Answer<'_>, saying: &Saying) -> (String, &'static str) {
    let petition = answer.petition;
    let letter = if petition.number.contains('F') { "F" } else { "J" };
    let text = words(saying);
    let mut slip = Slip {
        number: &petition.number,
        code: answer.code,
        organisation: &petition.organisation,
        reply_to: &petition.reply_to,
        form: &format!("{letter}1900101"),
        form_title: "Заявка на формування сертифікатів",
        head: &petition.holder,
        second: false,
        accepted: true,
        registration: None,
        reasons: &[],
        reason_code: None,
        certificates: &[],
        issuer: answer.issuer,
        text: &text,
        at: answer.at,
    };
    match saying {
        Saying::Delivered | Saying::Invoice { .. } => {}
        Saying::Granted { certificates, registration } => {
            slip.second = true;
            slip.certificates = certificates;
            slip.registration = Some(registration);
        }
        Saying::Refused { code, reasons, at_once } => {
            slip.second = !at_once;
            slip.accepted = false;
            slip.reasons = reasons;
            slip.reason_code = code.as_deref();
        }
    }
    (slip.write(), slip.title())
}

fn words(saying: &Saying) -> String {
    match saying {
        Saying::Delivered => "Заявку прийнято до розгляду.".into(),
        Saying::Granted { .. } => "Сертифікати сформовано.".into(),
        Saying::Refused { .. } => "Заявку відхилено.".into(),
        Saying::Invoice(bill) => format!("Рахунок {}.", bill.number),
    }
}

fn invoice(answer: &Answer<'_>, bill: &Invoice, pdf: Option<&str>) -> String {
    // The same bytes whichever of its applications asks again.
    let first = bill.items.first().map_or(&answer.petition.number, |item| &item.document);
    let heading =
        Heading { code: answer.code, form: ("PD0", "101", "20"), number: first, day: bill.dated };
    let amount = |minor: i64| format!("{}.{:02}", minor / 100, minor % 100);
    let day = |day: jiff::civil::Date| day.strftime("%d%m%Y").to_string();
    let mut page = Page::new("PD010120", &heading);
    page.leaf("HTIN", answer.code);
    page.leaf("HNAME", &bill.payer);
    page.leaf("HORDER", &bill.order);
    page.leaf("HNUM", &bill.number);
    page.leaf("HDATE", &day(bill.dated));
    page.leaf("HSUM", &amount(bill.sum()));
    page.leaf("HCURR", &bill.currency);
    page.leaf("HVAT", &amount(bill.vat()));
    page.leaf("HIBAN", IBAN);
    page.leaf("HPAYEE", answer.issuer);
    page.leaf("HPAYEETIN", answer.issuer_code);
    page.leaf("HPURPOSE", &bill.purpose());
    page.leaf("HDUE", &day(bill.due));
    page.perhaps("HPAID", bill.confirmed.map(|at| day(at.date(&kyiv()))).as_deref());
    page.perhaps("HPDF", pdf);
    for (row, item) in (1..).zip(&bill.items) {
        page.row("T1RXXXXG1S", row, &format!("{}.XML", item.document));
    }
    for (row, item) in (1..).zip(&bill.items) {
        page.row("T1RXXXXG2S", row, &amount(item.sum));
    }
    page.finish()
}
