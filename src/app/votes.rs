//! Approvals taken together: those given earlier are judged again, and what they amount to.
//!
//! Who has lost the right since does not count. Who can't be judged is neither taken for the one nor for the other:
//! what they might add is kept apart.

use super::{App, Asker, Rules};
use crate::identity::{Identity, Machines};
use crate::ids::Login;
use crate::policy::{Act, Approval, Judgement, Needs, Progress, Settling, unknown_membership};
use crate::request::{Refusal, State, TokenRequest, Vote};
use crate::slack::messages;

/// Earlier votes, judged again.
#[derive(Debug, Clone, Default)]
pub struct Weighed {
    /// Whose voters still have the right, for the groups they are in now.
    pub standing: Vec<Vote>,
    /// On what facts they have it.
    pub rights: Vec<Judgement>,
    /// The votes as they would be if all that can't be told were in their favour.
    pub hoped: Vec<Vote>,
    /// Whose voters can't be judged, as they were.
    pub doubtful: Vec<Vote>,
    /// The first of those, or of who may be in more groups than is known.
    pub doubt: Option<Doubt>,
    /// Whose voters have lost the right.
    pub lapsed: Vec<Lapsed>,
    /// Which accounts are machines, as it was known when they were judged.
    pub machines: Machines,
}

/// Whose vote may count for something or not, and why that can't be told.
#[derive(Debug, Clone)]
pub struct Doubt {
    pub login: Login,
    pub cause: String,
}

/// A vote that no longer counts, and why.
#[derive(Debug, Clone)]
pub struct Lapsed {
    pub vote: Vote,
    pub asker: Asker,
    pub refusal: Refusal,
}

impl Asker {
    /// A vote of theirs for what is known of them now. A group that they may be in or not is not represented by it.
    pub fn standing(&self, vote: Vote, needs: &Needs) -> Vote {
        let groups = needs.groups().intersection(&self.groups).cloned().collect();
        Vote { groups, is_decider: self.judgement.makes_decider(), ..vote }
    }

    /// The same if all that can't be told were in their favour.
    pub fn hoped(&self, vote: Vote, needs: &Needs) -> Vote {
        let standing = self.standing(vote, needs);
        let is_uncertain = self.judgement.refusal.as_ref().is_some_and(Refusal::is_uncertain);
        let unknown = needs.groups().iter().filter(|group| self.unknown_groups.contains_key(*group));
        let groups = standing.groups.iter().chain(unknown).cloned().collect();
        Vote { is_decider: standing.is_decider || is_uncertain, groups, ..standing }
    }

    /// Why not everything can be told of a vote of theirs, where that is so.
    pub fn doubt(&self, vote: &Vote, needs: &Needs) -> Option<Doubt> {
        let by_judgement = self.against(vote).filter(Refusal::is_uncertain);
        let by_judgement = by_judgement.map(|refusal| messages::uncertain(&refusal));
        let of_group = |(group, cause): (&String, &String)| {
            needs.groups().contains(group).then(|| unknown_membership(group, cause))
        };
        let by_group = || self.unknown_groups.iter().find_map(of_group);
        by_judgement.or_else(by_group).map(|cause| Doubt { login: vote.login.clone(), cause })
    }

    /// Why a vote given earlier does not stand now. The account it was given by has to be the voter's still.
    pub fn against(&self, vote: &Vote) -> Option<Refusal> {
        match (&self.judgement.refusal, &self.identity) {
            (Some(refusal), _) => Some(refusal.clone()),
            (None, Identity::Linked(person)) if person.github == vote.github => None,
            (None, Identity::Linked(_) | Identity::Unlinked | Identity::Doubtful(_)) => {
                Some(Refusal::UnknownAccount)
            }
        }
    }
}

impl App {
    /// Judges earlier votes on facts asked for now; what concerns several of them is asked for once.
    pub async fn weigh(&self, rules: &Rules, votes: &[Vote], act: Act, request: &TokenRequest) -> Weighed {
        let needs = rules.book.routing.needs(&request.facts);
        let fresh = self.groups.anew();
        let mut weighed = Weighed::default();
        for vote in votes {
            // Boxed, because much lies above and below it.
            let asker = Box::pin(self.judge_on(rules, (&vote.slack, fresh), act, request)).await;
            weighed.add(vote, asker, &needs);
        }
        weighed
    }

    /// Whether these approvals, each judged now, settle the request.
    pub fn settle(
        &self,
        rules: &Rules,
        request: &TokenRequest,
        approvals: &[Vote],
        machines: &Machines,
    ) -> Judgement {
        let requester = &request.facts.requester;
        let route = rules.book.routing.route_for(&request.facts);
        let needs = rules.book.routing.needs(&request.facts);
        rules.policy.settle(&Settling {
            request,
            approvers: route.map(|route| route.approvers.as_slice()),
            touches: rules.book.routing.touches(&request.facts),
            answered_by: machines.answering_for(requester.id, &requester.login),
            progress: &needs.progress(approvals.iter().map(Approval::from)),
            needs: &needs,
            now: self.clock.now(),
        })
    }
}

impl Rules {
    /// How far a waiting request's approvals go, as they were last judged.
    pub fn progress(&self, request: &TokenRequest) -> Progress {
        let votes = match &request.state {
            State::Pending { votes, .. } => votes.as_slice(),
            State::Deciding(_) | State::Settled(_) => &[],
        };
        self.book.routing.needs(&request.facts).progress(votes.iter().map(Approval::from))
    }
}

impl Weighed {
    fn add(&mut self, vote: &Vote, asker: Asker, needs: &Needs) {
        self.machines.clone_from(&asker.machines);
        if let Some(doubt) = asker.doubt(vote, needs) {
            self.doubt.get_or_insert(doubt);
        }
        match asker.against(vote) {
            None => {
                self.standing.push(asker.standing(vote.clone(), needs));
                self.hoped.push(asker.hoped(vote.clone(), needs));
                self.rights.push(asker.judgement);
            }
            Some(refusal) if refusal.is_uncertain() => {
                self.hoped.push(asker.hoped(vote.clone(), needs));
                self.doubtful.push(vote.clone());
            }
            Some(refusal) => self.lapsed.push(Lapsed { vote: vote.clone(), asker, refusal }),
        }
    }

    /// The votes that go on to be shown: whoever can't be judged is not taken for gone.
    pub fn kept(&self) -> Vec<Vote> {
        self.standing.iter().chain(&self.doubtful).cloned().collect()
    }
}
