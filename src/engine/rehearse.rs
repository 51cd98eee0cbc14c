//! What would go if a renewal began now: made like the real one and thrown away.

use serde::Serialize;

use super::Engine;
use super::errand::problem;
use super::prepare::{Failure, lasting, parties, uncomposed};
use super::unkept::Unkept;
use crate::authority::{Payment, Role};
use crate::crypto::Usage;
use crate::exchange::{
    DocumentNumber, Exchange, ExchangeId, Gate, Money, Problem, Purpose, StageName,
};
use crate::store::StoreError;
use crate::time::Timestamp;
use zeroize::Zeroizing;

/// Stands where the blocking phrase would.
pub const MASKED: &str = "********";

/// An application that will not be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rehearsed {
    pub holder: String,
    pub role: Role,
    pub name: String,
    /// The authority's title, and the address that it goes to.
    pub authority: String,
    pub to: String,
    /// The renewal that it belongs to, when one waits to be prepared.
    pub exchange: Option<ExchangeId>,
    pub document: DocumentNumber,
    pub usages: Vec<Usage>,
    /// When the first of the certificates ends that it replaces.
    pub ends: Timestamp,
    pub term: u8,
    pub payment: Payment,
    pub sum: Money,
    pub order: String,
    pub consent: bool,
    /// What a person must agree to before it goes.
    pub gates: Vec<Gate>,
    pub subject: String,
    /// Name of the sealed attachment.
    pub file: Option<String>,
    pub letter_bytes: usize,
    /// The document before it is signed and encrypted, with [`MASKED`] for the blocking phrase.
    pub text: String,
}

impl Engine {
    /// Makes the application of a holder's renewal and seals it. Consumes the engine: its vault is
    /// one that keeps nothing, and nothing is committed or sent. The inner error is what would
    /// stop the real one.
    pub fn rehearse(
        mut self,
        holder: &str,
        now: Timestamp,
    ) -> Result<Result<Rehearsed, Problem>, StoreError> {
        self.vault = Box::new(Unkept(self.vault));
        let exchange = match self.next_renewal(holder, now)? {
            Ok(exchange) => exchange,
            Err(problem) => return Ok(Err(problem)),
        };
        Ok(match self.application_in_words(&exchange, now) {
            Ok(rehearsed) => Ok(rehearsed),
            Err(Failure::Store(error)) => return Err(error),
            Err(Failure::Problem { problem, .. }) => Err(problem),
        })
    }

    /// The renewal that waits to be prepared, or the one that `renew` would open.
    fn next_renewal(
        &self,
        holder: &str,
        now: Timestamp,
    ) -> Result<Result<Exchange, Problem>, StoreError> {
        let Some(known) = self.setup.holder(holder) else {
            let known: Vec<_> = self.setup.holders.iter().map(|h| h.id.as_str()).collect();
            let detail = format!("no holder «{holder}»; holders are {}", known.join(", "));
            return Ok(Err(problem("unknown-id", detail)));
        };
        let mut own = self.store.exchanges()?;
        own.retain(|one| one.holder == holder && one.purpose == Purpose::Renewal);
        if let Some(open) = own.iter().find(|one| !one.is_closed()) {
            return Ok(if open.stage.name() == StageName::Opened {
                Ok(open.clone())
            } else {
                let detail = format!("{} is open already, and its application is made", open.id);
                Err(problem("already-open", detail))
            });
        }
        let Some(end) = self.earliest_end(known) else {
            let detail = format!("{holder} has no certificate in place");
            return Ok(Err(problem("certificate-missing", detail)));
        };
        let id = ExchangeId(format!("{holder}-{}", own.len() + 1));
        Ok(Ok(Exchange::open(id, holder.into(), Purpose::Renewal, end, now)))
    }

    fn application_in_words(
        &mut self,
        exchange: &Exchange,
        now: Timestamp,
    ) -> Result<Rehearsed, Failure> {
        let (application, signer, agreement) = self.application(exchange, now)?;
        let mut masked = application.clone();
        masked.blocking_phrase = Zeroizing::new(MASKED.into());
        let sealed =
            self.seal_application(&application, (&signer, agreement.as_ref()), exchange, now)?;
        let (_, authority) = parties(&self.setup, exchange)?;
        let text = authority.dialect.document(&masked).map_err(uncomposed)?;
        // The letter itself tells, as the authority's mail program will.
        let letter = crate::mail::read(&sealed.letter, &crate::mail::Limits::default());
        let letter = letter.map_err(|error| lasting("application-unfit", error.to_string()))?;
        let known = self.store.exchange(&exchange.id)?.map(|known| known.id);
        let requests = &application.requests;
        let ends = requests.iter().map(|one| one.replaces.not_after()).min();
        Ok(Rehearsed {
            holder: exchange.holder.clone(),
            role: application.role,
            name: application.holder.clone(),
            authority: authority.profile.title.clone(),
            to: authority.address.clone(),
            exchange: known,
            document: sealed.document,
            usages: requests.iter().map(|one| one.usage).collect(),
            ends: ends.unwrap_or(exchange.deadline),
            term: application.term,
            payment: application.payment,
            sum: application.sum.clone(),
            order: application.order.clone(),
            consent: application.consent,
            gates: authority.policy().gates.clone(),
            subject: letter.subject,
            file: letter.parts.iter().find_map(|part| part.name.clone()),
            letter_bytes: sealed.letter.len(),
            text,
        })
    }
}
