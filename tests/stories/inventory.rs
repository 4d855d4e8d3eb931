//! Active tokens are mirrored: none is lost, none vanishes that is there, and what nobody announced is on record once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::audit;
use countersign::demo::{OPERATORS, ORGANIZATION};
use countersign::ids::{GrantId, OrganizationId};
use countersign::request::Repositories;
use countersign::simulator::github::{
    self, Access, Action, Moment, NewRequest, PageShift, Permissions, Stage, Verdict,
};
use countersign::store::{Presence, Probe, Scope, TokenQuestion};
use countersign::token::{Filter, Token};
use serde_json::{Value, json};

use crate::audit_log;
use crate::support::{World, get, push_to_payments};

/// Between two readings, as configured by [`every_quarter`].
const EVERY: TimeDelta = TimeDelta::minutes(15);

const LIST: &str = "/orgs/acme/personal-access-tokens";

pub(crate) fn every_quarter(text: &mut String) {
    *text = text.replace("inventory.every = \"30d\"", "inventory.every = \"15m\"");
}

/// A token of a name that is there and of which nobody tells.
pub(crate) fn unannounced(world: &World, owner: &str, name: &str) -> GrantId {
    world.github().add_user(owner);
    let wish = NewRequest {
        owner: owner.to_owned(),
        token_name: name.to_owned(),
        ..push_to_payments(&world.stage.clock)
    };
    world.github().grant_silently(wish)
}

/// A world in which `many` tokens are active when Countersign is started for the first time.
async fn with_tokens(many: usize) -> (World, Vec<GrantId>) {
    let mut world = World::closed().await;
    world.configure(every_quarter);
    let grants =
        (0..many).map(|number| unannounced(&world, &format!("dev-{}", number % 100), "old")).collect();
    world.open(Probe::default()).await;
    world.quiet().await;
    (world, grants)
}

pub(crate) fn acme(world: &World) -> OrganizationId {
    world.github().repositories(ORGANIZATION)[0].organization
}

/// Everything that a filter finds in acme.
async fn found(world: &World, filter: &str) -> Vec<Token> {
    let app = &world.running.as_ref().unwrap().app;
    let filter: Filter = filter.parse().unwrap();
    let scope = Scope { organizations: [acme(world)].into_iter().collect(), ..Scope::default() };
    let question =
        TokenQuestion { filter: &filter, scope: &scope, now: app.clock.now(), after: None, limit: 10_000 };
    let page = app.store.tokens(&question).await.unwrap();
    assert_eq!(page.count as usize, page.tokens.len());
    page.tokens.into_iter().map(|one| one.token).collect()
}

async fn presence(world: &World, grant: GrantId) -> Option<Presence> {
    let store = &world.running.as_ref().unwrap().app.store;
    store.tokens_by_grant(grant).await.unwrap().first().map(|one| one.presence)
}

async fn recorded(world: &World) -> String {
    let entries = audit_log::told(world).await;
    entries.lines().filter(|line| line.starts_with("token.")).map(|line| format!("{line}\n")).collect()
}

fn is_list(moment: &Moment<'_>) -> bool {
    moment.method == "GET" && moment.path.ends_with("/personal-access-tokens")
}

#[tokio::test]
async fn what_is_there_at_first_is_mirrored_in_silence() {
    let (world, grants) = with_tokens(230).await;

    assert_eq!(found(&world, "").await.len(), grants.len());
    assert_eq!(recorded(&world).await, "");
    assert!(world.slack().channel(OPERATORS).is_empty());
}

#[tokio::test]
async fn what_appears_without_a_request_is_on_record_once() {
    let (world, _) = with_tokens(3).await;
    unannounced(&world, "mallory", "surprise");

    world.pass(EVERY).await;
    world.pass(EVERY).await;

    assert_eq!(found(&world, "owner:mallory surprise").await.len(), 1);
    assert_eq!(recorded(&world).await, "token.appeared by service: appeared without a request we saw\n");
    assert_eq!(audit_log::values(&world, "owner").await, ["mallory"]);
}

