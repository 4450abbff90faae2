//! Softmax cross-entropy: from logits to loss, derivative and hits.

use crate::data::Label;

/// The cross-entropy of one sample, `ln(sum exp z) - z[label]`, shifted by the largest logit so that it does not
/// overflow. A NaN or infinite logit gives a NaN or infinite loss and never a panic.
pub(super) fn cross_entropy(logits: &[f32], label: Label) -> f64 {
    let largest = largest(logits);
    let sum: f64 = logits.iter().map(|&z| f64::from(z - largest).exp()).sum();
    sum.ln() - f64::from(logits[usize::from(label)] - largest)
}

/// Replaces one sample's logits by the derivative of `weight` times its loss: `weight (softmax - one-hot)`.
pub(super) fn derivative(logits: &mut [f32], label: Label, weight: f32) {
    let largest = largest(logits);
    logits.iter_mut().for_each(|z| *z = (*z - largest).exp());
    let scale = weight / logits.iter().sum::<f32>();
    logits.iter_mut().for_each(|z| *z *= scale);
    logits[usize::from(label)] -= weight;
}

/// Whether the label's logit is the first largest one; a NaN or infinite loss makes the answer wrong.
pub(super) fn is_correct(logits: &[f32], label: Label) -> bool {
    let label = usize::from(label);
    let own = logits[label];
    // A finite largest logit leaves no room for a NaN or an infinity above it.
    own.is_finite()
        && logits.iter().enumerate().all(|(class, &z)| if class < label { z < own } else { z <= own })
}

fn largest(logits: &[f32]) -> f32 {
    logits.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_logits_are_worth_ln_classes() {
        assert!((cross_entropy(&[3.0; 10], 4) - 10_f64.ln()).abs() < 1e-12);
        assert!((cross_entropy(&[1e30, 0.0], 1) - 1e30).abs() < 1e24);
    }

    #[test]
    fn the_derivative_sums_to_zero_and_pulls_the_label_up() {
        let mut logits = [0.0, 2_f32.ln(), 5_f32.ln()];
        derivative(&mut logits, 1, 0.5);
        let expected = [0.0625, -0.375, 0.3125];
        assert!(logits.iter().zip(expected).all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-6), "{logits:?}");
    }

    #[test]
    fn the_first_largest_logit_is_the_answer_and_nan_never_is() {
        assert!(is_correct(&[1.0, 3.0, 3.0], 1) && !is_correct(&[1.0, 3.0, 3.0], 2));
        assert!(!is_correct(&[f32::NAN; 2], 0) && !is_correct(&[1.0, f32::NAN], 0));
        assert!(!is_correct(&[f32::INFINITY; 2], 0) && is_correct(&[1.0, f32::NEG_INFINITY], 0));
        assert!(cross_entropy(&[1.0, f32::NAN], 0).is_nan());
        assert!(cross_entropy(&[f32::INFINITY, 0.0], 0).is_nan());
    }
}
