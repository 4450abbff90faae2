//! What is left when processes on one folder end badly, when runs fail, and what `status` says of it all.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cli::signsim;
use crate::many::{begin, ended, folder, names, same, send, undisturbed, until};

/// A sweep of a second or two, on channels and in training, with checkpoints all the time.
const MIXED: &str = "\
name: mixed
rounds: 60
repeats: 2
workers: { count: 5, batch: 4 }
method: signsgd_fd
adversaries: { count: 1, attack: sign_inversion }
evaluate_every: 20
sweep:
  task:
    - { channel: { coordinates: 30000, crossover: 0.2 } }
    - { train: { data: { digits: { train: 200, test: 20 } }, model: logistic } }
  method: [signsgd_mv, signsgd_fd]
  adversaries.count: 0..=1
figures: [method_table]
";

/// How often a sweep is killed: ten times, or as the environment says.
fn kills() -> u64 {
    std::env::var("SIGNSIM_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(10)
}

#[test]
fn a_sweep_that_is_killed_again_and_again_comes_to_the_same_end() {
    let options = ["--checkpoint-every", "50ms", "--claim-timeout", "1s"];
    let expected = undisturbed(MIXED, &options);
    let (mut dir, mut state) = (folder(MIXED), 7_u64);
    for _ in 0..kills() {
        // A simple generator: the moments are others in every round and the same in every test.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let child = begin(dir.path(), &options);
        std::thread::sleep(Duration::from_millis(20 + (state >> 33) % 400));
        send(&child, "-KILL");
        let (code, said) = ended(child);
        if code == Some(0) {
            same(dir.path(), &expected);
            dir = folder(MIXED);
        }
        assert!(code.is_none_or(|code| code == 0), "{said}");
        // Whatever lies there can be asked for.
        if dir.path().join("out/manifest.json").is_file() {
            let (code, _, err) = signsim(dir.path(), &["status", "out"]);
            assert_eq!(code, 0, "{err}");
        }
    }
    let (code, said) = ended(begin(dir.path(), &options));
    assert_eq!(code, Some(0), "{said}");
    same(dir.path(), &expected);
}

/// One of three runs waits for workers that never come.
const STALLS: &str = "{ name: stalls, rounds: 20, workers: { count: 9 }, method: signsgd_mv, seed: 1,
    task: { channel: { coordinates: 200, crossover: 0.2 } }, network: { availability: { drop_out: 0.4 } },
    server: { close: { quorum: 1 } }, sweep: { server.close.quorum: [1, 8] }, figures: [] }";

fn run(dir: &Path, more: &[&str]) -> (Option<i32>, String) {
    ended(begin(dir, more))
}

#[test]
fn failed_runs_are_kept_with_their_reason_until_they_are_asked_for_again() {
    let dir = folder(STALLS);
    let (code, said) = run(dir.path(), &[]);
    assert!(code == Some(1) && said.contains("waits for workers"), "{said}");
    let [id] = &names(dir.path(), ".failed")[..] else { panic!("{said}") };
    let kept = dir.path().join("out/runs").join(id);
    let reason = fs::read_to_string(kept.join("error.txt")).unwrap();
    assert!(reason.contains("waits for workers") && reason.contains("quorum=8"), "{reason}");
    // Its scenario asks for this run alone.
    let alone = kept.join("scenario.yaml").display().to_string();
    let (code, _, err) = signsim(dir.path(), &["run", &alone, "--out", "alone"]);
    assert!(code == 1 && err.contains("1/1"), "{err}");
    assert!(dir.path().join("alone/runs").join(id).is_dir());
    // It is not computed again, and says so; the exit code stays.
    let (code, said) = run(dir.path(), &[]);
    assert!(code == Some(1) && said.contains("1 run has failed before"), "{said}");
    assert!(said.contains("--retry-failed") && !said.contains("2/2"), "{said}");
    let (code, said) = run(dir.path(), &["--retry-failed"]);
    assert!(code == Some(1) && said.contains("2/2") && !said.contains("failed before"), "{said}");
    let summary = fs::read_to_string(dir.path().join("out/summary.csv")).unwrap();
    assert!(summary.lines().count() == 3 && summary.contains(",failed,"), "{summary}");
    let (code, out, _) = signsim(dir.path(), &["status", "out"]);
    assert!(code == 0 && out.contains("1 of 2 runs done") && out.contains("waits for workers"), "{out}");
}

