//! What is pinned at first use: the account behind a login, a person's or a machine's, and the one Slack installation.
//! Of several that pin at once the first one counts, and the others learn it.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::connection::{Connection, Statement};
use super::rows::{bulk, json};
use super::{Change, PinnedMachine, StoreError};
use crate::ids::GitHubUserId;

/// What is pinned already of what some changes pin.
pub(super) struct Pins {
    /// Account and Slack user by login.
    links: HashMap<String, (u64, String)>,
    /// Account by login.
    machines: HashMap<String, u64>,
    is_slack_pinned: bool,
}

impl Pins {
    /// Whether a change pins what is free, or what it knows to be pinned otherwise. Of two in a batch the first one does.
    pub(super) fn allow<'c>(&self, change: &'c Change, taken: &mut Taken<'c>) -> bool {
        let is_link_free = change.link.as_ref().is_none_or(|(link, instead_of)| {
            let known = self.links.get(link.login.as_str());
            let expected = instead_of.as_ref().map(|old| (old.github.0, old.slack.to_string()));
            known == expected.as_ref() && !taken.logins.contains(link.login.as_str())
        });
        let is_machine_free = change.machine.as_ref().is_none_or(|(machine, before)| {
            let known = self.machines.get(machine.login.as_str()).copied();
            known == before.map(|id| id.0) && !taken.machines.contains(machine.login.as_str())
        });
        let is_slack_free =
            change.slack_installation.is_none() || !(self.is_slack_pinned || taken.is_slack_pinned);
        is_link_free && is_machine_free && is_slack_free
    }
}

/// What the accepted changes of a batch pin.
#[derive(Default)]
pub(super) struct Taken<'c> {
    logins: HashSet<&'c str>,
    machines: HashSet<&'c str>,
    is_slack_pinned: bool,
}

impl<'c> Taken<'c> {
    pub(super) fn add(&mut self, change: &'c Change) {
        self.logins.extend(change.link.as_ref().map(|(link, _)| link.login.as_str()));
        self.machines.extend(change.machine.as_ref().map(|(machine, _)| machine.login.as_str()));
        self.is_slack_pinned |= change.slack_installation.is_some();
    }
}

/// Reads what is pinned.
pub(super) async fn pins(connection: &mut Connection, changes: &[Change]) -> Result<Pins, StoreError> {
    const LINKED: Statement = Statement {
        sqlite: "SELECT login, github_id, slack_id FROM link WHERE login IN (SELECT value FROM json_each($1))",
        postgres: "SELECT login, github_id, slack_id FROM link
                   WHERE login IN (SELECT jsonb_array_elements_text($1::jsonb)) ORDER BY login FOR UPDATE",
    };
    const MACHINES: Statement = Statement {
        sqlite: "SELECT login, github_id FROM machine WHERE login IN (SELECT value FROM json_each($1))",
        postgres: "SELECT login, github_id FROM machine
                   WHERE login IN (SELECT jsonb_array_elements_text($1::jsonb)) ORDER BY login FOR UPDATE",
    };
    const SLACK: Statement = Statement::both("SELECT one FROM slack_installation");
    let mut pins = Pins { links: HashMap::new(), machines: HashMap::new(), is_slack_pinned: false };
    let logins: Vec<_> = changes
        .iter()
        .filter_map(|change| change.link.as_ref())
        .map(|(link, _)| json!(link.login.as_str()))
        .collect();
    if !logins.is_empty() {
        let rows: Vec<(String, i64, String)> =
            connection.rows(LINKED, &[json(&logins).as_str().into()]).await?;
        pins.links = rows.into_iter().map(|(login, github, slack)| (login, (github as u64, slack))).collect();
    }
    let machines: Vec<_> = changes
        .iter()
        .filter_map(|change| change.machine.as_ref())
        .map(|(machine, _)| json!(machine.login.as_str()))
        .collect();
    if !machines.is_empty() {
        let rows: Vec<(String, i64)> = connection.rows(MACHINES, &[json(&machines).as_str().into()]).await?;
        pins.machines = rows.into_iter().map(|(login, github)| (login, github as u64)).collect();
    }
    if changes.iter().any(|change| change.slack_installation.is_some()) {
        let rows: Vec<(i64,)> = connection.rows(SLACK, &[]).await?;
        pins.is_slack_pinned = !rows.is_empty();
    }
    Ok(pins)
}

