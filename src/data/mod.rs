//! What the workers learn from, and who holds which part of it.
//!
//! A scenario names a data set ([`DataSpec`]) and a split ([`SplitSpec`]). Loading gives a [`Dataset`]: bytes as
//! they lie in the files or as they were drawn, with the constants that turn them into network inputs. Splitting
//! gives every worker a [`Shard`], a list of sample numbers; in every round the worker draws a mini-batch from it
//! with [`draw_batch`] and turns it into floats with [`Samples::gather`].
//!
//! Pixels stay `u8` in memory because a simulation has one copy of the data and many readers; a batch becomes
//! `f32` only where a gradient is about to be taken.

mod batch;
mod cifar;
mod digits;
mod files;
mod idx;
mod samples;
mod spec;
mod split;

pub use batch::draw_batch;
pub use files::Source;
pub use samples::{Dataset, Normalisation, Samples, Shape};
pub use spec::DataSpec;
pub use split::{Shard, SplitSpec};
