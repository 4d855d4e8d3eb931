//! What the fuzz targets check holds for their seeds, and the seeds get as far as they are meant to.

use std::path::Path;

use crate::fuzz;

/// Runs a target over its seeds. Every seed is understood, but for these.
fn grow(target: &str, check: fn(&[u8]) -> bool, not_acted_on: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut seeds = 0;
    for seed in std::fs::read_dir(folder).expect("the target has seeds") {
        let path = seed.expect("an entry").path();
        let name = path.file_name().expect("a name").to_str().expect("plain").to_owned();
        let bytes = std::fs::read(&path).expect("a file");
        assert_eq!(check(&bytes), !not_acted_on.contains(&name.as_str()), "{target}/{name}");
        // Cut anywhere, it is something else or nothing.
        for end in (0..bytes.len()).step_by(7) {
            check(&bytes[..end]);
        }
        seeds += 1;
    }
    assert!(seeds > not_acted_on.len());
}

#[test]
fn every_webhook_seed_is_read() {
    grow("webhook", fuzz::webhook, &["ping", "team"]);
}

#[test]
fn every_interaction_seed_is_read() {
    grow("interaction", fuzz::interaction, &[]);
}

#[test]
fn every_command_seed_is_read() {
    grow("command", fuzz::command, &[]);
}

#[test]
fn every_configuration_seed_is_read() {
    grow("configuration", fuzz::configuration, &["mistakes"]);
}
