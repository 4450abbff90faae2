//! Binary numbers whose digits stand in columns of bits, one number a column: no carry travels along a register.

use pulp::Simd;

/// Bits that are added to a count in one pass.
pub(crate) const TOGETHER: usize = 15;

/// The number of set bits in every column, lowest digit first: eleven full adders.
#[inline(always)]
pub(super) fn fifteen<S: Simd>(simd: S, v: [S::u64s; TOGETHER]) -> [S::u64s; 4] {
    let low = seven(simd, [v[0], v[1], v[2], v[3], v[4], v[5], v[6]]);
    let high = seven(simd, [v[7], v[8], v[9], v[10], v[11], v[12], v[13]]);
    let (ones, carry) = add(simd, low[0], high[0], v[14]);
    let (twos, carry) = add(simd, low[1], high[1], carry);
    let (fours, eights) = add(simd, low[2], high[2], carry);
    [ones, twos, fours, eights]
}

#[inline(always)]
fn seven<S: Simd>(simd: S, v: [S::u64s; 7]) -> [S::u64s; 3] {
    let (a, twos_a) = add(simd, v[0], v[1], v[2]);
    let (b, twos_b) = add(simd, v[3], v[4], v[5]);
    let (ones, twos_c) = add(simd, a, b, v[6]);
    let (twos, fours) = add(simd, twos_a, twos_b, twos_c);
    [ones, twos, fours]
}

/// Sum and carry of three bits in every column.
#[inline(always)]
pub(super) fn add<S: Simd>(simd: S, a: S::u64s, b: S::u64s, c: S::u64s) -> (S::u64s, S::u64s) {
    let odd = simd.xor_u64s(a, b);
    let both = simd.and_u64s(a, b);
    (simd.xor_u64s(odd, c), simd.or_u64s(both, simd.and_u64s(odd, c)))
}

/// Whether numbers are larger than one number, and equal to it, one binary digit further up.
#[inline(always)]
pub(super) fn compare_digit<S: Simd>(
    simd: S,
    digit: S::u64s,
    other: bool,
    (larger, equal): (S::u64s, S::u64s),
) -> (S::u64s, S::u64s) {
    if other {
        (simd.and_u64s(digit, larger), simd.and_u64s(digit, equal))
    } else {
        (simd.or_u64s(digit, larger), simd.and_u64s(simd.not_u64s(digit), equal))
    }
}