/// Writes what is pinned. False when another writer was faster: what is pinned has no row to lock before.
pub(super) async fn write(connection: &mut Connection, changes: &[&Change]) -> Result<bool, StoreError> {
    let links: Vec<_> = changes.iter().filter_map(|change| change.link.as_ref()).map(link).collect();
    let machines: Vec<_> = changes.iter().filter_map(|change| change.machine.as_ref()).map(machine).collect();
    let slack: Vec<_> = changes.iter().filter_map(|change| slack(change)).collect();
    Ok(bulk(connection, LINKS, &links).await? == links.len() as u64
        && bulk(connection, MACHINES, &machines).await? == machines.len() as u64
        && bulk(connection, SLACK_INSTALLATION, &slack).await? == slack.len() as u64)
}

/// The last column is the account that was pinned before, if any.
const LINKS: Statement = Statement {
    sqlite: "INSERT INTO link (login, github_id, slack_id, linked_at)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM jsonb_each($1) WHERE true
             ON CONFLICT (login) DO UPDATE SET
                 github_id = excluded.github_id, slack_id = excluded.slack_id, linked_at = excluded.linked_at
             WHERE EXISTS (SELECT 1 FROM jsonb_each($1) AS one
                           WHERE one.value ->> 0 = link.login AND one.value ->> 4 = link.github_id)",
    postgres: "INSERT INTO link (login, github_id, slack_id, linked_at)
               SELECT v ->> 0, (v ->> 1)::bigint, v ->> 2, (v ->> 3)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v) ORDER BY v ->> 0
               ON CONFLICT (login) DO UPDATE SET
                   github_id = excluded.github_id, slack_id = excluded.slack_id, linked_at = excluded.linked_at
               WHERE EXISTS (SELECT 1 FROM jsonb_array_elements($1::jsonb) AS rows (one)
                             WHERE one ->> 0 = link.login AND (one ->> 4)::bigint = link.github_id)",
};

fn link((link, instead_of): &(super::Link, Option<super::Link>)) -> Value {
    let linked_at = link.linked_at.timestamp_millis();
    let before = instead_of.as_ref().map(|old| old.github.0);
    json!([link.login.as_str(), link.github.0, link.slack.as_str(), linked_at, before])
}

/// The last column is the number that was pinned before, if any.
const MACHINES: Statement = Statement {
    sqlite: "INSERT INTO machine (login, github_id, pinned_at)
             SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each($1) WHERE true
             ON CONFLICT (login) DO UPDATE SET github_id = excluded.github_id, pinned_at = excluded.pinned_at
             WHERE EXISTS (SELECT 1 FROM jsonb_each($1) AS one
                           WHERE one.value ->> 0 = machine.login AND one.value ->> 3 = machine.github_id)",
    postgres: "INSERT INTO machine (login, github_id, pinned_at)
               SELECT v ->> 0, (v ->> 1)::bigint, (v ->> 2)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v) ORDER BY v ->> 0
               ON CONFLICT (login) DO UPDATE SET github_id = excluded.github_id, pinned_at = excluded.pinned_at
               WHERE EXISTS (SELECT 1 FROM jsonb_array_elements($1::jsonb) AS rows (one)
                             WHERE one ->> 0 = machine.login AND (one ->> 3)::bigint = machine.github_id)",
};

fn machine((machine, before): &(PinnedMachine, Option<GitHubUserId>)) -> Value {
    let pinned_at = machine.pinned_at.timestamp_millis();
    json!([machine.login.as_str(), machine.github.0, pinned_at, before.map(|id| id.0)])
}

const SLACK_INSTALLATION: Statement = Statement {
    sqlite: "INSERT INTO slack_installation (one, app_id, team_id, enterprise_id, is_enterprise_install, pinned_at)
             SELECT 1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each($1) WHERE true
             ON CONFLICT (one) DO NOTHING",
    postgres: "INSERT INTO slack_installation (one, app_id, team_id, enterprise_id, is_enterprise_install, pinned_at)
               SELECT 1, v ->> 0, v ->> 1, v ->> 2, (v ->> 3)::boolean, (v ->> 4)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ON CONFLICT (one) DO NOTHING",
};

fn slack(change: &Change) -> Option<Value> {
    let pinned = change.slack_installation.as_ref()?;
    Some(json!([
        pinned.app.as_str(),
        pinned.team.as_ref().map(|id| id.as_str()),
        pinned.enterprise.as_ref().map(|id| id.as_str()),
        pinned.is_enterprise_install,
        pinned.pinned_at.timestamp_millis(),
    ]))
}
