//! What the authority took back is not believed, on either suite; lists that can't be used are told.

use std::path::Path;

use certpost::assemble::{self, Lists};
use certpost::config::Config;
use certpost::crypto::issue::revocation_list;
use certpost::crypto::revocation::RevocationList;
use certpost::crypto::{Certificate, Pair, ber};
use certpost::exchange::{Obstacle, StageName};
use certpost::report::Language;
use certpost::simulator::authority::Manners;
use certpost::simulator::scene::{Account, Mail, Plot, Scene};
use certpost::time::{Span, Timestamp};

use crate::stage::*;

const SUITES: [&str; 2] = ["international", "ukrainian"];

fn everywhere(check: impl Fn(&dyn Fn() -> Play)) {
    for suite in SUITES {
        for dialect in DIALECTS {
            check(&|| Play::sent_on(dialect, suite));
        }
    }
}

/// A list of `issuer` that ends in a week.
fn list(play: &mut Play, issuer: &Pair, revoked: &[&Certificate]) -> RevocationList {
    let revoked: Vec<_> = revoked.iter().map(|one| (*one, NOON - Span::days(1))).collect();
    let updates = (NOON - Span::days(2), NOON + Span::days(7));
    revocation_list(issuer, &revoked, 1, updates, play.suite.as_ref(), &mut play.chance).unwrap()
}

fn put(play: &mut Play, list: RevocationList) {
    play.engine.setup.authorities[0].trust.revocations = vec![list];
}

#[test]
fn f26_a_revoked_signer_is_not_believed() {
    everywhere(|sent| {
        let mut play = sent();
        let keys = play.founded("first").keys;
        let [first, second] = play.honest(0);
        // Nothing against this signer: believed.
        let other = list(&mut play, &keys.root, &[&keys.agreement.certificate]);
        put(&mut play, other);
        play.deliver(&first);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Acknowledged);

        let signer = &keys.signer.certificate;
        let against = list(&mut play, &keys.root, &[signer]);
        put(&mut play, against);
        play.deliver(&second);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Acknowledged);
        let reason = play.quarantined(&second);
        let words = format!("(serial {}) was revoked at", signer.serial());
        assert!(reason.contains(&words), "{reason}");
        play.nothing_more();
    });
}

#[test]
fn f27_a_revoked_successor_of_the_signer_is_not_believed() {
    everywhere(|sent| {
        let mut play = sent();
        let keys = play.founded("first").keys;
        let validity = (NOON - Span::days(1), NOON + Span::days(300));
        let subject = keys.signer.certificate.subject_der().to_vec();
        let successor = play.issued(subject, validity);
        let letter = play.signed_by(successor.clone())[0].letter();
        let against = list(&mut play, &keys.root, &[&successor.certificate]);
        put(&mut play, against);
        play.deliver(&letter);
        play.round();
        let reason = play.quarantined(&letter);
        assert!(reason.contains("was revoked at"), "{reason}");
        assert_eq!(play.stage("director-1"), StageName::Sent);

        // The very same one is believed when nothing stands against it.
        let nothing = list(&mut play, &keys.root, &[]);
        put(&mut play, nothing);
        let letter = play.signed_by(successor)[0].named("again");
        play.deliver(&letter);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Acknowledged);
    });
}

#[test]
fn a_list_that_the_authority_did_not_sign_stops_and_is_told() {
    everywhere(|sent| {
        let mut play = sent();
        let keys = play.founded("first").keys;
        let liar = Pair {
            key: play.founded("second").keys.root.key,
            certificate: keys.root.certificate.clone(),
        };
        let forged = list(&mut play, &liar, &[]);
        put(&mut play, forged);
        let [first, _] = play.honest(0);
        play.deliver(&first);
        play.round();
        let reason = play.quarantined(&first);
        assert!(reason.contains("was not signed by it"), "{reason}");
    });
}

#[test]
fn f25_a_granted_certificate_that_was_revoked_is_not_installed() {
    everywhere(|sent| {
        // The same seed twice: what the one installs the other is granted.
        let mut twin = sent();
        let [first, second] = twin.honest(0);
        twin.deliver(&first);
        twin.deliver(&second);
        twin.round();
        let granted = twin.engine.vault.certificates("director").unwrap();
        let granted = &granted.iter().find(|one| one.usage == USAGE).unwrap().certificate;

        let mut play = sent();
        let old = play.in_place("director");
        let root = play.founded("first").keys.root;
        let answers = play.honest(0);
        let against = list(&mut play, &root, &[granted]);
        put(&mut play, against);
        for answer in &answers {
            play.deliver(answer);
        }
        play.round();
        let (obstacle, was) = play.stalled("director-1");
        let Obstacle::Installation(problem) = obstacle else { panic!("{obstacle:?}") };
        assert_eq!((problem.label.as_str(), was), ("certificate-revoked", StageName::Granted));
        let words = format!("(serial {}) was revoked at", granted.serial());
        assert!(problem.detail.contains(&words), "{}", problem.detail);
        assert_eq!(play.in_place("director"), old);
    });
}

