//! What the policies would say of one person and one request. Nobody is asked, so a yes is never more than an "if".

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};
use clap::ValueEnum;
use serde_json::json;

use super::file;
use super::required::Required;
use super::rules::Ruled;
use crate::cli::request::{Wanted, find};
use crate::cli::runtime;
use crate::clock::Clock;
use crate::config::{Config, Member, Rulebook, nearest};
use crate::identity::{Identity, Machines, Membership, NotLinked, Own, Person, SlackAccount, Source};
use crate::ids::{GitHubUserId, Login, SlackUserId};
use crate::policy::{Account, Act, Engine, Explanation, Question, Who};
use crate::request::{Frozen, Refusal, Requester, TokenRequest, Verdict};
use crate::slack::messages;
use crate::store::Reader;

/// A link from the reviewed mapping has no waiting time, if it is the first on both sides.
const REVIEWED_LINK_HOURS: i64 = 1_000_000;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The request's key (r-7f3k2a), or GitHub's number for it (request:123).
    #[arg(value_name = "KEY", required_unless_present = "file", conflicts_with = "file")]
    wanted: Option<Wanted>,
    /// A request that nobody has made, as JSON; docs/policies.md tells the format.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Who would do it: a GitHub login of [people], or a Slack user id.
    #[arg(long = "as", value_name = "LOGIN|SLACK_USER", required_unless_present = "rules")]
    who: Option<String>,
    /// What rules would do alone, instead of a person.
    #[arg(long, conflicts_with_all = ["who", "action"])]
    rules: bool,
    /// What they would do.
    #[arg(long, value_enum, default_value = "approve")]
    action: Action,
    /// As if it were asked then, such as 2026-12-24T09:00:00Z; now otherwise. The record is read as it is now.
    #[arg(long, value_name = "TIME")]
    at: Option<DateTime<Utc>>,
    /// The result as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Action {
    Approve,
    Deny,
    Show,
}

impl From<Action> for Act {
    fn from(action: Action) -> Self {
        match action {
            Action::Approve => Self::Approve,
            Action::Deny => Self::Deny,
            Action::Show => Self::Show,
        }
    }
}

/// Everything there is to tell.
struct Told {
    who: String,
    act: Act,
    request: String,
    explanation: Explanation,
    /// What was taken for granted because only GitHub or Slack can tell it.
    not_known: Vec<String>,
    required: Option<Required>,
    /// What keeps anybody from doing it as the request stands.
    in_the_way: Option<Refusal>,
}

/// The request that somebody means.
pub(super) struct Meant {
    pub(super) request: TokenRequest,
    pub(super) name: String,
    /// Where it is on record; `None` for one that nobody has made.
    pub(super) reader: Option<Reader>,
}

pub(super) fn run(config: &Config, engine: &Engine, arguments: &Arguments) -> Result<()> {
    let (json, lines) = runtime()?.block_on(explained(config, engine, arguments))?;
    if arguments.json {
        say!("{json:#}");
    } else {
        lines.iter().for_each(|line| say!("{line}"));
    }
    Ok(())
}

async fn explained(
    config: &Config,
    engine: &Engine,
    arguments: &Arguments,
) -> Result<(serde_json::Value, Vec<String>)> {
    let now = arguments.at.unwrap_or_else(|| Clock::wall().now());
    match &arguments.who {
        Some(who) => {
            let person = person(&config.rulebook, who)?;
            let told = of_person(config, engine, arguments, (person, now)).await?;
            Ok((told.as_json(engine), told.lines(engine)))
        }
        None => {
            let ruled = Ruled::of(config, engine, meant(config, arguments, now).await?, now).await?;
            Ok((ruled.as_json(), ruled.lines(engine)))
        }
    }
}

async fn meant(config: &Config, arguments: &Arguments, now: DateTime<Utc>) -> Result<Meant> {
    match (&arguments.wanted, &arguments.file) {
        (Some(wanted), _) => {
            let reader = Reader::open(&config.database).await?;
            let request = find(&reader, wanted).await?;
            let name = request.key.to_string();
            Ok(Meant { request, name, reader: Some(reader) })
        }
        (None, Some(path)) => {
            Ok(Meant { request: file::read(path, now)?, name: path.display().to_string(), reader: None })
        }
        (None, None) => bail!("name a request, or a file with --file"),
    }
}

