//! What people are told besides the card: short, plain, and kind.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::card::{ended_words, reservations, settled, settled_words};
use super::listed::Room;
use super::words::{capitalised, expiry, headline, moment, permissions, repositories};
use super::{Approvals, Block, Button, ButtonElement, Fallback, Line, Message, Passage, text};
use crate::identity::Source;
use crate::ids::{GitHubUserId, Login, SlackUserId};
use crate::policy::{Instead, Widest};
use crate::request::{
    By, Decider, Frozen, Key, Outcome, Refusal, Revision, Settlement, TokenRequest, Verdict, WhyError,
};

pub use super::card::{compared_words as compared, frozen_words as frozen, noted, unanswered};
pub use super::scope_words::{scope_missing, scope_works};
pub use super::words::outcome;

/// What was offered to be revoked is not known any more, or was sent already.
pub const OFFER_IS_OLD: &str = "What was shown here is not on offer any more. Please ask again.";

/// A reason is missing.
pub const SAY_WHY_REVOKED: &str = "Please say why: the owners read it.";

/// For the rare case that something of ours failed; nothing was lost.
pub const TRY_AGAIN: &str = "Sorry, that did not work on our side. Please try again in a moment.";

/// Plain words and nothing else.
pub fn words(words: &str) -> Message {
    Message::new([Block::section(words)], Fallback::from(words))
}

/// Whose request somebody is told about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Yours,
    /// That of a machine account for which they answer.
    Machine,
}

impl Whose {
    fn request(self, request: &TokenRequest) -> String {
        let facts = &request.facts;
        match self {
            Self::Yours => format!("Your request for a token in {}", facts.organization),
            Self::Machine => format!(
                "The request of {}, which you answer for, for a token in {}",
                facts.requester.login, facts.organization
            ),
        }
    }
}

/// To the requester, when the request arrived.
pub fn arrival(request: &TokenRequest, whose: Whose, approvals: Option<Approvals<'_>>) -> Message {
    let opening = format!("{} has arrived.", whose.request(request));
    let next = match approvals {
        Some(approvals) if approvals.takes_one() => {
            let groups = approvals.approvers.join(", ");
            format!("It waits for a decision by: {groups}. You will hear about it here.")
        }
        Some(approvals) => format!("It takes {}. You will hear about it here.", approvals.takes()),
        None => "Nobody has been set up to decide it; the operators have been told.".to_owned(),
    };
    let lines = vec![Line::new().bold(&opening), Line::new().text(&next)];
    let fallback = Fallback::from_lines([&opening, &next]);
    Message::new([Block::rich_text([Passage::Lines(lines)]), Block::context(&asked(request))], fallback)
}

/// To the requester, when GitHub has confirmed the end.
pub fn told_outcome(request: &TokenRequest, whose: Whose, settlement: &Settlement) -> Message {
    let opening = format!(
        "{} was {}.",
        whose.request(request),
        match (&settlement.by, settlement.outcome) {
            (By::Person { login, .. } | By::GitHubUser { login, .. }, ended) => {
                format!("{} by {login}", outcome(ended))
            }
            (By::Rule { policy }, ended) => format!("{} by rule {policy}", outcome(ended)),
            (By::Requester | By::Unknown, ended) => outcome(ended).to_owned(),
        }
    );
    let mut lines = vec![Line::new().bold(&opening)];
    lines.extend(advice(settlement.outcome).map(|advice| Line::new().text(advice)));
    let mut passages = vec![Passage::Lines(lines)];
    if let Some(reason) = &settlement.reason {
        passages.push(Passage::Quote(Line::new().text(reason)));
    }
    let reason = settlement.reason.as_deref().unwrap_or_default();
    let fallback =
        Fallback::from_lines([opening.as_str(), advice(settlement.outcome).unwrap_or_default(), reason]);
    Message::new([Block::rich_text(passages), Block::context(&asked(request))], fallback)
}

fn advice(outcome: Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Approved => Some("The token works now."),
        Outcome::Denied => Some("The token can still read public resources. You may ask again."),
        Outcome::Gone => Some("Please look on GitHub whether your token works."),
        Outcome::Cancelled | Outcome::Superseded => None,
    }
}

