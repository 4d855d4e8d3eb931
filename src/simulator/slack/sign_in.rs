//! Sign in with Slack: OpenID Connect over the code grant (docs.slack.dev, Sign in with Slack).
//!
//! Who is signed in to Slack in a browser, its cookie says: `user=U0ALICE`. With `declines=yes` they press Cancel.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use url::Url;

use super::Slack;
use super::fault::Reply;
use super::world::World;
use crate::simulator::connection::Connection;
use crate::simulator::github::generate_key_pem;

/// Codes are short-lived and used once (docs.slack.dev, installing with OAuth).
const CODE_LIFE: TimeDelta = TimeDelta::minutes(10);

const TOKEN_LIFE: TimeDelta = TimeDelta::minutes(5);

const KEY_ID: &str = "mB2MAyKSn555isd0EbdhKx6nkyAi9xLq8rvCEb_nOyY";

/// Changes what an id_token says before it is signed.
pub(super) type Forgery = Arc<dyn Fn(&mut Value) + Send + Sync>;

/// What is remembered of sign-ins.
#[derive(Default)]
pub(super) struct SignIns {
    codes: BTreeMap<String, Code>,
    /// The published key, and one that is not.
    keys: Option<[EncodingKey; 2]>,
    pub(super) forgery: Option<Forgery>,
    pub(super) is_signed_by_another: bool,
    /// All that was handed out.
    pub(super) secrets: Vec<String>,
}

struct Code {
    user: String,
    redirect_uri: String,
    nonce: Option<String>,
    made_at: DateTime<Utc>,
}

impl SignIns {
    fn key(&mut self, which: usize) -> &EncodingKey {
        let make = || {
            let pem = generate_key_pem().expect("a key can be made");
            EncodingKey::from_rsa_pem(pem.expose_secret().as_bytes()).expect("our own key")
        };
        &self.keys.get_or_insert_with(|| [make(), make()])[which]
    }
}

impl Slack {
    /// From now on id_tokens say something else than the truth.
    pub fn forge_id_tokens(&self, forgery: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.change(|world| world.sign_ins.forgery = Some(Arc::new(forgery)));
    }

    /// From now on id_tokens are signed by a key that Slack does not publish.
    pub fn sign_id_tokens_by_another_key(&self) {
        self.change(|world| world.sign_ins.is_signed_by_another = true);
    }
}

/// `GET /openid/connect/authorize`, in a browser.
pub(super) async fn authorize(
    State(slack): State<Slack>,
    Query(asked): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let said = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let cookie = |name: &str| cookie(&headers, name);
    let outcome = slack.change(|world| {
        let app = &world.app;
        if said("client_id") != app.client_id {
            return Err("invalid client_id");
        }
        // Nobody is sent anywhere else than where the app said.
        if !app.redirect_urls.iter().any(|url| url == said("redirect_uri")) {
            return Err("redirect_uri did not match any configured URIs");
        }
        if said("response_type") != "code" || !said("scope").split(' ').any(|scope| scope == "openid") {
            return Err("invalid response_type or scope");
        }
        if asked.get("team").is_some_and(|team| *team != world.workspace.team_id) {
            return Err("no such team");
        }
        let user =
            cookie("user").filter(|user| world.users.contains_key(user)).ok_or("nobody is signed in")?;
        let mut back = Url::parse(said("redirect_uri")).map_err(|_| "redirect_uri is no URL")?;
        if cookie("declines").is_some() {
            back.query_pairs_mut().append_pair("error", "access_denied");
        } else {
            let code = world.new_code(user, said("redirect_uri"), asked.get("nonce").cloned());
            back.query_pairs_mut().append_pair("code", &code);
        }
        back.query_pairs_mut().append_pair("state", said("state"));
        Ok(back)
    });
    match outcome {
        Ok(back) => (StatusCode::FOUND, [(header::LOCATION, back.to_string())]).into_response(),
        Err(why) => (StatusCode::BAD_REQUEST, why).into_response(),
    }
}

