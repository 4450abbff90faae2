//! Figures: the numbers they show, what they say about them, and that they never change.

mod edges;
mod formats;
mod grouping;
mod looks;
mod maps;
mod options;
mod progress;
mod remarks;
mod script;
mod setting;
mod snapshots;
mod table;
mod timeline;

use std::collections::BTreeMap;
use std::fs;

use signsim::figure::content::{Content, IntervalShape};
use signsim::figure::{FigureContent, FigureSpec, draw, kind};
use signsim::record::{Results, RoundRow, RunRecord, Status, SummaryRow, Tables};

const ADVERSARIES: FigureSpec = FigureSpec::usual(&kind::accuracy_vs_adversaries::KIND);
const ROUNDS: FigureSpec = FigureSpec::usual(&kind::accuracy_vs_rounds::KIND);

/// Every chart; L is an axis of the sweep like any other.
fn charts() -> [FigureSpec; 3] {
    let setting = r#"{"accuracy_vs_setting":{"x":"adversaries.count","scale":"linear"}}"#;
    [ADVERSARIES, ROUNDS, serde_json::from_str(setting).unwrap()]
}

fn chart(spec: &FigureSpec, results: &Results) -> Content {
    match spec.shown(results) {
        FigureContent::Chart(content) => content,
        other => panic!("no chart: {other:?}"),
    }
}

/// A run of 40 rounds, evaluated every 20, that ends at `accuracy`.
fn run(method: &str, adversaries: u32, seed: u64, accuracy: f64) -> RunRecord {
    let row = |round: u32| RoundRow {
        round,
        sim_time_s: f64::from(round),
        votes_received: 15,
        votes_missing: 0,
        uplink_bytes: 0,
        downlink_bytes: 0,
        held: None,
        decoding_error: None,
        accuracy: round.is_multiple_of(20).then(|| 0.1 + (accuracy - 0.1) * f64::from(round) / 40.0),
        loss: None,
        honest_crossover: None,
        adversary_crossover: None,
        gradient_l1: None,
        gradient_l2: None,
    };
    RunRecord {
        summary: SummaryRow {
            status: Status::Finished,
            rounds_done: None,
            worst_class_accuracy: None,
            worst_worker_accuracy: None,
            best_worker_accuracy: None,
            mean_gradient_l1: None,
            final_gradient_l1: None,
            final_gradient_l2: None,
            run: format!("{method}-{adversaries}-{seed}"),
            seed,
            method: method.to_owned(),
            attack: "sign_inversion".to_owned(),
            workers: 15,
            adversaries,
            rounds: 40,
            final_accuracy: Some(accuracy),
            final_loss: None,
            decoding_error: None,
            sim_time_s: 40.0,
            uplink_bytes: 0,
            downlink_bytes: 0,
            wasted_bytes: 0,
            votes_received: 600,
            votes_missing: 0,
            digest: String::new(),
            wall_s: 0.0,
            events: 0,
            queue_peak: 0,
            messages_lost: 0,
            votes_late: 0,
            votes_refused: 0,
            useful_bytes: 0,
            retransmissions: 0,
            duplicates: 0,
            empty_rounds: Some(0),
        },
        case: String::new(),
        settings: vec![
            ("adversaries.count".to_owned(), adversaries.to_string()),
            ("method".to_owned(), method.to_owned()),
        ],
        tables: Tables { rounds: (0..=40).map(row).collect(), ..Tables::default() },
        channel: None,
        quadratic: None,
        remarks: vec![],
        made_by: String::new(),
        machine: signsim::record::Machine::default(),
        spec: std::sync::Arc::default(),
    }
}

/// Two methods, these numbers of adversaries, three seeds 0.1 apart from each other.
fn results(counts: impl IntoIterator<Item = u32> + Clone) -> Results {
    let mut runs = Vec::new();
    for method in ["signsgd_mv", "signsgd_fd"] {
        for adversaries in counts.clone() {
            for seed in 1..=3 {
                runs.push(run(method, adversaries, seed, 0.6 + 0.1 * seed as f64));
            }
        }
    }
    Results { name: "quickstart".to_owned(), runs, missing: vec![] }
}

