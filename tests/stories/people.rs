//! Who counts as whom: machine accounts and their owners, accounts of long ago, links that have just changed.

use chrono::TimeDelta;
use countersign::ids::RequestId;
use countersign::simulator::github::{Action, MembershipState, NewRequest, Role};
use countersign::store::Probe;
use insta::assert_snapshot;

use crate::audit_log;
use crate::support::{World, push_to_payments};

const PEOPLE: &str =
    r#"people = { octocat = "U0OCTOCAT", alice = "U0ALICE", bob = "U0BOB", monalisa = "U0MONALISA" }"#;

/// A world in which alice answers for hubot.
async fn with_machine() -> World {
    World::start_with(|config| config.push_str("[machines]\nhubot = \"alice\"\n")).await
}

async fn asks(world: &World, login: &str) -> RequestId {
    let new = NewRequest { owner: login.to_owned(), ..push_to_payments(&world.stage.clock) };
    let request = world.github().request_token(new).await;
    world.quiet().await;
    request
}

#[tokio::test]
async fn a_machines_request_is_its_owners_own() {
    let world = with_machine().await;
    let request = asks(&world, "hubot").await;

    assert_snapshot!(world.readable(&world.card()));
    assert!(world.card().text.contains("For: hubot (alice answers for it)"), "{}", world.card().text);
    let told = world.slack().dms("U0ALICE").pop().expect("alice was told").on_screen();
    assert!(
        told.contains("The request of hubot, which you answer for, for a token in acme has arrived."),
        "{told}"
    );

    world.press("U0ALICE", "approve").await;
    assert_eq!(world.told_alone("U0ALICE"), "This is your own request, so somebody else has to decide it.");
    world.modal("U0ALICE", "deny").await;
    assert!(world.github().is_pending(request));

    world.press("U0MONALISA", "approve").await;
    assert_eq!(world.github().decision_on(request).expect("decided").action, Action::Approve);
    let told = world.slack().dms("U0ALICE").pop().expect("alice was told").on_screen();
    assert!(told.contains(
        "The request of hubot, which you answer for, for a token in acme was approved by monalisa."
    ));
    let record = audit_log::told(&world).await;
    assert!(record.contains("machine.pinned by service: done"), "{record}");
}

#[tokio::test]
async fn a_machine_that_was_renamed_is_still_its_owners() {
    let world = with_machine().await;
    asks(&world, "hubot").await;
    world.github().rename_user("hubot", "robot");

    let request = asks(&world, "robot").await;
    assert!(
        world.card().on_screen().contains("robot (alice answers for it)"),
        "{}",
        world.card().on_screen()
    );

    world.press("U0ALICE", "approve").await;

    assert!(world.told_alone("U0ALICE").contains("This is your own request"));
    assert!(world.github().is_pending(request));
}

#[tokio::test]
async fn a_machine_that_was_renamed_before_it_asked_for_anything_is_its_owners() {
    let world = with_machine().await;
    world.quiet().await;
    world.github().rename_user("hubot", "robot");

    let request = asks(&world, "robot").await;
    assert!(
        world.card().on_screen().contains("robot (alice answers for it)"),
        "{}",
        world.card().on_screen()
    );
    world.press("U0ALICE", "approve").await;

    assert!(world.told_alone("U0ALICE").contains("This is your own request"));
    assert!(world.github().is_pending(request));
}

/// The lead of whoever answers for a machine approves what it asks for, by the recipe of the cookbook.
const MACHINES_NEED_A_LEAD: &str = include_str!("../../manifests/policies/machines.cedar");

#[tokio::test]
async fn policies_know_a_machine_by_its_number_whatever_it_is_called() {
    let mut world = World::closed().await;
    crate::policies::write(&world, "machines.cedar", MACHINES_NEED_A_LEAD);
    world.configure(|config| {
        let keys = "policy.directory = \"policies\"\ngroups.leads.members = [\"monalisa\"]\ndatabase.url";
        *config = config.replace("database.url", keys);
        let approvers = "groups.approvers.members = [";
        assert!(config.contains(approvers), "{config}");
        *config = config.replace(approvers, &format!("{approvers}\"bob\", "));
        config.push_str("[machines]\nhubot = \"alice\"\n");
    });
    world.open(countersign::store::Probe::default()).await;
    world.quiet().await;
    world.github().rename_user("hubot", "robot");
    world.github().add_user("hubot");

    let request = asks(&world, "robot").await;
    world.press("U0BOB", "approve").await;

    let told = world.told_alone("U0BOB");
    assert!(told.contains("is approved by a lead of whoever answers for it"), "{told}");
    assert!(world.github().is_pending(request));
    world.press("U0MONALISA", "approve").await;
    assert_eq!(world.github().decision_on(request).expect("decided").action, Action::Approve);
}

#[tokio::test]
async fn a_machine_of_rules_taken_anew_is_known_before_it_asks() {
    let world = World::start().await;
    world.quiet().await;
    world.configure(|config| config.push_str("[machines]\nhubot = \"alice\"\n"));
    crate::policies::reload(&world).await;
    world.github().rename_user("hubot", "robot");

    let request = asks(&world, "robot").await;
    world.press("U0ALICE", "approve").await;

    assert!(world.told_alone("U0ALICE").contains("This is your own request"));
    assert!(world.github().is_pending(request));
}