async fn of_person(
    config: &Config,
    engine: &Engine,
    arguments: &Arguments,
    ((slack, login), now): ((SlackUserId, Option<Login>), DateTime<Utc>),
) -> Result<Told> {
    let book = &config.rulebook;
    let mut someone = Someone::configured(config, slack, login);
    let Meant { request, name, reader } = meant(config, arguments, now).await?;
    let mut in_the_way = None;
    if let Some(reader) = &reader {
        someone.add_record(book, reader, now).await?;
        in_the_way = in_the_way_of(arguments.action, &request, reader.brake().await?.frozen.as_ref());
    }
    let told = told(book, engine, &request, &someone, (arguments.action.into(), name, now));
    Ok(Told { in_the_way, ..told })
}

/// Nothing keeps anybody from looking.
fn in_the_way_of(action: Action, request: &TokenRequest, frozen: Option<&Frozen>) -> Option<Refusal> {
    match action {
        Action::Approve => request.in_the_way(Verdict::Approve, frozen),
        Action::Deny => request.in_the_way(Verdict::Deny, frozen),
        Action::Show => None,
    }
}

/// The person, as far as the configuration knows them.
pub(super) struct Someone {
    slack: SlackUserId,
    login: Option<Login>,
    /// Why it can't be told here whether they are linked to an account, and to which.
    doubt: Option<String>,
    number: Option<GitHubUserId>,
    /// What counts as their own, by any account they ever had or a machine they answer for.
    own: Own,
    machines: Machines,
    link_age_hours: i64,
    /// Whether all of this was looked up in the record.
    is_looked_up: bool,
}

impl Someone {
    /// What the configuration alone tells.
    pub(super) fn configured(config: &Config, slack: SlackUserId, login: Option<Login>) -> Self {
        let book = &config.rulebook;
        let is_open = login.is_none() && config.sign_in.is_some();
        let doubt =
            is_open.then(|| "whether they linked their accounts themselves is not looked up here".to_owned());
        let number = login.as_ref().and_then(|login| book.people.get(login)?.github_id);
        let machines = book.machine_accounts(&HashMap::new());
        let mut own = login.as_ref().map(|login| machines.of(login)).unwrap_or_default();
        own.accounts.extend(number);
        let (link_age_hours, is_looked_up) = (REVIEWED_LINK_HOURS, false);
        Self { slack, login, doubt, number, own, machines, link_age_hours, is_looked_up }
    }

    /// Whom they are linked to, as far as that can be told here.
    fn identity(&self) -> Identity {
        match (&self.login, &self.doubt) {
            (_, Some(cause)) => Identity::Doubtful(cause.clone()),
            (Some(login), None) => Identity::Linked(Person {
                slack: self.slack.clone(),
                github: self.number.unwrap_or(GitHubUserId(0)),
                login: login.clone(),
            }),
            (None, None) => Identity::Unlinked,
        }
    }

    /// The groups they are in by name.
    pub(super) fn groups(&self, book: &Rulebook) -> BTreeSet<String> {
        let is_in = |member: &Member| match member {
            Member::Person(person) => {
                book.people.get(person).is_some_and(|mapped| mapped.slack == self.slack)
            }
            Member::SlackUser(user) => *user == self.slack,
            Member::SlackGroup(_) | Member::Team(_) | Member::Owners => false,
        };
        let groups = book.groups.iter().filter(|(_, members)| members.iter().any(is_in));
        groups.map(|(name, _)| name.clone()).collect()
    }

    /// The groups of which Slack or GitHub would have to tell whether they are in them.
    pub(super) fn unknown_groups(&self, book: &Rulebook) -> BTreeMap<String, String> {
        let is_live = |member: &Member| match member {
            Member::SlackGroup(_) | Member::Team(_) | Member::Owners => true,
            Member::Person(_) | Member::SlackUser(_) => false,
        };
        let named = self.groups(book);
        let groups = book.groups.iter().filter(|(_, members)| members.iter().any(is_live));
        let unknown = groups.filter(|(name, _)| !named.contains(*name));
        unknown.map(|(name, _)| (name.clone(), "nobody is asked here".to_owned())).collect()
    }

    /// What our own record adds: accounts that were resolved, and those of long ago.
    async fn add_record(&mut self, book: &Rulebook, reader: &Reader, now: DateTime<Utc>) -> Result<()> {
        let mapped = self.login.clone().and_then(|login| book.people.get_key_value(&login));
        if let Some((login, _)) = mapped {
            // As the service takes it: the account stays the one that was pinned, whichever Slack user the mapping names now.
            let pinned = reader.link(login).await?.map(|link| link.github);
            self.number = self.number.or(pinned);
        } else {
            self.add_own_link(book, reader).await?;
        }
        let history = reader.links_ever(&self.slack, self.number).await?;
        self.machines = book.machine_accounts(&reader.machines().await?);
        let machines = self.login.as_ref().map(|login| self.machines.of(login)).unwrap_or_default();
        self.own.machines.extend(machines.machines);
        self.own.accounts.extend(machines.accounts);
        self.own.accounts.extend(history.accounts_of(&self.slack).chain(self.number));
        let source = if mapped.is_some() { Source::Reviewed } else { Source::SignedIn };
        self.link_age_hours = history.age_hours(&self.slack, self.number, source, now);
        self.is_looked_up = true;
        Ok(())
    }

