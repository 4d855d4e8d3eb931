//! Which of several faults a request is refused for, and that nothing of it is kept.

use super::raw::{Raw, Request};
use crate::support::World;

const MEBIBYTE: usize = 1024 * 1024;
const CLICK: &str = "payload=%7B%22type%22%3A%22shortcut%22%7D";

/// The answer to a fault, and how to commit it.
type Fault = (u16, fn(Request) -> Request);

/// What can be wrong at GitHub's door, in the order in which it is looked for.
const AT_GITHUBS: [Fault; 6] = [
    (405, |request| Request { method: "PUT", ..request }),
    (413, |request| request.saying("content-length", (25 * MEBIBYTE + 1).to_string())),
    (401, |request| request.instead("x-hub-signature-256", "sha256=00")),
    (415, |request| request.instead("content-encoding", "gzip")),
    (415, |request| request.instead("content-type", "text/plain")),
    (400, |request| request.instead("x-github-event", "\u{e9}")),
];

const AT_SLACKS: [Fault; 4] = [
    (405, |request| Request { method: "PUT", ..request }),
    (413, |request| request.saying("content-length", (MEBIBYTE + 1).to_string())),
    (401, |request| request.instead("x-slack-signature", "v0=00")),
    (415, |request| request.instead("content-encoding", "gzip")),
];

#[tokio::test]
async fn of_all_faults_of_a_delivery_the_first_in_order_counts() {
    let world = World::start().await;
    let kept = everything_kept(&world).await;

    for first in 0..AT_GITHUBS.len() {
        let delivery = Request::webhook(&world, "star", "no json");
        let spoilt = AT_GITHUBS[first..].iter().fold(delivery, |request, (_, spoil)| spoil(request));
        assert_eq!(spoilt.send(&world).await.status, AT_GITHUBS[first].0, "from fault {first}");
    }
    assert_eq!(Request::webhook(&world, "star", "no json").send(&world).await.status, 400);
    assert_eq!(everything_kept(&world).await, kept);
}

#[tokio::test]
async fn of_all_faults_of_a_click_the_first_in_order_counts() {
    let world = World::start().await;
    let kept = everything_kept(&world).await;

    for path in ["/slack/interactions", "/slack/commands", "/slack/events"] {
        for first in 0..AT_SLACKS.len() {
            let click = Request::slack(&world, path, "no form").await;
            let spoilt = AT_SLACKS[first..].iter().fold(click, |request, (_, spoil)| spoil(request));
            assert_eq!(spoilt.send(&world).await.status, AT_SLACKS[first].0, "{path} from fault {first}");
        }
        assert_eq!(Request::slack(&world, path, "no form").await.send(&world).await.status, 400, "{path}");
    }
    assert_eq!(everything_kept(&world).await, kept);
}

/// How many entries the record has: each thing that is let in leaves one.
async fn everything_kept(world: &World) -> i64 {
    world.quiet().await;
    world.running.as_ref().unwrap().app.store.count_entries().await.unwrap().0
}

#[tokio::test]
async fn a_header_that_stands_there_twice_is_not_believed() {
    let world = World::start().await;

    for (name, status) in [
        ("x-hub-signature-256", 401),
        ("content-type", 415),
        ("x-github-event", 400),
        ("x-github-delivery", 400),
        ("user-agent", 202),
    ] {
        let twice = Request::webhook(&world, "ping", "{}").twice(name);
        assert_eq!(twice.send(&world).await.status, status, "{name}");
    }
    for (name, status) in [("x-slack-signature", 401), ("x-slack-request-timestamp", 401), ("accept", 200)] {
        let click = Request::slack(&world, "/slack/interactions", CLICK).await;
        let twice = if name == "accept" { click.saying(name, "*/*") } else { click }.twice(name);
        assert_eq!(twice.send(&world).await.status, status, "{name}");
    }
}

#[tokio::test]
async fn header_values_that_are_no_text_count_as_missing() {
    let world = World::start().await;

    for (name, status) in [
        ("x-hub-signature-256", 401),
        ("content-type", 415),
        ("x-github-event", 400),
        ("x-github-delivery", 202),
        ("user-agent", 202),
    ] {
        let odd = Request::webhook(&world, "ping", "{}").instead(name, b"\xff\xfe\xc3\x28");
        assert_eq!(odd.send(&world).await.status, status, "{name}");
    }
    for name in ["x-slack-signature", "x-slack-request-timestamp"] {
        let odd = Request::slack(&world, "/slack/interactions", CLICK).await.instead(name, b"\xff");
        assert_eq!(odd.send(&world).await.status, 401, "{name}");
    }
}

#[tokio::test]
async fn a_content_type_may_name_utf_8_and_nothing_else() {
    let world = World::start().await;

    for (content_type, status) in [
        ("application/json; charset=utf-8", 202),
        ("Application/JSON;charset=UTF-8", 202),
        ("application/json; charset=utf-16", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/json, text/plain", 415),
    ] {
        let delivery = Request::webhook(&world, "ping", "{}").instead("content-type", content_type);
        assert_eq!(delivery.send(&world).await.status, status, "{content_type}");
    }
}

/// The signature is over the bytes that came; a compressed body is refused only after that.
#[tokio::test]
async fn a_compressed_body_is_refused_and_told_why() {
    let world = World::start().await;

    let delivery = Request::webhook(&world, "ping", "{}").saying("content-encoding", "gzip");
    let click = Request::slack(&world, "/slack/interactions", CLICK).await.saying("content-encoding", "br");
    for request in [delivery, click] {
        let reply = request.send(&world).await;
        assert_eq!((reply.status, reply.body.as_str()), (415, "encoded"));
        assert!(reply.head.contains("accept-encoding: identity"), "{}", reply.head);
    }
    let plain = Request::webhook(&world, "ping", "{}").saying("content-encoding", "identity");
    assert_eq!(plain.send(&world).await.status, 202);
}

#[tokio::test]
async fn only_a_post_is_let_in_and_the_others_are_told_so() {
    let world = World::start().await;

    for path in ["/github/webhooks", "/slack/interactions", "/slack/commands", "/slack/events"] {
        for method in ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW"] {
            let target = path.to_owned();
            let request = Request { method, target, headers: Vec::new(), body: Vec::new() };
            let reply = Raw::connect(&world).await.send(request.head()).await.reply_to(method).await;
            assert_eq!(reply.status, 405, "{method} {path}");
            assert!(reply.head.contains("allow: post"), "{method} {path}: {}", reply.head);
        }
    }
}

#[tokio::test]
async fn there_is_nothing_anywhere_else() {
    let world = World::start().await;

    for path in [
        "/",
        "/github",
        "/github/webhooks/",
        "/GitHub/webhooks",
        "//github/webhooks",
        "/github/./webhooks",
        "/github/webhooks%00",
        "/livez",
        "/metrics",
    ] {
        let delivery = Request { target: path.to_owned(), ..Request::webhook(&world, "ping", "{}") };
        assert_eq!(delivery.send(&world).await.status, 404, "{path}");
    }
    let asked =
        Request { target: "/github/webhooks?x=1".to_owned(), ..Request::webhook(&world, "ping", "{}") };
    assert_eq!(asked.send(&world).await.status, 202);
}
