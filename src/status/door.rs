//! The listener: loopback or a Unix socket, so many clients at once, so long and so many bytes
//! each. A client that is slow, silent or endless costs its own connection and nothing else.

use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};

use crate::config::Listen;

/// What a client may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Clients at once; others wait in the system's queue.
    pub clients: usize,
    /// From the first byte of the request to the last of the answer.
    pub time: Duration,
    /// Bytes of the request, headers and all. Browsers and Prometheus send less than 2 kB.
    pub request: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { clients: 16, time: Duration::from_secs(10), request: 16 * 1024 }
    }
}

/// After accepting failed (no descriptors left) the door waits so long.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

pub(super) struct Door {
    socket: Socket,
    room: Arc<Semaphore>,
    limits: Limits,
}

impl Door {
    /// Binds. A Unix socket that a dead process left behind is replaced; a living one is not.
    pub fn open(listen: &Listen, limits: Limits) -> io::Result<Self> {
        let socket = match listen {
            Listen::Loopback(address) => {
                let listener = std::net::TcpListener::bind(address)?;
                listener.set_nonblocking(true)?;
                Socket::Tcp(TcpListener::from_std(listener)?)
            }
            Listen::Unix(path) => Socket::Unix(bind(path)?),
        };
        Ok(Self { socket, room: Arc::new(Semaphore::new(limits.clients)), limits })
    }

    /// Where it listens now; the port is the system's when 0 was asked for.
    pub fn place(&self, asked: &Listen) -> Listen {
        match (&self.socket, asked) {
            (Socket::Tcp(listener), Listen::Loopback(asked)) => {
                Listen::Loopback(listener.local_addr().unwrap_or(*asked))
            }
            _ => asked.clone(),
        }
    }
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    let bound = match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_deserted(path) => {
            std::fs::remove_file(path)?;
            UnixListener::bind(path)
        }
        bound => bound,
    };
    let listener = bound?;
    // The owner and its group: a web server in front is made a member.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
    Ok(listener)
}

/// A socket at which nobody answers.
fn is_deserted(path: &Path) -> bool {
    let socket = std::fs::symlink_metadata(path).is_ok_and(|data| data.file_type().is_socket());
    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    socket && std::os::unix::net::UnixStream::connect(path).err().is_some_and(refused)
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// One client within its limits.
pub(super) struct Client {
    stream: Box<dyn Stream>,
    over: Pin<Box<Sleep>>,
    left: usize,
    _room: OwnedSemaphorePermit,
}

impl Listener for Door {
    type Io = Client;
    type Addr = ();

    async fn accept(&mut self) -> (Client, ()) {
        loop {
            let Ok(room) = Arc::clone(&self.room).acquire_owned().await else {
                // Nobody closes the semaphore.
                return std::future::pending().await;
            };
            let accepted: io::Result<Box<dyn Stream>> = match &self.socket {
                Socket::Tcp(listener) => listener.accept().await.map(|(one, _)| Box::new(one) as _),
                Socket::Unix(listener) => {
                    listener.accept().await.map(|(one, _)| Box::new(one) as _)
                }
            };
            match accepted {
                Ok(stream) => {
                    let over = Box::pin(sleep(self.limits.time));
                    return (Client { stream, over, left: self.limits.request, _room: room }, ());
                }
                Err(error) => {
                    tracing::debug!(%error, "the status page can't take a client");
                    sleep(AFTER_FAILURE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Client {
    fn in_time(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.over.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Client {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.in_time(context)?;
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let taken = buffer.filled().len().saturating_sub(before);
        match self.left.checked_sub(taken) {
            Some(left) => self.left = left,
            None => return Poll::Ready(Err(io::Error::other("the request is too long"))),
        }
        read
    }
}

impl AsyncWrite for Client {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.in_time(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.in_time(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.in_time(context)?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
