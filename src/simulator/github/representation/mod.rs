//! The JSON that GitHub shows of things, in API answers and webhooks alike; all URLs lead to this server.

mod account;
pub(crate) mod app;
mod repository;
mod team;
mod token;

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use serde_json::Value;

use super::App;
use super::world::World;

/// The addresses that URLs start with.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// With the prefix, without a slash at the end.
    pub(crate) api: String,
    pub(crate) web: String,
}

/// The world at one moment, ready to be shown.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) world: &'a World,
    pub(crate) site: &'a Site,
    pub(crate) app: &'a App,
    pub(crate) now: DateTime<Utc>,
}

/// Opaque to clients; GitHub's own have a kind in front and base64 behind.
pub(crate) fn node_id(kind: &str, id: u64) -> String {
    format!("{kind}_kgDO{id:08X}")
}

/// `2023-05-16T08:47:09.000-07:00`, as requests and grants have it.
pub(crate) fn local_time(time: DateTime<Utc>) -> String {
    let pacific = FixedOffset::west_opt(7 * 3600).expect("seven hours are less than a day");
    time.with_timezone(&pacific).to_rfc3339_opts(SecondsFormat::Millis, false)
}

/// `2023-05-16T15:47:09Z`, as most of the API has it.
pub(crate) fn utc_time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Adds the fields of one object to another.
pub(crate) fn merge(object: &mut Value, more: Value) {
    if let (Value::Object(object), Value::Object(more)) = (object, more) {
        object.extend(more);
    }
}
