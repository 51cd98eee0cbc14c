//! Chance, split: every part of the world draws from a stream of its own, so that a new draw in
//! one place does not change what happens in the others.

use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, Rng as _, SeedableRng as _};

/// One part's chance.
pub struct Stream(ChaCha20Rng);

impl Stream {
    /// The same seed and name give the same draws.
    pub fn new(seed: u64, name: &str) -> Self {
        let seed = crate::crypto::digest(format!("{seed}/{name}").as_bytes());
        Self(ChaCha20Rng::from_seed(seed.0))
    }

    /// True so many times in a thousand.
    pub fn happens(&mut self, per_mille: u32) -> bool {
        self.0.next_u32() % 1000 < per_mille
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.saturating_sub(low).saturating_add(1).max(1);
        low.saturating_add(i64::from(self.0.next_u32()) % width)
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let last = i64::try_from(from.len()).ok()?.checked_sub(1)?;
        let index = usize::try_from(self.between(0, last)).ok()?;
        from.get(index)
    }

    pub fn rng(&mut self) -> &mut dyn CryptoRng {
        &mut self.0
    }

    pub fn into_rng(self) -> Box<dyn CryptoRng + Send> {
        Box::new(self.0)
    }
}
