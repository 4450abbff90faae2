//! Which partitions of a round's batch a worker computes.

use std::ops::Deref;
use std::sync::Arc;

use crate::protocol::WorkerId;

/// The numbers of the partitions, at least one.
#[derive(Debug, Clone)]
pub enum Partitions {
    /// The one that has the worker's own number.
    Own(WorkerId),
    /// Those that a code gives the worker.
    Code(Arc<[u32]>),
}

impl Deref for Partitions {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match self {
            Self::Own(WorkerId(own)) => std::slice::from_ref(own),
            Self::Code(partitions) => partitions,
        }
    }
}
