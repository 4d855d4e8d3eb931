//! The harness: the real service with its real clients, between a simulated GitHub and a simulated Slack, on a clock
//! that is moved by hand.

pub(crate) mod browser;
pub(crate) mod deadly;
mod leaks;
pub(crate) mod postgres;
mod service;
pub(crate) mod stand_in;
pub(crate) mod visitor;

use std::collections::HashSet;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use countersign::app::Service;
use countersign::chance::Chance;
use countersign::clock::Clock;
use countersign::config::Config;
use countersign::demo::{APPROVALS, ORGANIZATION, Stage, StageSettings};
use countersign::ids::RequestId;
use countersign::request::TokenRequest;
use countersign::simulator::github::{self, GitHub, NewRequest, Permissions, Repositories};
use countersign::simulator::outbound::{Answer, Outbound};
use countersign::simulator::slack::{Message, Slack};
use countersign::store::{Database, Probe};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use sqlx::ConnectOptions;
use tempfile::TempDir;
use tokio::sync::Notify;

pub(crate) use leaks::{LogWatch, leaks_in, secrets_of};
use postgres::Scratch;
pub(crate) use service::{Rest, Running};

/// When every story begins.
pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200, 0).expect("within chrono's range")
}

/// One story's world.
pub(crate) struct World {
    pub(crate) stage: Stage,
    pub(crate) running: Option<Running>,
    /// Looks at the log when the service has ended and its files are still there.
    log: LogWatch,
    _folder: TempDir,
    /// On PostgreSQL; dropped last.
    scratch: Option<Scratch>,
}

impl World {
    /// The usual cast and the smallest configuration.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The usual cast; `change` may alter the configuration's text before it is read.
    pub(crate) async fn start_with(change: impl FnOnce(&mut String)) -> Self {
        let mut world = Self::closed().await;
        world.configure(change);
        world.open(Probe::default()).await;
        // The first look at GitHub is over before the story begins.
        world.quiet().await;
        world
    }

    /// Alters the configuration's text; it counts from the next start.
    pub(crate) fn configure(&self, change: impl FnOnce(&mut String)) {
        let mut text = std::fs::read_to_string(&self.stage.config).expect("the stage wrote it");
        change(&mut text);
        std::fs::write(&self.stage.config, text).expect("the folder is ours");
    }

    /// A world whose service has not been started yet.
    pub(crate) async fn closed() -> Self {
        Self::closed_on(Clock::manual(noon())).await
    }

    /// For the real program, which has no other clock.
    pub(crate) async fn closed_on_the_wall_clock() -> Self {
        Self::closed_on(Clock::wall()).await
    }

