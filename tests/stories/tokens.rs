//! Active tokens, listed and shown to who may see them, and to nobody else.

use std::process::Output;
use std::sync::Arc;

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::demo::{APPROVALS, ORGANIZATION};
use countersign::ids::GrantId;
use countersign::simulator::github::{MembershipState, NewRequest, Repositories, Role, Stage, Verdict};
use countersign::simulator::slack::{Ephemeral, render};
use countersign::store::Probe;
use insta::assert_snapshot;
use serde_json::Value;
use tokio::sync::Notify;

use crate::audit_log;
use crate::inventory::{every_quarter, unannounced};
use crate::policies;
use crate::support::{World, push_to_payments};

pub(crate) const EVERY: TimeDelta = TimeDelta::minutes(15);

/// alice is a manager; octocat has a token beside `many` others.
async fn with_tokens(many: usize) -> World {
    with_tokens_and(many, |_| {}).await
}

pub(crate) async fn with_tokens_and(many: usize, change: impl FnOnce(&mut String)) -> World {
    let mut world = World::closed().await;
    world.configure(every_quarter);
    world.configure(|config| {
        config.push_str("\n[groups.managers]\nmembers = [\"alice\"]\n");
        change(config);
    });
    world.github().grant_silently(push_to_payments(&world.stage.clock));
    for number in 0..many {
        world.stage.clock.advance(TimeDelta::seconds(1));
        unannounced(&world, &format!("dev-{}", number % 100), &format!("job-{number}"));
    }
    world.open(Probe::default()).await;
    world.quiet().await;
    world
}

/// alice is a manager, and a policy keeps octocat's token from being shown; monalisa has one, too.
pub(crate) async fn with_a_hidden_owner(change: impl FnOnce(&mut String)) -> World {
    with_hidden(r#"resource.owner == "octocat""#, change).await
}

/// The same with all tokens hidden of which this is true.
async fn with_hidden(condition: &str, change: impl FnOnce(&mut String)) -> World {
    let mut world = World::closed().await;
    world.configure(every_quarter);
    world.configure(|config| {
        config.push_str("\n[groups.managers]\nmembers = [\"alice\"]\n");
        change(config);
        config.push_str("\n[policy]\ndirectory = \"policies\"\n");
    });
    let hide = format!(
        r#"@id("hidden") forbid (principal, action == Action::"show", resource is Token)
           when {{ {condition} }};"#
    );
    policies::write(&world, "hidden.cedar", &hide);
    world.github().grant_silently(push_to_payments(&world.stage.clock));
    unannounced(&world, "monalisa", "seen");
    world.open(Probe::default()).await;
    world.quiet().await;
    world
}

/// What a command answers, at once or by its own way back.
pub(crate) async fn answer(world: &World, user: &str, line: &str) -> Ephemeral {
    let before = world.slack().ephemerals(user).len();
    let command = world.slack().command(user, APPROVALS, line).await.unwrap();
    assert!(command.answer.status.is_success(), "{:?}", command.answer);
    world.slack().until(|slack| slack.ephemerals(user).len() > before).await.unwrap();
    world.slack().ephemerals(user).pop().unwrap()
}

/// The list after one of its buttons was pressed.
pub(crate) async fn turned(world: &World, user: &str, button: &str) -> Ephemeral {
    let before = world.slack().ephemerals(user).pop().unwrap();
    world.slack().click_ephemeral(user, button).await.unwrap();
    let is_other = |slack: &countersign::simulator::slack::Slack| {
        slack.ephemerals(user).pop().is_some_and(|now| now.blocks != before.blocks)
    };
    world.slack().until(is_other).await.unwrap();
    world.slack().ephemerals(user).pop().unwrap()
}

/// With keys that are the same each time.
pub(crate) fn readable(seen: &Ephemeral) -> String {
    let is_key = |word: &str| word.len() == 8 && (word.starts_with("t-") || word.starts_with("r-"));
    let words = |line: &str| {
        line.split(' ').map(|word| if is_key(word) { "KEY" } else { word }).collect::<Vec<_>>().join(" ")
    };
    seen.on_screen().lines().map(words).collect::<Vec<_>>().join("\n")
}

/// The keys of the tokens that a list shows.
pub(crate) fn keys(seen: &Ephemeral) -> Vec<String> {
    let blocks = seen.blocks.as_array().unwrap().iter();
    let ids =
        blocks.filter(|block| block["type"] == "actions").filter_map(|block| block["block_id"].as_str());
    ids.filter(|id| id.starts_with("t-")).map(str::to_owned).collect()
}

pub(crate) async fn key_of(world: &World, grant: GrantId) -> String {
    let store = &world.running.as_ref().unwrap().app.store;
    store.tokens_by_grant(grant).await.unwrap()[0].token.key.to_string()
}

#[tokio::test]
async fn a_manager_sees_whose_what_where_and_since_when_it_is_not_used() {
    let world = with_tokens(0).await;
    let token = world.github().grants(ORGANIZATION)[0].access.token;
    world.github().use_token(token, world.stage.clock.now() - TimeDelta::days(3));
    world.pass(EVERY).await;

    let list = answer(&world, "U0ALICE", "/pat list repo:payments-* unused>1d").await;

    assert_snapshot!(readable(&list));
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_are_paged_in_order_and_counted() {
    let world = with_tokens(5_000).await;

    let first = answer(&world, "U0ALICE", "/pat list sort:granted owner:dev-7").await;
    assert!(first.on_screen().starts_with("50 tokens"), "{}", first.on_screen());
    let mut seen = keys(&first);
    for _ in 0..4 {
        seen.extend(keys(&turned(&world, "U0ALICE", "more_tokens").await));
    }

    let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), distinct.len()), (50, 50));
    let last = world.slack().ephemerals("U0ALICE").pop().unwrap();
    assert!(!last.blocks.to_string().contains("more_tokens"), "there is no page behind the last one");
    assert_eq!(keys(&turned(&world, "U0ALICE", "first_tokens").await), keys(&first));
    let all = answer(&world, "U0ALICE", "/pat list").await;
    assert!(all.on_screen().starts_with("5001 tokens"), "{}", all.on_screen());
    let one = answer(&world, "U0ALICE", &format!("/pat show {}", seen[7])).await;
    assert!(one.on_screen().contains("Owner: dev-7,"), "{}", one.on_screen());
    let csv = countersign(&world, &["tokens", "list", "--csv", "--review"]);
    assert_eq!(String::from_utf8_lossy(&csv.stdout).lines().count(), 1 + 5_001);
}

