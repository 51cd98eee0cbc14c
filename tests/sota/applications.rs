//! What leaves: parcels, taken apart as `schemas/README.md` describes them.

use certpost::authority::sota::Sota;
use certpost::authority::sota::container::{self, Header, Kind};
use certpost::authority::sota::document::ApplicationDocument;
use certpost::authority::{
    Application, ComposeError, Dialect as _, OrganisationKind, Parcel, Role,
};
use certpost::crypto::{CryptoError, Pair, Suite, Usage};

use crate::authority::{NOW, Sides};
use crate::documents::{NAME, judge};

fn compose(
    sides: &mut Sides,
    application: &Application,
    agreement: Option<&Pair>,
) -> Result<Parcel, ComposeError> {
    let signers = [sides.signing.clone()];
    let recipients = [sides.reader.certificate.clone()];
    Sota.compose(application, &mut sides.sealer(&signers, agreement, &recipients))
}

/// Labels of all levels from outside in, the header, and the document.
fn take_apart(sides: &Sides, parcel: &Parcel) -> (Vec<String>, Header, Vec<u8>) {
    let (mut labels, mut header) = (Vec::new(), Header::default());
    let mut bytes = parcel.part.bytes.clone();
    while container::looks_like(&bytes) {
        let mut next = Vec::new();
        for section in container::read(&bytes).unwrap() {
            labels.push(section.label.to_owned());
            match section.kind() {
                Kind::Header => header = Header::read(section.payload).unwrap(),
                Kind::Certificate => {
                    assert_eq!(section.payload, sides.agreement.certificate.der());
                }
                Kind::Signed => {
                    let layers = sides.suite.verify(section.payload, &[]).unwrap();
                    assert_eq!(layers.len(), 1);
                    assert_eq!(layers[0].signer, sides.signing.certificate);
                    assert_eq!(layers[0].signing_time, Some(NOW));
                    next = layers[0].content.clone();
                }
                Kind::Encrypted => {
                    next =
                        sides.suite.open(section.payload, &[&sides.reader], &[]).unwrap().to_vec();
                }
                Kind::Other => panic!("{}", section.label),
            }
        }
        bytes = next;
    }
    (labels, header, bytes)
}

#[test]
fn the_authority_opens_and_validates_every_application() {
    let mut sides = Sides::new();
    let agreement = sides.agreement.clone();
    for kind in [OrganisationKind::Legal, OrganisationKind::SoleProprietor] {
        for role in [Role::Director, Role::Accountant, Role::Seal, Role::Employee] {
            let application = sides.application(kind, role);
            let parcel = compose(&mut sides, &application, Some(&agreement)).unwrap();
            let (labels, _, document) = take_apart(&sides, &parcel);
            let expected = ["TRANSPORTABLE", "UA1_SIGN", "CERTCRYPT", "UA1_CRYPT", "UA1_SIGN"];
            assert_eq!(labels, expected);
            judge("certificate-application.xsd", &document).unwrap();
            let read = ApplicationDocument::read(&document).unwrap();
            assert_eq!((read.role, read.kind), (role, kind));
            assert_eq!(read.holder, application.holder);
            assert_eq!(*read.blocking_phrase, "синій кит");
            assert_eq!(read.sum, application.sum);
            assert_eq!(read.order, application.order);
            for (row, requested) in read.rows.iter().zip(&application.requests) {
                assert_eq!(row.usage, requested.usage);
                assert_eq!(row.serial, requested.replaces.serial());
                assert_eq!(row.fingerprint, requested.replaces.fingerprint());
                let suite: &dyn Suite = &sides.suite;
                suite.read_request(&row.request).unwrap();
            }
        }
    }
}

#[test]
fn f47_the_attachment_is_named_as_the_document() {
    let mut sides = Sides::new();
    let application = sides.application(OrganisationKind::Legal, Role::Director);
    let parcel = compose(&mut sides, &application, None).unwrap();
    assert_eq!(parcel.document.0, NAME);
    assert_eq!(parcel.part.name.as_deref(), Some(format!("{NAME}.XML").as_str()));
    assert_eq!(parcel.part.content_type, "application/octet-stream");
    assert!(parcel.subject.contains(NAME) && parcel.text.contains(NAME));
    let again = compose(&mut sides, &application, None).unwrap();
    assert_eq!(again.document, parcel.document);
}

