//! Ends tokens of one organization: each by a right that was judged for it, one call at a time, and looked after until
//! GitHub's list tells what became of it.
//!
//! Two and more are told in one call for many, which GitHub only accepts; what that has not ended is told again, each by
//! itself. What a token's next step is says `token/revocation.rs`.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::review::persistently;
use super::{Done, JobError, Kind, Notice, Wait, turn};
use crate::app::{App, Asker, PlaceError, Rules};
use crate::github::{MOST_AT_ONCE, MOST_TOKENS, Place, Trouble};
use crate::ids::{GrantId, Login, OrganizationId, TokenId};
use crate::policy::{Judgement, Who};
use crate::request::{Answer, Refusal};
use crate::slack::revocations;
use crate::store::{Change, Counted, LeasedJob, Mirroring, NewJob, Presence, Revoking, Turn};
use crate::token::{
    Behind, Call, Ending, How, LOOK_AFTER, Listed, Named, Next, Revocation, RevocationId, Said, Stage,
    Underway, Wish,
};

/// Rights are judged again before a call that comes this long after the last judgement.
const JUDGEMENT_LASTS: TimeDelta = TimeDelta::minutes(10);

/// What could not be sent for so long is not sent any more: nobody remembers having wanted it.
const WISH_LASTS: TimeDelta = TimeDelta::hours(24);

/// How often is looked whether another revocation has left what this one wants, too.
const LOOK_AT_OTHERS: TimeDelta = TimeDelta::seconds(10);

/// As many tokens are put down in one commit.
const AT_ONCE: usize = 200;

/// The work on a revocation's tokens of one organization.
pub fn of_revocation(id: &RevocationId, organization: OrganizationId, now: DateTime<Utc>) -> NewJob {
    Kind::Revoke.on(format!("{id} {organization}"), String::new(), now)
}

/// Which revocation and organization a job is about.
pub(crate) fn parse_revoking(subject: &str) -> Option<(RevocationId, OrganizationId)> {
    let (id, organization) = subject.split_once(' ')?;
    Some((RevocationId::parse(id)?, OrganizationId(organization.parse().ok()?)))
}

/// Goes on until all of it is over, or has to wait.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let unreadable = || JobError::unreadable("what this is to revoke");
    let (id, organization) = parse_revoking(&job.subject).ok_or_else(unreadable)?;
    let Some(revocation) = app.store.revocation(&id).await? else { return Ok(Change::default()) };
    let Some(wish) = revocation.asked.clone() else { return Ok(Change::default()) };
    let run = Run { app, job, revocation, wish, organization };
    loop {
        if let Some(change) = run.step().await? {
            return Ok(change);
        }
    }
}

struct Run<'a> {
    app: &'a App,
    job: &'a LeasedJob,
    revocation: Revocation,
    wish: Wish,
    organization: OrganizationId,
}

/// A token that GitHub is to end.
type Open = (Named, Underway);

