//! Connections: how many at once, what each may take, and how they end.
//!
//! `axum::serve` bounds neither their number nor the time and memory that a request's head takes, so hyper is used
//! directly. HTTP/1.1 alone: GitHub, Slack and every proxy speak it, and one connection then is one request at a time.

use std::sync::Arc;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::head;
use crate::clock::Clock;

/// A request's head, and what is read ahead of a body; more is 431. GitHub's and Slack's heads are below 2 kB.
const HEAD_BYTES: usize = 16 * 1024;

/// Routes, and the bounds they are served within.
pub struct Server {
    pub(super) router: Router,
    pub(super) clock: Clock,
    /// At once; more wait in the system's queue.
    pub(super) connections: usize,
}

impl Server {
    /// Serves connections until it is told to stop; then lets those that are answering finish.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) {
        let mut connections = JoinSet::new();
        tokio::select! {
            () = self.accept(listener, &stop, &mut connections) => {}
            () = stop.cancelled() => {}
        }
        while connections.join_next().await.is_some() {}
    }

    async fn accept(
        &self,
        mut listener: TcpListener,
        stop: &CancellationToken,
        connections: &mut JoinSet<()>,
    ) {
        let slots = Arc::new(Semaphore::new(self.connections));
        while let Ok(slot) = slots.clone().acquire_owned().await {
            let (stream, _) = Listener::accept(&mut listener).await;
            while connections.try_join_next().is_some() {}
            let served = connection(stream, self.router.clone(), self.clock.clone(), stop.clone());
            connections.spawn(async move {
                served.await;
                drop(slot);
            });
        }
    }
}

async fn connection(stream: TcpStream, router: Router, clock: Clock, stop: CancellationToken) {
    // Answers are small and awaited: there is nothing to gain by collecting them.
    stream.set_nodelay(true).ok();
    let (stream, timer) = head::watched(stream, clock);
    let served = http1::Builder::new()
        .timer(timer)
        .header_read_timeout(head::HEAD)
        .max_buf_size(HEAD_BYTES)
        // Who has sent a whole request and closed its half still gets its answer.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::pin!(served);
    let ended = tokio::select! {
        ended = &mut served => ended,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::Notify;
    use tokio::task::JoinHandle;

    use super::*;

    const ASK: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

    async fn serving(router: Router) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let server = Server { router, clock: Clock::wall(), connections: 2 };
        (address, stop.clone(), tokio::spawn(server.run(listener, stop)))
    }

    async fn asking(address: SocketAddr) -> TcpStream {
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection.write_all(ASK).await.unwrap();
        connection
    }

    async fn is_answered(connection: &mut TcpStream) -> bool {
        let mut answer = [0; 12];
        connection.read_exact(&mut answer).await.is_ok_and(|_| &answer == b"HTTP/1.1 200")
    }

    #[tokio::test]
    async fn who_comes_when_all_places_are_taken_waits_for_one() {
        let (address, _stop, _) = serving(Router::new().route("/", get(|| async { "here" }))).await;
        let (mut first, mut second) = (asking(address).await, asking(address).await);
        assert!(is_answered(&mut first).await && is_answered(&mut second).await);

        let mut third = asking(address).await;
        let early = tokio::time::timeout(Duration::from_millis(100), is_answered(&mut third)).await;
        assert!(early.is_err(), "answered although all places were taken");
        drop(first);

        assert!(is_answered(&mut third).await);
    }

    #[tokio::test]
    async fn a_stop_lets_answers_finish_and_ends_what_rests() {
        let (asked, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (seen, waits) = (asked.clone(), go_on.clone());
        let slow = get(async move || {
            seen.notify_one();
            waits.notified().await;
            "at last"
        });
        let (address, stop, served) = serving(Router::new().route("/", slow)).await;
        let mut resting = TcpStream::connect(address).await.unwrap();
        let mut answered = asking(address).await;
        asked.notified().await;

        stop.cancel();
        assert_eq!(resting.read(&mut [0; 1]).await.unwrap(), 0);
        assert!(TcpStream::connect(address).await.is_err(), "still accepting");
        go_on.notify_one();

        assert!(is_answered(&mut answered).await);
        served.await.unwrap();
    }
}
