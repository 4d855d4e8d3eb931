//! A click or submission that asks for a change: who is it, may they, and does it still apply?

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::click::Told;
use super::{Answer, Click, Done, JobError, Kind, Notice, Wish, collecting, unfold};
use crate::app::{App, Asker, Doubt, Rules, Weighed};
use crate::identity::{Identity, Machines};
use crate::policy::{Act, Judgement};
use crate::request::{
    Brake, By, Comment, Decider, Enough, Note, Outcome, Refusal, State, Theirs, TokenRequest, Verdict, Vote,
};
use crate::slack::{Approvals, messages};
use crate::store::{Change, Counted, LeasedJob, Showing, StoreError};

/// Judges one click.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let click = Click::of(app, job)?;
    if let Some(collection) = unfold::collection_of(app, &click).await? {
        slack_is_known(app).await?;
        return unfold::run(app, job, &click, &collection).await;
    }
    let (mut change, told) = judged(app, job, &click).await?;
    if click.together.is_some() && !change.requests.is_empty() {
        show_alone(app, &click, &mut change).await?;
    }
    change.jobs.extend(click.follow_up(told, job, app.clock.now()));
    Ok(change)
}

/// What was decided among several may stand on a card that it shares: how it goes on has to be told on one of its own.
async fn show_alone(app: &App, click: &Click, change: &mut Change) -> Result<(), JobError> {
    let Some(Showing { collection: Some(collection), channel, .. }) = app.store.showing(&click.key).await?
    else {
        return Ok(());
    };
    let now = app.clock.now();
    change.showings.push(Showing { key: click.key.clone(), channel, collection: None, since: now });
    change.jobs.push(Kind::Card.on(&click.key, String::new(), now));
    change.jobs.push(collecting::card_of(&collection, now));
    Ok(())
}

/// The change that a click brings about, and what its clicker is told.
async fn judged(app: &App, job: &LeasedJob, click: &Click) -> Result<(Change, Told), JobError> {
    let request = match app.store.request_by_key(&click.key).await {
        Ok(Some(request)) => request,
        Ok(None) => return Ok(refuse(app, click, None, None, Refusal::UnknownRequest)),
        // It stays so until somebody has done something; what was decided together with it does not wait for that.
        Err(error @ StoreError::Corrupt { .. }) if click.together.is_some() => {
            tracing::error!(%error, request = %click.key, "one of several requests can't be read");
            return Ok(unreadable(app, click));
        }
        Err(error) => return Err(error.into()),
    };
    if app.clock.now() - click.clicked_at > app.config.timing.click_max_age {
        let refusal = Refusal::TooLate { clicked_at: click.clicked_at };
        return Ok(refuse(app, click, Some(&request), None, refusal));
    }
    slack_is_known(app).await?;
    // Looked at before anybody is judged: a freeze that comes and goes meanwhile makes the vote wait for the next run.
    let Brake { frozen, lifts, .. } = app.store.brake().await?;
    let rules = app.rules();
    let act = act(&click.wish, &request);
    let asker = match &click.wish {
        Wish::Approve(_) | Wish::Deny(_) | Wish::ShowOldest | Wish::ShowAll => {
            app.judge(&rules, &click.by, act, &request).await
        }
        // Neither tells GitHub anything: the one looks, the other keeps something from being told.
        Wish::Withdraw | Wish::CheckAgain => app.judge_harmless(&rules, &click.by, act, &request).await,
    };
    let outcome = match &click.wish {
        Wish::Approve(comment) => match frozen {
            // Who may not approve anyway is told that.
            Some(frozen) => Err(allowed(&asker).err().unwrap_or(Refusal::Frozen(Box::new(frozen)))),
            None => {
                let vote = approve(app, &rules, click, &request, &asker, comment).await;
                vote.map(|(change, answer)| (Change { unfrozen_at: Some(lifts), ..change }, answer))
            }
        },
        Wish::Deny(reason) => deny(app, click, &request, &asker, reason).map(silently),
        Wish::Withdraw => withdraw(app, &request, &asker).map(silently),
        Wish::CheckAgain => check_again(app, job, click, &request, &asker).await?.map(silently),
        // They stand on the cards of collections alone.
        Wish::ShowOldest | Wish::ShowAll => Err(Refusal::UnknownRequest),
    };
    Ok(match outcome {
        Ok((change, answer)) => (change, Told { answer, is_refused: false }),
        // What was sent twice says what it did the first time.
        Err(refusal) if click.together.is_some() && is_theirs(click, &refusal) => {
            (Change::default(), Told::default())
        }
        Err(refusal) => refuse(app, click, Some(&request), Some(&asker), refusal),
    })
}

