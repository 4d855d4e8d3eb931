//! What is kept of groups: which team a name was given to, and who was ever seen where members come from. Of several that
//! write the same at once the first one counts, and the others learn it.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::connection::{Connection, Statement};
use super::rows::{bulk, json};
use super::{Change, Store, StoreError, places};
use crate::ids::{GitHubTeamId, Login, OrganizationId, TeamSlug};

/// A GitHub team of the configuration with what its name was resolved to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamPin {
    /// As the configuration names the organization.
    pub name: Login,
    pub slug: TeamSlug,
    pub organization: OrganizationId,
    pub team: GitHubTeamId,
    pub pinned_at: DateTime<Utc>,
}

/// Members of a source who had not been seen there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub source: String,
    /// Whether nobody had looked there before; then all who were found are told of to nobody.
    pub is_baseline: bool,
    pub members: BTreeSet<String>,
    pub at: DateTime<Utc>,
}

impl Store {
    /// What a team's name was resolved to, if it was.
    pub async fn team_pin(&self, name: &Login, slug: &TeamSlug) -> Result<Option<TeamPin>, StoreError> {
        const PIN: Statement = Statement::both(
            "SELECT organization_id, team_id, pinned_at FROM team_pin WHERE organization = $1 AND slug = $2",
        );
        let row: Option<(i64, i64, i64)> =
            self.readers.row(PIN, &[name.as_str().into(), slug.as_str().into()]).await?;
        row.map(|(organization, team, pinned_at)| {
            Ok(TeamPin {
                name: name.clone(),
                slug: slug.clone(),
                organization: OrganizationId(organization as u64),
                team: GitHubTeamId(team as u64),
                pinned_at: places::time("team_pin", slug, pinned_at)?,
            })
        })
        .transpose()
    }

    /// Who was ever seen in a source; nothing before it was read for the first time.
    pub async fn seen_in(&self, source: &str) -> Result<Option<BTreeSet<String>>, StoreError> {
        // The source itself stands among them as the one without a name.
        const SEEN: Statement = Statement::both(
            "SELECT '' FROM group_source WHERE source = $1
             UNION ALL SELECT member FROM group_member WHERE source = $1",
        );
        let rows: Vec<(String,)> = self.readers.rows(SEEN, &[source.into()]).await?;
        let mut members: BTreeSet<_> = rows.into_iter().map(|(member,)| member).collect();
        Ok(members.remove("").then_some(members))
    }
}

/// What is kept already of what some changes write.
pub(super) struct Kept {
    /// Organization and team by name.
    teams: HashMap<(String, String), (u64, u64)>,
    sources: HashSet<String>,
    members: HashSet<(String, String)>,
}

impl Kept {
    /// Whether a change writes what is not there, or in the place of what it knows to be there. Of two in a batch the
    /// first one does.
    pub(super) fn allow<'c>(&self, change: &'c Change, taken: &mut Written<'c>) -> bool {
        let is_team_free = change.team.as_ref().is_none_or(|(pin, instead_of)| {
            let known = self.teams.get(&(pin.name.to_string(), pin.slug.to_string()));
            let expected = instead_of.as_ref().map(|old| (old.organization.0, old.team.0));
            known == expected.as_ref() && !taken.teams.contains(&(pin.name.as_str(), pin.slug.as_str()))
        });
        let is_news = change.seen.as_ref().is_none_or(|seen| {
            let is_source_new =
                !self.sources.contains(&seen.source) && !taken.sources.contains(seen.source.as_str());
            let is_known = |member: &String| {
                self.members.contains(&(seen.source.clone(), member.clone()))
                    || taken.members.contains(&(seen.source.as_str(), member.as_str()))
            };
            seen.is_baseline == is_source_new && !seen.members.iter().any(is_known)
        });
        is_team_free && is_news
    }
}

/// What the accepted changes of a batch write.
#[derive(Default)]
pub(super) struct Written<'c> {
    teams: HashSet<(&'c str, &'c str)>,
    sources: HashSet<&'c str>,
    members: HashSet<(&'c str, &'c str)>,
}

impl<'c> Written<'c> {
    pub(super) fn add(&mut self, change: &'c Change) {
        self.teams.extend(change.team.as_ref().map(|(pin, _)| (pin.name.as_str(), pin.slug.as_str())));
        let Some(seen) = &change.seen else { return };
        self.sources.insert(&seen.source);
        self.members.extend(seen.members.iter().map(|member| (seen.source.as_str(), member.as_str())));
    }
}