/// What somebody refused and is there all the same is a surprise, too.
#[tokio::test]
async fn a_token_that_was_denied_here_and_appears_is_on_record() {
    let (world, _) = with_tokens(0).await;
    let request = world.octocat_asks().await;
    world.press_only("U0ALICE", "deny").await;
    world.filled_modal("U0ALICE").await;
    world.submit("U0ALICE", &[("reason", "not this way")]).await;
    let token = world.github().token_of(request).unwrap();
    world.stage.clock.advance(TimeDelta::minutes(1));
    let again = NewRequest { token: Some(token), ..push_to_payments(&world.stage.clock) };
    world.github().grant_silently(again);

    world.pass(EVERY).await;
    world.pass(EVERY).await;

    assert_eq!(
        recorded(&world).await,
        "token.appeared by service: appeared although no request that could have led to it was approved, as far as we know\n"
    );
}

/// What left GitHub's list of requests without a word may have been approved by then, and explains nothing that is granted
/// long after.
#[tokio::test]
async fn a_token_that_is_granted_long_after_its_request_left_the_list_is_on_record() {
    let mut world = World::closed().await;
    world.configure(every_quarter);
    world.configure(|text| *text = text.replace("reconcile.every = \"30d\"", "reconcile.every = \"15m\""));
    world.open(Probe::default()).await;
    world.quiet().await;
    let request = world.octocat_asks().await;
    world.github().on_call(|moment| {
        match moment.path.ends_with("/personal-access-token-requests") && moment.stage == Stage::Before {
            true => Verdict::Answer(StatusCode::OK, json!([])),
            false => Verdict::Continue,
        }
    });
    for _ in 0..3 {
        world.pass(EVERY).await;
    }
    assert!(world.card().text.contains("GitHub doesn't say how"), "{}", world.card().text);

    let token = world.github().token_of(request);
    world.github().grant_silently(NewRequest { token, ..push_to_payments(&world.stage.clock) });
    world.pass(EVERY).await;

    assert_eq!(
        recorded(&world).await,
        "token.appeared by service: appeared although no request that could have led to it was approved, as far as we know\n"
    );
}

/// Six letters are drawn twice sooner or later: a token gets others then, and no page is lost.
#[tokio::test]
async fn a_key_that_is_taken_is_drawn_anew() {
    let appears = |taken: Option<String>| async move {
        let (world, _) = with_tokens(1).await;
        if let Some(key) = taken {
            world.sql(format!("UPDATE token SET token_key = '{key}'").leak()).await;
        }
        unannounced(&world, "mallory", "surprise");
        world.pass(EVERY).await;
        let found = found(&world, "owner:mallory").await;
        let entries = audit_log::entries(&world).await;
        let recorded = entries.into_iter().find(|entry| entry.action == audit::Action::TokenAppeared);
        (found.first().map(|token| token.key.to_string()), recorded.and_then(|entry| entry.subject.key))
    };
    let (drawn, _) = appears(None).await;
    let drawn = drawn.unwrap();

    let (key, recorded) = appears(Some(drawn.clone())).await;

    let key = key.expect("it is listed at once");
    assert_ne!(key, drawn, "the other token has that one");
    assert_eq!(recorded, Some(key));
}

/// How often a page of the list was answered so.
fn answered(world: &World, status: StatusCode) -> usize {
    let calls = world.github().calls();
    let is_list = |path: &str| path.ends_with("/personal-access-tokens");
    calls.iter().filter(|call| is_list(&call.path) && call.status == Some(status)).count()
}

/// A page that has not changed costs no call, and its tokens were seen all the same.
#[tokio::test]
async fn pages_that_have_not_changed_are_not_told_again() {
    let (world, grants) = with_tokens(250).await;
    let first = answered(&world, StatusCode::OK);

    world.pass(EVERY).await;

    // The last page is told each time: only it says whether another one has come to stand behind it.
    assert_eq!(
        (answered(&world, StatusCode::NOT_MODIFIED), answered(&world, StatusCode::OK)),
        (2, first + 1)
    );
    for grant in &grants {
        assert_eq!(presence(&world, *grant).await, Some(Presence::Active));
    }
    let age = world.running.as_ref().unwrap().app.inventory_age().await.unwrap().unwrap();
    assert_eq!(age, TimeDelta::zero());
}

/// Clocks count finer than databases keep.
#[tokio::test]
async fn pages_are_known_again_whatever_the_fraction_of_the_second() {
    let (world, _) = with_tokens(250).await;
    world.stage.clock.advance(TimeDelta::nanoseconds(123_456_789));
    world.pass(EVERY).await;
    let before = answered(&world, StatusCode::NOT_MODIFIED);

    world.pass(EVERY).await;

    assert_eq!(answered(&world, StatusCode::NOT_MODIFIED), before + 2);
}

