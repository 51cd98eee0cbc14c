//! Requests, good and bad ones.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::time::Duration;

use certpost::config::Listen;
use certpost::report::Language;
use certpost::status::{Board, Limits, Page};
use certpost::time::{Span, Timestamp};

use super::moment::rich_snapshot;
use super::{Answer, ask, board, connect, get, open, then, trouble};

#[test]
fn the_summary_is_live_and_needs_no_script() {
    let board = board(rich_snapshot());
    // The last round is from ten days ago; days are counted from now.
    let (_page, address) = open(&board, || then() + Span::days(10));
    let answer = get(address, "/");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(answer.body.contains("ТОВ «Проба»"));
    assert!(answer.body.contains("http-equiv=\"refresh\" content=\"60\""));
    assert!(answer.body.contains("02.12.2026"), "the page is not of today");
    assert!(!answer.body.contains("<script"));
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    let policy = answer.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "style-src 'unsafe-inline'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    // What a next round finds is shown at once.
    let mut snapshot = rich_snapshot();
    snapshot.organisation.name = "ТОВ «Інше»".into();
    board.round_done(Arc::new(snapshot));
    assert!(get(address, "/").body.contains("ТОВ «Інше»"));
}

#[test]
fn before_the_first_round_the_page_says_so() {
    let board = Arc::new(Board::new(then(), Language::Uk, Span::minutes(5)));
    let (_page, address) = open(&board, then);
    assert_eq!(get(address, "/").status, 503);
    assert_eq!(get(address, "/health").status, 200);
    assert_eq!(get(address, "/metrics").status, 200);
}

