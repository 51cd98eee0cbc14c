//! From the parts of a delivery to receipts: open, read, understand (ukraine.md §§1.3, 2.3, 6.4;
//! `schemas/README.md` says which field decides).

use std::borrow::Cow;

use zeroize::Zeroizing;

use super::compose::form;
use super::container::{self, ContainerError, Kind, Section};
use super::document::base64;
use super::invoice::InvoiceDocument;
use super::number::{FileName, NumberError, same_code};
use super::receipt::{self, Answer, ReceiptDocument, end_of};
use crate::authority::xml::shortened;
use crate::authority::{Invoiced, OrganisationKind, Payee, Receipt, Unreadable, Word};
use crate::crypto::{Authentic, Certificate, CryptoError, MAX_LAYERS, OpenError, Opener};
use crate::exchange::{DocumentNumber, Money};
use crate::mail::Part;

/// Containers of one delivery; an honest letter has one.
const CONTAINERS: usize = 16;
/// Sender's agreement certificates of one layer.
const SENDERS: usize = 16;

/// One good receipt is enough: what else lies in the delivery stays in the kept letter.
pub(super) fn interpret(
    parts: &[Part],
    code: &str,
    opener: &Opener<'_>,
) -> Result<Vec<Receipt>, Unreadable> {
    let containers: Vec<_> = parts.iter().filter_map(|part| sniff(&part.bytes)).collect();
    if containers.len() > CONTAINERS {
        return Err(Unreadable::TooMuch { what: "containers of a letter", limit: CONTAINERS });
    }
    let mut receipts: Vec<Receipt> = Vec::new();
    let mut failure = Unreadable::NotOurs;
    for container in &containers {
        match open(container, opener).and_then(|authentic| understand(&authentic, code)) {
            Ok(said) => {
                for receipt in said {
                    if !receipts.contains(&receipt) {
                        receipts.push(receipt);
                    }
                }
            }
            Err(error) if failure == Unreadable::NotOurs => failure = error,
            Err(_) => {}
        }
    }
    if receipts.is_empty() { Err(failure) } else { Ok(receipts) }
}

/// The container in a part, whatever its declared type and name (F30): raw, or as base64 text.
fn sniff(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    if container::looks_like(bytes) {
        return Some(Cow::Borrowed(bytes));
    }
    let text = bytes.trim_ascii();
    // 48 characters are 36 bytes: enough for every label.
    let start: Vec<u8> =
        text.iter().filter(|b| !b.is_ascii_whitespace()).take(48).copied().collect();
    let start = start.get(..start.len() / 4 * 4)?;
    let start = base64(std::str::from_utf8(start).ok()?)?;
    if !container::looks_like(&start) {
        return None;
    }
    base64(std::str::from_utf8(text).ok()?).map(Cow::Owned)
}

/// Takes layer after layer off. The result is the content of a signature that was verified and
/// traced to the authority, and so is every signature above it: a document that lies in an
/// envelope without a signature of its own is nobody's word.
fn open(bytes: &[u8], opener: &Opener<'_>) -> Result<Authentic, Unreadable> {
    let mut bytes = Zeroizing::new(bytes.to_vec());
    for _ in 0..MAX_LAYERS {
        let layer = Layer::read(&bytes)?;
        bytes = match layer.kind {
            Kind::Signed => {
                let authentic = opener.verify(layer.sealed)?;
                if !container::looks_like(authentic.content()) {
                    return Ok(authentic);
                }
                Zeroizing::new(authentic.content().to_vec())
            }
            _ => {
                let content = opener.decrypt(layer.sealed, &layer.senders)?;
                if !container::looks_like(&content) {
                    return Err(broken("what the envelope holds is not signed".into()));
                }
                content
            }
        };
    }
    Err(OpenError::TooDeep { limit: MAX_LAYERS }.into())
}

/// One level: perhaps a header, sender's certificates, and exactly one seal.
struct Layer<'a> {
    /// [`Kind::Signed`] or [`Kind::Encrypted`].
    kind: Kind,
    sealed: &'a [u8],
    senders: Vec<Certificate>,
}