/// What was read before the interruption is known again, too.
#[tokio::test]
async fn pages_of_a_reading_that_was_interrupted_are_known_again() {
    let mut world = World::closed().await;
    world.configure(every_quarter);
    world.stage.clock.advance(TimeDelta::nanoseconds(123_456_789));
    for number in 0..450 {
        unannounced(&world, &format!("dev-{}", number % 100), "old");
    }
    let pages = AtomicUsize::new(0);
    world.github().on_call(move |moment| match is_list(&moment) && moment.stage == Stage::Before {
        true if pages.fetch_add(1, Ordering::SeqCst) == 3 => {
            Verdict::Answer(StatusCode::BAD_GATEWAY, json!({ "message": "Server Error" }))
        }
        _ => Verdict::Continue,
    });
    world.open(Probe::default()).await;
    world.quiet().await;
    assert_eq!(found(&world, "").await.len(), 300);
    world.pass(TimeDelta::minutes(5)).await;
    assert_eq!(found(&world, "").await.len(), 450);

    world.pass(EVERY).await;

    assert_eq!(answered(&world, StatusCode::NOT_MODIFIED), 4, "all but the last page");
}

/// GitHub Enterprise Server grants what its administrators set.
#[tokio::test]
async fn where_less_is_granted_a_list_is_read_to_its_end_all_the_same() {
    let mut world = World::closed().await;
    world.configure(every_quarter);
    world.github().allow_hourly(2_000);
    for number in 0..450 {
        unannounced(&world, &format!("dev-{}", number % 100), "old");
    }
    world.open(Probe::default()).await;

    world.quiet().await;

    assert_eq!(found(&world, "").await.len(), 450);
}

/// What costs no call goes on where few are left.
#[tokio::test]
async fn pages_that_have_not_changed_hold_up_no_reading() {
    let (world, _) = with_tokens(250).await;
    world.github().allow_hourly(300);

    world.pass(EVERY).await;

    assert_eq!(answered(&world, StatusCode::NOT_MODIFIED), 2);
    let age = world.running.as_ref().unwrap().app.inventory_age().await.unwrap().unwrap();
    assert_eq!(age, TimeDelta::zero());
}

/// What goes shifts all that come behind it; nothing of that is lost among pages that are not told.
#[tokio::test]
async fn what_changes_on_a_page_is_told_and_what_goes_is_gone() {
    let (world, grants) = with_tokens(350).await;
    world.pass(EVERY).await;
    world.github().end_grant(grants[150]);
    let used = world.github().grants(ORGANIZATION)[20].clone();
    world.github().use_token(used.access.token, world.stage.clock.now());
    unannounced(&world, "mallory", "surprise");

    world.pass(EVERY).await;

    assert_eq!(presence(&world, grants[150]).await, Some(Presence::Gone));
    assert_eq!(found(&world, "").await.len(), 350);
    assert_eq!(found(&world, "owner:mallory surprise").await.len(), 1);
    let at = found(&world, "").await.into_iter().find(|token| token.grant == used.id).unwrap().used;
    assert_eq!(at, countersign::token::Use::At(world.stage.clock.now() - EVERY));
    let before = answered(&world, StatusCode::NOT_MODIFIED);
    world.pass(EVERY).await;
    assert!(
        answered(&world, StatusCode::NOT_MODIFIED) >= before + 3,
        "all but the last page are as they were"
    );
}

/// What the mirror holds may be another replica's: what this process has read before says nothing then.
#[tokio::test]
async fn what_another_reading_found_meanwhile_is_asked_for_as_a_whole() {
    let (world, grants) = with_tokens(250).await;
    world.sql("UPDATE mirror SET finished_at = finished_at + 1").await;
    world.sql("UPDATE token SET name = 'other'").await;

    world.pass(EVERY).await;

    assert_eq!(answered(&world, StatusCode::NOT_MODIFIED), 0);
    assert_eq!(found(&world, "old").await.len(), grants.len());
    world.sql("UPDATE token SET state = 'gone', gone_at = 1 WHERE number = 1").await;
    world.pass(EVERY).await;
    assert_eq!(found(&world, "").await.len(), grants.len(), "one that counted as gone is told anew");
    assert_eq!(recorded(&world).await, "token.appeared by service: listed again, after it counted as gone\n");
}

