//! `signsim theory`: exact errors, bounds and first-round agreement, without a simulation.

use clap::Args;
use signsim::error::{Error, Result, in_part};
use signsim::theory::{Case, Descent, OwnVote, Quantity, quantities};
use signsim::units::{Count, Positive, Probability, count_range};

use super::output::width;
use super::table::{aligned, wrapped};

/// The exact error of unequal votes of one weight takes M^2 / 4 steps for each L: seconds at this M.
const MOST_WORKERS: i64 = 100_000;
/// An exact tail takes as many steps.
const MOST_COORDINATES: u64 = 100_000_000;
/// Columns side by side in a CSV, where it has no other end.
const COLUMNS: usize = 8;
/// The width of a column of numbers with the room before it, and of the names before them.
const NUMBER: usize = 12;
const NAMES: usize = 31;

#[derive(Args)]
pub(crate) struct Theory {
    /// M, all workers, at most 100000
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u32).range(1..=MOST_WORKERS))]
    workers: u32,
    /// L of them are adversaries: an integer, an expression in M, or a range, for example 3, M/2-1, 0..=M/2+1
    #[arg(long, value_name = "L", allow_hyphen_values = true)]
    adversaries: String,
    /// p, the probability that an honest sign is wrong; several with commas
    #[arg(long, value_name = "P", allow_hyphen_values = true, value_delimiter = ',', required = true)]
    crossover: Vec<String>,
    /// r, the probability that an adversary flips a sign: 1 inverts, 0.5 leaves noise
    #[arg(long, value_name = "R", allow_hyphen_values = true, default_value = "1")]
    flip: String,
    /// Clip the true weights to +-X [default: weights are not clipped]
    #[arg(long, value_name = "X", allow_hyphen_values = true)]
    max_llr: Option<String>,
    /// q0, the probability that a sign of the server's own vote is wrong, which then has rows of its own
    #[arg(long, value_name = "Q", allow_hyphen_values = true, requires = "coordinates")]
    trusted: Option<String>,
    /// D, the coordinates on which the server's own vote is compared with the decision
    #[arg(long, value_name = "D", value_parser = clap::value_parser!(u64).range(1..=MOST_COORDINATES), requires = "trusted")]
    coordinates: Option<u64>,
    /// T, the rounds of the convergence bound, which then has rows of its own
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u64).range(1..), requires_all = ["smoothness", "gap"])]
    rounds: Option<u64>,
    /// |S|_1, the sum of the coordinates' smoothness constants
    #[arg(long, value_name = "S", allow_hyphen_values = true, requires = "rounds")]
    smoothness: Option<String>,
    /// f0 - f*, how far the first loss lies above the least
    #[arg(long, value_name = "G", allow_hyphen_values = true, requires = "rounds")]
    gap: Option<String>,
    /// Print quantity,value,source; each pair of p and L opens with the rows workers, adversaries, crossover, flip
    #[arg(long)]
    csv: bool,
    /// Print CSV with a row for each pair of p and L and a column for each quantity
    #[arg(long, conflicts_with = "csv")]
    wide: bool,
}

impl Theory {
    /// The whole answer.
    pub(crate) fn text(&self) -> Result<String> {
        let adversaries = self.adversaries()?;
        let flip = probability("--flip", &self.flip, "1 for sign inversion or 0.5 for noise")?;
        let max_llr = self.max_llr.as_deref().map(max_llr).transpose()?;
        let (own, descent) = (self.own()?, self.descent()?);
        let mut text = if self.csv { "quantity,value,source\n".to_owned() } else { String::new() };
        for crossover in &self.crossover {
            let crossover = probability("--crossover", crossover, "0.2, or several: 0.2,0.3")?;
            let workers = self.workers;
            let case = |l: &u32| Case { workers, adversaries: *l, crossover, flip, max_llr, own, descent };
            let side_by_side = if self.csv || self.wide {
                COLUMNS
            } else {
                (width().saturating_sub(NAMES) / NUMBER).clamp(1, COLUMNS)
            };
            for some in adversaries.chunks(side_by_side) {
                let cases: Vec<Case> = some.iter().map(case).collect();
                text += &match (self.csv, self.wide) {
                    (true, _) => rows(&cases),
                    (_, true) => wide(&cases, !text.is_empty()),
                    _ => columns(&cases),
                };
            }
        }
        if !self.csv && !self.wide {
            let crossover = self.crossover.first().and_then(|text| text.trim().parse().ok()).unwrap_or(0.0);
            let workers = self.workers;
            let first = Case { workers, adversaries: 0, crossover, flip, max_llr, own, descent };
            text += &sources(&first);
        }
        Ok(text)
    }

    fn own(&self) -> Result<Option<OwnVote>> {
        let (Some(trusted), Some(coordinates)) = (&self.trusted, self.coordinates) else { return Ok(None) };
        let crossover = probability("--trusted", trusted, "0.3")?;
        Ok(Some(OwnVote { crossover, coordinates }))
    }

