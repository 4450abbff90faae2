//! The rules a scenario can ask for, and what each needs.

use super::bulyan::{self, Bulyan};
use super::centered_clipping::{self, CenteredClipping};
use super::combined::Combined;
use super::geometric_median::{self, GeometricMedian, Weiszfeld};
use super::krum::{self, Krum, MultiKrum};
use super::meamed::{self, Meamed};
use super::median;
use super::number::{evaluate, tolerated};
use super::signguard::{self, SignGuard};
use super::sums::{uniform, weighted_sum};
use super::trimmed_mean::{self, TrimmedMean};
use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::random::Stream;
use crate::units::Count;

pub(crate) const MEAN: Entry = Entry {
    word: "mean",
    about: "mean of all vectors; one attacker moves it anywhere",
    source: "parallel SGD; Blanchard et al. 2017, arXiv 1703.02757 (lemma 1: not robust)",
};

/// The rules on full-precision gradients, with the settings that a scenario gives them.
#[derive(Debug, Clone, PartialEq)]
pub enum DenseRule {
    /// Every vector counts the same; NaN and infinities of one worker reach everyone.
    Mean,
    /// Median of every coordinate (Yin et al. 2018, arXiv 1803.01498).
    Median,
    /// Mean of every coordinate without its largest and smallest values (Yin et al. 2018, arXiv 1803.01498).
    TrimmedMean(TrimmedMean),
    /// The vector with the nearest neighbours (Blanchard et al. 2017, arXiv 1703.02757).
    Krum(Krum),
    /// Mean of the vectors that Krum scores best (Blanchard et al. 2017, arXiv 1703.02757).
    MultiKrum(MultiKrum),
    /// Mean of every coordinate's values nearest to its median (Xie et al. 2018, arXiv 1802.10116).
    Meamed(Meamed),
    /// Mean around the median of what Krum chooses (El Mhamdi et al. 2018, arXiv 1802.07927).
    Bulyan(Bulyan),
    /// Mean of the largest cluster by shares of signs (Xu et al. 2022, arXiv 2109.05872).
    SignGuard(SignGuard),
    /// The point with the least sum of distances, by smoothed Weiszfeld steps (Pillutla et al. 2019, arXiv 1912.13445).
    GeometricMedian(GeometricMedian),
    /// The previous step plus the mean of clipped differences from it (Karimireddy et al. 2021, arXiv 2012.10333).
    CenteredClipping(CenteredClipping),
}

/// A rule with its numbers worked out.
#[derive(Debug, Clone, Copy)]
pub enum Resolved {
    Mean,
    Median,
    TrimmedMean { trim: usize },
    MultiKrum { byzantine: usize, selected: Option<usize> },
    Meamed { byzantine: usize },
    Bulyan { byzantine: usize },
    SignGuard(SignGuard),
    GeometricMedian(Weiszfeld),
    CenteredClipping { radius: f64, iterations: u32 },
}

impl DenseRule {
    /// The rule's line of the catalogue.
    #[must_use]
    pub const fn entry(&self) -> Entry {
        match self {
            Self::Mean => MEAN,
            Self::Median => median::ENTRY,
            Self::TrimmedMean(_) => trimmed_mean::ENTRY,
            Self::Krum(_) => krum::KRUM,
            Self::MultiKrum(_) => krum::MULTI_KRUM,
            Self::Meamed(_) => meamed::ENTRY,
            Self::Bulyan(_) => bulyan::ENTRY,
            Self::SignGuard(_) => signguard::ENTRY,
            Self::GeometricMedian(_) => geometric_median::ENTRY,
            Self::CenteredClipping(_) => centered_clipping::ENTRY,
        }
    }

    /// Bytes that the rule remembers between rounds for D coordinates.
    #[must_use]
    pub const fn memory_bytes(&self, coordinates: usize) -> u64 {
        match self {
            Self::CenteredClipping(_) => 4 * coordinates as u64,
            _ => 0,
        }
    }

    /// The rule needs so many vectors, even where nobody is to be tolerated.
    pub const fn least_vectors(&self) -> u32 {
        match self {
            // 2f + 2 < n, 4f + 3 <= n.
            Self::Krum(_) | Self::MultiKrum(_) | Self::Bulyan(_) => 3,
            _ => 1,
        }
    }

