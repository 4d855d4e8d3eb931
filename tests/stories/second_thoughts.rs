//! Withdraw, Check again and Link accounts: what can be done when a decision does not get through.

use chrono::TimeDelta;
use countersign::ids::RequestId;
use countersign::simulator::github::{Stage, Verdict};
use insta::{assert_json_snapshot, assert_snapshot};

use crate::support::World;

/// Alice has approved, and GitHub forbids the review.
async fn forbidden() -> (World, RequestId) {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    world.reviews_are_answered(403, "Resource not accessible by integration");
    world.press("U0ALICE", "approve").await;
    (world, request)
}

/// GitHub has refused what alice approved, twice and with the same words.
async fn refused_twice() -> (World, RequestId) {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    world.reviews_are_answered(422, "Validation Failed");
    world.press("U0ALICE", "approve").await;
    world.pass(TimeDelta::seconds(1)).await;
    assert!(world.card().on_screen().contains("[Approve…]"), "once may be chance");
    world.press("U0ALICE", "approve").await;
    (world, request)
}

#[tokio::test]
async fn a_decision_that_github_never_took_can_be_withdrawn() {
    let (world, request) = forbidden().await;
    assert_json_snapshot!("card_blocked", world.card().blocks);
    assert!(world.card().text.contains("GitHub can't be told yet"), "{}", world.card().text);

    world.press("U0ALICE", "withdraw").await;
    world.github().work_normally();
    world.pass(TimeDelta::minutes(10)).await;

    assert!(world.github().is_pending(request), "nothing was sent afterwards");
    assert_json_snapshot!("card_withdrawn", world.card().blocks);
    let recorded = crate::audit_log::told(&world).await;
    assert!(
        recorded.contains("decision.returned by U0ALICE: withdrawn before GitHub was told"),
        "{recorded}"
    );
    world.press("U0ALICE", "approve").await;
    assert!(world.card().text.contains("Approved by alice"));
}

#[tokio::test]
async fn only_who_may_decide_can_withdraw_a_decision() {
    let (world, _) = forbidden().await;

    world.press("U0BOB", "withdraw").await;

    assert_snapshot!(world.told_alone("U0BOB"), @"You can't decide this request. Who can: approvers.");
    assert!(world.card().on_screen().contains("Approving… by"));
}

#[tokio::test]
async fn another_who_may_decide_can_withdraw_it_too() {
    let (world, request) = forbidden().await;

    world.press("U0MONALISA", "withdraw").await;

    assert!(
        world.card().on_screen().contains("monalisa took the decision back"),
        "{}",
        world.card().on_screen()
    );
    assert!(world.github().is_pending(request));
    let recorded = crate::audit_log::told(&world).await;
    assert!(
        recorded.contains("decision.returned by U0MONALISA: withdrawn before GitHub was told"),
        "{recorded}"
    );
}

#[tokio::test]
async fn a_decision_that_may_have_arrived_can_not_be_withdrawn() {
    let (world, _) = forbidden().await;
    let before = world.card();
    // The next attempt gets lost on its way back, and so does every question after it.
    world.github().on_call(|moment| match (moment.is_review(), moment.stage) {
        (true, Stage::After) => Verdict::Reset,
        _ => Verdict::Continue,
    });
    world.github().vary(|_| {});
    world.pass(TimeDelta::minutes(10)).await;

    world.slack().click_as_seen("U0ALICE", &before, "withdraw").await.unwrap();
    world.quiet().await;

    assert!(world.card().text.contains("Approved by alice"), "GitHub's evidence ended it");
    assert_snapshot!(world.told_alone("U0ALICE"), @"This is already over: approved by alice, 23 Nov 2026, 12:10 UTC.");
}

#[tokio::test]
async fn after_a_lost_attempt_the_card_offers_no_way_back() {
    let world = World::start().await;
    world.octocat_asks().await;
    world.github().on_call(|moment| match (moment.is_review(), moment.stage) {
        (true, Stage::Before) => Verdict::Reset,
        _ => Verdict::Continue,
    });

    world.press("U0ALICE", "approve").await;
    world.pass(TimeDelta::minutes(1)).await;

    let screen = world.card().on_screen();
    assert!(screen.contains("GitHub has not answered since"), "{screen}");
    assert!(!screen.contains("[Withdraw]"), "{screen}");
    assert_json_snapshot!("card_slow", world.card().blocks);
}

#[tokio::test]
async fn nobody_withdraws_a_vote_they_did_not_give() {
    let (world, _) = forbidden().await;
    let before = world.card();
    world.press("U0ALICE", "withdraw").await;

    world.slack().click_as_seen("U0ALICE", &before, "withdraw").await.unwrap();
    world.quiet().await;

    assert_snapshot!(world.told_alone("U0ALICE"), @"There is no vote of yours to take back.");
}

