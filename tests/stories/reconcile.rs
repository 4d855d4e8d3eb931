//! Nothing is lost by being down, and nobody is flooded by what was there before.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::demo::{APPROVALS, OPERATORS, ORGANIZATION};
use countersign::ids::RequestId;
use countersign::request::{Note, State, TokenRequest};
use countersign::simulator::github::{
    Action, Delivery, GitHub, Moment, NewRequest, Outcome, PageShift, Stage, Verdict,
};
use countersign::store::Probe;
use insta::assert_snapshot;
use serde_json::json;
use tokio::sync::Notify;

use crate::support::{World, push_to_payments};

/// Between two comparisons, as configured by [`every_five_minutes`].
const EVERY: TimeDelta = TimeDelta::minutes(5);

fn every_five_minutes(text: &mut String) {
    *text = text.replace("reconcile.every = \"30d\"", "reconcile.every = \"5m\"");
}

/// Somebody asks while no webhook arrives.
async fn unheard(world: &World, owner: &str, name: &str) -> RequestId {
    world.github().add_user(owner);
    let wish = NewRequest {
        owner: owner.to_owned(),
        token_name: name.to_owned(),
        ..push_to_payments(&world.stage.clock)
    };
    world.github().request_token(wish).await
}

/// A world in which `many` requests wait when Countersign is started for the first time.
async fn with_a_past(many: usize) -> World {
    let mut world = World::closed().await;
    world.configure(every_five_minutes);
    world.github().stop_sending();
    for number in 0..many {
        unheard(&world, &format!("dev-{}", number % 100), "old").await;
        world.stage.clock.advance(TimeDelta::seconds(60));
    }
    world.open(Probe::default()).await;
    world.quiet().await;
    world.pass(TimeDelta::seconds(2)).await;
    world
}

#[tokio::test]
async fn what_waited_before_is_one_card_and_tells_nobody() {
    let world = with_a_past(12).await;

    let cards = world.slack().channel(APPROVALS);
    assert_eq!(cards.len(), 1);
    assert_snapshot!("card_of_a_baseline", world.readable(&cards[0]));
    assert!(world.slack().channel(OPERATORS).is_empty());
}

#[tokio::test]
async fn the_oldest_of_a_collection_get_cards_and_can_be_decided() {
    let world = with_a_past(12).await;
    let list = world.card();

    world.press("U0ALICE", "show_oldest").await;

    let cards = world.slack().channel(APPROVALS);
    assert_eq!(cards.len(), 11);
    assert!(cards.iter().any(|card| card.on_screen().contains("dev-0 wants to WRITE to 2 repositories")));
    assert_eq!(world.told_alone("U0ALICE"), "10 cards are on their way.");
    assert!(world.again(&list).on_screen().contains("2 requests wait in acme"));
    world.press("U0ALICE", "approve").await;
    assert!(world.card().text.contains("Approved by"));

    world.slack().click("U0ALICE", APPROVALS, &list.ts, "show_all").await.unwrap();
    world.pass(TimeDelta::seconds(5)).await;

    assert_eq!(world.slack().channel(APPROVALS).len(), 13);
    assert_snapshot!("card_of_a_collection_with_nothing_left", world.readable(&world.again(&list)));
}

/// GitHub lists the newest first, and each page is seen a little later than the one before.
#[tokio::test]
async fn the_oldest_are_those_that_were_asked_for_first_wherever_the_list_shows_them() {
    let mut world = World::closed().await;
    world.github().stop_sending();
    for number in 0..130 {
        unheard(&world, &format!("dev-{number}"), "old").await;
        world.stage.clock.advance(TimeDelta::seconds(60));
    }
    let clock = world.stage.clock.clone();
    world.github().on_call(move |moment| {
        if moment.path.ends_with("/personal-access-token-requests") && moment.stage == Stage::Before {
            clock.advance(TimeDelta::seconds(1));
        }
        Verdict::Continue
    });
    world.open(Probe::default()).await;
    world.quiet().await;
    world.github().work_normally();
    world.pass(TimeDelta::seconds(2)).await;

    assert!(world.card().on_screen().contains("dev-0 "), "{}", world.card().on_screen());
    world.press("U0ALICE", "show_oldest").await;

    let cards = world.slack().channel(APPROVALS);
    let shown: Vec<_> = cards.iter().skip(1).map(|card| card.text.clone()).collect();
    for number in 0..10 {
        let named = format!("dev-{number} ");
        assert!(shown.iter().any(|text| text.contains(&named)), "{named}: {shown:?}");
    }
}