/// Reads what is kept.
pub(super) async fn kept(connection: &mut Connection, changes: &[Change]) -> Result<Kept, StoreError> {
    const TEAMS: Statement = Statement {
        sqlite: "SELECT organization, slug, organization_id, team_id FROM team_pin
                 WHERE (organization, slug) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each($1))",
        postgres: "SELECT organization, slug, organization_id, team_id FROM team_pin
                   WHERE (organization, slug) IN (
                       SELECT v ->> 0, v ->> 1 FROM jsonb_array_elements($1::jsonb) AS rows (v))
                   ORDER BY organization, slug FOR UPDATE",
    };
    const SOURCES: Statement = Statement {
        sqlite: "SELECT source, '' FROM group_source WHERE source IN (SELECT value ->> 0 FROM jsonb_each($1))
                 UNION ALL
                 SELECT source, member FROM group_member
                 WHERE (source, member) IN (SELECT value ->> 0, value ->> 1 FROM jsonb_each($1))",
        postgres: "WITH wanted AS (
                       SELECT v ->> 0 AS source, v ->> 1 AS member
                       FROM jsonb_array_elements($1::jsonb) AS rows (v))
                   SELECT source, '' FROM group_source WHERE source IN (SELECT source FROM wanted)
                   UNION ALL
                   SELECT source, member FROM group_member
                   WHERE (source, member) IN (SELECT source, member FROM wanted)",
    };
    let mut kept = Kept { teams: HashMap::new(), sources: HashSet::new(), members: HashSet::new() };
    let teams = changes.iter().filter_map(|change| change.team.as_ref());
    let teams: Vec<_> = teams.map(|(pin, _)| json!([pin.name.as_str(), pin.slug.as_str()])).collect();
    if !teams.is_empty() {
        let rows: Vec<(String, String, i64, i64)> =
            connection.rows(TEAMS, &[json(&teams).as_str().into()]).await?;
        let known = |(name, slug, organization, team)| ((name, slug), (organization as u64, team as u64));
        kept.teams = rows.into_iter().map(known).collect();
    }
    let seen = changes.iter().filter_map(|change| change.seen.as_ref());
    let seen: Vec<_> = seen.flat_map(|seen| pairs(seen).chain([json!([seen.source, ""])])).collect();
    if !seen.is_empty() {
        let rows: Vec<(String, String)> = connection.rows(SOURCES, &[json(&seen).as_str().into()]).await?;
        for (source, member) in rows {
            match member.is_empty() {
                true => drop(kept.sources.insert(source)),
                false => drop(kept.members.insert((source, member))),
            }
        }
    }
    Ok(kept)
}

fn pairs(seen: &Seen) -> impl Iterator<Item = Value> {
    seen.members.iter().map(|member| json!([seen.source, member]))
}

/// Writes it. False when another writer was faster: what is new has no row to lock before.
pub(super) async fn write(connection: &mut Connection, changes: &[&Change]) -> Result<bool, StoreError> {
    let teams: Vec<_> = changes.iter().filter_map(|change| change.team.as_ref()).map(team).collect();
    let seen = || changes.iter().filter_map(|change| change.seen.as_ref());
    let baselines = seen().filter(|seen| seen.is_baseline);
    let sources: Vec<_> = baselines.map(|seen| json!([seen.source, seen.at.timestamp_millis()])).collect();
    let members: Vec<_> = seen()
        .flat_map(|seen| {
            let row = |member| json!([seen.source, member, seen.at.timestamp_millis()]);
            seen.members.iter().map(row)
        })
        .collect();
    Ok(bulk(connection, TEAMS, &teams).await? == teams.len() as u64
        && bulk(connection, SOURCES, &sources).await? == sources.len() as u64
        && bulk(connection, MEMBERS, &members).await? == members.len() as u64)
}

/// The last column is the team that was pinned before, if any.
const TEAMS: Statement = Statement {
    sqlite: "INSERT INTO team_pin (organization, slug, organization_id, team_id, pinned_at)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each($1) WHERE true
             ON CONFLICT (organization, slug) DO UPDATE SET
                 organization_id = excluded.organization_id, team_id = excluded.team_id,
                 pinned_at = excluded.pinned_at
             WHERE EXISTS (SELECT 1 FROM jsonb_each($1) AS one
                           WHERE one.value ->> 0 = team_pin.organization AND one.value ->> 1 = team_pin.slug
                               AND one.value ->> 5 = team_pin.team_id)",
    postgres: "INSERT INTO team_pin (organization, slug, organization_id, team_id, pinned_at)
               SELECT v ->> 0, v ->> 1, (v ->> 2)::bigint, (v ->> 3)::bigint, (v ->> 4)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v) ORDER BY v ->> 0, v ->> 1
               ON CONFLICT (organization, slug) DO UPDATE SET
                   organization_id = excluded.organization_id, team_id = excluded.team_id,
                   pinned_at = excluded.pinned_at
               WHERE EXISTS (SELECT 1 FROM jsonb_array_elements($1::jsonb) AS rows (one)
                             WHERE one ->> 0 = team_pin.organization AND one ->> 1 = team_pin.slug
                                 AND (one ->> 5)::bigint = team_pin.team_id)",
};

fn team((pin, instead_of): &(TeamPin, Option<TeamPin>)) -> Value {
    let before = instead_of.as_ref().map(|old| old.team.0);
    let pinned_at = pin.pinned_at.timestamp_millis();
    json!([pin.name.as_str(), pin.slug.as_str(), pin.organization.0, pin.team.0, pinned_at, before])
}

const SOURCES: Statement = Statement {
    sqlite: "INSERT INTO group_source (source, baseline_at)
             SELECT value ->> 0, value ->> 1 FROM jsonb_each($1) WHERE true
             ON CONFLICT (source) DO NOTHING",
    postgres: "INSERT INTO group_source (source, baseline_at)
               SELECT v ->> 0, (v ->> 1)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (v) ORDER BY v ->> 0
               ON CONFLICT (source) DO NOTHING",
};

const MEMBERS: Statement = Statement {
    sqlite: "INSERT INTO group_member (source, member, seen_at)
             SELECT value ->> 0, value ->> 1, value ->> 2 FROM jsonb_each($1) WHERE true
             ON CONFLICT (source, member) DO NOTHING",
    postgres: "INSERT INTO group_member (source, member, seen_at)
               SELECT v ->> 0, v ->> 1, (v ->> 2)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (v)
               ORDER BY v ->> 0, v ->> 1
               ON CONFLICT (source, member) DO NOTHING",
};
