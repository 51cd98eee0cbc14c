//! From an application to a sealed parcel (ukraine.md §§1.2–1.4, 6.4).

use jiff::civil::Date;
use zeroize::Zeroizing;

use super::container::{self, CERTCRYPT, Header, Section, TRANSPORTABLE, UA1_CRYPT, UA1_SIGN};
use super::document::{ApplicationDocument, Head, ROWS, Row, role_word};
use super::number::{self, Form, NumberError};
use super::receipt::kyiv;
use crate::authority::{
    Application, ComposeError, Organisation, OrganisationKind, Parcel, Role, xml,
};
use crate::crypto::{CryptoError, Pair, Sealer};
use crate::exchange::DocumentNumber;
use crate::mail::Part;
use crate::time::Timestamp;

/// Bytes of a letter that the field takes (order №499 §4), and what base64 makes of a parcel.
const LETTER: usize = 10 * 1024 * 1024;
/// `PRG_TYPE`: at most ten characters.
const PROGRAM: &str = "CERTPOST";
const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(super) fn unfit(field: &'static str, detail: impl Into<String>) -> ComposeError {
    ComposeError::Unfit { field, detail: detail.into() }
}

/// An application's form: `J1900101` of a legal person, `F1900101` of a sole proprietor.
pub(super) fn form(kind: OrganisationKind) -> Form {
    let document = match kind {
        OrganisationKind::Legal => "J19",
        OrganisationKind::SoleProprietor => "F19",
    };
    Form { document: document.into(), sub: 1, version: 1 }
}

pub(super) fn compose(
    application: &Application,
    sealer: &mut Sealer<'_>,
) -> Result<Parcel, ComposeError> {
    check(application)?;
    let document = document(application)?;
    let number = document.head.file_name().and_then(|name| name.number()).map_err(misfit)?;
    let name = format!("{number}.XML");
    let (organisation, reply_to) = (&application.organisation, &application.reply_to);
    let header = header(organisation, reply_to, &name, sealer.now)?;
    let signers = sealer.signers.get(..1).unwrap_or_default();
    let bytes = seal(&document.write()?, &header, signers, sealer)?;
    let subject = format!("Заявка на сертифікати {number}");
    let text = format!(
        "Заявка на продовження дії сертифікатів без візиту до офісу.\n\
         Організація: {} ({})\n\
         Сертифікати: {}\n\
         Документ: {name}\n\
         Квитанції просимо надсилати на {}.\n",
        application.organisation.name,
        application.organisation.code,
        role_word(application.role),
        application.reply_to,
    );
    parcel(number, name, bytes, subject, text)
}

/// One octet-stream attachment named as the document (F47), small enough for a letter.
pub(super) fn parcel(
    document: DocumentNumber,
    name: String,
    bytes: Vec<u8>,
    subject: String,
    text: String,
) -> Result<Parcel, ComposeError> {
    if bytes.len().div_ceil(3) * 4 > LETTER {
        return Err(unfit("requests", format!("the parcel passes the limit of {LETTER} bytes")));
    }
    let part = Part { name: Some(name), content_type: "application/octet-stream".into(), bytes };
    Ok(Parcel { document, part, subject, text })
}

/// The XML, one element a line.
pub(super) fn in_clear(application: &Application) -> Result<String, ComposeError> {
    check(application)?;
    let bytes = document(application)?.write()?;
    let (text, _, _) = encoding_rs::WINDOWS_1251.decode(&bytes);
    Ok(text.replace("\r\n", "\n"))
}

