//! Rules as a scenario asks for them: settings, refusals, rounds with few vectors, memory.

use proptest::prelude::*;
use serde_yaml::with::singleton_map_recursive;

use super::samples::{attacked, close, fixed, in_range, vectors, views};
use super::*;
use crate::aggregate::{AggregatorSpec, CATALOGUE};
use crate::catalogue::Entry;
use crate::error::Error;
use crate::random::{Purpose, Streams};
use crate::time::Round;

fn stream() -> Stream {
    Streams::new(3).stream(Purpose::TieCoin, 0, Round(5))
}

fn spec(yaml: &str) -> AggregatorSpec {
    singleton_map_recursive::deserialize(serde_yaml::Deserializer::from_str(yaml)).unwrap()
}

fn rule(yaml: &str) -> DenseRule {
    spec(yaml).rule().expect("a rule on numbers")
}

fn before(yaml: &str) -> Vec<Before> {
    singleton_map_recursive::deserialize(serde_yaml::Deserializer::from_str(yaml)).unwrap()
}

/// The rules on numbers come last.
fn entries() -> impl Iterator<Item = &'static Entry> {
    CATALOGUE.iter().skip_while(|entry| entry.word != "mean")
}

/// So many that every rule bears them among n vectors, and no more than are `wanted`.
fn few(rule: &DenseRule, n: u32, wanted: u32) -> u32 {
    if rule.entry().word == "bulyan" { wanted.min(n.saturating_sub(3) / 4) } else { wanted }
}

fn all_rules() -> impl Iterator<Item = DenseRule> {
    entries().map(|entry| rule(&format!("{}: {{}}", entry.word)))
}

#[test]
fn every_listed_word_is_a_rule_without_further_settings() {
    for (entry, rule) in entries().zip(all_rules()) {
        assert_eq!(rule.entry(), *entry);
    }
    for (entry, step) in BEFORE.iter().zip(before("[nearest_neighbor_mixing: {}, bucketing: {}, arc: {}]")) {
        assert_eq!(step.word(), entry.word);
    }
}

#[test]
fn defaults_are_written_out() {
    let written = |rule: &AggregatorSpec| {
        let mut text = Vec::new();
        singleton_map_recursive::serialize(rule, &mut serde_yaml::Serializer::new(&mut text)).unwrap();
        String::from_utf8(text).unwrap()
    };
    for (yaml, expected) in [
        ("median: {}", "median: {}\n"),
        ("multi_krum: { byzantine: M/4 }", "multi_krum:\n  byzantine: M/4\n  selected: null\n"),
        (
            "geometric_median: {}",
            "geometric_median:\n  smoothing: 1e-6\n  iterations: 100\n  tolerance: 1e-6\n",
        ),
        ("centered_clipping: {}", "centered_clipping:\n  radius: 10.0\n  iterations: 1\n"),
    ] {
        assert_eq!(written(&spec(yaml)), expected);
    }
}

/// Key and advice of what is refused; `ok` where nothing is.
fn check(rule_yaml: &str, before_yaml: &str, workers: u32, declared: u32, expected: &str) {
    let rule = DenseAggregator::new(&rule(rule_yaml), &before(before_yaml), workers, declared, 1);
    let found = match rule {
        Ok(_) => "ok".to_owned(),
        Err(e @ Error::Scenario { .. }) => {
            let Error::Scenario { key, .. } = &e else { unreachable!() };
            format!("{}: {}", key.as_deref().unwrap_or("-"), e.advice().unwrap_or("-"))
        }
        Err(other) => panic!("{other}"),
    };
    assert_eq!(found, expected, "{rule_yaml} after {before_yaml} for M = {workers}, L = {declared}");
}

