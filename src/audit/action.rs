//! What an entry says happened: one stable name for each.

use std::fmt;
use std::str::FromStr;

/// Longer than any name we would give; bounds what a file may claim.
const LONGEST_NAME: usize = 64;

/// Declares the actions with their published names, so that the two can't drift apart.
macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What happened. Later releases add names; the format stays and names keep their meaning.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$doc])* $variant,)*
            /// Written by a later release, before somebody went back to this one.
            Later(LaterAction),
        }

        impl Action {
            /// Every action this release writes.
            pub const ALL: &[Action] = &[$(Self::$variant,)*];

            /// The name in the published format.
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Later(LaterAction(name)) => name,
                }
            }
        }
    };
}

actions! {
    /// A token request arrived, by webhook or by reconciliation.
    RequestReceived = "request.received",
    /// GitHub told how it ended, by webhook; what followed is told by the entries after it.
    RequestTold = "request.told",
    /// GitHub's list told the rest of it, or did not in time.
    RequestEnriched = "request.enriched",
    /// Its content changed under the same id; votes are void.
    RequestChanged = "request.changed",
    /// A newer request for the same token took its place.
    RequestSuperseded = "request.superseded",
    /// GitHub told or confirmed how it ended.
    RequestSettled = "request.settled",
    /// Its organization is out of reach.
    RequestPaused = "request.paused",
    /// GitHub's list was read for a request that waits.
    RequestSeen = "request.seen",
    /// Later evidence told more about an end of which GitHub had not said how.
    RequestRefined = "request.refined",
    /// GitHub's outcome is not the one that was decided here.
    RequestContradicted = "request.contradicted",
    /// An authorised vote, whether or not it was enough.
    VoteAccepted = "vote.accepted",
    /// An earlier vote does not count any more: its voter has lost the right.
    VoteLapsed = "vote.lapsed",
    /// The rules that decide alone were asked, whatever they said.
    RulesAsked = "rules.asked",
    /// A voter took back a vote.
    VoteWithdrawn = "vote.withdrawn",
    /// Somebody had GitHub looked at.
    CheckAsked = "check.asked",
    /// A modal to decide in was opened for somebody who may.
    FormOpened = "form.opened",
    /// A click that changed nothing.
    ClickRefused = "click.refused",
    /// The votes were enough; GitHub is going to be told.
    DecisionMade = "decision.made",
    /// A decision made on GitHub's page was compared with what our policies would have said.
    DecisionCompared = "decision.compared",
    /// A decision fell back to pending before GitHub carried it out.
    DecisionReturned = "decision.returned",
    /// A decision waits until somebody mends the access to GitHub.
    DecisionBlocked = "decision.blocked",
    /// A blocked decision goes on.
    DecisionResumed = "decision.resumed",
    /// One try to tell GitHub, recorded before it is sent.
    ReviewAttempted = "review.attempted",
    /// What GitHub answered to a try, silence included.
    ReviewAnswered = "review.answered",
    /// A login of the configuration was tied to GitHub's number for the account.
    LinkPinned = "link.pinned",
    /// A machine account of the configuration was tied to GitHub's number for it.
    MachinePinned = "machine.pinned",
    /// Somebody asked to link their accounts.
    LinkAsked = "link.asked",
    /// They proved to hold both, and confirmed it.
    LinkMade = "link.made",
    /// A try to link accounts came to nothing.
    LinkRefused = "link.refused",
    /// A link that somebody made was ended.
    LinkEnded = "link.ended",
    /// A GitHub team of the configuration was tied to GitHub's number for it.
    TeamPinned = "team.pinned",
    /// Who may approve by a Slack user group, a GitHub team or as an owner was read for the first time.
    SourceFirstRead = "group.first_read",
    /// Somebody was seen for the first time among those who may approve.
    MemberSeen = "group.member_seen",
    /// The GitHub App was installed, suspended, restricted or removed.
    InstallationChanged = "installation.changed",
    /// The one Slack workspace or organization that is served was fixed.
    SlackInstallationPinned = "slack.installation_pinned",
    /// Somebody had collected requests shown one by one.
    CardsAsked = "cards.asked",
    /// The requester had those reminded who can decide, or was refused to.
    RequestNudged = "request.nudged",
    /// Somebody looked at a request's details, or was refused to.
    DetailsShown = "details.shown",
    /// A slash command was answered or refused.
    CommandUsed = "command.used",
    /// Somebody opened the app's home in Slack.
    HomeOpened = "home.opened",
    /// The app's home shows somebody something else.
    HomeShown = "home.shown",
    /// Somebody listed active tokens, or was refused to.
    TokensListed = "tokens.listed",
    /// Somebody takes active tokens away as a file, or was refused to.
    TokensExported = "tokens.exported",
    /// Somebody looked at a token, or was refused to.
    TokenShown = "token.shown",
    /// A token is active for which no approval is known, or which counted as gone.
    TokenAppeared = "token.appeared",
    /// A token is not active any more, and it was not revoked here.
    TokenGone = "token.gone",
    /// Somebody was shown tokens that they may revoke, or was refused to.
    TokenRevocationOffered = "token.revocation_offered",
    /// The right of who wants a token revoked was judged: GitHub is going to be told, or the token stays.
    TokenRevoking = "token.revoking",
    /// One call to GitHub to revoke tokens, recorded before it is sent.
    TokenRevocationAttempted = "token.revocation_attempted",
    /// What GitHub answered to it, silence included.
    TokenRevocationAnswered = "token.revocation_answered",
    /// A token that was to be revoked is gone.
    TokenRevoked = "token.revoked",
    /// A token that was to be revoked stays.
    TokenKept = "token.kept",
    /// Everything was frozen, or somebody was refused to do that.
    FreezeOn = "freeze.on",
    /// A freeze was lifted, or somebody was refused to do that.
    FreezeOff = "freeze.off",
    /// Work that will not be tried again.
    JobGivenUp = "job.given_up",
    /// An operator had work done again.
    JobRetried = "job.retried",
    /// An operator took work away.
    JobDropped = "job.dropped",
    ServiceStarted = "service.started",
    /// Other rules came into force: policies, routes, groups or people.
    RulesReloaded = "rules.reloaded",
}

/// A well-formed name that this release does not write.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LaterAction(String);

/// Text that can't name an action in any release.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an action: expected up to {LONGEST_NAME} small letters, digits, underscores and dots")]
pub struct NotAnAction;

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Action {
    type Err = NotAnAction;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if let Some(known) = Self::ALL.iter().find(|action| action.name() == name) {
            return Ok(known.clone());
        }
        let is_name = (1..=LONGEST_NAME).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._".contains(&b));
        if is_name { Ok(Self::Later(LaterAction(name.to_owned()))) } else { Err(NotAnAction) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_its_action() {
        for action in Action::ALL {
            assert_eq!(action.name().parse().as_ref(), Ok(action));
        }
    }

    #[test]
    fn every_action_is_published() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/audit-log.md");
        let published = std::fs::read_to_string(path).unwrap();

        for action in Action::ALL {
            assert!(published.contains(&format!("`{action}`")), "{action}");
        }
    }

    #[test]
    fn the_name_of_a_later_release_is_kept() {
        let action: Action = "token.minted".parse().unwrap();

        assert!(matches!(action, Action::Later(_)));
        assert_eq!(action.name(), "token.minted");
    }

    #[test]
    fn other_text_is_no_action() {
        for text in ["", "Request.received", "request received", "é", &"a".repeat(65)] {
            assert_eq!(text.parse::<Action>(), Err(NotAnAction), "{text:?}");
        }
    }
}
