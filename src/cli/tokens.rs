//! `countersign tokens list`: the mirrored tokens, by the filters of `/pat list`; beside a running service.

use std::path::Path;

use anyhow::{Result, bail};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::{Failure, Outcome, load, runtime};
use crate::audit::csv_cell;
use crate::clock::Clock;
use crate::config::Config;
use crate::ids::OrganizationId;
use crate::request::{Expiry, Permission, Repositories};
use crate::store::{Mirror, Mirrored, Reader, Scope, TokenQuestion};
use crate::token::{EXAMPLE, Filter, NotUnderstood, Use};

/// As many are read at a time; the whole of a list is never in memory.
const PAGE: u32 = 500;

const HEADER: &str = "key,organization,owner,owner_id,name,permissions,repositories,granted_at,expires,last_used,state,\
    grant,token,as_of";

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// List active tokens as they were last read from GitHub.
    List(Arguments),
}

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// As in `/pat list`, such as repo:payments-* permission:contents:write 'unused>90d' sort:used; all tokens without any.
    filters: Vec<String>,
    /// One JSON document.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// A table for a spreadsheet; cells that it would calculate begin with an apostrophe.
    #[arg(long)]
    csv: bool,
}

/// How the list is written.
#[derive(Clone, Copy)]
enum Form {
    Lines,
    Json,
    Csv,
}

pub(super) fn run(path: &Path, command: Command) -> Outcome {
    let Command::List(arguments) = command;
    let config = load(path)?;
    let filter = match arguments.filters.join(" ").parse::<Filter>() {
        Ok(filter) => filter,
        Err(told) => return Err(misunderstood(&told)),
    };
    let form = match (arguments.json, arguments.csv) {
        (true, _) => Form::Json,
        (false, true) => Form::Csv,
        (false, false) => Form::Lines,
    };
    Ok(runtime()?.block_on(list(&config, &filter, form))?)
}

/// A usage error.
fn misunderstood(told: &NotUnderstood) -> Failure {
    let understood = told.understood.to_string();
    complain!("countersign: {told}");
    told.nearest.iter().for_each(|near| complain!("did you mean {near}?"));
    if !understood.is_empty() {
        complain!("the rest is understood: {understood}");
    }
    complain!("for example: countersign tokens list {EXAMPLE}");
    Failure::Usage
}

async fn list(config: &Config, filter: &Filter, form: Form) -> Result<()> {
    let reader = Reader::open(&config.database).await?;
    let mirrors = reader.mirrors().await?;
    if mirrors.is_empty() {
        bail!("no organization's tokens have been read yet; `countersign serve` reads them");
    }
    let scope = Scope {
        organizations: mirrors.iter().map(|mirror| mirror.organization).collect(),
        ..Scope::default()
    };
    begin(form);
    let now = Clock::wall().now();
    let (mut after, mut count) = (None, 0_u64);
    loop {
        let question = TokenQuestion { filter, scope: &scope, now, after: after.as_ref(), limit: PAGE };
        let page = reader.tokens(&question).await?;
        for one in &page.tokens {
            tell(form, one, as_of(&mirrors, one.token.organization), count == 0);
            count += 1;
        }
        after = page.tokens.last().map(|last| filter.sort.position(&last.token));
        if !page.has_more || after.is_none() {
            break;
        }
    }
    end(form, count);
    how_old(&mirrors);
    Ok(())
}

fn begin(form: Form) {
    match form {
        Form::Lines => say!(
            "{:<10} {:<16} {:<20} {:<24} {:<10} {:<10} {:<8} {:<28} permissions",
            "key",
            "organization",
            "owner",
            "name",
            "expires",
            "last used",
            "state",
            "repositories"
        ),
        Form::Json => say!("["),
        Form::Csv => say!("{HEADER}\r"),
    }
}

fn end(form: Form, count: u64) {
    match form {
        Form::Lines if count == 0 => say!("No token fits."),
        Form::Json => say!("]"),
        Form::Lines | Form::Csv => {}
    }
}

fn tell(form: Form, one: &Mirrored, as_of: Option<DateTime<Utc>>, is_first: bool) {
    match form {
        Form::Lines => say!("{}", line(one)),
        Form::Json if is_first => say!(" {}", as_json(one, as_of)),
        Form::Json => say!(",{}", as_json(one, as_of)),
        Form::Csv => say!("{}\r", row(one, as_of)),
    }
}

