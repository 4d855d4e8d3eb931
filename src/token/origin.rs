//! Which request led to a grant, and who approved that: by our own record, and never guessed.

use chrono::{DateTime, TimeDelta, Utc};

use super::Token;
use crate::ids::{GitHubUserId, Login};
use crate::request::{By, Outcome, Settlement, State, TokenRequest, Verdict, Vote};

/// GitHub's clock and ours may differ by as much, and an approval may take as long to become a grant.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(10);

/// Who approved what led to a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval<'a> {
    /// Through us: whose vote completed it, and the others that counted.
    People {
        by: &'a By,
        others: &'a [Vote],
    },
    Rule {
        policy: &'a str,
    },
    GitHubUser {
        id: GitHubUserId,
        login: &'a Login,
    },
    /// GitHub asked nobody.
    Unreviewed,
    /// GitHub does not say, or has said two things.
    Unknown,
}

/// The request that led to a token's grant, of all requests for it, the newest first; nothing where the record does not
/// tell: where a newer one may have, where the grant is younger than what we saw approved, and where nobody knows how old
/// it is.
pub fn led_to<'a>(token: &Token, requests: &'a [TokenRequest]) -> Option<(&'a TokenRequest, Approval<'a>)> {
    for request in requests {
        match &request.state {
            State::Pending { sent: None, .. } => {}
            State::Deciding(deciding) if deciding.verdict == Verdict::Deny || deciding.made == 0 => {}
            // Either may have been approved by now.
            State::Pending { sent: Some(_), .. } | State::Deciding(_) => return None,
            State::Settled(settled) => match settled.outcome {
                Outcome::Approved => match token.granted_at {
                    None => return None,
                    some if is_younger(some, settled.at) => return None,
                    // It was there before somebody approved this one, which came to another grant or to none.
                    Some(granted_at) if is_older(granted_at, settled) => {}
                    Some(_) => return Some((request, approval(request, settled))),
                },
                // It may have been approved, or GitHub has told that it was, too.
                Outcome::Gone => return None,
                Outcome::Denied | Outcome::Cancelled | Outcome::Superseded
                    if settled.contradicted.is_some() =>
                {
                    return None;
                }
                Outcome::Denied | Outcome::Cancelled | Outcome::Superseded => {}
            },
        }
    }
    None
}

/// Whether a grant is too young to come from what was approved then. One of an unknown time is not known to be.
pub(crate) fn is_younger(granted_at: Option<DateTime<Utc>>, approved_at: DateTime<Utc>) -> bool {
    granted_at.is_some_and(|granted_at| granted_at > approved_at + CLOCKS_DIFFER)
}

/// Whether a grant was there before an approval through us. When others approved we may have learnt long afterwards.
fn is_older(granted_at: DateTime<Utc>, settled: &Settlement) -> bool {
    let is_ours = matches!(settled.by, By::Person { .. } | By::Rule { .. });
    is_ours && granted_at < settled.at - CLOCKS_DIFFER
}

