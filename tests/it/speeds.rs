//! How fast workers are: stated, by class, by law, as measured; and classes wherever workers are named.

use signsim::scenario::Plan;
use signsim::units::{PerWorker, Positive};

use crate::engine::run;

/// Fifteen workers that compute a second at speed 1, on an ideal network.
fn scenario(workers: &str, network: &str) -> String {
    format!(
        "{{ name: t, rounds: 1, workers: {{ count: 15, compute_time: {{ constant: 1s }}, {workers} }}, method: signsgd_mv,
            task: {{ channel: {{ coordinates: 64, crossover: 0.2 }} }}, metrics: {{ timeline: 1 }},
            server: {{ close: {{ deadline: 100s }} }}, network: {network} }}"
    )
}

fn speeds(workers: &str, seed: u64) -> Result<PerWorker<Positive>, String> {
    let text = scenario(workers, "ideal").replace("name: t,", &format!("name: t, seed: {seed},"));
    let plan = Plan::parse("t.yaml", &text, &[], None);
    plan.map(|p| p.runs[0].spec.workers.speed.clone())
        .map_err(|e| format!("{e} [{}]", e.advice().unwrap_or("")))
}

#[test]
fn a_class_computes_as_fast_as_it_is() {
    let workers = "classes: { phones: 10, servers: 5 }, speed: { classes: { phones: 0.25, servers: 4 } }";
    let found = speeds(workers, 1).unwrap();
    assert_eq!(found.to_string(), "10x0.25 + 5x4");
    let output = run(&scenario(workers, "ideal"), 1).unwrap();
    let until = |m: u32| {
        let row = output.timeline.iter().find(|r| r.worker == Some(m) && r.until_s > r.from_s).unwrap();
        row.until_s
    };
    assert_eq!((until(0), until(9), until(10), until(14)), (4.0, 4.0, 0.25, 0.25));
}

#[test]
fn a_law_draws_each_worker_once_a_run() {
    let law = "speed: { log_normal: { median: 2, sigma: 0.5 } }";
    let draws = |seed| -> Vec<f64> {
        let found = speeds(law, seed).unwrap();
        (0..15).map(|m| found.of(m).get()).collect()
    };
    assert_eq!(draws(1), draws(1));
    assert_ne!(draws(1), draws(2));
    // 4,500 logarithms around ln 2 with deviation .5.
    let logs: Vec<f64> = (0..300).flat_map(draws).map(f64::ln).collect();
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    let variance = logs.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / logs.len() as f64;
    assert!((mean - 2_f64.ln()).abs() < 5.0 * 0.5 / (4500_f64).sqrt(), "{mean}");
    assert!((variance.sqrt() - 0.5).abs() < 5.0 * 0.5 / (9000_f64).sqrt(), "{variance}");
    let uniform = speeds("speed: { uniform: { from: 0.5, to: 2 } }", 3).unwrap();
    assert!((0..15).all(|m| (0.5..=2.0).contains(&uniform.of(m).get())));
}

#[test]
fn measured_speeds_are_read_from_a_table() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("speeds.csv");
    let table: String = (0..15).rev().map(|m| format!("{m},{}\n", m + 1)).collect();
    std::fs::write(&file, format!("worker,speed\n{table}")).unwrap();
    let workers = format!("speed: {{ trace: {{ file: {} }} }}", file.display());
    assert_eq!(speeds(&workers, 1).unwrap().of(4).get(), 5.0);
    for (rows, why) in [
        ("0,1\n", "has no speed of worker 1"),
        ("0,1\n0,2\n", "line 3: a second speed of worker 0"),
        ("0,-1\n", "line 2"),
        ("0\n", "the columns are worker,speed"),
    ] {
        std::fs::write(&file, format!("worker,speed\n{rows}")).unwrap();
        let error = speeds(&workers, 1).unwrap_err();
        assert!(error.contains(why) && error.contains("speeds.csv"), "{error}");
    }
}

/// Links, partitions and absences of a class are those of its members.
#[test]
fn a_class_can_stand_wherever_workers_are_named() {
    let workers = "classes: { phones: 10, servers: 5 }";
    let network = |phones: &str, servers: &str| {
        format!(
            "{{ links: {{ workers: [{{ workers: {phones}, up: {{ latency: {{ constant: 50ms }} }} }}] }},
                partitions: [{{ from: 2s, to: 3s, workers: [{servers}] }}],
                availability: {{ crashes: [{{ workers: {servers}, at: 5s }}],
                                 on_off: [{{ workers: {phones}, up: {{ constant: 9s }}, down: {{ constant: 1s }} }}] }} }}"
        )
    };
    let of = |text: &str| Plan::parse("t.yaml", text, &[], None).unwrap().runs[0].spec.clone();
    let named = of(&scenario(workers, &network("phones", "servers")));
    let numbered = of(&scenario(workers, &network("'0..=9'", "'10..=14'")));
    assert_eq!(named, numbered);
    // The resolved scenario keeps the names, and reads back as the same run.
    let plan = Plan::parse("t.yaml", &scenario(workers, &network("phones", "servers")), &[], None).unwrap();
    assert!(plan.resolved.contains("workers: phones"));
    assert_eq!(of(&plan.resolved), named);
}

#[test]
fn mistakes_are_answered_with_their_key_and_a_way_out() {
    for (workers, parts) in [
        ("classes: { phones: 10 }", &["hold 10 workers, and there are 15", "add up"][..]),
        ("classes: { phones: 15, cars: 0 }", &["the class `cars` has no worker"]),
        ("classes: { all: 15 }", &["names no class"]),
        ("speed: { classes: { phones: 1 } }", &["`phones` is no class", "write workers.classes"]),
        (
            "classes: { phones: 10, cars: 5 }, speed: { classes: { phones: 1 } }",
            &["the class `cars` has no speed"],
        ),
        (
            "classes: { phones: 15 }, speed: { classes: { fones: 1 } }",
            &["`fones` is no class; there are phones"],
        ),
        ("speed: { uniform: { from: 3, to: 2 } }", &["the smaller speed as `from`"]),
        ("speed: log_normal", &["`log_normal` needs its settings"]),
        ("speed: { log_norma: { median: 1, sigma: 1 } }", &["did you mean `log_normal`"]),
        ("speed: [1, 2]", &["values for 2 workers"]),
    ] {
        let error = speeds(workers, 1).unwrap_err();
        assert!(parts.iter().all(|part| error.contains(part)), "{workers}: {error}");
    }
    let text = scenario("classes: { phones: 15 }", "{ partitions: [{ from: 1s, to: 2s, workers: cars }] }");
    let error = Plan::parse("t.yaml", &text, &[], None).unwrap_err().to_string();
    assert!(error.contains("`cars` is no class; there are phones"), "{error}");
}
