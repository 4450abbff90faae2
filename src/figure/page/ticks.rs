//! Where an axis begins and ends, and the round numbers on it.

use crate::figure::content::Scale;

/// The range of an axis and its labelled ticks, in data coordinates.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<(f64, String)>,
    /// Equal ratios take equal room.
    pub log: bool,
}

impl Range {
    /// An axis that shows all of `values` with about `most` ticks at most.
    #[must_use]
    pub fn covering(scale: Scale, values: impl IntoIterator<Item = f64>, most: usize) -> Self {
        let ends = |(low, high): (f64, f64), v: f64| (low.min(v), high.max(v));
        let (low, high) = values.into_iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        if scale == Scale::Log {
            return Self::decades(low, high, most);
        }
        let (low, high, step) = match scale {
            Scale::Count => {
                let step = step((high - low) / most as f64).max(1.0);
                (low - 0.5, high + 0.5, step)
            }
            Scale::Progress => {
                let room = 0.025 * (high - low).max(1.0);
                (low - room, high + room, step((high - low) / most as f64).max(1.0))
            }
            Scale::Share => share(low.max(0.0), high.min(1.0), most),
            Scale::Value | Scale::Log => {
                let room = if high > low { 0.06 * (high - low) } else { low.abs().max(1.0) * 0.1 };
                let (low, high) = (low - room, high + room);
                (low, high, step((high - low) / most as f64))
            }
        };
        Self { low, high, ticks: multiples(step, low, high), log: false }
    }

    /// Ticks at the powers of ten, and at 2 and 5 times as much where there is room.
    fn decades(low: f64, high: f64, most: usize) -> Self {
        let room = if high > low { (high / low).powf(0.06) } else { 2.0 };
        let (low, high) = (low / room, high * room);
        let powers = (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
        let ticks = |times: &[f64]| -> Vec<(f64, String)> {
            let all = powers.clone().flat_map(|power| times.iter().map(move |t| t * 10f64.powi(power)));
            all.filter(|v| (low..=high).contains(v)).map(|v| (v, plain(v))).collect()
        };
        let (few, many) = (ticks(&[1.0]), ticks(&[1.0, 2.0, 5.0]));
        Self { low, high, ticks: if many.len() <= most { many } else { few }, log: true }
    }

    /// Where `value` lies between the ends, 0 to 1.
    #[must_use]
    pub fn share_of(&self, value: f64) -> f64 {
        if self.log {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }
}

/// Widens to half steps, so that a share axis begins and ends on a tick or between two, within 0 and 1.
fn share(low: f64, high: f64, most: usize) -> (f64, f64, f64) {
    // Equal values still want an axis on which they are seen to be equal.
    let room = if high > low { 0.03 * (high - low) } else { 0.05 };
    let (low, high) = ((low - room).max(0.0), (high + room).min(1.0));
    let step = step((high - low) / (most as f64 - 1.0));
    let half = step / 2.0;
    let low = ((low / half).floor() * half).max(0.0);
    let high = ((high / half).ceil() * half).min(1.0);
    (low, high, step)
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `rough`.
#[must_use]
pub fn step(rough: f64) -> f64 {
    let power = 10f64.powf(rough.max(1e-12).log10().floor());
    let times = [1.0, 2.0, 5.0].into_iter().find(|t| t * power >= rough * (1.0 - 1e-9));
    times.unwrap_or(10.0) * power
}

/// The multiples of `step` from `low` to `high`, labelled with as many decimals as the step needs.
fn multiples(step: f64, low: f64, high: f64) -> Vec<(f64, String)> {
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    let slack = 1e-6;
    let (first, last) = ((low / step - slack).ceil() as i64, (high / step + slack).floor() as i64);
    let tick = |k: i64| {
        let at = k as f64 * step;
        (at, format!("{at:.decimals$}").replace('-', "−"))
    };
    (first..=last).map(tick).collect()
}

/// A power of ten, or a small multiple, without more digits than it needs.
fn plain(value: f64) -> String {
    let exponent = value.log10().floor() as i32;
    if (-4..5).contains(&exponent) {
        let decimals = (-exponent).max(0) as usize;
        format!("{value:.decimals$}")
    } else {
        format!("{:.0}e{exponent}", value / 10f64.powi(exponent)).replace('-', "−")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scale: Scale, values: &[f64], expected: &str) {
        let range = Range::covering(scale, values.iter().copied(), 6);
        let labels: Vec<&str> = range.ticks.iter().map(|(_, l)| l.as_str()).collect();
        assert_eq!(labels.join(" "), expected);
        let (low, high) = (values[0], values[values.len() - 1]);
        assert!(range.low <= low && range.high >= high, "{range:?}");
    }

    #[test]
    fn ticks_are_round() {
        check(Scale::Share, &[0.1, 0.97], "0.0 0.2 0.4 0.6 0.8 1.0");
        check(Scale::Share, &[0.93, 0.98], "0.92 0.94 0.96 0.98");
        check(Scale::Share, &[0.5], "0.46 0.48 0.50 0.52 0.54");
        check(Scale::Progress, &[0.0, 200.0], "0 50 100 150 200");
        check(Scale::Count, &[0.0, 8.0], "0 2 4 6 8");
        check(Scale::Count, &[3.0], "3");
        check(Scale::Value, &[0.2, 0.45], "0.20 0.25 0.30 0.35 0.40 0.45");
        check(Scale::Value, &[3.0], "2.7 2.8 2.9 3.0 3.1 3.2 3.3");
        check(Scale::Log, &[0.001, 0.1], "0.001 0.01 0.1");
        check(Scale::Log, &[0.01, 0.1], "0.01 0.02 0.05 0.1");
        check(Scale::Log, &[10.0, 1e6], "10 100 1000 10000 1e5 1e6");
        check(Scale::Log, &[1e-6, 1.0], "1e−6 1e−5 0.0001 0.001 0.01 0.1 1");
    }

    #[test]
    fn steps_are_one_two_five() {
        for (rough, expected) in [(0.9, 1.0), (1.0, 1.0), (1.1, 2.0), (3.0, 5.0), (6.0, 10.0), (0.03, 0.05)] {
            assert!((step(rough) - expected).abs() < 1e-12, "{rough}");
        }
    }
}
