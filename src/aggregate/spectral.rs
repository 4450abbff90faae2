//! Spectral decoding: weights from how often workers agree with one another, without a decision to learn from.
//!
//! Read each worker as a binary symmetric channel with crossover p_m. Votes that err independently agree by
//! c_ij = E[y_i y_j] = (1 - 2 p_i)(1 - 2 p_j), and over D coordinates c is known within 1 / sqrt(D) after one round. Every round:
//!
//! 1. the agreements of all pairs are counted and added to those of earlier rounds, which fade by `forgetting`;
//! 2. *copies count once*: pairs that agree more than third parties explain ([`super::copies`]) become one voter, the majority of
//!    its members;
//! 3. a rank-one fit of what is left ([`rank_one`]) tells a_m = 1 - 2 p_m up to the sign of all of them, which is that of most
//!    voters that carry information. Pairs that cannot be explained are left out ([`capped`]), unless all are to be met as
//!    well as can be, `fit: squares`;
//! 4. votes are weighted by ln((1 + a) / (1 - a)), the log-likelihood ratio, within +-`max_llr`;
//! 5. with `shrinkage: misfit` a plain majority is mixed in where less than three quarters of the pairs are explained, among
//!    workers of whom each agrees or disagrees with another. Workers with unlike data are no independent channels: those that
//!    share labels look somewhat like copies, others contradict each other, and an a that is told from that would silence most
//!    of them. So it is where a speaks of no majority of those workers: it may be a coalition that explains itself. In the
//!    majority only those copies count as one voter that agree by `misfit_agreement`, as a coalition with one vote does and
//!    workers that share labels do not.
//!
//! A worker does not agree with itself in c, so that no weight confirms itself, and nothing has to be right before the weights
//! are. Fewer than three voters say nothing about each other: they count the same. A late vote is not compared and has the
//! weight of its worker; where that worker was merged with others, whose newest votes speak for it, it is left out.
//!
//! Where the server has a vote of its own (`server.trusted`), that is one voter more, which nobody can copy. By `fit: anchored`
//! everyone is as good as that voter says, whatever most others say of each other ([`capped`]).
//!
//! Cost: O(M^2 D / 64) word operations a round, and O(M^4) at most for the tetrads of pairs that agree strikingly; 16 bytes of
//! memory a pair and layer. With `coordinates: N` agreements are counted on N coordinates only, and each is then uncertain by
//! up to 1 / sqrt(N).
//!
//! Source: rank-one agreements are Parisi et al. 2014, PNAS 111, 1253 (the spectral meta-learner), tetrads Spearman 1904;
//! their use against liars with one-bit votes is this project's.
//!
//! Example: votes (+,+,+,-), (+,+,-,+), (+,+,+,+), (-,-,-,-): agreements 0, 1/2, -1/2, 1/2, -1/2, -1 are explained best by
//! a = (.5, .5, 1, -1): the fourth worker's vote is turned around.

mod capped;
mod options;
mod rank_one;

use std::ops::Range;

use super::copies::{Crowd, Pairs, Resemblance, compared_ranges};
use super::rule::{said, voters};
use super::weighted::weighted_majority_by_layer;
use super::{Aggregator, Ballot, Decision, Electorate, Voter};
use crate::catalogue::Entry;
use crate::helpers::{Helpers, NOBODY};
use crate::protocol::{CountedVote, WorkerEstimate, WorkerId};
use crate::sign::SignVector;
use crate::state::Resumable;
use crate::time::Round;
use crate::vote::Step;
pub(crate) use options::default_misfit_agreement;
pub use options::{SpectralCopies, SpectralFit, SpectralGranularity, SpectralOptions, SpectralShrinkage};

/// A weight beyond this counts as this much when an average weight is formed.
const LARGE: f64 = 3.0;

pub(crate) const ENTRY: Entry = Entry {
    word: "spectral",
    about: "votes weighted by what their pairwise agreements tell, copies of one another counted once",
    source: "rank-one agreements: Parisi et al. 2014, PNAS 111, 1253; tetrads: Spearman 1904",
};

/// The rule with the agreements that it has counted.
pub struct Spectral {
    options: SpectralOptions,
    workers: usize,
    /// Whether the server votes itself: as number M, the last.
    trusted: bool,
    /// What has weights of its own: every layer, or all coordinates together.
    layers: Vec<Range<usize>>,
    /// The coordinates of each layer on which votes are compared.
    compared: Vec<Vec<Range<usize>>>,
    /// Agreements of workers, layer by layer.
    memory: Vec<Pairs>,
}

