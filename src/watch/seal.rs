//! The sealer: numbers, chains and seals what was recorded since it last looked.

use anyhow::{Context, Result};
use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use crate::audit::{self, Seal, SealingKey};
use crate::clock::Clock;
use crate::store::{Store, StoredEntry};

/// How long an entry may stay unsealed while the program runs.
const EVERY: TimeDelta = TimeDelta::seconds(1);

/// As many entries are sealed together.
const BATCH: u32 = 1_000;

/// Seals the log of one database. Replicas may all run one: a batch is sealed by whoever is first.
pub struct Sealer {
    pub store: Store,
    pub clock: Clock,
    pub key: SealingKey,
}

impl Sealer {
    /// Seals every second until `stop`, and once more then.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            if let Err(error) = self.seal_all().await {
                tracing::error!(error = format!("{error:#}"), "the audit log could not be sealed");
            }
            if stop.is_cancelled() {
                return;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.clock.sleep_until(self.clock.now() + EVERY) => {}
            }
        }
    }

    /// Seals everything that waits.
    pub async fn seal_all(&self) -> Result<()> {
        loop {
            // In this order: a seal that another sealer adds in between makes ours fail as a whole.
            let previous = self.previous().await?;
            let waiting = self.store.unsealed(BATCH).await?;
            if waiting.is_empty() || !self.seal(previous.as_ref(), &waiting).await? {
                return Ok(());
            }
        }
    }

    /// Seals a batch; false when another replica was faster, which then goes on with the rest.
    async fn seal(&self, previous: Option<&Seal>, waiting: &[StoredEntry]) -> Result<bool> {
        let entries = waiting
            .iter()
            .map(|stored| {
                audit::decode(&stored.body).with_context(|| format!("reading audit entry {}", stored.id))
            })
            .collect::<Result<Vec<_>>>()?;
        let Some(sealed) = audit::seal(&self.key, previous, &entries, self.clock.now()) else {
            return Ok(false);
        };
        let numbered =
            waiting.iter().zip(&sealed.places).map(|(stored, place)| (stored.id, *place)).collect();
        let (last, head) = (sealed.seal.last, sealed.seal.head);
        if !self.store.seal(numbered, sealed.seal).await? {
            return Ok(false);
        }
        // The line to keep elsewhere: `audit verify --head` proves the log against it.
        tracing::info!(last, %head, "the audit log is sealed up to here");
        Ok(true)
    }

    async fn previous(&self) -> Result<Option<Seal>> {
        let body = self.store.last_seal().await?;
        body.map(|body| audit::decode_seal(&body)).transpose().context("reading the last seal")
    }
}
