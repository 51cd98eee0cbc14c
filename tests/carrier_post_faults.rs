//! The post carrier against servers that misbehave by script.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/fake.rs"]
mod fake;

#[path = "support/post.rs"]
mod post;

use std::time::Duration;

use certpost::carrier::post::{Limits, Login, Post, PostSettings, Server, Tls};
use certpost::engine::ports::{Carrier, Collected};
use fake::{Fake, Talk};
use post::{labelled, letter, letters};
use proptest::prelude::*;
use zeroize::Zeroizing;

const HOUR: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(200);
/// Short, though enough for what must succeed before.
const ONE_SECOND: Duration = Duration::from_secs(1);

fn server(port: u16, tls: Tls, ca: &[u8]) -> Server {
    Server {
        host: "localhost".into(),
        port,
        tls,
        ca: Some(ca.to_vec()),
        user: "box@test.example".into(),
        login: Login::Password(Box::new(|| Ok(Zeroizing::new("secret".into())))),
    }
}

fn settings(smtp: u16, imap: u16, tls: Tls, ca: &[u8]) -> PostSettings {
    PostSettings {
        address: "box@test.example".into(),
        smtp: server(smtp, tls, ca),
        imap: server(imap, tls, ca),
        folders: vec!["INBOX".into()],
        move_to: None,
        limits: Limits {
            connect: Duration::from_secs(20),
            command: Duration::from_secs(20),
            last_reply: SHORT,
            ..Limits::default()
        },
    }
}

/// A carrier whose servers are the fakes on `smtp` and `imap`.
fn post_at(smtp: u16, imap: u16, tls: Tls, ca: &[u8]) -> Post {
    Post::new(settings(smtp, imap, tls, ca)).unwrap()
}

/// The same with a short patience, where nothing will come anyway.
fn impatient(smtp: u16, imap: u16, tls: Tls, ca: &[u8], patience: Duration) -> Post {
    let mut settings = settings(smtp, imap, tls, ca);
    settings.limits.connect = patience;
    settings.limits.command = patience;
    Post::new(settings).unwrap()
}

#[test]
fn f11_a_server_that_says_nothing_does_not_hold_us() {
    for tls in [Tls::Implicit, Tls::Starttls] {
        let silent = Fake::plain(vec![fake::silence(), fake::silence()]);
        let mut post = impatient(silent.port, silent.port, tls, &fake::identity().0, SHORT);
        let (fate, label, detail) = labelled(post.send(&letter("x", "x"), "a@test.example"));
        assert_eq!((fate, label.as_str()), ("later", "smtp-unreachable"), "{detail}");
        assert_eq!(post.collect(None, 10).unwrap_err().0.label, "imap-timeout");
        silent.ended();
    }
    // Protected, and then silent.
    let silent = Fake::tls(vec![fake::tls_silence(), fake::tls_silence()]);
    let mut post = impatient(silent.port, silent.port, Tls::Implicit, &silent.ca, ONE_SECOND);
    let (fate, label, _) = labelled(post.send(&letter("x", "x"), "a@test.example"));
    assert_eq!((fate, label.as_str()), ("later", "smtp-unreachable"));
    assert_eq!(post.collect(None, 10).unwrap_err().0.label, "imap-timeout");
    silent.ended();
}

#[test]
fn nobody_listening_is_unreachable() {
    let port = fake::closed_port();
    let mut post = post_at(port, port, Tls::Implicit, &fake::identity().0);
    let (fate, label, _) = labelled(post.send(&letter("x", "x"), "a@test.example"));
    assert_eq!((fate, label.as_str()), ("later", "smtp-unreachable"));
    assert_eq!(post.collect(None, 10).unwrap_err().0.label, "imap-unreachable");
}