/// Into the card's thread, so that who follows it is told.
pub fn reply(request: &TokenRequest, settlement: &Settlement) -> Message {
    let reserved = reservations(request, settlement);
    let lines = std::iter::once(settled(request, settlement));
    let lines = lines.chain(reserved.iter().map(|words| Line::new().text(words)));
    let mut passages = vec![Passage::Lines(lines.collect())];
    passages.extend(settlement.reason.as_ref().map(|reason| Passage::Quote(Line::new().text(reason))));
    let reason = settlement.reason.as_deref().unwrap_or_default();
    let ended = settled_words(request, settlement);
    let reserved = reserved.iter().map(String::as_str);
    let fallback = Fallback::from_lines([ended.as_str()].into_iter().chain(reserved).chain([reason]));
    Message::new([Block::rich_text(passages)], fallback)
}

/// `Token “deploy-bot”: write contents · payments-api · until 20 Feb 2027 (90 days)`.
fn asked(request: &TokenRequest) -> String {
    let facts = &request.facts;
    let name = facts.token_name.as_deref().map(text::clean).unwrap_or_default();
    let until = expiry(facts, request.received_at);
    format!(
        "{} · token “{name}”: {} · {} · until {until}",
        request.key,
        permissions(facts, Room::ALONE),
        repositories(facts, Room::ALONE)
    )
}

/// Why a click did nothing, and who or what can help.
pub fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::AlreadyDeciding { by: Some(decider) } => {
            let by = match decider {
                Decider::Voter(vote) => vote.login.to_string(),
                Decider::Rule(ruled) => format!("Rule {}", ruled.rule),
            };
            format!("{by} has just decided this; GitHub is being told.")
        }
        Refusal::AlreadyDeciding { by: None } => "This has just been decided; GitHub is being told.".to_owned(),
        Refusal::AlreadySettled(settlement) => {
            format!("This is already over: {}, {}.", ended_words(settlement), moment(settlement.at))
        }
        Refusal::ContentChanged => {
            "The request has changed since that card was made. Please read the card again and decide anew.".to_owned()
        }
        Refusal::RefusedTwice => {
            "GitHub has refused this twice with the same words. Press Check again first, or look on GitHub.".to_owned()
        }
        Refusal::NotListed => {
            "GitHub does not list this request at the moment, so nothing can be decided. We look again by ourselves; \
             Check again looks at once."
                .to_owned()
        }
        Refusal::OnHold { cause } => format!("This is on hold: {cause}. Nothing can be decided until that is mended."),
        Refusal::Frozen(frozen) => format!(
            "{}. Nothing can be approved until that is lifted; denials go on.",
            self::frozen(frozen)
        ),
        Refusal::NotAManager => "Only members of the group managers can do this.".to_owned(),
        Refusal::MayNotRevoke { organization } => {
            format!("Nothing gives you the right to revoke these tokens of {organization}. Managers may, and owners their own.")
        }
        Refusal::MayNotLook { organization } => {
            format!("Nothing gives you the right to see the tokens of {organization}; members of the group managers have it.")
        }
        Refusal::MayNotExport { organization } => {
            format!("Nothing gives you the right to export the tokens of {organization}; members of the group auditors have it.")
        }
        Refusal::NothingToCheck => {
            "There is nothing to look for at the moment: the card shows how things stand.".to_owned()
        }
        Refusal::NothingToWithdraw => "There is no vote of yours to take back.".to_owned(),
        Refusal::MayHaveArrived => {
            "GitHub may have carried this out already, so it can't be taken back any more. The card will say how it \
             ended."
                .to_owned()
        }
        Refusal::UnknownRequest => "We don't know this request. Please use the newest card in the channel.".to_owned(),
        Refusal::TooLate { clicked_at } => format!(
            "Your click of {} could only be looked at now, which is too late to count. Please click again.",
            moment(*clicked_at)
        ),
        Refusal::NotAnApprover { groups } => {
            format!("You can't decide this request. Who can: {}.", groups.join(", "))
        }
        Refusal::NoRoute => {
            "Nobody can decide this request here, because no route covers it. The operators have been told.".to_owned()
        }
        Refusal::OwnRequest => "This is your own request, so somebody else has to decide it.".to_owned(),
        Refusal::UnknownAccount => {
            "We don't know your GitHub account, so your click can't count. Link your accounts, then press the button \
             again."
                .to_owned()
        }
        Refusal::DoubtfulAccount { cause } => {
            format!("We could not make sure of your GitHub account ({cause}), so your click does not count.")
        }
        Refusal::NotAMember { organization } => {
            format!("Your GitHub account is not an active member of {organization}, so you can't decide this.")
        }
        Refusal::RecentLink => {
            "Your GitHub account was linked less than 24 hours ago. You can decide when that time is over.".to_owned()
        }
        Refusal::Guest => "Guests of this workspace can't decide token requests.".to_owned(),
        Refusal::External => "People from other workspaces can't decide token requests.".to_owned(),
        Refusal::Deactivated => "This Slack account is deactivated.".to_owned(),
        Refusal::Bot => "Bots can't decide token requests.".to_owned(),
        Refusal::OtherWorkspace => "This Countersign serves another Slack workspace.".to_owned(),
        Refusal::OtherApp => "This click came through another Slack app.".to_owned(),
        Refusal::CannotTell { cause } => {
            format!("We can't tell right now whether you may decide this ({cause}). Please click again later.")
        }
        Refusal::Policy { policies } if policies.is_empty() => "The policies do not allow this.".to_owned(),
        Refusal::Policy { policies } => {
            let said: Vec<_> = policies.iter().map(|said| text::clean(said)).collect();
            let said = said.join("; ");
            format!("The policies do not allow this: {}.", said.trim_end_matches(['.', ' ']))
        }
    }
}

