//! What a developer sees of their own: active tokens, and requests that wait; and how they have others reminded.

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::demo::{APPROVALS, ORGANIZATION};
use countersign::ids::RequestId;
use countersign::simulator::github::{MembershipState, NewRequest, Role, Stage, Verdict};
use countersign::simulator::slack::{self, Ephemeral, Message};
use countersign::store::Probe;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::audit_log;
use crate::inventory::{every_quarter, unannounced};
use crate::support::{World, push_to_payments};
use crate::tokens::{answer, keys, readable, turned};

/// octocat has `own` tokens beside `many` of others.
async fn with_tokens(own: usize, many: usize, change: impl FnOnce(&mut String)) -> World {
    let mut world = World::closed().await;
    world.configure(every_quarter);
    world.configure(change);
    for number in 0..own.max(many) {
        world.stage.clock.advance(TimeDelta::seconds(1));
        if number < many {
            unannounced(&world, &format!("dev-{}", number % 100), &format!("job-{number}"));
        }
        if number < own {
            unannounced(&world, "octocat", &format!("mine-{number}"));
        }
    }
    world.open(Probe::default()).await;
    world.quiet().await;
    world
}

async fn mine(world: &World, user: &str) -> Ephemeral {
    answer(world, user, "/pat mine").await
}

/// octocat presses Nudge on what waits, and hears of it.
async fn nudged(world: &World) -> String {
    mine(world, "U0OCTOCAT").await;
    press_nudge(world).await
}

async fn press_nudge(world: &World) -> String {
    let seen = world.slack().ephemerals("U0OCTOCAT").len();
    world.slack().click_ephemeral("U0OCTOCAT", "nudge").await.unwrap();
    world.quiet().await;
    let told = world.slack().ephemerals("U0OCTOCAT");
    assert!(told.len() > seen, "whoever presses Nudge hears of it");
    told[seen..].iter().map(readable).collect::<Vec<_>>().join("\n")
}

/// With keys that are the same each time, wherever they stand.
fn plain(text: &str) -> String {
    let is_of_key = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    let word = |word: &str| match word.len() == 8 && word.starts_with("r-") && word.chars().all(is_of_key) {
        true => "r-KEY".to_owned(),
        false => word.to_owned(),
    };
    let parts = text.split_inclusive(|char: char| !is_of_key(char)).map(|part| {
        let cut = part.char_indices().find(|(_, char)| !is_of_key(*char)).map_or(part.len(), |(at, _)| at);
        format!("{}{}", word(&part[..cut]), &part[cut..])
    });
    parts.collect()
}

fn thread(world: &World, card: &Message) -> Vec<String> {
    world.slack().thread(APPROVALS, &card.ts).iter().map(|reply| world.readable(reply)).collect()
}

#[tokio::test]
async fn a_developer_sees_their_own_tokens_and_requests_and_nothing_of_others() {
    let world = with_tokens(1, 5_000, |_| {}).await;
    world.octocat_asks().await;

    let seen = mine(&world, "U0OCTOCAT").await;

    assert_snapshot!(plain(&readable(&seen)));
    let bob = mine(&world, "U0BOB").await;
    assert!(keys(&bob).is_empty());
    assert!(readable(&bob).starts_with("No active token is known to be yours"), "{}", readable(&bob));
    let recorded = audit_log::told(&world).await;
    assert!(recorded.contains("tokens.listed by U0OCTOCAT: done [own-is-seen]"), "{recorded}");
    assert!(!recorded.contains("tokens.listed by U0BOB"), "there was nothing to show");
}

#[tokio::test]
async fn many_are_paged_and_each_can_be_given_up() {
    let world = with_tokens(20, 0, |_| {}).await;
    world.octocat_asks().await;

    let first = mine(&world, "U0OCTOCAT").await;
    let mut seen = keys(&first);
    for _ in 0..2 {
        let next = turned(&world, "U0OCTOCAT", "more_mine").await;
        assert!(!readable(&next).contains("Nudge"), "requests stand on the first page");
        seen.extend(keys(&next));
    }

    assert_eq!((seen.len(), seen.iter().collect::<std::collections::BTreeSet<_>>().len()), (20, 20));
    assert!(first.blocks.to_string().contains("\"action_id\":\"revoke\""));
    let last = world.slack().ephemerals("U0OCTOCAT").pop().unwrap();
    assert!(!last.blocks.to_string().contains("more_mine"), "there is no page behind the last one");
    let again = turned(&world, "U0OCTOCAT", "first_mine").await;
    assert_eq!((keys(&again), readable(&again)), (keys(&first), readable(&first)));
}