#[test]
fn a_server_without_starttls_gets_no_password() {
    let smtp = Fake::plain(vec![Box::new(|talk: &mut Talk| {
        talk.say("220 fake\r\n");
        talk.hear("EHLO ");
        talk.say("250-fake\r\n250 AUTH PLAIN LOGIN\r\n");
        assert_eq!(talk.rest(), "");
    })]);
    let imap = Fake::plain(vec![Box::new(|talk: &mut Talk| {
        talk.say("* OK fake\r\n");
        let tag = talk.hear_tagged("STARTTLS");
        talk.say(&format!("{tag} NO not here\r\n"));
        assert_eq!(talk.rest(), "");
    })]);
    let mut post = post_at(smtp.port, imap.port, Tls::Starttls, &fake::identity().0);
    let (fate, label, _) = labelled(post.send(&letter("x", "x"), "a@test.example"));
    assert_eq!((fate, label.as_str()), ("later", "smtp-tls"));
    assert_eq!(post.collect(None, 10).unwrap_err().0.label, "imap-tls");
    smtp.ended();
    imap.ended();
}

/// SMTP up to `step`, which is answered with `answer` (nothing: the connection ends).
fn smtp_until(step: &'static str, answer: &'static str) -> fake::Script {
    Box::new(move |talk: &mut Talk| {
        talk.say("220 fake\r\n");
        for (command, usual) in [
            ("EHLO", "250-fake\r\n250-SIZE 0\r\n250 AUTH PLAIN\r\n"),
            ("EHLO", "250-fake\r\n250-SIZE 0\r\n250 AUTH PLAIN\r\n"),
            ("AUTH PLAIN", "235 welcome\r\n"),
            ("MAIL", "250 ok\r\n"),
            ("RCPT", "250 ok\r\n"),
            ("DATA", "354 go\r\n"),
        ] {
            talk.hear(command);
            if command == step {
                talk.say(answer);
                return;
            }
            talk.say(usual);
        }
        if step == "letter" {
            talk.hear("From:");
            return;
        }
        while talk.line() != ".\r\n" {}
        talk.say(answer);
        if step == "silence" {
            talk.rest();
        }
    })
}

#[test]
fn f1_only_what_broke_after_the_final_dot_is_uncertain() {
    // A letter so large that no socket buffer takes it whole.
    let large = letter("x", &"x".repeat(76).repeat(400_000));
    let small = letter("x", "x");
    let cases: [(&str, &str, &[u8], &str, &str); 14] = [
        ("EHLO", "250-fake\r\n250-\u{20}\u{20}\r\n250 x\r\n", &small, "later", "smtp-later"),
        ("EHLO", "421 busy\r\n", &small, "later", "smtp-later"),
        ("AUTH PLAIN", "454 later\r\n", &small, "later", "smtp-login"),
        ("MAIL", "530 log in first\r\n", &small, "later", "smtp-login"),
        ("MAIL", "", &small, "later", "smtp-unreachable"),
        ("RCPT", "450 greylisted\r\n", &small, "later", "smtp-later"),
        ("RCPT", "550 nobody\r\n", &small, "rejected", "smtp-rejected"),
        ("DATA", "", &small, "later", "smtp-unreachable"),
        ("DATA", "250 ok\r\n", &small, "later", "smtp-later"),
        ("letter", "", &large, "later", "smtp-unreachable"),
        ("dot", "552 too large\r\n", &small, "rejected", "smtp-rejected"),
        ("dot", "451 try again\r\n", &small, "later", "smtp-later"),
        ("dot", "", &small, "uncertain", "smtp-uncertain"),
        ("silence", "", &small, "uncertain", "smtp-uncertain"),
    ];
    for (step, answer, bytes, fate, label) in cases {
        let fake = Fake::tls(vec![smtp_until(step, answer)]);
        let patience = if step == "silence" { ONE_SECOND } else { Duration::from_secs(20) };
        let mut post = impatient(fake.port, fake.port, Tls::Implicit, &fake.ca, patience);
        let got = labelled(post.send(bytes, "a@test.example"));
        assert_eq!((got.0, got.1.as_str()), (fate, label), "{step} {answer:?}: {}", got.2);
        assert!(!got.2.contains("secret"), "{}", got.2);
        fake.ended();
    }
}

