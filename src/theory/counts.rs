//! How many of some independent votes are wrong: binomial and Poisson-binomial laws.
//!
//! All sums have positive terms only, so that small tails keep their relative precision (about M times 1e-16).

use super::checked;

/// Workers with the same crossover.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct EqualWorkers {
    pub crossover: f64,
    pub count: usize,
}

/// Whether two crossovers differ by no more than the rounding of 1 - q.
///
/// The relative condition keeps crossovers apart that are both tiny.
fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= (4.0 * f64::EPSILON).min(1e-9 * a.max(b))
}

/// The workers in groups of equal crossover, the crossovers rising.
pub(crate) fn groups(crossovers: &[f64]) -> Vec<EqualWorkers> {
    let mut sorted: Vec<f64> = crossovers.iter().map(|q| checked(*q)).collect();
    sorted.sort_by(f64::total_cmp);
    let mut groups: Vec<EqualWorkers> = Vec::new();
    for crossover in sorted {
        match groups.last_mut() {
            Some(group) if same(group.crossover, crossover) => group.count += 1,
            _ => groups.push(EqualWorkers { crossover, count: 1 }),
        }
    }
    groups
}

/// P(K = k) for k = 0..=n, K binomial.
///
/// Ratios of neighbours from the mode outward, then one division by the sum: no logarithm, hence no cancellation.
pub(crate) fn binomial(EqualWorkers { crossover: q, count: n }: EqualWorkers) -> Vec<f64> {
    let mut law = vec![0.0; n + 1];
    if q <= 0.0 || q >= 1.0 {
        law[if q <= 0.0 { 0 } else { n }] = 1.0;
        return law;
    }
    let mode = (((n + 1) as f64 * q) as usize).min(n);
    law[mode] = 1.0;
    let odds = q / (1.0 - q);
    for k in mode..n {
        law[k + 1] = law[k] * odds * (n - k) as f64 / (k + 1) as f64;
    }
    for k in (0..mode).rev() {
        law[k] = law[k + 1] / odds * (k + 1) as f64 / (n - k) as f64;
    }
    let sum: f64 = law.iter().sum();
    law.iter_mut().for_each(|p| *p /= sum);
    law
}

/// The law of the sum of two independent counts.
pub(crate) fn convolved(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut law = vec![0.0; a.len() + b.len() - 1];
    for (i, p) in a.iter().enumerate() {
        for (sum, q) in law[i..].iter_mut().zip(b) {
            *sum += p * q;
        }
    }
    law
}

/// The law of the number of wrong votes in all groups together: O(M^2).
pub(crate) fn poisson_binomial(groups: &[EqualWorkers]) -> Vec<f64> {
    groups.iter().fold(vec![1.0], |law, group| convolved(&law, &binomial(*group)))
}

/// P(K >= k) for k = 0..=n+1, added up from the small end.
pub(crate) fn tails(law: &[f64]) -> Vec<f64> {
    let mut tails = vec![0.0; law.len() + 1];
    for k in (0..law.len()).rev() {
        tails[k] = tails[k + 1] + law[k];
    }
    tails
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Binomial, Discrete};

    #[test]
    fn a_binomial_law_is_the_one_of_statrs() {
        for (count, crossover) in [(1, 0.3), (15, 0.2), (16, 0.95), (2001, 0.4), (5000, 0.001)] {
            let law = binomial(EqualWorkers { crossover, count });
            let exact = Binomial::new(crossover, count as u64).unwrap();
            for (k, p) in law.iter().enumerate() {
                let expected = exact.pmf(k as u64);
                assert!(
                    (p - expected).abs() <= 1e-9 * expected + 1e-300,
                    "n = {count}, k = {k}: {p}, {expected}"
                );
            }
        }
    }

    #[test]
    fn certain_channels_have_certain_counts() {
        assert_eq!(binomial(EqualWorkers { crossover: 0.0, count: 2 }), [1.0, 0.0, 0.0]);
        assert_eq!(binomial(EqualWorkers { crossover: 1.0, count: 2 }), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn groups_forgive_rounding_and_nothing_else() {
        assert_eq!(groups(&[0.2, 1.0 - 0.8, 0.3]).iter().map(|g| g.count).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(groups(&[1e-16, 3e-16]).len(), 2);
    }
}
