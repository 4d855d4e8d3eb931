//! What may befall a request that waits, besides votes: a voter steps back, GitHub is looked at, nobody can be asked.

use chrono::{DateTime, TimeDelta, Utc};

use super::transition::{Effect, Step};
use super::{
    By, Evidence, Frozen, Note, Outcome, Refusal, RefusedByGitHub, Revision, Settlement, State, TokenRequest,
    Verdict, Vote,
};
use crate::ids::SlackUserId;

/// What can be done about a request as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Approve and deny.
    pub to_decide: bool,
    /// Take back what was decided and not sent, or one's vote.
    pub to_withdraw: bool,
    /// Have GitHub looked at.
    pub to_check: bool,
}

/// What somebody can take back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theirs<'a> {
    Vote(&'a Vote),
    /// A decision, whoever made it.
    Decision(Verdict),
}

impl TokenRequest {
    /// What the card offers; whether a person may do it is asked when they click.
    pub fn open(&self) -> Open {
        let closed = Open { to_decide: false, to_withdraw: false, to_check: false };
        match &self.state {
            State::Pending { votes, note, .. } => match obstacle(note.as_ref()) {
                Some(_) => Open { to_check: true, ..closed },
                None => Open { to_decide: true, to_withdraw: !votes.is_empty(), ..closed },
            },
            // The moment in which GitHub is told is no time for buttons; one that drags on is.
            State::Deciding(deciding) => {
                let drags_on = deciding.blocked.is_some() || deciding.slow.is_some();
                Open {
                    to_withdraw: drags_on && !deciding.may_be_ours(),
                    to_check: deciding.blocked.is_some(),
                    ..closed
                }
            }
            State::Settled(_) => closed,
        }
    }

    /// The votes given so far, or why none can be given for `revision`: what the card says is in the way.
    pub fn votes_for(&self, revision: &Revision) -> Result<&[Vote], Refusal> {
        match &self.state {
            State::Deciding(deciding) => Err(Refusal::AlreadyDeciding { by: Some(deciding.by.clone()) }),
            State::Settled(settlement) => Err(Refusal::AlreadySettled(Box::new(settlement.clone()))),
            State::Pending { .. } if self.revision() != *revision => Err(Refusal::ContentChanged),
            State::Pending { votes, note, .. } => obstacle(note.as_ref()).map_or(Ok(votes), Err),
        }
    }

    /// The request, if it can be decided as it was shown at `revision`; or what is in the way. Of one with other content
    /// nothing is told but that.
    pub fn as_shown_at(self, revision: &Revision) -> Result<Self, Refusal> {
        if self.revision() != *revision {
            return Err(Refusal::ContentChanged);
        }
        match self.votes_for(revision).err() {
            Some(refusal) => Err(refusal),
            None => Ok(self),
        }
    }

    /// What keeps anybody from deciding the request now, whatever their rights: its state, or that everything is frozen,
    /// which denials are not.
    pub fn in_the_way(&self, verdict: Verdict, frozen: Option<&Frozen>) -> Option<Refusal> {
        let frozen = frozen.filter(|_| verdict == Verdict::Approve);
        let by_state = self.votes_for(&self.revision()).err();
        by_state.or_else(|| frozen.map(|frozen| Refusal::Frozen(Box::new(frozen.clone()))))
    }

    /// The waiting request with its votes as they were judged again; whoever is not among them has lost the right.
    pub fn with_votes(self, votes: Vec<Vote>) -> Self {
        match self.state {
            State::Pending { note, sent, .. } => Self { state: State::Pending { votes, note, sent }, ..self },
            State::Deciding(_) | State::Settled(_) => self,
        }
    }

    /// Whether having GitHub looked at is offered, or why it would change nothing.
    pub fn may_be_checked(&self) -> Result<(), Refusal> {
        match &self.state {
            _ if self.open().to_check => Ok(()),
            State::Pending { .. } => Err(Refusal::NothingToCheck),
            State::Deciding(deciding) => Err(Refusal::AlreadyDeciding { by: Some(deciding.by.clone()) }),
            State::Settled(settlement) => Err(Refusal::AlreadySettled(Box::new(settlement.clone()))),
        }
    }

