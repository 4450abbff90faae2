//! How the honest workers stand: on every coordinate, votes for plus less votes for minus, 0 where nobody voted. Cost
//! O((M - L) D) a round.
//!
//! Example: (+, -), (+, 0) and (-, -) stand at (+1, -2).

use std::sync::Arc;

use crate::random::Coins;
use crate::sign::{SignVector, bits};
use crate::time::Round;
use crate::vote::Vote;

/// The margins of the round that was last asked for; all corrupted workers of a round ask for the same.
#[derive(Default)]
pub(crate) struct Margins {
    /// The round, and how many had been heard: who comes late to be heard changes the margins.
    of: Option<(Round, usize)>,
    margins: Vec<i32>,
}

impl Margins {
    /// The margins of `honest` over D coordinates; a number without a sign counts for neither side.
    pub(crate) fn of(&mut self, round: Round, honest: &[Arc<Vote>], coordinates: usize) -> &[i32] {
        let asked = Some((round, honest.len()));
        if self.of != asked {
            self.of = asked;
            self.margins.clear();
            self.margins.resize(coordinates, 0);
            for vote in honest {
                count(vote, &mut self.margins);
            }
        }
        &self.margins
    }
}

fn count(vote: &Vote, margins: &mut [i32]) {
    let Some(signs) = vote.signs() else {
        for (margin, x) in margins.iter_mut().zip(&*vote.to_dense()) {
            *margin += i32::from(*x > 0.0) - i32::from(*x < 0.0);
        }
        return;
    };
    for (k, chunk) in margins.chunks_mut(64).enumerate() {
        let (positive, voted) = (signs.positive()[k], signs.voted_word(k));
        for (i, margin) in chunk.iter_mut().enumerate() {
            *margin += 2 * (positive >> i & 1) as i32 - (voted >> i & 1) as i32;
        }
    }
}

/// Plus or minus by the margin of each coordinate; where the honest votes tie, a coin.
pub(crate) fn by_margin(margins: &[i32], mut coins: Coins, plus: impl Fn(i32) -> bool) -> SignVector {
    let word = |(k, chunk): (usize, &[i32])| match bits(chunk, |margin| margin == 0) {
        0 => bits(chunk, &plus),
        ties => bits(chunk, &plus) & !ties | ties & coins.word(k),
    };
    SignVector::from_words(margins.len(), margins.chunks(64).enumerate().map(word).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::examples::{numbers, scaled, signs};

    #[test]
    fn zeros_count_for_neither_side() {
        let honest =
            [signs("+-0+"), scaled("+00-", 0.5), numbers(&[-2.0, -0.1, 0.0, f32::NAN])].map(Arc::new);
        let mut margins = Margins::default();
        assert_eq!(margins.of(Round(0), &honest, 4), [1, -2, 0, 0]);
        assert_eq!(margins.of(Round(0), &honest[..2], 4), [2, -1, 0, 0]);
        assert_eq!(margins.of(Round(1), &honest[..1], 4), [1, -1, 0, 1]);
        assert_eq!(margins.of(Round(2), &[], 4), [0; 4]);
    }
}
