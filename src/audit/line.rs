//! The JSON line of one entry or one seal, format version 1: its shape and nothing else.
//!
//! Reading is strict. Whatever is missing, unknown or spelled otherwise is an error, so that nothing in a line can
//! be changed without changing what is verified.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use super::hash::bytes_from_hex;
use super::{
    Actor, Entry, Field, FieldValue, Hash, Opening, Personal, Place, Recorded, Seal, Subject, Unreadable,
};
use crate::ids::{GrantId, OrganizationId, RequestId, TokenId};

/// The only version there is.
const VERSION: u64 = 1;

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "lives for one line")]
pub(super) enum LineFormat {
    Entry(EntryLine),
    Seal(SealLine),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryLine {
    v: u64,
    #[serde(deserialize_with = "present")]
    n: Option<u64>,
    #[serde(deserialize_with = "present")]
    hash: Option<String>,
    at: String,
    action: String,
    actor: ActorLine,
    subject: SubjectLine,
    result: String,
    policies: Vec<String>,
    fields: Vec<FieldLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SealLine {
    v: u64,
    batch: u64,
    first: u64,
    last: u64,
    previous: String,
    head: String,
    sealed_at: String,
    mac: String,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum ActorLine {
    Person {
        slack: PersonalLine,
        github: PersonalLine,
        login: PersonalLine,
    },
    SlackUser {
        slack: PersonalLine,
    },
    // Serde would write `git_hub_user`.
    #[serde(rename = "github_user")]
    GitHubUser {
        github: PersonalLine,
        login: PersonalLine,
    },
    Rule {
        rule: String,
    },
    // With braces, because serde lets strangers' keys pass beside a variant without.
    Operator {},
    Service {},
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectLine {
    #[serde(deserialize_with = "present")]
    organization: Option<u64>,
    #[serde(deserialize_with = "present")]
    request: Option<u64>,
    #[serde(deserialize_with = "present")]
    grant: Option<u64>,
    #[serde(deserialize_with = "present")]
    token: Option<u64>,
    #[serde(deserialize_with = "present")]
    key: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldLine {
    name: String,
    value: ValueLine,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ValueLine {
    Plain(String),
    Personal(PersonalLine),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonalLine {
    commitment: String,
    #[serde(deserialize_with = "present")]
    value: Option<String>,
    #[serde(deserialize_with = "present")]
    salt: Option<String>,
}

/// `null` is a value, a missing key is an error; serde alone takes both for `None`.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(from)
}

impl EntryLine {
    pub(super) fn new(entry: &Entry, place: Option<Place>) -> Self {
        Self {
            v: VERSION,
            n: place.map(|place| place.n),
            hash: place.map(|place| place.hash.to_string()),
            at: moment(entry.at),
            action: entry.action.to_string(),
            actor: ActorLine::from(&entry.actor),
            subject: SubjectLine::from(&entry.subject),
            result: entry.result.clone(),
            policies: entry.policies.clone(),
            fields: entry.fields.iter().map(FieldLine::from).collect(),
        }
    }

    pub(super) fn read(self) -> Result<Recorded, Unreadable> {
        version(self.v)?;
        let place = match (self.n, self.hash) {
            (None, None) => None,
            (Some(n), Some(hash)) => Some(Place { n, hash: read_hash(&hash)? }),
            (Some(_), None) | (None, Some(_)) => return Err(Unreadable::new("n and hash go together")),
        };
        let entry = Entry {
            at: read_moment(&self.at)?,
            action: self.action.parse().map_err(Unreadable::new)?,
            actor: self.actor.read()?,
            subject: self.subject.into(),
            result: self.result,
            policies: self.policies,
            fields: self.fields.into_iter().map(FieldLine::read).collect::<Result<_, _>>()?,
        };
        Ok(Recorded { entry, place })
    }
}

impl SealLine {
    pub(super) fn new(seal: &Seal) -> Self {
        Self {
            v: VERSION,
            batch: seal.batch,
            first: seal.first,
            last: seal.last,
            previous: seal.previous.to_string(),
            head: seal.head.to_string(),
            sealed_at: moment(seal.sealed_at),
            mac: hex::encode(seal.mac),
        }
    }

    pub(super) fn read(self) -> Result<Seal, Unreadable> {
        version(self.v)?;
        Ok(Seal {
            batch: self.batch,
            first: self.first,
            last: self.last,
            previous: read_hash(&self.previous)?,
            head: read_hash(&self.head)?,
            sealed_at: read_moment(&self.sealed_at)?,
            mac: read_bytes(&self.mac)?,
        })
    }
}

impl From<&Actor> for ActorLine {
    fn from(actor: &Actor) -> Self {
        match actor {
            Actor::Person { slack, github, login } => {
                Self::Person { slack: slack.into(), github: github.into(), login: login.into() }
            }
            Actor::SlackUser { slack } => Self::SlackUser { slack: slack.into() },
            Actor::GitHubUser { github, login } => {
                Self::GitHubUser { github: github.into(), login: login.into() }
            }
            Actor::Rule { name } => Self::Rule { rule: name.clone() },
            Actor::Operator => Self::Operator {},
            Actor::Service => Self::Service {},
        }
    }
}

impl ActorLine {
    fn read(self) -> Result<Actor, Unreadable> {
        Ok(match self {
            Self::Person { slack, github, login } => {
                Actor::Person { slack: slack.read()?, github: github.read()?, login: login.read()? }
            }
            Self::SlackUser { slack } => Actor::SlackUser { slack: slack.read()? },
            Self::GitHubUser { github, login } => {
                Actor::GitHubUser { github: github.read()?, login: login.read()? }
            }
            Self::Rule { rule } => Actor::Rule { name: rule },
            Self::Operator {} => Actor::Operator,
            Self::Service {} => Actor::Service,
        })
    }
}

impl From<&Subject> for SubjectLine {
    fn from(subject: &Subject) -> Self {
        Self {
            organization: subject.organization.map(|id| id.0),
            request: subject.request.map(|id| id.0),
            grant: subject.grant.map(|id| id.0),
            token: subject.token.map(|id| id.0),
            key: subject.key.clone(),
        }
    }
}

impl From<SubjectLine> for Subject {
    fn from(line: SubjectLine) -> Self {
        Self {
            organization: line.organization.map(OrganizationId),
            request: line.request.map(RequestId),
            grant: line.grant.map(GrantId),
            token: line.token.map(TokenId),
            key: line.key,
        }
    }
}

impl From<&Field> for FieldLine {
    fn from(field: &Field) -> Self {
        let value = match &field.value {
            FieldValue::Plain(value) => ValueLine::Plain(value.clone()),
            FieldValue::Personal(personal) => ValueLine::Personal(personal.into()),
        };
        Self { name: field.name.clone(), value }
    }
}

impl FieldLine {
    fn read(self) -> Result<Field, Unreadable> {
        let value = match self.value {
            ValueLine::Plain(value) => FieldValue::Plain(value),
            ValueLine::Personal(personal) => FieldValue::Personal(personal.read()?),
        };
        Ok(Field { name: self.name, value })
    }
}

impl From<&Personal> for PersonalLine {
    fn from(personal: &Personal) -> Self {
        Self {
            commitment: hex::encode(personal.commitment()),
            value: personal.value().map(str::to_owned),
            salt: personal.opening().map(|opening| hex::encode(opening.salt)),
        }
    }
}

impl PersonalLine {
    fn read(self) -> Result<Personal, Unreadable> {
        let opening = match (self.value, self.salt) {
            (None, None) => None,
            (Some(value), Some(salt)) => Some(Opening { value, salt: read_bytes(&salt)? }),
            (Some(_), None) | (None, Some(_)) => {
                return Err(Unreadable::new("a personal value and its salt go together"));
            }
        };
        Ok(Personal::from_parts(read_bytes(&self.commitment)?, opening))
    }
}

fn version(v: u64) -> Result<(), Unreadable> {
    if v == VERSION { Ok(()) } else { Err(Unreadable::new(format!("format version {v} is not known"))) }
}

fn read_hash(text: &str) -> Result<Hash, Unreadable> {
    text.parse().map_err(Unreadable::new)
}

fn read_bytes<const N: usize>(text: &str) -> Result<[u8; N], Unreadable> {
    bytes_from_hex(text)
        .ok_or_else(|| Unreadable::new(format!("expected {} small hexadecimal digits", 2 * N)))
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Takes only the spelling that we write. The way over milliseconds refuses leap seconds, whose digest would be
/// that of the second after.
fn read_moment(text: &str) -> Result<DateTime<Utc>, Unreadable> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .and_then(|at| DateTime::from_timestamp_millis(at.timestamp_millis()))
        .filter(|at| moment(*at) == text)
        .ok_or_else(|| Unreadable::new("expected a time like 2026-11-23T09:00:00.000Z"))
}
