//! Where an axis begins and ends, and the round numbers on it.
//!
//! Records can hold anything: nothing at all, one value, equal values, zeros where ratios count, the largest and the
//! smallest numbers there are. Every axis is finite, begins before it ends, and has a handful of ticks.

use super::numbers::{labelled, multiples, step};
use crate::figure::choice::Limits;
use crate::figure::content::Scale;

/// The range of an axis and its labelled ticks, in data coordinates.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Range {
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<(f64, String)>,
    /// Ticks without a label, between the powers of ten of a logarithmic axis.
    pub minor: Vec<f64>,
    pub shape: Shape,
}

/// What takes equal room on an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// Equal differences.
    Linear,
    /// Equal ratios.
    Log,
    /// Equal ratios beyond this, and equal differences between it and its opposite.
    Symlog(f64),
}

impl Shape {
    /// A number in the unit of the room that it takes.
    fn stretched(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.ln(),
            Self::Symlog(from) if value.abs() <= from => value / from,
            Self::Symlog(from) => value.signum() * ((value.abs() / from).log10() + 1.0),
        }
    }

    /// The number that takes this room.
    fn number(self, room: f64) -> f64 {
        match self {
            Self::Linear => room,
            Self::Log => room.exp(),
            Self::Symlog(from) if room.abs() <= 1.0 => room * from,
            Self::Symlog(from) => room.signum() * from * 10f64.powf(room.abs() - 1.0),
        }
    }
}

/// Numbers beyond this are drawn as this, so that differences and ratios of two stay numbers.
const MOST: f64 = 1e300;
/// Values whose difference is a smaller part of them are drawn as equal: no label could tell them apart.
const EQUAL: f64 = 1e-9;
/// No place on a page is farther outside an axis than so many times its length.
const FARTHEST: f64 = 1e3;
/// An axis of more powers of ten than this has no room between them.
const MOST_DIVIDED: f64 = 8.0;
/// A symmetric axis shows so many powers of ten to either side.
const MOST_SYMLOG: f64 = 1e6;

impl Range {
    /// An axis that shows all of `values` that have a place on it, with about `most` ticks at most.
    #[must_use]
    pub(crate) fn covering(scale: Scale, values: impl IntoIterator<Item = f64>, most: usize) -> Self {
        Self::within(scale, values, Limits::default(), most)
    }

    /// [`Range::covering`] with ends that are given.
    #[must_use]
    pub(crate) fn within(
        scale: Scale,
        values: impl IntoIterator<Item = f64>,
        limits: Limits,
        most: usize,
    ) -> Self {
        let has_place = |v: &f64| v.is_finite() && (scale != Scale::Log || *v > 0.0);
        let ends = |(low, high): (f64, f64), v: f64| (low.min(v), high.max(v));
        // What no step of a linear axis can tell from 0 is 0 there.
        let told = |v: f64| if scale != Scale::Log && v.abs() < 1.0 / MOST { 0.0 } else { v };
        let values: Vec<f64> =
            values.into_iter().filter(has_place).map(|v| told(v.clamp(-MOST, MOST))).collect();
        let (low, high) = values.iter().copied().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        let range = match scale {
            Scale::Log if low > high => Self::empty(),
            Scale::Log => Self::decades(low, high, most),
            Scale::Symlog => Self::symmetric(&values, most),
            _ => Self::linear(scale, (low, high), most),
        };
        if limits == Limits::default() { range } else { range.limited(limits, scale, most) }
    }

    fn linear(scale: Scale, (low, high): (f64, f64), most: usize) -> Self {
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
        Self { low, high, ticks: multiples(step, low, high), minor: vec![], shape: Shape::Linear }
    }

    /// A logarithmic axis on which nothing has a place.
    const fn empty() -> Self {
        Self { low: 0.1, high: 10.0, ticks: Vec::new(), minor: Vec::new(), shape: Shape::Log }
    }

    fn decades(low: f64, high: f64, most: usize) -> Self {
        let (low, high) = (low.max(1.0 / MOST), high.max(1.0 / MOST));
        let span = (high / low.max(high * 1e-17)).ln();
        let room = if high > low * (1.0 + EQUAL) { (0.06 * span).exp() } else { 2.0 };
        Self::of_decades(low / room, high * room, most)
    }

    /// Ticks at the powers of ten, at 2 and 5 times as much where there is room, at every so many powers where there
    /// are too many; within a decade at round numbers.
    fn of_decades(low: f64, high: f64, most: usize) -> Self {
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
        let divided = (high / low).log10() <= MOST_DIVIDED;
        let nine: Vec<f64> = (2..10).map(f64::from).collect();
        let minor = if divided { at(1, &nine) } else { at(1, &[1.0]) };
        if ticks.len() < 3 && high / low < 30.0 {
            let step = step((high - low) / most as f64);
            return Self { low, high, ticks: multiples(step, low, high), minor, shape: Shape::Log };
        }
        Self { low, high, ticks: labelled(ticks), minor, shape: Shape::Log }
    }

