//! How many calls GitHub still allows in whose name: each installation has an allowance of its own, and so has the App
//! (docs.github.com, rate limits for the REST API).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::client::Caller;
use super::transport::Reply;

/// What the last answer to each caller said.
#[derive(Debug, Default)]
pub(super) struct Allowances(Mutex<HashMap<Caller, Allowance>>);

#[derive(Debug, Clone, Copy)]
struct Allowance {
    remaining: u64,
    /// What a new one has; some instances grant less than others.
    limit: Option<u64>,
    /// From then on there is a new one, of which nothing is known; where GitHub does not say when, this one counts.
    until: Option<DateTime<Utc>>,
}

impl Allowances {
    /// GitHub answered somebody.
    pub(super) fn heard(&self, caller: Caller, reply: &Reply) {
        let text = |name: &str| reply.headers.get(name)?.to_str().ok().map(str::trim);
        // Searches and the like have others.
        if text("x-ratelimit-resource").is_some_and(|resource| resource != "core") {
            return;
        }
        let Some(remaining) = text("x-ratelimit-remaining").and_then(|text| text.parse().ok()) else {
            return;
        };
        let limit = text("x-ratelimit-limit").and_then(|text| text.parse().ok());
        let reset = text("x-ratelimit-reset").and_then(|text| text.parse().ok());
        let until = reset.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(caller, Allowance { remaining, limit, until });
    }

    /// How many calls are left to a caller; nothing where that is not known.
    pub(super) fn left(&self, caller: Caller, now: DateTime<Utc>) -> Option<u64> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let allowance = all.get(&caller).filter(|allowance| allowance.until.is_none_or(|until| now < until));
        allowance.map(|allowance| allowance.remaining)
    }

    /// Of how many calls in an hour; nothing where GitHub did not say. It stays so from one hour to the next.
    pub(super) fn limit(&self, caller: Caller) -> Option<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&caller)?.limit
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
    use chrono::TimeDelta;

    use super::*;
    use crate::ids::InstallationId;

    fn reply(headers: &[(&'static str, &str)]) -> Reply {
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        let headers: HeaderMap = headers.iter().map(header).collect();
        Reply { status: StatusCode::OK, headers, body: Bytes::new() }
    }

    const LEFT: &str = "x-ratelimit-remaining";

    #[test]
    fn each_installation_has_its_own_and_so_has_the_app() {
        let (all, now) = (Allowances::default(), DateTime::UNIX_EPOCH);
        let [one, other] = [5, 6].map(|number| Caller::Installation(InstallationId(number)));

        all.heard(one, &reply(&[(LEFT, "2400"), ("x-ratelimit-limit", "5000")]));
        all.heard(other, &reply(&[(LEFT, "4900")]));

        assert_eq!(
            [one, other, Caller::App].map(|caller| all.left(caller, now)),
            [Some(2_400), Some(4_900), None]
        );
        assert_eq!([one, other, Caller::App].map(|caller| all.limit(caller)), [Some(5_000), None, None]);
    }

    #[test]
    fn an_allowance_counts_until_there_is_a_new_one() {
        let (all, now) = (Allowances::default(), DateTime::UNIX_EPOCH);
        all.heard(
            Caller::App,
            &reply(&[(LEFT, "7"), ("x-ratelimit-reset", "60"), ("x-ratelimit-resource", "core")]),
        );
        // Neither says anything of it.
        all.heard(Caller::App, &reply(&[(LEFT, "9"), ("x-ratelimit-resource", "search")]));
        all.heard(Caller::App, &reply(&[(LEFT, "many")]));

        assert_eq!(all.left(Caller::App, now + TimeDelta::seconds(59)), Some(7));
        assert_eq!(all.left(Caller::App, now + TimeDelta::seconds(60)), None);
    }
}
