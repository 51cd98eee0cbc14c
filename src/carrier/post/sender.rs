//! Sending alone: letters that nobody answers, from an address and over a server of their own.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt as _;
use tokio::runtime::Runtime;
use tokio_rustls::TlsConnector;

use super::{Limits, Server, smtp, unreadable, wire};
use crate::carrier::problem;
use crate::engine::ports::CarrierError;
use crate::exchange::SendFailure;

/// One SMTP server and the address that letters leave from. Blocks like [`super::Post`].
pub struct Sender {
    runtime: Runtime,
    address: String,
    server: Server,
    tls: TlsConnector,
    limits: Limits,
}

impl Sender {
    /// Fails with `smtp-tls` when the roots can't be used. Connects to nothing yet.
    pub fn new(address: String, server: Server, limits: Limits) -> Result<Self, CarrierError> {
        let tls = wire::connector(server.ca.as_deref())
            .map_err(|e| CarrierError(problem("smtp-tls", format!("{}: {e}", server.place()))))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| {
            CarrierError(problem("smtp-unreachable", format!("can't use the network: {e}")))
        })?;
        Ok(Self { runtime, address, server, tls, limits })
    }

    pub fn send(&mut self, letter: &[u8], to: &str) -> Result<(), SendFailure> {
        let Self { runtime, address, server, tls, limits } = self;
        let dot = AtomicBool::new(false);
        let handover = smtp::Handover { from: address, to, letter, dot: &dot };
        let sending = smtp::send(server, tls, limits, &handover);
        let sent = runtime.block_on(AssertUnwindSafe(sending).catch_unwind());
        sent.unwrap_or_else(|_| Err(broke_off(&dot)))
    }
}

/// The job panicked on an answer: whether the letter may have arrived depends on its final dot.
pub(super) fn broke_off(dot: &AtomicBool) -> SendFailure {
    if dot.load(Ordering::SeqCst) {
        SendFailure::Uncertain(unreadable("smtp-uncertain"))
    } else {
        SendFailure::Later(unreadable("smtp-later"))
    }
}
