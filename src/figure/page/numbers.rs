//! Round numbers on an axis, and how they are written.

use crate::figure::label::{Face, Label};

/// No step is smaller than this, so that it divides any number.
const LEAST: f64 = 1e-300;

/// The smallest of 1, 2, 5 times a power of ten that is at least `rough`.
#[must_use]
pub(crate) fn step(rough: f64) -> f64 {
    let rough = rough.max(LEAST);
    let power = 10f64.powf(rough.log10().floor());
    let times = [1.0, 2.0, 5.0].into_iter().find(|t| t * power >= rough * (1.0 - 1e-9));
    times.unwrap_or(10.0) * power
}

/// The multiples of `step` from `low` to `high`, labelled with as many decimals as the step needs.
pub(crate) fn multiples(step: f64, low: f64, high: f64) -> Vec<(f64, String)> {
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
pub(crate) fn labelled(ticks: Vec<f64>) -> Vec<(f64, String)> {
    let exponent = |value: f64| if value == 0.0 { 0 } else { (value.abs().log10() + 1e-9).floor() as i32 };
    let short = ticks.iter().all(|v| (-4..5).contains(&exponent(*v)));
    let label = |value: f64| {
        let exponent = exponent(value);
        if short {
            format!("{value:.0$}", (-exponent).max(0) as usize).replace('-', "−")
        } else {
            scientific(value, exponent, 0)
        }
    };
    ticks.into_iter().map(|value| (value, label(value))).collect()
}

/// What is printed at a tick: `2e−5` as a product with a power of ten, whose exponent is raised.
#[must_use]
pub(crate) fn printed(words: &str) -> Label {
    let number = |text: &str| text.replace('−', "-").parse::<f64>().is_ok();
    // Names stand at ticks, too, and have their own letters e.
    let parts = words.split_once('e').filter(|(mantissa, exponent)| number(mantissa) && number(exponent));
    let Some((mantissa, exponent)) = parts else { return Label::plain(words) };
    let times = match mantissa {
        "1" => String::new(),
        "−1" => "−".to_owned(),
        mantissa => format!("{mantissa}·"),
    };
    Label(vec![(format!("{times}10"), Face::Upright), (exponent.to_owned(), Face::Superscript)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_one_two_five() {
        for (rough, expected) in [(0.9, 1.0), (1.0, 1.0), (1.1, 2.0), (3.0, 5.0), (6.0, 10.0), (0.03, 0.05)] {
            assert!((step(rough) - expected).abs() < 1e-12, "{rough}");
        }
    }

    #[test]
    fn exponents_are_raised() {
        let runs = |words: &str| printed(words).0;
        let ten = |words: &str, exponent: &str| {
            vec![(words.to_owned(), Face::Upright), (exponent.to_owned(), Face::Superscript)]
        };
        assert_eq!(
            (runs("1e−5"), runs("2e27"), runs("−1e3")),
            (ten("10", "−5"), ten("2·10", "27"), ten("−10", "3"))
        );
        for words in ["0.05", "agreement", "mine", "e", "2e", "step 2e−5"] {
            assert_eq!(printed(words), Label::plain(words));
        }
    }
}
