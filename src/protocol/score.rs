//! How a model does, as a measurement finds it.

/// How a model does on a part of the samples; parts add up.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Score {
    /// Test samples classified correctly.
    pub correct: u64,
    /// Test samples looked at.
    pub samples: u64,
    /// Sum of their cross-entropies, in nats.
    pub loss_sum: f64,
    /// Of each label, the test samples classified correctly; empty unless the record asks who is served how well.
    pub of_label: Vec<u64>,
    /// Whether each training sample is classified correctly, in order; likewise.
    pub training: Vec<bool>,
}

impl Score {
    /// Takes in the part that comes next.
    pub fn add(&mut self, part: Self) {
        self.correct += part.correct;
        self.samples += part.samples;
        self.loss_sum += part.loss_sum;
        self.of_label.resize(self.of_label.len().max(part.of_label.len()), 0);
        self.of_label.iter_mut().zip(part.of_label).for_each(|(sum, n)| *sum += n);
        self.training.extend(part.training);
    }
}
