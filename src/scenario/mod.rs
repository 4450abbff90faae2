//! What to simulate: the words of a scenario, how they are read, and the list of runs they ask for.
//!
//! ```text
//! text --document--> tree with places --sweep--> one tree per point --words--> Scenario --resolve--> RunSpec
//! ```
//!
//! `--set` and `sweep` put values into the same tree, so both reach every setting. Each family of parts (attacks,
//! aggregators, …) owns its own words; this module only composes them.

mod alone;
mod case;
mod clock;
mod combine;
mod cost;
mod document;
mod dry_run;
mod explain;
mod files;
mod idle;
mod keys;
mod merge;
mod method;
mod metrics;
mod part;
mod plan;
mod presets;
mod reference;
mod remarks;
mod resolve;
mod set;
mod shown;
mod single;
mod speed;
mod styled;
mod sweep;
mod tasks;
mod text;
mod traffic;
mod words;
mod world;
mod yaml;

use serde::{Deserialize, Serialize};

pub use cost::Cost;
pub use document::Document;
pub use dry_run::DryRuns;
pub use merge::{Differences, differences, figures_left_out, merge, other_figures};
pub use method::Method;
pub use metrics::{Metrics, Reference};
pub use part::Part;
pub use plan::{Plan, PlannedRun};
pub use presets::PRESETS;
pub use reference::{FAMILIES, explain, reference_page, schema, schema_text};
pub use remarks::Remark;
pub use resolve::{Record, RunSpec};
pub use speed::{SPEEDS, Speed, SpeedLaw};
pub use sweep::setting_in;
pub use text::CHANGED;
pub use traffic::{Certainty, Traffic};

use crate::actors::{
    Acknowledge, Close, LateVotes, LearningRate, Local, Participants, QuadraticSpec, Trusted,
};
use crate::aggregate::AggregatorSpec;
use crate::attack::AttackSpec;
use crate::data::{Augmentation, Batches, DataSpec, Normalize, SplitSpec};
use crate::figure::FigureSpec;
use crate::figure::options::FigureOptions;
use crate::learn::{Beginning, Convolution, Initial, ModelSpec};
use crate::protocol::StopRule;
use crate::sim::{Law, Limits, NetworkSpec};
use crate::units::{Classes, Count, OrNone, PerWorker, Positive, Probability, Span};

/// One point of a scenario, as written: every default filled in, expressions not yet evaluated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Names the result folder.
    pub name: String,
    /// What all random draws of the first repeat are keyed by; 1 unless given.
    #[serde(default = "one")]
    pub seed: u64,
    /// Runs with seeds `seed`, `seed + 1`, …: their spread is the interval of every figure.
    #[serde(default = "once")]
    pub repeats: u32,
    /// Number of rounds, T.
    pub rounds: u32,
    /// Steps between two measurements of the model.
    #[serde(default = "twenty")]
    pub evaluate_every: u32,
    /// How many they are, and what each does in a round.
    pub workers: Workers,
    /// What the votes are about.
    pub task: TaskSpec,
    /// How votes are made and counted.
    pub method: Method,
    /// Who is corrupted, and what they do; nobody unless given.
    #[serde(default = "Adversaries::nobody")]
    pub adversaries: Adversaries,
    /// How a round runs and how long a step is.
    #[serde(default = "ServerSpec::paper")]
    pub server: ServerSpec,
    /// What ends a run before its last round; nothing unless given.
    #[serde(default)]
    pub stop: StopRule,
    /// Links, absences and cuts; ideal unless given.
    #[serde(default = "NetworkSpec::ideal")]
    pub network: NetworkSpec,
    /// What is recorded besides the result.
    #[serde(default = "Metrics::usual")]
    pub metrics: Metrics,
    /// Where a run is stopped with an error.
    #[serde(default)]
    pub limits: Limits,
    /// What is drawn when the runs are done.
    #[serde(default)]
    pub figures: Vec<FigureSpec>,
    /// What all figures are told that are not told otherwise; no part of what is run.
    #[serde(default, skip_serializing_if = "FigureOptions::is_empty")]
    pub style: FigureOptions,
}

/// The workers, honest or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workers {
    /// M.
    pub count: u32,
    /// Names for workers by number, `{ phones: 10, servers: 5 }`; corrupted workers are the first all the same.
    #[serde(default)]
    pub classes: Classes,
    /// Samples a worker draws in a round: one number, a list, or groups such as "9x4 + 6x154".
    #[serde(default = "sixty_four")]
    pub batch: PerWorker<u32>,
    /// Whether each batch is drawn anew or walks through a shard that is shuffled once an epoch.
    #[serde(default = "drawn_anew")]
    pub batches: Batches,
    /// Simulated time that one gradient takes at speed 1, whatever its batch. Drawn once a worker and round, not once a
    /// gradient: with several partitions (election coding) or local steps the one draw is multiplied by their number.
    #[serde(default = "instantly")]
    pub compute_time: Law,
    /// Simulated time that each of its samples takes at speed 1, on top.
    #[serde(default = "no_time")]
    pub time_per_sample: Span,
    /// Divides both times: one number, a list, groups such as "10x1 + 5x4", a law, or a speed for every class.
    #[serde(default = "at_speed_one")]
    pub speed: Speed,
    /// Gradient steps that a worker takes by itself before it votes on their mean gradient.
    #[serde(default)]
    pub local: Local,
}

/// Who is corrupted, and what they do. Workers 0 to L - 1 are the corrupted ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adversaries {
    /// L: an integer or an expression in M, rounded down.
    pub count: Count,
    /// How many the server believes there are: what Krum and trimmed means are told. L when absent.
    #[serde(default)]
    pub declared: Option<Count>,
    /// What every corrupted worker does.
    pub attack: AttackSpec,
    /// How long an attack that listens waits for honest votes, from the first of its own on; forever when absent.
    #[serde(default)]
    pub patience: Option<Span>,
}