#[test]
fn the_header_has_the_keys_of_the_field() {
    let mut sides = Sides::new();
    let application = sides.application(OrganisationKind::Legal, Role::Director);
    let parcel = compose(&mut sides, &application, None).unwrap();
    let (labels, header, _) = take_apart(&sides, &parcel);
    // Without an agreement pair nothing travels beside the envelope.
    assert_eq!(labels, ["TRANSPORTABLE", "UA1_SIGN", "UA1_CRYPT", "UA1_SIGN"]);
    for (key, value) in [
        ("CERTYPE", "UA1"),
        ("RCV_NAME", "ТОВ «Ґанок & Їжак» №1"),
        ("PRG_TYPE", "CERTPOST"),
        ("SND_DATE", "20261122100000"),
        ("FILENAME", &format!("{NAME}.XML")),
        ("EDRPOU", "33300000"),
        ("RCV_EMAIL", "proba@example.org"),
        ("ENCODING", "WIN"),
    ] {
        assert_eq!(header.get(key), Some(value), "{key}");
    }
}

#[test]
fn the_month_is_the_month_in_kyiv() {
    let mut sides = Sides::new();
    let mut application = sides.application(OrganisationKind::Legal, Role::Director);
    // 2026-11-30T22:30:00Z is December in Kyiv.
    application.filled_at = certpost::time::Timestamp(1_796_077_800);
    let parcel = compose(&mut sides, &application, None).unwrap();
    assert_eq!(parcel.document.0, NAME.replace("112026", "122026"));
}

type Spoil = fn(&mut Application);

#[test]
fn data_that_the_form_cannot_hold_are_named() {
    let cases: [(Spoil, &str); 19] = [
        (|a| a.organisation.name = "ТОВ Обʼєднання".into(), "organisation.name"),
        (|a| a.organisation.name = " ".into(), "organisation.name"),
        (|a| a.organisation.name = "ТОВ\r\nEDRPOU=1".into(), "organisation.name"),
        (|a| a.organisation.code = "333".into(), "organisation.code"),
        (|a| a.organisation.region = 100, "organisation.region"),
        (|a| a.organisation.district = 100, "organisation.district"),
        (|a| a.organisation.responsible = String::new(), "organisation.responsible"),
        (|a| a.organisation.phone = "подзвоніть".into(), "organisation.phone"),
        (|a| a.email = "eva".into(), "holder.email"),
        (|a| a.reply_to = "a@b@c".into(), "mailbox.address"),
        (|a| a.drfo = None, "holder.drfo"),
        (|a| a.drfo = Some("12345".into()), "holder.drfo"),
        (|a| a.term = 3, "holder.term"),
        (|a| a.sum.minor = -1, "price"),
        (|a| a.sequence = 10_000_000, "sequence"),
        (|a| a.order = String::new(), "order"),
        (|a| a.order = "33300000 20261122".into(), "order"),
        (|a| a.requests[1].usage = Usage::Signing, "holder.usages"),
        (|a| a.requests.clear(), "holder.usages"),
    ];
    let mut sides = Sides::new();
    for (index, (spoil, field)) in cases.into_iter().enumerate() {
        let mut application = sides.application(OrganisationKind::Legal, Role::Director);
        spoil(&mut application);
        match compose(&mut sides, &application, None) {
            Err(ComposeError::Unfit { field: told, .. }) => assert_eq!(told, field, "{index}"),
            other => panic!("{index}: {other:?}"),
        }
    }
}

#[test]
fn a_refusal_to_compose_never_tells_the_blocking_phrase() {
    let mut sides = Sides::new();
    let mut application = sides.application(OrganisationKind::Legal, Role::Director);
    *application.blocking_phrase = "білий ʼ ведмідь".into();
    let error = compose(&mut sides, &application, None).unwrap_err().to_string();
    assert!(error.starts_with("holder.blocking-phrase: "), "{error}");
    assert!(!error.contains("ведмідь"), "{error}");
}

#[test]
fn a_parcel_that_no_letter_can_carry_is_refused() {
    let mut sides = Sides::new();
    let mut application = sides.application(OrganisationKind::Legal, Role::Director);
    application.requests[0].request = vec![7; 6 * 1024 * 1024];
    let error = compose(&mut sides, &application, None).unwrap_err();
    assert!(matches!(error, ComposeError::Unfit { field: "requests", .. }), "{error}");
}

#[test]
fn without_a_signer_or_a_recipient_there_is_no_parcel() {
    let mut sides = Sides::new();
    let application = sides.application(OrganisationKind::Legal, Role::Director);
    let (signers, recipients) = ([sides.signing.clone()], [sides.reader.certificate.clone()]);
    let missing = |result: Result<Parcel, ComposeError>| {
        let error = result.unwrap_err();
        assert!(matches!(error, ComposeError::Crypto(CryptoError::KeyMismatch { .. })), "{error}");
    };
    missing(Sota.compose(&application, &mut sides.sealer(&[], None, &recipients)));
    missing(Sota.compose(&application, &mut sides.sealer(&signers, None, &[])));
}
