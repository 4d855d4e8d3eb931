//! Ending tokens' access: what somebody chose to end, and how far each of it has come.
//!
//! GitHub tells nobody that a token was revoked, and answers a call for many with "accepted" alone (docs.github.com, REST:
//! update the access to organization resources via fine-grained personal access tokens). Only its list says what became
//! of them, and that is looked at before the first call, too: what is gone already was ended by somebody else.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::TokenKey;
use crate::chance::Chance;
use crate::ids::{GrantId, Login, OrganizationId, SlackUserId, TokenId};
use crate::request::{Comment, Requester};

/// How long GitHub may take to carry out what it has accepted, and its list to show it.
pub const SETTLES_WITHIN: TimeDelta = TimeDelta::seconds(60);

/// How long to wait before the list is looked at for what was accepted.
pub const LOOK_AFTER: TimeDelta = TimeDelta::seconds(5);

/// What tells one revocation from another; random, and no right to anything.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RevocationId(String);

impl RevocationId {
    /// Draws a new one.
    pub fn random(chance: &Chance) -> Self {
        Self(hex::encode(chance.bytes::<8>()))
    }

    /// One that was drawn before; nothing if it can't be one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_drawn = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_drawn.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RevocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What somebody was shown that they may end, and whether they want to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    pub id: RevocationId,
    pub by: SlackUserId,
    /// The key or the filter that found it, as it was understood.
    pub wanted: String,
    /// Whether all of it is their own.
    pub is_own: bool,
    pub offered_at: DateTime<Utc>,
    /// Nothing until they have said so.
    pub asked: Option<Wish>,
}

/// That all of it is to be ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub at: DateTime<Utc>,
    /// Owners read it.
    pub reason: Option<Comment>,
}

/// One token of a revocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    pub token: Named,
    pub stage: Stage,
}

/// A token as it was when it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub organization: OrganizationId,
    pub login: Login,
    pub grant: GrantId,
    pub token: Option<TokenId>,
    pub key: TokenKey,
    pub owner: Requester,
    /// The owner's own name for the token: a stranger's text.
    pub name: Option<String>,
}

/// How far one token's end has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Whether its end may be asked for is still to be judged.
    Chosen,
    /// It may be asked for, but another revocation is having it ended: this one goes on with what that leaves.
    Behind(Behind),
    Revoking(Underway),
    Gone {
        how: How,
        at: DateTime<Utc>,
    },
    /// It stays, and why: words that may be somebody else's.
    Kept {
        cause: String,
    },
}

/// How a token came to be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    ByUs,
    /// Without this revocation's doing.
    Vanished,
}

/// A token that another revocation is having ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// Whose revocation that was when the right was judged. Whoever has it ended since is named to nobody: the right may be
    /// lost by now.
    pub by: Option<SlackUserId>,
    /// When the right to end it was judged.
    pub judged_at: DateTime<Utc>,
}

/// A token that GitHub is to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Underway {
    pub since: DateTime<Utc>,
    /// When the right to end it was judged last.
    pub judged_at: DateTime<Utc>,
    /// The last call, unless it is known to have come to nothing.
    pub last: Option<Call>,
    /// Whether a call before that may have ended it.
    pub may_be_ours: bool,
    /// Whether a call for many came to nothing for it.
    pub is_for_itself: bool,
    /// What somebody has to mend first.
    pub waits: Option<String>,
}

/// One call that may have ended it, recorded before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub at: DateTime<Utc>,
    /// After this time nothing of it is sent any more.
    pub until: DateTime<Utc>,
    /// Together with others.
    pub is_for_many: bool,
    /// Nothing while nobody knows, or ever will.
    pub said: Option<Said>,
}

/// What GitHub said to a call, short of having ended the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It is going to be carried out, perhaps.
    Accepted,
    NotThere,
    /// GitHub's words.
    Refused(String),
}

/// What is to be done about a token next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Send,
    /// Look whether GitHub lists it.
    Look,
    /// Nothing before this time.
    Wait(DateTime<Utc>),
}

/// What GitHub's list says of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    Yes,
    No,
    /// It has no number by which it could be looked for.
    Untold,
}

impl Stage {
    pub fn is_over(&self) -> bool {
        match self {
            Self::Chosen | Self::Behind(_) | Self::Revoking(_) => false,
            Self::Gone { .. } | Self::Kept { .. } => true,
        }
    }
}

impl Behind {
    /// How it stands while this person is having it ended.
    pub fn stays(self, held_by: &SlackUserId) -> Self {
        Self { by: self.by.filter(|by| by == held_by), ..self }
    }

    /// Nobody is having it ended any more, and it is not gone.
    pub fn begins(self, now: DateTime<Utc>) -> Underway {
        Underway { judged_at: self.judged_at, ..Underway::begun(now) }
    }
}

impl Underway {
    /// A token whose end may be asked for.
    pub fn begun(now: DateTime<Utc>) -> Self {
        Self { since: now, judged_at: now, last: None, may_be_ours: false, is_for_itself: false, waits: None }
    }

