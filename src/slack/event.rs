//! Slack's Events API, as far as it is used: the handshake, and that somebody opened the app's home.

use serde::Deserialize;

use super::lenient::{self, Lenient, Malformed, said, utf8};
use super::origin::Origin;
use crate::ids::{EnterpriseId, SlackAppId, SlackUserId, TeamId};

/// Something Slack tells us unasked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Slack checks that the address is ours; the challenge is the answer.
    UrlVerification { challenge: String },
    /// Somebody looks at the app's home.
    HomeOpened(Box<HomeOpened>),
    /// Accepted and counted.
    Other { kind: String },
}

/// Somebody opened the app's home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeOpened {
    pub origin: Origin,
    pub user: SlackUserId,
    /// Whether nothing was published there, as far as Slack says.
    pub is_empty: bool,
}

impl Event {
    /// Reads the body of `POST /slack/events`.
    pub fn from_json(body: &[u8]) -> Result<Self, Malformed> {
        let mut envelope: Envelope =
            lenient::payload(utf8(body)?).ok_or(Malformed("the body is not a JSON object"))?;
        let kind = said(envelope.kind.0.take()).ok_or(Malformed("the event has no type"))?;
        match kind.as_str() {
            "url_verification" => {
                let challenge =
                    said(envelope.challenge.0).ok_or(Malformed("the handshake has no challenge"))?;
                Ok(Self::UrlVerification { challenge })
            }
            "event_callback" => {
                let inner = said(envelope.event.0.as_ref().and_then(|event| event.kind.0.clone()));
                let is_home = inner.as_deref() == Some("app_home_opened");
                if is_home && let Some(opened) = envelope.home_opened() {
                    return Ok(Self::HomeOpened(Box::new(opened)));
                }
                Ok(Self::Other { kind: inner.unwrap_or(kind) })
            }
            _ => Ok(Self::Other { kind }),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Envelope {
    #[serde(rename = "type")]
    kind: Lenient<String>,
    challenge: Lenient<String>,
    api_app_id: Lenient<String>,
    team_id: Lenient<String>,
    authorizations: Lenient<Vec<Authorization>>,
    event: Lenient<Inner>,
}

/// Which installation the event is for.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Authorization {
    enterprise_id: Lenient<String>,
    is_enterprise_install: Lenient<bool>,
}

impl Envelope {
    /// Nothing for the other tab, and where it is not said who looks at which.
    fn home_opened(&mut self) -> Option<HomeOpened> {
        let event = self.event.0.take()?;
        let installed =
            self.authorizations.0.take().and_then(|all| all.into_iter().next()).unwrap_or_default();
        let origin = Origin {
            app: said(self.api_app_id.0.take()).map(SlackAppId::new),
            team: said(self.team_id.0.take()).map(TeamId::new),
            enterprise: said(installed.enterprise_id.0).map(EnterpriseId::new),
            is_enterprise_install: installed.is_enterprise_install.0.unwrap_or(false),
            user_team: None,
            view_installed_team: None,
        };
        let user = said(event.user.0).map(SlackUserId::new)?;
        let is_empty = event.view.0.is_none();
        (event.tab.0.as_deref() == Some("home")).then_some(HomeOpened { origin, user, is_empty })
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Inner {
    #[serde(rename = "type")]
    kind: Lenient<String>,
    user: Lenient<String>,
    tab: Lenient<String>,
    view: Lenient<View>,
}

/// Of what is published it is known here better.
#[derive(Deserialize, Default)]
struct View {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::slack::fixtures;

    #[test]
    fn the_handshake_carries_its_answer() {
        let body = br#"{"type":"url_verification","challenge":"abc","token":"ignored"}"#;

        assert_eq!(Event::from_json(body), Ok(Event::UrlVerification { challenge: "abc".into() }));
        assert!(Event::from_json(br#"{"type":"url_verification"}"#).is_err());
    }

    #[test]
    fn other_events_are_named_by_what_happened() {
        let other = |kind: &str| Ok(Event::Other { kind: kind.into() });

        let inner = br#"{"type":"event_callback","team_id":null,"event":{"type":"app_uninstalled"}}"#;
        assert_eq!(Event::from_json(inner), other("app_uninstalled"));
        assert_eq!(Event::from_json(br#"{"type":"event_callback","event":7}"#), other("event_callback"));
        assert_eq!(Event::from_json(br#"{"type":"app_rate_limited"}"#), other("app_rate_limited"));
    }

    fn home(event: &str) -> Result<Event, Malformed> {
        let body = format!(
            r#"{{"type":"event_callback","api_app_id":"A0COUNTER","team_id":"T0ACME","event":{event},
                "authorizations":[{{"enterprise_id":"E0ACME","team_id":"T0ACME","is_enterprise_install":false}}]}}"#
        );
        Event::from_json(body.as_bytes())
    }

    #[test]
    fn somebody_who_opens_the_home_is_told_from_who_reads_messages() {
        let opened = home(r#"{"type":"app_home_opened","user":"U0ALICE","tab":"home","view":{"id":"V1"}}"#);

        let Ok(Event::HomeOpened(opened)) = opened else { panic!("{opened:?}") };
        assert_eq!((opened.user, opened.is_empty), (SlackUserId::new("U0ALICE"), false));
        assert_eq!(opened.origin.team, Some(TeamId::new("T0ACME")));
        assert_eq!(opened.origin.enterprise, Some(EnterpriseId::new("E0ACME")));
        let first = home(r#"{"type":"app_home_opened","user":"U0ALICE","tab":"home"}"#);
        assert!(matches!(first, Ok(Event::HomeOpened(first)) if first.is_empty));
        for other in [
            r#"{"type":"app_home_opened","user":"U0ALICE","tab":"messages"}"#,
            r#"{"type":"app_home_opened","user":"U0ALICE"}"#,
            r#"{"type":"app_home_opened","user":7,"tab":"home"}"#,
        ] {
            assert_eq!(home(other), Ok(Event::Other { kind: "app_home_opened".into() }), "{other}");
        }
    }

    #[test]
    fn what_is_no_event_is_malformed() {
        for body in [&b""[..], b"null", b"[]", b"{}", br#"{"type":""}"#, b"\xff", br#"{"type":7}"#] {
            assert!(Event::from_json(body).is_err(), "{body:?}");
        }
    }

    #[test]
    fn published_events_parse() {
        for (name, text) in fixtures::starting_with(&["event.", "shape.event."]) {
            let outcome = Event::from_json(text.as_bytes());
            // The shapes have every value blanked, so that some have no type left.
            assert!(outcome.is_ok() || name.starts_with("shape."), "{name}: {outcome:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_bring_the_parser_down(body: Vec<u8>, text in "\\PC*") {
            let _ = Event::from_json(&body);
            let _ = Event::from_json(text.as_bytes());
        }
    }
}
