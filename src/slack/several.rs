//! Several requests that are decided at once: what the modals for it carry along.
//!
//! Each request is named together with the revision that was shown, so that what is decided is what was read.

use std::fmt;
use std::str::FromStr;

use crate::ids::ChannelId;
use crate::request::{Key, Revision, Verdict};

/// As many are offered, and taken, at a time: what is decided has to be read first.
pub const AT_ONCE: usize = 20;

/// The fields in which requests are ticked, ten in each at most; `block_id` and `action_id` alike.
pub(super) const REQUESTS: [&str; 2] = [FIRST_REQUESTS, "requests_2"];

/// The one that is always there.
pub const FIRST_REQUESTS: &str = "requests_1";

/// The field that says what is to become of them.
pub const VERDICT: &str = "verdict";

/// A request as it was shown to who ticked it: `KEY.REVISION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    pub key: Key,
    pub revision: Revision,
}

/// What a modal to decide several requests was opened for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Several {
    /// Where to answer: a submitted modal has no way back of its own.
    pub channel: Option<ChannelId>,
    /// What is to become of which; nothing while that is still to be chosen.
    pub chosen: Option<(Verdict, Vec<Tick>)>,
}

/// Text that is not of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not what a modal to decide several requests carries along")]
pub struct NotOfSeveral;

/// The first word tells it from what other modals carry along.
const SEVERAL: &str = "several";

/// Stands for a channel where there is none.
const NOWHERE: &str = "-";

/// A verdict as a field's value.
pub(super) fn spelled(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approve => "approve",
        Verdict::Deny => "deny",
    }
}

/// Reads what [`spelled`] gave.
pub(super) fn parse_verdict(text: &str) -> Option<Verdict> {
    [Verdict::Approve, Verdict::Deny].into_iter().find(|verdict| spelled(*verdict) == text)
}

/// Those that are of ours, each request once.
pub(super) fn ticks<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<Tick> {
    let mut ticks: Vec<Tick> = Vec::new();
    for tick in values.into_iter().filter_map(|value| value.parse::<Tick>().ok()) {
        if !ticks.iter().any(|other| other.key == tick.key) {
            ticks.push(tick);
        }
    }
    ticks
}

impl fmt::Display for Tick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.key, self.revision)
    }
}

impl FromStr for Tick {
    type Err = NotOfSeveral;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, revision) = text.split_once('.').ok_or(NotOfSeveral)?;
        let key: Key = key.parse().map_err(|_| NotOfSeveral)?;
        let is_one_word = !revision.is_empty() && !revision.contains(char::is_whitespace);
        match is_one_word && !key.is_of_collection() {
            true => Ok(Self { key, revision: Revision::from_text(revision) }),
            false => Err(NotOfSeveral),
        }
    }
}

impl fmt::Display for Several {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SEVERAL} {}", self.channel.as_ref().map_or(NOWHERE, ChannelId::as_str))?;
        let Some((verdict, ticks)) = &self.chosen else { return Ok(()) };
        write!(f, " {}", spelled(*verdict))?;
        ticks.iter().try_for_each(|tick| write!(f, " {tick}"))
    }
}

impl FromStr for Several {
    type Err = NotOfSeveral;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split(' ');
        let (Some(SEVERAL), Some(channel)) = (words.next(), words.next().filter(|word| !word.is_empty()))
        else {
            return Err(NotOfSeveral);
        };
        let chosen = match words.next() {
            None => None,
            Some(verdict) => {
                let ticks = ticks(words);
                let is_some = !ticks.is_empty() && ticks.len() <= AT_ONCE;
                let verdict = parse_verdict(verdict).filter(|_| is_some).ok_or(NotOfSeveral)?;
                Some((verdict, ticks))
            }
        };
        Ok(Self { channel: (channel != NOWHERE).then(|| ChannelId::new(channel)), chosen })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chance::Chance;

    /// Slack's limits (docs.slack.dev, views and the option object; for a value the smaller of two that are told).
    const METADATA: usize = 3000;
    const VALUE: usize = 75;

    fn several(many: usize) -> Several {
        let chance = Chance::seeded(7);
        let revision = Revision::of(&crate::request::samples::facts());
        let tick = |_| Tick { key: Key::random(&chance), revision: revision.clone() };
        let channel = Some(ChannelId::new("C0APPROVALS"));
        Several { channel, chosen: Some((Verdict::Approve, (0..many).map(tick).collect())) }
    }

    #[test]
    fn what_was_chosen_comes_back_and_has_room() {
        let nowhere = Several { channel: None, chosen: None };
        assert_eq!(nowhere.to_string(), "several -");
        for several in [nowhere, Several { chosen: None, ..several(1) }, several(1), several(AT_ONCE)] {
            let text = several.to_string();

            assert!(text.len() <= METADATA, "{text}");
            assert_eq!(text.parse(), Ok(several));
        }
        let (_, ticks) = several(1).chosen.unwrap();
        assert!(ticks[0].to_string().len() <= VALUE, "{}", ticks[0]);
    }

    #[test]
    fn other_text_is_not_ours() {
        for text in [
            "",
            "several",
            "several ",
            "several C0 approve",
            "several C0 maybe r-7f3k2.00ff",
            "several C0 approve c-7f3k2.00ff",
            "several C0 approve r-7f3k2.",
            "r-7f3k2.00ff.C0APPROVALS.0",
        ] {
            assert_eq!(text.parse::<Several>(), Err(NotOfSeveral), "{text}");
        }
        assert_eq!(several(AT_ONCE + 1).to_string().parse::<Several>(), Err(NotOfSeveral));
    }

    #[test]
    fn each_request_is_ticked_once_and_what_is_no_tick_is_left_out() {
        let read =
            ticks(["r-7f3k2.00ff", "nothing", "r-7f3k2.11ee", "t-7f3k2.00ff", "r-8f3k2.22dd", "r-9f3k2.a b"]);

        let read: Vec<_> = read.iter().map(Tick::to_string).collect();
        assert_eq!(read, ["r-7f3k2.00ff", "r-8f3k2.22dd"]);
    }

    proptest! {
        #[test]
        fn no_text_brings_it_down(text in "\\PC*") {
            let _ = text.parse::<Several>();
            let _ = format!("several C0 approve {text}").parse::<Several>();
        }
    }
}
