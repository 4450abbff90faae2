//! From counts to a log-likelihood weight: w = ln((a + eps) / (1 - a + eps)), a = agreements / (received + eps),
//! clipped to +-max_llr. Source: Park & Lee, arXiv 2402.01340, section 3; epsilon as in the authors' code.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The constants of the formula.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WeightFormula {
    pub epsilon: f64,
    pub max_llr: f64,
    /// Pseudo-counts, kappa, that pull a coordinate toward the worker's own rate of agreement.
    pub shrinkage: f64,
}

impl WeightFormula {
    /// The weight after `agreements` out of `received` comparisons.
    ///
    /// `own` is the worker's rate of agreement over all coordinates. It is what kappa pulls toward, and, as the
    /// limit kappa -> 0 demands, the whole estimate where nothing was received yet.
    #[must_use]
    pub(crate) fn weight(&self, agreements: f64, received: f64, own: f64) -> f64 {
        let (agreements, received) = (agreements + self.shrinkage * own, received + self.shrinkage);
        let rate = if received > 0.0 { agreements / (received + self.epsilon) } else { own };
        let llr = ((rate + self.epsilon) / (1.0 - rate + self.epsilon)).ln();
        llr.clamp(-self.max_llr, self.max_llr)
    }
}

/// Weights by whole agreements out of one number of comparisons.
#[derive(Debug)]
pub(crate) enum WeightRow {
    /// The same for every worker that was compared as often; this one has counts within a range only.
    Shared { table: Arc<WeightTable>, within: RangeInclusive<usize> },
    /// From `first` agreements on, as far as it goes; what lies outside is computed.
    Own { first: usize, weights: Vec<f32> },
}

impl WeightRow {
    /// Nothing is looked up.
    pub(crate) const EMPTY: Self = Self::Own { first: 0, weights: Vec::new() };
}

/// An entry for every count of a byte, or of two once there may be so many, so that no count can miss it; pages that no count
/// reaches are never touched.
pub(crate) type WeightTable = Box<[f32]>;

/// Entries of a table of two bytes.
pub(crate) const TWO_BYTES: usize = 1 << 16;

/// How often a worker was compared, and the least and the most agreements that one of its coordinates has, or bounds on
/// them: the weights that a round looks up.
pub(crate) type WeightRange = (usize, usize, usize);

/// The tables of one round, by the number of comparisons. Only for kappa = 0.
#[derive(Default)]
pub(crate) struct WeightTables(BTreeMap<usize, Arc<WeightTable>>);

impl WeightTables {
    /// The weights that are wanted and no others: counts lie close together, so a late round takes hardly more of them
    /// than an early one.
    pub(crate) fn new(rule: &WeightFormula, mut wanted: Vec<WeightRange>) -> Self {
        wanted.sort_unstable();
        let mut tables = BTreeMap::new();
        for workers in wanted.chunk_by(|a, b| a.0 == b.0) {
            let (received, mut next) = (workers[0].0, 0);
            // Counts are widened before a round that could be the 256th.
            let mut table = vec![0.0; if received < 255 { 256 } else { TWO_BYTES }];
            for &(_, least, most) in workers {
                for (a, weight) in table.iter_mut().enumerate().take(most + 1).skip(least.max(next)) {
                    *weight = rule.weight(a as f64, received as f64, 0.5) as f32;
                }
                next = next.max(most + 1);
            }
            tables.insert(received, Arc::new(table.into_boxed_slice()));
        }
        Self(tables)
    }

    /// The weights after so many comparisons.
    pub(crate) fn of(&self, received: usize) -> Option<Arc<WeightTable>> {
        self.0.get(&received).cloned()
    }
}

/// Weights by whole counts, computed once: entry `agreements` of row `received`.
///
/// Only for kappa = 0, where a weight depends on the two counts alone. Two megabytes at the most: later rounds
/// are computed directly.
#[derive(Debug, Default)]
pub(crate) struct WeightTriangle {
    rows: Vec<Vec<f32>>,
}

impl WeightTriangle {
    /// Rows beyond this are not kept.
    pub(crate) const ROWS: usize = 1024;

    /// Makes the rows up to `received` available.
    pub(crate) fn grow(&mut self, rule: &WeightFormula, received: usize) {
        for r in self.rows.len()..=received.min(Self::ROWS - 1) {
            self.rows.push((0..=r).map(|a| rule.weight(a as f64, r as f64, 0.5) as f32).collect());
        }
    }

    /// The weight after whole counts, where the row was made.
    #[must_use]
    pub(crate) fn get(&self, agreements: u16, received: u16) -> Option<f32> {
        Some(self.rows.get(received as usize)?[agreements as usize])
    }
}