#[tokio::test]
async fn who_may_not_see_the_requests_can_not_have_them_posted() {
    let world = with_a_past(3).await;

    world.press("U0BOB", "show_all").await;

    assert_eq!(world.slack().channel(APPROVALS).len(), 1);
    assert!(world.told_alone("U0BOB").contains("approvers"), "{}", world.told_alone("U0BOB"));
}

/// The API version is one that GitHub does not know, the key was revoked, or the App's id is wrong.
#[tokio::test]
async fn when_github_does_not_take_the_app_itself_the_operators_are_told() {
    for (status, words) in [
        (StatusCode::BAD_REQUEST, "Unsupported 'X-GitHub-Api-Version' header value of '2022-11-82'."),
        (StatusCode::UNAUTHORIZED, "A JSON web token could not be decoded"),
        (StatusCode::NOT_FOUND, "Integration not found"),
    ] {
        let world = World::start_with(every_five_minutes).await;
        let request = world.octocat_asks().await;
        // Where one asks as the App, or for its tokens, without which nothing else can be asked.
        world.github().on_call(move |moment| match (moment.path.contains("/app"), moment.stage) {
            (true, Stage::Before) => Verdict::Answer(status, json!({ "message": words })),
            _ => Verdict::Continue,
        });
        // The tokens that are held run out.
        world.pass(TimeDelta::hours(1)).await;

        world.press("U0ALICE", "approve").await;
        let told = world.told_alone("U0ALICE");
        assert!(told.contains("could not make sure") || told.contains("can't tell"), "{status}: {told}");
        world.pass(TimeDelta::hours(1)).await;

        assert!(world.github().is_pending(request), "{status}");
        let notices = world.slack().channel(OPERATORS);
        let told: Vec<_> = notices.iter().map(|notice| notice.on_screen()).collect();
        let about_us: Vec<_> =
            told.iter().filter(|told| told.contains("The GitHub App can't be used")).collect();
        assert!(about_us.len() == 1 && about_us[0].contains(words), "{status}: {told:?}");

        world.github().work_normally();
        world.pass(TimeDelta::minutes(5)).await;
        let told = world.slack().channel(OPERATORS).pop().expect("they were told").on_screen();
        assert!(told.contains("The GitHub App can be used again"), "{status}: {told}");
    }
}

#[tokio::test]
async fn a_request_whose_webhook_was_lost_is_found_and_announced() {
    let world = World::start_with(every_five_minutes).await;
    world.github().stop_sending();
    let request = unheard(&world, "octocat", "deploy-bot").await;
    assert!(world.slack().channel(APPROVALS).is_empty());

    world.pass(EVERY).await;

    assert!(world.card().on_screen().contains("payments-api, payments-web"));
    assert!(world.slack().dms("U0OCTOCAT")[0].text.contains("has arrived"));
    world.press("U0ALICE", "approve").await;
    assert!(world.github().decision_on(request).is_some());
}

/// The list is asked for a request for an hour; an outage may last longer.
#[tokio::test]
async fn what_github_did_not_tell_for_hours_is_asked_for_when_it_works_again() {
    let world = World::start_with(every_five_minutes).await;
    world.github().on_call(|moment| match moment.stage {
        Stage::Before => Verdict::Answer(StatusCode::BAD_GATEWAY, json!({"message": "Server Error"})),
        Stage::After => Verdict::Continue,
    });
    world.octocat_asks().await;
    for _ in 0..24 {
        world.pass(EVERY).await;
    }
    assert!(world.card().on_screen().contains("GitHub has not told the justification yet"));

    world.github().work_normally();
    for _ in 0..3 {
        world.pass(EVERY).await;
    }

    let screen = world.card().on_screen();
    assert!(screen.contains("Release bot needs to push tags"), "{screen}");
    assert!(!screen.contains("has not told"), "{screen}");
}

