//! How often each pair of voters agrees, counted by words of signs.

use std::ops::Range;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::aggregate::agreement::Agreement;
use crate::interrupt;
use crate::sign::SignVector;

/// Coordinates that all pairs are compared on before the next ones: a thousand votes of so many lie in the second cache.
const BLOCK: usize = 1 << 14;

/// Agreements of n voters, each pair once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pairs {
    voters: usize,
    /// (0, 1), (0, 2), (1, 2), (0, 3), …
    pairs: Vec<Agreement>,
}

impl Pairs {
    /// n voters that were never compared.
    pub(crate) fn new(voters: usize) -> Self {
        Self { voters, pairs: vec![Agreement::default(); voters * voters.saturating_sub(1) / 2] }
    }

    /// Compares every two votes on some coordinates; a coordinate where one of them abstains is no comparison.
    pub(crate) fn of(votes: &[&SignVector], ranges: &[Range<usize>]) -> Self {
        let mut all = Self::new(votes.len());
        for block in ranges.iter().flat_map(blocks) {
            if interrupt::asked() {
                // Nobody looks at what comes of it.
                break;
            }
            for j in 1..votes.len() {
                for i in 0..j {
                    let now = agreement(votes[i], votes[j], std::slice::from_ref(&block));
                    all.pairs[place(i, j)].add(now, 1.0);
                }
            }
        }
        all
    }

    /// What is known of two different voters.
    pub(crate) fn get(&self, i: usize, j: usize) -> Agreement {
        self.pairs[place(i.min(j), i.max(j))]
    }

    /// Says what is known of two different voters.
    pub(crate) fn set(&mut self, i: usize, j: usize, agreement: Agreement) {
        self.pairs[place(i.min(j), i.max(j))] = agreement;
    }

    /// Adds what one round has shown of the voters `among`, in their order. Pairs that were not both there do not fade.
    pub(crate) fn learn(&mut self, now: &Self, among: &[usize], forgetting: f64) {
        for j in 1..among.len() {
            for i in 0..j {
                let (a, b) = (among[i].min(among[j]), among[i].max(among[j]));
                self.pairs[place(a, b)].add(now.get(i, j), forgetting);
            }
        }
    }

    /// The voters `among` alone, in their order.
    pub(crate) fn only(&self, among: &[usize]) -> Self {
        let mut few = Self::new(among.len());
        for j in 1..among.len() {
            for i in 0..j {
                few.set(i, j, self.get(among[i], among[j]));
            }
        }
        few
    }

    /// What the agreement of two voters that know nothing of each other may be by chance: three standard deviations, of as many
    /// comparisons as a pair has on average.
    pub(crate) fn noise(tables: &[Self]) -> f64 {
        let compared: f64 = tables.iter().flat_map(|table| &table.pairs).map(|pair| pair.received).sum();
        let pairs = tables.first().map_or(0, |table| table.pairs.len());
        3.0 / (compared / pairs as f64).sqrt()
    }

    /// The mean products of signs, n x n, zero on the diagonal; of several tables their counts together.
    pub(crate) fn correlations(tables: &[Self]) -> Array2<f64> {
        let voters = tables.first().map_or(0, |table| table.voters);
        let together = |i, j| {
            let add = |mut sum: Agreement, table: &Self| {
                sum.add(table.get(i, j), 1.0);
                sum
            };
            tables.iter().fold(Agreement::default(), add)
        };
        Array2::from_shape_fn(
            (voters, voters),
            |(i, j)| {
                if i == j { 0.0 } else { together(i, j).correlation() }
            },
        )
    }
}

/// How often two votes agree on some coordinates, of those where both say something.
pub(crate) fn agreement(one: &SignVector, other: &SignVector, ranges: &[Range<usize>]) -> Agreement {
    let mut sum = Agreement::default();
    for range in ranges {
        let (differ, received) = one.disagreement_within(other, range.clone());
        sum.add(Agreement { agreed: (received - differ) as f64, received: received as f64 }, 1.0);
    }
    sum
}

/// Where the pair of voters i < j stands.
const fn place(i: usize, j: usize) -> usize {
    j * (j - 1) / 2 + i
}

fn blocks(range: &Range<usize>) -> impl Iterator<Item = Range<usize>> + use<> {
    let Range { start, end } = *range;
    (start..end).step_by(BLOCK).map(move |at| at..end.min(at + BLOCK))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(range: Range<usize>) -> Vec<Range<usize>> {
        std::iter::once(range).collect()
    }

    proptest! {
        /// Against a plain loop over coordinates.
        #[test]
        fn correlations_are_mean_products(
            votes in (1_usize..200).prop_flat_map(|d| {
                prop::collection::vec(prop::collection::vec(-1_i8..=1, d), 2..6)
            }),
            cut in 0_usize..200,
        ) {
            let d = votes[0].len();
            let packed: Vec<SignVector> = votes.iter().map(|v| SignVector::from_signs(v)).collect();
            let cut = cut.min(d);
            let refs: Vec<&SignVector> = packed.iter().collect();
            let tables = [Pairs::of(&refs, &one(0..cut)), Pairs::of(&refs, &one(cut..d))];
            let c = Pairs::correlations(&tables);
            for i in 0..votes.len() {
                for j in 0..votes.len() {
                    let products: Vec<i8> = (0..d).map(|n| votes[i][n] * votes[j][n]).filter(|p| *p != 0).collect();
                    let sum: f64 = products.iter().map(|p| f64::from(*p)).sum();
                    let mean = if i == j || products.is_empty() { 0.0 } else { sum / products.len() as f64 };
                    prop_assert!((c[[i, j]] - mean).abs() < 1e-12, "{i} {j}: {} {mean}", c[[i, j]]);
                }
            }
        }
    }

    #[test]
    fn who_is_away_is_not_forgotten() {
        let votes = [[1, 1], [1, -1], [1, 1]].map(|v| SignVector::from_signs(&v));
        let refs: Vec<&SignVector> = votes.iter().collect();
        let mut memory = Pairs::new(3);
        memory.learn(&Pairs::of(&refs, &one(0..2)), &[0, 1, 2], 0.5);
        memory.learn(&Pairs::of(&[refs[0], refs[2]], &one(0..2)), &[0, 2], 0.5);
        assert_eq!(memory.get(0, 1), Agreement { agreed: 1.0, received: 2.0 });
        assert_eq!(memory.get(2, 0), Agreement { agreed: 3.0, received: 3.0 });
    }
}
