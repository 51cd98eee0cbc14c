//! A token endpoint on loopback that answers as it is told, and access tokens that Dovecot judges.

#![allow(dead_code, reason = "each test binary uses a part of this")]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What the endpoint does with one question.
#[derive(Clone)]
pub enum Answer {
    Json(u16, Value),
    /// These bytes, and the end of the connection.
    Raw(Vec<u8>),
    /// Nothing, until the endpoint ends.
    Silence,
}

impl Answer {
    /// A good one.
    pub fn token(token: &str) -> Self {
        Self::Json(
            200,
            json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 }),
        )
    }
}

#[derive(Default)]
struct Script {
    /// The last one repeats.
    answers: VecDeque<Answer>,
    asked: Vec<String>,
    ended: bool,
    silent: Vec<TcpStream>,
}

pub struct Endpoint {
    pub url: String,
    port: u16,
    script: Arc<Mutex<Script>>,
    thread: Option<JoinHandle<()>>,
}

impl Endpoint {
    pub fn start(answers: &[Answer]) -> Self {
        Self::serve(answers, None)
    }

    /// With TLS; certificate chain and key, PEM.
    pub fn start_tls(answers: &[Answer], identity: &(Vec<u8>, Vec<u8>)) -> Self {
        let chain = CertificateDer::pem_slice_iter(&identity.0).map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_slice(&identity.1).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        Self::serve(answers, Some(Arc::new(config)))
    }

    fn serve(answers: &[Answer], tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://localhost:{port}/token");
        let script = Script { answers: answers.iter().cloned().collect(), ..Script::default() };
        let script = Arc::new(Mutex::new(script));
        let shared = Arc::clone(&script);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if shared.lock().unwrap().ended {
                    break;
                }
                // A client that goes away in the middle is its own affair.
                let _ = match &tls {
                    None => converse(&stream, &stream, &shared),
                    Some(config) => {
                        let mut session =
                            rustls::ServerConnection::new(Arc::clone(config)).unwrap();
                        let mut wire = &stream;
                        let mut tls = rustls::Stream::new(&mut session, &mut wire);
                        converse_tls(&mut tls, &stream, &shared)
                    }
                };
            }
        });
        Self { url, port, script, thread: Some(thread) }
    }

    /// From now on these answers.
    pub fn answer(&self, answers: &[Answer]) {
        self.script.lock().unwrap().answers = answers.iter().cloned().collect();
    }

    /// The forms that were sent, in order.
    pub fn asked(&self) -> Vec<String> {
        self.script.lock().unwrap().asked.clone()
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.script.lock().unwrap().ended = true;
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn converse(
    mut wire: &TcpStream,
    stream: &TcpStream,
    script: &Mutex<Script>,
) -> std::io::Result<()> {
    let form = read_form(&mut BufReader::new(wire))?;
    if let Some(bytes) = heard(form, stream, script) {
        wire.write_all(&bytes)?;
    }
    Ok(())
}

fn converse_tls(
    tls: &mut (impl Read + Write),
    stream: &TcpStream,
    script: &Mutex<Script>,
) -> std::io::Result<()> {
    let form = read_form(&mut BufReader::new(&mut *tls))?;
    if let Some(bytes) = heard(form, stream, script) {
        tls.write_all(&bytes)?;
        tls.flush()?;
    }
    Ok(())
}

fn read_form(reader: &mut impl BufRead) -> std::io::Result<String> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim_end().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut form = vec![0; length];
    reader.read_exact(&mut form)?;
    Ok(String::from_utf8(form).unwrap())
}

/// Notes the question; the bytes of its answer.
fn heard(form: String, stream: &TcpStream, script: &Mutex<Script>) -> Option<Vec<u8>> {
    let mut script = script.lock().unwrap();
    script.asked.push(form);
    let answer = match script.answers.len() {
        0 | 1 => script.answers.front().cloned(),
        _ => script.answers.pop_front(),
    };
    match answer.expect("nobody said what to answer") {
        Answer::Json(status, value) => {
            let body = value.to_string();
            let length = body.len();
            Some(
                format!(
                    "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\n\
                     Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                )
                .into_bytes(),
            )
        }
        Answer::Raw(bytes) => Some(bytes),
        Answer::Silence => {
            script.silent.push(stream.try_clone().unwrap());
            None
        }
    }
}

/// A JSON Web Token signed with HS256; `from` and `to` in seconds of Unix time.
pub fn token(key: &[u8], user: &str, from: i64, to: i64) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(json!({ "alg": "HS256", "typ": "JWT" }));
    let claims = json!({
        "sub": user, "email": user, "iat": from, "nbf": from, "exp": to, "scope": "mail",
    });
    let signed = format!("{head}.{}", part(claims));
    let signature = URL_SAFE_NO_PAD.encode(hmac(key, signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// HMAC-SHA-256 (RFC 2104) of a key of at most 64 octets.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let pad = |with: u8| -> Vec<u8> {
        (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect()
    };
    let inner = Sha256::digest([pad(0x36).as_slice(), message].concat());
    Sha256::digest([pad(0x5c).as_slice(), inner.as_slice()].concat()).to_vec()
}