#[test]
fn nothing_but_three_paths_and_nothing_but_reading() {
    let board = board(rich_snapshot());
    let (_page, address) = open(&board, then);
    for path in
        ["/x", "/summary.html", "/..", "//", "/health/", "/metrics%00", "/%2e%2e/etc/passwd"]
    {
        assert_eq!(get(address, path).status, 404, "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"] {
        let request =
            format!("{method} / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        let answer = ask(address, &request);
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("get, head"), "{method}");
    }
    let head = ask(address, "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let length: usize = head.header("content-length").unwrap().parse().unwrap();
    assert_eq!(length, get(address, "/").body.len());
}

#[test]
fn a_name_from_elsewhere_that_leads_here_is_refused() {
    let board = board(rich_snapshot());
    let (_page, address) = open(&board, then);
    for host in ["evil.example", "evil.example:8437", "localhost.evil.example", "192.168.1.1", ""] {
        let answer = ask(address, &format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(answer.status, 421, "{host}");
        assert!(!answer.body.contains("Проба"), "{host}");
    }
    assert_eq!(ask(address, "GET / HTTP/1.1\r\n\r\n").status, 421);
    let two = "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n";
    assert_ne!(ask(address, two).status, 200);
    for host in ["localhost", "LocalHost:1", "127.0.0.1", "[::1]:8437"] {
        let answer = ask(address, &format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(answer.status, 200, "{host}");
    }
}

#[test]
fn an_endless_request_ends() {
    let board = board(rich_snapshot());
    let (_page, address) = open(&board, then);
    let mut stream = connect(address);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n").unwrap();
    // Headers without end; the page hangs up long before this many bytes.
    let line = format!("X-Filler: {}\r\n", "a".repeat(1000));
    let mut written = 0;
    while written < 64 * 1024 * 1024 && stream.write_all(line.as_bytes()).is_ok() {
        written += line.len();
    }
    assert!(written < 64 * 1024 * 1024, "the page reads on and on");
    assert_eq!(get(address, "/health").status, 200);
}

#[test]
fn clients_that_say_nothing_make_room_for_others() {
    let board = board(rich_snapshot());
    let limits = Limits { clients: 2, time: Duration::from_millis(500), ..Limits::default() };
    let listen = Listen::Loopback("127.0.0.1:0".parse().unwrap());
    let page = Page::open_within(limits, &listen, Arc::clone(&board), then).unwrap();
    let Listen::Loopback(address) = page.place().clone() else { panic!("not TCP") };
    // More than the page takes at once; the next one is answered when their time is over.
    let mut idle: Vec<_> = (0..4).map(|_| connect(address)).collect();
    let mut last = connect(address);
    assert_eq!(
        Answer::of(&mut last, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").status,
        200
    );
    // The first were hung up on.
    assert_eq!(idle[0].read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn a_unix_socket_serves_its_group_and_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.sock");
    // A daemon that was killed leaves its socket behind.
    drop(UnixListener::bind(&path).unwrap());
    let board = board(rich_snapshot());
    let listen = Listen::Unix(path.clone());
    let page = Page::open(&listen, Arc::clone(&board), then).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let mut stream = UnixStream::connect(&path).unwrap();
    // A browser can't get here: any name is good.
    let answer = Answer::of(&mut stream, "GET /health HTTP/1.1\r\nHost: certpost\r\n\r\n");
    assert_eq!((answer.status, answer.body.as_str()), (200, "healthy\n"));
    // Another daemon's living socket is left alone.
    let refused = Page::open(&listen, Arc::clone(&board), then).err().unwrap();
    assert!(refused.to_string().contains("page.sock"), "{refused}");
    drop(page);
    assert!(!path.exists());
    // A file that is no socket is not ours to remove.
    std::fs::write(&path, "precious").unwrap();
    assert!(Page::open(&listen, board, then).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn a_port_that_is_taken_is_told() {
    let board = board(rich_snapshot());
    let (page, _) = open(&board, then);
    let error = Page::open(page.place(), Arc::clone(&board), then).err().unwrap();
    assert!(error.to_string().starts_with("the status page can't listen at http://127.0.0.1:"));
}

fn health(board: &Arc<Board>, clock: fn() -> Timestamp) -> (u16, String) {
    let (_page, address) = open(board, clock);
    let answer = get(address, "/health");
    (answer.status, answer.body)
}

#[test]
fn health_is_a_yes_or_a_no_with_its_reason() {
    let good = board(rich_snapshot());
    assert_eq!(health(&good, then), (200, "healthy\n".into()));
    // Twice the poll and ten minutes.
    assert_eq!(health(&good, || then() + Span::minutes(20)).0, 200);
    let (status, why) = health(&good, || then() + Span::minutes(21));
    assert_eq!(status, 503);
    assert!(why.starts_with("no round ended since 2026-11-22T"), "{why}");
    assert_eq!(why.lines().count(), 1);

    let mut snapshot = rich_snapshot();
    snapshot.troubles = vec![trouble("clock")];
    let (status, why) = health(&board(snapshot), then);
    assert_eq!(status, 503);
    assert!(why.contains("the clock is in doubt"), "{why}");
    assert_eq!(why.lines().count(), 1, "{why}");

    // What a person must do is no illness of the daemon.
    let mut snapshot = rich_snapshot();
    snapshot.troubles = vec![trouble("certificate-missing")];
    assert_eq!(health(&board(snapshot), then).0, 200);

    let failed = board(rich_snapshot());
    failed.round_failed("the disk is full".into());
    let (status, why) = health(&failed, then);
    assert_eq!((status, why.as_str()), (503, "the last round failed: the disk is full\n"));
    failed.round_done(Arc::new(rich_snapshot()));
    assert_eq!(health(&failed, then).0, 200);
}

#[test]
fn health_notices_a_mailbox_that_nobody_reads() {
    // Rounds go on, the mailbox stays closed.
    let mut snapshot = rich_snapshot();
    snapshot.now = then() + Span::hours(3);
    snapshot.mailbox_read = Some(then());
    let (status, why) = health(&board(snapshot.clone()), || then() + Span::hours(3));
    assert_eq!(status, 503);
    assert!(why.starts_with("the mailbox was last read at 2026-11-22T"), "{why}");
    // Whoever just came up has time to read it, however long it was down.
    let fresh = Board::new(then() + Span::hours(3), Language::Uk, Span::minutes(5));
    fresh.round_done(Arc::new(snapshot));
    assert_eq!(health(&Arc::new(fresh), || then() + Span::hours(3)).0, 200);
}

#[test]
fn health_is_told_to_programs_in_json() {
    let board = board(rich_snapshot());
    board.round_failed("no room".into());
    let (_page, address) = open(&board, then);
    let request = "GET /health HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n";
    let answer = ask(address, request);
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let told: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(told["format"], 1);
    assert_eq!(told["healthy"], false);
    assert_eq!(told["why"], "the last round failed: no room");
    assert_eq!(told["last_round"], then().to_string());
}
