//! The result folder: what it remembers, what it refuses, and what it loses when a program ends badly: nothing.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::signsim;

pub(crate) const SCENARIO: &str = "\
# what to expect:
#   little
name: small
rounds: 20
repeats: 2
workers: { count: 5 }
task: { channel: { coordinates: 200, crossover: 0.2 } }
method: signsgd_fd
adversaries: { count: 0, attack: sign_inversion }
sweep: { adversaries.count: 0..=1, method: [signsgd_mv, signsgd_fd] }
figures: [accuracy_vs_adversaries]
";

pub(crate) fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("s.yaml"), SCENARIO).unwrap();
    dir
}

/// `signsim run s.yaml --out out` with more arguments: exit code and standard error.
pub(crate) fn run(dir: &Path, more: &[&str]) -> (i32, String) {
    let (code, _, err) = signsim(dir, &[&["run", "s.yaml", "--out", "out"], more].concat());
    (code, err)
}

pub(crate) fn rows(dir: &Path) -> usize {
    fs::read_to_string(dir.join("out/summary.csv")).unwrap().lines().count() - 1
}

pub(crate) fn runs(dir: &Path) -> Vec<PathBuf> {
    let mut runs: Vec<PathBuf> =
        fs::read_dir(dir.join("out/runs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    runs.sort();
    runs
}

#[test]
fn a_folder_can_be_asked_for_again_from_its_own_scenario() {
    let dir = folder();
    assert_eq!(run(dir.path(), &["--set", "sweep.adversaries.count=[1, 2]", "--seed", "7"]).0, 0);
    let text = fs::read_to_string(dir.path().join("out/scenario.yaml")).unwrap();
    assert!(text.starts_with("# what to expect:\n#   little\nname: small\n"), "{text}");
    let (code, _, err) = signsim(dir.path(), &["run", "out/scenario.yaml", "--out", "out"]);
    assert!(code == 0 && err.contains("8 of 8 runs were already finished"), "{err}");
    assert_eq!(fs::read_to_string(dir.path().join("out/scenario.yaml")).unwrap(), text);
}

#[test]
fn seeds_and_values_of_axes_are_added_and_no_row_is_lost() {
    let dir = folder();
    assert_eq!(run(dir.path(), &["--quiet"]).0, 0);
    for (more, expected, words) in [
        // More seeds.
        (&["--set", "repeats=3"][..], 12, "8 of 12 runs were already finished"),
        // A part of it.
        (&["--set", "adversaries.count=1"], 12, "4 of 4 runs were already finished"),
        (&["--seed", "3", "--set", "repeats=1"], 12, "note: out holds 12 runs; this asks for 4"),
        // More values of one axis, then of the other.
        (&["--set", "sweep.adversaries.count=[1, 2]", "--set", "repeats=3"], 18, "6 of 12 runs were already"),
        (
            &[
                "--set",
                "sweep.adversaries.count=0..=2",
                "--set",
                "sweep.method=[signsgd_fv]",
                "--set",
                "repeats=3",
            ],
            27,
            "9/9",
        ),
    ] {
        let (code, err) = run(dir.path(), more);
        assert!(code == 0 && err.contains(words), "{more:?}: {err}");
        assert_eq!((rows(dir.path()), runs(dir.path()).len()), (expected, expected), "{more:?}");
    }
    let csv = fs::read_to_string(dir.path().join("out/accuracy_vs_adversaries.csv")).unwrap();
    assert!(csv.lines().count() >= 9, "{csv}");
    // Figures, comment and names change no run.
    let changed = SCENARIO
        .replace("#   little", "#   much")
        .replace("[accuracy_vs_adversaries]", "[accuracy_vs_rounds]")
        .replace("[signsgd_mv, signsgd_fd]", "[{ preset: signsgd_mv, name: Plain }, signsgd_fd]");
    fs::write(dir.path().join("s.yaml"), changed).unwrap();
    let (code, err) = run(dir.path(), &[]);
    assert!(code == 0 && err.contains("8 of 8 runs were already finished"), "{err}");
    let summary = fs::read_to_string(dir.path().join("out/summary.csv")).unwrap();
    assert!(
        rows(dir.path()) == 27 && summary.contains("Plain") && !summary.contains("signsgd_mv"),
        "{summary}"
    );
    assert!(dir.path().join("out/accuracy_vs_rounds.svg").is_file());
    let text = fs::read_to_string(dir.path().join("out/scenario.yaml")).unwrap();
    assert!(text.contains("#   much") && text.contains("accuracy_vs_rounds"), "{text}");
}

#[test]
fn anything_else_is_refused_key_by_key_and_forced_without_a_loss() {
    let dir = folder();
    assert_eq!(run(dir.path(), &["--quiet"]).0, 0);
    for (more, words) in [
        (&["--set", "rounds=30", "--set", "adversaries.count=1"][..], "rounds: 20 there, 30 asked for"),
        (&["--set", "task.channel.crossover=0.3"], "task.channel.crossover: 0.2 there, 0.3 asked for"),
        (&["--seed", "9"], "seeds: 1 to 2 there, 9 to 10 asked for"),
        (&["--set", "sweep={adversaries.count: [3], method: [signsgd_fv]}"], "runs that neither asks for"),
        (&["--set", "name=other"], "the results of `small`, not of `other`"),
    ] {
        let (code, err) = run(dir.path(), more);
        assert!(
            code == 2 && err.contains(words) && err.contains("--out") && err.contains("--force"),
            "{err}"
        );
        assert_eq!(rows(dir.path()), 8);
    }
    let manifest = fs::read(dir.path().join("out/manifest.json")).unwrap();
    let (code, err) = run(dir.path(), &["--set", "rounds=30", "--force"]);
    assert!(code == 0 && err.contains("manifest.previous.json and out/scenario.previous.yaml"), "{err}");
    assert_eq!(fs::read(dir.path().join("out/manifest.previous.json")).unwrap(), manifest);
    assert_eq!((rows(dir.path()), runs(dir.path()).len()), (8, 16));
    // Forced back: everything is still there.
    let (code, _, err) =
        signsim(dir.path(), &["run", "out/scenario.previous.yaml", "--out", "out", "--force"]);
    assert!(code == 0 && err.contains("8 of 8 runs were already finished"), "{err}");
    assert!(dir.path().join("out/manifest.previous-2.json").is_file());
    let (code, err) = run(dir.path(), &["--force"]);
    assert!(code == 0 && !err.contains("previous"), "{err}");

    fs::write(dir.path().join("file"), "").unwrap();
    let (code, _, err) = signsim(dir.path(), &["run", "s.yaml", "--out", "file"]);
    assert!(code == 2 && err.contains("is a file, not a folder"), "{err}");
}

/// A scenario that failed and was mended is no other scenario's folder.
#[test]
fn where_nothing_is_finished_nothing_is_guarded() {
    let dir = folder();
    let stalled = "server={ close: { quorum: 4 } }";
    let silent = "network={ availability: { drop_out: 0.6 } }";
    let (code, err) = run(dir.path(), &["--set", stalled, "--set", silent]);
    assert!(code == 1 && err.contains("waits for workers"), "{err}");
    let (code, err) = run(dir.path(), &[]);
    assert!(code == 0 && err.contains("of which nothing was finished"), "{err}");
    assert_eq!(rows(dir.path()), 8);
}

#[test]
fn damage_is_noticed_and_mended_run_by_run() {
    let dir = folder();
    assert_eq!(run(dir.path(), &["--quiet"]).0, 0);
    let whole = fs::read_to_string(dir.path().join("out/summary.csv")).unwrap();
    let digests = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split(',').take(18).collect::<Vec<_>>().join(",")).collect()
    };
    let file = |n: usize, name: &str| runs(dir.path())[n].join(name);
    let damages: [(&str, &dyn Fn()); 5] = [
        ("rounds.csv: No such file", &|| fs::remove_file(file(0, "rounds.csv")).unwrap()),
        ("workers.csv: it is not what the run has written", &|| {
            fs::write(file(1, "workers.csv"), "round").unwrap();
        }),
        ("run.json: it is not what the run has written", &|| {
            let text = fs::read_to_string(file(2, "run.json")).unwrap();
            fs::write(file(2, "run.json"), text.replace("\"rounds\": 20", "\"rounds\": 21")).unwrap();
        }),
        ("run.json: it belongs to the run", &|| {
            for entry in fs::read_dir(runs(dir.path())[4].clone()).unwrap() {
                let from = entry.unwrap().path();
                fs::copy(&from, file(3, from.file_name().unwrap().to_str().unwrap())).unwrap();
            }
        }),
        ("run.json: EOF while parsing", &|| fs::write(file(5, "run.json"), "").unwrap()),
    ];
    for (words, damage) in damages {
        damage();
        let (code, _, err) = signsim(dir.path(), &["plot", "out"]);
        assert!(code == 2 && err.contains(words) && err.contains("run the scenario again"), "{err}");
        let (code, err) = run(dir.path(), &[]);
        assert!(code == 0 && err.contains(words) && err.contains("7 of 8 runs were already"), "{err}");
        assert_eq!(
            digests(&fs::read_to_string(dir.path().join("out/summary.csv")).unwrap()),
            digests(&whole)
        );
        assert_eq!(signsim(dir.path(), &["plot", "out"]).0, 0);
    }
    // The summary is written from the runs, never read.
    fs::write(dir.path().join("out/summary.csv"), "nonsense").unwrap();
    assert_eq!(signsim(dir.path(), &["plot", "out"]).0, 0);
}

