//! What the server is told before the first round, and the step that everyone takes by it.

use serde::Serialize;

use super::learning_rate::LearningRate;
use super::own_vote::Trusted;
use super::rules::{Acknowledge, Close, LateVotes};
use crate::aggregate::AggregatorSpec;
use crate::aggregate::dense::Before;
use crate::protocol::StopRule;
use crate::time::Round;
use crate::vote::Step;

/// What a server is told before the first round.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServerPlan {
    /// Length of a step on every coordinate, round by round.
    pub learning_rate: LearningRate,
    /// The share of itself that a parameter loses in a step, per unit of the learning rate; 0 for none.
    pub weight_decay: f64,
    /// Votes that close a round.
    pub quorum: u32,
    /// The rule by which a round closes; `quorum` is its count, worked out.
    pub close: Close,
    /// What becomes of a vote for a round that has closed.
    pub late: LateVotes,
    /// What tells it which model a worker holds.
    pub acknowledge: Acknowledge,
    /// What its own vote is made of, if it votes itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted: Option<Trusted>,
    /// How many adversaries it believes there are.
    pub declared: u32,
    /// What stands before an aggregator on numbers.
    pub before: Vec<Before>,
    /// How votes become a step.
    pub aggregator: AggregatorSpec,
    /// What ends the run before its last round.
    pub stop: StopRule,
}

impl ServerPlan {
    /// What everyone who holds a model does with the step that ends `round`:
    ///
    /// x <- (1 - rate decay) x - rate step, coordinate by coordinate, all of them alike.
    ///
    /// Decoupled from the gradient as in AdamW and Lion (Loshchilov & Hutter 2019, arXiv 1711.05101): the decay is in no
    /// vote, and a coordinate that the step holds decays all the same. A round in which nobody voted moves nothing.
    ///
    /// # Panics
    /// When `parameters` has another length than the step.
    pub fn take(&self, step: &Step, round: Round, parameters: &mut [f32]) {
        let rate = self.learning_rate.at(round.0);
        if self.weight_decay > 0.0 && !matches!(step, Step::Nothing(_)) {
            let kept = (1.0 - rate * self.weight_decay) as f32;
            parameters.iter_mut().for_each(|x| *x *= kept);
        }
        step.apply(parameters, rate as f32);
    }
}
