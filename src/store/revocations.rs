//! What people chose to end, and how far each token of it has come.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::connection::{Connection, Statement};
use super::rows::{bulk, json, one_per_key};
use super::{Change, Store, StoreError, places};
use crate::ids::{ChannelId, GitHubUserId, GrantId, Login, MessageTs, OrganizationId, SlackUserId, TokenId};
use crate::request::{Comment, Requester};
use crate::token::{
    Behind, Call, Ending, How, Named, Revocation, RevocationId, Said, Stage, TokenKey, Underway, Wish,
};

/// What was offered and never asked for is forgotten after this time.
const OFFERED_FOR: TimeDelta = TimeDelta::days(1);

/// What changes of revocations. A token's stage is changed by the one job that ends the tokens of its organization, under
/// that job's lease.
#[derive(Debug, Clone, Default)]
pub struct Revoking {
    /// Somebody was shown what they may end.
    pub offered: Option<(Revocation, Vec<Named>)>,
    /// They want to. Said twice, the first time counts.
    pub asked: Option<(RevocationId, Wish)>,
    /// Tokens that have come further. If another revocation ends one of those that are under way, the race is lost.
    pub endings: Vec<(RevocationId, Ending)>,
    pub shown: Option<ShownProgress>,
}

/// Where the progress of a revocation is shown, and what is shown there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownProgress {
    pub id: RevocationId,
    pub channel: ChannelId,
    pub ts: MessageTs,
    /// A digest of the rendered message; equal means nothing to do.
    pub rendering: String,
}

type Place = (OrganizationId, GrantId);

/// Which tokens are ended by which revocation, of those that some changes are about.
pub(super) struct Claims(HashMap<Place, RevocationId>);

impl Claims {
    pub(super) async fn of(connection: &mut Connection, changes: &[Change]) -> Result<Self, StoreError> {
        const HELD: Statement = Statement {
            sqlite: "SELECT e.organization_id, e.grant_id, e.revocation FROM jsonb_each($1) AS wanted
                     JOIN ending AS e ON (e.organization_id = wanted.value ->> 0 AND e.grant_id = wanted.value ->> 1)
                     WHERE e.stage = 'revoking'",
            postgres: "SELECT organization_id, grant_id, revocation FROM ending
                       WHERE stage = 'revoking' AND (organization_id, grant_id) IN (
                           SELECT (v ->> 0)::bigint, (v ->> 1)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (v))",
        };
        let wanted: Vec<_> = changes
            .iter()
            .flat_map(claimed)
            .map(|((organization, grant), _)| json!([organization.0, grant.0]))
            .collect();
        if wanted.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let rows: Vec<(i64, i64, String)> = connection.rows(HELD, &[json(&wanted).as_str().into()]).await?;
        let held = rows.into_iter().map(|(organization, grant, id)| {
            let place = (OrganizationId(organization as u64), GrantId(grant as u64));
            Ok((place, revocation_id(&id)?))
        });
        Ok(Self(held.collect::<Result<_, StoreError>>()?))
    }

    /// Whether nobody else ends what a change is about to end.
    pub(super) fn allow(&self, change: &Change) -> bool {
        claimed(change).all(|(place, id)| self.0.get(&place).is_none_or(|holder| holder == id))
    }

    pub(super) fn add(&mut self, change: &Change) {
        self.0.extend(claimed(change).map(|(place, id)| (place, id.clone())));
    }
}

fn claimed(change: &Change) -> impl Iterator<Item = (Place, &RevocationId)> {
    let endings = change.revoking.iter().flat_map(|revoking| &revoking.endings);
    endings
        .filter(|(_, ending)| matches!(ending.stage, Stage::Revoking(_)))
        .map(|(id, ending)| ((ending.token.organization, ending.token.grant), id))
}