/// What the workers work on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TaskSpec {
    /// Votes straight from binary symmetric channels; the result is `decoding_error`.
    Channel {
        /// D, the signs in a vote.
        coordinates: usize,
        /// p, the probability that an honest sign is wrong.
        crossover: Probability,
    },
    /// A function of known smoothness; the results are its value, the norm of its gradient and `decoding_error`.
    Quadratic(QuadraticSpec),
    /// Supervised learning; the results are accuracy and loss on the test set.
    Train {
        /// Training and test samples; built in, or in files.
        data: DataSpec,
        /// The constants that turn pixels into inputs; when absent those that are published with the set, and of a set of one's
        /// own [`Normalize::Standard`].
        #[serde(default)]
        normalize: Option<Normalize>,
        /// How training samples are changed, anew whenever they are drawn; not at all unless given.
        #[serde(default)]
        augmentation: OrNone<Augmentation>,
        /// Who holds which training sample; `iid` unless given.
        #[serde(default = "iid")]
        split: SplitSpec,
        /// Layers; D is the number of their parameters.
        model: ModelSpec,
        /// The parameters before the first round, by a law or from a file; by that of the model ([`Initial::of`]) when absent.
        #[serde(default)]
        initial: Option<Beginning>,
        /// Test samples that are looked at together; it changes the results of models that normalise over the batch, and only
        /// those have it: 250 when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evaluation_batch: Option<u32>,
        /// How convolutions are computed, which changes the rounding of sums; only models with convolutions have it:
        /// [`Convolution::Winograd4`] when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        convolution: Option<Convolution>,
    },
}

impl Scenario {
    /// The same with what it leaves to its model and to its number of rounds written out.
    #[must_use]
    fn decided(self) -> Self {
        let Self { rounds, task, mut method, mut server, .. } = self;
        method.learning_rate = method.learning_rate.map(|rate| rate.decided(rounds));
        server.learning_rate = server.learning_rate.decided(rounds);
        if let AggregatorSpec::Spectral(options) = &mut method.aggregator {
            options.decide(server.trusted.0.is_some());
        }
        if let (Some(trusted), TaskSpec::Channel { crossover, .. }) = (&mut server.trusted.0, &task) {
            trusted.crossover.get_or_insert(*crossover);
        }
        Self { task: task.decided(), method, server, ..self }
    }
}

impl TaskSpec {
    /// The same task with what it leaves to its model written out.
    #[must_use]
    fn decided(mut self) -> Self {
        if let Self::Train { data, normalize, model, initial, evaluation_batch, convolution, .. } = &mut self
        {
            normalize.get_or_insert_with(|| Normalize::of_set(data.is_own()));
            initial.get_or_insert_with(|| Initial::of(model).into());
            if model.mixes_samples() {
                evaluation_batch.get_or_insert(250);
            }
            if model.has_convolutions() {
                convolution.get_or_insert_default();
            }
        }
        self
    }

    /// The word that YAML uses.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Channel { .. } => "channel",
            Self::Quadratic(_) => "quadratic",
            Self::Train { .. } => "train",
        }
    }
}

/// How the server runs a round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSpec {
    /// Length of a step on every coordinate: a number, or a schedule over the rounds.
    #[serde(default = "LearningRate::paper")]
    pub learning_rate: LearningRate,
    /// Decoupled weight decay: before each step, every parameter loses `learning_rate` times this share of itself.
    #[serde(default)]
    pub weight_decay: f64,
    /// When a round is over; when everyone has voted unless given.
    #[serde(default = "everyone")]
    pub close: Close,
    /// What becomes of votes for a round that has closed.
    #[serde(default = "dropped")]
    pub late: LateVotes,
    /// What tells the server which model a worker holds.
    #[serde(default = "by_transport")]
    pub acknowledge: Acknowledge,
    /// Whom the server asks in a round.
    #[serde(default = "all_of_them")]
    pub participants: Participants,
    /// The server's own vote on samples that it alone holds; none unless given.
    #[serde(default)]
    pub trusted: OrNone<Trusted>,
}

const fn one() -> u64 {
    1
}
const fn once() -> u32 {
    1
}
const fn twenty() -> u32 {
    20
}
const fn sixty_four() -> PerWorker<u32> {
    PerWorker::Same(64)
}
const fn drawn_anew() -> Batches {
    Batches::Fresh
}
const fn no_time() -> Span {
    Span::ZERO
}
fn at_speed_one() -> Speed {
    Speed::Stated(PerWorker::Same(Positive::try_from(1.0).expect("a positive number")))
}
const fn instantly() -> Law {
    Law::ZERO
}
const fn iid() -> SplitSpec {
    SplitSpec::Iid
}
const fn dropped() -> LateVotes {
    LateVotes::Drop {}
}
const fn by_transport() -> Acknowledge {
    Acknowledge::Transport
}
const fn all_of_them() -> Participants {
    Participants::All {}
}
const fn everyone() -> Close {
    Close::All {}
}

impl Adversaries {
    fn nobody() -> Self {
        let count = "0".parse().expect("a count");
        Self { count, declared: None, attack: AttackSpec::SignInversion {}, patience: None }
    }
}

impl ServerSpec {
    fn paper() -> Self {
        Self {
            learning_rate: LearningRate::paper(),
            weight_decay: 0.0,
            close: everyone(),
            late: dropped(),
            acknowledge: by_transport(),
            participants: all_of_them(),
            trusted: OrNone::default(),
        }
    }
}
