//! From votes to a step: the server's side of the question whom to believe.
//!
//! An [`Aggregator`] sees one [`Ballot`] a round, votes in the order of the workers whatever order they came in,
//! and answers with the step. Each rule is a file with its formula and its source; adding one is that file and an
//! arm of [`AggregatorSpec`]. Rules on signs read votes of signs; rules on vectors (`dense`) read every vote.

mod agreement;
mod copies;
mod counts;
pub mod dense;
mod election;
mod federated_defense;
mod fltrust;
mod majority;
mod numbers;
mod options;
mod oracle;
mod own;
mod rule;
mod spectral;
mod tally;
mod weight;
mod weighted;

use serde::{Deserialize, Serialize};

pub(crate) use copies::default_excess;
pub use copies::{Compared, Copies, CopiesOnce};
pub use election::{Code, local_vote};
pub use federated_defense::FederatedDefense;
pub use majority::Majority;
pub use options::{Abstentions, Granularity, InitialPhase, LastLayer, Reference, WeightOptions};
pub use oracle::Oracle;
pub use own::OwnAggregator;
pub use rule::{Aggregator, Ballot, Decision, Electorate, Ties, Voter};
pub(crate) use spectral::default_misfit_agreement;
pub use spectral::{
    Spectral, SpectralCopies, SpectralFit, SpectralGranularity, SpectralOptions, SpectralShrinkage,
};

use copies::CountedOnce;
use dense::{
    Before, Bulyan, CenteredClipping, DenseAggregator, DenseRule, GeometricMedian, Krum, Meamed, MultiKrum,
    SignGuard, TrimmedMean,
};
use fltrust::FlTrust;
use numbers::Numbers;
use rule::signs;

use crate::catalogue::Entry;
use crate::error::{Error, Result};
use crate::random::Streams;
use crate::registry::OwnRule;
use crate::units::Positive;

/// Every aggregator, for `signsim list`.
pub const CATALOGUE: &[Entry] = &[
    majority::ENTRY,
    federated_defense::ENTRY,
    election::ENTRY,
    oracle::ENTRY,
    fltrust::ENTRY,
    spectral::ENTRY,
    dense::rule::MEAN,
    dense::median::ENTRY,
    dense::trimmed_mean::ENTRY,
    dense::krum::KRUM,
    dense::krum::MULTI_KRUM,
    dense::meamed::ENTRY,
    dense::bulyan::ENTRY,
    dense::signguard::ENTRY,
    dense::geometric_median::ENTRY,
    dense::centered_clipping::ENTRY,
];

