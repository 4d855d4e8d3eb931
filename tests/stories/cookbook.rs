//! The cookbook in `manifests/policies`: every recipe loads by itself, and answers as its table of cases says. The
//! documentation shows the very same texts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use countersign::simulator::github::{Action, MembershipState, NewRequest, Permissions, Repositories, Role};
use countersign::store::Probe;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::policies::{command, write};
use crate::support::{World, push_to_payments};
use crate::{audit_log, automatic};

/// What the base configuration of a story says, and a recipe with routes of its own replaces.
const ROUTE: &str = "route  = [{ channel = \"C0APPROVALS\" }]";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recipe {
    about: String,
    routes: Option<String>,
    configuration: Option<String>,
    /// A policy that is there only while rules are tried.
    beside: Option<String>,
    #[serde(default)]
    case: Vec<Case>,
    #[serde(default)]
    rule: Vec<Alone>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    says: String,
    #[serde(default = "acme")]
    organization: String,
    #[serde(default = "octocat")]
    requester: String,
    permissions: Value,
    repositories: Value,
    /// Without an end where left out.
    days: Option<i64>,
    #[serde(default = "usual")]
    at: DateTime<Utc>,
    person: String,
    #[serde(default = "approve")]
    action: String,
    answer: String,
    #[serde(default)]
    because: BTreeSet<String>,
    alone: Option<bool>,
}

/// What rules do alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alone {
    says: String,
    #[serde(default = "octocat")]
    requester: String,
    permissions: BTreeMap<String, String>,
    repositories: Value,
    /// Without an end where left out.
    days: Option<i64>,
    #[serde(default = "usual")]
    at: DateTime<Utc>,
    answer: String,
    by: Option<String>,
    /// What the requester reads that would not be denied.
    instead: Option<String>,
}

impl Alone {
    fn wish(&self, world: &World) -> NewRequest {
        let named = |all: &Vec<Value>| all.iter().map(|one| one.as_str().unwrap().to_owned()).collect();
        NewRequest {
            owner: self.requester.clone(),
            permissions: Permissions { repository: self.permissions.clone(), ..Permissions::default() },
            repositories: self
                .repositories
                .as_array()
                .map_or(Repositories::All, |all| Repositories::Subset(named(all))),
            expires_at: self.days.map(|days| world.stage.clock.now() + TimeDelta::days(days)),
            ..push_to_payments(&world.stage.clock)
        }
    }

    async fn try_in(&self, world: &World, recipe: &str) {
        world.github().add_user(&self.requester);
        world.github().set_membership("acme", &self.requester, Role::Member, MembershipState::Active);
        let request = world.github().request_token(self.wish(world)).await;
        world.quiet().await;
        world.pass(TimeDelta::seconds(2)).await;

        let told = audit_log::told(world).await;
        let which = format!("{recipe}: {}: {told}", self.says);
        let asked = told.lines().filter(|line| line.starts_with("rules.asked by service: "));
        assert_eq!(asked.count(), 1, "{which}");
        let decision = world.github().decision_on(request);
        let did = decision.as_ref().map(|decision| match decision.action {
            Action::Approve => ("approved", "approve"),
            Action::Deny => ("denied", "deny"),
        });
        assert_eq!(did.map_or("people", |(answer, _)| answer), self.answer, "{which}");
        if let (Some((_, verdict)), Some(by)) = (did, &self.by) {
            assert!(told.contains(&format!("decision.made by rule: {verdict} [{by}]")), "{which}");
        }
        let reason = decision.and_then(|decision| decision.reason).unwrap_or_default();
        let instead = reason.lines().nth(1);
        assert_eq!(instead, self.instead.as_deref(), "{which}");
        assert_eq!(instead.is_some(), reason.contains("/settings/personal-access-tokens/new?"), "{which}");
    }
}

fn acme() -> String {
    "acme".to_owned()
}

fn octocat() -> String {
    "octocat".to_owned()
}

fn approve() -> String {
    "approve".to_owned()
}

fn usual() -> DateTime<Utc> {
    crate::support::noon()
}

impl Case {
    fn request(&self) -> Value {
        let end = self.days.map(|days| self.at + TimeDelta::days(days));
        json!({
            "organization": self.organization,
            "requester": self.requester,
            "permissions": { "repository": self.permissions },
            "repositories": self.repositories,
            "expires_at": end.map(|end| end.to_rfc3339_opts(SecondsFormat::Secs, true)),
        })
    }

