//! The convolution, with the ReLU and the pooling that may follow it.
//!
//! Forward, weight gradient and input gradient are one product each (the last one per kernel row), over a few
//! images at a time, so that what comes before pooling never leaves the cache.

use std::ops::Range;

use super::geometry::{ConvSpec, GROUP, Geometry};
use super::multiply::{Addressed, Right, Then, is_panel, multiply, pack, padded};
use super::operation::{Inputs, Kept, Operation, Sink, Sinks};
use super::pass::{Pass, relu_backward, sum_rows};
use super::workspace::{LayerScratch, sized};
use crate::data::Shape;

/// A two-dimensional cross-correlation (PyTorch's `nn.Conv2d`): weight filters x channels x kernel x kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conv {
    geometry: Geometry,
    weight: Range<usize>,
    bias: Option<Range<usize>>,
}

impl Conv {
    /// `weight` and `bias` say where the parameters lie in the flat vector.
    ///
    /// # Panics
    /// When the kernel is larger than the image; see [`ConvSpec::output`].
    #[must_use]
    pub fn new(spec: ConvSpec, input: Shape, weight: Range<usize>, bias: Option<Range<usize>>) -> Self {
        Self { geometry: Geometry::new(spec, input), weight, bias }
    }

    /// The same with a ReLU behind it, unless pooling is there already.
    pub(super) fn with_relu(&self) -> Option<Self> {
        self.with(ConvSpec { relu: true, ..self.geometry.spec }, !self.geometry.spec.pool)
    }

    /// The same with pooling behind it.
    pub(super) fn with_pool(&self) -> Option<Self> {
        self.with(ConvSpec { pool: true, ..self.geometry.spec }, !self.geometry.spec.pool)
    }

    fn with(&self, spec: ConvSpec, fits: bool) -> Option<Self> {
        let geometry = Geometry { spec, ..self.geometry.clone() };
        fits.then(|| Self { geometry, weight: self.weight.clone(), bias: self.bias.clone() })
    }
}

impl Operation for Conv {
    fn inputs(&self) -> usize {
        self.geometry.input.features()
    }

    fn outputs(&self) -> usize {
        if self.geometry.spec.pool {
            self.geometry.pool().pooled()
        } else {
            self.geometry.unpooled.features()
        }
    }

    fn argmax_len(&self) -> usize {
        if self.geometry.spec.pool { self.outputs() } else { 0 }
    }

    fn products(&self) -> usize {
        self.geometry.unpooled.features() * self.geometry.taps.len()
    }

    fn has_parameters(&self) -> bool {
        true
    }

    fn scratch(&self, _: usize) -> usize {
        let Geometry { spec, bordered, unpooled, taps, .. } = &self.geometry;
        4 * taps.len() * padded(spec.filters) + GROUP * (unpooled.features() + 2 * bordered.features())
    }

    fn forward(
        &self,
        pass: &Pass,
        [input, _]: Inputs,
        Kept { output, argmax, .. }: Kept<&mut [f32], &mut [u8]>,
        scratch: &mut LayerScratch,
    ) {
        let Geometry { spec, taps, patches, pixels, unpooled: before, .. } = &self.geometry;
        let LayerScratch { panels, reordered, images, unpooled, .. } = scratch;
        self.geometry.pack_forward(&pass.params[self.weight.clone()], reordered, panels);
        let right = Right::packed(panels, spec.filters);
        let bias = self.bias.clone().map(|bias| &pass.params[bias]);
        let then = Then::Store { bias, relu: spec.relu };
        let (inputs, outputs) = (self.inputs(), self.outputs());
        let groups = input.chunks(GROUP * inputs).zip(output.chunks_mut(GROUP * outputs));
        for (group, (input, output)) in groups.enumerate() {
            let count = input.len() / inputs * before.height * before.width;
            let (patches, pixels) = (&patches[..count], &pixels[..count]);
            let left = Addressed { data: self.geometry.border(input, images), rows: patches, columns: taps };
            if !spec.pool {
                multiply(left, right, output, pixels, then);
                continue;
            }
            let unpooled = sized(unpooled, count * spec.filters);
            multiply(left, right, unpooled, pixels, then);
            let argmax = &mut argmax[group * GROUP * outputs..][..output.len()];
            self.geometry.pool().pool_images(unpooled, output, argmax);
        }
    }

