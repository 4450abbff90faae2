//! What a figure can be told: measures, groups, panels, sizes and themes, and the answers to what it cannot be told.

use signsim::figure::FigureSpec;
use signsim::figure::content::Look;
use signsim::scenario::Plan;

use super::{ADVERSARIES, chart, files, legend, results, svg, swept, titles};

fn spec(json: &str) -> FigureSpec {
    serde_json::from_str(json).unwrap()
}

#[test]
fn another_measure_has_another_axis_and_another_name() {
    let mut results = results([0, 7]);
    for run in &mut results.runs {
        run.summary.final_loss = Some(2.5);
        run.tables.rounds[40].loss = Some(2.5);
    }
    for (json, name, axis) in [
        (r#"{"accuracy_vs_adversaries":{"y":"loss"}}"#, "loss_vs_adversaries", "test loss (nats)"),
        (r#"{"accuracy_vs_rounds":{"y":"loss"}}"#, "loss_vs_rounds", "test loss (nats)"),
        (r#"{"accuracy_vs_rounds":{"y":"decoding_error"}}"#, "decoding_error_vs_rounds", "decoding error"),
        (r#"{"accuracy_vs_adversaries":{"name":"mine"}}"#, "mine", "test accuracy"),
    ] {
        let spec = spec(json);
        let content = chart(&spec, &results);
        assert_eq!((spec.name().as_str(), content.y.label.to_string().as_str()), (name, axis));
        if json.contains("loss") {
            assert!(content.points().all(|p| p.estimate.mean == Some(2.5)), "{json}");
        }
    }
}

#[test]
fn groups_and_panels_are_chosen_and_nothing_is_averaged_away() {
    let all = swept(&results([3, 7]), "task.train.split", &["iid", "replicated"]);
    let usual = chart(&ADVERSARIES, &all);
    assert_eq!(
        (titles(&usual), legend(&usual)),
        (words(&["iid", "replicated"]), words(&["signSGD-MV", "signSGD-FD"]))
    );
    for (options, panels, series) in [
        (r#"{"panel":"method"}"#, &["signSGD-MV", "signSGD-FD"][..], &["iid", "replicated"][..]),
        (r#"{"group":"task.train.split"}"#, &["signSGD-MV", "signSGD-FD"], &["iid", "replicated"]),
        (
            r#"{"panel":"none"}"#,
            &[""],
            &["signSGD-MV, iid", "signSGD-MV, replicated", "signSGD-FD, iid", "signSGD-FD, replicated"],
        ),
        (
            r#"{"group":"task.train.split","panel":"none"}"#,
            &[""],
            &["iid, signSGD-MV", "iid, signSGD-FD", "replicated, signSGD-MV", "replicated, signSGD-FD"],
        ),
    ] {
        let content = chart(&spec(&format!("{{\"accuracy_vs_adversaries\":{options}}}")), &all);
        assert_eq!((titles(&content), legend(&content)), (words(panels), words(series)), "{options}");
        assert!(content.points().all(|p| p.estimate.runs == 3), "{options}: three seeds a point");
        assert_eq!(content.points().count(), 8, "{options}");
    }
    let rounds = chart(&spec(r#"{"accuracy_vs_rounds":{"panel":"adversaries.count"}}"#), &results(0..=8));
    assert_eq!(rounds.panels.len(), 9, "every L has its panel");
    let scale = chart(
        &spec(r#"{"accuracy_vs_rounds":{"panel":"method","group":"adversaries.count"}}"#),
        &results(0..=8),
    );
    assert!((0..9).all(|l| scale.series[l].look == Look::Ordered(l, 9)), "{:?}", scale.series);
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

#[test]
fn sizes_set_the_width_and_nothing_leaves_the_page() {
    let kinds = ["accuracy_vs_adversaries", "accuracy_vs_rounds", "method_table"];
    for kind in kinds {
        for (size, millimetres) in [("single", 85.0), ("double", 178.0), ("120mm", 120.0)] {
            let spec = spec(&format!("{{\"{kind}\":{{\"size\":\"{size}\"}}}}"));
            let svg = svg(&spec, &results(0..=8));
            let number = |key: &str| -> f64 {
                svg.split_once(key).unwrap().1.split(['m', '"']).next().unwrap().parse().unwrap()
            };
            assert!((number("width=\"") - millimetres).abs() < 0.1, "{kind} {size}");
            let right = svg.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap();
            let right: f64 = right.parse().unwrap();
            let xs =
                svg.split("<text x=\"").skip(1).map(|e| e.split('"').next().unwrap().parse::<f64>().unwrap());
            assert!(xs.clone().count() > 5 && xs.clone().all(|x| (0.0..right).contains(&x)), "{kind} {size}");
        }
    }
}

#[test]
fn the_dark_theme_changes_colours_and_nothing_else() {
    let dark = spec(r#"{"accuracy_vs_adversaries":{"theme":"dark"}}"#);
    let (light, dark) = (files(&ADVERSARIES, &results(0..=8)), files(&dark, &results(0..=8)));
    assert_eq!(light["accuracy_vs_adversaries.csv"], dark["accuracy_vs_adversaries.csv"]);
    let without_colours = |svg: &[u8]| {
        let text = String::from_utf8(svg.to_vec()).unwrap();
        let parts = text.split('#').map(|part| part.get(6..).unwrap_or("").to_owned());
        parts.skip(1).collect::<String>()
    };
    let (a, b) = (&light["accuracy_vs_adversaries.svg"], &dark["accuracy_vs_adversaries.svg"]);
    assert!(a != b && without_colours(a) == without_colours(b));
}

#[test]
fn what_a_figure_cannot_be_told_is_answered_with_place_and_way_out() {
    let scenario = |figure: &str| {
        let text = format!(
            "name: x\nrounds: 1\nworkers: {{ count: 3 }}\ntask: {{ channel: {{ coordinates: 10, crossover: 0.2 }} }}\n\
             method: signsgd_mv\nsweep:\n  task.channel.crossover: [0.1, 0.2]\nfigures:\n  - {figure}\n"
        );
        Plan::parse("x.yaml", &text, &[], None)
            .map(|_| ())
            .map_err(|e| format!("{e}; {}", e.advice().unwrap_or("")))
    };
    for legal in [
        "accuracy_vs_rounds: { y: decoding_error, group: task.channel.crossover, panel: none, size: 100mm }",
        "accuracy_vs_rounds: { size: 90 }",
        "decoding_error_vs_adversaries: { theory: exact, theme: dark, name: errors }",
        "phase_diagram: { y: task.channel.crossover, colour: decoding_error }",
    ] {
        assert_eq!(scenario(legal), Ok(()), "{legal}");
    }
    for (figure, expected) in [
        (
            "accuracy_vs_rounds: { accuracy: 0.9 }",
            "accuracy_vs_rounds has no option `accuracy`; it takes y, group",
        ),
        (
            "accuracy_vs_rounds: { y: acuracy }",
            "nothing is measured under the name `acuracy`; write one of accuracy, loss",
        ),
        ("accuracy_vs_rounds: { y: loss }", "on channels nothing is trained"),
        (
            "accuracy_vs_rounds: { panel: task.split }",
            "does not vary `task.split`; write one of task.channel.crossover",
        ),
        ("accuracy_vs_rounds: { size: 12mm }", "`12mm` is no width: write single (85 mm)"),
        ("accuracy_vs_rounds: { theme: blue }", "blue"),
        ("accuracy_vs_rounds: { name: a/b }", "`a/b` cannot name a file"),
        (
            "accuracy_vs_rounds: { name: summary }",
            "`summary` is the name of a file of the result folder; choose another",
        ),
        ("accuracy_vs_rounds: { name: Manifest }", "`Manifest` is the name of a file of the result folder"),
        ("timeline: { name: scenario }", "`scenario` is the name of a file of the result folder"),
        ("accuracy_vs_setting", "the setting along the horizontal axis is missing; write x:"),
        ("time_to_accuracy", "the accuracy to be reached is missing; write { accuracy: 0.9 }"),
        ("phase_diagram", "needs a setting along its vertical axis; write y:"),
        ("phase_diagram: { y: task.split }", "the sweep does not vary `task.split`"),
        ("phase_diagram: { y: method, over: { method: min } }", "a side of the map already"),
        ("phase_diagram: { y: method, over: { a: min, b: max } }", "write one setting and min or max"),
        ("layer_crossovers", "none are; write metrics: { layers: true }"),
        ("label_partition", "nothing is; write metrics: { labels: true }"),
    ] {
        let figure = if figure.contains(':') { format!("{{ {figure} }}") } else { figure.to_owned() };
        let error = scenario(&figure).unwrap_err();
        assert!(expected.split("; ").all(|part| error.contains(part)), "{figure}: {error}");
        assert!(error.contains("x.yaml:9:"), "{figure}: {error}");
    }
    let trained = "name: x\nrounds: 1\nworkers: { count: 3 }\ntask: { train: { data: digits, model: logistic } }\nmethod: signsgd_mv\n\
                   figures: [{ accuracy_vs_adversaries: { theory: exact } }]\n";
    let error = Plan::parse("x.yaml", trained, &[], None).unwrap_err();
    assert!(error.to_string().contains("not the accuracy of a model"), "{error}");
}