/// For an approver whose vote counts and does not decide by itself; with whose earlier votes were found not to count any
/// more. Where nothing is missing, the policies are what stands in the way.
pub fn vote_counts(approvals: Approvals<'_>, policies: &[String], lapsed: &[&Login]) -> String {
    let still = match approvals.still_needed() {
        Some(needed) => format!("Still needed: {needed}."),
        None if policies.is_empty() => "The policies do not let it be settled yet.".to_owned(),
        None => format!("The policies do not let it be settled yet: {}.", policies.join(", ")),
    };
    let gone: String = lapsed
        .iter()
        .map(|login| format!(" {login} may no longer decide this, so that vote is void."))
        .collect();
    format!("Your approval counts.{gone} {still}")
}

/// Why a decision made on GitHub's page is outside policy, where nobody here is known to have made it.
pub fn nobody_who_may(verdict: Verdict) -> String {
    format!("nobody who may {} here", to_do(verdict))
}

/// Why an approval is outside policy while nobody may approve anything.
pub const FROZEN: &str = "everything was frozen";

/// Why our own approval is outside policy when GitHub took it for something else.
pub const OTHER_CONTENT: &str = "what GitHub approved is not what was approved here";

/// Why it can't be told whether a decision is within policy when GitHub tells of other content in part.
pub const UNCLEAR_CONTENT: &str =
    "GitHub decided other content than was shown here and does not tell all of it";

/// Why it is outside policy, if it had been refused here.
pub fn outside(verdict: Verdict, refusal: &Refusal) -> String {
    match refusal {
        Refusal::OwnRequest => "it is their own request".to_owned(),
        Refusal::NotAnApprover { .. } | Refusal::UnknownAccount => nobody_who_may(verdict),
        Refusal::NoRoute => "no route of the configuration covers it".to_owned(),
        Refusal::NotAMember { organization } => format!("no active member of {organization}"),
        Refusal::Policy { policies } if !policies.is_empty() => {
            format!("forbidden by {}", policies.join(", "))
        }
        Refusal::RecentLink => "their accounts were linked less than 24 hours before".to_owned(),
        Refusal::Guest => "guests may not decide here".to_owned(),
        Refusal::External => "people from other workspaces may not decide here".to_owned(),
        Refusal::Deactivated => "their Slack account is deactivated".to_owned(),
        Refusal::Bot => "bots may not decide here".to_owned(),
        Refusal::AlreadyDeciding { .. }
        | Refusal::AlreadySettled(_)
        | Refusal::ContentChanged
        | Refusal::RefusedTwice
        | Refusal::NotListed
        | Refusal::OnHold { .. }
        | Refusal::Frozen(_)
        | Refusal::NothingToCheck
        | Refusal::NothingToWithdraw
        | Refusal::MayHaveArrived
        | Refusal::UnknownRequest
        | Refusal::TooLate { .. }
        | Refusal::NotAManager
        | Refusal::MayNotLook { .. }
        | Refusal::MayNotRevoke { .. }
        | Refusal::MayNotExport { .. }
        | Refusal::DoubtfulAccount { .. }
        | Refusal::OtherWorkspace
        | Refusal::OtherApp
        | Refusal::CannotTell { .. }
        | Refusal::Policy { .. } => format!("they may not {} here", to_do(verdict)),
    }
}

