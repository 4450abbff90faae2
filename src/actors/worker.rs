//! A worker: hears that a round begins, computes a gradient, votes with what its quantiser makes of it.
//!
//! A corrupted worker is the same worker, except that it asks the adversary before it speaks. Its momentum and what its
//! votes left unsaid go on as if it had sent what it computed: whatever is cast in its name, it computes as an honest one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::context::RunContext;
use super::corruption::Corruption;
use super::partitions::Partitions;
use super::worker_plan::WorkerPlan;
use crate::error::Result;
use crate::protocol::{
    Act, Alarm, Behaviour, BoxedMemory, ComputationResult, Consult, Event, Message, Node, Outbox, Parameters,
    SharedVector, WorkerId,
};
use crate::random::Purpose;
use crate::state::Resumable;
use crate::time::{Round, SimTime};
use crate::vote::Vote;

/// What all workers of a run share.
pub struct WorkerSettings {
    /// What each of them computes in a round, and how long that takes.
    pub plan: Arc<WorkerPlan>,
    /// The run that they are part of.
    pub context: Arc<RunContext>,
    /// The partitions of the round's batch that each worker computes; its own alone when absent.
    pub partitions: Option<Vec<Partitions>>,
    /// Whether the adversary listens to honest votes.
    pub overheard: bool,
    /// Whether the adversary is shown what is quantised: by its own workers, and where it listens by honest ones too.
    pub gradients: bool,
}

impl WorkerSettings {
    /// The partitions that a worker computes in a round.
    fn partitions(&self, worker: WorkerId) -> Partitions {
        self.partitions.as_ref().map_or(Partitions::Own(worker), |rows| rows[worker.index()].clone())
    }
}

/// One worker, honest or corrupted.
pub struct Worker {
    id: WorkerId,
    shared: Arc<WorkerSettings>,
    state: WorkerState,
}

/// What a worker has become.
#[derive(Default, Serialize, Deserialize)]
struct WorkerState {
    /// What it keeps between gradients; lost when it leaves in the middle of one.
    memory: BoxedMemory,
    /// The newest round it has heard of.
    heard: Option<Round>,
    /// The round it computes for.
    busy: Option<Round>,
    /// The newest round that began while it was busy; older ones are skipped.
    next: Option<Next>,
    /// What it keeps for its adversary, once there is anything: most workers have none.
    corruption: Option<Box<Corruption>>,
}

/// A round that has begun and waits for the worker.
#[derive(Serialize, Deserialize)]
struct Next {
    round: Round,
    #[serde(with = "crate::state::shared")]
    parameters: Parameters,
}

impl Worker {
    /// A worker that waits for its first round.
    #[must_use]
    pub fn new(id: WorkerId, shared: Arc<WorkerSettings>) -> Self {
        Self { id, shared, state: WorkerState::default() }
    }

    fn corrupted(&self) -> bool {
        self.id.0 < self.shared.context.population.adversaries
    }

    fn corruption(&mut self) -> &mut Corruption {
        self.state.corruption.get_or_insert_default()
    }

    fn begin(&mut self, round: Round, parameters: &Parameters, out: &mut Outbox) {
        self.state.busy = Some(round);
        let RunContext { streams, task, .. } = &*self.shared.context;
        let stream = || streams.stream(Purpose::ComputeTime, u64::from(self.id.0), round);
        let partitions = self.shared.partitions(self.id);
        let takes = self.shared.plan.takes(self.id, &partitions, stream);
        let shown = self.shows_gradient(round) || self.shows_adversary();
        let memory = std::mem::take(&mut self.state.memory);
        out.compute(takes, task.work(*streams, self.id, partitions, round, parameters, memory, shown));
    }

    fn shows_gradient(&self, round: Round) -> bool {
        let every = self.shared.context.watch.reference_signs.gradient_every();
        !self.corrupted() && every.is_some_and(|every| round.0.is_multiple_of(every))
    }

    fn shows_adversary(&self) -> bool {
        self.shared.gradients && (self.corrupted() || self.shared.overheard)
    }

    fn computed(
        &mut self,
        vote: Arc<Vote>,
        (gradient, vector): (SharedVector, SharedVector),
        out: &mut Outbox,
    ) {
        let round = self.state.busy.take().expect("only a busy worker finishes a computation");
        let worker = self.id;
        let vector = vector.filter(|_| self.shows_adversary());
        if self.corrupted() {
            let news = self.corruption().news.before(round);
            let consult = Box::new(Consult { worker, vote, vector, news });
            out.send(Node::Adversary, Message::Consult { round, consult });
        } else {
            if self.shared.overheard {
                let message = Message::Overheard { round, worker, vote: Arc::clone(&vote), vector };
                out.send(Node::Adversary, message);
            }
            let gradient = gradient.filter(|_| self.shows_gradient(round));
            out.send(Node::Server, Message::Vote { round, worker, vote, gradient });
        }
        if let Some(Next { round, parameters }) = self.state.next.take() {
            self.begin(round, &parameters, out);
        }
    }

