//! A decision on its way to GitHub: attempts, what their answers mean, and what the list tells.

use chrono::{DateTime, TimeDelta, Utc};

use super::transition::{Effect, Step, reason};
use super::{
    Answer, Attempt, Blocked, By, Decider, Deciding, Delay, Evidence, Note, Outcome, RefusedByGitHub, Sent,
    Settlement, Slow, State, TokenRequest, Verdict, Vote,
};

/// As many attempts are kept; the record has them all.
const KEPT: usize = 20;

/// What the record of the last attempt asks for before anything else is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing is under way: compare the content, then send.
    Send,
    /// An attempt may have arrived: read the list before another.
    Find,
    /// GitHub refused: read the list to learn whether the request still waits.
    Ask,
}

impl Deciding {
    /// What the next step of the review is, by the attempts on record.
    pub fn next(&self) -> Next {
        let last = self.attempts.last().and_then(|attempt| attempt.answer.as_ref());
        match last {
            Some(Answer::Refused { .. }) => Next::Ask,
            Some(
                Answer::Confirmed | Answer::NotTaken { .. } | Answer::StillListed | Answer::Unclear { .. },
            )
            | None => {
                if self.may_have_arrived() {
                    Next::Find
                } else {
                    Next::Send
                }
            }
        }
    }
}

impl Deciding {
    /// Until when GitHub, by its last answer, wants no further attempt.
    pub fn left_alone_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.attempts.last()?.answer.as_ref()? {
            Answer::NotTaken { until, .. } => until.filter(|until| *until > now),
            Answer::Confirmed | Answer::Refused { .. } | Answer::StillListed | Answer::Unclear { .. } => None,
        }
    }
}

impl TokenRequest {
    /// Records an attempt that is about to be sent; `None` when the request is no longer being decided.
    pub fn attempted(self, now: DateTime<Utc>, deadline: DateTime<Utc>) -> Option<Step> {
        let State::Deciding(before) = &self.state else { return None };
        // That GitHub could be asked ends what kept us from asking; its own prohibition is ended by another answer only.
        let ends_block = before.blocked.is_some() && !before.is_blocked_by_answer();
        self.deciding(|deciding| {
            deciding.keep(Attempt { at: now, deadline, answer: None });
            deciding.absent_since = None;
            if ends_block {
                deciding.blocked = None;
            }
        })
    }

    /// Takes in the answer to the last attempt. 204 settles the request; everything else is only recorded, and the
    /// review goes on from there. A prohibition lasts until an answer comes that is none.
    pub fn answered(self, answer: Answer, now: DateTime<Utc>) -> Option<Step> {
        let State::Deciding(deciding) = &self.state else { return None };
        if answer == Answer::Confirmed {
            let settlement = deciding.confirmed(Evidence::Answered, now);
            return Some(self.settled(settlement));
        }
        let was_blocked = deciding.blocked.is_some();
        let step = self.deciding(|deciding| {
            if !matches!(answer, Answer::NotTaken { .. }) {
                deciding.blocked = None;
            }
            if let Some(attempt) = deciding.attempts.last_mut() {
                attempt.answer = Some(answer);
            }
        })?;
        Some(if was_blocked { Step { effects: vec![Effect::Card], ..step } } else { step })
    }

    /// GitHub still lists the request. After a refusal it goes back to people, with GitHub's words; an attempt whose
    /// answer was lost did not arrive, so another may be made.
    pub fn still_listed(self, now: DateTime<Utc>) -> Option<Step> {
        let State::Deciding(deciding) = &self.state else { return None };
        if let Some(Some(Answer::Refused { status, words })) =
            deciding.attempts.last().map(|last| &last.answer)
        {
            let refused = RefusedByGitHub::after(deciding.refused_before.as_ref(), *status, words);
            return Some(self.back_to_people(Note::RefusedByGitHub(refused)));
        }
        // A listing taken before the deadline does not rule out that the attempt is still on its way.
        let may_send = deciding.attempts.iter().all(|attempt| attempt.deadline <= now);
        let has_open = deciding.may_have_arrived();
        if !may_send || !has_open {
            return None;
        }
        self.deciding(|deciding| {
            deciding.absent_since = None;
            for attempt in deciding.attempts.iter_mut().filter(|attempt| attempt.may_have_arrived()) {
                attempt.answer = Some(Answer::StillListed);
            }
        })
    }

