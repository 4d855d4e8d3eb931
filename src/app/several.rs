//! Deciding several requests at once, in two steps: they are chosen in a modal, and what each comes to is read in the next.
//!
//! Nothing is decided here. What is sent in the end is stored, and each request is judged like a click on its card.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::modals::Asking;
use super::submissions::{Reply, reason, shown};
use super::{App, Asker, Rules};
use crate::ids::{Login, OrganizationId, SlackUserId};
use crate::jobs::{Click, Wish, for_effects};
use crate::policy::{Progress, Who};
use crate::request::{Key, Past, Refusal, TokenRequest, Verdict};
use crate::slack::views::{self, Candidate};
use crate::slack::{
    AT_ONCE, Approvals, ButtonClick, FIRST_REQUESTS, Form, Several, Submission, Tick, VERDICT, View, messages,
};
use crate::store::{Change, StoreError};

/// Slack waits three seconds for what comes next (docs.slack.dev, handling view submissions).
const LOOKED_UP_WITHIN: TimeDelta = TimeDelta::milliseconds(1_500);

/// A request with what is shown of it.
struct Chosen {
    request: TokenRequest,
    past: Past,
    progress: Progress,
    /// Who may decide it; `None` when no route covers it.
    approvers: Option<Vec<String>>,
    /// Who answers for the requester, which is a machine account then.
    owner: Option<Login>,
}

