//! Offline decoding: tables of votes against the authors' traces, a plain twin, and every mistake a table can have.

mod arrays;
mod errors;
mod library;
mod program;
mod same;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use signsim::aggregate::AggregatorSpec;
use signsim::decode::{DecodedTables, Decoder, Form, Rounds, VoteRows, decode};
use signsim::error::Result;

/// The votes of one round, `None` for a worker that did not vote.
type Election = [Option<Vec<i8>>];

const HEADER: &str = "round,worker,coordinate,vote\n";

/// Rows of a table without its header, by worker and coordinate; the first election is round `first`.
fn rows<'a>(elections: impl IntoIterator<Item = &'a Election>, first: usize) -> Vec<Vec<String>> {
    let row = |t: usize, m: usize, n: usize, vote: &i8| format!("{},{m},{n},{vote}", t + first);
    let of_worker = |t: usize, (m, votes): (usize, &Option<Vec<i8>>)| -> Vec<String> {
        votes.iter().flatten().enumerate().map(|(n, vote)| row(t, m, n, vote)).collect()
    };
    let of_round = |(t, election): (usize, &Election)| -> Vec<String> {
        election.iter().enumerate().flat_map(|worker| of_worker(t, worker)).collect()
    };
    elections.into_iter().enumerate().map(of_round).collect()
}

fn table(rounds: &[Vec<String>]) -> String {
    let mut text = HEADER.to_owned();
    rounds.iter().flatten().for_each(|row| writeln!(text, "{row}").unwrap());
    text
}

/// The rows of a table with this header, as numbers.
fn read(text: &str, header: &str) -> Vec<Vec<f64>> {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(header));
    lines.map(|line| line.split(',').map(|field| field.parse().unwrap()).collect()).collect()
}

fn decisions(text: &str) -> Vec<Vec<f64>> {
    read(text, "round,coordinate,decision")
}

/// By coordinate, or one for all votes of a worker.
fn weights(text: &str) -> Vec<Vec<f64>> {
    let by_coordinate = text.starts_with("round,worker,coordinate,weight");
    read(text, if by_coordinate { "round,worker,coordinate,weight" } else { "round,worker,weight" })
}

/// Decodes a table with one layer; gives the tables of decisions and weights.
fn decode_table(text: &str, spec: &AggregatorSpec, workers: u32, coordinates: usize) -> Result<[String; 2]> {
    decode_layers(text, spec, workers, &[0, coordinates])
}

/// The same with layers that end at all but the first of these coordinates.
fn decode_layers(text: &str, spec: &AggregatorSpec, workers: u32, ends: &[usize]) -> Result<[String; 2]> {
    let layers: Vec<_> = ends.windows(2).map(|w| w[0]..w[1]).collect();
    let rounds = Rounds::new(VoteRows::new("votes.csv", text.as_bytes())?, workers, *ends.last().unwrap());
    let mut decoder = Decoder::new(spec, workers, &layers, 1)?;
    let (mut decisions, mut weights) = (Vec::new(), Vec::new());
    let tables = DecodedTables {
        decisions: (Form::Table, &mut decisions),
        weights: Some((Form::Table, &mut weights)),
    };
    decode(rounds, &mut decoder, tables)?;
    Ok([decisions, weights].map(|table| String::from_utf8(table).unwrap()))
}

/// Runs the program in `dir` with nothing on standard input; gives exit code, standard output, standard error.
fn signsim(dir: &Path, arguments: &[&str]) -> (i32, String, String) {
    fed(dir, arguments, b"")
}

/// The same with these bytes on standard input.
fn fed(dir: &Path, arguments: &[&str], input: &[u8]) -> (i32, String, String) {
    let mut command = assert_cmd::Command::from_std(Command::new(assert_cmd::cargo::cargo_bin!("signsim")));
    let output = command.current_dir(dir).arg("decode").args(arguments).write_stdin(input).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}