    /// The numbers for M = `workers` when the rule sees `n` vectors.
    pub fn resolve(&self, n: u32, workers: u32, declared: u32) -> Result<Resolved> {
        let expected = |key: &str, count: &Option<Count>, condition: &str, vectors_each: u32| {
            let most = n.checked_sub(self.least_vectors()).map(|n| n / vectors_each);
            tolerated(key, count.as_ref(), (n, condition, most), workers, declared)
        };
        let bearable = |byzantine: &Option<Count>| expected("byzantine", byzantine, "2f + 2 < n", 2);
        let resolved = match self {
            Self::Mean => Ok(Resolved::Mean),
            Self::Median => Ok(Resolved::Median),
            Self::TrimmedMean(TrimmedMean { trim }) => {
                expected("trim", trim, "2 trim < n", 2).map(|trim| Resolved::TrimmedMean { trim })
            }
            Self::Krum(Krum { byzantine }) => {
                bearable(byzantine).map(|byzantine| Resolved::MultiKrum { byzantine, selected: Some(1) })
            }
            Self::MultiKrum(MultiKrum { byzantine, selected }) => bearable(byzantine).and_then(|byzantine| {
                let selected = selected.as_ref().map(|m| selection(m, n, workers)).transpose()?;
                Ok(Resolved::MultiKrum { byzantine, selected })
            }),
            Self::Meamed(Meamed { byzantine }) => {
                expected("byzantine", byzantine, "2f < n", 2).map(|byzantine| Resolved::Meamed { byzantine })
            }
            Self::Bulyan(Bulyan { byzantine }) => expected("byzantine", byzantine, "4f + 3 <= n", 4)
                .map(|byzantine| Resolved::Bulyan { byzantine }),
            Self::SignGuard(settings) => settings.validate().map(|()| Resolved::SignGuard(*settings)),
            Self::GeometricMedian(GeometricMedian { smoothing, iterations, tolerance }) => {
                let smoothing = smoothing.get();
                let constants = Weiszfeld { smoothing, iterations: *iterations, tolerance: *tolerance };
                at_least_one(*iterations)
                    .and_then(|()| finite_tolerance(*tolerance))
                    .map(|()| Resolved::GeometricMedian(constants))
            }
            Self::CenteredClipping(CenteredClipping { radius, iterations }) => at_least_one(*iterations)
                .map(|()| Resolved::CenteredClipping { radius: radius.get(), iterations: *iterations }),
        };
        resolved.map_err(|e| e.key(self.entry().word))
    }
}

fn selection(m: &Count, n: u32, workers: u32) -> Result<usize> {
    let selected = evaluate("selected", m, workers)?;
    if selected == 0 || selected > n {
        let message = format!("multi_krum selects {selected} out of {n} vectors");
        return Err(Error::scenario(message).key("selected").help(format!("write a number from 1 to {n}")));
    }
    Ok(selected as usize)
}

fn at_least_one(iterations: u32) -> Result<()> {
    match iterations {
        0 => Err(Error::scenario("without an iteration nothing is learned from the vectors")
            .key("iterations")
            .help("write 1 or more")),
        _ => Ok(()),
    }
}

fn finite_tolerance(tolerance: f64) -> Result<()> {
    if tolerance.is_finite() && tolerance >= 0.0 {
        return Ok(());
    }
    Err(Error::scenario(format!("a tolerance of {tolerance}"))
        .key("tolerance")
        .help("write a finite number, 0 or above"))
}

impl Resolved {
    /// The step from at least one vector; `centre` is the previous one, and `stream` for a rule that needs chance.
    pub fn combine(self, vectors: &[&[f32]], centre: &[f32], stream: &mut Stream) -> Combined {
        let equal = |vector| Combined { vector, weights: uniform(vectors.len()) };
        let weighted = |weights: Vec<f64>| Combined { vector: weighted_sum(vectors, &weights), weights };
        match self {
            Self::Mean => weighted(uniform(vectors.len())),
            Self::Median => equal(median::median(vectors)),
            Self::TrimmedMean { trim } => equal(trimmed_mean::trimmed_mean(vectors, trim)),
            Self::MultiKrum { byzantine, selected } => {
                weighted(krum::multi_krum_weights(vectors, byzantine, selected))
            }
            Self::Meamed { byzantine } => equal(meamed::meamed(vectors, byzantine)),
            Self::Bulyan { byzantine } => bulyan::bulyan(vectors, byzantine),
            Self::SignGuard(settings) => signguard::signguard(vectors, settings, stream),
            Self::GeometricMedian(constants) => geometric_median::geometric_median(vectors, constants),
            Self::CenteredClipping { radius, iterations } => {
                centered_clipping::centered_clipping(vectors, centre, radius, iterations)
            }
        }
    }

    pub const fn remembers(self) -> bool {
        matches!(self, Self::CenteredClipping { .. })
    }
}
