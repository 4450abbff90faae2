//! What a reader should know of odd runs stands below every figure that shows them, and below no other.

use std::fs;

use signsim::figure::{FigureContent, FigureSpec, kind};
use signsim::record::{Activity, Results, TimelineRow};

use super::{ADVERSARIES, ROUNDS, chart, results, swept};
use crate::cli::signsim;

const ODD: &str = "it sends the mean";

/// The small print of a figure.
fn notes(spec: &FigureSpec, results: &Results) -> Vec<String> {
    let notes = match spec.shown(results) {
        FigureContent::Chart(content) => content.notes,
        FigureContent::Bars(bars) => bars.notes,
        FigureContent::Heat(heat) => heat.notes,
        FigureContent::Timeline(timeline) => timeline.notes,
        FigureContent::Table(table) => return table.remarks.iter().map(ToString::to_string).collect(),
    };
    notes.iter().map(|note| note.text.to_string()).collect()
}

/// What is said of the runs of which `odd` holds, in a figure over rounds.
fn said(mut results: Results, odd: impl Fn(&str, u32, &[(String, String)]) -> bool) -> Vec<String> {
    for run in &mut results.runs {
        if odd(&run.summary.method, run.summary.adversaries, &run.settings) {
            run.remarks = vec![ODD.to_owned()];
        }
    }
    notes(&ROUNDS, &results).into_iter().filter(|note| note.contains(ODD)).collect()
}

#[test]
fn a_remark_names_its_cases() {
    let three = || results([0, 1, 2]);
    assert!(said(three(), |_, _, _| false).is_empty());
    assert_eq!(said(three(), |_, _, _| true), [ODD]);
    assert_eq!(said(three(), |_, l, _| l == 1), [format!("L = 1: {ODD}")]);
    assert_eq!(said(three(), |_, l, _| l != 1), [format!("L = 0 or L = 2: {ODD}")]);
    assert_eq!(
        said(three(), |method, l, _| l == 1 && method == "signsgd_fd"),
        [format!("signSGD-FD, L = 1: {ODD}")]
    );
    // No words name these two cases without naming others.
    let crossed = |method: &str, l: u32, _: &[(String, String)]| l == u32::from(method == "signsgd_fd");
    assert_eq!(said(three(), crossed), [format!("6 of 18 runs: {ODD}")]);
    let many = swept(&results([1]), "task.train.data", &["a", "b", "c", "d", "e"]);
    let last =
        |_: &str, _: u32, settings: &[(String, String)]| settings.iter().all(|(_, value)| value != "e");
    assert_eq!(said(many, last), [format!("4 of 5 values of task.train.data: {ODD}")]);
}

#[test]
fn of_many_remarks_the_rest_is_counted() {
    let mut all = results(0..=5);
    for run in &mut all.runs {
        run.remarks = vec![format!("remark {}", run.summary.adversaries)];
    }
    let mut last = notes(&ADVERSARIES, &all);
    last.drain(..last.len() - 4);
    let rest = "and 3 more remarks on these runs; manifest.json has them all";
    assert_eq!(last, ["L = 0: remark 0", "L = 1: remark 1", "L = 2: remark 2", rest]);
}

#[test]
fn every_kind_of_figure_says_it_of_the_runs_that_it_shows() {
    let mut odd = results([1, 2]);
    for run in odd.runs.iter_mut().filter(|run| run.summary.adversaries == 1) {
        run.remarks = vec![ODD.to_owned()];
    }
    let said =
        |spec: &FigureSpec, results: &Results| notes(spec, results).iter().any(|note| note.contains(ODD));
    for spec in [
        ADVERSARIES,
        ROUNDS,
        FigureSpec::usual(&kind::method_table::KIND),
        FigureSpec::usual(&kind::time_to_accuracy::KIND),
    ] {
        assert!(said(&spec, &odd), "{}", spec.word());
    }
    // A timeline shows the runs that recorded one.
    let timeline = FigureSpec::usual(&kind::timeline::KIND);
    let round =
        TimelineRow { worker: None, what: Activity::Round, round: Some(0), from_s: 0.0, until_s: 1.0 };
    for adversaries in [1, 2] {
        let mut some = odd.clone();
        for run in some.runs.iter_mut().filter(|run| run.summary.adversaries == adversaries) {
            run.tables.timeline = vec![round.clone()];
        }
        assert_eq!(said(&timeline, &some), adversaries == 1);
    }
    let plain = chart(&ADVERSARIES, &results([1, 2])).notes.len();
    assert_eq!(chart(&ADVERSARIES, &odd).notes.len(), plain + 1);
}

const SCENARIO: &str = "\
name: odd
rounds: 2
evaluate_every: 2
workers: { count: 5, batch: 8 }
task: { train: { data: { digits: { train: 100, test: 10 } }, split: iid, model: logistic } }
method: sgd
adversaries: { count: 1, attack: alie }
sweep: { adversaries.count: [1, 2] }
figures: [{ accuracy_vs_adversaries: { name: f } }, method_table]
";

#[test]
fn a_folder_remembers_what_there_is_to_say() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("s.yaml"), SCENARIO).unwrap();
    let text = |name: &str| fs::read_to_string(dir.path().join("out").join(name)).unwrap();
    let (code, _, err) = signsim(dir.path(), &["run", "s.yaml", "--out", "out"]);
    let words = "alie has z = 0 for M = 5 and L = 1 by its paper's formula: it sends the mean of the honest gradients, which is no attack";
    assert!(code == 0 && err.contains(&format!("note: {words}; write another number")), "{err}");
    assert_eq!(text("manifest.json").matches(words).count(), 1, "of one run of two");
    let table = text("method_table.md");
    assert!(table.contains(&format!("*L* = 1: {words}.")), "{table}");
    assert!(text("f.svg").contains("alie has z = 0"));

    // A folder from before remarks were kept is read as before, and says nothing.
    let mut manifest: serde_json::Value = serde_json::from_str(&text("manifest.json")).unwrap();
    for run in manifest["runs"].as_array_mut().unwrap() {
        run.as_object_mut().unwrap().remove("remarks");
    }
    fs::write(dir.path().join("out/manifest.json"), manifest.to_string()).unwrap();
    let (code, _, err) = signsim(dir.path(), &["plot", "out"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(!text("method_table.md").contains("alie has"));
}
