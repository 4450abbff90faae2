//! The server: opens a round, collects votes, closes the round by its rule, decodes, steps.

mod ballot_box;
mod history;
mod rules;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::task::SharedTask;
use super::yardstick::{Gauge, Yardstick};
use crate::aggregate::{Aggregator, Ballot};
use crate::protocol::{
    Alarm, Behaviour, Cast, Closed, Delivered, Event, Message, Node, Note, Outbox, Parameters, Product,
    WorkerId,
};
use crate::random::{Coins, Purpose, Streams};
use crate::time::{Round, SimTime};
use crate::units::Span;
use crate::vote::Step;
use ballot_box::{BallotBox, Verdict};
use history::History;

pub(super) use history::KEPT;

pub use rules::{Acknowledge, Close, Late, Participants, drawn};

/// What a server is told before the first round.
pub struct ServerPlan {
    pub workers: u32,
    pub rounds: u32,
    /// The model is measured every so many steps, before the first and after the last.
    pub evaluate_every: u32,
    /// The server's opinions of the workers are recorded every so many steps, after the first and after the last.
    pub opinions_every: u32,
    /// What decisions are compared with, and how often.
    pub yardstick: Yardstick,
    pub learning_rate: f32,
    /// Workers that are asked in a round.
    pub asked: u32,
    /// Votes that close a round.
    pub quorum: u32,
    pub deadline: Option<Span>,
    /// Whether workers go on by themselves, each with the newest model.
    pub buffer: bool,
    pub late: Late,
    pub acknowledge: Acknowledge,
    /// Where the engine notes what it has delivered.
    pub delivered: Delivered,
    pub task: SharedTask,
    pub aggregator: Box<dyn Aggregator>,
    pub streams: Streams,
}

/// The server in the middle of a run.
pub struct Server {
    plan: ServerPlan,
    round: Round,
    parameters: Parameters,
    ballots: BallotBox,
    history: History,
    gauge: Gauge,
    /// Workers that were asked for this round, or in a buffer wait for the next model.
    asked: BTreeSet<WorkerId>,
}

impl Server {
    /// A server before its first round.
    #[must_use]
    pub fn new(plan: ServerPlan) -> Self {
        Self {
            round: Round::FIRST,
            parameters: plan.task.initial(plan.streams),
            ballots: BallotBox::new(plan.late.clone()),
            history: History::new(
                plan.workers,
                plan.task.coordinates(),
                plan.acknowledge,
                plan.delivered.clone(),
            ),
            gauge: Gauge::default(),
            asked: (0..plan.workers).map(WorkerId).collect(),
            plan,
        }
    }

    /// Tells everyone who is asked that the round begins.
    fn open(&mut self, out: &mut Outbox) {
        if self.plan.asked < self.plan.workers {
            self.asked = drawn(self.plan.streams, self.round, self.plan.workers, self.plan.asked).collect();
        }
        for worker in &self.asked {
            self.begin(*worker, out);
        }
        if self.plan.buffer {
            self.asked.clear();
        }
        self.gauge.clear();
        if self.plan.yardstick.reads_all_data(self.round) {
            for part in self.plan.task.full_gradient(&self.parameters) {
                out.compute(Duration::ZERO, part);
            }
        }
        if let Some(span) = self.plan.deadline {
            out.wake(span.get(), Alarm::Deadline(self.round));
        }
    }

    fn begin(&self, worker: WorkerId, out: &mut Outbox) {
        let (round, parameters) = (self.round, self.parameters.clone());
        let update = self.history.update_for(worker, round);
        out.send(Node::Worker(worker), Message::Begin { round, update, parameters });
    }

