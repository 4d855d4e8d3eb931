//! The app's home: what waits for somebody, what is theirs, and the ways to lists; and that it is kept up to date.

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::demo::APPROVALS;
use countersign::simulator::github::{MembershipState, NewRequest, Repositories, Role, Stage, Verdict};
use countersign::simulator::slack::{self, Call, render};
use countersign::store::Probe;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::audit_log;
use crate::groups::operators_heard;
use crate::inventory::{every_quarter, unannounced};
use crate::link::{ticket, told};
use crate::policies::reload;
use crate::support::{World, push_to_payments};

/// alice approves and is a manager; there are `many` tokens, and octocat has `own` of them.
async fn with_tokens(own: usize, many: usize) -> World {
    let mut world = World::closed().await;
    world.configure(every_quarter);
    world.configure(|config| config.push_str("\n[groups.managers]\nmembers = [\"alice\"]\n"));
    for number in 0..many {
        unannounced(&world, &format!("dev-{}", number % 100), &format!("job-{number}"));
    }
    for number in 0..own {
        unannounced(&world, "octocat", &format!("mine-{number}"));
    }
    world.open(Probe::default()).await;
    world.quiet().await;
    world
}

/// What somebody sees who opens the home.
async fn opened(world: &World, user: &str) -> String {
    let answer = world.slack().open_home(user).await.unwrap();
    assert!(answer.status.is_success(), "{answer:?}");
    world.quiet().await;
    on_screen(world, user)
}

fn on_screen(world: &World, user: &str) -> String {
    plain(&render(&world.slack().home(user).expect("something was published")["blocks"]))
}

/// With keys that are the same each time.
fn plain(text: &str) -> String {
    let is_of_key = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    let is_key = |word: &str| word.len() == 8 && (word.starts_with("r-") || word.starts_with("t-"));
    let parts = text.split_inclusive(|char: char| !is_of_key(char)).map(|part| {
        let end = part.find(|char: char| !is_of_key(char)).unwrap_or(part.len());
        let (word, rest) = part.split_at(end);
        if is_key(word) { format!("KEY{rest}") } else { part.to_owned() }
    });
    parts.collect()
}

/// Lets the time pass after which homes follow what has changed.
async fn follow(world: &World) {
    world.pass(TimeDelta::minutes(5)).await;
    for _ in 0..6 {
        world.pass(TimeDelta::seconds(1)).await;
    }
}

fn github_does_not_tell(world: &World, about: &'static str) {
    world.github().on_call(move |moment| {
        match moment.path.contains(about) && moment.stage == Stage::Before {
            true => Verdict::Answer(StatusCode::BAD_GATEWAY, Value::Null),
            false => Verdict::Continue,
        }
    });
}

fn published(world: &World) -> Vec<Call> {
    world.slack().calls().into_iter().filter(|call| call.method == "views.publish").collect()
}

async fn ask_for(world: &World, many: usize, owner: &str) {
    for number in 0..many {
        let token_name = format!("token-{number}");
        let wish = NewRequest { owner: owner.to_owned(), token_name, ..push_to_payments(&world.stage.clock) };
        world.github().request_token(wish).await;
        world.quiet().await;
    }
}

/// The modal on somebody's screen, once it has been filled.
async fn filled(world: &World, user: &str, word: &str) -> String {
    let is_filled =
        |slack: &slack::Slack| slack.modal(user).is_some_and(|view| render(&view["blocks"]).contains(word));
    world.slack().until(is_filled).await.unwrap();
    plain(&render(&world.slack().modal(user).unwrap()["blocks"]))
}

#[tokio::test]
async fn an_approver_finds_what_waits_and_quick_lists() {
    let world = with_tokens(1, 5_000).await;
    world.octocat_asks().await;

    assert_snapshot!(opened(&world, "U0ALICE").await);
    let recorded = audit_log::told(&world).await;
    assert!(recorded.contains("home.opened by U0ALICE: done") && recorded.contains("home.shown by U0ALICE"));
}

#[tokio::test]
async fn a_developer_finds_what_is_theirs_and_no_way_to_others() {
    let world = with_tokens(1, 3).await;
    world.octocat_asks().await;

    assert_snapshot!(opened(&world, "U0OCTOCAT").await);
}

