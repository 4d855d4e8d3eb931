//! Stories that users could tell, played against the simulators over real HTTP.

#[path = "../support/mod.rs"]
mod support;

#[path = "../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets, another crate, call these")]
mod fuzz;

mod approve;
mod audit_log;
mod automatic;
mod blocks;
mod bulk;
mod channels;
mod chaos;
mod commands;
mod compat;
mod contract;
mod cookbook;
mod crash;
mod deny;
mod details;
mod doors;
mod elsewhere;
mod evidence;
mod export;
mod floods;
mod freeze;
mod groups;
mod home;
mod inventory;
mod link;
mod log;
mod manners;
mod mine;
mod newer;
mod operators;
mod outside;
mod pacing;
mod page;
mod people;
mod policies;
mod program;
mod quorum;
mod race;
mod reconcile;
mod refused;
mod reload;
mod renewals;
mod replicas;
mod represented;
mod revision;
mod revoke;
mod revoke_beside;
mod revoke_faults;
mod scopes;
mod second_thoughts;
mod seeds;
mod slack_faults;
mod slack_places;
mod tokens;
mod unreviewed;
mod upstream;

use countersign::clock::Clock;
use countersign::store::{Database, PostgresUrl, Probe, Store};

#[test]
fn every_story_is_true_on_postgresql_too() {
    support::postgres::run_again_on_postgres("", async |url| {
        let database = Database::Postgres(PostgresUrl::parse(&url).expect("the address of a database"));
        let clock = Clock::manual(support::noon());
        Store::open(&database, &clock, Probe::default()).await.expect("an empty database");
    });
}