/// What a round is decided with: who speaks, and how good each voice is in every layer.
struct Fit<'a> {
    crowd: Crowd<'a>,
    layers: Vec<LayerFit>,
    /// Who has an equal voice besides; `None` where agreements are explained in every layer.
    equals: Option<Crowd<'a>>,
}

/// How good each voter is, and what its vote weighs for that.
struct LayerFit {
    /// a = 1 - 2p.
    quality: Vec<f64>,
    weights: Vec<f64>,
    /// What each of [`Fit::equals`] weighs besides; 0 where agreements are explained.
    equal: f64,
}

impl Spectral {
    /// A server that has heard nobody yet.
    #[must_use]
    pub fn new(options: SpectralOptions, electorate: Electorate<'_>) -> Self {
        let Electorate { workers, trusted, layers, .. } = electorate;
        let voters = workers as usize + usize::from(trusted);
        let coordinates = layers.last().map_or(0, |layer| layer.end);
        let layers = match options.granularity {
            SpectralGranularity::Layer => layers.to_vec(),
            SpectralGranularity::Worker => std::iter::once(0..coordinates).collect(),
        };
        let compared = compared_ranges(&layers, options.coordinates);
        let memory = layers.iter().map(|_| Pairs::new(voters)).collect();
        Self { options, workers: workers as usize, trusted, layers, compared, memory }
    }

