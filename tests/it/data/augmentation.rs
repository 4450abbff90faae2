//! Samples that are changed: against numbers made by others, and where they are known exactly.

use serde::Deserialize;
use signsim::data::{Augmentation, Change, Normalisation, Samples, Shape, gather_augmented};
use signsim::random::{Purpose, Stream, Streams};
use signsim::run::simulate_alone;
use signsim::scenario::Plan;
use signsim::time::Round;

const NOTHING: Change = Change { offset: [0, 0], flipped: false, angle: 0.0 };

/// Byte `i` of the image is `(37 i + 11) mod 256`.
fn image(shape: Shape) -> Vec<u8> {
    (0..shape.features()).map(|i| ((37 * i + 11) % 256) as u8).collect()
}

fn changed(shape: Shape, change: Change, pixels: &[u8]) -> Vec<u8> {
    let mut out = vec![99; pixels.len()];
    change.apply(shape, pixels, &mut out);
    out
}

#[derive(Deserialize)]
struct Reference {
    shape: [usize; 3],
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    offset: [isize; 2],
    flipped: bool,
    angle: f64,
    pixels: Vec<u8>,
}

#[test]
fn pixels_are_those_that_numpy_and_scipy_give() {
    let reference: Reference = serde_json::from_str(include_str!("../../reference/augmentation.json"))
        .expect("the reference is JSON");
    let [channels, height, width] = reference.shape;
    let shape = Shape { channels, height, width };
    assert_eq!(reference.cases.len(), 10);
    for Case { offset, flipped, angle, pixels } in reference.cases {
        let change = Change { offset, flipped, angle };
        assert_eq!(changed(shape, change, &image(shape)), pixels, "{change:?}");
    }
}

#[test]
fn what_is_known_exactly() {
    let shape = Shape { channels: 2, height: 4, width: 4 };
    let image = image(shape);
    assert_eq!(changed(shape, NOTHING, &image), image);
    let flip = Change { flipped: true, ..NOTHING };
    assert_eq!(changed(shape, flip, &changed(shape, flip, &image)), image);
    assert_eq!(changed(shape, Change { angle: 360.0, ..NOTHING }, &image), image);
    // A quarter counter-clockwise: the last column becomes the first row.
    let quarter = changed(shape, Change { angle: 90.0, ..NOTHING }, &image);
    for (turned, plane) in quarter.chunks(16).zip(image.chunks(16)) {
        for (row, column) in (0..16).map(|i| (i / 4, i % 4)) {
            assert_eq!(turned[4 * row + column], plane[4 * column + 3 - row]);
        }
    }
    for offset in [[4, 0], [0, -4], [9, 9]] {
        assert!(changed(shape, Change { offset, ..NOTHING }, &image).iter().all(|&pixel| pixel == 0));
    }
}

fn stream(worker: u64, round: u32) -> Stream {
    Streams::new(5).stream(Purpose::Augmentation, worker, Round(round))
}

#[test]
fn every_window_and_both_sides_come_equally_often_and_each_draw_is_its_own() {
    let all = Augmentation { crop: 2, flip: true, rotate: 30.0 };
    let draws = 20_000;
    let (mut windows, mut flips, mut angles) = ([[0_u32; 5]; 5], 0, Vec::new());
    let mut stream = stream(0, 0);
    for _ in 0..draws {
        let mut same = stream.clone();
        let Change { offset: [down, right], flipped, angle } = all.draw(&mut stream);
        windows[(down + 2) as usize][(right + 2) as usize] += 1;
        flips += u32::from(flipped);
        angles.push(angle);
        // What is switched off changes nothing of the rest.
        let only = Augmentation { crop: 0, ..all }.draw(&mut same);
        assert_eq!(only, Change { offset: [0, 0], flipped, angle });
    }
    let expected = f64::from(draws) / 25.0;
    let chi2: f64 = windows.iter().flatten().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
    // The quantile of 24 degrees of freedom at 0.9999.
    assert!(chi2 < 58.6, "{chi2}");
    assert!((f64::from(flips) / f64::from(draws) - 0.5).abs() < 0.015, "{flips}");
    let mean = angles.iter().sum::<f64>() / f64::from(draws);
    let square = angles.iter().map(|a| a * a).sum::<f64>() / f64::from(draws);
    // Uniform in ± 30: variance 300.
    assert!(mean.abs() < 0.6 && (square - 300.0).abs() < 8.0, "{mean} {square}");
    assert!(angles.iter().all(|a| a.abs() <= 30.0));
}

