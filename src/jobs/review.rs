//! Tells GitHub the decision: once, and knowingly.
//!
//! Every attempt is recorded before it is sent. After one whose answer is unknown the list is read before another
//! is made; what the answers mean is decided in `request`.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Done, JobError, Notice, Wait, key_of, turn};
use crate::app::{App, Asker};
use crate::github::{Listed, Place, Review, Trouble};
use crate::policy::Act;
use crate::request::{Answer, Deciding, Key, Next, Note, State, Step, TokenRequest, Verdict};
use crate::store::{Change, LeasedJob, Turn};

/// Rights are judged again before an attempt that comes this long after the last judgement.
const JUDGEMENT_LASTS: TimeDelta = TimeDelta::minutes(10);

/// How long to wait before an answer is stored again that the database did not take.
const DATABASE_PAUSE: Duration = Duration::from_secs(1);

/// Carries a decision one step further; what is left comes back as a later run.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let key = key_of(job)?;
    let outcome = go_on(app, job, &key).await;
    let is_held_up = match &outcome {
        Err(JobError::Retry { .. }) => true,
        Err(JobError::Later { .. }) => app.github.upstream().rests_until().is_some(),
        Ok(_)
        | Err(JobError::Blocked { .. } | JobError::GiveUp { .. } | JobError::Again | JobError::LostLease) => {
            false
        }
    };
    if is_held_up {
        say_if_slow(app, job, &key).await?;
    }
    outcome
}

async fn go_on(app: &App, job: &LeasedJob, key: &Key) -> Done {
    let Some(request) = app.store.request_by_key(key).await? else { return Ok(Change::default()) };
    let State::Deciding(deciding) = &request.state else { return Ok(Change::default()) };
    // Whoever has to wait asks GitHub nothing.
    let first = match deciding.next() {
        Next::Send => Some(turn::may_be_had(app, job, request.organization).await?),
        Next::Find | Next::Ask => None,
    };
    let place = match app.place_of(&request).await {
        Ok(place) => place,
        Err(error) if error.needs_people() => return blocked(app, job, request, &error.to_string()).await,
        Err(error) => return Err(error.into()),
    };
    // Taken before the list is read: a list read before a deadline says nothing of what comes after it.
    let now = app.clock.now();
    match app.listed(&place, &request).await {
        Ok(Listed::Absent) => absent(app, job, &place, request).await,
        Ok(Listed::Found(facts)) => match deciding.next() {
            Next::Ask => Ok(back_to_people(app, request.clone().still_listed(now))),
            Next::Find => still_listed(app, job, request.clone(), now).await,
            Next::Send => match request.clone().told(*facts) {
                Some(step) if !matches!(step.request.state, State::Deciding(_)) => Ok(changed(app, step)),
                Some(_) | None => send(app, job, &place, (request.clone(), deciding), first).await,
            },
        },
        Err(trouble) if trouble.needs_people() => blocked(app, job, request, &trouble.to_string()).await,
        Err(trouble) => Err(trouble.into()),
    }
}

/// A decision that has been on its way for long is said to be: nobody should have to guess.
async fn say_if_slow(app: &App, job: &LeasedJob, key: &Key) -> Result<(), JobError> {
    let Some(request) = app.store.request_by_key(key).await? else { return Ok(()) };
    let State::Deciding(deciding) = &request.state else { return Ok(()) };
    let now = app.clock.now();
    if now - deciding.by.at < app.config.timing.slow_notice {
        return Ok(());
    }
    match request.slow(now) {
        Some(step) => app.commit_for(job, app.change_for(step)).await,
        None => Ok(()),
    }
}

/// The content is not what was decided on: nothing is sent, people see it anew.
fn changed(app: &App, step: Step) -> Change {
    let entries = vec![app.record().content_changed(&step.request)];
    Change { entries, ..app.change_for(step) }
}

/// An attempt without an answer did not arrive, once its deadline has passed and the list still shows the request.
async fn still_listed(app: &App, job: &LeasedJob, request: TokenRequest, now: DateTime<Utc>) -> Done {
    let Some(step) = request.still_listed(now) else {
        return Err(JobError::retry("an attempt may still be on its way"));
    };
    let entries = vec![app.record().answered(&step.request, &Answer::StillListed)];
    app.commit_for(job, Change { entries, ..app.change_for(step) }).await?;
    Err(JobError::Again)
}