#[test]
fn minorities_have_their_limits() {
    check("meamed: {}", "[]", 15, 8, "meamed.byzantine: write byzantine: 7, the most that 15 vectors allow");
    check("bulyan: {}", "[]", 15, 3, "ok");
    check("bulyan: {}", "[]", 15, 4, "bulyan.byzantine: write byzantine: 3, the most that 15 vectors allow");
    check(
        "mean: {}",
        "[arc: {}]",
        15,
        8,
        "before.[0].arc.byzantine: write byzantine: 7, the most that 15 vectors allow",
    );
}

#[test]
fn numbers_that_a_rule_cannot_bear_are_refused_with_those_it_can() {
    check("krum: {}", "[]", 15, 6, "ok");
    check("krum: {}", "[]", 15, 7, "krum.byzantine: write byzantine: 6, the most that 15 vectors allow");
    check("krum: { byzantine: M/2 - 2 }", "[]", 15, 9, "ok");
    check("krum: {}", "[]", 2, 0, "krum.byzantine: let at least 3 workers vote in a round");
    check(
        "krum: { byzantine: M - 20 }",
        "[]",
        15,
        0,
        "krum.byzantine: a count is 0 or above; for small M write it out",
    );
    check("multi_krum: { selected: M + 1 }", "[]", 15, 3, "multi_krum.selected: write a number from 1 to 15");
    check("multi_krum: { selected: 0 }", "[]", 15, 3, "multi_krum.selected: write a number from 1 to 15");
    check(
        "multi_krum: { selected: 9 }",
        "[bucketing: {}]",
        15,
        2,
        "multi_krum.selected: write a number from 1 to 8",
    );
    check("trimmed_mean: {}", "[]", 15, 7, "ok");
    check(
        "trimmed_mean: {}",
        "[]",
        15,
        8,
        "trimmed_mean.trim: write trim: 7, the most that 15 vectors allow",
    );
    check(
        "trimmed_mean: { trim: M/2 }",
        "[]",
        16,
        0,
        "trimmed_mean.trim: write trim: 7, the most that 16 vectors allow",
    );
    check("median: {}", "[]", 15, 15, "ok");
    check("geometric_median: { iterations: 0 }", "[]", 15, 3, "geometric_median.iterations: write 1 or more");
    check(
        "geometric_median: { tolerance: -1 }",
        "[]",
        15,
        3,
        "geometric_median.tolerance: write a finite number, 0 or above",
    );
    check(
        "centered_clipping: { iterations: 0 }",
        "[]",
        15,
        3,
        "centered_clipping.iterations: write 1 or more",
    );
}

#[test]
fn buckets_leave_fewer_vectors_to_the_rule() {
    check("krum: {}", "[bucketing: {}]", 15, 2, "ok");
    check(
        "krum: {}",
        "[bucketing: {}]",
        15,
        3,
        "krum.byzantine: write byzantine: 2, the most that 8 vectors allow",
    );
    // 13 vectors in buckets of 6 are 3; 7 in buckets of 3; and 13 in buckets of 3 are 5, which in buckets of 2 are 3.
    for (sizes, help) in [
        ("[bucketing: { size: 7 }]", "write size: 6 at most in before.[0].bucketing"),
        ("[bucketing: {}, bucketing: { size: 5 }]", "write size: 3 at most in before.[1].bucketing"),
        ("[bucketing: { size: 7 }, bucketing: { size: 2 }]", "write size: 3 at most in before.[0].bucketing"),
        (
            "[bucketing: { size: 12 }, bucketing: { size: 2 }]",
            "write size: 3 at most in before.[0].bucketing",
        ),
    ] {
        check("krum: {}", sizes, 13, 0, &format!("krum.byzantine: {help}"));
    }
    let none = "krum.byzantine: leave bucketing away: the rule needs at least 3 vectors";
    check("krum: {}", "[bucketing: {}, bucketing: {}]", 4, 0, none);
    check(
        "mean: {}",
        "[bucketing: { size: 16 }]",
        15,
        0,
        "before.[0].bucketing.size: write a number from 1 to 15",
    );
    check(
        "mean: {}",
        "[bucketing: { size: 3 }, nearest_neighbor_mixing: {}]",
        15,
        3,
        "before.[1].nearest_neighbor_mixing.byzantine: write byzantine: 2, the most that 5 vectors allow",
    );
}

