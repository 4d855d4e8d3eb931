//! How long a connection may take over the head of a request, and how long it may rest between two.
//!
//! hyper knows one time for both. A rest has to be longer than the one that a reverse proxy in front of us allows
//! itself, or it sends a request on a connection that we are just closing; a head takes no time at all.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::clock::Clock;

/// From a head's first byte to its last.
pub(super) const HEAD: Duration = Duration::from_secs(10);

/// The usual proxies keep idle connections for 60 to 120 s.
const REST: Duration = Duration::from_secs(180);

/// A connection that tells its timer when something was heard.
pub(super) struct Heard {
    stream: TcpStream,
    heard: Arc<AtomicBool>,
}

/// Ends one connection's waiting; it takes the place of hyper's timer.
pub(super) struct HeadTimer {
    clock: Clock,
    heard: Arc<AtomicBool>,
    is_first: AtomicBool,
}

/// A connection and the timer that watches it.
pub(super) fn watched(stream: TcpStream, clock: Clock) -> (Heard, HeadTimer) {
    let heard = Arc::<AtomicBool>::default();
    (Heard { stream, heard: heard.clone() }, HeadTimer { clock, heard, is_first: AtomicBool::new(true) })
}

impl Timer for HeadTimer {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Sleep>> {
        // hyper asks when it begins to wait for a head.
        self.heard.store(false, Ordering::Relaxed);
        Box::pin(Waiting {
            clock: self.clock.clone(),
            heard: self.heard.clone(),
            is_in_head: false,
            // The machine's own time: a connection at rest must not die because a story skipped an hour.
            // Proxies rest between requests, not before the first.
            until: pause(
                Clock::wall(),
                if self.is_first.swap(false, Ordering::Relaxed) { HEAD } else { REST },
            ),
        })
    }

    fn sleep_until(&self, _: Instant) -> Pin<Box<dyn Sleep>> {
        self.sleep(HEAD)
    }
}

struct Waiting {
    clock: Clock,
    heard: Arc<AtomicBool>,
    is_in_head: bool,
    until: Pause,
}

type Pause = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

fn pause(clock: Clock, duration: Duration) -> Pause {
    Box::pin(async move { clock.pause(duration).await })
}

impl Future for Waiting {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if !self.is_in_head && self.heard.load(Ordering::Relaxed) {
            self.is_in_head = true;
            self.until = pause(self.clock.clone(), HEAD);
        }
        self.until.as_mut().poll(context)
    }
}

impl Sleep for Waiting {}

impl AsyncRead for Heard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.heard.store(true, Ordering::Relaxed);
        }
        read
    }
}

impl AsyncWrite for Heard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
