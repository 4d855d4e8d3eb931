//! Reads who is in the Slack user groups, GitHub teams and among the owners that the configuration names, so that the
//! operators hear of new approvers before these approve anything, and of a source that can't be read before it is needed.
//! One job is the timer and asks for one for each source, and for one that finds out the numbers of machine accounts.

use chrono::TimeDelta;

use super::judge::slack_is_known;
use super::{Done, JobError, Kind, Notice};
use crate::app::{App, ListingError, SlackGroupError, TeamError};
use crate::config::Member;
use crate::store::{Change, LeasedJob, NewJob};

/// The timer's subject.
pub(crate) const ALL: &str = "all";

/// The subject under which accounts of the configuration are pinned; no source is called so.
pub(crate) const ACCOUNTS: &str = "accounts";

/// How often they are read when nobody clicks and no webhook tells of a change.
const EVERY: TimeDelta = TimeDelta::minutes(15);

/// How long it may take until new rules have reached every replica: they are copied by hand, or by what rolls them out.
const RULES_SPREAD: TimeDelta = TimeDelta::minutes(5);

/// How soon a replica without them is followed by another one, or by itself with the new rules.
const ASKED_AGAIN: TimeDelta = TimeDelta::seconds(2);

/// Reads one source, or has all of them read.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let now = app.clock.now();
    if job.subject == ALL {
        let again = NewJob { run_at: now + EVERY, ..Kind::Groups.on(ALL, String::new(), now) };
        let sources = app.sources();
        let each = sources.iter().map(|member| Kind::Groups.on(member, String::new(), now));
        let accounts = Kind::Groups.on(ACCOUNTS, String::new(), now);
        return Ok(Change { jobs: each.chain([accounts, again]).collect(), ..Change::default() });
    }
    if job.subject == ACCOUNTS {
        app.pin_changes().await?;
        app.pin_machines().await?;
        return Ok(Change::default());
    }
    match app.sources().into_iter().find(|member| member.to_string() == job.subject) {
        Some(member) => read(app, &member).await,
        // Another replica may have taken rules that name it, which this one has yet to read.
        None if now < job.created_at + RULES_SPREAD => {
            let cause = "the rules of this replica do not name it".to_owned();
            Err(JobError::Later { cause, until: now + ASKED_AGAIN })
        }
        // What no configuration names any more needs no reading.
        None => Ok(Change::default()),
    }
}

async fn read(app: &App, member: &Member) -> Done {
    if matches!(member, Member::SlackGroup(_)) {
        slack_is_known(app).await?;
    }
    let now = app.clock.now();
    let jobs = match Box::pin(app.list_source(member)).await {
        Ok(()) => {
            let works = Notice::MembersWork { member: member.clone() };
            let known = app.store.lasting(&works.subject()).await?;
            known.map(|_| works.job(now)).into_iter().collect()
        }
        Err(error) if error.needs_people() => {
            tracing::warn!(%error, source = %member, "a source of members can't be read");
            vec![Notice::MembersRefused { member: member.clone(), cause: error.to_string() }.job(now)]
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Change { jobs, ..Change::default() })
}

/// Whoever asks to be left alone for a while says so in the trouble.
impl From<ListingError> for JobError {
    fn from(error: ListingError) -> Self {
        match error {
            ListingError::Team(TeamError::GitHub { trouble, .. })
            | ListingError::Owners { trouble, .. }
            | ListingError::TeamMembers { trouble, .. } => trouble.into(),
            ListingError::SlackGroup { cause: SlackGroupError::Slack(trouble), .. } => trouble.into(),
            ListingError::Place(error) => error.into(),
            ListingError::Store(error) => error.into(),
            ListingError::Team(_) | ListingError::SlackGroup { .. } => Self::retry(error),
        }
    }
}
