//! What automatic rules have to do with a request: they are asked once about each content, and only while nobody has
//! voted and everything about it is known.

use chrono::{DateTime, TimeDelta, Utc};

use super::transition::{Effect, Step};
use super::{
    Comment, Decider, Deciding, Enrichment, Facts, Note, Refusal, Repositories, Revision, State,
    TokenRequest, Verdict,
};
use crate::ids::Login;

/// What GitHub has not told of a request after this time, no rule waits for.
pub const KNOWN_WITHIN: TimeDelta = TimeDelta::minutes(1);

/// Whether rules are, will be or were asked about the content as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ruling {
    /// Whatever the content: rules were off when the request came, or it is from before there were any.
    Never,
    /// Once GitHub's list has told the rest, if that is by then.
    Awaited { until: DateTime<Utc> },
    /// Now: everything is known.
    Due,
    /// No more: it was not known in time, or is contradictory, or people were faster.
    People,
    /// They were, and this came of it.
    Asked(Said),
}

/// What came of asking the rules.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Said {
    /// No rule decides it, or not one alone.
    Nothing,
    /// This one would have decided; rules only announce that.
    Would { verdict: Verdict, rule: String },
    /// This one would have approved, and has approved enough for this person today.
    UsedUp {
        rule: String,
        cap: u32,
        /// Who that is, if they answer for machines: all their requests are counted together.
        answering: Option<Login>,
    },
    /// A rule decided.
    Decided,
}

/// A decision that a rule made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ruled {
    /// The policy's name.
    pub rule: String,
    pub verdict: Verdict,
    /// What the requester will read.
    pub reason: Option<Comment>,
    pub at: DateTime<Utc>,
    /// The digest of everything that was in force then.
    pub rules: String,
}

impl Ruling {
    /// For a request that came just now.
    pub(super) fn at_arrival(has_rules: bool, now: DateTime<Utc>) -> Self {
        if has_rules { Self::Awaited { until: now + KNOWN_WITHIN } } else { Self::Never }
    }

    /// For other content of the same request, as GitHub's list tells it as a whole. Where what came first was never
    /// understood, or people have begun, they go on.
    pub(super) fn anew(&self) -> Self {
        match self {
            Self::Never => Self::Never,
            Self::Due | Self::Asked(_) => Self::Due,
            Self::Awaited { .. } | Self::People => Self::People,
        }
    }

    /// For a request of which nobody told before GitHub's list told all of it.
    pub(super) fn once_whole(&self) -> Self {
        match self {
            Self::Awaited { .. } => Self::Due,
            other @ (Self::Never | Self::Due | Self::People | Self::Asked(_)) => other.clone(),
        }
    }

    /// Once people have begun to decide.
    pub(super) fn left_to_people(self) -> Self {
        match self {
            Self::Awaited { .. } | Self::Due => Self::People,
            other @ (Self::Never | Self::People | Self::Asked(_)) => other,
        }
    }

    /// Once people have begun, whatever becomes of the content: what they took up no rule decides any more.
    pub(super) fn for_people_for_good(self) -> Self {
        match self {
            Self::Never => Self::Never,
            Self::Awaited { .. } | Self::Due | Self::People | Self::Asked(_) => Self::People,
        }
    }

    /// Whether a rule may yet decide.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Awaited { .. } | Self::Due)
    }
}

impl Facts {
    /// Whether the list only adds to what was told before and contradicts none of it: a webhook may name some of the
    /// repositories alone.
    fn are_completed_by(&self, listed: &Self) -> bool {
        let repositories = match (&self.repositories, &listed.repositories) {
            (Repositories::Subset { listed: some, count }, Repositories::Subset { listed: all, .. }) => {
                let are_among = some.iter().all(|one| all.iter().any(|other| other.id == one.id));
                are_among && count.is_none_or(|count| count == all.len() as u64)
            }
            (told, listed) => told == listed,
        };
        repositories
            && self.requester.id == listed.requester.id
            && self.permissions == listed.permissions
            && self.expiry == listed.expiry
            && self.token == listed.token
            && self.created_at.map(|at| at.timestamp()) == listed.created_at.map(|at| at.timestamp())
    }
}

