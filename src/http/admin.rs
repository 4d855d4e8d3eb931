//! Probes and metrics, on an address of their own.

use axum::extract::State;
use axum::http::StatusCode;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// What the admin routes reach.
#[derive(Clone)]
pub struct Admin {
    pub app: App,
    pub metrics: Option<PrometheusHandle>,
    pub stop: CancellationToken,
}

pub(super) async fn livez() -> &'static str {
    "alive\n"
}

/// 503 only when this replica can't take work: trouble with GitHub or Slack is not its own.
pub(super) async fn readyz(State(admin): State<Admin>) -> (StatusCode, &'static str) {
    if admin.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    if !admin.app.store.is_writable().await {
        return (StatusCode::SERVICE_UNAVAILABLE, "the database does not take writes\n");
    }
    (StatusCode::OK, "ready\n")
}

pub(super) async fn metrics(State(admin): State<Admin>) -> Result<String, StatusCode> {
    let handle = admin.metrics.as_ref().ok_or(StatusCode::NOT_FOUND)?;
    gauges(&admin.app).await;
    Ok(handle.render())
}

/// Gauges are read from the database when somebody looks.
async fn gauges(app: &App) {
    metrics::gauge!("countersign_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    for (state, count) in app.store.requests_by_state().await.unwrap_or_default() {
        metrics::gauge!("countersign_requests", "state" => state).set(count as f64);
    }
    for (kind, is_given_up, count) in app.store.jobs_by_kind().await.unwrap_or_default() {
        let state = if is_given_up { "given_up" } else { "waiting" };
        metrics::gauge!("countersign_jobs", "kind" => kind, "state" => state).set(count as f64);
    }
    if let Ok((entries, unsealed)) = app.store.count_entries().await {
        metrics::gauge!("countersign_audit_entries").set(entries as f64);
        metrics::gauge!("countersign_audit_unsealed").set(unsealed as f64);
    }
}
