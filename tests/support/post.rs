//! Letters made by hand, and what became of them.

use certpost::engine::ports::{Collected, Form};
use certpost::exchange::SendFailure;

pub fn letter(subject: &str, body: &str) -> Vec<u8> {
    // Postfix adds a Date or a Message-ID that is missing.
    let date = "Date: Sun, 22 Nov 2026 10:00:00 +0200\r\nMessage-ID: <1@test.example>\r\n";
    format!("From: a@test.example\r\n{date}Subject: {subject}\r\n\r\n{body}\r\n").into_bytes()
}

/// The letters, in order.
pub fn letters(collected: &Collected) -> Vec<Vec<u8>> {
    let letters = collected.deliveries.iter().map(|d| match &d.form {
        Form::Letter(bytes) => bytes.clone(),
        other => panic!("not a letter: {other:?}"),
    });
    letters.collect()
}

/// What became of a sending: the fate, the label, the words.
pub fn labelled(outcome: Result<(), SendFailure>) -> (&'static str, String, String) {
    match outcome {
        Ok(()) => panic!("it was sent"),
        Err(SendFailure::Later(p)) => ("later", p.label, p.detail),
        Err(SendFailure::Rejected(p)) => ("rejected", p.label, p.detail),
        Err(SendFailure::Uncertain(p)) => ("uncertain", p.label, p.detail),
    }
}
