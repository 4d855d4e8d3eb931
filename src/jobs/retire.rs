//! A card that is no longer the one to look at loses its buttons and says why.

use chrono::{DateTime, Utc};

use super::post::post;
use super::{Done, JobError, Kind};
use crate::app::App;
use crate::ids::{ChannelId, MessageTs};
use crate::request::Key;
use crate::slack::{Retired, Trouble, notes};
use crate::store::{Change, LeasedJob, NewJob};

/// The job that retires one message.
pub(crate) fn job(
    key: &Key,
    channel: &ChannelId,
    ts: &MessageTs,
    why: Retired,
    now: DateTime<Utc>,
) -> NewJob {
    Kind::Retire.on(format!("{key} {channel} {ts}"), why.name().to_owned(), now)
}

/// Changes the message; one that can't be changed is told in its thread.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let (key, channel, ts) = subject(job)?;
    let why = Retired::named(&job.payload).ok_or_else(|| JobError::unreadable("why"))?;
    if app.store.card(&key).await?.is_some_and(|card| card.channel == channel && card.ts == ts) {
        // It became the one to look at.
        return Ok(Change::default());
    }
    let message = notes::retired(why);
    match app.slack.update_message(&channel, &ts, &message).await {
        // Nobody can press what is gone, or where we can't write.
        Ok(()) | Err(Trouble::MessageGone | Trouble::BadTarget { .. }) => {}
        Err(Trouble::NotEditable { .. }) => match post(app, job, &channel, &message.in_thread(ts)).await? {
            Ok(_) | Err(Trouble::MessageGone | Trouble::BadTarget { .. }) => {}
            Err(trouble) => return Err(trouble.into()),
        },
        Err(trouble) => return Err(trouble.into()),
    }
    Ok(Change::default())
}

fn subject(job: &LeasedJob) -> Result<(Key, ChannelId, MessageTs), JobError> {
    let parts: Vec<_> = job.subject.split(' ').collect();
    match parts[..] {
        [key, channel, ts] => {
            let key = key.parse().map_err(|_| JobError::unreadable("which request this is about"))?;
            Ok((key, ChannelId::new(channel), MessageTs::new(ts)))
        }
        _ => Err(JobError::unreadable("which message this is about")),
    }
}
