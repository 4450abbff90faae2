//! What a run will cost: the memory that it takes, the messages that it sends.
//!
//! Messages and bytes come from a dry run of the run. Memory is added up here, part by part, from what those who hold it
//! say about themselves; it is about what lives at the same time at the worst moment, the program itself left out.

mod threads;

use std::mem::size_of;

use super::dry_run::DryRuns;
use super::traffic::{Certainty, Traffic};
use super::{Reference, RunSpec, TaskSpec};
use crate::actors::{Close, GRADIENT_PART, GRADIENTS_WAITING, LateVotes, PARTS_MEASURED};
use crate::aggregate::AggregatorSpec;
use crate::attack::AttackSpec;
use crate::error::Result;
use crate::learn::Beginning;
use crate::quantize::VoteKind;
use crate::record::{ClassRow, LabelRow, LayerRow, RoundRow, ShardRow, TimelineRow, WorkerRow};
use crate::wire;

/// What a run needs and sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// Coordinates of a vote, D.
    pub coordinates: usize,
    /// Bytes of memory at the worst moment, at most: chance may spare some of it.
    pub memory_bytes: u64,
    /// Bytes of a checkpoint of the run, at most, about.
    pub checkpoint_bytes: u64,
    /// Openings of rounds and votes, each as often as it is sent.
    pub messages: u64,
    /// Bytes from workers to the server, overhead included.
    pub uplink_bytes: u64,
    /// Bytes from the server to workers, likewise.
    pub downlink_bytes: u64,
    /// How well the last three are known.
    pub known: Certainty,
    /// Why they are not known, in words.
    pub trouble: Option<String>,
}

/// Queue, tables and threads of a run however small, about.
const BASE_BYTES: u64 = 400_000;
/// An actor with its mailbox and its events in the queue, about.
const ACTOR_BYTES: u64 = 810;
/// An actor and its events in a checkpoint, about, without what is counted by itself.
const SAVED_ACTOR_BYTES: u64 = 100;
/// Rounds of overheard votes that an adversary keeps, at most.
const OVERHEARD: u64 = 3;
/// Steps that the server keeps for those who missed some.
const STEPS: u64 = 32;

impl RunSpec {
    /// The cost of this run on a pool of `threads` threads.
    ///
    /// # Errors
    /// When the model cannot be built for the data.
    pub fn cost(&self, threads: usize) -> Result<Cost> {
        self.cost_among(threads, &mut DryRuns::default())
    }

    /// The same for one run of a plan, whose `dry_runs` it shares.
    ///
    /// # Errors
    /// When the model cannot be built for the data.
    pub fn cost_among(&self, threads: usize, dry_runs: &mut DryRuns) -> Result<Cost> {
        let Traffic { messages, uplink_bytes, downlink_bytes, mut known, trouble } =
            dry_runs.traffic(self)?;
        // Who may end early sends no more than to the last round.
        if !self.server.stop.is_never() {
            known = known.max(Certainty::AtMost);
        }
        Ok(Cost {
            coordinates: self.coordinates()?,
            memory_bytes: self.memory_bytes(threads)?,
            checkpoint_bytes: self.checkpoint_bytes()?,
            messages,
            uplink_bytes,
            downlink_bytes,
            known,
            trouble,
        })
    }

    /// Coordinates of a vote, D.
    ///
    /// # Errors
    /// When the model cannot be built for the data.
    pub fn coordinates(&self) -> Result<usize> {
        match &self.task {
            TaskSpec::Channel { coordinates, .. } => Ok(*coordinates),
            TaskSpec::Quadratic(quadratic) => Ok(quadratic.coordinates),
            TaskSpec::Train { data, model, .. } => {
                Ok(model.build(data.shape(), data.classes())?.parameter_count())
            }
        }
    }

