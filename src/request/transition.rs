//! How a request arrives, changes and is voted on, and what has to be done because of it.

use chrono::{DateTime, Utc};

use super::{
    By, Comment, Decider, Deciding, Ending, Enrichment, Evidence, Facts, Key, Note, Outcome, Refusal,
    Revision, Ruling, Sent, Settlement, State, TokenRequest, Verdict, Vote,
};
use crate::ids::{InstallationId, OrganizationId, RequestId};

/// Something that must happen because a request changed; a job of the same name carries it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Ask GitHub's list for what the webhook does not carry.
    Enrich,
    /// Ask the rules that decide alone.
    AskRules,
    /// Make the card in Slack equal to the state.
    Card,
    /// Tell the requester that the request arrived and who decides.
    TellArrival,
    /// Tell GitHub the decision.
    Review,
    /// Tell the requester the outcome.
    TellOutcome,
    /// Say the outcome in the card's thread.
    Reply,
    /// Compare a decision made on GitHub's page with our policies.
    Compare,
}

/// A request after a transition, with what the transition causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub request: TokenRequest,
    pub effects: Vec<Effect>,
}

impl Step {
    pub(super) fn new(request: TokenRequest, effects: &[Effect]) -> Self {
        Self { request, effects: effects.to_vec() }
    }

    /// A change that nobody needs to see; or the start of a chain of transitions.
    pub fn quiet(request: TokenRequest) -> Self {
        Self::new(request, &[])
    }

    /// Goes on with another transition, if that one changes anything; each effect is caused once.
    pub fn then(self, transition: impl FnOnce(TokenRequest) -> Option<Step>) -> Self {
        let Some(next) = transition(self.request.clone()) else { return self };
        let new: Vec<_> = next.effects.into_iter().filter(|effect| !self.effects.contains(effect)).collect();
        Self { request: next.request, effects: self.effects.into_iter().chain(new).collect() }
    }
}

/// A request nobody has seen before.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub organization: OrganizationId,
    pub id: RequestId,
    pub installation: Option<InstallationId>,
    pub facts: Facts,
    /// Whether rules may have a say in it.
    pub has_rules: bool,
}

/// Whether the approvals that now count meet what the request needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enough {
    /// They do, the new one and these earlier ones, whose voters still have the right.
    Yes {
        with: Vec<Vote>,
    },
    NotYet,
}

impl TokenRequest {
    /// Takes in a new request: it is shown, completed from GitHub's list, and its requester is told.
    pub fn arrived(arrival: Arrival, key: Key, now: DateTime<Utc>) -> Step {
        let request = Self {
            organization: arrival.organization,
            id: arrival.id,
            key,
            version: 0,
            installation: arrival.installation,
            received_at: now,
            is_unasked: false,
            facts: arrival.facts,
            enrichment: Enrichment::Waiting,
            ruling: Ruling::at_arrival(arrival.has_rules, now),
            state: State::Pending { votes: vec![], note: None, sent: None },
        };
        Step::new(request, &[Effect::Enrich, Effect::Card, Effect::TellArrival])
    }

    /// Takes in a request that GitHub lists and of which nobody told. `is_whole` when everything about it is known;
    /// the rest is asked for otherwise.
    pub fn found(arrival: Arrival, is_whole: bool, key: Key, now: DateTime<Utc>) -> Step {
        let request = Self::arrived(arrival, key, now).request;
        if is_whole {
            let ruling = request.ruling.once_whole();
            let request = Self { enrichment: Enrichment::Complete, ..request };
            return Step::new(request, &[Effect::Card, Effect::TellArrival]).with_ruling(ruling);
        }
        Step::new(request, &[Effect::Enrich, Effect::Card, Effect::TellArrival])
    }

    /// Takes in a request that waited before its organization was first seen. Nobody is told until somebody asks, and no rule
    /// is asked at all.
    pub fn found_at_first_sight(arrival: Arrival, key: Key, now: DateTime<Utc>) -> Step {
        let arrival = Arrival { has_rules: false, ..arrival };
        Step::quiet(Self::arrived(arrival, key, now).request)
    }

