//! A post office in this process: SMTP submission and IMAP4rev1 on loopback, with real sockets
//! and real TLS. It serves the demo, and tests that need a post that hangs, drops, renumbers
//! and lies.
//!
//! ```
//! use certpost::simulator::office::{Account, Fate, Office, Times};
//! use certpost::time::Timestamp;
//!
//! # fn main() -> Result<(), certpost::simulator::office::OfficeError> {
//! let holder = Account { address: "sonechko@office.example".into(), password: "s3cret".into() };
//! let office = Office::start(vec![holder], || Timestamp(1_790_000_000))?;
//! office.deliver("sonechko@office.example", "INBOX", b"Subject: 1\r\n\r\nHello\r\n")?;
//! assert_eq!(office.letters("sonechko@office.example", "INBOX").len(), 1);
//!
//! // Clients connect to 127.0.0.1, trust this authority, and may suffer.
//! let (_port, _trust) = (office.imap_port(), office.ca_pem());
//! office.faults().lose_acceptance(Times::Next(1));
//! office.faults().fate(Fate::Held, None, Times::UntilCleared);
//! # Ok(())
//! # }
//! ```

mod desk;
mod faults;
mod imap;
mod postbox;
mod smtp;
mod tls;
mod wire;

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc as tokio_mpsc, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use self::desk::Desk;
use self::faults::Deed;
pub use self::faults::{CONNECT, END_OF_DATA, Fate, Faults, GREETING, Protocol, Times};
use self::postbox::{Letter, Postboxes};
use self::wire::Wire;
use crate::time::Timestamp;

/// How the office calls itself in greetings, Received lines and reports.
const NAME: &str = "office.example";

/// The largest letter in bytes, unless [`Office::set_size_limit`] says less.
const SIZE_LIMIT: usize = 32 * 1024 * 1024;

/// Connections a port serves at a time; more are closed at once (F12).
const MOST_SESSIONS: usize = 200;

/// Somebody who has a postbox here. Addresses are compared without case.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    pub address: String,
    pub password: String,
}

/// A letter that SMTP accepted, exactly as it came, dots unstuffed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The envelope's sender; empty for a report.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    pub bytes: Vec<u8>,
}

/// How a letter lies in its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub uid: u32,
    /// As IMAP writes them, sorted: `\Seen`, `certpost-kept`.
    pub flags: Vec<String>,
}

#[derive(Debug)]
pub enum OfficeError {
    Runtime(io::Error),
    Port(io::Error),
    Certificate(rcgen::Error),
    Tls(rustls::Error),
    Closed,
    NoSuchAccount(String),
    NoSuchFolder { address: String, folder: String },
}

impl fmt::Display for OfficeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runtime(_) => f.write_str("the post office can't start its thread"),
            Self::Port(_) => f.write_str("the post office can't open a port on 127.0.0.1"),
            Self::Certificate(_) => f.write_str("the post office can't make its certificates"),
            Self::Tls(_) => f.write_str("the post office can't set up TLS"),
            Self::Closed => f.write_str("the post office has closed"),
            Self::NoSuchAccount(address) => write!(f, "nobody has a postbox as {address}"),
            Self::NoSuchFolder { address, folder } => {
                write!(f, "{address} has no folder called {folder}")
            }
        }
    }
}

impl std::error::Error for OfficeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Runtime(error) | Self::Port(error) => Some(error),
            Self::Certificate(error) => Some(error),
            Self::Tls(error) => Some(error),
            Self::Closed | Self::NoSuchAccount(_) | Self::NoSuchFolder { .. } => None,
        }
    }
}

impl From<rcgen::Error> for OfficeError {
    fn from(error: rcgen::Error) -> Self {
        Self::Certificate(error)
    }
}

impl From<rustls::Error> for OfficeError {
    fn from(error: rustls::Error) -> Self {
        Self::Tls(error)
    }
}

/// The running post office. It has a thread and a runtime of its own, so that it serves callers
/// with and without one; dropping it closes the ports and ends the thread before it returns.
pub struct Office {
    faults: Faults,
    ca_pem: String,
    ports: [u16; 4],
    thread: Option<JoinHandle<()>>,
}

