//! The app's home is made equal to what its owner may see now: when they open it, and after changes while they may be looking.
//!
//! Slack keeps what was published. Changes coalesce: after a few minutes those are served who opened their home lately, one
//! after the other; whoever is not among them sees what is new when they open it again. What may not be true any more is not
//! left there: an hour after somebody has opened their home it only says how to see it again.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::judge::slack_is_known;
use super::sparing::{self, Patient};
use super::{Done, JobError, Kind, Notice};
use crate::app::{ALL_HOMES, App, Furnished, LATELY};
use crate::ids::SlackUserId;
use crate::slack::Trouble;
use crate::slack::home::{HomeView, closed};
use crate::store::{Change, Home, HomeNews, LeasedJob, NewJob, StoreError};
use crate::token::RevocationId;

/// As many homes are made anew after a change. With [`EVERY`] that stays far below what Slack takes, which is at least a
/// hundred a minute (docs.slack.dev, rate limits, tier 4); GitHub is asked a few questions about each.
const AT_ONCE: u32 = 25;

/// Changes within this time are shown together.
const EVERY: TimeDelta = TimeDelta::minutes(5);

/// The distance between two of them.
const APART: TimeDelta = TimeDelta::milliseconds(200);

/// Who opened it so lately waits for what could not be told.
const JUST_OPENED: TimeDelta = TimeDelta::minutes(15);

/// After this time that is looked up once more, and then after twice as long each time.
const UNSURE: TimeDelta = TimeDelta::minutes(1);

/// What is published in a home, by what tells it from others.
#[derive(Debug, PartialEq, Eq)]
struct Contents {
    /// A digest of all that it tells but its age.
    told: String,
    /// A digest of everything.
    whole: String,
    /// The opening after which it was looked up first.
    opened_at: DateTime<Utc>,
}

impl Contents {
    fn of(view: &HomeView, ageless: &HomeView, opened_at: DateTime<Utc>) -> Self {
        Self { told: digest(ageless), whole: digest(view), opened_at }
    }

    fn written(&self) -> String {
        format!("{} {} {}", self.told, self.whole, self.opened_at.timestamp_millis())
    }

    /// What is not understood is another release's, and other contents.
    fn parse(text: &str) -> Option<Self> {
        let [told, whole, opened_at] = text.split(' ').collect::<Vec<_>>()[..] else { return None };
        let opened_at = DateTime::from_timestamp_millis(opened_at.parse().ok()?)?;
        Some(Self { told: told.to_owned(), whole: whole.to_owned(), opened_at })
    }
}

fn digest(view: &HomeView) -> String {
    let view = serde_json::to_vec(view).expect("a view always serialises");
    hex::encode(&Sha256::digest(view)[..16])
}

/// Makes one home anew, if it shows anything else by now. A job that looks once more says how often that was done.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let user = SlackUserId::new(&job.subject);
    let tries = match job.payload.as_str() {
        "" => 0,
        tries => tries.parse().map_err(|_| JobError::unreadable("how often this was tried"))?,
    };
    slack_is_known(app).await?;
    // Read before anything is looked up: whoever publishes what is older than another's is refused by its hash.
    let Some(known) = app.store.home(&user).await? else { return Ok(Change::default()) };
    let before = known.rendering.as_deref().and_then(Contents::parse);
    if app.clock.now() >= known.opened_at + LATELY {
        return close(app, job, &user, &known, before).await;
    }
    let Furnished { view, ageless, shown, listed, is_unsure } = app.furnished(&user).await?;
    let again = if is_unsure { look_again(app, &user, &known, tries).await? } else { None };
    let closing = Kind::Home.on(&user, String::new(), known.opened_at + LATELY);
    let mut change = Change { jobs: vec![again.unwrap_or(closing)], ..Change::default() };
    let contents = Contents::of(&view, &ageless, known.opened_at);
    // Their own look at it goes on record, whether or not anything is new; later ones are nobody's.
    let is_own_look = before.as_ref().is_none_or(|before| before.opened_at != contents.opened_at);
    if is_own_look {
        change.entries = listed;
    }
    let is_equal = |before: &Contents| match is_own_look {
        true => before.whole == contents.whole,
        false => before.told == contents.told,
    };
    if before.as_ref().is_some_and(is_equal) {
        let news = HomeNews::Published { hash: known.hash, rendering: contents.written() };
        change.home = is_own_look.then_some((user, news));
        return Ok(change);
    }
    change.entries.push(shown);
    publish(app, job, (&user, &known), &view, &contents, change).await
}

/// When what could not be told is looked up once more, for who waits for it; not for everybody, and not with what GitHub
/// has left for requests.
async fn look_again(
    app: &App,
    user: &SlackUserId,
    known: &Home,
    tries: u32,
) -> Result<Option<NewJob>, StoreError> {
    let now = app.clock.now();
    let run_at = now + UNSURE * 2_i32.pow(tries.min(10));
    if run_at - known.opened_at >= JUST_OPENED || is_scarce(app).await? {
        return Ok(None);
    }
    let waiting = app.store.homes_opened_since(now - JUST_OPENED, AT_ONCE).await?;
    let job = NewJob { run_at, ..Kind::Home.on(user, (tries + 1).to_string(), now) };
    Ok(waiting.contains(user).then_some(job))
}

