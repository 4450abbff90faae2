//! Votes in arrays: what NumPy has written and what it makes of them, and the same as a table.

use std::fs;
use std::path::{Path, PathBuf};

use signsim::npy::Header;

use super::{signsim, table};

fn reference(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(file)
}

/// A folder with the votes of NumPy: 3 rounds, 5 workers, 77 coordinates, without zeros.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in ["votes.npy", "votes_packed.npy"] {
        fs::copy(reference(file), dir.path().join(file)).unwrap();
    }
    dir
}

/// The votes of NumPy as a table.
fn as_table() -> String {
    let bytes = fs::read(reference("votes.npy")).unwrap();
    let votes = &bytes[bytes.len() - 3 * 5 * 77..];
    let rows = votes
        .iter()
        .enumerate()
        .map(|(i, vote)| format!("{},{},{},{}\n", i / (5 * 77), i / 77 % 5, i % 77, *vote as i8));
    format!("round,worker,coordinate,vote\n{}", rows.collect::<String>())
}

/// Runs `decode` and gives what it printed.
fn decoded(dir: &Path, arguments: &[&str]) -> String {
    let (code, out, err) = signsim(dir, arguments);
    assert_eq!((code, err.as_str()), (0, ""), "{arguments:?}");
    out
}

/// To the byte what `numpy.sign(votes.sum(axis=1))` is, saved by `numpy.save`.
#[test]
fn the_majority_of_an_array_is_the_sign_of_its_sum() {
    let dir = folder();
    let expected = fs::read(reference("votes_decided.npy")).unwrap();
    fs::write(dir.path().join("votes.csv"), as_table()).unwrap();
    for votes in [&["votes.npy"][..], &["votes_packed.npy", "--coordinates", "77"], &["votes.csv"]] {
        let rest = ["--aggregator", "majority", "--out", "sub/decided.npy"];
        assert_eq!(decoded(dir.path(), &[votes, &rest].concat()), "", "nothing is printed beside a file");
        assert_eq!(fs::read(dir.path().join("sub/decided.npy")).unwrap(), expected, "{votes:?}");
    }
}

/// Arrays, packed bits and tables are the same votes to a rule that learns, and its weights are the same in either form.
#[test]
fn arrays_and_tables_are_decoded_alike() {
    let dir = folder();
    fs::write(dir.path().join("votes.csv"), as_table()).unwrap();
    for (rule, columns) in [
        ("{ federated_defense: { t_in: 1 } }", "round,worker,coordinate,weight"),
        ("{ federated_defense: { granularity: worker } }", "round,worker,weight"),
        ("majority", "round,worker,weight"),
        ("spectral", "round,worker,weight"),
    ] {
        let run = |votes: &str, weights: &str| {
            decoded(dir.path(), &[votes, "--coordinates", "77", "--aggregator", rule, "--weights", weights])
        };
        let read = |name: &str| fs::read(dir.path().join(name)).unwrap();
        let expected = run("votes.csv", "table.csv");
        assert_eq!(run("votes.npy", "array.csv"), expected, "{rule}");
        assert_eq!(run("votes_packed.npy", "weights.npy"), expected, "{rule}");
        assert_eq!(read("table.csv"), read("array.csv"));
        let text = String::from_utf8(read("table.csv")).unwrap();
        let written: Vec<f32> =
            text.lines().skip(1).map(|row| row.rsplit(',').next().unwrap().parse().unwrap()).collect();
        assert_eq!(text.lines().next(), Some(columns));
        let array = read("weights.npy");
        let shape: &[usize] = if columns.contains("coordinate") { &[3, 5, 77] } else { &[3, 5] };
        let header = Header::rows("<f4", shape).to_bytes();
        let bytes: Vec<u8> = written.iter().flat_map(|weight| weight.to_le_bytes()).collect();
        assert_eq!(array, [header, bytes].concat(), "{rule}");
    }
}

/// Who did not vote in a round of a table has no weight in an array.
#[test]
fn who_did_not_vote_has_no_weight() {
    let dir = tempfile::tempdir().unwrap();
    let rows = [(4, 0, 1), (4, 2, 1), (7, 1, -1)].map(|(t, m, vote)| format!("{t},{m},0,{vote}\n")).concat();
    fs::write(dir.path().join("v.csv"), format!("round,worker,coordinate,vote\n{rows}")).unwrap();
    decoded(dir.path(), &["v.csv", "--aggregator", "majority", "--weights", "w.npy", "--out", "d.npy"]);
    let bytes = fs::read(dir.path().join("w.npy")).unwrap();
    let weights: Vec<f32> =
        bytes[128..].chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    let votes: Vec<bool> = weights.iter().map(|weight| !weight.is_nan()).collect();
    assert_eq!(votes, [true, false, true, false, true, false]);
    assert_eq!(fs::read(dir.path().join("d.npy")).unwrap()[128..], [1, 0xff]);
}

