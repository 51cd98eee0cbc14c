//! The post carrier against real servers (Dovecot, Postfix) ; against scripted ones in
//! carrier_post_faults.rs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/servers.rs"]
mod servers;

#[path = "support/post.rs"]
mod letters;

use std::time::Duration;

use certpost::carrier::post::{Limits, Login, Moving, Post, PostSettings, Server, Tls};
use certpost::engine::ports::{Carrier, Collected, Form};
use certpost::exchange::SendFailure;
use letters::{labelled, letter, letters};
use servers::{Account, LARGEST_LETTER, QUOTA_MEGABYTES, Servers};
use zeroize::Zeroizing;

const HOUR: Duration = Duration::from_secs(3600);

fn server(port: u16, tls: Tls, ca: Vec<u8>, account: &Account) -> Server {
    let password = account.password.clone();
    Server {
        host: "localhost".into(),
        port,
        tls,
        ca: Some(ca),
        user: account.address.clone(),
        login: Login::Password(Box::new(move || Ok(Zeroizing::new(password.clone())))),
    }
}

fn settings(servers: &Servers, account: &Account, tls: Tls) -> PostSettings {
    let (smtp, imap) = match tls {
        Tls::Implicit => (servers.smtps, servers.imaps),
        Tls::Starttls => (servers.smtp, servers.imap),
    };
    PostSettings {
        address: account.address.clone(),
        smtp: server(smtp, tls, servers.ca(), account),
        imap: server(imap, tls, servers.ca(), account),
        folders: vec!["INBOX".into()],
        move_to: None,
        limits: Limits::default(),
    }
}

fn post(servers: &Servers, account: &Account) -> Post {
    Post::new(settings(servers, account, Tls::Implicit)).unwrap()
}

fn settle_all(post: &mut Post, collected: &Collected) -> Option<String> {
    for delivery in &collected.deliveries {
        post.settle(&delivery.locator).unwrap();
    }
    post.bookmark()
}

/// Sends, collects, settles, and comes back with the bookmark.
fn round_trip(tls: Tls) {
    let servers = Servers::shared();
    let (agent, office) = (servers.account(), servers.account());
    // Dots at line starts, 8-bit bytes, an empty last line, and every byte in base64.
    let attachment: Vec<u8> = (0..=255).cycle().take(40_000).collect();
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(&attachment);
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(76).map(|l| std::str::from_utf8(l).unwrap()).collect();
    let body = format!(".\r\n..x\r\nЗаявка\r\n{}\r\n\r\n", lines.join("\r\n"));
    let first = letter("=?utf-8?B?0JfQsNGP0LLQutCw?=", &body);
    let mut sender = Post::new(settings(servers, &agent, tls)).unwrap();
    sender.send(&first, &office.address).unwrap();
    servers.mailbox(&office).await_letters("INBOX", 1);

    let mut reader = Post::new(settings(servers, &office, tls)).unwrap();
    let collected = reader.collect(None, 10).unwrap();
    assert!(!collected.more);
    // Servers write their trace above; what we gave is below it, byte for byte.
    let [came] = &letters(&collected)[..] else { panic!("{collected:?}") };
    assert!(came.ends_with(&first), "{}", String::from_utf8_lossy(came));
    assert!(came.starts_with(b"Return-Path: <"));
    // Not settled: the same again, also for another process.
    assert_eq!(reader.collect(reader.bookmark().as_deref(), 10).unwrap(), collected);
    let bookmark = settle_all(&mut reader, &collected);
    assert_eq!(reader.collect(bookmark.as_deref(), 10).unwrap(), Collected::default());

    sender.send(&letter("second", "x"), &office.address).unwrap();
    servers.mailbox(&office).await_letters("INBOX", 2);
    let mut another = Post::new(settings(servers, &office, tls)).unwrap();
    let collected = another.collect(bookmark.as_deref(), 10).unwrap();
    assert_eq!(collected.deliveries.len(), 1);
    assert!(letters(&collected)[0].ends_with(b"Subject: second\r\n\r\nx\r\n"));
}

