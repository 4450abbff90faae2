//! Columns in ascending order: what the median and the trimmed mean read.
//!
//! 64 coordinates at a time, the values of all workers go through one sorting network (Batcher's merge exchange,
//! algorithm M in Knuth, *The Art of Computer Programming* 3, section 5.2.2), whose compare-exchanges work on 64
//! columns at once. Cost: about n log2(n)^2 / 4 of them a block, 59 for 15 workers, and n x 64 floats of memory.
//!
//! NaN counts as +infinity: an attacker who sends it stands at the end of the row, where rules cut.
//!
//! Example: the columns of (3, NaN), (1, 5), (2, 4) are sorted (1, 2, 3) and (4, 5, infinity).

/// Coordinates sorted at a time.
pub(crate) const LANES: usize = 64;

/// One value in each of 64 columns.
pub(crate) type LaneValues = [f32; LANES];

/// Sorts every column of `vectors` and lets `decide` make one value of it: row k of its argument holds the
/// (k + 1)-th smallest values of 64 columns.
///
/// # Panics
/// When there is no vector.
pub(crate) fn by_sorted_columns(
    vectors: &[&[f32]],
    decide: impl Fn(&[LaneValues]) -> LaneValues,
) -> Vec<f32> {
    let mut out = vec![0.0; vectors[0].len()];
    let mut rows = vec![[0.0; LANES]; vectors.len()];
    for (start, out) in (0..).step_by(LANES).zip(out.chunks_mut(LANES)) {
        for (row, vector) in rows.iter_mut().zip(vectors) {
            let block = &vector[start..start + out.len()];
            row.iter_mut().zip(block).for_each(|(to, x)| *to = if x.is_nan() { f32::INFINITY } else { *x });
        }
        sort(&mut rows);
        out.copy_from_slice(&decide(&rows)[..out.len()]);
    }
    out
}

fn sort(rows: &mut [LaneValues]) {
    merge_exchange(rows.len(), |low, high| {
        let (head, tail) = rows.split_at_mut(high);
        for (a, b) in head[low].iter_mut().zip(&mut tail[0]) {
            (*a, *b) = if *b < *a { (*b, *a) } else { (*a, *b) };
        }
    });
}

/// Calls `exchange(low, high)` for the comparisons that sort n values; p, q, r, d are Knuth's.
fn merge_exchange(n: usize, mut exchange: impl FnMut(usize, usize)) {
    let top = n.next_power_of_two() / 2;
    let mut p = top;
    while p > 0 {
        let (mut q, mut r, mut d) = (top, 0, p);
        loop {
            for i in (0..n.saturating_sub(d)).filter(|i| i & p == r) {
                exchange(i, i + d);
            }
            if q == p {
                break;
            }
            (d, q, r) = (q - p, q / 2, p);
        }
        p /= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The 0-1 principle: a network that sorts every sequence of zeros and ones sorts everything.
    #[test]
    fn the_network_sorts() {
        for n in 1..=15 {
            for bits in 0_u32..1 << n {
                let mut sorted = bits;
                merge_exchange(n, |low, high| {
                    if sorted >> low & 1 > sorted >> high & 1 {
                        sorted ^= 1 << low | 1 << high;
                    }
                });
                let ones = bits.count_ones();
                assert_eq!(sorted, ((1_u32 << ones) - 1) << (n as u32 - ones), "{n}: {bits:b}");
            }
        }
    }

    #[test]
    fn fifteen_values_take_59_exchanges() {
        let mut exchanges = 0;
        merge_exchange(15, |_, _| exchanges += 1);
        assert_eq!(exchanges, 59);
    }

    #[test]
    fn columns_are_sorted_with_nan_at_the_end() {
        let vectors: [&[f32]; 3] = [&[3.0, f32::NAN], &[1.0, 5.0], &[2.0, 4.0]];
        for (k, expected) in [[1.0, 4.0], [2.0, 5.0], [3.0, f32::INFINITY]].into_iter().enumerate() {
            assert_eq!(by_sorted_columns(&vectors, |rows| rows[k]), expected);
        }
    }
}