#[test]
fn every_place_of_a_batch_has_its_own_change_whoever_else_is_in_it() {
    let shape = Shape { channels: 1, height: 8, width: 8 };
    let samples = Samples::new([image(shape), vec![200; 64]].concat(), vec![0, 1], 64);
    let (how, plain) =
        (Augmentation { crop: 3, flip: true, rotate: 0.0 }, Normalisation::new(&[0.5], &[0.5]));
    let gather = |indices: &[u32], stream: &Stream| {
        let mut out = vec![0.0; 64 * indices.len()];
        gather_augmented(&samples, shape, indices, (&how, stream), &plain, &mut out);
        out
    };
    let (long, short) = (gather(&[0, 0, 1, 0, 0, 0], &stream(2, 7)), gather(&[1, 0], &stream(2, 7)));
    assert_eq!(short[64..], long[64..128], "the second sample, whatever the first one is");
    let same: Vec<bool> = (1..6).map(|place| long[64 * place..][..64] == long[..64]).collect();
    assert!(same.iter().filter(|same| **same).count() < 2, "{same:?}");
    assert_ne!(gather(&[0; 6], &stream(3, 7)), gather(&[0; 6], &stream(2, 7)));
    assert_ne!(gather(&[0; 6], &stream(2, 8)), gather(&[0; 6], &stream(2, 7)));
    // Black comes in before pixels are normalised.
    assert!(long[128..192].iter().all(|&x| x == -1.0 || (x - 0.568_627_5_f32).abs() < 1e-6));
    assert!(long[128..192].contains(&-1.0), "a window beside the image");
}

fn digest(settings: &[&str]) -> String {
    let text = "{ name: t, rounds: 6, workers: { count: 3, batch: 8 }, method: signsgd_mv,
        task: { train: { data: { digits: { train: 60, test: 40 } }, model: logistic } } }";
    let sets: Vec<String> = settings.iter().map(|set| (*set).to_owned()).collect();
    let plan = Plan::parse("t.yaml", text, &sets, None).expect("legal");
    simulate_alone(&plan.runs[0].spec, 2).expect("it runs").summary.digest
}

#[test]
fn an_augmentation_that_changes_nothing_is_none_and_every_other_one_is_not() {
    // It draws all the same, so the samples of a batch do not depend on what is drawn for them.
    let none = digest(&[]);
    assert_eq!(digest(&["task.train.augmentation={ crop: 0, flip: false, rotate: 0 }"]), none);
    let mut all = vec![none];
    for how in ["crop: 4", "flip: true", "rotate: 15", "crop: 4, flip: true, rotate: 15"] {
        all.push(digest(&[&format!("task.train.augmentation={{ {how} }}")]));
    }
    // Local steps and walks through the shard change their samples, too.
    for base in ["workers.local.steps=2", "workers.batches=epoch"] {
        all.push(digest(&[base]));
        all.push(digest(&[base, "task.train.augmentation={ flip: true }"]));
    }
    for (k, digest) in all.iter().enumerate() {
        assert!(!all[k + 1..].contains(digest), "{k}");
    }
}

/// Mirrored samples of one colour are themselves.
#[test]
fn a_change_that_is_not_seen_leaves_what_is_gathered_without() {
    let shape = Shape { channels: 1, height: 3, width: 3 };
    let samples = Samples::new((0..5_u8).flat_map(|k| [50 * k; 9]).collect(), vec![0; 5], 9);
    let (normalisation, indices) = (Normalisation::new(&[0.1], &[0.3]), [4, 1, 1, 0]);
    let how = Augmentation { crop: 0, flip: true, rotate: 0.0 };
    let (mut with, mut without) = (vec![0.0; 36], vec![0.0; 36]);
    gather_augmented(&samples, shape, &indices, (&how, &stream(0, 0)), &normalisation, &mut with);
    samples.gather(&indices, &normalisation, &mut without);
    assert_eq!(with, without);
}