    /// Bytes of memory that this run takes at its worst moment on a pool of `threads` threads, at most; of the program itself
    /// nothing is counted.
    ///
    /// # Errors
    /// When the model cannot be built for the data.
    pub fn memory_bytes(&self, threads: usize) -> Result<u64> {
        let (coordinates, layers, task) = match &self.task {
            TaskSpec::Channel { coordinates, .. } => (*coordinates, 1, 0),
            TaskSpec::Quadratic(quadratic) => {
                let d = quadratic.coordinates;
                // Its terms; the truth in numbers while it becomes signs; parameters as in training; gradients of the
                // threads; and without room in anything larger, a measurement more, and what an adversary forges and
                // votes.
                let own = (size_of::<(f64, f64)>() + size_of::<f64>()) as u64 * d as u64;
                (d, 1, own + (7 + self.gradient_vectors() * threads as u64) * wire::full_len(d))
            }
            TaskSpec::Train { data, model, initial, convolution, .. } => {
                let convolution = convolution.unwrap_or_default();
                let model = model.build_with(data.shape(), data.classes(), convolution)?;
                let thread = self.thread_bytes(&model, data, threads).saturating_mul(threads as u64);
                let d = model.parameter_count();
                // Parameters of the running round, of the next, of measurements that are not finished, which a single
                // thread has one of, and of a file.
                let file = u64::from(matches!(initial, Some(Beginning::File(_))));
                let full_batch = self.record.metrics.reference == Reference::FullBatch;
                let unfinished = if threads == 1 && !full_batch { 1 } else { 2 };
                let parameters = (2 + unfinished + file) * wire::full_len(d);
                let shards = 4 * data.sizes().0 as u64;
                (
                    d,
                    model.tensors().len() as u64,
                    data.memory_bytes() + shards + parameters + thread + self.made_ahead_bytes(data, threads),
                )
            }
        };
        let parts = [
            BASE_BYTES,
            task,
            self.rule_bytes(coordinates, layers) + self.shared_decoding_bytes(coordinates, threads),
            self.actor_bytes(coordinates, threads),
            self.record_bytes(layers),
            self.own_vote_bytes(coordinates),
        ];
        Ok(parts.iter().fold(0, |sum: u64, part| sum.saturating_add(*part)))
    }

    /// Bytes of a checkpoint of this run, about; those of its last rounds are the largest, and none is larger.
    ///
    /// # Errors
    /// When the model cannot be built for the data.
    pub fn checkpoint_bytes(&self) -> Result<u64> {
        let coordinates = self.coordinates()?;
        let (layers, parameters) = match &self.task {
            TaskSpec::Channel { .. } => (1, 0),
            TaskSpec::Quadratic(_) => (1, 2 * wire::full_len(coordinates)),
            TaskSpec::Train { data, model, .. } => {
                let model = model.build(data.shape(), data.classes())?;
                // Of the running round, and of the one before for who is still at it.
                (model.tensors().len() as u64, 2 * wire::full_len(coordinates))
            }
        };
        let plain = u64::from(self.population.workers) * (ACTOR_BYTES - SAVED_ACTOR_BYTES);
        // Gradients that are shown lie at the server beside the votes that they came with.
        let shown =
            if self.reference_signs().gradient_every().is_some() { self.in_flight().min(8) } else { 0 };
        let parameters =
            parameters + u64::from(shown) * wire::full_len(coordinates) + self.copies_bytes(coordinates);
        let parts = [
            self.rule_bytes(coordinates, layers),
            // Before it is written, all that is under way is computed.
            self.actor_bytes(coordinates, usize::MAX),
            self.record_bytes(layers),
            self.own_vote_bytes(coordinates),
        ];
        Ok(parts.iter().fold(parameters, |sum: u64, part| sum.saturating_add(*part)).saturating_sub(plain))
    }

    /// The server's own vote, twice while one comes and the other goes, and what it remembers.
    fn own_vote_bytes(&self, coordinates: usize) -> u64 {
        if self.server.trusted.is_none() {
            return 0;
        }
        2 * self.vote_bytes(coordinates) + self.workers.memory_bytes(coordinates)
    }

    /// Copies of one vote share their memory, but each that is under way or late is written by itself.
    fn copies_bytes(&self, coordinates: usize) -> u64 {
        let more = u64::from(self.adversary.attack.traits().copies - 1);
        let each = (1 + self.rounds_of_late_votes()) * self.vote_bytes(coordinates);
        u64::from(self.population.adversaries).saturating_mul(more.saturating_mul(each))
    }

    /// What the server's rule remembers, and what it makes of votes before it combines them.
    fn rule_bytes(&self, coordinates: usize, layers: u64) -> u64 {
        let aggregator = &self.server.aggregator;
        match aggregator.rule() {
            // Numbers that nothing stands before are combined where they are.
            Some(rule) if self.votes_numbers() && self.server.before.is_empty() => {
                rule.memory_bytes(coordinates)
            }
            // Numbers are mixed and sorted out of the votes that came.
            Some(_) => aggregator.memory_bytes(self.in_flight(), self.rounds, coordinates, layers, 0),
            // What is remembered of workers begins with their first votes.
            None => {
                let asked = self.ever_asked();
                aggregator.memory_bytes(asked, self.rounds, coordinates, layers, self.abstaining().min(asked))
            }
        }
    }

