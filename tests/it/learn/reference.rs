//! PyTorch's numbers in double precision and how to compare with them.
//!
//! Tensors are not shipped but filled by formula: `amplitude * sin(0.37 i + k)`, `i` the flat row-major index.

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Reference {
    pub layers: Vec<LayerCase>,
    pub models: Vec<ModelCase>,
}

#[derive(Deserialize)]
pub(crate) struct LayerCase {
    pub name: String,
    pub input: Fill,
    pub parameters: Vec<Fill>,
    pub upstream: Wave,
    pub output: Digest,
    pub input_gradient: Digest,
    pub parameter_gradients: Vec<Digest>,
}

#[derive(Deserialize)]
pub(crate) struct ModelCase {
    pub name: String,
    pub parameter_count: usize,
    pub input: Fill,
    pub labels: Vec<u16>,
    pub loss_mean_cross_entropy: f64,
    pub tensors: Vec<Vec<usize>>,
    pub parameter_gradients: Vec<Digest>,
}

#[derive(Deserialize)]
pub(crate) struct Fill {
    pub shape: Vec<usize>,
    #[serde(flatten)]
    pub wave: Wave,
}

#[derive(Deserialize)]
pub(crate) struct Wave {
    pub amplitude: f64,
    pub k: f64,
}

/// A tensor: whole when small, else its sum, norm and first entries.
#[derive(Deserialize)]
pub(crate) struct Digest {
    pub shape: Vec<usize>,
    sum: f64,
    norm: f64,
    head: Vec<f64>,
    #[serde(default)]
    all: Vec<f64>,
}

pub(crate) fn read() -> Reference {
    serde_json::from_str(include_str!("../../reference/layers.json")).expect("the reference is JSON")
}

impl Fill {
    pub(crate) fn values(&self) -> Vec<f32> {
        self.wave.values(self.shape.iter().product())
    }
}

impl Wave {
    pub(crate) fn values(&self, len: usize) -> Vec<f32> {
        (0..len).map(|i| (self.amplitude * (0.37 * i as f64 + self.k).sin()) as f32).collect()
    }
}

impl Digest {
    pub(crate) fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Single precision rounds by 6e-8 and the longest sums here have 4,608 terms of mixed sign, so entries agree to
    /// about 1e-5 of the tensor's typical size; `tolerance` is relative to its root mean square.
    pub(crate) fn check(&self, values: &[f32], tolerance: f64, what: &str) {
        assert_eq!(values.len(), self.len(), "{what}");
        let scale = self.norm / (self.len() as f64).sqrt() * tolerance + 1e-9;
        let known = if self.all.is_empty() { &self.head } else { &self.all };
        for (i, (&ours, theirs)) in values.iter().zip(known).enumerate() {
            assert!((f64::from(ours) - theirs).abs() < scale, "{what}[{i}]: {ours}, not {theirs}");
        }
        let sum: f64 = values.iter().map(|&v| f64::from(v)).sum();
        let norm: f64 = values.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt();
        // The sum may cancel, so its error is measured against what n independent errors would add up to, with room
        // for those that are not independent.
        let room = scale * (self.len() as f64).sqrt() * 10.0;
        assert!((sum - self.sum).abs() < room, "sum of {what}: {sum}, not {}", self.sum);
        assert!(
            (norm - self.norm).abs() < self.norm * tolerance + 1e-9,
            "norm of {what}: {norm}, not {}",
            self.norm
        );
    }
}
