//! The outlines: how far a point lies outside of a figure about the origin.

use std::f32::consts::{PI, TAU};

/// Pixels along a side of a sample.
pub(super) const SIDE: usize = 32;

/// Pixels along x, to the right, and y, down.
pub(super) type Vec2 = [f32; 2];

/// The distance of a point from the edge, negative inside; `size` is about the radius of the figure.
pub(super) type Outline = fn(Vec2, f32) -> f32;

/// In the order of the classes. Sizes are such that all cover about the same number of pixels.
pub(super) const OUTLINES: [Outline; 5] = [disc, square, triangle, cross, star];

/// Several times as fast as `hypot`, which minds overflow.
pub(super) fn length([x, y]: Vec2) -> f32 {
    (x * x + y * y).sqrt()
}

fn disc([x, y]: Vec2, size: f32) -> f32 {
    length([x, y]) - size
}

fn square([x, y]: Vec2, size: f32) -> f32 {
    x.abs().max(y.abs()) - 0.89 * size
}

/// Equilateral: inside of three lines.
fn triangle([x, y]: Vec2, size: f32) -> f32 {
    let slanted = 0.866_025_4 * x.abs() - 0.5 * y;
    slanted.max(y) - 0.74 * size
}

/// Two bars.
fn cross([x, y]: Vec2, size: f32) -> f32 {
    let (long, short) = (x.abs().max(y.abs()), x.abs().min(y.abs()));
    (long - 1.2 * size).max(short - 0.4 * size)
}

/// Five points: every tenth of the turn is one straight edge, from a tip to the notch beside it.
fn star([x, y]: Vec2, size: f32) -> f32 {
    let (tip, notch) = (1.38 * size, 0.66 * size);
    let folded = (y.atan2(x).rem_euclid(TAU / 5.0) - PI / 5.0).abs();
    // From the notch, in the direction of angle 0 of the folded tenth, to the tip at its other end.
    let (sin, cos) = folded.sin_cos();
    let radius = length([x, y]);
    let [along, across] = [tip * (PI / 5.0).cos() - notch, tip * (PI / 5.0).sin()];
    ((radius * cos - notch) * across - radius * sin * along) / length([along, across])
}
