//! Mail servers that renumber, lose, hang and refuse: the real carrier against the post office.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use certpost::carrier::post::{Limits, Login, Post, PostSettings, Server, Tls};
use certpost::exchange::{Stage, StageName};
use certpost::simulator::office::{END_OF_DATA, GREETING, Office, Protocol, Times};
use certpost::store::Fate;
use certpost::time::Span;
use zeroize::Zeroizing;

use crate::clients::{self, AGENT as ADDRESS, AGENT_PASSWORD, CA};
use crate::stage::*;

type Password = Arc<Mutex<String>>;

fn server(office: &Office, port: u16, password: &Password) -> Server {
    let password = Arc::clone(password);
    Server {
        host: "127.0.0.1".into(),
        port,
        tls: Tls::Implicit,
        ca: Some(office.ca_pem().as_bytes().to_vec()),
        user: ADDRESS.into(),
        login: Login::Password(Box::new(move || {
            Ok(Zeroizing::new(password.lock().unwrap().clone()))
        })),
    }
}

/// A play whose post goes through a real carrier and real sockets. `patience` of the carrier
/// itself is long, except where a server is to be waited out.
fn with_office(dialect: &str, patience: Duration) -> (Play, Office, Password) {
    let limits =
        Limits { connect: patience, command: patience, last_reply: patience, ..Limits::default() };
    with_limits(dialect, limits)
}

fn with_limits(dialect: &str, limits: Limits) -> (Play, Office, Password) {
    let office = clients::office();
    let password: Password = Arc::new(Mutex::new(AGENT_PASSWORD.into()));
    let mut play = Play::director_only(dialect);
    play.engine.setup.address = ADDRESS.into();
    play.engine.setup.authorities[0].address = CA.into();
    play.engine.carrier = Box::new(
        Post::new(PostSettings {
            address: ADDRESS.into(),
            smtp: server(&office, office.smtp_port(), &password),
            imap: server(&office, office.imap_port(), &password),
            folders: vec!["INBOX".into(), "Junk".into()],
            move_to: None,
            limits,
        })
        .unwrap(),
    );
    (play, office, password)
}

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(250);

fn sent(dialect: &str) -> (Play, Office) {
    let (mut play, office, _) = with_office(dialect, LONG);
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Sent);
    (play, office)
}

fn answers(play: &mut Play, office: &Office) -> [Vec<u8>; 2] {
    play.honest_to(&office.sent_log()[0].bytes)
}

fn labels(round: &certpost::engine::Round) -> Vec<&str> {
    round.troubles.iter().map(|one| one.label.as_str()).collect()
}

/// What a person's mail program says to the server.
fn as_a_person(office: &Office, commands: &str) {
    let script = format!("{}a SELECT INBOX\r\n{commands}z LOGOUT\r\n", clients::hello_imap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let said = runtime.block_on(clients::talk(office, office.imap_port(), &script));
    assert!(said.contains("z OK"), "{said}");
}

#[test]
fn f04_a_renumbered_mailbox_brings_nothing_twice_and_loses_nothing() {
    for dialect in DIALECTS {
        let (mut play, office) = sent(dialect);
        let [first, second] = answers(&mut play, &office);
        let people = raw("From: a@example.org\r\nSubject: x", "Привіт");
        for letter in [&people, &first] {
            office.deliver(ADDRESS, "INBOX", letter).unwrap();
        }
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Acknowledged);
        let before = play.picture();
        office.renumber(ADDRESS, "INBOX").unwrap();
        play.round();
        play.round();
        assert_eq!(play.picture(), before, "nothing twice");
        // A new letter lies among renumbered old ones, with the UID that an old one had.
        office.renumber(ADDRESS, "INBOX").unwrap();
        office.deliver(ADDRESS, "INBOX", &second).unwrap();
        office.renumber(ADDRESS, "INBOX").unwrap();
        play.round();
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect}");
        assert_eq!(play.picture().arrivals.len(), 3);
        play.nothing_more();
    }
}

