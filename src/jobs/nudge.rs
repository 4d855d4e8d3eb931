//! Whoever asked for a token wants those reminded who can decide: judged, then told under the request's card.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::judge::slack_is_known;
use super::post::post;
use super::wisher::WrittenWisher;
use super::{Done, JobError, Kind, Wisher, payload_of, place};
use crate::app::{App, is_theirs};
use crate::identity::{Identity, Person};
use crate::ids::Login;
use crate::policy::Act;
use crate::request::{Key, NotNudged, REST, Refusal, State, TokenRequest};
use crate::slack::Trouble;
use crate::slack::mine::{self, last_nudge};
use crate::store::{Change, Counted, LeasedJob, NewJob, Nudge};

/// How long a card that is not there, or can't be written under, is waited for: it may be on its way behind others.
const PATIENCE: TimeDelta = TimeDelta::minutes(30);

/// What somebody asked for, who is still to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NudgeWish {
    pub wisher: Wisher,
    pub key: Key,
    pub clicked_at: DateTime<Utc>,
}

/// The wish as it waits to be judged; and, with whoever asked for it, as it waits to be carried out.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    by: String,
    key: String,
    clicked_at: i64,
    channel: Option<String>,
    response_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    login: Option<String>,
    /// When it was granted, by which what was written down of it is found again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    granted_at: Option<i64>,
}

/// In whose name a wish is carried out, and since when those count as reminded.
struct Granted {
    by: Login,
    at: Option<DateTime<Utc>>,
}

impl NudgeWish {
    /// The job that judges it; `id` makes a repeated delivery of one click one job.
    pub fn job(&self, id: &str, now: DateTime<Utc>) -> NewJob {
        Kind::Nudge.on(format!("{} {id}", self.key), self.written(None), now)
    }

    /// The job that carries it out, in the name of who asked for it.
    fn granted(&self, by: &Person, now: DateTime<Utc>) -> NewJob {
        Kind::TellNudge.on(&self.key, self.written(Some((&by.login, now))), now)
    }

    fn written(&self, granted: Option<(&Login, DateTime<Utc>)>) -> String {
        let WrittenWisher { by, channel, response_url } = self.wisher.written();
        let written = Written {
            by,
            key: self.key.to_string(),
            clicked_at: self.clicked_at.timestamp_millis(),
            channel,
            response_url,
            login: granted.map(|(login, _)| login.to_string()),
            granted_at: granted.map(|(_, at)| at.timestamp_millis()),
        };
        serde_json::to_string(&written).expect("text and numbers always serialise")
    }

    fn of(app: &App, job: &LeasedJob) -> Result<(Self, Option<Granted>), JobError> {
        let written: Written = payload_of(job)?;
        let wisher =
            WrittenWisher { by: written.by, channel: written.channel, response_url: written.response_url };
        let unreadable = || JobError::unreadable("what this asks for");
        let wish = Self {
            wisher: Wisher::read(&app.reply_hosts, wisher),
            key: written.key.parse().map_err(|_| unreadable())?,
            clicked_at: DateTime::from_timestamp_millis(written.clicked_at).ok_or_else(unreadable)?,
        };
        let at = written.granted_at.and_then(DateTime::from_timestamp_millis);
        Ok((wish, written.login.map(|login| Granted { by: Login::new(&login), at })))
    }

    fn answer(&self, job: &LeasedJob, words: String, now: DateTime<Utc>) -> NewJob {
        self.wisher.answer(words).job(&format!("nudge {}", job.subject), now)
    }
}

/// Judges one wish. That nobody is reminded twice is decided by the commit.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let (wish, _) = NudgeWish::of(app, job)?;
    slack_is_known(app).await?;
    let now = app.clock.now();
    let Some(request) = app.store.request_by_key(&wish.key).await? else {
        let entry = app.record().nudged_nothing(&wish.wisher.by, &wish.key, &NotNudged::NotTheirs);
        return Ok(refused(app, job, &wish, entry, &NotNudged::NotTheirs));
    };
    let collection = app.store.showing(&wish.key).await?.and_then(|showing| showing.collection);
    let about: Vec<Key> = std::iter::once(wish.key.clone()).chain(collection.clone()).collect();
    let last = last_nudge(&app.store.nudged(&about).await?, &wish.key, collection.as_ref());
    let (identity, judged) = judged(app, &wish, &request, last).await?;
    let entry = app.record().nudged(&request, &wish.wisher.by, &identity, judged.as_ref().err());
    match judged {
        Ok(person) => {
            let nudges = about.into_iter().map(|about| Nudge { about, at: now }).collect();
            let jobs = vec![wish.granted(&person, now)];
            Ok(Change { entries: vec![entry], jobs, nudges, ..Change::default() })
        }
        Err(why) => Ok(refused(app, job, &wish, entry, &why)),
    }
}