/// IMAP up to a selected INBOX with letters 4 and 7, UIDVALIDITY 9.
fn imap_selected(talk: &mut Talk) {
    talk.say("* OK fake\r\n");
    let tag = talk.hear_tagged("LOGIN");
    talk.say(&format!("{tag} OK welcome\r\n"));
    let tag = talk.hear_tagged("CAPABILITY");
    talk.say(&format!("* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK\r\n"));
    imap_select(talk);
}

fn imap_select(talk: &mut Talk) {
    let tag = talk.hear_tagged("SELECT \"INBOX\"");
    talk.say("* 2 EXISTS\r\n* OK [UIDVALIDITY 9] x\r\n* OK [UIDNEXT 8] x\r\n");
    talk.say(&format!("{tag} OK done\r\n"));
}

fn imap_listed(talk: &mut Talk) {
    let tag = talk.hear_tagged("UID FETCH 1:* (UID RFC822.SIZE)");
    talk.say("* 1 FETCH (UID 4 RFC822.SIZE 5)\r\n* 2 FETCH (UID 7 RFC822.SIZE 5)\r\n");
    talk.say(&format!("{tag} OK done\r\n"));
}

#[test]
fn a_letter_that_the_server_refuses_is_not_taken_for_gone() {
    let imap = Fake::tls(vec![Box::new(|talk: &mut Talk| {
        imap_selected(talk);
        imap_listed(talk);
        let tag = talk.hear_tagged("UID FETCH 4 (UID BODY.PEEK[])");
        talk.say(&format!("{tag} NO [SERVERBUG] disk\r\n"));
        let tag = talk.hear_tagged("NOOP");
        talk.say(&format!("{tag} OK\r\n"));
        let tag = talk.hear_tagged("UID FETCH 4 (UID)");
        talk.say(&format!("* 1 FETCH (UID 4)\r\n{tag} OK\r\n"));
        let tag = talk.hear_tagged("UID FETCH 7 (UID BODY.PEEK[])");
        talk.say(&format!("* 2 FETCH (UID 7 BODY[] {{5}}\r\nA: b\n)\r\n{tag} OK\r\n"));
        talk.rest();
    })]);
    let mut post = post_at(imap.port, imap.port, Tls::Implicit, &imap.ca);
    let collected = post.collect(None, 10).unwrap();
    assert_eq!(letters(&collected), [b"A: b\n"]);
    assert_eq!(post.troubles()[0].label, "imap-protocol");
    post.settle(&collected.deliveries[0].locator).unwrap();
    assert_eq!(post.bookmark().unwrap(), r#"{"INBOX":{"validity":9,"uid":3}}"#);
    drop(post);
    imap.ended();
}

#[test]
fn f14_a_letter_that_breaks_the_connection_does_not_hold_the_others_for_ever() {
    let breaking = || -> fake::Script {
        Box::new(|talk: &mut Talk| {
            imap_selected(talk);
            imap_listed(talk);
            talk.hear_tagged("UID FETCH 4 (UID BODY.PEEK[])");
            talk.say("* 1 FETCH (UID 4 BODY[] {99999999999999999999}\r\n");
            talk.rest();
        })
    };
    let at_last: fake::Script = Box::new(|talk: &mut Talk| {
        imap_selected(talk);
        imap_listed(talk);
        let tag = talk.hear_tagged("UID FETCH 7 (UID BODY.PEEK[])");
        talk.say(&format!("* 2 FETCH (UID 7 BODY[] {{5}}\r\nA: b\n)\r\n{tag} OK\r\n"));
        talk.rest();
    });
    let imap = Fake::tls(vec![breaking(), breaking(), breaking(), at_last]);
    let mut post = post_at(imap.port, imap.port, Tls::Implicit, &imap.ca);
    for _ in 0..3 {
        let error = post.collect(None, 10).unwrap_err();
        assert_eq!(error.0.label, "imap-protocol", "{error}");
    }
    assert_eq!(letters(&post.collect(None, 10).unwrap()), [b"A: b\n"]);
    drop(post);
    imap.ended();
}

#[test]
fn f50_a_server_that_sends_without_end_is_cut_off() {
    let imap = Fake::tls(vec![Box::new(|talk: &mut Talk| {
        imap_selected(talk);
        imap_listed(talk);
        talk.hear_tagged("UID FETCH 4 (UID BODY.PEEK[])");
        talk.say("* 1 FETCH (UID 4 BODY[] {400000000}\r\n");
        while talk.try_say(&"x".repeat(1 << 16)) {}
    })]);
    let mut settings = settings(1, imap.port, Tls::Implicit, &imap.ca);
    settings.limits.letter_bytes = 1000;
    let mut post = Post::new(settings).unwrap();
    assert_eq!(post.collect(None, 10).unwrap_err().0.label, "imap-protocol");
    imap.ended();
}

#[test]
fn f11_after_a_timeout_late_words_are_not_the_next_answer() {
    let late: fake::Script = Box::new(|talk: &mut Talk| {
        imap_selected(talk);
        talk.hear_tagged("UID FETCH 1:* (UID RFC822.SIZE)");
        talk.rest();
    });
    let good: fake::Script = Box::new(|talk: &mut Talk| {
        imap_selected(talk);
        let tag = talk.hear_tagged("UID FETCH 1:* (UID RFC822.SIZE)");
        talk.say(&format!("{tag} OK\r\n"));
        talk.rest();
    });
    let imap = Fake::tls(vec![late, good]);
    let mut post = impatient(imap.port, imap.port, Tls::Implicit, &imap.ca, ONE_SECOND);
    assert_eq!(post.collect(None, 10).unwrap_err().0.label, "imap-timeout");
    assert_eq!(post.collect(None, 10).unwrap(), Collected::default());
    drop(post);
    imap.ended();
}

/// Ends an IDLE in the way that `end` writes, on the first connection; the second is usual.
fn idle_that_ends(end: &'static str) {
    let ending: fake::Script = Box::new(move |talk: &mut Talk| {
        imap_selected(talk);
        imap_listed(talk);
        for uid in [4, 7] {
            let tag = talk.hear_tagged("UID FETCH");
            talk.say(&format!("* 1 FETCH (UID {uid} BODY[] {{2}}\r\nab)\r\n{tag} OK\r\n"));
        }
        imap_select(talk);
        talk.hear_tagged("IDLE");
        talk.say("+ idling\r\n* OK Still here\r\n");
        talk.say(end);
    });
    let usual: fake::Script = Box::new(|talk: &mut Talk| {
        imap_selected(talk);
        talk.rest();
    });
    let imap = Fake::tls(vec![ending, usual]);
    let mut post = post_at(imap.port, imap.port, Tls::Implicit, &imap.ca);
    let collected = post.collect(None, 10).unwrap();
    for delivery in &collected.deliveries {
        post.settle(&delivery.locator).unwrap();
    }
    let bookmark = post.bookmark();
    let asked = std::cell::Cell::new(0);
    post.wait(HOUR, &|| {
        asked.set(asked.get() + 1);
        asked.get() >= 150
    });
    assert!(asked.get() < 150, "it did not notice");
    assert_eq!(post.collect(bookmark.as_deref(), 10).unwrap(), Collected::default());
    drop(post);
    imap.ended();
}

#[test]
fn f10_a_goodbye_during_idle_ends_the_wait_and_the_connection_is_made_anew() {
    idle_that_ends("* BYE Autologout\r\n");
}

#[test]
fn f9_a_connection_that_dies_during_idle_ends_the_wait() {
    idle_that_ends("");
}

#[test]
fn a_refused_idle_is_a_plain_wait() {
    let imap = Fake::tls(vec![Box::new(|talk: &mut Talk| {
        imap_selected(talk);
        let tag = talk.hear_tagged("IDLE");
        talk.say(&format!("{tag} NO not now\r\n"));
        talk.rest();
    })]);
    let mut post = post_at(imap.port, imap.port, Tls::Implicit, &imap.ca);
    let asked = std::cell::Cell::new(0);
    post.wait(HOUR, &|| asked.replace(asked.get() + 1) == 2);
    assert_eq!(asked.get(), 3);
    drop(post);
    imap.ended();
}

#[test]
fn a_kept_connection_that_died_is_made_anew_without_an_error() {
    let short: fake::Script = Box::new(|talk: &mut Talk| {
        imap_selected(talk);
        let tag = talk.hear_tagged("UID FETCH 1:* (UID RFC822.SIZE)");
        talk.say(&format!("{tag} OK\r\n"));
    });
    let usual: fake::Script = Box::new(|talk: &mut Talk| {
        imap_selected(talk);
        let tag = talk.hear_tagged("UID FETCH 1:* (UID RFC822.SIZE)");
        talk.say(&format!("{tag} OK\r\n"));
        talk.rest();
    });
    let imap = Fake::tls(vec![short, usual]);
    let mut post = post_at(imap.port, imap.port, Tls::Implicit, &imap.ca);
    for _ in 0..2 {
        assert_eq!(post.collect(None, 10).unwrap(), Collected::default());
    }
    drop(post);
    imap.ended();
}

#[test]
fn the_last_letter_that_every_range_names_is_not_new_again() {
    // No UIDNEXT, so the list must be asked for; "8:*" names letter 7 all the same.
    let imap = Fake::tls(vec![Box::new(|talk: &mut Talk| {
        talk.say("* OK fake\r\n");
        for (command, answer) in [
            ("LOGIN", ""),
            ("CAPABILITY", ""),
            ("SELECT \"INBOX\"", "* 1 EXISTS\r\n* OK [UIDVALIDITY 9] x\r\n"),
            ("UID FETCH 8:* (UID RFC822.SIZE)", "* 1 FETCH (UID 7 RFC822.SIZE 5)\r\n"),
        ] {
            let tag = talk.hear_tagged(command);
            talk.say(&format!("{answer}{tag} OK\r\n"));
        }
        assert_eq!(talk.rest(), "");
    })]);
    let mut post = post_at(1, imap.port, Tls::Implicit, &imap.ca);
    let bookmark = r#"{"INBOX":{"validity":9,"uid":7}}"#;
    assert_eq!(post.collect(Some(bookmark), 10).unwrap(), Collected::default());
    assert_eq!(post.bookmark().unwrap(), bookmark);
    drop(post);
    imap.ended();
}

#[test]
fn what_was_fetched_before_the_connection_broke_is_not_lost() {
    let imap = Fake::tls(vec![Box::new(|talk: &mut Talk| {
        imap_selected(talk);
        imap_listed(talk);
        let tag = talk.hear_tagged("UID FETCH 4 (UID BODY.PEEK[])");
        talk.say(&format!("* 1 FETCH (UID 4 BODY[] {{2}}\r\nab)\r\n{tag} OK\r\n"));
        talk.hear_tagged("UID FETCH 7 (UID BODY.PEEK[])");
    })]);
    let mut post = post_at(imap.port, imap.port, Tls::Implicit, &imap.ca);
    let collected = post.collect(None, 10).unwrap();
    assert_eq!(letters(&collected), [b"ab"]);
    assert_eq!(post.troubles()[0].label, "imap-unreachable");
    post.settle(&collected.deliveries[0].locator).unwrap();
    assert_eq!(post.bookmark().unwrap(), r#"{"INBOX":{"validity":9,"uid":4}}"#);
    imap.ended();
}

#[test]
fn without_move_a_settled_letter_is_copied_and_only_it_is_expunged() {
    let imap = Fake::tls(vec![Box::new(|talk: &mut Talk| {
        talk.say("* OK fake\r\n");
        for (command, answer) in [
            ("LOGIN", ""),
            ("CAPABILITY", "* CAPABILITY IMAP4rev1 UIDPLUS\r\n"),
            ("SELECT \"INBOX\"", "* 1 EXISTS\r\n* OK [UIDVALIDITY 9] x\r\n"),
            ("UID COPY 4 \"Done\"", ""),
            ("UID STORE 4 +FLAGS.SILENT (\\Deleted)", ""),
            ("UID EXPUNGE 4", ""),
        ] {
            let tag = talk.hear_tagged(command);
            talk.say(&format!("{answer}{tag} OK\r\n"));
        }
        // The next letter is of another numbering: nothing is asked for it but the numbering.
        let tag = talk.hear_tagged("SELECT \"INBOX\"");
        talk.say(&format!("* 1 EXISTS\r\n* OK [UIDVALIDITY 10] x\r\n{tag} OK\r\n"));
        assert_eq!(talk.rest(), "");
    })]);
    let mut settings = settings(1, imap.port, Tls::Implicit, &imap.ca);
    settings.move_to = Some("Done".into());
    let mut post = Post::new(settings).unwrap();
    post.settle("INBOX;9;4").unwrap();
    post.settle("INBOX;8;4").unwrap();
    assert_eq!(post.settle("INBOX;8").unwrap_err().0.label, "imap-protocol");
    drop(post);
    imap.ended();
}

/// An answer of a server with some bytes of it changed.
fn mangled(good: &'static str) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6).prop_map(
        move |changes| {
            let mut bytes = good.as_bytes().to_vec();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever a server says, there is an end and there are words.
    #[test]
    fn no_answer_of_an_imap_server_panics(bytes in mangled(
        "* 2 EXISTS\r\n* OK [UIDVALIDITY 9] x\r\n* OK [UIDNEXT 8] x\r\nA0003 OK [READ-WRITE] x\r\n\
         * 1 FETCH (UID 4 RFC822.SIZE 5 FLAGS (\\Seen) BODY[] {5}\r\nA: b\n)\r\nA0004 OK\r\n",
    )) {
        let imap = Fake::tls(vec![Box::new(move |talk: &mut Talk| {
            talk.say("* OK fake\r\n");
            for command in ["LOGIN", "CAPABILITY"] {
                let tag = talk.hear_tagged(command);
                talk.say(&format!("{tag} OK\r\n"));
            }
            talk.hear_tagged("SELECT");
            talk.say_bytes(&bytes);
        })]);
        let mut post = post_at(1, imap.port, Tls::Implicit, &imap.ca);
        if let Err(error) = post.collect(None, 10) {
            prop_assert!(error.0.label.starts_with("imap-") && !error.0.detail.is_empty());
        }
        imap.ended();
    }

    #[test]
    fn no_answer_of_an_smtp_server_panics(bytes in mangled(
        "220 fake\r\n250-fake\r\n250-SIZE 1000\r\n250 AUTH PLAIN\r\n250-fake\r\n250-SIZE 1000\r\n\
         250 AUTH PLAIN\r\n235 welcome\r\n250 ok\r\n250 ok\r\n354 go\r\n",
    )) {
        let smtp = Fake::tls(vec![Box::new(move |talk: &mut Talk| talk.say_bytes(&bytes))]);
        let mut post = post_at(smtp.port, 1, Tls::Implicit, &smtp.ca);
        let (_, label, detail) = labelled(post.send(&letter("x", "x"), "a@test.example"));
        prop_assert!(label.starts_with("smtp-") && !detail.is_empty());
        smtp.ended();
    }
}
