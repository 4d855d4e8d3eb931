//! Groups of which somebody has to agree, kept by Slack and GitHub: a vote stands for them while its voter is known to be
//! in them, and an outage neither adds to it nor makes less necessary.

use chrono::TimeDelta;
use countersign::demo::ORGANIZATION;
use countersign::ids::RequestId;
use countersign::simulator::github::{Action, MembershipState, Role};
use countersign::simulator::slack::Verdict;
use insta::assert_snapshot;

use crate::audit_log;
use crate::groups::{GROUP, forbidden, github_says, is_approved, operators_heard, slack_asked, slack_says};
use crate::support::World;

/// Alice and monalisa are the approvers; somebody of the Slack user group has to agree, which bob is in, and somebody of
/// the GitHub team, which alice is in.
const BOTH: &str = r#"
[[require]]
one_from_each = ["security", "leads"]
[groups.security]
members = ["slack-group:S0SECURITY"]
[groups.leads]
members = ["github-team:acme/leads"]
"#;

async fn both_have_to_agree() -> World {
    let mut world = World::closed().await;
    world.slack().set_group(GROUP, "security", &["U0BOB"]);
    world.github().set_team(ORGANIZATION, "leads", &["alice"]);
    world.configure(|text| text.push_str(BOTH));
    world.open(Default::default()).await;
    world.quiet().await;
    world
}

fn is_undecided(world: &World, request: RequestId) -> bool {
    world.github().is_pending(request) && world.github().reviews(request).attempted == 0
}

#[tokio::test]
async fn one_of_the_user_group_and_one_of_the_team_agree() {
    let world = both_have_to_agree().await;
    let request = world.octocat_asks().await;

    world.press("U0BOB", "approve").await;
    assert!(is_undecided(&world, request));
    assert_snapshot!(world.told_alone("U0BOB"), @"Your approval counts. Still needed: one of leads.");
    world.press("U0ALICE", "approve").await;

    assert!(is_approved(&world, request));
    assert_eq!(audit_log::values(&world, "counted").await, ["bob: security", "alice: leads"]);
}

#[tokio::test]
async fn who_may_or_may_not_be_of_a_group_that_has_to_agree_does_not_vote() {
    let world = both_have_to_agree().await;
    let request = world.octocat_asks().await;
    slack_says(&world, Verdict::Reset);

    // An approver by name, and somebody who would vote for the group.
    for user in ["U0MONALISA", "U0BOB"] {
        world.press(user, "approve").await;

        assert!(is_undecided(&world, request));
        assert!(!world.card().on_screen().contains("approved by"), "{}", world.card().on_screen());
    }
    assert_snapshot!(world.told_alone("U0MONALISA"), @"We can't tell right now whether you may decide this (membership in security is not known: the Slack user group S0SECURITY can't be read: slack is unavailable: the connection broke). Please click again later.");

    slack_says(&world, Verdict::Continue);
    github_says(&world, forbidden());
    world.press("U0BOB", "approve").await;
    assert_snapshot!(world.told_alone("U0BOB"), @"We can't tell right now whether you may decide this (membership in leads is not known: GitHub does not tell about the team acme/leads: GitHub forbids it: Resource not accessible by integration). Please click again later.");
    assert!(is_undecided(&world, request));
}

#[tokio::test]
async fn an_earlier_vote_for_a_group_that_can_not_be_told_neither_counts_nor_lapses() {
    let world = both_have_to_agree().await;
    let request = world.octocat_asks().await;
    world.press("U0BOB", "approve").await;
    // Slack tells who alice is in no group of, and not a moment later who is in it.
    let asked = std::sync::atomic::AtomicUsize::new(0);
    world.slack().on_call(move |method, stage| match (method, stage) {
        ("usergroups.users.list", countersign::simulator::slack::Stage::Before)
            if asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) > 0 =>
        {
            Verdict::Reset
        }
        _ => Verdict::Continue,
    });

    world.press("U0ALICE", "approve").await;

    assert!(is_undecided(&world, request));
    assert_snapshot!(world.told_alone("U0ALICE"), @"We can't tell right now whether you may decide this (whether bob's vote still counts is not known: membership in security is not known: the Slack user group S0SECURITY can't be read: slack is unavailable: the connection broke). Please click again later.");
    slack_says(&world, Verdict::Continue);
    world.press("U0ALICE", "approve").await;
    assert!(is_approved(&world, request));
}

#[tokio::test]
async fn who_has_left_a_group_that_has_to_agree_does_not_stand_for_it() {
    let world = both_have_to_agree().await;
    let request = world.octocat_asks().await;
    world.press("U0BOB", "approve").await;
    world.slack().set_group(GROUP, "security", &["U0MONALISA"]);

    world.press("U0ALICE", "approve").await;
    assert!(is_undecided(&world, request));
    assert_snapshot!(world.told_alone("U0ALICE"), @"Your approval counts. bob may no longer decide this, so that vote is void. Still needed: one of security.");
    world.press("U0MONALISA", "approve").await;

    assert!(is_approved(&world, request));
}

