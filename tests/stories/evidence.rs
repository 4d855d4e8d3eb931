//! What GitHub says or does not say about a decision, at every stage, and what that means.

use axum::http::StatusCode;
use chrono::TimeDelta;
use countersign::demo::{APPROVALS, OPERATORS};
use countersign::ids::RequestId;
use countersign::simulator::github::{Action, Stage, Verdict};
use countersign::simulator::slack::Slack;
use countersign::store::Probe;
use insta::assert_json_snapshot;
use serde_json::json;

use crate::support::{World, push_to_payments};

/// Alice approves while GitHub behaves like this on reviews; then it works again and time passes.
async fn approved_through(verdict: impl Fn(Stage) -> Verdict + Send + Sync + 'static) -> (World, RequestId) {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    world.github().on_call(move |moment| match moment.is_review() {
        true => verdict(moment.stage),
        false => Verdict::Continue,
    });
    world.press("U0ALICE", "approve").await;
    assert_truth(&world, request);
    world.pass(TimeDelta::seconds(11)).await;
    assert_truth(&world, request);
    world.github().work_normally();
    for _ in 0..12 {
        world.pass(TimeDelta::minutes(1)).await;
        assert_truth(&world, request);
    }
    (world, request)
}

/// Nobody is told of an approval that GitHub does not have.
fn assert_truth(world: &World, request: RequestId) {
    let is_approved =
        world.github().decision_on(request).is_some_and(|decision| decision.action == Action::Approve);
    let said = world
        .slack()
        .all_messages()
        .iter()
        .any(|message| ["Approved by", "was approved"].iter().any(|words| message.text.contains(words)));
    assert!(is_approved || !said, "an approval was announced that GitHub does not have");
}

#[tokio::test]
async fn whatever_happens_before_the_effect_the_decision_gets_through_once() {
    let statuses = [400, 401, 403, 408, 409, 429, 500, 502, 503, 504];
    let answers = statuses.map(|status| {
        let status = StatusCode::from_u16(status).expect("a status");
        Verdict::Answer(status, json!({ "message": "Not now" }))
    });
    let limits = [StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS]
        .map(|status| Verdict::Limit { status, retry_after: 90 });
    for fault in answers.into_iter().chain(limits).chain([Verdict::Reset, Verdict::Hang]) {
        let name = format!("{fault:?}");
        let (world, request) = approved_through(move |stage| match stage {
            Stage::Before => fault.clone(),
            Stage::After => Verdict::Continue,
        })
        .await;

        assert!(world.card().text.contains("Approved by alice"), "{name}: {}", world.card().text);
        assert!(world.github().reviews(request).took_effect, "{name}");
        assert_eq!(world.github().grants("acme").len(), 1, "{name}");
    }
}

#[tokio::test]
async fn whatever_happens_after_the_effect_the_decision_is_found_to_be_ours() {
    let answers = [200, 202, 500, 502, 503, 504].map(|status| {
        let status = StatusCode::from_u16(status).expect("a status");
        Verdict::Answer(status, json!({ "message": "Not now" }))
    });
    for fault in answers.into_iter().chain([Verdict::Reset, Verdict::Hang]) {
        let name = format!("{fault:?}");
        let (world, request) = approved_through(move |stage| match stage {
            Stage::Before => Verdict::Continue,
            Stage::After => fault.clone(),
        })
        .await;

        assert!(world.card().text.contains("Approved by alice"), "{name}: {}", world.card().text);
        assert!(world.github().reviews(request).took_effect, "{name}");
        assert_eq!(world.github().grants("acme").len(), 1, "{name}");
        assert_eq!(world.slack().dms("U0OCTOCAT").len(), 2, "{name}");
    }
}

