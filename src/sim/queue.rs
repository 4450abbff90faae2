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
//! is going to happen stays where it was put. Ordinary events that are asked for in a row for the same time, as when equal
//! workers begin a round, are one row in the heap.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::num::NonZero;

use serde::{Deserialize, Serialize};

use super::pool::PendingResult;
use crate::protocol::{Alarm, ComputationResult, Event, KEPT_IN_MEMORY, Message, Node};
use crate::time::SimTime;

/// What is going to happen.
#[derive(Serialize, Deserialize)]
pub(crate) enum What {
    Event(Event),
    /// A computation that has been waited for before its time.
    Computed(ComputationResult),
    /// A lost message is sent again.
    Resend(Box<Resend>),
    /// A message has reached the server's own link.
    AtPort(Box<AtPort>),
    /// A computation that the pool may still be working on; nobody writes down what that does. The last
    /// variant, since serde numbers them without the ones that it skips.
    #[serde(skip)]
    Pending(PendingResult<ComputationResult>),
}

/// A message that was lost.
#[derive(Serialize, Deserialize)]
pub(crate) struct Resend {
    pub from: Node,
    pub message: Message,
    /// Counts its transmissions from zero.
    pub attempt: u32,
}

/// A message that has come as far as the server's own link.
#[derive(Serialize, Deserialize)]
pub(crate) struct AtPort {
    pub message: Message,
    /// With its overhead.
    pub bytes: u64,
}

/// What happens next, to whom.
pub(crate) struct Entry {
    pub time: SimTime,
    pub to: Node,
    pub due: Due,
}

/// What is due.
pub(crate) enum Due {
    /// Events of one instant, at least one and in order.
    Events,
    Pending(PendingResult<ComputationResult>),
    Computed(ComputationResult),
    Resend(Box<Resend>),
    AtPort(Box<AtPort>),
}

/// Everything that is going to happen. Once no computation is [pending](Queue::pending), it is plain data.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Queue {
    /// The time of the entry that was taken last.
    instant: SimTime,
    /// What comes before all else: events that an actor was given together with others and has left for later.
    left: VecDeque<Event>,
    /// Who has left them.
    left_by: Option<Node>,
    /// Asked for in this instant, for this instant.
    at_once: VecDeque<(Node, What)>,
    /// Time, the turn and the order in which they were asked for, and the place in `waiting` of the first of a row.
    later: BinaryHeap<Reverse<(SimTime, u64, u32)>>,
    waiting: Vec<Option<(Node, What)>>,
    /// For each place in `waiting`, the one that follows it in its row.
    follows: Vec<Option<NonZero<u32>>>,
    vacant: Vec<u32>,
    /// The time of the row that was begun last, and the place of its end. What comes to its time goes to `at_once`, so a row
    /// that has begun to be taken does not grow.
    growing: Option<(SimTime, u32)>,
    /// What follows in the row that is being taken; it is ordinary, and of this instant.
    row: Option<NonZero<u32>>,
    next: u64,
    peak: usize,
}

