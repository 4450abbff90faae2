//! Everything that can be wrong with a table of votes or with what is asked of it: exit code 2, where, and the way out.

use std::fs;

use super::{HEADER, fed, signsim};

/// Writes `votes.csv`, decodes it with these arguments, and expects one error: how it begins, what else it holds, and
/// what its help holds.
fn check(votes: &str, arguments: &[&str], begins: &str, holds: &str, help: &str) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("votes.csv"), votes).unwrap();
    let weights = ["votes.csv", "--weights", "weights.csv"];
    let (code, _, err) = signsim(dir.path(), &[&weights, arguments].concat());
    let shown: String = votes.chars().take(200).collect();
    assert_eq!(code, 2, "{shown:?}: {err}");
    let (message, advice) = err.split_once("help: ").unwrap_or((&err, ""));
    assert!(message.starts_with(&format!("error: {begins}")), "{shown:?}: {err}");
    assert!(message.contains(holds), "{shown:?}: {err}");
    assert!(advice.contains(help) && (help.is_empty() || !advice.is_empty()), "{shown:?}: {err}");
    // No half of a table of weights is left behind.
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "{shown:?}");
}

#[test]
fn rows_that_cannot_be_read_name_line_column_and_way_out() {
    let header = "round,worker,coordinate,vote";
    for (rows, place, holds, help) in [
        ("0,0,0,2\n", "2:7", "the vote is `2`", "write 1, -1, or 0 for an abstention"),
        ("0,0,0,1\n0,0,1,+1\n", "3:7", "the vote is `+1`", "write 1, -1"),
        ("0,0,0,1.0\n", "2:7", "the vote is `1.0`", "write 1, -1"),
        ("0,0,0,-1.0\n", "2:7", "the vote is `-1.0`", "without a decimal point: astype(int)"),
        ("3.0,0,0,1\n", "2:1", "the round is `3.0`", "without a decimal point: astype(int)"),
        ("0,0,0,\"1\n0,0,1,1\n", "2:7", "the vote is `\"1`", "write 1, -1"),
        ("0,0,0,\u{1b}[31m1\n", "2:7", "the vote is `\u{fffd}[31m1`", "write 1, -1"),
        ("0,0,0,\n", "2:7", "the vote is ``", "write 1, -1"),
        ("-1,0,0,1\n", "2:1", "the round is -1, a negative number", "0 or above"),
        ("0,-1,0,1\n", "2:3", "the worker is -1", "0 or above"),
        ("0,0,-7,1\n", "2:5", "the coordinate is -7", "0 or above"),
        ("0,a,0,1\n", "2:3", "the worker is `a`", "a whole number"),
        ("0,0,1.5,1\n", "2:5", "the coordinate is `1.5`", "a whole number"),
        (",0,0,1\n", "2:1", "the round is missing", "a whole number"),
        ("99999999999999999999,0,0,1\n", "2:1", "18446744073709551615 is the largest", "count from 0"),
        ("0,100000000,0,1\n", "2:3", "99999999 is the largest", "count from 0"),
        ("0,0,4294967295,1\n", "2:5", "4294967294 is the largest", "count from 0"),
        ("0,0,1\n", "2:1", "3 fields instead of 4", header),
        ("0,0,0,1,5\n", "2:1", "5 fields instead of 4", header),
        ("\n\n0,0,0,1\n\n0,0;1,1\n", "6:1", "3 fields", header),
        ("1,0,0,1\n\n0,0,0,1\n", "4:1", "round 0 comes after round 1", "sort"),
        ("1,0,0,1\r\n0,0,0,1\r\n", "3:1", "round 0 comes after round 1", "sort"),
        ("1,0,0,1\n0,0,0,1", "3:1", "round 0 comes after round 1", "sort"),
        ("0,0,0,1\n0,0,0,-1\n", "3:1", "worker 0 votes twice on coordinate 0 in round 0", "leave one"),
        ("0,0,0,1\n0,1,0,1\n0,0,0,1\n", "4:1", "worker 0 votes twice", "leave one"),
        ("0,0,0,1\n4294967296,0,0,1\n", "3:1", "more than 4294967295 rounds after round 0", "one by one"),
        ("0,0,0,1\n0,0,1,1\n1,0,0,1\n0,0,0,1\n", "5:1", "round 0 comes after round 1", "sort"),
        (
            "0,0,0,1\n0,1,2,1\n0,0,1,1\n0,1,0,1\n0,0,2,1\n1,0,0,1\n",
            "5:1",
            "worker 1 leaves out 1 of 3 coordinates in round 0, for example 1",
            "write a vote of 0 for an abstention",
        ),
        (
            "0,0,0,1\n0,1,0,1\n3,0,1,1\n",
            "2:1",
            "worker 0 leaves out 1 of 2 coordinates in round 0",
            "0 for an",
        ),
        (
            "0,0,1,1\n0,0,2,1\n",
            "3:1",
            "leaves out 1 of 3 coordinates in round 0, for example 0",
            "count from 0",
        ),
    ] {
        check(&format!("{HEADER}{rows}"), &[], &format!("votes.csv:{place}: "), holds, help);
    }
}

