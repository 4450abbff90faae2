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

/// Bytes of batches that are made or wished for, at most, whatever the number of workers.
const MOST_BYTES: usize = 16 << 20;

/// Batches that were made ahead, and those that are to be made, by partition.
#[derive(Default)]
pub struct BatchesAhead(Mutex<State>);

#[derive(Default)]
struct State {
    wished: BTreeMap<u32, (Streams, Round)>,
    made: BTreeMap<u32, (Round, Batch)>,
    /// Room for the next.
    unused: Vec<Batch>,
    /// Somebody has asked what there is to make: a single thread never does.
    asked: bool,
}

impl BatchesAhead {
    fn state(&self) -> MutexGuard<'_, State> {
        // No holder of this lock runs foreign code.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Exchanges `batch` for the one of this partition and round, if it was made.
    pub(super) fn take(&self, partition: u32, round: Round, batch: &mut Batch) -> bool {
        let mut state = self.state();
        state.wished.remove(&partition);
        let Some((of, mut made)) = state.made.remove(&partition) else { return false };
        let found = of == round;
        if found {
            std::mem::swap(&mut made, batch);
        }
        state.unused.push(made);
        found
    }

    /// Asks for a batch of so many bytes, unless there is no room for it or nobody who would make it.
    pub(super) fn wish(&self, partition: u32, streams: Streams, round: Round, bytes: usize) {
        let mut state = self.state();
        if state.asked && (state.wished.len() + state.made.len() + 1) * bytes <= MOST_BYTES {
            state.wished.insert(partition, (streams, round));
        }
    }

    /// The next batch to make, and room for it.
    pub(super) fn next(&self) -> Option<(u32, Streams, Round, Batch)> {
        let mut state = self.state();
        state.asked = true;
        let (partition, (streams, round)) = state.wished.pop_first()?;
        Some((partition, streams, round, state.unused.pop().unwrap_or_default()))
    }

    /// Keeps a batch that was made.
    pub(super) fn keep(&self, partition: u32, round: Round, batch: Batch) {
        let mut state = self.state();
        let before = state.made.insert(partition, (round, batch));
        state.unused.extend(before.map(|(_, batch)| batch));
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

    #[test]
    fn a_batch_is_for_one_round_and_room_is_used_again() {
        let (ahead, streams) = (BatchesAhead::default(), Streams::new(1));
        let batch = |samples: &[u32]| Batch { samples: samples.to_vec(), ..Batch::default() };
        let mut here = batch(&[9]);
        ahead.wish(3, streams, Round(1), 10);
        assert!(ahead.next().is_none(), "nobody had asked");
        assert!(!ahead.take(3, Round(1), &mut here));
        for partition in [5, 3] {
            ahead.wish(partition, streams, Round(2), 10);
        }
        let (partition, _, round, room) = ahead.next().unwrap();
        assert_eq!((partition, round, room), (3, Round(2), Batch::default()));
        ahead.keep(3, round, batch(&[1, 2]));
        assert!(ahead.take(3, Round(2), &mut here) && here == batch(&[1, 2]));
        // What was here is room for the next, and what comes too late for its round is not used.
        let (partition, _, round, room) = ahead.next().unwrap();
        assert_eq!((partition, round, room), (5, Round(2), batch(&[9])));
        ahead.keep(5, round, batch(&[4]));
        assert!(!ahead.take(5, Round(3), &mut here) && here == batch(&[1, 2]));
        assert!(ahead.next().is_none());
    }

    #[test]
    fn wishes_end_where_room_does() {
        let ahead = BatchesAhead::default();
        assert!(ahead.next().is_none());
        for partition in 0..10 {
            ahead.wish(partition, Streams::new(1), Round(0), MOST_BYTES / 4);
        }
        assert_eq!(std::iter::from_fn(|| ahead.next()).count(), 4);
    }
}
