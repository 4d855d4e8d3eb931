//! Files: where they are put, and what of them people see.
//!
//! What the address says of a wrong length, or of a second upload, no document tells; here both are refused.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::Slack;
use super::cast::Channel;
use super::fault::Reply;
use super::world::World;
use crate::simulator::connection::Connection;

/// Slack takes a gigabyte; nobody needs as much here.
pub(super) const LARGEST: usize = 256 * 1024 * 1024;

/// All places that were handed out, by the secret in their address, and all that was shared.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) places: BTreeMap<String, Place>,
    pub(super) shared: Vec<SharedFile>,
}

/// A place for one file.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) length: u64,
    pub(super) bytes: Option<Vec<u8>>,
    pub(super) is_shared: bool,
}

/// A file as people see it in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedFile {
    pub id: String,
    pub channel: String,
    pub name: String,
    pub title: String,
    /// What was said beside it, as it was sent.
    pub comment: String,
    pub bytes: Vec<u8>,
}

impl Files {
    /// The secrets of every address.
    pub(super) fn addresses(&self) -> impl Iterator<Item = String> {
        self.places.keys().cloned()
    }
}

/// `POST /upload/v1/…`: the address itself is the credential.
pub(super) async fn put(
    State(slack): State<Slack>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    Path(secret): Path<String>,
    body: Bytes,
) -> Response {
    let asked = json!({"bytes": body.len()});
    let effect = |world: &mut World| match world.files.places.get_mut(&secret) {
        None => Reply::new(StatusCode::NOT_FOUND, Value::from("no such address")),
        Some(place) if place.bytes.is_some() || place.length != body.len() as u64 => {
            Reply::new(StatusCode::BAD_REQUEST, Value::from("another length, or a second time"))
        }
        Some(place) => {
            place.bytes = Some(body.to_vec());
            // The real one says so, as text.
            Reply::ok(Value::from(format!("OK - {}", body.len())))
        }
    };
    slack.attend("upload", asked, &connection, effect).await
}

impl Slack {
    /// The files that the app has sent a person directly, oldest first.
    pub fn files(&self, user: &str) -> Vec<SharedFile> {
        let channel = Channel::direct(user).id;
        self.see(|world| world.files.shared.iter().filter(|file| file.channel == channel).cloned().collect())
    }
}
