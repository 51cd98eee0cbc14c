//! Answers requests: GET and HEAD of three paths, from this machine, with nothing to run in the
//! browser.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Version, header};
use tokio::sync::oneshot;

use super::door::{Door, Limits};
use super::{Board, health, metrics};
use crate::config::Listen;
use crate::report::{self, Snapshot};
use crate::time::Timestamp;

/// The browser asks again by itself after so many seconds.
const REFRESH: u32 = 60;

/// Nothing is fetched, run, framed or told to other pages.
const HEADERS: [(header::HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    // One request a connection: each has its own limits.
    (header::CONNECTION, "close"),
];

/// Why the page can't be opened.
#[derive(Debug)]
pub struct OpenError {
    pub listen: Listen,
    pub source: io::Error,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the status page can't listen at {}", self.listen)
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// An open page; closed when dropped.
pub struct Page {
    asked: Listen,
    place: Listen,
    close: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Page {
    /// Listens and answers on a thread of its own. `clock` tells the moment of a request.
    pub fn open(
        listen: &Listen,
        board: Arc<Board>,
        clock: fn() -> Timestamp,
    ) -> Result<Self, OpenError> {
        Self::open_within(Limits::default(), listen, board, clock)
    }

    /// The same with limits of one's own, for tests.
    pub fn open_within(
        limits: Limits,
        listen: &Listen,
        board: Arc<Board>,
        clock: fn() -> Timestamp,
    ) -> Result<Self, OpenError> {
        let failed = |source| OpenError { listen: listen.clone(), source };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(failed)?;
        let door = {
            let _inside = runtime.enter();
            Door::open(listen, limits).map_err(failed)?
        };
        let place = door.place(listen);
        let hosts = match listen {
            Listen::Loopback(_) => Hosts::Loopback,
            Listen::Unix(_) => Hosts::Any,
        };
        let router = Router::new().fallback(answer).with_state(Desk { board, clock, hosts });
        let (close, closed) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("page".into()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = axum::serve(door, router) => {}
                    _ = closed => {}
                }
            });
        });
        let thread = thread.map_err(failed)?;
        Ok(Self { asked: listen.clone(), place, close: Some(close), thread: Some(thread) })
    }

    /// What was asked for; [`Page::place`] is where it listens.
    pub fn asked(&self) -> &Listen {
        &self.asked
    }

    pub fn place(&self) -> &Listen {
        &self.place
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // Dropping the sender closes too.
        self.close.take();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
        if let Listen::Unix(path) = &self.place {
            drop(std::fs::remove_file(path));
        }
    }
}

/// Which `Host` a request may name. On TCP a page of elsewhere could have its own name lead to
/// loopback (DNS rebinding) and read ours through the visitor's browser; it can't reach a Unix
/// socket.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hosts {
    Loopback,
    Any,
}

#[derive(Clone)]
struct Desk {
    board: Arc<Board>,
    clock: fn() -> Timestamp,
    hosts: Hosts,
}

async fn answer(State(desk): State<Desk>, request: Request) -> Response<Body> {
    let mut response = respond(&desk, &request);
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn respond(desk: &Desk, request: &Request) -> Response<Body> {
    if desk.hosts == Hosts::Loopback && !is_for_us(request) {
        let words = "this page answers to localhost, 127.0.0.1 and [::1] only\n";
        return text(StatusCode::MISDIRECTED_REQUEST, words.into());
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "read-only: GET or HEAD\n".into());
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match request.uri().path() {
        "/" => summary(desk),
        "/health" => state_of_health(desk, request.headers()),
        "/metrics" => {
            let written = metrics::render(&desk.board.newest(), &desk.board.commits.so_far());
            typed(StatusCode::OK, metrics::CONTENT_TYPE, written)
        }
        _ => text(StatusCode::NOT_FOUND, "there are /, /health and /metrics\n".into()),
    }
}

/// HTTP/1.0 knows no `Host`, but no browser speaks it.
fn is_for_us(request: &Request) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => request.version() == Version::HTTP_10,
        (Some(host), None) => host.to_str().is_ok_and(is_loopback),
        (Some(_), Some(_)) => false,
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = match host.rsplit_once(':') {
        Some((bare, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => bare,
        _ => host,
    };
    let address = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(bare);
    bare.eq_ignore_ascii_case("localhost")
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn summary(desk: &Desk) -> Response<Body> {
    let bulletin = desk.board.newest();
    let Some(snapshot) = &bulletin.snapshot else {
        let words = "the first round is not over yet; come again in a minute\n";
        return text(StatusCode::SERVICE_UNAVAILABLE, words.into());
    };
    let now = (desk.clock)();
    let shown = Snapshot { now: snapshot.now.max(now), ..Snapshot::clone(snapshot) };
    let report = report::build(&shown, bulletin.language);
    match report::html::render_live(&report, REFRESH) {
        Ok(page) => typed(StatusCode::OK, "text/html; charset=utf-8", page),
        Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
    }
}

fn state_of_health(desk: &Desk, headers: &HeaderMap) -> Response<Body> {
    let health = health::examine(&desk.board.newest(), (desk.clock)());
    let status = if health.healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("application/json"))
        && let Ok(json) = serde_json::to_string(&health)
    {
        return typed(status, "application/json", format!("{json}\n"));
    }
    let words = if health.healthy { "healthy".into() } else { health.why };
    text(status, format!("{words}\n"))
}

fn text(status: StatusCode, words: String) -> Response<Body> {
    typed(status, "text/plain; charset=utf-8", words)
}

fn typed(status: StatusCode, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_names_of_this_machine_are_ours() {
        for ours in ["localhost", "LOCALHOST:8437", "127.0.0.1:8437", "127.0.0.2", "[::1]:80"] {
            assert!(is_loopback(ours), "{ours}");
        }
        for foreign in
            ["evil.example", "evil.example:8437", "localhost.evil.example", "10.0.0.1", "", ":80"]
        {
            assert!(!is_loopback(foreign), "{foreign}");
        }
    }
}
