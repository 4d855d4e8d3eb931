//! GitHub's pages about tokens: one's own for members, everybody's for owners.

use serde::Serialize;

use crate::demo::page::wish::{OFFERED, Offer, Wish};
use crate::demo::{ORGANIZATION, Player};
use crate::ids::GitHubUserId;
use crate::simulator::github::{Action, By, GitHub, Grant, Standing, TokenRequest};

#[derive(Serialize)]
pub(in crate::demo::page) struct GitHubSide {
    organization: &'static str,
    is_owner: bool,
    repositories: Vec<Repository>,
    offered: &'static [Offer],
    /// Newest first.
    requests: Vec<Request>,
    /// Newest first.
    tokens: Vec<Token>,
    is_disturbed: bool,
}

#[derive(Serialize)]
struct Repository {
    name: String,
    private: bool,
}

#[derive(Serialize)]
struct Request {
    id: u64,
    owner: String,
    wish: Wish,
    standing: &'static str,
    /// Who decided, where somebody did.
    by: Option<String>,
    /// What the decider said.
    because: Option<String>,
}

#[derive(Serialize)]
struct Token {
    name: String,
    owner: String,
}

impl GitHubSide {
    pub(in crate::demo::page) fn seen_by(github: &GitHub, player: &Player) -> Self {
        let is_owner = github.is_owner(ORGANIZATION, player.login);
        let name = |user: GitHubUserId| github.login_of(user).unwrap_or_default();
        let is_shown = |owner: GitHubUserId| is_owner || name(owner) == player.login;
        let requests = github.requests(ORGANIZATION).into_iter().rev();
        let grants = github.grants(ORGANIZATION).into_iter().rev();
        Self {
            organization: ORGANIZATION,
            is_owner,
            repositories: github
                .repositories(ORGANIZATION)
                .into_iter()
                .map(|one| Repository { name: one.name, private: one.private })
                .collect(),
            offered: &OFFERED,
            requests: requests
                .filter(|request| is_shown(request.access.owner))
                .map(|request| Request::seen(&request, name(request.access.owner)))
                .collect(),
            tokens: grants
                .filter(|grant| is_shown(grant.access.owner))
                .map(|Grant { access, .. }| Token {
                    owner: name(access.owner),
                    name: access.content.token_name,
                })
                .collect(),
            is_disturbed: github.is_disturbed(),
        }
    }
}

impl Request {
    fn seen(request: &TokenRequest, owner: String) -> Self {
        let (standing, by, because) = match &request.standing {
            Standing::Pending => ("pending", None, None),
            Standing::Cancelled => ("cancelled", None, None),
            Standing::GrantedWithoutReview => ("granted without review", None, None),
            Standing::Decided(decision) => {
                let standing = match decision.action {
                    Action::Approve => "approved",
                    Action::Deny => "denied",
                };
                let by = match &decision.by {
                    By::App => "Countersign",
                    By::User(login) => login,
                };
                (standing, Some(by.to_owned()), decision.reason.clone())
            }
        };
        let wish = Wish::of(&request.access.content, request.created_at);
        Self { id: request.id.0, owner, wish, standing, by, because }
    }
}
