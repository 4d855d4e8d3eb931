//! What became of the webhooks: the app's list of deliveries, by JWT.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::header::LINK;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::answer::Refusal;
use super::super::auth::AsApp;
use super::super::path::IdInPath;
use super::super::representation::utc_time;
use super::super::{Delivery, GitHub, Outcome};

/// Query of the list, which has a cursor and no pages.
pub(crate) struct Wanted {
    failed: Option<bool>,
    /// The number of the delivery that the page before ended with.
    before: Option<u64>,
    size: usize,
}

impl FromRequestParts<GitHub> for Wanted {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &GitHub) -> Result<Self, Refusal> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).map_err(Refusal::invalid)?;
        let mut wanted = Self { failed: None, before: None, size: 30 };
        for (key, value) in pairs {
            let unknown = || Refusal::invalid(format!("\"{value}\" is no {key}."));
            match (key.as_str(), value.as_str()) {
                ("status", "failure") => wanted.failed = Some(true),
                ("status", "success") => wanted.failed = Some(false),
                ("per_page", size) => {
                    wanted.size = size.parse().ok().filter(|size| *size <= 100).ok_or_else(unknown)?;
                }
                ("cursor", cursor) => {
                    let number = cursor.strip_prefix("v1_").and_then(|number| number.parse().ok());
                    wanted.before = Some(number.ok_or_else(unknown)?);
                }
                (_, _) => return Err(unknown()),
            }
        }
        Ok(wanted)
    }
}

/// `GET /app/hook/deliveries`, newest first.
pub(crate) async fn list(State(github): State<GitHub>, _: AsApp, wanted: Wanted) -> Response {
    let (page, last, is_end) = github.look(|world| {
        let mut matching = world.deliveries.iter().rev().filter(|one| {
            wanted.failed.is_none_or(|failed| failed != is_ok(&one.outcome))
                && wanted.before.is_none_or(|before| one.number < before)
        });
        let page: Vec<&Delivery> = matching.by_ref().take(wanted.size).collect();
        let items: Vec<Value> = page.iter().map(|one| item(one)).collect();
        (items, page.last().map(|one| one.number), matching.next().is_none())
    });
    let answer = Json(page).into_response();
    let (Some(last), false) = (last, is_end) else { return answer };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("per_page", &wanted.size.to_string());
    query.append_pair("cursor", &format!("v1_{last}"));
    if let Some(failed) = wanted.failed {
        query.append_pair("status", if failed { "failure" } else { "success" });
    }
    let next = format!("<{}/app/hook/deliveries?{}>; rel=\"next\"", github.api_url(), query.finish());
    ([(LINK, next)], answer).into_response()
}

/// `GET /app/hook/deliveries/{id}`, with what was sent and answered.
pub(crate) async fn show(
    State(github): State<GitHub>,
    _: AsApp,
    IdInPath(number): IdInPath,
) -> Result<Json<Value>, Refusal> {
    let found = github.look(|world| world.deliveries.iter().find(|one| one.number == number).cloned());
    let delivery = &found.ok_or_else(Refusal::not_found)?;
    let mut shown = item(delivery);
    shown["url"] = json!("https://countersign.example.com/github/webhooks");
    shown["request"] =
        json!({ "headers": { "X-GitHub-Delivery": delivery.guid }, "payload": delivery.payload });
    shown["response"] = json!({ "headers": {}, "payload": null });
    Ok(Json(shown))
}

fn item(delivery: &Delivery) -> Value {
    let (status, code) = match &delivery.outcome {
        Outcome::Answered(code) if code.is_success() => ("OK", code.as_u16()),
        Outcome::Answered(code) => (code.canonical_reason().unwrap_or("Error"), code.as_u16()),
        Outcome::Failed(_) => ("failed to connect to host", 502),
    };
    json!({
        "id": delivery.number,
        "guid": delivery.guid,
        "delivered_at": utc_time(delivery.at),
        "redelivery": delivery.redelivery,
        "duration": 0.1,
        "status": status,
        "status_code": code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": delivery.payload["installation"]["id"],
        "repository_id": null,
        "throttled_at": null,
    })
}

fn is_ok(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Answered(code) if code.is_success())
}
