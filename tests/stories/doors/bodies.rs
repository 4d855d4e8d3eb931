//! Bodies that are too long, too slow, too many, or no bodies at all.

use std::time::Duration;

use chrono::TimeDelta;
use countersign::store::{Moment, Probe};
use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;

use super::raw::{Raw, Request};
use crate::support::World;

const MEBIBYTE: usize = 1024 * 1024;
const CLICK: &str = "payload=%7B%22type%22%3A%22shortcut%22%7D";

/// A body in chunks of 64 kB.
fn chunked(body: &[u8]) -> Vec<u8> {
    let chunk = |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    let chunks = body.chunks(65_536).map(chunk).collect::<Vec<_>>().concat();
    [chunks.as_slice(), b"0\r\n\r\n"].concat()
}

fn in_chunks(request: Request) -> Request {
    let body = chunked(&request.body);
    Request { body, ..request }.saying("transfer-encoding", "chunked")
}

/// JSON of exactly this many bytes.
fn padded(length: usize) -> Vec<u8> {
    let mut body = br#"{"zen":""#.to_vec();
    body.resize(length - 2, b'x');
    body.extend(br#""}"#);
    body
}

#[tokio::test]
async fn a_body_in_chunks_is_counted_while_it_comes() {
    let world = World::start().await;

    let largest = in_chunks(Request::webhook(&world, "ping", padded(25 * MEBIBYTE)));
    assert_eq!(largest.send(&world).await.status, 202);
    let longer = in_chunks(Request::webhook(&world, "ping", padded(25 * MEBIBYTE + 1)));
    assert_eq!(longer.send(&world).await.status, 413);

    let form = |length: usize| format!("{CLICK}&padding={}", "x".repeat(length - CLICK.len() - 9));
    let largest = Request::slack(&world, "/slack/interactions", form(MEBIBYTE)).await;
    assert_eq!(in_chunks(largest).send(&world).await.status, 200);
    let longer = Request::slack(&world, "/slack/interactions", form(MEBIBYTE + 1)).await;
    assert_eq!(in_chunks(longer).send(&world).await.status, 413);
}

#[tokio::test]
async fn a_body_whose_end_is_told_in_two_ways_is_refused() {
    let world = World::start().await;
    let delivery = || Request::webhook(&world, "ping", "{}");

    let same = delivery().saying("content-length", "2").twice("content-length");
    assert_eq!(same.send(&world).await.status, 202);
    for lengths in [["2", "3"], ["2", "-2"], ["2", "+2"], ["2", "0x2"], ["2", "99999999999999999999"]] {
        let two = delivery().saying("content-length", lengths[0]).saying("content-length", lengths[1]);
        let mut connection = Raw::connect(&world).await;
        assert_eq!(connection.send(two.bytes()).await.reply().await.unwrap().status, 400, "{lengths:?}");
        assert!(connection.is_over().await);
    }
    let unfinished = delivery().saying("transfer-encoding", "chunked, gzip");
    assert_eq!(unfinished.send(&world).await.status, 400);
    let no_chunks = delivery().saying("transfer-encoding", "chunked");
    assert_eq!(Request { body: b"x\r\n".to_vec(), ..no_chunks }.send(&world).await.status, 400);
}

#[tokio::test]
async fn a_signed_delivery_that_makes_no_sense_is_malformed() {
    let world = World::start().await;
    let deep = format!(r#"{{"action":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    let deepest = "[".repeat(24 * MEBIBYTE);

    for body in [
        "",
        " ",
        "null{}",
        r#"{"action":"created"} trailing"#,
        r#"{"action":"created""#,
        r#"{"action":"denied","action":"approved"}"#,
        r#"{"action":"created","organization":{"id":1,"id":2}}"#,
        "\u{feff}{}",
        "payload=%7B%7D",
        &deep,
        &deepest,
    ] {
        let delivery = Request::webhook(&world, "personal_access_token_request", body);
        assert_eq!(delivery.send(&world).await.status, 400, "{:?}", &body[..body.len().min(60)]);
    }
    let no_text = Request::webhook(&world, "ping", b"{\"zen\":\"\xff\"}".to_vec());
    assert_eq!(no_text.send(&world).await.status, 400);
}

#[tokio::test]
async fn a_signed_form_that_makes_no_sense_is_malformed() {
    let world = World::start().await;
    let payload = |json: &str| serde_urlencoded::to_string([("payload", json)]).unwrap();
    let deep = payload(&format!(r#"{{"type":"shortcut","user":{}1{}}}"#, "[".repeat(200), "]".repeat(200)));
    let many = "a=&".repeat(300_000);

    for body in [
        "",
        "payload",
        "payload=",
        &format!("{CLICK}&{CLICK}"),
        &format!("{CLICK}%20trailing"),
        &payload(r#"{"type":"shortcut","type":"block_actions"}"#),
        &payload(r#"{"type":"shortcut","user":{"id":"U0BOB","id":"U0ALICE"}}"#),
        &payload(r#"{"type":"shortcut","team":{"id":"T0ACME"},"team":{"id":"T0ACME"}}"#),
        &deep,
        &many,
    ] {
        let click = Request::slack(&world, "/slack/interactions", body).await;
        assert_eq!(click.send(&world).await.status, 400, "{:?}", &body[..body.len().min(60)]);
    }
    let command = "user_id=U0ALICE&user_id=U0BOB&command=%2Fpat&team_id=T0ACME&api_app_id=A0COUNTER";
    for body in ["", "text=help", command, "user_id=U0ALICE&command=%2Fpat&team_id=T1&team_id=T2"] {
        let command = Request::slack(&world, "/slack/commands", body).await;
        assert_eq!(command.send(&world).await.status, 400, "{body}");
    }
    for body in ["", "null", r#"{"type":"url_verification","challenge":"a","challenge":"b"}"#] {
        let event = Request::slack(&world, "/slack/events", body).await;
        assert_eq!(event.send(&world).await.status, 400, "{body}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let world = World::start().await;
    let delivery = Request::webhook(&world, "ping", "{}").saying("expect", "100-continue");
    let click = Request::slack(&world, "/slack/interactions", CLICK).await.saying("expect", "100-continue");

    for (request, patience) in [(click, 2_500), (delivery, 9_000)] {
        let mut connection = Raw::connect(&world).await;
        connection.send(request.head()).await.is_invited().await;
        connection.send(&request.body[..1]).await;
        world.stage.clock.advance(TimeDelta::milliseconds(patience));
        let reply = connection.reply().await.unwrap();
        assert_eq!((reply.status, reply.body.as_str()), (408, "too_slow"));
        assert!(reply.head.contains("connection: close"), "{}", reply.head);
        assert!(connection.is_over().await);
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let world = World::start().await;
    let delivery = Request::webhook(&world, "ping", "{}");

    let mut broken = Raw::connect(&world).await;
    broken.send(delivery.head()).await.send("{").await.end().await;
    assert!(broken.reply().await.is_none_or(|reply| reply.status == 400));
}

/// Larger bodies share a reserve of four of the largest; what is over is refused at once, and small ones, which are
/// what people wait for, need none of it.
#[tokio::test]
async fn a_hundred_large_bodies_at_once_take_no_more_memory_than_four() {
    let world = World::start().await;
    let request = world.octocat_asks().await;
    let large =
        Request { body: vec![b'x'; MEBIBYTE - 1], ..Request::slack(&world, "/slack/commands", "").await };
    let head = Request { body: Vec::new(), ..large }.saying("content-length", MEBIBYTE.to_string()).head();
    let upload = || async {
        let mut connection = Raw::connect(&world).await;
        connection.send(&head).await.send(&large.body).await;
        connection.reply().await.map(|reply| reply.status)
    };

    let mut uploads: FuturesUnordered<_> = (0..100).map(|_| upload()).collect();
    for _ in 0..96 {
        // Whoever still sends when the connection is closed may not get to read the answer.
        let refused = uploads.next().await.unwrap();
        assert!(matches!(refused, Some(503) | None), "{refused:?}");
    }
    let busy = world.press_only("U0ALICE", "approve").await;
    assert_eq!(busy.status, 200);
    world.quiet().await;
    assert!(world.github().decision_on(request).is_some());

    world.stage.clock.advance(TimeDelta::seconds(3));
    while let Some(late) = uploads.next().await {
        assert!(matches!(late, Some(408 | 503) | None), "{late:?}");
    }
    drop(uploads);
    let form = format!("{CLICK}&padding={}", "x".repeat(MEBIBYTE - 100));
    assert_eq!(Request::slack(&world, "/slack/interactions", form).await.send(&world).await.status, 200);
}

/// Stops every commit while it is told to, and tells when one arrives.
fn stalled() -> (Probe, watch::Sender<bool>, watch::Receiver<u32>) {
    let (stall, is_stalled) = watch::channel(false);
    let (arrived, arrivals) = watch::channel(0);
    let probe = Probe::new(move |moment| {
        let mut is_stalled = is_stalled.clone();
        if moment != Moment::BeforeCommit || !*is_stalled.borrow() {
            return std::future::ready(()).boxed();
        }
        arrived.send_modify(|arrivals| *arrivals += 1);
        async move { drop(is_stalled.wait_for(|is_stalled| !is_stalled).await) }.boxed()
    });
    (probe, stall, arrivals)
}

const SUSPENDED: &str = r#"{"action":"suspend","installation":{"id":5}}"#;

#[tokio::test]
async fn who_has_said_everything_and_listens_is_answered() {
    let mut world = World::closed().await;
    let (probe, stall, mut arrivals) = stalled();
    world.open(probe).await;
    // What is committed at the start is not what is waited for.
    world.quiet().await;
    stall.send_replace(true);

    let mut connection = Raw::connect(&world).await;
    connection.send(Request::webhook(&world, "installation", SUSPENDED).bytes()).await.end().await;
    arrivals.wait_for(|arrivals| *arrivals > 0).await.unwrap();
    stall.send_replace(false);

    assert_eq!(connection.reply().await.unwrap().status, 202);
    assert!(connection.is_over().await);
}

#[tokio::test]
async fn a_click_is_answered_before_slack_gives_up_although_the_database_stalls() {
    let mut world = World::closed().await;
    let (probe, stall, mut arrivals) = stalled();
    world.open(probe).await;
    world.octocat_asks().await;
    stall.send_replace(true);

    let answered = world.press_only("U0ALICE", "approve");
    let time = async {
        arrivals.wait_for(|arrivals| *arrivals > 0).await.unwrap();
        world.stage.clock.advance(TimeDelta::from_std(Duration::from_millis(2_500)).unwrap());
    };
    let (answer, ()) = tokio::join!(answered, time);

    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (503, "unavailable"));
}

#[tokio::test]
async fn a_delivery_is_answered_before_github_gives_up_although_the_database_stalls() {
    let mut world = World::closed().await;
    let (probe, stall, mut arrivals) = stalled();
    world.open(probe).await;
    // What is committed at the start is not what is waited for.
    world.quiet().await;
    stall.send_replace(true);

    let delivery = Request::webhook(&world, "installation", SUSPENDED);
    let time = async {
        arrivals.wait_for(|arrivals| *arrivals > 0).await.unwrap();
        world.stage.clock.advance(TimeDelta::seconds(9));
    };
    let (reply, ()) = tokio::join!(delivery.send(&world), time);

    assert_eq!((reply.status, reply.body.as_str()), (503, "unavailable"));
}
