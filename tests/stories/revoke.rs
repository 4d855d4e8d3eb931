//! Tokens are revoked: exactly those that were shown, by a right that was judged for each, and told once GitHub's list
//! shows that they are gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use countersign::demo::{APPROVALS, OPERATORS, ORGANIZATION};
use countersign::ids::GrantId;
use countersign::simulator::github::{GitHub, MembershipState, Moment, RevokingMany, Role, Stage, Verdict};
use countersign::simulator::outbound::Answer;
use countersign::simulator::slack::render;
use countersign::store::{Presence, Probe};
use insta::assert_snapshot;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::audit_log;
use crate::inventory::{every_quarter, unannounced};
use crate::support::deadly::Deadly;
use crate::support::{World, push_to_payments};

/// alice and monalisa are managers; octocat has a token beside `many` of others.
pub(crate) async fn with_tokens(many: usize) -> World {
    let mut world = closed(many).await;
    world.open(Probe::default()).await;
    world.quiet().await;
    world
}

pub(crate) async fn closed(many: usize) -> World {
    let world = World::closed().await;
    world.configure(every_quarter);
    world.configure(|config| config.push_str("\n[groups.managers]\nmembers = [\"alice\", \"monalisa\"]\n"));
    world.github().grant_silently(push_to_payments(&world.stage.clock));
    for number in 0..many {
        unannounced(&world, &format!("dev-{}", number % 100), &format!("job-{number}"));
    }
    world
}

/// Opens the modal by a command; gives it once it is filled.
pub(crate) async fn opens(world: &World, user: &str, line: &str) -> Value {
    while world.slack().modal(user).is_some() {
        world.slack().close(user).await.expect("an answer");
    }
    let command = world.slack().command(user, APPROVALS, line).await.unwrap();
    assert!(command.answer.status.is_success(), "{:?}", command.answer);
    world.slack().until(|slack| slack.modal(user).is_some()).await.expect("a modal");
    world.filled_modal(user).await
}

pub(crate) async fn sends(world: &World, user: &str, inputs: &[(&str, &str)]) -> Answer {
    let answer = world.submit(user, inputs).await;
    assert!(answer.status.is_success(), "{answer:?}");
    answer
}

