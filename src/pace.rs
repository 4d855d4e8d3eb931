//! Who may go when: things that have to keep a distance go one after the other, each kind of them in its own queue.
//! Messages to one channel of Slack go about one a second, after a burst (docs.slack.dev, rate limits); changes in one
//! organization on GitHub one by one.
//!
//! Nobody sleeps here. Who has to wait is told until when and comes back; the turn is kept meanwhile, so that nobody
//! overtakes. Turns are in memory: after a restart, or with several replicas, Slack's own 429s keep order, and the turns
//! in the database do.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// A turn that nobody came back for is forgotten; its job was dropped, or is done.
const KEPT: TimeDelta = TimeDelta::hours(1);

/// Whoever has not come this long after the time they were told is not waited for when all are put off: another replica
/// has done the job, or it needs no turn any more. If it comes after all it queues up again.
const LATE: TimeDelta = TimeDelta::seconds(1);

/// The queues of all places, such as channels; cheap to clone.
#[derive(Debug)]
pub struct Pace<K> {
    rate: Rate,
    queues: Arc<Mutex<HashMap<K, Queue>>>,
}

/// How fast it goes.
#[derive(Debug, Clone, Copy)]
struct Rate {
    interval: TimeDelta,
    /// As many go at once where it was quiet before.
    burst: i32,
}

/// Whether it is somebody's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Turn {
    Now,
    At(DateTime<Utc>),
}

/// The queue of one place.
#[derive(Debug)]
struct Queue {
    /// When everything let through or promised so far has been paid for, one interval each.
    paid_until: DateTime<Utc>,
    /// Until when the place is to be left alone, and how many go on then because of their own refusals.
    rests_until: DateTime<Utc>,
    refused: i32,
    /// The turns of those who wait, by job.
    promised: HashMap<i64, Promise>,
}

/// The turn of a job that waits.
#[derive(Debug, Clone, Copy)]
struct Promise {
    at: DateTime<Utc>,
    /// When it comes back: what it was told last. Its turn may have been put off since.
    told: DateTime<Utc>,
}

impl Promise {
    fn of(at: DateTime<Utc>) -> Self {
        Self { at, told: at }
    }
}

impl<K> Clone for Pace<K> {
    fn clone(&self) -> Self {
        Self { rate: self.rate, queues: self.queues.clone() }
    }
}

impl<K: Clone + Eq + Hash> Pace<K> {
    /// One for each `interval` in each place, after a burst of so many; 1 is no burst.
    pub fn new(interval: TimeDelta, burst: i32) -> Self {
        Self { rate: Rate { interval, burst: burst.max(1) }, queues: Arc::default() }
    }

    /// Asks for a job's turn in a place. An idle place is free at once; a promised turn stays the same however often it
    /// is asked for.
    pub fn turn(&self, place: &K, job: i64, now: DateTime<Utc>) -> Turn {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.retain(|_, queue| queue.is_in_use(now));
        let queue = queues.entry(place.clone()).or_insert_with(|| Queue::idle(now));
        let at = queue.promised.get(&job).map(|promise| promise.at);
        let at = at.unwrap_or_else(|| queue.append(self.rate, now));
        if at <= now {
            queue.promised.remove(&job);
            return Turn::Now;
        }
        queue.promised.insert(job, Promise::of(at));
        Turn::At(at)
    }

    /// Whose turn it was did not go after all: those who wait are one closer.
    pub fn give_back(&self, place: &K) {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get_mut(place) {
            queue.delay(-self.rate.interval, |_| true);
            queue.paid_until -= self.rate.interval;
        }
    }

    /// A job was refused, and the place is to be left alone until `until`: then the job goes first, and everybody who
    /// waits after it, in the order they had. Gives the job's new turn.
    pub fn hold(&self, place: &K, job: i64, until: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.entry(place.clone()).or_insert_with(|| Queue::idle(now)).refuse(job, until, now, self.rate)
    }
}

impl Queue {
    fn idle(now: DateTime<Utc>) -> Self {
        Self { paid_until: now, rests_until: now, refused: 0, promised: HashMap::new() }
    }

    fn refuse(&mut self, job: i64, until: DateTime<Utc>, now: DateTime<Utc>, rate: Rate) -> DateTime<Utc> {
        let Rate { interval, burst } = rate;
        // Moved along with the others they would hold up everybody for as long as they have been missing.
        self.promised.retain(|_, promise| promise.told + LATE > now);
        if until > self.rests_until {
            let first = self
                .promised
                .values()
                .map(|promise| promise.at)
                .min()
                .map_or(until, |first| first.min(until));
            self.delay(until - first, |_| true);
            (self.rests_until, self.refused) = (until, 0);
        }
        let turn = self.rests_until + interval * self.refused;
        self.refused += 1;
        self.delay(interval, |at| at >= turn);
        self.promised.insert(job, Promise::of(turn));
        // No burst afterwards: the next new turn comes after all that were promised.
        let last = self.promised.values().map(|promise| promise.at).max().unwrap_or(turn);
        self.paid_until = last + interval * burst;
        turn
    }

    fn delay(&mut self, by: TimeDelta, whom: impl Fn(DateTime<Utc>) -> bool) {
        for promise in self.promised.values_mut().filter(|promise| whom(promise.at)) {
            promise.at += by;
        }
    }

    /// The turn after all that were given.
    fn append(&mut self, rate: Rate, now: DateTime<Utc>) -> DateTime<Utc> {
        let turn = now.max(self.paid_until - rate.interval * (rate.burst - 1));
        self.paid_until = self.paid_until.max(turn) + rate.interval;
        turn
    }

