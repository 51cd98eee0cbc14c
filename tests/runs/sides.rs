//! Who answers in a run: the authority or the tax office at its mailbox.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use certpost::assemble;
use certpost::crypto::CryptoRng;
use certpost::mail::Part;
use certpost::simulator::authority::{Silence, Timed};
use certpost::simulator::clerk::Clerk;
use certpost::simulator::program::Program;
use certpost::simulator::settings::Settings;
use certpost::time::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use crate::servers::{Account, Servers};

/// A clerk whom the test can talk to while he works.
struct Shared<C>(Arc<Mutex<C>>);

impl<C: Clerk> Clerk for Shared<C> {
    fn hear(
        &mut self,
        parts: &[Part],
        now: Timestamp,
        chance: &mut dyn CryptoRng,
    ) -> Result<Vec<Timed>, Silence> {
        self.0.lock().unwrap().hear(parts, now, chance)
    }

    fn due(&mut self, until: Timestamp, chance: &mut dyn CryptoRng) -> Result<Vec<Timed>, Silence> {
        self.0.lock().unwrap().due(until, chance)
    }

    fn next(&self) -> Option<Timestamp> {
        self.0.lock().unwrap().next()
    }

    fn is_undecided(&self) -> bool {
        self.0.lock().unwrap().is_undecided()
    }

    fn pay(&mut self, invoice: &str, now: Timestamp) -> bool {
        self.0.lock().unwrap().pay(invoice, now)
    }

    fn save(&self, folder: &Path) -> std::io::Result<()> {
        self.0.lock().unwrap().save(folder)
    }
}

pub struct Side<C> {
    clerk: Arc<Mutex<C>>,
    program: Program,
    account: Account,
    /// Letters that it has read.
    heard: usize,
    pub answered: usize,
    /// When it next has something to say.
    pub next: Option<Timestamp>,
}

impl<C: Clerk + 'static> Side<C> {
    /// `ca`: its configuration, for the mailbox.
    pub fn new(clerk: C, ca: &Path, account: Account, seed: u64) -> Self {
        let settings = Settings::read(ca).unwrap();
        let carrier = assemble::carrier_of(&settings.mailbox, 25, &settings.folder).unwrap();
        let clerk = Arc::new(Mutex::new(clerk));
        let (desk, chance) = (Box::new(Shared(clerk.clone())), ChaCha20Rng::seed_from_u64(seed));
        let (address, folder) = (settings.mailbox.address, Some(settings.folder));
        let program = Program::new(desk, carrier, address, Box::new(chance), folder);
        Self { clerk, program, account, heard: 0, answered: 0, next: None }
    }

    pub fn clerk(&self) -> MutexGuard<'_, C> {
        self.clerk.lock().unwrap()
    }

    /// One round, once the `sent` letters that ever went to it are there. True when it heard or
    /// said something.
    pub fn round(&mut self, sent: usize, now: Timestamp) -> bool {
        let before = (self.heard, self.answered);
        Servers::shared().mailbox(&self.account).await_letters("INBOX", sent);
        loop {
            let served = self.program.round(now);
            assert_eq!(served.troubles, Vec::<String>::new());
            self.heard += served.heard;
            self.answered += served.answered;
            self.next = served.next;
            // Nothing was heard although a letter lies there: it would never be.
            assert!(self.heard == sent || served.heard > 0, "{} of {sent} letters", self.heard);
            if self.heard == sent {
                return (self.heard, self.answered) != before;
            }
        }
    }

    /// Every letter that came, as it lies there.
    pub fn letters(&self) -> Vec<String> {
        Servers::shared().mailbox(&self.account).letters("INBOX")
    }
}
