//! Why GitHub did not give what was asked for, sorted by what is to be done about it.

use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::transport::Reply;

/// How much of GitHub's words is kept, in characters.
const LONGEST_WORDS: usize = 200;

/// What GitHub advises where a limit comes without a time (docs.github.com, rate-limits-for-the-rest-api).
const UNTOLD_LIMIT: TimeDelta = TimeDelta::seconds(60);

/// GitHub's limits last an hour at most; a header that says more than a day is a mistake.
const LONGEST_LIMIT: TimeDelta = TimeDelta::days(1);

/// Why a question got no useful answer. Shows GitHub's own short message at most: never a body, never a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Ask again after this moment and not before: GitHub bans apps that do.
    #[error("GitHub's rate limit is used up until {}", .until.format("%H:%M:%S UTC"))]
    RateLimited { until: DateTime<Utc> },
    #[error("GitHub does not accept our credentials: {words}")]
    Unauthorized { words: String },
    /// `needs` is what `X-Accepted-GitHub-Permissions` says would do.
    #[error("GitHub forbids it: {words}{}", in_brackets(.needs.as_deref()))]
    Forbidden { words: String, needs: Option<String> },
    #[error("the installation of our GitHub App is suspended")]
    Suspended,
    /// Not there, or not for our eyes: GitHub tells the two apart for nobody.
    #[error("GitHub does not find it: {words}")]
    NotFound { words: String },
    /// No answer, or one that GitHub itself calls its own failure; worth asking again.
    #[error("GitHub is not available: {cause}")]
    Unavailable { cause: String },
    /// It failed several times in a row and is left alone; certainly nothing was sent.
    #[error("GitHub does not work and is left alone until {}", .until.format("%H:%M:%S UTC"))]
    Resting { until: DateTime<Utc> },
    #[error("GitHub answered {status}, which was not expected: {words}")]
    Unexpected { status: u16, words: String },
}

impl Trouble {
    /// Whether it stays so until somebody mends it.
    pub fn needs_people(&self) -> bool {
        match self {
            Self::Unauthorized { .. } | Self::Forbidden { .. } | Self::Suspended | Self::NotFound { .. } => {
                true
            }
            // An API version that GitHub does not know (docs.github.com, api-versions).
            Self::Unexpected { status: 400, .. } => true,
            Self::RateLimited { .. }
            | Self::Unavailable { .. }
            | Self::Resting { .. }
            | Self::Unexpected { .. } => false,
        }
    }

    /// Reads an answer that is not what was hoped for.
    pub(super) fn of(reply: &Reply, now: DateTime<Utc>) -> Self {
        if let Some(until) = limited_until(reply, now) {
            return Self::RateLimited { until };
        }
        let words = words(reply);
        match reply.status.as_u16() {
            401 => Self::Unauthorized { words },
            403 if words.to_lowercase().contains("suspended") => Self::Suspended,
            403 => {
                let needs = text(&reply.headers, "x-accepted-github-permissions").map(cut);
                Self::Forbidden { words, needs }
            }
            404 => Self::NotFound { words },
            status @ 500.. => Self::Unavailable { cause: format!("{status}: {words}") },
            status => Self::Unexpected { status, words },
        }
    }
}

fn in_brackets(needs: Option<&str>) -> String {
    needs.map(|needs| format!(" (needs {needs})")).unwrap_or_default()
}

/// Whether it has the shape of GitHub's errors (docs.github.com, basic-error). A page of something in between has not.
pub(super) fn is_githubs(reply: &Reply) -> bool {
    serde_json::from_slice::<Value>(&reply.body).is_ok_and(|body| body["message"].is_string())
}

/// GitHub's `message`, or the status in words where there is none.
pub(super) fn words(reply: &Reply) -> String {
    let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
    match body.as_ref().and_then(|body| body["message"].as_str()) {
        Some(message) => cut(message),
        None => reply.status.canonical_reason().unwrap_or("no message").to_owned(),
    }
}

