//! What a modal was opened for: it travels in the modal's `private_metadata` and comes back unchanged.

use std::fmt;
use std::str::FromStr;

use crate::ids::ChannelId;
use crate::request::{Key, Revision};

/// The request a modal is about, at the revision it showed, and where the click came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub key: Key,
    pub revision: Revision,
    /// Where to answer: a submitted modal has no way back of its own.
    pub channel: Option<ChannelId>,
    /// Which page of a long list is shown, from 0.
    pub page: u32,
}

/// Text that is not of a modal of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not KEY.REVISION.CHANNEL.PAGE")]
pub struct NotOurs;

/// Stands for a channel where there is none.
const NOWHERE: &str = "-";

impl Opened {
    pub fn at(self, page: u32) -> Self {
        Self { page, ..self }
    }
}

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let channel = self.channel.as_ref().map_or(NOWHERE, ChannelId::as_str);
        write!(f, "{}.{}.{channel}.{}", self.key, self.revision, self.page)
    }
}

impl FromStr for Opened {
    type Err = NotOurs;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split('.').collect::<Vec<_>>()[..] {
            [key, revision, channel, page] if !revision.is_empty() && !channel.is_empty() => Ok(Self {
                key: key.parse().map_err(|_| NotOurs)?,
                revision: Revision::from_text(revision),
                channel: (channel != NOWHERE).then(|| ChannelId::new(channel)),
                page: page.parse().map_err(|_| NotOurs)?,
            }),
            _ => Err(NotOurs),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn opened(channel: Option<&str>) -> Opened {
        Opened {
            key: "r-7f3k2".parse().unwrap(),
            revision: Revision::from_text("00ff"),
            channel: channel.map(ChannelId::new),
            page: 2,
        }
    }

    #[test]
    fn what_was_opened_comes_back() {
        for opened in [opened(Some("C0APPROVALS")), opened(None)] {
            assert_eq!(opened.to_string().parse(), Ok(opened));
        }
        assert_eq!(opened(None).to_string(), "r-7f3k2.00ff.-.2");
    }

    #[test]
    fn other_text_is_not_ours() {
        for text in
            ["", "r-7f3k2", "r-7f3k2.00ff.C0", "r-7f3k2..C0.0", "t-7f3k2.00ff.C0.0", "r-7f3k2.00ff.C0.-1"]
        {
            assert_eq!(text.parse::<Opened>(), Err(NotOurs), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_brings_it_down(text in "\\PC*") {
            let _ = text.parse::<Opened>();
        }
    }
}
