//! Answers from outside that count for a short while: however many want one at once, it is asked for once. Errors are told
//! to whoever waits for the same answer, and kept for nobody.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use moka::future::Cache;
use moka::ops::compute::Op;

use crate::clock::Clock;

/// More answers than are wanted within a minute; beyond it they are asked for more often, nothing worse.
const MOST_ANSWERS: u64 = 10_000;

/// Numbers questions and those who want answers, in the order in which they come.
#[derive(Clone, Default)]
pub(super) struct Tickets(Arc<AtomicU64>);

impl Tickets {
    pub(super) fn draw(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

/// How fresh an answer has to be.
#[derive(Debug, Clone, Copy)]
pub(in crate::app) struct Fresh {
    /// Asked for at this moment or later.
    pub(super) since: DateTime<Utc>,
    /// Asked for after whoever drew this ticket had come; the time of day alone may stand still or jump.
    pub(super) after: u64,
}

/// The answers to one kind of question.
pub(super) struct Recall<K, V> {
    answers: Cache<K, Answer<V>>,
    tickets: Tickets,
    clock: Clock,
}

#[derive(Clone)]
struct Answer<V> {
    value: V,
    /// When the question was put, not when it was answered.
    asked_at: DateTime<Utc>,
    ticket: u64,
}

impl Fresh {
    /// An answer from the future is one whose age nobody knows.
    fn is_met<V>(self, answer: &Answer<V>, now: DateTime<Utc>) -> bool {
        answer.ticket > self.after && (self.since..=now).contains(&answer.asked_at)
    }
}

impl<K, V> Recall<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// No answer is kept for longer than `max_age`, whatever the time of day does.
    pub(super) fn new(max_age: TimeDelta, tickets: Tickets, clock: Clock) -> Self {
        let longest = max_age.to_std().unwrap_or(Duration::ZERO);
        let answers = Cache::builder().max_capacity(MOST_ANSWERS).time_to_live(longest).build();
        Self { answers, tickets, clock }
    }

    /// An answer that is fresh enough: one that is there, one that somebody else has just asked for, or one asked for now.
    pub(super) async fn get<E, F>(&self, key: K, fresh: Fresh, ask: impl Fn() -> F) -> Result<V, E>
    where
        E: Clone + Send + Sync + 'static,
        F: Future<Output = Result<V, E>> + Send,
    {
        loop {
            self.drop_stale(&key, fresh).await;
            // Boxed: what is asked is large, and the cache hands it about.
            let question = Box::pin(async {
                let (ticket, asked_at) = (self.tickets.draw(), self.clock.now());
                ask().await.map(|value| Answer { value, asked_at, ticket })
            });
            let answer = self.answers.try_get_with(key.clone(), question).await;
            let answer = answer.map_err(|error: Arc<E>| (*error).clone())?;
            // A question that was under way before may have been answered by what was true before.
            if fresh.is_met(&answer, self.clock.now()) {
                return Ok(answer.value);
            }
        }
    }

    /// Only of an answer that is there: to look any closer is to wait for whoever asks.
    async fn drop_stale(&self, key: &K, fresh: Fresh) {
        let now = self.clock.now();
        let is_stale = |answer: &Answer<V>| !fresh.is_met(answer, now);
        if self.answers.get(key).await.as_ref().is_none_or(|answer| !is_stale(answer)) {
            return;
        }
        self.answers
            .entry(key.clone())
            .and_compute_with(|entry| {
                let is_old = entry.is_some_and(|entry| is_stale(entry.value()));
                std::future::ready(if is_old { Op::Remove } else { Op::Nop })
            })
            .await;
    }

    /// Forgets the answers about some things.
    pub(super) async fn forget(&self, is_about: impl Fn(&K) -> bool) {
        let keys: Vec<_> = self.answers.iter().map(|(key, _)| key).filter(|key| is_about(key)).collect();
        for key in keys {
            self.answers.invalidate(&*key).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use tokio::sync::{Notify, Semaphore};

    struct Desk {
        recall: Arc<Recall<&'static str, u32>>,
        tickets: Tickets,
        clock: Clock,
        asked: Arc<AtomicUsize>,
    }

    fn desk() -> Desk {
        let (tickets, clock) = (Tickets::default(), Clock::manual(DateTime::UNIX_EPOCH));
        let recall = Arc::new(Recall::new(TimeDelta::seconds(60), tickets.clone(), clock.clone()));
        Desk { recall, tickets, clock, asked: Arc::default() }
    }

    impl Desk {
        fn recent(&self) -> Fresh {
            Fresh { since: self.clock.now() - TimeDelta::seconds(60), after: 0 }
        }

        fn anew(&self) -> Fresh {
            Fresh { after: self.tickets.draw(), ..self.recent() }
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::SeqCst)
        }

        async fn get(&self, fresh: Fresh) -> Result<u32, &'static str> {
            self.get_when(fresh, Ok(7)).await
        }

        async fn get_when(
            &self,
            fresh: Fresh,
            answer: Result<u32, &'static str>,
        ) -> Result<u32, &'static str> {
            self.recall
                .get("security", fresh, || async move {
                    self.asked.fetch_add(1, Ordering::SeqCst);
                    answer
                })
                .await
        }
    }

