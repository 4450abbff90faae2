//! SignGuard: leave out vectors of unusual length, and of unusual shares of signs.
//!
//! 1. *Length.* Vectors between `lower` and `upper` times the median length are kept.
//! 2. *Signs.* Of a random tenth of the coordinates the shares of positive, zero and negative entries of each vector are a point;
//!    mean shift clusters these points, and the largest cluster is kept.
//! 3. Vectors that both steps keep are cut to the median length, and the step is their mean.
//!
//! Mean shift has a flat kernel. Its bandwidth is the mean, over points, of the distance to the furthest of the
//! nearer half of all points (each is the nearest to itself). From every point a mean moves to that of the points
//! within the bandwidth until it rests; of resting places within a bandwidth of each other the one with most points
//! around it stays, and each point belongs to the nearest that stays. Where the bandwidth is 0 all points are one
//! cluster. This is scikit-learn's `MeanShift` with `estimate_bandwidth(quantile=0.5)`, as the authors' code has it.
//!
//! On votes of signs all lengths are one, and only the share of plus is left to be looked at: an inverter of an even
//! vote looks like everybody else. Where nobody is kept by both steps, those that the second keeps are averaged.
//! Vectors with a coordinate that is not finite are not kept.
//!
//! Source: Xu, Huang, Song & Lan, *SignGuard*, arXiv 2109.05872, algorithm 2. Cost O(n D + n^2) a turn of mean shift.
//!
//! Example: shares of plus .5, .52, .48, .51, .9: the last is left out.

use rand::seq::index;
use serde::{Deserialize, Serialize};

use super::combined::Combined;
use super::sums::{distances_from, weighted_sum};
use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::random::Stream;
use crate::units::{Positive, Probability};

pub(crate) const ENTRY: Entry = Entry {
    word: "signguard",
    about: "mean of the largest cluster by shares of signs, without vectors of unusual length",
    source: "Xu et al. 2022, arXiv 2109.05872",
};

/// A point: the shares of positive, zero and negative entries.
type Shares = [f64; 3];

/// Turns of mean shift after which a mean is taken where it is.
const MOST_TURNS: usize = 300;

/// The settings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignGuard {
    /// Shorter than this times the median length is left out.
    #[serde(default = "tenth")]
    pub lower: Probability,
    /// Longer than this times the median length is left out; 1 or above.
    #[serde(default = "three")]
    pub upper: Positive,
    /// The share of coordinates whose signs are looked at, above 0.
    #[serde(default = "tenth")]
    pub coordinates: Probability,
}

impl SignGuard {
    /// Names the option that is out of range.
    pub(super) fn validate(&self) -> Result<()> {
        if self.coordinates == Probability::ZERO {
            let error = Error::scenario("the signs of no coordinate would be looked at").key("coordinates");
            return Err(error.help("write a number above 0, at most 1; 0.1 looks at a tenth"));
        }
        if self.upper.get() < 1.0 {
            let why = format!("`upper` {} would leave out the median itself", self.upper.get());
            return Err(Error::scenario(why).key("upper").help("write 1 or more, for example 3"));
        }
        Ok(())
    }
}

fn tenth() -> Probability {
    Probability::try_from(0.1).expect("a probability")
}
fn three() -> Positive {
    Positive::try_from(3.0).expect("a positive number")
}

/// The step, and what each vector has in it.
///
/// # Panics
/// When there is no vector.
pub(super) fn signguard(vectors: &[&[f32]], settings: SignGuard, stream: &mut Stream) -> Combined {
    let (n, coordinates) = (vectors.len(), vectors[0].len());
    let lengths = distances_from(&vec![0.0; coordinates], vectors);
    let median = median(&lengths);
    let looked_at = ((coordinates as f64 * settings.coordinates.get()).ceil() as usize).clamp(1, coordinates);
    let chosen = index::sample(stream, coordinates, looked_at).into_vec();
    let points: Vec<Shares> = vectors.iter().map(|vector| shares(vector, &chosen)).collect();
    let members = largest_cluster(&points);
    let usual = |i: &usize| {
        lengths[*i] >= settings.lower.get() * median && lengths[*i] <= settings.upper.get() * median
    };
    let finite = |i: &usize| lengths[*i].is_finite();
    let both: Vec<usize> = members.iter().copied().filter(|i| usual(i) && finite(i)).collect();
    let kept = if both.is_empty() { members.into_iter().filter(finite).collect() } else { both };
    let mut weights = vec![0.0; n];
    for &i in &kept {
        let cut = if lengths[i] > median { median / lengths[i] } else { 1.0 };
        weights[i] = cut / kept.len() as f64;
    }
    Combined { vector: weighted_sum(vectors, &weights), weights }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2])
}

/// A NaN has no sign and counts as zero.
fn shares(vector: &[f32], chosen: &[usize]) -> Shares {
    let share =
        |is: fn(f32) -> bool| chosen.iter().filter(|n| is(vector[**n])).count() as f64 / chosen.len() as f64;
    let (plus, minus) = (share(|x| x > 0.0), share(|x| x < 0.0));
    [plus, 1.0 - plus - minus, minus]
}

