//! `--trace`: what its two files hold, against the ledger and against the format that Perfetto reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::cli::signsim;

/// Everything that can happen on the way: loss, lateness, copies, drop-out, crashes.
const SCENARIO: &str = "\
name: traced
rounds: 30
workers: { count: 6, compute_time: { exponential: { mean: 10ms } } }
task: { channel: { coordinates: 200, crossover: 0.2 } }
method: signsgd_fd
adversaries: { count: 2, attack: { duplicate: { copies: 2 } } }
server: { close: { deadline: 60ms } }
network:
  links:
    up: { latency: { exponential: { mean: 15ms } }, loss: 0.1, bandwidth: 100kbit/s }
    down: { latency: { exponential: { mean: 5ms } }, loss: 0.1 }
  availability: { crashes: [{ workers: 5, at: 200ms, rejoin: 600ms }] }
";

struct Traced {
    lines: Vec<Value>,
    perfetto: Vec<Value>,
    summary: BTreeMap<String, String>,
}

fn traced() -> Traced {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("traced.yaml"), SCENARIO).unwrap();
    let (code, _, err) = signsim(dir.path(), &["run", "traced.yaml", "--quiet", "--trace", "traces/run"]);
    assert_eq!(code, 0, "{err}");
    let read = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
    let lines = read("traces/run.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let perfetto: Value = serde_json::from_str(&read("traces/run.perfetto.json")).unwrap();
    assert_eq!(perfetto["displayTimeUnit"], "ms");
    let summary = read("plots/traced/summary.csv");
    let mut rows = csv::Reader::from_reader(summary.as_bytes());
    let columns = rows.headers().unwrap().clone();
    let row = rows.records().next().unwrap().unwrap();
    let summary = columns.iter().zip(row.iter()).map(|(c, v)| (c.to_owned(), v.to_owned())).collect();
    Traced { lines, perfetto: perfetto["traceEvents"].as_array().unwrap().clone(), summary }
}

/// The lines are in the order of time and add up to what the summary says.
#[test]
fn the_lines_are_the_run() {
    let Traced { lines, summary, .. } = traced();
    let times: Vec<u64> = lines.iter().map(|line| line["at_ns"].as_u64().unwrap()).collect();
    assert!(times.is_sorted());
    let of = |what: &str| lines.iter().filter(|line| line["what"] == what).cloned().collect::<Vec<Value>>();
    let column = |name: &str| summary[name].parse::<u64>().unwrap();
    assert_eq!(of("handled").len() as u64, column("events"));
    assert_eq!(of("late").len() as u64, column("votes_late"));
    assert_eq!(of("refused").len() as u64, column("votes_refused"));
    assert_eq!((of("closed").len(), of("final").len(), of("away").len()), (30, 1, 1));
    let crossing: Vec<Value> = of("sent").into_iter().filter(|l| l["bytes"].as_u64().unwrap() > 0).collect();
    let sum = |to: fn(&str) -> bool| -> u64 {
        let there = crossing.iter().filter(|l| to(l["to"].as_str().unwrap()));
        there.map(|l| l["bytes"].as_u64().unwrap()).sum()
    };
    assert_eq!(sum(|to| to == "server"), column("uplink_bytes"));
    assert_eq!(sum(|to| to.starts_with("worker")), column("downlink_bytes"));
    let lost = crossing.iter().filter(|l| l["arrives_ns"].is_null()).count() as u64;
    assert_eq!(lost, column("messages_lost"));
    assert!(lost > 0 && !of("late").is_empty() && !of("refused").is_empty(), "nothing of it is left untried");
}

/// The rules of the Trace Event Format: phases and their fields, pairs that match, complete events that do not overlap.
#[test]
fn perfetto_can_read_it() {
    let Traced { perfetto, summary, .. } = traced();
    let mut open: BTreeSet<(String, u64)> = BTreeSet::new();
    let mut spans: BTreeMap<u64, Vec<(f64, f64)>> = BTreeMap::new();
    let mut named = BTreeSet::new();
    let mut pairs = 0;
    for event in &perfetto {
        let number = |key: &str| event[key].as_f64().unwrap_or_else(|| panic!("no {key} in {event}"));
        let (pid, ts) = (event["pid"].as_u64().unwrap(), number("ts"));
        assert!(event["name"].is_string() && event["tid"].is_u64() && ts >= 0.0, "{event}");
        let key = || (event["cat"].as_str().unwrap().to_owned(), event["id"].as_u64().unwrap());
        match event["ph"].as_str().unwrap() {
            "M" => {
                assert!(event["name"] == "process_name" && event["args"]["name"].is_string(), "{event}");
                named.insert(pid);
            }
            "X" => spans.entry(pid).or_default().push((ts, number("dur"))),
            "b" => assert!(open.insert(key()), "{event} begins twice"),
            "e" => {
                assert!(open.remove(&key()), "{event} ends what did not begin");
                pairs += 1;
            }
            "i" => {}
            other => panic!("the phase {other}"),
        }
        assert!(named.contains(&pid), "the process of {event} has no name");
    }
    assert!(open.is_empty() && pairs > 100);
    for (pid, spans) in &mut spans {
        spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(spans.iter().all(|(_, dur)| *dur >= 0.0));
        let apart = spans.windows(2).all(|w| w[0].0 + w[0].1 <= w[1].0 + 1e-6);
        assert!(apart, "spans of process {pid} overlap");
    }
    let rounds = perfetto.iter().filter(|e| e["ph"] == "X" && e["pid"] == 1).count();
    assert_eq!(rounds.to_string(), summary["rounds"]);
    assert!(perfetto.iter().any(|e| e["name"] == "away" && e["dur"].as_f64() == Some(400_000.0)));
}
