//! What to simulate: the words of a scenario, how they are read, and the list of runs they ask for.
//!
//! ```text
//! text --document--> tree with places --sweep--> one tree a point --words--> Scenario --resolve--> RunSpec
//! ```
//!
//! `--set` and `sweep` put values into the same tree, so both reach every setting. Each family of parts (attacks,
//! aggregators, …) owns its own words; this module only composes them.

mod document;
mod method;
mod plan;
mod resolve;
mod sweep;
mod words;

use serde::{Deserialize, Serialize};

pub use document::Document;
pub use method::{Method, PRESETS};
pub use plan::{Cost, Plan, PlannedRun};
pub use resolve::RunSpec;

use crate::actors::Close;
use crate::attack::AttackSpec;
use crate::data::{DataSpec, SplitSpec};
use crate::figure::FigureSpec;
use crate::learn::ModelSpec;
use crate::sim::{Law, NetworkSpec};
use crate::units::{Count, Positive, Probability};

/// One point of a scenario, as written: every default filled in, expressions not yet evaluated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Names the result folder.
    pub name: String,
    #[serde(default = "one")]
    pub seed: u64,
    /// Runs with seeds `seed`, `seed + 1`, …: their spread is the interval of every figure.
    #[serde(default = "once")]
    pub repeats: u32,
    /// Number of rounds, T.
    pub rounds: u32,
    /// Steps between two measurements of the model and two records of the workers' weights.
    #[serde(default = "twenty")]
    pub evaluate_every: u32,
    pub workers: Workers,
    pub task: TaskSpec,
    pub method: Method,
    #[serde(default = "Adversaries::nobody")]
    pub adversaries: Adversaries,
    #[serde(default = "ServerSpec::paper")]
    pub server: ServerSpec,
    #[serde(default = "NetworkSpec::ideal")]
    pub network: NetworkSpec,
    #[serde(default)]
    pub figures: Vec<FigureSpec>,
}

/// The workers, honest or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workers {
    /// M.
    pub count: u32,
    /// Samples a worker draws in a round.
    #[serde(default = "sixty_four")]
    pub batch: usize,
    /// Simulated time that one gradient takes.
    #[serde(default = "instantly")]
    pub compute_time: Law,
}

/// Who is corrupted, and what they do. Workers 0 to L - 1 are the corrupted ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adversaries {
    /// L: an integer or an expression in M, rounded down.
    pub count: Count,
    pub attack: AttackSpec,
}

/// What the workers work on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TaskSpec {
    /// Votes straight from binary symmetric channels; the result is `decoding_error`.
    Channel { coordinates: usize, crossover: Probability },
    /// Supervised learning; the results are accuracy and loss on the test set.
    Train {
        data: DataSpec,
        #[serde(default = "iid")]
        split: SplitSpec,
        model: ModelSpec,
    },
}

impl TaskSpec {
    /// The word that YAML uses.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Channel { .. } => "channel",
            Self::Train { .. } => "train",
        }
    }
}

/// How the server runs a round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSpec {
    /// Length of a step on every coordinate.
    #[serde(default = "paper_rate")]
    pub learning_rate: Positive,
    #[serde(default = "everyone")]
    pub close: Close,
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
const fn sixty_four() -> usize {
    64
}
const fn instantly() -> Law {
    Law::ZERO
}
const fn iid() -> SplitSpec {
    SplitSpec::Iid
}
const fn everyone() -> Close {
    Close::All {}
}
fn paper_rate() -> Positive {
    Positive::try_from(0.001).expect("a positive number")
}

impl Adversaries {
    fn nobody() -> Self {
        Self { count: "0".parse().expect("a count"), attack: AttackSpec::SignInversion {} }
    }
}

impl ServerSpec {
    fn paper() -> Self {
        Self { learning_rate: paper_rate(), close: everyone() }
    }
}
