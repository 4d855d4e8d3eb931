//! Decisions made on GitHub's page stand; those that nobody could have made here are marked.

use chrono::TimeDelta;
use countersign::demo::{APPROVALS, OPERATORS};
use countersign::ids::RequestId;
use countersign::simulator::github::{Action, MembershipState, Repositories, Role, Stage, Verdict};
use insta::{assert_json_snapshot, assert_snapshot};

use crate::audit_log;
use crate::support::{World, push_to_payments};

/// Monalisa, an owner, is no approver here.
async fn without_monalisa() -> World {
    World::start_with(|config| *config = config.replace(r#"["alice", "monalisa"]"#, r#"["alice"]"#)).await
}

async fn decides(world: &World, login: &str, action: Action) -> RequestId {
    let request = world.octocat_asks().await;
    world.github().decide_on_page(request, login, action, None).await.unwrap();
    world.quiet().await;
    request
}

/// How the card says that it ended.
fn ended(world: &World) -> String {
    let card = world.card();
    let line = card.text.lines().find(|line| line.contains("on GitHub")).expect("it ended on GitHub");
    line.to_owned()
}

async fn compared(world: &World) -> String {
    let recorded = audit_log::told(world).await;
    let lines: Vec<_> = recorded.lines().filter(|line| line.starts_with("decision.compared")).collect();
    lines.join("\n")
}

fn notices(world: &World) -> Vec<String> {
    world.slack().channel(OPERATORS).into_iter().map(|message| message.text).collect()
}

#[tokio::test]
async fn who_could_have_approved_here_is_within_policy_and_nothing_is_said() {
    let world = World::start().await;

    decides(&world, "monalisa", Action::Approve).await;

    assert_eq!(ended(&world), "Approved on GitHub by monalisa");
    let recorded = compared(&world).await;
    assert!(recorded.ends_with(": within policy [approvers-decide, votes-settle]"), "{recorded}");
    assert_eq!(notices(&world), Vec::<String>::new());
}

#[tokio::test]
async fn an_approval_by_somebody_who_may_not_is_marked_and_told() {
    let world = without_monalisa().await;

    decides(&world, "monalisa", Action::Approve).await;

    assert_eq!(ended(&world), "Approved on GitHub by monalisa, outside policy: nobody who may approve here");
    assert_json_snapshot!("card_approved_outside_policy", world.card().blocks);
    assert!(compared(&world).await.ends_with(": outside policy"), "{}", compared(&world).await);
    assert_eq!(audit_log::values(&world, "why").await, ["nobody who may approve here"]);
    assert!(!audit_log::values(&world, "fact.request.permissions").await.is_empty(), "on what facts");
    let key = world.key_of(&world.card());
    assert_snapshot!(
        notices(&world).concat().replace(&key, "KEY"),
        @"KEY was approved on GitHub by monalisa, outside policy: nobody who may approve here. The token works; please look."
    );
    let told = world.slack().dms("U0OCTOCAT").pop().expect("octocat was told").text;
    assert!(told.contains("was approved by monalisa"), "{told}");
}

#[tokio::test]
async fn a_denial_by_somebody_who_may_not_is_marked_quietly() {
    let world = without_monalisa().await;

    decides(&world, "monalisa", Action::Deny).await;

    assert_eq!(ended(&world), "Denied on GitHub by monalisa, outside policy: nobody who may deny here");
    assert_eq!(notices(&world), Vec::<String>::new());
}

#[tokio::test]
async fn somebody_whom_nobody_has_linked_is_outside_policy() {
    let world = World::start_with(|config| {
        *config = config
            .replace(r#", monalisa = "U0MONALISA""#, "")
            .replace(r#"["alice", "monalisa"]"#, r#"["alice", "slack:U0MONALISA"]"#);
    })
    .await;

    decides(&world, "monalisa", Action::Approve).await;

    assert_eq!(ended(&world), "Approved on GitHub by monalisa, outside policy: nobody who may approve here");
}

#[tokio::test]
async fn ones_own_request_is_outside_policy_whoever_one_is() {
    let world = World::start_with(|config| {
        *config = config.replace(r#"["alice", "monalisa"]"#, r#"["alice", "octocat"]"#);
    })
    .await;
    let request = world.octocat_asks().await;
    world.github().set_membership("acme", "octocat", Role::Owner, MembershipState::Active);

    world.github().decide_on_page(request, "octocat", Action::Approve, None).await.unwrap();
    world.quiet().await;

    assert_eq!(ended(&world), "Approved on GitHub by octocat, outside policy: it is their own request");
}

#[tokio::test]
async fn an_approval_that_takes_more_people_counts_with_those_given_here() {
    let requires = |config: &mut String| config.push_str("\n[[require]]\napprovals = 2\n");
    let world = World::start_with(requires).await;
    decides(&world, "monalisa", Action::Approve).await;
    assert_eq!(
        ended(&world),
        "Approved on GitHub by monalisa, outside policy: it takes 2 approvals; missing: 1 more approval"
    );

    let world = World::start_with(requires).await;
    let request = world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;
    world.github().decide_on_page(request, "monalisa", Action::Approve, None).await.unwrap();
    world.quiet().await;

    assert_eq!(ended(&world), "Approved on GitHub by monalisa");
    assert!(compared(&world).await.contains(": within policy"));
}

#[tokio::test]
async fn an_approval_while_everything_is_frozen_is_outside_policy() {
    let world = World::start_with(crate::freeze::with_a_manager).await;
    let request = world.octocat_asks().await;
    world.slack().command("U0MONALISA", APPROVALS, "/pat freeze on a laptop was stolen").await.unwrap();
    world.quiet().await;

    world.github().decide_on_page(request, "monalisa", Action::Approve, None).await.unwrap();
    world.quiet().await;

    assert_eq!(ended(&world), "Approved on GitHub by monalisa, outside policy: everything was frozen");
}

/// Whether monalisa still belongs to the organization can't be told for a while.
fn memberships_fail(world: &World) {
    world.github().on_call(|moment| match (moment.path.contains("/memberships/"), moment.stage) {
        (true, Stage::Before) => Verdict::Answer(axum::http::StatusCode::BAD_GATEWAY, serde_json::json!({})),
        _ => Verdict::Continue,
    });
}

#[tokio::test]
async fn an_approval_is_compared_with_the_freeze_of_its_own_time() {
    let world = World::start_with(crate::freeze::with_a_manager).await;
    let request = world.octocat_asks().await;
    memberships_fail(&world);
    world.github().decide_on_page(request, "monalisa", Action::Approve, None).await.unwrap();
    world.quiet().await;
    world.github().work_normally();
    world.slack().command("U0MONALISA", APPROVALS, "/pat freeze on a laptop was stolen").await.unwrap();
    world.quiet().await;

    world.pass(TimeDelta::minutes(1)).await;

    assert_eq!(ended(&world), "Approved on GitHub by monalisa");
    assert!(compared(&world).await.contains(": within policy"), "{}", compared(&world).await);
}

#[tokio::test]
async fn while_everything_is_frozen_nothing_more_need_be_known_about_who_approved() {
    let world = World::start_with(crate::freeze::with_a_manager).await;
    let request = world.octocat_asks().await;
    world.slack().command("U0MONALISA", APPROVALS, "/pat freeze on a laptop was stolen").await.unwrap();
    world.quiet().await;
    memberships_fail(&world);

    world.github().decide_on_page(request, "monalisa", Action::Approve, None).await.unwrap();
    world.quiet().await;

    assert_eq!(ended(&world), "Approved on GitHub by monalisa, outside policy: everything was frozen");
}

#[tokio::test]
async fn approvals_given_here_for_other_content_do_not_count() {
    let world = World::start_with(|config| config.push_str("\n[[require]]\napprovals = 2\n")).await;
    world.github().vary(|variants| variants.edits_are_announced = false);
    let request = world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;
    world.github().edit_request(request, |content| content.repositories = Repositories::All).await.unwrap();

    world.github().decide_on_page(request, "monalisa", Action::Approve, None).await.unwrap();
    world.quiet().await;

    assert_eq!(
        ended(&world),
        "Approved on GitHub by monalisa, outside policy: it takes 2 approvals; missing: 1 more approval"
    );
    assert!(world.card().on_screen().contains("ALL repositories"), "{}", world.card().on_screen());
}

#[tokio::test]
async fn what_can_not_be_found_out_is_not_taken_for_fine() {
    let world = World::start().await;
    memberships_fail(&world);

    decides(&world, "monalisa", Action::Approve).await;
    assert_eq!(ended(&world), "Approved on GitHub by monalisa", "it is tried for a while");
    for _ in 0..16 {
        world.pass(TimeDelta::minutes(1)).await;
    }

    let said = ended(&world);
    assert!(
        said.starts_with("Approved on GitHub by monalisa; whether policy allows it could not be checked: "),
        "{said}"
    );
    assert!(compared(&world).await.contains(": could not be checked"));
    assert_eq!(notices(&world).len(), 1, "{:?}", notices(&world));
}

#[tokio::test]
async fn somebody_can_be_asked_about_again_before_anything_is_said() {
    let world = without_monalisa().await;
    memberships_fail(&world);
    decides(&world, "monalisa", Action::Approve).await;
    world.github().work_normally();

    world.pass(TimeDelta::minutes(1)).await;

    assert!(ended(&world).ends_with("outside policy: nobody who may approve here"), "{}", ended(&world));
}

/// Nobody told of the denial: all that is known is that the request is gone, and so nobody is accused.
#[tokio::test]
async fn what_is_only_known_to_be_gone_is_not_compared() {
    let world = without_monalisa().await;
    let request = world.octocat_asks().await;
    world.github().stop_sending();
    world.github().decide_on_page(request, "monalisa", Action::Deny, None).await.unwrap();

    world.press("U0ALICE", "approve").await;
    for _ in 0..12 {
        world.pass(TimeDelta::minutes(1)).await;
    }

    let text = world.card().text;
    assert!(text.contains("GitHub doesn't say how"), "{text}");
    assert!(!text.contains("policy"), "{text}");
    assert_eq!(compared(&world).await, "");
}

#[tokio::test]
async fn our_own_decision_and_a_token_without_review_are_not_compared() {
    let world = World::start().await;
    world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;
    world.github().grant_without_review(push_to_payments(&world.stage.clock)).await;
    world.quiet().await;

    assert_eq!(compared(&world).await, "");
}