    fn is_in_use(&mut self, now: DateTime<Utc>) -> bool {
        self.promised.retain(|_, promise| promise.at + KEPT > now);
        self.paid_until > now || !self.promised.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ChannelId;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn pace() -> (Pace<ChannelId>, ChannelId) {
        (Pace::new(TimeDelta::seconds(1), 20), ChannelId::new("C0APPROVALS"))
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

        let first = pace.hold(&channel, 1, at(30), at(0));
        // Another one under way hears the same.
        let second = pace.hold(&channel, 2, at(30), at(0));

        assert_eq!((first, second), (at(30), at(31)));
        assert_eq!(pace.turn(&channel, 1, at(30)), Turn::Now);
        assert_eq!(pace.turn(&channel, 3, at(30)), Turn::At(at(32)));
    }

    #[test]
    fn a_rest_is_not_cut_short_by_a_shorter_one() {
        let (pace, channel) = pace();
        assert_eq!(pace.turn(&channel, 1, at(0)), Turn::Now);
        assert_eq!(pace.hold(&channel, 1, at(30), at(0)), at(30));

        // Another one under way was told to wait for less.
        assert_eq!(pace.hold(&channel, 2, at(10), at(0)), at(31));

        assert_eq!(pace.turn(&channel, 1, at(10)), Turn::At(at(30)));
        // And one that is told to wait for longer holds everybody up, and goes first.
        assert_eq!(pace.hold(&channel, 3, at(60), at(10)), at(60));
        assert_eq!(pace.turn(&channel, 1, at(30)), Turn::At(at(61)));
    }

    #[test]
    fn a_refusal_in_the_middle_of_a_backlog_moves_everybody_and_keeps_their_order() {
        let (pace, channel) = pace();
        for job in 0..20 {
            assert_eq!(pace.turn(&channel, job, at(0)), Turn::Now);
        }
        let waiting = [20, 21, 22];
        let before = waiting.map(|job| pace.turn(&channel, job, at(0)));
        assert_eq!(before, [1, 2, 3].map(|second| Turn::At(at(second))));

        let refused = pace.hold(&channel, 19, at(30), at(0));
        let after = waiting.map(|job| pace.turn(&channel, job, at(0)));

        assert_eq!(refused, at(30));
        assert_eq!(after, [31, 32, 33].map(|second| Turn::At(at(second))));
        assert_eq!(pace.turn(&channel, 23, at(0)), Turn::At(at(34)));
    }

    #[test]
    fn a_backlog_longer_than_the_rest_rests_all_the_same() {
        let (pace, channel) = pace();
        for job in 0..80 {
            let _ = pace.turn(&channel, job, at(0));
        }

        let refused = pace.hold(&channel, 0, at(10), at(0));

        assert_eq!((refused, pace.turn(&channel, 20, at(5))), (at(10), Turn::At(at(11))));
        assert_eq!(pace.turn(&channel, 80, at(5)), Turn::At(at(71)));
    }

    #[test]
    fn without_a_burst_the_first_goes_at_once_and_the_others_one_by_one() {
        let pace = Pace::new(TimeDelta::seconds(1), 1);
        let turns: Vec<_> = (0..3).map(|job| pace.turn(&"acme", job, at(100))).collect();
        assert_eq!(turns, [Turn::Now, Turn::At(at(101)), Turn::At(at(102))]);

        // The first is told that somebody else came first.
        assert_eq!(pace.hold(&"acme", 0, at(103), at(100)), at(103));

        let turns: Vec<_> = (0..4).map(|job| pace.turn(&"acme", job, at(103))).collect();
        assert_eq!(turns, [Turn::Now, Turn::At(at(104)), Turn::At(at(105)), Turn::At(at(106))]);
    }

    #[test]
    fn a_turn_that_was_not_used_is_the_next_ones() {
        let pace = Pace::new(TimeDelta::seconds(1), 1);
        let turns: Vec<_> = (0..3).map(|job| pace.turn(&"acme", job, at(100))).collect();
        assert_eq!(turns, [Turn::Now, Turn::At(at(101)), Turn::At(at(102))]);

        pace.give_back(&"acme");

        let turns: Vec<_> = (1..4).map(|job| pace.turn(&"acme", job, at(100))).collect();
        assert_eq!(turns, [Turn::Now, Turn::At(at(101)), Turn::At(at(102))]);
    }

    #[test]
    fn a_refusal_waits_for_nobody_who_has_not_come_back() {
        let pace = Pace::new(TimeDelta::seconds(1), 1);
        let turns: Vec<_> = (0..3).map(|job| pace.turn(&"acme", job, at(0))).collect();
        assert_eq!(turns, [Turn::Now, Turn::At(at(1)), Turn::At(at(2))]);
        // Another replica does job 1.
        assert_eq!(pace.turn(&"acme", 2, at(2)), Turn::Now);
        assert_eq!(pace.turn(&"acme", 3, at(9)), Turn::Now);
        assert_eq!(pace.turn(&"acme", 4, at(9)), Turn::At(at(10)));

        assert_eq!(pace.hold(&"acme", 3, at(10), at(9)), at(10));

        assert_eq!(pace.turn(&"acme", 4, at(10)), Turn::At(at(11)));
    }

    #[test]
    fn who_does_not_come_back_is_not_carried_along_from_refusal_to_refusal() {
        let pace = Pace::new(TimeDelta::seconds(1), 1);
        for job in 0..6 {
            let _ = pace.turn(&"acme", job, at(0));
        }

        // The others do jobs 1 to 4 meanwhile, and 0 is refused again and again.
        for second in 0..8 {
            assert_eq!(pace.hold(&"acme", 0, at(second + 1), at(second)), at(second + 1));
            assert_eq!(pace.turn(&"acme", 0, at(second + 1)), Turn::Now);
        }

        assert_eq!(pace.turn(&"acme", 9, at(8)), Turn::At(at(9)));
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
