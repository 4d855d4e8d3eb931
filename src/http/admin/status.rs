//! `GET /status`: how everything stands, for people and scripts. Nothing secret and nobody's name is in it.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::Admin;
use crate::app::App;
use crate::audit;
use crate::github::GitHub;
use crate::ids::ChannelId;
use crate::jobs::Kind;
use crate::request::{Freezer, Frozen, State as RequestState};
use crate::slack::Slack;
use crate::store::{InstallationState, JobCount, JobState, StoreError};
use crate::upstream::{Reach, Standing, Upstream};

/// Always 200; what the database can't tell now is `null`.
pub(crate) async fn status(State(admin): State<Admin>) -> Json<Value> {
    let app = &admin.app;
    let now = app.clock.now();
    let kept = kept(&admin, now).await;
    let database = kept.as_ref().map_or("does not answer", |_| "answers");
    let mut status = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "at": time(now),
        "database": database,
        "upstreams": { "github": github(&app.github), "slack": slack(&app.slack) },
        "slack_installation_known": app.workspace.borrow().is_some(),
        "policies": policies(app),
        "frozen": null,
        "reconciliation_age_seconds": null,
        "inventory_age_seconds": null,
        "installations": null,
        "jobs": null,
        "requests": null,
        "oldest_pending_seconds": null,
        "audit": null,
    });
    if let (Ok(kept), Some(status)) = (kept, status.as_object_mut()) {
        status.extend(kept);
    }
    Json(status)
}

/// What decides, and whether what is written now could be taken. Codes alone: mistakes name people.
fn policies(app: &App) -> Value {
    let (rules, standing) = (app.rules(), app.standing());
    let refused = standing.refused.map(|(at, codes)| json!({ "at": time(at), "codes": codes }));
    json!({
        "hash": rules.policy.hash(),
        "rules": rules.digest,
        "files": rules.policy.texts().files.len(),
        "loaded_at": time(rules.loaded_at),
        "reload_refused": refused,
        "restart_needed_for": standing.restart_for,
    })
}

/// What the database tells.
async fn kept(admin: &Admin, now: DateTime<Utc>) -> Result<Map<String, Value>, StoreError> {
    let store = &admin.app.store;
    let (entries, unsealed) = store.count_entries().await?;
    let seal = store.last_seal().await?.and_then(|body| audit::decode_seal(&body).ok());
    let reconciled = store.reconciliations().await?;
    let mirrors = store.mirrors().await?;
    let oldest = store.oldest_pending().await?.map(|since| age(since, now));
    let installations: Vec<_> = store
        .installations()
        .await?
        .into_iter()
        .map(|one| {
            json!({
                "id": one.id.0,
                "organization": one.login.as_str(),
                "organization_id": one.organization.0,
                "state": installation_state(one.state),
                "last_seen": time(one.updated_at),
                "reconciled_at": reconciled
                    .iter()
                    .find(|known| known.organization == one.organization)
                    .map(|known| time(known.finished_at)),
                "tokens_as_of": mirrors
                    .iter()
                    .find(|known| known.organization == one.organization)
                    .and_then(|known| known.finished_at)
                    .map(time),
            })
        })
        .collect();
    let fields = json!({
        "frozen": frozen(store.brake().await?.frozen.as_ref()),
        "reconciliation_age_seconds": admin.app.reconciliation_age().await?.map(|age| age.num_seconds()),
        "inventory_age_seconds": admin.app.inventory_age().await?.map(|age| age.num_seconds()),
        "installations": installations,
        "jobs": jobs(&store.jobs_by_kind(now).await?, now),
        "requests": requests(&store.requests_by_state().await?),
        "oldest_pending_seconds": oldest,
        "audit": {
            "entries": entries,
            "unsealed": unsealed,
            "sealed": seal.as_ref().map_or(0, |seal| seal.last),
            "head": seal.as_ref().map(|seal| seal.head.to_string()),
            "sealed_at": seal.as_ref().map(|seal| time(seal.sealed_at)),
        },
    });
    match fields {
        Value::Object(fields) => Ok(fields),
        _ => Ok(Map::new()),
    }
}

/// Since when, and whether from the command line. Who it was and why stands on the cards and in the record.
fn frozen(frozen: Option<&Frozen>) -> Value {
    let Some(frozen) = frozen else { return json!({ "is_on": false }) };
    let by = match frozen.by {
        Freezer::Operator => "operator",
        Freezer::Person { .. } => "manager",
    };
    json!({ "is_on": true, "since": time(frozen.since), "by": by })
}

fn upstream(upstream: &Upstream) -> Value {
    let Standing { reach, last_error, rate_remaining } = upstream.standing();
    let (state, since) = match reach {
        Reach::Unknown => ("not asked yet", None),
        Reach::Up { since } => ("up", Some(since)),
        Reach::Down { since } => ("down", Some(since)),
    };
    json!({
        "state": state,
        "since": since.map(time),
        "last_error": last_error.map(|(error, at)| json!({ "error": error, "at": time(at) })),
        "rate_remaining": rate_remaining,
        "left_alone_until": upstream.rests_until().map(time),
    })
}

/// How GitHub does; it may be left alone in the name of one organization.
fn github(github: &GitHub) -> Value {
    let mut told = upstream(github.upstream());
    told["left_alone_until"] = github.left_alone_until().map(time).into();
    told
}

/// How Slack does, and what it does not do for want of a scope.
fn slack(slack: &Slack) -> Value {
    let missing = slack.lacks().into_iter().map(|lack| {
        json!({
            "for": lack.ability.name(),
            "channel": lack.channel.as_ref().map(ChannelId::as_str),
            "one_of": lack.scopes,
            "since": time(lack.since),
        })
    });
    let mut told = upstream(slack.upstream());
    told["missing_scopes"] = missing.collect();
    told
}

/// The kinds of work there is any of, and how much.
fn jobs(counts: &[JobCount], now: DateTime<Utc>) -> Value {
    let kinds = Kind::ALL.into_iter().map(|kind| (kind.name(), work_of(kind.name(), counts, now)));
    Value::Object(kinds.filter_map(|(name, work)| Some((name.to_owned(), work?))).collect())
}

fn work_of(kind: &str, counts: &[JobCount], now: DateTime<Utc>) -> Option<Value> {
    let of_kind = || counts.iter().filter(|count| count.kind == kind);
    let many = |state| of_kind().filter(|count| count.state == state).map(|count| count.count).sum::<i64>();
    let oldest = of_kind().map(|count| count.oldest).min()?;
    Some(json!({
        "waiting": many(JobState::Waiting),
        "running": many(JobState::Running),
        "given_up": many(JobState::GivenUp),
        "oldest_seconds": age(oldest, now),
    }))
}

fn requests(counts: &[(String, i64)]) -> Value {
    let many = |name: &str| counts.iter().find(|(state, _)| state == name).map_or(0, |(_, count)| *count);
    Value::Object(RequestState::NAMES.into_iter().map(|name| (name.to_owned(), many(name).into())).collect())
}

fn installation_state(state: InstallationState) -> &'static str {
    match state {
        InstallationState::Active => "active",
        InstallationState::Suspended => "suspended",
        InstallationState::Removed => "removed",
    }
}

fn age(since: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    (now - since).num_seconds().max(0)
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
