//! The running service: listeners, worker, sealer and first contact with Slack, started and stopped together.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::places::Finding;
use super::reload::{Reloads, in_order_again};
use super::rules::InForce;
use super::{App, Groups, Rules};
use crate::audit::SealingKey;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::Config;
use crate::github::{self, GitHub};
use crate::http::{self, Admin};
use crate::jobs::{Kind, Notice, Progress, ReadPages, Worker, discover, groups, inventory};
use crate::pace::Pace;
use crate::sign_in::SignIn;
use crate::slack::{ReplyHosts, Slack, SlackInstallation, SlackSettings};
use crate::store::{Change, PolicySet, Probe, Store};
use crate::watch::{Contact, Reloader, Rests, Sealer, keep_up};

/// How long what runs may take to finish after a stop.
const GRACE: Duration = Duration::from_secs(10);

/// How long the operators' last questions may take then.
const ANSWERED_WITHIN: Duration = Duration::from_secs(1);

/// What a service is made of besides its configuration.
pub struct Parts {
    pub config: Config,
    pub clock: Clock,
    pub chance: Chance,
    pub probe: Probe,
    pub sealing_key: SealingKey,
    pub metrics: Option<PrometheusHandle>,
}

/// A service that runs until it is stopped.
pub struct Service {
    pub app: App,
    /// Where GitHub and Slack reach it.
    pub public: SocketAddr,
    /// Where operators reach it.
    pub admin: SocketAddr,
    /// What the job worker has got done.
    pub progress: watch::Receiver<Progress>,
    reload: Arc<Notify>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    /// Answers the operators until everything else has ended.
    last: JoinSet<()>,
    end: CancellationToken,
}

impl Service {
    /// Opens the database, binds both addresses, and starts everything. Neither GitHub nor Slack has to be up.
    pub async fn start(parts: Parts) -> Result<Self> {
        let Parts { config, clock, chance, probe, sealing_key, metrics } = parts;
        let store = Store::open(&config.database, &clock, probe).await?;
        let released = store.release_leases().await?;
        tracing::info!(released, "the database is open");
        let (workspace_told, workspace) = watch::channel(None);
        let app = wired(config, clock, chance, store, workspace)?;
        begin(&app).await?;
        let public = bind(app.config.listen, "listen").await?;
        let admin = bind(app.config.admin_listen, "admin_listen").await?;
        let (progress_made, progress) = watch::channel(Progress::default());
        let mut service = Self {
            public: public.local_addr()?,
            admin: admin.local_addr()?,
            app: app.clone(),
            progress,
            reload: Arc::default(),
            stop: CancellationToken::new(),
            tasks: JoinSet::new(),
            last: JoinSet::new(),
            end: CancellationToken::new(),
        };
        let rests = Rests { app: app.clone() };
        // Before anything is asked: the run before this one may have been told to wait.
        rests.share().await;
        let stop = || service.stop.clone();
        let tasks = &mut service.tasks;
        tasks.spawn(Contact { app: app.clone() }.run(workspace_told, stop()));
        tasks.spawn(rests.run(stop()));
        tasks.spawn(Worker::new(app.clone(), progress_made).run(stop()));
        tasks.spawn(Reloader { app: app.clone(), asked: service.reload.clone() }.run(stop()));
        let sealer = Sealer { store: app.store.clone(), clock: app.clock.clone(), key: sealing_key };
        tasks.spawn(sealer.run(stop()));
        if let Some(metrics) = metrics.clone() {
            tasks.spawn(keep_up(metrics, app.clock.clone(), stop()));
        }
        let for_operators = Admin { app: app.clone(), metrics, stop: stop() };
        service.last.spawn(http::admin(for_operators).run(admin, service.end.clone()));
        tasks.spawn(http::public(app).run(public, stop()));
        tracing::info!(public = %service.public, admin = %service.admin, "countersign serves");
        Ok(service)
    }

    /// Has the rules taken anew, whether or not their files look changed.
    pub fn reload(&self) {
        self.reload.notify_one();
    }

    /// Stops accepting, finishes what runs, and gives up after a grace time. Meanwhile `/readyz` says so.
    pub async fn stop(mut self) {
        self.stop.cancel();
        tracing::info!("stopping: what runs is finished, the rest goes on at the next start");
        let finished = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, finished).await.is_err() {
            tracing::warn!("not everything finished in time; it goes on at the next start");
        }
        self.end.cancel();
        let answered = async { while self.last.join_next().await.is_some() {} };
        // Whoever asks keeps nobody from stopping.
        tokio::time::timeout(ANSWERED_WITHIN, answered).await.ok();
    }
}

/// Everything that a handler or a job may reach.
fn wired(
    mut config: Config,
    clock: Clock,
    chance: Chance,
    store: Store,
    workspace: watch::Receiver<Option<SlackInstallation>>,
) -> Result<App> {
    Ok(App {
        github: GitHub::new(github_settings(&config)?, clock.clone())?,
        slack: Slack::new(SlackSettings {
            api_url: &config.slack.api_url,
            token: &config.slack.bot_token,
            patience: config.timing.slack_timeout.to_std()?,
            channel_interval: config.slack.channel_interval,
            clock: clock.clone(),
        })?,
        reply_hosts: ReplyHosts::new(config.slack.api_url.clone()),
        reloads: Reloads::new(&config),
        rules: InForce::new(Rules::new(std::mem::take(&mut config.rulebook), clock.now())?),
        groups: Groups::new(config.timing.membership_max_age, clock.clone()),
        sign_in: SignIn::new(&config, clock.clone())?.map(Arc::new),
        turns: Pace::new(config.github.mutation_interval, 1),
        read_pages: ReadPages::default(),
        config: Arc::new(config),
        clock,
        chance,
        store,
        finding: Finding::default(),
        pinning: Arc::default(),
        collecting: Arc::default(),
        workspace,
    })
}

/// What every start puts on record and asks for.
async fn begin(app: &App) -> Result<()> {
    let now = app.clock.now();
    // What was refused while the service last ran is mended, or it would not start.
    let told = app.store.lasting(Notice::RULES).await?;
    let mended = told.map(|_| in_order_again(&app.rules()).job(now));
    // At every start, and then by itself.
    let timers = [
        Kind::Discover.on(discover::ALL, String::new(), now),
        Kind::Groups.on(groups::ALL, String::new(), now),
        Kind::Inventory.on(inventory::ALL, String::new(), now),
    ];
    let started = Change {
        entries: vec![app.record().started(app.rules().policy.hash())],
        policy_set: Some(PolicySet::of(&app.rules().policy, now)),
        leave: Some(app.rules().leave(now)),
        jobs: timers.into_iter().chain(mended).collect(),
        ..Change::default()
    };
    let _ = app.store.commit(started).await?;
    if let Err(error) = app.pin_changes().await {
        tracing::warn!(%error, "changed links are pinned at their first use");
    }
    Ok(())
}

fn github_settings(config: &Config) -> Result<github::Settings> {
    Ok(github::Settings {
        api_url: config.github.api_url.clone(),
        api_version: config.github.api_version.clone(),
        app_id: config.github.app_id,
        private_key: config.github.private_key.clone(),
        timeout: config.timing.github_timeout.to_std()?,
    })
}

async fn bind(address: SocketAddr, key: &str) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("binding {address} (`{key}` in the configuration)"))
}
