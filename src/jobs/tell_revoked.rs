//! Tells of revoked tokens: who wants it how far it is, and owners what they have lost.

use chrono::TimeDelta;

use super::post::post;
use super::{Done, JobError};
use crate::app::App;
use crate::ids::{GitHubUserId, OrganizationId};
use crate::slack::{self, Trouble, revocations};
use crate::store::{Change, LeasedJob, Revoking, ShownProgress};
use crate::token::{Ending, How, RevocationId, Stage};

/// How often is looked whether all of an owner's is over, so that they are told once.
const TOGETHER: TimeDelta = TimeDelta::seconds(10);

/// Makes the message to who wants it equal to how far it is: posts it, updates it, or does nothing.
pub(super) async fn progress(app: &App, job: &LeasedJob) -> Done {
    let id = RevocationId::parse(&job.subject).ok_or_else(|| JobError::unreadable("what this tells of"))?;
    let Some(revocation) = app.store.revocation(&id).await? else { return Ok(Change::default()) };
    if revocation.asked.is_none() {
        return Ok(Change::default());
    }
    let message = revocations::progress(&revocation, &app.store.endings(&id, None).await?);
    let rendering = slack::rendering(&message);
    if let Some(shown) = app.store.shown_progress(&id).await? {
        if shown.rendering == rendering {
            return Ok(Change::default());
        }
        match app.slack.update_message(&shown.channel, &shown.ts, &message).await {
            Ok(()) => return Ok(now_shown(ShownProgress { rendering, ..shown })),
            // It was deleted, or can't be changed any more: said anew.
            Err(Trouble::MessageGone | Trouble::NotEditable { .. } | Trouble::BadTarget { .. }) => {}
            Err(trouble) => return Err(trouble.into()),
        }
    }
    let channel = app.slack.open_dm(&revocation.by).await?;
    let ts = post(app, job, &channel, &message).await??;
    Ok(now_shown(ShownProgress { id, channel, ts, rendering }))
}

fn now_shown(shown: ShownProgress) -> Change {
    Change { revoking: Some(Revoking { shown: Some(shown), ..Revoking::default() }), ..Change::default() }
}

/// To one owner: what they have lost in one organization, and why. Whoever revoked their own knows, and whoever is nobody in
/// Slack has GitHub's e-mail.
pub(super) async fn owner(app: &App, job: &LeasedJob) -> Done {
    let (id, organization, owner) =
        parse(&job.subject).ok_or_else(|| JobError::unreadable("whom this tells of what"))?;
    let Some(revocation) = app.store.revocation(&id).await? else { return Ok(Change::default()) };
    let endings = app.store.endings(&id, Some(organization)).await?;
    let lost: Vec<_> = endings
        .iter()
        .filter(|one| one.token.owner.id == owner && matches!(one.stage, Stage::Gone { how: How::ByUs, .. }))
        .map(|one| &one.token)
        .collect();
    // Those of them that are still on their way are told with the others; what waits for another revocation may do so for long,
    // and comes with a message of its own.
    let is_open = |one: &Ending| match one.stage {
        Stage::Chosen | Stage::Revoking(_) => one.token.owner.id == owner,
        Stage::Behind(_) | Stage::Gone { .. } | Stage::Kept { .. } => false,
    };
    if endings.iter().any(is_open) {
        let until = app.clock.now() + TOGETHER;
        return Err(JobError::Later { cause: "more of theirs is being revoked".to_owned(), until });
    }
    let Some(first) = lost.first() else { return Ok(Change::default()) };
    let rules = app.rules();
    let answering = app.owner_on_record(&rules, &first.owner).await?;
    let to = match &answering {
        Some(login) => rules.book.people.get(login).map(|mapped| mapped.slack.clone()),
        None => app.owner_in_slack(&rules, &first.owner).await?,
    };
    let Some(to) = to.filter(|to| *to != revocation.by) else { return Ok(Change::default()) };
    let message = revocations::to_owner(&revocation, &revocation.by, &lost, answering.is_some());
    let told = match app.slack.open_dm(&to).await {
        Ok(dm) => post(app, job, &dm, &message).await?.map(drop),
        Err(trouble) => Err(trouble),
    };
    match told {
        // Nobody can be told there; GitHub's e-mail has to do.
        Err(trouble @ Trouble::BadTarget { .. }) => {
            tracing::warn!(%trouble, "an owner could not be told that tokens were revoked");
            Ok(Change::default())
        }
        told => {
            told?;
            Ok(Change::default())
        }
    }
}

fn parse(subject: &str) -> Option<(RevocationId, OrganizationId, GitHubUserId)> {
    match subject.split(' ').collect::<Vec<_>>()[..] {
        [id, organization, owner] => Some((
            RevocationId::parse(id)?,
            OrganizationId(organization.parse().ok()?),
            GitHubUserId(owner.parse().ok()?),
        )),
        _ => None,
    }
}
