//! Which groups somebody is in, asked of Slack and GitHub when it matters.
//!
//! What could not be established is unknown, with the cause: never a yes, never a no, and never kept.

mod members;
mod recall;
mod seen;
mod teams;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::TimeDelta;
use futures::future::join_all;

use super::{App, PlaceError, Rules};
use crate::clock::Clock;
use crate::config::{Member, Rulebook, SlackGroup, Team};
use crate::github::{Place, Standing};
use crate::identity::{Identity, Membership, Person};
use crate::ids::{GitHubTeamId, GitHubUserId, Login, OrganizationId, SlackUserId};
use crate::slack::messages::WhichGroups;
use crate::store::StoreError;
use recall::{Recall, Tickets};

pub(super) use recall::Fresh;

pub(crate) use members::{ListingError, SlackGroupError};
pub(crate) use teams::TeamError;

/// Memberships that were looked up a moment ago; cheap to clone, all clones share what they know.
#[derive(Clone)]
pub struct Groups(Arc<Inner>);

struct Inner {
    slack: Recall<SlackGroup, Arc<BTreeSet<SlackUserId>>>,
    /// What a team's name means, and that the team is there to be asked about.
    teams: Recall<(OrganizationId, Team), GitHubTeamId>,
    team_members: Recall<(OrganizationId, GitHubTeamId, GitHubUserId), bool>,
    tickets: Tickets,
    max_age: TimeDelta,
    clock: Clock,
}

impl Groups {
    /// Nothing is known yet.
    pub(super) fn new(max_age: TimeDelta, clock: Clock) -> Self {
        let tickets = Tickets::default();
        Self(Arc::new(Inner {
            slack: Recall::new(max_age, tickets.clone(), clock.clone()),
            teams: Recall::new(max_age, tickets.clone(), clock.clone()),
            team_members: Recall::new(max_age, tickets.clone(), clock.clone()),
            tickets,
            max_age,
            clock,
        }))
    }

    /// What is as old as `timing.membership_max_age` at most: for looks.
    pub(super) fn recently(&self) -> Fresh {
        Fresh { since: self.0.clock.now() - self.0.max_age, after: 0 }
    }

    /// What was asked for since a judgement that begins now: for whatever may bring something about.
    pub(super) fn anew(&self) -> Fresh {
        Fresh { after: self.0.tickets.draw(), ..self.recently() }
    }

    /// Forgets what is known of an organization's teams, because something about them has changed.
    pub(super) async fn forget(&self, organization: OrganizationId) {
        self.0.teams.forget(|(of, _)| *of == organization).await;
        self.0.team_members.forget(|(of, _, _)| *of == organization).await;
    }
}

/// Who asks, as far as is known.
#[derive(Clone, Copy)]
pub(super) struct Whose<'a> {
    pub(super) slack: &'a SlackUserId,
    pub(super) identity: &'a Identity,
    /// In the organization.
    pub(super) standing: &'a Standing,
}

/// The organization that it is about. Members that come from GitHub count in their own alone.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    pub(super) organization: OrganizationId,
    /// Its login, as far as is known.
    pub(super) login: &'a Login,
    pub(super) place: Result<&'a Place, &'a PlaceError>,
}

/// The groups of one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct GroupsOf {
    pub(super) known: BTreeSet<String>,
    /// Those that could not be told.
    pub(super) unknown: BTreeMap<String, Doubt>,
}

impl GroupsOf {
    /// The groups that could not be told, and why.
    pub(super) fn causes(&self) -> BTreeMap<String, String> {
        self.unknown.iter().map(|(name, doubt)| (name.clone(), doubt.cause.clone())).collect()
    }

    /// The same without those that only GitHub could have told.
    pub(super) fn causes_beside_github(&self) -> BTreeMap<String, String> {
        let others = self.unknown.iter().filter(|(_, doubt)| !doubt.is_github_alone);
        others.map(|(name, doubt)| (name.clone(), doubt.cause.clone())).collect()
    }

