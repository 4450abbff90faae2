//! Election coding: workers compute several partitions of the batch, vote locally, and the server takes the majority of
//! the local votes.
//!
//! Source: Sohn et al., *Election coding for distributed learning*, NeurIPS 2020, arXiv 1910.06093. The round's batch
//! is cut into M partitions; a 0/1 matrix G says which worker computes which. Worker i takes the sign of each of its
//! partitions' gradients and sends c_i = sign(sum over j of G_ij s_j), zero where they tie. The redundancy rho, ones
//! in G over M, is what its computations and batches cost more than plain voting.
//!
//! * Random Bernoulli code: G_ij ~ Bernoulli(rho / M); a row without a one is drawn again, so that the redundancy is
//!   rho / (1 - (1 - rho / M)^M) on average: 2.265 for rho = 2 and M = 15. Fixed for the run.
//! * Deterministic code for odd M and b: s = (M - 1)/2 - b rows with one partition each, s rows with all but two, and
//!   2b + 1 rows with all of them. Perfect against b liars.
//!
//! Example (M = 5, b = 1): partition signs (+,-,-,+,+) give the local votes (+,-,+,+,+); rho = 19/5.

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::tally::{Elected, elect};
use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::random::{Purpose, Streams};
use crate::sign::{SignVector, valid_bits};
use crate::time::Round;
use crate::units::{Count, Positive};

pub(crate) const ENTRY: Entry = Entry {
    word: "election",
    about: "majority of local majorities over shared partitions of the batch; code: bernoulli (`redundancy` rho, \
            rho / (1 - (1 - rho/M)^M) on average, since who has no partition is drawn again) or deterministic",
    source: "Sohn et al. 2020, arXiv 1910.06093",
};

/// Who computes which partition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Code {
    /// Each worker computes each partition with probability `redundancy` / M, and is drawn again when it computes none;
    /// [`Code::mean_redundancy`] says what that comes to.
    Bernoulli {
        /// rho, from 0.001 to M: partitions a worker, on average before empty rows are drawn again.
        redundancy: Positive,
    },
    /// The code that withstands `tolerated` liars, b; M must be odd.
    Deterministic {
        /// b, an integer or an expression in M.
        tolerated: Count,
    },
}

/// Below it a row takes a thousand draws and more.
const LEAST_REDUNDANCY: f64 = 1e-3;

impl Code {
    /// Checks what the types cannot for M workers.
    ///
    /// # Errors
    /// When there is no such code.
    pub fn validate(&self, workers: u32) -> Result<()> {
        match self {
            Self::Bernoulli { redundancy } if redundancy.get() > f64::from(workers) => {
                let message =
                    format!("a redundancy of {} is more than the {workers} workers", redundancy.get());
                Err(Error::scenario(message)
                    .key("bernoulli.redundancy")
                    .help(format!("write a number from {LEAST_REDUNDANCY} to {workers}")))
            }
            // Rows without a one are drawn again, and nearly all of them would be.
            Self::Bernoulli { redundancy } if redundancy.get() < LEAST_REDUNDANCY => {
                let message =
                    format!("a redundancy of {} leaves nearly every row of the code empty", redundancy.get());
                Err(Error::scenario(message)
                    .key("bernoulli.redundancy")
                    .help(format!(
                        "write a number from {LEAST_REDUNDANCY} to {workers}, usually 2 or 3; every worker computes at least \
                         one partition"
                    )))
            }
            Self::Bernoulli { .. } => Ok(()),
            Self::Deterministic { tolerated } => {
                let key = "deterministic.tolerated";
                if workers.is_multiple_of(2) {
                    return Err(Error::scenario(format!(
                        "there is no deterministic code for {workers} workers"
                    ))
                    .key(key)
                    .help("use an odd number of workers, or code: { bernoulli: { redundancy: 2 } }"));
                }
                let most = (workers - 1) / 2;
                let help = || format!("write a number from 0 to {most}");
                let b =
                    tolerated.evaluate(workers).map_err(|why| Error::scenario(why).key(key).help(help()))?;
                if b > most {
                    return Err(Error::scenario(format!(
                        "no code withstands {b} liars of {workers} workers"
                    ))
                    .key(key)
                    .help(help()));
                }
                Ok(())
            }
        }
    }