/// Writes these rows of the accepted changes.
pub(super) async fn write(connection: &mut Connection, changes: &[&Change]) -> Result<(), StoreError> {
    let all: Vec<_> = changes.iter().filter_map(|change| change.revoking.as_ref()).collect();
    for (revocation, tokens) in all.iter().filter_map(|one| one.offered.as_ref()) {
        forget_before(connection, revocation.offered_at - OFFERED_FOR).await?;
        bulk(connection, OFFERED, &[offered(revocation)]).await?;
        let rows: Vec<_> =
            tokens.iter().enumerate().map(|(place, token)| named(&revocation.id, place, token)).collect();
        bulk(connection, CHOSEN, &rows).await?;
    }
    let asked = all.iter().filter_map(|one| one.asked.as_ref()).map(|(id, wish)| {
        let reason = wish.reason.as_ref().map(Comment::as_str);
        (id.as_str(), json!([id.as_str(), wish.at.timestamp_millis(), reason]))
    });
    bulk(connection, ASKED, &one_per_key(asked)).await?;
    write_endings(connection, &all).await?;
    let shown = all.iter().filter_map(|one| one.shown.as_ref()).map(|shown| {
        let ShownProgress { id, channel, ts, rendering } = shown;
        (id.as_str(), json!([id.as_str(), channel.as_str(), ts.as_str(), rendering]))
    });
    bulk(connection, SHOWN, &one_per_key(shown)).await.map(drop)
}

async fn forget_before(connection: &mut Connection, before: DateTime<Utc>) -> Result<(), StoreError> {
    const TOKENS: Statement = Statement::both(
        "DELETE FROM ending WHERE revocation IN (SELECT id FROM revocation WHERE asked_at IS NULL AND offered_at < $1)",
    );
    const OFFERS: Statement =
        Statement::both("DELETE FROM revocation WHERE asked_at IS NULL AND offered_at < $1");
    connection.execute(TOKENS, &[before.timestamp_millis().into()]).await?;
    connection.execute(OFFERS, &[before.timestamp_millis().into()]).await.map(drop)
}

const OFFERED: Statement = Statement {
    sqlite: "INSERT INTO revocation (id, slack_id, wanted, is_own, offered_at)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM jsonb_each($1)",
    postgres: "INSERT INTO revocation (id, slack_id, wanted, is_own, offered_at)
               SELECT v ->> 0, v ->> 1, v ->> 2, (v ->> 3)::bigint, (v ->> 4)::bigint
               FROM jsonb_array_elements($1::jsonb) AS rows (v)",
};

fn offered(revocation: &Revocation) -> Value {
    let Revocation { id, by, wanted, is_own, offered_at, asked: _ } = revocation;
    json!([id.as_str(), by.as_str(), wanted, i64::from(*is_own), offered_at.timestamp_millis()])
}

const CHOSEN: Statement = Statement {
    sqlite: "INSERT INTO ending (revocation, place, organization_id, grant_id, login, token_key, token_id, owner_id,
                 owner_login, name, stage, document)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
                 value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11
             FROM jsonb_each($1)",
    postgres: "INSERT INTO ending (revocation, place, organization_id, grant_id, login, token_key, token_id, owner_id,
                   owner_login, name, stage, document)
               SELECT v ->> 0, (v ->> 1)::bigint, (v ->> 2)::bigint, (v ->> 3)::bigint, v ->> 4, v ->> 5,
                   (v ->> 6)::bigint, (v ->> 7)::bigint, v ->> 8, v ->> 9, v ->> 10, v ->> 11
               FROM jsonb_array_elements($1::jsonb) AS rows (v)",
};

fn named(id: &RevocationId, place: usize, token: &Named) -> Value {
    let (stage, document) = written(&Stage::Chosen);
    json!([
        id.as_str(),
        place,
        token.organization.0,
        token.grant.0,
        token.login.as_str(),
        token.key.as_str(),
        token.token.map(|token| token.0),
        token.owner.id.0,
        token.owner.login.as_str(),
        token.name,
        stage,
        document,
    ])
}