impl Chosen {
    fn candidate(&self) -> Candidate<'_> {
        let approvers = self.approvers.as_deref();
        let approvals = approvers.map(|approvers| Approvals { progress: &self.progress, approvers });
        let answers_for_it = self.owner.as_ref();
        Candidate { request: &self.request, past: &self.past, approvals, answers_for_it }
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
            let Some(at) = app.opening(&Asking::from(&click), &checking).await else { return };
            let view = app.candidates_for(&click, &several).await.unwrap_or_else(|error| {
                tracing::error!(%error, "a modal could not be filled");
                views::words(Form::DecideSeveral, messages::TRY_AGAIN, &several)
            });
            app.fill_with(&at, &Asking::from(&click), several.channel.as_ref(), &view).await;
        });
        "decide_several"
    }

    /// What this person may decide, the oldest first and what they have voted on last, as much of it as is decided at once.
    /// What GitHub's list has still to tell of others is asked for.
    async fn candidates_for(&self, click: &ButtonClick, several: &Several) -> Result<View, StoreError> {
        let rules = self.rules();
        let organization: Option<&Login> = click.organization.as_ref();
        let waiting = self.waiting_for(&rules, &click.user, organization).await?;
        let mut decidable: Vec<_> = waiting
            .requests
            .into_iter()
            .filter_map(|one| one.decides.map(|judgement| (one.request, judgement)))
            .collect();
        let incomplete: Vec<_> =
            decidable.extract_if(.., |(request, _)| request.is_being_looked_up()).collect();
        let now = self.clock.now();
        let asked = incomplete.iter().take(AT_ONCE);
        let jobs: Vec<_> =
            asked.flat_map(|(request, _)| for_effects(request.shown_alone(), &request.key, now)).collect();
        let looked_up = incomplete.len().min(AT_ONCE);
        decidable.sort_by_key(|(request, _)| request.has_vote_of(&click.user));
        let all = decidable.len();
        decidable.truncate(AT_ONCE);
        let mut entries = Vec::new();
        let mut chosen = Vec::new();
        for (request, judgement) in decidable {
            if let Some(who) = waiting.known.get(&request.organization) {
                let asker = Asker::new(who.clone(), judgement);
                entries.push(self.record().form_opened(&request, &asker, Form::DecideSeveral.callback_id()));
            }
            chosen.push(self.chosen(&rules, request).await);
        }
        self.store_alone(Change { entries, jobs, ..Change::default() }).await?;
        if chosen.is_empty() && looked_up > 0 {
            return Ok(views::words(Form::DecideSeveral, &messages::being_looked_up(looked_up), several));
        }
        if chosen.is_empty() {
            return Ok(views::words(Form::DecideSeveral, messages::NOTHING_TO_DECIDE, several));
        }
        let frozen = self.store.brake().await?.frozen;
        let candidates: Vec<_> = chosen.iter().map(Chosen::candidate).collect();
        Ok(views::decide_several(&candidates, (all, looked_up), frozen.as_ref(), several))
    }

    async fn chosen(&self, rules: &Rules, request: TokenRequest) -> Chosen {
        let past = self.past_of(&request).await;
        let progress = rules.progress(&request);
        let route = rules.book.routing.route_for(&request.facts);
        let approvers = route.map(|route| route.approvers.clone());
        // By what is on record, like the card.
        let owner = self.owner_on_record(rules, &request.facts.requester).await.unwrap_or_default();
        Chosen { request, past, progress, approvers, owner }
    }

    /// The first step was sent: shows what was chosen, as far as it is still what was ticked, may be decided so by who
    /// ticked it, and can be told whole. Where rights can't be looked up while Slack waits, they are asked about when it is
    /// sent, as they are anyway: a revision is known to who was shown the content, and nothing beyond it is shown here.
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
        let (ticked, mut left_out) = self.still_as_ticked(&submission.ticks).await?;
        let rules = self.rules();
        let patience = self.clock.deadline(LOOKED_UP_WITHIN);
        let rights = tokio::select! {
            biased;
            refusals = self.refusals_for(&rules, (&submission.user, verdict), &ticked) => Some(refusals),
            () = patience.over() => None,
        };
        let is_unsure = rights.is_none();
        let mut refusals = rights.unwrap_or_default();
        let mut chosen = Vec::new();
        for request in ticked {
            if let Some(refusal) = refusals.remove(&request.key) {
                left_out.push(messages::left_out(&request.key, &refusal));
                continue;
            }
            let one = self.chosen(&rules, request).await;
            match verdict == Verdict::Deny || one.candidate().is_told_whole() {
                true => chosen.push(one),
                false => {
                    left_out.push(messages::left_out_because(&one.request.key, messages::TOO_MUCH_TO_READ));
                }
            }
        }
        if chosen.is_empty() {
            let lines = std::iter::once(messages::NOTHING_LEFT).chain(left_out.iter().map(String::as_str));
            return Ok((KIND, shown(&lines.collect::<Vec<_>>().join(" "))));
        }
        let ticks = chosen.iter().map(Chosen::tick).collect();
        let several = Several { channel, chosen: Some((verdict, ticks)) };
        let candidates: Vec<_> = chosen.iter().map(Chosen::candidate).collect();
        let view = views::confirm_several(verdict, &candidates, (&left_out, is_unsure), &several);
        Ok((KIND, Reply::Next(Box::new(view))))
    }

    /// Those that can still be decided as they were ticked, and what is said of the others.
    async fn still_as_ticked(&self, ticks: &[Tick]) -> Result<(Vec<TokenRequest>, Vec<String>), StoreError> {
        let (mut ticked, mut left_out) = (Vec::new(), Vec::new());
        for Tick { key, revision } in ticks {
            let standing = match self.store.request_by_key(key).await {
                Ok(Some(request)) => request.as_shown_at(revision),
                Ok(None) => Err(Refusal::UnknownRequest),
                // The others can be decided all the same.
                Err(error @ StoreError::Corrupt { .. }) => {
                    tracing::error!(%error, request = %key, "one of several requests can't be read");
                    left_out.push(messages::left_out_because(key, messages::UNREADABLE));
                    continue;
                }
                Err(error) => return Err(error),
            };
            match standing {
                Ok(request) if request.is_being_looked_up() => {
                    left_out.push(messages::left_out_because(key, messages::LOOKED_UP));
                }
                Ok(request) => ticked.push(request),
                Err(refusal) => left_out.push(messages::left_out(key, &refusal)),
            }
        }
        Ok((ticked, left_out))
    }

    /// Which of these somebody may not decide so, and why. About the person each organization is asked once.
    async fn refusals_for(
        &self,
        rules: &Rules,
        (user, verdict): (&SlackUserId, Verdict),
        requests: &[TokenRequest],
    ) -> HashMap<Key, Refusal> {
        let mut known: HashMap<OrganizationId, Who> = HashMap::new();
        let mut refusals = HashMap::new();
        for request in requests {
            let who = self.who_once(&mut known, rules, user, request).await;
            let judgement = self.judge_as(rules, who, verdict.into(), request);
            refusals.extend(judgement.refusal.map(|refusal| (request.key.clone(), refusal)));
        }
        refusals
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
