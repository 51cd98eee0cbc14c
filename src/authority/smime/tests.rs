//! Both directions against an authority written from `schemas/smime-*.md`: it shares the seals
//! and mail-parser with us, and neither `compose` nor `interpret`.

use std::collections::BTreeMap;

use mail_parser::MimeHeaders as _;
use zeroize::Zeroizing;

use super::scene::{CODE, REFERENCE, Scene, answer, entity, part, wrapped};
use crate::authority::{Application, ComposeError, Invoiced, Unreadable, Word};
use crate::crypto::cms::certs_only;
use crate::crypto::{OpenError, Pair, Suite, Usage};
use crate::exchange::Money;
use crate::mail::base64_lines;
use crate::time::Timestamp;

#[test]
fn an_authority_that_read_the_schema_reads_an_application() {
    let mut scene = Scene::new();
    let application = scene.application();
    let parcel = scene.compose(&application).unwrap();
    assert_eq!(parcel.document.0, REFERENCE);
    assert!(parcel.subject.starts_with("[CP-12345678-D-0000042] "), "{}", parcel.subject);
    for secret in ["калина", "Олена", "1234567890"] {
        assert!(!parcel.text.contains(secret) && !parcel.subject.contains(secret));
    }
    assert_eq!(parcel.part.name.as_deref(), Some("smime.p7m"));
    let declared = "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m";
    assert_eq!(parcel.part.content_type, declared);

    let opened = scene.maker.suite.open(&parcel.part.bytes, &[&scene.office], &[]).unwrap();
    let outer = mail_parser::MessageParser::default().parse(opened.as_slice()).unwrap();
    let kind = outer.content_type().unwrap();
    assert_eq!(kind.attribute("smime-type"), Some("signed-data"));
    let layers = scene.maker.suite.verify(outer.part(0).unwrap().contents(), &[]).unwrap();
    assert_eq!(layers.len(), 1);
    assert_eq!(layers[0].signer, scene.signing.certificate);

    let inner = mail_parser::MessageParser::default().parse(&layers[0].content).unwrap();
    let text = inner.part(1).unwrap().text_contents().unwrap();
    let fields: BTreeMap<&str, &str> =
        text.split("\r\n").filter_map(|line| line.split_once(": ")).collect();
    let replaced =
        |pair: &Pair| format!("{} {}", pair.certificate.serial(), pair.certificate.fingerprint());
    let (signing, agreement) = (replaced(&scene.signing), replaced(&scene.agreement));
    let expected = BTreeMap::from([
        ("Reference", REFERENCE),
        ("Organisation", "ТОВ «Вигадана організація»"),
        ("Code", CODE),
        ("Role", "director"),
        ("Holder", "Вигадана Олена Прикладівна"),
        ("Drfo", "1234567890"),
        ("Email", "olena@example.org"),
        ("Term", "2"),
        ("Start", "2026-12-01"),
        ("Consent", "yes"),
        ("Payment", "invoice"),
        ("Sum", "349.05 UAH"),
        ("Order", "99912345-20261122"),
        ("Responsible", "Прикладний Іван"),
        ("Phone", "+380440000000"),
        ("Blocking-Phrase", "таємна калина"),
        ("Filled-At", "2026-11-22T08:39:54Z"),
        ("Reply-To", "accounts@example.org"),
        ("Replaces-Signing", signing.as_str()),
        ("Replaces-Agreement", agreement.as_str()),
    ]);
    assert_eq!(fields, expected);
    for (index, file) in [(2, "signing.p10"), (3, "agreement.p10")] {
        let part = inner.part(index).unwrap();
        assert_eq!(part.attachment_name(), Some(file));
        let suite: &dyn Suite = &scene.maker.suite;
        let facts = suite.read_request(part.contents()).unwrap();
        assert_eq!(facts.subject, scene.signing.certificate.subject_der());
    }
    assert_eq!(scene.compose(&application).unwrap().document, parcel.document);
}