#[tokio::test]
async fn a_request_whose_repositories_are_not_to_be_had_is_shown_all_the_same() {
    let world = World::start_with(every_five_minutes).await;
    world.github().stop_sending();
    world.github().on_call(|moment| match moment.path {
        path if path.ends_with("/repositories") => {
            Verdict::Answer(StatusCode::NOT_FOUND, json!({"message": "Not Found"}))
        }
        // Nor is the webhook to be had.
        path if path.starts_with("/app/hook/deliveries") => Verdict::Answer(StatusCode::OK, json!([])),
        _ => Verdict::Continue,
    });
    unheard(&world, "octocat", "deploy-bot").await;

    world.pass(EVERY).await;
    world.pass(EVERY).await;

    assert!(world.card().on_screen().contains("octocat wants to WRITE"), "{}", world.card().on_screen());
    world.github().work_normally();
    world.pass(EVERY).await;
    world.pass(EVERY).await;
    assert!(world.card().on_screen().contains("payments-api, payments-web"), "{}", world.card().on_screen());
}

#[tokio::test]
async fn an_end_whose_webhook_was_lost_is_fetched_with_its_author() {
    let world = World::start_with(every_five_minutes).await;
    let (denied, taken_back) = (world.octocat_asks().await, world.octocat_asks().await);
    world.github().stop_sending();
    world.github().decide_on_page(denied, "monalisa", Action::Deny, Some("not this week")).await.unwrap();
    world.github().cancel_request(taken_back).await.unwrap();

    world.pass(EVERY).await;

    let ends: Vec<_> = world.slack().channel(APPROVALS).iter().map(|card| card.text.clone()).collect();
    assert!(ends[0].contains("Denied on GitHub by monalisa"), "{ends:?}");
    assert!(ends[1].contains("Cancelled"), "{ends:?}");
    // Once is enough.
    let fetched = world.calls_of("/app/hook/deliveries/");
    world.pass(EVERY).await;
    assert_eq!(world.calls_of("/app/hook/deliveries/"), fetched);
}

#[tokio::test]
async fn what_was_told_in_vain_is_fetched_when_the_installation_changes() {
    let world = World::start().await;
    let denied = world.octocat_asks().await;
    world.github().stop_sending();
    world.github().decide_on_page(denied, "monalisa", Action::Deny, Some("not this week")).await.unwrap();
    world.stage.lead_to_address(&world.running.as_ref().unwrap().base);

    let installation = world.github().installation_in(ORGANIZATION).unwrap();
    world.github().unsuspend(installation).await;
    world.quiet().await;

    assert!(world.card().text.contains("Denied on GitHub by monalisa"), "{}", world.card().text);
}

/// A try that takes long is listed late, behind others that were made after it.
#[tokio::test]
async fn a_lost_webhook_that_is_listed_late_is_fetched_all_the_same() {
    let world = World::start_with(every_five_minutes).await;
    let (first, second) = (world.octocat_asks().await, world.octocat_asks().await);
    world.github().stop_sending();
    world.github().decide_on_page(first, "monalisa", Action::Deny, None).await.unwrap();
    world.stage.clock.advance(TimeDelta::seconds(5));
    world.github().decide_on_page(second, "monalisa", Action::Deny, None).await.unwrap();
    let late = world.github().deliveries().iter().rev().nth(1).cloned().expect("it was tried");
    let all = listed_deliveries(&world);
    let some: Vec<_> = all.iter().filter(|one| one["guid"] != late.guid).cloned().collect();
    world.github().on_call(move |moment| match (moment.path, moment.stage) {
        ("/app/hook/deliveries", Stage::Before) => Verdict::Answer(StatusCode::OK, json!(some)),
        (_, _) => Verdict::Continue,
    });
    world.pass(EVERY).await;
    let ends = || world.slack().channel(APPROVALS).iter().map(|card| card.text.clone()).collect::<Vec<_>>();
    assert!(ends()[1].contains("Denied on GitHub by monalisa"), "{:?}", ends());

    world.github().work_normally();
    world.pass(EVERY).await;

    assert!(ends()[0].contains("Denied on GitHub by monalisa"), "{:?}", ends());
}

