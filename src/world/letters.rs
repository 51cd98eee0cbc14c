//! The letters that nobody asked for, and small changes that mail systems make.

use super::chance::Stream;
use crate::mail::{self, Draft, Part};
use crate::time::Timestamp;

/// The Message-ID as it stands in the header, without brackets; empty when there is none.
pub fn message_id(letter: &[u8]) -> String {
    let text = String::from_utf8_lossy(letter);
    let line = text.lines().take_while(|line| !line.is_empty());
    let mut id = line.filter_map(|line| line.strip_prefix("Message-ID: <"));
    id.next().unwrap_or_default().trim_end_matches('>').to_owned()
}

/// The same letter under another Message-ID.
pub fn relabelled(letter: &[u8], number: i64) -> Vec<u8> {
    let text = String::from_utf8_lossy(letter);
    text.replacen("Message-ID: <", &format!("Message-ID: <relay{number}."), 1).into_bytes()
}

/// A mail system's report about `letter` (RFC 3464).
pub fn bounce(letter: &[u8], lasting: bool, at: Timestamp) -> Vec<u8> {
    let (action, status) = if lasting { ("failed", "5.1.1") } else { ("delayed", "4.4.1") };
    let id = message_id(letter);
    format!(
        "From: <mailer-daemon@relay.example>\r\nTo: <office@example.org>\r\n\
         Subject: Undelivered Mail\r\nMessage-ID: <{action}.{at}@relay.example>\r\n\
         Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nYour letter had no luck.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; relay.example\r\n\r\n\
         Final-Recipient: rfc822; authority@example.net\r\nAction: {action}\r\n\
         Status: {status}\r\nDiagnostic-Code: smtp; {status} no luck\r\n\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{id}>\r\n\r\n--b--\r\n"
    )
    .into_bytes()
}

/// A letter that has nothing to do with anything.
pub fn junk(chance: &mut Stream, at: Timestamp) -> Vec<u8> {
    let number = chance.between(1, 1_000_000);
    let header = format!(
        "From: <somebody@junk.example>\r\nTo: <office@example.org>\r\n\
         Message-ID: <{number}.{at}@junk.example>\r\n"
    );
    match chance.between(0, 3) {
        0 => {
            let size = chance.between(0, 300);
            (0..size).filter_map(|_| u8::try_from(chance.between(0, 255)).ok()).collect()
        }
        1 => format!(
            "{header}Subject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\n\
             I am at the sea. Квитанція №2 follows.\r\n"
        )
        .into_bytes(),
        2 => format!(
            "{header}List-Id: <news.example>\r\nSubject: Квитанція №2\r\n\r\nBuy {number}\r\n"
        )
        .into_bytes(),
        _ => {
            let bytes =
                (0..200).filter_map(|_| u8::try_from(chance.between(0, 255)).ok()).collect();
            let part = Part {
                name: Some("smime.p7m".into()),
                content_type: "application/pkcs7-mime".into(),
                bytes,
            };
            draft("junk", number, at, part)
        }
    }
}

fn draft(who: &str, number: i64, at: Timestamp, attachment: Part) -> Vec<u8> {
    let draft = Draft {
        from: format!("{who}@junk.example"),
        to: "office@example.org".into(),
        message_id: format!("{number}.{}@junk.example", at.0),
        date: at,
        subject: "Квитанція №2".into(),
        text: String::new(),
        attachment,
        beside: Vec::new(),
    };
    mail::compose(&draft).unwrap_or_default()
}
