//! A click that asks for a decision: who is it, may they, and does it still apply?

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Answer, Done, JobError, Kind};
use crate::app::{App, Asker};
use crate::identity::Identity;
use crate::ids::{ChannelId, SlackUserId};
use crate::policy::Act;
use crate::request::{Enough, Key, Refusal, Revision, TokenRequest, Verdict, Vote};
use crate::slack::{ResponseUrl, messages};
use crate::store::{Change, LeasedJob, NewJob};

/// A click as it waits to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Click {
    pub by: SlackUserId,
    pub verdict: Verdict,
    pub key: Key,
    pub revision: Revision,
    pub clicked_at: DateTime<Utc>,
    pub channel: Option<ChannelId>,
    pub response_url: Option<ResponseUrl>,
}

/// The click as it is written down until it is judged.
#[derive(Serialize, Deserialize)]
struct Written {
    by: String,
    verdict: Choice,
    key: String,
    revision: String,
    clicked_at: i64,
    channel: Option<String>,
    response_url: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Approve,
    Deny,
}

impl Click {
    /// The job that judges this click; `id` makes a repeated delivery of one click one job.
    pub fn job(&self, id: &str, now: DateTime<Utc>) -> NewJob {
        let written = Written {
            by: self.by.to_string(),
            verdict: match self.verdict {
                Verdict::Approve => Choice::Approve,
                Verdict::Deny => Choice::Deny,
            },
            key: self.key.to_string(),
            revision: self.revision.to_string(),
            clicked_at: self.clicked_at.timestamp_millis(),
            channel: self.channel.as_ref().map(ToString::to_string),
            response_url: self.response_url.as_ref().map(|url| url.expose().to_owned()),
        };
        Kind::Judge.on(id, serde_json::to_string(&written).expect("text and numbers always serialise"), now)
    }

    fn of(app: &App, job: &LeasedJob) -> Result<Self, JobError> {
        let written: Written = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
        Ok(Self {
            by: SlackUserId::new(written.by),
            verdict: match written.verdict {
                Choice::Approve => Verdict::Approve,
                Choice::Deny => Verdict::Deny,
            },
            key: written.key.parse().map_err(JobError::give_up)?,
            revision: Revision::from_text(written.revision),
            clicked_at: DateTime::from_timestamp_millis(written.clicked_at)
                .ok_or_else(|| JobError::give_up("the click's time is out of range"))?,
            channel: written.channel.map(ChannelId::new),
            response_url: written.response_url.and_then(|url| app.reply_hosts.allow(&url)),
        })
    }

    fn answer(&self, refusal: &Refusal) -> Answer {
        Answer {
            to: self.by.clone(),
            channel: self.channel.clone(),
            response_url: self.response_url.clone(),
            words: messages::refusal(refusal),
        }
    }
}

/// Judges one click.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let click = Click::of(app, job)?;
    let Some(request) = app.store.request_by_key(&click.key).await? else {
        return Ok(refuse(app, job, &click, None, None, Refusal::UnknownRequest));
    };
    let now = app.clock.now();
    if now - click.clicked_at > app.config.timing.click_max_age {
        let refusal = Refusal::TooLate { clicked_at: click.clicked_at };
        return Ok(refuse(app, job, &click, Some(&request), None, refusal));
    }
    let act = match click.verdict {
        Verdict::Approve => Act::Approve,
        Verdict::Deny => Act::Deny,
    };
    let asker = app.judge(&click.by, act, &request).await;
    match decide(app, &click, &request, &asker, now).await {
        Ok(change) => Ok(change),
        Err(refusal) => Ok(refuse(app, job, &click, Some(&request), Some(&asker), refusal)),
    }
}

/// The change that counts the vote, or why it does not count.
async fn decide(
    app: &App,
    click: &Click,
    request: &TokenRequest,
    asker: &Asker,
    now: DateTime<Utc>,
) -> Result<Change, Refusal> {
    if let Some(refusal) = &asker.judgement.refusal {
        return Err(refusal.clone());
    }
    let Identity::Linked(person) = &asker.identity else { return Err(Refusal::UnknownAccount) };
    let vote = Vote {
        slack: person.slack.clone(),
        github: person.github,
        login: person.login.clone(),
        verdict: click.verdict,
        at: now,
    };
    let votes = request.votes_for(&click.revision)?;
    let (enough, settling) = app.are_enough(request, votes, &vote).await?;
    let step = request.clone().vote(vote, &click.revision, enough)?;
    let entries = app.record().voted(&step.request, asker, &settling);
    Ok(Change { entries, ..app.change_for(step) })
}

/// The change that records a refusal and tells it to the clicker alone. Somebody who clicked outdated content gets
/// to see what is true now.
fn refuse(
    app: &App,
    job: &LeasedJob,
    click: &Click,
    request: Option<&TokenRequest>,
    asker: Option<&Asker>,
    refusal: Refusal,
) -> Change {
    let now = app.clock.now();
    metrics::counter!("countersign_refusals_total", "reason" => refusal.name()).increment(1);
    let mut jobs = Vec::new();
    if matches!(refusal, Refusal::ContentChanged) {
        jobs.push(Kind::Card.on(&click.key, String::new(), now));
    }
    let entries = vec![app.record().refused(&click.by, request, asker, &refusal)];
    jobs.push(click.answer(&refusal).job(&job.subject, now));
    Change { entries, jobs, ..Change::default() }
}

impl App {
    /// Whether the votes so far and this one settle the request. Votes of people who lost the right since do not
    /// count; while one can't be judged, nothing is counted.
    async fn are_enough(
        &self,
        request: &TokenRequest,
        votes: &[Vote],
        vote: &Vote,
    ) -> Result<(Enough, crate::policy::Judgement), Refusal> {
        let mut approvals = vec![vote.clone()];
        for other in
            votes.iter().filter(|other| other.verdict == Verdict::Approve && !other.is_by_voter_of(vote))
        {
            let asker = self.judge(&other.slack, Act::Approve, request).await;
            match asker.judgement.refusal {
                None => approvals.push(other.clone()),
                Some(refusal) if refusal.is_uncertain() => {
                    let cause = format!("whether {}'s vote still counts is not known", other.login);
                    return Err(Refusal::CannotTell { cause });
                }
                Some(_) => {}
            }
        }
        let settling = self.settle(request, &approvals);
        Ok((if settling.allowed { Enough::Yes } else { Enough::NotYet }, settling))
    }
}
