//! The convolution, with the ReLU and the pooling that may follow it.
//!
//! Forward, weight gradient and input gradient are one product each (the last one per kernel row), over a few
//! images at a time, so that what comes before pooling never leaves the cache; where `winograd` fits, they are its products.

use std::ops::Range;

use super::geometry::{ConvSpec, Convolution, Geometry};
use super::multiply::{Addressed, Right, Then, is_panel, multiply, pack, padded};
use super::operation::{Inputs, Kept, Operation, Sink, Sinks};
use super::pass::{Pass, relu_backward, sum_rows};
use super::share::{GROUP, Share};
use super::winograd::{self, Winograd};
use super::workspace::{ImageScratch, LayerScratch, sized};
use crate::data::Shape;
use crate::helpers::Lent;

/// A two-dimensional cross-correlation (PyTorch's `nn.Conv2d`): weight filters x channels x kernel x kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conv {
    geometry: Box<Geometry>,
    convolution: Convolution,
    /// Where fewer multiplications do.
    winograd: Option<Box<Winograd>>,
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
        let (geometry, convolution) = (Box::new(Geometry::new(spec, input)), Convolution::default());
        Self { geometry, convolution, winograd: None, weight, bias }.computed_by(convolution)
    }

    /// The same, computed in this way where it can be.
    #[must_use]
    pub fn computed_by(self, convolution: Convolution) -> Self {
        let Geometry { spec, input, unpooled, .. } = *self.geometry;
        let winograd = Winograd::of(convolution, spec, (input, unpooled)).map(Box::new);
        Self { convolution, winograd, ..self }
    }

    /// Whether it is cut into tiles.
    pub(super) fn has_tiles(&self) -> bool {
        self.winograd.is_some()
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
        let geometry = || Box::new(Geometry::new(spec, self.geometry.input));
        fits.then(|| Self { geometry: geometry(), ..self.clone() }.computed_by(self.convolution))
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
        let Geometry { spec, taps, .. } = &*self.geometry;
        let filters = match &self.winograd {
            Some(winograd) => {
                self.weight.len() + (3 + usize::from(!winograd.is_one_block(GROUP))) * winograd.positions()
            }
            None => 4 * taps.len() * padded(spec.filters),
        };
        filters + self.image_scratch()
    }

    fn shared_scratch(&self, batch: usize, threads: usize) -> usize {
        let groups: usize = Share::of(batch, threads).groups_behind_the_first(batch).sum();
        (threads - 1) * self.image_scratch() + groups * self.sums()
    }

    fn forward(
        &self,
        pass: &Pass,
        [input, _]: Inputs,
        Kept { output, argmax, .. }: Kept<&mut [f32], &mut [u8]>,
        scratch: &mut LayerScratch,
    ) {
        let LayerScratch { panels, reordered, by_thread, .. } = scratch;
        let weight = &pass.params[self.weight.clone()];
        match &self.winograd {
            Some(winograd) => winograd.transform(weight, reordered, panels),
            None => self.geometry.pack_forward(weight, reordered, panels),
        }
        let bias = self.bias.clone().map(|bias| &pass.params[bias]);
        let filters = (&panels[..], bias);
        let lent = pass.lend(self.products() * pass.batch, pass.batch.div_ceil(GROUP));
        let share = Share::of(pass.batch, lent.threads() + 1);
        by_thread.resize_with(by_thread.len().max(lent.threads() + 1), ImageScratch::default);
        let mut argmax = share.cut_mut(argmax, self.argmax_len());
        let parts = share.cut(input, self.inputs()).zip(share.cut_mut(output, self.outputs())).zip(by_thread);
        let parts = parts.map(|((input, output), scratch)| {
            (Forward { input, output, argmax: argmax.next().unwrap_or_default() }, scratch)
        });
        lent.for_each(parts, |(images, scratch)| self.forward_images(filters, images, scratch));
    }

    fn backward(
        &self,
        pass: &Pass,
        ([input, _], Kept { output, argmax, .. }): (Inputs, Kept<&[f32], &[u8]>),
        upstream: &mut [f32],
        [sink, _]: Sinks,
        gradient: &mut [f32],
        scratch: &mut LayerScratch,
    ) {
        let weight = &pass.params[self.weight.clone()];
        if self.geometry.spec.relu {
            relu_backward(output, upstream);
        }
        if let Some(bias) = self.bias.clone() {
            // Pooling only moves derivatives, so they are summed where there are fewer of them.
            sum_rows(upstream, &mut gradient[bias]);
        }
        let LayerScratch { kernel_rows, reordered, by_tap, by_thread, .. } = scratch;
        match &self.winograd {
            _ if sink.is_none() => {}
            Some(winograd) => winograd.transform_back(weight, reordered, kernel_rows),
            None => self.geometry.pack_backward(weight, reordered, kernel_rows),
        }
        let sums = sized(by_tap, self.sums());
        sums.fill(0.0);
        let lent = pass.lend(2 * self.products() * pass.batch, pass.batch.div_ceil(GROUP));
        by_thread.resize_with(by_thread.len().max(lent.threads() + 1), ImageScratch::default);
        let images = Backward { input, upstream, argmax, sink };
        self.backward_shared(pass, kernel_rows, images, (lent, by_thread), sums);
        let gradient = &mut gradient[self.weight.clone()];
        match &self.winograd {
            Some(winograd) => winograd.gradient(sums, reordered, gradient),
            None => self.geometry.unpack_gradient(sums, reordered, gradient),
        }
    }
}

