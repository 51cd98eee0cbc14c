//! The agent's power, and where it fails. Every port of the agent asks whether there is any: after
//! a cut nothing that the engine still tries has an effect.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where a power cut hits: design.md, "Crash points", and any commit at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrashPoint {
    /// After the key is kept, before the request is committed.
    KeyKept,
    /// After the letter left, before `Sent` is committed.
    LetterLeft,
    /// After collecting, before the commit.
    Collected,
    /// After the commit of an arrival, before the mailbox is settled.
    Committed,
    /// After installing, before `Installed` is committed.
    Installed,
    /// Just before some commit.
    AnyCommit,
}

impl CrashPoint {
    pub const ALL: [CrashPoint; 6] = [
        CrashPoint::KeyKept,
        CrashPoint::LetterLeft,
        CrashPoint::Collected,
        CrashPoint::Committed,
        CrashPoint::Installed,
        CrashPoint::AnyCommit,
    ];
}

struct Inside {
    on: bool,
    /// Points at which the power will fail; each once.
    plan: Vec<CrashPoint>,
    hits: BTreeMap<CrashPoint, u32>,
}

#[derive(Clone)]
pub struct Power(Arc<Mutex<Inside>>);

impl Default for Power {
    fn default() -> Self {
        let inside = Inside { on: true, plan: Vec::new(), hits: BTreeMap::new() };
        Self(Arc::new(Mutex::new(inside)))
    }
}

impl Power {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_on(&self) -> bool {
        self.inside().on
    }

    /// The next time that the agent passes `point`, the power fails.
    pub fn plan(&self, point: CrashPoint) {
        let mut inside = self.inside();
        if !inside.plan.contains(&point) {
            inside.plan.push(point);
        }
    }

    pub fn forget_plans(&self) {
        self.inside().plan.clear();
    }

    /// The agent passes a crash point. Returns whether there is still power.
    pub fn passes(&self, point: CrashPoint) -> bool {
        let mut inside = self.inside();
        if inside.on
            && let Some(index) = inside.plan.iter().position(|planned| *planned == point)
        {
            inside.plan.remove(index);
            inside.on = false;
            *inside.hits.entry(point).or_default() += 1;
        }
        inside.on
    }

    pub fn restore(&self) {
        self.inside().on = true;
    }

    /// How often the power failed at each point.
    pub fn hits(&self) -> BTreeMap<CrashPoint, u32> {
        self.inside().hits.clone()
    }
}