#[tokio::test]
async fn a_machines_are_theirs_who_answers_for_it() {
    let world = with_tokens(1, 0, |config| config.push_str("[machines]\nhubot = \"alice\"\n")).await;
    unannounced(&world, "hubot", "of-a-machine");
    world.pass(TimeDelta::minutes(15)).await;
    let wish = NewRequest { owner: "hubot".to_owned(), ..push_to_payments(&world.stage.clock) };
    world.github().request_token(wish).await;
    world.quiet().await;

    let seen = readable(&mine(&world, "U0ALICE").await);

    assert!(seen.starts_with("1 active token is yours · 1 request waits"), "{seen}");
    assert!(seen.contains("of-a-machine") && seen.contains("hubot wants to WRITE"), "{seen}");
    assert!(!seen.contains("mine-0"), "{seen}");
}

/// Not even the names of organizations in which nothing is theirs.
#[tokio::test]
async fn nothing_is_told_of_organizations_in_which_nothing_is_theirs() {
    let world = with_tokens(0, 1, |_| {}).await;
    for other in ["octo-org", "umbrella"] {
        world.github().add_organization(other);
        world.github().install(other).await;
        world.quiet().await;
    }
    world.pass(TimeDelta::minutes(15)).await;
    world.github().suspend(world.github().installation_in("octo-org").unwrap()).await;
    world.quiet().await;

    let nothing = readable(&mine(&world, "U0OCTOCAT").await);
    unannounced(&world, "octocat", "mine-0");
    world.pass(TimeDelta::minutes(15)).await;
    let something = readable(&mine(&world, "U0OCTOCAT").await);

    assert!(nothing.contains("tokens as of"), "{nothing}");
    assert!(something.contains("mine-0"), "{something}");
    for seen in [nothing, something] {
        assert!(!seen.contains("octo-org") && !seen.contains("umbrella"), "{seen}");
    }
}

/// What is theirs there is theirs to know of, and nothing of it is shown.
#[tokio::test]
async fn of_an_organization_that_is_suspended_it_is_told_where_something_is_theirs() {
    let world = with_tokens(1, 1, |_| {}).await;
    world.github().add_organization("octo-org");
    world.github().install("octo-org").await;
    world.quiet().await;
    mine(&world, "U0OCTOCAT").await;
    world.github().suspend(world.github().installation_in(ORGANIZATION).unwrap()).await;
    world.quiet().await;

    let seen = readable(&mine(&world, "U0OCTOCAT").await);

    assert!(seen.contains("The App is suspended in acme: no tokens are shown from there."), "{seen}");
    assert!(!seen.contains("mine-0"), "{seen}");
}

#[tokio::test]
async fn who_is_not_linked_is_told_how_to_link() {
    let world = with_tokens(1, 0, |_| {}).await;
    world.slack().add_user("U0HUBOT", "hubot");

    let told = mine(&world, "U0HUBOT").await;

    assert_snapshot!(told.on_screen());
}

#[tokio::test]
async fn what_can_not_be_told_is_said_and_not_shown() {
    let world = with_tokens(2, 0, |_| {}).await;
    world.github().on_call(|moment| {
        match moment.path.contains("/memberships/") && moment.stage == Stage::Before {
            true => Verdict::Answer(StatusCode::BAD_GATEWAY, Value::Null),
            false => Verdict::Continue,
        }
    });

    let told = mine(&world, "U0OCTOCAT").await;

    assert!(keys(&told).is_empty());
    assert_snapshot!(readable(&told));
}

