//! The simulated GitHub over real HTTP, with a client and a webhook receiver of our own.

mod client;
mod credentials;
mod faults;
mod lists;
mod receiver;
mod reviews;
mod schemas;
mod teams;
mod webhooks;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::*;
use crate::ids::{InstallationId, RequestId};
use client::Client;

/// A GitHub with one organization: monalisa owns it, octocat is a member; the app is installed.
struct Scene {
    clock: Clock,
    github: GitHub,
    installation: InstallationId,
}

impl Scene {
    async fn start() -> Self {
        let clock = Clock::manual(noon());
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let github = GitHub::start(clock.clone(), Chance::seeded(1), listen).await.unwrap();
        github.add_organization("acme");
        for (login, role) in [("monalisa", Role::Owner), ("octocat", Role::Member)] {
            github.add_user(login);
            github.set_membership("acme", login, role, MembershipState::Active);
        }
        for name in ["billing", "website"] {
            github.add_repository("acme", name, true);
        }
        let installation = github.install("acme").await;
        Self { clock, github, installation }
    }

    /// A client with a token of the installation.
    async fn client(&self) -> Client {
        Client::of(&self.github).with_installation_token(&self.clock, self.installation).await
    }

    async fn request(&self) -> RequestId {
        self.github.request_token(wish()).await
    }
}

/// Octocat asks to write to one repository.
fn wish() -> NewRequest {
    NewRequest {
        organization: "acme".into(),
        owner: "octocat".into(),
        token: None,
        token_name: "deploy".into(),
        permissions: Permissions::repository([("contents", "write"), ("metadata", "read")]),
        repositories: Repositories::Subset(vec!["billing".into()]),
        expires_at: Some(noon() + TimeDelta::days(30)),
        reason: Some("Nightly releases".into()),
    }
}

fn noon() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn ids(list: &Value) -> Vec<u64> {
    list.as_array().unwrap().iter().map(|item| item["id"].as_u64().unwrap()).collect()
}