/// The turn of an event within its instant, in the bits above the order in which events are asked for.
const fn turn_of(what: &What) -> u64 {
    match what {
        What::Event(Event::Woken(Alarm::Patience(_))) => 1 << 62,
        What::Event(Event::Woken(Alarm::Deadline(_))) => 2 << 62,
        What::Event(_) | What::Pending(_) | What::Computed(_) | What::Resend(_) | What::AtPort(_) => ORDINARY,
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
    pub(crate) fn push(&mut self, time: SimTime, to: Node, what: What) {
        assert!(time >= self.instant, "nothing happens before it is asked for");
        let turn = turn_of(&what);
        if time == self.instant && turn == ORDINARY {
            self.at_once.push_back((to, what));
        } else {
            let place = self.place((to, what));
            match self.growing {
                Some((then, end)) if then == time && turn == ORDINARY => {
                    self.follows[end as usize] = NonZero::new(place + 1);
                }
                _ => self.later.push(Reverse((time, turn | self.next, place))),
            }
            if turn == ORDINARY {
                self.growing = Some((time, place));
            }
        }
        self.next += 1;
        self.peak = self.peak.max(self.len());
    }

    /// Puts an event where it waits, in a row of its own.
    fn place(&mut self, event: (Node, What)) -> u32 {
        if let Some(place) = self.vacant.pop() {
            self.waiting[place as usize] = Some(event);
            self.follows[place as usize] = None;
            return place;
        }
        self.waiting.push(Some(event));
        self.follows.push(None);
        u32::try_from(self.waiting.len() - 1).expect("fewer than 2^32 events wait")
    }

    /// The place of the next event that waits, if it is an ordinary one of the running instant.
    #[inline]
    fn ordinary_now(&self) -> Option<u32> {
        if let Some(next) = self.row {
            return Some(next.get() - 1);
        }
        let Reverse((time, order, place)) = self.later.peek()?;
        (*time == self.instant && *order < TURNS).then_some(*place)
    }

    /// Takes what happens next. The events of an instant that follow each other and happen to the server, or to the
    /// adversary, are given out together, `most` of them at most: a round's votes are then one message. An event of a later
    /// turn must see what the ordinary ones ask for, so it comes alone. Events are put into `events`, which is empty.
    pub(crate) fn pop(&mut self, most: u64, events: &mut VecDeque<Event>) -> Option<Entry> {
        debug_assert!(events.is_empty(), "what was given out before has been taken, or given back");
        if let Some(to) = self.left_by.take() {
            std::mem::swap(&mut self.left, events);
            return Some(Entry { time: self.instant, to, due: Due::Events });
        }
        let (time, to, what) = self.pop_one()?;
        let due = match what {
            What::Pending(result) => Due::Pending(result),
            What::Computed(product) => Due::Computed(product),
            What::Resend(lost) => Due::Resend(lost),
            What::AtPort(there) => Due::AtPort(there),
            What::Event(event) => {
                events.push_back(event);
                let most = if matches!(to, Node::Worker(_)) { 1 } else { most };
                while (events.len() as u64) < most
                    && let Some(event) = self.pop_also(to)
                {
                    events.push_back(event);
                }
                Due::Events
            }
        };
        Some(Entry { time, to, due })
    }

    /// Takes back those of the events given out last that their actor has left for later.
    pub(crate) fn give_back(&mut self, to: Node, events: &mut VecDeque<Event>) {
        if !events.is_empty() {
            self.left_by = Some(to);
            std::mem::swap(&mut self.left, events);
        }
    }

    #[inline]
    fn pop_one(&mut self) -> Option<(SimTime, Node, What)> {
        let ((to, what), time) = if self.at_once.is_empty() || self.ordinary_now().is_some() {
            let (time, place) = match self.row {
                Some(next) => (self.instant, next.get() - 1),
                None => self.later.pop().map(|Reverse((time, _, place))| (time, place))?,
            };
            self.row = self.follows[place as usize];
            self.vacant.push(place);
            (self.waiting[place as usize].take().expect("every place in the heap is filled"), time)
        } else {
            let next = self.at_once.pop_front()?;
            // A round of a million workers has passed: its votes are what memory is needed for now.
            if self.at_once.is_empty() {
                self.at_once.shrink_to(KEPT_IN_MEMORY);
            }
            (next, self.instant)
        };
        self.instant = time;
        Some((time, to, what))
    }

    /// The next event, if it is an ordinary one of the running instant and happens to this actor.
    fn pop_also(&mut self, node: Node) -> Option<Event> {
        let next = match self.ordinary_now() {
            Some(place) => self.waiting[place as usize].as_ref(),
            None => self.at_once.front(),
        };
        if !matches!(next, Some((to, What::Event(_))) if *to == node) {
            return None;
        }
        match self.pop_one() {
            Some((_, _, What::Event(event))) => Some(event),
            _ => unreachable!("the next entry was looked at"),
        }
    }

    /// The computations that the pool may still be working on, to be replaced by what comes of them.
    pub(crate) fn pending(&mut self) -> impl Iterator<Item = &mut What> {
        let waiting = self.waiting.iter_mut().flatten().chain(&mut self.at_once);
        waiting.map(|(_, what)| what).filter(|what| matches!(what, What::Pending(_)))
    }

    fn len(&self) -> usize {
        self.left.len() + self.waiting.len() - self.vacant.len() + self.at_once.len()
    }

    /// The most entries that were there at one time.
    pub(crate) const fn peak(&self) -> u64 {
        self.peak as u64
    }

    /// Votes that are still on their way, or wait to be sent again.
    pub(crate) fn votes(&self) -> u64 {
        let is_vote = |what: &What| match what {
            What::Event(event) => event.is_vote(),
            What::Resend(lost) => matches!(lost.message, Message::Vote { .. }),
            What::AtPort(there) => matches!(there.message, Message::Vote { .. }),
            What::Pending(_) | What::Computed(_) => false,
        };
        let waiting = self.waiting.iter().flatten().chain(&self.at_once);
        let left = self.left.iter().filter(|event| event.is_vote());
        (left.count() + waiting.filter(|(_, what)| is_vote(what)).count()) as u64
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
                let entry = queue.pop(1, &mut VecDeque::new()).unwrap();
                prop_assert_eq!((entry.time, entry.to), (SimTime::from_nanos(expected.0), worker(expected.2)));
                for (after, turn) in asked.next().unwrap_or_default() {
                    ask(&mut queue, &mut plain, expected.0 + after, turn);
                }
            }
            prop_assert!(queue.pop(1, &mut VecDeque::new()).is_none());
            prop_assert_eq!(queue.peak(), peak as u64);
        }
    }

    #[test]
    fn what_happens_to_the_server_at_once_is_given_out_together() {
        let mut queue = Queue::default();
        let (server, other) = (Node::Server, Node::Adversary);
        for (time, to) in [(1, server), (1, server), (1, other), (1, server), (2, worker(0)), (2, worker(0))]
        {
            queue.push(SimTime::from_nanos(time), to, of(0));
        }
        let next = |queue: &mut Queue, most| {
            let mut events = VecDeque::new();
            let Entry { time, to, .. } = queue.pop(most, &mut events).unwrap();
            (time.as_nanos(), to, events)
        };
        let counted = |queue: &mut Queue| {
            let (time, to, events) = next(queue, 9);
            (time, to, events.len())
        };
        let (time, to, mut events) = next(&mut queue, 9);
        assert_eq!((time, to, events.len()), (1, server, 2), "another actor comes first");
        // What is left for later comes first, and counts as waiting.
        events.pop_front();
        queue.give_back(server, &mut events);
        assert_eq!(queue.len(), 5);
        assert_eq!(counted(&mut queue), (1, server, 1));
        assert_eq!(counted(&mut queue), (1, other, 1));
        queue.push(SimTime::from_nanos(1), server, of(2));
        queue.push(SimTime::from_nanos(1), server, of(0));
        queue.push(SimTime::from_nanos(1), server, of(0));
        assert_eq!(next(&mut queue, 2).2.len(), 2, "so many at most");
        assert_eq!(counted(&mut queue), (1, server, 1), "ordinary events before a deadline");
        queue.push(SimTime::from_nanos(1), server, of(0));
        assert_eq!(counted(&mut queue), (1, server, 1), "a deadline waits for what they ask for");
        let (_, _, events) = next(&mut queue, 9);
        assert!(matches!(events[0], Event::Woken(Alarm::Deadline(_))) && events.len() == 1);
        assert_eq!(counted(&mut queue), (2, worker(0), 1), "a worker is told one by one");
    }
}
