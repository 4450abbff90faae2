//! Accuracy over time and bytes, and the time to a target: steps between measurements, ends, and runs that never get there.

use signsim::figure::bars::{Bar, Bars, Length};
use signsim::figure::statistics::Waiting;
use signsim::figure::{FigureContent, FigureSpec};
use signsim::record::Results;

use super::{chart, files, results, swept};

fn spec(json: &str) -> FigureSpec {
    serde_json::from_str(json).unwrap()
}

/// Runs whose rounds take a second times the seed, and a megabyte up.
fn clocked() -> Results {
    let mut results = results([3]);
    for run in &mut results.runs {
        let seed = run.summary.seed as f64;
        for row in &mut run.tables.rounds {
            row.sim_time_s = f64::from(row.round) * seed;
            row.uplink_bytes = u64::from(row.round) * 1_000_000;
        }
    }
    results
}

/// Evaluated in rounds 0, 20 and 40; seed 1 ends first, at 40 s, when seed 3 has not even closed round 14.
#[test]
fn over_time_a_run_counts_with_its_last_measurement() {
    let results = clocked();
    let content = chart(&spec(r#"{"accuracy_vs_time":{}}"#), &results);
    let points = &content.panels[0].lines[0].points;
    assert!(content.stepped);
    assert_eq!(points.iter().map(|p| p.x).collect::<Vec<_>>(), [0.0, 20.0, 40.0]);
    let at = |moment: usize| points[moment].estimate.mean.unwrap();
    let of = |seed: usize, round: usize| results.runs[seed - 1].rounds[round].accuracy.unwrap();
    let mean = |a: f64, b: f64, c: f64| (a + b + c) / 3.0;
    assert!((at(0) - mean(of(1, 0), of(2, 0), of(3, 0))).abs() < 1e-12);
    assert!((at(1) - mean(of(1, 20), of(2, 0), of(3, 0))).abs() < 1e-12);
    assert!((at(2) - mean(of(1, 40), of(2, 20), of(3, 0))).abs() < 1e-12);
    let said = super::notes(&content);
    assert!(
        said.contains("level from one measurement to the next and ends where the first of its seeds ends"),
        "{said}"
    );
}

/// On an ideal network nothing takes time.
#[test]
fn where_no_time_passes_the_figure_says_so() {
    let mut still = clocked();
    still.runs.iter_mut().flat_map(|run| &mut run.tables.rounds).for_each(|row| row.sim_time_s = 0.0);
    let content = chart(&spec(r#"{"accuracy_vs_time":{}}"#), &still);
    assert_eq!(content.points().count(), 0);
    assert!(
        content.notes[0].warning && content.notes[0].text.to_string().contains("no simulated time passes")
    );
}

#[test]
fn over_bytes_all_repeats_end_together() {
    let content = chart(&spec(r#"{"accuracy_vs_megabytes":{}}"#), &clocked());
    let points = &content.panels[0].lines[1].points;
    assert_eq!(points.iter().map(|p| p.x).collect::<Vec<_>>(), [0.0, 20.0, 40.0]);
    assert_eq!(points[2].estimate.runs, 3);
    assert_eq!(content.x.column, "uplink_megabytes");
}

/// From the first measurement of the slowest repeat (round 20 of seed 3, 60 s) there is nothing before the end of the
/// fastest (40 s): so seed 3 is left out here.
#[test]
fn on_a_logarithmic_axis_a_line_begins_where_all_its_seeds_have_begun() {
    let mut results = clocked();
    results.runs.retain(|run| run.summary.seed < 3);
    results.runs.iter_mut().flat_map(|run| &mut run.tables.rounds).for_each(|row| row.sim_time_s += 1.0);
    let content = chart(&spec(r#"{"accuracy_vs_time":{"scale":"log"}}"#), &results);
    let points = &content.panels[0].lines[0].points;
    assert_eq!(points.iter().map(|p| p.x).collect::<Vec<_>>(), [1.0, 21.0, 41.0]);
}

fn bars(results: &Results, accuracy: f64) -> Bars {
    let spec: FigureSpec =
        serde_json::from_str(&format!(r#"{{"time_to_accuracy":{{"accuracy":{accuracy}}}}}"#)).unwrap();
    assert_eq!(files(&spec, results).len(), 4);
    match spec.shown(results) {
        FigureContent::Bars(bars) => bars,
        other => panic!("{other:?}"),
    }
}

fn waiting(bar: &Bar) -> Waiting {
    match bar.length {
        Length::Median(waiting) => waiting,
        Length::Mean(_) => panic!("times have a median"),
    }
}

/// Seeds end at .7, .8, .9 and are half way from .1 to that at round 20.
#[test]
fn the_time_to_a_target_is_that_of_the_first_measurement_there() {
    let results = swept(&clocked(), "server.close", &["all", "{ quorum: 12 }"]);
    let easy = bars(&results, 0.4);
    assert_eq!(
        easy.groups.iter().map(|g| g.title.to_string()).collect::<Vec<_>>(),
        ["close all", "quorum 12"]
    );
    assert_eq!(easy.groups[0].bars.len(), 2);
    let times = waiting(&easy.groups[0].bars[1]);
    assert_eq!(easy.groups[0].bars[1].label.to_string(), "signSGD-FD");
    // Seed 1 at 20 s, seed 2 at 40 s, seed 3 at 60 s.
    assert_eq!((times.median, times.range, times.mean), (Some(40.0), Some((20.0, 60.0)), Some(40.0)));

    let hard = bars(&results, 0.75);
    let bar = &hard.groups[0].bars[0];
    // Seed 2 at 80 s, seed 3 at 120 s, seed 1 never: the one in the middle is seed 3.
    let times = waiting(bar);
    assert_eq!((times.median, times.mean, times.reached, times.of), (Some(120.0), None, 2, 3));
    assert_eq!(bar.words(), "120 (2 of 3 reached)");
    assert!(
        hard.notes
            .iter()
            .any(|n| n.warning && n.text.to_string().contains("never got there counts as later"))
    );
    let csv = hard.to_csv();
    assert!(csv.contains("close all,signSGD-MV,,80,,2,1,range,120,2 of 3\n"), "{csv}");

    let rare = bars(&results, 0.85);
    assert_eq!(rare.groups[0].bars[0].words(), "1 of 3 reached");

    let never = bars(&results, 0.99);
    assert!(never.groups.iter().flat_map(|g| &g.bars).all(|bar| bar.words() == "not reached"));
    let csv = never.to_csv();
    assert!(csv.starts_with(
        "panel,series,sim_time_s_mean,sim_time_s_low,sim_time_s_high,runs,runs_without_value,interval,\
         sim_time_s_median,reached\n"
    ));
    assert!(csv.contains("close all,signSGD-MV,,,,0,3,,,0 of 3\n"), "{csv}");
}
