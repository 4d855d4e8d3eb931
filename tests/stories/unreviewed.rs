//! Tokens that were granted without review, where a route wants to see less of them than a card.

use chrono::TimeDelta;
use countersign::demo::{APPROVALS, OPERATORS};
use countersign::ids::{OrganizationId, RequestId};
use countersign::simulator::github::{Action, NewRequest};
use countersign::simulator::slack::Message;
use insta::assert_snapshot;

use crate::audit_log;
use crate::support::{World, push_to_payments};

/// A world whose only route says this.
async fn world(unreviewed: &str) -> World {
    World::start_with(|config| route_says(config, unreviewed)).await
}

fn route_says(config: &mut String, unreviewed: &str) {
    let route = "channel = \"C0APPROVALS\"";
    assert!(config.contains(route), "{config}");
    *config = config.replacen(route, &format!("{route}, unreviewed = \"{unreviewed}\""), 1);
}

async fn granted(world: &World) -> RequestId {
    let request = world.github().grant_without_review(push_to_payments(&world.stage.clock)).await;
    world.quiet().await;
    request
}

fn channel(world: &World) -> Vec<Message> {
    world.slack().channel(APPROVALS)
}

/// What people call the request whose number GitHub has told, where no message names it.
async fn key_on_record(world: &World, id: RequestId) -> String {
    let store = &world.running.as_ref().unwrap().app.store;
    let told = world.github().deliveries().pop().expect("a delivery").payload;
    let organization = told["organization"]["id"].as_u64().expect("a number");
    let request = store.request(OrganizationId(organization), id).await.unwrap();
    request.expect("it is on record").key.to_string()
}

#[tokio::test]
async fn quietly_it_is_one_line_that_calls_for_nobody() {
    let world = world("quiet").await;

    granted(&world).await;

    let [line] = &channel(&world)[..] else { panic!("one message: {:?}", channel(&world)) };
    assert_snapshot!(world.readable(line), @"**Granted without review** · 23 Nov 2026, 12:00 UTC · octocat can now WRITE to 2 repositories in acme · until 21 Feb 2027 (90 days) · r-KEY");
    assert_eq!(line.blocks.as_array().map(Vec::len), Some(1), "no buttons, no header");
    let sent = line.blocks.to_string();
    assert!(!sent.contains("\"user\"") && !line.text.contains("<@"), "it mentions nobody: {sent}");
    assert!(world.slack().dms("U0OCTOCAT").is_empty());
    assert_eq!(world.slack().channel(OPERATORS).len(), 0);
}

#[tokio::test]
async fn switched_off_the_channel_sees_nothing_and_the_record_has_it() {
    let world = world("off").await;

    let request = granted(&world).await;
    world.pass(TimeDelta::minutes(5)).await;

    assert_eq!(channel(&world).len(), 0);
    assert_eq!(world.slack().channel(OPERATORS).len(), 0);
    let told = audit_log::told_in_short(&world).await;
    assert!(told.contains("request.settled by service: approved"), "{told}");
    let key = key_on_record(&world, request).await;
    world.slack().command("U0ALICE", APPROVALS, &format!("/pat show {key}")).await.unwrap();
    let is_shown = |slack: &countersign::simulator::slack::Slack| !slack.ephemerals("U0ALICE").is_empty();
    world.slack().until(is_shown).await.unwrap();
    let shown = world.told_alone("U0ALICE");
    assert!(shown.contains("No request for it reached us"), "{shown}");
}

/// What an end looked like whose beginning came late does not matter once it has come.
#[tokio::test]
async fn one_that_turns_out_to_be_reviewed_is_shown_as_ever() {
    for unreviewed in ["quiet", "off"] {
        let world = world(unreviewed).await;
        world.github().stop_sending();
        let request = world.github().request_token(push_to_payments(&world.stage.clock)).await;
        let created = world.github().deliveries().pop().expect("a delivery").guid;
        world.stage.lead_to_address(&world.running.as_ref().unwrap().base);
        world.github().decide_on_page(request, "monalisa", Action::Approve, None).await.unwrap();
        world.quiet().await;
        let before = channel(&world).len();

        world.github().redeliver(&created).await.unwrap();
        world.quiet().await;

        assert_eq!(before, usize::from(unreviewed == "quiet"), "{unreviewed}");
        assert_eq!(channel(&world).len(), 1, "{unreviewed}");
        let card = world.card().on_screen();
        assert!(!card.contains("ranted without review"), "{unreviewed}: {card}");
        assert!(card.contains("octocat wants to WRITE") && card.contains("on GitHub by monalisa"), "{card}");
        assert!(card.contains("[Details]"), "{unreviewed}: {card}");
    }
}

