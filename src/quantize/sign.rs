//! The plain sign: y_n = sign(g_n). Source: Bernstein et al., arXiv 1802.04434.
//!
//! One bit cannot carry a zero, yet dead ReLUs and black pixels give exact zeros, so what replaces them is a
//! choice that changes results. A gradient that is not a number has no sign and is treated like a zero.

use pulp::{Simd, WithSimd};
use serde::{Deserialize, Serialize};

use crate::random::{Coins, Stream};
use crate::sign::{SignVector, bits, words_for};
use crate::simd;

/// What a worker votes where its gradient is exactly zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZeroRule {
    /// A fair coin, keyed by worker, round and coordinate.
    Coin,
    /// Always +1.
    Plus,
    /// Nothing: the vote becomes ternary and pays for a second plane of bits.
    Abstain,
}

impl ZeroRule {
    pub(super) const fn coin() -> Self {
        Self::Coin
    }
}

/// The signs of `gradient`, 64 to a word.
pub(crate) fn quantize(gradient: &[f32], zero: ZeroRule, stream: Stream) -> SignVector {
    simd::dispatch(Quantize { gradient, zero, coins: Coins::new(stream) })
}

struct Quantize<'a> {
    gradient: &'a [f32],
    zero: ZeroRule,
    coins: Coins,
}

impl WithSimd for Quantize<'_> {
    type Output = SignVector;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> SignVector {
        signs(self.gradient, self.zero, self.coins)
    }
}

#[inline(always)]
fn signs(gradient: &[f32], zero: ZeroRule, mut coins: Coins) -> SignVector {
    let words = words_for(gradient.len());
    let (mut positive, mut voted) = (Vec::with_capacity(words), Vec::with_capacity(words));
    for (k, chunk) in gradient.chunks(64).enumerate() {
        let mut plus = bits(chunk, |g| g > 0.0);
        let minus = bits(chunk, |g| g < 0.0);
        let silent = crate::sign::valid_bits(gradient.len(), k) & !(plus | minus);
        match zero {
            ZeroRule::Coin if silent != 0 => plus |= silent & coins.word(k),
            ZeroRule::Plus => plus |= silent,
            ZeroRule::Coin | ZeroRule::Abstain => {}
        }
        positive.push(plus);
        voted.push(!silent);
    }
    match zero {
        ZeroRule::Abstain => SignVector::from_planes(gradient.len(), positive, voted),
        ZeroRule::Coin | ZeroRule::Plus => SignVector::from_words(gradient.len(), positive),
    }
}

/// The signs of `values`, and nothing at all where they are zero: always ternary, so its size does not depend on
/// the values.
pub(crate) fn abstaining(values: &[f32]) -> SignVector {
    let positive = values.chunks(64).map(|chunk| bits(chunk, |x| x > 0.0)).collect();
    let voted = values.chunks(64).map(|chunk| bits(chunk, |x| x.abs() > 0.0)).collect();
    SignVector::from_planes(values.len(), positive, voted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Streams};
    use crate::time::Round;

    fn check(gradient: &[f32], zero: ZeroRule, expected: &[i8]) {
        let stream = Streams::new(1).stream(Purpose::ZeroCoin, 0, Round(0));
        assert_eq!(quantize(gradient, zero, stream).to_signs(), expected);
    }

    #[test]
    fn packed_comparisons_are_the_plain_ones() {
        let gradient: Vec<f32> = (0..150).map(|i| ((i * 37 % 11) as f32 - 5.0) * 1e-20).collect();
        let plain: Vec<i8> =
            gradient.iter().map(|g| if *g > 0.0 { 1 } else { -i8::from(*g < 0.0) }).collect();
        check(&gradient, ZeroRule::Abstain, &plain);
        assert_eq!(abstaining(&gradient).to_signs(), plain);
        let (zero, coins) =
            (ZeroRule::Coin, || Coins::new(Streams::new(1).stream(Purpose::ZeroCoin, 0, Round(0))));
        let dispatched = quantize(&gradient, zero, Streams::new(1).stream(Purpose::ZeroCoin, 0, Round(0)));
        assert_eq!(signs(&gradient, zero, coins()), dispatched);
        assert!(abstaining(&[1.0]).voted().is_some(), "ternary even without a zero");
    }

    #[test]
    fn zeros_follow_their_rule() {
        let gradient = [0.5, -1e-30, 0.0, -0.0, f32::NAN, f32::INFINITY];
        check(&gradient, ZeroRule::Plus, &[1, -1, 1, 1, 1, 1]);
        check(&gradient, ZeroRule::Abstain, &[1, -1, 0, 0, 0, 1]);
    }

    #[test]
    fn a_coin_for_zero_is_fair_and_leaves_the_rest_alone() {
        let mut gradient = vec![0.0; 10_000];
        gradient[77] = -3.0;
        let stream = Streams::new(1).stream(Purpose::ZeroCoin, 4, Round(2));
        let signs = quantize(&gradient, ZeroRule::Coin, stream).to_signs();
        assert_eq!(signs[77], -1);
        let sum: i32 = signs.iter().map(|s| i32::from(*s)).sum();
        // Five standard deviations.
        assert!(sum.abs() < 500, "{sum}");
    }

    #[test]
    fn an_abstaining_vote_is_ternary_even_without_a_zero() {
        let stream = Streams::new(1).stream(Purpose::ZeroCoin, 0, Round(0));
        assert!(quantize(&[1.0, -1.0], ZeroRule::Abstain, stream).voted().is_some());
    }
}
