//! Where an axis begins and ends, and the round numbers on it.
//!
//! Records can hold anything: nothing at all, one value, equal values, zeros where ratios count, the largest and the smallest numbers
//! there are. Every axis is finite, begins before it ends, and has a handful of ticks.

use crate::figure::content::Scale;

/// The range of an axis and its labelled ticks, in data coordinates.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Range {
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<(f64, String)>,
    /// Equal ratios take equal room.
    pub log: bool,
}

/// Numbers beyond this are drawn as this, so that differences and ratios of two stay numbers.
const MOST: f64 = 1e300;
/// Values whose difference is a smaller part of them are drawn as equal: no label could tell them apart.
const EQUAL: f64 = 1e-9;
/// No place on a page is farther outside an axis than so many times its length.
const FARTHEST: f64 = 1e3;

impl Range {
    /// An axis that shows all of `values` that have a place on it, with about `most` ticks at most.
    #[must_use]
    pub(crate) fn covering(scale: Scale, values: impl IntoIterator<Item = f64>, most: usize) -> Self {
        let has_place = |v: &f64| v.is_finite() && (scale != Scale::Log || *v > 0.0);
        let ends = |(low, high): (f64, f64), v: f64| (low.min(v), high.max(v));
        // What no step of a linear axis can tell from 0 is 0 there.
        let told = |v: f64| if scale != Scale::Log && v.abs() < 1.0 / MOST { 0.0 } else { v };
        let values = values.into_iter().filter(has_place).map(|v| told(v.clamp(-MOST, MOST)));
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        if scale == Scale::Log {
            return if low <= high { Self::decades(low, high, most) } else { Self::empty() };
        }
        let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        let equal = high - low <= (EQUAL * low.abs().max(high.abs())).max(1.0 / MOST);
        let (low, high, step) = match scale {
            Scale::Count if !equal || low.abs() < 1e6 => {
                let step = step((high - low) / most as f64).max(1.0);
                (low - 0.5, high + 0.5, step)
            }
            Scale::Progress if !equal || low.abs() < 1e6 => {
                let room = 0.025 * (high - low).max(1.0);
                (low - room, high + room, step((high - low) / most as f64).max(1.0))
            }
            Scale::Share => share(low.clamp(0.0, 1.0), high.clamp(0.0, 1.0), most),
            _ => {
                let around = if low == 0.0 { 0.1 } else { 0.1 * low.abs().max(high.abs()) };
                let room = if equal { around } else { 0.06 * (high - low) };
                let (low, high) = (low - room, high + room);
                (low, high, step((high - low) / most as f64))
            }
        };
        Self { low, high, ticks: multiples(step, low, high), log: false }
    }

    /// A logarithmic axis on which nothing has a place.
    const fn empty() -> Self {
        Self { low: 0.1, high: 10.0, ticks: Vec::new(), log: true }
    }

