//! Refusals in the shape of GitHub's errors.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::world::Access;

const ACCEPTED_PERMISSIONS: HeaderName = HeaderName::from_static("x-accepted-github-permissions");

/// An answer other than the one asked for.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    message: String,
    /// Which permission would have been enough, as `members=read`.
    accepted_permission: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), accepted_permission: None }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }

    pub(crate) fn bad_credentials() -> Self {
        Self::unauthorized("Bad credentials")
    }

    pub(crate) fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    pub(crate) fn suspended() -> Self {
        Self::new(StatusCode::FORBIDDEN, "This installation has been suspended")
    }

    /// A request of the wrong content; GitHub says what about it in a paragraph of its own.
    pub(crate) fn invalid(detail: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, format!("Invalid request.\n\n{detail}"))
    }

    pub(crate) fn missing_permission(name: &str, access: Access) -> Self {
        Self {
            accepted_permission: Some(format!("{name}={}", access.word())),
            ..Self::new(StatusCode::FORBIDDEN, "Resource not accessible by integration")
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({
            "message": self.message,
            "documentation_url": "https://docs.github.com/rest",
            "status": self.status.as_str(),
        });
        let mut response = (self.status, Json(body)).into_response();
        let accepted = self.accepted_permission.and_then(|text| HeaderValue::from_str(&text).ok());
        if let Some(accepted) = accepted {
            response.headers_mut().insert(ACCEPTED_PERMISSIONS, accepted);
        }
        response
    }
}
