//! People link their accounts themselves; and everything that must not make a link.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use countersign::demo::{APPROVALS, OPERATORS};
use countersign::ids::{GitHubUserId, RequestId};
use countersign::simulator::github::{Action, NewRequest, Verdict as GitHubVerdict};
use countersign::simulator::outbound::Answer;
use countersign::simulator::slack::Verdict;
use countersign::store::Probe;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::audit_log;
use crate::support::visitor::{PUBLIC, Visitor, link_on, token_on, words};
use crate::support::{World, push_to_payments};

/// What a command answers.
pub(crate) async fn told(world: &World, user: &str, line: &str) -> countersign::simulator::slack::Ephemeral {
    let before = world.slack().ephemerals(user).len();
    let command = world.slack().command(user, APPROVALS, line).await.unwrap();
    assert!(command.answer.status.is_success(), "{:?}", command.answer);
    world.slack().until(|slack| slack.ephemerals(user).len() > before).await.unwrap();
    world.slack().ephemerals(user).pop().unwrap()
}

/// The address behind the one button that leads somewhere.
pub(crate) fn address_on(blocks: &Value) -> String {
    let elements = blocks.as_array().unwrap().iter().flat_map(|block| block["elements"].as_array().cloned());
    let url = elements.flatten().find_map(|element| element["url"].as_str().map(str::to_owned));
    url.unwrap_or_else(|| panic!("no address: {blocks}"))
}

pub(crate) async fn ticket(world: &World, user: &str) -> String {
    let address = address_on(&told(world, user, "/pat link").await.blocks);
    assert!(address.starts_with(&format!("{PUBLIC}/link/")), "{address}");
    address
}

async fn is_linked(world: &World, slack: &str) -> bool {
    let store = &world.running.as_ref().unwrap().app.store;
    store.self_link_of(&countersign::ids::SlackUserId::new(slack)).await.unwrap().is_some()
}

/// After a refusal: nobody is linked, nobody was told of a link, it stands in the record, and the address is of no use.
async fn came_to_nothing(world: &World, slack: &str, address: &str, reason: &str) {
    world.quiet().await;
    assert!(!is_linked(world, slack).await, "{slack} is linked");
    let record = audit_log::told(world).await;
    assert!(record.contains(&format!("link.refused by {slack}: refused: {reason}")), "{record}");
    assert!(!record.contains("link.made"), "{record}");
    assert!(world.slack().dms(slack).is_empty(), "{slack} was told");
    assert_eq!(world.github().count_user_tokens(), 0);
    let again = world.visitor(slack, "hubot").open(address).await;
    assert_eq!(again.status, StatusCode::GONE, "{}", words(&again));
}

async fn hubot() -> World {
    World::start_with_sign_in(|_| {}).await
}

#[tokio::test]
async fn somebody_links_their_accounts_and_decides_a_day_later() {
    let world = hubot().await;
    let request = world.octocat_asks().await;
    let offer = told(&world, "U0HUBOT", "/pat link").await;
    assert_snapshot!("offer", offer.on_screen());
    let address = address_on(&offer.blocks);
    let mut browser = world.visitor("U0HUBOT", "hubot");

    let begin = browser.open(&address).await;
    assert_snapshot!("begin", words(&begin));
    let page = browser.go(&link_on(&begin).unwrap()).await;
    assert_eq!(browser.at, format!("{PUBLIC}/link/confirm"), "a code is left in the address");
    let number = world.github().add_user("hubot").id.to_string();
    assert_snapshot!("confirm", words(&page).replace(&number, "NUMBER"));
    assert!(!is_linked(&world, "U0HUBOT").await, "linked before it was confirmed");
    let done = browser.send(&page).await;
    assert_snapshot!("linked", words(&done));
    world.quiet().await;

    assert!(browser.cookies.is_empty());
    assert_eq!(world.github().count_user_tokens(), 0, "a token is left");
    let dm = world.slack().dms("U0HUBOT").pop().unwrap();
    assert_snapshot!("linked_dm", dm.on_screen().replace(&number, "NUMBER"));
    let whoami = told(&world, "U0HUBOT", "/pat whoami").await.on_screen();
    assert_snapshot!("whoami_new", whoami.replace(&number, "NUMBER"));
    let again = told(&world, "U0HUBOT", "/pat link").await.on_screen();
    assert_snapshot!(again, @"You are linked to the GitHub account hubot. To link another one, type /pat unlink first.");
    let record = audit_log::told(&world).await;
    assert!(record.contains("link.asked by U0HUBOT: done"), "{record}");
    assert!(record.contains("link.made by U0HUBOT: done"), "{record}");

    world.press("U0HUBOT", "approve").await;
    assert!(
        world.told_alone("U0HUBOT").contains("less than 24 hours ago"),
        "{}",
        world.told_alone("U0HUBOT")
    );
    world.pass(TimeDelta::hours(23)).await;
    world.press("U0HUBOT", "approve").await;
    assert!(world.github().is_pending(request));
    world.pass(TimeDelta::hours(1)).await;
    world.press("U0HUBOT", "approve").await;
    assert_eq!(world.github().decision_on(request).unwrap().action, Action::Approve);
    assert!(!told(&world, "U0HUBOT", "/pat whoami").await.on_screen().contains("The link is new"));
}