    /// Adds what these votes show to the agreements.
    fn learn(&mut self, voters: &[Voter<'_>], helpers: &Helpers) {
        let (votes, among) = said(voters);
        for (memory, ranges) in self.memory.iter_mut().zip(&self.compared) {
            memory.learn(&Pairs::of(&votes, ranges, helpers), &among, self.options.forgetting);
        }
    }

    /// Who speaks with how good a voice, after [`Spectral::learn`] of the same voters.
    fn fit<'a>(&self, voters: &[Voter<'a>]) -> Fit<'a> {
        let (votes, among) = said(voters);
        let own = voters.last().is_some_and(|last| self.is_own(last));
        let crowd = |least| {
            let tables = self.memory.iter().map(|table| table.only(&among)).collect();
            let mut crowd = Crowd::new(&votes, tables);
            if self.options.copies == SpectralCopies::Once {
                let free = votes.len() - usize::from(own);
                crowd.count_copies_once(&votes, free, &self.compared, least);
            }
            crowd
        };
        let copies = Resemblance::beyond(self.options.excess);
        let heard = crowd(copies);
        let voters = heard.groups.len();
        let layers: Vec<LayerFit> =
            heard.tables.iter().map(|table| self.fitted(table, voters, own)).collect();
        let misfit = layers.iter().any(|layer| layer.equal > 0.0);
        let surely = Resemblance { agreement: self.options.misfit_agreement, ..copies };
        Fit { crowd: heard, layers, equals: misfit.then(|| crowd(surely)) }
    }

    /// Whether this is the server's own vote.
    fn is_own(&self, voter: &Voter<'_>) -> bool {
        voter.worker == self.workers
    }

    /// a and weights of n voters, the last of them the server where it has voted; where fewer than three say nothing about each
    /// other, the same for all.
    fn fitted(&self, table: &Pairs, voters: usize, own: bool) -> LayerFit {
        if voters < 3 && !(own && voters > 0) {
            let weights = vec![self.weight(0.5); voters];
            return LayerFit { quality: vec![0.5; voters], weights, equal: 0.0 };
        }
        let tables = std::slice::from_ref(table);
        let (agreements, noise) = (Pairs::correlations(tables), Pairs::noise(tables));
        let fit = self.options.fit.unwrap_or(SpectralFit::usual(self.trusted));
        let quality = match fit {
            SpectralFit::Anchored if own => capped::anchored(&agreements, noise),
            // In a round without the server's own vote.
            SpectralFit::Anchored | SpectralFit::Capped => {
                rank_one::oriented(capped::fit(&agreements, noise))
            }
            SpectralFit::Squares => rank_one::oriented(rank_one::fit(&agreements)),
        };
        let weights = quality.iter().map(|a| self.weight(*a)).collect();
        let trust = match self.options.shrinkage {
            // What is anchored is trusted, whatever most pairs say.
            SpectralShrinkage::Misfit if !(own && fit == SpectralFit::Anchored) => {
                trust(capped::explained(&agreements, &quality, noise))
            }
            SpectralShrinkage::Misfit | SpectralShrinkage::None => 1.0,
        };
        let (weights, equal) = shrunk(weights, trust);
        LayerFit { quality, weights, equal }
    }

    /// ln((1 + a) / (1 - a)), within +- `max_llr`.
    fn weight(&self, a: f64) -> f64 {
        let most = self.options.max_llr.get();
        ((1.0 + a) / (1.0 - a)).ln().clamp(-most, most)
    }

    /// The weights, one a coordinate, of a worker that has this share of the voice of a voter, and that of an equal voice.
    fn by_coordinate(&self, fits: &[LayerFit], (voter, share): (usize, f64), equal: f64) -> Vec<f32> {
        let parts = self.layers.iter().zip(fits);
        let weight = |fit: &LayerFit| (share * fit.weights[voter] + equal * fit.equal) as f32;
        parts.flat_map(|(layer, fit)| std::iter::repeat_n(weight(fit), layer.len())).collect()
    }

    /// D.
    fn coordinates(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.end)
    }

    /// What is said in a round, and the weights of each layer for it. Where agreements are not explained, everyone's vote counts
    /// by itself, too.
    fn weighted<'f>(&self, fit: &'f Fit<'_>, newest: &[Voter<'f>], older: &[Voter<'f>]) -> Weighted<'f> {
        let learned = voices(&fit.crowd, newest, older);
        let equals = fit.equals.as_ref().map_or(Vec::new(), |crowd| voices(crowd, newest, older));
        let row = |layer: &LayerFit| {
            let learned = learned.iter().map(|voice| layer.weights[voice.group] as f32 * voice.share);
            learned.chain(equals.iter().map(|voice| layer.equal as f32 * voice.share)).collect()
        };
        let by_layer = fit.layers.iter().map(row).collect();
        Weighted { votes: learned.iter().chain(&equals).map(|voice| voice.signs).collect(), by_layer }
    }

    /// For every worker: the mean over coordinates of the weight it had, and its crossover. What a merged voter weighs is
    /// shared by its members.
    fn estimates(&self, fit: &Fit<'_>, newest: &[Voter<'_>]) -> Vec<WorkerEstimate> {
        let unknown = |m: usize| WorkerEstimate { worker: WorkerId(m as u32), weight: 0.0, crossover: None };
        let mut all: Vec<WorkerEstimate> = (0..self.workers).map(unknown).collect();
        let coordinates = self.coordinates() as f64;
        for (g, group) in fit.crowd.groups.iter().enumerate() {
            let mean = |of: &dyn Fn(&LayerFit) -> f64| -> f64 {
                let parts = self.layers.iter().zip(&fit.layers);
                parts.map(|(layer, fit)| of(fit) * layer.len() as f64).sum::<f64>() / coordinates
            };
            let crossover = mean(&|fit| 0.5 * (1.0 - fit.quality[g]));
            for &member in group.iter().filter(|member| !self.is_own(&newest[**member])) {
                let (share, equal) = (1.0 / group.len() as f64, fit.equal_share(member));
                let weight = mean(&|fit| share * fit.weights[g] + equal * fit.equal);
                let worker = newest[member].worker;
                all[worker] = WorkerEstimate { weight, crossover: Some(crossover), ..unknown(worker) };
            }
        }
        all
    }
}

impl Fit<'_> {
    /// Which part of an equal voice the newest vote at this place has.
    fn equal_share(&self, place: usize) -> f64 {
        let groups = self.equals.iter().flat_map(|crowd| &crowd.groups);
        let group = groups.into_iter().find(|group| group.contains(&place));
        group.map_or(0.0, |group| 1.0 / group.len() as f64)
    }
}

/// Something that is said in a round.
struct Voice<'a> {
    signs: &'a SignVector,
    /// Whose voice it is, by the crowd's groups.
    group: usize,
    /// 1 unless it is late.
    share: f32,
}

