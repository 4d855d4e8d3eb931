//! What Slack lets the app do only with a scope, and what it did not for want of one: a scope that is missing stops a part
//! of what we do while the rest goes on, so somebody has to hear of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::trouble::any_of;
use crate::ids::ChannelId;

/// What takes scopes (docs.slack.dev, the methods' pages).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ability {
    Post,
    /// Telling one person directly.
    TellDirectly,
    /// Who is a guest, deactivated, or from another company.
    KnowPeople,
    KnowGroups,
    /// Whether a channel is shared with another company.
    KnowChannels,
    /// Finding a card again.
    ReadBack,
    SendFiles,
}

impl Ability {
    fn needed_for(method: &str) -> Option<Self> {
        match method {
            "chat.postMessage" | "chat.update" | "chat.postEphemeral" => Some(Self::Post),
            "conversations.open" => Some(Self::TellDirectly),
            "users.info" => Some(Self::KnowPeople),
            "usergroups.users.list" => Some(Self::KnowGroups),
            "conversations.info" => Some(Self::KnowChannels),
            "conversations.history" => Some(Self::ReadBack),
            "files.getUploadURLExternal" | "files.completeUploadExternal" => Some(Self::SendFiles),
            _ => None,
        }
    }

    /// Its name where it is kept, and in `/status`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::TellDirectly => "tell_directly",
            Self::KnowPeople => "know_people",
            Self::KnowGroups => "know_groups",
            Self::KnowChannels => "know_channels",
            Self::ReadBack => "read_back",
            Self::SendFiles => "send_files",
        }
    }

    /// The scopes for it: one is enough, and where there are two, the kind of channel says which.
    pub fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Post => &["chat:write"],
            Self::TellDirectly => &["im:write"],
            Self::KnowPeople => &["users:read"],
            Self::KnowGroups => &["usergroups:read"],
            Self::KnowChannels => &["channels:read", "groups:read"],
            Self::ReadBack => &["channels:history", "groups:history"],
            Self::SendFiles => &["files:write"],
        }
    }

    /// Whether it depends on the channel's kind.
    fn is_by_channel(self) -> bool {
        self.scopes().len() > 1
    }
}

/// What the app can't do for want of a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    pub ability: Ability,
    /// Where, if that matters.
    pub channel: Option<ChannelId>,
    /// One of these is missing.
    pub scopes: Vec<&'static str>,
    pub since: DateTime<Utc>,
}

impl Lack {
    /// `channels:read or groups:read`.
    pub fn needs(&self) -> String {
        any_of(&self.scopes)
    }
}

/// What has changed, for the operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScopeNews {
    Lacks(Lack),
    /// It works. Whether it ever did not may be known to others: nothing is remembered here beyond the process.
    Works {
        ability: Ability,
        channel: Option<ChannelId>,
    },
}

impl ScopeNews {
    fn about(&self) -> About {
        match self {
            Self::Lacks(lack) => (lack.ability, lack.channel.clone()),
            Self::Works { ability, channel } => (*ability, channel.clone()),
        }
    }
}

type About = (Ability, Option<ChannelId>);

/// How the abilities stand, as far as answers have told; clones look at the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Abilities(Arc<Mutex<BTreeMap<About, Known>>>);

#[derive(Debug)]
struct Known {
    lack: Option<Lack>,
    is_told: bool,
}

impl Abilities {
    /// Slack did what was asked.
    pub(super) fn works(&self, method: &str, channel: Option<&str>) {
        let Some(about) = about(method, channel) else { return };
        self.learn(about, None);
    }

    /// Slack wants a scope; `needed` is what it names, as far as we know that. Gives what to ask the operators for.
    pub(super) fn lacks(
        &self,
        method: &str,
        channel: Option<&str>,
        needed: &[&'static str],
        now: DateTime<Utc>,
    ) -> Vec<&'static str> {
        let Some(about) = about(method, channel) else { return needed.to_vec() };
        let (ability, channel) = about.clone();
        let known = ability.scopes().iter().copied();
        let named: Vec<_> = known.clone().filter(|scope| needed.contains(scope)).collect();
        let scopes = if named.is_empty() { known.collect() } else { named };
        self.learn(about, Some(Lack { ability, channel, scopes: scopes.clone(), since: now }));
        scopes
    }