/// Images on their way through.
struct Forward<'a> {
    input: &'a [f32],
    output: &'a mut [f32],
    argmax: &'a mut [u8],
}

/// Images on their way back.
struct Backward<'a> {
    input: &'a [f32],
    upstream: &'a [f32],
    argmax: &'a [u8],
    sink: Option<Sink<'a>>,
}

impl Conv {
    /// Entries of what sums up to the weight gradient.
    fn sums(&self) -> usize {
        self.winograd.as_ref().map_or(self.weight.len(), |winograd| winograd.positions())
    }

    /// Entries of an [`ImageScratch`], but for gradients that wait.
    fn image_scratch(&self) -> usize {
        let Geometry { spec, bordered, unpooled, .. } = &*self.geometry;
        match &self.winograd {
            Some(winograd) if spec.pool => GROUP * unpooled.features() + winograd.scratch(),
            Some(winograd) => winograd.scratch(),
            None => GROUP * (unpooled.features() + 2 * bordered.features()),
        }
    }

    /// `filters` are transformed or packed; with them the bias.
    fn forward_images(
        &self,
        (filters, bias): (&[f32], Option<&[f32]>),
        images: Forward,
        scratch: &mut ImageScratch,
    ) {
        let Geometry { spec, taps, patches, pixels, unpooled: before, .. } = &*self.geometry;
        let (ImageScratch { images: bordered, unpooled, tiles, .. }, Forward { input, output, argmax }) =
            (scratch, images);
        let then = Then::Store { bias, relu: spec.relu };
        if let Some(winograd) = self.winograd.as_ref().filter(|_| !spec.pool) {
            return winograd.forward(input, filters, then, output, tiles);
        }
        let right = Right::packed(filters, spec.filters);
        let (inputs, outputs) = (self.inputs(), self.outputs());
        let groups = input.chunks(GROUP * inputs).zip(output.chunks_mut(GROUP * outputs));
        for (group, (input, output)) in groups.enumerate() {
            let count = input.len() / inputs * before.height * before.width;
            let into = if spec.pool { sized(unpooled, count * spec.filters) } else { &mut *output };
            if let Some(winograd) = &self.winograd {
                winograd.forward(input, filters, then, into, tiles);
            } else {
                let data = self.geometry.border(input, bordered);
                let left = Addressed { data, rows: &patches[..count], columns: taps };
                multiply(left, right, into, &pixels[..count], then);
            }
            if !spec.pool {
                continue;
            }
            let argmax = &mut argmax[group * GROUP * outputs..][..output.len()];
            self.geometry.pool().pool_images(unpooled, output, argmax);
        }
    }

