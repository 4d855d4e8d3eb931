//! `countersign health`: asks the running service whether it is ready; for images without a shell.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::body::Bytes;
use axum::http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::{Outcome, load, runtime};

/// The service itself takes at most 3 s for each of its two questions.
const PATIENCE: Duration = Duration::from_secs(8);

/// The answer is a few lines.
const LONGEST_ANSWER: usize = 4096;

pub(super) fn run(path: &Path) -> Outcome {
    let config = load(path)?;
    let answer = runtime()?.block_on(ask(reachable(config.admin_listen)))?;
    say!("{answer}");
    Ok(())
}

/// Where to reach a service that listens there: one that listens everywhere listens on loopback, too.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

async fn ask(address: SocketAddr) -> Result<String> {
    if address.port() == 0 {
        bail!("`admin_listen` has port 0, so nobody knows where the service listens; give it a fixed port");
    }
    let (status, answer) = tokio::time::timeout(PATIENCE, get_readyz(address))
        .await
        .with_context(|| format!("no answer from {address} (`admin_listen`) in time"))??;
    if status != StatusCode::OK {
        bail!("not ready: {answer}");
    }
    Ok(answer)
}

async fn get_readyz(address: SocketAddr) -> Result<(StatusCode, String)> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::get(format!("http://{address}/readyz")).body(Empty::<Bytes>::new())?;
    let answer = client.request(request).await.with_context(|| {
        format!("nothing answers at {address} (`admin_listen`); does `countersign serve` run?")
    })?;
    let status = answer.status();
    let body = Limited::new(answer.into_body(), LONGEST_ANSWER).collect().await;
    let body = body.map_err(anyhow::Error::from_boxed).context("reading the answer")?.to_bytes();
    let lines: Vec<_> = String::from_utf8_lossy(&body).lines().map(str::to_owned).collect();
    Ok((status, lines.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_listens_everywhere_is_asked_on_loopback() {
        for (listen, asked) in [
            ("0.0.0.0:9464", "127.0.0.1:9464"),
            ("[::]:9464", "[::1]:9464"),
            ("127.0.0.1:1", "127.0.0.1:1"),
            ("10.0.0.7:9464", "10.0.0.7:9464"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()), asked.parse().unwrap());
        }
    }
}
