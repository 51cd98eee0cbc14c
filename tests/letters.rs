//! Letters, foreign and our own. The letters in `fixtures/letters` were written by us after the
//! forms that mail systems use; nobody in them exists.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use certpost::mail::{
    Draft, Letter, LetterError, LetterKind, Limits, Part, attachment_was_removed, compose, read,
    read_entity,
};
use certpost::time::Timestamp;
use mail_parser::MimeHeaders as _;
use proptest::prelude::*;

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/letters/{name}.eml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn letter(name: &str) -> Letter {
    read(&fixture(name), &Limits::default()).unwrap()
}

fn draft() -> Draft {
    Draft {
        from: "accounts@example.org".into(),
        to: "office@authority.example".into(),
        message_id: "CP-12345678-D-0000001@example.org".into(),
        date: Timestamp(1_795_336_794),
        subject: "Заявка на сертифікати [CP-12345678-D-0000001], директорка Вигадана О. П.".into(),
        text: "Заявка у вкладенні.\nЇї зробила програма.".into(),
        attachment: Part {
            name: Some("smime.p7m".into()),
            content_type: "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m"
                .into(),
            bytes: b"0\x80\r\n.\n\r\0\xff lone".to_vec(),
        },
        beside: Vec::new(),
    }
}

#[test]
fn the_same_draft_gives_the_same_bytes() {
    let bytes = compose(&draft()).unwrap();
    assert_eq!(bytes, compose(&draft()).unwrap());
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.is_ascii());
    assert!(text.lines().all(|line| line.len() <= 78), "{text}");
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
    for field in [
        "From: <accounts@example.org>\r\n",
        "Reply-To: <accounts@example.org>\r\n",
        "Date: Sun, 22 Nov 2026 08:39:54 +0000\r\n",
        "Message-ID: <CP-12345678-D-0000001@example.org>\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "X-Auto-Response-Suppress: All\r\n",
        "MIME-Version: 1.0\r\n",
        "filename=\"smime.p7m\"\r\n",
    ] {
        assert!(text.contains(field), "{field} in\n{text}");
    }
    let other = Draft { text: "Інший текст".into(), ..draft() };
    let boundary = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes).split("boundary=").nth(1).unwrap()[..42].to_owned()
    };
    assert_ne!(boundary(text.as_bytes()), boundary(&compose(&other).unwrap()));
}

/// mail-parser as a second reader that we did not write.
#[test]
fn a_stranger_reads_what_we_wrote() {
    for name in ["smime.p7m", "say \"no\".p7m", "Заявка директорки Вигаданої на сертифікат.p7m"]
    {
        let mut draft = draft();
        draft.attachment.name = Some(name.into());
        draft.attachment.content_type = "application/octet-stream".into();
        let bytes = compose(&draft).unwrap();
        let message = mail_parser::MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(message.subject().unwrap(), draft.subject);
        assert_eq!(message.message_id().unwrap(), draft.message_id);
        assert_eq!(message.date().unwrap().to_timestamp(), draft.date.0);
        let text = message.body_text(0).unwrap();
        assert_eq!(text, "Заявка у вкладенні.\r\nЇї зробила програма.");
        let attachment = message.attachment(0).unwrap();
        assert_eq!(attachment.contents(), draft.attachment.bytes);
        assert_eq!(attachment.attachment_name().unwrap(), name);

        let read = read(&bytes, &Limits::default()).unwrap();
        assert_eq!(read.kind, LetterKind::Ordinary, "our own robot is no out-of-office");
        assert_eq!(read.subject, draft.subject);
        assert_eq!(read.parts[1].name.as_deref(), Some(name));
        assert_eq!(read.parts[1].bytes, draft.attachment.bytes);
    }
}

