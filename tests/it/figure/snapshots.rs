//! The structure of every kind of drawing, the tables, and the PDF: what changes in them is seen before it is shipped.

use std::collections::BTreeMap;
use std::fmt::Write;

use insta::assert_snapshot;
use signsim::figure::FigureSpec;

use super::maps::decoded;
use super::{ADVERSARIES, ROUNDS, files, results, svg, swept, texts};

/// How many elements of each kind and colours a drawing has, and its words in the order of drawing.
fn structure(svg: &str) -> String {
    let head = svg.lines().next().unwrap().split("viewBox").next().unwrap();
    let mut text = format!("{}>\n", head.trim_end());
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    for element in svg.split('<').skip(1).filter(|e| !e.starts_with(['/', '?', '!'])) {
        let tag = element.split([' ', '>']).next().unwrap();
        if ["svg", "style", "text"].contains(&tag) {
            continue;
        }
        let attribute = |name: &str| {
            let value =
                element.split_once(&format!(" {name}=\"")).map(|(_, rest)| rest.split('"').next().unwrap());
            value.map_or(String::new(), |value| format!(" {name}={value}"))
        };
        let looks = ["fill", "stroke", "stroke-width", "opacity"].map(attribute).concat();
        *kinds.entry(format!("{tag}{looks}")).or_default() += 1;
    }
    for (kind, count) in kinds {
        writeln!(text, "{count:4} {kind}").unwrap();
    }
    text + &texts(svg).join(" | ")
}

fn spec(json: &str) -> FigureSpec {
    serde_json::from_str(json).unwrap()
}

#[test]
fn drawings_keep_their_structure() {
    let swept = swept(&results([3, 7]), "adversaries.attack", &["sign_inversion", "half"]);
    assert_snapshot!("adversaries", structure(&svg(&ADVERSARIES, &results(0..=8))));
    assert_snapshot!("rounds", structure(&svg(&ROUNDS, &results([3]))));
    let theory = spec(r#"{"decoding_error_vs_adversaries":{}}"#);
    assert_snapshot!("theory", structure(&svg(&theory, &decoded(0..=9, &["0.1", "0.2"]))));
    let phase = spec(r#"{"phase_diagram":{"y":"task.channel.crossover"}}"#);
    assert_snapshot!("phase", structure(&svg(&phase, &decoded(0..=9, &["0.1", "0.2", "0.3"]))));
    assert_snapshot!("bars", structure(&svg(&spec(r#"{"time_to_accuracy":{"accuracy":0.5}}"#), &swept)));
    let table = files(&spec(r#"{"method_table":{}}"#), &swept);
    let text = |name: &str| String::from_utf8(table[name].clone()).unwrap();
    assert_snapshot!("table", structure(&text("method_table.svg")));
    assert_snapshot!("table_markdown", text("method_table.md"));
    assert_snapshot!("table_latex", text("method_table.tex"));
    assert_snapshot!("table_csv", text("method_table.csv"));
}

/// Every number that `signsim theory` prints about the boundary, for inverters and for noise.
#[test]
fn theory_keeps_its_numbers() {
    let dir = tempfile::tempdir().unwrap();
    for (name, flip) in [("theory_inversion", "1"), ("theory_noise", "0.5")] {
        let arguments = "theory --workers 15 --adversaries 3 --crossover 0.2 --rounds 3000 --smoothness 10 --gap 2 --csv --flip";
        let arguments: Vec<&str> = arguments.split(' ').chain([flip]).collect();
        let (code, out, err) = crate::cli::signsim(dir.path(), &arguments);
        assert_eq!(code, 0, "{err}");
        // Nine digits, since the last ones are the machine's.
        let rounded = |line: &str| {
            let parts: Vec<&str> = line.split(',').collect();
            let nine = |part: &&str| part.parse().map_or((*part).to_owned(), |v: f64| format!("{v:.9}"));
            parts.iter().map(nine).collect::<Vec<_>>().join(",")
        };
        assert_snapshot!(name, out.lines().map(rounded).collect::<Vec<_>>().join("\n"));
    }
}

/// The page is as large as the SVG's, both faces are embedded, and every text can be selected and searched.
#[test]
fn the_pdf_has_the_size_of_the_page_and_its_fonts_inside() {
    let pdf = files(&ADVERSARIES, &results(0..=8)).remove("accuracy_vs_adversaries.pdf").unwrap();
    let text = String::from_utf8_lossy(&pdf).into_owned();
    let count = |what: &str| text.matches(what).count();
    assert!(text.starts_with("%PDF-1."));
    assert_eq!((count("/FontFile2"), count("/ToUnicode"), count("/Subtype /Image")), (2, 2, 0));
    assert!(count("+SignsimSans-Regular") > 0 && count("+SignsimSans-Italic") > 0);
    assert_eq!(count("/CreationDate"), 0, "no clock");
    let width: f64 =
        text.split_once("/MediaBox [0 0 ").unwrap().1.split(' ').next().unwrap().parse().unwrap();
    assert!((width - 85.0 / 25.4 * 72.0).abs() < 0.1, "{width} points");
}

/// Several opacities and faces give the library many names to shuffle.
#[test]
fn the_pdf_is_the_same_every_time() {
    let all = swept(&results([0, 3, 7]), "adversaries.attack", &["sign_inversion", "half"]);
    let name = format!("{}.pdf", ROUNDS.name());
    let first = files(&ROUNDS, &all).remove(&name).unwrap();
    for _ in 0..8 {
        assert!(files(&ROUNDS, &all).remove(&name).unwrap() == first);
    }
}
