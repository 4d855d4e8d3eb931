//! The links that Slack users and GitHub accounts ever had. Nothing here is ever taken away.

use serde_json::{Value, json};

use super::connection::{Connection, Statement};
use super::places::time;
use super::rows::bulk;
use super::{Change, Link, Reader, Store, StoreError};
use crate::identity::{Held, History, Source};
use crate::ids::{GitHubUserId, Login, SlackUserId};

const REVIEWED: &str = "reviewed";
const SIGNED_IN: &str = "signed_in";

type Row = (String, i64, String, String, i64, Option<i64>);

impl Store {
    /// Every link that this Slack user, or this account, ever had.
    pub async fn links_ever(
        &self,
        slack: &SlackUserId,
        github: Option<GitHubUserId>,
    ) -> Result<History, StoreError> {
        let github = github.map(|github| github.0 as i64);
        history(self.readers.rows(EVER, &[slack.as_str().into(), github.into()]).await?)
    }

    /// Whether anybody was ever linked to this account.
    pub async fn was_linked(&self, github: GitHubUserId) -> Result<bool, StoreError> {
        const OF: Statement =
            Statement::both("SELECT github_id FROM link_history WHERE github_id = $1 LIMIT 1");
        let row: Option<(i64,)> = self.readers.row(OF, &[(github.0 as i64).into()]).await?;
        Ok(row.is_some())
    }
}

impl Reader {
    /// Every link that this Slack user, or this account, ever had.
    pub async fn links_ever(
        &self,
        slack: &SlackUserId,
        github: Option<GitHubUserId>,
    ) -> Result<History, StoreError> {
        let github = github.map(|github| github.0 as i64);
        history(self.rows(EVER, &[slack.as_str().into(), github.into()]).await?)
    }
}

const EVER: Statement = Statement::both(
    "SELECT slack_id, github_id, login, source, since, ended_at FROM link_history
     WHERE slack_id = $1 OR github_id = $2 ORDER BY since, id",
);

fn history(rows: Vec<Row>) -> Result<History, StoreError> {
    rows.into_iter().map(held).collect::<Result<_, _>>().map(History)
}

fn held((slack, github, login, source, since, ended_at): Row) -> Result<Held, StoreError> {
    const TABLE: &str = "link_history";
    let source = match source.as_str() {
        REVIEWED => Source::Reviewed,
        SIGNED_IN => Source::SignedIn,
        other => return Err(StoreError::corrupt(TABLE, &slack, format!("unknown source {other}"))),
    };
    Ok(Held {
        github: GitHubUserId(github as u64),
        login: Login::new(&login),
        source,
        since: time(TABLE, &slack, since)?,
        ended_at: ended_at.map(|at| time(TABLE, &slack, at)).transpose()?,
        slack: SlackUserId::new(slack),
    })
}

/// What was linked before is written down first where an earlier release linked it.
const MISSED: Statement = Statement {
    sqlite: "INSERT INTO link_history (slack_id, github_id, login, source, since)
             SELECT v.value ->> 0, v.value ->> 1, v.value ->> 2, v.value ->> 3, v.value ->> 4 FROM jsonb_each($1) AS v
             WHERE NOT EXISTS (SELECT 1 FROM link_history AS known
                               WHERE known.slack_id = v.value ->> 0 AND known.github_id = v.value ->> 1
                                   AND known.source = v.value ->> 3 AND known.ended_at IS NULL)",
    postgres: "INSERT INTO link_history (slack_id, github_id, login, source, since)
               SELECT v ->> 0, (v ->> 1)::bigint, v ->> 2, v ->> 3, (v ->> 4)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v)
               WHERE NOT EXISTS (SELECT 1 FROM link_history AS known
                                 WHERE known.slack_id = v ->> 0 AND known.github_id = (v ->> 1)::bigint
                                     AND known.source = v ->> 3 AND known.ended_at IS NULL)",
};

const ENDED: Statement = Statement {
    sqlite: "UPDATE link_history SET ended_at = v.value ->> 5 FROM jsonb_each($1) AS v
             WHERE link_history.slack_id = v.value ->> 0 AND link_history.github_id = v.value ->> 1
                 AND link_history.source = v.value ->> 3 AND link_history.ended_at IS NULL",
    postgres: "UPDATE link_history SET ended_at = (v ->> 5)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v)
               WHERE link_history.slack_id = v ->> 0 AND link_history.github_id = (v ->> 1)::bigint
                   AND link_history.source = v ->> 3 AND link_history.ended_at IS NULL",
};

const BEGUN: Statement = Statement {
    sqlite: "INSERT INTO link_history (slack_id, github_id, login, source, since)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each($1)",
    postgres: "INSERT INTO link_history (slack_id, github_id, login, source, since)
               SELECT v ->> 0, (v ->> 1)::bigint, v ->> 2, v ->> 3, (v ->> 4)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v)",
};

/// Writes down which links end and begin with these changes.
pub(super) async fn write(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let (mut ended, mut begun) = (Vec::new(), Vec::new());
    for (link, instead_of) in changes.iter().filter_map(|change| change.link.as_ref()) {
        ended.extend(
            instead_of.as_ref().map(|old| row(old, REVIEWED, Some(link.linked_at.timestamp_millis()))),
        );
        begun.push(row(link, REVIEWED, None));
    }
    for link in changes.iter().filter_map(|change| change.self_linked.as_ref()) {
        begun.push(row(link, SIGNED_IN, None));
    }
    for (link, at) in changes.iter().filter_map(|change| change.self_unlinked.as_ref()) {
        ended.push(row(link, SIGNED_IN, Some(at.timestamp_millis())));
    }
    bulk(connection, MISSED, &ended).await?;
    bulk(connection, ENDED, &ended).await?;
    bulk(connection, BEGUN, &begun).await.map(drop)
}

fn row(link: &Link, source: &str, ended_at: Option<i64>) -> Value {
    let since = link.linked_at.timestamp_millis();
    json!([link.slack.as_str(), link.github.0, link.login.as_str(), source, since, ended_at])
}
