//! Links that people made themselves, and their tries to make one.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};

use super::connection::{Connection, Statement};
use super::places::time;
use super::rows::{bulk, json};
use super::{Change, Link, Reader, Store, StoreError};
use crate::identity::{Stage, Ticket, TicketId};
use crate::ids::{GitHubUserId, Login, SlackUserId};
use crate::request::Requester;

type LinkRow = (String, i64, String, i64);
type TicketRow =
    (String, String, i64, i64, String, Option<String>, Option<String>, Option<i64>, Option<String>);

/// All that is on record of whom a GitHub account belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LinksAbout {
    /// Every login of the reviewed mapping, as it was at any time, under which the account was pinned.
    pub pinned: Vec<Link>,
    /// What is pinned under the login that it has now.
    pub of_login: Option<Link>,
    /// The link that somebody made to it.
    pub made: Option<Link>,
}

impl Store {
    /// All that is on record of whom an account belongs to.
    pub async fn links_about(&self, owner: &Requester) -> Result<LinksAbout, StoreError> {
        let (pinned, of_login) = (self.links_of(owner.id).await?, self.link(&owner.login).await?);
        Ok(LinksAbout { pinned, of_login, made: self.self_link_to(owner.id).await? })
    }

    /// The link that a Slack user made.
    pub async fn self_link_of(&self, slack: &SlackUserId) -> Result<Option<Link>, StoreError> {
        let row: Option<LinkRow> = self.readers.row(OF, &[slack.as_str().into()]).await?;
        row.map(link).transpose()
    }

    /// The link that somebody made to an account.
    pub async fn self_link_to(&self, github: GitHubUserId) -> Result<Option<Link>, StoreError> {
        let row: Option<LinkRow> = self.readers.row(TO, &[github.0.into()]).await?;
        row.map(link).transpose()
    }

    /// How many of these accounts somebody linked to theirs.
    pub async fn self_linked_among(&self, accounts: &BTreeSet<GitHubUserId>) -> Result<usize, StoreError> {
        const AMONG: Statement = Statement {
            sqlite: "SELECT count(*) FROM self_link WHERE github_id IN (SELECT value FROM json_each($1))",
            postgres: "SELECT count(*) FROM self_link
                       WHERE github_id IN (SELECT value::bigint FROM jsonb_array_elements_text($1::jsonb))",
        };
        let accounts: Vec<_> = accounts.iter().map(|account| account.0).collect();
        let accounts = json!(accounts).to_string();
        let row: Option<(i64,)> = self.readers.row(AMONG, &[accounts.as_str().into()]).await?;
        Ok(row.map_or(0, |(count,)| usize::try_from(count).unwrap_or(0)))
    }

    /// The logins under which an account was pinned for the reviewed mapping, whether they are in it still or not.
    pub async fn pinned_logins_of(&self, github: GitHubUserId) -> Result<Vec<Login>, StoreError> {
        Ok(logins(self.readers.rows(LOGINS, &[github.0.into()]).await?))
    }

    /// A try to link accounts.
    pub async fn ticket(&self, id: &TicketId) -> Result<Option<Ticket>, StoreError> {
        const TICKET: Statement = Statement::both(
            "SELECT id, slack_id, version, asked_at, stage, browser, name, github_id, login
             FROM link_ticket WHERE id = $1",
        );
        let row: Option<TicketRow> = self.readers.row(TICKET, &[id.as_str().into()]).await?;
        row.map(ticket).transpose()
    }
}

impl Reader {
    /// All that is on record of whom an account belongs to.
    pub async fn links_about(&self, owner: &Requester) -> Result<LinksAbout, StoreError> {
        let (pinned, of_login) = (self.links_of(owner.id).await?, self.link(&owner.login).await?);
        let made = self.rows(TO, &[owner.id.0.into()]).await?.pop().map(link).transpose()?;
        Ok(LinksAbout { pinned, of_login, made })
    }

    /// The link that a Slack user made.
    pub async fn self_link_of(&self, slack: &SlackUserId) -> Result<Option<Link>, StoreError> {
        self.rows(OF, &[slack.as_str().into()]).await?.pop().map(link).transpose()
    }

    /// The logins under which an account was pinned for the reviewed mapping, whether they are in it still or not.
    pub async fn pinned_logins_of(&self, github: GitHubUserId) -> Result<Vec<Login>, StoreError> {
        Ok(logins(self.rows(LOGINS, &[github.0.into()]).await?))
    }
}

const OF: Statement =
    Statement::both("SELECT slack_id, github_id, login, linked_at FROM self_link WHERE slack_id = $1");

const TO: Statement =
    Statement::both("SELECT slack_id, github_id, login, linked_at FROM self_link WHERE github_id = $1");

const LOGINS: Statement = Statement::both("SELECT login FROM link WHERE github_id = $1");

