//! Laws that are not what their settings say: draws below 0 are drawn again, draws above 365 days are cut.

use statrs::distribution::{Continuous, ContinuousCDF, Normal};
use statrs::function::gamma::{gamma, gamma_lr, gamma_ur};

use super::Law;
use crate::units::LONGEST;

/// A share of draws below this is not worth a word, nor is a mean that is off by less.
const TOLD: f64 = 0.001;

/// What the bounds make of a law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TruncatedLaw {
    /// The share of draws that fall below 0 and are drawn again.
    pub below: f64,
    /// The share of spans that would be longer than 365 days and are 365 days.
    pub above: f64,
    /// The mean of the spans, in seconds.
    pub mean_s: f64,
}

impl Law {
    /// What a user should be told of a law whose bounds reach more than a thousandth of its draws or move its mean by more:
    /// the share and the mean.
    #[must_use]
    pub fn remark(&self) -> Option<String> {
        let cut = self.cut()?;
        let percent = |share: f64| format!("{} % of its draws", words_of_percent(100.0 * share));
        let below = (cut.below >= TOLD).then(|| format!("cut at 0 ({}, drawn again)", percent(cut.below)));
        // Without the cap the mean is that of a few huge draws, or none at all: then the cap has made it.
        let moved = self.uncut_mean_s().is_some_and(|mean| cut.mean_s < (1.0 - TOLD) * mean);
        let above = (cut.above >= TOLD || moved).then(|| format!("cut at 365 days ({})", percent(cut.above)));
        let told: Vec<String> = below.into_iter().chain(above).collect();
        let name = match self {
            Self::Normal { mean, std } => format!("normal(mean {mean}, std {std})"),
            Self::Exponential { mean } => format!("exponential(mean {mean})"),
            Self::LogNormal { median, sigma } => {
                format!("log_normal(median {median}, sigma {})", sigma.get())
            }
            Self::Gamma { mean, shape } => format!("gamma(mean {mean}, shape {})", shape.get()),
            Self::Pareto { minimum, shape } => format!("pareto(minimum {minimum}, shape {})", shape.get()),
            Self::Weibull { scale, shape } => format!("weibull(scale {scale}, shape {})", shape.get()),
            Self::Constant(_) | Self::Uniform { .. } | Self::Empirical(_) => return None,
        };
        let without = match self.uncut_mean_s() {
            Some(mean) if mean == f64::INFINITY && matches!(self, Self::Pareto { .. }) => {
                ", without the cut it has none".to_owned()
            }
            Some(mean) if moved && cut.above < TOLD => format!(", without the cut {}", words(mean)),
            _ => String::new(),
        };
        (!told.is_empty())
            .then(|| format!("{name} is {}: its mean is {}{without}", told.join(" and "), words(cut.mean_s)))
    }

    /// The mean that a law with a heavy tail would have without the cap, in seconds; `None` where the tail is too light
    /// for the cap to move the mean unless it takes a share of the draws that is told anyway.
    fn uncut_mean_s(&self) -> Option<f64> {
        Some(match self {
            Self::Pareto { shape, .. } if shape.get() <= 1.0 => f64::INFINITY,
            Self::Pareto { minimum, shape } => minimum.as_secs_f64() * shape.get() / (shape.get() - 1.0),
            Self::Exponential { mean } | Self::Gamma { mean, .. } => mean.as_secs_f64(),
            Self::LogNormal { median, sigma } => {
                median.as_secs_f64() * (sigma.get() * sigma.get() / 2.0).exp()
            }
            Self::Weibull { scale, shape } => {
                let power = 1.0 + 1.0 / shape.get();
                // Beyond, the gamma function overflows, and hardly anything lies between 0 and the cap.
                if power < 170.0 { scale.as_secs_f64() * gamma(power) } else { return None }
            }
            Self::Normal { .. } | Self::Constant(_) | Self::Uniform { .. } | Self::Empirical(_) => {
                return None;
            }
        })
    }

    /// The shares that are cut and the mean of what is left, in closed form; `None` for laws within the bounds.
    pub(super) fn cut(&self) -> Option<TruncatedLaw> {
        let longest = LONGEST.as_secs_f64();
        let unit = || Normal::standard();
        // A law of positive spans: what exceeds the cap, and the mean of what does not.
        let capped =
            |above: f64, within: f64| TruncatedLaw { below: 0.0, above, mean_s: within + longest * above };
        Some(match self {
            Self::Constant(_) | Self::Uniform { .. } | Self::Empirical(_) => return None,
            Self::Normal { mean, std } => {
                let (mean, std) = (mean.as_secs_f64(), std.as_secs_f64());
                let (low, high) = (-mean / std, (longest - mean) / std);
                let kept = unit().sf(low);
                let within =
                    mean * (unit().cdf(high) - unit().cdf(low)) + std * (unit().pdf(low) - unit().pdf(high));
                let above = unit().sf(high) / kept;
                TruncatedLaw { below: unit().cdf(low), above, mean_s: within / kept + longest * above }
            }
            Self::Exponential { mean } => {
                let mean = mean.as_secs_f64();
                let above = (-longest / mean).exp();
                capped(above, mean - (mean + longest) * above)
            }
            Self::LogNormal { median, sigma } => {
                let (median, sigma) = (median.as_secs_f64(), sigma.get());
                let high = (longest / median).ln() / sigma;
                // The product of a huge mean and a tiny share of it, as one exponential.
                let share = unit().cdf(high - sigma);
                let within =
                    if share > 0.0 { median * (sigma * sigma / 2.0 + share.ln()).exp() } else { 0.0 };
                capped(unit().sf(high), within)
            }
            Self::Gamma { mean, shape } => {
                let (mean, shape) = (mean.as_secs_f64(), shape.get());
                let high = longest * shape / mean;
                capped(gamma_ur(shape, high), mean * gamma_lr(shape + 1.0, high))
            }
            Self::Pareto { minimum, shape } => {
                let (minimum, shape) = (minimum.as_secs_f64(), shape.get());
                let ratio = longest / minimum;
                let above = ratio.powf(-shape);
                let within = match shape - 1.0 {
                    excess if excess.abs() < 1e-9 => minimum * ratio.ln(),
                    excess => shape * minimum * (1.0 - ratio.powf(-excess)) / excess,
                };
                capped(above, within)
            }
            Self::Weibull { scale, shape } => {
                let (scale, shape) = (scale.as_secs_f64(), shape.get());
                let high = (longest / scale).powf(shape);
                // Above a shape of 1/169 the gamma function is finite; below, hardly anything lies between 0 and the cap.
                let power = 1.0 + 1.0 / shape;
                let within = if power < 170.0 { scale * gamma(power) * gamma_lr(power, high) } else { 0.0 };
                capped((-high).exp(), within)
            }
        })
    }
}

