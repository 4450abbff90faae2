//! `signsim decode`: from the arguments to the library's offline decoder, decisions to standard output.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use signsim::aggregate::{AggregatorSpec, WeightOptions};
use signsim::atomic_file::AtomicFile;
use signsim::decode::{
    DecodedTables, Decoder, MOST_WORKERS, Rounds, VoteRows, VotesShape, check_offline, decode, measure,
    memory_bytes, parse_layers,
};
use signsim::destination;
use signsim::error::{Error, Named, Result};
use signsim::gzip;
use signsim::machine::{available_memory, gib};
use signsim::scenario::Part;

use super::same;
use super::signals::Signals;

#[derive(Args)]
pub(crate) struct Decode {
    /// CSV with the header round,worker,coordinate,vote, sorted by round, gzipped or not; - reads standard input
    votes: PathBuf,
    /// The rule, for example '{ federated_defense: { t_in: 2, ties: hold } }' [default: federated_defense]
    #[arg(long, value_name = "YAML")]
    aggregator: Option<String>,
    /// Write round,worker,coordinate,weight: the weights used in each round
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// M; workers are numbered from 0 [default: found by reading the file twice]
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_WORKERS)))]
    workers: Option<u32>,
    /// D; coordinates are numbered from 0 [default: found by reading the file twice]
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
        let shape = self.shape(layers.as_ref().and_then(|l| l.last()).map(|l| l.end))?;
        spec.validate(shape.workers, shape.rounds)?;
        let layers = layers.get_or_insert_with(|| std::iter::once(0..shape.coordinates).collect());
        check_memory(memory_bytes(spec, shape.workers, shape.coordinates, layers.len() as u64))?;
        let mut decoder = Decoder::new(spec, shape.workers, layers, self.seed)?;
        let rounds = Rounds::new(open(&self.votes)?, shape.workers, shape.coordinates);
        let mut decisions = BufWriter::new(io::stdout().lock());
        let mut weights = self.weights.as_deref().map(table_of_weights).transpose()?;
        let tables = DecodedTables {
            decisions: &mut decisions,
            weights: weights.as_mut().map(|file| -> &mut dyn Write { file }),
        };
        decode(rounds, &mut decoder, tables)?;
        weights.map_or(Ok(()), AtomicFile::commit)
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

    /// Refuses decisions that would be written behind the votes while these are read.
    fn check_output(&self) -> Result<()> {
        let votes = self.file_of_votes();
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

    /// M and D as the arguments tell them, else as a first pass over the file finds them.
    fn shape(&self, covered: Option<usize>) -> Result<VotesShape> {
        let told = self.coordinates.map(|d| d as usize);
        if let (Some(told), Some(covered)) = (told, covered)
            && told != covered
        {
            let message = format!("--layers cover {covered} coordinates, but --coordinates says {told}");
            return Err(Error::input(message).help("leave --coordinates out, or mend the layers"));
        }
        let coordinates = told.or(covered);
        if let (Some(workers), Some(coordinates)) = (self.workers, coordinates) {
            return Ok(VotesShape { workers, coordinates, rounds: 1 });
        }
        check_there(&self.votes)?;
        if !fs::metadata(&self.votes).is_ok_and(|votes| votes.is_file()) {
            return Err(Error::input(format!(
                "{}: what can be read only once does not tell how many workers and coordinates there are",
                name(&self.votes)
            ))
            .help("add --workers M --coordinates D"));
        }
        let found = measure(open(&self.votes)?)?;
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

fn table_of_weights(path: &Path) -> Result<AtomicFile> {
    destination::make_folders_of(path, "--weights")?;
    destination::create(path, "--weights")
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
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

fn open(path: &Path) -> Result<VoteRows<Box<dyn Read>>> {
    check_there(path)?;
    let bytes: Box<dyn BufRead> = if is_stdin(path) {
        Box::new(BufReader::new(io::stdin()))
    } else {
        Box::new(BufReader::new(File::open(path).map_err(|error| Error::io(path, error))?))
    };
    let unpacked = gzip::unpacked(bytes).map_err(|error| Error::io(path, error))?;
    VoteRows::new(&name(path), unpacked)
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
