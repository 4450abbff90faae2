//! How convolutions are computed, as a setting of a scenario.

use signsim::scenario::Plan;

use crate::engine::run;

/// A 5 x 5 convolution of one channel, which nothing cuts into tiles, then one of 5 x 5 and one of 3 x 3 with 16 channels.
fn scenario(model: &str, more: &str) -> String {
    format!(
        "{{ name: t, rounds: 4, evaluate_every: 4, workers: {{ count: 5, batch: 20 }},
            task: {{ train: {{ data: {{ digits: {{ train: 300, test: 200 }} }}, model: {model}{more} }} }},
            method: signsgd_mv, server: {{ learning_rate: 0.0003 }} }}"
    )
}

const LAYERS: &str = "{ conv_net: [{ conv: { filters: 16, kernel: 5 } }, relu, max_pool,
    { conv: { filters: 16, kernel: 5 } }, relu, max_pool, { conv: { filters: 32, padding: 1 } }, relu] }";

/// Threads that share the images of a layer find the same bits with each of them, and the ways differ by rounding alone: in
/// four rounds the losses stay within a ten-thousandth of each other, with signs of the smallest derivatives turned around.
#[test]
fn every_way_to_compute_them_learns_the_same() {
    let text = |way| scenario(LAYERS, &format!(", convolution: {way}"));
    let ways = ["patches", "winograd_4", "winograd_6"].map(|way| {
        let alone = run(&text(way), 1).unwrap();
        assert_eq!(run(&text(way), 3).unwrap().summary.digest, alone.summary.digest, "{way}");
        alone.summary
    });
    assert_eq!(run(&scenario(LAYERS, ""), 1).unwrap().summary.digest, ways[1].digest, "the default");
    for (k, one) in ways.iter().enumerate() {
        for other in &ways[k + 1..] {
            assert_ne!(one.digest, other.digest);
            let (a, b) = (one.final_loss.unwrap(), other.final_loss.unwrap());
            assert!((a - b).abs() < 1e-4 * a, "{a} {b}");
        }
    }
}

/// What the option says stands in the resolved scenario of models with convolutions, and of no others.
#[test]
fn it_is_part_of_the_scenario_where_it_matters() {
    let resolved = |model: &str, more: &str| {
        let plan = Plan::parse("t.yaml", &scenario(model, more), &[], None)?;
        Ok::<_, signsim::error::Error>(serde_json::to_string(&plan.runs[0].spec).expect("plain data"))
    };
    assert!(resolved(LAYERS, "").unwrap().contains("\"convolution\":\"winograd_4\""));
    assert!(resolved("cnn", ", convolution: patches").unwrap().contains("\"convolution\":\"patches\""));
    assert!(!resolved("logistic", "").unwrap().contains("convolution"));
    let narrow = "{ conv_net: [{ conv: { filters: 20, kernel: 5 } }, relu] }";
    for (model, way, words) in [
        ("logistic", "winograd_6", "`convolution` would have no effect: this model has no convolutions"),
        ("{ mlp: {} }", "patches", "`convolution` would have no effect: this model has no convolutions"),
        (narrow, "winograd_6", "no convolution of this model can be cut into such tiles"),
        ("cnn", "winograd_5", "task.train.convolution: `winograd_5` is not known here"),
    ] {
        let error = resolved(model, &format!(", convolution: {way}")).unwrap_err().to_string();
        assert!(error.contains(words), "{model}: {error}");
    }
}
