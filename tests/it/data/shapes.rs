//! The procedural figures in colour.

use std::collections::BTreeSet;

use signsim::data::{DataSpec, Dataset, Samples};
use signsim::helpers::NOBODY;
use signsim::random::Streams;
use signsim::run::simulate_alone;
use signsim::scenario::Plan;

use super::{complaint, load};

fn shapes(train: usize, test: usize, clutter: u32, noise: f64) -> DataSpec {
    DataSpec::Shapes { train, test, clutter, noise }
}

fn images(samples: &Samples) -> Vec<&[u8]> {
    (0..samples.len()).map(|index| samples.pixels(index)).collect()
}

#[test]
fn a_larger_set_extends_a_smaller_one_and_the_seed_decides() {
    let (small, large) = (load(&shapes(37, 12, 3, 0.05), 3), load(&shapes(101, 55, 3, 0.05), 3));
    for (small, large) in [(&small.train, &large.train), (&small.test, &large.test)] {
        assert_eq!(images(small), images(large)[..small.len()]);
        assert_eq!(small.labels(), &large.labels()[..small.len()]);
    }
    let other = load(&shapes(37, 12, 3, 0.05), 4);
    assert!(images(&small.train).into_iter().zip(images(&other.train)).all(|(a, b)| a != b));
    // Without noise, which would tell any two samples apart.
    let set = load(&shapes(500, 500, 3, 0.0), 1);
    let distinct: BTreeSet<&[u8]> = images(&set.train).into_iter().chain(images(&set.test)).collect();
    assert_eq!(distinct.len(), 1000);
    assert!((0..10).all(|class| set.train.labels().iter().filter(|&&label| label == class).count() == 50));
}

#[test]
fn the_constants_are_those_of_the_set() {
    let set = load(&shapes(1500, 1, 3, 0.05), 77);
    for (mean, std) in set.train.moments(3) {
        assert!((mean - set.normalisation.mean()[0]).abs() < 0.02, "{mean}");
        assert!((std - set.normalisation.std()[0]).abs() < 0.008, "{std}");
    }
}

/// The pixels where two sets with one stream of draws differ.
fn differing(a: &Dataset, b: &Dataset, index: usize) -> usize {
    (0..1024)
        .filter(|at| {
            (0..3).any(|c| a.train.pixels(index)[1024 * c + at] != b.train.pixels(index)[1024 * c + at])
        })
        .count()
}

#[test]
fn clutter_is_small_and_noise_is_everywhere() {
    let [bare, specks, grain] =
        [(0, 0.0), (1, 0.0), (0, 0.1)].map(|(clutter, noise)| load(&shapes(200, 1, clutter, noise), 5));
    let discs: Vec<usize> = (0..200).map(|index| differing(&bare, &specks, index)).collect();
    // At most a disc of radius three, with its edge; behind the figure there may be nothing to see of it.
    assert!(discs.iter().all(|&pixels| pixels <= 45), "{discs:?}");
    assert!(discs.iter().filter(|&&pixels| pixels > 0).count() > 120, "{discs:?}");
    assert!((0..200).all(|index| differing(&bare, &grain, index) > 900));
}

/// Every figure covers about a quarter of the picture, whatever its class: the mean brightness of no class tells it.
#[test]
fn no_class_is_told_by_its_mean_picture() {
    let set = load(&shapes(2000, 1, 3, 0.05), 2);
    let mean = |class: u16| {
        let of: Vec<usize> = (0..2000).filter(|&i| set.train.labels()[i] == class).collect();
        let sum: f64 = of.iter().flat_map(|&i| set.train.pixels(i)).map(|&pixel| f64::from(pixel)).sum();
        sum / (of.len() * 3072) as f64 / 255.0
    };
    for class in 0..10 {
        assert!((mean(class) - 0.5).abs() < 0.05, "{class}: {}", mean(class));
    }
}

/// The accuracy after training a model of `layers` on a part of the set.
fn accuracy(model: &str, rounds: u32, train: usize) -> f64 {
    let text = format!(
        "{{ name: t, rounds: {rounds}, evaluate_every: {rounds}, workers: {{ count: 5, batch: 32 }},
            method: signsgd_mv, server: {{ learning_rate: 0.003 }},
            task: {{ train: {{ data: {{ shapes: {{ train: {train}, test: 200 }} }}, model: {model} }} }} }}"
    );
    let plan = Plan::parse("t.yaml", &text, &[], None).expect("legal");
    simulate_alone(&plan.runs[0].spec, 2).expect("it runs").summary.final_accuracy.expect("a training task")
}

#[test]
fn a_linear_classifier_learns_little() {
    let found = accuracy("logistic", 150, 1000);
    assert!(found < 0.3, "{found}");
}

#[test]
fn settings_out_of_range_are_refused() {
    for (clutter, noise, words) in [
        (21, 0.1, "a picture has no room for a clutter of 21"),
        (3, -0.1, "shapes cannot have noise -0.1"),
        (3, f64::NAN, "shapes cannot have noise NaN"),
    ] {
        let (message, help) = complaint(shapes(10, 10, clutter, noise).load(Streams::new(1), &NOBODY));
        assert_eq!(message, words);
        assert!(help.starts_with("write a number from 0 to "), "{help}");
    }
}
