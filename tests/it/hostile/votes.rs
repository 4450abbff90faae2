//! Tables of votes that lie; `decode/errors.rs` has those that are merely wrong.

use super::case::{Case, Put, case, check};
use super::data::packed;

const HEADER: &str = "round,worker,coordinate,vote\n";

fn votes(what: &str, put: impl Into<Put>, words: &'static str) -> Case {
    case(what, "decode v.csv", 2, words).with("v.csv", put)
}

fn row(row: &str, words: &'static str) -> Case {
    votes(row, format!("{HEADER}{row}\n"), words)
}

#[test]
fn votes_that_lie() {
    let line = packed(&[HEADER.as_bytes(), &vec![b'0'; 50_000_000]].concat());
    let cut = packed(format!("{HEADER}0,0,0,1\n").as_bytes());
    let wide = format!("{HEADER}0,0,0,1\n").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    check(
        30,
        [
            case(
                "a device without an end",
                "decode /dev/zero --workers 3 --coordinates 2",
                2,
                "more than 65536 bytes",
            ),
            votes("a pipe without a shape", Put::Pipe, "add --workers M --coordinates D"),
            votes("a folder", Put::Folder, "v.csv: this is a folder"),
            votes("a link to itself", Put::Link("v.csv"), "v.csv: Too many levels"),
            votes("one packed line of 50 MB", line, "line 2 goes on for more than 65536 bytes"),
            votes("half a packed table", cut[..cut.len() - 5].to_vec(), "damaged gzip data"),
            votes("a ZIP", b"PK\x03\x04".to_vec(), "this is a ZIP archive"),
            votes("a NumPy array", b"\x93NUMPY\x01\0".to_vec(), "is no NumPy array: it ends in its header"),
            votes("UTF-16", wide, "v.csv:1:1: | not the header"),
            votes("lines of old Macs", format!("{HEADER}0,0,0,1\n").replace('\n', "\r"), "v.csv:1:1: "),
            votes("a row that is cut short", format!("{HEADER}0,0,0,1\n0,1,0"), "v.csv:3:1: 3 fields"),
            row("18446744073709551615,99999999,4294967294,1", "of memory, this machine has"),
            row("18446744073709551616,0,0,1", "v.csv:2:1: | is the largest that can be read"),
            row("0,100000000,0,1", "v.csv:2:3: | 99999999 is the largest"),
            row("0,0,4294967295,1", "v.csv:2:5: | 4294967294 is the largest"),
            row("0,0,0,1\n18446744073709551615,0,0,1", "more than 4294967295 rounds after round 0"),
            row("0,0,0,2", "v.csv:2:7: the vote is `2`"),
            row("0,0,0,nan", "the vote is `nan`"),
            row("0,0,0,1.0", "without a decimal point"),
            row("0,0,0,+1", "the vote is `+1`"),
            row("0,0,0,-0", "the vote is `-0`"),
            row("0,0,0,0x1", "the vote is `0x1`"),
            row("0x0,0,0,1", "the round is `0x0`"),
            row("0,1e0,0,1", "the worker is `1e0`"),
            row("0,0,1_0,1", "the coordinate is `1_0`"),
            row(&format!("0,0,0,\"1\n{}", "0,1,0,1\n".repeat(1000)), "the vote is `\"1`"),
            row("0,0,0,\u{1b}[2J", "the vote is | [2J"),
            row("0,0,0,\u{202e}1", "the vote is `\\u{202e}1`"),
            row("0,0,0,\0", "the vote is"),
            row("0,0,0,1\n0,0,0,1", "votes twice"),
        ],
    );
}

#[test]
fn arguments_of_decode_that_lie() {
    let with = |what: &str, option: &str, value: &str, words| {
        votes(what, format!("{HEADER}0,0,0,1\n"), words).and(option).and(value)
    };
    check(
        7,
        [
            with(
                "a bomb as a rule",
                "--aggregator",
                &"[".repeat(100_000),
                "--aggregator:1: | recursion limit",
            ),
            with("layers beyond all bounds", "--layers", "4294967295", "not a number of coordinates"),
            with(
                "very many layers",
                "--layers",
                &["1"; 50_000].join(","),
                "leaves out 49999 of 50000 coordinates",
            ),
            with("weights over the votes", "--weights", "./v.csv", "this holds the votes"),
            with("weights into a folder", "--weights", ".", "this is a folder"),
            with("workers without end", "--workers", "99999999999", "--workers"),
            with("a rule that clears the screen", "--aggregator", "\u{1b}[2J", "control character \\u{1b}"),
        ],
    );
}