#[test]
fn f07_letters_that_a_person_has_read_count() {
    for dialect in DIALECTS {
        let (mut play, office) = sent(dialect);
        for letter in answers(&mut play, &office) {
            office.deliver(ADDRESS, "INBOX", &letter).unwrap();
        }
        as_a_person(&office, "b UID STORE 1:* +FLAGS (\\Seen)\r\n");
        assert!(
            office.kept(ADDRESS, "INBOX").iter().all(|one| one.flags.contains(&"\\Seen".into()))
        );
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect}");
        play.nothing_more();
    }
}

#[test]
fn f05_letters_that_vanish_hold_nothing_up() {
    for dialect in DIALECTS {
        let (mut play, office) = sent(dialect);
        let [first, second] = answers(&mut play, &office);
        let gone = office.deliver(ADDRESS, "INBOX", b"Subject: gone\r\n\r\nx\r\n").unwrap();
        office.deliver(ADDRESS, "INBOX", &first).unwrap();
        assert!(office.remove(ADDRESS, "INBOX", gone).unwrap());
        office.faults().phantoms(3, Times::Next(1));
        play.round();
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Acknowledged, "{dialect}");
        office.deliver(ADDRESS, "INBOX", &second).unwrap();
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect}");
        play.nothing_more();
    }
}

#[test]
fn f08_a_receipt_that_a_filter_moved_to_junk_counts() {
    for dialect in DIALECTS {
        let (mut play, office) = sent(dialect);
        let [first, second] = answers(&mut play, &office);
        office.deliver(ADDRESS, "INBOX", &first).unwrap();
        as_a_person(&office, "b UID MOVE 1 Junk\r\n");
        assert_eq!(office.letters(ADDRESS, "Junk").len(), 1);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Acknowledged, "{dialect}");
        // Back again, by a person who means well: known.
        office.deliver(ADDRESS, "INBOX", &first).unwrap();
        assert_eq!(play.round().filed, 0);
        office.deliver(ADDRESS, "Junk", &second).unwrap();
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed);
        play.nothing_more();
    }
}

#[test]
fn f21_a_post_office_that_is_gone_is_tried_again_up_the_ladder() {
    let (mut play, office, _) = with_office("sota", LONG);
    assert!(office.faults().outage(true));
    for wait in [5, 15] {
        assert_eq!(labels(&play.round()), ["imap-unreachable", "smtp-unreachable"]);
        let Stage::Prepared { dispatch } = play.exchange("director-1").stage else { panic!() };
        assert_eq!(dispatch.retry.not_before, Some(play.now + Span::minutes(wait)));
        assert_eq!(labels(&play.round()), ["imap-unreachable"], "not before its time");
        play.now = play.now + Span::minutes(wait);
    }
    assert!(office.faults().outage(false));
    assert_eq!(labels(&play.round()), Vec::<&str>::new());
    assert_eq!(play.stage("director-1"), StageName::Sent);
    assert_eq!(office.sent_log().len(), 1);
}

#[test]
fn f13_a_wrong_password_is_told_and_nothing_is_lost() {
    for dialect in DIALECTS {
        let (mut play, office, password) = with_office(dialect, LONG);
        *password.lock().unwrap() = "wrong".into();
        let round = play.round();
        assert_eq!(labels(&round), ["imap-login", "smtp-login"]);
        assert!(round.troubles.iter().all(|one| !one.detail.contains("wrong")), "no secret");
        assert_eq!(play.stage("director-1"), StageName::Prepared);
        *password.lock().unwrap() = AGENT_PASSWORD.into();
        play.now = play.now + Span::minutes(5);
        assert_eq!(labels(&play.round()), Vec::<&str>::new());
        assert_eq!(play.stage("director-1"), StageName::Sent);
        // While it is wrong again, the answers wait in the mailbox.
        *password.lock().unwrap() = "wrong".into();
        for letter in answers(&mut play, &office) {
            office.deliver(ADDRESS, "INBOX", &letter).unwrap();
        }
        // The carrier may still hold its old session; the server ends it.
        assert!(office.faults().outage(true) && office.faults().outage(false));
        assert_eq!(labels(&play.round()), ["imap-login"]);
        *password.lock().unwrap() = AGENT_PASSWORD.into();
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect}");
        play.nothing_more();
    }
}

