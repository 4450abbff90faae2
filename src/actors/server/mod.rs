//! The server: opens a round, collects votes, closes the round by its rule, decodes, steps.

mod ballot_box;
mod history;
mod learning_rate;
mod own_vote;
mod plan;
mod rules;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::context::RunContext;
use super::reference_signs::GradientAccumulator;
use crate::aggregate::{Aggregator, Ballot, Electorate};
use crate::error::Result;
use crate::protocol::{
    Alarm, Behaviour, Closed, ComputationResult, CountedVote, Delivered, Event, Goal, Message, Node, Note,
    Outbox, Parameters, WorkerId,
};
use crate::random::{Coins, Purpose};
use crate::state::Resumable;
use crate::time::{Round, SimTime};
use crate::units::Population;
use crate::vote::Step;
use ballot_box::{Admission, BallotBox};
use history::{History, Told};
use own_vote::OwnVoteState;

pub(super) use history::KEPT;

pub use learning_rate::{LearningRate, SCHEDULES, Schedule};
pub use own_vote::{OwnVote, Trusted};
pub use plan::ServerPlan;
pub use rules::{Acknowledge, Close, LateVotes, Participants};

/// The server in the middle of a run.
pub struct Server {
    plan: ServerPlan,
    context: Arc<RunContext>,
    /// What the transport has delivered.
    delivered: Delivered,
    /// How it comes to a vote of its own, if it has one.
    own: Option<OwnVote>,
    /// The rule, with what it has learned.
    aggregator: Box<dyn Aggregator>,
    state: ServerState,
}

/// What a server has become.
#[derive(Serialize, Deserialize)]
struct ServerState {
    round: Round,
    #[serde(with = "crate::state::shared")]
    parameters: Parameters,
    ballots: BallotBox,
    history: History,
    accumulator: GradientAccumulator,
    /// Workers that were asked for this round, or in a buffer wait for the next model.
    asked: BTreeSet<WorkerId>,
    own_vote: OwnVoteState,
}

impl Server {
    /// A server before its first round, which votes itself where it has an `own` way to; in `delivered` the engine notes what
    /// has arrived.
    #[must_use]
    pub fn new(
        plan: ServerPlan,
        own: Option<OwnVote>,
        context: Arc<RunContext>,
        delivered: Delivered,
    ) -> Self {
        let RunContext { population: Population { workers, .. }, streams, task, .. } = &*context;
        let (workers, declared, layers) = (*workers, plan.declared, &task.layers());
        let trusted = own.is_some();
        let electorate = Electorate { workers, declared, trusted, layers, streams: *streams };
        let state = ServerState {
            round: Round::FIRST,
            parameters: task.initial(*streams),
            ballots: BallotBox::new(plan.late.clone()),
            history: History::new(workers, task.coordinates(), plan.acknowledge),
            accumulator: GradientAccumulator::default(),
            asked: (0..workers).map(WorkerId).collect(),
            own_vote: OwnVoteState::default(),
        };
        let aggregator = plan.aggregator.build(electorate, &plan.before);
        Self { plan, context, delivered, own, aggregator, state }
    }

    /// Tells everyone who is asked that the round begins.
    fn open(&mut self, out: &mut Outbox) {
        if self.context.samples() {
            self.state.asked = self.context.drawn(self.state.round).collect();
        }
        let mut told = Told::default();
        for worker in &self.state.asked {
            self.begin(*worker, &mut told, out);
        }
        if self.plan.close.is_buffer() {
            self.state.asked.clear();
        }
        self.state.accumulator.clear();
        if self.context.watch.reference_signs.reads_all_data(self.state.round) {
            for part in self.context.task.full_gradient(&self.state.parameters) {
                out.compute(Duration::ZERO, part);
            }
        }
        if let Some(own) = &self.own {
            let now = (self.state.round, &self.state.parameters);
            self.state.own_vote.begin(own, &self.context, now, out);
        }
        if let Some(span) = self.plan.close.deadline() {
            out.wake(span.get(), Alarm::Deadline(self.state.round));
        }
    }

    fn begin(&self, worker: WorkerId, told: &mut Told, out: &mut Outbox) {
        let (round, parameters) = (self.state.round, self.state.parameters.clone());
        let update = self.state.history.update_for(worker, round, &self.delivered, told);
        out.send(Node::Worker(worker), Message::Begin { round, update, parameters });
    }

    fn receive(&mut self, message: Message, out: &mut Outbox) {
        let Message::Vote { round, worker, vote, gradient } = &message else {
            unreachable!("the server is told votes");
        };
        let (round, worker) = (*round, *worker);
        self.state.history.has_voted(worker, round);
        match self.state.ballots.judge(self.state.round, round, worker) {
            Admission::Counts { age, weight } => {
                let cast = CountedVote { worker, age, weight, vote: Arc::clone(vote) };
                if !(self.counts_at_once() && self.aggregator.count(&cast)) {
                    self.state.ballots.keep(cast);
                }
            }
            Admission::Late => return out.note(Note::Late { message }),
            Admission::Refused => return out.note(Note::Refused { message }),
        }
        if let Some(gradient) = gradient {
            self.state.accumulator.add(Arc::clone(gradient));
        }
        if self.plan.close.is_buffer() {
            // A worker computes each model once: who has voted on the newest waits for the next.
            if round < self.state.round {
                self.begin(worker, &mut Told::default(), out);
            } else {
                self.state.asked.insert(worker);
            }
        }
        self.close_if_complete(out);
    }

