//! Moving words apart that would stand on each other.

/// These places, each at least `gap` from the others in the same order, from `first` to `last` where there is room for all.
#[must_use]
pub(crate) fn apart(places: &[i32], gap: i32, (first, last): (i32, i32)) -> Vec<i32> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by_key(|i| places[*i]);
    let mut apart = places.to_vec();
    let down = |apart: &mut Vec<i32>, mut least: i32| {
        for i in &order {
            apart[*i] = apart[*i].max(least);
            least = apart[*i] + gap;
        }
    };
    down(&mut apart, first);
    let mut most = last;
    for i in order.iter().rev() {
        apart[*i] = apart[*i].min(most);
        most = apart[*i] - gap;
    }
    // More than there is room for begin at the first end and go on beyond the last.
    down(&mut apart, first);
    apart
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_places_move_apart_and_keep_their_order() {
        assert_eq!(apart(&[50, 10, 90], 10, (0, 100)), [50, 10, 90]);
        assert_eq!(apart(&[50, 50, 52], 10, (0, 100)), [50, 60, 70]);
        assert_eq!(apart(&[95, 99], 10, (0, 100)), [90, 100]);
        assert_eq!(apart(&[0, 0, 0], 10, (0, 15)), [0, 10, 20]);
    }
}
