//! Tells GitHub the decision: once, and knowingly.
//!
//! Every attempt is recorded before it is sent. After one whose answer is unknown the list is read before another
//! is made; what the answers mean is decided in `request`.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Done, JobError, Notice, Wait, key_of, refusing, turn};
use crate::app::{App, Doubt, Lapsed, PlaceError, Rules};
use crate::audit::Entry;
use crate::config::Automatic;
use crate::github::{Listed, Place, Review, Trouble};
use crate::policy::{Advice, Consulted, Judgement};
use crate::request::{
    Answer, Blocked, Brake, Decider, Deciding, Delay, Key, Next, Note, Ruled, State, Step, TokenRequest,
    Verdict,
};
use crate::store::{Change, LeasedJob, NewJob, Turn};

/// Rights are judged again before an attempt that comes this long after the last judgement.
const JUDGEMENT_LASTS: TimeDelta = TimeDelta::minutes(10);

/// How long to wait before an answer is stored again that the database did not take.
const DATABASE_PAUSE: Duration = Duration::from_secs(1);

/// How long a decider's rights may be in doubt before people are asked to look.
const DOUBT_LASTS: TimeDelta = TimeDelta::minutes(5);

/// A run that ends before the decision has got through.
struct Halt {
    error: JobError,
    /// What the decision waits for; the card says so once that takes long.
    delay: Option<Delay>,
}

/// What the run learnt, or why it ends here.
type Going = Result<Change, Halt>;

impl<E: Into<JobError>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self { error: error.into(), delay: None }
    }
}

impl Halt {
    fn waiting(delay: Delay, error: impl Into<JobError>) -> Self {
        Self { error: error.into(), delay: Some(delay) }
    }

    fn by_github(trouble: Trouble) -> Self {
        Self::waiting(delay(&trouble), trouble)
    }
}

fn delay(trouble: &Trouble) -> Delay {
    match trouble {
        Trouble::RateLimited { .. } => Delay::Limit,
        Trouble::Unavailable { .. } | Trouble::Resting { .. } => Delay::Silence,
        Trouble::Unauthorized { .. }
        | Trouble::Forbidden { .. }
        | Trouble::Suspended
        | Trouble::NotFound { .. }
        | Trouble::Unexpected { .. } => Delay::Other,
    }
}

/// Why GitHub is left alone: because it did not work, or because it asked for that.
fn rest(app: &App, request: &TokenRequest) -> Delay {
    let is_silent = match request.installation {
        Some(installation) => app.github.is_left_alone(installation),
        None => app.github.left_alone_until().is_some(),
    };
    if is_silent { Delay::Silence } else { Delay::Limit }
}

/// Carries a decision one step further; what is left comes back as a later run.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let key = key_of(job)?;
    match go_on(app, job, &key).await {
        Ok(change) => Ok(change),
        Err(Halt { error, delay }) => {
            if let Some(delay) = delay {
                say_if_slow(app, job, &key, delay, &error).await?;
            }
            Err(error)
        }
    }
}