fn said(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// Waits for what GitHub and its list take.
pub(crate) async fn settles(world: &World) {
    for _ in 0..8 {
        world.pass(TimeDelta::seconds(2)).await;
    }
}

pub(crate) fn on_screen(view: &Value) -> String {
    let words =
        |name: &str| view[name]["text"].as_str().map(|words| format!(" [{words}]")).unwrap_or_default();
    stable(&format!("{}\n{}{}", render(&view["blocks"]), words("submit"), words("close")))
}

/// The same keys each time.
fn stable(words: &str) -> String {
    let is_key = |word: &str| word.len() == 8 && word.starts_with("t-");
    let word = |word: &str| {
        let bare = word.trim_matches(|letter| "()*".contains(letter));
        if is_key(bare) { word.replace(bare, "t-KEY") } else { word.to_owned() }
    };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    words.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The last direct message to somebody.
pub(crate) fn dm(world: &World, user: &str) -> String {
    stable(&world.slack().dms(user).pop().expect("a direct message").on_screen())
}

pub(crate) fn left(world: &World) -> usize {
    world.github().grants(ORGANIZATION).len()
}

pub(crate) fn is_for_many(path: &str) -> bool {
    path.ends_with("/personal-access-tokens")
}

pub(crate) fn is_for_one(path: &str) -> bool {
    path.split("/personal-access-tokens/").nth(1).is_some_and(|rest| !rest.contains('/'))
}

pub(crate) fn calls(world: &World, is_one: fn(&str) -> bool) -> usize {
    let calls = world.github().calls();
    calls.iter().filter(|call| call.method == Method::POST && is_one(&call.path)).count()
}

pub(crate) fn revokes(moment: &Moment<'_>) -> bool {
    moment.method == Method::POST && (is_for_many(moment.path) || is_for_one(moment.path))
}

/// Each call that revokes is answered with this before anything happens.
pub(crate) fn refuse(github: &GitHub, status: u16, words: &'static str) {
    let status = StatusCode::from_u16(status).unwrap();
    github.on_call(move |moment| match (revokes(&moment), moment.stage) {
        (true, Stage::Before) => Verdict::Answer(status, json!({ "message": words })),
        (true, Stage::After) | (false, _) => Verdict::Continue,
    });
}

async fn presence(world: &World, grant: GrantId) -> Option<Presence> {
    let store = &world.running.as_ref().unwrap().app.store;
    store.tokens_by_grant(grant).await.unwrap().first().map(|one| one.presence)
}

pub(crate) async fn recorded(world: &World) -> Vec<String> {
    let told = audit_log::told(world).await;
    told.lines().filter(|line| line.starts_with("token.")).map(str::to_owned).collect()
}

pub(crate) async fn octocats(world: &World) -> (GrantId, String) {
    let grant = world.github().grants(ORGANIZATION)[0].id;
    let store = &world.running.as_ref().unwrap().app.store;
    let key = store.tokens_by_grant(grant).await.unwrap()[0].token.key.to_string();
    (grant, key)
}

#[tokio::test]
async fn a_manager_revokes_one_and_its_owner_reads_why() {
    let world = with_tokens(0).await;
    let (grant, key) = octocats(&world).await;

    let view = opens(&world, "U0ALICE", &format!("/pat revoke {key}")).await;
    assert_snapshot!("revoke_one", on_screen(&view));
    let mend = world.submit("U0ALICE", &[("reason", " ")]).await;
    assert!(said(&mend).contains("Please say why"), "{mend:?}");
    sends(&world, "U0ALICE", &[("reason", "The laptop was stolen")]).await;
    settles(&world).await;

    assert_eq!((left(&world), calls(&world, is_for_one), calls(&world, is_for_many)), (0, 1, 0));
    assert_eq!(presence(&world, grant).await, Some(Presence::Gone));
    assert_snapshot!("revoke_one_done", dm(&world, "U0ALICE"));
    assert_snapshot!("revoke_one_owner", dm(&world, "U0OCTOCAT"));
    assert_eq!(
        recorded(&world).await,
        [
            "token.revocation_offered by U0ALICE: done [managers-manage]",
            "token.revoking by U0ALICE: done [managers-manage]",
            "token.revocation_attempted by U0ALICE: done",
            "token.revocation_answered by service: confirmed",
            "token.revoked by service: done",
        ]
    );
    assert_eq!(audit_log::values(&world, "reason").await, ["The laptop was stolen"]);

    // What the mirror reads later is no news, and the token tells what became of it.
    world.pass(TimeDelta::minutes(16)).await;
    assert_eq!(recorded(&world).await.len(), 5);
    assert_eq!(presence(&world, grant).await, Some(Presence::Gone));
    let before = world.slack().ephemerals("U0ALICE").len();
    world.slack().command("U0ALICE", APPROVALS, &format!("/pat show {key}")).await.unwrap();
    world.slack().until(|slack| slack.ephemerals("U0ALICE").len() > before).await.unwrap();
    let told = world.told_alone("U0ALICE");
    assert!(told.contains("@U0ALICE, revoked: “The laptop was stolen”"), "{told}");
    assert!(!told.contains("[Revoke…]"), "{told}");
}

#[tokio::test]
async fn of_five_thousand_a_thousand_go_by_ten_calls_and_each_page_of_them_was_shown() {
    let world = with_tokens(5_000).await;

    let view = opens(&world, "U0ALICE", "/pat revoke job-").await;
    let screen = on_screen(&view);
    assert!(screen.contains("These are the first 1000 of 5000."), "{screen}");
    assert!(screen.contains("Page 1 of 50"), "{screen}");
    world.slack().press("U0ALICE", "next_page").await.unwrap();
    let is_second = |slack: &countersign::simulator::slack::Slack| {
        slack.modal("U0ALICE").is_some_and(|view| render(&view["blocks"]).contains("Page 2 of 50"))
    };
    world.slack().until(is_second).await.unwrap();

    for wrong in ["0", "999", "a thousand"] {
        let mend = world.submit("U0ALICE", &[("reason", "Leaked"), ("count", wrong)]).await;
        assert!(said(&mend).contains("These are 1000 tokens. Please type that number."), "{wrong}: {mend:?}");
    }
    assert_eq!(calls(&world, is_for_many), 0);
    sends(&world, "U0ALICE", &[("reason", "Leaked"), ("count", " 1000 ")]).await;
    for _ in 0..30 {
        world.pass(TimeDelta::seconds(2)).await;
    }

    assert_eq!((left(&world), calls(&world, is_for_many), calls(&world, is_for_one)), (4_001, 10, 0));
    assert!(dm(&world, "U0ALICE").starts_with("**Revoked 1000 tokens**"), "{}", dm(&world, "U0ALICE"));
    assert_eq!(world.slack().dms("U0ALICE").len(), 1, "one message that was kept up to date");
    let again = opens(&world, "U0ALICE", "/pat revoke job-").await;
    assert!(on_screen(&again).contains("These are the first 1000 of 4000."), "{}", on_screen(&again));
}

#[tokio::test]
async fn what_a_call_for_many_did_not_end_is_told_again_one_by_one() {
    let world = with_tokens(3).await;
    world.github().vary(|variants| variants.revoking_many = RevokingMany::Nothing);

    opens(&world, "U0ALICE", "/pat revoke job-").await;
    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;
    assert_eq!((left(&world), calls(&world, is_for_many), calls(&world, is_for_one)), (4, 1, 0));
    assert!(dm(&world, "U0ALICE").starts_with("**Revoking 3 tokens: 0 of 3 done…**"));

    for _ in 0..12 {
        world.pass(TimeDelta::seconds(6)).await;
    }

    assert_eq!((left(&world), calls(&world, is_for_many), calls(&world, is_for_one)), (1, 1, 3));
    assert!(dm(&world, "U0ALICE").starts_with("**Revoked 3 tokens**"), "{}", dm(&world, "U0ALICE"));
}

#[tokio::test]
async fn a_call_for_many_whose_answer_is_lost_is_looked_after_and_not_repeated() {
    for stage in [Stage::Before, Stage::After] {
        let world = with_tokens(3).await;
        let is_first = AtomicBool::new(true);
        world.github().on_call(move |moment| {
            let is_it = moment.stage == stage && revokes(&moment) && is_first.swap(false, Ordering::SeqCst);
            if is_it { Verdict::Reset } else { Verdict::Continue }
        });

        opens(&world, "U0ALICE", "/pat revoke job-").await;
        sends(&world, "U0ALICE", &[("reason", "Old")]).await;
        for _ in 0..45 {
            world.pass(TimeDelta::seconds(2)).await;
        }

        let one_by_one = if stage == Stage::Before { 3 } else { 0 };
        assert_eq!((left(&world), calls(&world, is_for_one)), (1, one_by_one), "{stage:?}");
        assert!(dm(&world, "U0ALICE").starts_with("**Revoked 3 tokens**"), "{}", dm(&world, "U0ALICE"));
    }
}

#[tokio::test]
async fn one_bad_number_in_a_call_for_many_spoils_nothing() {
    let world = with_tokens(3).await;
    world.github().vary(|variants| variants.revoking_many = RevokingMany::AllOrNone);
    let gone = world.github().grants(ORGANIZATION)[2].id;
    let github = world.github().clone();
    // It goes in the last moment, after all of them were looked for.
    world.github().on_call(move |moment| {
        if moment.stage == Stage::Before && revokes(&moment) && is_for_many(moment.path) {
            github.end_grant(gone);
        }
        Verdict::Continue
    });

    opens(&world, "U0ALICE", "/pat revoke job-").await;
    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;

    assert_eq!((left(&world), calls(&world, is_for_many), calls(&world, is_for_one)), (1, 1, 2));
    let told = dm(&world, "U0ALICE");
    // Nobody can tell whether that call has ended it.
    assert!(told.starts_with("**Revoked 3 tokens**"), "{told}");
}

#[tokio::test]
async fn what_vanished_between_the_list_and_the_click_was_not_revoked_by_us() {
    let world = with_tokens(1).await;
    opens(&world, "U0ALICE", "/pat revoke job-0").await;
    let gone = world.github().grants(ORGANIZATION)[1].id;
    world.github().end_grant(gone);

    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;

    assert_eq!((left(&world), calls(&world, is_for_one), calls(&world, is_for_many)), (1, 0, 0));
    assert_snapshot!("revoke_vanished", dm(&world, "U0ALICE"));
    let recorded = recorded(&world).await;
    assert_eq!(recorded.last().unwrap(), "token.revoked by service: gone already, not by this");
}

#[tokio::test]
async fn what_github_refuses_stays_and_is_told_in_its_words() {
    let world = with_tokens(2).await;
    refuse(world.github(), 422, "Validation Failed: <!channel>");

    opens(&world, "U0ALICE", "/pat revoke job-").await;
    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;

    assert_eq!((left(&world), calls(&world, is_for_many), calls(&world, is_for_one)), (3, 1, 2));
    assert_snapshot!("revoke_refused", dm(&world, "U0ALICE"));
    assert!(world.slack().dms("U0OCTOCAT").is_empty());
    // Once it can be done it may be asked for again.
    world.github().work_normally();
    opens(&world, "U0ALICE", "/pat revoke job-").await;
    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;
    assert_eq!(left(&world), 1);
}

#[tokio::test]
async fn what_somebody_has_to_mend_first_waits_and_goes_on_by_itself() {
    let world = with_tokens(0).await;
    refuse(world.github(), 403, "Resource not accessible by integration");

    opens(&world, "U0ALICE", "/pat revoke owner:octocat").await;
    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;

    for _ in 0..20 {
        world.pass(TimeDelta::seconds(60)).await;
        let told = dm(&world, "U0ALICE");
        assert!(told.contains("**⚠ Waits:"), "however often it was tried: {told}");
    }
    assert!(calls(&world, is_for_one) > 4);
    let told = dm(&world, "U0ALICE");
    assert!(told.contains("**⚠ Waits: GitHub forbids it: Resource not accessible"), "{told}");
    world.pass(TimeDelta::minutes(5)).await;
    let notices = world.slack().channel(OPERATORS);
    let about = notices.iter().filter(|notice| notice.text.contains("Tokens of acme are to be revoked"));
    assert_eq!(about.count(), 1);
    assert_eq!(left(&world), 1);

    // By then what was judged is too old, and is judged again.
    world.github().work_normally();
    world.pass(TimeDelta::minutes(11)).await;
    settles(&world).await;

    assert_eq!(left(&world), 0);
    assert!(dm(&world, "U0ALICE").starts_with("**Revoked 1 token**"), "{}", dm(&world, "U0ALICE"));
    let judged = recorded(&world).await.iter().filter(|line| line.starts_with("token.revoking")).count();
    assert!(judged >= 2, "{judged}");
}

#[tokio::test]
async fn of_two_who_revoke_the_same_one_does_and_the_other_reads_that() {
    let world = with_tokens(3).await;
    let release = Arc::new(Notify::new());
    let (held, reached) = (release.clone(), Arc::new(Notify::new()));
    let told = reached.clone();
    world.github().on_call(move |moment| match moment.stage == Stage::Before && revokes(&moment) {
        true => {
            told.notify_one();
            Verdict::Hold(held.clone())
        }
        false => Verdict::Continue,
    });
    for user in ["U0ALICE", "U0MONALISA"] {
        opens(&world, user, "/pat revoke job-").await;
    }

    world.slack().submit("U0ALICE", &[("reason", "Old")]).await.unwrap();
    reached.notified().await;
    world.slack().submit("U0MONALISA", &[("reason", "Leaked")]).await.unwrap();
    world.slack().until(|slack| !slack.dms("U0MONALISA").is_empty()).await.unwrap();
    let is_told = |slack: &countersign::simulator::slack::Slack| {
        slack.dms("U0MONALISA").pop().is_some_and(|told| told.on_screen().contains("is having"))
    };
    world.slack().until(is_told).await.unwrap();
    release.notify_one();
    settles(&world).await;

    assert_eq!((left(&world), calls(&world, is_for_many), calls(&world, is_for_one)), (1, 1, 0));
    assert!(dm(&world, "U0ALICE").starts_with("**Revoked 3 tokens**"), "{}", dm(&world, "U0ALICE"));
    world.pass(TimeDelta::seconds(10)).await;
    let told = dm(&world, "U0MONALISA");
    assert!(told.starts_with("**Nothing was revoked**\n3 gone already, not by this"), "{told}");
    let ended =
        recorded(&world).await.iter().filter(|line| line.ends_with("gone already, not by this")).count();
    assert_eq!((calls(&world, is_for_many), calls(&world, is_for_one), ended), (1, 0, 3));
    let list = opens(&world, "U0MONALISA", "/pat revoke job-").await;
    assert!(on_screen(&list).contains("Nothing that you may revoke fits."), "{}", on_screen(&list));
}

/// What was shown goes, and nothing else.
#[tokio::test]
async fn what_comes_to_fit_after_it_was_shown_stays() {
    let world = with_tokens(2).await;
    let view = opens(&world, "U0ALICE", "/pat revoke job-").await;
    assert!(on_screen(&view).contains("You are about to revoke 2 tokens:"), "{}", on_screen(&view));
    let newcomer = unannounced(&world, "dev-7", "job-7");
    world.pass(TimeDelta::minutes(15)).await;
    assert_eq!(presence(&world, newcomer).await, Some(Presence::Active));

    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;

    assert!(dm(&world, "U0ALICE").starts_with("**Revoked 2 tokens**"), "{}", dm(&world, "U0ALICE"));
    assert!(world.github().grants(ORGANIZATION).iter().any(|grant| grant.id == newcomer));
    assert_eq!(left(&world), 2);
}

/// A freeze keeps anybody from giving rights, not from taking them.
#[tokio::test]
async fn a_freeze_stops_no_revocation() {
    let world = with_tokens(0).await;
    world.slack().command("U0MONALISA", APPROVALS, "/pat freeze on a laptop was stolen").await.unwrap();
    world.quiet().await;
    let frozen = world.running.as_ref().unwrap().app.store.brake().await.unwrap().frozen;
    assert!(frozen.is_some());

    opens(&world, "U0ALICE", "/pat revoke owner:octocat").await;
    sends(&world, "U0ALICE", &[("reason", "Stolen")]).await;
    settles(&world).await;

    assert_eq!(left(&world), 0);
}

#[tokio::test]
async fn a_right_that_was_lost_between_open_and_submit_does_not_count() {
    let world = with_tokens(3).await;
    opens(&world, "U0ALICE", "/pat revoke job-").await;
    world.github().set_membership(ORGANIZATION, "alice", Role::Member, MembershipState::Pending);

    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;

    assert_eq!((left(&world), calls(&world, is_for_many), calls(&world, is_for_one)), (4, 0, 0));
    assert_snapshot!("revoke_right_lost", dm(&world, "U0ALICE"));
    let recorded = recorded(&world).await;
    let refused = recorded.iter().filter(|line| line.contains("refused: not_a_member")).count();
    assert_eq!(refused, 3, "{recorded:?}");
    let again = opens(&world, "U0ALICE", "/pat revoke job-").await;
    assert!(on_screen(&again).contains("is not an active member of acme"), "{}", on_screen(&again));
}

#[tokio::test]
async fn what_is_sent_too_late_or_by_somebody_else_ends_nothing() {
    let mut world = with_tokens(1).await;
    opens(&world, "U0ALICE", "/pat revoke job-0").await;
    world.kill().await;
    world.open(Probe::default()).await;
    world.quiet().await;
    // Nobody works on it for a while.
    let release = Arc::new(Notify::new());
    let held = release.clone();
    world.github().on_call(move |moment| {
        match moment.stage == Stage::Before && moment.path.contains("/memberships/") {
            true => Verdict::Hold(held.clone()),
            false => Verdict::Continue,
        }
    });
    let answer = world.slack().submit("U0ALICE", &[("reason", "Old")]).await.unwrap();
    assert!(answer.status.is_success());
    world.kill().await;
    world.stage.clock.advance(TimeDelta::minutes(16));
    world.github().work_normally();
    world.open(Probe::default()).await;
    world.quiet().await;
    settles(&world).await;

    assert_eq!(left(&world), 2);
    let told = dm(&world, "U0ALICE");
    assert!(told.contains("**Nothing was revoked**"), "{told}");
}

/// Sent again because Slack had not heard that it was taken: owners are told once.
#[tokio::test]
async fn what_is_sent_twice_is_done_once() {
    let world = with_tokens(0).await;
    let (_, key) = octocats(&world).await;
    opens(&world, "U0ALICE", &format!("/pat revoke {key}")).await;
    let mut sent = Value::Null;
    let keep = |payload: &mut Value| sent = payload.clone();
    world.slack().submit_disguised("U0ALICE", &[("reason", "Old")], keep).await.unwrap();
    settles(&world).await;
    let again = world.slack().interaction(&sent).await.unwrap();
    assert!(again.status.is_success() && again.body.is_empty(), "{again:?}");
    settles(&world).await;

    assert_eq!((left(&world), calls(&world, is_for_one)), (0, 1));
    assert_eq!((world.slack().dms("U0ALICE").len(), world.slack().dms("U0OCTOCAT").len()), (1, 1));
}

#[tokio::test]
async fn what_went_before_a_call_that_is_refused_stays_gone() {
    let world = with_tokens(3).await;
    let gone = world.github().grants(ORGANIZATION)[1].id;
    opens(&world, "U0ALICE", "/pat revoke job-").await;
    world.github().end_grant(gone);
    refuse(world.github(), 403, "Resource not accessible by integration");
    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;

    let told = dm(&world, "U0ALICE");
    assert!(told.contains("1 gone already, not by this · 2 on the way"), "{told}");
    assert_eq!(presence(&world, gone).await, Some(Presence::Gone));
    let ended = recorded(&world).await.iter().filter(|line| line.starts_with("token.revoked")).count();
    assert_eq!(ended, 1);
}

#[tokio::test]
async fn what_could_not_be_sent_for_a_day_is_not_sent_any_more() {
    let world = with_tokens(0).await;
    refuse(world.github(), 403, "Resource not accessible by integration");
    opens(&world, "U0ALICE", "/pat revoke owner:octocat").await;
    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;

    world.pass(TimeDelta::hours(25)).await;
    world.github().work_normally();
    settles(&world).await;

    assert_eq!(left(&world), 1);
    let told = dm(&world, "U0ALICE");
    assert!(told.contains("GitHub could not be told within a day. Please ask again."), "{told}");
}

#[tokio::test]
async fn an_operator_who_drops_the_work_leaves_nothing_locked() {
    let world = with_tokens(0).await;
    refuse(world.github(), 403, "Resource not accessible by integration");
    opens(&world, "U0ALICE", "/pat revoke owner:octocat").await;
    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;
    let jobs = crate::policies::command(&world, &["jobs", "list", "--json"]);
    let jobs: Value = serde_json::from_str(&jobs).unwrap();
    let job = jobs.as_array().or(jobs["jobs"].as_array()).unwrap().iter().find(|job| job["kind"] == "revoke");
    let id = job.expect("the work waits")["id"].to_string();

    crate::policies::command(&world, &["jobs", "drop", &id, "--yes"]);
    world.github().work_normally();
    // The command goes by the machine's clock.
    world.pass(TimeDelta::days(3_650)).await;
    world.pass(TimeDelta::seconds(6)).await;

    let told = dm(&world, "U0ALICE");
    assert!(told.contains("An operator took this work away."), "{told}");
    opens(&world, "U0ALICE", "/pat revoke owner:octocat").await;
    sends(&world, "U0ALICE", &[("reason", "Old")]).await;
    settles(&world).await;
    assert_eq!(left(&world), 0);
}

/// By the time that a page of the window is turned, who reads it may have lost the right.
#[tokio::test]
async fn each_page_is_shown_by_a_right_of_its_time() {
    let world = with_tokens(30).await;
    opens(&world, "U0ALICE", "/pat revoke job-").await;
    world.github().set_membership(ORGANIZATION, "alice", Role::Member, MembershipState::Pending);
    world.stage.clock.advance(TimeDelta::minutes(2));

    world.slack().press("U0ALICE", "next_page").await.unwrap();
    let is_refused = |slack: &countersign::simulator::slack::Slack| {
        slack.modal("U0ALICE").is_some_and(|view| {
            render(&view["blocks"]).contains("not an active member of acme, so you can't revoke")
        })
    };
    world.slack().until(is_refused).await.unwrap();
}

#[tokio::test]
async fn everybody_gives_up_their_own_and_nobody_elses() {
    let world = with_tokens(1).await;
    let (_, key) = octocats(&world).await;

    let view = opens(&world, "U0BOB", &format!("/pat revoke {key}")).await;
    assert!(!on_screen(&view).contains("deploy"), "{}", on_screen(&view));
    let view = opens(&world, "U0BOB", "/pat revoke owner:octocat").await;
    assert!(!on_screen(&view).contains("octocat"), "{}", on_screen(&view));
    let view = opens(&world, "U0OCTOCAT", "/pat revoke all-repos").await;
    assert!(on_screen(&view).contains("Nothing that you may revoke fits."), "{}", on_screen(&view));
    // What is not known of others is not counted either.
    let view = opens(&world, "U0OCTOCAT", "/pat revoke o").await;
    assert!(on_screen(&view).contains("You are about to revoke 1 token:"), "{}", on_screen(&view));
    assert!(!on_screen(&view).contains("job-0"), "{}", on_screen(&view));

    opens(&world, "U0OCTOCAT", &format!("/pat revoke {key}")).await;
    sends(&world, "U0OCTOCAT", &[]).await;
    settles(&world).await;

    assert_eq!(left(&world), 1);
    assert_eq!(world.slack().dms("U0OCTOCAT").len(), 1, "they know");
    let recorded = recorded(&world).await;
    assert!(recorded.contains(&"token.revoking by U0OCTOCAT: done [own-is-seen]".to_owned()), "{recorded:?}");
}

#[tokio::test]
async fn the_list_and_the_card_of_what_nobody_reviewed_lead_there() {
    let world = with_tokens(0).await;
    let wish = push_to_payments(&world.stage.clock);
    world.slack().command("U0ALICE", APPROVALS, "/pat list").await.unwrap();
    world.slack().click_ephemeral("U0ALICE", "revoke").await.unwrap();
    let view = world.filled_modal("U0ALICE").await;
    assert!(on_screen(&view).contains("You are about to revoke 1 token:"), "{}", on_screen(&view));
    world.slack().close("U0ALICE").await.unwrap();

    world
        .github()
        .grant_without_review(countersign::simulator::github::NewRequest {
            token_name: "unreviewed".to_owned(),
            ..wish
        })
        .await;
    world.quiet().await;
    assert!(world.card().on_screen().ends_with("[Details] [Revoke…]"), "{}", world.card().on_screen());
    let view = world.modal("U0ALICE", "revoke").await;
    assert!(on_screen(&view).contains("“unreviewed”"), "{}", on_screen(&view));
    sends(&world, "U0ALICE", &[("reason", "Nobody agreed to it")]).await;
    settles(&world).await;

    assert_eq!(left(&world), 1);
    assert!(dm(&world, "U0OCTOCAT").contains("> Nobody agreed to it"), "{}", dm(&world, "U0OCTOCAT"));
}

#[tokio::test]
async fn a_filter_that_is_not_understood_revokes_nothing_and_is_told() {
    let world = with_tokens(1).await;

    for line in ["/pat revoke repos:docs", "/pat revoke"] {
        let before = world.slack().ephemerals("U0ALICE").len();
        world.slack().command("U0ALICE", APPROVALS, line).await.unwrap();
        world.slack().until(|slack| slack.ephemerals("U0ALICE").len() > before).await.unwrap();
        assert!(world.told_alone("U0ALICE").contains("revoke"), "{}", world.told_alone("U0ALICE"));
    }
    assert_eq!(world.slack().modal("U0ALICE"), None);
}

/// Killed before or after any commit, all of it goes, and nothing is announced that is not so.
#[tokio::test]
async fn killed_at_any_commit_all_of_it_goes() {
    for deadly in 1..40 {
        let mut world = closed(2).await;
        let (death, probe) = Deadly::at(deadly, |_| true);
        world.open(probe).await;
        world.quiet().await;
        opens(&world, "U0ALICE", "/pat revoke job-").await;
        death.arm();
        let sent = world.slack().submit("U0ALICE", &[("reason", "Old")]);
        let was_taken = tokio::select! {
            biased;
            () = death.struck() => false,
            answer = sent => answer.is_ok_and(|answer| answer.status.is_success()),
        };
        let is_over = was_taken
            && tokio::select! {
                biased;
                () = death.struck() => false,
                () = settles(&world) => true,
            };
        if is_over {
            assert!(deadly > 8, "killed at some commits");
            return;
        }

        world.kill().await;
        assert!(
            !world
                .slack()
                .dms("U0ALICE")
                .iter()
                .any(|told| { told.on_screen().contains("**Revoked 2 tokens**") && left(&world) > 1 })
        );
        world.open(Probe::default()).await;
        world.outlive_leases().await;
        for _ in 0..12 {
            world.pass(TimeDelta::seconds(6)).await;
        }
        // Where it was not taken in, whoever sent it has heard so.
        let came = left(&world) == 1;
        assert!(came || !was_taken, "{deadly}: {:?}", recorded(&world).await);
        if came {
            assert!(
                dm(&world, "U0ALICE").contains("**Revoked 2 tokens**"),
                "{deadly}: {}",
                dm(&world, "U0ALICE")
            );
            let ended =
                recorded(&world).await.iter().filter(|line| line.starts_with("token.revoked")).count();
            assert_eq!(ended, 2, "{deadly}");
        }
    }
    panic!("the story has more commits");
}
