//! The event queue: earliest first, and within an instant first come first served, except that who waits for others does
//! so to the end of the instant.
//!
//! An instant has three turns: all ordinary events with everything that follows from them without delay; then an
//! adversary's patience ends; last a deadline passes. What a turn asks for in the same instant is done before the next
//! turn, so a deadline of 100 ms counts every vote that is there at 100 ms, and none of a nanosecond later.
//!
//! Most events are asked for in the very instant in which they happen, or lie in wait by the thousand. The former never
//! enter the heap: whatever ordinary event the heap holds of the running instant was asked for before it began, so a plain
//! line behind it keeps the order. The heap sorts three numbers an event, the turn in the highest bits of the second; what
//! is going to happen stays where it was put.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::pool::Awaited;
use crate::protocol::{Alarm, Event, Message, Node, Product};
use crate::time::SimTime;

/// What is going to happen.
pub enum What {
    Event(Event),
    /// A computation that the pool may still be working on.
    Pending(Awaited<Product>),
    /// A lost message is sent again.
    Resend(Box<Resend>),
    /// A message has reached the server's own link.
    AtPort(Box<AtPort>),
}

/// A message that was lost.
pub struct Resend {
    pub from: Node,
    pub message: Message,
    /// Counts its transmissions from zero.
    pub attempt: u32,
}

/// A message that has come as far as the server's own link.
pub struct AtPort {
    pub message: Message,
    /// With its overhead.
    pub bytes: u64,
}

/// An entry of the queue.
pub struct Entry {
    pub time: SimTime,
    pub to: Node,
    pub what: What,
}

/// Everything that is going to happen.
#[derive(Default)]
pub struct Queue {
    /// The time of the entry that was taken last.
    instant: SimTime,
    /// Asked for in this instant, for this instant.
    at_once: VecDeque<(Node, What)>,
    /// Time, the turn and the order in which they were asked for, and the place in `waiting`.
    later: BinaryHeap<Reverse<(SimTime, u64, u32)>>,
    waiting: Vec<Option<(Node, What)>>,
    vacant: Vec<u32>,
    next: u64,
    /// Taken out with others before them, and not told yet: they count as waiting.
    pub in_hand: usize,
    peak: usize,
}

/// The turn of an event within its instant, in the bits above the order in which events are asked for.
const fn turn_of(what: &What) -> u64 {
    match what {
        What::Event(Event::Woken(Alarm::Patience(_))) => 1 << 62,
        What::Event(Event::Woken(Alarm::Deadline(_))) => 2 << 62,
        What::Event(_) | What::Pending(_) | What::Resend(_) | What::AtPort(_) => ORDINARY,
    }
}

/// The first turn, below which all its places in the order lie.
const ORDINARY: u64 = 0;
const TURNS: u64 = 1 << 62;

impl Queue {
    /// Adds an event.
    ///
    /// # Panics
    /// When it lies before the last one that was taken: time never goes back.
    pub fn push(&mut self, time: SimTime, to: Node, what: What) {
        assert!(time >= self.instant, "nothing happens before it is asked for");
        let turn = turn_of(&what);
        if time == self.instant && turn == ORDINARY {
            self.at_once.push_back((to, what));
        } else {
            let place = self.vacant.pop().unwrap_or_else(|| {
                self.waiting.push(None);
                u32::try_from(self.waiting.len() - 1).expect("fewer than 2^32 events wait")
            });
            self.waiting[place as usize] = Some((to, what));
            self.later.push(Reverse((time, turn | self.next, place)));
        }
        self.next += 1;
        self.peak = self.peak.max(self.len());
    }

