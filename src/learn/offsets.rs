//! Tables of places in a batch.

/// The offsets of `0..len`, in 32 bits: half the traffic, and four billion entries would not fit anyway.
pub(super) fn table(len: usize, place: impl Fn(usize) -> usize) -> Vec<u32> {
    (0..len).map(|i| narrow(place(i))).collect()
}

pub(super) fn narrow(place: usize) -> u32 {
    u32::try_from(place).expect("a layer's batch has fewer than 2^32 entries")
}
