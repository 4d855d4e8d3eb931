//! What operators and their tools are told, on an address of their own.

mod metrics;
mod ready;
mod status;

use axum::extract::State;
use axum::http::StatusCode;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;

use crate::app::App;

pub use metrics::recorder;
pub(super) use ready::readyz;
pub(super) use status::status;

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

pub(super) async fn metrics(State(admin): State<Admin>) -> Result<String, StatusCode> {
    let handle = admin.metrics.as_ref().ok_or(StatusCode::NOT_FOUND)?;
    metrics::look(&admin).await;
    Ok(handle.render())
}
