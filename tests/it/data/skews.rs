//! Splits whose parts are unlike, against the moments of the laws that they are drawn from, and splits that a file says.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use signsim::data::{Shard, SplitSpec};
use signsim::npy::Header;
use signsim::random::Streams;
use signsim::scenario::Plan;

fn deal(spec: &SplitSpec, labels: &[u16], classes: usize, workers: usize, seed: u64) -> Vec<Shard> {
    spec.split(labels, classes, workers, Streams::new(seed)).expect("everybody gets a sample")
}

/// The share of label 0 among the samples of a worker.
fn share(shard: &Shard, labels: &[u16]) -> f64 {
    shard.iter().filter(|sample| labels[**sample as usize] == 0).count() as f64 / shard.len() as f64
}

fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (mean, values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / values.len() as f64)
}

proptest! {
    #[test]
    fn equal_parts_deal_everything_once(
        labels in prop::collection::vec(0_u16..7, 40..300), workers in 1_usize..20, log in -3.0_f64..3.0,
        gamma in 0.0_f64..=1.0, seed: u64
    ) {
        for spec in [SplitSpec::DirichletLabels(10_f64.powf(log)), SplitSpec::GammaSimilarity(gamma)] {
            let shards = deal(&spec, &labels, 7, workers, seed);
            let mut all: Vec<u32> = shards.iter().flat_map(|shard| shard.iter().copied()).collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..labels.len() as u32).collect::<Vec<_>>());
            let sizes: Vec<usize> = shards.iter().map(|shard| shard.len()).collect();
            // Two cuts of nearly equal parts each.
            let spread = sizes.iter().max().unwrap() - sizes.iter().min().unwrap();
            prop_assert!(spread <= if let SplitSpec::DirichletLabels(_) = spec { 1 } else { 2 }, "{:?}", sizes);
        }
    }
}

/// A share q of a label with mean p = 1/4 has the variance p (1 - p) / (concentration + 1); that of n samples drawn from it
/// lacks p (1 - p) / n of what is left. Measured over 1,000 seeds: .2489 and .0475 for .25 and .0476.
#[test]
fn labels_of_a_worker_follow_a_dirichlet_law() {
    let labels: Vec<u16> = (0..4000).map(|n| n % 4).collect();
    let shares: Vec<f64> = (0..1000)
        .map(|seed| share(&deal(&SplitSpec::DirichletLabels(3.0), &labels, 4, 20, seed)[0], &labels))
        .collect();
    let (mean, variance) = mean_and_variance(&shares);
    let expected = 0.1875 * (0.25 + 0.75 / 200.0);
    assert!(
        (mean - 0.25).abs() < 0.02 && (variance / expected - 1.0).abs() < 0.12,
        "{mean} {variance} {expected}"
    );
}

/// A share of M = 5 workers at concentration 4 has the mean 1/5 and the variance (1/5) (4/5) / (5 * 4 + 1).
#[test]
fn amounts_follow_a_dirichlet_law_and_labels_do_not() {
    let labels: Vec<u16> = (0..2000).map(|n| n % 2).collect();
    let (mut amounts, mut shares) = (Vec::new(), Vec::new());
    for seed in 0..1000 {
        let shards = deal(&SplitSpec::QuantitySkew(4.0), &labels, 2, 5, seed);
        amounts.push(shards[0].len() as f64 / 2000.0);
        shares.extend((shards[0].len() > 300).then(|| share(&shards[0], &labels)));
    }
    let (mean, variance) = mean_and_variance(&amounts);
    let expected = 0.2 * 0.8 / 21.0;
    assert!(
        (mean - 0.2).abs() < 0.01 && (variance / expected - 1.0).abs() < 0.12,
        "{mean} {variance} {expected}"
    );
    let (mean, variance) = mean_and_variance(&shares);
    assert!((mean - 0.5).abs() < 0.005 && variance < 0.25 / 300.0, "{mean} {variance}");
}

