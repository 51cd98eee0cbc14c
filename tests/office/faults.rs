//! Every fault of the post office, and what is true again when it is over.

use certpost::simulator::office::{CONNECT, END_OF_DATA, Fate, GREETING, Office, Protocol, Times};
use futures_util::TryStreamExt;
use lettre::AsyncTransport;
use mail_parser::{MessageParser, MimeHeaders};
use tokio::io::AsyncWriteExt;

use super::clients::*;

const ONCE: Times = Times::Next(1);

async fn send(office: &Office) -> Result<(), lettre::transport::smtp::Error> {
    smtp(office).send_raw(&envelope(AGENT, CA), LETTER).await.map(|_| ())
}

fn inbox(office: &Office, address: &str) -> usize {
    office.letters(address, "INBOX").len()
}

/// A whole letter by bare lines: EHLO, AUTH, MAIL, RCPT, DATA, the letter, QUIT.
fn whole_letter() -> String {
    format!("{}MAIL FROM:<{AGENT}>\r\nRCPT TO:<{CA}>\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n", hello_smtp())
}

#[tokio::test]
async fn f11_connections_are_accepted_and_nothing_is_said() {
    let office = office();
    let faults = office.faults();
    faults.silent(Protocol::Smtp, Times::Next(2));
    faults.silent(Protocol::Imap, ONCE);
    assert_eq!(talk_plain(office.smtp_starttls_port(), "EHLO x\r\n").await, "");
    assert_eq!(talk_plain(office.smtp_port(), "not even a handshake").await, "");
    assert_eq!(talk_plain(office.imap_starttls_port(), "a NOOP\r\n").await, "");
    assert_eq!(faults.fired(), 3);

    faults.hang(Protocol::Imap, GREETING, ONCE);
    assert_eq!(talk(&office, office.imap_port(), "a NOOP\r\n").await, "", "TLS, and no greeting");

    assert!(talk_plain(office.smtp_starttls_port(), "QUIT\r\n").await.starts_with("220 "));
    assert!(talk(&office, office.imap_port(), "a LOGOUT\r\n").await.ends_with("a OK bye\r\n"));
}

#[tokio::test]
async fn f11_a_command_is_never_answered() {
    let office = office();
    let faults = office.faults();
    faults.hang(Protocol::Smtp, "DATA", ONCE);
    let said = talk(&office, office.smtp_port(), &whole_letter()).await;
    assert_eq!(codes(&said), ["220", "250", "235", "250", "250"], "{said}");

    faults.hang(Protocol::Smtp, END_OF_DATA, ONCE);
    let said = talk(&office, office.smtp_port(), &whole_letter()).await;
    assert_eq!(codes(&said), ["220", "250", "235", "250", "250", "354"], "{said}");
    assert!(office.sent_log().is_empty());

    faults.hang(Protocol::Imap, "fetch", ONCE);
    let script = format!("{}a SELECT INBOX\r\nb UID FETCH 1 FLAGS\r\nc NOOP\r\n", hello_imap());
    let said = talk(&office, office.imap_port(), &script).await;
    assert!(said.ends_with("a OK [READ-WRITE] opened\r\n"), "{said}");

    // A rule for UID FETCH leaves FETCH alone, and waits for its turn.
    faults.hang(Protocol::Imap, "UID FETCH", ONCE);
    let script = format!("{}a SELECT INBOX\r\nb FETCH 1 FLAGS\r\nc NOOP\r\n", hello_imap());
    let said = talk(&office, office.imap_port(), &script).await;
    assert!(said.ends_with("c OK done\r\n"), "{said}");
    assert_eq!(faults.fired(), 3);
}