#[test]
fn letters_travel_unchanged_with_implicit_tls() {
    round_trip(Tls::Implicit);
}

#[test]
fn letters_travel_unchanged_with_starttls() {
    round_trip(Tls::Starttls);
}

#[test]
fn f7_seen_letters_come_too_and_reading_marks_nothing() {
    let servers = Servers::shared();
    let account = servers.account();
    let mut mailbox = servers.mailbox(&account);
    mailbox.append("INBOX", &letter("read by a phone", "x"));
    mailbox.append("INBOX", &letter("new", "x"));
    mailbox.command("SELECT INBOX");
    mailbox.command("STORE 1 +FLAGS (\\Seen)");
    let mut reader = post(servers, &account);
    let collected = reader.collect(None, 10).unwrap();
    assert_eq!(collected.deliveries.len(), 2);
    settle_all(&mut reader, &collected);
    let mut look = servers.mailbox(&account);
    look.command("SELECT INBOX");
    let shown = look.command("FETCH 1:* (FLAGS)");
    assert_eq!(shown.matches("\\Seen").count(), 1, "{shown}");
    assert!(!shown.contains("\\Deleted"), "{shown}");
}

#[test]
fn f8_several_folders_cyrillic_names_and_a_missing_one() {
    let servers = Servers::shared();
    let account = servers.account();
    let mut mailbox = servers.mailbox(&account);
    let spam = "&BB0ENQQxBDAENgQwBD0EMA- &BD8EPgRIBEIEMA-";
    mailbox.command(&format!("CREATE \"{spam}\""));
    mailbox.append(spam, &letter("in spam", "x"));
    mailbox.append("INBOX", &letter("in the inbox", "x"));
    let mut settings = settings(servers, &account, Tls::Implicit);
    settings.folders = ["INBOX", "Нема такої", "Небажана пошта"].map(String::from).to_vec();
    let mut reader = Post::new(settings).unwrap();
    let collected = reader.collect(None, 10).unwrap();
    let letters = letters(&collected);
    assert_eq!(letters.len(), 2);
    assert!(collected.deliveries[1].locator.starts_with("Небажана пошта;"));
    assert_eq!(reader.troubles().len(), 1);
    assert_eq!(reader.troubles()[0].label, "imap-folder");
    assert!(reader.troubles()[0].detail.contains("Нема такої"), "{:?}", reader.troubles());
    let bookmark = settle_all(&mut reader, &collected);
    assert_eq!(reader.collect(bookmark.as_deref(), 10).unwrap(), Collected::default());
}

#[test]
fn when_no_folder_is_there_the_round_fails() {
    let servers = Servers::shared();
    let account = servers.account();
    let mut settings = settings(servers, &account, Tls::Implicit);
    settings.folders = vec!["Нема".into()];
    let error = Post::new(settings).unwrap().collect(None, 10).unwrap_err();
    assert_eq!(error.0.label, "imap-folder");
}

#[test]
fn the_limit_holds_over_folders_and_the_place_waits_for_the_lowest() {
    let servers = Servers::shared();
    let account = servers.account();
    let mut mailbox = servers.mailbox(&account);
    mailbox.command("CREATE Junk");
    for n in 1..=3 {
        mailbox.append("INBOX", &letter(&format!("inbox {n}"), "x"));
    }
    mailbox.append("Junk", &letter("junk", "x"));
    let mut settings = settings(servers, &account, Tls::Implicit);
    settings.folders.push("Junk".into());
    let mut reader = Post::new(settings).unwrap();
    let first = reader.collect(None, 2).unwrap();
    assert!(first.more && first.deliveries.len() == 2);
    // Only the second is settled: the first comes again, the second does not.
    reader.settle(&first.deliveries[1].locator).unwrap();
    let second = reader.collect(reader.bookmark().as_deref(), 3).unwrap();
    assert!(!second.more);
    assert_eq!(second.deliveries[0], first.deliveries[0]);
    assert_eq!(letters(&second)[1], letter("inbox 3", "x"));
    assert!(second.deliveries[2].locator.starts_with("Junk;"));
    let bookmark = settle_all(&mut reader, &second);
    let mut another = post(servers, &account);
    assert_eq!(another.collect(bookmark.as_deref(), 10).unwrap(), Collected::default());
    // Exactly as many as the limit: no more is waiting.
    assert!(!another.collect(None, 3).unwrap().more);
}

