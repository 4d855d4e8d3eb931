//! `/pat`: answers for the asker alone.

use countersign::demo::APPROVALS;
use insta::{assert_json_snapshot, assert_snapshot};

use crate::support::World;

/// What a command answers, at once or by its own way back.
async fn answer(world: &World, user: &str, line: &str) -> countersign::simulator::slack::Ephemeral {
    let before = world.slack().ephemerals(user).len();
    let command = world.slack().command(user, APPROVALS, line).await.unwrap();
    assert!(command.answer.status.is_success(), "{:?}", command.answer);
    world.slack().until(|slack| slack.ephemerals(user).len() > before).await.unwrap();
    world.slack().ephemerals(user).pop().unwrap()
}

#[tokio::test]
async fn help_is_for_everybody() {
    let world = World::start().await;

    assert_json_snapshot!("help", answer(&world, "U0BOB", "/pat").await.blocks);
    assert_eq!(
        answer(&world, "U0BOB", "/pat help").await.blocks,
        answer(&world, "U0BOB", "/pat").await.blocks
    );
}

#[tokio::test]
async fn a_typo_gets_the_nearest_word() {
    let world = World::start().await;

    let told = answer(&world, "U0BOB", "/pat pendign").await.on_screen();

    assert_snapshot!(told, @"“pendign” is not something I understand. Did you mean /pat pending?");
}

#[tokio::test]
async fn a_word_of_a_later_version_is_said_to_be_one() {
    let world = World::start().await;

    let told = answer(&world, "U0BOB", "/pat revoke t-7f3k2").await.on_screen();

    assert_snapshot!(told, @"/pat revoke is not available in this version of Countersign. Try /pat help.");
}

#[tokio::test]
async fn pending_shows_what_one_may_see_and_nothing_else() {
    let world = World::start().await;
    world.octocat_asks().await;
    let key = world.key_of(&world.card());

    let alice = answer(&world, "U0ALICE", "/pat pending").await;
    let bob = answer(&world, "U0BOB", "/pat pending").await;
    let elsewhere = answer(&world, "U0ALICE", "/pat pending org:other").await;

    assert_snapshot!(alice.on_screen().replace(&key, "KEY"), @"
    1 request waits
    KEY · octocat wants to WRITE to 2 repositories in acme · since 23 Nov 2026, 12:00 UTC
    ");
    assert_snapshot!(bob.on_screen(), @"Nothing that you may see waits for a decision.");
    assert_snapshot!(elsewhere.on_screen(), @"Nothing that you may see waits for a decision.");
}

#[tokio::test]
async fn show_tells_everything_to_who_may_see_it_and_nothing_to_others() {
    let world = World::start().await;
    world.octocat_asks().await;
    let key = world.key_of(&world.card());
    let show =
        async |user: &str, key: &str| answer(&world, user, &format!("/pat show {key}")).await.on_screen();

    let alice = show("U0ALICE", &key).await.replace(&key, "KEY");
    assert_snapshot!("show_alice", alice);
    let own = show("U0OCTOCAT", &key).await;
    assert!(own.contains("You can't approve it: This is your own request"), "{own}");
    // Whoever may not see it is told what is told of a key that nobody has.
    let bob = show("U0BOB", &key).await;
    assert_eq!(bob, show("U0BOB", "r-zzzzzz").await);
    assert_eq!(bob, show("U0ALICE", "r-zzzzzz").await);
    assert_eq!(bob, show("U0ALICE", "nonsense").await);
    assert_snapshot!(bob, @"We don't know this request. Please use the newest card in the channel.");
    let recorded = crate::audit_log::entries(&world).await;
    let shown: Vec<_> = recorded.iter().filter(|entry| entry.action.name() == "details.shown").collect();
    assert_eq!(
        shown.iter().map(|entry| entry.result.as_str()).collect::<Vec<_>>(),
        ["done", "done", "refused: not_an_approver"]
    );
}

#[tokio::test]
async fn whoami_tells_account_and_groups() {
    let world = World::start().await;
    world.slack().add_user("U0HUBOT", "hubot");

    assert_json_snapshot!("whoami_alice", answer(&world, "U0ALICE", "/pat whoami").await.blocks);
    assert_json_snapshot!("whoami_hubot", answer(&world, "U0HUBOT", "/pat whoami").await.blocks);
}

#[tokio::test]
async fn the_events_address_is_proved_by_its_challenge() {
    let world = World::start().await;

    let answer = world.slack().verify_url("abc").await.unwrap();

    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, r#"{"challenge":"abc"}"#));
}