#[test]
fn tables_without_their_header_or_votes_are_refused() {
    let header = "round,worker,coordinate,vote";
    for (votes, begins, help) in [
        ("", "votes.csv: there is nothing in it", header),
        ("\n\n", "votes.csv: there is nothing in it", header),
        ("0,0,0,1\n", "votes.csv:1:1: the header is missing", header),
        ("0,0,0,-1\n", "votes.csv:1:1: the header is missing", header),
        ("worker,round,coordinate,vote\n", "votes.csv:1:1: this is not the header", header),
        ("round;worker;coordinate;vote\n", "votes.csv:1:1: this is not the header", header),
        ("round,worker,coordinate\n", "votes.csv:1:1: this is not the header", header),
        (
            ",round,worker,coordinate,vote\n0,0,0,0,1\n",
            "votes.csv:1:1: this is not the header of a table of votes: the first of 5 columns has no name",
            "index=False",
        ),
        (
            "round,wrkr,coordinate,vote\n",
            "votes.csv:1:1: this is not the header of a table of votes: column 2 is `wrkr`",
            header,
        ),
        (
            "round;worker;coordinate;vote\n0;0;0;1\n",
            "votes.csv:1:1: this is not the header of a table of votes: its fields are separated by semicolons",
            "sep=','",
        ),
        (
            "round\tworker\tcoordinate\tvote\n",
            "votes.csv:1:1: this is not the header of a table of votes: its fields are separated by tabs",
            header,
        ),
        ("\u{93}NUMPY", "votes.csv:1:1: this is not the header", header),
        (HEADER, "votes.csv: there are no votes after the header", ""),
    ] {
        check(votes, &[], begins, "", help);
        check(votes, &["--workers", "2", "--coordinates", "2"], begins, "", help);
    }
}

/// What is no table at all, and what never ends.
#[test]
fn arrays_and_endless_lines_are_refused_in_few_words() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
    write("votes.npy", &[&signsim::npy::Header::rows("<i8", &[2, 3, 4]).to_bytes()[..], &[0; 192]].concat());
    write("votes.npz", b"PK\x03\x04\x14\0");
    let rows = |from: u32| (from..from + 5000).map(|t| format!("{t},0,0,1\n")).collect::<String>();
    write("quote.csv", format!("{HEADER}{}5000,0,\"0,1\n{}", rows(0), rows(5001)).as_bytes());
    write("long.csv", format!("{HEADER}0,0,0,1\n0,0,1,{}", "1".repeat(10_000_000)).as_bytes());
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &vec![0; 50_000_000]).unwrap();
    write("zeros.gz", &packed.finish().unwrap());
    for (votes, message, help) in [
        (
            "votes.npy",
            "is int64 of the shape (2, 3, 4); votes are int8, or packed bits as uint8",
            "votes.astype(numpy.int8)",
        ),
        ("votes.npz", "this is a ZIP archive", "unpack it"),
        ("quote.csv", "quote.csv:5002:8: the coordinate is `\"0`", "a whole number"),
        ("long.csv", "long.csv: line 3 goes on for more than 65536 bytes", "four short fields"),
        ("zeros.gz", "zeros.gz: line 1 goes on for more than 65536 bytes", "four short fields"),
        ("/dev/zero", "/dev/zero: line 1 goes on for more than 65536 bytes", "four short fields"),
    ] {
        let arguments = [votes, "--workers", "1", "--coordinates", "1", "--aggregator", "majority"];
        let (code, _, err) = signsim(dir.path(), &arguments);
        assert!(
            code == 2 && err.contains(message) && err.contains(help) && err.len() < 1000,
            "{votes}: {code} {err}"
        );
    }
}