fn logins(rows: Vec<(String,)>) -> Vec<Login> {
    rows.into_iter().map(|(login,)| Login::new(&login)).collect()
}

fn link((slack, github, login, linked_at): LinkRow) -> Result<Link, StoreError> {
    Ok(Link {
        login: Login::new(&login),
        github: GitHubUserId(github as u64),
        linked_at: time("self_link", &slack, linked_at)?,
        slack: SlackUserId::new(slack),
    })
}

fn ticket(row: TicketRow) -> Result<Ticket, StoreError> {
    const TABLE: &str = "link_ticket";
    let (id, slack, version, asked_at, stage, browser, name, github, login) = row;
    let stage = match (stage.as_str(), browser, name, github, login) {
        ("asked", None, None, None, None) => Stage::Asked,
        ("in_slack", Some(browser), Some(name), None, None) => Stage::InSlack { browser, name },
        ("on_github", Some(browser), Some(name), Some(github), Some(login)) => {
            Stage::OnGitHub { browser, name, account: GitHubUserId(github as u64), login: Login::new(&login) }
        }
        ("linked", ..) => Stage::Linked,
        ("refused", ..) => Stage::Refused,
        _ => return Err(StoreError::corrupt(TABLE, &id, "its stage is not known")),
    };
    Ok(Ticket {
        asked_at: time(TABLE, &id, asked_at)?,
        id: TicketId::parse(&id).ok_or_else(|| StoreError::corrupt(TABLE, &id, "its id is none"))?,
        slack: SlackUserId::new(slack),
        stage,
        version: version as u64,
    })
}

/// What is stored of the links and tickets that some changes touch.
#[derive(Default)]
pub(super) struct Links {
    /// Who is linked, by themselves, to which account.
    made: HashSet<(String, u64)>,
    tickets: HashMap<String, u64>,
}

/// What the accepted changes of a batch touch.
#[derive(Default)]
pub(super) struct Touched<'c> {
    slack: HashSet<&'c str>,
    github: HashSet<u64>,
    tickets: HashSet<&'c str>,
}

/// The links that a change makes and ends.
fn changed(change: &Change) -> impl Iterator<Item = &Link> {
    change.self_linked.iter().chain(change.self_unlinked.iter().map(|(link, _)| link))
}

impl Links {
    /// Whether a change links what both are free, ends the link that stands, and moves a ticket on from where it is.
    pub(super) fn allow<'c>(&self, change: &'c Change, touched: &mut Touched<'c>) -> bool {
        let changed = || changed(change);
        let is_touched = changed().any(|link| {
            touched.slack.contains(link.slack.as_str()) || touched.github.contains(&link.github.0)
        });
        let is_free = change.self_linked.as_ref().is_none_or(|link| {
            !self.made.iter().any(|(slack, github)| slack == link.slack.as_str() || *github == link.github.0)
        });
        let stands = change
            .self_unlinked
            .as_ref()
            .is_none_or(|(link, _)| self.made.contains(&(link.slack.to_string(), link.github.0)));
        let is_ticket_there = change.ticket.as_ref().is_none_or(|ticket| {
            let known = self.tickets.get(ticket.id.as_str()).copied().unwrap_or(0);
            known == ticket.version && !touched.tickets.contains(ticket.slack.as_str())
        });
        !is_touched && is_free && stands && is_ticket_there
    }
}

impl<'c> Touched<'c> {
    pub(super) fn add(&mut self, change: &'c Change) {
        for link in changed(change) {
            self.slack.insert(link.slack.as_str());
            self.github.insert(link.github.0);
        }
        self.tickets.extend(change.ticket.as_ref().map(|ticket| ticket.slack.as_str()));
    }
}

/// Reads what the changes touch.
pub(super) async fn links(connection: &mut Connection, changes: &[Change]) -> Result<Links, StoreError> {
    const MADE: Statement = Statement {
        sqlite: "SELECT slack_id, github_id FROM self_link
                 WHERE slack_id IN (SELECT value ->> 0 FROM jsonb_each($1))
                     OR github_id IN (SELECT value ->> 1 FROM jsonb_each($1))",
        postgres: "SELECT slack_id, github_id FROM self_link
                   WHERE slack_id IN (SELECT v ->> 0 FROM jsonb_array_elements($1::jsonb) AS rows (v))
                       OR github_id IN (SELECT (v ->> 1)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (v))
                   ORDER BY slack_id FOR UPDATE",
    };
    const TICKETS: Statement = Statement {
        sqlite: "SELECT id, version FROM link_ticket WHERE id IN (SELECT value FROM json_each($1))",
        postgres: "SELECT id, version FROM link_ticket
                   WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb)) ORDER BY slack_id FOR UPDATE",
    };
    let mut links = Links::default();
    let touched: Vec<_> =
        changes.iter().flat_map(changed).map(|link| json!([link.slack.as_str(), link.github.0])).collect();
    if !touched.is_empty() {
        let rows: Vec<(String, i64)> = connection.rows(MADE, &[json(&touched).as_str().into()]).await?;
        links.made = rows.into_iter().map(|(slack, github)| (slack, github as u64)).collect();
    }
    let tickets: Vec<_> = changes
        .iter()
        .filter_map(|change| change.ticket.as_ref())
        .map(|ticket| json!(ticket.id.as_str()))
        .collect();
    if !tickets.is_empty() {
        let rows: Vec<(String, i64)> = connection.rows(TICKETS, &[json(&tickets).as_str().into()]).await?;
        links.tickets = rows.into_iter().map(|(id, version)| (id, version as u64)).collect();
    }
    Ok(links)
}

