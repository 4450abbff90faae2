//! The columns of the tables, each declared by the fields of a row. Other programs read them by name: add columns, never
//! rename one.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A row of one of the tables of a run.
pub trait Row: Serialize + DeserializeOwned {
    /// The file of its table.
    const FILE: &'static str;
    /// Whether every run has the table, with or without a row; others have it where there is something to say.
    const ALWAYS: bool = false;
}

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It came to its last round, or to the accuracy at which `stop` ends it.
    #[default]
    Finished,
    /// It ended with a loss or a parameter that is not a finite number, or with a loss above the bound of `stop`.
    Diverged,
    /// It could not go on; it has no results.
    Failed,
}

/// A row of `summary.csv`: one run that ended. Columns that do not apply to a task stay empty, and of a run that failed all
/// behind `rounds`, the last that says what was asked for.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SummaryRow {
    /// The folder of the run under `runs/`: a hash of everything that determines its result.
    pub run: String,
    /// How it ended.
    pub status: Status,
    /// What all random draws of the run are keyed by.
    pub seed: u64,
    /// The preset of the method, or the name of its parts.
    pub method: String,
    /// The word of the attack that was asked for, also where L = 0.
    pub attack: String,
    /// Number of workers, M.
    pub workers: u32,
    /// Number of adversarial workers, L.
    pub adversaries: u32,
    /// Number of rounds, T.
    pub rounds: u32,
    /// Share of the test set classified correctly after the last round.
    pub final_accuracy: Option<f64>,
    /// Mean cross-entropy over the test set after the last round, in nats, or the value of a quadratic above its least; infinite
    /// or NaN where the run diverged.
    #[serde(with = "any_float")]
    pub final_loss: Option<f64>,
    /// Mean share of wrongly decoded signs over all rounds and coordinates; a held coordinate counts one half.
    pub decoding_error: Option<f64>,
    /// Simulated duration of the run.
    pub sim_time_s: f64,
    /// Bytes that workers sent to the server, overhead included, whether they arrived or not.
    pub uplink_bytes: u64,
    /// Bytes that the server sent to workers, likewise.
    pub downlink_bytes: u64,
    /// Bytes of messages that were lost or came too late to count.
    pub wasted_bytes: u64,
    /// Votes that counted.
    pub votes_received: u64,
    /// Votes that were asked for and did not count: `rounds_done` times the workers asked, less `votes_received`.
    pub votes_missing: u64,
    /// SHA-256 of every decision, its time, and the final parameters.
    pub digest: String,
    /// Wall-clock duration; the only column that differs between two runs of one scenario.
    pub wall_s: f64,
    /// Events that the engine handled.
    pub events: u64,
    /// The most events that waited at one time.
    pub queue_peak: u64,
    /// Messages of any kind that never arrived.
    pub messages_lost: u64,
    /// Votes that came after their round had closed and did not count.
    pub votes_late: u64,
    /// Second votes of a worker in a round.
    pub votes_refused: u64,
    /// Bytes of messages that arrived and counted.
    pub useful_bytes: u64,
    /// Transmissions after the first of a message.
    pub retransmissions: u64,
    /// Copies that the network made.
    pub duplicates: u64,
    /// Rounds in which no vote counted: no step was taken. Unknown of runs that were recorded before it was counted.
    #[serde(default)]
    pub empty_rounds: Option<u64>,
    /// Rounds that closed: fewer than `rounds` where `stop` ended the run. Unknown of runs that were recorded before it was
    /// counted, which all came to their last round.
    #[serde(default)]
    pub rounds_done: Option<u32>,
    /// The smallest share of the test samples of one class classified correctly, at the last measurement. This and what follows
    /// only where `metrics.fairness` asks for it.
    #[serde(default)]
    pub worst_class_accuracy: Option<f64>,
    /// The smallest share of its own training samples classified correctly, over the honest workers.
    #[serde(default)]
    pub worst_worker_accuracy: Option<f64>,
    /// The largest.
    #[serde(default)]
    pub best_worker_accuracy: Option<f64>,
    /// Of a quadratic, or where `metrics.gradient_norm` asks for it, the l1 norm of the gradient (of the mean loss over all training
    /// samples), averaged over the measured models that a round began with.
    #[serde(default, with = "any_float")]
    pub mean_gradient_l1: Option<f64>,
    /// The same norm after the last round.
    #[serde(default, with = "any_float")]
    pub final_gradient_l1: Option<f64>,
    /// The l2 norm after the last round.
    #[serde(default, with = "any_float")]
    pub final_gradient_l2: Option<f64>,
}

