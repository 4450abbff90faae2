//! What the repeats of one setting say together: the numbers behind every point, bar and cell of every figure.
//!
//! One rule for all figures. From three values on, mean and Student's *t* interval; of two, mean and range, for their
//! interval would be twelve standard errors wide; of one, the value. An interval ends where values end: a share lies
//! between 0 and 1, an amount is not negative. Times until something happens have a median, because a repeat in which
//! it never happened counts too.

use std::sync::OnceLock;

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::choice::ErrorKind;

/// The confidence of every interval that a figure shows.
pub const CONFIDENCE: f64 = 0.95;

/// The least and the greatest value that a quantity can have.
pub type Possible = (f64, f64);
/// Of any number.
pub const ANY: Possible = (f64::NEG_INFINITY, f64::INFINITY);
/// Of a share of one.
pub const SHARE: Possible = (0.0, 1.0);
/// Of what is counted or measured from zero.
pub const AMOUNT: Possible = (0.0, f64::INFINITY);

/// What an interval is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spread {
    /// There is none.
    Nothing,
    /// The 95 % interval of Student's t.
    Student,
    /// The same, cut where no value can be.
    Cut,
    /// From the least value to the greatest.
    Range,
    /// One standard deviation of the values to either side.
    Deviation,
    /// One standard error of the mean to either side.
    StandardError,
}

/// What intervals a figure shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Uncertainty {
    /// Their kind.
    pub error: ErrorKind,
    /// The confidence of a confidence interval.
    pub level: f64,
}

impl Uncertainty {
    /// What figures show unless told otherwise.
    pub const USUAL: Self = Self { error: ErrorKind::Ci, level: CONFIDENCE };
}

impl Spread {
    /// Its word in a CSV.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Student => "student_t",
            Self::Cut => "student_t_cut",
            Self::Range => "range",
            Self::Deviation => "sd",
            Self::StandardError => "sem",
        }
    }
}

/// What the repeats of one setting say together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Mean over the repeats that have a value; `None` when none has.
    pub mean: Option<f64>,
    /// The ends of the interval; `None` with fewer than two values.
    pub interval: Option<(f64, f64)>,
    /// What kind of interval it is.
    pub spread: Spread,
    /// Number of repeats that have a value.
    pub runs: u32,
    /// Number of repeats without a value: they diverged, or the record lacks it.
    pub without: u32,
}

impl Estimate {
    /// The last column of a figure's CSV: what the interval is.
    pub const SPREAD_COLUMN: &'static str = "interval";

    /// The columns of [`Estimate::cells`] for a quantity.
    #[must_use]
    pub fn columns(of: &str) -> [String; 5] {
        let derived = ["mean", "low", "high"].map(|end| format!("{of}_{end}"));
        let [mean, low, high] = derived;
        [mean, low, high, "runs".to_owned(), "runs_without_value".to_owned()]
    }

    /// Mean, ends of the interval, repeats with and without a value, as every figure's CSV writes them.
    #[must_use]
    pub fn cells(&self) -> [String; 5] {
        let (low, high) = self.interval.unzip();
        [text(self.mean), text(low), text(high), self.runs.to_string(), self.without.to_string()]
    }
}