#[test]
fn runs_of_another_build_are_named_and_left_alone() {
    let dir = folder();
    assert_eq!(run(dir.path(), &["--quiet"]).0, 0);
    let (_, version, _) = signsim(dir.path(), &["--version"]);
    let manifest = fs::read_to_string(dir.path().join("out/manifest.json")).unwrap();
    let build = manifest.split("\"build\": \"").nth(1).unwrap()[..64].to_owned();
    assert!(version.contains(&build[..12]) && version.starts_with("signsim 0."), "{version}");
    // As if another program had computed them: other ids, another build.
    for (n, run) in runs(dir.path()).into_iter().enumerate() {
        let other = run.with_file_name(format!("{n:016x}"));
        fs::rename(&run, &other).unwrap();
        let text = fs::read_to_string(other.join("run.json")).unwrap();
        fs::write(other.join("run.json"), text.replace(&build, &"ab".repeat(32))).unwrap();
    }
    let (code, err) = run(dir.path(), &[]);
    let words = "8 runs in out are of another build (signsim 0.1.0, build abababababab) and are left alone";
    assert!(code == 0 && err.contains(words) && err.contains("8/8") && !err.contains("already"), "{err}");
    assert_eq!((rows(dir.path()), runs(dir.path()).len()), (8, 16));
}

