//! A rank-one fit that leaves out the pairs which it cannot explain.
//!
//! A coalition that votes together in part agrees by more than a_i a_j among its members, and least squares bend every a to
//! meet it. Here a pair that is missed by more than a cap costs the cap and no more: sum over i < j of min(r_ij^2, cap^2),
//! r_ij = c_ij - a_i a_j. What most pairs have in common wins, as long as the pairs inside the coalition are fewer than those
//! that it takes to explain them. The cap is what chance makes of an agreement, and at least [`LEAST_CAP`].
//!
//! The loss has many minima. Each of several beginnings is followed by turns of leaving out and fitting, and the least loss is
//! taken: the fit by least squares, and what each voter by itself says about all others. Beside a voter that is known to be
//! honest there is one beginning, what that voter says ([`anchored`]), and no number of pairs can outvote it.

use ndarray::Array2;

use super::rank_one;

/// Pairs that are missed by less are explained, whatever the number of coordinates.
const LEAST_CAP: f64 = 0.03;

/// So many voters, evenly chosen, have their own view tried.
const VIEWS: usize = 20;

/// Turns of leaving out and fitting.
const MOST_TURNS: usize = 30;

/// a for n >= 3 voters, in [-1, 1]; its sign is not settled. `noise`: three standard deviations of an agreement.
pub(crate) fn fit(agreements: &Array2<f64>, noise: f64) -> Vec<f64> {
    let cap = LEAST_CAP.max(4.0 / 3.0 * noise);
    let n = agreements.nrows();
    let tried = n.min(VIEWS);
    let views = (0..tried).filter_map(|view| view_of(agreements, noise, view * n / tried));
    let squares = settled(agreements, cap, rank_one::fit(agreements));
    views.map(|begin| settled(agreements, cap, begin)).fold(squares, |best, next| {
        if loss(agreements, cap, &next) < loss(agreements, cap, &best) { next } else { best }
    })
}

/// The same where the last voter is known to be honest and nobody can know its vote: a of all voters, with their signs. Others
/// say something only where they agree or disagree with it beyond `noise`; where none does, it alone is heard.
pub(crate) fn anchored(agreements: &Array2<f64>, noise: f64) -> Vec<f64> {
    let last = agreements.nrows() - 1;
    let closest = (0..last).map(|k| agreements[[last, k]].abs()).fold(0.0, f64::max);
    let begin = match view_of(agreements, noise, last) {
        Some(view) => view,
        // Of a single voter the product of both qualities is known: each is taken for its root.
        None if closest > noise => seen_from(agreements, last, closest.sqrt()),
        None => (0..=last).map(|m| if m == last { 0.5 } else { 0.0 }).collect(),
    };
    settled(agreements, LEAST_CAP.max(4.0 / 3.0 * noise), begin)
}

/// The share of pairs that a explains within chance, among voters of whom each has something to do with another. Whoever votes at
/// random agrees with nobody, which an a of zero explains always; such pairs would say that all is well whatever the others show.
/// Zero where a has something to say of no more than half of those voters: whoever they are, they are not the honest majority.
pub(crate) fn explained(agreements: &Array2<f64>, a: &[f64], noise: f64) -> f64 {
    let cap = LEAST_CAP.max(4.0 / 3.0 * noise);
    let related = |i: usize| (0..a.len()).any(|j| j != i && agreements[[i, j]].abs() >= cap);
    // Also of many that are hardly better than chance something is said.
    let strongest = a.iter().fold(0.0_f64, |most, a| most.max(a.abs()));
    let least = cap.min(0.25 * strongest * strongest);
    let spoken_of = |i: &&usize| a[**i].abs() * strongest >= least;
    let voters: Vec<usize> = (0..a.len()).filter(|i| related(*i)).collect();
    if !voters.is_empty() && 2 * voters.iter().filter(spoken_of).count() <= voters.len() {
        return 0.0;
    }
    let (mut explained, mut all) = (0.0, 0.0);
    for (at, &j) in voters.iter().enumerate() {
        for &i in &voters[..at] {
            explained += f64::from(u8::from((agreements[[i, j]] - a[i] * a[j]).abs() < cap));
            all += 1.0;
        }
    }
    if all > 0.0 { explained / all } else { 1.0 }
}

/// What voter `v` says: how good it is by the median of the tetrads of those that have something to do with it, and how good
/// the others then must be; `None` where there are no such tetrads.
fn view_of(agreements: &Array2<f64>, noise: f64, v: usize) -> Option<Vec<f64>> {
    let n = agreements.nrows();
    let related: Vec<usize> = (0..n).filter(|k| *k != v && agreements[[v, *k]].abs() > noise).collect();
    let mut squares = Vec::new();
    for (at, &l) in related.iter().enumerate() {
        for &k in related[..at].iter().filter(|k| agreements[[**k, l]].abs() > noise) {
            squares.push(agreements[[v, k]] * agreements[[v, l]] / agreements[[k, l]]);
        }
    }
    if squares.is_empty() {
        return None;
    }
    let middle = squares.len() / 2;
    let (_, &mut square, _) = squares.select_nth_unstable_by(middle, f64::total_cmp);
    let own = square.clamp(noise * noise, 1.0).sqrt();
    Some(seen_from(agreements, v, own))
}