    fn obey(&mut self, round: Round, act: Act, out: &mut Outbox) {
        let Some(vote) = act.vote.map(Arc::new) else { return };
        if act.after.is_zero() {
            self.cast(round, &vote, act.copies, out);
        } else {
            self.corruption().unsaid.push((round, vote, act.copies));
            out.wake(act.after, Alarm::Speak(round));
        }
    }

    fn cast(&self, round: Round, vote: &Arc<Vote>, copies: u32, out: &mut Outbox) {
        for _ in 0..copies {
            let vote = Arc::clone(vote);
            out.send(Node::Server, Message::Vote { round, worker: self.id, vote, gradient: None });
        }
    }
}

impl Behaviour for Worker {
    fn save(&mut self, to: &mut Vec<u8>) {
        self.state.write(to);
    }

    fn restore(&mut self, from: &mut &[u8]) -> Result<()> {
        self.state.read(from)
    }

    fn handle(&mut self, event: Event, _now: SimTime, out: &mut Outbox) {
        match event {
            Event::Arrived(Message::Begin { round, parameters, update }) => {
                // A message that was overtaken by a newer one says nothing new.
                if self.state.heard.is_some_and(|newest| newest >= round) {
                    return;
                }
                self.state.heard = Some(round);
                if self.corrupted() {
                    self.corruption().news.hear(round, update);
                }
                if self.state.busy.is_some() {
                    self.state.next = Some(Next { round, parameters });
                } else {
                    self.begin(round, &parameters, out);
                }
            }
            Event::Computed(ComputationResult::Vote { vote, memory, gradient, vector }) => {
                self.state.memory = memory;
                self.computed(vote, (gradient, vector), out);
            }
            Event::Interrupted => {
                self.state.busy = None;
                self.state.next = None;
                self.state.memory = None;
            }
            Event::Arrived(Message::Orders { round, act }) => self.obey(round, *act, out),
            Event::Woken(Alarm::Speak(round)) => {
                let (vote, copies) = self.corruption().said(round);
                self.cast(round, &vote, copies, out);
            }
            Event::Start
            | Event::Woken(_)
            | Event::Computed(ComputationResult::GradientSum(_))
            | Event::Arrived(Message::Vote { .. } | Message::Consult { .. } | Message::Overheard { .. }) => {
                unreachable!("nobody tells a worker this")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::actors::{Channel, Local, Measured, Task};
    use crate::data::Batches;
    use crate::protocol::{Action, Update, WorkerMemory};
    use crate::quantize::{Momentum, QuantizerSpec};
    use crate::random::Streams;
    use crate::sign::SignVector;
    use crate::sim::Law;
    use crate::units::{PerWorker, Population, Positive, Span};
    use crate::vote::Step;

    fn worker(adversaries: u32, overheard: bool) -> Worker {
        let context = RunContext {
            population: Population { workers: 5, adversaries },
            rounds: 10,
            asked: 5,
            streams: Streams::new(1),
            task: Arc::new(Task::Channel(Channel { coordinates: 8, crossover: 0.0 })),
            watch: Measured { evaluate_every: 1, estimates_every: 1, ..Measured::default() },
        };
        let plan = WorkerPlan {
            batch: PerWorker::Same(1),
            batches: Batches::Fresh,
            compute_time: Law::ZERO,
            time_per_sample: Span::ZERO,
            speed: PerWorker::Same(Positive::try_from(1.0).unwrap()),
            local: Local::default(),
            quantizer: QuantizerSpec::Dense {},
            momentum: Momentum::NONE,
            own_model: None,
        };
        let (plan, context) = (Arc::new(plan), Arc::new(context));
        let shared = WorkerSettings { plan, context, partitions: None, overheard, gradients: false };
        Worker::new(WorkerId(3), Arc::new(shared))
    }

    fn begin(round: u32) -> Event {
        let update = Update::Steps(Arc::new([]));
        Event::Arrived(Message::Begin { round: Round(round), update, parameters: None })
    }

    fn actions(worker: &mut Worker, event: Event) -> Vec<Action> {
        let mut out = Outbox::default();
        worker.handle(event, SimTime::ZERO, &mut out);
        std::iter::from_fn(|| out.take()).collect()
    }

    fn vote() -> Vote {
        Vote::Signs(SignVector::from_signs(&[1; 8]))
    }

    fn computed() -> Event {
        Event::Computed(ComputationResult::Vote {
            vote: Arc::new(vote()),
            memory: None,
            gradient: None,
            vector: None,
        })
    }

    #[test]
    fn an_honest_worker_votes_and_a_corrupted_one_asks_first() {
        for (adversaries, receiver) in [(3, Node::Server), (4, Node::Adversary)] {
            let mut w = worker(adversaries, false);
            assert!(matches!(actions(&mut w, begin(0))[..], [Action::Compute { .. }]));
            let said = actions(&mut w, computed());
            assert!(matches!(said[..], [Action::Send { to, .. }] if to == receiver));
        }
    }

    #[test]
    fn who_is_listened_to_is_heard_before_the_vote_travels() {
        let mut w = worker(0, true);
        actions(&mut w, begin(0));
        let said = actions(&mut w, computed());
        assert!(matches!(
            said[..],
            [Action::Send { to: Node::Adversary, .. }, Action::Send { to: Node::Server, .. }]
        ));
    }

    #[test]
    fn orders_are_obeyed_at_once_later_twice_or_by_silence() {
        let order = |act| Event::Arrived(Message::Orders { round: Round(0), act: Box::new(act) });
        let mut w = worker(4, false);
        assert!(actions(&mut w, order(Act::silent())).is_empty());
        assert_eq!(actions(&mut w, order(Act { copies: 2, ..Act::cast(vote()) })).len(), 2);
        let later = Act { after: Duration::from_secs(1), ..Act::cast(vote()) };
        assert!(matches!(actions(&mut w, order(later))[..], [Action::Wake { .. }]));
        let said = actions(&mut w, Event::Woken(Alarm::Speak(Round(0))));
        assert!(matches!(said[..], [Action::Send { to: Node::Server, .. }]));
    }

    #[test]
    fn orders_leave_no_trace_in_what_a_worker_remembers() {
        let kept = || Some(Box::new(WorkerMemory { momentum: vec![0.5; 8], ..WorkerMemory::default() }));
        let mut w = worker(4, false);
        actions(&mut w, begin(0));
        let (vote_, gradient, vector) = (Arc::new(vote()), None, None);
        let result = ComputationResult::Vote { vote: vote_, memory: kept(), gradient, vector };
        actions(&mut w, Event::Computed(result));
        let act = Box::new(Act::cast(vote().inverted()));
        actions(&mut w, Event::Arrived(Message::Orders { round: Round(0), act }));
        assert_eq!(w.state.memory, kept());
    }

    #[test]
    fn a_busy_worker_finishes_and_skips_to_the_newest_round() {
        let mut w = worker(0, false);
        actions(&mut w, begin(0));
        assert!(actions(&mut w, begin(1)).is_empty());
        assert!(actions(&mut w, begin(2)).is_empty());
        let said = actions(&mut w, computed());
        assert!(matches!(
            &said[..],
            [Action::Send { message: Message::Vote { round: Round(0), .. }, .. }, Action::Compute { .. }]
        ));
        assert_eq!(w.state.busy, Some(Round(2)));
    }

    #[test]
    fn every_step_is_told_once_and_with_the_round_that_it_came_before() {
        let step = |round: u32| Arc::new(Step::Dense(vec![round as f32]));
        let opening = |round: u32, news: Option<std::ops::Range<u32>>| {
            let update = news.map_or(Update::Full, |news| Update::Steps(news.map(step).collect()));
            Event::Arrived(Message::Begin { round: Round(round), update, parameters: None })
        };
        let mut w = worker(4, false);
        let told = |w: &mut Worker| {
            let said = actions(w, computed());
            let Action::Send { message: Message::Consult { round, consult }, .. } = &said[0] else {
                panic!("a corrupted worker asks first");
            };
            let number = |step: &Arc<Step>| match &**step {
                Step::Dense(values) => values[0] as u32,
                Step::Signs(_) | Step::Nothing(_) => unreachable!("numbers stand for rounds here"),
            };
            (round.0, consult.news.iter().map(number).collect::<Vec<_>>())
        };
        // While it computes for round 2, it hears of 3 and 4, of the latter with old and new steps or with new ones alone.
        for since in [1, 3] {
            let mut w = worker(4, false);
            actions(&mut w, opening(2, Some(0..2)));
            actions(&mut w, opening(3, Some(0..3)));
            actions(&mut w, opening(4, Some(since..4)));
            assert_eq!(told(&mut w), (2, vec![0, 1]));
            assert_eq!(told(&mut w), (4, vec![2, 3]));
        }
        // A whole model says nothing of the steps before it; what comes after it has no gap.
        actions(&mut w, opening(2, Some(0..2)));
        actions(&mut w, opening(5, None));
        assert_eq!(told(&mut w), (2, vec![0, 1]));
        assert_eq!(told(&mut w), (5, vec![]));
        actions(&mut w, opening(6, Some(5..6)));
        actions(&mut w, opening(9, None));
        actions(&mut w, opening(11, Some(9..11)));
        assert_eq!(told(&mut w), (6, vec![5]));
        assert_eq!(told(&mut w), (11, vec![9, 10]));
    }

    #[test]
    fn an_overtaken_message_is_ignored() {
        let mut w = worker(0, false);
        actions(&mut w, begin(5));
        actions(&mut w, computed());
        assert!(actions(&mut w, begin(4)).is_empty());
    }
}
