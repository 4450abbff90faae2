//! The error of a weighted majority vote over channels of unequal crossover.
//!
//! With true weights w = ln((1 - q)/q) it is the maximum-likelihood decoder (Nitzan & Paroush 1982; Park & Lee, arXiv
//! 2402.01340, section 3). Two methods:
//!
//! * *Exact*: workers of equal weight form a block, and only the number of wrong votes in each block matters. All counts
//!   of all blocks but the largest are enumerated, the largest contributes its tails: O(M) for two blocks, and exact to
//!   rounding as long as the product of the other blocks' sizes stays below [`MOST_COMBINATIONS`].
//! * *Bounded*: beyond that, the weights are rounded to a grid and the law of the wrong weight is computed on it, O(M times
//!   cells). What rounding could have moved across the threshold is counted once for and once against the decoder:
//!   the true error lies in the [`ErrorInterval`] (rounding of floating-point numbers aside, about M times 1e-16).
//!   The interval is narrow for tens of workers and widens with M.

use super::counts::{EqualWorkers, groups, poisson_binomial, tails};
use super::{checked, summed};

/// Up to so many combinations of counts are enumerated: a fraction of a second.
pub(crate) const MOST_COMBINATIONS: usize = 20_000_000;
/// Workers times cells on the grid: likewise.
const MOST_STEPS: usize = 400_000_000;
const MOST_CELLS: usize = 1 << 20;

/// Scores closer to zero than this, relative to the sum of weights, are ties.
///
/// With true weights a tie and its opposite are equally likely, so that a tie missed for rounding costs nothing.
const TIE: f64 = 1e-12;

/// What is known of an error: both ends are equal where it is exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorInterval {
    /// The error is not below this probability.
    pub lower: f64,
    /// The error is not above this probability.
    pub upper: f64,
}

impl ErrorInterval {
    const fn exact(error: f64) -> Self {
        Self { lower: error, upper: error }
    }

    /// The number to draw; exact where the ends are equal.
    #[must_use]
    pub fn middle(self) -> f64 {
        0.5 * (self.lower + self.upper)
    }

    /// Whether nothing is left open.
    #[must_use]
    pub fn is_exact(self) -> bool {
        self.lower == self.upper
    }
}

/// Votes that count the same: their weight, above 0, and the law of the number of wrong ones.
struct EqualVotes {
    weight: f64,
    wrong: Vec<f64>,
}

/// The error of the vote with the true weights ln((1 - q)/q), ties by a fair coin.
///
/// `max_llr` clips the weights to +- itself; without it one worker that never errs, or always, decides alone.
#[must_use]
pub fn weighted_error(crossovers: &[f64], max_llr: Option<f64>) -> ErrorInterval {
    // A worker that is mostly wrong, with its negative weight, has the same law as its mirror image.
    let folded: Vec<f64> = crossovers.iter().map(|q| checked(*q).min(1.0 - q)).collect();
    let clip = max_llr.unwrap_or(f64::INFINITY);
    assert!(clip > 0.0, "max_llr is above 0");
    let weigh = |group: EqualWorkers| (group, ((1.0 - group.crossover) / group.crossover).ln().min(clip));
    let weighed: Vec<(EqualWorkers, f64)> = groups(&folded).into_iter().map(weigh).collect();
    if weighed.iter().any(|(_, weight)| weight.is_infinite()) {
        return ErrorInterval::exact(0.0);
    }
    error_of(weighed)
}

/// The error of a vote with any finite weights, one for each worker, ties by a fair coin.
///
/// # Panics
/// When there is not one finite weight for each worker.
#[must_use]
pub fn vote_error(crossovers: &[f64], weights: &[f64]) -> ErrorInterval {
    assert_eq!(crossovers.len(), weights.len(), "there is one weight for each worker");
    let fold = |(q, w): (&f64, &f64)| {
        assert!(w.is_finite(), "a weight is finite");
        let crossover = if *w < 0.0 { 1.0 - checked(*q) } else { checked(*q) };
        (EqualWorkers { crossover, count: 1 }, w.abs())
    };
    error_of(crossovers.iter().zip(weights).map(fold).collect())
}

fn error_of(mut weighed: Vec<(EqualWorkers, f64)>) -> ErrorInterval {
    // A vote for which q = 1/2 up to rounding has no weight worth the name.
    weighed.retain(|(_, weight)| *weight > 1e-14);
    weighed.sort_by(|a, b| a.1.total_cmp(&b.1));
    let alike = |a: &(EqualWorkers, f64), b: &(EqualWorkers, f64)| (a.1 - b.1).abs() <= TIE * b.1;
    let runs: Vec<&[(EqualWorkers, f64)]> = weighed.chunk_by(alike).collect();
    let size = |run: &[(EqualWorkers, f64)]| run.iter().map(|(group, _)| group.count).sum::<usize>() + 1;
    let largest = runs.iter().map(|run| size(run)).max().unwrap_or(1);
    let combinations = runs.iter().try_fold(1_usize, |all, run| all.checked_mul(size(run)));
    if combinations.is_none_or(|all| all / largest > MOST_COMBINATIONS) {
        return bounded(&weighed);
    }
    let block = |run: &&[(EqualWorkers, f64)]| {
        let crossovers = run.iter().flat_map(|(group, _)| std::iter::repeat_n(group.crossover, group.count));
        EqualVotes { weight: run[0].1, wrong: poisson_binomial(&groups(&crossovers.collect::<Vec<_>>())) }
    };
    let mut blocks: Vec<EqualVotes> = runs.iter().map(block).collect();
    blocks.sort_by_key(|block| block.wrong.len());
    ErrorInterval::exact(enumerated(&blocks))
}

