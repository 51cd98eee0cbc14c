//! Whether an application deserves its certificates: the checks of a real authority (СОТА guide;
//! ukraine.md §5.1), each refusal in the words that an applicant would read.

use super::petition::Petition;
use super::register::{Register, requested_key};
use crate::authority::{Profile, Role};
use crate::crypto::{Certificate, Suite, Usage};
use crate::time::Timestamp;

/// What is wrong, as a code and words; `at_once` when receipt №1 already says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub code: &'static str,
    pub words: String,
    pub at_once: bool,
}

fn at_once(code: &'static str, words: impl Into<String>) -> Fault {
    Fault { code, words: words.into(), at_once: true }
}

fn decided(code: &'static str, words: impl Into<String>) -> Fault {
    Fault { code, words: words.into(), at_once: false }
}

/// Every fault of the application, in the order in which a clerk would find them.
pub(super) fn examine(
    petition: &Petition,
    register: &Register,
    profile: &Profile,
    suite: &dyn Suite,
    now: Timestamp,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let signer = &petition.signer;
    if !register.knows(signer) {
        faults.push(at_once("SIGNER", "Підпис накладено сертифікатом, якого ми не видавали"));
    } else if !signer.is_valid_at(now) {
        faults.push(at_once("EXPIRED", "Сертифікат, яким підписано заявку, вже не чинний"));
    }
    faults.extend(data(petition));
    if petition.asks.is_empty() {
        faults.push(at_once("EMPTY", "У заявці немає жодного запиту"));
    }
    for (row, asked) in petition.asks.iter().enumerate() {
        let row = row + 1;
        let Some(old) = register.certificate(&asked.replaces) else {
            let words = format!("Рядок {row}: сертифіката {} у реєстрі немає", asked.replaces);
            faults.push(decided("UNKNOWN", words));
            continue;
        };
        if let Some(words) = key(asked.usage, &asked.request, old, signer, suite) {
            faults.push(decided("REQUEST", format!("Рядок {row}: {words}")));
        }
        if !old.is_valid_at(now) {
            let words = format!("Рядок {row}: сертифікат уже закінчився");
            faults.push(decided("EXPIRED", words));
        }
    }
    let day = now.date(&profile.policy.calendar.time_zone());
    if !profile.terms.contains(&petition.term) {
        faults.push(decided("TERM", format!("Строк {} р. не надається", petition.term)));
    } else if !profile.asks(petition.role, petition.term, day, &petition.sum) {
        faults.push(decided("PRICE", "Сума не відповідає прейскуранту"));
    }
    faults
}

/// The data of the application against the certificate that signed it.
fn data(petition: &Petition) -> Vec<Fault> {
    let subject = petition.signer.subject();
    let certified_code = subject.edrpou.clone().or_else(|| subject.drfo.clone());
    let mut faults = Vec::new();
    if certified_code.as_deref() != Some(petition.code.as_str()) {
        faults.push(at_once("CODE", "Код установи у заявці не збігається з кодом у сертифікаті"));
    }
    if subject.organisation.as_ref().is_some_and(|name| *name != petition.organisation) {
        let words = "Назва організації у заявці не збігається з реєстром";
        faults.push(decided("NAME", words));
    }
    let personal = petition.role != Role::Seal;
    if personal && petition.drfo.is_some() && petition.drfo != subject.drfo {
        faults.push(decided("DRFO", "РНОКПП у заявці не збігається з реєстром"));
    }
    faults
}

fn key(
    usage: Usage,
    request: &[u8],
    old: &Certificate,
    signer: &Certificate,
    suite: &dyn Suite,
) -> Option<&'static str> {
    let Some((public_key, subject)) = requested_key(suite, request) else {
        return Some("підпис запиту PKCS#10 не підтверджується");
    };
    if public_key == old.public_key() {
        return Some("запит містить старий ключ");
    }
    // IIT's tools leave the subject empty (ukraine.md §5.2); otherwise it must be the old one.
    let empty = subject == [0x30, 0x00];
    if !empty && subject != old.subject_der() {
        return Some("ім'я в запиті не збігається з сертифікатом");
    }
    if old.subject().edrpou != signer.subject().edrpou
        || old.subject().drfo != signer.subject().drfo
    {
        return Some("сертифікат належить іншій особі");
    }
    (!old.serves(usage)).then_some("призначення ключа не збігається з сертифікатом")
}