/// A number that may be absent, in full precision.
#[must_use]
pub fn text(value: Option<f64>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

/// [`estimate_within`] for a quantity that can be any number.
#[must_use]
pub fn estimate(values: &[Option<f64>]) -> Estimate {
    estimate_within(values, ANY)
}

/// Mean over the finite values, and from three of them on the two-sided 95 % interval of Student's t,
/// mean ± t(n − 1) s / √n, cut to what is possible; of two values the range.
///
/// A repeat without a finite value is counted, never dropped in silence.
#[must_use]
pub fn estimate_within(values: &[Option<f64>], possible: Possible) -> Estimate {
    estimate_with(values, possible, Uncertainty::USUAL)
}

/// [`estimate_within`] with intervals of another kind.
#[must_use]
pub fn estimate_with(values: &[Option<f64>], possible: Possible, uncertainty: Uncertainty) -> Estimate {
    let finite: Vec<f64> = values.iter().filter_map(|v| v.filter(|v| v.is_finite())).collect();
    let n = finite.len();
    let mean = (n > 0).then(|| mean(&finite));
    let (spread, interval) = match mean {
        Some(mean) if n > 1 => spread(&finite, mean, possible, uncertainty),
        _ => (Spread::Nothing, None),
    };
    Estimate { mean, interval, spread, runs: n as u32, without: (values.len() - n) as u32 }
}

/// The mean, also of numbers whose sum is none.
fn mean(finite: &[f64]) -> f64 {
    let n = finite.len() as f64;
    let sum: f64 = finite.iter().sum();
    if sum.is_finite() { sum / n } else { finite.iter().map(|v| v / n).sum() }
}

fn spread(
    finite: &[f64],
    mean: f64,
    (least, most): Possible,
    Uncertainty { error, level }: Uncertainty,
) -> (Spread, Option<(f64, f64)>) {
    let n = finite.len();
    let deviation = (finite.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1) as f64).sqrt();
    let standard_error = deviation / (n as f64).sqrt();
    let (kind, half) = match error {
        ErrorKind::None | ErrorKind::Seeds => return (Spread::Nothing, None),
        ErrorKind::Range => return (Spread::Range, Some(range(finite))),
        ErrorKind::Sd => (Spread::Deviation, deviation),
        ErrorKind::Sem => (Spread::StandardError, standard_error),
        // The variance first, as it always was: another order of roots is another last digit.
        ErrorKind::Ci => {
            let variance = finite.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
            (Spread::Student, quantile(n - 1, level) * (variance / n as f64).sqrt())
        }
    };
    // Squares of the largest numbers are none; of two values an interval is twelve standard errors wide.
    if !half.is_finite() || (kind == Spread::Student && n < 3) {
        return (Spread::Range, Some(range(finite)));
    }
    let whole = (mean - half, mean + half);
    let cut = (whole.0.max(least.min(mean)), whole.1.min(most.max(mean)));
    let kind = if kind == Spread::Student && cut != whole { Spread::Cut } else { kind };
    (kind, Some(cut))
}

fn range(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)))
}

/// The quantile of Student's t that leaves half of 1 − `level` above it.
fn quantile(degrees: usize, level: f64) -> f64 {
    /// Figures ask for the same few again and again.
    static KNOWN: OnceLock<Vec<f64>> = OnceLock::new();
    let compute = |degrees: usize, level: f64| {
        StudentsT::new(0.0, 1.0, degrees as f64)
            .expect("degrees of freedom are positive")
            .inverse_cdf(0.5 + level / 2.0)
    };
    if level != CONFIDENCE {
        return compute(degrees, level);
    }
    let known = KNOWN.get_or_init(|| (1..=64).map(|degrees| compute(degrees, CONFIDENCE)).collect());
    known.get(degrees - 1).copied().unwrap_or_else(|| compute(degrees, CONFIDENCE))
}

/// How long repeats took to get somewhere, those that never did included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waiting {
    /// The median over all repeats; `None` when half of them or more never got there.
    pub median: Option<f64>,
    /// The first and the last of those that did.
    pub range: Option<(f64, f64)>,
    /// The mean, only where every repeat got there.
    pub mean: Option<f64>,
    /// Repeats that got there, and all of them.
    pub reached: u32,
    /// All repeats, from 1 on.
    pub of: u32,
}