#[test]
fn f4_after_a_new_uidvalidity_everything_comes_again() {
    let servers = Servers::shared();
    let account = servers.account();
    let mut mailbox = servers.mailbox(&account);
    let folder = "Answers";
    mailbox.command("CREATE Answers");
    mailbox.append(folder, &letter("one", "x"));
    let mut settings = settings(servers, &account, Tls::Implicit);
    settings.folders = vec![folder.into()];
    let mut reader = Post::new(settings).unwrap();
    let before = reader.collect(None, 10).unwrap();
    let bookmark = settle_all(&mut reader, &before);
    mailbox.command("RENAME Answers Old");
    mailbox.command("CREATE Answers");
    mailbox.append(folder, &letter("one", "x"));
    let after = reader.collect(bookmark.as_deref(), 10).unwrap();
    assert_eq!(letters(&after), letters(&before));
    assert_ne!(after.deliveries[0].locator, before.deliveries[0].locator);
    let bookmark = settle_all(&mut reader, &after);
    assert_eq!(reader.collect(bookmark.as_deref(), 10).unwrap(), Collected::default());
}

#[test]
fn settled_letters_move_and_only_they() {
    let servers = Servers::shared();
    let account = servers.account();
    let mut mailbox = servers.mailbox(&account);
    for n in 1..=3 {
        mailbox.append("INBOX", &letter(&format!("{n}"), "x"));
    }
    let mut settings = settings(servers, &account, Tls::Implicit);
    // Watching the folder of settled letters too must not move them for ever.
    mailbox.command("CREATE \"&BB4EPwRABDAERgRMBD4EMgQwBD0EPg-\"");
    settings.folders.push("Опрацьовано".into());
    settings.move_to = Some("Опрацьовано".into());
    let mut reader = Post::new(settings).unwrap();
    let collected = reader.collect(None, 2).unwrap();
    let bookmark = settle_all(&mut reader, &collected);
    reader.settle(&collected.deliveries[0].locator).unwrap();
    let done = "&BB4EPwRABDAERgRMBD4EMgQwBD0EPg-";
    let mut look = servers.mailbox(&account);
    assert!(look.command("SELECT INBOX").contains("* 1 EXISTS"));
    assert!(look.command(&format!("SELECT \"{done}\"")).contains("* 2 EXISTS"));
    let again = reader.collect(bookmark.as_deref(), 10).unwrap();
    assert_eq!(again.deliveries.len(), 3, "one new, and two in their new place");
    settle_all(&mut reader, &again);
    assert!(look.command(&format!("SELECT \"{done}\"")).contains("* 3 EXISTS"));
    assert_eq!(
        reader.collect(reader.bookmark().as_deref(), 10).unwrap().deliveries.len(),
        1,
        "the third in its new place"
    );
}

#[test]
fn f5_a_letter_that_vanished_is_no_error() {
    let servers = Servers::shared();
    let account = servers.account();
    let mut mailbox = servers.mailbox(&account);
    for n in 1..=2 {
        mailbox.append("INBOX", &letter(&format!("{n}"), "x"));
    }
    let mut settings = settings(servers, &account, Tls::Implicit);
    settings.move_to = Some("Done".into());
    let mut reader = Post::new(settings).unwrap();
    let collected = reader.collect(None, 10).unwrap();
    mailbox.command("SELECT INBOX");
    mailbox.command("STORE 1 +FLAGS (\\Deleted)");
    mailbox.command("EXPUNGE");
    let bookmark = settle_all(&mut reader, &collected);
    assert_eq!(reader.collect(bookmark.as_deref(), 10).unwrap(), Collected::default());
}