    #[tokio::test]
    async fn an_answer_counts_for_a_minute_and_no_longer() {
        let desk = desk();
        desk.get(desk.recent()).await.unwrap();
        desk.clock.advance(TimeDelta::seconds(60));
        desk.get(desk.recent()).await.unwrap();
        assert_eq!(desk.asked(), 1);

        desk.clock.advance(TimeDelta::milliseconds(1));
        desk.get(desk.recent()).await.unwrap();
        assert_eq!(desk.asked(), 2);
    }

    #[tokio::test]
    async fn an_answer_from_before_a_clock_was_set_back_does_not_count() {
        let desk = desk();
        desk.get(desk.recent()).await.unwrap();
        desk.clock.advance(TimeDelta::seconds(-1));

        desk.get(desk.recent()).await.unwrap();

        assert_eq!(desk.asked(), 2);
    }

    #[tokio::test]
    async fn who_wants_it_anew_gets_what_was_asked_for_since() {
        let desk = desk();
        desk.get(desk.recent()).await.unwrap();

        let fresh = desk.anew();
        desk.get(fresh).await.unwrap();
        assert_eq!(desk.asked(), 2);
        // The same judgement, once more.
        desk.get(fresh).await.unwrap();
        assert_eq!(desk.asked(), 2);
        desk.get(desk.anew()).await.unwrap();
        assert_eq!(desk.asked(), 3);
    }

    #[tokio::test]
    async fn an_error_is_not_kept_and_never_an_answer() {
        let desk = desk();

        assert_eq!(desk.get_when(desk.recent(), Err("502")).await, Err("502"));
        assert_eq!(desk.get(desk.recent()).await, Ok(7));
        assert_eq!(desk.get_when(desk.anew(), Err("502")).await, Err("502"));
        assert_eq!(desk.asked(), 3);
        // Nor does what was known before come back.
        assert_eq!(desk.get_when(desk.recent(), Err("403")).await, Err("403"));
    }

    #[tokio::test]
    async fn twenty_who_ask_at_once_share_one_question() {
        let desk = Arc::new(desk());
        let (come, go) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
        let all: Vec<_> = (0..20)
            .map(|_| {
                let (desk, come, go) = (desk.clone(), come.clone(), go.clone());
                let fresh = desk.anew();
                tokio::spawn(async move {
                    let ask = || async {
                        desk.asked.fetch_add(1, Ordering::SeqCst);
                        come.add_permits(1);
                        go.notified().await;
                        Ok::<_, &'static str>(7)
                    };
                    desk.recall.get("security", fresh, ask).await
                })
            })
            .collect();
        come.acquire().await.unwrap().forget();
        go.notify_one();
        for one in all {
            assert_eq!(one.await.unwrap(), Ok(7));
        }

        assert_eq!(desk.asked(), 1);
    }

    #[tokio::test]
    async fn twenty_who_ask_at_once_share_one_error() {
        let desk = Arc::new(desk());
        let (come, go) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
        let ask = |desk: Arc<Desk>, come: Arc<Semaphore>, go: Arc<Notify>| async move {
            let fresh = desk.anew();
            let question = || async {
                desk.asked.fetch_add(1, Ordering::SeqCst);
                come.add_permits(1);
                go.notified().await;
                Err::<u32, _>("502")
            };
            desk.recall.get("security", fresh, question).await
        };
        let first = tokio::spawn(ask(desk.clone(), come.clone(), go.clone()));
        come.acquire().await.unwrap().forget();
        let mut others: Vec<_> =
            (0..19).map(|_| Box::pin(ask(desk.clone(), come.clone(), go.clone()))).collect();
        // Each gets as far as waiting for the question that is under way.
        for other in &mut others {
            assert!(futures::poll!(other).is_pending());
        }
        go.notify_one();

        assert_eq!(first.await.unwrap(), Err("502"));
        for other in others {
            assert_eq!(other.await, Err("502"));
        }
        assert_eq!(desk.asked(), 1);
    }

    #[tokio::test]
    async fn who_comes_while_it_is_asked_for_and_wants_it_anew_has_it_asked_once_more() {
        let desk = Arc::new(desk());
        let (come, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let first = {
            let (desk, come, go) = (desk.clone(), come.clone(), go.clone());
            tokio::spawn(async move {
                let ask = || async {
                    come.notify_one();
                    go.notified().await;
                    Ok::<_, &'static str>(1)
                };
                desk.recall.get("security", desk.anew(), ask).await
            })
        };
        come.notified().await;
        let second = {
            let (desk, fresh) = (desk.clone(), desk.anew());
            tokio::spawn(async move { desk.get_when(fresh, Ok(2)).await })
        };
        go.notify_one();

        assert_eq!(first.await.unwrap(), Ok(1));
        assert_eq!(second.await.unwrap(), Ok(2));
    }

    #[tokio::test]
    async fn what_is_forgotten_is_asked_for_again() {
        let desk = desk();
        desk.get(desk.recent()).await.unwrap();

        desk.recall.forget(|key| *key == "payments").await;
        desk.get(desk.recent()).await.unwrap();
        assert_eq!(desk.asked(), 1);
        desk.recall.forget(|key| *key == "security").await;
        desk.get(desk.recent()).await.unwrap();
        assert_eq!(desk.asked(), 2);
    }
}
