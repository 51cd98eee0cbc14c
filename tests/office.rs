//! The simulated post office, met by real clients: lettre, async-imap, Python's smtplib and
//! imaplib, and bare lines over TLS. The faults stand in `office/faults.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "office/clients.rs"]
mod clients;
#[path = "office/faults.rs"]
mod faults;

use std::process::Command;

use certpost::simulator::office::{Account, Kept, Office, OfficeError};
use certpost::time::Timestamp;
use clients::*;
use futures_util::TryStreamExt;
use lettre::AsyncTransport;
use proptest::prelude::*;
use tokio::io::AsyncWriteExt;

#[tokio::test]
async fn a_letter_travels_from_lettre_to_async_imap_over_implicit_tls() {
    let office = office();
    smtp(&office).send_raw(&envelope(AGENT, CA), LETTER).await.unwrap();

    let mut session = imap(&office, CA).await;
    let inbox = session.select("INBOX").await.unwrap();
    assert_eq!((inbox.exists, inbox.uid_next), (1, Some(2)));
    let uids = session.uid_search("HEADER Message-ID <1@agent.example>").await.unwrap();
    assert_eq!(uids.into_iter().collect::<Vec<_>>(), [1]);
    let query = "(UID FLAGS RFC822.SIZE INTERNALDATE BODY.PEEK[])";
    let letters: Vec<_> = session.uid_fetch("1", query).await.unwrap().try_collect().await.unwrap();
    let body = letters[0].body().unwrap();
    // lettre ends every letter with an empty line of its own.
    let sent = [LETTER, b"\r\n"].concat();
    assert!(body.ends_with(&sent), "the letter arrives byte for byte behind its trace");
    assert!(body.starts_with(b"Return-Path: <sonechko@office.example>\r\nReceived: "));
    assert_eq!(letters[0].size, Some(u32::try_from(body.len()).unwrap()));
    assert_eq!(letters[0].internal_date().unwrap().timestamp(), NOW.0);
    assert_eq!(letters[0].flags().count(), 0, "PEEK leaves \\Seen alone");

    assert_eq!(office.letters(CA, "INBOX"), [body.to_vec()]);
    assert_eq!(office.sent_log().len(), 1);
    assert_eq!(office.sent_log()[0].bytes, sent);
    session.logout().await.unwrap();
}

#[tokio::test]
async fn starttls_serves_both_protocols_and_refuses_passwords_before_it() {
    let office = office();
    starttls_smtp(&office).send_raw(&envelope(AGENT, CA), LETTER).await.unwrap();
    assert_eq!(office.letters(CA, "INBOX").len(), 1);

    let refused = talk_plain(office.imap_starttls_port(), "a LOGIN x y\r\n").await;
    assert!(refused.contains("STARTTLS LOGINDISABLED"), "{refused}");
    assert!(refused.contains("\r\na NO [PRIVACYREQUIRED]"), "{refused}");
    let client = imap_starttls(&office).await;
    let mut session = client.login(CA, CA_PASSWORD).await.map_err(|(e, _)| e).unwrap();
    assert_eq!(session.select("INBOX").await.unwrap().exists, 1);

    let plain = talk_plain(office.smtp_starttls_port(), "EHLO x\r\nAUTH PLAIN AGEAYg==\r\n").await;
    assert!(plain.contains("250 STARTTLS\r\n538 "), "{plain}");
}

#[tokio::test]
async fn what_a_stranger_slips_in_behind_starttls_is_not_obeyed() {
    // RFC 3207 §6: one write, so that both lines arrive together.
    let office = office();
    let smtp = office.smtp_starttls_port();
    let said = slip_in(&office, smtp, "STARTTLS\r\nNOOP\r\n", "220 2.0.0", "QUIT\r\n").await;
    assert_eq!(said, "221 2.0.0 Bye\r\n");
    let imap = office.imap_starttls_port();
    let said = slip_in(&office, imap, "a STARTTLS\r\nb NOOP\r\n", "a OK", "c LOGOUT\r\n").await;
    assert_eq!(said, "* BYE until later\r\nc OK bye\r\n");
}

