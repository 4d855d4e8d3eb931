//! The states of a request; each carries what is true in it and nothing else.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Comment, Facts, Key, Revision, Ruled, Ruling};
use crate::ids::{GitHubUserId, InstallationId, Login, OrganizationId, RequestId, SlackUserId};

/// A request for access to one organization's resources by one fine-grained token.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenRequest {
    pub organization: OrganizationId,
    pub id: RequestId,
    pub key: Key,
    /// Counts commits of this request; a commit that saw an older one has lost a race.
    pub version: u64,
    pub installation: Option<InstallationId>,
    pub received_at: DateTime<Utc>,
    /// GitHub told how it ended and never that it was asked for: granted without review, or its beginning is late.
    pub is_unasked: bool,
    pub facts: Facts,
    pub enrichment: Enrichment,
    /// Whether rules are asked about the content as it stands.
    pub ruling: Ruling,
    pub state: State,
}

impl TokenRequest {
    /// The revision of the content as it now stands.
    pub fn revision(&self) -> Revision {
        Revision::of(&self.facts)
    }

    /// Whether an approval of this person counts while the request waits.
    pub fn has_vote_of(&self, slack: &SlackUserId) -> bool {
        match &self.state {
            State::Pending { votes, .. } => votes.iter().any(|vote| vote.slack == *slack),
            State::Deciding(_) | State::Settled(_) => false,
        }
    }

    /// Whether GitHub's list has still to tell what it asks for: what is decided about it now would not hold.
    pub fn is_being_looked_up(&self) -> bool {
        self.enrichment == Enrichment::Waiting && !self.facts.repositories.is_fully_listed()
    }

    /// Whether this is a token that was granted without review, as far as is known, and GitHub says nothing else.
    pub fn is_unreviewed_grant(&self) -> bool {
        match &self.state {
            State::Settled(settlement) => {
                self.is_unasked
                    && settlement.outcome == Outcome::Approved
                    && settlement.contradicted.is_none()
            }
            State::Pending { .. } | State::Deciding(_) => false,
        }
    }
}

/// Whether GitHub's REST list has told the rest of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Enrichment {
    /// Asked for; the card may already be out.
    Waiting,
    Complete,
    /// The list did not show the request in time.
    Missing,
}

/// Where a request stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum State {
    /// Waits for people.
    Pending {
        votes: Vec<Vote>,
        note: Option<Note>,
        /// An earlier decision of ours that came back to people and may yet turn out to have reached GitHub.
        sent: Option<Sent>,
    },
    /// Decided by us; GitHub has not confirmed it yet.
    Deciding(Deciding),
    /// Over; GitHub said so.
    Settled(Settlement),
}

impl State {
    /// Every state's name: in the database, in metrics, for people.
    pub const NAMES: [&'static str; 3] = ["pending", "deciding", "settled"];

    pub fn name(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Deciding(_) => "deciding",
            Self::Settled(_) => "settled",
        }
    }
}

/// A decision on its way to GitHub.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Deciding {
    pub verdict: Verdict,
    /// Whose vote completed the decision, or which rule made it.
    pub by: Decider,
    /// Approvals given earlier that counted towards it; a denial needs none, and so does a rule.
    pub others: Vec<Vote>,
    /// What the requester will read, for denials and commented approvals.
    pub reason: Option<String>,
    /// When the deciders' rights were last judged.
    pub judged_at: DateTime<Utc>,
    /// The first attempt and the newest ones; `made` counts all.
    pub attempts: Vec<Attempt>,
    pub made: u32,
    /// Since when complete listings have not shown the request.
    pub absent_since: Option<DateTime<Utc>>,
    pub blocked: Option<Blocked>,
    /// The decision takes long; the card says so.
    pub slow: Option<Slow>,
    /// GitHub's refusal of an earlier decision on the same content.
    pub refused_before: Option<RefusedByGitHub>,
    /// An earlier decision that came back to people and may yet turn out to have reached GitHub.
    pub sent_before: Option<Sent>,
}