const ASKED: Statement = Statement {
    sqlite: "UPDATE revocation SET asked_at = wanted.value ->> 1, reason = wanted.value ->> 2
             FROM jsonb_each($1) AS wanted WHERE revocation.id = wanted.value ->> 0 AND asked_at IS NULL",
    postgres: "UPDATE revocation SET asked_at = (v ->> 1)::bigint, reason = v ->> 2
               FROM jsonb_array_elements($1::jsonb) AS rows (v) WHERE id = v ->> 0 AND asked_at IS NULL",
};

const ENDINGS: Statement = Statement {
    sqlite: "UPDATE ending SET stage = wanted.value ->> 3, document = wanted.value ->> 4
             FROM jsonb_each($1) AS wanted
             WHERE revocation = wanted.value ->> 0 AND organization_id = wanted.value ->> 1
                 AND grant_id = wanted.value ->> 2",
    postgres: "UPDATE ending SET stage = v ->> 3, document = v ->> 4
               FROM jsonb_array_elements($1::jsonb) AS rows (v)
               WHERE revocation = v ->> 0 AND organization_id = (v ->> 1)::bigint AND grant_id = (v ->> 2)::bigint",
};

async fn write_endings(connection: &mut Connection, all: &[&Revoking]) -> Result<(), StoreError> {
    let row = |(id, ending): &(RevocationId, Ending)| {
        let (stage, document) = written(&ending.stage);
        let (organization, grant) = (ending.token.organization, ending.token.grant);
        let row = json!([id.as_str(), organization.0, grant.0, stage, document]);
        ((id.clone(), organization, grant), row)
    };
    bulk(connection, ENDINGS, &one_per_key(all.iter().flat_map(|one| &one.endings).map(row))).await.map(drop)
}

/// What is still to be done of a revocation in an organization is not done any more.
pub(super) async fn leave(
    connection: &mut Connection,
    id: &RevocationId,
    organization: OrganizationId,
    cause: &str,
) -> Result<(), StoreError> {
    const LEAVE: Statement = Statement::both(
        "UPDATE ending SET stage = $3, document = $4
         WHERE revocation = $1 AND organization_id = $2 AND stage IN ('chosen', 'revoking')",
    );
    let (stage, document) = written(&Stage::Kept { cause: cause.to_owned() });
    let values = [id.as_str().into(), organization.0.into(), stage.into(), document.as_str().into()];
    connection.execute(LEAVE, &values).await.map(drop)
}

const SHOWN: Statement = Statement {
    sqlite: "UPDATE revocation SET channel = wanted.value ->> 1, ts = wanted.value ->> 2, rendering = wanted.value ->> 3
             FROM jsonb_each($1) AS wanted WHERE revocation.id = wanted.value ->> 0",
    postgres: "UPDATE revocation SET channel = v ->> 1, ts = v ->> 2, rendering = v ->> 3
               FROM jsonb_array_elements($1::jsonb) AS rows (v) WHERE id = v ->> 0",
};

/// Id, by, wanted, whether it is their own, offered at, asked at, reason.
type RevocationRow = (String, String, String, i64, i64, Option<i64>, Option<String>);

/// Organization, grant, login, key, token, owner, owner's login, name, document.
type EndingRow = (i64, i64, String, String, Option<i64>, i64, String, Option<String>, String);

impl Store {
    /// What somebody was shown that they may end; nothing of what is forgotten.
    pub async fn revocation(&self, id: &RevocationId) -> Result<Option<Revocation>, StoreError> {
        const BY_ID: Statement = Statement::both(
            "SELECT id, slack_id, wanted, is_own, offered_at, asked_at, reason FROM revocation WHERE id = $1",
        );
        let row: Option<RevocationRow> = self.readers.row(BY_ID, &[id.as_str().into()]).await?;
        row.map(revocation).transpose()
    }

