//! What a door lets in before it knows who is there: how much, for how long, and how much of it at once.

use std::ops::Deref;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use http_body_util::BodyExt;

use super::Rejection;
use super::reserve::{Reserve, Share};
use crate::clock::Clock;

/// A door's bounds.
#[derive(Debug, Clone)]
pub(super) struct Door {
    /// A longer body is refused.
    pub(super) limit: usize,
    /// From the head of a request to its answer.
    pub(super) patience: Duration,
    /// For all bodies at this door together.
    pub(super) reserve: Reserve,
}

/// When a request has to have its answer.
pub(super) struct Deadline(Pin<Box<dyn Future<Output = ()> + Send>>);

/// A body that was read whole, with its share of the memory.
#[derive(Debug)]
pub(super) struct Held {
    bytes: Vec<u8>,
    _share: Share,
}

impl Deref for Held {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Door {
    /// Begins the time that a request has.
    pub(super) fn deadline(&self, clock: &Clock) -> Deadline {
        let (clock, patience) = (clock.clone(), self.patience);
        Deadline(Box::pin(async move { clock.pause(patience).await }))
    }

    /// Reads a body. One that is too long, or that comes when there is no room, is refused as soon as that is known;
    /// its rest is not read, and the connection ends with the answer.
    pub(super) async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
        deadline: &mut Deadline,
    ) -> Result<Held, Rejection> {
        if announced(headers).is_some_and(|length| length > self.limit as u64) {
            return Err(Rejection::TooLarge);
        }
        tokio::select! {
            biased;
            read = self.collect(body) => read,
            () = &mut deadline.0 => Err(Rejection::TooSlow),
        }
    }

    async fn collect(&self, mut body: Body) -> Result<Held, Rejection> {
        let (mut bytes, mut share) = (Vec::new(), self.reserve.share());
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Rejection::Malformed("the body broke off".to_owned()))?;
            // Trailers are frames, too; nothing in them is of use.
            let Ok(data) = frame.into_data() else { continue };
            let length = bytes.len() + data.len();
            if length > self.limit {
                return Err(Rejection::TooLarge);
            }
            share.grow_to(length).map_err(|_| Rejection::Busy)?;
            bytes.extend_from_slice(&data);
        }
        Ok(Held { bytes, _share: share })
    }
}

impl Deadline {
    /// Waits for what is made of the body. Whoever waits for an answer gets one in time; what was on its way to the
    /// disk may arrive there nevertheless, which repeating it does not change.
    pub(super) async fn guard<T>(
        &mut self,
        handling: impl Future<Output = Result<T, Rejection>>,
    ) -> Result<T, Rejection> {
        tokio::select! {
            biased;
            handled = handling => handled,
            () = &mut self.0 => Err(Rejection::Stalled),
        }
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