    /// Closes the round when its votes are there, the server's own included.
    fn close_if_complete(&mut self, out: &mut Outbox) {
        let awaited = self.state.own_vote.is_awaited(self.state.round);
        if self.state.ballots.votes() >= self.plan.quorum && !awaited {
            self.close(out);
        }
    }

    /// Whether nobody asks for the votes of this round again, and all of them weigh the same: then they need not be kept.
    fn counts_at_once(&self) -> bool {
        self.plan.late == LateVotes::Drop {} && !self.context.watch.reference_signs.measures(self.state.round)
    }

    /// Decodes the round, steps, and opens the next or stops.
    fn close(&mut self, out: &mut Outbox) {
        let round = self.state.round;
        let steps = round.next().0;
        let done = steps == self.context.rounds;
        let watched =
            done || steps.is_multiple_of(self.context.watch.estimates_every) || round == Round::FIRST;
        let reference = self.context.watch.reference_signs.reference(
            &mut self.state.accumulator,
            &self.context.task,
            self.context.streams,
            (round, &self.state.parameters),
        );
        let received = self.state.ballots.votes();
        let votes = self.state.ballots.empty(round);
        let ballot = Ballot {
            round,
            workers: self.context.population.workers,
            votes: &votes,
            coins: Coins::new(self.context.streams.stream(Purpose::TieCoin, 0, round)),
            watched,
            truth: reference.as_ref(),
            trusted: self.state.own_vote.signs(),
            helpers: out.helpers(),
        };
        let decision = self.aggregator.decode(ballot);
        let step = Arc::new(decision.step);
        assert!(received > 0 || matches!(*step, Step::Nothing(_)), "no vote, no step");
        self.step(&step);
        let shown = reference.filter(|_| self.context.watch.reference_signs.measures(round)).map(Arc::new);
        let votes = if shown.is_some() { votes } else { Vec::new() };
        let (asked, estimates) = (self.context.asked, decision.estimates);
        let closed = Closed { round, asked, received, votes, decision: step, reference: shown, estimates };
        out.note(Note::Closed(Box::new(closed)));
        if done || steps.is_multiple_of(self.context.watch.evaluate_every) {
            self.measure(steps, out);
        }
        self.state.round = round.next();
        if done {
            out.note(Note::Final(self.state.parameters.clone()));
            out.stop();
        } else {
            self.open(out);
        }
    }

    fn step(&mut self, step: &Arc<Step>) {
        if let (Some(parameters), Step::Signs(_) | Step::Dense(_)) = (&self.state.parameters, &**step) {
            let mut next: Arc<[f32]> = Arc::from(&parameters[..]);
            let own = Arc::get_mut(&mut next).expect("nobody else knows the copy");
            self.plan.take(step, self.state.round, own);
            self.state.parameters = Some(next);
        }
        self.state.history.push(Arc::clone(step));
    }

    fn measure(&self, steps: u32, out: &mut Outbox) {
        let parts = self.context.task.measurement(&self.state.parameters, self.context.watch.extras);
        if !parts.is_empty() {
            let goal = Goal { rule: self.plan.stop, parameters: self.state.parameters.clone() };
            out.measure(steps, parts, (!goal.rule.is_never()).then(|| Box::new(goal)));
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
            Event::Computed(ComputationResult::GradientSum(part)) => self.state.accumulator.add(part.into()),
            Event::Woken(Alarm::Deadline(round)) => {
                if round == self.state.round {
                    self.close(out);
                }
            }
            Event::Computed(result @ ComputationResult::Vote { .. }) => {
                self.state.own_vote.computed(result, self.state.round);
                self.close_if_complete(out);
            }
            Event::Interrupted | Event::Arrived(_) | Event::Woken(_) => {
                unreachable!("nobody tells the server this")
            }
        }
    }

    fn save(&mut self, to: &mut Vec<u8>) {
        self.state.write(to);
        self.aggregator.memory().into_iter().for_each(|memory| memory.write(to));
    }

    fn restore(&mut self, from: &mut &[u8]) -> Result<()> {
        self.state.read(from)?;
        self.aggregator.memory().map_or(Ok(()), |memory| memory.read(from))
    }

    fn cannot_be_saved(&mut self) -> Option<String> {
        self.aggregator.lost_memory()
    }

    fn waits_for(&self) -> Option<String> {
        let asked = |worker: &WorkerId| {
            if self.plan.close.is_buffer() { true } else { self.state.asked.contains(worker) }
        };
        let all = (0..self.context.population.workers).map(WorkerId);
        let silent = all
            .filter(|w| asked(w) && !self.state.ballots.has(self.state.round, *w))
            .map(|w| w.0.to_string());
        let silent: Vec<String> = silent.collect();
        let shown = silent.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
        let more = if silent.len() > 12 { ", …" } else { "" };
        let own = if self.state.own_vote.is_awaited(self.state.round) { " and for its own vote" } else { "" };
        Some(format!(
            "the server has {} of the {} votes that close round {} and waits for workers {shown}{more}{own}",
            self.state.ballots.votes(),
            self.plan.quorum,
            self.state.round
        ))
    }
}
