//! Laws of random spans of time: how long a message travels, how long a worker computes.
//!
//! Where a mean or a scale is a span it is that of the law before the cap of 365 days.

mod cut;
mod empirical;
#[cfg(test)]
mod tests;

use std::time::Duration;

use rand_distr::{Distribution, Exp, Gamma, LogNormal, Normal, Pareto, Uniform, Weibull};
use serde::{Deserialize, Serialize};

use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::random::Stream;
use crate::units::{LONGEST, Positive, Span};

pub use empirical::{Empirical, TimeUnit};

/// Every law, for `signsim list`.
pub const CATALOGUE: &[Entry] = &[
    Entry { word: "constant", about: "{ constant: 20ms }", source: "always the same span" },
    Entry {
        word: "uniform",
        about: "{ uniform: { from: 10ms, to: 30ms } }",
        source: "evenly between two spans",
    },
    Entry { word: "exponential", about: "{ exponential: { mean: 20ms } }", source: "memoryless" },
    Entry {
        word: "log_normal",
        about: "{ log_normal: { median: 20ms, sigma: 0.5 } }",
        source: "normal logarithm, the usual fit of network delays",
    },
    Entry {
        word: "normal",
        about: "{ normal: { mean: 20ms, std: 5ms } }, drawn again when negative",
        source: "jitter around a typical span, truncated at 0",
    },
    Entry {
        word: "gamma",
        about: "{ gamma: { mean: 20ms, shape: 4 } }",
        source: "the sum of `shape` memoryless stages, such as queues on the way",
    },
    Entry {
        word: "pareto",
        about: "{ pareto: { minimum: 5ms, shape: 2.5 } }",
        source: "a power-law tail: rare, very long delays; no mean for a shape up to 1",
    },
    Entry {
        word: "weibull",
        about: "{ weibull: { scale: 20ms, shape: 0.7 } }",
        source: "a stretched exponential; a shape below 1 has the heavier tail",
    },
    Entry {
        word: "empirical",
        about: "{ empirical: { file: delays.csv, column: rtt, unit: ms } }",
        source: "measured spans, each row equally likely",
    },
];

/// A law of a non-negative span of time. Draws are rounded to nanoseconds and capped at 365 days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Law {
    /// Always the same.
    Constant(Span),
    /// Evenly between two spans.
    Uniform {
        /// The least span.
        from: Span,
        /// The greatest span, not below `from`.
        to: Span,
    },
    /// Memoryless, with this mean.
    Exponential {
        /// Above zero.
        mean: Span,
    },
    /// The logarithm is normal with standard deviation sigma around the logarithm of the median.
    LogNormal {
        /// Above zero: half of all spans are longer.
        median: Span,
        /// Standard deviation of the natural logarithm.
        sigma: Positive,
    },
    /// Normal with this mean and standard deviation, given that it is not negative; its own mean is a little larger.
    Normal {
        /// Of the law before it is cut at zero.
        mean: Span,
        /// Likewise; above zero.
        std: Span,
    },
    /// Density proportional to x^(shape - 1) exp(-x shape / mean).
    Gamma {
        /// Above zero.
        mean: Span,
        /// Standard deviation is mean / sqrt(shape); 1 is the exponential law.
        shape: Positive,
    },
    /// P(X > x) = (minimum / x)^shape.
    Pareto {
        /// No span is shorter; above zero.
        minimum: Span,
        /// Exponent of the tail; up to 1 there is no mean.
        shape: Positive,
    },
    /// P(X > x) = exp(-(x / scale)^shape).
    Weibull {
        /// A share of 1/e of all spans is longer; above zero.
        scale: Span,
        /// Exponent; below 1 the tail is heavier than exponential.
        shape: Positive,
    },
    /// The rows of a measurement.
    Empirical(Empirical),
}

impl Law {
    /// No time at all, always.
    pub const ZERO: Self = Self::Constant(Span::ZERO);