/// Mean, and the pipeline of mixing and a rule, by NumPy; the pieces have their own comparisons.
#[test]
fn numpy_agrees() {
    let vectors = fixed();
    let run = |rule: &str, before_yaml: &str| {
        let mut aggregator = DenseAggregator::new(&self::rule(rule), &before(before_yaml), 7, 2, 5).unwrap();
        aggregator.aggregate(&views(&vectors), stream())
    };
    let mean = [-3.67857143, -8.95535714, 3.95535714, -0.88839286, -5.73214286];
    close(&run("mean: {}", "[]").vector, &mean, 1e-7).unwrap();
    let mixed = run("median: {}", "[nearest_neighbor_mixing: {}]");
    close(&mixed.vector, &[-0.3125, -0.80625, -0.09375, -0.3875, -0.18125], 1e-7).unwrap();
    // Buckets of equal size change no mean.
    close(&run("mean: {}", "[bucketing: { size: 7 }]").vector, &mean, 1e-6).unwrap();
}

#[test]
fn weights_pass_through_what_stands_before() {
    let vectors: [&[f32]; 5] = [&[0.0], &[1.0], &[2.0], &[3.0], &[100.0]];
    let weights = |rule: &str, before_yaml: &str| {
        let mut aggregator = DenseAggregator::new(&self::rule(rule), &before(before_yaml), 5, 1, 1).unwrap();
        aggregator.aggregate(&vectors, stream()).weights
    };
    assert_eq!(weights("krum: {}", "[]"), [0.0, 1.0, 0.0, 0.0, 0.0]);
    assert_eq!(weights("median: {}", "[]"), [0.2; 5]);
    // The neighbourhoods of 0 to 3 are one and the same four; the lowest worker's is chosen.
    assert_eq!(weights("krum: {}", "[nearest_neighbor_mixing: {}]"), [0.25, 0.25, 0.25, 0.25, 0.0]);
    // Two buckets of two and one of one, each weighing a third.
    let mut buckets = weights("median: {}", "[bucketing: {}]");
    buckets.sort_by(f64::total_cmp);
    let sixth = 1.0 / 3.0 / 2.0;
    assert_eq!(buckets, [sixth, sixth, sixth, sixth, 1.0 / 3.0]);
}

#[test]
fn no_vector_is_no_step() {
    for rule in all_rules() {
        let mut aggregator =
            DenseAggregator::new(&rule, &before("[bucketing: {}, arc: {}]"), 15, few(&rule, 8, 2), 3)
                .unwrap();
        let nothing = Combined { vector: vec![0.0; 3], weights: vec![] };
        assert_eq!(aggregator.aggregate(&[], stream()), nothing);
    }
}

/// Declared for fifteen workers, six of them bad; then fewer come.
#[test]
fn rounds_with_few_vectors_are_aggregated_as_far_as_they_go() {
    for rule in all_rules() {
        for before_yaml in ["[]", "[nearest_neighbor_mixing: {}]", "[arc: {}]"] {
            let bad = few(&rule, 15, 6);
            let mut aggregator = DenseAggregator::new(&rule, &before(before_yaml), 15, bad, 1).unwrap();
            for n in 1..=15 {
                let vectors = vec![[2.5_f32]; n];
                let views: Vec<&[f32]> = vectors.iter().map(|v| v.as_slice()).collect();
                let combined = aggregator.aggregate(&views, stream());
                assert!((combined.vector[0] - 2.5).abs() < 1e-6, "{} of {n}", rule.entry().word);
                assert!(
                    (combined.weights.iter().sum::<f64>() - 1.0).abs() < 1e-9,
                    "{} of {n}",
                    rule.entry().word
                );
            }
        }
    }
}