#[tokio::test]
async fn connections_end_before_a_command_after_it_and_in_the_middle_of_the_answer() {
    let office = office();
    let faults = office.faults();
    faults.drop_before(Protocol::Smtp, CONNECT, ONCE);
    assert_eq!(talk_plain(office.smtp_starttls_port(), "").await, "");
    faults.drop_before(Protocol::Smtp, "RCPT", ONCE);
    let said = talk(&office, office.smtp_port(), &whole_letter()).await;
    assert_eq!(codes(&said), ["220", "250", "235", "250"], "{said}");

    office.deliver(AGENT, "INBOX", LETTER).unwrap();
    let script = format!("{}a SELECT INBOX\r\nb UID MOVE 1 Processed\r\n", hello_imap());
    faults.drop_before(Protocol::Imap, "MOVE", ONCE);
    let said = talk(&office, office.imap_port(), &script).await;
    assert!(said.ends_with("a OK [READ-WRITE] opened\r\n"), "{said}");
    assert_eq!(inbox(&office, AGENT), 1, "nothing was done");

    let fetch = format!("{}a SELECT INBOX\r\nb FETCH 1 BODY.PEEK[]\r\n", hello_imap());
    faults.cut(Protocol::Imap, "FETCH", 30, ONCE);
    let said = talk(&office, office.imap_port(), &fetch).await;
    let tail = said.split("opened\r\n").nth(1).unwrap();
    assert_eq!(tail.len(), 30, "{said}");
    assert!(tail.starts_with("* 1 FETCH (BODY[] {"), "{said}");

    faults.drop_after(Protocol::Imap, "MOVE", ONCE);
    let said = talk(&office, office.imap_port(), &script).await;
    assert!(said.ends_with("a OK [READ-WRITE] opened\r\n"), "{said}");
    assert_eq!(inbox(&office, AGENT), 0, "it was done, and nobody was told");
    assert_eq!(office.letters(AGENT, "Processed"), [LETTER]);
}

#[tokio::test]
async fn f01_the_250_is_lost_and_the_same_bytes_come_again() {
    let office = office();
    office.faults().lose_acceptance(ONCE);
    let error = send(&office).await.unwrap_err();
    assert!(!error.is_permanent() && !error.is_transient(), "{error:?}");
    assert_eq!(inbox(&office, CA), 1, "the letter was kept all the same");

    office.faults().lose_before_keeping(ONCE);
    let error = send(&office).await.unwrap_err();
    assert!(!error.is_permanent() && !error.is_transient(), "{error:?}");
    assert_eq!(inbox(&office, CA), 1, "to the sender it looks the same, but nothing was kept");

    send(&office).await.unwrap();
    let log = office.sent_log();
    assert_eq!(log.len(), 2);
    assert_eq!(log[0], log[1], "same request, same bytes");
    assert_eq!((log[0].from.as_str(), log[0].to.as_slice()), (AGENT, &[CA.to_owned()][..]));
}

#[tokio::test]
async fn f21_scripted_answers_take_the_place_of_a_command() {
    let office = office();
    let faults = office.faults();
    faults.answer(Protocol::Smtp, "RCPT", "451 4.7.1 Greylisted, try later", ONCE);
    assert!(send(&office).await.unwrap_err().is_transient());
    faults.answer(Protocol::Smtp, END_OF_DATA, "554 5.7.1 Refused", ONCE);
    assert!(send(&office).await.unwrap_err().is_permanent());
    assert!(office.sent_log().is_empty());
    faults.answer(Protocol::Smtp, "MAIL", "421 4.3.2 Closing", ONCE);
    let said = talk(&office, office.smtp_port(), &whole_letter()).await;
    assert!(said.ends_with("421 4.3.2 Closing\r\n"), "the connection ends: {said}");
    send(&office).await.unwrap();

    let mut session = imap(&office, AGENT).await;
    faults.answer(Protocol::Imap, "SELECT", "NO [UNAVAILABLE] later", Times::Next(2));
    for _ in 0..2 {
        let error = session.select("INBOX").await.unwrap_err();
        assert!(error.to_string().contains("later"), "{error}");
    }
    session.select("INBOX").await.unwrap();
    faults.answer(Protocol::Imap, "APPEND", "NO [OVERQUOTA] full", ONCE);
    assert!(session.append("Sent", None, None, LETTER).await.is_err());
    assert!(office.letters(AGENT, "Sent").is_empty());
}

#[tokio::test]
async fn f10_f12_the_server_says_bye_before_and_after_the_greeting() {
    let office = office();
    let faults = office.faults();
    faults.answer(Protocol::Imap, GREETING, "* BYE Too many connections", ONCE);
    let said = talk(&office, office.imap_port(), "a NOOP\r\n").await;
    assert_eq!(said, "* BYE Too many connections\r\n");
    faults.answer(Protocol::Imap, "NOOP", "* BYE Autologout", ONCE);
    let said = talk(&office, office.imap_port(), "a NOOP\r\nb NOOP\r\n").await;
    assert!(said.ends_with("ready\r\n* BYE Autologout\r\n"), "{said}");
    faults.answer(Protocol::Smtp, GREETING, "421 4.7.0 Too many connections", ONCE);
    assert!(send(&office).await.is_err());
    send(&office).await.unwrap();
}

