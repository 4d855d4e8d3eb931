//! The two halves of the page: GitHub's and Slack's.

mod github;
mod slack;

pub(super) use github::GitHubSide;
pub(super) use slack::SlackSide;