/// The voices of a crowd: what each group says, and behind them the older votes of workers that speak for themselves.
fn voices<'f>(crowd: &'f Crowd<'_>, newest: &[Voter<'f>], older: &[Voter<'f>]) -> Vec<Voice<'f>> {
    let fresh = |group: &Vec<usize>| group.iter().map(|v| newest[*v].weight).fold(0.0, f32::max);
    let said = crowd.votes.iter().zip(&crowd.groups).enumerate();
    let mut voices: Vec<Voice<'f>> =
        said.map(|(group, (signs, members))| Voice { signs, group, share: fresh(members) }).collect();
    for vote in older {
        let alone = |group: &Vec<usize>| group.len() == 1 && newest[group[0]].worker == vote.worker;
        if let Some(group) = crowd.groups.iter().position(alone) {
            voices.push(Voice { signs: vote.signs, group, share: vote.weight });
        }
    }
    voices
}

/// How far weights are trusted when so large a share of pairs is explained: wholly where three quarters are, not at all where no
/// more than three fifths are. The largest coalition that is still a minority explains itself badly and leaves four fifths.
fn trust(explained: f64) -> f64 {
    ((explained - 0.6) / 0.15).clamp(0.0, 1.0)
}

/// Weights as far as they are trusted, and for the rest one that is the same for everybody: as large as they are on average.
fn shrunk(weights: Vec<f64>, trust: f64) -> (Vec<f64>, f64) {
    if trust >= 1.0 {
        return (weights, 0.0);
    }
    let square = |w: &f64| w.clamp(-LARGE, LARGE).powi(2);
    let mean = (weights.iter().map(square).sum::<f64>() / weights.len() as f64).sqrt();
    let equal = if mean > 0.0 { mean } else { 1.0 };
    (weights.into_iter().map(|w| trust * w).collect(), (1.0 - trust) * equal)
}

/// Votes and, layer by layer, their weights.
struct Weighted<'a> {
    votes: Vec<&'a SignVector>,
    by_layer: Vec<Vec<f32>>,
}

impl Aggregator for Spectral {
    fn decode(&mut self, mut ballot: Ballot<'_>) -> Decision {
        let (mut newest, older): (Vec<Voter<'_>>, Vec<Voter<'_>>) =
            ballot.voters().into_iter().partition(|v| v.latest);
        let nobody = newest.is_empty();
        if !nobody {
            let own = |signs| Voter { worker: self.workers, weight: 1.0, latest: true, signs };
            newest.extend(ballot.trusted.map(own));
        }
        self.learn(&newest, ballot.helpers);
        let fit = self.fit(&newest);
        let step = if nobody {
            Step::Nothing(self.coordinates())
        } else {
            let Weighted { votes, by_layer } = self.weighted(&fit, &newest, &older);
            let (ties, coins) = (self.options.ties, &mut ballot.coins);
            Step::Signs(weighted_majority_by_layer(&votes, &by_layer, &self.layers, ties, coins))
        };
        let estimates = if ballot.watched { self.estimates(&fit, &newest) } else { Vec::new() };
        Decision { step, estimates }
    }

    /// By what earlier rounds have shown: who will be merged depends on votes that are not there yet.
    fn weights(&mut self, _: Round, worker: WorkerId) -> Vec<f32> {
        let voters = self.workers + usize::from(self.trusted);
        let known: Vec<LayerFit> =
            self.memory.iter().map(|table| self.fitted(table, voters, self.trusted)).collect();
        self.by_coordinate(&known, (worker.index(), 1.0), 1.0)
    }

    fn weights_among(&mut self, _: Round, worker: WorkerId, votes: &[CountedVote]) -> Vec<f32> {
        let newest: Vec<Voter<'_>> = voters(votes).into_iter().filter(|v| v.latest).collect();
        let before = self.memory.clone();
        self.learn(&newest, &NOBODY);
        let fit = self.fit(&newest);
        self.memory = before;
        let Some(place) = newest.iter().position(|vote| vote.worker == worker.index()) else {
            return vec![0.0; self.coordinates()];
        };
        let speaks = |group: &Vec<usize>| group.contains(&place);
        let group = fit.crowd.groups.iter().position(speaks).expect("everyone is in a group");
        let share = 1.0 / fit.crowd.groups[group].len() as f64;
        self.by_coordinate(&fit.layers, (group, share), fit.equal_share(place))
    }

    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        Some(&mut self.memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_that_are_half_trusted_are_half_equal() {
        assert_eq!(shrunk(vec![3.0, -3.0], 1.0), (vec![3.0, -3.0], 0.0));
        assert_eq!(shrunk(vec![3.0, -3.0], 0.5), (vec![1.5, -1.5], 1.5));
        assert_eq!(shrunk(vec![3.0, -2.0], 0.0), (vec![0.0, -0.0], 6.5_f64.sqrt()));
        // Where nobody weighs anything, everybody weighs one.
        assert_eq!(shrunk(vec![0.0, 0.0], 0.25), (vec![0.0, 0.0], 0.75));
        assert_eq!([0.4, 0.6, 1.0].map(trust), [0.0, 0.0, 1.0]);
        assert!((trust(0.675) - 0.5).abs() < 1e-12 && trust(0.75) > 1.0 - 1e-12);
    }
}
