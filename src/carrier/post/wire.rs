//! A connection: TCP with nodelay and keepalive, then TLS, then a budget of bytes.
//!
//! lettre and async-imap both get their stream from here, because lettre sets no nodelay (40 ms a
//! letter) and neither of them bounds what a server may send us.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Largest reply of a plain-text dialog before STARTTLS.
const REPLY_BYTES: usize = 64 << 10;

/// TLS that trusts `ca` (PEM), or the system's roots. The error says what is wrong with them.
pub(super) fn connector(ca: Option<&[u8]>) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate =
                    certificate.map_err(|e| format!("the CA file is no PEM certificate: {e}"))?;
                roots.add(certificate).map_err(|e| format!("a CA certificate is unusable: {e}"))?;
            }
        }
        None => {
            // Some unreadable file among the system's many is no reason to stop.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(match ca {
            Some(_) => "the CA file holds no certificate".into(),
            None => "this system has no trusted roots (Debian: apt install ca-certificates)".into(),
        });
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The first of the host's addresses that answers.
pub(super) async fn tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in tokio::net::lookup_host((host, port)).await? {
        match tcp_to(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn tcp_to(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_keepalive(true)?;
    socket.set_nodelay(true)?;
    socket.connect(address).await
}

/// The TLS handshake with the host's name checked.
pub(super) async fn tls(tcp: TcpStream, host: &str, connector: &TlsConnector) -> io::Result<Wire> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "this is no host name"))?;
    let stream = connector.connect(name, tcp).await?;
    Ok(Wire { stream: Stream::Tls(Box::new(stream)), prelude: b"", budget: 1 << 20 })
}

/// SMTP's plain part before STARTTLS (RFC 3207): greeting, EHLO, STARTTLS.
///
/// By hand and byte by byte, so that nothing which arrives before the handshake can stay in a
/// buffer and be taken for an answer after it.
pub(super) async fn smtp_starttls(tcp: &mut TcpStream, hello: &str) -> io::Result<()> {
    expect(tcp, "220", "the greeting").await?;
    tcp.write_all(format!("EHLO {hello}\r\n").as_bytes()).await?;
    let offer = expect(tcp, "250", "EHLO").await?;
    if !offer.lines().any(|line| line.get(4..).is_some_and(|w| w.eq_ignore_ascii_case("STARTTLS")))
    {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "it does not offer STARTTLS"));
    }
    tcp.write_all(b"STARTTLS\r\n").await?;
    expect(tcp, "220", "STARTTLS").await?;
    Ok(())
}

/// A reply of one or more lines; an error unless it begins with `code`.
async fn expect(stream: &mut (impl AsyncRead + Unpin), code: &str, to: &str) -> io::Result<String> {
    let mut reply = Vec::new();
    let mut line_start = 0;
    loop {
        let byte = stream.read_u8().await?;
        reply.push(byte);
        if reply.len() > REPLY_BYTES {
            return Err(io::Error::other(format!("its reply to {to} has no end")));
        }
        if byte == b'\n' {
            // "250-more", "250 last": the fourth character tells.
            if reply.get(line_start + 3) != Some(&b'-') {
                break;
            }
            line_start = reply.len();
        }
    }
    let reply = String::from_utf8_lossy(&reply).into_owned();
    if reply.starts_with(code) {
        Ok(reply)
    } else {
        Err(io::Error::other(format!(
            "it answered {to} with: {}",
            crate::carrier::one_line(&reply)
        )))
    }
}

/// What an IMAP server offers before a login, in capital letters. By hand: async-imap asks only
/// after it.
pub(super) async fn imap_capabilities(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
) -> io::Result<Vec<String>> {
    stream.write_all(b"c CAPABILITY\r\n").await?;
    stream.flush().await?;
    let (mut words, mut line, mut read) = (Vec::new(), Vec::new(), 0);
    loop {
        let byte = stream.read_u8().await?;
        read += 1;
        if read > REPLY_BYTES {
            return Err(io::Error::other("its list of capabilities has no end"));
        }
        if byte != b'\n' {
            line.push(byte);
            continue;
        }
        let text = String::from_utf8_lossy(&line).trim_end().to_ascii_uppercase();
        line.clear();
        if let Some(offer) = text.strip_prefix("* CAPABILITY ") {
            words.extend(offer.split(' ').map(str::to_owned));
        } else if text.starts_with("C OK") {
            return Ok(words);
        } else if text.starts_with("C ") {
            return Err(io::Error::other("it does not tell its capabilities"));
        }
    }
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// What lettre and async-imap talk through.
#[derive(Debug)]
pub(super) struct Wire {
    stream: Stream,
    /// Read before anything from the net: lettre waits for a greeting, and after STARTTLS there
    /// is none.
    prelude: &'static [u8],
    /// Bytes that the server may still send; set before each command (F50).
    pub(super) budget: u64,
}

impl Wire {
    /// Not yet protected: only for IMAP's greeting and STARTTLS.
    pub(super) fn plain(tcp: TcpStream) -> Self {
        Self { stream: Stream::Plain(tcp), prelude: b"", budget: 1 << 20 }
    }

    pub(super) fn with_prelude(mut self, prelude: &'static [u8]) -> Self {
        self.prelude = prelude;
        self
    }

    /// The TCP stream below; `None` once TLS stands on it.
    pub(super) fn into_tcp(self) -> Option<TcpStream> {
        match self.stream {
            Stream::Plain(tcp) => Some(tcp),
            Stream::Tls(_) => None,
        }
    }

    fn tcp(&self) -> &TcpStream {
        match &self.stream {
            Stream::Plain(tcp) => tcp,
            Stream::Tls(tls) => tls.get_ref().0,
        }
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.tcp().peer_addr()
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.prelude.is_empty() {
            let (now, later) = this.prelude.split_at(this.prelude.len().min(buf.remaining()));
            buf.put_slice(now);
            this.prelude = later;
            return Poll::Ready(Ok(()));
        }
        if this.budget == 0 {
            return Poll::Ready(Err(io::Error::other("the server sends more than it should")));
        }
        let before = buf.filled().len();
        ready!(match &mut this.stream {
            Stream::Plain(s) => Pin::new(s).poll_read(cx, buf),
            Stream::Tls(s) => Pin::new(s).poll_read(cx, buf),
        })?;
        let read = buf.filled().len().saturating_sub(before);
        this.budget = this.budget.saturating_sub(read as u64);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().stream {
            Stream::Plain(s) => Pin::new(s).poll_write(cx, buf),
            Stream::Tls(s) => Pin::new(s).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(s) => Pin::new(s).poll_flush(cx),
            Stream::Tls(s) => Pin::new(s).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(s) => Pin::new(s).poll_shutdown(cx),
            Stream::Tls(s) => Pin::new(s).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn heard(mut bytes: &[u8]) -> (io::Result<String>, usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let reply = runtime.block_on(expect(&mut bytes, "220", "x"));
        (reply, bytes.len())
    }

    #[test]
    fn a_reply_ends_with_its_last_line_and_what_follows_stays_unread() {
        let (reply, left) = heard(b"220-a\r\n220 b\r\n250 injected\r\n");
        assert_eq!(reply.unwrap(), "220-a\r\n220 b\r\n");
        assert_eq!(left, "250 injected\r\n".len());
        assert!(heard(b"421 busy\r\n").0.unwrap_err().to_string().contains("421 busy"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_reply_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = heard(&bytes);
        }
    }
}
