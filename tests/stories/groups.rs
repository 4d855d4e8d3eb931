//! Groups that Slack and GitHub keep: who is in them is asked when it matters, and what can't be told is no yes.

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::demo::{APPROVALS, OPERATORS, ORGANIZATION};
use countersign::ids::RequestId;
use countersign::simulator::github::{
    Action, MembershipState, NewRequest, Role, Stage, Verdict as GitHubVerdict,
};
use countersign::simulator::slack::{Enterprise, Stage as SlackStage, Verdict};
use futures::future::join_all;
use insta::assert_snapshot;
use serde_json::json;

use crate::audit_log;
use crate::support::{World, push_to_payments};

pub(crate) const GROUP: &str = "S0SECURITY";

/// A world whose approvers are these members; `set` furnishes it before the service starts.
async fn approved_by(members: &str, set: impl FnOnce(&World)) -> World {
    let mut world = World::closed().await;
    set(&world);
    world.configure(|text| *text = text.replace(r#"["alice", "monalisa"]"#, members));
    world.open(Default::default()).await;
    world.quiet().await;
    world
}

/// Bob is in the Slack user group that may approve.
async fn bob_by_slack() -> World {
    approved_by(r#"["slack-group:S0SECURITY"]"#, |world| {
        world.slack().set_group(GROUP, "security", &["U0BOB"]);
    })
    .await
}

/// Bob is in the GitHub team that may approve.
async fn bob_by_team() -> World {
    approved_by(r#"["github-team:acme/security"]"#, |world| {
        world.github().set_team(ORGANIZATION, "security", &["bob"]);
    })
    .await
}

pub(crate) fn is_approved(world: &World, request: RequestId) -> bool {
    world.github().decision_on(request).is_some_and(|decision| decision.action == Action::Approve)
}

/// How often Slack was asked who is in a group.
pub(crate) fn slack_asked(world: &World) -> usize {
    world.slack().calls().iter().filter(|call| call.method == "usergroups.users.list").count()
}

/// How often GitHub was asked whether somebody is in a team.
fn github_asked(world: &World) -> usize {
    let is_question = |path: &str| path.contains("/team/") && path.contains("/memberships/");
    world.github().calls().iter().filter(|call| is_question(&call.path)).count()
}

/// Whether somebody is offered the form to approve.
async fn is_offered_to(world: &World, user: &str) -> bool {
    let shown = world.modal(user, "details").await;
    world.slack().close(user).await.expect("there is a modal");
    shown["submit"].is_object()
}

pub(crate) fn operators_heard(world: &World) -> Vec<String> {
    world.slack().channel(OPERATORS).iter().map(|message| message.on_screen()).collect()
}

/// Slack answers this where it is asked who is in a group.
pub(crate) fn slack_says(world: &World, verdict: Verdict) {
    world.slack().on_call(move |method, stage| match (method, stage) {
        ("usergroups.users.list", SlackStage::Before) => verdict.clone(),
        _ => Verdict::Continue,
    });
}

/// GitHub answers this where it is asked about teams.
pub(crate) fn github_says(world: &World, verdict: GitHubVerdict) {
    world.github().on_call(move |moment| match moment.stage {
        Stage::Before if moment.path.contains("/team") => verdict.clone(),
        Stage::Before | Stage::After => GitHubVerdict::Continue,
    });
}

pub(crate) fn forbidden() -> GitHubVerdict {
    GitHubVerdict::Answer(
        StatusCode::FORBIDDEN,
        json!({ "message": "Resource not accessible by integration" }),
    )
}

#[tokio::test]
async fn a_slack_user_group_approves() {
    let world = bob_by_slack().await;
    let request = world.octocat_asks().await;

    world.press("U0ALICE", "approve").await;
    assert_snapshot!(world.told_alone("U0ALICE"), @"You can't decide this request. Who can: approvers.");
    world.press("U0BOB", "approve").await;

    assert!(is_approved(&world, request));
    assert!(world.card().text.contains("Approved by bob"));
}

#[tokio::test]
async fn a_github_team_approves_and_so_do_the_teams_below_it() {
    let world = approved_by(r#"["github-team:acme/security"]"#, |world| {
        let github = world.github();
        let security = github.set_team(ORGANIZATION, "security", &["monalisa"]);
        let response = github.set_team(ORGANIZATION, "response", &["bob"]);
        let night_shift = github.set_team(ORGANIZATION, "night-shift", &["alice"]);
        github.change_team(response.id, |team| team.parent = Some(security.id));
        github.change_team(night_shift.id, |team| team.parent = Some(response.id));
    })
    .await;

    for user in ["U0MONALISA", "U0BOB", "U0ALICE"] {
        let request = world.octocat_asks().await;
        world.press(user, "approve").await;
        // Changes in one organization keep a distance.
        world.pass(TimeDelta::seconds(1)).await;
        assert!(is_approved(&world, request), "{user}");
    }
}

