//! Several people have to agree, one of each of certain groups, and nothing less counts.

use std::time::Duration;

use chrono::TimeDelta;
use countersign::clock::Clock;
use countersign::demo::APPROVALS;
use countersign::ids::RequestId;
use countersign::simulator::github::{MembershipState, Repositories, Role, Stage, Verdict};
use countersign::store::Probe;
use futures::future::join_all;
use insta::{assert_json_snapshot, assert_snapshot};

use crate::audit_log;
use crate::support::World;

/// Alice is of security, monalisa and bob lead payments; alice and monalisa are the approvers.
const TWO_GROUPS: &str = r#"
[[require]]
permissions = ["*:write", "*:admin"]
approvals = 2
one_from_each = ["security", "payments-leads"]
[groups.security]
members = ["alice"]
[groups.payments-leads]
members = ["monalisa", "bob"]
"#;

/// A world with these requirements.
async fn requiring(requirements: &str) -> World {
    World::start_with(|config| config.push_str(requirements)).await
}

/// A world in which so many of `members` have to agree, all of them approvers.
async fn some_of(members: &str, approvals: u32) -> World {
    World::start_with(|config| {
        *config = config.replace(r#"["alice", "monalisa"]"#, members);
        config.push_str(&format!("\n[[require]]\napprovals = {approvals}\n"));
    })
    .await
}

/// Two of them.
async fn two_of(members: &str) -> World {
    some_of(members, 2).await
}

/// From now on GitHub does not tell whether this person is a member.
fn hide(world: &World, login: &'static str) {
    world.github().on_call(move |moment| {
        match (moment.path.contains("/memberships/") && moment.path.ends_with(login), moment.stage) {
            (true, Stage::Before) => {
                Verdict::Answer(axum::http::StatusCode::BAD_GATEWAY, serde_json::json!({}))
            }
            _ => Verdict::Continue,
        }
    });
}

/// The card's line about approvals.
fn progress(world: &World) -> String {
    let screen = world.card().on_screen();
    let line = screen.lines().find(|line| line.contains(" of ") && line.contains("approv"));
    line.unwrap_or_else(|| panic!("no progress in {screen}")).to_owned()
}

fn is_undecided(world: &World, request: RequestId) -> bool {
    world.github().is_pending(request) && world.github().reviews(request).attempted == 0
}

#[tokio::test]
async fn one_of_each_group_agrees_and_the_card_tells_how_far_it_is() {
    let world = requiring(TWO_GROUPS).await;
    let request = world.octocat_asks().await;
    assert_json_snapshot!("card_that_needs_two", world.card().blocks);
    assert_snapshot!("card_that_needs_two_fallback", world.card().text);
    assert_json_snapshot!(
        "dm_arrival_of_what_needs_two",
        world.slack().dms("U0OCTOCAT").pop().unwrap().blocks
    );

    world.press("U0ALICE", "approve").await;

    assert!(is_undecided(&world, request));
    assert_snapshot!(progress(&world), @"1 of 2: approved by @U0ALICE; still needs payments-leads");
    assert_snapshot!(
        world.told_alone("U0ALICE"),
        @"Your approval counts. Still needed: one of payments-leads."
    );
    assert!(world.card().text.contains("1 of 2: approved by alice; still needs payments-leads"));
    assert_json_snapshot!("card_that_needs_one_more", world.card().blocks);
    let details = world.modal("U0MONALISA", "details").await;
    assert_json_snapshot!("details_of_what_needs_one_more", World::sent(&details));

    world.press("U0MONALISA", "approve").await;

    assert!(world.github().decision_on(request).is_some());
    assert_eq!(world.github().reviews(request).attempted, 1);
    assert_snapshot!(world.card().text.lines().nth(1).unwrap(), @"Approved by monalisa, with alice");
    assert_json_snapshot!("card_approved_by_two", world.card().blocks);
    assert!(world.slack().ephemerals("U0MONALISA").is_empty(), "the card says it");
    assert_eq!(audit_log::values(&world, "counted").await, ["alice: security", "monalisa: payments-leads"]);
    assert_snapshot!("record_of_an_approval_by_two", audit_log::told_in_short(&world).await);
}

#[tokio::test]
async fn pending_tells_what_is_still_needed() {
    let world = requiring(TWO_GROUPS).await;
    world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;

    let command = world.slack().command("U0MONALISA", APPROVALS, "/pat pending").await.unwrap();
    assert!(command.answer.status.is_success());
    world.slack().until(|slack| !slack.ephemerals("U0MONALISA").is_empty()).await.unwrap();

    let told = world.told_alone("U0MONALISA");
    assert!(told.ends_with("· 1 of 2: approved by alice; still needs payments-leads"), "{told}");
}

#[tokio::test]
async fn somebody_of_all_groups_counts_once() {
    let both = TWO_GROUPS.replace(r#"["monalisa", "bob"]"#, r#"["monalisa", "alice"]"#);
    let world = requiring(&both.replace("approvals = 2", "")).await;
    let request = world.octocat_asks().await;

    world.press("U0ALICE", "approve").await;
    world.press("U0ALICE", "approve").await;

    assert!(is_undecided(&world, request));
    assert_snapshot!(progress(&world), @"1 of 2: approved by @U0ALICE; still needs payments-leads or security");
    world.press("U0MONALISA", "approve").await;
    assert!(world.github().decision_on(request).is_some());
}

#[tokio::test]
async fn who_has_to_be_represented_may_vote_and_does_not_decide_alone() {
    let leads_alone = TWO_GROUPS.replace(r#"["security", "payments-leads"]"#, r#"["payments-leads"]"#);
    let world = requiring(&leads_alone.replace("approvals = 2", "")).await;
    let request = world.octocat_asks().await;
    let needs = "Needs an approval of payments-leads, and one of approvers unless that is the same person";
    assert!(world.card().on_screen().contains(needs), "{}", world.card().on_screen());

    world.press("U0BOB", "approve").await;

    assert!(is_undecided(&world, request));
    assert_snapshot!(world.told_alone("U0BOB"), @"Your approval counts. Still needed: one of approvers.");
    assert!(audit_log::told(&world).await.contains("vote.accepted by U0BOB: done [required-decide]"));

    world.press("U0ALICE", "approve").await;
    assert!(world.github().decision_on(request).is_some());
}

#[tokio::test]
async fn a_requirement_that_is_not_touched_lets_nobody_else_vote() {
    let world = requiring(&TWO_GROUPS.replace(r#"["*:write", "*:admin"]"#, r#"["*:admin"]"#)).await;
    world.octocat_asks().await;

    world.press("U0BOB", "approve").await;

    assert_snapshot!(world.told_alone("U0BOB"), @"You can't decide this request. Who can: approvers.");
    assert!(world.card().on_screen().contains("0 of 1: approvers"));
}

#[tokio::test]
async fn two_of_one_group_do_not_stand_for_another() {
    let world = World::start_with(|config| {
        *config = config.replace(r#"["alice", "monalisa"]"#, r#"["alice", "bob", "monalisa"]"#);
        config.push_str(&TWO_GROUPS.replace(r#"members = ["alice"]"#, r#"members = ["alice", "bob"]"#));
        *config = config.replace(r#"members = ["monalisa", "bob"]"#, r#"members = ["monalisa"]"#);
    })
    .await;
    let request = world.octocat_asks().await;

    world.press("U0ALICE", "approve").await;
    world.press("U0BOB", "approve").await;

    assert!(is_undecided(&world, request));
    let screen = world.card().on_screen();
    assert!(screen.contains("Approved by @U0ALICE, @U0BOB; still needs payments-leads"), "{screen}");
    world.press("U0MONALISA", "approve").await;
    assert!(world.github().decision_on(request).is_some());
}

#[tokio::test]
async fn one_denial_settles_what_takes_two_approvals() {
    let world = requiring(TWO_GROUPS).await;
    let request = world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;

    // Bob leads payments and is no approver.
    world.modal("U0BOB", "deny").await;
    world.submit("U0BOB", &[("reason", "not this one")]).await;

    assert!(world.card().text.contains("Denied by bob"), "{}", world.card().text);
    assert_eq!(world.github().reviews(request).attempted, 1);
}

#[tokio::test]
async fn nobody_agrees_to_their_own_request_whatever_group_they_stand_for() {
    let world = requiring(&TWO_GROUPS.replace(r#"["monalisa", "bob"]"#, r#"["octocat", "bob"]"#)).await;
    world.octocat_asks().await;

    world.press("U0OCTOCAT", "approve").await;

    assert_snapshot!(
        world.told_alone("U0OCTOCAT"),
        @"This is your own request, so somebody else has to decide it."
    );
}

#[tokio::test]
async fn an_approval_whose_voter_has_left_does_not_count() {
    let world = two_of(r#"["alice", "bob", "monalisa"]"#).await;
    let request = world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;
    world.github().remove_member("acme", "alice");

    world.press("U0BOB", "approve").await;

    assert!(is_undecided(&world, request));
    assert_snapshot!(
        world.told_alone("U0BOB"),
        @"Your approval counts. alice may no longer decide this, so that vote is void. Still needed: 1 more approval."
    );
    assert_snapshot!(progress(&world), @"1 of 2: approved by @U0BOB; still needs 1 more");
    let recorded = audit_log::told(&world).await;
    assert!(
        recorded.contains("vote.lapsed by U0ALICE: its voter's right lapsed: not_a_member"),
        "{recorded}"
    );
    world.press("U0MONALISA", "approve").await;
    assert!(world.github().decision_on(request).is_some());
}

#[tokio::test]
async fn while_it_hangs_on_somebody_who_can_not_be_judged_nothing_is_decided() {
    let world = two_of(r#"["alice", "bob"]"#).await;
    let request = world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;
    hide(&world, "alice");

    world.press("U0BOB", "approve").await;

    assert!(is_undecided(&world, request));
    assert_snapshot!(
        world.told_alone("U0BOB"),
        @"We can't tell right now whether you may decide this (whether alice's vote still counts is not known: GitHub is not available: 502: Bad Gateway). Please click again later."
    );
    assert_snapshot!(progress(&world), @"1 of 2: approved by @U0ALICE; still needs 1 more");

    world.github().work_normally();
    world.press("U0BOB", "approve").await;
    assert!(world.github().decision_on(request).is_some());
}

#[tokio::test]
async fn what_is_enough_without_somebody_does_not_wait_for_them() {
    let mut world = some_of(r#"["alice", "bob", "monalisa"]"#, 3).await;
    let request = world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;
    hide(&world, "alice");

    // Not even alice's vote would be enough: bob's is kept, and so is hers.
    world.press("U0BOB", "approve").await;

    assert_snapshot!(progress(&world), @"2 of 3: approved by @U0ALICE, @U0BOB; still needs 1 more");
    world.configure(|config| *config = config.replace("approvals = 3", "approvals = 2"));
    world.kill().await;
    world.open(Probe::default()).await;
    world.outlive_leases().await;
    hide(&world, "alice");

    world.press("U0MONALISA", "approve").await;

    assert!(world.github().decision_on(request).is_some());
    assert_eq!(world.card().text.lines().nth(1), Some("Approved by monalisa, with bob"));
}

#[tokio::test]
async fn changed_content_takes_all_approvals_anew() {
    let world = two_of(r#"["alice", "monalisa"]"#).await;
    world.github().vary(|variants| variants.edits_are_announced = true);
    let request = world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;

    world.github().edit_request(request, |content| content.repositories = Repositories::All).await.unwrap();
    world.quiet().await;
    world.press("U0MONALISA", "approve").await;

    assert!(is_undecided(&world, request));
    assert_snapshot!(progress(&world), @"1 of 2: approved by @U0MONALISA; still needs 1 more");
}

#[tokio::test]
async fn who_takes_their_approval_back_is_missing() {
    let world = two_of(r#"["alice", "monalisa"]"#).await;
    let request = world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;
    world.press("U0ALICE", "withdraw").await;
    assert_snapshot!(progress(&world), @"0 of 2 approvals: approvers");

    world.press("U0MONALISA", "approve").await;

    assert!(is_undecided(&world, request));
    world.press("U0ALICE", "approve").await;
    assert!(world.github().decision_on(request).is_some());
}

/// Ten who may approve, of whom five have to, click twice each, all at once.
#[tokio::test]
async fn clicks_at_the_same_time_never_miss_the_number_nor_count_twice() {
    let logins: Vec<_> = (1..=10).map(|n| format!("approver{n}")).collect();
    let slack = |login: &String| format!("U0{}", login.to_uppercase());
    let world = World::start_with(|config| {
        let people: String =
            logins.iter().map(|login| format!(r#", {login} = "{}""#, slack(login))).collect();
        let members: Vec<_> = logins.iter().map(|login| format!(r#""{login}""#)).collect();
        *config = config
            .replace(r#"monalisa = "U0MONALISA""#, &format!(r#"monalisa = "U0MONALISA"{people}"#))
            .replace(r#"["alice", "monalisa"]"#, &format!("[{}]", members.join(", ")));
        config.push_str("\n[[require]]\napprovals = 5\n");
    })
    .await;
    for login in &logins {
        world.github().add_user(login);
        world.github().set_membership("acme", login, Role::Member, MembershipState::Active);
        world.slack().add_user(&slack(login), login);
    }
    let request = world.octocat_asks().await;
    let card = world.card();
    let press = |login: &String| {
        let user = slack(login);
        let ts = card.ts.clone();
        let world = &world;
        async move { world.slack().click(&user, APPROVALS, &ts, "approve").await.unwrap() }
    };

    // Four of them twice are not five.
    join_all(logins[..4].iter().chain(&logins[..4]).map(press)).await;
    world.quiet().await;
    assert!(is_undecided(&world, request));
    assert!(progress(&world).starts_with("4 of 5: approved by "), "{}", progress(&world));

    join_all(logins.iter().map(press)).await;
    world.quiet().await;

    assert_eq!(world.github().reviews(request).attempted, 1);
    assert!(world.github().decision_on(request).is_some());
    let counted = audit_log::values(&world, "counted").await;
    let distinct: std::collections::BTreeSet<_> = counted.iter().collect();
    assert_eq!((counted.len(), distinct.len()), (5, 5), "{counted:?}");
}

/// The decision is on its way while GitHub does not take it; then it does, later than the judgement holds.
async fn on_its_way(world: &World, users: &[&str]) -> RequestId {
    let request = world.octocat_asks().await;
    world.reviews_are_answered(502, "Server Error");
    for user in users {
        world.press(user, "approve").await;
    }
    assert!(world.card().on_screen().contains("Approving…"), "{}", world.card().on_screen());
    request
}

#[tokio::test]
async fn a_decision_that_comes_late_needs_everybody_who_makes_it_up() {
    let world = two_of(r#"["alice", "bob"]"#).await;
    let request = on_its_way(&world, &["U0ALICE", "U0BOB"]).await;
    world.github().remove_member("acme", "alice");

    world.github().work_normally();
    world.pass(TimeDelta::minutes(11)).await;

    let screen = world.card().on_screen();
    assert!(screen.contains("alice may no longer decide this. Please decide again."), "{screen}");
    assert!(screen.contains("0 of 2 approvals: approvers"), "{screen}");
    assert!(world.github().is_pending(request));
}

/// Alice and bob are both of security: either is enough beside monalisa, who leads payments.
#[tokio::test]
async fn a_decision_that_comes_late_goes_on_with_those_who_are_enough() {
    let world = World::start_with(|config| {
        *config = config.replace(r#"["alice", "monalisa"]"#, r#"["alice", "bob", "monalisa"]"#);
        config.push_str(&TWO_GROUPS.replace(r#"["alice"]"#, r#"["alice", "bob"]"#));
        *config = config.replace(r#"members = ["monalisa", "bob"]"#, r#"members = ["monalisa"]"#);
    })
    .await;
    let request = on_its_way(&world, &["U0ALICE", "U0BOB", "U0MONALISA"]).await;
    assert!(
        world.card().on_screen().contains("by** @U0MONALISA, with @U0ALICE, @U0BOB"),
        "{}",
        world.card().on_screen()
    );
    world.github().remove_member("acme", "alice");

    world.github().work_normally();
    world.pass(TimeDelta::minutes(11)).await;

    assert!(world.github().decision_on(request).is_some());
    assert_eq!(world.card().text.lines().nth(1), Some("Approved by monalisa, with bob"));
}

/// Nobody has lost the right; bob only does not lead payments any more.
#[tokio::test]
async fn a_decision_that_comes_late_is_judged_by_the_groups_of_then() {
    let mut world = requiring(&TWO_GROUPS.replace(r#"["monalisa", "bob"]"#, r#"["monalisa"]"#)).await;
    let request = on_its_way(&world, &["U0ALICE", "U0MONALISA"]).await;
    world.configure(|config| {
        *config = config.replace(r#"members = ["monalisa"]"#, r#"members = ["bob"]"#);
    });
    world.kill().await;
    world.stage.clock.advance(TimeDelta::minutes(11));
    world.github().work_normally();
    world.open(Probe::default()).await;
    world.outlive_leases().await;
    for _ in 0..6 {
        world.pass(TimeDelta::minutes(1)).await;
    }

    let screen = world.card().on_screen();
    assert!(screen.contains("The approvals given are no longer enough. Please decide again."), "{screen}");
    assert!(world.github().is_pending(request));
    let recorded = audit_log::told(&world).await;
    assert!(
        recorded.contains("decision.returned by service: the approvals are no longer enough"),
        "{recorded}"
    );
}

/// Alice stays an approver and is moved out of security between the votes.
#[tokio::test]
async fn an_approval_stands_only_for_the_groups_its_voter_is_in_when_it_is_counted() {
    let mut world = requiring(TWO_GROUPS).await;
    let request = world.octocat_asks().await;
    world.press("U0ALICE", "approve").await;
    world.configure(|config| {
        *config = config.replace(r#"members = ["alice"]"#, r#"members = ["octocat"]"#);
    });
    world.kill().await;
    world.open(Probe::default()).await;
    world.outlive_leases().await;

    world.press("U0MONALISA", "approve").await;

    assert!(is_undecided(&world, request));
    assert_snapshot!(world.told_alone("U0MONALISA"), @"Your approval counts. Still needed: one of security.");
    let screen = world.card().on_screen();
    assert!(screen.contains("Approved by @U0ALICE, @U0MONALISA; still needs security"), "{screen}");
}

/// Alice takes her approval back while bob gives the one that was missing. Both count; or only bob's does; or they had
/// made a decision up, and alice has taken that back before GitHub was told.
#[tokio::test]
async fn who_takes_their_approval_back_while_the_last_one_comes_counts_or_does_not() {
    let early = [0, 0, 5, 10, 20, 40, 80, 160].map(Some);
    // The last one waits until GitHub has been told.
    for pause in early.into_iter().chain([None]) {
        let world = two_of(r#"["alice", "bob"]"#).await;
        let request = world.octocat_asks().await;
        world.press("U0ALICE", "approve").await;
        let card = world.card();
        let agrees = world.slack().click_as_seen("U0BOB", &card, "approve");
        let takes_back = async {
            match pause {
                Some(milliseconds) => Clock::wall().pause(Duration::from_millis(milliseconds)).await,
                None => until_decided(&world, request).await,
            }
            world.slack().click_as_seen("U0ALICE", &card, "withdraw").await
        };

        let (agreed, taken_back) = tokio::join!(agrees, takes_back);
        assert!(agreed.unwrap().status.is_success() && taken_back.unwrap().status.is_success());
        world.quiet().await;

        let recorded = audit_log::told(&world).await;
        let counted = audit_log::values(&world, "counted").await;
        let is_vote_back = recorded.contains("vote.withdrawn by U0ALICE");
        let is_decision_back = recorded.contains("decision.returned by U0ALICE");
        match world.github().decision_on(request) {
            Some(_) => {
                assert!(!is_vote_back && !is_decision_back && counted.len() == 2, "{counted:?} {recorded}");
            }
            None => {
                assert!(pause.is_some(), "a decision that GitHub had been told is gone: {recorded}");
                assert!(is_undecided(&world, request) && is_vote_back != is_decision_back, "{recorded}");
                let expected = match is_vote_back {
                    true => "1 of 2: approved by @U0BOB; still needs 1 more",
                    false => "0 of 2 approvals: approvers",
                };
                assert_eq!(progress(&world), expected);
            }
        }
    }
}

async fn until_decided(world: &World, request: RequestId) {
    for _ in 0..6_000 {
        if world.github().decision_on(request).is_some() {
            return;
        }
        Clock::wall().pause(Duration::from_millis(5)).await;
    }
    panic!("nobody has told GitHub for half a minute");
}

#[tokio::test]
async fn check_says_what_is_needed() {
    let world = requiring(TWO_GROUPS).await;
    let path = world.stage.config.to_str().expect("a path of ours");

    let checked = crate::program::output(&["check", "--config", path]);

    let said = crate::program::text(&checked.stdout);
    let line = said.lines().find(|line| line.starts_with("Requests that touch")).expect("a sentence");
    assert_snapshot!(line, @"Requests that touch permissions *:write, *:admin in any repositories need at least 2 approvals of different people, one from each of security (alice), payments-leads (monalisa, bob). Members of these groups may vote on such requests; at least one approval has to be of somebody who may decide them anyway.");
}
