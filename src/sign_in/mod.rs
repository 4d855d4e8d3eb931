//! EDGE: signing in to Slack and to GitHub, to learn who somebody is on both sides. Nothing is done in anybody's name.
//!
//! Both are OAuth 2 code grants, by the crate of that name, over our own HTTP client. Whom Slack signed in stands in an
//! OpenID Connect id_token, whom GitHub did is asked with a token that is given back at once.

mod http;
mod id_token;

use anyhow::{Context, Result};
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields,
    EndpointNotSet, EndpointSet, ExtraTokenFields, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::clock::Clock;
use crate::config::{Config, SignInSection};
use crate::identity::{Browser, Side};
use crate::ids::{EnterpriseId, GitHubUserId, Login, SlackUserId, TeamId};
use http::{Http, Unreachable};

/// Where people come back to, below `public_url`.
const SLACK_PATH: &str = "/link/slack";
const GITHUB_PATH: &str = "/link/github";

/// Whom Slack signed in, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InSlack {
    pub user: SlackUserId,
    pub team: Option<TeamId>,
    pub enterprise: Option<EnterpriseId>,
    /// What they call themselves; it decides nothing.
    pub name: String,
}

/// Whom GitHub signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnGitHub {
    pub account: GitHubUserId,
    pub login: Login,
}

/// Why nobody was signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The other side gave no answer of use; it can be tried again.
    #[error("{0}")]
    Unavailable(String),
    /// The other side does not accept our client: the operators have to mend it.
    #[error("{0}")]
    Misconfigured(String),
    /// The code is used, over, or somebody else's.
    #[error("the code was not accepted: {0}")]
    BadCode(String),
    /// What was said about who signed in does not hold.
    #[error("{0}")]
    Untrue(String),
}

impl From<Unreachable> for Trouble {
    fn from(unreachable: Unreachable) -> Self {
        Self::Unavailable(unreachable.to_string())
    }
}

/// What Slack answers beside the token.
#[derive(Debug, Clone, Deserialize, Serialize)]
struct WithIdToken {
    id_token: Option<String>,
}

impl ExtraTokenFields for WithIdToken {}

type Grant<E> = Client<
    BasicErrorResponse,
    StandardTokenResponse<E, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Both sides' sign-in, as it is configured; cheap to clone.
#[derive(Clone)]
pub struct SignIn {
    http: Http,
    clock: Clock,
    public_url: Url,
    slack: Grant<WithIdToken>,
    slack_client: String,
    /// Who signs what Slack says.
    issuer: String,
    keys: Url,
    github: Grant<EmptyExtraTokenFields>,
    github_client: (String, SecretString),
    github_api: Url,
}

impl SignIn {
    /// `None` where it is not configured.
    pub fn new(config: &Config, clock: Clock) -> Result<Option<Self>> {
        let Some(section) = &config.sign_in else { return Ok(None) };
        let SignInSection { public_url, slack, github } = section;
        let issuer = config.slack.api_url.origin().ascii_serialization();
        let redirect = |path| RedirectUrl::new(below(public_url, path)).context("public_url");
        let (slack_api, web) = (&config.slack.api_url, &config.github.web_url);
        let plain = [slack_api, web, &config.github.api_url].iter().all(|url| url.scheme() == "http");
        let patience = config.timing.github_timeout.max(config.timing.slack_timeout).to_std()?;
        Ok(Some(Self {
            http: Http::new(plain, patience)?,
            clock,
            slack: Client::new(ClientId::new(slack.id.clone()))
                .set_client_secret(ClientSecret::new(slack.secret.expose_secret().to_owned()))
                .set_auth_type(AuthType::RequestBody)
                .set_auth_uri(AuthUrl::new(format!("{issuer}/openid/connect/authorize"))?)
                .set_token_uri(TokenUrl::new(below(slack_api, "/openid.connect.token"))?)
                .set_redirect_uri(redirect(SLACK_PATH)?),
            slack_client: slack.id.clone(),
            keys: Url::parse(&format!("{issuer}/openid/connect/keys"))?,
            issuer,
            github: Client::new(ClientId::new(github.id.clone()))
                .set_client_secret(ClientSecret::new(github.secret.expose_secret().to_owned()))
                .set_auth_type(AuthType::RequestBody)
                .set_auth_uri(AuthUrl::new(below(web, "/login/oauth/authorize"))?)
                .set_token_uri(TokenUrl::new(below(web, "/login/oauth/access_token"))?)
                .set_redirect_uri(redirect(GITHUB_PATH)?),
            github_client: (github.id.clone(), github.secret.clone()),
            github_api: config.github.api_url.clone(),
            public_url: public_url.clone(),
        }))
    }

    /// An address of ours.
    pub fn url(&self, path: &str) -> String {
        below(&self.public_url, path)
    }