#[test]
fn clipping_remembers_the_previous_step_and_only_that() {
    let clipping = rule("centered_clipping: { radius: 1 }");
    let mut aggregator = DenseAggregator::new(&clipping, &[], 2, 0, 1).unwrap();
    let far: [&[f32]; 2] = [&[10.0], &[10.0]];
    for expected in [1.0, 2.0] {
        assert_eq!(aggregator.aggregate(&far, stream()).vector, [expected]);
    }
    // A round without votes is a step of zeros and leaves the memory alone.
    assert_eq!(aggregator.aggregate(&[], stream()).vector, [0.0]);
    assert_eq!(aggregator.aggregate(&far, stream()).vector, [3.0]);
    for other in all_rules().filter(|r| r.memory_bytes(1) == 0) {
        let mut aggregator = DenseAggregator::new(&other, &[], 3, 0, 1).unwrap();
        let vectors: [&[f32]; 3] = [&[1.0], &[2.0], &[6.0]];
        let first = aggregator.aggregate(&vectors, stream());
        assert_eq!(aggregator.aggregate(&vectors, stream()), first);
    }
}

#[test]
fn one_nan_spoils_the_mean_and_no_other_rule() {
    let vectors: [&[f32]; 7] = [&[1.0], &[2.0], &[f32::NAN], &[2.0], &[3.0], &[2.5], &[1.5]];
    for rule in all_rules() {
        let mut aggregator = DenseAggregator::new(&rule, &[], 7, 1, 1).unwrap();
        let found = aggregator.aggregate(&vectors, stream()).vector[0];
        assert_eq!(found.is_nan(), rule.entry().word == "mean", "{}: {found}", rule.entry().word);
    }
}

proptest! {
    /// Relabelling workers relabels the weights and moves no step, with and without mixing.
    #[test]
    fn workers_are_equal(mut vectors in vectors(5..9, 2..20), mixing: bool) {
        let n = vectors.len() as u32;
        let steps = before(if mixing { "[nearest_neighbor_mixing: {}]" } else { "[]" });
        for rule in all_rules() {
            // Mixing makes equal vectors and so ties, which go by number; so do the last of those that Bulyan chooses, who have
            // each other for their only neighbour.
            let word = rule.entry().word;
            if mixing && word.ends_with("krum") || word == "bulyan" {
                continue;
            }
            let run = |vectors: &[Vec<f32>]| {
                let fresh = DenseAggregator::new(&rule, &steps, n, 1, vectors[0].len());
                fresh.unwrap().aggregate(&views(vectors), stream())
            };
            let straight = run(&vectors);
            vectors.reverse();
            let reversed = run(&vectors);
            let expected: Vec<f64> = straight.vector.iter().copied().map(f64::from).collect();
            close(&reversed.vector, &expected, 1e-5)?;
            for (a, b) in reversed.weights.iter().rev().zip(&straight.weights) {
                prop_assert!((a - b).abs() < 1e-6);
            }
        }
    }

    /// Buckets spoiled by f bad vectors are at most f; the median of at least 2f + 1 buckets stays among means of
    /// honest ones.
    #[test]
    fn mixing_does_not_break_the_median((honest, all) in attacked(), bucketing: bool) {
        let f = (all.len() - honest.len()) as u32;
        let n = all.len() as u32;
        prop_assume!(!bucketing || 2 * f < n.div_ceil(2));
        let steps = before(if bucketing { "[bucketing: {}]" } else { "[nearest_neighbor_mixing: {}]" });
        let mut aggregator = DenseAggregator::new(&rule("median: {}"), &steps, n, f, all[0].len()).unwrap();
        let found = aggregator.aggregate(&views(&all), stream()).vector;
        prop_assert!(found.iter().all(|x| x.is_finite()));
        if bucketing {
            prop_assert!(in_range(&found, &honest), "{found:?}");
        }
    }
}
