//! What a mean is over: runs of one case, each once, however methods are called.

use std::fs;
use std::path::Path;

use serde_json::json;
use signsim::figure::{FigureContent, FigureSpec};
use signsim::record::Results;

use super::{ADVERSARIES, chart, legend, notes, results, run, svg, texts};
use crate::cli::signsim;

/// Runs a scenario on a channel with these methods; gives what was said and the rows of a figure's CSV.
fn rows(figure: &str, methods: &str, more: &str) -> (String, Vec<Vec<String>>) {
    let dir = tempfile::tempdir().unwrap();
    let text = format!(
        "name: x\nseed: 1\nrepeats: 2\nrounds: 20\nworkers: {{ count: 15 }}\n\
         task: {{ channel: {{ coordinates: 500, crossover: 0.2 }} }}\nmethod: signsgd_fd\n\
         adversaries: {{ count: 6, attack: sign_inversion }}\nsweep:\n  method: {methods}\n{more}figures: [{figure}]\n"
    );
    fs::write(dir.path().join("x.yaml"), text).unwrap();
    let (code, _, said) = signsim(dir.path(), &["run", "x.yaml", "--out", "out"]);
    assert_eq!(code, 0, "{said}");
    (said, csv(&dir.path().join("out").join(format!("{figure}.csv"))))
}

