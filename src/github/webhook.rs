//! GitHub's webhooks: verified bytes in, one of our own events out.
//!
//! GitHub adds actions, fields and events without asking, so whatever is not used is accepted. Only an event that we
//! act on and that does not say what it is about is malformed.

use serde_json::Value;

use super::reading::{self, Missing};
use crate::ids::{GitHubUserId, InstallationId, Login, OrganizationId, RequestId};
use crate::request::Facts;

/// One webhook as it was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// `X-GitHub-Delivery`: the same on redelivery, and not signed, so good for saving work only.
    pub id: Option<String>,
    pub event: Event,
}

/// What a webhook tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    TokenRequest(Box<TokenRequestEvent>),
    Installation(InstallationEvent),
    /// Who belongs to an organization or to one of its teams may have changed; a reason to ask again, not a fact to keep.
    Memberships(OrganizationId),
    Ping,
    /// Something that we do not act on.
    Other {
        event: String,
        action: Option<String>,
    },
}

/// A request was made or came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequestEvent {
    pub action: TokenRequestAction,
    pub organization: OrganizationId,
    pub request: RequestId,
    /// May be missing on `created`, and must be looked up then.
    pub installation: Option<InstallationId>,
    pub facts: Facts,
    pub sender: Option<Sender>,
}

/// What happened to a request; there is no other action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRequestAction {
    Created,
    Approved,
    Denied,
    /// Withdrawn by the requester.
    Cancelled,
}

impl TokenRequestAction {
    /// GitHub's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Approved => "approved",
            Self::Denied => "denied",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Whose doing an event is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    pub id: GitHubUserId,
    pub login: Login,
    pub kind: SenderKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SenderKind {
    User,
    /// An App acted, perhaps ours.
    Bot,
    Unknown,
}

/// Something changed about where our App is installed; a reason to read again, not a fact to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallationEvent {
    pub action: InstallationAction,
    pub installation: InstallationId,
    /// `None` when the account is a user or an enterprise.
    pub account: Option<(OrganizationId, Login)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstallationAction {
    Created,
    Deleted,
    Suspend,
    Unsuspend,
    NewPermissionsAccepted,
    Other(String),
}

impl InstallationAction {
    /// GitHub's word, or `other`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Deleted => "deleted",
            Self::Suspend => "suspend",
            Self::Unsuspend => "unsuspend",
            Self::NewPermissionsAccepted => "new_permissions_accepted",
            Self::Other(_) => "other",
        }
    }
}

