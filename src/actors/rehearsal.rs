//! The adversary's copy of the server's rule, on which it tries what votes would do.
//!
//! Whoever knows the rule and hears every vote can compute every decision, and with a copy that learns from the same rounds,
//! every weight. The copy is shown what the adversary knows: the honest votes that it has overheard, and those of its own that
//! it makes up. For the server's own vote, and for the truth of an oracle, which it does not know, it takes the signs of the honest mean.
//! What came too late or got lost on the way it does not know either, nor what corrupted workers with another attack do.

use std::ops::Range;
use std::sync::Arc;

use super::context::RunContext;
use super::server::ServerPlan;
use crate::aggregate::{Aggregator, Ballot, Electorate};
use crate::helpers::Helpers;
use crate::protocol::{CountedVote, WorkerId};
use crate::random::{Coins, Purpose};
use crate::sign::SignVector;
use crate::state::Resumable;
use crate::time::Round;
use crate::vote::{Step, Vote};

/// The rule, with what it has learned of the rounds that were rehearsed.
pub(super) struct Rehearsal {
    aggregator: Box<dyn Aggregator>,
    /// Whether the server votes itself.
    trusted: bool,
}

/// What honest workers were overheard to say in a round, in the order of the workers.
pub(super) struct Scene<'a> {
    pub round: Round,
    pub honest: Vec<(WorkerId, &'a Arc<Vote>)>,
    /// The signs of the mean of what their quantisers were given.
    pub right: SignVector,
    pub helpers: &'a Helpers,
}

impl Rehearsal {
    /// A copy of the rule of `plan` that has learned nothing.
    pub(super) fn new(plan: &ServerPlan, context: &RunContext) -> Self {
        let layers: &[Range<usize>] = &context.task.layers();
        let (workers, declared, streams) = (context.population.workers, plan.declared, context.streams);
        let trusted = plan.trusted.is_some();
        let electorate = Electorate { workers, declared, trusted, layers, streams };
        Self { aggregator: plan.aggregator.build(electorate, &plan.before), trusted }
    }

    /// How far the step goes astray when these votes are cast beside the honest ones. Of a step of signs, the coordinates
    /// that it takes against the honest mean, one half for those that it holds; of any other the l2 distance from the mean
    /// of what honest workers send.
    pub(super) fn harm(&mut self, scene: &Scene<'_>, forged: Vec<CountedVote>, context: &RunContext) -> f64 {
        let mut learned = Vec::new();
        self.aggregator.memory().into_iter().for_each(|memory| memory.write(&mut learned));
        let step = self.decide(scene, forged, context);
        if let Some(memory) = self.aggregator.memory() {
            memory.read(&mut &learned[..]).expect("it was written by the same rule");
        }
        match &step {
            Step::Signs(signs) => {
                let (wrong, compared) = signs.disagreement(&scene.right);
                wrong as f64 + (signs.coordinates() as u64 - compared) as f64 / 2.0
            }
            Step::Dense(values) => distance(values, &scene.honest),
            Step::Nothing(_) => 0.0,
        }
    }

    /// Learns what the server is about to learn.
    pub(super) fn learn(&mut self, scene: &Scene<'_>, forged: Vec<CountedVote>, context: &RunContext) {
        self.decide(scene, forged, context);
    }

    fn decide(&mut self, scene: &Scene<'_>, forged: Vec<CountedVote>, context: &RunContext) -> Step {
        let heard = scene.honest.iter().map(|(worker, vote)| cast(*worker, Arc::clone(vote)));
        let mut votes: Vec<CountedVote> = forged.into_iter().chain(heard).collect();
        votes.sort_by_key(|cast| cast.worker);
        let coins = context.streams.stream(Purpose::TieCoin, 0, scene.round);
        let ballot = Ballot {
            round: scene.round,
            workers: context.population.workers,
            votes: &votes,
            coins: Coins::new(coins),
            watched: false,
            truth: Some(&scene.right),
            trusted: self.trusted.then_some(&scene.right),
            helpers: scene.helpers,
        };
        self.aggregator.decode(ballot).step
    }

    pub(super) fn memory(&mut self) -> Option<&mut dyn Resumable> {
        self.aggregator.memory()
    }
}

/// A vote in time.
pub(super) const fn cast(worker: WorkerId, vote: Arc<Vote>) -> CountedVote {
    CountedVote { worker, age: 0, weight: 1.0, vote }
}

fn distance(step: &[f32], honest: &[(WorkerId, &Arc<Vote>)]) -> f64 {
    let mut away: Vec<f64> = step.iter().map(|x| f64::from(*x)).collect();
    for (_, vote) in honest {
        let share = 1.0 / honest.len() as f64;
        away.iter_mut().zip(&*vote.to_dense()).for_each(|(sum, x)| *sum -= share * f64::from(*x));
    }
    away.iter().map(|x| x * x).sum::<f64>().sqrt()
}
