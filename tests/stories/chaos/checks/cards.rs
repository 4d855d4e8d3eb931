//! A card stands once, says what is so, offers what can be done, and nothing in it is a stranger's doing.

use countersign::request::{Key, State};
use countersign::simulator::slack::Message;
use countersign::simulator::slack::block_kit::{mentions_and_links, mentions_and_links_in_text};

use super::super::people::has_button;
use super::super::plan::{APPROVERS, REQUESTERS};
use super::super::town::{BOB, GUEST, STRANGER, approver, requester};
use super::{End, Lived};

pub(super) fn check(end: &End<'_>, wrong: &mut Vec<String>) {
    for lived in end.all() {
        let cards = cards_of(end, lived);
        stands_once(lived, &cards, wrong);
        for card in cards {
            tells_the_truth(lived, card, wrong);
        }
    }
    strangers_text_stays_text(end, wrong);
}

/// Messages that show a request; one that was retired shows nothing of it.
fn cards_of<'a>(end: &'a End<'_>, lived: &Lived) -> Vec<&'a Message> {
    let is_card = |card: &&Message| card.metadata.is_some() && card.thread_ts.is_none() && !card.deleted;
    let of_life = end.messages.iter().filter(|(life, _)| *life == Some(lived.number));
    of_life.map(|(_, message)| message).filter(is_card).collect()
}

fn stands_once(lived: &Lived, cards: &[&Message], wrong: &mut Vec<String>) {
    // Of an end whose beginning came too late nobody was asked anything; a grant alone is shown.
    let may_have_none = matches!(&lived.request.state, State::Settled(_)) && lived.card.is_none();
    let places: Vec<_> = cards.iter().map(|card| (card.channel.as_str(), card.ts.as_str())).collect();
    let recorded: Vec<_> = lived.card.iter().map(|card| (card.channel.as_str(), card.ts.as_str())).collect();
    if places != recorded || (recorded.is_empty() && !may_have_none) {
        wrong.push(format!("{}: cards stand at {places:?}, and {recorded:?} is on record", lived.name()));
    }
}

fn tells_the_truth(lived: &Lived, card: &Message, wrong: &mut Vec<String>) {
    let request = &lived.request;
    let open = request.open();
    for (button, is_offered) in [
        ("approve", open.to_decide),
        ("deny", open.to_decide),
        ("withdraw", open.to_withdraw),
        ("check_again", open.to_check),
    ] {
        if has_button(card, button) != is_offered {
            wrong.push(format!("{}: {button} is offered: {}", lived.name(), !is_offered));
        }
    }
    let standing = match &request.state {
        State::Pending { note: None, .. } => "Waiting for a decision.".to_owned(),
        State::Pending { note: Some(note), .. } => countersign::slack::messages::noted(note),
        State::Deciding(_) => "ing… by".to_owned(),
        State::Settled(settled) => {
            let outcome = countersign::slack::messages::outcome(settled.outcome);
            format!("\n{}", capitalised(outcome))
        }
    };
    let revision = format!("\"{}.{}\"", request.key, request.revision());
    if !card.text.contains(&standing) || !card.blocks.to_string().contains(&revision) {
        let state = request.state.name();
        wrong.push(format!("{}: it is {state}, and its card says: {}", lived.name(), card.text));
    }
    let key =
        card.metadata.as_ref().and_then(|data| data["event_payload"]["key"].as_str()?.parse::<Key>().ok());
    if key.as_ref() != Some(&request.key) {
        wrong.push(format!("{}: its card carries {key:?}", lived.name()));
    }
}

fn capitalised(words: &str) -> String {
    let (first, rest) = words.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

/// In whatever was ever sent only people who decided are mentioned.
fn strangers_text_stays_text(end: &End<'_>, wrong: &mut Vec<String>) {
    let ours: Vec<String> = (0..APPROVERS).map(|number| mention(&approver(number).1)).collect();
    // Details names whoever clicked in vain, too. Somebody of the strangers' making clicks nowhere.
    let mut clicking: Vec<String> = (0..REQUESTERS).map(|number| mention(&requester(number).1)).collect();
    clicking.extend([BOB, STRANGER, GUEST].map(mention));
    for call in &end.slack_calls {
        let mut live = mentions_and_links(&call.body["view"]["blocks"]);
        live.retain(|one| !clicking.contains(one));
        live.extend(mentions_and_links(&call.body["blocks"]));
        // `parse: none` keeps Slack from seeing more than `<…>` in the text beside the blocks.
        let text = call.body["text"].as_str().into_iter().flat_map(mentions_and_links_in_text);
        live.extend(text.filter(|found| found.contains('<')));
        live.retain(|one| !ours.contains(one));
        if !live.is_empty() {
            wrong.push(format!("{} sent something live: {live:?}", call.method));
        }
    }
}

fn mention(user: &str) -> String {
    format!("user {user}")
}