    fn learn(&self, about: About, lack: Option<Lack>) {
        let scopes = |lack: &Option<Lack>| lack.as_ref().map(|lack| lack.scopes.clone());
        let mut known = self.lock();
        match known.get(&about) {
            Some(before) if scopes(&before.lack) == scopes(&lack) => {}
            _ => drop(known.insert(about, Known { lack, is_told: false })),
        }
    }

    /// What is missing now.
    pub(super) fn missing(&self) -> Vec<Lack> {
        self.lock().values().filter_map(|known| known.lack.clone()).collect()
    }

    /// What nobody has passed on yet.
    pub(super) fn news(&self) -> Vec<ScopeNews> {
        let known = self.lock();
        let untold = known.iter().filter(|(_, known)| !known.is_told);
        untold.map(|(about, known)| news_of(about, known)).collect()
    }

    /// Somebody has passed it on, unless it has changed since.
    pub(super) fn told(&self, news: &ScopeNews) {
        let about = news.about();
        if let Some(known) = self.lock().get_mut(&about)
            && news_of(&about, known) == *news
        {
            known.is_told = true;
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<About, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn news_of((ability, channel): &About, known: &Known) -> ScopeNews {
    match &known.lack {
        Some(lack) => ScopeNews::Lacks(lack.clone()),
        None => ScopeNews::Works { ability: *ability, channel: channel.clone() },
    }
}

fn about(method: &str, channel: Option<&str>) -> Option<About> {
    let ability = Ability::needed_for(method)?;
    Some((ability, channel.filter(|_| ability.is_by_channel()).map(ChannelId::new)))
}

/// The scopes that Slack names, of those that we ask for.
pub(super) fn known_scopes(needed: &str) -> Vec<&'static str> {
    let all = [
        Ability::Post,
        Ability::TellDirectly,
        Ability::KnowPeople,
        Ability::KnowGroups,
        Ability::KnowChannels,
        Ability::ReadBack,
        Ability::SendFiles,
    ];
    let named: Vec<_> = needed.split(',').map(str::trim).collect();
    let known = all.into_iter().flat_map(|ability| ability.scopes().iter().copied());
    known.filter(|scope| named.contains(scope)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: &str = "conversations.info";

    #[test]
    fn one_channels_scope_is_not_anothers() {
        let abilities = Abilities::default();
        let now = DateTime::UNIX_EPOCH;

        let asked_for = abilities.lacks(INFO, Some("C0SECRET"), &["groups:read"], now);
        abilities.works(INFO, Some("C0OPEN"));

        assert_eq!(asked_for, ["groups:read"]);
        let missing = abilities.missing();
        assert_eq!(missing.len(), 1);
        assert_eq!((missing[0].channel.as_ref().unwrap().as_str(), missing[0].since), ("C0SECRET", now));
        abilities.works(INFO, Some("C0SECRET"));
        assert!(abilities.missing().is_empty());
    }

    #[test]
    fn what_slack_does_not_name_is_asked_for_by_what_was_wanted() {
        let abilities = Abilities::default();
        let asked_for =
            |needed| abilities.lacks("chat.update", None, &known_scopes(needed), DateTime::UNIX_EPOCH);

        assert_eq!(asked_for("chat:write"), ["chat:write"]);
        assert_eq!(asked_for("channels:read,*everybody*"), ["chat:write"]);
        assert_eq!(known_scopes("im:read, groups:read,channels:read"), ["channels:read", "groups:read"]);
        assert!(abilities.lacks("views.open", None, &[], DateTime::UNIX_EPOCH).is_empty());
    }

    #[test]
    fn news_is_passed_on_once_and_anew_when_it_has_changed() {
        let abilities = Abilities::default();
        let now = DateTime::UNIX_EPOCH;
        abilities.lacks("users.info", None, &[], now);
        let news = abilities.news();

        abilities.lacks("users.info", None, &[], now + chrono::TimeDelta::hours(1));
        assert_eq!(abilities.news(), news, "it lasts since it began");
        abilities.told(&news[0]);
        assert!(abilities.news().is_empty());
        abilities.works("users.info", None);
        // Too late: by now it works, and of that nobody has heard.
        abilities.told(&news[0]);

        assert_eq!(abilities.news(), [ScopeNews::Works { ability: Ability::KnowPeople, channel: None }]);
    }
}