/// People must look, whatever their route wants to see.
#[tokio::test]
async fn one_about_which_github_contradicts_itself_gets_its_card() {
    for unreviewed in ["quiet", "off"] {
        let world = world(unreviewed).await;
        let request = granted(&world).await;
        let mut denied = world.github().deliveries().pop().expect("a delivery").payload;
        denied["action"] = "denied".into();

        let body = denied.to_string();
        let headers = world.github().webhook_headers(
            "personal_access_token_request",
            &world.github().new_guid(),
            body.as_bytes(),
        );
        world.github().deliver_raw(headers, body).await.expect("an answer");
        world.quiet().await;

        let card = world.card().on_screen();
        assert!(card.contains("No request for this token reached us"), "{unreviewed}, {request}: {card}");
        assert!(card.contains("GitHub contradicts itself"), "{unreviewed}: {card}");
        assert_eq!(channel(&world).len(), 1, "{unreviewed}");
    }
}

#[tokio::test]
async fn one_that_no_route_covers_gets_a_card_where_somebody_looks() {
    let world = World::start_with(|config| {
        route_says(config, "off");
        *config = config.replacen("unreviewed", "repositories = [\"docs\"], unreviewed", 1);
    })
    .await;

    granted(&world).await;

    assert_eq!(channel(&world).len(), 0);
    let told: Vec<_> = world.slack().channel(OPERATORS).iter().map(Message::on_screen).collect();
    assert!(told.iter().any(|told| told.contains("No request for this token reached us")), "{told:?}");
}

#[tokio::test]
async fn too_many_quiet_lines_share_one_card_and_none_where_they_are_switched_off() {
    for (unreviewed, messages) in [("quiet", 31), ("off", 0)] {
        let world = world(unreviewed).await;
        for number in 0..33 {
            let wish =
                NewRequest { token_name: format!("token-{number}"), ..push_to_payments(&world.stage.clock) };
            world.github().grant_without_review(wish).await;
        }
        world.quiet().await;
        world.pass(TimeDelta::minutes(1)).await;

        let cards = channel(&world);
        assert_eq!(cards.len(), messages, "{unreviewed}");
        let list =
            cards.iter().any(|card| card.on_screen().contains("3 more tokens were granted without review"));
        assert_eq!(list, unreviewed == "quiet");
    }
}

/// Those on a list were seen there; whoever asks for them sees them, whatever the route says by now.
#[tokio::test]
async fn what_somebody_asks_to_see_is_shown_although_it_was_switched_off_meanwhile() {
    let world = world("card").await;
    for number in 0..32 {
        let wish =
            NewRequest { token_name: format!("token-{number}"), ..push_to_payments(&world.stage.clock) };
        world.github().grant_without_review(wish).await;
    }
    world.quiet().await;
    world.pass(TimeDelta::minutes(1)).await;
    let list =
        channel(&world).into_iter().find(|card| card.on_screen().contains("[Post all]")).expect("a list");
    world.configure(|config| *config = config.replace("unreviewed = \"card\"", "unreviewed = \"off\""));
    world.running.as_ref().unwrap().app.reload().await.unwrap();
    granted(&world).await;
    let before = channel(&world).len();

    world.slack().click("U0ALICE", APPROVALS, &list.ts, "show_all").await.unwrap();
    world.quiet().await;
    world.pass(TimeDelta::minutes(1)).await;

    assert_eq!((before, channel(&world).len()), (31, 33));
    assert!(
        world.card().on_screen().starts_with("**Granted without review**"),
        "{}",
        world.card().on_screen()
    );
}
