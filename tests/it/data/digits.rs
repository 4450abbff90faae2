//! The procedural digits.

use std::collections::BTreeSet;

use signsim::data::{Dataset, Samples};
use signsim::helpers::NOBODY;
use signsim::random::Streams;

use super::{complaint, digits, load};

fn images(samples: &Samples) -> Vec<&[u8]> {
    (0..samples.len()).map(|index| samples.pixels(index)).collect()
}

#[test]
fn a_larger_set_extends_a_smaller_one() {
    let (small, large) = (load(&digits(37, 12, 1.0, 0.1), 3), load(&digits(101, 55, 1.0, 0.1), 3));
    for (small, large) in [(&small.train, &large.train), (&small.test, &large.test)] {
        assert_eq!(images(small), images(large)[..small.len()]);
        assert_eq!(small.labels(), &large.labels()[..small.len()]);
    }
}

#[test]
fn the_seed_decides_every_sample() {
    let spec = digits(50, 50, 1.0, 0.1);
    assert_eq!(load(&spec, 3), load(&spec, 3));
    let (a, b) = (load(&spec, 3), load(&spec, 4));
    assert_ne!(a.fingerprint(), b.fingerprint());
    for (a, b) in images(&a.train).into_iter().zip(images(&b.train)) {
        assert_ne!(a, b);
    }
}

#[test]
fn no_sample_comes_twice() {
    // Without noise, which would tell any two samples apart.
    let set = load(&digits(1000, 1000, 1.0, 0.0), 1);
    let distinct: BTreeSet<&[u8]> = images(&set.train).into_iter().chain(images(&set.test)).collect();
    assert_eq!(distinct.len(), 2000);
}

#[test]
fn every_class_is_equally_frequent() {
    let set = load(&digits(200, 40, 1.0, 0.1), 1);
    for (samples, each) in [(&set.train, 20), (&set.test, 4)] {
        for class in 0..10 {
            assert_eq!(samples.labels().iter().filter(|&&label| label == class).count(), each);
        }
    }
}

#[test]
fn inputs_have_mean_zero_and_deviation_one() {
    let set = load(&digits(4000, 1, 1.0, 0.1), 77);
    let mut inputs = vec![0.0; 4000 * 784];
    set.train.gather_range(0..4000, &set.normalisation, &mut inputs);
    let n = inputs.len() as f64;
    let mean = inputs.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
    let square = inputs.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / n;
    assert!(mean.abs() < 0.01, "mean {mean}");
    assert!((square - 1.0).abs() < 0.02, "mean square {square}");
}

#[test]
fn noise_changes_pixels_by_its_deviation_and_nothing_else() {
    let (clean, noisy) = (load(&digits(400, 1, 1.0, 0.0), 9), load(&digits(400, 1, 1.0, 0.1), 9));
    let pairs = images(&clean.train).into_iter().flatten().zip(images(&noisy.train).into_iter().flatten());
    // Where neither black nor white is near enough to cut the noise off.
    let errors: Vec<f64> = pairs
        .filter(|(clean, _)| (110..146).contains(*clean))
        .map(|(&clean, &noisy)| (f64::from(noisy) - f64::from(clean)) / 255.0)
        .collect();
    let n = errors.len() as f64;
    assert!(n > 5000.0, "enough grey pixels: {n}");
    let mean = errors.iter().sum::<f64>() / n;
    let deviation = (errors.iter().map(|e| e * e).sum::<f64>() / n).sqrt();
    assert!(mean.abs() < 0.005, "mean {mean}");
    assert!((deviation - 0.1).abs() < 0.005, "deviation {deviation}");
}

#[test]
fn every_digit_is_inked_and_stays_in_the_image() {
    let set = load(&digits(2000, 1, 1.0, 0.0), 2);
    for (index, image) in images(&set.train).into_iter().enumerate() {
        let inked = image.iter().filter(|&&pixel| pixel > 60).count();
        assert!((15..350).contains(&inked), "sample {index} has {inked} inked pixels");
        let border = (0..28).flat_map(|k| [k, 27 * 28 + k, 28 * k, 28 * k + 27]);
        let darkest = border.map(|at| image[at]).max().expect("a border");
        assert!(darkest < 100, "sample {index} is cut off by the border: {darkest}");
    }
}

