//! What theory says of a series, as a thin line behind it that ends where the axis does.

use plotters::style::RGBColor;

use super::canvas::{Canvas, PagePoint, Surface};
use super::frames::place;

/// How far the level of a single value reaches to either side, as a share of the axis.
const LEVEL: f64 = 0.06;

/// Weight and dashes of a theorem, which differ from those of all series.
#[must_use]
pub(crate) fn look(theorem: usize) -> (f64, &'static [f64]) {
    const DASHES: [&[f64]; 5] = [&[], &[3.4, 1.6], &[0.9, 1.4], &[5.0, 1.4, 0.9, 1.4], &[2.0, 2.6]];
    (0.8, DASHES[theorem % DASHES.len()])
}

/// Draws a line through points given as shares of both axes, within the frame (left, right, top, bottom).
pub(crate) fn draw<B: Surface>(
    shares: &[(f64, f64)],
    theorem: usize,
    (left, right, top, bottom): (i32, i32, i32, i32),
    colour: RGBColor,
    canvas: &mut Canvas<B>,
) {
    let spot = |(x, y): (f64, f64)| -> PagePoint { (place(x, left, right), place(y, bottom, top)) };
    let (weight, dash) = look(theorem);
    // A single value is a level beside its point.
    let level = shares.first().map(|(x, y)| [(x - LEVEL, *y), (x + LEVEL, *y)]);
    let shares = level.as_ref().filter(|_| shares.len() == 1).map_or(shares, |level| level);
    let mut stretch: Vec<PagePoint> = Vec::new();
    let mut stretches = Vec::new();
    for pair in shares.windows(2) {
        match within(pair[0], pair[1]) {
            Some((from, to)) => {
                if stretch.last() != Some(&spot(from)) {
                    stretches.push(std::mem::replace(&mut stretch, vec![spot(from)]));
                }
                stretch.push(spot(to));
            }
            None => stretches.push(std::mem::take(&mut stretch)),
        }
    }
    stretches.push(stretch);
    for stretch in stretches.into_iter().filter(|stretch| stretch.len() > 1) {
        canvas.stroke(&stretch, colour, weight, dash);
    }
}

/// The part of a segment whose vertical share lies within 0 and 1.
fn within(from: (f64, f64), to: (f64, f64)) -> Option<((f64, f64), (f64, f64))> {
    let at = |edge: f64| {
        let along = (edge - from.1) / (to.1 - from.1);
        (from.0 + along * (to.0 - from.0), edge)
    };
    let cut = |end: (f64, f64)| match end.1 {
        y if y < 0.0 => at(0.0),
        y if y > 1.0 => at(1.0),
        _ => end,
    };
    let outside = (from.1 < 0.0 && to.1 < 0.0) || (from.1 > 1.0 && to.1 > 1.0);
    (!outside).then(|| (cut(from), cut(to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_cut_at_the_edges_of_the_axis() {
        assert_eq!(within((0.0, -1.0), (1.0, 1.0)), Some(((0.5, 0.0), (1.0, 1.0))));
        assert_eq!(within((0.0, 0.5), (1.0, 2.5)), Some(((0.0, 0.5), (0.25, 1.0))));
        assert_eq!(within((0.0, -1.0), (1.0, 2.0)).map(|(a, b)| (a.1, b.1)), Some((0.0, 1.0)));
        assert_eq!(within((0.0, -1.0), (1.0, -0.5)), None);
        assert_eq!(within((0.0, 0.2), (1.0, 0.8)), Some(((0.0, 0.2), (1.0, 0.8))));
    }
}