#[test]
fn what_the_form_has_no_place_for_is_refused_by_name() {
    let mut scene = Scene::new();
    let good = scene.application();
    type Spoil = fn(&mut Application);
    let spoil: [(&str, Spoil); 6] = [
        ("holder.name", |a| a.holder = "Олена\r\nRole: seal".into()),
        ("organisation.code", |a| a.organisation.code = "12 34".into()),
        ("term", |a| a.term = 3),
        ("requests", |a| a.requests.clear()),
        ("requests", |a| a.requests[1].usage = Usage::Signing),
        ("blocking-phrase", |a| a.blocking_phrase = Zeroizing::new(String::new())),
    ];
    for (expected, spoil) in spoil {
        let mut application = good.clone();
        spoil(&mut application);
        match scene.compose(&application) {
            Err(ComposeError::Unfit { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn every_answer_of_the_schema_is_understood() {
    let mut scene = Scene::new();
    let fields = "Answer: delivered\r\nStated-At: 2026-11-22T10:15:00+02:00\r\n\r\nОтримано.";
    let delivered = scene.sealed(&answer(fields, &[]));
    let receipts = scene.interpret(&[delivered]).unwrap();
    assert_eq!(receipts.len(), 1);
    assert_eq!(receipts[0].answers.0, REFERENCE);
    assert_eq!(receipts[0].word, Word::Delivered);
    assert_eq!(receipts[0].text, "Отримано.");
    assert_eq!(receipts[0].stated_at.unwrap().to_string(), "2026-11-22T08:15:00Z");
    assert_eq!(receipts[0].signer, scene.signer.certificate.fingerprint());

    let fields = "Answer: Invoiced\r\nInvoice-Number: 7/26\r\nAmount: 349,05\r\n\
        Currency: UAH\r\nDue: 2026-12-01\r\nX-New: ignored";
    let invoiced = scene.sealed(&answer(fields, &[]));
    let amount = Money { minor: 34_905, currency: "UAH".into() };
    let due = Some("2026-12-01T23:59:59Z".parse::<jiff::Timestamp>().unwrap());
    let due = due.map(|at| Timestamp(at.as_second()));
    let expected = Invoiced {
        number: "7/26".into(),
        order: None,
        dated: None,
        amount,
        vat: None,
        due,
        payee: None,
        pdf: None,
        paid: None,
    };
    assert_eq!(scene.interpret(&[invoiced]).unwrap()[0].word, Word::Invoiced(Box::new(expected)));

    let certificates = vec![scene.issue(Usage::Signing), scene.issue(Usage::Agreement)];
    let granted = scene.sealed(&answer("Answer: granted", &certificates));
    let receipt = scene.interpret(&[granted]).unwrap().remove(0);
    let Word::Granted { certificates: mut found, .. } = receipt.word else {
        panic!("{:?}", receipt.word);
    };
    // A bundle is a SET: it has no order of its own.
    found.sort_by_key(|certificate| certificate.serial());
    assert_eq!(found, certificates);

    let fields = "Answer: refused\r\nRefusal-Code: 17\r\nReason: Прізвище\r\n  не те\r\n\
        Reason: Немає згоди\r\n\r\nЗверніться до нас.";
    let refused = scene.sealed(&answer(fields, &[]));
    let reasons = vec!["Прізвище не те".into(), "Немає згоди".into()];
    let expected = Word::Refused { code: Some("17".into()), reasons };
    assert_eq!(scene.interpret(&[refused]).unwrap()[0].word, expected);
}

#[test]
fn f33_windows_1251_is_read_with_and_without_its_name() {
    let mut scene = Scene::new();
    let text = format!(
        "Reference: {REFERENCE}\r\nCode: {CODE}\r\nAnswer: refused\r\n\
        Reason: Підпис не відповідає сертифікату"
    );
    let bytes = encoding_rs::WINDOWS_1251.encode(&text).0;
    for charset in ["windows-1251", "us-ascii", "utf-8"] {
        let part = scene.sealed(&entity(&bytes, charset, &[]));
        let receipts = scene.interpret(&[part]).unwrap();
        let reasons = vec!["Підпис не відповідає сертифікату".into()];
        assert_eq!(receipts[0].word, Word::Refused { code: None, reasons });
    }
}

#[test]
fn f30_declared_type_is_ignored() {
    let mut scene = Scene::new();
    let sealed = scene.sealed(&answer("Answer: delivered", &[])).bytes;
    let pem = format!("-----BEGIN PKCS7-----\n{}-----END PKCS7-----\n", base64_lines(&sealed));
    for bytes in [sealed.clone(), base64_lines(&sealed).into_bytes(), pem.into(), wrapped(&sealed)]
    {
        for declared in ["application/octet-stream", "text/plain; charset=us-ascii", "image/png"] {
            let mut part = part(declared, bytes.clone());
            part.name = Some("ATT00001.dat".into());
            assert_eq!(scene.interpret(&[part]).unwrap()[0].word, Word::Delivered);
        }
    }
}

/// OpenSSL as an authority's office that we did not write: BER, its own headers, its own choices.
#[test]
fn an_office_with_openssl_reads_us_and_is_read() {
    let mut scene = Scene::new();
    let folder = tempfile::tempdir().unwrap();
    let openssl = |arguments: &str| {
        let status = std::process::Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(folder.path())
            .output()
            .expect("openssl must be installed");
        assert!(status.status.success(), "openssl {arguments}: {status:?}");
        status.stdout
    };
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    for (name, pair) in [("signer", &scene.signer), ("office", &scene.office)] {
        let key = base64_lines(pair.key.pkcs8());
        let key = format!("-----BEGIN PRIVATE KEY-----\n{key}-----END PRIVATE KEY-----\n");
        write(&format!("{name}.pem"), (key + &pair.certificate.pem()).as_bytes());
    }
    write("holder.pem", scene.agreement.certificate.pem().as_bytes());
    write("root.pem", scene.trust.anchors[0].pem().as_bytes());

    let application = scene.application();
    let parcel = scene.compose(&application).unwrap();
    write("parcel", &parcel.part.bytes);
    openssl("cms -decrypt -binary -inform DER -in parcel -recip office.pem -out entity");
    let content = openssl(
        "cms -verify -binary -inform SMIME -in entity -CAfile root.pem -purpose any -attime 1795336794",
    );
    let content = String::from_utf8(content).unwrap();
    assert!(content.contains("Content-Type: application/pkcs10; name=signing.p10"), "{content}");

    write("answer", &answer("Answer: delivered", &[]));
    openssl("cms -sign -binary -nodetach -stream -in answer -signer signer.pem -out signed");
    openssl("cms -encrypt -binary -stream -aes256 -in signed -outform DER -out sealed holder.pem");
    let sealed = std::fs::read(folder.path().join("sealed")).unwrap();
    assert_eq!(sealed[1], 0x80, "a stream is BER of indefinite length");
    let receipts = scene.interpret(&[part("a/b", sealed)]).unwrap();
    assert_eq!(receipts[0].word, Word::Delivered);
}

#[test]
fn f29_what_a_gateway_puts_beside_the_seal_does_not_hide_it() {
    let mut scene = Scene::new();
    let sealed = scene.sealed(&answer("Answer: delivered", &[]));
    let footer = part("text/plain", b"Checked by the gate of example.org".to_vec());
    let mut sealed = sealed;
    sealed.bytes.extend(b"\r\n-- \r\nfooter");
    let foreign = part("application/pkcs7-signature", sealed.bytes[..40].to_vec());
    let receipts = scene.interpret(&[footer.clone(), foreign, sealed, footer]).unwrap();
    assert_eq!(receipts.len(), 1);
}

#[test]
fn layers_may_be_bare_wrapped_and_signed_again() {
    let mut scene = Scene::new();
    let signer = scene.signer.clone();
    let signed = scene.sign(&answer("Answer: delivered", &[]), &signer);
    let bare = scene.envelope(&signed);
    let enveloped = scene.envelope(&wrapped(&signed));
    let triple = scene.sign(&wrapped(&enveloped), &signer);
    let bare_triple = scene.sign(&enveloped, &signer);
    for bytes in [signed, bare, enveloped, triple, bare_triple] {
        let receipts = scene.interpret(&[part("a/b", bytes)]).unwrap();
        assert_eq!(receipts[0].word, Word::Delivered);
    }
}

#[test]
fn f26_only_the_authority_s_signature_counts() {
    let mut scene = Scene::new();
    let certificates = vec![scene.issue(Usage::Signing)];
    let entity = answer("Answer: granted", &certificates);
    let (stranger, signer) = (scene.stranger.clone(), scene.signer.clone());

    let by_stranger = scene.sealed_by(&entity, &stranger);
    let error = scene.interpret(&[by_stranger]).unwrap_err();
    assert!(matches!(error, Unreadable::Untrusted(OpenError::Stranger { .. })), "{error}");

    // Encrypted only; encrypted and then signed outside only; certificates alone.
    let encrypted = scene.envelope(&entity);
    let signed_outside = scene.sign(&encrypted, &signer);
    let bundle = certs_only(&certificates);
    let sealed_bundle = scene.envelope(&bundle);
    for bytes in [encrypted, signed_outside, bundle, sealed_bundle] {
        let error = scene.interpret(&[part("a/b", bytes)]).unwrap_err();
        assert!(matches!(error, Unreadable::Untrusted(_)), "{error}");
    }

    // The signature of one answer over the words of another.
    let mut forged = scene.sign(&answer("Answer: refused\r\nReason: ні", &[]), &signer);
    let at = forged.windows(7).position(|window| window == b"refused").unwrap();
    forged[at..at + 7].copy_from_slice(b"granted");
    let error = scene.interpret(&[part("a/b", forged)]).unwrap_err();
    assert!(matches!(error, Unreadable::Untrusted(OpenError::Crypto(_))), "{error}");
}

#[test]
fn an_answer_for_another_organisation_is_not_ours() {
    let mut scene = Scene::new();
    let text = "Reference: CP-87654321-D-0000042\r\nCode: 87654321\r\nAnswer: delivered";
    let part = scene.sealed(&entity(text.as_bytes(), "utf-8", &[]));
    let error = scene.interpret(&[part]).unwrap_err();
    assert_eq!(error, Unreadable::ForAnother { whom: "87654321".into() });
}

#[test]
fn authentic_nonsense_is_malformed() {
    let mut scene = Scene::new();
    for fields in [
        "Answer: perhaps",
        "Answer: granted",
        "Answer: invoiced\r\nInvoice-Number: 1\r\nAmount: much\r\nCurrency: UAH",
        "Answer: delivered\r\nAnswer: granted",
        "Answer: delivered\r\nCode: 12345678",
        "Answer: delivered\r\nStated-At: yesterday",
        "Words: only",
    ] {
        let part = scene.sealed(&answer(fields, &[]));
        let error = scene.interpret(&[part]).unwrap_err();
        assert!(matches!(error, Unreadable::Malformed { .. }), "{fields}: {error}");
    }
}

#[test]
fn people_s_mail_is_not_judged() {
    let scene = Scene::new();
    let text = part("text/plain", "Доброго дня! Reference: CP-1. Answer: granted".into());
    let fields = part("text/plain", answer("Answer: delivered", &[]));
    assert_eq!(scene.interpret(&[text]), Err(Unreadable::NotOurs));
    assert_eq!(scene.interpret(&[fields]), Err(Unreadable::NotOurs));
    assert_eq!(scene.interpret(&[]), Err(Unreadable::NotOurs));
}

#[test]
fn f50_seals_within_seals_have_an_end() {
    let mut scene = Scene::new();
    let signer = scene.signer.clone();
    let mut bytes = scene.sign(&answer("Answer: delivered", &[]), &signer);
    for _ in 0..15 {
        bytes = scene.sign(&bytes, &signer);
    }
    assert_eq!(scene.interpret(&[part("a/b", bytes.clone())]).unwrap().len(), 1);
    let deeper = scene.sign(&bytes, &signer);
    let error = scene.interpret(&[part("a/b", deeper)]).unwrap_err();
    assert_eq!(error, Unreadable::Untrusted(OpenError::TooDeep { limit: 16 }));

    let many =
        vec![part("a/b", b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02".into()); 70];
    assert!(matches!(scene.interpret(&many), Err(Unreadable::Untrusted(_))));
}

#[test]
fn f50_cut_and_damaged_seals_never_panic() {
    use proptest::test_runner::{Config, TestRunner};
    let mut scene = Scene::new();
    let sealed = scene.sealed(&answer("Answer: delivered", &[]));
    let signer = scene.signer.clone();
    let signed = scene.sign(&answer("Answer: delivered", &[]), &signer);
    let strategy = (
        proptest::bool::ANY,
        proptest::prelude::any::<(proptest::sample::Index, u8, proptest::sample::Index)>(),
    );
    let mut runner = TestRunner::new(Config::with_cases(60));
    let outcome = runner.run(&strategy, |(which, (at, byte, cut))| {
        let mut bytes = if which { sealed.bytes.clone() } else { signed.clone() };
        let place = at.index(bytes.len());
        bytes[place] = byte;
        bytes.truncate(cut.index(bytes.len()) + 1);
        if let Ok(receipts) = scene.interpret(&[part("a/b", bytes)]) {
            // Damage outside what is signed may pass; it must not change what is said.
            proptest::prop_assert!(receipts[0].word == Word::Delivered);
        }
        Ok(())
    });
    outcome.unwrap();
}
