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
    /// Of a quadratic, which has no samples, f(x) - f(x*).
    pub excess: Option<f64>,
    /// The gradient of a quadratic, or of the mean loss over the training samples, D numbers; empty unless the record asks for
    /// its norms.
    pub gradient: Vec<f64>,
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
        self.excess = self.excess.or(part.excess);
        match (self.gradient.is_empty(), part.gradient) {
            (true, first) => self.gradient = first,
            (false, next) => self.gradient.iter_mut().zip(next).for_each(|(sum, g)| *sum += g),
        }
    }

    /// The share of test samples classified correctly, where there are any.
    #[must_use]
    pub fn accuracy(&self) -> Option<f64> {
        (self.samples > 0).then(|| self.correct as f64 / self.samples as f64)
    }

    /// The mean cross-entropy over the test samples, or of a quadratic how far it is above its least value.
    #[must_use]
    pub fn loss(&self) -> f64 {
        self.excess.unwrap_or_else(|| self.loss_sum / self.samples as f64)
    }

    /// The sum of the absolute slopes, l1, and the root of the sum of their squares, l2, where they were measured.
    #[must_use]
    pub fn gradient_norms(&self) -> Option<(f64, f64)> {
        let l1 = self.gradient.iter().map(|g| g.abs()).sum();
        let l2 = self.gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        (!self.gradient.is_empty()).then_some((l1, l2))
    }
}