#[test]
fn gamma_goes_from_sorted_to_iid() {
    let labels: Vec<u16> = (0..400).map(|n| n * 7 % 4).collect();
    let sorted = deal(&SplitSpec::GammaSimilarity(0.0), &labels, 4, 4, 3);
    for (worker, shard) in sorted.iter().enumerate() {
        assert!(
            shard.iter().all(|sample| usize::from(labels[*sample as usize]) == worker) && shard.len() == 100
        );
    }
    let half = deal(&SplitSpec::GammaSimilarity(0.5), &labels, 4, 4, 3);
    // Half of each shard is a quarter of the labels in order, half is drawn: about 50 + 12 of the own label.
    let own = half.iter().enumerate().map(|(worker, shard)| {
        shard.iter().filter(|sample| usize::from(labels[**sample as usize]) == worker).count()
    });
    assert!(own.clone().all(|own| (40..90).contains(&own)), "{:?}", own.collect::<Vec<_>>());
    let mixed = deal(&SplitSpec::GammaSimilarity(1.0), &labels, 4, 4, 3);
    assert!(mixed.iter().all(|shard| (0.1..0.4).contains(&share(shard, &labels))));
}

/// The plan of three workers with the split of a file, or why there is none.
fn plan(dir: &Path, file: &str) -> Result<Plan, String> {
    let text = format!(
        "name: t\nrounds: 1\nworkers: {{ count: 3, batch: 2 }}\nmethod: signsgd_mv\n\
         task: {{ train: {{ data: {{ digits: {{ train: 6, test: 2 }} }}, split: {{ file: {file} }}, model: logistic }} }}\n"
    );
    Plan::parse(dir.join("t.yaml").to_str().unwrap(), &text, &[], None).map_err(|e| e.to_string())
}

#[test]
fn a_file_says_who_holds_what() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
    write("s.csv", b"worker\n2\n0\n-1\n1\n0\n2\n");
    let array: Vec<u8> = [2_i16, 0, -1, 1, 0, 2].iter().flat_map(|worker| worker.to_be_bytes()).collect();
    write("s.npy", &[&Header::rows(">i2", &[6]).to_bytes()[..], &array].concat());
    for file in ["s.csv", "./s.npy"] {
        let plan = plan(dir.path(), file).unwrap();
        let signsim::scenario::TaskSpec::Train { split, .. } = &plan.runs[0].spec.task else { panic!() };
        let shards = deal(split, &[0, 1, 2, 3, 4, 5], 10, 3, 1);
        let held: Vec<&[u32]> = shards.iter().map(|shard| &shard[..]).collect();
        assert_eq!(held, [&[1, 4][..], &[3], &[0, 5]], "{file}");
        assert_eq!(plan.remarks, ["1 of 6 training samples are nobody's"]);
        assert!(plan.resolved.contains("sha256: "), "{}", plan.resolved);
    }
    for (text, said) in [
        ("0\n1\n2\n", "s.csv has the workers of 3 samples, and 6 are to be dealt"),
        ("0\n1\n2\n3\n0\n1\n", "s.csv names worker 3, and there are 3, counted from 0"),
        ("0\n1\n2\nx\n0\n1\n", "s.csv: line 4: `x` is no number of a worker"),
        ("0\n1\n2\n-2\n0\n1\n", "sample 3 (counted from 0) has the number -2: write that of a worker, or -1"),
        ("", "s.csv has the workers of 0 samples"),
    ] {
        write("s.csv", text.as_bytes());
        let found = plan(dir.path(), "s.csv").unwrap_err();
        assert!(found.contains(said) && found.contains("t.yaml:5:"), "{text:?}: {found}");
    }
    write("s.npy", &[&Header::rows("<f8", &[6]).to_bytes()[..], &[0; 48]].concat());
    let found = plan(dir.path(), "s.npy").unwrap_err();
    assert!(
        found.contains("is float64 of the shape (6,); the worker of every sample is an integer"),
        "{found}"
    );
    // A worker without a sample is found by whoever deals.
    write("s.csv", b"0\n0\n1\n1\n1\n0\n");
    let plan = plan(dir.path(), "s.csv").unwrap();
    let why = signsim::run::verify(&plan, 1, &signsim::run::DatasetCache::default()).unwrap_err();
    assert!(why.to_string().contains("worker 2 of 3 (counted from 0) is left without any of the 6"), "{why}");
}

#[test]
fn parameters_out_of_range_are_refused() {
    for (spec, said) in [
        (SplitSpec::DirichletLabels(0.0), "a Dirichlet concentration of 0 is not positive"),
        (SplitSpec::QuantitySkew(f64::INFINITY), "a Dirichlet concentration of inf is not positive"),
        (SplitSpec::GammaSimilarity(1.5), "a share of 1.5 of the samples cannot be dealt at random"),
    ] {
        let why = spec.split(&[0, 1, 0, 1], 2, 2, Streams::new(1)).unwrap_err().to_string();
        assert!(why.contains(said), "{why}");
    }
}
