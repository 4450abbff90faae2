//! Where the files of a scenario are: beside it, wherever the program is started; those of `--set` where it is started.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use signsim::error::Error;
use signsim::scenario::Plan;
use signsim::sim::NetworkSpec;

use crate::cli::signsim;
use crate::verify::files;

/// A scenario in `sub/` on data and a trace beside it, and another trace of the same name above it.
fn home() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let sub = dir.path().join("sub");
    files(&sub);
    fs::write(sub.join("p.csv"), "worker,from,to\n0,0,1000\n").unwrap();
    fs::write(dir.path().join("p.csv"), "worker,from,to\n0,0,2000\n").unwrap();
    fs::write(
        sub.join("t.yaml"),
        "name: t\nrounds: 2\nworkers: { count: 3, batch: 2 }\nmethod: signsgd_mv\n\
         task: { train: { data: { mnist: { dir: ./m } }, model: logistic } }\n\
         server: { close: { deadline: 1s } }\n\
         network: { availability: { trace: { file: p.csv } } }\n",
    )
    .unwrap();
    dir
}

/// Runs the scenario; gives the ids of all runs of its folder, and what was said.
fn run(start: &Path, scenario: &str, out: &Path, more: &[&str]) -> (BTreeSet<String>, String) {
    let out_name = out.to_str().unwrap();
    let (code, said, err) = signsim(start, &[&["run", scenario, "--out", out_name], more].concat());
    assert_eq!(code, 0, "{said}{err}");
    let runs = fs::read_dir(out.join("runs")).unwrap();
    (runs.map(|run| run.unwrap().file_name().into_string().unwrap()).collect(), err)
}

#[test]
fn a_scenario_means_the_same_wherever_it_is_run_from() {
    let dir = home();
    let (top, sub, out) = (dir.path(), dir.path().join("sub"), dir.path().join("out"));
    let (first, _) = run(top, "sub/t.yaml", &out, &[]);
    assert_eq!(first.len(), 1);
    let link = top.join("link.yaml.d");
    std::os::unix::fs::symlink(&sub, &link).unwrap();
    for (start, scenario) in
        [(sub.as_path(), "t.yaml"), (&sub.join("m"), "../t.yaml"), (top, "link.yaml.d/t.yaml")]
    {
        let (again, said) = run(start, scenario, &out, &[]);
        assert!(again == first && said.contains("already finished"), "{said}");
    }
    // What the folder remembers asks for it again, from anywhere.
    let copy = out.join("scenario.yaml");
    let (again, said) = run(Path::new("/"), copy.to_str().unwrap(), &out, &[]);
    assert!(again == first && said.contains("already finished"), "{said}");
}

#[test]
fn a_run_is_named_by_what_its_files_hold_and_not_by_where_they_are() {
    let (here, there) = (home(), home());
    let ids = |dir: &Path| run(dir, "sub/t.yaml", &dir.join("out"), &[]).0;
    assert_eq!(ids(here.path()), ids(there.path()));
    fs::write(there.path().join("sub/p.csv"), "worker,from,to\n0,0,3000\n").unwrap();
    let out = there.path().join("other");
    assert!(run(there.path(), "sub/t.yaml", &out, &[]).0.is_disjoint(&ids(here.path())));
}

#[test]
fn a_path_of_the_command_line_begins_where_the_program_is_started() {
    let dir = home();
    let out = dir.path().join("out");
    let set = "network.availability.trace.file=p.csv";
    let (here, _) = run(dir.path(), "sub/t.yaml", &out, &["--set", set]);
    let (same, said) = run(&dir.path().join("sub"), "t.yaml", &out, &["--set", &set.replace('=', "=../")]);
    assert!(here == same && said.contains("already finished"), "{said}");
    let beside = dir.path().join("beside");
    assert!(run(dir.path(), "sub/t.yaml", &beside, &[]).0.is_disjoint(&here));
    let held = "sweep.network.availability.trace.file=[p.csv]";
    let (swept, _) = run(dir.path(), "sub/t.yaml", &dir.path().join("swept"), &["--set", held]);
    assert_eq!(swept, here);
}

#[test]
fn what_is_not_there_is_named_with_its_whole_path_and_its_place() {
    let dir = home();
    let scenario = dir.path().join("sub/t.yaml");
    let text = fs::read_to_string(&scenario).unwrap();
    for (old, new, place) in [
        ("p.csv", "nowhere.csv", "sub/t.yaml:7:35: network.availability.trace: "),
        ("file: p.csv", "file: ../nowhere.csv", "sub/t.yaml:7:35: network.availability.trace: "),
        (
            "count: 3,",
            "count: 3, speed: { trace: { file: nowhere.csv } },",
            "sub/t.yaml:3:38: workers.speed.trace: ",
        ),
        (
            "count: 3,",
            "count: 3, compute_time: { empirical: { file: nowhere.csv, unit: s } },",
            "sub/t.yaml:3:49: workers.compute_time.empirical: ",
        ),
        ("./m", "nowhere.csv", ""),
    ] {
        fs::write(&scenario, text.replace(old, new)).unwrap();
        let (code, _, said) = signsim(dir.path(), &["check", "sub/t.yaml"]);
        let folder = fs::canonicalize(dir.path()).unwrap();
        let folder = if new.contains("..") { folder } else { folder.join("sub") };
        let path = folder.join("nowhere.csv").display().to_string();
        let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let bare: String = said.replace([' ', '│'], "");
        assert!(code == 2 && bare.contains(&path) && said.contains(place), "{new}: {said}");
    }
}

#[test]
fn reading_a_text_opens_no_file() {
    let text = r#"{"availability":{"trace":{"file":"/nowhere/p.csv"}},
                   "links":{"up":{"latency":{"empirical":{"file":"/nowhere/l.csv","unit":"ms"}}}}}"#;
    let mut network: NetworkSpec = serde_json::from_str(text).unwrap();
    let Error::Scenario { key: Some(key), message, .. } = network.load().unwrap_err() else {
        panic!("an error about a key")
    };
    assert!(
        key == "links.up.latency.empirical" && message.starts_with("/nowhere/l.csv: "),
        "{key}: {message}"
    );
    // A scenario that is not in a file begins where the program is started.
    let text =
        "{ name: t, rounds: 1, workers: { count: 3, speed: { trace: { file: no.csv } } }, method: signsgd_mv,
                  task: { channel: { coordinates: 4, crossover: 0.2 } } }";
    let error = Plan::parse("t.yaml", text, &[], None).unwrap_err().to_string();
    let here = std::env::current_dir().unwrap().canonicalize().unwrap().join("no.csv");
    assert!(error.contains(&here.display().to_string()), "{error}");
}
