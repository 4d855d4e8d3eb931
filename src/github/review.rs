//! The one call that decides a request on GitHub, and what each answer to it means.

use axum::http::{Method, StatusCode};
use chrono::{DateTime, Utc};
use serde_json::json;

use super::app_auth::Purpose;
use super::client::{Caller, GitHub};
use super::paths::{Place, segment};
use super::transport::{Ask, Reply, Unanswered};
use super::trouble::{self, Trouble};
use crate::clock::Deadline;
use crate::ids::RequestId;
use crate::request::{Answer, Verdict};

/// One decision to be told.
#[derive(Debug, Clone)]
pub struct Review<'a> {
    pub request: RequestId,
    pub verdict: Verdict,
    /// At most 1024 characters; GitHub mails it to the requester.
    pub reason: Option<&'a str>,
    /// Nothing is sent once it is over, and the connection is dropped then.
    pub deadline: Deadline,
}

impl GitHub {
    /// Tells GitHub a decision once. Sent again only after a 401, which says that nothing was done.
    pub async fn review(&self, place: &Place, review: &Review<'_>) -> Answer {
        match ask(place, review) {
            Ok(ask) => {
                self.bring_about(place, (&ask, Purpose::Usual), StatusCode::NO_CONTENT, &review.deadline)
                    .await
            }
            Err(trouble) => nothing_sent(trouble),
        }
    }

    /// Has GitHub bring something about, once; `done` alone says that it has. Sent again only after a 401, which says that
    /// nothing was done.
    pub(super) async fn bring_about(
        &self,
        place: &Place,
        what: (&Ask, Purpose),
        done: StatusCode,
        deadline: &Deadline,
    ) -> Answer {
        match self.try_once(place, what, done, deadline).await {
            Answer::NotTaken { status: 401, .. } => self.try_once(place, what, done, deadline).await,
            answer => answer,
        }
    }

    async fn try_once(
        &self,
        place: &Place,
        (ask, purpose): (&Ask, Purpose),
        done: StatusCode,
        deadline: &Deadline,
    ) -> Answer {
        if let Err(trouble) = self.admit(Caller::Installation(place.installation)) {
            return nothing_sent(trouble);
        }
        let of = (place.installation, purpose);
        let token = tokio::select! {
            biased;
            () = deadline.over() => {
                let cause = "the time for this attempt is over".to_owned();
                return nothing_sent(Trouble::Unavailable { cause });
            }
            token = self.token(of) => token,
        };
        let token = match token {
            Ok(token) => token,
            Err(trouble) => return nothing_sent(trouble),
        };
        // The deadline is looked at first: a process that was stopped for long wakes up to it and not to the sending.
        let reply = tokio::select! {
            biased;
            () = deadline.over() => {
                self.upstream().fails("no answer");
                return Answer::Unclear { cause: "no answer before the attempt's time was over".into() };
            }
            reply = self.send(Caller::Installation(place.installation), ask, token.secret()) => reply,
        };
        let answer = meaning(reply, done, self.now());
        if matches!(answer, Answer::NotTaken { status: 401, .. }) {
            self.forget(of, &token).await;
        }
        answer
    }
}

fn ask(place: &Place, review: &Review<'_>) -> Result<Ask, Trouble> {
    let action = match review.verdict {
        Verdict::Approve => "approve",
        Verdict::Deny => "deny",
    };
    let body = match review.reason {
        Some(reason) => json!({ "action": action, "reason": reason }),
        None => json!({ "action": action }),
    };
    let organization = segment(&place.organization)?;
    Ok(Ask {
        operation: "review_request",
        method: Method::POST,
        path: format!("/orgs/{organization}/personal-access-token-requests/{}", review.request),
        body: Some(body.to_string()),
        unless: None,
    })
}

/// Only the one status that GitHub documents for it is a yes. What GitHub does with what was decided or revoked already is
/// not documented beyond 404 and 422, so both are about this call. A no counts where GitHub documents it for this call and says it in its own words;
/// whatever else answers, such as a proxy that lost patience (408, 499), may have answered after the deed, and that is
/// unclear.
fn meaning(reply: Result<Reply, Unanswered>, done: StatusCode, now: DateTime<Utc>) -> Answer {
    let reply = match reply {
        Ok(reply) => reply,
        Err(Unanswered::NotSent(trouble)) => return nothing_sent(trouble),
        Err(Unanswered::Lost(cause)) => return Answer::Unclear { cause },
    };
    match reply.status.as_u16() {
        status if status == done.as_u16() => Answer::Confirmed,
        // Not followed: whoever was to be asked instead has heard of nothing.
        status @ 300..=399 => not_taken(status, Trouble::of(&reply, now)),
        status @ (404 | 422) if trouble::is_githubs(&reply) => {
            Answer::Refused { status, words: trouble::words(&reply) }
        }
        status @ (401 | 403 | 429) if trouble::is_githubs(&reply) => {
            not_taken(status, Trouble::of(&reply, now))
        }
        status => Answer::Unclear { cause: format!("GitHub answered {status}: {}", trouble::words(&reply)) },
    }
}