    /// Those that only GitHub could have told.
    pub(super) fn causes_at_github(&self) -> BTreeMap<String, String> {
        let at_github = self.unknown.iter().filter(|(_, doubt)| doubt.is_github_alone);
        at_github.map(|(name, doubt)| (name.clone(), doubt.cause.clone())).collect()
    }
}

/// Why a membership could not be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Doubt {
    /// For the person's ears.
    pub(super) cause: String,
    /// Whether it is GitHub alone that does not tell.
    pub(super) is_github_alone: bool,
}

impl WhichGroups {
    fn add(&mut self, organization: &Login, groups: GroupsOf) {
        self.organizations.push(organization.clone());
        for name in groups.known {
            self.known.entry(name).or_default().push(organization.clone());
        }
        for (name, doubt) in groups.unknown {
            self.unknown.entry((name, doubt.cause)).or_default().push(organization.clone());
        }
    }
}

impl Doubt {
    fn at_github(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), is_github_alone: true }
    }

    fn elsewhere(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), is_github_alone: false }
    }

    fn and(self, other: &Self) -> Self {
        let is_github_alone = self.is_github_alone && other.is_github_alone;
        let cause =
            if self.cause == other.cause { self.cause } else { format!("{}; {}", self.cause, other.cause) };
        Self { cause, is_github_alone }
    }
}

impl App {
    /// The groups that somebody is in, as far as an organization's requests are concerned.
    pub(super) async fn groups_of(
        &self,
        book: &Rulebook,
        whose: Whose<'_>,
        of: Of<'_>,
        fresh: Fresh,
    ) -> GroupsOf {
        let login = book.login_of(whose.slack);
        let is_named = |member: &Member| match member {
            Member::Person(person) => Some(person) == login,
            Member::SlackUser(user) => user == whose.slack,
            Member::SlackGroup(_) | Member::Team(_) | Member::Owners => false,
        };
        let (named, others): (Vec<_>, Vec<_>) =
            book.groups.iter().partition(|(_, members)| members.iter().any(is_named));
        let mut asked: Vec<&Member> = others.iter().flat_map(|(_, members)| *members).collect();
        asked.sort_by_key(|member| member.to_string());
        asked.dedup();
        // Boxed: each is large, and there may be many.
        let look = |member: &Member| {
            let member = member.clone();
            Box::pin(async move {
                let answer = self.is_in(&member, whose, of, fresh).await;
                (member, answer)
            })
        };
        let answers: HashMap<_, _> = join_all(asked.into_iter().map(look)).await.into_iter().collect();
        let mut groups = GroupsOf::default();
        groups.known.extend(named.into_iter().map(|(name, _)| name.clone()));
        for (name, members) in others {
            let told = members.iter().filter_map(|member| answers.get(member));
            match summed_up(told) {
                Ok(true) => drop(groups.known.insert(name.clone())),
                Ok(false) => {}
                Err(doubt) => drop(groups.unknown.insert(name.clone(), doubt)),
            }
        }
        groups
    }

    /// Whether somebody is in a group by what the configuration or Slack says, asked anew. Members that come from GitHub
    /// count in their own organization alone, so they have no say in what concerns all of them.
    pub(super) async fn is_in_beside_github(
        &self,
        book: &Rulebook,
        slack: &SlackUserId,
        group: &str,
    ) -> Result<bool, Doubt> {
        let login = book.login_of(slack);
        let fresh = self.groups.anew();
        let mut answers = Vec::new();
        for member in book.groups.get(group).into_iter().flatten() {
            answers.push(match member {
                Member::Person(person) => Ok(Some(person) == login),
                Member::SlackUser(user) => Ok(user == slack),
                Member::SlackGroup(group) => {
                    self.in_slack_group(group, fresh).await.map(|members| members.contains(slack))
                }
                Member::Team(_) | Member::Owners => Ok(false),
            });
        }
        summed_up(answers.iter())
    }