/// The same runs once more for every value of a setting.
fn swept(base: &Results, path: &str, values: &[&str]) -> Results {
    let mut all = base.clone();
    all.runs.clear();
    for value in values {
        for run in &base.runs {
            let mut run = run.clone();
            run.settings.push((path.to_owned(), (*value).to_owned()));
            all.runs.push(run);
        }
    }
    all
}

fn files(spec: &FigureSpec, results: &Results) -> BTreeMap<String, Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    let paths = draw(spec, results, dir.path()).unwrap();
    let name = |p: &std::path::Path| p.file_name().unwrap().to_str().unwrap().to_owned();
    let files: BTreeMap<_, _> = paths.iter().map(|p| (name(p), fs::read(p).unwrap())).collect();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), files.len(), "nothing else is left behind");
    files
}

fn svg(spec: &FigureSpec, results: &Results) -> String {
    String::from_utf8(files(spec, results).remove(&format!("{}.svg", spec.name())).unwrap()).unwrap()
}

/// The text elements in the order of drawing.
fn texts(svg: &str) -> Vec<String> {
    let elements = svg.split("<text ").skip(1);
    elements
        .map(|e| e.split_once('>').unwrap().1.split_once("</text>").unwrap().0.trim().to_owned())
        .collect()
}

fn notes(content: &Content) -> String {
    content.notes.iter().map(|n| n.text.to_string()).collect::<Vec<_>>().join("\n")
}

fn titles(content: &Content) -> Vec<String> {
    content.panels.iter().map(|p| p.title.to_string()).collect()
}

fn legend(content: &Content) -> Vec<String> {
    content.series.iter().map(|s| s.label.to_string()).collect()
}

#[test]
fn redrawing_gives_the_same_bytes() {
    for spec in charts() {
        let (first, second) = (files(&spec, &results(0..=8)), files(&spec, &results(0..=8)));
        assert_eq!(first.len(), 4);
        assert!(first == second, "{} differs", spec.name());
        let mut other = results(0..=8);
        other.runs[0].summary.final_accuracy = Some(0.3);
        other.runs[0].tables.rounds[40].accuracy = Some(0.3);
        assert!(files(&spec, &other).iter().all(|(name, bytes)| *bytes != first[name]), "{}", spec.name());
    }
}

#[test]
fn the_csv_holds_mean_and_student_interval_in_full_precision() {
    let csv = files(&ADVERSARIES, &results([0, 4])).remove("accuracy_vs_adversaries.csv").unwrap();
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    let header = reader.headers().unwrap().iter().collect::<Vec<_>>().join(",");
    assert_eq!(
        header,
        "panel,series,workers,adversaries,accuracy_mean,accuracy_low,accuracy_high,runs,runs_without_value,interval"
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 4);
    let keys: Vec<_> = rows.iter().map(|r| (r[1].to_owned(), r[3].to_owned())).collect();
    let key = |m: &str, l: &str| (m.to_owned(), l.to_owned());
    let expected = [("signSGD-MV", "0"), ("signSGD-MV", "4"), ("signSGD-FD", "0"), ("signSGD-FD", "4")];
    assert_eq!(keys, expected.map(|(m, l)| key(m, l)));
    for row in &rows {
        let number = |i: usize| row[i].parse::<f64>().unwrap();
        // 0.7, 0.8, 0.9: s = 0.1, and t(0.975; 2) = 4.302652729911275 in printed tables.
        let half = 4.302_652_729_911_275 * 0.1 / 3f64.sqrt();
        assert!((number(4) - 0.8).abs() < 1e-12);
        // The interval reaches to 1.048, an accuracy to 1.
        assert!((number(5) - (0.8 - half)).abs() < 1e-9 && number(6) == 1.0);
        assert_eq!((&row[2], &row[7], &row[8], &row[9]), ("15", "3", "0", "student_t_cut"));
    }
}

