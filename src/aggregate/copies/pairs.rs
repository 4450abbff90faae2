//! How often each pair of voters agrees, counted by words of signs.

use std::ops::Range;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::aggregate::agreement::Agreement;
use crate::helpers::Helpers;
use crate::interrupt;
use crate::sign::SignVector;

/// Coordinates that all pairs are compared on before the next ones: a thousand votes of so many lie in the second cache.
const BLOCK: usize = 1 << 14;

/// Words of pairs that are worth a thread: fewer are compared in the time that it takes to start one.
const ENOUGH: usize = 1 << 17;

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
    pub(crate) fn of(votes: &[&SignVector], ranges: &[Range<usize>], helpers: &Helpers) -> Self {
        let mut all = Self::new(votes.len());
        let words: usize = ranges.iter().map(|range| range.len().div_ceil(64)).sum();
        let worth = all.pairs.len() * words / ENOUGH;
        let lent = helpers.lend(worth.min(votes.len()).saturating_sub(1));
        let parts = all.parts(lent.threads() + 1);
        lent.for_each(parts.into_iter(), |part| part.compare(votes, ranges));
        all
    }

    /// All pairs in about equal parts, each those of some voters with all before them.
    fn parts(&mut self, count: usize) -> Vec<Part<'_>> {
        let (voters, mut left) = (self.voters, &mut self.pairs[..]);
        let end = |k: usize| (voters as f64 * (k as f64 / count as f64).sqrt()).round() as usize;
        let mut cut = |k: usize| {
            let rows = end(k)..end(k + 1);
            let len = place(0, rows.end.max(1)) - place(0, rows.start.max(1));
            let (pairs, rest) = std::mem::take(&mut left).split_at_mut(len);
            left = rest;
            Part { rows, pairs }
        };
        (0..count).map(&mut cut).collect()
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

/// The pairs of some voters with all that come before them.
struct Part<'a> {
    rows: Range<usize>,
    pairs: &'a mut [Agreement],
}

impl Part<'_> {
    fn compare(self, votes: &[&SignVector], ranges: &[Range<usize>]) {
        for block in ranges.iter().flat_map(blocks) {
            if interrupt::asked() {
                // Nobody looks at what comes of it.
                break;
            }
            let pairs = self.rows.clone().flat_map(|j| (0..j).map(move |i| (i, j)));
            for (pair, (i, j)) in self.pairs.iter_mut().zip(pairs) {
                pair.add(agreement(votes[i], votes[j], std::slice::from_ref(&block)), 1.0);
            }
        }
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
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::helpers::{Lender, NOBODY};

    /// However many threads share them, every pair is compared once.
    #[test]
    fn parts_are_all_pairs() {
        for voters in [0, 1, 2, 3, 7, 15, 100] {
            for count in 1..9 {
                let mut pairs = Pairs::new(voters);
                for (k, part) in pairs.parts(count).into_iter().enumerate() {
                    assert_eq!(part.pairs.len(), part.rows.clone().sum::<usize>(), "part {k}");
                    part.pairs.iter_mut().for_each(|pair| pair.received += (k + 1) as f64);
                }
                let said: Vec<f64> = pairs.pairs.iter().map(|pair| pair.received).collect();
                assert!(said.is_sorted() && said.iter().all(|k| (1.0..=count as f64).contains(k)));
            }
        }
    }

    #[test]
    fn threads_that_help_change_no_count() {
        struct One;
        impl Lender for One {
            fn lend(&self, most: usize) -> usize {
                most.min(1)
            }
            fn give_back(&self, _: usize) {}
        }
        let d = 64 * ENOUGH / 50;
        let sign = |m: usize, n: usize| [1_i8, -1, 0, 1][(n * (m + 3) + n / (m + 7)) % 4];
        let votes: Vec<SignVector> = (0..15)
            .map(|m| SignVector::from_signs(&(0..d).map(|n| sign(m, n)).collect::<Vec<i8>>()))
            .collect();
        let refs: Vec<&SignVector> = votes.iter().collect();
        let alone = Pairs::of(&refs, &one(3..d - 5), &NOBODY);
        assert_eq!(Pairs::of(&refs, &one(3..d - 5), &Helpers::of(Arc::new(One))), alone);
        assert!(alone.pairs.iter().all(|pair| pair.received > 0.0));
    }

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
            let tables = [Pairs::of(&refs, &one(0..cut), &NOBODY), Pairs::of(&refs, &one(cut..d), &NOBODY)];
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
        memory.learn(&Pairs::of(&refs, &one(0..2), &NOBODY), &[0, 1, 2], 0.5);
        memory.learn(&Pairs::of(&[refs[0], refs[2]], &one(0..2), &NOBODY), &[0, 2], 0.5);
        assert_eq!(memory.get(0, 1), Agreement { agreed: 1.0, received: 2.0 });
        assert_eq!(memory.get(2, 0), Agreement { agreed: 3.0, received: 3.0 });
    }
}
