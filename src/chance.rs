//! Randomness as an argument: seeded by the operating system in production, by a number in tests.

use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};

/// A source of random values, fit for keys and salts; clones share one stream.
#[derive(Clone)]
pub struct Chance(Arc<Mutex<StdRng>>);

impl Chance {
    /// Seeded by the operating system.
    pub fn system() -> Self {
        let mut seed = <StdRng as SeedableRng>::Seed::default();
        rand::rng().fill_bytes(&mut seed);
        Self(Arc::new(Mutex::new(StdRng::from_seed(seed))))
    }

    /// The same values in the same order for the same seed; for tests.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// `N` random bytes, for salts and generated secrets.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream().fill_bytes(&mut bytes);
        bytes
    }

    /// A number from 0 up to, not including, `bound`.
    pub fn below(&self, bound: u32) -> u32 {
        self.stream().random_range(0..bound)
    }

    /// A number from 0 up to, not including, 1; for jitter.
    pub fn fraction(&self) -> f64 {
        self.stream().random()
    }

    fn stream(&self) -> std::sync::MutexGuard<'_, StdRng> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
