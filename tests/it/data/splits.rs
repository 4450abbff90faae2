//! Who holds which sample.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use signsim::data::{Shard, SplitSpec};
use signsim::random::Streams;

use super::complaint;

fn split(spec: SplitSpec, labels: &[u16], classes: usize, workers: usize, seed: u64) -> Vec<Shard> {
    spec.split(labels, classes, workers, Streams::new(seed)).expect("everybody gets a sample")
}

/// `each` samples of every class, one class after the other.
fn sorted(classes: u16, each: usize) -> Vec<u16> {
    (0..classes).flat_map(|class| std::iter::repeat_n(class, each)).collect()
}

/// All sample numbers that somebody holds, in order; a number held twice comes twice.
fn held(shards: &[Shard]) -> Vec<u32> {
    let mut all: Vec<u32> = shards.iter().flat_map(|shard| shard.iter().copied()).collect();
    all.sort_unstable();
    all
}

fn everything(labels: &[u16]) -> Vec<u32> {
    (0..labels.len() as u32).collect()
}

/// How many samples of each class a worker holds.
fn histogram(shard: &Shard, labels: &[u16], classes: usize) -> Vec<usize> {
    let mut counts = vec![0; classes];
    shard.iter().for_each(|&sample| counts[usize::from(labels[sample as usize])] += 1);
    counts
}

fn spread(counts: impl Iterator<Item = usize> + Clone) -> usize {
    counts.clone().max().unwrap_or(0) - counts.min().unwrap_or(0)
}

proptest! {
    #[test]
    fn iid_deals_everything_once_in_equal_parts(
        labels in prop::collection::vec(0_u16..10, 1..500), part in 0.0_f64..=1.0, seed: u64
    ) {
        let workers = 1 + (part * (labels.len() - 1) as f64) as usize;
        let shards = split(SplitSpec::Iid, &labels, 10, workers, seed);
        prop_assert_eq!(shards.len(), workers);
        prop_assert_eq!(held(&shards), everything(&labels));
        prop_assert!(spread(shards.iter().map(|shard| shard.len())) <= 1);
    }

    #[test]
    fn labels_per_worker_keeps_its_limit_and_uses_what_it_can(
        mut labels in prop::collection::vec(0_u16..10, 2000..2500), workers in 1_usize..40,
        limit in 1_usize..=10, absent in 0_u16..10, seed: u64
    ) {
        // One class does not occur at all, as may happen with the first samples of a file.
        labels.iter_mut().filter(|label| **label == absent).for_each(|label| *label = (absent + 1) % 10);
        let shards = split(SplitSpec::LabelsPerWorker(limit), &labels, 10, workers, seed);
        let histograms: Vec<_> = shards.iter().map(|shard| histogram(shard, &labels, 10)).collect();
        let mut holders = vec![0; 10];
        for histogram in &histograms {
            let labels: Vec<usize> = (0..10).filter(|&class| histogram[class] > 0).collect();
            prop_assert_eq!(labels.len(), limit.min(9));
            labels.into_iter().for_each(|class| holders[class] += 1);
        }
        holders.remove(usize::from(absent));
        prop_assert!(spread(holders.iter().copied()) <= 1, "{:?}", holders);
        for class in 0..10 {
            let parts: Vec<usize> = histograms.iter().map(|h| h[class]).filter(|&count| count > 0).collect();
            prop_assert!(spread(parts.iter().copied()) <= 1, "{:?}", parts);
        }
        let all = held(&shards);
        prop_assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        let occurring = labels.iter().collect::<BTreeSet<_>>().len();
        prop_assert_eq!(all.len() == labels.len(), workers * limit.min(occurring) >= occurring);
    }

    #[test]
    fn dirichlet_deals_everything_once(
        labels in prop::collection::vec(0_u16..10, 1000..1500), workers in 1_usize..10,
        log in -1.0_f64..8.0, seed: u64
    ) {
        if let Ok(shards) = SplitSpec::Dirichlet(10_f64.powf(log)).split(&labels, 10, workers, Streams::new(seed)) {
            prop_assert_eq!(shards.len(), workers);
            prop_assert_eq!(held(&shards), everything(&labels));
        } else {
            // Nobody goes empty unless the shares are skewed.
            prop_assert!(log < 0.5);
        }
    }

    #[test]
    fn a_minority_alone_holds_its_labels(
        labels in prop::collection::vec(0_u16..10, 1000..1500), few in 1_usize..10, last in 1_usize..10, seed: u64
    ) {
        let shards = split(SplitSpec::Minority { workers: few, labels: last }, &labels, 10, 15, seed);
        prop_assert_eq!(held(&shards), everything(&labels));
        let (others, minority) = shards.split_at(15 - few);
        let theirs = |sample: &u32| usize::from(labels[*sample as usize]) >= 10 - last;
        prop_assert!(others.iter().all(|shard| !shard.iter().any(theirs)));
        prop_assert!(minority.iter().all(|shard| shard.iter().all(theirs)));
        for group in [others, minority] {
            prop_assert!(spread(group.iter().map(|shard| shard.len())) <= 1);
        }
    }

    #[test]
    fn a_split_is_a_function_of_the_seed(seed: u64) {
        let labels = sorted(10, 40);
        for spec in [SplitSpec::Iid, SplitSpec::LabelsPerWorker(3), SplitSpec::Dirichlet(10.0), SplitSpec::Minority { workers: 3, labels: 2 }] {
            prop_assert_eq!(split(spec.clone(), &labels, 10, 7, seed), split(spec.clone(), &labels, 10, 7, seed));
            prop_assert_ne!(split(spec.clone(), &labels, 10, 7, seed), split(spec.clone(), &labels, 10, 7, seed ^ 1));
        }
    }
}

