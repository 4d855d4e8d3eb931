//! `/pat`: answers for the asker alone.

use chrono::TimeDelta;
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
async fn show_tells_how_far_the_approvals_are_and_what_would_make_one_an_approver() {
    let world = World::start_with(|config| {
        *config = config.replace(r#"["alice", "monalisa"]"#, r#"["alice"]"#);
        config.push_str(
            r#"
[[require]]
one_from_each = ["approvers", "security"]
[groups.security]
members = ["bob"]
[groups.auditors]
members = ["monalisa"]
"#,
        );
    })
    .await;
    world.octocat_asks().await;
    let key = world.key_of(&world.card());
    world.press("U0ALICE", "approve").await;
    let show = async |user: &str| {
        let told = answer(&world, user, &format!("/pat show {key}")).await.on_screen();
        let lines = told.lines().skip_while(|line| !line.contains("Approvals"));
        lines.take_while(|line| !line.contains("What happened")).collect::<Vec<_>>().join("\n")
    };

    assert_snapshot!(show("U0BOB").await, @r"
    **Approvals**
    1 of 2: approved by @U0ALICE; still needs security
    **Who decides**
    Anybody in: approvers.
    It takes 2 approvals, one each of approvers and security.
    You may approve it, by: required-decide.
    ");
    assert_snapshot!(show("U0MONALISA").await, @r"
    **Approvals**
    1 of 2: approved by @U0ALICE; still needs security
    **Who decides**
    Anybody in: approvers.
    It takes 2 approvals, one each of approvers and security.
    You can't approve it: You can't decide this request. Who can: approvers, security.
    Being in approvers, or in security would allow it.
    ");
}

#[tokio::test]
async fn a_request_is_shown_by_githubs_number_for_it_too() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    let key = world.key_of(&world.card());
    let show =
        async |user: &str, name: &str| answer(&world, user, &format!("/pat show {name}")).await.on_screen();

    let told = show("U0ALICE", &key).await;
    assert_eq!(show("U0ALICE", &format!("Request:{request}")).await, told);
    for other in ["request:1", "request:", "request:x", "request:99999999999999999999"] {
        assert!(show("U0ALICE", other).await.starts_with("There is nothing of that name"), "{other}");
    }
    assert!(show("U0BOB", &format!("request:{request}")).await.starts_with("There is nothing of that name"));
}

#[tokio::test]
async fn show_says_what_keeps_everybody_from_deciding() {
    let world = World::start().await;
    world.octocat_asks().await;
    let key = world.key_of(&world.card());
    let who_decides = async || {
        let told = answer(&world, "U0ALICE", &format!("/pat show {key}")).await.on_screen();
        let lines = told.lines().skip_while(|line| !line.contains("Who decides"));
        lines.take_while(|line| !line.contains("What happened")).collect::<Vec<_>>().join("\n")
    };
    crate::policies::command(&world, &["freeze", "on", "--why", "a leak"]);
    world.quiet().await;
    let told = who_decides().await;
    assert!(
        told.contains("Nothing can be approved until that is lifted; denials go on.\nAnybody in:"),
        "{told}"
    );

    crate::policies::command(&world, &["freeze", "off"]);
    world.quiet().await;
    world.press("U0ALICE", "approve").await;
    assert_snapshot!(who_decides().await, @r"
    **Who decides**
    This is already over: approved by alice, 23 Nov 2026, 12:00 UTC.
    ");
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
    assert!(own.contains("Forbidden by: own-request."), "{own}");
    // Whoever may not see it is told what is told of a key that nobody has.
    let bob = show("U0BOB", &key).await;
    assert_eq!(bob, show("U0BOB", "r-zzzzzz").await);
    assert_eq!(bob, show("U0ALICE", "r-zzzzzz").await);
    assert_eq!(bob, show("U0ALICE", "nonsense").await);
    assert_snapshot!(bob, @"There is nothing of that name, or nothing that you may see. If that surprises you, type /pat whoami for what we know about you, or try again in a moment: perhaps Slack or GitHub could not be asked just now.");
    let recorded = crate::audit_log::entries(&world).await;
    let shown: Vec<_> = recorded.iter().filter(|entry| entry.action.name() == "details.shown").collect();
    assert_eq!(
        shown.iter().map(|entry| entry.result.as_str()).collect::<Vec<_>>(),
        ["done", "done", "refused: not_an_approver"]
    );
    // As a phone types it.
    assert!(show("U0ALICE", &key.to_uppercase()).await.contains("You may approve it"));
}

#[tokio::test]
async fn show_gives_nothing_away_while_nobody_can_tell_who_asks() {
    let world = World::start_with(|config| {
        *config = config.replace(
            r#"["alice", "monalisa"]"#,
            r#"["monalisa", "slack-group:S0SECURITY", "github-team:acme/security"]"#,
        );
    })
    .await;
    world.slack().set_group("S0SECURITY", "security", &["U0ALICE"]);
    world.github().set_team("acme", "security", &["alice"]);
    world.octocat_asks().await;
    let key = world.key_of(&world.card());
    let show =
        async |user: &str, key: &str| answer(&world, user, &format!("/pat show {key}")).await.on_screen();
    assert!(show("U0ALICE", &key).await.contains("Who decides"));
    let nothing = show("U0BOB", "r-zzzzzz").await;

    // Neither tells who is in the groups that may see it.
    world.slack().on_call(|method, _| match method {
        "usergroups.users.list" => countersign::simulator::slack::Verdict::Reset,
        _ => countersign::simulator::slack::Verdict::Continue,
    });
    world.github().on_call(|moment| {
        match moment.path.contains("/team") || moment.path.contains("/memberships") {
            true => countersign::simulator::github::Verdict::Reset,
            false => countersign::simulator::github::Verdict::Continue,
        }
    });
    world.stage.clock.advance(TimeDelta::minutes(2));

    // Monalisa is there by name, which nobody has to be asked about; whether she still is a member is not known.
    for user in ["U0BOB", "U0ALICE", "U0MONALISA"] {
        assert_eq!(show(user, &key).await, nothing, "{user}");
        assert_eq!(show(user, "r-zzzzzz").await, nothing, "{user}");
    }
    // Operators see in the record what it was.
    let recorded = crate::audit_log::entries(&world).await;
    let shown: Vec<_> = recorded.iter().filter(|entry| entry.action.name() == "details.shown").collect();
    assert_eq!(
        shown.iter().map(|entry| entry.result.as_str()).collect::<Vec<_>>(),
        ["done", "refused: cannot_tell", "refused: cannot_tell", "refused: cannot_tell"]
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