impl Deciding {
    /// A decision made at `at`, on which nothing has been done yet.
    pub(super) fn made_by(by: Decider, verdict: Verdict, reason: Option<String>, at: DateTime<Utc>) -> Self {
        Self {
            verdict,
            by,
            others: vec![],
            reason,
            judged_at: at,
            attempts: vec![],
            made: 0,
            absent_since: None,
            blocked: None,
            slow: None,
            refused_before: None,
            sent_before: None,
        }
    }

    /// Whether nothing of it is sent while everything is frozen: every approval, and whatever a rule decided.
    pub fn waits_while_frozen(&self) -> bool {
        self.verdict == Verdict::Approve || matches!(self.by, Decider::Rule(_))
    }

    /// Whether GitHub may have carried the decision out without our knowing.
    pub fn may_have_arrived(&self) -> bool {
        self.attempts.iter().any(Attempt::may_have_arrived)
    }

    /// Whether what GitHub shows to have happened may be our doing.
    pub fn may_be_ours(&self) -> bool {
        self.attempts.iter().any(Attempt::is_without_answer)
    }

    /// Whether GitHub's last answer is what stands in the way, and not that nothing could be asked.
    pub(super) fn is_blocked_by_answer(&self) -> bool {
        let last = self.attempts.last().and_then(|attempt| attempt.answer.as_ref());
        last.is_some_and(Answer::needs_people)
    }
}

/// Who decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Decider {
    /// A person, by the vote that made the others enough.
    Voter(Vote),
    /// A rule, alone.
    Rule(Ruled),
}

impl Decider {
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Voter(vote) => vote.verdict,
            Self::Rule(ruled) => ruled.verdict,
        }
    }

    pub fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Voter(vote) => vote.at,
            Self::Rule(ruled) => ruled.at,
        }
    }

    /// The vote, if a person decided.
    pub fn vote(&self) -> Option<&Vote> {
        match self {
            Self::Voter(vote) => Some(vote),
            Self::Rule(_) => None,
        }
    }
}

/// Why a decision takes long, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slow {
    pub since: DateTime<Utc>,
    pub cause: Delay,
}

/// What a decision that takes long waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delay {
    /// GitHub gives no answer, or none that tells.
    Silence,
    /// GitHub asked to be left alone for a while.
    Limit,
    /// GitHub no longer lists the request and has not said how it ended.
    Unlisted,
    /// Whether a decider still has the right can't be told.
    Doubt,
    /// Anything else; the log has it.
    Other,
}

/// What is decided about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    Approve,
    Deny,
}

/// One person's authorised vote on the revision it was given for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Vote {
    pub slack: SlackUserId,
    pub github: GitHubUserId,
    pub login: Login,
    pub verdict: Verdict,
    /// What the voter wants the requester to read.
    pub comment: Option<Comment>,
    pub at: DateTime<Utc>,
    /// Of the groups that have to be represented, those the voter was in when the vote was last judged.
    pub groups: BTreeSet<String>,
    /// Whether the voter might decide then whichever groups have to be represented.
    pub is_decider: bool,
}

impl Vote {
    /// Whether both votes come from one person, by either account.
    pub fn is_by_voter_of(&self, other: &Vote) -> bool {
        self.github == other.github || self.slack == other.slack
    }
}

/// What a pending request's card adds about its past.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Note {
    /// The content changed after somebody had voted or decided; votes are void.
    ContentChanged,
    /// GitHub refused our review.
    RefusedByGitHub(RefusedByGitHub),
    /// A decider lost the right before GitHub could be told.
    RightLapsed { login: Login },
    /// Everybody may still decide, and yet the approvals have become too few.
    NoLongerEnough,
    /// The rule that decided would not do so any more, before GitHub could be told.
    RuleLapsed { rule: String },
    /// An approver took the decision back before GitHub was told.
    Withdrawn { login: Login },
    /// Somebody looked, and GitHub's list did not show the request.
    NotListed { since: DateTime<Utc> },
    /// The organization is out of reach; nothing can be decided until that is mended.
    Paused { cause: String },
}

impl Note {
    /// Whether a decision was made that did not take effect, for another cause than that the content changed.
    pub(super) fn is_of_a_decision(&self) -> bool {
        match self {
            Self::RefusedByGitHub(_)
            | Self::RightLapsed { .. }
            | Self::NoLongerEnough
            | Self::RuleLapsed { .. }
            | Self::Withdrawn { .. } => true,
            Self::ContentChanged | Self::NotListed { .. } | Self::Paused { .. } => false,
        }
    }
}