fn not_taken(status: u16, trouble: Trouble) -> Answer {
    let until = match &trouble {
        Trouble::RateLimited { until } | Trouble::Resting { until } => Some(*until),
        Trouble::Unauthorized { .. }
        | Trouble::Forbidden { .. }
        | Trouble::Suspended
        | Trouble::NotFound { .. }
        | Trouble::Unavailable { .. }
        | Trouble::Unexpected { .. } => None,
    };
    Answer::NotTaken { status, words: trouble.to_string(), until }
}

/// Nobody has heard of it; the trouble came before it.
pub(super) fn nothing_sent(trouble: Trouble) -> Answer {
    not_taken(0, trouble)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::github::stand_in::{Does, Seen, StandIn, acme, answers, github, noon};
    use axum::response::IntoResponse;
    use chrono::TimeDelta;

    const PATH: &str = "/orgs/acme/personal-access-token-requests/25381";

    fn approve(clock: &Clock) -> Review<'static> {
        Review {
            request: RequestId(25_381),
            verdict: Verdict::Approve,
            reason: None,
            deadline: clock.deadline(TimeDelta::seconds(12)),
        }
    }

    fn no_content() -> Does {
        Does::Answers(StatusCode::NO_CONTENT.into_response())
    }

    fn on_review(does: impl Fn(&Seen) -> Does + Send + Sync + 'static) -> impl Fn(&Seen, usize) -> Does {
        move |seen, _| if seen.is("POST", PATH) { does(seen) } else { Does::Default }
    }

    #[tokio::test]
    async fn an_approval_is_exactly_one_action() {
        let stand_in = StandIn::start(on_review(|_| no_content())).await;

        assert_eq!(stand_in.github.review(&acme(), &approve(&stand_in.clock)).await, Answer::Confirmed);

        let seen = stand_in.seen();
        assert_eq!(seen.last().unwrap().body, r#"{"action":"approve"}"#);
        assert_eq!(seen.last().unwrap().headers["content-type"], "application/json");
        assert_eq!(stand_in.paths(), [PATH]);
    }

    #[tokio::test]
    async fn a_denial_carries_its_reason() {
        let stand_in = StandIn::start(on_review(|_| no_content())).await;
        let deny =
            Review { verdict: Verdict::Deny, reason: Some("too \"broad\""), ..approve(&stand_in.clock) };

        assert_eq!(stand_in.github.review(&acme(), &deny).await, Answer::Confirmed);

        let body = stand_in.seen().last().unwrap().body.clone();
        assert_eq!(body, r#"{"action":"deny","reason":"too \"broad\""}"#);
    }

    #[tokio::test]
    async fn each_answer_means_what_it_says_and_is_asked_for_once() {
        for (status, meaning) in [
            (404, "refused 404"),
            (422, "refused 422"),
            (301, "not taken 301"),
            (307, "not taken 307"),
            (401, "not taken 401"),
            (403, "not taken 403"),
            (429, "not taken 429"),
            (400, "unclear"),
            (408, "unclear"),
            (409, "unclear"),
            (425, "unclear"),
            (499, "unclear"),
            (200, "unclear"),
            (202, "unclear"),
            (500, "unclear"),
            (502, "unclear"),
        ] {
            let stand_in = StandIn::start(on_review(move |_| {
                let location = [("location", "/api/v3/elsewhere")];
                let status = StatusCode::from_u16(status).unwrap();
                Does::Answers((status, location, r#"{"message":"So it is"}"#).into_response())
            }))
            .await;

            let told = match stand_in.github.review(&acme(), &approve(&stand_in.clock)).await {
                Answer::Confirmed => "confirmed".to_owned(),
                Answer::Refused { status, words } => {
                    assert_eq!(words, "So it is");
                    format!("refused {status}")
                }
                Answer::NotTaken { status, .. } => format!("not taken {status}"),
                Answer::StillListed => unreachable!("a review is not a listing"),
                Answer::Unclear { .. } => "unclear".to_owned(),
            };

            assert_eq!(told, meaning, "{status}");
            // A refused token is replaced once.
            let asked = if status == 401 { 2 } else { 1 };
            assert_eq!(stand_in.paths(), vec![PATH; asked], "{status}");
        }
    }

    #[tokio::test]
    async fn a_no_in_other_words_than_githubs_may_be_somebody_elses() {
        for status in [401, 403, 404, 422, 429] {
            for page in ["<html><body>Not now</body></html>", r#"{"error":"denied"}"#, "[]", ""] {
                let stand_in = StandIn::start(on_review(move |_| {
                    let status = StatusCode::from_u16(status).unwrap();
                    Does::Answers((status, page).into_response())
                }))
                .await;

                let answer = stand_in.github.review(&acme(), &approve(&stand_in.clock)).await;

                assert!(matches!(answer, Answer::Unclear { .. }), "{status} {page}: {answer:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_refused_token_is_replaced_and_the_decision_told_again() {
        let stand_in = StandIn::start(on_review(|seen| {
            if seen.token().starts_with("ghs_0_") {
                answers(401, &json!({ "message": "Bad credentials" }))
            } else {
                no_content()
            }
        }))
        .await;

        assert_eq!(stand_in.github.review(&acme(), &approve(&stand_in.clock)).await, Answer::Confirmed);
        assert_eq!((stand_in.mints(), stand_in.paths().len()), (2, 2));
    }

    #[tokio::test]
    async fn two_refused_tokens_are_enough() {
        let stand_in =
            StandIn::start(on_review(|_| answers(401, &json!({ "message": "Bad credentials" })))).await;

        let answer = stand_in.github.review(&acme(), &approve(&stand_in.clock)).await;

        assert!(matches!(answer, Answer::NotTaken { status: 401, .. }), "{answer:?}");
        assert_eq!(stand_in.paths().len(), 2);
    }

    #[tokio::test]
    async fn an_answer_that_does_not_come_leaves_it_unclear() {
        let stand_in = StandIn::start(on_review(|_| Does::NeverAnswers)).await;

        let answer = stand_in.github.review(&acme(), &approve(&stand_in.clock)).await;

        assert!(matches!(answer, Answer::Unclear { .. }), "{answer:?}");
        assert_eq!(stand_in.paths().len(), 1);
    }

    #[tokio::test]
    async fn the_connection_is_dropped_at_the_deadline() {
        let clock = std::sync::Arc::new(std::sync::OnceLock::<Clock>::new());
        let stand_in = StandIn::start(on_review({
            let clock = clock.clone();
            move |_| {
                clock.get().unwrap().advance(TimeDelta::seconds(12));
                Does::NeverAnswers
            }
        }))
        .await;
        clock.set(stand_in.clock.clone()).unwrap();

        let answer = stand_in.github.review(&acme(), &approve(&stand_in.clock)).await;

        let cause = "no answer before the attempt's time was over".to_owned();
        assert_eq!(answer, Answer::Unclear { cause });
        stand_in.hung_up().await;
    }

    #[tokio::test]
    async fn nothing_is_sent_after_the_deadline() {
        let stand_in = StandIn::start(on_review(|_| no_content())).await;
        let late = approve(&stand_in.clock);
        stand_in.clock.advance(TimeDelta::seconds(12));

        let answer = stand_in.github.review(&acme(), &late).await;

        assert!(matches!(answer, Answer::NotTaken { status: 0, .. }), "{answer:?}");
        assert!(stand_in.seen().is_empty());
    }

    #[tokio::test]
    async fn a_deadline_that_passes_while_a_token_is_minted_stops_the_sending() {
        let clock = std::sync::Arc::new(std::sync::OnceLock::<Clock>::new());
        let stand_in = StandIn::start({
            let clock = clock.clone();
            move |_, _| {
                clock.get().unwrap().advance(TimeDelta::seconds(12));
                Does::Default
            }
        })
        .await;
        clock.set(stand_in.clock.clone()).unwrap();

        let answer = stand_in.github.review(&acme(), &approve(&stand_in.clock)).await;

        assert!(matches!(answer, Answer::NotTaken { status: 0, .. }), "{answer:?}");
        assert!(stand_in.paths().is_empty());
    }

    #[tokio::test]
    async fn where_nobody_listens_and_where_no_token_is_to_be_had_nothing_is_sent() {
        let nobody_there = Clock::manual(noon());
        let nobody = github("http://127.0.0.1:1", &nobody_there);
        let stand_in = StandIn::start(|_, _| answers(500, &json!({}))).await;
        let odd = Place { organization: crate::ids::Login::new("../x"), ..acme() };

        for answer in [
            nobody.review(&acme(), &approve(&nobody_there)).await,
            stand_in.github.review(&acme(), &approve(&stand_in.clock)).await,
            stand_in.github.review(&odd, &approve(&stand_in.clock)).await,
        ] {
            assert!(matches!(answer, Answer::NotTaken { status: 0, .. }), "{answer:?}");
        }
        assert!(stand_in.paths().is_empty());
    }
}