    async fn closed_on(clock: Clock) -> Self {
        let from = leaks::start();
        // One process has one TLS provider; whoever comes first installs it.
        rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
        let folder = tempfile::tempdir().expect("a folder for this story");
        let settings = StageSettings {
            clock,
            chance: Chance::seeded(7),
            folder: folder.path(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            github: github::Settings::new(github::App::new(
                key(),
                SecretString::from("It's a Secret to Everybody".to_owned()),
            )),
        };
        let stage = Stage::set(settings).await.expect("the simulators start");
        let log = LogWatch::new(&stage, from);
        let scratch = if postgres::is_chosen() { Some(Scratch::opened().await) } else { None };
        let world = Self { stage, running: None, log, _folder: folder, scratch };
        // Most stories are about something else; those about reconciliation and inventory say how often.
        world.configure(|text| {
            let seldom = "reconcile.every = \"30d\"\ninventory.every = \"30d\"\ndatabase.url";
            *text = text.replace("database.url", seldom);
        });
        world.choose_database();
        world
    }

    /// On PostgreSQL the configuration names it, and the key that is made beside a SQLite file otherwise: the very same
    /// key, so that chance gives the same afterwards.
    fn choose_database(&self) {
        let Some(scratch) = &self.scratch else { return };
        let text = std::fs::read_to_string(&self.stage.config).expect("the stage wrote it");
        let key = hex::encode(self.stage.chance.bytes::<32>());
        let chosen = format!("encryption_key = \"{key}\"\ndatabase.url = \"{}\"", scratch.url());
        let text = text.replace("database.url = \"sqlite://countersign.db\"", &chosen);
        std::fs::write(&self.stage.config, text).expect("the folder is ours");
    }

    /// How to reach the database on PostgreSQL.
    pub(crate) fn scratch_url(&self) -> String {
        self.scratch.as_ref().expect("on PostgreSQL").url()
    }

    /// Where several programs may share the database.
    pub(crate) fn is_on_postgres(&self) -> bool {
        self.scratch.is_some()
    }

    /// After a killed service: nobody may touch what it was working on before its leases have run out, except where the
    /// next one can be sure to be alone.
    pub(crate) async fn outlive_leases(&self) {
        // What the new one has begun must not lose its own leases to a clock that jumps.
        self.quiet().await;
        if self.is_on_postgres() {
            self.pass(self.config().timing.lease).await;
        }
    }

    /// Starts the service, or starts it again.
    pub(crate) async fn open(&mut self, probe: Probe) {
        self.running = Some(Running::start(&self.stage, probe).await);
    }

    /// Ends the service as `kill -9` would: nothing is finished, nothing is said.
    pub(crate) async fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill().await;
        }
    }

    pub(crate) fn github(&self) -> &GitHub {
        &self.stage.github
    }

    pub(crate) fn slack(&self) -> &Slack {
        &self.stage.slack
    }

    pub(crate) fn config(&self) -> Config {
        self.stage.load().expect("the configuration is in order")
    }

    /// Moves time on and waits until everything that became due is done.
    pub(crate) async fn pass(&self, time: TimeDelta) {
        self.stage.clock.advance(time);
        self.quiet().await;
    }

    /// Returns once every webhook was delivered and no job is due.
    pub(crate) async fn quiet(&self) {
        let running = self.running.as_ref().expect("the service runs");
        loop {
            running.rest.reached().await;
            self.github().settled().await.expect("webhooks are answered");
            // A job's call may have caused a webhook, and a webhook a job.
            if running.rest.is_reached() {
                return;
            }
        }
    }

    /// Tells when the running service has nothing to do.
    pub(crate) fn rest(&self) -> Rest {
        self.running.as_ref().expect("the service runs").rest.clone()
    }

    /// What was logged in this process since the story began, by stories that run beside it, too.
    pub(crate) fn logged(&self) -> String {
        self.log.read()
    }

    /// Returns once everything on record is sealed.
    pub(crate) async fn sealed(&self) {
        let store = &self.running.as_ref().expect("the service runs").app.store;
        for looked in 1..3_000 {
            if store.count_entries().await.expect("the record can be read").1 == 0 {
                return;
            }
            // A seal is no commit, so nothing tells of it.
            Clock::wall().pause(Duration::from_millis(20)).await;
            if looked % 50 == 0 && !self.stage.clock.is_wall() {
                // The sealer may have looked at the clock just after it was moved.
                self.stage.clock.advance(TimeDelta::seconds(1));
            }
        }
        panic!("the record is not sealed");
    }

    /// Changes the database behind the service's back.
    pub(crate) async fn sql(&self, statement: &'static str) {
        match self.config().database {
            Database::Sqlite { path } => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
                let mut connection = options.connect().await.expect("the database is there");
                sqlx::query(statement).execute(&mut connection).await.expect("the statement works");
            }
            Database::Postgres(_) => {
                let url = self.scratch.as_ref().expect("on PostgreSQL").url();
                let mut connection = postgres::connect(&url).await;
                sqlx::query(statement).execute(&mut connection).await.expect("the statement works");
            }
        }
    }

    /// GitHub's numbers of all requests on record, asked past the service.
    pub(crate) async fn on_record(&self) -> HashSet<RequestId> {
        const NUMBERS: &str = "SELECT request_id FROM request";
        let numbers: Vec<i64> = match self.config().database {
            Database::Sqlite { path } => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).read_only(true);
                let mut connection = options.connect().await.expect("the database is there");
                sqlx::query_scalar(NUMBERS).fetch_all(&mut connection).await.expect("numbers")
            }
            Database::Postgres(_) => {
                let mut connection = postgres::connect(&self.scratch_url()).await;
                sqlx::query_scalar(NUMBERS).fetch_all(&mut connection).await.expect("numbers")
            }
        };
        numbers.into_iter().map(|number| RequestId(number.unsigned_abs())).collect()
    }

    /// What a question to the database, asked past the service, is answered.
    pub(crate) async fn is_true(&self, question: &'static str) -> bool {
        let mut connection = postgres::connect(&self.scratch_url()).await;
        sqlx::query_scalar(question).fetch_one(&mut connection).await.expect("the question has an answer")
    }

    /// The key of the request that a card is about.
    pub(crate) fn key_of(&self, card: &Message) -> String {
        let metadata = card.metadata.as_ref().expect("cards carry their key");
        metadata["event_payload"]["key"].as_str().expect("a key").to_owned()
    }

    /// Starts the service although Slack does not answer; it is stopped by the caller.
    pub(crate) async fn start_without_slack(&self) -> Service {
        let service = self.stage.start(self.config(), Probe::default()).await.expect("the service starts");
        self.stage.lead_to(&service);
        service
    }

    /// octocat asks to push to two repositories for 90 days.
    pub(crate) async fn octocat_asks(&self) -> RequestId {
        let request = self.github().request_token(push_to_payments(&self.stage.clock)).await;
        self.quiet().await;
        request
    }

    /// A message as it stands now.
    pub(crate) fn again(&self, seen: &Message) -> Message {
        let all = self.slack().channel(&seen.channel);
        all.into_iter().find(|message| message.ts == seen.ts).expect("it was not deleted")
    }

    /// A message's lines, with keys that are the same each time.
    pub(crate) fn readable(&self, message: &Message) -> String {
        let words = message.on_screen();
        let key = |word: &str| ["r-", "c-"].iter().any(|prefix| word.len() == 8 && word.starts_with(prefix));
        let lines = words.lines().map(|line| {
            let words = line.split(' ').map(|word| if key(word) { "r-KEY" } else { word });
            words.collect::<Vec<_>>().join(" ")
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Everything that waits.
    pub(crate) async fn open_requests(&self) -> Vec<TokenRequest> {
        let store = &self.running.as_ref().expect("the service runs").app.store;
        store.open_requests(u32::MAX).await.expect("the database answers")
    }

    /// What waits without a card of its own.
    pub(crate) async fn collected(&self) -> Vec<TokenRequest> {
        let store = &self.running.as_ref().expect("the service runs").app.store;
        let mut found = Vec::new();
        for request in self.open_requests().await {
            let showing = store.showing(&request.key).await.expect("the database answers");
            if showing.is_some_and(|showing| showing.collection.is_some()) {
                found.push(request);
            }
        }
        found
    }

    /// How often GitHub was asked for paths that begin so.
    pub(crate) fn calls_of(&self, path: &str) -> usize {
        self.github().calls().iter().filter(|call| call.path.starts_with(path)).count()
    }

    /// The newest card in the channel.
    pub(crate) fn card(&self) -> Message {
        self.slack().channel(APPROVALS).pop().expect("a card was posted")
    }

    /// Presses a button of the newest card and waits until what follows is done.
    pub(crate) async fn press(&self, user: &str, button: &str) -> Answer {
        let answer = self.press_only(user, button).await;
        self.quiet().await;
        answer
    }

    /// Presses a button and waits for the answer alone.
    pub(crate) async fn press_only(&self, user: &str, button: &str) -> Answer {
        self.slack().click(user, APPROVALS, &self.card().ts, button).await.expect("the click is answered")
    }

    /// Presses a button of the newest card that opens a modal; gives the modal once it has been filled.
    pub(crate) async fn modal(&self, user: &str, button: &str) -> Value {
        self.press_only(user, button).await;
        self.filled_modal(user).await
    }

    /// The modal on somebody's screen, once it has been filled.
    pub(crate) async fn filled_modal(&self, user: &str) -> Value {
        let is_filled = |slack: &Slack| {
            slack.modal(user).is_some_and(|view| !view["blocks"].to_string().contains("Checking…"))
        };
        self.slack().until(is_filled).await.expect("the modal is filled");
        self.slack().modal(user).expect("it is on the screen")
    }

    /// What the service sent of a modal, without what Slack added.
    pub(crate) fn sent(view: &Value) -> Value {
        let fields = ["callback_id", "title", "submit", "close", "blocks", "private_metadata"];
        fields.into_iter().map(|field| (field.to_owned(), view[field].clone())).collect::<Map<_, _>>().into()
    }

    /// Sends the modal on somebody's screen, with a text or an option's value by field, and waits until what follows
    /// is done.
    pub(crate) async fn submit(&self, user: &str, inputs: &[(&str, &str)]) -> Answer {
        let answer = self.slack().submit(user, inputs).await.expect("the submission is answered");
        self.quiet().await;
        answer
    }

    /// From now on every review is answered with this before anything happens.
    pub(crate) fn reviews_are_answered(&self, status: u16, message: &'static str) {
        let status = StatusCode::from_u16(status).expect("a status");
        self.github().on_call(move |moment| match (moment.is_review(), moment.stage) {
            (true, github::Stage::Before) => github::Verdict::Answer(status, json!({ "message": message })),
            (true, github::Stage::After) | (false, _) => github::Verdict::Continue,
        });
    }

    /// From now on the first call that reads the list of requests tells the one and waits for the other.
    pub(crate) fn holds_the_list(&self) -> (Arc<Notify>, Arc<Notify>) {
        let (reached, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let is_first = AtomicBool::new(true);
        let (told, held) = (reached.clone(), release.clone());
        self.github().on_call(move |moment| {
            let is_list = moment.method == "GET" && moment.path.contains("/personal-access-token-requests");
            match is_list && moment.stage == github::Stage::Before && is_first.swap(false, Ordering::SeqCst) {
                true => {
                    told.notify_one();
                    github::Verdict::Hold(held.clone())
                }
                false => github::Verdict::Continue,
            }
        });
        (reached, release)
    }

    /// The last thing somebody alone was told.
    pub(crate) fn told_alone(&self, user: &str) -> String {
        self.slack().ephemerals(user).pop().expect("they were told something").on_screen()
    }
}

/// Gets something over HTTP.
pub(crate) async fn get(url: &str) -> Answer {
    Outbound::default().get(url).await.expect("an answer")
}

/// Whether GitHub has told what stands under a path that ends so.
pub(crate) fn was_read(github: &GitHub, end: &str) -> bool {
    github.calls().iter().any(|call| call.status == Some(StatusCode::OK) && call.path.ends_with(end))
}

/// octocat's usual wish.
pub(crate) fn push_to_payments(clock: &Clock) -> NewRequest {
    NewRequest {
        organization: ORGANIZATION.to_owned(),
        owner: "octocat".to_owned(),
        token: None,
        token_name: "deploy-bot".to_owned(),
        permissions: Permissions::repository([("contents", "write"), ("metadata", "read")]),
        repositories: Repositories::Subset(vec!["payments-api".to_owned(), "payments-web".to_owned()]),
        expires_at: Some(clock.now() + TimeDelta::days(90)),
        reason: Some("Release bot needs to push tags".to_owned()),
    }
}

/// Making an RSA key takes a good part of a story's time: one for all stories that are run on this machine.
pub(crate) fn key() -> SecretString {
    static KEY: OnceLock<SecretString> = OnceLock::new();
    KEY.get_or_init(|| kept_key().unwrap_or_else(make_key)).clone()
}

const KEPT_KEY: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/github-app.pem");

fn kept_key() -> Option<SecretString> {
    std::fs::read_to_string(KEPT_KEY).ok().map(SecretString::from)
}

/// Stories are processes that start at once: the file is there as a whole or not at all.
fn make_key() -> SecretString {
    let key = github::generate_key_pem().expect("a key can be made");
    let mut file =
        tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).expect("cargo made the folder");
    file.write_all(key.expose_secret().as_bytes()).expect("there is room");
    file.persist(KEPT_KEY).expect("in the same folder");
    key
}
