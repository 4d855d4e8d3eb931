//! When the next message may go to a channel: about one a second, after a burst (docs.slack.dev, rate limits).
//!
//! Nobody sleeps here. Who has to wait is told until when and comes back; the turn is kept meanwhile, so that nobody
//! overtakes. Turns are in memory: after a restart, or with several replicas, Slack's own 429s keep order.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::ChannelId;

/// As many messages as a channel takes at once when it was quiet before.
const BURST: i32 = 20;

/// A turn that nobody came back for is forgotten; its job was dropped, or is done.
const KEPT: TimeDelta = TimeDelta::hours(1);

/// The queues of all channels; cheap to clone.
#[derive(Debug, Clone)]
pub struct Pace {
    interval: TimeDelta,
    queues: Arc<Mutex<HashMap<ChannelId, Queue>>>,
}

/// Whether it is somebody's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Turn {
    Now,
    At(DateTime<Utc>),
}

/// One channel's queue.
#[derive(Debug)]
struct Queue {
    /// When everything let through or promised so far has been paid for, one interval each.
    paid_until: DateTime<Utc>,
    /// The turns of those who wait, by job.
    promised: HashMap<i64, DateTime<Utc>>,
}

impl Pace {
    /// One message for each `interval`, beyond the burst.
    pub fn new(interval: TimeDelta) -> Self {
        Self { interval, queues: Arc::default() }
    }

    /// Asks for a job's turn in a channel. An idle channel is free at once; a promised turn stays the same however
    /// often it is asked for.
    pub fn turn(&self, channel: &ChannelId, job: i64, now: DateTime<Utc>) -> Turn {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.retain(|_, queue| queue.is_in_use(now));
        let queue = queues.entry(channel.clone()).or_insert_with(|| Queue::idle(now));
        let at = queue.promised.get(&job).copied().unwrap_or_else(|| queue.append(self.interval, now));
        if at <= now {
            queue.promised.remove(&job);
            return Turn::Now;
        }
        queue.promised.insert(job, at);
        Turn::At(at)
    }

    /// Slack asked to leave the channel alone: the next turn is at `until`, the others follow one by one.
    pub fn hold(&self, channel: &ChannelId, until: DateTime<Utc>, now: DateTime<Utc>) {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queues.entry(channel.clone()).or_insert_with(|| Queue::idle(now));
        let paid_until = until + self.interval * (BURST - 1);
        if queue.paid_until < paid_until {
            queue.paid_until = paid_until;
            queue.promised.clear();
        }
    }
}

impl Queue {
    fn idle(now: DateTime<Utc>) -> Self {
        Self { paid_until: now, promised: HashMap::new() }
    }

    /// The turn after all that were given.
    fn append(&mut self, interval: TimeDelta, now: DateTime<Utc>) -> DateTime<Utc> {
        let turn = now.max(self.paid_until - interval * (BURST - 1));
        self.paid_until = self.paid_until.max(turn) + interval;
        turn
    }

    fn is_in_use(&mut self, now: DateTime<Utc>) -> bool {
        self.promised.retain(|_, at| *at + KEPT > now);
        self.paid_until > now || !self.promised.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn pace() -> (Pace, ChannelId) {
        (Pace::new(TimeDelta::seconds(1)), ChannelId::new("C0APPROVALS"))
    }

    #[test]
    fn an_idle_channel_takes_a_burst_and_then_one_each_interval() {
        let (pace, channel) = pace();

        let turns: Vec<_> = (0..25).map(|job| pace.turn(&channel, job, at(100))).collect();

        assert!(turns[..20].iter().all(|turn| *turn == Turn::Now));
        assert_eq!(turns[20..], [101, 102, 103, 104, 105].map(|second| Turn::At(at(second))));
        assert_eq!(pace.turn(&ChannelId::new("C0OTHER"), 99, at(100)), Turn::Now);
    }

    #[test]
    fn a_promised_turn_is_kept_and_nobody_overtakes() {
        let (pace, channel) = pace();
        for job in 0..20 {
            assert_eq!(pace.turn(&channel, job, at(0)), Turn::Now);
        }

        assert_eq!(pace.turn(&channel, 20, at(0)), Turn::At(at(1)));
        assert_eq!(pace.turn(&channel, 20, at(0)), Turn::At(at(1)));
        assert_eq!(pace.turn(&channel, 21, at(1)), Turn::At(at(2)));
        assert_eq!(pace.turn(&channel, 20, at(1)), Turn::Now);
        assert_eq!(pace.turn(&channel, 21, at(2)), Turn::Now);
    }

    #[test]
    fn a_quiet_time_gives_the_burst_back() {
        let (pace, channel) = pace();
        for job in 0..20 {
            assert_eq!(pace.turn(&channel, job, at(0)), Turn::Now);
        }

        let later: Vec<_> = (20..41).map(|job| pace.turn(&channel, job, at(1000))).collect();

        assert!(later[..20].iter().all(|turn| *turn == Turn::Now));
        assert_eq!(later[20], Turn::At(at(1001)));
    }

    #[test]
    fn after_a_refusal_the_channel_rests_and_goes_on_one_by_one() {
        let (pace, channel) = pace();
        assert_eq!(pace.turn(&channel, 1, at(0)), Turn::Now);

        pace.hold(&channel, at(30), at(0));
        let first = pace.turn(&channel, 1, at(0));
        // Another one under way hears the same: the turns given since stay.
        pace.hold(&channel, at(30), at(0));
        let second = pace.turn(&channel, 2, at(0));

        assert_eq!((first, second), (Turn::At(at(30)), Turn::At(at(31))));
        assert_eq!(pace.turn(&channel, 1, at(30)), Turn::Now);
        assert_eq!(pace.turn(&channel, 3, at(30)), Turn::At(at(32)));
    }

    #[test]
    fn who_never_comes_back_is_forgotten() {
        let (pace, channel) = pace();
        for job in 0..21 {
            let _ = pace.turn(&channel, job, at(0));
        }

        assert_eq!(pace.turn(&ChannelId::new("C0OTHER"), 99, at(4000)), Turn::Now);

        assert_eq!(pace.queues.lock().unwrap().len(), 1);
    }
}
