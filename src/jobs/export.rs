//! Somebody wants active tokens as a file: it is judged what they may have, made, and sent to them directly.
//!
//! Only Slack's last step makes a file appear. What fails before is done again from the beginning. Where that step has no
//! clear answer it is done once more, and not again: there may be a second file, but no third one.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::judge::slack_is_known;
use super::wisher::WrittenWisher;
use super::{Done, JobError, Kind, Wisher, payload_of, post};
use crate::app::table::Columns;
use crate::app::{App, ExportError, Exportable, Exported};
use crate::audit::Entry;
use crate::slack::{Trouble, exports};
use crate::store::{Change, Counted, LeasedJob, NewJob, StoreError};
use crate::token::Filter;

/// After this time nobody waits any longer, and a file would come as a surprise.
const LASTS: TimeDelta = TimeDelta::days(1);

/// Whether the file has arrived is not known: it is sent once more after this time.
const ONCE_MORE: TimeDelta = TimeDelta::seconds(30);

/// What somebody wants to take away; whether they may is still to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportWish {
    pub wisher: Wisher,
    pub filter: Filter,
    pub columns: Columns,
}

/// The wish as it waits.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    by: String,
    filter: String,
    columns: String,
    channel: Option<String>,
    response_url: Option<String>,
    /// When it was asked for, in milliseconds since 1970, where its file may have been sent once without an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent_since: Option<i64>,
}

impl ExportWish {
    /// The job that fulfils it; `id` tells it from every other.
    pub fn job(&self, id: &str, now: DateTime<Utc>) -> NewJob {
        self.job_after(id, None, now)
    }

    fn job_after(&self, id: &str, sent_since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> NewJob {
        let WrittenWisher { by, channel, response_url } = self.wisher.written();
        let written = Written {
            by,
            filter: self.filter.to_string(),
            columns: self.columns.name().to_owned(),
            channel,
            response_url,
            sent_since: sent_since.map(|at| at.timestamp_millis()),
        };
        Kind::Export.on(id, serde_json::to_string(&written).expect("text always serialises"), now)
    }

    /// With when it was asked for, if its file may have been sent before.
    fn of(app: &App, job: &LeasedJob) -> Result<(Self, Option<DateTime<Utc>>), JobError> {
        let written: Written = payload_of(job)?;
        let wisher =
            WrittenWisher { by: written.by, channel: written.channel, response_url: written.response_url };
        let unreadable = || JobError::unreadable("what this asks for");
        let moment = |millis| DateTime::from_timestamp_millis(millis).ok_or_else(unreadable);
        let sent_since = written.sent_since.map(moment).transpose()?;
        let wish = Self {
            wisher: Wisher::read(&app.reply_hosts, wisher),
            filter: written.filter.parse().map_err(|_| unreadable())?,
            columns: Columns::parse(&written.columns).ok_or_else(unreadable)?,
        };
        Ok((wish, sent_since))
    }

    /// The record of a file that was not sent.
    fn not_sent(&self, app: &App, job: &LeasedJob, allowed: &Exportable) -> Vec<Entry> {
        app.exported(allowed, &self.filter, self.columns, (&job.subject, None))
    }

    fn answer(&self, job: &LeasedJob, words: String, now: DateTime<Utc>) -> NewJob {
        self.wisher.answer(words).job(&format!("export {}", job.subject), now)
    }
}

/// Judges one wish, makes the file and sends it.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let (wish, sent_since) = ExportWish::of(app, job)?;
    let asked_at = sent_since.unwrap_or(job.created_at);
    let told =
        |words: String| Change { jobs: vec![wish.answer(job, words, app.clock.now())], ..Change::default() };
    if app.clock.now() - asked_at > LASTS {
        return Ok(match sent_since {
            Some(_) => told(exports::may_be_there(&app.config.slack.command)),
            None => {
                let allowed = app.exportable(&wish.wisher.by, &wish.filter).await?;
                let words = exports::given_up(&app.config.slack.command);
                Change { entries: wish.not_sent(app, job, &allowed), ..told(words) }
            }
        });
    }
    slack_is_known(app).await?;
    let allowed = app.exportable(&wish.wisher.by, &wish.filter).await?;
    if allowed.is_of_nothing() {
        let words = exports::nothing_known(allowed.suspended());
        let counts = allowed.counts();
        return Ok(Change { entries: wish.not_sent(app, job, &allowed), counts, ..told(words) });
    }
    let file = match app.export_file(&allowed, &wish.filter, wish.columns).await {
        Err(ExportError::Store(error)) => return Err(error.into()),
        Err(error @ ExportError::Unopened(_)) => return Err(JobError::retry(error)),
        Err(error @ ExportError::TooLarge) => {
            let words = exports::too_large(&error.to_string());
            return Ok(Change { entries: wish.not_sent(app, job, &allowed), ..told(words) });
        }
        Ok(file) => file,
    };
    let sending = Sending { app, job, wish: &wish, allowed: &allowed, file: &file };
    let why_none = match allowed.refusal() {
        Some(refusal) => Some(allowed.suspended().beside(&exports::refused(&refusal))),
        None => (file.count() == 0).then(|| exports::nothing_fits(&allowed.told(wish.columns, 0))),
    };
    if let Some(words) = why_none {
        return Ok(Change { entries: sending.entries(), counts: allowed.counts(), ..told(words) });
    }
    match sending.run().await {
        Ok(()) => Ok(Change::default()),
        Err(Stop::Job(error)) => Err(error),
        Err(Stop::MayBeThere(trouble)) if sent_since.is_some() => {
            tracing::warn!(%trouble, "nobody knows whether an export has arrived");
            Ok(told(exports::may_be_there(&app.config.slack.command)))
        }
        Err(Stop::MayBeThere(trouble)) => {
            tracing::warn!(%trouble, "an export may have arrived and is sent once more");
            let again = wish.job_after(&job.subject, Some(asked_at), app.clock.now() + ONCE_MORE);
            Ok(Change { jobs: vec![again], ..Change::default() })
        }
        Err(Stop::Lost(now)) => {
            let refusal = now.loss(&file);
            let words = match &refusal {
                Some(refusal) => now.suspended().beside(&exports::refused(refusal)),
                None => exports::nothing_known(now.suspended()),
            };
            let counts = refusal.iter().map(Counted::refused).collect();
            Ok(Change { entries: wish.not_sent(app, job, &now), counts, ..told(words) })
        }
        Err(Stop::Slack { trouble, .. }) if is_final(&trouble) && sent_since.is_some() => {
            tracing::warn!(%trouble, "an export could not be sent once more");
            Ok(told(exports::may_be_there(&app.config.slack.command)))
        }
        Err(Stop::Slack { trouble, is_on_record }) if is_final(&trouble) => {
            tracing::warn!(%trouble, "an export could not be sent");
            let entries = if is_on_record { Vec::new() } else { wish.not_sent(app, job, &allowed) };
            Ok(Change { entries, ..told(exports::not_sent(&trouble)) })
        }
        Err(Stop::Slack { trouble, .. }) => {
            // Said once: the rest is a matter of time.
            if job.attempts == 0 && sent_since.is_none() {
                app.commit_for(job, told(exports::delayed(&trouble))).await?;
            }
            Err(trouble.into())
        }
    }
}

