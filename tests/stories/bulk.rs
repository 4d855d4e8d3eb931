//! Several requests decided at once: each is judged like a click on its card, and all there is to say is said at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::demo::{APPROVALS, ORGANIZATION};
use countersign::ids::RequestId;
use countersign::simulator::github::{
    Action, MembershipState, NewRequest, Permissions, Repositories, Role, Stage, Verdict,
};
use countersign::simulator::outbound::Answer;
use countersign::simulator::slack::render;
use countersign::store::{Moment, Probe};
use futures::FutureExt;
use insta::assert_snapshot;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::audit_log;
use crate::support::{World, push_to_payments};

/// What is asked for in `docs` takes two; monalisa is a manager.
fn two_for_docs(config: &mut String) {
    crate::freeze::with_a_manager(config);
    config.push_str("\n[[require]]\nrepositories = [\"docs\"]\napprovals = 2\n");
}

/// Somebody asks for this much of one repository.
async fn asks(world: &World, owner: &str, repository: &str, level: &'static str) -> RequestId {
    let wish = NewRequest {
        owner: owner.to_owned(),
        permissions: Permissions::repository([("contents", level), ("metadata", "read")]),
        repositories: Repositories::Subset(vec![repository.to_owned()]),
        ..push_to_payments(&world.stage.clock)
    };
    let request = world.github().request_token(wish).await;
    world.quiet().await;
    // The oldest comes first.
    world.pass(TimeDelta::seconds(1)).await;
    request
}

/// A request that can be ticked: in which field, under which value, and what stands there.
struct Offered {
    field: String,
    value: String,
    words: String,
}

fn offered(view: &Value) -> Vec<Offered> {
    let ticks = |block: &Value| {
        let field = block["block_id"].as_str().unwrap_or_default().to_owned();
        let options = block["element"]["options"].as_array().cloned().unwrap_or_default();
        let of = move |option: Value| Offered {
            field: field.clone(),
            value: option["value"].as_str().unwrap_or_default().to_owned(),
            words: format!("{} {}", option["text"]["text"], option["description"]["text"]),
        };
        options.into_iter().map(of).collect::<Vec<_>>()
    };
    let blocks = view["blocks"].as_array().expect("blocks").iter();
    blocks.filter(|block| block["element"]["type"] == "checkboxes").flat_map(ticks).collect()
}

/// Opens the list and its form to decide several.
async fn opens(world: &World, user: &str) -> Value {
    while world.slack().modal(user).is_some() {
        world.slack().close(user).await.expect("an answer");
    }
    lists(world, user).await;
    let answer = world.slack().click_ephemeral(user, "decide_several").await.expect("an answer");
    assert!(answer.status.is_success());
    world.filled_modal(user).await
}

/// Opens the form; gives the value under which the oldest request is ticked.
pub(crate) async fn first_of(world: &World, user: &str) -> String {
    offered(&opens(world, user).await).remove(0).value
}

async fn lists(world: &World, user: &str) -> String {
    let before = world.slack().ephemerals(user).len();
    let command = world.slack().command(user, APPROVALS, "/pat pending").await.unwrap();
    assert!(command.answer.status.is_success());
    world.slack().until(|slack| slack.ephemerals(user).len() > before).await.unwrap();
    world.told_alone(user)
}

/// Ticks some of what is offered and goes on to the second step.
async fn ticks(world: &World, user: &str, some: &[&Offered], verdict: &str) -> Answer {
    let mut inputs: Vec<_> = some.iter().map(|one| (one.field.as_str(), one.value.as_str())).collect();
    inputs.push(("verdict", verdict));
    world.submit(user, &inputs).await
}

/// Confirms, and waits until GitHub was told everything.
async fn confirms(world: &World, user: &str, reason: &str) {
    let answer = world.submit(user, &[("reason", reason)]).await;
    assert!(answer.status.is_success());
    assert_eq!(world.slack().modal(user), None, "both steps are closed");
    settles(world).await;
}

async fn settles(world: &World) {
    for _ in 0..6 {
        world.pass(TimeDelta::seconds(1)).await;
    }
}

fn decided(world: &World, request: RequestId) -> Option<(Action, Option<String>)> {
    let decision = world.github().decision_on(request)?;
    assert_eq!(world.github().reviews(request).attempted, 1, "{request} is decided once");
    Some((decision.action, decision.reason))
}