#[test]
fn the_svg_has_its_axes_legend_mark_and_font() {
    let svg = svg(&ADVERSARIES, &results(0..=8));
    let texts = texts(&svg);
    let count = |wanted: &str| texts.iter().filter(|t| *t == wanted).count();
    for wanted in ["signSGD-MV", "signSGD-FD", "test accuracy", "adversaries", "L", "M", "/2"] {
        assert_eq!(count(wanted), 1, "{wanted} in {texts:?}");
    }
    for tick in 0..=8 {
        assert_eq!(count(&tick.to_string()), 1, "tick {tick}");
    }
    assert_eq!(
        texts[texts.len() - 4..].join(" "),
        "mean and 95 % Student- t interval over 3 seeds intervals end at 0 and 1, where values do"
    );
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"85."), "one column wide");
    assert_eq!(svg.matches("@font-face").count(), 2, "upright and italic");
    assert!(svg.len() < 100_000, "{} bytes", svg.len());
    // A marker at each of nine points and one in the legend, above its halo: circles are signSGD-MV's.
    assert_eq!(svg.matches("<circle").count(), 2 * (9 + 1));
}

#[test]
fn bars_appear_with_repeats_only() {
    let bars = |results: &Results| svg(&ADVERSARIES, results).matches("stroke-width=\"9\"").count();
    let mut single = results(0..=3);
    single.runs.retain(|r| r.summary.seed == 1);
    assert_eq!(bars(&single), 0);
    // Each interval ends at 1: a bar and two caps.
    assert_eq!(bars(&results(0..=3)), 2 * 4 * 3);
    let said = notes(&chart(&ADVERSARIES, &single));
    assert_eq!(said, "one seed per point, hence no interval");
    assert!(texts(&svg(&ADVERSARIES, &single)).contains(&said));
}

#[test]
fn rounds_come_with_a_band() {
    let content = chart(&ROUNDS, &results([0]));
    assert_eq!((content.interval, legend(&content).len()), (IntervalShape::Band, 2));
    assert_eq!(content.panels[0].lines[0].points.iter().map(|p| p.x).collect::<Vec<_>>(), [0.0, 20.0, 40.0]);
    let band = |results: &Results| svg(&ROUNDS, results).matches("<polygon opacity=\"0.17\"").count();
    assert_eq!(band(&results([0])), 2);
    let mut single = results([0]);
    single.runs.retain(|r| r.summary.seed == 1);
    assert_eq!(band(&single), 0);
}

#[test]
fn diverged_and_missing_runs_are_said() {
    for nothing in [None, Some(f64::NAN)] {
        let mut results = results([0, 4]);
        results.missing = vec!["signsgd_mv, L = 4, seed 9: interrupted".to_owned()];
        results.runs[0].summary.final_accuracy = nothing;
        results.runs[0].tables.rounds[20].accuracy = nothing;
        results.runs[0].tables.rounds[40].accuracy = nothing;
        for spec in charts() {
            let content = chart(&spec, &results);
            let said = notes(&content);
            assert!(
                said.contains("diverged") && said.contains("incomplete: 1 run missing (signsgd_mv"),
                "{said}"
            );
            let short: Vec<_> = content.points().filter(|p| p.estimate.without > 0).collect();
            assert!(short.iter().all(|p| p.estimate.runs == 2 && p.estimate.without == 1), "{short:?}");
            assert_eq!(short.len(), if spec == ROUNDS { 2 } else { 1 });
            let texts = texts(&svg(&spec, &results)).join(" ");
            assert!(texts.contains("diverged") && texts.contains("incomplete"), "{texts}");
        }
    }
    assert!(!notes(&chart(&ADVERSARIES, &results([0]))).contains("diverged"));
}

#[test]
fn a_figure_of_nothing_but_diverged_runs_still_stands() {
    let mut results = results([0, 4]);
    for run in &mut results.runs {
        run.summary.final_accuracy = None;
        run.tables.rounds.iter_mut().for_each(|r| r.accuracy = r.accuracy.map(|_| f64::NAN));
    }
    for spec in charts() {
        assert!(
            chart(&spec, &results).points().all(|p| p.estimate.mean.is_none() && p.estimate.without == 3)
        );
        assert_eq!(files(&spec, &results).len(), 4);
    }
}