impl TokenRequest {
    /// GitHub's list has told the whole request. Rules are asked about it if that came in time and is what the webhook
    /// said, too; `None` if nothing changes.
    pub fn completed(self, facts: Facts, now: DateTime<Utc>) -> Option<Step> {
        let before = self.clone();
        let is_consistent = self.facts.are_completed_by(&facts);
        let step = Step::quiet(self)
            .then(|request| request.told(facts))
            .then(|request| request.enriched(Enrichment::Complete));
        let step = match before.ruling {
            Ruling::Awaited { until } if step.request.may_be_ruled() => {
                let ruling = if is_consistent && now <= until { Ruling::Due } else { Ruling::People };
                step.with_ruling(ruling)
            }
            Ruling::Awaited { .. } | Ruling::Never | Ruling::Due | Ruling::People | Ruling::Asked(_) => step,
        };
        (step.request != before).then_some(step)
    }

    /// The revision that rules are to be asked about now.
    pub fn is_for_rules(&self) -> bool {
        self.ruling == Ruling::Due && self.may_be_ruled()
    }

    /// Whether nothing has happened that only people may judge.
    fn may_be_ruled(&self) -> bool {
        match &self.state {
            State::Pending { votes, note, sent } => {
                votes.is_empty() && sent.is_none() && matches!(note, None | Some(Note::ContentChanged))
            }
            State::Deciding(_) | State::Settled(_) => false,
        }
    }

    /// Whether somebody has voted, or a decision came back to people.
    pub(super) fn is_begun_by_people(&self) -> bool {
        match &self.state {
            State::Pending { votes, note, sent } => {
                !votes.is_empty() || sent.is_some() || note.as_ref().is_some_and(Note::is_of_a_decision)
            }
            // What GitHub was told of a rule's decision is for people to sort out, too.
            State::Deciding(deciding) => {
                matches!(deciding.by, Decider::Voter(_)) || !deciding.attempts.is_empty()
            }
            State::Settled(_) => true,
        }
    }

    /// No rule is going to decide this content; `None` if that was so already.
    pub fn left_to_people(self) -> Option<Step> {
        if !self.ruling.is_open() {
            return None;
        }
        let ruling = self.ruling.clone().left_to_people();
        Some(Step::new(Self { ruling, ..self }, &[Effect::Card]))
    }

    /// Rules were asked, and people decide.
    pub fn said(self, said: Said) -> Option<Step> {
        self.is_for_rules().then(|| Step::new(Self { ruling: Ruling::Asked(said), ..self }, &[Effect::Card]))
    }

    /// A rule decides this revision, which nobody has voted on.
    pub fn ruled(self, ruled: Ruled, revision: &Revision) -> Result<Step, Refusal> {
        let votes = self.votes_for(revision)?;
        if !votes.is_empty() || !self.is_for_rules() {
            return Err(Refusal::ContentChanged);
        }
        let (verdict, at) = (ruled.verdict, ruled.at);
        let reason = ruled.reason.as_ref().map(ToString::to_string);
        let deciding = Deciding::made_by(Decider::Rule(ruled), verdict, reason, at);
        let request = Self { state: State::Deciding(deciding), ruling: Ruling::Asked(Said::Decided), ..self };
        Ok(Step::new(request, &[Effect::Card, Effect::Review]))
    }
}

impl TokenRequest {
    /// What a rule decided, and GitHub tells a little differently by now, so that it has to be asked again; `None` where
    /// people decided.
    pub fn to_rule_again(mut self) -> Option<Self> {
        match &mut self.state {
            State::Deciding(Deciding { by: Decider::Rule(ruled), .. }) => ruled.rules.clear(),
            State::Deciding(_) | State::Pending { .. } | State::Settled(_) => return None,
        }
        Some(self)
    }

    /// The rule was asked again, with `rules` in force, and still says so.
    pub fn ruled_again(self, now: DateTime<Utc>, rules: &str) -> Option<Step> {
        self.deciding(|deciding| {
            deciding.judged_at = now;
            if let Decider::Rule(ruled) = &mut deciding.by {
                rules.clone_into(&mut ruled.rules);
            }
        })
    }
}

