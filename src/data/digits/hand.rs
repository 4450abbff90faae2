//! A hand that writes a skeleton: every departure from the copybook is drawn here.

use std::f32::consts::TAU;

use rand::Rng;
use rand_distr::StandardNormal;

use super::skeleton::{SIDE, Stroke, VARIANTS, Vec2};
use crate::random::Stream;

/// Width and height of an undistorted digit in pixels.
const SIZE: Vec2 = [16.0, 20.0];
/// Standard deviations at distortion 1: rotation in radians, slant as x per y, stretch as a logarithm.
const ROTATION: f32 = 0.16;
const SLANT: f32 = 0.22;
const STRETCH: f32 = 0.14;
/// Standard deviation of each point of the skeleton, in units of the square.
const JITTER: f32 = 0.02;
/// Amplitude of each wave that bends the square, in units of the square.
const WAVE: f32 = 0.03;
/// Largest shift from the middle of the image along each axis, in pixels.
const SHIFT: f32 = 3.0;
/// Width and height of the part of the image that the middle of the pen may touch, in pixels.
const ROOM: f32 = 23.0;
/// Straight pieces to one span of a curve; a span is some five pixels long.
const PIECES: usize = 5;

/// Writes a digit: polylines in pixels, inside the image as far as their size allows.
pub(super) fn write(digit: usize, distortion: f32, stream: &mut Stream) -> Vec<Vec<Vec2>> {
    let variants = VARIANTS[digit];
    let skeleton = variants[stream.random_range(0..variants.len() as u32) as usize];
    let bend = Bend::draw(distortion, stream);
    let pose = Pose::draw(distortion, stream);
    let mut strokes: Vec<Vec<Vec2>> = skeleton
        .iter()
        .map(|stroke| {
            let (points, smooth) = match stroke {
                Stroke::Line(points) => (points, false),
                Stroke::Curve(points) => (points, true),
            };
            let points = jitter(points, distortion, stream);
            let path = if smooth { spline(&points) } else { straight(&points) };
            path.into_iter().map(|point| pose.apply(bend.apply(point))).collect()
        })
        .collect();
    place(&mut strokes, distortion, stream);
    strokes
}

/// Moves every point a little; a closed stroke stays closed.
fn jitter(points: &[Vec2], distortion: f32, stream: &mut Stream) -> Vec<Vec2> {
    let mut moved: Vec<Vec2> =
        points.iter().map(|point| point.map(|x| x + JITTER * distortion * normal(stream))).collect();
    if points.first() == points.last() {
        moved[points.len() - 1] = moved[0];
    }
    moved
}

/// Catmull-Rom: the tangent in a point is half the way from its predecessor to its successor.
fn spline(points: &[Vec2]) -> Vec<Vec2> {
    let last = points.len() - 1;
    let closed = points[0] == points[last];
    let before = |k: usize| {
        if k > 0 {
            points[k - 1]
        } else if closed {
            points[last - 1]
        } else {
            points[0]
        }
    };
    let after = |k: usize| {
        if k < last {
            points[k + 1]
        } else if closed {
            points[1]
        } else {
            points[last]
        }
    };
    let mut path = vec![points[0]];
    for k in 0..last {
        let [p0, p1, p2, p3] = [before(k), points[k], points[k + 1], after(k + 1)];
        for piece in 1..=PIECES {
            let t = piece as f32 / PIECES as f32;
            path.push([0, 1].map(|axis| {
                let (m1, m2) = ((p2[axis] - p0[axis]) / 2.0, (p3[axis] - p1[axis]) / 2.0);
                let (t2, t3) = (t * t, t * t * t);
                (2.0 * t3 - 3.0 * t2 + 1.0) * p1[axis]
                    + (t3 - 2.0 * t2 + t) * m1
                    + (3.0 * t2 - 2.0 * t3) * p2[axis]
                    + (t3 - t2) * m2
            }));
        }
    }
    path
}

/// Cuts straight strokes into pieces too, so that they can bend.
fn straight(points: &[Vec2]) -> Vec<Vec2> {
    let mut path = vec![points[0]];
    for ends in points.windows(2) {
        path.extend((1..=PIECES).map(|piece| {
            let t = piece as f32 / PIECES as f32;
            [0, 1].map(|axis| ends[0][axis] + t * (ends[1][axis] - ends[0][axis]))
        }));
    }
    path
}

/// A smooth bending of the square: two waves across x and two across y, about one wavelength to the square.
struct Bend {
    /// Wave number along x and y, phase, amplitude; the first two move x, the others y.
    waves: [[f32; 4]; 4],
}

impl Bend {
    fn draw(distortion: f32, stream: &mut Stream) -> Self {
        let waves = std::array::from_fn(|_| {
            let (direction, cycles): (f32, f32) = (stream.random(), stream.random_range(0.5..1.3));
            let (y, x) = (TAU * direction).sin_cos();
            [
                x * TAU * cycles,
                y * TAU * cycles,
                TAU * stream.random::<f32>(),
                WAVE * distortion * normal(stream),
            ]
        });
        Self { waves }
    }

    fn apply(&self, [x, y]: Vec2) -> Vec2 {
        let [a, b, c, d] = self
            .waves
            .map(|[along_x, along_y, phase, size]| size * (along_x * x + along_y * y + phase).sin());
        [x + a + b, y + c + d]
    }
}

/// The linear part: stretch, then slant, then rotation, about the middle of the square, from units to pixels.
struct Pose {
    rows: [[f32; 2]; 2],
}

impl Pose {
    fn draw(distortion: f32, stream: &mut Stream) -> Self {
        // Far out in the tails a 6 is a 9 and a 1 lies down: two standard deviations are enough for anybody.
        let mut spread = |std: f32| std * distortion * normal(stream).clamp(-2.0, 2.0);
        let (sin, cos) = spread(ROTATION).sin_cos();
        let slant = spread(SLANT);
        let [width, height] = SIZE.map(|size| size * spread(STRETCH).exp());
        // A positive slant moves the top to the right, as most people write; y points down.
        let along = -slant * height;
        Self { rows: [[cos * width, cos * along - sin * height], [sin * width, sin * along + cos * height]] }
    }

    fn apply(&self, [x, y]: Vec2) -> Vec2 {
        self.rows.map(|[a, b]| a * (x - 0.5) + b * (y - 0.5))
    }
}

/// Puts the strokes near the middle of the image, shifted as far as distortion and free room allow; a digit that
/// is too large for the image is shrunk.
fn place(strokes: &mut [Vec<Vec2>], distortion: f32, stream: &mut Stream) {
    let bounds = [0, 1].map(|axis| {
        let all = || strokes.iter().flatten().map(|point| point[axis]);
        (all().fold(f32::INFINITY, f32::min), all().fold(f32::NEG_INFINITY, f32::max))
    });
    let largest = bounds.map(|(low, high)| high - low).into_iter().fold(0.0, f32::max);
    let scale = (ROOM / largest).min(1.0);
    for (axis, (low, high)) in bounds.into_iter().enumerate() {
        let free = (ROOM - scale * (high - low)) / 2.0;
        let shift = (SHIFT * distortion).min(free) * stream.random_range(-1.0..1.0);
        let (from, to) = ((low + high) / 2.0, SIDE as f32 / 2.0 + shift);
        strokes.iter_mut().flatten().for_each(|point| point[axis] = to + scale * (point[axis] - from));
    }
}

fn normal(stream: &mut Stream) -> f32 {
    stream.sample(StandardNormal)
}
