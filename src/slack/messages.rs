//! What people are told besides the card: short, plain, and kind.

use chrono::{DateTime, Utc};

use super::card::{ended_words, reservations, settled, settled_words};
use super::words::{capitalised, expiry, headline, moment, permissions, repositories};
use super::{Block, Button, ButtonElement, Fallback, Line, Message, Passage, text};
use crate::ids::{GitHubUserId, Login, SlackUserId};
use crate::policy::Instead;
use crate::request::{
    By, Decider, Frozen, Key, Outcome, Refusal, Revision, Settlement, TokenRequest, WhyError,
};

pub use super::card::{frozen_words as frozen, noted, unanswered};
pub use super::words::outcome;

/// For the rare case that something of ours failed; nothing was lost.
pub const TRY_AGAIN: &str = "Sorry, that did not work on our side. Please try again in a moment.";

/// Plain words and nothing else.
pub fn words(words: &str) -> Message {
    Message::new([Block::section(words)], Fallback::from(words))
}

/// To the requester, when the request arrived.
pub fn arrival(request: &TokenRequest, approvers: Option<&[String]>) -> Message {
    let opening = format!("Your request for a token in {} has arrived.", request.facts.organization);
    let next = match approvers {
        Some(groups) => {
            format!("It waits for a decision by: {}. You will hear about it here.", groups.join(", "))
        }
        None => "Nobody has been set up to decide it; the operators have been told.".to_owned(),
    };
    let lines = vec![Line::new().bold(&opening), Line::new().text(&next)];
    let fallback = Fallback::from_lines([&opening, &next]);
    Message::new([Block::rich_text([Passage::Lines(lines)]), Block::context(&asked(request))], fallback)
}

/// To the requester, when GitHub has confirmed the end.
pub fn told_outcome(request: &TokenRequest, settlement: &Settlement) -> Message {
    let opening = format!(
        "Your request for a token in {} was {}.",
        request.facts.organization,
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
        permissions(facts),
        repositories(facts)
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
        Refusal::Policy { policies } => format!("The policies do not allow this: {}.", policies.join(", ")),
    }
}

/// Words for somebody without a known account, with the button that links one.
pub fn with_link(said: &str, key: &Key, revision: &Revision) -> Message {
    let link = ButtonElement::new(&Button::Link, "Link accounts", key);
    let blocks = [Block::section(said), Block::actions(&format!("{key}.{revision}"), [link])];
    Message::new(blocks, Fallback::from(said))
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
    let days = |days: u32| if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    match instead {
        Instead::Days(many) => format!("The same for at most {} would not be denied.", days(many)),
        Instead::Read => "The same for reading alone would not be denied.".to_owned(),
        Instead::Selected => {
            "The same for selected repositories instead of all would not be denied.".to_owned()
        }
        Instead::ReadDays(many) => {
            format!("The same for reading alone, for at most {}, would not be denied.", days(many))
        }
    }
}

/// The way to GitHub's page.
pub fn ask_anew(page: &url::Url) -> String {
    format!("To ask for that: {page}")
}

/// Behind the Link accounts button, as long as people can't sign in themselves.
pub fn how_to_link(user: &SlackUserId) -> String {
    format!(
        "Linking your accounts yourself is not possible in this version. Please ask the operators of Countersign to \
         add your GitHub login and your Slack id {user} to [people] in its configuration. Then press the button again."
    )
}

/// When Slack's three seconds for a modal were over.
pub const NOT_OPENED: &str = "The window could not be opened in time. Please click again.";

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
        format!("{command} pending [org:ACME] – requests that wait for a decision and that you may see"),
        format!(
            "{command} freeze [on WHY | off] – whether everything is frozen; managers stop all approvals and lift that"
        ),
        format!("{command} link – how to link your GitHub account"),
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

/// A word of the published interface that this version can't do.
pub fn command_of_a_later_version(command: &str, word: &str) -> Message {
    words(&format!("{command} {word} is not available in this version of Countersign. Try {command} help."))
}

/// `/pat pending`: only what the asker may see.
pub fn pending(requests: &[TokenRequest]) -> Message {
    if requests.is_empty() {
        return words("Nothing that you may see waits for a decision.");
    }
    let rows = requests.iter().map(|request| {
        let asked_at = request.facts.created_at.unwrap_or(request.received_at);
        format!("{} · {} · since {}", request.key, headline(&request.facts), moment(asked_at))
    });
    let rows: Vec<_> = rows.collect();
    let title = match rows.len() {
        1 => "1 request waits".to_owned(),
        many => format!("{many} requests wait"),
    };
    let blocks = std::iter::once(Block::header(&title)).chain(rows.iter().map(|row| Block::section(row)));
    Message::new(
        blocks.collect::<super::Blocks>(),
        Fallback::from_lines(std::iter::once(&title).chain(&rows)),
    )
}

/// `/pat whoami`.
pub fn who_am_i(login: Option<&Login>, number: Option<GitHubUserId>, groups: &[String]) -> Message {
    let account = match (login, number) {
        (None, _) => {
            "You are not linked to a GitHub account. Ask the operators to add you to [people].".to_owned()
        }
        (Some(login), None) => format!("You are linked to the GitHub account {login}."),
        (Some(login), Some(number)) => {
            format!("You are linked to the GitHub account {login} (number {number}).")
        }
    };
    let groups = match groups {
        [] => "You are in no group.".to_owned(),
        groups => format!("Your groups: {}.", groups.join(", ")),
    };
    let passage = Passage::Lines(vec![Line::new().text(&account), Line::new().text(&groups)]);
    Message::new([Block::rich_text([passage])], Fallback::from_lines([&account, &groups]))
}

/// A time for people, in sentences of other rooms.
pub fn at(moment_in_time: DateTime<Utc>) -> String {
    capitalised(&moment(moment_in_time))
}
