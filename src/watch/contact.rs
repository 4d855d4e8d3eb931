//! First contact with Slack: which workspace or organization we serve, pinned for good.

use chrono::TimeDelta;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::slack::{Authenticated, SlackInstallation};
use crate::store::{Change, Committed, PinnedSlack, StoreError};

/// How long to wait before Slack is asked again.
const AGAIN: TimeDelta = TimeDelta::seconds(5);

/// Finds out which Slack installation the token belongs to.
pub struct Contact {
    pub app: App,
}

/// Why the installation is not known.
#[derive(Debug, thiserror::Error)]
enum ContactError {
    #[error(transparent)]
    Slack(#[from] crate::slack::Trouble),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "the bot token belongs to another Slack workspace or app than this database; use a database of its own"
    )]
    Foreign,
    #[error("what another replica pinned is gone")]
    Moved,
}

impl Contact {
    /// Asks until Slack has answered; clicks are turned away until then.
    pub async fn run(self, workspace: watch::Sender<Option<SlackInstallation>>, stop: CancellationToken) {
        loop {
            match self.establish().await {
                Ok(installation) => {
                    workspace.send_replace(Some(installation));
                    return;
                }
                Err(error) => tracing::error!(%error, "the Slack installation is not known yet"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.app.clock.sleep_until(self.app.clock.now() + AGAIN) => {}
            }
        }
    }

    /// The pinned installation, compared with what the token says now.
    async fn establish(&self) -> Result<SlackInstallation, ContactError> {
        let told = self.app.slack.auth_test().await?;
        let pinned = match self.app.store.slack_installation().await? {
            Some(pinned) => pinned,
            None => self.pin(&told).await?,
        };
        let is_same = pinned.app == self.app.config.slack.app_id
            && pinned.team == told.team
            && pinned.enterprise == told.enterprise
            && pinned.is_enterprise_install == told.is_enterprise_install;
        if !is_same {
            return Err(ContactError::Foreign);
        }
        Ok(SlackInstallation {
            app: pinned.app,
            team: pinned.team,
            enterprise: pinned.enterprise,
            is_enterprise_install: pinned.is_enterprise_install,
        })
    }

    async fn pin(&self, told: &Authenticated) -> Result<PinnedSlack, ContactError> {
        let pinned = PinnedSlack {
            app: self.app.config.slack.app_id.clone(),
            team: told.team.clone(),
            enterprise: told.enterprise.clone(),
            is_enterprise_install: told.is_enterprise_install,
            pinned_at: self.app.clock.now(),
        };
        let entries = vec![self.app.record().slack_pinned(&pinned)];
        let change = Change { entries, slack_installation: Some(pinned.clone()), ..Change::default() };
        match self.app.store.commit(change).await? {
            Committed::Yes => Ok(pinned),
            // Another replica was faster: what it pinned counts, for both.
            Committed::LostRace
            | Committed::LostLease
            | Committed::Frozen
            | Committed::UsedUp
            | Committed::NotYet(_) => self.app.store.slack_installation().await?.ok_or(ContactError::Moved),
        }
    }
}
