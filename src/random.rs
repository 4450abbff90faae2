//! Keyed randomness: every draw is a function of (seed, purpose, owner, round).
//!
//! A stream is a ChaCha generator whose 256-bit key *is* that quadruple, so two streams never overlap and
//! nothing shifts when a message is lost, an attack is swapped or a worker is added. Runs that share a seed
//! are therefore paired: they see the same batches, coins and latencies wherever their settings agree.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::interrupt;
use crate::time::Round;
use crate::units::Probability;

/// A random stream; eight ChaCha rounds are ample for simulation and twice as fast as twenty.
pub type Stream = ChaCha8Rng;

/// What a stream is for. The discriminants are part of every published result: append, never renumber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Procedural samples; owner = index of the sample, round 0 = training set, 1 = test set.
    Samples = 1,
    /// Who holds which training sample.
    Split = 2,
    /// Initial parameters.
    Initial = 3,
    /// The mini-batch of a worker in a round.
    Batch = 4,
    /// The coin that replaces a gradient of exactly zero.
    ZeroCoin = 5,
    /// The server's coin for a tie.
    TieCoin = 6,
    /// An attack's own draws, by corrupted worker.
    Attack = 7,
    /// Latency from worker to server.
    LatencyUp = 8,
    /// Latency from server to worker.
    LatencyDown = 9,
    /// Whether a message from worker to server is lost.
    LossUp = 10,
    /// Whether a message from server to worker is lost.
    LossDown = 11,
    /// Whether a worker takes part in a round.
    Availability = 12,
    /// How long a worker computes.
    ComputeTime = 13,
    /// The true signs of the channel task.
    Truth = 14,
    /// The errors of a worker's channel.
    Channel = 15,
    /// The noise with which a worker's quantiser dithers or rounds.
    QuantizerNoise = 16,
    /// Who computes which partition under an election code.
    Code = 17,
    /// Draws that all corrupted workers share in a round; owner 0.
    Collusion = 18,
    /// The order of vectors before they are put into buckets.
    Buckets = 19,
    /// Who is asked in a round.
    Participants = 30,
    /// Whether a message from worker to server arrives twice, and the latency of its copy.
    DuplicateUp = 40,
    /// Whether a message from server to worker arrives twice, and the latency of its copy.
    DuplicateDown = 41,
    /// Whether a message from worker to server takes a detour.
    ReorderUp = 42,
    /// Whether a message from server to worker takes a detour.
    ReorderDown = 43,
    /// When a worker comes and goes; owner = worker and law.
    Absence = 44,
    /// How fast a worker is in this run.
    Speed = 45,
    /// The order of a worker's samples in an epoch; round = the epoch.
    Epoch = 46,
    /// How the samples of a worker's batch are changed in a round.
    Augmentation = 47,
    /// Which training samples the server keeps to itself; owner 0, round 0.
    Trusted = 50,
    /// Which coordinates a stochastic sign speaks of.
    Spoken = 52,
    /// Which samples of a set of one's own are held out for the test; owner 0.
    HoldOut = 51,
    /// Where a quadratic is least; owner 0, round 0.
    Optimum = 53,
    /// The noise in a worker's gradient of a quadratic.
    GradientNoise = 54,
}

/// The source of all streams of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    /// All streams of the run with this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The stream of `owner` for `purpose` in `round`, from its beginning.
    #[must_use]
    pub fn stream(self, purpose: Purpose, owner: u64, round: Round) -> Stream {
        let mut key = [0_u8; 32];
        let words = [self.seed, purpose as u64, owner, u64::from(round.0)];
        for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Stream::from_seed(key)
    }
}

/// One fair bit for every coordinate, 64 to a word, read at any place: word `k` depends on the stream alone,
/// not on which words were asked for before.
#[derive(Debug, Clone)]
pub struct Coins {
    stream: Stream,
    next: usize,
}

impl Coins {
    /// The coins of a fresh stream.
    #[must_use]
    pub fn new(stream: Stream) -> Self {
        Self { stream, next: 0 }
    }

