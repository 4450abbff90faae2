//! The mini-batch of a worker in a round.

use rand::Rng;
use rand::seq::{SliceRandom, index};
use serde::{Deserialize, Serialize};

use crate::random::Stream;

/// How the samples of a batch are chosen from a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Batches {
    /// Drawn anew for every gradient ([`draw_batch`]), the assumption of theory. After as many samples as the shard holds
    /// about a third of it, e^-1, has not been seen yet.
    Fresh,
    /// The shard is shuffled once an epoch and walked through ([`walk_batch`]), as most published experiments do.
    Epoch,
}

/// Draws the numbers of `batch` samples from a shard into `out`, replacing what was there.
///
/// A batch that fits the shard is drawn without replacement, all subsets being equally likely; a larger one is
/// drawn with replacement, so that a small shard still gives a batch of the size the server counts on. The result
/// is a function of the shard, the size and the stream alone: nothing is remembered between rounds, and a lost round
/// shifts no later batch.
///
/// # Panics
/// When the shard is empty and the batch is not: splits never make such a shard.
pub fn draw_batch(shard: &[u32], batch: usize, stream: &mut Stream, out: &mut Vec<u32>) {
    out.clear();
    if batch <= shard.len() {
        out.extend(index::sample(stream, shard.len(), batch).iter().map(|place| shard[place]));
        return;
    }
    let len = u32::try_from(shard.len()).expect("samples are numbered with 32 bits");
    assert!(len > 0, "a worker without samples cannot draw a batch");
    out.extend((0..batch).map(|_| shard[stream.random_range(0..len) as usize]));
}

/// Writes the samples of batch `number` (from zero) of a walk through the shard into `out`, replacing what was there.
///
/// The walk is one shuffled shard after the other: sample k of it belongs to epoch k / (samples of the shard), whose order
/// is drawn from the stream that `epoch` gives, and batch n holds its samples n b to n b + b - 1. Every epoch has every
/// sample exactly once, and every batch b samples: one that reaches the end of an epoch goes on in the next, where
/// PyTorch's `DataLoader` would give a shorter one.
///
/// Nothing is remembered here either: a batch is a function of its number, and who misses a round misses its samples.
/// That costs a shuffle of the shard for each epoch that the batch touches.
///
/// # Panics
/// When the shard is empty and the batch is not: splits never make such a shard.
pub fn walk_batch(
    shard: &[u32],
    batch: usize,
    number: u64,
    epoch: impl Fn(u64) -> Stream,
    out: &mut Vec<u32>,
) {
    out.clear();
    assert!(!shard.is_empty() || batch == 0, "a worker without samples cannot draw a batch");
    let mut order = Vec::new();
    while out.len() < batch {
        let at = u128::from(number) * batch as u128 + out.len() as u128;
        let (turn, place) = (at / shard.len() as u128, (at % shard.len() as u128) as usize);
        order.clear();
        order.extend_from_slice(shard);
        order.shuffle(&mut epoch(turn as u64));
        out.extend(order[place..].iter().take(batch - out.len()));
    }
}
