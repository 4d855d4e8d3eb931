//! A Slack workspace on loopback HTTP: people, channels and messages, the Web API, and the acts of people.
//!
//! It refuses what the real one is documented to refuse. Where no document settles a question, [`Variants`] offers
//! both answers. Ids and times are counted, not drawn, so that snapshots need no redaction.

mod acts;
mod api;
pub mod block_kit;
mod cast;
mod fault;
mod files;
mod render;
mod response_url;
mod screens;
mod secrets;
mod seen;
mod setup;
mod sign_in;
mod tickets;
mod variants;
mod world;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::response::Response;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::connection::{Connection, CuttableListener};
use super::outbound::Outbound;
use crate::chance::Chance;
use crate::clock::Clock;

pub use acts::{Answer, CommandAnswer, disguise};
pub use cast::{App, Channel, Enterprise, EnterpriseUser, Group, User, Workspace};
pub use fault::{Call, Stage, Verdict};
pub use files::SharedFile;
pub use render::render;
pub use seen::{Ephemeral, Message};
pub use variants::{CommandText, Variants};

use fault::{Hook, Reply};
use world::World;

/// How long [`Slack::until`] waits; far more than anything on loopback takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running Slack; cheap to clone, all clones are the same workspace.
#[derive(Clone)]
pub struct Slack(Arc<Shared>);

struct Shared {
    api_url: String,
    world: Mutex<World>,
    hook: Mutex<Option<Hook>>,
    changes: watch::Sender<u64>,
    outbound: Outbound,
}

impl Slack {
    /// Opens an empty workspace that serves until the runtime ends; port 0 takes any free one.
    pub async fn start(clock: Clock, chance: Chance, listen: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let slack = Self(Arc::new(Shared {
            api_url: format!("{base_url}/api"),
            world: Mutex::new(World::new(clock, chance, base_url)),
            hook: Mutex::new(None),
            changes: watch::Sender::new(0),
            outbound: Outbound::default(),
        }));
        let service = api::router(slack.clone()).into_make_service_with_connect_info::<Connection>();
        tokio::spawn(axum::serve(CuttableListener(listener), service).into_future());
        Ok(slack)
    }

    /// What `slack.api_url` has to be.
    pub fn api_url(&self) -> String {
        self.0.api_url.clone()
    }

    /// The installed app: its ids and secrets.
    pub fn app(&self) -> App {
        self.see(|world| world.app.clone())
    }

    pub fn workspace(&self) -> Workspace {
        self.see(|world| world.workspace.clone())
    }

    /// Says where the service listens, as `http://127.0.0.1:PORT`; may be said again after a restart.
    pub fn serve_at(&self, base_url: &str) {
        self.change(|world| world.service = Some(base_url.trim_end_matches('/').to_owned()));
    }

    /// Every call to the Web API and every post to a `response_url` so far, without tokens.
    pub fn calls(&self) -> Vec<Call> {
        self.see(|world| world.calls.clone())
    }

    /// Asks `hook` before and after the effect of every call what shall happen to it. The method of a post to a
    /// `response_url` is `response_url`. A second hook replaces the first.
    pub fn on_call(&self, hook: impl Fn(&str, Stage) -> Verdict + Send + Sync + 'static) {
        self.on_request(move |method, _, stage| hook(method, stage));
    }

    /// Like [`Slack::on_call`], for hooks that look at the arguments as well.
    pub fn on_request(&self, hook: impl Fn(&str, &Value, Stage) -> Verdict + Send + Sync + 'static) {
        *self.0.hook.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(hook));
        self.0.changes.send_modify(|count| *count += 1);
    }

    /// From here on nothing is interfered with.
    pub fn work_normally(&self) {
        *self.0.hook.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.0.changes.send_modify(|count| *count += 1);
    }

    /// Whether a hook interferes.
    pub fn is_disturbed(&self) -> bool {
        self.0.hook.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Told of every change of the workspace; what changed is to be looked up.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Returns as soon as it is true, looking again at every change; an error when that takes too long.
    pub async fn until(&self, is_true: impl Fn(&Slack) -> bool) -> Result<()> {
        let comes_true = async {
            let mut changes = self.0.changes.subscribe();
            while !is_true(self) {
                changes.changed().await?;
            }
            anyhow::Ok(())
        };
        let outcome = tokio::time::timeout(PATIENCE, comes_true).await;
        outcome.with_context(|| format!("it never came true; the last calls: {}", self.last_calls()))?
    }

    fn last_calls(&self) -> String {
        let calls = self.calls();
        let lines = calls.iter().rev().take(5).map(|call| format!("{} → {}", call.method, call.answer));
        lines.collect::<Vec<_>>().join("; ")
    }

    fn see<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.0.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let done = act(&mut self.0.world.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.changes.send_modify(|count| *count += 1);
        done
    }

    fn verdict(&self, method: &str, asked: &Value, stage: Stage) -> Verdict {
        // Cloned, so that the hook itself may look at the workspace and replace the hook.
        let hook = self.0.hook.lock().unwrap_or_else(PoisonError::into_inner).clone();
        hook.map_or(Verdict::Continue, |hook| hook(method, asked, stage))
    }

    /// Lets `effect` happen and answers, unless the hook wants otherwise; records what was asked and answered.
    async fn attend(
        &self,
        method: &str,
        body: Value,
        connection: &Connection,
        effect: impl FnOnce(&mut World) -> Reply,
    ) -> Response {
        let outcome = match self.verdict(method, &body, Stage::Before) {
            Verdict::Continue => {
                let reply = self.change(effect);
                self.verdict(method, &body, Stage::After).instead_of(reply)
            }
            interference => interference.instead_of(Reply::ok(Value::Null)),
        };
        self.change(|world| world.calls.push(outcome.as_call(method, body)));
        outcome.carry_out(connection).await
    }
}

#[cfg(test)]
mod tests;