#[tokio::test]
async fn the_same_refusal_twice_leaves_only_looking_again() {
    let (world, request) = refused_twice().await;
    assert_json_snapshot!("card_refused_twice", world.card().blocks);
    let stuck = world.card();
    world.github().work_normally();

    world.press("U0ALICE", "check_again").await;

    assert_snapshot!(world.told_alone("U0ALICE"), @"Asking GitHub now. The card will show what it says.");
    assert!(world.card().on_screen().contains("[Approve…]"));
    world.slack().click_as_seen("U0ALICE", &stuck, "check_again").await.unwrap();
    world.pass(TimeDelta::seconds(1)).await;
    world.press("U0ALICE", "approve").await;
    assert!(world.github().decision_on(request).is_some());
}

#[tokio::test]
async fn a_click_on_an_older_card_does_not_get_around_looking_again() {
    let world = World::start().await;
    world.octocat_asks().await;
    let older = world.card();
    world.reviews_are_answered(422, "Validation Failed");
    world.press("U0ALICE", "approve").await;
    world.pass(TimeDelta::seconds(1)).await;
    world.press("U0ALICE", "approve").await;
    world.github().work_normally();

    world.slack().click_as_seen("U0ALICE", &older, "approve").await.unwrap();
    world.quiet().await;

    assert_snapshot!(world.told_alone("U0ALICE"), @"GitHub has refused this twice with the same words. Press Check again first, or look on GitHub.");
}

#[tokio::test]
async fn a_request_that_is_no_longer_listed_is_over_once_that_has_lasted() {
    let (world, request) = refused_twice().await;
    world.github().work_normally();
    world.github().stop_sending();
    world.github().cancel_request(request).await.unwrap();

    world.press("U0ALICE", "check_again").await;
    let noted = world.card();
    world.pass(TimeDelta::minutes(4)).await;
    let still_noted = world.card().on_screen();
    world.pass(TimeDelta::minutes(2)).await;

    assert_json_snapshot!("card_not_listed", noted.blocks);
    assert_eq!(still_noted, noted.on_screen());
    assert_json_snapshot!("card_gone", world.card().blocks);
    assert_json_snapshot!("dm_gone", world.slack().dms("U0OCTOCAT")[1].blocks);
}

#[tokio::test]
async fn somebody_without_the_right_to_see_it_has_nothing_looked_at() {
    let (world, _) = refused_twice().await;
    let calls = world.github().calls().len();

    world.press("U0BOB", "check_again").await;

    assert!(world.told_alone("U0BOB").starts_with("You can't decide this request."));
    let lists =
        |call: &countersign::simulator::github::Call| call.path.ends_with("/personal-access-token-requests");
    assert!(!world.github().calls()[calls..].iter().any(lists));
}

#[tokio::test]
async fn who_has_no_known_account_is_offered_to_link_one() {
    let world = World::start_with(|config| {
        *config = config.replace(r#"["alice", "monalisa"]"#, r#"["alice", "slack:U0HUBOT"]"#);
    })
    .await;
    world.slack().add_user("U0HUBOT", "hubot");
    world.octocat_asks().await;

    world.press("U0HUBOT", "approve").await;

    assert_snapshot!("refused_without_an_account", world.told_alone("U0HUBOT"));
    world.slack().click_ephemeral("U0HUBOT", "link").await.expect("the click is answered");
    assert_json_snapshot!("link_accounts", World::sent(&world.filled_modal("U0HUBOT").await));
}

#[tokio::test]
async fn a_suspended_installation_puts_what_waits_on_hold() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    let installation = world.github().installation_in("acme").expect("the App is installed");

    world.github().suspend(installation).await;
    world.quiet().await;
    assert_json_snapshot!("card_on_hold", world.card().blocks);
    world.press("U0ALICE", "check_again").await;
    assert!(world.card().on_screen().contains("On hold"), "looking again changes nothing yet");
    world.github().unsuspend(installation).await;
    world.quiet().await;

    assert!(world.card().on_screen().contains("[Approve…]"));
    world.press("U0ALICE", "approve").await;
    assert!(world.github().decision_on(request).is_some());
}

#[tokio::test]
async fn requests_of_a_removed_installation_are_on_hold_and_never_gone() {
    let world = World::start().await;
    world.octocat_asks().await;
    let installation = world.github().installation_in("acme").expect("the App is installed");

    world.github().uninstall(installation).await;
    world.quiet().await;
    world.pass(TimeDelta::hours(2)).await;

    let screen = world.card().on_screen();
    assert!(screen.contains("On hold") && !screen.contains("Settled"), "{screen}");
}

