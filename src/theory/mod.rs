//! What can be known without simulating: exact decoding errors, bounds, and what a server can learn in one round.
//!
//! Turn here to lay a line behind a measurement, or to see before a run where a rule must fail. Everything speaks of one
//! coordinate of one round: M workers send the same sign over independent binary symmetric channels, worker m's vote is
//! wrong with probability q_m, its crossover. An attack is a second channel in series ([`attacked`]).
//!
//! * `majority.rs`: the error of the unweighted vote, the tail of a Poisson-binomial law;
//! * `omniscient.rs`: that error when the adversaries know the honest votes;
//! * `weighted.rs`: the error of a weighted vote, with the true log-likelihood weights or any others;
//! * `bounds.rs`: what papers prove about both, with the conditions under which they prove it;
//! * `convergence.rs`: what an error means for the gradient norm of a function that signs go down;
//! * `anchored.rs`: what a vote of the server's own adds, with which L may reach M;
//! * `overview.rs`: all of these about one case;
//! * `agreement.rs`: how often a worker agrees with a decision that contains its own vote, and what follows;
//! * `comparisons.rs`: how many comparisons of workers with each other tell how good they are.
//!
//! Probabilities are plain `f64` in [0, 1], weights natural logarithms. A number outside breaks a promise of the caller and
//! panics; the command line checks what a user wrote. Errors below about 1e-300 come out as 0.
//!
//! Example: five workers with p = 0.1, two of which invert their signs.
//!
//! ```
//! use signsim::theory;
//! let q = theory::crossovers(5, 2, 0.1, 1.0);
//! assert!((theory::majority_error(&q) - 0.22456).abs() < 1e-12);
//! // An inverted worker with a negated weight is as good as an honest one.
//! assert!((theory::weighted_error(&q, None).middle() - 0.00856).abs() < 1e-12);
//! ```

mod agreement;
mod anchored;
mod bounds;
mod comparisons;
mod convergence;
mod counts;
mod majority;
mod omniscient;
mod overview;
mod weighted;

pub use agreement::{
    agreement, first_round_weight, identification, learned_error, leave_one_out_agreement, most_identified,
    noise_agreement,
};
pub use anchored::{OwnVote, anchored_bound, anchored_error};
pub use bounds::{
    convergence_bound, majority_hoeffding, slowdown, weighted_bhattacharyya, weighted_kearns_saul,
};
pub use comparisons::comparisons;
pub use convergence::SignDescent;
pub use majority::{MajorityOutcome, majority, majority_error};
pub use omniscient::omniscient_error;
pub use overview::{Case, Descent, Quantity, quantities};
pub use weighted::{ErrorInterval, vote_error, weighted_error};

/// The crossover of two binary symmetric channels in series: q = r + p - 2 r p, so that 1 - 2q = (1 - 2p)(1 - 2r).
///
/// With r the flip probability of an attack: 1 inverts (q = 1 - p), 1/2 leaves noise (q = 1/2).
#[must_use]
pub fn attacked(crossover: f64, flip: f64) -> f64 {
    // A product of non-negative terms: no cancellation where q is small.
    checked(crossover) * (1.0 - checked(flip)) + flip * (1.0 - crossover)
}

/// The channel whose every output is inverted: 1 - q.
#[must_use]
pub fn mirror(crossover: f64) -> f64 {
    1.0 - checked(crossover)
}

/// The crossovers of M workers with the same channel, the first L of them behind an attack.
///
/// # Panics
/// When there are more adversaries than workers.
#[must_use]
pub fn crossovers(workers: u32, adversaries: u32, crossover: f64, flip: f64) -> Vec<f64> {
    assert!(adversaries <= workers, "there are at most as many adversaries as workers");
    let attacked = attacked(crossover, flip);
    (0..workers).map(|m| if m < adversaries { attacked } else { crossover }).collect()
}

/// Holds the caller to its promise.
fn checked(probability: f64) -> f64 {
    assert!((0.0..=1.0).contains(&probability), "{probability} is a probability");
    probability
}

/// Errors closer to 1/2 than this are 1/2: the rest is the rounding of their sums.
const EVEN: f64 = 1e-12;

/// What rounding may add to a probability that was summed up: the terms are positive and their rounding grows with M.
const ROUNDING: f64 = 1e-9;

/// A sum of probabilities, which may exceed 1 by its rounding and by nothing else.
fn summed(probability: f64) -> f64 {
    assert!((0.0..=1.0 + ROUNDING).contains(&probability), "{probability} is a sum of probabilities");
    probability.min(1.0)
}
