//! Clients of the post office, ready for use.

use std::sync::Arc;
use std::time::Duration;

use async_imap::{Client, Session};
use certpost::simulator::office::{Account, Office};
use certpost::time::Timestamp;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub const AGENT: &str = "sonechko@office.example";
pub const AGENT_PASSWORD: &str = "synij-kit";
pub const CA: &str = "ca@office.example";
pub const CA_PASSWORD: &str = "ruda-lysytsia";
pub const NOW: Timestamp = Timestamp(1_790_000_000);
pub const LETTER: &[u8] = b"From: sonechko@office.example\r\nTo: ca@office.example\r\n\
    Subject: request\r\nMessage-ID: <1@agent.example>\r\n\r\nTake this.\r\n.\r\nThanks.\r\n";

/// A guard against a broken office, not a measurement: far longer than anything takes.
const GUARD: Duration = Duration::from_secs(60);

pub fn office() -> Office {
    let account = |address: &str, password: &str| Account {
        address: address.into(),
        password: password.into(),
    };
    let accounts = vec![account(AGENT, AGENT_PASSWORD), account(CA, CA_PASSWORD)];
    Office::start(accounts, || NOW).unwrap()
}

pub fn envelope(from: &str, to: &str) -> Envelope {
    Envelope::new(Some(from.parse().unwrap()), vec![to.parse().unwrap()]).unwrap()
}

fn trust(office: &Office) -> TlsParameters {
    TlsParameters::builder("localhost".into())
        .certificate_store(CertificateStore::None)
        .add_root_certificate(Certificate::from_pem(office.ca_pem().as_bytes()).unwrap())
        .build_rustls()
        .unwrap()
}

fn transport(port: u16, tls: Tls) -> AsyncSmtpTransport<Tokio1Executor> {
    AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(port)
        .tls(tls)
        .credentials(Credentials::new(AGENT.into(), AGENT_PASSWORD.into()))
        .build()
}

pub fn smtp(office: &Office) -> AsyncSmtpTransport<Tokio1Executor> {
    transport(office.smtp_port(), Tls::Wrapper(trust(office)))
}

pub fn starttls_smtp(office: &Office) -> AsyncSmtpTransport<Tokio1Executor> {
    transport(office.smtp_starttls_port(), Tls::Required(trust(office)))
}

pub async fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

pub async fn secure(office: &Office, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    let ca = rustls::pki_types::CertificateDer::from_pem_slice(office.ca_pem().as_bytes());
    roots.add(ca.unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "127.0.0.1".try_into().unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

pub async fn imap_client(office: &Office) -> Client<TlsStream<TcpStream>> {
    let stream = connect(office.imap_port()).await;
    let mut client = Client::new(secure(office, stream).await.unwrap());
    client.read_response().await.unwrap().unwrap();
    client
}

pub async fn imap(office: &Office, address: &str) -> Session<TlsStream<TcpStream>> {
    let password = if address == CA { CA_PASSWORD } else { AGENT_PASSWORD };
    imap_client(office).await.login(address, password).await.map_err(|(error, _)| error).unwrap()
}

pub async fn imap_starttls(office: &Office) -> Client<TlsStream<TcpStream>> {
    let mut client = Client::new(connect(office.imap_starttls_port()).await);
    client.read_response().await.unwrap().unwrap();
    client.run_command_and_check_ok("STARTTLS", None).await.unwrap();
    Client::new(secure(office, client.into_inner()).await.unwrap())
}

pub fn hello_smtp() -> String {
    // NUL, the address, NUL, the password (RFC 4616).
    use base64::Engine;
    let plain = format!("\0{AGENT}\0{AGENT_PASSWORD}");
    let plain = base64::engine::general_purpose::STANDARD.encode(plain);
    format!("EHLO test.example\r\nAUTH PLAIN {plain}\r\n")
}

pub fn hello_imap() -> String {
    format!("hi LOGIN {AGENT} {AGENT_PASSWORD}\r\n")
}

/// Says everything at once over TLS, ends the writing side, and returns all that was answered
/// until the end.
pub async fn talk(office: &Office, port: u16, script: &str) -> String {
    let stream = connect(port).await;
    tokio::time::timeout(GUARD, async {
        let mut stream = secure(office, stream).await.unwrap();
        // The office may close before it has read everything.
        let _ = stream.write_all(script.as_bytes()).await;
        let _ = stream.shutdown().await;
        rest(&mut stream).await
    })
    .await
    .expect("the dialogue never ended")
}

pub async fn talk_plain(port: u16, script: &str) -> String {
    let mut stream = connect(port).await;
    let _ = stream.write_all(script.as_bytes()).await;
    let _ = stream.shutdown().await;
    rest(&mut stream).await
}

/// What comes until the end, be it polite or not.
pub async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    let _ = tokio::time::timeout(GUARD, stream.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

pub async fn read_line(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    while bytes.last() != Some(&b'\n') {
        bytes.push(tokio::time::timeout(GUARD, stream.read_u8()).await.unwrap().unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

/// The codes of SMTP's answers, one for each.
pub fn codes(said: &str) -> Vec<&str> {
    said.lines().filter(|line| line.as_bytes()[3] == b' ').map(|line| &line[..3]).collect()
}