#[tokio::test]
async fn who_has_not_accepted_the_invitation_is_in_no_team() {
    let world = bob_by_team().await;
    let request = world.octocat_asks().await;
    // Of the organization the App knows bob as a member; of the team it does not.
    world.github().on_call(|moment| match moment.stage {
        Stage::Before if moment.path.contains("/team/") && moment.path.contains("/memberships/") => {
            GitHubVerdict::Answer(StatusCode::OK, json!({ "state": "pending", "role": "member" }))
        }
        Stage::Before | Stage::After => GitHubVerdict::Continue,
    });

    world.press("U0BOB", "approve").await;

    assert!(world.github().is_pending(request));
    assert!(world.told_alone("U0BOB").starts_with("You can't decide this request."));
}

#[tokio::test]
async fn an_owner_approves_in_their_own_organization_alone() {
    let members = r#"["github-owners", "github-team:acme/security"]"#;
    let world = approved_by(members, |world| {
        world.github().set_team(ORGANIZATION, "security", &["bob"]);
    })
    .await;
    let github = world.github().clone();
    github.add_organization("initech");
    github.add_repository("initech", "tps", true);
    for (login, role) in
        [("octocat", Role::Member), ("monalisa", Role::Member), ("bob", Role::Member), ("alice", Role::Owner)]
    {
        github.set_membership("initech", login, role, MembershipState::Active);
    }
    // A team of that name there has nothing to do with the one that is meant.
    github.set_team("initech", "security", &["bob", "monalisa"]);
    github.install("initech").await;
    world.quiet().await;
    let wish = NewRequest {
        organization: "initech".to_owned(),
        repositories: countersign::simulator::github::Repositories::Subset(vec!["tps".to_owned()]),
        ..push_to_payments(&world.stage.clock)
    };
    let request = github.request_token(wish).await;
    world.quiet().await;

    for user in ["U0BOB", "U0MONALISA"] {
        world.press(user, "approve").await;
        assert!(world.told_alone(user).starts_with("You can't decide this request."), "{user}");
    }
    assert!(github.is_pending(request));
    world.press("U0ALICE", "approve").await;
    assert!(is_approved(&world, request));

    let request = world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;
    assert!(world.told_alone("U0ALICE").starts_with("You can't decide this request."));
    world.press("U0MONALISA", "approve").await;
    assert!(is_approved(&world, request));
}

#[tokio::test]
async fn who_was_removed_after_the_form_was_opened_decides_nothing() {
    for world in [bob_by_slack().await, bob_by_team().await] {
        let request = world.octocat_asks().await;
        assert!(world.modal("U0BOB", "details").await["submit"].is_object());
        world.slack().set_group(GROUP, "security", &[]);
        world.github().set_team(ORGANIZATION, "security", &[]);

        // No time has passed: what was looked up for the form would still be fresh enough to look.
        world.submit("U0BOB", &[]).await;

        assert!(world.github().is_pending(request));
        assert!(world.told_alone("U0BOB").starts_with("You can't decide this request."));
    }
}

#[tokio::test]
async fn while_slack_does_not_tell_nothing_is_decided_and_nothing_is_remembered() {
    let world = bob_by_slack().await;
    let request = world.octocat_asks().await;
    let answer = |error: &str| Verdict::Answer(StatusCode::OK, json!({ "ok": false, "error": error }));
    for verdict in [
        Verdict::Reset,
        Verdict::Answer(StatusCode::BAD_GATEWAY, json!("oh")),
        answer("internal_error"),
        answer("missing_scope"),
        answer("no_such_subteam"),
        Verdict::Answer(StatusCode::OK, json!({ "ok": true })),
        Verdict::Answer(StatusCode::OK, json!({ "ok": true, "users": null })),
    ] {
        slack_says(&world, verdict.clone());
        world.press("U0BOB", "approve").await;

        assert!(world.github().is_pending(request), "{verdict:?}");
        let told = world.told_alone("U0BOB");
        assert!(
            told.starts_with("We can't tell right now whether you may decide this"),
            "{verdict:?} {told}"
        );
        assert!(world.card().on_screen().contains("[Approve…]"));
        assert!(!is_offered_to(&world, "U0BOB").await);
    }
    slack_says(&world, answer("missing_scope"));
    world.press("U0BOB", "approve").await;
    assert_snapshot!(
        world.told_alone("U0BOB"),
        @"We can't tell right now whether you may decide this (membership in approvers is not known: the Slack user group S0SECURITY can't be read: the Slack app lacks the scope usergroups:read). Please click again later."
    );

    slack_says(&world, Verdict::Continue);
    world.press("U0BOB", "approve").await;
    assert!(is_approved(&world, request));
}

