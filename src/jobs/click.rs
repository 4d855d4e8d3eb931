//! What somebody asked for by a click or a submission, as it waits to be judged.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Answer, JobError, Kind, payload_of};
use crate::app::App;
use crate::ids::{ChannelId, SlackUserId};
use crate::request::{Comment, Key, Refusal, Revision, Verdict};
use crate::slack::{NotOfSeveral, ResponseUrl, Tick, messages};
use crate::store::{LeasedJob, NewJob};

/// A click or submission, by somebody whose rights are still to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Click {
    pub by: SlackUserId,
    pub wish: Wish,
    pub key: Key,
    /// What they saw.
    pub revision: Revision,
    pub clicked_at: DateTime<Utc>,
    pub channel: Option<ChannelId>,
    pub response_url: Option<ResponseUrl>,
    /// The others that were decided by the same submission.
    pub together: Option<Together>,
}

/// Several requests decided by one submission. Each is judged by a job of its own, one after the other, like a click on its
/// card; the commit that ends one asks for the next and hands on what there is to say, so that all of it is said at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Together {
    /// Those still to be judged after this one.
    pub left: Vec<Tick>,
    /// As many have been judged, and as many of them without effect.
    pub judged: usize,
    pub refused: usize,
    /// What there is to say of those, each once, with the keys of those of which it is said.
    pub said: Vec<(Vec<Key>, String)>,
}

impl Together {
    fn say(&mut self, key: &Key, words: String) {
        match self.said.iter_mut().find(|(_, said)| *said == words) {
            Some((keys, _)) => keys.push(key.clone()),
            None => self.said.push((vec![key.clone()], words)),
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    Approve(Option<Comment>),
    Deny(Option<Comment>),
    Withdraw,
    CheckAgain,
    /// Of a collection, the oldest requests get cards of their own.
    ShowOldest,
    /// Of a collection, all of them.
    ShowAll,
}

/// The click as it is written down until it is judged. What a later release adds to it must not be overlooked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    by: String,
    wish: WrittenWish,
    key: String,
    revision: String,
    clicked_at: i64,
    channel: Option<String>,
    response_url: Option<String>,
    /// Earlier versions did not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    together: Option<WrittenTogether>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTogether {
    /// Each as `KEY.REVISION`.
    left: Vec<String>,
    judged: usize,
    refused: usize,
    said: Vec<(Vec<String>, String)>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum WrittenWish {
    Approve { comment: Option<String> },
    Deny { reason: Option<String> },
    Withdraw,
    CheckAgain,
    ShowOldest,
    ShowAll,
}

impl Click {
    /// The job that judges this click; `id` makes a repeated delivery of one click one job.
    pub fn job(&self, id: &str, now: DateTime<Utc>) -> NewJob {
        let written = Written {
            by: self.by.to_string(),
            wish: (&self.wish).into(),
            key: self.key.to_string(),
            revision: self.revision.to_string(),
            clicked_at: self.clicked_at.timestamp_millis(),
            channel: self.channel.as_ref().map(ToString::to_string),
            response_url: self.response_url.as_ref().map(|url| url.expose().to_owned()),
            together: self.together.as_ref().map(WrittenTogether::from),
        };
        let subject = format!("{} {id}", self.key);
        Kind::Judge.on(
            subject,
            serde_json::to_string(&written).expect("text and numbers always serialise"),
            now,
        )
    }

    pub(super) fn of(app: &App, job: &LeasedJob) -> Result<Self, JobError> {
        let written: Written = payload_of(job)?;
        let unreadable = || JobError::unreadable("what this asks for");
        Ok(Self {
            by: SlackUserId::new(written.by),
            wish: written.wish.try_into().map_err(|_| unreadable())?,
            key: written.key.parse().map_err(|_| unreadable())?,
            revision: Revision::from_text(written.revision),
            clicked_at: DateTime::from_timestamp_millis(written.clicked_at).ok_or_else(unreadable)?,
            channel: written.channel.map(ChannelId::new),
            response_url: written.response_url.and_then(|url| app.reply_hosts.allow(&url)),
            together: written.together.map(Together::try_from).transpose().map_err(|_| unreadable())?,
        })
    }

    /// One wish for several requests, to be judged from the first on; nothing where there is none. Made at this time, and
    /// answered in this channel.
    pub fn on_several(
        by: SlackUserId,
        wish: Wish,
        ticks: Vec<Tick>,
        (clicked_at, channel): (DateTime<Utc>, Option<ChannelId>),
    ) -> Option<Self> {
        let mut ticks = ticks.into_iter();
        let Tick { key, revision } = ticks.next()?;
        let together = Some(Together { left: ticks.collect(), ..Together::default() });
        Some(Self { by, wish, key, revision, clicked_at, channel, response_url: None, together })
    }

    /// The work that tells what came of it. Where more was decided together, that waits until all of it was judged.
    pub(super) fn follow_up(&self, outcome: Told, job: &LeasedJob, now: DateTime<Utc>) -> Option<NewJob> {
        let Some(together) = &self.together else {
            return outcome.answer.map(|answer| answer.job(&job.subject, now));
        };
        let mut together = together.clone();
        together.judged += 1;
        together.refused += usize::from(outcome.is_refused);
        if let Some(answer) = outcome.answer {
            together.say(&self.key, answer.words);
        }
        // What tells submissions apart stands behind the key.
        let id = job.subject.split_once(' ').map_or(job.subject.as_str(), |(_, id)| id);
        if together.left.is_empty() {
            return Some(self.sum_up(together).job(id, now));
        }
        let Tick { key, revision } = together.left.remove(0);
        Some(Self { key, revision, together: Some(together), ..self.clone() }.job(id, now))
    }

    fn sum_up(&self, Together { judged, refused, said, .. }: Together) -> Answer {
        let verdict = match self.wish {
            Wish::Deny(_) => Verdict::Deny,
            Wish::Approve(_) | Wish::Withdraw | Wish::CheckAgain | Wish::ShowOldest | Wish::ShowAll => {
                Verdict::Approve
            }
        };
        let about_each = said.iter().map(|(keys, words)| messages::about_some(keys, words)).collect();
        Answer { about_each, ..self.answer(messages::decided_several(verdict, judged, refused)) }
    }

    pub(super) fn answer(&self, words: String) -> Answer {
        Answer::new(self.by.clone(), self.channel.clone(), self.response_url.clone(), words)
    }

    pub(super) fn refusal(&self, refusal: &Refusal) -> Answer {
        let link =
            matches!(refusal, Refusal::UnknownAccount).then(|| (self.key.clone(), self.revision.clone()));
        Answer { link, ..self.answer(messages::refusal(refusal)) }
    }
}

/// What whoever clicked is told, if anything, and whether their click came to nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) answer: Option<Answer>,
    pub(super) is_refused: bool,
}

impl From<&Together> for WrittenTogether {
    fn from(together: &Together) -> Self {
        let Together { left, judged, refused, said } = together;
        let said = said.iter().map(|(keys, words)| (texts(keys), words.clone())).collect();
        Self { left: texts(left), judged: *judged, refused: *refused, said }
    }
}

impl TryFrom<WrittenTogether> for Together {
    type Error = NotOfSeveral;

