//! What GitHub's events say about a request's end, weighed against what we know.

use chrono::{DateTime, Utc};

use super::transition::{Effect, Step};
use super::{
    By, Content, Contradiction, Deciding, Evidence, Facts, Outcome, Sent, Settlement, State, TokenRequest,
    Vote,
};

/// GitHub's word that a request has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    pub outcome: Outcome,
    /// Who GitHub says did it.
    pub by: By,
    /// The content it told of, if any.
    pub facts: Option<Facts>,
    /// Whether everything was frozen when this was learnt.
    pub is_frozen: bool,
}

/// What GitHub's word changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Learned {
    /// The request was open and is over.
    Settled(Box<Step>),
    /// It was over, and now more is known about how.
    Refined(Box<Step>),
    /// It is over in another way than was known; people must look.
    Contradicted(Box<Step>),
    /// It is what we knew.
    Known,
}

impl TokenRequest {
    /// Weighs an event about the request's end. A decision of ours that was sent is recognised by our own record,
    /// not by the event's sender: GitHub does not document whom it names for an app's review.
    pub fn ended(self, ending: Ending, now: DateTime<Utc>) -> Learned {
        let (content, is_frozen) = (self.content_of(&ending), ending.is_frozen);
        let told = |sent: Option<&Sent>, ending| Settlement { content, is_frozen, ..told(sent, ending, now) };
        let this = match (content, &ending.facts) {
            (Content::Other, Some(facts)) => self.holding(facts),
            (Content::Other | Content::AsKnown | Content::Unclear, _) => self,
        };
        match &this.state {
            State::Pending { sent, votes, .. } => {
                let told = told(sent.as_ref(), ending).after(votes.clone());
                Learned::Settled(Box::new(this.settled(told)))
            }
            State::Deciding(deciding) => {
                let is_ours = deciding.may_be_ours() && ending.outcome == Outcome::from(deciding.verdict);
                let told = if is_ours {
                    Settlement { content, is_frozen, ..deciding.confirmed(Evidence::Told, now) }
                } else {
                    told(deciding.sent_before.as_ref(), ending).after(deciding.approvals())
                };
                Learned::Settled(Box::new(this.settled(told)))
            }
            State::Settled(known) => {
                let told = told(known.sent.as_ref(), ending);
                this.clone().weighed(known.clone(), told)
            }
        }
    }

    /// Of what content an event about the end tells; of a second one nothing more is taken.
    fn content_of(&self, ending: &Ending) -> Content {
        if matches!(&self.state, State::Settled(Settlement { evidence: Evidence::Told, .. })) {
            return Content::AsKnown;
        }
        match &ending.facts {
            Some(told) if self.facts.agree_with(told) => Content::AsKnown,
            Some(told) if told.are_whole() => Content::Other,
            Some(_) => Content::Unclear,
            None => Content::AsKnown,
        }
    }

    /// The request with the content that was decided; what an event leaves out of the rest is still known.
    fn holding(self, told: &Facts) -> Self {
        let justification = told.justification.clone().or(self.facts.justification);
        let token_name = told.token_name.clone().or(self.facts.token_name);
        let created_at = told.created_at.or(self.facts.created_at);
        let facts = Facts { justification, token_name, created_at, ..told.clone() };
        Self { facts, ..self }
    }

    /// Takes in a confirmation of our review that found the request over already.
    pub fn confirmed_late(self, decided: &Deciding, now: DateTime<Utc>) -> Learned {
        let State::Settled(known) = &self.state else { return Learned::Known };
        let ours = decided.confirmed(Evidence::Answered, now);
        if known.outcome == ours.outcome {
            return Learned::Known;
        }
        match known.evidence {
            Evidence::Concluded if known.outcome.is_stopgap() => {
                Learned::Refined(Box::new(self.settled(ours)))
            }
            Evidence::Concluded => {
                let known = known.clone();
                self.contradicted(known, ours)
            }
            Evidence::Answered | Evidence::Told => {
                let other = Contradiction { outcome: ours.outcome, by: ours.by };
                self.clone().marked(known.clone(), other)
            }
        }
    }

    fn weighed(self, known: Settlement, told: Settlement) -> Learned {
        if known.outcome == told.outcome {
            let by = if known.by == By::Unknown { told.by } else { known.by.clone() };
            // Who was named only now has not been compared.
            let compared = known.compared.clone().filter(|_| by == known.by);
            let (content, is_frozen) = match known.evidence {
                Evidence::Told => (known.content, known.is_frozen),
                Evidence::Concluded | Evidence::Answered => (told.content, told.is_frozen),
            };
            let surer =
                Settlement { by, evidence: Evidence::Told, content, is_frozen, compared, ..known.clone() };
            return match surer == known {
                true => Learned::Known,
                false => self.refined(&known, surer),
            };
        }
        match known.evidence {
            // "Gone" and "superseded" only stood in for GitHub's word.
            Evidence::Concluded if known.outcome.is_stopgap() => {
                Learned::Refined(Box::new(self.settled(told.after(known.others))))
            }
            // What GitHub answers to a review of a request that is over is not documented, and what we concluded from a
            // grant was announced like an answer: GitHub's event outweighs both, and people must look.
            Evidence::Concluded | Evidence::Answered => self.contradicted(known, told),
            // Of two events the first stands: either may have been on its way for long.
            Evidence::Told => {
                let other = Contradiction { outcome: told.outcome, by: told.by };
                self.marked(known, other)
            }
        }
    }

