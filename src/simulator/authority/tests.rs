//! What the authority writes is what `schemas/` says: `xmllint` judges.

use std::process::Command;
use std::sync::Arc;

use encoding_rs::WINDOWS_1251;
use rand_core::SeedableRng as _;

use super::petition::{Answer, Petition, Saying};
use super::{Invoice, Item, Keys, sota};
use crate::authority::Role;
use crate::crypto::Suite;
use crate::crypto::international::International;
use crate::exchange::Money;
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp(1_795_330_800);

fn petition(keys: &Keys) -> Petition {
    Petition {
        number: "26500099912345J1900101100000000711120262650".into(),
        code: "99912345".into(),
        organisation: "ТОВ «Проба» & <сини>".into(),
        role: Role::Director,
        holder: "Яременко Остап Ількович".into(),
        drfo: Some("9123456789".into()),
        term: 2,
        start: jiff::civil::date(2026, 11, 22),
        sum: Money { minor: 34_900, currency: "UAH".into() },
        asks_invoice: false,
        order: "99912345-20261122".into(),
        asks: Vec::new(),
        signer: keys.signer.certificate.clone(),
        reply_to: "office@proba.example".into(),
    }
}

fn assert_valid(schema: &str, document: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("document.xml");
    std::fs::write(&path, WINDOWS_1251.encode(document).0).unwrap();
    let schema = format!("{}/schemas/{schema}", env!("CARGO_MANIFEST_DIR"));
    let judged = Command::new("xmllint")
        .args(["--noout", "--schema", &schema])
        .arg(&path)
        .output()
        .expect("xmllint is missing: apt-get install libxml2-utils");
    let words = String::from_utf8_lossy(&judged.stderr);
    assert!(judged.status.success(), "{words}\n{document}");
}

#[test]
fn every_answer_is_valid_against_its_schema() {
    let mut chance = rand_chacha::ChaCha20Rng::seed_from_u64(1);
    let suite: Arc<dyn Suite> = Arc::new(International::default());
    let keys = Keys::make(suite.as_ref(), "АЦСК", "99900001", NOW, &mut chance).unwrap();
    let petition = petition(&keys);
    let reasons = vec!["Немає оплати".to_owned(), "Строк < 1 & > 2".to_owned()];
    let refused = |at_once, code: Option<&str>| {
        let code = code.map(str::to_owned);
        Saying::Refused { code, reasons: reasons.clone(), at_once }
    };
    let day = jiff::civil::date(2026, 11, 22);
    let item = |last: u8, sum| Item { document: format!("{}{last}", &petition.number[..42]), sum };
    let bill = Invoice {
        number: "СФ-000001".into(),
        order: petition.order.clone(),
        code: petition.code.clone(),
        payer: petition.organisation.clone(),
        items: vec![item(0, 34_905), item(1, 17_450)],
        currency: "UAH".into(),
        leaves: NOW,
        has_left: true,
        dated: day,
        due: day.saturating_add(jiff::Span::new().days(7)),
        paid: None,
        confirmed: None,
    };
    let paid = Invoice { confirmed: Some(NOW), ..bill.clone() };
    let certificates = vec![keys.root.certificate.clone()];
    let sayings = [
        ("receipt.xsd", Saying::Delivered),
        ("receipt.xsd", refused(true, None)),
        ("receipt.xsd", refused(false, Some("PRICE"))),
        ("receipt.xsd", Saying::Granted { certificates, registration: "9260000007".into() }),
        ("invoice.xsd", Saying::Invoice(bill)),
        ("invoice.xsd", Saying::Invoice(paid)),
    ];
    for (schema, saying) in &sayings {
        let answer = Answer {
            petition: &petition,
            saying,
            code: &petition.code,
            issuer: "АЦСК «Симулятор»",
            issuer_code: "99900001",
            at: NOW,
        };
        assert_valid(schema, &sota::document(&answer).0);
    }
}
