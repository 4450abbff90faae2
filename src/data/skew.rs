//! Splits whose parts are unlike: shares drawn from Dirichlet laws, and data that is partly sorted.

use rand::Rng;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, Gamma, Open01};

use super::samples::Label;
use crate::random::Stream;

/// The `k`-th of `parts` nearly equal parts of `0..len`.
pub(super) fn part(len: usize, k: usize, parts: usize) -> std::ops::Range<usize> {
    let cut = |k: usize| (len as u128 * k as u128 / parts as u128) as usize;
    cut(k)..cut(k + 1)
}

/// Every group of samples cut among all workers in shares drawn anew for each group.
pub(super) fn by_shares(
    groups: &[Vec<u32>],
    concentration: f64,
    workers: usize,
    stream: &mut Stream,
) -> Vec<Vec<u32>> {
    let mut shards = vec![Vec::new(); workers];
    for group in groups {
        let shares = dirichlet(&vec![concentration; workers], stream);
        let (mut sum, mut start) = (0.0, 0);
        for (worker, (shard, share)) in shards.iter_mut().zip(shares).enumerate() {
            sum += share;
            // The shares sum to one only up to rounding; the last worker takes what is left.
            let end =
                if worker + 1 == workers { group.len() } else { (sum * group.len() as f64).round() as usize };
            let end = end.clamp(start, group.len());
            shard.extend_from_slice(&group[start..end]);
            start = end;
        }
    }
    shards
}

/// One draw from a Dirichlet distribution: gamma variates divided by their sum.
///
/// The variates are drawn as logarithms, ln G(a) = ln G(a + 1) + ln(U) / a (Marsaglia & Tsang 2000, section 6),
/// because at a concentration of 0.001 most of them are smaller than the smallest positive number.
fn dirichlet(concentrations: &[f64], stream: &mut Stream) -> Vec<f64> {
    let log = |concentration: &f64| {
        if *concentration == 0.0 {
            return f64::NEG_INFINITY;
        }
        let gamma = Gamma::new(concentration + 1.0, 1.0).expect("the concentration was checked");
        let uniform: f64 = stream.sample(Open01);
        gamma.sample(stream).ln() + uniform.ln() / concentration
    };
    let logs: Vec<f64> = concentrations.iter().map(log).collect();
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logs.iter().map(|log| (log - largest).exp()).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}

/// Parts of nearly equal size, each worker's labels drawn from a distribution of its own: Dirichlet with the shares of the labels
/// in the set times the concentration. What a worker wants of a label that is used up comes from its other labels, and where it
/// wants none of what is left, from all that is left.
pub(super) fn by_label_shares(
    mut groups: Vec<Vec<u32>>,
    concentration: f64,
    workers: usize,
    stream: &mut Stream,
) -> Vec<Vec<u32>> {
    let samples: usize = groups.iter().map(Vec::len).sum();
    let prior: Vec<f64> =
        groups.iter().map(|group| concentration * group.len() as f64 / samples as f64).collect();
    let mut shards = Vec::with_capacity(workers);
    for worker in 0..workers {
        let wanted = dirichlet(&prior, stream);
        let (mut shard, mut sums) = (Vec::new(), running_sums(&wanted, &groups));
        for _ in part(samples, worker, workers) {
            let total = *sums.last().expect("there are classes");
            let at = stream.random::<f64>() * total;
            // The first label whose sum lies above: never one that is used up, whose sum is that of the label before it.
            let label = sums.partition_point(|sum| *sum <= at).min(sums.partition_point(|sum| *sum < total));
            shard.push(groups[label].pop().expect("a label that is used up has no share"));
            if groups[label].is_empty() {
                sums = running_sums(&wanted, &groups);
            }
        }
        shards.push(shard);
    }
    shards
}

/// Sums of the shares of the labels that are left, up to each; of the samples that are left where these have no share.
fn running_sums(wanted: &[f64], groups: &[Vec<u32>]) -> Vec<f64> {
    let running = |of: &dyn Fn(usize) -> f64| -> Vec<f64> {
        let sums = (0..groups.len()).scan(0.0, |sum, label| {
            *sum += if groups[label].is_empty() { 0.0 } else { of(label) };
            Some(*sum)
        });
        sums.collect()
    };
    let sums = running(&|label| wanted[label]);
    if sums.last().is_some_and(|total| *total > 0.0) {
        sums
    } else {
        running(&|label| groups[label].len() as f64)
    }
}

/// A share of all samples dealt at random, the others sorted by label and cut: each worker has a part of either.
pub(super) fn partly_sorted(
    labels: &[Label],
    share: f64,
    workers: usize,
    stream: &mut Stream,
) -> Vec<Vec<u32>> {
    let mut order: Vec<u32> = (0..labels.len()).map(|sample| sample as u32).collect();
    order.shuffle(stream);
    let (mixed, rest) = order.split_at((share * labels.len() as f64) as usize);
    let mut rest = rest.to_vec();
    // Equal labels stay in the order in which they were drawn.
    rest.sort_by_key(|sample| labels[*sample as usize]);
    let of = |worker| {
        let mut shard = mixed[part(mixed.len(), worker, workers)].to_vec();
        shard.extend_from_slice(&rest[part(rest.len(), worker, workers)]);
        shard
    };
    (0..workers).map(of).collect()
}