/// What the card tells needs no other words.
fn silently(change: Change) -> (Change, Option<Answer>) {
    (change, None)
}

/// Right after a start Slack has not told yet whose token this is; a click from before must not suffer for it.
pub(super) async fn slack_is_known(app: &App) -> Result<(), JobError> {
    const PATIENCE: TimeDelta = TimeDelta::seconds(5);
    let mut workspace = app.workspace.clone();
    tokio::select! {
        known = workspace.wait_for(Option::is_some) => {
            known.map(drop).map_err(|_| JobError::retry("the service is stopping"))
        }
        () = app.clock.sleep_until(app.clock.now() + PATIENCE) => {
            Err(JobError::retry("Slack has not told which workspace this is"))
        }
    }
}

/// The right that a wish takes. Taking a decision back takes the right to make it; one's own vote is one's own.
fn act(wish: &Wish, request: &TokenRequest) -> Act {
    match (wish, &request.state) {
        (Wish::Approve(_), _) => Act::Approve,
        (Wish::Deny(_), _) => Act::Deny,
        (Wish::Withdraw, State::Deciding(deciding)) => deciding.verdict.into(),
        (Wish::Withdraw, State::Pending { .. } | State::Settled(_))
        | (Wish::CheckAgain | Wish::ShowOldest | Wish::ShowAll, _) => Act::Show,
    }
}

/// The change that counts an approval, or why it does not count. With the earlier ones, judged again, it may be enough.
async fn approve(
    app: &App,
    rules: &Rules,
    click: &Click,
    request: &TokenRequest,
    asker: &Asker,
    comment: &Option<Comment>,
) -> Result<(Change, Option<Answer>), Refusal> {
    allowed(asker)?;
    let given = vote_of(app, asker, Verdict::Approve, comment.clone())?;
    let votes = request.votes_for(&click.revision)?;
    let earlier: Vec<_> = votes.iter().filter(|other| !other.is_by_voter_of(&given)).cloned().collect();
    let weighed = app.weigh(rules, &earlier, Act::Approve, request).await;
    let needs = rules.book.routing.needs(&request.facts);
    let hoped = asker.hoped(given.clone(), &needs);
    let doubt = asker.doubt(&given, &needs);
    let vote = asker.standing(given, &needs);
    let (enough, settling) =
        app.are_enough(rules, request, &weighed, (&vote, &asker.machines), (hoped, doubt))?;
    let judged = request.clone().with_votes(weighed.kept());
    let step = judged.vote(vote, &click.revision, enough)?;
    let mut entries = app.record().voted(&step.request, asker, comment.as_ref(), &settling);
    entries.extend(weighed.lapsed.iter().map(|lapsed| app.record().vote_lapsed(&step.request, lapsed)));
    let change = Change { entries, ..app.change_for(step) };
    let answer = match change.requests.as_slice() {
        [waiting @ TokenRequest { state: State::Pending { .. }, .. }] => {
            Some(click.answer(not_enough_yet(rules, waiting, &settling, &weighed)))
        }
        _ => None,
    };
    Ok((change, answer))
}

/// What an approver is told whose vote does not decide by itself.
fn not_enough_yet(rules: &Rules, request: &TokenRequest, settling: &Judgement, weighed: &Weighed) -> String {
    let route = rules.book.routing.route_for(&request.facts);
    let approvers = route.map(|route| route.approvers.as_slice()).unwrap_or_default();
    let progress = rules.progress(request);
    let approvals = Approvals { progress: &progress, approvers };
    let lapsed: Vec<_> = weighed.lapsed.iter().map(|lapsed| &lapsed.vote.login).collect();
    messages::vote_counts(approvals, &settling.policies, &lapsed)
}

