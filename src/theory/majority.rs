//! The exact error of a majority vote over channels of unequal crossover.
//!
//! The number of wrong votes follows a Poisson-binomial law (Poisson 1837; computed by convolution, O(M^2) at worst). The
//! largest group of equal workers is never convolved, its tails are enough: two groups cost O(M).

use super::counts::{EqualWorkers, binomial, groups, poisson_binomial, tails};
use super::{checked, summed};

/// How one coordinate of a vote can end, before ties are settled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MajorityOutcome {
    /// The probability of a decision against the truth.
    pub wrong: f64,
    /// The probability of a tie.
    pub tie: f64,
}

impl MajorityOutcome {
    /// The error with ties by a fair coin, and with held coordinates that count one half: the same number.
    #[must_use]
    pub fn error(self) -> f64 {
        summed(self.wrong + 0.5 * self.tie)
    }

    /// The error when every tie counts as plus, with `positive` the share of coordinates whose true sign is plus.
    #[must_use]
    pub fn error_when_ties_are_plus(self, positive: f64) -> f64 {
        summed(self.wrong + (1.0 - checked(positive)) * self.tie)
    }
}

/// P(2K > bar) and P(2K = bar), K the number of wrong votes.
fn above(groups: &[EqualWorkers], bar: i64) -> MajorityOutcome {
    let largest = (0..groups.len()).max_by_key(|g| groups[*g].count);
    let law = largest.map_or_else(|| vec![1.0], |g| binomial(groups[g]));
    let others: Vec<EqualWorkers> =
        groups.iter().enumerate().filter(|(g, _)| Some(*g) != largest).map(|(_, group)| *group).collect();
    let tails = tails(&law);
    let (mut wrong, mut tie) = (0.0, 0.0);
    for (k, p) in poisson_binomial(&others).iter().enumerate() {
        let missing = bar - 2 * k as i64;
        let first = usize::try_from(missing.div_euclid(2) + 1).unwrap_or(0).min(law.len());
        wrong += p * tails[first];
        if missing >= 0 && missing % 2 == 0 {
            tie += p * law.get(missing as usize / 2).unwrap_or(&0.0);
        }
    }
    MajorityOutcome { wrong: summed(wrong), tie: summed(tie) }
}

/// The outcome of a majority vote in which one more voter, whose vote is known, takes part beside `others`.
pub(super) fn joined(others: &[f64], own_is_wrong: bool) -> MajorityOutcome {
    let workers = others.len() as i64 + 1;
    above(&groups(others), workers - 2 * i64::from(own_is_wrong))
}

/// The outcome of a majority vote of workers with these crossovers.
#[must_use]
pub fn majority(crossovers: &[f64]) -> MajorityOutcome {
    above(&groups(crossovers), crossovers.len() as i64)
}

/// The error of a majority vote of workers with these crossovers, ties by a fair coin; of nobody: 1/2.
///
/// Example: three workers with q = 1/10 err with probability 3 * 0.01 * 0.9 + 0.001 = 0.028.
#[must_use]
pub fn majority_error(crossovers: &[f64]) -> f64 {
    majority(crossovers).error()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_computed_votes() {
        assert!((majority_error(&[0.1; 3]) - 0.028).abs() < 1e-15);
        assert_eq!(majority_error(&[]), 0.5);
        assert_eq!(majority_error(&[0.0, 1.0]), 0.5);
        let two = majority(&[0.1, 0.2]);
        assert!((two.wrong - 0.02).abs() < 1e-15 && (two.tie - 0.26).abs() < 1e-15);
        assert!((two.error_when_ties_are_plus(1.0) - 0.02).abs() < 1e-15);
        assert!((two.error_when_ties_are_plus(0.5) - two.error()).abs() < 1e-15);
    }
}
