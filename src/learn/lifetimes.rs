//! Which batches of a model must lie in memory for how long, and which may lie in the same place one after the other.

use super::graph::{Node, Source};

/// What is known of a model's passes before the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// Which nodes somebody wants the derivatives of: those at or behind a parameter.
    pub wanted: Vec<bool>,
    /// Where what the nodes give lies until they come back: all of it at once.
    pub kept: Buffers,
    /// Where it lies when nobody comes back.
    pub passing: Buffers,
    /// Where derivatives lie.
    pub derivatives: Buffers,
    /// Of each node, for each input whose derivatives are wanted: the node that gave it, and whether another one that
    /// read it has come back before.
    pub sinks: Vec<[Option<(usize, bool)>; 2]>,
}

impl Plan {
    pub(super) fn new(nodes: &[Node]) -> Self {
        let mut wanted: Vec<bool> = Vec::new();
        for node in nodes {
            let behind = sources(node).any(|source| wanted[source]);
            wanted.push(node.layer.operation().has_parameters() || behind);
        }
        let last_reader = |source: usize| {
            nodes
                .iter()
                .rposition(|node| sources(node).any(|read| read == source))
                .expect("somebody reads it")
        };
        let sink = |at: usize, place: usize| match nodes[at].inputs.get(place) {
            Some(Source::Node(source)) if wanted[*source] => Some((*source, last_reader(*source) != at)),
            _ => None,
        };
        Self {
            sinks: (0..nodes.len()).map(|at| [sink(at, 0), sink(at, 1)]).collect(),
            kept: Buffers::apart(nodes),
            passing: Buffers::forward(nodes),
            derivatives: Buffers::backward(nodes, &wanted),
            wanted,
        }
    }
}

/// A buffer for each batch that must be kept for a while.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Buffers {
    /// By batch.
    pub of: Vec<usize>,
    /// Entries a sample, by buffer.
    pub len: Vec<usize>,
}

impl Buffers {
    /// Each batch in a buffer of its own.
    fn apart(nodes: &[Node]) -> Self {
        let len = nodes.iter().map(|node| node.layer.operation().outputs()).collect();
        Self { of: (0..nodes.len()).collect(), len }
    }

    /// One for what each node gives, free again when the last node has read it.
    fn forward(nodes: &[Node]) -> Self {
        let mut last_read: Vec<_> = (0..nodes.len()).collect();
        for (at, node) in nodes.iter().enumerate() {
            sources(node).for_each(|source| last_read[source] = at);
        }
        Self::shared(nodes, (0..nodes.len()).map(|node| (node, node, last_read[node])))
    }

    /// One for the derivatives by what each node gives: from the last node that reads it, which comes back first, to the
    /// node itself.
    fn backward(nodes: &[Node], wanted: &[bool]) -> Self {
        let steps = nodes.len();
        // The derivatives by the logits are there before the first step.
        let mut first_write: Vec<_> = (0..steps).map(|node| steps - 1 - node).collect();
        for (at, node) in nodes.iter().enumerate().rev() {
            for source in sources(node) {
                first_write[source] = first_write[source].min(steps - 1 - at);
            }
        }
        let wanted = (0..steps).rev().filter(|node| wanted[*node]);
        Self::shared(nodes, wanted.map(|node| (node, first_write[node], steps - 1 - node)))
    }

    /// `lives` are (node, first step, last step), both steps within its life.
    fn shared(nodes: &[Node], lives: impl Iterator<Item = (usize, usize, usize)>) -> Self {
        let mut lives: Vec<_> = lives.collect();
        lives.sort_by_key(|(node, first, _)| (*first, *node));
        let mut buffers = Self { of: vec![0; nodes.len()], len: Vec::new() };
        let mut free_after: Vec<usize> = Vec::new();
        for (node, first, last) in lives {
            let len = nodes[node].layer.operation().outputs();
            let free = (0..free_after.len()).filter(|buffer| free_after[*buffer] < first);
            // The one that is nearest in size.
            let buffer = free.min_by_key(|buffer| buffers.len[*buffer].abs_diff(len)).unwrap_or_else(|| {
                free_after.push(0);
                buffers.len.push(0);
                free_after.len() - 1
            });
            free_after[buffer] = last;
            buffers.len[buffer] = buffers.len[buffer].max(len);
            buffers.of[node] = buffer;
        }
        buffers
    }
}

fn sources(node: &Node) -> impl Iterator<Item = usize> {
    node.inputs.iter().filter_map(|source| match source {
        Source::Node(node) => Some(*node),
        Source::Input => None,
    })
}
