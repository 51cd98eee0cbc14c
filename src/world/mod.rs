//! The deterministic year: the whole agent against the simulated authority, with a clock that
//! lies, a post that loses, power that fails, and checks that watch. The seed decides everything.
//!
//! ```text
//! World::new(seed, faults, bug) → run_until(a year)   safety: anything may fail, nothing wrong may happen
//!                               → heal(), run_until   liveness: now everything must end
//! ```
//!
//! True time jumps from one due thing to the next; nothing waits.

pub mod bugs;
mod chance;
pub mod checks;
mod clock;
mod disk;
mod duties;
mod faults;
mod letters;
mod pairs;
mod person;
mod post;
mod power;
mod seasons;
mod strongbox;
mod town;
mod turn;
mod weather;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::engine::{Engine, Round};
use crate::exchange::{ExchangeId, Problem};
use crate::report::{Report, Snapshot};
use crate::store::memory::Memory;
use crate::time::{Span, Timestamp};

use bugs::Bug;
use chance::Stream;
use checks::Violation;
use clock::Clock;
use post::Post;
use strongbox::Strongbox;
use town::Town;

pub use faults::Faults;
pub use power::{CrashPoint, Power};

/// The morning on which every world begins.
pub const START: Timestamp = Timestamp(1_795_330_800);

/// The world itself could not go on: a mistake in the double, not in the agent.
#[derive(Debug)]
pub struct Broken(pub String);

impl Broken {
    fn because(cause: impl fmt::Display) -> Self {
        Self(cause.to_string())
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Broken {}

/// The last round that ran to its end.
struct LastRound {
    wall: Timestamp,
    round: Round,
}

pub struct World {
    pub seed: u64,
    /// True time.
    pub now: Timestamp,
    faults: Faults,
    bug: Option<Bug>,
    healed: bool,
    town: Town,
    post: Post,
    power: Power,
    memory: Arc<Memory>,
    strongbox: Strongbox,
    clock: Clock,
    engine: Option<Engine>,
    /// How often the agent was started; each start has chance of its own.
    starts: u32,
    /// No round has ended since the last start, or since the store failed.
    started: bool,
    weather: Stream,
    clerk: Stream,
    /// The tax office's chance, and the weather in it.
    taxman: Stream,
    person: Stream,
    next_round: Timestamp,
    next_day: Timestamp,
    next_season: Timestamp,
    /// While there is no power.
    power_back: Timestamp,
    // What the checks look at.
    troubles: Vec<Problem>,
    last: Option<LastRound>,
    /// Since when the agent has had power, mailbox, disk and a clock that it trusts.
    able_since: Option<Timestamp>,
    /// The latest moment that a clock without visible fault has shown to the agent.
    trusted: Timestamp,
    /// The last complete reading of the mailbox.
    mailbox_read: Option<Timestamp>,
    published: Option<Published>,
    misunderstood: Vec<String>,
    seen_pairs: pairs::SeenPairs,
    /// How often people went to the authority on foot.
    pub visits: u32,
    /// How often the agent agreed to put a renewal off.
    snoozes: usize,
    /// How many lines the journal had when the tax office was given a key by hand.
    agreed: Vec<u64>,
    /// Who looks at an invoice and will not pay it, while the storm lasts.
    unwilling: BTreeMap<ExchangeId, bool>,
    pub rounds: u32,
    violations: Vec<Violation>,
}

/// The summary that people have.
struct Published {
    snapshot: Snapshot,
    report: Report,
}

impl World {
    /// A world in which everything is well until something happens. `bug` plants a mistake for
    /// the checks to find.
    pub fn new(seed: u64, faults: Faults, bug: Option<Bug>) -> Result<Self, Broken> {
        let strongbox = Strongbox::default();
        let town = Town::settle(seed, faults, START, &strongbox)?;
        let mut world = Self {
            seed,
            now: START,
            faults,
            bug,
            healed: false,
            town,
            post: Post::new(seed, faults, START),
            power: Power::default(),
            memory: Arc::new(Memory::new()),
            strongbox,
            clock: Clock::right(),
            engine: None,
            starts: 0,
            started: false,
            weather: Stream::new(seed, "weather"),
            clerk: Stream::new(seed, "authority"),
            taxman: Stream::new(seed, "tax office"),
            person: Stream::new(seed, "person"),
            next_round: START,
            next_day: START + Span::hours(5),
            next_season: START + Span::days(3),
            power_back: START,
            troubles: Vec::new(),
            last: None,
            able_since: None,
            trusted: START,
            mailbox_read: None,
            published: None,
            misunderstood: Vec::new(),
            seen_pairs: pairs::SeenPairs::default(),
            visits: 0,
            snoozes: 0,
            agreed: Vec::new(),
            unwilling: BTreeMap::new(),
            rounds: 0,
            violations: Vec::new(),
        };
        world.town.authority.manners = seasons::good();
        world.start_agent()?;
        Ok(world)
    }

    /// Lets time pass until `until`, from one due thing to the next.
    pub fn run_until(&mut self, until: Timestamp) -> Result<(), Broken> {
        while let Some(next) = self.next_due().filter(|next| *next <= until) {
            self.now = self.now.max(next);
            self.turn()?;
        }
        self.now = self.now.max(until);
        Ok(())
    }

    /// From now on nothing fails: the post is quick, the authority polite, the clock right.
    pub fn heal(&mut self) {
        self.faults = Faults::none();
        self.healed = true;
        self.town.authority.manners = seasons::good();
        if let Some(office) = &mut self.town.tax_office {
            office.manners = seasons::good();
        }
        self.unwilling.clear();
        self.clock.offset = Span(0);
        self.power.forget_plans();
        let mut post = self.post.inside();
        post.faults = Faults::none();
        post.outage_until = None;
    }

    /// What the checks have found so far, each check once.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// What happened of that which a rule may never have to look at, by name.
    pub fn tally(&self) -> BTreeMap<&'static str, usize> {
        duties::tally(self)
    }

    /// How often the power failed, and where.
    pub fn power(&self) -> &Power {
        &self.power
    }

    /// When the holder's first certificate ends, in truth.
    fn end_of(&self, holder: &str) -> Option<Timestamp> {
        let contents = self.strongbox.contents();
        let own = contents.in_place.iter().filter(|((of, _), _)| of == holder);
        own.map(|(_, pair)| pair.certificate.not_after()).min()
    }
}
