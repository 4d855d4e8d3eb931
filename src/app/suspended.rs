//! What somebody may know of organizations in which the installation of the GitHub App is suspended.
//!
//! Nothing is shown of their tokens, and GitHub can't be asked there about anybody. Our own record tells who may know
//! that they are there: what only GitHub could add counts as fine, but for its groups. What hangs on those is neither a
//! yes nor a no.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt};

use super::tokens::AT_ONCE;
use super::{App, Asker, PlaceError, Rules};
use crate::ids::SlackUserId;
use crate::policy::{About, Judgement, Who};
use crate::request::{Refusal, Requester};
use crate::slack::tokens::{self, Suspended};
use crate::slack::{Message, messages};
use crate::store::{Change, Counted, Mirror, StoreError};
use crate::token::{Filter, Named, Token};

/// Of so many groups each way to be in some of them is looked at.
const GROUPS: usize = 5;

/// Somebody as far as they are known without GitHub.
struct OnRecord {
    /// In each way that they may be in the groups of which only GitHub could tell: at first in none.
    ways: Vec<Who>,
    /// Whether these are all ways that make a difference.
    is_each_way: bool,
    /// With these groups unknown.
    in_doubt: Who,
}

/// Whether something would be allowed, could GitHub be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likely {
    Yes,
    /// It hangs on what only GitHub could tell.
    Unsure,
    No,
}

/// Somebody who asks about an organization of which nothing is shown.
pub(super) struct Unshown {
    pub(super) mirror: Mirror,
    pub(super) asker: Asker,
    /// Whether they hear of it, if not by its name.
    pub(super) is_told: bool,
}

impl OnRecord {
    /// With the groups that matter and of which only GitHub could tell, and why it does not.
    fn of(in_none: Who, at_github: BTreeMap<String, String>) -> Self {
        let groups: Vec<_> = at_github.keys().take(GROUPS).collect();
        let way = |way: usize| {
            let more = groups.iter().enumerate().filter(|(at, _)| way >> at & 1 == 1);
            let more = more.map(|(_, group)| (*group).clone());
            Who { groups: in_none.groups.iter().cloned().chain(more).collect(), ..in_none.clone() }
        };
        let ways = (0..1 << groups.len()).map(way).collect();
        let is_each_way = at_github.len() <= GROUPS;
        let mut in_doubt = in_none;
        in_doubt.unknown_groups.extend(at_github);
        Self { ways, is_each_way, in_doubt }
    }

    /// Whether this is so in whichever groups they are.
    fn always(&self, is_so: impl FnMut(&Who) -> bool) -> bool {
        self.is_each_way && self.ways.iter().all(is_so)
    }

    /// What the policies say, with what is to stand on record of it.
    fn judged(&self, may: impl Fn(&Who) -> Judgement) -> (Likely, Asker) {
        let in_doubt = may(&self.in_doubt);
        // Whatever groups they are in, it is forbidden.
        if in_doubt.refusal.as_ref().is_some_and(|refusal| !refusal.is_uncertain()) {
            return (Likely::No, Asker::new(self.in_doubt.clone(), in_doubt));
        }
        let answers: Vec<_> = self.ways.iter().map(|who| (who, may(who))).collect();
        let is_yes = |(_, answer): &(&Who, Judgement)| answer.allowed;
        let likely = match (answers.iter().all(is_yes), answers.iter().any(is_yes)) {
            _ if !self.is_each_way => Likely::Unsure,
            (true, _) => Likely::Yes,
            (false, true) => Likely::Unsure,
            (false, false) => Likely::No,
        };
        let in_none = answers.into_iter().next().filter(|_| likely != Likely::Unsure);
        let asker = in_none.map(|(who, answer)| Asker::new(who.clone(), answer)).unwrap_or_else(|| {
            let refusal = Some(Refusal::CannotTell { cause: PlaceError::Suspended.to_string() });
            let judgement = Judgement { allowed: false, refusal, ..in_doubt };
            Asker::new(self.in_doubt.clone(), judgement)
        });
        (likely, asker)
    }
}

