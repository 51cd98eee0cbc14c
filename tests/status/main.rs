//! The status page as its clients meet it: browsers, probes, Prometheus, and those who mean ill.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod browser;
mod exposition;
mod http;
mod metrics;
#[path = "../report/moment.rs"]
mod moment;
mod monitoring;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use certpost::config::Listen;
use certpost::exchange::Problem;
use certpost::report::{Language, Snapshot};
use certpost::status::{Board, Page};
use certpost::time::{Span, Timestamp};

/// The moment at which [`moment::rich_snapshot`] was taken.
fn then() -> Timestamp {
    moment::rich_snapshot().now
}

/// A board after one good round.
fn board(snapshot: Snapshot) -> Arc<Board> {
    let board = Board::new(then() - Span::hours(1), Language::Uk, Span::minutes(5));
    board.round_done(Arc::new(snapshot));
    Arc::new(board)
}

fn open(board: &Arc<Board>, clock: fn() -> Timestamp) -> (Page, SocketAddr) {
    let listen = Listen::Loopback("127.0.0.1:0".parse().unwrap());
    let page = Page::open(&listen, Arc::clone(board), clock).unwrap();
    let Listen::Loopback(address) = page.place().clone() else { panic!("not TCP") };
    (page, address)
}

fn trouble(label: &str) -> Problem {
    Problem { label: label.into(), detail: "it is \"so\"\nand so".into() }
}

/// What came back for the bytes of one request.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn of(stream: &mut (impl Read + Write), request: &str) -> Self {
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").expect("no answer");
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    // Only so that a page that never answers fails the test.
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    stream
}

fn ask(address: SocketAddr, request: &str) -> Answer {
    Answer::of(&mut connect(address), request)
}

fn get(address: SocketAddr, path: &str) -> Answer {
    ask(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n"))
}