/// Why a body is not a webhook that can be acted on.
#[derive(Debug, thiserror::Error)]
pub enum Malformed {
    #[error("the body is not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    #[error(transparent)]
    Missing(#[from] Missing),
}

impl Delivery {
    /// Reads a body by the event's name from `X-GitHub-Event`, with the id from `X-GitHub-Delivery`.
    pub fn parse(event: &str, id: Option<&str>, body: &[u8]) -> Result<Self, Malformed> {
        Ok(Self { id: id.filter(is_delivery_id).map(str::to_owned), event: parse_event(event, body)? })
    }
}

/// GitHub sends a GUID. Anything like it is taken, and nothing that would not fit a log line or an index.
fn is_delivery_id(id: &&str) -> bool {
    (1..=100).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

fn parse_event(event: &str, body: &[u8]) -> Result<Event, Malformed> {
    let body = crate::json::strict(body)?;
    let action = body.get("action").and_then(Value::as_str);
    let token_request = |action| Ok(Event::TokenRequest(Box::new(token_request(action, &body)?)));
    match (event, action) {
        ("personal_access_token_request", Some("created")) => token_request(TokenRequestAction::Created),
        ("personal_access_token_request", Some("approved")) => token_request(TokenRequestAction::Approved),
        ("personal_access_token_request", Some("denied")) => token_request(TokenRequestAction::Denied),
        ("personal_access_token_request", Some("cancelled")) => token_request(TokenRequestAction::Cancelled),
        ("installation", Some(action)) => Ok(Event::Installation(installation(action, &body)?)),
        ("membership" | "team" | "organization", _) => {
            match reading::organization(body.get("organization")) {
                Some((organization, _)) => Ok(Event::Memberships(organization)),
                // A hint that does not say about what is none.
                None => Ok(Event::Other { event: event.to_owned(), action: action.map(str::to_owned) }),
            }
        }
        ("ping", _) => Ok(Event::Ping),
        _ => Ok(Event::Other { event: event.to_owned(), action: action.map(str::to_owned) }),
    }
}

fn token_request(action: TokenRequestAction, body: &Value) -> Result<TokenRequestEvent, Missing> {
    let request = &body["personal_access_token_request"];
    let (organization, login) =
        reading::organization(body.get("organization")).ok_or(Missing("the organization"))?;
    Ok(TokenRequestEvent {
        action,
        organization,
        request: reading::id_in(request, "id").map(RequestId).ok_or(Missing("the request's id"))?,
        installation: reading::id_in(&body["installation"], "id").map(InstallationId),
        facts: reading::facts(request, "permissions_result", login)?,
        sender: sender(&body["sender"]),
    })
}

fn sender(sender: &Value) -> Option<Sender> {
    let (id, login) = reading::account(Some(sender))?;
    let kind = match sender["type"].as_str() {
        Some("User") => SenderKind::User,
        Some("Bot") => SenderKind::Bot,
        _ => SenderKind::Unknown,
    };
    Some(Sender { id: GitHubUserId(id), login, kind })
}

fn installation(action: &str, body: &Value) -> Result<InstallationEvent, Missing> {
    let installation = &body["installation"];
    let account = &installation["account"];
    Ok(InstallationEvent {
        action: InstallationAction::parse(action),
        installation: reading::id_in(installation, "id")
            .map(InstallationId)
            .ok_or(Missing("the installation's id"))?,
        account: reading::organization(Some(account)).filter(|_| account["type"] == "Organization"),
    })
}

impl InstallationAction {
    fn parse(action: &str) -> Self {
        match action {
            "created" => Self::Created,
            "deleted" => Self::Deleted,
            "suspend" => Self::Suspend,
            "unsuspend" => Self::Unsuspend,
            "new_permissions_accepted" => Self::NewPermissionsAccepted,
            other => Self::Other(other.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Expiry;
    use proptest::prelude::*;
    use serde_json::json;

    fn created() -> Value {
        json!({
            "action": "created",
            "personal_access_token_request": {
                "id": 25381,
                "owner": { "login": "octocat", "id": 1 },
                "permissions_result": { "repository": { "contents": "write" } },
                "repository_selection": "none",
                "token_id": 98716,
                "token_expires_at": null,
            },
            "organization": { "login": "Acme", "id": 9 },
            "sender": { "login": "octocat", "id": 1, "type": "User" },
            "installation": { "id": 957_387 },
        })
    }

    fn parse(event: &str, body: &Value) -> Result<Event, Malformed> {
        Ok(Delivery::parse(event, None, body.to_string().as_bytes())?.event)
    }

    fn token_request(body: &Value) -> TokenRequestEvent {
        match parse("personal_access_token_request", body).unwrap() {
            Event::TokenRequest(event) => *event,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_created_request_says_what_it_is_about() {
        let event = token_request(&created());

        assert_eq!(event.action, TokenRequestAction::Created);
        assert_eq!(event.organization, OrganizationId(9));
        assert_eq!(event.request, RequestId(25_381));
        assert_eq!(event.installation, Some(InstallationId(957_387)));
        assert_eq!(event.facts.organization, Login::new("acme"));
        assert_eq!(event.facts.expiry, Expiry::Never);
        assert_eq!(event.sender.unwrap().kind, SenderKind::User);
    }

    #[test]
    fn oddities_around_the_request_are_tolerated() {
        let mut body = created();
        for (field, odd) in [("team", json!(null)), ("enterprise", json!({ "id": 1 })), ("sender", json!([]))]
        {
            body[field] = odd;
        }
        body.as_object_mut().unwrap().remove("installation");

        let event = token_request(&body);
        assert_eq!(event.installation, None);
        assert_eq!(event.sender, None);
    }

    #[test]
    fn an_event_that_does_not_say_what_it_is_about_is_malformed() {
        let holes = [
            ("/organization/id", "the organization"),
            ("/organization", "the organization"),
            ("/personal_access_token_request/id", "the request's id"),
            ("/personal_access_token_request/owner/id", "the request's owner"),
            ("/personal_access_token_request/owner/login", "the request's owner"),
            ("/personal_access_token_request", "the request's id"),
        ];

        for (path, missing) in holes {
            let mut body = created();
            *body.pointer_mut(path).unwrap() = json!(null);
            let error = parse("personal_access_token_request", &body).unwrap_err();
            assert_eq!(error.to_string(), format!("{missing} is missing"), "{path}");
        }
    }

    #[test]
    fn unknown_events_and_actions_are_accepted() {
        let odd = json!({ "action": "edited" });

        for event in ["personal_access_token_request", "star"] {
            let other = Event::Other { event: event.into(), action: Some("edited".into()) };
            assert_eq!(parse(event, &odd).unwrap(), other);
        }
        assert!(matches!(parse("star", &json!([])).unwrap(), Event::Other { action: None, .. }));
        assert_eq!(parse("ping", &json!({ "zen": "Keep it logically awesome." })).unwrap(), Event::Ping);
    }

    #[test]
    fn what_happens_to_teams_and_members_is_a_hint_about_their_organization() {
        let organization = json!({ "login": "acme", "id": 9 });
        for (event, action) in
            [("membership", "added"), ("team", "edited"), ("organization", "member_removed")]
        {
            let body = json!({ "action": action, "organization": organization });
            assert_eq!(parse(event, &body).unwrap(), Event::Memberships(OrganizationId(9)));
            let vague = json!({ "action": action, "organization": { "login": "acme" } });
            assert!(matches!(parse(event, &vague).unwrap(), Event::Other { .. }));
        }
    }

    #[test]
    fn an_installation_names_its_organization_and_nobody_else() {
        let event = |account: Value| {
            let installation = json!({ "id": 5, "created_at": 1_557_933_591, "account": account });
            match parse("installation", &json!({ "action": "suspend", "installation": installation }))
                .unwrap()
            {
                Event::Installation(event) => event,
                other => panic!("{other:?}"),
            }
        };

        let acme = event(json!({ "id": 9, "login": "Acme", "type": "Organization" }));
        assert_eq!(acme.action, InstallationAction::Suspend);
        assert_eq!(acme.account, Some((OrganizationId(9), Login::new("acme"))));
        assert_eq!(event(json!({ "id": 1, "login": "octocat", "type": "User" })).account, None);
        assert_eq!(event(json!(null)).account, None);
    }

    #[test]
    fn a_field_that_stands_there_twice_makes_the_whole_malformed() {
        let body = created().to_string().replacen('{', r#"{"action":"denied","#, 1);

        let outcome = Delivery::parse("personal_access_token_request", None, body.as_bytes());
        assert!(matches!(outcome, Err(Malformed::NotJson(_))));
    }

    #[test]
    fn invalid_utf_8_and_endless_nesting_are_malformed() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));

        for body in [&b"{\"action\":\"\xff\"}"[..], deep.as_bytes(), b"", b"payload=%7B%7D"] {
            assert!(matches!(Delivery::parse("star", None, body), Err(Malformed::NotJson(_))));
        }
    }

    #[test]
    fn only_a_delivery_id_that_looks_like_one_is_kept() {
        let id = |id: &str| Delivery::parse("ping", Some(id), b"{}").unwrap().id;

        assert!(id("72d3162e-cc78-11e3-81ab-4c9367dc0958").is_some());
        for odd in ["", "a b", "a\nb", &"a".repeat(101)] {
            assert_eq!(id(odd), None, "{odd:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Delivery::parse("personal_access_token_request", None, &body);
        }

        #[test]
        fn no_value_in_any_place_makes_it_panic(place in 0_usize..12, odd in odd_value()) {
            let places = [
                "/personal_access_token_request", "/personal_access_token_request/id",
                "/personal_access_token_request/owner", "/personal_access_token_request/owner/id",
                "/personal_access_token_request/permissions_result",
                "/personal_access_token_request/permissions_result/repository",
                "/personal_access_token_request/repository_selection",
                "/personal_access_token_request/token_expires_at",
                "/organization", "/installation", "/sender", "/action",
            ];
            let mut body = created();
            *body.pointer_mut(places[place]).unwrap() = odd;
            let _ = parse("personal_access_token_request", &body);
        }
    }

    fn odd_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
            Just(json!([null, {}, "x"])),
            Just(json!({ "id": -1, "login": 7, "repository": [], "x": null })),
        ]
    }
}
