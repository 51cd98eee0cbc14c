//! Scenes on the disk: what a plot wishes stands in the configuration, in the certificates and in
//! what the other side knows.

use certpost::assemble;
use certpost::authority::{OrganisationKind, Payment, Role};
use certpost::config::Config;
use certpost::crypto::{Certificate, Usage};
use certpost::engine::ports::Vault as _;
use certpost::simulator::scene::{Account, Mail, Plot, Scene, Wish};
use certpost::simulator::settings::Settings;
use certpost::time::Span;

use crate::company::NOW;

fn account(name: &str) -> Account {
    Account { address: format!("{name}@proba.example"), password: name.into() }
}

fn set(plot: &Plot) -> (tempfile::TempDir, Scene, Config) {
    let folder = tempfile::tempdir().unwrap();
    let mail = Mail {
        host: "localhost".into(),
        smtp_port: 1,
        imap_port: 2,
        tls: "implicit",
        ca_pem: String::new(),
        agent: account("agent"),
        authority: account("authority"),
    };
    let scene = Scene::set(folder.path(), plot, &mail, NOW).unwrap();
    let text = std::fs::read_to_string(&scene.config).unwrap();
    let config = Config::read(&text, folder.path());
    let config = config.unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    (folder, scene, config)
}

#[test]
fn wishes_are_heard() {
    let wish = |holder, payment, term, days_left| Wish { holder, payment, term, days_left };
    let (_folder, scene, config) = set(&Plot {
        tax_office: Some(account("zvit")),
        form_version: 3,
        wishes: vec![
            wish("director", Payment::Invoice, 1, Some(12)),
            wish("seal", Payment::Online, 2, None),
        ],
        ..Plot::default()
    });
    let payments: Vec<_> = config.holders.iter().map(|one| (one.payment, one.term)).collect();
    let usual = (Payment::Prepaid, 2);
    assert_eq!(payments, [(Payment::Invoice, 1), usual, (Payment::Online, 2), usual]);
    assert_eq!(scene.company.holders[0].days_left, 12);
    let vault = assemble::vault(&config).unwrap();
    let held = vault.certificates("director").unwrap();
    assert!(held.iter().all(|one| one.certificate.not_after() == NOW + Span::days(12)));
    let office = config.tax_office.as_ref().unwrap();
    assert_eq!(office.version, 3);
    assert_eq!(office.officials, [Role::Director, Role::Accountant, Role::Seal]);
    // The office knows the director's signing certificate, and its root is pinned.
    let (ca, tax) = scene.tax.unwrap();
    let signing = held.iter().find(|one| one.usage == Usage::Signing).unwrap();
    let status = tax.register.status(&scene.company.code).unwrap();
    assert_eq!(status.head, signing.certificate);
    let pinned = config.authorities.iter().find(|one| one.name == office.authority).unwrap();
    let [signer] = &pinned.signers[..] else { panic!("{:?}", pinned.signers) };
    let signer = Certificate::read(&std::fs::read(signer).unwrap()).unwrap();
    assert_eq!(signer, tax.keys.signer.certificate);
    // Both configurations of the other side open, keys and all.
    for ca in [ca, scene.ca] {
        Settings::read(&ca).unwrap().open().unwrap();
    }
}

#[test]
fn without_a_tax_office_nothing_is_said_of_one() {
    let (_folder, scene, config) = set(&Plot::default());
    assert!(config.tax_office.is_none() && scene.tax.is_none());
    assert!(!scene.folder.join("tax").exists());
}

#[test]
fn a_sole_proprietor_is_one_holder_with_one_code() {
    for suite in ["international", "ukrainian"] {
        let (_folder, scene, config) = set(&Plot {
            kind: OrganisationKind::SoleProprietor,
            suite: suite.into(),
            tax_office: Some(account("zvit")),
            ..Plot::default()
        });
        let organisation = &config.organisation;
        assert_eq!(organisation.kind, OrganisationKind::SoleProprietor);
        assert!(organisation.code.len() == 10 && organisation.code.starts_with('9'));
        let [holder] = &config.holders[..] else { panic!("{} holders", config.holders.len()) };
        assert_eq!(holder.role, Role::Director);
        assert_eq!(holder.drfo.as_ref(), Some(&organisation.code));
        assert_eq!(config.tax_office.unwrap().officials, [Role::Director]);
        assert!(scene.tax.unwrap().1.register.status(&organisation.code).is_some());
    }
}