/// GitHub's definite no to a review, in its words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RefusedByGitHub {
    pub status: u16,
    pub words: String,
    /// How often in a row, with the same words.
    pub times: u32,
    /// Whether somebody had the list read since.
    pub looked_again: bool,
}

impl RefusedByGitHub {
    /// One more refusal after `before`.
    pub fn after(before: Option<&Self>, status: u16, words: &str) -> Self {
        let same = before.filter(|before| before.status == status && before.words == words);
        let times = same.map_or(0, |before| before.times).saturating_add(1);
        Self { status, words: words.to_owned(), times, looked_again: false }
    }

    /// Whether another decision would only be refused again, as far as anybody knows.
    pub fn is_stuck(&self) -> bool {
        self.times >= 2 && !self.looked_again
    }
}

/// One try to tell GitHub the decision; recorded before it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attempt {
    pub at: DateTime<Utc>,
    /// Nothing of this attempt is sent after this moment.
    pub deadline: DateTime<Utc>,
    /// `None` until an answer is recorded: the attempt may have arrived.
    pub answer: Option<Answer>,
}

impl Attempt {
    /// Whether GitHub may have carried this attempt out, or may still do so: it was sent and never answered.
    pub fn is_without_answer(&self) -> bool {
        self.may_have_arrived() || self.answer == Some(Answer::StillListed)
    }

    /// Whether GitHub may have carried this attempt out without our knowing.
    pub fn may_have_arrived(&self) -> bool {
        matches!(self.answer, None | Some(Answer::Unclear { .. }))
    }
}

/// What an answer to a review means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Answer {
    /// 204: carried out.
    Confirmed,
    /// A definite no about this request (404, 422); the list tells whether it still waits.
    Refused { status: u16, words: String },
    /// Not carried out, and not about this request: no access, limits. Status 0: nothing was sent at all.
    NotTaken {
        status: u16,
        words: String,
        /// GitHub wants to be left alone until then.
        until: Option<DateTime<Utc>>,
    },
    /// No answer came, and after its deadline the list still showed the request.
    StillListed,
    /// No answer, or one that does not tell (5xx, connection lost, time-out, a no that GitHub does not know).
    Unclear { cause: String },
}

impl Answer {
    /// Whether it stays so until somebody mends it. Not so a limit, what was never sent (status 0), what is to be asked
    /// elsewhere (3xx), and what GitHub would have asked again (408, 425, 429).
    pub fn needs_people(&self) -> bool {
        match self {
            Self::NotTaken { until: Some(_), .. }
            | Self::NotTaken { status: ..400 | 408 | 425 | 429, .. } => false,
            Self::NotTaken { .. } => true,
            Self::Confirmed | Self::Refused { .. } | Self::StillListed | Self::Unclear { .. } => false,
        }
    }
}

/// Why a decision waits for somebody to mend something.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Blocked {
    pub since: DateTime<Utc>,
    pub cause: String,
}

impl Blocked {
    /// The cause of what a freeze holds back; who froze everything and why is told from the brake, while it is on.
    pub const BY_FREEZE: &'static str = "everything is frozen";

    pub fn is_by_freeze(&self) -> bool {
        self.cause == Self::BY_FREEZE
    }
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Settlement {
    pub outcome: Outcome,
    pub by: By,
    /// Approvals that had been given here, besides that of `by`: they counted towards our decision, or another end came
    /// before they were enough.
    pub others: Vec<Vote>,
    pub at: DateTime<Utc>,
    pub reason: Option<String>,
    pub evidence: Evidence,
    /// Our own decision that was sent and never answered, where the outcome is not known to be its doing.
    pub sent: Option<Sent>,
    /// Another end that GitHub told or confirmed as well; people must look.
    pub contradicted: Option<Contradiction>,
    /// Of what content GitHub told when it told of this end.
    pub content: Content,
    /// Whether everything was frozen then.
    pub is_frozen: bool,
    /// What our policies say of a decision that somebody made on GitHub's page; `None` until they were asked, and for
    /// every other end.
    pub compared: Option<Compared>,
}

impl Settlement {
    /// An end with nothing more to say about it.
    pub fn new(outcome: Outcome, by: By, evidence: Evidence, at: DateTime<Utc>) -> Self {
        Self {
            outcome,
            by,
            others: vec![],
            at,
            reason: None,
            evidence,
            sent: None,
            contradicted: None,
            content: Content::AsKnown,
            is_frozen: false,
            compared: None,
        }
    }
}

/// Of what content GitHub told when it told how a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Content {
    /// What was known here, or none at all.
    AsKnown,
    /// Other content, which is the request's now: what was voted here was for something else.
    Other,
    /// Other content, and not the whole of it.
    Unclear,
}

