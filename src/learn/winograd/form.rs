//! Which of Winograd's forms computes a convolution.

use super::super::geometry::{ConvSpec, Convolution};

/// F(m x m, k x k): tiles of m + k - 1 pixels to each side give m x m pixels of a convolution with k x k.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    F23,
    F43,
    F25,
}

impl Form {
    /// Those that a convolution of this kernel may take, the best first.
    pub(super) const fn of(convolution: Convolution, ConvSpec { kernel, .. }: ConvSpec) -> &'static [Self] {
        match (convolution, kernel) {
            (Convolution::Winograd4, 3) => &[Self::F23],
            (Convolution::Winograd6, 3) => &[Self::F43, Self::F23],
            (Convolution::Winograd6, 5) => &[Self::F25],
            _ => &[],
        }
    }

    /// Pixels to a side of the kernel.
    pub(super) const fn kernel(self) -> usize {
        match self {
            Self::F23 | Self::F43 => 3,
            Self::F25 => 5,
        }
    }

    /// Numbers of a filter for each channel.
    pub(super) const fn taps(self) -> usize {
        self.kernel() * self.kernel()
    }

    /// Pixels to a side that a tile takes.
    pub(super) const fn side_in(self) -> usize {
        self.side_out() + self.kernel() - 1
    }

    /// Pixels to a side that a tile gives.
    pub(super) const fn side_out(self) -> usize {
        match self {
            Self::F23 | Self::F25 => 2,
            Self::F43 => 4,
        }
    }

    pub(super) const fn positions(self) -> usize {
        self.side_in() * self.side_in()
    }

    /// Whether the input gradient is the adjoint of the convolution, tile by tile. For the smallest tiles it is a convolution
    /// itself, with the filters turned around.
    pub(super) const fn scatters(self) -> bool {
        !matches!(self, Self::F23)
    }
}
