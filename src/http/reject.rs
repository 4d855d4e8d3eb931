//! Failures as HTTP answers; the one place where they are logged.

use axum::http::header::{ACCEPT_ENCODING, CONNECTION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::store::StoreError;

/// Why a call from outside was not accepted.
#[derive(Debug, thiserror::Error)]
pub(super) enum Rejection {
    #[error("the method is not POST")]
    WrongMethod,
    #[error("the body is too large")]
    TooLarge,
    /// Whoever sends it, not we, is behind.
    #[error("the body did not come in time")]
    TooSlow,
    #[error("too many large bodies at once")]
    Busy,
    /// Names what is wrong with the signature, never the signature.
    #[error("{0}")]
    Unauthorized(String),
    #[error("the body is compressed, and nobody signs such a one")]
    Encoded,
    #[error("the content type is not application/json in UTF-8")]
    NotJson,
    #[error("malformed: {0}")]
    Malformed(String),
    #[error("Slack has not told yet which workspace this is")]
    WorkspaceUnknown,
    #[error("the database does not answer in time")]
    Stalled,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Rejection {
    fn status(&self) -> StatusCode {
        match self {
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Encoded | Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Busy | Self::WorkspaceUnknown | Self::Stalled | Self::Store(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// The name of this rejection in metrics.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::WrongMethod => "wrong_method",
            Self::TooLarge => "too_large",
            Self::TooSlow => "too_slow",
            Self::Busy => "busy",
            Self::Unauthorized(_) => "unauthorized",
            Self::Encoded => "encoded",
            Self::NotJson => "not_json",
            Self::Malformed(_) => "malformed",
            Self::WorkspaceUnknown | Self::Stalled | Self::Store(_) => "unavailable",
        }
    }

    /// Whether the body was left where it is, so that what follows on the connection can't be told from it.
    fn leaves_the_body(&self) -> bool {
        match self {
            Self::TooLarge | Self::TooSlow | Self::Busy => true,
            Self::WrongMethod
            | Self::Unauthorized(_)
            | Self::Encoded
            | Self::NotJson
            | Self::Malformed(_)
            | Self::WorkspaceUnknown
            | Self::Stalled
            | Self::Store(_) => false,
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
        let mut answer = (status, self.name()).into_response();
        if self.leaves_the_body() {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if matches!(self, Self::Encoded) {
            // How a 415 says that not the type but the coding was the trouble (RFC 9110, section 15.5.16).
            answer.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        answer
    }
}