#[test]
fn figures_never_take_the_place_of_something_else() {
    let dir = folder();
    for name in ["summary", "Manifest", "scenario"] {
        let figure = format!("figures=[{{ accuracy_vs_rounds: {{ name: {name} }} }}]");
        let (code, err) = run(dir.path(), &["--set", &figure]);
        assert!(code == 2 && err.contains("is the name of a file of the result folder"), "{err}");
    }
    assert_eq!(run(dir.path(), &["--quiet"]).0, 0);
    let plot = |more: &[&str]| signsim(dir.path(), &[&["plot", "out"], more].concat());
    let before = fs::read(dir.path().join("out/accuracy_vs_adversaries.svg")).unwrap();
    let figure = ["--figure", "accuracy_vs_adversaries"];
    let dark = [&figure[..], &["--theme", "dark"]].concat();
    for (arguments, words) in [
        (
            &["--figure", "accuracy_vs_rounds", "--name", "summary"][..],
            "is the name of a file of the result folder",
        ),
        (&dark, "out/accuracy_vs_adversaries.* show what the scenario asks for"),
        (&["--theme", "dark"], "--name"),
    ] {
        let (code, _, err) = plot(arguments);
        assert!(code == 2 && err.contains(words), "{arguments:?}: {err}");
    }
    for fine in [&figure[..], &["--figure", "accuracy_vs_rounds"], &[&dark[..], &["--name", "dark"]].concat()]
    {
        let (code, _, err) = plot(fine);
        assert_eq!(code, 0, "{fine:?}: {err}");
    }
    assert_eq!(fs::read(dir.path().join("out/accuracy_vs_adversaries.svg")).unwrap(), before);
}