#[tokio::test]
async fn who_is_no_manager_is_told_so_and_nothing_else() {
    let world = with_tokens(3).await;

    let told = answer(&world, "U0BOB", "/pat list").await.on_screen();

    assert_snapshot!(told, @"Nothing gives you the right to see the tokens of acme; members of the group managers have it.");
    let recorded = audit_log::told(&world).await;
    assert!(recorded.contains("tokens.listed by U0BOB: refused: may_not_look"), "{recorded}");
}

#[tokio::test]
async fn rights_are_judged_anew_at_each_page() {
    let world = with_tokens(30).await;
    answer(&world, "U0ALICE", "/pat list").await;
    world.github().set_membership(ORGANIZATION, "alice", Role::Member, MembershipState::Pending);
    world.stage.clock.advance(TimeDelta::minutes(2));

    let next = turned(&world, "U0ALICE", "more_tokens").await;

    assert!(keys(&next).is_empty(), "{}", next.on_screen());
    assert!(next.on_screen().contains("member"), "{}", next.on_screen());
}

#[tokio::test]
async fn a_membership_that_can_not_be_told_shows_nothing() {
    let world = with_tokens(3).await;
    world.github().on_call(|moment| {
        match moment.path.contains("/memberships/") && moment.stage == Stage::Before {
            true => Verdict::Answer(StatusCode::BAD_GATEWAY, Value::Null),
            false => Verdict::Continue,
        }
    });

    let told = answer(&world, "U0ALICE", "/pat list").await;

    assert!(keys(&told).is_empty());
    assert_snapshot!(told.on_screen(), @"We can't tell right now whether you may see tokens (GitHub is not available: 502: Bad Gateway). Please ask again later.");
    // To who has no right by our own record either it is as if a token were not there.
    let grant = world.github().grants(ORGANIZATION)[0].id;
    for command in ["show", "revoke"] {
        let told = said_to(&world, "U0ALICE", &format!("/pat {command} grant:{grant}")).await;
        assert!(told.starts_with("We can't tell right now whether you may"), "{command}: {told}");
        let hidden = said_to(&world, "U0BOB", &format!("/pat {command} grant:{grant}")).await;
        let nothing = said_to(&world, "U0BOB", &format!("/pat {command} grant:1")).await;
        assert_eq!(hidden, nothing, "{command}");
    }
    let recorded = audit_log::told(&world).await;
    let refused = |beginning: &str| {
        let line = format!("{beginning} by U0BOB: refused: cannot_tell");
        recorded.lines().filter(|one| one.starts_with(&line)).count()
    };
    assert_eq!([refused("token.shown"), refused("click.refused")], [1, 1], "{recorded}");
}