#[tokio::test]
async fn what_is_on_hold_goes_on_by_itself_once_it_is_mended() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    let installation = world.github().installation_in("acme").expect("the App is installed");
    world.github().suspend(installation).await;
    world.quiet().await;
    assert!(world.card().on_screen().contains("On hold"));

    // GitHub's word that it is mended gets lost.
    world.github().stop_sending();
    world.github().unsuspend(installation).await;
    world.pass(TimeDelta::minutes(11)).await;
    world.pass(TimeDelta::minutes(6)).await;

    assert!(world.card().on_screen().contains("[Approve…]"), "{}", world.card().on_screen());
    world.press("U0ALICE", "approve").await;
    assert!(world.github().decision_on(request).is_some());
}

#[tokio::test]
async fn looking_again_needs_no_github_to_tell_who_asks() {
    let world = World::start().await;
    world.octocat_asks().await;
    let installation = world.github().installation_in("acme").expect("the App is installed");
    world.github().suspend(installation).await;
    world.quiet().await;
    world.github().stop_sending();
    world.github().unsuspend(installation).await;

    // Nobody of them was ever looked up, and what is believed of the installation is that nobody can be.
    world.press("U0BOB", "check_again").await;
    let refused = world.told_alone("U0BOB");
    assert!(world.card().on_screen().contains("On hold"), "bob is no approver");
    world.press("U0ALICE", "check_again").await;

    assert_snapshot!(refused, @"You can't decide this request. Who can: approvers.");
    assert!(world.card().on_screen().contains("[Approve…]"), "{}", world.card().on_screen());
    let recorded = crate::audit_log::told(&world).await;
    assert!(recorded.contains("check.asked by U0ALICE"), "{recorded}");
}

#[tokio::test]
async fn nothing_is_decided_from_an_older_card_while_the_request_is_on_hold() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    let older = world.card();
    world.reviews_are_answered(422, "Validation Failed");
    world.press("U0ALICE", "approve").await;
    world.pass(TimeDelta::seconds(1)).await;
    world.press("U0ALICE", "approve").await;
    world.github().work_normally();
    world.github().stop_sending();
    world.github().cancel_request(request).await.unwrap();
    world.press("U0ALICE", "check_again").await;

    world.slack().click_as_seen("U0ALICE", &older, "approve").await.unwrap();
    world.quiet().await;

    assert_snapshot!(world.told_alone("U0ALICE"), @"GitHub does not list this request at the moment, so nothing can be decided. We look again by ourselves; Check again looks at once.");
}

#[tokio::test]
async fn a_decision_is_withdrawn_by_who_made_it_while_github_is_out_of_reach() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    let installation = world.github().installation_in("acme").expect("the App is installed");
    // Suspended in the very moment of the decision: the click is judged, the review finds nobody.
    world.reviews_are_answered(403, "This installation has been suspended");
    world.press("U0ALICE", "approve").await;
    world.github().suspend(installation).await;
    world.quiet().await;

    world.press("U0BOB", "withdraw").await;
    assert_snapshot!(world.told_alone("U0BOB"), @"You can't decide this request. Who can: approvers.");
    world.press("U0ALICE", "withdraw").await;

    let screen = world.card().on_screen();
    assert!(screen.contains("took the decision back"), "{screen}");
    assert!(world.github().is_pending(request));
}

#[tokio::test]
async fn githubs_waiting_time_is_kept_however_often_somebody_looks_again() {
    let (world, request) = forbidden().await;
    let before = world.card();
    world.github().on_call(|moment| match (moment.is_review(), moment.stage) {
        (true, Stage::Before) => {
            Verdict::Limit { status: axum::http::StatusCode::TOO_MANY_REQUESTS, retry_after: 240 }
        }
        _ => Verdict::Continue,
    });
    world.pass(TimeDelta::seconds(1)).await;
    world.press("U0ALICE", "check_again").await;
    let attempted = world.github().reviews(request).attempted;

    for _ in 0..3 {
        world.slack().click_as_seen("U0ALICE", &before, "check_again").await.unwrap();
        world.pass(TimeDelta::minutes(1)).await;
    }

    assert_eq!(world.github().reviews(request).attempted, attempted, "it was asked to stay away");
    world.github().work_normally();
    world.pass(TimeDelta::minutes(2)).await;
    assert!(world.github().reviews(request).took_effect);
}

#[tokio::test]
async fn looking_again_is_for_what_the_card_offers_it_for() {
    let (world, _) = refused_twice().await;
    let stuck = world.card();
    world.github().work_normally();
    world.press("U0ALICE", "check_again").await;

    world.slack().click_as_seen("U0ALICE", &stuck, "check_again").await.unwrap();
    world.quiet().await;

    assert_snapshot!(world.told_alone("U0ALICE"), @"There is nothing to look for at the moment: the card shows how things stand.");
}

