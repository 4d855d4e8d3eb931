//! Tidies what the metrics have collected: times wait in memory until somebody reads them, which may be never.

use chrono::TimeDelta;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;

const EVERY: TimeDelta = TimeDelta::seconds(5);

/// Tidies every few seconds until `stop`.
pub async fn keep_up(metrics: PrometheusHandle, clock: Clock, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = clock.sleep_until(clock.now() + EVERY) => metrics.run_upkeep(),
        }
    }
}
