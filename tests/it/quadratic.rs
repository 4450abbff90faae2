//! The quadratic task against what is known of it exactly: errors of decoding, the descent, its bounds.

use signsim::actors::{Quadratic, QuadraticSpec, WorkerPlan};
use signsim::quantize::QuantizerSpec;
use signsim::random::Streams;
use signsim::record::Status;
use signsim::run::RunOutput;
use signsim::theory::SignDescent;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::engine::{plan, run, tolerance};

/// A run from its rounds and workers, its task, its rate, and what else is said of it.
fn output(head: &str, task: &str, rate: f64, rest: &str) -> RunOutput {
    let text = format!(
        "{{ name: t, {head}, evaluate_every: 1, task: {{ quadratic: {task} }},
            server: {{ learning_rate: {rate} }}, {rest} }}"
    );
    run(&text, 1).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// The quadratic that a run of seed 1 draws.
fn drawn(yaml: &str) -> Quadratic {
    let spec: QuadraticSpec = serde_yaml::from_str(yaml).unwrap();
    let plan: WorkerPlan = plan(QuantizerSpec::Dense {});
    Quadratic::draw(&spec, plan.into(), None, Streams::new(1))
}

/// P(more than half of the votes are wrong), by adding votes one at a time.
fn majority_error(crossovers: impl Iterator<Item = f64>) -> f64 {
    let mut law = vec![1.0];
    for q in crossovers {
        law.push(0.0);
        for k in (0..law.len()).rev() {
            law[k] = law[k] * (1.0 - q) + if k > 0 { law[k - 1] * q } else { 0.0 };
        }
    }
    law[law.len() / 2..].iter().sum()
}

/// Steps too small to move anything repeat the first round: each coordinate is then M channels of a known crossover.
#[test]
fn signs_are_decoded_wrongly_as_often_as_normal_noise_says() {
    let (task, rounds) = ("{ coordinates: 2000, smoothness: 2, condition: 50, noise: 6, distance: 1.5 }", 40);
    let spread = Normal::standard();
    let slopes: Vec<f64> = drawn(task).gradient(&vec![0.0; 2000]).collect();
    for (adversaries, batch) in [(0, 1), (3, 64), (7, 64)] {
        let std = 6.0 / f64::from(batch).sqrt();
        let crossovers: Vec<f64> = slopes.iter().map(|g| spread.sf(g.abs() / std)).collect();
        let of = |m: i32, p: f64| if m < adversaries { 1.0 - p } else { p };
        let errors = crossovers.iter().map(|p| majority_error((0..15).map(|m| of(m, *p))));
        let expected = errors.sum::<f64>() / 2000.0;
        let mean = crossovers.iter().sum::<f64>() / 2000.0;
        let found = output(
            &format!("rounds: {rounds}, workers: {{ count: 15, batch: {batch} }}"),
            task,
            1e-30,
            &format!("method: signsgd_mv, adversaries: {{ count: {adversaries}, attack: sign_inversion }}"),
        );
        let error = found.summary.decoding_error.unwrap();
        let most = tolerance(expected, f64::from(rounds) * 2000.0);
        assert!((error - expected).abs() < most, "L = {adversaries}: {error}, not {expected}");
        for row in found.rounds.iter().skip(1) {
            let (honest, most) = (row.honest_crossover.unwrap(), tolerance(mean, 8.0 * 2000.0));
            assert!((honest - mean).abs() < most, "{honest}, not {mean}");
            assert_eq!(row.adversary_crossover.is_some(), adversaries > 0);
        }
    }
}

/// Without noise no sign is wrong, and the theorem holds with equality: f falls by rate |g|_1 and rises by rate^2 |S|_1 / 2.
#[test]
fn without_noise_the_descent_is_what_the_norms_say() {
    let (rate, rounds) = (0.01, 150);
    let task = "{ coordinates: 30, smoothness: 3, condition: 20, noise: 0 }";
    let head = format!("rounds: {rounds}, workers: {{ count: 3 }}");
    let found = output(&head, task, rate, "method: signsgd_mv");
    let facts = found.quadratic.unwrap();
    let exact: f64 = (0..30).map(|n| 3.0 * 20.0_f64.powf(-f64::from(n) / 29.0)).sum();
    assert!((facts.smoothness - exact).abs() < 1e-9);
    assert_eq!(found.summary.decoding_error, Some(0.0));
    let norms: f64 = found.rounds[..rounds].iter().map(|row| row.gradient_l1.unwrap()).sum();
    let losses: Vec<f64> = found.rounds.iter().map(|row| row.loss.unwrap()).collect();
    assert_eq!(facts.start, losses[0]);
    let fallen = rate * norms - 0.5 * rounds as f64 * rate * rate * facts.smoothness;
    assert!((losses[0] - losses[rounds] - fallen).abs() < 1e-4 * losses[0], "{fallen}");
    assert!((found.summary.mean_gradient_l1.unwrap() - norms / rounds as f64).abs() < 1e-12);
    assert_eq!(found.summary.final_loss, losses.last().copied());
    for row in &found.rounds {
        let (sum, root) = (row.gradient_l1.unwrap(), row.gradient_l2.unwrap());
        assert!(root <= sum && sum <= 30.0_f64.sqrt() * root * (1.0 + 1e-12), "{sum} {root}");
        assert_eq!(row.accuracy, None);
    }
}

