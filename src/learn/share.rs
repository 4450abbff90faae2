//! How the samples of a batch are shared by threads: in groups that one thread takes at a time, whose sums are added up in
//! their order, so that no bit depends on who took which.

/// Images that a convolution works on at a time: enough rows to fill the tiles of the product, few enough to
/// stay in the cache.
pub(super) const GROUP: usize = 3;

/// How many samples each of several threads takes: whole groups, all of them as many but for the last.
#[derive(Clone, Copy)]
pub(super) struct Share(usize);

impl Share {
    pub(super) fn of(batch: usize, threads: usize) -> Self {
        Self(batch.div_ceil(GROUP).div_ceil(threads) * GROUP)
    }

    /// A batch of samples of `len` entries, by thread.
    pub(super) fn cut<T>(self, batch: &[T], len: usize) -> impl Iterator<Item = &[T]> {
        batch.chunks((self.0 * len).max(1))
    }

    pub(super) fn cut_mut<T>(self, batch: &mut [T], len: usize) -> impl Iterator<Item = &mut [T]> {
        batch.chunks_mut((self.0 * len).max(1))
    }

    /// Groups of all threads but the first.
    pub(super) fn groups_behind_the_first(self, batch: usize) -> impl Iterator<Item = usize> {
        (self.0..batch).step_by(self.0).map(move |begin| self.0.min(batch - begin).div_ceil(GROUP))
    }
}