#[tokio::test]
async fn f13_right_passwords_are_refused() {
    let office = office();
    office.faults().refuse_logins(Times::Next(2));
    let error = send(&office).await.unwrap_err();
    assert!(error.is_permanent() && error.to_string().contains("535"), "{error}");
    let refused = imap_client(&office).await.login(AGENT, AGENT_PASSWORD).await.err().unwrap().0;
    assert!(refused.to_string().contains("AUTHENTICATIONFAILED"), "{refused}");
    send(&office).await.unwrap();
    imap(&office, AGENT).await;
}

#[tokio::test]
async fn f04_a_renumbered_folder_has_another_validity_and_other_uids() {
    let office = office();
    office.deliver(AGENT, "INBOX", b"Subject: first\r\n\r\n").unwrap();
    office.deliver(AGENT, "INBOX", b"Subject: second\r\n\r\n").unwrap();
    let mut session = imap(&office, AGENT).await;
    let before = session.select("INBOX").await.unwrap();
    office.renumber(AGENT, "INBOX").unwrap();
    // async-imap takes the BYE and the lost connection for an empty answer; a bare line shows it.
    assert!(session.uid_search("ALL").await.unwrap().is_empty());
    assert!(session.run_command_and_check_ok("NOOP").await.is_err(), "the session has ended");

    let mut stream = secure(&office, connect(office.imap_port()).await).await.unwrap();
    let start = format!("{}a SELECT INBOX\r\n", hello_imap());
    stream.write_all(start.as_bytes()).await.unwrap();
    while !read_line(&mut stream).await.starts_with("a OK") {}
    office.renumber(AGENT, "INBOX").unwrap();
    office.renumber(AGENT, "INBOX").unwrap();
    stream.write_all(b"b UID FETCH 1 BODY[]\r\n").await.unwrap();
    assert_eq!(rest(&mut stream).await, "* BYE the folder was renumbered, log in again\r\n");

    let mut session = imap(&office, AGENT).await;
    let after = session.select("INBOX").await.unwrap();
    assert!(after.uid_validity.unwrap() > before.uid_validity.unwrap());
    assert_eq!(after.uid_next, Some(3));
    let first: Vec<_> =
        session.uid_fetch("1", "BODY.PEEK[]").await.unwrap().try_collect().await.unwrap();
    assert_eq!(first[0].body().unwrap(), b"Subject: second\r\n\r\n", "UID 1 is another letter");
}

#[tokio::test]
async fn f03_a_letter_comes_twice_with_the_same_or_another_message_id() {
    let office = office();
    office.faults().fate(Fate::Twice, None, ONCE);
    send(&office).await.unwrap();
    let letters = office.letters(CA, "INBOX");
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0], letters[1]);

    office.faults().fate(Fate::TwiceRenamed, None, ONCE);
    send(&office).await.unwrap();
    let letters = office.letters(CA, "INBOX");
    assert_eq!(letters.len(), 4);
    let text = |at: usize| String::from_utf8(letters[at].clone()).unwrap();
    assert!(text(2).contains("Message-ID: <1@agent.example>\r\n"));
    let renamed = text(3).replace("<again-3@office.example>", "<1@agent.example>");
    assert_eq!(renamed, text(2), "nothing but the Message-ID differs");
    assert_eq!(office.sent_log().len(), 2);
}

#[tokio::test]
async fn letters_are_held_until_they_are_released() {
    let office = office();
    office.faults().fate(Fate::Held, Some(CA), Times::UntilCleared);
    send(&office).await.unwrap();
    smtp(&office).send_raw(&envelope(AGENT, AGENT), LETTER).await.unwrap();
    assert_eq!((inbox(&office, CA), inbox(&office, AGENT)), (0, 1), "only for one address");
    assert_eq!(office.release(), 1);
    assert_eq!(inbox(&office, CA), 1);
    send(&office).await.unwrap();
    assert_eq!(inbox(&office, CA), 2, "nothing is held any more");
    assert_eq!(office.release(), 0);
}

