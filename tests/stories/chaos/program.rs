//! The real program, several times over: started, killed, held and let go.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::oneshot;

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where each replica listens; nothing while it is down. Clones show the same.
#[derive(Clone, Default)]
pub(super) struct Addresses(Arc<Mutex<Vec<Option<String>>>>);

impl Addresses {
    pub(super) fn all(&self) -> Vec<Option<String>> {
        self.0.lock().unwrap().clone()
    }

    fn set(&self, replica: usize, address: Option<String>) {
        let mut all = self.0.lock().unwrap();
        if all.len() <= replica {
            all.resize(replica + 1, None);
        }
        all[replica] = address;
    }
}

/// Everything that all replicas have written.
pub(super) type Log = Arc<Mutex<String>>;

/// One of the programs that share a database.
pub(super) struct Replica {
    number: usize,
    config: PathBuf,
    addresses: Addresses,
    log: Log,
    child: Option<Child>,
    is_held: bool,
}

impl Replica {
    pub(super) fn new(number: usize, config: &Path, addresses: &Addresses, log: &Log) -> Self {
        let (config, addresses, log) = (config.to_owned(), addresses.clone(), log.clone());
        Self { number, config, addresses, log, child: None, is_held: false }
    }

    /// Starts it; returns once it listens.
    pub(super) async fn start(&mut self) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .arg("serve")
            .arg("--config")
            .arg(&self.config)
            .env("RUST_LOG", "trace")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        self.child = Some(child);
        let (log, number) = (self.log.clone(), self.number);
        let (told, listens_at) = oneshot::channel();
        let mut told = Some(told);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some(address) = told.is_some().then(|| address(&line)).flatten() {
                    told.take().map(|told| told.send(address));
                }
                let mut log = log.lock().unwrap();
                log.push_str(&format!("[{number}] {line}\n"));
            }
        });
        let address = tokio::time::timeout(PATIENCE, listens_at).await.expect("it starts in time");
        let address = address.unwrap_or_else(|_| panic!("it never served: {}", self.last_lines()));
        self.addresses.set(self.number, Some(address));
    }

    /// `kill -9`
    pub(super) fn kill(&mut self) {
        self.addresses.set(self.number, None);
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it is our child");
            child.wait().expect("it ends");
        }
        self.is_held = false;
    }

    /// Nobody is told that it stands still.
    pub(super) fn hold(&mut self) {
        self.signal("-STOP");
        self.is_held = true;
    }

    pub(super) fn let_go(&mut self) {
        if self.is_held {
            self.signal("-CONT");
            self.is_held = false;
        }
    }

    pub(super) fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    fn signal(&self, signal: &str) {
        if let Some(child) = &self.child {
            let sent = Command::new("kill").arg(signal).arg(child.id().to_string()).status();
            assert!(sent.expect("kill runs").success());
        }
    }

    fn last_lines(&self) -> String {
        let log = self.log.lock().unwrap();
        let lines: Vec<&str> = log.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.kill();
    }
}

fn address(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    Some(format!("http://{}", line["public"].as_str()?))
}