impl Step {
    /// The same with another ruling; what is due is asked for.
    pub(super) fn with_ruling(mut self, ruling: Ruling) -> Self {
        self.effects.retain(|effect| *effect != Effect::AskRules);
        if ruling == Ruling::Due {
            self.effects.push(Effect::AskRules);
        }
        // The card may wait for what the rules say.
        if self.request.ruling.is_open() && !ruling.is_open() && !self.effects.contains(&Effect::Card) {
            self.effects.push(Effect::Card);
        }
        Self { request: TokenRequest { ruling, ..self.request }, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::RepositoryId;
    use crate::request::samples::{enough, facts, noon, pending, vote};
    use crate::request::{Answer, Arrival, Enough, Expiry, Key, RefusedByGitHub, Repository};

    fn arrived(has_rules: bool, facts: Facts) -> TokenRequest {
        let TokenRequest { organization, id, installation, key, .. } = pending();
        let arrival = Arrival { organization, id, installation, facts, has_rules };
        TokenRequest::arrived(arrival, key, noon()).request
    }

    fn due() -> TokenRequest {
        arrived(true, facts()).completed(facts(), noon()).unwrap().request
    }

    fn ruled(verdict: Verdict) -> Ruled {
        Ruled { rule: "read-only-short".into(), verdict, reason: None, at: noon(), rules: String::new() }
    }

    fn wider() -> Facts {
        Facts { repositories: Repositories::All, ..facts() }
    }

    #[test]
    fn what_is_known_in_time_is_for_rules_once() {
        let step = arrived(true, facts()).completed(facts(), noon() + KNOWN_WITHIN).unwrap();
        assert!(step.effects.contains(&Effect::AskRules));
        assert!(step.request.is_for_rules());
        assert_eq!(step.request.clone().completed(facts(), noon()), None, "nothing is new");

        let said = step.request.said(Said::Nothing).unwrap();

        assert!(!said.request.is_for_rules());
        assert_eq!(said.request.clone().said(Said::Nothing), None);
        assert_eq!(said.request.completed(facts(), noon()), None);
    }

    #[test]
    fn only_what_rules_may_yet_decide_is_left_to_people() {
        for open in [arrived(true, facts()), due()] {
            assert!(open.ruling.is_open());
            let step = open.left_to_people().unwrap();

            assert_eq!(step.request.ruling, Ruling::People);
            assert_eq!(step.effects, [Effect::Card]);
            assert_eq!(step.request.left_to_people(), None);
        }
        let said = due().said(Said::Nothing).unwrap().request;
        assert!(!said.ruling.is_open());
        assert_eq!(said.left_to_people(), None);
    }

    #[test]
    fn what_is_on_hold_is_not_asked_about_once_it_is_whole() {
        let note = Some(Note::Paused { cause: "the App is suspended".into() });
        let state = State::Pending { votes: vec![], note, sent: None };
        let on_hold = TokenRequest { state, ..arrived(true, facts()) };

        let step = on_hold.completed(facts(), noon()).unwrap();

        assert!(!step.effects.contains(&Effect::AskRules));
        assert_ne!(step.request.ruling, Ruling::Due);
    }

    #[test]
    fn a_rule_that_is_asked_again_is_judged_by_the_rules_of_then() {
        let revision = due().revision();
        let in_force = Ruled { rules: "before".into(), ..ruled(Verdict::Approve) };
        let decided = due().ruled(in_force, &revision).unwrap().request;
        let by = |request: &TokenRequest| match &request.state {
            State::Deciding(Deciding { by: Decider::Rule(ruled), judged_at, .. }) => {
                (ruled.rules.clone(), *judged_at)
            }
            other => panic!("{other:?}"),
        };

        let again = decided.to_rule_again().unwrap();
        assert_eq!(by(&again).0, "");
        let later = noon() + TimeDelta::minutes(1);
        let step = again.ruled_again(later, "now").unwrap();

        assert_eq!(by(&step.request), ("now".to_owned(), later));
        assert_eq!(due().to_rule_again(), None);
        assert_eq!(due().ruled_again(later, "now"), None);
    }

    #[test]
    fn the_card_is_drawn_once_rules_are_out_of_it() {
        let with = |request: TokenRequest, effects: &[Effect], ruling: Ruling| {
            Step::new(request, effects).with_ruling(ruling).effects
        };
        let said = due().said(Said::Nothing).unwrap().request;

        assert_eq!(with(due(), &[], Ruling::People), [Effect::Card]);
        assert_eq!(with(due(), &[Effect::Card], Ruling::People), [Effect::Card]);
        assert_eq!(with(due(), &[Effect::AskRules], Ruling::Due), [Effect::AskRules]);
        assert_eq!(with(said, &[], Ruling::People), []);
    }

    #[test]
    fn where_rules_are_off_nothing_is_ever_for_them() {
        let step = arrived(false, facts()).completed(facts(), noon()).unwrap();
        assert!(!step.effects.contains(&Effect::AskRules));

        let changed = step.request.told(wider()).unwrap();

        assert!(!changed.effects.contains(&Effect::AskRules));
        assert_eq!(changed.request.ruling, Ruling::Never);
    }

    #[test]
    fn what_comes_late_or_contradicts_the_webhook_is_for_people() {
        let late = noon() + KNOWN_WITHIN + TimeDelta::milliseconds(1);
        let missing = arrived(true, facts()).enriched(Enrichment::Missing).unwrap().request;
        for request in [
            arrived(true, facts()).completed(facts(), late).unwrap().request,
            arrived(true, facts()).completed(wider(), noon()).unwrap().request,
            missing.completed(facts(), noon()).unwrap().request,
        ] {
            assert_eq!(request.ruling, Ruling::People);
            assert_eq!(request.enrichment, Enrichment::Complete);
        }
    }

    #[test]
    fn a_list_that_only_adds_repositories_is_no_contradiction() {
        let some = |ids: &[u64], count| Facts {
            repositories: Repositories::Subset {
                listed: ids
                    .iter()
                    .map(|id| Repository {
                        id: RepositoryId(*id),
                        full_name: format!("acme/r{id}"),
                        private: None,
                    })
                    .collect(),
                count,
            },
            ..facts()
        };
        let asked = |told: Facts, listed: Facts| {
            arrived(true, told).completed(listed, noon()).unwrap().request.ruling == Ruling::Due
        };

        assert!(asked(some(&[1], Some(2)), some(&[1, 2], Some(2))));
        assert!(asked(some(&[1], None), some(&[1, 2], Some(2))));
        assert!(!asked(some(&[1], Some(2)), some(&[1, 2, 3], Some(3))));
        assert!(!asked(some(&[4], Some(2)), some(&[1, 2], Some(2))));
        assert!(!asked(Facts { expiry: Expiry::Never, ..facts() }, facts()));
        assert!(!asked(Facts { token: None, ..facts() }, facts()));
        assert!(!asked(Facts { created_at: None, ..facts() }, facts()));
    }

    #[test]
    fn of_two_times_of_asking_none_counts() {
        let later = Facts { created_at: Some(noon() + TimeDelta::seconds(1)), ..facts() };

        let told = arrived(true, facts()).completed(later.clone(), noon()).unwrap().request;
        assert_eq!((told.facts.created_at, &told.ruling), (None, &Ruling::People));
        assert_eq!(told.clone().told(facts()), None, "and it stays so");

        let due = due().told(later).unwrap().request;
        assert_eq!(due.facts.created_at, None);
    }

    #[test]
    fn changed_content_is_for_rules_anew() {
        let asked = due().said(Said::Nothing).unwrap().request;

        let step = asked.told(wider()).unwrap();

        assert!(step.effects.contains(&Effect::AskRules));
        assert!(step.request.is_for_rules());
    }

    #[test]
    fn what_people_have_begun_is_theirs_whatever_becomes_of_the_content() {
        let silent = due().said(Said::Nothing).unwrap().request;
        let revision = silent.revision();
        let alice = vote(Verdict::Approve);
        let voted = silent.clone().vote(alice.clone(), &revision, Enough::NotYet).unwrap().request;
        let taken_back = voted.clone().withdrawn(&alice).unwrap().request;
        let decided = silent.vote(alice.clone(), &revision, enough()).unwrap().request;
        let withdrawn = decided.clone().withdrawn(&alice).unwrap().request;
        let by_rule = due().ruled(ruled(Verdict::Approve), &revision).unwrap().request;
        let overruled = by_rule.clone().withdrawn(&alice).unwrap().request;
        let refused = Note::RefusedByGitHub(RefusedByGitHub::after(None, 422, "no"));
        let refused = by_rule.clone().back_to_people(refused).request;
        let sent = by_rule.clone().attempted(noon(), noon()).unwrap().request;
        let no = Answer::Refused { status: 422, words: "no".into() };
        let answered = sent.answered(no, noon()).unwrap().request;
        // What GitHub refused is forgotten once it has been out of sight.
        let gone = refused.clone().missing_from_list(noon(), TimeDelta::hours(1)).unwrap().request;
        let seen = gone.seen_on_list().unwrap().request;

        for request in [voted, taken_back, decided, withdrawn, overruled, answered, refused, seen] {
            let step = request.told(wider()).unwrap();

            assert!(!step.effects.contains(&Effect::AskRules), "{:?}", step.request.state);
            assert!(!step.request.is_for_rules());
            let again = step.request.told(facts()).unwrap();
            assert_eq!(again.request.ruling, Ruling::People);
        }
    }

    #[test]
    fn what_a_rule_decided_and_nobody_was_told_is_for_rules_anew() {
        let by_rule = due().ruled(ruled(Verdict::Approve), &due().revision()).unwrap().request;

        assert!(by_rule.told(wider()).unwrap().request.is_for_rules());
    }

    #[test]
    fn a_rule_decides_what_nobody_has_voted_on() {
        let request = due();
        let revision = request.revision();

        let step = request.ruled(ruled(Verdict::Deny), &revision).unwrap();

        let State::Deciding(deciding) = &step.request.state else { panic!("deciding") };
        assert_eq!(deciding.by, Decider::Rule(ruled(Verdict::Deny)));
        assert_eq!(step.effects, [Effect::Card, Effect::Review]);
        assert_eq!(step.request.ruling, Ruling::Asked(Said::Decided));
    }

    #[test]
    fn no_rule_decides_where_people_have_begun_or_the_content_is_another() {
        let revision = due().revision();
        let voted = due().vote(vote(Verdict::Approve), &revision, Enough::NotYet).unwrap().request;
        let back = voted.clone().withdrawn(&vote(Verdict::Approve)).unwrap().request;
        let decided = due().vote(vote(Verdict::Approve), &revision, enough()).unwrap().request;
        let withdrawn = decided.clone().withdrawn(&vote(Verdict::Approve)).unwrap().request;
        let paused = due().paused("suspended").unwrap().request;
        for request in [voted, back, decided, withdrawn, paused] {
            assert!(!request.is_for_rules());
            assert!(request.ruled(ruled(Verdict::Approve), &revision).is_err());
        }
        assert!(due().ruled(ruled(Verdict::Approve), &Revision::of(&wider())).is_err());
    }

    #[test]
    fn a_decision_by_rule_that_an_approver_takes_back_is_for_people() {
        let revision = due().revision();
        let decided = due().ruled(ruled(Verdict::Approve), &revision).unwrap().request;

        let back = decided.withdrawn(&vote(Verdict::Approve)).unwrap().request;

        assert!(!back.is_for_rules());
        assert!(back.open().to_decide);
    }

    #[test]
    fn what_is_found_whole_is_for_rules_at_once() {
        let TokenRequest { organization, id, installation, .. } = pending();
        let arrival = Arrival { organization, id, installation, facts: facts(), has_rules: true };
        let key = || "r-7f3k2".parse::<Key>().unwrap();

        let whole = TokenRequest::found(arrival.clone(), true, key(), noon());
        assert!(whole.effects.contains(&Effect::AskRules) && whole.request.is_for_rules());
        let part = TokenRequest::found(arrival.clone(), false, key(), noon());
        assert!(!part.effects.contains(&Effect::AskRules));
        let whole = TokenRequest::found(Arrival { has_rules: false, ..arrival }, true, key(), noon());
        assert!(!whole.effects.contains(&Effect::AskRules));
    }
}