    fn try_in(&self, world: &World, recipe: &str) {
        let file = world.stage.config.with_file_name("request.json");
        std::fs::write(&file, self.request().to_string()).unwrap();
        let at = self.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let file = ["policy", "explain", "--file", file.to_str().unwrap()];
        let who =
            ["--as", self.person.as_str(), "--action", self.action.as_str(), "--at", at.as_str(), "--json"];
        let told: Value = serde_json::from_str(&command(world, &[&file[..], &who[..]].concat())).unwrap();

        let which = format!("{recipe}: {}: {told:#}", self.says);
        let answer = if self.answer == "allowed" { "allowed_if" } else { self.answer.as_str() };
        assert_eq!(told["decision"], answer, "{which}");
        if answer == "refused" {
            let by = told["forbidden_by"].as_array().unwrap();
            let by: BTreeSet<_> = by.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect();
            assert_eq!(by, self.because, "{which}");
        }
        let alone = told["required"]["enough_by_itself"].as_bool();
        assert_eq!(self.alone, alone, "{which}");
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests/policies")
}

/// Every recipe by its name, with its policy where it has one.
fn recipes() -> Vec<(String, Recipe, Option<String>)> {
    let names = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<_> =
        names.filter(|path| path.extension().is_some_and(|kind| kind == "toml")).collect();
    names.sort();
    let recipe = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let recipe = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, recipe, std::fs::read_to_string(path.with_extension("cedar")).ok())
    };
    names.into_iter().map(recipe).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_recipe_answers_as_its_table_says() {
    let recipes = recipes();
    assert!(recipes.len() >= 9, "{}", recipes.len());
    for (name, recipe, policy) in recipes {
        let world = World::closed().await;
        if let Some(policy) = &policy {
            write(&world, &format!("{name}.cedar"), policy);
        }
        world.configure(|text| {
            if let Some(routes) = &recipe.routes {
                assert!(text.contains(ROUTE));
                *text = text.replace(ROUTE, routes);
            }
            if policy.is_some() {
                *text = text.replace("database.url", "policy.directory = \"policies\"\ndatabase.url");
            }
            text.push_str(recipe.configuration.as_deref().unwrap_or_default());
        });

        let checked = command(&world, &["policy", "check"]);
        assert!(!checked.contains("note:") && !checked.contains("warning:"), "{name}: {checked}");
        recipe.case.iter().for_each(|case| case.try_in(&world, &name));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_do_alone_what_the_tables_of_their_recipes_say() {
    let mut tried = 0;
    for (name, recipe, policy) in recipes() {
        for rule in &recipe.rule {
            let rules =
                [policy.as_deref(), recipe.beside.as_deref()].into_iter().flatten().collect::<Vec<_>>();
            let mut world = automatic::closed("on", &rules.join("\n")).await;
            world.configure(|text| text.push_str(recipe.configuration.as_deref().unwrap_or_default()));
            world.stage.clock.advance(rule.at - world.stage.clock.now());
            world.open(Probe::default()).await;
            world.quiet().await;
            rule.try_in(&world, &name).await;
            tried += 1;
        }
    }
    assert!(tried >= 21, "{tried}");
}

#[test]
fn every_policy_has_a_recipe_with_cases_for_and_against_it() {
    let policies = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let policies = policies.filter(|path| path.extension().is_some_and(|kind| kind == "cedar")).count();
    let recipes = recipes();
    assert_eq!(recipes.iter().filter(|(_, _, policy)| policy.is_some()).count(), policies);
    for (name, recipe, policy) in recipes {
        let has = |is_it: &dyn Fn(&Case) -> bool| recipe.case.iter().any(is_it);
        let answers: BTreeSet<_> = recipe.rule.iter().map(|rule| rule.answer.as_str()).collect();
        assert!(
            recipe.case.is_empty()
                || has(&|case| case.answer == "allowed") && has(&|case| case.answer == "refused"),
            "{name}"
        );
        let is_for_rules =
            recipe.case.is_empty() || policy.is_some_and(|text| text.contains("Action::\"autoApprove\""));
        assert!(!is_for_rules || answers.contains("people") && answers.len() > 1, "{name}");
        assert!(recipe.rule.iter().all(|rule| rule.by.is_some() == (rule.answer != "people")), "{name}");
    }
}

#[test]
fn the_documentation_shows_the_very_recipes() {
    let docs = include_str!("../../docs/policies.md");
    for (name, recipe, policy) in recipes() {
        let shown = [Some(recipe.about), recipe.routes, recipe.configuration, policy];
        for text in shown.into_iter().flatten() {
            assert!(docs.contains(text.trim()), "{name}: docs/policies.md does not show:\n{text}");
        }
    }
}