    /// Reads the file of a measurement.
    ///
    /// # Errors
    /// When it is not there, or not what the law says of it.
    pub fn load(&mut self) -> Result<()> {
        match self {
            Self::Empirical(rows) => rows.load().map_err(|why| Error::scenario(why).key("empirical")),
            _ => Ok(()),
        }
    }

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// When the law has no span to draw.
    pub fn validate(&self) -> Result<()> {
        if let Self::Uniform { from, to } = self
            && from > to
        {
            return Err(Error::scenario(format!("a uniform law from {from} to {to} is empty"))
                .key("uniform.to")
                .help("write the smaller span as `from`"));
        }
        let (span, law, key) = match self {
            Self::Exponential { mean } => (mean, "an exponential law needs a mean", "exponential.mean"),
            Self::LogNormal { median, .. } => {
                (median, "a log-normal law needs a median", "log_normal.median")
            }
            Self::Normal { std, .. } => (std, "a normal law needs a standard deviation", "normal.std"),
            Self::Gamma { mean, .. } => (mean, "a gamma law needs a mean", "gamma.mean"),
            Self::Pareto { minimum, .. } => (minimum, "a Pareto law needs a minimum", "pareto.minimum"),
            Self::Weibull { scale, .. } => (scale, "a Weibull law needs a scale", "weibull.scale"),
            Self::Constant(_) | Self::Uniform { .. } | Self::Empirical(_) => return Ok(()),
        };
        if *span > Span::ZERO {
            return Ok(());
        }
        let help = match self {
            Self::Normal { mean, .. } => format!("for always the same span write {{ constant: {mean} }}"),
            _ => "for no delay at all write { constant: 0s }".to_owned(),
        };
        Err(Error::scenario(format!("{law} above 0s")).key(key).help(help))
    }

    /// A span that draws hardly ever exceed, in seconds; bounds the simulated time of a run.
    #[must_use]
    pub fn reach_s(&self) -> f64 {
        let reach = match self {
            Self::Constant(span) | Self::Uniform { to: span, .. } => span.as_secs_f64(),
            Self::Exponential { mean } => 50.0 * mean.as_secs_f64(),
            Self::LogNormal { median, sigma } => median.as_secs_f64() * (8.0 * sigma.get()).exp(),
            Self::Normal { mean, std } => mean.as_secs_f64() + 8.0 * std.as_secs_f64(),
            // A sub-gamma tail: P(X > scale (k + sqrt(2 k t) + t)) <= exp(-t), here with t = 50.
            Self::Gamma { mean, shape } => {
                let k = shape.get();
                mean.as_secs_f64() * (1.0 + 10.0 / k.sqrt() + 50.0 / k)
            }
            // Exceeded once in 10^13 draws.
            Self::Pareto { minimum, shape } => minimum.as_secs_f64() * (30.0 / shape.get()).exp(),
            Self::Weibull { scale, shape } => scale.as_secs_f64() * 50_f64.powf(1.0 / shape.get()),
            Self::Empirical(rows) => rows.longest().as_secs_f64(),
        };
        reach.min(LONGEST.as_secs_f64())
    }

    /// One draw from a stream that is made only where there is chance.
    ///
    /// # Panics
    /// Never after [`Law::validate`].
    #[must_use]
    pub fn sample_from(&self, stream: impl FnOnce() -> Stream) -> Duration {
        match self {
            Self::Constant(span) => span.get(),
            law => law.sample(&mut stream()),
        }
    }

    /// One draw.
    ///
    /// # Panics
    /// Never after [`Law::validate`].
    #[must_use]
    pub fn sample(&self, stream: &mut Stream) -> Duration {
        const VALID: &str = "a validated law";
        let seconds = match self {
            Self::Constant(span) => return span.get(),
            Self::Uniform { from, to } => {
                let nanos = |s: &Span| s.get().as_nanos() as u64;
                let law = Uniform::new_inclusive(nanos(from), nanos(to)).expect(VALID);
                return Duration::from_nanos(law.sample(stream));
            }
            Self::Exponential { mean } => Exp::new(1.0 / mean.as_secs_f64()).expect(VALID).sample(stream),
            Self::LogNormal { median, sigma } => {
                LogNormal::new(median.as_secs_f64().ln(), sigma.get()).expect(VALID).sample(stream)
            }
            Self::Normal { mean, std } => {
                let law = Normal::new(mean.as_secs_f64(), std.as_secs_f64()).expect(VALID);
                // The mean is not negative, so at least every second draw is kept.
                std::iter::repeat_with(|| law.sample(stream))
                    .find(|x| *x >= 0.0)
                    .expect("an endless iterator")
            }
            Self::Gamma { mean, shape } => {
                let scale = mean.as_secs_f64() / shape.get();
                Gamma::new(shape.get(), scale).expect(VALID).sample(stream)
            }
            Self::Pareto { minimum, shape } => {
                Pareto::new(minimum.as_secs_f64(), shape.get()).expect(VALID).sample(stream)
            }
            Self::Weibull { scale, shape } => {
                Weibull::new(scale.as_secs_f64(), shape.get()).expect(VALID).sample(stream)
            }
            Self::Empirical(rows) => return rows.sample(stream),
        };
        Duration::from_nanos((seconds.min(LONGEST.as_secs_f64()) * 1e9).round() as u64)
    }
}
