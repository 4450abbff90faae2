//! `signsim report`: the page says what lies in its folders, nothing that a user wrote becomes a part of it, and in a browser it
//! sorts, filters, and tells the numbers of the CSV.

mod browser;
mod driver;

use std::fs;
use std::path::Path;

use super::cli::signsim;

/// What a name must not do to a page.
const HOSTILE: &str = "</script><img src=x onerror=alert(1)>";

/// Two methods, three numbers of adversaries, three seeds on channels.
fn scenario() -> String {
    format!(
        "\
# Expect the second to be better. {HOSTILE}
# Measured: .1 .2 .3
name: small
rounds: 20
repeats: 3
workers: {{ count: 5 }}
task: {{ channel: {{ coordinates: 200, crossover: 0.2 }} }}
method: signsgd_fd
adversaries: {{ count: 0, attack: sign_inversion }}
metrics: {{ timeline: 3 }}
network: {{ links: {{ up: {{ latency: {{ exponential: {{ mean: 20ms }} }} }} }} }}
sweep: {{ adversaries.count: [0, 1, 2], method: [signsgd_mv, {{ name: \"{HOSTILE}\", preset: signsgd_fd }}] }}
figures:
- accuracy_vs_adversaries
- accuracy_vs_rounds
- phase_diagram: {{ x: adversaries.count, y: method }}
- timeline
- method_table
"
    )
}

/// A folder in which the scenario has been run with `arguments`, and its page.
fn reported(arguments: &[&str]) -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("small.yaml"), scenario()).unwrap();
    let (code, out, err) = signsim(dir.path(), &[&["run", "small.yaml", "--report"], arguments].concat());
    assert_eq!(code, 0, "{err}");
    assert!(out.ends_with("plots/small/report.html\n"), "{out}");
    let page = page(dir.path(), "plots/small/report.html");
    (dir, page)
}

fn page(dir: &Path, name: &str) -> String {
    fs::read_to_string(dir.join(name)).unwrap()
}

#[test]
fn a_page_has_everything_and_needs_nothing() {
    let (dir, page) = reported(&[]);
    // Nothing is fetched, and nothing of the user's is a part of the page.
    assert!(!page.contains(HOSTILE) && page.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"));
    for outside in ["src=\"", "@import", "url(http", "<link", "fetch("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert_eq!(
        page.matches("<script").count(),
        page.matches("<script type=\"application/json\"").count() + 1
    );
    assert_eq!(page.matches("@font-face").count(), 2);
    for told in [
        "18 of 18 runs are there",
        "Nothing is missing",
        "Measured: .1 .2 .3",
        "signsim run plots/small/scenario.yaml",
    ] {
        assert!(page.contains(told), "{told}");
    }
    // Every run with its digest and a link to a table that is there.
    let summary = fs::read_to_string(dir.path().join("plots/small/summary.csv")).unwrap();
    let mut rows = csv::Reader::from_reader(summary.as_bytes());
    let header = rows.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|known| known == name).unwrap();
    for row in rows.records() {
        let row = row.unwrap();
        let link = format!("runs/{}/rounds.csv", &row[column("run")]);
        assert!(
            page.contains(&format!("href=\"{link}\"")) && dir.path().join("plots/small").join(link).is_file()
        );
        assert!(page.contains(&row[column("digest")]));
    }
    // Written again it is the same.
    let (code, out, err) = signsim(dir.path(), &["report", "plots/small"]);
    assert_eq!((code, out.as_str()), (0, "plots/small/report.html\n"), "{err}");
    assert_eq!(self::page(dir.path(), "plots/small/report.html"), page);
}

#[test]
fn warnings_come_first() {
    let (dir, page) = reported(&["--set", "repeats=2", "--set", "rounds=15"]);
    for told in ["2 seeds: a point shows the range of two", "these runs have repeats=2; rounds=15"] {
        assert!(page.contains(told), "{told}");
    }
    let first = fs::read_to_string(dir.path().join("plots/small/summary.csv")).unwrap();
    let run = first.lines().nth(1).unwrap().split(',').next().unwrap();
    fs::remove_dir_all(dir.path().join("plots/small/runs").join(run)).unwrap();
    let (code, _, err) = signsim(dir.path(), &["report", "plots/small", "--out", "elsewhere/page.html"]);
    assert_eq!(code, 0, "{err}");
    let page = self::page(dir.path(), "elsewhere/page.html");
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(
        at("1 run is not there") < at("What was asked") + 2000 && at("1 run is not there") < at("<figure")
    );
    assert!(
        page.contains("11 of 12 runs are there")
            && page.contains("href=\"../plots/small/accuracy_vs_rounds.svg\"")
    );
    // The comment says what was changed, so that whoever runs the folder's own scenario reads it too.
    let scenario = fs::read_to_string(dir.path().join("plots/small/scenario.yaml")).unwrap();
    assert!(scenario.contains("# Changed when it was run: repeats=2; rounds=15\n"), "{scenario}");
}

#[test]
fn two_folders_are_compared_seed_by_seed() {
    let (dir, _) = reported(&[]);
    let other = ["run", "small.yaml", "--quiet", "--out", "other", "--set", "task.channel.crossover=0.3"];
    assert_eq!(signsim(dir.path(), &other).0, 0);
    let (code, _, err) = signsim(dir.path(), &["report", "plots/small", "other", "--out", "both.html"]);
    assert_eq!(code, 0, "{err}");
    let page = page(dir.path(), "both.html");
    assert!(page.contains("6 points of the sweep are in both, 0 only in the first, 0 only in the second"));
    assert!(page.contains("<td>task.channel.crossover</td>\n<td>0.2</td>\n<td>0.3</td>"));
    assert_eq!(page.matches("0 of 3 the same").count(), 2 * 6 - 6);
    // The mean of the differences is the difference of the means, here worked out from the summaries.
    let errors = |folder: &str| -> Vec<f64> {
        let mut rows = csv::Reader::from_path(dir.path().join(folder).join("summary.csv")).unwrap();
        let at = rows.headers().unwrap().iter().position(|name| name == "decoding_error").unwrap();
        rows.records().map(|row| row.unwrap()[at].parse().unwrap()).collect()
    };
    let mean = |folder: &str| errors(folder)[..3].iter().sum::<f64>() / 3.0;
    let difference = format!("+{:.6} ± ", mean("other") - mean("plots/small"));
    assert!(page.contains(&difference), "{difference}");
}

#[test]
fn what_cannot_be_reported_is_said() {
    let (dir, _) = reported(&[]);
    for (arguments, told) in [
        (&["report", "nowhere"][..], "there is no such folder"),
        (&["report", "plots/small", "plots/../plots/small"], "is named twice"),
        (&["report", "plots/small", "--out", "plots"], "this is a folder, and a file is to be written"),
    ] {
        let (code, _, err) = signsim(dir.path(), arguments);
        assert!(code == 2 && err.contains(told), "{err}");
    }
}