#[tokio::test]
async fn of_much_ten_are_told_and_the_rest_is_counted() {
    let world = with_tokens(12, 0).await;
    for developer in ["hubot", "bob", "octocat"] {
        ask_for(&world, 5, developer).await;
    }

    let alice = opened(&world, "U0ALICE").await;
    let octocat = opened(&world, "U0OCTOCAT").await;

    assert_eq!(alice.matches("wants to WRITE").count(), 10, "{alice}");
    assert!(alice.contains("5 more: /pat pending") && alice.contains("[Decide several…]"), "{alice}");
    assert_eq!(octocat.matches("[Give up…]").count(), 10, "{octocat}");
    assert!(octocat.contains("2 more: /pat mine"), "{octocat}");
    assert_eq!(octocat.matches("[Nudge]").count(), 5, "{octocat}");
}

#[tokio::test]
async fn who_is_not_linked_is_told_how_to_link() {
    let world = with_tokens(1, 0).await;
    world.slack().add_user("U0HUBOT", "hubot");

    assert_snapshot!(opened(&world, "U0HUBOT").await);
}

/// Every right is asked about as for the commands.
#[tokio::test]
async fn who_has_left_the_organization_finds_nothing_of_it() {
    let world = with_tokens(2, 2).await;
    world.octocat_asks().await;
    world.github().set_membership("acme", "alice", Role::Member, MembershipState::Pending);
    world.github().set_membership("acme", "octocat", Role::Member, MembershipState::Pending);
    world.stage.clock.advance(TimeDelta::minutes(2));

    let alice = opened(&world, "U0ALICE").await;
    let octocat = opened(&world, "U0OCTOCAT").await;

    assert!(
        alice.contains("Nothing that you may decide waits.") && !alice.contains("Never expire"),
        "{alice}"
    );
    assert!(!octocat.contains("mine-0") && !octocat.contains("[Nudge]"), "{octocat}");
    assert!(octocat.contains("you are not an active member of it"), "{octocat}");
}

#[tokio::test]
async fn what_can_not_be_told_is_said() {
    let world = with_tokens(1, 0).await;
    world.octocat_asks().await;
    github_does_not_tell(&world, "/memberships/");
    world.stage.clock.advance(TimeDelta::minutes(2));

    let octocat = opened(&world, "U0OCTOCAT").await;

    assert!(
        octocat.contains("Whether there is more that you may decide can't be told right now"),
        "{octocat}"
    );
    assert!(octocat.contains("What is yours in acme can't be told right now"), "{octocat}");
    assert!(!octocat.contains("mine-0") && !octocat.contains("[Details]"), "{octocat}");

    world.github().work_normally();
    world.pass(TimeDelta::minutes(2)).await;
    let octocat = on_screen(&world, "U0OCTOCAT");
    assert!(octocat.contains("mine-0") && !octocat.contains("can't be told"), "by itself: {octocat}");
}

/// Slack keeps what was published: a right of which nobody can tell any more is none, whoever looks.
#[tokio::test]
async fn what_can_not_be_told_any_more_does_not_stay_in_a_home() {
    let world = with_tokens(1, 0).await;
    opened(&world, "U0OCTOCAT").await;
    world.pass(TimeDelta::minutes(16)).await;
    follow(&world).await;
    github_does_not_tell(&world, "/memberships/");
    let before = published(&world).len();

    world.octocat_asks().await;
    follow(&world).await;
    let octocat = on_screen(&world, "U0OCTOCAT");
    assert!(octocat.contains("What is yours in acme can't be told right now"), "{octocat}");
    assert!(!octocat.contains("mine-0"), "{octocat}");
    world.press("U0ALICE", "details").await;
    follow(&world).await;

    assert_eq!(published(&world).len(), before + 1, "said once");
}

