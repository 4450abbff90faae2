//! Decoding through the program: traces, the example of the page about it, streams, packed files, pipes.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use flate2::{Compression, write::GzEncoder};

use super::{decisions, fed, rows, signsim, table, weights};
use crate::traces::{TRACES, Trace};

fn check_trace(text: &str) {
    let trace: Trace = serde_json::from_str(text).unwrap();
    let votes: Vec<Vec<_>> =
        trace.rounds.iter().map(|r| r.votes.iter().cloned().map(Some).collect()).collect();
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("votes.csv"), table(&rows(votes.iter().map(Vec::as_slice), 0))).unwrap();
    let aggregator = format!(
        "{{ federated_defense: {{ t_in: {}, max_llr: {}, epsilon: {:e}, forgetting: {}, abstentions: as_votes, \
         ties: hold }} }}",
        trace.t_in, trace.max_llr, trace.epsilon, trace.forgetting
    );
    let arguments = ["votes.csv", "--aggregator", &aggregator, "--weights", "weights.csv"];
    let (code, out, err) = signsim(dir.path(), &arguments);
    assert_eq!((code, err.as_str()), (0, ""));

    let weights = weights(&fs::read_to_string(dir.path().join("weights.csv")).unwrap());
    assert_eq!(weights.len(), trace.rounds.len() * trace.workers as usize * trace.coordinates);
    for row in weights {
        let [t, m, n] = [0, 1, 2].map(|i| row[i] as usize);
        let theirs = trace.rounds[t].weights[m][n];
        assert!((row[3] - theirs).abs() < 1e-4, "{row:?} instead of {theirs}");
    }
    let decisions = decisions(&out);
    assert_eq!(decisions.len(), trace.rounds.len() * trace.coordinates);
    let mut compared = 0;
    for row in &decisions {
        let (round, n) = (&trace.rounds[row[0] as usize], row[1] as usize);
        let score: f64 = round.weights.iter().zip(&round.votes).map(|(w, v)| w[n] * f64::from(v[n])).sum();
        if score.abs() > 1e-4 {
            assert_eq!(row[2], f64::from(round.decoded[n]), "{row:?}, score {score}");
            compared += 1;
        }
    }
    assert!(compared > decisions.len() / 2, "only {compared} decisions compared");
}

#[test]
fn the_authors_traces_come_out_of_tables() {
    TRACES.into_iter().for_each(check_trace);
}

/// The example that the algorithm's description works out by hand, in rounds numbered from 1.
const BY_HAND: &str = "\
round,worker,coordinate,vote
1,0,0,1
1,0,1,1
1,1,0,1
1,1,1,-1
1,2,0,-1
1,2,1,-1
2,0,0,1
2,0,1,-1
2,1,0,1
2,1,1,-1
2,2,0,-1
2,2,1,1
3,0,0,-1
3,0,1,1
3,1,0,1
3,1,1,1
3,2,0,1
3,2,1,1
4,0,0,1
4,0,1,1
4,1,0,-1
4,1,1,1
4,2,0,-1
4,2,1,-1
";

const T_IN_2: &str = "federated_defense: { t_in: 2 }";

/// The table from round 0: first digits lowered by one.
fn from_zero(table: &str) -> String {
    let lower = |line: &str| match line.split_once(',') {
        Some((round, rest)) if round.parse::<u32>().is_ok() => {
            format!("{},{rest}\n", round.parse::<u32>().unwrap() - 1)
        }
        _ => format!("{line}\n"),
    };
    table.lines().map(lower).collect()
}

/// A folder that holds these votes.
fn folder(name: &str, bytes: &[u8]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(name), bytes).unwrap();
    dir
}

/// Decodes `votes` (a file, or - for `input`) with `t_in` 2; gives decisions and weights.
fn decode(dir: &Path, votes: &str, input: &[u8], more: &[&str]) -> [String; 2] {
    let arguments = [&[votes, "--aggregator", T_IN_2, "--weights", "weights.csv"], more].concat();
    let (code, out, err) = fed(dir, &arguments, input);
    assert_eq!((code, err.as_str()), (0, ""));
    [out, fs::read_to_string(dir.join("weights.csv")).unwrap()]
}

#[test]
fn the_example_worked_out_by_hand() {
    let dir = folder("votes.csv", BY_HAND.as_bytes());
    let [decided, weighed] = decode(dir.path(), "votes.csv", b"", &[]);
    let decisions: Vec<f64> = decisions(&decided).iter().map(|row| row[2]).collect();
    assert_eq!(decisions, [1., -1., 1., -1., -1., 1., 1., 1.]);
    // By worker and coordinate, in every round.
    let expected = [
        [1., 1., 1., 1., 1., 1.],
        [0., 0., 10., 10., 0., 0.],
        [10., 0., 10., 10., -10., 0.],
        [10., 0.693_122, 0.693_122, 10., -10., 0.693_122],
    ];
    for (row, expected) in weights(&weighed).iter().zip(expected.as_flattened()) {
        assert!((row[3] - expected).abs() < 2e-5, "{row:?} instead of {expected}");
    }
    assert_eq!(weights(&weighed).len(), 24);
}

