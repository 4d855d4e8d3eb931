//! Takes the rules anew when their files change, or when somebody asks for it.

use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::Seen;

/// How often the files are looked at. They are few and small, and a look needs nothing of the operating system that
/// differs from one to the other, as being told of changes would.
const EVERY: TimeDelta = TimeDelta::seconds(3);

/// Looks until it is stopped.
pub struct Reloader {
    pub app: App,
    /// Tells that somebody asked.
    pub asked: Arc<Notify>,
}

impl Reloader {
    pub async fn run(self, stop: CancellationToken) {
        let mut changed: Option<Seen> = None;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.asked.notified() => {
                    changed = None;
                    self.reload().await;
                }
                () = self.app.clock.sleep_until(self.app.clock.now() + EVERY) => {
                    let unread = self.app.unread().await;
                    // Taken when it has stood for a moment: whoever saves several files, or a long one, should not be told
                    // about half of it.
                    if unread.is_some() && unread == changed {
                        changed = None;
                        self.reload().await;
                    } else {
                        changed = unread;
                    }
                }
            }
        }
    }

    async fn reload(&self) {
        if let Err(error) = self.app.reload().await {
            tracing::error!(%error, "the rules could not be taken anew; it is tried again");
        }
    }
}
