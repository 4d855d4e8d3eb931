//! One chromedriver for one story, on a port of its own, ended with the story.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Stdio};

pub(super) struct Driver {
    pub(super) url: String,
    address: String,
    /// To be ended with the driver.
    pub(super) session: Option<String>,
    child: Child,
}

impl Driver {
    /// `None` where it is not installed.
    pub(super) fn start() -> Option<Self> {
        // It takes a free port of IPv4 and gives up when somebody has the same one of IPv6.
        const TRIES: usize = 5;
        let is_missing = Command::new("chromedriver").arg("--version").output();
        if is_missing.is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return skipped();
        }
        let mut tries = (0..TRIES).filter_map(|_| Self::try_to_start());
        Some(tries.next().expect("chromedriver says its port"))
    }

    fn try_to_start() -> Option<Self> {
        let started = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn();
        let mut child = started.expect("chromedriver starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            line.strip_suffix('.')?.split_once("started successfully on port ")?.1.parse::<u16>().ok()
        });
        let Some(port) = port else {
            // It has ended by itself.
            child.wait().ok();
            return None;
        };
        let address = format!("127.0.0.1:{port}");
        // Nobody may be blocked by a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { url: format!("http://{address}"), address, session: None, child })
    }

    /// Whoever ends the driver alone leaves the browser behind.
    fn end_session(&self) -> std::io::Result<()> {
        let Some(session) = &self.session else { return Ok(()) };
        let mut connection = TcpStream::connect(&self.address)?;
        let host = &self.address;
        write!(
            connection,
            "DELETE /session/{session} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )?;
        // The answer's first bytes come when the browser has ended; the connection stays open behind them.
        connection.read(&mut [0; 64]).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.end_session().ok();
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Past the capture of the test's output, because a story that was not played must not look like one that was.
fn skipped() -> Option<Driver> {
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "chromedriver is missing, and nothing may be skipped here"
    );
    let story = std::thread::current().name().unwrap_or("a story").to_owned();
    writeln!(std::io::stderr(), "skipped: {story} (chromium and chromium-driver are not installed)").ok();
    None
}

pub(super) fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