/// Steps along exact gradients are known in closed form, with local steps too.
#[test]
fn gradient_steps_shrink_the_distance_by_a_known_factor() {
    for (steps, local) in [(1, 0.001), (4, 0.1)] {
        let (rate, rounds) = (0.2, 6);
        let head = format!(
            "rounds: {rounds}, workers: {{ count: 2{} }}",
            if steps > 1 { format!(", local: {{ steps: {steps}, rate: {local} }}") } else { String::new() }
        );
        let task = "{ coordinates: 500, noise: 0, distance: 3 }";
        let found = output(&head, task, rate, "method: sgd");
        let shrunk = 1.0 - rate * (1.0 - (1.0_f64 - local).powi(steps)) / (f64::from(steps) * local);
        let expected = found.rounds[0].loss.unwrap() * shrunk.powi(2 * rounds);
        let loss = found.summary.final_loss.unwrap();
        assert!((loss / expected - 1.0).abs() < 1e-4, "{loss}, not {expected}");
        assert_eq!(found.quadratic.unwrap().rate, None, "steps are no signs");
    }
}

/// The noise of a batch is that of its mean: sixty-four samples with eight times the noise are as good as one, bit for bit.
#[test]
fn batches_count_by_their_square_root() {
    let found = |batch: u32, noise: u32| {
        let head = format!("rounds: 20, workers: {{ count: 5, batch: {batch} }}");
        output(&head, &format!("{{ coordinates: 100, noise: {noise} }}"), 0.01, "method: signsgd_fd").summary
    };
    assert_eq!(found(64, 8).digest, found(1, 1).digest);
    assert_ne!(found(64, 8).digest, found(1, 8).digest);
    assert!(found(64, 8).mean_gradient_l1 < found(1, 8).mean_gradient_l1);
}

/// What the theorem says of every number of inverters below one half, with the error that was measured and before any run.
#[test]
fn no_mean_gradient_norm_is_above_its_bounds() {
    let task = "{ coordinates: 400, noise: 8, condition: 10 }";
    for adversaries in [0, 3, 5, 7] {
        let attack = format!("adversaries: {{ count: {adversaries}, attack: sign_inversion }}");
        let norm = |method: &str| {
            let head = "rounds: 300, workers: { count: 15 }";
            let found = output(head, task, 0.005, &format!("method: {method}, {attack}"));
            let facts = found.quadratic.unwrap();
            let descent = SignDescent {
                coordinates: 400,
                smoothness: facts.smoothness,
                start: facts.start,
                rate: facts.rate.unwrap(),
                rounds: 300,
            };
            let norm = found.summary.mean_gradient_l1.unwrap();
            let at = descent.bound_at(found.summary.decoding_error.unwrap()).unwrap();
            let counted = if method == "signsgd_mv" { adversaries } else { 0 };
            let of = |m: u32, p: f64| if m < counted { 1.0 - p } else { p };
            let error = |p: f64| majority_error((0..15).map(|m| of(m, p)));
            let before = descent.bound_before(facts.noise.unwrap(), error).unwrap();
            assert!(norm <= before && norm <= at, "{method}, L = {adversaries}: {norm}, {before}, {at}");
            norm
        };
        assert!(norm("signsgd_fd") <= norm("signsgd_mv") * 1.02, "L = {adversaries}");
    }
}

/// The server draws noise of its own for its own batch: with one that is nearly exact, liars in the majority help it.
#[test]
fn the_server_votes_on_gradients_of_its_own() {
    let error = |trusted: &str| {
        let text = format!(
            "{{ name: t, rounds: 30, workers: {{ count: 15, batch: 4 }},
                task: {{ quadratic: {{ coordinates: 2000, noise: 2 }} }},
                method: {{ quantizer: sign, aggregator: spectral }}, server: {{ {trusted} }},
                adversaries: {{ count: 12, attack: sign_inversion }} }}"
        );
        run(&text, 1).unwrap().summary.decoding_error.unwrap()
    };
    let (alone, little, much) =
        (error("close: all"), error("trusted: { batch: 4 }"), error("trusted: { batch: 10000 }"));
    assert!(alone > 0.8 && little < 0.15 && much < little, "{alone} {little} {much}");
}

/// Attacks that read gradients, momentum, memory and numbers all meet gradients here.
#[test]
fn every_part_that_reads_gradients_reads_these() {
    for method in [
        "signum",
        "ef_signsgd",
        "s3gd",
        "election_signsgd",
        "krum",
        "{ quantizer: sign, aggregator: oracle }",
        "{ quantizer: { noisy_sign: { std: 0.5 } }, aggregator: majority }",
    ] {
        let attack = if method == "election_signsgd" { "random" } else { "alie" };
        let rest = format!("method: {method}, adversaries: {{ count: 3, attack: {attack} }}");
        let head = "rounds: 60, workers: { count: 15, batch: 16 }";
        let found = output(head, "{ coordinates: 200, noise: 4 }", 0.01, &rest);
        let summary = &found.summary;
        assert_eq!(summary.status, Status::Finished);
        assert!(summary.final_loss < found.rounds[0].loss, "{method}");
        assert!(summary.final_accuracy.is_none() && summary.decoding_error.is_some());
    }
}

/// A value that passes the bound ends a run, and so does one that is no number.
#[test]
fn a_run_that_climbs_is_stopped() {
    let head = "rounds: 300, workers: { count: 2 }";
    let task = "{ coordinates: 10, noise: 0 }";
    for stop in ["{ loss_above: 1000 }", "{ diverged: true }"] {
        let found = output(head, task, 3.0, &format!("method: sgd, stop: {stop}"));
        assert_eq!(found.summary.status, Status::Diverged, "{stop}");
        assert!(found.summary.rounds_done < Some(300), "{stop}");
    }
}