    /// Scheme, host and port of our pages, as browsers name them.
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// Where a browser signs in to Slack; `team` is a hint which workspace is meant.
    pub fn slack_url(&self, browser: &Browser, team: Option<&TeamId>) -> Url {
        let state = browser.state(Side::Slack);
        let request = self
            .slack
            .authorize_url(|| CsrfToken::new(state))
            .add_scopes(["openid", "profile"].map(|scope| Scope::new(scope.to_owned())))
            .add_extra_param("nonce", browser.nonce());
        let request = match team {
            Some(team) => request.add_extra_param("team", team.as_str().to_owned()),
            None => request,
        };
        request.url().0
    }

    /// Where a browser signs in to GitHub.
    pub fn github_url(&self, browser: &Browser) -> Url {
        let state = browser.state(Side::GitHub);
        let verifier = PkceCodeVerifier::new(browser.verifier());
        self.github
            .authorize_url(|| CsrfToken::new(state))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_extra_param("allow_signup", "false")
            .url()
            .0
    }

    /// Whom Slack signed in, by the code that the browser brought.
    pub async fn in_slack(&self, code: String, browser: &Browser) -> Result<InSlack, Trouble> {
        let answer = self.slack.exchange_code(AuthorizationCode::new(code)).request_async(&self.http).await;
        let token = answer.map_err(sorted)?.extra_fields().id_token.clone();
        let token = token.ok_or_else(|| Trouble::Untrue("Slack sent no id_token".to_owned()))?;
        let keys = self.http.get(&self.keys, None).await?;
        let expected = id_token::Expected {
            issuer: &self.issuer,
            client: &self.slack_client,
            nonce: &browser.nonce(),
            now: self.clock.now(),
        };
        id_token::verified(&token, &keys, &expected)
    }

    /// Whom GitHub signed in, by the code that the browser brought. The token is asked one question and given back.
    pub async fn on_github(&self, code: String, browser: &Browser) -> Result<OnGitHub, Trouble> {
        #[derive(Deserialize)]
        struct User {
            id: u64,
            login: String,
        }
        let verifier = PkceCodeVerifier::new(browser.verifier());
        let exchange = self.github.exchange_code(AuthorizationCode::new(code)).set_pkce_verifier(verifier);
        let answer = exchange.request_async(&self.http).await.map_err(sorted)?;
        let token = SecretString::from(answer.access_token().secret().clone());
        let user = Url::parse(&below(&self.github_api, "/user")).expect("below a URL there are URLs");
        let told = self.http.get(&user, Some(&token)).await;
        self.give_back(&token).await;
        let user: User = serde_json::from_slice(&told?)
            .map_err(|_| Trouble::Unavailable("GitHub's answer can't be read".to_owned()))?;
        Ok(OnGitHub { account: GitHubUserId(user.id), login: Login::new(&user.login) })
    }

    /// Revokes a token that has served; if that fails it ends by itself after eight hours, and nobody has it.
    async fn give_back(&self, token: &SecretString) {
        let (id, secret) = &self.github_client;
        let path = format!("/applications/{id}/token");
        let url = Url::parse(&below(&self.github_api, &path)).expect("below a URL there are URLs");
        if let Err(unreachable) = self.http.revoke(&url, (id, secret), token).await {
            tracing::warn!(%unreachable, "GitHub did not take back a token that is not needed any more");
        }
    }
}

fn below(base: &Url, path: &str) -> String {
    format!("{}{path}", base.as_str().trim_end_matches('/'))
}

/// GitHub and Slack tell of most errors with status 200 (docs.github.com, troubleshooting OAuth access token requests;
/// docs.slack.dev, openid.connect.token), which the crate takes for an answer that can't be read.
fn sorted(error: RequestTokenError<Unreachable, BasicErrorResponse>) -> Trouble {
    match error {
        RequestTokenError::ServerResponse(refused) => named(refused.error().as_ref()),
        RequestTokenError::Request(unreachable) => unreachable.into(),
        RequestTokenError::Parse(_, body) => match serde_json::from_slice::<Refused>(&body) {
            Ok(refused) => named(&refused.error),
            Err(_) => Trouble::Unavailable("an answer that can't be read".to_owned()),
        },
        RequestTokenError::Other(_) => Trouble::Unavailable("an empty answer".to_owned()),
    }
}

#[derive(Deserialize)]
struct Refused {
    error: String,
}

/// What an error's name means; one that nobody documents is no reason to try for ever, and none to blame anybody.
fn named(error: &str) -> Trouble {
    let is_name = error.len() <= 64 && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let name = if is_name { error.to_owned() } else { "unrecognised".to_owned() };
    match error {
        "bad_verification_code" | "invalid_code" | "code_already_used" | "code_expired" | "invalid_grant" => {
            Trouble::BadCode(name)
        }
        "incorrect_client_credentials"
        | "redirect_uri_mismatch"
        | "bad_client_secret"
        | "invalid_client_id"
        | "bad_redirect_uri"
        | "invalid_client"
        | "unauthorized_client"
        | "application_suspended"
        | "access_denied" => Trouble::Misconfigured(name),
        _ => Trouble::Unavailable(name),
    }
}
