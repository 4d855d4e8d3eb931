//! Sign-in, by which people link their accounts themselves: five keys, and without all of them it is off.
//!
//! Earlier files name some of them, which were accepted before there was sign-in: that is worth a note and no mistake.

use secrecy::SecretString;
use url::Url;

use super::mistake::{Problem, code};
use super::reader::{Reader, Shared};
use super::secrets::{Name, any};
use super::values::text;

const CLIENT_SECRET: Name = Name { direct: "client_secret", file: "client_secret_file" };

/// How an App of theirs knows us.
#[derive(Debug, Clone)]
pub struct SignInClient {
    pub id: String,
    pub secret: SecretString,
}

/// What sign-in needs.
#[derive(Debug, Clone)]
pub struct SignInSection {
    /// Where browsers reach the service.
    pub public_url: Url,
    pub github: SignInClient,
    pub slack: SignInClient,
}

/// The keys that sign-in needs, as `check` names them.
pub const SIGN_IN_KEYS: [&str; 5] =
    ["public_url", "github.client_id", "github.client_secret", "slack.client_id", "slack.client_secret"];

/// A key that was read: whether it was given, and its value unless that is wrong.
#[derive(Debug)]
pub(super) struct Key<T> {
    pub(super) is_given: bool,
    pub(super) value: Option<T>,
}

/// The two keys of one side.
#[derive(Debug)]
pub(super) struct ClientKeys {
    pub(super) id: Key<String>,
    pub(super) secret: Key<SecretString>,
}

impl ClientKeys {
    /// What a side's section says.
    pub(super) fn read(reader: &Reader<'_>) -> Self {
        Self {
            id: Key { is_given: reader.has("client_id"), value: reader.optional("client_id", text) },
            secret: Key {
                is_given: reader.has(CLIENT_SECRET.direct) || reader.has(CLIENT_SECRET.file),
                value: reader.secret(CLIENT_SECRET, any),
            },
        }
    }
}

/// Half a sign-in is none, and said, so that it is not found out by whoever presses the button first.
pub(super) fn whole(
    shared: &Shared,
    public_url: Key<Url>,
    github: ClientKeys,
    slack: ClientKeys,
) -> Option<SignInSection> {
    let given = [
        public_url.is_given,
        github.id.is_given,
        github.secret.is_given,
        slack.id.is_given,
        slack.secret.is_given,
    ];
    let keys = |wanted: bool| {
        SIGN_IN_KEYS
            .into_iter()
            .zip(given)
            .filter(move |(_, is_given)| *is_given == wanted)
            .map(|(key, _)| key)
    };
    let there: Vec<_> = keys(true).collect();
    for key in keys(false).filter(|_| !there.is_empty()) {
        let beside = there.join(", ");
        // An id is of no use without its secret, and the other way round.
        match key.split_once('.').is_some_and(|(side, _)| there.iter().any(|other| other.starts_with(side))) {
            true => {
                let problem = format!("it is missing; sign-in needs it beside {beside}");
                let cure = "give it, or take the other out: then people can't link their accounts themselves";
                shared.add(Problem::new(code::MISSING, problem, cure).at(key));
            }
            false => {
                shared.notice(key, format!("it is missing, so sign-in is off; it is needed beside {beside}"))
            }
        }
    }
    let client = |keys: ClientKeys| Some(SignInClient { id: keys.id.value?, secret: keys.secret.value? });
    Some(SignInSection { public_url: public_url.value?, github: client(github)?, slack: client(slack)? })
}