fn is_untouched(world: &World, request: RequestId) -> bool {
    world.github().is_pending(request) && world.github().reviews(request).attempted == 0
}

/// The same keys each time, wherever they stand.
fn stable(words: &str) -> String {
    let is_key = |word: &str| word.len() == 8 && word.starts_with("r-");
    let word = |word: &str| {
        let bare = word.trim_start_matches('*').trim_end_matches([':', '.', ',']);
        if is_key(bare) { word.replace(bare, "r-KEY") } else { word.to_owned() }
    };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    words.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn on_screen(view: &Value) -> String {
    let words =
        |name: &str| view[name]["text"].as_str().map(|words| format!(" [{words}]")).unwrap_or_default();
    stable(&format!("{}\n{}{}", render(&view["blocks"]), words("submit"), words("close")))
}

fn key(one: &Offered) -> &str {
    one.value.split('.').next().expect("a key")
}

/// What somebody alone was told since, but for the list itself.
fn told_since(world: &World, user: &str, before: usize) -> Vec<String> {
    let told = world.slack().ephemerals(user);
    told.iter().skip(before).map(|told| stable(&told.on_screen())).collect()
}

#[tokio::test]
async fn three_of_five_are_approved_at_once_and_each_is_confirmed_by_what_it_grants() {
    let world = World::start_with(two_for_docs).await;
    let api = asks(&world, "octocat", "payments-api", "write").await;
    let docs = asks(&world, "octocat", "docs", "read").await;
    let own = asks(&world, "alice", "payments-web", "write").await;
    let left = asks(&world, "bob", "payments-api", "read").await;
    let eternal = NewRequest {
        owner: "bob".to_owned(),
        permissions: Permissions::repository([("administration", "write"), ("metadata", "read")]),
        repositories: Repositories::All,
        expires_at: None,
        ..push_to_payments(&world.stage.clock)
    };
    let eternal = world.github().request_token(eternal).await;
    world.quiet().await;

    let list = lists(&world, "U0ALICE").await;
    assert!(list.starts_with("5 requests wait") && list.ends_with("[Decide several…]"), "{list}");
    let view = opens(&world, "U0ALICE").await;
    assert_snapshot!("bulk_choosing", on_screen(&view));
    let offered = offered(&view);
    assert_eq!(offered.len(), 4, "one's own is not offered");
    let before = world.slack().ephemerals("U0ALICE").len();
    ticks(&world, "U0ALICE", &[&offered[0], &offered[1], &offered[3]], "approve").await;
    let second = world.slack().modal("U0ALICE").expect("the second step");
    assert_snapshot!("bulk_confirming", on_screen(&second));
    assert!(world.github().is_pending(api), "nothing is decided yet");

    confirms(&world, "U0ALICE", "for the release").await;

    assert_eq!(decided(&world, api), Some((Action::Approve, Some("for the release".to_owned()))));
    // Docs are among all repositories.
    for request in [docs, eternal, own, left] {
        assert!(is_untouched(&world, request), "{request}");
    }
    let told = told_since(&world, "U0ALICE", before);
    assert_eq!(told.len(), 1, "all of it at once: {told:?}");
    assert_snapshot!(told[0], @"
    Your approval counts for all 3 requests. Their cards tell how each goes on.
    r-KEY, r-KEY: Your approval counts. Still needed: 1 more approval.
    ");
    let recorded = audit_log::told_in_short(&world).await;
    assert_eq!(recorded.matches("vote.accepted").count(), 3, "{recorded}");

    // The votes on what takes two count like those given on a card.
    let view = opens(&world, "U0MONALISA").await;
    let again: Vec<_> = self::offered(&view);
    let again: Vec<_> =
        again.iter().filter(|one| [1, 3].map(|which| key(&offered[which])).contains(&key(one))).collect();
    ticks(&world, "U0MONALISA", &again, "approve").await;
    confirms(&world, "U0MONALISA", "").await;
    assert!(decided(&world, docs).is_some() && decided(&world, eternal).is_some());
}

#[tokio::test]
async fn what_one_may_not_decide_is_not_offered_and_one_alone_needs_no_list() {
    let world = World::start().await;
    asks(&world, "alice", "payments-api", "read").await;
    asks(&world, "octocat", "payments-api", "read").await;

    let alice = lists(&world, "U0ALICE").await;
    let octocat = lists(&world, "U0OCTOCAT").await;

    assert!(alice.starts_with("2 requests wait") && !alice.contains("Decide several"), "{alice}");
    assert!(!octocat.contains("Decide several"), "{octocat}");
    assert!(lists(&world, "U0MONALISA").await.contains("[Decide several…]"));

    // What is decided already and waits for GitHub is nobody's to decide.
    world.reviews_are_answered(403, "Resource not accessible by integration");
    world.press("U0ALICE", "approve").await;
    let monalisa = lists(&world, "U0MONALISA").await;
    assert!(monalisa.starts_with("2 requests wait") && !monalisa.contains("Decide several"), "{monalisa}");
}

#[tokio::test]
async fn a_denial_of_several_tells_each_requester_why() {
    let world = World::start().await;
    let first = asks(&world, "octocat", "payments-api", "write").await;
    let second = asks(&world, "bob", "payments-web", "read").await;
    let view = opens(&world, "U0ALICE").await;
    let offered = offered(&view);
    ticks(&world, "U0ALICE", &[&offered[0], &offered[1]], "deny").await;
    assert_snapshot!("bulk_denying", on_screen(&world.slack().modal("U0ALICE").unwrap()));

    let answer =
        world.submit("U0ALICE", &[("reason_preset", "too_broad"), ("reason", "Ask for docs alone")]).await;
    assert!(answer.status.is_success());
    settles(&world).await;

    let reason = "This asks for more than the job needs. Please ask again with fewer repositories or permissions.\n\nAsk \
                  for docs alone";
    let denied = Some((Action::Deny, Some(reason.to_owned())));
    assert_eq!((decided(&world, first), decided(&world, second)), (denied.clone(), denied));
    for user in ["U0OCTOCAT", "U0BOB"] {
        let dm = world.slack().dms(user).last().expect("a message").on_screen();
        assert!(dm.contains("was denied by alice") && dm.contains("Ask for docs alone"), "{user}: {dm}");
    }
    assert_snapshot!(stable(&world.told_alone("U0ALICE")), @"Your denial counts for all 2 requests. Their cards tell how each goes on.");
}

/// Changed between the two steps, and after the second was shown.
#[tokio::test]
async fn what_was_changed_meanwhile_is_not_decided_and_said_so() {
    let world = World::start().await;
    world.github().vary(|variants| variants.edits_are_announced = true);
    let first = asks(&world, "octocat", "payments-api", "read").await;
    let second = asks(&world, "octocat", "payments-web", "read").await;
    let third = asks(&world, "bob", "docs", "read").await;
    let view = opens(&world, "U0ALICE").await;
    let offered = offered(&view);
    let widen = async |request| {
        let all =
            |content: &mut countersign::simulator::github::Content| content.repositories = Repositories::All;
        world.github().edit_request(request, all).await.unwrap();
        world.quiet().await;
    };

    widen(first).await;
    ticks(&world, "U0ALICE", &[&offered[0], &offered[1], &offered[2]], "approve").await;
    let confirming = on_screen(&world.slack().modal("U0ALICE").unwrap());
    assert!(confirming.contains("You are about to approve 2 requests"), "{confirming}");
    assert!(confirming.contains("**Left out:** r-KEY. It is not as you saw it any more."), "{confirming}");
    widen(second).await;
    let before = world.slack().ephemerals("U0ALICE").len();
    confirms(&world, "U0ALICE", "").await;

    assert!(is_untouched(&world, first) && is_untouched(&world, second));
    assert!(decided(&world, third).is_some());
    let told = told_since(&world, "U0ALICE", before);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_snapshot!(told[0], @"
    Your approval counts for 1 of 2 requests. Their cards tell how each goes on.
    r-KEY: It is not as you saw it any more.
    ");
    let cards: Vec<_> = world.slack().channel(APPROVALS).iter().map(|card| card.on_screen()).collect();
    assert_eq!(cards.iter().filter(|card| card.contains("ALL repositories")).count(), 2, "{cards:?}");
}

#[tokio::test]
async fn what_somebody_else_decided_meanwhile_stays_decided_by_them() {
    let world = World::start().await;
    let first = asks(&world, "octocat", "payments-api", "read").await;
    let second = asks(&world, "bob", "docs", "read").await;
    let view = opens(&world, "U0ALICE").await;
    let offered = offered(&view);
    ticks(&world, "U0ALICE", &[&offered[0], &offered[1]], "deny").await;

    // The newest card is bob's.
    world.press("U0MONALISA", "approve").await;
    let before = world.slack().ephemerals("U0ALICE").len();
    confirms(&world, "U0ALICE", "").await;

    assert_eq!(decided(&world, first).unwrap().0, Action::Deny);
    assert_eq!(decided(&world, second).unwrap().0, Action::Approve);
    let told = told_since(&world, "U0ALICE", before);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_snapshot!(told[0], @"
    Your denial counts for 1 of 2 requests. Their cards tell how each goes on.
    r-KEY: This is already over: approved by monalisa, 23 Nov 2026, 12:00 UTC.
    ");
}

#[tokio::test]
async fn rights_that_are_lost_after_the_form_was_opened_decide_nothing_and_are_told_once() {
    let world = World::start().await;
    let requests = [
        asks(&world, "octocat", "payments-api", "read").await,
        asks(&world, "octocat", "payments-web", "read").await,
        asks(&world, "bob", "docs", "read").await,
    ];
    let view = opens(&world, "U0ALICE").await;
    let offered = offered(&view);
    let all: Vec<_> = offered.iter().collect();
    ticks(&world, "U0ALICE", &all, "approve").await;
    let before = world.slack().ephemerals("U0ALICE").len();

    world.github().set_membership(ORGANIZATION, "alice", Role::Member, MembershipState::Pending);
    confirms(&world, "U0ALICE", "").await;

    assert!(requests.iter().all(|request| is_untouched(&world, *request)));
    let told = told_since(&world, "U0ALICE", before);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_snapshot!(told[0], @"
    Your approval counts for none of the 3 requests.
    r-KEY, r-KEY, r-KEY: Your GitHub account is not an active member of acme, so you can't decide this.
    ");
    let recorded = audit_log::told_in_short(&world).await;
    assert_eq!(recorded.matches("refused: not_a_member").count(), 3, "{recorded}");
}

async fn freezes(world: &World, line: &str) {
    let before = world.slack().ephemerals("U0MONALISA").len();
    world.slack().command("U0MONALISA", APPROVALS, line).await.unwrap();
    world.slack().until(|slack| slack.ephemerals("U0MONALISA").len() > before).await.unwrap();
    world.quiet().await;
}

#[tokio::test]
async fn while_everything_is_frozen_several_can_be_denied_and_none_approved() {
    let world = World::start_with(two_for_docs).await;
    let first = asks(&world, "octocat", "payments-api", "read").await;
    let second = asks(&world, "octocat", "payments-web", "read").await;
    let view = opens(&world, "U0ALICE").await;
    let offered = offered(&view);
    let both = [&offered[0], &offered[1]];

    // Frozen after the second step was shown.
    ticks(&world, "U0ALICE", &both, "approve").await;
    freezes(&world, "/pat freeze on a laptop was stolen").await;
    let before = world.slack().ephemerals("U0ALICE").len();
    confirms(&world, "U0ALICE", "").await;
    assert!(is_untouched(&world, first) && is_untouched(&world, second));
    let told = told_since(&world, "U0ALICE", before);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("Your approval counts for none of the 2 requests."), "{told:?}");
    assert_eq!(told[0].matches("a laptop was stolen").count(), 1, "once for both: {told:?}");

    // Frozen before the first was opened: there is nothing but denials to choose.
    let frozen = opens(&world, "U0ALICE").await;
    let screen = on_screen(&frozen);
    assert!(screen.contains("a laptop was stolen. Until that is lifted you can only deny."), "{screen}");
    assert!(screen.contains("What to do with them: (Deny)"), "{screen}");

    // Frozen between the two steps: said where the verdict is chosen.
    freezes(&world, "/pat freeze off").await;
    opens(&world, "U0ALICE").await;
    freezes(&world, "/pat freeze on a laptop was stolen").await;
    let answer = ticks(&world, "U0ALICE", &both, "approve").await;
    let answer: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert!(answer["errors"]["verdict"].as_str().unwrap().contains("a laptop was stolen"), "{answer}");

    ticks(&world, "U0ALICE", &both, "deny").await;
    confirms(&world, "U0ALICE", "not now").await;
    assert_eq!(decided(&world, first).unwrap().0, Action::Deny);
    assert_eq!(decided(&world, second).unwrap().0, Action::Deny);
}

#[tokio::test]
async fn sent_twice_it_is_decided_once() {
    let world = World::start().await;
    let first = asks(&world, "octocat", "payments-api", "read").await;
    let second = asks(&world, "bob", "docs", "read").await;
    let view = opens(&world, "U0ALICE").await;
    let offered = offered(&view);
    ticks(&world, "U0ALICE", &[&offered[0], &offered[1]], "approve").await;
    let mut sent = json!(null);

    world.slack().submit_disguised("U0ALICE", &[], |payload| sent = payload.clone()).await.unwrap();
    let again = world.slack().interaction(&sent).await.unwrap();
    world.quiet().await;
    settles(&world).await;
    let late = world.slack().interaction(&sent).await.unwrap();
    settles(&world).await;

    assert!(again.status.is_success() && late.status.is_success());
    assert_eq!(decided(&world, first).unwrap().0, Action::Approve);
    assert_eq!(decided(&world, second).unwrap().0, Action::Approve);
    let told = world.told_alone("U0ALICE");
    assert_eq!(told, "Your approval counts for all 2 requests. Their cards tell how each goes on.");
    let recorded = audit_log::told_in_short(&world).await;
    assert!(!recorded.contains("refused: already"), "{recorded}");
}

/// Damaged, or written by a later version.
#[tokio::test]
async fn one_that_can_not_be_read_keeps_nobody_from_deciding_the_others() {
    let world = World::start().await;
    let first = asks(&world, "octocat", "payments-api", "read").await;
    let second = asks(&world, "bob", "docs", "read").await;
    let third = asks(&world, "bob", "payments-web", "read").await;
    let view = opens(&world, "U0ALICE").await;
    let offered = offered(&view);
    ticks(&world, "U0ALICE", &offered.iter().collect::<Vec<_>>(), "deny").await;
    let before = world.slack().ephemerals("U0ALICE").len();

    let damage = format!("UPDATE request SET document = '{{}}' WHERE request_key = '{}'", key(&offered[1]));
    world.sql(damage.leak()).await;
    confirms(&world, "U0ALICE", "").await;

    assert!(decided(&world, first).is_some() && decided(&world, third).is_some());
    assert!(is_untouched(&world, second));
    let told = told_since(&world, "U0ALICE", before);
    assert_snapshot!(told.join("\n---\n"), @"
    Your denial counts for 2 of 3 requests. Their cards tell how each goes on.
    r-KEY: What we keep of it can't be read. The operators have to look at it.
    ");
}

/// The first lookup of who somebody is waits, and so does everything behind it, until the program dies.
#[tokio::test]
async fn what_was_accepted_is_judged_after_a_crash() {
    let mut world = World::start().await;
    let first = asks(&world, "octocat", "payments-api", "read").await;
    let second = asks(&world, "bob", "docs", "read").await;
    let view = opens(&world, "U0ALICE").await;
    let offered = offered(&view);
    ticks(&world, "U0ALICE", &[&offered[0], &offered[1]], "approve").await;
    let before = world.slack().ephemerals("U0ALICE").len();
    world.github().on_call(|moment| match (moment.path.contains("/memberships/"), moment.stage) {
        (true, Stage::Before) => Verdict::Hang,
        _ => Verdict::Continue,
    });

    let answer = world.slack().submit("U0ALICE", &[("reason", "go")]).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    world.kill().await;
    assert!(is_untouched(&world, first) && is_untouched(&world, second));
    world.github().work_normally();
    world.open(Probe::default()).await;
    world.outlive_leases().await;
    settles(&world).await;

    let approved = Some((Action::Approve, Some("go".to_owned())));
    assert_eq!((decided(&world, first), decided(&world, second)), (approved.clone(), approved));
    assert_eq!(told_since(&world, "U0ALICE", before).len(), 1);
}

/// Dies around one commit, once it is told at which.
fn dies_at(deadly: Moment) -> (Probe, Arc<AtomicUsize>, Arc<Notify>) {
    let (left, struck) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (counted, told) = (left.clone(), struck.clone());
    let probe = Probe::new(move |moment| {
        let is_last = moment == deadly
            && counted.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) == Ok(1);
        if !is_last {
            return std::future::ready(()).boxed();
        }
        told.notify_one();
        std::future::pending().boxed()
    });
    (probe, left, struck)
}

/// Whatever of it was committed, and in the middle of it, too.
#[tokio::test]
async fn killed_between_any_two_of_them_it_ends_the_same() {
    for (deadly, moment) in
        (1..=6).flat_map(|commit| [Moment::BeforeCommit, Moment::AfterCommit].map(|at| (commit, at)))
    {
        let (probe, left, struck) = dies_at(moment);
        let mut world = World::closed().await;
        world.open(probe).await;
        world.quiet().await;
        let mut requests = Vec::new();
        for repository in ["payments-api", "payments-web", "docs"] {
            requests.push(asks(&world, "octocat", repository, "read").await);
        }
        let view = opens(&world, "U0ALICE").await;
        let offered = offered(&view);
        ticks(&world, "U0ALICE", &offered.iter().collect::<Vec<_>>(), "deny").await;

        left.store(deadly, Ordering::SeqCst);
        let slack = world.slack().clone();
        let mut sending = tokio::spawn(async move { slack.submit("U0ALICE", &[("reason", "no")]).await });
        let mut answered = None;
        let is_struck = tokio::select! {
            biased;
            () = struck.notified() => true,
            () = async {
                answered = Some((&mut sending).await);
                settles(&world).await;
            } => false,
        };
        assert!(is_struck || deadly > 3, "{deadly} {moment:?}: there are as many commits at least");
        world.kill().await;
        let answered = match answered {
            Some(answered) => answered,
            None => sending.await,
        };
        let is_accepted = answered.unwrap().is_ok_and(|answer| answer.status == StatusCode::OK);
        world.open(Probe::default()).await;
        world.outlive_leases().await;
        for _ in 0..3 {
            settles(&world).await;
        }

        let ends: Vec<_> = requests.iter().map(|request| world.github().decision_on(*request)).collect();
        let denied = ends.iter().flatten().filter(|end| end.action == Action::Deny).count();
        assert!(denied == 3 || (denied == 0 && !is_accepted), "{deadly} {moment:?}: {ends:?}, {is_accepted}");
        assert!(requests.iter().all(|request| world.github().reviews(*request).attempted <= 2));
    }
}

#[tokio::test]
async fn more_than_fit_are_counted_and_come_the_next_time() {
    let world = World::start().await;
    for number in 0..23 {
        let owner = format!("dev-{number}");
        world.github().add_user(&owner);
        asks(&world, &owner, "docs", "read").await;
    }
    world.pass(TimeDelta::minutes(1)).await;
    let view = opens(&world, "U0ALICE").await;
    let some = offered(&view);
    assert_eq!(some.len(), 20);
    assert!(some.iter().all(|one| one.words.contains("read code")), "{}", some[0].words);
    let screen = on_screen(&view);
    assert!(screen.contains("These are 20 of 23 that you may decide."), "{screen}");
    let before = world.slack().ephemerals("U0ALICE").len();

    ticks(&world, "U0ALICE", &some.iter().collect::<Vec<_>>(), "approve").await;
    confirms(&world, "U0ALICE", "").await;
    for _ in 0..5 {
        settles(&world).await;
    }

    assert_eq!(world.open_requests().await.len(), 3);
    let told = told_since(&world, "U0ALICE", before);
    assert_snapshot!(told.join("\n---\n"), @"Your approval counts for all 20 requests. Their cards tell how each goes on.");
    assert_eq!(offered(&opens(&world, "U0ALICE").await).len(), 3);
}

/// No screen sends these.
#[tokio::test]
async fn crafted_submissions_are_harmless() {
    let world = World::start().await;
    world.slack().add_user("U0HUBOT", "hubot");
    let first = asks(&world, "octocat", "payments-api", "read").await;
    let second = asks(&world, "bob", "docs", "read").await;
    let view = opens(&world, "U0ALICE").await;
    let offered = offered(&view);
    let mut step = json!(null);
    world
        .slack()
        .submit_disguised(
            "U0ALICE",
            &[(offered[0].field.as_str(), offered[0].value.as_str()), ("verdict", "approve")],
            |payload| step = payload.clone(),
        )
        .await
        .unwrap();
    let mut last = json!(null);
    let foreign = |payload: &mut Value| {
        last = payload.clone();
        payload["team"]["id"] = "T0ELSEWHERE".into();
        payload["view"]["app_installed_team_id"] = "T0ELSEWHERE".into();
    };
    let answer = world.slack().submit_disguised("U0ALICE", &[], foreign).await.unwrap();
    assert!(String::from_utf8_lossy(&answer.body).contains("another Slack workspace"));
    let ticked = |values: Vec<String>| {
        let mut payload = step.clone();
        let options: Vec<_> = values.iter().map(|value| json!({ "value": value })).collect();
        payload["view"]["state"]["values"]["requests_1"]["requests_1"]["selected_options"] = options.into();
        payload
    };
    let answered = async |payload: Value| {
        let answer = world.slack().interaction(&payload).await.expect("an answer");
        assert_eq!(answer.status, StatusCode::OK);
        world.quiet().await;
        String::from_utf8_lossy(&answer.body).into_owned()
    };

    let many = (0..500).map(|number| format!("r-aaa{:03}.00ff", number)).collect();
    for (values, said) in [
        (vec![], "Please tick at least one."),
        (vec!["nonsense".to_owned(), "c-7f3k2.00ff".to_owned()], "Please tick at least one."),
        (many, "Please tick at most 20."),
        (vec!["r-aaaaaa.00ff".to_owned()], "None of these can be decided as you saw them."),
        (vec![format!("{}.00ff", key(&offered[0]))], "None of these can be decided as you saw them."),
    ] {
        let answer = answered(ticked(values.clone())).await;
        assert!(answer.contains(said), "{:?}: {answer}", values.first());
    }
    let mut undecided = ticked(vec![offered[0].value.clone()]);
    for verdict in [json!(null), json!({ "value": "perhaps" })] {
        undecided["view"]["state"]["values"]["verdict"]["verdict"]["selected_option"] = verdict;
        assert!(answered(undecided.clone()).await.contains("Please choose what is to become of them."));
    }
    let carrying = |metadata: &str| {
        let mut payload = last.clone();
        payload["view"]["private_metadata"] = metadata.into();
        payload
    };
    for metadata in ["", "several C0APPROVALS", "several C0APPROVALS approve", "r-aaaaaa.00ff.C0APPROVALS.0"]
    {
        assert!(answered(carrying(metadata)).await.contains("We don't know this request."), "{metadata}");
    }
    let forged = format!("several C0APPROVALS approve r-aaaaaa.00ff {}.00ff", key(&offered[0]));
    assert_eq!(answered(carrying(&forged)).await, r#"{"response_action":"clear"}"#);

    // Somebody whose accounts are not linked, with what was shown to alice.
    let mut stranger = carrying(&format!("several C0APPROVALS approve {}", offered[0].value));
    stranger["user"]["id"] = "U0HUBOT".into();
    assert_eq!(answered(stranger).await, r#"{"response_action":"clear"}"#);

    assert!(is_untouched(&world, first) && is_untouched(&world, second));
    let told = stable(&world.told_alone("U0HUBOT"));
    assert!(told.contains("We don't know your GitHub account, so this can't count."), "{told}");
    assert!(told.contains("Linking your accounts yourself is not set up here."), "{told}");
    assert_snapshot!(stable(&world.told_alone("U0ALICE")).replace("r-aaaaaa", "r-KEY"), @"
    Your approval counts for none of the 2 requests.
    r-KEY, r-KEY: It is not as you saw it any more.
    ");
}

/// What was offered is gone by the time the button is pressed.
#[tokio::test]
async fn where_nothing_is_left_to_decide_the_form_says_so() {
    let world = World::start().await;
    asks(&world, "octocat", "payments-api", "read").await;
    asks(&world, "bob", "docs", "read").await;
    lists(&world, "U0ALICE").await;
    for request in world.open_requests().await {
        world.github().cancel_request(request.id).await.unwrap();
    }
    world.quiet().await;

    world.slack().click_ephemeral("U0ALICE", "decide_several").await.unwrap();

    let view = world.filled_modal("U0ALICE").await;
    assert!(on_screen(&view).starts_with("Nothing that you may decide waits any more."), "{view}");
}

/// What nobody has looked up yet would be decided as something else than it is.
#[tokio::test]
async fn what_was_found_at_first_sight_is_looked_up_before_it_is_decided() {
    let mut world = World::closed().await;
    world.github().stop_sending();
    let mut requests = Vec::new();
    for owner in ["octocat", "bob", "dev-1"] {
        world.github().add_user(owner);
        let wish = NewRequest { owner: owner.to_owned(), ..push_to_payments(&world.stage.clock) };
        requests.push(world.github().request_token(wish).await);
    }
    world.open(Probe::default()).await;
    world.quiet().await;
    world.pass(TimeDelta::seconds(2)).await;

    let screen = on_screen(&opens(&world, "U0ALICE").await);
    assert!(
        screen.starts_with("3 more are being looked up on GitHub: open this again in a minute."),
        "{screen}"
    );
    settles(&world).await;
    let view = opens(&world, "U0ALICE").await;
    let offered = offered(&view);
    assert_eq!(offered.len(), 3);
    ticks(&world, "U0ALICE", &offered.iter().collect::<Vec<_>>(), "deny").await;
    confirms(&world, "U0ALICE", "not now").await;
    settles(&world).await;

    for request in requests {
        assert_eq!(decided(&world, request).expect("it is denied").0, Action::Deny);
    }
    let told = world.told_alone("U0ALICE");
    assert_eq!(told, "Your denial counts for all 3 requests. Their cards tell how each goes on.");
}

/// A card that many share could not tell it.
#[tokio::test]
async fn what_shared_a_card_gets_its_own_once_it_is_decided() {
    let world = World::start().await;
    let mut requests = Vec::new();
    for _ in 0..7 {
        requests.push(asks(&world, "octocat", "payments-api", "read").await);
    }
    world.pass(TimeDelta::seconds(3)).await;
    let before = world.slack().channel(APPROVALS).len();
    assert_eq!(before, 6, "five cards and one for the others");
    let view = opens(&world, "U0ALICE").await;
    let offered = offered(&view);
    ticks(&world, "U0ALICE", &offered.iter().collect::<Vec<_>>(), "approve").await;
    world.reviews_are_answered(422, "Validation failed");
    confirms(&world, "U0ALICE", "").await;
    settles(&world).await;

    let cards: Vec<_> = world.slack().channel(APPROVALS).iter().map(|card| card.on_screen()).collect();
    let refused = cards.iter().filter(|card| card.contains("GitHub refused the review (422)")).count();
    assert_eq!(refused, requests.len(), "{cards:?}");
}

#[tokio::test]
async fn what_one_has_voted_on_already_does_not_stand_before_the_rest() {
    let world = World::start_with(two_for_docs).await;
    for number in 0..21 {
        let owner = format!("dev-{number}");
        world.github().add_user(&owner);
        asks(&world, &owner, "docs", "read").await;
    }
    let first = opens(&world, "U0ALICE").await;
    let some = offered(&first);
    ticks(&world, "U0ALICE", &some.iter().collect::<Vec<_>>(), "approve").await;
    confirms(&world, "U0ALICE", "").await;
    settles(&world).await;

    let again = offered(&opens(&world, "U0ALICE").await);

    assert!(!some.iter().any(|one| key(one) == key(&again[0])), "the one that is left comes first");
    assert_eq!(again.len(), 20);
}

/// The second step shows what is going to count.
#[tokio::test]
async fn who_may_not_decide_any_more_is_told_so_before_they_confirm() {
    let world = World::start().await;
    asks(&world, "octocat", "payments-api", "read").await;
    asks(&world, "bob", "docs", "read").await;
    let view = opens(&world, "U0ALICE").await;
    let offered = offered(&view);
    world.github().set_membership(ORGANIZATION, "alice", Role::Member, MembershipState::Pending);

    let answer = ticks(&world, "U0ALICE", &offered.iter().collect::<Vec<_>>(), "approve").await;

    let said = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(said.contains("None of these can be decided"), "{said}");
    assert_eq!(said.matches("is not an active member of acme").count(), 2, "{said}");
}

#[tokio::test]
async fn one_that_can_not_be_read_is_left_out_of_what_is_confirmed() {
    let world = World::start().await;
    asks(&world, "octocat", "payments-api", "read").await;
    asks(&world, "bob", "docs", "read").await;
    let view = opens(&world, "U0ALICE").await;
    let offered = offered(&view);
    let damage = format!("UPDATE request SET document = '{{}}' WHERE request_key = '{}'", key(&offered[1]));
    world.sql(damage.leak()).await;

    ticks(&world, "U0ALICE", &[&offered[0], &offered[1]], "deny").await;

    let screen = on_screen(&world.slack().modal("U0ALICE").unwrap());
    assert!(screen.contains("You are about to deny 1 request:"), "{screen}");
    assert!(screen.contains("**Left out:** r-KEY. What we keep of it can't be read."), "{screen}");
}
