//! Mean and interval over repeats: the two numbers behind every point of every figure.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The confidence of every interval that a figure shows.
pub const CONFIDENCE: f64 = 0.95;

/// What the repeats of one setting say together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Mean over the repeats that have a value; `None` when none has.
    pub mean: Option<f64>,
    /// The ends of the interval; `None` with fewer than two values.
    pub interval: Option<(f64, f64)>,
    /// Number of repeats that have a value.
    pub runs: u32,
    /// Number of repeats without a value: they diverged, or the record lacks it.
    pub without: u32,
}

impl Estimate {
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
        let text = |value: Option<f64>| value.map_or(String::new(), |v| v.to_string());
        let (low, high) = (self.interval.map(|i| i.0), self.interval.map(|i| i.1));
        [text(self.mean), text(low), text(high), self.runs.to_string(), self.without.to_string()]
    }
}

/// Mean and two-sided 95 % interval of Student's t, mean ± t(n − 1) s / √n, over the finite values.
///
/// A repeat without a finite value is counted, never dropped in silence.
#[must_use]
pub fn estimate(values: &[Option<f64>]) -> Estimate {
    let finite: Vec<f64> = values.iter().filter_map(|v| v.filter(|v| v.is_finite())).collect();
    let n = finite.len();
    let mean = (n > 0).then(|| finite.iter().sum::<f64>() / n as f64);
    let interval = mean.filter(|_| n > 1).map(|mean| {
        let variance = finite.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
        let half = quantile(n - 1) * (variance / n as f64).sqrt();
        (mean - half, mean + half)
    });
    Estimate { mean, interval, runs: n as u32, without: (values.len() - n) as u32 }
}

/// The quantile of Student's t that leaves half of 1 − [`CONFIDENCE`] above it.
fn quantile(degrees: usize) -> f64 {
    StudentsT::new(0.0, 1.0, degrees as f64)
        .expect("degrees of freedom are positive")
        .inverse_cdf(0.5 + CONFIDENCE / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_printed_tables() {
        for (degrees, printed) in [(1, 12.706), (2, 4.303), (4, 2.776), (9, 2.262), (29, 2.045)] {
            assert!((quantile(degrees) - printed).abs() < 5e-4, "{degrees}: {}", quantile(degrees));
        }
    }

    #[test]
    fn one_value_has_a_mean_and_no_interval() {
        let one = estimate(&[Some(0.5)]);
        assert_eq!((one.mean, one.interval, one.runs), (Some(0.5), None, 1));
    }

    #[test]
    fn diverged_repeats_are_counted() {
        let some = estimate(&[Some(0.5), Some(f64::NAN), None]);
        assert_eq!((some.mean, some.runs, some.without), (Some(0.5), 1, 2));
        assert_eq!(estimate(&[None]).mean, None);
    }
}