#[tokio::test]
async fn what_goes_is_looked_for_once_more_and_then_on_record_once() {
    let (world, grants) = with_tokens(3).await;
    world.github().end_grant(grants[1]);

    world.pass(EVERY).await;
    world.pass(EVERY).await;

    assert_eq!(presence(&world, grants[1]).await, Some(Presence::Gone));
    assert_eq!(found(&world, "").await.len(), 2);
    assert_eq!(recorded(&world).await, "token.gone by service: gone, not revoked by us\n");
    assert_eq!(audit_log::values(&world, "owner").await, ["dev-1"]);
}

#[tokio::test]
async fn a_token_that_is_used_says_so_at_the_next_reading() {
    let (world, grants) = with_tokens(2).await;
    assert_eq!(found(&world, "unused>1h").await.len(), 0, "granted just now and never used");
    let token = world.github().grants(ORGANIZATION)[0].access.token;
    world.github().use_token(token, world.stage.clock.now());
    world.stage.clock.advance(TimeDelta::hours(2));

    world.quiet().await;

    assert_eq!(found(&world, "unused>1h").await.len(), 2);
    let used = found(&world, "sort:used").await.pop().unwrap();
    assert_eq!((used.token, used.grant), (Some(token), grants[0]));
    assert_eq!(recorded(&world).await, "");
}

/// A list that shifts shows some twice and others on no page.
#[tokio::test]
async fn a_list_that_shifts_neither_loses_nor_drops_a_token() {
    for shift in [PageShift::Repeats, PageShift::Skips] {
        let (world, grants) = with_tokens(230).await;
        world.github().vary(|variants| variants.page_shift = shift);
        for _ in 0..4 {
            world.pass(EVERY).await;
            assert_eq!(found(&world, "").await.len(), grants.len(), "{shift:?}");
        }
        assert_eq!(recorded(&world).await, "", "{shift:?}");
    }
}

/// A page that was taken in is not asked for again.
#[tokio::test]
async fn a_reading_goes_on_where_it_was_interrupted() {
    let mut world = World::closed().await;
    world.configure(every_quarter);
    for number in 0..450 {
        unannounced(&world, &format!("dev-{}", number % 100), "old");
    }
    let pages = Arc::new(AtomicUsize::new(0));
    let seen = pages.clone();
    // However often the fourth is asked for: a start asks for a reading twice, and the second may come while the first one
    // fails, so that it is tried again at once.
    world.github().on_call(move |moment| match is_list(&moment) && moment.stage == Stage::Before {
        true if seen.fetch_add(1, Ordering::SeqCst) >= 3 => {
            Verdict::Answer(StatusCode::BAD_GATEWAY, json!({ "message": "Server Error" }))
        }
        _ => Verdict::Continue,
    });
    world.open(Probe::default()).await;
    world.quiet().await;
    assert_eq!(found(&world, "").await.len(), 300);

    world.kill().await;
    world.github().work_normally();
    let before = answered(&world, StatusCode::OK);
    world.open(Probe::default()).await;
    world.outlive_leases().await;
    world.quiet().await;

    assert_eq!(found(&world, "").await.len(), 450);
    assert_eq!((before, answered(&world, StatusCode::OK)), (3, 5), "each of the five pages once");
}

/// Whatever a 403 or a half list says, it is no evidence that anything has gone.
#[tokio::test]
async fn an_organization_that_refuses_keeps_what_was_known_and_says_how_old_it_is() {
    let (world, grants) = with_tokens(120).await;
    let installation = world.github().installation_in(ORGANIZATION).unwrap();
    let allowed = [("organization_personal_access_token_requests", Access::Write), ("members", Access::Read)];
    world.github().set_permissions(installation, &allowed).await;
    world.github().end_grant(grants[0]);

    world.pass(EVERY).await;
    world.pass(EVERY).await;

    assert_eq!(found(&world, "").await.len(), 120);
    let notices = world.slack().channel(OPERATORS);
    let told: Vec<_> =
        notices.iter().filter(|notice| notice.text.contains("active tokens of acme")).collect();
    assert_eq!(told.len(), 1, "{notices:?}");
    let age = world.running.as_ref().unwrap().app.inventory_age().await.unwrap().unwrap();
    assert_eq!(age, EVERY * 2);

    let also = [("organization_personal_access_tokens", Access::Write)];
    world.github().set_permissions(installation, &[&allowed[..], &also[..]].concat()).await;
    world.pass(EVERY).await;

    assert_eq!(found(&world, "").await.len(), 119);
    let notices = world.slack().channel(OPERATORS);
    let last = notices.last().unwrap();
    assert!(last.text.contains("The active tokens of acme can all be read again"), "{}", last.text);
}

