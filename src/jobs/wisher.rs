//! Who asked for work, and how they are answered: kept with the work until it is done.

use crate::ids::{ChannelId, SlackUserId};
use crate::jobs::Answer;
use crate::slack::{ButtonClick, Command, ReplyHosts, ResponseUrl};

/// Who asked for it, where, and the way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wisher {
    pub by: SlackUserId,
    pub channel: Option<ChannelId>,
    pub response_url: Option<ResponseUrl>,
}

/// The same as each kind of work writes it down: `by`, `channel` and `response_url`.
pub(super) struct WrittenWisher {
    pub(super) by: String,
    pub(super) channel: Option<String>,
    pub(super) response_url: Option<String>,
}

impl Wisher {
    pub(super) fn written(&self) -> WrittenWisher {
        WrittenWisher {
            by: self.by.to_string(),
            channel: self.channel.as_ref().map(ToString::to_string),
            response_url: self.response_url.as_ref().map(|url| url.expose().to_owned()),
        }
    }

    /// A way back that leads to no host of Slack's is none.
    pub(super) fn read(
        hosts: &ReplyHosts,
        WrittenWisher { by, channel, response_url }: WrittenWisher,
    ) -> Self {
        Self {
            by: SlackUserId::new(by),
            channel: channel.map(ChannelId::new),
            response_url: response_url.and_then(|url| hosts.allow(&url)),
        }
    }

    pub(super) fn answer(&self, words: String) -> Answer {
        Answer::new(self.by.clone(), self.channel.clone(), self.response_url.clone(), words)
    }
}

impl From<&Command> for Wisher {
    fn from(command: &Command) -> Self {
        Self {
            by: command.user.clone(),
            channel: command.channel.clone(),
            response_url: command.response_url.clone(),
        }
    }
}

impl From<&ButtonClick> for Wisher {
    fn from(click: &ButtonClick) -> Self {
        Self {
            by: click.user.clone(),
            channel: click.channel.clone(),
            response_url: click.response_url.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::table::Columns;
    use crate::jobs::{ExportWish, FreezeWish, NudgeWish};
    use crate::request::samples::noon;

    #[test]
    fn who_wants_it_is_read_as_it_was_written_but_for_a_way_back_that_is_not_slacks() {
        let hosts = ReplyHosts::new("https://slack.com/api/".parse().unwrap());
        let address = "https://hooks.slack.com/commands/T0/1/abc";
        let wisher = Wisher {
            by: SlackUserId::new("U0ALICE"),
            channel: Some(ChannelId::new("C0APPROVALS")),
            response_url: hosts.allow(address),
        };

        assert_eq!(wisher.written().response_url.as_deref(), Some(address));
        assert_eq!(Wisher::read(&hosts, wisher.written()), wisher);
        let nowhere = Wisher { channel: None, response_url: None, ..wisher.clone() };
        assert_eq!(Wisher::read(&hosts, nowhere.written()), nowhere);
        let foreign =
            WrittenWisher { response_url: Some("https://example.com/steal".to_owned()), ..wisher.written() };
        assert_eq!(Wisher::read(&hosts, foreign), Wisher { response_url: None, ..wisher });
    }

    /// Other releases read it.
    #[test]
    fn each_kind_of_work_says_in_the_same_words_who_wants_it() {
        let wisher = || Wisher {
            by: SlackUserId::new("U0ALICE"),
            channel: Some(ChannelId::new("C0APPROVALS")),
            response_url: None,
        };
        let (filter, columns) = ("owner:bob".parse().unwrap(), Columns::Inventory);
        let jobs = [
            FreezeWish { wisher: wisher(), why: None, asked_at: noon() }.job("one", noon()),
            NudgeWish { wisher: wisher(), key: "r-7f3k2a".parse().unwrap(), clicked_at: noon() }
                .job("one", noon()),
            ExportWish { wisher: wisher(), filter, columns }.job("one", noon()),
        ];

        let at = noon().timestamp_millis();
        let back = r#""channel":"C0APPROVALS","response_url":null}"#;
        assert_eq!(
            jobs.map(|job| job.payload),
            [
                format!(r#"{{"by":"U0ALICE","why":null,"asked_at":{at},{back}"#),
                format!(r#"{{"by":"U0ALICE","key":"r-7f3k2a","clicked_at":{at},{back}"#),
                format!(r#"{{"by":"U0ALICE","filter":"owner:bob","columns":"inventory",{back}"#),
            ]
        );
    }
}
