//! Which constants turn pixels into inputs.

use signsim::data::{Constants, Dataset, Normalisation, Normalize, Samples, Shape};
use signsim::run::{RunOutput, simulate_alone};
use signsim::scenario::Plan;
use signsim::units::Positive;

use super::{complaint, yaml};

fn dataset(train: Vec<u8>, channels: usize) -> Dataset {
    let features = 2 * channels;
    let labels = vec![0; train.len() / features];
    Dataset {
        train: Samples::new(train, labels, features),
        test: Samples::new(vec![200; features], vec![0], features),
        shape: Shape { channels, height: 1, width: 2 },
        classes: 1,
        normalisation: Normalisation::new(&vec![0.25; channels], &vec![0.5; channels]),
        sources: Vec::new(),
    }
}

#[test]
fn it_is_written_as_a_word_or_as_constants() {
    let positive = |x: f64| Positive::try_from(x).unwrap();
    let given = Normalize::Given(Box::new(Constants {
        mean: vec![0.5, 0.0],
        std: vec![positive(0.25), positive(1.0)],
    }));
    for (text, expected) in [
        ("published", Normalize::Published),
        ("none", Normalize::None),
        ("standard", Normalize::Standard),
        ("{ mean: [0.5, 0], std: [0.25, 1] }", given),
    ] {
        assert_eq!(yaml::<Normalize>(text), expected);
        let written = serde_json::to_string(&expected).unwrap();
        assert_eq!(serde_json::from_str::<Normalize>(&written).unwrap(), expected);
    }
    assert_eq!(Normalize::default(), Normalize::Published);
}

#[test]
fn standard_constants_are_those_of_the_training_samples_by_channel() {
    // Two samples of two channels: 0, 255, 0, 255 in one, 51, 51, 51, 153 in the other.
    let data = dataset(vec![0, 255, 51, 51, 0, 255, 51, 153], 2);
    let found = Normalize::Standard.of(&data).unwrap();
    for (found, expected) in found.mean().iter().chain(found.std()).zip([0.5, 0.3, 0.5, 0.03_f64.sqrt()]) {
        assert!((found - expected).abs() < 1e-15, "{found} for {expected}");
    }
    assert_eq!(Normalize::Published.of(&data).unwrap(), data.normalisation);
    let none = Normalize::None.of(&data).unwrap();
    let mut inputs = [9.0; 4];
    data.train.gather(&[1], &none, &mut inputs);
    assert_eq!(inputs, [0.0, 1.0, 0.2, 0.6]);
}

#[test]
fn a_channel_without_deviation_is_refused() {
    let (message, help) = complaint(Normalize::Standard.of(&dataset(vec![0, 255, 51, 51], 2)));
    assert_eq!(
        message,
        "channel 1 (counted from 0) has the value 0.2 in every training sample, and no deviation"
    );
    assert_eq!(help, "write the constants out, or normalize: none");
}

fn run(normalize: &str) -> RunOutput {
    let text = "{ name: t, rounds: 5, workers: { count: 3, batch: 8 }, method: signsgd_mv,
        task: { train: { data: { digits: { train: 60, test: 40 } }, model: logistic } } }";
    let plan =
        Plan::parse("t.yaml", text, &[format!("task.train.normalize={normalize}")], None).expect("legal");
    simulate_alone(&plan.runs[0].spec, 2).expect("it runs")
}

#[test]
fn a_run_says_with_which_constants_it_was_made() {
    let runs = ["published", "none", "standard", "{ mean: [0.1342], std: [0.2258] }"].map(run);
    let constants: Vec<(f64, f64)> = runs
        .iter()
        .map(|run| run.inputs.as_ref().expect("a training task"))
        .map(|inputs| (inputs.mean[0], inputs.std[0]))
        .collect();
    assert_eq!((constants[0], constants[1]), ((0.1342, 0.2258), (0.0, 1.0)));
    let (mean, std) = constants[2];
    assert!((mean - 0.1342).abs() < 0.02 && (std - 0.2258).abs() < 0.02 && mean != 0.1342, "{mean} {std}");
    // Those of the set written out are those of the set; all others are other inputs.
    let digests = runs.each_ref().map(|run| run.summary.digest.as_str());
    assert_eq!(digests[0], digests[3]);
    assert!(digests[0] != digests[1] && digests[0] != digests[2] && digests[1] != digests[2]);
}
