//! Training samples that the server keeps to itself, before the others are dealt to the workers.

use rand::seq::index;

use super::samples::Label;
use super::split::{Shard, SplitSpec};
use crate::error::Result;
use crate::random::{Purpose, Stream, Streams};
use crate::time::Round;

/// A training set in two parts: what nobody but the server has, and what workers may be dealt.
pub struct HeldOut {
    /// The server's samples, ascending.
    pub held: Shard,
    /// All others, ascending.
    rest: Vec<u32>,
}

impl HeldOut {
    /// Draws `held` of so many samples, every subset being equally likely.
    ///
    /// # Panics
    /// When there are fewer samples than are to be held, or more than 2^32.
    #[must_use]
    pub fn draw(samples: usize, held: usize, streams: Streams) -> Self {
        let (held, rest) = parted(samples, held, &mut streams.stream(Purpose::Trusted, 0, Round(0)));
        Self { held: held.into(), rest }
    }

    /// Deals the rest to `workers` workers, as [`SplitSpec::split`] deals a whole set.
    ///
    /// # Errors
    /// Those of [`SplitSpec::split`].
    ///
    /// # Panics
    /// When a label is not below `classes`.
    pub fn deal(
        &self,
        split: &SplitSpec,
        labels: &[Label],
        classes: usize,
        workers: usize,
        streams: Streams,
    ) -> Result<Vec<Shard>> {
        let left: Vec<Label> = self.rest.iter().map(|sample| labels[*sample as usize]).collect();
        let dealt = split.among(&self.rest).split(&left, classes, workers, streams)?;
        let named = |shard: Shard| shard.iter().map(|place| self.rest[*place as usize]).collect();
        Ok(dealt.into_iter().map(named).collect())
    }
}

/// `held` of so many samples, every subset being equally likely, and all others; either ascending.
///
/// # Panics
/// When there are fewer samples than are to be held, or more than 2^32.
pub(super) fn parted(samples: usize, held: usize, stream: &mut Stream) -> (Vec<u32>, Vec<u32>) {
    let mut is_held = vec![false; samples];
    index::sample(stream, samples, held).iter().for_each(|sample| is_held[sample] = true);
    let count = u32::try_from(samples).expect("samples are numbered with 32 bits");
    (0..count).partition(|sample| is_held[*sample as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_somebodys_and_none_is_twice() {
        let (streams, labels) = (Streams::new(3), vec![0; 100]);
        let parts = HeldOut::draw(100, 7, streams);
        let dealt = parts.deal(&SplitSpec::Iid, &labels, 1, 4, streams).unwrap();
        assert_eq!(parts.held.len(), 7);
        let mut all: Vec<u32> =
            dealt.iter().flat_map(|shard| shard.iter()).chain(parts.held.iter()).copied().collect();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<u32>>());
        assert_eq!(dealt.iter().map(|shard| shard.len()).collect::<Vec<_>>(), [23, 23, 23, 24]);
    }
}
