//! The two calls that end tokens' access to an organization, and nothing else of the tokens
//! (docs.github.com, REST: update the access to organization resources via fine-grained personal access tokens).

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::app_auth::Purpose;
use super::client::GitHub;
use super::paths::{Place, segment};
use super::review::nothing_sent;
use super::transport::Ask;
use crate::clock::Deadline;
use crate::ids::GrantId;
use crate::request::Answer;

/// GitHub takes as many in one call.
pub const MOST_AT_ONCE: usize = 100;

impl GitHub {
    /// Ends one access. Confirmed is what GitHub says it has done; a refusal with 404 says that it knows no such access.
    pub async fn revoke(&self, place: &Place, grant: GrantId, deadline: &Deadline) -> Answer {
        let ask = |organization: &str| Ask {
            operation: "revoke_token",
            method: Method::POST,
            path: format!("/orgs/{organization}/personal-access-tokens/{grant}"),
            body: Some(json!({ "action": "revoke" }).to_string()),
            unless: None,
        };
        match segment(&place.organization) {
            Ok(organization) => {
                let what = (&ask(&organization), Purpose::Revoking);
                self.bring_about(place, what, StatusCode::NO_CONTENT, deadline).await
            }
            Err(trouble) => nothing_sent(trouble),
        }
    }

    /// Has up to [`MOST_AT_ONCE`] ended. Confirmed says that GitHub has accepted to do it and nothing more: only its list
    /// tells what became of each.
    pub async fn revoke_many(&self, place: &Place, grants: &[GrantId], deadline: &Deadline) -> Answer {
        let numbers: Vec<_> = grants.iter().map(|grant| grant.0).collect();
        let ask = |organization: &str| Ask {
            operation: "revoke_tokens",
            method: Method::POST,
            path: format!("/orgs/{organization}/personal-access-tokens"),
            body: Some(json!({ "action": "revoke", "pat_ids": numbers }).to_string()),
            unless: None,
        };
        match segment(&place.organization) {
            Ok(organization) => {
                let what = (&ask(&organization), Purpose::Revoking);
                self.bring_about(place, what, StatusCode::ACCEPTED, deadline).await
            }
            Err(trouble) => nothing_sent(trouble),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use chrono::TimeDelta;

    use super::*;
    use crate::github::stand_in::{Does, StandIn, acme};

    const ONE: &str = "/orgs/acme/personal-access-tokens/7";
    const MANY: &str = "/orgs/acme/personal-access-tokens";

    /// Answers one call alike with this status.
    async fn asked(status: u16, many: bool) -> (Answer, StandIn) {
        let stand_in = StandIn::start(move |seen, _| match seen.path.as_str() {
            ONE | MANY => {
                let body = json!({ "message": "no" }).to_string();
                Does::Answers((StatusCode::from_u16(status).unwrap(), body).into_response())
            }
            _ => Does::Default,
        })
        .await;
        let deadline = stand_in.clock.deadline(TimeDelta::seconds(12));
        let answer = match many {
            true => stand_in.github.revoke_many(&acme(), &[GrantId(7), GrantId(8)], &deadline).await,
            false => stand_in.github.revoke(&acme(), GrantId(7), &deadline).await,
        };
        (answer, stand_in)
    }

    #[tokio::test]
    async fn each_call_says_what_is_to_be_ended_and_nothing_else() {
        let (one, stand_in) = asked(204, false).await;
        assert_eq!(one, Answer::Confirmed);
        assert_eq!(stand_in.seen().last().unwrap().body, r#"{"action":"revoke"}"#);

        let (many, stand_in) = asked(202, true).await;
        assert_eq!(many, Answer::Confirmed);
        assert_eq!(stand_in.seen().last().unwrap().body, r#"{"action":"revoke","pat_ids":[7,8]}"#);
    }

    #[tokio::test]
    async fn only_what_github_documents_for_the_call_counts() {
        for (status, many) in
            [(202, false), (204, true), (200, false), (200, true), (500, false), (502, true)]
        {
            let (answer, _) = asked(status, many).await;
            assert!(matches!(answer, Answer::Unclear { .. }), "{status} {many}: {answer:?}");
        }
    }

    #[tokio::test]
    async fn an_answer_that_never_comes_is_unclear_and_nothing_is_sent_once_the_time_is_over() {
        let stand_in = StandIn::start(|seen, _| match seen.path.as_str() {
            ONE => Does::NeverAnswers,
            _ => Does::Default,
        })
        .await;
        let over = stand_in.clock.deadline(TimeDelta::seconds(-1));

        let answer = stand_in.github.revoke(&acme(), GrantId(7), &over).await;

        assert!(matches!(answer, Answer::NotTaken { status: 0, .. }), "{answer:?}");
        assert!(stand_in.paths().is_empty());
    }
}
