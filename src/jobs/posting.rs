//! Posts a card so that it stands once, whatever becomes of the answer.
//!
//! Before each attempt it is written down where and since when the card may stand, and when the attempt is over: nothing
//! of it is sent later, and that is before the lease ends under which it is made. Who finds such a note, after a lost
//! answer or a crash, waits until Slack shows what it took by then, and looks in the channel before posting again.
//! Without the scope for looking the card may stand twice; both lead to one decision, and a click on the second retires it.

use chrono::TimeDelta;

use super::drawn::Drawn;
use super::place::Unfit;
use super::post::{not_posted, turn};
use super::{Done, JobError, Kind, Notice, place, retire};
use crate::app::App;
use crate::clock::Deadline;
use crate::ids::{ChannelId, MessageTs};
use crate::slack::{Retired, Trouble, Wanted};
use crate::store::{Card, Change, LeasedJob, NewJob, Posting};

/// How long after the end of an attempt the card is looked for: by then Slack shows what it took.
const SETTLING: TimeDelta = TimeDelta::seconds(5);

/// A card whose place the new one takes.
pub(super) struct Old {
    pub(super) card: Card,
    /// What to say in its place; nothing if it is gone.
    pub(super) why: Option<Retired>,
}

/// Posts the card where its route says, or in the next channel that is a place for it.
pub(super) async fn post(app: &App, job: &LeasedJob, drawn: &Drawn, old: Option<Old>) -> Done {
    let begun = app.store.posting(&drawn.key).await?;
    if let Some(begun) = &begun
        && let Some(ts) = look_for(app, begun, old.as_ref()).await?
    {
        return Ok(found(app, begun, ts, old));
    }
    // A click may have told where it stands since this job looked, and that ended the search, too. Nothing that can be
    // clicked on comes into being from here to the post.
    if old.is_none() && app.store.card(&drawn.key).await?.is_some() {
        return Err(JobError::Again);
    }
    let mut notices = Vec::new();
    if !drawn.has_route {
        notices.push(Notice::NoRoute { key: drawn.key.clone() });
    }
    for channel in &drawn.channels {
        let refused = |cause| Notice::ChannelRefused { channel: channel.clone(), cause };
        match place::unfit(app, channel).await? {
            None => {}
            Some(Unfit::For(cause)) => {
                notices.push(refused(cause));
                continue;
            }
            Some(Unfit::Unseen(_)) => continue,
        }
        turn(app, job, channel)?;
        let deadline = begin(app, job, drawn, channel, begun.as_ref()).await?;
        match drawn.post(app, channel, &deadline).await {
            Ok((ts, notice)) => {
                notices.extend(notice);
                notices.extend(place::recovered(app, channel).await?);
                let jobs = follow_up(app, &notices, old);
                return Ok(Change { jobs, ..drawn.at(channel.clone(), ts) });
            }
            Err(Trouble::BadTarget { error }) => notices.push(refused(format!("Slack says {error}"))),
            // Plain words, too: another channel may have other rules.
            Err(refusal @ Trouble::Refused { .. }) => notices.push(refused(refusal.to_string())),
            Err(trouble) => {
                if !trouble.is_ambiguous() {
                    let over = Change { not_posted: Some(drawn.key.clone()), ..Change::default() };
                    app.commit_for(job, over).await?;
                }
                return Err(not_posted(app, job, channel, trouble));
            }
        }
    }
    nowhere(app, job, drawn, &notices).await
}

/// Writes down that from now on the card may stand there, or may have since an earlier attempt. Gives the time that this
/// one has: counted from here, because the lease is renewed later, by the commit, and so outlasts it.
async fn begin(
    app: &App,
    job: &LeasedJob,
    drawn: &Drawn,
    channel: &ChannelId,
    begun: Option<&Posting>,
) -> Result<Deadline, JobError> {
    let since = begun.filter(|begun| begun.channel == *channel).map_or(app.clock.now(), |begun| begun.since);
    let deadline = app.clock.deadline(app.config.timing.posting());
    let (key, channel) = (drawn.key.clone(), channel.clone());
    let posting = Posting { key, channel, since, over_at: deadline.at() };
    let renews = Some(app.config.timing.lease);
    app.commit_for(job, Change { posting: Some(posting), renews, ..Change::default() }).await?;
    Ok(deadline)
}

/// The card of an attempt whose end nobody knows, if it stands and can be seen.
async fn look_for(app: &App, begun: &Posting, old: Option<&Old>) -> Result<Option<MessageTs>, JobError> {
    let (now, until) = (app.clock.now(), begun.over_at + SETTLING);
    // What claims to last longer was written under a clock that has been set since.
    let longest = app.config.timing.posting() + SETTLING;
    if now < until && until - now <= longest {
        return Err(JobError::Later { cause: "the card may just have been posted".to_owned(), until });
    }
    let wanted = Wanted {
        key: &begun.key,
        channel: &begun.channel,
        since: begun.since,
        by: &app.config.slack.app_id,
        other_than: old.map(|old| &old.card.ts),
    };
    match app.slack.find_card(wanted).await {
        Ok(found) => Ok(found),
        // It may stand twice then, and the operators hear why.
        Err(Trouble::MissingScope { .. } | Trouble::BadTarget { .. }) => Ok(None),
        Err(trouble) => Err(trouble.into()),
    }
}

/// The change that takes a card found again as ours; what it shows may be out of date.
fn found(app: &App, begun: &Posting, ts: MessageTs, old: Option<Old>) -> Change {
    tracing::debug!(request = %begun.key, "a card whose posting was not confirmed was found again");
    let card = Card { key: begun.key.clone(), channel: begun.channel.clone(), ts, rendering: String::new() };
    let mut jobs = follow_up(app, &[], old);
    jobs.push(Kind::Card.on(&begun.key, String::new(), app.clock.now()));
    Change { card: Some(card), jobs, ..Change::default() }
}

fn follow_up(app: &App, notices: &[Notice], old: Option<Old>) -> Vec<NewJob> {
    let now = app.clock.now();
    let mut jobs: Vec<_> = notices.iter().map(|notice| notice.job(now)).collect();
    if let Some(Old { card, why: Some(why) }) = old {
        jobs.push(retire::job(&card.key, &card.channel, &card.ts, why, now));
    }
    jobs
}

/// No channel takes the card: it waits until one does.
async fn nowhere(app: &App, job: &LeasedJob, drawn: &Drawn, notices: &[Notice]) -> Done {
    let over = Change {
        not_posted: Some(drawn.key.clone()),
        jobs: follow_up(app, notices, None),
        ..Change::default()
    };
    app.commit_for(job, over).await?;
    tracing::error!(request = %drawn.key, "there is no channel that the card may be posted in");
    Err(JobError::Blocked { cause: "there is no channel that the card may be posted in".to_owned() })
}