#[test]
fn replicated_gives_everybody_the_same_memory() {
    let labels = sorted(3, 5);
    let shards = split(SplitSpec::Replicated, &labels, 3, 4, 1);
    assert_eq!(shards.len(), 4);
    assert_eq!(shards[0].to_vec(), everything(&labels));
    assert!(shards.iter().all(|shard| Arc::ptr_eq(shard, &shards[0])));
}

#[test]
fn iid_mixes_the_classes() {
    // Sorted labels: an unshuffled cut would give every worker a single class.
    let labels = sorted(10, 600);
    for shard in split(SplitSpec::Iid, &labels, 10, 10, 1) {
        // 600 draws of a class with probability 1/10 have mean 60 and deviation 7.
        for count in histogram(&shard, &labels, 10) {
            assert!((25..=95).contains(&count), "{count}");
        }
    }
}

#[test]
fn which_labels_meet_in_a_worker_is_drawn() {
    let labels = sorted(10, 100);
    let pairs: BTreeSet<Vec<usize>> = (0..50)
        .flat_map(|seed| split(SplitSpec::LabelsPerWorker(2), &labels, 10, 5, seed))
        .map(|shard| {
            let histogram = histogram(&shard, &labels, 10);
            (0..10).filter(|&class| histogram[class] > 0).collect()
        })
        .collect();
    // 250 pairs out of 45 possible ones: hardly any stays unseen (a given one with probability e^-5.6).
    assert!(pairs.len() > 40, "{}", pairs.len());
}

#[test]
fn the_samples_of_a_label_are_shuffled() {
    // Files may be sorted inside a class, by writer for instance; a worker's part must not be a run of the file.
    let labels = sorted(2, 1000);
    for spec in [SplitSpec::LabelsPerWorker(1), SplitSpec::Dirichlet(1e8)] {
        for shard in split(spec.clone(), &labels, 2, 4, 1) {
            let early = shard.iter().filter(|&&sample| sample % 1000 < 500).count();
            // About half of the 500, with deviation 8.
            assert!((200..=300).contains(&early), "{spec:?}: {early}");
        }
    }
}

#[test]
fn the_splits_of_published_results_stay_what_they_are() {
    let labels = sorted(3, 4);
    let dealt = |spec| split(spec, &labels, 3, 3, 1).iter().map(|shard| shard.to_vec()).collect::<Vec<_>>();
    assert_eq!(dealt(SplitSpec::Iid), [[8, 2, 11, 5], [1, 4, 6, 7], [3, 9, 0, 10]]);
    assert_eq!(dealt(SplitSpec::LabelsPerWorker(2)), [[3, 2, 10, 8], [4, 7, 11, 9], [0, 1, 5, 6]]);
    assert_eq!(dealt(SplitSpec::Dirichlet(2.0)), [&[3, 4, 7, 5, 10, 8, 11][..], &[2, 0, 9], &[1, 6]]);
}

/// The share of each class (row) that each worker (column) holds.
fn shares(concentration: f64, classes: u16, workers: usize, each: usize, seed: u64) -> Vec<Vec<f64>> {
    let labels = sorted(classes, each);
    let shards = split(SplitSpec::Dirichlet(concentration), &labels, usize::from(classes), workers, seed);
    let histograms: Vec<_> =
        shards.iter().map(|shard| histogram(shard, &labels, usize::from(classes))).collect();
    (0..usize::from(classes))
        .map(|class| histograms.iter().map(|h| h[class] as f64 / each as f64).collect())
        .collect()
}