async fn go_on(app: &App, job: &LeasedJob, key: &Key) -> Going {
    let Some(request) = app.store.request_by_key(key).await? else { return Ok(Change::default()) };
    let State::Deciding(deciding) = &request.state else { return Ok(Change::default()) };
    let brake = app.store.brake().await?;
    if brake.frozen.is_none()
        && let Some(step) = request.clone().released()
    {
        // Whatever comes next, the card no longer blames the freeze.
        app.commit_for(job, app.change_for(step)).await?;
        return Err(JobError::Again.into());
    }
    // However the run was woken: GitHub bans apps that don't wait as long as it asks.
    if let Some(until) = deciding.left_alone_until(app.clock.now()) {
        let cause = "GitHub is to be left alone".to_owned();
        return Err(Halt::waiting(rest(app, &request), JobError::Later { cause, until }));
    }
    if let Some(cause) = app.refusal_of(request.organization).await? {
        return Err(blocked(app, job, request, &cause).await);
    }
    // Whoever has to wait asks GitHub nothing.
    let first = match deciding.next() {
        Next::Send => Some(turn::may_be_had(app, job, request.organization).await?),
        Next::Find | Next::Ask => None,
    };
    let place = match app.place_of(&request).await {
        Ok(place) => place,
        Err(error) if error.needs_people() => {
            return Err(blocked(app, job, request, &error.to_string()).await);
        }
        Err(PlaceError::GitHub(trouble)) => return Err(Halt::by_github(trouble)),
        Err(error) => return Err(error.into()),
    };
    // Taken before the list is read: a list read before a deadline says nothing of what comes after it.
    let now = app.clock.now();
    match app.listed(&place, &request).await {
        Ok(Listed::Absent) => absent(app, job, &place, request).await,
        Ok(Listed::Found(facts)) => match deciding.next() {
            Next::Ask => Ok(back_to_people(app, &request, now)),
            Next::Find => still_listed(app, job, request.clone(), now).await,
            Next::Send => match request.clone().told(*facts) {
                Some(step) if !matches!(step.request.state, State::Deciding(_)) => {
                    Ok(changed(app, &request, step))
                }
                told => match (deciding.waits_while_frozen(), &brake.frozen) {
                    (true, Some(_)) => Err(held_back(app, job, request.clone()).await),
                    (true | false, _) => {
                        let request = told.and_then(|step| step.request.to_rule_again()).unwrap_or(request);
                        send(app, job, &place, (request, &brake), first).await
                    }
                },
            },
        },
        Err(trouble) if trouble.needs_people() => {
            let cause = trouble.to_string();
            let met = refusing::met(request.organization, place.installation, &cause, app.clock.now());
            app.commit_for(job, met).await?;
            Err(blocked(app, job, request, &cause).await)
        }
        Err(trouble) => Err(Halt::by_github(trouble)),
    }
}

/// A decision that is on its way for long, or is going to be, is said to be: nobody should have to guess.
async fn say_if_slow(
    app: &App,
    job: &LeasedJob,
    key: &Key,
    delay: Delay,
    error: &JobError,
) -> Result<(), JobError> {
    let Some(request) = app.store.request_by_key(key).await? else { return Ok(()) };
    let State::Deciding(deciding) = &request.state else { return Ok(()) };
    let now = app.clock.now();
    let goes_on = match error {
        JobError::Later { until, .. } | JobError::Retry { not_before: Some(Wait::Until(until)), .. } => {
            *until
        }
        JobError::Retry { .. }
        | JobError::Blocked { .. }
        | JobError::GiveUp { .. }
        | JobError::Again
        | JobError::LostLease => now,
    };
    if goes_on.max(now) - deciding.by.at() < app.config.timing.slow_notice {
        return Ok(());
    }
    let Some(step) = request.slow(delay, now) else { return Ok(()) };
    match app.commit_for(job, app.change_for(step)).await {
        Err(JobError::LostLease) => Err(JobError::LostLease),
        // The next run says it. What this one has learnt, above all how long to wait, must not be forgotten over it.
        Ok(())
        | Err(
            JobError::Retry { .. }
            | JobError::Later { .. }
            | JobError::Blocked { .. }
            | JobError::GiveUp { .. }
            | JobError::Again,
        ) => Ok(()),
    }
}

/// The content is not what was decided on: nothing is sent, people see it anew.
fn changed(app: &App, before: &TokenRequest, step: Step) -> Change {
    let entries = vec![app.record().content_changed(&step.request)];
    Change { entries, is_over: Notice::block_of(before), ..app.change_for(step) }
}

/// An attempt without an answer did not arrive, once its deadline has passed and the list still shows the request.
async fn still_listed(app: &App, job: &LeasedJob, request: TokenRequest, now: DateTime<Utc>) -> Going {
    let Some(step) = request.still_listed(now) else {
        return Err(Halt::waiting(Delay::Silence, JobError::retry("an attempt may still be on its way")));
    };
    let entries = vec![app.record().answered(&step.request, &Answer::StillListed)];
    app.commit_for(job, Change { entries, ..app.change_for(step) }).await?;
    Err(JobError::Again.into())
}