    /// Ticks at the powers of ten, at 2 and 5 times as much where there is room, at every so many powers where there
    /// are too many; within a decade at round numbers.
    fn decades(low: f64, high: f64, most: usize) -> Self {
        let (low, high) = (low.max(1.0 / MOST), high.max(1.0 / MOST));
        let span = (high / low.max(high * 1e-17)).ln();
        let room = if high > low * (1.0 + EQUAL) { (0.06 * span).exp() } else { 2.0 };
        let (low, high) = (low / room, high * room);
        let powers = || (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
        let within = |v: &f64| (low..=high).contains(v);
        let at = |every: i32, times: &[f64]| -> Vec<f64> {
            let powers = powers().filter(|power| power % every == 0);
            powers.flat_map(|power| times.iter().map(move |t| t * 10f64.powi(power))).filter(within).collect()
        };
        let sets = [(1, &[1.0, 2.0, 5.0][..]), (1, &[1.0]), (2, &[1.0]), (5, &[1.0]), (10, &[1.0])];
        let sets = sets.into_iter().chain([20, 50, 100, 200, 500].map(|every| (every, &[1.0][..])));
        let ticks = sets.map(|(every, times)| at(every, times)).find(|ticks| ticks.len() <= most);
        let ticks = ticks.unwrap_or_default();
        if ticks.len() < 3 && high / low < 30.0 {
            let step = step((high - low) / most as f64);
            return Self { low, high, ticks: multiples(step, low, high), log: true };
        }
        Self { low, high, ticks: labelled(ticks), log: true }
    }

    /// Where `value` lies between the ends, 0 to 1; far outside for what has no place.
    #[must_use]
    pub(crate) fn share_of(&self, value: f64) -> f64 {
        let share = if self.log {
            let value = if value > 0.0 { value.clamp(1.0 / MOST, MOST) } else { value };
            if value <= 0.0 { -FARTHEST } else { (value / self.low).ln() / (self.high / self.low).ln() }
        } else {
            (value.clamp(-MOST, MOST) - self.low) / (self.high - self.low)
        };
        if share.is_nan() { 0.0 } else { share.clamp(-FARTHEST, FARTHEST) }
    }

    /// Leaves out labels until no two of them meet on an axis of this length.
    pub(crate) fn thin(&mut self, length: i32, width: impl Fn(&str) -> i32) {
        let place = |value: f64| self.share_of(value) * f64::from(length);
        let spots: Vec<(f64, f64)> =
            self.ticks.iter().map(|(value, words)| (place(*value), f64::from(width(words)))).collect();
        let meets = |every: usize| {
            let kept: Vec<&(f64, f64)> = spots.iter().step_by(every).collect();
            kept.windows(2).any(|pair| pair[1].0 - pair[0].0 < (pair[0].1 + pair[1].1) / 2.0)
        };
        let every = (1..=spots.len().max(1)).find(|every| !meets(*every)).unwrap_or(1);
        let ticks = std::mem::take(&mut self.ticks);
        self.ticks = ticks.into_iter().step_by(every).collect();
    }
}

/// Widens to half steps, so that a share axis begins and ends on a tick or between two, within 0 and 1.
fn share(low: f64, high: f64, most: usize) -> (f64, f64, f64) {
    // Equal values still want an axis on which they are seen to be equal.
    let equal = high - low <= (EQUAL * high).max(1.0 / MOST);
    let room = if equal { 0.05 } else { 0.03 * (high - low) };
    let (low, high) = ((low - room).max(0.0), (high + room).min(1.0));
    let step = step((high - low) / (most as f64 - 1.0));
    let half = step / 2.0;
    let low = ((low / half).floor() * half).max(0.0);
    let high = ((high / half).ceil() * half).min(1.0);
    (low, high, step)
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `rough`.
#[must_use]
pub(crate) fn step(rough: f64) -> f64 {
    let rough = rough.max(1.0 / MOST);
    let power = 10f64.powf(rough.log10().floor());
    let times = [1.0, 2.0, 5.0].into_iter().find(|t| t * power >= rough * (1.0 - 1e-9));
    times.unwrap_or(10.0) * power
}

/// The multiples of `step` from `low` to `high`, labelled with as many decimals as the step needs.
fn multiples(step: f64, low: f64, high: f64) -> Vec<(f64, String)> {
    let slack = 1e-6;
    let (first, last) = ((low / step - slack).ceil() as i64, (high / step + slack).floor() as i64);
    let ticks: Vec<f64> = (first..=last).map(|k| k as f64 * step).collect();
    let place = |value: f64| (value.log10() + 1e-9).floor() as i32;
    let largest = ticks.iter().fold(0.0, |most: f64, tick| most.max(tick.abs()));
    let (top, end) = (if largest > 0.0 { place(largest) } else { 0 }, place(step));
    let label = |at: f64| match (top, end) {
        // Long numbers are read by their power of ten.
        (top, end) if top >= 7 || end < -6 => scientific(at, top, (top - end).clamp(0, 9) as usize),
        (_, end) => format!("{at:.0$}", (-end).max(0) as usize).replace('-', "−"),
    };
    ticks.into_iter().map(|at| (at, label(at))).collect()
}

/// A number in units of a power of ten.
fn scientific(value: f64, power: i32, decimals: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    // The reciprocal of a power below the smallest numbers is none.
    let mantissa = value / 10f64.powi(power / 2) / 10f64.powi(power - power / 2);
    format!("{mantissa:.decimals$}e{power}").replace('-', "−")
}

/// Powers of ten, or small multiples: without more digits than they need, and all in the same style.
fn labelled(ticks: Vec<f64>) -> Vec<(f64, String)> {
    let exponent = |value: f64| (value.log10() + 1e-9).floor() as i32;
    let short = ticks.iter().all(|v| (-4..5).contains(&exponent(*v)));
    let label = |value: f64| {
        let exponent = exponent(value);
        if short {
            format!("{value:.0$}", (-exponent).max(0) as usize)
        } else {
            scientific(value, exponent, 0)
        }
    };
    ticks.into_iter().map(|value| (value, label(value))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(scale: Scale, values: &[f64]) -> String {
        let range = Range::covering(scale, values.iter().copied(), 6);
        range.ticks.iter().map(|(_, l)| l.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn check(scale: Scale, values: &[f64], expected: &str) {
        assert_eq!(labels(scale, values), expected);
        let range = Range::covering(scale, values.iter().copied(), 6);
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
        check(Scale::Log, &[10.0, 1e6], "1e1 1e2 1e3 1e4 1e5 1e6");
    }

    #[test]
    fn long_numbers_are_read_by_their_power_of_ten() {
        check(Scale::Value, &[0.0, 6e27], "0 2e27 4e27 6e27");
        check(Scale::Value, &[1.5e-9, 2e-9], "1.5e−9 1.6e−9 1.7e−9 1.8e−9 1.9e−9 2.0e−9");
        check(Scale::Progress, &[0.0, 1e6], "0 200000 400000 600000 800000 1000000");
    }

    #[test]
    fn many_decades_are_thinned_and_a_part_of_one_is_divided() {
        check(Scale::Log, &[1e-28, 1.0], "1e−25 1e−20 1e−15 1e−10 1e−5 1e0");
        check(Scale::Log, &[1e-300, 1e300], "1e−200 1e0 1e200");
        check(Scale::Log, &[0.72, 0.95], "0.75 0.80 0.85 0.90 0.95");
        check(Scale::Log, &[3.0], "2 3 4 5 6");
    }

    #[test]
    fn a_logarithmic_axis_without_anything_above_zero_is_empty() {
        for values in [&[][..], &[0.0], &[0.0, 0.0, -1.0], &[f64::NAN], &[f64::INFINITY]] {
            assert_eq!(Range::covering(Scale::Log, values.iter().copied(), 6), Range::empty());
        }
        assert_eq!(labels(Scale::Log, &[0.0, 10.0, 1000.0]), labels(Scale::Log, &[10.0, 1000.0]));
    }

    #[test]
    fn labels_that_would_meet_are_left_out() {
        let mut range = Range::covering(Scale::Progress, [0.0, 1e6], 6);
        range.thin(300, |words| 20 * words.len() as i32);
        assert_eq!(range.ticks.iter().map(|t| t.1.as_str()).collect::<Vec<_>>(), ["0", "600000"]);
    }

    #[test]
    fn steps_are_one_two_five() {
        for (rough, expected) in [(0.9, 1.0), (1.0, 1.0), (1.1, 2.0), (3.0, 5.0), (6.0, 10.0), (0.03, 0.05)] {
            assert!((step(rough) - expected).abs() < 1e-12, "{rough}");
        }
    }

    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![
            any::<f64>(),
            -2.0..2.0_f64,
            prop::sample::select(vec![0.0, -0.0, 1.0, 0.5, 1e308, -1e308, 1e-308, 5e-324, 1e15, 1e15 + 1.0]),
        ]
    }

    proptest! {
        #[test]
        fn every_axis_is_finite_and_has_few_short_labels(
            values in prop::collection::vec(number(), 0..5),
            scale in prop::sample::select(vec![Scale::Count, Scale::Progress, Scale::Share, Scale::Value, Scale::Log]),
            most in prop::sample::select(vec![4_usize, 6, 9]),
        ) {
            let range = Range::covering(scale, values.iter().copied(), most);
            prop_assert!(range.low.is_finite() && range.high.is_finite() && range.low < range.high, "{range:?}");
            prop_assert!(range.ticks.len() <= 2 * most + 2, "{range:?}");
            for (at, words) in &range.ticks {
                prop_assert!(at.is_finite() && words.chars().count() <= 16, "{range:?}");
                prop_assert!((-0.01..=1.01).contains(&range.share_of(*at)), "{range:?}");
            }
            for value in values.into_iter().chain([f64::NAN, f64::INFINITY, f64::NEG_INFINITY]) {
                prop_assert!(range.share_of(value).abs() <= FARTHEST);
            }
        }
    }
}
