//! THE HEART. One exchange with an authority, from "it is due" to "it is done", as a pure machine.
//!
//! [`step`] is total: every event is accepted in every stage, nothing fails, nothing is read or
//! written. An event that the stage does not expect leaves the stage as it is and yields a
//! [`Note`] that says what was waited for and what came.
//!
//! What we owe is a function of the stage ([`Exchange::owed`]), and so is the moment at which the
//! stage wants to be woken ([`Exchange::wake_at`]). There is no timer table, no outbox and no job
//! queue: after a restart the same two functions tell what to do.

mod event;
mod note;
mod policy;
mod state;
mod step;

pub use event::{Event, SendFailure, Word};
pub use note::{Anomaly, Note};
pub use policy::{Ladder, Patience, Policy, Silence};
pub use state::{
    Digest, Dispatch, DocumentNumber, Effect, Exchange, ExchangeId, Gate, Grant, Invoice, Money,
    Obstacle, Owed, Party, Problem, Purpose, Refusal, Retry, Stage, StageName,
};
pub use step::{Step, step};
