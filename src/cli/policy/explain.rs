//! What the policies would say of one person and one request. Nobody is asked, so a yes is never more than an "if".

use std::path::PathBuf;

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};
use clap::ValueEnum;
use serde_json::json;

use super::file;
use crate::cli::request::{Wanted, find};
use crate::cli::runtime;
use crate::clock::Clock;
use crate::config::{Config, Rulebook, nearest};
use crate::identity::{Identity, Membership, Person, SlackAccount};
use crate::ids::{GitHubUserId, Login, SlackUserId};
use crate::policy::{Account, Act, Engine, Explanation, Question, Who};
use crate::request::TokenRequest;
use crate::slack::messages;
use crate::store::Reader;

/// A link from the reviewed mapping has no waiting time.
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
    #[arg(long = "as", value_name = "LOGIN|SLACK_USER")]
    who: String,
    /// What they would do.
    #[arg(long, value_enum, default_value = "approve")]
    action: Action,
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
    needed: u32,
}

pub(super) fn run(config: &Config, engine: &Engine, arguments: &Arguments) -> Result<()> {
    let told = runtime()?.block_on(explained(config, engine, arguments))?;
    if arguments.json {
        println!("{:#}", told.as_json(engine));
    } else {
        told.lines(engine).iter().for_each(|line| println!("{line}"));
    }
    Ok(())
}

async fn explained(config: &Config, engine: &Engine, arguments: &Arguments) -> Result<Told> {
    let now = Clock::wall().now();
    let book = &config.rulebook;
    let (slack, login) = person(book, &arguments.who)?;
    let (request, pinned, name) = match (&arguments.wanted, &arguments.file) {
        (Some(wanted), _) => {
            let reader = Reader::open(&config.database).await?;
            let request = find(&reader, wanted).await?;
            let mapped = login.as_ref().and_then(|login| book.people.get(login));
            let link = match &login {
                Some(login) => reader.link(login).await?,
                None => None,
            };
            let pinned = link.filter(|link| mapped.is_some_and(|mapped| mapped.agrees_with(link)));
            let name = request.key.to_string();
            (request, pinned.map(|link| link.github), name)
        }
        (None, Some(path)) => (file::read(path, now)?, None, path.display().to_string()),
        (None, None) => bail!("name a request, or a file with --file"),
    };
    let reviewed = login.as_ref().and_then(|login| book.people.get(login)?.github_id);
    let someone = Someone { slack, login, number: reviewed.or(pinned) };
    Ok(told(book, engine, &request, &someone, (arguments.action.into(), name, now)))
}

/// The person, as far as the configuration knows them.
struct Someone {
    slack: SlackUserId,
    login: Option<Login>,
    number: Option<GitHubUserId>,
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
    let identity = match &someone.login {
        Some(login) => {
            not_known.push(format!("whether {login} is an active member of {organization} on GitHub"));
            if someone.number.is_none() || facts.requester.id == GitHubUserId(0) {
                not_known.push(format!("whether the request is {login}'s own, other than by its login"));
            }
            let github = someone.number.unwrap_or(GitHubUserId(0));
            Identity::Linked(Person { slack: someone.slack.clone(), github, login: login.clone() })
        }
        None => Identity::Unlinked,
    };
    let is_same_number = someone.number.is_some_and(|number| number == facts.requester.id);
    let is_same_login = someone.login.as_ref() == Some(&facts.requester.login);
    let who = Who {
        slack: someone.slack.clone(),
        identity,
        account: Account::Known(SlackAccount {
            deactivated: false,
            guest: false,
            external: false,
            bot: false,
        }),
        membership: Membership::Active,
        groups: book.groups_of(&someone.slack),
        is_own: is_same_number || is_same_login,
        link_age_hours: REVIEWED_LINK_HOURS,
        is_github_silent: false,
    };
    let route = book.routing.route_for(facts);
    let question = Question {
        who: &who,
        act,
        request,
        approvers: route.map(|route| route.approvers.as_slice()),
        touches: book.routing.touches(facts),
        now,
    };
    let explanation = engine.explain(&question, book.groups.keys());
    let who = match &someone.login {
        Some(login) => format!("{login} ({})", someone.slack),
        None => someone.slack.to_string(),
    };
    Told { who, act, request: name, explanation, not_known, needed: book.routing.approvals_for(facts) }
}

impl Told {
    /// Never a plain yes: what was taken for granted has to be so.
    fn decision(&self) -> &'static str {
        if self.explanation.judgement.allowed { "allowed_if" } else { "refused" }
    }

    fn lines(&self, engine: &Engine) -> Vec<String> {
        let Explanation { judgement, permits, forbids, .. } = &self.explanation;
        let mut lines = vec![match judgement.allowed {
            true => format!(
                "{} may {} {}, if what is not known here is so.",
                self.who,
                self.act.name(),
                self.request
            ),
            false => format!("{} may not {} {}.", self.who, self.act.name(), self.request),
        }];
        lines.extend(
            judgement
                .refusal
                .as_ref()
                .map(|refusal| format!("They are told: {}", messages::refusal(refusal))),
        );
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
        if judgement.allowed && self.act == Act::Approve {
            lines.push(format!("It would be one of {} approvals needed.", self.needed));
        }
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
            "told": judgement.refusal.as_ref().map(messages::refusal),
            "permitted_by": policies(permits),
            "forbidden_by": policies(forbids),
            "would_change_it": self.changes(),
            "groups_that_allow": groups_that_allow,
            "groups_that_help": groups_that_help,
            "approvals_needed": self.needed,
            "facts": judgement.facts,
            "not_known_here": self.not_known,
        })
    }
}

fn described(engine: &Engine, name: &str) -> String {
    let Some(shown) = engine.named(name) else { return name.to_owned() };
    let place = shown.place.as_deref().unwrap_or("built in");
    let message = shown.message.as_ref().map(|message| format!(": “{message}”")).unwrap_or_default();
    format!("{name} ({place}){message}")
}

/// What has to be otherwise for a prohibition not to apply.
fn necessary(name: &str) -> String {
    match name {
        "own-request" => "somebody else has to do it: it is their own request".to_owned(),
        "unknown-account" => "their GitHub account has to be linked, in [people]".to_owned(),
        other => format!("{other} must not apply: `countersign policy show` has its conditions"),
    }
}
