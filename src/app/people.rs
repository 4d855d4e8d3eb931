//! Who is who: the reviewed mapping, with each login's account number pinned at first use.

use super::{App, Rules};
use crate::config::Mapped;
use crate::github::Trouble;
use crate::identity::{Identity, NotLinked, Person, Source};
use crate::ids::{GitHubUserId, InstallationId, Login, SlackUserId};
use crate::request::Requester;
use crate::store::{Change, Committed, Link, StoreError};

/// Why a link could not be established.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error(transparent)]
    GitHub(#[from] Trouble),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("GitHub knows no account called {0}")]
    NoSuchAccount(Login),
    #[error("another replica linked {0} at the same time; it is looked at again")]
    Moved(Login),
}

impl App {
    /// Whom a Slack user is on GitHub by the reviewed mapping, or else by a link they made, asking GitHub for the login
    /// the account has now.
    pub async fn identity_of(
        &self,
        rules: &Rules,
        slack: &SlackUserId,
        installation: InstallationId,
    ) -> Identity {
        let found = match rules.book.login_of(slack) {
            Some(login) => self.person(rules, login, installation).await,
            None => match self.self_linked(rules, slack, installation).await {
                Ok(Some(identity)) => return identity,
                Ok(None) => return Identity::Unlinked,
                Err(error) => Err(error),
            },
        };
        match found {
            Ok(person) => Identity::Linked(person),
            // Definite: the account is gone.
            Err(LinkError::NoSuchAccount(_)) => Identity::Unlinked,
            Err(error) => Identity::Doubtful(error.to_string()),
        }
    }

    /// Whom a Slack user is by the reviewed mapping and the account number pinned for it, without asking GitHub.
    pub async fn identity_on_record(&self, rules: &Rules, slack: &SlackUserId) -> Identity {
        let mapped = rules.book.login_of(slack).and_then(|login| rules.book.people.get_key_value(login));
        let Some((login, mapped)) = mapped else { return self.self_linked_on_record(rules, slack).await };
        let pinned = match self.store.link(login).await {
            Ok(link) => link.filter(|link| mapped.agrees_with(link)).map(|link| link.github),
            Err(error) => return Identity::Doubtful(error.to_string()),
        };
        match mapped.github_id.or(pinned) {
            Some(github) => Identity::Linked(Person { slack: slack.clone(), github, login: login.clone() }),
            None => Identity::Doubtful("GitHub has not told the number of this account yet".to_owned()),
        }
    }

    /// The Slack user to tell about a request, if its requester is linked. `None` also when the requester's account
    /// is another than the one that was linked under that login.
    pub async fn slack_user_of(
        &self,
        rules: &Rules,
        requester: &Requester,
        installation: InstallationId,
    ) -> Result<Option<SlackUserId>, LinkError> {
        if let Some(slack) = self.mapped_to(rules, requester).await? {
            return Ok(Some(slack));
        }
        if !rules.book.people.contains_key(&requester.login) {
            let made = self.store.self_link_to(requester.id).await?;
            let is_contradicted = self.contradiction(rules, requester.id, &requester.login).await?.is_some();
            return Ok(made.filter(|_| !is_contradicted).map(|link| link.slack));
        }
        let link = match self.link(rules, &requester.login, installation).await {
            Err(LinkError::NoSuchAccount(_)) => return Ok(None),
            other => other?,
        };
        Ok((link.github == requester.id).then_some(link.slack))
    }

    /// The Slack user whom the reviewed mapping ties to a GitHub account, whatever that is called now; by what is on record
    /// alone.
    pub(super) async fn mapped_to(
        &self,
        rules: &Rules,
        requester: &Requester,
    ) -> Result<Option<SlackUserId>, StoreError> {
        Ok(rules.book.mapped_to(requester, &self.store.links_of(requester.id).await?))
    }

    /// Whom a Slack user is by a link they made. The mapping may have come to know the account as somebody else's since.
    async fn self_linked(
        &self,
        rules: &Rules,
        slack: &SlackUserId,
        installation: InstallationId,
    ) -> Result<Option<Identity>, LinkError> {
        let Some(link) = self.store.self_link_of(slack).await? else { return Ok(None) };
        let found = self.github.user_by_id(installation, link.github).await?;
        let (_, login) = found.ok_or_else(|| LinkError::NoSuchAccount(link.login.clone()))?;
        Ok(Some(match self.contradiction(rules, link.github, &login).await? {
            None => Identity::Linked(Person { slack: link.slack, github: link.github, login }),
            Some(_) => Identity::Doubtful(NotLinked::CONTRADICTED.to_owned()),
        }))
    }

