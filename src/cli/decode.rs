//! `signsim decode`: from the arguments to the library's offline decoder, decisions to standard output.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::Args;
use signsim::aggregate::{AggregatorSpec, WeightOptions};
use signsim::atomic_file::AtomicFile;
use signsim::decode::{
    ArrayRounds, DecodedTables, Decoder, Form, MOST_WORKERS, Rounds, VoteRows, VotesByRound, VotesShape,
    check_offline, decode, measure, memory_bytes, parse_layers,
};
use signsim::destination;
use signsim::error::{Error, Named, Result};
use signsim::gzip;
use signsim::machine::{available_memory, gib};
use signsim::npy::MAGIC;
use signsim::scenario::Part;

use super::same;
use super::signals::Signals;

#[derive(Args)]
pub(crate) struct Decode {
    /// CSV with the header round,worker,coordinate,vote, sorted by round, or an .npy of int8 (rounds x workers x coordinates) or
    /// of packed bits, gzipped or not; - reads standard input
    votes: PathBuf,
    /// The rule, for example '{ federated_defense: { t_in: 2, ties: hold } }' [default: federated_defense]
    #[arg(long, value_name = "YAML")]
    aggregator: Option<String>,
    /// Write the decisions there and not to standard output: as .npy (int8, rounds x coordinates) where the name ends so
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write round,worker,coordinate,weight, the weights used in each round; round,worker,weight where a worker has one; as .npy
    /// (float32, rounds x workers x coordinates, or rounds x workers) where the name ends so
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// M; workers are numbered from 0 [default: found by reading the file twice]
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_WORKERS)))]
    workers: Option<u32>,
    /// D; coordinates are numbered from 0; must be told of packed bits [default: found by reading the file twice]
    #[arg(long, value_name = "D", value_parser = clap::value_parser!(u32).range(1..))]
    coordinates: Option<u32>,
    /// Lengths or ranges, 1000,10 or 0..1000,1000..1010, for options about layers [default: one layer]
    #[arg(long, value_name = "LAYERS")]
    layers: Option<String>,
    /// Keys the coins that settle ties
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl Decode {
    pub(crate) fn execute(self) -> Result<u8> {
        let part = self.aggregator.as_deref().map(|text| Part::parse("--aggregator", text)).transpose()?;
        let paper = AggregatorSpec::FederatedDefense(WeightOptions::paper());
        let spec = part.as_ref().map_or(&paper, |part| &part.value);
        let signals = Signals::catch()?;
        signals.told(self.decode(spec)).map_err(|error| match &part {
            Some(part) => part.locate(error),
            None => error,
        })?;
        Ok(0)
    }

    fn decode(&self, spec: &AggregatorSpec) -> Result<()> {
        check_offline(spec)?;
        self.check_weights(spec)?;
        self.check_output()?;
        let mut layers = self.layers.as_deref().map(parse_layers).transpose()?;
        let covered = self.coordinates(layers.as_ref().and_then(|l| l.last()).map(|l| l.end))?;
        // A pipe would wait for somebody to write, and could not be read again.
        if !is_stdin(&self.votes) && !is_file(&self.votes) {
            check_there(&self.votes)?;
            self.shape(covered)?;
        }
        let mut votes = open(&self.votes)?;
        if is_array(&mut *votes, &self.votes)? {
            let rounds = ArrayRounds::new(&name(&self.votes), votes, covered)?;
            let shape = rounds.shape();
            if let Some(told) = self.workers.filter(|told| *told != shape.workers) {
                let message = format!("{}: has {} workers, not {told}", name(&self.votes), shape.workers);
                return Err(Error::input(message).help("leave --workers out"));
            }
            return self.write(spec, &mut layers, shape, || rounds);
        }
        let shape = self.shape(covered)?;
        let rows = VoteRows::new(&name(&self.votes), votes)?;
        self.write(spec, &mut layers, shape, || Rounds::new(rows, shape.workers, shape.coordinates))
    }

    /// Decodes votes of which it is known how many there are.
    fn write<R: VotesByRound>(
        &self,
        spec: &AggregatorSpec,
        layers: &mut Option<Vec<Range<usize>>>,
        shape: VotesShape,
        rounds: impl FnOnce() -> R,
    ) -> Result<()> {
        spec.validate(shape.workers, shape.rounds)?;
        let layers = layers.get_or_insert_with(|| std::iter::once(0..shape.coordinates).collect());
        check_memory(memory_bytes(spec, shape.workers, shape.coordinates, layers.len() as u64))?;
        let mut decoder = Decoder::new(spec, shape.workers, layers, self.seed)?;
        let form =
            |path: Option<&Path>| if path.is_some_and(is_npy) { Form::Array(shape) } else { Form::Table };
        let create =
            |path: &Option<PathBuf>, option| path.as_deref().map(|path| created(path, option)).transpose();
        let (mut out, mut weights) = (create(&self.out, "--out")?, create(&self.weights, "--weights")?);
        let mut printed = BufWriter::new(io::stdout().lock());
        let decisions: &mut dyn Write = match &mut out {
            Some(file) => file,
            None => &mut printed,
        };
        let tables = DecodedTables {
            decisions: (form(self.out.as_deref()), decisions),
            weights: weights
                .as_mut()
                .map(|file| -> (Form, &mut dyn Write) { (form(self.weights.as_deref()), file) }),
        };
        decode(rounds(), &mut decoder, tables)?;
        weights.into_iter().chain(out).try_for_each(AtomicFile::commit)
    }

    /// Refuses weights that there are not, and to write them over the votes or under a name that promises something else.
    fn check_weights(&self, spec: &AggregatorSpec) -> Result<()> {
        let Some(weights) = &self.weights else { return Ok(()) };
        destination::check_file(weights, "--weights")?;
        if !spec.reads_signs_only() {
            let message = format!("--weights: `{}` does not weigh votes, it combines vectors", spec.word());
            return Err(Error::input(message).help("leave --weights out, or use federated_defense"));
        }
        let there = same::named(weights);
        let why = if there.is_some() && there == self.file_of_votes() {
            "holds the votes"
        } else if there.is_some() && there == same::behind(io::stdout()) {
            "takes the decisions, which go to standard output"
        } else if weights.extension().is_some_and(|e| e == "gz") {
            "would be a plain table under the name of a packed one"
        } else {
            return Ok(());
        };
        let message = format!("--weights {}: this {why}", weights.named());
        Err(Error::input(message).help("name another file, for example --weights weights.csv"))
    }

    /// Refuses decisions that would be written into the votes, behind them or over them, or where the weights go.
    fn check_output(&self) -> Result<()> {
        let votes = self.file_of_votes();
        if let Some(out) = &self.out {
            destination::check_file(out, "--out")?;
            let there = same::named(out);
            let why = if there.is_some() && there == votes {
                "holds the votes"
            } else if self.weights.as_ref().is_some_and(|weights| weights == out)
                || there.is_some()
                    && self.weights.as_deref().is_some_and(|weights| same::named(weights) == there)
            {
                "takes the weights"
            } else if out.extension().is_some_and(|ending| ending == "gz") {
                "would be plain under the name of a packed file"
            } else {
                return Ok(());
            };
            let message = format!("--out {}: this {why}", out.named());
            return Err(Error::input(message).help("name another file, for example --out decisions.npy"));
        }
        if votes.is_some() && votes == same::behind(io::stdout()) {
            let message = format!("{}: the decisions would be written into the votes", name(&self.votes));
            return Err(Error::input(message).help("send standard output into another file"));
        }
        Ok(())
    }

    /// The plain file that the votes come from, if they come from one.
    fn file_of_votes(&self) -> Option<same::FileIdentity> {
        if is_stdin(&self.votes) { same::behind(io::stdin()) } else { same::named(&self.votes) }
    }

    /// D as the arguments tell it, if they do.
    fn coordinates(&self, covered: Option<usize>) -> Result<Option<usize>> {
        let told = self.coordinates.map(|d| d as usize);
        match (told, covered) {
            (Some(told), Some(covered)) if told != covered => {
                let message = format!("--layers cover {covered} coordinates, but --coordinates says {told}");
                Err(Error::input(message).help("leave --coordinates out, or mend the layers"))
            }
            _ => Ok(told.or(covered)),
        }
    }

    /// M and D of a table as the arguments tell them, else as a first pass over the file finds them. An array that is
    /// to be written begins with the number of rounds, which only that pass finds.
    fn shape(&self, coordinates: Option<usize>) -> Result<VotesShape> {
        let counts = [&self.out, &self.weights].into_iter().flatten().any(|path| is_npy(path));
        if let (Some(workers), Some(coordinates), false) = (self.workers, coordinates, counts) {
            return Ok(VotesShape { workers, coordinates, rounds: 1 });
        }
        check_there(&self.votes)?;
        if !is_file(&self.votes) {
            let (what, help) = match counts {
                true => ("rounds there are, with which an .npy begins", "write a table, or decode a file"),
                false => ("workers and coordinates there are", "add --workers M --coordinates D"),
            };
            let message =
                format!("{}: what can be read only once does not tell how many {what}", name(&self.votes));
            return Err(Error::input(message).help(help));
        }
        let found = measure(VoteRows::new(&name(&self.votes), open(&self.votes)?)?)?;
        if found.rounds == 0 {
            return Err(Error::input(format!("{}: there are no votes after the header", name(&self.votes))));
        }
        Ok(VotesShape {
            workers: self.workers.unwrap_or(found.workers),
            coordinates: coordinates.unwrap_or(found.coordinates),
            ..found
        })
    }
}

