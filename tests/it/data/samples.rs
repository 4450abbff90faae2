//! From bytes to network inputs.

use signsim::data::{Dataset, Normalisation, Samples, Shape};

/// Three samples of two channels with two pixels each.
fn samples() -> Samples {
    Samples::new(vec![0, 255, 51, 102, 1, 2, 3, 4, 255, 255, 0, 0], vec![7, 1, 0], 4)
}

fn dataset() -> Dataset {
    Dataset {
        train: samples(),
        test: Samples::new(vec![9; 4], vec![2], 4),
        shape: Shape { channels: 2, height: 1, width: 2 },
        classes: 8,
        normalisation: Normalisation::new(&[0.5, 0.2], &[0.25, 0.1]),
        sources: Vec::new(),
    }
}

#[test]
fn each_channel_is_normalised_with_its_own_constants() {
    let mut out = [0.0; 4];
    samples().gather(&[0], &dataset().normalisation, &mut out);
    // (0 - .5)/.25, (1 - .5)/.25, (.2 - .2)/.1, (.4 - .2)/.1
    for (found, expected) in out.iter().zip([-2.0, 2.0, 0.0, 2.0]) {
        assert!((found - expected).abs() < 1e-6, "{out:?}");
    }
}

#[test]
fn samples_are_gathered_in_the_order_asked_for() {
    let (samples, normalisation) = (samples(), Normalisation::new(&[0.0, 0.0], &[1.0, 1.0]));
    let mut out = [0.0; 12];
    samples.gather(&[2, 0, 2], &normalisation, &mut out);
    let bytes = out.map(|x| (255.0 * x).round() as u8);
    assert_eq!(bytes, [255, 255, 0, 0, 0, 255, 51, 102, 255, 255, 0, 0]);
    let mut labels = [0; 3];
    samples.gather_labels(&[2, 0, 2], &mut labels);
    assert_eq!(labels, [0, 7, 0]);
}

/// More samples than are copied in one go, one that is larger than that, and small ones.
#[test]
fn a_range_is_the_same_as_its_indices() {
    for (features, count) in [(4, 3), (784, 50), (3072, 11), (40_000, 2)] {
        let bytes: Vec<u8> = (0..features * count).map(|i| (i * 31 % 251) as u8).collect();
        let samples = Samples::new(bytes, vec![0; count], features);
        let normalisation = dataset().normalisation;
        let mut by_range = vec![0.0; features * (count - 1)];
        let mut by_index = by_range.clone();
        samples.gather_range(1..count, &normalisation, &mut by_range);
        let indices: Vec<u32> = (1..count as u32).collect();
        samples.gather(&indices, &normalisation, &mut by_index);
        assert_eq!(by_range, by_index, "{features} features");
    }
}

#[test]
#[should_panic(expected = "room for every gathered sample")]
fn a_buffer_of_the_wrong_size_is_a_broken_promise() {
    samples().gather(&[0, 1], &dataset().normalisation, &mut [0.0; 4]);
}

#[test]
#[should_panic(expected = "every label has its pixels")]
fn pixels_without_a_label_are_a_broken_promise() {
    let _ = Samples::new(vec![0; 5], vec![0], 4);
}

#[test]
fn the_fingerprint_sees_everything_a_run_can_read() {
    let (other_pixels, other_labels) = (
        {
            let mut pixels = vec![0, 255, 51, 102, 1, 2, 3, 4, 255, 255, 0, 0];
            pixels[6] += 1;
            Samples::new(pixels, vec![7, 1, 0], 4)
        },
        Samples::new(vec![0, 255, 51, 102, 1, 2, 3, 4, 255, 255, 0, 0], vec![7, 1, 1], 4),
    );
    let variants = [
        dataset(),
        Dataset { train: other_pixels, ..dataset() },
        Dataset { train: other_labels, ..dataset() },
        Dataset { train: dataset().test, test: dataset().train, ..dataset() },
        Dataset { shape: Shape { channels: 2, height: 2, width: 1 }, ..dataset() },
        Dataset { classes: 9, ..dataset() },
        Dataset { normalisation: Normalisation::new(&[0.5, 0.2], &[0.25, 0.2]), ..dataset() },
    ];
    let prints = variants.each_ref().map(Dataset::fingerprint);
    assert_eq!(prints[0], dataset().fingerprint());
    assert_eq!(prints[0].len(), 64);
    for (k, print) in prints.iter().enumerate() {
        assert!(!prints[k + 1..].contains(print), "variant {k} is told from the others");
    }
}
