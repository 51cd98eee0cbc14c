//! Messages to people, as letters: plain text and HTML, pictures for the HTML, attachments.
//!
//! Like [`super::compose()`] the same bulletin gives the same bytes. What is no use to a robot is
//! said in the header, so that nothing answers it (RFC 3834) and our own reader passes it over.

use jiff::tz::TimeZone;

use super::compose::{address, attachment_fields, unstructured};
use super::transfer::base64_lines;
use super::{LetterError, Part};
use crate::crypto::digest;

/// A message to be made into a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulletin {
    /// Bare addresses, `user@example.org`.
    pub from: String,
    pub to: String,
    /// Without angle brackets: `reference@domain`.
    pub message_id: String,
    pub date: crate::time::Timestamp,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Shown by the HTML: its content identifier, without angle brackets, and the picture.
    pub pictures: Vec<(String, Part)>,
    pub attachments: Vec<Part>,
}

/// The field by which our own messages can be sorted, and told from authorities' letters in logs.
pub const MARK: &str = "X-Certpost-Message";

/// Makes the bytes of the letter: 7-bit, CRLF. Addresses and identifiers are refused when they
/// hold anything that could end a header.
pub fn compose_bulletin(bulletin: &Bulletin) -> Result<Vec<u8>, LetterError> {
    let Bulletin { from, to, message_id, .. } = bulletin;
    let date = bulletin.date.civil(&TimeZone::UTC);
    let date = date.strftime("%a, %d %b %Y %H:%M:%S +0000");
    let mut letter = format!(
        "From: certpost <{from}>\r\n\
         To: <{to}>\r\n\
         Date: {date}\r\n\
         Message-ID: <{message_id}>\r\n\
         Subject: {subject}\r\n\
         Auto-Submitted: auto-generated\r\n\
         X-Auto-Response-Suppress: All\r\n\
         Precedence: bulk\r\n\
         {MARK}: 1\r\n\
         MIME-Version: 1.0\r\n",
        from = address("From", from)?,
        to = address("To", to)?,
        message_id = address("Message-ID", message_id)?,
        subject = unstructured(&bulletin.subject),
    );
    letter += &whole(bulletin)?;
    Ok(letter.into_bytes())
}

/// The letter's own content: a part with its fields.
fn whole(bulletin: &Bulletin) -> Result<String, LetterError> {
    let seed = digest(format!("{}\n{}", bulletin.message_id, bulletin.to).as_bytes()).to_string();
    let boundary = |name: &str| format!("certpost-{name}-{seed:.24}");
    let plain = text("plain", &bulletin.text);
    let mut page = text("html", &bulletin.html);
    if !bulletin.pictures.is_empty() {
        let mut parts = vec![page];
        for (id, picture) in &bulletin.pictures {
            parts.push(shown(id, picture)?);
        }
        page = joined("related", &boundary("page"), &parts);
    }
    let both = joined("alternative", &boundary("text"), &[plain, page]);
    if bulletin.attachments.is_empty() {
        return Ok(both);
    }
    let mut parts = vec![both];
    for part in &bulletin.attachments {
        let body = base64_lines(&part.bytes);
        parts.push(format!("{}\r\n{body}", attachment_fields(part)?));
    }
    Ok(joined("mixed", &boundary("all"), &parts))
}

/// Base64 has no hyphen: no boundary can occur in a part.
fn joined(kind: &str, boundary: &str, parts: &[String]) -> String {
    let mut all = format!("Content-Type: multipart/{kind};\r\n boundary=\"{boundary}\"\r\n\r\n");
    for part in parts {
        all += &format!("--{boundary}\r\n{part}");
    }
    all + &format!("--{boundary}--\r\n")
}

fn text(kind: &str, text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
    format!(
        "Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
        base64_lines(text.as_bytes())
    )
}

fn shown(id: &str, picture: &Part) -> Result<String, LetterError> {
    let id = address("Content-ID", id)?;
    let fields = attachment_fields(picture)?.replace(": attachment;", ": inline;");
    Ok(format!("Content-ID: <{id}>\r\n{fields}\r\n{}", base64_lines(&picture.bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{LetterKind, Limits, read};
    use crate::time::Timestamp;

    fn bulletin() -> Bulletin {
        let picture = Part {
            name: Some("payment-1.png".into()),
            content_type: "image/png".into(),
            bytes: vec![0, 13, 10, 255],
        };
        let invoice = Part {
            name: Some("Рахунок №1482.pdf".into()),
            content_type: "application/pdf".into(),
            bytes: b"%PDF".to_vec(),
        };
        Bulletin {
            from: "kep@zrazok.example".into(),
            to: "admin@zrazok.example".into(),
            message_id: "certpost-message.1.2@zrazok.example".into(),
            date: Timestamp(1_795_000_000),
            subject: "ТЕРМІНОВО: Директор\r\nBcc: x@y".into(),
            text: "Перший рядок\nдругий".into(),
            html: "<p>Сторінка</p>".into(),
            pictures: vec![("payment-1@certpost".into(), picture)],
            attachments: vec![invoice],
        }
    }

    #[test]
    fn every_part_comes_out_of_the_letter_as_it_went_in() {
        let bytes = compose_bulletin(&bulletin()).unwrap();
        assert!(bytes.is_ascii());
        assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 79), "long lines");
        let letter = read(&bytes, &Limits::default()).unwrap();
        assert_eq!(letter.subject, "ТЕРМІНОВО: Директор  Bcc: x@y");
        assert_eq!(letter.message_id.as_deref(), Some("certpost-message.1.2@zrazok.example"));
        let parts: Vec<_> =
            letter.parts.iter().map(|part| (part.name.as_deref(), part.bytes.as_slice())).collect();
        assert_eq!(parts.len(), 4);
        assert_eq!(letter.parts[0].text(), "Перший рядок\r\nдругий");
        assert_eq!(letter.parts[1].text(), "<p>Сторінка</p>");
        assert_eq!(parts[2], (Some("payment-1.png"), [0, 13, 10, 255].as_slice()));
        assert_eq!(parts[3], (Some("Рахунок №1482.pdf"), b"%PDF".as_slice()));
        assert_eq!(compose_bulletin(&bulletin()).unwrap(), bytes);
    }

    #[test]
    fn f16_a_robot_is_asked_not_to_answer() {
        let bytes = compose_bulletin(&bulletin()).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        for field in
            ["Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", "Precedence: bulk"]
        {
            assert!(text.contains(&format!("\r\n{field}\r\n")), "{field}");
        }
        assert!(!text.contains("Reply-To"));
        let kind = read(&bytes, &Limits::default()).unwrap().kind;
        assert_eq!(kind, LetterKind::Ordinary);
    }

    #[test]
    fn an_address_that_would_end_a_header_is_refused() {
        for to in ["a@b\r\nBcc: c@d", "a b@c", "", "<a@b>"] {
            let wrong = Bulletin { to: to.into(), ..bulletin() };
            assert!(compose_bulletin(&wrong).is_err(), "{to:?}");
        }
    }
}
