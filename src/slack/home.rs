//! The app's home: what waits for somebody, what is theirs, and the ways to lists.

use chrono::DateTime;
use serde::Serialize;

use super::block::Blocks;
use super::mine::{self, Mine, said_of, token_blocks, waiting_blocks};
use super::tokens::{TokensPage, as_of};
use super::{Block, Button, ButtonElement};
use crate::ids::SlackUserId;
use crate::request::TokenRequest;
use crate::token::Filter;

/// A home, finished and valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "home")]
pub struct HomeView {
    callback_id: &'static str,
    blocks: Blocks,
}

impl HomeView {
    fn of(blocks: impl IntoIterator<Item = Block>) -> Self {
        Self { callback_id: "home", blocks: Blocks::for_modal(blocks) }
    }
}

/// A list that is one click away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuickList {
    NeverExpire,
    Unused,
    ExpireSoon,
    EveryRepository,
}

impl QuickList {
    pub const ALL: [Self; 4] = [Self::NeverExpire, Self::Unused, Self::ExpireSoon, Self::EveryRepository];

    pub fn action_id(self) -> &'static str {
        match self {
            Self::NeverExpire => "list_never_expire",
            Self::Unused => "list_unused",
            Self::ExpireSoon => "list_expire_soon",
            Self::EveryRepository => "list_every_repository",
        }
    }

    /// The list of that `action_id`.
    pub fn parse(action_id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.action_id() == action_id)
    }

    fn label(self) -> &'static str {
        match self {
            Self::NeverExpire => "Never expire",
            Self::Unused => "Unused for 90 days",
            Self::ExpireSoon => "Expire within 30 days",
            Self::EveryRepository => "Every repository",
        }
    }

    /// What is asked for, as people would type it.
    fn filter(self) -> &'static str {
        match self {
            Self::NeverExpire => "never-expires",
            Self::Unused => "unused>90d",
            Self::ExpireSoon => "expires<30d",
            Self::EveryRepository => "all-repos",
        }
    }

    fn button(self) -> ButtonElement {
        let filter: Filter = self.filter().parse().unwrap_or_default();
        let page = TokensPage { after: None, filter };
        ButtonElement::turning_to(&Button::Quick(self), self.label(), &page)
    }
}

/// A request that somebody may decide.
#[derive(Debug, Clone)]
pub struct ToDecide {
    pub request: TokenRequest,
    /// How far its approvals go, where it takes more than one of anybody.
    pub progress: Option<String>,
    /// Whether they have voted on it already.
    pub has_voted: bool,
}

/// What stands in somebody's home.
#[derive(Debug, Clone)]
pub struct Home {
    /// As many as are told one by one, the oldest first and what they have voted on last.
    pub to_decide: Vec<ToDecide>,
    /// How many there are altogether.
    pub to_decide_count: usize,
    /// Whether there may be more of which that could not be told.
    pub is_doubtful: bool,
    pub mine: Mine,
    /// Whether they may list tokens of others anywhere.
    pub may_list: bool,
}

impl Home {
    /// The same as if it had been read at the beginning of time.
    pub fn ageless(mut self) -> Self {
        for one in &mut self.mine.as_of {
            one.at = one.at.map(|_| DateTime::UNIX_EPOCH);
        }
        self
    }
}

/// The home of somebody who is linked.
pub fn home(home: &Home, command: &str) -> HomeView {
    let Home { mine, .. } = home;
    let mut blocks = vec![Block::header("What waits for you")];
    blocks.extend(to_decide(home, command));
    if !mine.waiting.is_empty() {
        blocks.push(Block::header("Your requests"));
        blocks.extend(waiting_blocks(mine, &format!("{command} mine")));
    }
    blocks.push(Block::header("Your tokens"));
    blocks.push(Block::context(&age(mine)));
    blocks.extend(mine.remarks());
    if mine.count == 0 {
        blocks.push(Block::section("No active token is known to be yours."));
    }
    blocks.extend(token_blocks(mine));
    blocks.extend(more(mine.count.saturating_sub(mine.tokens.len() as u64), &format!("{command} mine")));
    if home.may_list {
        blocks.push(Block::header("Look for tokens"));
        blocks.push(Block::actions("quick", QuickList::ALL.map(QuickList::button)));
        blocks.push(Block::context(&format!("{command} help list tells every filter")));
    }
    HomeView::of(blocks)
}

fn to_decide(home: &Home, command: &str) -> Vec<Block> {
    // In which organization something waits, and why that can't be told, is not for everybody to know.
    let doubt = home.is_doubtful.then(|| {
        Block::section("Whether there is more that you may decide can't be told right now. Please open this again later.")
    });
    if home.to_decide.is_empty() && !home.is_doubtful {
        return vec![Block::section("Nothing that you may decide waits.")];
    }
    let row = |one: &ToDecide| {
        let progress = one.progress.as_ref().map(|progress| format!(" · {progress}")).unwrap_or_default();
        let voted = if one.has_voted { " · you have voted" } else { "" };
        let details = ButtonElement::new(&Button::Details, "Details", &one.request.key);
        [
            Block::section(&format!("{}{progress}{voted}", said_of(&one.request))),
            Block::actions_on(&one.request, [details]),
        ]
    };
    let mut blocks: Vec<_> = doubt.into_iter().chain(home.to_decide.iter().flat_map(row)).collect();
    let left = home.to_decide_count.saturating_sub(home.to_decide.len());
    blocks.extend(more(left as u64, &format!("{command} pending")));
    if home.to_decide_count > 1 {
        let button = ButtonElement::for_several("Decide several…", None)
            .spoken(&format!("Decide several of the {} requests that you may decide", home.to_decide_count));
        blocks.push(Block::actions("several", [button]));
    }
    blocks
}

fn more(left: u64, command: &str) -> Option<Block> {
    (left > 0).then(|| Block::context(&format!("{left} more: {command}")))
}

fn age(mine: &Mine) -> String {
    match mine.as_of.is_empty() {
        true => "⚠ no organization's tokens have been read yet".to_owned(),
        false => as_of(&mine.as_of),
    }
}

/// The home of who is linked to no GitHub account.
pub fn of_nobody(user: &SlackUserId, command: &str, can_sign_in: bool) -> HomeView {
    let how = mine::how_to_link(user, command, can_sign_in, "open this again");
    HomeView::of([
        Block::header("Countersign"),
        Block::section(&format!(
            "You are not linked to a GitHub account, so nothing is known to wait for you or to be yours. {how}"
        )),
    ])
}

/// The home of somebody of whom it can't be told who they are on GitHub.
pub fn unsure(cause: &str) -> HomeView {
    HomeView::of([
        Block::header("Countersign"),
        Block::section(&format!(
            "We can't tell right now who you are on GitHub ({cause}). Please open this again later."
        )),
    ])
}

/// What is left in the home of who has not opened it for a while: what stood there may not be true, or theirs to see, any
/// more.
pub fn closed() -> HomeView {
    HomeView::of([Block::header("Countersign"), Block::section("Please open this again to see what is new.")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_that_is_a_click_away_asks_for_something() {
        for list in QuickList::ALL {
            let filter: Filter = list.filter().parse().unwrap();

            assert_eq!(filter.to_string(), list.filter());
            assert_eq!(QuickList::parse(list.action_id()), Some(list));
        }
        assert_eq!(QuickList::parse("list"), None);
    }
}