const USAGE: certpost::crypto::Usage = certpost::crypto::Usage::Signing;

/// A made-up organisation whose configuration names one list.
fn scene(folder: &Path, suite: &str) -> Scene {
    let account =
        |name: &str| Account { address: format!("{name}@b.example"), password: "x".into() };
    let mail = Mail {
        host: "localhost".into(),
        smtp_port: 1,
        imap_port: 1,
        tls: "implicit",
        ca_pem: String::new(),
        agent: account("agent"),
        authority: account("authority"),
    };
    let plot = Plot {
        seed: 7,
        profile: "smime".into(),
        suite: suite.into(),
        language: Language::En,
        manners: Manners::default(),
        ..Plot::default()
    };
    let scene = Scene::set(folder, &plot, &mail, NOON).unwrap();
    let config = std::fs::read_to_string(&scene.config).unwrap();
    let with_list =
        config.replace("recipients = ", "revocation-lists = [\"list.crl\"]\nrecipients = ");
    std::fs::write(&scene.config, with_list).unwrap();
    scene
}

fn made(scene: &mut Scene, at: Timestamp) -> RevocationList {
    let keys = &scene.authority.keys;
    let revoked = [(&keys.signer.certificate, at)];
    let updates = (at, at + Span::days(7));
    let suite = scene.authority.suite.as_ref();
    revocation_list(&keys.root, &revoked, 1, updates, suite, &mut scene.chance).unwrap()
}

#[test]
fn lists_are_read_from_files_and_read_again_when_they_change() {
    for suite in SUITES {
        let folder = tempfile::tempdir().unwrap();
        let mut scene = scene(folder.path(), suite);
        let path = folder.path().join("list.crl");
        let text = std::fs::read_to_string(&scene.config).unwrap();
        let config = Config::read(&text, folder.path()).unwrap();
        let fails = || assemble::setup(&config).err().unwrap().to_string();
        let begins = format!("authority.simulator.revocation-lists: {}: ", path.display());

        assert!(fails().starts_with(&begins), "{}", fails());
        std::fs::write(&path, b"not a list").unwrap();
        assert!(fails().contains("not a usable revocation list"), "{}", fails());
        let first = made(&mut scene, NOON - Span::days(10));
        let at = first.der().len() - 1;
        let mut spoiled = first.der().to_vec();
        spoiled[at] ^= 1;
        std::fs::write(&path, spoiled).unwrap();
        assert!(fails().contains("who did not sign it"), "{}", fails());
        let stranger = {
            let keys = &scene.authority.keys;
            let updates = (NOON, NOON + Span::days(7));
            let suite = scene.authority.suite.as_ref();
            revocation_list(&keys.signer, &[], 1, updates, suite, &mut scene.chance).unwrap()
        };
        std::fs::write(&path, stranger.der()).unwrap();
        assert!(fails().contains("who is not among the anchors"), "{}", fails());

        std::fs::write(&path, ber::wrap_pem("X509 CRL", first.der())).unwrap();
        let mut lists = Lists::watch(&config);
        let mut setup = assemble::setup(&config).unwrap();
        assert_eq!(setup.authorities[0].trust.revocations, std::slice::from_ref(&first));
        let troubles = |lists: &mut Lists, setup: &mut _| {
            let troubles = lists.refresh(&config, setup, NOON);
            troubles.into_iter().map(|one| (one.label, one.detail)).collect::<Vec<_>>()
        };
        let told = troubles(&mut lists, &mut setup);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].0, "revocation-stale");

        // A download that broke off: the earlier list counts, and both things are told.
        std::fs::write(&path, &first.der()[..100]).unwrap();
        let told = troubles(&mut lists, &mut setup);
        let labels: Vec<_> = told.iter().map(|(label, _)| label.as_str()).collect();
        assert_eq!(labels, ["revocation-unreadable", "revocation-stale"]);
        assert_eq!(troubles(&mut lists, &mut setup), told, "as long as it lasts");
        assert_eq!(setup.authorities[0].trust.revocations, [first]);

        let second = made(&mut scene, NOON);
        std::fs::write(&path, second.der()).unwrap();
        assert_eq!(troubles(&mut lists, &mut setup), []);
        assert_eq!(setup.authorities[0].trust.revocations, [second]);
    }
}