fn created(path: &Path, option: &str) -> Result<AtomicFile> {
    destination::make_folders_of(path, option)?;
    destination::create(path, option)
}

fn is_npy(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "npy")
}

/// Whether these votes are an array: what counts is how they begin.
fn is_array(votes: &mut dyn BufRead, path: &Path) -> Result<bool> {
    let start = votes.fill_buf().map_err(|error| gzip::complaint(path, error))?;
    Ok(start.starts_with(MAGIC))
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file())
}

/// What messages call the votes.
fn name(path: &Path) -> String {
    if is_stdin(path) { "standard input".to_owned() } else { path.named() }
}

/// Refuses what cannot be read as a table at all.
fn check_there(path: &Path) -> Result<()> {
    let why = match fs::metadata(path) {
        _ if is_stdin(path) => return Ok(()),
        Ok(found) if found.is_dir() => "this is a folder".to_owned(),
        Ok(_) => return Ok(()),
        Err(error) => error.to_string(),
    };
    Err(Error::input(format!("{}: {why}", path.named()))
        .help("name a table with the header round,worker,coordinate,vote, or - for standard input"))
}

/// Votes in any form, unpacked.
fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    check_there(path)?;
    let bytes: Box<dyn BufRead> = if is_stdin(path) {
        Box::new(BufReader::new(io::stdin()))
    } else {
        Box::new(BufReader::new(File::open(path).map_err(|error| Error::io(path, error))?))
    };
    let unpacked = gzip::unpacked(bytes).map_err(|error| Error::io(path, error))?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, unpacked)))
}

fn check_memory(needed: u64) -> Result<()> {
    match available_memory() {
        Some(available) if needed > available => Err(Error::input(format!(
            "decoding needs about {} of memory, this machine has {} free",
            gib(needed),
            gib(available)
        ))
        .help(
            "number workers and coordinates from 0 without gaps, or keep one weight per worker: \
             --aggregator '{ federated_defense: { granularity: worker } }'",
        )),
        _ => Ok(()),
    }
}