#[test]
fn f50_an_oversized_letter_comes_as_its_header() {
    let servers = Servers::shared();
    let account = servers.account();
    let large = letter("large", &"x".repeat(900).repeat(200));
    servers.mailbox(&account).append("INBOX", &large);
    servers.mailbox(&account).append("INBOX", &letter("small", "x"));
    let mut settings = settings(servers, &account, Tls::Implicit);
    settings.limits.letter_bytes = 100_000;
    let mut reader = Post::new(settings).unwrap();
    let collected = reader.collect(None, 10).unwrap();
    let Form::Oversized { header, bytes } = &collected.deliveries[0].form else { panic!() };
    assert_eq!(*bytes, large.len() as u64);
    assert!(large.starts_with(header) && header.ends_with(b"Subject: large\r\n\r\n"));
    assert!(matches!(collected.deliveries[1].form, Form::Letter(_)));
}

#[test]
fn a_wrong_password_is_told_apart_and_never_shown() {
    let servers = Servers::shared();
    let mut account = servers.account();
    account.password = "не той \"пароль\"".into();
    let mut post = post(servers, &account);
    let error = post.collect(None, 10).unwrap_err();
    assert_eq!(error.0.label, "imap-login");
    let (fate, label, detail) = labelled(post.send(&letter("x", "x"), &account.address));
    assert_eq!((fate, label.as_str()), ("later", "smtp-login"));
    for text in [error.to_string(), detail] {
        assert!(text.contains(&account.address) && !text.contains("пароль"), "{text}");
    }
    assert!(matches!(post.knock_smtp(), Err(SendFailure::Later(_))));
}

#[test]
fn a_server_of_a_strange_ca_is_not_trusted() {
    let servers = Servers::shared();
    let account = servers.account();
    for tls in [Tls::Implicit, Tls::Starttls] {
        let mut settings = settings(servers, &account, tls);
        settings.smtp.ca = Some(servers.stranger_ca());
        settings.imap.ca = Some(servers.stranger_ca());
        let mut post = Post::new(settings).unwrap();
        assert_eq!(post.collect(None, 10).unwrap_err().0.label, "imap-tls");
        let (fate, label, _) = labelled(post.send(&letter("x", "x"), &account.address));
        assert_eq!((fate, label.as_str()), ("later", "smtp-tls"));
    }
    let mut settings = settings(servers, &account, Tls::Implicit);
    settings.imap.host = "127.0.0.2".into();
    assert_eq!(
        Post::new(settings).unwrap().collect(None, 1).unwrap_err().0.label,
        "imap-unreachable"
    );
}

#[test]
fn a_ca_file_without_certificates_is_refused_at_once() {
    let servers = Servers::shared();
    let account = servers.account();
    for ca in [&b"not PEM"[..], b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let mut settings = settings(servers, &account, Tls::Implicit);
        settings.smtp.ca = Some(ca.to_vec());
        assert_eq!(Post::new(settings).err().unwrap().0.label, "smtp-tls");
    }
}

#[test]
fn an_unknown_recipient_is_rejected_with_the_servers_words() {
    let servers = Servers::shared();
    let account = servers.account();
    let mut post = post(servers, &account);
    post.knock_smtp().unwrap();
    let (fate, label, detail) = labelled(post.send(&letter("x", "x"), "nobody@test.example"));
    assert_eq!((fate, label.as_str()), ("rejected", "smtp-rejected"));
    assert!(detail.contains("550") && detail.contains("nobody@test.example"), "{detail}");
    let (fate, ..) = labelled(post.send(&letter("x", "x"), "no address\r\nRCPT TO:<a@b.c>"));
    assert_eq!(fate, "rejected");
    let (fate, _, detail) = labelled(post.send(b"Subject: x\n\nbare\n", &account.address));
    assert_eq!(fate, "rejected", "{detail}");
}