/// Why it is outside policy, if more people had to agree.
pub fn too_few(approvals: Approvals<'_>, policies: &[String]) -> String {
    match approvals.still_needed() {
        Some(needed) => format!("it takes {}; missing: {needed}", approvals.takes()),
        None => format!("forbidden by {}", policies.join(", ")),
    }
}

/// What could not be found out about somebody.
pub fn uncertain(refusal: &Refusal) -> String {
    match refusal {
        Refusal::CannotTell { cause } | Refusal::DoubtfulAccount { cause } => cause.clone(),
        other => other.name().to_owned(),
    }
}

fn to_do(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approve => "approve",
        Verdict::Deny => "deny",
    }
}

/// Words for somebody without a known account, with the button that links one.
pub fn with_link(said: &str, key: &Key, revision: &Revision) -> Message {
    let link = ButtonElement::new(&Button::Link, "Link accounts", key);
    let blocks = [Block::section(said), Block::actions(&format!("{key}.{revision}"), [link])];
    Message::new(blocks, Fallback::from(said))
}

/// For who asks for a request that there is not, or that is not theirs to see: which of both is not theirs to know, nor
/// that their rights could not be looked up for it.
pub fn nothing_to_show(command: &str) -> String {
    format!(
        "There is nothing of that name, or nothing that you may see. If that surprises you, type {command} whoami for what we know \
         about you, or try again in a moment: perhaps Slack or GitHub could not be asked just now."
    )
}

/// The same in the middle of a sentence.
pub fn frozen_in_short(frozen: &Frozen) -> String {
    format!("everything is frozen by {}: {}", frozen.by, frozen.why)
}

/// For who asks how it stands, or wants to lift what is not there.
pub const NOT_FROZEN: &str = "Nothing is frozen.";

/// For who froze everything.
pub const FROZEN_NOW: &str = "Everything is frozen from now on: nothing is approved until somebody lifts that. Denials \
                              go on. What GitHub was being told already can't be stopped.";

/// For who lifted that.
pub const LIFTED_NOW: &str =
    "The freeze is lifted. Approvals count again, and decisions that waited are judged anew and go on.";

/// For who freezes what is frozen.
pub fn frozen_already(frozen: &Frozen) -> String {
    format!("It is so already. {}.", self::frozen(frozen))
}

/// For who asked for it to be lifted before somebody asked for it anew.
pub fn frozen_since(frozen: &Frozen) -> String {
    format!("Somebody has asked for it anew since you did, so nothing was lifted. {}.", self::frozen(frozen))
}

/// Why a command to freeze or to lift changes nothing.
pub fn brake_refused(refused: &Refusal) -> String {
    match refused {
        Refusal::TooLate { clicked_at } => format!(
            "Your command of {} could only be looked at now, which is too late to count. Please look how it stands, and \
             give it again.",
            moment(*clicked_at)
        ),
        Refusal::CannotTell { cause } => {
            format!("We can't tell right now whether you may do this ({cause}). Please try again.")
        }
        other => refusal(other),
    }
}

/// For who gives no reason, or one that is too long.
pub fn say_why(command: &str, error: WhyError) -> String {
    format!("Please say why in one line, because everybody reads it ({error}): {command} freeze on WHY")
}

/// To the requester: which rule denied it, in its author's words where there are some.
pub fn denied_by_rule(rule: &str, message: Option<&str>) -> String {
    /// In bytes; room is left for what would not be denied.
    const LONGEST: usize = 400;
    match message.map(text::clean).filter(|message| !message.is_empty()) {
        Some(message) => format!("{} (rule {rule})", text::cut(&message, LONGEST)),
        None => format!("This is not allowed here (rule {rule})."),
    }
}

/// What no rule would deny.
pub fn instead(instead: Instead) -> String {
    let level = instead.level.map(|widest| match widest {
        Widest::Write => "for writing at most".to_owned(),
        Widest::Read => "for reading alone".to_owned(),
    });
    let reach = instead.selected.then(|| "for selected repositories instead of all".to_owned());
    let days = instead.days.map(|days| match days {
        1 => "for at most 1 day".to_owned(),
        days => format!("for at most {days} days"),
    });
    let changes: Vec<_> = [level, reach, days].into_iter().flatten().collect();
    match changes.as_slice() {
        [one] => format!("The same {one} would not be denied."),
        several => format!("The same {}, would not be denied.", several.join(", ")),
    }
}

