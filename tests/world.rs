//! The deterministic year, over seeds: safety while everything fails, liveness once nothing does.
//!
//! `CERTPOST_SEED=n` runs one seed, `CERTPOST_SEEDS=a..b` a range, instead of the fixed list.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::disallowed_methods, reason = "a person may name other seeds")]

use std::collections::BTreeMap;

use certpost::time::Span;
use certpost::world::bugs::Bug;
use certpost::world::checks::{ALWAYS, HEALED, look};
use certpost::world::{CrashPoint, Faults, START, World};

const YEAR: Span = Span::days(365);
const AFTER: Span = Span::days(120);

/// A year in the storm, then a healed time; what the checks found, and where the power failed.
fn live(seed: u64, faults: Faults) -> World {
    let mut world = World::new(seed, faults, None).unwrap();
    world.run_until(START + YEAR).unwrap();
    world.heal();
    world.run_until(START + YEAR + AFTER).unwrap();
    HEALED.iter().for_each(|rule| look(&mut world, rule));
    world
}

fn told(world: &World) -> String {
    let lines = world.violations().iter().map(|broken| {
        format!("  {} at {}: {}\n    {}\n", broken.check, broken.at, broken.detail, broken.sentence)
    });
    let lines: String = lines.collect();
    format!("CERTPOST_SEED={}\n{lines}", world.seed)
}

/// How often the power failed, and what else happened.
type Hits = BTreeMap<CrashPoint, u32>;
type Lived = BTreeMap<&'static str, usize>;

fn run(seeds: impl Iterator<Item = u64>, faults: Faults) -> (Hits, Lived) {
    let mut hits = BTreeMap::new();
    let mut lived = BTreeMap::new();
    let mut broken = String::new();
    for seed in seeds {
        let world = live(seed, faults);
        assert!(world.rounds < 20_000, "seed {seed} ran {} rounds", world.rounds);
        for (point, count) in world.power().hits() {
            *hits.entry(point).or_default() += count;
        }
        let tally = world.tally();
        tally.iter().for_each(|(what, count)| *lived.entry(*what).or_default() += count);
        println!("seed {seed}: {} rounds, {} visits, {tally:?}", world.rounds, world.visits);
        if !world.violations().is_empty() {
            println!("{}", told(&world));
            broken += &told(&world);
        }
    }
    assert!(broken.is_empty(), "\n{broken}");
    println!("lived through: {lived:?}");
    (hits, lived)
}

fn named_seeds() -> Option<std::ops::Range<u64>> {
    let number = |text: &str| text.parse::<u64>().expect("a seed is a number");
    if let Ok(seed) = std::env::var("CERTPOST_SEED") {
        let seed = number(&seed);
        return Some(seed..seed + 1);
    }
    let range = std::env::var("CERTPOST_SEEDS").ok()?;
    let (from, to) = range.split_once("..").expect("CERTPOST_SEEDS=a..b");
    Some(number(from)..number(to))
}

/// Seeds that once found something in the early storm, and what they taught.
const EARLY: [(u64, &str); 4] = [
    (4, "a cut after installing: the new certificate in place was taken for the old one sent back"),
    (10, "a letter read under a clock that ran ahead: its moment was recorded as work done"),
    (18, "a letter read under a clock at 1970: an honest signer was quarantined as out of date"),
    (15, "a round that was held back asked for the past: one round a second, for days"),
];

#[test]
fn what_seeds_taught_is_not_forgotten() {
    if named_seeds().is_none() {
        run(EARLY.iter().map(|(seed, _)| *seed), Faults::early());
    }
}

#[test]
fn a_year_in_the_storm_and_a_quiet_end() {
    if let Some(seeds) = named_seeds() {
        println!("the power failed: {:?}", run(seeds, Faults::stormy()).0);
        return;
    }
    // Seed 8 taught that a notice which a person gave up may be accepted all the same, and then the
    // status has moved.
    let (hits, lived) = run(1..9, Faults::stormy());
    for point in CrashPoint::ALL {
        assert!(hits.contains_key(&point), "the power never failed at {point:?}: {hits:?}");
    }
    let paper = ["notices accepted", "notices refused", "invoices paid", "renewals put off"];
    for what in paper {
        assert!(lived.get(what).is_some_and(|count| *count > 0), "no {what}: {lived:?}");
    }
}

/// Whether this seed shows the bug to `check`; looks every month, so as not to live on in vain.
fn shows(seed: u64, bug: Bug, check: &str) -> bool {
    let found = |world: &World| world.violations().iter().any(|one| one.check == check);
    let mut world = World::new(seed, Faults::stormy(), Some(bug)).unwrap();
    for month in 1..=12 {
        world.run_until(START + Span::days(30 * month)).unwrap();
        if found(&world) {
            return true;
        }
    }
    world.heal();
    world.run_until(START + YEAR + AFTER).unwrap();
    HEALED.iter().for_each(|rule| look(&mut world, rule));
    found(&world)
}

#[test]
fn every_check_finds_the_bug_planted_for_it() {
    for bug in Bug::ALL {
        for check in bug.checks() {
            let seed = (1..8).find(|seed| shows(*seed, bug, check));
            println!("{bug:?} is found by {check} with seed {seed:?}");
            assert!(seed.is_some(), "{bug:?} is not found by {check}");
        }
    }
}

#[test]
fn every_check_has_a_bug_that_proves_it() {
    for (check, ..) in ALWAYS.iter().chain(HEALED) {
        assert!(Bug::ALL.iter().any(|bug| bug.checks().contains(check)), "{check}");
    }
}