#[test]
fn what_travels_beside_the_parcel_comes_out_after_it() {
    let pdf = |name: &str, bytes: &[u8]| Part {
        name: Some(name.into()),
        content_type: "application/pdf".into(),
        bytes: bytes.to_vec(),
    };
    let one = Draft {
        beside: vec![pdf("рахунок.pdf", b"%PDF-1.4\r\n"), pdf("b.pdf", b"%")],
        ..draft()
    };
    let bytes = compose(&one).unwrap();
    let letter = read(&bytes, &Limits::default()).unwrap();
    let came: Vec<_> = letter.parts[1..].iter().map(|part| (&part.name, &part.bytes)).collect();
    let sent = std::iter::once(&one.attachment).chain(&one.beside);
    assert_eq!(came, sent.map(|part| (&part.name, &part.bytes)).collect::<Vec<_>>());
    assert!(letter.parts[2].content_type.starts_with("application/pdf"));
    // Another paper beside it, another boundary.
    let other = Draft { beside: vec![pdf("b.pdf", b"!")], ..draft() };
    assert_ne!(bytes, compose(&other).unwrap());
}

#[test]
fn nothing_can_be_slipped_into_a_header() {
    let evil = "x@example.org\r\nBcc: all@example.org";
    let refused = [
        Draft { from: evil.into(), ..draft() },
        Draft { to: evil.into(), ..draft() },
        Draft { message_id: evil.into(), ..draft() },
        Draft { to: "two@example.org,more@example.org".into(), ..draft() },
        Draft { to: "nobody".into(), ..draft() },
    ];
    for draft in refused {
        let error = compose(&draft).unwrap_err().to_string();
        assert!(error.contains("no bare address"), "{error}");
    }
    let mut attached = draft();
    attached.attachment.content_type = "text/plain\r\nBcc: all@example.org".into();
    assert!(matches!(compose(&attached), Err(LetterError::Malformed { .. })));

    let mut draft = draft();
    draft.subject = "one\r\nBcc: all@example.org\r\n\r\nbody\u{2028}end".into();
    draft.attachment.name = Some("a\r\nBcc: all@example.org\".p7m".into());
    let text = String::from_utf8(compose(&draft).unwrap()).unwrap();
    assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
    let read = read(text.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(read.subject, "one  Bcc: all@example.org    body end");
    assert_eq!(read.parts.len(), 2);
}

fn bounce(name: &str) -> certpost::mail::Bounce {
    match letter(name).kind {
        LetterKind::Bounce(bounce) => bounce,
        other => panic!("{name} was read as {other:?}"),
    }
}

#[test]
fn f18_reports_that_gave_up_name_the_letter() {
    for name in
        ["bounce-rfc3464-headers", "bounce-gmail", "bounce-exim", "bounce-qmail", "bounce-plain"]
    {
        let bounce = bounce(name);
        assert_eq!(bounce.about.as_deref(), Some("cp-0001@example.org"), "{name}");
        assert!(bounce.lasting, "{name}");
        assert!(!bounce.text.is_empty() && bounce.text.chars().count() <= 500, "{name}");
    }
    let text = bounce("bounce-rfc3464-headers").text;
    assert!(text.ends_with("Recipient address rejected: User unknown"), "{text}");
}

#[test]
fn f19_a_delay_is_not_a_failure() {
    for name in ["bounce-delayed", "bounce-exim-delayed"] {
        let bounce = bounce(name);
        assert_eq!(bounce.about.as_deref(), Some("cp-0001@example.org"), "{name}");
        assert!(!bounce.lasting, "{name}");
    }
}

#[test]
fn f20_a_delivery_report_is_no_answer() {
    assert_eq!(letter("report-delivered").kind, LetterKind::AutoReply);
    assert_eq!(letter("read-receipt").kind, LetterKind::AutoReply);
}

#[test]
fn f17_out_of_office_is_known() {
    assert_eq!(letter("vacation").kind, LetterKind::AutoReply);
    assert_eq!(letter("vacation-outlook").kind, LetterKind::AutoReply);
}

#[test]
fn f16_a_machine_that_generates_is_not_one_that_answers() {
    assert_eq!(letter("machine-receipt").kind, LetterKind::Ordinary);
    assert_eq!(letter("newsletter").kind, LetterKind::List);
}

#[test]
fn a_forwarded_report_is_a_person_s_letter() {
    let letter = letter("forwarded-bounce");
    assert_eq!(letter.kind, LetterKind::Ordinary);
    // The nested letter's leaves come out all the same.
    assert_eq!(letter.parts.len(), 4);
    assert_eq!(letter.from, "\"Бухгалтер Прикладний\" <person@example.org>");
}

#[test]
fn f33_raw_eight_bit_headers_and_exact_attachments() {
    let letter_1251 = letter("raw-windows-1251");
    assert_eq!(letter_1251.subject, "Квитанція про приймання [CP-12345678-D-0000001]");
    assert_eq!(letter_1251.from, "Центр Вигаданий <office@authority.example>");
    assert_eq!(letter_1251.parts[0].text(), "Текст без кодування.");
    let xml = &letter_1251.parts[1];
    assert_eq!(xml.name.as_deref(), Some("відповідь.xml"));
    // Crates.md §0.12: a text attachment must not be transcoded.
    let text = "<?xml version=\"1.0\" encoding=\"windows-1251\"?>\r\n<назва>підпис</назва>\r\n";
    assert_eq!(xml.bytes, encoding_rs::WINDOWS_1251.encode(text).0.as_ref());
    assert_eq!(xml.text(), text);

    let koi = letter("raw-koi8-u");
    assert_eq!(koi.subject, "Квитанція про приймання");
    assert_eq!(koi.parts[0].text(), "Її підписано.\n");
}

#[test]
fn f33_words_and_names_split_inside_characters() {
    let letter = letter("split-names");
    assert_eq!(letter.subject, "Квитанція №1 CP-1");
    assert_eq!(letter.parts[0].name.as_deref(), Some("Квитанція_1.p7s"));
    assert_eq!(letter.parts[0].bytes, b"0\x80\x06\x09*\x86");
}

#[test]
fn f31_winmail_dat_is_unpacked() {
    let parts = letter("winmail").parts;
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[1].name.as_deref(), Some("квитанція.p7s"));
    assert_eq!(parts[1].bytes, b"0\x80\x06\x09*\x86");
}

