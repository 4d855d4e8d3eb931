//! Tells the operators what needs their hands.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::place::Unfit;
use super::post::post;
use super::{Done, JobError, Kind, nudge, payload_of, place};
use crate::app::App;
use crate::config::Member;
use crate::ids::{ChannelId, Login, OrganizationId, SlackUserId};
use crate::request::{Compared, Frozen, Key, Outcome, State, TokenRequest};
use crate::slack::{Ability, Lack, Trouble, messages};
use crate::store::{Change, Lasting, LeasedJob, NewJob};

/// How long to wait before the operators' channel is tried again that can't be posted in.
const UNHEARD_PAUSE: TimeDelta = TimeDelta::minutes(15);

/// News for the operators' channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A decision can't reach GitHub until somebody mends the cause.
    Blocked { key: Key, cause: String },
    /// GitHub first told one end of a request, then another.
    Contradiction { key: Key, told: Outcome },
    /// Somebody approved on GitHub's page what they could not have approved here, or who can tell.
    OutsidePolicy { key: Key, by: Option<Login>, compared: Compared },
    /// No route says who may decide.
    NoRoute { key: Key },
    /// No card can be posted in a channel.
    ChannelRefused { channel: ChannelId, cause: String },
    /// Cards can be posted there again.
    ChannelWorks { channel: ChannelId },
    /// The Slack app lacks a scope.
    ScopeMissing(Lack),
    /// It has the scope again.
    ScopeWorks { ability: Ability, channel: Option<ChannelId> },
    /// Slack does not take a card's layout.
    CardRefused { key: Key, cause: String },
    /// A requester can't be told directly.
    Unreachable { login: Login, cause: String },
    /// GitHub does not say where our App is installed.
    AppRefused { cause: String },
    /// It does again.
    AppWorks,
    /// An organization does not let its requests be read.
    OrganizationRefused { login: Login, cause: String },
    /// It does again.
    OrganizationWorks { login: Login },
    /// An organization's active tokens can't be read, or not all of them.
    TokensRefused { login: Login, cause: String },
    /// They can again.
    TokensWork { login: Login },
    /// Tokens that are to be revoked can't be until somebody mends the cause.
    RevokingBlocked { organization: OrganizationId, login: Login, cause: String },
    /// What counted as gone is listed again.
    ListedAgain { key: Key },
    /// Everything is frozen.
    Frozen { words: String },
    /// It no longer is.
    Lifted,
    /// Who is in a group can't be read.
    MembersRefused { member: Member, cause: String },
    /// It can again.
    MembersWork { member: Member },
    /// Somebody is new among those who may approve. `first` tells this news from others about the same source.
    NewMembers {
        source: String,
        first: String,
        names: Vec<String>,
        groups: Vec<String>,
        of: String,
        may_approve: Vec<String>,
    },
    /// Somebody says that a link of theirs was made by somebody else.
    NotLinkedByThem { slack: SlackUserId, login: Login },
    /// Changed rules were not taken; `policies` names the set that stays in force.
    RulesRefused { cause: String, policies: String },
    /// What is written is in force again.
    RulesTaken { policies: String },
    /// The Slack app's home tab is switched off.
    HomesOff,
    /// It is on again.
    HomesWork,
    /// Slack does not take what is made for a home.
    HomeRefused { cause: String },
    /// A job was given up.
    GivenUp { kind: String, subject: String, cause: String },
}

impl Notice {
    /// The name of the trouble with rules that are not taken.
    pub(crate) const RULES: &str = "rules";

    /// The job that tells it; the same news about the same thing is told once at a time, lasting trouble once.
    pub fn job(&self, now: DateTime<Utc>) -> NewJob {
        let written = Written {
            words: self.words(),
            lasting: self.lasting(),
            is_over: self.is_over(),
            for_anybody: self.is_for_anybody(),
            cause: self.cause(),
        };
        let payload = serde_json::to_string(&written).expect("text always serialises");
        Kind::Notify.on(written.lasting.unwrap_or_else(|| self.subject()), payload, now)
    }