impl App {
    /// What somebody is told of organizations in which the installation is suspended: of those in which `about` would
    /// be allowed. Of others in which it may be it is only told that there are some, and not to who may be guessing
    /// their names.
    pub(super) async fn suspended_for(
        &self,
        rules: &Rules,
        user: &SlackUserId,
        suspended: Vec<Mirror>,
        (filter, about): (&Filter, About<'_>),
    ) -> (Suspended, Vec<Unshown>) {
        let (mut told, mut unshown) = (Suspended::default(), Vec::new());
        for (person, mirror) in self.on_record_in(rules, user, suspended).await {
            let (likely, asker) = person.judged(|who| self.may_handle(rules, who, &mirror, about));
            let is_unsure = likely == Likely::Unsure && filter.organization.is_none();
            told.is_unsure |= is_unsure;
            if likely == Likely::Yes {
                told.organizations.push(mirror.login.clone());
            }
            unshown.push(Unshown { mirror, asker, is_told: is_unsure || likely == Likely::Yes });
        }
        (told, unshown)
    }

    /// Those of these organizations in which somebody may see and revoke something, in whichever groups they are.
    pub(super) async fn suspended_to_end(
        &self,
        rules: &Rules,
        user: &SlackUserId,
        suspended: Vec<Mirror>,
    ) -> Result<Vec<Unshown>, StoreError> {
        let mut told = Vec::new();
        for (person, mirror) in self.on_record_in(rules, user, suspended).await {
            let owners = self.store.token_owners(mirror.organization).await?;
            let ends = |who: &Who| self.first_ended(rules, who, &mirror, &owners);
            let Some(in_none) = person.ways.first() else { continue };
            let Some((owner, is_own)) = ends(in_none) else { continue };
            if person.always(|who| ends(who).is_some()) {
                // By the right to end what they may in none of the groups.
                let about = About::Ending { owner: &owner, is_own };
                let asker = Asker::new(in_none.clone(), self.may_handle(rules, in_none, &mirror, about));
                told.push(Unshown { mirror, asker, is_told: true });
            }
        }
        Ok(told)
    }

    /// Somebody who may see a token in whichever groups they are; they hear of the organization if they may end it, too.
    pub(super) async fn suspended_to_end_of(
        &self,
        rules: &Rules,
        user: &SlackUserId,
        mirror: &Mirror,
        token: &Named,
    ) -> Option<Unshown> {
        let person = self.who_on_record(rules, user, mirror).await;
        if !person.always(|who| self.may_see(rules, who, mirror, &token.owner).allowed) {
            return None;
        }
        let (likely, asker) = person.judged(|who| self.may_end(rules, who, &mirror.login, token));
        Some(Unshown { mirror: mirror.clone(), asker, is_told: likely == Likely::Yes })
    }

    /// That nothing is shown of a token because the installation in its organization is suspended, to who may know that
    /// the token is there.
    pub(super) async fn suspended_token(
        &self,
        rules: &Rules,
        user: &SlackUserId,
        mirror: &Mirror,
        token: &Token,
    ) -> Result<Option<Message>, StoreError> {
        let person = self.who_on_record(rules, user, mirror).await;
        let may_see = |who: &Who| self.may_see(rules, who, mirror, &token.owner);
        let (likely, asker) = person.judged(may_see);
        let entries = vec![self.record().token_not_shown(token, &asker)];
        let counts = asker.judgement.refusal.iter().map(Counted::refused).collect();
        self.store_alone(Change { entries, counts, ..Change::default() }).await?;
        let words = tokens::suspended(std::slice::from_ref(&mirror.login));
        Ok((likely == Likely::Yes).then(|| messages::words(&words)))
    }

    /// Whether somebody may know that a token is there while GitHub can't be asked, in whichever of its groups they are: to
    /// others it is as if there were none.
    pub(super) async fn may_know_of(
        &self,
        rules: &Rules,
        user: &SlackUserId,
        mirror: &Mirror,
        owner: &Requester,
    ) -> bool {
        let person = self.who_on_record(rules, user, mirror).await;
        person.always(|who| self.may_see(rules, who, mirror, owner).allowed)
    }

    async fn on_record_in(
        &self,
        rules: &Rules,
        user: &SlackUserId,
        suspended: Vec<Mirror>,
    ) -> Vec<(OnRecord, Mirror)> {
        let asked = stream::iter(suspended)
            .map(|mirror| Box::pin(async move { (self.who_on_record(rules, user, &mirror).await, mirror) }));
        asked.buffered(AT_ONCE).collect().await
    }

    async fn who_on_record(&self, rules: &Rules, user: &SlackUserId, mirror: &Mirror) -> OnRecord {
        let of = (mirror.organization, &mirror.login);
        let (place, fresh) = (Err(PlaceError::Suspended), self.groups.recently());
        let (who, groups) = Box::pin(self.established_at(rules, user, place, of, fresh)).await;
        let mut at_github = groups.causes_at_github();
        at_github.retain(|group, _| rules.policy.group_matters(group));
        OnRecord::of(self.on_record(rules, who, &groups).await, at_github)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::policy::samples::alice;

    fn judgement(who: &Who, refusal: Option<Refusal>) -> Judgement {
        let policies = who.unknown_groups.keys().cloned().collect();
        Judgement { allowed: refusal.is_none(), policies, refusal, facts: BTreeMap::new() }
    }

    fn uncertain() -> Option<Refusal> {
        Some(Refusal::CannotTell { cause: "502".to_owned() })
    }

    fn judged(groups: &[&str], may: impl Fn(&Who) -> Option<Refusal>) -> (Likely, bool) {
        let unknown = groups.iter().map(|group| ((*group).to_owned(), "suspended".to_owned())).collect();
        let who = Who { groups: BTreeSet::from(["staff".to_owned()]), ..alice() };
        let (likely, asker) = OnRecord::of(who, unknown).judged(|who| judgement(who, may(who)));
        assert_eq!(likely == Likely::Yes, asker.judgement.allowed);
        (likely, asker.judgement.refusal.is_some_and(|refusal| refusal.is_uncertain()))
    }

    /// What is made of it where the groups matter, and whether the record says that it could not be told.
    fn told(groups: &[&str], may: impl Fn(&BTreeSet<String>) -> Option<bool>) -> (Likely, bool) {
        judged(groups, |who| match may(&who.groups) {
            _ if !who.unknown_groups.is_empty() => uncertain(),
            Some(true) => None,
            Some(false) => Some(Refusal::Guest),
            None => uncertain(),
        })
    }

    #[test]
    fn only_a_yes_in_whatever_groups_names_it_and_only_a_no_in_all_is_one() {
        let is_in = |group: &'static str| move |groups: &BTreeSet<String>| Some(groups.contains(group));
        let is_not_in = |group: &'static str| move |groups: &BTreeSet<String>| Some(!groups.contains(group));

        for unknown in [&[][..], &["owners"], &["owners", "contractors"]] {
            assert_eq!(told(unknown, is_in("staff")), (Likely::Yes, false), "{unknown:?}");
            assert_eq!(told(unknown, is_not_in("staff")), (Likely::No, false), "{unknown:?}");
            // That Slack does not tell who somebody is says nothing of what is there.
            assert_eq!(told(unknown, |_| None), (Likely::No, true), "{unknown:?}");
        }
        let two = &["owners", "contractors"];
        assert_eq!(told(&[], is_in("owners")), (Likely::No, false));
        assert_eq!(told(two, is_in("owners")), (Likely::Unsure, true));
        assert_eq!(told(two, is_not_in("contractors")), (Likely::Unsure, true));
    }

    #[test]
    fn what_hangs_on_two_groups_of_several_is_uncertain_either_way() {
        let three = &["contractors", "externals", "leads"];
        let both = |groups: &BTreeSet<String>| {
            groups.contains("contractors") && groups.contains("externals") && !groups.contains("leads")
        };

        assert_eq!(told(three, |groups| Some(both(groups))), (Likely::Unsure, true));
        assert_eq!(told(three, |groups| Some(!both(groups))), (Likely::Unsure, true));
    }

    #[test]
    fn where_not_every_way_is_looked_at_only_what_no_group_changes_is_certain() {
        let six = &["a", "b", "c", "d", "e", "f"];

        assert_eq!(told(&six[..5], |_| Some(true)), (Likely::Yes, false));
        assert_eq!(told(six, |_| Some(true)), (Likely::Unsure, true));
        assert_eq!(told(six, |_| Some(false)), (Likely::Unsure, true));
        assert_eq!(judged(six, |_| Some(Refusal::Guest)), (Likely::No, false));
    }
}
