//! Decisions made on GitHub's page: they stand, and are compared with what our policies would have said.

use super::transition::{Effect, Step};
use super::{By, Compared, Content, Evidence, Outcome, Settlement, State, TokenRequest, Verdict, Vote};
use crate::ids::{GitHubUserId, Login};

/// A decision that somebody made on GitHub's page, or that GitHub took for other content than ours was given for, and
/// that has not been compared yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elsewhere<'a> {
    pub verdict: Verdict,
    /// Whom GitHub names; `None` when it names nobody, and for our own decision.
    pub by: Option<(GitHubUserId, &'a Login)>,
    /// Approvals given here until then, for the content that was decided.
    pub others: &'a [Vote],
    pub content: Content,
    /// Whether everything was frozen when GitHub told of it.
    pub is_frozen: bool,
    /// Whether it is our own.
    pub is_ours: bool,
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
        let is_other = verdict == Verdict::Approve && self.content != Content::AsKnown;
        let (by, is_ours) = match &self.by {
            By::GitHubUser { id, login } => (Some((*id, login)), false),
            By::Unknown => (None, false),
            By::Person { .. } | By::Rule { .. } if is_other => (None, true),
            By::Person { .. } | By::Rule { .. } | By::Requester => return None,
        };
        let (content, is_frozen) = (self.content, self.is_frozen);
        let is_told = self.evidence == Evidence::Told && self.compared.is_none();
        is_told.then_some(Elsewhere { verdict, by, others: &self.others, content, is_frozen, is_ours })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::{enough, facts, noon, pending, vote};
    use crate::request::{Answer, Ending, Enough, Expiry, Facts, Learned, Repositories};

    fn monalisa() -> By {
        By::GitHubUser { id: GitHubUserId(500), login: Login::new("monalisa") }
    }

    fn ending(outcome: Outcome, by: By) -> Ending {
        Ending { outcome, by, facts: None, is_frozen: false }
    }

    fn learnt(request: TokenRequest, ending: Ending) -> Step {
        match request.ended(ending, noon()) {
            Learned::Settled(step) | Learned::Refined(step) | Learned::Contradicted(step) => *step,
            Learned::Known => panic!("nothing was learnt"),
        }
    }

    fn ended(request: TokenRequest, outcome: Outcome, by: By) -> Step {
        learnt(request, ending(outcome, by))
    }

    fn outside() -> Compared {
        Compared::Outside { why: "no".into() }
    }

    #[test]
    fn what_nobody_saw_asked_is_not_compared() {
        let step = ended(pending(), Outcome::Approved, monalisa());
        assert!(step.request.to_compare().is_some());

        let unasked = TokenRequest { is_unasked: true, ..step.request };

        assert_eq!(unasked.to_compare(), None);
        assert_eq!(unasked.compared(outside()), None);
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
        let again = compared.request.ended(ending(Outcome::Approved, monalisa()), noon());
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

    fn everything() -> Facts {
        Facts { repositories: Repositories::All, ..facts() }
    }

    /// The same request with the first of two approvals that it takes.
    fn half_approved() -> TokenRequest {
        let revision = pending().revision();
        pending().vote(vote(Verdict::Approve), &revision, Enough::NotYet).unwrap().request
    }

    fn told_of(told: Facts, outcome: Outcome) -> Ending {
        Ending { facts: Some(told), ..ending(outcome, monalisa()) }
    }

    #[test]
    fn what_was_decided_is_compared_and_not_what_was_known() {
        let request = learnt(half_approved(), told_of(everything(), Outcome::Approved)).request;

        assert_eq!(request.facts.repositories, Repositories::All);
        assert_eq!(request.facts.justification, facts().justification);
        let elsewhere = request.to_compare().unwrap();
        assert_eq!(
            (elsewhere.content, elsewhere.others),
            (Content::Other, &[][..]),
            "votes for something else"
        );

        let request = learnt(half_approved(), told_of(facts(), Outcome::Approved)).request;
        let elsewhere = request.to_compare().unwrap();
        assert_eq!((elsewhere.content, elsewhere.others.len()), (Content::AsKnown, 1));
    }

    #[test]
    fn of_other_content_that_is_not_told_whole_nothing_is_taken() {
        let unclear = Facts { expiry: Expiry::Unknown, ..everything() };

        let request = learnt(half_approved(), told_of(unclear, Outcome::Approved)).request;

        assert_eq!(request.facts, facts());
        let elsewhere = request.to_compare().unwrap();
        assert_eq!((elsewhere.content, elsewhere.others), (Content::Unclear, &[][..]));
    }

    #[test]
    fn our_own_approval_is_compared_if_github_took_it_for_other_content() {
        let revision = pending().revision();
        let decided = pending().vote(vote(Verdict::Approve), &revision, enough()).unwrap().request;
        let sent = decided.attempted(noon(), noon()).unwrap().request;

        let request = learnt(sent.clone(), told_of(everything(), Outcome::Approved)).request;
        let elsewhere = request.to_compare().unwrap();
        assert!(elsewhere.is_ours && elsewhere.by.is_none());
        assert_eq!(request.facts.repositories, Repositories::All, "the card tells what was approved");

        assert_eq!(learnt(sent, told_of(facts(), Outcome::Approved)).request.to_compare(), None);
    }

    #[test]
    fn an_event_after_the_answer_tells_what_was_approved() {
        let revision = pending().revision();
        let decided = pending().vote(vote(Verdict::Approve), &revision, enough()).unwrap().request;
        let sent = decided.attempted(noon(), noon()).unwrap().request;
        let confirmed = sent.answered(Answer::Confirmed, noon()).unwrap().request;

        let frozen = Ending { is_frozen: true, ..told_of(everything(), Outcome::Approved) };
        let request = learnt(confirmed, frozen).request;

        let elsewhere = request.to_compare().unwrap();
        assert!(elsewhere.is_ours && elsewhere.is_frozen);
        assert_eq!(request.facts.repositories, Repositories::All);
        // Once GitHub has told, a second event changes nothing.
        let again = told_of(facts(), Outcome::Approved);
        assert_eq!(request.ended(again, noon()), Learned::Known);
    }

    #[test]
    fn the_freeze_of_that_time_is_kept() {
        let frozen = Ending { is_frozen: true, ..ending(Outcome::Approved, monalisa()) };

        let request = learnt(pending(), frozen).request;
        assert!(request.to_compare().unwrap().is_frozen);

        // The same word again, after the freeze.
        assert_eq!(request.ended(ending(Outcome::Approved, monalisa()), noon()), Learned::Known);
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