/// That something waits in an organization is not for everybody to know.
#[tokio::test]
async fn of_an_organization_that_one_has_nothing_to_do_with_nothing_is_told() {
    let world = with_tokens(1, 0).await;
    world.github().add_organization("octo-org");
    world.github().add_repository("octo-org", "payments-api", true);
    world.github().set_membership("octo-org", "bob", Role::Member, MembershipState::Active);
    world.github().install("octo-org").await;
    world.quiet().await;
    let wish = NewRequest {
        organization: "octo-org".to_owned(),
        owner: "bob".to_owned(),
        repositories: Repositories::All,
        ..push_to_payments(&world.stage.clock)
    };
    world.github().request_token(wish).await;
    world.quiet().await;
    github_does_not_tell(&world, "/orgs/octo-org/");
    world.stage.clock.advance(TimeDelta::minutes(2));

    let octocat = opened(&world, "U0OCTOCAT").await;

    assert!(octocat.contains("mine-0"), "{octocat}");
    assert!(octocat.contains("Whether there is more that you may decide can't be told"), "{octocat}");
    assert!(!octocat.contains("octo-org"), "{octocat}");
}

/// What could not be told is looked up again ever more seldom, and not with what GitHub has left for requests.
#[tokio::test]
async fn what_could_not_be_told_is_looked_up_again_within_bounds() {
    let world = with_tokens(1, 0).await;
    github_does_not_tell(&world, "/memberships/octocat");
    world.stage.clock.advance(TimeDelta::minutes(2));
    opened(&world, "U0OCTOCAT").await;
    let asked =
        || world.github().calls().iter().filter(|call| call.path.ends_with("/memberships/octocat")).count();

    let mut looks = vec![];
    for _ in 0..12 {
        let before = asked();
        world.pass(TimeDelta::minutes(1)).await;
        looks.push(asked() > before);
    }
    let looked = |(minute, has_looked): (usize, &bool)| has_looked.then_some(minute + 1);
    assert_eq!(looks.iter().enumerate().filter_map(looked).collect::<Vec<_>>(), [1, 3, 7]);

    let app = &world.running.as_ref().unwrap().app;
    let next = async |hourly: u64| {
        world.github().work_normally();
        world.github().allow_hourly(hourly);
        world.octocat_asks().await;
        github_does_not_tell(&world, "/memberships/octocat");
        opened(&world, "U0OCTOCAT").await;
        let jobs = app.store.next_jobs(world.stage.clock.now()).await.unwrap();
        jobs.into_iter().find(|(kind, _)| kind == "home").map(|(_, at)| at - world.stage.clock.now())
    };
    assert_eq!(next(1_000).await, Some(TimeDelta::minutes(1)));
    world.pass(TimeDelta::minutes(16)).await;
    assert_eq!(next(10).await, Some(TimeDelta::hours(1)), "then it is closed");
}

/// Details of a request and of a token open on the spot; there is no message beside which they could stand.
#[tokio::test]
async fn buttons_in_the_home_open_windows() {
    let world = with_tokens(1, 0).await;
    world.octocat_asks().await;
    let card = world.card();
    opened(&world, "U0OCTOCAT").await;
    let app = &world.running.as_ref().unwrap().app;
    let grant = world.github().grants("acme")[0].id;
    let token = app.store.tokens_by_grant(grant).await.unwrap()[0].token.key.to_string();

    world.slack().press_home("U0OCTOCAT", "details", Some(&world.key_of(&card))).await.unwrap();
    let request = filled(&world, "U0OCTOCAT", "Release bot needs to push tags").await;
    world.slack().press_home("U0OCTOCAT", "details", Some(&token)).await.unwrap();
    let token = filled(&world, "U0OCTOCAT", "octocat's token in acme").await;

    assert!(request.contains("octocat wants to WRITE"), "{request}");
    assert!(token.contains("Name: mine-0"), "{token}");
}

/// From a list in a window one comes to a token and back, and to the next page; each time rights are judged anew.
#[tokio::test]
async fn a_quick_list_opens_in_a_window_and_is_paged_there() {
    let world = with_tokens(1, 30).await;
    opened(&world, "U0ALICE").await;

    world.slack().press_home("U0ALICE", "list_expire_soon", None).await.unwrap();
    let none = filled(&world, "U0ALICE", "No token that you may see fits").await;
    assert!(none.contains("expires<30d · sorted by expiry"), "{none}");
    let first = world.slack().press_home("U0ALICE", "list_never_expire", None).await.unwrap();
    assert!(first.status.is_success());
    world.pass(TimeDelta::days(89)).await;
    opened(&world, "U0ALICE").await;
    world.slack().press_home("U0ALICE", "list_expire_soon", None).await.unwrap();
    let first = filled(&world, "U0ALICE", "31 tokens").await;
    world.slack().press("U0ALICE", "more_tokens").await.unwrap();
    let second = filled(&world, "U0ALICE", "From the start").await;
    world.slack().press("U0ALICE", "details").await.unwrap();
    let one = filled(&world, "U0ALICE", "'s token in acme").await;
    world.slack().close("U0ALICE").await.unwrap();

    assert_ne!(first, second);
    assert!(one.contains("Permissions"), "{one}");
    assert_eq!(filled(&world, "U0ALICE", "31 tokens").await, second, "the list is still below");
}

