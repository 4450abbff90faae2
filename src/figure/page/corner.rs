//! The corner of a panel in which the least is drawn.

use super::frames::{Frame, place};
use super::measures::pt;
use super::ticks::Range;
use crate::figure::content::Content;

/// Between the axes and what stands in their corner.
const MARGIN_PT: f64 = 4.0;

/// Left and top of a box of this width and height in the corner of the first panel that hides the fewest points.
#[must_use]
pub(crate) fn emptiest(
    content: &Content,
    frame: &Frame,
    (x, y): (&Range, &Range),
    (width, height): (i32, i32),
) -> (i32, i32) {
    let margin = pt(MARGIN_PT);
    let (left, right) = (frame.left + margin, frame.right - margin - width);
    let (top, bottom) = (frame.top + margin, frame.bottom - margin - height);
    let lines = content.panels.first().map_or(&[][..], |panel| &panel.lines);
    let spots: Vec<(i32, i32)> = lines
        .iter()
        .flat_map(|line| &line.points)
        .filter_map(|point| Some((point.x, point.estimate.mean?)))
        .map(|(at, mean)| {
            (place(x.share_of(at), frame.left, frame.right), place(y.share_of(mean), frame.bottom, frame.top))
        })
        .collect();
    let hidden = |(left, top): &(i32, i32)| {
        let (left, top) = (left - margin, top - margin);
        let inside = |(x, y): &&(i32, i32)| {
            (left..=left + width + 2 * margin).contains(x) && (top..=top + height + 2 * margin).contains(y)
        };
        spots.iter().filter(inside).count()
    };
    let corners = [(right, bottom), (right, top), (left, bottom), (left, top)];
    corners.into_iter().min_by_key(hidden).unwrap_or((right, top))
}
