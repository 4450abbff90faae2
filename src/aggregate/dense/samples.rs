//! What the tests of the rules share.

use std::ops::Range;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

/// As many vectors of one length as asked, coordinates in [-10, 10].
pub(crate) fn vectors(n: Range<usize>, d: Range<usize>) -> impl Strategy<Value = Vec<Vec<f32>>> {
    (n, d).prop_flat_map(|(n, d)| prop::collection::vec(prop::collection::vec(-10.0_f32..10.0, d), n))
}

/// Honest vectors, and the same among fewer vectors of an attacker who may send anything.
pub(crate) fn attacked() -> impl Strategy<Value = (Vec<Vec<f32>>, Vec<Vec<f32>>)> {
    let anything = || {
        prop_oneof![
            Just(f32::NAN),
            Just(f32::INFINITY),
            Just(f32::NEG_INFINITY),
            Just(f32::MAX),
            Just(-1e30),
            -10.0_f32..10.0
        ]
    };
    vectors(3..9, 1..80).prop_flat_map(move |honest| {
        let (n, d) = (honest.len(), honest[0].len());
        let bad = prop::collection::vec(prop::collection::vec(anything(), d), 0..n);
        (Just(honest), bad, any::<prop::sample::Index>()).prop_map(|(honest, bad, at)| {
            let mut all = honest.clone();
            let at = at.index(all.len() + 1);
            all.splice(at..at, bad);
            (honest, all)
        })
    })
}

/// Whether every coordinate lies between the smallest and the largest of the honest ones.
pub(crate) fn in_range(result: &[f32], honest: &[Vec<f32>]) -> bool {
    result
        .iter()
        .enumerate()
        .all(|(k, x)| honest.iter().any(|h| h[k] <= *x) && honest.iter().any(|h| h[k] >= *x))
}

/// The slices that rules read.
pub(crate) fn views(vectors: &[Vec<f32>]) -> Vec<&[f32]> {
    vectors.iter().map(Vec::as_slice).collect()
}

/// Coordinates agree to within `tolerance`, absolute below one and relative above.
pub(crate) fn close(found: &[f32], expected: &[f64], tolerance: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), expected.len());
    for (k, (x, y)) in found.iter().zip(expected).enumerate() {
        let bound = tolerance * y.abs().max(1.0);
        prop_assert!((f64::from(*x) - y).abs() <= bound, "coordinate {}: {} is not {}", k, x, y);
    }
    Ok(())
}

/// Seven vectors of five multiples of 1/32, the last one far away:
/// `x[i][n] = ((37 i + 101 n + 11 i n) mod 97) / 32 - 1.5`, times 40 for i = 6.
///
/// NumPy 2.4.6 computed in double precision what the tests compare with.
pub(crate) fn fixed() -> Vec<Vec<f32>> {
    let entry = |i: usize, n: usize| {
        let scale = if i == 6 { 40.0 } else { 1.0 };
        scale * (((37 * i + 101 * n + 11 * i * n) % 97) as f32 / 32.0 - 1.5)
    };
    (0..7).map(|i| (0..5).map(|n| entry(i, n)).collect()).collect()
}

/// The mean of every coordinate, by a plain loop.
pub(crate) fn mean_of(vectors: &[Vec<f32>]) -> Vec<f64> {
    let of = |k: usize| vectors.iter().map(|v| f64::from(v[k])).sum::<f64>() / vectors.len() as f64;
    (0..vectors[0].len()).map(of).collect()
}