    /// What threads that share the decoding of a watched round leave for each other: a number a voter and 64 coordinates.
    fn shared_decoding_bytes(&self, coordinates: usize, threads: usize) -> u64 {
        let shared = threads > 1 && matches!(self.server.aggregator, AggregatorSpec::FederatedDefense(_));
        if shared { u64::from(self.in_flight()) * wire::full_len(coordinates.div_ceil(64)) * 2 } else { 0 }
    }

    /// Workers that may compute and vote at one time: those of one round where it waits for all of them, else whoever was
    /// asked at all.
    fn in_flight(&self) -> u32 {
        if self.waits_for_all() {
            return self.asked;
        }
        self.asked.saturating_mul(self.rounds.saturating_add(1)).min(self.population.workers)
    }

    /// Whether nobody computes for one round while another is counted.
    fn waits_for_all(&self) -> bool {
        self.server.close == (Close::All {}) && self.server.late == (LateVotes::Drop {})
    }

    /// Workers that are asked at least once in the run, as is expected of independent draws.
    fn ever_asked(&self) -> u32 {
        let (asked, workers) = (f64::from(self.asked), f64::from(self.population.workers));
        if self.server.close.is_buffer() {
            return self.population.workers;
        }
        (workers * (1.0 - (1.0 - asked / workers).powf(f64::from(self.rounds)))).ceil() as u32
    }

    /// Workers whose votes may leave coordinates out.
    fn abstaining(&self) -> u32 {
        let all = self.workers.quantizer.is_ternary() || self.server.aggregator.code().is_some();
        let parts = self.adversary.attack.parts();
        match parts.iter().filter(|part| matches!(part, AttackSpec::Abstain {})).count() as u32 {
            _ if all => self.population.workers,
            some => some * self.population.adversaries.div_ceil(parts.len() as u32),
        }
    }

    fn votes_numbers(&self) -> bool {
        self.workers.quantizer.vote_kind() == VoteKind::Dense
    }

    /// What workers, server and adversary hold.
    fn actor_bytes(&self, coordinates: usize, threads: usize) -> u64 {
        let numbers = wire::full_len(coordinates);
        let (vote, step) = (self.vote_bytes(coordinates), self.step_bytes(coordinates));
        let strategies = self.adversary.attack.build();
        let (listens, gradients) = (strategies.listen(), strategies.read_gradients());
        let remembers = self.workers.remembers();
        // Honest workers show their gradients; where the adversary reads gradients, it is shown those of its own workers too.
        let shown = self.reference_signs().gradient_every().is_some() || gradients;
        let in_flight = self.in_flight();
        // Where rounds overlap, others have more than one vote under way.
        let silent = if gradients || !self.waits_for_all() { 0 } else { self.population.adversaries };
        let showing = if shown { in_flight.saturating_sub(silent) } else { 0 };
        // A vote in flight, the same vote at the server and the one that was overheard share their memory.
        let rounds = if listens { OVERHEARD } else { 1 } + self.rounds_of_late_votes();
        let kept = self.workers.memory_bytes(coordinates);
        let shown_rounds = if gradients && listens { OVERHEARD } else { 1 };
        // What was quantised is more than the gradient where something is remembered; both wait with a vote that is made,
        // and a single thread makes a vote when its moment has come.
        let waiting = if threads == 1 { showing.min(1) } else { showing };
        let sums = self.accumulated_gradients(threads) + self.measured_gradients(threads);
        let accumulator = sums.saturating_mul(numbers);
        let of = |workers: u32, each: u64| u64::from(workers).saturating_mul(each);
        of(self.population.workers, ACTOR_BYTES)
            .saturating_add(of(self.ever_asked(), kept))
            .saturating_add(of(in_flight, rounds * vote))
            .saturating_add(of(showing, shown_rounds * numbers))
            .saturating_add(of(waiting, u64::from(remembers) * numbers))
            .saturating_add(STEPS.min(u64::from(self.rounds)) * step + accumulator)
            .saturating_add(self.adversary_bytes(coordinates, vote))
    }

    /// What the adversary remembers, its copy of the rule with what that goes back to after a trial, and what it tries.
    fn adversary_bytes(&self, coordinates: usize, vote: u64) -> u64 {
        let (attack, adversaries) = (&self.adversary.attack, self.population.adversaries);
        let own = attack.memory_bytes(adversaries, self.rounds, coordinates, vote);
        if !attack.build().rehearse() {
            return own;
        }
        let tried = 6 * wire::full_len(coordinates) + u64::from(adversaries) * vote;
        own.saturating_add(2 * self.rule_bytes(coordinates, 1)).saturating_add(tried)
    }