/// The way to GitHub's page.
pub fn ask_anew(page: &url::Url) -> String {
    format!("To ask for that: {page}")
}

/// The same where the page's address, filled in, is too long to be sent.
pub fn ask_anew_by_hand(page: &url::Url) -> String {
    format!("To ask for that (filled in, the address would be too long here): {page}")
}

/// The same where even its plain address is.
pub fn ask_anew_at_all() -> &'static str {
    "To ask for that, make a new token on GitHub. (The page's address is too long here.)"
}

/// Where sign-in is not configured: who can help.
pub fn how_to_link(user: &SlackUserId) -> String {
    format!(
        "Linking your accounts yourself is not set up here. Please ask the operators of Countersign to add your GitHub \
         login and your Slack id {user} to [people] in its configuration. Then press the button again."
    )
}

/// What an offer to link accounts says, beside its button.
pub const SIGN_IN: &str = "Link your Slack user to your GitHub account: sign in to both in one browser, then confirm. \
                           The link is for you alone and works for ten minutes.";

/// Where somebody is linked already.
pub fn linked_already(login: &Login, is_reviewed: bool, command: &str) -> String {
    match is_reviewed {
        true => format!(
            "You are linked to the GitHub account {login} by Countersign's configuration. If that is wrong, its \
             operators can change it."
        ),
        false => format!(
            "You are linked to the GitHub account {login}. To link another one, type {command} unlink first."
        ),
    }
}

/// The address at which somebody links their accounts, behind a button.
pub fn sign_in(url: &str) -> Message {
    let blocks = [Block::section(SIGN_IN), sign_in_button(url)];
    Message::new(blocks, Fallback::from(SIGN_IN))
}

/// The row with that button.
pub(super) fn sign_in_button(url: &str) -> Block {
    Block::actions("sign_in", [ButtonElement::leading_to("Sign in", url)])
}

/// To somebody whose accounts were linked.
pub fn linked(login: &Login, account: GitHubUserId, wait: TimeDelta) -> Message {
    let opening = format!("Your Slack user is now linked to the GitHub account {login} (number {account}).");
    let next = format!(
        "In {} hours you can decide requests, if a group of yours may. Did somebody else do this? Then say so at once.",
        wait.num_hours()
    );
    let lines = vec![Line::new().bold(&opening), Line::new().text(&next)];
    let button = ButtonElement::on_account(&Button::Unlink, "This wasn't me", account).danger();
    let blocks = [Block::rich_text([Passage::Lines(lines)]), Block::actions("unlink", [button])];
    Message::new(blocks, Fallback::from_lines([&opening, &next]))
}

/// After a link was ended.
pub fn unlinked(login: &Login) -> String {
    format!(
        "You are not linked to the GitHub account {login} any more. What it asked for stays your own request."
    )
}

/// After somebody said that they had not made it.
pub fn unlinked_not_me(login: &Login) -> String {
    format!(
        "The link to the GitHub account {login} is gone, and the operators have been told. If you did not sign in, \
         please change your passwords and look who is signed in to your Slack and GitHub accounts."
    )
}

/// Where there is nothing to end.
pub const NOT_LINKED: &str = "You have made no link to a GitHub account, so there is nothing to take away.";

/// Where the reviewed mapping stands.
pub fn reviewed_stays(login: &Login) -> String {
    format!(
        "You are linked to the GitHub account {login} by Countersign's configuration. Only its operators can change \
         that."
    )
}

/// When Slack's three seconds for a modal were over.
pub const NOT_OPENED: &str = "The window could not be opened in time. Please click again.";

/// When what was to stand in a modal was lost on its way.
pub const NOT_FILLED: &str = "The window may not have been filled. If it does not show what you clicked for, please close \
                              it and open it again.";

/// For who asked to have GitHub looked at.
pub const LOOKING: &str = "Asking GitHub now. The card will show what it says.";

/// For who asked to see a collection's requests one by one.
pub fn cards_are_coming(many: u32) -> String {
    match many {
        0 => "Nothing is left to show.".to_owned(),
        1 => "1 card is on its way.".to_owned(),
        many => format!("{many} cards are on their way."),
    }
}

