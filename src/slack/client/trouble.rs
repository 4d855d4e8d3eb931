//! Why Slack did not do what it was asked, sorted by what can be done about it.
//!
//! Nothing of a request or an answer gets in here but Slack's own error codes and complaints.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// What a job needs to know to go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Not done; to be asked again, but not before.
    #[error("slack asks to wait {} s", .after.as_secs())]
    RateLimited { after: Duration },
    /// It failed several times in a row and is left alone; certainly nothing was sent.
    #[error("slack does not work and is left alone until {}", .until.format("%H:%M:%S UTC"))]
    Resting { until: DateTime<Utc> },
    /// Slack can't be reached or does not work; to be asked again.
    #[error("slack is unavailable: {cause}")]
    Unavailable {
        cause: String,
        /// It may have been done all the same: look before repeating what must not happen twice.
        ambiguous: bool,
    },
    /// Never at this place or to this person; elsewhere perhaps.
    #[error("slack can't deliver there: {error}")]
    BadTarget { error: String },
    /// Nothing will work until the operators mend the token.
    #[error("slack does not accept the token: {error}")]
    BadCredentials { error: String },
    /// This will not work until the operators give the app the scope; other things do.
    #[error("the Slack app lacks the scope {}", any_of(.scopes))]
    MissingScope {
        /// One of these is needed; each is one that we ask for.
        scopes: Vec<&'static str>,
    },
    /// What we sent is wrong; repeating it is useless.
    #[error("slack refuses it: {error} {messages:?}")]
    Refused { error: String, messages: Vec<String> },
    /// The three seconds for a modal, or the half hour for an answer, are over.
    #[error("it is too late to answer: {error}")]
    TriggerExpired { error: String },
    #[error("the message is gone")]
    MessageGone,
    /// The message can't be changed any more; a new one can be posted.
    #[error("the message can't be edited: {error}")]
    NotEditable { error: String },
}

/// When Slack does not say how long to wait.
const UNSAID_WAIT: Duration = Duration::from_secs(10);

/// No limit of Slack's lasts longer; a proxy's nonsense must not stop us for years.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

impl Trouble {
    /// Its kind in one word, for metrics.
    pub fn class(&self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "rate_limited",
            Self::Resting { .. } => "resting",
            Self::Unavailable { .. } => "unavailable",
            Self::BadTarget { .. } => "bad_target",
            Self::BadCredentials { .. } => "bad_credentials",
            Self::MissingScope { .. } => "missing_scope",
            Self::Refused { .. } => "refused",
            Self::TriggerExpired { .. } => "trigger_expired",
            Self::MessageGone => "message_gone",
            Self::NotEditable { .. } => "not_editable",
        }
    }

    /// Whether the token itself is not accepted. A scope that one method lacks is not that.
    pub(super) fn is_lock_out(&self) -> bool {
        matches!(self, Self::BadCredentials { .. })
    }

    /// Whether the token lacks the scope that was needed.
    pub fn is_missing_scope(&self) -> bool {
        matches!(self, Self::MissingScope { .. })
    }

    /// Whether there is no such user group, or it is switched off.
    pub fn is_no_group(&self) -> bool {
        matches!(self, Self::Refused { error, .. } if error == "no_such_subteam")
    }

    /// Whether it stays so until somebody mends it.
    pub fn needs_people(&self) -> bool {
        match self {
            Self::BadTarget { .. }
            | Self::BadCredentials { .. }
            | Self::MissingScope { .. }
            | Self::Refused { .. } => true,
            Self::RateLimited { .. }
            | Self::Resting { .. }
            | Self::Unavailable { .. }
            | Self::TriggerExpired { .. }
            | Self::MessageGone
            | Self::NotEditable { .. } => false,
        }
    }

    /// Whether the modal is closed by now, or shows something newer than what was to be replaced (docs.slack.dev,
    /// views.update).
    pub fn is_of_another_modal(&self) -> bool {
        matches!(self, Self::Refused { error, .. } if matches!(error.as_str(), "not_found" | "hash_conflict"))
    }

    /// Whether something else was published meanwhile (docs.slack.dev, views.publish).
    pub fn is_hash_conflict(&self) -> bool {
        matches!(self, Self::Refused { error, .. } if error == "hash_conflict")
    }

    /// Whether the app's home tab is switched off (docs.slack.dev, views.publish).
    pub fn is_home_off(&self) -> bool {
        matches!(self, Self::BadTarget { error } if error == "not_enabled")
    }

    /// Whether it may have been done although nobody said so.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Self::Unavailable { ambiguous: true, .. })
    }

    pub(super) fn rate_limited(after: Option<Duration>) -> Self {
        Self::RateLimited { after: after.unwrap_or(UNSAID_WAIT).min(LONGEST_WAIT) }
    }

    pub(super) fn unavailable(cause: impl ToString, ambiguous: bool) -> Self {
        Self::Unavailable { cause: cause.to_string(), ambiguous }
    }

    /// Sorts one of Slack's error codes (docs.slack.dev, the methods' pages).
    pub(super) fn from_code(error: String, messages: Vec<String>) -> Self {
        match error.as_str() {
            "ratelimited" | "rate_limited" | "message_limit_exceeded" => Self::rate_limited(None),
            // "Some aspect of the operation may have succeeded", says every method's page.
            "internal_error"
            | "fatal_error"
            | "request_timeout"
            | "service_unavailable"
            | "update_failed" => Self::unavailable(error, true),
            "team_added_to_org" | "external_channel_migrating" => Self::unavailable(error, false),
            // Which one stands beside the code.
            "missing_scope" => Self::MissingScope { scopes: Vec::new() },
            "not_authed"
            | "invalid_auth"
            | "token_revoked"
            | "token_expired"
            | "account_inactive"
            | "not_allowed_token_type"
            | "no_permission"
            | "access_denied"
            | "org_login_required"
            | "accesslimited"
            | "ekm_access_denied" => Self::BadCredentials { error },
            "channel_not_found"
            | "not_in_channel"
            | "is_archived"
            | "is_inactive"
            | "user_not_found"
            | "users_not_found"
            | "user_disabled"
            | "user_not_visible"
            | "user_not_in_channel"
            | "cannot_dm_bot"
            | "invalid_user_combination"
            | "messages_tab_disabled"
            | "not_enabled"
            | "team_not_found"
            | "app_access_restricted"
            | "posting_to_channel_denied" => Self::BadTarget { error },
            "expired_trigger_id"
            | "exchanged_trigger_id"
            | "invalid_trigger_id"
            | "expired_url"
            | "used_url" => Self::TriggerExpired { error },
            "message_not_found" | "thread_not_found" => Self::MessageGone,
            "cant_update_message" | "edit_window_closed" | "block_mismatch" => Self::NotEditable { error },
            code if code.starts_with("restricted_action") => Self::BadTarget { error },
            _ => Self::Refused { error, messages },
        }
    }
}

