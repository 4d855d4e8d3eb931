//! Posts messages, each channel at its own pace. A job that has to wait comes back at its turn; it holds up only its
//! channel.

use chrono::TimeDelta;

use super::JobError;
use crate::app::App;
use crate::ids::{ChannelId, MessageTs};
use crate::pace::Turn;
use crate::slack::{Message, Trouble};
use crate::store::LeasedJob;

/// Posts when it is the job's turn. The inner result is what Slack said to it, if anything was said that the job has
/// to deal with itself. A post whose answer is lost is repeated: who must not post twice looks first.
pub(super) async fn post(
    app: &App,
    job: &LeasedJob,
    channel: &ChannelId,
    message: &Message,
) -> Result<Result<MessageTs, Trouble>, JobError> {
    turn(app, job, channel)?;
    match app.slack.post_message(channel, message).await {
        Err(trouble @ Trouble::RateLimited { .. }) => Err(not_posted(app, job, channel, trouble)),
        other => Ok(other),
    }
}

/// Passes when it is the job's turn in the channel.
pub(super) fn turn(app: &App, job: &LeasedJob, channel: &ChannelId) -> Result<(), JobError> {
    match app.slack.pace().turn(channel, job.lease.job, app.clock.now()) {
        Turn::Now => Ok(()),
        Turn::At(until) => {
            Err(JobError::Later { cause: format!("messages to {channel} go out one by one"), until })
        }
    }
}

/// Why a post failed. After a 429 the channel rests, and the job is the first to go on.
pub(super) fn not_posted(app: &App, job: &LeasedJob, channel: &ChannelId, trouble: Trouble) -> JobError {
    let Trouble::RateLimited { after } = trouble else { return trouble.into() };
    let now = app.clock.now();
    let until = now + TimeDelta::from_std(after).unwrap_or(TimeDelta::zero());
    let until = app.slack.pace().hold(channel, job.lease.job, until, now);
    JobError::Later { cause: trouble.to_string(), until }
}
