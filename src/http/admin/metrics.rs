//! What each metric means, in which steps times are counted, and the gauges that are read when somebody looks.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use metrics::{describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::Admin;
use crate::app::App;
use crate::ids::Login;
use crate::jobs::Kind;
use crate::request::State;
use crate::store::{JobCount, JobState, Presence, StoreError};

/// As many waiting requests are looked at for their requesters.
const LOOKED_AT: u32 = 1_000;

/// Answers and calls, in seconds: Slack gives up after 3, GitHub after 10.
const CALL_STEPS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0, 10.0, 30.0];

/// People deciding, in seconds: half a minute to a week.
const DECISION_STEPS: [f64; 10] =
    [30.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 43_200.0, 86_400.0, 259_200.0, 604_800.0];

/// Starts collecting for this process; there is one collection in each.
pub fn recorder() -> Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets(&CALL_STEPS)?
        .set_buckets_for_metric(Matcher::Full("countersign_decision_seconds".into()), &DECISION_STEPS)?
        .install_recorder()
        .context("starting the metrics")?;
    describe();
    // To be there before it rises, for who watches for that.
    metrics::counter!("countersign_reload_failures_total").increment(0);
    for kind in Kind::ALL {
        metrics::counter!("countersign_jobs_given_up_total", "kind" => kind.name()).increment(0);
    }
    Ok(handle)
}

fn describe() {
    describe_gauge!("countersign_build_info", "1, with the running version as a label");
    describe_counter!("countersign_deliveries_total", "Webhooks that arrived, by what became of them");
    describe_counter!(
        "countersign_interactions_total",
        "Clicks, commands and events from Slack, by what became of them"
    );
    describe_counter!("countersign_refusals_total", "Clicks that changed nothing, by cause");
    describe_counter!(
        "countersign_outside_policy_total",
        "Decisions made on GitHub's page that the policies would not have allowed, or of which that can't be told"
    );
    describe_gauge!("countersign_requests", "Token requests on record, by state");
    describe_gauge!(
        "countersign_oldest_pending_seconds",
        "Age of the longest waiting undecided request; 0 without one"
    );
    describe_gauge!(
        "countersign_unlinked_requesters",
        "People with an open request whom nothing links to a Slack account, so that they get no messages"
    );
    describe_histogram!(
        "countersign_decision_seconds",
        "From asking for a token until GitHub confirmed the approval or denial"
    );
    describe_histogram!("countersign_ack_seconds", "Until a webhook, click or command was answered");
    describe_gauge!("countersign_jobs", "Work that waits, runs or was given up, by kind");
    describe_gauge!(
        "countersign_oldest_job_seconds",
        "Age of the oldest work of a kind that was not given up; 0 without any"
    );
    describe_counter!("countersign_jobs_given_up_total", "Work that will not be tried again by itself");
    describe_histogram!("countersign_job_seconds", "One run of a job");
    describe_histogram!("countersign_upstream_seconds", "One call to GitHub or Slack");
    describe_gauge!("countersign_upstream_up", "1 while GitHub or Slack answers, by the last call");
    describe_gauge!(
        "countersign_upstream_rate_remaining",
        "Calls that are still allowed, as the last answer said"
    );
    describe_gauge!(
        "countersign_reconcile_age_seconds",
        "Since the organization that waits longest was compared with GitHub's list; +Inf for never"
    );
    describe_gauge!(
        "countersign_tokens",
        "Active tokens by organization, and those of them that the last list did not show (missing)"
    );
    describe_gauge!("countersign_policy_loaded_timestamp_seconds", "When the policies were loaded");
    describe_counter!(
        "countersign_reload_failures_total",
        "Times that changed configuration or policies were not taken"
    );
    describe_gauge!("countersign_audit_entries", "Entries in the record");
    describe_gauge!("countersign_audit_unsealed", "Entries in the record that are not sealed yet");
}

/// Sets what is read from the database when somebody looks. What has vanished is set to 0 and not left standing.
pub(super) async fn look(admin: &Admin) {
    gauge!("countersign_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    gauge!("countersign_policy_loaded_timestamp_seconds").set(admin.app.rules().loaded_at.timestamp() as f64);
    if let Err(error) = look_at_store(&admin.app).await {
        tracing::warn!(%error, "the gauges could not be read and show what they did before");
    }
}

async fn look_at_store(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    let requests = app.store.requests_by_state().await?;
    for name in State::NAMES {
        let count = requests.iter().find(|(state, _)| state == name).map_or(0, |(_, count)| *count);
        gauge!("countersign_requests", "state" => name).set(count as f64);
    }
    let oldest = app.store.oldest_pending().await?;
    gauge!("countersign_oldest_pending_seconds").set(age(oldest, now));
    let jobs = app.store.jobs_by_kind(now).await?;
    Kind::ALL.into_iter().for_each(|kind| set_jobs(kind.name(), &jobs, now));
    gauge!("countersign_unlinked_requesters").set(unlinked(app).await? as f64);
    // Never is older than anything.
    let age = app.reconciliation_age().await?.map_or(f64::INFINITY, |age| age.as_seconds_f64());
    gauge!("countersign_reconcile_age_seconds").set(age);
    set_tokens(app).await?;
    let (entries, unsealed) = app.store.count_entries().await?;
    gauge!("countersign_audit_entries").set(entries as f64);
    gauge!("countersign_audit_unsealed").set(unsealed as f64);
    Ok(())
}

fn set_jobs(kind: &'static str, jobs: &[JobCount], now: DateTime<Utc>) {
    let of_kind = || jobs.iter().filter(|job| job.kind == kind);
    for state in JobState::ALL {
        let count: i64 = of_kind().filter(|job| job.state == state).map(|job| job.count).sum();
        gauge!("countersign_jobs", "kind" => kind, "state" => state.name()).set(count as f64);
    }
    let oldest = of_kind().filter(|job| job.state != JobState::GivenUp).map(|job| job.oldest).min();
    gauge!("countersign_oldest_job_seconds", "kind" => kind).set(age(oldest, now));
}

async fn set_tokens(app: &App) -> Result<(), StoreError> {
    let counts = app.store.tokens_by_state().await?;
    for mirror in app.store.mirrors().await? {
        for state in [Presence::Active, Presence::Missing] {
            let of_it =
                counts.iter().find(|(login, presence, _)| *login == mirror.login && *presence == state);
            let labels = [("organization", mirror.login.to_string()), ("state", state.name().to_owned())];
            gauge!("countersign_tokens", &labels).set(of_it.map_or(0, |(.., count)| *count) as f64);
        }
    }
    Ok(())
}

async fn unlinked(app: &App) -> Result<usize, StoreError> {
    let rules = app.rules();
    let book = &rules.book;
    let is_mapped = |login: &Login| book.people.contains_key(login) || book.machines.contains_key(login);
    let open = app.store.open_requests(LOOKED_AT).await?.into_iter().map(|request| request.facts.requester);
    let unmapped: BTreeSet<_> =
        open.filter(|requester| !is_mapped(&requester.login)).map(|requester| requester.id).collect();
    let linked = app.store.self_linked_among(&unmapped).await?;
    Ok(unmapped.len() - linked)
}

fn age(since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> f64 {
    since.map_or(0.0, |since| (now - since).as_seconds_f64().max(0.0))
}
