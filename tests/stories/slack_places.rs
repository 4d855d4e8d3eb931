//! Cards whose place in Slack is lost: archived, left, deleted, frozen, shared. None is ever silent.

use chrono::TimeDelta;
use countersign::demo::{APPROVALS, OPERATORS};
use countersign::simulator::github::Action;
use countersign::simulator::slack::{Channel, Stage, Verdict};
use serde_json::json;

use crate::support::World;

fn screens(world: &World, channel: &str) -> Vec<String> {
    let standing = world.slack().channel(channel).into_iter().filter(|message| !message.deleted);
    standing.map(|message| message.on_screen()).collect()
}

fn change(world: &World, channel: &str, change: impl FnOnce(&mut Channel)) {
    world.slack().change_channel(channel, change).unwrap();
}

#[tokio::test]
async fn cards_of_an_archived_channel_go_elsewhere_and_the_operators_are_told_once() {
    let world = World::start().await;
    change(&world, APPROVALS, |channel| channel.is_archived = true);

    world.octocat_asks().await;
    world.octocat_asks().await;
    change(&world, APPROVALS, |channel| channel.is_archived = false);
    world.octocat_asks().await;
    world.octocat_asks().await;

    let told = screens(&world, OPERATORS);
    assert_eq!(told.iter().filter(|screen| screen.contains("octocat wants to WRITE")).count(), 2, "{told:?}");
    let others: Vec<_> = told.iter().filter(|screen| !screen.contains("octocat wants to WRITE")).collect();
    assert_eq!(
        others,
        [
            "Cards can't be posted in C0APPROVALS: it is archived. They go to the fallback channel until that is mended.",
            "Cards can be posted in C0APPROVALS again.",
        ]
    );
    assert_eq!(screens(&world, APPROVALS).len(), 2);
}

#[tokio::test]
async fn a_card_follows_its_request_out_of_a_channel_that_was_archived_or_left() {
    for is_left in [false, true] {
        let world = World::start().await;
        let request = world.octocat_asks().await;
        let card = world.card();
        change(&world, APPROVALS, |channel| {
            channel.is_archived = !is_left;
            channel.is_private = is_left;
            channel.has_bot = !is_left;
        });

        world.github().decide_on_page(request, "monalisa", Action::Approve, None).await.unwrap();
        world.quiet().await;
        for _ in 0..3 {
            world.pass(TimeDelta::seconds(20)).await;
        }

        let moved = world.slack().channel(OPERATORS).remove(0);
        assert!(moved.text.contains("Approved on GitHub by monalisa"), "{}", moved.text);
        assert_eq!(world.slack().thread(OPERATORS, &moved.ts).len(), 1);
        assert!(world.slack().thread(APPROVALS, &card.ts).is_empty());
        let told = screens(&world, OPERATORS).join("\n");
        assert!(!told.contains("was given up"), "{told}");
    }
}

#[tokio::test]
async fn a_deleted_card_is_posted_anew() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    world.slack().delete_message(APPROVALS, &world.card().ts).unwrap();

    world.github().decide_on_page(request, "monalisa", Action::Approve, None).await.unwrap();
    world.quiet().await;
    world.pass(TimeDelta::seconds(20)).await;

    assert_eq!(screens(&world, APPROVALS).len(), 1);
    assert!(world.card().text.contains("Approved on GitHub by monalisa"));
    assert_eq!(world.slack().thread(APPROVALS, &world.card().ts).len(), 1);
}

#[tokio::test]
async fn a_card_that_can_no_longer_be_edited_gets_a_successor_and_a_note() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    let old = world.card();
    world.slack().set_edit_window(Some(TimeDelta::minutes(1)));
    world.pass(TimeDelta::minutes(2)).await;

    world.press("U0ALICE", "approve").await;
    world.pass(TimeDelta::seconds(20)).await;

    assert!(world.github().decision_on(request).is_some());
    assert!(world.card().text.contains("Approved by alice"));
    assert_eq!(world.slack().channel(APPROVALS).len(), 2);
    let notes: Vec<_> =
        world.slack().thread(APPROVALS, &old.ts).iter().map(|message| message.on_screen()).collect();
    let note = "This card is out of date and can't be changed any more. A new one has taken its place in the channel.";
    assert!(notes.contains(&note.to_owned()), "{notes:?}");
}

