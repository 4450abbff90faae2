//! The three minds of a run: server, worker, adversary, and the task they work on.
//!
//! Each is a [`Behaviour`](crate::protocol::Behaviour): it takes an event and fills an outbox. None of them knows
//! the network, the clock or the pool.

mod adversary;
mod channel;
mod server;
mod task;
mod training;
mod worker;

pub use adversary::Adversary;
pub use channel::Channel;
pub use server::{Close, Server, ServerPlan};
pub use task::Task;
pub use training::Training;
pub use worker::Worker;