/// The change that counts a denial. One authorised deny settles: nobody else's vote has a say in it.
fn deny(
    app: &App,
    click: &Click,
    request: &TokenRequest,
    asker: &Asker,
    reason: &Option<Comment>,
) -> Result<Change, Refusal> {
    allowed(asker)?;
    let vote = vote_of(app, asker, Verdict::Deny, reason.clone())?;
    let step = request.clone().vote(vote, &click.revision, Enough::NotYet)?;
    let entries = app.record().voted(&step.request, asker, reason.as_ref(), &asker.judgement);
    Ok(Change { entries, ..app.change_for(step) })
}

/// A vote of somebody whose right was judged just now; for what it counts is found out with all others.
fn vote_of(app: &App, asker: &Asker, verdict: Verdict, comment: Option<Comment>) -> Result<Vote, Refusal> {
    let person = match &asker.identity {
        Identity::Linked(person) => person,
        Identity::Unlinked => return Err(Refusal::UnknownAccount),
        Identity::Doubtful(cause) => return Err(Refusal::DoubtfulAccount { cause: cause.clone() }),
    };
    Ok(Vote {
        slack: person.slack.clone(),
        github: person.github,
        login: person.login.clone(),
        verdict,
        comment,
        at: app.clock.now(),
        groups: BTreeSet::new(),
        is_decider: asker.judgement.makes_decider(),
    })
}

/// The change that takes back one's vote, or a decision that GitHub certainly has not carried out.
fn withdraw(app: &App, request: &TokenRequest, asker: &Asker) -> Result<Change, Refusal> {
    let (by, was_decided) = match request.to_withdraw(&asker.slack)? {
        Theirs::Decision(verdict) => {
            allowed(asker)?;
            (vote_of(app, asker, verdict, None)?, true)
        }
        Theirs::Vote(vote) => (vote.clone(), false),
    };
    let step = request.clone().withdrawn(&by)?;
    let entries = vec![app.record().withdrawn(&step.request, asker, was_decided)];
    Ok(Change { entries, is_over: Notice::block_of(request), ..app.change_for(step) })
}

/// The work that asks GitHub anew, whatever the request waits for; only where the card offers it.
async fn check_again(
    app: &App,
    job: &LeasedJob,
    click: &Click,
    request: &TokenRequest,
    asker: &Asker,
) -> Result<Result<Change, Refusal>, JobError> {
    if let Err(refusal) = allowed(asker).and_then(|()| request.may_be_checked()) {
        return Ok(Err(refusal));
    }
    let now = app.clock.now();
    let on_request = |kind: Kind| kind.on(&request.key, String::new(), now);
    let mut jobs = vec![click.answer(messages::LOOKING.to_owned()).job(&job.subject, now)];
    let (look, is_out_of_reach) = match &request.state {
        State::Pending { note, .. } => (Kind::Check, matches!(note, Some(Note::Paused { .. }))),
        State::Deciding(deciding) => (Kind::Review, deciding.blocked.is_some()),
        State::Settled(_) => (Kind::Card, false),
    };
    jobs.push(on_request(look));
    // What is known of the installation may be why nothing moves.
    if is_out_of_reach {
        let known = app.store.installation_of(request.organization).await?;
        let installation = known.map(|known| known.id).or(request.installation);
        jobs.extend(installation.map(|id| Kind::Installation.on(id, String::new(), now)));
    }
    let entries = vec![app.record().check_asked(request, asker)];
    Ok(Ok(Change { entries, jobs, ..Change::default() }))
}

fn allowed(asker: &Asker) -> Result<(), Refusal> {
    asker.judgement.refusal.clone().map_or(Ok(()), Err)
}

