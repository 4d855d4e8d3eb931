//! What GitHub's events say about a request's end, weighed against what we know.

use super::transition::Step;
use super::{By, Outcome, Settlement, State, TokenRequest};
use chrono::{DateTime, Utc};

/// GitHub's word that a request has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    pub outcome: Outcome,
    /// Who GitHub says did it.
    pub by: By,
}

/// What GitHub's word changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Learned {
    Changed(Box<Step>),
    /// It is what we knew.
    Known,
    /// It contradicts what GitHub confirmed before; people must look.
    Contradiction {
        known: Settlement,
    },
}

impl Learned {
    fn changed(step: Step) -> Self {
        Self::Changed(Box::new(step))
    }
}

impl TokenRequest {
    /// Weighs an event about the request's end. A decision of ours that was sent is recognised by our own record,
    /// not by the event's sender: GitHub does not document whom it names for an app's review.
    pub fn ended(self, ending: Ending, now: DateTime<Utc>) -> Learned {
        let theirs = Settlement { outcome: ending.outcome, by: ending.by, at: now, reason: None };
        match &self.state {
            State::Pending { .. } => Learned::changed(self.settled(theirs)),
            State::Deciding(deciding) => {
                let is_ours = deciding.may_be_ours() && theirs.outcome == Outcome::from(deciding.verdict);
                let settlement = if is_ours { deciding.confirmed(now) } else { theirs };
                Learned::changed(self.settled(settlement))
            }
            State::Settled(known) if known.outcome == theirs.outcome => Learned::Known,
            State::Settled(known) => match known.outcome {
                // "Gone" and "superseded" are our conclusions; GitHub's word is better.
                Outcome::Gone | Outcome::Superseded => Learned::changed(self.settled(theirs)),
                Outcome::Approved | Outcome::Denied | Outcome::Cancelled => {
                    Learned::Contradiction { known: known.clone() }
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{GitHubUserId, Login};
    use crate::request::samples::{noon, pending, vote};
    use crate::request::{Answer, Enough, Verdict};

    fn owner() -> By {
        By::GitHubUser { id: GitHubUserId(500), login: Login::new("monalisa") }
    }

    fn ending(outcome: Outcome) -> Ending {
        Ending { outcome, by: owner() }
    }

    fn decided() -> TokenRequest {
        let revision = pending().revision();
        pending().vote(vote(Verdict::Approve), &revision, Enough::Yes).unwrap().request
    }

    fn sent() -> TokenRequest {
        decided().attempted(noon(), noon()).unwrap().request
    }

    fn settlement(learned: Learned) -> (Outcome, By) {
        match learned {
            Learned::Changed(step) => match step.request.state {
                State::Settled(settlement) => (settlement.outcome, settlement.by),
                state => panic!("not settled: {state:?}"),
            },
            other => panic!("nothing changed: {other:?}"),
        }
    }

    #[test]
    fn a_decision_on_githubs_page_settles_a_pending_request() {
        for outcome in [Outcome::Approved, Outcome::Denied] {
            assert_eq!(settlement(pending().ended(ending(outcome), noon())), (outcome, owner()));
        }
    }

    #[test]
    fn our_sent_approval_is_recognised_whoever_github_names() {
        let ours = By::from(&vote(Verdict::Approve));

        assert_eq!(settlement(sent().ended(ending(Outcome::Approved), noon())), (Outcome::Approved, ours));
    }

    #[test]
    fn an_approval_that_was_never_sent_is_not_ours() {
        assert_eq!(
            settlement(decided().ended(ending(Outcome::Approved), noon())),
            (Outcome::Approved, owner())
        );
    }

    #[test]
    fn github_wins_over_a_decision_on_its_way() {
        for outcome in [Outcome::Denied, Outcome::Cancelled] {
            assert_eq!(settlement(sent().ended(ending(outcome), noon())), (outcome, owner()));
        }
    }

    #[test]
    fn our_own_approval_coming_back_is_known() {
        let settled = sent().answered(Answer::Confirmed, noon()).unwrap().request;

        assert_eq!(settled.ended(ending(Outcome::Approved), noon()), Learned::Known);
    }

    #[test]
    fn a_contradiction_is_told_and_changes_nothing() {
        let settled = sent().answered(Answer::Confirmed, noon()).unwrap().request;

        assert!(matches!(settled.ended(ending(Outcome::Denied), noon()), Learned::Contradiction { .. }));
    }

    #[test]
    fn what_was_only_concluded_is_refined() {
        let superseded = pending().superseded(noon()).unwrap().request;

        assert_eq!(
            settlement(superseded.ended(ending(Outcome::Cancelled), noon())),
            (Outcome::Cancelled, owner())
        );
    }
}
