//! Would our policies have allowed a decision that somebody made on GitHub's page? They are judged as if they had clicked.

use super::{App, Asker, Doubt, Rules};
use crate::ids::{GitHubUserId, Login};
use crate::policy::{Act, Judgement};
use crate::request::{Compared, Content, Elsewhere, Requester, TokenRequest, Verdict, Vote};
use crate::slack::{Approvals, messages};

/// What was found, and on what facts.
#[derive(Debug, Clone)]
pub struct Comparison {
    pub compared: Compared,
    pub judgements: Vec<Judgement>,
    /// Whether asking again can't tell more.
    pub is_final: bool,
}

impl Comparison {
    fn found(compared: Compared, judgements: Vec<Judgement>) -> Self {
        let is_final = !matches!(compared, Compared::Unknown { .. });
        Self { compared, judgements, is_final }
    }

    fn unknown(cause: impl ToString) -> Self {
        Self::found(Compared::Unknown { cause: cause.to_string() }, vec![])
    }

    fn outside(why: String, judgements: Vec<Judgement>) -> Self {
        Self::found(Compared::Outside { why }, judgements)
    }
}

/// Whose rights tell, or what can be said without asking about anybody.
fn decider<'a>(elsewhere: &Elsewhere<'a>) -> Result<(GitHubUserId, &'a Login), Comparison> {
    let outside = |why: &str| Err(Comparison::outside(why.to_owned(), vec![]));
    let unknown = |cause| Err(Comparison { is_final: true, ..Comparison::unknown(cause) });
    if elsewhere.is_ours {
        return outside(messages::OTHER_CONTENT);
    }
    if elsewhere.verdict == Verdict::Approve && elsewhere.is_frozen {
        return outside(messages::FROZEN);
    }
    if elsewhere.content == Content::Unclear {
        return unknown(messages::UNCLEAR_CONTENT);
    }
    elsewhere.by.map_or_else(|| unknown("GitHub does not say who it was"), Ok)
}

impl App {
    /// Judges who decided on GitHub's page, with the votes given here until then, on facts asked for now.
    pub async fn compare(
        &self,
        rules: &Rules,
        request: &TokenRequest,
        elsewhere: Elsewhere<'_>,
    ) -> Comparison {
        let (id, login) = match decider(&elsewhere) {
            Ok(decider) => decider,
            Err(found) => return found,
        };
        let place = match self.place_of(request).await {
            Ok(place) => place,
            Err(error) => return Comparison::unknown(error),
        };
        // Whatever the account is called now.
        let account = Requester { id, login: login.clone() };
        let slack = match self.slack_user_of(rules, &account, place.installation).await {
            Ok(Some(slack)) => slack,
            Ok(None) => return Comparison::outside(messages::nobody_who_may(elsewhere.verdict), vec![]),
            Err(error) => return Comparison::unknown(error),
        };
        let asker = self.judge(rules, &slack, elsewhere.verdict.into(), request).await;
        let theirs = Vote {
            slack,
            github: id,
            login: login.clone(),
            verdict: elsewhere.verdict,
            comment: None,
            at: self.clock.now(),
            groups: [].into(),
            is_decider: false,
        };
        match asker.against(&theirs) {
            Some(refusal) if refusal.is_uncertain() => Comparison::unknown(messages::uncertain(&refusal)),
            Some(refusal) => {
                let why = messages::outside(elsewhere.verdict, &refusal);
                Comparison::outside(why, vec![asker.judgement])
            }
            None if elsewhere.verdict == Verdict::Deny => {
                Comparison::found(Compared::Within, vec![asker.judgement])
            }
            None => self.compare_approvals(rules, request, elsewhere.others, (asker, theirs)).await,
        }
    }

    /// Whether the approvals given here and this one would have been enough.
    async fn compare_approvals(
        &self,
        rules: &Rules,
        request: &TokenRequest,
        others: &[Vote],
        (asker, theirs): (Asker, Vote),
    ) -> Comparison {
        let needs = rules.book.routing.needs(&request.facts);
        let others: Vec<_> = others.iter().filter(|other| !other.is_by_voter_of(&theirs)).cloned().collect();
        let weighed = self.weigh(rules, &others, Act::Approve, request).await;
        let standing = [vec![asker.standing(theirs.clone(), &needs)], weighed.standing].concat();
        let settling = self.settle(rules, request, &standing, &asker.machines);
        let judgements = vec![asker.judgement.clone(), settling.clone()];
        if settling.allowed {
            return Comparison::found(Compared::Within, judgements);
        }
        let doubt = asker.doubt(&theirs, &needs).or(weighed.doubt);
        let hoped = [vec![asker.hoped(theirs, &needs)], weighed.hoped].concat();
        if let Some(Doubt { login, cause }) = doubt
            && self.settle(rules, request, &hoped, &asker.machines).allowed
        {
            return Comparison::unknown(format!("whether {login}'s approval counts is not known: {cause}"));
        }
        let progress = needs.progress(standing.iter().map(Into::into));
        let route = rules.book.routing.route_for(&request.facts);
        let approvers = route.map(|route| route.approvers.as_slice()).unwrap_or_default();
        let approvals = Approvals { progress: &progress, approvers };
        Comparison::outside(messages::too_few(approvals, &settling.policies), judgements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_monalisa(login: &Login) -> Elsewhere<'_> {
        Elsewhere {
            verdict: Verdict::Approve,
            by: Some((GitHubUserId(500), login)),
            others: &[],
            content: Content::AsKnown,
            is_frozen: false,
            is_ours: false,
        }
    }

    #[test]
    fn what_needs_nobody_asked_is_said_at_once() {
        let login = Login::new("monalisa");
        let plain = by_monalisa(&login);
        let found = |elsewhere| decider(&elsewhere).map_err(|found| (found.compared, found.is_final));
        let outside = |why: &str| Err((Compared::Outside { why: why.to_owned() }, true));
        let unknown = |cause: &str| Err((Compared::Unknown { cause: cause.to_owned() }, true));

        assert_eq!(found(plain), Ok((GitHubUserId(500), &login)));
        assert_eq!(found(Elsewhere { content: Content::Other, ..plain }), Ok((GitHubUserId(500), &login)));
        let ours = Elsewhere { content: Content::Other, is_ours: true, by: None, ..plain };
        assert_eq!(found(ours), outside(messages::OTHER_CONTENT));
        assert_eq!(found(Elsewhere { is_frozen: true, by: None, ..plain }), outside(messages::FROZEN));
        let unclear = Elsewhere { content: Content::Unclear, ..plain };
        assert_eq!(found(unclear), unknown(messages::UNCLEAR_CONTENT));
        assert_eq!(found(Elsewhere { is_frozen: true, ..unclear }), outside(messages::FROZEN));
        assert_eq!(found(Elsewhere { by: None, ..plain }), unknown("GitHub does not say who it was"));
        // Nobody gains anything by a denial.
        let denied = Elsewhere { verdict: Verdict::Deny, is_frozen: true, ..plain };
        assert_eq!(found(denied), Ok((GitHubUserId(500), &login)));
    }
}