/// The aggregators a scenario can ask for: rules on signs, then rules on numbers, which read signs as -1 and +1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AggregatorSpec {
    /// signSGD-MV: every vote counts the same (Bernstein et al. 2018, arXiv 1802.04434).
    Majority {
        /// What is done where both signs have as many votes.
        #[serde(default = "Ties::coin")]
        ties: Ties,
        /// What becomes of voters that copy one another.
        #[serde(default = "Copies::each")]
        copies: Copies,
    },
    /// signSGD-FD: votes weighted by learned log-likelihood ratios (Park & Lee 2024, arXiv 2402.01340).
    FederatedDefense(WeightOptions),
    /// Majority of local majorities over shared partitions (Sohn et al. 2020, arXiv 1910.06093).
    Election {
        /// Who computes which partition of the batch.
        code: Code,
        /// What is done where both signs have as many local votes.
        #[serde(default = "Ties::coin")]
        ties: Ties,
    },
    /// A weighted vote with the true crossovers of the round: the ceiling for every learned weight.
    Oracle {
        /// Weights are clipped to +- this.
        #[serde(default = "oracle::default_max_llr")]
        max_llr: Positive,
        /// What is done where the weighted votes cancel.
        #[serde(default = "Ties::coin")]
        ties: Ties,
    },
    /// Each vote weighs as much as it agrees with the server's own (Cao et al. 2021, arXiv 2012.13995).
    Fltrust {
        /// What is done where the weighted votes cancel.
        #[serde(default = "Ties::coin")]
        ties: Ties,
    },
    /// Votes weighted by what their pairwise agreements tell (Parisi et al. 2014), copies counted once.
    Spectral(SpectralOptions),
    /// Every vector counts the same; NaN and infinities of one worker reach everyone.
    Mean {},
    /// Median of every coordinate (Yin et al. 2018, arXiv 1803.01498).
    Median {},
    /// Trimmed mean of every coordinate (Yin et al. 2018, arXiv 1803.01498).
    TrimmedMean(TrimmedMean),
    /// The vector with the lowest score (Blanchard et al. 2017, arXiv 1703.02757).
    Krum(Krum),
    /// The mean of the vectors with the lowest scores (Blanchard et al. 2017, arXiv 1703.02757).
    MultiKrum(MultiKrum),
    /// Mean of every coordinate's values nearest to its median (Xie et al. 2018, arXiv 1802.10116).
    Meamed(Meamed),
    /// Mean around the median of what Krum chooses (El Mhamdi et al. 2018, arXiv 1802.07927).
    Bulyan(Bulyan),
    /// Mean of the largest cluster by shares of signs (Xu et al. 2022, arXiv 2109.05872).
    Signguard(SignGuard),
    /// Smoothed Weiszfeld (Pillutla et al. 2019, arXiv 1912.13445).
    GeometricMedian(GeometricMedian),
    /// Centred clipping around the previous step (Karimireddy et al. 2021, arXiv 2012.10333).
    CenteredClipping(CenteredClipping),
    /// A rule that the program has registered ([`register`]).
    Own(OwnRule),
}

/// Matches every rule on numbers, so that a new one is written here and in [`DenseRule`] only.
macro_rules! on_numbers {
    () => {
        Self::Mean {}
            | Self::Median {}
            | Self::TrimmedMean(_)
            | Self::Krum(_)
            | Self::MultiKrum(_)
            | Self::Meamed(_)
            | Self::Bulyan(_)
            | Self::Signguard(_)
            | Self::GeometricMedian(_)
            | Self::CenteredClipping(_)
    };
}

impl AggregatorSpec {
    /// The rule on numbers that it is, if it is one.
    #[must_use]
    pub fn rule(&self) -> Option<DenseRule> {
        Some(match self {
            Self::Majority { .. }
            | Self::FederatedDefense(_)
            | Self::Election { .. }
            | Self::Oracle { .. }
            | Self::Fltrust { .. }
            | Self::Spectral(_)
            | Self::Own(_) => {
                return None;
            }
            Self::Mean {} => DenseRule::Mean,
            Self::Median {} => DenseRule::Median,
            Self::TrimmedMean(settings) => DenseRule::TrimmedMean(settings.clone()),
            Self::Krum(settings) => DenseRule::Krum(settings.clone()),
            Self::MultiKrum(settings) => DenseRule::MultiKrum(settings.clone()),
            Self::Meamed(settings) => DenseRule::Meamed(settings.clone()),
            Self::Bulyan(settings) => DenseRule::Bulyan(settings.clone()),
            Self::Signguard(settings) => DenseRule::SignGuard(*settings),
            Self::GeometricMedian(settings) => DenseRule::GeometricMedian(settings.clone()),
            Self::CenteredClipping(settings) => DenseRule::CenteredClipping(settings.clone()),
        })
    }