/// One line of bearable length.
pub(super) fn cut(words: &str) -> String {
    words.chars().take(LONGEST_WORDS).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// When a limit ends: `retry-after`, else the reset of a used-up quota, else a minute. A 403 may be a limit or a
/// prohibition (docs.github.com, rate-limits-for-the-rest-api).
pub(super) fn limited_until(reply: &Reply, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if ![StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS].contains(&reply.status) {
        return None;
    }
    let latest = now + LONGEST_LIMIT;
    let retry_after = number(&reply.headers, "retry-after").map(|seconds| {
        TimeDelta::try_seconds(seconds).filter(|wait| *wait < LONGEST_LIMIT).map_or(latest, |wait| now + wait)
    });
    let reset = || {
        number(&reply.headers, "x-ratelimit-remaining").filter(|remaining| *remaining == 0)?;
        DateTime::from_timestamp(number(&reply.headers, "x-ratelimit-reset")?, 0)
    };
    let untold = || {
        let named = reply.status == StatusCode::TOO_MANY_REQUESTS
            || words(reply).to_lowercase().contains("rate limit");
        named.then(|| now + UNTOLD_LIMIT)
    };
    Some(retry_after.or_else(reset).or_else(untold)?.clamp(now, latest))
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    text(headers, name)?.trim().parse().ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).unwrap()
    }

    fn trouble(status: u16, headers: &[(&'static str, &str)], body: &str) -> Trouble {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let status = StatusCode::from_u16(status).unwrap();
        Trouble::of(&Reply { status, headers, body: body.to_owned().into() }, now())
    }

    #[test]
    fn a_limit_ends_when_the_headers_say_so() {
        let after = |seconds| Trouble::RateLimited { until: now() + TimeDelta::seconds(seconds) };
        let used_up = |reset: &'static str| [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)];

        assert_eq!(trouble(403, &[("retry-after", "30")], ""), after(30));
        assert_eq!(trouble(429, &used_up("1795000600"), ""), after(600));
        assert_eq!(trouble(403, &used_up("1795000600"), ""), after(600));
        assert_eq!(trouble(429, &[], ""), after(60));
        assert_eq!(trouble(403, &[], r#"{"message":"You have exceeded a secondary rate limit"}"#), after(60));
    }

    #[test]
    fn a_limit_in_the_past_or_beyond_all_bounds_is_brought_to_reason() {
        let day = Trouble::RateLimited { until: now() + TimeDelta::days(1) };

        assert_eq!(trouble(429, &[("retry-after", "-5")], ""), Trouble::RateLimited { until: now() });
        assert_eq!(trouble(429, &[("retry-after", "9223372036854775807")], ""), day);
        assert_eq!(
            trouble(429, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "9999999999")], ""),
            day
        );
    }

    #[test]
    fn a_prohibition_is_not_a_limit_and_names_what_is_needed() {
        let headers = [
            ("x-ratelimit-remaining", "4999"),
            ("x-accepted-github-permissions", "organization_personal_access_token_requests=write"),
        ];

        assert_eq!(
            trouble(403, &headers, r#"{"message":"Resource not accessible by integration"}"#).to_string(),
            "GitHub forbids it: Resource not accessible by integration \
             (needs organization_personal_access_token_requests=write)"
        );
    }

    #[test]
    fn each_status_tells_what_to_do() {
        let suspended = r#"{"message":"This installation has been suspended"}"#;

        assert_eq!(trouble(403, &[], suspended), Trouble::Suspended);
        assert!(matches!(trouble(401, &[], "{}"), Trouble::Unauthorized { .. }));
        assert!(matches!(trouble(404, &[], "{}"), Trouble::NotFound { .. }));
        assert!(matches!(trouble(502, &[], "<html>"), Trouble::Unavailable { .. }));
        assert!(matches!(trouble(301, &[], ""), Trouble::Unexpected { status: 301, .. }));
        assert!(matches!(trouble(400, &[], ""), Trouble::Unexpected { status: 400, .. }));
    }

    #[test]
    fn nothing_of_a_body_is_shown_but_the_message_cut_to_one_short_line() {
        let long = format!(r#"{{"message":"a\nb{}","email":"octocat@example.com"}}"#, "c".repeat(500));

        let shown = trouble(404, &[], &long).to_string();
        assert!(shown.contains("a bccc") && shown.chars().count() < 250, "{shown}");
        assert!(!shown.contains("example.com"));
        assert_eq!(
            trouble(500, &[], "<b>oh</b>").to_string(),
            "GitHub is not available: 500: Internal Server Error"
        );
    }

    proptest::proptest! {
        /// Whatever the headers say, a limit ends within a day, and not before now.
        #[test]
        fn no_header_makes_a_limit_that_never_ends(
            status in proptest::sample::select(&[403_u16, 429, 200, 500]),
            retry_after in "([0-9]{1,25}|-?[0-9]{1,4}|.{0,8})",
            remaining in "(0|[0-9]{1,4}|.{0,4})",
            reset in "([0-9]{1,25}|-?[0-9]{1,12}|.{0,8})",
        ) {
            let headers = [("retry-after", retry_after), ("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", reset)];
            let headers = headers.into_iter().filter_map(|(name, value)| {
                Some((HeaderName::from_static(name), axum::http::HeaderValue::from_str(&value).ok()?))
            });
            let reply = Reply {
                status: StatusCode::from_u16(status).unwrap(),
                headers: headers.collect(),
                body: Vec::new().into(),
            };

            let until = limited_until(&reply, now());

            proptest::prop_assert!(until.is_none_or(|until| now() <= until && until <= now() + LONGEST_LIMIT));
            proptest::prop_assert!(until.is_none() || [403, 429].contains(&status));
            proptest::prop_assert!(until.is_some() || status != 429, "a 429 is a limit, whatever stands beside it");
        }
    }
}