/// A share in percent: one digit after the point, or as many zeros as its first digit needs.
fn words_of_percent(percent: f64) -> String {
    if percent >= 0.1 || percent == 0.0 { format!("{percent:.1}") } else { format!("{percent:.0e}") }
}

/// A span with three digits and its unit.
fn words(seconds: f64) -> String {
    let units = [(86_400.0, " days"), (1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")];
    let (scale, unit) = units.into_iter().find(|(scale, _)| seconds >= *scale).unwrap_or((1e-9, "ns"));
    let value = seconds / scale;
    let digits = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$}{unit}")
}

#[cfg(test)]
mod tests {
    use super::super::tests::{draws, law};

    /// The closed forms against 20,000 draws each: shares within five standard deviations, the mean as well.
    #[test]
    fn draws_have_the_shares_and_the_mean_that_are_told() {
        let longest = 365.0 * 86_400.0;
        for yaml in [
            "normal: { mean: 20ms, std: 15ms }",
            "normal: { mean: 0s, std: 5ms }",
            "normal: { mean: 7000h, std: 3000h }",
            "exponential: { mean: 4000h }",
            "log_normal: { median: 20h, sigma: 4 }",
            "gamma: { mean: 4000h, shape: 0.5 }",
            "pareto: { minimum: 1h, shape: 0.4 }",
            "pareto: { minimum: 1h, shape: 1 }",
            "weibull: { scale: 1000h, shape: 0.5 }",
        ] {
            let (law, n) = (law(yaml), 20_000.0);
            let (cut, draws) = (law.cut().unwrap(), draws(&law));
            let above = draws.iter().filter(|x| **x >= longest).count() as f64 / n;
            let tolerance = 5.0 * (cut.above * (1.0 - cut.above) / n).sqrt() + 1e-9;
            assert!((above - cut.above).abs() <= tolerance, "{yaml}: {above}, not {}", cut.above);
            let mean = draws.iter().sum::<f64>() / n;
            let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
            assert!(
                (mean - cut.mean_s).abs() < 5.0 * (variance / n).sqrt(),
                "{yaml}: {mean}, not {}",
                cut.mean_s
            );
        }
    }

    #[test]
    fn only_a_law_that_is_cut_is_remarked() {
        for (yaml, told) in [
            // Phi(-4/3) = 0.0912; mean 20 + 15 phi(4/3) / Phi(4/3) = 22.71.
            (
                "normal: { mean: 20ms, std: 15ms }",
                "normal(mean 20ms, std 15ms) is cut at 0 (9.1 % of its draws, drawn again): its mean is 22.7ms",
            ),
            // sqrt(2 / pi) of the standard deviation.
            (
                "normal: { mean: 0s, std: 5ms }",
                "normal(mean 0s, std 5ms) is cut at 0 (50.0 % of its draws, drawn again): its mean is 3.99ms",
            ),
            // Phi(-3.1) = 0.00097, Phi(-3) = 0.00135.
            ("normal: { mean: 31ms, std: 10ms }", ""),
            (
                "normal: { mean: 30ms, std: 10ms }",
                "normal(mean 30ms, std 10ms) is cut at 0 (0.1 % of its draws, drawn again): its mean is 30.0ms",
            ),
            // (8760)^-0.4 = 0.0265.
            (
                "pareto: { minimum: 1h, shape: 0.4 }",
                "pareto(minimum 1h, shape 0.4) is cut at 365 days (2.6 % of its draws): its mean is 16.1 days, without the cut it has none",
            ),
            // With r = 3.1536e10 the share is r^-0.8 = 4e-9, the mean 1ms (5 r^0.2 - 4) = 625ms.
            (
                "pareto: { minimum: 1ms, shape: 0.8 }",
                "pareto(minimum 1ms, shape 0.8) is cut at 365 days (4e-7 % of its draws): its mean is 625ms, without the cut it has none",
            ),
            ("pareto: { minimum: 1ms, shape: 2 }", ""),
            ("exponential: { mean: 20ms }", ""),
            ("log_normal: { median: 20ms, sigma: 2 }", ""),
            ("gamma: { mean: 20ms, shape: 0.1 }", ""),
            ("weibull: { scale: 20ms, shape: 0.3 }", ""),
            ("constant: 3ms", ""),
            ("uniform: { from: 0s, to: 3ms }", ""),
        ] {
            assert_eq!(law(yaml).remark().unwrap_or_default(), told, "{yaml}");
        }
    }
}