async fn send(
    app: &App,
    job: &LeasedJob,
    place: &Place,
    (request, deciding): (TokenRequest, &Deciding),
    first: Option<turn::Place<'_>>,
) -> Done {
    let (request, rights) = match rights_hold(app, request, deciding).await? {
        Ok(held) => held,
        Err(change) => return Ok(*change),
    };
    let now = app.clock.now();
    // Counted from here: the lease is renewed later, by the commit, and so outlasts the attempt.
    let deadline = app.clock.deadline(app.config.timing.attempt());
    let Some(step) = request.attempted(now, deadline.at()) else { return Ok(Change::default()) };
    let mut entries = vec![app.record().attempted(&step.request, deciding, &rights)];
    if deciding.blocked.is_some() {
        entries.insert(0, app.record().resumed(&step.request));
    }
    let turn = turn::of(app, job, step.request.organization);
    let change = app.change_for(step.clone());
    let renews = Some(app.config.timing.lease);
    let taken = app.commit_for(job, Change { entries, renews, turn: Some(turn.clone()), ..change }).await;
    if let (Ok(()) | Err(JobError::Later { .. }), Some(first)) = (&taken, first) {
        first.used();
    }
    taken?;
    let attempted = TokenRequest { version: step.request.version + 1, ..step.request };
    let review = Review {
        request: attempted.id,
        verdict: deciding.verdict,
        reason: deciding.reason.as_deref(),
        deadline,
    };
    let answer = app.github.review(place, &review).await;
    learn(app, job, attempted, answer, turn).await
}

/// The request with the judgements of this moment; or the change that gives it back to people.
type Held = Result<(TokenRequest, Vec<Asker>), Box<Change>>;

/// The rights of who decided, judged again if the last judgement is old.
async fn rights_hold(app: &App, request: TokenRequest, deciding: &Deciding) -> Result<Held, JobError> {
    let now = app.clock.now();
    if now - deciding.judged_at <= JUDGEMENT_LASTS {
        return Ok(Ok((request, vec![])));
    }
    let mut rights = Vec::new();
    let act = match deciding.verdict {
        Verdict::Approve => Act::Approve,
        Verdict::Deny => Act::Deny,
    };
    for vote in std::iter::once(&deciding.by).chain(&deciding.others) {
        let asker = app.judge(&vote.slack, act, &request).await;
        if let Some(refusal) = &asker.judgement.refusal {
            if refusal.is_uncertain() {
                return Err(JobError::retry("whether the decider may still decide can't be told"));
            }
            let entries = vec![app.record().right_lapsed(&request, vote, &asker, refusal)];
            let step = request.back_to_people(Note::RightLapsed { login: vote.login.clone() });
            return Ok(Err(Box::new(Change { entries, ..app.change_for(step) })));
        }
        rights.push(asker);
    }
    let judged = request.clone().judged_again(now).map_or(request, |step| step.request);
    Ok(Ok((judged, rights)))
}

/// What an answer means for the job: a confirmation ends it, a refusal is looked into, the rest comes again.
async fn learn(app: &App, job: &LeasedJob, attempted: TokenRequest, answer: Answer, turn: Turn) -> Done {
    let request = keep(app, job, attempted, &answer, turn).await?;
    match answer {
        // GitHub carried it out; that is stored, or GitHub's own event has told it before.
        Answer::Confirmed => Ok(Change::default()),
        // What became of the request is in the list.
        Answer::Refused { .. } => Err(JobError::Again),
        Answer::StillListed => Err(JobError::Again),
        Answer::Unclear { cause } => Err(JobError::retry(cause)),
        // A limit is waited for as long as GitHub asks.
        Answer::NotTaken { words, until: Some(until), .. } => {
            Err(JobError::Retry { cause: words, not_before: Some(Wait::Until(until)) })
        }
        // Nothing was sent at all, or GitHub would have us ask elsewhere or later.
        Answer::NotTaken { status: ..400 | 408 | 425 | 429, words, until: None } => {
            Err(JobError::retry(words))
        }
        // It stays so until somebody mends it.
        Answer::NotTaken { words, until: None, .. } => blocked(app, job, request, &words).await,
    }
}