    /// The name of the lasting trouble this is about.
    pub(super) fn lasting(&self) -> Option<String> {
        match self {
            Self::ChannelRefused { channel, .. } | Self::ChannelWorks { channel } => {
                Some(format!("channel {channel}"))
            }
            Self::Unreachable { login, .. } => Self::reached(login),
            Self::AppRefused { .. }
            | Self::AppWorks
            | Self::OrganizationRefused { .. }
            | Self::OrganizationWorks { .. }
            | Self::TokensRefused { .. }
            | Self::TokensWork { .. }
            | Self::RevokingBlocked { .. }
            | Self::ListedAgain { .. }
            | Self::Frozen { .. }
            | Self::Lifted
            | Self::MembersRefused { .. }
            | Self::MembersWork { .. }
            | Self::ScopeMissing(_)
            | Self::ScopeWorks { .. }
            | Self::RulesRefused { .. }
            | Self::RulesTaken { .. }
            | Self::HomesOff
            | Self::HomesWork
            | Self::HomeRefused { .. }
            | Self::Blocked { .. } => Some(self.subject()),
            Self::NewMembers { .. }
            | Self::Contradiction { .. }
            | Self::OutsidePolicy { .. }
            | Self::NoRoute { .. }
            | Self::CardRefused { .. }
            | Self::NotLinkedByThem { .. }
            | Self::GivenUp { .. } => None,
        }
    }

    /// How it stands with the brake.
    pub(super) fn brake(frozen: Option<&Frozen>) -> Self {
        frozen.map_or(Self::Lifted, |frozen| Self::Frozen { words: messages::frozen(frozen) })
    }

    /// The name of the trouble that is over when somebody could be told directly.
    pub(super) fn reached(login: &Login) -> Option<String> {
        Some(format!("unreachable {login}"))
    }

    /// The name of the trouble that is over when this decision goes on or ends; `None` if it is not blocked.
    pub(super) fn block_of(request: &TokenRequest) -> Option<String> {
        match &request.state {
            State::Deciding(deciding) => {
                deciding.blocked.as_ref().map(|_| format!("blocked {}", request.key))
            }
            State::Pending { .. } | State::Settled(_) => None,
        }
    }

    /// The name of the trouble that is over when revocations go on in an organization.
    pub(super) fn revoking(organization: OrganizationId) -> String {
        format!("revoking {organization}")
    }

    fn is_over(&self) -> bool {
        matches!(
            self,
            Self::ChannelWorks { .. }
                | Self::AppWorks
                | Self::OrganizationWorks { .. }
                | Self::TokensWork { .. }
                | Self::MembersWork { .. }
                | Self::ScopeWorks { .. }
                | Self::RulesTaken { .. }
                | Self::HomesWork
                | Self::Lifted
        )
    }

    /// Whether it speaks of nobody and of no request, so that it may be read by whoever is in the operators' channel.
    fn is_for_anybody(&self) -> bool {
        matches!(self, Self::ScopeMissing(_) | Self::ScopeWorks { .. })
    }

    pub(super) fn subject(&self) -> String {
        match self {
            Self::Blocked { key, .. } => format!("blocked {key}"),
            Self::Contradiction { key, .. } => format!("contradiction {key}"),
            Self::OutsidePolicy { key, .. } => format!("outside_policy {key}"),
            Self::NoRoute { key } => format!("no_route {key}"),
            Self::ChannelRefused { channel, .. } | Self::ChannelWorks { channel } => {
                format!("channel {channel}")
            }
            Self::ScopeMissing(lack) => scope(lack.ability, lack.channel.as_ref()),
            Self::ScopeWorks { ability, channel } => scope(*ability, channel.as_ref()),
            Self::CardRefused { key, .. } => format!("card_refused {key}"),
            Self::Unreachable { login, .. } => format!("unreachable {login}"),
            Self::AppRefused { .. } | Self::AppWorks => "app".to_owned(),
            Self::OrganizationRefused { login, .. } | Self::OrganizationWorks { login } => {
                format!("organization {login}")
            }
            Self::TokensRefused { login, .. } | Self::TokensWork { login } => format!("tokens {login}"),
            Self::RevokingBlocked { organization, .. } => Self::revoking(*organization),
            Self::ListedAgain { key } => format!("listed_again {key}"),
            Self::Frozen { .. } | Self::Lifted => "freeze".to_owned(),
            Self::MembersRefused { member, .. } | Self::MembersWork { member } => {
                format!("members {member}")
            }
            Self::NewMembers { source, first, .. } => format!("new_members {source} {first}"),
            Self::NotLinkedByThem { slack, .. } => format!("not_linked_by_them {slack}"),
            Self::RulesRefused { .. } | Self::RulesTaken { .. } => Self::RULES.to_owned(),
            Self::HomesOff | Self::HomesWork => "homes".to_owned(),
            Self::HomeRefused { .. } => "home_refused".to_owned(),
            Self::GivenUp { kind, subject, .. } => format!("given_up {kind} {subject}"),
        }
    }

