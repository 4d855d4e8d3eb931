//! Mistakes made on purpose: a model that finds none of them proves nothing.

use super::machine::{ENDS_WELL, NO_RULE_BROKEN, TRUE};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Wrong {
    /// A replica that wakes late sends what it recorded long ago.
    SendsAfterDeadline,
    /// A commit is taken from whoever has lost the lease.
    CommitsWithoutLease,
    /// An attempt is sent again without reading the list.
    SendsAgainUnseen,
    /// A list read before the deadline counts as evidence after it.
    ListReadTooEarly,
    /// 403 on the list counts as absence.
    ForbiddenIsAbsence,
    /// An answer that does not tell is taken for a yes.
    UnclearIsYes,
    /// A review is sent without comparing the content.
    ContentNotCompared,
    /// A vote counts for whatever content stands now.
    VoteForAnyContent,
    /// A decision may be withdrawn whatever is under way.
    WithdrawsWhatWasSent,
    /// A decision that is blocked is forgotten.
    BlockedIsDropped,
    /// Rules are asked whether or not they were before.
    RulesAskedAgain,
    /// A rule decides although somebody has voted.
    RulesOverVotes,
    /// The card is not drawn when the decision is blocked.
    BlockedUndrawn,
    /// Whoever approves first decides, although others have to agree.
    CountsOneVoteForAll,
    /// A newer request takes the place of a decision that may be on its way.
    GivesWayWhateverWasSent,
    /// A beginning that comes late opens what is over.
    BeginsAgain,
}

impl Wrong {
    pub(super) const ALL: [Self; 16] = [
        Self::SendsAfterDeadline,
        Self::CommitsWithoutLease,
        Self::SendsAgainUnseen,
        Self::ListReadTooEarly,
        Self::ForbiddenIsAbsence,
        Self::UnclearIsYes,
        Self::ContentNotCompared,
        Self::VoteForAnyContent,
        Self::WithdrawsWhatWasSent,
        Self::BlockedIsDropped,
        Self::BlockedUndrawn,
        Self::CountsOneVoteForAll,
        Self::GivesWayWhateverWasSent,
        Self::BeginsAgain,
        Self::RulesAskedAgain,
        Self::RulesOverVotes,
    ];

    /// Whether it takes rules to make it.
    pub(super) fn is_of_rules(self) -> bool {
        matches!(self, Self::RulesAskedAgain | Self::RulesOverVotes)
    }

    /// The property that a world with this mistake in it breaks.
    pub(super) fn breaks(self) -> &'static str {
        match self {
            Self::SendsAfterDeadline
            | Self::CommitsWithoutLease
            | Self::SendsAgainUnseen
            | Self::ListReadTooEarly
            | Self::ContentNotCompared
            | Self::VoteForAnyContent
            | Self::WithdrawsWhatWasSent
            | Self::RulesAskedAgain
            | Self::RulesOverVotes
            | Self::BlockedUndrawn
            | Self::CountsOneVoteForAll
            | Self::GivesWayWhateverWasSent
            | Self::BeginsAgain => NO_RULE_BROKEN,
            Self::ForbiddenIsAbsence | Self::UnclearIsYes => TRUE,
            Self::BlockedIsDropped => ENDS_WELL,
        }
    }
}
