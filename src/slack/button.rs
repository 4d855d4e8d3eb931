//! The buttons on our messages, by the `action_id`s that the published interface fixes.

use super::home::QuickList;

/// What a button asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Button {
    Approve,
    Deny,
    Details,
    Withdraw,
    Revoke,
    Link,
    /// Leads to a page, and tells of it.
    SignIn,
    /// Ends a link.
    Unlink,
    CheckAgain,
    PreviousPage,
    NextPage,
    /// Of a collection, the oldest get cards of their own.
    ShowOldest,
    /// Of a collection, all of them.
    ShowAll,
    /// Of what waits, several are chosen to be decided alike.
    DecideSeveral,
    /// Of a list of tokens, the page behind the one that is shown.
    MoreTokens,
    /// The first page of them.
    FirstTokens,
    /// Of a token's many repositories, those behind and before the ones that are shown.
    NextRepositories,
    PreviousRepositories,
    /// Of what is one's own, the page behind the one that is shown.
    MoreMine,
    /// The first page of it.
    FirstMine,
    /// Those who can decide a request are reminded of it.
    Nudge,
    /// In the app's home, a list that is one click away.
    Quick(QuickList),
    /// Of another version of ours, or not ours at all.
    Unknown(String),
}

impl Button {
    pub fn action_id(&self) -> &str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
            Self::Details => "details",
            Self::Withdraw => "withdraw",
            Self::Revoke => "revoke",
            Self::Link => "link",
            Self::SignIn => "sign_in",
            Self::Unlink => "unlink",
            Self::CheckAgain => "check_again",
            Self::PreviousPage => "previous_page",
            Self::NextPage => "next_page",
            Self::ShowOldest => "show_oldest",
            Self::ShowAll => "show_all",
            Self::DecideSeveral => "decide_several",
            Self::MoreTokens => "more_tokens",
            Self::FirstTokens => "first_tokens",
            Self::NextRepositories => "next_repositories",
            Self::PreviousRepositories => "previous_repositories",
            Self::MoreMine => "more_mine",
            Self::FirstMine => "first_mine",
            Self::Nudge => "nudge",
            Self::Quick(list) => list.action_id(),
            Self::Unknown(action_id) => action_id,
        }
    }
}

impl From<&str> for Button {
    fn from(action_id: &str) -> Self {
        match action_id {
            "approve" => Self::Approve,
            "deny" => Self::Deny,
            "details" => Self::Details,
            "withdraw" => Self::Withdraw,
            "revoke" => Self::Revoke,
            "link" => Self::Link,
            "sign_in" => Self::SignIn,
            "unlink" => Self::Unlink,
            "check_again" => Self::CheckAgain,
            "previous_page" => Self::PreviousPage,
            "next_page" => Self::NextPage,
            "show_oldest" => Self::ShowOldest,
            "show_all" => Self::ShowAll,
            "decide_several" => Self::DecideSeveral,
            "more_tokens" => Self::MoreTokens,
            "first_tokens" => Self::FirstTokens,
            "next_repositories" => Self::NextRepositories,
            "previous_repositories" => Self::PreviousRepositories,
            "more_mine" => Self::MoreMine,
            "first_mine" => Self::FirstMine,
            "nudge" => Self::Nudge,
            _ => QuickList::parse(action_id).map_or_else(|| Self::Unknown(action_id.to_owned()), Self::Quick),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_id_reads_back() {
        for id in [
            "approve",
            "deny",
            "details",
            "withdraw",
            "revoke",
            "link",
            "sign_in",
            "unlink",
            "check_again",
            "previous_page",
            "next_page",
            "show_oldest",
            "show_all",
            "decide_several",
            "more_tokens",
            "first_tokens",
            "next_repositories",
            "previous_repositories",
            "more_mine",
            "first_mine",
            "nudge",
            "list_never_expire",
        ] {
            let button = Button::from(id);

            assert_eq!(button.action_id(), id);
            assert!(!matches!(button, Button::Unknown(_)), "{id}");
        }
        assert_eq!(Button::from("pat_approve"), Button::Unknown("pat_approve".into()));
    }
}