#[tokio::test]
async fn a_suspended_installation_is_not_asked_and_nothing_of_it_goes() {
    let (world, grants) = with_tokens(2).await;
    world.github().suspend(world.github().installation_in(ORGANIZATION).unwrap()).await;
    world.quiet().await;
    let before = world.calls_of("/org");
    world.github().end_grant(grants[0]);

    world.pass(EVERY).await;

    assert_eq!(world.calls_of("/org"), before);
    assert_eq!(found(&world, "").await.len(), 2);
}

#[tokio::test]
async fn an_approved_token_is_listed_at_once_with_its_repositories() {
    let world = World::start().await;
    assert!(found(&world, "").await.is_empty());
    world.octocat_asks().await;

    world.press("U0ALICE", "approve").await;

    let tokens = found(&world, "owner:octocat").await;
    assert_eq!(tokens.len(), 1);
    let Repositories::Subset { listed, .. } = &tokens[0].repositories else { panic!("{tokens:?}") };
    let names: Vec<_> = listed.iter().map(|one| one.full_name.as_str()).collect();
    assert_eq!(names, ["acme/payments-api", "acme/payments-web"]);
    assert_eq!(recorded(&world).await, "");
    assert_eq!(
        world.calls_of(LIST),
        3,
        "the whole list at the start; then the one token, and its repositories"
    );
}

#[tokio::test]
async fn a_token_approved_on_githubs_page_is_listed_at_once_too() {
    let world = World::start().await;
    let request = world.octocat_asks().await;

    world.github().decide_on_page(request, "monalisa", Action::Approve, None).await.unwrap();
    world.quiet().await;

    assert_eq!(found(&world, "owner:octocat").await.len(), 1);
    assert_eq!(recorded(&world).await, "");
}

/// Five thousand tokens, of which a share is asked about in a quarter of an hour: those that nobody knows yet first.
#[tokio::test]
async fn the_repositories_of_many_tokens_are_read_a_share_at_a_time() {
    let (world, _) = with_tokens(5_000).await;
    let asked = || {
        let calls = world.github().calls();
        calls.iter().filter(|call| call.path.contains("/personal-access-tokens/")).count()
    };
    assert_eq!(found(&world, "").await.len(), 5_000);
    assert_eq!(asked(), 250);
    assert_eq!(found(&world, "repo:docs").await.len(), 4_750, "what was not read yet may be any");

    world.pass(EVERY).await;

    assert_eq!(asked(), 500);
    assert_eq!(found(&world, "repo:docs").await.len(), 4_500);
    assert_eq!(found(&world, "repo:payments-api").await.len(), 5_000);
}

#[tokio::test]
async fn a_token_that_makes_no_sense_is_told_to_the_operators_and_hides_no_other() {
    let (world, grants) = with_tokens(3).await;
    world.github().end_grant(grants[2]);
    world.github().on_call(|moment| match is_list(&moment) && moment.stage == Stage::Before {
        true => Verdict::Answer(
            StatusCode::OK,
            json!([{ "owner": null }, { "id": 77, "owner": { "id": 5, "login": "ghost" } }]),
        ),
        false => Verdict::Continue,
    });

    world.pass(EVERY).await;

    assert_eq!(found(&world, "owner:ghost").await.len(), 1);
    assert_eq!(found(&world, "").await.len(), 4, "nothing is concluded from such a list");
    let notice = world.slack().channel(OPERATORS).pop().unwrap();
    assert!(notice.text.contains("1 of them make no sense"), "{}", notice.text);
}