/// A refusal that is none: the request is decided although GitHub, or something in between, said no.
#[tokio::test]
async fn a_no_that_was_a_yes_ends_as_github_tells_it() {
    for status in [400, 401, 403, 404, 408, 409, 422, 429] {
        let answer = StatusCode::from_u16(status).expect("a status");
        let (world, request) = approved_through(move |stage| match stage {
            Stage::Before => Verdict::Continue,
            Stage::After => Verdict::Answer(answer, json!({ "message": "No" })),
        })
        .await;

        assert!(world.card().text.contains("Approved"), "{status}: {}", world.card().text);
        // A 401 says that nothing was looked at: that alone is asked again at once, with a fresh token.
        assert!(world.github().reviews(request).attempted <= 2, "{status}");
        assert_eq!(world.slack().dms("U0OCTOCAT").len(), 2, "{status}");
    }
}

#[tokio::test]
async fn a_limit_is_waited_for_as_long_as_github_asks() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    world.github().on_call(|moment| match (moment.is_review(), moment.stage) {
        (true, Stage::Before) => Verdict::Limit { status: StatusCode::FORBIDDEN, retry_after: 240 },
        _ => Verdict::Continue,
    });

    world.press("U0ALICE", "approve").await;
    for _ in 0..3 {
        world.pass(TimeDelta::minutes(1)).await;
    }

    assert_eq!(world.github().reviews(request).attempted, 1, "it was asked to stay away");
    assert!(!world.card().on_screen().contains("can't be told yet"), "a limit is nobody's fault");
    world.github().work_normally();
    world.pass(TimeDelta::minutes(1)).await;
    world.pass(TimeDelta::minutes(5)).await;
    assert!(world.github().reviews(request).took_effect);
}

#[tokio::test]
async fn without_any_word_from_github_a_lost_approval_is_ours_by_its_grant() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    world.github().stop_sending();
    world.github().on_call(|moment| match (moment.is_review(), moment.stage) {
        (true, Stage::After) => Verdict::Reset,
        _ => Verdict::Continue,
    });

    world.press("U0ALICE", "approve").await;
    world.github().work_normally();
    world.pass(TimeDelta::minutes(1)).await;

    assert_eq!(world.github().reviews(request).attempted, 1);
    assert!(world.card().text.contains("Approved by alice"));
}

#[tokio::test]
async fn a_lost_denial_without_any_word_is_over_and_later_turns_out_to_be_ours() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    world.github().stop_sending();
    world.github().on_call(|moment| match (moment.is_review(), moment.stage) {
        (true, Stage::After) => Verdict::Reset,
        _ => Verdict::Continue,
    });
    world.modal("U0ALICE", "deny").await;
    world.submit("U0ALICE", &[("reason", "not this one")]).await;
    world.github().work_normally();
    for _ in 0..12 {
        world.pass(TimeDelta::minutes(1)).await;
    }
    let gone = world.card().on_screen();

    world.stage.lead_to_address(&world.running.as_ref().unwrap().base);
    let denied = world.github().deliveries().into_iter().find(|delivery| delivery.action == "denied");
    world.github().redeliver(&denied.expect("GitHub tried to tell").guid).await.unwrap();
    world.quiet().await;

    assert!(gone.contains("GitHub doesn't say how"), "{gone}");
    assert!(world.card().text.contains("Denied by alice"), "{}", world.card().text);
    assert!(world.slack().dms("U0OCTOCAT").last().expect("a message").on_screen().contains("not this one"));
    assert_eq!(world.github().reviews(request).attempted, 1);
}

