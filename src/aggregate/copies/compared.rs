//! On which coordinates of each layer votes are compared.

use std::num::NonZeroUsize;
use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::units::forms;

/// The coordinates on which votes are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// Every one.
    All,
    /// About so many, in blocks that lie evenly over all of them.
    Few(NonZeroUsize),
}

impl Serialize for Compared {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Few(coordinates) => serializer.serialize_u64(coordinates.get() as u64),
        }
    }
}

impl<'de> Deserialize<'de> for Compared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        forms::read_scalar(deserializer, "all, or a number of coordinates such as 65536", |written| {
            let text = written.to_string();
            let few = text.parse().map(Self::Few);
            let help = "write all, or a number of coordinates such as 65536";
            if text == "all" {
                Ok(Self::All)
            } else {
                few.map_err(|_| format!("`{text}` is neither: {help}"))
            }
        })
    }
}

/// Coordinates that are compared or left out together: a few cache lines.
const BLOCK: usize = 4096;

/// All of them, or blocks that lie evenly over all layers; a layer that no block touches is compared as a whole.
pub(crate) fn compared_ranges(layers: &[Range<usize>], compared: Compared) -> Vec<Vec<Range<usize>>> {
    let blocks = layers.last().map_or(0, |layer| layer.end).div_ceil(BLOCK);
    let chosen = match compared {
        Compared::All => blocks,
        Compared::Few(coordinates) => coordinates.get().div_ceil(BLOCK).min(blocks),
    };
    if chosen == blocks {
        return layers.iter().map(|layer| vec![layer.clone()]).collect();
    }
    let blocks: Vec<Range<usize>> =
        (0..chosen).map(|s| s * blocks / chosen).map(|block| block * BLOCK..(block + 1) * BLOCK).collect();
    let within = |layer: &Range<usize>| {
        let parts = blocks.iter().map(|block| block.start.max(layer.start)..block.end.min(layer.end));
        let parts: Vec<Range<usize>> = parts.filter(|part| !part.is_empty()).collect();
        if parts.is_empty() { vec![layer.clone()] } else { parts }
    };
    layers.iter().map(within).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(range: Range<usize>) -> Vec<Range<usize>> {
        std::iter::once(range).collect()
    }

    #[test]
    fn blocks_lie_evenly_and_small_layers_are_whole() {
        let layers = [0..100_000, 100_000..100_010];
        let few = |n| compared_ranges(&layers, Compared::Few(NonZeroUsize::new(n).unwrap()));
        assert_eq!(few(8192), [vec![0..4096, 49_152..53_248], one(100_000..100_010)]);
        assert_eq!(few(1 << 20), [one(0..100_000), one(100_000..100_010)]);
        assert_eq!(compared_ranges(&layers, Compared::All), few(1 << 20));
    }
}