#[tokio::test]
async fn an_answer_comes_within_slacks_three_seconds() {
    let world = with_tokens(1, 0, |_| {}).await;
    let release = std::sync::Arc::new(tokio::sync::Notify::new());
    let held = release.clone();
    world.github().on_call(move |moment| {
        match moment.path.contains("/memberships/") && moment.stage == Stage::Before {
            true => Verdict::Hold(held.clone()),
            false => Verdict::Continue,
        }
    });

    let first = mine(&world, "U0OCTOCAT").await;
    assert!(first.on_screen().starts_with("Looking…"), "{}", first.on_screen());
    release.notify_one();
    world.slack().until(|slack| slack.ephemerals("U0OCTOCAT").len() > 1).await.unwrap();

    assert_eq!(keys(&world.slack().ephemerals("U0OCTOCAT").pop().unwrap()).len(), 1);
}

#[tokio::test]
async fn a_nudge_reminds_under_the_card_once_in_four_hours() {
    let world = World::start().await;
    world.octocat_asks().await;
    let card = world.card();

    let told = nudged(&world).await;
    assert_snapshot!(told, @"Those who can decide KEY were reminded of it under its card. You can do that again from 23 Nov 2026, 16:00 UTC on.");
    assert_eq!(
        thread(&world, &card),
        ["octocat asks whether somebody could look at this; waiting since 23 Nov 2026, 12:00 UTC."]
    );
    let replies = world.slack().thread(APPROVALS, &card.ts);
    assert!(replies.iter().all(|one| one.is_broadcast), "who does not follow the thread sees it, too");

    world.pass(TimeDelta::hours(3)).await;
    let again = mine(&world, "U0OCTOCAT").await;
    assert!(!again.on_screen().contains("[Nudge]"), "{}", again.on_screen());
    assert!(again.on_screen().contains("nudged 23 Nov 2026, 12:00 UTC"), "{}", again.on_screen());
    world.pass(TimeDelta::hours(1)).await;
    nudged(&world).await;

    assert_eq!(thread(&world, &card).len(), 2);
    let recorded = audit_log::told(&world).await;
    assert_eq!(recorded.matches("request.nudged by U0OCTOCAT: done").count(), 2, "{recorded}");
    assert!(!thread(&world, &card).concat().contains(['@', '<']), "nobody is mentioned");
}

/// An older list still has its button; a second click may come at the same time, to another replica.
#[tokio::test]
async fn two_clicks_nudge_once_and_the_other_is_told_when_it_may_be_done_again() {
    let world = World::start().await;
    world.octocat_asks().await;
    let card = world.card();
    mine(&world, "U0OCTOCAT").await;

    let click = || world.slack().click_ephemeral("U0OCTOCAT", "nudge");
    let (one, other) = tokio::join!(click(), click());
    assert!(one.unwrap().status.is_success() && other.unwrap().status.is_success());
    world.quiet().await;

    assert_eq!(thread(&world, &card).len(), 1);
    let told: Vec<_> = world.slack().ephemerals("U0OCTOCAT").iter().skip(1).map(readable).collect();
    assert_eq!(told.len(), 2);
    let refused = told.iter().find(|words| words.contains("less than")).unwrap();
    assert_snapshot!(refused, @"They were reminded less than 4 hours ago. You can do that again from 23 Nov 2026, 16:00 UTC on.");
    let recorded = audit_log::told(&world).await;
    assert!(recorded.contains("request.nudged by U0OCTOCAT: refused: too_soon"), "{recorded}");
}

/// Whoever is not the requester has no such button; what is forged is judged all the same.
#[tokio::test]
async fn nobody_nudges_for_somebody_else() {
    let world = World::start().await;
    world.octocat_asks().await;
    let card = world.card();

    let forge = |payload: &mut Value| payload["actions"][0]["action_id"] = "nudge".into();
    world.slack().click_disguised("U0BOB", &card, "details", forge).await.unwrap();
    world.quiet().await;

    assert!(thread(&world, &card).is_empty());
    assert_snapshot!(world.told_alone("U0BOB"), @"There is no such request of yours.");
    let recorded = audit_log::told(&world).await;
    assert!(recorded.contains("request.nudged by U0BOB: refused: unknown_request"), "{recorded}");
}

