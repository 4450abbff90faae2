//! Colours and textures: a figure becomes pixels.

use std::f32::consts::TAU;

use rand::{Rng, RngCore};

use super::outline::{Outline, SIDE, Vec2, length};
use crate::random::Stream;

/// About the radius of a figure, in pixels.
const SIZE: std::ops::Range<f32> = 8.0..11.0;
/// Largest shift from the middle of the picture along each axis, in pixels.
const SHIFT: f32 = 4.0;
/// Pixels from one stripe to the next of the same colour.
const PERIOD: std::ops::Range<f32> = 4.0..6.5;
/// By how much the two colours of a texture differ in every channel.
const CONTRAST: std::ops::Range<f32> = 0.2..0.4;
/// By how much the background differs from the first of them in every channel, on the circle on which white is black again:
/// so a figure is seen, and each of its colours is as likely as any.
const APART: std::ops::Range<f32> = 0.35..0.65;
/// By how much the background changes from the middle to an edge in every channel, at most.
const FADE: f32 = 0.15;
/// Radius of the discs behind the figure, in pixels.
const SPECK: std::ops::Range<f32> = 1.0..3.0;

/// Which of two colours a point has, from -1 to 1; coordinates count periods.
pub(super) type Texture = fn(Vec2) -> f32;

/// In the order of the classes.
pub(super) const TEXTURES: [Texture; 2] = [stripes, checks];

fn stripes([x, _]: Vec2) -> f32 {
    (TAU * x).sin()
}

fn checks([x, y]: Vec2) -> f32 {
    (TAU * x).sin() * (TAU * y).sin()
}

type Colour = [f32; 3];

/// Everything about a sample but its noise.
pub(super) struct Picture {
    outline: Outline,
    texture: Texture,
    size: f32,
    /// From pixels to the figure's own axes, and to those of its texture in periods.
    figure: Frame,
    pattern: Frame,
    colours: [Colour; 2],
    background: Colour,
    /// Change of the background by x and by y, from the middle to an edge.
    fade: [Colour; 2],
    specks: Vec<Speck>,
}

/// A point of the picture that becomes the origin, and a turn and scale about it.
struct Frame {
    origin: Vec2,
    cos: f32,
    sin: f32,
}

struct Speck {
    middle: Vec2,
    radius: f32,
    colour: Colour,
}

impl Picture {
    pub(super) fn draw(outline: Outline, texture: Texture, clutter: u32, stream: &mut Stream) -> Self {
        let size = stream.random_range(SIZE);
        let middle = [(); 2].map(|()| SIDE as f32 / 2.0 + SHIFT * stream.random_range(-1.0..1.0));
        let figure = Frame::draw(middle, 1.0, stream);
        let period = stream.random_range(PERIOD);
        // The phase of the texture is a shift by a part of its period.
        let phase = middle.map(|x| x + period * stream.random::<f32>());
        let pattern = Frame::draw(phase, 1.0 / period, stream);
        let first = colour(stream);
        let second = first.map(|x| {
            let step = stream.random_range(CONTRAST);
            if x < 0.5 { x + step } else { x - step }
        });
        let background = first.map(|x| (x + stream.random_range(APART)).fract());
        let fade = [(); 2].map(|()| [(); 3].map(|()| FADE * stream.random_range(-1.0..1.0)));
        let specks = (0..clutter).map(|_| Speck::draw(stream)).collect();
        Self { outline, texture, size, figure, pattern, colours: [first, second], background, fade, specks }
    }

    /// Paints the picture and its noise: planes of red, green and blue.
    pub(super) fn paint(&self, noise: f32, stream: &mut Stream, image: &mut [u8]) {
        let grain = noise / STD_OF_FOUR_BYTES;
        for pixel in 0..SIDE * SIDE {
            // The middle of pixel k lies at k + 1/2.
            let at = [pixel % SIDE, pixel / SIDE].map(|k| k as f32 + 0.5);
            for (channel, value) in self.colour(at).into_iter().enumerate() {
                // The sum of four uniform bytes is close enough to a normal variate.
                let sum: u16 = stream.next_u32().to_le_bytes().into_iter().map(u16::from).sum();
                let value = value + grain * (f32::from(sum) - 510.0);
                image[channel * SIDE * SIDE + pixel] = (255.0 * value.clamp(0.0, 1.0)).round() as u8;
            }
        }
    }

    fn colour(&self, at: Vec2) -> Colour {
        let [x, y] = at.map(|x| 2.0 * x / SIDE as f32 - 1.0);
        let mut colour: Colour =
            std::array::from_fn(|c| self.background[c] + x * self.fade[0][c] + y * self.fade[1][c]);
        for speck in &self.specks {
            let outside = length([at[0] - speck.middle[0], at[1] - speck.middle[1]]) - speck.radius;
            mix(&mut colour, &speck.colour, cover(outside));
        }
        let share = cover((self.outline)(self.figure.from(at), self.size));
        if share > 0.0 {
            // A stripe fades over about a pixel into the next one.
            let tone = (2.0 * (self.texture)(self.pattern.from(at))).clamp(-1.0, 1.0);
            let [mut own, other] = self.colours;
            mix(&mut own, &other, (tone + 1.0) / 2.0);
            mix(&mut colour, &own, share);
        }
        colour
    }
}

/// The share of a pixel that a figure covers whose edge is so far from its middle.
fn cover(outside: f32) -> f32 {
    (0.5 - outside).clamp(0.0, 1.0)
}

fn mix(colour: &mut Colour, other: &Colour, share: f32) {
    colour.iter_mut().zip(other).for_each(|(x, other)| *x += share * (other - *x));
}

fn colour(stream: &mut Stream) -> Colour {
    [(); 3].map(|()| stream.random())
}

impl Frame {
    fn draw(origin: Vec2, scale: f32, stream: &mut Stream) -> Self {
        let (sin, cos) = (TAU * stream.random::<f32>()).sin_cos();
        Self { origin, cos: scale * cos, sin: scale * sin }
    }

    fn from(&self, [x, y]: Vec2) -> Vec2 {
        let [dx, dy] = [x - self.origin[0], y - self.origin[1]];
        [self.cos * dx + self.sin * dy, self.cos * dy - self.sin * dx]
    }
}

impl Speck {
    fn draw(stream: &mut Stream) -> Self {
        let middle = [(); 2].map(|()| stream.random_range(0.0..SIDE as f32));
        Self { middle, radius: stream.random_range(SPECK), colour: colour(stream) }
    }
}

/// sqrt(4 (256^2 - 1) / 12)
const STD_OF_FOUR_BYTES: f32 = 147.8;