#[test]
fn digits_stray_three_pixels_from_the_middle() {
    let middle = |places: Vec<usize>| {
        let (low, high) = (places.iter().min().expect("ink"), places.iter().max().expect("ink"));
        (low + high + 1) as f64 / 2.0
    };
    let set = load(&digits(2000, 1, 1.0, 0.0), 2);
    let mut largest = 0.0_f64;
    for image in images(&set.train) {
        let inked: Vec<usize> = (0..784).filter(|&at| image[at] > 60).collect();
        for places in [inked.iter().map(|at| at % 28).collect(), inked.iter().map(|at| at / 28).collect()] {
            largest = largest.max((middle(places) - 14.0).abs());
        }
    }
    // The box around the ink is known to half a pixel on either side.
    assert!((2.5..=3.5).contains(&largest), "{largest}");
}

/// How many regions of paper the ink encloses.
fn holes(image: &[u8]) -> usize {
    const SIDE: usize = 30;
    // A frame of paper around the image, so that the outside is one region.
    let paper = |at: usize| {
        let (row, column) = (at / SIDE, at % SIDE);
        let framed = (1..29).contains(&row) && (1..29).contains(&column);
        !framed || image[(row - 1) * 28 + column - 1] <= 60
    };
    let mut seen = vec![false; SIDE * SIDE];
    let mut regions = 0;
    for start in 0..SIDE * SIDE {
        let mut open = vec![start];
        regions += usize::from(paper(start) && !seen[start]);
        while let Some(at) = open.pop() {
            if paper(at) && !std::mem::replace(&mut seen[at], true) {
                let (row, column) = (at / SIDE, at % SIDE);
                let steps = [(row > 0, -30_isize), (row < 29, 30), (column > 0, -1), (column < 29, 1)];
                open.extend(steps.iter().filter(|step| step.0).map(|step| at.wrapping_add_signed(step.1)));
            }
        }
    }
    regions - 1
}

#[test]
fn the_label_is_the_digit_that_is_drawn() {
    let set = load(&digits(1000, 1, 0.0, 0.0), 1);
    for index in 0..set.train.len() {
        let (label, holes) = (set.train.labels()[index], holes(set.train.pixels(index)));
        let expected = match label {
            0 | 9 => 1..=1,
            8 => 2..=2,
            // A two with or without a loop at the foot, an open or a closed four.
            2 | 4 => 0..=1,
            // The end of the belly may miss, touch or cross the back.
            6 => 0..=2,
            _ => 0..=0,
        };
        assert!(expected.contains(&holes), "sample {index}, a {label}, has {holes} holes");
    }
}

/// The share of test samples whose nearest training sample, by Euclidean distance, has their label.
fn nearest_neighbour_accuracy(set: &Dataset) -> f64 {
    let distance =
        |a: &[u8], b: &[u8]| -> u32 { a.iter().zip(b).map(|(&a, &b)| u32::from(a.abs_diff(b)).pow(2)).sum() };
    let right = (0..set.test.len()).filter(|&test| {
        let image = set.test.pixels(test);
        let nearest = (0..set.train.len()).min_by_key(|&train| distance(image, set.train.pixels(train)));
        set.train.labels()[nearest.expect("a training set")] == set.test.labels()[test]
    });
    right.count() as f64 / set.test.len() as f64
}

#[test]
fn the_default_is_neither_trivial_nor_hopeless_and_distortion_is_what_makes_it_hard() {
    let accuracy = |distortion| nearest_neighbour_accuracy(&load(&digits(1500, 300, distortion, 0.1), 1));
    let (copybook, default, wild) = (accuracy(0.0), accuracy(1.0), accuracy(2.0));
    assert!(copybook > 0.99, "{copybook}");
    assert!((0.7..0.9).contains(&default), "{default}");
    assert!((0.2..0.6).contains(&wild), "{wild}");
}

#[test]
fn settings_out_of_range_are_refused() {
    for (distortion, noise, words) in [
        (-0.1, 0.1, "digits cannot have distortion -0.1"),
        (2.1, 0.1, "digits cannot have distortion 2.1"),
        (f64::NAN, 0.1, "digits cannot have distortion NaN"),
        (1.0, 1.5, "digits cannot have noise 1.5"),
    ] {
        let (message, help) = complaint(digits(10, 10, distortion, noise).load(Streams::new(1), &NOBODY));
        assert_eq!(message, words);
        assert!(help.starts_with("write a number from 0 to "), "{help}");
    }
    for (train, test) in [(0, 10), (10, 0)] {
        let (message, _) = complaint(digits(train, test, 1.0, 0.1).load(Streams::new(1), &NOBODY));
        assert_eq!(message, "a data set needs at least one training and one test sample");
    }
}
