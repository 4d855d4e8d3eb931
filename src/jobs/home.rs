//! The app's home is made equal to what its owner may see now: when they open it, and after changes while they may be looking.
//!
//! Slack keeps what was published. Changes coalesce: after a minute those are served who opened their home lately, one
//! after the other; whoever is not among them sees what is new when they open it again.

use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::inventory::{RESERVE, SCARCE};
use super::judge::slack_is_known;
use super::{Done, JobError, Kind};
use crate::app::{App, Furnished, LATELY};
use crate::ids::SlackUserId;
use crate::slack::Trouble;
use crate::store::{Change, HomeNews, LeasedJob, StoreError};

/// The subject of the work that serves everybody.
const ALL: &str = "all";

/// As many homes are made anew after a change. With [`EVERY`] that stays far below what Slack takes, which is at least a
/// hundred a minute (docs.slack.dev, rate limits, tier 4); GitHub is asked a few questions about each.
const AT_ONCE: u32 = 25;

/// Changes within this time are shown together.
const EVERY: TimeDelta = TimeDelta::minutes(1);

/// The distance between two of them.
const APART: TimeDelta = TimeDelta::milliseconds(200);

/// Who opened it so lately waits for what could not be told.
const JUST_OPENED: TimeDelta = TimeDelta::minutes(15);

/// After this time that is looked up once more.
const UNSURE: TimeDelta = TimeDelta::minutes(1);

/// Makes one home anew, if it shows anything else by now.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let user = SlackUserId::new(&job.subject);
    slack_is_known(app).await?;
    // Read before anything is looked up: whoever publishes what is older than another's is refused by its hash.
    let Some(known) = app.store.home(&user).await? else { return Ok(Change::default()) };
    let Furnished { view, entries, is_unsure } = app.furnished(&user).await?;
    let now = app.clock.now();
    let is_looked_at = now - known.opened_at < JUST_OPENED;
    if is_unsure && !is_looked_at {
        // What was published before says more than that nothing can be told.
        return Ok(Change::default());
    }
    let jobs: Vec<_> =
        is_unsure.then(|| Kind::Home.on(&user, String::new(), now + UNSURE)).into_iter().collect();
    let rendering = serde_json::to_vec(&view).expect("a view always serialises");
    let rendering = hex::encode(&Sha256::digest(rendering)[..16]);
    if known.rendering.as_ref() == Some(&rendering) {
        return Ok(Change { jobs, ..Change::default() });
    }
    match app.slack.views_publish(&user, known.hash.as_deref(), &view).await {
        Ok(published) => {
            let home = Some((user, HomeNews::Published { hash: published.hash, rendering }));
            Ok(Change { home, entries, jobs, ..Change::default() })
        }
        // Somebody else's arrived, or our own whose answer was lost: what is true now goes there, whatever is there.
        Err(trouble) if known.hash.is_some() && trouble.is_hash_conflict() => {
            let home = Some((user, HomeNews::Overtaken));
            app.commit_for(job, Change { home, ..Change::default() }).await?;
            Err(JobError::Again)
        }
        // Whoever is not there any more looks at nothing.
        Err(Trouble::BadTarget { error }) => {
            tracing::warn!(error, "a home could not be published");
            Ok(Change::default())
        }
        Err(trouble) => Err(trouble.into()),
    }
}

/// Has the homes made anew of those who may be looking at them.
pub(super) async fn all(app: &App, _: &LeasedJob) -> Done {
    let now = app.clock.now();
    // Who opens theirs is served all the same.
    let remaining = app.github.upstream().standing().rate_remaining;
    if remaining.is_some_and(|remaining| remaining < RESERVE) {
        let cause = "GitHub allows few more questions, which requests may need".to_owned();
        return Err(JobError::Later { cause, until: now + SCARCE });
    }
    let users = app.store.homes_opened_since(now - LATELY, AT_ONCE).await?;
    let jobs =
        users.iter().zip(0..).map(|(user, place)| Kind::Home.on(user, String::new(), now + APART * place));
    Ok(Change { jobs: jobs.collect(), ..Change::default() })
}

/// What a card shows anew, or what was learnt of tokens, homes show, too; soon, and together with what else changes until
/// then.
pub(super) async fn followed(app: &App, work: impl Future<Output = Done>) -> Done {
    let mut change = work.await?;
    match is_to_follow(app).await {
        Ok(true) => change.jobs.push(Kind::Homes.on(ALL, String::new(), app.clock.now() + EVERY)),
        Ok(false) => {}
        // A home that is behind is no reason to lose what was learnt.
        Err(error) => tracing::warn!(%error, "homes are made anew when something else changes"),
    }
    Ok(change)
}

/// Whether anybody may be looking, and it is not asked for already. Whoever asked has not looked yet at what changed.
async fn is_to_follow(app: &App) -> Result<bool, StoreError> {
    let now = app.clock.now();
    Ok(!app.store.homes_opened_since(now - LATELY, 1).await?.is_empty()
        && !app.store.is_asked_for(Kind::Homes.name(), ALL).await?)
}
