//! Letters that are strange as letters: bombs, charsets, missing fields, bounces, robots.

use certpost::authority::{Application, ComposeError, Dialect, Parcel, Receipt, Unreadable};
use certpost::crypto::{Opener, Sealer};
use certpost::exchange::{Anomaly, Note, Obstacle, StageName};
use certpost::mail::Part;
use certpost::store::Fate;
use encoding_rs::{KOI8_U, UTF_8, WINDOWS_1251};

use crate::stage::*;

/// The strange letter is filed once in front of a good one, and moves nothing itself.
fn in_front_of_a_good_one(dialect: &str, strange: &[u8]) -> Play {
    let mut play = Play::sent(dialect);
    let before = play.exchange("director-1");
    play.deliver(strange);
    assert_eq!(play.round().filed, 1);
    assert_eq!(play.exchange("director-1"), before);
    play.nothing_more();
    let good = play.first_receipt().letter();
    play.deliver(strange);
    play.deliver(&good);
    assert_eq!(play.round().filed, 1);
    assert_eq!(play.stage("director-1"), StageName::Acknowledged);
    play.nothing_more();
    play
}

#[test]
fn f50_a_letter_nested_100_deep() {
    let mut inner = "Content-Type: text/plain\r\n\r\nx".to_owned();
    for n in 0..100 {
        inner = format!(
            "Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n{inner}\r\n--b{n}--\r\n"
        );
    }
    let letter = format!("From: a@example.org\r\n{inner}").into_bytes();
    for dialect in DIALECTS {
        let play = in_front_of_a_good_one(dialect, &letter);
        assert_eq!(play.quarantined(&letter), "the letter is nested more than 20 deep");
    }
}

#[test]
fn f50_a_letter_with_10_000_parts() {
    let parts = "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n".repeat(10_000);
    let header = "From: a@example.org\r\nContent-Type: multipart/mixed; boundary=b";
    let letter = raw(header, &format!("{parts}--b--\r\n"));
    for dialect in DIALECTS {
        let play = in_front_of_a_good_one(dialect, &letter);
        assert_eq!(play.quarantined(&letter), "the letter has more than 100 parts");
    }
}

#[test]
fn bytes_that_are_no_letter_at_all() {
    for letter in [&b""[..], b"\0\0\0\0", b"\xff\xfe\r\n\r\n", &[b'a'; 100_000]] {
        for dialect in DIALECTS {
            let play = in_front_of_a_good_one(dialect, letter);
            assert!(play.quarantined(letter).starts_with("not a letter"));
        }
    }
}

#[test]
fn f33_subjects_in_old_charsets_are_shown_and_the_receipt_counts() {
    let subject = "Квитанція про приймання заявки";
    for dialect in DIALECTS {
        for encoding in [UTF_8, WINDOWS_1251, KOI8_U] {
            let mut play = Play::sent(dialect);
            let good = play.first_receipt().letter();
            let bytes = encoding.encode(subject).0;
            // Raw 8-bit bytes, as old programs send them; and declared, as they should be.
            let naked = with_field(&good, "Subject", Some(&bytes));
            use base64::Engine as _;
            let word = base64::engine::general_purpose::STANDARD.encode(&bytes);
            let word = format!("=?{}?B?{word}?=", encoding.name().to_lowercase());
            let declared = with_field(&good, "Subject", Some(word.as_bytes()));
            play.deliver(&naked);
            play.deliver(&declared);
            play.round();
            assert_eq!(play.stage("director-1"), StageName::Acknowledged);
            let shown: Vec<_> =
                play.picture().arrivals.into_iter().map(|one| one.subject).collect();
            assert_eq!(shown, [subject, subject], "{}", encoding.name());
            play.nothing_more();
        }
    }
}

/// A relay gives every letter an identity of its own, ours and the authority's: the reference
/// inside the sealed bytes ties answer and exchange together, nothing outside them.
#[test]
fn f34_a_relay_that_rewrites_identities_changes_nothing() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let ours = with_field(&play.letter(0), "Message-ID", Some(b"<relay-1@relay.example>"));
        for (number, letter) in play.honest_to(&ours).into_iter().enumerate() {
            let identity = format!("<relay-{number}@other.example>");
            let rewritten = with_field(&letter, "Message-ID", Some(identity.as_bytes()));
            play.deliver(&with_field(&rewritten, "Subject", Some(b"[EXTERNAL]")));
        }
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect}");
        play.nothing_more();
    }
}

