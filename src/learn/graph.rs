//! A model before it is planned: nodes with named inputs, each a layer of its own; and what is fused when it is planned.
//!
//! Fusing saves passes over memory and changes no result: a convolution stores clamped and pooled pixels, a normalisation
//! adds the residual and clamps while it scales.

use super::batch_norm::BatchNorm;
use super::geometry::Convolution;
use super::layer::Layer;
use super::tensor::Tensor;
use crate::data::Shape;

/// Where a node takes a batch from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The samples.
    Input,
    /// The node of this number, which comes before.
    Node(usize),
}

/// A layer and where its inputs come from, one or two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What is computed.
    pub layer: Layer,
    /// From what.
    pub inputs: Vec<Source>,
}

/// Nodes in an order in which they can be computed; the last one gives the logits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// The shape of a sample, channels first.
    pub input: Shape,
    /// Logits of a sample.
    pub classes: usize,
    /// Parts of the flat parameter vector, in order and without gaps.
    pub tensors: Vec<Tensor>,
    /// All layers.
    pub nodes: Vec<Node>,
}

impl Graph {
    /// The same function with fewer nodes.
    #[must_use]
    pub fn fused(mut self) -> Self {
        let mut at = 0;
        while at < self.nodes.len() {
            if !self.fuse(at) {
                at += 1;
            }
        }
        self
    }

    /// The same function, its convolutions computed in this way where they can be.
    #[must_use]
    pub fn computed_by(mut self, convolution: Convolution) -> Self {
        for Node { layer, .. } in &mut self.nodes {
            if let Layer::Conv(conv) = layer {
                *conv = conv.clone().computed_by(convolution);
            }
        }
        self
    }

    /// Whether any convolution is cut into tiles.
    #[must_use]
    pub fn has_tiles(&self) -> bool {
        self.nodes.iter().any(|node| matches!(&node.layer, Layer::Conv(conv) if conv.has_tiles()))
    }

    /// Puts a producer of this node that nobody else reads into it, if the two can be one.
    fn fuse(&mut self, at: usize) -> bool {
        for (place, source) in self.nodes[at].inputs.clone().into_iter().enumerate() {
            let Source::Node(producer) = source else { continue };
            if self.readers(producer) != 1 {
                continue;
            }
            let Some(layer) = fused(&self.nodes[producer].layer, &self.nodes[at].layer) else { continue };
            let mut inputs = self.nodes[producer].inputs.clone();
            let others = self.nodes[at].inputs.iter().enumerate().filter(|(other, _)| *other != place);
            inputs.extend(others.map(|(_, source)| *source));
            self.nodes[at] = Node { layer, inputs };
            self.remove(producer);
            return true;
        }
        false
    }

    fn readers(&self, node: usize) -> usize {
        let inputs = self.nodes.iter().flat_map(|node| &node.inputs);
        inputs.filter(|source| **source == Source::Node(node)).count()
    }

    /// Takes a node out that nobody reads.
    fn remove(&mut self, node: usize) {
        self.nodes.remove(node);
        for source in self.nodes.iter_mut().flat_map(|node| &mut node.inputs) {
            if let Source::Node(number) = source
                && *number > node
            {
                *number -= 1;
            }
        }
    }
}

/// The layer that does both, if there is one.
fn fused(first: &Layer, second: &Layer) -> Option<Layer> {
    match (first, second) {
        (Layer::Conv(conv), Layer::Relu(_)) => conv.with_relu().map(Layer::Conv),
        (Layer::Conv(conv), Layer::MaxPool(_)) => conv.with_pool().map(Layer::Conv),
        (Layer::Linear(linear), Layer::Relu(_)) => {
            Some(Layer::Linear(super::linear::Linear { relu: true, ..linear.clone() }))
        }
        (Layer::BatchNorm(norm), Layer::Relu(_)) => {
            Some(Layer::BatchNorm(BatchNorm { relu: true, ..norm.clone() }))
        }
        (Layer::BatchNorm(norm), Layer::Add(_)) if !norm.adds && !norm.relu => {
            Some(Layer::BatchNorm(BatchNorm { adds: true, ..norm.clone() }))
        }
        _ => None,
    }
}
