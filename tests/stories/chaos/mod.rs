//! Chaos: 200 requests while everything fails that can, and then every promise is looked at.
//!
//! The real program runs as one process on SQLite, and as two on one PostgreSQL. A seed decides the [`plan`]: what
//! people do, which calls fail and how, and when the program is killed or stopped; the [`checks`] hold whatever
//! comes of it. The seed is printed; `./chaos --seed N` plays that plan again. How the operating system schedules it all
//! is not the seed's to decide: a failure that hangs on it may take several tries to come back.

mod checks;
mod line;
mod people;
mod plan;
mod program;
mod record;
mod town;
mod witness;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use countersign::chance::Chance;
use countersign::simulator::github::{Delivery, GitHub};
use countersign::store::{KnownJob, Reader};
use futures::future::join_all;

use crate::support::postgres::{self, Scratch};
use crate::support::was_read;
use line::Line;
use people::People;
use plan::{Disaster, Kind, Plan};
use program::{Addresses, Log, Replica};
use town::Town;

/// Names the seed; without it one is drawn.
const SEED: &str = "COUNTERSIGN_CHAOS_SEED";

/// For how many minutes to go on with further seeds.
const MINUTES: &str = "COUNTERSIGN_CHAOS_MINUTES";

/// How long everything fails at most, while there is something to be done.
const RAGING: TimeDelta = TimeDelta::seconds(40);

