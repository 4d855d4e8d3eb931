//! `countersign tokens list`: the mirrored tokens, by the filters of `/pat list`; beside a running service.

use std::path::Path;

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Failure, Outcome, load, runtime};
use crate::app::listing::{Listing, Wanted};
use crate::app::table::{Beside, Columns, expires, permissions, repositories, time, used};
use crate::clock::Clock;
use crate::config::Config;
use crate::ids::OrganizationId;
use crate::request::Repositories;
use crate::store::{Mirror, Mirrored, Reader, Scope};
use crate::token::{EXAMPLE, Filter, NotUnderstood};

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
    /// With --csv: the columns of an access review, with who approved each token and room for a verdict.
    #[arg(long, requires = "csv", conflicts_with = "json")]
    review: bool,
}

/// How the list is written.
#[derive(Clone, Copy)]
enum Form {
    Lines,
    Json,
    Csv(Columns),
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
        (false, true) if arguments.review => Form::Csv(Columns::Review),
        (false, true) => Form::Csv(Columns::Inventory),
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
    let columns = match form {
        Form::Csv(columns) => Some(columns),
        Form::Json | Form::Lines => None,
    };
    let wanted = Wanted { filter, scope: &scope, columns, now: Clock::wall().now() };
    let mut listing = Listing::new(&reader, &config.rulebook, wanted);
    let mut count = 0_u64;
    loop {
        let page = listing.next().await?;
        if page.is_empty() {
            break;
        }
        for listed in &page {
            let beside = Beside {
                as_of: as_of(&mirrors, listed.one.token.organization),
                owner: listed.owner.as_ref(),
                requests: &listed.requests,
                // Whoever may read the database may see everything.
                may_see: &|_| true,
            };
            tell(form, &listed.one, &beside, count == 0);
            count += 1;
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
        Form::Csv(columns) => say!("{}\r", columns.header()),
    }
}

fn end(form: Form, count: u64) {
    match form {
        Form::Lines if count == 0 => say!("No token fits."),
        Form::Json => say!("]"),
        Form::Lines | Form::Csv(_) => {}
    }
}

fn tell(form: Form, one: &Mirrored, beside: &Beside<'_>, is_first: bool) {
    match form {
        Form::Lines => say!("{}", line(one)),
        Form::Json if is_first => say!(" {}", as_json(one, beside.as_of)),
        Form::Json => say!(",{}", as_json(one, beside.as_of)),
        Form::Csv(columns) => say!("{}\r", columns.row(one, beside)),
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
        permissions(token).join(" "),
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
        "permissions": permissions(token),
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
