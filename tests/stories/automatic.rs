//! Rules that decide alone: only where that is switched on, only what is wholly understood, each content once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use countersign::clock::Clock;
use countersign::demo::{APPROVALS, OPERATORS, ORGANIZATION};
use countersign::ids::RequestId;
use countersign::jobs::Kind;
use countersign::simulator::github::{
    Action, MembershipState, NewRequest, Permissions, Repositories, Role, Stage, Verdict,
};
use countersign::store::{Change, Probe};
use insta::assert_snapshot;
use serde_json::json;
use tokio::sync::Notify;

use crate::audit_log;
use crate::support::World;
use crate::support::deadly::Deadly;

/// Reading for at most 30 days is approved, three times a day for each person; what never ends is denied.
pub(crate) const RULES: &str = r#"
@id("read-only-short")
@cap_per_person_day("3")
permit (principal is Rule, action == Action::"autoApprove", resource is TokenRequest)
when { resource.level <= 1 && resource.lifetimeDays <= 30 && !resource.allRepositories };

@id("nothing-eternal")
@message("Tokens of acme have to end within half a year.")
permit (principal is Rule, action == Action::"autoDeny", resource is TokenRequest)
when { resource.lifetimeDays > 180 };
"#;

/// A world with these rules, whose service has not been started yet.
pub(crate) async fn closed(automatic: &str, rules: &str) -> World {
    let world = World::closed().await;
    let folder = world.stage.config.with_file_name("policies");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("rules.cedar"), rules).unwrap();
    world.configure(|config| {
        config.push_str(&format!("\n[policy]\ndirectory = \"policies\"\nautomatic = \"{automatic}\"\n"));
        crate::freeze::with_a_manager(config);
    });
    world
}

async fn world(automatic: &str, rules: &str) -> World {
    let mut world = closed(automatic, rules).await;
    world.open(Probe::default()).await;
    world.quiet().await;
    world
}

/// octocat asks to read one repository for two weeks.
pub(crate) fn read_docs(clock: &Clock) -> NewRequest {
    NewRequest {
        organization: ORGANIZATION.to_owned(),
        owner: "octocat".to_owned(),
        token: None,
        token_name: "docs reader".to_owned(),
        permissions: Permissions::repository([("contents", "read"), ("metadata", "read")]),
        repositories: Repositories::Subset(vec!["docs".to_owned()]),
        expires_at: Some(clock.now() + TimeDelta::days(14)),
        reason: Some("I want to read the docs".to_owned()),
    }
}

async fn asks(world: &World, wish: NewRequest) -> RequestId {
    let request = world.github().request_token(wish).await;
    world.quiet().await;
    request
}

async fn octocat_reads(world: &World) -> RequestId {
    asks(world, read_docs(&world.stage.clock)).await
}

/// How often rules were asked, and what came of it.
async fn asked(world: &World) -> Vec<String> {
    let told = audit_log::told(world).await;
    told.lines().filter_map(|line| line.strip_prefix("rules.asked by service: ")).map(str::to_owned).collect()
}

/// People are asked: a card with buttons stands, and GitHub has heard nothing.
fn is_left_to_people(world: &World, request: RequestId) {
    assert_eq!(world.github().reviews(request).attempted, 0);
    assert!(world.card().on_screen().contains("[Approve…]"), "{}", world.card().on_screen());
}