/// Slack waits three seconds, and shows an error to whoever was not answered by then.
#[tokio::test]
async fn what_takes_longer_than_slack_waits_is_said_to_and_comes_later() {
    let world = with_tokens(1).await;
    let release = Arc::new(Notify::new());
    let held = release.clone();
    world.github().on_call(move |moment| {
        match moment.path.contains("/memberships/") && moment.stage == Stage::Before {
            true => Verdict::Hold(held.clone()),
            false => Verdict::Continue,
        }
    });

    let first = answer(&world, "U0ALICE", "/pat list").await;
    assert!(first.on_screen().starts_with("Looking…"), "{}", first.on_screen());
    release.notify_one();
    world.slack().until(|slack| slack.ephemerals("U0ALICE").len() > 1).await.unwrap();

    assert_eq!(keys(&world.slack().ephemerals("U0ALICE").pop().unwrap()).len(), 2);
}

#[tokio::test]
async fn a_policy_may_hide_somebodys_tokens_and_they_are_not_counted() {
    let world = with_a_hidden_owner(|_| {}).await;
    let hidden = world.github().grants(ORGANIZATION)[0].id;

    let list = answer(&world, "U0ALICE", "/pat list").await.on_screen();
    let shown =
        answer(&world, "U0ALICE", &format!("/pat show {}", key_of(&world, hidden).await)).await.on_screen();

    assert!(list.starts_with("1 token\n") && !list.contains("octocat"), "{list}");
    assert!(!shown.contains("octocat"), "{shown}");
}

#[tokio::test]
async fn a_filter_that_is_not_understood_is_answered_with_what_was_and_an_example() {
    let world = World::start().await;

    let told = answer(&world, "U0BOB", "/pat list repo:payments-* permision:contents").await;

    assert_snapshot!(told.on_screen());
}

#[tokio::test]
async fn the_filters_are_told_by_help() {
    let world = World::start().await;

    assert_snapshot!(answer(&world, "U0BOB", "/pat help list").await.on_screen());
}

#[tokio::test]
async fn one_token_is_shown_by_each_of_its_names() {
    let world = with_tokens(0).await;
    let grant = world.github().grants(ORGANIZATION)[0].clone();
    let key = key_of(&world, grant.id).await;

    let shown = answer(&world, "U0ALICE", &format!("/pat show {key}")).await;
    for name in [format!("grant:{}", grant.id), format!("token:{}", grant.access.token)] {
        assert_eq!(
            answer(&world, "U0ALICE", &format!("/pat show {name}")).await.blocks,
            shown.blocks,
            "{name}"
        );
    }

    let shown = readable(&shown)
        .replace(&grant.id.to_string(), "GRANT")
        .replace(&grant.access.token.to_string(), "TOKEN");
    assert_snapshot!(shown);
}

#[tokio::test]
async fn a_token_is_shown_with_the_request_that_led_to_it() {
    let world = with_tokens_and(0, |config| config.push_str("\n[[require]]\napprovals = 2\n")).await;
    world.octocat_asks().await;
    let request = world.key_of(&world.card());
    world.press("U0ALICE", "approve").await;
    world.press("U0MONALISA", "approve").await;
    let grant = world.github().grants(ORGANIZATION).last().unwrap().id;

    let shown = answer(&world, "U0ALICE", &format!("/pat show grant:{grant}")).await.on_screen();

    let led =
        format!("`{request}` approved by monalisa, with alice, 23 Nov 2026, 12:00 UTC; led to this token");
    assert!(shown.contains(&led), "{shown}");
}

#[tokio::test]
async fn the_details_button_shows_what_show_does() {
    let world = with_tokens(0).await;
    answer(&world, "U0ALICE", "/pat list").await;

    let details = turned(&world, "U0ALICE", "details").await;

    let grant = world.github().grants(ORGANIZATION)[0].id;
    let shown = answer(&world, "U0ALICE", &format!("/pat show {}", key_of(&world, grant).await)).await;
    assert_eq!(details.blocks, shown.blocks);
}