impl Run<'_> {
    /// One step; the last change once everything is over.
    async fn step(&self) -> Result<Option<Change>, JobError> {
        let endings = self.app.store.endings_left(&self.revocation.id, self.organization).await?;
        let chosen: Vec<_> = endings.iter().filter(|one| one.stage == Stage::Chosen).collect();
        if !chosen.is_empty() {
            let tokens = chosen.into_iter().map(|one| (one.token.clone(), None)).collect();
            // Boxed, because people are judged in it, which is large.
            Box::pin(self.judge(tokens)).await?;
            return Ok(None);
        }
        if self.catch_up(&endings).await? {
            return Ok(None);
        }
        let given_up = self.given_up(&endings).await?;
        if !given_up.is_empty() {
            self.keep(given_up).await?;
            return Ok(None);
        }
        let open: Vec<Open> = endings.iter().filter_map(open).collect();
        let Some((first, _)) = open.first() else {
            return if endings.is_empty() {
                Ok(Some(self.over().await?))
            } else {
                let cause = "another revocation is ending the same tokens".to_owned();
                Err(JobError::Later { cause, until: self.app.clock.now() + LOOK_AT_OTHERS })
            };
        };
        let going = match self.app.place_in(self.organization, &first.login).await {
            Ok(place) => self.go_on(&place, open).await,
            Err(PlaceError::GitHub(trouble)) => Err(trouble.into()),
            Err(PlaceError::Store(error)) => Err(JobError::from(error).into()),
            Err(error @ (PlaceError::NotInstalled(_) | PlaceError::Suspended)) => {
                Err(Stop::People(error.to_string()))
            }
        };
        match going {
            Err(Stop::GitHub(trouble)) if trouble.needs_people() => {
                Err(self.blocked(&trouble.to_string()).await)
            }
            Err(Stop::GitHub(trouble)) => Err(trouble.into()),
            Err(Stop::People(words)) => Err(self.blocked(&words).await),
            Err(Stop::Job(error)) => Err(error),
            Ok(()) => Ok(None),
        }
    }

    /// Goes on with what other revocations have left, and puts down what they have ended; whether anything has changed.
    async fn catch_up(&self, endings: &[Ending]) -> Result<bool, JobError> {
        let behind: Vec<_> = endings.iter().filter_map(behind).collect();
        if behind.is_empty() {
            return Ok(false);
        }
        let grants: Vec<_> = behind.iter().map(|(token, _)| token.grant).collect();
        let held = self.app.store.ending_now(self.organization, &grants).await?;
        let free: Vec<_> = grants.into_iter().filter(|grant| !held.contains_key(grant)).collect();
        let gone = self.known_gone(&free).await?;
        let now = self.app.clock.now();
        let news = behind.into_iter().filter_map(|(token, behind)| {
            let before = Stage::Behind(behind.clone());
            let stage = match (held.get(&token.grant), gone.get(&token.grant)) {
                (Some((_, by)), _) => Stage::Behind(behind.stays(by)),
                (None, Some(at)) => Stage::Gone { how: How::Vanished, at: *at },
                (None, None) => Stage::Revoking(behind.begins(now)),
            };
            (stage != before).then_some(Ending { token, stage })
        });
        let news: Vec<_> = news.collect();
        let has_changed = !news.is_empty();
        self.keep(news).await?;
        Ok(has_changed)
    }

    /// Which of these are gone by our own record, and since when. Where nobody is having a token ended, that comes first: GitHub's
    /// list may still show what another revocation has ended a moment ago. So who is having it ended is read before this, or
    /// what ends in between would be begun anew.
    async fn known_gone(&self, grants: &[GrantId]) -> Result<HashMap<GrantId, DateTime<Utc>>, JobError> {
        let known = self.app.store.tokens_among(self.organization, grants).await?;
        let gone = known.into_iter().filter(|(_, one)| one.presence == Presence::Gone);
        Ok(gone.filter_map(|(grant, one)| Some((grant, one.gone_at?))).collect())
    }

    /// Tokens of which GitHub has nothing to carry out stay, if nobody remembers wanting them gone, or nothing is to be done
    /// there.
    async fn given_up(&self, endings: &[Ending]) -> Result<Vec<Ending>, JobError> {
        let idle = endings.iter().filter_map(|one| Some((&one.token, why_given_up(&one.stage)?)));
        let idle: Vec<_> = idle.collect();
        let Some((first, _)) = idle.first() else { return Ok(Vec::new()) };
        // As it is called now.
        let known = self.app.store.installation_of(self.organization).await?;
        let login = known.map_or_else(|| first.login.clone(), |known| known.login);
        let is_served = self.app.config.github.serves(&login);
        if is_served && self.app.clock.now() - self.wish.at <= WISH_LASTS {
            return Ok(Vec::new());
        }
        let cause = |why: &str| match is_served {
            true => why.to_owned(),
            false => format!("{login} is not served any more"),
        };
        Ok(idle.into_iter().map(|(token, why)| kept(token.clone(), cause(why))).collect())
    }

    /// Looks after what was told, and tells more.
    async fn go_on(&self, place: &Place, open: Vec<Open>) -> Result<(), Stop> {
        let now = self.app.clock.now();
        let (mut to_look, mut to_send, mut waits) = (Vec::new(), Vec::new(), None::<DateTime<Utc>>);
        for one in open {
            match one.1.next(now) {
                Next::Look => to_look.push(one),
                Next::Send => to_send.push(one),
                Next::Wait(until) => waits = Some(waits.map_or(until, |other| other.min(until))),
            }
        }
        let still = self.looked(place, to_look).await?;
        let is_stale = |(_, underway): &Open| now - underway.judged_at > JUDGEMENT_LASTS;
        let stale: Vec<_> = to_send.extract_if(.., |one| is_stale(one)).collect();
        if !stale.is_empty() {
            let again = stale.into_iter().map(|(token, underway)| (token, Some(underway))).collect();
            return Ok(Box::pin(self.judge(again)).await?);
        }
        if !to_send.is_empty() {
            return self.send(place, to_send).await;
        }
        if still.is_empty() && waits.is_none() {
            return Ok(());
        }
        let soon = (!still.is_empty()).then_some(now + LOOK_AFTER);
        let until = soon.into_iter().chain(waits).min().unwrap_or(now + LOOK_AFTER);
        let cause = "GitHub may take its time to end tokens".to_owned();
        Err(JobError::Later { cause, until }.into())
    }

    /// Reads the list for these tokens and puts down what that tells. Gives those back for which it tells nothing yet, or
    /// nothing new.
    async fn looked(&self, place: &Place, tokens: Vec<Open>) -> Result<Vec<Open>, Stop> {
        if tokens.is_empty() {
            return Ok(tokens);
        }
        let listed = self.listed(place, &tokens).await?;
        let now = self.app.clock.now();
        let (mut changed, mut still) = (Vec::new(), Vec::new());
        for (token, underway) in tokens {
            let is_listed = match token.token {
                None => Listed::Untold,
                Some(number) if listed.contains(&(number, token.grant)) => Listed::Yes,
                Some(_) => Listed::No,
            };
            match underway.clone().seen(is_listed, now) {
                Stage::Revoking(after) if after == underway => still.push((token, after)),
                stage => changed.push(Ending { token, stage }),
            }
        }
        self.keep(changed).await?;
        Ok(still)
    }

    async fn listed(&self, place: &Place, tokens: &[Open]) -> Result<HashSet<(TokenId, GrantId)>, Trouble> {
        let numbers: Vec<_> = tokens.iter().filter_map(|(token, _)| token.token).collect();
        let mut listed = HashSet::new();
        for some in numbers.chunks(MOST_TOKENS) {
            listed.extend(self.app.github.grants_among(place, some).await?);
        }
        Ok(listed)
    }

    /// Tells GitHub to end some of these, in one call. They are looked for first: what is gone was not ended by us.
    async fn send(&self, place: &Place, to_send: Vec<Open>) -> Result<(), Stop> {
        let first = turn::may_be_had(self.app, self.job, self.organization).await?;
        let (together, alone): (Vec<_>, Vec<_>) =
            to_send.into_iter().partition(|(token, underway)| underway.may_be_one_of_many(token));
        let some: Vec<_> = match together.len() {
            0 | 1 => together.into_iter().chain(alone).take(1).collect(),
            _ => together.into_iter().take(MOST_AT_ONCE).collect(),
        };
        let sure = self.looked(place, some).await?;
        if sure.is_empty() {
            return Ok(());
        }
        let deadline = self.app.clock.deadline(self.app.config.timing.attempt());
        let (at, until, is_for_many) = (self.app.clock.now(), deadline.at(), sure.len() > 1);
        let call = Call { at, until, is_for_many, said: None };
        let tokens: Vec<_> = sure.iter().map(|(token, _)| token.clone()).collect();
        let told: Vec<Open> =
            sure.into_iter().map(|(token, underway)| (token, underway.called(call.clone()))).collect();
        let turn = turn::of(self.app, self.job, self.organization);
        let attempt = Change {
            entries: vec![self.app.record().revocation_attempted(&self.revocation, &tokens)],
            renews: Some(self.app.config.timing.lease),
            turn: Some(turn.clone()),
            ..self.change(told.iter().cloned().map(revoking).collect())
        };
        let taken = self.app.commit_for(self.job, attempt).await;
        if let (Ok(()) | Err(JobError::Later { .. }), first) = (&taken, first) {
            first.used();
        }
        taken?;
        let grants: Vec<_> = tokens.iter().map(|token| token.grant).collect();
        let answer = match grants[..] {
            [one] => self.app.github.revoke(place, one, &deadline).await,
            _ => self.app.github.revoke_many(place, &grants, &deadline).await,
        };
        self.learn(told, &tokens, &answer, turn).await?;
        stop_for(answer)
    }

    /// Puts down what GitHub answered, and lets the next one send. Where GitHub takes what it is told, nothing waits any more.
    async fn learn(
        &self,
        told: Vec<Open>,
        tokens: &[Named],
        answer: &Answer,
        turn: Turn,
    ) -> Result<(), JobError> {
        let now = self.app.clock.now();
        let is_taken = !matches!(answer, Answer::NotTaken { .. });
        let went_on = |underway: Underway| if is_taken { underway.goes_on() } else { underway };
        let mut endings: Vec<_> = told
            .into_iter()
            .map(|(token, underway)| Ending { token, stage: answered(went_on(underway), answer, now) })
            .collect();
        if is_taken {
            let is_of_call = |one: &Ending| tokens.iter().any(|token| token.grant == one.token.grant);
            let all = || self.app.store.endings_left(&self.revocation.id, self.organization);
            let others = persistently(self.app, || async { Ok(all().await?) }).await?;
            let waiting = others.iter().filter(|one| !is_of_call(one)).filter_map(open);
            let waiting = waiting.filter(|(_, underway)| underway.waits.is_some());
            endings.extend(waiting.map(|(token, underway)| revoking((token, underway.goes_on()))));
        }
        let entry = self.app.record().revocation_answered(&self.revocation, tokens, answer);
        let change = self.change(endings);
        let entries = std::iter::once(entry).chain(change.entries.clone()).collect();
        let is_over = is_taken.then(|| Notice::revoking(self.organization));
        let learnt = Change { entries, is_over, is_learnt: true, turn_over: Some(turn), ..change };
        persistently(self.app, || self.app.commit_for(self.job, learnt.clone())).await
    }

    /// Judges whether each of these may be ended by who wants it. Of what was under way before, only what a call could not
    /// have ended any more is judged again.
    async fn judge(&self, tokens: Vec<(Named, Option<Underway>)>) -> Result<(), JobError> {
        super::judge::slack_is_known(self.app).await?;
        let now = self.app.clock.now();
        let is_first = tokens.iter().any(|(_, underway)| underway.is_none());
        if is_first && now - self.wish.at > self.app.config.timing.click_max_age {
            let refusal = Refusal::TooLate { clicked_at: self.wish.at };
            let kept = |(token, _): (Named, _)| kept(token, revocations::refusal(&refusal));
            return self.keep(tokens.into_iter().map(kept).collect()).await;
        }
        let Some((first, _)) = tokens.first() else { return Ok(()) };
        let rules = self.app.rules();
        let by = &self.revocation.by;
        // As it is called now: policies go by that.
        let (who, login) = self.app.who_ends(&rules, by, (self.organization, &first.login)).await;
        let grants: Vec<_> = tokens.iter().map(|(token, _)| token.grant).collect();
        let held = self.app.store.ending_now(self.organization, &grants).await?;
        let gone = self.known_gone(&grants).await?;
        let mut judged =
            Judged { app: self.app, rules: &rules, who: &who, login: &login, known: HashMap::new() };
        let (mut endings, mut entries, mut doubt) = (Vec::new(), Vec::new(), None);
        let mut counts = BTreeMap::new();
        for (token, underway) in tokens {
            let ahead = held.get(&token.grant).filter(|(id, _)| *id != self.revocation.id);
            let judgement = judged.of(&token);
            let asker = Asker::new(who.clone(), judgement.clone());
            entries.push(self.app.record().revocation_judged(&self.revocation, &asker, &token));
            let stage = match (judgement.refusal, underway) {
                (None, None) => match (ahead, gone.get(&token.grant)) {
                    (Some((_, by)), _) => Stage::Behind(Behind { by: Some(by.clone()), judged_at: now }),
                    (None, Some(at)) => Stage::Gone { how: How::Vanished, at: *at },
                    (None, None) => Stage::Revoking(Underway::begun(now)),
                },
                (None, Some(underway)) => Stage::Revoking(Underway { judged_at: now, ..underway }),
                // Nobody has to say it again: it is asked about until somebody can tell.
                (Some(refusal), Some(_)) if refusal.is_uncertain() => {
                    doubt = Some(revocations::refusal(&refusal));
                    continue;
                }
                (Some(refusal), _) => {
                    counts.insert(refusal.name(), Counted::refused(&refusal));
                    Stage::Kept { cause: revocations::refusal(&refusal) }
                }
            };
            endings.push(Ending { token, stage });
        }
        // The judgements first: whatever is put down of a token stands on one that is on record.
        for some in chunks(entries) {
            self.app.commit_for(self.job, Change { entries: some, ..Change::default() }).await?;
        }
        let counts = counts.into_values().collect();
        self.app.commit_for(self.job, Change { counts, ..Change::default() }).await?;
        self.keep(endings).await?;
        match doubt {
            Some(words) => Err(self.blocked(&words).await),
            None => Ok(()),
        }
    }

    /// Puts down how far tokens have come.
    async fn keep(&self, endings: Vec<Ending>) -> Result<(), JobError> {
        for some in chunks(endings) {
            self.app.commit_for(self.job, self.change(some)).await?;
        }
        Ok(())
    }

    /// What is put down of tokens that have come further: what is gone is gone from the mirror, too, and whoever wants it is
    /// shown how far it is.
    fn change(&self, endings: Vec<Ending>) -> Change {
        let record = self.app.record();
        let entries =
            endings.iter().filter_map(|one| record.revocation_ended(&self.revocation, one)).collect();
        let gone = endings.iter().filter_map(|one| match one.stage {
            Stage::Gone { at, .. } => Some((one.token.organization, one.token.grant, at)),
            Stage::Chosen | Stage::Behind(_) | Stage::Revoking(_) | Stage::Kept { .. } => None,
        });
        let mirroring = Mirroring { gone: gone.collect(), ..Mirroring::default() };
        let (id, now) = (&self.revocation.id, self.app.clock.now());
        let lost = endings.iter().filter(|one| matches!(one.stage, Stage::Gone { how: How::ByUs, .. }));
        let owners: HashSet<_> = lost.map(|one| one.token.owner.id).collect();
        let subject = |owner| format!("{id} {} {owner}", self.organization);
        let owners = owners.into_iter().map(|owner| Kind::TellRevoked.on(subject(owner), String::new(), now));
        let told = Kind::TellRevocation.on(id, String::new(), now);
        let jobs = owners.chain(std::iter::once(told)).collect();
        let endings = endings.into_iter().map(|one| (id.clone(), one)).collect();
        Change {
            entries,
            mirroring: Some(mirroring),
            revoking: Some(Revoking { endings, ..Revoking::default() }),
            jobs,
            ..Change::default()
        }
    }

    /// Everything is over. What keeps others from revoking there may still do so.
    async fn over(&self) -> Result<Change, JobError> {
        let told = Kind::TellRevocation.on(&self.revocation.id, String::new(), self.app.clock.now());
        let left = self.app.store.revocations_in(self.organization).await?;
        let is_over = left.is_empty().then(|| Notice::revoking(self.organization));
        Ok(Change { jobs: vec![told], is_over, ..Change::default() })
    }

    /// Somebody has to mend something first: who wants it sees that, the operators are told once, and it goes on by itself.
    async fn blocked(&self, cause: &str) -> JobError {
        match self.put_down(cause).await {
            Ok(()) => JobError::Blocked { cause: cause.to_owned() },
            Err(error) => error,
        }
    }

    /// What has changed since this step began stays as it is.
    async fn put_down(&self, cause: &str) -> Result<(), JobError> {
        let endings = self.app.store.endings_left(&self.revocation.id, self.organization).await?;
        let waiting = endings.iter().filter_map(open);
        let waiting = waiting.filter(|(_, underway)| underway.waits.as_deref() != Some(cause));
        let waits = || Some(cause.to_owned());
        let waiting: Vec<_> = waiting
            .map(|(token, underway)| revoking((token, Underway { waits: waits(), ..underway })))
            .collect();
        let Some(first) = waiting.first() else { return Ok(()) };
        let (organization, login) = (self.organization, first.token.login.clone());
        let notice = Notice::RevokingBlocked { organization, login, cause: cause.to_owned() };
        let notice = notice.job(self.app.clock.now());
        let mut change = self.change(waiting);
        change.jobs.push(notice);
        self.app.commit_for(self.job, change).await
    }
}