/// Says `clear`, waits for the line that begins with `ready`, and returns what `secured` is
/// answered after the handshake.
async fn slip_in(office: &Office, port: u16, clear: &str, ready: &str, secured: &str) -> String {
    let mut stream = connect(port).await;
    stream.write_all(clear.as_bytes()).await.unwrap();
    while !read_line(&mut stream).await.starts_with(ready) {}
    let mut stream = secure(office, stream).await.unwrap();
    stream.write_all(secured.as_bytes()).await.unwrap();
    rest(&mut stream).await
}

#[tokio::test]
async fn expunged_letters_are_told_from_the_last_to_the_first() {
    let office = office();
    for _ in 0..3 {
        office.deliver(AGENT, "INBOX", LETTER).unwrap();
    }
    let script = format!(
        "{}a SELECT INBOX\r\nb STORE 1:2 FLAGS.SILENT (\\Deleted)\r\nc EXPUNGE\r\n",
        hello_imap()
    );
    let said = talk(&office, office.imap_port(), &script).await;
    assert!(said.ends_with("b OK stored\r\n* 2 EXPUNGE\r\n* 1 EXPUNGE\r\nc OK done\r\n"), "{said}");
}

#[tokio::test]
async fn flags_folders_and_moves_work_for_async_imap() {
    let office = office();
    office.deliver(AGENT, "INBOX", b"Subject: one\r\n\r\n1\r\n").unwrap();
    office.deliver(AGENT, "INBOX", LETTER).unwrap();
    let mut session = imap(&office, AGENT).await;
    session.create("Archive").await.unwrap();
    assert!(session.create("archive/../INBOX").await.is_ok(), "a name is only a name");
    assert!(session.create("inbox").await.is_err());
    let names: Vec<_> =
        session.list(Some(""), Some("*")).await.unwrap().try_collect().await.unwrap();
    let mut names: Vec<_> = names.iter().map(|name| name.name().to_owned()).collect();
    names.sort();
    assert_eq!(names, ["Archive", "INBOX", "Junk", "Processed", "Sent", "archive/../INBOX"]);

    session.select("INBOX").await.unwrap();
    let stored: Vec<_> =
        session.uid_store("2", "+FLAGS (\\Seen kept)").await.unwrap().try_collect().await.unwrap();
    assert_eq!(stored[0].flags().count(), 2);
    assert_eq!(session.uid_search("UNSEEN").await.unwrap().into_iter().collect::<Vec<_>>(), [1]);
    session.uid_mv("2", "Processed").await.unwrap();
    assert_eq!(office.letters(AGENT, "Processed"), [LETTER]);
    assert_eq!(office.letters(AGENT, "INBOX").len(), 1);
    assert!(session.uid_mv("1", "Nowhere").await.is_err());

    session.append("Sent", Some("(\\Seen)"), None, LETTER).await.unwrap();
    assert_eq!(office.letters(AGENT, "Sent"), [LETTER]);
    let flags = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(office.kept(AGENT, "Sent"), [Kept { uid: 1, flags: flags(&["\\Seen"]) }]);
    let moved = Kept { uid: 1, flags: flags(&["\\Seen", "kept"]) };
    assert_eq!(office.kept(AGENT, "Processed"), [moved]);
    let status = session.status("Sent", "(MESSAGES UIDNEXT UNSEEN)").await.unwrap();
    assert_eq!((status.exists, status.uid_next), (1, Some(2)));
}

#[tokio::test]
async fn idle_tells_of_a_letter_at_once() {
    let office = office();
    let mut session = imap(&office, AGENT).await;
    session.select("INBOX").await.unwrap();
    let mut idle = session.idle();
    idle.init().await.unwrap();
    let (wait, _stop) = idle.wait();
    office.deliver(AGENT, "INBOX", LETTER).unwrap();
    let news = wait.await.unwrap();
    assert!(format!("{news:?}").contains("NewData"), "{news:?}");
    let mut session = idle.done().await.unwrap();
    assert_eq!(session.uid_search("ALL").await.unwrap().len(), 1);
}