fn approval<'a>(request: &TokenRequest, settled: &'a Settlement) -> Approval<'a> {
    if settled.contradicted.is_some() {
        return Approval::Unknown;
    }
    match &settled.by {
        // Whom GitHub names then is not documented.
        _ if request.is_unasked => Approval::Unreviewed,
        by @ By::Person { .. } => Approval::People { by, others: &settled.others },
        By::Rule { policy } => Approval::Rule { policy },
        By::GitHubUser { id, login } => Approval::GitHubUser { id: *id, login },
        By::Requester | By::Unknown => Approval::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::RequestId;
    use crate::request::samples::{pending, vote};
    use crate::request::{Contradiction, Evidence};
    use crate::token::samples::{ago, token};

    fn ended(outcome: Outcome, by: By, at: DateTime<Utc>) -> TokenRequest {
        let settlement = Settlement::new(outcome, by, Evidence::Told, at);
        TokenRequest { state: State::Settled(settlement), ..pending() }
    }

    fn approved(at: DateTime<Utc>) -> TokenRequest {
        ended(Outcome::Approved, (&vote(Verdict::Approve)).into(), at)
    }

    fn granted(at: DateTime<Utc>) -> Token {
        Token { granted_at: Some(at), ..token() }
    }

    #[test]
    fn the_newest_approval_led_to_it_whatever_came_to_nothing_since() {
        let nobody = || By::Unknown;
        let requests = [
            TokenRequest { id: RequestId(9), ..pending() },
            ended(Outcome::Denied, nobody(), ago(1)),
            ended(Outcome::Cancelled, nobody(), ago(2)),
            approved(ago(5)),
            ended(Outcome::Approved, nobody(), ago(9)),
        ];

        let (request, by) = led_to(&granted(ago(5)), &requests).unwrap();

        assert_eq!(request, &requests[3]);
        assert!(matches!(by, Approval::People { others: [], .. }), "{by:?}");
    }

    #[test]
    fn nothing_is_guessed() {
        let unknown = |requests: &[TokenRequest], why: &str| {
            assert_eq!(led_to(&granted(ago(5)), requests), None, "{why}");
        };
        let gone = ended(Outcome::Gone, By::Unknown, ago(2));
        let mut denied_and_approved = ended(Outcome::Denied, By::Unknown, ago(2));
        if let State::Settled(settled) = &mut denied_and_approved.state {
            settled.contradicted = Some(Contradiction { outcome: Outcome::Approved, by: By::Unknown });
        }

        unknown(&[], "nobody asked here");
        unknown(&[gone, approved(ago(5))], "the newer one may have been approved");
        unknown(&[denied_and_approved, approved(ago(5))], "GitHub has told both");
        unknown(&[approved(ago(6))], "the grant is younger");
        let gone = ended(Outcome::Gone, By::Unknown, ago(9));
        unknown(&[gone, approved(ago(12))], "it is younger than both");
    }

    #[test]
    fn a_grant_from_before_our_approval_comes_from_an_older_one() {
        let rule = ended(Outcome::Approved, By::Rule { policy: "small".to_owned() }, ago(1));
        let other = |by| ended(Outcome::Approved, by, ago(5));
        let token = granted(ago(5));

        for newer in [approved(ago(1)), rule] {
            assert_eq!(led_to(&token, std::slice::from_ref(&newer)), None, "{newer:?}");
            let requests = [newer, other(By::Unknown)];
            assert_eq!(led_to(&token, &requests), Some((&requests[1], Approval::Unknown)));
        }
        let minutes = |minutes| granted(ago(5) - TimeDelta::minutes(minutes));
        assert!(led_to(&minutes(10), &[approved(ago(5))]).is_some(), "clocks differ");
        assert!(led_to(&minutes(11), &[approved(ago(5))]).is_none());
        // Of these we may have heard long after they were approved.
        assert!(led_to(&minutes(11), &[other(By::Unknown)]).is_some());
    }

    #[test]
    fn of_a_grant_of_an_unknown_time_nobody_tells_who_approved_it() {
        let token = Token { granted_at: None, ..token() };

        assert_eq!(led_to(&token, &[approved(ago(5))]), None);
    }

    #[test]
    fn who_approved_is_who_the_record_names() {
        let by = |request: TokenRequest| {
            let requests = [request];
            let (_, by) = led_to(&granted(ago(5)), &requests).unwrap();
            format!("{by:?}").split([' ', '{']).next().unwrap().to_owned()
        };
        let of = |by| ended(Outcome::Approved, by, ago(5));
        let monalisa = By::GitHubUser { id: GitHubUserId(7), login: Login::new("monalisa") };

        assert_eq!(by(of(By::Rule { policy: "small".to_owned() })), "Rule");
        assert_eq!(by(of(monalisa.clone())), "GitHubUser");
        assert_eq!(by(of(By::Unknown)), "Unknown");
        assert_eq!(by(TokenRequest { is_unasked: true, ..of(monalisa) }), "Unreviewed");
    }
}