#[tokio::test]
async fn a_channel_that_becomes_shared_keeps_no_button_and_nothing_of_the_request() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    change(&world, APPROVALS, |channel| channel.is_ext_shared = true);

    world.press("U0ALICE", "approve").await;
    world.pass(TimeDelta::seconds(20)).await;

    assert_eq!(
        screens(&world, APPROVALS),
        ["This channel is shared with another organization, so token requests are no longer shown here."]
    );
    let moved = world.slack().channel(OPERATORS);
    assert!(moved.iter().any(|message| message.text.contains("Approved by alice")), "{moved:?}");
    assert!(world.github().decision_on(request).is_some());
}

#[tokio::test]
async fn without_the_app_in_it_a_channel_gets_no_card_and_the_operators_are_asked_to_invite_it() {
    for is_private in [false, true] {
        let world = World::start().await;
        change(&world, APPROVALS, |channel| (channel.is_private, channel.has_bot) = (is_private, false));

        world.octocat_asks().await;

        assert!(world.slack().channel(APPROVALS).is_empty(), "{is_private}");
        let told = screens(&world, OPERATORS);
        let why = if is_private { "Slack says channel_not_found" } else { "the app is not in it; invite it" };
        // The card and the notice are posted by two jobs, in whichever order.
        for words in ["octocat wants to WRITE", why] {
            assert!(told.iter().any(|screen| screen.contains(words)), "{is_private}: {told:?}");
        }
    }
}

/// Slack tells of none of these, and nobody clicks: the next comparison finds it.
#[tokio::test]
async fn what_only_waits_leaves_a_channel_that_is_no_place_any_more() {
    let lose = [
        |channel: &mut Channel| channel.is_ext_shared = true,
        |channel: &mut Channel| channel.is_archived = true,
        |channel: &mut Channel| (channel.is_private, channel.has_bot) = (true, false),
    ];
    for (number, lose) in lose.into_iter().enumerate() {
        let world = World::start_with(|config| {
            *config = config.replace("reconcile.every = \"30d\"", "reconcile.every = \"5m\"");
        })
        .await;
        let request = world.octocat_asks().await;
        change(&world, APPROVALS, lose);

        world.pass(TimeDelta::minutes(6)).await;
        world.pass(TimeDelta::minutes(1)).await;

        let moved = world.slack().channel(OPERATORS).into_iter().find(|card| card.metadata.is_some());
        let moved = moved.unwrap_or_else(|| panic!("{number}: nothing was moved"));
        assert!(moved.on_screen().contains("octocat wants to WRITE"), "{number}: {}", moved.on_screen());
        if number == 0 {
            let left = screens(&world, APPROVALS).concat();
            assert!(left.starts_with("This channel is shared") && !left.contains("octocat"), "{left}");
        }
        world.slack().click("U0ALICE", OPERATORS, &moved.ts, "approve").await.unwrap();
        world.quiet().await;
        assert!(world.github().decision_on(request).is_some(), "{number}");
        // It stays where it is.
        world.pass(TimeDelta::minutes(6)).await;
        let cards = world.slack().channel(OPERATORS);
        assert_eq!(cards.iter().filter(|card| card.metadata.is_some()).count(), 1, "{number}");
    }
}

#[tokio::test]
async fn a_shared_channel_keeps_nothing_of_a_request_even_where_no_other_takes_it() {
    let world = World::start_with(|config| {
        *config = config
            .lines()
            .filter(|line| !line.starts_with("operators_channel"))
            .collect::<Vec<_>>()
            .join("\n");
    })
    .await;
    let request = world.octocat_asks().await;
    change(&world, APPROVALS, |channel| channel.is_ext_shared = true);
    let ts = world.card().ts;

    world
        .github()
        .decide_on_page(request, "monalisa", Action::Deny, Some("not for strangers"))
        .await
        .unwrap();
    world.quiet().await;
    world.pass(TimeDelta::minutes(10)).await;

    assert_eq!(
        screens(&world, APPROVALS),
        ["This channel is shared with another organization, so token requests are no longer shown here."]
    );
    assert!(world.slack().thread(APPROVALS, &ts).is_empty(), "strangers read how it ended");
    assert!(world.slack().dms("U0OCTOCAT")[1].text.contains("was denied"));
}