/// The median and the range of times, `None` for a repeat that never got there: it took longer than all others.
#[must_use]
pub fn waiting(times: &[Option<f64>]) -> Waiting {
    let mut reached: Vec<f64> = times.iter().filter_map(|t| t.filter(|t| t.is_finite())).collect();
    reached.sort_by(f64::total_cmp);
    let n = times.len();
    let at = |place: usize| reached.get(place).copied();
    let median = match n {
        0 => None,
        n if n % 2 == 1 => at(n / 2),
        n => at(n / 2 - 1).zip(at(n / 2)).map(|(a, b)| mean(&[a, b])),
    };
    let all = reached.len() == n && n > 0;
    Waiting {
        median,
        range: at(0).zip(reached.last().copied()),
        mean: all.then(|| mean(&reached)),
        reached: reached.len() as u32,
        of: n as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_printed_tables() {
        for (degrees, printed) in [(1, 12.706), (2, 4.303), (4, 2.776), (9, 2.262), (29, 2.045), (120, 1.980)]
        {
            assert!((quantile(degrees, CONFIDENCE) - printed).abs() < 5e-4, "{degrees}");
        }
    }

    #[test]
    fn one_value_has_a_mean_and_no_interval() {
        let one = estimate(&[Some(0.5)]);
        assert_eq!((one.mean, one.interval, one.spread, one.runs), (Some(0.5), None, Spread::Nothing, 1));
    }

    #[test]
    fn two_values_have_a_range_and_three_an_interval() {
        let two = estimate(&[Some(0.25), None, Some(0.75)]);
        assert_eq!((two.mean, two.interval, two.spread), (Some(0.5), Some((0.25, 0.75)), Spread::Range));
        let three = estimate(&[Some(1.0), Some(2.0), Some(3.0)]);
        // s = 1 and t(0.975; 2) = 4.302652729911275 in printed tables.
        let half = 4.302_652_729_911_275 / 3f64.sqrt();
        let (low, high) = three.interval.unwrap();
        assert!((low - (2.0 - half)).abs() < 1e-9 && (high - (2.0 + half)).abs() < 1e-9);
        assert_eq!(three.spread, Spread::Student);
    }

    /// s = 1, s / √3, and t(0.95; 2) = 2.919985580353726 in printed tables.
    #[test]
    fn other_intervals_are_those_of_the_textbook() {
        let of = |error, level| {
            let all = [Some(1.0), Some(2.0), Some(3.0)];
            let estimate = estimate_with(&all, ANY, Uncertainty { error, level });
            (estimate.interval, estimate.spread)
        };
        assert_eq!(of(ErrorKind::Sd, 0.95), (Some((1.0, 3.0)), Spread::Deviation));
        assert_eq!(of(ErrorKind::Range, 0.95), (Some((1.0, 3.0)), Spread::Range));
        assert_eq!(of(ErrorKind::None, 0.95), (None, Spread::Nothing));
        let (sem, spread) = of(ErrorKind::Sem, 0.95);
        assert!(
            (sem.unwrap().1 - (2.0 + 1.0 / 3f64.sqrt())).abs() < 1e-12 && spread == Spread::StandardError
        );
        let (ninety, _) = of(ErrorKind::Ci, 0.9);
        assert!((ninety.unwrap().1 - (2.0 + 2.919_985_580_353_726 / 3f64.sqrt())).abs() < 1e-9);
    }

    #[test]
    fn intervals_stay_within_what_is_possible() {
        let shares = estimate_within(&[Some(0.7), Some(0.8), Some(0.9)], SHARE);
        let (low, high) = shares.interval.unwrap();
        assert!((low - (0.8 - 4.302_652_729_911_275 * 0.1 / 3f64.sqrt())).abs() < 1e-9);
        assert_eq!((high, shares.spread), (1.0, Spread::Cut));
        // A damaged record has its mean inside its interval all the same.
        let five = estimate_within(&[Some(5.0); 3], SHARE);
        assert_eq!(five.interval, Some((5.0, 5.0)));
        assert!(
            estimate_within(&[Some(1e308), Some(1.1e308), Some(-1e308)], AMOUNT).mean.unwrap().is_finite()
        );
    }

    #[test]
    fn diverged_repeats_are_counted() {
        let some = estimate(&[Some(0.5), Some(f64::NAN), None]);
        assert_eq!((some.mean, some.runs, some.without), (Some(0.5), 1, 2));
        assert_eq!(estimate(&[None]).mean, None);
    }

    /// Worked by hand: a repeat that never gets there is the last of all.
    #[test]
    fn a_median_counts_those_that_never_got_there() {
        let of = |times: &[Option<f64>]| waiting(times);
        let all = of(&[Some(60.0), Some(20.0), Some(40.0)]);
        assert_eq!((all.median, all.range, all.mean), (Some(40.0), Some((20.0, 60.0)), Some(40.0)));
        let most = of(&[Some(80.0), None, Some(120.0)]);
        assert_eq!(
            (most.median, most.range, most.mean, most.reached),
            (Some(120.0), Some((80.0, 120.0)), None, 2)
        );
        assert_eq!(of(&[Some(1.0), Some(2.0), Some(5.0), None]).median, Some(3.5));
        assert_eq!(of(&[Some(1.0), Some(2.0), None, None]).median, None);
        assert_eq!(of(&[None, Some(7.0), None]).median, None);
        assert_eq!((of(&[]).median, of(&[]).of), (None, 0));
    }
}