#[tokio::test]
async fn a_list_from_an_old_home_shows_nothing_to_who_may_not_see_it_any_more() {
    let world = with_tokens(1, 3).await;
    opened(&world, "U0ALICE").await;
    world.github().set_membership("acme", "alice", Role::Member, MembershipState::Pending);
    world.stage.clock.advance(TimeDelta::minutes(2));

    world.slack().press_home("U0ALICE", "list_never_expire", None).await.unwrap();
    let told = filled(&world, "U0ALICE", "member").await;

    assert!(!told.contains("KEY"), "{told}");
}

/// In the home there is no channel to answer in: whoever clicked gets a direct message.
#[tokio::test]
async fn a_nudge_from_the_home_is_answered_by_direct_message() {
    let world = with_tokens(0, 0).await;
    world.octocat_asks().await;
    opened(&world, "U0OCTOCAT").await;
    let before = world.slack().dms("U0OCTOCAT").len();

    world.slack().press_home("U0OCTOCAT", "nudge", None).await.unwrap();
    world.quiet().await;

    let told = world.slack().dms("U0OCTOCAT");
    assert!(told[before..].iter().any(|dm| dm.on_screen().contains("were reminded")), "{told:?}");
    assert!(!on_screen(&world, "U0OCTOCAT").contains("[Nudge]"), "the button is gone at once");
}

#[tokio::test]
async fn homes_that_are_open_follow_what_is_decided() {
    let world = with_tokens(0, 0).await;
    world.octocat_asks().await;
    let [alice, octocat] = [opened(&world, "U0ALICE").await, opened(&world, "U0OCTOCAT").await];
    assert!(alice.contains("wants to WRITE") && octocat.contains("wants to WRITE"), "{alice} {octocat}");
    let before = published(&world).len();

    world.press("U0MONALISA", "approve").await;
    assert_eq!(published(&world).len(), before, "changes are shown together");
    follow(&world).await;

    assert!(on_screen(&world, "U0ALICE").contains("Nothing that you may decide waits."));
    let octocat = on_screen(&world, "U0OCTOCAT");
    assert!(!octocat.contains("Your requests") && octocat.contains("deploy-bot"), "{octocat}");
    assert_eq!(published(&world).len(), before + 2, "once each, and for nobody else");
    let last = published(&world).pop().unwrap();
    assert!(last.body["hash"].is_string(), "what is newer is not overwritten");
}

#[tokio::test]
async fn what_is_equal_is_not_published_again_and_who_looked_long_ago_is_left_alone() {
    let world = with_tokens(0, 0).await;
    opened(&world, "U0ALICE").await;
    opened(&world, "U0BOB").await;
    let before = published(&world).len();

    opened(&world, "U0ALICE").await;
    world.octocat_asks().await;
    follow(&world).await;
    assert_eq!(published(&world).len(), before + 1, "bob's shows nothing else");
    world.pass(TimeDelta::hours(1)).await;
    world.pass(TimeDelta::seconds(1)).await;
    for user in ["U0ALICE", "U0BOB"] {
        assert!(on_screen(&world, user).ends_with("Please open this again to see what is new."), "{user}");
    }
    let before = published(&world).len();
    world.press("U0MONALISA", "approve").await;
    follow(&world).await;
    world.pass(TimeDelta::hours(2)).await;

    assert_eq!(published(&world).len(), before);
    assert!(opened(&world, "U0ALICE").await.contains("Nothing that you may decide waits."));
}

