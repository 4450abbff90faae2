//! Where the taps, patches and pixels of a convolution lie in memory.

use serde::{Deserialize, Serialize};

use super::multiply::{pack, padded};
use super::offsets::table;
use super::operation::Sink;
use super::pool::MaxPool;
use super::share::GROUP;
use super::transpose::Transpose;
use super::workspace::sized;
use crate::data::Shape;

/// What a convolution does, apart from its weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvSpec {
    /// Channels on the way out.
    pub filters: usize,
    /// Height and width of the kernel.
    pub kernel: usize,
    /// Pixels between neighbouring patches.
    pub stride: usize,
    /// Zeros around the image.
    pub padding: usize,
    /// Whether a ReLU follows.
    pub relu: bool,
    /// Whether a max pooling over 2 x 2 pixels follows (after the ReLU).
    pub pool: bool,
}

impl ConvSpec {
    /// Height or width on the way out before pooling, or nothing when the kernel is larger than the image.
    fn side(self, side: usize) -> Option<usize> {
        Some((side + 2 * self.padding).checked_sub(self.kernel)? / self.stride + 1)
    }

    fn unpooled(self, input: Shape) -> Option<Shape> {
        Some(Shape {
            channels: self.filters,
            height: self.side(input.height)?,
            width: self.side(input.width)?,
        })
    }

    /// The shape on the way out, or nothing when no pixel is left.
    #[must_use]
    pub fn output(self, input: Shape) -> Option<Shape> {
        let unpooled = self.unpooled(input)?;
        let shrink = if self.pool { 2 } else { 1 };
        let output = Shape { height: unpooled.height / shrink, width: unpooled.width / shrink, ..unpooled };
        (output.features() > 0).then_some(output)
    }
}

/// How convolutions are computed: the same function, with other errors of rounding and in other time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Convolution {
    /// Products over the patches of images.
    Patches,
    /// Winograd's tiles of 4 x 4 for kernels of 3 x 3: 16 multiplications in the place of 36.
    #[default]
    #[serde(rename = "winograd_4")]
    Winograd4,
    /// Tiles of 6 x 6 besides: 36 multiplications in the place of 144 for kernels of 3 x 3, and of 100 for 5 x 5.
    #[serde(rename = "winograd_6")]
    Winograd6,
}

/// A convolution of images of one shape. Images lie channels last (row, column, channel), so the taps of a
/// kernel row are neighbours in memory. Tap `t` stands for (kernel row, kernel column, channel), row-major.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Geometry {
    pub spec: ConvSpec,
    pub input: Shape,
    /// The input with its border of zeros.
    pub bordered: Shape,
    /// The output before pooling.
    pub unpooled: Shape,
    /// Offset of a tap in a bordered image.
    pub taps: Vec<u32>,
    /// Offset of the patch of an output pixel in a group of bordered images.
    pub patches: Vec<u32>,
    /// Offset of an output pixel in a group of outputs before pooling.
    pub pixels: Vec<u32>,
    /// Offset of a tap in the weight gradient of the kernel (taps x filters).
    pub tap_rows: Vec<u32>,
}

impl Geometry {
    pub(super) fn new(spec: ConvSpec, input: Shape) -> Self {
        let border = 2 * spec.padding;
        let bordered = Shape { height: input.height + border, width: input.width + border, ..input };
        let unpooled = spec.unpooled(input).expect("the kernel fits the image");
        let row = spec.kernel * input.channels;
        let pixel = |y: usize, x: usize| (y * bordered.width + x) * input.channels;
        let outputs = unpooled.height * unpooled.width;
        let patch = |p: usize| {
            let (image, y, x) = (p / outputs, p % outputs / unpooled.width, p % unpooled.width);
            image * bordered.features() + pixel(y * spec.stride, x * spec.stride)
        };
        Self {
            spec,
            input,
            bordered,
            unpooled,
            taps: table(spec.kernel * row, |t| pixel(t / row, 0) + t % row),
            patches: table(GROUP * outputs, patch),
            pixels: table(GROUP * outputs, |p| p * spec.filters),
            tap_rows: table(spec.kernel * row, |t| t * spec.filters),
        }
    }

    pub(super) fn pool(&self) -> MaxPool {
        let Shape { channels, height, width } = self.unpooled;
        MaxPool { height, width, channels }
    }

    /// Taps of one kernel row.
    pub(super) fn row_taps(&self) -> usize {
        self.taps.len() / self.spec.kernel
    }

    /// The images with their border: themselves when there is none.
    pub(super) fn border<'a>(&self, images: &'a [f32], buffer: &'a mut Vec<f32>) -> &'a [f32] {
        if self.spec.padding == 0 {
            return images;
        }
        let count = images.len() / self.input.features();
        let bordered = sized(buffer, count * self.bordered.features());
        bordered.fill(0.0);
        self.rows(count, |inner, outer, len| {
            bordered[outer..outer + len].copy_from_slice(&images[inner..inner + len]);
        });
        bordered
    }

    /// Undoes [`Geometry::border`].
    pub(super) fn crop(&self, bordered: &[f32], sink: Sink) {
        let Sink { values, adds } = sink;
        self.rows(values.len() / self.input.features(), |inner, outer, len| {
            let values = &mut values[inner..inner + len];
            Sink { values, adds }.take(&bordered[outer..outer + len]);
        });
    }

    /// Visits every row of `count` images: where it begins without and with a border, and its length.
    fn rows(&self, count: usize, mut visit: impl FnMut(usize, usize, usize)) {
        let (len, outer_len) =
            (self.input.width * self.input.channels, self.bordered.width * self.bordered.channels);
        let border = self.spec.padding * (outer_len + self.bordered.channels);
        for image in 0..count {
            for y in 0..self.input.height {
                let inner = image * self.input.features() + y * len;
                visit(inner, image * self.bordered.features() + y * outer_len + border, len);
            }
        }
    }

    /// From a filter's (channel, kernel row, kernel column) to its taps.
    fn to_taps(&self) -> Transpose {
        Transpose { rows: self.input.channels, columns: self.spec.kernel * self.spec.kernel }
    }

    /// The weights as right factor of the forward product: taps x filters.
    pub(super) fn pack_forward(&self, weight: &[f32], buffer: &mut Vec<f32>, panels: &mut Vec<f32>) {
        let by_filter = sized(buffer, weight.len());
        self.to_taps().apply(weight, by_filter);
        let (taps, filters) = (self.taps.len(), self.spec.filters);
        pack(by_filter, (taps, filters), (1, taps), sized(panels, taps * padded(filters)));
    }

    /// The weights as right factors of the input gradient: for every kernel row, filters x taps of that row.
    pub(super) fn pack_backward(&self, weight: &[f32], buffer: &mut Vec<f32>, panels: &mut Vec<f32>) {
        let by_filter = sized(buffer, weight.len());
        self.to_taps().apply(weight, by_filter);
        let (taps, filters) = (self.row_taps(), self.spec.filters);
        let each = filters * padded(taps);
        for (row, panels) in sized(panels, self.spec.kernel * each).chunks_exact_mut(each).enumerate() {
            pack(&by_filter[row * taps..], (filters, taps), (self.taps.len(), 1), panels);
        }
    }

    /// The weight gradient back from taps x filters to PyTorch's order.
    pub(super) fn unpack_gradient(&self, by_tap: &[f32], buffer: &mut Vec<f32>, gradient: &mut [f32]) {
        let by_filter = sized(buffer, by_tap.len());
        Transpose { rows: self.taps.len(), columns: self.spec.filters }.apply(by_tap, by_filter);
        self.to_taps().inverse().apply(by_filter, gradient);
    }
}