    fn receive(&mut self, message: Message, out: &mut Outbox) {
        let Message::Vote { round, worker, vote, witness } = &message else {
            unreachable!("the server is told votes");
        };
        let (round, worker) = (*round, *worker);
        self.history.has_voted(worker, round);
        match self.ballots.judge(self.round, round, worker) {
            Verdict::Counts { age, weight } => {
                let cast = Cast { worker, age, weight, vote: Arc::clone(vote) };
                if !(self.counts_at_once() && self.plan.aggregator.count(&cast)) {
                    self.ballots.keep(cast);
                }
            }
            Verdict::Late => return out.note(Note::Late { message }),
            Verdict::Refused => return out.note(Note::Refused { message }),
        }
        if let Some(gradient) = witness {
            self.gauge.add(Arc::clone(gradient));
        }
        if self.plan.buffer {
            // A worker computes each model once: who has voted on the newest waits for the next.
            if round < self.round {
                self.begin(worker, out);
            } else {
                self.asked.insert(worker);
            }
        }
        if self.ballots.votes() == self.plan.quorum {
            self.close(out);
        }
    }

    /// Whether nobody asks for the votes of this round again, and all of them weigh the same: then they need not be kept.
    fn counts_at_once(&self) -> bool {
        self.plan.late == Late::Drop {} && !self.plan.yardstick.measures(self.round)
    }

    /// Decodes the round, steps, and opens the next or stops.
    fn close(&mut self, out: &mut Outbox) {
        let round = self.round;
        let steps = round.next().0;
        let done = steps == self.plan.rounds;
        let watched = done || steps.is_multiple_of(self.plan.opinions_every) || round == Round::FIRST;
        let reference =
            self.plan.yardstick.reference(&mut self.gauge, &self.plan.task, self.plan.streams, round);
        let received = self.ballots.votes();
        let votes = self.ballots.empty(round);
        let ballot = Ballot {
            round,
            workers: self.plan.workers,
            votes: &votes,
            coins: Coins::new(self.plan.streams.stream(Purpose::TieCoin, 0, round)),
            watched,
            truth: reference.as_ref(),
        };
        let decision = self.plan.aggregator.decode(ballot);
        let step = Arc::new(decision.step);
        assert!(received > 0 || matches!(*step, Step::Nothing(_)), "no vote, no step");
        self.step(&step);
        let shown = reference.filter(|_| self.plan.yardstick.measures(round)).map(Arc::new);
        let votes = if shown.is_some() { votes } else { Vec::new() };
        let (asked, opinions) = (self.plan.asked, decision.opinions);
        let closed = Closed { round, asked, received, votes, decision: step, reference: shown, opinions };
        out.note(Note::Closed(closed));
        if done || steps.is_multiple_of(self.plan.evaluate_every) {
            self.measure(steps, out);
        }
        self.round = round.next();
        if done {
            out.note(Note::Final(self.parameters.clone()));
            out.stop();
        } else {
            self.open(out);
        }
    }

    fn step(&mut self, step: &Arc<Step>) {
        if let (Some(parameters), Step::Signs(_) | Step::Dense(_)) = (&self.parameters, &**step) {
            let mut next: Arc<[f32]> = Arc::from(&parameters[..]);
            let own = Arc::get_mut(&mut next).expect("nobody else knows the copy");
            step.apply(own, self.plan.learning_rate);
            self.parameters = Some(next);
        }
        self.history.push(Arc::clone(step));
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
            Event::Arrived(message @ Message::Vote { .. }) => self.receive(message, out),
            Event::Computed(Product::GradientSum(part)) => self.gauge.add(part.into()),
            Event::Woken(Alarm::Deadline(round)) => {
                if round == self.round {
                    self.close(out);
                }
            }
            Event::Computed(_) | Event::Interrupted | Event::Arrived(_) | Event::Woken(_) => {
                unreachable!("nobody tells the server this")
            }
        }
    }

    fn waits_for(&self) -> Option<String> {
        let asked = |worker: &WorkerId| if self.plan.buffer { true } else { self.asked.contains(worker) };
        let all = (0..self.plan.workers).map(WorkerId);
        let silent = all.filter(|w| asked(w) && !self.ballots.has(self.round, *w)).map(|w| w.0.to_string());
        let silent: Vec<String> = silent.collect();
        let shown = silent.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
        let more = if silent.len() > 12 { ", …" } else { "" };
        Some(format!(
            "the server has {} of the {} votes that close round {} and waits for workers {shown}{more}",
            self.ballots.votes(),
            self.plan.quorum,
            self.round
        ))
    }
}