    /// A complete listing does not show the request. `granted` tells that our approval was carried out: a grant for
    /// this token, made since, with the permissions asked for. Without it, absence that has lasted `gone_after`
    /// settles the request as gone: GitHub does not say how.
    pub fn absent(self, granted: bool, now: DateTime<Utc>, gone_after: TimeDelta) -> Option<Step> {
        let State::Deciding(deciding) = &self.state else { return None };
        if granted && deciding.verdict == Verdict::Approve && deciding.may_be_ours() {
            let settlement = deciding.confirmed(Evidence::Concluded, now);
            return Some(self.settled(settlement));
        }
        match deciding.absent_since {
            None => self.deciding(|deciding| deciding.absent_since = Some(now)),
            Some(since) if now - since >= gone_after => {
                let gone = Settlement::new(Outcome::Gone, By::Unknown, Evidence::Concluded, now);
                let gone = Settlement { sent: deciding.sent(), others: deciding.approvals(), ..gone };
                Some(self.settled(gone))
            }
            Some(_) => None,
        }
    }

    /// The review waits for somebody to mend `cause`; the card says so. `None` if it already says so.
    pub fn blocked(self, cause: &str, now: DateTime<Utc>) -> Option<Step> {
        let State::Deciding(deciding) = &self.state else { return None };
        let since = match &deciding.blocked {
            Some(blocked) if blocked.cause == cause => return None,
            Some(blocked) => blocked.since,
            None => now,
        };
        let blocked = Blocked { since, cause: cause.to_owned() };
        let step = self.deciding(|deciding| {
            deciding.blocked = Some(blocked);
            deciding.slow = None;
        })?;
        Some(Step::new(step.request, &[Effect::Card]))
    }

    /// What a freeze held back goes on; `None` if none does.
    pub fn released(self) -> Option<Step> {
        let State::Deciding(Deciding { blocked: Some(blocked), .. }) = &self.state else { return None };
        if !blocked.is_by_freeze() {
            return None;
        }
        let step = self.deciding(|deciding| deciding.blocked = None)?;
        Some(Step::new(step.request, &[Effect::Card]))
    }

    /// The decision has been on its way for long, and nobody has to mend anything. `None` if the card says so already.
    pub fn slow(self, cause: Delay, now: DateTime<Utc>) -> Option<Step> {
        let State::Deciding(deciding) = &self.state else { return None };
        let is_said = deciding.slow.is_some_and(|slow| slow.cause == cause);
        if is_said || deciding.blocked.is_some() {
            return None;
        }
        let step = self.deciding(|deciding| deciding.slow = Some(Slow { since: now, cause }))?;
        Some(Step::new(step.request, &[Effect::Card]))
    }

    /// The deciders' rights were judged once more and still hold.
    pub fn judged_again(self, now: DateTime<Utc>) -> Option<Step> {
        self.deciding(|deciding| deciding.judged_at = now)
    }

    /// The decision is complete with these of its earlier votes; what the others had to say is not sent.
    pub fn complete_with(self, others: &[Vote]) -> Option<Step> {
        let State::Deciding(before) = &self.state else { return None };
        let made = before.others.len();
        let step = self.deciding(|deciding| {
            deciding.others.retain(|other| others.iter().any(|one| one.is_by_voter_of(other)));
            if let Decider::Voter(by) = &deciding.by {
                deciding.reason = reason(by, &deciding.others);
            }
        })?;
        let is_news = matches!(&step.request.state, State::Deciding(left) if left.others.len() < made);
        Some(if is_news { Step { effects: vec![Effect::Card], ..step } } else { step })
    }

    /// Gives the request back to people, votes void. What may have reached GitHub is kept in mind.
    pub fn back_to_people(self, note: Note) -> Step {
        let sent = match &self.state {
            State::Deciding(deciding) => deciding.sent(),
            State::Pending { sent, .. } => sent.clone(),
            State::Settled(_) => None,
        };
        let state = State::Pending { votes: vec![], note: Some(note), sent };
        let ruling = self.ruling.for_people_for_good();
        Step::new(Self { state, ruling, ..self }, &[Effect::Card])
    }