impl<'a> Layer<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        let sections = container::read(bytes).map_err(|error| match error {
            ContainerError::TooManySections { limit } => {
                Unreadable::TooMuch { what: "sections of a container", limit }
            }
            error => broken(error.to_string()),
        })?;
        let mut rest = sections.as_slice();
        if let Some((first, after)) = rest.split_first()
            && first.kind() == Kind::Header
        {
            rest = after;
        }
        let count = rest.iter().take_while(|s| s.kind() == Kind::Certificate).count();
        if count > SENDERS {
            return Err(Unreadable::TooMuch { what: "CERTCRYPT sections", limit: SENDERS });
        }
        let (senders, rest) = rest.split_at_checked(count).unwrap_or((&[], rest));
        // One that can't be read can't help, and may not be needed: opening will tell.
        let senders = senders.iter().flat_map(|s| Certificate::read(s.payload)).collect();
        match rest {
            [sealed] if matches!(sealed.kind(), Kind::Signed | Kind::Encrypted) => {
                Ok(Self { kind: sealed.kind(), sealed: sealed.payload, senders })
            }
            [] => Err(broken("a container without a seal".into())),
            others => {
                let labels: Vec<_> = others.iter().take(4).map(|s: &Section<'_>| s.label).collect();
                Err(broken(format!("{} where one seal was expected", labels.join(", "))))
            }
        }
    }
}

/// Not authenticated yet, so nothing better can be said than that it can't be trusted.
fn broken(detail: String) -> Unreadable {
    OpenError::Crypto(CryptoError::Malformed { what: "container", detail }).into()
}

/// One receipt for each document that is answered.
fn understand(authentic: &Authentic, code: &str) -> Result<Vec<Receipt>, Unreadable> {
    let said = match receipt::read(authentic.content())? {
        Answer::Receipt(document) => say_receipt(&document, code)?,
        Answer::Invoice(document) => say_invoice(&document, code)?,
    };
    let receipt = |answers: &DocumentNumber| Receipt {
        answers: answers.clone(),
        word: said.word.clone(),
        content: authentic.content().to_vec(),
        title: said.title.into(),
        text: said.text.clone(),
        stated_at: said.stated_at,
        signer: authentic.signer().fingerprint(),
    };
    Ok(said.answers.iter().map(receipt).collect())
}

struct Said {
    answers: Vec<DocumentNumber>,
    word: Word,
    title: &'static str,
    text: String,
    stated_at: Option<crate::time::Timestamp>,
}

fn for_us(theirs: &str, ours: &str) -> Result<(), Unreadable> {
    if same_code(theirs, ours) {
        return Ok(());
    }
    Err(Unreadable::ForAnother { whom: shortened(theirs).to_owned() })
}

fn answered(name: &FileName) -> Result<DocumentNumber, Unreadable> {
    name.number().map_err(|error: NumberError| Unreadable::Malformed {
        what: "HFILENAME",
        detail: error.to_string(),
    })
}

fn say_invoice(document: &InvoiceDocument, code: &str) -> Result<Said, Unreadable> {
    for_us(&document.code, code)?;
    let sum = |money: &Money| {
        let currency = if money.currency == "UAH" { "грн" } else { &money.currency };
        format!("{},{:02} {currency}", money.minor / 100, money.minor % 100)
    };
    let dated = document.dated.strftime("%d.%m.%Y");
    let mut lines =
        vec![format!("Рахунок {} від {dated}: {}", document.number, sum(&document.sum))];
    lines.extend(document.vat.iter().map(|vat| format!("У тому числі ПДВ: {}", sum(vat))));
    lines.extend(document.order.iter().map(|order| format!("Замовлення: {order}")));
    let items = document.items.iter();
    lines.extend(items.map(|item| format!("Заявка {}: {}", item.answers, sum(&item.sum))));
    lines.push(format!("Одержувач: {} ({})", document.payee, document.payee_code));
    lines.push(format!("IBAN: {}", document.iban));
    lines.push(format!("Призначення: {}", document.purpose));
    let paid = document.paid.map(|day| day.strftime("%d.%m.%Y").to_string());
    lines.extend(paid.map(|day| format!("Кошти надійшли {day}")));
    Ok(Said {
        answers: document
            .items
            .iter()
            .map(|item| answered(&item.answers))
            .collect::<Result<_, _>>()?,
        word: Word::Invoiced(Box::new(Invoiced {
            number: document.number.clone(),
            order: document.order.clone(),
            dated: Some(document.dated),
            amount: document.sum.clone(),
            vat: document.vat.clone(),
            due: document.due.map(end_of),
            payee: Some(Payee {
                name: document.payee.clone(),
                code: document.payee_code.clone(),
                iban: document.iban.clone(),
                purpose: document.purpose.clone(),
            }),
            pdf: document.pdf,
            paid: document.paid,
        })),
        title: "Рахунок-фактура PD010120",
        text: lines.join("\n"),
        stated_at: None,
    })
}