/// Why a step does not go on.
enum Stop {
    GitHub(Trouble),
    /// GitHub's words about what somebody has to mend.
    People(String),
    Job(JobError),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::GitHub(trouble)
    }
}

impl From<JobError> for Stop {
    fn from(error: JobError) -> Self {
        Self::Job(error)
    }
}

/// Judgements of one person's rights, each owner's asked for once.
struct Judged<'a> {
    app: &'a App,
    rules: &'a Rules,
    who: &'a Who,
    /// What the organization is called now.
    login: &'a Login,
    known: HashMap<(Login, bool), Judgement>,
}

impl Judged<'_> {
    fn of(&mut self, token: &Named) -> Judgement {
        let is_own = self.app.is_own(self.rules, self.who, token);
        let of = (token.owner.login.clone(), is_own);
        self.known
            .entry(of)
            .or_insert_with(|| self.app.may_end(self.rules, self.who, self.login, token))
            .clone()
    }
}

fn open(ending: &Ending) -> Option<Open> {
    match &ending.stage {
        Stage::Revoking(underway) => Some((ending.token.clone(), underway.clone())),
        Stage::Chosen | Stage::Behind(_) | Stage::Gone { .. } | Stage::Kept { .. } => None,
    }
}

fn behind(ending: &Ending) -> Option<(Named, Behind)> {
    match &ending.stage {
        Stage::Behind(behind) => Some((ending.token.clone(), behind.clone())),
        Stage::Chosen | Stage::Revoking(_) | Stage::Gone { .. } | Stage::Kept { .. } => None,
    }
}

