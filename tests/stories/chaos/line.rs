//! What lies between GitHub, Slack and the service: a line that loses, repeats and delays, and a balancer that knows
//! which replicas are down and not which stand still.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use countersign::clock::Clock;
use countersign::simulator::outbound::{Answer, Outbound};
use tokio::net::TcpListener;

use super::plan::Mishap;
use super::program::Addresses;
use super::witness::Witness;

/// Slack waits for three seconds, GitHub for ten (docs.slack.dev, docs.github.com).
const SLACKS_PATIENCE: Duration = Duration::from_secs(3);
const GITHUBS_PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(super) struct Line {
    clock: Clock,
    witness: Arc<Witness>,
    addresses: Addresses,
    outbound: Outbound,
    webhooks: Arc<AtomicUsize>,
    clicks: Arc<AtomicUsize>,
}

impl Line {
    /// Opens the line; gives its address.
    pub(super) async fn open(clock: Clock, witness: Arc<Witness>, addresses: Addresses) -> String {
        let (webhooks, clicks) = Default::default();
        let line = Self { clock, witness, addresses, outbound: Outbound::default(), webhooks, clicks };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let router = Router::new().fallback(carry).with_state(line);
        tokio::spawn(axum::serve(listener, router).into_future());
        address
    }

    /// Hands a request to one replica; to the next one if that is known to be down.
    async fn forward(&self, sent: &Sent, first: usize) -> Response {
        let replicas = self.addresses.all();
        let in_turn =
            (0..replicas.len()).filter_map(|next| replicas[(first + next) % replicas.len()].clone());
        for address in in_turn {
            let url = format!("{address}{}", sent.path);
            let posted = self.outbound.post(&url, sent.headers.clone(), sent.body.clone());
            match tokio::time::timeout(sent.patience, posted).await {
                Ok(Ok(Answer { status, headers, body })) => {
                    let kind = headers.get(header::CONTENT_TYPE).cloned();
                    let mut response = (status, Body::from(body)).into_response();
                    response.headers_mut().extend(kind.map(|kind| (header::CONTENT_TYPE, kind)));
                    return response;
                }
                // It may have arrived: not for another replica.
                Err(_) => return StatusCode::GATEWAY_TIMEOUT.into_response(),
                Ok(Err(_)) => {}
            }
        }
        StatusCode::BAD_GATEWAY.into_response()
    }
}

/// Something on its way.
struct Sent {
    path: String,
    headers: HeaderMap,
    body: Bytes,
    patience: Duration,
}

async fn carry(State(line): State<Line>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let is_webhook = parts.uri.path().starts_with("/github");
    let mut headers = parts.headers;
    for ours in [header::HOST, header::CONTENT_LENGTH, header::CONNECTION] {
        headers.remove(ours);
    }
    let patience = if is_webhook { GITHUBS_PATIENCE } else { SLACKS_PATIENCE };
    let sent = Sent { path: parts.uri.path().to_owned(), headers, body, patience };
    let count = if is_webhook { &line.webhooks } else { &line.clicks };
    let nth = count.fetch_add(1, Ordering::SeqCst);
    if is_webhook {
        line.witness.sees_webhook(&sent.body);
    }
    let plan = &line.witness.plan;
    let mishap = if is_webhook { plan.webhook_mishap(nth) } else { plan.click_mishap(nth) };
    match mishap.filter(|_| line.witness.is_raging()) {
        None => line.forward(&sent, nth).await,
        Some(Mishap::Lost) => StatusCode::BAD_GATEWAY.into_response(),
        Some(Mishap::AnswerLost) => {
            line.forward(&sent, nth).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Some(Mishap::Twice) => {
            let (answer, _) = tokio::join!(line.forward(&sent, nth), line.forward(&sent, nth + 1));
            answer
        }
        Some(Mishap::Late(by)) => {
            line.clock.pause(Duration::from_millis(by.into())).await;
            line.forward(&sent, nth).await
        }
    }
}