/// Beside the list, so that it stays one.
fn how_old(mirrors: &[Mirror]) {
    for mirror in mirrors {
        match mirror.finished_at {
            Some(at) => complain!("{}: as of {}", mirror.login, time(at)),
            None => complain!("{}: its list has not been read to its end yet", mirror.login),
        }
        if mirror.unreadable > 0 {
            complain!("{}: {} more can't be read and are not listed", mirror.login, mirror.unreadable);
        }
    }
}

fn as_of(mirrors: &[Mirror], organization: OrganizationId) -> Option<DateTime<Utc>> {
    mirrors.iter().find(|mirror| mirror.organization == organization)?.finished_at
}

fn line(one: &Mirrored) -> String {
    let token = &one.token;
    let day = |text: &str| text.get(..10).unwrap_or(text).to_owned();
    let line = format!(
        "{:<10} {:<16} {:<20} {:<24} {:<10} {:<10} {:<8} {:<28} {}",
        token.key.as_str(),
        token.login.as_str(),
        token.owner.login.as_str(),
        token.name.as_deref().unwrap_or("-"),
        day(&expires(token.expiry)),
        day(&used(token.used)),
        one.presence.name(),
        repositories(&token.repositories).join(" "),
        permissions(one).join(" "),
    );
    line.replace(char::is_control, " ")
}

fn as_json(one: &Mirrored, as_of: Option<DateTime<Utc>>) -> Value {
    let token = &one.token;
    json!({
        "key": token.key.as_str(),
        "organization": token.login.as_str(),
        "owner": token.owner.login.as_str(),
        "owner_id": token.owner.id.0,
        "name": token.name,
        "permissions": permissions(one),
        "repositories": repositories(&token.repositories),
        "repositories_known": matches!(token.repositories, Repositories::All) || token.repositories.is_fully_listed(),
        "granted_at": token.granted_at.map(time),
        "expires": expires(token.expiry),
        "last_used": used(token.used),
        "state": one.presence.name(),
        "grant": token.grant.0,
        "token": token.token.map(|id| id.0),
        "as_of": as_of.map(time),
    })
}

fn row(one: &Mirrored, as_of: Option<DateTime<Utc>>) -> String {
    let token = &one.token;
    let cells = [
        token.key.to_string(),
        token.login.to_string(),
        token.owner.login.to_string(),
        token.owner.id.to_string(),
        token.name.clone().unwrap_or_default(),
        permissions(one).join(" "),
        repositories(&token.repositories).join(" "),
        token.granted_at.map_or_else(|| "unknown".to_owned(), time),
        expires(token.expiry),
        used(token.used),
        one.presence.name().to_owned(),
        token.grant.to_string(),
        token.token.map_or_else(String::new, |id| id.to_string()),
        as_of.map_or_else(|| "unknown".to_owned(), time),
    ];
    cells.map(|text| csv_cell(&text)).join(",")
}

/// `repository:contents:write`, by GitHub's words.
fn permissions(one: &Mirrored) -> Vec<String> {
    let spelled = |(Permission { group, name }, level): (&Permission, &crate::request::Level)| {
        format!("{group}:{name}:{level}")
    };
    one.token.permissions.iter().map(spelled).collect()
}

/// By name, or one word in stars; what is not known is said.
fn repositories(repositories: &Repositories) -> Vec<String> {
    let words = match repositories {
        Repositories::None => return vec!["(none)".to_owned()],
        Repositories::All => return vec!["(all)".to_owned()],
        Repositories::Unknown(word) => return vec![format!("(unknown: {word})")],
        Repositories::Subset { listed, .. } => listed.iter().map(|one| one.full_name.clone()),
    };
    let more = (!repositories.is_fully_listed()).then(|| "(others, not read)".to_owned());
    words.chain(more).collect()
}

fn expires(expiry: Expiry) -> String {
    match expiry {
        Expiry::Never => "never".to_owned(),
        Expiry::Unknown => "unknown".to_owned(),
        Expiry::At(at) => time(at),
    }
}

fn used(used: Use) -> String {
    match used {
        Use::Never => "never".to_owned(),
        Use::Unknown => "unknown".to_owned(),
        Use::At(at) => time(at),
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
