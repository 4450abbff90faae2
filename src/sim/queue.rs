//! The event queue: earliest first, and first come first served within an instant.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tokio::sync::oneshot;

use crate::protocol::{Event, Message, Node, Product};
use crate::time::SimTime;

/// What is going to happen.
pub enum What {
    Event(Event),
    /// A computation that the pool may still be working on.
    Pending(oneshot::Receiver<Product>),
    /// A lost message is sent again, by `from`; `attempt` counts its transmissions from zero.
    Resend {
        from: Node,
        message: Message,
        attempt: u32,
    },
}

/// An entry of the queue.
pub struct Entry {
    pub time: SimTime,
    pub to: Node,
    pub what: What,
    /// Breaks ties between events of one instant: the order in which they were asked for.
    sequence: u64,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl Entry {
    const fn key(&self) -> (SimTime, u64) {
        (self.time, self.sequence)
    }
}

/// Everything that is going to happen.
#[derive(Default)]
pub struct Queue {
    entries: BinaryHeap<Reverse<Entry>>,
    next: u64,
    peak: usize,
}

impl Queue {
    /// Adds an event.
    pub fn push(&mut self, time: SimTime, to: Node, what: What) {
        self.entries.push(Reverse(Entry { time, to, what, sequence: self.next }));
        self.next += 1;
        self.peak = self.peak.max(self.entries.len());
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<Entry> {
        self.entries.pop().map(|e| e.0)
    }

    /// The most entries that were there at one time.
    pub const fn peak(&self) -> u64 {
        self.peak as u64
    }

    /// Votes that are still on their way, or wait to be sent again.
    pub fn votes(&self) -> u64 {
        let is_vote = |e: &Entry| {
            let message = match &e.what {
                What::Event(Event::Arrived(message)) | What::Resend { message, .. } => message,
                What::Event(_) | What::Pending(_) => return false,
            };
            matches!(message, Message::Vote { .. })
        };
        self.entries.iter().filter(|e| is_vote(&e.0)).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::WorkerId;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn earliest_first_and_within_an_instant_in_order(times in prop::collection::vec(0_u64..5, 0..50)) {
            let mut queue = Queue::default();
            for (i, t) in times.iter().enumerate() {
                queue.push(SimTime::from_nanos(*t), Node::Worker(WorkerId(i as u32)), What::Event(Event::Start));
            }
            let mut expected: Vec<(u64, usize)> = times.iter().copied().enumerate().map(|(i, t)| (t, i)).collect();
            expected.sort_unstable();
            for (t, i) in expected {
                let entry = queue.pop().unwrap();
                prop_assert_eq!((entry.time, entry.to), (SimTime::from_nanos(t), Node::Worker(WorkerId(i as u32))));
            }
            prop_assert!(queue.pop().is_none());
        }
    }
}