    /// Partitions that a worker computes, on average over workers and draws: what the code costs.
    ///
    /// # Panics
    /// Never after [`Code::validate`].
    #[must_use]
    pub fn mean_redundancy(&self, workers: u32) -> f64 {
        let m = f64::from(workers);
        match self {
            Self::Bernoulli { redundancy } => {
                let rho = redundancy.get();
                // 1 - (1 - rho / M)^M, without losing what a small rho leaves of it.
                rho / -(m * (-rho / m).ln_1p()).exp_m1()
            }
            Self::Deterministic { tolerated } => {
                let b = f64::from(tolerated.evaluate(workers).expect("a validated code"));
                let s = (m - 1.0) / 2.0 - b;
                (s * (m - 1.0) + (2.0 * b + 1.0) * m) / m
            }
        }
    }

    /// What a user should be told before a run: where the code costs more than its settings say.
    #[must_use]
    pub fn remark(&self, workers: u32) -> Option<String> {
        let Self::Bernoulli { redundancy } = self else { return None };
        let (written, mean) = (redundancy.get(), self.mean_redundancy(workers));
        (mean > 1.005 * written).then(|| {
            format!(
                "a bernoulli code of redundancy {written} costs {mean:.3} partitions a worker on average: a worker \
                 that would compute none is drawn again"
            )
        })
    }

    /// The partitions of every worker, in order, out of M.
    ///
    /// # Panics
    /// Never after [`Code::validate`].
    #[must_use]
    pub fn assignment(&self, workers: u32, streams: Streams) -> Vec<Vec<u32>> {
        match self {
            Self::Bernoulli { redundancy } => {
                let p = redundancy.get() / f64::from(workers);
                (0..workers).map(|i| bernoulli_row(p, workers, streams, i)).collect()
            }
            Self::Deterministic { tolerated } => {
                let b = tolerated.evaluate(workers).expect("a validated code");
                let s = (workers - 1) / 2 - b;
                let alone = (0..s).map(|i| vec![i]);
                let most = (0..s).map(|i| (0..workers).filter(|j| *j != i && *j != workers - 1).collect());
                let all = (0..=2 * b).map(|_| (0..workers).collect());
                alone.chain(most).chain(all).collect()
            }
        }
    }
}

fn bernoulli_row(p: f64, workers: u32, streams: Streams, row: u32) -> Vec<u32> {
    let mut stream = streams.stream(Purpose::Code, u64::from(row), Round::FIRST);
    loop {
        let row: Vec<u32> = (0..workers).filter(|_| stream.random_bool(p)).collect();
        if !row.is_empty() {
            return row;
        }
    }
}

