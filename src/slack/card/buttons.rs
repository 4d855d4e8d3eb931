//! The buttons, and what is asked before a click counts.

use super::Shown;
use crate::request::{Expiry, Facts, Outcome, State, TokenRequest};
use crate::slack::listed::Room;
use crate::slack::text::{cut, weight};
use crate::slack::words::{permissions, repositories, warnings};
use crate::slack::{Approvals, Button, ButtonElement, Confirm};

pub(super) fn buttons(shown: Shown<'_>) -> Vec<ButtonElement> {
    let request = shown.request;
    let open = request.open();
    let button = |button: Button, label: &str| ButtonElement::new(&button, label, &request.key);
    let mut buttons = Vec::new();
    if open.to_decide && shown.approvals.is_some() {
        // Old cards may have the button still; whoever presses it is told.
        buttons.extend(shown.frozen.is_none().then(|| approve(shown)));
        buttons.push(deny(shown));
    }
    if open.to_withdraw {
        buttons.push(button(Button::Withdraw, "Withdraw").confirm(Confirm {
            title: "Withdraw?",
            text: match request.state {
                State::Deciding(_) => "The request goes back to waiting, and GitHub is not told.",
                State::Pending { .. } | State::Settled(_) => "Your vote is taken back.",
            },
            confirm: "Withdraw",
            deny: "Back",
        }));
    }
    if open.to_check {
        buttons.push(button(Button::CheckAgain, "Check again"));
    }
    buttons.push(button(Button::Details, "Details"));
    if is_active_unreviewed(request) {
        buttons.push(button(Button::Revoke, "Revoke…").danger());
    }
    buttons
}

/// Whether nobody was asked for a token that works. Where it was revoked since, whoever presses the button is told.
fn is_active_unreviewed(request: &TokenRequest) -> bool {
    let is_approved =
        matches!(&request.state, State::Settled(settled) if settled.outcome == Outcome::Approved);
    request.is_unasked && is_approved && request.facts.token.is_some()
}

fn approve(shown: Shown<'_>) -> ButtonElement {
    let request = shown.request;
    let approve = ButtonElement::new(&Button::Approve, "Approve…", &request.key)
        .spoken(&format!("Approve {}'s request", request.facts.requester.login))
        .confirm(Confirm {
            title: "Approve this request?",
            text: &consequence(&request.facts, shown.approvals, Room::beside_details(QUESTION)),
            confirm: "Approve",
            deny: "Back",
        });
    // What is unusual must not be the easy choice.
    if warnings(&request.facts, shown.past).is_empty() { approve.primary() } else { approve }
}

fn deny(shown: Shown<'_>) -> ButtonElement {
    let request = shown.request;
    ButtonElement::new(&Button::Deny, "Deny…", &request.key)
        .spoken(&format!("Deny {}'s request", request.facts.requester.login))
}

/// Slack's limit for the text of a confirmation (docs.slack.dev, confirmation dialog object).
const QUESTION: usize = 300;

/// As much stays free for what is permitted, and for where.
const PERMITTED: usize = 50;
const PLACED: usize = 60;

/// GitHub's longest login.
const LOGIN: usize = 39;