    /// Its tokens, in the order in which they were shown; of one organization alone, if one is named.
    pub async fn endings(
        &self,
        id: &RevocationId,
        organization: Option<OrganizationId>,
    ) -> Result<Vec<Ending>, StoreError> {
        const OF: Statement = Statement::both(
            "SELECT organization_id, grant_id, login, token_key, token_id, owner_id, owner_login, name, document
             FROM ending WHERE revocation = $1 AND (organization_id = $2 OR $3 = 0) ORDER BY place",
        );
        let (number, is_one) = organization.map_or((0, 0_i64), |one| (one.0, 1));
        let values = [id.as_str().into(), number.into(), is_one.into()];
        let rows: Vec<EndingRow> = self.readers.rows(OF, &values).await?;
        rows.into_iter().map(ending).collect()
    }

    /// Those of its tokens in an organization that are not over, in the same order.
    pub async fn endings_left(
        &self,
        id: &RevocationId,
        organization: OrganizationId,
    ) -> Result<Vec<Ending>, StoreError> {
        const LEFT: Statement = Statement::both(
            "SELECT organization_id, grant_id, login, token_key, token_id, owner_id, owner_login, name, document
             FROM ending WHERE revocation = $1 AND organization_id = $2 AND stage IN ('chosen', 'revoking')
             ORDER BY place",
        );
        let rows: Vec<EndingRow> =
            self.readers.rows(LEFT, &[id.as_str().into(), organization.0.into()]).await?;
        rows.into_iter().map(ending).collect()
    }

    /// Where its progress is shown, if anywhere yet.
    pub async fn shown_progress(&self, id: &RevocationId) -> Result<Option<ShownProgress>, StoreError> {
        const SHOWN: Statement =
            Statement::both("SELECT channel, ts, rendering FROM revocation WHERE id = $1 AND ts IS NOT NULL");
        let row: Option<(String, String, String)> = self.readers.row(SHOWN, &[id.as_str().into()]).await?;
        Ok(row.map(|(channel, ts, rendering)| ShownProgress {
            id: id.clone(),
            channel: ChannelId::new(channel),
            ts: MessageTs::new(ts),
            rendering,
        }))
    }

    /// Who ends which of these tokens of an organization at the moment, and by which revocation.
    pub async fn ending_now(
        &self,
        organization: OrganizationId,
        grants: &[GrantId],
    ) -> Result<HashMap<GrantId, (RevocationId, SlackUserId)>, StoreError> {
        const NOW: Statement = Statement {
            sqlite: "SELECT e.grant_id, r.id, r.slack_id FROM json_each($2) AS wanted
                     JOIN ending AS e ON (e.organization_id = $1 AND e.grant_id = wanted.value)
                     JOIN revocation AS r ON r.id = e.revocation WHERE e.stage = 'revoking'",
            postgres: "SELECT e.grant_id, r.id, r.slack_id FROM ending AS e JOIN revocation AS r ON r.id = e.revocation
                       WHERE e.organization_id = $1 AND e.stage = 'revoking'
                           AND e.grant_id IN (SELECT jsonb_array_elements_text($2::jsonb)::bigint)",
        };
        let grants: Vec<_> = grants.iter().map(|grant| grant.0).collect();
        let values = [organization.0.into(), json!(grants).to_string().as_str().into()];
        let rows: Vec<(i64, String, String)> = self.readers.rows(NOW, &values).await?;
        rows.into_iter()
            .map(|(grant, id, by)| Ok((GrantId(grant as u64), (revocation_id(&id)?, SlackUserId::new(by)))))
            .collect()
    }

    /// What became of a token each time somebody wanted to end it, the last time first; at most five.
    pub async fn endings_of(
        &self,
        organization: OrganizationId,
        grant: GrantId,
    ) -> Result<Vec<(Revocation, Stage)>, StoreError> {
        const OF: Statement = Statement::both(
            "SELECT r.id, r.slack_id, r.wanted, r.is_own, r.offered_at, r.asked_at, r.reason, e.document
             FROM ending AS e JOIN revocation AS r ON r.id = e.revocation
             WHERE e.organization_id = $1 AND e.grant_id = $2 AND r.asked_at IS NOT NULL
             ORDER BY r.asked_at DESC, r.id LIMIT 5",
        );
        type Row = (String, String, String, i64, i64, Option<i64>, Option<String>, String);
        let rows: Vec<Row> = self.readers.rows(OF, &[organization.0.into(), grant.0.into()]).await?;
        rows.into_iter()
            .map(|(id, by, wanted, is_own, offered_at, asked_at, reason, document)| {
                let stage = stage(&id, &document)?;
                Ok((revocation((id, by, wanted, is_own, offered_at, asked_at, reason))?, stage))
            })
            .collect()
    }

