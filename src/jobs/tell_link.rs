//! Tells somebody that their accounts were linked, so that they hear of it who did not do it.

use serde::{Deserialize, Serialize};

use chrono::{DateTime, Utc};

use super::post::post;
use super::{Done, Kind, Notice, payload_of};
use crate::app::App;
use crate::ids::{GitHubUserId, Login, SlackUserId};
use crate::slack::{Trouble, messages};
use crate::store::{Change, LeasedJob, Link, NewJob};

/// News of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkNews {
    to: SlackUserId,
    account: GitHubUserId,
    login: Login,
}

/// The news as it waits to be told.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    account: u64,
    login: String,
}

impl LinkNews {
    pub fn of(link: &Link) -> Self {
        Self { to: link.slack.clone(), account: link.github, login: link.login.clone() }
    }

    /// The job that tells it.
    pub fn job(&self, now: DateTime<Utc>) -> NewJob {
        let written = Written { account: self.account.0, login: self.login.to_string() };
        Kind::TellLink.on(&self.to, serde_json::to_string(&written).expect("it always serialises"), now)
    }
}

/// By direct message. After a lost answer it is sent again: better told twice than not at all.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let written: Written = payload_of(job)?;
    let (to, login) = (SlackUserId::new(&job.subject), Login::new(&written.login));
    let message = messages::linked(&login, GitHubUserId(written.account), crate::identity::WAIT);
    let told = match app.slack.open_dm(&to).await {
        Ok(dm) => post(app, job, &dm, &message).await?.map(drop),
        Err(trouble) => Err(trouble),
    };
    match told {
        Ok(()) => {
            // Their home may say that they are not linked.
            let jobs = app.home_of(&to).await?.into_iter().collect();
            Ok(Change { is_over: Notice::reached(&login), jobs, ..Change::default() })
        }
        Err(Trouble::BadTarget { error }) => {
            let jobs = vec![Notice::Unreachable { login, cause: error }.job(app.clock.now())];
            Ok(Change { jobs, ..Change::default() })
        }
        Err(trouble) => Err(trouble.into()),
    }
}
