//! Our calls to GitHub: in whose name they are made, and the one retry after a refused token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::http::{Method, StatusCode};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use url::Url;

use super::allowances::Allowances;
use super::app_auth::{AppKey, InstallationToken, InstallationTokens, Purpose, Use, permissions_asked};
use super::deliveries;
use super::holds::Holds;
use super::transport::{Ask, Reply, Transport, Unanswered};
use super::trouble::{self, Trouble};
use crate::chance::Chance;
use crate::circuit::Circuits;
use crate::clock::Clock;
use crate::ids::InstallationId;
use crate::upstream::Upstream;

/// What is needed to speak to GitHub.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://api.github.com`, or `https://HOST/api/v3` for GitHub Enterprise Server.
    pub api_url: Url,
    /// `X-GitHub-Api-Version`.
    pub api_version: String,
    pub app_id: u64,
    /// RSA, in PEM.
    pub private_key: SecretString,
    /// How long one call may take, from connecting to the last byte of the answer.
    pub timeout: Duration,
}

/// GitHub's API as our App sees it; cheap to clone. All clones share their connections, tokens and limits.
#[derive(Clone)]
pub struct GitHub {
    shared: Arc<Inner>,
    /// Whether nobody waits for the answers.
    is_patient: bool,
}

struct Inner {
    transport: Transport,
    holds: Holds,
    allowances: Allowances,
    /// By whom GitHub only answers that it does not work.
    circuits: Circuits<Caller>,
    chance: Chance,
    app: AppKey,
    tokens: InstallationTokens,
    clock: Clock,
}

/// In whose name a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Caller {
    App,
    Installation(InstallationId),
}

impl Caller {
    fn name(self) -> String {
        match self {
            Self::App => "app".to_owned(),
            Self::Installation(installation) => format!("installation {installation}"),
        }
    }

    fn named(name: &str) -> Option<Self> {
        match name.strip_prefix("installation ") {
            Some(number) => number.parse().ok().map(|number| Self::Installation(InstallationId(number))),
            None => (name == "app").then_some(Self::App),
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App => f.write_str("the App"),
            Self::Installation(installation) => write!(f, "installation {installation}"),
        }
    }
}

