//! From gradients to a vote, whatever they are gradients of: local steps, momentum, quantiser, partitions.

use std::ops::Range;
use std::sync::Arc;

use super::own_model::OwnModel;
use super::reused_vectors::ReusedVectors;
use super::worker_plan::WorkerPlan;
use crate::aggregate::local_vote;
use crate::interrupt;
use crate::protocol::{BoxedMemory, ComputationResult, WorkerMemory};
use crate::quantize::Draws;
use crate::random::Streams;
use crate::time::Round;
use crate::vote::Vote;

/// Writes the gradient of a partition at these parameters: the partition's draws, the number of the local step, D parameters,
/// D numbers to fill.
pub(super) type WriteGradient<'a> = &'a mut dyn FnMut(Draws, u32, &[f32], &mut [f32]);

/// What a vote was made of, D numbers each.
struct VoteVectors {
    /// The mean over the worker's partitions.
    gradient: Arc<[f32]>,
    /// What the quantiser was given: the gradient with momentum, and with what earlier votes left unsaid; or the way from the
    /// worker's own model to everybody's.
    vector: Arc<[f32]>,
}

/// A vote in a round on some partitions of its batch.
pub(super) struct GradientVote<'a> {
    pub plan: &'a WorkerPlan,
    /// The parameters by tensor, in order.
    pub tensors: &'a [Range<usize>],
    pub streams: Streams,
    pub round: Round,
    pub partitions: &'a [u32],
    /// At the beginning of the round.
    pub parameters: &'a [f32],
    /// Where memory for what the vote was made of comes from, if that is handed back with it.
    pub shown: Option<&'a ReusedVectors>,
}

impl GradientVote<'_> {
    /// The result for the worker, made with the `buffer` of the pool's thread.
    pub(super) fn result(
        &self,
        memory: BoxedMemory,
        buffer: &mut Vec<f32>,
        write: WriteGradient<'_>,
    ) -> ComputationResult {
        let mut memory = memory.unwrap_or_default();
        buffer.resize(self.parameters.len(), 0.0);
        let (vote, shown) = self.vote(&mut memory, buffer, write);
        let memory = (*memory != WorkerMemory::default()).then_some(memory);
        let (gradient, vector) = shown.map_or((None, None), |s| (Some(s.gradient), Some(s.vector)));
        ComputationResult::Vote { vote: Arc::new(vote), memory, gradient, vector }
    }

    /// Takes the gradient and quantises it; with local steps, the mean gradient along them; with several partitions, the
    /// majority of their signs.
    fn vote(
        &self,
        memory: &mut WorkerMemory,
        buffer: &mut [f32],
        write: WriteGradient<'_>,
    ) -> (Vote, Option<VoteVectors>) {
        let Self { plan, partitions, shown, .. } = *self;
        let mut votes = Vec::with_capacity(partitions.len());
        let (alone, together) =
            (shown.filter(|_| partitions.len() == 1), shown.filter(|_| partitions.len() > 1));
        let mut sum = vec![0.0; together.map_or(0, |_| buffer.len())];
        let mut made_of = None;
        for &partition in partitions {
            if interrupt::asked() && !votes.is_empty() {
                break;
            }
            let draws = Draws { streams: self.streams, owner: u64::from(partition), round: self.round };
            let from = OwnModel::at(memory, self.parameters);
            self.local_gradient(draws, from, buffer, write);
            // As a sum from zero on: a gradient of -0 is shown as 0.
            let gradient = alone.map(|vectors| (vectors, vectors.collect(buffer.iter().map(|g| 0.0 + g))));
            for (sum, g) in sum.iter_mut().zip(&*buffer) {
                *sum += *g;
            }
            if !plan.momentum.is_none() {
                plan.momentum.apply(buffer, memory);
            }
            if let Some(own_model) = &plan.own_model {
                own_model.apply(self.parameters, buffer, memory);
            }
            made_of = gradient.map(|(vectors, gradient)| VoteVectors {
                vector: if plan.remembers() {
                    vectors.collect(plan.quantizer.vector(buffer, memory).iter().copied())
                } else {
                    Arc::clone(&gradient)
                },
                gradient,
            });
            votes.push(plan.quantizer.quantize(buffer, self.tensors, memory, draws));
        }
        if let Some(vectors) = together {
            let share = 1.0 / partitions.len() as f32;
            // A code has neither momentum nor memory, so the mean over its partitions stands for what was quantised.
            let gradient = vectors.collect(sum.iter().map(|x| share * x));
            made_of = Some(VoteVectors { vector: Arc::clone(&gradient), gradient });
        }
        if votes.len() == 1 {
            return (votes.remove(0), made_of);
        }
        let signs = votes.iter().map(|vote| vote.signs().expect("a code is made of signs").clone());
        (Vote::Signs(local_vote(&signs.collect::<Vec<_>>())), made_of)
    }

    /// The mean gradient along the local steps, (x_0 - x_E) / (E rate), each on a batch of its own.
    fn local_gradient(&self, draws: Draws, from: &[f32], buffer: &mut [f32], write: WriteGradient<'_>) {
        let (steps, rate) = (self.plan.local.steps, self.plan.local.rate.get() as f32);
        write(draws, 0, from, buffer);
        if steps == 1 {
            return;
        }
        let (mut at, mut sum) = (from.to_vec(), vec![0.0; from.len()]);
        for step in 0..steps {
            if interrupt::asked() {
                return;
            }
            if step > 0 {
                write(draws, step, &at, buffer);
            }
            for ((x, sum), g) in at.iter_mut().zip(&mut sum).zip(&*buffer) {
                *x -= rate * g;
                *sum += g;
            }
        }
        let share = 1.0 / steps as f32;
        buffer.iter_mut().zip(&sum).for_each(|(g, sum)| *g = sum * share);
    }
}

/// The draws of a local step: each after the first has batches and noise of its own.
pub(super) fn of_step(draws: Draws, step: u32) -> Draws {
    Draws { owner: draws.owner | u64::from(step) << 32, ..draws }
}