#[test]
fn f32_a_stripped_attachment_is_noticed() {
    for (content_type, name, text) in [
        ("text/plain", None, "The file smime.p7m: [attachment removed] by policy"),
        ("text/plain", Some("Attachment_removed.txt"), ""),
        ("text/plain; charset=windows-1251", None, "Вкладення видалено антивірусом"),
    ] {
        let bytes = encoding_rs::WINDOWS_1251.encode(text).0.into_owned();
        let part = Part { name: name.map(Into::into), content_type: content_type.into(), bytes };
        assert!(attachment_was_removed(&[part]), "{text}");
    }
    assert!(!attachment_was_removed(&letter("vacation").parts));
}

#[test]
fn f6_a_letter_without_message_id_is_read() {
    assert_eq!(letter("raw-koi8-u").message_id, None);
    assert!(matches!(read(b"", &Limits::default()), Err(LetterError::Malformed { .. })));
    assert!(matches!(read(b"\r\n\r\n", &Limits::default()), Err(LetterError::Malformed { .. })));
}

/// `depth` letters or multiparts inside each other around one text.
fn nested(depth: usize, letters: bool, base64: bool) -> Vec<u8> {
    let mut inner = b"Subject: core\r\n\r\ntext\r\n".to_vec();
    for level in 0..depth {
        let mut outer = Vec::new();
        if letters && base64 {
            outer.extend(b"Content-Type: message/rfc822\r\n");
            outer.extend(b"Content-Transfer-Encoding: base64\r\n\r\n");
            use base64::Engine as _;
            let text = base64::engine::general_purpose::STANDARD.encode(&inner);
            outer.extend(text.as_bytes());
        } else if letters {
            outer.extend(b"Content-Type: message/rfc822\r\n\r\n");
            outer.extend(&inner);
        } else {
            let text = format!("Content-Type: multipart/mixed; boundary=b{level}.\r\n\r\n");
            outer.extend(text.as_bytes());
            outer.extend(format!("--b{level}.\r\n").as_bytes());
            outer.extend(&inner);
            outer.extend(format!("\r\n--b{level}.--\r\n").as_bytes());
        }
        inner = outer;
    }
    inner
}

