//! Whether this replica can take work. Trouble with GitHub or Slack is not its own and never makes it unready.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;

use super::Admin;
use crate::store::StoreError;

/// Whoever asks gives up soon, too.
const PATIENCE: Duration = Duration::from_secs(3);

/// 503 with every reason on a line of its own, or 200.
pub(crate) async fn readyz(State(admin): State<Admin>) -> (StatusCode, String) {
    let obstacles = obstacles(&admin).await;
    if obstacles.is_empty() {
        return (StatusCode::OK, "ready\n".to_owned());
    }
    (StatusCode::SERVICE_UNAVAILABLE, obstacles.iter().map(|obstacle| format!("{obstacle}\n")).collect())
}

/// Why nothing can be stored now. Policies are loaded before anything listens, so there always are some.
async fn obstacles(admin: &Admin) -> Vec<&'static str> {
    let mut obstacles = Vec::new();
    if admin.stop.is_cancelled() {
        obstacles.push("this replica is stopping");
    }
    match tokio::time::timeout(PATIENCE, admin.app.store.try_writing()).await {
        Ok(Ok(())) => {}
        Ok(Err(StoreError::TooNew)) => {
            obstacles
                .push("the database was brought up to date by a later release: this one is too old for it");
        }
        Ok(Err(_)) => obstacles.push("the database does not take writes"),
        Err(_) => obstacles.push("the database does not answer"),
    }
    match tokio::time::timeout(PATIENCE, admin.app.store.is_up_to_date()).await {
        // Whether it answers at all is said above.
        Ok(Ok(true) | Err(_)) | Err(_) => {}
        Ok(Ok(false)) => obstacles.push("the database is of an older version: migrations are pending"),
    }
    obstacles
}