#[tokio::test]
async fn a_lost_webhook_that_github_can_not_give_keeps_no_other_away() {
    let world = World::start_with(every_five_minutes).await;
    let (first, second) = (world.octocat_asks().await, world.octocat_asks().await);
    world.github().stop_sending();
    world.github().decide_on_page(first, "monalisa", Action::Deny, None).await.unwrap();
    world.github().decide_on_page(second, "monalisa", Action::Deny, None).await.unwrap();
    let broken = world.github().deliveries().iter().rev().nth(1).cloned().expect("it was tried");
    let broken = format!("/app/hook/deliveries/{}", broken.number);
    world.github().on_call(move |moment| match (moment.path == broken, moment.stage) {
        (true, Stage::Before) => {
            Verdict::Answer(StatusCode::BAD_GATEWAY, json!({ "message": "Server Error" }))
        }
        (true, Stage::After) | (false, _) => Verdict::Continue,
    });

    world.pass(EVERY).await;
    let ends = || world.slack().channel(APPROVALS).iter().map(|card| card.text.clone()).collect::<Vec<_>>();
    assert!(ends()[1].contains("Denied on GitHub by monalisa"), "{:?}", ends());
    world.github().work_normally();
    world.pass(TimeDelta::seconds(2)).await;

    assert!(ends()[0].contains("Denied on GitHub by monalisa"), "{:?}", ends());
}

/// The failed tries as GitHub lists them.
fn listed_deliveries(world: &World) -> Vec<serde_json::Value> {
    let failed = world.github().deliveries().into_iter().rev();
    let failed = failed.filter(|one| !matches!(one.outcome, Outcome::Answered(code) if code.is_success()));
    let item = |one: Delivery| {
        json!({
            "id": one.number,
            "guid": one.guid,
            "event": one.event,
            "delivered_at": one.at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        })
    };
    failed.map(item).collect()
}

