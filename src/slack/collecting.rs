//! The card that many requests share: why they do, the oldest of them, and buttons to see them one by one.

use super::words::{granted, headline, moment};
use super::{Block, Button, ButtonElement, Confirm, Fallback, Line, Message, Passage, text};
use crate::request::{Collection, Gathered, TokenRequest};

/// Stands for the revision in the block's id: a collection has none.
const NO_REVISION: &str = "list";

/// A collection with what its card says.
#[derive(Debug, Clone, Copy)]
pub struct Listing<'a> {
    pub collection: &'a Collection,
    /// The oldest of those that are left, to be named.
    pub named: &'a [TokenRequest],
    /// How many are left.
    pub left: u64,
    /// How many ended without a card of their own.
    pub ended: u64,
}

/// Renders the collecting card.
pub fn collecting_card(listing: Listing<'_>) -> Message {
    let heading = heading(listing);
    let rows: Vec<_> = listing.named.iter().map(|request| row(listing.collection, request)).collect();
    let unnamed = listing.left.saturating_sub(rows.len() as u64);
    let more = (unnamed > 0).then(|| format!("and {unnamed} more"));
    let ended = match listing.ended {
        0 => None,
        1 => Some("1 other is over without having had a card.".to_owned()),
        many => Some(format!("{many} others are over without having had a card.")),
    };
    let why = why(&listing.collection.gathered);

    let mut blocks = vec![Block::header(&heading), Block::rich_text([lines([Some(why.clone())])])];
    if listing.left > 0 {
        blocks.push(Block::rich_text([lines(rows.iter().cloned().map(Some).chain([more.clone()]))]));
    }
    blocks.extend(ended.iter().map(|ended| Block::context(ended)));
    let key = &listing.collection.key;
    if listing.left > 0 {
        blocks.push(Block::actions(&format!("{key}.{NO_REVISION}"), buttons(listing)));
    }
    let said = [Some(heading), Some(why)].into_iter().chain(rows.into_iter().map(Some)).chain([more, ended]);
    let fallback = Fallback::from_lines(said.flatten().collect::<Vec<_>>());
    Message::new(blocks.into_iter().collect::<super::Blocks>(), fallback).about(key.clone())
}

fn lines(said: impl IntoIterator<Item = Option<String>>) -> Passage {
    Passage::Lines(said.into_iter().flatten().map(|said| Line::new().text(&said)).collect())
}

fn heading(listing: Listing<'_>) -> String {
    let waiting = match listing.left {
        0 => return "Nothing is left on this list".to_owned(),
        1 => "1 request waits".to_owned(),
        many => format!("{many} requests wait"),
    };
    match &listing.collection.gathered {
        Gathered::Baseline { organization } => format!("{waiting} in {organization}"),
        Gathered::OnePerson { requester } => format!("{waiting} from {requester}"),
        Gathered::Flood => format!("{waiting} that came all at once"),
        Gathered::Unreviewed if listing.left == 1 => "1 more token was granted without review".to_owned(),
        Gathered::Unreviewed => format!("{} more tokens were granted without review", listing.left),
    }
}

fn why(gathered: &Gathered) -> String {
    match gathered {
        Gathered::Baseline { .. } => {
            "They were made before Countersign first looked at this organization. Nobody has been told of them."
                .to_owned()
        }
        Gathered::OnePerson { requester } => {
            format!("{requester} asks for many tokens at a time, so these have no cards of their own.")
        }
        Gathered::Flood | Gathered::Unreviewed => {
            "Too many came at once, so these have no cards of their own.".to_owned()
        }
    }
}

fn row(collection: &Collection, request: &TokenRequest) -> String {
    let facts = &request.facts;
    let what = if collection.gathered.waits() { headline(facts) } else { granted(facts) };
    let at = facts.created_at.unwrap_or(request.received_at);
    text::clean(&format!("{} · {what} · {}", request.key, moment(at)))
}

fn buttons(listing: Listing<'_>) -> Vec<ButtonElement> {
    let key = &listing.collection.key;
    let question = match listing.left {
        1 => "One card is posted to this channel.".to_owned(),
        many => format!("{many} cards are posted to this channel, about one each second."),
    };
    let all = ButtonElement::new(&Button::ShowAll, "Post all", key).confirm(Confirm {
        title: "Post a card for each?",
        text: &question,
        confirm: "Post all",
        deny: "Back",
    });
    match listing.left > listing.named.len() as u64 {
        true => vec![ButtonElement::new(&Button::ShowOldest, "Show the oldest 10", key), all],
        false => vec![all],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ChannelId, Login};
    use crate::request::samples::{noon, pending};

    fn collection(gathered: Gathered) -> Collection {
        let channel = ChannelId::new("C0APPROVALS");
        Collection { key: "c-7f3k2".parse().unwrap(), channel, gathered, made_at: noon() }
    }

    fn card(gathered: Gathered, named: usize, left: u64, ended: u64) -> serde_json::Value {
        let requests = vec![pending(); named];
        let message =
            collecting_card(Listing { collection: &collection(gathered), named: &requests, left, ended });
        serde_json::to_value(&message.blocks).unwrap()
    }

    #[test]
    fn it_says_how_many_wait_and_names_the_oldest() {
        let baseline = Gathered::Baseline { organization: Login::new("acme") };

        let card = card(baseline, 10, 37, 2).to_string();

        for said in ["37 requests wait in acme", "r-7f3k2", "and 27 more", "2 others are over"] {
            assert!(card.contains(said), "{said}: {card}");
        }
        for button in ["show_oldest", "show_all"] {
            assert!(card.contains(button), "{button}: {card}");
        }
    }

    #[test]
    fn a_short_list_is_posted_whole_and_an_empty_one_has_no_buttons() {
        let short = card(Gathered::Flood, 3, 3, 0).to_string();
        let empty = card(Gathered::Flood, 0, 0, 3).to_string();

        assert!(short.contains("show_all") && !short.contains("show_oldest"), "{short}");
        assert!(empty.contains("Nothing is left") && !empty.contains("actions"), "{empty}");
    }
}
