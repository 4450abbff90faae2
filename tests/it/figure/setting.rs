//! Accuracy against a setting: its axis, its panels, and the answers to a setting that is none.

use signsim::figure::FigureSpec;
use signsim::figure::content::Scale;
use signsim::scenario::Plan;

use super::{chart, legend, results, svg, swept, texts, titles};

fn spec(x: &str, scale: &str) -> FigureSpec {
    let json = format!(r#"{{"accuracy_vs_setting":{{"x":"{x}","scale":"{scale}"}}}}"#);
    serde_json::from_str(&json).unwrap()
}

#[test]
fn the_setting_is_the_axis_and_everything_else_a_panel() {
    let mut swept = swept(&results([3, 7]), "task.channel.crossover", &["0.2", "0.45", "0.3"]);
    for run in &mut swept.runs {
        run.summary.final_accuracy = run.settings[2].1.parse().ok();
    }
    let spec = spec("task.channel.crossover", "linear");
    assert_eq!(spec.name(), "accuracy_vs_crossover");
    let content = chart(&spec, &swept);
    assert_eq!(content.x.scale, Scale::Value);
    assert_eq!(titles(&content), ["L = 3", "L = 7"]);
    assert_eq!(legend(&content), ["signSGD-MV", "signSGD-FD"]);
    let points = &content.panels[1].lines[0].points;
    assert_eq!(points.iter().map(|p| p.x).collect::<Vec<_>>(), [0.2, 0.3, 0.45]);
    assert!(points.iter().all(|p| (p.estimate.mean.unwrap() - p.x).abs() < 1e-12), "{points:?}");
    let texts = texts(&svg(&spec, &swept));
    assert!(texts.contains(&"crossover".to_owned()) && texts.contains(&"0.20".to_owned()), "{texts:?}");
}

/// Runs without a liar are the same under every attack: they are one panel, in which each run counts once.
#[test]
fn where_nobody_lies_no_attack_is_named() {
    let crossovers = swept(&results([0, 7]), "task.channel.crossover", &["0.2", "0.3"]);
    let mut swept = swept(&crossovers, "adversaries.attack", &["colluders", "minus_majority"]);
    for run in swept.runs.iter_mut().filter(|run| run.summary.adversaries > 0) {
        run.summary.run += &run.settings.last().unwrap().1;
    }
    let content = chart(&spec("task.channel.crossover", "linear"), &swept);
    assert_eq!(titles(&content), ["L = 0", "colluders, L = 7", "minus majority, L = 7"]);
    for panel in &content.panels {
        assert!(panel.lines.iter().flat_map(|line| &line.points).all(|p| p.estimate.runs == 3));
    }
}

#[test]
fn equal_ratios_take_equal_room_on_a_logarithmic_axis() {
    let swept = swept(&results([3]), "method.quantizer.noisy_sign.std", &["0.001", "0.01", "0.1"]);
    let spec = spec("method.quantizer.noisy_sign.std", "log");
    assert_eq!(legend(&chart(&spec, &swept)), ["signSGD-MV", "signSGD-FD"]);
    let svg = svg(&spec, &swept);
    let place = |label: &str| -> f64 {
        let element = svg.split("<text ").find(|e| e.contains(&format!(">\n{label}\n<"))).unwrap();
        element.split("x=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
    };
    let (a, b, c) = (place("0.001"), place("0.01"), place("0.1"));
    assert!(a < b && ((b - a) - (c - b)).abs() <= 2.0, "{a} {b} {c}");
}

#[test]
fn mistakes_are_answered_with_place_and_way_out() {
    let scenario = |figure: &str, axis: &str| {
        let text = format!(
            "name: x\nrounds: 1\nworkers: {{ count: 3 }}\ntask: {{ channel: {{ coordinates: 10, crossover: 0.2 }} }}\n\
             method: signsgd_mv\nsweep:\n  {axis}\nfigures:\n  - accuracy_vs_rounds\n  - {figure}\n"
        );
        Plan::parse("x.yaml", &text, &[], None)
            .map(|_| ())
            .map_err(|e| format!("{e}; {}", e.advice().unwrap_or("")))
    };
    let crossover = "task.channel.crossover: [0, 0.2]";
    assert_eq!(scenario("{ accuracy_vs_setting: { x: task.channel.crossover } }", crossover), Ok(()));
    for (figure, axis, expected) in [
        ("{ accuracy_vs_setting: { x: crossover } }", crossover, "the sweep does not vary `crossover`"),
        (
            "{ accuracy_vs_setting: { x: crossover } }",
            crossover,
            "write one of its axes: task.channel.crossover",
        ),
        (
            "{ accuracy_vs_setting: { x: method } }",
            "method: [signsgd_mv, signsgd_fd]",
            "`signsgd_mv` of `method` is no number",
        ),
        (
            "{ accuracy_vs_setting: { x: task.channel.crossover, scale: log } }",
            crossover,
            "`0` of `task.channel.crossover` has no place on a logarithmic axis",
        ),
        ("accuracy_vs_rounds", crossover, "two figures would be drawn into the files accuracy_vs_rounds.*"),
    ] {
        let error = scenario(figure, axis).unwrap_err();
        assert!(error.contains(expected) && error.contains("x.yaml:10:"), "{error}");
    }
}