fn distance(a: &Shares, b: &Shares) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// The mean distance of a point to the furthest of the nearer half of all points.
fn bandwidth(points: &[Shares]) -> f64 {
    let nearer = (points.len() / 2).max(1);
    let reach = |point: &Shares| {
        let mut all: Vec<f64> = points.iter().map(|other| distance(point, other)).collect();
        all.sort_by(f64::total_cmp);
        all[nearer - 1]
    };
    points.iter().map(reach).sum::<f64>() / points.len() as f64
}

/// The numbers of the points of the largest cluster; of equal ones, of that which was found first.
fn largest_cluster(points: &[Shares]) -> Vec<usize> {
    let width = bandwidth(points);
    if width == 0.0 {
        return (0..points.len()).collect();
    }
    let around = |centre: &Shares| points.iter().filter(|point| distance(point, centre) <= width).count();
    let mut found: Vec<(usize, Shares)> = Vec::new();
    for point in points {
        let centre = settled(points, *point, width);
        found.push((around(&centre), centre));
    }
    // Most points first; scikit-learn orders equal ones by their coordinates, downwards.
    found.sort_by(|(n, a), (m, b)| m.cmp(n).then_with(|| b.partial_cmp(a).expect("shares are numbers")));
    let mut stays: Vec<Shares> = Vec::new();
    for (_, centre) in found {
        if stays.iter().all(|other| distance(other, &centre) > width) {
            stays.push(centre);
        }
    }
    let nearest = |point: &Shares| {
        (0..stays.len()).fold(0, |best, k| {
            if distance(point, &stays[k]) < distance(point, &stays[best]) { k } else { best }
        })
    };
    let labels: Vec<usize> = points.iter().map(nearest).collect();
    let size = |k: usize| labels.iter().filter(|label| **label == k).count();
    let largest = (0..stays.len()).fold(0, |best, k| if size(k) > size(best) { k } else { best });
    (0..points.len()).filter(|i| labels[*i] == largest).collect()
}

/// Where the mean of the points within the bandwidth comes to rest.
fn settled(points: &[Shares], mut at: Shares, width: f64) -> Shares {
    for _ in 0..MOST_TURNS {
        let within: Vec<&Shares> = points.iter().filter(|point| distance(point, &at) <= width).collect();
        if within.is_empty() {
            break;
        }
        let mean = std::array::from_fn(|k| within.iter().map(|p| p[k]).sum::<f64>() / within.len() as f64);
        let moved = distance(&mean, &at);
        at = mean;
        if moved <= 1e-3 * width {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Streams};
    use crate::time::Round;

    fn points(plus: &[f64]) -> Vec<Shares> {
        plus.iter().map(|p| [*p, 0.0, 1.0 - p]).collect()
    }

    /// Clusters and bandwidths of scikit-learn 1.9: `MeanShift(bandwidth=estimate_bandwidth(X, quantile=0.5))`.
    #[test]
    fn clusters_are_those_of_scikit_learn() {
        let spread =
            [0.62, 0.62, 0.51, 0.41, 0.32, 0.45, 0.46, 0.32, 0.32, 0.7, 0.56, 0.39, 0.47, 0.69, 0.66];
        for (plus, width, members) in [
            (&[0.5, 0.52, 0.48, 0.51, 0.9][..], 0.121_622_366_364, vec![0, 1, 2, 3]),
            (
                &[0.41, 0.42, 0.40, 0.43, 0.39, 0.44, 0.60, 0.61, 0.59, 0.62],
                0.118_793_939_239,
                vec![0, 1, 2, 3, 4, 5],
            ),
            (&spread, 0.172_534_054_61, vec![2, 3, 4, 5, 6, 7, 8, 10, 11, 12]),
        ] {
            let points = points(plus);
            assert!((bandwidth(&points) - width).abs() < 1e-9, "{}", bandwidth(&points));
            assert_eq!(largest_cluster(&points), members);
        }
        assert_eq!(largest_cluster(&points(&[0.2, 0.2, 0.2, 0.8, 0.8])), [0, 1, 2, 3, 4]);
    }

    /// One is too long, one too short, one has other signs, one is cut to the median length.
    #[test]
    fn the_unusual_are_left_out() {
        let even =
            |length: f32| (0..100).map(|n| if n % 2 == 0 { length } else { -length }).collect::<Vec<f32>>();
        let mut vectors: Vec<Vec<f32>> = [1.0, 1.0, 1.0, 2.0, 9.0, 0.01].map(even).to_vec();
        vectors.push(vec![1.0; 100]);
        vectors.push(vec![f32::NAN; 100]);
        let views: Vec<&[f32]> = vectors.iter().map(Vec::as_slice).collect();
        let settings =
            SignGuard { lower: tenth(), upper: three(), coordinates: Probability::try_from(1.0).unwrap() };
        let stream = &mut Streams::new(1).stream(Purpose::Buckets, 0, Round(0));
        let Combined { vector, weights } = signguard(&views, settings, stream);
        assert_eq!(weights, [0.25, 0.25, 0.25, 0.125, 0.0, 0.0, 0.0, 0.0]);
        assert!((vector[0] - 1.0).abs() < 1e-6 && (vector[1] + 1.0).abs() < 1e-6);
    }
}