#[test]
fn f06_letters_without_a_message_id_or_with_the_same_one_are_told_apart() {
    for dialect in DIALECTS {
        for same in [None, Some(&b"<1@first.example>"[..])] {
            let mut play = Play::sent(dialect);
            let letters = play.honest(0).map(|one| with_field(&one, "Message-ID", same));
            for letter in &letters {
                play.deliver(letter);
            }
            assert_eq!(play.round().filed, 2);
            assert_eq!(play.stage("director-1"), StageName::Installed, "{dialect}");
            play.nothing_more();
        }
    }
}

/// A mail system's report about our first letter (RFC 3464).
fn report(play: &Play, action: &str, status: &str, words: &str) -> Vec<u8> {
    let ours = String::from_utf8(play.letter(0)).unwrap();
    let about = ours.lines().find(|line| line.starts_with("Message-ID:")).unwrap().to_owned();
    report_about(&about, action, status, words)
}

fn report_about(about: &str, action: &str, status: &str, words: &str) -> Vec<u8> {
    raw(
        "From: MAILER-DAEMON@mx.example\r\nTo: office@agent.example\r\n\
         Subject: Delivery Status Notification\r\nMessage-ID: <r1@mx.example>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=r",
        &format!(
            "--r\r\nContent-Type: text/plain\r\n\r\nAbout your letter.\r\n\
             --r\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; mx.example\r\n\r\n\
             Final-Recipient: rfc822; ca@first.example\r\nAction: {action}\r\n\
             Status: {status}\r\nDiagnostic-Code: smtp; {words}\r\n\r\n\
             --r\r\nContent-Type: text/rfc822-headers\r\n\r\n{about}\r\n\r\n--r--\r\n"
        ),
    )
}

#[test]
fn f18_a_lasting_bounce_calls_a_person_and_a_receipt_overrules_it() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let bounce = report(&play, "failed", "5.1.1", "550 5.1.1 no such user");
        play.deliver(&bounce);
        play.round();
        let (obstacle, was) = play.stalled("director-1");
        let Obstacle::Transport(problem) = obstacle else { panic!("{obstacle:?}") };
        assert_eq!((problem.label.as_str(), was), ("bounce", StageName::Sent));
        assert!(problem.detail.contains("550 5.1.1 no such user"), "{}", problem.detail);
        assert!(matches!(play.fate_of(&bounce), Fate::Claimed(_)));
        assert_eq!(play.desk().sent.len(), 1);
        play.nothing_more();
        let good = play.first_receipt().letter();
        play.deliver(&good);
        play.round();
        assert_eq!(play.stage("director-1"), StageName::Acknowledged, "{dialect}");
    }
}

#[test]
fn f19_a_delay_is_noted_and_changes_nothing() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let delay = report(&play, "delayed", "4.4.1", "451 4.4.1 still trying");
        let before = play.exchange("director-1");
        play.deliver(&delay);
        play.round();
        assert_eq!(play.exchange("director-1"), before);
        let last = play.picture().journal.pop().unwrap().entry;
        let noted = matches!(last.note, Some(Note::Unexpected { why: Anomaly::NoConsequence, .. }));
        assert!(noted && last.words.contains("still trying"), "{dialect}: {last:?}");
        play.nothing_more();
    }
}

#[test]
fn f20_a_mail_systems_confirmation_is_not_the_authoritys() {
    for dialect in DIALECTS {
        let play = Play::sent(dialect);
        for action in ["delivered", "relayed"] {
            let report = report(&play, action, "2.0.0", "250 2.0.0 thank you");
            let after = in_front_of_a_good_one(dialect, &report);
            assert_eq!(after.passed_over(&report), "an automatic reply");
        }
        let disposition = raw(
            "From: ca@first.example\r\nSubject: read\r\n\
             Content-Type: multipart/report; report-type=disposition-notification; boundary=d",
            "--d\r\nContent-Type: message/disposition-notification\r\n\r\n\
             Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--d--\r\n",
        );
        let after = in_front_of_a_good_one(dialect, &disposition);
        assert_eq!(after.passed_over(&disposition), "an automatic reply");
    }
}

#[test]
fn f18_reports_about_letters_that_are_not_ours_are_passed_over() {
    for dialect in DIALECTS {
        for about in ["Message-ID: <certpost.CP-1@agent.example>", "Message-ID: <x@y>", "X: 1"] {
            let report = report_about(about, "failed", "5.0.0", "550 no");
            let play = in_front_of_a_good_one(dialect, &report);
            let reason = play.passed_over(&report);
            assert!(reason.starts_with("a mail system's report: "), "{reason}");
        }
    }
}