#[tokio::test]
async fn what_does_not_wait_any_more_is_not_nudged() {
    let world = World::start().await;
    world.octocat_asks().await;
    let card = world.card();
    mine(&world, "U0OCTOCAT").await;
    world.press("U0ALICE", "approve").await;
    let replies = thread(&world, &card).len();

    let told = press_nudge(&world).await;

    assert_snapshot!(told, @"It is settled, so nobody has to be reminded of it.");
    assert_eq!(thread(&world, &card).len(), replies);
}

/// After a long outage the click is still there, and nobody remembers it.
#[tokio::test]
async fn a_click_that_is_judged_too_late_does_not_count() {
    let world = World::start().await;
    world.octocat_asks().await;
    let card = world.card();
    let clicked_at = world.stage.clock.now().timestamp_millis();
    let key = world.key_of(&card);
    world.pass(TimeDelta::minutes(16)).await;
    let wish = json!({
        "by": "U0OCTOCAT", "key": key, "clicked_at": clicked_at, "channel": APPROVALS, "response_url": null,
    });
    let job = format!(
        "INSERT INTO job (kind, subject, payload, run_at, created_at, attempts, generation)
         VALUES ('nudge', '{key} 1', '{wish}', {clicked_at}, {clicked_at}, 0, 1)"
    );
    world.sql(job.leak()).await;

    for _ in 0..3 {
        world.pass(TimeDelta::seconds(10)).await;
    }
    world.slack().until(|slack| !slack.ephemerals("U0OCTOCAT").is_empty()).await.unwrap();

    assert!(world.told_alone("U0OCTOCAT").contains("too late to count"), "{}", world.told_alone("U0OCTOCAT"));
    assert!(thread(&world, &card).is_empty());
}

#[tokio::test]
async fn while_everything_is_frozen_nobody_is_nudged() {
    let world =
        World::start_with(|config| config.push_str("\n[groups.managers]\nmembers = [\"alice\"]\n")).await;
    world.octocat_asks().await;
    world.slack().command("U0ALICE", APPROVALS, "/pat freeze on stolen laptop").await.unwrap();
    world.quiet().await;
    let card = world.card();

    let told = nudged(&world).await;

    assert!(told.contains("stolen laptop") && told.ends_with("so nobody was reminded."), "{told}");
    assert!(thread(&world, &card).is_empty());
}

/// Of many requests of one person the later ones share a card: its thread is told which one is meant, and the next of them
/// is in time after four hours.
#[tokio::test]
async fn requests_that_share_a_card_are_nudged_together() {
    let world = World::start().await;
    let mut asked: Vec<RequestId> = Vec::new();
    for number in 0..8 {
        let token_name = format!("token-{number}");
        let wish = NewRequest { token_name, ..push_to_payments(&world.stage.clock) };
        asked.push(world.github().request_token(wish).await);
        world.quiet().await;
    }
    world.pass(TimeDelta::minutes(1)).await;
    let shared = world.collected().await;
    let list =
        world.slack().channel(APPROVALS).into_iter().find(|card| card.on_screen().contains("[Post all]"));
    let list = list.expect("some share a card");
    let forge = |key: String| {
        move |payload: &mut Value| {
            payload["actions"][0]["action_id"] = "nudge".into();
            payload["actions"][0]["value"] = key.into();
        }
    };
    let card = world.slack().channel(APPROVALS).into_iter().next().unwrap();

    for request in shared.iter().take(2) {
        let key = request.key.to_string();
        world.slack().click_disguised("U0OCTOCAT", &card, "details", forge(key)).await.unwrap();
        world.quiet().await;
    }

    let told = thread(&world, &list);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_snapshot!(plain(&told[0]), @"octocat asks whether somebody could look at r-KEY; waiting since 23 Nov 2026, 12:00 UTC.");
    assert!(world.told_alone("U0OCTOCAT").contains("less than 4 hours"), "{}", world.told_alone("U0OCTOCAT"));
}

