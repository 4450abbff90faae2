//! The one mind behind all corrupted workers: it is shown what they would have voted and says what they vote.

use crate::attack::{Attack, Scene};
use crate::protocol::{Behaviour, Event, Message, Node, Outbox};
use crate::random::{Purpose, Streams};
use crate::time::SimTime;

/// The adversary with its strategy.
pub struct Adversary {
    attack: Box<dyn Attack>,
    streams: Streams,
}

impl Adversary {
    /// An adversary that has not acted yet.
    #[must_use]
    pub fn new(attack: Box<dyn Attack>, streams: Streams) -> Self {
        Self { attack, streams }
    }
}

impl Behaviour for Adversary {
    fn handle(&mut self, event: Event, _now: SimTime, out: &mut Outbox) {
        let Event::Arrived(Message::Consult { round, worker, vote }) = event else {
            unreachable!("only corrupted workers talk to the adversary");
        };
        let stream = self.streams.stream(Purpose::Attack, u64::from(worker.0), round);
        let scene = Scene { round, worker, own_vote: &vote, stream };
        let orders = self.attack.vote(scene);
        out.send(Node::Worker(worker), Message::Orders { round, vote: orders });
    }
}