impl Office {
    /// Opens four ports that the system chooses on 127.0.0.1. `clock` dates what arrives; it is
    /// called from the office's thread and must not call the office.
    pub fn start(
        accounts: Vec<Account>,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Self, OfficeError> {
        let papers = tls::issue()?;
        let mut postboxes = Postboxes::new();
        for account in &accounts {
            postboxes.open(&account.address, &account.password);
        }
        let desk = Arc::new(Desk::new(postboxes, Box::new(clock)));
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(OfficeError::Runtime)?;
        let (counters, ports) = reserve().map_err(OfficeError::Port)?;
        let (sender, orders) = tokio_mpsc::unbounded_channel();
        let house = House { desk: Arc::clone(&desk), acceptor: papers.acceptor, counters };
        let thread = std::thread::Builder::new()
            .name("post-office".into())
            .spawn(move || house.run(runtime, orders))
            .map_err(OfficeError::Runtime)?;
        let faults = Faults { desk, switch: Switch(sender) };
        let office = Self { faults, ca_pem: papers.ca_pem, ports, thread: Some(thread) };
        office.faults.switch.turn(Control::Open)?;
        Ok(office)
    }

    /// SMTP with implicit TLS (RFC 8314 §3.3).
    pub fn smtp_port(&self) -> u16 {
        self.ports[0]
    }

    /// SMTP that begins in the clear and offers STARTTLS.
    pub fn smtp_starttls_port(&self) -> u16 {
        self.ports[1]
    }

    /// IMAP with implicit TLS.
    pub fn imap_port(&self) -> u16 {
        self.ports[2]
    }

    /// IMAP that begins in the clear and offers STARTTLS.
    pub fn imap_starttls_port(&self) -> u16 {
        self.ports[3]
    }

    /// The certificate that clients must trust, PEM. The server's own stands for `localhost` and
    /// for 127.0.0.1.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// Puts a letter into a folder, byte for byte, and returns its UID. Folders are called as
    /// IMAP writes them (modified UTF-7).
    pub fn deliver(&self, address: &str, folder: &str, bytes: &[u8]) -> Result<u32, OfficeError> {
        let now = self.faults.desk.now();
        self.faults.desk.change(|state| {
            let folder = state.postboxes.folder_mut(address, folder)?;
            Ok(folder.put(Arc::from(bytes), BTreeSet::new(), now))
        })
    }

    /// The letters of a folder in the order of their UIDs; empty when there is no such folder.
    /// Those that came by SMTP begin with Return-Path and Received lines.
    pub fn letters(&self, address: &str, folder: &str) -> Vec<Vec<u8>> {
        self.faults.desk.look(|state| {
            let folder = state.postboxes.folder(address, folder);
            folder.map_or_else(
                |_| Vec::new(),
                |folder| folder.letters.iter().map(|letter| letter.raw.to_vec()).collect(),
            )
        })
    }

    /// UIDs and flags of a folder's letters, in the order of [`Office::letters`].
    pub fn kept(&self, address: &str, folder: &str) -> Vec<Kept> {
        let kept = |letter: &Letter| Kept {
            uid: letter.uid,
            flags: letter.flags.iter().cloned().collect(),
        };
        self.faults.desk.look(|state| {
            let folder = state.postboxes.folder(address, folder);
            folder.map_or_else(|_| Vec::new(), |folder| folder.letters.iter().map(kept).collect())
        })
    }

    /// Every letter that SMTP ever accepted, in order: also those that were lost, held or bounced,
    /// and those whose acceptance never reached the sender.
    pub fn sent_log(&self) -> Vec<Accepted> {
        self.faults.desk.sent()
    }

    /// Gives a folder a new UIDVALIDITY and its letters new UIDs, from 1 and in reverse order.
    /// Sessions that have it open get BYE (F4).
    pub fn renumber(&self, address: &str, folder: &str) -> Result<(), OfficeError> {
        self.faults.desk.change(|state| state.postboxes.renumber(address, folder))
    }

    /// Takes a letter away by its UID, as another client would (F5); false when there is none.
    pub fn remove(&self, address: &str, folder: &str, uid: u32) -> Result<bool, OfficeError> {
        self.faults.desk.change(|state| {
            let folder = state.postboxes.folder_mut(address, folder)?;
            let before = folder.letters.len();
            folder.letters.retain(|letter| letter.uid != uid);
            Ok(folder.letters.len() < before)
        })
    }

    /// Delivers the letters that [`Fate::Held`] kept back, stops holding, and returns how many
    /// there were.
    pub fn release(&self) -> usize {
        self.faults.desk.release()
    }

    /// Letters above this size are refused (552, TOOBIG) and EHLO says so. At most 32 MiB.
    pub fn set_size_limit(&self, bytes: usize) {
        self.faults.desk.set_size_limit(bytes);
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        // When the thread has gone already there is nobody to tell and nothing to wait for.
        let _ = self.faults.switch.0.send((Control::Stop, None));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Control {
    Open,
    Close,
    Stop,
}

type Order = (Control, Option<mpsc::Sender<io::Result<()>>>);

/// The line to the office's thread.
#[derive(Clone)]
struct Switch(tokio_mpsc::UnboundedSender<Order>);

impl Switch {
    /// Returns when it is done.
    fn turn(&self, control: Control) -> Result<(), OfficeError> {
        let (done, answer) = mpsc::channel();
        self.0.send((control, Some(done))).map_err(|_| OfficeError::Closed)?;
        answer.recv().map_err(|_| OfficeError::Closed)?.map_err(OfficeError::Port)
    }
}

/// A port of ours. The socket is bound and never listens: it keeps the port ours during an
/// outage, while the system refuses connections.
struct Counter {
    protocol: Protocol,
    implicit_tls: bool,
    address: SocketAddr,
    _place: TcpSocket,
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn counter(protocol: Protocol, implicit_tls: bool) -> io::Result<Counter> {
    let place = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    Ok(Counter { protocol, implicit_tls, address: place.local_addr()?, _place: place })
}

fn reserve() -> io::Result<(Vec<Counter>, [u16; 4])> {
    let (smtps, smtp) = (counter(Protocol::Smtp, true)?, counter(Protocol::Smtp, false)?);
    let (imaps, imap) = (counter(Protocol::Imap, true)?, counter(Protocol::Imap, false)?);
    let ports = [&smtps, &smtp, &imaps, &imap].map(|counter| counter.address.port());
    Ok((vec![smtps, smtp, imaps, imap], ports))
}

/// What the office's thread owns.
struct House {
    desk: Arc<Desk>,
    acceptor: TlsAcceptor,
    counters: Vec<Counter>,
}

impl House {
    /// Obeys until it is told to stop, or nobody can tell it anything any more. Sessions live in
    /// the runtime and end with it.
    fn run(self, runtime: Runtime, mut orders: tokio_mpsc::UnboundedReceiver<Order>) {
        runtime.block_on(async {
            let mut shift: Option<Shift> = None;
            while let Some((control, done)) = orders.recv().await {
                let result = match control {
                    Control::Open if shift.is_some() => Ok(()),
                    Control::Open => self.open().map(|opened| shift = Some(opened)),
                    Control::Close | Control::Stop => {
                        if let Some(shift) = shift.take() {
                            shift.end().await;
                        }
                        Ok(())
                    }
                };
                if let Some(done) = done {
                    // A caller that did not wait does not care.
                    let _ = done.send(result);
                }
                if control == Control::Stop {
                    break;
                }
            }
        });
    }

    fn open(&self) -> io::Result<Shift> {
        let stop = watch::Sender::new(());
        let mut listening = JoinSet::new();
        for counter in &self.counters {
            let listener = bound(counter.address)?.listen(128)?;
            let session = Session {
                desk: Arc::clone(&self.desk),
                acceptor: self.acceptor.clone(),
                protocol: counter.protocol,
                implicit_tls: counter.implicit_tls,
            };
            listening.spawn(serve(listener, session, stop.subscribe()));
        }
        Ok(Shift { stop, listening })
    }
}

/// The time between opening and closing.
struct Shift {
    stop: watch::Sender<()>,
    listening: JoinSet<()>,
}

impl Shift {
    /// Returns when the listeners and all connections are closed.
    async fn end(mut self) {
        self.stop.send_replace(());
        while self.listening.join_next().await.is_some() {}
    }
}

async fn serve(listener: TcpListener, session: Session, mut stop: watch::Receiver<()>) {
    let mut sessions = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = stop.changed() => break,
            Some(_) = sessions.join_next(), if !sessions.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) if sessions.len() < MOST_SESSIONS => {
                let session = session.clone();
                sessions.spawn(async move {
                    // A client that went away is no news for a post office.
                    let _ = session.run(stream).await;
                });
            }
            Ok(_) => {}
            // Out of descriptors: let others end first.
            Err(_) => tokio::task::yield_now().await,
        }
    }
    drop(listener);
    sessions.shutdown().await;
}

/// What a connection needs to be served.
#[derive(Clone)]
struct Session {
    desk: Arc<Desk>,
    acceptor: TlsAcceptor,
    protocol: Protocol,
    implicit_tls: bool,
}

impl Session {
    async fn run(self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut wire = Wire::Plain(stream);
        if let Some(deed) = self.desk.strike(self.protocol, CONNECT) {
            return misbehave(&mut wire, deed).await;
        }
        if self.implicit_tls {
            wire.secure(&self.acceptor).await?;
        }
        if let Some(deed) = self.desk.strike(self.protocol, GREETING) {
            return misbehave(&mut wire, deed).await;
        }
        match self.protocol {
            Protocol::Smtp => smtp::serve(wire, self).await,
            Protocol::Imap => imap::serve(wire, self).await,
        }
    }
}

/// A fault before the first word. Nothing was said yet, so there is nothing to cut.
async fn misbehave(wire: &mut Wire, deed: Deed) -> io::Result<()> {
    match deed {
        Deed::Hang => wire.hang().await,
        Deed::Drop | Deed::Cut(_) => wire.abandon().await,
        Deed::Say(text) => {
            wire.send(format!("{text}\r\n").as_bytes()).await?;
            wire.close().await
        }
    }
}
