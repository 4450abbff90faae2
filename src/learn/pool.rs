//! Max pooling over 2 x 2 pixels with stride 2, channels last.

/// Which window a pooled pixel came from: images of `height` x `width` x `channels`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pool {
    pub height: usize,
    pub width: usize,
    pub channels: usize,
}

impl Pool {
    /// Entries of a pooled image; a last odd row or column is dropped, as in PyTorch.
    pub(super) fn outputs(self) -> usize {
        (self.height / 2) * (self.width / 2) * self.channels
    }

    /// Calls `visit(pooled pixel, top left pixel)` for every window of one image.
    #[inline(always)]
    fn windows(self, mut visit: impl FnMut(usize, usize)) {
        for y in 0..self.height / 2 {
            for x in 0..self.width / 2 {
                visit(y * (self.width / 2) + x, 2 * y * self.width + 2 * x);
            }
        }
    }

    /// The largest of each window and which of its four pixels (row-major) held it: the first one when several
    /// do, and a NaN before everything else.
    pub(super) fn forward(self, image: &[f32], output: &mut [f32], winners: &mut [u8]) {
        let c = self.channels;
        self.windows(|pooled, top_left| {
            let pixel = |offset| &image[(top_left + offset) * c..][..c];
            let output = &mut output[pooled * c..][..c];
            let winners = &mut winners[pooled * c..][..c];
            output.copy_from_slice(pixel(0));
            winners.fill(0);
            for (place, offset) in [(1, 1), (2, self.width), (3, self.width + 1)] {
                for ((best, winner), &value) in output.iter_mut().zip(winners.iter_mut()).zip(pixel(offset)) {
                    let wins = value > *best || (value.is_nan() && !best.is_nan());
                    *best = if wins { value } else { *best };
                    *winner = if wins { place } else { *winner };
                }
            }
        });
    }

    /// Sends each derivative to the pixel that won; every other pixel gets zero.
    pub(super) fn backward(self, upstream: &[f32], winners: &[u8], image_gradient: &mut [f32]) {
        let c = self.channels;
        if !self.height.is_multiple_of(2) || !self.width.is_multiple_of(2) {
            image_gradient.fill(0.0);
        }
        self.windows(|pooled, top_left| {
            let upstream = &upstream[pooled * c..][..c];
            let winners = &winners[pooled * c..][..c];
            for (place, offset) in [(0, 0), (1, 1), (2, self.width), (3, self.width + 1)] {
                let pixel = &mut image_gradient[(top_left + offset) * c..][..c];
                for ((pixel, &up), &winner) in pixel.iter_mut().zip(upstream).zip(winners) {
                    *pixel = if winner == place { up } else { 0.0 };
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equals_wins_and_odd_borders_are_dropped() {
        let pool = Pool { height: 2, width: 3, channels: 1 };
        let (mut output, mut winners, mut back) = ([0.0], [9], [9.0; 6]);
        pool.forward(&[1.0, 2.0, 7.0, 2.0, 2.0, 7.0], &mut output, &mut winners);
        assert_eq!((output, winners), ([2.0], [1]));
        pool.backward(&[5.0], &winners, &mut back);
        assert_eq!(back, [0.0, 5.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_nan_is_not_lost() {
        let pool = Pool { height: 2, width: 2, channels: 1 };
        let (mut output, mut winners) = ([0.0], [9]);
        pool.forward(&[1.0, f32::NAN, 7.0, f32::NAN], &mut output, &mut winners);
        assert!(output[0].is_nan());
        assert_eq!(winners, [1]);
    }
}
