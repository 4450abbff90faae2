//! Spectral decoding: weights from how often workers agree with one another, without a decision to learn from.
//!
//! Read each worker as a binary symmetric channel with crossover p_m. Votes that err independently agree by
//! c_ij = E[y_i y_j] = (1 - 2 p_i)(1 - 2 p_j), and over D coordinates c is known within 1 / sqrt(D) after one round. Every round:
//!
//! 1. the agreements of all pairs are counted and added to those of earlier rounds, which fade by `forgetting`;
//! 2. *copies count once*: pairs that agree more than third parties explain ([`super::copies`]) become one voter, the majority of
//!    its members;
//! 3. a rank-one fit of what is left ([`rank_one`]) tells a_m = 1 - 2 p_m up to the sign of all of them, which is that of most
//!    voters that carry information; with `fit: capped` pairs that cannot be explained are left out ([`capped`]);
//! 4. votes are weighted by ln((1 + a) / (1 - a)), the log-likelihood ratio, within +-`max_llr`.
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

use super::copies::{Crowd, Pairs, compared_ranges};
use super::rule::voters;
use super::weighted::weighted_majority_by_layer;
use super::{Aggregator, Ballot, Decision, Electorate, Voter};
use crate::catalogue::Entry;
use crate::protocol::{CountedVote, WorkerEstimate, WorkerId};
use crate::sign::SignVector;
use crate::state::Resumable;
use crate::time::Round;
use crate::vote::Step;
pub use options::{SpectralCopies, SpectralFit, SpectralGranularity, SpectralOptions};

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