    /// [`Conv::backward_images`] by one thread or several: the first adds what its images give, what the others find is added behind
    /// it in the order in which one thread alone would have added it.
    fn backward_shared(
        &self,
        pass: &Pass,
        kernel_rows: &[f32],
        Backward { input, upstream, argmax, sink }: Backward,
        (lent, by_thread): (Lent, &mut [ImageScratch]),
        total: &mut [f32],
    ) {
        let share = Share::of(pass.batch, lent.threads() + 1);
        let (first, others) = by_thread.split_first_mut().expect("there is a thread");
        let (values, adds) = sink.map(|sink| (sink.values, sink.adds)).unwrap_or_default();
        let (is_asked, mut values) = (!values.is_empty(), share.cut_mut(values, self.inputs()));
        let mut argmax = share.cut(argmax, self.argmax_len());
        let mut sink = || is_asked.then(|| Sink { values: values.next().unwrap_or_default(), adds });
        let images = share.cut(input, self.inputs()).zip(share.cut(upstream, self.outputs()));
        let images = images.map(|(input, upstream)| Backward {
            input,
            upstream,
            argmax: argmax.next().unwrap_or_default(),
            sink: sink(),
        });
        let totals = std::iter::once(Some(&mut *total)).chain(std::iter::repeat_with(|| None));
        let scratches = std::iter::once(first).chain(&mut *others);
        lent.for_each(images.zip(scratches.zip(totals)), |(images, (scratch, total))| {
            self.backward_images(pass, kernel_rows, images, scratch, total);
        });
        let weights = self.sums();
        for (scratch, groups) in others.iter().zip(share.groups_behind_the_first(pass.batch)) {
            for group in scratch.by_group[..groups * weights].chunks_exact(weights) {
                total.iter_mut().zip(group).for_each(|(total, sum)| *total += sum);
            }
        }
    }

    /// Adds what each group of images gives to `total`, or leaves it for later where there is none.
    fn backward_images(
        &self,
        pass: &Pass,
        kernel_rows: &[f32],
        images: Backward,
        scratch: &mut ImageScratch,
        mut total: Option<&mut [f32]>,
    ) {
        let Backward { input, upstream, argmax, mut sink } = images;
        let ImageScratch { panels, unpooled, images, image_gradients, by_group, tiles } = scratch;
        let (inputs, outputs, weights) = (self.inputs(), self.outputs(), self.sums());
        let groups = input.chunks(GROUP * inputs).zip(upstream.chunks(GROUP * outputs));
        if total.is_none() {
            sized(by_group, groups.len() * weights);
        }
        for (group, (input, upstream)) in groups.enumerate() {
            let argmax = argmax.get(group * GROUP * outputs..).unwrap_or_default();
            let delta = self.unpool(upstream, argmax, unpooled);
            let sink = sink.as_mut().map(|Sink { values, adds }| Sink {
                values: &mut values[group * GROUP * inputs..][..input.len()],
                adds: *adds,
            });
            if let Some(winograd) = &self.winograd {
                let images = winograd::Backward { input, delta, filters: kernel_rows, sink };
                match &mut total {
                    Some(total) => winograd.add_backward(images, total, by_group, tiles),
                    None => {
                        let place = &mut by_group[group * weights..][..weights];
                        winograd.backward(images, (place, Then::STORE), tiles);
                    }
                }
                continue;
            }
            let bordered = self.geometry.border(input, images);
            match &mut total {
                Some(total) => self.weight_gradient(bordered, delta, panels, total, Then::Add),
                None => {
                    let place = &mut by_group[group * weights..][..weights];
                    self.weight_gradient(bordered, delta, panels, place, Then::STORE);
                }
            }
            if let Some(sink) = sink {
                self.input_gradient(pass, delta, kernel_rows, sink, image_gradients);
            }
        }
    }

    /// The derivatives by the output before pooling.
    fn unpool<'a>(&self, upstream: &'a [f32], argmax: &[u8], buffer: &'a mut Vec<f32>) -> &'a [f32] {
        if !self.geometry.spec.pool {
            return upstream;
        }
        let delta = sized(buffer, upstream.len() / self.outputs() * self.geometry.unpooled.features());
        self.geometry.pool().unpool_images(upstream, argmax, delta);
        delta
    }

    /// by_tap <- patches^T x delta, or that added to it.
    fn weight_gradient(
        &self,
        group: &[f32],
        delta: &[f32],
        panels: &mut Vec<f32>,
        by_tap: &mut [f32],
        then: Then,
    ) {
        let Geometry { spec, taps, patches, tap_rows, .. } = &*self.geometry;
        let pixels = delta.len() / spec.filters;
        let data = if is_panel(spec.filters) {
            delta
        } else {
            let len = pixels * padded(spec.filters);
            pack(delta, (pixels, spec.filters), (spec.filters, 1), sized(panels, len));
            panels
        };
        let left = Addressed { data: group, rows: taps, columns: &patches[..pixels] };
        multiply(left, Right::packed(data, spec.filters), by_tap, tap_rows, then);
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
        let Geometry { spec, patches, pixels, bordered, .. } = &*self.geometry;
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
