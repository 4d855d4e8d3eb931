//! Whether everything is frozen: one row, which every change looks at that brings an approval on its way.
//!
//! It is looked at in the transaction of that change, with the row held: after a freeze has been committed no approval
//! can be, whichever replica it comes from and whatever was read before.

use chrono::{DateTime, Utc};

use super::connection::{Connection, Statement, Value};
use super::{Change, Reader, Store, StoreError, places};
use crate::ids::{Login, SlackUserId};
use crate::request::{Brake, Braking, Freezer, Frozen, Why};

/// Since, why, Slack user, login, lifted at.
type Row = (Option<i64>, Option<String>, Option<String>, Option<String>, Option<i64>);

const BRAKE: Statement = Statement::both("SELECT since, why, slack_id, login, lifted_at FROM brake");

impl Store {
    /// How it stands with the brake.
    pub async fn brake(&self) -> Result<Brake, StoreError> {
        let row: Option<Row> = self.readers.row(BRAKE, &[]).await?;
        brake(row)
    }
}

impl Reader {
    /// How it stands with the brake.
    pub async fn brake(&self) -> Result<Brake, StoreError> {
        brake(self.rows(BRAKE, &[]).await?.pop())
    }
}

fn brake(row: Option<Row>) -> Result<Brake, StoreError> {
    let corrupt = |cause: &str| StoreError::corrupt("brake", 1, cause);
    let (since, why, slack, login, lifted_at) = row.ok_or_else(|| corrupt("it is missing"))?;
    let frozen = match (since, why) {
        (None, None) => None,
        (Some(since), Some(why)) => Some(Frozen {
            by: freezer(slack, login),
            since: places::time("brake", 1, since)?,
            why: Why::new(&why).map_err(|error| corrupt(&error.to_string()))?,
        }),
        (Some(_), None) | (None, Some(_)) => {
            return Err(corrupt("a freeze has a time and a reason, or neither"));
        }
    };
    let lifted_at = lifted_at.map(|at| places::time("brake", 1, at)).transpose()?;
    Ok(Brake { frozen, lifted_at })
}

fn freezer(slack: Option<String>, login: Option<String>) -> Freezer {
    match slack {
        None => Freezer::Operator,
        Some(slack) => {
            Freezer::Person { slack: SlackUserId::new(slack), login: login.map(|login| Login::new(&login)) }
        }
    }
}

/// How the brake stands for a batch of changes, as they are accepted one after the other.
pub(super) struct Held {
    is_frozen: bool,
}

impl Held {
    /// Reads the brake if any of the changes asks for it, and holds it until the end of the transaction: against
    /// whoever would freeze or lift, and for who does against everybody.
    pub(super) async fn of(connection: &mut Connection, changes: &[Change]) -> Result<Self, StoreError> {
        const LOOKED_AT: Statement = Statement {
            sqlite: "SELECT since IS NOT NULL FROM brake",
            postgres: "SELECT since IS NOT NULL FROM brake FOR SHARE",
        };
        const CHANGED: Statement = Statement {
            sqlite: LOOKED_AT.sqlite,
            postgres: "SELECT since IS NOT NULL FROM brake FOR UPDATE",
        };
        let statement = match () {
            () if changes.iter().any(|change| change.braking.is_some()) => CHANGED,
            () if changes.iter().any(|change| change.only_unfrozen) => LOOKED_AT,
            () => return Ok(Self { is_frozen: false }),
        };
        let rows: Vec<(bool,)> = connection.rows(statement, &[]).await?;
        let row = rows.first().ok_or_else(|| StoreError::corrupt("brake", 1, "it is missing"))?;
        Ok(Self { is_frozen: row.0 })
    }

    /// Whether a change is kept from happening by the freeze.
    pub(super) fn stops(&self, change: &Change) -> bool {
        change.only_unfrozen && self.is_frozen
    }

    /// Whether what a change wants of the brake still has to be done.
    pub(super) fn allows(&self, change: &Change) -> bool {
        match &change.braking {
            None => true,
            Some(Braking::Freeze(_)) => !self.is_frozen,
            Some(Braking::Lift { .. }) => self.is_frozen,
        }
    }

    /// Those who come after an accepted change meet what it did.
    pub(super) fn add(&mut self, change: &Change) {
        match &change.braking {
            None => {}
            Some(Braking::Freeze(_)) => self.is_frozen = true,
            Some(Braking::Lift { .. }) => self.is_frozen = false,
        }
    }
}

/// Freezes and lifts as the accepted changes say.
pub(super) async fn write(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    for braking in changes.iter().filter_map(|change| change.braking.as_ref()) {
        brake_once(connection, braking).await?;
    }
    Ok(())
}

/// Whether anything changed: what is frozen is not frozen again, and its reason stays.
pub(super) async fn brake_once(connection: &mut Connection, braking: &Braking) -> Result<bool, StoreError> {
    let touched = match braking {
        Braking::Freeze(frozen) => freeze(connection, frozen).await?,
        Braking::Lift { at } => lift(connection, *at).await?,
    };
    Ok(touched == 1)
}

async fn freeze(connection: &mut Connection, frozen: &Frozen) -> Result<u64, StoreError> {
    const FREEZE: Statement = Statement::both(
        "UPDATE brake SET since = $1, why = $2, slack_id = nullif($3, ''), login = nullif($4, '')
         WHERE since IS NULL",
    );
    let (slack, login) = match &frozen.by {
        Freezer::Operator => ("", ""),
        Freezer::Person { slack, login } => {
            (slack.as_str(), login.as_ref().map_or("", |login| login.as_str()))
        }
    };
    let values: [Value; 4] =
        [frozen.since.timestamp_millis().into(), frozen.why.as_str().into(), slack.into(), login.into()];
    connection.execute(FREEZE, &values).await
}

async fn lift(connection: &mut Connection, at: DateTime<Utc>) -> Result<u64, StoreError> {
    const LIFT: Statement = Statement::both(
        "UPDATE brake SET since = NULL, why = NULL, slack_id = NULL, login = NULL, lifted_at = $1
         WHERE since IS NOT NULL",
    );
    connection.execute(LIFT, &[at.timestamp_millis().into()]).await
}