async fn send(
    app: &App,
    job: &LeasedJob,
    place: &Place,
    (request, brake): (TokenRequest, &Brake),
    first: Option<turn::Place<'_>>,
) -> Going {
    let State::Deciding(deciding) = &request.state else { return Ok(Change::default()) };
    // Boxed, because people are judged in it, which is large.
    let held = Box::pin(rights_hold(app, job, request.clone(), (deciding, brake))).await?;
    let (held, rights) = match held {
        Ok(held) => held,
        Err(change) => return Ok(*change),
    };
    let now = app.clock.now();
    // Counted from here: the lease is renewed later, by the commit, and so outlasts the attempt.
    let deadline = app.clock.deadline(app.config.timing.attempt());
    let step = held.then(|request| request.attempted(now, deadline.at()));
    let State::Deciding(deciding) = &step.request.state else { return Ok(Change::default()) };
    let mut entries = vec![app.record().attempted(&step.request, deciding, &rights)];
    let is_over = unblocked(&request, &step.request);
    if is_over.is_some() {
        entries.insert(0, app.record().resumed(&step.request));
    }
    let turn = turn::of(app, job, step.request.organization);
    let change = app.change_for(step.clone());
    let renews = Some(app.config.timing.lease);
    // A person's denial goes on whatever is frozen.
    let unfrozen_at = deciding.waits_while_frozen().then_some(brake.lifts);
    let change = Change { entries, renews, turn: Some(turn.clone()), is_over, unfrozen_at, ..change };
    let taken = app.commit_for(job, change).await;
    if let (Ok(()) | Err(JobError::Later { .. }), Some(first)) = (&taken, first) {
        first.used();
    }
    taken?;
    let attempted = TokenRequest { version: step.request.version + 1, ..step.request.clone() };
    let review = Review {
        request: attempted.id,
        verdict: deciding.verdict,
        reason: deciding.reason.as_deref(),
        deadline,
    };
    let answer = app.github.review(place, &review).await;
    learn(app, job, attempted, answer, turn).await
}

/// The name of the trouble that a step has ended.
fn unblocked(before: &TokenRequest, after: &TokenRequest) -> Option<String> {
    Notice::block_of(before).filter(|_| Notice::block_of(after).is_none())
}

/// The request as those rights leave it, with the judgements of this moment; or the change that gives it back to people.
type Held = Result<(Step, Vec<Judgement>), Box<Change>>;

/// The rights of who decided, judged again if the last judgement is old: the decision has to be complete still, with the
/// groups that everybody is in now. Who agreed earlier is needed only as far as it is not complete without them; whoever
/// it is recorded as made by always is.
async fn rights_hold(
    app: &App,
    job: &LeasedJob,
    request: TokenRequest,
    (deciding, brake): (&Deciding, &Brake),
) -> Result<Held, Halt> {
    let now = app.clock.now();
    let rules = app.rules();
    if let Decider::Rule(ruled) = &deciding.by
        && (rules.book.policy.automatic != Automatic::On || ruled.rules != rules.digest)
    {
        return rule_holds(app, &rules, request, ruled).await;
    }
    if now - deciding.judged_at <= JUDGEMENT_LASTS && !brake.outdates(deciding.judged_at) {
        return Ok(Ok((Step::quiet(request), vec![])));
    }
    let vote = match &deciding.by {
        Decider::Voter(vote) => vote,
        Decider::Rule(ruled) => return rule_holds(app, &rules, request, ruled).await,
    };
    let act = deciding.verdict.into();
    let by = app.weigh(&rules, std::slice::from_ref(vote), act, &request).await;
    if let Some(lapsed) = by.lapsed.first() {
        return Ok(Err(Box::new(right_lapsed(app, request, lapsed))));
    }
    if let Some(doubt) = by.doubt.as_ref().filter(|_| by.standing.is_empty()) {
        return Err(doubted(app, job, request, deciding, doubt).await);
    }
    let others = app.weigh(&rules, &deciding.others, act, &request).await;
    let mut rights = [by.rights, others.rights].concat();
    let mut held = Step::quiet(request.clone());
    if deciding.verdict == Verdict::Approve {
        let settling =
            app.settle(&rules, &request, &[by.standing, others.standing.clone()].concat(), &by.machines);
        if !settling.allowed {
            let doubt = by.doubt.or(others.doubt);
            let hoped = [by.hoped, others.hoped].concat();
            return match (doubt, others.lapsed.first()) {
                (Some(doubt), _) if app.settle(&rules, &request, &hoped, &by.machines).allowed => {
                    Err(doubted(app, job, request, deciding, &doubt).await)
                }
                (_, Some(lapsed)) => Ok(Err(Box::new(right_lapsed(app, request, lapsed)))),
                (_, None) => Ok(Err(Box::new(no_longer_enough(app, request, &settling)))),
            };
        }
        // Enough without who can't be judged or has lost the right.
        if others.standing.len() < deciding.others.len() {
            held = held.then(|request| request.complete_with(&others.standing));
        }
        rights.push(settling);
    }
    Ok(Ok((held.then(|request| request.judged_again(now)), rights)))
}