/// How long the world may take to settle once nothing fails any more. Far more than it needs on an idle machine.
const SETTLING: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread")]
async fn one_program_on_sqlite_keeps_every_promise() {
    again_and_again(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_on_one_postgresql_keep_every_promise() {
    if postgres::is_there(|| "chaos::two_programs_on_one_postgresql_keep_every_promise".to_owned()) {
        again_and_again(2).await;
    }
}

async fn again_and_again(replicas: usize) {
    let started = Instant::now();
    let minutes: u64 = number_in(MINUTES).unwrap_or(0);
    let mut seed = number_in(SEED).unwrap_or_else(|| u64::from(Chance::system().below(1_000_000)));
    loop {
        play(seed, replicas).await;
        if started.elapsed() >= Duration::from_secs(60 * minutes) {
            return;
        }
        seed += 1;
    }
}

fn number_in(variable: &str) -> Option<u64> {
    std::env::var(variable)
        .ok()
        .map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is not a number")))
}

/// One run, from an empty town to the last check.
async fn play(seed: u64, replicas: usize) {
    let started = Instant::now();
    println!("chaos: seed {seed}, {replicas} of the program; again: ./chaos --seed {seed}{}", flag(replicas));
    let scratch = if replicas > 1 { Some(Scratch::make().await) } else { None };
    let town = Arc::new(Town::found(Plan::new(seed, replicas), scratch).await);
    let (addresses, log) = (Addresses::default(), Log::default());
    let mut programs: Vec<_> =
        (0..replicas).map(|number| Replica::new(number, &town.stage.config, &addresses, &log)).collect();
    join_all(programs.iter_mut().map(Replica::start)).await;
    let (clock, witness) = (town.stage.clock.clone(), town.witness.clone());
    town.stage.lead_to_address(&Line::open(clock.clone(), witness.clone(), addresses).await);

    first_sight(&town).await;

    witness.attend(&town.stage);
    witness.rage(true);
    let people = People::new(&town);
    let lives: Vec<_> = (0..plan::REQUESTS).map(|number| tokio::spawn(people.clone().live(number))).collect();
    let braking = tokio::spawn(people.clone().brake());
    let plan = &town.witness.plan;
    let striking = programs.iter_mut().zip(&plan.disasters);
    join_all(striking.map(|(program, disasters)| strike(&town, program, disasters))).await;
    for ended in join_all(lives.into_iter().chain([braking])).await {
        ended.expect("nobody panics");
    }
    // On a busy machine much of what people asked for is still to be done: it must not get through unharmed.
    let until = town.founded + RAGING;
    while clock.now() < until && has_untried(&town).await {
        clock.pause(Duration::from_millis(250)).await;
    }
    witness.rage(false);
    let raged = started.elapsed();

    let rest = settle(&town, &mut programs).await;
    let settled = started.elapsed();
    let complaints = checks::all(&town, &log, rest).await;
    println!(
        "chaos: seed {seed}: {}; raged {raged:.0?}, settled at {settled:.0?}, checked at {:.0?}",
        witness.summary(),
        started.elapsed()
    );
    if !complaints.is_empty() {
        let kept = keep(&town, &log);
        panic!(
            "seed {seed} ({replicas} of the program): {} promises broken, again with ./chaos --seed {seed}{}; \
             the log is in {kept}\n{}",
            complaints.len(),
            flag(replicas),
            complaints.join("\n")
        );
    }
}

/// Returns once the organization and the list of lost webhooks were read for the first time: what was there before is
/// history.
async fn first_sight(town: &Town) {
    let is_read = |github: &GitHub| {
        was_read(github, "/app/hook/deliveries") && was_read(github, "/personal-access-token-requests")
    };
    town.stage.github.until(is_read).await.expect("GitHub's lists are read");
    while let Some(_left) = left(town).await {
        town.stage.clock.pause(Duration::from_millis(100)).await;
    }
}

fn flag(replicas: usize) -> &'static str {
    if replicas > 1 { " --database postgresql" } else { " --database sqlite" }
}

/// Kills and holds one program as planned.
async fn strike(town: &Town, program: &mut Replica, disasters: &[Disaster]) {
    let clock = &town.stage.clock;
    let milliseconds = |number: u32| TimeDelta::milliseconds(number.into());
    for disaster in disasters {
        clock.sleep_until(town.founded + milliseconds(disaster.at)).await;
        match disaster.kind {
            Kind::Kill => program.kill(),
            Kind::Pause => program.hold(),
        }
        clock.pause(Duration::from_millis(disaster.lasts.into())).await;
        match disaster.kind {
            Kind::Kill => program.start().await,
            Kind::Pause => program.let_go(),
        }
    }
}

/// How the town stood when it was waited for no longer.
struct Rest {
    /// What was left to do when patience ended.
    left: Option<String>,
    /// The webhooks sent before the last look at what is left: one that comes later may not be sealed yet.
    deliveries: Vec<Delivery>,
}

/// Waits until nothing is left to do, or patience ends.
async fn settle(town: &Arc<Town>, programs: &mut [Replica]) -> Rest {
    let clock = &town.stage.clock;
    for program in programs.iter_mut() {
        assert!(program.is_running(), "a program ended by itself");
    }
    let until = clock.now() + SETTLING;
    loop {
        // What came late may have frozen everything once more.
        if town.is_frozen().await {
            people::brake_on_the_command_line(town, false).await;
        }
        let deliveries = town.stage.github.deliveries();
        let left = left(town).await.or(checks::difference(town).await);
        if left.is_none() || clock.now() > until {
            return Rest { left, deliveries };
        }
        clock.pause(Duration::from_millis(250)).await;
    }
}

/// Whether there is work that nothing has befallen yet.
async fn has_untried(town: &Town) -> bool {
    let config = town.stage.load().expect("the configuration is in order");
    let reader = Reader::open(&config.database).await.expect("the database is there");
    let jobs = reader.jobs(town.stage.clock.now()).await.expect("jobs can be read");
    jobs.iter().any(|job| job.attempts == 0 && !is_timer(job))
}

/// Reconciliation asks for itself again, for ever, and so do looking at the members of groups and mirroring tokens. Nobody
/// waits for the mirror to have a token.
fn is_timer(job: &KnownJob) -> bool {
    matches!(
        job.kind.as_str(),
        "discover" | "deliveries" | "reconcile" | "groups" | "inventory" | "mirror" | "mirror_token"
    )
}

/// What the service has still to do.
async fn left(town: &Town) -> Option<String> {
    let config = town.stage.load().expect("the configuration is in order");
    let reader = Reader::open(&config.database).await.ok()?;
    let jobs = match reader.jobs(town.stage.clock.now()).await {
        Ok(jobs) => jobs,
        Err(error) => return Some(error.to_string()),
    };
    // Nobody waits for what is tried again only after minutes: a notice that the operators' channel did not take, and a
    // look for a request that GitHub's list did not show, which has been told to be over since.
    let is_later = |job: &&KnownJob| matches!(job.kind.as_str(), "notify" | "check") && job.attempts > 0;
    let waiting: Vec<_> = jobs.iter().filter(|job| !is_later(job) && !is_timer(job)).collect();
    if let Some(job) = waiting.first() {
        return Some(format!("{} jobs, such as {job:?}", waiting.len()));
    }
    match reader.unsealed_after(0, 1).await {
        Ok(unsealed) if unsealed.is_empty() => None,
        Ok(_) => Some("entries are not sealed".to_owned()),
        Err(error) => Some(error.to_string()),
    }
}

/// Where what is needed to understand a failure is kept.
fn keep(town: &Town, log: &Log) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("chaos-{}", town.witness.plan.seed));
    std::fs::create_dir_all(&folder).expect("the folder for tests' files is ours");
    std::fs::write(folder.join("log"), &*log.lock().unwrap()).expect("it can be written");
    std::fs::write(folder.join("record.jsonl"), record::export(town)).expect("it can be written");
    let calls: Vec<String> = record::calls(&town.stage).collect();
    std::fs::write(folder.join("calls"), calls.join("\n")).expect("it can be written");
    folder.display().to_string()
}