#[test]
fn a_gallery_is_not_hung_over_results_or_from_nothing() {
    let dir = folder();
    let gallery = |more: &[&str]| {
        let (code, _, err) = signsim(dir.path(), &[&["gallery", "s.yaml"], more].concat());
        (code, err)
    };
    assert_eq!(signsim(dir.path(), &["run", "s.yaml", "--quiet"]).0, 0);
    let summary = fs::read(dir.path().join("plots/small/summary.csv")).unwrap();
    let (code, err) = gallery(&["--results", "plots", "--out", "plots/../plots"]);
    assert!(code == 2 && err.contains("over its own results"), "{err}");
    assert_eq!(fs::read(dir.path().join("plots/small/summary.csv")).unwrap(), summary);
    assert_eq!(gallery(&[]).0, 0);
    assert!(dir.path().join("plots/my-gallery/small/accuracy_vs_adversaries.svg").is_file());
    fs::write(dir.path().join("s.yaml"), SCENARIO.replace("[accuracy_vs_adversaries]", "[]")).unwrap();
    let (code, err) = gallery(&["--results", "nowhere", "--out", "empty"]);
    assert!(code == 2 && err.contains("no results of `small`"), "{err}");
}

#[test]
fn a_trace_that_cannot_be_written_leaves_the_run_in_the_record() {
    let dir = folder();
    let one = ["--set", "sweep={}", "--set", "repeats=1"];
    assert_eq!(run(dir.path(), &[&one[..], &["--quiet"]].concat()).0, 0);
    let (code, err) = run(dir.path(), &[&one[..], &["--trace", "s.yaml/t"]].concat());
    assert!(err.contains("--trace s.yaml/t.jsonl: s.yaml is a file, so that nothing can be in it"), "{err}");
    assert_eq!((code, rows(dir.path())), (2, 1));
    assert_eq!(signsim(dir.path(), &["plot", "out"]).0, 0);
    let before = fs::read(runs(dir.path())[0].join("run.json")).unwrap();
    let (code, err) = run(dir.path(), &[&one[..], &["--trace", "t"]].concat());
    assert!(code == 0 && dir.path().join("t.jsonl").is_file(), "{err}");
    assert_eq!(fs::read(runs(dir.path())[0].join("run.json")).unwrap(), before);
}

/// A figure's numbers, by the name of its files.
fn figure(dir: &Path, name: &str) -> String {
    fs::read_to_string(dir.join(format!("out/{name}.csv"))).unwrap()
}

