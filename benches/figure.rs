//! What drawing costs.
//!
//! `figure/quickstart`: the two figures of `scenarios/quickstart.yaml` from the records of its 54 runs, as SVG, PNG,
//! PDF and CSV. Nobody waits a second for them. `figure/svg` is the first of them as SVG alone.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use signsim::figure::{FigureSpec, files, svg};
use signsim::record::{Machine, Results, RoundRow, RunRecord, SummaryRow, Tables};

/// A run of a hundred rounds that is measured every twenty.
fn run(method: &str, adversaries: u32, seed: u64) -> RunRecord {
    let accuracy = 0.9 - 0.01 * f64::from(adversaries) - 0.001 * seed as f64;
    let row = |round: u32| RoundRow {
        round,
        sim_time_s: f64::from(round),
        votes_received: 15,
        votes_missing: 0,
        uplink_bytes: 1000 * u64::from(round),
        downlink_bytes: 1000 * u64::from(round),
        held: None,
        decoding_error: None,
        accuracy: round.is_multiple_of(20).then(|| accuracy * f64::from(round) / 100.0),
        loss: None,
        honest_crossover: None,
        adversary_crossover: None,
        gradient_l1: None,
        gradient_l2: None,
    };
    let setting = |path: &str, value: String| (path.to_owned(), value);
    RunRecord {
        summary: SummaryRow {
            run: format!("{method}-{adversaries}-{seed}"),
            seed,
            method: method.to_owned(),
            attack: "sign_inversion".to_owned(),
            workers: 15,
            adversaries,
            rounds: 100,
            final_accuracy: Some(accuracy),
            ..SummaryRow::default()
        },
        case: format!("{method}-{adversaries}"),
        settings: vec![
            setting("adversaries.count", adversaries.to_string()),
            setting("method", method.to_owned()),
        ],
        tables: Tables { rounds: (0..=100).map(row).collect(), ..Tables::default() },
        channel: None,
        quadratic: None,
        remarks: vec![],
        spec: std::sync::Arc::default(),
        made_by: String::new(),
        machine: Machine::default(),
    }
}

fn quickstart() -> Results {
    let methods = ["signsgd_mv", "signsgd_fd"];
    let runs = (0..=8)
        .flat_map(|l| methods.iter().flat_map(move |method| (1..=3).map(move |seed| run(method, l, seed))));
    Results { name: "quickstart".to_owned(), runs: runs.collect(), missing: vec![] }
}

fn bench(c: &mut Criterion) {
    let results = quickstart();
    let spec = |json: &str| serde_json::from_str::<FigureSpec>(json).expect("a figure");
    let specs = [
        spec(r#"{"accuracy_vs_adversaries":{"reference":"chance"}}"#),
        spec(r#"{"accuracy_vs_rounds":{"panel":"method","group":"adversaries.count"}}"#),
    ];
    let mut group = c.benchmark_group("figure");
    group.sample_size(10);
    group.bench_function("quickstart", |b| {
        b.iter(|| {
            for spec in &specs {
                let files = files(&spec.shown(&results), &spec.options);
                assert!(files.len() == 4 && files.iter().all(|(_, bytes)| bytes.len() > 500));
                black_box(files);
            }
        });
    });
    let shown = specs[0].shown(&results);
    group.bench_function("svg", |b| b.iter(|| black_box(svg(&shown, &specs[0].options))));
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