#[test]
fn status_says_who_is_at_work_on_what_and_how_far() {
    const SLOW: &str = "{ name: slow, rounds: 20000, repeats: 4, workers: { count: 9 }, method: signsgd_mv,
        task: { channel: { coordinates: 4000, crossover: 0.2 } }, figures: [] }";
    let dir = folder(SLOW);
    let child = begin(dir.path(), &[]);
    until(|| names(dir.path(), "").len() == 1);
    let status = || -> Value {
        let (code, out, err) = signsim(dir.path(), &["status", "out", "--json"]);
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap()
    };
    // The claim says how far its run is every two seconds.
    let begun = Instant::now();
    let mut found = status();
    while found["seconds_left"].is_null() || found["running"][0]["pid"].is_null() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{found}");
        found = status();
    }
    let running = &found["running"][0];
    assert_eq!(
        (&found["name"], &found["runs"], &running["pid"]),
        (&"slow".into(), &4.into(), &child.id().into())
    );
    assert!(running["rounds"] == 20000 && running["words"].as_str().unwrap().contains("seed "), "{found}");
    assert!(running["since"].as_str().unwrap().ends_with("UTC") && running["silent_s"].as_f64().is_some());
    let counted = found["done"].as_u64().unwrap() + found["left"].as_u64().unwrap();
    assert_eq!(counted, 3, "{found}");
    let (_, out, _) = signsim(dir.path(), &["status", "out"]);
    assert!(
        out.contains(&format!("process {} on ", child.id())) && out.contains("of computing left"),
        "{out}"
    );
    send(&child, "-KILL");
    ended(child);
    // Who is dead is at work on nothing.
    let found = status();
    assert_eq!(found["running"].as_array().unwrap().len(), 0, "{found}");
    // What stands in the place of a run and is none, a link to nothing or a file, is none that is done.
    let manifest = fs::read_to_string(dir.path().join("out/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let ids = manifest["runs"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap());
    let places: Vec<_> = ids.map(|id| dir.path().join("out/runs").join(id)).filter(|p| !p.exists()).collect();
    std::os::unix::fs::symlink("nowhere", &places[0]).unwrap();
    fs::write(&places[1], "").unwrap();
    assert_eq!((&status()["done"], &status()["left"]), (&found["done"], &found["left"]), "{places:?}");
    let (code, _, err) = signsim(dir.path(), &["status", "nowhere"]);
    assert!(code == 2 && err.contains("there is no such folder"), "{err}");
}

/// A result that is not what this machine computes is left alone, and both machines are named.
#[test]
fn two_machines_that_do_not_agree_are_named() {
    const ONE: &str = "{ name: one, rounds: 20000, workers: { count: 9 }, method: signsgd_mv, figures: [],
        task: { channel: { coordinates: 4000, crossover: 0.2 } } }";
    let dir = folder(ONE);
    assert_eq!(run(dir.path(), &[]).0, Some(0));
    let [id] = &names(dir.path(), "")[..] else { panic!("one run") };
    let (place, aside) = (dir.path().join("out/runs").join(id), dir.path().join("aside"));
    // As if another machine had found something else: sealed by nobody, as early versions were.
    let mut run: Value = serde_json::from_slice(&fs::read(place.join("run.json")).unwrap()).unwrap();
    run["summary"]["digest"] = "0".repeat(64).into();
    run["machine"] = serde_json::json!({ "host": "elsewhere", "cpu_features": ["z80"], "simd": "portable" });
    run["seal"] = "".into();
    fs::write(place.join("run.json"), serde_json::to_vec(&run).unwrap()).unwrap();
    fs::rename(&place, &aside).unwrap();
    fs::remove_file(dir.path().join("out/manifest.json")).unwrap();
    // It is well under way, or it would take what it finds for finished.
    let child = begin(dir.path(), &["--checkpoint-every", "10ms"]);
    until(|| !names(dir.path(), ".checkpoint").is_empty());
    fs::rename(&aside, &place).unwrap();
    let (code, said) = ended(child);
    for words in ["two machines do not agree", "elsewhere (z80; computed with portable)", "--simd portable"] {
        assert!(code == Some(1) && said.contains(words), "{said}");
    }
    let stays: Value = serde_json::from_slice(&fs::read(place.join("run.json")).unwrap()).unwrap();
    assert_eq!(stays, run);
}