    fn try_from(written: WrittenTogether) -> Result<Self, Self::Error> {
        let WrittenTogether { left, judged, refused, said } = written;
        let left = left.iter().map(|tick| tick.parse()).collect::<Result<_, NotOfSeveral>>()?;
        let read = |(keys, words): (Vec<String>, String)| {
            let keys: Result<_, _> = keys.iter().map(|key| key.parse()).collect();
            keys.map(|keys| (keys, words)).map_err(|_| NotOfSeveral)
        };
        let said = said.into_iter().map(read).collect::<Result<_, NotOfSeveral>>()?;
        Ok(Self { left, judged, refused, said })
    }
}

fn texts(some: &[impl ToString]) -> Vec<String> {
    some.iter().map(ToString::to_string).collect()
}

impl From<&Wish> for WrittenWish {
    fn from(wish: &Wish) -> Self {
        let text = |comment: &Option<Comment>| comment.as_ref().map(ToString::to_string);
        match wish {
            Wish::Approve(comment) => Self::Approve { comment: text(comment) },
            Wish::Deny(reason) => Self::Deny { reason: text(reason) },
            Wish::Withdraw => Self::Withdraw,
            Wish::CheckAgain => Self::CheckAgain,
            Wish::ShowOldest => Self::ShowOldest,
            Wish::ShowAll => Self::ShowAll,
        }
    }
}

impl TryFrom<WrittenWish> for Wish {
    type Error = crate::request::TooLong;

    fn try_from(written: WrittenWish) -> Result<Self, Self::Error> {
        let comment = |text: Option<String>| text.map_or(Ok(None), |text| Comment::new(&text));
        Ok(match written {
            WrittenWish::Approve { comment: text } => Self::Approve(comment(text)?),
            WrittenWish::Deny { reason } => Self::Deny(comment(reason)?),
            WrittenWish::Withdraw => Self::Withdraw,
            WrittenWish::CheckAgain => Self::CheckAgain,
            WrittenWish::ShowOldest => Self::ShowOldest,
            WrittenWish::ShowAll => Self::ShowAll,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        text.parse().unwrap()
    }

    fn together() -> Together {
        let left = ["r-8f3k2.11ee", "r-9f3k2.22dd"].map(|tick| tick.parse().unwrap()).into();
        let mut together = Together { left, judged: 2, refused: 1, said: vec![] };
        together.say(&key("r-6f3k2"), "frozen".to_owned());
        together.say(&key("r-7f3k2"), "frozen".to_owned());
        together
    }

    #[test]
    fn what_is_handed_on_reads_back_and_says_nothing_twice() {
        let written = serde_json::to_string(&WrittenTogether::from(&together())).unwrap();

        assert_eq!(
            written,
            r#"{"left":["r-8f3k2.11ee","r-9f3k2.22dd"],"judged":2,"refused":1,"said":[[["r-6f3k2","r-7f3k2"],"frozen"]]}"#
        );
        let read: WrittenTogether = serde_json::from_str(&written).unwrap();
        assert_eq!(Together::try_from(read), Ok(together()));
    }

    #[test]
    fn what_is_handed_on_and_is_not_understood_is_not_overlooked() {
        let written = || WrittenTogether::from(&together());

        let ticks = WrittenTogether { left: vec!["r-8f3k2".to_owned()], ..written() };
        let keys = WrittenTogether { said: vec![(vec!["nobody".to_owned()], String::new())], ..written() };
        for unreadable in [ticks, keys] {
            assert_eq!(Together::try_from(unreadable), Err(NotOfSeveral));
        }
    }

    #[test]
    fn nothing_ticked_is_no_click() {
        let at = DateTime::from_timestamp(1_795_435_200, 0).unwrap();
        let by = SlackUserId::new("U0ALICE");

        assert_eq!(Click::on_several(by, Wish::Deny(None), vec![], (at, None)), None);
    }
}
