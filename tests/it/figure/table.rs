//! The table of methods and attacks: the numbers it shows, and what it says of those it lacks.

use signsim::figure::{FigureSpec, draw, kind};
use signsim::record::Results;

use super::{results, run, swept};

/// Two methods under two attacks at L = 3 and 7, three seeds; the second method sends ten times the bytes.
fn compared() -> Results {
    let flip = "{ stochastic_flip: { probability: 0.5 } }";
    let mut all = swept(&results([3, 7]), "adversaries.attack", &["sign_inversion", flip]);
    for run in &mut all.runs {
        let megabyte = if run.summary.method == "signsgd_mv" { 1_000_000 } else { 10_000_000 };
        (run.summary.uplink_bytes, run.summary.downlink_bytes) = (megabyte, 2 * megabyte);
        if run.summary.method == "signsgd_mv" && run.summary.adversaries == 7 {
            run.summary.final_accuracy = run.summary.final_accuracy.map(|a| a - 0.5);
        }
    }
    all
}

fn file(results: &Results, ending: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let paths = draw(&FigureSpec::usual(&kind::method_table::KIND), results, dir.path()).unwrap();
    let path = paths.iter().find(|p| p.extension().is_some_and(|e| e == ending)).unwrap();
    std::fs::read_to_string(path).unwrap()
}

/// Means of .7, .8 and .9; half the interval is 4.303 * .1 / sqrt(3) = .248.
#[test]
fn markdown_has_a_row_a_method_and_a_column_an_attack_and_count() {
    let text = file(&compared(), "md");
    let expected = "\
| method | MB up | MB down | sign inversion, *L* = 3 | sign inversion, *L* = 7 | stochastic flip, probability 0.5, *L* = 3 | stochastic flip, probability 0.5, *L* = 7 |
|---|--:|--:|--:|--:|--:|--:|
| signSGD-MV | 1.00 | 2.00 | **.800** [.552, 1.000] | .300 ± .248 | **.800** [.552, 1.000] | .300 ± .248 |
| signSGD-FD | 10.0 | 20.0 | **.800** [.552, 1.000] | **.800** [.552, 1.000] | **.800** [.552, 1.000] | **.800** [.552, 1.000] |

Final test accuracy: mean and 95 % Student-*t* interval over 3 seeds. Bold: the highest of its column. MB: one million bytes of a whole run, sent by all workers (up) and by the server to all (down). In brackets: an interval that ends where values do.
";
    assert_eq!(text, expected);
}

#[test]
fn latex_has_the_same_cells_under_grouped_headings() {
    let text = file(&compared(), "tex");
    for line in [
        "% Needs \\usepackage{booktabs,siunitx}.",
        " &  &  & \\multicolumn{4}{c}{sign inversion} & \\multicolumn{4}{c}{stochastic flip, probability 0.5} \\\\",
        "\\cmidrule(lr){4-7}\\cmidrule(lr){8-11}",
        "signSGD-MV & 1.00 & 2.00 & \\bfseries 0.800 & [0.552, 1.000] & 0.300 & $\\pm$ 0.248 & \\bfseries 0.800 & [0.552, 1.000] & 0.300 & $\\pm$ 0.248 \\\\",
        "% Final test accuracy: mean and 95 % Student-t interval over 3 seeds.",
    ] {
        assert!(text.lines().any(|l| l == line), "no line is\n{line}\nin\n{text}");
    }
}

#[test]
fn the_csv_has_a_row_a_cell_in_full_precision() {
    let text = file(&compared(), "csv");
    let mut lines = text.lines();
    assert_eq!(
        lines.next(),
        Some(
            "panel,series,adversaries,accuracy_mean,accuracy_low,accuracy_high,runs,runs_without_value,\
             uplink_megabytes,downlink_megabytes,interval"
        )
    );
    assert_eq!(lines.clone().count(), 8);
    let first: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(first[..3], ["sign inversion", "signSGD-MV", "3"]);
    let mean: f64 = first[3].parse().unwrap();
    assert!((mean - 0.8).abs() < 1e-12);
    assert_eq!(first[6..], ["3", "0", "1", "2", "student_t_cut"]);
}