const UNLINKED: Statement = Statement {
    sqlite: "DELETE FROM self_link WHERE (slack_id, github_id) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each($1))",
    postgres: "DELETE FROM self_link WHERE (slack_id, github_id) IN (
                   SELECT v ->> 0, (v ->> 1)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (v))",
};

/// What somebody else linked meanwhile has no row to lock before: the unique columns refuse it, and all is judged anew.
const LINKED: Statement = Statement {
    sqlite: "INSERT INTO self_link (slack_id, github_id, login, linked_at)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each($1)",
    postgres: "INSERT INTO self_link (slack_id, github_id, login, linked_at)
               SELECT v ->> 0, (v ->> 1)::bigint, v ->> 2, (v ->> 3)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v) ORDER BY v ->> 0",
};

/// A new ticket takes the place of whatever ticket the person had.
const TICKETS: Statement = Statement {
    sqlite: "INSERT INTO link_ticket (slack_id, id, version, asked_at, stage, browser, name, github_id, login)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
                 value ->> 7, value ->> 8
             FROM jsonb_each($1) WHERE true
             ON CONFLICT (slack_id) DO UPDATE SET
                 id = excluded.id, version = excluded.version, asked_at = excluded.asked_at, stage = excluded.stage,
                 browser = excluded.browser, name = excluded.name, github_id = excluded.github_id,
                 login = excluded.login
             WHERE excluded.version = 1 OR link_ticket.id = excluded.id
                 AND link_ticket.version = excluded.version - 1",
    postgres: "INSERT INTO link_ticket (slack_id, id, version, asked_at, stage, browser, name, github_id, login)
               SELECT v ->> 0, v ->> 1, (v ->> 2)::bigint, (v ->> 3)::bigint, v ->> 4, v ->> 5, v ->> 6,
                   (v ->> 7)::bigint, v ->> 8
               FROM jsonb_array_elements($1::jsonb) AS rows (v) ORDER BY v ->> 0
               ON CONFLICT (slack_id) DO UPDATE SET
                   id = excluded.id, version = excluded.version, asked_at = excluded.asked_at,
                   stage = excluded.stage, browser = excluded.browser, name = excluded.name,
                   github_id = excluded.github_id, login = excluded.login
               WHERE excluded.version = 1 OR link_ticket.id = excluded.id
                   AND link_ticket.version = excluded.version - 1",
};

/// Writes them. False when another writer was faster.
pub(super) async fn write(connection: &mut Connection, changes: &[&Change]) -> Result<bool, StoreError> {
    let row = |link: &Link| {
        json!([link.slack.as_str(), link.github.0, link.login.as_str(), link.linked_at.timestamp_millis()])
    };
    let unlinked = changes.iter().filter_map(|change| change.self_unlinked.as_ref());
    let unlinked: Vec<_> = unlinked.map(|(link, _)| row(link)).collect();
    let linked: Vec<_> = changes.iter().filter_map(|change| change.self_linked.as_ref()).map(row).collect();
    let tickets: Vec<_> =
        changes.iter().filter_map(|change| change.ticket.as_ref()).map(ticket_row).collect();
    let ended = bulk(connection, UNLINKED, &unlinked).await?;
    bulk(connection, LINKED, &linked).await?;
    let moved_on = bulk(connection, TICKETS, &tickets).await?;
    Ok(ended == unlinked.len() as u64 && moved_on == tickets.len() as u64)
}

fn ticket_row(ticket: &Ticket) -> Value {
    let (stage, browser, name, github, login) = match &ticket.stage {
        Stage::Asked => ("asked", None, None, None, None),
        Stage::InSlack { browser, name } => ("in_slack", Some(browser), Some(name), None, None),
        Stage::OnGitHub { browser, name, account, login } => {
            ("on_github", Some(browser), Some(name), Some(account.0), Some(login.as_str()))
        }
        Stage::Linked => ("linked", None, None, None, None),
        Stage::Refused => ("refused", None, None, None, None),
    };
    json!([
        ticket.slack.as_str(),
        ticket.id.as_str(),
        ticket.version + 1,
        ticket.asked_at.timestamp_millis(),
        stage,
        browser,
        name,
        github,
        login,
    ])
}
