//! How much memory bodies may take together, before anybody is known to be who they say they are.
//!
//! A connection keeps a small body without asking, so that nobody's large one can take its place: that much is bounded
//! by the number of connections. What goes beyond comes from a common reserve, byte by byte as it arrives, so that
//! announcing much costs nobody anything. When the reserve is used up the body is refused at once: waiting for each
//! other, all would wait until they are cut off.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What every body may keep of its own. Webhooks about tokens and Slack's clicks are well below.
pub(super) const OWN: usize = 64 * 1024;

/// Bytes that the larger bodies at one door share.
#[derive(Debug, Clone)]
pub(super) struct Reserve(Arc<Semaphore>);

/// The reserve is used up.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UsedUp;

impl Reserve {
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes)))
    }

    /// A share of nothing yet, which grows with its body and goes back when it is dropped.
    pub(super) fn share(&self) -> Share {
        Share { reserve: self.clone(), taken: None }
    }

    #[cfg(test)]
    pub(super) fn left(&self) -> usize {
        self.0.available_permits()
    }
}

/// What one body holds of the reserve.
#[derive(Debug)]
pub(super) struct Share {
    reserve: Reserve,
    taken: Option<OwnedSemaphorePermit>,
}

impl Share {
    /// Makes room for a body of `length` bytes in all.
    pub(super) fn grow_to(&mut self, length: usize) -> Result<(), UsedUp> {
        let held = self.taken.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = length.saturating_sub(OWN).saturating_sub(held);
        if more == 0 {
            return Ok(());
        }
        let more = u32::try_from(more).map_err(|_| UsedUp)?;
        let permit = self.reserve.0.clone().try_acquire_many_owned(more).map_err(|_| UsedUp)?;
        match &mut self.taken {
            Some(taken) => taken.merge(permit),
            None => self.taken = Some(permit),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_small_body_needs_nothing_of_an_empty_reserve() {
        let reserve = Reserve::new(0);

        assert_eq!(reserve.share().grow_to(OWN), Ok(()));
        assert_eq!(reserve.share().grow_to(OWN + 1), Err(UsedUp));
    }

    #[test]
    fn what_a_body_held_goes_back_with_it() {
        let reserve = Reserve::new(100);
        let (mut first, mut second) = (reserve.share(), reserve.share());

        first.grow_to(OWN + 60).unwrap();
        first.grow_to(OWN + 90).unwrap();
        assert_eq!(reserve.left(), 10);
        assert_eq!(second.grow_to(OWN + 11), Err(UsedUp));
        drop(first);
        assert_eq!(second.grow_to(OWN + 100), Ok(()));
    }

    proptest! {
        #[test]
        fn all_bodies_together_never_hold_more_than_the_reserve(
            steps in prop::collection::vec((0_usize..500, 1_usize..30_000), 0..2_000),
        ) {
            let reserve = Reserve::new(1_000_000);
            let mut bodies: Vec<_> = (0..500).map(|_| (reserve.share(), 0)).collect();
            for (index, more) in steps {
                let (share, kept) = &mut bodies[index];
                match share.grow_to(*kept + more) {
                    Ok(()) => *kept += more,
                    Err(UsedUp) => bodies[index] = (reserve.share(), 0),
                }
            }

            let beyond: usize = bodies.iter().map(|(_, kept)| kept.saturating_sub(OWN)).sum();
            prop_assert!(beyond <= 1_000_000);
            prop_assert_eq!(reserve.left(), 1_000_000 - beyond);
            drop(bodies);
            prop_assert_eq!(reserve.left(), 1_000_000);
        }
    }
}