/// Whether what stands in the way is just what the clicker asks for, decided by themselves.
fn is_theirs(click: &Click, refusal: &Refusal) -> bool {
    let verdict = match &click.wish {
        Wish::Approve(_) => Verdict::Approve,
        Wish::Deny(_) => Verdict::Deny,
        Wish::Withdraw | Wish::CheckAgain | Wish::ShowOldest | Wish::ShowAll => return false,
    };
    match refusal {
        Refusal::AlreadyDeciding { by: Some(Decider::Voter(vote)) } => {
            vote.slack == click.by && vote.verdict == verdict
        }
        Refusal::AlreadySettled(settlement) => {
            let wanted = match verdict {
                Verdict::Approve => Outcome::Approved,
                Verdict::Deny => Outcome::Denied,
            };
            let is_by = matches!(&settlement.by, By::Person { slack, .. } if *slack == click.by);
            let is_with = settlement.others.iter().any(|vote| vote.slack == click.by);
            settlement.outcome == wanted && (is_by || is_with)
        }
        _ => false,
    }
}

/// The change that records that a request can't be read, and what is said of it.
fn unreadable(app: &App, click: &Click) -> (Change, Told) {
    let refusal = Refusal::CannotTell { cause: "what we keep of it can't be read".to_owned() };
    let entries = vec![app.record().refused_of(&click.by, &click.key, &refusal)];
    let told = Told { answer: Some(click.answer(messages::UNREADABLE.to_owned())), is_refused: true };
    (Change { entries, counts: vec![Counted::refused(&refusal)], ..Change::default() }, told)
}

/// What somebody is told whose click counts for nothing. Among several requests there is no card and no button beside it.
fn refused_words(app: &App, click: &Click, refusal: &Refusal) -> Answer {
    if click.together.is_none() {
        return click.refusal(refusal);
    }
    let mut words = messages::refusal_of_one(refusal);
    if matches!(refusal, Refusal::UnknownAccount) {
        let command = &app.config.slack.command;
        let how = messages::link_by_command(command, &click.by, app.sign_in.is_some());
        words = format!("{words} {how}");
    }
    click.answer(words)
}

/// The change that records a refusal, and what the clicker alone is told. Somebody who clicked outdated content gets to
/// see what is true now.
fn refuse(
    app: &App,
    click: &Click,
    request: Option<&TokenRequest>,
    asker: Option<&Asker>,
    refusal: Refusal,
) -> (Change, Told) {
    let now = app.clock.now();
    let mut jobs = Vec::new();
    // Somebody from outside may have seen the card: its channel is looked at.
    if matches!(refusal, Refusal::ContentChanged | Refusal::External) {
        jobs.push(Kind::Card.on(&click.key, String::new(), now));
    }
    let entries = vec![app.record().refused(&click.by, request, asker, &refusal)];
    let told = Told { answer: Some(refused_words(app, click, &refusal)), is_refused: true };
    (Change { entries, jobs, counts: vec![Counted::refused(&refusal)], ..Change::default() }, told)
}

impl App {
    /// Whether the votes so far and this one settle the request. While it hangs on somebody who can't be judged, nothing
    /// is decided: `hoped` is the vote as it would be if all that can't be told of its voter were in their favour.
    fn are_enough(
        &self,
        rules: &Rules,
        request: &TokenRequest,
        weighed: &Weighed,
        (vote, machines): (&Vote, &Machines),
        (hoped, doubt): (Vote, Option<Doubt>),
    ) -> Result<(Enough, Judgement), Refusal> {
        let with = |vote: &Vote, others: &[Vote]| [std::slice::from_ref(vote), others].concat();
        let settling = self.settle(rules, request, &with(vote, &weighed.standing), machines);
        if settling.allowed {
            return Ok((Enough::Yes { with: weighed.standing.clone() }, settling));
        }
        match doubt.as_ref().or(weighed.doubt.as_ref()) {
            Some(Doubt { login, cause })
                if self.settle(rules, request, &with(&hoped, &weighed.hoped), machines).allowed =>
            {
                let cause = format!("whether {login}'s vote still counts is not known: {cause}");
                Err(Refusal::CannotTell { cause })
            }
            Some(_) | None => Ok((Enough::NotYet, settling)),
        }
    }
}
