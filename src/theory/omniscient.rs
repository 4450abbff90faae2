//! The most that L votes can do to a majority vote when they know all others: minus the honest majority.
//!
//! K of the H = M - L honest votes are wrong, K ~ Bin(H, p). The adversaries vote against whatever most honest votes say: where
//! K < H/2 they are L more wrong votes, and the decision is wrong where K + L > M/2; where K > H/2 they vote for the truth, and
//! it is wrong only where K > M/2 all the same. Where the honest votes tie, or all votes do, a coin decides.
//!
//! Exact, O(M). As an attack it is `minus_majority`.

use super::checked;
use super::counts::{EqualWorkers, binomial};

/// The decoding error of a majority vote of M workers, L of them omniscient, at crossover p.
///
/// # Panics
/// When there are more adversaries than workers.
#[must_use]
pub fn omniscient_error(workers: u32, adversaries: u32, crossover: f64) -> f64 {
    assert!(adversaries <= workers, "there are at most as many adversaries as workers");
    let (m, l) = (u64::from(workers), u64::from(adversaries));
    let honest = m - l;
    let law = binomial(EqualWorkers { crossover: checked(crossover), count: honest as usize });
    let wrong = |k: u64| match (2 * k).cmp(&honest) {
        std::cmp::Ordering::Less => share(k + l, m),
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Greater => share(k, m),
    };
    let sum: f64 = (0..).zip(&law).map(|(k, p)| p * wrong(k)).sum();
    super::summed(sum)
}

/// How often a decision is wrong when so many of m votes are.
fn share(wrong: u64, m: u64) -> f64 {
    match (2 * wrong).cmp(&m) {
        std::cmp::Ordering::Less => 0.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Greater => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: three honest votes and one against them, p = .2. Wrong where two or three of the honest votes are, then the
    /// fourth is right: K = 2 ties (1/2), K = 3 is wrong; and where one is, the fourth makes it a tie.
    #[test]
    fn small_crowds_by_hand() {
        let (p, q) = (0.2_f64, 0.8_f64);
        let expected = 0.5 * 3.0 * p * q * q + 0.5 * 3.0 * p * p * q + p * p * p;
        assert!((omniscient_error(4, 1, p) - expected).abs() < 1e-15);
        assert!((omniscient_error(3, 0, p) - (3.0 * p * p * q + p * p * p)).abs() < 1e-15);
        assert!((omniscient_error(15, 15, p) - 0.5).abs() < 1e-15);
    }

    /// Half of the votes and one more decide alone: against the truth wherever most honest votes are right.
    #[test]
    fn a_majority_of_them_decides_against_the_honest() {
        let honest_wrong = super::super::majority_error(&[0.3; 7]);
        assert!((omniscient_error(15, 8, 0.3) - (1.0 - honest_wrong)).abs() < 1e-12);
    }
}
