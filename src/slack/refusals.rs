//! Why somebody may not do something with tokens, as they read it; `messages.rs` tells it of requests.

use super::messages;
use crate::request::Refusal;

/// Why somebody may not see, revoke or export tokens: whatever `verb` says.
pub(super) fn of_tokens(verb: &str, refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotAMember { organization } => {
            format!(
                "Your GitHub account is not an active member of {organization}, so you can't {verb} its tokens."
            )
        }
        Refusal::CannotTell { cause } => {
            format!(
                "We can't tell right now whether you may {verb} tokens ({cause}). Please ask again later."
            )
        }
        Refusal::DoubtfulAccount { cause } => {
            format!("We could not make sure of your GitHub account ({cause}). Please ask again later.")
        }
        Refusal::UnknownAccount => {
            "We don't know your GitHub account. Link your accounts, then ask again.".to_owned()
        }
        Refusal::RecentLink => format!(
            "Your GitHub account was linked less than 24 hours ago. You can {verb} tokens when that time is over."
        ),
        Refusal::Guest => format!("Guests of this workspace can't {verb} tokens."),
        Refusal::External => format!("People from other workspaces can't {verb} tokens."),
        Refusal::Bot => format!("Bots can't {verb} tokens."),
        Refusal::TooLate { .. } => {
            "This could only be looked at now, which is too late to count. Please ask again.".to_owned()
        }
        other => messages::refusal(other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{exports, revocations, tokens};
    use super::*;
    use crate::ids::Login;
    use crate::request::samples::noon;

    #[test]
    fn why_somebody_may_not() {
        let organization = Login::new("acme");
        let cause = || "GitHub does not answer".to_owned();
        let rows = [
            Refusal::NotAMember { organization: organization.clone() },
            Refusal::MayNotLook { organization: organization.clone() },
            Refusal::MayNotRevoke { organization: organization.clone() },
            Refusal::MayNotExport { organization },
            Refusal::CannotTell { cause: cause() },
            Refusal::DoubtfulAccount { cause: cause() },
            Refusal::UnknownAccount,
            Refusal::RecentLink,
            Refusal::Guest,
            Refusal::External,
            Refusal::Deactivated,
            Refusal::Bot,
            Refusal::TooLate { clicked_at: noon() },
            Refusal::Policy { policies: vec!["no-weekends".to_owned()] },
        ];
        let said = [tokens::refusal, revocations::refusal, exports::refused]
            .map(|words| rows.iter().map(words).collect::<Vec<_>>().join("\n"));
        let said = said.join("\n\n");
        assert!(!said.contains("decide") && !said.contains("click"), "{said}");
        insta::assert_snapshot!(said);
    }
}
