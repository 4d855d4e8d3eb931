//! What is wrong with policies, what is merely worth saying, and what they may speak of.

use std::collections::BTreeSet;
use std::fmt;

use super::Glob;
use crate::ids::Login;

/// The kinds of mistakes in policies, beside those of the configuration: stable names for scripts.
pub mod code {
    /// It is not Cedar.
    pub const SYNTAX: &str = "policy-syntax";
    /// It is deeper or longer than a policy may be.
    pub const EXCESS: &str = "policy-excess";
    /// A policy without `@id`.
    pub const NAMELESS: &str = "policy-nameless";
    /// A name that can't be one, or that another policy has.
    pub const NAME: &str = "policy-name";
    /// It does not fit the schema.
    pub const SCHEMA: &str = "policy-schema";
    /// It can never apply to anything.
    pub const IMPOSSIBLE: &str = "policy-impossible";
    /// A permit that does not say for which actions.
    pub const NO_ACTION: &str = "policy-no-action";
    /// Capital letters where facts have none.
    pub const CAPITALS: &str = "policy-capitals";
    /// A message that can't be shown.
    pub const MESSAGE: &str = "policy-message";
    /// A Slack user who can't be one.
    pub const USER: &str = "policy-user";
    /// A repository group that is not configured.
    pub const UNKNOWN_REPOSITORY_GROUP: &str = "unknown-repository-group";
    /// A text that can be nobody's GitHub login.
    pub const LOGIN: &str = "policy-login";
    /// An `@cap_per_person_day` that is no number.
    pub const CAP: &str = "policy-cap";
    /// A permission that this version does not know, or a level that there is not.
    pub const UNKNOWN_PERMISSION: &str = "unknown-permission";
    /// An organization that is not served.
    pub const UNKNOWN_ORGANIZATION: &str = "unknown-organization";
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `policies/payments.cedar:12`.
    pub place: String,
    /// One of [`code`], or of the configuration's.
    pub code: &'static str,
    pub problem: String,
    pub cure: String,
}

/// All mistakes of a set; never none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

/// Something that is in order and still worth an operator's attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    pub place: String,
    pub message: String,
}

/// What is configured, and so may be named in policies.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    pub groups: BTreeSet<String>,
    pub repository_groups: BTreeSet<String>,
    /// Patterns of the organizations that are served.
    pub organizations: Vec<Glob>,
    /// The logins that are linked to Slack users by the reviewed mapping, and those of machine accounts.
    pub people: BTreeSet<Login>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {} [{}]", self.place, self.problem, self.cure, self.code)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        write!(f, "the policies can't be loaded: {}", lines.join("\n"))
    }
}

impl std::error::Error for Faults {}