/// Whether this rule still says so, with leave to act alone. Another one that would is another decision.
async fn rule_holds(app: &App, rules: &Rules, request: TokenRequest, ruled: &Ruled) -> Result<Held, Halt> {
    let consulted = app.consult(rules, &request).await?;
    let decides = match (&consulted.advice, ruled.verdict) {
        (Advice::Approve { .. }, Verdict::Approve) => Some(&consulted.approve),
        (Advice::Deny { .. }, Verdict::Deny) => Some(&consulted.deny),
        (Advice::People(_) | Advice::Approve { .. } | Advice::Deny { .. }, _) => None,
    };
    let may = rules.book.policy.automatic == Automatic::On;
    let judgement = decides.filter(|judgement| may && judgement.policies.contains(&ruled.rule)).cloned();
    let Some(judgement) = judgement else {
        return Ok(Err(Box::new(rule_lapsed(app, request, ruled, &consulted))));
    };
    let now = app.clock.now();
    let held = Step::quiet(request).then(|request| request.ruled_again(now, &rules.digest));
    Ok(Ok((held, vec![judgement])))
}

/// The decision goes to people, because the rule would not make it any more.
fn rule_lapsed(app: &App, request: TokenRequest, ruled: &Ruled, consulted: &Consulted) -> Change {
    let entries = vec![app.record().rule_lapsed(&request, ruled, consulted)];
    let is_over = Notice::block_of(&request);
    let step = request.back_to_people(Note::RuleLapsed { rule: ruled.rule.clone() });
    Change { entries, is_over, ..app.change_for(step) }
}

/// The decision goes back to people, because this voter may no longer make it.
fn right_lapsed(app: &App, request: TokenRequest, lapsed: &Lapsed) -> Change {
    let entry = app.record().right_lapsed(&request, lapsed);
    returned(app, request, entry, Note::RightLapsed { login: lapsed.vote.login.clone() })
}

/// The decision goes back to people: everybody may still decide, and they are not enough any more.
fn no_longer_enough(app: &App, request: TokenRequest, settling: &Judgement) -> Change {
    let entry = app.record().no_longer_enough(&request, settling);
    returned(app, request, entry, Note::NoLongerEnough)
}

/// The change by which a decision goes back to people, with why it does on record and on the card.
fn returned(app: &App, request: TokenRequest, entry: Entry, note: Note) -> Change {
    let is_over = Notice::block_of(&request);
    let step = request.back_to_people(note);
    Change { entries: vec![entry], is_over, ..app.change_for(step) }
}

/// Whether this voter still has the right can't be told. It is asked again, and people must look once that lasts.
async fn doubted(
    app: &App,
    job: &LeasedJob,
    request: TokenRequest,
    deciding: &Deciding,
    Doubt { login, cause }: &Doubt,
) -> Halt {
    let told = format!("whether {login} may still decide can't be told: {cause}");
    // The log names nobody.
    let logged = format!("whether a decider may still decide can't be told: {cause}");
    let since = deciding.slow.filter(|slow| slow.cause == Delay::Doubt).map(|slow| slow.since);
    let lasts = since.is_some_and(|since| app.clock.now() - since >= DOUBT_LASTS);
    match lasts || deciding.blocked.is_some() {
        true => blocked_as(app, job, request, (&told, &logged)).await,
        false => Halt::waiting(Delay::Doubt, JobError::retry(logged)),
    }
}