#[tokio::test]
async fn while_github_does_not_tell_nothing_is_decided_and_nothing_is_remembered() {
    let world = bob_by_team().await;
    let request = world.octocat_asks().await;
    for verdict in [
        forbidden(),
        GitHubVerdict::Reset,
        GitHubVerdict::Answer(StatusCode::BAD_GATEWAY, json!({})),
        GitHubVerdict::Answer(StatusCode::OK, json!({ "state": "new" })),
        // Also of the team itself: it is gone, or hidden from us.
        GitHubVerdict::Answer(StatusCode::NOT_FOUND, json!({ "message": "Not Found" })),
    ] {
        github_says(&world, verdict.clone());
        world.press("U0BOB", "approve").await;

        assert!(world.github().is_pending(request), "{verdict:?}");
        let told = world.told_alone("U0BOB");
        assert!(
            told.starts_with("We can't tell right now whether you may decide this"),
            "{verdict:?} {told}"
        );
        let denying = world.modal("U0BOB", "deny").await.to_string();
        world.slack().close("U0BOB").await.unwrap();
        assert!(denying.contains("We can't tell right now"), "{denying}");
    }
    github_says(&world, forbidden());
    world.press("U0BOB", "approve").await;
    assert_snapshot!(
        world.told_alone("U0BOB"),
        @"We can't tell right now whether you may decide this (membership in approvers is not known: GitHub does not tell about the team acme/security: GitHub forbids it: Resource not accessible by integration). Please click again later."
    );

    world.github().work_normally();
    world.press("U0BOB", "approve").await;
    assert!(is_approved(&world, request));
}

#[tokio::test]
async fn who_is_known_by_one_source_needs_no_other() {
    let world = approved_by(r#"["alice", "slack-group:S0SECURITY", "github-team:acme/security"]"#, |world| {
        world.slack().set_group(GROUP, "security", &[]);
        world.github().set_team(ORGANIZATION, "security", &["bob"]);
    })
    .await;
    slack_says(&world, Verdict::Reset);

    for user in ["U0ALICE", "U0BOB"] {
        let request = world.octocat_asks().await;
        world.press(user, "approve").await;
        // Changes in one organization keep a distance.
        world.pass(TimeDelta::seconds(1)).await;
        assert!(is_approved(&world, request), "{user}");
    }
    let request = world.octocat_asks().await;
    world.press("U0MONALISA", "approve").await;
    assert!(world.github().is_pending(request));
    assert!(world.told_alone("U0MONALISA").contains("the Slack user group S0SECURITY can't be read"));
}

#[tokio::test]
async fn a_group_that_is_switched_off_gives_no_right_and_the_operators_hear_of_it_once() {
    let world = bob_by_slack().await;
    let request = world.octocat_asks().await;
    world.slack().change_group(GROUP, |group| group.is_disabled = true).unwrap();

    for _ in 0..2 {
        world.press("U0BOB", "approve").await;
    }
    world.pass(TimeDelta::minutes(15)).await;
    assert!(world.github().is_pending(request));
    assert_snapshot!(operators_heard(&world).join("\n"), @"Who belongs to slack-group:S0SECURITY can't be told: the Slack user group S0SECURITY can't be read: there is none of that name, or it is switched off. Until that is mended nobody has any right by it, and whatever hangs on it is refused.");

    world.slack().change_group(GROUP, |group| group.is_disabled = false).unwrap();
    world.pass(TimeDelta::minutes(15)).await;
    assert_snapshot!(operators_heard(&world)[1], @"Who belongs to slack-group:S0SECURITY can be told again.");
    world.press("U0BOB", "approve").await;
    assert!(is_approved(&world, request));
}

