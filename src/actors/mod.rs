//! The three minds of a run: server, worker, adversary, and the task they work on.
//!
//! Each is a [`Behaviour`](crate::protocol::Behaviour): it takes an event and fills an outbox. None of them knows
//! the network, the clock or the pool.

mod adversary;
mod batches_ahead;
mod channel;
mod context;
mod corruption;
mod gradient_vote;
mod own_model;
mod partitions;
mod quadratic;
mod reference_signs;
mod rehearsal;
mod reused_vectors;
mod server;
mod sketch;
mod task;
mod training;
mod worker;
mod worker_plan;

pub use adversary::{Adversary, AdversaryPlan};
pub use batches_ahead::BatchesAhead;
pub use channel::Channel;
pub use context::{Measured, RunContext};
pub use own_model::OwnModel;
pub use partitions::Partitions;
pub use quadratic::{Quadratic, QuadraticSpec};
pub use reference_signs::{GRADIENTS_WAITING, ReferenceKind, ReferenceSigns};
pub use reused_vectors::ReusedVectors;
pub use server::{
    Acknowledge, Close, LateVotes, LearningRate, OwnVote, Participants, SCHEDULES, Schedule, Server,
    ServerPlan, Trusted,
};
pub use sketch::Sketch;
pub use task::Task;
pub use training::{GRADIENT_PART, MeasurementExtras, PARTS_MEASURED, Training};
pub use worker::{Worker, WorkerSettings};
pub use worker_plan::{Local, WorkerPlan, paper_rate};
