//! What of a line or an area lies within the axes.

/// A point in drawing units, as far outside as it may be.
pub(crate) type Spot = (f64, f64);
/// Left, right, top and bottom.
pub(crate) type Rectangle = (f64, f64, f64, f64);

/// The parts of a line within a rectangle.
#[must_use]
pub(crate) fn line(spots: &[Spot], within: Rectangle) -> Vec<Vec<Spot>> {
    let mut parts: Vec<Vec<Spot>> = vec![vec![]];
    for pair in spots.windows(2) {
        let last = parts.last_mut().expect("there is a part");
        match segment(pair[0], pair[1], within) {
            Some((from, to)) if last.last().is_none_or(|end| *end == from) => {
                if last.is_empty() {
                    last.push(from);
                }
                last.push(to);
            }
            Some((from, to)) => parts.push(vec![from, to]),
            None if last.is_empty() => {}
            None => parts.push(vec![]),
        }
    }
    parts.retain(|part| part.len() > 1);
    parts
}

/// The part of a segment within a rectangle (Liang and Barsky, 1984).
fn segment(from: Spot, to: Spot, (left, right, top, bottom): Rectangle) -> Option<(Spot, Spot)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    let edges = [(-dx, from.0 - left), (dx, right - from.0), (-dy, from.1 - top), (dy, bottom - from.1)];
    for (toward, room) in edges {
        if toward == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if toward < 0.0 {
            enters = enters.max(room / toward);
        } else {
            leaves = leaves.min(room / toward);
        }
    }
    let at = |share: f64| match share {
        0.0 => from,
        1.0 => to,
        share => (from.0 + share * dx, from.1 + share * dy),
    };
    (enters <= leaves).then(|| (at(enters), at(leaves)))
}

/// The part of an area within a rectangle (Sutherland and Hodgman, 1974).
#[must_use]
pub(crate) fn area(corners: Vec<Spot>, (left, right, top, bottom): Rectangle) -> Vec<Spot> {
    type Edge = (fn(Spot) -> f64, f64, f64);
    let edges: [Edge; 4] =
        [(|s| s.0, 1.0, left), (|s| s.0, -1.0, right), (|s| s.1, 1.0, top), (|s| s.1, -1.0, bottom)];
    edges.into_iter().fold(corners, |corners, (of, sign, edge)| {
        let inside = |spot: Spot| sign * (of(spot) - edge) >= 0.0;
        let mut kept = Vec::new();
        for (i, &spot) in corners.iter().enumerate() {
            let before = corners[(i + corners.len() - 1) % corners.len()];
            if inside(spot) != inside(before) {
                let share = (edge - of(before)) / (of(spot) - of(before));
                kept.push((before.0 + share * (spot.0 - before.0), before.1 + share * (spot.1 - before.1)));
            }
            if inside(spot) {
                kept.push(spot);
            }
        }
        kept
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Rectangle = (0.0, 10.0, 0.0, 10.0);

    #[test]
    fn a_line_leaves_and_comes_back() {
        assert_eq!(
            line(&[(0.0, 5.0), (5.0, 5.0), (10.0, 0.0)], UNIT),
            [[(0.0, 5.0), (5.0, 5.0), (10.0, 0.0)]]
        );
        let parts = line(&[(0.0, 5.0), (5.0, 15.0), (10.0, 5.0)], UNIT);
        assert_eq!(parts, [[(0.0, 5.0), (2.5, 10.0)], [(7.5, 10.0), (10.0, 5.0)]]);
        assert!(line(&[(-5.0, 5.0), (-1.0, 5.0)], UNIT).is_empty() && line(&[], UNIT).is_empty());
        assert_eq!(line(&[(-5.0, 5.0), (15.0, 5.0)], UNIT), [[(0.0, 5.0), (10.0, 5.0)]]);
    }

    #[test]
    fn an_area_is_cut_at_every_edge() {
        let all = area(vec![(-5.0, -5.0), (15.0, -5.0), (15.0, 15.0), (-5.0, 15.0)], UNIT);
        assert_eq!(all.len(), 4);
        assert!(all.iter().all(|(x, y)| [0.0, 10.0].contains(x) && [0.0, 10.0].contains(y)));
        assert!(area(vec![(20.0, 0.0), (30.0, 0.0), (30.0, 9.0)], UNIT).is_empty());
    }
}
