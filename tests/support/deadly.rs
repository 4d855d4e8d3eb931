//! A service that stops for good in the middle of its work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use countersign::store::{Moment, Probe};
use futures::FutureExt;
use tokio::sync::Notify;

/// Stops everything that commits, at one of the moments around its commits.
pub(crate) struct Deadly {
    is_armed: Arc<AtomicBool>,
    struck: Arc<Notify>,
}

impl Deadly {
    /// Strikes at the moment of this number, from 1, of those that count since it was armed; with the probe that does so.
    pub(crate) fn at(number: usize, counts: fn(Moment) -> bool) -> (Self, Probe) {
        let deadly = Self { is_armed: Arc::new(AtomicBool::new(false)), struck: Arc::new(Notify::new()) };
        let (armed, told) = (deadly.is_armed.clone(), deadly.struck.clone());
        let counted = AtomicUsize::new(0);
        let probe = Probe::new(move |moment| {
            let strikes = armed.load(Ordering::SeqCst)
                && counts(moment)
                && counted.fetch_add(1, Ordering::SeqCst) + 1 == number;
            if strikes {
                told.notify_one();
                return std::future::pending().boxed();
            }
            std::future::ready(()).boxed()
        });
        (deadly, probe)
    }

    pub(crate) fn arm(&self) {
        self.is_armed.store(true, Ordering::SeqCst);
    }

    /// Returns once it has struck.
    pub(crate) async fn struck(&self) {
        self.struck.notified().await;
    }
}
