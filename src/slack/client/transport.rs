//! slack-morphism as transport, and only here: connections, the token's header and Slack's error envelope.
//!
//! Its typed models are not used (they fail on real answers), nor its rate control (it sleeps inside calls). Its
//! errors hold whole bodies, so none of them leaves this file. At DEBUG it logs the addresses of GET requests, which
//! is why nothing but ids is ever asked for by GET; response_urls it logs redacted.

use std::error::Error;
use std::time::{Duration, Instant};

use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use secrecy::{ExposeSecret, SecretString};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use slack_morphism::errors::SlackClientError;
use slack_morphism::hyper_tokio::SlackClientHyperConnector;
use slack_morphism::{
    ClientResult, SlackApiToken, SlackApiTokenValue, SlackClient, SlackClientApiCallContext,
    SlackClientHttpConnector,
};
use url::Url;

use super::Trouble;
use super::abilities::{Abilities, known_scopes};
use super::holds::Holds;
use crate::clock::{Clock, Deadline};
use crate::slack::reply::{ResponseUrl, UploadUrl};
use crate::slack::text::{clean, cut};
use crate::tls;
use crate::upstream::Upstream;

/// So many bytes of a file go out in a second at least.
const SLOWEST: u64 = 256 * 1024;

/// Sends one request at a time and sorts what comes back; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Transport {
    client: SlackClient<SlackClientHyperConnector<HttpsConnector<HttpConnector>>>,
    token: SlackApiToken,
    /// The crate waits for ever; this is the longest one call may take, connecting included.
    patience: Duration,
    clock: Clock,
    holds: Holds,
    abilities: Abilities,
    upstream: Upstream,
    /// Whether nobody waits for the answers.
    is_patient: bool,
}

/// An answer that says `ok`: a page of HTML, which the crate reads as `{}`, is none.
#[derive(Deserialize)]
struct Answer<A> {
    ok: bool,
    #[serde(flatten)]
    rest: A,
}

/// What the crate makes of the plain `ok` that answers a response_url.
#[derive(Deserialize)]
struct Accepted {
    ok: Option<bool>,
}

impl Transport {
    pub(super) fn new(
        api_url: &Url,
        token: &SecretString,
        patience: Duration,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let connector = SlackClientHyperConnector::with_connector(connector(api_url)?)
            .with_slack_api_url(api_url.as_str().trim_end_matches('/'));
        let token = SlackApiToken::new(SlackApiTokenValue(token.expose_secret().to_owned()));
        let client = SlackClient::new(connector);
        let upstream = Upstream::new("slack", clock.clone());
        let (holds, abilities) = Default::default();
        Ok(Self { client, token, patience, clock, holds, abilities, upstream, is_patient: false })
    }

    /// The methods that rest.
    pub(super) fn holds(&self) -> &Holds {
        &self.holds
    }

    /// Calls a method with a JSON body.
    pub(super) async fn post<A>(
        &self,
        method: &'static str,
        body: &(impl Serialize + Sync),
    ) -> Result<A, Trouble>
    where
        A: DeserializeOwned + Send,
    {
        let answer = self.ask(method, body).await;
        self.heard(method, None, answer)
    }

    /// The same for a method whose scope depends on the channel that it is about.
    pub(super) async fn post_about<A>(
        &self,
        channel: &str,
        method: &'static str,
        body: &(impl Serialize + Sync),
    ) -> Result<A, Trouble>
    where
        A: DeserializeOwned + Send,
    {
        let answer = self.ask(method, body).await;
        self.heard(method, Some(channel), answer)
    }