#[test]
fn f18_our_own_parcel_that_comes_back_in_a_bounce_is_not_interpreted() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let ours = String::from_utf8(play.letter(0)).unwrap();
        let bounce = raw(
            "From: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\n\
             Content-Type: multipart/mixed; boundary=m",
            &format!(
                "--m\r\nContent-Type: text/plain\r\n\r\nSorry it didn't work out.\r\n\
                 --m\r\nContent-Type: message/rfc822\r\n\r\n{ours}\r\n--m--\r\n"
            ),
        );
        play.deliver(&bounce);
        play.round();
        assert_eq!(play.stalled("director-1").1, StageName::Sent, "{dialect}");
        assert!(matches!(play.fate_of(&bounce), Fate::Claimed(_)));
        play.nothing_more();
    }
}

#[test]
fn f17_robots_and_lists_say_nothing_unless_they_carry_a_receipt() {
    let body = "Мене не буде до понеділка. Квитанція №2: прийнято.";
    for (field, value, reason) in [
        ("Auto-Submitted", "auto-replied", "an automatic reply"),
        ("Subject", "Out of office: CP-99912345-D-0000001", "an automatic reply"),
        ("List-Id", "<news.first.example>", "a mailing list"),
        ("Precedence", "bulk", "a mailing list"),
        ("X-Nothing", "1", "no authority's parcel in it"),
    ] {
        let robot = raw(&format!("From: ca@first.example\r\n{field}: {value}"), body);
        for dialect in DIALECTS {
            let play = in_front_of_a_good_one(dialect, &robot);
            assert_eq!(play.passed_over(&robot), reason, "{field}");
            // An honest robot may call itself one.
            let mut play = Play::sent(dialect);
            let good = play.first_receipt().letter();
            play.deliver(&with_field(&good, field, Some(value.as_bytes())));
            play.round();
            assert_eq!(play.stage("director-1"), StageName::Acknowledged, "{field}");
        }
    }
}

/// A dialect that breaks its promise.
struct Falls;

impl Dialect for Falls {
    fn name(&self) -> &'static str {
        "falls"
    }

    fn compose(&self, _: &Application, _: &mut Sealer<'_>) -> Result<Parcel, ComposeError> {
        panic!("nothing is composed here")
    }

    fn document(&self, _: &Application) -> Result<String, ComposeError> {
        panic!("nothing is shown here")
    }

    fn interpret(&self, _: &[Part], _: &str, _: &Opener<'_>) -> Result<Vec<Receipt>, Unreadable> {
        panic!("a fault of ours")
    }
}

#[test]
fn f14_a_letter_over_which_certpost_itself_falls_holds_nothing_up() {
    for dialect in DIALECTS {
        let mut play = Play::sent(dialect);
        let poison = raw("From: a@example.org\r\nSubject: poison", "x");
        let healthy =
            std::mem::replace(&mut play.engine.setup.authorities[0].dialect, Box::new(Falls));
        play.deliver(&poison);
        assert_eq!(play.round().filed, 1);
        let reason = play.quarantined(&poison);
        assert_eq!(reason, "reading it failed inside certpost; please report this");
        play.nothing_more();
        play.engine.setup.authorities[0].dialect = healthy;
        let good = play.first_receipt().letter();
        play.deliver(&poison);
        play.deliver(&good);
        assert_eq!(play.round().filed, 1);
        assert_eq!(play.stage("director-1"), StageName::Acknowledged, "{dialect}");
    }
}

#[test]
fn f32_a_note_instead_of_the_attachment_is_told_with_advice() {
    let letter = raw(
        "From: ca@first.example\r\nSubject: receipt",
        "[Attachment removed] smime.p7m was blocked by our gate.",
    );
    for dialect in DIALECTS {
        let play = in_front_of_a_good_one(dialect, &letter);
        let reason = play.quarantined(&letter);
        assert!(reason.contains("ask the sender"), "{reason}");
    }
}

#[test]
fn f14_peoples_mail_opens_no_keys() {
    let mut play = Play::sent("sota");
    let looked = play.pocket.looked();
    for number in 0..20 {
        let header = format!("From: a@example.org\r\nSubject: {number}");
        play.deliver(&raw(&header, "Привіт"));
    }
    assert_eq!(play.round().filed, 20);
    assert_eq!(play.pocket.looked(), looked, "opening a key takes its time");
    let good = play.first_receipt().letter();
    play.deliver(&good);
    play.round();
    assert!(play.pocket.looked() > looked);
    assert_eq!(play.stage("director-1"), StageName::Acknowledged);
}