fn int8(shape: &[usize], votes: &[u8]) -> Vec<u8> {
    [&Header::rows("|i1", shape).to_bytes()[..], votes].concat()
}

fn bits(shape: &[usize], votes: &[u8]) -> Vec<u8> {
    [&Header::rows("|u1", shape).to_bytes()[..], votes].concat()
}

/// An abstention in an array is one in a table, and an array without the axis of rounds is one round.
#[test]
fn zeros_are_abstentions_and_two_axes_are_one_round() {
    let dir = tempfile::tempdir().unwrap();
    let votes = [vec![Some(vec![1, 0, -1]), Some(vec![0, 0, -1]), Some(vec![-1, 0, 0])]];
    let rows = super::rows(votes.iter().map(Vec::as_slice), 0);
    fs::write(dir.path().join("v.csv"), table(&rows)).unwrap();
    let flat: Vec<u8> = votes[0].iter().flatten().flatten().map(|vote: &i8| *vote as u8).collect();
    fs::write(dir.path().join("v.npy"), int8(&[3, 3], &flat)).unwrap();
    for rule in
        ["{ majority: { ties: hold } }", "{ federated_defense: { abstentions: as_votes, ties: hold } }"]
    {
        let expected = decoded(dir.path(), &["v.csv", "--aggregator", rule]);
        assert_eq!(decoded(dir.path(), &["v.npy", "--aggregator", rule]), expected);
        assert!(expected.ends_with("0,1,0\n0,2,-1\n"), "{expected}");
    }
}

#[test]
fn arrays_that_are_no_votes_are_named_with_their_place() {
    let fortran = |bytes: Vec<u8>| -> Vec<u8> {
        String::from_utf8_lossy(&bytes[10..128]).replace("False", "True ").bytes().collect()
    };
    let sound = int8(&[2, 2, 3], &[1; 12]);
    let by_columns = [&sound[..10], &fortran(sound.clone()), &sound[128..]].concat();
    let wrong = |at: usize, vote: u8| {
        let mut votes = [1; 12];
        votes[at] = vote;
        int8(&[2, 2, 3], &votes)
    };
    let dir = tempfile::tempdir().unwrap();
    for (bytes, arguments, said) in [
        (wrong(10, 5), &[][..], "v.npy: round 1, worker 1, coordinate 1: the vote is 5"),
        (wrong(2, 0x80), &[], "v.npy: round 0, worker 0, coordinate 2: the vote is -128"),
        (
            int8(&[2, 2, 3], &[1; 8]),
            &[],
            "v.npy: ends in the votes of worker 0 in round 1; its header promises (2, 2, 3) rounds",
        ),
        (int8(&[2, 2, 3], &[1; 13]), &[], "v.npy: goes on after the 2 rounds"),
        (int8(&[3], &[1; 3]), &[], "is int8 of the shape (3,)"),
        (int8(&[2, 0, 3], &[]), &[], "is int8 of the shape (2, 0, 3), which cannot be decoded"),
        (int8(&[1, 1 << 40, 1], &[]), &[], "which cannot be decoded"),
        (int8(&[1, 90_000_000, 1_000_000], &[]), &[], "decoding needs about"),
        (by_columns, &[], "column by column: no round of it can be read alone"),
        (sound.clone(), &["--workers", "3"], "has 2 workers, not 3"),
        (sound.clone(), &["--coordinates", "4"], "which are 3 coordinates, not 4"),
        (sound.clone(), &["--layers", "1,1"], "which are 3 coordinates, not 2"),
        (sound, &["--out", "v.npy"], "--out v.npy: this holds the votes"),
        (bits(&[1, 2, 2], &[0; 4]), &[], "packed bits of 9 to 16 coordinates"),
        (bits(&[1, 2, usize::MAX], &[]), &[], "packed bits of "),
        (bits(&[1, 2, 2], &[0; 4]), &["--coordinates", "8"], "packed bits of 9 to 16 coordinates, and not 8"),
        (
            bits(&[1, 2, 2], &[0, 0, 0, 8]),
            &["--coordinates", "12"],
            "round 0, worker 1, coordinate 12: a bit is set behind the last of 12",
        ),
    ] {
        fs::write(dir.path().join("v.npy"), bytes).unwrap();
        let (code, out, err) =
            signsim(dir.path(), &[&["v.npy", "--aggregator", "majority"], arguments].concat());
        assert!(code == 2 && err.contains(said) && err.len() < 600, "{said}: {code} {out} {err}");
    }
}