    /// An axis with 0 in it, logarithmic from the smallest of the values on.
    fn symmetric(values: &[f64], most: usize) -> Self {
        let sizes = || values.iter().map(|v| v.abs()).filter(|v| *v > 0.0);
        let largest = sizes().fold(0.0, f64::max);
        let smallest = sizes().fold(f64::INFINITY, f64::min).max(largest / MOST_SYMLOG);
        let from = if largest > 0.0 { 10f64.powf(smallest.log10().floor()).max(1.0 / MOST) } else { 1.0 };
        let shape = Shape::Symlog(from);
        let ends = values.iter().fold((0.0, 0.0), |(low, high): (f64, f64), v| (low.min(*v), high.max(*v)));
        let (low, high) = if ends.0 < ends.1 { ends } else { (-from, from) };
        let (low, high) = (shape.stretched(low), shape.stretched(high));
        let room = 0.06 * (high - low);
        Self::of_symlog(shape.number(low - room), shape.number(high + room), from, most)
    }

    /// Ticks at 0 and at powers of ten to either side.
    fn of_symlog(low: f64, high: f64, from: f64, most: usize) -> Self {
        let shape = Shape::Symlog(from);
        let decades = |end: f64| if end > from { (end / from).log10().floor() as i32 + 1 } else { 0 };
        let (below, above) = (decades(-low), decades(high));
        let every = ((below + above + 1) as usize).div_ceil(most.max(2)) as i32;
        let power = |k: i32| from * 10f64.powi(k - 1);
        let sides =
            (1..=below).rev().map(|k| (k, -1.0)).chain([(0, 0.0)]).chain((1..=above).map(|k| (k, 1.0)));
        let kept = sides.filter(|(k, _)| (k - i32::from(*k > 0)) % every == 0 || *k == 0);
        let ticks: Vec<f64> = kept.map(|(k, sign)| if k == 0 { 0.0 } else { sign * power(k) }).collect();
        let within = |v: &f64| (low..=high).contains(v);
        let minor = (1..=below.max(above)).flat_map(|k| (2..10).map(move |t| f64::from(t) * power(k)));
        let minor = minor.flat_map(|v| [v, -v]).filter(within).collect();
        let ticks = labelled(ticks.into_iter().filter(within).collect());
        Self { low, high, ticks, minor, shape }
    }

    /// This axis with other ends.
    fn limited(self, limits: Limits, scale: Scale, most: usize) -> Self {
        let positive = |end: Option<f64>| end.filter(|end| self.shape != Shape::Log || *end > 0.0);
        let (given_low, given_high) = (positive(limits.low), positive(limits.high));
        let (mut low, mut high) = (given_low.unwrap_or(self.low), given_high.unwrap_or(self.high));
        if low >= high {
            // What is drawn lies beyond the end that is given: a stretch of the axis next to it.
            let step = |end: f64| if self.shape == Shape::Log { 9.0 * end } else { end.abs().max(1.0) };
            match given_low {
                Some(low) => high = low + step(low),
                None => low = if self.shape == Shape::Log { high / 10.0 } else { high - step(high) },
            }
        }
        match self.shape {
            Shape::Log => Self::of_decades(low, high, most),
            Shape::Symlog(from) => Self::of_symlog(low, high, from, most),
            Shape::Linear => {
                let step = step((high - low) / most as f64);
                let whole = matches!(scale, Scale::Count | Scale::Progress);
                let step = if whole { step.max(1.0) } else { step };
                Self { low, high, ticks: multiples(step, low, high), minor: vec![], shape: Shape::Linear }
            }
        }
    }

    /// Where `value` lies between the ends, 0 to 1; far outside for what has no place.
    #[must_use]
    pub(crate) fn share_of(&self, value: f64) -> f64 {
        let share = match self.shape {
            Shape::Log => {
                let value = if value > 0.0 { value.clamp(1.0 / MOST, MOST) } else { value };
                if value <= 0.0 { -FARTHEST } else { (value / self.low).ln() / (self.high / self.low).ln() }
            }
            Shape::Linear => (value.clamp(-MOST, MOST) - self.low) / (self.high - self.low),
            shape @ Shape::Symlog(_) => {
                let [value, low, high] =
                    [value.clamp(-MOST, MOST), self.low, self.high].map(|v| shape.stretched(v));
                (value - low) / (high - low)
            }
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