    /// Why, in words that nobody typed: all the log gets to read beside the subject.
    fn cause(&self) -> Option<String> {
        match self {
            Self::Blocked { cause, .. }
            | Self::ChannelRefused { cause, .. }
            | Self::CardRefused { cause, .. }
            | Self::Unreachable { cause, .. }
            | Self::AppRefused { cause }
            | Self::OrganizationRefused { cause, .. }
            | Self::TokensRefused { cause, .. }
            | Self::RevokingBlocked { cause, .. }
            | Self::MembersRefused { cause, .. }
            | Self::HomeRefused { cause }
            | Self::GivenUp { cause, .. } => Some(cause.clone()),
            Self::ScopeMissing(lack) => Some(lack.needs()),
            Self::Contradiction { .. }
            | Self::OutsidePolicy { .. }
            | Self::NoRoute { .. }
            | Self::ChannelWorks { .. }
            | Self::ScopeWorks { .. }
            | Self::AppWorks
            | Self::OrganizationWorks { .. }
            | Self::TokensWork { .. }
            | Self::ListedAgain { .. }
            | Self::Frozen { .. }
            | Self::Lifted
            | Self::MembersWork { .. }
            | Self::NewMembers { .. }
            | Self::NotLinkedByThem { .. }
            | Self::HomesOff
            | Self::HomesWork
            | Self::RulesRefused { .. }
            | Self::RulesTaken { .. } => None,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Blocked { key, cause } => {
                format!("The decision on {key} can't reach GitHub: {cause}. It is kept and tried again.")
            }
            Self::Contradiction { key, told } => format!(
                "GitHub contradicts itself about {key}: now it is said to be {}. The card tells both; please look on \
                 GitHub.",
                messages::outcome(*told),
            ),
            Self::OutsidePolicy { key, by, compared } => {
                let by = by.as_ref().map(|login| format!(" by {login}")).unwrap_or_default();
                let compared = messages::compared(compared).unwrap_or_default();
                format!("{key} was approved on GitHub{by}{compared}. The token works; please look.")
            }
            Self::NoRoute { key } => {
                format!("No route in the configuration covers {key}, so nobody can decide it in Slack.")
            }
            Self::ChannelRefused { channel, cause } => format!(
                "Cards can't be posted in {channel}: {cause}. They go to the fallback channel until that is mended."
            ),
            Self::ChannelWorks { channel } => format!("Cards can be posted in {channel} again."),
            Self::ScopeMissing(lack) => messages::scope_missing(lack),
            Self::ScopeWorks { ability, channel } => messages::scope_works(*ability, channel.as_ref()),
            Self::CardRefused { key, cause } => format!(
                "The card of {key} could not be shown as it should be: {cause}. It has no buttons; please decide on \
                 GitHub, and report this to Countersign's maintainers."
            ),
            Self::Unreachable { login, cause } => {
                format!("{login} can't be told directly how their requests end: Slack says {cause}.")
            }
            Self::AppRefused { cause } => format!(
                "The GitHub App can't be used: {cause}. Until that is mended requests are known by webhook alone, and \
                 nothing can be decided. Look at [github] in the configuration: the App's id, its key, api_version."
            ),
            Self::AppWorks => "The GitHub App can be used again.".to_owned(),
            Self::OrganizationRefused { login, cause } => format!(
                "The token requests of {login} can't be read: {cause}. Nothing of {login} can be decided until that is \
                 mended."
            ),
            Self::OrganizationWorks { login } => format!("The token requests of {login} can be read again."),
            Self::TokensRefused { login, cause } => format!(
                "The active tokens of {login} can't all be read: {cause}. What is listed of {login} is what was known \
                 before, and says how old it is."
            ),
            Self::TokensWork { login } => format!("The active tokens of {login} can all be read again."),
            Self::RevokingBlocked { login, cause, .. } => format!(
                "Tokens of {login} are to be revoked, and GitHub does not take it: {cause}. It is tried again until it does."
            ),
            Self::ListedAgain { key } => format!(
                "GitHub lists {key} again, which counted as gone. It stays closed here; please decide it on GitHub."
            ),
            Self::Frozen { words } => {
                format!("{words}. No approval is accepted or sent until that is lifted; denials go on.")
            }
            Self::Lifted => "The freeze is lifted. Approvals count again.".to_owned(),
            Self::MembersRefused { member, cause } => format!(
                "Who belongs to {member} can't be told: {cause}. Until that is mended nobody has any right by it, and \
                 whatever hangs on it is refused."
            ),
            Self::MembersWork { member } => format!("Who belongs to {member} can be told again."),
            Self::NewMembers { names, groups, of, may_approve, .. } => format!(
                "{} now in {} ({of}), which may approve {}. If that surprises you, look there who added them.",
                people(names),
                groups.join(", "),
                may_approve.join("; "),
            ),
            Self::NotLinkedByThem { slack, login } => format!(
                "The Slack user {slack} says that it was not them who linked their accounts, to the GitHub account \
                 {login}. The link has been taken away. Please look into it: somebody may hold one of their accounts."
            ),
            Self::RulesRefused { cause, policies } => format!(
                "The changed configuration or policies are not taken: {cause}. What was in force stays in force, with the \
                 policies {policies}; `countersign check` tells all that is wrong."
            ),
            Self::RulesTaken { policies } => format!(
                "The configuration and policies are in order again, and what they say is in force, with the policies \
                 {policies}."
            ),
            Self::HomesOff => "The Home of the Slack app can't be shown: its tab is switched off. Please switch it on in the \
                 app's settings, under App Home; nothing else depends on it."
                .to_owned(),
            Self::HomesWork => "The Home of the Slack app can be shown again.".to_owned(),
            Self::HomeRefused { cause } => format!(
                "Slack does not take what the Home is to show to somebody: {cause}. Please report this to Countersign's \
                 maintainers."
            ),
            Self::GivenUp { kind, subject, cause } => {
                format!("The job {kind} for {subject} was given up: {cause}.")
            }
        }
    }
}

