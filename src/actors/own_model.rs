//! A model of the worker's own, which is only drawn toward everybody's: robust stochastic aggregation (RSA).
//!
//! Worker m begins with x_m = x. In every round it votes on where the model x lies from its own, and then takes a step on its
//! own model, at which it also computes its gradient g:
//!
//! ```text
//! vote:  x - x_m, whose signs move the model toward the workers' models
//! x_m <- x_m - rate (g(x_m) + penalty sign(x_m - x))
//! ```
//!
//! With `quantizer: { sign: { zero: abstain } }` and `aggregator: mean` that is RSA with an l1 penalty: the server steps by
//! rate penalty sum_m sign(x - x_m), which is a learning rate of rate penalty M times the mean. A liar moves it by one vote a
//! coordinate like everybody else. In the paper workers send x_m and the server takes the signs; here they send these alone.
//!
//! Source: Li et al., *RSA: Byzantine-robust stochastic aggregation methods for distributed learning from heterogeneous
//! datasets*, AAAI 2019, arXiv 1811.03761, equations 10 and 11 with f_0 = 0 and p = 1. Cost: O(D) time, 4 D bytes a worker.
//!
//! Example: rate 1, penalty 0.5, x = x_m = 0, g = 2: the first vote is 0 and x_m = -2; in the next round, x still 0, the vote is
//! +, and with g = 1 x_m = -2 - (1 - 0.5) = -2.5.

use serde::{Deserialize, Serialize};

use crate::protocol::WorkerMemory;
use crate::quantize::finite;
use crate::units::Positive;

/// How a worker's own model moves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnModel {
    /// lambda, with which it is drawn toward everybody's model.
    #[serde(default = "usual_penalty")]
    pub penalty: Positive,
    /// alpha, the length of its steps.
    #[serde(default = "usual_rate")]
    pub rate: Positive,
}

/// With which digits are learned best, of the products of 1 and 3 with powers of ten.
fn usual_penalty() -> Positive {
    Positive::try_from(0.003).expect("a positive number")
}

fn usual_rate() -> Positive {
    Positive::try_from(0.3).expect("a positive number")
}

impl OwnModel {
    /// Where the worker computes its gradient: at its own model, which is everybody's at first.
    pub(super) fn at<'a>(memory: &'a WorkerMemory, parameters: &'a [f32]) -> &'a [f32] {
        if memory.model.is_empty() { parameters } else { &memory.model }
    }

    /// Takes the step; `gradient` then holds x - x_m as it was before it.
    ///
    /// # Panics
    /// When the own model has another length.
    pub(super) fn apply(&self, parameters: &[f32], gradient: &mut [f32], memory: &mut WorkerMemory) {
        if memory.model.is_empty() {
            memory.model = parameters.to_vec();
        }
        assert_eq!(memory.model.len(), parameters.len(), "a worker's memory belongs to one model");
        let (penalty, rate) = (self.penalty.get() as f32, self.rate.get() as f32);
        for ((own, x), g) in memory.model.iter_mut().zip(parameters).zip(gradient) {
            let away = x - *own;
            let drawn = if away == 0.0 { 0.0 } else { penalty * away.signum() };
            *own = finite(*own - rate * (finite(*g) - drawn));
            *g = finite(away);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_model_moves_and_the_vote_tells_where_it_was() {
        let positive = |x| Positive::try_from(x).unwrap();
        let own = OwnModel { penalty: positive(0.5), rate: positive(1.0) };
        let mut memory = WorkerMemory::default();
        assert_eq!(OwnModel::at(&memory, &[3.0]), [3.0]);
        for (gradient, vote, model) in [(2.0, 0.0, -2.0), (1.0, 2.0, -2.5), (f32::NAN, 2.5, -2.0)] {
            let mut vector = [gradient];
            own.apply(&[0.0], &mut vector, &mut memory);
            assert_eq!((vector, &memory.model[..]), ([vote], &[model][..]));
        }
        assert_eq!(OwnModel::at(&memory, &[3.0]), [-2.0]);
    }
}
