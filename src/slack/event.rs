//! Slack's Events API, as far as it is used: the handshake.

use serde::Deserialize;

use super::lenient::{self, Lenient, Malformed, said, utf8};

/// Something Slack tells us unasked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Slack checks that the address is ours; the challenge is the answer.
    UrlVerification { challenge: String },
    /// Accepted and counted.
    Other { kind: String },
}

impl Event {
    /// Reads the body of `POST /slack/events`.
    pub fn from_json(body: &[u8]) -> Result<Self, Malformed> {
        let envelope: Envelope =
            lenient::payload(utf8(body)?).ok_or(Malformed("the body is not a JSON object"))?;
        let kind = said(envelope.kind.0).ok_or(Malformed("the event has no type"))?;
        match kind.as_str() {
            "url_verification" => {
                let challenge =
                    said(envelope.challenge.0).ok_or(Malformed("the handshake has no challenge"))?;
                Ok(Self::UrlVerification { challenge })
            }
            "event_callback" => {
                let inner = said(envelope.event.0.and_then(|event| event.kind.0));
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
    event: Lenient<Inner>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Inner {
    #[serde(rename = "type")]
    kind: Lenient<String>,
}

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