/// Whose a request is does not say that they may still see it.
#[tokio::test]
async fn who_may_not_see_their_request_any_more_nudges_nobody() {
    let ex_member = |world: &World| {
        world.github().set_membership("acme", "octocat", Role::Member, MembershipState::Pending);
    };
    let guest = |world: &World| {
        world.slack().change_user("U0OCTOCAT", |user| user.is_restricted = true).unwrap();
    };
    let unknown = |world: &World| {
        world.github().on_call(|moment| match moment.path.contains("/memberships/") {
            true => Verdict::Answer(StatusCode::BAD_GATEWAY, Value::Null),
            false => Verdict::Continue,
        });
    };
    for (loses, refused, said) in [
        (&ex_member as &dyn Fn(&World), "unknown_request", "There is no such request of yours."),
        (&guest, "unknown_request", "There is no such request of yours."),
        (&unknown, "cannot_tell", "We can't tell right now whether this request is yours"),
    ] {
        let world = World::start().await;
        world.octocat_asks().await;
        let card = world.card();
        mine(&world, "U0OCTOCAT").await;
        loses(&world);
        world.stage.clock.advance(TimeDelta::minutes(2));

        let told = press_nudge(&world).await;

        assert!(told.starts_with(said), "{told}");
        assert!(thread(&world, &card).is_empty());
        let recorded = audit_log::told(&world).await;
        assert!(recorded.contains(&format!("request.nudged by U0OCTOCAT: refused: {refused}")), "{recorded}");
    }
}

/// A card that nobody can write under: whoever asked hears that nobody was reminded, and may ask again when that is mended.
#[tokio::test]
async fn where_nobody_can_be_reminded_that_is_said() {
    let world = World::start().await;
    world.octocat_asks().await;
    mine(&world, "U0OCTOCAT").await;
    world.slack().on_request(|method, asked, _| {
        match method == "chat.postMessage" && !asked["thread_ts"].is_null() {
            true => {
                slack::Verdict::Answer(StatusCode::OK, json!({ "ok": false, "error": "channel_not_found" }))
            }
            false => slack::Verdict::Continue,
        }
    });

    world.slack().click_ephemeral("U0OCTOCAT", "nudge").await.unwrap();
    world.quiet().await;
    for _ in 0..8 {
        world.pass(TimeDelta::minutes(5)).await;
    }

    let told = world.told_alone("U0OCTOCAT");
    assert!(told.starts_with("Nobody could be reminded of r-"), "{told}");
    world.slack().work_normally();
    assert!(nudged(&world).await.contains("were reminded of it"));
    assert_eq!(thread(&world, &world.card()).len(), 1);
}

/// What Slack never takes is given up, and does not count.
#[tokio::test]
async fn a_nudge_that_is_given_up_does_not_count() {
    let world = World::start().await;
    world.octocat_asks().await;
    world.slack().on_request(|method, asked, _| {
        match method == "chat.postMessage" && !asked["thread_ts"].is_null() {
            true => slack::Verdict::Answer(StatusCode::OK, json!({ "ok": false, "error": "invalid_blocks" })),
            false => slack::Verdict::Continue,
        }
    });
    mine(&world, "U0OCTOCAT").await;
    world.slack().click_ephemeral("U0OCTOCAT", "nudge").await.unwrap();
    world.quiet().await;

    world.slack().work_normally();
    assert!(nudged(&world).await.contains("were reminded of it"));
}

/// A card that is late, behind others: however often it was looked for, the nudge follows it.
#[tokio::test]
async fn a_nudge_waits_for_a_card_that_is_late() {
    let world = World::start().await;
    world.slack().on_request(|method, asked, _| {
        match method == "chat.postMessage" && asked["channel"] == APPROVALS && asked["thread_ts"].is_null() {
            true => slack::Verdict::TooMany(1_500),
            false => slack::Verdict::Continue,
        }
    });
    world.octocat_asks().await;
    mine(&world, "U0OCTOCAT").await;
    world.slack().click_ephemeral("U0OCTOCAT", "nudge").await.unwrap();
    for _ in 0..24 {
        world.pass(TimeDelta::minutes(1)).await;
    }
    world.slack().work_normally();
    for _ in 0..8 {
        world.pass(TimeDelta::minutes(1)).await;
    }

    assert_eq!(thread(&world, &world.card()).len(), 1);
    assert!(world.told_alone("U0OCTOCAT").contains("were reminded of it"));
}

#[tokio::test]
async fn what_is_ones_own_is_told_by_help() {
    let world = World::start().await;

    assert_snapshot!(answer(&world, "U0BOB", "/pat help mine").await.on_screen());
}
