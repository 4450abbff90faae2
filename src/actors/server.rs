//! The server: opens a round, collects votes, closes the round by its rule, decodes, steps.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::task::SharedTask;
use crate::aggregate::{Aggregator, Ballot};
use crate::protocol::{Alarm, Behaviour, Event, Message, Node, Note, Outbox, Parameters, Update, WorkerId};
use crate::random::{Coins, Purpose, Streams};
use crate::sign::SignVector;
use crate::time::{Round, SimTime};
use crate::units::{Count, Span};
use crate::wire::{full_len, steps_len};

/// When a round is over. A vote that comes later is dropped and booked as late.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Close {
    /// When every worker has voted.
    All {},
    /// When this many have voted.
    Quorum(Count),
    /// This long after it began, or when every worker has voted.
    Deadline(Span),
    /// Whichever comes first.
    QuorumOrDeadline { quorum: Count, deadline: Span },
}

impl Close {
    /// How many votes close a round early, out of M workers.
    ///
    /// # Errors
    /// When the quorum's expression has no value for this M.
    pub fn quorum(&self, workers: u32) -> Result<u32, String> {
        match self {
            Self::All {} | Self::Deadline(_) => Ok(workers),
            Self::Quorum(count) | Self::QuorumOrDeadline { quorum: count, .. } => count.evaluate(workers),
        }
    }

    /// How long a round lasts at most.
    #[must_use]
    pub const fn deadline(&self) -> Option<Span> {
        match self {
            Self::All {} | Self::Quorum(_) => None,
            Self::Deadline(span) | Self::QuorumOrDeadline { deadline: span, .. } => Some(*span),
        }
    }
}

/// What a server is told before the first round.
pub struct ServerPlan {
    pub workers: u32,
    pub rounds: u32,
    /// The model is measured, and the workers' weights are recorded, every so many steps, before the first and
    /// after the last.
    pub evaluate_every: u32,
    pub learning_rate: f32,
    /// Votes that close a round.
    pub quorum: u32,
    pub deadline: Option<Span>,
    pub task: SharedTask,
    pub aggregator: Box<dyn Aggregator>,
    pub streams: Streams,
}

/// The server in the middle of a run.
pub struct Server {
    plan: ServerPlan,
    coordinates: usize,
    round: Round,
    parameters: Parameters,
    /// The votes of the running round.
    votes: Vec<Option<Arc<SignVector>>>,
    received: u32,
    /// For each worker, the last round it has voted for: proof that it held that round's model.
    proven: Vec<Round>,
    /// The latest steps, newest last, as many as can be shorter than a full model.
    steps: VecDeque<Arc<SignVector>>,
}

impl Server {
    /// A server before its first round.
    #[must_use]
    pub fn new(plan: ServerPlan) -> Self {
        let workers = plan.workers as usize;
        Self {
            coordinates: plan.task.layers().last().map_or(0, |l| l.end),
            round: Round::FIRST,
            parameters: plan.task.initial(plan.streams),
            votes: vec![None; workers],
            received: 0,
            proven: vec![Round::FIRST; workers],
            steps: VecDeque::new(),
            plan,
        }
    }

    /// Tells everyone that the round begins.
    fn open(&mut self, out: &mut Outbox) {
        self.votes.fill(None);
        self.received = 0;
        for m in 0..self.plan.workers {
            let worker = WorkerId(m);
            let (round, update, parameters) = (self.round, self.update_for(worker), self.parameters.clone());
            out.send(Node::Worker(worker), Message::Begin { round, update, parameters });
        }
        if let Some(span) = self.plan.deadline {
            out.wake(span.get(), Alarm::Deadline(self.round));
        }
    }

    /// What a worker's model may lack: the steps since the last round it is known to have held, or everything,
    /// whichever is shorter.
    fn update_for(&self, worker: WorkerId) -> Update {
        let behind = (self.round.0 - self.proven[worker.index()].0) as usize;
        if behind > self.steps.len() {
            return Update::Full;
        }
        let steps: Vec<_> = self.steps.iter().skip(self.steps.len() - behind).cloned().collect();
        if steps_len(&steps) > full_len(self.coordinates) { Update::Full } else { Update::Steps(steps) }
    }

    fn receive(&mut self, round: Round, worker: WorkerId, vote: Arc<SignVector>, out: &mut Outbox) {
        let proven = &mut self.proven[worker.index()];
        *proven = round.max(*proven);
        if round != self.round {
            out.note(Note::Late { message: Message::Vote { round, worker, vote } });
            return;
        }
        let earlier = self.votes[worker.index()].replace(vote);
        assert!(earlier.is_none(), "a worker votes once a round");
        self.received += 1;
        if self.received == self.plan.quorum {
            self.close(out);
        }
    }

    /// Decodes the round, steps, and opens the next or stops.
    fn close(&mut self, out: &mut Outbox) {
        let steps = self.round.next().0;
        let done = steps == self.plan.rounds;
        let watched = done || steps.is_multiple_of(self.plan.evaluate_every) || self.round == Round::FIRST;
        let coins = Coins::new(self.plan.streams.stream(Purpose::TieCoin, 0, self.round));
        let ballot = Ballot { round: self.round, votes: &self.votes, coins, watched };
        let decision = self.plan.aggregator.decode(ballot);
        let signs = Arc::new(decision.signs);
        self.step(&signs);
        let (round, received, opinions) = (self.round, self.received, decision.opinions);
        out.note(Note::Closed { round, received, decision: signs, opinions });
        if done || steps.is_multiple_of(self.plan.evaluate_every) {
            self.measure(steps, out);
        }
        self.round = self.round.next();
        if done {
            out.note(Note::Final(self.parameters.clone()));
            out.stop();
        } else {
            self.open(out);
        }
    }

    fn step(&mut self, signs: &Arc<SignVector>) {
        if let Some(parameters) = &self.parameters {
            let mut next = parameters.to_vec();
            signs.step(&mut next, self.plan.learning_rate);
            self.parameters = Some(next.into());
        }
        self.steps.push_back(Arc::clone(signs));
        // One bit against thirty-two: more steps than this are never shorter than all parameters.
        if self.steps.len() > 32 {
            self.steps.pop_front();
        }
    }

    fn measure(&self, steps: u32, out: &mut Outbox) {
        let parts = self.plan.task.measurement(&self.parameters);
        if !parts.is_empty() {
            out.measure(steps, parts);
        }
    }
}

impl Behaviour for Server {
    fn handle(&mut self, event: Event, _now: SimTime, out: &mut Outbox) {
        match event {
            Event::Start => {
                self.measure(0, out);
                self.open(out);
            }
            Event::Arrived(Message::Vote { round, worker, vote }) => self.receive(round, worker, vote, out),
            Event::Woken(Alarm::Deadline(round)) => {
                if round == self.round {
                    self.close(out);
                }
            }
            Event::Computed(_) | Event::Arrived(_) => unreachable!("nobody tells the server this"),
        }
    }

    fn waits_for(&self) -> Option<String> {
        let silent: Vec<String> =
            self.votes.iter().enumerate().filter(|(_, v)| v.is_none()).map(|(m, _)| m.to_string()).collect();
        let shown = silent.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
        let more = if silent.len() > 12 { ", …" } else { "" };
        Some(format!(
            "the server has {} of the {} votes that close round {} and waits for workers {shown}{more}",
            self.received, self.plan.quorum, self.round
        ))
    }
}