#[tokio::test]
async fn without_any_webhook_the_whole_job_is_done() {
    let mut world = World::closed().await;
    world.configure(every_five_minutes);
    world.configure(|text| *text = text.replace("webhook_secret_file = \"webhook-secret\"\n", ""));
    // GitHub has no deliveries of an App without a webhook.
    world.github().on_call(|moment| match (moment.path.starts_with("/app/hook"), moment.stage) {
        (true, Stage::Before) => Verdict::Answer(StatusCode::NOT_FOUND, json!({ "message": "Not Found" })),
        (true, Stage::After) | (false, _) => Verdict::Continue,
    });
    world.open(Probe::default()).await;
    world.quiet().await;
    let approved = world.github().request_token(push_to_payments(&world.stage.clock)).await;
    let elsewhere = unheard(&world, "octocat", "other").await;

    world.pass(EVERY).await;
    // Which of two that were found at once is posted first is not fixed.
    let cards = world.slack().channel(APPROVALS);
    let of = |name: &str| cards.iter().find(|card| card.on_screen().contains(name)).expect("it has a card");
    let (first, second) = (of("deploy-bot"), of("“other”"));
    world.slack().click("U0ALICE", APPROVALS, &first.ts, "approve").await.unwrap();
    world.quiet().await;
    world.github().decide_on_page(elsewhere, "monalisa", Action::Approve, None).await.unwrap();
    for _ in 0..3 {
        world.pass(EVERY).await;
    }

    assert!(world.github().decision_on(approved).is_some());
    assert!(world.again(first).text.contains("Approved by"));
    assert!(world.again(second).text.contains("GitHub doesn't say how"), "{}", world.again(second).text);
    let answer = world.github().deliver_raw(Default::default(), "{}").await.unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_list_that_shifts_while_it_is_read_loses_nothing_and_ends_nothing() {
    for shift in [PageShift::Repeats, PageShift::Skips] {
        let world = World::start_with(every_five_minutes).await;
        world.github().stop_sending();
        for number in 0..110 {
            unheard(&world, &format!("dev-{number}"), "many").await;
        }
        world.github().vary(|variants| variants.page_shift = shift);

        for _ in 0..3 {
            world.pass(EVERY).await;
        }

        let open = world.open_requests().await;
        assert_eq!(open.len(), 110, "{shift:?}");
        assert!(open.iter().all(|request| request.state.name() == "pending"));
    }
}

#[tokio::test]
async fn an_organization_that_refuses_is_on_hold_and_the_others_go_on() {
    let world = World::start_with(every_five_minutes).await;
    world.octocat_asks().await;
    acme_refuses(&world);
    add_umbrella(&world);
    world.github().install("umbrella").await;
    world.quiet().await;

    world.pass(EVERY).await;
    world.pass(EVERY).await;

    assert!(world.card().on_screen().contains("On hold"), "{}", world.card().on_screen());
    let told: Vec<_> = world
        .slack()
        .channel(OPERATORS)
        .iter()
        .map(countersign::simulator::slack::Message::on_screen)
        .collect();
    let refusals: Vec<_> = told.iter().filter(|text| text.contains("acme can't be read")).collect();
    assert_eq!(refusals.len(), 1, "{told:?}");

    world.github().work_normally();
    for _ in 0..3 {
        world.pass(EVERY).await;
    }

    assert!(!world.card().on_screen().contains("On hold"), "{}", world.card().on_screen());
    let told = world.slack().channel(OPERATORS).pop().unwrap().on_screen();
    assert!(told.contains("acme can be read again"), "{told}");
}

#[tokio::test]
async fn an_installation_that_goes_unheard_is_noticed_and_comes_back() {
    let world = World::start_with(every_five_minutes).await;
    let request = world.octocat_asks().await;
    world.github().stop_sending();
    let installation = world.github().installation_in(ORGANIZATION).unwrap();
    world.github().uninstall(installation).await;

    world.pass(EVERY).await;
    world.pass(EVERY).await;
    assert!(world.card().on_screen().contains("On hold"), "{}", world.card().on_screen());
    assert!(world.github().is_pending(request));

    world.github().install(ORGANIZATION).await;
    for _ in 0..3 {
        world.pass(EVERY).await;
    }
    assert!(!world.card().on_screen().contains("On hold"), "{}", world.card().on_screen());
    world.press("U0ALICE", "approve").await;
    assert!(world.github().decision_on(request).is_some());
}

#[tokio::test]
async fn an_organization_that_is_new_has_its_own_baseline() {
    let world = World::start_with(every_five_minutes).await;
    add_umbrella(&world);
    for number in 0..3 {
        let organization = "umbrella".to_owned();
        world.github().add_user(&format!("dev-{number}"));
        let wish = NewRequest {
            organization,
            owner: format!("dev-{number}"),
            repositories: countersign::simulator::github::Repositories::All,
            ..push_to_payments(&world.stage.clock)
        };
        world.github().request_token(wish).await;
    }
    assert!(world.slack().channel(APPROVALS).is_empty());

    world.github().install("umbrella").await;
    world.quiet().await;
    world.pass(TimeDelta::seconds(2)).await;

    let cards = world.slack().channel(APPROVALS);
    assert_eq!(cards.len(), 1);
    assert!(cards[0].on_screen().contains("3 requests wait in umbrella"));
}

#[tokio::test]
async fn a_listing_opens_nothing_again() {
    let world = World::start_with(every_five_minutes).await;
    let request = world.octocat_asks().await;
    let hide = format!("/{request}");
    world.github().on_call(move |moment| {
        let is_list = moment.path.ends_with("/personal-access-token-requests") && !hide.is_empty();
        match (is_list, moment.stage) {
            (true, Stage::Before) => Verdict::Answer(StatusCode::OK, json!([])),
            (true, Stage::After) | (false, _) => Verdict::Continue,
        }
    });
    for _ in 0..3 {
        world.pass(EVERY).await;
    }
    assert!(world.card().text.contains("GitHub doesn't say how"), "{}", world.card().text);

    world.github().work_normally();
    world.pass(EVERY).await;
    world.pass(EVERY).await;

    assert!(world.card().text.contains("GitHub doesn't say how"), "{}", world.card().text);
    let told = world.slack().channel(OPERATORS);
    assert_eq!(told.len(), 1);
    assert!(told[0].on_screen().contains("again, which counted as gone"), "{}", told[0].on_screen());
}

#[tokio::test]
async fn ten_thousand_that_wait_are_one_card() {
    let world = with_a_past(10_000).await;

    assert_eq!(world.slack().channel(APPROVALS).len(), 1);
    assert!(world.card().on_screen().contains("10000 requests wait in acme"), "{}", world.card().on_screen());
    assert_eq!(world.open_requests().await.len(), 10_000);
    // A hundred at a time, and nothing of each.
    let calls = world.github().calls();
    assert!(calls.len() < 150, "{}", calls.len());
}

#[tokio::test]
async fn ten_thousand_that_wait_out_of_reach_are_asked_for_by_one_question() {
    let world = with_a_past(10_000).await;
    let paused = async || {
        let open = world.open_requests().await;
        assert_eq!(open.len(), 10_000);
        open.iter().filter(|request| is_on_hold(request)).count()
    };

    acme_refuses(&world);
    let calls = calls_while(&world, EVERY).await;
    assert_eq!(lists_in(&calls), 1, "{calls:?}");
    assert_eq!(paused().await, 10_000);
    let calls = calls_while(&world, TimeDelta::seconds(30)).await;
    assert!(lists_in(&calls) <= 1 && calls.len() < 5, "{calls:?}");

    // A hundred at a time; at most twice, by the look that was due and the one by the clock.
    world.github().work_normally();
    let calls = calls_while(&world, EVERY).await;
    assert!(calls.len() < 220, "{}", calls.len());
    assert_eq!(paused().await, 0);

    let installation = world.github().installation_in(ORGANIZATION).unwrap();
    world.github().uninstall(installation).await;
    for _ in 0..3 {
        let calls = calls_while(&world, EVERY).await;
        // The event itself, the clock and each retry ask a few questions; nobody asks for each request.
        assert!(calls.len() < 20, "{calls:?}");
    }
    assert_eq!(paused().await, 10_000);

    world.github().install(ORGANIZATION).await;
    let calls = calls_while(&world, EVERY).await;
    assert!(calls.len() < 220, "{}", calls.len());
    // What a busy database did not answer is asked again in a moment.
    world.pass(TimeDelta::minutes(1)).await;
    assert_eq!(paused().await, 0);
}

/// Half of the list was read when GitHub began to refuse the rest: what the other half holds is not gone.
#[tokio::test]
async fn ten_thousand_that_wait_outlast_a_suspension_in_the_midst_of_their_list() {
    const MIDST: usize = 50;
    let world = with_a_past(10_000).await;
    let installation = world.github().installation_in(ORGANIZATION).unwrap();
    let release = holds_page(&world, MIDST);

    world.stage.clock.advance(EVERY);
    let is_held = |github: &GitHub| github.calls().iter().any(|call| call.status.is_none());
    world.github().until(is_held).await.unwrap();
    world.github().suspend(installation).await;
    release.notify_waiters();
    world.quiet().await;
    // Longer than absence has to last.
    for _ in 0..3 {
        let calls = calls_while(&world, EVERY).await;
        assert!(calls.len() < 10, "{calls:?}");
    }

    let open = world.open_requests().await;
    assert_eq!((open.len(), open.iter().filter(|request| is_on_hold(request)).count()), (10_000, 10_000));
    assert_eq!(told_of_reading(&world), ["acme can't be read"]);

    world.github().work_normally();
    world.github().unsuspend(installation).await;
    world.quiet().await;
    world.pass(EVERY).await;
    // What a busy database did not answer is asked again in a moment.
    world.pass(TimeDelta::minutes(1)).await;

    let open = world.open_requests().await;
    assert_eq!((open.len(), open.iter().filter(|request| is_on_hold(request)).count()), (10_000, 0));
    assert_eq!(told_of_reading(&world), ["acme can't be read", "acme can be read again"]);
    assert_eq!(world.slack().channel(APPROVALS).len(), 1);
}

/// From now on GitHub does not answer for the `nth` page of the list until it is let go.
fn holds_page(world: &World, nth: usize) -> Arc<Notify> {
    let release = Arc::new(Notify::new());
    let (held, pages) = (release.clone(), AtomicUsize::new(0));
    world.github().on_call(move |moment| {
        // Links to further pages name the organization by its number.
        let is_page =
            moment.path.ends_with("/personal-access-token-requests") && moment.stage == Stage::Before;
        match is_page && pages.fetch_add(1, Ordering::SeqCst) + 1 == nth {
            true => Verdict::Hold(held.clone()),
            false => Verdict::Continue,
        }
    });
    release
}

/// What operators were told of whether acme can be read, in order.
fn told_of_reading(world: &World) -> Vec<&'static str> {
    let told = world.slack().channel(OPERATORS);
    let news = ["acme can't be read", "acme can be read again"];
    told.iter().filter_map(|notice| news.into_iter().find(|one| notice.text.contains(one))).collect()
}