    async fn self_linked_on_record(&self, rules: &Rules, slack: &SlackUserId) -> Identity {
        let found = async {
            let Some(link) = self.store.self_link_of(slack).await? else { return Ok(Identity::Unlinked) };
            let contradiction = self.contradiction(rules, link.github, &link.login).await?;
            Ok::<_, StoreError>(match contradiction {
                None => {
                    Identity::Linked(Person { slack: link.slack, github: link.github, login: link.login })
                }
                // Definite: the mapping goes first.
                Some(_) => Identity::Unlinked,
            })
        };
        found.await.unwrap_or_else(|error| Identity::Doubtful(error.to_string()))
    }

    /// Pins anew what the rules in force say differently from what is pinned, and what is back in the place of a later link,
    /// as far as that can be done without asking GitHub: so the time that such a link waits begins now, and not when the
    /// person first comes.
    pub(crate) async fn pin_changes(&self) -> Result<(), LinkError> {
        for (login, mapped) in &self.rules().book.people {
            let Some(known) = self.store.link(login).await? else { continue };
            if !mapped.agrees_with(&known) || self.is_back(&known).await? {
                let github = mapped.github_id.unwrap_or(known.github);
                let slack = mapped.slack.clone();
                let link = Link { login: login.clone(), github, slack, linked_at: self.clock.now() };
                self.pin(link, Some(known), mapped).await?;
            }
        }
        Ok(())
    }

    /// Whether a link that the rules in force name was out of them meanwhile, and another took its place.
    async fn is_back(&self, link: &Link) -> Result<bool, StoreError> {
        let history = self.store.links_ever(&link.slack, Some(link.github)).await?;
        Ok(history.is_displaced(&link.slack, link.github))
    }

    /// The number pinned for a login of the mapping; `None` if GitHub knows no such account.
    pub(super) async fn account_of(
        &self,
        rules: &Rules,
        login: &Login,
        installation: InstallationId,
    ) -> Result<Option<GitHubUserId>, LinkError> {
        match self.link(rules, login, installation).await {
            Ok(link) => Ok(Some(link.github)),
            Err(LinkError::NoSuchAccount(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn person(
        &self,
        rules: &Rules,
        login: &Login,
        installation: InstallationId,
    ) -> Result<Person, LinkError> {
        let link = self.link(rules, login, installation).await?;
        // By number, because a renamed account keeps its rights and a reused login must not inherit them.
        let (_, current) = self
            .github
            .user_by_id(installation, link.github)
            .await?
            .ok_or_else(|| LinkError::NoSuchAccount(login.clone()))?;
        Ok(Person { slack: link.slack, github: link.github, login: current })
    }

    /// The pinned link of a login in the mapping; pins it at first use, and anew when the reviewed mapping says so.
    async fn link(
        &self,
        rules: &Rules,
        login: &Login,
        installation: InstallationId,
    ) -> Result<Link, LinkError> {
        let mapped = rules.book.people.get(login).ok_or_else(|| LinkError::NoSuchAccount(login.clone()))?;
        if let Some(link) = self.store.link(login).await?
            && mapped.agrees_with(&link)
        {
            return Ok(link);
        }
        let _pinning = self.pinning.lock().await;
        let known = self.store.link(login).await?;
        let github = match (mapped.github_id, &known) {
            (Some(reviewed), _) => reviewed,
            (None, Some(link)) => link.github,
            (None, None) => {
                let found = self.github.user_by_login(installation, login).await?;
                found.ok_or_else(|| LinkError::NoSuchAccount(login.clone()))?.0
            }
        };
        match known {
            Some(link) if mapped.agrees_with(&link) => Ok(link),
            known => {
                let slack = mapped.slack.clone();
                let link = Link { login: login.clone(), github, slack, linked_at: self.clock.now() };
                self.pin(link, known, mapped).await
            }
        }
    }

    /// Another replica may pin at the same time: what was pinned first counts, if it is what the reviewers wrote down.
    async fn pin(&self, link: Link, instead_of: Option<Link>, mapped: &Mapped) -> Result<Link, LinkError> {
        let entries = vec![self.record().pinned(&link)];
        let change = Change { entries, link: Some((link.clone(), instead_of)), ..Change::default() };
        match self.store.commit(change).await? {
            Committed::Yes => Ok(link),
            Committed::LostRace
            | Committed::LostLease
            | Committed::Frozen
            | Committed::UsedUp
            | Committed::NotYet(_) => {
                let first = self.store.link(&link.login).await?;
                first.filter(|first| mapped.agrees_with(first)).ok_or(LinkError::Moved(link.login))
            }
        }
    }
}

/// Where a Slack user's link comes from, if there is one.
pub(super) fn source_of(rules: &Rules, slack: &SlackUserId) -> Source {
    if rules.book.login_of(slack).is_some() { Source::Reviewed } else { Source::SignedIn }
}