#[tokio::test]
async fn a_letter_is_lost_after_it_was_accepted() {
    let office = office();
    office.faults().fate(Fate::Lost, Some(&CA.to_uppercase()), ONCE);
    send(&office).await.unwrap();
    assert_eq!((inbox(&office, CA), office.sent_log().len()), (0, 1));
    send(&office).await.unwrap();
    assert_eq!((inbox(&office, CA), office.sent_log().len()), (1, 2));
}

#[tokio::test]
async fn f18_a_letter_bounces_with_a_report_of_three_parts() {
    let office = office();
    office.faults().fate(Fate::Bounced, None, Times::UntilCleared);
    send(&office).await.unwrap();
    assert_eq!((inbox(&office, CA), inbox(&office, AGENT)), (0, 1));
    let raw = office.letters(AGENT, "INBOX").remove(0);
    let report = MessageParser::default().parse(&raw).unwrap();
    let kind = report.content_type().unwrap();
    assert_eq!((kind.ctype(), kind.subtype()), ("multipart", Some("report")));
    assert_eq!(kind.attribute("report-type"), Some("delivery-status"));
    let text = String::from_utf8(raw.clone()).unwrap();
    assert!(text.contains("\r\nFinal-Recipient: rfc822; ca@office.example\r\nAction: failed\r\n"));
    assert!(text.contains("\r\nAuto-Submitted: auto-replied\r\n"));
    let returned = report.attachments().find_map(|part| part.message()).unwrap();
    assert_eq!(returned.message_id(), Some("1@agent.example"));

    // No report about a report (RFC 5321 §6.1).
    let script = whole_letter().replace(&format!("FROM:<{AGENT}>"), "FROM:<>");
    let said = talk(&office, office.smtp_port(), &script).await;
    assert!(said.ends_with("221 2.0.0 Bye\r\n"), "{said}");
    assert_eq!((inbox(&office, CA), inbox(&office, AGENT)), (0, 1));
}

#[tokio::test]
async fn f05_letters_are_announced_that_are_not_there() {
    let office = office();
    office.deliver(AGENT, "INBOX", LETTER).unwrap();
    office.faults().phantoms(2, Times::Next(2));
    let mut session = imap(&office, AGENT).await;
    assert_eq!(session.select("INBOX").await.unwrap().exists, 3);
    let found: Vec<_> = session.fetch("1:3", "FLAGS").await.unwrap().try_collect().await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(session.select("INBOX").await.unwrap().exists, 3, "FETCH took no turn");
    assert_eq!(session.select("INBOX").await.unwrap().exists, 1);

    let script = format!("{}a SELECT INBOX\r\nb NOOP\r\nc IDLE\r\nDONE\r\n", hello_imap());
    office.faults().phantoms(1, Times::UntilCleared);
    let said = talk(&office, office.imap_port(), &script).await;
    assert_eq!(said.matches("* 2 EXISTS\r\n").count(), 3, "{said}");
}

#[tokio::test]
async fn f05_a_letter_vanishes_between_listing_and_fetch() {
    let office = office();
    let uid = office.deliver(AGENT, "INBOX", LETTER).unwrap();
    office.deliver(AGENT, "INBOX", LETTER).unwrap();
    let mut session = imap(&office, AGENT).await;
    session.select("INBOX").await.unwrap();
    assert!(office.remove(AGENT, "INBOX", uid).unwrap());
    assert!(!office.remove(AGENT, "INBOX", uid).unwrap());
    let found: Vec<_> =
        session.uid_fetch("1:2", "(UID BODY.PEEK[])").await.unwrap().try_collect().await.unwrap();
    let uids: Vec<_> = found.iter().map(|letter| (letter.message, letter.uid)).collect();
    assert_eq!(uids, [(2, Some(2))], "the number stays until the client was told");
    session.noop().await.unwrap();
    let found: Vec<_> = session.fetch("1:*", "UID").await.unwrap().try_collect().await.unwrap();
    assert_eq!((found[0].message, found[0].uid), (1, Some(2)));
}

