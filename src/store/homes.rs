//! Who has opened the app's home, and what was published there last.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::connection::{Connection, Statement};
use super::rows::{bulk, one_per_key};
use super::{Change, Store, StoreError, places};
use crate::ids::SlackUserId;

/// Somebody's home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    pub opened_at: DateTime<Utc>,
    /// Slack's name for what is published there, by which it refuses to let something older take its place.
    pub hash: Option<String>,
    /// What tells it from other contents.
    pub rendering: Option<String>,
}

/// News of somebody's home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HomeNews {
    Opened {
        at: DateTime<Utc>,
        is_empty: bool,
    },
    Published {
        hash: Option<String>,
        rendering: String,
    },
    /// What is there is not what we know of.
    Overtaken,
    /// Nothing can be published there: nothing is until it is opened again, after that time.
    Forgotten {
        opened_at: DateTime<Utc>,
    },
}

impl Store {
    /// Somebody's home, if they have opened it.
    pub async fn home(&self, user: &SlackUserId) -> Result<Option<Home>, StoreError> {
        const HOME: Statement =
            Statement::both("SELECT opened_at, hash, rendering FROM home WHERE slack_user = $1");
        let row: Option<(i64, Option<String>, Option<String>)> =
            self.readers.row(HOME, &[user.as_str().into()]).await?;
        row.map(|(opened_at, hash, rendering)| {
            Ok(Home { opened_at: places::time("home", user, opened_at)?, hash, rendering })
        })
        .transpose()
    }

    /// Who has opened their home since then, whoever did so last first; at most `limit`.
    pub async fn homes_opened_since(
        &self,
        since: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<SlackUserId>, StoreError> {
        const OPENED: Statement = Statement::both(
            "SELECT slack_user FROM home WHERE opened_at >= $1 ORDER BY opened_at DESC, slack_user LIMIT $2",
        );
        let values = [since.timestamp_millis().into(), limit.into()];
        let rows: Vec<(String,)> = self.readers.rows(OPENED, &values).await?;
        Ok(rows.into_iter().map(|(user,)| SlackUserId::new(user)).collect())
    }
}

/// Writes what is new.
pub(super) async fn write(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    const OPENED: Statement = Statement {
        sqlite: "INSERT INTO home (slack_user, opened_at)
                 SELECT value ->> 0, value ->> 1 FROM jsonb_each($1) WHERE true
                 ON CONFLICT (slack_user) DO UPDATE SET opened_at = max(opened_at, excluded.opened_at)",
        postgres: "INSERT INTO home (slack_user, opened_at)
                   SELECT v ->> 0, (v ->> 1)::bigint
                   FROM jsonb_array_elements($1::jsonb) AS rows (v) ORDER BY v ->> 0
                   ON CONFLICT (slack_user) DO UPDATE SET opened_at = greatest(home.opened_at, excluded.opened_at)",
    };
    const SHOWS: Statement = Statement {
        sqlite: "UPDATE home SET hash = new.value ->> 1, rendering = new.value ->> 2
                 FROM jsonb_each($1) AS new WHERE new.value ->> 0 = home.slack_user",
        postgres: "UPDATE home SET hash = v ->> 1, rendering = v ->> 2
                   FROM jsonb_array_elements($1::jsonb) AS rows (v) WHERE v ->> 0 = home.slack_user",
    };
    const FORGOTTEN: Statement = Statement {
        sqlite: "DELETE FROM home WHERE EXISTS (
                     SELECT 1 FROM jsonb_each($1) AS gone
                     WHERE gone.value ->> 0 = home.slack_user AND home.opened_at <= gone.value ->> 1)",
        postgres: "DELETE FROM home USING (
                       SELECT v ->> 0 AS slack_user, (v ->> 1)::bigint AS opened_at
                       FROM jsonb_array_elements($1::jsonb) AS rows (v)) AS gone
                   WHERE home.slack_user = gone.slack_user AND home.opened_at <= gone.opened_at",
    };
    const OLD: Statement = Statement::both("DELETE FROM home WHERE opened_at < $1");
    /// Of who has not looked for so long nothing has to be known.
    const KEPT: TimeDelta = TimeDelta::days(90);
    let news = || changes.iter().filter_map(|change| change.home.as_ref());
    let mut newest = None;
    let mut opened = Vec::new();
    for (user, news) in news() {
        if let HomeNews::Opened { at, .. } = news {
            newest = newest.max(Some(*at));
            opened.push((user.as_str(), json!([user.as_str(), at.timestamp_millis()])));
        }
    }
    bulk(connection, OPENED, &one_per_key(opened.into_iter())).await?;
    let shows = news().filter_map(|(user, news)| {
        let row = match news {
            HomeNews::Opened { is_empty: false, .. } | HomeNews::Forgotten { .. } => return None,
            HomeNews::Opened { is_empty: true, .. } | HomeNews::Overtaken => {
                json!([user.as_str(), null, null])
            }
            HomeNews::Published { hash, rendering } => json!([user.as_str(), hash, rendering]),
        };
        Some((user.as_str(), row))
    });
    bulk(connection, SHOWS, &one_per_key(shows)).await?;
    let forgotten = news().filter_map(|(user, news)| match news {
        HomeNews::Forgotten { opened_at } => {
            Some((user.as_str(), json!([user.as_str(), opened_at.timestamp_millis()])))
        }
        HomeNews::Opened { .. } | HomeNews::Published { .. } | HomeNews::Overtaken => None,
    });
    bulk(connection, FORGOTTEN, &one_per_key(forgotten)).await?;
    if let Some(newest) = newest {
        connection.execute(OLD, &[(newest - KEPT).timestamp_millis().into()]).await?;
    }
    Ok(())
}