#[tokio::test]
async fn a_new_link_counts_at_once_where_it_takes_away_and_stays_after_it_ended() {
    let world = hubot().await;
    let address = ticket(&world, "U0HUBOT").await;
    world.visitor("U0HUBOT", "hubot").links(&address).await;
    let new = NewRequest { owner: "hubot".to_owned(), ..push_to_payments(&world.stage.clock) };
    let request = world.github().request_token(new).await;
    world.quiet().await;

    assert_eq!(world.slack().dms("U0HUBOT").len(), 2, "the requester was not told");
    world.press("U0HUBOT", "approve").await;
    assert!(world.told_alone("U0HUBOT").contains("This is your own request"));
    let unlinked = told(&world, "U0HUBOT", "/pat unlink").await.on_screen();
    assert_snapshot!(unlinked, @"You are not linked to the GitHub account hubot any more. What it asked for stays your own request.");

    let carol = world.visitor("U0HUBOT", "carol").links(&ticket(&world, "U0HUBOT").await).await;
    assert_eq!(carol.status, StatusCode::OK, "{}", words(&carol));
    world.pass(TimeDelta::hours(25)).await;
    world.press("U0HUBOT", "approve").await;

    assert!(world.github().is_pending(request));
    let record = audit_log::told(&world).await;
    assert!(record.contains("link.ended by U0HUBOT: done"), "{record}");
    let refusals: Vec<_> = record.lines().filter(|line| line.contains("click.refused by U0HUBOT")).collect();
    assert!(refusals.iter().all(|line| line.contains("own-request")), "{refusals:?}");
}

#[tokio::test]
async fn this_was_not_me_ends_the_link_and_calls_the_operators() {
    let world = hubot().await;
    world.visitor("U0HUBOT", "hubot").links(&ticket(&world, "U0HUBOT").await).await;
    world.quiet().await;
    let dm = world.slack().dms("U0HUBOT").pop().unwrap();

    world.slack().click_as_seen("U0HUBOT", &dm, "unlink").await.unwrap();
    world.quiet().await;

    assert!(!is_linked(&world, "U0HUBOT").await);
    assert_snapshot!("not_me", world.told_alone("U0HUBOT"));
    assert_snapshot!("not_me_operators", world.slack().channel(OPERATORS).pop().unwrap().on_screen());
    let record = audit_log::told(&world).await;
    assert!(record.contains("link.ended by U0HUBOT: they say that they did not make it"), "{record}");

    // The same old button ends no later link to another account.
    world.visitor("U0HUBOT", "carol").links(&ticket(&world, "U0HUBOT").await).await;
    world.slack().click_as_seen("U0HUBOT", &dm, "unlink").await.unwrap();
    world.quiet().await;
    assert!(is_linked(&world, "U0HUBOT").await);
}

#[tokio::test]
async fn the_button_of_a_refusal_offers_the_same() {
    let world = hubot().await;
    world.octocat_asks().await;
    world.press("U0HUBOT", "approve").await;

    world.slack().click_ephemeral("U0HUBOT", "link").await.unwrap();
    let view = world.filled_modal("U0HUBOT").await;

    assert_eq!(view["callback_id"], "link");
    let done = world.visitor("U0HUBOT", "hubot").links(&address_on(&view["blocks"])).await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(is_linked(&world, "U0HUBOT").await);
}

#[tokio::test]
async fn who_is_in_the_mapping_links_and_unlinks_nothing() {
    let world = hubot().await;

    assert_snapshot!(told(&world, "U0ALICE", "/pat link").await.on_screen(), @"You are linked to the GitHub account alice by Countersign's configuration. If that is wrong, its operators can change it.");
    assert_snapshot!(told(&world, "U0ALICE", "/pat unlink").await.on_screen(), @"You are linked to the GitHub account alice by Countersign's configuration. Only its operators can change that.");
    assert_snapshot!(told(&world, "U0HUBOT", "/pat unlink").await.on_screen(), @"You have made no link to a GitHub account, so there is nothing to take away.");
}