    /// Changes a request that is being decided. The card shows a change if it offers anything else from then on.
    pub(super) fn deciding(self, change: impl FnOnce(&mut Deciding)) -> Option<Step> {
        let offered = self.open();
        let State::Deciding(mut deciding) = self.state else { return None };
        change(&mut deciding);
        let request = Self { state: State::Deciding(deciding), ..self };
        let effects: &[Effect] = if request.open() == offered { &[] } else { &[Effect::Card] };
        Some(Step::new(request, effects))
    }
}

impl Deciding {
    /// The approvals that make up this decision; none for a denial.
    pub(super) fn approvals(&self) -> Vec<Vote> {
        let given = self.others.iter().chain(self.by.vote());
        given.filter(|vote| vote.verdict == Verdict::Approve).cloned().collect()
    }

    pub(super) fn confirmed(&self, evidence: Evidence, now: DateTime<Utc>) -> Settlement {
        let settlement = Settlement::new(self.verdict.into(), (&self.by).into(), evidence, now);
        Settlement { reason: self.reason.clone(), others: self.others.clone(), ..settlement }
    }

    /// What may yet turn out to have been our doing: this decision, or else the one before it.
    pub(super) fn sent(&self) -> Option<Sent> {
        match self.may_be_ours() {
            true => {
                Some(Sent { by: self.by.clone(), others: self.others.clone(), reason: self.reason.clone() })
            }
            false => self.sent_before.clone(),
        }
    }