#[test]
fn dirichlet_shares_have_the_moments_of_the_distribution() {
    // For M workers: mean 1/M, variance (1/M)(1 - 1/M)/(M a + 1), covariance -(1/M^2)/(M a + 1).
    for (concentration, workers) in [(0.1, 4_usize), (0.5, 4), (1.0, 3), (5.0, 6)] {
        let rows: Vec<_> = (0..12).flat_map(|seed| shares(concentration, 250, workers, 400, seed)).collect();
        let (n, m) = (rows.len() as f64, workers as f64);
        let scale = m * concentration + 1.0;
        for worker in 0..workers {
            let mean = rows.iter().map(|row| row[worker]).sum::<f64>() / n;
            let variance = rows.iter().map(|row| (row[worker] - 1.0 / m).powi(2)).sum::<f64>() / n;
            let expected = (1.0 / m) * (1.0 - 1.0 / m) / scale;
            assert!((mean - 1.0 / m).abs() < 5.0 * (expected / n).sqrt(), "{concentration}: mean {mean}");
            assert!((variance / expected - 1.0).abs() < 0.15, "{concentration}: {variance} for {expected}");
        }
        let covariance = rows.iter().map(|row| (row[0] - 1.0 / m) * (row[1] - 1.0 / m)).sum::<f64>() / n;
        let expected = -1.0 / (m * m) / scale;
        assert!((covariance / expected - 1.0).abs() < 0.2, "{concentration}: {covariance} for {expected}");
    }
}

#[test]
fn a_large_concentration_is_nearly_equal_shares() {
    for row in shares(1e8, 10, 7, 700, 1) {
        assert!(row.iter().all(|share| (share - 1.0 / 7.0).abs() < 2.0 / 700.0), "{row:?}");
    }
}

#[test]
fn a_tiny_concentration_puts_each_class_into_one_hand() {
    // 1e-4 and below: the gamma variates themselves would all be zero.
    for concentration in [1e-4, 1e-12, 1e-300] {
        let rows = shares(concentration, 100, 3, 50, 1);
        assert!(rows.iter().all(|row| row.contains(&1.0)), "{concentration}");
        for worker in 0..3 {
            let owned = rows.iter().filter(|row| row[worker] == 1.0).count();
            assert!((10..=60).contains(&owned), "{concentration}: worker {worker} owns {owned} classes");
        }
    }
}

fn refuse(spec: SplitSpec, labels: &[u16], workers: usize) -> (String, String) {
    complaint(spec.split(labels, 10, workers, Streams::new(1)))
}

#[test]
fn a_worker_without_samples_is_named() {
    let words = "worker 0 of 5 (counted from 0) is left without any of the 3 training samples";
    assert_eq!(
        refuse(SplitSpec::Iid, &[1, 2, 3], 5),
        (words.into(), "use fewer workers or more training samples".into())
    );
    let (message, help) = refuse(SplitSpec::Dirichlet(1e-3), &sorted(10, 5), 30);
    assert!(message.contains("of 30") && message.contains("50 training samples"), "{message}");
    assert!(help.contains("larger concentration"), "{help}");
    // Three workers share one sample of class 0: the first two parts of it are empty.
    let (message, help) = refuse(SplitSpec::LabelsPerWorker(1), &[0], 3);
    assert!(message.starts_with("worker 0 of 3 "), "{message}");
    assert!(help.contains("more labels per worker"), "{help}");
    let (message, _) = refuse(SplitSpec::Replicated, &[], 2);
    assert!(message.starts_with("worker 0 of 2 "), "{message}");
    let (message, _) = refuse(SplitSpec::Iid, &[1], 0);
    assert_eq!(message, "there is no worker to hold the training set");
}

#[test]
fn parameters_out_of_range_are_refused() {
    for (limit, words) in [(0, "0 labels of 10"), (11, "11 labels of 10")] {
        let (message, help) = refuse(SplitSpec::LabelsPerWorker(limit), &sorted(10, 50), 2);
        assert_eq!(message, format!("a worker cannot hold {words}"));
        assert_eq!(help, "write a number from 1 to 10");
    }
    for concentration in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let (message, help) = refuse(SplitSpec::Dirichlet(concentration), &sorted(10, 50), 2);
        assert_eq!(
            message,
            format!("a Dirichlet concentration of {concentration} is not positive and finite")
        );
        assert!(help.starts_with("write a positive number"), "{help}");
    }
}
