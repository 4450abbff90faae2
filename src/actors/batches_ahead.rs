//! Batches of the next round, which threads that would rest make while the last votes of this one are computed.
//!
//! A batch depends on its worker and its round and not on the model, so that it can be made before anybody knows what the
//! round begins with. Whoever finds none makes it as ever: what lies here changes no bit, and is bounded.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::data::Label;
use crate::random::Streams;
use crate::time::Round;

/// Samples that a gradient is the mean over.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Batch {
    /// Their numbers in the training set.
    pub samples: Vec<u32>,
    pub labels: Vec<Label>,
    /// A row a sample.
    pub inputs: Vec<f32>,
}

impl Batch {
    fn bytes(&self) -> usize {
        size_of_val(&self.inputs[..])
    }
}

/// Bytes of batches that are made or wished for, at most, whatever the number of workers.
const MOST_BYTES: usize = 16 << 20;

/// Batches that were made ahead, and those that are to be made, by partition.
#[derive(Default)]
pub struct BatchesAhead(Mutex<State>);

#[derive(Default)]
struct State {
    wished: BTreeMap<u32, Wish>,
    made: BTreeMap<u32, (Round, Batch)>,
    /// Memory for some of those that are to be made.
    unused: Vec<Batch>,
    /// Of all of them, and of those that are being made.
    bytes: usize,
    /// Somebody has asked what there is to make: a single thread never does.
    asked: bool,
}

/// A batch that is to be made.
struct Wish {
    streams: Streams,
    round: Round,
    bytes: usize,
}

impl BatchesAhead {
    fn state(&self) -> MutexGuard<'_, State> {
        // No holder of this lock runs foreign code.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The batch of this partition and round, if it was made.
    pub(super) fn take(&self, partition: u32, round: Round) -> Option<Batch> {
        let mut state = self.state();
        state.bytes -= state.wished.remove(&partition).map_or(0, |wish| wish.bytes);
        let wished = state.wished.len();
        state.unused.truncate(wished);
        let (of, batch) = state.made.remove(&partition)?;
        state.bytes -= batch.bytes();
        (of == round).then_some(batch)
    }

    /// Asks for a batch like this one, which was taken or made in its place, for a later round, unless there is no room for it or
    /// nobody who would make it.
    pub(super) fn wish(&self, partition: u32, (streams, round): (Streams, Round), like: &Batch) {
        let mut state = self.state();
        let bytes = like.bytes();
        if state.asked && state.bytes + bytes <= MOST_BYTES {
            let before = state.wished.insert(partition, Wish { streams, round, bytes });
            state.bytes += bytes;
            state.bytes -= before.map_or(0, |wish| wish.bytes);
        }
    }

    /// Leaves memory that a batch has no more use for, where one that is wished for has, and where it holds no more than it did:
    /// what has served a measurement is larger.
    pub(super) fn leave(&self, batch: Batch) {
        let mut state = self.state();
        if state.unused.len() < state.wished.len() && batch.inputs.capacity() == batch.inputs.len() {
            state.unused.push(batch);
        }
    }

    /// The next batch to make: of which partition, streams and round, and memory for it.
    pub(super) fn next(&self) -> Option<(u32, Streams, Round, Batch)> {
        let mut state = self.state();
        state.asked = true;
        let (partition, Wish { streams, round, .. }) = state.wished.pop_first()?;
        Some((partition, streams, round, state.unused.pop().unwrap_or_default()))
    }

    /// Keeps a batch that was made.
    pub(super) fn keep(&self, partition: u32, round: Round, batch: Batch) {
        let mut state = self.state();
        let before = state.made.insert(partition, (round, batch));
        state.bytes -= before.map_or(0, |(_, batch)| batch.bytes());
    }

    /// Bytes that lie here at the worst moment of a run of so many threads whose votes take `bytes` of batches in all.
    #[must_use]
    pub fn memory_bytes(threads: usize, bytes: u64) -> u64 {
        if threads > 1 { bytes.min(MOST_BYTES as u64) } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAMS: Streams = Streams::new(1);

    fn batch(numbers: usize) -> Batch {
        Batch { inputs: vec![0.5; numbers], ..Batch::default() }
    }

    /// As a thread that votes asks, and one that rests makes.
    fn made(ahead: &BatchesAhead) -> Vec<u32> {
        std::iter::from_fn(|| ahead.next())
            .map(|(partition, _, round, _)| {
                ahead.keep(partition, round, batch(2));
                partition
            })
            .collect()
    }

    #[test]
    fn a_batch_is_for_one_round() {
        let ahead = BatchesAhead::default();
        ahead.wish(3, (STREAMS, Round(1)), &batch(2));
        assert!(made(&ahead).is_empty(), "nobody had asked");
        for partition in [5, 3] {
            ahead.wish(partition, (STREAMS, Round(2)), &batch(2));
        }
        assert_eq!(made(&ahead), [3, 5]);
        assert_eq!(ahead.take(3, Round(2)), Some(batch(2)));
        assert_eq!(ahead.take(3, Round(2)), None);
        assert_eq!(ahead.take(5, Round(3)), None, "it was made for another round");
        // What nobody has made yet is not wanted any more once its vote is computed.
        ahead.wish(7, (STREAMS, Round(2)), &batch(2));
        assert_eq!(ahead.take(7, Round(2)), None);
        assert!(made(&ahead).is_empty());
        assert_eq!(ahead.state().bytes, 0);
    }

    #[test]
    fn what_comes_too_late_is_replaced() {
        let ahead = BatchesAhead::default();
        assert!(ahead.next().is_none());
        for round in [1, 2] {
            ahead.wish(3, (STREAMS, Round(round)), &batch(2));
            let (partition, _, round, _) = ahead.next().unwrap();
            assert_eq!(ahead.take(3, round), None, "it is being made");
            ahead.keep(partition, round, batch(2));
        }
        assert_eq!(ahead.take(3, Round(2)), Some(batch(2)));
        assert_eq!(ahead.state().bytes, 0);
    }

    #[test]
    fn memory_is_left_for_what_is_wished_for() {
        let ahead = BatchesAhead::default();
        assert!(ahead.next().is_none());
        ahead.leave(batch(2));
        ahead.wish(3, (STREAMS, Round(1)), &batch(2));
        let mut large = batch(20);
        large.inputs.truncate(2);
        ahead.leave(large);
        ahead.leave(batch(2));
        ahead.leave(batch(2));
        assert_eq!(ahead.state().unused.len(), 1);
        assert_eq!(ahead.next().unwrap().3, batch(2));
        ahead.wish(3, (STREAMS, Round(1)), &batch(2));
        ahead.leave(batch(2));
        assert_eq!(ahead.take(3, Round(1)), None);
        assert!(ahead.state().unused.is_empty());
    }

    #[test]
    fn wishes_end_where_room_does() {
        let ahead = BatchesAhead::default();
        assert!(ahead.next().is_none());
        for partition in 0..10 {
            ahead.wish(partition, (STREAMS, Round(0)), &batch(MOST_BYTES / 16));
        }
        assert_eq!(std::iter::from_fn(|| ahead.next()).count(), 4);
    }
}
