//! The program as its users see it: exit codes, folders, reuse, refusals.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

const SCENARIO: &str = "\
# a small channel
name: small
rounds: 20
repeats: 2
workers: { count: 5 }
task: { channel: { coordinates: 200, crossover: 0.2 } }
method: signsgd_fd
adversaries: { count: 0, attack: sign_inversion }
sweep: { adversaries.count: [0, 2], method: [signsgd_mv, signsgd_fd] }
figures: [accuracy_vs_adversaries, accuracy_vs_rounds]
";

/// Runs the program in `dir`; gives exit code, standard output, standard error.
pub(crate) fn signsim(dir: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("signsim").unwrap().current_dir(dir).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("small.yaml"), SCENARIO).unwrap();
    dir
}

/// The summary without its last fixed column, the wall time.
fn summary(dir: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(dir.join("summary.csv")).unwrap();
    let row = |line: &str| line.split(',').take(18).map(str::to_owned).collect();
    text.lines().map(row).collect()
}

#[test]
fn a_run_leaves_records_and_figures_and_is_reused() {
    let dir = folder();
    let (code, out, err) = signsim(dir.path(), &["run", "small.yaml"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("decoding error") && out.contains("accuracy_vs_rounds.{svg,png,pdf,csv}"), "{out}");
    assert!(
        out.contains(" events (")
            && out.contains("0 messages lost, 0 sent again, 0 copied; 0 votes late, 0 refused"),
        "{out}"
    );
    let results = dir.path().join("plots/small");
    for file in ["manifest.json", "summary.csv", "accuracy_vs_adversaries.png", "accuracy_vs_rounds.csv"] {
        assert!(results.join(file).is_file(), "{file}");
    }
    let before = summary(&results);
    assert_eq!(before.len(), 1 + 8);
    let run = results.join("runs").join(&before[1][0]);
    let rounds = fs::read_to_string(run.join("rounds.csv")).unwrap();
    assert_eq!(rounds.lines().count(), 1 + 20);
    assert!(run.join("workers.csv").is_file());

    // Again, with one run missing: seven are reused, the eighth is computed to the same bits.
    fs::remove_dir_all(&run).unwrap();
    let (code, _, err) = signsim(dir.path(), &["run", "small.yaml", "--threads", "2"]);
    assert!(code == 0 && err.contains("7 of 8 runs were already finished"), "{err}");
    assert_eq!(summary(&results), before);
}

#[test]
fn threads_and_order_change_no_digest() {
    let dir = folder();
    let orders = ["sweep.adversaries.count=[0, 2]", "sweep.adversaries.count=[2, 0]"];
    let digests = ["1", "2"].map(|threads| {
        let order = orders[usize::from(threads == "2")];
        let out = format!("out{threads}");
        let arguments = ["run", "small.yaml", "--threads", threads, "--out", &out, "--set", order, "--quiet"];
        let (code, out_text, err) = signsim(dir.path(), &arguments);
        assert_eq!((code, out_text.as_str(), err.as_str()), (0, "", ""));
        let mut rows = summary(&dir.path().join(out));
        rows.sort();
        rows
    });
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn plot_redraws_the_same_bytes_from_records() {
    let dir = folder();
    signsim(dir.path(), &["run", "small.yaml", "--quiet"]);
    let figure = dir.path().join("plots/small/accuracy_vs_adversaries.svg");
    let before = fs::read(&figure).unwrap();
    fs::remove_file(&figure).unwrap();
    let (code, out, _) = signsim(dir.path(), &["plot", "plots/small"]);
    assert!(code == 0 && out.contains("accuracy_vs_adversaries.svg"));
    assert_eq!(fs::read(&figure).unwrap(), before);
}

/// A style may speak of more than a folder has; what it says in vain is told, and the figure is drawn.
#[test]
fn what_options_of_figures_say_in_vain_is_told_once() {
    let dir = folder();
    signsim(dir.path(), &["run", "small.yaml", "--quiet"]);
    let style = "names: { signsgd_mv: MV, krum: '*K*', adversaries.count=2: two, adversaries.count=9: nine }\n\
                 colours: { signsgd_fd: 2, sgd: 3 }\norder: [signsgd_fd, median]\nheight: 30mm\nfont: 20pt\n";
    fs::write(dir.path().join("style.yaml"), style).unwrap();
    let (code, _, err) = signsim(
        dir.path(),
        &[
            "plot",
            "plots/small",
            "--figure",
            "accuracy_vs_adversaries",
            "--style",
            "style.yaml",
            "--out",
            "styled",
        ],
    );
    assert_eq!(code, 0, "{err}");
    for word in [
        "`krum` in its names",
        "`adversaries.count=9` in its names",
        "`sgd` in its colours",
        "`median` in its order",
    ] {
        assert_eq!(err.matches(word).count(), 1, "{word}: {err}");
    }
    for word in ["`signsgd_mv`", "`adversaries.count=2`", "`signsgd_fd`"] {
        assert!(!err.contains(word), "{word}: {err}");
    }
    assert!(err.contains("note: accuracy_vs_adversaries: 30 mm are too low for it: it is "), "{err}");
    // Letters that the typeface lacks are named, too.
    let odd = "{ signsgd_mv: 日本 }";
    let (code, _, err) = signsim(dir.path(), &["plot", "plots/small", "--names", odd, "--out", "odd"]);
    assert!(code == 0 && err.contains("the typeface lacks U+65E5 U+672C"), "{err}");
}

#[test]
fn plot_draws_any_figure_over_any_folders() {
    let dir = folder();
    signsim(dir.path(), &["run", "small.yaml", "--quiet"]);
    let other = SCENARIO.replace("name: small", "name: other");
    fs::write(dir.path().join("other.yaml"), other).unwrap();
    signsim(dir.path(), &["run", "other.yaml", "--quiet", "--seed", "9"]);
    let plot = |arguments: &[&str]| signsim(dir.path(), &[&["plot", "plots/small"], arguments].concat());
    let (code, out, err) = plot(&[
        "--figure",
        "accuracy_vs_rounds",
        "--y",
        "decoding_error",
        "--size",
        "double",
        "--out",
        "one",
    ]);
    assert!(code == 0 && out.contains("one/decoding_error_vs_rounds.pdf"), "{out}{err}");

    let (code, out, err) =
        plot(&["plots/other", "--figure", "accuracy_vs_adversaries", "--group", "scenario"]);
    assert!(code == 0 && out.contains("plots/small+other/accuracy_vs_adversaries.svg"), "{out}{err}");
    let csv = fs::read_to_string(dir.path().join("plots/small+other/accuracy_vs_adversaries.csv")).unwrap();
    assert!(csv.contains("small") && csv.contains("other"), "{csv}");

    for (arguments, expected) in [
        (&["--figure", "acuracy"][..], "write one of accuracy_vs_adversaries"),
        (&["--accuracy", "0.9"], "none of the figures takes the option `accuracy`"),
        (&["--size", "3mm"], "`3mm` is no width"),
        (&["--theme", "blue"], "--theme blue"),
        (&["--figure", "phase_diagram", "--y", "nothing"], "the sweep does not vary `nothing`"),
        (&["--figure", "timeline"], "write metrics: { timeline: 3 }"),
        (&["plots/../plots/small"], "is named twice"),
        (&["--name", "one"], "two figures would be drawn into the files one.*"),
        (&["--figure", "accuracy_vs_adversaries", "--group", "adversaries.count"], "is the horizontal axis"),
    ] {
        let (code, _, err) = plot(arguments);
        assert!(code == 2 && err.contains(expected), "{arguments:?}: {err}");
    }
}

#[test]
fn a_gallery_hangs_what_was_run_and_says_what_it_kept() {
    let dir = folder();
    let gallery = |code: i32| {
        let (got, out, err) = signsim(dir.path(), &["gallery", "small.yaml", "--out", "g"]);
        assert_eq!(got, code, "{out}{err}");
        out + &err
    };
    assert!(gallery(2).contains("no results of `small`"));
    signsim(dir.path(), &["run", "small.yaml", "--quiet"]);
    assert_eq!(gallery(0), "small: drawn\n");
    for file in ["README.md", "small/summary.csv", "small/accuracy_vs_adversaries.png"] {
        assert!(dir.path().join("g").join(file).is_file(), "{file}");
    }
    let page = || fs::read_to_string(dir.path().join("g/README.md")).unwrap();
    assert!(page().contains("![accuracy vs adversaries](small/accuracy_vs_adversaries.png)"), "{}", page());
    // A scenario that was not run is named, and does not keep the others out.
    let unrun =
        fs::read_to_string(dir.path().join("small.yaml")).unwrap().replace("name: small", "name: unrun");
    fs::write(dir.path().join("unrun.yaml"), unrun).unwrap();
    let (code, out, _) = signsim(dir.path(), &["gallery", "small.yaml", "unrun.yaml", "--out", "g"]);
    assert_eq!((code, out.as_str()), (0, "small: drawn\nunrun: left out, no results in plots/unrun\n"));
    assert!(page().contains("## small") && !page().contains("unrun"), "{}", page());
    fs::remove_dir_all(dir.path().join("plots")).unwrap();
    assert!(gallery(0).contains("kept, no results in plots/small"));
    // What is no page of a gallery is nobody's to write over, and neither is another's figure.
    fs::write(dir.path().join("g/README.md"), "# My project\n").unwrap();
    assert!(gallery(2).contains("g/README.md is there, and it is no page of a gallery"));
    let (code, _, err) = signsim(dir.path(), &["gallery", "small.yaml", "small.yaml", "--out", "h"]);
    assert!(code == 2 && err.contains("two scenarios have the name `small`"), "{err}");
    for out in ["results", "other"] {
        let arguments = ["run", "small.yaml", "--quiet", "--out", &format!("{out}/small")];
        assert_eq!(signsim(dir.path(), &arguments).0, 0);
    }
    let summary = fs::read(dir.path().join("other/small/summary.csv")).unwrap();
    let (code, _, err) =
        signsim(dir.path(), &["gallery", "small.yaml", "--results", "results", "--out", "other"]);
    assert!(code == 2 && err.contains("other/small would be drawn over other results"), "{err}");
    assert_eq!(fs::read(dir.path().join("other/small/summary.csv")).unwrap(), summary);
}

#[test]
fn a_folder_with_other_results_is_refused_without_force() {
    let dir = folder();
    signsim(dir.path(), &["run", "small.yaml", "--quiet", "--out", "out"]);
    let other = SCENARIO.replace("name: small", "name: other");
    fs::write(dir.path().join("other.yaml"), other).unwrap();
    let (code, _, err) = signsim(dir.path(), &["run", "other.yaml", "--out", "out"]);
    assert!(code == 2 && err.contains("results of `small`") && err.contains("--force"), "{err}");
    let (code, ..) = signsim(dir.path(), &["run", "other.yaml", "--out", "out", "--force", "--quiet"]);
    assert_eq!(code, 0);
}

#[test]
fn bad_input_is_two_and_a_stalled_run_is_one() {
    let dir = folder();
    let bad = |text: &str| fs::write(dir.path().join("bad.yaml"), text).unwrap();
    bad(&SCENARIO.replace("sign_inversion", "sign_inversoin"));
    let (code, _, err) = signsim(dir.path(), &["run", "bad.yaml"]);
    assert!(code == 2 && err.contains("bad.yaml:8:34") && err.contains("did you mean"), "{err}");
    assert_eq!(signsim(dir.path(), &["check", "bad.yaml"]).0, 2);
    assert_eq!(signsim(dir.path(), &["run", "absent.yaml"]).0, 2);
    assert_eq!(signsim(dir.path(), &["fly"]).0, 2);
    assert_eq!(signsim(dir.path(), &["plot", "."]).0, 2);
    assert_eq!(signsim(dir.path(), &["run", "small.yaml", "--resume"]).0, 2);

    let silent = "network: { availability: { drop_out: 0.6 } }\nserver: { close: { quorum: 4 } }\n";
    bad(&format!("{SCENARIO}{silent}"));
    let (code, _, err) = signsim(dir.path(), &["run", "bad.yaml", "--out", "stalled"]);
    assert!(code == 1 && err.contains("waits for workers"), "{err}");
}

#[test]
fn absent_data_names_the_way_out() {
    let dir = folder();
    let text = SCENARIO.replace(
        "task: { channel: { coordinates: 200, crossover: 0.2 } }",
        "task: { train: { data: { mnist: { dir: nowhere } }, model: logistic } }",
    );
    fs::write(dir.path().join("mnist.yaml"), text).unwrap();
    let (code, _, err) = signsim(dir.path(), &["run", "mnist.yaml"]);
    assert!(code == 2 && err.contains("nowhere") && err.contains("quickstart.yaml"), "{err}");
}

#[test]
fn what_cannot_fit_the_memory_is_refused_with_the_estimate() {
    let dir = folder();
    let text =
        SCENARIO.replace("coordinates: 200", "coordinates: 4000000000").replace("count: 5", "count: 1000000");
    fs::write(dir.path().join("huge.yaml"), text).unwrap();
    let (code, _, err) = signsim(dir.path(), &["run", "huge.yaml"]);
    assert!(code == 2 && err.contains("GiB"), "{err}");
}

/// What `check` prints: the scenario, and the costs that stand below it as comments.
fn costs(out: &str) -> (String, String) {
    let below = out.find("\n#\n").unwrap_or_else(|| panic!("no costs: {out}"));
    let table = out[below + 3..].lines().map(|line| line.trim_start_matches('#')).collect::<Vec<_>>();
    (out[..below].to_owned(), table.join("\n"))
}

#[test]
fn check_prints_the_resolved_scenario_and_its_cost() {
    let dir = folder();
    let (code, out, _) = signsim(dir.path(), &["check", "small.yaml"]);
    assert_eq!(code, 0);
    for part in ["learning_rate: 0.001", "ties: coin", "8 runs (4 points", "memory at the peak"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(!dir.path().join("plots").exists());
    let (scenario, table) = costs(&out);
    assert!(
        scenario.starts_with(
            "# The first of 4 points of the sweep: adversaries.count = 0; method = signsgd_mv\n"
        )
    );
    fs::write(dir.path().join("first.yaml"), &out).unwrap();
    assert_eq!(signsim(dir.path(), &["run", "first.yaml", "--quiet", "--out", "first"]).0, 0);
    let mut rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(rows.next().unwrap()[..4], ["method", "attack", "M", "L"]);
    // Every point is a row of its own, and both of its seeds are in it.
    let points: Vec<Vec<&str>> = rows.by_ref().take(4).collect();
    assert!(points.iter().all(|row| row.contains(&"exact") && row[row.len() - 2] == "2"), "{table}");
    assert!(table.contains("time: about ") && table.contains(" threads, from the first votes"), "{table}");
}

/// What was promised is what summary.csv says afterwards: some are asked, some are lost, some are sent everything.
#[test]
fn check_promises_what_the_summary_says() {
    let dir = folder();
    let text = "{ name: t, rounds: 20, workers: { count: 30 }, method: signsgd_mv,
        task: { channel: { coordinates: 4000, crossover: 0.2 } },
        server: { participants: { sample: 8 }, close: { deadline: 100ms } },
        network: { links: { up: { loss: 0.2, retransmit: { after: 10ms, attempts: 2 } } } } }";
    fs::write(dir.path().join("t.yaml"), text).unwrap();
    let (code, out, _) = signsim(dir.path(), &["check", "t.yaml", "--threads", "1"]);
    let (_, below) = costs(&out);
    let table: Vec<Vec<&str>> =
        below.lines().map(|l| l.split("  ").filter(|c| !c.is_empty()).map(str::trim).collect()).collect();
    let promised = |name: &str| table[1][table[0].iter().position(|n| *n == name).unwrap()];
    assert_eq!((code, promised("sent")), (0, "exact"), "{out}");
    assert_eq!(signsim(dir.path(), &["run", "t.yaml", "--quiet"]).0, 0);
    let mut summary = csv::Reader::from_path(dir.path().join("plots/t/summary.csv")).unwrap();
    let row: std::collections::BTreeMap<String, String> = summary.deserialize().next().unwrap().unwrap();
    for (column, name) in [("uplink_bytes", "MB up"), ("downlink_bytes", "MB down")] {
        let bytes: f64 = row[column].parse().unwrap();
        assert_eq!(promised(name), format!("{:.2}", bytes * 1e-6), "{name}");
    }
}

/// Without the data there is no estimate of time, the rest is known all the same, and the answer is no.
#[test]
fn check_says_why_there_is_no_estimate_of_time() {
    let dir = folder();
    let text = "{ name: t, rounds: 20, workers: { count: 3 }, method: signsgd_mv,
        task: { train: { data: { mnist: { dir: nowhere } }, model: logistic } } }";
    fs::write(dir.path().join("t.yaml"), text).unwrap();
    let (code, out, err) = signsim(dir.path(), &["check", "t.yaml"]);
    assert!(code == 2 && out.contains("time: no estimate: "), "{out}");
    assert!(
        err.contains("t.yaml:2:") && err.contains("nowhere is no folder") && err.contains("MNIST/raw"),
        "{err}"
    );
}

#[test]
fn list_names_everything_with_its_source() {
    let dir = folder();
    let (code, out, _) = signsim(dir.path(), &["list"]);
    assert!(code == 0 && out.contains("sign_inversion") && out.contains("arXiv 2402.01340"));
    assert_eq!(signsim(dir.path(), &["list", "attacks"]).0, 0);
    assert_eq!(signsim(dir.path(), &["list", "planets"]).0, 2);
}

#[test]
fn theory_prints_exact_numbers_as_a_table_and_as_csv() {
    let dir = folder();
    let theory = |more: &[&str]| signsim(dir.path(), &[&["theory", "--workers", "15"], more].concat());
    let (code, out, err) = theory(&["--adversaries", "0..=M/2+1", "--crossover", "0.2,0.3"]);
    assert_eq!((code, err.as_str()), (0, ""));
    for part in ["M = 15, p = 0.3, r = 1", "L=8", "0.162136", "0.419472", "Poisson-binomial"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let (code, out, _) = theory(&["--adversaries", "M/2-4", "--crossover", "0.2", "--flip", "0.5", "--csv"]);
    assert!(code == 0 && out.starts_with("quantity,value,source\nworkers,15,M\nadversaries,3,L\n"), "{out}");
    let mut table = csv::Reader::from_reader(out.as_bytes());
    let rows: Vec<csv::StringRecord> = table.records().map(|row| row.unwrap()).collect();
    let weighted = rows.iter().find(|row| &row[0] == "weighted error").unwrap();
    assert!((weighted[1].parse::<f64>().unwrap() - 0.011654).abs() < 1e-6);
    // A row a case: no reader has to know where one ends.
    let (code, out, _) = theory(&["--adversaries", "0..=M", "--crossover", "0.2,0.3", "--wide"]);
    let mut table = csv::Reader::from_reader(out.as_bytes());
    let rows: Vec<std::collections::BTreeMap<String, String>> =
        table.deserialize().map(|row| row.unwrap()).collect();
    assert_eq!((code, rows.len()), (0, 32));
    let at =
        |l: &str, p: &str| rows.iter().find(|row| row["adversaries"] == l && row["crossover"] == p).unwrap();
    assert!((at("8", "0.3")["majority error"].parse::<f64>().unwrap() - 0.546060).abs() < 1e-6);
    assert_eq!(at("8", "0.3")["majority slowdown"], "");
    // With a vote of the server's own the error is flat up to M.
    let own = [
        "--adversaries",
        "0..=M",
        "--crossover",
        "0.2",
        "--wide",
        "--trusted",
        "0.3",
        "--coordinates",
        "500",
    ];
    let (code, out, _) = theory(&own);
    let mut table = csv::Reader::from_reader(out.as_bytes());
    let rows: Vec<std::collections::BTreeMap<String, String>> =
        table.deserialize().map(|row| row.unwrap()).collect();
    let anchored =
        |row: &std::collections::BTreeMap<String, String>| row["anchored error"].parse::<f64>().unwrap();
    assert!(
        code == 0
            && rows.len() == 16
            && rows.iter().all(|row| (anchored(row) - anchored(&rows[0])).abs() < 1e-9)
    );
    assert_eq!(theory(&["--adversaries", "0", "--crossover", "0.2", "--trusted", "0.3"]).0, 2);
}

/// A certainty is not more than certain, and an even vote has no slowdown, however sums are rounded.
#[test]
fn theory_survives_its_own_rounding() {
    let dir = folder();
    let ask = |m: &str, l: &str, p: &str| {
        signsim(dir.path(), &["theory", "--workers", m, "--adversaries", l, "--crossover", p])
    };
    for (m, l, p) in [
        ("13", "13", "0.001234"),
        ("21", "21", "0.01"),
        ("85", "79", "0.1"),
        ("21", "0", "0.99"),
        ("150", "0..=M", "0.2"),
    ] {
        let (code, out, err) = ask(m, l, p);
        assert!(code == 0 && err.is_empty() && out.contains("majority error"), "M={m} L={l} p={p}: {err}");
    }
    let more = ["--rounds", "100", "--smoothness", "1", "--gap", "1"];
    let even = ["theory", "--workers", "6", "--adversaries", "3", "--crossover", "0.25"];
    let (code, out, _) = signsim(dir.path(), &[&even[..], &more].concat());
    let dash = |name: &str| {
        let value = |line: &str| line.trim_start().strip_prefix(name).map(|rest| rest.trim() == "-");
        out.lines().find_map(value) == Some(true)
    };
    assert!(code == 0 && dash("majority slowdown") && dash("majority gradient"), "{out}");
}

#[test]
fn theory_names_the_option_that_is_wrong_and_what_to_write() {
    let dir = folder();
    for (adversaries, crossover, flip, part) in [
        ("16", "0.2", "1", "16 of 15 workers"),
        ("0..=M+1", "0.2", "1", "16 of 15 workers"),
        ("L", "0.2", "1", "--adversaries L"),
        ("5..2", "0.2", "1", "is empty"),
        ("3", "0.2,1.2", "1", "--crossover 1.2"),
        ("3", "0.2,", "1", "is not a number"),
        ("3", "0.2", "often", "--flip often"),
    ] {
        let options = ["--adversaries", adversaries, "--crossover", crossover, "--flip", flip];
        let (code, out, err) = signsim(dir.path(), &[&["theory", "--workers", "15"], &options[..]].concat());
        assert!(code == 2 && out.is_empty() && err.contains(part) && err.contains("help: write"), "{err}");
    }
    let base = ["theory", "--adversaries", "0", "--crossover", "0.2", "--workers"];
    assert_eq!(signsim(dir.path(), &[&base[..], &["0"]].concat()).0, 2);
    let (code, _, err) = signsim(dir.path(), &[&base[..], &["5", "--max-llr", "-1"]].concat());
    assert!(code == 2 && err.contains("max-llr"), "{err}");
}

/// A learning rate that no model survives: every row says so, and no mean hides it.
#[test]
fn diverged_and_failed_runs_have_rows_that_say_so() {
    let dir = folder();
    let text = SCENARIO
        .replace(
            "task: { channel: { coordinates: 200, crossover: 0.2 } }",
            "task: { train: { data: { digits: { train: 100, test: 50 } }, model: logistic } }",
        )
        .replace("method: signsgd_fd\n", "method: sgd\nserver: { learning_rate: 1e38 }\n")
        .replace(", method: [signsgd_mv, signsgd_fd]", "");
    fs::write(dir.path().join("lost.yaml"), text).unwrap();
    let results = dir.path().join("plots/small");
    for _ in 0..2 {
        // The second time every run is reused, and still diverged.
        let (code, out, err) = signsim(dir.path(), &["run", "lost.yaml"]);
        assert!(code == 0 && out.contains("2 of 2 diverged"), "{out}{err}");
        let rows = summary(&results);
        assert!(rows[1..].iter().all(|row| row[1] == "diverged" && row[9] == "NaN"), "{rows:?}");
    }

    let silent = "network: { availability: { drop_out: 0.6 } }\nserver: { close: { quorum: 4 } }\n";
    fs::write(dir.path().join("stalled.yaml"), format!("{SCENARIO}{silent}")).unwrap();
    let (code, out, _) = signsim(dir.path(), &["run", "stalled.yaml", "--out", "stalled"]);
    assert!(code == 1 && out.contains("2 of 2 failed"), "{out}");
    let text = fs::read_to_string(dir.path().join("stalled/summary.csv")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1 + 8);
    assert!(lines[1].contains(",failed,1,signsgd_mv,sign_inversion,5,0,20,,,"), "{text}");
    assert!(lines[1].ends_with(",,0,signsgd_mv"), "{text}");
}

/// Two methods that a user calls by one name stay two, wherever the program speaks of them.
#[test]
fn two_methods_of_one_name_are_told_apart() {
    let dir = folder();
    let twins = "sweep={method: [{ name: x, preset: signsgd_mv }, { name: x, preset: signsgd_fd }]}";
    let (code, out, err) = signsim(dir.path(), &["check", "small.yaml", "--set", twins]);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("4 runs (2 points of the sweep)") && out.contains("# The first of 2 points"),
        "{out}"
    );
    let rows = |text: &str, word: &str| text.lines().filter(|line| line.contains(word)).count();
    let cells = |text: &str, word: &str| {
        let has = |line: &&str| line.trim_start_matches("# ").split("  ").any(|cell| cell.trim() == word);
        text.lines().filter(has).count()
    };
    let told = |text: &str| (cells(text, "majority"), cells(text, "federated defense"));
    assert_eq!(told(&out), (1, 1), "{out}");
    let (code, out, err) = signsim(dir.path(), &["run", "small.yaml", "--set", twins]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(told(&out), (1, 1), "{out}");
    for words in ["x (majority), L = 0 of M = 5, seed 1:", "x (federated defense), L = 0 of M = 5, seed 2:"] {
        assert_eq!(rows(&err, words), 1, "{words}\n{err}");
    }
}
