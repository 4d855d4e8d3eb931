//! The simulated world around a real service, with the usual cast.
//!
//! The service is configured as an operator would: by a file, which the real loader reads.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use secrecy::ExposeSecret;

use super::cast::CAST;
use crate::app::{Parts, Service};
use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::Config;
use crate::simulator::github::{GitHub, MembershipState, Role};
use crate::simulator::slack::Slack;
use crate::store::Probe;

/// Where approvers decide.
pub const APPROVALS: &str = "C0APPROVALS";

/// Where operators are told.
pub const OPERATORS: &str = "C0OPS";

/// The organization in which everybody works.
pub const ORGANIZATION: &str = "acme";

/// How a stage is set.
pub struct StageSettings<'a> {
    pub clock: Clock,
    pub chance: Chance,
    /// Where the configuration, the secrets and the database go.
    pub folder: &'a Path,
    /// Where the service listens for GitHub and Slack; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The simulated GitHub; tests share one key, because making one takes long.
    pub github: crate::simulator::github::Settings,
}

/// A simulated GitHub and Slack, and the file that tells a service about them; clones are the same world.
#[derive(Clone)]
pub struct Stage {
    pub github: GitHub,
    pub slack: Slack,
    pub clock: Clock,
    pub chance: Chance,
    /// The service's configuration file.
    pub config: PathBuf,
}

impl Stage {
    /// Starts both simulators with the cast: octocat asks, alice and monalisa may approve, bob may not.
    pub async fn set(settings: StageSettings<'_>) -> Result<Self> {
        let StageSettings { clock, chance, folder, listen, github } = settings;
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let github = GitHub::start_with(clock.clone(), chance.clone(), github).await?;
        let slack = Slack::start(clock.clone(), chance.clone(), loopback).await?;
        people_github(&github).await;
        people_slack(&slack);
        let config = write_configuration(folder, listen, &github, &slack)?;
        Ok(Self { github, slack, clock, chance, config })
    }

    /// The configuration as the real loader reads it.
    pub fn load(&self) -> Result<Config> {
        Config::load(&self.config, []).map_err(|mistakes| anyhow!("{mistakes}"))
    }

    /// Starts the service and shows both simulators the way to it. Returns once Slack's installation is known.
    pub async fn open(&self, config: Config, probe: Probe) -> Result<Service> {
        let service = self.start(config, probe).await?;
        self.lead_to(&service);
        service.app.workspace.clone().wait_for(Option::is_some).await.context("the service stopped")?;
        Ok(service)
    }

    /// Shows both simulators the way to a service.
    pub fn lead_to(&self, service: &Service) {
        self.lead_to_address(&format!("http://{}", service.public));
    }

    /// Shows both simulators the way to an address, such as `http://127.0.0.1:3000`.
    pub fn lead_to_address(&self, base: &str) {
        self.github.send_webhooks_to(&format!("{base}/github/webhooks"));
        self.slack.serve_at(base);
    }

    /// Starts the service alone.
    pub async fn start(&self, config: Config, probe: Probe) -> Result<Service> {
        let sealing_key = crate::keyfile::configured_or_made(&config, &self.chance)?;
        let parts = Parts {
            config,
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            probe,
            sealing_key,
            metrics: None,
        };
        Service::start(parts).await
    }
}

async fn people_github(github: &GitHub) {
    for login in CAST.map(|player| player.login).into_iter().chain(["hubot"]) {
        github.add_user(login);
    }
    github.add_organization(ORGANIZATION);
    for (name, private) in [("payments-api", true), ("payments-web", true), ("docs", false)] {
        github.add_repository(ORGANIZATION, name, private);
    }
    for member in ["octocat", "alice", "bob", "hubot"] {
        github.set_membership(ORGANIZATION, member, Role::Member, MembershipState::Active);
    }
    github.set_membership(ORGANIZATION, "monalisa", Role::Owner, MembershipState::Active);
    github.install(ORGANIZATION).await;
}

fn people_slack(slack: &Slack) {
    for player in CAST {
        slack.add_user(player.slack, player.login);
    }
    slack.add_channel(APPROVALS, "approvals");
    slack.add_channel(OPERATORS, "countersign-ops");
}

/// The smallest real configuration, with the simulators in the places of github.com and slack.com.
fn write_configuration(folder: &Path, listen: SocketAddr, github: &GitHub, slack: &Slack) -> Result<PathBuf> {
    let app = slack.app();
    let write = |name: &str, content: &str| {
        std::fs::write(folder.join(name), content).with_context(|| format!("writing {name}"))
    };
    write("github-app.pem", github.app().private_key_pem.expose_secret())?;
    write("webhook-secret", github.app().webhook_secret.expose_secret())?;
    write("bot-token", &app.bot_token)?;
    write("signing-secret", &app.signing_secret)?;
    let config = format!(
        r#"listen = "{listen}"
admin_listen = "127.0.0.1:0"
route  = [{{ channel = "{APPROVALS}" }}]
people = {{ octocat = "U0OCTOCAT", alice = "U0ALICE", bob = "U0BOB", monalisa = "U0MONALISA" }}
groups.approvers.members = ["alice", "monalisa"]
database.url = "sqlite://countersign.db"

[github]
app_id = {github_app}
private_key_file = "github-app.pem"
webhook_secret_file = "webhook-secret"
api_url = "{github_url}"

[slack]
app_id = "{slack_app}"
bot_token_file = "bot-token"
signing_secret_file = "signing-secret"
api_url = "{slack_url}"
operators_channel = "{OPERATORS}"
"#,
        github_app = github.app().id,
        github_url = github.api_url(),
        slack_app = app.id,
        slack_url = slack.api_url(),
    );
    write("countersign.toml", &config)?;
    Ok(folder.join("countersign.toml"))
}