    /// The revocations that still have something to do in an organization.
    pub async fn revocations_in(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<RevocationId>, StoreError> {
        const IN: Statement = Statement::both(
            "SELECT DISTINCT r.id FROM revocation AS r JOIN ending AS e ON e.revocation = r.id
             WHERE e.organization_id = $1 AND r.asked_at IS NOT NULL AND e.stage IN ('chosen', 'revoking')
             ORDER BY r.id",
        );
        let rows: Vec<(String,)> = self.readers.rows(IN, &[organization.0.into()]).await?;
        rows.into_iter().map(|(id,)| revocation_id(&id)).collect()
    }
}

fn revocation_id(text: &str) -> Result<RevocationId, StoreError> {
    RevocationId::parse(text).ok_or_else(|| StoreError::corrupt("revocation", text, "no such id was drawn"))
}

fn revocation(row: RevocationRow) -> Result<Revocation, StoreError> {
    let (id, by, wanted, is_own, offered_at, asked_at, reason) = row;
    let time = |at| places::time("revocation", &id, at);
    let reason = Comment::new(reason.as_deref().unwrap_or_default())
        .map_err(|long| StoreError::corrupt("revocation", &id, long))?;
    let asked = asked_at.map(|at| Ok::<_, StoreError>(Wish { at: time(at)?, reason })).transpose()?;
    let offered_at = time(offered_at)?;
    let (id, by, is_own) = (revocation_id(&id)?, SlackUserId::new(by), is_own != 0);
    Ok(Revocation { id, by, wanted, is_own, offered_at, asked })
}

fn ending(row: EndingRow) -> Result<Ending, StoreError> {
    let (organization, grant, login, key, token, owner, owner_login, name, document) = row;
    let stage = stage(&key, &document)?;
    let key: TokenKey = key.parse().map_err(|error| StoreError::corrupt("ending", &key, error))?;
    let owner = Requester { id: GitHubUserId(owner as u64), login: Login::new(&owner_login) };
    let token = Named {
        organization: OrganizationId(organization as u64),
        login: Login::new(&login),
        grant: GrantId(grant as u64),
        token: token.map(|token| TokenId(token as u64)),
        key,
        owner,
        name,
    };
    Ok(Ending { token, stage })
}

/// A stage as it is written down. What a later release adds to it must not be overlooked.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Written {
    Chosen,
    Behind {
        by: Option<String>,
        judged_at: i64,
    },
    Revoking {
        since: i64,
        judged_at: i64,
        last: Option<WrittenCall>,
        may_be_ours: bool,
        is_for_itself: bool,
        waits: Option<String>,
    },
    Gone {
        by_us: bool,
        at: i64,
    },
    Kept {
        cause: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCall {
    at: i64,
    until: i64,
    is_for_many: bool,
    said: Option<WrittenSaid>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum WrittenSaid {
    Accepted,
    NotThere,
    Refused { words: String },
}

/// Its name and the whole of it.
fn written(stage: &Stage) -> (&'static str, String) {
    let (name, written) = match stage {
        Stage::Chosen => ("chosen", Written::Chosen),
        // Nobody has it ended by this one yet, as far as claims go.
        Stage::Behind(Behind { by, judged_at }) => (
            "chosen",
            Written::Behind {
                by: by.as_ref().map(|by| by.as_str().to_owned()),
                judged_at: judged_at.timestamp_millis(),
            },
        ),
        Stage::Revoking(Underway { since, judged_at, last, may_be_ours, is_for_itself, waits }) => {
            let revoking = Written::Revoking {
                since: since.timestamp_millis(),
                judged_at: judged_at.timestamp_millis(),
                last: last.as_ref().map(written_call),
                may_be_ours: *may_be_ours,
                is_for_itself: *is_for_itself,
                waits: waits.clone(),
            };
            ("revoking", revoking)
        }
        Stage::Gone { how, at } => {
            ("gone", Written::Gone { by_us: *how == How::ByUs, at: at.timestamp_millis() })
        }
        Stage::Kept { cause } => ("kept", Written::Kept { cause: cause.clone() }),
    };
    (name, serde_json::to_string(&written).expect("text and numbers always serialise"))
}

fn written_call(call: &Call) -> WrittenCall {
    let said = call.said.as_ref().map(|said| match said {
        Said::Accepted => WrittenSaid::Accepted,
        Said::NotThere => WrittenSaid::NotThere,
        Said::Refused(words) => WrittenSaid::Refused { words: words.clone() },
    });
    let (at, until) = (call.at.timestamp_millis(), call.until.timestamp_millis());
    WrittenCall { at, until, is_for_many: call.is_for_many, said }
}

fn stage(id: &str, document: &str) -> Result<Stage, StoreError> {
    let corrupt = |error: serde_json::Error| StoreError::corrupt("ending", id, error);
    let time = |at| places::time("ending", id, at);
    Ok(match serde_json::from_str(document).map_err(corrupt)? {
        Written::Chosen => Stage::Chosen,
        Written::Behind { by, judged_at } => {
            Stage::Behind(Behind { by: by.map(SlackUserId::new), judged_at: time(judged_at)? })
        }
        Written::Revoking { since, judged_at, last, may_be_ours, is_for_itself, waits } => {
            let last = last.map(|call| {
                let said = call.said.map(|said| match said {
                    WrittenSaid::Accepted => Said::Accepted,
                    WrittenSaid::NotThere => Said::NotThere,
                    WrittenSaid::Refused { words } => Said::Refused(words),
                });
                let (at, until) = (time(call.at)?, time(call.until)?);
                Ok::<_, StoreError>(Call { at, until, is_for_many: call.is_for_many, said })
            });
            let (since, judged_at) = (time(since)?, time(judged_at)?);
            let last = last.transpose()?;
            Stage::Revoking(Underway { since, judged_at, last, may_be_ours, is_for_itself, waits })
        }
        Written::Gone { by_us, at } => {
            Stage::Gone { how: if by_us { How::ByUs } else { How::Vanished }, at: time(at)? }
        }
        Written::Kept { cause } => Stage::Kept { cause },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::noon;

    fn underway(said: Option<Said>) -> Stage {
        let call = Call { at: noon(), until: noon() + TimeDelta::seconds(12), is_for_many: true, said };
        let waits = Some("the App is suspended".to_owned());
        Stage::Revoking(Underway { waits, may_be_ours: true, ..Underway::begun(noon()).called(call) })
    }

    #[test]
    fn every_stage_reads_back() {
        let refused = Said::Refused("no \"such\" token".to_owned());
        for one in [
            Stage::Chosen,
            Stage::Behind(Behind { by: Some(SlackUserId::new("U0ALICE")), judged_at: noon() }),
            Stage::Behind(Behind { by: None, judged_at: noon() }),
            Stage::Revoking(Underway::begun(noon())),
            underway(None),
            underway(Some(Said::Accepted)),
            underway(Some(Said::NotThere)),
            underway(Some(refused)),
            Stage::Gone { how: How::ByUs, at: noon() },
            Stage::Gone { how: How::Vanished, at: noon() },
            Stage::Kept { cause: "GitHub refused".to_owned() },
        ] {
            assert_eq!(stage("t-7f3k2", &written(&one).1).unwrap(), one);
        }
    }

    #[test]
    fn what_a_later_release_says_is_not_overlooked() {
        for odd in ["", "{}", r#""wondering""#, r#"{"kept":{"cause":"x","until":1}}"#] {
            assert!(stage("t-7f3k2", odd).is_err(), "{odd}");
        }
    }
}