    /// What is told now outweighs the known end, which stays on the card beside it.
    fn contradicted(self, known: Settlement, told: Settlement) -> Learned {
        let other = Contradiction { outcome: known.outcome, by: known.by };
        let told = Settlement { contradicted: Some(other), ..told };
        Learned::Contradicted(Box::new(self.settled(told)))
    }

    /// The same end, known better; people hear of it if they can see a difference.
    fn refined(self, known: &Settlement, surer: Settlement) -> Learned {
        let is_visible = surer.by != known.by || surer.content == Content::Other;
        let mut effects = if is_visible { vec![Effect::Card] } else { vec![] };
        let request = Self { state: State::Settled(surer), ..self };
        effects.extend(request.to_compare().map(|_| Effect::Compare));
        Learned::Refined(Box::new(Step { request, effects }))
    }

    /// The known end stands and the card says that another was told, too.
    fn marked(self, known: Settlement, other: Contradiction) -> Learned {
        if known.contradicted.as_ref() == Some(&other) {
            return Learned::Known;
        }
        let state = State::Settled(Settlement { contradicted: Some(other), ..known });
        let step = Step::new(Self { state, ..self }, &[Effect::Card, Effect::Reply]);
        Learned::Contradicted(Box::new(step))
    }
}

/// The end as it is told, in our own name where it may have been our doing.
fn told(sent: Option<&Sent>, ending: Ending, now: DateTime<Utc>) -> Settlement {
    let ours = sent.filter(|sent| Outcome::from(sent.by.verdict()) == ending.outcome);
    match ours {
        Some(sent) => {
            let told = Settlement::new(ending.outcome, By::from(&sent.by), Evidence::Told, now);
            Settlement { reason: sent.reason.clone(), others: sent.others.clone(), ..told }
        }
        None => Settlement::new(ending.outcome, ending.by, Evidence::Told, now),
    }
}

