//! A manager freezes everything by a command, or lifts that.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::judge::slack_is_known;
use super::wisher::WrittenWisher;
use super::{Done, JobError, Kind, Wisher, payload_of};
use crate::app::App;
use crate::request::{Braking, Freezer, Frozen, Refusal, Why};
use crate::slack::messages;
use crate::store::{Change, Counted, LeasedJob, NewJob};

/// What somebody wants of the brake, whose right is still to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreezeWish {
    pub wisher: Wisher,
    /// Why everything is to be frozen; nothing: it is to be lifted.
    pub why: Option<Why>,
    pub asked_at: DateTime<Utc>,
}

/// The wish as it waits to be judged.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    by: String,
    why: Option<String>,
    asked_at: i64,
    channel: Option<String>,
    response_url: Option<String>,
}

impl FreezeWish {
    /// The job that judges it; `id` tells it from every other.
    pub fn job(&self, id: &str, now: DateTime<Utc>) -> NewJob {
        let WrittenWisher { by, channel, response_url } = self.wisher.written();
        let why = self.why.as_ref().map(ToString::to_string);
        let asked_at = self.asked_at.timestamp_millis();
        let written = Written { by, why, asked_at, channel, response_url };
        Kind::Freeze.on(id, serde_json::to_string(&written).expect("text and numbers always serialise"), now)
    }

    fn of(app: &App, job: &LeasedJob) -> Result<Self, JobError> {
        let written: Written = payload_of(job)?;
        let wisher =
            WrittenWisher { by: written.by, channel: written.channel, response_url: written.response_url };
        let unreadable = || JobError::unreadable("what this asks for");
        Ok(Self {
            wisher: Wisher::read(&app.reply_hosts, wisher),
            why: written.why.map(|why| Why::new(&why)).transpose().map_err(|_| unreadable())?,
            asked_at: DateTime::from_timestamp_millis(written.asked_at).ok_or_else(unreadable)?,
        })
    }

    fn answer(&self, job: &LeasedJob, words: String, now: DateTime<Utc>) -> NewJob {
        self.wisher.answer(words).job(&format!("freeze {}", job.subject), now)
    }
}

/// Judges one wish and does what it asks for.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let wish = FreezeWish::of(app, job)?;
    slack_is_known(app).await?;
    let now = app.clock.now();
    let rules = app.rules();
    let identity = app.identity_on_record(&rules, &wish.wisher.by).await;
    let refused = match app.may_brake(&rules, &wish.wisher.by).await {
        Err(refusal) => Some(refusal),
        // Another freeze, for another reason, may have come since.
        Ok(()) if wish.why.is_none() && now - wish.asked_at > app.config.timing.click_max_age => {
            Some(Refusal::TooLate { clicked_at: wish.asked_at })
        }
        Ok(()) => None,
    };
    if let Some(refusal) = refused {
        let result = format!("refused: {}", refusal.name());
        let entries = vec![app.record().braked_by(&wish.wisher.by, &identity, wish.why.as_ref(), &result)];
        let jobs = vec![wish.answer(job, messages::brake_refused(&refusal), now)];
        let counts = vec![Counted::refused(&refusal)];
        return Ok(Change { entries, jobs, counts, ..Change::default() });
    }
    let known = app.store.brake().await?;
    let (braking, result, words) = match (&wish.why, known.frozen.zip(known.wanted_at)) {
        (Some(_), Some((frozen, _))) => {
            let insisting = Braking::Insist { asked_at: wish.asked_at };
            (Some(insisting), "is so already", messages::frozen_already(&frozen))
        }
        (None, None) => (None, "is so already", messages::NOT_FROZEN.to_owned()),
        // Wishes are judged side by side: this one may be the older.
        (None, Some((frozen, wanted_at))) if wanted_at > wish.asked_at => {
            (None, "frozen anew since", messages::frozen_since(&frozen))
        }
        (Some(why), None) => {
            let by = Freezer::Person {
                slack: wish.wisher.by.clone(),
                login: rules.book.login_of(&wish.wisher.by).cloned(),
            };
            let frozen = Frozen { by, since: now, why: why.clone() };
            let freezing = Braking::Freeze { frozen, asked_at: wish.asked_at };
            (Some(freezing), "done", messages::FROZEN_NOW.to_owned())
        }
        (None, Some((_, wanted_at))) => {
            (Some(Braking::Lift { at: now, wanted_at }), "done", messages::LIFTED_NOW.to_owned())
        }
    };
    let entries = vec![app.record().braked_by(&wish.wisher.by, &identity, wish.why.as_ref(), result)];
    let mut jobs = vec![wish.answer(job, words, now)];
    jobs.extend(braking.is_some().then(|| NewJob::redraw(now)));
    Ok(Change { entries, jobs, braking, ..Change::default() })
}