#[tokio::test]
async fn an_end_that_contradicts_githubs_answer_is_on_the_card_and_told_to_the_operators() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    // GitHub says 204 to a request that monalisa has denied meanwhile, and its event comes late.
    world.github().stop_sending();
    world.github().on_call(|moment| match (moment.is_review(), moment.stage) {
        (true, Stage::Before) => Verdict::Answer(StatusCode::NO_CONTENT, json!(null)),
        _ => Verdict::Continue,
    });
    world.press("U0ALICE", "approve").await;
    assert!(world.card().text.contains("Approved by alice"));
    world.github().work_normally();
    world.stage.lead_to_address(&world.running.as_ref().unwrap().base);

    world.github().decide_on_page(request, "monalisa", Action::Deny, None).await.unwrap();
    world.quiet().await;

    assert_json_snapshot!("card_contradicted", world.card().blocks);
    assert!(world.card().text.contains("GitHub contradicts itself"), "{}", world.card().text);
    let replies = world.slack().thread(&world.card().channel, &world.card().ts);
    assert!(replies.last().expect("a reply").text.contains("GitHub contradicts itself"), "{replies:?}");
    let notice = world.slack().channel(OPERATORS).pop().expect("the operators were told");
    assert!(notice.text.contains("GitHub contradicts itself"), "{}", notice.text);
    let dm = world.slack().dms("U0OCTOCAT").pop().expect("octocat was told");
    assert!(dm.text.contains("was denied"), "{}", dm.text);
    let recorded = crate::audit_log::told(&world).await;
    assert!(recorded.contains("request.contradicted"), "{recorded}");
}

#[tokio::test]
async fn a_token_granted_without_review_gets_a_card_that_says_so() {
    let world = World::start().await;

    world.github().grant_without_review(push_to_payments(&world.stage.clock)).await;
    world.quiet().await;

    assert_json_snapshot!("card_granted_without_review", world.card().blocks);
    assert!(world.card().text.contains("Granted without review"), "{}", world.card().text);
    assert!(!world.card().on_screen().contains("on GitHub by"), "nobody is known to have approved it");
    assert!(world.slack().dms("U0OCTOCAT").is_empty());
    assert!(world.modal("U0ALICE", "details").await.to_string().contains("No request for it reached us"));
}

#[tokio::test]
async fn a_beginning_that_comes_after_its_end_puts_the_card_right() {
    let world = World::start().await;
    world.github().stop_sending();
    let request = world.github().request_token(push_to_payments(&world.stage.clock)).await;
    let created = world.github().deliveries().pop().expect("a delivery").guid;
    world.stage.lead_to_address(&world.running.as_ref().unwrap().base);
    world.github().decide_on_page(request, "monalisa", Action::Approve, None).await.unwrap();
    world.quiet().await;
    let before = world.card().on_screen();

    world.github().redeliver(&created).await.unwrap();
    world.quiet().await;

    assert!(before.contains("Granted without review"), "{before}");
    let after = world.card().on_screen();
    assert!(!after.contains("Granted without review"), "{after}");
    assert!(after.contains("octocat wants to WRITE") && after.contains("on GitHub by monalisa"), "{after}");
    assert_eq!(world.slack().channel(&world.card().channel).len(), 1);
}

/// Nobody can be asked for it again: for the list, a denied request is only gone.
#[tokio::test]
async fn an_answer_that_the_database_does_not_take_is_not_forgotten() {
    let mut world = World::closed_on_the_wall_clock().await;
    world.open(Probe::default()).await;
    let request = world.octocat_asks().await;
    world.modal("U0ALICE", "deny").await;
    let (refuse, allow) = match world.is_on_postgres() {
        true => (
            "ALTER TABLE request ADD CONSTRAINT small CHECK (state <> 'settled')",
            "ALTER TABLE request DROP CONSTRAINT small",
        ),
        false => (
            "CREATE TRIGGER small BEFORE UPDATE ON request WHEN NEW.state = 'settled'
             BEGIN SELECT RAISE(ROLLBACK, 'full'); END",
            "DROP TRIGGER small",
        ),
    };
    world.sql(refuse).await;

    world.slack().submit("U0ALICE", &[("reason", "not now")]).await.expect("the submission is answered");
    world.github().until(|github| github.decision_on(request).is_some()).await.expect("GitHub is told");
    world.github().settled().await.expect("GitHub's own event is turned away meanwhile");
    world.sql(allow).await;

    let is_denied = |slack: &Slack| slack.channel(APPROVALS)[0].text.contains("Denied by alice");
    world.slack().until(is_denied).await.expect("the card says so");
}
