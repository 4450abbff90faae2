//! Traces of presence, measured latencies and measured speeds.

use super::case::{Case, Put, SCENARIO, case, check};

fn measured(what: &str, put: impl Into<Put>, text: String, words: &'static str) -> Case {
    case(what, "check s.yaml", 2, words).with("s.yaml", text).with("m.csv", put)
}

const PRESENCE: &str = "worker,from,to\n";

fn presence(what: &str, put: impl Into<Put>, words: &'static str) -> Case {
    let network =
        "server: { close: { deadline: 1s } }\nnetwork: { availability: { trace: { file: m.csv } } }\n";
    measured(what, put, format!("{SCENARIO}{network}"), words)
}

fn spans(rows: &str, words: &'static str) -> Case {
    presence(rows, format!("{PRESENCE}{rows}\n"), words)
}

#[test]
fn traces_of_presence() {
    let quote = format!("{PRESENCE}\"0,0,1\n{}", "0,0,1\n".repeat(1000));
    let no_text = [PRESENCE.as_bytes(), b"\xff,0,1\n"].concat();
    check(
        25,
        [
            presence("nothing", "", "no row below the header"),
            presence("a header alone", PRESENCE, "no row below the header"),
            presence("no header", "0,0,1\n1,0,1\n", "the columns are worker,from,to"),
            spans("0,nan,1", "line 2: from NaN to 1 is no span"),
            spans("0,0,inf", "line 2: from 0 to inf is no span"),
            spans("0,-1,1", "from -1 to 1 is no span"),
            spans("0,2,1", "from 2 to 1 is no span"),
            spans("0,1,1", "from 1 to 1 is no span"),
            spans("0,0,1e300", "line 2: | is no span"),
            spans("0,0,2\n0,1,3", "worker 0 is there twice"),
            spans("5,0,1", "the trace names worker 5, and there are 5"),
            spans("18446744073709551616,0,1", "line 2: | too large"),
            spans("-1,0,1", "line 2: | the columns are worker,from,to"),
            spans("0,0", "line 2: | 2 fields"),
            spans("0,0,1,2", "line 2: | 4 fields"),
            spans("\u{1b}[2J,0,1", "line 2: | the columns are worker,from,to"),
            spans(&"9".repeat(1_000_000), "line 2: | 1 fields"),
            presence("a quote that is left open", quote, "line 2: "),
            presence("no UTF-8", no_text, "line 2: | UTF-8"),
            presence("a NumPy array", b"\x93NUMPY\x01\0v\0{}".to_vec(), "the columns are worker,from,to"),
            presence("a folder", Put::Folder, "m.csv is a folder"),
            presence("a pipe", Put::Pipe, "m.csv is no ordinary file"),
            presence("a device", Put::Link("/dev/zero"), "is no ordinary file"),
            presence("a link to itself", Put::Link("m.csv"), "Too many levels"),
            presence("a hole", Put::Hole, "larger than the 100 MB"),
        ],
    );
}

fn latencies(what: &str, put: impl Into<Put>, column: &str, words: &'static str) -> Case {
    let law = format!("empirical: {{ file: m.csv, unit: s{column} }}");
    let text = format!("{SCENARIO}network: {{ links: {{ up: {{ latency: {{ {law} }} }} }} }}\n");
    measured(what, put, text, words)
}

#[test]
fn measured_latencies() {
    let wide: String = (0..50_000).map(|i| format!("c{i},")).collect();
    let bare = |text: &str, words| latencies(text, text, "", words);
    check(
        16,
        [
            bare("", "the file is empty"),
            bare("rtt\n", "there is no row below the header"),
            bare("a,b\n1,2\n", "there are 2 columns; name one"),
            bare("nan\n1\n", "line 1: `nan` is not a span"),
            bare("1\nnan\n", "line 2: `nan` is not a span"),
            bare("1\ninf\n", "`inf` is not a span"),
            bare("-1\n", "`-1` is not a span"),
            bare("1\n1e300\n", "`1e300` is not a span"),
            bare("1\nsoon\n", "`soon` is not a span"),
            bare("1\n\u{1b}[2J\n", "`\\u{1b}[2J` is not a span"),
            bare(&format!("1\n{}\n", "x".repeat(1_000_000)), "is not a span"),
            latencies("no UTF-8", b"1\n\xff\n".to_vec(), "", "UTF-8"),
            latencies("a pipe", Put::Pipe, "", "is no ordinary file"),
            latencies("a device", Put::Link("/dev/zero"), "", "is no ordinary file"),
            latencies("no such column", "a,b\n1,2\n", ", column: rtt", "there is no column `rtt`"),
            latencies("very many columns", wide, ", column: rtt", "there is no column `rtt` | c0, c1"),
        ],
    );
}

fn speeds(rows: &str, words: &'static str) -> Case {
    let settings = "count: 5, compute_time: { constant: 1ms }, speed: { trace: { file: m.csv } }";
    let text = SCENARIO.replace("count: 5", settings);
    measured(rows, format!("worker,speed\n{rows}\n"), text, words)
}

#[test]
fn measured_speeds() {
    check(
        9,
        [
            speeds("", "has no speed of worker 0"),
            speeds("0,1", "has no speed of worker 1"),
            speeds("0,1\n1,1\n2,1\n3,1\n4,1\n5,1", "names worker 5, and there are 5"),
            speeds("0,0", "line 2: 0 is not a finite number above 0"),
            speeds("0,-1", "-1 is not a finite number above 0"),
            speeds("0,nan", "NaN is not a finite number above 0"),
            speeds("0,inf", "inf is not a finite number above 0"),
            speeds("0,1\n0,2", "line 3: a second speed of worker 0"),
            speeds("0,1", "is no ordinary file").with("m.csv", Put::Pipe),
        ],
    );
}