/// Who asks, and whether anybody is reminded because of it.
async fn judged(
    app: &App,
    wish: &NudgeWish,
    request: &TokenRequest,
    last: Option<DateTime<Utc>>,
) -> Result<(Identity, Result<Person, NotNudged>), JobError> {
    let now = app.clock.now();
    let rules = app.rules();
    if now - wish.clicked_at > app.config.timing.click_max_age {
        let identity = app.identity_on_record(&rules, &wish.wisher.by).await;
        return Ok((identity, Err(NotNudged::TooLate { clicked_at: wish.clicked_at })));
    }
    let who = app.who(&rules, &wish.wisher.by, request).await;
    let person = match &who.identity {
        Identity::Linked(person) => person.clone(),
        Identity::Unlinked => return Ok((who.identity, Err(NotNudged::Unlinked))),
        Identity::Doubtful(cause) => {
            let cause = cause.clone();
            return Ok((who.identity, Err(NotNudged::CannotTell { cause })));
        }
    };
    if !is_theirs(&who, rules.book.login_of(&wish.wisher.by), &request.facts.requester) {
        return Ok((who.identity, Err(NotNudged::NotTheirs)));
    }
    // An account says whose it is, and not that they may still see it.
    let shown = app.judge_as(&rules, &who, Act::Show, request);
    if !shown.allowed {
        return Ok((who.identity, Err(unseen(shown.refusal))));
    }
    let has_route = rules.book.routing.route_for(&request.facts).is_some();
    let frozen = app.store.brake().await?.frozen;
    let outcome = request.to_nudge(last, now).and_then(|()| match frozen {
        _ if !has_route => Err(NotNudged::NoRoute),
        Some(frozen) => Err(NotNudged::Frozen(Box::new(frozen))),
        None => Ok(person),
    });
    Ok((who.identity, outcome))
}

/// What is not theirs to see is not theirs to speak of.
fn unseen(refusal: Option<Refusal>) -> NotNudged {
    match refusal {
        Some(Refusal::CannotTell { cause } | Refusal::DoubtfulAccount { cause }) => {
            NotNudged::CannotTell { cause }
        }
        _ => NotNudged::NotTheirs,
    }
}

/// The change that records that nobody is reminded; whoever asked is told why.
fn refused(
    app: &App,
    job: &LeasedJob,
    wish: &NudgeWish,
    entry: crate::audit::Entry,
    why: &NotNudged,
) -> Change {
    let words = mine::not_nudged(why, &app.config.slack.command);
    let jobs = vec![wish.answer(job, words, app.clock.now())];
    let counts = vec![Counted::Refused { reason: why.name() }];
    Change { entries: vec![entry], jobs, counts, ..Change::default() }
}

/// Writes under the card on which people find the request, while it still waits; whoever asked hears of it then. After a lost
/// answer it is sent again: better twice than not at all.
pub(super) async fn tell(app: &App, job: &LeasedJob) -> Done {
    let (wish, granted) = NudgeWish::of(app, job)?;
    let granted = granted.ok_or_else(|| JobError::unreadable("who asks for this"))?;
    let now = app.clock.now();
    let told = |words| Change { jobs: vec![wish.answer(job, words, now)], ..Change::default() };
    let Some(request) = app.store.request_by_key(&wish.key).await? else { return Ok(Change::default()) };
    let State::Pending { .. } = &request.state else { return Ok(told(mine::nudge_is_late(&wish.key))) };
    let collection = app.store.showing(&wish.key).await?.and_then(|showing| showing.collection);
    // Nobody was reminded, so that it can be asked for again.
    let told_nobody = || async {
        Ok(Change { vain_nudges: vain(app, job).await?, ..told(mine::nudged_nobody(&wish.key)) })
    };
    let is_waited_for = now - job.created_at < PATIENCE;
    let Some(card) = app.store.card(collection.as_ref().unwrap_or(&wish.key)).await? else {
        // It is on its way, or its own job says why it is not.
        return match is_waited_for {
            true => Err(JobError::retry("the card has not been posted yet")),
            false => told_nobody().await,
        };
    };
    if place::became_shared(app, &card.channel).await {
        // The card is on its way to another channel; strangers read what stands under this one.
        return match is_waited_for {
            true => Err(JobError::retry("the card's channel is shared with another organization")),
            false => told_nobody().await,
        };
    }
    let message = mine::nudge(&request, &granted.by, collection.is_none()).in_thread(card.ts).broadcast();
    match post(app, job, &card.channel, &message).await? {
        Ok(_) => {
            let nudged = app.store.nudged(std::slice::from_ref(&wish.key)).await?;
            let again_at = nudged.get(&wish.key).copied().unwrap_or(now) + REST;
            let answer = wish.answer(job, mine::nudged(&wish.key, again_at), now);
            let home = app.home_of(&wish.wisher.by).await?;
            Ok(Change { jobs: std::iter::once(answer).chain(home).collect(), ..Change::default() })
        }
        // The card is getting a successor; this goes under that.
        Err(trouble @ (Trouble::MessageGone | Trouble::BadTarget { .. })) if is_waited_for => {
            Err(JobError::retry(trouble))
        }
        Err(Trouble::MessageGone | Trouble::BadTarget { .. }) => told_nobody().await,
        Err(trouble) => Err(trouble.into()),
    }
}

/// What counts as reminded because of a wish, which reached nobody after all. Whatever was asked for since stays.
pub(super) async fn vain(app: &App, job: &LeasedJob) -> Result<Vec<Nudge>, JobError> {
    let (wish, granted) = NudgeWish::of(app, job)?;
    let Some(at) = granted.and_then(|granted| granted.at) else { return Ok(vec![]) };
    let collection = app.store.showing(&wish.key).await?.and_then(|showing| showing.collection);
    Ok(std::iter::once(wish.key).chain(collection).map(|about| Nudge { about, at }).collect())
}