#[tokio::test]
async fn late_news_of_a_former_installation_does_not_hide_the_one_that_replaced_it() {
    let world = World::start().await;
    let former = world.github().installation_in("acme").expect("the App is installed");
    let request = world.octocat_asks().await;
    world.github().stop_sending();
    world.github().uninstall(former).await;
    let deleted = world.github().deliveries().pop().expect("GitHub tried to tell").guid;
    world.stage.lead_to_address(&world.running.as_ref().unwrap().base);
    world.pass(TimeDelta::minutes(1)).await;
    world.github().install("acme").await;
    world.quiet().await;

    world.pass(TimeDelta::minutes(1)).await;
    world.github().redeliver(&deleted).await.unwrap();
    world.quiet().await;

    assert!(!world.card().on_screen().contains("On hold"), "{}", world.card().on_screen());
    world.press("U0ALICE", "approve").await;
    assert!(world.github().decision_on(request).is_some(), "{}", world.card().on_screen());
}

#[tokio::test]
async fn a_review_that_github_forbids_is_told_once_and_tried_at_longer_distances() {
    let (world, request) = forbidden().await;
    for _ in 0..20 {
        world.pass(TimeDelta::minutes(1)).await;
        let screen = world.card().on_screen();
        assert!(screen.contains("GitHub can't be told yet") && screen.contains("[Withdraw]"), "{screen}");
    }

    let attempts = world.github().reviews(request).attempted;
    assert!((3..12).contains(&attempts), "{attempts} attempts in twenty minutes");
    let recorded = crate::audit_log::told(&world).await;
    assert_eq!(recorded.matches("decision.blocked").count(), 1, "{recorded}");
    assert_eq!(recorded.matches("decision.resumed").count(), 0, "{recorded}");
    assert_eq!(world.slack().channel(countersign::demo::OPERATORS).len(), 1);

    // The event may overtake the answer, and what is settled is not said to go on.
    world.github().stop_sending();
    world.github().work_normally();
    world.pass(TimeDelta::minutes(6)).await;
    assert!(world.github().reviews(request).took_effect);
    let recorded = crate::audit_log::told(&world).await;
    assert_eq!(recorded.matches("decision.resumed").count(), 1, "{recorded}");
}

#[tokio::test]
async fn what_takes_long_says_what_it_waits_for() {
    let world = World::start().await;
    world.octocat_asks().await;
    world.github().on_call(|moment| match (moment.is_review(), moment.stage) {
        (true, Stage::Before) => {
            Verdict::Limit { status: axum::http::StatusCode::TOO_MANY_REQUESTS, retry_after: 600 }
        }
        _ => Verdict::Continue,
    });

    world.press("U0ALICE", "approve").await;

    let screen = world.card().on_screen();
    assert!(screen.contains("GitHub asked us to wait, at 23 Nov 2026, 12:00 UTC."), "{screen}");
    assert!(!screen.contains("does not answer"), "{screen}");
    assert!(world.card().text.contains("GitHub asked us to wait"), "{}", world.card().text);
}

#[tokio::test]
async fn a_lasting_doubt_about_the_decider_is_told_to_people() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    world.github().on_call(|moment| match (moment.is_review(), moment.stage) {
        (true, Stage::Before) => Verdict::Answer(axum::http::StatusCode::BAD_GATEWAY, serde_json::json!({})),
        _ => Verdict::Continue,
    });
    world.press("U0ALICE", "approve").await;
    // Later than the judgement of the click holds, GitHub tells nothing about people.
    world.github().on_call(|moment| match (moment.path.contains("/memberships/"), moment.stage) {
        (true, Stage::Before) => Verdict::Answer(axum::http::StatusCode::BAD_GATEWAY, serde_json::json!({})),
        _ => Verdict::Continue,
    });
    world.stage.clock.advance(TimeDelta::minutes(11));
    world.quiet().await;
    let doubted = world.card().on_screen();
    for _ in 0..12 {
        world.pass(TimeDelta::minutes(1)).await;
    }

    assert!(doubted.contains("Whether a decider still has the right can't be told since"), "{doubted}");
    let screen = world.card().on_screen();
    assert!(
        screen.contains("GitHub can't be told yet:** whether alice may still decide can't be told"),
        "{screen}"
    );
    let notice = world.slack().channel(countersign::demo::OPERATORS).pop().expect("the operators were told");
    assert!(notice.text.contains("whether alice may still decide"), "{}", notice.text);
    let logged = world.logged();
    assert!(logged.contains("whether a decider may still decide") && !logged.contains("whether alice"));
    world.github().work_normally();
    world.pass(TimeDelta::minutes(6)).await;
    assert!(world.github().reviews(request).took_effect);
}