fn scope(ability: Ability, channel: Option<&ChannelId>) -> String {
    match channel {
        Some(channel) => format!("scope {} {channel}", ability.name()),
        None => format!("scope {}", ability.name()),
    }
}

/// `bob is`, `bob and carol are`, `bob, carol and 7 others are`.
fn people(names: &[String]) -> String {
    const NAMED: usize = 10;
    match names {
        [one] => format!("{one} is"),
        names if names.len() > NAMED => {
            format!("{} and {} others are", names[..NAMED].join(", "), names.len() - NAMED)
        }
        [others @ .., last] => format!("{} and {last} are", others.join(", ")),
        [] => "Nobody is".to_owned(),
    }
}

/// A notice as it waits to be told.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    words: String,
    /// The name of the lasting trouble it is about.
    lasting: Option<String>,
    /// Whether that trouble is over.
    is_over: bool,
    /// Whether it may be posted although nobody can tell who reads along. Left out where it is not so: earlier releases
    /// do not know it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    for_anybody: bool,
    /// What the log may say beside the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
}

impl Written {
    /// Whether the operators know this already; the end of what they never heard of is no news.
    async fn is_known(&self, app: &App) -> Result<bool, JobError> {
        let Some(name) = &self.lasting else { return Ok(false) };
        let told = app.store.lasting(name).await?;
        Ok(if self.is_over { told.is_none() } else { told.as_ref() == Some(&self.words) })
    }

    /// The change that remembers that it was told.
    fn told(self, now: DateTime<Utc>) -> Change {
        match self.lasting {
            None => Change::default(),
            Some(name) if self.is_over => Change { is_over: Some(name), ..Change::default() },
            Some(name) => {
                let lasting = Lasting { name, words: self.words, since: now };
                Change { lasting: Some(lasting), ..Change::default() }
            }
        }
    }
}

