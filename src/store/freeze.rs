//! Whether everything is frozen: one row, which every change looks at that brings an approval on its way.
//!
//! It is looked at in the transaction of that change, with the row held: after a freeze has been committed no approval
//! can be, whichever replica it comes from and whatever was read before.

use chrono::{DateTime, Utc};

use super::connection::{Connection, Statement, Value};
use super::{Change, Reader, Store, StoreError, places};
use crate::ids::{Login, SlackUserId};
use crate::request::{Brake, Braking, Freezer, Frozen, Lifts, Why};

/// Since, why, Slack user, login, wanted at, lifted at, how often.
type Row = (Option<i64>, Option<String>, Option<String>, Option<String>, Option<i64>, Option<i64>, i64);

const BRAKE: Statement = Statement::both(
    "SELECT since, why, slack_id, login, coalesce(wanted_at, since), lifted_at, lifts FROM brake",
);

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
    let (since, why, slack, login, wanted_at, lifted_at, lifts) =
        row.ok_or_else(|| corrupt("it is missing"))?;
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
    let time = |at: Option<i64>| at.map(|at| places::time("brake", 1, at)).transpose();
    Ok(Brake { frozen, wanted_at: time(wanted_at)?, lifted_at: time(lifted_at)?, lifts: counted(lifts)? })
}

fn counted(lifts: i64) -> Result<Lifts, StoreError> {
    let counted = u32::try_from(lifts);
    counted.map(Lifts).map_err(|_| StoreError::corrupt("brake", 1, format!("it was lifted {lifts} times")))
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
    wanted_at: Option<i64>,
    lifts: Lifts,
}

impl Held {
    /// Reads the brake if any of the changes asks for it, and holds it until the end of the transaction: against
    /// whoever would freeze or lift, and for who does against everybody.
    pub(super) async fn of(connection: &mut Connection, changes: &[Change]) -> Result<Self, StoreError> {
        const LOOKED_AT: Statement = Statement {
            sqlite: "SELECT since IS NOT NULL, coalesce(wanted_at, since), lifts FROM brake",
            postgres: "SELECT since IS NOT NULL, coalesce(wanted_at, since), lifts FROM brake FOR SHARE",
        };
        const CHANGED: Statement = Statement {
            sqlite: LOOKED_AT.sqlite,
            postgres: "SELECT since IS NOT NULL, coalesce(wanted_at, since), lifts FROM brake FOR UPDATE",
        };
        let statement = match () {
            () if changes.iter().any(|change| change.braking.is_some()) => CHANGED,
            () if changes.iter().any(|change| change.unfrozen_at.is_some()) => LOOKED_AT,
            () => return Ok(Self { is_frozen: false, wanted_at: None, lifts: Lifts::default() }),
        };
        let rows: Vec<(bool, Option<i64>, i64)> = connection.rows(statement, &[]).await?;
        let (is_frozen, wanted_at, lifts) =
            rows.into_iter().next().ok_or_else(|| StoreError::corrupt("brake", 1, "it is missing"))?;
        Ok(Self { is_frozen, wanted_at, lifts: counted(lifts)? })
    }

    /// Whether a change is kept from happening by the freeze, or by one that came and went since it was judged.
    pub(super) fn stops(&self, change: &Change) -> bool {
        change.unfrozen_at.is_some_and(|known| known.is_kept_out_by(self.is_frozen, self.lifts))
    }

    /// Whether what a change wants of the brake still has to be done.
    pub(super) fn allows(&self, change: &Change) -> bool {
        match &change.braking {
            None => true,
            Some(Braking::Freeze { .. }) => !self.is_frozen,
            Some(Braking::Insist { .. }) => self.is_frozen,
            Some(Braking::Lift { wanted_at, .. }) => {
                self.is_frozen && self.wanted_at == Some(wanted_at.timestamp_millis())
            }
        }
    }

    /// Those who come after an accepted change meet what it did.
    pub(super) fn add(&mut self, change: &Change) {
        match &change.braking {
            None => {}
            Some(Braking::Freeze { asked_at, .. }) => {
                (self.is_frozen, self.wanted_at) = (true, Some(asked_at.timestamp_millis()));
            }
            Some(Braking::Insist { asked_at }) => {
                self.wanted_at = self.wanted_at.max(Some(asked_at.timestamp_millis()));
            }
            Some(Braking::Lift { .. }) => {
                (self.is_frozen, self.wanted_at) = (false, None);
                self.lifts = Lifts(self.lifts.0.saturating_add(1));
            }
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
        Braking::Freeze { frozen, asked_at } => freeze(connection, frozen, *asked_at).await?,
        Braking::Insist { asked_at } => insist(connection, *asked_at).await?,
        Braking::Lift { at, wanted_at } => lift(connection, *at, *wanted_at).await?,
    };
    Ok(touched == 1)
}

async fn freeze(
    connection: &mut Connection,
    frozen: &Frozen,
    asked_at: DateTime<Utc>,
) -> Result<u64, StoreError> {
    const FREEZE: Statement = Statement::both(
        "UPDATE brake SET since = $1, why = $2, slack_id = nullif($3, ''), login = nullif($4, ''), wanted_at = $5
         WHERE since IS NULL",
    );
    let (slack, login) = match &frozen.by {
        Freezer::Operator => ("", ""),
        Freezer::Person { slack, login } => {
            (slack.as_str(), login.as_ref().map_or("", |login| login.as_str()))
        }
    };
    let since: Value = frozen.since.timestamp_millis().into();
    let values =
        [since, frozen.why.as_str().into(), slack.into(), login.into(), asked_at.timestamp_millis().into()];
    connection.execute(FREEZE, &values).await
}

async fn insist(connection: &mut Connection, asked_at: DateTime<Utc>) -> Result<u64, StoreError> {
    const INSIST: Statement = Statement::both(
        "UPDATE brake SET wanted_at = CASE WHEN coalesce(wanted_at, since) < $1 THEN $1
                                           ELSE coalesce(wanted_at, since) END
         WHERE since IS NOT NULL",
    );
    connection.execute(INSIST, &[asked_at.timestamp_millis().into()]).await
}

async fn lift(
    connection: &mut Connection,
    at: DateTime<Utc>,
    wanted_at: DateTime<Utc>,
) -> Result<u64, StoreError> {
    const LIFT: Statement = Statement::both(
        "UPDATE brake SET since = NULL, why = NULL, slack_id = NULL, login = NULL, wanted_at = NULL, lifted_at = $1,
                          lifts = lifts + 1
         WHERE since IS NOT NULL AND coalesce(wanted_at, since) = $2",
    );
    let values: [Value; 2] = [at.timestamp_millis().into(), wanted_at.timestamp_millis().into()];
    connection.execute(LIFT, &values).await
}