    /// Adds an attempt. Of many, those with a definite answer go first: the others may still turn out to have
    /// arrived, and the very first tells since when a grant may be ours.
    fn keep(&mut self, attempt: Attempt) {
        self.made = self.made.saturating_add(1);
        if self.attempts.len() >= KEPT {
            let definite = self.attempts.iter().skip(1).position(|one| !one.is_without_answer());
            self.attempts.remove(definite.map_or(1, |place| place + 1));
        }
        self.attempts.push(attempt);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{GitHubUserId, SlackUserId};
    use crate::request::samples::{enough, noon, pending, vote};
    use crate::request::{Comment, Ending, Enough, Learned};

    const GONE_AFTER: TimeDelta = TimeDelta::minutes(5);

    fn decided() -> TokenRequest {
        let revision = pending().revision();
        pending().vote(vote(Verdict::Approve), &revision, enough()).unwrap().request
    }

    fn sent() -> TokenRequest {
        decided().attempted(noon(), noon() + TimeDelta::seconds(10)).unwrap().request
    }

    fn answered(answer: Answer) -> TokenRequest {
        sent().answered(answer, noon()).unwrap().request
    }

    fn next(request: &TokenRequest) -> Next {
        let State::Deciding(deciding) = &request.state else { panic!("not deciding: {:?}", request.state) };
        deciding.next()
    }

    fn slowness(request: &TokenRequest) -> Option<Slow> {
        let State::Deciding(deciding) = &request.state else { panic!("not deciding: {:?}", request.state) };
        deciding.slow
    }

    fn is_blocked(request: &TokenRequest) -> bool {
        let State::Deciding(deciding) = &request.state else { panic!("not deciding: {:?}", request.state) };
        deciding.blocked.is_some()
    }

    fn forbidden() -> Answer {
        Answer::NotTaken { status: 403, words: "no access".into(), until: None }
    }

    fn unclear() -> Answer {
        Answer::Unclear { cause: "no answer in time".into() }
    }

    fn refused() -> Answer {
        Answer::Refused { status: 422, words: "Validation Failed".into() }
    }

    fn outcome(step: Option<Step>) -> (Outcome, By) {
        match step.unwrap().request.state {
            State::Settled(settlement) => (settlement.outcome, settlement.by),
            state => panic!("not settled: {state:?}"),
        }
    }

    #[test]
    fn a_decision_is_sent_first_and_asked_about_before_it_is_sent_again() {
        assert_eq!(next(&decided()), Next::Send);
        assert_eq!(next(&sent()), Next::Find);
        assert_eq!(next(&answered(unclear())), Next::Find);
        assert_eq!(next(&answered(refused())), Next::Ask);
        assert_eq!(
            next(&answered(Answer::NotTaken { status: 403, words: String::new(), until: None })),
            Next::Send
        );
    }

    #[test]
    fn a_204_settles_in_the_deciders_name() {
        let step = sent().answered(Answer::Confirmed, noon());

        assert_eq!(outcome(step), (Outcome::Approved, By::from(&vote(Verdict::Approve))));
    }

    #[test]
    fn a_refusal_of_a_request_that_still_waits_gives_it_back_with_githubs_words() {
        let step = answered(refused()).still_listed(noon()).unwrap();

        let refusal = RefusedByGitHub::after(None, 422, "Validation Failed");
        let note = Note::RefusedByGitHub(refusal);
        assert_eq!(step.request.state, State::Pending { votes: vec![], note: Some(note), sent: None });
    }

    #[test]
    fn the_same_refusal_again_is_counted_and_another_is_not() {
        let first = answered(refused()).still_listed(noon()).unwrap().request;
        let revision = first.revision();
        let again = first.vote(vote(Verdict::Approve), &revision, enough()).unwrap().request;
        let again = again.attempted(noon(), noon()).unwrap().request;

        let same = again.clone().answered(refused(), noon()).unwrap().request.still_listed(noon()).unwrap();
        assert!(same.request.open().to_check);
        assert!(!same.request.open().to_decide);

        let other = Answer::Refused { status: 422, words: "Another reason".into() };
        let other = again.answered(other, noon()).unwrap().request.still_listed(noon()).unwrap();
        assert!(other.request.open().to_decide);
    }

    #[test]
    fn many_attempts_are_counted_and_not_all_kept() {
        let mut request = answered(unclear());
        for _ in 0..100 {
            request = request.attempted(noon(), noon()).unwrap().request;
            let answer = Answer::NotTaken { status: 429, words: String::new(), until: None };
            request = request.answered(answer, noon()).unwrap().request;
        }

        let State::Deciding(deciding) = &request.state else { panic!("deciding") };
        assert_eq!((deciding.attempts.len(), deciding.made), (KEPT, 101));
        assert!(deciding.may_be_ours(), "the one without an answer is kept");
    }

    #[test]
    fn a_decision_that_takes_long_is_shown_to_do_so_once() {
        let step = sent().slow(Delay::Silence, noon()).unwrap();

        assert_eq!(step.effects, [Effect::Card]);
        assert_eq!(step.request.clone().slow(Delay::Silence, noon()), None);
        let later = noon() + TimeDelta::minutes(1);
        let step = step.request.slow(Delay::Unlisted, later).unwrap();
        assert_eq!(step.effects, [Effect::Card], "the cause is another one now");
        assert_eq!(slowness(&step.request.blocked("suspended", later).unwrap().request), None);
    }

    #[test]
    fn a_card_that_offers_to_withdraw_no_longer_does_once_the_attempt_may_arrive() {
        let slow = decided().slow(Delay::Silence, noon()).unwrap().request;
        assert!(slow.open().to_withdraw);

        let sent = slow.attempted(noon(), noon()).unwrap();

        assert!(!sent.request.open().to_withdraw);
        assert_eq!(sent.effects, [Effect::Card]);

        let limited = Answer::NotTaken { status: 429, words: String::new(), until: None };
        let again = sent.request.answered(limited, noon()).unwrap();
        assert!(again.request.open().to_withdraw);
        assert_eq!(again.effects, [Effect::Card]);
    }

    #[test]
    fn a_lost_attempt_is_given_up_only_after_its_deadline() {
        let late = noon() + TimeDelta::seconds(10);

        assert_eq!(sent().still_listed(noon()), None);
        assert_eq!(next(&sent().still_listed(late).unwrap().request), Next::Send);
    }

    #[test]
    fn a_lost_approval_with_a_grant_is_ours() {
        let step = answered(unclear()).absent(true, noon(), GONE_AFTER);

        assert_eq!(outcome(step), (Outcome::Approved, By::from(&vote(Verdict::Approve))));
    }

    /// It arrived after all, behind the list's back, and the second attempt met a request that was over.
    #[test]
    fn an_attempt_that_was_still_listed_may_yet_turn_out_to_be_ours() {
        let late = noon() + TimeDelta::seconds(10);
        let again = sent().still_listed(late).unwrap().request.attempted(late, late).unwrap().request;
        let over = again.answered(refused(), late).unwrap().request;

        assert_eq!(outcome(over.absent(true, late, GONE_AFTER)).0, Outcome::Approved);
    }

    #[test]
    fn an_attempt_ends_what_kept_us_from_asking() {
        let blocked = decided().blocked("suspended", noon()).unwrap().request;

        let step = blocked.attempted(noon(), noon()).unwrap();

        assert!(!is_blocked(&step.request));
        assert_eq!(step.effects, [Effect::Card]);
    }

    #[test]
    fn a_prohibition_lasts_until_an_answer_comes_that_is_none() {
        let blocked = answered(forbidden()).blocked("no access", noon()).unwrap().request;
        let again = blocked.attempted(noon(), noon()).unwrap();
        assert!(is_blocked(&again.request));

        let limit = Answer::NotTaken { status: 429, words: String::new(), until: Some(noon()) };
        for (answer, stays) in [(forbidden(), true), (limit, true), (unclear(), false), (refused(), false)] {
            let step = again.request.clone().answered(answer, noon()).unwrap();

            assert_eq!(is_blocked(&step.request), stays);
            assert_eq!(step.effects, [Effect::Card], "what it offers may have been hidden meanwhile");
        }
    }

    #[test]
    fn github_is_left_alone_for_as_long_as_it_asked() {
        let until = noon() + TimeDelta::seconds(90);
        let limited = answered(Answer::NotTaken { status: 429, words: String::new(), until: Some(until) });
        let State::Deciding(deciding) = &limited.state else { panic!("deciding") };

        assert_eq!(deciding.left_alone_until(noon()), Some(until));
        assert_eq!(deciding.left_alone_until(until), None);
    }

    #[test]
    fn a_decision_complete_without_somebody_does_not_send_their_words() {
        let says = |vote: Vote, text: &str| Vote { comment: Comment::new(text).unwrap(), ..vote };
        let bob =
            Vote { slack: SlackUserId::new("U0BOB"), github: GitHubUserId(102), ..vote(Verdict::Approve) };
        let (bob, alice) = (says(bob, "fine"), says(vote(Verdict::Approve), "go"));
        let revision = pending().revision();
        let voted = pending().vote(bob.clone(), &revision, Enough::NotYet).unwrap().request;
        let decided = voted.vote(alice, &revision, Enough::Yes { with: vec![bob] }).unwrap().request;

        let State::Deciding(alone) = decided.complete_with(&[]).unwrap().request.state else {
            panic!("deciding")
        };

        assert_eq!((alone.others, alone.reason.as_deref()), (vec![], Some("go")));
    }

    /// It comes back to people for another reason, and then turns out to have arrived.
    #[test]
    fn a_late_effect_of_what_came_back_to_people_is_ours() {
        let late = noon() + TimeDelta::seconds(10);
        let lost = sent().still_listed(late).unwrap().request;
        let back = lost.back_to_people(Note::RightLapsed { login: vote(Verdict::Approve).login }).request;
        let revision = back.revision();
        let bob = Vote { slack: SlackUserId::new("U0BOB"), github: GitHubUserId(102), ..vote(Verdict::Deny) };
        let denied = back.clone().vote(bob, &revision, Enough::NotYet).unwrap().request;
        let gone = denied.clone().absent(false, late, TimeDelta::zero()).unwrap().request;
        let gone = gone.absent(false, late, TimeDelta::zero()).unwrap().request;
        let superseded = back.clone().superseded(late).unwrap().request;

        for request in [back, denied, gone, superseded] {
            let ending =
                Ending { outcome: Outcome::Approved, by: By::Unknown, facts: None, is_frozen: false };
            let (Learned::Settled(step) | Learned::Refined(step)) = request.ended(ending, late) else {
                panic!("nothing settled")
            };
            assert_eq!(outcome(Some(*step)), (Outcome::Approved, By::from(&vote(Verdict::Approve))));
        }
    }

    #[test]
    fn a_grant_is_not_ours_when_nothing_was_sent() {
        let step = decided().absent(true, noon(), GONE_AFTER).unwrap();

        assert!(matches!(step.request.state, State::Deciding(_)));
    }

    #[test]
    fn absence_counts_only_after_it_lasted() {
        let first = answered(unclear()).absent(false, noon(), GONE_AFTER).unwrap().request;
        assert_eq!(first.clone().absent(false, noon() + TimeDelta::minutes(4), GONE_AFTER), None);

        let step = first.absent(false, noon() + GONE_AFTER, GONE_AFTER);

        assert_eq!(outcome(step), (Outcome::Gone, By::Unknown));
    }

    #[test]
    fn being_blocked_is_shown_once_per_cause() {
        let step = decided().blocked("the installation is suspended", noon()).unwrap();

        assert_eq!(step.effects, [Effect::Card]);
        assert_eq!(step.request.blocked("the installation is suspended", noon()), None);
    }

    #[test]
    fn nothing_of_a_review_touches_a_request_that_is_not_being_decided() {
        assert_eq!(pending().attempted(noon(), noon()), None);
        assert_eq!(pending().answered(Answer::Confirmed, noon()), None);
        assert_eq!(pending().still_listed(noon()), None);
        assert_eq!(pending().absent(true, noon(), GONE_AFTER), None);
        assert_eq!(pending().blocked("x", noon()), None);
    }

    #[test]
    fn what_a_freeze_held_back_is_released_and_nothing_else() {
        let frozen = decided().blocked(Blocked::BY_FREEZE, noon()).unwrap().request;

        let step = frozen.released().unwrap();

        assert_eq!(step.effects, [Effect::Card]);
        assert_eq!(step.request.released(), None);
        let suspended = decided().blocked("the installation is suspended", noon()).unwrap().request;
        assert_eq!(suspended.released(), None);
        assert_eq!(pending().released(), None);
    }

    #[test]
    fn a_prohibition_that_lasts_is_shown_again_though_nothing_else_is_offered() {
        let late = noon() + TimeDelta::seconds(10);
        let lost = sent().still_listed(late).unwrap().request.blocked("no access", late).unwrap().request;
        let again = lost.attempted(late, late).unwrap().request.answered(forbidden(), late).unwrap().request;
        let blocked =
            again.blocked("no access", late).unwrap().request.attempted(late, late).unwrap().request;

        assert_eq!(blocked.answered(forbidden(), late).unwrap().effects, [Effect::Card]);
    }

    #[test]
    fn an_attempt_alone_changes_nothing_that_people_see() {
        assert_eq!(decided().attempted(noon(), noon()).unwrap().effects, []);
    }

    #[test]
    fn of_many_attempts_those_without_an_answer_stay() {
        let limited = || Answer::NotTaken { status: 429, words: String::new(), until: None };
        let mut request = decided();
        for answer in [unclear(), unclear()].into_iter().chain((0..100).map(|_| limited())) {
            request = request.attempted(noon(), noon()).unwrap().request;
            request = request.answered(answer, noon()).unwrap().request;
        }

        let State::Deciding(deciding) = &request.state else { panic!("deciding") };
        assert_eq!(deciding.attempts.iter().filter(|one| one.is_without_answer()).count(), 2);
    }

    #[test]
    fn a_confirmed_decision_is_told_with_its_words() {
        let says = Vote { comment: Comment::new("fine").unwrap(), ..vote(Verdict::Approve) };
        let revision = pending().revision();
        let decided = pending().vote(says, &revision, enough()).unwrap().request;
        let sent = decided.attempted(noon(), noon()).unwrap().request;

        let State::Settled(settlement) = sent.answered(Answer::Confirmed, noon()).unwrap().request.state
        else {
            panic!("settled")
        };

        assert_eq!(settlement.reason.as_deref(), Some("fine"));
    }

    #[test]
    fn another_cause_is_shown_and_it_is_blocked_since_the_first() {
        let later = noon() + TimeDelta::minutes(1);
        let suspended = decided().blocked("the installation is suspended", noon()).unwrap().request;

        let step = suspended.blocked("no access", later).unwrap();

        assert_eq!(step.effects, [Effect::Card]);
        let State::Deciding(deciding) = &step.request.state else { panic!("deciding") };
        assert_eq!(deciding.blocked, Some(Blocked { since: noon(), cause: "no access".into() }));
    }

    #[test]
    fn when_the_rights_were_judged_last_is_kept_and_not_shown() {
        let later = noon() + TimeDelta::minutes(10);

        let step = decided().judged_again(later).unwrap();

        assert_eq!(step.effects, []);
        let State::Deciding(deciding) = &step.request.state else { panic!("deciding") };
        assert_eq!(deciding.judged_at, later);
    }
}