#[test]
fn python_clients_agree() {
    let office = office();
    let folder = tempfile::tempdir().unwrap();
    let trust = folder.path().join("ca.pem");
    std::fs::write(&trust, office.ca_pem()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/office/clients.py");
    let ports = [
        office.smtp_port(),
        office.smtp_starttls_port(),
        office.imap_port(),
        office.imap_starttls_port(),
    ];
    let run = Command::new("python3")
        .arg(script)
        .arg(&trust)
        .args(ports.map(|port| port.to_string()))
        .args([AGENT, AGENT_PASSWORD, CA])
        .output()
        .expect("python3 is needed for this test");
    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{out}\n{err}");
    assert_eq!(out.trim(), "all agreed");
    assert_eq!(office.sent_log().len(), 2);
    assert_eq!(office.letters(AGENT, "Processed").len(), 1);
}

#[tokio::test]
async fn smtp_says_what_is_wrong() {
    let office = office();
    office.set_size_limit(1000);
    let wrong = "EHLO x\r\nMAIL FROM:<a@b.example>\r\nAUTH PLAIN AGEAYg==\r\nAUTH XOAUTH2 YQ==\r\n\
                 AUTH PLAIN ???\r\nFOO\r\n";
    let said = talk(&office, office.smtp_port(), wrong).await;
    assert!(said.contains("250-SIZE 1000\r\n"), "{said}");
    assert_eq!(codes(&said), ["220", "250", "530", "535", "504", "501", "500"], "{said}");

    let big = "x".repeat(2000);
    let script = format!(
        "{}MAIL FROM:<{AGENT}> SIZE=1001\r\nDATA\r\nMAIL FROM:<{AGENT}>\r\nDATA\r\n\
         RCPT TO:<nobody@office.example>\r\nRCPT TO:<{CA}>\r\nDATA\r\n{big}\r\n.\r\n\
         NOOP {big}\r\nNOOP\r\nRSET\r\nVRFY a\r\nQUIT\r\n",
        hello_smtp(),
    );
    let said = talk(&office, office.smtp_port(), &script).await;
    let expected = [
        "220", "250", "235", "552", "503", "250", "554", "550", "250", "354", "552", "250", "250",
        "250", "252", "221",
    ];
    assert_eq!(codes(&said), expected, "{said}");
    assert!(office.sent_log().is_empty());

    for length in [13_000, 100_000] {
        let endless = format!("EHLO x\r\nNOOP {}\r\nQUIT\r\n", "y".repeat(length));
        let said = talk(&office, office.smtp_port(), &endless).await;
        assert_eq!(codes(&said), ["220", "250", "500", "221"], "{said}");
    }
}

#[tokio::test]
async fn dots_are_unstuffed_and_bare_line_feeds_end_nothing() {
    let office = office();
    let start = format!("MAIL FROM:<{AGENT}>\r\nRCPT TO:<{CA}>\r\nDATA\r\n");
    let script = format!(
        "{}{start}a\r\n..b\r\n...\r\nc\n.\nd\r\n.\r\n{start}.\r\n{start}..\r\n.\r\nQUIT\r\n",
        hello_smtp()
    );
    let said = talk(&office, office.smtp_port(), &script).await;
    assert!(said.ends_with("221 2.0.0 Bye\r\n"), "{said}");
    let bytes: Vec<_> = office.sent_log().into_iter().map(|letter| letter.bytes).collect();
    assert_eq!(bytes, [b"a\r\n.b\r\n..\r\nc\n.\nd\r\n".to_vec(), b"".to_vec(), b".\r\n".to_vec()]);
}

#[tokio::test]
async fn imap_fetches_what_is_asked_and_nothing_else() {
    let office = office();
    office.deliver(AGENT, "INBOX", LETTER).unwrap();
    office.deliver(AGENT, "INBOX", b"Subject: two\r\n\r\n").unwrap();
    let script = format!(
        "{}a SELECT inbox\r\nb FETCH 1 BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]\r\n\
         c UID FETCH 1 (BODY.PEEK[]<2.4>)\r\nd FETCH 1 FLAGS\r\ne FETCH 2 BODY[]\r\n\
         f UID FETCH 99:* (UID)\r\ng FETCH 77 (UID)\r\nh FETCH 1 BODYSTRUCTURE\r\n\
         i FETCH 1 (ENVELOPE BODY.PEEK[TEXT])\r\n",
        hello_imap()
    );
    let said = talk(&office, office.imap_port(), &script).await;
    let answer = |tag: &str, before: &str| {
        let start = said.find(&format!("\r\n{before} OK")).expect(&said);
        let end = said[start + 2..].find(&format!("\r\n{tag} ")).expect(&said);
        let text = &said[start + 2..start + 2 + end];
        text.split_once("\r\n").map_or("", |(_, rest)| rest).to_owned()
    };
    let id = "Message-ID: <1@agent.example>\r\n\r\n";
    let expected = format!("* 1 FETCH (BODY[HEADER.FIELDS (MESSAGE-ID)] {{{}}}\r\n{id})", id.len());
    assert_eq!(answer("b", "a"), expected);
    assert_eq!(answer("c", "b"), "* 1 FETCH (UID 1 BODY[]<2> {4}\r\nom: )");
    assert_eq!(answer("d", "c"), "* 1 FETCH (FLAGS ())");
    let seen = "* 2 FETCH (BODY[] {16}\r\nSubject: two\r\n\r\n FLAGS (\\Seen))";
    assert_eq!(answer("e", "d"), seen);
    assert_eq!(answer("f", "e"), "* 2 FETCH (UID 2)", "RFC 3501 §6.4.8: n:* names the last");
    assert_eq!(answer("g", "f"), "");
    assert!(said.contains("\r\nh NO [CANNOT]"), "{said}");
    assert!(said.contains("\"<1@agent.example>\") BODY[TEXT] {"), "{said}");
}

#[tokio::test]
async fn imap_searches_stores_copies_and_expunges() {
    let office = office();
    for number in 1..=3 {
        let letter = format!("Subject: n{number}\r\nX-Empty:\r\n\r\nbody{number}\r\n");
        office.deliver(AGENT, "INBOX", letter.as_bytes()).unwrap();
    }
    let script = format!(
        "{}a SELECT INBOX\r\nb STORE 1,2 +FLAGS.SILENT (\\Deleted)\r\nc SEARCH DELETED\r\n\
         d UID SEARCH UID 2:* UNDELETED\r\ne UID SEARCH OR SUBJECT N1 BODY body3\r\n\
         f SEARCH SINCE 1-Jan-2026 HEADER X-Empty \"\"\r\ng SEARCH SINCE 1-Jan-2030\r\n\
         h SEARCH SENTSINCE 1-Jan-2026\r\ni UID COPY 1:3 Junk\r\nj UID EXPUNGE 2\r\n\
         k EXPUNGE\r\nl NOOP\r\nm UID COPY 9 Junk\r\nn COPY 1 Nowhere\r\no EXAMINE Junk\r\n\
         p STORE 1 FLAGS ()\r\nq FETCH 1 BODY[TEXT]\r\nr CLOSE\r\ns FETCH 1 FLAGS\r\n\
         t STATUS Junk (MESSAGES UNSEEN DELETED)\r\n",
        hello_imap()
    );
    let said = talk(&office, office.imap_port(), &script).await;
    for expected in [
        "* SEARCH 1 2\r\nc OK",
        "* SEARCH 3\r\nd OK",
        "* SEARCH 1 3\r\ne OK",
        "* SEARCH 1 2 3\r\nf OK",
        "* SEARCH\r\ng OK",
        "h NO [CANNOT]",
        " 1,2,3 1,2,3] copied",
        "* 2 EXPUNGE\r\nj OK",
        "* 1 EXPUNGE\r\nk OK",
        "\r\nl OK",
        "\r\nm OK nothing to do",
        "n NO [TRYCREATE]",
        "o OK [READ-ONLY]",
        "p NO [CANNOT]",
        "body1\r\n)\r\nq OK",
        "\r\ns BAD",
        "* STATUS \"Junk\" (MESSAGES 3 UNSEEN 3 DELETED 2)\r\n",
    ] {
        assert!(said.contains(expected), "{expected:?} is missing in\n{said}");
    }
    assert_eq!(office.letters(AGENT, "INBOX").len(), 1);
}

#[tokio::test]
async fn imap_says_what_is_wrong() {
    let office = office();
    office.set_size_limit(100);
    let big = "z".repeat(200);
    let script = format!(
        "a SELECT INBOX\r\nb LOGIN {AGENT} wrong\r\nc LOGIN nobody x\r\nd NONSENSE\r\n\r\n\
         {}e SELECT Nowhere\r\nf APPEND Nowhere {{1+}}\r\nx\r\ng APPEND INBOX {{200+}}\r\n{big}\r\n\
         h APPEND INBOX {{9999}}\r\ni NOOP {}\r\nj NOOP\r\n",
        hello_imap(),
        "w".repeat(70_000),
    );
    let said = talk(&office, office.imap_port(), &script).await;
    for expected in [
        "\r\na BAD",
        "\r\nb NO [AUTHENTICATIONFAILED]",
        "\r\nc NO [AUTHENTICATIONFAILED]",
        "\r\nd BAD",
        "\r\n* BAD",
        "\r\ne NO",
        "\r\nf NO [TRYCREATE]",
        "\r\ng NO [TOOBIG]",
        "\r\nh NO [TOOBIG]",
        "\r\ni BAD",
        "\r\nj OK",
    ] {
        assert!(said.contains(expected), "{expected:?} is missing in\n{said}");
    }
    let plain = "a AUTHENTICATE PLAIN\r\n*\r\nb AUTHENTICATE PLAIN ????\r\nc CAPABILITY\r\n";
    let said = talk(&office, office.imap_port(), plain).await;
    assert!(said.contains("+ \r\na BAD"), "{said}");
    assert!(said.ends_with("c OK as listed\r\n"), "{said}");
}

#[test]
fn callers_learn_what_does_not_exist() {
    let office = office();
    let error = office.deliver("nobody@office.example", "INBOX", b"").unwrap_err();
    assert_eq!(error.to_string(), "nobody has a postbox as nobody@office.example");
    let error = office.renumber(AGENT, "Nowhere").unwrap_err();
    assert!(matches!(error, OfficeError::NoSuchFolder { .. }));
    assert!(office.letters(AGENT, "Nowhere").is_empty());
}

#[tokio::test]
async fn dropping_the_office_closes_its_ports_and_connections() {
    let office = Office::start(
        vec![Account { address: AGENT.into(), password: AGENT_PASSWORD.into() }],
        || Timestamp(0),
    )
    .unwrap();
    let port = office.imap_starttls_port();
    let mut open = connect(port).await;
    assert!(read_line(&mut open).await.starts_with("* OK"));
    let handle = office.faults();
    drop(office);
    assert_eq!(rest(&mut open).await, "");
    let refused = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    assert!(!handle.outage(false), "nobody is there to open again");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Every line is answered, and the next one too: a panic would end the connection.
    #[test]
    fn malformed_commands_never_end_the_dialogue(
        words in prop::collection::vec(prop::collection::vec(word(), 1..6), 1..12),
    ) {
        let lines: String = words.iter().map(|line| line.join(" ") + "\r\n").collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (smtp, imap) = runtime.block_on(async {
            let office = office();
            office.deliver(AGENT, "INBOX", LETTER).unwrap();
            let script = format!("{}\r\n{lines}\r\n.\r\nQUIT\r\n", hello_smtp());
            let smtp = talk(&office, office.smtp_port(), &script).await;
            let script =
                format!("{}a SELECT INBOX\r\n{lines}\r\nDONE\r\nz LOGOUT\r\n", hello_imap());
            (smtp, talk(&office, office.imap_port(), &script).await)
        });
        prop_assert!(smtp.contains("\r\n221 "), "{lines:?} {smtp}");
        prop_assert!(imap.contains("\r\nz OK"), "{lines:?} {imap}");
    }
}

/// Pieces of both protocols, numbers at the edge, and noise; nothing that invites a literal or
/// ends the dialogue by right.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "MAIL",
            "FROM:<>",
            "FROM:<a@b>",
            "SIZE=99999999999999999999",
            "RCPT",
            "TO:<",
            "DATA",
            "RSET",
            "a",
            "b UID",
            "SEARCH",
            "FETCH",
            "1:*",
            "*:4294967295",
            "0",
            "(FLAGS)",
            "FULL",
            "BODY[]<4294967295.1>",
            "BODY[HEADER.FIELDS (",
            ")",
            "BODY.PEEK[1.2.3]",
            "STORE",
            "+FLAGS",
            "(\\Recent)",
            "\\*",
            "NOT",
            "OR",
            "UID",
            "SINCE",
            "31-Feb-2026",
            "1-Jan-0000",
            "LIST",
            "\"\"",
            "%*%*%*",
            "STATUS",
            "INBOX",
            "()",
            "COPY",
            "MOVE",
            "EXPUNGE",
            "IDLE",
            "NOOP",
            "ID",
            "NIL",
            "CREATE",
            "&",
            "APPEND",
            "AUTH",
            "\"",
            "(((((",
        ])
        .prop_map(str::to_owned),
        "[^{\r\n]{0,12}",
    ]
}