    fn backward(
        &self,
        pass: &Pass,
        ([input, _], Kept { output, argmax, .. }): (Inputs, Kept<&[f32], &[u8]>),
        upstream: &mut [f32],
        [mut sink, _]: Sinks,
        gradient: &mut [f32],
        scratch: &mut LayerScratch,
    ) {
        let weight = &pass.params[self.weight.clone()];
        let (inputs, outputs) = (self.inputs(), self.outputs());
        if self.geometry.spec.relu {
            relu_backward(output, upstream);
        }
        if let Some(bias) = self.bias.clone() {
            // Pooling only moves derivatives, so they are summed where there are fewer of them.
            sum_rows(upstream, &mut gradient[bias]);
        }
        let LayerScratch {
            panels, kernel_rows, reordered, images, image_gradients, unpooled, by_tap, ..
        } = scratch;
        if sink.is_some() {
            self.geometry.pack_backward(weight, reordered, kernel_rows);
        }
        let by_tap = sized(by_tap, weight.len());
        by_tap.fill(0.0);
        for (group, (input, upstream)) in
            input.chunks(GROUP * inputs).zip(upstream.chunks(GROUP * outputs)).enumerate()
        {
            let argmax = argmax.get(group * GROUP * outputs..).unwrap_or_default();
            let delta = self.unpool(upstream, argmax, unpooled);
            self.weight_gradient(self.geometry.border(input, images), delta, panels, by_tap);
            if let Some(sink) = &mut sink {
                let values = &mut sink.values[group * GROUP * inputs..][..input.len()];
                let sink = Sink { values, adds: sink.adds };
                self.input_gradient(pass, delta, kernel_rows, sink, image_gradients);
            }
        }
        self.geometry.unpack_gradient(by_tap, reordered, &mut gradient[self.weight.clone()]);
    }
}

impl Conv {
    /// The derivatives by the output before pooling.
    fn unpool<'a>(&self, upstream: &'a [f32], argmax: &[u8], buffer: &'a mut Vec<f32>) -> &'a [f32] {
        if !self.geometry.spec.pool {
            return upstream;
        }
        let delta = sized(buffer, upstream.len() / self.outputs() * self.geometry.unpooled.features());
        self.geometry.pool().unpool_images(upstream, argmax, delta);
        delta
    }

    /// by_tap += patches^T x delta
    fn weight_gradient(&self, group: &[f32], delta: &[f32], panels: &mut Vec<f32>, by_tap: &mut [f32]) {
        let Geometry { spec, taps, patches, tap_rows, .. } = &self.geometry;
        let pixels = delta.len() / spec.filters;
        let data = if is_panel(spec.filters) {
            delta
        } else {
            let len = pixels * padded(spec.filters);
            pack(delta, (pixels, spec.filters), (spec.filters, 1), sized(panels, len));
            panels
        };
        let left = Addressed { data: group, rows: taps, columns: &patches[..pixels] };
        multiply(left, Right::packed(data, spec.filters), by_tap, tap_rows, Then::Add);
    }

    /// For every kernel row, delta x (filters x taps of that row), added where the patches lie.
    fn input_gradient(
        &self,
        pass: &Pass,
        delta: &[f32],
        kernel_rows: &[f32],
        sink: Sink,
        images: &mut Vec<f32>,
    ) {
        let Geometry { spec, patches, pixels, bordered, .. } = &self.geometry;
        let count = delta.len() / spec.filters;
        let bare = spec.padding == 0;
        let len = sink.values.len() / self.inputs() * bordered.features();
        let target = if bare { &mut *sink.values } else { sized(images, len) };
        if !(bare && sink.adds) {
            target.fill(0.0);
        }
        let left = Addressed { data: delta, rows: &pixels[..count], columns: &pass.iota[..spec.filters] };
        let taps = self.geometry.row_taps();
        for (row, data) in kernel_rows.chunks_exact(spec.filters * padded(taps)).take(spec.kernel).enumerate()
        {
            let from = row * bordered.width * bordered.channels;
            let right = Right::packed(data, taps);
            multiply(left, right, &mut target[from..], &patches[..count], Then::Add);
        }
        if !bare {
            self.geometry.crop(images, sink);
        }
    }
}