/// Under a reason that GitHub would not take.
pub fn too_long(over: usize) -> String {
    format!("This is too long for GitHub by {over} bytes. Please shorten it.")
}

/// Under a choice of another version.
pub const NO_SUCH_REASON: &str = "This reason is not offered any more. Please choose another.";

/// For a button that this version does not offer.
pub fn button_of_another_version() -> String {
    "That button belongs to another version of Countersign. The card has been made fresh: please look again."
        .to_owned()
}

/// `/pat help`.
pub fn help(command: &str) -> Message {
    let lines = [
        format!(
            "{command} pending [org:ACME] – requests that wait for a decision and that you may see; several can be decided at once"
        ),
        format!(
            "{command} list [FILTERS] – active tokens that you may see; {command} help list tells the filters"
        ),
        format!(
            "{command} export [for:review] [FILTERS] – the same as a table for a spreadsheet, sent to you directly; {command} help export tells more"
        ),
        format!(
            "{command} mine – your own tokens, to give up, and your requests that wait; {command} help mine tells more"
        ),
        format!(
            "{command} show KEY – everything about one request or token: what it is for, who decides, what happened"
        ),
        format!(
            "{command} revoke KEY | FILTERS – revokes tokens that you may revoke; shows first what will go"
        ),
        format!(
            "{command} freeze [on WHY | off] – whether everything is frozen; managers stop all approvals and lift that"
        ),
        format!("{command} link – links your GitHub account"),
        format!("{command} unlink – takes away a link that you made"),
        format!("{command} whoami – what Countersign knows about you"),
        format!("{command} help – this text"),
    ];
    let passage = Passage::Lines(lines.iter().map(|line| Line::new().text(line)).collect());
    Message::new([Block::header("Countersign"), Block::rich_text([passage])], Fallback::from_lines(lines))
}

/// A word nobody knows, with what may have been meant.
pub fn unknown_command(command: &str, word: &str, nearest: Option<&str>) -> Message {
    let meant = nearest
        .map_or_else(|| format!("Try {command} help."), |near| format!("Did you mean {command} {near}?"));
    words(&format!("“{}” is not something I understand. {meant}", text::clean(word)))
}

/// `/pat pending`: only what the asker may see, each with how far its approvals go where it takes more than one. Who may
/// decide more than one of them is offered to do that at once; `organization` if only its requests were asked for.
pub fn pending(
    requests: &[(TokenRequest, Option<String>)],
    decidable: usize,
    organization: Option<&Login>,
) -> Message {
    if requests.is_empty() {
        return words("Nothing that you may see waits for a decision.");
    }
    let rows = requests.iter().map(|(request, progress)| {
        let asked_at = request.facts.created_at.unwrap_or(request.received_at);
        let progress = progress.as_ref().map(|progress| format!(" · {progress}")).unwrap_or_default();
        format!("{} · {} · since {}{progress}", request.key, headline(&request.facts), moment(asked_at))
    });
    let rows: Vec<_> = rows.collect();
    let title = match rows.len() {
        1 => "1 request waits".to_owned(),
        many => format!("{many} requests wait"),
    };
    let mut blocks: Vec<_> =
        std::iter::once(Block::header(&title)).chain(rows.iter().map(|row| Block::section(row))).collect();
    if decidable > 1 {
        let button = ButtonElement::for_several("Decide several…", organization)
            .spoken(&format!("Decide several of the {decidable} requests that you may decide"));
        blocks.push(Block::actions("several", [button]));
    }
    Message::new(
        blocks.into_iter().collect::<super::Blocks>(),
        Fallback::from_lines(std::iter::once(&title).chain(&rows)),
    )
}

/// Why a request that was ticked has no place among those to be confirmed. Of one that can't be found as much is said as of
/// one that has changed.
pub fn left_out(key: &Key, refusal: &Refusal) -> String {
    left_out_because(key, &refusal_of_one(refusal))
}

/// The same for what is no refusal.
pub fn left_out_because(key: &Key, why: &str) -> String {
    format!("{key}. {why}")
}