#[tokio::test]
async fn a_decision_that_waits_is_neither_sent_nor_given_back_while_a_group_can_not_be_told() {
    let world = both_have_to_agree().await;
    let request = world.octocat_asks().await;
    world.reviews_are_answered(403, "Resource not accessible by integration");
    world.press("U0BOB", "approve").await;
    world.press("U0ALICE", "approve").await;
    let before = world.github().reviews(request).attempted;
    slack_says(&world, Verdict::Reset);
    world.github().work_normally();

    world.pass(TimeDelta::minutes(11)).await;
    world.pass(TimeDelta::minutes(6)).await;
    assert_eq!(world.github().reviews(request).attempted, before);
    let screen = world.card().on_screen();
    assert!(!screen.contains("[Approve…]"), "{screen}");
    assert!(screen.contains("membership in security is not known"), "{screen}");

    slack_says(&world, Verdict::Continue);
    world.pass(TimeDelta::minutes(30)).await;
    assert!(is_approved(&world, request));
}

#[tokio::test]
async fn who_is_new_in_a_group_that_has_to_agree_is_told_to_the_operators() {
    let world = both_have_to_agree().await;
    world.slack().set_group(GROUP, "security", &["U0BOB", "U0MONALISA"]);

    world.pass(TimeDelta::minutes(15)).await;

    assert_snapshot!(operators_heard(&world).join("\n"), @"monalisa is now in security (Slack user group S0SECURITY), which may approve requests that need somebody of security. If that surprises you, look there who added them.");
    assert_eq!(audit_log::values(&world, "member").await, ["U0MONALISA"]);
}

/// What is on record of decisions made on GitHub's page.
async fn compared(world: &World) -> String {
    let told = audit_log::told(world).await;
    let compared: Vec<_> = told.lines().filter(|line| line.starts_with("decision.compared")).collect();
    compared.join("\n")
}

/// Bob votes for security here; then something may happen, and alice, an owner, approves on GitHub's page.
async fn alice_approves_on_github(meanwhile: impl FnOnce(&World)) -> World {
    let world = both_have_to_agree().await;
    world.github().set_membership(ORGANIZATION, "alice", Role::Owner, MembershipState::Active);
    let request = world.octocat_asks().await;
    world.press("U0BOB", "approve").await;
    meanwhile(&world);
    world.github().decide_on_page(request, "alice", Action::Approve, None).await.unwrap();
    world.quiet().await;
    world
}

#[tokio::test]
async fn a_decision_on_githubs_page_is_compared_with_who_is_in_the_groups_then() {
    let world = alice_approves_on_github(|_| {}).await;
    assert_snapshot!(compared(&world).await, @"decision.compared by 1004: within policy [approvers-decide, required-decide, votes-settle]");

    let world = alice_approves_on_github(|world| world.slack().set_group(GROUP, "security", &[])).await;
    assert_snapshot!(compared(&world).await, @"decision.compared by 1004: outside policy [approvers-decide, required-decide]");
    assert_snapshot!(world.card().text.lines().nth(1).unwrap(), @"Approved on GitHub by alice, outside policy: it takes 2 approvals, one each of leads and security, at least one of them by approvers; missing: one of security");

    let world = alice_approves_on_github(|world| slack_says(world, Verdict::Reset)).await;
    for _ in 0..16 {
        world.pass(TimeDelta::minutes(1)).await;
    }
    assert_snapshot!(compared(&world).await, @"decision.compared by 1004: could not be checked");
    assert_snapshot!(world.card().text.lines().nth(1).unwrap(), @"Approved on GitHub by alice; whether policy allows it could not be checked: membership in security is not known: the Slack user group S0SECURITY can't be read: slack is unavailable: the connection broke");
}

#[tokio::test]
async fn however_many_have_agreed_before_slack_is_asked_about_them_once() {
    let mut world = World::closed().await;
    world.slack().set_group(GROUP, "security", &["U0ALICE", "U0BOB", "U0MONALISA"]);
    world.configure(|text| {
        *text = text.replace(r#"["alice", "monalisa"]"#, r#"["slack-group:S0SECURITY"]"#);
        text.push_str("\n[[require]]\napprovals = 3\n");
    });
    world.open(Default::default()).await;
    world.quiet().await;
    let request = world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;
    world.press("U0BOB", "approve").await;
    let before = slack_asked(&world);

    world.press("U0MONALISA", "approve").await;

    assert!(is_approved(&world, request));
    // Once about who clicked, and once about the others.
    assert_eq!(slack_asked(&world) - before, 2);
}