#[test]
fn the_way_in_changes_nothing() {
    let dir = folder("votes.csv", BY_HAND.as_bytes());
    let expected = decode(dir.path(), "votes.csv", b"", &[]);
    let shape = ["--workers", "3", "--coordinates", "2"];
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(BY_HAND.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
    write("votes.csv.gz", &packed);
    write("windows.csv", format!("\u{feff}{}", BY_HAND.replace('\n', "\r\n")).as_bytes());
    write("spaced.csv", BY_HAND.replace(',', ", ").replace("2, 0, 0", "\n2, 0, 0").as_bytes());
    for (votes, input, more) in [
        ("votes.csv", &b""[..], &shape[..]),
        ("votes.csv", b"", &["--layers", "2"]),
        ("votes.csv", b"", &["--layers", "0..1,1..2", "--workers", "3"]),
        ("votes.csv.gz", b"", &[]),
        ("windows.csv", b"", &[]),
        ("spaced.csv", b"", &[]),
        ("-", BY_HAND.as_bytes(), &shape),
        ("-", &packed, &["--layers", "1,1", "--workers", "3"]),
    ] {
        assert_eq!(decode(dir.path(), votes, input, more), expected, "{votes} {more:?}");
    }
    write("zero.csv", from_zero(BY_HAND).as_bytes());
    assert_eq!(decode(dir.path(), "zero.csv", b"", &[]), expected.map(|table| from_zero(&table)));
}

/// R and others put quotes around names and numbers.
#[test]
fn quotes_around_whole_fields_change_nothing() {
    let quoted = BY_HAND.lines().map(|line| format!("\"{}\"\n", line.replace(',', "\",\"")));
    let dir = folder("votes.csv", BY_HAND.as_bytes());
    fs::write(dir.path().join("quoted.csv"), quoted.collect::<String>()).unwrap();
    assert_eq!(decode(dir.path(), "quoted.csv", b"", &[]), decode(dir.path(), "votes.csv", b"", &[]));
}

/// Votes under the name that weights have while they are written are votes all the same.
#[test]
fn weights_never_touch_the_votes() {
    let dir = folder("v.pending", BY_HAND.as_bytes());
    assert_eq!(signsim(dir.path(), &["v.pending", "--weights", "v"]).0, 0);
    assert_eq!(fs::read_to_string(dir.path().join("v.pending")).unwrap(), BY_HAND);
    assert_eq!(fs::read_to_string(dir.path().join("v")).unwrap().lines().count(), 25);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
}

/// A device stays a device, and who reads a pipe is told.
#[cfg(unix)]
#[test]
fn weights_are_written_to_what_is_no_plain_file() {
    use std::os::unix::fs::FileTypeExt;
    let dir = folder("votes.csv", BY_HAND.as_bytes());
    let kind = |name: &str| fs::symlink_metadata(dir.path().join(name)).unwrap().file_type();
    let make = |arguments: &[&str]| {
        let made = Command::new("mknod").current_dir(dir.path()).args(arguments).output();
        made.is_ok_and(|output| output.status.success())
    };
    // Only root may make devices.
    if make(&["null", "c", "1", "3"]) {
        assert_eq!(signsim(dir.path(), &["votes.csv", "--weights", "null"]).0, 0);
        assert!(kind("null").is_char_device());
    }
    if make(&["pipe", "p"]) {
        let reader =
            Command::new("cat").current_dir(dir.path()).arg("pipe").stdout(Stdio::piped()).spawn().unwrap();
        assert_eq!(signsim(dir.path(), &["votes.csv", "--weights", "pipe"]).0, 0);
        assert_eq!(String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap().lines().count(), 25);
        assert!(kind("pipe").is_fifo());
    }
    assert!(
        !fs::read_dir(dir.path()).unwrap().any(|f| f
            .unwrap()
            .file_name()
            .to_string_lossy()
            .contains("pending"))
    );
}

/// Rules on numbers read votes as -1, 0 and +1, as they do in a scenario.
#[test]
fn rules_on_numbers_decide_on_signs() {
    let elections = [vec![
        Some(vec![1, 1, -1]),
        Some(vec![1, -1, -1]),
        Some(vec![1, 1, -1]),
        Some(vec![-1, 1, 1]),
        Some(vec![1, 1, 1]),
    ]];
    let dir = folder("votes.csv", table(&rows(elections.iter().map(Vec::as_slice), 0)).as_bytes());
    // Krum by hand: workers 0 and 2 agree and are closest to the others; the majority decides alike.
    for rule in ["majority", "median", "mean", "{ krum: { byzantine: 1 } }", "{ trimmed_mean: { trim: 1 } }"]
    {
        let (code, out, err) = signsim(dir.path(), &["votes.csv", "--aggregator", rule]);
        assert_eq!((code, err.as_str()), (0, ""), "{rule}");
        let decided: Vec<f64> = decisions(&out).iter().map(|row| row[2]).collect();
        assert_eq!(decided, [1., 1., -1.], "{rule}");
    }
    let (code, _, err) = signsim(dir.path(), &["votes.csv", "--aggregator", "{ krum: { byzantine: 2 } }"]);
    assert!(code == 2 && err.starts_with("error: --aggregator:1:"), "{err}");
}

#[test]
fn seeds_throw_other_coins() {
    let elections = [vec![Some(vec![1; 100]), Some(vec![-1; 100])]];
    let dir = folder("votes.csv", table(&rows(elections.iter().map(Vec::as_slice), 0)).as_bytes());
    let decode = |more: &[&str]| {
        let (code, out, _) =
            signsim(dir.path(), &[&["votes.csv", "--aggregator", "majority"], more].concat());
        assert_eq!(code, 0);
        out
    };
    assert_eq!(decode(&[]), decode(&["--seed", "1"]));
    assert_ne!(decode(&[]), decode(&["--seed", "2"]));
}

/// Layers change what is shared: with one weight per layer, a worker that is right in one and wrong in the other has two.
#[test]
fn layers_have_weights_of_their_own() {
    let votes = "round,worker,coordinate,vote\n0,0,0,1\n0,0,1,-1\n0,1,0,1\n0,1,1,1\n0,2,0,1\n0,2,1,1\n1,0,0,1\n1,0,1,-1\n";
    let dir = folder("votes.csv", votes.as_bytes());
    let weights_with = |layers: &str| -> Vec<f64> {
        let aggregator = "federated_defense: { t_in: 0, granularity: layer }";
        let arguments =
            ["votes.csv", "--aggregator", aggregator, "--weights", "weights.csv", "--layers", layers];
        assert_eq!(signsim(dir.path(), &arguments).0, 0);
        let table = weights(&fs::read_to_string(dir.path().join("weights.csv")).unwrap());
        table.iter().filter(|row| row[0] == 1.0).map(|row| row[3]).collect()
    };
    assert!(weights_with("2").iter().all(|w| w.abs() < 1e-4));
    let apart = weights_with("0..1,1..2");
    assert!((apart[0] - 10.0).abs() < 1e-4 && (apart[1] + 10.0).abs() < 1e-4, "{apart:?}");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    // More than a pipe holds, so that the program must notice.
    let elections = [vec![Some(vec![1; 30_000])]];
    let dir = folder("votes.csv", table(&rows(elections.iter().map(Vec::as_slice), 0)).as_bytes());
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("signsim"))
        .current_dir(dir.path())
        .args(["decode", "votes.csv", "--weights", "weights.csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    let weighed = fs::read_to_string(dir.path().join("weights.csv")).unwrap();
    assert_eq!(weighed.lines().count(), 1 + 30_000);
}

/// A page shows a table of votes, a command, and what it prints.
#[test]
fn the_example_on_the_page_prints_what_it_says() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/decoding.md")).unwrap();
    let section = text.as_str();
    let block = |fence: &str, nth: usize| {
        section.split(fence).nth(nth + 1).and_then(|rest| rest.split("```").next()).unwrap()
    };
    let dir = folder("votes.csv", block("```csv\n", 0).as_bytes());
    let command = block("```sh\n", 0).trim().strip_prefix("signsim decode ").unwrap();
    let (code, out, err) = signsim(dir.path(), &command.split(' ').collect::<Vec<_>>());
    assert_eq!((code, out.as_str(), err.as_str()), (0, block("```csv\n", 1), ""));
    let weighed = weights(&fs::read_to_string(dir.path().join("weights.csv")).unwrap());
    for row in weighed.iter().filter(|row| row[0] == 1.0) {
        assert!((row[3] - if row[1] == 1.0 { 10.0 } else { 0.0 }).abs() < 1e-4, "{row:?}");
    }
    // The aggregator that is spelled out there is legal too.
    let yaml = section.split("--aggregator '").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    assert_eq!(signsim(dir.path(), &["votes.csv", "--aggregator", yaml]).0, 0);
}