#[tokio::test]
async fn a_card_whose_layout_slack_refuses_goes_out_in_plain_words_and_comes_back_with_the_next_change() {
    let world = World::start().await;
    let refuse = |_: &str, asked: &serde_json::Value, stage| {
        let is_card = asked["blocks"].to_string().contains("Asks to");
        match stage {
            Stage::Before if is_card => Verdict::Answer(
                axum::http::StatusCode::OK,
                json!({ "ok": false, "error": "invalid_blocks", "response_metadata": { "messages": ["no such block"] } }),
            ),
            _ => Verdict::Continue,
        }
    };
    world.slack().on_request(refuse);
    let request = world.octocat_asks().await;
    let key = world.key_of(&world.card());

    let plain = world.card().on_screen().replace(&key, "KEY");
    assert_eq!(
        plain,
        "**octocat wants to WRITE to 2 repositories in acme (KEY)**\nSlack did not take the card of this request, so it \
         can't be decided here. Please decide it on GitHub; the operators have been told."
    );
    let told = screens(&world, OPERATORS).join("\n").replace(&key, "KEY");
    assert!(
        told.contains("The card of KEY could not be shown as it should be: slack refuses it: invalid_blocks"),
        "{told}"
    );
    world.slack().work_normally();
    world.github().decide_on_page(request, "monalisa", Action::Approve, None).await.unwrap();
    world.quiet().await;
    assert!(world.card().text.contains("Approved on GitHub by monalisa"));
    assert_eq!(world.slack().channel(APPROVALS).len(), 1);
}

/// Not even its plain words: neither when it is posted nor when it changes.
#[tokio::test]
async fn a_card_of_which_a_channel_takes_no_word_goes_elsewhere() {
    for is_posted in [false, true] {
        let world = World::start().await;
        if is_posted {
            world.octocat_asks().await;
        }
        world.slack().on_request(|method, asked, stage| {
            let is_there =
                asked["channel"] == APPROVALS && method.starts_with("chat.") && stage == Stage::Before;
            match is_there {
                true => Verdict::Answer(
                    axum::http::StatusCode::OK,
                    json!({ "ok": false, "error": "invalid_blocks" }),
                ),
                false => Verdict::Continue,
            }
        });
        if is_posted {
            let card = world.card();
            world.slack().click_as_seen("U0ALICE", &card, "approve").await.unwrap();
            world.quiet().await;
        } else {
            world.octocat_asks().await;
        }
        world.pass(TimeDelta::minutes(1)).await;

        let told = screens(&world, OPERATORS);
        let expected = if is_posted { "**Approved** by" } else { "[Approve…]" };
        // Before or after what could not be done in the channel.
        let is_card =
            |screen: &String| screen.contains("octocat wants to WRITE") && screen.contains(expected);
        assert!(told.iter().any(is_card), "{told:?}");
        let is_told =
            |notice: &String| notice.contains("Cards can't be posted in C0APPROVALS: slack refuses it");
        assert!(told.iter().any(is_told), "{is_posted}: {told:?}");
    }
}

#[tokio::test]
async fn while_the_operators_channel_fails_the_notice_waits_without_a_storm() {
    let world = World::start().await;
    for channel in [APPROVALS, OPERATORS] {
        change(&world, channel, |channel| channel.is_archived = true);
    }
    world.octocat_asks().await;
    world.pass(TimeDelta::hours(1)).await;
    let calls = world.slack().calls().len();
    world.pass(TimeDelta::minutes(14)).await;
    assert!(world.slack().calls().len() - calls < 10, "{} calls", world.slack().calls().len() - calls);

    change(&world, OPERATORS, |channel| channel.is_archived = false);
    world.pass(TimeDelta::minutes(15)).await;

    let told = screens(&world, OPERATORS);
    assert!(told.iter().any(|screen| screen.contains("octocat wants to WRITE")), "{told:?}");
    let refused = told.iter().filter(|screen| screen.contains("Cards can't be posted in C0APPROVALS"));
    assert_eq!(refused.count(), 1, "{told:?}");
}

#[tokio::test]
async fn a_requester_who_cannot_be_told_is_reported_once_until_they_can_be() {
    let world = World::start().await;
    world.slack().set_messages_tab(false);
    world.octocat_asks().await;
    world.octocat_asks().await;
    assert_eq!(
        screens(&world, OPERATORS),
        ["octocat can't be told directly how their requests end: Slack says messages_tab_disabled."]
    );

    world.slack().set_messages_tab(true);
    world.octocat_asks().await;
    world.slack().set_messages_tab(false);
    world.octocat_asks().await;

    assert_eq!(screens(&world, OPERATORS).len(), 2);
    assert_eq!(world.slack().dms("U0OCTOCAT").len(), 1);
}