    /// The groups that somebody is in, organization by organization, for themselves to see.
    pub(super) async fn groups_everywhere(
        &self,
        rules: &Rules,
        slack: &SlackUserId,
    ) -> Result<WhichGroups, StoreError> {
        let mut groups = WhichGroups::default();
        let fresh = self.groups.recently();
        let mut look = async |organization, login: &Login, place: Result<&Place, &PlaceError>| {
            let identity = match place {
                Ok(place) => self.identity_of(rules, slack, place.installation).await,
                Err(_) => self.identity_on_record(rules, slack).await,
            };
            let standing = self.at_github(&identity, place).await;
            let whose = Whose { slack, identity: &identity, standing: &standing };
            let of = self.groups_of(&rules.book, whose, Of { organization, login, place }, fresh).await;
            groups.add(login, of);
        };
        let served = self.served().await?;
        for one in &served {
            look(one.organization, &one.login, Ok(&one.place())).await;
        }
        if served.is_empty() {
            // What does not come from GitHub is known all the same.
            let nowhere = Login::new("any organization");
            let error = PlaceError::NotInstalled(nowhere.clone());
            look(OrganizationId(0), &nowhere, Err(&error)).await;
        }
        Ok(groups)
    }

    async fn is_in(
        &self,
        member: &Member,
        whose: Whose<'_>,
        of: Of<'_>,
        fresh: Fresh,
    ) -> Result<bool, Doubt> {
        match member {
            Member::Person(_) | Member::SlackUser(_) => Ok(false),
            Member::SlackGroup(group) => {
                let members = Box::pin(self.in_slack_group(group, fresh)).await?;
                Ok(members.contains(whose.slack))
            }
            Member::Owners => match &whose.standing.membership {
                Membership::Active | Membership::Inactive => Ok(whose.standing.is_owner),
                Membership::Unknown(cause) => Err(Doubt::at_github(cause.clone())),
            },
            Member::Team(team) => Box::pin(self.in_team(team, whose.identity, of, fresh)).await,
        }
    }
}

/// Whether any source knows the person; unknown if none does and not all could be asked.
fn summed_up<'a>(answers: impl Iterator<Item = &'a Result<bool, Doubt>>) -> Result<bool, Doubt> {
    let mut doubt: Option<Doubt> = None;
    for answer in answers {
        match (answer, doubt.take()) {
            (Ok(true), _) => return Ok(true),
            (Ok(false), before) => doubt = before,
            (Err(new), None) => doubt = Some(new.clone()),
            (Err(new), Some(before)) => doubt = Some(before.and(new)),
        }
    }
    doubt.map_or(Ok(false), Err)
}

/// Who somebody is on GitHub, where only that can tell.
fn person(identity: &Identity) -> Result<&Person, Doubt> {
    match identity {
        Identity::Linked(person) => Ok(person),
        Identity::Unlinked => Err(Doubt::elsewhere("no GitHub account is linked")),
        Identity::Doubtful(cause) => Err(Doubt::at_github(cause.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_source_that_knows_the_person_is_enough_and_one_that_fails_is_not_a_no() {
        let down = || Err(Doubt::at_github("502"));
        let sum = |answers: &[Result<bool, Doubt>]| summed_up(answers.iter());

        assert_eq!(sum(&[]), Ok(false));
        assert_eq!(sum(&[Ok(false), Ok(false)]), Ok(false));
        assert_eq!(sum(&[down(), Ok(true)]), Ok(true));
        assert_eq!(sum(&[Ok(true), down()]), Ok(true));
        assert_eq!(sum(&[Ok(false), down(), Ok(false)]), down());
    }

    #[test]
    fn of_two_causes_both_are_told_once() {
        let (github, slack) = (Doubt::at_github("502"), Doubt::elsewhere("missing_scope"));

        let both = summed_up([&Err(github.clone()), &Err(slack)].into_iter()).unwrap_err();
        assert_eq!(both, Doubt::elsewhere("502; missing_scope"));
        let same = summed_up([&Err(github.clone()), &Err(github.clone())].into_iter());
        assert_eq!(same, Err(github));
    }
}
