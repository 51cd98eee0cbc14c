//! Whether a notice deserves its registration number: structure first (receipt №1), then who
//! signed and in which order (receipt №2). Each fault in the words that an accountant would read.

use super::filing::{Filing, Row};
use super::register::Status;
use crate::authority::sota::container::Header;
use crate::crypto::chain::chain;
use crate::crypto::{Certificate, Suite, Usage};
use crate::simulator::sota::{Opened, kyiv};
use crate::time::Timestamp;

/// What is wrong, as a code and words. What is wrong at once is said in receipt №1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: &'static str,
    pub words: String,
}

impl Fault {
    pub fn at_once(code: &'static str, words: impl Into<String>) -> Self {
        Self { code, words: words.into() }
    }
}

fn fault(code: &'static str, words: impl Into<String>) -> Fault {
    Fault { code, words: words.into() }
}

const DIRECTOR: &str = "Директор";
const SEAL: &str = "Печатка установи";
const ROLES: [&str; 3] = [DIRECTOR, "Бухгалтер", SEAL];

/// Faults that are told in receipt №1.
pub(super) fn structure(
    filing: &Filing,
    header: &Header,
    names: Vec<&str>,
    versions: &[u8],
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let is_notice = ["J13911", "F13911"].iter().any(|form| filing.form.starts_with(form));
    if !is_notice {
        faults.push(fault("FORM", format!("Форма {} сюди не подається", filing.form)));
    } else if !versions.contains(&filing.version) {
        let known: Vec<_> = versions.iter().map(|one| format!("{one:02}")).collect();
        let known = known.join(", ");
        let words = format!("Версія форми {} не приймається; приймаються: {known}", filing.form);
        faults.push(fault("VERSION", words));
    }
    // A legal person has eight digits at most; a person nine, ten, or a passport.
    let legal = filing.code.len() <= 8 && filing.code.bytes().all(|byte| byte.is_ascii_digit());
    if legal != filing.form.starts_with('J') {
        let words = format!("Форму {} подає не такий платник, як {}", filing.form, filing.code);
        faults.push(fault("FORM", words));
    }
    let own = format!("{}.XML", filing.number);
    let told = header.get("FILENAME").into_iter().chain(names);
    for name in told.filter(|name| !name.eq_ignore_ascii_case(&own)) {
        let words = format!("Ім'я файлу «{name}» не відповідає реквізитам документа («{own}»)");
        faults.push(fault("FILENAME", words));
    }
    if filing.code != filing.code_below {
        let (above, below) = (&filing.code, &filing.code_below);
        let words =
            format!("Код платника в тілі документа ({below}) не такий, як у заголовку ({above})");
        faults.push(fault("CODE", words));
    }
    for (number, row) in (1..).zip(&filing.rows) {
        if !ROLES.contains(&row.role.as_str()) {
            let words = format!("Рядок {number}: підпису «{}» у формі не передбачено", row.role);
            faults.push(fault("ROLE", words));
        }
    }
    faults
}

/// The subject key identifier, lower-case hexadecimal; empty when there is none.
pub(super) fn hex(certificate: &Certificate) -> String {
    let id = certificate.key_id().unwrap_or_default();
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The organisation's code of a certificate; of a person without an organisation his own.
pub(super) fn code_of(certificate: &Certificate) -> Option<String> {
    let subject = certificate.subject();
    subject.edrpou.clone().or_else(|| subject.drfo.clone())
}

/// Whether an authority that the office knows issued it, and it is valid.
pub(super) fn is_trusted(
    certificate: &Certificate,
    anchors: &[Certificate],
    suite: &dyn Suite,
    now: Timestamp,
) -> bool {
    chain(certificate, &[], anchors, &[], suite, now).is_ok()
}

/// What the office holds a notice against.
pub(super) struct Bench<'a> {
    pub anchors: &'a [Certificate],
    pub suite: &'a dyn Suite,
    pub status: Option<&'a Status>,
    pub now: Timestamp,
}