    fn descent(&self) -> Result<Option<Descent>> {
        let (Some(rounds), Some(smoothness), Some(gap)) = (self.rounds, &self.smoothness, &self.gap) else {
            return Ok(None);
        };
        let (smoothness, gap) = (not_negative("--smoothness", smoothness)?, not_negative("--gap", gap)?);
        Ok(Some(Descent { rounds, smoothness, gap }))
    }

    fn adversaries(&self) -> Result<Vec<u32>> {
        let wrong = |why: String| {
            Error::input(format!("--adversaries {}: {why}", in_part(&self.adversaries)))
                .help("write an integer, an expression in M or a range, for example 3, M/2-1 or 0..=M/2+1")
        };
        let range = match count_range(&self.adversaries, self.workers) {
            Some(range) => range.map_err(|why| why.to_string()),
            None => self
                .adversaries
                .parse()
                .and_then(|count: Count| count.evaluate(self.workers))
                .map(|l| l..l.saturating_add(1)),
        }
        .map_err(wrong)?;
        if range.end - 1 > self.workers {
            return Err(wrong(format!(
                "{} of {} workers cannot be adversaries",
                range.end - 1,
                self.workers
            )));
        }
        Ok(range.collect())
    }
}

fn probability(option: &str, text: &str, example: &str) -> Result<f64> {
    let number: std::result::Result<f64, _> =
        text.trim().parse().map_err(|_| format!("`{}` is not a number", text.trim()));
    let checked = number.and_then(Probability::try_from);
    checked.map(Probability::get).map_err(|why| {
        Error::input(format!("{option} {}: {why}", in_part(text)))
            .help(format!("write a number from 0 to 1, for example {example}"))
    })
}

fn not_negative(option: &str, text: &str) -> Result<f64> {
    let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| {
        Error::input(format!("{option} {}: not a number from 0 upwards", in_part(text)))
            .help("write a number from 0 upwards, for example 2.5")
    })
}

fn max_llr(text: &str) -> Result<f64> {
    let parsed: std::result::Result<Positive, String> = text.parse();
    parsed.map(Positive::get).map_err(|why| {
        Error::input(format!("--max-llr {}: {why}", in_part(text)))
            .help("write a number above 0, for example 10")
    })
}

/// A table with one column for each case; they share everything but L.
fn columns(cases: &[Case]) -> String {
    let Some(first) = cases.first() else { return String::new() };
    let answers: Vec<Vec<Quantity>> = cases.iter().map(quantities).collect();
    let mut table = vec![vec!["quantity".to_owned()]];
    table[0].extend(cases.iter().map(|case| format!("L={}", case.adversaries)));
    for (i, Quantity { name, .. }) in answers[0].iter().enumerate() {
        let mut row = vec![(*name).to_owned()];
        row.extend(answers.iter().map(|answer| answer[i].value.map_or("-".to_owned(), short)));
        table.push(row);
    }
    let head = format!("M = {}, p = {}, r = {}\n", first.workers, first.crossover, first.flip);
    format!("{head}{}\n", aligned(&table))
}

/// Where every number comes from.
fn sources(case: &Case) -> String {
    let source = |Quantity { name, source, .. }: Quantity| {
        format!("  {}\n", wrapped(&format!("{name}: {source}"), width(), 4))
    };
    format!("sources\n{}", quantities(case).into_iter().map(source).collect::<String>())
}

/// The same as CSV; every case opens with what it is about.
fn rows(cases: &[Case]) -> String {
    let mut text = String::new();
    for case in cases {
        let Case { workers, adversaries, crossover, flip, .. } = case;
        text += &format!(
            "workers,{workers},M\nadversaries,{adversaries},L\ncrossover,{crossover},p\nflip,{flip},r\n"
        );
        for Quantity { name, value, source } in quantities(case) {
            text += &format!("{},{},{}\n", quoted(name), exactly(value), quoted(source));
        }
    }
    text
}

/// The same as CSV with a row a case; what does not exist stays empty.
fn wide(cases: &[Case], headed: bool) -> String {
    let mut text = String::new();
    for (i, case) in cases.iter().enumerate() {
        let Case { workers, adversaries, crossover, flip, .. } = case;
        let lines = quantities(case);
        if i == 0 && !headed {
            let names: Vec<String> = lines.iter().map(|line| quoted(line.name)).collect();
            text += &format!("workers,adversaries,crossover,flip,{}\n", names.join(","));
        }
        let values: Vec<String> = lines.iter().map(|line| exactly(line.value)).collect();
        text += &format!("{workers},{adversaries},{crossover},{flip},{}\n", values.join(","));
    }
    text
}

/// Every digit of a number.
fn exactly(value: Option<f64>) -> String {
    value.map_or(String::new(), |v| format!("{v:?}"))
}

fn quoted(field: &str) -> String {
    if field.contains(',') { format!("\"{field}\"") } else { field.to_owned() }
}

/// Six decimals, or an exponent where those would show nothing.
fn short(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e6 {
        format!("{value}")
    } else if value.abs() < 1e-3 {
        format!("{value:.4e}")
    } else {
        format!("{value:.6}")
    }
}
