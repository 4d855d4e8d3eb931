//! `countersign serve`: the service.

use std::path::Path;

use tokio::signal::unix::{SignalKind, signal};

use super::{Outcome, load, logging, runtime};
use crate::app::{Parts, Service};
use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::Config;
use crate::store::Probe;

pub(super) fn run(path: &Path) -> Outcome {
    let config = load(path)?;
    logging::start(config.log.format, logging::SERVICE);
    for notice in &config.notices {
        tracing::warn!("{notice}");
    }
    Ok(runtime()?.block_on(serve(config))?)
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let chance = Chance::system();
    let sealing_key = crate::keyfile::configured_or_made(&config, &chance)?;
    let parts = Parts {
        config,
        clock: Clock::wall(),
        chance,
        probe: Probe::default(),
        sealing_key,
        metrics: Some(crate::http::recorder()?),
    };
    // Listening starts before the service: a signal that comes meanwhile must not be lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let service = Service::start(parts).await?;
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => {
                tracing::info!("asked to take the rules anew");
                service.reload();
            }
        }
    }
    service.stop().await;
    Ok(())
}
