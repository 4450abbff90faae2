//! The three minds of a run: server, worker, adversary, and the task they work on.
//!
//! Each is a [`Behaviour`](crate::protocol::Behaviour): it takes an event and fills an outbox. None of them knows
//! the network, the clock or the pool.

mod adversary;
mod channel;
mod context;
mod server;
mod sketch;
mod task;
mod training;
mod worker;
mod worker_plan;
mod yardstick;

pub use adversary::{Adversary, AdversaryPlan};
pub use channel::Channel;
pub use context::{RunContext, Watch};
pub use server::{Acknowledge, Close, Late, Participants, Server, ServerPlan};
pub use sketch::Sketch;
pub use task::Task;
pub use training::{GRADIENT_PART, Training};
pub use worker::{Worker, Workers};
pub use worker_plan::{Local, WorkerPlan, paper_rate};
pub use yardstick::{Kind, Yardstick};