#[tokio::test]
async fn metrics_and_status_tell_how_many_and_how_old() {
    let (world, grants) = with_tokens(4).await;
    world.github().end_grant(grants[0]);
    world.pass(EVERY).await;
    world.stage.clock.advance(TimeDelta::minutes(3));
    let admin = &world.running.as_ref().unwrap().admin;

    let status: Value = serde_json::from_slice(&get(&format!("{admin}/status")).await.body).unwrap();
    let app = &world.running.as_ref().unwrap().app;

    assert_eq!(status["inventory_age_seconds"], 180);
    assert!(status["installations"][0]["tokens_as_of"].is_string(), "{status}");
    assert_eq!(app.store.tokens_by_state().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_edited_token_is_read_anew() {
    let (world, grants) = with_tokens(1).await;
    assert_eq!(found(&world, "repo:docs").await.len(), 0);
    let token = world.github().grants(ORGANIZATION)[0].access.token;
    world.stage.clock.advance(TimeDelta::minutes(1));
    let wish = NewRequest {
        owner: "dev-0".to_owned(),
        token: Some(token),
        permissions: Permissions::repository([("administration", "write")]),
        repositories: github::Repositories::All,
        ..push_to_payments(&world.stage.clock)
    };
    assert_eq!(world.github().grant_silently(wish), grants[0]);

    world.pass(EVERY).await;

    assert_eq!(found(&world, "repo:docs permission:administration:write all-repos").await.len(), 1);
}

/// One that is there but makes no sense keeps nobody from learning what is gone.
#[tokio::test]
async fn what_makes_no_sense_but_says_which_it_is_is_there_and_others_may_be_gone() {
    let (world, grants) = with_tokens(3).await;
    world.github().end_grant(grants[2]);
    let (lists, odd) = (AtomicUsize::new(0), grants[0].0);
    world.github().on_call(move |moment| match is_list(&moment) && moment.stage == Stage::Before {
        true if lists.fetch_add(1, Ordering::SeqCst) == 0 => {
            Verdict::Answer(StatusCode::OK, json!([{ "id": odd, "owner": null }]))
        }
        _ => Verdict::Continue,
    });

    world.pass(EVERY).await;

    assert_eq!(presence(&world, grants[0]).await, Some(Presence::Active));
    assert_eq!(presence(&world, grants[1]).await, Some(Presence::Active), "looked for and found");
    assert_eq!(presence(&world, grants[2]).await, Some(Presence::Gone));
    let mirror = world.running.as_ref().unwrap().app.store.mirror(acme(&world)).await.unwrap().unwrap();
    assert_eq!(mirror.unreadable, 1);
}

/// What the first reading missed appears later, and is no surprise.
#[tokio::test]
async fn a_first_reading_that_shifts_makes_no_later_surprise() {
    let mut world = World::closed().await;
    world.configure(every_quarter);
    for number in 0..230 {
        unannounced(&world, &format!("dev-{}", number % 100), "old");
    }
    world.stage.clock.advance(TimeDelta::minutes(1));
    world.github().vary(|variants| variants.page_shift = PageShift::Skips);
    world.open(Probe::default()).await;
    world.quiet().await;
    let before = found(&world, "").await.len();
    world.github().vary(|variants| variants.page_shift = PageShift::Still);

    world.pass(EVERY).await;

    assert!(before < 230, "{before}: the first reading missed some");
    assert_eq!(found(&world, "").await.len(), 230);
    assert_eq!(recorded(&world).await, "");
}

/// GitHub fails whenever it is asked for that one.
#[tokio::test]
async fn one_token_that_can_not_be_looked_for_holds_up_no_other() {
    let (world, grants) = with_tokens(3).await;
    world.github().end_grant(grants[0]);
    world.github().end_grant(grants[1]);
    let lists = AtomicUsize::new(0);
    world.github().on_call(move |moment| match is_list(&moment) && moment.stage == Stage::Before {
        true if lists.fetch_add(1, Ordering::SeqCst) == 1 => {
            Verdict::Answer(StatusCode::INTERNAL_SERVER_ERROR, json!({ "message": "Server Error" }))
        }
        _ => Verdict::Continue,
    });

    world.pass(EVERY).await;

    assert_eq!(presence(&world, grants[0]).await, Some(Presence::Missing));
    assert_eq!(presence(&world, grants[1]).await, Some(Presence::Gone));
}

#[tokio::test]
async fn repositories_that_github_does_not_tell_any_more_stay_as_they_were_known() {
    let (world, grants) = with_tokens(2).await;
    let poison = format!("/personal-access-tokens/{}/repositories", grants[0]);
    world.github().on_call(move |moment| {
        match moment.path.ends_with(&poison) && moment.stage == Stage::Before {
            true => Verdict::Answer(StatusCode::NOT_FOUND, json!({ "message": "Not Found" })),
            false => Verdict::Continue,
        }
    });
    world.stage.clock.advance(TimeDelta::days(2));

    world.quiet().await;
    world.pass(EVERY).await;

    assert_eq!(found(&world, "repo:payments-api").await.len(), 2);
    assert_eq!(found(&world, "repo:docs").await.len(), 0, "what was known is known");
    let store = &world.running.as_ref().unwrap().app.store;
    let other = &store.tokens_by_grant(grants[1]).await.unwrap()[0];
    assert!(other.listed_at.is_some_and(|at| world.stage.clock.now() - at < TimeDelta::days(1)));
}