impl Settlement {
    /// Keeps the approvals in mind that had been given when somebody else decided.
    fn after(self, given: Vec<Vote>) -> Self {
        match (&self.by, self.content) {
            (By::GitHubUser { .. } | By::Requester | By::Unknown, Content::AsKnown) => {
                Self { others: given, ..self }
            }
            // They were given for something else.
            (_, Content::Other | Content::Unclear)
            | (By::Person { .. } | By::Rule { .. }, Content::AsKnown) => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::ids::{GitHubUserId, Login};
    use crate::request::samples::{enough, noon, pending, vote};
    use crate::request::{Answer, Comment, Verdict, Vote};

    fn owner() -> By {
        By::GitHubUser { id: GitHubUserId(500), login: Login::new("monalisa") }
    }

    fn ending(outcome: Outcome) -> Ending {
        Ending { outcome, by: owner(), facts: None, is_frozen: false }
    }

    fn decided() -> TokenRequest {
        let revision = pending().revision();
        pending().vote(vote(Verdict::Approve), &revision, enough()).unwrap().request
    }

    fn sent() -> TokenRequest {
        decided().attempted(noon(), noon()).unwrap().request
    }

    fn end(step: Step) -> Settlement {
        match step.request.state {
            State::Settled(settlement) => settlement,
            state => panic!("not settled: {state:?}"),
        }
    }

    fn settlement(learned: Learned) -> (Outcome, By) {
        match learned {
            Learned::Settled(step) | Learned::Refined(step) => {
                let settlement = end(*step);
                (settlement.outcome, settlement.by)
            }
            other => panic!("nothing settled: {other:?}"),
        }
    }

    fn contradicted(learned: Learned) -> Settlement {
        match learned {
            Learned::Contradicted(step) => end(*step),
            other => panic!("no contradiction: {other:?}"),
        }
    }

    fn answered() -> TokenRequest {
        sent().answered(Answer::Confirmed, noon()).unwrap().request
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
    fn our_own_approval_coming_back_makes_us_surer_and_nobody_hears_of_it() {
        let Learned::Refined(step) = answered().ended(ending(Outcome::Approved), noon()) else {
            panic!("not refined")
        };

        assert_eq!(step.effects, []);
        assert_eq!(step.request.clone().ended(ending(Outcome::Approved), noon()), Learned::Known);
        assert_eq!(end(*step).by, By::from(&vote(Verdict::Approve)));
    }

    #[test]
    fn githubs_event_outweighs_its_answer_and_both_are_shown() {
        let settled = contradicted(answered().ended(ending(Outcome::Denied), noon()));

        assert_eq!((settled.outcome, settled.by), (Outcome::Denied, owner()));
        let other = Contradiction { outcome: Outcome::Approved, by: By::from(&vote(Verdict::Approve)) };
        assert_eq!(settled.contradicted, Some(other));
    }

    #[test]
    fn of_two_events_the_first_stands_and_the_other_is_told_once() {
        let Learned::Settled(first) = pending().ended(ending(Outcome::Denied), noon()) else {
            panic!("not settled")
        };

        let Learned::Contradicted(step) = first.request.ended(ending(Outcome::Approved), noon()) else {
            panic!("no contradiction")
        };

        assert_eq!(step.request.clone().ended(ending(Outcome::Approved), noon()), Learned::Known);
        assert_eq!(end(*step).outcome, Outcome::Denied);
    }

    #[test]
    fn an_answer_that_finds_another_end_is_told_and_changes_nothing() {
        let State::Deciding(deciding) = sent().state else { panic!("deciding") };
        let Learned::Settled(first) = sent().ended(ending(Outcome::Denied), noon()) else {
            panic!("not settled")
        };

        let settled = contradicted(first.request.confirmed_late(&deciding, noon()));

        assert_eq!((settled.outcome, settled.by), (Outcome::Denied, owner()));
        assert_eq!(settled.contradicted.map(|other| other.outcome), Some(Outcome::Approved));
    }

    #[test]
    fn a_lost_approval_that_was_taken_for_gone_is_ours_once_github_tells() {
        let lost = sent().answered(Answer::Unclear { cause: "lost".into() }, noon()).unwrap().request;
        let absent = lost.absent(false, noon(), TimeDelta::zero()).unwrap().request;
        let gone = absent.absent(false, noon(), TimeDelta::zero()).unwrap().request;

        let ours = (Outcome::Approved, By::from(&vote(Verdict::Approve)));
        assert_eq!(settlement(gone.clone().ended(ending(Outcome::Approved), noon())), ours);
        assert_eq!(settlement(gone.ended(ending(Outcome::Denied), noon())), (Outcome::Denied, owner()));
    }

    #[test]
    fn an_end_by_nobody_learns_who_it_was() {
        let nobody = Ending { by: By::Unknown, ..ending(Outcome::Denied) };
        let Learned::Settled(step) = pending().ended(nobody, noon()) else { panic!("not settled") };

        let learned = step.request.ended(ending(Outcome::Denied), noon());

        assert_eq!(settlement(learned), (Outcome::Denied, owner()));
    }

    /// A grant like the one asked for was there, and then GitHub says that the request was denied.
    #[test]
    fn an_approval_concluded_from_a_grant_is_contradicted_like_an_answered_one() {
        let lost = sent().answered(Answer::Unclear { cause: "lost".into() }, noon()).unwrap().request;
        let concluded = lost.absent(true, noon(), TimeDelta::minutes(5)).unwrap().request;

        let settled = contradicted(concluded.clone().ended(ending(Outcome::Denied), noon()));

        assert_eq!((settled.outcome, settled.by), (Outcome::Denied, owner()));
        let other = Contradiction { outcome: Outcome::Approved, by: By::from(&vote(Verdict::Approve)) };
        assert_eq!(settled.contradicted, Some(other));
        let State::Deciding(mut deciding) = sent().state else { panic!("deciding") };
        deciding.verdict = Verdict::Deny;
        let settled = contradicted(concluded.confirmed_late(&deciding, noon()));
        assert_eq!(settled.outcome, Outcome::Denied, "an answer outweighs a conclusion");
        assert_eq!(settled.contradicted.map(|other| other.outcome), Some(Outcome::Approved));
    }

    #[test]
    fn what_was_only_concluded_is_refined() {
        let superseded = pending().superseded(noon()).unwrap().request;

        assert_eq!(
            settlement(superseded.ended(ending(Outcome::Cancelled), noon())),
            (Outcome::Cancelled, owner())
        );
    }

    #[test]
    fn an_answer_tells_how_a_request_ended_that_was_taken_for_gone() {
        let State::Deciding(deciding) = sent().state else { panic!("deciding") };
        let absent = sent().absent(false, noon(), TimeDelta::zero()).unwrap().request;
        let gone = absent.absent(false, noon(), TimeDelta::zero()).unwrap().request;

        let learned = gone.confirmed_late(&deciding, noon());

        assert!(matches!(learned, Learned::Refined(_)), "{learned:?}");
        assert_eq!(settlement(learned), (Outcome::Approved, By::from(&vote(Verdict::Approve))));
    }

    #[test]
    fn a_decision_that_turns_out_late_to_be_ours_is_told_with_its_words() {
        let says = Vote { comment: Comment::new("fine").unwrap(), ..vote(Verdict::Approve) };
        let revision = pending().revision();
        let decided = pending().vote(says, &revision, enough()).unwrap().request;
        let lost = decided.attempted(noon(), noon()).unwrap().request;
        let absent = lost.absent(false, noon(), TimeDelta::zero()).unwrap().request;
        let gone = absent.absent(false, noon(), TimeDelta::zero()).unwrap().request;

        let Learned::Refined(step) = gone.ended(ending(Outcome::Approved), noon()) else {
            panic!("not refined")
        };

        assert_eq!(end(*step).reason.as_deref(), Some("fine"));
    }
}
