//! Asks the rules that decide alone: once about each content of a request, and only while nobody has voted. What they
//! say is kept in the commit of what comes of it, so that neither a restart nor another replica asks again.

use super::{Done, JobError, key_of};
use crate::app::App;
use crate::config::Automatic;
use crate::github::new_token_page;
use crate::policy::{Advice, Consulted, Instead};
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
    let consulted = app.consult(&rules, &request).await?;
    match (&consulted.advice, automatic) {
        (Advice::People { why }, _) => {
            Ok(said(app, request, &consulted, Said::Nothing, &format!("people: {why}")))
        }
        (Advice::Approve { rule, .. }, Automatic::Off | Automatic::Announce) => {
            let would = Said::Would { verdict: Verdict::Approve, rule: rule.clone() };
            Ok(said(app, request, &consulted, would, "would approve"))
        }
        (Advice::Deny { rule, .. }, Automatic::Off | Automatic::Announce) => {
            let would = Said::Would { verdict: Verdict::Deny, rule: rule.clone() };
            Ok(said(app, request, &consulted, would, "would deny"))
        }
        (Advice::Approve { .. } | Advice::Deny { .. }, Automatic::On) if frozen => {
            Ok(said(app, request, &consulted, Said::Nothing, "people: everything is frozen"))
        }
        (Advice::Approve { rule, cap }, Automatic::On) => {
            approve(app, request, (&consulted, lifts), rule, *cap).await
        }
        (Advice::Deny { rule, message, instead }, Automatic::On) => {
            let reason = reason(app, &request, rule, message.as_deref(), *instead);
            let ruled = Ruled { rule: rule.clone(), verdict: Verdict::Deny, reason, at: app.clock.now() };
            decide(app, request, (&consulted, lifts), ruled)
        }
    }
}

fn left_to_people(app: &App, request: TokenRequest) -> Change {
    request.left_to_people().map_or_else(Change::default, |step| app.change_for(step))
}

fn said(app: &App, request: TokenRequest, consulted: &Consulted, said: Said, result: &str) -> Change {
    let Some(step) = request.said(said) else { return Change::default() };
    let entries = vec![app.record().rules_asked(&step.request, consulted, result)];
    Change { entries, ..app.change_for(step) }
}

/// An approval counts against what rules may approve for this person today, in its own commit.
async fn approve(
    app: &App,
    request: TokenRequest,
    (consulted, lifts): (&Consulted, Lifts),
    rule: &str,
    cap: u32,
) -> Done {
    let now = app.clock.now();
    let share = Share::of(request.facts.requester.id, now, cap);
    if app.store.used_of(&share).await? >= u64::from(cap) {
        let used_up = Said::UsedUp { rule: rule.to_owned(), cap };
        return Ok(said(
            app,
            request,
            consulted,
            used_up,
            "people: the requester's share of the day is used up",
        ));
    }
    let ruled = Ruled { rule: rule.to_owned(), verdict: Verdict::Approve, reason: None, at: now };
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

/// What the requester is going to read: the rule's own words, what would not be denied, and the way there. What does not
/// fit GitHub is left out from the end.
fn reason(
    app: &App,
    request: &TokenRequest,
    rule: &str,
    message: Option<&str>,
    instead: Option<Instead>,
) -> Option<Comment> {
    let mut lines = vec![messages::denied_by_rule(rule, message)];
    if let Some(instead) = instead {
        let facts = instead.applied(&request.facts, app.clock.now());
        lines.push(messages::instead(instead));
        let days = match instead {
            Instead::Days(days) | Instead::ReadDays(days) => Some(days),
            Instead::Read | Instead::Selected => None,
        };
        lines.push(messages::ask_anew(&new_token_page(&app.config.github.web_url, &facts, days)));
    }
    while lines.len() > 1 && lines.join("\n").len() > Comment::LONGEST {
        lines.pop();
    }
    Comment::new(&lines.join("\n")).ok().flatten()
}
