//! Who plays in the demo: people with an account on both sides.

/// A person, as GitHub and Slack know them.
#[derive(Clone, Copy, Debug)]
pub struct Player {
    /// The login on GitHub, and the name in Slack.
    pub login: &'static str,
    /// The user id in Slack.
    pub slack: &'static str,
    /// What the configuration and GitHub let them do, in a few words.
    pub role: &'static str,
}

/// Everybody who has both accounts.
pub const CAST: [Player; 4] = [
    Player { login: "octocat", slack: "U0OCTOCAT", role: "developer" },
    Player { login: "alice", slack: "U0ALICE", role: "approver" },
    Player { login: "bob", slack: "U0BOB", role: "not an approver" },
    Player { login: "monalisa", slack: "U0MONALISA", role: "owner, approver" },
];

impl Player {
    /// Who goes by that login; `None` for everybody outside the cast.
    pub fn named(login: &str) -> Option<&'static Self> {
        CAST.iter().find(|player| player.login == login)
    }
}
