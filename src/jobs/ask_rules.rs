//! Asks the rules that decide alone: once about each content of a request, and only while nobody has voted. What they
//! say is kept in the commit of what comes of it, so that neither a restart nor another replica asks again.

use super::{Done, JobError, key_of};
use crate::app::{App, Counted, Rules};
use crate::config::Automatic;
use crate::github::NewTokenPage;
use crate::policy::{Advice, Consulted, Instead, LeftToPeople};
use crate::request::{Brake, Comment, Lifts, Ruled, Said, State, Step, TokenRequest, Verdict};
use crate::slack::messages;
use crate::store::{Change, LeasedJob, Share};

/// Asks about one request.
pub(super) async fn run(app: &App, job: &LeasedJob) -> Done {
    let Some(request) = app.store.request_by_key(&key_of(job)?).await? else { return Ok(Change::default()) };
    if !request.is_for_rules() {
        // Somebody was faster; or there is something about it that only people may judge.
        let is_pending = matches!(request.state, State::Pending { .. });
        return Ok(if is_pending { left_to_people(app, request) } else { Change::default() });
    }
    let rules = app.rules();
    let automatic = rules.book.policy.automatic;
    if automatic == Automatic::Off {
        return Ok(left_to_people(app, request));
    }
    // Looked at before anybody is asked: a freeze that comes and goes meanwhile has it asked again.
    let Brake { frozen, lifts, .. } = app.store.brake().await?;
    let frozen = frozen.is_some();
    let mut consulted = app.consult(&rules, &request).await?;
    if automatic == Automatic::On && !matches!(consulted.advice, Advice::People(_)) {
        let left = if frozen { Some("everything is frozen") } else { too_old(app, &request).await? };
        if let Some(why) = left {
            consulted.advice = Advice::People(why.into());
        }
    }
    match (&consulted.advice, automatic) {
        (Advice::People(left), _) => Ok(left_by_rules(app, request, &consulted, left)),
        (Advice::Approve { rule, .. }, Automatic::Off | Automatic::Announce) => {
            let would = Said::Would { verdict: Verdict::Approve, rule: rule.clone() };
            Ok(said(app, request, &consulted, would, "would approve"))
        }
        (Advice::Deny { rule, .. }, Automatic::Off | Automatic::Announce) => {
            let would = Said::Would { verdict: Verdict::Deny, rule: rule.clone() };
            Ok(said(app, request, &consulted, would, "would deny"))
        }
        (Advice::Approve { rule, cap }, Automatic::On) => {
            let ruled = ruled(app, &rules, rule, Verdict::Approve, None);
            approve(app, &rules, request, (&consulted, lifts), ruled, *cap).await
        }
        (Advice::Deny { rule, message, instead }, Automatic::On) => {
            let reason = reason(app, &request, rule, message.as_deref(), *instead);
            let ruled = ruled(app, &rules, rule, Verdict::Deny, reason);
            decide(app, request, (&consulted, lifts), ruled)
        }
    }
}

fn ruled(app: &App, rules: &Rules, rule: &str, verdict: Verdict, reason: Option<Comment>) -> Ruled {
    Ruled { rule: rule.to_owned(), verdict, reason, at: app.clock.now(), rules: rules.digest.clone() }
}

/// Why rules do not decide about what was asked for before they began to, if so. Nobody who asked then knew of them.
async fn too_old(app: &App, request: &TokenRequest) -> Result<Option<&'static str>, JobError> {
    let Some(since) = app.store.rules_decide_since().await? else {
        return Ok(Some("it is not on record since when rules decide"));
    };
    let is_since = request.facts.created_at.is_some_and(|at| at.timestamp() >= since.timestamp());
    Ok((!is_since).then_some("it was asked for before rules began to decide"))
}

fn left_to_people(app: &App, request: TokenRequest) -> Change {
    request.left_to_people().map_or_else(Change::default, |step| app.change_for(step))
}

fn said(app: &App, request: TokenRequest, consulted: &Consulted, said: Said, result: &str) -> Change {
    let Some(step) = request.said(said) else { return Change::default() };
    let entries = vec![app.record().rules_asked(&step.request, consulted, result)];
    Change { entries, ..app.change_for(step) }
}

/// People decide; why is on record, and what somebody else has said of it can be forgotten.
fn left_by_rules(app: &App, request: TokenRequest, consulted: &Consulted, left: &LeftToPeople) -> Change {
    let Some(step) = request.said(Said::Nothing) else { return Change::default() };
    let entries = vec![app.record().rules_left(&step.request, consulted, left)];
    Change { entries, ..app.change_for(step) }
}

/// An approval counts against what rules may approve for this person today, in its own commit.
async fn approve(
    app: &App,
    rules: &Rules,
    request: TokenRequest,
    (consulted, lifts): (&Consulted, Lifts),
    ruled: Ruled,
    cap: u32,
) -> Done {
    let Counted { account, answering } = match app.counted_for(rules, &request).await? {
        Some(counted) => counted,
        None => {
            return Ok(left_by_rules(
                app,
                request,
                consulted,
                &"who answers for the machine is not known".into(),
            ));
        }
    };
    let share = Share::of(account, ruled.at, cap);
    if app.store.used_of(&share).await? >= u64::from(cap) {
        let used_up = Said::UsedUp { rule: ruled.rule, cap, answering };
        let why = "people: the requester's share of the day is used up";
        return Ok(said(app, request, consulted, used_up, why));
    }
    Ok(Change { share: Some(share), ..decide(app, request, (consulted, lifts), ruled)? })
}

/// The decision, made in the rule's name.
fn decide(app: &App, request: TokenRequest, (consulted, lifts): (&Consulted, Lifts), ruled: Ruled) -> Done {
    let revision = request.revision();
    let Ok(Step { request, effects }) = request.ruled(ruled.clone(), &revision) else {
        return Err(JobError::Again);
    };
    let entries = app.record().ruled(&request, consulted, &ruled);
    Ok(Change { entries, unfrozen_at: Some(lifts), ..app.change_for(Step { request, effects }) })
}

/// What the requester is going to read: the rule's own words, what would not be denied, and the way there. If the filled-in
/// address does not fit, first what it repeats of their own words is left out, and then it says so.
fn reason(
    app: &App,
    request: &TokenRequest,
    rule: &str,
    message: Option<&str>,
    instead: Option<Instead>,
) -> Option<Comment> {
    let denied = messages::denied_by_rule(rule, message);
    let Some(instead) = instead else { return Comment::new(&denied).ok().flatten() };
    let facts = instead.applied(&request.facts, app.clock.now());
    let NewTokenPage { described, filled, empty } = NewTokenPage::of(&app.config.github.web_url, &facts);
    let ways = [
        messages::ask_anew(&described),
        messages::ask_anew(&filled),
        messages::ask_anew_by_hand(&empty),
        messages::ask_anew_at_all().to_owned(),
    ];
    let would_pass = messages::instead(instead);
    let fitting = ways
        .iter()
        .find_map(|way| Comment::new(&[&denied, &would_pass, way].map(String::as_str).join("\n")).ok());
    fitting.flatten()
}
