//! Names that become files, and what stands where files are due.

use super::case::{Case, Put, SCENARIO, case, changed, check};

#[test]
fn names_of_results_stay_in_the_output_folder() {
    let refused = "s.yaml:1:7: | cannot name a result folder | use letters, digits";
    let long = "a".repeat(101);
    let names = [
        "../x",
        "/tmp/x",
        "..",
        ".",
        "",
        "a/b",
        "a\\\\b",
        "C:x",
        "con",
        "NUL",
        "lpt1.yaml",
        "t.",
        ".t",
        "-rf",
        "a b",
        "a\\tb",
        "$HOME",
        "*",
        "t\\n",
        &long,
    ];
    check(20, names.map(|name| changed("name: t", &format!("name: \"{name}\""), refused)));
}

#[test]
fn names_of_figures_stay_in_the_result_folder() {
    let figures = |figures: &str, words| changed("name: t", &format!("name: t\nfigures: [{figures}]"), words);
    let named =
        |name: &str, words| figures(&format!("{{ accuracy_vs_rounds: {{ name: \"{name}\" }} }}"), words);
    let long = "a".repeat(101);
    let names = ["../x", "/tmp/x", "nul", "Con", "a/b", "a.b", "", ".x", "-x", "a b", "a\\\\b", &long];
    let own = ["summary", "MANIFEST", "runs", "index"];
    let twice = "{ accuracy_vs_rounds: { name: a } }, { weights_vs_rounds: { name: a } }";
    let cases =
        names.iter().map(|name| named(name, "s.yaml:2:41: | cannot name a file | use letters, digits"));
    let cases = cases.chain(own.map(|name| named(name, "is the name of a file of the result folder")));
    check(17, cases.chain([figures(twice, "two figures would be drawn into the files a.*")]));
}

#[test]
fn what_is_no_scenario() {
    let named = |what: &str, put: Put, words| case(what, "check s.yaml", 2, words).with("s.yaml", put);
    let bare = |name: &str, words| case(format!("{name:?}"), "run", 2, words).and(name);
    check(
        11,
        [
            named("a folder", Put::Folder, "s.yaml is a folder, not a file"),
            named("a pipe", Put::Pipe, "s.yaml is a device or a pipe, not a file"),
            named("a link to itself", Put::Link("s.yaml"), "s.yaml: Too many levels"),
            named("a link to nothing", Put::Link("none"), "s.yaml: No such file"),
            named("a device", Put::Link("/dev/zero"), "is a device or a pipe"),
            named("a hole", Put::Hole, "more than 1048576 bytes"),
            bare("none.yaml", "none.yaml: No such file | quickstart.yaml"),
            bare("a\nb.yaml", "a\\nb.yaml: No such file"),
            bare("\u{1b}[2J.yaml", "\\u{1b}[2J.yaml: No such file"),
            bare("\u{202e}lmay.s", "\\u{202e}lmay.s: No such file"),
            bare(&"a".repeat(5000), "aaa…aaa | File name too long"),
        ],
    );
}

#[test]
fn what_is_no_folder_for_results() {
    let into = |what: &str, name: &str, put: Put, words| {
        case(what, "run s.yaml --out f", 2, words).with("s.yaml", SCENARIO).with(name, put)
    };
    let out = |out: &str, words| case(out, "run s.yaml --out", 2, words).with("s.yaml", SCENARIO).and(out);
    check(
        9,
        [
            into("a file", "f", "x".into(), "f is a file, not a folder"),
            into("a pipe", "f", Put::Pipe, "f is a file, not a folder"),
            into(
                "a link to itself",
                "f",
                Put::Link("f"),
                "--out f: this is a link, and nothing is where it leads",
            ),
            into("a link to nothing outside", "f", Put::Link("../nowhere"), "this is a link, and nothing"),
            into("something else", "f/x", "x".into(), "f is not empty and not a result folder"),
            into(
                "results that are elsewhere",
                "f/runs",
                Put::Link("../../nowhere"),
                "f is not empty and not a result folder",
            ),
            out("s.yaml/x", "s.yaml is a file, so that nothing can be in it"),
            out(&"a".repeat(300), "nothing can be written there"),
            out("", "a value is required"),
        ],
    );
}

/// Whatever a sweep calls its values, they are no files, and figures show them.
#[test]
fn names_of_methods_are_shown_and_not_obeyed() {
    let name = "</text><script>alert(1)</script>&#9;|$(touch evil)`\\\\input{x}%2e%2e/ =1+1";
    let run: Case =
        case("a method's name", "run s.yaml --out f", 0, "f/accuracy_vs_rounds.{svg | f/method_table.{svg");
    let method = format!(
        "method: {{ preset: signsgd_fd, name: \"{name}\" }}\nfigures: [accuracy_vs_rounds, method_table]"
    );
    let text = SCENARIO.replace("method: signsgd_fd", &method);
    let dir = tempfile::tempdir().unwrap();
    check(1, [run.with("s.yaml", text.as_str())]);
    std::fs::write(dir.path().join("s.yaml"), text).unwrap();
    assert_eq!(crate::cli::signsim(dir.path(), &["run", "s.yaml", "--out", "f", "--quiet"]).0, 0);
    let file = |name: &str| std::fs::read_to_string(dir.path().join("f").join(name)).unwrap();
    for figure in ["accuracy_vs_rounds.svg", "method_table.svg"] {
        assert!(
            file(figure).contains("&lt;/text&gt;&lt;script&gt;") && !file(figure).contains("<script"),
            "{figure}"
        );
    }
    let (table, tex) = (file("method_table.md"), file("method_table.tex"));
    assert!(table.contains("&lt;/text>&lt;script>") && table.contains("&amp;#9;\\|"), "{table}");
    assert!(tex.contains("\\textbackslash{}input\\{x\\}\\%2e") && !tex.contains("\\input"), "{tex}");
    let named = file("method_table.csv");
    let mut rows = csv::Reader::from_reader(named.as_bytes());
    assert!(rows.records().all(|row| row.unwrap().iter().any(|cell| cell.contains("<script>"))), "{named}");
}
