//! What error feedback still owes: kept between a worker's votes.

use super::finite;

/// The `coordinates` numbers kept in `kept`; zeros at first.
///
/// # Panics
/// When they were kept for a vector of another length.
pub(super) fn room(kept: &mut Vec<f32>, coordinates: usize) -> &mut [f32] {
    if kept.is_empty() {
        kept.resize(coordinates, 0.0);
    }
    assert_eq!(kept.len(), coordinates, "a worker's memory belongs to one model");
    kept
}

/// e <- decay e + g, which error feedback quantises in place of g; the quantiser takes away what it sends. Numbers stay
/// finite: an entry that is not a number counts as zero, an infinity as the largest number of its sign.
///
/// # Panics
/// When `kept` was kept for a gradient of another length.
pub(super) fn with_error<'a>(decay: f32, gradient: &[f32], kept: &'a mut Vec<f32>) -> &'a mut [f32] {
    let kept = room(kept, gradient.len());
    kept.iter_mut().zip(gradient).for_each(|(e, g)| *e = finite(decay * *e + finite(*g)));
    kept
}