#[tokio::test]
async fn without_sign_in_the_operators_are_named() {
    let world = World::start().await;
    world.slack().add_user("U0HUBOT", "hubot");

    assert_snapshot!(told(&world, "U0HUBOT", "/pat link").await.on_screen(), @"Linking your accounts yourself is not set up here. Please ask the operators of Countersign to add your GitHub login and your Slack id U0HUBOT to [people] in its configuration. Then press the button again.");
    for path in ["/link/slack?code=x&state=y", "/link/confirm", "/link/abc"] {
        let page = world.visitor("U0HUBOT", "hubot").open(&format!("{PUBLIC}{path}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
    }
}

fn is_guarded(answer: &Answer) {
    let header =
        |name: &str| answer.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default();
    let policy = header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(header("x-frame-options"), "DENY");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-content-type-options"), "nosniff");
    let text = answer.text();
    assert!(!text.contains("<script") && !text.contains("src=") && !text.contains("@import"), "{text}");
}

#[tokio::test]
async fn no_page_can_be_framed_or_kept_or_tells_where_somebody_came_from() {
    let world = hubot().await;
    let mut browser = world.visitor("U0HUBOT", "hubot");
    let begin = browser.open(&ticket(&world, "U0HUBOT").await).await;
    is_guarded(&begin);
    let page = browser.go(&link_on(&begin).unwrap()).await;
    is_guarded(&page);
    is_guarded(&browser.send(&page).await);
    for path in ["/link/slack", "/link/github?state=x", "/link/nothing", "/link/confirm"] {
        is_guarded(&browser.open(&format!("{PUBLIC}{path}")).await);
    }
    is_guarded(&browser.post("x", &[]).await);
}

#[tokio::test]
async fn a_link_that_was_forwarded_links_neither() {
    let world = hubot().await;
    let address = ticket(&world, "U0HUBOT").await;

    // carol opens what hubot, or somebody who holds hubot's Slack user, has sent her.
    let page = world.visitor("U0CAROL", "carol").reaches_confirm(&address).await;

    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_snapshot!("forwarded", words(&page));
    assert!(!is_linked(&world, "U0CAROL").await);
    came_to_nothing(&world, "U0HUBOT", &address, "other_slack_user").await;
}

#[tokio::test]
async fn a_sign_in_that_another_browser_finishes_links_nobody() {
    let world = hubot().await;
    let address = ticket(&world, "U0HUBOT").await;
    let github = world.github().api_url().to_owned();
    let mut attacker = world.visitor("U0HUBOT", "hubot");
    let to_github = attacker.go_until(&address, &github).await;

    // The owner is sent straight to GitHub, and back, with the attacker's state.
    let mut owner = world.visitor("U0MONALISA", "monalisa");
    let page = owner.go(&to_github).await;

    assert_eq!(page.status, StatusCode::FORBIDDEN);
    came_to_nothing(&world, "U0HUBOT", &address, "other_browser").await;
    let back = attacker.go(&to_github).await;
    assert_eq!(back.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_code_that_was_caught_is_of_no_use_in_another_sign_in() {
    let world = hubot().await;
    let (hubots, carols) = (ticket(&world, "U0HUBOT").await, ticket(&world, "U0CAROL").await);
    let back = format!("{PUBLIC}/link/github");
    let of_carol = world.visitor("U0CAROL", "carol").go_until(&carols, &back).await;
    let mut hubot = world.visitor("U0HUBOT", "hubot");
    let of_hubot = hubot.go_until(&hubots, &back).await;

    // State and cookie are hubot's, the code says carol; GitHub asks for the verifier that belongs to it.
    let page = hubot.go(&of_hubot.replace(code_of(&of_hubot), code_of(&of_carol))).await;

    assert_eq!(page.status, StatusCode::FORBIDDEN);
    came_to_nothing(&world, "U0HUBOT", &hubots, "bad_code").await;
}

fn code_of(url: &str) -> &str {
    url.split_once("code=").unwrap().1.split('&').next().unwrap()
}

#[tokio::test]
async fn a_callback_with_the_state_of_another_ticket_links_nobody() {
    let world = hubot().await;
    let (hubots, carols) = (ticket(&world, "U0HUBOT").await, ticket(&world, "U0CAROL").await);
    let back = format!("{PUBLIC}/link/slack");
    let mut carol = world.visitor("U0CAROL", "carol");
    carol.go_until(&carols, &back).await;
    let mut hubot = world.visitor("U0HUBOT", "hubot");
    let hubots_way_back = hubot.go_until(&hubots, &back).await;

    let page = carol.go(&hubots_way_back).await;

    assert_eq!(page.status, StatusCode::FORBIDDEN);
    came_to_nothing(&world, "U0HUBOT", &hubots, "other_browser").await;
    assert!(!is_linked(&world, "U0CAROL").await);
}

#[tokio::test]
async fn a_step_is_done_once() {
    let world = hubot().await;
    let address = ticket(&world, "U0HUBOT").await;
    let mut browser = world.visitor("U0HUBOT", "hubot");
    let back = browser.go_until(&address, &format!("{PUBLIC}/link/slack")).await;
    assert_eq!(browser.open(&back).await.status, StatusCode::SEE_OTHER);

    let again = browser.open(&back).await;

    assert_eq!(again.status, StatusCode::FORBIDDEN);
    came_to_nothing(&world, "U0HUBOT", &address, "out_of_turn").await;
}

#[tokio::test]
async fn a_used_code_signs_nobody_in() {
    let world = hubot().await;
    let back = format!("{PUBLIC}/link/slack");
    let mut browser = world.visitor("U0HUBOT", "hubot");
    let first = browser.go_until(&ticket(&world, "U0HUBOT").await, &back).await;
    browser.open(&first).await;
    let address = ticket(&world, "U0HUBOT").await;
    let second = browser.go_until(&address, &back).await;

    let page = browser.open(&second.replace(code_of(&second), code_of(&first))).await;

    assert_eq!(page.status, StatusCode::FORBIDDEN);
    came_to_nothing(&world, "U0HUBOT", &address, "bad_code").await;
}

#[tokio::test]
async fn without_the_very_cookie_nobody_goes_on() {
    type Spoil = fn(&mut Visitor<'_>);
    let spoils: [Spoil; 3] = [
        |browser| browser.cookies.clear(),
        |browser| {
            for value in browser.cookies.values_mut() {
                let last = if value.ends_with('0') { "1" } else { "0" };
                value.replace_range(value.len() - 1.., last);
            }
        },
        |browser| {
            let cookies = std::mem::take(&mut browser.cookies);
            browser.cookies =
                cookies.into_iter().map(|(name, value)| (name.replace("__Host-", ""), value)).collect();
        },
    ];
    for spoil in spoils {
        for step in ["/link/slack", "/link/github"] {
            let world = hubot().await;
            let address = ticket(&world, "U0HUBOT").await;
            let mut browser = world.visitor("U0HUBOT", "hubot");
            let back = browser.go_until(&address, &format!("{PUBLIC}{step}")).await;
            spoil(&mut browser);

            let page = browser.open(&back).await;

            assert_eq!(page.status, StatusCode::FORBIDDEN, "{step}");
            came_to_nothing(&world, "U0HUBOT", &address, "other_browser").await;
        }
    }
}

#[tokio::test]
async fn a_form_that_is_not_ours_confirms_nothing() {
    for (token, headers) in [
        ("", &[][..]),
        ("00", &[]),
        ("right", &[("origin", "https://evil.example")][..]),
        ("right", &[("origin", "https://countersign.example.com.evil.example")]),
        ("right", &[("origin", "null"), ("sec-fetch-site", "cross-site")]),
        ("right", &[("sec-fetch-site", "same-site")]),
    ] {
        let world = hubot().await;
        let address = ticket(&world, "U0HUBOT").await;
        let mut browser = world.visitor("U0HUBOT", "hubot");
        let page = browser.reaches_confirm(&address).await;
        let right = token_on(&page).unwrap();

        let answer = browser.post(if token == "right" { &right } else { token }, headers).await;

        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{token} {headers:?}");
        came_to_nothing(&world, "U0HUBOT", &address, "forged_form").await;
    }
}

#[tokio::test]
async fn a_form_without_the_cookie_confirms_nothing_and_spoils_nothing() {
    let world = hubot().await;
    let mut browser = world.visitor("U0HUBOT", "hubot");
    let page = browser.reaches_confirm(&ticket(&world, "U0HUBOT").await).await;
    let token = token_on(&page).unwrap();

    // As a stranger's page would have it sent: SameSite keeps the cookie back.
    let answer = world.visitor("U0HUBOT", "hubot").post(&token, &[("origin", "https://evil.example")]).await;

    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!is_linked(&world, "U0HUBOT").await);
    assert_eq!(browser.send(&page).await.status, StatusCode::OK);
    assert!(is_linked(&world, "U0HUBOT").await);
    // And it was good for once.
    assert_eq!(browser.send(&page).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_account_that_is_somebodys_is_not_taken() {
    for (github, reason) in [("alice", "taken"), ("robot", "machine")] {
        let world =
            World::start_with_sign_in(|config| config.push_str("[machines]\nrobot = \"alice\"\n")).await;
        world.github().add_user("robot");
        let address = ticket(&world, "U0HUBOT").await;

        let page = world.visitor("U0HUBOT", github).reaches_confirm(&address).await;

        assert_eq!(page.status, StatusCode::FORBIDDEN, "{github}");
        came_to_nothing(&world, "U0HUBOT", &address, reason).await;
    }
}

#[tokio::test]
async fn a_reviewed_account_is_not_taken_under_its_new_login_either() {
    let world = hubot().await;
    world.octocat_asks().await;
    // Pins the account.
    world.modal("U0ALICE", "deny").await;
    world.github().rename_user("alice", "alicia");
    let address = ticket(&world, "U0HUBOT").await;

    let page = world.visitor("U0HUBOT", "alicia").reaches_confirm(&address).await;

    assert_eq!(page.status, StatusCode::FORBIDDEN);
    came_to_nothing(&world, "U0HUBOT", &address, "taken").await;
}

#[tokio::test]
async fn one_account_has_one_slack_user_and_one_slack_user_one_account() {
    let world = hubot().await;
    let mut late = world.visitor("U0CAROL", "hubot");
    let carols = ticket(&world, "U0CAROL").await;
    let page = late.reaches_confirm(&carols).await;
    world.visitor("U0HUBOT", "hubot").links(&ticket(&world, "U0HUBOT").await).await;
    assert!(is_linked(&world, "U0HUBOT").await);

    // Looked at both sides before, confirms after.
    let answer = late.send(&page).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!is_linked(&world, "U0CAROL").await);
    let again = world.visitor("U0CAROL", "hubot").reaches_confirm(&ticket(&world, "U0CAROL").await).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN);

    let told = told(&world, "U0HUBOT", "/pat link").await.on_screen();
    assert!(told.contains("/pat unlink first"), "{told}");
    let record = audit_log::told(&world).await;
    assert_eq!(record.matches("link.refused by U0CAROL: refused: taken").count(), 2, "{record}");
    assert_eq!(record.matches("link.made").count(), 1);
}

#[tokio::test]
async fn of_two_who_confirm_one_account_at_once_one_gets_it() {
    let world = hubot().await;
    let (hubots, carols) = (ticket(&world, "U0HUBOT").await, ticket(&world, "U0CAROL").await);
    let (mut hubot, mut carol) = (world.visitor("U0HUBOT", "hubot"), world.visitor("U0CAROL", "hubot"));
    let (one, two) = (hubot.reaches_confirm(&hubots).await, carol.reaches_confirm(&carols).await);

    let (one, two) = tokio::join!(hubot.send(&one), carol.send(&two));

    let mut outcomes = [one.status, two.status];
    outcomes.sort();
    assert_eq!(outcomes, [StatusCode::OK, StatusCode::FORBIDDEN]);
    assert_ne!(is_linked(&world, "U0HUBOT").await, is_linked(&world, "U0CAROL").await);
}

#[tokio::test]
async fn a_new_ticket_takes_the_place_of_the_last() {
    let world = hubot().await;
    let first = ticket(&world, "U0HUBOT").await;
    let second = ticket(&world, "U0HUBOT").await;

    assert_eq!(world.visitor("U0HUBOT", "hubot").open(&first).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.visitor("U0HUBOT", "hubot").links(&second).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_ticket_is_good_for_ten_minutes() {
    let world = hubot().await;
    let address = ticket(&world, "U0HUBOT").await;
    let mut browser = world.visitor("U0HUBOT", "hubot");
    let page = browser.reaches_confirm(&address).await;
    world.pass(TimeDelta::minutes(10)).await;

    let answer = browser.send(&page).await;

    assert_eq!(answer.status, StatusCode::GONE);
    assert_snapshot!("expired", words(&answer));
    came_to_nothing(&world, "U0HUBOT", &address, "expired").await;
}

#[tokio::test]
async fn another_replica_or_a_restart_goes_on_where_it_was() {
    let mut world = hubot().await;
    let address = ticket(&world, "U0HUBOT").await;
    let (cookies, to_github) = {
        let github = world.github().api_url().to_owned();
        let mut browser = world.visitor("U0HUBOT", "hubot");
        let to_github = browser.go_until(&address, &github).await;
        (browser.cookies, to_github)
    };
    world.kill().await;
    world.open(Probe::default()).await;
    world.outlive_leases().await;

    let mut browser = world.visitor("U0HUBOT", "hubot");
    browser.cookies = cookies;
    let page = browser.go(&to_github).await;
    assert_eq!(browser.send(&page).await.status, StatusCode::OK);
    assert!(is_linked(&world, "U0HUBOT").await);
}

#[tokio::test]
async fn when_slack_or_github_is_down_in_the_middle_it_is_said_and_can_be_tried_again() {
    let world = hubot().await;
    let mut browser = world.visitor("U0HUBOT", "hubot");
    let begin = browser.open(&ticket(&world, "U0HUBOT").await).await;
    for method in ["openid.connect.token", "openid.connect.keys", "users.info"] {
        world.slack().on_call(move |called, _| match called == method {
            true => Verdict::Answer(StatusCode::SERVICE_UNAVAILABLE, json!({})),
            false => Verdict::Continue,
        });
        let page = browser.go(&link_on(&begin).unwrap()).await;
        assert_eq!(page.status, StatusCode::BAD_GATEWAY, "{method}");
        assert!(
            words(&page).contains("Slack does not answer at the moment. Nothing is lost"),
            "{}",
            words(&page)
        );
        assert!(link_on(&page).is_some());
    }
    world.slack().work_normally();
    world.github().on_call(|moment| match moment.path.contains("access_token") || moment.path == "/user" {
        true => GitHubVerdict::Answer(StatusCode::BAD_GATEWAY, json!({ "message": "Unicorn!" })),
        false => GitHubVerdict::Continue,
    });
    let page = browser.go(&link_on(&begin).unwrap()).await;
    assert_eq!(page.status, StatusCode::BAD_GATEWAY);
    assert!(words(&page).contains("GitHub does not answer"), "{}", words(&page));
    world.github().work_normally();

    let page = browser.go(&link_on(&page).unwrap()).await;
    assert_eq!(browser.send(&page).await.status, StatusCode::OK, "{}", words(&page));
    assert!(is_linked(&world, "U0HUBOT").await);
}

#[tokio::test]
async fn who_presses_cancel_can_come_again() {
    let world = hubot().await;
    let mut browser = world.visitor("U0HUBOT", "hubot");
    let begin = browser.open(&ticket(&world, "U0HUBOT").await).await;
    browser.declines = true;
    let page = browser.go(&link_on(&begin).unwrap()).await;
    assert_snapshot!("cancelled", words(&page));
    browser.declines = false;

    let page = browser.go(&link_on(&page).unwrap()).await;
    assert_eq!(browser.send(&page).await.status, StatusCode::OK);
}

#[tokio::test]
async fn only_full_members_of_the_workspace_link_their_accounts() {
    type Change = fn(&mut countersign::simulator::slack::User);
    let changes: [Change; 4] = [
        |user| user.deleted = true,
        |user| user.is_restricted = true,
        |user| user.is_ultra_restricted = true,
        |user| user.is_bot = true,
    ];
    for change in changes {
        let world = hubot().await;
        let address = ticket(&world, "U0HUBOT").await;
        world.slack().change_user("U0HUBOT", change).unwrap();

        let page = world.visitor("U0HUBOT", "hubot").reaches_confirm(&address).await;

        assert_eq!(page.status, StatusCode::FORBIDDEN);
        came_to_nothing(&world, "U0HUBOT", &address, "slack_account").await;
    }
}

#[tokio::test]
async fn who_is_deactivated_before_confirming_is_not_linked() {
    let world = hubot().await;
    let address = ticket(&world, "U0HUBOT").await;
    let mut browser = world.visitor("U0HUBOT", "hubot");
    let page = browser.reaches_confirm(&address).await;
    world.slack().change_user("U0HUBOT", |user| user.deleted = true).unwrap();

    assert_eq!(browser.send(&page).await.status, StatusCode::FORBIDDEN);

    came_to_nothing(&world, "U0HUBOT", &address, "slack_account").await;
}

#[tokio::test]
async fn an_identity_that_does_not_hold_links_nobody() {
    type Forge = fn(&mut Value);
    let forgeries: [(Forge, &str); 8] = [
        (|claims| claims["aud"] = json!("999.999"), "untrue_identity"),
        (|claims| claims["iss"] = json!("https://slack.example"), "untrue_identity"),
        (|claims| claims["nonce"] = json!("of another sign-in"), "untrue_identity"),
        (|claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 120), "untrue_identity"),
        (
            |claims| drop(claims.as_object_mut().unwrap().remove("https://slack.com/user_id")),
            "untrue_identity",
        ),
        (|claims| claims["https://slack.com/team_id"] = json!("T0OTHER"), "other_workspace"),
        (
            |claims| drop(claims.as_object_mut().unwrap().remove("https://slack.com/team_id")),
            "other_workspace",
        ),
        (|claims| claims["https://slack.com/user_id"] = json!("U0MONALISA"), "other_slack_user"),
    ];
    for (forge, reason) in forgeries {
        let world = hubot().await;
        world.slack().forge_id_tokens(forge);
        let address = ticket(&world, "U0HUBOT").await;

        let page = world.visitor("U0HUBOT", "hubot").reaches_confirm(&address).await;

        assert_eq!(page.status, StatusCode::FORBIDDEN, "{reason}");
        came_to_nothing(&world, "U0HUBOT", &address, reason).await;
    }
}

#[tokio::test]
async fn an_identity_that_slack_did_not_sign_links_nobody() {
    let world = hubot().await;
    world.slack().sign_id_tokens_by_another_key();
    let address = ticket(&world, "U0HUBOT").await;

    let page = world.visitor("U0HUBOT", "hubot").reaches_confirm(&address).await;

    assert_eq!(page.status, StatusCode::FORBIDDEN);
    came_to_nothing(&world, "U0HUBOT", &address, "untrue_identity").await;
}

#[tokio::test]
async fn a_renamed_account_keeps_its_link_and_who_takes_its_login_gets_nothing() {
    let world = hubot().await;
    world.visitor("U0HUBOT", "hubot").links(&ticket(&world, "U0HUBOT").await).await;
    world.pass(TimeDelta::hours(25)).await;
    world.github().rename_user("hubot", "robot");
    let other: GitHubUserId = world.github().add_user("hubot").id;
    let new = NewRequest { owner: "hubot".to_owned(), ..push_to_payments(&world.stage.clock) };
    let request = world.github().request_token(new).await;
    world.quiet().await;

    assert_eq!(world.slack().dms("U0HUBOT").len(), 1, "a stranger's request was told to who had that login");
    world.press("U0HUBOT", "approve").await;

    let decision = world.github().decision_on(request).expect("robot is no stranger");
    assert_eq!(decision.action, Action::Approve);
    assert!(world.github().login_of(other).is_some());
}

#[tokio::test]
async fn the_mapping_goes_before_a_link_of_ones_own() {
    let mut world = hubot().await;
    world.visitor("U0HUBOT", "hubot").links(&ticket(&world, "U0HUBOT").await).await;
    let request = world.octocat_asks().await;
    world.pass(TimeDelta::hours(25)).await;
    world.kill().await;
    // The reviewers know the account as carol's.
    world.configure(|config| *config = config.replace("people = {", "people = { hubot = \"U0CAROL\","));
    world.open(Probe::default()).await;
    world.outlive_leases().await;
    world.quiet().await;

    world.press("U0HUBOT", "approve").await;

    assert_snapshot!("contradicted", world.told_alone("U0HUBOT"));
    assert!(world.github().is_pending(request));
}

#[tokio::test]
async fn nobody_learns_anything_by_guessing() {
    let world = hubot().await;
    let before = audit_log::told(&world).await;
    for path in [
        "/link/000000000000000000000000000000000000000000000000",
        "/link/..%2f..",
        "/link/slack",
        "/link/slack?state=00000000000000000000000000000000.00&code=x",
        "/link/github?code=x&code=y&state=z",
        "/link/github?error=access_denied",
        "/link/confirm",
    ] {
        let page = world.visitor("U0HUBOT", "hubot").open(&format!("{PUBLIC}{path}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.headers.get(header::SET_COOKIE).is_none());
    }
    assert_eq!(audit_log::told(&world).await, before, "guesses fill the record");
}

#[tokio::test]
async fn who_opened_the_address_too_gets_nothing_once_the_asker_has_signed_in() {
    let world = hubot().await;
    let address = ticket(&world, "U0HUBOT").await;
    // Holds a cookie of the same ticket, and waits for hubot to sign in to Slack.
    let mut watcher = world.visitor("U0CAROL", "carol");
    watcher.open(&address).await;
    let github = world.github().api_url().to_owned();
    let mut hubot = world.visitor("U0HUBOT", "hubot");
    let to_github = hubot.go_until(&address, &github).await;

    for way in [&address, &format!("{PUBLIC}/link/confirm")] {
        assert_eq!(watcher.go(way).await.status, StatusCode::FORBIDDEN, "{way}");
    }
    let page = hubot.go(&to_github).await;
    assert_eq!(watcher.go(&address).await.status, StatusCode::FORBIDDEN);
    assert_eq!(watcher.go(&format!("{PUBLIC}/link/confirm")).await.status, StatusCode::FORBIDDEN);

    // Nor spoils a look what hubot has begun.
    assert_eq!(hubot.send(&page).await.status, StatusCode::OK);
    assert!(is_linked(&world, "U0HUBOT").await);
}

#[tokio::test]
async fn a_form_of_who_opened_the_address_too_confirms_nothing() {
    let world = hubot().await;
    let address = ticket(&world, "U0HUBOT").await;
    let mut watcher = world.visitor("U0CAROL", "carol");
    watcher.open(&address).await;
    let page = world.visitor("U0HUBOT", "hubot").reaches_confirm(&address).await;

    let answer = watcher.send(&page).await;

    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    came_to_nothing(&world, "U0HUBOT", &address, "other_browser").await;
}

#[tokio::test]
async fn a_state_is_good_for_its_browser_and_its_side_alone() {
    type Forge = fn(&str, &str) -> String;
    let forgeries: [(&str, Forge); 3] =
        [("/link/slack", made_up), ("/link/github", made_up), ("/link/github", that_for_slack)];
    for (step, forge) in forgeries {
        let world = hubot().await;
        let address = ticket(&world, "U0HUBOT").await;
        let mut browser = world.visitor("U0HUBOT", "hubot");
        let to_slack = link_on(&browser.open(&address).await).unwrap();
        let back = browser.go_until(&address, &format!("{PUBLIC}{step}")).await;
        let forged = forge(state_of(&back), state_of(&to_slack));

        let page = browser.open(&back.replace(state_of(&back), &forged)).await;

        assert_eq!(page.status, StatusCode::FORBIDDEN, "{step}");
        came_to_nothing(&world, "U0HUBOT", &address, "other_browser").await;
    }
}

fn state_of(url: &str) -> &str {
    url.split_once("state=").unwrap().1.split('&').next().unwrap()
}

/// Whoever knows what the ticket is called still has to make up the rest.
fn made_up(state: &str, _: &str) -> String {
    let (ticket, rest) = state.split_once('.').unwrap();
    format!("{ticket}.{}", "0".repeat(rest.len()))
}

/// It is known already while the browser is with GitHub.
fn that_for_slack(_: &str, of_slack: &str) -> String {
    of_slack.to_owned()
}

#[tokio::test]
async fn when_slack_does_not_tell_who_confirms_nothing_is_linked_before_it_does() {
    let world = hubot().await;
    let mut browser = world.visitor("U0HUBOT", "hubot");
    let page = browser.reaches_confirm(&ticket(&world, "U0HUBOT").await).await;
    world.slack().on_call(|called, _| match called == "users.info" {
        true => Verdict::Answer(StatusCode::SERVICE_UNAVAILABLE, json!({})),
        false => Verdict::Continue,
    });

    assert_eq!(browser.send(&page).await.status, StatusCode::BAD_GATEWAY);
    assert!(!is_linked(&world, "U0HUBOT").await);

    world.slack().work_normally();
    assert_eq!(browser.send(&page).await.status, StatusCode::OK);
    assert!(is_linked(&world, "U0HUBOT").await);
}

/// A world with a request, and hubot linked for longer than a day.
async fn linked_long_ago() -> (World, RequestId) {
    let world = hubot().await;
    world.visitor("U0HUBOT", "hubot").links(&ticket(&world, "U0HUBOT").await).await;
    world.pass(TimeDelta::hours(25)).await;
    let request = world.octocat_asks().await;
    (world, request)
}

#[tokio::test]
async fn while_github_does_not_tell_whose_account_it_is_nothing_is_decided() {
    let (world, request) = linked_long_ago().await;
    let account = format!("/user/{}", world.github().add_user("hubot").id);
    world.github().on_call(move |moment| match moment.path == account {
        true => GitHubVerdict::Answer(StatusCode::BAD_GATEWAY, json!({ "message": "Unicorn!" })),
        false => GitHubVerdict::Continue,
    });

    world.press("U0HUBOT", "approve").await;

    let told = world.told_alone("U0HUBOT");
    assert!(told.starts_with("We could not make sure of your GitHub account"), "{told}");
    assert!(world.github().is_pending(request));
    world.github().work_normally();
    world.press("U0HUBOT", "approve").await;
    assert_eq!(world.github().decision_on(request).unwrap().action, Action::Approve);
}

#[tokio::test]
async fn a_link_makes_nobody_a_member_of_anything() {
    type Change = fn(&World);
    let changes: [(Change, &str); 2] = [
        (|world| world.slack().change_user("U0HUBOT", |user| user.deleted = true).unwrap(), "deactivated"),
        (|world| world.github().remove_member("acme", "hubot"), "not_a_member"),
    ];
    for (change, reason) in changes {
        let (world, request) = linked_long_ago().await;
        let card = world.card();
        change(&world);

        world.slack().click_as_seen("U0HUBOT", &card, "approve").await.unwrap();
        world.quiet().await;

        assert!(world.github().is_pending(request), "{reason}");
        let record = audit_log::told(&world).await;
        assert!(record.contains(&format!("click.refused by U0HUBOT: refused: {reason}")), "{record}");
    }
}