/// What an approval does, in words: `Until 20 Feb 2027. Where: payments-api. octocat will be able to push code …`
///
/// Until when and where come first and whole; of what is permitted the most dangerous is named. Where that takes more
/// than one approval, it says so: nobody has to know who else has approved meanwhile.
pub(in crate::slack) fn consequence(facts: &Facts, approvals: Option<Approvals<'_>>, room: Room) -> String {
    let until = match facts.expiry {
        Expiry::Never => "No end date.".to_owned(),
        Expiry::Unknown => "For a time GitHub does not say.".to_owned(),
        Expiry::At(at) => format!("Until {}.", at.format("%-d %b %Y")),
    };
    let who = cut(facts.requester.login.as_str(), LOGIN);
    let written = |places: &str, takes: &str, permitted: &str| {
        format!("{until} Where: {places}. {takes}{who} will be able to {permitted}.")
    };
    let left = |places: &str, takes: &str| room.weight().saturating_sub(weight(&written(places, takes, "")));

    let takes = approvals.filter(|approvals| !approvals.takes_one()).map(|approvals| approvals.takes());
    let takes = takes.map_or_else(String::new, |takes| {
        let most = left("", "This takes . Then ").saturating_sub(PERMITTED + PLACED);
        format!("This takes {}. Then ", cut(&takes, most))
    });
    let places = repositories(facts, room.of(left("", &takes).saturating_sub(PERMITTED)));
    let permitted = permissions(facts, room.of(left(&places, &takes)));
    written(&places, &takes, &permitted)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::ids::{Login, RepositoryId};
    use crate::policy::{Needs, Progress};
    use crate::request::samples::facts;
    use crate::request::{
        Level, Permission, PermissionGroup, Permissions, Repositories, Repository, Requester,
    };

    fn asked(facts: &Facts, progress: Option<&Progress>) -> String {
        let approvers = ["approvers".to_owned()];
        let approvals = progress.map(|progress| Approvals { progress, approvers: &approvers });
        consequence(facts, approvals, Room::beside_details(QUESTION))
    }

    fn permissions(named: impl IntoIterator<Item = String>) -> Permissions {
        let permission = |name| Permission { group: PermissionGroup::Repository, name };
        named.into_iter().map(|name| (permission(name), Level::Write)).collect()
    }

    fn repositories(names: impl IntoIterator<Item = String>, count: u64) -> Repositories {
        let one = |name| Repository { id: RepositoryId(1), full_name: name, private: Some(true) };
        Repositories::Subset { listed: names.into_iter().map(one).collect(), count: Some(count) }
    }

    fn two_groups() -> Progress {
        let groups = ["payments-leads", "security"].map(str::to_owned);
        Needs::new(2, BTreeSet::from(groups)).progress(std::iter::empty())
    }

    #[test]
    fn until_when_and_where_come_before_what_is_permitted() {
        assert_eq!(
            asked(&facts(), None),
            "Until 16 Feb 2027. Where: payments-api (private). octocat will be able to push code (contents), read \
             metadata."
        );
        let endless = Facts { expiry: Expiry::Never, repositories: Repositories::All, ..facts() };
        assert_eq!(
            asked(&endless, Some(&two_groups())),
            "No end date. Where: every repository, also those made later. This takes 2 approvals, one each of \
             payments-leads and security, at least one of them by approvers. Then octocat will be able to push code \
             (contents), read metadata."
        );
    }

    #[test]
    fn of_forty_permissions_the_first_are_named_and_the_others_counted() {
        let named = "actions actions_variables administration artifact_metadata attestations checks code_quality \
                     code_scanning_alerts codespaces codespaces_lifecycle_admin codespaces_metadata \
                     codespaces_secrets commit_statuses contents copilot_agent_settings custom_properties \
                     dependabot_alerts dependabot_secrets deployments discussions environments issues merge_queues \
                     metadata packages pages projects pull_requests repository_advisories repository_hooks \
                     secret_scanning_alerts secrets security_events single_file statuses teleportation variables \
                     vulnerability_alerts webhooks workflows";
        let permissions = permissions(named.split(' ').map(str::to_owned));
        assert_eq!(permissions.iter().count(), 40);
        let forty = Facts { permissions, expiry: Expiry::Never, ..facts() };

        insta::assert_snapshot!(asked(&forty, None), @"No end date. Where: payments-api (private). octocat will be able to ⚠ UNKNOWN teleportation: write, change settings, access and branch rules, delete repositories (administration), send repository events elsewhere by webhooks (repository_hooks), and 37 more, see Details.");
        insta::assert_snapshot!(asked(&forty, Some(&two_groups())), @"No end date. Where: payments-api (private). This takes 2 approvals, one each of payments-leads and security, at least one of them by approvers. Then octocat will be able to ⚠ UNKNOWN teleportation: write, and 39 more, see Details.");
    }

    #[test]
    fn the_longest_names_leave_room_for_everything() {
        let long = |letter: char| letter.to_string().repeat(100);
        let login = Login::new(&"&".repeat(39));
        let longest = Facts {
            requester: Requester { login, ..facts().requester },
            permissions: permissions(('a'..='z').map(|letter| letter.to_string().repeat(300))),
            repositories: repositories(('a'..='e').map(long), 1_000_000),
            expiry: Expiry::Unknown,
            ..facts()
        };
        let many = (0..40).map(|group| format!("a-group-with-quite-a-long-name-{group}"));
        let many = Needs::new(40, many.collect()).progress(std::iter::empty());

        for progress in [None, Some(&two_groups()), Some(&many)] {
            let said = asked(&longest, progress);

            assert!(weight(&said) <= QUESTION, "{said}");
            assert!(said.starts_with("For a time GitHub does not say. Where: aaa"), "{said}");
            assert!(said.contains("999999 more in Details (all private). "), "{said}");
            assert_eq!(
                said.contains(". This takes 2 approvals, one"),
                progress == Some(&two_groups()),
                "{said}"
            );
            assert!(said.contains(" will be able to ⚠ UNKNOWN a"), "{said}");
            assert!(said.ends_with(", and 25 more, see Details."), "{said}");
        }
    }
}
