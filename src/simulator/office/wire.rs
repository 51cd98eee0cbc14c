//! One accepted connection, in the clear or in TLS, and lines read from it.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Room for one read in bytes; one TLS record is no larger.
const READ_AHEAD: usize = 16 * 1024;

pub(super) enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// A TLS handshake failed; nothing can be said any more.
    Closed,
}

impl Wire {
    /// Reads what has come, appends it to `into` and returns how much it was; 0 is the end.
    /// A future that is dropped loses nothing.
    pub async fn read(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        into.reserve(READ_AHEAD);
        match self {
            Self::Plain(stream) => stream.read_buf(into).await,
            Self::Tls(stream) => stream.read_buf(into).await,
            Self::Closed => Ok(0),
        }
    }

    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(bytes).await,
            Self::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
            Self::Closed => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// The handshake of STARTTLS or of a port with implicit TLS.
    pub async fn secure(&mut self, acceptor: &TlsAcceptor) -> io::Result<()> {
        if let Self::Plain(stream) = std::mem::replace(self, Self::Closed) {
            *self = Self::Tls(Box::new(acceptor.accept(stream).await?));
        }
        Ok(())
    }

    /// A polite end: TLS says goodbye, and what was said arrives. Returns when the client has
    /// gone too: closing earlier, with bytes unread, would take back the last words (RFC 1122
    /// §4.2.2.13).
    pub async fn close(&mut self) -> io::Result<()> {
        if let Self::Tls(stream) = self {
            stream.shutdown().await?;
        }
        self.abandon().await
    }

    /// A rude end, in the middle of anything: TLS does not say goodbye. What was said before
    /// still arrives.
    pub async fn abandon(&mut self) -> io::Result<()> {
        let stream = match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream.get_mut().0,
            Self::Closed => return Ok(()),
        };
        stream.shutdown().await?;
        let mut ignored = Vec::new();
        while stream.read_buf(&mut ignored).await? > 0 {
            ignored.clear();
        }
        Ok(())
    }

    /// Says nothing more; returns when the client goes away.
    pub async fn hang(&mut self) -> io::Result<()> {
        let mut ignored = Vec::new();
        while self.read(&mut ignored).await? > 0 {
            ignored.clear();
        }
        Ok(())
    }
}

pub(super) enum Line {
    /// With its end of line.
    Whole(Vec<u8>),
    /// Longer than the limit; it was read to its end and thrown away.
    TooLong,
    /// The client has gone.
    End,
}

/// A wire with what was read from it and not yet used.
pub(super) struct Lines {
    pub wire: Wire,
    pub ahead: Vec<u8>,
}

impl Lines {
    pub fn new(wire: Wire) -> Self {
        Self { wire, ahead: Vec::new() }
    }

    /// The next line of at most `limit` bytes. A last line without an end counts as the end.
    pub async fn next(&mut self, limit: usize) -> io::Result<Line> {
        let mut too_long = false;
        loop {
            if let Some(end) = self.ahead.iter().position(|byte| *byte == b'\n') {
                let rest = self.ahead.split_off(end.saturating_add(1));
                let line = std::mem::replace(&mut self.ahead, rest);
                too_long |= line.len() > limit;
                return Ok(if too_long { Line::TooLong } else { Line::Whole(line) });
            }
            if self.ahead.len() > limit {
                too_long = true;
                self.ahead.clear();
            }
            if self.wire.read(&mut self.ahead).await? == 0 {
                return Ok(Line::End);
            }
        }
    }
}