#[test]
fn attacks_become_panels_and_further_settings_join_the_legend() {
    let flip = "{ stochastic_flip: { probability: 0.5 } }";
    let attacked = swept(&results([0, 7]), "adversaries.attack", &["sign_inversion", flip]);
    let content = chart(&ADVERSARIES, &attacked);
    assert_eq!(titles(&content), ["sign inversion", "stochastic flip, probability 0.5"]);
    assert_eq!(legend(&content), ["signSGD-MV", "signSGD-FD"]);
    assert!(svg(&ADVERSARIES, &attacked).contains(" width=\"178."), "two columns wide");

    let twice = swept(&attacked, "server.learning_rate", &["0.001", "0.01"]);
    let content = chart(&ADVERSARIES, &twice);
    assert_eq!(titles(&content).len(), 2);
    assert_eq!(legend(&content)[..2], ["signSGD-MV, learning rate 0.001", "signSGD-MV, learning rate 0.01"]);
    assert!(content.points().all(|p| p.estimate.runs == 3), "unlike runs never share a mean");

    let tuned = swept(&results([0, 7]), "method.t_in", &["50", "100"]);
    assert_eq!(titles(&chart(&ADVERSARIES, &tuned)), [""], "two methods stay together");
    assert_eq!(legend(&chart(&ADVERSARIES, &tuned)).len(), 4);
}

#[test]
fn settings_of_the_only_method_become_panels_before_the_legend_grows_long() {
    let mut one = results([6]);
    one.runs.retain(|r| r.summary.method == "signsgd_fd");
    let tuned = swept(&one, "method.t_in", &["50", "100"]);
    assert_eq!(titles(&chart(&ROUNDS, &tuned)), [""]);
    assert_eq!(legend(&chart(&ROUNDS, &tuned)), ["signSGD-FD, T_in = 50", "signSGD-FD, T_in = 100"]);
    let twice = swept(&tuned, "method.forgetting", &["1", "0.9"]);
    assert_eq!(titles(&chart(&ROUNDS, &twice)), ["T_in = 50", "T_in = 100"]);
    assert_eq!(legend(&chart(&ROUNDS, &twice)), ["signSGD-FD, forgetting 1", "signSGD-FD, forgetting 0.9"]);
}

#[test]
fn a_whole_section_is_named_by_its_first_word_where_that_is_enough() {
    let channel = "channel: {coordinates: 10000, crossover: 0.2}";
    let train = "train: {data: {digits: {train: 6000, test: 1000}}, split: iid, model: mlp}";
    let tasks = swept(&results([0, 7]), "task", &[channel, train]);
    assert_eq!(titles(&chart(&ADVERSARIES, &tasks)), ["channel, coordinates 10000, crossover 0.2", "train"]);
    let other = train.replace("iid", "replicated");
    let both = swept(&results([0, 7]), "task", &[train, &other]);
    assert!(titles(&chart(&ADVERSARIES, &both))[0].starts_with("train, data, digits"));
}

#[test]
fn half_of_the_workers_is_marked_where_it_has_a_place() {
    let marks = |results: &Results| -> Vec<Vec<f64>> {
        let content = chart(&ADVERSARIES, results);
        content.panels.iter().map(|p| p.marks.iter().map(|m| m.x).collect()).collect()
    };
    assert_eq!(marks(&results(0..=8)), [vec![7.5]]);
    assert_eq!(marks(&results(0..=2)), [Vec::<f64>::new()], "far outside the data");

    let mut free = swept(&results(0..=8), "workers.count", &["15", "9"]);
    for run in &mut free.runs {
        run.summary.workers = run.settings[2].1.parse().unwrap();
    }
    assert_eq!(titles(&chart(&ADVERSARIES, &free)), ["M = 15", "M = 9"]);
    assert_eq!(marks(&free), [vec![7.5], vec![4.5]]);

    let mut tied = results(2..=5);
    tied.runs.iter_mut().for_each(|r| r.summary.workers = 2 * r.summary.adversaries + 1);
    assert_eq!(marks(&tied), [Vec::<f64>::new()]);
    let content = chart(&ADVERSARIES, &tied);
    let top = content.panels[0].top.as_ref().unwrap();
    assert_eq!(top.ticks.iter().map(|(x, m)| (*x as u32, m.as_str())).collect::<Vec<_>>()[1], (3, "7"));
    assert_eq!(content.x.label.to_string(), "adversaries L (workers M vary with L)");
}