/// `channels:read or groups:read`.
pub(super) fn any_of(scopes: &[&str]) -> String {
    if scopes.is_empty() { "that this needs".to_owned() } else { scopes.join(" or ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(code: &str) -> &'static str {
        Trouble::from_code(code.into(), vec![]).class()
    }

    #[test]
    fn codes_are_sorted_by_what_can_be_done() {
        assert_eq!(class("ratelimited"), "rate_limited");
        assert_eq!(class("internal_error"), "unavailable");
        assert_eq!(class("token_revoked"), "bad_credentials");
        assert_eq!(class("is_archived"), "bad_target");
        assert_eq!(class("not_enabled"), "bad_target");
        assert_eq!(class("restricted_action_read_only_channel"), "bad_target");
        assert_eq!(class("exchanged_trigger_id"), "trigger_expired");
        assert_eq!(class("message_not_found"), "message_gone");
        assert_eq!(class("thread_not_found"), "message_gone");
        assert_eq!(class("edit_window_closed"), "not_editable");
        assert_eq!(class("invalid_blocks"), "refused");
        assert_eq!(class("something_new"), "refused");
    }

    #[test]
    fn an_error_on_slacks_side_leaves_it_open_whether_it_was_done() {
        let ambiguous = |code: &str| match Trouble::from_code(code.into(), vec![]) {
            Trouble::Unavailable { ambiguous, .. } => ambiguous,
            other => panic!("{other:?}"),
        };

        assert!(ambiguous("internal_error") && ambiguous("request_timeout"));
        assert!(!ambiguous("external_channel_migrating"));
    }

    #[test]
    fn a_missing_scope_locks_nobody_out() {
        let revoked = Trouble::from_code("token_revoked".into(), vec![]);
        let scope = Trouble::from_code("missing_scope".into(), vec![]);

        assert!(revoked.is_lock_out() && !revoked.is_missing_scope());
        assert!(!scope.is_lock_out() && scope.is_missing_scope() && scope.needs_people());
    }

    #[test]
    fn a_modal_that_was_closed_or_replaced_is_told_from_one_that_slack_refuses() {
        let of_another = |code: &str| Trouble::from_code(code.into(), vec![]).is_of_another_modal();

        assert!(of_another("not_found") && of_another("hash_conflict"));
        assert!(!of_another("invalid_arguments") && !of_another("internal_error"));
    }

    #[test]
    fn nobody_waits_for_years() {
        let wait = |after| match Trouble::rate_limited(after) {
            Trouble::RateLimited { after } => after.as_secs(),
            other => panic!("{other:?}"),
        };

        assert_eq!(wait(None), 10);
        assert_eq!(wait(Some(Duration::from_secs(7))), 7);
        assert_eq!(wait(Some(Duration::from_secs(u64::MAX))), 3600);
    }
}
