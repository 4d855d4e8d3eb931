//! What people are told besides cards and refusals.

use std::collections::BTreeSet;

use super::{STRANGE, carol, deciders, frozen, may_end, names, outcomes, shown, table};
use crate::identity::{Source, WAIT};
use crate::ids::{GitHubUserId, Login, SlackUserId};
use crate::policy::{Approval, Needs, Progress};
use crate::request::samples::{noon, pending, vote};
use crate::request::{Evidence, Facts, Key, Refusal, Settlement, TokenRequest, Verdict};
use crate::slack::messages::{About, KnownLink, WhichGroups, Whose};
use crate::slack::{Approvals, messages};

fn progress(needed: u32, votes: usize) -> Progress {
    let votes = [vote(Verdict::Approve), carol()].into_iter().take(votes).collect::<Vec<_>>();
    Needs::new(needed, BTreeSet::new()).progress(votes.iter().map(Approval::from))
}

fn rows<const N: usize>(rows: [(&str, String); N]) -> String {
    table(rows.map(|(name, said)| (name.to_owned(), said)))
}

#[test]
fn to_who_decided_several_requests_at_once() {
    let keys: [Key; 2] = ["r-7f3k2", "r-8f3k2"].map(|key| key.parse().unwrap());
    let key = keys[0].clone();
    let said = |verdict, all, refused, each: &[String]| {
        shown(&messages::words_about_several(&messages::decided_several(verdict, all, refused), each))
    };
    let each = [
        messages::about_some(&keys, &messages::refusal(&Refusal::OwnRequest)),
        messages::about_some(&keys[..1], STRANGE),
    ];

    let said = rows([
        ("all of them", said(Verdict::Approve, 3, 0, &[])),
        ("some", said(Verdict::Approve, 5, 1, &each)),
        ("none", said(Verdict::Deny, 2, 2, &each)),
        ("the only one", said(Verdict::Deny, 1, 0, &[])),
        ("not the only one", said(Verdict::Approve, 1, 1, &each[..1])),
        ("left out, changed", messages::left_out(&key, &Refusal::ContentChanged)),
        ("left out, unknown", messages::left_out(&key, &Refusal::UnknownRequest)),
        ("left out, otherwise", messages::left_out(&key, &Refusal::NotListed)),
        ("none is left", messages::NOTHING_LEFT.to_owned()),
        ("none to begin with", messages::NOTHING_TO_DECIDE.to_owned()),
        ("nothing is ticked", messages::TICK_ONE.to_owned()),
        ("too much is ticked", messages::tick_fewer(20)),
        ("no verdict", messages::SAY_WHAT.to_owned()),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn to_requesters_whose_request_arrived() {
    let approvers = ["security".to_owned()];
    let (one, two) = (progress(1, 0), progress(2, 0));
    let said = |whose: Whose, progress: Option<&Progress>| {
        let approvals = progress.map(|progress| Approvals { progress, approvers: &approvers });
        shown(&messages::arrival(&pending(), whose, approvals))
    };

    let said = rows([
        ("one approval is enough", said(Whose::Yours, Some(&one))),
        ("it takes two", said(Whose::Yours, Some(&two))),
        ("no route covers it", said(Whose::Yours, None)),
        ("to who answers for a machine", said(Whose::Machine, Some(&one))),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn to_requesters_whose_request_is_over_and_in_its_thread() {
    let mut rows = Vec::new();
    for outcome in outcomes() {
        for by in deciders().into_iter().filter(|by| may_end(outcome, by)) {
            let name = format!("{outcome:?} by {}", names(&by));
            let ended = Settlement::new(outcome, by, Evidence::Told, noon());
            let (dm, reply) = (
                messages::told_outcome(&pending(), Whose::Yours, &ended),
                messages::reply(&pending(), &ended),
            );
            rows.push((name, format!("{}\n  in the thread: {}", shown(&dm), shown(&reply))));
        }
    }
    let reason = Some(STRANGE.to_owned());
    let ended = Settlement {
        reason,
        ..Settlement::new(outcomes()[1], deciders()[0].clone(), Evidence::Told, noon())
    };
    let strange = TokenRequest {
        facts: Facts { token_name: Some(STRANGE.to_owned()), ..pending().facts },
        ..pending()
    };
    let (dm, reply) =
        (messages::told_outcome(&strange, Whose::Machine, &ended), messages::reply(&strange, &ended));
    rows.push(("with a reason".to_owned(), format!("{}\n  in the thread: {}", shown(&dm), shown(&reply))));

    let said = table(rows);
    insta::assert_snapshot!(said);
}

#[test]
fn to_voters() {
    let approvers = ["security".to_owned()];
    let (one_missing, all_there) = (progress(2, 1), progress(2, 2));
    let bob = Login::new("bob");
    let said = |progress: &Progress, policies: &[&str], lapsed: &[&Login]| {
        let policies: Vec<_> = policies.iter().map(|name| (*name).to_owned()).collect();
        messages::vote_counts(Approvals { progress, approvers: &approvers }, &policies, lapsed)
    };
    let too_few = |progress: &Progress| {
        messages::too_few(Approvals { progress, approvers: &approvers }, &["no-fridays".to_owned()])
    };

    let said = rows([
        ("one is missing", said(&one_missing, &[], &[])),
        ("an earlier vote lapsed", said(&one_missing, &[], &[&bob])),
        ("a policy is in the way", said(&all_there, &["no-fridays"], &[])),
        ("nobody knows what is in the way", said(&all_there, &[], &[])),
        ("outside policy: too few", too_few(&one_missing)),
        ("outside policy: forbidden", too_few(&all_there)),
        ("outside policy: nobody may approve", messages::nobody_who_may(Verdict::Approve)),
        ("outside policy: nobody may deny", messages::nobody_who_may(Verdict::Deny)),
        ("outside policy: frozen", messages::FROZEN.to_owned()),
        ("outside policy: our own approval of other content", messages::OTHER_CONTENT.to_owned()),
        ("unknown: other content, told in part", messages::UNCLEAR_CONTENT.to_owned()),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn short_answers() {
    let frozen = frozen();
    let link = messages::with_link("We don't know you.", &pending().key, &pending().revision());

    let said = rows([
        ("something of ours failed", messages::TRY_AGAIN.to_owned()),
        ("not opened in time", messages::NOT_OPENED.to_owned()),
        ("not filled", messages::NOT_FILLED.to_owned()),
        ("looking", messages::LOOKING.to_owned()),
        ("no such reason", messages::NO_SUCH_REASON.to_owned()),
        ("too long", messages::too_long(12)),
        ("no card is coming", messages::cards_are_coming(0)),
        ("one card is coming", messages::cards_are_coming(1)),
        ("cards are coming", messages::cards_are_coming(10)),
        ("a button of another version", messages::button_of_another_version()),
        ("with a button to link", shown(&link)),
        ("how to link", messages::how_to_link(&SlackUserId::new("U0ALICE"))),
        ("an offer to link", shown(&messages::sign_in("https://countersign.example.com/link/00"))),
        ("linked by the mapping", messages::linked_already(&Login::new("alice"), true, "/pat")),
        ("linked by themselves", messages::linked_already(&Login::new("alice"), false, "/pat")),
        ("linked just now", shown(&messages::linked(&Login::new("alice"), GitHubUserId(101), WAIT))),
        ("unlinked", messages::unlinked(&Login::new("alice"))),
        ("was not them", messages::unlinked_not_me(&Login::new("alice"))),
        ("nothing to unlink", messages::NOT_LINKED.to_owned()),
        ("the mapping stays", messages::reviewed_stays(&Login::new("alice"))),
        ("nothing to show", messages::nothing_to_show("/pat")),
        ("frozen", messages::frozen(&frozen)),
        ("frozen, in a sentence", messages::frozen_in_short(&frozen)),
        ("not frozen", messages::NOT_FROZEN.to_owned()),
        ("frozen now", messages::FROZEN_NOW.to_owned()),
        ("frozen already", messages::frozen_already(&frozen)),
        ("lifted now", messages::LIFTED_NOW.to_owned()),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn answers_to_commands() {
    let two = Some("1 of 2: approved by alice; still needs 1 more".to_owned());
    let number = GitHubUserId(101);
    let link = |account: Option<GitHubUserId>, source| KnownLink {
        login: Login::new("alice"),
        account,
        source,
        since: account.map(|_| noon()),
        decides_from: (source == Source::SignedIn).then(|| noon() + WAIT),
    };
    let whoami = |link: Option<KnownLink>, groups| {
        let machines = link.iter().map(|_| Login::new("hubot")).collect();
        let slack = SlackUserId::new("U0ALICE");
        shown(&messages::who_am_i(&About { slack, link, groups, machines, can_sign_in: true }, "/pat"))
    };
    let acme = || vec![Login::new("acme")];
    let one = WhichGroups {
        organizations: acme(),
        known: [("approvers".to_owned(), acme())].into(),
        unknown: [].into(),
    };
    let some = WhichGroups {
        organizations: vec![Login::new("acme"), Login::new("umbrella")],
        known: [
            ("approvers".to_owned(), acme()),
            ("managers".to_owned(), [acme(), vec![Login::new("umbrella")]].concat()),
        ]
        .into(),
        unknown: [(("security".to_owned(), STRANGE.to_owned()), acme())].into(),
    };

    let said = rows([
        ("help", shown(&messages::help("/pat"))),
        ("unknown, near", shown(&messages::unknown_command("/pat", "pendign", Some("pending")))),
        ("unknown, far", shown(&messages::unknown_command("/pat", STRANGE, None))),
        ("nothing waits", shown(&messages::pending(&[], 0, None))),
        ("one waits", shown(&messages::pending(&[(pending(), None)], 1, None))),
        ("two wait", shown(&messages::pending(&[(pending(), two), (pending(), None)], 0, None))),
        ("two may be decided", shown(&messages::pending(&[(pending(), None), (pending(), None)], 2, None))),
        ("whoami, unlinked", whoami(None, WhichGroups::default())),
        ("whoami, never looked up", whoami(Some(link(None, Source::Reviewed)), one.clone())),
        ("whoami", whoami(Some(link(Some(number), Source::Reviewed)), some)),
        ("whoami, by sign-in", whoami(Some(link(Some(number), Source::SignedIn)), one)),
    ]);
    insta::assert_snapshot!(said);
}