    pub fn next(&self, now: DateTime<Utc>) -> Next {
        let Some(call) = &self.last else { return Next::Send };
        let from = match call.said {
            None => call.until,
            Some(Said::Accepted) => call.at + LOOK_AFTER,
            Some(Said::NotThere | Said::Refused(_)) => return Next::Look,
        };
        if now < from { Next::Wait(from) } else { Next::Look }
    }

    /// Whether it may be told together with others. A call for many tells nothing, so whoever is in one has to be found on the
    /// list afterwards.
    pub fn may_be_one_of_many(&self, token: &Named) -> bool {
        self.last.is_none() && !self.is_for_itself && token.token.is_some()
    }

    /// A call is about to be made.
    pub fn called(self, call: Call) -> Self {
        Self { last: Some(call), ..self }
    }

    /// GitHub answered the last call, without ending the token.
    pub fn answered(mut self, said: Said) -> Self {
        if let Some(call) = &mut self.last {
            call.said = Some(said);
        }
        self
    }

    /// The last call certainly did not arrive.
    pub fn not_sent(self) -> Self {
        Self { last: None, ..self }
    }

    /// GitHub takes what it is told again.
    pub fn goes_on(self) -> Self {
        Self { waits: None, ..self }
    }

    /// GitHub's whole list was read; only that says that a token is not there. Of one without a number it tells nothing, so
    /// that GitHub's word on the token itself has to do.
    pub fn seen(self, listed: Listed, now: DateTime<Utc>) -> Stage {
        let may_be_ours = self.may_be_ours || self.last.as_ref().is_some_and(Call::may_have_ended_it);
        let said = self.last.as_ref().and_then(|call| call.said.as_ref());
        let is_gone = match listed {
            Listed::Yes => false,
            Listed::No => true,
            Listed::Untold => said == Some(&Said::NotThere),
        };
        if is_gone {
            let how = if may_be_ours { How::ByUs } else { How::Vanished };
            return Stage::Gone { how, at: now };
        }
        let Some(call) = &self.last else { return Stage::Revoking(self) };
        // The list may lag, and what GitHub does for many it does in its own time.
        let may_lag = match said {
            Some(Said::Accepted | Said::NotThere) => true,
            None => call.is_for_many,
            Some(Said::Refused(_)) => false,
        };
        match said {
            _ if may_lag && now < call.at + SETTLES_WITHIN => Stage::Revoking(self),
            Some(Said::NotThere) if !call.is_for_many => Stage::Kept {
                cause: "GitHub says that it does not know this token, and lists it all the same".to_owned(),
            },
            Some(Said::Refused(words)) if !call.is_for_many => {
                Stage::Kept { cause: format!("GitHub refused: {words}") }
            }
            // What was said of many says nothing of this one.
            Some(_) | None => Stage::Revoking(Self { last: None, may_be_ours, is_for_itself: true, ..self }),
        }
    }
}