impl GitHub {
    /// Must be called within a tokio runtime. Connects to nothing yet.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self> {
        let upstream = Upstream::new("github", clock.clone());
        let transport = Transport::new(settings.api_url, &settings.api_version, settings.timeout, upstream)?;
        let app = AppKey::new(settings.app_id, &settings.private_key)?;
        let (tokens, holds) = (InstallationTokens::new(), Holds::default());
        let (circuits, allowances, chance) = (Circuits::default(), Allowances::default(), Chance::system());
        let shared = Arc::new(Inner { transport, holds, allowances, circuits, chance, app, tokens, clock });
        Ok(Self { shared, is_patient: false })
    }

    /// The same for work that can wait: while GitHub does not work, its calls are not sent. Whatever somebody waits for
    /// is tried all the same.
    pub fn patient(&self) -> Self {
        Self { shared: self.shared.clone(), is_patient: true }
    }

    /// Whether to call at all now, in that name.
    pub(super) fn admit(&self, caller: Caller) -> Result<(), Trouble> {
        if !self.is_patient {
            return Ok(());
        }
        let admitted = self.upstream().admit().and_then(|()| self.shared.circuits.admit(caller, self.now()));
        admitted.map_err(|until| Trouble::Resting { until })
    }

    /// Until when GitHub is left alone, by all or by somebody, because it does not work.
    pub fn left_alone_until(&self) -> Option<DateTime<Utc>> {
        self.upstream().rests_until().max(self.shared.circuits.longest())
    }

    /// Whether GitHub is left alone in an installation's name because it does not work.
    pub fn is_left_alone(&self, installation: InstallationId) -> bool {
        let alone = self.shared.circuits.rests_until(Caller::Installation(installation));
        self.upstream().rests_until().or(alone).is_some()
    }

    /// How many calls GitHub still allows in an installation's name, as its last answer there said; nothing where that is not
    /// known, or is over.
    pub fn allowance(&self, installation: InstallationId) -> Option<u64> {
        self.shared.allowances.left(Caller::Installation(installation), self.now())
    }

    /// How many calls GitHub allows in an installation's name in an hour, as its last answer there said; nothing where it did
    /// not.
    pub fn hourly(&self, installation: InstallationId) -> Option<u64> {
        self.shared.allowances.limit(Caller::Installation(installation))
    }

    /// Until when GitHub asked to be left alone, and in whose name.
    pub fn rests(&self) -> Vec<(String, DateTime<Utc>)> {
        self.shared.holds.all().into_iter().map(|(caller, until)| (caller.name(), until)).collect()
    }

    /// Leaves GitHub alone in that name, as [`GitHub::rests`] gave it; somebody else was asked to.
    pub fn rest(&self, name: &str, until: DateTime<Utc>) {
        if let Some(caller) = Caller::named(name) {
            self.shared.holds.hold(caller, until, self.now());
        }
    }

    /// Returns when GitHub has asked to be left alone.
    pub async fn is_to_rest(&self) {
        self.shared.holds.changed().await;
    }

    /// How GitHub does, as far as our calls tell.
    pub fn upstream(&self) -> &Upstream {
        self.shared.transport.upstream()
    }

    pub(super) fn api(&self) -> &Url {
        self.shared.transport.api()
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    /// Asks once, unless GitHub wants the caller to leave it alone; who calls this judges the status.
    pub(super) async fn send(
        &self,
        caller: Caller,
        ask: &Ask,
        credentials: &SecretString,
    ) -> Result<Reply, Unanswered> {
        if let Some(until) = self.shared.holds.until(caller, self.now()) {
            return Err(Unanswered::NotSent(Trouble::RateLimited { until }));
        }
        let reply = self.shared.transport.send(ask, credentials).await?;
        if let Some(until) = trouble::limited_until(&reply, self.now()) {
            self.shared.holds.hold(caller, until, self.now());
        }
        self.shared.allowances.heard(caller, &reply);
        self.judge(caller, ask, reply.status);
        Ok(reply)
    }

    /// One organization's calls may fail while those of the others work; and a webhook that GitHub can't give says
    /// nothing of the others.
    fn judge(&self, caller: Caller, ask: &Ask, status: StatusCode) {
        let circuits = &self.shared.circuits;
        if !status.is_server_error() {
            if circuits.answered(caller) {
                tracing::info!(%caller, "GitHub works again; work for it goes on");
            }
        } else if ask.operation != deliveries::ONE
            && circuits.failed(caller, self.now(), self.shared.chance.fraction())
        {
            tracing::warn!(%caller, "GitHub failed several times in a row and is left alone for a while");
        }
    }

    /// Asks, and asks once more with a new token where an installation's was refused.
    pub(super) async fn ask(&self, caller: Caller, ask: &Ask) -> Result<Reply, Trouble> {
        self.admit(caller)?;
        let installation = match caller {
            Caller::App => return self.ask_as_app(ask).await,
            Caller::Installation(installation) => installation,
        };
        let of = (installation, Purpose::Usual);
        let token = self.token(of).await?;
        let reply = self.send(caller, ask, token.secret()).await?;
        if reply.status != StatusCode::UNAUTHORIZED {
            return Ok(reply);
        }
        self.forget(of, &token).await;
        Ok(self.send(caller, ask, self.token(of).await?.secret()).await?)
    }

    /// The installation's token, minted if need be.
    pub(super) async fn token(&self, of: Use) -> Result<InstallationToken, Trouble> {
        self.shared.tokens.get(of, self.now(), self.mint(of)).await
    }

    /// Drops a token that GitHub refused.
    pub(super) async fn forget(&self, of: Use, refused: &InstallationToken) {
        self.shared.tokens.forget(of, refused).await;
    }

    /// GitHub answers 422 where the organization has granted less than is asked for; then whatever it has granted has
    /// to do, and a call that needs more is told so by a 403.
    async fn mint(&self, (installation, purpose): Use) -> Result<InstallationToken, Trouble> {
        let mut ask = Ask {
            operation: "mint_token",
            method: Method::POST,
            path: format!("/app/installations/{installation}/access_tokens"),
            body: Some(permissions_asked(purpose).to_string()),
            unless: None,
        };
        let mut reply = self.ask_as_app(&ask).await?;
        if reply.status == StatusCode::UNPROCESSABLE_ENTITY {
            tracing::warn!(%installation, "the installation has not granted all permissions that are asked for");
            ask.body = None;
            reply = self.ask_as_app(&ask).await?;
        }
        if reply.status != StatusCode::CREATED {
            return Err(Trouble::of(&reply, self.now()));
        }
        InstallationToken::read(&reply.body)
            .ok_or(Trouble::Unexpected { status: 201, words: "no token in the answer".into() })
    }

    async fn ask_as_app(&self, ask: &Ask) -> Result<Reply, Trouble> {
        Ok(self.send(Caller::App, ask, &self.shared.app.sign(self.now())?).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::stand_in::{Does, Seen, StandIn, acme, answers, github, noon};
    use crate::ids::Login;
    use crate::upstream::Reach;
    use axum::response::IntoResponse;
    use chrono::TimeDelta;
    use serde_json::{Value, json};

    const USER: &str = "/users/octocat";

    fn octocat() -> Does {
        answers(200, &json!({ "id": 1, "login": "octocat" }))
    }

    async fn look_up(github: &GitHub) -> Result<bool, Trouble> {
        Ok(github.user_by_login(acme().installation, &Login::new("octocat")).await?.is_some())
    }

    fn on(
        path: &'static str,
        does: impl Fn() -> Does + Send + Sync + 'static,
    ) -> impl Fn(&Seen, usize) -> Does {
        move |seen, _| if seen.path == path { does() } else { Does::Default }
    }

    #[tokio::test]
    async fn twenty_who_ask_at_once_share_one_minted_token() {
        let stand_in = StandIn::start(on(USER, octocat)).await;

        let all: Vec<_> = (0..20)
            .map(|_| {
                let github = stand_in.github.clone();
                tokio::spawn(async move { look_up(&github).await })
            })
            .collect();
        for one in all {
            assert_eq!(one.await.unwrap(), Ok(true));
        }

        assert_eq!(stand_in.mints(), 1);
        assert_eq!(stand_in.paths().len(), 20);
    }

    #[tokio::test]
    async fn a_token_is_renewed_five_minutes_before_it_expires() {
        let stand_in = StandIn::start(on(USER, octocat)).await;

        look_up(&stand_in.github).await.unwrap();
        stand_in.clock.advance(TimeDelta::minutes(54));
        look_up(&stand_in.github).await.unwrap();
        assert_eq!(stand_in.mints(), 1);
        stand_in.clock.advance(TimeDelta::minutes(1));
        look_up(&stand_in.github).await.unwrap();

        assert_eq!(stand_in.mints(), 2);
    }

    #[tokio::test]
    async fn a_refused_token_is_dropped_and_the_question_asked_once_more() {
        let stand_in = StandIn::start(|seen, _| match seen.path.as_str() {
            USER if seen.token().starts_with("ghs_0_") => {
                answers(401, &json!({ "message": "Bad credentials" }))
            }
            USER => octocat(),
            _ => Does::Default,
        })
        .await;

        assert_eq!(look_up(&stand_in.github).await, Ok(true));
        assert_eq!(look_up(&stand_in.github).await, Ok(true));

        assert_eq!(stand_in.mints(), 2);
        assert_eq!(stand_in.paths().len(), 3);
    }

    #[tokio::test]
    async fn a_second_refusal_is_told() {
        let stand_in =
            StandIn::start(on(USER, || answers(401, &json!({ "message": "Bad credentials" })))).await;

        let trouble = look_up(&stand_in.github).await.unwrap_err();

        assert_eq!(trouble, Trouble::Unauthorized { words: "Bad credentials".into() });
        assert_eq!(stand_in.paths().len(), 2);
    }

    #[tokio::test]
    async fn only_what_is_used_is_asked_for_and_whatever_is_granted_is_taken() {
        let stand_in = StandIn::start(|seen, _| match seen.path.as_str() {
            USER => octocat(),
            _ if seen.body.is_empty() => Does::Default,
            _ => answers(422, &json!({ "message": "The permissions requested are not granted" })),
        })
        .await;

        assert_eq!(look_up(&stand_in.github).await, Ok(true));

        let mints = stand_in.seen();
        assert!(mints[0].is("POST", "/app/installations/5/access_tokens"));
        let asked = permissions_asked(Purpose::Usual);
        assert_eq!(serde_json::from_slice::<Value>(&mints[0].body).unwrap(), asked);
        assert!(mints[1].is("POST", "/app/installations/5/access_tokens"));
    }

    #[tokio::test]
    async fn a_suspended_installation_and_a_missing_one_are_told_apart() {
        let suspended = json!({ "message": "This installation has been suspended" });
        let stand_in = StandIn::start(move |_, _| answers(403, &suspended)).await;
        assert_eq!(look_up(&stand_in.github).await, Err(Trouble::Suspended));

        let stand_in = StandIn::start(|_, _| answers(404, &json!({ "message": "Not Found" }))).await;
        assert_eq!(look_up(&stand_in.github).await, Err(Trouble::NotFound { words: "Not Found".into() }));
    }

    #[tokio::test]
    async fn every_call_says_who_we_are_and_which_version_we_speak() {
        let stand_in = StandIn::start(on(USER, octocat)).await;

        look_up(&stand_in.github).await.unwrap();

        for seen in stand_in.seen() {
            let values = |name: &str| seen.headers.get_all(name).iter().collect::<Vec<_>>();
            assert_eq!(values("user-agent"), [concat!("countersign/", env!("CARGO_PKG_VERSION"))]);
            assert_eq!(values("accept"), ["application/vnd.github+json"]);
            assert_eq!(values("x-github-api-version"), ["2022-11-28"]);
            assert_eq!(values("authorization").len(), 1);
        }
    }

    #[tokio::test]
    async fn operators_learn_whether_github_answers_and_what_it_allows() {
        let stand_in = StandIn::start(|seen, before| match seen.path.as_str() {
            USER if before == 1 => {
                let headers = [("x-ratelimit-remaining", "4321")];
                Does::Answers((headers, json!({ "id": 1, "login": "octocat" }).to_string()).into_response())
            }
            USER => answers(502, &json!({ "message": "Server Error" })),
            _ => Does::Default,
        })
        .await;
        let upstream = stand_in.github.upstream().clone();
        assert_eq!(upstream.standing().reach, Reach::Unknown);

        look_up(&stand_in.github).await.unwrap();
        assert_eq!(upstream.standing().reach, Reach::Up { since: noon() });
        assert_eq!(upstream.standing().rate_remaining, Some(4321));
        assert_eq!([5, 6].map(|id| stand_in.github.allowance(InstallationId(id))), [Some(4321), None]);
        look_up(&stand_in.github).await.unwrap_err();

        assert_eq!(upstream.standing().reach, Reach::Down { since: noon() });
        assert_eq!(upstream.standing().last_error, Some(("HTTP 502".into(), noon())));
    }

    #[tokio::test]
    async fn who_is_limited_asks_nothing_before_the_time_and_others_go_on() {
        let stand_in = StandIn::start(|seen, before| match seen.path.as_str() {
            USER if before == 1 => {
                let headers = [("retry-after", "30")];
                Does::Answers((StatusCode::FORBIDDEN, headers, "{}").into_response())
            }
            USER => octocat(),
            _ => Does::Default,
        })
        .await;
        let until = noon() + TimeDelta::seconds(30);
        let limited = Err(Trouble::RateLimited { until });
        assert_eq!(look_up(&stand_in.github).await, limited);

        stand_in.clock.advance(TimeDelta::seconds(29));
        assert_eq!(look_up(&stand_in.github).await, limited);
        assert_eq!(stand_in.paths().len(), 1);
        let other = stand_in.github.user_by_login(InstallationId(6), &Login::new("octocat")).await;
        assert!(other.unwrap().is_some());

        stand_in.clock.advance(TimeDelta::seconds(1));
        assert_eq!(look_up(&stand_in.github).await, Ok(true));
    }

    #[tokio::test]
    async fn an_app_that_is_limited_mints_nothing_and_installations_with_a_token_go_on() {
        let stand_in = StandIn::start(|seen, before| match seen.path.as_str() {
            USER => octocat(),
            _ if before == 0 => Does::Default,
            _ => answers(429, &json!({})),
        })
        .await;
        assert_eq!(look_up(&stand_in.github).await, Ok(true));

        for _ in 0..3 {
            let other = stand_in.github.user_by_login(InstallationId(6), &Login::new("octocat")).await;
            assert!(matches!(other, Err(Trouble::RateLimited { .. })), "{other:?}");
        }

        assert_eq!(stand_in.mints(), 2);
        assert_eq!(look_up(&stand_in.github).await, Ok(true));
    }

    #[tokio::test]
    async fn what_can_wait_is_not_sent_while_github_fails_and_what_somebody_waits_for_is() {
        let works = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let asked = works.clone();
        let stand_in = StandIn::start(on(USER, move || {
            let works = asked.load(std::sync::atomic::Ordering::SeqCst);
            if works { octocat() } else { answers(502, &json!({})) }
        }))
        .await;
        let patient = stand_in.github.patient();
        for _ in 0..5 {
            assert!(matches!(look_up(&patient).await, Err(Trouble::Unavailable { .. })));
        }

        let until = stand_in.github.left_alone_until().unwrap();
        assert_eq!(look_up(&patient).await, Err(Trouble::Resting { until }));
        assert_eq!(stand_in.paths().len(), 5);
        assert!(matches!(look_up(&stand_in.github).await, Err(Trouble::Unavailable { .. })));
        assert_eq!(stand_in.paths().len(), 6);

        works.store(true, std::sync::atomic::Ordering::SeqCst);
        assert_eq!(look_up(&stand_in.github).await, Ok(true));
        assert_eq!(look_up(&patient).await, Ok(true));
    }

    #[tokio::test]
    async fn whoever_gets_nothing_but_errors_holds_up_nobody_else() {
        let errors = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let left = errors.clone();
        let stand_in =
            StandIn::start(on(USER, move || match left.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
                0..5 => answers(502, &json!({})),
                _ => octocat(),
            }))
            .await;
        let patient = stand_in.github.patient();
        for _ in 0..5 {
            assert!(matches!(look_up(&patient).await, Err(Trouble::Unavailable { .. })));
        }

        assert!(stand_in.github.is_left_alone(acme().installation));
        assert!(matches!(look_up(&patient).await, Err(Trouble::Resting { .. })));
        let other = InstallationId(6);
        assert!(!stand_in.github.is_left_alone(other));
        assert!(patient.user_by_login(other, &Login::new("octocat")).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn webhooks_that_github_can_not_give_say_nothing_of_the_others() {
        let stand_in = StandIn::start(|seen, _| match seen.path.starts_with("/app/hook/deliveries/") {
            true => answers(502, &json!({})),
            false => answers(200, &json!([])),
        })
        .await;
        let patient = stand_in.github.patient();
        let failed = |number| deliveries::FailedDelivery {
            number,
            guid: number.to_string(),
            event: "installation".into(),
            at: noon(),
        };
        for number in 0..6 {
            assert!(matches!(patient.delivery(&failed(number)).await, Err(Trouble::Unavailable { .. })));
        }

        assert_eq!(patient.newest_failed_delivery().await, Ok(None));
    }

    #[tokio::test]
    async fn silence_and_a_closed_door_are_unavailable() {
        let stand_in = StandIn::start(on(USER, || Does::NeverAnswers)).await;
        assert!(matches!(look_up(&stand_in.github).await, Err(Trouble::Unavailable { .. })));

        let nobody = github("http://127.0.0.1:1", &Clock::manual(noon()));
        assert!(matches!(look_up(&nobody).await, Err(Trouble::Unavailable { .. })));
    }
}