/// Each of these would find out for itself.
#[tokio::test]
async fn what_waits_beside_each_other_is_told_by_one_that_the_organization_refuses() {
    let world = World::start_with(every_five_minutes).await;
    for name in ["one", "two", "three", "four"] {
        unheard(&world, "octocat", name).await;
    }
    world.quiet().await;
    let cards = world.slack().channel(APPROVALS);
    acme_refuses(&world);
    world.pass(EVERY).await;
    assert!(cards.iter().all(|card| world.again(card).on_screen().contains("On hold")));

    let before = world.github().calls().len();
    for card in &cards {
        world.slack().click("U0ALICE", APPROVALS, &card.ts, "check_again").await.unwrap();
    }
    world.quiet().await;

    let calls: Vec<_> = world.github().calls().drain(before..).map(|call| call.path).collect();
    assert!(lists_in(&calls) <= 4, "{calls:?}");
    world.github().work_normally();
    world.slack().click("U0ALICE", APPROVALS, &cards[0].ts, "check_again").await.unwrap();
    world.quiet().await;
    assert!(cards.iter().all(|card| !world.again(card).on_screen().contains("On hold")));
}

fn is_on_hold(request: &TokenRequest) -> bool {
    matches!(&request.state, State::Pending { note: Some(Note::Paused { .. }), .. })
}

/// What GitHub is asked while time passes.
async fn calls_while(world: &World, time: TimeDelta) -> Vec<String> {
    let before = world.github().calls().len();
    world.pass(time).await;
    world.github().calls().drain(before..).map(|call| call.path).collect()
}

/// How often the list of waiting requests was asked for.
fn lists_in(calls: &[String]) -> usize {
    calls.iter().filter(|path| path.contains("/orgs/acme/personal-access-token-requests")).count()
}

fn is_list(moment: &Moment<'_>) -> bool {
    moment.path == "/orgs/acme/personal-access-token-requests"
}

/// acme does not let its list be read.
fn acme_refuses(world: &World) {
    world.github().on_call(move |moment| match (is_list(&moment), moment.stage) {
        (true, Stage::Before) => {
            let message = "Resource not accessible by integration";
            Verdict::Answer(StatusCode::FORBIDDEN, json!({ "message": message }))
        }
        (true, Stage::After) | (false, _) => Verdict::Continue,
    });
}

fn add_umbrella(world: &World) {
    world.github().add_organization("umbrella");
}
