//! Reordering of samples between channels first and channels last.

/// Turns each sample from `rows` x `columns` into `columns` x `rows`: channels first (data files, PyTorch's
/// flattened vectors) to channels last (convolutions here) and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transpose {
    /// Rows on the way in.
    pub rows: usize,
    /// Columns on the way in.
    pub columns: usize,
}

impl Transpose {
    /// For inputs or, with the roles of rows and columns exchanged, for derivatives.
    pub(super) fn apply(self, input: &[f32], output: &mut [f32]) {
        let size = self.rows * self.columns;
        for (input, output) in input.chunks_exact(size).zip(output.chunks_exact_mut(size)) {
            for (c, column) in output.chunks_exact_mut(self.rows).enumerate() {
                for (r, entry) in column.iter_mut().enumerate() {
                    *entry = input[r * self.columns + c];
                }
            }
        }
    }

    pub(super) fn inverse(self) -> Self {
        Self { rows: self.columns, columns: self.rows }
    }
}