#[test]
fn f35_a_letter_above_the_servers_size_is_not_even_begun() {
    let servers = Servers::shared();
    let account = servers.account();
    let large = letter("large", &"x".repeat(LARGEST_LETTER));
    let (fate, label, detail) = labelled(post(servers, &account).send(&large, &account.address));
    assert_eq!((fate, label.as_str()), ("rejected", "smtp-rejected"));
    assert!(detail.contains(&LARGEST_LETTER.to_string()), "{detail}");
}

#[test]
fn f9_idle_returns_when_a_letter_comes() {
    let servers = Servers::shared();
    let account = servers.account();
    let mut settings = settings(servers, &account, Tls::Implicit);
    // Renewed again and again, so that renewing is shown to work too.
    settings.limits.idle = Duration::from_millis(50);
    let mut reader = Post::new(settings).unwrap();
    assert_eq!(reader.collect(None, 10).unwrap(), Collected::default());
    let asked = std::cell::Cell::new(0);
    // The letter is put there from within the wait: IDLE stands when it is asked a second time.
    // It is asked five times a second: 150 times without news are far more than Dovecot's delay.
    reader.wait(HOUR, &|| {
        asked.set(asked.get() + 1);
        if asked.get() == 2 {
            servers.mailbox(&account).append("INBOX", &letter("news", "x"));
        }
        asked.get() >= 150
    });
    assert!((2..150).contains(&asked.get()), "asked {} times", asked.get());
    assert_eq!(reader.collect(None, 10).unwrap().deliveries.len(), 1);
}

#[test]
fn a_letter_between_collecting_and_waiting_ends_the_wait_at_once() {
    let servers = Servers::shared();
    let account = servers.account();
    let mut reader = post(servers, &account);
    reader.collect(None, 10).unwrap();
    servers.mailbox(&account).append("INBOX", &letter("just now", "x"));
    let asked = std::cell::Cell::new(false);
    reader.wait(HOUR, &|| {
        asked.set(true);
        true
    });
    assert!(!asked.get(), "it waited although a letter was there");
    assert_eq!(reader.collect(None, 10).unwrap().deliveries.len(), 1);
    // It is known now, though not settled: the next wait ends because it is asked to.
    reader.wait(HOUR, &|| asked.replace(true));
    assert!(asked.get());
}

#[test]
fn the_examination_tells_room_and_rights() {
    let servers = Servers::shared();
    let account = servers.account();
    let mut mailbox = servers.mailbox(&account);
    for folder in ["Processed", "Closed", "Fixed"] {
        mailbox.command(&format!("CREATE {folder}"));
    }
    mailbox.append("INBOX", &letter("here", "x"));
    let examined = |folder: &str, target: &str| {
        let mut settings = settings(servers, &account, Tls::Implicit);
        settings.folders = vec![folder.into()];
        settings.move_to = Some(target.into());
        Post::new(settings).unwrap().examine().unwrap()
    };
    let good = examined("INBOX", "Processed");
    assert_eq!(good.folders, [("INBOX".to_owned(), Ok(1))]);
    assert_eq!(good.moving, Moving::Allowed);
    let (used, allowed) = good.quota.expect("Dovecot tells the quota");
    assert_eq!(allowed, QUOTA_MEGABYTES * 1024);
    assert!(used < allowed);
    let refused = |moving| match moving {
        Moving::Refused(words) => words,
        other => panic!("{other:?}"),
    };
    assert!(refused(examined("INBOX", "Closed").moving).contains("Closed"));
    assert!(refused(examined("Fixed", "Processed").moving).contains("Fixed"));
    // With EXAMINE nothing changed: the letter is still new.
    assert_eq!(post(servers, &account).collect(None, 10).unwrap().deliveries.len(), 1);
}