#[tokio::test]
async fn who_takes_a_machines_login_over_is_not_the_machine_and_not_let_through_by_its_owner() {
    let mut world = with_machine().await;
    asks(&world, "hubot").await;
    world.github().rename_user("hubot", "robot");
    world.github().add_user("hubot");
    world.github().set_membership("acme", "hubot", Role::Member, MembershipState::Active);
    let told = world.slack().dms("U0ALICE").len();

    let request = asks(&world, "hubot").await;

    assert!(!world.card().on_screen().contains("answers for it"), "{}", world.card().on_screen());
    assert_eq!(world.slack().dms("U0ALICE").len(), told, "alice was told of a stranger's request");
    world.press("U0ALICE", "approve").await;
    assert!(world.told_alone("U0ALICE").contains("This is your own request"));
    assert!(world.github().is_pending(request));

    // Until somebody confirms the new number.
    let number = world.github().add_user("hubot").id;
    world.kill().await;
    world.configure(|config| {
        let confirmed = format!("hubot = {{ owner = \"alice\", github_id = {number} }}");
        *config = config.replace("hubot = \"alice\"", &confirmed);
    });
    world.open(Probe::default()).await;
    world.outlive_leases().await;
    let laptop = NewRequest {
        owner: "hubot".to_owned(),
        token_name: "laptop".to_owned(),
        ..push_to_payments(&world.stage.clock)
    };
    world.github().request_token(laptop).await;
    world.quiet().await;
    assert!(
        world.card().on_screen().contains("hubot (alice answers for it)"),
        "{}",
        world.card().on_screen()
    );
}

/// The service, started anew with other people in its configuration.
async fn with_people(world: &mut World, people: &str, approvers: &str) {
    world.kill().await;
    world.configure(|config| {
        assert!(config.contains(PEOPLE), "{config}");
        *config = config
            .replace(PEOPLE, people)
            .replace(r#"members = ["alice", "monalisa"]"#, &format!("members = {approvers}"));
    });
    world.open(Probe::default()).await;
    world.outlive_leases().await;
    world.quiet().await;
}

#[tokio::test]
async fn what_an_account_of_long_ago_asked_for_stays_ones_own() {
    let mut world = World::start().await;
    let request = world.octocat_asks().await;
    let people = r#"people = { hubot = "U0OCTOCAT", alice = "U0ALICE" }"#;
    with_people(&mut world, people, r#"["alice", "hubot"]"#).await;

    for _ in 0..2 {
        world.press("U0OCTOCAT", "approve").await;

        assert!(world.told_alone("U0OCTOCAT").contains("This is your own request"));
        world.pass(TimeDelta::hours(24)).await;
    }
    assert!(world.github().is_pending(request));
    let record = audit_log::told(&world).await;
    assert!(
        record.contains("click.refused by U0OCTOCAT: refused: own_request [own-request, recent-link]"),
        "{record}"
    );
}

#[tokio::test]
async fn a_reviewed_link_in_place_of_another_waits_for_a_day() {
    let mut world = World::start().await;
    world.slack().add_user("U0HUBOT", "hubot");
    let request = world.octocat_asks().await;
    // Pins alice's account.
    world.modal("U0ALICE", "deny").await;
    let people = PEOPLE.replace("U0ALICE", "U0HUBOT");
    with_people(&mut world, &people, r#"["alice", "monalisa"]"#).await;

    world.press("U0HUBOT", "approve").await;
    assert_snapshot!(world.told_alone("U0HUBOT"));
    // Counted from the start with the new configuration.
    world.pass(TimeDelta::hours(23)).await;
    world.press("U0HUBOT", "approve").await;
    assert!(world.github().is_pending(request));

    world.pass(TimeDelta::hours(1)).await;
    world.press("U0HUBOT", "approve").await;
    assert_eq!(world.github().decision_on(request).expect("decided").action, Action::Approve);
}

#[tokio::test]
async fn a_reviewed_link_that_is_back_waits_for_a_day() {
    let mut world = World::start().await;
    world.github().add_user("alice2");
    world.github().set_membership("acme", "alice2", Role::Member, MembershipState::Active);
    let request = world.octocat_asks().await;
    // Pins one account, and then the other.
    world.modal("U0ALICE", "deny").await;
    world.pass(TimeDelta::hours(48)).await;
    let people = PEOPLE.replace("alice =", "alice2 =");
    with_people(&mut world, &people, r#"["alice2", "monalisa"]"#).await;
    world.press("U0ALICE", "approve").await;
    assert!(world.github().is_pending(request));
    world.pass(TimeDelta::hours(48)).await;

    world.kill().await;
    world.configure(|config| *config = config.replace("alice2", "alice"));
    world.open(Probe::default()).await;
    world.outlive_leases().await;
    world.quiet().await;
    world.press("U0ALICE", "approve").await;
    world.pass(TimeDelta::hours(23)).await;
    world.press("U0ALICE", "approve").await;
    assert!(world.github().is_pending(request));

    world.pass(TimeDelta::hours(1)).await;
    world.press("U0ALICE", "approve").await;
    assert_eq!(world.github().decision_on(request).expect("decided").action, Action::Approve);
}

#[tokio::test]
async fn a_file_of_people_is_as_good_as_the_table() {
    let mut world = World::closed().await;
    let folder = world.stage.config.parent().expect("a folder").to_owned();
    let rows = "github_login,slack_user\noctocat,U0OCTOCAT\nalice,U0ALICE\nmonalisa,U0MONALISA\n";
    std::fs::write(folder.join("people.csv"), rows).expect("the folder is ours");
    world.configure(|config| *config = config.replace(PEOPLE, "people_file = \"people.csv\""));
    world.open(Probe::default()).await;
    world.quiet().await;
    let request = world.octocat_asks().await;

    world.press("U0ALICE", "approve").await;

    assert_eq!(world.github().decision_on(request).expect("decided").action, Action::Approve);
}