    /// Vectors of D numbers that the reference gradient takes at the server: its sum in double precision, and of the whole
    /// training set the parts that wait to be added, or to be taken from other threads; those of votes wait with their votes.
    fn accumulated_gradients(&self, threads: usize) -> u64 {
        match (&self.task, self.record.metrics.reference) {
            (TaskSpec::Train { data, .. }, Reference::FullBatch) => {
                let parts = data.sizes().0.div_ceil(GRADIENT_PART);
                // A single thread makes one when its turn has come, and hands a copy over.
                2 + if threads == 1 { parts.min(GRADIENTS_WAITING + 1) } else { parts } as u64
            }
            // Memory of gradients is kept for those of the next round, so that a measurement has no room in it.
            _ if self.reference_signs().gradient_every().is_some() => 3,
            _ => 0,
        }
    }

    /// Likewise of a measured gradient, whose sum and parts are all in double precision. A single thread makes one part at a time.
    fn measured_gradients(&self, threads: usize) -> u64 {
        match &self.task {
            TaskSpec::Train { data, .. } if self.record.metrics.gradient_norm => {
                let parts = data.sizes().0.div_ceil(PARTS_MEASURED * GRADIENT_PART);
                let together = if threads == 1 { 1 } else { parts };
                2 + 2 * together as u64
            }
            _ => 0,
        }
    }

    /// Rounds whose late votes may lie at the server at one time; a vote has one round to be late in on average.
    fn rounds_of_late_votes(&self) -> u64 {
        u64::from(self.server.late != LateVotes::Drop {})
    }

    /// The rows of the record, which are written when the run has ended.
    fn record_bytes(&self, layers: u64) -> u64 {
        let (rounds, workers) = (u64::from(self.rounds), u64::from(self.population.workers));
        let metrics = &self.record.metrics;
        let of = |size: usize, rows: u64| (size as u64).saturating_mul(rows);
        let watched = rounds / u64::from(metrics.workers_every) + 2;
        let compared = rounds / u64::from(metrics.every) + 1;
        let spans = u64::from(metrics.timeline) * workers * 5;
        let parts = [
            of(size_of::<RoundRow>() + size_of::<f64>(), rounds + 1),
            of(size_of::<WorkerRow>(), watched.saturating_mul(workers)),
            // A layer's name is a text of its own.
            if metrics.layers { of(size_of::<LayerRow>() + 32, compared.saturating_mul(layers)) } else { 0 },
            of(size_of::<TimelineRow>(), spans),
            if metrics.labels { of(size_of::<LabelRow>(), workers * 10) } else { 0 },
            self.fairness_bytes(),
        ];
        // A list that grows holds up to twice what is in it.
        parts.iter().fold(0, |sum: u64, part| sum.saturating_add(part.saturating_mul(2)))
    }

    /// The rows about classes and shards, and what a measurement says of every training sample.
    fn fairness_bytes(&self) -> u64 {
        let TaskSpec::Train { data, .. } = &self.task else { return 0 };
        if !self.record.metrics.fairness {
            return 0;
        }
        let measured = u64::from(self.rounds / self.record.evaluate_every) + 2;
        let classes = (size_of::<ClassRow>() as u64).saturating_mul(data.classes() as u64);
        let shards = (size_of::<ShardRow>() as u64).saturating_mul(u64::from(self.population.workers));
        measured.saturating_mul(classes + shards) + 6 * data.sizes().0 as u64
    }

    /// Bytes of a vote in memory; a ternary one has two planes.
    fn vote_bytes(&self, coordinates: usize) -> u64 {
        let plane = coordinates.div_ceil(8) as u64;
        let ternary = self.workers.quantizer.is_ternary() || self.server.aggregator.code().is_some();
        match self.workers.quantizer.vote_kind() {
            VoteKind::Dense => wire::full_len(coordinates),
            VoteKind::Signs | VoteKind::Scaled if ternary => 2 * plane,
            VoteKind::Signs | VoteKind::Scaled => plane,
        }
    }

    /// Bytes of a step in memory.
    fn step_bytes(&self, coordinates: usize) -> u64 {
        let planes = if self.server.aggregator.may_hold() { 2 } else { 1 };
        if self.server.aggregator.reads_signs_only() {
            planes * coordinates.div_ceil(8) as u64
        } else {
            wire::full_len(coordinates)
        }
    }
}
