//! `countersign tokens list`: the mirrored tokens, by the filters of `/pat list`; beside a running service.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Failure, Outcome, load, runtime};
use crate::app::table::{Beside, Columns, expires, permissions, repositories, time, used};
use crate::clock::Clock;
use crate::config::Config;
use crate::ids::{OrganizationId, SlackUserId, TokenId};
use crate::request::{Repositories, Requester, TokenRequest};
use crate::store::{Mirror, Mirrored, Reader, Scope, StoreError, TokenQuestion};
use crate::token::{EXAMPLE, Filter, NotUnderstood};

/// As many are read at a time; the whole of a list is never in memory.
const PAGE: u32 = 500;

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
    let now = Clock::wall().now();
    let (mut after, mut count) = (None, 0_u64);
    let mut asked = Asked::default();
    loop {
        let question = TokenQuestion { filter, scope: &scope, now, after: after.as_ref(), limit: PAGE };
        let page = reader.tokens(&question).await?;
        let known = match form {
            Form::Csv(Columns::Review) => asked.about(&reader, config, &page.tokens).await?,
            Form::Csv(Columns::Inventory) | Form::Json | Form::Lines => Requests::new(),
        };
        for one in &page.tokens {
            let beside = Beside {
                as_of: as_of(&mirrors, one.token.organization),
                owner: asked.owners.get(&one.token.owner).and_then(Option::as_ref),
                requests: requests_for(&known, one),
                // Whoever may read the database may see everything.
                may_see: &|_| true,
            };
            tell(form, one, &beside, count == 0);
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

type Requests = HashMap<(OrganizationId, TokenId), Vec<TokenRequest>>;

/// What was looked up for a review.
#[derive(Default)]
struct Asked {
    owners: HashMap<Requester, Option<SlackUserId>>,
}

impl Asked {
    /// The requests for a page's tokens; who owns these is kept.
    async fn about(
        &mut self,
        reader: &Reader,
        config: &Config,
        page: &[Mirrored],
    ) -> Result<Requests, StoreError> {
        let mut tokens: BTreeMap<OrganizationId, Vec<TokenId>> = BTreeMap::new();
        for one in page {
            tokens.entry(one.token.organization).or_default().extend(one.token.token);
            let owner = &one.token.owner;
            if !self.owners.contains_key(owner) {
                let slack = config.rulebook.owner_in_slack(owner, reader.links_about(owner).await?);
                self.owners.insert(owner.clone(), slack);
            }
        }
        let mut all = Requests::new();
        for (organization, tokens) in tokens {
            let found = reader.requests_for_tokens(organization, &tokens).await?;
            all.extend(found.into_iter().map(|(token, requests)| ((organization, token), requests)));
        }
        Ok(all)
    }
}

fn requests_for<'a>(all: &'a Requests, one: &Mirrored) -> &'a [TokenRequest] {
    let token = one.token.token.map(|token| (one.token.organization, token));
    token.and_then(|token| all.get(&token)).map_or(&[], Vec::as_slice)
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