    /// A request of a collection gets a card of its own; what is missing of it is asked for first, and the card comes
    /// with it. Of one that is over GitHub's list tells nothing any more.
    pub fn shown_alone(&self) -> &'static [Effect] {
        match (&self.state, self.enrichment) {
            (State::Pending { .. } | State::Deciding(_), Enrichment::Waiting) => &[Effect::Enrich],
            (State::Settled(_), _) | (_, Enrichment::Complete | Enrichment::Missing) => &[Effect::Card],
        }
    }

    /// Takes in the end of a request that nobody saw asked. A token granted this way is shown; any other end is only
    /// kept, so that a late beginning does not open it again.
    pub fn ended_unasked(arrival: Arrival, ending: Ending, key: Key, now: DateTime<Utc>) -> Step {
        let told = Settlement::new(ending.outcome, ending.by, Evidence::Told, now);
        let settlement = Settlement { is_frozen: ending.is_frozen, ..told };
        let effects = match ending.outcome {
            Outcome::Approved => vec![Effect::Card],
            Outcome::Denied | Outcome::Cancelled | Outcome::Superseded | Outcome::Gone => vec![],
        };
        let request = Self::arrived(Arrival { has_rules: false, ..arrival }, key, now).request;
        Step { request: Self { is_unasked: true, state: State::Settled(settlement), ..request }, effects }
    }

    /// The beginning arrived after all; `None` if it was known. A card that spoke of no review is put right.
    pub fn asked_after_all(self) -> Option<Step> {
        let is_shown = matches!(&self.state, State::Settled(settled) if settled.outcome == Outcome::Approved);
        let mut effects = if is_shown { vec![Effect::Card] } else { vec![] };
        if !self.is_unasked {
            return None;
        }
        let request = Self { is_unasked: false, ..self };
        effects.extend(request.to_compare().map(|_| Effect::Compare));
        Some(Step { request, effects })
    }

    /// Takes in the facts as GitHub tells them now; `None` if they change nothing. Changed content voids votes and
    /// every decision that has not been sent; one that may have reached GitHub is ended by GitHub's evidence alone.
    pub fn told(self, facts: Facts) -> Option<Step> {
        let created_at = self.facts.asked_at(&facts, self.enrichment);
        let facts = Facts { created_at, ..facts };
        if facts == self.facts {
            return None;
        }
        if Revision::of(&facts) == self.revision() {
            let is_open = !matches!(self.state, State::Settled(_));
            return is_open.then(|| Step::new(Self { facts, ..self }, &[Effect::Card]));
        }
        let ruling = match self.is_begun_by_people() {
            true => self.ruling.clone().for_people_for_good(),
            false => self.ruling.anew(),
        };
        let state = match self.state {
            State::Settled(_) => return None,
            State::Deciding(ref deciding) if deciding.may_have_arrived() => return None,
            State::Pending { votes, note, sent } => {
                // What GitHub refused was other content.
                let is_void = !votes.is_empty() || matches!(note, Some(Note::RefusedByGitHub(_)));
                let note = if is_void { Some(Note::ContentChanged) } else { note };
                State::Pending { votes: vec![], note, sent }
            }
            State::Deciding(deciding) => {
                State::Pending { votes: vec![], note: Some(Note::ContentChanged), sent: deciding.sent() }
            }
        };
        Some(Step::new(Self { facts, state, ..self }, &[Effect::Card]).with_ruling(ruling))
    }

    /// Records whether GitHub's list told the rest; the card shows it.
    pub fn enriched(self, enrichment: Enrichment) -> Option<Step> {
        let is_news = self.enrichment != enrichment;
        // What is known so late no rule waits for.
        let ruling = match enrichment {
            Enrichment::Missing => self.ruling.clone().left_to_people(),
            Enrichment::Waiting | Enrichment::Complete => self.ruling.clone(),
        };
        is_news.then(|| Step::new(Self { enrichment, ruling, ..self }, &[Effect::Card]))
    }

    /// Learns through which installation GitHub is reached; webhooks may leave it out.
    pub fn installed_as(self, installation: InstallationId) -> Option<Step> {
        let is_news = self.installation != Some(installation);
        is_news.then(|| Step::quiet(Self { installation: Some(installation), ..self }))
    }

    /// Gives way to a newer request for the same token, unless a decision is already on its way.
    pub fn superseded(self, now: DateTime<Utc>) -> Option<Step> {
        match &self.state {
            State::Pending { sent, votes, .. } => {
                let ended = Settlement::new(Outcome::Superseded, By::Requester, Evidence::Concluded, now);
                let ended = Settlement { sent: sent.clone(), others: votes.clone(), ..ended };
                Some(self.settled(ended))
            }
            State::Deciding(_) | State::Settled(_) => None,
        }
    }

    /// Counts an authorised vote given for `revision`; a person's later vote replaces the earlier one. One deny
    /// decides, and so does the approval that makes the votes `enough`.
    pub fn vote(self, vote: Vote, revision: &Revision, enough: Enough) -> Result<Step, Refusal> {
        let votes = self.votes_for(revision)?;
        let others: Vec<_> = votes.iter().filter(|other| !other.is_by_voter_of(&vote)).cloned().collect();
        let (note, sent) = self.left_over();
        let ruling = self.ruling.clone().left_to_people();
        let counted = match (vote.verdict, enough) {
            (Verdict::Deny, _) => vec![],
            (Verdict::Approve, Enough::Yes { with }) => {
                others.into_iter().filter(|other| with.contains(other)).collect()
            }
            (Verdict::Approve, Enough::NotYet) => {
                let votes = others.into_iter().chain([vote]).collect();
                let state = State::Pending { votes, note, sent };
                return Ok(Step::new(Self { state, ruling, ..self }, &[Effect::Card]));
            }
        };
        let (verdict, at, reason) = (vote.verdict, vote.at, reason(&vote, &counted));
        let state = State::Deciding(Deciding {
            others: counted,
            refused_before: match note {
                Some(Note::RefusedByGitHub(refused)) => Some(refused),
                Some(
                    Note::ContentChanged
                    | Note::RightLapsed { .. }
                    | Note::NoLongerEnough
                    | Note::RuleLapsed { .. }
                    | Note::Withdrawn { .. }
                    | Note::NotListed { .. }
                    | Note::Paused { .. },
                )
                | None => None,
            },
            sent_before: sent,
            ..Deciding::made_by(Decider::Voter(vote), verdict, reason, at)
        });
        Ok(Step::new(Self { state, ruling, ..self }, &[Effect::Card, Effect::Review]))
    }

    /// What earlier decisions left behind on a waiting request.
    fn left_over(&self) -> (Option<Note>, Option<Sent>) {
        match &self.state {
            State::Pending { note, sent, .. } => (note.clone(), sent.clone()),
            State::Deciding(_) | State::Settled(_) => (None, None),
        }
    }

    pub(super) fn settled(self, settlement: Settlement) -> Step {
        let compare = settlement.to_compare().filter(|_| !self.is_unasked).map(|_| Effect::Compare);
        let mut effects = match settlement.outcome {
            // The newer request's own card and message tell the story.
            Outcome::Superseded => vec![Effect::Card, Effect::Reply],
            // Whoever decides has nothing to do with it: the card says it quietly.
            Outcome::Approved if matches!(settlement.by, By::Rule { .. }) => {
                vec![Effect::Card, Effect::TellOutcome]
            }
            Outcome::Approved | Outcome::Denied | Outcome::Cancelled | Outcome::Gone => {
                vec![Effect::Card, Effect::TellOutcome, Effect::Reply]
            }
        };
        effects.extend(compare);
        Step { request: Self { state: State::Settled(settlement), ..self }, effects }
    }
}

