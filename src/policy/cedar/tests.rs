//! What the schema and the built-in policies say about questions that nobody asks yet.

use std::collections::BTreeMap;

use super::*;
use crate::request::samples::noon;

fn somebody(group: &str) -> Thing {
    let yes = ["slackKnown", "isLinked", "linkKnown", "isMember", "membershipKnown"];
    let no = ["isDeactivated", "isBot", "isExternal", "isGuest"];
    let mut facts: BTreeMap<_, _> = yes.into_iter().map(|name| (name, Fact::Bool(true))).collect();
    facts.extend(no.into_iter().map(|name| (name, Fact::Bool(false))));
    facts.insert("login", Fact::Text("alice".into()));
    facts.insert("linkAgeHours", Fact::Long(1_000_000));
    Thing { facts, parents: vec![Thing::named("Group", group)], ..Thing::named("User", "U0ALICE") }
}

fn organization() -> Thing {
    let facts = BTreeMap::from([("login", Fact::Text("acme".into()))]);
    Thing { facts, ..Thing::named("Organization", "acme") }
}

fn token() -> Thing {
    let text = |text: &str| Fact::Text(text.into());
    let facts = BTreeMap::from([("organization", text("acme")), ("owner", text("octocat"))]);
    Thing { facts, parents: vec![organization()], ..Thing::named("Token", "7") }
}

fn asked(principal: Thing, action: &'static str, resource: Thing) -> Asked {
    let is_own = (principal.kind == "User").then_some(false);
    Asked { principal, action, resource, now: noon(), is_own, requester: None, is_github_silent: false }
}

fn is_yes(asked: &Asked) -> bool {
    Policies::built_in(&[]).unwrap().ask(asked).unwrap().is_yes
}

#[test]
fn managers_list_show_and_revoke_and_do_not_export() {
    assert!(is_yes(&asked(somebody("managers"), "list", organization())));
    assert!(is_yes(&asked(somebody("managers"), "show", token())));
    assert!(is_yes(&asked(somebody("managers"), "revoke", token())));
    assert!(!is_yes(&asked(somebody("managers"), "export", organization())));
}

#[test]
fn auditors_export_and_show_and_do_not_revoke() {
    assert!(is_yes(&asked(somebody("auditors"), "export", organization())));
    assert!(is_yes(&asked(somebody("auditors"), "show", token())));
    assert!(!is_yes(&asked(somebody("auditors"), "revoke", token())));
}

#[test]
fn everybody_sees_and_revokes_their_own_tokens_and_nobody_elses() {
    for action in ["show", "revoke"] {
        let stranger = asked(somebody("nobody"), action, token());

        assert!(!is_yes(&stranger));
        assert!(is_yes(&Asked { is_own: Some(true), ..stranger }));
    }
}

#[test]
fn nobody_revokes_by_a_fresh_link() {
    let mut fresh = somebody("managers");
    fresh.facts.insert("linkAgeHours", Fact::Long(1));

    assert!(!is_yes(&asked(fresh, "revoke", token())));
}

#[test]
fn no_rule_acts_alone() {
    assert!(!is_yes(&asked(Thing::named("Rule", "cleanup"), "autoRevoke", token())));
}

#[test]
fn a_question_that_the_schema_does_not_know_is_no_answer() {
    let policies = Policies::built_in(&[]).unwrap();
    let without_a_fact = Thing::named("User", "U0ALICE");
    let questions = [
        asked(somebody("managers"), "approve", organization()),
        asked(somebody("managers"), "settle", token()),
        asked(without_a_fact, "list", organization()),
    ];

    for question in questions {
        assert!(policies.ask(&question).is_err(), "{question:?}");
    }
}

#[test]
fn a_misspelt_fact_does_not_validate() {
    let policies = Policies::with_unvalidated(
        r#"@id("typo") forbid (principal is User, action, resource) when { principal.isGest };"#,
    );

    let result = Validator::new(policies.schema).validate(&policies.set, ValidationMode::Strict);

    assert!(!result.validation_passed());
}

#[test]
fn each_policy_needs_a_name_of_its_own() {
    let permit = |id: &str| format!("{id} permit (principal, action == Action::\"show\", resource);");

    assert!(matches!(named(&permit("")), Err(PolicyError::Nameless)));
    let twice = format!("{}{}", permit("@id(\"one\")"), permit("@id(\"one\")"));
    assert!(matches!(named(&twice), Err(PolicyError::Unreadable(_))));
}
