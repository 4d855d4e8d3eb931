//! A filled-in modal: checked at once for what its sender can mend in it, then stored to be judged.

use serde_json::{Value, json};

use super::App;
use crate::jobs::{Click, Wish};
use crate::request::{Comment, Refusal};
use crate::slack::{Form, Opened, Preset, SlackInstallation, Submission, View, messages};
use crate::store::{Change, Counted, StoreError};

/// What Slack does with the modal.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Closes it: what it asks for is on disk.
    Close,
    /// Keeps it, with words under one of its fields.
    Mend { field: &'static str, words: String },
    /// Shows this in its place.
    Show(Box<View>),
    /// Shows this on top of it.
    Next(Box<View>),
    /// Closes it and all that it stands on: what it asks for is on disk.
    CloseAll,
}

impl Reply {
    /// The body of the answer; Slack closes the modal on an empty one (docs.slack.dev, modals).
    pub fn body(&self) -> Option<Value> {
        match self {
            Self::Close => None,
            Self::Mend { field, words } => {
                Some(json!({ "response_action": "errors", "errors": { *field: words } }))
            }
            Self::Show(view) => Some(json!({ "response_action": "update", "view": view })),
            Self::Next(view) => Some(json!({ "response_action": "push", "view": view })),
            Self::CloseAll => Some(json!({ "response_action": "clear" })),
        }
    }
}

impl App {
    /// Takes in a submission; when this returns [`Reply::Close`], what it asks for is on disk. Gives its kind for the
    /// metrics.
    pub async fn submitted(
        &self,
        submission: Submission,
        workspace: &SlackInstallation,
    ) -> Result<(&'static str, Reply), StoreError> {
        if let Err(foreign) = submission.origin.belongs_to(workspace) {
            return Ok(("foreign", self.turn_away_submission(&submission, foreign.into()).await?));
        }
        match submission.form {
            Some(Form::DecideSeveral) => return self.several_ticked(&submission).await,
            Some(Form::ConfirmSeveral) => return self.several_confirmed(&submission).await,
            Some(Form::Revoke) => return self.revocation_sent(&submission).await,
            Some(Form::Deny | Form::Details | Form::Link) | None => {}
        }
        let Some(opened) = submission.modal.opened.clone() else {
            return Ok(("unknown", self.turn_away_submission(&submission, Refusal::UnknownRequest).await?));
        };
        let reason = match reason(&submission) {
            Ok(reason) => reason,
            Err(mend) => return Ok(("incomplete", mend)),
        };
        let (kind, wish) = match submission.form {
            Some(Form::Deny) => ("deny_submission", Wish::Deny(reason)),
            Some(Form::Details) => ("approve_submission", Wish::Approve(reason)),
            Some(Form::Link | Form::Revoke | Form::DecideSeveral | Form::ConfirmSeveral) | None => {
                let entries = vec![self.record().not_offered(&submission.user, &opened.key)];
                self.store_alone(Change { entries, ..Change::default() }).await?;
                return Ok(("not_offered", shown(&messages::button_of_another_version())));
            }
        };
        self.keep_submission(&submission, opened, wish).await?;
        Ok((kind, Reply::Close))
    }

    async fn keep_submission(
        &self,
        submission: &Submission,
        opened: Opened,
        wish: Wish,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let kept = Click {
            by: submission.user.clone(),
            wish,
            key: opened.key,
            revision: opened.revision,
            clicked_at: now,
            channel: opened.channel,
            response_url: None,
            together: None,
        };
        self.store_alone(Change { jobs: vec![kept.job(&submission.id(), now)], ..Change::default() }).await
    }

    /// Refuses a submission before anybody's rights are asked about; the modal itself tells why.
    pub(super) async fn turn_away_submission(
        &self,
        submission: &Submission,
        refusal: Refusal,
    ) -> Result<Reply, StoreError> {
        let entries = vec![self.record().refused(&submission.user, None, None, &refusal)];
        let counts = vec![Counted::refused(&refusal)];
        self.store_alone(Change { entries, counts, ..Change::default() }).await?;
        Ok(shown(&messages::refusal(&refusal)))
    }
}

pub(super) fn shown(words: &str) -> Reply {
    Reply::Show(Box::new(View::notice("Token request", words)))
}

/// What the requester is going to read: the chosen words, then the typed ones.
pub(super) fn reason(submission: &Submission) -> Result<Option<Comment>, Reply> {
    let mend = |field, words| Reply::Mend { field, words };
    let chosen = match &submission.reason_preset {
        None => "",
        Some(value) => Preset::parse(value)
            .ok_or_else(|| mend("reason_preset", messages::NO_SUCH_REASON.to_owned()))?
            .words(),
    };
    let typed = submission.reason.as_deref().unwrap_or_default().trim();
    let gap = if chosen.is_empty() || typed.is_empty() { "" } else { "\n\n" };
    Comment::new(&format!("{chosen}{gap}{typed}"))
        .map_err(|long| mend("reason", messages::too_long(long.over)))
}
