//! The two ways to a person: a letter, and a POST to an address. Each attempt has an end.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls_native_certs::load_native_certs;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::carrier::post::Sender;
use crate::config::{Contact, Webhook};
use crate::exchange::{Digest, Problem, SendFailure};
use crate::os;
use crate::store::Store;

/// The longest a call may take, connecting included.
const CALL: Duration = Duration::from_secs(30);

/// Why a message did not go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    pub problem: Problem,
    /// It is the server's trouble, and other messages would meet it too.
    pub everything: bool,
}

impl Unsent {
    pub fn this(label: &str, detail: impl Into<String>) -> Self {
        let problem = Problem { label: label.into(), detail: detail.into() };
        Self { problem, everything: false }
    }
}

/// What the herald asks of the world.
pub trait Ways {
    fn mail(&mut self, to: &str, letter: &[u8]) -> Result<(), Unsent>;

    /// Posts JSON to the contact's webhook; nothing to do for a contact without one.
    fn post(&mut self, contact: &Contact, body: &str) -> Result<(), Unsent>;

    /// Kept bytes, for attachments.
    fn kept(&self, digest: &Digest) -> Option<Vec<u8>>;
}

/// Over the network.
pub struct RealWays {
    pub sender: Sender,
    /// `None`: without a database nothing is attached.
    pub store: Option<Arc<dyn Store>>,
}

impl Ways for RealWays {
    fn mail(&mut self, to: &str, letter: &[u8]) -> Result<(), Unsent> {
        self.sender.send(letter, to).map_err(|failure| match failure {
            // It may have arrived; a second copy has the same Message-ID.
            SendFailure::Uncertain(problem) | SendFailure::Rejected(problem) => {
                Unsent { problem, everything: false }
            }
            SendFailure::Later(problem) => Unsent { problem, everything: true },
        })
    }

    fn post(&mut self, contact: &Contact, body: &str) -> Result<(), Unsent> {
        let Some(webhook) = &contact.webhook else { return Ok(()) };
        post(webhook, body).map_err(|detail| Unsent::this("webhook-failed", detail))
    }

    fn kept(&self, digest: &Digest) -> Option<Vec<u8>> {
        self.store.as_ref()?.kept(digest).ok().flatten()
    }
}

fn post(webhook: &Webhook, body: &str) -> Result<(), String> {
    let agent = agent(webhook.ca_file.as_deref())?;
    let mut request = agent.post(&webhook.url).header("Content-Type", "application/json");
    if let Some(bearer) = &webhook.bearer {
        let token = bearer.resolve(&os::variable).map_err(|problem| problem.detail)?;
        // ureq keeps its header until the call is over and does not wipe it.
        request = request.header("Authorization", format!("Bearer {}", token.as_str()));
    }
    answered(&webhook.url, request.send(body))
}

/// Calls an address, for the heartbeat.
pub fn call(url: &str, ca_file: Option<&Path>) -> Result<(), String> {
    answered(url, agent(ca_file)?.get(url).call())
}

fn answered(
    url: &str,
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<(), String> {
    // What stands behind the host may hold a token.
    let place = url.split(['?', '#']).next().unwrap_or_default();
    let place = place.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    match answer {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("{place} answered {}", answer.status())),
        Err(error) => Err(format!("{place}: {error}")),
    }
}

/// One agent a call: messages are rare, and a kept connection would be dead by the next.
fn agent(ca_file: Option<&Path>) -> Result<Agent, String> {
    let roots = match ca_file {
        Some(path) => {
            let pem = std::fs::read(path)
                .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            let items = parse_pem(&pem).filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                Ok(_) | Err(_) => None,
            });
            let roots: Vec<_> = items.collect();
            if roots.is_empty() {
                return Err(format!("{} holds no certificate", path.display()));
            }
            roots
        }
        None => {
            let found = load_native_certs().certs;
            found.iter().map(|one| Certificate::from_der(one).to_owned()).collect()
        }
    };
    let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&roots)).build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(CALL))
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent("certpost")
        .build();
    Ok(config.into())
}