/// Why one of several requests is not decided, where there is no card and no button beside the words. Of one that can't be
/// found as much is said as of one that has changed.
pub fn refusal_of_one(refusal: &Refusal) -> String {
    match refusal {
        Refusal::ContentChanged | Refusal::UnknownRequest => "It is not as you saw it any more.".to_owned(),
        Refusal::RefusedTwice => {
            "GitHub has refused this twice with the same words. Press Check again on its card first, or look on GitHub."
                .to_owned()
        }
        Refusal::NotListed => {
            "GitHub does not list this request at the moment, so nothing can be decided. We look again by ourselves."
                .to_owned()
        }
        Refusal::TooLate { clicked_at } => format!(
            "What you sent on {} could only be looked at now, which is too late to count. Please decide anew.",
            moment(*clicked_at)
        ),
        Refusal::UnknownAccount => "We don't know your GitHub account, so this can't count.".to_owned(),
        Refusal::DoubtfulAccount { cause } => {
            format!("We could not make sure of your GitHub account ({cause}), so this does not count.")
        }
        Refusal::CannotTell { cause } => {
            format!("We can't tell right now whether you may decide this ({cause}). Please decide it again later.")
        }
        other => self::refusal(other),
    }
}

/// How to link accounts, where there is no button for it; `user` alone where only the operators can.
pub fn link_by_command(command: &str, user: &SlackUserId, can_sign_in: bool) -> String {
    match can_sign_in {
        true => format!("Type {command} link, then decide anew."),
        false => how_to_link(user),
    }
}

/// Why an approval can't be confirmed together with others.
pub const TOO_MUCH_TO_READ: &str = "Too much to read here; please decide it on its card.";

/// Why a request can't be decided: what is stored of it is damaged, or of a later version.
pub const UNREADABLE: &str = "What we keep of it can't be read. The operators have to look at it.";

/// Why a request can't be decided yet.
pub const LOOKED_UP: &str = "All it asks for is being looked up on GitHub: open this again in a minute.";

/// Of those that can't be offered yet.
pub fn being_looked_up(many: usize) -> String {
    match many {
        1 => "1 more is being looked up on GitHub: open this again in a minute.".to_owned(),
        many => format!("{many} more are being looked up on GitHub: open this again in a minute."),
    }
}

/// Where rights could not be looked up in the time that Slack gives.
pub const RIGHTS_UNKNOWN: &str =
    "Whether you may decide these could not be looked up in time. That is done when you send this.";

/// Where none of what was ticked can be decided as it was shown.
pub const NOTHING_LEFT: &str =
    "None of these can be decided as you saw them. Please close this and look again.";

/// Under the fields that have to be filled in to decide several requests.
pub const TICK_ONE: &str = "Please tick at least one.";

/// See [`TICK_ONE`].
pub fn tick_fewer(most: usize) -> String {
    format!("Please tick at most {most}.")
}

/// See [`TICK_ONE`].
pub const SAY_WHAT: &str = "Please choose what is to become of them.";

/// For who wants to decide several requests and may decide none.
pub const NOTHING_TO_DECIDE: &str = "Nothing that you may decide waits any more.";

/// To who decided `all` requests at once, `refused` of which were not decided by that.
pub fn decided_several(verdict: Verdict, all: usize, refused: usize) -> String {
    let what = match verdict {
        Verdict::Approve => "Your approval",
        Verdict::Deny => "Your denial",
    };
    let further = "Their cards tell how each goes on.";
    match (all, all.saturating_sub(refused)) {
        (1, 1) => format!("{what} counts. The card tells how it goes on."),
        (all, counted) if counted == all => format!("{what} counts for all {all} requests. {further}"),
        (1, _) => format!("{what} does not count."),
        (all, 0) => format!("{what} counts for none of the {all} requests."),
        (all, counted) => format!("{what} counts for {counted} of {all} requests. {further}"),
    }
}

/// What is said of some of several requests.
pub fn about_some(keys: &[Key], words: &str) -> String {
    let keys: Vec<_> = keys.iter().map(Key::as_str).collect();
    format!("{}: {words}", keys.join(", "))
}

/// A few words, and a paragraph for each of several things.
pub fn words_about_several(words: &str, each: &[String]) -> Message {
    let blocks = std::iter::once(words).chain(each.iter().map(String::as_str)).map(Block::section);
    let fallback = Fallback::from_lines(std::iter::once(words).chain(each.iter().map(String::as_str)));
    Message::new(blocks.collect::<super::Blocks>(), fallback)
}

