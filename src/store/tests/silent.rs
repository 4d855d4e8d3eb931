//! A PostgreSQL that takes what it is asked and never answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};

use super::*;

/// Leads to the server; from the moment on that it is told to, the server's words are swallowed.
struct Relay {
    database: Database,
    is_silent: Arc<AtomicBool>,
}

impl Relay {
    /// To the server that keeps the database of `place`, whose socket is in a folder of this name.
    async fn to(place: &Place) -> Self {
        let Database::Postgres(url) = &place.database else { panic!("it is on PostgreSQL") };
        let url: url::Url = url.text().parse().unwrap();
        let parameter = |name: &str| url.query_pairs().find(|(known, _)| known == name).unwrap().1;
        let socket = format!("{}/.s.PGSQL.5432", parameter("host"));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let is_silent = Arc::new(AtomicBool::new(false));
        tokio::spawn(relay(listener, socket, is_silent.clone()));
        let url = format!("postgres://{}@127.0.0.1:{port}{}?sslmode=disable", parameter("user"), url.path());
        Self { database: Database::Postgres(PostgresUrl::parse(&url).unwrap()), is_silent }
    }
}

async fn relay(listener: TcpListener, socket: String, is_silent: Arc<AtomicBool>) {
    while let Ok((client, _)) = listener.accept().await {
        let server = UnixStream::connect(&socket).await.unwrap();
        let is_silent = is_silent.clone();
        tokio::spawn(async move {
            let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
                (client.into_split(), server.into_split());
            tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(length @ 1..) = from_server.read(&mut bytes).await {
                // A question that was acknowledged, and an answer that never comes.
                let is_answer = bytes[..length].windows(9).any(|window| window == b"r-silence");
                if is_answer || is_silent.load(Ordering::SeqCst) {
                    is_silent.store(true, Ordering::SeqCst);
                } else if to_client.write_all(&bytes[..length]).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// Nobody waits for ever, and once it speaks again everybody reads again: no reader is lost on the way.
#[tokio::test]
async fn a_server_that_falls_silent_holds_nobody_for_good() {
    if !postgres::is_chosen() {
        return;
    }
    let place = Place::new().await;
    let relay = Relay::to(&place).await;
    let store = Store::open(&relay.database, &place.clock, Probe::default()).await.unwrap();
    let silence = TokenRequest { key: "r-silence".parse().unwrap(), ..new() };
    assert_eq!(place.open().await.commit(storing(silence.clone())).await.unwrap(), Committed::Yes);

    let reading = (0..20).map(|_| store.request_by_key(&silence.key));
    let read = futures::future::join_all(reading).await;

    assert!(read.into_iter().all(|read| matches!(read, Err(StoreError::Silent))));
    assert!(matches!(store.try_writing().await, Err(StoreError::Silent)));
    let reader = Reader::open(&relay.database).await;
    assert!(format!("{:#}", reader.err().unwrap()).ends_with("the database does not answer"));

    relay.is_silent.store(false, Ordering::SeqCst);
    let other = "r-7f3k2".parse().unwrap();
    for _ in 0..20 {
        assert_eq!(store.request_by_key(&other).await.unwrap(), None);
    }
}
