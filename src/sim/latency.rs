//! Laws of random spans of time: how long a message travels, how long a worker computes.

use std::time::Duration;

use rand_distr::{Distribution, Exp, LogNormal, Uniform};
use serde::{Deserialize, Serialize};

use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::random::Stream;
use crate::units::{LONGEST, Positive, Span};

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
];

/// A law of a non-negative span of time. Draws are rounded to nanoseconds and capped at 365 days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Law {
    /// Always the same.
    Constant(Span),
    /// Evenly between two spans.
    Uniform { from: Span, to: Span },
    /// Memoryless, with this mean.
    Exponential { mean: Span },
    /// The logarithm is normal with standard deviation sigma around the logarithm of the median.
    LogNormal { median: Span, sigma: Positive },
}

impl Law {
    /// No time at all, always.
    pub const ZERO: Self = Self::Constant(Span::ZERO);

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// When the law has no span to draw.
    pub fn validate(&self) -> Result<()> {
        let zero = |s: &Span| *s == Span::ZERO;
        match self {
            Self::Uniform { from, to } if from > to => {
                Err(Error::scenario(format!("a uniform law from {from} to {to} is empty"))
                    .key("uniform.to")
                    .help("write the smaller span as `from`"))
            }
            Self::Exponential { mean } if zero(mean) => {
                Err(Error::scenario("an exponential law needs a mean above 0s")
                    .key("exponential.mean")
                    .help("for no delay at all write { constant: 0s }"))
            }
            Self::LogNormal { median, .. } if zero(median) => {
                Err(Error::scenario("a log-normal law needs a median above 0s")
                    .key("log_normal.median")
                    .help("for no delay at all write { constant: 0s }"))
            }
            _ => Ok(()),
        }
    }

    /// A span that draws hardly ever exceed, in seconds; bounds the simulated time of a run.
    #[must_use]
    pub fn reach_s(&self) -> f64 {
        let reach = match self {
            Self::Constant(span) | Self::Uniform { to: span, .. } => span.as_secs_f64(),
            Self::Exponential { mean } => 50.0 * mean.as_secs_f64(),
            Self::LogNormal { median, sigma } => median.as_secs_f64() * (8.0 * sigma.get()).exp(),
        };
        reach.min(LONGEST.as_secs_f64())
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
        };
        Duration::from_nanos((seconds.min(LONGEST.as_secs_f64()) * 1e9).round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use statrs::distribution::{ContinuousCDF, Exp as ExactExp, LogNormal as ExactLogNormal};

    use super::*;
    use crate::random::{Purpose, Streams};
    use crate::time::Round;

    const DRAWS: usize = 20_000;

    fn draws(law: &Law) -> Vec<f64> {
        let mut stream = Streams::new(11).stream(Purpose::LatencyUp, 0, Round(0));
        (0..DRAWS).map(|_| law.sample(&mut stream).as_secs_f64()).collect()
    }

    /// The share of draws below the exact q-quantile is q, within five standard deviations.
    fn check(law: &Law, quantile: impl Fn(f64) -> f64) {
        let draws = draws(law);
        for q in [0.05, 0.5, 0.95] {
            let below = draws.iter().filter(|x| **x < quantile(q)).count() as f64 / DRAWS as f64;
            let tolerance = 5.0 * (q * (1.0 - q) / DRAWS as f64).sqrt();
            assert!((below - q).abs() < tolerance, "{law:?}: {below} below the {q}-quantile");
        }
    }

    #[test]
    fn laws_have_their_quantiles() {
        let span = |s: &str| s.parse::<Span>().unwrap();
        check(&Law::Uniform { from: span("10ms"), to: span("30ms") }, |q| 0.01 + 0.02 * q);
        let exact = ExactExp::new(50.0).unwrap();
        check(&Law::Exponential { mean: span("20ms") }, |q| exact.inverse_cdf(q));
        let exact = ExactLogNormal::new(0.02_f64.ln(), 0.5).unwrap();
        let law = Law::LogNormal { median: span("20ms"), sigma: Positive::try_from(0.5).unwrap() };
        check(&law, |q| exact.inverse_cdf(q));
        assert!(draws(&Law::Constant(span("7ms"))).iter().all(|x| *x == 0.007));
    }
}