#[test]
fn figures_of_a_folder_outlive_a_quick_question() {
    let dir = folder();
    assert_eq!(run(dir.path(), &["--quiet"]).0, 0);
    let text = fs::read_to_string(dir.path().join("out/scenario.yaml")).unwrap();
    let whole = figure(dir.path(), "accuracy_vs_adversaries");
    let part = ["--set", "adversaries.count=1"];
    let ask = |more: &[&str]| run(dir.path(), &[&part[..], more].concat());
    // None, the same, or no word of it: the folder's own, of all its runs.
    for more in [&["--set", "figures=[]"][..], &[], &["--set", "repeats=1", "--seed", "2"]] {
        let (code, err) = ask(more);
        assert!(code == 0 && err.contains("out holds 8 runs"), "{more:?}: {err}");
        assert_eq!(figure(dir.path(), "accuracy_vs_adversaries"), whole, "{more:?}");
        assert_eq!(fs::read_to_string(dir.path().join("out/scenario.yaml")).unwrap(), text, "{more:?}");
    }
    // Another of one name.
    for figures in [
        "[{ accuracy_vs_adversaries: { theme: dark } }]",
        "[{ accuracy_vs_rounds: { name: accuracy_vs_adversaries } }]",
    ] {
        let (code, err) = ask(&["--set", &format!("figures={figures}")]);
        assert!(code == 2 && err.contains("figures: out/accuracy_vs_adversaries.* show all runs"), "{err}");
        assert!(err.contains("name: accuracy_vs_adversaries_2"), "{err}");
    }
    // What the help says.
    let named = "figures=[{ accuracy_vs_adversaries: { theme: dark, name: accuracy_vs_adversaries_2 } }, accuracy_vs_rounds]";
    let (code, err) = ask(&["--set", named]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(figure(dir.path(), "accuracy_vs_adversaries"), whole);
    assert_eq!(figure(dir.path(), "accuracy_vs_adversaries_2"), whole);
    assert!(figure(dir.path(), "accuracy_vs_rounds").contains("signSGD-FD"));
    let (_, out, _) = signsim(dir.path(), &["plot", "out"]);
    assert_eq!(out.lines().filter(|line| line.ends_with(".svg")).count(), 3, "{out}");
    // Who asks for all of it says anew what is drawn, and is told what that changes.
    let (code, err) = run(dir.path(), &["--set", "figures=[{ accuracy_vs_rounds: { theme: dark } }]"]);
    for words in [
        "out/accuracy_vs_rounds.* are drawn as this scenario asks",
        "out/accuracy_vs_adversaries_2.* stay as they are",
    ] {
        assert!(code == 0 && err.contains(words), "{err}");
    }
}

/// What a quick question changes of the base is not what the folder's runs were made of.
#[test]
fn the_scenario_of_a_folder_says_what_its_runs_were_made_of() {
    let dir = folder();
    let swept = SCENARIO.replace("adversaries.count: 0..=1", "adversaries.count: 0..=1, rounds: [20, 10]");
    fs::write(dir.path().join("s.yaml"), swept).unwrap();
    assert_eq!(run(dir.path(), &["--quiet"]).0, 0);
    let text = || fs::read_to_string(dir.path().join("out/scenario.yaml")).unwrap();
    let before = text();
    for (more, finished, same) in [
        (&["--set", "rounds=10"][..], "8 of 8 runs were", true),
        (
            &["--set", "rounds=10", "--set", "adversaries.count=1", "--set", "sweep.method=[signsgd_mv]"],
            "2 of 2",
            true,
        ),
        (&["--set", "rounds=5"], "8/8", false),
        (&["--set", "sweep.rounds=[5, 10, 20]", "--set", "adversaries.count=M/2"], "12/12", false),
    ] {
        let (code, err) = run(dir.path(), more);
        assert!(code == 0 && err.contains(finished), "{more:?}: {err}");
        assert!(!same || text() == before, "{more:?}: {}", text());
        let scenario: serde_json::Value = serde_yaml::from_str(&text()).unwrap();
        let base = (&scenario["rounds"], &scenario["adversaries"]["count"]);
        assert_eq!(base, (&20.into(), &0.into()), "{more:?}");
        let all = rows(dir.path());
        let (code, _, err) = signsim(dir.path(), &["run", "out/scenario.yaml", "--out", "out"]);
        assert!(
            code == 0 && err.contains(&format!("{all} of {all} runs were already finished")),
            "{more:?}: {err}"
        );
    }
}