    /// What `by` can take back: one's own while the request waits; any decision that GitHub certainly has
    /// not carried out. After an attempt that may have arrived only GitHub's evidence ends it.
    pub fn to_withdraw(&self, by: &SlackUserId) -> Result<Theirs<'_>, Refusal> {
        match &self.state {
            State::Pending { votes, .. } => {
                let theirs = votes.iter().find(|vote| vote.slack == *by);
                theirs.map(Theirs::Vote).ok_or(Refusal::NothingToWithdraw)
            }
            State::Deciding(deciding) if deciding.may_be_ours() => Err(Refusal::MayHaveArrived),
            State::Deciding(deciding) => Ok(Theirs::Decision(deciding.verdict)),
            State::Settled(settlement) => Err(Refusal::AlreadySettled(Box::new(settlement.clone()))),
        }
    }

    /// Takes back a vote or a decision; see [`Self::to_withdraw`].
    pub fn withdrawn(self, by: &Vote) -> Result<Step, Refusal> {
        self.to_withdraw(&by.slack)?;
        Ok(match self.state {
            State::Pending { votes, note, sent } => {
                let votes = votes.into_iter().filter(|vote| !vote.is_by_voter_of(by)).collect();
                let ruling = self.ruling.for_people_for_good();
                Step::new(
                    Self { state: State::Pending { votes, note, sent }, ruling, ..self },
                    &[Effect::Card],
                )
            }
            State::Deciding(_) | State::Settled(_) => {
                self.back_to_people(Note::Withdrawn { login: by.login.clone() })
            }
        })
    }

    /// GitHub's list shows the waiting request; what the card said of its being out of reach is over.
    pub fn seen_on_list(self) -> Option<Step> {
        let State::Pending { votes, note: Some(note), sent } = self.state.clone() else { return None };
        let note = match note {
            Note::NotListed { .. } | Note::Paused { .. } => None,
            Note::RefusedByGitHub(refused) if refused.is_stuck() => {
                Some(Note::RefusedByGitHub(RefusedByGitHub { looked_again: true, ..refused }))
            }
            Note::ContentChanged
            | Note::RefusedByGitHub(_)
            | Note::RightLapsed { .. }
            | Note::NoLongerEnough
            | Note::RuleLapsed { .. }
            | Note::Withdrawn { .. } => return None,
        };
        Some(Step::new(Self { state: State::Pending { votes, note, sent }, ..self }, &[Effect::Card]))
    }

    /// A complete listing does not show the waiting request. Once that has lasted `gone_after` it is over, and GitHub
    /// does not say how.
    pub fn missing_from_list(self, now: DateTime<Utc>, gone_after: TimeDelta) -> Option<Step> {
        let State::Pending { votes, note, sent } = self.state.clone() else { return None };
        match note {
            Some(Note::NotListed { since }) if now - since >= gone_after => {
                let gone = Settlement::new(Outcome::Gone, By::Unknown, Evidence::Concluded, now);
                Some(self.settled(Settlement { sent, others: votes, ..gone }))
            }
            Some(Note::NotListed { .. }) => None,
            Some(
                Note::ContentChanged
                | Note::RefusedByGitHub(_)
                | Note::RightLapsed { .. }
                | Note::NoLongerEnough
                | Note::RuleLapsed { .. }
                | Note::Withdrawn { .. }
                | Note::Paused { .. },
            )
            | None => {
                let note = Some(Note::NotListed { since: now });
                Some(Step::new(Self { state: State::Pending { votes, note, sent }, ..self }, &[Effect::Card]))
            }
        }
    }

    /// The organization is out of reach; `None` when the card says so already.
    pub fn paused(self, cause: &str) -> Option<Step> {
        let State::Pending { votes, note, sent } = self.state.clone() else { return None };
        let paused = Note::Paused { cause: cause.to_owned() };
        if note.as_ref() == Some(&paused) {
            return None;
        }
        Some(Step::new(
            Self { state: State::Pending { votes, note: Some(paused), sent }, ..self },
            &[Effect::Card],
        ))
    }
}