#[test]
fn f50_size_depth_and_parts_are_bounded() {
    let limits = Limits { letter_bytes: 2_000_000, depth: 5, parts: 10 };
    let large = vec![b'a'; 2_000_001];
    let error = LetterError::TooLarge { bytes: 2_000_001, limit: 2_000_000 };
    assert_eq!(read(&large, &limits), Err(error));
    for (letters, base64) in [(false, false), (true, false), (true, true)] {
        assert_eq!(read(&nested(5, letters, base64), &limits).unwrap().parts.len(), 1);
        let error = read(&nested(6, letters, base64), &limits).unwrap_err();
        assert_eq!(error, LetterError::TooDeep { limit: 5 });
    }
    // Ten thousand letters in each other, hidden in base64: the parser must not even see them.
    let mut bomb =
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n".to_vec();
    use base64::Engine as _;
    let inner = nested(10_000, true, false);
    bomb.extend(base64::engine::general_purpose::STANDARD.encode(inner).as_bytes());
    assert_eq!(read(&bomb, &limits), Err(LetterError::TooDeep { limit: 5 }));

    let mut wide = b"Content-Type: multipart/mixed; boundary=w\r\n\r\n".to_vec();
    for _ in 0..9 {
        wide.extend(b"--w\r\n\r\nx\r\n");
    }
    assert_eq!(read(&wide, &limits).unwrap().parts.len(), 9);
    wide.extend(b"--w\r\n\r\nx\r\n");
    assert_eq!(read(&wide, &limits), Err(LetterError::TooManyParts { limit: 10 }));

    let endless = format!("Subject: {}\r\n\r\nx", "=?a?b?".repeat(100_000));
    assert!(matches!(read(endless.as_bytes(), &limits), Err(LetterError::Malformed { .. })));
}

#[test]
fn an_entity_needs_no_envelope_of_a_letter() {
    let entity = b"Content-Type: application/pkcs10; name=\"signing.p10\"\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nMAA=\r\n";
    let parts = read_entity(entity, &Limits::default()).unwrap();
    assert_eq!(parts[0].content_type, "application/pkcs10");
    assert_eq!(parts[0].bytes, [0x30, 0]);
    assert_eq!(read_entity(b"plain words", &Limits::default()).unwrap()[0].bytes, b"plain words");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..<_>::default() })]

    #[test]
    fn any_bytes_come_back_as_they_went(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        name in "[^\\p{C}\\p{Z}]{1,60}",
        subject in "[а-яіїєґА-Я a-z0-9№«»]{0,120}",
    ) {
        let mut draft = draft();
        draft.subject = subject;
        draft.attachment = Part { name: Some(name), content_type: "a/b".into(), bytes };
        let raw = compose(&draft).unwrap();
        let letter = read(&raw, &Limits::default()).unwrap();
        prop_assert_eq!(letter.subject, draft.subject.trim());
        prop_assert_eq!(&letter.parts[1], &draft.attachment);
    }

    #[test]
    fn f50_foreign_bytes_never_panic(
        which in 0usize..4,
        at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let names = ["bounce-gmail", "split-names", "raw-windows-1251", "forwarded-bounce"];
        let mut raw = fixture(names[which]);
        for (index, byte) in at {
            let place = index.index(raw.len());
            raw[place] = byte;
        }
        raw.truncate(cut.index(raw.len()) + 1);
        let _ = read(&raw, &Limits { letter_bytes: 100_000, depth: 4, parts: 8 });
    }

    #[test]
    fn noise_never_panics(raw in "(Content-Type: |Subject: |multipart/mixed|message/rfc822|; boundary=b|\r\n|\r\n--b|--|=\\?utf-8\\?B\\?|\\?=|\\*0\\*=|'|\"|%|[ -~]){0,60}") {
        let _ = read(raw.as_bytes(), &Limits::default());
    }
}
