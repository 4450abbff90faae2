//! Files of measurements that scenarios name.

use std::fmt::Write;
use std::path::Path;

use signsim::protocol::WorkerId;
use signsim::random::{Purpose, Streams};
use signsim::scenario::{Plan, RunSpec};
use signsim::sim;
use signsim::time::{Round, SimTime};

use super::{choice, put, read, scratch};

/// Workers of the scenarios here.
const WORKERS: u32 = 4;

/// The first run of a scenario with a file beside it.
fn planned(dir: &Path, bytes: &[u8], settings: &str) -> Option<RunSpec> {
    put(&dir.join("m.csv"), bytes);
    let file = dir.join("m.csv").display().to_string();
    let text = format!(
        "{{ name: t, rounds: 2, method: signsgd_mv, task: {{ channel: {{ coordinates: 4, crossover: 0.2 }} }},
            server: {{ close: {{ deadline: 1s }} }}, {} }}",
        settings.replace("FILE", &file)
    );
    read(Plan::parse("t.yaml", &text, &[], None)).map(|plan| plan.runs[0].spec.clone())
}

/// Who was there when: the spans that nobody was away, written anew, are the same.
pub(super) fn presence(bytes: &[u8]) {
    let settings = "workers: { count: 4 }, network: { availability: { trace: { file: FILE } } }";
    let plan = |bytes: &[u8]| scratch("presence", |dir| planned(dir, bytes, settings));
    let Some(spec) = plan(bytes) else { return };
    let trace = spec.network.availability.trace.as_ref().expect("the scenario names one");
    let mut table = "worker,from,to\n".to_owned();
    for (worker, gaps) in (0..WORKERS).filter_map(|worker| Some((worker, trace.gaps(worker)?))) {
        let begins = std::iter::once(SimTime::ZERO).chain(gaps.iter().map(|gap| gap.1));
        let ends = gaps.iter().map(|gap| gap.0);
        // A worker that is there from the beginning has no gap before.
        let spans = begins.zip(ends).filter(|(from, to)| from < to);
        for (from, to) in spans {
            writeln!(table, "{worker},{},{}", exactly(from), exactly(to)).unwrap();
        }
    }
    let away = |spec: &RunSpec| {
        let of = |m| sim::absences(&spec.network.availability, Streams::new(1), WorkerId(m), SimTime::NEVER);
        (0..WORKERS).map(of).collect::<Vec<_>>()
    };
    let again = plan(table.as_bytes()).unwrap_or_else(|| panic!("what was written:\n{table}"));
    assert_eq!(away(&again), away(&spec), "{table}");
}

/// Seconds that are read back as the same nanosecond.
fn exactly(time: SimTime) -> String {
    format!("{}.{:09}", time.as_nanos() / 1_000_000_000, time.as_nanos() % 1_000_000_000)
}

/// Measured latencies: every draw is a span of at most a year, and no longer than the longest.
pub(super) fn latencies(bytes: &[u8]) {
    let (which, bytes) = choice(bytes);
    let unit = ["ns", "us", "ms", "s"][which % 4];
    let column = if which & 4 == 0 { "" } else { ", column: rtt" };
    let law = format!("{{ empirical: {{ file: FILE, unit: {unit}{column} }} }}");
    let settings = format!("workers: {{ count: 4 }}, network: {{ links: {{ up: {{ latency: {law} }} }} }}");
    let Some(spec) = scratch("latencies", |dir| planned(dir, bytes, &settings)) else { return };
    let law = &spec.network.links.up.latency;
    for round in 0..20 {
        let span = law.sample(&mut Streams::new(1).stream(Purpose::Batch, 0, Round(round)));
        assert!(span.as_secs_f64() <= law.reach_s() && law.reach_s() <= 365.0 * 86_400.0);
    }
}

/// Measured speeds: those of all workers, written anew, are the same.
pub(super) fn speeds(bytes: &[u8]) {
    let settings = "workers: { count: 4, compute_time: { constant: 1ms }, speed: { trace: { file: FILE } } }";
    let plan = |bytes: &[u8]| scratch("speeds", |dir| planned(dir, bytes, settings));
    let Some(spec) = plan(bytes) else { return };
    let mut table = "worker,speed\n".to_owned();
    for worker in 0..WORKERS {
        writeln!(table, "{worker},{}", spec.workers.speed.of(worker).get()).unwrap();
    }
    let again = plan(table.as_bytes()).unwrap_or_else(|| panic!("what was written:\n{table}"));
    assert_eq!(again.workers.speed, spec.workers.speed);
}