    /// The place of the next event in the heap, if it is an ordinary one of the running instant.
    fn ordinary_now(&self) -> Option<u32> {
        let Reverse((time, order, place)) = self.later.peek()?;
        (*time == self.instant && *order < TURNS).then_some(*place)
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<Entry> {
        let ((to, what), time) = if self.at_once.is_empty() || self.ordinary_now().is_some() {
            let Reverse((time, _, place)) = self.later.pop()?;
            self.vacant.push(place);
            (self.waiting[place as usize].take().expect("every place in the heap is filled"), time)
        } else {
            (self.at_once.pop_front()?, self.instant)
        };
        self.instant = time;
        Some(Entry { time, to, what })
    }

    /// Takes the next event if it is an ordinary one of the instant of the last one and happens to the same actor: later
    /// turns must see what this one asks for.
    pub fn pop_also(&mut self, node: Node) -> Option<Event> {
        let next = match self.ordinary_now() {
            Some(place) => self.waiting[place as usize].as_ref(),
            None => self.at_once.front(),
        };
        if !matches!(next, Some((to, What::Event(_))) if *to == node) {
            return None;
        }
        match self.pop() {
            Some(Entry { what: What::Event(event), .. }) => Some(event),
            _ => unreachable!("the next entry was looked at"),
        }
    }

    fn len(&self) -> usize {
        self.later.len() + self.at_once.len() + self.in_hand
    }

    /// The most entries that were there at one time.
    pub const fn peak(&self) -> u64 {
        self.peak as u64
    }

    /// Votes that are still on their way, or wait to be sent again.
    pub fn votes(&self) -> u64 {
        let is_vote = |what: &What| match what {
            What::Event(Event::Arrived(message)) => matches!(message, Message::Vote { .. }),
            What::Resend(lost) => matches!(lost.message, Message::Vote { .. }),
            What::AtPort(there) => matches!(there.message, Message::Vote { .. }),
            What::Event(_) | What::Pending(_) => false,
        };
        let waiting = self.waiting.iter().flatten().chain(&self.at_once);
        waiting.filter(|(_, what)| is_vote(what)).count() as u64
    }
}

// What waits is moved several times: a place in the queue is a line of the cache.
const _: () = assert!(size_of::<(Node, What)>() <= 64);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Alarm, WorkerId};
    use crate::time::Round;
    use proptest::prelude::*;

    fn worker(i: usize) -> Node {
        Node::Worker(WorkerId(i as u32))
    }

    /// An event of the given turn.
    fn of(turn: u8) -> What {
        What::Event(match turn {
            0 => Event::Start,
            1 => Event::Woken(Alarm::Patience(Round(0))),
            _ => Event::Woken(Alarm::Deadline(Round(0))),
        })
    }

    proptest! {
        /// Against a list sorted by time, turn and order: some events are there from the beginning, every event that
        /// happens asks for the next ones, many of them at once.
        #[test]
        fn earliest_first_and_within_an_instant_by_turn_and_in_order(
            first in prop::collection::vec((0_u64..5, 0_u8..3), 1..20),
            asked in prop::collection::vec(prop::collection::vec((0_u64..3, 0_u8..3), 0..4), 0..60),
        ) {
            let (mut queue, mut plain, mut number, mut peak) = (Queue::default(), Vec::new(), 0, 0);
            let mut ask = |queue: &mut Queue, plain: &mut Vec<(u64, u8, usize)>, time: u64, turn: u8| {
                queue.push(SimTime::from_nanos(time), worker(number), of(turn));
                plain.push((time, turn, number));
                number += 1;
                peak = peak.max(plain.len());
            };
            first.iter().for_each(|(time, turn)| ask(&mut queue, &mut plain, *time, *turn));
            let mut asked = asked.into_iter();
            while let Some(expected) = plain.iter().min().copied() {
                plain.retain(|entry| *entry != expected);
                let entry = queue.pop().unwrap();
                prop_assert_eq!((entry.time, entry.to), (SimTime::from_nanos(expected.0), worker(expected.2)));
                for (after, turn) in asked.next().unwrap_or_default() {
                    ask(&mut queue, &mut plain, expected.0 + after, turn);
                }
            }
            prop_assert!(queue.pop().is_none());
            prop_assert_eq!(queue.peak(), peak as u64);
        }
    }

    #[test]
    fn what_follows_at_once_for_the_same_actor_is_taken_and_nothing_else() {
        let mut queue = Queue::default();
        for (time, to) in [(1, 0), (1, 0), (1, 1), (1, 0), (2, 0)] {
            queue.push(SimTime::from_nanos(time), worker(to), of(0));
        }
        assert_eq!(queue.pop().unwrap().to, worker(0));
        assert!(queue.pop_also(worker(0)).is_some());
        assert!(queue.pop_also(worker(0)).is_none(), "another actor comes first");
        assert_eq!(queue.pop().unwrap().to, worker(1));
        queue.push(SimTime::from_nanos(1), worker(0), of(2));
        queue.push(SimTime::from_nanos(1), worker(0), of(0));
        assert!(matches!(queue.pop_also(worker(0)), Some(Event::Start)), "first come, first served");
        assert!(matches!(queue.pop_also(worker(0)), Some(Event::Start)), "ordinary events before a deadline");
        assert!(queue.pop_also(worker(0)).is_none(), "a deadline waits for what this event may ask for");
        queue.push(SimTime::from_nanos(1), worker(0), of(0));
        assert!(matches!(queue.pop().unwrap().what, What::Event(Event::Start)));
        assert!(matches!(queue.pop().unwrap().what, What::Event(Event::Woken(Alarm::Deadline(_)))));
        assert!(queue.pop_also(worker(0)).is_none(), "the next instant has not come");
    }
}
