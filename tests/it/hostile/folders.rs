//! Folders of results that somebody else has filled, or broken.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::case::{Case, Put, SCENARIO, case, check_in};

/// A folder with two finished runs in `o/`.
struct Base {
    dir: tempfile::TempDir,
    ids: Vec<String>,
}

impl Base {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let text = format!("{SCENARIO}repeats: 2\nfigures: [accuracy_vs_rounds]\n");
        fs::write(dir.path().join("s.yaml"), text).unwrap();
        let arguments = ["run", "s.yaml", "--quiet", "--out", "o"];
        assert_eq!(crate::cli::signsim(dir.path(), &arguments).0, 0);
        let ids = fs::read_dir(dir.path().join("o/runs")).unwrap();
        let mut ids: Vec<String> = ids.map(|id| id.unwrap().file_name().into_string().unwrap()).collect();
        ids.sort();
        Self { dir, ids }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.at(name)).unwrap()).unwrap()
    }

    /// The manifest with one value changed.
    fn manifest(&self, pointer: &str, value: Value) -> String {
        let mut manifest = self.json("o/manifest.json");
        *manifest.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        manifest.to_string()
    }

    /// The record of the first run with values changed, and without a seal.
    fn record(&self, changes: &[(&str, Value)]) -> String {
        let mut record = self.json(&format!("o/runs/{}/run.json", self.ids[0]));
        record["seal"] = json!("");
        changes.iter().for_each(|(key, value)| record[*key] = value.clone());
        record.to_string()
    }

    /// A case in this folder in which the second run has not been finished.
    fn unfinished(&self, what: &str, arguments: &str, code: i32, words: &'static str) -> Case {
        case(what, arguments, code, words).with(&format!("o/runs/{}", self.ids[1]), Put::Nothing)
    }

    fn check(&self, least: usize, cases: impl IntoIterator<Item = Case>) {
        check_in(Some(self.dir.path()), least, cases);
    }
}

const RUN: &str = "run s.yaml --out o --claim-timeout 500ms";

/// What can stand in the place of any file, and words of the answer.
fn no_files() -> [(&'static str, Put, &'static str); 5] {
    [
        ("a folder", Put::Folder, "this is a folder, not a file"),
        ("a pipe", Put::Pipe, "this is a device or a pipe, not a file"),
        ("a device", Put::Link("/dev/zero"), "this is a device or a pipe, not a file"),
        ("a hole", Put::Hole, "this file"),
        ("nothing at all", "".into(), "EOF while parsing"),
    ]
}

