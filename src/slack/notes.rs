//! What stands in the place of a card that can't be one, or is none any more.

use super::card::{named, settled_words};
use super::words::headline;
use super::{Block, Fallback, Line, Message, Passage};
use crate::request::{State, TokenRequest, Verdict};

/// Why a card is no longer the one to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retired {
    /// Slack took it twice.
    Twice,
    /// It could not be changed any more, so a new one took its place.
    Replaced,
    /// The app lost its channel, so the card was posted elsewhere.
    Moved,
    /// People of another company read along.
    Shared,
}

impl Retired {
    const ALL: [Self; 4] = [Self::Twice, Self::Replaced, Self::Moved, Self::Shared];

    /// Its name where it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::Twice => "twice",
            Self::Replaced => "replaced",
            Self::Moved => "moved",
            Self::Shared => "shared",
        }
    }

    /// The reason of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.name() == name)
    }

    fn words(self) -> &'static str {
        match self {
            Self::Twice => {
                "This card was posted twice. The other one is kept up to date; please use that one."
            }
            Self::Replaced => {
                "This card is out of date and can't be changed any more. A new one has taken its place in the channel."
            }
            Self::Moved => "This card is out of date. The request's card is in another channel now.",
            Self::Shared => {
                "This channel is shared with another organization, so token requests are no longer shown here."
            }
        }
    }
}

/// In the place of a card that is no longer the one to look at, or in its thread. Nothing of the request is in it.
pub fn retired(why: Retired) -> Message {
    // A message that had rich text must keep some, or Slack refuses the change (docs.slack.dev, chat.update).
    let line = Line::new().text(why.words());
    Message::new([Block::rich_text([Passage::Lines(vec![line])])], Fallback::from(why.words()))
}

/// For a card whose layout Slack does not take: who asks and how it stands, without buttons.
pub fn without_layout(request: &TokenRequest) -> Message {
    let opening = format!("{} ({})", headline(&request.facts), request.key);
    let standing = match &request.state {
        State::Pending { .. } => {
            "Slack did not take the card of this request, so it can't be decided here. Please decide it on GitHub; \
             the operators have been told."
                .to_owned()
        }
        State::Deciding(deciding) => match deciding.verdict {
            Verdict::Approve => format!("Approving… by {}", named(&deciding.by)),
            Verdict::Deny => format!("Denying… by {}", named(&deciding.by)),
        },
        State::Settled(settlement) => settled_words(request, settlement),
    };
    let lines = vec![Line::new().bold(&opening), Line::new().text(&standing)];
    let fallback = Fallback::from_lines([&opening, &standing]);
    Message::new([Block::rich_text([Passage::Lines(lines)])], fallback).about(request.key.clone())
}

/// The words of a message without its layout.
pub fn only_words(message: &Message) -> Message {
    let lines = vec![Line::new().text(message.fallback.as_str())];
    let plain = Message::new([Block::rich_text([Passage::Lines(lines)])], message.fallback.clone());
    Message { key: message.key.clone(), ..plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::samples::pending;

    #[test]
    fn a_retired_card_says_where_to_look_and_nothing_of_the_request() {
        for why in Retired::ALL {
            let message = retired(why);

            assert_eq!(Retired::named(why.name()), Some(why));
            assert_eq!(message.fallback.as_str(), why.words());
            assert_eq!(message.key, None);
        }
    }

    #[test]
    fn without_its_layout_a_card_says_who_asks_and_where_to_decide() {
        let message = without_layout(&pending());

        assert!(message.fallback.as_str().contains("Please decide it on GitHub"));
        assert_eq!(message.key, Some(pending().key));
    }
}