/// Somebody's groups, which may differ from organization to organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhichGroups {
    /// All that were asked about.
    pub organizations: Vec<Login>,
    /// Those in which the person is in a group.
    pub known: BTreeMap<String, Vec<Login>>,
    /// Those in which that could not be told, by group and cause.
    pub unknown: BTreeMap<(String, String), Vec<Login>>,
}

impl WhichGroups {
    /// `security`, or `security (in acme)` where it is not so everywhere.
    fn spelled(&self, name: &str, of: &[Login]) -> String {
        if of.len() == self.organizations.len() {
            return name.to_owned();
        }
        let of: Vec<_> = of.iter().map(Login::as_str).collect();
        format!("{name} (in {})", of.join(", "))
    }

    /// In sentences.
    fn lines(&self) -> Vec<String> {
        let known: Vec<_> = self.known.iter().map(|(name, of)| self.spelled(name, of)).collect();
        let known = match &known[..] {
            [] if self.unknown.is_empty() => "You are in no group.".to_owned(),
            [] => "You are in no group that we know of.".to_owned(),
            known => format!("Your groups: {}.", known.join(", ")),
        };
        let unknown = self.unknown.iter().map(|((name, cause), of)| {
            let name = self.spelled(name, of);
            format!("Whether you are in {name} can't be told right now: {cause}.")
        });
        [known].into_iter().chain(unknown).collect()
    }
}

/// What is known of somebody, for themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    pub slack: SlackUserId,
    /// Their GitHub account, as far as known.
    pub link: Option<KnownLink>,
    pub groups: WhichGroups,
    /// Machine accounts they answer for.
    pub machines: Vec<Login>,
    /// Whether people can link their accounts themselves.
    pub can_sign_in: bool,
}

/// A link, for the person it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLink {
    pub login: Login,
    /// `None` until GitHub has told it.
    pub account: Option<GitHubUserId>,
    pub source: Source,
    pub since: Option<DateTime<Utc>>,
    /// From when on it can decide, where that is still to come.
    pub decides_from: Option<DateTime<Utc>>,
}

/// `/pat whoami`.
pub fn who_am_i(about: &About, command: &str) -> Message {
    let mut lines = vec![format!("Slack: you are {}.", about.slack)];
    match &about.link {
        Some(link) => {
            let number = link.account.map(|account| format!(" (number {account})")).unwrap_or_default();
            let source = match link.source {
                Source::Reviewed => "by Countersign's configuration",
                Source::SignedIn => "because you signed in",
            };
            let since = link.since.map(|since| format!(", since {}", moment(since))).unwrap_or_default();
            lines.push(format!("GitHub: you are linked to {}{number}, {source}{since}.", link.login));
            let waits = link
                .decides_from
                .map(|from| format!("The link is new: you can decide requests from {} on.", moment(from)));
            lines.extend(waits);
        }
        None => lines.push(match about.can_sign_in {
            true => format!("GitHub: you are not linked to an account. Type {command} link."),
            false => "GitHub: you are not linked to an account. Ask the operators to add you to [people]."
                .to_owned(),
        }),
    }
    if !about.machines.is_empty() {
        let machines: Vec<_> = about.machines.iter().map(ToString::to_string).collect();
        lines.push(format!("You answer for: {}.", machines.join(", ")));
    }
    lines.extend(about.groups.lines());
    let passage = Passage::Lines(lines.iter().map(|line| Line::new().text(line)).collect());
    Message::new([Block::rich_text([passage])], Fallback::from_lines(&lines))
}

/// A time for people, in sentences of other rooms.
pub fn at(moment_in_time: DateTime<Utc>) -> String {
    capitalised(&moment(moment_in_time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_not_be_denied_is_said_in_one_sentence() {
        let nothing = Instead::default();
        for (instead, words) in [
            (Instead { days: Some(1), ..nothing }, "The same for at most 1 day would not be denied."),
            (
                Instead { level: Some(Widest::Write), ..nothing },
                "The same for writing at most would not be denied.",
            ),
            (
                Instead { selected: true, ..nothing },
                "The same for selected repositories instead of all would not be denied.",
            ),
            (
                Instead { days: Some(30), level: Some(Widest::Read), selected: true },
                "The same for reading alone, for selected repositories instead of all, for at most 30 days, would not \
                 be denied.",
            ),
        ] {
            assert_eq!(super::instead(instead), words);
        }
    }
}