/// Why a token that waits is not waited for any longer than a day; nothing for one of which a call is out.
fn why_given_up(stage: &Stage) -> Option<&'static str> {
    match stage {
        Stage::Behind(_) => Some("Another revocation of it was not over within a day."),
        Stage::Revoking(Underway { last: Some(_), .. }) => None,
        Stage::Revoking(Underway { may_be_ours: true, .. }) => {
            Some("GitHub was told and did not say that it is gone. Please ask again.")
        }
        Stage::Revoking(_) => Some("GitHub could not be told within a day. Please ask again."),
        Stage::Chosen | Stage::Gone { .. } | Stage::Kept { .. } => None,
    }
}

fn revoking((token, underway): Open) -> Ending {
    Ending { token, stage: Stage::Revoking(underway) }
}

fn kept(token: Named, cause: String) -> Ending {
    Ending { token, stage: Stage::Kept { cause } }
}

/// What an answer says of each token that the call was about.
fn answered(underway: Underway, answer: &Answer, now: DateTime<Utc>) -> Stage {
    let is_for_many = underway.last.as_ref().is_some_and(|call| call.is_for_many);
    Stage::Revoking(match answer {
        Answer::Confirmed if is_for_many => underway.answered(Said::Accepted),
        Answer::Confirmed => return Stage::Gone { how: How::ByUs, at: now },
        Answer::Refused { status: 404, .. } => underway.answered(Said::NotThere),
        Answer::Refused { words, .. } => underway.answered(Said::Refused(words.clone())),
        Answer::NotTaken { .. } => underway.not_sent(),
        Answer::Unclear { .. } | Answer::StillListed => underway,
    })
}

/// Whether an answer that is put down keeps the job from going on, and until when.
fn stop_for(answer: Answer) -> Result<(), Stop> {
    let needs_people = answer.needs_people();
    match answer {
        Answer::NotTaken { words, .. } if needs_people => Err(Stop::People(words)),
        Answer::NotTaken { words, until: Some(until), .. } => {
            Err(JobError::Retry { cause: words, not_before: Some(Wait::Until(until)) }.into())
        }
        Answer::NotTaken { words, .. } => Err(JobError::retry(words).into()),
        Answer::Confirmed | Answer::Refused { .. } | Answer::Unclear { .. } | Answer::StillListed => Ok(()),
    }
}

fn chunks<T>(all: Vec<T>) -> Vec<Vec<T>> {
    let mut all = all.into_iter().peekable();
    let mut chunks = Vec::new();
    while all.peek().is_some() {
        chunks.push(all.by_ref().take(AT_ONCE).collect());
    }
    chunks
}