/// Sums over the counts of all blocks but the last.
fn enumerated(blocks: &[EqualVotes]) -> f64 {
    let Some((last, others)) = blocks.split_last() else { return 0.5 };
    let total: f64 = blocks.iter().map(|b| b.weight * (b.wrong.len() - 1) as f64).sum();
    let (tails, tie) = (tails(&last.wrong), TIE * total);
    let (mut counts, mut error) = (vec![0; others.len()], 0.0);
    loop {
        let (mut p, mut wrong_weight) = (1.0, 0.0);
        for (block, count) in others.iter().zip(&counts) {
            p *= block.wrong[*count];
            wrong_weight += block.weight * *count as f64;
        }
        // The decision is wrong when more than half of all weight is, so the last block must bring in the rest.
        let bar = (0.5 * total - wrong_weight) / last.weight;
        let nearest = bar.round();
        if bar < -0.5 {
            error += p;
        } else if (bar - nearest).abs() * last.weight <= tie {
            let at = nearest as usize;
            let tail = |k: usize| tails.get(k).copied().unwrap_or(0.0);
            error += p * 0.5 * (tail(at) + tail(at + 1));
        } else {
            error += p * tails.get(bar.ceil().max(0.0) as usize).copied().unwrap_or(0.0);
        }
        let Some(place) = (0..counts.len()).find(|i| counts[*i] + 1 < others[*i].wrong.len()) else { break };
        counts[..place].fill(0);
        counts[place] += 1;
    }
    summed(error)
}

/// The law of the wrong weight on a grid, and what rounding may have hidden.
fn bounded(weighed: &[(EqualWorkers, f64)]) -> ErrorInterval {
    let votes =
        || weighed.iter().flat_map(|(group, w)| std::iter::repeat_n((group.crossover, *w), group.count));
    let (count, total) = votes().fold((0, 0.0), |(n, sum), (_, w)| (n + 1, sum + w));
    let step = total / (MOST_STEPS / count).clamp(1 << 12, MOST_CELLS) as f64;
    let (mut law, mut above, mut below) = (vec![1.0], 0.0, 0.0);
    for (q, weight) in votes() {
        let cells = (weight / step).round();
        let rest = weight / step - cells;
        *(if rest > 0.0 { &mut above } else { &mut below }) += rest.abs();
        law = shifted(law, q, cells as usize);
    }
    // A millionth of a cell for the rounding of these sums.
    let half = 0.5 * total / step;
    let from = |cell: f64| law[(cell.max(0.0) as usize).min(law.len())..].iter().rev().sum::<f64>();
    ErrorInterval {
        lower: summed(from((half + below + 1e-6).floor() + 1.0)),
        upper: summed(from((half - above - 1e-6).ceil())),
    }
}

/// One more vote that adds `cells` where it is wrong.
fn shifted(mut law: Vec<f64>, q: f64, cells: usize) -> Vec<f64> {
    if cells == 0 {
        return law;
    }
    let old = law.len();
    law.resize(old + cells, 0.0);
    for k in (0..law.len()).rev() {
        let stays = if k < old { law[k] * (1.0 - q) } else { 0.0 };
        law[k] = stays + if k >= cells { law[k - cells] * q } else { 0.0 };
    }
    law
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_brackets_what_is_enumerated() {
        for workers in [3, 8, 14] {
            let votes: Vec<(EqualWorkers, f64)> = (0..workers)
                .map(|m| 0.05 + 0.03 * f64::from(m))
                .map(|q| (EqualWorkers { crossover: q, count: 1 }, ((1.0 - q) / q).ln()))
                .collect();
            let (exact, grid) = (error_of(votes.clone()), bounded(&votes));
            assert!(exact.is_exact());
            let rounding = 1e-12;
            assert!(
                grid.lower <= exact.lower + rounding && exact.upper <= grid.upper + rounding,
                "{exact:?} {grid:?}"
            );
            assert!(grid.upper - grid.lower < 0.01 * exact.middle(), "{exact:?} {grid:?}");
        }
    }

    #[test]
    fn a_perfect_worker_decides_alone_unless_it_is_clipped() {
        assert_eq!(weighted_error(&[1.0, 0.4, 0.4], None), ErrorInterval::exact(0.0));
        assert_eq!(weighted_error(&[0.5, 0.5], None), ErrorInterval::exact(0.5));
        // Clipped to one weight for all, this is the majority vote of the mirrored workers.
        let clipped = weighted_error(&[0.9, 0.2, 0.3], Some(0.1)).middle();
        let expected = 0.1 * 0.2 * 0.7 + 0.1 * 0.8 * 0.3 + 0.9 * 0.2 * 0.3 + 0.1 * 0.2 * 0.3;
        assert!((clipped - expected).abs() < 1e-15);
    }
}
