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

/// What alice decides, which words tell of it, and how many tokens there are afterwards.
const DECISIONS: [(Action, [&str; 2], usize); 2] = [
    (Action::Approve, ["Approved by alice", "was approved by alice"], 1),
    (Action::Deny, ["Denied by alice", "was denied by alice"], 0),
];

/// Alice decides while GitHub behaves like this on reviews; then it works again and time passes.
async fn decided_through(
    action: Action,
    verdict: impl Fn(Stage) -> Verdict + Send + Sync + 'static,
) -> (World, RequestId) {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    world.github().on_call(move |moment| match moment.is_review() {
        true => verdict(moment.stage),
        false => Verdict::Continue,
    });
    match action {
        Action::Approve => drop(world.press("U0ALICE", "approve").await),
        Action::Deny => {
            world.modal("U0ALICE", "deny").await;
            world.submit("U0ALICE", &[("reason", "not now")]).await;
        }
    }
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

/// Nobody is told of a decision that GitHub does not have.
fn assert_truth(world: &World, request: RequestId) {
    let decided = world.github().decision_on(request).map(|decision| decision.action);
    for (action, words, _) in DECISIONS {
        let messages = world.slack().all_messages();
        let said = messages.iter().any(|message| words.iter().any(|words| message.text.contains(words)));
        assert!(decided == Some(action) || !said, "{action:?} was announced, and GitHub does not have it");
    }
}

fn assert_ended(world: &World, request: RequestId, action: Action, name: &str) {
    let (_, [card, dm], tokens) =
        DECISIONS.into_iter().find(|(decision, ..)| *decision == action).expect("one of both");
    assert!(world.card().text.contains(card), "{action:?}, {name}: {}", world.card().text);
    assert!(world.github().reviews(request).took_effect, "{action:?}, {name}");
    assert_eq!(world.github().grants("acme").len(), tokens, "{action:?}, {name}");
    let told = world.slack().dms("U0OCTOCAT");
    assert_eq!(told.len(), 2, "{action:?}, {name}");
    assert!(told[1].text.contains(dm), "{action:?}, {name}: {}", told[1].text);
}

/// An answer with a status and words of no meaning.
fn answer(status: u16) -> Verdict {
    let status = StatusCode::from_u16(status).expect("a status");
    Verdict::Answer(status, json!({ "message": "Not now" }))
}

/// What something between us and GitHub answers.
fn page(status: u16) -> Verdict {
    let status = StatusCode::from_u16(status).expect("a status");
    Verdict::Answer(status, json!("<html><body>The proxy is on holiday</body></html>"))
}

#[tokio::test]
async fn whatever_happens_before_the_effect_the_decision_gets_through_once() {
    let answers = [400, 401, 403, 408, 409, 429, 500, 502, 503, 504].map(answer);
    let limits = [StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS]
        .map(|status| Verdict::Limit { status, retry_after: 90 });
    for fault in answers.into_iter().chain(limits).chain([Verdict::Reset, Verdict::Hang]) {
        for (action, ..) in DECISIONS {
            let (name, fault) = (format!("{fault:?}"), fault.clone());
            let (world, request) = decided_through(action, move |stage| match stage {
                Stage::Before => fault.clone(),
                Stage::After => Verdict::Continue,
            })
            .await;

            assert_ended(&world, request, action, &name);
        }
    }
}

#[tokio::test]
async fn whatever_happens_after_the_effect_the_decision_is_found_to_be_ours() {
    let answers = [200, 202, 400, 408, 409, 499, 500, 502, 503, 504].map(answer);
    // A no that GitHub knows, in words that are not GitHub's.
    for fault in answers.into_iter().chain([page(403)]).chain([Verdict::Reset, Verdict::Hang]) {
        for (action, ..) in DECISIONS {
            let (name, fault) = (format!("{fault:?}"), fault.clone());
            let (world, request) = decided_through(action, move |stage| match stage {
                Stage::Before => Verdict::Continue,
                Stage::After => fault.clone(),
            })
            .await;

            assert_ended(&world, request, action, &name);
        }
    }
}

/// A refusal that is none: the request is decided although GitHub, or something in between, said no.
#[tokio::test]
async fn a_no_that_was_a_yes_ends_as_github_tells_it() {
    for status in [401, 403, 404, 422, 429] {
        for (action, word) in [(Action::Approve, "Approved"), (Action::Deny, "Denied")] {
            let (world, request) = decided_through(action, move |stage| match stage {
                Stage::Before => Verdict::Continue,
                Stage::After => answer(status),
            })
            .await;

            assert!(world.card().text.contains(word), "{status}: {}", world.card().text);
            // A 401 says that nothing was looked at: that alone is asked again at once, with a fresh token.
            assert!(world.github().reviews(request).attempted <= 2, "{status}");
            assert_eq!(world.slack().dms("U0OCTOCAT").len(), 2, "{status}");
        }
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
