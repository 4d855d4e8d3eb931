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
    /// Somebody who approves twice counts as two.
    CountsOneVoterTwice,
    /// An approval counts that was taken back.
    CountsWhatWasWithdrawn,
    /// Votes stay when the content changes.
    KeepsVotesForOtherContent,
    /// An approval is counted while everything is frozen.
    VotesWhileFrozen,
    /// An approval is counted that was judged before a freeze which has come and gone.
    VotesJudgedBeforeFreeze,
    /// A rule decides while everything is frozen.
    RulesWhileFrozen,
    /// An attempt to approve is recorded while everything is frozen.
    AttemptsWhileFrozen,
    /// An attempt is recorded by what was read of the brake, whatever has come and gone since.
    AttemptsOnWhatWasRead,
    /// Rights that were judged before a freeze count after it.
    TrustsOldRights,
    /// Denials wait for the end of a freeze, too.
    HoldsBackEverything,
    /// What a freeze holds back is not gone on with after it.
    HeldBackIsForgotten,
    /// A newer request takes the place of a decision that may be on its way.
    GivesWayWhateverWasSent,
    /// A beginning that comes late opens what is over.
    BeginsAgain,
}

impl Wrong {
    pub(super) const ALL: [Self; 27] = [
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
        Self::CountsOneVoterTwice,
        Self::CountsWhatWasWithdrawn,
        Self::KeepsVotesForOtherContent,
        Self::GivesWayWhateverWasSent,
        Self::BeginsAgain,
        Self::RulesAskedAgain,
        Self::RulesOverVotes,
        Self::RulesWhileFrozen,
        Self::VotesWhileFrozen,
        Self::VotesJudgedBeforeFreeze,
        Self::AttemptsWhileFrozen,
        Self::AttemptsOnWhatWasRead,
        Self::TrustsOldRights,
        Self::HoldsBackEverything,
        Self::HeldBackIsForgotten,
    ];

    /// Whether it takes rules to make it.
    pub(super) fn is_of_rules(self) -> bool {
        matches!(self, Self::RulesAskedAgain | Self::RulesOverVotes | Self::RulesWhileFrozen)
    }

    /// Whether it takes a freeze to make it.
    pub(super) fn is_of_a_freeze(self) -> bool {
        matches!(
            self,
            Self::VotesWhileFrozen
                | Self::VotesJudgedBeforeFreeze
                | Self::RulesWhileFrozen
                | Self::AttemptsWhileFrozen
                | Self::AttemptsOnWhatWasRead
                | Self::TrustsOldRights
                | Self::HoldsBackEverything
                | Self::HeldBackIsForgotten
        )
    }

    /// Whether it takes two who have to agree.
    pub(super) fn is_of_a_quorum(self) -> bool {
        matches!(
            self,
            Self::CountsOneVoteForAll
                | Self::CountsOneVoterTwice
                | Self::CountsWhatWasWithdrawn
                | Self::KeepsVotesForOtherContent
        )
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
            | Self::CountsOneVoterTwice
            | Self::CountsWhatWasWithdrawn
            | Self::KeepsVotesForOtherContent
            | Self::VotesWhileFrozen
            | Self::VotesJudgedBeforeFreeze
            | Self::RulesWhileFrozen
            | Self::AttemptsWhileFrozen
            | Self::AttemptsOnWhatWasRead
            | Self::TrustsOldRights
            | Self::GivesWayWhateverWasSent
            | Self::BeginsAgain => NO_RULE_BROKEN,
            Self::ForbiddenIsAbsence | Self::UnclearIsYes => TRUE,
            Self::BlockedIsDropped | Self::HoldsBackEverything | Self::HeldBackIsForgotten => ENDS_WELL,
        }
    }
}