    /// The word that YAML uses.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Majority { .. } => majority::ENTRY.word,
            Self::FederatedDefense(_) => federated_defense::ENTRY.word,
            Self::Election { .. } => election::ENTRY.word,
            Self::Oracle { .. } => oracle::ENTRY.word,
            Self::Fltrust { .. } => fltrust::ENTRY.word,
            Self::Spectral(_) => spectral::ENTRY.word,
            Self::Own(rule) => own::RULES.entry_of(rule).word,
            on_numbers!() => self.on_numbers().entry().word,
        }
    }

    /// [`AggregatorSpec::rule`] of what is no rule on signs.
    fn on_numbers(&self) -> DenseRule {
        self.rule().expect("every other rule is one on numbers")
    }

    /// Whether the rule must be told the truth of every round.
    #[must_use]
    pub const fn needs_truth(&self) -> bool {
        matches!(self, Self::Oracle { .. })
    }

    /// Whether the rule reads the server's own vote.
    #[must_use]
    pub const fn reads_trusted(&self) -> bool {
        match self {
            Self::Spectral(options) => options.reads_trusted(),
            // Nothing is known of a rule that a program has registered.
            Self::Fltrust { .. } | Self::Own(_) => true,
            _ => false,
        }
    }

    /// Whether the rule cannot do without it.
    #[must_use]
    pub const fn needs_trusted(&self) -> bool {
        matches!(self, Self::Fltrust { .. })
    }

    /// Whether the rule counts signs and understands nothing else.
    #[must_use]
    pub fn reads_signs_only(&self) -> bool {
        if let Self::Own(rule) = self { own::reads_signs_only(rule) } else { self.rule().is_none() }
    }

    /// Whether all votes of a worker in a round have one weight, whatever the coordinate.
    #[must_use]
    pub fn has_one_weight_a_worker(&self) -> bool {
        match self {
            Self::Majority { .. } => true,
            Self::FederatedDefense(options) => {
                options.granularity == Granularity::Worker && options.last_layer == LastLayer::Weighted
            }
            Self::Spectral(options) => options.granularity == SpectralGranularity::Worker,
            _ => false,
        }
    }

    /// Whether a vote may count for less than one.
    #[must_use]
    pub const fn weighs_votes(&self) -> bool {
        matches!(
            self,
            Self::Majority { .. }
                | Self::FederatedDefense(_)
                | Self::Election { .. }
                | Self::Oracle { .. }
                | Self::Spectral(_)
                | Self::Fltrust { .. }
                | Self::Mean {}
                | Self::Own(_)
        )
    }

    /// Whether it may leave a coordinate where it is, so that its step needs a second plane of bits.
    #[must_use]
    pub fn may_hold(&self) -> bool {
        match self {
            Self::Majority { ties, .. } | Self::Election { ties, .. } | Self::Oracle { ties, .. } => {
                *ties == Ties::Hold
            }
            // Where it silences everyone.
            Self::Fltrust { .. } => true,
            Self::FederatedDefense(options) => options.ties == Ties::Hold,
            Self::Spectral(options) => options.ties == Ties::Hold,
            // Nothing is known of it.
            Self::Own(_) => true,
            on_numbers!() => false,
        }
    }

    /// What it is written in, where the program has registered it with a text of its own.
    #[must_use]
    pub fn written_in(&self) -> Option<String> {
        if let Self::Own(rule) = self { own::RULES.written_in(rule) } else { None }
    }

    /// Who computes what, where workers share partitions of the batch.
    #[must_use]
    pub const fn code(&self) -> Option<&Code> {
        if let Self::Election { code, .. } = self { Some(code) } else { None }
    }

    /// Checks what the types cannot for M workers; `rounds` bounds the counters. Rules on numbers are checked by
    /// [`dense::validate`], with what stands before them.
    ///
    /// # Errors
    /// Names the setting below `aggregator` that is out of range.
    pub fn validate(&self, workers: u32, rounds: u32) -> Result<()> {
        match self {
            Self::Election { code, .. } => code.validate(workers).map_err(|e| e.key("election.code")),
            Self::FederatedDefense(options) => options
                .validate(rounds)
                .map_err(|(key, why)| Error::scenario(why).key(key))
                .and_then(|()| options.copies.validate())
                .map_err(|e| e.key("federated_defense")),
            Self::Spectral(options) => options.validate().map_err(|e| e.key("spectral")),
            Self::Own(rule) => {
                let one = std::slice::from_ref(&(0..1));
                let electorate = Electorate {
                    workers,
                    declared: 0,
                    trusted: false,
                    layers: one,
                    streams: Streams::new(0),
                };
                own::build(rule, electorate).map(drop).map_err(|e| e.key(rule.word.clone()))
            }
            Self::Majority { copies, .. } => copies.validate().map_err(|e| e.key("majority")),
            Self::Oracle { .. } | Self::Fltrust { .. } | on_numbers!() => Ok(()),
        }
    }

    /// Bytes that the rule remembers between rounds for M workers and D coordinates in so many layers, at most; the votes
    /// of `abstaining` of the workers may leave coordinates out.
    #[must_use]
    pub fn memory_bytes(
        &self,
        workers: u32,
        rounds: u32,
        coordinates: usize,
        layers: u64,
        abstaining: u32,
    ) -> u64 {
        match self {
            Self::Majority { copies, .. } => copies.memory_bytes(workers),
            Self::Election { .. } | Self::Oracle { .. } | Self::Fltrust { .. } => 0,
            Self::FederatedDefense(options) => {
                options.memory_bytes(workers, rounds, coordinates, abstaining)
                    + options.copies.memory_bytes(workers)
            }
            Self::Spectral(options) => options.memory_bytes(workers, layers),
            Self::Own(rule) => own::memory_bytes(rule, workers, coordinates),
            // The rule's own memory and the vectors that are mixed before it.
            on_numbers!() => {
                self.on_numbers().memory_bytes(coordinates) + 4 * u64::from(workers) * coordinates as u64
            }
        }
    }

    /// A fresh server's rule; `before` stands before rules on numbers.
    ///
    /// # Panics
    /// When the rule or `before` was not validated.
    #[must_use]
    pub fn build(&self, electorate: Electorate<'_>, before: &[Before]) -> Box<dyn Aggregator> {
        let Electorate { workers, declared, layers, streams, .. } = electorate;
        let coordinates = layers.last().map_or(0, |l| l.end);
        match self {
            Self::Majority { ties, copies } => {
                once(Box::new(Majority::new(coordinates, *ties)), copies, workers, coordinates)
            }
            Self::Election { ties, .. } => Box::new(Majority::new(coordinates, *ties)),
            Self::Oracle { max_llr, ties } => Box::new(Oracle::new(coordinates, max_llr.get(), *ties)),
            Self::FederatedDefense(options) => {
                let rule = Box::new(FederatedDefense::new(options.clone(), workers, layers));
                once(rule, &options.copies, workers, coordinates)
            }
            Self::Fltrust { ties } => Box::new(FlTrust::new(coordinates, *ties)),
            Self::Spectral(options) => Box::new(Spectral::new(options.clone(), electorate)),
            Self::Own(rule) => own::build(rule, electorate).expect("a validated rule"),
            on_numbers!() => {
                let rule = DenseAggregator::new(&self.on_numbers(), before, workers, declared, coordinates);
                Box::new(Numbers::new(rule.expect("a validated rule"), coordinates, streams))
            }
        }
    }
}

/// `rule`, told each copy once where that is asked for.
fn once(rule: Box<dyn Aggregator>, copies: &Copies, workers: u32, coordinates: usize) -> Box<dyn Aggregator> {
    match copies {
        Copies::Each {} => rule,
        Copies::Once(options) => Box::new(CountedOnce::new(rule, options.clone(), workers, coordinates)),
    }
}

/// Makes the word of `rule` one that scenarios can use, from now on and in this program.
///
/// # Errors
/// When it is no word, or stands for another aggregator.
pub fn register(rule: OwnAggregator) -> Result<()> {
    own::RULES.add(rule, CATALOGUE)
}

/// Whether this program has registered an aggregator under this word.
#[must_use]
pub fn is_registered(word: &str) -> bool {
    own::RULES.find(word).is_some()
}