#[test]
fn what_is_missing_or_diverged_is_said() {
    let mut results = compared();
    results.missing = vec!["signsgd_mv, L = 4, seed 9: interrupted".to_owned()];
    for run in results.runs.iter_mut().filter(|r| r.summary.method == "signsgd_mv") {
        run.summary.final_accuracy = (run.summary.seed == 1 && run.summary.adversaries == 3).then_some(0.5);
    }
    results.runs.retain(|r| r.summary.method == "signsgd_mv" || r.summary.adversaries == 3);
    let text = file(&results, "md");
    assert!(
        text.contains(
            "| signSGD-MV | 1.00 | 2.00 | .500 (2 of 3 diverged) | diverged | .500 (2 of 3 diverged) |"
        ),
        "{text}"
    );
    assert!(text.contains("| signSGD-FD | 10.0 | 20.0 | **.800** [.552, 1.000] | – |"), "{text}");
    assert!(text.contains("incomplete: 1 run missing (signsgd\\_mv"), "{text}");
}

#[test]
fn words_from_outside_keep_their_signs() {
    let mut odd = results([3]);
    odd.runs.iter_mut().for_each(|r| r.summary.method = "a|b_c & 5 %".to_owned());
    odd.runs.iter_mut().for_each(|r| r.settings.retain(|(path, _)| path != "method"));
    assert!(file(&odd, "md").contains("| a\\|b\\_c & 5 % |"));
    assert!(file(&odd, "tex").contains("a\\textbar{}b\\_c \\& 5 \\% &"));
    odd.runs.iter_mut().for_each(|r| r.summary.method = "&lt;b>&#9; R&D\u{202e}".to_owned());
    assert!(file(&odd, "md").contains("| &amp;lt;b>&amp;#9; R&amp;D  |"), "{}", file(&odd, "md"));
}

#[test]
fn names_are_escaped_for_the_format_and_kept_to_the_letter_in_the_csv() {
    let name = "<b> $x$-FD_{T} `x` [1] \"λ\" → ~ ^ 日";
    let mut odd = results([3]);
    odd.runs.iter_mut().for_each(|r| r.summary.method = name.to_owned());
    odd.runs.iter_mut().for_each(|r| r.settings.retain(|(path, _)| path != "method"));
    assert!(
        file(&odd, "md").contains("| &lt;b> \\$x\\$-FD\\_{T} \\`x\\` \\[1\\] \"λ\" → \\~ ^ 日 |"),
        "{}",
        file(&odd, "md")
    );
    let tex = file(&odd, "tex");
    let row = "\\textless{}b\\textgreater{} \\$x\\$-FD\\_\\{T\\} `x` [1] \\textquotedbl{}$\\lambda$\\textquotedbl{} \
               $\\rightarrow$ \\textasciitilde{} \\textasciicircum{} 日 &";
    assert!(tex.contains(row), "{tex}");
    assert!(tex.contains("% pdflatex may lack 日"), "{tex}");
    // One column has no heading, and no rule below one.
    assert!(!tex.contains("cmidrule") && tex.matches("multicolumn").count() == 1, "{tex}");
    let csv = file(&odd, "csv");
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(&rows.records().next().unwrap().unwrap()[1], name);
    let said = file(&odd, "md");
    assert!(said.contains("the typeface lacks U+65E5: PNG and PDF show boxes"), "{said}");
}

/// Right ends of texts lie on the page.
#[test]
fn no_column_leaves_the_page() {
    let size = r#"{"method_table":{"size":"single"}}"#;
    let spec: FigureSpec = serde_json::from_str(size).unwrap();
    let mut many = results(0..=14);
    many.runs.iter_mut().for_each(|run| {
        run.summary.method += " by a long name that says everything about it";
        run.settings.retain(|(path, _)| path != "method");
    });
    let more: Vec<_> = (0..45).map(|i| super::run(&format!("method {i}"), 0, 1, 0.5)).collect();
    many.runs.extend(more);
    let svg = super::svg(&spec, &swept(&many, "adversaries.attack", &["sign_inversion", "silent"]));
    let width: f64 = svg.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    let xs = svg.split("<text x=\"").skip(1).map(|e| e.split('"').next().unwrap().parse::<f64>().unwrap());
    assert!(xs.clone().count() > 1000 && xs.clone().all(|x| (0.0..width).contains(&x)), "{width}");
    let texts = super::texts(&svg);
    assert!(texts.iter().any(|t| t == "silent (continued)"), "{texts:?}");
}