/// How good everyone is when voter `v` is as good as `own`.
fn seen_from(agreements: &Array2<f64>, v: usize, own: f64) -> Vec<f64> {
    let seen = |j: usize| if j == v { own } else { (agreements[[v, j]] / own).clamp(-1.0, 1.0) };
    (0..agreements.nrows()).map(seen).collect()
}

/// Fits to the pairs that are explained, until they are the same ones.
fn settled(agreements: &Array2<f64>, cap: f64, mut a: Vec<f64>) -> Vec<f64> {
    let mut explained = None;
    for _ in 0..MOST_TURNS {
        let now = agreements.indexed_iter().map(|((i, j), c)| (c - a[i] * a[j]).abs() < cap);
        let now =
            Array2::from_shape_vec(agreements.dim(), now.collect()).expect("as many as there are pairs");
        if explained.as_ref() == Some(&now) {
            break;
        }
        rank_one::descend(agreements, &mut a, |i, j| now[[i, j]]);
        explained = Some(now);
    }
    a
}

fn loss(agreements: &Array2<f64>, cap: f64, a: &[f64]) -> f64 {
    let pairs = agreements.indexed_iter().filter(|((i, j), _)| i < j);
    pairs.map(|((i, j), c)| (c - a[i] * a[j]).abs().min(cap).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fifteen voters, the first seven of them a coalition: agreements inside it, across, and among the honest.
    fn crowd(inside: f64, across: f64, honest: f64) -> Array2<f64> {
        // What 20,000 coordinates leave to chance, alternating.
        let chance =
            |i: usize, j: usize| if (7 * i.min(j) + i.max(j)).is_multiple_of(3) { 0.007 } else { -0.004 };
        Array2::from_shape_fn((15, 15), |(i, j)| match (i.max(j), i.min(j)) {
            (high, low) if high == low => 0.0,
            (high, _) if high < 7 => inside + chance(i, j),
            (_, low) if low < 7 => across + chance(i, j),
            _ => honest + chance(i, j),
        })
    }

    fn check(agreements: &Array2<f64>, coalition: f64, honest: f64) {
        let a = rank_one::oriented(fit(agreements, 3.0 / 20_000.0_f64.sqrt()));
        for (m, a) in a.iter().enumerate() {
            let expected = if m < 7 { coalition } else { honest };
            assert!((a - expected).abs() < 0.03, "{m}: {a} instead of {expected}");
        }
    }

    /// Eight voters in a ring, who agree with their neighbours and contradict the others, as with unlike data: a explains few of
    /// them, also beside seven that vote at random, whose zeros every a explains.
    #[test]
    fn who_votes_at_random_does_not_hide_that_the_rest_is_not_explained() {
        let unlike = |i: usize, j: usize| match i.abs_diff(j) {
            0 => 0.0,
            1 | 2 | 6 | 7 => 0.2,
            _ => -0.2,
        };
        let noise = 3.0 / 20_000.0_f64.sqrt();
        let eight = Array2::from_shape_fn((8, 8), |(i, j)| unlike(i, j));
        let fifteen =
            Array2::from_shape_fn((15, 15), |(i, j)| if i.max(j) < 8 { unlike(i, j) } else { 0.01 });
        let alone = explained(&eight, &fit(&eight, noise), noise);
        let a = fit(&fifteen, noise);
        assert!(alone < 0.8, "{alone}");
        assert!((explained(&fifteen, &a, noise) - explained(&eight, &a[..8], noise)).abs() < 1e-12);
        assert_eq!(explained(&Array2::zeros((5, 5)), &[0.0; 5], noise), 1.0, "nobody says anything");
        // Fifteen with a crossover of .43, of whose agreements some are beyond the cap by chance.
        let hardly = Array2::from_shape_fn((15, 15), |(i, j)| match i.abs_diff(j) {
            0 => 0.0,
            7 => 0.031,
            _ => 0.019,
        });
        assert_eq!(explained(&hardly, &[0.14; 15], 0.007), 1.0);
        // Seven of fifteen explain themselves, and are not the honest.
        let beside = Array2::from_shape_fn((15, 15), |(i, j)| match (i.max(j), i.min(j)) {
            (high, low) if high == low => 0.0,
            (high, low) if high < 8 => unlike(high, low),
            (_, low) if low < 8 => 0.0,
            _ => 0.36,
        });
        let coalition: Vec<f64> = (0..15).map(|m| if m < 8 { 0.0 } else { 0.6 }).collect();
        assert_eq!(explained(&beside, &coalition, noise), 0.0);
    }

    #[test]
    fn a_coalition_is_judged_by_its_agreement_with_the_others() {
        // whisper with a share of .3, p = .2 and .3: a = .7 (1 - 2p).
        check(&crowd(0.552, 0.252, 0.36), 0.42, 0.6);
        check(&crowd(0.412, 0.112, 0.16), 0.28, 0.4);
        // Seven copies of a coin, a fifth of them flipped, p = .3.
        check(&crowd(0.36, 0.0, 0.16), 0.0, 0.4);
        // Nothing to leave out: inverters, and nobody.
        check(&crowd(0.36, -0.36, 0.36), -0.6, 0.6);
        check(&crowd(0.25, 0.25, 0.25), 0.5, 0.5);
    }
}