/// `POST /api/openid.connect.token`.
pub(super) async fn token(
    State(slack): State<Slack>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    body: Bytes,
) -> Response {
    let form: BTreeMap<String, String> = serde_urlencoded::from_bytes(&body).unwrap_or_default();
    let effect = move |world: &mut World| {
        let answer = world.exchange(&form);
        Reply::ok(answer.unwrap_or_else(|error| json!({ "ok": false, "error": error })))
    };
    slack.attend("openid.connect.token", Value::Null, &connection, effect).await
}

/// `GET /openid/connect/keys`.
pub(super) async fn keys(
    State(slack): State<Slack>,
    ConnectInfo(connection): ConnectInfo<Connection>,
) -> Response {
    let effect = |world: &mut World| {
        let key = Jwk::from_encoding_key(world.sign_ins.key(0), Algorithm::RS256);
        let mut key = key.expect("our own key");
        key.common.key_id = Some(KEY_ID.to_owned());
        Reply::ok(serde_json::to_value(JwkSet { keys: vec![key] }).expect("keys serialise"))
    };
    slack.attend("openid.connect.keys", Value::Null, &connection, effect).await
}

impl World {
    fn new_code(&mut self, user: String, redirect_uri: &str, nonce: Option<String>) -> String {
        let code = format!("{}.{}", self.next(), hex::encode(self.drawn::<24>()));
        let made_at = self.now();
        let remembered = Code { user, redirect_uri: redirect_uri.to_owned(), nonce, made_at };
        self.sign_ins.codes.insert(code.clone(), remembered);
        self.sign_ins.secrets.push(code.clone());
        code
    }

    fn exchange(&mut self, form: &BTreeMap<String, String>) -> Result<Value, &'static str> {
        let said = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if said("client_id") != self.app.client_id {
            return Err("invalid_client_id");
        }
        if said("client_secret") != self.app.client_secret {
            return Err("bad_client_secret");
        }
        if said("grant_type") != "authorization_code" {
            return Err("invalid_grant_type");
        }
        let code = self.sign_ins.codes.remove(said("code")).ok_or("invalid_code")?;
        if code.made_at + CODE_LIFE <= self.now() {
            return Err("invalid_code");
        }
        if code.redirect_uri != said("redirect_uri") {
            return Err("bad_redirect_uri");
        }
        let token = format!("xoxp-{}", hex::encode(self.drawn::<16>()));
        let id_token = self.id_token(&code);
        self.sign_ins.secrets.extend([token.clone(), id_token.clone()]);
        Ok(json!({ "ok": true, "access_token": token, "token_type": "Bearer", "id_token": id_token }))
    }

    fn id_token(&mut self, code: &Code) -> String {
        let now = self.now().timestamp();
        let user = &self.users[&code.user];
        let mut claims = json!({
            "iss": self.base_url,
            "sub": user.id,
            "aud": self.app.client_id,
            "exp": now + TOKEN_LIFE.num_seconds(),
            "iat": now,
            "auth_time": now,
            "nonce": code.nonce,
            "at_hash": "tUbyWGBHe0V32FJEupkgVQ",
            "https://slack.com/user_id": user.id,
            "https://slack.com/team_id": user.team_id.as_ref().unwrap_or(&self.workspace.team_id),
            "email": format!("{}@mail.example", user.name),
            "email_verified": true,
            "locale": "en-US",
            "name": user.name,
        });
        if let Some(enterprise) = &self.workspace.enterprise {
            claims["https://slack.com/enterprise_id"] = json!(enterprise.id);
        }
        if let Some(forgery) = self.sign_ins.forgery.clone() {
            forgery(&mut claims);
        }
        let header = Header { kid: Some(KEY_ID.to_owned()), ..Header::new(Algorithm::RS256) };
        let key = usize::from(self.sign_ins.is_signed_by_another);
        jsonwebtoken::encode(&header, &claims, self.sign_ins.key(key)).expect("our own key signs")
    }
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let line = headers.get(header::COOKIE)?.to_str().ok()?;
    let pairs = line.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}