#[test]
fn numbers_beyond_what_was_told_are_refused() {
    let votes = format!("{HEADER}0,2,3,1\n");
    for (arguments, begins, holds, help) in [
        (
            &["--workers", "2"][..],
            "votes.csv:2:3: ",
            "no worker 2: 2 of them are numbered 0 to 1",
            "--workers",
        ),
        (
            &["--coordinates", "3"],
            "votes.csv:2:5: ",
            "no coordinate 3: 3 of them are numbered 0 to 2",
            "--coordinates",
        ),
        (&["--layers", "1,2"], "votes.csv:2:5: ", "no coordinate 3", "count from 0"),
        (
            &["--layers", "1,2", "--coordinates", "4"],
            "--layers cover 3 coordinates, but --coordinates says 4",
            "",
            "mend",
        ),
        (&["--layers", "0..2,3..4"], "--layers:1:6: ", "begins at 3", "1000,10"),
        (&["--workers", "0"], "invalid value '0' for '--workers", "", ""),
        (
            &["--workers", "100000000", "--coordinates", "4000000000"],
            "decoding needs about",
            "GiB",
            "without gaps",
        ),
    ] {
        check(&votes, arguments, begins, holds, help);
    }
}

#[test]
fn weights_do_not_go_where_they_would_mislead() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("votes.csv"), format!("{HEADER}0,0,0,1\n")).unwrap();
    for (file, message) in [
        ("./votes.csv", "this holds the votes"),
        ("w.csv.gz", "plain table"),
        ("votes.csv/w.csv", "votes.csv is a file"),
    ] {
        let (code, out, err) = signsim(dir.path(), &["votes.csv", "--weights", file]);
        assert!(code != 0 && out.is_empty() && err.contains(message), "{err}");
    }
    fs::hard_link(dir.path().join("votes.csv"), dir.path().join("same.csv")).unwrap();
    let (code, _, err) = signsim(dir.path(), &["votes.csv", "--weights", "same.csv"]);
    assert!(code == 2 && err.contains("this holds the votes"), "{err}");
    let (code, _, err) = signsim(dir.path(), &["votes.csv", "--weights", "w.csv", "--aggregator", "median"]);
    assert!(
        code == 2 && err.contains("`median` does not weigh votes") && err.contains("leave --weights out"),
        "{err}"
    );
}

#[test]
fn aggregators_are_read_like_a_scenario_and_must_work_offline() {
    let votes = format!("{HEADER}0,0,0,1\n");
    for (yaml, begins, holds, help) in [
        (
            "federated_defence",
            "--aggregator:1:1: ",
            "`federated_defence`",
            "did you mean `federated_defense`?",
        ),
        ("{ federated_defense: { tin: 2 } }", "--aggregator:1:24: ", "unknown key `tin`", "`t_in`"),
        ("federated_defense:\n  t_in: soon\n", "--aggregator:2:9: ", "the text `soon`", ""),
        ("{ majority: { ties: hodl } }", "--aggregator:1:21: ", "`hodl`", "did you mean `hold`?"),
        ("{ federated_defense: { max_llr: -1 } }", "--aggregator:1:33: ", "above 0", ""),
        ("{ federated_defense: ", "--aggregator:2:1: ", "not YAML", ""),
        ("oracle", "--aggregator:1:1: ", "`oracle` must be told the truth", "federated_defense"),
        (
            "{ election: { code: { bernoulli: { redundancy: 1 } } } }",
            "--aggregator:1:13: ",
            "partition",
            "majority",
        ),
    ] {
        check(&votes, &["--aggregator", yaml], begins, holds, help);
    }
}

#[test]
fn more_rounds_than_can_be_counted_are_refused_before_the_first() {
    let mut votes = HEADER.to_owned();
    (0..65_536).for_each(|t| votes += &format!("{t},0,0,1\n"));
    check(&votes, &[], "counts per coordinate hold 65,535 rounds", "forgetting below 1", "");
    // Told the shape, the program finds out as it goes.
    check(
        &votes,
        &["--workers", "1", "--coordinates", "1"],
        "counts per coordinate hold 65,535 rounds",
        "",
        "",
    );
}

#[test]
fn votes_that_are_not_there_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("broken.csv.gz"), b"\x1f\x8b\x08\0\0\0\0\0\0\x03what").unwrap();
    for (arguments, message) in [
        (&["absent.csv"][..], "absent.csv: No such file"),
        (&["."], ".: this is a folder"),
        (&["broken.csv.gz"], "broken.csv.gz: damaged gzip data"),
        (&["-"], "standard input: what can be read only once"),
        (&["-", "--workers", "1"], "add --workers M --coordinates D"),
        (&["-", "--coordinates", "1"], "add --workers M --coordinates D"),
        (&["-", "--workers", "1", "--coordinates", "1"], "standard input: there is nothing in it"),
        (&[], "<VOTES>"),
    ] {
        let (code, out, err) = fed(dir.path(), arguments, b"");
        assert!(code == 2 && out.is_empty() && err.contains(message), "{arguments:?}: {code} {err}");
    }
}