/// What the requester will read: the comments of everybody whose vote counted, the completing one first, because what
/// does not fit is left out.
pub(super) fn reason(by: &Vote, others: &[Vote]) -> Option<String> {
    Comment::joined([by].into_iter().chain(others).filter_map(|vote| vote.comment.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{GitHubUserId, SlackUserId};
    use crate::request::samples::{enough, facts, noon, pending, vote};
    use crate::request::{Answer, Attempt, Expiry, RefusedByGitHub, Repositories};

    fn deciding(request: TokenRequest) -> TokenRequest {
        let revision = request.revision();
        request.vote(vote(Verdict::Approve), &revision, enough()).unwrap().request
    }

    fn bob(verdict: Verdict) -> Vote {
        Vote { slack: SlackUserId::new("U0BOB"), github: GitHubUserId(102), ..vote(verdict) }
    }

    fn says(vote: Vote, text: &str) -> Vote {
        Vote { comment: Comment::new(text).unwrap(), ..vote }
    }

    fn waiting(votes: Vec<Vote>, note: Option<Note>) -> State {
        State::Pending { votes, note, sent: None }
    }

    fn wider() -> Facts {
        Facts { repositories: Repositories::All, ..facts() }
    }

    #[test]
    fn a_completing_approval_decides_and_causes_the_review() {
        let request = pending();
        let revision = request.revision();

        let step = request.vote(vote(Verdict::Approve), &revision, enough()).unwrap();

        assert!(matches!(step.request.state, State::Deciding(Deciding { verdict: Verdict::Approve, .. })));
        assert_eq!(step.effects, [Effect::Card, Effect::Review]);
    }

    #[test]
    fn an_approval_that_is_not_enough_is_kept_and_shown() {
        let request = pending();
        let revision = request.revision();

        let step = request.vote(vote(Verdict::Approve), &revision, Enough::NotYet).unwrap();

        assert_eq!(step.request.state, waiting(vec![vote(Verdict::Approve)], None));
        assert_eq!(step.effects, [Effect::Card]);
    }

    #[test]
    fn one_deny_decides() {
        let request = pending();
        let revision = request.revision();

        let step = request.vote(vote(Verdict::Deny), &revision, Enough::NotYet).unwrap();

        assert!(matches!(step.request.state, State::Deciding(Deciding { verdict: Verdict::Deny, .. })));
    }

    #[test]
    fn a_later_vote_of_one_person_replaces_the_earlier_by_either_account() {
        let request = pending();
        let revision = request.revision();
        let same_github = Vote { slack: SlackUserId::new("U0OTHER"), ..vote(Verdict::Approve) };
        let same_slack = Vote { github: GitHubUserId(999), ..vote(Verdict::Approve) };

        let step = request.vote(vote(Verdict::Approve), &revision, Enough::NotYet).unwrap();
        let step = step.request.vote(same_github, &revision, Enough::NotYet).unwrap();
        let step = step.request.vote(vote(Verdict::Approve), &revision, Enough::NotYet).unwrap();
        let step = step.request.vote(same_slack.clone(), &revision, Enough::NotYet).unwrap();

        assert_eq!(step.request.state, waiting(vec![same_slack], None));
    }

    #[test]
    fn a_vote_for_other_content_decides_nothing() {
        let request = pending();
        let old = Revision::of(&wider());

        assert_eq!(request.vote(vote(Verdict::Approve), &old, enough()), Err(Refusal::ContentChanged));
    }

    #[test]
    fn a_second_click_learns_who_decided() {
        let request = deciding(pending());
        let revision = request.revision();

        let refusal = request.vote(vote(Verdict::Approve), &revision, enough()).unwrap_err();

        let by = Some(Decider::Voter(vote(Verdict::Approve)));
        assert_eq!(refusal, Refusal::AlreadyDeciding { by });
    }

    #[test]
    fn changed_content_voids_votes_and_unsent_decisions() {
        let request = pending();
        let revision = request.revision();
        let voted = request.vote(vote(Verdict::Approve), &revision, Enough::NotYet).unwrap().request;

        for request in [voted, deciding(pending())] {
            let step = request.told(wider()).unwrap();

            assert_eq!(step.request.state, waiting(vec![], Some(Note::ContentChanged)));
            assert_eq!(step.request.facts, wider());
            assert_eq!(step.effects, [Effect::Card]);
        }
    }

    #[test]
    fn changed_content_leaves_a_decision_alone_that_may_have_reached_github() {
        let mut request = deciding(pending());
        let State::Deciding(deciding) = &mut request.state else { panic!("deciding") };
        deciding.attempts.push(Attempt { at: noon(), deadline: noon(), answer: None });

        assert_eq!(request.told(wider()), None);
    }

    #[test]
    fn the_same_facts_again_change_nothing() {
        assert_eq!(pending().told(facts()), None);
    }

    #[test]
    fn a_new_justification_is_shown_without_voiding_anything() {
        let request = deciding(pending());
        let before = request.state.clone();

        let step = request.told(Facts { justification: None, ..facts() }).unwrap();

        assert_eq!(step.request.state, before);
        assert_eq!(step.request.facts.justification, None);
        assert_eq!(step.effects, [Effect::Card]);
    }

    #[test]
    fn a_newer_request_takes_the_place_of_a_pending_one_only() {
        assert!(pending().superseded(noon()).is_some());
        assert!(deciding(pending()).superseded(noon()).is_none());
    }

    fn arrival() -> Arrival {
        let TokenRequest { organization, id, installation, facts, .. } = pending();
        Arrival { organization, id, installation, facts, has_rules: true }
    }

    fn unasked(outcome: Outcome) -> Step {
        let ending = Ending { outcome, by: By::Unknown, facts: None, is_frozen: false };
        TokenRequest::ended_unasked(arrival(), ending, pending().key, noon())
    }

    #[test]
    fn a_token_granted_without_review_is_shown_and_nobody_is_asked() {
        let step = unasked(Outcome::Approved);

        assert!(step.request.is_unasked);
        assert_eq!(step.effects, [Effect::Card]);
        for outcome in [Outcome::Denied, Outcome::Cancelled] {
            assert_eq!(unasked(outcome).effects, []);
        }
    }

    #[test]
    fn a_beginning_that_comes_late_puts_the_card_right_and_opens_nothing() {
        let step = unasked(Outcome::Approved).request.asked_after_all().unwrap();

        assert!(matches!(step.request.state, State::Settled(_)));
        // Somebody has decided it after all, and is compared with the policies.
        assert_eq!(step.effects, [Effect::Card, Effect::Compare]);
        assert_eq!(step.request.asked_after_all(), None);
    }

    #[test]
    fn the_requester_reads_what_everybody_had_to_say_whose_vote_counted() {
        let request = pending();
        let revision = request.revision();
        let bob = says(bob(Verdict::Approve), "for the release");
        let go = says(vote(Verdict::Approve), "go");
        let voted = request.vote(bob.clone(), &revision, Enough::NotYet).unwrap().request;

        for (with, others, reason) in
            [(vec![bob.clone()], vec![bob.clone()], "go\nfor the release"), (vec![], vec![], "go")]
        {
            let step = voted.clone().vote(go.clone(), &revision, Enough::Yes { with }).unwrap();

            let State::Deciding(deciding) = step.request.state else { panic!("deciding") };
            assert_eq!(deciding.reason.as_deref(), Some(reason));
            assert_eq!(deciding.others, others);
        }
    }

    #[test]
    fn a_denial_needs_nobody_else() {
        let revision = pending().revision();
        let earlier = says(bob(Verdict::Approve), "fine");
        let voted = pending().vote(earlier.clone(), &revision, Enough::NotYet).unwrap().request;

        let with = vec![earlier];
        let step = voted.vote(vote(Verdict::Deny), &revision, Enough::Yes { with }).unwrap();

        let State::Deciding(deciding) = step.request.state else { panic!("deciding") };
        assert_eq!((deciding.others, deciding.reason), (vec![], None));
    }

    #[test]
    fn a_vote_that_is_not_enough_leaves_what_the_card_says() {
        let revision = pending().revision();
        let refused = Note::RefusedByGitHub(RefusedByGitHub::after(None, 422, "no"));
        for note in [Note::ContentChanged, refused] {
            let request = TokenRequest { state: waiting(vec![], Some(note.clone())), ..pending() };

            let step = request.vote(vote(Verdict::Approve), &revision, Enough::NotYet).unwrap();

            assert_eq!(step.request.state, waiting(vec![vote(Verdict::Approve)], Some(note)));
        }
    }

    #[test]
    fn what_github_refused_is_not_said_of_other_content() {
        let refused = Note::RefusedByGitHub(RefusedByGitHub::after(None, 422, "no"));
        let request = TokenRequest { state: waiting(vec![], Some(refused)), ..pending() };

        let step = request.told(wider()).unwrap();

        assert_eq!(step.request.state, waiting(vec![], Some(Note::ContentChanged)));
    }

    #[test]
    fn changed_content_keeps_in_mind_what_was_sent_and_never_answered() {
        let sent = deciding(pending()).attempted(noon(), noon()).unwrap().request;
        let listed = sent.still_listed(noon()).unwrap().request;
        let State::Deciding(deciding) = &listed.state else { panic!("deciding") };
        assert_eq!(deciding.attempts[0].answer, Some(Answer::StillListed));

        let State::Pending { sent, .. } = listed.told(wider()).unwrap().request.state else {
            panic!("pending")
        };

        assert_eq!(
            sent,
            Some(Sent { by: Decider::Voter(vote(Verdict::Approve)), others: vec![], reason: None })
        );
    }

    #[test]
    fn a_settled_request_keeps_its_facts() {
        let settled = pending().superseded(noon()).unwrap().request;

        assert_eq!(settled.told(Facts { expiry: Expiry::Never, ..facts() }), None);
    }

    #[test]
    fn a_request_found_whole_is_not_asked_about_again() {
        let arrival = || Arrival { has_rules: false, ..arrival() };
        let found = |is_whole| TokenRequest::found(arrival(), is_whole, pending().key, noon());

        assert_eq!(found(true).request.enrichment, Enrichment::Complete);
        assert_eq!(found(true).effects, [Effect::Card, Effect::TellArrival]);
        assert_eq!(found(false).request.enrichment, Enrichment::Waiting);
        assert_eq!(found(false).effects, [Effect::Enrich, Effect::Card, Effect::TellArrival]);
    }

    #[test]
    fn a_collected_request_is_completed_before_it_gets_its_own_card() {
        let shown = |enrichment| TokenRequest { enrichment, ..pending() }.shown_alone();

        assert_eq!(shown(Enrichment::Waiting), [Effect::Enrich]);
        assert_eq!(shown(Enrichment::Complete), [Effect::Card]);
        assert_eq!(shown(Enrichment::Missing), [Effect::Card]);
        // Nobody has asked for it, and nobody is going to complete it.
        assert_eq!(unasked(Outcome::Approved).request.shown_alone(), [Effect::Card]);
    }

    #[test]
    fn of_several_transitions_each_effect_is_caused_once() {
        let first = pending().told(Facts { justification: None, ..facts() }).unwrap();
        assert_eq!(first.effects, [Effect::Card]);

        let step =
            first.then(|request| request.superseded(noon())).then(|request| request.superseded(noon()));

        assert_eq!(step.effects, [Effect::Card, Effect::Reply]);
        assert!(matches!(step.request.state, State::Settled(_)));
    }

    #[test]
    fn what_the_list_told_is_shown_once() {
        let step = pending().enriched(Enrichment::Missing).unwrap();

        assert_eq!(step.request.enrichment, Enrichment::Missing);
        assert_eq!(step.effects, [Effect::Card]);
        assert_eq!(step.request.enriched(Enrichment::Missing), None);
    }

    #[test]
    fn another_installation_is_remembered_and_not_shown() {
        let step = pending().installed_as(InstallationId(2)).unwrap();

        assert_eq!(step.request.installation, Some(InstallationId(2)));
        assert_eq!(step.effects, []);
        assert_eq!(step.request.installed_as(InstallationId(2)), None);
    }
}