/// What a round is decided with: one voter a group, one row of a_m for each layer.
struct Fit<'a> {
    crowd: Crowd<'a>,
    quality: Vec<Vec<f64>>,
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
    fn learn(&mut self, voters: &[Voter<'_>]) {
        let votes: Vec<&SignVector> = voters.iter().map(|v| v.signs).collect();
        let among: Vec<usize> = voters.iter().map(|v| v.worker).collect();
        for (memory, ranges) in self.memory.iter_mut().zip(&self.compared) {
            memory.learn(&Pairs::of(&votes, ranges), &among, self.options.forgetting);
        }
    }

    /// Who speaks with how good a voice, after [`Spectral::learn`] of the same voters.
    fn fit<'a>(&self, voters: &[Voter<'a>]) -> Fit<'a> {
        let votes: Vec<&SignVector> = voters.iter().map(|v| v.signs).collect();
        let among: Vec<usize> = voters.iter().map(|v| v.worker).collect();
        let own = voters.last().is_some_and(|last| self.is_own(last));
        let mut crowd = Crowd::new(&votes, self.memory.iter().map(|table| table.only(&among)).collect());
        if self.options.copies == SpectralCopies::Once {
            let free = votes.len() - usize::from(own);
            crowd.count_copies_once(&votes, free, &self.compared, self.options.excess);
        }
        let voters = crowd.groups.len();
        let quality = crowd.tables.iter().map(|table| self.quality(table, voters, own)).collect();
        Fit { crowd, quality }
    }

    /// Whether this is the server's own vote.
    fn is_own(&self, voter: &Voter<'_>) -> bool {
        voter.worker == self.workers
    }

    /// a of n voters, the last of them the server where it has voted; where fewer than three say nothing about each other, the
    /// same for all.
    fn quality(&self, table: &Pairs, voters: usize, own: bool) -> Vec<f64> {
        if voters < 3 && !(own && voters > 0) {
            return vec![0.5; voters];
        }
        let tables = std::slice::from_ref(table);
        let (agreements, noise) = (Pairs::correlations(tables), Pairs::noise(tables));
        match self.options.fit.unwrap_or(SpectralFit::usual(self.trusted)) {
            SpectralFit::Anchored if own => capped::anchored(&agreements, noise),
            // In a round without the server's own vote.
            SpectralFit::Anchored | SpectralFit::Capped => {
                rank_one::oriented(capped::fit(&agreements, noise))
            }
            SpectralFit::Squares => rank_one::oriented(rank_one::fit(&agreements)),
        }
    }

    /// ln((1 + a) / (1 - a)), within +- `max_llr`.
    fn weight(&self, a: f64) -> f32 {
        let most = self.options.max_llr.get();
        ((1.0 + a) / (1.0 - a)).ln().clamp(-most, most) as f32
    }

    /// The weights of one voter, one a coordinate.
    fn by_coordinate(&self, quality: &[Vec<f64>], voter: usize, share: f32) -> Vec<f32> {
        let parts = self.layers.iter().zip(quality);
        parts.flat_map(|(layer, a)| std::iter::repeat_n(share * self.weight(a[voter]), layer.len())).collect()
    }

    /// D.
    fn coordinates(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.end)
    }

    /// What the newest votes of a round say, and the weights of each layer for them; behind them the older votes of workers
    /// that speak for themselves.
    fn weighted<'f>(&self, fit: &'f Fit<'_>, newest: &[Voter<'f>], older: &[Voter<'f>]) -> Weighted<'f> {
        let mut votes: Vec<&SignVector> = fit.crowd.votes.iter().map(AsRef::as_ref).collect();
        let fresh = |group: &Vec<usize>| group.iter().map(|v| newest[*v].weight).fold(0.0, f32::max);
        let mut place_and_share: Vec<(usize, f32)> = fit.crowd.groups.iter().map(fresh).enumerate().collect();
        for vote in older {
            let alone = |group: &Vec<usize>| group.len() == 1 && newest[group[0]].worker == vote.worker;
            if let Some(group) = fit.crowd.groups.iter().position(alone) {
                votes.push(vote.signs);
                place_and_share.push((group, vote.weight));
            }
        }
        let row = |quality: &Vec<f64>| {
            place_and_share.iter().map(|(group, share)| self.weight(quality[*group]) * share).collect()
        };
        Weighted { votes, by_layer: fit.quality.iter().map(row).collect() }
    }

    /// For every worker: the mean over coordinates of the weight it had, and its crossover. What a merged voter weighs is
    /// shared by its members.
    fn estimates(&self, fit: &Fit<'_>, newest: &[Voter<'_>]) -> Vec<WorkerEstimate> {
        let unknown = |m: usize| WorkerEstimate { worker: WorkerId(m as u32), weight: 0.0, crossover: None };
        let mut all: Vec<WorkerEstimate> = (0..self.workers).map(unknown).collect();
        let coordinates = self.coordinates() as f64;
        for (g, group) in fit.crowd.groups.iter().enumerate() {
            let mean = |of: &dyn Fn(f64) -> f64| -> f64 {
                let parts = self.layers.iter().zip(&fit.quality);
                parts.map(|(layer, quality)| of(quality[g]) * layer.len() as f64).sum::<f64>() / coordinates
            };
            let weight = mean(&|a| f64::from(self.weight(a))) / group.len() as f64;
            let crossover = mean(&|a| 0.5 * (1.0 - a));
            for voter in group.iter().map(|member| &newest[*member]).filter(|voter| !self.is_own(voter)) {
                let worker = voter.worker;
                all[worker] = WorkerEstimate { weight, crossover: Some(crossover), ..unknown(worker) };
            }
        }
        all
    }
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
        self.learn(&newest);
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
        let known: Vec<Vec<f64>> =
            self.memory.iter().map(|table| self.quality(table, voters, self.trusted)).collect();
        self.by_coordinate(&known, worker.index(), 1.0)
    }

    fn weights_among(&mut self, _: Round, worker: WorkerId, votes: &[CountedVote]) -> Vec<f32> {
        let newest: Vec<Voter<'_>> = voters(votes).into_iter().filter(|v| v.latest).collect();
        let before = self.memory.clone();
        self.learn(&newest);
        let Fit { crowd, quality } = self.fit(&newest);
        self.memory = before;
        let speaks = |group: &Vec<usize>| group.iter().any(|v| newest[*v].worker == worker.index());
        match crowd.groups.iter().position(speaks) {
            Some(group) => self.by_coordinate(&quality, group, 1.0 / crowd.groups[group].len() as f32),
            None => vec![0.0; self.coordinates()],
        }
    }

    fn memory(&mut self) -> Option<&mut dyn Resumable> {
        Some(&mut self.memory)
    }
}