#[test]
fn manifests() {
    let base = Base::new();
    let plot = |what: &str, put: Put, words| {
        case(format!("manifest: {what}"), "plot o", 2, words).with("o/manifest.json", put)
    };
    let status = |what: &str, put: Put, words| Case {
        arguments: vec!["status".to_owned(), "o".to_owned()],
        ..plot(what, put, words)
    };
    let text = fs::read_to_string(base.at("o/manifest.json")).unwrap();
    let id = |id: &str| {
        plot(id, base.manifest("/runs/0/id", json!(id)).into(), "o/manifest.json: | is no id of a run")
    };
    let figure = |figure: Value, words| {
        plot(&figure.to_string(), base.manifest("/figures/0", figure.clone()).into(), words)
    };
    let long = "x".repeat(200);
    let ids = ["../../../outside", "/etc", "..", "", "a/b", "a\0b", "a\nb", "nul", &long].map(id);
    let mut swept = base.json("o/manifest.json");
    swept["figures"] = json!([{ "accuracy_vs_setting": { "x": "a./../../outside/x" } }]);
    swept["runs"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .for_each(|run| run["settings"] = json!([["a./../../outside/x", "3"]]));
    let others = [
        plot("a list", "[]".into(), "o/manifest.json: "),
        plot("lists in lists", "[".repeat(100_000).into(), "o/manifest.json: "),
        plot("half of it", text[..300].into(), "o/manifest.json: EOF"),
        plot("a link to itself", Put::Link("manifest.json"), "Too many levels"),
        plot("no UTF-8", b"\xff\xfe{}".to_vec().into(), "o/manifest.json: expected value"),
        plot(
            "workers",
            base.manifest("/runs/0/workers", json!(1_u64 << 32)).into(),
            "invalid value: integer `4294967296`",
        ),
        plot("a seed", text.replace("\"seed\": 1,", "\"seed\": 1e400,").into(), "number out of range"),
        plot("a figure of a setting", swept.to_string().into(), "cannot name the files of a figure"),
        figure(
            json!({ "accuracy_vs_rounds": { "name": "../../outside/x" } }),
            "`../../outside/x` cannot name a file",
        ),
        figure(json!({ "accuracy_vs_rounds": { "name": "summary" } }), "a file of the result folder"),
        figure(json!({ "\u{1b}[2J": {} }), "unknown variant `\\u{1b}[2J`"),
        figure(json!([]), "manifest.json asks for the figure"),
        Case {
            code: 0,
            ..status(
                "a name",
                base.manifest("/name", json!("\u{1b}[2J\u{202e}\nx")).into(),
                "\\u{1b}[2J\\u{202e}\\nx: 2 of 2",
            )
        },
    ];
    let odd = base.manifest("/name", json!("\u{9b}2J\u{202e}"));
    let json =
        case("a name in JSON", "status o --json", 0, "\"\\u009b2J\\u202e\"").with("o/manifest.json", odd);
    let missing = no_files().map(|(what, put, words)| plot(what, put, words));
    let unknown = no_files().map(|(what, put, words)| status(what, put, words));
    // Who runs the scenario writes it anew, whatever stands in its place.
    let anew =
        no_files().map(|(what, put, _)| case(what, RUN, 0, "2 of 2 runs").with("o/manifest.json", put));
    let anew = anew.into_iter().skip(1);
    base.check(35, ids.into_iter().chain(others).chain([json]).chain(missing).chain(unknown).chain(anew));
}

#[test]
fn records() {
    let base = Base::new();
    let path = format!("o/runs/{}/run.json", base.ids[0]);
    let text = fs::read_to_string(base.at(&path)).unwrap();
    let plot =
        |what: &str, put: Put, words| case(format!("run.json: {what}"), "plot o", 2, words).with(&path, put);
    let table = |name: &str| {
        plot(name, base.record(&[("tables", json!({ name: "0" }))]).into(), "is no name of a table")
    };
    let forged = |changes: &[(&str, Value)], words| {
        case("another build", RUN, 0, words).with(&path, base.record(changes))
    };
    let others = [
        plot("half of it", text[..500].into(), "run.json: EOF | computes this run anew"),
        plot("null", "null".into(), "cannot read this record"),
        plot(
            "another number",
            text.replace("\"workers\": 5", "\"workers\": 6").into(),
            "it is not what the run has written",
        ),
        plot("lists in lists", "[".repeat(100_000).into(), "run.json: "),
        table("../../../outside/kept"),
        table("/dev/zero"),
        table("a\nb"),
        forged(&[("build", json!("\u{e9}".repeat(20)))], "build \u{e9}\u{e9}\u{e9}"),
        forged(
            &[("build", json!("\u{1b}[2J\nx")), ("signsim", json!("\u{202e}"))],
            "signsim \\u{202e}, build \\u{1b}[2J\\nx",
        ),
    ];
    let missing = no_files().map(|(what, put, words)| plot(what, put, words));
    let anew = no_files().map(|(what, put, words)| Case {
        arguments: arguments(RUN),
        code: 0,
        ..plot(what, put, words)
    });
    let outside = case("a run that is elsewhere", RUN, 0, "is computed anew");
    let outside = outside.with(&format!("o/runs/{}", base.ids[0]), Put::Link("../../../outside"));
    base.check(20, others.into_iter().chain(missing).chain(anew).chain([outside]));
}

fn arguments(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn tables() {
    let base = Base::new();
    let at = |name: &str| format!("o/runs/{}/{name}", base.ids[0]);
    let sealed = |what: &str, put: Put, words| {
        case(format!("rounds.csv: {what}"), "plot o", 2, words).with(&at("rounds.csv"), put)
    };
    let free = |what: &str, name: &str, put: Put, figure: &str, code, words| {
        let figure = base.manifest("/figures/0", json!({ figure: {} }));
        let case = case(what, "plot o", code, words).with("o/manifest.json", figure).with(&at(name), put);
        case.with(&at("run.json"), base.record(&[("tables", json!({}))]))
    };
    let header = fs::read_to_string(base.at(&at("rounds.csv"))).unwrap().lines().next().unwrap().to_owned();
    let rounds = |rows: &str, code, words| {
        free(rows, "rounds.csv", format!("{header}\n{rows}\n").into(), "accuracy_vs_rounds", code, words)
    };
    let weights = |rows: &str, code, words| {
        let header = "round,worker,adversary,weight,crossover,true_crossover";
        free(rows, "workers.csv", format!("{header}\n{rows}\n").into(), "weights_vs_rounds", code, words)
    };
    let drawn = "accuracy_vs_rounds.svg";
    let cases = [
        sealed("nothing", "".into(), "it is not what the run has written"),
        sealed("another table", "x\n1\n".into(), "it is not what the run has written"),
        sealed("a pipe", Put::Pipe, "rounds.csv: this is a device or a pipe"),
        sealed("a folder", Put::Folder, "rounds.csv: this is a folder"),
        sealed("a device", Put::Link("/dev/zero"), "this is a device or a pipe"),
        sealed("a hole", Put::Hole, "of memory are too little"),
        rounds("", 0, drawn),
        rounds("1,0,5,0,1,1,0,1e308,,,,,,\n2,0,5,0,1,1,0,-1e308,,,,,,", 0, drawn),
        rounds("1,inf,5,0,1,1,0,nan,,,,,,", 0, drawn),
        rounds("4294967295,0,5,0,1,1,0,0.1,,,,,,", 0, drawn),
        rounds("1,0,-5,0,1,1,0,0.1,,,,,,", 2, "line: 2 | field 2"),
        rounds("1,0,5", 2, "3 fields"),
        free("a pipe", "rounds.csv", Put::Pipe, "accuracy_vs_rounds", 2, "this is a device or a pipe"),
        free("a hole", "rounds.csv", Put::Hole, "accuracy_vs_rounds", 2, "of memory are too little"),
        free(
            "no UTF-8",
            "rounds.csv",
            b"\xff\n\xff\n".to_vec().into(),
            "accuracy_vs_rounds",
            2,
            "rounds.csv: ",
        ),
        weights("1,4294967295,true,1,0.1,", 0, "weights_vs_rounds.svg"),
        weights("1,0,true,1e308,0.1,\n1,1,false,-1e308,,", 0, "weights_vs_rounds.svg"),
        weights("1,0,true,inf,nan,", 0, "weights_vs_rounds.svg"),
        weights("1,0,maybe,1,,", 2, "`true` or `false`"),
    ];
    base.check(19, cases);
}

#[test]
fn claims_and_failures() {
    let base = Base::new();
    let claim = |changes: &[(&str, Value)]| -> Put {
        let holder = json!({ "host": "elsewhere", "pid": 1, "started": 5, "system": "b", "build": "c" });
        let mut claim = json!({ "token": "0-0", "holder": holder, "since": "2026", "every_ms": 100, "beat": 3, "round": 2, "rounds": 5 });
        changes.iter().for_each(|(key, value)| claim[*key] = value.clone());
        claim.to_string().into()
    };
    let odd = json!({ "host": "\u{1b}[2J\n\u{202e}", "pid": 1, "started": 5, "system": "b", "build": "c" });
    let path = format!("o/runs/{}.claim", base.ids[1]);
    let done = "2/2 signsgd_fd";
    let run = |what: &str, put: Put, words| {
        base.unfinished(&format!("claim: {what}"), RUN, 0, words).with(&path, put)
    };
    let status =
        |what: &str, put: Put, words| Case { arguments: arguments("status o"), ..run(what, put, words) };
    let own = |name: &str, put: Put| case(name, RUN, 0, "2 of 2 runs").with(&format!("o/{name}"), put);
    let claims = [
        run("a token that leads out", claim(&[("token", json!("/../../../../outside"))]), done),
        run("beats without end", claim(&[("every_ms", json!(u64::MAX))]), done),
        run("half of it", "{\"tok".into(), done),
        run("nothing", "".into(), done),
        run("a pipe", Put::Pipe, done),
        run("a link to nothing", Put::Link("nowhere"), done),
        run("a link to itself", Put::Link("x.claim"), done),
        run("a device", Put::Link("/dev/zero"), done),
        run("a hole", Put::Hole, done),
        run("an odd host", claim(&[("holder", odd.clone())]), "process 1 on \\u{1b}[2J\\n\\u{202e}, since"),
        status("an odd host", claim(&[("holder", odd)]), "process 1 on \\u{1b}[2J\\n\\u{202e}, since"),
        status("a pipe", Put::Pipe, "left     1"),
        status("rounds", claim(&[("round", json!(u32::MAX)), ("rounds", json!(0))]), "round 4294967295 of 0"),
        own("manifest.claim", Put::Pipe),
        own("figures.claim", Put::Link("nowhere")),
    ];
    let lies = json!({ "id": "x", "run": "\u{1b}[2J\nerror: x", "reason": "\u{202e}\nerror: all is lost", "help": "\nrm -rf",
        "build": "c", "machine": { "cpu_features": [], "simd": "" } });
    let long = json!({ "id": "x", "run": "r", "reason": "z".repeat(1_000_000), "build": "c",
        "machine": { "cpu_features": [], "simd": "" } });
    let failed = |what: &str, arguments: &str, code, put: Put, words| {
        let path = format!("o/runs/{}.failed/failure.json", base.ids[1]);
        base.unfinished(&format!("failure: {what}"), arguments, code, words).with(&path, put)
    };
    let lies = || Put::from(lies.to_string());
    let failures = [
        failed("lies", "status o", 0, lies(), "\\u{202e}\n  error: all is lost"),
        failed("lies", RUN, 1, lies(), "\\u{1b}[2J\\nerror: x: \\u{202e}\n  error: all is lost"),
        failed(
            "a pipe",
            "status o",
            0,
            Put::Pipe,
            "failure.json: this is a device or a pipe | --retry-failed",
        ),
        failed("a hole", RUN, 1, Put::Hole, "failure.json: this file is larger"),
        failed("nothing", RUN, 1, "".into(), "failure.json: EOF"),
        failed("a long reason", "status o", 0, long.to_string().into(), "zzz…zzz"),
    ];
    base.check(21, claims.into_iter().chain(failures));
}

#[test]
fn checkpoints() {
    let base = Base::new();
    let build = base.json("o/manifest.json")["build"].as_str().unwrap().to_owned();
    let simd = base.json(&format!("o/runs/{}/run.json", base.ids[0]))["machine"]["simd"]
        .as_str()
        .unwrap()
        .to_owned();
    let id = base.ids[1].clone();
    let text = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
    // Rounds, and seconds and nanoseconds of wall time.
    let header = |build: &str, run: &str, rounds: &[u8]| {
        [text(build), text(&simd), text(run), rounds.to_vec(), vec![1, 0]].concat()
    };
    let file = |version: u32, header: &[u8], state: &[u8]| -> Put {
        let lengths =
            [(header.len() as u32).to_le_bytes().to_vec(), (state.len() as u64).to_le_bytes().to_vec()]
                .concat();
        let told = [b"signckpt", &version.to_le_bytes()[..], &lengths, header, state].concat();
        let sum = Sha256::digest(&told);
        [told, sum.to_vec()].concat().into()
    };
    let with = |what: &str, code, put: Put, words| {
        let path = format!("o/runs/{id}.checkpoint");
        base.unfinished(&format!("checkpoint: {what}"), RUN, code, words).with(&path, put)
    };
    let unused = |what: &str, put: Put, words| with(what, 0, put, words);
    let lies = [b"signckpt\x01\0\0\0".to_vec(), vec![0xff; 12], vec![0; 100]].concat();
    let flipped = [vec![7; 30], vec![0; 40]].concat();
    let cases = [
        unused("nothing", "".into(), "checkpoint is cut short; it is not used"),
        unused("a few bytes", "signckpt".into(), "is cut short; it is not used"),
        unused("another file", flipped.into(), "is no checkpoint; it is not used"),
        unused("lengths", lies.into(), "is cut short, or longer than it says"),
        unused("a pipe", Put::Pipe, "this is a device or a pipe, not a file; it is not used"),
        unused("a device", Put::Link("/dev/zero"), "this is a device or a pipe"),
        unused("a hole", Put::Hole, "of memory are too little | it is not used"),
        unused("a folder", Put::Folder, "this is a folder, not a file; it is not used"),
        unused("a version", file(9, b"", b""), "has format 9, not 1"),
        unused("no header", file(1, b"", b"x"), "cannot be read | it is not used"),
        unused("a header without an end", file(1, &[0xff; 10], b"x"), "it is not used"),
        unused("another run", file(1, &header(&build, "0123456789abcdef", &[3]), b""), "is of another run"),
        unused(
            "rounds",
            file(1, &header(&build, &id, b"\xff\xff\xff\xff\x0f"), b""),
            "tells of 4294967295 rounds",
        ),
        with(
            "another build",
            1,
            file(1, &header("\u{1b}[2J", &id, &[3]), b""),
            "another build (\\u{1b}[2J) | --fresh",
        ),
        with(
            "no state",
            1,
            file(1, &header(&build, &id, &[3]), b""),
            "a state is shorter or longer | --fresh",
        ),
        with("any bytes as a state", 1, file(1, &header(&build, &id, &[3]), &[0x55; 300]), "--fresh"),
    ];
    base.check(16, cases);
}

#[test]
fn other_files_of_a_folder() {
    let base = Base::new();
    let other = |what: &str, name: &str, put: Put, code, words| {
        case(format!("{name}: {what}"), RUN, code, words).with(name, put)
    };
    let scenario = |what: &str, put: Put, words| other(what, "o/scenario.yaml", put, 2, words);
    let again = "2 of 2 runs";
    let outside = Put::Link("../../outside/kept");
    let cases = [
        scenario("a pipe", Put::Pipe, "no scenario.yaml that says what of"),
        scenario("a hole", Put::Hole, "no scenario.yaml that says what of"),
        scenario("lists in lists", "[".repeat(10_000).into(), "recursion limit"),
        scenario("another one", SCENARIO.replace("name: t", "name: u").into(), "results of `u`"),
        other("a pipe", "o/summary.csv", Put::Pipe, 0, again),
        other("a hole", "o/summary.csv", Put::Hole, 0, again),
        other("a link out", "o/summary.csv", outside.clone(), 0, again),
        other("a link out", "o/manifest.json", outside.clone(), 0, again),
        other("a link out", "o/accuracy_vs_rounds.svg", outside.clone(), 0, again),
        other("a link out", "o/.figures", outside, 0, again),
        other("a pipe", "o/.figures", Put::Pipe, 0, again),
        other("lists in lists", "o/.figures", "[".repeat(100_000).into(), 0, again),
        other("a file", "o/runs", "x".into(), 2, "o/runs"),
        other("a link out", "o/runs", Put::Link("../../nowhere"), 2, "this is a link, and nothing"),
        case("summary.csv: a pipe", "status o", 0, "2 of 2 runs done").with("o/summary.csv", Put::Pipe),
        case("summary.csv: a hole", "status o", 0, "2 of 2 runs done").with("o/summary.csv", Put::Hole),
    ];
    base.check(16, cases);
}