/// Stores an answer, and lets the next one send. It is GitHub's word and can't be asked for again, so a lost race does not lose it: it is applied
/// to the request as it then stands.
async fn keep(
    app: &App,
    job: &LeasedJob,
    mut request: TokenRequest,
    answer: &Answer,
    turn: Turn,
) -> Result<TokenRequest, JobError> {
    let decided = match &request.state {
        State::Deciding(deciding) => Some(deciding.clone()),
        State::Pending { .. } | State::Settled(_) => None,
    };
    loop {
        let entry = app.record().answered(&request, answer);
        let change = match request.clone().answered(answer.clone(), app.clock.now()) {
            Some(step) if matches!(step.request.state, State::Settled(_)) => app.settled_change(step),
            Some(step) => app.change_for(step),
            // GitHub's event came first; the answer is still recorded, and weighed against it.
            None => late(app, &request, &decided, answer),
        };
        let entries = std::iter::once(entry).chain(change.entries).collect();
        let change = Change { entries, is_learnt: true, turn_over: Some(turn.clone()), ..change };
        let outcome = persistently(app, || app.commit_for(job, change.clone())).await;
        let fresh = persistently(app, || async { Ok(app.store.request_by_key(&request.key).await?) }).await?;
        request = fresh.ok_or_else(|| JobError::give_up("the request is gone from the database"))?;
        match outcome {
            Ok(()) => return Ok(request),
            Err(JobError::Again) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Asks a database that fails again: what GitHub said would be lost. A commit that was made although nobody said so loses
/// the race against itself. Ends with the job's lease at the latest, by the worker's hand.
async fn persistently<T, Asking: Future<Output = Result<T, JobError>>>(
    app: &App,
    ask: impl Fn() -> Asking,
) -> Result<T, JobError> {
    loop {
        match ask().await {
            Err(JobError::Retry { cause, .. }) => {
                tracing::warn!(cause, "what GitHub answered could not be stored yet");
                app.clock.pause(DATABASE_PAUSE).await;
            }
            other => return other,
        }
    }
}

/// What a confirmation means that finds the request no longer being decided.
fn late(app: &App, request: &TokenRequest, decided: &Option<Deciding>, answer: &Answer) -> Change {
    match (decided, answer) {
        (Some(decided), Answer::Confirmed) => {
            let learned = request.clone().confirmed_late(decided, app.clock.now());
            app.learned(learned, request, decided.verdict.into())
        }
        (Some(_) | None, _) => Change::default(),
    }
}

/// A complete listing without the request: carried out by us, or by somebody else, or gone.
async fn absent(app: &App, job: &LeasedJob, place: &Place, request: TokenRequest) -> Done {
    let now = app.clock.now();
    let granted = match is_granted_by_us(app, place, &request).await {
        Ok(granted) => granted,
        Err(trouble) if trouble.needs_people() => {
            return blocked(app, job, request, &trouble.to_string()).await;
        }
        Err(trouble) => return Err(trouble.into()),
    };
    match request.absent(granted, now, app.config.timing.gone_after) {
        Some(step) if matches!(step.request.state, State::Settled(_)) => Ok(app.settled_change(step)),
        Some(step) => {
            app.commit_for(job, app.change_for(step)).await?;
            Err(JobError::retry("GitHub no longer lists the request and has not said why"))
        }
        None => Err(JobError::retry("GitHub no longer lists the request and has not said why")),
    }
}

/// Whether there is a grant for this token, made since our first attempt, with the permissions asked for.
async fn is_granted_by_us(app: &App, place: &Place, request: &TokenRequest) -> Result<bool, Trouble> {
    let State::Deciding(deciding) = &request.state else { return Ok(false) };
    if deciding.verdict != Verdict::Approve || !deciding.may_be_ours() {
        return Ok(false);
    }
    let (Some(first), Some(token)) = (deciding.attempts.first(), request.facts.token) else {
        return Ok(false);
    };
    let grant = app.github.grant(place, &request.facts.requester.login, token).await?;
    Ok(grant.is_some_and(|grant| {
        grant.permissions == request.facts.permissions && is_since(grant.granted_at, first.at)
    }))
}

/// GitHub's clock and ours may differ a little, and it tells whole seconds.
fn is_since(granted_at: Option<DateTime<Utc>>, attempt: DateTime<Utc>) -> bool {
    const CLOCKS_DIFFER: TimeDelta = TimeDelta::seconds(60);
    granted_at.is_some_and(|at| at >= attempt - CLOCKS_DIFFER)
}

/// Somebody has to mend something first: the card says so, the operators are told, and the review is tried again.
async fn blocked(app: &App, job: &LeasedJob, request: TokenRequest, cause: &str) -> Done {
    let now = app.clock.now();
    let key = request.key.clone();
    if let Some(step) = request.blocked(cause, now) {
        let entries = vec![app.record().blocked(&step.request, cause)];
        let mut change = Change { entries, ..app.change_for(step) };
        change.jobs.push(Notice::Blocked { key, cause: cause.to_owned() }.job(now));
        app.commit_for(job, change).await?;
    }
    Err(JobError::retry(cause))
}

fn back_to_people(app: &App, step: Option<Step>) -> Change {
    let Some(step) = step else { return Change::default() };
    let entries = vec![app.record().returned(&step.request)];
    Change { entries, ..app.change_for(step) }
}
