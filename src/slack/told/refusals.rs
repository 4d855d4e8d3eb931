//! Why a click changed nothing.

use super::{STRANGE, chain, frozen, names, shown, table};
use crate::ids::Login;
use crate::request::samples::{noon, vote};
use crate::request::{Decider, Evidence, Outcome, Refusal, Settlement, Verdict, Why, WhyError};
use crate::slack::messages;

fn refusals() -> Vec<Refusal> {
    let ended = || {
        let by = (&vote(Verdict::Deny)).into();
        Box::new(Settlement::new(Outcome::Denied, by, Evidence::Answered, noon()))
    };
    let cause = || "GitHub did not answer in time".to_owned();
    let mut all = chain(|after: Option<&Refusal>| {
        Some(match after {
            None => Refusal::AlreadyDeciding { by: Some(Decider::Voter(vote(Verdict::Approve))) },
            Some(Refusal::AlreadyDeciding { .. }) => Refusal::AlreadySettled(ended()),
            Some(Refusal::AlreadySettled(_)) => Refusal::ContentChanged,
            Some(Refusal::ContentChanged) => Refusal::RefusedTwice,
            Some(Refusal::RefusedTwice) => Refusal::NotListed,
            Some(Refusal::NotListed) => Refusal::OnHold { cause: "the App is suspended in acme".to_owned() },
            Some(Refusal::OnHold { .. }) => Refusal::Frozen(Box::new(frozen())),
            Some(Refusal::Frozen(_)) => Refusal::NothingToCheck,
            Some(Refusal::NothingToCheck) => Refusal::NothingToWithdraw,
            Some(Refusal::NothingToWithdraw) => Refusal::MayHaveArrived,
            Some(Refusal::MayHaveArrived) => Refusal::UnknownRequest,
            Some(Refusal::UnknownRequest) => Refusal::TooLate { clicked_at: noon() },
            Some(Refusal::TooLate { .. }) => {
                Refusal::NotAnApprover { groups: vec!["security".to_owned(), "payments-leads".to_owned()] }
            }
            Some(Refusal::NotAnApprover { .. }) => Refusal::NotAManager,
            Some(Refusal::NotAManager) => Refusal::MayNotLook { organization: Login::new("acme") },
            Some(Refusal::MayNotLook { .. }) => Refusal::MayNotRevoke { organization: Login::new("acme") },
            Some(Refusal::MayNotRevoke { .. }) => Refusal::MayNotExport { organization: Login::new("acme") },
            Some(Refusal::MayNotExport { .. }) => Refusal::NoRoute,
            Some(Refusal::NoRoute) => Refusal::OwnRequest,
            Some(Refusal::OwnRequest) => Refusal::UnknownAccount,
            Some(Refusal::UnknownAccount) => Refusal::DoubtfulAccount {
                cause: "the GitHub account alice has another number than before".to_owned(),
            },
            Some(Refusal::DoubtfulAccount { .. }) => Refusal::NotAMember { organization: Login::new("acme") },
            Some(Refusal::NotAMember { .. }) => Refusal::RecentLink,
            Some(Refusal::RecentLink) => Refusal::Guest,
            Some(Refusal::Guest) => Refusal::External,
            Some(Refusal::External) => Refusal::Deactivated,
            Some(Refusal::Deactivated) => Refusal::Bot,
            Some(Refusal::Bot) => Refusal::OtherWorkspace,
            Some(Refusal::OtherWorkspace) => Refusal::OtherApp,
            Some(Refusal::OtherApp) => Refusal::CannotTell { cause: cause() },
            Some(Refusal::CannotTell { .. }) => {
                Refusal::Policy { policies: vec!["no-friday-approvals".to_owned()] }
            }
            Some(Refusal::Policy { .. }) => return None,
        })
    });
    // The same refusals with less, or something strange, to say.
    all.extend([
        Refusal::AlreadyDeciding { by: None },
        Refusal::Policy { policies: vec![] },
        Refusal::CannotTell { cause: STRANGE.to_owned() },
    ]);
    all
}

fn said(refusals: &[Refusal], words: impl Fn(&Refusal) -> String) -> String {
    let row = |refusal: &Refusal| (refusal.name().to_owned(), shown(&messages::words(&words(refusal))));
    table(refusals.iter().map(row))
}

#[test]
fn to_who_clicked() {
    let said = said(&refusals(), messages::refusal);

    insta::assert_snapshot!(said);
}

#[test]
fn to_who_wanted_to_freeze_or_lift() {
    let is_told_otherwise =
        |refusal: &Refusal| messages::brake_refused(refusal) != messages::refusal(refusal);
    let refusals: Vec<_> = refusals().into_iter().filter(is_told_otherwise).collect();
    let said = said(&refusals, messages::brake_refused);

    insta::assert_snapshot!(said);
}

#[test]
fn why_a_decision_on_github_is_outside_policy() {
    let (uncertain, certain): (Vec<_>, Vec<_>) = refusals().into_iter().partition(Refusal::is_uncertain);
    let outside = said(&certain, |refusal| messages::outside(Verdict::Approve, refusal));
    let unknown = said(&uncertain, messages::uncertain);

    insta::assert_snapshot!(outside);
    insta::assert_snapshot!("what_could_not_be_found_out", unknown);
    for refusal in certain {
        let said = messages::outside(Verdict::Deny, &refusal);
        assert!(!said.contains('_'), "names are for the record, words for people: {said}");
    }
}

#[test]
fn to_who_gives_no_good_reason_to_freeze() {
    let errors = chain(|after: Option<&WhyError>| {
        Some(match after {
            None => WhyError::Empty,
            Some(WhyError::Empty) => WhyError::TooLong { over: 7 },
            Some(WhyError::TooLong { .. }) => return None,
        })
    });
    assert_eq!(Why::new(""), Err(errors[0]));

    let rows = errors.iter().map(|error| (names(error), messages::say_why("/pat", *error)));

    let said = table(rows);
    insta::assert_snapshot!(said);
}