/// A row of a run's `rounds.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoundRow {
    /// Number of steps taken so far: row 0 is the model before the first round.
    pub round: u32,
    /// Simulated time at which the round closed.
    pub sim_time_s: f64,
    /// Votes that counted in this round.
    pub votes_received: u32,
    /// Workers that were asked less `votes_received`, at least 0.
    pub votes_missing: u32,
    /// Bytes sent up since the start of the run, useful or not.
    pub uplink_bytes: u64,
    /// Bytes sent down since the start of the run, useful or not.
    pub downlink_bytes: u64,
    /// Coordinates on which the server took no step.
    pub held: Option<u64>,
    /// Share of wrongly decoded signs in this round: unlike the truth of a channel or the gradient of a quadratic, or in
    /// training unlike the sign of the reference gradient; a held coordinate counts one half.
    pub decoding_error: Option<f64>,
    /// Test accuracy, in the rounds that evaluate.
    pub accuracy: Option<f64>,
    /// Mean test cross-entropy in nats, or the value of a quadratic above its least, in the rounds that evaluate.
    pub loss: Option<f64>,
    /// Mean share of signs in the honest votes that were wrong, over the honest workers whose votes counted.
    pub honest_crossover: Option<f64>,
    /// The same over the corrupted workers, of what they voted.
    pub adversary_crossover: Option<f64>,
    /// Likewise the l1 norm of the gradient after these steps, in the rounds that evaluate.
    #[serde(default)]
    pub gradient_l1: Option<f64>,
    /// The l2 norm, likewise.
    #[serde(default)]
    pub gradient_l2: Option<f64>,
}

impl Row for RoundRow {
    const FILE: &'static str = "rounds.csv";
    const ALWAYS: bool = true;
}

/// A row of a run's `layers.csv`: one layer in one measured round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerRow {
    /// Number of steps taken, with this round's.
    pub round: u32,
    /// Its name in the model: that of its tensors without the last part, `.weight` or `.bias`.
    pub layer: String,
    /// Coordinates on which the reference has a sign.
    pub compared: u64,
    /// Share of wrong signs of the decision among those compared; a held coordinate counts one half.
    pub decoding_error: Option<f64>,
    /// Mean share of wrong signs in the votes of honest workers that counted, within the layer.
    pub honest_crossover: Option<f64>,
    /// The same over the corrupted workers, of what they voted.
    pub adversary_crossover: Option<f64>,
}

impl Row for LayerRow {
    const FILE: &'static str = "layers.csv";
}

/// A row of a run's `workers.csv`: what the server thought of a worker when a round was decoded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkerRow {
    /// Number of steps taken, with this round's.
    pub round: u32,
    /// The worker's number, from zero.
    pub worker: u32,
    /// Whether it is corrupted: one of the first L workers.
    pub adversary: bool,
    /// The weight of the worker's votes in this round, averaged over coordinates.
    pub weight: f64,
    /// The server's estimate of the worker's crossover probability after this round, averaged over coordinates.
    pub crossover: Option<f64>,
    /// The share of its signs that were wrong in this round, in the rounds that are measured and counted its vote.
    pub true_crossover: Option<f64>,
}

impl Row for WorkerRow {
    const FILE: &'static str = "workers.csv";
    const ALWAYS: bool = true;
}

/// What a span of a timeline shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// A round, from its opening to its close; the server's.
    Round,
    /// What opens a round, on its way to the worker.
    Download,
    /// A gradient or what stands for it, until it is done or the worker leaves.
    Compute,
    /// A vote, on its way to the server.
    Upload,
    /// What opens a round, sent and never heard.
    LostDown,
    /// A vote, sent and never heard.
    LostUp,
    /// A vote that came after its round had closed and did not count.
    Late,
    /// A second vote of a worker in a round.
    Refused,
    /// The worker is not there; the end may be infinite.
    Away,
}

