//! Servers that misbehave by script: one script for each connection, in order.

#![allow(dead_code, reason = "each test binary uses a part of this")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What the server does with one connection.
pub type Script = Box<dyn FnOnce(&mut Talk) + Send>;

/// A self-signed certificate for `localhost` and its key, PEM.
pub fn identity() -> (Vec<u8>, Vec<u8>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (made.cert.pem().into_bytes(), made.signing_key.serialize_pem().into_bytes())
}

/// A port on which nobody listens.
pub fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Accepts and says nothing until the other side goes.
pub fn silence() -> Script {
    Box::new(|talk| {
        talk.rest();
    })
}

/// The same behind a finished TLS handshake.
pub fn tls_silence() -> Script {
    silence()
}

/// A running fake.
pub struct Fake {
    pub port: u16,
    /// The certificate to trust; empty for plain ones.
    pub ca: Vec<u8>,
    thread: JoinHandle<()>,
}

impl Fake {
    /// Without TLS.
    pub fn plain(scripts: Vec<Script>) -> Self {
        Self::start(scripts, Vec::new(), |stream| Box::new(stream))
    }

    /// With TLS from the first byte.
    pub fn tls(scripts: Vec<Script>) -> Self {
        let (ca, key) = identity();
        let chain = vec![CertificateDer::from_pem_slice(&ca).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(&key).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let config = Arc::new(config);
        Self::start(scripts, ca, move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            Box::new(StreamOwned::new(connection, stream))
        })
    }

    fn start(
        scripts: Vec<Script>,
        ca: Vec<u8>,
        wrap: impl Fn(TcpStream) -> Box<dyn ReadWrite> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = std::thread::spawn(move || {
            for script in scripts {
                let (stream, _) = listener.accept().unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                stream.set_nodelay(true).unwrap();
                script(&mut Talk { stream: BufReader::new(wrap(stream)) });
            }
        });
        Self { port, ca, thread }
    }

    /// Every script ran to its end without a complaint.
    pub fn ended(self) {
        if let Err(complaint) = self.thread.join() {
            std::panic::resume_unwind(complaint);
        }
    }
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

/// The server's side of one connection.
pub struct Talk {
    stream: BufReader<Box<dyn ReadWrite>>,
}

impl Talk {
    pub fn say(&mut self, words: &str) {
        assert!(self.try_say(words), "the client has gone before {words:?}");
    }

    /// All at once, to a client that may go before the end.
    pub fn say_bytes(&mut self, bytes: &[u8]) {
        let stream = self.stream.get_mut();
        let _ = stream.write_all(bytes).and_then(|()| stream.flush());
    }

    /// False: the client has gone.
    pub fn try_say(&mut self, words: &str) -> bool {
        let stream = self.stream.get_mut();
        stream.write_all(words.as_bytes()).and_then(|()| stream.flush()).is_ok()
    }

    pub fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).unwrap();
        assert!(line.ends_with(b"\n"), "the client has gone");
        String::from_utf8_lossy(&line).into_owned()
    }

    /// The next line must begin so.
    pub fn hear(&mut self, beginning: &str) -> String {
        let line = self.line();
        assert!(line.starts_with(beginning), "waited for {beginning}, heard {line}");
        line
    }

    /// An IMAP command; returns its tag.
    pub fn hear_tagged(&mut self, command: &str) -> String {
        let line = self.line();
        let (tag, said) = line.split_once(' ').unwrap();
        assert!(said.starts_with(command), "waited for {command}, heard {said}");
        tag.to_owned()
    }

    /// So many bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Everything until the client goes.
    pub fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        // A client that goes without TLS's goodbye is an error to rustls, not to us.
        let _ = self.stream.read_to_end(&mut rest);
        String::from_utf8_lossy(&rest).into_owned()
    }
}
