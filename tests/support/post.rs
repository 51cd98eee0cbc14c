//! Letters made by hand, and what became of them.

use certpost::engine::ports::{Collected, Form, SendError};

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
pub fn labelled(outcome: Result<(), SendError>) -> (&'static str, String, String) {
    match outcome {
        Ok(()) => panic!("it was sent"),
        Err(SendError::Later(p)) => ("later", p.label, p.detail),
        Err(SendError::Rejected(p)) => ("rejected", p.label, p.detail),
        Err(SendError::Uncertain(p)) => ("uncertain", p.label, p.detail),
    }
}