/// What the schema's patterns ask of data that comes from the configuration.
fn check(application: &Application) -> Result<(), ComposeError> {
    check_sender(&application.organisation, &application.reply_to)?;
    check_email("holder.email", &application.email)?;
    match (application.role, &application.drfo) {
        (Role::Seal, Some(_)) => return Err(unfit("holder.drfo", "a seal has none")),
        (Role::Seal, None) => {}
        (_, None) => return Err(unfit("holder.drfo", "it is missing")),
        (_, Some(drfo)) if !is_drfo(drfo) => {
            let detail = format!("«{drfo}» is neither 9 or 10 digits nor a passport's number");
            return Err(unfit("holder.drfo", detail));
        }
        (_, Some(_)) => {}
    }
    if !matches!(application.term, 1 | 2) {
        return Err(unfit("holder.term", format!("{} years; 1 or 2 can be had", application.term)));
    }
    let currency = &application.sum.currency;
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(unfit("price currency", format!("«{currency}» is not an ISO 4217 code")));
    }
    let mut usages: Vec<_> = application.requests.iter().map(|request| request.usage).collect();
    usages.dedup();
    let count = application.requests.len();
    if usages.len() != count || !(1..=ROWS).contains(&count) {
        return Err(unfit("holder.usages", "one request for signing, one for agreement, or both"));
    }
    if application.order.chars().any(char::is_whitespace) || application.order.chars().count() > 40
    {
        let detail = format!("«{}» is not an order's number", application.order);
        return Err(unfit("order", detail));
    }
    if application.requests.iter().any(|request| request.request.is_empty()) {
        return Err(unfit("requests", "a PKCS#10 is empty"));
    }
    Ok(())
}

/// The same of every document's sender.
pub(super) fn check_sender(
    organisation: &Organisation,
    reply_to: &str,
) -> Result<(), ComposeError> {
    number::padded(&organisation.code).map_err(misfit)?;
    check_email("mailbox.address", reply_to)?;
    let phone = &organisation.phone;
    let dials = |c: char| c.is_ascii_digit() || " ()-+.,;".contains(c);
    if phone.chars().count() < 4 || !phone.chars().all(dials) {
        let detail = format!("«{phone}» is not a phone number: digits, blanks and ()-+.,; only");
        return Err(unfit("organisation.phone", detail));
    }
    Ok(())
}

fn check_email(field: &'static str, email: &str) -> Result<(), ComposeError> {
    let whole = email
        .split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    if whole {
        return Ok(());
    }
    Err(unfit(field, format!("«{email}» is not an e-mail address")))
}

/// 10 digits, 9 of an ID card, or a passport's two letters and six digits.
fn is_drfo(drfo: &str) -> bool {
    let digits = drfo.bytes().all(|byte| byte.is_ascii_digit());
    match drfo.chars().count() {
        9 | 10 => digits,
        8 => !digits && drfo.to_uppercase() == *drfo && number::padded(drfo).is_ok(),
        _ => false,
    }
}

/// A field of the file name in the configuration's words.
pub(super) fn misfit(error: NumberError) -> ComposeError {
    let field = match error.field {
        "TIN" => "organisation.code",
        "C_REG" => "organisation.region",
        "C_RAJ" => "organisation.district",
        "C_DOC_CNT" => "sequence",
        _ => "file name",
    };
    unfit(field, error.to_string())
}

/// DECLARHEAD of a document that the organisation files at `filled_at`.
pub(super) fn head(
    organisation: &Organisation,
    form: Form,
    sequence: u32,
    filled_at: Timestamp,
) -> Result<Head, ComposeError> {
    let (region, district) = (organisation.region, organisation.district);
    for (field, value) in [("organisation.region", region), ("organisation.district", district)] {
        if value > 99 {
            return Err(unfit(field, format!("{value} is more than 99")));
        }
    }
    if sequence > number::COUNT_MAX {
        let detail = format!("{sequence} is more than {}", number::COUNT_MAX);
        return Err(unfit("sequence", detail));
    }
    let filled = filled_at.date(&kyiv());
    let year = u16::try_from(filled.year()).ok().filter(|year| (2000..=2099).contains(year));
    Ok(Head {
        tin: organisation.code.trim().to_uppercase(),
        form,
        kind: 0,
        count: sequence,
        region,
        district,
        month: u8::try_from(filled.month()).unwrap_or_default(),
        period: 1,
        year: year.ok_or_else(|| out_of_range(filled))?,
        office: u16::from(region) * 100 + u16::from(district),
        state: 1,
        filled,
        software: Some(format!("certpost {VERSION}")),
    })
}