/// Leaves nothing there that may be wrong by now.
async fn close(
    app: &App,
    job: &LeasedJob,
    user: &SlackUserId,
    known: &Home,
    before: Option<Contents>,
) -> Done {
    let view = closed();
    let contents = Contents::of(&view, &view, known.opened_at);
    if before.is_some_and(|before| before.told == contents.told) {
        return Ok(Change::default());
    }
    let entries = vec![app.record().home_shown(user, 0, 0)];
    publish(app, job, (user, known), &view, &contents, Change { entries, ..Change::default() }).await
}

/// Publishes it; `change` is what else is true then.
async fn publish(
    app: &App,
    job: &LeasedJob,
    (user, known): (&SlackUserId, &Home),
    view: &HomeView,
    contents: &Contents,
    mut change: Change,
) -> Done {
    let now = app.clock.now();
    match app.slack.views_publish(user, known.hash.as_deref(), view).await {
        Ok(published) => {
            let news = HomeNews::Published { hash: published.hash, rendering: contents.written() };
            let works = Notice::HomesWork;
            let was_off = app.store.lasting(&works.subject()).await?;
            change.jobs.extend(was_off.map(|_| works.job(now)));
            Ok(Change { home: Some((user.clone(), news)), ..change })
        }
        // Somebody else's arrived, or our own whose answer was lost: what is true now goes there, whatever is there.
        Err(trouble) if known.hash.is_some() && trouble.is_hash_conflict() => {
            let home = Some((user.clone(), HomeNews::Overtaken));
            app.commit_for(job, Change { home, ..Change::default() }).await?;
            Err(JobError::Again)
        }
        // Nothing can be shown there; whoever opens it again has it tried again.
        Err(trouble @ (Trouble::BadTarget { .. } | Trouble::Refused { .. })) => {
            tracing::warn!(%trouble, "a home could not be published");
            let notice = match trouble {
                _ if trouble.is_home_off() => Some(Notice::HomesOff),
                // Beside the code stands what differs from home to home.
                Trouble::Refused { error, .. } => Some(Notice::HomeRefused { cause: error }),
                // Whoever is not there any more looks at nothing.
                _ => None,
            };
            let jobs = notice.map(|notice| notice.job(now)).into_iter().collect();
            let home = Some((user.clone(), HomeNews::Forgotten { opened_at: known.opened_at }));
            Ok(Change { home, jobs, ..Change::default() })
        }
        Err(trouble) => Err(trouble.into()),
    }
}

/// Has the homes made anew of those who may be looking at them.
pub(super) async fn all(app: &App, _: &LeasedJob) -> Done {
    let now = app.clock.now();
    // Who opens theirs is served all the same.
    if is_scarce(app).await? {
        return Err(sparing::wait(now));
    }
    let users = app.store.homes_opened_since(now - LATELY, AT_ONCE).await?;
    let jobs =
        users.iter().zip(0..).map(|(user, place)| Kind::Home.on(user, String::new(), now + APART * place));
    Ok(Change { jobs: jobs.collect(), ..Change::default() })
}

/// Whether GitHub allows few more questions about an organization: each home asks it about all of them.
async fn is_scarce(app: &App) -> Result<bool, StoreError> {
    Ok(Patient::Homes.has_to_wait(app, app.served().await?.iter().map(|served| served.id)))
}

/// What a card shows anew, or what was learnt of tokens, homes show, too; soon, and together with what else changes until
/// then.
pub(super) async fn followed(app: &App, work: impl Future<Output = Done>) -> Done {
    let mut change = work.await?;
    match is_to_follow(app).await {
        Ok(true) => change.jobs.push(Kind::Homes.on(ALL_HOMES, String::new(), app.clock.now() + EVERY)),
        Ok(false) => {}
        // A home that is behind is no reason to lose what was learnt.
        Err(error) => tracing::warn!(%error, "homes are made anew when something else changes"),
    }
    Ok(change)
}

/// The same of a revocation; whoever wanted it sees what it has ended at once.
pub(super) async fn revoked(app: &App, job: &LeasedJob, work: impl Future<Output = Done>) -> Done {
    let mut change = followed(app, work).await?;
    match home_of_revoker(app, job).await {
        Ok(home) => change.jobs.extend(home),
        Err(error) => tracing::warn!(%error, "a home is made anew when something else changes"),
    }
    Ok(change)
}

async fn home_of_revoker(app: &App, job: &LeasedJob) -> Result<Option<NewJob>, StoreError> {
    let Some(id) = job.subject.split_once(' ').and_then(|(id, _)| RevocationId::parse(id)) else {
        return Ok(None);
    };
    match app.store.revocation(&id).await? {
        Some(revocation) => app.home_of(&revocation.by).await,
        None => Ok(None),
    }
}

/// Whether anybody may be looking, and it is not asked for already. Whoever asked has not looked yet at what changed.
async fn is_to_follow(app: &App) -> Result<bool, StoreError> {
    let now = app.clock.now();
    Ok(!app.store.homes_opened_since(now - LATELY, 1).await?.is_empty()
        && !app.store.is_asked_for(Kind::Homes.name(), ALL_HOMES).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_read_as_they_were_written() {
        let view = closed();
        let contents = Contents::of(&view, &view, DateTime::UNIX_EPOCH + TimeDelta::days(20_000));

        assert_eq!(Contents::parse(&contents.written()), Some(contents));
        assert_eq!(Contents::parse("of-another-time"), None);
    }
}
