//! What is on record when all is over: the audit log as an auditor gets it, and both simulators' own books.

use std::process::{Command, Output};

use chrono::{DateTime, Utc};
use countersign::demo::Stage;
use countersign::ids::RequestId;
use serde_json::Value;

use super::town::Town;

/// One entry of the audit log.
pub(super) struct Entry(Value);

impl Entry {
    pub(super) fn action(&self) -> &str {
        self.0["action"].as_str().unwrap_or_default()
    }

    pub(super) fn result(&self) -> &str {
        self.0["result"].as_str().unwrap_or_default()
    }

    pub(super) fn key(&self) -> &str {
        self.0["subject"]["key"].as_str().unwrap_or_default()
    }

    pub(super) fn request(&self) -> Option<RequestId> {
        self.0["subject"]["request"].as_u64().map(RequestId)
    }

    /// Who did it, by their Slack account.
    pub(super) fn slack(&self) -> &str {
        self.0["actor"]["slack"]["value"].as_str().unwrap_or_default()
    }

    pub(super) fn login(&self) -> &str {
        self.0["actor"]["login"]["value"].as_str().unwrap_or_default()
    }

    pub(super) fn is_by_named_policies(&self) -> bool {
        self.0["policies"].as_array().is_some_and(|policies| !policies.is_empty())
    }

    pub(super) fn field(&self, name: &str) -> &str {
        let fields = self.0["fields"].as_array().into_iter().flatten();
        fields
            .filter(|field| field["name"] == name)
            .find_map(|field| field["value"].as_str())
            .unwrap_or_default()
    }

    pub(super) fn at(&self) -> DateTime<Utc> {
        self.0["at"].as_str().and_then(|at| at.parse().ok()).expect("every entry has its time")
    }
}

/// All entries, in the order of the chain.
pub(super) fn entries(town: &Town) -> Vec<Entry> {
    let lines = export(town);
    let lines =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("the export is JSON lines"));
    lines.filter(|line| line["type"] == "entry").map(Entry).collect()
}

/// The audit log as it is exported.
pub(super) fn export(town: &Town) -> String {
    String::from_utf8_lossy(&command(town, &["audit", "export"]).stdout).into_owned()
}

/// Runs a command of the real program.
pub(super) fn command(town: &Town, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.arg("--config").arg(&town.stage.config).args(arguments).env_remove("RUST_LOG");
    command.output().expect("the program runs")
}

/// Every call in the simulators' books, a line each.
pub(super) fn calls(stage: &Stage) -> impl Iterator<Item = String> {
    let github = stage.github.calls().into_iter().map(|call| {
        let query = call.query.unwrap_or_default();
        format!("github {} {}?{query} {:?} → {:?}", call.method, call.path, call.body, call.status)
    });
    let slack = stage.slack.calls().into_iter();
    github.chain(
        slack.map(|call| format!("slack {} {} → {:?} {}", call.method, call.body, call.status, call.answer)),
    )
}
