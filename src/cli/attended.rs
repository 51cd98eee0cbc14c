//! A carrier that tells the service manager that it works, before and after each letter: a round
//! over a slow line may last longer than the manager's patience, one call of it may not.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::ports::{Carrier, CarrierError, Collected};
use crate::exchange::SendFailure;
use crate::os::Supervisor;

pub struct Attended {
    pub carrier: Box<dyn Carrier>,
    pub supervisor: Arc<Supervisor>,
}

impl Attended {
    fn attended<T>(&mut self, work: impl FnOnce(&mut dyn Carrier) -> T) -> T {
        self.supervisor.alive();
        let done = work(&mut *self.carrier);
        self.supervisor.alive();
        done
    }
}

impl Carrier for Attended {
    fn send(&mut self, letter: &[u8], to: &str) -> Result<(), SendFailure> {
        self.attended(|carrier| carrier.send(letter, to))
    }

    fn collect(&mut self, bookmark: Option<&str>, limit: usize) -> Result<Collected, CarrierError> {
        self.attended(|carrier| carrier.collect(bookmark, limit))
    }

    fn settle(&mut self, locator: &str) -> Result<(), CarrierError> {
        self.attended(|carrier| carrier.settle(locator))
    }

    fn bookmark(&self) -> Option<String> {
        self.carrier.bookmark()
    }

    /// Waiting is no work: the daemon's own interrupt tells as long as it should last.
    fn wait(&mut self, at_most: Duration, interrupt: &dyn Fn() -> bool) {
        self.carrier.wait(at_most, interrupt);
    }
}