/// Posts one notice; without an operators' channel the log has to do. After a lost answer it is posted again.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let written: Written = payload_of(job)?;
    if written.is_known(app).await? {
        return Ok(Change::default());
    }
    let Some(channel) = &app.config.slack.operators_channel else {
        // The words may hold what somebody typed.
        let (notice, cause) = (&job.subject, &written.cause);
        tracing::error!(
            notice,
            cause,
            is_over = written.is_over,
            "there is no operators' channel to tell this to"
        );
        return Ok(written.told(app.clock.now()));
    };
    match place::unfit(app, channel).await? {
        None => {}
        // What has to be mended is told by the very notice that could not be posted otherwise.
        Some(Unfit::Unseen(_)) if written.for_anybody => {}
        Some(Unfit::Unseen(trouble)) => return Err(unheard(app, job, &trouble.to_string())),
        Some(Unfit::For(cause)) => return Err(unheard(app, job, &cause)),
    }
    match post(app, job, channel, &messages::words(&written.words)).await? {
        Ok(_) => Ok(written.told(app.clock.now())),
        Err(Trouble::BadTarget { error }) => Err(unheard(app, job, &error)),
        Err(trouble) => Err(trouble.into()),
    }
}

/// The operators' own channel fails: the log is all there is, and it must not be flooded.
fn unheard(app: &App, job: &LeasedJob, cause: &str) -> JobError {
    tracing::error!(notice = job.subject, cause, "the operators' channel can't be posted in");
    let cause = format!("the operators' channel can't be posted in: {cause}");
    JobError::Later { cause, until: app.clock.now() + UNHEARD_PAUSE }
}