#[tokio::test]
async fn an_app_of_a_whole_organization_has_to_know_the_groups_workspace() {
    let install = |world: &World| {
        world.slack().set_group(GROUP, "security", &["U0BOB"]);
        world.slack().set_enterprise(Some(Enterprise {
            id: "E0ACME".to_owned(),
            name: "Acme".to_owned(),
            is_org_wide_install: true,
        }));
        let enterprise_user = countersign::simulator::slack::EnterpriseUser {
            id: "U0BOB".to_owned(),
            enterprise_id: "E0ACME".to_owned(),
            teams: vec!["T0ACME".to_owned()],
        };
        world.slack().change_user("U0BOB", |user| user.enterprise_user = Some(enterprise_user)).unwrap();
    };
    let world = approved_by(r#"["slack-group:S0SECURITY"]"#, install).await;
    let request = world.octocat_asks().await;
    world.press("U0BOB", "approve").await;
    assert!(world.github().is_pending(request));
    assert!(world.told_alone("U0BOB").contains("has to name the workspace"), "{}", world.told_alone("U0BOB"));

    let world = approved_by(r#"["slack-group:T0ACME/S0SECURITY"]"#, install).await;
    let request = world.octocat_asks().await;
    world.press("U0BOB", "approve").await;
    assert!(is_approved(&world, request), "{}", world.card().on_screen());
}

#[tokio::test]
async fn a_renamed_team_keeps_its_rights() {
    let world = bob_by_team().await;
    let github = world.github();
    let team = github.set_team(ORGANIZATION, "security", &["bob"]);
    github.change_team(team.id, |team| team.slug = "platform".to_owned());

    let request = world.octocat_asks().await;
    world.press("U0BOB", "approve").await;

    assert!(is_approved(&world, request));
    assert!(operators_heard(&world).is_empty());
}

#[tokio::test]
async fn another_team_of_the_old_name_inherits_nothing_until_somebody_says_which_one_is_meant() {
    let mut world = bob_by_team().await;
    let github = world.github().clone();
    let old = github.set_team(ORGANIZATION, "security", &["bob"]);
    github.change_team(old.id, |team| team.slug = "platform".to_owned());
    let new = github.set_team(ORGANIZATION, "security", &["alice"]);
    let request = world.octocat_asks().await;

    for user in ["U0ALICE", "U0BOB"] {
        world.press(user, "approve").await;
        let told = world.told_alone(user);
        assert!(told.contains("acme/security is another team now"), "{told}");
    }
    assert!(github.is_pending(request));
    let heard = operators_heard(&world).join("\n");
    let heard = heard.replace(&new.id.to_string(), "NEW").replace(&old.id.to_string(), "OLD");
    assert_snapshot!(heard, @"Who belongs to github-team:acme/security can't be told: acme/security is another team now (number NEW) than when it was first seen (number OLD); the configuration has to say which one is meant, as github-team:acme/security#NEW or github-team:acme/security#OLD. Until that is mended nobody has any right by it, and whatever hangs on it is refused.");

    world.kill().await;
    world.configure(|text| *text = text.replace("acme/security", &format!("acme/security#{}", new.id)));
    world.open(Default::default()).await;
    world.outlive_leases().await;
    world.quiet().await;
    world.press("U0BOB", "approve").await;
    assert!(world.told_alone("U0BOB").starts_with("You can't decide this request."));
    world.press("U0ALICE", "approve").await;
    assert!(is_approved(&world, request));
    let pinned = audit_log::told(&world).await;
    assert_eq!(pinned.lines().filter(|line| line.starts_with("team.pinned")).count(), 2, "{pinned}");
}

#[tokio::test]
async fn looks_share_an_answer_for_a_minute_and_whoever_decides_is_asked_about_anew() {
    let world = bob_by_slack().await;
    let request = world.octocat_asks().await;
    let before = slack_asked(&world);

    for seconds in [0, 59, 1] {
        world.stage.clock.advance(TimeDelta::seconds(seconds));
        assert!(is_offered_to(&world, "U0BOB").await);
    }
    // The first look came after what the start had read; both count for the same minute.
    assert_eq!(slack_asked(&world), before);
    world.stage.clock.advance(TimeDelta::seconds(1));
    assert!(is_offered_to(&world, "U0BOB").await);
    assert_eq!(slack_asked(&world), before + 1);

    world.press("U0BOB", "approve").await;
    assert_eq!(slack_asked(&world), before + 2);
    assert!(is_approved(&world, request));
}

#[tokio::test]
async fn twenty_who_look_at_once_ask_once() {
    let world = bob_by_slack().await;
    world.octocat_asks().await;
    world.stage.clock.advance(TimeDelta::minutes(2));
    let before = slack_asked(&world);
    let users: Vec<_> = (0..20).map(|number| format!("U0LOOKER{number}")).collect();
    users.iter().for_each(|user| world.slack().add_user(user, "looker"));
    let ts = world.card().ts;

    let clicks = users.iter().map(|user| world.slack().click(user, APPROVALS, &ts, "details"));
    for click in join_all(clicks).await {
        assert!(click.unwrap().status.is_success());
    }
    for user in &users {
        world.filled_modal(user).await;
    }

    assert_eq!(slack_asked(&world), before + 1);
}

#[tokio::test]
async fn a_new_approver_is_told_to_the_operators_once() {
    let world = bob_by_slack().await;
    assert!(operators_heard(&world).is_empty(), "who was there at the first look is no news");

    world.slack().set_group(GROUP, "security", &["U0BOB", "U0ALICE", "U0STRANGER"]);
    world.pass(TimeDelta::minutes(15)).await;
    world.slack().set_group(GROUP, "security", &["U0BOB"]);
    world.pass(TimeDelta::minutes(15)).await;
    world.slack().set_group(GROUP, "security", &["U0BOB", "U0ALICE"]);
    world.pass(TimeDelta::minutes(15)).await;

    assert_snapshot!(operators_heard(&world).join("\n"), @"alice and U0STRANGER are now in approvers (Slack user group S0SECURITY), which may approve requests in *. If that surprises you, look there who added them.");
    let told = audit_log::told(&world).await;
    let of_groups: Vec<_> = told.lines().filter(|line| line.starts_with("group.")).collect();
    assert_eq!(
        of_groups,
        [
            "group.first_read by service: done",
            "group.member_seen by service: done",
            "group.member_seen by service: done"
        ]
    );
    assert_eq!(audit_log::values(&world, "member").await, ["U0ALICE", "U0STRANGER"]);
}

#[tokio::test]
async fn a_new_approver_who_clicks_at_once_is_told_of_before_the_decision() {
    let world = bob_by_team().await;
    let request = world.octocat_asks().await;
    world.github().set_team(ORGANIZATION, "security", &["bob", "alice"]);

    world.press("U0ALICE", "approve").await;

    assert!(is_approved(&world, request));
    assert_snapshot!(operators_heard(&world).join("\n"), @"alice is now in approvers (GitHub team acme/security), which may approve requests in *. If that surprises you, look there who added them.");
    let told = audit_log::told(&world).await;
    let place = |start: &str| told.lines().position(|line| line.starts_with(start)).unwrap();
    assert!(place("group.member_seen") < place("decision.made"), "{told}");
    // The list says the same.
    world.pass(TimeDelta::minutes(15)).await;
    assert_eq!(operators_heard(&world).len(), 1);
}

#[tokio::test]
async fn new_owners_are_news_and_new_members_of_groups_without_a_say_are_not() {
    let world =
        approved_by("[\"github-owners\"]\ngroups.managers.members = [\"slack-group:S0SECURITY\"]", |world| {
            world.slack().set_group(GROUP, "security", &["U0BOB"]);
        })
        .await;
    world.slack().set_group(GROUP, "security", &["U0BOB", "U0ALICE"]);
    world.github().set_membership(ORGANIZATION, "bob", Role::Owner, MembershipState::Active);

    world.pass(TimeDelta::minutes(15)).await;

    assert_snapshot!(operators_heard(&world).join("\n"), @"bob is now in approvers (owners of acme on GitHub), which may approve requests in *. If that surprises you, look there who added them.");
}

#[tokio::test]
async fn a_webhook_about_a_team_has_everything_looked_at_again() {
    let world = bob_by_team().await;
    world.octocat_asks().await;
    assert!(!is_offered_to(&world, "U0ALICE").await);
    let asked = github_asked(&world);
    assert!(!is_offered_to(&world, "U0ALICE").await);
    assert_eq!(github_asked(&world), asked, "a no is remembered for a minute, too");

    let team = world.github().set_team(ORGANIZATION, "security", &["bob", "alice"]);
    world.github().tell_of_team(team.id, "added", "alice").await;
    world.quiet().await;

    assert!(is_offered_to(&world, "U0ALICE").await);
    assert!(
        operators_heard(&world)[0].starts_with("alice is now in approvers"),
        "{:?}",
        operators_heard(&world)
    );
}

#[tokio::test]
async fn whoami_tells_what_is_known_and_what_is_not() {
    let world = approved_by(
        "[\"slack-group:S0SECURITY\"]\ngroups.owners.members = [\"github-owners\"]\n\
         groups.leads.members = [\"github-team:acme/leads\"]",
        |world| {
            world.slack().set_group(GROUP, "security", &["U0BOB"]);
            world.github().set_team(ORGANIZATION, "leads", &["bob", "monalisa"]);
        },
    )
    .await;
    let whoami = async |user: &str| {
        let before = world.slack().ephemerals(user).len();
        world.slack().command(user, APPROVALS, "/pat whoami").await.unwrap();
        world.slack().until(|slack| slack.ephemerals(user).len() > before).await.unwrap();
        let told = world.told_alone(user);
        told.lines().skip_while(|line| !line.contains("group")).collect::<Vec<_>>().join("\n")
    };

    assert_snapshot!(whoami("U0BOB").await, @"Your groups: approvers, leads.");
    assert_snapshot!(whoami("U0MONALISA").await, @"Your groups: leads, owners.");
    world.stage.clock.advance(TimeDelta::minutes(2));
    slack_says(&world, Verdict::Reset);
    github_says(&world, forbidden());
    assert_snapshot!(whoami("U0MONALISA").await, @"
    Your groups: owners.
    Whether you are in approvers can't be told right now: the Slack user group S0SECURITY can't be read: slack is unavailable: the connection broke.
    Whether you are in leads can't be told right now: GitHub does not tell about the team acme/leads: GitHub forbids it: Resource not accessible by integration.
    ");
}

#[tokio::test]
async fn managers_by_a_slack_user_group_freeze_and_managers_by_github_do_not() {
    let members = "[\"alice\"]\ngroups.managers.members = [\"slack-group:S0SECURITY\", \"github-owners\"]";
    let world = approved_by(members, |world| {
        world.slack().set_group(GROUP, "security", &["U0BOB"]);
    })
    .await;
    let request = world.octocat_asks().await;

    world.slack().command("U0MONALISA", APPROVALS, "/pat freeze on trying").await.unwrap();
    world.quiet().await;
    world.press("U0ALICE", "approve").await;
    assert!(is_approved(&world, request));

    let request = world.octocat_asks().await;
    slack_says(&world, Verdict::Reset);
    world.slack().command("U0BOB", APPROVALS, "/pat freeze on trying").await.unwrap();
    world.quiet().await;
    assert!(
        world.told_alone("U0BOB").starts_with("We can't tell right now"),
        "{}",
        world.told_alone("U0BOB")
    );
    slack_says(&world, Verdict::Continue);
    world.slack().command("U0BOB", APPROVALS, "/pat freeze on trying").await.unwrap();
    world.quiet().await;
    world.pass(TimeDelta::seconds(1)).await;
    assert!(!world.card().on_screen().contains("[Approve…]"), "{}", world.card().on_screen());
    assert!(world.github().is_pending(request));
}

#[tokio::test]
async fn a_decision_that_waits_goes_back_when_its_maker_has_left_the_group() {
    let world = bob_by_slack().await;
    let request = world.octocat_asks().await;
    world.reviews_are_answered(403, "Resource not accessible by integration");
    world.press("U0BOB", "approve").await;
    world.slack().set_group(GROUP, "security", &[]);
    world.github().work_normally();

    world.pass(TimeDelta::minutes(11)).await;

    assert!(world.github().is_pending(request));
    assert!(world.card().on_screen().contains("[Approve…]"), "{}", world.card().on_screen());
    let told = audit_log::told(&world).await;
    assert!(told.contains("a decider's right lapsed: not_an_approver"), "{told}");
}

#[tokio::test]
async fn a_decision_that_waits_waits_on_while_nobody_can_tell_whether_its_maker_still_may() {
    let world = bob_by_slack().await;
    let request = world.octocat_asks().await;
    world.reviews_are_answered(403, "Resource not accessible by integration");
    world.press("U0BOB", "approve").await;
    slack_says(&world, Verdict::Reset);
    world.github().work_normally();

    world.pass(TimeDelta::minutes(11)).await;
    assert!(world.github().is_pending(request));
    assert!(!world.card().on_screen().contains("[Approve…]"), "{}", world.card().on_screen());

    slack_says(&world, Verdict::Continue);
    world.pass(TimeDelta::minutes(6)).await;
    assert!(is_approved(&world, request));
}
