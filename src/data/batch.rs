//! The mini-batch of a worker in a round.

use rand::Rng;
use rand::seq::index;

use crate::random::Stream;

/// Draws the numbers of `batch` samples from a shard into `out`, replacing what was there.
///
/// A batch that fits the shard is drawn without replacement, all subsets being equally likely; a larger one is
/// drawn with replacement, so that a small shard still gives a batch of the size the server counts on. The result
/// is a function of the shard, the size and the stream alone: nothing is remembered between rounds, which is why
/// there are no epochs here and a lost round shifts no later batch.
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
