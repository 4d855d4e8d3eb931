//! Decisions made on GitHub's page: they stand, and are compared with what our policies would have said.

use super::transition::{Effect, Step};
use super::{By, Compared, Evidence, Outcome, Settlement, State, TokenRequest, Verdict, Vote};
use crate::ids::{GitHubUserId, Login};

/// A decision that somebody made on GitHub's page, and that has not been compared yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elsewhere<'a> {
    pub verdict: Verdict,
    /// Whom GitHub names; `None` when it names nobody.
    pub by: Option<(GitHubUserId, &'a Login)>,
    /// Approvals given here until then.
    pub others: &'a [Vote],
}

impl TokenRequest {
    /// The decision that is still to be compared. A token granted without review is another thing: nobody is known to
    /// have decided it.
    pub fn to_compare(&self) -> Option<Elsewhere<'_>> {
        match &self.state {
            State::Settled(settlement) if !self.is_unasked => settlement.to_compare(),
            State::Settled(_) | State::Pending { .. } | State::Deciding(_) => None,
        }
    }

    /// Takes in what the policies say. A decision that they would have allowed is nobody's news.
    pub fn compared(self, compared: Compared) -> Option<Step> {
        self.to_compare()?;
        let State::Settled(settlement) = self.state else { return None };
        let effects: &[Effect] = if compared == Compared::Within { &[] } else { &[Effect::Card] };
        let state = State::Settled(Settlement { compared: Some(compared), ..settlement });
        Some(Step::new(Self { state, ..self }, effects))
    }
}

impl Settlement {
    pub(super) fn to_compare(&self) -> Option<Elsewhere<'_>> {
        let verdict = match self.outcome {
            Outcome::Approved => Verdict::Approve,
            Outcome::Denied => Verdict::Deny,
            Outcome::Cancelled | Outcome::Superseded | Outcome::Gone => return None,
        };
        let by = match &self.by {
            By::GitHubUser { id, login } => Some((*id, login)),
            By::Unknown => None,
            By::Person { .. } | By::Requester => return None,
        };
        let is_told = self.evidence == Evidence::Told && self.compared.is_none();
        is_told.then_some(Elsewhere { verdict, by, others: &self.others })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::{enough, noon, pending, vote};
    use crate::request::{Ending, Enough, Learned};

    fn monalisa() -> By {
        By::GitHubUser { id: GitHubUserId(500), login: Login::new("monalisa") }
    }

    fn ended(request: TokenRequest, outcome: Outcome, by: By) -> Step {
        match request.ended(Ending { outcome, by }, noon()) {
            Learned::Settled(step) | Learned::Refined(step) | Learned::Contradicted(step) => *step,
            Learned::Known => panic!("nothing was learnt"),
        }
    }

    fn outside() -> Compared {
        Compared::Outside { why: "no".into() }
    }

    #[test]
    fn a_decision_on_githubs_page_is_compared_once_with_the_votes_until_then() {
        let revision = pending().revision();
        let voted = pending().vote(vote(Verdict::Approve), &revision, Enough::NotYet).unwrap().request;
        let step = ended(voted, Outcome::Approved, monalisa());
        assert!(step.effects.contains(&Effect::Compare));

        let elsewhere = step.request.to_compare().unwrap();
        assert_eq!((elsewhere.verdict, elsewhere.others), (Verdict::Approve, &[vote(Verdict::Approve)][..]));

        let compared = step.request.compared(outside()).unwrap();
        assert_eq!(compared.effects, [Effect::Card]);
        assert_eq!(compared.request.clone().compared(Compared::Within), None);
        let again = compared.request.ended(Ending { outcome: Outcome::Approved, by: monalisa() }, noon());
        assert_eq!(again, Learned::Known);
    }

    #[test]
    fn what_is_in_order_is_kept_and_not_drawn() {
        let step = ended(pending(), Outcome::Denied, monalisa()).request.compared(Compared::Within).unwrap();

        assert_eq!(step.effects, []);
        assert_eq!(step.request.to_compare(), None);
    }

    #[test]
    fn our_own_decision_and_ends_that_nobody_decided_are_not_compared() {
        let revision = pending().revision();
        let decided = pending().vote(vote(Verdict::Approve), &revision, enough()).unwrap().request;
        let sent = decided.attempted(noon(), noon()).unwrap().request;

        for step in [
            ended(sent, Outcome::Approved, monalisa()),
            ended(pending(), Outcome::Cancelled, By::Requester),
            pending().superseded(noon()).unwrap(),
        ] {
            assert!(!step.effects.contains(&Effect::Compare));
            assert_eq!(step.request.to_compare(), None);
        }
    }

    #[test]
    fn a_decision_that_was_not_sent_counts_as_votes_until_then() {
        let revision = pending().revision();
        let decided = pending().vote(vote(Verdict::Approve), &revision, enough()).unwrap().request;

        let step = ended(decided, Outcome::Approved, monalisa());

        assert_eq!(step.request.to_compare().unwrap().others, [vote(Verdict::Approve)]);
    }

    #[test]
    fn who_decided_is_compared_once_that_is_known() {
        let nobody = ended(pending(), Outcome::Approved, By::Unknown).request;
        let unknown = nobody.compared(Compared::Unknown { cause: "?".into() }).unwrap().request;

        let step = ended(unknown, Outcome::Approved, monalisa());

        assert!(step.effects.contains(&Effect::Compare));
        assert!(step.request.to_compare().unwrap().by.is_some());
    }
}
