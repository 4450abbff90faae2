//! Placeholder.
use crate::data::Shape;
use crate::error::Result;
use crate::random::Stream;
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};
use std::ops::Range;
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ModelSpec {
    Logistic {},
    Mlp { hidden: Vec<usize> },
    Cnn {},
}
impl ModelSpec {
    pub fn build(&self, _input: Shape, _classes: usize) -> Result<Model> {
        todo!()
    }
}
pub struct Tensor {
    pub name: String,
    pub shape: Vec<usize>,
    pub range: Range<usize>,
}
pub struct Model;
pub struct Evaluation {
    pub correct: u64,
    pub samples: u64,
    pub loss_sum: f64,
}
#[derive(Default)]
pub struct Workspace;
impl Model {
    pub fn parameter_count(&self) -> usize {
        todo!()
    }
    pub fn tensors(&self) -> &[Tensor] {
        todo!()
    }
    pub fn initialise(&self, _stream: &mut Stream) -> Vec<f32> {
        todo!()
    }
    pub fn gradient(
        &self,
        _params: &[f32],
        _inputs: ArrayView2<f32>,
        _labels: &[u8],
        _workspace: &mut Workspace,
        _gradient: &mut [f32],
    ) -> f32 {
        todo!()
    }
    pub fn evaluate(
        &self,
        _params: &[f32],
        _inputs: ArrayView2<f32>,
        _labels: &[u8],
        _workspace: &mut Workspace,
    ) -> Evaluation {
        todo!()
    }
    pub fn flops_per_sample(&self) -> u64 {
        todo!()
    }
    pub fn workspace_bytes(&self, _batch: usize) -> u64 {
        todo!()
    }
}
pub const CATALOGUE: &[crate::catalogue::Entry] = &[];