/// What an answer means for the job: a confirmation ends it, a refusal is looked into, the rest comes again.
async fn learn(app: &App, job: &LeasedJob, attempted: TokenRequest, answer: Answer, turn: Turn) -> Going {
    let request = keep(app, job, attempted, &answer, turn).await?;
    let needs_people = answer.needs_people();
    match answer {
        // GitHub carried it out; that is stored, or GitHub's own event has told it before.
        Answer::Confirmed => Ok(Change::default()),
        // What became of the request is in the list.
        Answer::Refused { .. } | Answer::StillListed => Err(JobError::Again.into()),
        Answer::Unclear { cause } => Err(Halt::waiting(Delay::Silence, JobError::retry(cause))),
        Answer::NotTaken { words, .. } if needs_people => Err(blocked(app, job, request, &words).await),
        // A limit is waited for as long as GitHub asks.
        Answer::NotTaken { words, until: Some(until), .. } => {
            let error = JobError::Retry { cause: words, not_before: Some(Wait::Until(until)) };
            Err(Halt::waiting(rest(app, &request), error))
        }
        // Nothing was sent at all, or GitHub would have us ask elsewhere or later.
        Answer::NotTaken { words, .. } => Err(Halt::waiting(Delay::Silence, JobError::retry(words))),
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
        let mut entries = vec![app.record().answered(&request, answer)];
        let change = match request.clone().answered(answer.clone(), app.clock.now()) {
            Some(step) if matches!(step.request.state, State::Settled(_)) => app.settled_change(step),
            Some(step) => app.change_for(step),
            // GitHub's event came first; the answer is still recorded, and weighed against it.
            None => late(app, &request, &decided, answer),
        };
        let after = change.requests.first().unwrap_or(&request);
        let is_over = unblocked(&request, after);
        if is_over.is_some() {
            entries.push(app.record().resumed(after));
        }
        entries.extend(change.entries);
        let change = Change { entries, is_over, is_learnt: true, turn_over: Some(turn.clone()), ..change };
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
pub(super) async fn persistently<T, Asking: Future<Output = Result<T, JobError>>>(
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
async fn absent(app: &App, job: &LeasedJob, place: &Place, request: TokenRequest) -> Going {
    let now = app.clock.now();
    let granted = match is_granted_by_us(app, place, &request).await {
        Ok(granted) => granted,
        Err(trouble) if trouble.needs_people() => {
            return Err(blocked(app, job, request, &trouble.to_string()).await);
        }
        Err(trouble) => return Err(Halt::by_github(trouble)),
    };
    let not_said = || {
        let cause = "GitHub no longer lists the request and has not said why";
        Halt::waiting(Delay::Unlisted, JobError::retry(cause))
    };
    let is_over = Notice::block_of(&request);
    match request.absent(granted, now, app.config.timing.gone_after) {
        Some(step) if matches!(step.request.state, State::Settled(_)) => {
            Ok(Change { is_over, ..app.settled_change(step) })
        }
        Some(step) => {
            app.commit_for(job, app.change_for(step)).await?;
            Err(not_said())
        }
        None => Err(not_said()),
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

/// Somebody has to mend something first: the card says so, the operators are told once, and the review is tried again,
/// at longer distances.
async fn blocked(app: &App, job: &LeasedJob, request: TokenRequest, cause: &str) -> Halt {
    blocked_as(app, job, request, (cause, cause)).await
}

/// The same, where the log is told less than people are.
async fn blocked_as(app: &App, job: &LeasedJob, request: TokenRequest, (told, logged): (&str, &str)) -> Halt {
    let notice = Notice::Blocked { key: request.key.clone(), cause: told.to_owned() };
    match put_down(app, job, request, told, Some(notice.job(app.clock.now()))).await {
        Ok(()) => JobError::Blocked { cause: logged.to_owned() }.into(),
        Err(error) => error.into(),
    }
}

/// Everything is frozen: the decision waits, and its card says so. Nobody has to be told of each that waits.
async fn held_back(app: &App, job: &LeasedJob, request: TokenRequest) -> Halt {
    match put_down(app, job, request, Blocked::BY_FREEZE, None).await {
        Ok(()) => JobError::Blocked { cause: Blocked::BY_FREEZE.to_owned() }.into(),
        Err(error) => error.into(),
    }
}

/// Puts down, once, what the decision waits for, with the notice that tells of it.
async fn put_down(
    app: &App,
    job: &LeasedJob,
    request: TokenRequest,
    cause: &str,
    notice: Option<NewJob>,
) -> Result<(), JobError> {
    if let Some(step) = request.blocked(cause, app.clock.now()) {
        let entries = vec![app.record().blocked(&step.request, cause)];
        let mut change = Change { entries, ..app.change_for(step) };
        change.jobs.extend(notice);
        app.commit_for(job, change).await?;
    }
    Ok(())
}

/// GitHub refused and still lists the request.
fn back_to_people(app: &App, request: &TokenRequest, now: DateTime<Utc>) -> Change {
    let Some(step) = request.clone().still_listed(now) else { return Change::default() };
    let entries = vec![app.record().returned(&step.request)];
    Change { entries, is_over: Notice::block_of(request), ..app.change_for(step) }
}
