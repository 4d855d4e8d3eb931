//! A connection on which every byte is ours.

use std::time::Duration;

use axum::http::HeaderMap;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::support::World;

/// Whoever waits longer waits for nothing.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct Raw(BufReader<TcpStream>);

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// In lower case, one per line.
    pub(super) head: String,
    pub(super) body: String,
}

impl Raw {
    pub(super) async fn connect(world: &World) -> Self {
        let base = &world.running.as_ref().expect("the service runs").base;
        let address = base.trim_start_matches("http://");
        Self(BufReader::new(TcpStream::connect(address).await.expect("the service listens")))
    }

    /// Sends bytes. The other side may have closed meanwhile; what it said then is still there to be read.
    pub(super) async fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.0.write_all(bytes.as_ref()).await.ok();
        self
    }

    /// Ends our half of the connection.
    pub(super) async fn end(&mut self) -> &mut Self {
        self.0.shutdown().await.ok();
        self
    }

    /// The next answer; `None` when the connection was closed instead.
    pub(super) async fn reply(&mut self) -> Option<Reply> {
        tokio::time::timeout(PATIENCE, self.read(true)).await.expect("an answer or an end")
    }

    /// The answer to a method: that to a HEAD has no body, whatever its length.
    pub(super) async fn reply_to(&mut self, method: &str) -> Reply {
        let head_only = method == "HEAD";
        let reply = tokio::time::timeout(PATIENCE, self.read(!head_only)).await;
        reply.expect("an answer or an end").expect("an answer")
    }

    /// Whether nothing more comes and the connection is closed.
    pub(super) async fn is_over(&mut self) -> bool {
        self.reply().await.is_none()
    }

    /// Returns once the service has begun to read the body of a request that asked to be told.
    pub(super) async fn is_invited(&mut self) {
        assert_eq!(self.reply().await.expect("an invitation").status, 100);
    }

    async fn read(&mut self, has_body: bool) -> Option<Reply> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head).await.unwrap_or(0) == 0 {
                return None;
            }
        }
        let head = head.to_lowercase();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.filter(|_| has_body).unwrap_or(0)];
        self.0.read_exact(&mut body).await.ok()?;
        Some(Reply { status, head, body: String::from_utf8(body).ok()? })
    }
}

/// One request as bytes, whose headers may stand there more than once.
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) target: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    /// Sent after the head as it is; `content-length` tells its length where no header does.
    pub(super) body: Vec<u8>,
}

impl Request {
    /// A delivery that is in order.
    pub(super) fn webhook(world: &World, event: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let headers = world.github().webhook_headers(event, &world.github().new_guid(), &body);
        Self::post("/github/webhooks", &headers, body)
    }

    /// A form that Slack signed.
    pub(super) async fn slack(world: &World, path: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let mut signed = HeaderMap::new();
        let keep = |headers: &mut HeaderMap| {
            signed = headers.clone();
            // Only the signature is wanted: what is sent meanwhile comes to nothing.
            headers.clear();
        };
        const FORM: &str = "application/x-www-form-urlencoded";
        world.slack().signed_post(path, FORM, &body, keep).await.ok();
        Self::post(path, &signed, body)
    }

    fn post(path: &str, headers: &HeaderMap, body: Vec<u8>) -> Self {
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
        Self { method: "POST", target: path.to_owned(), headers: headers.collect(), body }
    }

    /// Says something more, or once more.
    pub(super) fn saying(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Says something else instead.
    pub(super) fn instead(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self.saying(name, value)
    }

    /// Says a header a second time.
    pub(super) fn twice(self, name: &str) -> Self {
        let (_, value) =
            self.headers.iter().find(|(other, _)| other == name).expect("it is said once").clone();
        self.saying(name, value)
    }

    pub(super) fn head(&self) -> Vec<u8> {
        let mut head =
            format!("{} {} HTTP/1.1\r\nhost: localhost\r\n", self.method, self.target).into_bytes();
        for (name, value) in &self.headers {
            head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        let is_framed =
            self.headers.iter().any(|(name, _)| name == "content-length" || name == "transfer-encoding");
        if !is_framed {
            head.extend(format!("content-length: {}\r\n", self.body.len()).into_bytes());
        }
        head.extend(b"\r\n");
        head
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        [self.head(), self.body.clone()].concat()
    }

    /// Sends it on a connection of its own.
    pub(super) async fn send(&self, world: &World) -> Reply {
        let mut connection = Raw::connect(world).await;
        connection.send(self.bytes()).await.reply().await.expect("an answer")
    }
}