/// Whether our policies would have allowed a decision that somebody made on GitHub's page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Compared {
    Within,
    /// They would not have; in a few words.
    Outside {
        why: String,
    },
    /// It could not be found out, which is no yes.
    Unknown {
        cause: String,
    },
}

/// How an end is known, in rising order of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Evidence {
    /// Our own conclusion from what GitHub no longer shows.
    Concluded,
    /// GitHub confirmed our review. What it answers for a request that was over already is not documented.
    Answered,
    /// GitHub's own event said so.
    Told,
}

/// A decision of ours that was sent and never answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sent {
    pub by: Decider,
    /// Earlier approvals that counted towards it.
    pub others: Vec<Vote>,
    pub reason: Option<String>,
}

/// An end beside the one that stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Contradiction {
    pub outcome: Outcome,
    pub by: By,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    Approved,
    Denied,
    Cancelled,
    /// A newer request for the same token took its place.
    Superseded,
    /// GitHub no longer lists it and does not say why.
    Gone,
}

impl Outcome {
    /// Whether it only stands in for an end that GitHub has not told.
    pub(super) fn is_stopgap(self) -> bool {
        match self {
            Self::Superseded | Self::Gone => true,
            Self::Approved | Self::Denied | Self::Cancelled => false,
        }
    }
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Approve => Self::Approved,
            Verdict::Deny => Self::Denied,
        }
    }
}

/// Who ended a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum By {
    /// Somebody in Slack, through us.
    Person {
        slack: SlackUserId,
        github: GitHubUserId,
        login: Login,
    },
    /// A rule of the operators, through us.
    Rule {
        /// The policy's name.
        policy: String,
    },
    /// Somebody on GitHub's page.
    GitHubUser {
        id: GitHubUserId,
        login: Login,
    },
    Requester,
    Unknown,
}

impl From<&Vote> for By {
    fn from(vote: &Vote) -> Self {
        Self::Person { slack: vote.slack.clone(), github: vote.github, login: vote.login.clone() }
    }
}

impl From<&Decider> for By {
    fn from(decider: &Decider) -> Self {
        match decider {
            Decider::Voter(vote) => vote.into(),
            Decider::Rule(ruled) => Self::Rule { policy: ruled.rule.clone() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::{enough, noon, pending, vote};

    #[test]
    fn every_state_has_its_name() {
        let revision = pending().revision();
        let decided = pending().vote(vote(Verdict::Approve), &revision, enough()).unwrap().request;
        let settled = pending().superseded(noon()).unwrap().request;

        assert_eq!([pending(), decided, settled].map(|request| request.state.name()), State::NAMES);
    }

    #[test]
    fn people_are_needed_for_a_prohibition_and_not_for_what_passes() {
        let not_taken = |status, until| Answer::NotTaken { status, words: String::new(), until };

        for status in [401, 403, 404, 500] {
            assert!(not_taken(status, None).needs_people(), "{status}");
            assert!(!not_taken(status, Some(noon())).needs_people(), "{status} with a time");
        }
        for status in [0, 307, 399, 408, 425, 429] {
            assert!(!not_taken(status, None).needs_people(), "{status}");
        }
        let unclear = Answer::Unclear { cause: "lost".into() };
        for answer in [Answer::Confirmed, Answer::StillListed, unclear] {
            assert!(!answer.needs_people(), "{answer:?}");
        }
    }
}