/// Runs that spent different bytes under different attacks show the span.
#[test]
fn megabytes_that_differ_are_a_span() {
    let mut results = compared();
    results.runs.push(run("signsgd_mv", 9, 1, 0.5));
    results
        .runs
        .last_mut()
        .unwrap()
        .settings
        .push(("adversaries.attack".to_owned(), "sign_inversion".to_owned()));
    assert!(file(&results, "md").contains("| signSGD-MV | 0.00–1.00 | 0.00–2.00 |"));
}

/// A heading or a name that has no room is said to be cut, and nothing else is.
#[test]
fn what_is_cut_is_said() {
    let spec: FigureSpec = serde_json::from_str(r#"{"method_table":{"size":"single"}}"#).unwrap();
    let says = |results: &Results| super::texts(&super::svg(&spec, results)).join(" ").contains("is cut");
    let swept = |value: &str| swept(&results([3]), "adversaries.attack", &["silent", value]);
    assert!(!says(&swept("sign_inversion")));
    assert!(says(&swept(&"quit".repeat(30))));
    let mut long = results([3]);
    long.runs.iter_mut().for_each(|run| {
        run.summary.method += " by a name that says more than any column of a journal has room for";
        run.settings.retain(|(path, _)| path != "method");
    });
    assert!(says(&long));
}

/// Thirteen columns of two methods are thirteen rows, in the drawing, in Markdown and in LaTeX alike.
#[test]
fn a_wide_table_is_turned_in_every_format() {
    let wide = results(0..=12);
    let (md, tex) = (file(&wide, "md"), file(&wide, "tex"));
    assert!(md.starts_with("|  | signSGD-MV | signSGD-FD |\n|---|--:|--:|\n| *L* = 0 |"), "{md}");
    assert!(md.contains("| MB up | 0.00 | 0.00 |\n") && md.contains("Bold: the highest of its row"), "{md}");
    let numbers = "S[table-format=1.3,detect-weight]@{\\,}l";
    let heads = "\\multicolumn{2}{c}{signSGD-MV} & \\multicolumn{2}{c}{signSGD-FD}";
    let beginning = format!("\\begin{{tabular}}{{l{numbers}{numbers}}}\n\\toprule\n & {heads} \\\\\n");
    assert!(tex.contains(&beginning), "{tex}");
    assert!(tex.contains("\n$L$ = 12 & \\bfseries 0.800 & "), "{tex}");
}

/// Every table is one that LaTeX sets, whatever stands in its names.
#[test]
fn latex_takes_every_table() {
    let has = |program: &str, argument: &str| {
        let output = std::process::Command::new(program).arg(argument).output();
        output.is_ok_and(|output| output.status.success() && !output.stdout.is_empty())
    };
    if !has("pdflatex", "--version") || !has("kpsewhich", "siunitx.sty") {
        println!("SKIPPED: no pdflatex with siunitx (texlive-latex-base and texlive-science)");
        return;
    }
    let mut odd = results([3]);
    odd.runs.iter_mut().for_each(|r| r.summary.method = "<b> $x$_{T} \"λ\" → ~ ^ & % # \\ |".to_owned());
    odd.runs.iter_mut().for_each(|r| r.settings.retain(|(path, _)| path != "method"));
    let attacks: Vec<String> =
        (0..9).map(|i| format!("{{ stochastic_flip: {{ probability: 0.{i} }} }}")).collect();
    let attacks: Vec<&str> = attacks.iter().map(String::as_str).collect();
    // So many columns that they change places with the rows.
    let turned = swept(&results([3, 7]), "adversaries.attack", &attacks);
    let mut lost = compared();
    lost.runs.iter_mut().filter(|r| r.summary.adversaries == 3).for_each(|r| r.summary.final_accuracy = None);
    let dir = tempfile::tempdir().unwrap();
    let tables = [compared(), odd, turned, lost].map(|results| file(&results, "tex"));
    let text = format!(
        "\\documentclass{{article}}\n\\usepackage[T1]{{fontenc}}\n\\usepackage{{booktabs,siunitx}}\n\\begin{{document}}\n\
         \\noindent\\tiny\n{}\n\\end{{document}}\n",
        tables.join("\n\n\\noindent\n")
    );
    std::fs::write(dir.path().join("t.tex"), &text).unwrap();
    let output = std::process::Command::new("pdflatex")
        .args(["-interaction=nonstopmode", "-halt-on-error", "t.tex"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && dir.path().join("t.pdf").is_file(), "{log}\n{text}");
    for wrong in ["Missing character", "Font Warning", "Undefined control"] {
        assert!(!log.contains(wrong), "{wrong}: {log}");
    }
}
