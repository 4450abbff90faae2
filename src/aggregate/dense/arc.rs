//! ARC, adaptive robust clipping: the longest vectors are cut to the length of the longest one that is not cut.
//!
//! k = floor(2 f (n - f) / n) vectors are cut; the threshold is the length of the (k + 1)-th longest vector. It adapts to the
//! vectors of the round, so that nothing has to be tuned, and a rule behind it keeps its guarantee.
//!
//! Source: Allouah, Guerraoui, Gupta, Jellouli, Rizk & Stephan, *Adaptive gradient clipping for robust federated learning*, arXiv
//! 2405.14432, algorithm 2. Needs 2f < n. A vector with a coordinate that is not finite is infinitely long, and becomes zero.
//! On votes of signs, which all have one length, it does nothing. Cost O(n D).
//!
//! Example (n = 4, f = 1): lengths 1, 2, 3, 10: k = floor(1.5) = 1, the threshold is 3, and the last becomes 3 long.

use super::sums::distances_from;

/// The factor, at most 1, on each vector with f = `byzantine`, or the largest f with 2f < n if that is less.
#[must_use]
pub fn arc_factors(vectors: &[&[f32]], byzantine: usize) -> Vec<f64> {
    let n = vectors.len();
    let f = byzantine.min(n.saturating_sub(1) / 2);
    let cut = (2 * f * (n - f)).checked_div(n).unwrap_or(0);
    let origin = vec![0.0; vectors.first().map_or(0, |v| v.len())];
    let lengths = distances_from(&origin, vectors);
    let mut sorted = lengths.clone();
    sorted.sort_by(f64::total_cmp);
    let threshold = n.checked_sub(cut + 1).map_or(0.0, |place| sorted[place]);
    lengths.iter().map(|length| if *length > threshold { threshold / length } else { 1.0 }).collect()
}

/// The vectors times their factors; one with a factor of 0 becomes zero whatever it holds.
pub(super) fn scaled(vectors: &[&[f32]], factors: &[f64]) -> Vec<Vec<f32>> {
    let one = |(vector, factor): (&&[f32], &f64)| match *factor {
        1.0 => vector.to_vec(),
        0.0 => vec![0.0; vector.len()],
        factor => vector.iter().map(|x| (f64::from(*x) * factor) as f32).collect(),
    };
    vectors.iter().zip(factors).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lengths: &[f32], f: usize, expected: &[f64]) {
        let vectors: Vec<Vec<f32>> = lengths.iter().map(|x| vec![0.6 * x, -0.8 * x]).collect();
        let views: Vec<&[f32]> = vectors.iter().map(Vec::as_slice).collect();
        let found = arc_factors(&views, f);
        let far = found.iter().zip(expected).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
        assert!(far < 1e-6, "{found:?} for {expected:?}");
        let length = |v: &Vec<f32>| v.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        for ((scaled, factor), was) in scaled(&views, &found).iter().zip(&found).zip(lengths) {
            let expected = if *factor == 0.0 { 0.0 } else { f64::from(*was) * factor };
            assert!((length(scaled) - expected).abs() < 1e-5);
        }
    }

    #[test]
    fn the_longest_are_cut() {
        check(&[1.0, 2.0, 3.0, 10.0], 1, &[1.0, 1.0, 1.0, 0.3]);
        check(&[10.0, 2.0, 8.0, 4.0, 5.0], 2, &[0.5, 1.0, 0.625, 1.0, 1.0]);
        check(&[1.0, 2.0, 3.0, 10.0], 0, &[1.0; 4]);
        check(&[1.0, f32::INFINITY, 3.0], 1, &[1.0, 0.0, 1.0]);
        check(&[7.0], 3, &[1.0]);
    }
}
