//! The chance behind a vote: the keyed streams of one worker in one round, and signs that are drawn with a lean.
//!
//! Noise before a sign need not be drawn as such. sign(g + xi) with a symmetric xi is + with probability
//! P(xi <= g) = 1/2 + lean(g), so one uniform number, compared with the distribution function of xi, decides the sign
//! with exactly the same law. With a lean of 1/4 three votes of four are +.
//!
//! Cost: one 32-bit draw and one lean per coordinate. Coordinate n always reads draw n, whatever the gradients are, so
//! runs that share a seed share their noise.

use std::ops::Range;

use rand_chacha::rand_core::RngCore;

use super::finite;
use crate::random::{Purpose, Stream, Streams};
use crate::sign::{SignVector, words_for};
use crate::time::Round;

/// 2^32: as many values as a draw has.
pub(crate) const VALUES: f64 = 4_294_967_296.0;

/// The streams of one worker in one round.
#[derive(Debug, Clone, Copy)]
pub struct Draws {
    /// Keyed by the run's seed.
    pub streams: Streams,
    /// The worker.
    pub owner: u64,
    /// From zero.
    pub round: Round,
}

impl Draws {
    /// The stream for `purpose`, from its beginning.
    #[must_use]
    pub fn stream(self, purpose: Purpose) -> Stream {
        self.streams.stream(purpose, self.owner, self.round)
    }
}

/// A sign for every coordinate, + with probability 1/2 + lean(g_n / width), where each part has its width; leans of
/// 1/2 and more leave no chance. Exact to 2^-32; a gradient that is not a number leans nowhere.
///
/// A part of width 0 may hold nothing but zeros: it gets fair coins.
pub(crate) fn leaning_signs(
    gradient: &[f32],
    widths: &[(Range<usize>, f64)],
    mut stream: Stream,
    lean: impl Fn(f64) -> f64,
) -> SignVector {
    let mut words = vec![0; words_for(gradient.len())];
    for (part, width) in widths {
        let width = width.max(f64::MIN_POSITIVE);
        for i in part.clone() {
            // Uniform on [-1/2, 1/2) in steps of 2^-32.
            let draw = f64::from(stream.next_u32().cast_signed());
            let plus = draw < VALUES * lean(f64::from(finite(gradient[i])) / width);
            words[i / 64] |= u64::from(plus) << (i % 64);
        }
    }
    SignVector::from_words(gradient.len(), words)
}
