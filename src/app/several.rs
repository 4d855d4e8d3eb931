//! Deciding several requests at once, in two steps: they are chosen in a modal, and what each comes to is read in the next.
//!
//! Nothing is decided here. What is sent in the end is stored, and each request is judged like a click on its card.

use super::submissions::{Reply, reason, shown};
use super::{App, Asker};
use crate::ids::Login;
use crate::jobs::{Click, Wish};
use crate::policy::Progress;
use crate::request::{Past, Refusal, TokenRequest, Verdict};
use crate::slack::views::{self, Candidate};
use crate::slack::{
    AT_ONCE, Approvals, ButtonClick, FIRST_REQUESTS, Form, Several, Submission, Tick, VERDICT, View, messages,
};
use crate::store::{Change, StoreError};

/// A request with what is shown of it.
struct Chosen {
    request: TokenRequest,
    past: Past,
    progress: Progress,
    /// Who may decide it; `None` when no route covers it.
    approvers: Option<Vec<String>>,
}

impl Chosen {
    fn candidate(&self) -> Candidate<'_> {
        let approvers = self.approvers.as_deref();
        let approvals = approvers.map(|approvers| Approvals { progress: &self.progress, approvers });
        Candidate { request: &self.request, past: &self.past, approvals }
    }

    fn tick(&self) -> Tick {
        Tick { key: self.request.key.clone(), revision: self.request.revision() }
    }
}

impl App {
    /// Opens the first step for whoever clicked. Gives the click's kind, for the metrics.
    pub(super) fn open_several(&self, click: &ButtonClick) -> &'static str {
        let (app, click) = (self.clone(), click.clone());
        tokio::spawn(async move {
            let several = Several { channel: click.channel.clone(), chosen: None };
            let checking = views::checking(Form::DecideSeveral, &several);
            let opening = match &click.trigger_id {
                Some(trigger) => app.slack.views_open(trigger, &checking).await.ok(),
                None => None,
            };
            let Some(at) = opening else { return app.tell_lost(&click, None, messages::NOT_OPENED).await };
            let view = app.candidates_for(&click, &several).await.unwrap_or_else(|error| {
                tracing::error!(%error, "a modal could not be filled");
                views::words(Form::DecideSeveral, messages::TRY_AGAIN, &several)
            });
            app.fill_with(&at, &click, several.channel.as_ref(), &view).await;
        });
        "decide_several"
    }

    /// What this person may decide, the oldest first, as much of it as is decided at once.
    async fn candidates_for(&self, click: &ButtonClick, several: &Several) -> Result<View, StoreError> {
        let rules = self.rules();
        let organization: Option<&Login> = click.organization.as_ref();
        let waiting = self.waiting_for(&rules, &click.user, organization).await?;
        let mut decidable: Vec<_> = waiting
            .requests
            .into_iter()
            .filter_map(|one| one.decides.map(|judgement| (one.request, judgement)))
            .collect();
        let all = decidable.len();
        decidable.truncate(AT_ONCE);
        let mut entries = Vec::new();
        let mut chosen = Vec::new();
        for (request, judgement) in decidable {
            if let Some(who) = waiting.known.get(&request.organization) {
                let asker = Asker::new(who.clone(), judgement);
                entries.push(self.record().form_opened(&request, &asker, Form::DecideSeveral.callback_id()));
            }
            chosen.push(self.chosen(request).await);
        }
        self.store_alone(Change { entries, ..Change::default() }).await?;
        if chosen.is_empty() {
            return Ok(views::words(Form::DecideSeveral, messages::NOTHING_TO_DECIDE, several));
        }
        let frozen = self.store.brake().await?.frozen;
        let candidates: Vec<_> = chosen.iter().map(Chosen::candidate).collect();
        Ok(views::decide_several(&candidates, all, frozen.as_ref(), several))
    }

    async fn chosen(&self, request: TokenRequest) -> Chosen {
        let rules = self.rules();
        let past = self.past_of(&request).await;
        let progress = rules.progress(&request);
        let route = rules.book.routing.route_for(&request.facts);
        let approvers = route.map(|route| route.approvers.clone());
        Chosen { request, past, progress, approvers }
    }

    /// The first step was sent: shows what was chosen, as far as it is still what was ticked. Nobody's rights are asked
    /// about: a revision is known to who was shown the content, and nothing beyond that content is shown here.
    pub(super) async fn several_ticked(
        &self,
        submission: &Submission,
    ) -> Result<(&'static str, Reply), StoreError> {
        const KIND: &str = "several_ticked";
        let Some(Several { channel, .. }) = submission.modal.several.clone() else {
            return Ok(("unknown", self.turn_away_submission(submission, Refusal::UnknownRequest).await?));
        };
        let mend = |field, words: &str| Ok(("incomplete", Reply::Mend { field, words: words.to_owned() }));
        let Some(verdict) = submission.verdict else { return mend(VERDICT, messages::SAY_WHAT) };
        match submission.ticks.len() {
            0 => return mend(FIRST_REQUESTS, messages::TICK_ONE),
            many if many > AT_ONCE => return mend(FIRST_REQUESTS, &messages::tick_fewer(AT_ONCE)),
            _ => {}
        }
        if verdict == Verdict::Approve
            && let Some(frozen) = self.store.brake().await?.frozen
        {
            return mend(VERDICT, &messages::refusal(&Refusal::Frozen(Box::new(frozen))));
        }
        let (mut chosen, mut left_out) = (Vec::new(), Vec::new());
        for Tick { key, revision } in &submission.ticks {
            let standing = match self.store.request_by_key(key).await? {
                Some(request) => request.as_shown_at(revision),
                None => Err(Refusal::UnknownRequest),
            };
            match standing {
                Ok(request) => chosen.push(self.chosen(request).await),
                Err(refusal) => left_out.push(messages::left_out(key, &refusal)),
            }
        }
        if chosen.is_empty() {
            return Ok((KIND, shown(messages::NOTHING_LEFT)));
        }
        let ticks = chosen.iter().map(Chosen::tick).collect();
        let several = Several { channel, chosen: Some((verdict, ticks)) };
        let candidates: Vec<_> = chosen.iter().map(Chosen::candidate).collect();
        let view = views::confirm_several(verdict, &candidates, &left_out, &several);
        Ok((KIND, Reply::Next(Box::new(view))))
    }

    /// The second step was sent; when this returns, all that it asks for is on disk.
    pub(super) async fn several_confirmed(
        &self,
        submission: &Submission,
    ) -> Result<(&'static str, Reply), StoreError> {
        let several = submission.modal.several.clone();
        let Some(Several { channel, chosen: Some((verdict, ticks)) }) = several else {
            return Ok(("unknown", self.turn_away_submission(submission, Refusal::UnknownRequest).await?));
        };
        let reason = match reason(submission) {
            Ok(reason) => reason,
            Err(mend) => return Ok(("incomplete", mend)),
        };
        let (kind, wish) = match verdict {
            Verdict::Approve => ("several_approved", Wish::Approve(reason)),
            Verdict::Deny => ("several_denied", Wish::Deny(reason)),
        };
        let now = self.clock.now();
        let jobs = Click::on_several(submission.user.clone(), wish, ticks, (now, channel))
            .map(|click| click.job(&submission.id(), now));
        self.store_alone(Change { jobs: jobs.into_iter().collect(), ..Change::default() }).await?;
        Ok((kind, Reply::CloseAll))
    }
}
