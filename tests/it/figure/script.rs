//! A figure as a program of matplotlib: what it says, and where there is a Python with matplotlib, that it draws.

use std::path::Path;
use std::process::Command;

use signsim::figure::{FigureSpec, draw, script};
use signsim::record::Results;

use super::maps::decoded;
use super::{results, swept};

fn spec(json: &str) -> FigureSpec {
    serde_json::from_str(json).unwrap()
}

fn program(spec: &FigureSpec, results: &Results) -> String {
    script(&spec.shown(results), &spec.options).unwrap()
}

#[test]
fn a_program_has_the_looks_of_the_figure_and_no_numbers_of_it() {
    let spec = spec(
        r#"{"accuracy_vs_adversaries":{"y_range":[0.5,1],"names":{"signsgd_mv":"*M*~V~"},"reference":[{"y":0.6,"label":"target"}]}}"#,
    );
    let program = program(&spec, &results(0..=8));
    for line in [
        "WIDTH, HEIGHT = 85.01, ",
        "X, Y = \"adversaries\", \"accuracy\"",
        "Y_ENDS = (-0.5, 8.5), (0.5, 1)",
        "    (\"M_V\", \"$\\\\it{M}$$_{\\\\mathrm{V}}$\", \"#0072b2\", \"o\", True, ()),",
        "    (\"signSGD-FD\", \"signSGD-FD\", \"#d55e00\", \"s\", True, (3.82, 1.45)),",
        "LINES_X = {0: [(7.5, \"$\\\\it{M}$/2\")]}",
        "LINES_Y = {0: [(0.6, \"target\")]}",
        "SHAPE = \"bars\"",
    ] {
        assert!(program.contains(line), "no line is\n{line}\nin\n{program}");
    }
    assert!(script(&spec_of("timeline").shown(&results([3])), &spec.options).is_none());
}

fn spec_of(word: &str) -> FigureSpec {
    spec(&format!("{{\"{word}\":{{}}}}"))
}

/// Runs a program in its folder and returns what it left in the file of this name.
fn run(folder: &Path, program: &str, output: &str) -> Vec<u8> {
    let out = Command::new("python3").args([program, output]).current_dir(folder).output().unwrap();
    assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
    std::fs::read(folder.join(output)).unwrap()
}

#[test]
fn programs_draw_in_the_size_of_the_page() {
    let there = Command::new("python3").args(["-c", "import matplotlib"]).output();
    if !there.is_ok_and(|out| out.status.success()) {
        println!("skipped: there is no python3 with matplotlib");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let attacked = swept(&results([3, 7]), "adversaries.attack", &["sign_inversion", "half"]);
    let channels = decoded(0..=9, &["0.1", "0.2", "0.3"]);
    for (json, records) in [
        (r#"{"accuracy_vs_adversaries":{}}"#, &attacked),
        (r#"{"accuracy_vs_rounds":{"panel":"method","group":"adversaries.count"}}"#, &attacked),
        (r#"{"accuracy_vs_time":{"x_scale":"symlog","font":"10pt"}}"#, &attacked),
        (r#"{"time_to_accuracy":{"accuracy":0.5}}"#, &attacked),
        (r#"{"decoding_error_vs_adversaries":{}}"#, &channels),
        (r#"{"phase_diagram":{"y":"task.channel.crossover"}}"#, &channels),
    ] {
        let spec = spec(json);
        draw(&spec, records, dir.path()).unwrap();
        let name = format!("{}.py", spec.name());
        std::fs::write(dir.path().join(&name), program(&spec, records)).unwrap();
        let (png, own) = (
            run(dir.path(), &name, "drawn.png"),
            std::fs::read(dir.path().join(format!("{}.png", spec.name()))).unwrap(),
        );
        let size = |png: &[u8]| [16, 20].map(|at| i32::from_be_bytes(png[at..at + 4].try_into().unwrap()));
        let ([w, h], [own_w, own_h]) = (size(&png), size(&own));
        assert!((w - own_w).abs() <= 2 && (h - own_h).abs() <= 2, "{json}: {w} x {h}, not {own_w} x {own_h}");
    }
}
