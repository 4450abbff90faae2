//! The timeline: what a run with a clock records of its first rounds, and what the figure shows of it.

use signsim::figure::{FigureContent, FigureSpec, kind};
use signsim::record::{Activity, Results, TimelineRow};

use super::{files, results, texts};
use crate::engine::run;

/// Three workers, 10 ms down, 5 ms of computing, 20 ms up; two rounds recorded of three.
const CLOCKED: &str =
    "{ name: t, rounds: 3, workers: { count: 3, compute_time: { constant: 5ms } }, method: signsgd_mv,
    task: { channel: { coordinates: 64, crossover: 0.2 } }, metrics: { timeline: 2 },
    network: { links: { up: { latency: { constant: 20ms } }, down: { latency: { constant: 10ms } } } } }";

fn of(rows: &[TimelineRow], what: Activity) -> Vec<(Option<u32>, Option<u32>, f64, f64)> {
    let here = rows.iter().filter(|row| row.what == what);
    here.map(|row| (row.worker, row.round, row.from_s, row.until_s)).collect()
}

#[test]
fn the_first_rounds_are_recorded_span_by_span() {
    let rows = run(CLOCKED, 1).unwrap().tables.timeline;
    assert_eq!(of(&rows, Activity::Round), [(None, Some(0), 0.0, 0.035), (None, Some(1), 0.035, 0.07)]);
    let workers = |what: Activity, spans: [(f64, f64); 2], rounds: bool| {
        let expected: Vec<_> = (0..2_u32)
            .flat_map(|t| {
                (0..3).map(move |m| (Some(m), rounds.then_some(t), spans[t as usize].0, spans[t as usize].1))
            })
            .collect();
        assert_eq!(of(&rows, what), expected, "{what:?}");
    };
    workers(Activity::Download, [(0.0, 0.01), (0.035, 0.045)], true);
    workers(Activity::Compute, [(0.01, 0.015), (0.045, 0.05)], false);
    workers(Activity::Upload, [(0.015, 0.035), (0.05, 0.07)], true);
    assert_eq!(rows.len(), 2 + 3 * 6, "nothing else, and nothing of round 2");
    assert!(run(&CLOCKED.replace("metrics: { timeline: 2 },", ""), 1).unwrap().timeline.is_empty());
}

#[test]
fn what_never_arrives_comes_late_or_comes_twice_is_recorded() {
    let text = "{ name: t, rounds: 30, workers: { count: 5 }, method: signsgd_mv, metrics: { timeline: 30 },
        task: { channel: { coordinates: 64, crossover: 0.2 } }, server: { close: { deadline: 30ms } },
        adversaries: { count: 1, attack: duplicate },
        network: { links: { up: { latency: { exponential: { mean: 15ms } }, loss: 0.2 }, down: { loss: 0.2 } } } }";
    let output = run(text, 1).unwrap();
    let count = |what: Activity| of(&output.timeline, what).len() as u64;
    assert_eq!(count(Activity::Round), 30);
    // Nothing is still on its way when the last round closes but what left in it.
    assert!(count(Activity::LostUp) > 0 && count(Activity::LostDown) > 0);
    assert_eq!(count(Activity::LostUp) + count(Activity::LostDown), output.summary.messages_lost);
    assert_eq!(count(Activity::Late), output.summary.votes_late);
    assert_eq!(count(Activity::Refused), output.summary.votes_refused);
}

fn recorded() -> Results {
    let mut all = results([1]);
    for record in &mut all.runs {
        let of_seed = run(CLOCKED, 1).unwrap().tables.timeline;
        record.tables.timeline = of_seed;
        record.summary.workers = 3;
    }
    all
}

#[test]
fn the_figure_shows_the_first_seed_of_every_setting() {
    let results = recorded();
    let FigureContent::Timeline(timeline) = FigureSpec::usual(&kind::timeline::KIND).shown(&results) else {
        panic!("a timeline")
    };
    let titles: Vec<String> = timeline.panels.iter().map(|p| p.title.to_string()).collect();
    assert_eq!(titles, ["signSGD-MV", "signSGD-FD"]);
    assert_eq!(timeline.panels[0].until_s, 0.07);
    assert_eq!(timeline.notes[0].text.to_string(), "one run, seed 1; the first 2 rounds");
    let files = files(&FigureSpec::usual(&kind::timeline::KIND), &results);
    let csv = String::from_utf8(files["timeline.csv"].clone()).unwrap();
    assert!(csv.starts_with("panel,worker,adversary,what,round,from_s,until_s\n"));
    assert!(csv.contains("signSGD-MV,0,true,download,0,0.0,0.01\n"), "{csv}");
    let texts = texts(std::str::from_utf8(&files["timeline.svg"]).unwrap());
    for words in [
        "corrupted 0",
        "1",
        "2",
        "round 0",
        "round 1",
        "download",
        "computes",
        "upload",
        "simulated time (s)",
    ] {
        assert!(texts.contains(&words.to_owned()), "no {words} in {texts:?}");
    }
    assert!(
        !texts.iter().any(|t| t.contains("too late") || t.contains("lost")),
        "only what occurs is in the legend"
    );
}

#[test]
fn a_record_without_a_timeline_says_so() {
    let files = files(&FigureSpec::usual(&kind::timeline::KIND), &results([1]));
    let svg = std::str::from_utf8(&files["timeline.svg"]).unwrap();
    assert!(texts(svg).contains(&"no run recorded a timeline".to_owned()));
}