/// What keeps a waiting request from being decided until GitHub was looked at.
fn obstacle(note: Option<&Note>) -> Option<Refusal> {
    match note? {
        Note::RefusedByGitHub(refused) => refused.is_stuck().then_some(Refusal::RefusedTwice),
        Note::NotListed { .. } => Some(Refusal::NotListed),
        Note::Paused { cause } => Some(Refusal::OnHold { cause: cause.clone() }),
        Note::ContentChanged
        | Note::RightLapsed { .. }
        | Note::NoLongerEnough
        | Note::RuleLapsed { .. }
        | Note::Withdrawn { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::{enough, noon, pending, vote};
    use crate::request::{Answer, Decider, Enough, Sent, Verdict};

    const GONE_AFTER: TimeDelta = TimeDelta::minutes(5);

    fn alice() -> SlackUserId {
        SlackUserId::new("U0ALICE")
    }

    fn noted(note: Note) -> TokenRequest {
        TokenRequest { state: State::Pending { votes: vec![], note: Some(note), sent: None }, ..pending() }
    }

    fn note(request: &TokenRequest) -> Option<&Note> {
        match &request.state {
            State::Pending { note, .. } => note.as_ref(),
            state => panic!("not pending: {state:?}"),
        }
    }

    fn decided() -> TokenRequest {
        let revision = pending().revision();
        pending().vote(vote(Verdict::Approve), &revision, enough()).unwrap().request
    }

    fn blocked_after(answer: Option<Answer>) -> TokenRequest {
        let request = match answer {
            Some(answer) => {
                decided().attempted(noon(), noon()).unwrap().request.answered(answer, noon()).unwrap().request
            }
            None => decided(),
        };
        request.blocked("suspended", noon()).unwrap().request
    }

    fn refused(times: u32, looked_again: bool) -> Note {
        Note::RefusedByGitHub(RefusedByGitHub { status: 422, words: "no".into(), times, looked_again })
    }

    #[test]
    fn a_waiting_request_is_open_to_decisions_and_nothing_else() {
        let open = pending().open();

        assert_eq!(open, Open { to_decide: true, to_withdraw: false, to_check: false });
    }

    #[test]
    fn the_same_refusal_twice_leaves_only_looking_again() {
        assert!(noted(refused(1, false)).open().to_decide);

        let stuck = noted(refused(2, false));
        assert_eq!(stuck.open(), Open { to_decide: false, to_withdraw: false, to_check: true });
        assert_eq!(stuck.votes_for(&pending().revision()), Err(Refusal::RefusedTwice));

        let again = stuck.seen_on_list().unwrap().request;
        assert_eq!(note(&again), Some(&refused(2, true)));
        assert!(again.open().to_decide);
    }

    #[test]
    fn nobody_votes_on_what_is_not_listed_or_on_hold_whatever_card_they_click() {
        let cause = "the App is suspended".to_owned();
        for (note, refusal) in [
            (Note::NotListed { since: noon() }, Refusal::NotListed),
            (Note::Paused { cause: cause.clone() }, Refusal::OnHold { cause }),
        ] {
            let request = noted(note);
            assert_eq!(request.votes_for(&pending().revision()), Err(refusal));
            assert!(request.open().to_check && !request.open().to_decide);
        }
    }

    #[test]
    fn github_is_looked_at_only_where_that_is_offered() {
        assert_eq!(pending().may_be_checked(), Err(Refusal::NothingToCheck));
        assert!(matches!(decided().may_be_checked(), Err(Refusal::AlreadyDeciding { .. })));
        assert_eq!(blocked_after(None).may_be_checked(), Ok(()));
        assert_eq!(noted(refused(2, false)).may_be_checked(), Ok(()));
    }

    #[test]
    fn a_voter_takes_back_their_own_vote_only() {
        let revision = pending().revision();
        let voted = pending().vote(vote(Verdict::Approve), &revision, Enough::NotYet).unwrap().request;

        assert!(voted.open().to_withdraw);
        assert_eq!(voted.to_withdraw(&SlackUserId::new("U0BOB")), Err(Refusal::NothingToWithdraw));

        let back = voted.withdrawn(&vote(Verdict::Approve)).unwrap().request;
        assert_eq!(back.state, State::Pending { votes: vec![], note: None, sent: None });
    }

    #[test]
    fn a_decision_that_github_never_got_goes_back_to_people() {
        let not_taken = Answer::NotTaken { status: 403, words: "suspended".into(), until: None };
        for request in [blocked_after(None), blocked_after(Some(not_taken))] {
            assert!(request.open().to_withdraw);

            let step = request.withdrawn(&vote(Verdict::Approve)).unwrap();

            assert!(matches!(note(&step.request), Some(Note::Withdrawn { .. })));
        }
    }

    #[test]
    fn a_decision_that_may_have_arrived_stays() {
        for answer in [Answer::Unclear { cause: "lost".into() }, Answer::StillListed] {
            let request = blocked_after(Some(answer));

            assert!(!request.open().to_withdraw);
            assert_eq!(request.to_withdraw(&alice()), Err(Refusal::MayHaveArrived));
        }
    }

    #[test]
    fn absence_is_noted_and_counts_once_it_has_lasted() {
        let missing = pending().missing_from_list(noon(), GONE_AFTER).unwrap().request;
        assert_eq!(note(&missing), Some(&Note::NotListed { since: noon() }));
        assert_eq!(missing.clone().missing_from_list(noon() + TimeDelta::minutes(4), GONE_AFTER), None);

        let step = missing.missing_from_list(noon() + GONE_AFTER, GONE_AFTER).unwrap();

        let State::Settled(settlement) = step.request.state else { panic!("settled") };
        assert_eq!((settlement.outcome, settlement.by), (Outcome::Gone, By::Unknown));
    }

    #[test]
    fn a_request_that_turns_up_again_waits_as_before() {
        let missing = pending().missing_from_list(noon(), GONE_AFTER).unwrap().request;

        assert_eq!(missing.seen_on_list().unwrap().request, pending());
    }

    #[test]
    fn a_pause_is_shown_once_and_ends_when_the_request_is_seen() {
        let paused = pending().paused("the App is suspended").unwrap().request;

        assert_eq!(paused.clone().paused("the App is suspended"), None);
        assert!(!paused.open().to_decide);
        assert_eq!(paused.seen_on_list().unwrap().request, pending());
    }

    #[test]
    fn a_first_refusal_is_not_forgotten_because_the_request_is_still_listed() {
        assert_eq!(noted(refused(1, false)).seen_on_list(), None);
    }

    #[test]
    fn what_was_sent_is_kept_in_mind_beyond_the_end() {
        let sent = Some(Sent { by: Decider::Voter(vote(Verdict::Approve)), others: vec![], reason: None });
        let missing = Some(Note::NotListed { since: noon() });
        let state = State::Pending { votes: vec![], note: missing, sent: sent.clone() };

        let gone = TokenRequest { state, ..pending() }.missing_from_list(noon(), TimeDelta::zero()).unwrap();

        let State::Settled(settlement) = gone.request.state else { panic!("settled") };
        assert_eq!(settlement.sent, sent);
    }
}
