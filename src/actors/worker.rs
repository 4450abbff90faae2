//! A worker: hears that a round begins, computes a gradient, votes with its signs.
//!
//! A corrupted worker is the same worker, except that it asks the adversary before it speaks.

use std::sync::Arc;

use super::task::SharedTask;
use crate::protocol::{Behaviour, Event, Message, Node, Outbox, Parameters, WorkerId};
use crate::random::{Purpose, Streams};
use crate::sign::SignVector;
use crate::sim::Law;
use crate::time::{Round, SimTime};

/// One worker, honest or corrupted.
pub struct Worker {
    id: WorkerId,
    corrupted: bool,
    task: SharedTask,
    streams: Streams,
    compute_time: Law,
    /// The newest round it has heard of.
    heard: Option<Round>,
    /// The round it computes for.
    busy: Option<Round>,
    /// The newest round that began while it was busy; older ones are skipped.
    next: Option<(Round, Parameters)>,
}

impl Worker {
    /// A worker that waits for its first round.
    #[must_use]
    pub const fn new(
        id: WorkerId,
        corrupted: bool,
        task: SharedTask,
        streams: Streams,
        compute_time: Law,
    ) -> Self {
        Self { id, corrupted, task, streams, compute_time, heard: None, busy: None, next: None }
    }

    fn begin(&mut self, round: Round, parameters: &Parameters, out: &mut Outbox) {
        self.busy = Some(round);
        let mut stream = self.streams.stream(Purpose::ComputeTime, u64::from(self.id.0), round);
        let takes = self.compute_time.sample(&mut stream);
        out.compute(takes, self.task.work(self.streams, self.id, round, parameters));
    }

    fn cast(&self, round: Round, vote: SignVector, out: &mut Outbox) {
        let vote = Arc::new(vote);
        out.send(Node::Server, Message::Vote { round, worker: self.id, vote });
    }
}

impl Behaviour for Worker {
    fn handle(&mut self, event: Event, _now: SimTime, out: &mut Outbox) {
        match event {
            Event::Arrived(Message::Begin { round, parameters, .. }) => {
                // A message that was overtaken by a newer one says nothing new.
                if self.heard.is_some_and(|newest| newest >= round) {
                    return;
                }
                self.heard = Some(round);
                if self.busy.is_some() {
                    self.next = Some((round, parameters));
                } else {
                    self.begin(round, &parameters, out);
                }
            }
            Event::Computed(vote) => {
                let round = self.busy.take().expect("only a busy worker finishes a computation");
                if self.corrupted {
                    out.send(Node::Adversary, Message::Consult { round, worker: self.id, vote });
                } else {
                    self.cast(round, vote, out);
                }
                if let Some((round, parameters)) = self.next.take() {
                    self.begin(round, &parameters, out);
                }
            }
            Event::Arrived(Message::Orders { round, vote }) => self.cast(round, vote, out),
            Event::Start
            | Event::Woken(_)
            | Event::Arrived(Message::Vote { .. } | Message::Consult { .. }) => {
                unreachable!("nobody tells a worker this")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::{Channel, Task};
    use crate::protocol::{Action, Update};

    fn worker(corrupted: bool) -> Worker {
        let task = Arc::new(Task::Channel(Channel { coordinates: 8, crossover: 0.0 }));
        Worker::new(WorkerId(3), corrupted, task, Streams::new(1), Law::ZERO)
    }

    fn begin(round: u32) -> Event {
        let update = Update::Steps(Vec::new());
        Event::Arrived(Message::Begin { round: Round(round), update, parameters: None })
    }

    fn actions(worker: &mut Worker, event: Event) -> Vec<Action> {
        let mut out = Outbox::default();
        worker.handle(event, SimTime::ZERO, &mut out);
        out.into_actions()
    }

    fn vote() -> SignVector {
        SignVector::from_signs(&[1; 8])
    }

    #[test]
    fn an_honest_worker_votes_and_a_corrupted_one_asks_first() {
        for (corrupted, receiver) in [(false, Node::Server), (true, Node::Adversary)] {
            let mut w = worker(corrupted);
            assert!(matches!(actions(&mut w, begin(0))[..], [Action::Compute { .. }]));
            let said = actions(&mut w, Event::Computed(vote()));
            assert!(matches!(said[..], [Action::Send { to, .. }] if to == receiver));
        }
    }

    #[test]
    fn a_busy_worker_finishes_and_skips_to_the_newest_round() {
        let mut w = worker(false);
        actions(&mut w, begin(0));
        assert!(actions(&mut w, begin(1)).is_empty());
        assert!(actions(&mut w, begin(2)).is_empty());
        let said = actions(&mut w, Event::Computed(vote()));
        assert!(matches!(
            &said[..],
            [Action::Send { message: Message::Vote { round: Round(0), .. }, .. }, Action::Compute { .. }]
        ));
        assert_eq!(w.busy, Some(Round(2)));
    }

    #[test]
    fn an_overtaken_message_is_ignored() {
        let mut w = worker(false);
        actions(&mut w, begin(5));
        actions(&mut w, Event::Computed(vote()));
        assert!(actions(&mut w, begin(4)).is_empty());
    }
}