/// Tells that a job was given up; if even that can't be stored, the log has it.
pub(super) async fn given_up(app: &App, job: &LeasedJob, cause: &str) {
    let notice =
        Notice::GivenUp { kind: job.kind.clone(), subject: job.subject.clone(), cause: cause.to_owned() };
    let entries = vec![app.record().job_given_up(&job.kind, &job.subject, cause)];
    let jobs = vec![notice.job(app.clock.now())];
    let vain_nudges = match job.kind == Kind::TellNudge.name() {
        true => nudge::vain(app, job).await.unwrap_or_default(),
        false => vec![],
    };
    let change = Change { entries, jobs, vain_nudges, ..Change::default() };
    if let Err(error) = app.store.commit(change).await {
        tracing::error!(%error, "the operators could not be told");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slack::told::{chain, shown, table};

    fn notices() -> Vec<Notice> {
        let key = || "r-7f3k2".parse::<Key>().unwrap();
        let acme = || Login::new("acme");
        let mut all = chain(|after: Option<&Notice>| {
            Some(match after {
                None => Notice::Blocked {
                    key: key(),
                    cause: "GitHub forbids it: Resource not accessible".to_owned(),
                },
                Some(Notice::Blocked { .. }) => Notice::Contradiction { key: key(), told: Outcome::Denied },
                Some(Notice::Contradiction { .. }) => Notice::OutsidePolicy {
                    key: key(),
                    by: Some(Login::new("monalisa")),
                    compared: Compared::Outside { why: "it is their own request".to_owned() },
                },
                Some(Notice::OutsidePolicy { .. }) => Notice::NoRoute { key: key() },
                Some(Notice::NoRoute { .. }) => {
                    let channel = ChannelId::new("C0APPROVALS");
                    Notice::ChannelRefused { channel, cause: "is_archived".to_owned() }
                }
                Some(Notice::ChannelRefused { .. }) => {
                    Notice::ChannelWorks { channel: ChannelId::new("C0APPROVALS") }
                }
                Some(Notice::ChannelWorks { .. }) => Notice::ScopeMissing(lack(Ability::TellDirectly)),
                Some(Notice::ScopeMissing(_)) => {
                    Notice::ScopeWorks { ability: Ability::TellDirectly, channel: None }
                }
                Some(Notice::ScopeWorks { .. }) => Notice::CardRefused {
                    key: key(),
                    cause: "slack refuses it: invalid_blocks []".to_owned(),
                },
                Some(Notice::CardRefused { .. }) => {
                    Notice::Unreachable { login: Login::new("octocat"), cause: "user_disabled".to_owned() }
                }
                Some(Notice::Unreachable { .. }) => Notice::AppRefused {
                    cause: "GitHub does not accept our credentials: Bad credentials".to_owned(),
                },
                Some(Notice::AppRefused { .. }) => Notice::AppWorks,
                Some(Notice::AppWorks) => Notice::OrganizationRefused {
                    login: acme(),
                    cause: "github forbids it (403): <!here>".to_owned(),
                },
                Some(Notice::OrganizationRefused { .. }) => Notice::OrganizationWorks { login: acme() },
                Some(Notice::OrganizationWorks { .. }) => Notice::TokensRefused {
                    login: acme(),
                    cause: "github forbids it (403): <!here>".to_owned(),
                },
                Some(Notice::TokensRefused { .. }) => Notice::TokensWork { login: acme() },
                Some(Notice::TokensWork { .. }) => Notice::RevokingBlocked {
                    organization: OrganizationId(9_001),
                    login: acme(),
                    cause: "GitHub forbids it (403): <!here>".to_owned(),
                },
                Some(Notice::RevokingBlocked { .. }) => Notice::MembersRefused {
                    member: Member::Owners,
                    cause: "GitHub forbids it (403)".to_owned(),
                },
                Some(Notice::MembersRefused { .. }) => Notice::MembersWork { member: Member::Owners },
                Some(Notice::MembersWork { .. }) => new_members(&["bob"]),
                Some(Notice::NewMembers { .. }) => Notice::ListedAgain { key: key() },
                Some(Notice::ListedAgain { .. }) => Notice::Frozen {
                    words: "❄ Frozen by alice since 23 Nov 2026, 12:04 UTC: a laptop was stolen".to_owned(),
                },
                Some(Notice::Frozen { .. }) => Notice::Lifted,
                Some(Notice::Lifted) => {
                    Notice::NotLinkedByThem { slack: SlackUserId::new("U0HUBOT"), login: Login::new("hubot") }
                }
                Some(Notice::NotLinkedByThem { .. }) => Notice::RulesRefused {
                    cause: "2 mistakes, the first is policies/a.cedar:2: there is no group \"securty\""
                        .to_owned(),
                    policies: "3f0c5d2e9a71".to_owned(),
                },
                Some(Notice::RulesRefused { .. }) => {
                    Notice::RulesTaken { policies: "b1946ac92492".to_owned() }
                }
                Some(Notice::RulesTaken { .. }) => Notice::HomesOff,
                Some(Notice::HomesOff) => Notice::HomesWork,
                Some(Notice::HomesWork) => Notice::HomeRefused { cause: "invalid_blocks".to_owned() },
                Some(Notice::HomeRefused { .. }) => Notice::GivenUp {
                    kind: "tell_arrival".to_owned(),
                    subject: "r-7f3k2".to_owned(),
                    cause: "slack refuses it: invalid_arguments []".to_owned(),
                },
                Some(Notice::GivenUp { .. }) => return None,
            })
        });
        all.extend([new_members(&["bob", "carol"]), new_members(&["bob"; 12])]);
        for ability in ABILITIES {
            let Lack { channel, .. } = lack(ability);
            all.extend([Notice::ScopeMissing(lack(ability)), Notice::ScopeWorks { ability, channel }]);
        }
        let compared = Compared::Unknown { cause: "GitHub did not answer in time".to_owned() };
        all.push(Notice::OutsidePolicy { key: key(), by: None, compared });
        all
    }

    /// All but the one that the first table has.
    const ABILITIES: [Ability; 6] = [
        Ability::Post,
        Ability::KnowPeople,
        Ability::KnowGroups,
        Ability::KnowChannels,
        Ability::ReadBack,
        Ability::SendFiles,
    ];

    fn lack(ability: Ability) -> Lack {
        let scopes = ability.scopes().to_vec();
        let channel = (scopes.len() > 1).then(|| ChannelId::new("C0APPROVALS"));
        Lack { ability, channel, scopes, since: DateTime::UNIX_EPOCH }
    }

    fn new_members(names: &[&str]) -> Notice {
        Notice::NewMembers {
            source: "github-team:acme/security".to_owned(),
            first: "102".to_owned(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            groups: vec!["approvers".to_owned()],
            of: "github-team:acme/security".to_owned(),
            may_approve: vec!["everything in acme".to_owned()],
        }
    }

    #[test]
    fn every_notice_to_the_operators() {
        let rows =
            notices().into_iter().map(|notice| (notice.subject(), shown(&messages::words(&notice.words()))));

        let said = table(rows);
        insta::assert_snapshot!(said);
    }
}