#[test]
fn f01_a_lost_250_is_uncertain_and_the_same_bytes_go_again_only_after_patience() {
    for dialect in DIALECTS {
        let (mut play, office, _) = with_office(dialect, LONG);
        office.faults().lose_acceptance(Times::Next(1));
        assert_eq!(labels(&play.round()), ["smtp-uncertain"]);
        let Stage::Sent { certain, until, .. } = play.exchange("director-1").stage else {
            panic!("{:?}", play.stage("director-1"))
        };
        assert!(!certain);
        for at in [play.now, play.now + Span::minutes(10), until - Span::seconds(1)] {
            play.now = at;
            play.round();
            assert_eq!(office.sent_log().len(), 1, "not before patience ends");
        }
        play.now = until;
        play.round();
        let log = office.sent_log();
        assert_eq!(log.len(), 2, "{dialect}");
        assert_eq!(log[0].bytes, log[1].bytes);
        let Stage::Sent { certain: true, dispatch, .. } = play.exchange("director-1").stage else {
            panic!("{:?}", play.stage("director-1"))
        };
        assert_eq!(dispatch.sends, 2);
        // Either copy may be the one that is answered.
        let [_, second] = answers(&mut play, &office);
        office.deliver(ADDRESS, "INBOX", &second).unwrap();
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed);
    }
}

#[test]
fn f11_servers_that_accept_and_say_nothing_are_left_after_a_deadline() {
    let (mut play, office, _) = with_office("smime", SHORT);
    let faults = office.faults();
    faults.hang(Protocol::Imap, GREETING, Times::UntilCleared);
    faults.silent(Protocol::Smtp, Times::UntilCleared);
    let round = play.round();
    assert_eq!(labels(&round), ["imap-timeout", "smtp-unreachable"], "{:?}", round.troubles);
    assert_eq!(play.stage("director-1"), StageName::Prepared);
    faults.clear();
    // From here on the office is well again, and what it does must not be a race.
    let (healthy, office, _) = with_office("smime", LONG);
    play.engine.carrier = healthy.engine.carrier;
    play.now = play.now + Span::minutes(5);
    assert_eq!(labels(&play.round()), Vec::<&str>::new());
    assert_eq!(office.sent_log().len(), 1);
    assert_eq!(play.stage("director-1"), StageName::Sent);
}

#[test]
fn f01_silence_after_the_last_dot_is_uncertain() {
    let (mut play, office, _) = with_office("sota", LONG);
    office.faults().drop_after(Protocol::Smtp, END_OF_DATA, Times::Next(1));
    play.round();
    let Stage::Sent { certain, .. } = play.exchange("director-1").stage else { panic!() };
    assert!(!certain);
    // The letter had arrived, and its answer counts.
    for letter in answers(&mut play, &office) {
        office.deliver(ADDRESS, "INBOX", &letter).unwrap();
    }
    play.round();
    assert_eq!(play.stage("director-1"), StageName::Installed);
    assert_eq!(office.sent_log().len(), 1);
}

#[test]
fn f50_a_letter_over_the_carriers_limit_is_told_by_its_header() {
    for dialect in DIALECTS {
        let limits = Limits { letter_bytes: 50_000, ..Limits::default() };
        let (mut play, office, _) = with_limits(dialect, limits);
        play.round();
        let [first, _] = answers(&mut play, &office);
        let large = raw("From: a@example.org\r\nSubject: large", &"x".repeat(100_000));
        for letter in [&large, &first] {
            office.deliver(ADDRESS, "INBOX", letter).unwrap();
        }
        assert_eq!(play.round().filed, 2);
        assert_eq!(play.stage("director-1"), StageName::Acknowledged, "{dialect}");
        let arrivals = play.picture().arrivals;
        let told = arrivals.iter().find(|one| one.subject == "large").unwrap();
        let Fate::Quarantined { reason } = &told.fate else { panic!("{:?}", told.fate) };
        assert!(reason.starts_with(&format!("the letter has {} bytes", large.len())), "{reason}");
        office.renumber(ADDRESS, "INBOX").unwrap();
        play.round();
        play.nothing_more();
        assert_eq!(play.picture().arrivals, arrivals, "known when it comes again");
    }
}