impl Call {
    /// Nobody promises that a call for many that was refused has done nothing.
    fn may_have_ended_it(&self) -> bool {
        self.is_for_many || matches!(self.said, None | Some(Said::Accepted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::samples::{noon, token as sample};

    fn token() -> Named {
        sample().named()
    }

    fn call(is_for_many: bool) -> Call {
        Call { at: noon(), until: noon() + TimeDelta::seconds(12), is_for_many, said: None }
    }

    fn called(is_for_many: bool) -> Underway {
        Underway::begun(noon()).called(call(is_for_many))
    }

    fn after(seconds: i64) -> DateTime<Utc> {
        noon() + TimeDelta::seconds(seconds)
    }

    fn how(stage: &Stage) -> Option<How> {
        match stage {
            Stage::Gone { how, .. } => Some(*how),
            Stage::Chosen | Stage::Behind(_) | Stage::Revoking(_) | Stage::Kept { .. } => None,
        }
    }

    fn underway(stage: Stage) -> Underway {
        match stage {
            Stage::Revoking(underway) => underway,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_gone_before_anything_was_sent_vanished() {
        assert_eq!(how(&Underway::begun(noon()).seen(Listed::No, after(1))), Some(How::Vanished));
        let refused = called(false).answered(Said::NotThere);
        assert_eq!(how(&refused.seen(Listed::No, after(1))), Some(How::Vanished));
    }

    #[test]
    fn what_may_have_been_ended_by_a_call_of_ours_was() {
        for said in [None, Some(Said::Accepted)] {
            let sent = Underway { last: Some(Call { said, ..call(true) }), ..called(true) };
            assert_eq!(how(&sent.seen(Listed::No, after(20))), Some(How::ByUs));
        }
        // Its answer was lost, and the next one found it gone.
        let again = underway(called(false).seen(Listed::Yes, after(20))).called(call(false));
        assert_eq!(how(&again.answered(Said::NotThere).seen(Listed::No, after(21))), Some(How::ByUs));
    }

    #[test]
    fn a_call_without_an_answer_is_looked_after_once_nothing_of_it_can_arrive() {
        assert_eq!(called(false).next(after(11)), Next::Wait(after(12)));
        assert_eq!(called(false).next(after(12)), Next::Look);
        assert_eq!(Underway::begun(noon()).next(noon()), Next::Send);
    }

    #[test]
    fn what_was_accepted_for_many_has_a_minute_and_is_then_told_by_itself() {
        let accepted = called(true).answered(Said::Accepted);
        assert_eq!(accepted.next(after(4)), Next::Wait(after(5)));
        assert_eq!(accepted.next(after(5)), Next::Look);

        let waits = underway(accepted.clone().seen(Listed::Yes, after(59)));
        assert_eq!(waits, accepted);
        let again = underway(accepted.seen(Listed::Yes, after(60)));
        assert_eq!((again.next(after(60)), again.may_be_one_of_many(&token())), (Next::Send, false));
    }

    #[test]
    fn a_refusal_of_many_is_no_refusal_of_each() {
        let refused = Said::Refused("no".to_owned());
        let each = underway(called(true).answered(refused.clone()).seen(Listed::Yes, after(1)));
        assert_eq!((each.next(after(1)), each.may_be_one_of_many(&token())), (Next::Send, false));
        // It may have been carried out in part.
        let gone = called(true).answered(refused.clone()).seen(Listed::No, after(1));
        assert_eq!(how(&gone), Some(How::ByUs));

        let kept = called(false).answered(refused).seen(Listed::Yes, after(1));
        assert_eq!(kept, Stage::Kept { cause: "GitHub refused: no".to_owned() });
    }

    #[test]
    fn what_github_does_not_know_and_lists_stays_once_the_list_can_not_lag_any_more() {
        let unknown = called(false).answered(Said::NotThere);

        assert_eq!(underway(unknown.clone().seen(Listed::Yes, after(59))), unknown);
        assert!(matches!(unknown.seen(Listed::Yes, after(60)), Stage::Kept { .. }));
    }

    #[test]
    fn what_certainly_did_not_arrive_is_as_if_it_had_not_been_tried() {
        let again = called(true).not_sent();
        assert!(again.may_be_one_of_many(&token()));
        assert_eq!(how(&again.seen(Listed::No, after(1))), Some(How::Vanished));
    }

    #[test]
    fn a_call_for_many_without_an_answer_has_its_minute_too() {
        let silent = called(true);

        assert_eq!(underway(silent.clone().seen(Listed::Yes, after(59))), silent);
        assert_eq!(underway(silent.seen(Listed::Yes, after(60))).next(after(60)), Next::Send);
    }

    #[test]
    fn of_a_token_without_a_number_githubs_word_on_itself_has_to_do() {
        let nameless = Named { token: None, ..token() };
        assert!(!Underway::begun(noon()).may_be_one_of_many(&nameless));

        // Nobody answered: it is told again, and what is not there then went by that.
        let again = underway(called(false).seen(Listed::Untold, after(12)));
        assert_eq!(again.next(after(12)), Next::Send);
        let gone = again.called(call(false)).answered(Said::NotThere).seen(Listed::Untold, after(13));
        assert_eq!(how(&gone), Some(How::ByUs));
        let vanished = called(false).answered(Said::NotThere).seen(Listed::Untold, after(1));
        assert_eq!(how(&vanished), Some(How::Vanished));
        let refused = called(false).answered(Said::Refused("no".to_owned())).seen(Listed::Untold, after(1));
        assert!(matches!(refused, Stage::Kept { .. }));
        assert_eq!(
            underway(Underway::begun(noon()).seen(Listed::Untold, after(1))).next(after(1)),
            Next::Send
        );
    }

    #[test]
    fn what_another_leaves_goes_on_by_the_right_that_was_judged_before() {
        let (alice, bob) = (SlackUserId::new("U0ALICE"), SlackUserId::new("U0BOB"));
        let behind = Behind { by: Some(alice.clone()), judged_at: noon() };

        assert_eq!(behind.clone().stays(&alice), behind);
        let unnamed = Behind { by: None, ..behind.clone() };
        assert_eq!(behind.clone().stays(&bob), unnamed);
        assert_eq!(unnamed.clone().stays(&alice), unnamed);
        let on = behind.begins(after(60));
        assert_eq!((on.since, on.judged_at, on.next(after(60))), (after(60), noon(), Next::Send));
    }

    #[test]
    fn only_what_was_drawn_names_a_revocation() {
        let id = RevocationId::random(&Chance::seeded(7));

        assert_eq!(RevocationId::parse(id.as_str()), Some(id));
        for odd in ["", "12", "zzzzzzzzzzzzzzzz", "0123456789abcdef0"] {
            assert_eq!(RevocationId::parse(odd), None, "{odd}");
        }
    }
}