/// The majority of the signs of a worker's own partitions, zero where they tie.
///
/// # Panics
/// When there is no partition, or partitions differ in length.
#[must_use]
pub fn local_vote(partitions: &[SignVector]) -> SignVector {
    let coordinates = partitions[0].coordinates();
    let votes: Vec<&SignVector> = partitions.iter().collect();
    let Elected { wins, ties } = elect(&votes, coordinates);
    let voted = ties.iter().enumerate().map(|(k, ties)| valid_bits(coordinates, k) & !ties).collect();
    SignVector::from_decision(coordinates, wins, voted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deterministic(workers: u32, b: u32) -> Vec<Vec<u32>> {
        let code = Code::Deterministic { tolerated: b.to_string().parse().unwrap() };
        code.validate(workers).unwrap();
        code.assignment(workers, Streams::new(1))
    }

    #[test]
    fn the_code_for_five_workers_and_one_liar() {
        let rows = deterministic(5, 1);
        assert_eq!(rows.iter().map(Vec::len).sum::<usize>(), 19);
        let signs = [1, -1, -1, 1, 1].map(|s| SignVector::from_signs(&[s]));
        let votes: Vec<i8> = rows
            .iter()
            .map(|row| {
                local_vote(&row.iter().map(|j| signs[*j as usize].clone()).collect::<Vec<_>>()).sign(0)
            })
            .collect();
        assert_eq!(votes, [1, -1, 1, 1, 1]);
    }

    /// The theorem behind the code: whatever the partitions' signs, b liars do not change their majority.
    #[test]
    fn the_deterministic_code_is_perfect_against_its_liars() {
        for (workers, b) in [(5_u32, 0), (5, 1), (5, 2), (7, 1), (7, 2), (9, 2)] {
            let rows = deterministic(workers, b);
            for pattern in 0_u32..1 << workers {
                let sign = |j: u32| if pattern >> j & 1 == 1 { 1 } else { -1_i32 };
                let majority = (0..workers).map(sign).sum::<i32>().signum();
                let votes: Vec<i32> = rows
                    .iter()
                    .map(|row| row.iter().map(|j| sign(*j)).sum::<i32>().signum() * majority)
                    .collect();
                // The worst liars turn the best votes around.
                let mut sorted = votes;
                sorted.sort_unstable_by_key(|v| -v);
                let sum: i32 =
                    sorted.iter().enumerate().map(|(i, v)| if i < b as usize { -1 } else { *v }).sum();
                assert!(sum > 0, "M = {workers}, b = {b}, {pattern:b}");
            }
        }
    }

    #[test]
    fn a_bernoulli_code_has_its_redundancy_and_no_empty_row() {
        let code = Code::Bernoulli { redundancy: Positive::try_from(2.0).unwrap() };
        let (mut ones, codes) = (0, 400);
        for seed in 0..codes {
            let rows = code.assignment(15, Streams::new(seed));
            assert!(rows.iter().all(|row| !row.is_empty()));
            ones += rows.iter().map(Vec::len).sum::<usize>();
        }
        // A row has 2 ones on average, and is drawn again when it has none: 2 / (1 - (13/15)^15).
        let expected = 2.0 / (1.0 - (13.0_f64 / 15.0).powi(15));
        assert!((code.mean_redundancy(15) - expected).abs() < 1e-12 && (expected - 2.265).abs() < 5e-4);
        assert!(code.remark(15).unwrap().contains("2.265"));
        let mean = ones as f64 / (15 * codes) as f64;
        assert!((mean - expected).abs() < 0.1, "{mean} instead of {expected}");
    }

    /// Counted over many draws, or exactly where nothing is drawn; a worker computes one partition at least.
    #[test]
    fn the_mean_redundancy_is_what_is_assigned() {
        let bernoulli = |rho: f64| Code::Bernoulli { redundancy: Positive::try_from(rho).unwrap() };
        for (code, workers, draws) in [
            (bernoulli(0.5), 15, 400),
            (bernoulli(3.0), 15, 400),
            (bernoulli(4.0), 4, 1),
            (bernoulli(1e-300), 1, 0),
            (Code::Deterministic { tolerated: "1".parse().unwrap() }, 5, 1),
            (Code::Deterministic { tolerated: "2".parse().unwrap() }, 9, 1),
        ] {
            let ones =
                |seed| code.assignment(workers, Streams::new(seed)).iter().map(Vec::len).sum::<usize>();
            let mean = code.mean_redundancy(workers);
            let seen =
                (0..draws).map(ones).sum::<usize>() as f64 / (draws.max(1) * u64::from(workers)) as f64;
            let tolerance = if draws > 1 { 0.1 } else { 1e-9 };
            assert!(draws == 0 || (mean - seen).abs() < tolerance, "{code:?}: {mean} instead of {seen}");
            assert!(mean >= 1.0 - 1e-9 && mean <= f64::from(workers) + 1e-9, "{code:?}: {mean}");
        }
    }

    #[test]
    fn a_local_tie_abstains() {
        let votes = [SignVector::from_signs(&[1, 1, -1]), SignVector::from_signs(&[1, -1, -1])];
        assert_eq!(local_vote(&votes).to_signs(), [1, 0, -1]);
    }
}
