//! One thing that happened: when, what, by whom, to what, and with which result.

use chrono::{DateTime, Utc};

use super::{Action, Personal};
use crate::chance::Chance;
use crate::identity::Person;
use crate::ids::{GitHubUserId, GrantId, Login, OrganizationId, RequestId, SlackUserId, TokenId};

/// An entry of the audit log, not yet numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Recorded to the millisecond.
    pub at: DateTime<Utc>,
    pub action: Action,
    pub actor: Actor,
    pub subject: Subject,
    /// `done`, or what went otherwise and why: `refused: own_request`, `failed: 422`, `unclear`.
    /// Our own words only: strangers' text is a personal field.
    pub result: String,
    /// The names of the policies that caused the result.
    pub policies: Vec<String>,
    pub fields: Vec<Field>,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Somebody in Slack whose GitHub account is known.
    Person { slack: Personal, github: Personal, login: Personal },
    /// Somebody in Slack whose GitHub account is not known.
    SlackUser { slack: Personal },
    /// Somebody on GitHub's own pages.
    GitHubUser { github: Personal, login: Personal },
    /// An automatic rule, by its policy's name.
    Rule { name: String },
    /// Whoever may run our command line.
    Operator,
    /// Countersign itself, by the clock or on what GitHub's lists say.
    Service,
}

/// What it was done to, as far as it applies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    pub organization: Option<OrganizationId>,
    pub request: Option<RequestId>,
    pub grant: Option<GrantId>,
    pub token: Option<TokenId>,
    /// The short key that people see, of a request or a token.
    pub key: Option<String>,
}

/// A further detail; the name says which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub value: FieldValue,
}

/// What a detail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// About nobody: an outcome, a revision, a status. Stays for good.
    Plain(String),
    /// About somebody, or typed by somebody. Can be forgotten.
    Personal(Personal),
}

impl Entry {
    /// Every personal value with its name.
    pub fn personal(&self) -> impl Iterator<Item = (&str, &Personal)> {
        let fields = self.fields.iter().filter_map(|field| match &field.value {
            FieldValue::Plain(_) => None,
            FieldValue::Personal(personal) => Some((field.name.as_str(), personal)),
        });
        self.actor.personal().into_iter().chain(fields)
    }

    /// Removes `value` wherever it stands for a person, and tells how often it did.
    pub fn forget(&mut self, value: &str) -> usize {
        let fields = self.fields.iter_mut().filter_map(|field| match &mut field.value {
            FieldValue::Plain(_) => None,
            FieldValue::Personal(personal) => Some(personal),
        });
        let personal = self.actor.personal_mut().into_iter().chain(fields);
        personal.filter(|personal| personal.value() == Some(value)).map(Personal::forget).count()
    }
}

impl Actor {
    pub fn person(person: &Person, chance: &Chance) -> Self {
        Self::Person {
            slack: Personal::new(person.slack.as_str(), chance),
            github: Personal::new(person.github.to_string(), chance),
            login: Personal::new(person.login.as_str(), chance),
        }
    }

    pub fn slack_user(slack: &SlackUserId, chance: &Chance) -> Self {
        Self::SlackUser { slack: Personal::new(slack.as_str(), chance) }
    }

    pub fn github_user(id: GitHubUserId, login: &Login, chance: &Chance) -> Self {
        Self::GitHubUser {
            github: Personal::new(id.to_string(), chance),
            login: Personal::new(login.as_str(), chance),
        }
    }

    /// The name of the kind in the published format.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Person { .. } => "person",
            Self::SlackUser { .. } => "slack_user",
            Self::GitHubUser { .. } => "github_user",
            Self::Rule { .. } => "rule",
            Self::Operator => "operator",
            Self::Service => "service",
        }
    }

    /// The rule's name, if a rule did it.
    pub fn rule(&self) -> Option<&str> {
        match self {
            Self::Rule { name } => Some(name),
            Self::Person { .. }
            | Self::SlackUser { .. }
            | Self::GitHubUser { .. }
            | Self::Operator
            | Self::Service => None,
        }
    }

    /// What is known about the person, by the published names and in the published order.
    pub fn personal(&self) -> Vec<(&'static str, &Personal)> {
        match self {
            Self::Person { slack, github, login } => {
                vec![("slack", slack), ("github", github), ("login", login)]
            }
            Self::SlackUser { slack } => vec![("slack", slack)],
            Self::GitHubUser { github, login } => vec![("github", github), ("login", login)],
            Self::Rule { .. } | Self::Operator | Self::Service => vec![],
        }
    }

    fn personal_mut(&mut self) -> Vec<&mut Personal> {
        match self {
            Self::Person { slack, github, login } => vec![slack, github, login],
            Self::SlackUser { slack } => vec![slack],
            Self::GitHubUser { github, login } => vec![github, login],
            Self::Rule { .. } | Self::Operator | Self::Service => vec![],
        }
    }
}

impl Field {
    pub fn plain(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: FieldValue::Plain(value.into()) }
    }

    pub fn personal(name: impl Into<String>, value: impl Into<String>, chance: &Chance) -> Self {
        Self { name: name.into(), value: FieldValue::Personal(Personal::new(value, chance)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::samples::approval;

    #[test]
    fn forgetting_removes_a_value_wherever_it_stands_and_nothing_else() {
        let chance = Chance::seeded(3);
        let mut entry = approval(&chance);
        entry.fields.push(Field::personal("requester", "alice", &chance));
        entry.fields.push(Field::plain("policy", "alice"));

        assert_eq!(entry.forget("alice"), 2);

        let left: Vec<_> = entry.personal().map(|(name, personal)| (name, personal.value())).collect();
        assert_eq!(
            left,
            [
                ("slack", Some("U0ALICE")),
                ("github", Some("101")),
                ("login", None),
                ("reason", Some("Release bot, as agreed")),
                ("requester", None)
            ]
        );
        assert_eq!(entry.fields.last(), Some(&Field::plain("policy", "alice")));
    }
}
