//! What the schema and the built-in policies say about questions that nobody asks yet.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::ids::Login;
use crate::policy::texts::PolicyFile;
use crate::policy::{Needs, Settling};
use crate::request::samples::{noon, pending};

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
        (asked(somebody("managers"), "approve", organization()), "approve"),
        (asked(somebody("managers"), "settle", token()), "settle"),
        (asked(without_a_fact, "list", organization()), "schema"),
    ];

    for (question, told) in questions {
        let failure = policies.ask(&question).unwrap_err();

        assert!(failure.cause.contains(told), "{failure:?}");
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

/// Operators' policies beside the built-in ones, in a world with payments and two groups.
fn load(files: &[(&str, &str)]) -> Result<Vec<Hint>, Faults> {
    let files = files.iter().map(|(name, text)| PolicyFile { name: (*name).into(), text: (*text).into() });
    let texts = PolicyTexts::new(files.collect(), vec![]);
    Policies::load(texts, Some(&vocabulary("acme*"))).map(|(_, hints)| hints)
}

/// What is configured where such organizations are served.
fn vocabulary(organizations: &str) -> Vocabulary {
    let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect();
    Vocabulary {
        groups: names(&["approvers", "security", "managers"]),
        repository_groups: names(&["payments"]),
        organizations: vec![organizations.parse().unwrap()],
        people: [Login::new("alice")].into(),
    }
}

/// Place and code of each mistake, and what is said of it.
fn faults(text: &str) -> Vec<String> {
    let faults = load(&[("p.cedar", text)]).expect_err("there should be mistakes").0;
    faults
        .iter()
        .map(|fault| format!("{} {}: {}; {}", fault.place, fault.code, fault.problem, fault.cure))
        .collect()
}

fn hints(text: &str) -> Vec<String> {
    let hints = load(&[("p.cedar", text)]).unwrap();
    hints.into_iter().map(|hint| format!("{}: {}", hint.place, hint.message)).collect()
}

/// A prohibition to approve under a condition, on lines 1 to 3.
fn forbid(condition: &str) -> String {
    format!(
        "@id(\"rule\")\nforbid (principal is User, action == Action::\"approve\", resource is TokenRequest)\nwhen {{ {condition} }};"
    )
}

#[test]
fn every_mistake_is_told_at_once_with_its_line() {
    let text = r#"// Four policies with a mistake each.
permit (principal, action == Action::"show", resource);

@id("typo")
forbid (principal is User, action, resource)
when { principal.isGest };

@id("broken") forbid (principal, action, resource) when { ;

@id("good") forbid (principal is User, action == Action::"deny", resource is TokenRequest) when { resource.level >= 3 };

@id("typo") forbid (principal, action == Action::"aprove", resource);
"#;

    insta::assert_snapshot!(faults(text).join("\n"));
}

#[test]
fn each_policy_has_a_name_of_its_own_in_all_files() {
    let permit =
        |id: &str| format!("@id(\"{id}\") permit (principal, action == Action::\"show\", resource);");
    let codes = |files: &[(&str, &str)]| {
        let faults = load(files).map(drop).map_err(|faults| faults.0).err().unwrap_or_default();
        faults
            .iter()
            .map(|fault| format!("{} {} {}", fault.place, fault.code, fault.problem))
            .collect::<Vec<_>>()
    };

    assert!(codes(&[("a", &permit("one")), ("b", &permit("two"))]).is_empty());
    assert_eq!(
        codes(&[("a", &permit("one")), ("b", &format!("\n{}", permit("one")))]),
        ["b:2 policy-name the policy at a:1 is called one, too"]
    );
    assert_eq!(
        codes(&[("a", &permit("own-request"))]),
        ["a:1 policy-name a built-in policy is called own-request"]
    );
    for name in ["", "Has-Capitals", "has space", &"x".repeat(65)] {
        assert_eq!(codes(&[("a", &permit(name))]), ["a:1 policy-name its @id is no name for a policy"]);
    }
}

#[test]
fn a_permit_for_whatever_there_is_is_refused() {
    let of =
        |effect: &str, action: &str| format!("@id(\"x\")\n{effect} (principal is User, {action}, resource);");

    assert_eq!(
        faults(&of("permit", "action")),
        ["p.cedar:2 policy-no-action: it permits every action there is and will be; name them: \
          action == Action::\"show\", or action in [Action::\"show\"]"]
    );
    assert!(hints(&of("forbid", "action")).is_empty());
    assert!(hints(&of("permit", "action in [Action::\"list\"]")).is_empty());
}

#[test]
fn what_is_not_configured_is_named_with_the_nearest() {
    for (condition, told) in [
        (
            r#"principal in Group::"securty""#,
            r#"unknown-group: there is no group "securty"; did you mean security?"#,
        ),
        (
            r#"resource.touches.contains("payment")"#,
            r#"unknown-repository-group: there is no repository group "payment"; did you mean payments?"#,
        ),
        (
            r#"resource.permissions.contains("content:write")"#,
            r#"unknown-permission: there is no permission "content"; did you mean contents?"#,
        ),
        (
            r#"["contents:wirte", "metadata:read"].containsAll(resource.permissions)"#,
            r#"unknown-permission: "contents:wirte" has no level that a permission can have; write "contents:read", :write or :admin"#,
        ),
        (
            r#"resource.permissions == ["contents"]"#,
            r#"unknown-permission: "contents" has no level that a permission can have; write "contents:read", :write or :admin"#,
        ),
        (
            r#"resource.organization == "other""#,
            r#"unknown-organization: the organization "other" is none of github.organizations; did you mean acme*?"#,
        ),
        (
            r#"resource in Organization::"other""#,
            r#"unknown-organization: the organization "other" is none of github.organizations; did you mean acme*?"#,
        ),
        (
            r#"resource.organization == (if resource.hasRoute then "acme" else "other")"#,
            r#"unknown-organization: the organization "other" is none of github.organizations; did you mean acme*?"#,
        ),
        (
            r#"resource.requester == "alice smith""#,
            r#"policy-login: "alice smith" is no GitHub login: it never matches; write it as in the address of the person's profile"#,
        ),
        (
            r#"principal == User::"alice""#,
            r#"policy-user: "alice" is no Slack user; write the Slack member id, as in User::"U0ALICE", or compare principal.login"#,
        ),
        (
            r#"principal.login == "Alice""#,
            r#"policy-capitals: "Alice" has capital letters, and facts have none: it never matches; write "alice""#,
        ),
        (
            r#"resource.requester like "Bot-*""#,
            r#"policy-capitals: "Bot-*" has capital letters, and facts have none: it never matches; write "bot-*""#,
        ),
        (
            r#"["Contents:write"].containsAny(resource.permissions)"#,
            r#"policy-capitals: "Contents:write" has capital letters, and facts have none: it never matches; write "contents:write""#,
        ),
        (
            r#"principal in Group::"Security""#,
            r#"policy-capitals: "Security" has capital letters, and facts have none: it never matches; write "security""#,
        ),
    ] {
        assert_eq!(faults(&forbid(condition)), [format!("p.cedar:3 {told}")]);
    }
}

#[test]
fn an_e_mail_address_is_no_login_and_is_not_repeated() {
    for condition in [
        r#"resource.requester == "alice@example.com""#,
        r#"resource.requester == "Alice@example.com""#,
        r#"principal.login like "*@example.com""#,
        r#"principal == User::"alice@example.com""#,
    ] {
        let told = "p.cedar:3 policy-login: an e-mail address is no login: it never matches; write it as in the address \
                    of the person's profile";
        assert_eq!(faults(&forbid(condition)), [told], "{condition}");
    }
}

#[test]
fn organizations_are_looked_up_wherever_their_names_stand() {
    let of = |condition: &str| {
        format!(
            "@id(\"x\")\npermit (principal in Group::\"managers\", action == Action::\"list\", resource is Organization)\n\
             when {{ {condition} }};"
        )
    };
    let served = vocabulary("acme");
    let codes = |text: &str| {
        let file = PolicyFile { name: "p.cedar".into(), text: text.to_owned() };
        let loaded = Policies::load(PolicyTexts::new(vec![file], vec![]), Some(&served));
        loaded.err().map(|faults| faults.0.iter().map(|fault| fault.code).collect::<Vec<_>>())
    };

    assert_eq!(codes(&of(r#"resource.login == "acme""#)), None);
    assert_eq!(codes(&of(r#"resource.login like "ac*""#)), None);
    assert_eq!(codes(&of(r#"resource.login == "other""#)), Some(vec![code::UNKNOWN_ORGANIZATION]));
    assert_eq!(codes(&of(r#"resource.login like "other*""#)), Some(vec![code::UNKNOWN_ORGANIZATION]));
    assert_eq!(
        codes(&forbid(r#"resource.organization like "acne-*""#)),
        Some(vec![code::UNKNOWN_ORGANIZATION])
    );
}

#[test]
fn what_is_not_configured_is_found_wherever_it_stands() {
    let group = ["p.cedar:3 unknown-group: there is no group \"securty\"; did you mean security?"];
    for condition in [
        r#"!(principal in Group::"securty")"#,
        r#"principal is User in Group::"securty""#,
        r#"principal in [Group::"security", Group::"securty"]"#,
        r#"if principal in Group::"securty" then resource.hasRoute else false"#,
        r#"if resource.hasRoute then principal in Group::"securty" else false"#,
        r#"{ who: principal in Group::"securty" }.who"#,
    ] {
        assert_eq!(faults(&forbid(condition)), group, "{condition}");
    }
    let in_scope =
        r#"@id("rule") forbid (principal in Group::"securty", action == Action::"approve", resource);"#;
    assert_eq!(faults(in_scope), [group[0].replace(":3", ":1")]);
    let of_another =
        r#"@id("rule") forbid (principal, action == Action::"approve", resource in Organization::"other");"#;
    assert!(faults(of_another)[0].contains("unknown-organization"));

    for condition in [
        r#"[resource.requester, resource.organization].contains("other")"#,
        r#"(if resource.hasRoute then resource.organization else resource.requester) == "other""#,
        r#"(if resource.hasRoute then resource.requester else resource.organization) == "other""#,
    ] {
        assert!(faults(&forbid(condition))[0].contains("unknown-organization"), "{condition}");
    }
    // A text that is compared with nothing that is known.
    let capital = faults(&forbid(r#"{ name: "Alice" }.name == resource.requester"#));
    assert_eq!(capital.len(), 1);
    assert!(capital[0].contains("policy-capitals: \"Alice\""), "{capital:?}");
    // The same text, right for one fact and wrong for another.
    let twice = r#"resource.touches.contains("payments") && resource.permissions.contains("payments")"#;
    assert!(faults(&forbid(twice))[0].contains("unknown-permission"));
}

#[test]
fn what_is_configured_is_in_order() {
    for condition in [
        r#"principal in [Group::"security", Group::"approvers"]"#,
        r#"resource.touches.containsAny(["payments"])"#,
        r#"resource.permissions.contains("contents:write") || resource.permissions.contains("unknown:teleport")"#,
        r#"resource.permissions.contains("organization_secrets:write")"#,
        r#"resource in Organization::"acme-labs" && resource.organization like "acme-*""#,
        r#"principal == User::"U0ALICE" && principal.login == "alice""#,
        r#"context.now > datetime("2026-11-23T09:00:00Z")"#,
    ] {
        assert!(hints(&forbid(condition)).is_empty(), "{condition}");
    }
}

#[test]
fn what_never_applies_is_refused() {
    let never = forbid("resource.level > 3 && false");
    let misplaced = r#"@id("x") forbid (principal is Votes, action == Action::"approve", resource);"#;

    assert!(faults(&never)[0].starts_with("p.cedar:1 policy-impossible"), "{:?}", faults(&never));
    assert!(!faults(misplaced).is_empty());
}

#[test]
fn annotations_that_mean_nothing_are_told() {
    let with = |annotation: &str, effect: &str| {
        format!(
            "@id(\"x\") {annotation} {effect} (principal is User, action == Action::\"deny\", resource is TokenRequest);"
        )
    };

    assert_eq!(
        hints(&with("@mesage(\"no\")", "forbid")),
        ["p.cedar:1: @mesage means nothing here; did you mean @message?"]
    );
    assert_eq!(
        hints(&with("@message(\"no\")", "permit")),
        [
            "p.cedar:1: @message is shown for a forbid, or for what a rule does alone: this permit refuses nobody"
        ]
    );
    assert!(hints(&with("@message(\"Ask security first.\")", "forbid")).is_empty());
    for (message, problem) in [
        (" ".to_owned(), "its @message is empty"),
        ("x".repeat(301), "its @message is longer than 300 letters"),
        ("two\\nlines".to_owned(), "its @message has letters that can't be shown"),
        ("turned \u{202e}around".to_owned(), "its @message has letters that can't be shown"),
    ] {
        let told = faults(&with(&format!("@message(\"{message}\")"), "forbid"));
        assert!(told.iter().any(|told| told.contains(problem)), "{told:?}");
    }
}

#[test]
fn annotations_of_rules_are_known_where_rules_decide() {
    let rule = |annotations: &str, action: &str| {
        format!(
            "@id(\"x\")\n{annotations}\npermit (principal is Rule, action == Action::\"{action}\", resource is TokenRequest);"
        )
    };

    assert!(hints(&rule("@cap_per_person_day(\"3\") @message(\"Short enough.\")", "autoApprove")).is_empty());
    assert!(hints(&rule("@message(\"Not for ever.\")", "autoDeny")).is_empty());
    assert_eq!(
        hints(&rule("@cap_per_person_day(\"3\")", "autoDeny")),
        [
            "p.cedar:1: @cap_per_person_day counts what a permit to autoApprove lets through; here it means nothing"
        ]
    );
    assert_eq!(
        hints(&rule("@cap_per_day(\"3\")", "autoApprove")),
        ["p.cedar:1: @cap_per_day means nothing here; did you mean @cap_per_person_day?"]
    );
    for cap in ["", "many", "-1", "1.5", "99999999999"] {
        assert_eq!(
            faults(&rule(&format!("@cap_per_person_day(\"{cap}\")"), "autoApprove")),
            [format!(
                "p.cedar:2 policy-cap: its @cap_per_person_day is {cap:?}, and no whole number; write @cap_per_person_day(\"3\")"
            )]
        );
    }
}

#[test]
fn a_login_that_nobody_has_linked_is_worth_a_note() {
    let note = |condition: &str| hints(&forbid(condition));

    let near = r#"p.cedar:1: "alcie" is in neither [people] nor [machines]; did you mean alice?"#;
    assert_eq!(note(r#"resource.requester == "alcie""#), [near]);
    assert_eq!(note(r#"resource.answeredBy == "alcie""#), [near]);
    let far = r#"p.cedar:1: "octo-cat2" is in neither [people] nor [machines]"#;
    assert_eq!(note(r#"principal.login == "octo-cat2""#), [far]);
    // A pattern, nobody, and what is no login at all.
    for condition in [
        r#"principal.login like "ali*""#,
        r#"principal.login == """#,
        r#"{ name: (if resource.hasRoute then "nobody" else "somebody") }.name == "somebody""#,
    ] {
        assert!(note(condition).is_empty(), "{condition}");
    }
}

#[test]
fn a_slack_user_is_written_by_their_id() {
    for id in ["U0ALICE", "W0ALICE", "U1"] {
        assert!(hints(&forbid(&format!(r#"principal == User::"{id}""#))).is_empty(), "{id}");
    }
    for id in ["U", "Ualice", "A0ALICE", "0ALICE", ""] {
        let told = faults(&forbid(&format!(r#"principal == User::"{id}""#)));
        assert!(told[0].contains("policy-user"), "{told:?}");
    }
}

#[test]
fn a_message_may_be_as_long_as_that_and_no_longer() {
    let of = |letters: usize| {
        let message = "x".repeat(letters);
        format!(
            r#"@id("x") @message("{message}") forbid (principal, action == Action::"approve", resource);"#
        )
    };

    assert!(load(&[("p.cedar", &of(review::LONGEST_MESSAGE))]).is_ok());
    assert!(faults(&of(review::LONGEST_MESSAGE + 1))[0].contains("policy-message"));
}

#[test]
fn built_in_policies_of_the_record_that_can_not_be_read_are_told_as_such() {
    let texts = PolicyTexts { built_in: "permit (;".to_owned(), ..PolicyTexts::new(vec![], vec![]) };

    let faults = Policies::load(texts, None).err().expect("it can't be read").0;

    assert_eq!((faults[0].place.as_str(), faults[0].code), ("the built-in policies", code::SYNTAX));
    assert!(!faults[0].problem.is_empty());
}

#[test]
fn brackets_that_stand_side_by_side_are_not_deep() {
    let condition = ["(resource.level < 3)"; 40].join(" || ");

    assert!(load(&[("p.cedar", &forbid(&condition))]).is_ok());
}

#[test]
fn a_permit_that_adds_nothing_is_pointed_out() {
    let permit = |scope: &str, condition: &str| format!("@id(\"x\") permit ({scope}) {condition};");
    let told = |text: String| hints(&text).into_iter().filter(|hint| hint.contains("can go")).count();

    for (scope, condition) in [
        (r#"principal, action == Action::"approve", resource"#, "when { principal in resource.approvers }"),
        (
            r#"principal is User, action == Action::"deny", resource is TokenRequest"#,
            "when { principal in resource.approvers && resource.level < 3 }",
        ),
        (
            r#"principal, action == Action::"show", resource"#,
            "when { context.isOwn } unless { resource is Token }",
        ),
        (
            r#"principal, action == Action::"settle", resource"#,
            "when { principal.approvals >= principal.needed && principal.requirementsMet }",
        ),
    ] {
        assert_eq!(told(permit(scope, condition)), 1, "{scope} {condition}");
    }
    for (scope, condition) in [
        // More actions, other people, an alternative, the contrary.
        (
            r#"principal, action in [Action::"approve", Action::"show"], resource is TokenRequest"#,
            "when { principal in resource.approvers }",
        ),
        (r#"principal in Group::"security", action == Action::"approve", resource"#, ""),
        (
            r#"principal, action == Action::"approve", resource"#,
            "when { principal in resource.approvers || resource.level < 2 }",
        ),
        (r#"principal, action == Action::"approve", resource"#, "unless { principal in resource.approvers }"),
        // What a prohibition says implies no permit.
        (r#"principal, action == Action::"approve", resource"#, "when { context.isOwn }"),
        // Tokens can't be approved, but shown.
        (r#"principal, action == Action::"show", resource"#, "when { principal in resource.approvers }"),
    ] {
        let text = permit(scope, condition);
        assert!(load(&[("p.cedar", &text)]).map_or(0, |_| told(text.clone())) == 0, "{scope} {condition}");
    }
}

#[test]
fn a_permit_to_settle_is_pointed_out() {
    let text = r#"@id("x") permit (principal is Votes, action == Action::"settle", resource) when { principal.approvals >= 1 };"#;

    assert!(hints(text)[0].contains("although the requirements are not met"));
}

#[test]
fn the_groups_that_policies_mention_are_found_wherever_they_stand() {
    let policies = Policies::with_unvalidated(
        r#"
        @id("by-scope") permit (principal in Group::"scope", action == Action::"approve", resource);
        @id("by-condition") forbid (principal, action, resource)
            when { resource.level > 1 && (principal in Group::"condition" || principal in [Group::"set"]) }
            unless { resource.approvers.contains(Group::"approvers") };
        @id("elsewhere") forbid (principal, action in [Action::"list", Action::"export"], resource)
            when { principal in Group::"elsewhere" };
        "#,
    );

    let groups = policies.groups_mentioned();

    let names: Vec<_> = groups.keys().map(String::as_str).collect();
    assert_eq!(names, ["approvers", "auditors", "condition", "elsewhere", "managers", "scope", "set"]);
    assert_eq!(groups["set"], ["by-condition"]);
    assert_eq!(groups["elsewhere"], ["elsewhere"]);
}

/// On a thread with as little room as the ones that take the rules anew and judge.
#[test]
fn no_policy_is_too_much_for_a_small_thread() {
    let layers =
        |open: &str, close: &str, times: usize| format!("{}true{}", open.repeat(times), close.repeat(times));
    let contents = |open: &str, close: &str| [10, 29, 100, 20_000].map(|times| layers(open, close, times));
    let chains =
        [100, 300, 20_000].map(|times| format!("true{}", " && resource.level < 3".repeat(times / 6)));
    let names = [100, 450, 20_000].map(|times| format!("resource{} > 1", ".level".repeat(times)));
    let conditions =
        [contents("(", ")"), contents("if resource.level < 3 then ", " else false"), contents("[", "]")];
    let conditions = conditions.into_iter().flatten().chain(chains).chain(names).collect::<Vec<_>>();
    let read_all = move || {
        for condition in conditions {
            let text = format!(
                r#"@id("x") permit (principal is User, action == Action::"approve", resource is TokenRequest) when {{ {condition} }};"#
            );
            let file = PolicyFile { name: "p.cedar".into(), text };
            if let Ok((policies, _)) = Policies::load(PolicyTexts::new(vec![file], vec![]), None) {
                let asked = approval(&[], vec![], vec![]);
                let _ = policies.ask(&asked);
                let _ = policies.groups_mentioned();
                let _ = policies.ask_for_groups();
            }
        }
    };
    let small = std::thread::Builder::new().stack_size(2 << 20);
    small.spawn(read_all).expect("a thread").join().expect("it had room");
}

/// Asks about groups in every way that there is.
const GROUPED: &str = r#"
    @id("by-scope") permit (principal in Group::"scope", action == Action::"approve", resource);
    @id("by-set") permit (principal is User, action == Action::"approve", resource is TokenRequest)
        when { principal in [Group::"one", Group::"other"] && !(principal in Group::"condition") };
    @id("by-facts") permit (principal is User, action == Action::"approve", resource is TokenRequest)
        when { principal in resource.approvers && principal in resource.requiredGroups };
    @id("by-contents") forbid (principal is User, action == Action::"approve", resource is TokenRequest)
        when { resource.approvers.contains(Group::"approvers") } unless { principal in Group::"approvers" };
"#;

const ALL: [&str; 9] =
    ["scope", "one", "other", "condition", "approvers", "required", "security", "nowhere", "unheard-of"];

fn some_groups() -> impl Strategy<Value = Vec<String>> {
    prop::sample::subsequence(&ALL[..], 0..ALL.len())
        .prop_map(|groups| groups.into_iter().map(str::to_owned).collect())
}

/// Somebody's approval of a request that these groups decide.
fn approval(groups: &[String], approvers: Vec<String>, required: Vec<String>) -> Asked {
    let (who, needs) = (somebody("nobody"), Needs::new(1, required.into_iter().collect()));
    let settling = Settling {
        request: &pending(),
        approvers: Some(&approvers),
        needs: &needs,
        touches: vec![],
        answered_by: None,
        progress: &needs.progress(std::iter::empty()),
        now: noon(),
    };
    let resource = Asked::of_votes(&settling).resource;
    asked(who, "approve", resource).of_more_groups(groups.iter())
}

proptest! {
    #[test]
    fn a_group_that_nothing_names_makes_no_difference(
        groups in some_groups(), approvers in some_groups(), required in some_groups()
    ) {
        static POLICIES: LazyLock<Policies> = LazyLock::new(|| Policies::with_unvalidated(GROUPED));
        let asked = approval(&groups, approvers, required);
        let answer = |(request, entities): (Request, Entities)| {
            let answer = Answer::of(&POLICIES.authorizer.is_authorized(&request, &POLICIES.set, &entities));
            answer.map(|answer| (answer.is_yes, answer.policies)).map_err(|failure| failure.cause)
        };

        let of_some = answer(POLICIES.put(&asked).unwrap());

        prop_assert_eq!(of_some, answer(POLICIES.put_with(&asked, |_| true).unwrap()));
    }
}