#[test]
fn many_numbers_of_adversaries_become_a_said_selection_of_panels() {
    let few = chart(&ROUNDS, &results([0, 4, 7]));
    assert_eq!(titles(&few), [""]);
    assert_eq!(legend(&few)[..2], ["signSGD-MV, L = 0", "signSGD-MV, L = 4"]);

    let many = chart(&ROUNDS, &results(0..=8));
    assert_eq!(titles(&many), ["L = 0", "L = 1", "L = 3", "L = 5", "L = 7", "L = 8"]);
    assert!(
        notes(&many).ends_with("6 of 9 numbers of adversaries L shown: 0, 1, 3, 5, 7, 8"),
        "{}",
        notes(&many)
    );

    let attacks =
        chart(&ROUNDS, &swept(&results(0..=8), "adversaries.attack", &["sign_inversion", "sleeper"]));
    assert_eq!(titles(&attacks), ["sign inversion", "sleeper"]);
    assert_eq!(legend(&attacks)[..3], ["signSGD-MV, L = 0", "signSGD-MV, L = 7", "signSGD-MV, L = 8"]);
    assert!(notes(&attacks).contains("3 of 9 numbers of adversaries L shown: 0, 7, 8"));
}

#[test]
fn a_channel_task_shows_the_share_of_decoded_signs() {
    let mut results = results([0, 7]);
    for run in &mut results.runs {
        run.summary.final_accuracy = None;
        run.summary.decoding_error = Some(0.25);
        for row in &mut run.tables.rounds {
            (row.accuracy, row.decoding_error) = (None, (row.round > 0).then_some(0.25));
        }
    }
    for spec in charts() {
        let content = chart(&spec, &results);
        assert_eq!(content.y.label.to_string(), "share of signs decoded correctly");
        assert!(content.points().all(|p| p.estimate.mean == Some(0.75)));
    }
    assert_eq!(chart(&ROUNDS, &results).points().count(), 4 * 40);
}

#[test]
fn the_png_is_one_column_wide_at_300_dpi() {
    let png = files(&ADVERSARIES, &results(0..=8)).remove("accuracy_vs_adversaries.png").unwrap();
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((&png[..8], &png[12..16]), (&b"\x89PNG\r\n\x1a\n"[..], &b"IHDR"[..]));
    assert_eq!(number(16), 1004, "85 mm");
    let density = png.windows(4).position(|w| w == b"pHYs").unwrap();
    assert_eq!((number(density + 4), number(density + 8), png[density + 12]), (11_811, 11_811, 1));
}

#[test]
fn names_from_outside_cannot_break_the_svg() {
    let mut results = results([0, 4]);
    for run in &mut results.runs {
        run.summary.method = "a<b & c*".to_owned();
        run.settings.retain(|(path, _)| path != "method");
    }
    let texts = texts(&svg(&ADVERSARIES, &results));
    assert!(texts.contains(&"a&lt;b &amp; c*".to_owned()), "{texts:?}");
}

#[test]
fn figures_are_known_by_their_words() {
    for (word, settings) in [
        ("accuracy_vs_adversaries", "{}"),
        ("accuracy_vs_rounds", "{}"),
        ("accuracy_vs_time", r#"{"scale":"linear"}"#),
        ("accuracy_vs_megabytes", r#"{"scale":"log"}"#),
        ("timeline", "{}"),
        ("method_table", "{}"),
        ("weights_vs_rounds", r#"{"size":"single"}"#),
        ("phase_diagram", r#"{"colour":"decoding_error","theme":"dark"}"#),
    ] {
        let json = format!("{{\"{word}\":{settings}}}");
        let spec: FigureSpec = serde_json::from_str(&json).unwrap();
        assert_eq!((spec.name().as_str(), serde_json::to_string(&spec).unwrap()), (word, json));
        let unknown = format!("{{\"{word}\":{{\"no\":1}}}}");
        assert!(serde_json::from_str::<FigureSpec>(&unknown).is_err());
    }
}

#[test]
fn no_runs_is_an_error_with_a_way_out() {
    let dir = tempfile::tempdir().unwrap();
    let none = Results { name: "none".to_owned(), runs: vec![], missing: vec!["all".to_owned()] };
    let error = draw(&ADVERSARIES, &none, dir.path()).unwrap_err();
    assert_eq!(error.to_string(), "no finished run to draw accuracy_vs_adversaries from");
}