    /// The link that they made themselves, if the mapping does not contradict it.
    async fn add_own_link(&mut self, book: &Rulebook, reader: &Reader) -> Result<()> {
        self.doubt = None;
        let Some(link) = reader.self_link_of(&self.slack).await? else { return Ok(()) };
        let (logins, machines) = (reader.pinned_logins_of(link.github).await?, reader.machines().await?);
        match book.contradiction((link.github, &link.login), &logins, &machines) {
            Some(_) => self.doubt = Some(NotLinked::CONTRADICTED.to_owned()),
            None => (self.login, self.number) = (Some(link.login), Some(link.github)),
        }
        Ok(())
    }
}

fn person(book: &Rulebook, text: &str) -> Result<(SlackUserId, Option<Login>)> {
    let is_slack = text.len() > 1
        && text.starts_with(['U', 'W'])
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if is_slack {
        let slack = SlackUserId::new(text);
        let login = book.login_of(&slack).cloned();
        return Ok((slack, login));
    }
    let login = Login::new(text);
    match book.people.get(&login) {
        Some(mapped) => Ok((mapped.slack.clone(), Some(login))),
        None => match nearest(login.as_str(), book.people.keys().map(Login::as_str)) {
            Some(nearest) => bail!("{text} is not in [people]; did you mean {nearest}?"),
            None => bail!("{text} is not in [people]; name a Slack user id instead"),
        },
    }
}

fn told(
    book: &Rulebook,
    engine: &Engine,
    request: &TokenRequest,
    someone: &Someone,
    (act, name, now): (Act, String, DateTime<Utc>),
) -> Told {
    let facts = &request.facts;
    let organization = &facts.organization;
    let mut not_known = vec![format!(
        "whether the Slack account {} is active, and no guest's, bot's or other company's",
        someone.slack
    )];
    if let Some(login) = &someone.login {
        not_known.push(format!("whether {login} is an active member of {organization} on GitHub"));
        if someone.number.is_none() || facts.requester.id == GitHubUserId(0) {
            not_known.push(format!("whether the request is {login}'s own, other than by its login"));
        }
        if !someone.is_looked_up {
            not_known.push(format!("whether {login} was linked otherwise until less than 24 hours ago"));
        }
    }
    let is_same_login = someone.login.as_ref() == Some(&facts.requester.login);
    let who = Who {
        slack: someone.slack.clone(),
        identity: someone.identity(),
        account: Account::Known(SlackAccount {
            deactivated: false,
            guest: false,
            external: false,
            bot: false,
        }),
        membership: Membership::Active,
        groups: someone.groups(book),
        unknown_groups: someone.unknown_groups(book),
        is_own: is_same_login || someone.own.includes(facts.requester.id, &facts.requester.login),
        own: someone.own.clone(),
        machines: someone.machines.clone(),
        link_age_hours: someone.link_age_hours,
        is_github_silent: false,
    };
    let approvers = book.routing.route_for(facts).map(|route| route.approvers.as_slice());
    let needs = book.routing.needs(facts);
    let touches = book.routing.touches(facts);
    let Requester { id, login, .. } = &facts.requester;
    let answered_by = match id {
        // A file that tells no number means whoever the configuration means by that login.
        GitHubUserId(0) => book.machines.get(login).map(|machine| &machine.owner),
        id => someone.machines.answering_for(*id, login),
    };
    let question = Question { who: &who, act, request, approvers, needs: &needs, touches, answered_by, now };
    let explanation = engine.explain(&question, book.groups.keys());
    let required = Required::of(engine, &question, &explanation.judgement);
    let who = match &someone.login {
        Some(login) => format!("{login} ({})", someone.slack),
        None => someone.slack.to_string(),
    };
    Told { who, act, request: name, explanation, not_known, required, in_the_way: None }
}