/// Many changes and many people: no more than so many homes, and one round for all changes.
#[tokio::test]
async fn a_flood_of_requests_makes_no_flood_of_homes() {
    let world = with_tokens(0, 0).await;
    for number in 0..40 {
        let user = format!("U0DEV{number}");
        world.slack().add_user(&user, &format!("dev-{number}"));
        opened(&world, &user).await;
    }
    for user in ["U0ALICE", "U0MONALISA"] {
        world.stage.clock.advance(TimeDelta::seconds(1));
        opened(&world, user).await;
    }
    let before = published(&world).len();

    ask_for(&world, 5, "octocat").await;
    ask_for(&world, 5, "hubot").await;
    follow(&world).await;

    let users: Vec<_> = published(&world)[before..]
        .iter()
        .map(|call| call.body["user_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(users, ["U0MONALISA", "U0ALICE"], "once each; nobody else's shows anything else");
    assert_eq!(on_screen(&world, "U0ALICE").matches("wants to WRITE").count(), 10);
}

/// What GitHub still allows is left to requests and decisions; whoever opens their home is served all the same.
#[tokio::test]
async fn where_github_allows_little_more_homes_wait_but_for_who_opens_them() {
    let world = with_tokens(0, 0).await;
    opened(&world, "U0ALICE").await;
    world.github().allow_hourly(10);
    world.octocat_asks().await;
    let before = published(&world).len();

    follow(&world).await;
    assert_eq!(published(&world).len(), before);
    assert!(opened(&world, "U0ALICE").await.contains("wants to WRITE"));

    world.github().allow_hourly(5_000);
    world.press("U0MONALISA", "approve").await;
    follow(&world).await;
    follow(&world).await;
    assert!(on_screen(&world, "U0ALICE").contains("Nothing that you may decide waits."));
}

/// GitHub Enterprise Server grants what its administrators set.
#[tokio::test]
async fn where_less_is_granted_homes_follow_all_the_same() {
    let world = with_tokens(0, 0).await;
    world.github().allow_hourly(1_000);
    opened(&world, "U0ALICE").await;
    world.octocat_asks().await;

    follow(&world).await;

    assert!(on_screen(&world, "U0ALICE").contains("wants to WRITE"));
}

/// However many homes hang, what waits for people goes on.
#[tokio::test]
async fn a_card_is_updated_while_homes_hang() {
    let world = with_tokens(0, 0).await;
    world.octocat_asks().await;
    world.slack().on_call(|method, _| match method {
        "views.publish" => slack::Verdict::Hang,
        _ => slack::Verdict::Continue,
    });
    for number in 0..30 {
        let user = format!("U0DEV{number}");
        world.slack().add_user(&user, &format!("dev-{number}"));
        world.slack().open_home(&user).await.unwrap();
    }

    let card = world.card();
    world.slack().click("U0MONALISA", APPROVALS, &card.ts, "approve").await.unwrap();

    let is_approved = |slack: &slack::Slack| {
        slack.channel(APPROVALS).iter().any(|card| card.on_screen().contains("Approved"))
    };
    world.slack().until(is_approved).await.unwrap();
}

#[tokio::test]
async fn a_home_that_is_open_follows_what_is_read_of_tokens() {
    let world = with_tokens(1, 0).await;
    opened(&world, "U0OCTOCAT").await;
    unannounced(&world, "octocat", "a-new-one");

    world.pass(TimeDelta::minutes(15)).await;
    follow(&world).await;

    assert!(on_screen(&world, "U0OCTOCAT").contains("a-new-one"));
}

/// Another replica, or ourselves before a crash, published something of which nothing is known here.
#[tokio::test]
async fn what_was_published_by_somebody_else_is_replaced_and_nothing_newer_is_lost() {
    let world = with_tokens(1, 0).await;
    opened(&world, "U0OCTOCAT").await;
    world.sql("UPDATE home SET hash = 'of-another-time', rendering = 'of-another-time'").await;

    let shown = opened(&world, "U0OCTOCAT").await;

    assert!(shown.contains("mine-0"), "{shown}");
    let calls = published(&world);
    let errors: Vec<_> = calls.iter().map(|call| call.answer["error"].clone()).collect();
    assert_eq!(errors, [Value::Null, json!("hash_conflict"), Value::Null]);
    assert!(calls[2].body.get("hash").is_none());
}

#[tokio::test]
async fn a_lost_answer_is_no_lost_home() {
    let world = with_tokens(1, 0).await;
    let is_first = std::sync::atomic::AtomicBool::new(true);
    world.slack().on_call(move |method, stage| {
        let is_it = method == "views.publish" && stage == slack::Stage::After;
        match is_it && is_first.swap(false, std::sync::atomic::Ordering::SeqCst) {
            true => slack::Verdict::Reset,
            false => slack::Verdict::Continue,
        }
    });

    opened(&world, "U0OCTOCAT").await;
    world.pass(TimeDelta::minutes(1)).await;

    assert_eq!(published(&world).len(), 2, "it is published once more");
    assert!(on_screen(&world, "U0OCTOCAT").contains("mine-0"));
}

#[tokio::test]
async fn another_workspaces_event_and_the_other_tab_publish_nothing() {
    let world = with_tokens(1, 0).await;

    let other_tab = world.slack().open_tab("U0OCTOCAT", "messages").await.unwrap();
    let envelope = json!({
        "type": "event_callback", "team_id": "T0OTHER", "api_app_id": world.slack().app().id,
        "event": { "type": "app_home_opened", "user": "U0OCTOCAT", "tab": "home" },
    });
    let body = envelope.to_string();
    let foreign = world
        .slack()
        .signed_post("/slack/events", "application/json", body.as_bytes(), |_| {})
        .await
        .unwrap();
    world.quiet().await;

    assert!(other_tab.status.is_success() && foreign.status.is_success());
    assert!(published(&world).is_empty() && world.slack().home("U0OCTOCAT").is_none());
    let recorded = audit_log::told(&world).await;
    assert!(recorded.contains("click.refused by U0OCTOCAT: refused: other_workspace"), "{recorded}");
}

/// How old it is changes with every reading, and is no news to anybody; who opens it is told.
#[tokio::test]
async fn what_has_only_become_older_is_not_published_again_nor_recorded() {
    let world = with_tokens(1, 0).await;
    let opened_first = opened(&world, "U0OCTOCAT").await;
    let before = published(&world).len();

    world.pass(TimeDelta::minutes(15)).await;
    follow(&world).await;
    assert_eq!(published(&world).len(), before);
    unannounced(&world, "octocat", "a-new-one");
    world.pass(TimeDelta::minutes(15)).await;
    follow(&world).await;
    assert_eq!(published(&world).len(), before + 1);
    let recorded = audit_log::told(&world).await;
    assert_eq!(recorded.matches("tokens.listed by U0OCTOCAT").count(), 1, "{recorded}");

    let opened_again = opened(&world, "U0OCTOCAT").await;
    assert_ne!(opened_first, opened_again);
    let recorded = audit_log::told(&world).await;
    assert_eq!(recorded.matches("tokens.listed by U0OCTOCAT").count(), 2, "{recorded}");
}

#[tokio::test]
async fn who_takes_a_link_away_loses_at_once_what_stood_there_by_it() {
    for was_not_me in [false, true] {
        let world = World::start_with_sign_in(|_| {}).await;
        world.visitor("U0HUBOT", "hubot").links(&ticket(&world, "U0HUBOT").await).await;
        world.quiet().await;
        let dm = world.slack().dms("U0HUBOT").pop().unwrap();
        assert!(!opened(&world, "U0HUBOT").await.contains("not linked"));

        match was_not_me {
            true => drop(world.slack().click_as_seen("U0HUBOT", &dm, "unlink").await.unwrap()),
            false => drop(told(&world, "U0HUBOT", "/pat unlink").await),
        }
        world.quiet().await;

        let hubot = on_screen(&world, "U0HUBOT");
        assert!(hubot.contains("You are not linked to a GitHub account"), "{was_not_me}: {hubot}");
    }
}

#[tokio::test]
async fn who_has_left_a_team_loses_what_stood_there_by_it() {
    let mut world = World::closed().await;
    world.github().set_team("acme", "security", &["bob"]);
    world.configure(|text| {
        *text = text.replace(r#"["alice", "monalisa"]"#, r#"["github-team:acme/security"]"#)
    });
    world.open(Probe::default()).await;
    world.quiet().await;
    world.octocat_asks().await;
    assert!(opened(&world, "U0BOB").await.contains("wants to WRITE"));
    follow(&world).await;

    let team = world.github().set_team("acme", "security", &[]);
    world.github().tell_of_team(team.id, "removed", "bob").await;
    world.quiet().await;
    world.pass(TimeDelta::minutes(1)).await;
    world.pass(TimeDelta::seconds(1)).await;

    let bob = on_screen(&world, "U0BOB");
    assert!(bob.contains("Nothing that you may decide waits."), "{bob}");
}

#[tokio::test]
async fn what_new_rules_take_away_does_not_stay() {
    let world = with_tokens(0, 3).await;
    assert!(opened(&world, "U0ALICE").await.contains("[Never expire]"));
    follow(&world).await;

    world.configure(|text| *text = text.replace("members = [\"alice\"]", "members = [\"bob\"]"));
    reload(&world).await;
    world.pass(TimeDelta::minutes(1)).await;
    world.pass(TimeDelta::seconds(1)).await;

    assert!(!on_screen(&world, "U0ALICE").contains("[Never expire]"));
}

/// The operators hear of it once, however many people open theirs; nobody's is tried again before they do.
#[tokio::test]
async fn a_home_tab_that_is_off_is_told_to_the_operators_once() {
    let world = with_tokens(1, 0).await;
    let heard = operators_heard(&world).len();
    let answer = |error: &'static str| {
        move |method: &str, stage| match method == "views.publish" && stage == slack::Stage::Before {
            true => slack::Verdict::Answer(StatusCode::OK, json!({ "ok": false, "error": error })),
            false => slack::Verdict::Continue,
        }
    };
    world.slack().on_call(answer("not_enabled"));
    for user in ["U0ALICE", "U0BOB", "U0OCTOCAT"] {
        world.slack().open_home(user).await.unwrap();
        world.quiet().await;
    }
    let tried = published(&world).len();
    world.octocat_asks().await;
    follow(&world).await;
    assert_eq!(published(&world).len(), tried, "nobody is followed");
    assert_snapshot!(operators_heard(&world)[heard..].join("\n"), @"The Home of the Slack app can't be shown: its tab is switched off. Please switch it on in the app's settings, under App Home; nothing else depends on it.");

    world.slack().work_normally();
    assert!(opened(&world, "U0OCTOCAT").await.contains("mine-0"));
    assert_snapshot!(operators_heard(&world)[heard + 1..].join("\n"), @"The Home of the Slack app can be shown again.");

    world.slack().on_call(answer("invalid_blocks"));
    for user in ["U0ALICE", "U0BOB", "U0ALICE"] {
        world.slack().open_home(user).await.unwrap();
        world.quiet().await;
    }
    assert_snapshot!(operators_heard(&world)[heard + 2..].join("\n"), @"Slack does not take what the Home is to show to somebody: invalid_blocks. Please report this to Countersign's maintainers.");
}

/// Both ways lead to the window of revocations, and what is gone is not offered any more.
#[tokio::test]
async fn what_is_ones_own_is_given_up_from_the_home_and_from_the_list() {
    let world = with_tokens(2, 0).await;
    opened(&world, "U0OCTOCAT").await;
    let gives_up = async || {
        world.slack().until(|slack| slack.modal("U0OCTOCAT").is_some()).await.unwrap();
        let view = render(&world.filled_modal("U0OCTOCAT").await["blocks"]);
        assert!(view.contains("You are about to revoke 1 token:"), "{view}");
        assert!(world.submit("U0OCTOCAT", &[]).await.status.is_success());
        for _ in 0..8 {
            world.pass(TimeDelta::seconds(2)).await;
        }
    };

    world.slack().press_home("U0OCTOCAT", "revoke", None).await.unwrap();
    gives_up().await;
    assert_eq!(world.github().grants("acme").len(), 1);
    let octocat = on_screen(&world, "U0OCTOCAT");
    assert_eq!(octocat.matches("[Give up…]").count(), 1, "at once: {octocat}");

    while world.slack().modal("U0OCTOCAT").is_some() {
        world.slack().close("U0OCTOCAT").await.unwrap();
    }
    crate::tokens::answer(&world, "U0OCTOCAT", "/pat mine").await;
    world.slack().click_ephemeral("U0OCTOCAT", "revoke").await.unwrap();
    gives_up().await;
    assert!(world.github().grants("acme").is_empty());
    assert!(!on_screen(&world, "U0OCTOCAT").contains("[Give up…]"));
}