/// A token for more repositories than a message names shows them page by page, to who may see it at that moment.
#[tokio::test]
async fn many_repositories_are_shown_page_by_page() {
    let mut world = World::closed().await;
    world.configure(every_quarter);
    world.configure(|config| config.push_str("\n[groups.managers]\nmembers = [\"alice\"]\n"));
    let names: Vec<_> = (0..130).map(|number| format!("repo-{number:03}")).collect();
    for name in &names {
        world.github().add_repository(ORGANIZATION, name, true);
    }
    let repositories = Repositories::Subset(names);
    let wish = NewRequest { repositories, ..push_to_payments(&world.stage.clock) };
    let grant = world.github().grant_silently(wish);
    world.open(Probe::default()).await;
    world.quiet().await;

    let first = answer(&world, "U0ALICE", &format!("/pat show grant:{grant}")).await.on_screen();
    let second = turned(&world, "U0ALICE", "next_repositories").await.on_screen();
    let third = turned(&world, "U0ALICE", "next_repositories").await.on_screen();
    let back = turned(&world, "U0ALICE", "previous_repositories").await.on_screen();

    for (page, title, first, last) in [
        (&first, "Repositories 1 to 60 of 130", "acme/repo-000", "acme/repo-059"),
        (&second, "Repositories 61 to 120 of 130", "acme/repo-060", "acme/repo-119"),
        (&third, "Repositories 121 to 130 of 130", "acme/repo-120", "acme/repo-129"),
    ] {
        assert!(page.contains(title) && page.contains(first) && page.contains(last), "{page}");
    }
    assert!(!third.contains("Next repositories") && !first.contains("Previous repositories"));
    assert_eq!(back, second);
    world.github().set_membership(ORGANIZATION, "alice", Role::Member, MembershipState::Pending);
    world.stage.clock.advance(TimeDelta::minutes(2));
    let nothing = turned(&world, "U0ALICE", "next_repositories").await.on_screen();
    assert!(!nothing.contains("acme/repo-"), "{nothing}");
}

/// To others it is as if there were none.
#[tokio::test]
async fn everybody_sees_their_own_token_and_nobody_elses() {
    let world = with_tokens(1).await;
    let grants = world.github().grants(ORGANIZATION);
    let (own, other) = (key_of(&world, grants[0].id).await, key_of(&world, grants[1].id).await);

    let shown = answer(&world, "U0OCTOCAT", &format!("/pat show {own}")).await.on_screen();
    let hidden = answer(&world, "U0OCTOCAT", &format!("/pat show {other}")).await.on_screen();
    let nothing = answer(&world, "U0OCTOCAT", "/pat show t-zzzzzz").await.on_screen();

    assert!(shown.starts_with("octocat's token in acme"), "{shown}");
    assert_eq!(hidden, nothing);
}

#[tokio::test]
async fn what_an_owner_called_a_token_stays_text() {
    let world = World::closed().await;
    let wish = NewRequest {
        token_name: "<!channel> *bold* <https://example.com|x>\nsecond line".to_owned(),
        ..push_to_payments(&world.stage.clock)
    };
    let mut world = world;
    world.configure(|config| config.push_str("\n[groups.managers]\nmembers = [\"alice\"]\n"));
    world.github().grant_silently(wish);
    world.open(Probe::default()).await;
    world.quiet().await;

    let list = answer(&world, "U0ALICE", "/pat list").await;

    let texts = list.blocks.to_string();
    assert!(!texts.contains("mrkdwn"), "{texts}");
    assert!(!list.text.contains("<!channel>"), "{}", list.text);
    assert!(
        list.on_screen().contains("“<!channel> *bold* <https://example.com|x> second line”"),
        "{}",
        list.on_screen()
    );
}

/// Of an organization that was left nothing is shown; of a suspended one that is said; neither spoils the others' list.
#[tokio::test]
async fn an_organization_that_is_suspended_or_was_left_spoils_no_list() {
    let world = with_tokens(1).await;
    for other in ["octo-org", "umbrella"] {
        world.github().add_organization(other);
        world.github().set_membership(other, "alice", Role::Member, MembershipState::Active);
        world.github().install(other).await;
    }
    world.quiet().await;
    world.pass(EVERY).await;
    world.github().suspend(world.github().installation_in("octo-org").unwrap()).await;
    world.github().uninstall(world.github().installation_in("umbrella").unwrap()).await;
    world.quiet().await;

    let list = answer(&world, "U0ALICE", "/pat list").await.on_screen();
    let refused = answer(&world, "U0BOB", "/pat list").await.on_screen();

    assert!(list.starts_with("2 tokens"), "{list}");
    assert!(list.contains("The App is suspended in octo-org: no tokens are shown from there."), "{list}");
    assert!(!list.contains("umbrella"), "{list}");
    assert!(refused.starts_with("Nothing gives you the right to see the tokens of acme"), "{refused}");
}

/// What is said to somebody who looks for tokens, with a modal, too, and after what is then done.
async fn said_to(world: &World, user: &str, line: &str) -> String {
    let before = world.slack().ephemerals(user).len();
    let command = world.slack().command(user, APPROVALS, line).await.unwrap();
    assert!(command.answer.status.is_success(), "{:?}", command.answer);
    if line.starts_with("/pat revoke") {
        world.slack().until(|slack| slack.modal(user).is_some()).await.unwrap();
        let view = world.filled_modal(user).await;
        world.slack().close(user).await.expect("an answer");
        return render(&view["blocks"]);
    }
    world.slack().until(|slack| slack.ephemerals(user).len() > before).await.unwrap();
    world.quiet().await;
    let said = world.slack().ephemerals(user).into_iter().skip(before);
    said.map(|seen| seen.on_screen()).collect::<Vec<_>>().join("\n")
}

