//! `reference.toml` shows every key, and the defaults are what it says.

use super::*;
use crate::store::Database;

/// The lines of the reference that need a folder, and what stands in their place.
const NEEDS_A_FOLDER: [(&str, &str); 1] = [("directory = \"policies\"", "")];

fn in_force() -> String {
    NEEDS_A_FOLDER.iter().fold(REFERENCE.to_owned(), |text, (line, instead)| {
        assert!(text.contains(line), "{line}");
        text.replacen(line, instead, 1)
    })
}

#[test]
fn every_key_parses() {
    let folder = Folder::new();
    fs::create_dir(folder.0.path().join("policies")).unwrap();

    folder.load(REFERENCE, &[]).unwrap();
}

#[test]
fn what_is_not_in_force_is_told() {
    let config = load(&in_force()).unwrap();

    let mut keys: Vec<_> = config.notices.iter().map(|notice| notice.key.as_str()).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["reminders.after", "slack.app_token_file"]);
}

#[test]
fn the_defaults_are_those_of_the_reference() {
    let (full, smallest) = (load(&in_force()).unwrap(), load(SMALLEST).unwrap());

    assert_eq!(full.listen, smallest.listen);
    assert_eq!(full.admin_listen, smallest.admin_listen);
    assert_eq!(full.log, smallest.log);
    let file = |database: &Database| match database {
        Database::Sqlite { path } => path.file_name().map(ToOwned::to_owned),
        Database::Postgres(_) => None,
    };
    assert_eq!(file(&full.database), file(&smallest.database));
    assert_eq!(full.github.api_url, smallest.github.api_url);
    assert_eq!(full.github.web_url, smallest.github.web_url);
    assert_eq!(full.github.api_version, smallest.github.api_version);
    assert_eq!(full.github.organizations, smallest.github.organizations);
    assert_eq!(full.slack.api_url, smallest.slack.api_url);
    assert_eq!(full.slack.command, smallest.slack.command);
    assert_eq!(full.slack.channel_interval, smallest.slack.channel_interval);
    assert_eq!(full.reconcile_every, smallest.reconcile_every);
    assert_eq!(full.inventory_every, smallest.inventory_every);
    assert_eq!(full.rulebook.policy, smallest.rulebook.policy);
    assert_eq!(full.timing, smallest.timing);
}

/// Sections are tables of scalars; `route` and `groups`, which can only be written, stay in the file.
#[test]
fn every_scalar_can_be_given_by_environment() {
    let table: toml::Table = in_force().parse().unwrap();
    let folder = Folder::new();
    let scalars = |path: &str, table: &toml::Table| -> Vec<(String, String)> {
        let name = |key: &str| format!("COUNTERSIGN__{path}{}", key.to_uppercase());
        let scalars = table.iter().filter_map(|(key, value)| match value {
            toml::Value::String(text) => Some((name(key), text.clone())),
            toml::Value::Integer(number) => Some((name(key), number.to_string())),
            _ => None,
        });
        scalars.collect()
    };
    let mut variables = scalars("", &table);
    for section in
        ["log", "database", "github", "slack", "policy", "reconcile", "inventory", "reminders", "timing"]
    {
        variables
            .extend(scalars(&format!("{}__", section.to_uppercase()), table[section].as_table().unwrap()));
    }
    let path = folder.put(
        "countersign.toml",
        "[[route]]\nchannel = \"C0X\"\n[groups.approvers]\nmembers = [\"slack:U0BOB\"]",
    );

    let count = variables.len();
    let config = Config::load(&path, variables).unwrap();

    assert_eq!(count, 42);
    assert_eq!(config.slack.operators_channel.unwrap().as_str(), "C0OPS");
}
