//! A stateful GitHub: organizations, people, token requests and one GitHub App, over loopback HTTP.
//!
//! Strict where GitHub is known to be strict, and stricter where that shows a mistake of ours: unknown query
//! parameters and page sizes above the limit are refused. Where GitHub's behaviour is not known, [`Variants`] has both.

mod answer;
mod auth;
mod body;
mod build;
mod door;
mod fault;
mod filter;
mod listing;
mod path;
mod payload;
mod people;
mod questions;
mod rate;
mod record;
mod representation;
mod routes;
mod secrets;
mod settings;
mod variants;
mod webhook;
mod world;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use jsonwebtoken::DecodingKey;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use fault::{Moment, Stage, Verdict};
pub use record::{Call, Delivery, Outcome, Reviews};
pub use settings::{App, Settings, generate_key_pem};
pub use variants::{
    ExpiryFormat, ListLag, NotPendingStatus, OwnSender, PageShift, ReasonUnit, RevokingMany, TokenFormat,
    Variants,
};
pub use world::{
    Access, Action, By, Content, Decision, Grant, Membership, MembershipState, NewRequest, NotDone,
    Organization, Permissions, Repositories, Repository, Role, Team, TokenAccess, User, UserKind,
};

use super::connection::{Connection, CuttableListener};
use super::outbound::Outbound;
use crate::chance::Chance;
use crate::clock::Clock;
use representation::{Site, View};
use world::World;
pub(crate) use world::{Standing, TokenRequest};

/// A running GitHub; clones are handles to the same one. It runs until its runtime ends.
#[derive(Clone)]
pub struct GitHub(Arc<Inner>);

struct Inner {
    clock: Clock,
    chance: Chance,
    outbound: Outbound,
    app: App,
    app_key: DecodingKey,
    site: Site,
    prefix: String,
    world: Mutex<World>,
    /// Told of every change of the world.
    changed: watch::Sender<()>,
}

impl GitHub {
    /// Starts on `listen` with a new app; making its key takes some hundred milliseconds.
    pub async fn start(clock: Clock, chance: Chance, listen: SocketAddr) -> Result<Self> {
        let webhook_secret = hex::encode(chance.bytes::<20>()).into();
        let app = App::new(generate_key_pem()?, webhook_secret);
        Self::start_with(clock, chance, Settings { listen, ..Settings::new(app) }).await
    }

    /// Starts with a given app, address and prefix.
    pub async fn start_with(clock: Clock, chance: Chance, settings: Settings) -> Result<Self> {
        let Settings { listen, prefix, app } = settings;
        let listener = TcpListener::bind(listen).await.with_context(|| format!("listening on {listen}"))?;
        let web = format!("http://{}", listener.local_addr()?);
        let github = Self(Arc::new(Inner {
            outbound: Outbound::default(),
            app_key: settings::public_key(app.private_key_pem.expose_secret())?,
            site: Site { api: format!("{web}{prefix}"), web },
            prefix,
            world: Mutex::new(World::new(&app, clock.now())),
            changed: watch::Sender::new(()),
            app,
            clock,
            chance,
        }));
        let service = routes::router(github.clone()).into_make_service_with_connect_info::<Connection>();
        tokio::spawn(axum::serve(CuttableListener(listener), service).into_future());
        Ok(github)
    }

    /// Where the API is, prefix included; what the service is configured with.
    pub fn api_url(&self) -> &str {
        &self.0.site.api
    }

    /// The app that the service is to be.
    pub fn app(&self) -> &App {
        &self.0.app
    }

    /// From now on webhooks go there.
    pub fn send_webhooks_to(&self, url: &str) {
        self.change(|world| world.webhook_url = Some(url.to_owned()));
    }

    /// From now on webhooks fail, as when the service is down.
    pub fn stop_sending(&self) {
        self.change(|world| world.webhook_url = None);
    }

    /// Changes how GitHub behaves where nobody knows how it does.
    pub fn vary(&self, vary: impl FnOnce(&mut Variants)) {
        self.change(|world| vary(&mut world.variants));
    }

    /// Asks `hook` twice during each call what to do; it replaces an earlier one.
    pub fn on_call(&self, hook: impl Fn(Moment<'_>) -> Verdict + Send + Sync + 'static) {
        self.change(|world| world.hook = Some(Arc::new(hook)));
    }

    /// Removes the hook of [`GitHub::on_call`].
    pub fn work_normally(&self) {
        self.change(|world| world.hook = None);
    }

    /// Whether a hook interferes.
    pub fn is_disturbed(&self) -> bool {
        self.look(|world| world.hook.is_some())
    }

    /// Told of every change of the world; what changed is to be looked up.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.0.changed.subscribe()
    }

    /// The world as it is shown at this moment.
    pub(crate) fn view<'a>(&'a self, world: &'a World) -> View<'a> {
        View { world, site: &self.0.site, app: &self.0.app, now: self.0.clock.now() }
    }

    pub(crate) fn look<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.0.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let result = change(&mut self.0.world.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.changed.send_replace(());
        result
    }
}