    /// The bits of coordinates `64 * k` to `64 * k + 63`.
    pub fn word(&mut self, k: usize) -> u64 {
        if k != self.next {
            self.stream.set_word_pos(2 * k as u128);
        }
        self.next = k + 1;
        self.stream.next_u64()
    }
}

/// `bits` independent bits, 64 to a word, each set with probability `p` (to within 2^-32); none is drawn any more once
/// somebody asked to end.
#[must_use]
pub fn biased_bits(stream: &mut Stream, p: f64, bits: usize) -> Vec<u64> {
    let mut words = vec![0; bits.div_ceil(64)];
    draw_biased_bits(stream, p, bits, &mut words);
    words
}

/// [`biased_bits`] into words that are all zero.
pub(crate) fn draw_biased_bits(stream: &mut Stream, p: f64, bits: usize, words: &mut [u64]) {
    let threshold = (p * 4_294_967_296.0).round() as u64;
    let mut draws = [0_u8; 256];
    for (k, word) in words.iter_mut().enumerate() {
        if interrupt::asked_at(k) {
            break;
        }
        // The numbers that `next_u32` would give one by one.
        let draws = &mut draws[..4 * 64.min(bits - 64 * k)];
        stream.fill_bytes(draws);
        let (draws, _) = draws.as_chunks::<4>();
        *word = crate::sign::bits(draws, |draw| u64::from(u32::from_le_bytes(draw)) < threshold);
    }
}

/// Whether something of probability p happens. What never happens asks for no stream.
#[must_use]
pub fn happens(p: Probability, stream: impl FnOnce() -> Stream) -> bool {
    p.get() > 0.0 && stream().random_bool(p.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_do_not_depend_on_the_order_of_questions() {
        let stream = Streams::new(7).stream(Purpose::TieCoin, 0, Round(3));
        let mut forward = Coins::new(stream.clone());
        let in_order: Vec<u64> = (0..100).map(|k| forward.word(k)).collect();
        let mut jumping = Coins::new(stream);
        for k in [99, 3, 4, 50, 0] {
            assert_eq!(jumping.word(k), in_order[k]);
        }
    }

    #[test]
    fn biased_bits_are_as_frequent_as_asked() {
        let mut stream = Streams::new(3).stream(Purpose::Channel, 0, Round(0));
        let bits = 100_000;
        for p in [0.0, 0.1, 0.5, 1.0] {
            let ones: u32 = biased_bits(&mut stream, p, bits).iter().map(|w| w.count_ones()).sum();
            let five_sigma = 5.0 * (bits as f64 * p * (1.0 - p)).sqrt();
            assert!((f64::from(ones) - p * bits as f64).abs() <= five_sigma, "{p}: {ones}");
        }
    }

    #[test]
    fn biased_bits_compare_one_draw_each() {
        for bits in [1, 63, 64, 65, 200] {
            let stream = Streams::new(3).stream(Purpose::Channel, 0, Round(0));
            let (mut together, mut alone) = (stream.clone(), stream);
            let words = biased_bits(&mut together, 0.3, bits);
            for i in 0..bits {
                let expected = u64::from(alone.next_u32()) < 1_288_490_189;
                assert_eq!(words[i / 64] >> (i % 64) & 1 == 1, expected);
            }
            assert_eq!(together.next_u32(), alone.next_u32());
        }
    }

    #[test]
    fn every_part_of_the_key_matters() {
        let draw =
            |seed, purpose, owner, round| Streams::new(seed).stream(purpose, owner, Round(round)).next_u64();
        let all = [
            draw(1, Purpose::Batch, 0, 0),
            draw(2, Purpose::Batch, 0, 0),
            draw(1, Purpose::Split, 0, 0),
            draw(1, Purpose::Batch, 1, 0),
            draw(1, Purpose::Batch, 0, 1),
        ];
        for (i, a) in all.iter().enumerate() {
            assert!(all[i + 1..].iter().all(|b| a != b));
        }
    }
}
