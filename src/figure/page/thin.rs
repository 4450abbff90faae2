//! Leaving out what nobody could see: a curve of a million points has no more to show than the page has columns.

use super::canvas::PagePoint;
use super::measures::pt;

/// Units of the page that show one point apart from the next: a pixel of the bitmap.
const COLUMN: i32 = 3;
/// Markers closer than this touch each other.
const MARKER_SPACING_PT: f64 = 13.0;
/// A point without neighbours has a marker unless the last one is closer than this.
const ALONE_PT: f64 = 4.4;

/// The points of a line of which the page can show the difference: of each column the first, the lowest, the highest
/// and the last.
#[must_use]
pub(crate) fn line(spots: Vec<PagePoint>) -> Vec<PagePoint> {
    let mut kept: Vec<PagePoint> = Vec::new();
    for column in spots.chunk_by(|a, b| a.0.div_euclid(COLUMN) == b.0.div_euclid(COLUMN)) {
        let indices = 0..column.len();
        let lowest = indices.clone().max_by_key(|i| column[*i].1).unwrap_or(0);
        let highest = indices.min_by_key(|i| column[*i].1).unwrap_or(0);
        let mut ends = [0, lowest, highest, column.len() - 1];
        ends.sort_unstable();
        let mut last = None;
        for end in ends {
            if last.replace(end) != Some(end) {
                kept.push(column[end]);
            }
        }
    }
    kept
}

/// The upper edge of a band, or the lower one (`sign` −1): of each column the outermost point.
#[must_use]
pub(crate) fn edge(spots: Vec<PagePoint>, sign: i32) -> Vec<PagePoint> {
    let columns = spots.chunk_by(|a, b| a.0.div_euclid(COLUMN) == b.0.div_euclid(COLUMN));
    columns.filter_map(|column| column.iter().copied().min_by_key(|spot| sign * spot.1)).collect()
}

/// Which of the points at these places along the axis carry a marker, `None` for a point without a value: so many as do not
/// touch, beginning at `share` of a spacing, and every point that no line leads to.
#[must_use]
pub(crate) fn markers(xs: &[Option<i32>], share: f64) -> Vec<usize> {
    let spacing = pt(MARKER_SPACING_PT);
    let Some(begin) = xs.iter().find_map(|x| *x) else { return Vec::new() };
    let at = |i: Option<usize>| i.and_then(|i| xs.get(i).copied().flatten());
    let (few, end) = (xs.iter().flatten().count(), xs.iter().rev().find_map(|x| *x).unwrap_or(begin));
    if f64::from(end - begin) >= f64::from(spacing) * (few as f64 - 1.0) && end > begin {
        return (0..xs.len()).filter(|i| xs[*i].is_some()).collect();
    }
    let mut next = begin + (share * f64::from(spacing)) as i32;
    let mut last = i32::MIN / 2;
    let mut marked = Vec::new();
    for (i, x) in xs.iter().enumerate() {
        let Some(x) = *x else { continue };
        let alone = at(i.checked_sub(1)).is_none() && at(Some(i + 1)).is_none();
        if x >= next || (alone && x - last >= pt(ALONE_PT)) {
            marked.push(i);
            last = x;
            while next <= x {
                next += spacing;
            }
        }
    }
    if marked.is_empty() {
        marked.extend(xs.iter().position(Option::is_some));
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_keeps_its_ends_and_its_extremes() {
        let column = vec![(0, 5), (0, 9), (1, 1), (1, 4), (2, 6), (3, 7)];
        assert_eq!(line(column.clone()), [(0, 5), (0, 9), (1, 1), (2, 6), (3, 7)]);
        assert_eq!(edge(column.clone(), 1), [(1, 1), (3, 7)]);
        assert_eq!(edge(column, -1), [(0, 9), (3, 7)]);
        let million: Vec<PagePoint> = (0..1_000_000).map(|i| (i / 500, i % 77)).collect();
        assert!(line(million).len() < 3000);
        let few = vec![(0, 0), (100, 1), (200, 2)];
        assert_eq!(line(few.clone()), few);
    }

    #[test]
    fn no_series_goes_without_a_marker() {
        let at = |xs: &[i32]| xs.iter().map(|x| Some(pt(f64::from(*x)))).collect::<Vec<_>>();
        for share in [0.0, 0.3, 0.9] {
            assert_eq!(markers(&at(&[7]), share), [0], "one point");
            assert!(!markers(&at(&[0, 1, 2]), share).is_empty(), "a short run beside a long one");
            let xs = [at(&[0, 1]), vec![None], at(&[40]), vec![None], at(&[60, 61])].concat();
            assert!(markers(&xs, share).contains(&3), "a point between gaps");
        }
        assert_eq!(markers(&at(&[0, 14, 28, 42]), 0.0), [0, 1, 2, 3]);
        assert!(markers(&[None, None], 0.5).is_empty() && markers(&[], 0.0).is_empty());
        let carpet: Vec<Option<i32>> = (0..100_000).map(|i| Some(i / 50)).collect();
        assert!(markers(&carpet, 0.5).len() <= 2000 / pt(MARKER_SPACING_PT) as usize + 1);
    }
}
