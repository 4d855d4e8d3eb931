//! Connections: one request after the other, heads that do not end, other protocols.

use chrono::TimeDelta;

use super::raw::{Raw, Request};
use crate::support::World;

#[tokio::test]
async fn requests_on_one_connection_are_answered_in_their_order() {
    let world = World::start().await;
    let good = || Request::webhook(&world, "ping", "{}").bytes();
    let forged = Request::webhook(&world, "ping", "{}").instead("x-hub-signature-256", "sha256=00").bytes();
    let malformed = Request::webhook(&world, "ping", "no json").bytes();

    let mut connection = Raw::connect(&world).await;
    connection.send([good(), forged, good(), malformed, good()].concat()).await;

    for status in [202, 401, 202, 400, 202] {
        assert_eq!(connection.reply().await.unwrap().status, status);
    }
}

/// What follows an unread body could be the body: it is not taken for a request.
#[tokio::test]
async fn after_a_body_that_was_not_read_the_connection_ends() {
    let world = World::start().await;
    let inner = Request::webhook(&world, "ping", "{}").bytes();
    let outer = Request::webhook(&world, "ping", "{}").saying("content-length", "26214401").head();

    let mut connection = Raw::connect(&world).await;
    connection.send([outer, inner].concat()).await;

    let reply = connection.reply().await.unwrap();
    assert_eq!(reply.status, 413);
    assert!(reply.head.contains("connection: close"), "{}", reply.head);
    assert!(connection.is_over().await);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let world = World::start().await;
    let ping = || Request::webhook(&world, "ping", "{}");

    let long = ping().saying("x-long", "x".repeat(20_000));
    assert_eq!(long.send(&world).await.status, 431);
    let many = (0..200).fold(ping(), |request, n| request.saying(&format!("x-{n}"), "x"));
    assert_eq!(many.send(&world).await.status, 431);
    let far = Request { target: format!("/{}", "x".repeat(20_000)), ..ping() };
    assert!([414, 431].contains(&far.send(&world).await.status));
    let usual = (0..60).fold(ping(), |request, n| request.saying(&format!("x-{n}"), "x".repeat(100)));
    assert_eq!(usual.send(&world).await.status, 202);
}

/// Nobody tells when the service has heard the beginning, so time passes until it has had enough.
#[tokio::test]
async fn a_head_that_does_not_end_is_not_waited_for() {
    let world = World::start().await;
    let mut slow = Raw::connect(&world).await;
    let mut resting = Raw::connect(&world).await;
    slow.send("POST /github/webhooks HTTP/1.1\r\nhost: ").await;

    let impatient = async {
        loop {
            world.stage.clock.advance(TimeDelta::seconds(10));
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        reply = slow.reply() => assert!(reply.is_none_or(|reply| reply.status == 408)),
        () = impatient => {}
    }

    // Who has not begun may rest: proxies keep their connections for a while.
    resting.send(Request::webhook(&world, "ping", "{}").bytes()).await;
    assert_eq!(resting.reply().await.unwrap().status, 202);
}

#[tokio::test]
async fn what_is_no_http_1_is_not_spoken() {
    let world = World::start().await;

    for hello in [
        &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"POST /github/webhooks HTTP/1.1\r\nno header\r\n\r\n",
        b"POST /github/webhooks HTTP/1.1\r\ncontent-length : 2\r\n\r\n{}",
        b"POST /github/webhooks HTTP/9.9\r\n\r\n",
        b"\r\n\r\n\0\0\0\0",
    ] {
        let mut connection = Raw::connect(&world).await;
        let reply = connection.send(hello).await.end().await.reply().await;
        assert!(reply.is_none_or(|reply| reply.status == 400), "{hello:?}");
    }
}

#[tokio::test]
async fn a_request_may_name_the_host_in_its_first_line() {
    let world = World::start().await;
    let target = "http://countersign.example.com/github/webhooks".to_owned();

    let absolute = Request { target, ..Request::webhook(&world, "ping", "{}") };

    assert_eq!(absolute.send(&world).await.status, 202);
}
