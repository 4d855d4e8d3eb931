//! Failures as HTTP answers; the one place where they are logged.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::store::StoreError;

/// Why a call from outside was not accepted.
#[derive(Debug, thiserror::Error)]
pub(super) enum Rejection {
    #[error("the body is too large")]
    TooLarge,
    /// Names what is wrong with the signature, never the signature.
    #[error("{0}")]
    Unauthorized(String),
    #[error("the content type is not application/json")]
    NotJson,
    #[error("malformed: {0}")]
    Malformed(String),
    #[error("Slack has not told yet which workspace this is")]
    WorkspaceUnknown,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Rejection {
    fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::WorkspaceUnknown | Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The name of this rejection in metrics.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Unauthorized(_) => "unauthorized",
            Self::NotJson => "not_json",
            Self::Malformed(_) => "malformed",
            Self::WorkspaceUnknown | Self::Store(_) => "unavailable",
        }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(error = %self, "a call could not be accepted");
        } else {
            tracing::warn!(error = %self, "a call was refused");
        }
        // Callers learn the kind of failure, not its details: those may come from the database.
        (status, self.name()).into_response()
    }
}