fn csv(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn column(rows: &[Vec<String>], name: &str) -> Vec<String> {
    let at = rows[0].iter().position(|column| column == name).unwrap();
    rows[1..].iter().map(|row| row[at].clone()).collect()
}

/// Six inverters of fifteen at p = .2: federated defense decodes nearly all, a majority about three quarters.
#[test]
fn methods_whose_names_look_alike_are_two_methods() {
    for (a, b) in [("vote: x", "vote x"), ("A{x}", "A x"), ("FD_a", "FD a"), ("[1] MV", "1 MV")] {
        let methods =
            format!("[{{ name: \"{a}\", preset: signsgd_fd }}, {{ name: \"{b}\", preset: signsgd_mv }}]");
        for figure in ["accuracy_vs_adversaries", "method_table"] {
            let (_, rows) = rows(figure, &methods, "");
            assert_eq!(column(&rows, "series"), [a, b], "to the letter");
            assert_eq!(column(&rows, "runs"), ["2", "2"]);
            let mean = column(&rows, "share_decoded_mean");
            let mean: Vec<f64> = mean.iter().map(|mean| mean.parse().unwrap()).collect();
            assert!(mean[0] > 0.95 && (0.68..0.78).contains(&mean[1]), "{mean:?}");
        }
    }
}

#[test]
fn two_methods_of_one_name_are_told_apart_by_what_differs() {
    for (methods, expected) in [
        (
            "[signsgd_fd, { name: signSGD-FD, preset: signsgd_mv }]",
            ["signSGD-FD, federated defense", "signSGD-FD, majority"],
        ),
        (
            "[{ name: ours, preset: signsgd_fd }, { name: ours, preset: signsgd_mv }]",
            ["ours, federated defense", "ours, majority"],
        ),
        (
            "[{ name: ours, preset: signsgd_fd }, \
              { name: ours, preset: signsgd_fd, aggregator: { federated_defense: { t_in: 3 } } }]",
            ["ours, T_in = 100", "ours, T_in = 3"],
        ),
    ] {
        for figure in ["accuracy_vs_adversaries", "method_table", "accuracy_vs_rounds"] {
            let (_, rows) = rows(figure, methods, "");
            let mut series = column(&rows, "series");
            series.dedup();
            assert_eq!(series, expected, "{figure}");
            assert!(column(&rows, "runs").iter().all(|runs| runs == "2"), "{figure}");
        }
    }
}

/// Three seeds asked for twice are three seeds.
#[test]
fn a_point_written_twice_counts_once() {
    let counts = "  adversaries.count: [M/2-1, 6, 7]\n";
    let (said, twice) = rows("accuracy_vs_adversaries", "[signsgd_mv, signsgd_mv]", counts);
    assert!(said.contains("note: the sweep asks for method: signsgd_mv"), "{said}");
    assert!(said.contains("again as") && said.contains("adversaries.count: 6"), "{said}");
    let (_, once) = rows("accuracy_vs_adversaries", "[signsgd_mv]", "  adversaries.count: [6, 7]\n");
    assert_eq!(twice, once);
}

/// Without adversaries both attacks are the same run, and each has its point in its panel.
#[test]
fn a_run_that_two_attacks_share_stands_in_both_panels() {
    let more = "  adversaries.attack: [sign_inversion, { stochastic_flip: { probability: 0.5 } }]\n  adversaries.count: [0, 6]\n";
    let (_, rows) = rows("accuracy_vs_adversaries", "[signsgd_mv]", more);
    assert_eq!(column(&rows, "adversaries"), ["0", "6", "0", "6"]);
    assert!(column(&rows, "runs").iter().all(|runs| runs == "2"));
    let panels = column(&rows, "panel");
    assert!(panels[0] == "sign inversion" && panels[2] == "stochastic flip, probability 0.5", "{panels:?}");
}

/// Records of an older folder, in which a point was written twice.
#[test]
fn a_run_counts_once_in_a_mean() {
    let once = results([3, 7]);
    let mut twice = once.clone();
    twice.runs.extend(once.runs.iter().cloned());
    for kind in ["accuracy_vs_adversaries", "accuracy_vs_rounds", "method_table"] {
        let spec: FigureSpec = serde_json::from_str(&format!("{{\"{kind}\":{{}}}}")).unwrap();
        assert!(spec.shown(&twice) == spec.shown(&once), "{kind}");
    }
    let target: FigureSpec = serde_json::from_str(r#"{"time_to_accuracy":{"accuracy":0.5}}"#).unwrap();
    assert!(target.shown(&twice) == target.shown(&once));
}

/// Cases of one name in records: by what their specifications say, by number where they say nothing.
#[test]
fn cases_decide_and_labels_follow() {
    let of = |specs: [serde_json::Value; 2]| {
        let mut runs = Vec::new();
        for (case, spec) in specs.into_iter().enumerate() {
            for seed in 1..=3 {
                let mut run = run("ours", 3, seed, 0.5 + 0.2 * case as f64);
                (run.case, run.spec) = (format!("case {case}"), spec.clone().into());
                run.summary.run += &case.to_string();
                runs.push(run);
            }
        }
        Results { name: "x".to_owned(), runs, missing: vec![] }
    };
    let known = of([
        json!({ "aggregator": "majority", "rounds": 40 }),
        json!({ "aggregator": "oracle", "rounds": 40 }),
    ]);
    let content = chart(&ADVERSARIES, &known);
    assert_eq!(legend(&content), ["ours, majority", "ours, oracle"]);
    let means: Vec<_> = content.points().map(|p| (p.estimate.mean.unwrap(), p.estimate.runs)).collect();
    assert!(
        (means[0].0 - 0.5).abs() < 1e-12 && (means[1].0 - 0.7).abs() < 1e-12 && means[0].1 == 3,
        "{means:?}"
    );
    let unknown = of([json!(null), json!(null)]);
    assert_eq!(legend(&chart(&ADVERSARIES, &unknown)), ["ours, (1)", "ours, (2)"]);
    let FigureContent::Bars(bars) =
        serde_json::from_str::<FigureSpec>(r#"{"time_to_accuracy":{"accuracy":0.1}}"#).unwrap().shown(&known)
    else {
        panic!("bars")
    };
    assert_eq!(bars.groups[0].bars.len(), 2);
}

#[test]
fn diverged_runs_are_counted_in_every_measure() {
    for y in ["accuracy", "loss", "decoding_error"] {
        let mut lost = results([3]);
        for run in &mut lost.runs {
            (run.summary.final_loss, run.summary.decoding_error) = (Some(0.5), Some(0.2));
        }
        lost.runs[0].summary.final_loss = Some(f64::NAN);
        let spec: FigureSpec =
            serde_json::from_str(&format!("{{\"accuracy_vs_adversaries\":{{\"y\":\"{y}\"}}}}")).unwrap();
        let content = chart(&spec, &lost);
        let estimate = content.panels[0].lines[0].points[0].estimate;
        assert_eq!((estimate.runs, estimate.without), (2, 1), "{y}");
        assert!(notes(&content).contains("(diverged: 1 of 6 runs)"), "{}", notes(&content));
    }
}

/// One round, one x: every series has its marker and its interval.
#[test]
fn a_curve_of_one_point_draws_every_series() {
    let mut single = results([3]);
    for run in &mut single.runs {
        run.tables.rounds.retain(|row| row.round == 40);
    }
    let rounds: FigureSpec = serde_json::from_str(r#"{"accuracy_vs_rounds":{}}"#).unwrap();
    let drawn = svg(&rounds, &single);
    // Circles are the first method's: halo and marker, in the legend and at the point; the other has squares.
    assert_eq!(drawn.matches("<circle").count(), 4);
    let squares =
        |text: &str| text.split("<polygon").skip(1).filter(|p| p.contains("fill=\"#D55E00\"")).count();
    assert_eq!(squares(&drawn), 2, "legend and point");
    assert!(drawn.matches("stroke-width=\"9\"").count() >= 2 * 3, "an interval each");
    assert!(texts(&drawn).contains(&"signSGD-FD".to_owned()));
    // They stand 4.4 pt beside each other, 12.5 units a point, each with its interval; not so in the legend.
    let circles =
        drawn.split("<circle cx=\"").skip(1).map(|e| e.split('"').next().unwrap().parse::<f64>().unwrap());
    let circles: Vec<f64> = circles.collect();
    let centre = |polygon: &str| {
        let points = polygon.split("points=\"").nth(1).unwrap().split('"').next().unwrap();
        let xs =
            points.split_whitespace().map(|point| point.split(',').next().unwrap().parse::<f64>().unwrap());
        let xs: Vec<f64> = xs.collect();
        let ends = |pick: fn(f64, f64) -> f64| xs.iter().copied().reduce(pick).unwrap();
        f64::midpoint(ends(f64::min), ends(f64::max))
    };
    let squares = drawn.split("<polygon").skip(1).filter(|p| p.contains("fill=\"#D55E00\"")).map(centre);
    let beside: Vec<(f64, f64)> = squares
        .filter_map(|square| {
            circles.iter().find(|c| (50.0..60.0).contains(&(square - **c))).map(|c| (*c, square))
        })
        .collect();
    assert_eq!(beside.len(), 1, "{circles:?}\n{drawn}");
    let bars: Vec<&str> = drawn.split('<').filter(|e| e.contains("stroke-width=\"9\"")).collect();
    let stands = |x: f64| {
        bars.iter().any(|bar| {
            bar.contains(&format!("\"{}\"", x.round())) || bar.contains(&format!("{},", x.round()))
        })
    };
    assert!(stands(beside[0].0) && stands(beside[0].1), "{beside:?}: {bars:?}");
}