impl Bench<'_> {
    /// Faults that are told in receipt №2.
    pub fn examine(&self, filing: &Filing, opened: &Opened) -> Vec<Fault> {
        let Some(status) = self.status else {
            let words = format!(
                "За платником {} не обліковується керівник зі статусом підписувача: \
                 це повідомлення подають лише ті, хто вже його має",
                filing.code
            );
            return vec![fault("STATUS", words)];
        };
        let mut faults: Vec<Fault> = self.deadline(status).into_iter().collect();
        faults.extend(order(filing, &opened.signers, status));
        let signers = (1..).zip(&opened.signers);
        faults.extend(signers.flat_map(|(number, one)| self.certificate(filing, number, one)));
        for (number, row) in (1..).zip(&filing.rows) {
            let own = opened.signers.iter().find(|one| hex(one) == row.key_id);
            faults.extend(own.and_then(|own| belongs(filing, number, row, own)));
        }
        faults.extend(heads(filing));
        let sends = opened.senders.first();
        if sends.is_none_or(|sender| *sender != status.head) {
            let words = "Зовнішній підпис має бути накладено ключем керівника, який має статус";
            faults.push(fault("SENDER", words));
        }
        faults
    }

    fn deadline(&self, status: &Status) -> Option<Fault> {
        let end = status.head.not_after();
        if self.now <= end {
            return None;
        }
        let words = format!(
            "Чинність сертифіката керівника, який має статус, закінчилася {}: повідомлення мало \
             надійти раніше, тепер статус набувається заново",
            end.date(&kyiv()).strftime("%d.%m.%Y")
        );
        Some(fault("DEADLINE", words))
    }

    fn certificate(&self, filing: &Filing, number: usize, one: &Certificate) -> Option<Fault> {
        let name = one.display_name();
        if !self.anchors.iter().any(|anchor| one.is_issued_by(anchor, self.suite).is_ok()) {
            let words = format!(
                "Підпис {number}: сертифікат «{name}» видано не тим надавачем, якого ми визнаємо"
            );
            return Some(fault("ISSUER", words));
        }
        if !is_trusted(one, self.anchors, self.suite, self.now) {
            let words = format!("Підпис {number}: сертифікат «{name}» не чинний на дату подання");
            return Some(fault("INVALID", words));
        }
        if !one.serves(Usage::Signing) {
            let words = format!("Підпис {number}: сертифікат «{name}» не призначений для підпису");
            return Some(fault("USAGE", words));
        }
        let code = code_of(one).unwrap_or_default();
        let words =
            format!("Підпис {number}: сертифікат «{name}» належить іншій особі (код {code})");
        (code != filing.code).then(|| fault("FOREIGN", words))
    }
}

/// First the keys of the table, row by row, then the head's key that has the status.
fn order(filing: &Filing, signers: &[Certificate], status: &Status) -> Option<Fault> {
    const BROKEN: &str = "Порушено порядок підписання";
    let needed = filing.rows.len() + 1;
    if signers.len() != needed {
        let words = format!(
            "{BROKEN}: має бути підписів: {needed} (новими ключами за рядками таблиці, потім \
             керівник ключем, який має статус), а накладено: {}",
            signers.len()
        );
        return Some(fault("ORDER", words));
    }
    let (last, of_rows) = signers.split_last()?;
    for ((number, row), signer) in (1..).zip(&filing.rows).zip(of_rows) {
        if hex(signer) == row.key_id {
            continue;
        }
        let words = format!(
            "{BROKEN}: підпис {number} має бути накладено ключем рядка {number} ({} – {}), \
             а накладено {}",
            row.role,
            row.name,
            whose(filing, signer, status)
        );
        return Some(fault("ORDER", words));
    }
    if *last == status.head {
        return None;
    }
    let words = format!(
        "{BROKEN}: останнім має бути підпис керівника ключем, який уже має статус («{}», чинний \
         до {}), а накладено {}",
        status.head.display_name(),
        status.head.not_after().date(&kyiv()).strftime("%d.%m.%Y"),
        whose(filing, last, status)
    );
    Some(fault("ORDER", words))
}

/// «ключем рядка 2 (Бухгалтер – …)».
fn whose(filing: &Filing, signer: &Certificate, status: &Status) -> String {
    if *signer == status.head {
        return "ключем керівника, який має статус".into();
    }
    let mut rows = (1..).zip(&filing.rows);
    match rows.find(|(_, row)| hex(signer) == row.key_id) {
        Some((number, row)) => format!("ключем рядка {number} ({} – {})", row.role, row.name),
        None => format!("ключем, якого в таблиці немає («{}»)", signer.display_name()),
    }
}

/// Whether the row's data are those of the certificate whose key it names.
fn belongs(filing: &Filing, number: usize, row: &Row, own: &Certificate) -> Option<Fault> {
    let subject = own.subject();
    let person = subject.drfo.as_deref();
    let is_seal = row.role == SEAL;
    if is_seal != person.is_none() {
        let words = match is_seal {
            true => format!("Рядок {number}: «{SEAL}», а сертифікат виданий особі"),
            false => format!("Рядок {number}: «{}», а сертифікат є печаткою", row.role),
        };
        return Some(fault("ROLE", words));
    }
    let code = person.unwrap_or(&filing.code);
    if row.code != code {
        let words = format!("Рядок {number}: код {} не такий, як у сертифікаті ({code})", row.code);
        return Some(fault("ROW", words));
    }
    let name = own.display_name();
    if row.name != name {
        let words = format!("Рядок {number}: «{}», а сертифікат видано «{name}»", row.name);
        return Some(fault("ROW", words));
    }
    None
}

/// One director at most, and the one whom the form names.
fn heads(filing: &Filing) -> Option<Fault> {
    let mut heads = filing.rows.iter().filter(|row| row.role == DIRECTOR);
    let head = heads.next()?;
    if heads.next().is_some() {
        return Some(fault("ROLE", "У таблиці більше ніж один директор"));
    }
    (head.name != filing.head).then(|| {
        let words = format!("Керівник «{}» – не той, що в таблиці («{}»)", filing.head, head.name);
        fault("ROLE", words)
    })
}