/// Whoever may see nothing there does not learn by its being suspended that it is there.
#[tokio::test]
async fn a_suspended_organization_is_named_only_to_who_may_see_something_there() {
    let world = with_tokens_and(1, |config| {
        config.push_str("\n[groups.auditors]\nmembers = [\"alice\"]\n");
    })
    .await;
    // GitHub has told once who octocat is.
    said_to(&world, "U0OCTOCAT", "/pat mine").await;
    world.github().suspend(world.github().installation_in(ORGANIZATION).unwrap()).await;
    world.quiet().await;

    let [own, other] = [0, 1].map(|one| world.github().grants(ORGANIZATION)[one].id);
    let (show_own, show_other) = (format!("/pat show grant:{own}"), format!("/pat show grant:{other}"));
    let [revoke_own, revoke_other] = [own, other].map(|grant| format!("/pat revoke grant:{grant}"));
    let by_filter = ["/pat list", "/pat list org:acme", "/pat export", "/pat revoke owner:dev-0"];

    for line in by_filter.into_iter().chain([show_other.as_str(), &revoke_other]) {
        let to_a_manager = said_to(&world, "U0ALICE", line).await;
        let to_others = said_to(&world, "U0BOB", line).await;

        assert!(to_a_manager.contains("uspended") && to_a_manager.contains("acme"), "{line}: {to_a_manager}");
        assert!(!to_a_manager.contains("dev-0"), "{line}: {to_a_manager}");
        assert!(!to_others.contains("uspended"), "{line}: {to_others}");
        assert!(!to_others.contains("acme"), "{line}: {to_others}");
    }
    for line in ["/pat revoke owner:octocat", &revoke_own] {
        let revoked = said_to(&world, "U0OCTOCAT", line).await;
        assert_eq!(revoked, "Nothing that you may revoke fits. acme: The App is suspended there.", "{line}");
    }
    let shown = said_to(&world, "U0OCTOCAT", &show_own).await;
    assert_eq!(shown, "The App is suspended in acme: no tokens are shown from there.");
    for (line, nowhere) in [(&show_other, "/pat show grant:1"), (&revoke_other, "/pat revoke grant:1")] {
        let hidden = said_to(&world, "U0OCTOCAT", line).await;
        assert_eq!(hidden, said_to(&world, "U0OCTOCAT", nowhere).await, "{line}");
    }
}