fn say_receipt(document: &ReceiptDocument, code: &str) -> Result<Said, Unreadable> {
    for_us(&document.code, code)?;
    let first = document.form.sub == 991;
    let word = match (result(&document.result, first)?, first) {
        (Verdict::Yes, true) => Word::Delivered,
        (Verdict::Yes, false) => Word::Granted {
            certificates: granted(document)?,
            registration: document.registration.clone(),
        },
        (Verdict::No, _) => refused(document),
    };
    let mut lines = vec![document.result.clone()];
    lines.extend(document.registration.iter().map(|n| format!("Реєстраційний номер: {n}")));
    lines.extend((1..).zip(&document.reasons).map(|(n, reason)| format!("{n}. {}", reason.text)));
    lines.extend(Some(document.text.clone()).filter(|text| !text.is_empty()));
    Ok(Said {
        answers: vec![answered(&document.answers)?],
        word,
        title: if first { "Квитанція №1" } else { "Квитанція №2" },
        text: lines.join("\n"),
        stated_at: document.stated_at,
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Verdict {
    Yes,
    No,
}

/// HRESULT, compared whole with the texts that are known; see `schemas/README.md`. Whatever is
/// not known is neither yes nor no.
fn result(text: &str, first: bool) -> Result<Verdict, Unreadable> {
    let words: Vec<_> = text.split_whitespace().collect();
    let plain = words.join(" ").to_uppercase();
    let plain = plain.strip_suffix('.').unwrap_or(&plain).trim_end();
    let verdict = match (plain, first) {
        ("ДОКУМЕНТ ПРИЙНЯТО", true) => Verdict::Yes,
        (text, true) if text.starts_with("ДОКУМЕНТ ЗБЕРЕЖЕНО НА ЦЕНТРАЛЬНОМУ РІВНІ") => {
            Verdict::Yes
        }
        ("ПАКЕТ ПРИЙНЯТО" | "ПРИЙНЯТО ПАКЕТ" | "ДОКУМЕНТ ОПРАЦЬОВАНО", false) => {
            Verdict::Yes
        }
        ("ДОКУМЕНТ НЕ ПРИЙНЯТО", _) => Verdict::No,
        ("ПАКЕТ НЕ ПРИЙНЯТО", false) => Verdict::No,
        _ => {
            let number = if first { 1 } else { 2 };
            let detail = format!("«{}» is no result of receipt №{number}", shortened(text));
            return Err(Unreadable::Malformed { what: "HRESULT", detail });
        }
    };
    Ok(verdict)
}

fn granted(document: &ReceiptDocument) -> Result<Vec<Certificate>, Unreadable> {
    let malformed = |detail: String| Unreadable::Malformed { what: "receipt №2", detail };
    let certificates = document.certificates.iter().map(|der| {
        Certificate::read(der).map_err(|error| malformed(format!("T2RXXXXG1S: {error}")))
    });
    let certificates: Vec<_> = certificates.collect::<Result<_, _>>()?;
    let answered = &document.answers.form;
    let application = [OrganisationKind::Legal, OrganisationKind::SoleProprietor]
        .into_iter()
        .any(|kind| form(kind) == *answered);
    if application && certificates.is_empty() {
        return Err(malformed("it grants an application and carries no certificate".into()));
    }
    Ok(certificates)
}

/// The reasons in their order; never empty, for a refusal without any says at least its result.
fn refused(document: &ReceiptDocument) -> Word {
    let code = document.reasons.first().and_then(|reason| reason.code.clone());
    let mut reasons: Vec<_> = document.reasons.iter().map(|reason| reason.text.clone()).collect();
    if reasons.is_empty() {
        let text = Some(&document.text).filter(|text| !text.is_empty());
        reasons.push(text.unwrap_or(&document.result).clone());
    }
    Word::Refused { code, reasons }
}