/// A row of a run's `timeline.csv`: a span of simulated time, or one moment of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineRow {
    /// `None` for the server.
    pub worker: Option<u32>,
    /// What the span shows.
    pub what: Activity,
    /// Unknown to a computation.
    pub round: Option<u32>,
    /// Its beginning on the simulated clock, in seconds.
    pub from_s: f64,
    /// Its end, in seconds; `from_s` for a moment.
    pub until_s: f64,
}

impl Row for TimelineRow {
    const FILE: &'static str = "timeline.csv";
}

/// A row of a run's `labels.csv`: how many training samples of a label a worker holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelRow {
    /// The worker's number, from zero.
    pub worker: u32,
    /// The class, from zero.
    pub label: u32,
    /// How many of the worker's samples have it.
    pub samples: u64,
}

impl Row for LabelRow {
    const FILE: &'static str = "labels.csv";
}

/// A row of a run's `classes.csv`: how the model does on the test samples of a class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClassRow {
    /// Number of steps taken.
    pub round: u32,
    /// The class, from zero.
    pub label: u32,
    /// Test samples that have it.
    pub samples: u64,
    /// Share of them classified correctly; none of none.
    pub accuracy: Option<f64>,
}

impl Row for ClassRow {
    const FILE: &'static str = "classes.csv";
}

/// A row of a run's `shards.csv`: how the model does on the training samples that a worker holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ShardRow {
    /// Number of steps taken.
    pub round: u32,
    /// The worker's number, from zero.
    pub worker: u32,
    /// Whether it is corrupted: one of the first L workers.
    pub adversary: bool,
    /// How many samples it holds.
    pub samples: u64,
    /// Share of them classified correctly; none of none.
    pub accuracy: Option<f64>,
}

impl Row for ShardRow {
    const FILE: &'static str = "shards.csv";
}

/// How a server decides on votes from channels, as far as theory knows its error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoteRule {
    /// Every vote counts the same; a tie is wrong with probability one half.
    Majority,
    /// With the true log-likelihood weights, clipped to +- `max_llr`.
    Weighted {
        /// In nats, above 0.
        max_llr: f64,
    },
    /// With log-likelihood weights that the server learns from its own decisions.
    Learned {
        /// In nats, above 0.
        max_llr: f64,
    },
}

/// What theory has to know of a run on channels; part of `run.json`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChannelFacts {
    /// p, the probability that an honest sign is wrong.
    pub crossover: f64,
    /// r, the probability that an adversary flips a sign, where the attack is a channel; 0 where nobody attacks.
    pub flip: Option<f64>,
    /// The rule by which the server decides; absent where theory knows no error for it.
    pub rule: Option<VoteRule>,
}

/// What theory has to know of a run on a quadratic; part of `run.json`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QuadraticFacts {
    /// D.
    pub coordinates: usize,
    /// |S|_1, the sum of the second derivatives.
    pub smoothness: f64,
    /// f(x_0) - f(x*).
    pub start: f64,
    /// The learning rate, where it is the same in all rounds, the steps are made of signs and nothing else moves a parameter.
    pub rate: Option<f64>,
    /// Standard deviation of the noise in an honest worker's gradient, where votes are the signs of gradients and all workers
    /// have one.
    pub noise: Option<f64>,
    /// Whether every model that a round began with was measured.
    pub measured: bool,
    /// r, the probability that an adversary flips a sign, where the attack is a channel; 0 where nobody attacks.
    pub flip: Option<f64>,
    /// The rule by which the server decides; absent where theory knows no error for it.
    pub rule: Option<VoteRule>,
}

/// What turned pixels into inputs, `(pixel / 255 - mean) / std` with a number of each a channel; part of `run.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputFacts {
    /// What was subtracted.
    pub mean: Vec<f64>,
    /// What divided.
    pub std: Vec<f64>,
}

/// Numbers that JSON has no word for are written as text, so that a reused run keeps its NaN.
mod any_float {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum WrittenStatus {
        Number(f64),
        Word(String),
    }

    #[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub(crate) fn serialize<S: Serializer>(value: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
        let written = |x: f64| {
            if x.is_finite() { WrittenStatus::Number(x) } else { WrittenStatus::Word(x.to_string()) }
        };
        value.map(written).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
        match Option::deserialize(from)? {
            None => Ok(None),
            Some(WrittenStatus::Number(x)) => Ok(Some(x)),
            Some(WrittenStatus::Word(word)) => word.parse().map(Some).map_err(serde::de::Error::custom),
        }
    }
}
