//! The other side at its mailbox: letters in, letters out, money told of by a file.

use std::path::Path;
use std::sync::{Arc, Mutex};

use certpost::authority::{Parcel, Payment, Word};
use certpost::engine::ports::Form;
use certpost::exchange::SendFailure;
use certpost::mail::{self, Draft, Letter};
use certpost::simulator::authority::Manners;
use certpost::simulator::program::{Program, leave_money};
use certpost::time::{Span, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use crate::company::{AGENT, Company, NOW, ORDER};
use crate::desk::{Desk, InMemory};

const AUTHORITY: &str = "acsk@authority.example";

fn put(desk: &Mutex<Desk>, parcel: Parcel) {
    let letter = mail::compose(&Draft {
        from: AGENT.into(),
        to: AUTHORITY.into(),
        message_id: format!("{}@proba.example", parcel.document),
        date: NOW,
        subject: parcel.subject,
        text: parcel.text,
        attachment: parcel.part,
        beside: Vec::new(),
    });
    desk.lock().unwrap().put(Form::Letter(letter.unwrap()));
}

fn program(company: &Company, desk: &Arc<Mutex<Desk>>, folder: &Path) -> Program {
    let carrier = Box::new(InMemory(desk.clone()));
    let chance = Box::new(ChaCha20Rng::seed_from_u64(3));
    let clerk = Box::new(company.twin());
    Program::new(clerk, carrier, AUTHORITY.into(), chance, Some(folder.to_owned()))
}

/// The letters that left since the last look.
fn taken(desk: &Mutex<Desk>) -> Vec<Letter> {
    let sent = std::mem::take(&mut desk.lock().unwrap().sent);
    let read = |(letter, to): &(Vec<u8>, String)| {
        assert_eq!(to, AGENT);
        mail::read(letter, &mail::Limits::default()).unwrap()
    };
    sent.iter().map(read).collect()
}

fn words(company: &Company, letters: &[Letter], at: Timestamp) -> Vec<Word> {
    let receipts = letters.iter().flat_map(|letter| company.read_parts(&letter.parts, at));
    receipts.map(|receipt| receipt.word).collect()
}

#[test]
fn applications_of_one_round_end_on_one_invoice_and_wait_for_its_money() {
    let folder = tempfile::tempdir().unwrap();
    let mut company = Company::new("sota", "international", Manners::default());
    let desk = Arc::new(Mutex::new(Desk::default()));
    let mut program = program(&company, &desk, folder.path());
    for holder in 0..3 {
        put(&desk, company.apply(holder, Payment::Invoice, ORDER));
    }
    let served = program.round(NOW);
    assert_eq!((served.heard, served.answered, served.next), (3, 4, None));
    assert_eq!(served.troubles, Vec::<String>::new());
    let letters = taken(&desk);
    let invoiced: Vec<_> = letters.iter().filter(|one| one.parts.len() == 3).collect();
    assert_eq!(invoiced.len(), 1, "one letter has a PDF beside it");
    assert!(invoiced[0].parts[2].content_type.starts_with("application/pdf"));
    let words_now = words(&company, &letters, NOW);
    let bills = words_now.iter().filter(|word| matches!(word, Word::Invoiced(_))).count();
    assert_eq!((words_now.len(), bills), (6, 3));

    leave_money(folder.path(), "СФ-000009").unwrap();
    let served = program.round(NOW + Span::days(1));
    assert_eq!(served.troubles, ["no unpaid invoice has the number СФ-000009"]);
    assert_eq!(served.answered, 0);
    leave_money(folder.path(), "СФ-000001").unwrap();
    let paid = NOW + Span::days(9);
    let served = program.round(paid);
    assert_eq!((served.answered, served.troubles.len()), (3, 0));
    let letters = taken(&desk);
    let granted = words(&company, &letters, paid);
    assert!(granted.iter().all(|word| matches!(word, Word::Granted { .. })), "{granted:?}");
    assert_eq!(program.round(paid).answered, 0);
}

#[test]
fn an_answer_that_could_not_be_sent_goes_later() {
    let folder = tempfile::tempdir().unwrap();
    let mut company = Company::new("sota", "international", Manners::default());
    let desk = Arc::new(Mutex::new(Desk::default()));
    let mut program = program(&company, &desk, folder.path());
    put(&desk, company.apply(0, Payment::Prepaid, ORDER));
    let problem = crate::desk::problem("smtp-unreachable", "it broke off");
    desk.lock().unwrap().fates = vec![SendFailure::Later(problem)];
    let served = program.round(NOW);
    assert_eq!((served.answered, served.troubles.len()), (1, 1));
    let again = served.next.unwrap();
    assert_eq!(program.round(again).answered, 1);
    assert_eq!(taken(&desk).len(), 3);
}
