//! What a model starts from: the law of every tensor, and which law a scenario gets.

use rand_distr::{Distribution, Normal};
use signsim::learn::{Initial, Model, ModelSpec, Shape};
use signsim::random::{Purpose, Stream, Streams};
use signsim::scenario::Plan;
use signsim::time::Round;

fn stream(seed: u64) -> Stream {
    Streams::new(seed).stream(Purpose::Initial, 0, Round(0))
}

fn models() -> [Model; 3] {
    let mnist = Shape { channels: 1, height: 28, width: 28 };
    let cifar = Shape { channels: 3, height: 32, width: 32 };
    [
        ModelSpec::Logistic.build(mnist, 10).unwrap(),
        ModelSpec::Mlp { hidden: vec![128] }.build(mnist, 10).unwrap(),
        ModelSpec::Cnn.build(cifar, 10).unwrap(),
    ]
}

/// The numbers of each tensor over many seeds, with its layer's fan-in and whether it is a bias.
fn check(initial: Initial, holds: impl Fn(&str, &[f64], f64, bool)) {
    for (model, seeds) in models().iter().zip([40, 4, 1]) {
        let drawn: Vec<Vec<f32>> = (0..seeds).map(|seed| initial.draw(model, &mut stream(seed))).collect();
        assert_eq!(drawn[0], initial.draw(model, &mut stream(0)));
        let mut fan_in = 0.0;
        for tensor in model.tensors() {
            let is_bias = tensor.shape.len() == 1;
            if !is_bias {
                fan_in = tensor.shape[1..].iter().product::<usize>() as f64;
            }
            let values = drawn.iter().flat_map(|d| &d[tensor.range.clone()]).map(|x| f64::from(*x));
            holds(&tensor.name, &values.collect::<Vec<_>>(), fan_in, is_bias);
        }
    }
}

/// Mean and mean square within four standard errors; `kurtosis` is that of the law.
fn has_moments(name: &str, values: &[f64], std: f64, kurtosis: f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square = values.iter().map(|x| x * x).sum::<f64>() / n;
    assert!(mean.abs() < 4.0 * std / n.sqrt(), "{name}: mean {mean}");
    let off = (square / (std * std) - 1.0).abs();
    assert!(off < 4.0 * ((kurtosis - 1.0) / n).sqrt(), "{name}: variance off by {off}");
}

#[test]
fn kaiming_normal_weights_have_their_variance_and_biases_are_zero() {
    check(Initial::KaimingNormal, |name, values, fan_in, is_bias| {
        if is_bias {
            assert!(values.iter().all(|b| *b == 0.0), "{name}");
        } else {
            has_moments(name, values, (2.0 / fan_in).sqrt(), 3.0);
        }
    });
}

/// U(-b, b) with b = 1 / sqrt(fan-in), biases too: variance b^2 / 3, kurtosis 9 / 5, and the largest of n reaches b (1 - 1/n).
#[test]
fn weights_and_biases_begin_as_those_of_pytorch() {
    check(Initial::Pytorch, |name, values, fan_in, _| {
        let bound = 1.0 / fan_in.sqrt();
        has_moments(name, values, bound / 3_f64.sqrt(), 1.8);
        let largest = values.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        let n = values.len() as f64;
        assert!(largest <= bound * (1.0 + 1e-7), "{name}: {largest} beyond {bound}");
        assert!(largest >= bound * (1.0 - 12.0 / n), "{name}: {largest} far from {bound}");
    });
}

/// Weight after weight from one stream, nothing for biases: the draws of runs that were published.
#[test]
fn kaiming_normal_draws_what_it_always_drew() {
    let [_, mlp, _] = models();
    let drawn = Initial::KaimingNormal.draw(&mlp, &mut stream(1));
    let mut by_hand = stream(1);
    for (range, fan_in) in [(0..784 * 128, 784.0_f32), (784 * 128 + 128..784 * 128 + 128 + 1280, 128.0)] {
        let law = Normal::new(0.0, (2.0 / fan_in).sqrt()).unwrap();
        assert!(drawn[range].iter().all(|w| *w == law.sample(&mut by_hand)));
    }
}

#[test]
fn each_model_has_its_law_and_a_scenario_may_choose() {
    for (model, more, expected) in [
        ("cnn", "", "pytorch"),
        ("logistic", "", "kaiming_normal"),
        ("{ mlp: { hidden: [8] } }", "", "kaiming_normal"),
        ("cnn", ", initial: kaiming_normal", "kaiming_normal"),
        ("logistic", ", initial: pytorch", "pytorch"),
    ] {
        let text = format!(
            "{{ name: t, rounds: 1, workers: {{ count: 2 }}, method: signsgd_mv,
                task: {{ train: {{ data: digits, model: {model} {more} }} }} }}"
        );
        let plan = Plan::parse("t.yaml", &text, &[], None).unwrap();
        assert!(plan.resolved.contains(&format!("initial: {expected}\n")), "{}", plan.resolved);
        let again = Plan::parse("t.yaml", &plan.resolved, &[], None).unwrap();
        assert_eq!(again.runs[0].spec, plan.runs[0].spec);
        let wrong = text.replace("data: digits", "initial: kaiming, data: digits").replace(more, "");
        if more.is_empty() {
            let error = Plan::parse("t.yaml", &wrong, &[], None).unwrap_err();
            assert!(error.advice().unwrap().contains("kaiming_normal"), "{error} {:?}", error.advice());
        }
    }
}