/// Who was told of it, and who was not.
#[tokio::test]
async fn who_asks_about_a_suspended_organization_is_on_record() {
    let world =
        with_tokens_and(0, |config| config.push_str("\n[groups.auditors]\nmembers = [\"alice\"]\n")).await;
    world.github().suspend(world.github().installation_in(ORGANIZATION).unwrap()).await;
    world.quiet().await;
    let show = format!("/pat show grant:{}", world.github().grants(ORGANIZATION)[0].id);

    let revoke = show.replace("show", "revoke");
    for line in ["/pat list", "/pat export", &show, &revoke, "/pat revoke owner:octocat"] {
        for user in ["U0ALICE", "U0BOB"] {
            said_to(&world, user, line).await;
        }
    }

    let recorded = audit_log::told(&world).await;
    let looks =
        ["tokens.listed", "tokens.exported", "token.shown", "token.revocation_offered", "click.refused"];
    let looks = recorded.lines().filter(|line| looks.iter().any(|look| line.starts_with(look)));
    assert_snapshot!(looks.collect::<Vec<_>>().join("\n"), @r"
    tokens.listed by U0ALICE: nothing shown: suspended [managers-manage]
    tokens.listed by U0BOB: refused: may_not_look
    tokens.exported by U0ALICE: nothing shown: suspended [auditors-audit]
    tokens.exported by U0BOB: refused: may_not_export
    token.shown by U0ALICE: nothing shown: suspended [auditors-audit, managers-manage]
    token.shown by U0BOB: refused: may_not_look
    token.revocation_offered by U0ALICE: nothing shown: suspended [managers-manage]
    click.refused by U0BOB: refused: unknown_request
    token.revocation_offered by U0ALICE: nothing shown: suspended [managers-manage]
    click.refused by U0BOB: refused: unknown_request
    ");
}

/// Whoever may see a token there and not have it revoked hears of it by looking at it, and that they wanted more is on record.
#[tokio::test]
async fn who_may_only_see_what_is_suspended_hears_nothing_by_wanting_it_revoked() {
    let world =
        with_tokens_and(0, |config| config.push_str("\n[groups.auditors]\nmembers = [\"bob\"]\n")).await;
    world.github().suspend(world.github().installation_in(ORGANIZATION).unwrap()).await;
    world.quiet().await;
    let grant = world.github().grants(ORGANIZATION)[0].id;

    let shown = said_to(&world, "U0BOB", &format!("/pat show grant:{grant}")).await;
    let hidden = said_to(&world, "U0BOB", &format!("/pat revoke grant:{grant}")).await;

    assert_eq!(shown, "The App is suspended in acme: no tokens are shown from there.");
    assert!(audit_log::told(&world).await.ends_with("click.refused by U0BOB: refused: may_not_revoke"));
    assert_eq!(hidden, said_to(&world, "U0BOB", "/pat revoke grant:1").await);
}

/// The right to others' tokens says nothing of one's own where these are forbidden.
#[tokio::test]
async fn who_may_not_revoke_their_own_hears_of_none_that_is_suspended() {
    let mut world = World::closed().await;
    let groups = "\n[groups.managers]\nmembers = [\"octocat\"]\n[policy]\ndirectory = \"policies\"\n";
    world.configure(|config| config.push_str(groups));
    let others_alone = r#"@id("others-alone") forbid (principal, action == Action::"revoke", resource)
                          when { context.isOwn };"#;
    policies::write(&world, "others.cedar", others_alone);
    world.github().grant_silently(push_to_payments(&world.stage.clock));
    world.open(Probe::default()).await;
    world.quiet().await;
    let own = world.github().grants(ORGANIZATION)[0].id;
    let refused = said_to(&world, "U0OCTOCAT", &format!("/pat revoke grant:{own}")).await;
    world.github().suspend(world.github().installation_in(ORGANIZATION).unwrap()).await;
    world.quiet().await;

    let by_grant = said_to(&world, "U0OCTOCAT", &format!("/pat revoke grant:{own}")).await;
    let by_filter = said_to(&world, "U0OCTOCAT", "/pat revoke owner:octocat").await;

    assert_snapshot!(refused, @"The policies do not allow this: others-alone.");
    assert_eq!(by_grant, said_to(&world, "U0OCTOCAT", "/pat revoke grant:1").await);
    assert_eq!(by_filter, "Nothing that you may revoke fits.");
}

/// Also beside what is listed of another one. Who is certainly refused there hears nothing, and is refused nothing that they
/// asked for.
#[tokio::test]
async fn who_hears_of_a_suspended_organization_beside_another_is_on_record() {
    let recorded = listed_beside_another("\"alice\"", ["in acme", "No token that you may see fits\n"]).await;
    assert_snapshot!(recorded, @r"
    tokens.listed by U0ALICE: done [managers-manage, octo-is-open]
    tokens.listed by U0ALICE: nothing shown: suspended [managers-manage]
    tokens.listed by U0BOB: done [octo-is-open]
    ");
    let recorded = listed_beside_another("\"alice\", \"github-team:acme/leads\"", ["in acme", UNSURE]).await;
    assert_snapshot!(recorded, @r"
    tokens.listed by U0ALICE: done [managers-manage, octo-is-open]
    tokens.listed by U0ALICE: nothing shown: suspended [managers-manage]
    tokens.listed by U0BOB: done [octo-is-open]
    tokens.listed by U0BOB: refused: cannot_tell [managers-manage]
    ");
}

/// What is on record once alice and bob, who read this, have listed: everybody may list octo-org, managers also acme, which is
/// suspended.
async fn listed_beside_another(managers: &str, read: [&str; 2]) -> String {
    let mut world = World::closed().await;
    let groups = format!("\n[groups.managers]\nmembers = [{managers}]\n[policy]\ndirectory = \"policies\"\n");
    world.configure(|config| config.push_str(&groups));
    let everybody = r#"@id("octo-is-open") permit (principal, action == Action::"list", resource)
                       when { resource.login == "octo-org" };"#;
    policies::write(&world, "open.cedar", everybody);
    world.github().set_team(ORGANIZATION, "leads", &["monalisa"]);
    world.github().add_organization("octo-org");
    for login in ["alice", "bob"] {
        world.github().set_membership("octo-org", login, Role::Member, MembershipState::Active);
    }
    world.open(Probe::default()).await;
    world.github().install("octo-org").await;
    world.quiet().await;
    world.github().suspend(world.github().installation_in(ORGANIZATION).unwrap()).await;
    world.quiet().await;

    for (user, read) in ["U0ALICE", "U0BOB"].into_iter().zip(read) {
        let told = said_to(&world, user, "/pat list").await;
        assert!(told.contains(read), "{told}");
    }
    let recorded = audit_log::told(&world).await;
    let looks = recorded.lines().filter(|line| line.starts_with("tokens.listed"));
    looks.collect::<Vec<_>>().join("\n")
}

/// What is known of a suspended organization is told beside a refusal in another one.
#[tokio::test]
async fn a_refusal_elsewhere_keeps_nobody_from_hearing_what_is_suspended() {
    let world =
        with_tokens_and(1, |config| config.push_str("\n[groups.auditors]\nmembers = [\"alice\"]\n")).await;
    world.github().add_organization("octo-org");
    world.github().set_membership("octo-org", "alice", Role::Member, MembershipState::Pending);
    world.github().install("octo-org").await;
    world.quiet().await;
    world.pass(EVERY).await;
    world.github().suspend(world.github().installation_in(ORGANIZATION).unwrap()).await;
    world.quiet().await;

    let listed = said_to(&world, "U0ALICE", "/pat list").await;
    let exported = said_to(&world, "U0ALICE", "/pat export").await;
    let revoked = said_to(&world, "U0ALICE", "/pat revoke owner:dev-0").await;

    assert_snapshot!(listed, @"Your GitHub account is not an active member of octo-org, so you can't see its tokens. The App is suspended in acme: no tokens are shown from there.");
    assert_snapshot!(exported, @r"
    You asked for a table of these tokens: all tokens
    I look up what you may export. Then the file comes to you directly, or I tell you why there is none.
    Your GitHub account is not an active member of octo-org, so you can't export its tokens. The App is suspended in acme: no tokens are shown from there.
    ");
    assert_snapshot!(revoked, @"Your GitHub account is not an active member of octo-org, so you can't revoke its tokens. acme: The App is suspended there.");
    for line in ["/pat list", "/pat export", "/pat revoke owner:dev-0"] {
        let to_others = said_to(&world, "U0BOB", line).await;
        assert!(!to_others.contains("uspended") && !to_others.contains("acme"), "{line}: {to_others}");
    }
}

/// Where policies tell owners apart, whoever has the right and is hidden all is refused nothing, and others are.
#[tokio::test]
async fn who_may_revoke_nothing_hears_why_although_owners_are_told_apart() {
    let world = with_a_hidden_owner(|_| {}).await;

    let refused = said_to(&world, "U0BOB", "/pat revoke owner:monalisa").await;
    let hidden = said_to(&world, "U0ALICE", "/pat revoke owner:octocat").await;

    assert_snapshot!(refused, @"Nothing gives you the right to revoke these tokens of acme. Managers may, and owners their own.");
    assert_snapshot!(hidden, @"Nothing that you may revoke fits. As of 23 Nov 2026, 12:00 UTC.");
}

#[tokio::test]
async fn who_is_hidden_everything_hears_nothing_of_it_and_why_they_may_not_elsewhere() {
    let world = with_hidden(r#"resource.owner like "*""#, |_| {}).await;
    let nothing = said_to(&world, "U0ALICE", "/pat revoke owner:monalisa").await;
    world.github().add_organization("octo-org");
    world.github().set_membership("octo-org", "alice", Role::Member, MembershipState::Pending);
    world.github().install("octo-org").await;
    world.quiet().await;
    world.pass(EVERY).await;

    let refused = said_to(&world, "U0ALICE", "/pat revoke owner:monalisa").await;
    world.github().suspend(world.github().installation_in(ORGANIZATION).unwrap()).await;
    world.quiet().await;
    let suspended = said_to(&world, "U0ALICE", "/pat revoke org:acme").await;

    assert_snapshot!(nothing, @"Nothing that you may revoke fits.");
    assert_snapshot!(refused, @"Your GitHub account is not an active member of octo-org, so you can't revoke its tokens.");
    assert_snapshot!(suspended, @"Nothing that you may revoke fits.");
}

/// A prohibition that hangs on a group of GitHub's may concern a manager, too.
#[tokio::test]
async fn who_may_be_forbidden_to_see_a_suspended_organization_does_not_hear_its_name() {
    let mut world = World::closed().await;
    world.configure(every_quarter);
    world.configure(|config| {
        let groups = r#"
            [groups.managers]
            members = ["alice"]
            [groups.contractors]
            members = ["github-team:acme/contractors"]
            [policy]
            directory = "policies"
        "#;
        config.push_str(&groups.replace("            ", ""));
    });
    let forbid = r#"@id("no-contractors") forbid (principal in Group::"contractors",
                    action in [Action::"list", Action::"show", Action::"revoke"], resource);"#;
    policies::write(&world, "contractors.cedar", forbid);
    world.github().set_team(ORGANIZATION, "contractors", &["alice"]);
    world.github().grant_silently(push_to_payments(&world.stage.clock));
    world.open(Probe::default()).await;
    world.quiet().await;
    let grant = world.github().grants(ORGANIZATION)[0].id;
    world.github().suspend(world.github().installation_in(ORGANIZATION).unwrap()).await;
    world.quiet().await;

    let listed = said_to(&world, "U0ALICE", "/pat list").await;

    assert_eq!(listed, UNSURE);
    for line in ["/pat list org:acme", "/pat revoke owner:octocat", &format!("/pat show grant:{grant}")] {
        let said = said_to(&world, "U0ALICE", line).await;
        assert!(!said.contains("uspended") && !said.contains("acme"), "{line}: {said}");
    }
    assert!(!said_to(&world, "U0BOB", "/pat list").await.contains("uspended"));
}

/// A group of GitHub's that gives nobody the right makes nobody unsure.
#[tokio::test]
async fn a_group_on_which_nothing_hangs_there_tells_nobody_that_something_is_suspended() {
    let mut world = World::closed().await;
    world.configure(|config| {
        config.push_str("\n[groups.managers]\nmembers = [\"alice\"]\n");
        config.push_str("\n[groups.auditors]\nmembers = [\"github-owners\"]\n");
    });
    world.open(Probe::default()).await;
    world.quiet().await;
    world.github().suspend(world.github().installation_in(ORGANIZATION).unwrap()).await;
    world.quiet().await;

    let listed = said_to(&world, "U0BOB", "/pat list").await;
    let exported = said_to(&world, "U0BOB", "/pat export").await;

    assert!(!listed.contains("uspended"), "{listed}");
    // Owners may export.
    assert!(exported.contains(UNSURE), "{exported}");
}

const UNSURE: &str =
    "The App is suspended where we can't tell whether you may see tokens: none are shown from there.";

/// Where only GitHub could tell who is a manager there, that is said without its name, and nothing to who guesses it.
#[tokio::test]
async fn where_nobody_can_tell_who_may_see_a_suspended_organization_it_is_not_named() {
    let mut world = World::closed().await;
    world.configure(|config| config.push_str("\n[groups.managers]\nmembers = [\"github-owners\"]\n"));
    world.open(Probe::default()).await;
    world.quiet().await;
    world.github().suspend(world.github().installation_in(ORGANIZATION).unwrap()).await;
    world.quiet().await;

    let all = said_to(&world, "U0ALICE", "/pat list").await;
    let guessed = said_to(&world, "U0ALICE", "/pat list org:acme").await;
    let nowhere = said_to(&world, "U0ALICE", "/pat list org:nowhere").await;

    assert_eq!(all, UNSURE);
    assert_eq!(guessed, nowhere);
    assert_snapshot!(nowhere, @"No tokens are known: no organization like that has been read yet, or you may see nothing there, as far as can be told now.");
}

pub(crate) fn countersign(world: &World, arguments: &[&str]) -> Output {
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_countersign"));
    program.arg("--config").arg(&world.stage.config).args(arguments).output().expect("the program runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_lists_by_the_same_filters_beside_the_service() {
    let world = with_tokens(3).await;
    let wish = NewRequest {
        owner: "bob".to_owned(),
        token_name: "=HYPERLINK(\"x\")".to_owned(),
        ..push_to_payments(&world.stage.clock)
    };
    world.github().grant_silently(wish);
    world.pass(EVERY).await;

    let json = countersign(&world, &["tokens", "list", "owner:bob", "repo:payments-api", "--json"]);
    let csv = countersign(&world, &["tokens", "list", "--csv", "owner:bob"]);
    let lines = countersign(&world, &["tokens", "list", "sort:owner"]);
    let odd = countersign(&world, &["tokens", "list", "onwer:bob"]);

    let tokens: Vec<Value> = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    assert_eq!(tokens[0]["repositories"], serde_json::json!(["acme/payments-api", "acme/payments-web"]));
    assert_eq!(tokens[0]["last_used"], "never");
    let csv = String::from_utf8(csv.stdout).unwrap();
    assert!(csv.lines().nth(1).unwrap().contains("\"'=HYPERLINK(\"\"x\"\")\""), "{csv}");
    assert_eq!(String::from_utf8(lines.stdout).unwrap().lines().count(), 6);
    assert!(String::from_utf8(lines.stderr).unwrap().contains("acme: as of 2026-11-23T12:"));
    assert_eq!(odd.status.code(), Some(2));
    assert!(String::from_utf8(odd.stderr).unwrap().contains("did you mean owner:?"));
}
