//! Passes on which scopes the Slack app lacks, and that it has them again: each job, when it ends, what its calls learnt.

use super::{Kind, Notice};
use crate::app::App;
use crate::slack::{Ability, ScopeNews};
use crate::store::{Change, StoreError};

/// Passes on what has changed. What can't be stored now is passed on after a later job.
pub(super) async fn tell(app: &App) {
    for news in app.slack.scope_news() {
        match pass_on(app, &news).await {
            Ok(()) => app.slack.scope_news_told(&news),
            Err(error) => {
                return tracing::warn!(%error, "what Slack says of the app's scopes could not be passed on");
            }
        }
    }
}

async fn pass_on(app: &App, news: &ScopeNews) -> Result<(), StoreError> {
    let notice = match news {
        // Whoever reads the groups tells of each group what hangs on it.
        ScopeNews::Lacks(lack) if lack.ability == Ability::KnowGroups => return Ok(()),
        ScopeNews::Lacks(lack) => {
            tracing::error!(cause = %lack.needs(), "the Slack app lacks a scope");
            Notice::ScopeMissing(lack.clone())
        }
        ScopeNews::Works { ability, channel } => {
            let works = Notice::ScopeWorks { ability: *ability, channel: channel.clone() };
            // Mostly it always did.
            if !is_known(app, &works).await? {
                return Ok(());
            }
            works
        }
    };
    let jobs = vec![notice.job(app.clock.now())];
    app.store.commit(Change { jobs, ..Change::default() }).await.map(drop)
}

/// Whether the operators know that it did not work, or are about to be told.
async fn is_known(app: &App, works: &Notice) -> Result<bool, StoreError> {
    let subject = works.subject();
    let was_told = app.store.lasting(&subject).await?.is_some();
    Ok(was_told || app.store.is_asked_for(Kind::Notify.name(), &subject).await?)
}