#[tokio::test]
async fn f50_the_stated_size_is_wrong() {
    let office = office();
    office.deliver(AGENT, "INBOX", LETTER).unwrap();
    office.faults().wrong_size(1_000_000, ONCE);
    office.faults().wrong_size(-1_000_000, ONCE);
    let mut session = imap(&office, AGENT).await;
    session.select("INBOX").await.unwrap();
    let real = u32::try_from(LETTER.len()).unwrap();
    for expected in [real + 1_000_000, 0, real] {
        // A FETCH that does not ask for the size takes no turn.
        for (query, size) in [("FLAGS", None), ("RFC822.SIZE", Some(expected))] {
            let found: Vec<_> =
                session.fetch("1", query).await.unwrap().try_collect().await.unwrap();
            assert_eq!(found[0].size, size);
        }
    }
}

#[tokio::test]
async fn f10_bye_comes_out_of_the_blue_in_idle() {
    let office = office();
    let mut session = imap(&office, AGENT).await;
    session.select("INBOX").await.unwrap();
    let mut idle = session.idle();
    idle.init().await.unwrap();
    let (wait, _stop) = idle.wait();
    office.faults().bye_in_idle("Autologout, idle for too long", ONCE);
    let news = format!("{:?}", wait.await.unwrap());
    assert!(news.contains("NewData"), "{news}");
    drop(idle);

    office.faults().bye_in_idle("again", ONCE);
    let script = format!("{}a IDLE\r\n", hello_imap());
    let said = talk(&office, office.imap_port(), &script).await;
    assert!(said.ends_with("+ idling\r\n* BYE again\r\n"), "{said}");
}

#[tokio::test]
async fn f09_idle_is_deaf() {
    let office = office();
    office.faults().deaf_idle(ONCE);
    let mut stream = secure(&office, connect(office.imap_port()).await).await.unwrap();
    let start = format!("{}a SELECT INBOX\r\nb IDLE\r\n", hello_imap());
    stream.write_all(start.as_bytes()).await.unwrap();
    while !read_line(&mut stream).await.starts_with("+ idling") {}
    office.deliver(AGENT, "INBOX", LETTER).unwrap();
    stream.write_all(b"DONE\r\nc NOOP\r\n").await.unwrap();
    assert_eq!(read_line(&mut stream).await, "b OK idled\r\n", "not a word of the letter");
    assert_eq!(read_line(&mut stream).await, "* 1 EXISTS\r\n", "asked, it knows");
}

#[tokio::test]
async fn an_outage_refuses_connections_and_ends_those_that_are_open() {
    let office = office();
    let (smtp_port, imap_port) = (office.smtp_port(), office.imap_starttls_port());
    let mut open = connect(imap_port).await;
    assert!(read_line(&mut open).await.starts_with("* OK"));
    assert!(office.faults().outage(true));
    assert_eq!(rest(&mut open).await, "");
    for port in [smtp_port, imap_port] {
        let refused = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    }
    assert!(send(&office).await.is_err());
    office.deliver(AGENT, "INBOX", LETTER).unwrap();
    assert!(office.faults().outage(false));
    assert!(office.faults().outage(false), "once more changes nothing");
    send(&office).await.unwrap();
    assert_eq!(imap(&office, AGENT).await.select("INBOX").await.unwrap().exists, 1);
}

#[tokio::test]
async fn faults_are_counted_kept_in_order_and_cleared() {
    let office = office();
    let faults = office.faults();
    faults.answer(Protocol::Smtp, "NOOP", "450 first", ONCE);
    faults.answer(Protocol::Smtp, "NOOP", "450 second", Times::Next(2));
    faults.answer(Protocol::Smtp, "NOOP", "450 third", Times::UntilCleared);
    let said = talk_plain(office.smtp_starttls_port(), &"NOOP\r\n".repeat(5)).await;
    let words: Vec<_> = said.lines().skip(1).map(|line| &line[4..]).collect();
    assert_eq!(words, ["first", "second", "second", "third", "third"]);
    assert_eq!(faults.fired(), 5);
    faults.clear();
    let said = talk_plain(office.smtp_starttls_port(), "NOOP\r\n").await;
    assert!(said.ends_with("250 2.0.0 Ok\r\n"), "{said}");
    faults.answer(Protocol::Smtp, "NOOP", "450 never", Times::Next(0));
    let said = talk_plain(office.smtp_starttls_port(), "NOOP\r\n").await;
    assert!(said.ends_with("250 2.0.0 Ok\r\n"), "{said}");
}