fn out_of_range(date: Date) -> ComposeError {
    unfit("date", format!("{date} is before 2000 or after 2099"))
}

fn document(application: &Application) -> Result<ApplicationDocument, ComposeError> {
    let organisation = &application.organisation;
    let form = form(organisation.kind);
    let head = head(organisation, form, application.sequence, application.filled_at)?;
    if !(2000..=2099).contains(&application.start.year()) {
        return Err(out_of_range(application.start));
    }
    let rows = application.requests.iter().map(|requested| Row {
        usage: requested.usage,
        request: requested.request.clone(),
        serial: requested.replaces.serial(),
        fingerprint: requested.replaces.fingerprint(),
    });
    Ok(ApplicationDocument {
        head,
        kind: organisation.kind,
        name: organisation.name.clone(),
        role: application.role,
        holder: application.holder.clone(),
        drfo: application.drfo.clone(),
        email: application.email.clone(),
        reply_to: application.reply_to.clone(),
        responsible: organisation.responsible.clone(),
        phone: organisation.phone.clone(),
        blocking_phrase: application.blocking_phrase.clone(),
        consent: application.consent,
        term: application.term,
        start: application.start,
        payment: application.payment,
        sum: application.sum.clone(),
        order: application.order.trim().to_owned(),
        rows: rows.collect(),
    })
}

/// The TRANSPORTABLE header of a document named `name`.
pub(super) fn header(
    organisation: &Organisation,
    reply_to: &str,
    name: &str,
    now: Timestamp,
) -> Result<Vec<u8>, ComposeError> {
    xml::fits("organisation.name", &organisation.name)?;
    xml::fits("mailbox.address", reply_to)?;
    let sent = now.civil(&kyiv()).strftime("%Y%m%d%H%M%S").to_string();
    let header = Header::default()
        .with("CERTYPE", "UA1")
        .with("RCV_NAME", organisation.name.trim())
        .with("PRG_TYPE", PROGRAM)
        .with("PRG_VER", VERSION)
        .with("SND_DATE", sent)
        .with("FILENAME", name)
        .with("EDRPOU", organisation.code.trim())
        .with("RCV_EMAIL", reply_to)
        .with("ENCODING", "WIN");
    Ok(header.write())
}

/// Sign, encrypt, sign; the header in front of all. The signatures inside, one around the other in
/// the order of `signers`, prove who wrote the document; the one outside, by the last of them, who
/// sends it.
pub(super) fn seal(
    document: &[u8],
    header: &[u8],
    signers: &[Pair],
    sealer: &mut Sealer<'_>,
) -> Result<Vec<u8>, ComposeError> {
    let missing = |detail: &str| CryptoError::KeyMismatch { detail: detail.into() };
    let last = signers.last().ok_or_else(|| missing("no pair that could sign the document"))?;
    if sealer.recipients.is_empty() {
        return Err(missing("no certificate of the receiver to encrypt to").into());
    }
    let mut signed = Zeroizing::new(document.to_vec());
    for signer in signers {
        let signature = Zeroizing::new(sealer.sign_by(signer, &signed)?);
        signed = Zeroizing::new(section(UA1_SIGN, &signature)?);
    }
    let encrypted = sealer.encrypt(&signed)?;
    let mut sections = Vec::new();
    // Without it a suite with static agreement can't be opened; others have no such pair.
    if let Some(agreement) = sealer.agreement {
        sections.push(Section { label: CERTCRYPT, payload: agreement.certificate.der() });
    }
    sections.push(Section { label: UA1_CRYPT, payload: &encrypted });
    let outer = sealer.sign_by(last, &written(&sections)?)?;
    written(&[
        Section { label: TRANSPORTABLE, payload: header },
        Section { label: UA1_SIGN, payload: &outer },
    ])
}

fn section(label: &str, payload: &[u8]) -> Result<Vec<u8>, ComposeError> {
    written(&[Section { label, payload }])
}

fn written(sections: &[Section<'_>]) -> Result<Vec<u8>, ComposeError> {
    container::write(sections).map_err(|error| unfit("requests", error.to_string()))
}