#[tokio::test]
async fn switched_off_no_rule_is_asked() {
    let world = world("off", RULES).await;

    let request = octocat_reads(&world).await;

    is_left_to_people(&world, request);
    assert_eq!(asked(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn announced_the_card_says_what_a_rule_would_have_done_and_people_decide() {
    let world = world("announce", RULES).await;

    let request = octocat_reads(&world).await;

    is_left_to_people(&world, request);
    let card = world.card().on_screen();
    assert!(card.contains("Rule `read-only-short` would have approved this."), "{card}");
    assert!(world.card().text.contains("Rule read-only-short would have approved this."));
    assert_eq!(asked(&world).await, ["would approve [read-only-short]"]);
    world.press("U0ALICE", "approve").await;
    assert!(world.card().text.contains("Approved by alice"), "{}", world.card().text);

    let eternal = NewRequest { expires_at: None, ..read_docs(&world.stage.clock) };
    asks(&world, eternal).await;
    let card = world.card().on_screen();
    assert!(card.contains("Rule `nothing-eternal` would have denied this."), "{card}");
}

#[tokio::test]
async fn an_approval_by_rule_calls_for_nobody_and_is_on_record() {
    let world = world("on", RULES).await;

    let request = octocat_reads(&world).await;

    assert_eq!(world.github().reviews(request).attempted, 1);
    assert!(world.github().decision_on(request).is_some());
    let channel = world.slack().channel(APPROVALS);
    assert_eq!(channel.len(), 1, "one card, and nothing in its thread");
    assert_snapshot!(world.readable(&channel[0]), @"**Approved** by rule `read-only-short` · 23 Nov 2026, 12:00 UTC · octocat wants to READ 1 repository in acme · until 7 Dec 2026 (14 days) · r-KEY");
    assert_eq!(world.slack().channel(OPERATORS).len(), 0);
    let told: Vec<_> = world.slack().dms("U0OCTOCAT").iter().map(|dm| dm.on_screen()).collect();
    assert!(told.last().unwrap().contains("was approved by rule read-only-short"), "{told:?}");
    let recorded = audit_log::told_in_short(&world).await;
    for line in [
        "rules.asked by service: approve [read-only-short]",
        "decision.made by rule: approve [read-only-short]",
        "review.attempted by rule: approve",
        "request.settled by rule: approved",
    ] {
        assert!(recorded.contains(line), "{line} is missing:\n{recorded}");
    }
    assert_eq!(audit_log::values(&world, "fact.request.lifetimeDays").await[0], "14");
}

#[tokio::test]
async fn a_denial_by_rule_says_what_would_pass_and_where_to_ask_for_it() {
    let world = world("on", RULES).await;

    let request = asks(&world, NewRequest { expires_at: None, ..read_docs(&world.stage.clock) }).await;

    let decision = world.github().decision_on(request).expect("decided");
    assert_snapshot!(decision.reason.unwrap_or_default(), @"
    Tokens of acme have to end within half a year. (rule nothing-eternal)
    The same for at most 180 days would not be denied.
    To ask for that: https://github.com/settings/personal-access-tokens/new?name=docs+reader&target_name=acme&expires_in=180&contents=read&description=I+want+to+read+the+docs
    ");
    assert!(world.card().text.contains("Denied by rule nothing-eternal"), "{}", world.card().text);
    let told = world.slack().dms("U0OCTOCAT").last().unwrap().on_screen();
    assert!(told.contains("was denied by rule nothing-eternal"), "{told}");
    assert!(told.contains("for at most 180 days would not be denied"), "{told}");
}

#[tokio::test]
async fn no_more_are_approved_for_a_person_in_a_day_than_the_rule_allows() {
    let world = world("on", RULES).await;
    for _ in 0..3 {
        let request = octocat_reads(&world).await;
        assert!(world.github().decision_on(request).is_some());
        world.pass(TimeDelta::seconds(2)).await;
    }

    let fourth = octocat_reads(&world).await;

    is_left_to_people(&world, fourth);
    let card = world.card().on_screen();
    assert!(
        card.contains(
            "Rule `read-only-short` would have approved this, but rules have approved 3 requests of octocat today"
        ),
        "{card}"
    );
    let alices = NewRequest { owner: "alice".to_owned(), ..read_docs(&world.stage.clock) };
    let alices = asks(&world, alices).await;
    assert!(world.github().decision_on(alices).is_some(), "it is counted for each person");

    world.pass(TimeDelta::days(1)).await;
    let next_day = octocat_reads(&world).await;
    assert!(world.github().decision_on(next_day).is_some());
    assert!(world.github().is_pending(fourth), "what was asked is not asked again");
}

/// octocat asks for something that webhook and list tell differently: it is edited while the list is read for the first time.
/// What is given lets the list go.
async fn edited_meanwhile(
    world: &World,
    wish: NewRequest,
    permissions: Permissions,
) -> (RequestId, Arc<Notify>) {
    world.github().vary(|variants| variants.edits_are_announced = false);
    let (reached, release) = world.holds_the_list();
    let request = world.github().request_token(wish).await;
    reached.notified().await;
    world.github().edit_request(request, |content| content.permissions = permissions).await.unwrap();
    (request, release)
}

/// No rule is asked, then or later.
async fn stays_with_people(world: &World, request: RequestId) {
    world.quiet().await;
    world.pass(TimeDelta::minutes(5)).await;
    is_left_to_people(world, request);
    assert_eq!(asked(world).await, Vec::<String>::new());
}

#[tokio::test]
async fn where_webhook_and_list_disagree_people_decide_for_good() {
    let world = world("on", RULES).await;
    let wish = NewRequest {
        permissions: Permissions::repository([("issues", "read"), ("metadata", "read")]),
        ..read_docs(&world.stage.clock)
    };
    let other = Permissions::repository([("contents", "read"), ("metadata", "read")]);
    let (request, release) = edited_meanwhile(&world, wish, other).await;

    release.notify_one();

    stays_with_people(&world, request).await;
}

#[tokio::test]
async fn what_is_not_known_within_a_minute_is_for_people_for_good() {
    for is_edited in [false, true] {
        let world = world("on", RULES).await;
        world.github().vary(|variants| variants.edits_are_announced = false);
        world.github().on_call(|moment| match moment.path.contains("/personal-access-token-requests") {
            true if moment.method == "GET" && moment.stage == Stage::Before => {
                Verdict::Answer(axum::http::StatusCode::BAD_GATEWAY, json!({ "message": "Server Error" }))
            }
            true | false => Verdict::Continue,
        });
        let request = octocat_reads(&world).await;
        assert_eq!(world.slack().channel(APPROVALS).len(), 0, "rules may yet decide");

        world.pass(TimeDelta::seconds(61)).await;
        world.pass(TimeDelta::minutes(2)).await;
        if is_edited {
            // Late, and not what the webhook said.
            let other = Permissions::repository([("issues", "read"), ("metadata", "read")]);
            world.github().edit_request(request, |content| content.permissions = other).await.unwrap();
        }
        world.github().work_normally();
        world.pass(TimeDelta::minutes(6)).await;

        is_left_to_people(&world, request);
        let card = world.card().on_screen();
        assert!(card.contains("I want to read the docs"), "the list has told the rest by now: {card}");
        assert_eq!(asked(&world).await, Vec::<String>::new());
    }
}

/// GitHub's page shows other content than the webhook told before the list was read for the first time, by whichever work.
#[tokio::test]
async fn what_is_found_out_to_be_other_before_it_was_known_is_for_people_for_good() {
    let world = world("on", RULES).await;
    let other = Permissions::repository([("issues", "read"), ("metadata", "read")]);
    let (request, release) = edited_meanwhile(&world, read_docs(&world.stage.clock), other).await;
    let key = world.running.as_ref().unwrap().app.store.open_requests(1).await.unwrap()[0].key.clone();
    let look = Kind::Check.on(&key, String::new(), world.stage.clock.now());
    let look = Change { jobs: vec![look], ..Change::default() };
    let _ = world.running.as_ref().unwrap().app.store.commit(look).await.unwrap();

    release.notify_one();

    stays_with_people(&world, request).await;
}

#[tokio::test]
async fn whoever_would_not_count_in_a_click_counts_in_no_rule() {
    let guest = |world: &World| {
        world.slack().change_user("U0OCTOCAT", |user| user.is_restricted = true).unwrap();
    };
    let gone = |world: &World| {
        world.slack().change_user("U0OCTOCAT", |user| user.deleted = true).unwrap();
    };
    let invited = |world: &World| {
        world.github().set_membership(ORGANIZATION, "octocat", Role::Member, MembershipState::Pending);
    };
    for (change, why) in [
        (&guest as &dyn Fn(&World), "no full member's"),
        (&gone, "no full member's"),
        (&invited, "no active member of the organization"),
    ] {
        let world = with_a_team(BY_TEAM).await;
        change(&world);

        let request = octocat_reads(&world).await;
        world.pass(TimeDelta::minutes(2)).await;

        is_left_to_people(&world, request);
        let asked = asked(&world).await;
        assert!(asked[0].starts_with("people: ") && asked[0].contains(why), "{asked:?}");
    }
}

/// A rule has approved what octocat wished.
async fn with_octocat_known() -> World {
    let world = world("on", RULES).await;
    let request = octocat_reads(&world).await;
    assert_eq!(world.github().decision_on(request).expect("decided").action, Action::Approve);
    world
}

/// Whoever is called so now wishes the same again.
async fn is_left_to_people_as_asked_by(world: &World, login: &str, why: &str) {
    let wish = NewRequest {
        owner: login.to_owned(),
        token_name: "once more".to_owned(),
        ..read_docs(&world.stage.clock)
    };
    let request = asks(world, wish).await;
    world.pass(TimeDelta::minutes(2)).await;

    is_left_to_people(world, request);
    let asked = asked(world).await;
    let last = asked.last().unwrap();
    assert!(last.starts_with("people: ") && last.contains(why), "{asked:?}");
}

#[tokio::test]
async fn a_new_name_makes_nobody_count_who_would_not_in_a_click() {
    for is_guest in [true, false] {
        let world = with_octocat_known().await;
        let change = |user: &mut countersign::simulator::slack::User| match is_guest {
            true => user.is_restricted = true,
            false => user.deleted = true,
        };
        world.slack().change_user("U0OCTOCAT", change).unwrap();
        world.github().rename_user("octocat", "catocto");

        is_left_to_people_as_asked_by(&world, "catocto", "no full member's").await;

        // Nor is whoever takes the old name over a stranger of whom nothing is known.
        world.github().add_user("octocat");
        world.github().set_membership(ORGANIZATION, "octocat", Role::Member, MembershipState::Active);
        is_left_to_people_as_asked_by(&world, "octocat", "another account by that login").await;
    }
}

#[tokio::test]
async fn whoever_is_not_linked_any_more_or_no_member_counts_in_no_rule() {
    let world = with_octocat_known().await;
    takes(&world, "octocat = \"U0OCTOCAT\", ", "").await;
    is_left_to_people_as_asked_by(&world, "octocat", "not linked any more").await;

    // The rule does decide for members of whom Slack knows nothing.
    world.github().add_user("hubot");
    world.github().set_membership(ORGANIZATION, "hubot", Role::Member, MembershipState::Active);
    let wish = NewRequest { owner: "hubot".to_owned(), ..read_docs(&world.stage.clock) };
    let request = asks(&world, wish).await;
    assert_eq!(world.github().decision_on(request).expect("decided").action, Action::Approve);
    world.github().set_membership(ORGANIZATION, "hubot", Role::Member, MembershipState::Pending);
    is_left_to_people_as_asked_by(&world, "hubot", "no active member of the organization").await;
}

#[tokio::test]
async fn where_somebody_was_faster_no_rule_is_asked() {
    let world = world("announce", RULES).await;
    let (reached, release) = world.holds_the_list();
    world.github().request_token(read_docs(&world.stage.clock)).await;
    reached.notified().await;
    world.slack().until(|slack| !slack.channel(APPROVALS).is_empty()).await.unwrap();

    world.press_only("U0ALICE", "approve").await;
    world.slack().until(|slack| slack.channel(APPROVALS)[0].text.contains("Approv")).await.unwrap();
    release.notify_one();
    world.quiet().await;

    assert!(world.card().text.contains("Approved by alice"), "{}", world.card().text);
    assert_eq!(asked(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn changed_content_is_asked_about_anew_and_once() {
    let world = world("on", RULES).await;
    world.github().vary(|variants| variants.edits_are_announced = true);
    let wish = NewRequest {
        permissions: Permissions::repository([("contents", "write"), ("metadata", "read")]),
        ..read_docs(&world.stage.clock)
    };
    let request = asks(&world, wish).await;
    is_left_to_people(&world, request);

    let all = Repositories::All;
    world.github().edit_request(request, |content| content.repositories = all).await.unwrap();
    world.quiet().await;
    world.pass(TimeDelta::minutes(10)).await;
    assert_eq!(asked(&world).await, ["people: no rule decides it", "people: no rule decides it"]);

    world
        .github()
        .edit_request(request, |content| {
            content.repositories = Repositories::Subset(vec!["docs".to_owned()]);
            content.permissions = Permissions::repository([("contents", "read"), ("metadata", "read")]);
        })
        .await
        .unwrap();
    world.quiet().await;

    assert!(world.github().decision_on(request).is_some());
    assert_eq!(asked(&world).await.len(), 3);
    assert!(world.card().text.contains("Approved by rule read-only-short"), "{}", world.card().text);
}

#[tokio::test]
async fn what_is_not_understood_is_for_people() {
    let anything = r#"
@id("anything")
permit (principal is Rule, action == Action::"autoApprove", resource is TokenRequest);
"#;
    let world = world("on", anything).await;
    let wish = NewRequest {
        permissions: Permissions::repository([("teleportation", "read")]),
        ..read_docs(&world.stage.clock)
    };

    let request = asks(&world, wish).await;

    is_left_to_people(&world, request);
    assert_eq!(asked(&world).await, ["people: it asks for something that is not known [anything]"]);
}

#[tokio::test]
async fn a_prohibition_wins_and_two_rules_at_odds_leave_it_to_people() {
    let forbid = format!(
        "{RULES}\n@id(\"not-docs\")\nforbid (principal is Rule, action == Action::\"autoApprove\", resource is \
         TokenRequest);"
    );
    let at_odds = format!(
        "{RULES}\n@id(\"never-reading\")\npermit (principal is Rule, action == Action::\"autoDeny\", resource is \
         TokenRequest)\nwhen {{ resource.level <= 1 }};"
    );
    for (rules, why) in [
        (forbid.as_str(), "people: no rule decides it [not-docs]"),
        (
            at_odds.as_str(),
            "people: one rule would approve and another deny [read-only-short, never-reading]",
        ),
        ("", "people: no rule decides it"),
    ] {
        let world = world("on", rules).await;

        let request = octocat_reads(&world).await;

        is_left_to_people(&world, request);
        assert_eq!(asked(&world).await, [why]);
    }
}

#[tokio::test]
async fn while_everything_is_frozen_rules_decide_nothing() {
    let world = world("on", RULES).await;
    world.slack().command("U0MONALISA", APPROVALS, "/pat freeze on a laptop was stolen").await.unwrap();
    world.quiet().await;

    let request = octocat_reads(&world).await;

    assert_eq!(world.github().reviews(request).attempted, 0);
    assert!(world.card().text.contains("❄ Frozen by monalisa"), "{}", world.card().text);
    assert_eq!(asked(&world).await, ["people: everything is frozen [read-only-short]"]);
}

/// The review of a decision by rule is stopped for so long that the rule is asked again.
#[tokio::test]
async fn a_rule_that_would_not_decide_so_any_more_leaves_it_to_people() {
    let mut world = world("on", RULES).await;
    world.reviews_are_answered(403, "Resource not accessible by integration");
    let request = octocat_reads(&world).await;
    let card = world.card().on_screen();
    assert!(card.contains("**Approving… by** rule"), "{card}");

    world.kill().await;
    world.configure(|config| *config = config.replace("automatic = \"on\"", "automatic = \"announce\""));
    world.github().work_normally();
    world.open(Probe::default()).await;
    world.pass(TimeDelta::minutes(11)).await;

    assert_eq!(world.github().reviews(request).attempted, 1, "the one that GitHub did not take");
    assert!(world.card().on_screen().contains("[Approve…]"), "{}", world.card().on_screen());
    let card = world.card().on_screen();
    assert!(card.contains("Rule read-only-short had decided this and would not do so any more"), "{card}");
}

/// Killed before or after any commit of the whole story, it is asked once and approved once.
#[tokio::test]
async fn killed_at_any_commit_rules_are_asked_once_and_decide_once() {
    for deadly in 1..40 {
        let mut world = closed("on", RULES).await;
        let (death, probe) = Deadly::at(deadly, |_| true);
        world.open(probe).await;
        world.quiet().await;
        death.arm();
        let request = world.github().request_token(read_docs(&world.stage.clock)).await;
        let is_over = tokio::select! {
            biased;
            () = death.struck() => false,
            () = world.quiet() => true,
        };
        if is_over {
            assert!(deadly > 5, "killed at some commits");
            return;
        }

        world.kill().await;
        world.open(Probe::default()).await;
        for _ in 0..4 {
            world.pass(TimeDelta::seconds(16)).await;
        }
        world.pass(TimeDelta::minutes(1)).await;
        let came = !asked(&world).await.is_empty();
        // Killed before it was taken in, the webhook is lost; reconciliation finds the request at the start.
        assert!(came || deadly < 4, "{deadly}: {:?}", audit_log::told(&world).await);
        if came {
            assert_eq!(asked(&world).await.len(), 1, "{deadly}");
            assert!(world.github().decision_on(request).is_some(), "{deadly}");
            assert_eq!(world.github().reviews(request).attempted, 1, "{deadly}");
            assert_eq!(world.slack().channel(APPROVALS).len(), 1, "{deadly}");
        }
    }
    panic!("the story has more commits");
}

#[tokio::test]
async fn what_takes_more_than_one_person_is_never_approved_by_rule() {
    for require in ["approvals = 2", "one_from_each = [\"approvers\"]"] {
        let mut world = closed("on", RULES).await;
        world.configure(|config| config.push_str(&format!("\n[[require]]\n{require}\n")));
        world.open(Probe::default()).await;
        world.quiet().await;

        let request = octocat_reads(&world).await;

        is_left_to_people(&world, request);
        let asked = asked(&world).await;
        assert!(asked[0].starts_with("people: more than one person, or a certain group"), "{asked:?}");

        // A denial takes one person, so a rule is enough.
        let endless = NewRequest { expires_at: None, ..read_docs(&world.stage.clock) };
        let request = asks(&world, endless).await;
        world.pass(TimeDelta::seconds(2)).await;

        let decision = world.github().decision_on(request).expect("decided");
        let reason = decision.reason.unwrap_or_default();
        assert!(reason.contains("(rule nothing-eternal)"), "{require}: {reason}");
    }
}

/// Whoever is in the team may read.
const BY_TEAM: &str = r#"
@id("team-reads")
permit (principal is Rule, action == Action::"autoApprove", resource is TokenRequest)
when { resource.level <= 1 && context.requesterLinked && context.requesterGroups.contains(Group::"writers") };
"#;

async fn with_a_team(rules: &str) -> World {
    let mut world = closed("on", rules).await;
    world.github().set_team(ORGANIZATION, "writers", &["octocat"]);
    world.configure(|config| {
        config.push_str("\n[groups.writers]\nmembers = [\"github-team:acme/writers\"]\n");
    });
    world.open(Probe::default()).await;
    world.quiet().await;
    world
}

#[tokio::test]
async fn a_rule_may_go_by_the_groups_of_who_asks_and_can_be_worked_out_again() {
    let world = with_a_team(BY_TEAM).await;

    let request = octocat_reads(&world).await;

    assert!(crate::groups::is_approved(&world, request), "{:?}", asked(&world).await);
    let store = &world.running.as_ref().unwrap().app.store;
    let mut worked_out = 0;
    for entry in audit_log::entries(&world).await {
        let facts = crate::policies::facts(&entry);
        let Some(hash) = facts.get("policies") else { continue };
        let texts = store.policy_set(hash).await.unwrap().expect("the set is kept");
        let again = countersign::policy::Engine::recorded(texts).unwrap().again(&facts).unwrap();
        assert!(again.is_yes, "{}: {facts:?}", entry.action.name());
        worked_out += 1;
    }
    assert!(worked_out >= 2, "{worked_out}");
}

#[tokio::test]
async fn while_nobody_can_tell_who_asks_is_in_which_group_no_rule_decides() {
    let but_for_the_team = r#"
@id("all-but-writers")
permit (principal is Rule, action == Action::"autoApprove", resource is TokenRequest)
unless { context.requesterGroups.contains(Group::"writers") };
"#;
    for rules in [BY_TEAM, but_for_the_team] {
        let world = with_a_team(rules).await;
        world.github().on_call(|moment| {
            match moment.path.contains("/team/") && moment.stage == Stage::Before {
                true => Verdict::Reset,
                false => Verdict::Continue,
            }
        });

        let request = octocat_reads(&world).await;
        world.pass(TimeDelta::minutes(2)).await;

        is_left_to_people(&world, request);
        let asked = asked(&world).await;
        assert!(asked[0].starts_with("people: a membership that policies ask for is not known"), "{asked:?}");
        // What others said stands where it can be forgotten.
        let words = audit_log::values(&world, "words").await;
        assert!(words[0].starts_with("membership in writers is not known"), "{words:?}");
    }
    // Whoever is not linked may be in any.
    let world = with_a_team(but_for_the_team).await;
    world.github().add_user("hubot");
    world.github().set_membership(ORGANIZATION, "hubot", Role::Member, MembershipState::Active);
    let wish = NewRequest { owner: "hubot".to_owned(), ..read_docs(&world.stage.clock) };
    let request = asks(&world, wish).await;
    is_left_to_people(&world, request);
    let words = audit_log::values(&world, "words").await;
    assert!(words[0].contains("nobody is linked to the account"), "{words:?}");
}

/// octocat wants to read; a rule has decided, and the review is stopped before its attempt is recorded.
async fn stopped_before_the_attempt(world: &World, wish: NewRequest) -> (RequestId, Arc<Notify>) {
    let (reached, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let reads = AtomicUsize::new(0);
    let (told, held) = (reached.clone(), release.clone());
    world.github().on_call(move |moment| {
        let is_list = moment.method == "GET" && moment.path.ends_with("/personal-access-token-requests");
        // The first time it is read to complete the request.
        match is_list && moment.stage == Stage::Before && reads.fetch_add(1, Ordering::SeqCst) == 1 {
            true => {
                told.notify_one();
                Verdict::Hold(held.clone())
            }
            false => Verdict::Continue,
        }
    });
    let request = world.github().request_token(wish).await;
    reached.notified().await;
    (request, release)
}

/// What stands in the configuration from now on.
async fn takes(world: &World, from: &str, to: &str) {
    world.configure(|config| {
        assert!(config.contains(from), "{from}");
        *config = config.replace(from, to);
    });
    let app = &world.running.as_ref().unwrap().app;
    assert_eq!(app.reload().await.unwrap(), countersign::app::Reloaded::Taken);
}

#[tokio::test]
async fn a_rule_that_was_taken_out_or_forbidden_decides_nothing_that_was_not_sent() {
    let forbids = format!(
        "{RULES}\n@id(\"not-docs\")\nforbid (principal is Rule, action == Action::\"autoApprove\", resource is \
         TokenRequest);"
    );
    let by_another = RULES.replace("read-only-short", "reading");
    for rules in ["", forbids.as_str(), by_another.as_str()] {
        let world = world("on", RULES).await;
        let (request, release) = stopped_before_the_attempt(&world, read_docs(&world.stage.clock)).await;

        crate::policies::write(&world, "rules.cedar", rules);
        let app = world.running.as_ref().unwrap().app.clone();
        assert_eq!(app.reload().await.unwrap(), countersign::app::Reloaded::Taken);
        release.notify_one();
        world.quiet().await;

        is_left_to_people(&world, request);
        let card = world.card().on_screen();
        assert!(
            card.contains("Rule read-only-short had decided this and would not do so any more"),
            "{card}"
        );
    }
}

#[tokio::test]
async fn a_requirement_that_came_meanwhile_is_for_people() {
    let world = world("on", RULES).await;
    let (request, release) = stopped_before_the_attempt(&world, read_docs(&world.stage.clock)).await;

    takes(&world, "\n[policy]", "\n[[require]]\napprovals = 2\n\n[policy]").await;
    release.notify_one();
    world.quiet().await;

    is_left_to_people(&world, request);
}

#[tokio::test]
async fn where_the_rule_stays_other_changes_do_not_hold_it_up() {
    let world = world("on", RULES).await;
    let (request, release) = stopped_before_the_attempt(&world, read_docs(&world.stage.clock)).await;

    crate::policies::write(&world, "rules.cedar", &format!("{RULES}\n// With a remark."));
    let app = world.running.as_ref().unwrap().app.clone();
    assert_eq!(app.reload().await.unwrap(), countersign::app::Reloaded::Taken);
    release.notify_one();
    world.quiet().await;

    assert!(world.github().decision_on(request).is_some());
    let told = audit_log::told(&world).await;
    assert!(told.contains("review.attempted by rule: approve [read-only-short]"), "{told}");
}

#[tokio::test]
async fn what_is_edited_between_the_decision_and_the_attempt_is_asked_about_anew() {
    let world = world("on", RULES).await;
    world.github().vary(|variants| variants.edits_are_announced = false);
    let (request, release) = stopped_before_the_attempt(&world, read_docs(&world.stage.clock)).await;

    let write = Permissions::repository([("contents", "write"), ("metadata", "read")]);
    world.github().edit_request(request, |content| content.permissions = write).await.unwrap();
    release.notify_one();
    world.quiet().await;

    is_left_to_people(&world, request);
    assert_eq!(asked(&world).await, ["approve [read-only-short]", "people: no rule decides it"]);
}

#[tokio::test]
async fn a_click_that_comes_first_is_not_overtaken_by_a_rule() {
    let world = world("on", RULES).await;
    world.github().vary(|variants| variants.edits_are_announced = true);
    let write = Permissions::repository([("contents", "write"), ("metadata", "read")]);
    let request = asks(&world, NewRequest { permissions: write, ..read_docs(&world.stage.clock) }).await;
    is_left_to_people(&world, request);
    let (reached, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (told, held) = (reached.clone(), release.clone());
    // Rules are asked who octocat is.
    world.github().on_call(move |moment| {
        match moment.path.ends_with("/memberships/octocat") && moment.stage == Stage::Before {
            true => {
                told.notify_one();
                Verdict::Hold(held.clone())
            }
            false => Verdict::Continue,
        }
    });
    let read = Permissions::repository([("contents", "read"), ("metadata", "read")]);
    world.github().edit_request(request, |content| content.permissions = read).await.unwrap();
    reached.notified().await;
    world.slack().until(|slack| slack.channel(APPROVALS)[0].text.contains("READ")).await.unwrap();

    world.press_only("U0ALICE", "approve").await;
    world.github().until(|github| github.decision_on(request).is_some()).await.unwrap();
    release.notify_one();
    world.quiet().await;

    assert_eq!(world.github().reviews(request).attempted, 1);
    assert!(world.card().text.contains("Approved by alice"), "{}", world.card().text);
    assert_eq!(asked(&world).await, ["people: no rule decides it"]);
}

#[tokio::test]
async fn five_are_approved_in_a_day_where_a_rule_does_not_say() {
    let world = world("on", &RULES.replace("@cap_per_person_day(\"3\")\n", "")).await;
    for _ in 0..5 {
        let request = octocat_reads(&world).await;
        assert!(world.github().decision_on(request).is_some());
        world.pass(TimeDelta::seconds(2)).await;
    }

    let sixth = octocat_reads(&world).await;

    is_left_to_people(&world, sixth);
    assert!(world.card().on_screen().contains("rules have approved 5 requests of octocat today"));
}

/// hubot, which alice answers for, wants to read.
fn hubot_reads(clock: &Clock) -> NewRequest {
    NewRequest { owner: "hubot".to_owned(), ..read_docs(clock) }
}

async fn with_a_machine() -> World {
    let mut world = closed("on", RULES).await;
    world.configure(|config| config.push_str("\n[machines]\nhubot = \"alice\"\n"));
    world.github().add_user("hubot");
    world.github().set_membership(ORGANIZATION, "hubot", Role::Member, MembershipState::Active);
    world.open(Probe::default()).await;
    world.quiet().await;
    world
}

#[tokio::test]
async fn a_machine_and_who_answers_for_it_share_what_rules_approve_in_a_day() {
    let world = with_a_machine().await;
    let alice_reads = || NewRequest { owner: "alice".to_owned(), ..read_docs(&world.stage.clock) };
    for wish in [hubot_reads(&world.stage.clock), alice_reads(), hubot_reads(&world.stage.clock)] {
        let request = asks(&world, wish).await;
        assert!(world.github().decision_on(request).is_some(), "{:?}", asked(&world).await);
        world.pass(TimeDelta::seconds(2)).await;
    }
    let told = world.slack().dms("U0ALICE")[0].on_screen();
    assert!(told.contains("hubot, which you answer for"), "{told}");

    for wish in [hubot_reads(&world.stage.clock), alice_reads()] {
        let request = asks(&world, wish).await;

        is_left_to_people(&world, request);
        let card = world.card().on_screen();
        assert!(card.contains("rules have approved 3 requests of alice and their machines today"), "{card}");
        world.pass(TimeDelta::seconds(2)).await;
    }
    let octocats = octocat_reads(&world).await;
    assert!(world.github().decision_on(octocats).is_some());
}

#[tokio::test]
async fn who_has_just_linked_their_account_counts_in_no_rule_yet() {
    let world = World::start_with_sign_in(|_| {}).await;
    crate::policies::write(&world, "rules.cedar", RULES);
    world.configure(|config| {
        config.push_str("\n[policy]\ndirectory = \"policies\"\nautomatic = \"on\"\n");
    });
    assert_eq!(crate::policies::reload(&world).await, countersign::app::Reloaded::Taken);
    let ticket = crate::link::ticket(&world, "U0HUBOT").await;
    world.visitor("U0HUBOT", "hubot").links(&ticket).await;

    let request = asks(&world, hubot_reads(&world.stage.clock)).await;

    is_left_to_people(&world, request);
    assert_eq!(asked(&world).await, ["people: the link between the accounts is new [read-only-short]"]);
}

#[tokio::test]
async fn switched_off_while_it_is_due_no_rule_is_asked() {
    let world = world("on", RULES).await;
    let (reached, release) = world.holds_the_list();
    let request = world.github().request_token(read_docs(&world.stage.clock)).await;
    reached.notified().await;

    takes(&world, "automatic = \"on\"", "automatic = \"off\"").await;
    release.notify_one();
    world.quiet().await;

    is_left_to_people(&world, request);
    assert_eq!(asked(&world).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_was_asked_for_before_rules_began_to_decide_is_for_people() {
    let mut world = closed("off", RULES).await;
    world.configure(|config| {
        *config = config.replace("reconcile.every = \"30d\"", "reconcile.every = \"5m\"")
    });
    world.open(Probe::default()).await;
    world.quiet().await;
    world.github().stop_sending();
    let before = world.github().request_token(read_docs(&world.stage.clock)).await;
    world.pass(TimeDelta::seconds(10)).await;

    takes(&world, "automatic = \"off\"", "automatic = \"on\"").await;
    world.pass(TimeDelta::seconds(10)).await;
    let after = world.github().request_token(of_alice(&world)).await;
    world.pass(TimeDelta::minutes(6)).await;

    assert!(world.github().is_pending(before), "{:?}", asked(&world).await);
    assert!(world.github().decision_on(after).is_some(), "{:?}", asked(&world).await);
    let asked = asked(&world).await;
    let early = "people: it was asked for before rules began to decide [read-only-short]".to_owned();
    assert!(asked.contains(&early) && asked.len() == 2, "{asked:?}");
}

/// The same wish of somebody else.
fn of_alice(world: &World) -> NewRequest {
    NewRequest { owner: "alice".to_owned(), ..read_docs(&world.stage.clock) }
}

#[tokio::test]
async fn while_everything_is_frozen_no_rule_denies() {
    let world = world("on", RULES).await;
    world.slack().command("U0MONALISA", APPROVALS, "/pat freeze on a laptop was stolen").await.unwrap();
    world.quiet().await;

    let request = asks(&world, NewRequest { expires_at: None, ..read_docs(&world.stage.clock) }).await;

    assert_eq!(world.github().reviews(request).attempted, 0);
    assert_eq!(asked(&world).await, ["people: everything is frozen [nothing-eternal]"]);
}

#[tokio::test]
async fn a_denial_by_rule_on_its_way_waits_for_a_freeze() {
    let world = world("on", RULES).await;
    let eternal = NewRequest { expires_at: None, ..read_docs(&world.stage.clock) };
    let (request, release) = stopped_before_the_attempt(&world, eternal).await;
    crate::freeze::say_meanwhile(&world, "/pat freeze on a laptop was stolen").await;
    release.notify_one();
    world.quiet().await;
    assert_eq!(world.github().reviews(request).attempted, 0);

    world.slack().command("U0MONALISA", APPROVALS, "/pat freeze off").await.unwrap();
    world.quiet().await;

    assert_eq!(world.github().reviews(request).attempted, 1);
    assert!(world.card().text.contains("Denied by rule nothing-eternal"), "{}", world.card().text);
}

#[tokio::test]
async fn a_lost_answer_to_a_rules_decision_is_looked_for_and_not_sent_twice() {
    let world = world("on", RULES).await;
    world.github().on_call(|moment| match (moment.is_review(), moment.stage) {
        (true, Stage::After) => Verdict::Reset,
        (true, Stage::Before) | (false, _) => Verdict::Continue,
    });

    let request = octocat_reads(&world).await;
    world.pass(TimeDelta::minutes(1)).await;

    assert_eq!(world.github().reviews(request).attempted, 1);
    assert!(world.card().text.contains("Approved by rule read-only-short"), "{}", world.card().text);
}

#[tokio::test]
async fn what_github_refuses_of_a_rule_is_for_people() {
    let world = world("on", RULES).await;
    world.reviews_are_answered(422, "Unprocessable");

    let request = octocat_reads(&world).await;

    let card = world.card().on_screen();
    assert!(card.contains("[Approve…]") && card.contains("Unprocessable"), "{card}");
    world.github().work_normally();
    world.pass(TimeDelta::minutes(11)).await;
    assert_eq!(world.github().decision_on(request), None, "no rule decides it again");
    world.press("U0ALICE", "approve").await;
    assert!(world.card().text.contains("Approved by alice"), "{}", world.card().text);
    assert_eq!(asked(&world).await.len(), 1);
}

/// Slack is out of reach until a rule has decided; the requester would not have been told any more.
#[tokio::test]
async fn who_asked_is_told_that_it_arrived_where_a_rules_decision_comes_back_to_people() {
    let world = world("on", RULES).await;
    world.reviews_are_answered(403, "Resource not accessible by integration");
    world.slack().on_call(|method, _| match method {
        "conversations.open" => countersign::simulator::slack::Verdict::TooMany(5),
        _ => countersign::simulator::slack::Verdict::Continue,
    });
    let request = octocat_reads(&world).await;
    assert!(world.card().on_screen().contains("**Approving… by** rule"), "{}", world.card().on_screen());
    world.slack().work_normally();
    world.pass(TimeDelta::seconds(50)).await;
    assert_eq!(world.slack().dms("U0OCTOCAT").len(), 0, "a rule has decided");

    takes(&world, "automatic = \"on\"", "automatic = \"announce\"").await;
    world.github().work_normally();
    world.pass(TimeDelta::minutes(11)).await;

    world.pass(TimeDelta::minutes(1)).await;
    is_told_of_arrival_once(&world);
    assert!(world.github().is_pending(request));
}

fn is_told_of_arrival_once(world: &World) {
    let told: Vec<_> = world.slack().dms("U0OCTOCAT").iter().map(|dm| dm.on_screen()).collect();
    assert_eq!(told.iter().filter(|told| told.contains("has arrived")).count(), 1, "{told:?}");
}

#[tokio::test]
async fn why_a_denying_rule_failed_is_on_record() {
    let failing = format!(
        "{RULES}\n@id(\"overflows\")\npermit (principal is Rule, action == Action::\"autoDeny\", resource is \
         TokenRequest)\nwhen {{ resource.lifetimeDays * 9223372036854775807 > 0 }};"
    );
    let world = world("on", &failing).await;

    let request = octocat_reads(&world).await;

    is_left_to_people(&world, request);
    assert_eq!(asked(&world).await, ["people: a policy failed [read-only-short, overflows]"]);
    let cause = audit_log::values(&world, "fact.autoDeny.failure").await;
    assert!(cause.len() == 1 && cause[0].contains("overflow"), "{cause:?}");
}

#[tokio::test]
async fn an_address_that_is_too_long_is_left_out_and_said_to_be() {
    let long = "x".repeat(300);
    let rules = RULES.replace("Tokens of acme have to end within half a year.", &long);
    let world = world("on", &rules).await;
    let eternal = || NewRequest { expires_at: None, ..read_docs(&world.stage.clock) };
    let reason = async |wish: NewRequest| {
        let request = asks(&world, wish).await;
        world.pass(TimeDelta::seconds(2)).await;
        let reason = world.github().decision_on(request).expect("decided").reason.unwrap_or_default();
        reason.lines().last().unwrap().to_owned()
    };

    let wordy = reason(NewRequest { reason: Some("because ".repeat(100)), ..eternal() }).await;
    assert_snapshot!(wordy, @"To ask for that: https://github.com/settings/personal-access-tokens/new?name=docs+reader&target_name=acme&expires_in=180&contents=read");
    let named = "世".repeat(40);
    let many = [
        "actions",
        "administration",
        "artifact_metadata",
        "attestations",
        "checks",
        "codespaces",
        "commit_statuses",
        "contents",
        "dependabot_alerts",
        "dependabot_secrets",
        "deployments",
        "discussions",
        "environments",
        "issues",
        "merge_queues",
        "pages",
        "pull_requests",
        "secret_scanning_alerts",
        "vulnerability_alerts",
        "webhooks",
    ];
    let permissions = Permissions::repository(many.map(|name| (name, "read")));
    let wide = reason(NewRequest { token_name: named, permissions, ..eternal() }).await;
    assert_snapshot!(wide, @"To ask for that (filled in, the address would be too long here): https://github.com/settings/personal-access-tokens/new");
}