impl Told {
    /// Never a plain yes: what was taken for granted has to be so.
    fn decision(&self) -> &'static str {
        match (&self.explanation.judgement.refusal, &self.in_the_way) {
            (Some(refusal), None) if refusal.is_uncertain() => "unknown",
            (None, None) => "allowed_if",
            (Some(_), _) | (None, Some(_)) => "refused",
        }
    }

    fn lines(&self, engine: &Engine) -> Vec<String> {
        let Explanation { judgement, permits, forbids, .. } = &self.explanation;
        let (who, act, request) = (&self.who, self.act.name(), &self.request);
        let mut lines = match &judgement.refusal {
            None => vec![format!("{who} may {act} {request}, if what is not known here is so.")],
            Some(Refusal::CannotTell { cause } | Refusal::DoubtfulAccount { cause }) => {
                vec![format!("Whether {who} may {act} {request} can't be told here: {cause}.")]
            }
            Some(refusal) => vec![
                format!("{who} may not {act} {request}."),
                format!("They are told: {}", messages::refusal(refusal)),
            ],
        };
        if let Some(refusal) = &self.in_the_way {
            lines.insert(0, format!("As things stand nobody can do it. {}", messages::refusal(refusal)));
        }
        let named = |names: &[String]| {
            let names = names.iter().map(|name| described(engine, name));
            names.collect::<Vec<_>>().join("; ")
        };
        lines.push(if permits.is_empty() {
            "No policy permits it.".to_owned()
        } else {
            format!("Permitted by {}.", named(permits))
        });
        if !forbids.is_empty() {
            lines.push(format!("Forbidden by {}.", named(forbids)));
        }
        let changes = self.changes();
        if !changes.is_empty() {
            lines.push("What would change it:".to_owned());
            lines.extend(changes.iter().map(|change| format!("  - {change}")));
        }
        lines.extend(self.required.iter().flat_map(Required::lines));
        lines.push("Facts it was judged on:".to_owned());
        lines.extend(judgement.facts.iter().map(|(name, value)| format!("  {name}: {value}")));
        lines.push("Not known here, and taken to speak for the person:".to_owned());
        lines.extend(self.not_known.iter().map(|what| format!("  - {what}")));
        lines
    }

    /// Each by itself is necessary where a policy forbids; being in a group was tried.
    fn changes(&self) -> Vec<String> {
        let Explanation { judgement, permits, forbids, groups_that_allow, groups_that_help } =
            &self.explanation;
        if judgement.allowed {
            return Vec::new();
        }
        let mut changes: Vec<_> = forbids.iter().map(|name| necessary(name)).collect();
        if !groups_that_allow.is_empty() {
            changes.push(format!("being in {} would be enough", groups_that_allow.join(", or in ")));
        }
        if !groups_that_help.is_empty() {
            changes.push(format!(
                "being in {} would help and not be enough alone",
                groups_that_help.join(", or in ")
            ));
        }
        if permits.is_empty() && groups_that_allow.is_empty() && groups_that_help.is_empty() {
            changes.push("a route whose approvers they are in, or a policy that permits it".to_owned());
        }
        changes
    }

    fn as_json(&self, engine: &Engine) -> serde_json::Value {
        let Explanation { judgement, permits, forbids, groups_that_allow, groups_that_help } =
            &self.explanation;
        let policies = |names: &[String]| {
            let one = |name: &String| {
                let shown = engine.named(name);
                json!({
                    "name": name,
                    "from": shown.and_then(|shown| shown.place.as_deref()).unwrap_or("built in"),
                    "message": shown.and_then(|shown| shown.message.as_deref()),
                })
            };
            names.iter().map(one).collect::<Vec<_>>()
        };
        json!({
            "decision": self.decision(),
            "action": self.act.name(),
            "as": self.who,
            "request": self.request,
            "told": judgement.refusal.as_ref().or(self.in_the_way.as_ref()).map(messages::refusal),
            "in_the_way": self.in_the_way.as_ref().map(Refusal::name),
            "permitted_by": policies(permits),
            "forbidden_by": policies(forbids),
            "would_change_it": self.changes(),
            "groups_that_allow": groups_that_allow,
            "groups_that_help": groups_that_help,
            "required": self.required.as_ref().map(Required::as_json),
            "facts": judgement.facts,
            "not_known_here": self.not_known,
        })
    }
}

pub(super) fn described(engine: &Engine, name: &str) -> String {
    let Some(shown) = engine.named(name) else { return name.to_owned() };
    let place = shown.place.as_deref().unwrap_or("built in");
    let message = shown.message.as_ref().map(|message| format!(": “{message}”")).unwrap_or_default();
    format!("{name} ({place}){message}")
}

/// What has to be otherwise for a prohibition not to apply.
fn necessary(name: &str) -> String {
    match name {
        "own-request" => "somebody else has to do it: it is their own request".to_owned(),
        "unknown-account" => {
            "their GitHub account has to be linked: in [people], or by themselves where that is set up"
                .to_owned()
        }
        other => format!("{other} must not apply: `countersign policy show` has its conditions"),
    }
}
