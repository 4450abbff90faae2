//! Rules on full-precision gradients: what signs are measured against.
//!
//! A [`DenseRule`] makes one vector out of the n that the workers sent. Several stand up to Byzantine workers; three
//! pre-aggregations ([`Before`]) mix or clip the vectors first, which helps all of them when honest workers differ. Each is
//! a file with its formula, its source and a worked example.
//!
//! # What all rules share
//!
//! * Vectors come in the order of the workers, so arrival changes nothing; equal scores go to the lower number.
//! * Sums are taken in double precision. No thread, no instruction set changes a bit.
//! * NaN counts as +infinity where values are ordered, and a distance to a vector that is not finite is infinite:
//!   as long as fewer are bad than the rule bears, the step is finite. Beyond that a rule may answer with what is
//!   not finite (the mean does at once): a diverging run is a result.
//! * A round may bring fewer vectors than the scenario has workers. Then f is lowered to the largest that the
//!   received number bears (2f + 2 < n for Krum, 4f + 3 <= n for Bulyan, 2f < n for all others), `selected` to n. No
//!   vector at all gives a step of zeros.

mod arc;
mod before;
mod bucketing;
pub(super) mod bulyan;
pub(super) mod centered_clipping;
mod combined;
pub(super) mod geometric_median;
mod groups;
pub(super) mod krum;
pub(super) mod meamed;
pub(super) mod median;
mod neighbors;
mod number;
pub(super) mod rule;
pub(super) mod signguard;
mod sorted;
mod sums;
pub(super) mod trimmed_mean;

pub use arc::arc_factors;
pub use before::{BEFORE, Before};
pub use bucketing::buckets;
pub use bulyan::{Bulyan, bulyan};
pub use centered_clipping::{CenteredClipping, centered_clipping};
pub use combined::Combined;
pub use geometric_median::{GeometricMedian, Weiszfeld, geometric_median};
pub use krum::{Krum, MultiKrum, krum_scores, multi_krum_weights};
pub use meamed::{Meamed, meamed};
pub use median::median;
pub use neighbors::neighborhoods;
pub use rule::DenseRule;
pub use signguard::SignGuard;
pub use trimmed_mean::{TrimmedMean, trimmed_mean};

use before::Mixing;
use rule::Resolved;

use crate::error::{Error, Result};
use crate::random::Stream;

/// A rule, what stands before it, and what it remembers.
#[derive(Debug, Clone)]
pub struct DenseAggregator {
    before: Vec<Mixing>,
    rule: Resolved,
    coordinates: usize,
    /// The previous step, for the rule that begins there.
    centre: Vec<f32>,
}

impl DenseAggregator {
    /// A fresh server's rule for M = `workers`, of whom the scenario declares `declared` Byzantine, and D
    /// coordinates.
    ///
    /// # Errors
    /// A scenario error with its key, `krum.byzantine` or `before.[0].bucketing.size`, when a number does not fit
    /// M; it says which would.
    pub fn new(
        rule: &DenseRule,
        before: &[Before],
        workers: u32,
        declared: u32,
        coordinates: usize,
    ) -> Result<Self> {
        let (before, rule) = resolved(rule, before, workers, declared).map_err(|(_, error)| error)?;
        let centre = vec![0.0; if rule.remembers() { coordinates } else { 0 }];
        Ok(Self { before, rule, coordinates, centre })
    }

    /// The step of one round from the vectors of the workers that voted, in the order of the workers.
    ///
    /// `stream` is keyed by the round; only buckets and SignGuard draw from it.
    ///
    /// # Panics
    /// When a vector does not have D coordinates.
    pub fn aggregate(&mut self, vectors: &[&[f32]], mut stream: Stream) -> Combined {
        assert!(
            vectors.iter().all(|v| v.len() == self.coordinates),
            "one number per coordinate from every worker"
        );
        if vectors.is_empty() {
            return Combined { vector: vec![0.0; self.coordinates], weights: Vec::new() };
        }
        let combined = combine(&self.before, self.rule, vectors, &self.centre, &mut stream);
        if self.rule.remembers() {
            self.centre.copy_from_slice(&combined.vector);
        }
        combined
    }

    /// What it remembers of earlier rounds.
    pub fn memory(&mut self) -> &mut Vec<f32> {
        &mut self.centre
    }
}

/// The mean of the vectors with these weights, which need not add up to one.
///
/// # Panics
/// When there is no vector.
#[must_use]
pub fn weighted_mean(vectors: &[&[f32]], weights: &[f64]) -> Combined {
    let total: f64 = weights.iter().sum();
    let weights: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
    Combined { vector: sums::weighted_sum(vectors, &weights), weights }
}

/// Checks what the types cannot, without building anything.
///
/// # Errors
/// As [`DenseAggregator::new`]; the keys are those below `method`, `aggregator.krum.byzantine` for example.
pub fn validate(rule: &DenseRule, before: &[Before], workers: u32, declared: u32) -> Result<()> {
    resolved(rule, before, workers, declared).map(drop).map_err(|(of_rule, error)| match of_rule {
        true => error.key("aggregator"),
        false => error,
    })
}

/// What stands before a rule and the rule, with their numbers worked out; an error comes with whether it is the rule's.
fn resolved(
    rule: &DenseRule,
    before: &[Before],
    workers: u32,
    declared: u32,
) -> std::result::Result<(Vec<Mixing>, Resolved), (bool, Error)> {
    let mut vectors = workers;
    let mut mixings = Vec::with_capacity(before.len());
    for (place, step) in before.iter().enumerate() {
        let resolved = step.resolve(vectors, workers, declared);
        let (mixing, after) = resolved.map_err(|e| (false, e.key(format!("before.[{place}]"))))?;
        mixings.push(mixing);
        vectors = after;
    }
    let least = rule.least_vectors();
    let rule = rule.resolve(vectors, workers, declared).map_err(|e| match vectors < least {
        true => (true, e.help(before::room(before, workers, least))),
        false => (true, e),
    })?;
    Ok((mixings, rule))
}

fn combine(
    before: &[Mixing],
    rule: Resolved,
    vectors: &[&[f32]],
    centre: &[f32],
    stream: &mut Stream,
) -> Combined {
    let Some((first, rest)) = before.split_first() else {
        return rule.combine(vectors, centre, stream);
    };
    let (mixed, how) = first.apply(vectors, stream);
    let views: Vec<&[f32]> = mixed.iter().map(Vec::as_slice).collect();
    let Combined { vector, weights } = combine(rest, rule, &views, centre, stream);
    Combined { vector, weights: how.share(vectors.len(), &weights) }
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
