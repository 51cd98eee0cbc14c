//! The agent's wall clock, which may lie, and the watch that the daemon keeps over it.

use crate::exchange::Problem;
use crate::time::{Span, Timestamp};

/// How far wall and steady clock may drift apart: as the daemon's watch has it.
const TOLERANCE: Span = Span::hours(1);

/// Wall time is true time and `offset`.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    pub offset: Span,
    /// The offset when the daemon began to watch.
    base: Span,
}

impl Clock {
    /// A clock that shows the true time.
    pub fn right() -> Self {
        Self { offset: Span(0), base: Span(0) }
    }

    pub fn wall(&self, now: Timestamp) -> Timestamp {
        now + self.offset
    }

    /// A new process believes the clock that it finds.
    pub fn restart(&mut self) {
        self.base = self.offset;
    }

    /// Whether the daemon can see that the clock jumped.
    pub fn jumped(&self) -> bool {
        (self.offset.0 - self.base.0).abs() > TOLERANCE.0
    }

    /// What the daemon tells the engine.
    pub fn hold(&self) -> Option<Problem> {
        self.jumped().then(|| Problem {
            label: "clock".into(),
            detail: format!("the clock jumped by {} seconds", self.offset.0 - self.base.0),
        })
    }
}