    async fn ask<A>(&self, method: &'static str, body: &(impl Serialize + Sync)) -> Result<A, Trouble>
    where
        A: DeserializeOwned + Send,
    {
        let session = self.client.open_session(&self.token);
        let call = session.http_session_api.http_post::<_, Answer<A>>(method, &body, None);
        self.measured(method, async { accept(self.in_time(call, |error| Err(sort(error))).await?) }).await
    }

    /// Calls a method with a JSON body, but not late: nothing is sent once the deadline is over, and the connection is
    /// dropped then.
    pub(super) async fn post_before<A>(
        &self,
        deadline: &Deadline,
        method: &'static str,
        body: &(impl Serialize + Sync),
    ) -> Result<A, Trouble>
    where
        A: DeserializeOwned + Send,
    {
        if deadline.is_over() {
            return Err(Trouble::unavailable("the time for this attempt is over", false));
        }
        let session = self.client.open_session(&self.token);
        let call = session.http_session_api.http_post::<_, Answer<A>>(method, &body, None);
        let in_time = async {
            tokio::select! {
                // Looked at first: a process that was stopped for long wakes up to it and not to the sending.
                biased;
                () = deadline.over() => {
                    Err(Trouble::unavailable("no answer before the attempt's time was over", true))
                }
                answer = self.in_time(call, |error| Err(sort(error))) => accept(answer?),
            }
        };
        let answer = self.measured(method, in_time).await;
        self.heard(method, None, answer)
    }

    /// Calls a method that reads no JSON, with its arguments in the address.
    pub(super) async fn get<A>(&self, method: &'static str, arguments: &[(&str, &str)]) -> Result<A, Trouble>
    where
        A: DeserializeOwned + Send,
    {
        let channel = arguments.iter().find(|(name, _)| *name == "channel").map(|(_, channel)| *channel);
        let arguments: Vec<_> = arguments.iter().map(|(name, value)| (*name, Some(*value))).collect();
        let session = self.client.open_session(&self.token);
        let call = session.http_session_api.http_get::<Answer<A>, _, _>(method, &arguments, None);
        let answer = self
            .measured(method, async { accept(self.in_time(call, |error| Err(sort(error))).await?) })
            .await;
        self.heard(method, channel, answer)
    }

    /// Answers an interaction at its own address, which needs no token and gets none.
    pub(super) async fn respond(
        &self,
        to: &ResponseUrl,
        body: &(impl Serialize + Send + Sync),
    ) -> Result<(), Trouble> {
        let span = tracing::Span::none();
        let context = SlackClientApiCallContext {
            rate_control_params: None,
            token: None,
            tracing_span: &span,
            is_sensitive_url: true,
        };
        let call =
            self.client.http_api.connector.http_post_uri::<_, Accepted>(to.url().clone(), body, context);
        let outcome = async {
            match self.in_time(call, recover_reply).await?.ok {
                None | Some(true) => Ok(()),
                Some(false) => Err(Trouble::unavailable("not ok, without an error", false)),
            }
        };
        self.measured("response_url", outcome).await
    }

    /// Puts a file's bytes at its own address, which needs no token and gets none. A large file may take longer.
    pub(super) async fn upload(&self, to: &UploadUrl, bytes: &[u8]) -> Result<(), Trouble> {
        let span = tracing::Span::none();
        let context = SlackClientApiCallContext {
            rate_control_params: None,
            token: None,
            tracing_span: &span,
            is_sensitive_url: true,
        };
        let kind = "application/octet-stream".to_owned();
        let connector = &self.client.http_api.connector;
        let call = connector.http_post_uri_binary::<IgnoredAny>(to.url().clone(), kind, bytes, context);
        let patience = self.patience + Duration::from_secs(bytes.len() as u64 / SLOWEST);
        let outcome = async {
            match tokio::time::timeout(patience, call).await {
                Ok(outcome) => outcome.map(drop).or_else(recover_upload),
                Err(_) => Err(Trouble::unavailable("no answer in time", true)),
            }
        };
        self.measured("upload", outcome).await
    }

    async fn in_time<A>(
        &self,
        call: impl Future<Output = ClientResult<A>>,
        recover: fn(SlackClientError) -> Result<A, Trouble>,
    ) -> Result<A, Trouble> {
        match tokio::time::timeout(self.patience, call).await {
            Ok(outcome) => outcome.or_else(recover),
            Err(_) => Err(Trouble::unavailable("no answer in time", true)),
        }
    }

    async fn measured<A>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<A, Trouble>>,
    ) -> Result<A, Trouble> {
        if let Some(after) = self.holds.left(operation, self.clock.now()) {
            return Err(Trouble::RateLimited { after });
        }
        if self.is_patient {
            self.upstream.admit().map_err(|until| Trouble::Resting { until })?;
        }
        let start = Instant::now();
        let outcome = call.await;
        if let Err(Trouble::RateLimited { after }) = &outcome {
            self.holds.hold(operation, *after, self.clock.now());
        }
        let status = outcome.as_ref().map_or_else(Trouble::class, |_| "ok");
        let labels = [("upstream", "slack"), ("operation", operation), ("status", status)];
        metrics::histogram!("countersign_upstream_seconds", &labels).record(start.elapsed());
        self.watch(&outcome);
        outcome
    }

    /// What an answer tells about the app's scopes; a missing one is named from here on.
    fn heard<A>(
        &self,
        method: &str,
        channel: Option<&str>,
        answer: Result<A, Trouble>,
    ) -> Result<A, Trouble> {
        match answer {
            Ok(answer) => {
                self.abilities.works(method, channel);
                Ok(answer)
            }
            Err(Trouble::MissingScope { scopes }) => {
                let scopes = self.abilities.lacks(method, channel, &scopes, self.clock.now());
                Err(Trouble::MissingScope { scopes })
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// What an answer, or its absence, tells operators about Slack.
    fn watch<A>(&self, outcome: &Result<A, Trouble>) {
        match outcome {
            Err(Trouble::Unavailable { cause, .. }) => self.upstream.fails(cause),
            Err(trouble) if trouble.is_lock_out() => self.upstream.locks_us_out(trouble.to_string()),
            // Nothing was asked.
            Err(Trouble::Resting { .. }) => {}
            Err(
                trouble @ (Trouble::RateLimited { .. }
                | Trouble::BadCredentials { .. }
                | Trouble::MissingScope { .. }),
            ) => self.upstream.complains(trouble.to_string()),
            Ok(_)
            | Err(
                Trouble::BadTarget { .. }
                | Trouble::Refused { .. }
                | Trouble::TriggerExpired { .. }
                | Trouble::MessageGone
                | Trouble::NotEditable { .. },
            ) => self.upstream.answers(),
        }
    }

    /// The same for work that can wait: while Slack does not work, its calls are not sent.
    pub(super) fn patient(&self) -> Self {
        Self { is_patient: true, ..self.clone() }
    }

    /// What the app may do, as far as answers have told.
    pub(super) fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    /// How Slack does.
    pub(super) fn upstream(&self) -> &Upstream {
        &self.upstream
    }
}

fn accept<A>(answer: Answer<A>) -> Result<A, Trouble> {
    if answer.ok { Ok(answer.rest) } else { Err(Trouble::unavailable("not ok, without an error", true)) }
}

/// Plain HTTP only where the configuration says so.
fn connector(api_url: &Url) -> anyhow::Result<HttpsConnector<HttpConnector>> {
    Ok(tls::connector(api_url.scheme() == "http")?.https_or_http().enable_all_versions().build())
}

/// Turns the crate's errors into ours, leaving their bodies behind.
fn sort(error: SlackClientError) -> Trouble {
    match error {
        SlackClientError::ApiError(error) => {
            let body = error.http_response_body.as_deref().unwrap_or_default();
            match Trouble::from_code(code(&error.code), complaints(body)) {
                Trouble::MissingScope { .. } => Trouble::MissingScope { scopes: needed(body) },
                trouble => trouble,
            }
        }
        SlackClientError::RateLimitError(error) => Trouble::rate_limited(error.retry_after),
        SlackClientError::HttpError(error) => {
            // Slack says what it does not do with 200. Any other page is of something in between, which may have passed the call on.
            Trouble::unavailable(format!("HTTP {}", error.status_code.as_u16()), true)
        }
        SlackClientError::ProtocolError(_) => Trouble::unavailable("an answer that is not Slack's", true),
        SlackClientError::HttpProtocolError(error) => {
            let is_unsent = error.cause.as_deref().is_some_and(never_connected);
            let cause = if is_unsent { "no connection" } else { "the connection broke" };
            Trouble::unavailable(cause, !is_unsent)
        }
        SlackClientError::EndOfStream(_)
        | SlackClientError::SystemError(_)
        | SlackClientError::SocketModeProtocolError(_) => Trouble::unavailable("the connection broke", true),
    }
}

/// A response_url says a plain `ok`, which the crate takes for broken JSON unless it is marked as text; one that is
/// used up or over is not there any more, and why is in words that nobody documents.
fn recover_reply(error: SlackClientError) -> Result<Accepted, Trouble> {
    match error {
        SlackClientError::ProtocolError(error)
            if error.json_body.as_deref().is_some_and(|body| body.trim().trim_matches('"') == "ok") =>
        {
            Ok(Accepted { ok: None })
        }
        SlackClientError::HttpError(error) if matches!(error.status_code.as_u16(), 404 | 410) => {
            Err(Trouble::TriggerExpired { error: format!("HTTP {}", error.status_code.as_u16()) })
        }
        error => Err(sort(error)),
    }
}

/// What an upload's address says with 200 is in words that nobody documents: whether the file is there is told by what comes
/// next. What it refuses it will refuse again.
fn recover_upload(error: SlackClientError) -> Result<(), Trouble> {
    match error {
        SlackClientError::ProtocolError(_) => Ok(()),
        SlackClientError::HttpError(error)
            if error.status_code.is_client_error() && error.status_code.as_u16() != 408 =>
        {
            let error = format!("the upload: HTTP {}", error.status_code.as_u16());
            Err(Trouble::Refused { error, messages: Vec::new() })
        }
        error => Err(sort(error)),
    }
}

fn never_connected(cause: &(dyn Error + Send + Sync + 'static)) -> bool {
    cause.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(|error| error.is_connect())
}

/// Slack's code, if it looks like one; anything else might be a piece of a body.
fn code(text: &str) -> String {
    let text = text.trim();
    let looks_right = (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if looks_right { text.to_owned() } else { "unrecognised".to_owned() }
}

/// The scopes that Slack says it needs.
fn needed(body: &str) -> Vec<&'static str> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        needed: String,
    }
    serde_json::from_str::<Body>(body).map(|body| known_scopes(&body.needed)).unwrap_or_default()
}

/// What Slack finds wrong with blocks, and where: a few short lines for the operators.
fn complaints(body: &str) -> Vec<String> {
    #[derive(Deserialize, Default)]
    struct Metadata {
        #[serde(default)]
        messages: Vec<String>,
    }
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        response_metadata: Metadata,
    }
    let body = serde_json::from_str::<Body>(body);
    let messages = body.map(|body| body.response_metadata.messages).unwrap_or_default();
    messages.iter().take(5).map(|message| cut(&clean(message), 200)).collect()
}