/// Whether Slack would say the same again. A token that is not accepted is mended sooner than somebody asks again.
fn is_final(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::BadTarget { .. }
        | Trouble::MissingScope { .. }
        | Trouble::Refused { .. }
        | Trouble::TriggerExpired { .. }
        | Trouble::MessageGone
        | Trouble::NotEditable { .. } => true,
        Trouble::RateLimited { .. }
        | Trouble::Resting { .. }
        | Trouble::Unavailable { .. }
        | Trouble::BadCredentials { .. } => false,
    }
}

/// Why a file is not sent now.
enum Stop {
    Job(JobError),
    /// What was to be sent may be on record by then.
    Slack {
        trouble: Trouble,
        is_on_record: bool,
    },
    /// While it was on its way the right to something in it was lost.
    Lost(Box<Exportable>),
    /// Slack was asked to share it, and nobody knows whether it did.
    MayBeThere(Trouble),
}

impl From<JobError> for Stop {
    fn from(error: JobError) -> Self {
        Self::Job(error)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Job(error.into())
    }
}

impl Stop {
    /// Slack did not do its part before anything was on record.
    fn before(trouble: Trouble) -> Self {
        Self::Slack { trouble, is_on_record: false }
    }

    fn after(trouble: Trouble) -> Self {
        Self::Slack { trouble, is_on_record: true }
    }
}

/// One try to send a file.
struct Sending<'a> {
    app: &'a App,
    job: &'a LeasedJob,
    wish: &'a ExportWish,
    allowed: &'a Exportable,
    file: &'a Exported,
}

impl Sending<'_> {
    async fn run(&self) -> Result<(), Stop> {
        let slack = &self.app.slack;
        let dm = slack.open_dm(&self.wish.wisher.by).await.map_err(Stop::before)?;
        post::turn(self.app, self.job, &dm)?;
        let name = self.name();
        let bytes = self.file.text.as_bytes();
        let place = slack.upload_place(&name, bytes.len()).await.map_err(Stop::before)?;
        // Nothing has left us but the file's name and size.
        self.app.commit_for(self.job, Change { entries: self.entries(), ..Change::default() }).await?;
        slack.upload(&place, bytes).await.map_err(Stop::after)?;
        // A large file takes its time, and nobody has seen it yet.
        let now = self.app.exportable(&self.wish.wisher.by, &self.wish.filter).await?;
        if !now.still_allows(self.file) {
            return Err(Stop::Lost(Box::new(now)));
        }
        let beside = exports::beside(&self.allowed.told(self.wish.columns, self.file.count()));
        match slack.share_file(&place, &dm, &name, &beside).await {
            Err(trouble) if trouble.is_ambiguous() => Err(Stop::MayBeThere(trouble)),
            other => other.map_err(Stop::after),
        }
    }

    /// `tokens-2026-11-23.csv`.
    fn name(&self) -> String {
        let what = match self.wish.columns {
            Columns::Inventory => "tokens",
            Columns::Review => "access-review",
        };
        format!("{what}-{}.csv", self.app.clock.now().format("%Y-%m-%d"))
    }

    fn entries(&self) -> Vec<Entry> {
        let about = (self.job.subject.as_str(), Some(&self.file.rows));
        self.app.exported(self.allowed, &self.wish.filter, self.wish.columns, about)
    }
}
